/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

#include "base/error.h"
#include "base/limits.h"
#include "mta/inbound.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define WALL_START INT64_C(1795000000000)
#define BASE       "/o=Net"

static const char site_text[] =
    "base: " BASE "\n"
    "objects:\n"
    "  /o=Net: {}\n"
    "  ou=Site: {gdi: {country: %s, admd: ' ', prmd: %s}}\n"
    "  ou=Site/cn=Configuration/cn=Servers/cn=S: {mta-name: %s, %s}\n"
    "  ou=Site/cn=Configuration/cn=Servers/cn=S/cn=TCP: {local-addresses: ['%s'], %s}\n"
    "  ou=Site/cn=Configuration/cn=Connections/cn=other: {\n"
    "    stack: ou=Site/cn=Configuration/cn=Servers/cn=S/cn=TCP, remote-mta-name: %s,\n"
    "    address-spaces: ['C=%s'], remote-gdi: {country: %s, admd: ' ', prmd: %s}%s}\n"
    "  ou=Site/cn=Recipients/cn=user: {addresses: ['%s']}\n%s";

static void note_event(void *ctx, const struct event_record *record)
{
    struct site *s = ctx;
    char number[32];
    size_t n = (size_t)snprintf(number, sizeof(number), "#%d ", record->entry->number);

    s->events = realloc(s->events, s->events_len + n + event_json(record).len + 2);
    assert(s->events);
    memcpy(s->events + s->events_len, number, n);
    memcpy(s->events + s->events_len + n, event_json(record).p, event_json(record).len);
    s->events_len += n + event_json(record).len;
    memcpy(s->events + s->events_len++, "\n", 2);
}

static void print_errors(const struct conf_errors *errors)
{
    for (size_t i = 0; i < errors->count && i < CONF_ERRORS; i++) {
        char line[CONF_ERROR_TEXT];

        conf_error_print(errors, i, line);
        fprintf(stderr, "%s\n", line);
    }
}

static struct directory *make_directory(const char *text)
{
    struct conf_document document;
    struct conf_errors errors;
    struct directory *empty = directory_empty();
    struct directory *out = NULL;

    conf_errors_init(&errors, "site");
    if (conf_document_parse(slice_str(text), &document, &errors) == X4_OK) {
        directory_apply(empty, &document, DIRECTORY_MERGE, &out, &errors);
        conf_document_free(&document);
    }
    print_errors(&errors);
    conf_errors_free(&errors);
    directory_unref(&empty);
    assert(out);
    return out;
}

static void configure(struct site *s)
{
    char text[512] = "";
    int error = mailboxes_configure(s->mailboxes, s->directory, text, sizeof(text));

    if (!error)
        error = mta_configure(s->mta, s->directory, text, sizeof(text));
    if (error)
        fprintf(stderr, "%s\n", text);
    assert(!error);
    x400_configure(s->x400);
}

static void start(struct site *s)
{
    const struct store_params store = {
        .engine = "memory", .owner = s->name, .now_ms = s->io->ops->wall(s->io)};
    struct mta_params params = {.io = s->io, .store_name = s->name};
    char text[256];
    int error = store_open(&store, &s->store, text, sizeof(text));

    assert(!error);
    s->log = log_new();
    error = log_add_callback(s->log, SEVERITY_INFO, note_event, s);
    assert(!error);
    params.store = s->store;
    params.log = s->log;
    error = mta_new(&params, &s->mta);
    assert(!error);
    s->mailboxes = mailboxes_new(s->mta);
    s->x400 = x400_new(s->mta);
    assert(s->mailboxes && s->x400);
    snprintf(s->connector, sizeof(s->connector),
             BASE "/ou=Site/cn=Configuration/cn=Connections/cn=other");
    snprintf(s->mailbox, sizeof(s->mailbox), BASE "/ou=Site/cn=Recipients/cn=user");
    configure(s);
    error = mta_load(s->mta);
    assert(!error);
}

void site_close(struct site *s)
{
    char text[256] = "";
    int error;

    x400_free(&s->x400);
    store_flush(s->store);
    error = store_check(s->store, text, sizeof(text));
    if (error)
        fprintf(stderr, "%s: %s\n", s->name, text);
    assert(!error); /* whatever happened: no object is left over, none is missing */
    store_close(&s->store);
    mailboxes_free(&s->mailboxes);
    mta_free(&s->mta);
    directory_unref(&s->directory);
    log_free(&s->log);
    free(s->events);
}

