/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_backend.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SITE "/o=Acme/ou=London"
static const char site[] = "base: " SITE "\n"
                           "objects:\n"
                           "  /o=Acme: {}\n"
                           "  " SITE ": {gdi: {country: GB, prmd: ACME}}\n"
                           "  cn=Configuration/cn=Servers/cn=EX1:\n"
                           "    mta-name: EX1\n"
                           "    mta-password: sesame\n"
                           "  cn=Configuration/cn=Servers/cn=EX1/cn=TCP (EX1): {}\n"
                           "  cn=Configuration/cn=Connections/cn=to Paris:\n"
                           "    stack: cn=Configuration/cn=Servers/cn=EX1/cn=TCP (EX1)\n"
                           "    remote-mta-name: PARIS\n"
                           "    remote-hosts: 192.0.2.80\n"
                           "  cn=Recipients/cn=ann:\n"
                           "    addresses: C=GB; A= ; P=ACME; S=Smith; G=Ann\n";

void fake_init(struct fake *fake)
{
    struct directory *empty = directory_empty();
    struct conf_document document;
    struct conf_errors errors;

    *fake = (struct fake){.events = 3};
    buf_init(&fake->content, 1 << 28);
    for (size_t i = 0; i < sizeof(fake->mailbox_content); i++)
        fake->mailbox_content[i] = (char)(i * 7 + i / 251);
    conf_errors_init(&errors, "site");
    if (conf_document_parse(slice_str(site), &document, &errors) != X4_OK ||
        directory_apply(empty, &document, DIRECTORY_MERGE, &fake->directory, &errors) != X4_OK)
        abort();
    conf_document_free(&document);
    directory_unref(&empty);
}

void fake_free(struct fake *fake)
{
    directory_unref(&fake->directory);
    buf_free(&fake->content);
}

#define SAY(fake, ...) snprintf((fake)->last, sizeof((fake)->last), __VA_ARGS__)

bool fake_tick(struct fake *fake)
{
    struct admin_reply *pending = fake->pending, *stalled = fake->stalled;

    fake->pending = NULL;
    fake->stalled = NULL;
    if (stalled)
        admin_reply_resume(stalled);
    if (pending && fake->next) {
        directory_unref(&fake->directory);
        fake->directory = fake->next;
        fake->next = NULL;
    }
    if (pending)
        admin_reply_json(pending, fake->answer);
    return stalled || pending;
}

/* Answers now, or with the next tick. */
static void answer(struct fake *fake, struct admin_reply *reply, json_t *json)
{
    fake->pending = reply;
    fake->answer = json;
    if (!fake->slow)
        fake_tick(fake);
}

static void fake_status(void *ctx, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "status by %s", admin_reply_user(reply));
    admin_reply_json(reply,
                     json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:[s]}", "mta-name", "EX1",
                               "version", "9.9", "node", "a", "uptime-s", 93784, "associations", 2,
                               "queued", 5, "held", 1, "deferred", 0, "listeners", "0.0.0.0:102"));
}

static struct directory *fake_directory(void *ctx)
{
    return ((struct fake *)ctx)->directory;
}

static void fake_change(void *ctx, const struct admin_change *change, struct admin_reply *reply)
{
    struct fake *fake = ctx;

    SAY(fake, "change%s", change->dry_run ? " dry-run" : "");
    if (fake->refuse_changes) {
        admin_reply_error(reply, X4_EBUSY, "another change came first");
        return;
    }
    fake->changes++;
    if (!change->dry_run)
        fake->next = directory_ref(change->after);
    answer(fake, reply,
           json_pack("{s:O, s:[s]}", "changes", change->diff, "warnings",
                     "2 queued messages are routed anew"));
}

static json_t *connector_state(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:i, s:i, s:i, s:s}", "connector",
                     SITE "/cn=Configuration/cn=Connections/cn=to Paris", "name", "to Paris",
                     "state", "retrying", "schedule", "always", "enabled", 1, "associations", 0,
                     "queued", 5, "open-attempts", 3, "last-error", "connection refused");
}

