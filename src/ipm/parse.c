/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a content. */
#include "ipm/part.h"

#include "base/error.h"

enum { NAME_MAX_OCTETS = 200 };

/* extended-subject when it can be read, else the teletex one; NULL: there is none. */
static const char *subject_of(const struct ipm_heading *heading, struct arena *arena)
{
    for (size_t i = 0; i < heading->extensions.count; i++) {
        const struct ipm_extension *e = BER_ITEM(heading->extensions, struct ipm_extension, i);
        struct ipm_wide_string wide;
        struct slice characters;
        struct buf text;
        const char *subject;

        if (!slice_eq(e->type, ipm_oid_extended_subject) || !slice_present(e->value) ||
            ber_decode(&ipm_type_wide_string, e->value, arena, &wide, NULL, NULL))
            continue;
        characters = wide.encoding.characters;
        buf_init(&text, characters.len * 2 + 8);
        charset_wide_to_utf8(characters, wide.encoding.which == 1 ? 2 : 4, &text);
        subject = arena_str(arena, buf_view(&text));
        buf_free(&text);
        return subject;
    }
    if (!slice_present(heading->subject))
        return NULL;
    return arena_str(arena, ipm_text(heading->subject, CHARSET_T61, arena));
}

static int read_parts(const struct ber_list *body, struct arena *arena, struct ipm_content *out)
{
    out->parts = arena_array(arena, body->count, sizeof(*out->parts));
    if (!out->parts)
        return X4_ENOMEM;
    for (size_t i = 0; i < body->count; i++) {
        int error = ipm_part_read(*BER_ITEM(*body, struct slice, i), arena, &out->parts[i]);

        if (error)
            return error;
        out->part_count++;
    }
    return X4_OK;
}

int ipm_parse(struct slice content, struct arena *arena, struct ipm_content *out)
{
    struct ipm_information_object *object = arena_alloc(arena, sizeof(*object));
    int error;

    *out = (struct ipm_content){.heading = NULL};
    if (!object)
        return X4_ENOMEM;
    error = ber_decode(&ipm_type_information_object, content, arena, object, NULL, NULL);
    if (error)
        return error;
    if (object->which == 2) {
        out->ipn = &object->ipn;
        return X4_OK;
    }
    out->heading = &object->ipm.heading;
    out->subject = subject_of(out->heading, arena);
    return read_parts(&object->ipm.body, arena, out);
}

/* ---- extraction ----------------------------------------------------------------------------- */

static const char *suffix_of(const struct ipm_part *part)
{
    switch (part->kind) {
    case IPM_PART_TEXT: return "txt";
    case IPM_PART_MESSAGE:
    case IPM_PART_NOTIFICATION: return "p22";
    case IPM_PART_FILE:
    case IPM_PART_BILATERAL: return "bin";
    default: return "ber";
    }
}

/* The last component of the path, without what a file system or a terminal would take amiss. */
static const char *harmless_name(struct slice name, struct arena *arena)
{
    struct buf text;
    const char *out = NULL;

    for (size_t i = 0; i < name.len;) {
        if (name.p[i] == '/' || name.p[i] == '\\')
            name = slice_from(name, i + 1), i = 0;
        else
            i++;
    }
    while (name.len > 0 && (name.p[0] == '.' || name.p[0] == ' '))
        name = slice_from(name, 1);
    buf_init(&text, NAME_MAX_OCTETS + 8);
    while (name.len > 0 && text.len < NAME_MAX_OCTETS) {
        uint32_t code = utf8_next(&name);

        if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            code = '_';
        utf8_put(code, &text);
    }
    if (text.len > 0)
        out = arena_str(arena, buf_view(&text));
    buf_free(&text);
    return out;
}

int ipm_extract(struct slice content, size_t i, struct arena *arena, const char **name,
                struct slice *octets)
{
    struct ipm_content parsed;
    int error = ipm_parse(content, arena, &parsed);

    if (error)
        return error;
    if (i >= parsed.part_count)
        return X4_ENOTFOUND;
    *octets = parsed.parts[i].octets;
    *name = harmless_name(parsed.parts[i].name, arena);
    if (!*name)
        *name = arena_printf(arena, "part-%zu.%s", i + 1, suffix_of(&parsed.parts[i]));
    return *name ? X4_OK : X4_ENOMEM;
}
