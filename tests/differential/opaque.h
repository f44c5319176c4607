/* SPDX-License-Identifier: Apache-2.0 */
/* What our tables leave opaque or open: legal values for it, and what stands there in truth. */
#pragma once

#include "ber/ber.h"
#include "mts/extension.h"

/* ---- what it is ------------------------------------------------------------------------------ */

/* Where IPMS extensions stand, beside enum mts_extension_place. */
enum opaque_place {
    PLACE_IPM_HEADING = 1 << 16,
    PLACE_IPM_RECIPIENT = 1 << 17,
    PLACE_IPM_NOTIFICATION = 1 << 18,
    PLACE_IPM_OTHER_NOTIFICATION = 1 << 19,
    PLACE_IPM_PRIVATE = 1 << 20,      /* the module has none of its own there */
    PLACE_MESSAGE_DELIVERY = 1 << 21, /* MTS_PLACE_DELIVERY without those of reports */
};
/* Which standard extensions may stand in a member of that SEQUENCE, SET or CHOICE: a mask of enum
 * mts_extension_place or opaque_place; 0: a type that has no such member. */
unsigned opaque_place(const struct ber_type *type);

/* A standard extension of the MTS that may stand there; NULL: none. */
const struct mts_extension_info *opaque_mts_extension(int64_t number, unsigned place);

/* An IPMS extension that X.420 defines for a place. */
struct opaque_ipms_extension {
    struct slice oid; /* contents */
    unsigned place;
    struct slice tlv; /* a legal value where our table leaves it opaque */
};
/* Row i of all of them; NULL behind the last. */
const struct opaque_ipms_extension *opaque_ipms_extension(size_t i);
/* The type of the value that such an extension has there; NULL: opaque, or not of this place. */
const struct ber_type *opaque_ipms_type(struct slice oid, unsigned place);

/* The type of a list's items; of those that are ANY the real one, or NULL: see opaque_member(). */
const struct ber_type *opaque_element(const struct ber_type *list);
/* The real type of a member that the table has as ANY, or NULL. */
const struct ber_type *opaque_type(const struct ber_field *member);
/* Has this SEQUENCE or SET no members in our table? */
bool opaque_is_inside(const struct ber_type *type);
/* Its real type, or NULL. */
const struct ber_type *opaque_inside(const struct ber_type *type);

/* The upper bound of strings in the module: ours counts the octets of accented letters of T.61. */
int64_t opaque_bound(const struct ber_type *type);

/* ---- legal values ---------------------------------------------------------------------------- */

/* The TLV of a value of a standard extension whose type in the registry is ANY. */
struct slice opaque_extension(int number);
/* The TLV of a member, or of an item of a list, of that name and type ANY; "content": a P22 IPM. */
struct slice opaque_member(const char *name);
/* Is there an example of that name? */
bool opaque_has_member(const char *name);
/* The contents of a SEQUENCE or SET that has no members in our table. */
struct slice opaque_contents(const char *type);
/* Mandatory in the module, though not in our tables? */
bool opaque_is_mandatory(const struct ber_field *member);
