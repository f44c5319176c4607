/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_operator */
/* slow: 4 */
/* words: src/control/submit.c src/control/queue.c src/conf/schema.c src/connector/x400/ping.c */
/* Operators and users of a whole MTA, as the API hands it what they want: lines, of which the first
 * octet says what, and the rest is the text. Every request is answered once; what was accepted can
 * be tracked; what is queued can be shown; the store is whole. */
#include "../sim/reply.h"
#include "../unit/connector/pair.h"
#include "base/error.h"
#include "control/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIRST (INT64_C(1) << 32) /* identifiers of the store are not below */

enum { SECOND = 1000, LINE_MAX = 4096, LINES_MAX = 64, PIECE = 64, ALL = 10000, END_S = 600 };

struct desk {
    struct sim_net *net;
    struct site site;
    struct control *control;
    unsigned asked, answered;
    char mts_id[256]; /* of the last submission that was accepted */
    json_t *body;     /* of the last answer, NULL: an error */
};

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void answered(void *ctx, int error, json_t *body, const char *text)
{
    struct desk *d = ctx;
    const char *mts_id = json_string_value(json_object_get(body, "mts-id"));

    require((error == X4_OK) == (body != NULL), "an answer is a body or an error");
    require(error == X4_OK || *text, "errors have a text");
    d->answered++;
    json_decref(d->body);
    d->body = json_incref(body);
    if (mts_id)
        snprintf(d->mts_id, sizeof(d->mts_id), "%s", mts_id);
}

static void streamed(void *ctx, const struct admin_stream *stream)
{
    struct desk *d = ctx;
    uint8_t piece[PIECE];
    uint64_t at = 0;
    size_t got = 0;

    d->answered++;
    while (stream->read(stream->ctx, at, piece, sizeof(piece), &got) == X4_OK && got)
        at += got;
    require(at == stream->length, "a content is as long as was said");
}

static struct admin_reply *ask(struct desk *d)
{
    d->asked++;
    return sim_reply_new(&(struct admin_reply){.done = answered, .stream = streamed, .ctx = d});
}

static void settle(struct desk *d)
{
    while (store_dispatch(d->site.store) || sim_step(d->net))
        ;
}

static void wait_seconds(struct desk *d, int64_t seconds)
{
    const int64_t until = sim_time(d->net) + seconds * SECOND;

    settle(d);
    while (sim_next(d->net) <= until) {
        sim_set_time(d->net, sim_next(d->net));
        settle(d);
    }
    sim_set_time(d->net, until);
    settle(d);
}

/* ---- what they ask for ----------------------------------------------------------------------- */

static void track(struct desk *d, const char *mts_id)
{
    control_backend.track(d->control, mts_id, ask(d));
}

static void check_accepted(struct desk *d)
{
    char mts_id[sizeof(d->mts_id)];

    if (!*d->mts_id)
        return;
    memcpy(mts_id, d->mts_id, sizeof(mts_id));
    *d->mts_id = '\0';
    track(d, mts_id);
    require(json_array_size(d->body) > 0, "what was accepted can be tracked");
}

static void submit(struct desk *d, const json_t *envelope)
{
    static const char content[] = "What it is about.";
    struct admin_reply *reply = ask(d);
    void *s = control_backend.submit_begin(d->control, envelope, reply);
    int error;

    if (!s) /* answered */
        return;
    error = control_backend.submit_data(d->control, s, slice_str(content));
    if (!error) {
        control_backend.submit_end(d->control, s, reply);
        return;
    }
    control_backend.submit_abandon(d->control, s);
    admin_reply_error(reply, error, "%s", x4_strerror(error));
}

static void change(struct desk *d, const char *text)
{
    struct directory *before = mta_directory(d->site.mta);
    struct conf_document document;
    struct conf_errors errors;
    struct directory *after = NULL;

    conf_errors_init(&errors, "f");
    if (conf_document_parse(slice_str(text), &document, &errors) == X4_OK)
        (void)directory_apply(before, &document, DIRECTORY_MERGE, &after, &errors);
    conf_document_free(&document);
    conf_errors_free(&errors);
    if (after) {
        const struct admin_change change = {
            .before = before, .after = after, .diff = directory_diff_json(before, after)};

        control_backend.change(d->control, &change, ask(d));
        json_decref(change.diff);
        directory_unref(&after);
    }
}

static void with_json(struct desk *d, char kind, const char *text)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    if (json_is_object(json) && kind == 'm')
        submit(d, json);
    else if (json_is_object(json) && kind == 'p')
        control_backend.probe(d->control, json, ask(d));
    else if (json_is_object(json))
        control_backend.ping(d->control, json, ask(d));
    json_decref(json);
}

