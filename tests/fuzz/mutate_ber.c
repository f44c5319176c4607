/* SPDX-License-Identifier: Apache-2.0 */
/* Changes to a tree of BER: to values, to members, to the encoding. */
#include "base/error.h"
#include "ber/table.h"
#include "tree.h"

#include <stdlib.h>

enum {
    ARENA_MAX = 64 * 1024 * 1024,
    SPOTS_MAX = 4096,
    NEST_MAX = 70,
    SPARE_MAX = 9,
    GROWTH = 64, /* octets that a value without structure may grow by */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A node with the link to it and the node around it (NULL: the outermost). */
struct spot {
    struct node **at;
    struct node *around;
};

struct mutation {
    struct chance chance;
    struct arena arena;
    struct maker maker;
    struct node *root;
    struct spot spots[SPOTS_MAX];
    uint32_t count;
};

static void collect(struct mutation *m, struct node **at, struct node *around)
{
    for (; *at && m->count < SPOTS_MAX; at = &(*at)->next) {
        m->spots[m->count++] = (struct spot){.at = at, .around = around};
        if ((*at)->apart)
            collect(m, &(*at)->child, *at);
    }
}

static struct spot *any_spot(struct mutation *m)
{
    return &m->spots[chance_below(&m->chance, m->count)];
}

static struct node *copy(struct mutation *m, const struct node *n)
{
    struct node *c = node_new(&m->arena, n->tag, n->value);
    struct node **last;