static void fake_connectors(void *ctx, const char *dn, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "connectors %s", dn ? dn : "all");
    admin_reply_json(reply, dn ? connector_state() : json_pack("[o]", connector_state()));
}

static void fake_connector_do(void *ctx, const char *dn, enum admin_connector_action action,
                              struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "connector_do %s %d", dn, action);
    admin_reply_json(reply, json_pack("{s:s}", "connector", dn));
}

static void fake_associations(void *ctx, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "associations");
    admin_reply_json(
        reply, json_pack("[{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}]", "association", 7,
                         "connector", SITE "/cn=Configuration/cn=Connections/cn=to Paris",
                         "direction", "out", "peer", "192.0.2.80:102", "local", "192.0.2.10:4711",
                         "mode", "1988-normal", "dialogue", "monologue", "state", "transferring"));
}

static json_t *queue_item(void)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:i, s:s}", "item", 42,
                     "mts-id", "[/PRMD=ACME/ADMD= /C=GB/;EX1-1]", "kind", "message", "priority",
                     "normal", "state", "ready", "connector",
                     SITE "/cn=Configuration/cn=Connections/cn=to Paris", "attempts", 3,
                     "content-length", 2048, "originator", "G=Ann; S=Smith; P=ACME; A= ; C=GB",
                     "recipients", 1, "reason", "connection refused");
}

static void fake_queue(void *ctx, const struct admin_queue_filter *filter,
                       struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "queue %s %s %u %" PRId64, filter->connector ? filter->connector : "-",
        filter->state ? filter->state : "-", filter->limit, filter->after);
    admin_reply_json(reply, json_pack("{s:[o], s:i}", "items", queue_item(), "total", 1));
}

static void fake_queue_show(void *ctx, int64_t item, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "queue_show %" PRId64, item);
    if (item == 42)
        admin_reply_json(reply, queue_item());
    else
        admin_reply_error(reply, X4_ENOTFOUND, "there is no item %" PRId64, item);
}

static void fake_queue_do(void *ctx, const struct admin_queue_order *order,
                          struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "queue_do %" PRId64 " %d %d %d%s", order->item, order->action,
        order->reason, order->diagnostic, order->now ? " now" : "");
    if (order->item == 42)
        answer(ctx, reply, json_pack("{s:I}", "item", (json_int_t)order->item));
    else
        admin_reply_error(reply, X4_ENOTFOUND, "there is no item %" PRId64, order->item);
}

static void fake_route(void *ctx, const char *address, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "route %s", address);
    if (strchr(address, '?'))
        admin_reply_error(reply, X4_ESYNTAX, "address: '?' is not a label");
    else
        admin_reply_json(
            reply,
            json_pack("{s:s, s:s, s:[{s:s, s:s, s:i, s:b, s:s}, {s:s, s:s, s:i, s:b, s:s}], s:s}",
                      "address", address, "normal-form", "C=FR; A= ; P=ACME; S=Dupont",
                      "candidates", "connector",
                      SITE "/cn=Configuration/cn=Connections/cn=to Paris", "space", "C=FR", "cost",
                      1, "usable", 1, "why", "2 attributes match", "connector",
                      SITE "/cn=Configuration/cn=Connections/cn=to Rome", "space", "*", "cost", 50,
                      "usable", 0, "why", "disabled", "chosen",
                      SITE "/cn=Configuration/cn=Connections/cn=to Paris"));
}

static void *fake_submit_begin(void *ctx, const json_t *envelope, struct admin_reply *reply)
{
    struct fake *fake = ctx;
    char *text = json_dumps(envelope, JSON_COMPACT);

    SAY(fake, "submit %s", text);
    free(text);
    buf_reset(&fake->content);
    if (!json_object_get(envelope, "originator")) {
        admin_reply_error(reply, X4_EMISSING, "originator: missing");
        return NULL;
    }
    return reply;
}

