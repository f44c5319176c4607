/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400dump/out.h"

#include "ipm/charset.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum {
    RECORD_MAX = 256 * 1024 * 1024,
    INLINE_FIELDS = 3, /* so many fields, and so long, stay on the record's line */
    INLINE_LENGTH = 64,
    FIELD_TEXT = 512,
    HEX_LINE = 32,
    INDENT = 10,
};

void out_init(struct out *o, const struct out_options *options,
              void (*write)(void *ctx, struct slice octets), void *ctx)
{
    *o = (struct out){.options = *options, .write = write, .ctx = ctx};
    buf_init(&o->head, 4096);
    buf_init(&o->fields, RECORD_MAX);
    buf_init(&o->blocks, RECORD_MAX);
}

void out_free(struct out *o)
{
    buf_free(&o->head);
    buf_free(&o->fields);
    buf_free(&o->blocks);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

/* A JSON string; octets that are no UTF-8 (of a file name) become U+FFFD. */
static void json_string(struct buf *b, struct slice s)
{
    buf_u8(b, '"');
    while (s.len > 0) {
        uint32_t code = utf8_next(&s);

        if (code == '"' || code == '\\')
            buf_printf(b, "\\%c", (int)code);
        else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            buf_printf(b, "\\u%04x", code);
        else
            utf8_put(code, b);
    }
    buf_u8(b, '"');
}

static void json_member(struct buf *b, const char *name, struct slice value)
{
    json_string(b, slice_str(name));
    buf_u8(b, ':');
    json_string(b, value);
}

static void put_utc(struct buf *b, int64_t time_us)
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm;
    char text[32];

    if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
        text[0] = '\0';
    buf_printf(b, "%s.%06dZ", text, (int)(time_us % 1000000));
}

static void json_head(struct out *o, const struct out_where *w, const char *layer, const char *pdu,
                      const char *long_name)
{
    struct buf *b = &o->head;

    buf_u8(b, '{');
    json_member(b, "file", slice_str(o->file ? o->file : ""));
    if (w->association)
        buf_printf(b, ",\"association\":%u", w->association);
    if (w->time_us) {
        buf_text(b, ",\"time\":\"");
        put_utc(b, w->time_us);
        buf_u8(b, '"');
    }
    if (w->side >= 0)
        buf_printf(b, ",\"from\":\"%s\"", w->side == 0 ? "initiator" : "responder");
    buf_u8(b, ',');
    json_member(b, "layer", slice_str(layer));
    buf_u8(b, ',');
    json_member(b, "pdu", slice_str(pdu));
    if (long_name) {
        buf_u8(b, ',');
        json_member(b, "name", slice_str(long_name));
    }
}

static void json_end(struct out *o)
{
    buf_text(&o->head, ",\"fields\":{");
    o->write(o->ctx, buf_view(&o->head));
    o->write(o->ctx, buf_view(&o->fields));
    o->write(o->ctx, SLICE_LIT("}"));
    o->write(o->ctx, buf_view(&o->blocks));
    o->write(o->ctx, SLICE_LIT("}\n"));
}

/* ,"name":["line", ...] */
static void json_block(struct out *o, const char *name, struct slice text)
{
    struct buf *b = &o->blocks;
    bool first = true;

    buf_u8(b, ',');
    json_string(b, slice_str(name));
    buf_text(b, ":[");
    while (text.len > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.len);
        size_t len = end ? (size_t)(end - text.p) : text.len;

        if (!first)
            buf_u8(b, ',');
        json_string(b, slice_sub(text, 0, len));
        text = slice_from(text, len + 1);
        first = false;
    }
    buf_u8(b, ']');
}

/* ---- text ----------------------------------------------------------------------------------- */

static void text_head(struct out *o, const struct out_where *w, const char *pdu,
                      const char *long_name)
{
    struct buf *b = &o->head;

    if (w->association)
        buf_printf(b, "[%u] %9.3f ", w->association, (double)w->relative_us / 1e6);
    if (w->side >= 0)
        buf_text(b, w->side == 0 ? "-> " : "<- ");
    buf_text(b, pdu);
    if (long_name)
        buf_printf(b, " %s", long_name);
}

/* Few short fields go on the record's own line, separated by commas instead of line feeds. */
static bool fits_line(const struct out *o)
{
    return o->field_count <= INLINE_FIELDS &&
           o->fields.len < INLINE_LENGTH + o->field_count * INDENT;
}

