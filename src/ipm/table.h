/* SPDX-License-Identifier: Apache-2.0 */
/* Shorthand for the descriptor tables. Private to ipm/. */
#pragma once

#include "ber/define.h"
#include "ipm/types.h"

#define T(id) (&ber_type_##id)
#define C(n)  BER_CONTEXT(n)
