/* SPDX-License-Identifier: Apache-2.0 */
/* Legal values for what our tables leave opaque: fixed examples. */
#pragma once

#include "ber/ber.h"

/* The TLV of a value of a standard extension whose type in the registry is ANY. */
struct slice opaque_extension(int number);
/* The TLV of a member, or of an item of a list, of that name and type ANY; "content": a P22 IPM. */
struct slice opaque_member(const char *name);
/* The type of a list's items; of those that are ANY the real one, or NULL: see opaque_member(). */
const struct ber_type *opaque_element(const struct ber_type *list);
