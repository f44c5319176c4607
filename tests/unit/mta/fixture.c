/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/error.h"
#include "base/limits.h"
#include "p1/p1_in.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static const char site[] =
    "base: /o=Acme/ou=London\n"
    "objects:\n"
    "  /o=Acme: {}\n"
    "  /o=Acme/ou=London: {gdi: {country: GB, admd: ' ', prmd: ACME}}\n"
    "  cn=Configuration/cn=Servers/cn=EX1: {mta-name: EX1%s}\n"
    "  cn=Configuration/cn=Servers/cn=EX1/cn=TCP: {}\n"
    "  cn=Configuration/cn=Connections/cn=to Paris:\n"
    "    stack: cn=Configuration/cn=Servers/cn=EX1/cn=TCP\n"
    "    remote-mta-name: PARIS\n"
    "    remote-hosts: 192.0.2.1\n"
    "    remote-gdi: {country: FR, admd: ' ', prmd: BISTRO}\n"
    "    address-spaces: ['C=FR', {space: 'C=DE', cost: 50}, {space: 'C=CH', cost: 1}]\n"
    "  cn=Configuration/cn=Connections/cn=to Berlin:\n"
    "    stack: cn=Configuration/cn=Servers/cn=EX1/cn=TCP\n"
    "    remote-mta-name: BERLIN\n"
    "    remote-hosts: 192.0.2.2\n"
    "    message-size-limit: 100\n"
    "%s"
    "    address-spaces: ['C=DE', {space: 'C=AT', cost: 1}, {space: 'C=CH', cost: 1}]\n"
    "  cn=Recipients/cn=ann: {addresses: ['" ANN "']}\n"
    "  cn=Recipients/cn=jim: {addresses: ['" JIM "'], message-size-limit: 1}\n";

/* ---- virtual time ---------------------------------------------------------------------------- */

struct io_timer {
    struct list link;
    struct virtual_io *vio;
    void (*fire)(void *ctx);
    void *ctx;
    int64_t at; /* -1: not set */
};

struct virtual_io {
    struct io io;
    struct list timers;
    int64_t now;
};

enum { START_MS = 1000 };
#define WALL_START INT64_C(1795000000000)

static struct virtual_io *vio_of(struct io *io)
{
    return (struct virtual_io *)(void *)io;
}

static int64_t now(struct io *io)
{
    return vio_of(io)->now;
}

static int64_t wall(struct io *io)
{
    return WALL_START + vio_of(io)->now;
}

static struct io_timer *timer_new(struct io *io, void (*fire)(void *ctx), void *ctx)
{
    struct io_timer *t = calloc(1, sizeof(*t));

    assert(t);
    *t = (struct io_timer){.vio = vio_of(io), .fire = fire, .ctx = ctx, .at = -1};
    list_push_back(&t->vio->timers, &t->link);
    return t;
}

static void timer_set(struct io_timer *t, int64_t delay)
{
    t->at = delay < 0 ? -1 : t->vio->now + delay;
}

static void timer_free(struct io_timer **t)
{
    list_remove(&(*t)->link);
    free(*t);
    *t = NULL;
}

static const struct io_ops ops = {
    .now = now,
    .wall = wall,
    .timer_new = timer_new,
    .timer_set = timer_set,
    .timer_free = timer_free,
};

static bool fire_due(struct virtual_io *vio)
{
    LIST_EACH(it, &vio->timers)
    {
        struct io_timer *t = LIST_ITEM(it, struct io_timer, link);

        if (t->at >= 0 && t->at <= vio->now) {
            t->at = -1;
            t->fire(t->ctx);
            return true;
        }
    }
    return false;
}

void bench_settle(struct bench *b)
{
    while (store_dispatch(b->store) || fire_due(b->vio))
        ;
}

void bench_advance(struct bench *b, int64_t ms)
{
    const int64_t until = b->vio->now + ms;

    while (b->vio->now < until) {
        int64_t next = until;

        LIST_EACH(it, &b->vio->timers)
        {
            const struct io_timer *t = LIST_ITEM(it, struct io_timer, link);

            if (t->at >= 0 && t->at < next)
                next = t->at;
        }
        b->vio->now = next > b->vio->now ? next : b->vio->now;
        bench_settle(b);
    }
    bench_settle(b);
}

