/* SPDX-License-Identifier: Apache-2.0 */
#include "ipm/compose.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/limits.h"

enum { FREE_FORM_MAX = 64, TELEPHONE_MAX = 32, LOCAL_ID_MAX = 64 };

void composer_init(struct composer *c)
{
    arena_init(&c->arena, LIMIT_ENVELOPE_ARENA);
    c->error = X4_OK;
}

void composer_free(struct composer *c)
{
    arena_free(&c->arena);
}

void composer_fail(struct composer *c, int error)
{
    if (!c->error)
        c->error = error;
}

void *composer_alloc(struct composer *c, size_t count, size_t size)
{
    void *p = c->error ? NULL : arena_array(&c->arena, count, size);

    if (!p)
        composer_fail(c, X4_ENOMEM);
    return p;
}

struct slice composer_keep(struct composer *c, struct buf *b)
{
    struct slice out = SLICE_NONE;

    if (b->error)
        composer_fail(c, b->error);
    else
        out = arena_dup(&c->arena, buf_view(b));
    if (!slice_present(out))
        composer_fail(c, X4_ENOMEM);
    buf_free(b);
    return out;
}

/* ---- texts and times ------------------------------------------------------------------------ */

struct slice composer_text(struct composer *c, struct slice utf8, enum charset set, size_t max,
                           bool *lost)
{
    struct buf text;
    size_t all;

    /* T.61 makes two octets of an accented letter that UTF-8 has in two; ours never grow more */
    buf_init(&text, utf8.len * 2 + 1);
    all = charset_from_utf8(utf8, set, SIZE_MAX, &text);
    if (lost)
        *lost = all > 0 || text.len > max;
    if (text.len > max) {
        buf_reset(&text);
        charset_from_utf8(utf8, set, max, &text);
    }
    return composer_keep(c, &text);
}

struct slice composer_printable(struct composer *c, const char *text, size_t max)
{
    struct slice s = slice_str(text);

    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_printablestring(s.p[i]))
            composer_fail(c, X4_EINVAL);
    if (s.len > max)
        composer_fail(c, X4_EBOUNDS);
    return s;
}

static size_t count_digits(struct slice s)
{
    size_t n = 0;

    while (n < s.len && ascii_is_digit(s.p[n]))
        n++;
    return n;
}

static bool is_zone(struct slice s)
{
    if (s.len == 1)
        return s.p[0] == 'Z';
    return s.len == 5 && (s.p[0] == '+' || s.p[0] == '-') && count_digits(slice_from(s, 1)) == 4;
}

struct slice composer_utctime(struct composer *c, const char *text)
{
    struct slice s = slice_str(text);
    size_t digits = count_digits(s);

    if (text && ((digits != 10 && digits != 12) || !is_zone(slice_from(s, digits))))
        composer_fail(c, X4_EINVAL);
    return s;
}

struct slice composer_generalized_time(struct composer *c, const char *text)
{
    struct slice s = slice_str(text);
    size_t digits = count_digits(s);
    struct slice rest = slice_from(s, digits);

    if (text && (digits < 10 || digits > 14 || digits % 2 || (rest.len && !is_zone(rest))))
        composer_fail(c, X4_EINVAL);
    return s;
}

/* ---- names ---------------------------------------------------------------------------------- */

struct or_name *composer_or_name(struct composer *c, struct slice tlv, const char *address)
{
    struct or_name *name;
    int error;

    if (!slice_present(tlv) && !address)
        return NULL;
    name = composer_alloc(c, 1, sizeof(*name));
    if (!name)
        return NULL;
    if (slice_present(tlv))
        error = ber_decode(&ber_type_or_name, tlv, &c->arena, name, NULL, NULL);
    else
        error = or_name_parse(slice_str(address), &c->arena, name, NULL);
    if (error)
        composer_fail(c, error);
    return name;
}

struct ipm_identifier composer_id(struct composer *c, const struct ipm_id *id)
{
    return (struct ipm_identifier){
        .user = composer_or_name(c, id->or_name, id->address),
        .user_relative_identifier = composer_printable(c, id->local, LOCAL_ID_MAX),
    };
}

struct ipm_or_descriptor composer_descriptor(struct composer *c, const struct ipm_person *person)
{
    struct ipm_or_descriptor d = {.formal_name =
                                      composer_or_name(c, person->or_name, person->address)};

    if (person->free_form_name)
        d.free_form_name =
            composer_text(c, slice_str(person->free_form_name), CHARSET_T61, FREE_FORM_MAX, NULL);
    d.telephone_number = composer_printable(c, person->telephone, TELEPHONE_MAX);
    return d;
}

struct ipm_or_descriptor *composer_descriptor_opt(struct composer *c,
                                                  const struct ipm_person *person)
{
    struct ipm_or_descriptor *d;

    if (!person)
        return NULL;
    d = composer_alloc(c, 1, sizeof(*d));
    if (d)
        *d = composer_descriptor(c, person);
    return d;
}

struct slice composer_inner(struct composer *c, struct slice in, uint32_t bare, uint32_t in_content)
{
    struct ber_tlv tlv;
    int error = ber_single(in, &tlv);

    if (!error && tlv.tag != bare && tlv.tag != in_content)
        error = X4_EINVAL;
    if (error)
        composer_fail(c, error);
    return error ? SLICE_NONE : in;
}
