/* SPDX-License-Identifier: Apache-2.0 */
/* BER as a tree of nodes that can be changed, each with the type that the descriptor tables give it
 * and with the form of its length, so that what is not changed is written as it was read. */
#pragma once

#include "mutate.h"

enum node_length {
    NODE_MINIMAL,
    NODE_LONG,       /* spare octets more than needed */
    NODE_INDEFINITE, /* with end-of-contents */
    NODE_WRONG,      /* a length that is spare more than there is */
};

struct node {
    struct node *next;
    struct node *child;          /* the first, when it is apart */
    const struct ber_type *type; /* NULL: unknown */
    uint32_t tag;
    bool constructed;
    bool apart; /* contents are children, else value */
    enum node_length form;
    int spare;
    size_t len; /* of the contents, while it is written */
    struct slice value;
};

/* The TLVs of in as a list, without types; NULL when it is not BER. Primitive values that are BER
 * themselves are taken apart as well. Nodes come from the arena, values stay in in. */
struct node *tree_read(struct arena *arena, struct slice in, unsigned depth);
/* Says of every node what type it has; node is a value of type. */
void tree_annotate(struct node *node, const struct ber_type *type, struct arena *arena);
void tree_write(struct node *first, struct buf *out);

/* Makes values of a type from nothing. */
struct maker {
    struct arena *arena;
    struct chance *chance;
    unsigned nodes; /* made so far */
    bool legal;     /* nothing beyond its bounds, nothing left out */
};
/* A value of the type, at the nesting depth; open: what an ANY holds, or NULL. NULL: out of memory.
 */
struct node *make_value(struct maker *m, const struct ber_type *type, const struct ber_type *open,
                        unsigned depth);
/* A member of a SEQUENCE, SET or CHOICE with its tag. */
struct node *make_member(struct maker *m, const struct ber_field *f, const struct ber_type *open,
                         unsigned depth);
/* A primitive value: legal, at a bound, or just beyond it. */
struct slice make_octets(struct maker *m, const struct ber_type *type);
struct node *node_new(struct arena *arena, uint32_t tag, struct slice value);

/* ---- open types */

/* A struct whose member `key` says what stands in its open member. */
struct open_rule {
    const char *name; /* of the type */
    const char *key;
    /* The type of the open member of this TLV; NULL: unknown. */
    const struct ber_type *(*find)(struct slice tlv, struct arena *arena);
    /* A key, and the type that goes with it (NULL: any). */
    struct node *(*make)(struct maker *m, const struct ber_type **open);
};
/* NULL: it has no open member, or none that we know. */
const struct open_rule *open_rule_find(const struct ber_type *type);
