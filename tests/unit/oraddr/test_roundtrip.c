/* SPDX-License-Identifier: Apache-2.0 */
/* parse(print(x)) == x, and decode(encode(x)) == x, over generated addresses. */
#include "fixture.h"

enum { ADDRESSES = 4000, ITEMS_MAX = 12 };

/* A small generator with a fixed seed, so that a failure comes back. */
static uint32_t next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static unsigned pick(uint32_t *seed, size_t n)
{
    return (unsigned)(next(seed) % n);
}

static struct slice make_text(struct fixture *f, uint32_t *seed, enum or_variant variant)
{
    static const char *const printable[] = {"a", "B", "0", "9", " ", "'", "(", ")",
                                            "+", ",", "-", ".", "/", ":", "=", "?"};
    static const char *const teletex[] = {"\xc3\xbc", "\xc3\x98", "$", "_",  ";",       "*",
                                          "{",        "|",        "&", "\"", "\xc3\xa9"};
    static const char *const universal[] = {"\xd0\x96", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    struct buf b;
    struct slice out;

    buf_init(&b, 256);
    buf_text(&b, "x"); /* neither blank nor all digits */
    for (unsigned n = pick(seed, 8); n > 0; n--) {
        unsigned set = pick(seed, variant + 1u);

        buf_text(&b, set == 0   ? printable[pick(seed, COUNT(printable))]
                     : set == 1 ? teletex[pick(seed, COUNT(teletex))]
                                : universal[pick(seed, COUNT(universal))]);
    }
    out = arena_dup(&f->arena, buf_view(&b));
    buf_free(&b);
    return out;
}

static struct slice digits(struct fixture *f, uint32_t *seed)
{
    return slice_str(arena_printf(&f->arena, "%u", next(seed) % 100000));
}

/* An attribute with one variant, or more where there are twins. */
static size_t make_group(struct fixture *f, uint32_t *seed, struct or_attribute *to,
                         const struct or_attribute *what)
{
    unsigned flags = or_attr_info(what->attr)->flags;
    unsigned variants = flags & OR_HAS_VARIANTS ? 1 + pick(seed, 3) : 1; /* bits */
    size_t n = 0;

    for (unsigned v = OR_PRINTABLE; v <= OR_TELETEX; v++) {
        enum or_variant variant = (enum or_variant)v;

        if (!(variants >> v & 1))
            continue;
        to[n] = *what;
        to[n].variant = variant;
        to[n].text = flags & OR_NUMERIC_STRING ? digits(f, seed) : make_text(f, seed, variant);
        n++;
    }
    if (flags & OR_HAS_VARIANTS && pick(seed, 10) == 0) { /* universal only */
        to[0].variant = OR_UNIVERSAL;
        to[0].text = make_text(f, seed, OR_UNIVERSAL);
        n = 1;
    }
    return n;
}

static size_t make_attribute(struct fixture *f, uint32_t *seed, enum or_attr attr,
                             struct or_attribute *to)
{
    struct or_attribute what = {.attr = attr};
    unsigned count = attr == OR_OU || attr == OR_PD_A || attr == OR_DDA ? 1 + pick(seed, 3) : 1;
    size_t n = 0;

    for (; what.index < count; what.index++) {
        size_t made;

        if (attr == OR_DDA)
            what.type = make_text(f, seed, OR_PRINTABLE);
        made = make_group(f, seed, to + n, &what);
        n += attr == OR_DDA ? 1 : made; /* twins of DDAs are in test_text.c */
    }
    return n;
}

static struct or_address make_address(struct fixture *f, uint32_t *seed)
{
    struct or_attribute items[ITEMS_MAX * 8];
    struct or_attributes list = {.items = items};
    struct or_address a;
    bool there[OR_ATTR_COUNT] = {false};

    memset(items, 0, sizeof(items));
    for (unsigned n = 1 + pick(seed, ITEMS_MAX); n > 0; n--) {
        enum or_attr attr = (enum or_attr)pick(seed, OR_EXT);
        bool network = attr == OR_E164_SUB || attr == OR_PSAP || attr == OR_T_TY;

        if (there[attr] || network)
            continue;
        there[attr] = true;
        list.count += make_attribute(f, seed, attr, items + list.count);
    }
    if (list.count == 0)
        list.count = make_attribute(f, seed, OR_O, items);
    assert_int_equal(or_address_build(&list, &f->arena, &a), X4_OK);
    return a;
}

static void reads_what_it_writes(void **state)
{
    struct fixture *f = *state;
    uint32_t seed = 20260101;

    for (unsigned i = 0; i < ADDRESSES; i++) {
        struct or_address a = make_address(f, &seed);
        struct or_address decoded = decode(f, encode(f, &a));

        if (!or_address_equal(&a, &decoded))
            fail_msg("%u: %s", i, print(f, &decoded, OR_TEXT_B));
        for (int form = OR_TEXT_A; form <= OR_TEXT_B; form++) {
            const char *text = print(f, &decoded, (enum or_text_form)form);
            struct or_address again = parse(f, text);

            /* a domain without an ADMD gets a blank one, which is the same */
            if (!or_address_equal(&a, &again))
                fail_msg("%u: %s became %s", i, text, print(f, &again, (enum or_text_form)form));
        }
        arena_reset(&f->arena);
    }
}

/* Any octets that decode give a text that is valid, and any text gives an address or an error. */
static void survives_damage(void **state)
{
    struct fixture *f = *state;
    uint32_t seed = 4711;

    for (unsigned i = 0; i < ADDRESSES; i++) {
        struct or_address a = make_address(f, &seed);
        struct slice good = encode(f, &a);
        uint8_t *bad = arena_alloc(&f->arena, good.len);
        struct or_address decoded;

        assert_non_null(bad);
        memcpy(bad, good.p, good.len);
        bad[pick(&seed, good.len)] = (uint8_t)next(&seed);
        if (!ber_decode(&ber_type_or_address, slice_make(bad, good.len), &f->arena, &decoded, NULL,
                        NULL)) {
            const char *text = print(f, &decoded, OR_TEXT_A);
            struct or_address again;

            or_address_bounds(&decoded, &f->why);
            or_address_form(&decoded, &f->why);
            or_address_parse(slice_str(text), &f->arena, &again, &f->why);
            assert_true(or_address_equal(&decoded, &decoded));
        }
        buf_reset(&f->why);
        arena_reset(&f->arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_it_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(survives_damage, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
