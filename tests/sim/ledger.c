/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include "base/error.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 16 * 1024 };

/* ---- letters --------------------------------------------------------------------------------- */

struct sim_letter *sim_ledger_letter(struct sim_ledger *ledger, const struct sim_entry *entry)
{
    struct sim_letter *l = calloc(1, sizeof(*l));

    ledger->letter = realloc(ledger->letter, (ledger->count + 1) * sizeof(*ledger->letter));
    if (!l || !ledger->letter)
        abort();
    ledger->letter[ledger->count++] = l;
    l->serial = (unsigned)ledger->count;
    l->entry = entry;
    return l;
}

void sim_ledger_init(struct sim_ledger *ledger)
{
    *ledger = (struct sim_ledger){.count = 0};
    list_init(&ledger->open);
}

void sim_ledger_free(struct sim_ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++)
        free(ledger->letter[i]);
    free(ledger->letter);
    free(ledger->given_up);
    free(ledger->passed);
    ledger->letter = NULL;
    ledger->count = 0;
}

void sim_ledger_given_up(struct sim_ledger *ledger, struct slice mts_id, int64_t recipient)
{
    const size_t n = ledger->given_up_count++;
    struct sim_given_up *g = realloc(ledger->given_up, (n + 1) * sizeof(*g));

    if (!g)
        abort();
    ledger->given_up = g;
    g[n].recipient = recipient;
    snprintf(g[n].mts_id, sizeof(g[n].mts_id), "%.*s", SLICE_ARG(mts_id));
}

void sim_ledger_passed(struct sim_ledger *ledger, struct slice mts_id)
{
    struct sim_passed *p = ledger->passed;

    for (size_t i = 0; i < ledger->passed_count; i++, p++) {
        if (slice_eq(mts_id, slice_str(p->mts_id))) {
            p->times++;
            return;
        }
    }
    ledger->passed = realloc(ledger->passed, (ledger->passed_count + 1) * sizeof(*p));
    if (!ledger->passed)
        abort();
    p = &ledger->passed[ledger->passed_count++];
    p->times = 1;
    snprintf(p->mts_id, sizeof(p->mts_id), "%.*s", SLICE_ARG(mts_id));
}

/* A letter is reported on. */
void sim_ledger_dropped(struct sim_ledger *ledger, struct slice mts_id)
{
    for (size_t i = 0; i < ledger->count; i++) {
        if (slice_eq(slice_str(ledger->letter[i]->mts_id), mts_id))
            return;
    }
    ledger->reports_lost++;
}

void sim_ledger_clear(struct sim_ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++) {
        for (unsigned k = 0; k < SIM_TO; k++) {
            ledger->letter[i]->fate[k] = (struct sim_fate){.delivered = 0};
        }
    }
}

void sim_ledger_fill(unsigned serial, uint64_t offset, uint8_t *to, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint64_t at = offset + i;

        to[i] = (uint8_t)(serial * 37 + at * 11 + (at >> 8) * 13 + (at >> 16));
    }
}

/* ---- submitting ------------------------------------------------------------------------------ */

struct submission {
    struct list link; /* of the ledger's open ones */
    struct sim_world *world;
    struct sim_node *node;
    struct sim_letter *letter;
    void *handle; /* while content is handed over */
    uint64_t sent;
    struct admin_reply *reply;
};

static bool is_probe(const struct sim_letter *l)
{
    return sim_get(l->entry, "probe") != 0;
}

static uint64_t size_of(const struct sim_letter *l)
{
    return (uint64_t)sim_get(l->entry, "size");
}

static void answered(void *ctx, int error, json_t *body, const char *text)
{
    struct submission *s = ctx;
    struct sim_letter *l = s->letter;

    list_remove(&s->link);
    l->state = s->node->dying ? SIM_UNSURE : error ? SIM_REFUSED : SIM_ACCEPTED;
    if (l->state == SIM_ACCEPTED) {
        snprintf(l->mts_id, sizeof(l->mts_id), "%s",
                 json_string_value(json_object_get(body, "mts-id")));
        sim_say(s->world, s->node, "letter %u accepted as %s", l->serial, l->mts_id);
    } else {
        sim_say(s->world, s->node, "letter %u %s: %s", l->serial,
                l->state == SIM_REFUSED ? "refused" : "not answered", text);
    }
    free(s);
}