int64_t bench_now(const struct bench *b)
{
    return WALL_START + b->vio->now;
}

/* ---- the bench ------------------------------------------------------------------------------- */

static void note_event(void *ctx, const struct event_record *record)
{
    struct bench *b = ctx;
    char text[16];
    size_t n = (size_t)snprintf(text, sizeof(text), " %d", record->entry->number);

    char *more = realloc(b->events, b->events_len + n + 1);

    if (!more) /* a test that takes memory away */
        return;
    b->events = more;
    memcpy(b->events + b->events_len, text, n + 1);
    b->events_len += n;
}

bool bench_has_event(const struct bench *b, int number)
{
    char text[16];

    snprintf(text, sizeof(text), " %d", number);
    return b->events && strstr(b->events, text) != NULL;
}

static struct directory *make_directory(const char *server_extra, const char *berlin_extra)
{
    struct conf_document document;
    struct conf_errors errors;
    struct directory *empty = directory_empty();
    struct directory *out = NULL;
    char text[4096];

    snprintf(text, sizeof(text), site, server_extra, berlin_extra);
    conf_errors_init(&errors, "site");
    if (conf_document_parse(slice_str(text), &document, &errors) == X4_OK) {
        directory_apply(empty, &document, DIRECTORY_MERGE, &out, &errors);
        conf_document_free(&document);
    }
    for (size_t i = 0; i < errors.count && i < CONF_ERRORS; i++) {
        char line[CONF_ERROR_TEXT];

        conf_error_print(&errors, i, line);
        fprintf(stderr, "%s\n", line);
    }
    conf_errors_free(&errors);
    directory_unref(&empty);
    assert(out);
    return out;
}

static void make_mta(struct bench *b)
{
    const struct mta_params params = {
        .io = &b->vio->io, .store = b->store, .log = b->log, .store_name = "test"};
    char text[512] = "";
    int error = mta_new(&params, &b->mta);

    assert(!error);
    b->mailboxes = mailboxes_new(b->mta);
    assert(b->mailboxes);
    error = mailboxes_configure(b->mailboxes, b->directory, text, sizeof(text));
    assert(!error);
    error = mta_configure(b->mta, b->directory, text, sizeof(text));
    if (error)
        fprintf(stderr, "%s\n", text);
    assert(!error);
    error = mta_load(b->mta);
    assert(!error);
    bench_settle(b);
}

struct bench *bench_new(const char *server_extra)
{
    return bench_new_with(server_extra, "");
}

struct bench *bench_new_with(const char *server_extra, const char *berlin_extra)
{
    const struct store_params params = {.engine = "memory", .owner = "test"};
    struct bench *b = calloc(1, sizeof(*b));
    char text[256];
    int error;

    assert(b);
    b->vio = calloc(1, sizeof(*b->vio));
    assert(b->vio);
    b->vio->io.ops = &ops;
    b->vio->now = START_MS;
    list_init(&b->vio->timers);
    arena_init(&b->arena, 256 * 1024 * 1024);
    error = store_open(&params, &b->store, text, sizeof(text));
    assert(!error);
    b->log = log_new();
    log_add_callback(b->log, SEVERITY_INFO, note_event, b);
    b->directory = make_directory(server_extra, berlin_extra);
    make_mta(b);
    return b;
}

void bench_restart(struct bench *b)
{
    bench_settle(b);
    mailboxes_free(&b->mailboxes);
    mta_free(&b->mta);
    make_mta(b);
}

void bench_free(struct bench **handle)
{
    struct bench *b = *handle;
    char text[256] = "";
    int error;

    bench_settle(b);
    error = store_check(b->store, text, sizeof(text));
    if (error)
        fprintf(stderr, "%s\n", text);
    assert(!error); /* whatever happened: no object is left over, none is missing */
    store_close(&b->store);
    mailboxes_free(&b->mailboxes);
    mta_free(&b->mta);
    directory_unref(&b->directory);
    log_free(&b->log);
    arena_free(&b->arena);
    free(b->vio);
    free(b->events);
    free(b);
    *handle = NULL;
}

