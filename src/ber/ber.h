/* SPDX-License-Identifier: Apache-2.0 */
/* BER (X.690) driven by descriptor tables.
 *
 * One `static const struct ber_type` per ASN.1 type reads like the Recommendation and gives
 * decode, encode, dump and bounds checks. Decoding is zero-copy: strings are slices of the input;
 * only constructed strings and lists take memory from the arena.
 *
 * C representation of a value, by kind:
 *
 *   kind                        mandatory or DEFAULT          OPTIONAL
 *   BER_BOOLEAN                 bool                          (use DEFAULT)
 *   BER_INTEGER, BER_ENUMERATED int64_t                       struct ber_optint
 *   BER_NULL                    bool (true: present)          bool
 *   BER_BIT_STRING              struct ber_bits               same; octets.p == NULL: absent
 *   BER_OCTET_STRING, BER_STRING,
 *   BER_OID, BER_UTCTIME        struct slice (the contents)   same; p == NULL: absent
 *   BER_ANY                     struct slice (the whole TLV)  same; p == NULL: absent
 *   BER_SEQUENCE, BER_SET       the struct, inline            pointer to the struct; NULL: absent
 *   BER_SEQUENCE_OF, BER_SET_OF struct ber_list               same; items == NULL: absent
 *   BER_CHOICE                  the struct, inline            same; which == 0: absent
 *
 * A struct of kind SEQUENCE, SET or CHOICE begins with `struct slice raw`: its TLV as received.
 * That octets are the truth until a caller clears them: the encoder copies raw where it is present,
 * so whatever was not touched leaves the MTA octet for octet as it came, members unknown to us
 * included. Who changes a member sets raw to SLICE_NONE in its struct and in every struct around.
 * A CHOICE's second member is `int which`: 1 for the first alternative of its table.
 *
 * Reading accepts any legal BER: indefinite lengths, constructed strings, non-minimal lengths, SET
 * members in any order, defaults encoded. Writing emits definite minimal lengths, SET members in
 * table order, defaults left out. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- tags and single TLVs ------------------------------------------------------------------ */

/* A tag: class in the top two bits, number below. */
#define BER_UNIVERSAL(n)   ((uint32_t)(n))
#define BER_APPLICATION(n) (0x40000000u | (uint32_t)(n))
#define BER_CONTEXT(n)     (0x80000000u | (uint32_t)(n))
#define BER_PRIVATE(n)     (0xc0000000u | (uint32_t)(n))
#define BER_TAG_NONE       UINT32_MAX /* "the type's own tag", see struct ber_field */

enum {
    BER_T_BOOLEAN = 1,
    BER_T_INTEGER = 2,
    BER_T_BIT_STRING = 3,
    BER_T_OCTET_STRING = 4,
    BER_T_NULL = 5,
    BER_T_OID = 6,
    BER_T_EXTERNAL = 8,
    BER_T_ENUMERATED = 10,
    BER_T_UTF8 = 12,
    BER_T_SEQUENCE = 16,
    BER_T_SET = 17,
    BER_T_NUMERIC = 18,
    BER_T_PRINTABLE = 19,
    BER_T_TELETEX = 20,
    BER_T_IA5 = 22,
    BER_T_UTCTIME = 23,
    BER_T_GENERALIZEDTIME = 24,
    BER_T_GRAPHIC = 25,
    BER_T_VISIBLE = 26,
    BER_T_GENERAL = 27,
    BER_T_UNIVERSAL = 28,
    BER_T_BMP = 30,
};

struct ber_tlv {
    uint32_t tag;
    bool constructed;
    bool indefinite;
    struct slice raw;   /* header, contents and end-of-contents */
    struct slice value; /* contents, without end-of-contents */
};

/* Only the header of the TLV that in begins with.
 * Errors: X4_EAGAIN more octets are needed, X4_ESYNTAX, X4_ELIMIT. */
