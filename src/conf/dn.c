/* SPDX-License-Identifier: Apache-2.0 */
/* Distinguished names. */
#include "base/ascii.h"
#include "base/buf.h"
#include "conf/conf_internal.h"

#include <stdlib.h>

enum { RDN_VALUE_MAX = 64 };

/* '/' sorts before everything, so that a parent's children follow it directly. */
static int rank(char c)
{
    return c == '\0' ? 0 : c == '/' ? 1 : ascii_lower((uint8_t)c) + 2;
}

int conf_dn_compare(const char *a, const char *b)
{
    while (*a && rank(*a) == rank(*b)) {
        a++;
        b++;
    }
    return rank(*a) - rank(*b);
}

bool conf_dn_equal(const char *a, const char *b)
{
    return conf_dn_compare(a, b) == 0;
}

const char *conf_dn_leaf(const char *dn)
{
    const char *slash = strrchr(dn, '/');
    const char *equals = slash ? strchr(slash, '=') : NULL;

    return equals ? equals + 1 : dn;
}

size_t conf_dn_parent_len(const char *dn)
{
    const char *slash = strrchr(dn, '/');

    return slash ? (size_t)(slash - dn) : 0;
}

bool conf_dn_step_fits(struct slice step, struct slice shape)
{
    if (shape.len > 0 && shape.p[shape.len - 1] == '*')
        return slice_eq_nocase(slice_sub(step, 0, shape.len - 1),
                               slice_sub(shape, 0, shape.len - 1));
    return slice_eq_nocase(step, shape);
}

struct slice conf_dn_step(const char **p)
{
    size_t len;
    struct slice step;

    if (**p == '/')
        (*p)++;
    len = strcspn(*p, "/");
    step = slice_make(*p, len);
    *p += len;
    return step;
}

bool conf_dn_has_shape(const char *dn, const char *shape)
{
    while (*dn && *shape)
        if (!conf_dn_step_fits(conf_dn_step(&dn), conf_dn_step(&shape)))
            return false;
    return !*dn && !*shape;
}

static struct slice trim(struct slice s)
{
    while (s.len > 0 && s.p[0] == ' ')
        s = slice_from(s, 1);
    while (s.len > 0 && s.p[s.len - 1] == ' ')
        s.len--;
    return s;
}

static bool has_control(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] < 0x20 || s.p[i] == 0x7F)
            return true;
    return false;
}

/* Appends "/cn=value"; false after an error. */
static bool put_step(const struct conf_spot *spot, struct slice step, struct buf *out)
{
    const uint8_t *equals = step.len ? memchr(step.p, '=', step.len) : NULL;
    size_t name_len = equals ? (size_t)(equals - step.p) : 0;
    struct slice name = trim(slice_sub(step, 0, name_len));
    struct slice value = equals ? trim(slice_from(step, name_len + 1)) : SLICE_NONE;
    static const char *const names[] = {"o", "ou", "cn"};

    for (size_t i = 0; equals && i < sizeof(names) / sizeof(names[0]); i++) {
        if (!slice_eq_nocase(name, slice_str(names[i])))
            continue;
        if (value.len == 0 || value.len > RDN_VALUE_MAX || has_control(value)) {
            conf_error_add(spot, "'%.*s' is not allowed in a name, 1..%d printable characters",
                           (int)slice_sub(step, 0, 100).len, (const char *)step.p, RDN_VALUE_MAX);
            return false;
        }
        buf_printf(out, "/%s=", names[i]);
        buf_slice(out, value);
        return true;
    }
    conf_error_add(spot, "'%.*s' is not a part of a name, o=..., ou=... or cn=...",
                   (int)slice_sub(step, 0, 100).len, (const char *)step.p);
    return false;
}

char *conf_dn_normal(const struct conf_spot *spot, const char *base, const char *text)
{
    struct buf out;
    const char *p = text;
    char *result = NULL;
    bool good = true;

    if (*text != '/' && !base) {
        conf_error_add(spot, "'%.100s' is not a full name, it must begin with /o=", text);
        return NULL;
    }
    buf_init(&out, CONF_DN_MAX);
    if (*text != '/')
        buf_text(&out, base);
    while (good && *p) {
        struct slice step = conf_dn_step(&p);

        good = put_step(spot, step, &out);
    }
    if (good && out.len == 0 && !out.error)
        conf_error_add(spot, "a name must begin with /o=");
    else if (good && !buf_cstr(&out))
        conf_error_add(spot, "a name has at most %d octets", CONF_DN_MAX);
    else if (good)
        result = strdup(buf_cstr(&out));
    buf_free(&out);
    return result;
}