static void text_end(struct out *o)
{
    struct slice rest = buf_view(&o->fields);
    bool one_line = fits_line(o);

    for (unsigned n = 0; rest.len > 0; n++) {
        const uint8_t *end = memchr(rest.p, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.p) : rest.len;

        if (one_line)
            buf_text(&o->head, n ? ", " : "  ");
        else
            buf_printf(&o->head, "\n%*s", INDENT, "");
        o->write(o->ctx, buf_view(&o->head));
        buf_reset(&o->head);
        o->write(o->ctx, slice_sub(rest, 0, len));
        rest = slice_from(rest, len + 1);
    }
    buf_u8(&o->head, '\n');
    o->write(o->ctx, buf_view(&o->head));
    o->write(o->ctx, buf_view(&o->blocks));
}

static void text_block(struct out *o, const char *name, struct slice text)
{
    buf_printf(&o->blocks, "%*s%s:\n", INDENT, "", name);
    while (text.len > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.len);
        size_t len = end ? (size_t)(end - text.p) : text.len;

        buf_printf(&o->blocks, "%*s", INDENT + 2, "");
        buf_slice(&o->blocks, slice_sub(text, 0, len));
        buf_u8(&o->blocks, '\n');
        text = slice_from(text, len + 1);
    }
}

/* ---- records -------------------------------------------------------------------------------- */

void out_begin(struct out *o, const struct out_where *where, const char *layer, const char *pdu,
               const char *long_name)
{
    buf_reset(&o->head);
    buf_reset(&o->fields);
    buf_reset(&o->blocks);
    o->field_count = 0;
    o->muted =
        o->options.summary && strcmp(layer, "association") != 0 && strcmp(layer, "problem") != 0;
    if (o->options.json)
        json_head(o, where, layer, pdu, long_name);
    else
        text_head(o, where, pdu, long_name);
}

static void put_field(struct out *o, const char *name, struct slice value)
{
    if (o->options.json) {
        if (o->field_count > 0)
            buf_u8(&o->fields, ',');
        json_member(&o->fields, name, value);
    } else {
        buf_printf(&o->fields, "%s: ", name);
        buf_slice(&o->fields, value);
        buf_u8(&o->fields, '\n');
    }
    o->field_count++;
}

void out_field(struct out *o, const char *name, const char *format, ...)
{
    char text[FIELD_TEXT];
    va_list ap;

    if (o->muted)
        return;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    put_field(o, name, slice_str(text));
}

static bool is_text(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] < 0x20 || s.p[i] > 0x7e)
            return false;
    return true;
}

void out_octets(struct out *o, const char *name, struct slice value)
{
    struct buf b;

    if (!slice_present(value) || o->muted)
        return;
    buf_init(&b, value.len * 2 + 16);
    if (value.len == 0) {
        buf_text(&b, "(empty)");
    } else if (is_text(value)) {
        buf_u8(&b, '"');
        buf_slice(&b, value);
        buf_u8(&b, '"');
    } else {
        buf_hex(&b, value);
    }
    put_field(o, name, buf_view(&b));
    buf_free(&b);
}

void out_time(struct out *o, const char *name, int64_t time_us)
{
    struct buf b;

    if (o->muted)
        return;
    buf_init(&b, FIELD_TEXT);
    put_utc(&b, time_us);
    put_field(o, name, buf_view(&b));
    buf_free(&b);
}

void out_block(struct out *o, const char *name, const struct buf *text)
{
    if (o->muted)
        return;
    if (o->options.json)
        json_block(o, name, buf_view(text));
    else
        text_block(o, name, buf_view(text));
}

void out_hex(struct out *o, const char *name, struct slice octets)
{
    struct buf b;

    if (!o->options.hex || o->muted)
        return;
    buf_init(&b, octets.len * 3 + 16);
    while (octets.len > 0) {
        buf_hex(&b, slice_sub(octets, 0, HEX_LINE));
        buf_u8(&b, '\n');
        octets = slice_from(octets, HEX_LINE);
    }
    out_block(o, name, &b);
    buf_free(&b);
}

void out_end(struct out *o)
{
    if (o->muted)
        return;
    if (o->options.json)
        json_end(o);
    else
        text_end(o);
}

void out_problem(struct out *o, const struct out_where *where, const char *format, ...)
{
    char text[FIELD_TEXT];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    o->problems = true;
    out_begin(o, where, "problem", "!!", NULL);
    put_field(o, "problem", slice_str(text));
    out_end(o);
}