struct ber_header {
    uint32_t tag;
    bool constructed;
    bool indefinite;
    uint64_t len; /* of the contents, 0 when indefinite */
    size_t header_len;
};
int ber_header(struct slice in, struct ber_header *out);

/* Takes one TLV off the front of *in. An indefinite length is resolved by walking to its end.
 * Errors: X4_ETRUNC (also when in is empty), X4_ESYNTAX, X4_ELIMIT (depth). */
int ber_next(struct slice *in, struct ber_tlv *out);
/* The whole of in must be one TLV. */
int ber_single(struct slice in, struct ber_tlv *out);
/* The first TLV with this tag in a sequence of TLVs; X4_ENOTFOUND. */
int ber_find(struct slice in, uint32_t tag, struct ber_tlv *out);

/* Contents of a string TLV, put together in the arena when it is constructed. */
int ber_string_value(const struct ber_tlv *tlv, struct arena *arena, struct slice *out);
/* Contents octets of INTEGER or ENUMERATED; X4_EBOUNDS when it does not fit. */
int ber_integer_value(struct slice value, int64_t *out);

/* OID contents <-> "2.6.1.10.0". ber_oid_print writes at most size octets with NUL, returns the
 * length or X4_*; ber_oid_parse takes memory for the contents from the arena. */
int ber_oid_print(struct slice oid, char *text, size_t size);
int ber_oid_parse(const char *text, struct arena *arena, struct slice *out);

/* ---- descriptor tables ----------------------------------------------------------------------- */

enum ber_kind {
    BER_BOOLEAN,
    BER_INTEGER,
    BER_ENUMERATED,
    BER_NULL,
    BER_BIT_STRING,
    BER_OCTET_STRING,
    BER_STRING, /* any character string; tag says which */
    BER_OID,
    BER_UTCTIME,
    BER_ANY,
    BER_SEQUENCE,
    BER_SET,
    BER_SEQUENCE_OF,
    BER_SET_OF,
    BER_CHOICE,
};

struct ber_bits {
    struct slice octets;
    uint8_t unused; /* bits in the last octet, 0..7 */
};

struct ber_optint {
    bool present;
    int64_t value;
};

/* count structs (or scalars) of element->size octets each, one after the other */
struct ber_list {
    void *items;
    size_t count;
};

/* Item i of a list as a pointer to type. */
#define BER_ITEM(list, type, i) (&((type *)(list).items)[i])

struct ber_field;

/* A named value of an INTEGER, ENUMERATED or BIT STRING (there: bit number); ends with NULL. */
struct ber_name {
    int64_t value;
    const char *name;
};

struct ber_type {
    const char *name; /* as in the Recommendation, "MTSIdentifier" */
    enum ber_kind kind;
    uint32_t tag; /* universal, or the type's own as in [APPLICATION 4]; ignored for ANY; for a
                   * CHOICE BER_TAG_NONE unless the CHOICE itself is tagged (then explicit) */
    size_t size;  /* of the C value (sizeof the struct; of the item type for *_OF elements) */
    const struct ber_field *fields; /* SEQUENCE, SET, CHOICE: members, ended by name NULL */
    const struct ber_type *element; /* SEQUENCE OF, SET OF */
    int64_t min, max; /* bounds when max != 0: value of integers, octets of strings, items of lists,
                       * bits of bit strings */
    const struct ber_name *names;
};

enum ber_flags {
    BER_MANDATORY = 0,
    BER_OPTIONAL = 1,
    BER_DEFAULT = 2,  /* left out when equal to deflt (numbers), absent (others) */
    BER_EXPLICIT = 4, /* tag is around the type's own tag; always so for CHOICE and ANY */
};

struct ber_field {
    const char *name;
    const struct ber_type *type;
    uint32_t tag; /* BER_TAG_NONE: the type's own tag */
    unsigned flags;
    size_t offset; /* offsetof in the C struct */
    int64_t deflt; /* BER_DEFAULT of integers and booleans */
};