static void with_item(struct desk *d, char kind, const char *text)
{
    struct admin_queue_order order = {.diagnostic = -1};
    char *end;

    order.item = FIRST | strtol(text, &end, 10);
    order.reason = (int)strtol(end, &end, 10);
    order.diagnostic = (int)strtol(end, &end, 10);
    order.now = *end == '!';
    order.action = kind == 'h'   ? ADMIN_QUEUE_HOLD
                   : kind == 'f' ? ADMIN_QUEUE_RELEASE
                   : kind == 'd' ? ADMIN_QUEUE_DELETE
                                 : ADMIN_QUEUE_RETURN;
    control_backend.queue_do(d->control, &order, ask(d));
}

static void with_entry(struct desk *d, char kind, const char *text)
{
    const int64_t entry = FIRST | strtol(text, NULL, 10);

    switch (kind) {
    case 'e': control_backend.mailbox_entry(d->control, d->site.mailbox, entry, ask(d)); break;
    case 'o': control_backend.mailbox_content(d->control, d->site.mailbox, entry, ask(d)); break;
    case 'k': control_backend.mailbox_mark(d->control, d->site.mailbox, entry, true, ask(d)); break;
    default: control_backend.mailbox_delete(d->control, d->site.mailbox, entry, ask(d)); break;
    }
}

static void take(struct desk *d, char kind, const char *text)
{
    switch (kind) {
    case 'm':
    case 'p':
    case 'g': with_json(d, kind, text); break;
    case 'h':
    case 'f':
    case 'd':
    case 'n': with_item(d, kind, text); break;
    case 'e':
    case 'o':
    case 'k':
    case 'x': with_entry(d, kind, text); break;
    case 'r': control_backend.route(d->control, text, ask(d)); break;
    case 't': track(d, text); break;
    case 'c': change(d, text); break;
    case 'w': wait_seconds(d, *text & 0x7f); break;
    default: control_backend.status(d->control, ask(d)); break;
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The API lets no other texts pass (admin/backend.h). */
static bool is_text(const char *line)
{
    json_t *utf8 = json_string(line);

    for (const char *p = line; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f) {
            json_decref(utf8);
            return false;
        }
    }
    json_decref(utf8);
    return utf8 != NULL;
}

static void show_all(struct desk *d)
{
    const struct admin_queue_filter all = {.limit = ALL};
    const json_t *item;
    json_t *list;
    size_t i;

    control_backend.queue(d->control, &all, ask(d));
    require(d->body != NULL, "the queue can be listed");
    list = json_incref(d->body);
    json_array_foreach(json_object_get(list, "items"), i, item)
    {
        control_backend.queue_show(d->control, json_integer_value(json_object_get(item, "item")),
                                   ask(d));
        require(d->body != NULL, "what is queued can be shown");
    }
    json_decref(list);
}

static void open_desk(struct desk *d)
{
    static const struct pair_options options = {.a_connector = "open-interval: 30"};
    struct control_params params = {.version = "0", .node = "fuzz", .store_path = "-"};

    *d = (struct desk){.net = sim_net_new(INT64_C(1795000000000))};
    site_open(&d->site, true, d->net, &options);
    params.mta = d->site.mta;
    params.x400 = d->site.x400;
    params.mailboxes = d->site.mailboxes;
    d->control = control_new(&params);
    require(d->control != NULL, "there is memory");
    settle(d);
}

static void close_desk(struct desk *d)
{
    wait_seconds(d, END_S); /* pings have their answers then */
    show_all(d);
    require(d->asked == d->answered, "every request is answered once");
    json_decref(d->body);
    control_free(&d->control);
    site_close(&d->site);
    sim_net_free(&d->net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_make(data, size);
    struct desk d;

    open_desk(&d);
    for (unsigned n = 0; rest.len && n < LINES_MAX; n++) {
        const uint8_t *end = memchr(rest.p, '\n', rest.len);
        const size_t len = end ? (size_t)(end - rest.p) : rest.len;
        char line[LINE_MAX];

        snprintf(line, sizeof(line), "%.*s", (int)(len < LINE_MAX ? len : LINE_MAX - 1),
                 (const char *)rest.p);
        rest = slice_from(rest, end ? len + 1 : len);
        if (!*line || !is_text(line + 1))
            continue;
        take(&d, *line, line + 1);
        settle(&d);
        check_accepted(&d);
    }
    close_desk(&d);
    return 0;
}