int bench_setup(void **state)
{
    *state = bench_new("");
    return 0;
}

int bench_teardown(void **state)
{
    struct bench *b = *state;

    bench_free(&b);
    return 0;
}

/* ---- letters --------------------------------------------------------------------------------- */

static struct or_name *name_of(struct bench *b, const char *text)
{
    struct or_name *n = arena_alloc(&b->arena, sizeof(*n));
    int error = or_name_parse(slice_str(text), &b->arena, n, NULL);

    assert(!error);
    return n;
}

static void fill(struct bench *b, const struct letter *l, struct mts_submission *s)
{
    struct mts_submit_recipient *r = arena_array(&b->arena, 8, sizeof(*r));

    s->kind = l->kind;
    s->now_ms = bench_now(b);
    s->originator = name_of(b, l->originator ? l->originator : ANN);
    for (; l->recipients[s->recipient_count]; s->recipient_count++) {
        r[s->recipient_count].name = name_of(b, l->recipients[s->recipient_count]);
        r[s->recipient_count].report = l->report;
    }
    s->recipients = r;
    s->content_type.which = MTS_CONTENT_BUILT_IN;
    s->content_type.built_in = MTS_CONTENT_P22;
    s->priority = l->priority;
    s->indicators = (uint8_t)((l->disclose ? 0x80 >> MTS_DISCLOSURE_OF_OTHER_RECIPIENTS : 0) |
                              (l->return_content ? 0x80 >> MTS_CONTENT_RETURN_REQUEST : 0));
    s->deferred_ms = l->deferred_ms ? l->deferred_ms : MTS_NO_TIME;
    s->latest_ms = l->latest_ms ? l->latest_ms : MTS_NO_TIME;
    s->content_length = -1;
}

static void completed(void *ctx, int result)
{
    struct bench *b = ctx;

    b->result = result;
    b->completions++;
}

const char *bench_submit(struct bench *b, const struct letter *l, struct slice content)
{
    struct mts_submission s = {.own = mta_identity(b->mta)};
    struct buf stored;
    struct mta_in *in;
    const char *id;
    int error;

    buf_init(&stored, LIMIT_ENVELOPE);
    fill(b, l, &s);
    error = mta_new_identifier(b->mta, &b->arena, &s.identifier);
    assert(!error);
    error = mts_submit(&s, &stored);
    assert(!error);
    in = mta_submit(b->mta, buf_view(&stored));
    assert(in);
    if (l->kind == MTS_MESSAGE)
        mta_in_content(in, content);
    id = arena_printf(&b->arena, "%s", mta_in_mts_id(in));
    mta_in_end(&in, completed, b);
    buf_free(&stored);
    bench_settle(b);
    return id;
}

struct slice bench_foreign(struct bench *b, const struct letter *l, struct slice content)
{
    static unsigned serial;
    const struct mts_identity own = {.gdi = mts_gdi_make("FR", " ", "BISTRO"),
                                     .mta_name = SLICE_LIT("PARIS")};
    struct mts_submission s = {.own = &own};
    const struct mts_passage passage = {.own = &own, .deferred_ms = MTS_NO_TIME};
    uint32_t all[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct p1_relay relay = {.passage = &passage, .recipients = all};
    struct buf stored;
    struct buf apdu;
    struct slice out;
    int error;

    buf_init(&stored, LIMIT_ENVELOPE);
    buf_init(&apdu, LIMIT_ENVELOPE);
    fill(b, l, &s);
    s.identifier = (struct mts_identifier){
        .gdi = own.gdi, .local = slice_str(arena_printf(&b->arena, "P.%u", serial++))};
    relay.recipient_count = s.recipient_count;
    error = mts_submit(&s, &stored);
    assert(!error);
    error = p1_out_prefix(buf_view(&stored), content.len, &relay, &apdu);
    assert(!error);
    if (l->kind == MTS_MESSAGE)
        buf_slice(&apdu, content);
    out = arena_dup(&b->arena, buf_view(&apdu));
    buf_free(&stored);
    buf_free(&apdu);
    return out;
}

struct mta_in *bench_begin(struct bench *b, const char *connector, struct slice apdu)
{
    const struct mts_gdi gdi = mts_gdi_make("FR", " ", "BISTRO");
    const struct mta_in_source source = {.connector = connector,
                                         .gdi = b->neighbour ? b->neighbour : &gdi};
    struct mta_in *in = mta_in_new(b->mta, &source);