static json_t *envelope_of(const struct sim_world *w, const struct sim_letter *l)
{
    static const char *const priorities[] = {"normal", "non-urgent", "urgent"};
    static const char *const reports[] = {"none", "non-delivery", "delivery"};
    const struct sim_entry *e = l->entry;
    const int64_t wall = sim_node_io(&w->node[sim_get(e, "node")])
                             ->ops->wall(sim_node_io(&w->node[sim_get(e, "node")]));
    char address[SIM_ADDRESS];
    char id[17];
    json_t *recipients = json_array();
    json_t *out;

    for (unsigned i = 0; i < e->to_count; i++) {
        sim_site_address(w->plan, e->to[i], address);
        json_array_append_new(recipients, json_pack("{s:s, s:s}", "address", address, "report",
                                                    reports[sim_get(e, "report") % 3]));
    }
    sim_site_address(w->plan, (int)(sim_get(e, "node") * 100 + sim_get(e, "from")), address);
    snprintf(id, sizeof(id), "SIM %u", l->serial);
    out = json_pack("{s:s, s:o, s:s, s:s}", "originator", address, "recipients", recipients,
                    "priority", priorities[sim_get(e, "priority") % 3], "content-identifier", id);
    if (sim_get(e, "return"))
        json_object_set_new(out, "return-content", json_true());
    if (sim_get(e, "disclose"))
        json_object_set_new(out, "disclose-recipients", json_true());
    if (sim_get(e, "defer"))
        json_object_set_new(out, "deferred-until-ms", json_integer(wall + sim_get(e, "defer")));
    if (sim_get(e, "latest"))
        json_object_set_new(out, "latest-delivery-ms", json_integer(wall + sim_get(e, "latest")));
    if (is_probe(l))
        json_object_set_new(out, "content-length", json_integer((json_int_t)size_of(l)));
    return out;
}

/* Hands content over until there is no more, or the MTA wants to wait. */
static void feed(void *ctx)
{
    struct submission *s = ctx;
    const uint64_t size = size_of(s->letter);
    uint8_t octets[PIECE];
    void *handle;

    while (s->sent < size) {
        size_t n = size - s->sent < PIECE ? (size_t)(size - s->sent) : PIECE;
        int error;

        sim_ledger_fill(s->letter->serial, s->sent, octets, n);
        error = control_submit_data(s->node->control, s->handle, slice_make(octets, n));
        if (error == X4_EAGAIN)
            return;
        s->sent += n;
    }
    handle = s->handle;
    s->handle = NULL;
    control_submit_end(s->node->control, handle, s->reply);
}

void sim_ledger_submit(struct sim_world *w, struct sim_node *node, const struct sim_entry *entry)
{
    struct sim_letter *l = sim_ledger_letter(&w->ledger, entry);
    struct submission *s = malloc(sizeof(*s));
    json_t *envelope = envelope_of(w, l);

    if (!s)
        abort();
    *s = (struct submission){.world = w, .node = node, .letter = l};
    s->reply = sim_reply_new(&(struct admin_reply){.done = answered, .resume = feed, .ctx = s});
    list_push_back(&w->ledger.open, &s->link);
    sim_say(w, node, "letter %u: %s of %llu octets to %u recipients", l->serial,
            is_probe(l) ? "probe" : "message", (unsigned long long)size_of(l), entry->to_count);
    if (is_probe(l)) {
        control_probe(node->control, envelope, s->reply);
    } else {
        s->handle = control_submit_begin(node->control, envelope, s->reply);
        if (s->handle)
            feed(s);
    }
    json_decref(envelope);
}