static const char *or_nothing(const char *s)
{
    return s ? s : "";
}

static void describe(struct site *s, bool first, const struct pair_options *o)
{
    static const char *const domain[2][4] = {{"GB", "ACME", "LONDON", ANN},
                                             {"FR", "BISTRO", "PARIS", BOB}};
    const char *const *own = domain[first ? 0 : 1];
    const char *const *other = domain[first ? 1 : 0];
    const char *server = or_nothing(first ? o->a_server : o->b_server);
    const char *stack = or_nothing(first ? o->a_stack : o->b_stack);
    const char *connector = or_nothing(first ? o->a_connector : o->b_connector);
    char extra[512];
    char text[4096];

    s->name = own[2];
    snprintf(extra, sizeof(extra), "%s%s%s%s", *connector ? ", " : "", connector,
             strstr(connector, "remote-hosts") ? "" : ", remote-hosts: ",
             strstr(connector, "remote-hosts") ? ""
             : first                           ? "10.0.0.2"
                                               : "10.0.0.1");
    snprintf(text, sizeof(text), site_text, own[0], own[1], own[2], server,
             first ? "10.0.0.1" : "10.0.0.2", stack, other[2], other[0], other[0], other[1], extra,
             own[3], first ? or_nothing(o->a_more) : "");
    s->directory = make_directory(text);
}

void site_open(struct site *s, bool is_london, struct sim_net *net,
               const struct pair_options *options)
{
    *s = (struct site){.is_london = is_london};
    s->io = sim_host(net, is_london ? "10.0.0.1" : "10.0.0.2");
    describe(s, is_london, options);
    start(s);
}

struct pair *pair_new(const struct pair_options *options)
{
    struct pair *p = calloc(1, sizeof(*p));

    assert(p);
    p->net = sim_net_new(options->wall_ms ? options->wall_ms : WALL_START);
    site_open(&p->a, true, p->net, options);
    site_open(&p->b, false, p->net, options);
    pair_settle(p);
    return p;
}

struct pair *pair_of(const char *a_connector, const char *b_connector)
{
    const struct pair_options options = {.a_connector = a_connector, .b_connector = b_connector};

    return pair_new(&options);
}

void pair_free(struct pair **handle)
{
    struct pair *p = *handle;

    *handle = NULL;
    site_close(&p->a);
    site_close(&p->b);
    sim_net_free(&p->net);
    free(p);
}

void pair_settle(struct pair *p)
{
    unsigned steps = 0;

    while (store_dispatch(p->a.store) || store_dispatch(p->b.store) || sim_step(p->net)) {
        assert(++steps < 10 * 1000 * 1000); /* a loop that time does not end */
    }
}

void pair_advance(struct pair *p, int64_t ms)
{
    const int64_t until = sim_time(p->net) + ms;

    pair_settle(p);
    while (sim_time(p->net) < until) {
        int64_t next = sim_next(p->net);

        sim_set_time(p->net, next < until ? next : until);
        pair_settle(p);
    }
}

void site_change(struct site *s, const char *json)
{
    struct directory *after = NULL;
    struct conf_errors errors;
    json_t *changes = json_loads(json, JSON_DECODE_ANY, NULL);

    assert(changes);
    conf_errors_init(&errors, "change");
    if (json_is_null(changes))
        directory_delete(s->directory, s->connector, &after, &errors);
    else
        directory_patch(s->directory, s->connector, changes, &after, &errors);
    print_errors(&errors);
    conf_errors_free(&errors);
    json_decref(changes);
    assert(after);
    directory_unref(&s->directory);
    s->directory = after;
    configure(s);
}

/* ---- letters --------------------------------------------------------------------------------- */

static void accepted(void *ctx, int result)
{
    struct site *s = ctx;

    s->accepted += result == X4_OK;
}

static struct slice pattern(struct arena *arena, size_t octets)
{
    uint8_t *p = arena_alloc(arena, octets);

