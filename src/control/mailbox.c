/* SPDX-License-Identifier: Apache-2.0 */
/* Mailboxes, as the API shows them. */
#include "control/internal.h"

#include "base/error.h"

#include <stdlib.h>

struct tally {
    json_int_t entries, unread;
};

static bool tally_one(void *ctx, const struct store_delivery *d)
{
    struct tally *t = ctx;

    t->entries++;
    t->unread += !d->read;
    return true;
}

void control_mailboxes(void *ctx, struct admin_reply *reply)
{
    struct control *c = ctx;
    const struct directory *d = mta_directory(c->p.mta);
    json_t *list = json_array();

    for (const struct conf_object *o = directory_next(d, CONF_MAILBOX, NULL); o;
         o = directory_next(d, CONF_MAILBOX, o)) {
        struct tally t = {0, 0};

        store_scan_deliveries(control_store(c), slice_str(o->dn), tally_one, &t);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:I}", "mailbox", o->dn, "name",
                                              conf_dn_leaf(o->dn), "address",
                                              conf_item(o, "addresses", 0), "entries", t.entries,
                                              "unread", t.unread));
    }
    admin_reply_json(reply, list);
}

struct entries {
    struct control *c;
    const char *dn;
    json_t *list;
};

static void show_times(json_t *out, const struct store_delivery *d)
{
    json_object_set_new(out, "entry", json_integer((json_int_t)d->id));
    json_object_set_new(out, "delivered-ms", json_integer((json_int_t)d->delivered_ms));
    json_object_set_new(out, "read", json_boolean(d->read));
}

/* An originator sees the results that he asked for; dead letters show all. */
static void hide_results(struct control *c, json_t *whole, const char *mailbox)
{
    const char *dead = conf_str(mta_server(control_mta(c)), "dead-letter-mailbox");
    json_t *results = json_object_get(whole, "results");

    for (size_t i = json_array_size(results); i > 0; i--) {
        json_t *result = json_array_get(results, i - 1);
        bool wanted = json_is_true(json_object_get(result, "for-originator"));

        json_object_del(result, "for-originator");
        if (!wanted && !(dead && conf_dn_equal(dead, mailbox)))
            json_array_remove(results, i - 1);
    }
}

static bool list_entry(void *ctx, const struct store_delivery *d)
{
    static const char *const shown[] = {"kind",           "mts-id",   "originator",
                                        "content-length", "priority", "content-type",
                                        "subject-mts-id", "results"};
    struct entries *e = ctx;
    json_t *whole = control_object_json(e->c, d->object_id);
    json_t *out = json_object();

    show_times(out, d);
    hide_results(e->c, whole, e->dn);
    for (size_t i = 0; whole && i < sizeof(shown) / sizeof(shown[0]); i++) {
        json_t *value = json_object_get(whole, shown[i]);

        if (value)
            json_object_set(out, shown[i], value);
    }
    json_decref(whole);
    json_array_append_new(e->list, out);
    return true;
}

void control_mailbox_entries(void *ctx, const char *dn, struct admin_reply *reply)
{
    struct entries e = {ctx, dn, json_array()};
    int error = store_scan_deliveries(control_store(ctx), slice_str(dn), list_entry, &e);

    if (error && error != X4_ENOTFOUND) {
        json_decref(e.list);
        admin_reply_error(reply, error, "the store cannot be read");
        return;
    }
    admin_reply_json(reply, e.list);
}

/* An entry that is asked for. */
struct wanted {
    struct control *c;
    const char *dn;
    int64_t id;
    struct admin_reply *reply;
};

/* The entry, when it is one of the mailbox; else the reply is finished. */
static int find_entry(const struct wanted *w, struct arena *arena, struct store_delivery *out)
{
    int error = store_get_delivery(control_store(w->c), w->id, arena, out);

    if (!error && !slice_eq_nocase(out->mailbox, slice_str(w->dn)))
        error = X4_ENOTFOUND;
    if (error)
        admin_reply_error(w->reply, error, "%s has no entry %lld", w->dn, (long long)w->id);
    return error;
}