/* The client's connection goes with the MTA: what is handed over in part is abandoned. */
void sim_ledger_dying(struct sim_world *w, struct sim_node *node)
{
    LIST_EACH_SAFE(it, &w->ledger.open)
    {
        struct submission *s = LIST_ITEM(it, struct submission, link);

        if (s->node != node || !s->handle)
            continue;
        control_submit_abandon(node->control, s->handle);
        s->letter->state = SIM_REFUSED;
        sim_say(w, node, "letter %u abandoned", s->letter->serial);
        list_remove(&s->link);
        free(s->reply);
        free(s);
    }
}

/* ---- collecting ------------------------------------------------------------------------------ */

struct collecting {
    struct sim_world *world;
    struct sim_node *node;
    int user;
    const char *mailbox;
    json_t *body;              /* of the answer */
    struct sim_letter *letter; /* whose content is looked at */
    const json_t *mts_id;      /* of the entry */
};

static void keep_body(void *ctx, int error, json_t *body, const char *text)
{
    struct collecting *c = ctx;

    (void)error;
    (void)text;
    c->body = json_incref(body);
}

static json_t *take_body(struct collecting *c)
{
    json_t *body = c->body;

    c->body = NULL;
    return body;
}

struct sim_letter *sim_ledger_find(struct sim_world *w, const char *id, const char *where)
{
    unsigned serial = 0;

    if (!id || sscanf(id, "SIM %u", &serial) != 1 || serial < 1 || serial > w->ledger.count) {
        sim_violated(w, "nothing-unknown", 0, "%s holds something of no letter: %s", where,
                     id ? id : "-");
        return NULL;
    }
    return w->ledger.letter[serial - 1];
}

/* The letter that an entry is, or reports on. */
static struct sim_letter *letter_of(const struct collecting *c, const json_t *entry)
{
    return sim_ledger_find(
        c->world, json_string_value(json_object_get(entry, "content-identifier")), c->mailbox);
}

void sim_ledger_compare(struct sim_world *w, const struct sim_letter *l, struct slice content,
                        const char *where)
{
    uint8_t *sent = malloc(content.len + 1);

    if (!sent)
        abort();
    sim_ledger_fill(l->serial, 0, sent, content.len);
    if (content.len != size_of(l) || memcmp(sent, content.p, content.len) != 0)
        sim_violated(w, "content-identical", l->serial,
                     "%s has %zu octets that are not all its own", where, content.len);
    free(sent);
}

static void compare(void *ctx, const struct admin_stream *stream)
{
    struct collecting *c = ctx;
    const struct sim_letter *l = c->letter;
    uint8_t got[PIECE];
    uint8_t sent[PIECE];
    uint64_t at = 0;
    size_t n = 0;

    if (stream->length != size_of(l)) {
        sim_violated(c->world, "content-identical", l->serial, "%llu octets instead of %llu in %s",
                     (unsigned long long)stream->length, (unsigned long long)size_of(l),
                     c->mailbox);
        return;
    }
    for (;;) {
        int error = stream->read(stream->ctx, at, got, PIECE, &n);

        if (error || n == 0)
            break;
        sim_ledger_fill(l->serial, at, sent, n);
        if (memcmp(got, sent, n) != 0) {
            sim_violated(c->world, "content-identical", l->serial, "other octets from %llu on",
                         (unsigned long long)at);
            return;
        }
        at += n;
    }
    if (at != size_of(l))
        sim_violated(c->world, "content-identical", l->serial, "only %llu octets can be read",
                     (unsigned long long)at);
}

static void check_content(struct collecting *c, struct sim_letter *l, int64_t entry)
{
    c->letter = l;
    control_mailbox_content(
        c->node->control, c->mailbox, entry,
        sim_reply_new(&(struct admin_reply){.done = keep_body, .stream = compare, .ctx = c}));
    json_decref(take_body(c));
}