    assert(p);
    for (size_t i = 0; i < octets; i++)
        p[i] = (uint8_t)(i * 7);
    return slice_make(p, octets);
}

void site_send(struct site *s, const struct parcel *parcel)
{
    site_send_to(s, s->is_london ? BOB : ANN, parcel);
}

void site_send_to(struct site *s, const char *address, const struct parcel *parcel)
{
    struct or_name names[2];
    struct mts_submit_recipient to = {
        .name = &names[1], .report = parcel->report ? MTS_REPORT_BOTH : MTS_NON_DELIVERY_REPORT};
    struct mts_submission m = {
        .kind = parcel->probe ? MTS_PROBE : MTS_MESSAGE,
        .own = mta_identity(s->mta),
        .now_ms = mta_wall(s->mta),
        .originator = &names[0],
        .recipients = &to,
        .recipient_count = 1,
        .content_type = {.which = MTS_CONTENT_BUILT_IN, .built_in = MTS_CONTENT_P2},
        .priority = parcel->priority,
        .deferred_ms = MTS_NO_TIME,
        .latest_ms = MTS_NO_TIME,
        .content_length = -1,
    };
    struct arena arena;
    struct buf stored;
    struct mta_in *in;
    int error;

    arena_init(&arena, 16 * 1024 * 1024);
    buf_init(&stored, LIMIT_ENVELOPE);
    error = or_name_parse(slice_str(s->is_london ? ANN : BOB), &arena, &names[0], NULL);
    if (!error)
        error = or_name_parse(slice_str(address), &arena, &names[1], NULL);
    if (!error)
        error = mta_new_identifier(s->mta, &arena, &m.identifier);
    if (!error)
        error = mts_submit(&m, &stored);
    assert(!error);
    in = mta_submit(s->mta, buf_view(&stored));
    assert(in);
    if (!parcel->probe)
        mta_in_content(in, pattern(&arena, parcel->octets));
    mta_in_end(&in, accepted, s);
    buf_free(&stored);
    arena_free(&arena);
}

/* ---- what came of it ------------------------------------------------------------------------- */

size_t site_queued(const struct site *s)
{
    const struct mta_queue *q = mta_find_queue(s->mta, s->connector);

    return q ? q->count : 0;
}

struct tally {
    size_t messages, reports;
};

static bool count_entry(void *ctx, const struct store_delivery *d)
{
    struct tally *t = ctx;

    if (mailbox_recipient_of(d->envelope) == MAILBOX_NO_RECIPIENT)
        t->reports++;
    else
        t->messages++;
    return true;
}

static struct tally count(const struct site *s)
{
    struct tally t = {0, 0};

    store_scan_deliveries(s->store, slice_str(s->mailbox), count_entry, &t);
    return t;
}

size_t site_messages(const struct site *s)
{
    return count(s).messages;
}

size_t site_reports(const struct site *s)
{
    return count(s).reports;
}

size_t site_associations(const struct site *s)
{
    json_t *all = x400_associations(s->x400);
    size_t n = json_array_size(all);

    json_decref(all);
    return n;
}

const char *site_connector(struct site *s, const char *field, char text[128])
{
    json_t *shown = x400_connectors(s->x400, s->connector);
    const json_t *value = json_object_get(shown, field);

    if (json_is_integer(value))
        snprintf(text, 128, "%lld", (long long)json_integer_value(value));
    else
        snprintf(text, 128, "%s", value ? json_string_value(value) : "-");
    json_decref(shown);
    return text;
}

unsigned site_events(const struct site *s, int number)
{
    char mark[32];
    unsigned n = 0;

    snprintf(mark, sizeof(mark), "#%d {", number);
    for (const char *at = s->events; at && (at = strstr(at, mark)) != NULL; at++)
        n++;
    return n;
}

bool site_event_says(const struct site *s, int number, const char *text)
{
    const char *last = NULL;
    const char *found;
    char mark[32];

    snprintf(mark, sizeof(mark), "#%d {", number);
    for (const char *at = s->events; at && (at = strstr(at, mark)) != NULL; at++)
        last = at;
    found = last ? strstr(last, text) : NULL;
    if (!found || found > strchr(last, '\n')) {
        fprintf(stderr, "event %d: %s\n", number, last ? last : "none");
        return false;
    }
    return true;
}
