/* SPDX-License-Identifier: Apache-2.0 */
/* An O/R address as an ordered list of attributes with UTF-8 text: the one view that comparison,
 * text forms, keys and routing share. */
#pragma once

#include "oraddr/oraddr.h"

/* In the order of the hierarchy, then everything else. The postal ones stand in the order of their
 * extension attributes 7 to 21. */
enum or_attr {
    OR_C,
    OR_ADMD,
    OR_PRMD,
    OR_O,
    OR_OU, /* index 0 is OU1 */
    OR_CN,
    OR_S,
    OR_G,
    OR_I,
    OR_Q,
    OR_N_ID,
    OR_X121,
    OR_E164,
    OR_E164_SUB,
    OR_PSAP, /* text as in RFC 1278, network addresses as NS+hex */
    OR_T_ID,
    OR_T_TY, /* tlx ttx g3fax g4fax ia5 vtx, or a number */
    OR_DDA,  /* the only one with a type */
    OR_PD_SN,
    OR_PD_C,
    OR_PD_PC,
    OR_PD_OF,
    OR_PD_OFN,
    OR_PD_EA,
    OR_PD_PN,
    OR_PD_O,
    OR_PD_ED,
    OR_PD_A, /* index 0 is line 1 */
    OR_PD_S,
    OR_PD_B,
    OR_PD_R,
    OR_PD_U,
    OR_PD_L,
    OR_EXT, /* an extension attribute that we do not know or cannot decode: index is its number,
             * text its TLV in hexadecimal */
    OR_ATTR_COUNT,
};

enum or_variant {
    OR_PRINTABLE, /* also NumericString, and attributes that are no strings */
    OR_TELETEX,
    OR_UNIVERSAL,
};

struct or_attribute {
    enum or_attr attr;
    enum or_variant variant;
    unsigned index;    /* of OU, DDA, PD-A line; 0 for others */
    struct slice type; /* of a DDA; else absent */
    struct slice text; /* UTF-8 without control characters */
};

/* Sorted by attr, index and variant. */
struct or_attributes {
    struct or_attribute *items;
    size_t count;
};

enum or_attr_flags {
    OR_NUMERIC_STRING = 1, /* NumericString only */
    OR_NUMERIC_CHOICE = 2, /* NumericString or PrintableString */
    OR_HAS_VARIANTS = 4,   /* there are teletex and universal twins */
    OR_REPEATS = 8,        /* the label may be given more than once */
};

struct or_attr_info {
    const char *name;  /* as in X.402: "organization-name" */
    const char *label; /* of form A: "O" */
    const char *key;   /* of form B: "O" */
    unsigned flags;
    unsigned max;           /* upper bound in characters; 0: none */
    unsigned max_universal; /* of the universal variant */
};
const struct or_attr_info *or_attr_info(enum or_attr attr);

/* The attributes of an address. Strings of length 0 and blank ones count as absent (R10.2), except
 * the ADMD, whose text is then one space. Texts point into the address or the arena.
 * Errors: X4_ENOMEM. */
int or_address_attributes(const struct or_address *a, struct arena *arena,
                          struct or_attributes *out);

/* The same as what it means to whoever looks for it: without a common name a domain-defined
 * attribute "Common" is one, because that is what 1984 systems make of it (R9.5). Errors:
 * X4_ENOMEM. */
int or_address_meaning(const struct or_address *a, struct arena *arena, struct or_attributes *out);

/* The address that has these attributes (need not be sorted). Strings of OU, personal name and
 * postal lines that have no common variant are put into the narrowest one that holds all.
 * Errors: X4_ENOMEM; X4_ESYNTAX for a text that its attribute cannot hold. */
int or_address_build(const struct or_attributes *in, struct arena *arena, struct or_address *out);

enum or_parse_mode {
    OR_PARSE_ADDRESS,
    /* an address space for routing: values may be empty, * and % are left alone, nothing is added
     * or translated, every variant is OR_PRINTABLE */
    OR_PARSE_PATTERN,
};
/* Text to attributes, in the order of enum or_attr. Errors as or_address_parse(). */
int or_attributes_parse(struct slice text, enum or_parse_mode mode, struct arena *arena,
                        struct or_attributes *out, struct buf *why);
int or_attributes_print(const struct or_attributes *in, enum or_text_form form, struct buf *out);

/* Text as it is compared: lower case, composed, without leading, trailing and double spaces, and
 * without any where a numeric attribute has only digits. X4_ENOMEM. */
int or_attribute_fold(enum or_attr attr, struct slice text, struct arena *arena, struct slice *out);
/* Type (absent unless it is a DDA) and text of an item as they are compared. Of DDAs that are known
 * to carry Internet addresses the escapes of RFC 2156 3.4 are undone: fred(a)widget is fred@widget.
 * X4_ENOMEM. */
int or_item_fold(const struct or_attribute *item, struct arena *arena, struct slice *type,
                 struct slice *text);