static struct sim_fate *fate_of(struct collecting *c, struct sim_letter *l, json_int_t number)
{
    if (number < 1 || number > l->entry->to_count) {
        sim_violated(c->world, "nothing-unknown", l->serial, "recipient %lld in %s",
                     (long long)number, c->mailbox);
        return NULL;
    }
    return &l->fate[number - 1];
}

static void take_report(struct collecting *c, struct sim_letter *l, const json_t *report)
{
    const json_t *r;
    size_t i;

    if (sim_get(l->entry, "node") != c->node->number || sim_get(l->entry, "from") != c->user)
        sim_violated(c->world, "right-mailbox", l->serial, "a report lies in %s", c->mailbox);
    json_array_foreach(json_object_get(report, "results"), i, r)
    {
        struct sim_fate *f = fate_of(c, l, json_integer_value(json_object_get(r, "number")));

        if (!f)
            continue;
        if (json_is_true(json_object_get(r, "delivered"))) {
            f->reported_delivered++;
        } else {
            f->reported_failed++;
            f->reason = json_integer_value(json_object_get(r, "reason"));
            f->diagnostic = json_integer_value(json_object_get(r, "diagnostic"));
        }
    }
}

static void take_message(struct collecting *c, struct sim_letter *l, const json_t *message)
{
    const json_t *own = json_object_get(message, "this-recipient");
    struct sim_fate *f = fate_of(c, l, json_integer_value(json_object_get(own, "number")));

    if (!f)
        return;
    f->delivered++;
    if (l->entry->to[f - l->fate] != c->node->number * 100 + c->user)
        sim_violated(c->world, "right-mailbox", l->serial, "it lies in %s", c->mailbox);
    check_content(c, l, json_integer_value(json_object_get(message, "entry")));
}

/* Its submission may never have been answered. */
static void learn_id(struct sim_letter *l, const json_t *entry)
{
    const json_t *id =
        json_object_get(entry, json_object_get(entry, "results") ? "subject-mts-id" : "mts-id");

    if (!*l->mts_id && json_string_value(id))
        snprintf(l->mts_id, sizeof(l->mts_id), "%s", json_string_value(id));
}

static void take_entry(struct collecting *c, json_int_t id)
{
    json_t *entry;
    struct sim_letter *l;

    control_mailbox_entry(c->node->control, c->mailbox, id,
                          sim_reply_new(&(struct admin_reply){.done = keep_body, .ctx = c}));
    entry = take_body(c);
    l = letter_of(c, entry);
    if (l)
        learn_id(l, entry);
    if (l && json_object_get(entry, "results"))
        take_report(c, l, entry);
    else if (l)
        take_message(c, l, entry);
    json_decref(entry);
}

void sim_ledger_collect(struct sim_world *w, struct sim_node *node)
{
    for (int user = 0; user < SIM_USERS; user++) {
        char dn[SIM_DN];
        struct collecting c = {.world = w, .node = node, .user = user, .mailbox = dn};
        const json_t *entry;
        json_t *all;
        size_t i;

        snprintf(dn, sizeof(dn), SIM_RECIPIENTS "U%d", user);
        control_mailbox_entries(node->control, dn,
                                sim_reply_new(&(struct admin_reply){.done = keep_body, .ctx = &c}));
        all = take_body(&c);
        json_array_foreach(all, i, entry)
            take_entry(&c, json_integer_value(json_object_get(entry, "entry")));
        json_decref(all);
    }
}

void sim_ledger_taken(struct sim_world *w, const struct sim_taken *t)
{
    struct sim_letter *l = w->ledger.letter[t->serial - 1];
    struct sim_fate *f = &l->fate[t->number - 1];

    if (!*l->mts_id)
        snprintf(l->mts_id, sizeof(l->mts_id), "%s", t->mts_id);
    if (!t->is_report) {
        f->delivered++;
    } else if (t->delivered) {
        f->reported_delivered++;
    } else {
        f->reported_failed++;
        f->reason = t->reason;
        f->diagnostic = t->diagnostic;
    }
}
