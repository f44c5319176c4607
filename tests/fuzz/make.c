/* SPDX-License-Identifier: Apache-2.0 */
/* Values from nothing, by the descriptor tables. */
#include "ber/table.h"
#include "tree.h"

#include <assert.h>
#include <stdio.h>

enum { NODES_MAX = 400, DEPTH_MAX = 14, DEPTH_SPARE = 6, STRING_MAX = 5000, ITEMS_MAX = 70 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct chance chance_make(uint32_t seed)
{
    return (struct chance){.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
}

uint32_t chance_below(struct chance *c, uint32_t n)
{
    uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

    assert(n > 0);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % n);
}

bool chance_in(struct chance *c, uint32_t n)
{
    return chance_below(c, n) == 0;
}

/* Now and then something that is not allowed. */
static bool stray_in(struct maker *m, uint32_t n)
{
    return !m->legal && chance_in(m->chance, n);
}

/* ---- primitive values ------------------------------------------------------------------------ */

static struct slice integer(struct maker *m, int64_t v)
{
    struct buf tlv;
    struct slice contents;

    buf_init(&tlv, 32);
    buf_u8(&tlv, v < 0 ? 0xff : 0); /* now and then one octet more than needed: non-minimal */
    ber_put_integer(&tlv, BER_UNIVERSAL(BER_T_INTEGER), v);
    contents = arena_dup(m->arena, slice_from(buf_view(&tlv), 2));
    buf_free(&tlv);
    if (!slice_present(contents))
        return SLICE_LIT("");
    ((uint8_t *)(uintptr_t)contents.p)[0] = v < 0 ? 0xff : 0;
    return stray_in(m, 16) ? contents : slice_from(contents, 1);
}

static int64_t some_number(struct maker *m, const struct ber_type *type)
{
    static const int64_t telling[] = {
        0, 1, -1, 2, 127, 128, 255, 256, 32767, 32768, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    unsigned names = 0;

    while (type->names && type->names[names].name)
        names++;
    if (names && !chance_in(m->chance, 4))
        return type->names[chance_below(m->chance, names)].value;
    if (type->max && chance_in(m->chance, 2)) {
        const int64_t bounds[] = {type->min, type->max, type->min - 1, type->max + 1};

        return bounds[chance_below(m->chance, m->legal ? 2 : COUNT(bounds))];
    }
    if (m->legal && type->max)
        return type->min;
    if (chance_in(m->chance, 2))
        return chance_below(m->chance, 40);
    return telling[chance_below(m->chance, COUNT(telling))];
}

static struct slice random_octets(struct maker *m, size_t len)
{
    uint8_t *p = arena_alloc(m->arena, len);

    for (size_t i = 0; p && i < len; i++)
        p[i] = (uint8_t)chance_below(m->chance, 256);
    return slice_make(p, p ? len : 0);
}

/* A length within the bounds, at one of them, or just beyond. */
static size_t some_length(struct maker *m, int64_t min, int64_t max)
{
    int64_t len;

    switch (chance_below(m->chance, 8)) {
    case 0: len = min; break;
    case 1: len = max; break;
    case 2: len = max + !m->legal; break;
    case 3: len = min - !m->legal; break;
    default: len = min + chance_below(m->chance, 12); break;
    }
    if (m->legal && len > max)
        len = max;
    if (len > STRING_MAX)
        len = STRING_MAX;
    return len < 0 ? 0 : (size_t)len;
}

static struct slice bits(struct maker *m, const struct ber_type *type)
{
    size_t count = some_length(m, type->min, type->max ? type->max : 16);
    struct slice value = random_octets(m, 1 + (count + 7) / 8);

    if (value.p)
        ((uint8_t *)(uintptr_t)value.p)[0] = (uint8_t)(stray_in(m, 30) ? 9 : (8 - count % 8) % 8);
    return value;
}

static const char *alphabet(uint32_t tag)
{
    switch (tag) {
    case BER_T_NUMERIC: return "0123456789 ";
    case BER_T_PRINTABLE: return "ABCdef 0123'()+,-./:=?";
    case BER_T_TELETEX: return "ABCdef 01\xc1\xc8\xcf\xe1\xfb\x1b\x24\x40\x0e\x0f\x8f\xa4|";
    case BER_T_BMP:
    case BER_T_UNIVERSAL: return NULL;
    default: return "ABCdef 01@_*%!\"#;$/=\\|\r\n\t\x7f";
    }
}

static struct slice string(struct maker *m, const struct ber_type *type)
{
    size_t len = some_length(m, type->min, type->max ? type->max : 20);
    const char *from = alphabet(type->tag);
    uint8_t *p = arena_alloc(m->arena, len);

    for (size_t i = 0; p && i < len; i++) {
        if (!from || stray_in(m, 64))
            p[i] = (uint8_t)(i % 2 ? chance_below(m->chance, 256) : 0);
        else
            p[i] = (uint8_t)from[chance_below(m->chance, (uint32_t)strlen(from))];
    }
    return slice_make(p, p ? len : 0);
}

static struct slice time_text(struct maker *m)
{
    static const char *const ends[] = {"Z", "+0100", "-1200", "+9999", "", "z", "Z0"};
    static const char *const odd[] = {"260230120000Z", "991231235960Z",    "000101000000Z", "Z",
                                      "26112Z",        "20261122173000.5Z"};
    uint32_t r = chance_below(m->chance, 1000000);
    const char *end = ends[stray_in(m, 3) ? chance_below(m->chance, COUNT(ends)) : 0];
    char *text;

    if (stray_in(m, 10))
        text = arena_printf(m->arena, "%s", odd[r % COUNT(odd)]);
    else if (chance_in(m->chance, 3))
        text = arena_printf(m->arena, "26112%u%02u%02u%s", r % 10, r / 10 % 24, r / 240 % 60, end);
    else
        text = arena_printf(m->arena, "2611%02u%02u%02u%02u%s", r % 30 + 1, r / 30 % 24,
                            r / 720 % 60, r % 60, end);
    return slice_str(text);
}

static struct slice oid(struct maker *m)
{
    static const struct slice known[] = {
        {(const uint8_t *)"\x56\x01\x0a\x00", 4},
        {(const uint8_t *)"\x56\x01\x0a\x01", 4},
        {(const uint8_t *)"\x56\x03\x04\x02", 4},
        {(const uint8_t *)"\x51\x01", 2},
        {(const uint8_t *)"\x56\x01\x04\x0b", 4},
        {(const uint8_t *)"\x56\x01\x04\x0c", 4},
        {(const uint8_t *)"\x28\xc2\x7b\x05\x03", 5},
        {(const uint8_t *)"\x2a\x03\x88\x37", 4},
        {(const uint8_t *)"\x80\x01", 2},
        {(const uint8_t *)"\x56\x81", 2}, /* not legal */
    };

    if (stray_in(m, 12))
        return random_octets(m, some_length(m, 1, 128));
    return known[chance_below(m->chance, m->legal ? COUNT(known) - 1 : COUNT(known))];
}

struct slice make_octets(struct maker *m, const struct ber_type *type)
{
    switch (type->kind) {
    case BER_BOOLEAN: return random_octets(m, stray_in(m, 20) ? 2 : 1);
    case BER_INTEGER:
    case BER_ENUMERATED: return integer(m, some_number(m, type));
    case BER_NULL: return random_octets(m, stray_in(m, 20) ? 1 : 0);
    case BER_BIT_STRING: return bits(m, type);
    case BER_OID: return oid(m);
    case BER_UTCTIME: return time_text(m);
    case BER_OCTET_STRING:
    case BER_STRING: return string(m, type);
    default: return SLICE_LIT("");
    }
}

/* ---- constructed values ---------------------------------------------------------------------- */

static struct node *retag(struct maker *m, struct node *n, const struct ber_field *f)
{
    struct node *around;

    if (!n || f->tag == BER_TAG_NONE)
        return n;
    if (!ber_field_is_explicit(f)) {
        n->tag = f->tag;
        return n;
    }
    around = node_new(m->arena, f->tag, SLICE_LIT(""));
    if (!around)
        return NULL;
    around->constructed = around->apart = true;
    around->child = n;
    return around;
}

struct node *make_member(struct maker *m, const struct ber_field *f, const struct ber_type *open,
                         unsigned depth)
{
    return retag(m, make_value(m, f->type, open, depth + 1), f);
}

static bool is_wanted(struct maker *m, const struct ber_field *f, unsigned depth)
{
    if (!(f->flags & (BER_OPTIONAL | BER_DEFAULT)))
        return !stray_in(m, 60);
    if (m->nodes > NODES_MAX || depth > DEPTH_MAX)
        return false;
    return chance_in(m->chance, depth > DEPTH_SPARE ? 8 : 3);
}

static struct node *make_struct(struct maker *m, const struct ber_type *type, struct node *n,
                                unsigned depth)
{
    const struct open_rule *rule = open_rule_find(type);
    const struct ber_type *open = NULL;
    struct node *key = rule ? rule->make(m, &open) : NULL;
    struct node **last = &n->child;

    for (const struct ber_field *f = type->fields; f->name; f++) {
        if (rule && strcmp(f->name, rule->key) == 0)
            *last = retag(m, key, f);
        else if (is_wanted(m, f, depth))
            *last = make_member(m, f, open, depth);
        if (*last)
            last = &(*last)->next;
    }
    return n;
}

static struct node *make_list(struct maker *m, const struct ber_type *type, struct node *n,
                              unsigned depth)
{
    size_t count = some_length(m, type->min, type->max && type->max < ITEMS_MAX ? type->max : 6);
    struct node **last = &n->child;

    if (count > 6 && (depth > DEPTH_SPARE || !chance_in(m->chance, 4)))
        count = (size_t)type->min + chance_below(m->chance, 3);
    for (size_t i = 0; i < count && m->nodes < NODES_MAX; i++) {
        *last = make_value(m, type->element, NULL, depth + 1);
        if (!*last)
            break;
        last = &(*last)->next;
    }
    return n;
}

static struct node *make_choice(struct maker *m, const struct ber_type *type,
                                const struct ber_type *open, unsigned depth)
{
    uint32_t count = 0;
    struct node *n, *around;

    while (type->fields[count].name)
        count++;
    n = make_member(m, &type->fields[chance_below(m->chance, count)], open, depth);
    if (!n || type->tag == BER_TAG_NONE)
        return n;
    around = node_new(m->arena, type->tag, SLICE_LIT(""));
    if (!around)
        return NULL;
    around->constructed = around->apart = true;
    around->child = n;
    return around;
}

static struct node *make_any(struct maker *m)
{
    static const struct ber_type *const types[] = {&ber_type_integer, &ber_type_printable_string,
                                                   &ber_type_null,    &ber_type_octet_string,
                                                   &ber_type_oid,     &ber_type_bit_string};

    return make_value(m, types[chance_below(m->chance, COUNT(types))], NULL, DEPTH_MAX);
}

struct node *make_value(struct maker *m, const struct ber_type *type, const struct ber_type *open,
                        unsigned depth)
{
    struct node *n;

    m->nodes++;
    if (type->kind == BER_ANY)
        return open ? make_value(m, open, NULL, depth) : make_any(m);
    if (type->kind == BER_CHOICE)
        return make_choice(m, type, open, depth);
    n = node_new(m->arena, type->tag, SLICE_LIT(""));
    if (!n)
        return NULL;
    n->type = type;
    if (ber_is_struct(type) || ber_is_list(type)) {
        n->constructed = n->apart = true;
        return ber_is_list(type) ? make_list(m, type, n, depth) : make_struct(m, type, n, depth);
    }
    n->value = make_octets(m, type);
    return n;
}