static int fake_submit_data(void *ctx, void *submission, struct slice octets)
{
    struct fake *fake = ctx;

    if (fake->submit_error)
        return fake->submit_error;
    if (fake->stall > 0) {
        fake->stall--;
        fake->stalled = fake->silent ? NULL : submission;
        return X4_EAGAIN;
    }
    buf_slice(&fake->content, octets);
    return X4_OK;
}

static void fake_submit_end(void *ctx, void *submission, struct admin_reply *reply)
{
    if (submission != reply)
        abort();
    answer(ctx, reply, json_pack("{s:s}", "mts-id", "[/PRMD=ACME/ADMD= /C=GB/;EX1-2]"));
}

static void fake_submit_abandon(void *ctx, void *submission)
{
    struct fake *fake = ctx;

    (void)submission;
    fake->stalled = NULL;
    fake->abandoned++;
}

static void fake_probe(void *ctx, const json_t *envelope, struct admin_reply *reply)
{
    char *text = json_dumps(envelope, JSON_COMPACT);

    SAY((struct fake *)ctx, "probe %s", text);
    free(text);
    answer(ctx, reply, json_pack("{s:s}", "mts-id", "[/PRMD=ACME/ADMD= /C=GB/;EX1-3]"));
}

static void fake_mailboxes(void *ctx, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "mailboxes");
    admin_reply_json(reply,
                     json_pack("[{s:s, s:s, s:i, s:i}]", "mailbox", SITE "/cn=Recipients/cn=ann",
                               "name", "ann", "entries", 2, "unread", 1));
}

static json_t *mailbox_entry(void)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:I, s:b, s:i, s:s}", "entry", 5, "kind", "message",
                     "mts-id", "[/PRMD=ACME/ADMD= /C=FR/;PARIS-1]", "originator",
                     "S=Dupont; P=ACME; A= ; C=FR", "delivered-ms", (json_int_t)1795348800104,
                     "read", 0, "content-length", 100000, "content-type", "p22");
}

static void fake_entries(void *ctx, const char *dn, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "entries %s", dn);
    admin_reply_json(reply, json_pack("[o]", mailbox_entry()));
}

static void fake_entry(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "entry %s %" PRId64, dn, entry);
    if (entry == 5 || entry == 6)
        admin_reply_json(reply, mailbox_entry());
    else
        admin_reply_error(reply, X4_ENOTFOUND, "there is no entry %" PRId64, entry);
}

static int read_content(void *ctx, uint64_t offset, void *to, size_t len, size_t *got)
{
    struct fake *fake = ctx;
    struct slice part =
        slice_sub(slice_make(fake->mailbox_content, sizeof(fake->mailbox_content)), offset, len);

    if (offset >= 50000 && fake->submit_error)
        return fake->submit_error;
    memcpy(to, part.p, part.len);
    *got = part.len;
    return X4_OK;
}

static void content_done(void *ctx)
{
    SAY((struct fake *)ctx, "content done");
}

static void fake_content(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply)
{
    struct fake *fake = ctx;
    struct admin_stream stream = {.content_type = "application/octet-stream",
                                  .length = entry == 6 ? 0 : sizeof(fake->mailbox_content),
                                  .read = read_content,
                                  .done = content_done,
                                  .ctx = ctx};

    SAY(fake, "content %s %" PRId64, dn, entry);
    if (entry == 5 || entry == 6)
        admin_reply_stream(reply, &stream);
    else
        admin_reply_error(reply, X4_ENOTFOUND, "there is no entry %" PRId64, entry);
}

static void fake_delete(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "delete %s %" PRId64, dn, entry);
    admin_reply_json(reply, json_pack("{s:I}", "entry", (json_int_t)entry));
}

static void fake_mark(void *ctx, const char *dn, int64_t entry, bool read,
                      struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "mark %s %" PRId64 " %d", dn, entry, read);
    admin_reply_json(reply, json_pack("{s:I}", "entry", (json_int_t)entry));
}