    assert(in);
    for (size_t at = 0; at < apdu.len; at += 1000)
        mta_in_put(in, slice_sub(apdu, at, 1000));
    return in;
}

void bench_end(struct bench *b, struct mta_in **in)
{
    const unsigned before = b->completions;

    mta_in_end(in, completed, b);
    assert(b->completions == before); /* never from inside */
}

int bench_receive(struct bench *b, const char *connector, struct slice apdu)
{
    struct mta_in *in = bench_begin(b, connector, apdu);
    const unsigned before = b->completions;

    bench_end(b, &in);
    bench_settle(b);
    assert(b->completions == before + 1);
    return b->result;
}

/* ---- what came of it ------------------------------------------------------------------------- */

size_t bench_queued(const struct bench *b, const char *connector)
{
    const struct mta_queue *q = mta_find_queue(b->mta, connector);

    return q ? q->count : 0;
}

struct mta_out *bench_open(struct bench *b, const char *connector, const struct mta_peer *peer)
{
    struct mta_peer whole = *peer;
    struct mta_queue *q = mta_find_queue(b->mta, connector);
    struct mta_item *item = q ? mta_queue_take(q, MTA_RANK_NON_URGENT) : NULL;
    struct mta_out *out = NULL;

    if (!whole.own)
        whole.own = mta_identity(b->mta);
    if (item)
        mta_out_open(b->mta, item, &whole, &out);
    bench_settle(b);
    return out;
}

struct slice bench_octets(struct bench *b, struct mta_out *out)
{
    uint64_t len = mta_out_len(out);
    uint8_t *octets = arena_alloc(&b->arena, (size_t)len);
    uint64_t at = 0;

    while (at < len) {
        size_t got;
        int error = mta_out_read(out, at, octets + at, 777, &got);

        assert(!error && got);
        at += got;
    }
    return slice_make(octets, (size_t)len);
}

static struct slice send_over(struct bench *b, const char *connector, bool to_1984)
{
    const struct mta_peer peer = {.internal_trace = P1_INTERNAL_ALL, .to_1984 = to_1984};
    struct mta_out *out = bench_open(b, connector, &peer);
    struct slice octets = out ? bench_octets(b, out) : SLICE_NONE;

    if (out)
        mta_out_sent(&out);
    bench_settle(b);
    return octets;
}

struct slice bench_send(struct bench *b, const char *connector)
{
    return send_over(b, connector, false);
}

struct slice bench_send_1984(struct bench *b, const char *connector)
{
    return send_over(b, connector, true);
}

struct found {
    int64_t ids[64];
    size_t count;
};

static bool note_object(void *ctx, const struct store_delivery *d)
{
    struct found *f = ctx;

    if (f->count < 64)
        f->ids[f->count++] = d->object_id;
    return true;
}

size_t bench_entries(struct bench *b, const char *mailbox)
{
    struct found f = {.count = 0};

    store_scan_deliveries(b->store, slice_str(mailbox), note_object, &f);
    return f.count;
}

struct mts_apdu *bench_decode(struct bench *b, struct slice apdu)
{
    struct mts_apdu *out = arena_alloc(&b->arena, sizeof(*out));
    int error = mts_apdu_decode(apdu, &b->arena, out, NULL);

    assert(!error);
    return out;
}

struct mts_apdu *bench_entry(struct bench *b, const char *mailbox, size_t i)
{
    struct found f = {.count = 0};
    struct store_object object;
    int error;

    store_scan_deliveries(b->store, slice_str(mailbox), note_object, &f);
    assert(i < f.count);
    error = store_get_object(b->store, f.ids[i], &b->arena, &object);
    assert(!error);
    return bench_decode(b, object.envelope);
}
