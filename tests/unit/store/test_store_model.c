/* SPDX-License-Identifier: Apache-2.0 */
/* The two engines were written apart. Random transactions, good and bad ones, must end alike on
 * both and leave the same behind. */
#include "fixture.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 400, OPS_MAX = 6, IDS = 8, DUMP_MAX = 8 << 20 };

static unsigned seed;

static int pick(int n)
{
    return rand_r(&seed) % n;
}

static struct slice pick_text(void)
{
    static const char *const texts[] = {"a", "ab", "/o=x", "", "z\0z", "/o=x/cn=y"};
    static const size_t lens[] = {1, 2, 4, 0, 3, 9};
    const int i = pick(6);

    return slice_make(texts[i], lens[i]);
}

/* ---- one random operation, as data, so that both stores get the same ------------------------- */

struct move {
    int kind;
    int64_t a; /* ids */
    int64_t b;
    int n;
    bool flag;
    struct slice text;
    struct slice other;
};

static struct move pick_move(void)
{
    return (struct move){.kind = pick(16),
                         .a = 1 + pick(IDS),
                         .b = 1 + pick(IDS),
                         .n = pick(5),
                         .flag = pick(2),
                         .text = pick_text(),
                         .other = pick_text()};
}

static void put_object(struct store_txn *txn, const struct move *m)
{
    struct store_object object = {.id = m->a,
                                  .kind = (enum store_kind)(m->n % 4),
                                  .priority = m->n % 3,
                                  .arrival_ms = m->n,
                                  .mts_id = m->text,
                                  .source = m->other,
                                  .envelope = m->text};

    if (m->flag) {
        object.content = m->other;
        object.content_len = m->other.len;
    } else {
        object.content_len = (uint64_t)m->n;
    }
    store_put_object(txn, &object);
}

static void put_item(struct store_txn *txn, const struct move *m)
{
    const struct store_item item = {.id = m->a,
                                    .object_id = m->b,
                                    .state = (enum store_item_state)(m->n % 3),
                                    .attempts = m->n,
                                    .next_ms = m->n * 7,
                                    .expires_ms = -m->n,
                                    .queue = m->text,
                                    .recipients = m->other,
                                    .reason = m->text};

    store_put_item(txn, &item);
}

static void put_delivery(struct store_txn *txn, const struct move *m)
{
    const struct store_delivery delivery = {.id = m->a,
                                            .object_id = m->b,
                                            .mailbox = m->text,
                                            .delivered_ms = m->n,
                                            .read = m->flag,
                                            .envelope = m->other};

    store_put_delivery(txn, &delivery);
}

static void put_row(struct store_txn *txn, const struct move *m)
{
    const struct store_track track = {
        .time_ms = m->n, .mts_id = m->text, .action = m->other, .detail = m->text};
    const struct store_event event = {
        .time_ms = m->n, .number = m->n, .severity = 1, .json = m->text};
    const struct store_entry entry = {.dn = m->text, .class_name = m->other, .json = m->other};

    if (m->n < 2)
        store_put_track(txn, &track);
    else if (m->n < 4)
        store_put_event(txn, &event);
    else
        store_put_entry(txn, &entry);
}

static void make_move(struct store_txn *txn, const struct move *m)
{
    switch (m->kind) {
    case 0:
    case 1: put_object(txn, m); break;
    case 2: store_put_chunk(txn, m->a, m->n < 4 ? 0 : 1, m->text); break;
    case 3: store_copy_content(txn, m->a, m->b); break;
    case 4:
    case 5:
    case 6: put_item(txn, m); break;
    case 7: store_delete_item(txn, m->a, m->b); break;
    case 8:
    case 9: put_delivery(txn, m); break;
    case 10: store_delete_delivery(txn, m->a, m->b); break;
    case 11: store_set_read(txn, m->a, m->flag); break;
    case 12:
        if (m->flag)
            store_claim_digest(txn, m->text, m->n);
        else
            store_put_digest(txn, m->text, m->n);
        break;
    case 13: put_row(txn, m); break;
    case 14: store_delete_entry(txn, m->text); break;
    default:
        if (m->n == 0)
            store_expire(txn, m->b, m->b, m->n);
    }
}

/* ---- everything that can be read, as text ---------------------------------------------------- */

struct dump {
    struct store *store;
    struct buf text;
};

static void add(struct dump *d, struct slice s)
{
    buf_printf(&d->text, "[%zu:", s.len);
    buf_hex(&d->text, s);
    buf_text(&d->text, "]");
}

static void add_object(struct dump *d, int64_t id)
{
    struct store_object o;
    struct arena arena;
    uint8_t content[64];
    size_t got = 0;
    int rc;

    arena_init(&arena, 1 << 16);
    rc = store_get_object(d->store, id, &arena, &o);
    buf_printf(&d->text, "object %d: %d", (int)id, rc);
    if (!rc) {
        buf_printf(&d->text, " %d %d %d %d ", (int)o.kind, o.priority, (int)o.arrival_ms,
                   (int)o.content_len);
        add(d, o.mts_id);
        add(d, o.source);
        add(d, o.envelope);
        rc = store_read_content(d->store, id, 0, content, sizeof(content), &got);
        if (o.kind != STORE_PROBE)
            buf_printf(&d->text, " %d", rc);
        add(d, slice_make(content, got));
    }
    buf_text(&d->text, "\n");
    arena_free(&arena);
}