static void fake_track(void *ctx, const char *mts_id, struct admin_reply *reply)
{
    SAY((struct fake *)ctx, "track %s", mts_id);
    admin_reply_json(reply, json_pack("[{s:I, s:s, s:{s:s}}]", "time-ms", (json_int_t)1795348800104,
                                      "action", "transfer-in", "detail", "connector", "to Paris"));
}

static int fake_events(void *ctx, int64_t after, unsigned limit,
                       bool (*each)(void *each_ctx, const struct admin_event *event),
                       void *each_ctx)
{
    struct fake *fake = ctx;
    int64_t first = after > 0 ? after + 1 : fake->events - (int64_t)limit + 1;
    char json[256];

    if (fake->submit_error)
        return fake->submit_error;
    for (int64_t seq = first > 1 ? first : 1; seq <= fake->events && limit > 0; seq++, limit--) {
        struct admin_event event = {.seq = seq};

        snprintf(json, sizeof(json),
                 "{\"time\":\"2026-11-22T12:00:00.104Z\",\"number\":9301,\"severity\":\"warning\","
                 "\"category\":\"Configuration\",\"fields\":{},\"text\":\"event number %" PRId64
                 "\"}",
                 seq);
        event.json = slice_str(json);
        if (!each(each_ctx, &event))
            break;
    }
    return X4_OK;
}

static void fake_ping(void *ctx, const json_t *params, struct admin_reply *reply)
{
    char *text = json_dumps(params, JSON_COMPACT);
    bool refused = strstr(text, "refuse") != NULL;

    SAY((struct fake *)ctx, "ping %s", text);
    free(text);
    if (refused)
        answer(ctx, reply,
               json_pack("{s:b, s:[{s:s, s:{s:s}, s:{}, s:s}], s:{s:s, s:s, s:s}}", "ok", 0,
                         "steps", "layer", "P1", "offered", "mta-name", "EX1", "answered", "result",
                         "refused", "refused", "layer", "MTA", "field", "password", "text",
                         "authentication-error"));
    else
        answer(ctx, reply,
               json_pack("{s:b, s:[{s:s, s:{s:s}, s:{s:s}, s:s}]}", "ok", 1, "steps", "layer",
                         "transport", "offered", "called-tsel", "PARIS", "answered", "tpdu-size",
                         "65531", "result", "accepted"));
}

static void fake_metrics(void *ctx, struct admin_metrics *out)
{
    (void)ctx;
    admin_metric(out, ADMIN_GAUGE, "x400d_queue_length", "Items waiting");
    admin_metric_value(out, "connector", "to \"Paris\"\\\n", 5);
    admin_metric_value(out, "connector", "to Rome", 0.5);
    admin_metric(out, ADMIN_COUNTER, "x400d_messages_received_total", "Messages");
    admin_metric_value(out, NULL, NULL, 12345678901.0);
}

const struct admin_backend fake_backend = {
    .status = fake_status,
    .directory = fake_directory,
    .change = fake_change,
    .connectors = fake_connectors,
    .connector_do = fake_connector_do,
    .associations = fake_associations,
    .queue = fake_queue,
    .queue_show = fake_queue_show,
    .queue_do = fake_queue_do,
    .route = fake_route,
    .submit_begin = fake_submit_begin,
    .submit_data = fake_submit_data,
    .submit_end = fake_submit_end,
    .submit_abandon = fake_submit_abandon,
    .probe = fake_probe,
    .mailboxes = fake_mailboxes,
    .mailbox_entries = fake_entries,
    .mailbox_entry = fake_entry,
    .mailbox_content = fake_content,
    .mailbox_delete = fake_delete,
    .mailbox_mark = fake_mark,
    .track = fake_track,
    .events = fake_events,
    .ping = fake_ping,
    .metrics = fake_metrics,
};