/* One line per member:  BER_FIELD("priority", struct env, priority, &ber_priority,
 *                                 BER_TAG_NONE, BER_DEFAULT, 0) */
#define BER_FIELD(nm, ctype, member, typ, tg, flg, dflt)                                           \
    {                                                                                              \
        .name = (nm), .type = (typ), .tag = (tg), .flags = (flg),                                  \
        .offset = offsetof(ctype, member), .deflt = (dflt)                                         \
    }
#define BER_END                                                                                    \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* Plain types that tables share. */
extern const struct ber_type ber_type_boolean, ber_type_integer, ber_type_enumerated, ber_type_null,
    ber_type_bit_string, ber_type_octet_string, ber_type_oid, ber_type_utctime, ber_type_any,
    ber_type_numeric_string, ber_type_printable_string, ber_type_teletex_string,
    ber_type_ia5_string, ber_type_visible_string, ber_type_general_string, ber_type_graphic_string,
    ber_type_bmp_string, ber_type_universal_string;

/* EXTERNAL as [UNIVERSAL 8] IMPLICIT SEQUENCE (X.690 8.18). */
struct ber_external_encoding {
    struct slice raw;
    int which;           /* 1 single-ASN1-type, 2 octet-aligned, 3 arbitrary */
    struct slice single; /* the TLV inside [0] */
    struct slice octets;
    struct ber_bits arbitrary;
};
struct ber_external {
    struct slice raw;
    struct slice direct_reference; /* OID contents, optional */
    struct ber_optint indirect_reference;
    struct slice descriptor;
    struct ber_external_encoding encoding;
};
extern const struct ber_type ber_type_external;

/* Where decoding or encoding failed, for the log line. */
struct ber_error {
    int code;         /* enum x4_error */
    size_t offset;    /* into the decoded octets */
    const char *type; /* innermost type and member, or NULL */
    const char *member;
};

/* Decodes in, which must be exactly one value of the type, into *value (type->size octets, zeroed
 * here). Slices in *value point into in, which must live as long; lists, optional structs and
 * put-together strings come from the arena. Unknown members of SETs, and of SEQUENCEs at their
 * end or between members, are skipped (they stay in raw). Bounds are not an error: see bounds.
 * err and bounds may be NULL; bounds->code is X4_EBOUNDS after the first violation, else X4_OK. */
int ber_decode(const struct ber_type *type, struct slice in, struct arena *arena, void *value,
               struct ber_error *err, struct ber_error *bounds);

/* Appends the encoding of *value. Errors: X4_EMISSING for an absent mandatory member, X4_ELIMIT
 * and X4_ENOMEM from the buffer. */
int ber_encode(const struct ber_type *type, const void *value, struct buf *out,
               struct ber_error *err);
/* The same with the type's own tag replaced by tag (as for [n] IMPLICIT) or, for CHOICE and ANY,
 * wrapped in it. */
int ber_encode_tagged(const struct ber_type *type, uint32_t tag, const void *value, struct buf *out,
                      struct ber_error *err);

/* Writing by hand, where there is no table: identifier and length octets. */
void ber_put_header(struct buf *out, uint32_t tag, bool constructed, size_t len);
void ber_put_tlv(struct buf *out, uint32_t tag, bool constructed, struct slice value);
void ber_put_integer(struct buf *out, uint32_t tag, int64_t v);
/* Octets that ber_put_header() would write. */
size_t ber_header_size(uint32_t tag, size_t len);

/* Bit n of a bit string, counted from the most significant; false beyond its end. */
bool ber_bit(const struct ber_bits *bits, unsigned n);

/* Prints a value by its table, one line per member, to out (for people). Values without a table are
 * printed as a TLV tree. Never fails on bad input: it prints what is wrong and where. */
void ber_dump(const struct ber_type *type, struct slice in, unsigned indent, struct buf *out);
/* The TLV tree alone. */
void ber_dump_tree(struct slice in, unsigned indent, struct buf *out);