/* With disclosure prohibited a recipient sees itself only (1.3 bit 0). */
static void hide_others(json_t *whole, int64_t recipient)
{
    json_t *all = json_object_get(whole, "recipients");
    json_t *own = json_array_get(all, (size_t)recipient);

    if (!own)
        return;
    json_object_set(whole, "this-recipient", own);
    if (!json_is_true(json_object_get(whole, "disclose-recipients")))
        json_object_del(whole, "recipients");
}

void control_mailbox_entry(void *ctx, const char *dn, int64_t id, struct admin_reply *reply)
{
    struct store_delivery d;
    struct arena arena;
    json_t *out;

    arena_init(&arena, CONTROL_ARENA);
    if (find_entry(&(struct wanted){ctx, dn, id, reply}, &arena, &d) == X4_OK) {
        out = control_object_json(ctx, d.object_id);
        if (!out)
            out = json_object();
        show_times(out, &d);
        hide_results(ctx, out, dn);
        if (mailbox_recipient_of(d.envelope) != MAILBOX_NO_RECIPIENT)
            hide_others(out, mailbox_recipient_of(d.envelope));
        admin_reply_json(reply, out);
    }
    arena_free(&arena);
}

struct reading {
    struct store *store;
    int64_t object;
};

static int read_content(void *ctx, uint64_t offset, void *to, size_t len, size_t *got)
{
    const struct reading *r = ctx;

    return store_read_content(r->store, r->object, offset, to, len, got);
}

void control_mailbox_content(void *ctx, const char *dn, int64_t id, struct admin_reply *reply)
{
    struct admin_stream stream = {
        .content_type = "application/octet-stream", .read = read_content, .done = free};
    struct reading *r = calloc(1, sizeof(*r));
    struct store_delivery d;
    struct store_object object;
    struct arena arena;

    arena_init(&arena, CONTROL_ARENA);
    if (!r) {
        admin_reply_error(reply, X4_ENOMEM, "out of memory");
    } else if (find_entry(&(struct wanted){ctx, dn, id, reply}, &arena, &d) != X4_OK) {
        free(r);
    } else if (store_get_object(control_store(ctx), d.object_id, &arena, &object)) {
        admin_reply_error(reply, X4_EIO, "the object of entry %lld cannot be read", (long long)id);
        free(r);
    } else {
        *r = (struct reading){control_store(ctx), d.object_id};
        stream.length = object.content_len;
        stream.ctx = r;
        admin_reply_stream(reply, &stream);
    }
    arena_free(&arena);
}

/* A change of one entry: read mark or end. */
static void change_entry(struct control *c, const char *dn, int64_t id, int read,
                         struct admin_reply *reply)
{
    struct store_delivery d;
    struct arena arena;

    arena_init(&arena, CONTROL_ARENA);
    if (find_entry(&(struct wanted){c, dn, id, reply}, &arena, &d) == X4_OK) {
        struct control_wait *w =
            control_wait_new(reply, json_pack("{s:I}", "entry", (json_int_t)id));
        struct store_txn *txn = w ? store_begin(control_store(c)) : NULL;

        if (!txn) {
            if (w)
                control_wait_cancel(w);
            admin_reply_error(reply, X4_ENOMEM, "out of memory");
        } else {
            if (read < 0)
                store_delete_delivery(txn, id, d.object_id);
            else
                store_set_read(txn, id, read > 0);
            store_commit(&txn, control_wait_done, w);
        }
    }
    arena_free(&arena);
}

void control_mailbox_delete(void *ctx, const char *dn, int64_t id, struct admin_reply *reply)
{
    change_entry(ctx, dn, id, -1, reply);
}

void control_mailbox_mark(void *ctx, const char *dn, int64_t id, bool read,
                          struct admin_reply *reply)
{
    change_entry(ctx, dn, id, read, reply);
}
