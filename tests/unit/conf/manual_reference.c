/* SPDX-License-Identifier: Apache-2.0 */
/* manual_reference [--write] PAGE: the attribute lists of a manual page against the schema.
 *
 * A list stands between the lines
 *     .\" begin attributes of CLASS
 *     .\" end attributes
 * Every class but the node must have its list in x400-site(5), the node in x400d.conf(5). */
#include "base/buf.h"
#include "conf/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 1 << 20 };
#define BEGIN ".\\\" begin attributes of "
#define END   ".\\\" end attributes\n"

/* Text of an mdoc line: no control line by accident. */
static void put_line(struct buf *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        buf_text(out, "\\&");
    for (; *text; text++)
        buf_text(out, *text == '\\' ? "\\e" : (char[]){*text, '\0'});
    buf_u8(out, '\n');
}

static void put_type(struct buf *out, const struct conf_attribute *a)
{
    buf_text(out, conf_type_name(a->type));
    for (size_t i = 0; a->values && a->values[i]; i++)
        buf_printf(out, "%s %s", i ? "," : "", a->values[i]);
    if (a->type == CONF_DN)
        buf_printf(out, " of class %s", conf_class(a->refers)->name);
    if (a->type == CONF_INT)
        buf_printf(out, " %" PRId64 " to %" PRId64, a->min, a->max);
    else if (a->max > 0)
        buf_printf(out, ", %" PRId64 " to %" PRId64 " %s", a->min, a->max,
                   a->type == CONF_IA5 || a->type == CONF_TEXT        ? "characters"
                   : a->type == CONF_SELECTOR || a->type == CONF_PATH ? "octets"
                                                                      : "items");
    if (a->type == CONF_INT && *a->unit)
        buf_printf(out, " %s", a->unit);
}

static void put_class(struct buf *out, const struct conf_class *class_)
{
    buf_text(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < class_->count; i++) {
        const struct conf_attribute *a = &class_->attributes[i];
        struct buf line;

        buf_init(&line, 4096);
        buf_printf(out, ".It Ic %s\n", a->name);
        buf_printf(&line, "%s.", a->doc);
        put_line(out, buf_cstr(&line));
        buf_text(out, ".br\n");
        buf_reset(&line);
        put_type(&line, a);
        buf_printf(&line, "; %s%s", a->flags & CONF_REQUIRED ? "required" : "default ",
                   a->flags & CONF_REQUIRED ? ""
                   : a->def                 ? a->def
                                            : "none");
        if (a->flags & CONF_INHERIT)
            buf_text(&line, ", or what mta-defaults says");
        if (a->flags & CONF_SECRET)
            buf_text(&line, "; secret");
        buf_printf(&line, "; %s.", conf_reload_name(a->reload));
        put_line(out, buf_cstr(&line));
        buf_free(&line);
    }
    buf_text(out, ".El\n");
}

static const struct conf_class *class_named(const char *name, size_t len)
{
    for (int i = 0; i < CONF_CLASS_COUNT; i++) {
        const struct conf_class *class_ = conf_class((enum conf_class_id)i);

        if (strlen(class_->name) == len && memcmp(class_->name, name, len) == 0)
            return class_;
    }
    return NULL;
}

/* The page with the lists as they must be; *seen: a bit for each class. */
static bool rebuild(const char *page, struct buf *out, unsigned *seen)
{
    const char *begin;

    while ((begin = strstr(page, BEGIN))) {
        const char *name = begin + strlen(BEGIN);
        size_t len = strcspn(name, "\n");
        const struct conf_class *class_ = class_named(name, len);
        const char *end = strstr(name, END);

        if (!class_ || !end)
            return false;
        buf_append(out, page, (size_t)(name + len + 1 - page));
        put_class(out, class_);
        *seen |= 1u << class_->id;
        page = end;
        buf_text(out, END);
        page += strlen(END);
    }
    buf_text(out, page);
    return !out->error;
}

static char *read_page(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *page = file ? calloc(1, PAGE_MAX) : NULL;

    if (page && fread(page, 1, PAGE_MAX - 1, file) == 0) {
        free(page);
        page = NULL;
    }
    if (file)
        fclose(file);
    return page;
}

int main(int argc, char **argv)
{
    bool write = argc == 3 && strcmp(argv[1], "--write") == 0;
    const char *path = argv[argc - 1];
    char *page = argc >= 2 ? read_page(path) : NULL;
    unsigned node = 1u << CONF_NODE, all = (1u << CONF_CLASS_COUNT) - 1, seen = 0;
    struct buf out;
    int status = 1;

    buf_init(&out, PAGE_MAX);
    if (!page || !rebuild(page, &out, &seen)) {
        fprintf(stderr, "%s: cannot be read, or a list of attributes is not closed\n", path);
    } else if (seen != node && seen != (all & ~node)) {
        fprintf(stderr, "%s: a class has no list of attributes (bits %x)\n", path, seen);
    } else if (write) {
        FILE *file = fopen(path, "wb");

        status = !(file && fwrite(out.p, 1, out.len, file) == out.len && fclose(file) == 0);
    } else if (strcmp(page, buf_cstr(&out)) != 0) {
        fprintf(stderr, "%s: differs from the schema; run manual_reference --write on it\n", path);
    } else {
        status = 0;
    }
    buf_free(&out);
    free(page);
    return status;
}
