/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by what they want exactly.
 *
 * A row is entered under the exact values that it begins with, of C, ADMD, PRMD and O; a row of a
 * foreign type under its type and, if exact, its value. An address is looked up under each
 * beginning of its own: a handful of keys, however many rows there are. Keys are hashes only, as
 * every row found is compared in full anyway. */
#include "route/internal.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* What a key is made of. */
enum key_kind {
    KEY_PREFIX = 'p', /* C, ADMD, PRMD, O, as far as exact */
    KEY_BLANK = 'b',  /* C and PRMD of a row that names an ADMD, for addresses with a blank one */
    KEY_TYPE = 't',   /* type of a DDA */
    KEY_VALUE = 'v',  /* type and value of a DDA */
};

static uint64_t hash_start(enum key_kind kind)
{
    return (FNV_BASIS ^ kind) * FNV_PRIME;
}

/* The length goes in as well, so that "a","bc" and "ab","c" are different. */
static uint64_t hash_add(uint64_t h, struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ text.p[i]) * FNV_PRIME;
    return (h ^ (0x100 + text.len)) * FNV_PRIME;
}

/* 0 marks a free slot. */
static uint64_t hash_end(uint64_t h)
{
    h ^= h >> 32;
    return h ? h : 1;
}

/* ---- domains --------------------------------------------------------------------------------- */

static uint64_t domain_hash(struct slice country, struct slice prmd)
{
    return hash_end(hash_add(hash_add(hash_start(KEY_BLANK), country), prmd));
}

static struct route_domain *domain_place(const struct route_table *t, struct slice country,
                                         struct slice prmd)
{
    uint64_t hash = domain_hash(country, prmd);
    size_t i = hash & (t->domain_count - 1);

    while (t->domains[i].hash) {
        struct route_domain *d = &t->domains[i];

        if (d->hash == hash && slice_eq(d->country, country) && slice_eq(d->prmd, prmd))
            break;
        i = (i + 1) & (t->domain_count - 1);
    }
    return &t->domains[i];
}

const struct route_domain *route_domain_find(const struct route_table *t, struct slice country,
                                             struct slice prmd)
{
    const struct route_domain *d = domain_place(t, country, prmd);

    return d->hash ? d : NULL;
}

static const struct route_test *exact_test(const struct route_row *row, enum or_attr attr)
{
    for (unsigned i = 0; i < row->count; i++) {
        if (row->tests[i].attr == attr && row->tests[i].kind == ROUTE_EXACT)
            return &row->tests[i];
    }
    return NULL;
}

/* Country, named ADMD and PRMD of a row; false when it does not have all of them. */
static bool row_domain(const struct route_row *row, struct route_domain *out)
{
    const struct route_test *c = exact_test(row, OR_C);
    const struct route_test *admd = exact_test(row, OR_ADMD);
    const struct route_test *prmd = exact_test(row, OR_PRMD);

    if (!c || !prmd || !admd || admd->pattern.len == 0)
        return false;
    *out =
        (struct route_domain){.country = c->pattern, .prmd = prmd->pattern, .admd = admd->pattern};
    return true;
}

static void enter_domain(struct route_table *t, const struct route_domain *domain)
{
    struct route_domain *place = domain_place(t, domain->country, domain->prmd);

    if (place->hash) {
        place->ambiguous = place->ambiguous || !slice_eq(place->admd, domain->admd);
        return;
    }
    *place = *domain;
    place->hash = domain_hash(domain->country, domain->prmd);
}

/* ---- keys of rows ---------------------------------------------------------------------------- */

static uint64_t foreign_key(const struct route_row *row)
{
    const struct route_test *test = &row->tests[0];
    bool pattern =
        memchr(test->type.p, '*', test->type.len) || memchr(test->type.p, '%', test->type.len);
    uint64_t h;

    if (pattern)
        return hash_end(hash_start(KEY_TYPE));
    if (test->kind != ROUTE_EXACT)
        return hash_end(hash_add(hash_start(KEY_TYPE), test->type));
    h = hash_add(hash_start(KEY_VALUE), test->type);
    return hash_end(hash_add(h, test->pattern));
}