    if (!c)
        return NULL;
    *c = *n;
    c->next = NULL;
    last = &c->child;
    for (const struct node *child = n->apart ? n->child : NULL; child; child = child->next) {
        *last = copy(m, child);
        if (!*last)
            return NULL;
        last = &(*last)->next;
    }
    return c;
}

/* Puts n before what stands at the spot. */
static void insert(struct spot *s, struct node *n)
{
    if (!n)
        return;
    n->next = *s->at;
    *s->at = n;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Another value of the type, tagged as this one is. */
static void change_value(struct mutation *m, struct spot *s)
{
    struct node *old = *s->at;
    struct node *n = old->type ? make_value(&m->maker, old->type, NULL, 4) : NULL;

    if (!n)
        return;
    n->tag = old->tag;
    n->next = old->next;
    *s->at = n;
}

static void change_octets(struct mutation *m, struct spot *s)
{
    struct node *n = *s->at;
    uint8_t *p;

    if (n->apart)
        return;
    p = arena_alloc(&m->arena, n->value.len + GROWTH);
    if (!p)
        return;
    if (n->value.len)
        memcpy(p, n->value.p, n->value.len);
    n->value = slice_make(p, LLVMFuzzerMutate(p, n->value.len, n->value.len + GROWTH));
}

/* ---- members --------------------------------------------------------------------------------- */

static void drop(struct mutation *m, struct spot *s)
{
    (void)m;
    if (s->around)
        *s->at = (*s->at)->next;
}

static void duplicate(struct mutation *m, struct spot *s)
{
    if (s->around)
        insert(s, copy(m, *s->at));
}

static void swap(struct mutation *m, struct spot *s)
{
    struct node *first = *s->at;
    struct node *second = first->next;

    (void)m;
    if (!second)
        return;
    first->next = second->next;
    second->next = first;
    *s->at = second;
}

static void copy_elsewhere(struct mutation *m, struct spot *s)
{
    insert(any_spot(m), copy(m, *s->at));
}

/* A member that the type around may have, or one more item of its list. */
static void add_member(struct mutation *m, struct spot *s)
{
    const struct ber_type *type = s->around ? s->around->type : NULL;
    uint32_t count = 0;

    if (!type)
        return;
    if (ber_is_list(type)) {
        insert(s, make_value(&m->maker, type->element, NULL, 4));
        return;
    }
    if (!ber_is_struct(type))
        return;
    while (type->fields[count].name)
        count++;
    if (count)
        insert(s, make_member(&m->maker, &type->fields[chance_below(&m->chance, count)], NULL, 4));
}

static void add_unknown(struct mutation *m, struct spot *s)
{
    const uint32_t tags[] = {BER_CONTEXT(chance_below(&m->chance, 40)), BER_CONTEXT(0x0fffffff),
                             BER_PRIVATE(chance_below(&m->chance, 200)),
                             BER_APPLICATION(chance_below(&m->chance, 40)),
                             BER_UNIVERSAL(chance_below(&m->chance, 32))};

    if (s->around)
        insert(s, node_new(&m->arena, tags[chance_below(&m->chance, COUNT(tags))],
                           make_octets(&m->maker, &ber_type_printable_string)));
}

/* ---- the encoding ---------------------------------------------------------------------------- */

static void change_tag(struct mutation *m, struct spot *s)
{
    struct node *n = *s->at;

    switch (chance_below(&m->chance, 3)) {
    case 0: n->tag += 1; break;
    case 1: n->tag ^= BER_CONTEXT(0); break;
    default: n->tag = (n->tag & BER_PRIVATE(0)) | chance_below(&m->chance, 48); break;
    }
}

static void change_constructed(struct mutation *m, struct spot *s)
{
    (void)m;
    (*s->at)->constructed = !(*s->at)->constructed;
}

static void change_length(struct mutation *m, struct spot *s)
{
    struct node *n = *s->at;

    n->form = (enum node_length)chance_below(&m->chance, NODE_WRONG);
    n->spare = 1 + (int)chance_below(&m->chance, SPARE_MAX);
    if (n->form == NODE_INDEFINITE && !n->constructed)
        n->form = NODE_LONG;
}

static void indefinite_all(struct mutation *m, struct spot *s)
{
    (void)s;
    for (uint32_t i = 0; i < m->count; i++) {
        if ((*m->spots[i].at)->constructed)
            (*m->spots[i].at)->form = NODE_INDEFINITE;
    }
}

static void wrong_length(struct mutation *m, struct spot *s)
{
    static const int spares[] = {-1, 1, -2, 2, 127, INT32_MAX};

    (*s->at)->form = NODE_WRONG;
    (*s->at)->spare = spares[chance_below(&m->chance, COUNT(spares))];
}

/* A string in segments, as X.690 8.7.3 allows. */
static void segment(struct mutation *m, struct spot *s)
{
    struct node *n = *s->at;
    size_t cut = n->value.len ? chance_below(&m->chance, (uint32_t)n->value.len) : 0;
    uint32_t tag = BER_UNIVERSAL(BER_T_OCTET_STRING);
    bool bits = n->type && n->type->kind == BER_BIT_STRING;
    struct node *a, *b;

    if (n->apart || n->constructed)
        return;
    a = node_new(&m->arena, bits ? BER_UNIVERSAL(BER_T_BIT_STRING) : tag,
                 slice_sub(n->value, 0, cut));
    b = node_new(&m->arena, bits ? BER_UNIVERSAL(BER_T_BIT_STRING) : tag,
                 slice_from(n->value, cut));
    if (!a || !b)
        return;
    a->next = b;
    n->child = a;
    n->apart = n->constructed = true;
}

static void nest(struct mutation *m, struct spot *s)
{
    uint32_t depth = 1 + chance_below(&m->chance, chance_in(&m->chance, 4) ? NEST_MAX : 3);
    struct node *inner = *s->at;
    struct node *rest = inner->next;

    inner->next = NULL;
    for (; depth > 0; depth--) {
        struct node *outer = node_new(&m->arena, inner->tag, SLICE_LIT(""));

        if (!outer)
            break;
        outer->constructed = outer->apart = true;
        outer->form = chance_in(&m->chance, 3) ? NODE_INDEFINITE : NODE_MINIMAL;
        outer->child = inner;
        inner = outer;
    }
    inner->next = rest;
    *s->at = inner;
}

/* ---- all together ---------------------------------------------------------------------------- */

static const struct {
    unsigned weight;
    void (*change)(struct mutation *m, struct spot *s);
} changes[] = {
    {24, change_value},      {12, change_octets}, {8, drop},
    {8, duplicate},          {6, swap},           {6, copy_elsewhere},
    {16, add_member},        {5, add_unknown},    {4, change_tag},
    {2, change_constructed}, {5, change_length},  {1, indefinite_all},
    {2, wrong_length},       {3, segment},        {2, nest},
};

static void change_once(struct mutation *m)
{
    unsigned sum = 0;
    unsigned which = 0;
    uint32_t pick;

    m->count = 0;
    collect(m, &m->root, NULL);
    if (m->count == 0)
        return;
    for (unsigned i = 0; i < COUNT(changes); i++)
        sum += changes[i].weight;
    pick = chance_below(&m->chance, sum);
    while (pick >= changes[which].weight)
        pick -= changes[which++].weight;
    changes[which].change(m, any_spot(m));
}

static struct mutation *mutation_new(uint32_t seed)
{
    struct mutation *m = calloc(1, sizeof(*m));

    if (!m)
        abort();
    m->chance = chance_make(seed);
    arena_init(&m->arena, ARENA_MAX);
    m->maker = (struct maker){.arena = &m->arena, .chance = &m->chance};
    m->maker.legal = chance_in(&m->chance, 2);
    return m;
}

/* What it has become, if that fits; else 0. Ends m. */
static size_t finish(struct mutation **handle, uint8_t *data, size_t max)
{
    struct mutation *m = *handle;
    struct buf out;
    size_t size = 0;

    buf_init(&out, max);
    tree_write(m->root, &out);
    if (!out.error && out.len > 0) {
        memcpy(data, out.p, out.len);
        size = out.len;
    }
    buf_free(&out);
    arena_free(&m->arena);
    free(m);
    *handle = NULL;
    return size;
}

size_t mutate_ber(const struct ber_type *type, uint8_t *data, size_t size, size_t max,
                  uint32_t seed)
{
    struct mutation *m = mutation_new(seed);
    size_t made;

    m->root = tree_read(&m->arena, slice_make(data, size), 0);
    if (m->root && type)
        tree_annotate(m->root, type, &m->arena);
    else if (!m->root && type && chance_in(&m->chance, 2))
        m->root = make_value(&m->maker, type, NULL, 0);
    if (chance_in(&m->chance, 20))
        m->root = NULL; /* without structure */
    do
        change_once(m);
    while (m->root && chance_in(&m->chance, 2));
    made = finish(&m, data, max);
    return made ? made : LLVMFuzzerMutate(data, size, max);
}

size_t mutate_ber_new(const struct ber_type *type, uint8_t *data, size_t max, uint32_t seed)
{
    struct mutation *m = mutation_new(seed);

    m->root = make_value(&m->maker, type, NULL, 0);
    return finish(&m, data, max);
}