static bool add_item(void *ctx, const struct store_queued *q)
{
    struct dump *d = ctx;

    buf_printf(&d->text, "item %d %d %d %d %d %d / %d %d %d %d ", (int)q->item.id,
               (int)q->item.object_id, (int)q->item.state, q->item.attempts, (int)q->item.next_ms,
               (int)q->item.expires_ms, (int)q->kind, q->priority, (int)q->arrival_ms,
               (int)q->content_len);
    add(d, q->item.queue);
    add(d, q->item.recipients);
    add(d, q->item.reason);
    add(d, q->mts_id);
    add(d, q->source);
    buf_text(&d->text, "\n");
    return true;
}

static bool add_delivery(void *ctx, const struct store_delivery *v)
{
    struct dump *d = ctx;

    buf_printf(&d->text, "delivery %d %d %d %d ", (int)v->id, (int)v->object_id,
               (int)v->delivered_ms, v->read);
    add(d, v->mailbox);
    add(d, v->envelope);
    buf_text(&d->text, "\n");
    return true;
}

static bool add_track(void *ctx, const struct store_track *t)
{
    struct dump *d = ctx;

    buf_printf(&d->text, "track %d ", (int)t->time_ms);
    add(d, t->mts_id);
    add(d, t->action);
    add(d, t->detail);
    buf_text(&d->text, "\n");
    return true;
}

static bool add_event(void *ctx, const struct store_event *e)
{
    struct dump *d = ctx;

    buf_printf(&d->text, "event %d %d %d %d ", (int)e->seq, (int)e->time_ms, e->number,
               e->severity);
    add(d, e->json);
    buf_text(&d->text, "\n");
    return true;
}

static bool add_entry(void *ctx, const struct store_entry *e)
{
    struct dump *d = ctx;

    buf_text(&d->text, "entry ");
    add(d, e->dn);
    add(d, e->class_name);
    add(d, e->json);
    buf_text(&d->text, "\n");
    return true;
}

static void dump_text_tables(struct dump *d)
{
    static const char *const texts[] = {"a", "ab", "/o=x", "", "z\0z", "/o=x/cn=y"};
    static const size_t lens[] = {1, 2, 4, 0, 3, 9};

    for (int i = 0; i < 6; i++) {
        const struct slice s = slice_make(texts[i], lens[i]);

        store_scan_deliveries(d->store, s, add_delivery, d);
        store_scan_track(d->store, s, add_track, d);
        buf_printf(&d->text, "digest %d\n", store_has_digest(d->store, s));
    }
}

static const char *dump_all(struct dump *d, struct store *store)
{
    char problem[256] = "";

    buf_reset(&d->text);
    d->store = store;
    for (int64_t id = 1; id <= IDS; id++)
        add_object(d, id);
    store_scan_items(store, add_item, d);
    dump_text_tables(d);
    store_scan_events(store, 0, 0, add_event, d);
    store_scan_events(store, 0, 3, add_event, d);
    store_scan_entries(store, add_entry, d);
    /* What callers may do wrong: objects that nothing refers to. */
    if (store_check(store, problem, sizeof(problem)))
        buf_printf(&d->text, "%s", strstr(problem, "refers") ? "" : problem);
    assert_int_equal(d->text.error, X4_OK);
    return buf_cstr(&d->text);
}

static void engines_agree(void **state)
{
    struct fixture *const stores = *state;
    struct dump dumps[2] = {{.store = NULL}, {.store = NULL}};
    int results[2];
    unsigned failures = 0;

    buf_init(&dumps[0].text, DUMP_MAX);
    buf_init(&dumps[1].text, DUMP_MAX);
    for (int round = 0; round < ROUNDS; round++) {
        const int count = 1 + pick(OPS_MAX);
        struct move moves[OPS_MAX];

        for (int i = 0; i < count; i++)
            moves[i] = pick_move();
        for (int s = 0; s < 2; s++) {
            struct store_txn *txn = store_begin(stores[s].store);

            for (int i = 0; i < count; i++)
                make_move(txn, &moves[i]);
            results[s] = commit_wait(&stores[s], &txn);
        }
        if (results[0] != results[1]) /* more than one thing was wrong */
            assert_true(results[0] != X4_OK && results[1] != X4_OK);
        failures += results[0] != X4_OK;
        assert_string_equal(dump_all(&dumps[0], stores[0].store),
                            dump_all(&dumps[1], stores[1].store));
    }
    assert_in_range(failures, ROUNDS / 10, ROUNDS * 9 / 10); /* both kinds were there */
    buf_free(&dumps[0].text);
    buf_free(&dumps[1].text);
}

static int setup(void **state)
{
    static struct fixture stores[2];
    const char *given = getenv("SEED");

    seed = given ? (unsigned)strtoul(given, NULL, 10) : 1;
    fixture_open(&stores[0], "memory", false);
    fixture_open(&stores[1], "sqlite", false);
    *state = stores;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *stores = *state;

    fixture_close(&stores[0]);
    fixture_close(&stores[1]);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(engines_agree, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
