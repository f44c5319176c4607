/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include "base/error.h"
#include "ber/table.h"

enum { DEPTH_MAX = 80, CAPSULE_MIN = 2 };

struct node *node_new(struct arena *arena, uint32_t tag, struct slice value)
{
    struct node *n = arena_alloc(arena, sizeof(*n));

    if (n)
        *n = (struct node){.tag = tag, .value = value};
    return n;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void note_form(struct node *n, const struct ber_tlv *tlv)
{
    size_t header = tlv->raw.len - tlv->value.len;
    size_t least = ber_header_size(tlv->tag, tlv->value.len);

    if (tlv->indefinite) {
        n->form = NODE_INDEFINITE;
    } else if (header > least) {
        n->form = NODE_LONG;
        n->spare = (int)(header - least);
    }
}

struct node *tree_read(struct arena *arena, struct slice in, unsigned depth)
{
    struct node *first = NULL;
    struct node **last = &first;

    while (in.len && depth < DEPTH_MAX) {
        struct ber_tlv tlv;
        struct node *n;

        if (ber_next(&in, &tlv) != X4_OK || !(n = node_new(arena, tlv.tag, tlv.value)))
            return NULL;
        n->constructed = tlv.constructed;
        note_form(n, &tlv);
        if (tlv.constructed || tlv.value.len >= CAPSULE_MIN)
            n->child = tree_read(arena, tlv.value, depth + 1);
        n->apart = n->child || (tlv.constructed && tlv.value.len == 0);
        *last = n;
        last = &n->next;
    }
    return first;
}

/* ---- types ----------------------------------------------------------------------------------- */

static void annotate(struct node *n, const struct ber_type *type, const struct ber_type *open,
                     struct arena *arena);

static void annotate_member(struct node *n, const struct ber_field *f, const struct ber_type *open,
                            struct arena *arena)
{
    if (!ber_field_is_explicit(f))
        annotate(n, f->type, open, arena);
    else if (n->apart && n->child)
        annotate(n->child, f->type, open, arena);
}

static const struct ber_type *find_open(const struct node *n, const struct ber_type *type,
                                        struct arena *arena)
{
    const struct open_rule *rule = open_rule_find(type);
    struct node alone = *n;
    struct buf tlv;
    const struct ber_type *found;

    if (!rule)
        return NULL;
    alone.next = NULL;
    alone.tag = type->tag; /* it may be tagged where it stands */
    buf_init(&tlv, SIZE_MAX / 2);
    tree_write(&alone, &tlv);
    found = rule->find(arena_dup(arena, buf_view(&tlv)), arena);
    buf_free(&tlv);
    return found;
}

static void annotate_struct(struct node *n, const struct ber_type *type, struct arena *arena)
{
    const struct ber_type *open = find_open(n, type, arena);

    for (struct node *child = n->child; child; child = child->next) {
        for (const struct ber_field *f = type->fields; f->name; f++) {
            if (ber_field_matches(f, child->tag)) {
                annotate_member(child, f, open, arena);
                break;
            }
        }
    }
}

static void annotate_choice(struct node *n, const struct ber_type *type,
                            const struct ber_type *open, struct arena *arena)
{
    struct node *inner = type->tag == BER_TAG_NONE ? n : n->child;
    const struct ber_field *f = inner ? ber_alternative(type, inner->tag) : NULL;

    if (f)
        annotate_member(inner, f, open, arena);
}

static void annotate(struct node *n, const struct ber_type *type, const struct ber_type *open,
                     struct arena *arena)
{
    if (type->kind == BER_ANY) {
        if (open && ber_type_matches(open, n->tag))
            annotate(n, open, NULL, arena);
        return;
    }
    if (type->kind == BER_CHOICE) {
        annotate_choice(n, type, open, arena);
        return;
    }
    n->type = type;
    if (!n->constructed)
        return;
    if (ber_is_struct(type))
        annotate_struct(n, type, arena);
    for (struct node *item = n->child; item && ber_is_list(type); item = item->next)
        annotate(item, type->element, NULL, arena);
}

void tree_annotate(struct node *node, const struct ber_type *type, struct arena *arena)
{
    annotate(node, type, NULL, arena);
}

/* ---- writing --------------------------------------------------------------------------------- */

static size_t length_octets(size_t len)
{
    size_t n = 0;

    for (; len; len >>= 8)
        n++;
    return n;
}

static size_t written_length(const struct node *n)
{
    return n->form == NODE_WRONG ? n->len + (size_t)n->spare : n->len;
}

/* The octets of the header; only the long form differs from the codec's. */
static size_t header_size(const struct node *n)
{
    size_t least = ber_header_size(n->tag, n->form == NODE_INDEFINITE ? 0 : written_length(n));

    return n->form == NODE_LONG ? least + (size_t)n->spare : least;
}

static size_t measure(struct node *n)
{
    n->len = n->apart ? 0 : n->value.len;
    for (struct node *child = n->apart ? n->child : NULL; child; child = child->next)
        n->len += measure(child);
    return header_size(n) + n->len + (n->form == NODE_INDEFINITE ? 2 : 0);
}

static void put_length(const struct node *n, struct buf *out)
{
    size_t len = written_length(n);
    size_t octets = len < 128 ? 0 : length_octets(len);

    if (n->form == NODE_INDEFINITE) {
        buf_u8(out, 0x80);
        return;
    }
    if (n->form == NODE_LONG)
        octets += (size_t)n->spare;
    if (octets == 0) {
        buf_u8(out, (unsigned)len);
        return;
    }
    buf_u8(out, 0x80 | (unsigned)octets);
    for (; octets > 0; octets--)
        buf_u8(out, octets > sizeof(len) ? 0 : len >> (octets - 1) * 8 & 0xff);
}

/* The identifier octets, as the codec writes them. */
static void put_tag(const struct node *n, struct buf *out)
{
    struct buf header;

    buf_init(&header, 16);
    ber_put_header(&header, n->tag, n->constructed, 0);
    buf_slice(out, slice_sub(buf_view(&header), 0, header.len ? header.len - 1 : 0));
    buf_free(&header);
}

static void put(const struct node *n, struct buf *out)
{
    put_tag(n, out);
    put_length(n, out);
    if (!n->apart)
        buf_slice(out, n->value);
    for (const struct node *child = n->apart ? n->child : NULL; child; child = child->next)
        put(child, out);
    if (n->form == NODE_INDEFINITE)
        buf_be16(out, 0);
}

void tree_write(struct node *first, struct buf *out)
{
    for (struct node *n = first; n; n = n->next) {
        measure(n);
        put(n, out);
    }
}