static uint64_t prefix_key(const struct route_row *row)
{
    uint64_t h = hash_start(KEY_PREFIX);

    for (int attr = OR_C; attr <= OR_O; attr++) {
        const struct route_test *test = exact_test(row, (enum or_attr)attr);

        if (!test)
            break;
        h = hash_add(h, test->pattern);
    }
    return hash_end(h);
}

static size_t slot_place(const struct route_table *t, uint64_t hash)
{
    size_t i = hash & (t->slot_count - 1);

    while (t->slots[i].hash && t->slots[i].hash != hash)
        i = (i + 1) & (t->slot_count - 1);
    return i;
}

static void enter(struct route_table *t, uint64_t hash, size_t row)
{
    struct route_slot *slot = &t->slots[slot_place(t, hash)];
    uint32_t entry = (uint32_t)t->entry_count++;

    t->entry_row[entry] = (uint32_t)row;
    t->next[entry] = slot->hash ? slot->first : ROUTE_END;
    slot->hash = hash;
    slot->first = entry;
}

int route_index_build(struct route_table *t)
{
    size_t size = 4;

    while (size < 4 * t->count) /* two entries for each row, half of the slots free */
        size *= 2;
    t->slot_count = size;
    t->domain_count = size;
    t->slots = arena_array(&t->arena, size, sizeof(*t->slots));
    t->domains = arena_array(&t->arena, size, sizeof(*t->domains));
    t->next = arena_array(&t->arena, 2 * t->count, sizeof(*t->next));
    t->entry_row = arena_array(&t->arena, 2 * t->count, sizeof(*t->entry_row));
    if (!t->slots || !t->domains || !t->next || !t->entry_row)
        return X4_ENOMEM;
    for (size_t i = 0; i < t->count; i++) {
        const struct route_row *row = &t->rows[i];
        struct route_domain domain;

        enter(t, row->foreign ? foreign_key(row) : prefix_key(row), i);
        if (!row_domain(row, &domain))
            continue;
        enter_domain(t, &domain);
        enter(t, domain_hash(domain.country, domain.prmd), i);
    }
    return X4_OK;
}

/* ---- looking up ------------------------------------------------------------------------------ */

struct search {
    const struct route_query *q;
    route_found *found;
    void *context;
    int error;
};

static void visit(struct search *s, uint64_t hash)
{
    const struct route_table *t = s->q->table;
    const struct route_slot *slot = &t->slots[slot_place(t, hash)];
    uint32_t entry = slot->hash ? slot->first : ROUTE_END;

    for (; entry != ROUTE_END && !s->error; entry = t->next[entry])
        s->error = s->found(s->context, &t->rows[t->entry_row[entry]]);
}

/* Under each exact beginning of the address. An organization may have several texts. */
static void visit_prefixes(struct search *s)
{
    const struct route_query *q = s->q;
    const struct slice domains[] = {q->country, q->admd, q->prmd};
    uint64_t h = hash_start(KEY_PREFIX);

    visit(s, hash_end(h));
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        h = hash_add(h, domains[i]);
        visit(s, hash_end(h));
    }
    for (size_t i = 0; i < q->count; i++) {
        if (q->values[i].attr == OR_O)
            visit(s, hash_end(hash_add(h, q->values[i].text)));
    }
}

static void visit_ddas(struct search *s)
{
    bool any = false;

    for (size_t i = 0; i < s->q->count; i++) {
        const struct route_value *v = &s->q->values[i];
        uint64_t h;

        if (v->attr != OR_DDA)
            continue;
        any = true;
        visit(s, hash_end(hash_add(hash_start(KEY_TYPE), v->type)));
        h = hash_add(hash_start(KEY_VALUE), v->type);
        visit(s, hash_end(hash_add(h, v->text)));
    }
    if (any)
        visit(s, hash_end(hash_start(KEY_TYPE)));
}

int route_index_search(const struct route_query *q, route_found *found, void *context)
{
    struct search s = {.q = q, .found = found, .context = context};

    visit_ddas(&s);
    visit_prefixes(&s);
    if (q->admd.len == 0 && q->domain)
        visit(&s, domain_hash(q->country, q->prmd));
    return s.error;
}
