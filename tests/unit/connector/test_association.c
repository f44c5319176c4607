/* SPDX-License-Identifier: Apache-2.0 */
/* Two MTAs and the network between them. */
#include "pair.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const struct parcel letter = {.octets = 5000, .report = true};
static const struct parcel quiet = {.octets = 200};

/* ---- transfer -------------------------------------------------------------------------------- */

static void test_message_and_report(void **state)
{
    static const char *const modes[] = {"1988-normal", "1988-x410", "1984"};

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]) * 2; i++) {
        struct pair *p;
        char attributes[128];

        snprintf(attributes, sizeof(attributes), "conformance: %s, two-way-alternate: %s",
                 modes[i / 2], i % 2 ? "true" : "false");
        p = pair_of(attributes, attributes);
        site_send(&p->a, &letter);
        site_send(&p->b, &letter);
        pair_settle(p);
        pair_advance(p, SECOND);
        assert_int_equal(site_messages(&p->a), 1);
        assert_int_equal(site_messages(&p->b), 1);
        assert_int_equal(site_reports(&p->a), 1);
        assert_int_equal(site_reports(&p->b), 1);
        assert_int_equal(site_queued(&p->a) + site_queued(&p->b), 0);
        pair_free(&p);
    }
}

static void test_two_way_uses_one_association(void **state)
{
    struct pair *p = pair_of("two-way-alternate: true", "two-way-alternate: true");

    (void)state;
    site_send(&p->a, &letter); /* the report comes back over the same one */
    pair_advance(p, SECOND);
    site_send(&p->b, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_reports(&p->a), 1);
    assert_int_equal(site_messages(&p->a), 1);
    assert_int_equal(sim_calls(p->net), 1);
    pair_free(&p);
}

/* The linker puts this in the place of store_put_off(). */
static unsigned put_off;

void __real_store_put_off(struct store_txn *txn);
void __wrap_store_put_off(struct store_txn *txn);

void __wrap_store_put_off(struct store_txn *txn)
{
    put_off++;
    __real_store_put_off(txn);
}

/* Deletions would else have flushes of their own, and who sends the next message would wait. */
static void test_nobody_waits_for_what_was_sent(void **state)
{
    struct pair *p = pair_of("", "");

    (void)state;
    put_off = 0;
    for (unsigned i = 0; i < 3; i++)
        site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 3);
    assert_int_equal(put_off, 3);
    pair_free(&p);
}

/* Who waits for our answer needs no acknowledgement before: the end of each message, and its AEA.
 * On a two-way association who has sent it may go on with something else. */
static void test_peers_are_heard_out(void **state)
{
    for (int two_way = 0; two_way < 2; two_way++) {
        const char *attributes = two_way ? "two-way-alternate: true" : "";
        struct pair *p = pair_of(attributes, attributes);

        (void)state;
        for (unsigned i = 0; i < 3; i++)
            site_send(&p->a, &quiet);
        pair_advance(p, SECOND);
        assert_int_equal(site_messages(&p->b), 3);
        assert_int_equal(sim_heard_out(p->net), two_way ? 3 : 6);
        pair_free(&p);
    }
}

static void test_probe(void **state)
{
    const struct parcel probe = {.probe = true, .report = true};
    struct pair *p = pair_of("", "");

    (void)state;
    site_send(&p->a, &probe);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 0);
    assert_int_equal(site_reports(&p->a), 1);
    pair_free(&p);
}

static void test_idle_association_ends(void **state)
{
    struct pair *p = pair_of("association-lifetime: 30", "");

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, 29 * SECOND);
    assert_int_equal(site_associations(&p->a), 1);
    pair_advance(p, 2 * SECOND);
    assert_int_equal(site_associations(&p->a), 0);
    assert_int_equal(site_associations(&p->b), 0);
    assert_int_equal(sim_connections(p->net), 0);
    assert_int_equal(site_messages(&p->b), 1);
    pair_free(&p);
}

static void test_queue_over_several_associations(void **state)
{
    const struct parcel big = {.octets = 100 * 1000};
    struct pair *p = pair_of("threshold: 5, max-associations: 3", "");

    (void)state;
    x400_close_all(p->a.x400, p->a.connector);
    for (int i = 0; i < 40; i++)
        site_send(&p->a, &big);
    pair_advance(p, 10 * SECOND);
    assert_int_equal(site_messages(&p->b), 40);
    assert_int_equal(sim_calls(p->net), 3); /* no more than that */
    assert_int_equal(site_events(&p->b, 57), 0);
    pair_free(&p);
}

static void test_open_now_keeps_the_limits(void **state)
{
    struct pair *p = pair_of("max-associations: 3, urgent-associations: 1", "");
    unsigned opened = 0;

    (void)state;
    for (int i = 0; i < 10; i++) {
        opened += x400_open_now(p->a.x400, p->a.connector) == 0;
        pair_advance(p, SECOND);
    }
    assert_int_equal(opened, 4);
    assert_int_equal(site_associations(&p->a), 4);
    assert_int_equal(site_associations(&p->b), 4);
    pair_free(&p);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void check_refused(const char *a, const char *b, int event, const char *text)
{
    struct pair *p = pair_of(a, b);

    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_events(&p->b, event), 1);
    assert_true(site_event_says(&p->b, event, text));
    assert_int_equal(site_messages(&p->b), 0);
    assert_int_equal(site_queued(&p->a), 1); /* it waits */
    assert_int_equal(sim_connections(p->net), 0);
    assert_null(strstr(p->a.events, "sesame"));
    assert_null(strstr(p->b.events, "sesame"));
    pair_free(&p);
}

static void test_wrong_address(void **state)
{
    static const char *const told[] = {"10.0.0.1:4",   "10.0.0.2:102", "LONDON",
                                       "10.99.0.0/16", "other",        "cn=TCP"};

    (void)state;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        check_refused("", "remote-hosts: [10.99.0.0/16, 10.0.0.9]", 9301, told[i]);
}

static void test_wrong_name(void **state)
{
    (void)state;
    check_refused("local-mta-name: MADRID", "", 51, "MADRID");
}

static void test_wrong_password(void **state)
{
    (void)state;
    check_refused("local-mta-password: open sesame", "remote-mta-password: Open sesame", 48,
                  "cn=other");
    check_refused("", "remote-mta-password: open sesame", 48, "no password");
    check_refused("local-mta-password: open sesame", "", 48, "none is expected");
}

/* One event at the called side with both values; a caller of the old kind, who names neither
 * session nor presentation selector, comes in. */
static void check_selectors(const char *outgoing, int event, const char *text)
{
    const struct pair_options options = {
        .a_connector = outgoing, .b_stack = "t-selector: T, s-selector: 0x5300, p-selector: P"};
    struct pair *p = pair_new(&options);

    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), event == 0);
    assert_int_equal(site_queued(&p->a), event != 0);
    if (event) {
        assert_int_equal(site_events(&p->b, event), 1);
        assert_true(site_event_says(&p->b, event, text));
        assert_true(site_event_says(&p->b, event, "10.0.0.1:4"));
        assert_int_equal(site_events(&p->b, 1293) + site_events(&p->b, 1294), 0);
        assert_int_equal(sim_connections(p->net), 0);
    }
    pair_free(&p);
}

static void test_wrong_selectors(void **state)
{
    (void)state;
    check_selectors("outgoing-t-selector: T, outgoing-s-selector: 0x5300, outgoing-p-selector: P",
                    0, NULL);
    check_selectors("outgoing-t-selector: T", 0, NULL);
    check_selectors("outgoing-t-selector: U", 4293, "called T-selector U, expected T");
    check_selectors("conformance: 1988-x410", 4293, "called T-selector -, expected T");
    check_selectors("outgoing-t-selector: T, outgoing-s-selector: 0x5301", 20058,
                    "called session selector 0x5301, expected 0x5300");
    check_selectors("outgoing-t-selector: T, outgoing-p-selector: Q", 20058,
                    "called presentation selector Q, expected P");
}

static void test_disabled(void **state)
{
    (void)state;
    check_refused("", "enabled: false", 37, "10.0.0.1");
    check_refused("", "schedule: never", 37, "never");
}

static void test_wrong_password_of_the_answer(void **state)
{
    struct pair *p = pair_of("remote-mta-password: open sesame, open-interval: 60", "");
    char text[128];

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_events(&p->a, 48), 1);
    assert_string_equal(site_connector(&p->a, "open-attempts", text), "1"); /* counted once */
    assert_int_equal(site_queued(&p->a), 1);
    pair_free(&p);
}

/* Somebody else answers: the operator reads who. */
static void test_wrong_name_of_the_answer(void **state)
{
    struct pair *p = pair_of("open-interval: 60", "local-mta-name: ROME");

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_true(site_event_says(&p->a, 48, "credentials of MTA PARIS"));
    assert_true(site_event_says(&p->a, 48, "the MTA that answered calls itself ROME"));
    assert_true(site_event_says(&p->a, 289, "the MTA that answered calls itself ROME"));
    assert_true(site_event_says(&p->a, 1294, "the answer is not that of the MTA"));
    assert_int_equal(site_queued(&p->a), 1);
    pair_free(&p);
}

/* The peer allows monologue only: it is told so, and then done so, without waiting. */
static void test_dialogue_mode(void **state)
{
    struct pair *p = pair_of("two-way-alternate: true", "");

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_events(&p->b, 55), 1);
    assert_int_equal(site_messages(&p->b), 1);
    assert_int_equal(sim_calls(p->net), 2);
    pair_free(&p);
}

static void test_limit_of_associations(void **state)
{
    const struct parcel big = {.octets = 1000 * 1000};
    struct pair *p =
        pair_of("threshold: 1, max-associations: 9", "max-associations: 1, urgent-associations: 1");

    (void)state;
    for (int i = 0; i < 10; i++)
        site_send(&p->a, &big);
    pair_advance(p, 10 * MINUTE);
    assert_true(site_events(&p->b, 57) > 0);
    assert_true(site_event_says(&p->b, 57, "cn=other"));
    pair_advance(p, HOUR);
    assert_int_equal(site_messages(&p->b), 10);
    pair_free(&p);
}

/* ---- trouble --------------------------------------------------------------------------------- */

static void check_cut(const char *attributes, uint64_t at)
{
    struct pair *p = pair_of(attributes, attributes);

    sim_cut_after(p->net, at);
    site_send(&p->a, &letter);
    pair_advance(p, HOUR);
    if (site_messages(&p->b) != 1 || site_reports(&p->a) != 1)
        print_error("cut after %u octets (%s)\n", (unsigned)at, attributes);
    assert_int_equal(site_messages(&p->b), 1);
    assert_int_equal(site_reports(&p->a), 1);
    assert_int_equal(site_queued(&p->a) + site_queued(&p->b), 0);
    pair_free(&p);
}

/* Wherever the connection breaks: one message, one report. */
static void test_cut_anywhere(void **state)
{
    static const char *const attributes[] = {"conformance: 1988-normal",
                                             "conformance: 1988-x410, two-way-alternate: true",
                                             "conformance: 1984"};

    (void)state;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        for (uint64_t at = 1; at < 8000; at += at < 1000 || at > 5500 ? 17 : 211)
            check_cut(attributes[i], at + i);
    }
}

/* A transfer that broke begins anew when the recovery timeout is over, not sooner, and needs no
 * other interval. */
static void test_broken_transfer_begins_anew(void **state)
{
    static const struct parcel long_letter = {.octets = 100000};
    struct pair *p =
        pair_of("recovery-timeout: 30, transfer-interval: 7200, open-interval: 7200", "");

    (void)state;
    sim_cut_after(p->net, 50000);
    site_send(&p->a, &long_letter);
    pair_advance(p, 25 * SECOND);
    assert_int_equal(site_events(&p->a, 20023), 1);
    assert_int_equal(site_messages(&p->b), 0);
    assert_int_equal(site_queued(&p->a), 1);
    pair_advance(p, 10 * SECOND);
    assert_int_equal(site_messages(&p->b), 1);
    assert_int_equal(site_queued(&p->a), 0);
    pair_free(&p);
}

static void test_peer_down_and_up(void **state)
{
    struct pair *p = pair_of("open-interval: 60", "");
    char text[128];

    (void)state;
    sim_host_down(p->b.io, true);
    site_send(&p->a, &letter);
    pair_advance(p, 61 * SECOND); /* open-timeout */
    assert_string_equal(site_connector(&p->a, "state", text), "retrying");
    assert_string_equal(site_connector(&p->a, "open-attempts", text), "1");
    pair_advance(p, 5 * MINUTE);
    assert_string_equal(site_connector(&p->a, "open-attempts", text), "3");
    sim_host_down(p->b.io, false);
    pair_advance(p, 2 * MINUTE);
    assert_int_equal(site_messages(&p->b), 1);
    assert_int_equal(site_reports(&p->a), 1);
    assert_int_equal(site_events(&p->a, 20022), 1);
    assert_string_equal(site_connector(&p->a, "open-attempts", text), "0");
    pair_free(&p);
}

static void test_open_retries_are_limited(void **state)
{
    struct pair *p = pair_of("open-interval: 60, max-open-retries: 2", "");

    (void)state;
    sim_host_down(p->b.io, true);
    site_send(&p->a, &quiet);
    pair_advance(p, 10 * MINUTE);
    assert_int_equal(site_queued(&p->a), 0);
    assert_int_equal(site_reports(&p->a), 1);
    pair_free(&p);
}

/* That the peer can call says that it is up: one attempt at once, and not one for each call. */
static void test_a_call_from_the_peer(void **state)
{
    struct pair *p = pair_of("open-interval: 3000, remote-port: 103, remote-hosts: [10.0.0.2]",
                             "association-lifetime: 1");
    char text[128];

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_string_equal(site_connector(&p->a, "open-attempts", text), "1");
    for (int i = 0; i < 10; i++) {
        site_send(&p->b, &quiet);
        pair_advance(p, 10 * SECOND);
    }
    assert_int_equal(site_messages(&p->a), 10);
    assert_string_equal(site_connector(&p->a, "open-attempts", text), "2");
    assert_int_equal(site_queued(&p->a), 1);
    pair_free(&p);
}

/* ---- names ----------------------------------------------------------------------------------- */

static void test_names(void **state)
{
    struct pair *p = pair_of("remote-hosts: [paris.example], open-interval: 60",
                             "remote-hosts: [london.example]");

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(sim_calls(p->net), 0); /* no such names yet */
    sim_name(p->net, "paris.example", "10.0.0.2");
    sim_name(p->net, "london.example", "10.0.0.1");
    site_change(&p->b, "{}");
    pair_advance(p, 3 * MINUTE);
    assert_int_equal(site_messages(&p->b), 1);
    /* While names are looked up again, callers are known by what they were. */
    sim_resolve_delay(p->net, 5 * SECOND);
    site_change(&p->b, "{\"threshold\": 7}");
    x400_close_all(p->a.x400, p->a.connector);
    pair_settle(p);
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 2);
    pair_free(&p);
}

/* A connector goes and comes back while its names are looked up; and so does everything. */
static void test_lookups_outlive_connectors(void **state)
{
    struct pair *p = pair_of("remote-hosts: [paris.example, x.example], open-interval: 60", "");

    (void)state;
    sim_resolve_delay(p->net, 5 * SECOND);
    sim_name(p->net, "paris.example", "10.0.0.2");
    site_change(&p->a, "{\"threshold\": 7}");
    site_change(&p->a, "null");
    pair_advance(p, 10 * SECOND);
    pair_free(&p);

    p = pair_of("remote-hosts: [paris.example]", "");
    sim_resolve_delay(p->net, 5 * SECOND);
    site_change(&p->a, "{\"threshold\": 7}");
    pair_free(&p); /* looked up still */
}

/* ---- reconfiguration ------------------------------------------------------------------------- */

static void step_until_transfer(struct pair *p)
{
    const uint64_t until = sim_octets(p->net) + 100 * 1000;

    while (sim_octets(p->net) < until) {
        bool moved = store_dispatch(p->a.store) > 0;

        moved |= store_dispatch(p->b.store) > 0;
        moved |= sim_step(p->net);
        assert_true(moved);
    }
}

static const struct parcel heavy = {.octets = 1000 * 1000};

/* What was in transfer over a connector that is gone has no other way, and is returned. */
static void test_connector_removed_in_transfer(void **state)
{
    struct pair *p = pair_of("", "");

    (void)state;
    site_send(&p->a, &heavy);
    step_until_transfer(p);
    site_change(&p->a, "null");
    pair_advance(p, 5 * MINUTE);
    assert_int_equal(site_associations(&p->a), 0);
    assert_int_equal(site_queued(&p->a), 0);
    assert_int_equal(site_reports(&p->a), 1);
    assert_int_equal(site_messages(&p->b), 0);
    pair_free(&p);
}

static void test_password_changed_in_transfer(void **state)
{
    struct pair *p = pair_of("open-interval: 60", "");

    (void)state;
    site_send(&p->a, &heavy);
    step_until_transfer(p);
    site_change(&p->b, "{\"remote-mta-password\": \"open sesame\"}");
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 1); /* an association that is there goes on */
    x400_close_all(p->a.x400, p->a.connector);
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_events(&p->b, 48), 1);
    site_change(&p->a, "{\"local-mta-password\": \"open sesame\"}");
    pair_advance(p, SECOND); /* at once, not after the interval */
    assert_int_equal(site_messages(&p->b), 2);
    pair_free(&p);
}

/* Two that were for everything leave no room for one that is for urgent mail only. */
static void test_limit_lowered_in_transfer(void **state)
{
    struct pair *p = pair_of("threshold: 1, max-associations: 2, urgent-associations: 1", "");

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(x400_open_now(p->a.x400, p->a.connector), 0);
        pair_advance(p, SECOND);
    }
    site_send(&p->a, &heavy);
    site_send(&p->a, &heavy);
    step_until_transfer(p);
    site_change(&p->a, "{\"max-associations\": 1}");
    site_send(&p->a, &(struct parcel){.octets = 200, .priority = MTS_URGENT});
    step_until_transfer(p);
    assert_int_equal(sim_calls(p->net), 2);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 3);
    assert_int_equal(sim_calls(p->net), 2);
    pair_free(&p);
}

/* The transfer is finished, and the association with it. */
static void test_disabled_in_transfer(void **state)
{
    (void)state;
    for (int receiver = 0; receiver < 2; receiver++) {
        struct pair *p = pair_of("", "");

        site_send(&p->a, &heavy);
        step_until_transfer(p);
        site_change(receiver ? &p->b : &p->a, "{\"enabled\": false}");
        pair_advance(p, SECOND);
        assert_int_equal(site_messages(&p->b), 1);
        assert_int_equal(site_associations(&p->a), 0);
        assert_int_equal(site_associations(&p->b), 0);
        pair_free(&p);
    }
}

static void test_freed_in_transfer(void **state)
{
    struct pair *p = pair_of("", "");

    (void)state;
    site_send(&p->a, &heavy);
    site_send(&p->a, &letter); /* its commit comes when the connectors are gone */
    step_until_transfer(p);
    site_send(&p->a, &letter);
    pair_free(&p);
}

/* ---- strangers ------------------------------------------------------------------------------- */

static void ignore_connected(void *ctx)
{
    (void)ctx;
}

static void ignore_data(void *ctx, struct slice octets)
{
    (void)ctx;
    (void)octets;
}

static void note_closed(void *ctx, int error, const char *text)
{
    (void)error;
    (void)text;
    *(bool *)ctx = true;
}

static void test_silent_caller(void **state)
{
    static const struct io_conn_cb cb = {ignore_connected, ignore_data, ignore_connected,
                                         note_closed};
    struct pair *p = pair_of("", "");
    struct io *stranger = sim_host(p->net, "10.9.9.9");
    struct io_connect_params params = {.timeout_ms = SECOND};
    struct io_conn *conn;
    bool closed = false;

    (void)state;
    assert_int_equal(io_addr_parse("10.0.0.2", 102, &params.remote), 0);
    assert_int_equal(stranger->ops->connect(stranger, &params, &cb, &closed, &conn), 0);
    pair_advance(p, 59 * SECOND);
    assert_int_equal(site_associations(&p->b), 1);
    assert_false(closed);
    pair_advance(p, 2 * SECOND); /* open-timeout */
    assert_int_equal(site_associations(&p->b), 0);
    assert_true(closed);
    pair_free(&p);
}

/* ---- ping ------------------------------------------------------------------------------------ */

struct answer {
    unsigned count;
    bool ok;
    char text[4096];
};

static void answered(void *ctx, json_t *result)
{
    struct answer *a = ctx;
    char *text = json_dumps(result, 0);

    a->count++;
    a->ok = json_is_true(json_object_get(result, "ok"));
    snprintf(a->text, sizeof(a->text), "%s", text);
    free(text);
    json_decref(result);
}

static void ping(struct pair *p, struct answer *a)
{
    json_t *params = json_pack("{s:s}", "connector", p->a.connector);

    *a = (struct answer){.count = 0};
    assert_int_equal(x400_ping(p->a.x400, params, answered, a), 0);
    json_decref(params);
}

static void test_ping(void **state)
{
    struct pair *p = pair_of("local-mta-password: open sesame",
                             "remote-mta-password: open sesame, incoming-t-selector: L, "
                             "identify-by: [address, mta-name, password]");
    struct answer a;

    (void)state;
    ping(p, &a);
    pair_advance(p, SECOND);
    assert_int_equal(a.count, 1);
    assert_true(a.ok);
    assert_null(strstr(a.text, "sesame"));
    site_change(&p->b, "{\"remote-mta-password\": \"else\"}");
    ping(p, &a);
    pair_advance(p, SECOND);
    assert_int_equal(a.count, 1);
    assert_false(a.ok);
    assert_non_null(strstr(a.text, "authentication"));
    assert_int_equal(sim_connections(p->net), 0);
    pair_free(&p);
}

/* The stack says how large TPDUs may be, in both directions. */
static void test_ping_offers_the_tpdu_size(void **state)
{
    static const struct pair_options options[] = {
        {.a_stack = "tpdu-size: 2048"},
        {.b_stack = "tpdu-size: 2048"},
        {.a_stack = "tpdu-size: 2048", .b_stack = "tpdu-size: 4096"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        struct pair *p = pair_new(&options[i]);
        struct answer a;

        ping(p, &a);
        pair_advance(p, SECOND);
        assert_non_null(strstr(a.text, "\"tpdu-size\": 2048"));
        pair_free(&p);
    }
}

static void ping_host(struct pair *p, struct answer *a, const char *host)
{
    json_t *params = json_pack("{s:s, s:i}", "host", host, "port", 102);

    *a = (struct answer){.count = 0};
    assert_int_equal(x400_ping(p->a.x400, params, answered, a), 0);
    json_decref(params);
    pair_advance(p, MINUTE);
    assert_int_equal(a->count, 1);
}

/* By name or address; whatever is tried is told by name, address and reason. */
static void test_ping_host(void **state)
{
    struct pair *p = pair_of("remote-hosts: [10.0.0.7]", "");
    struct answer a;

    (void)state;
    sim_name(p->net, "paris.example", "10.0.0.2");
    ping_host(p, &a, "10.0.0.2");
    assert_true(a.ok);
    ping_host(p, &a, "paris.example");
    assert_true(a.ok);
    assert_int_equal(site_events(&p->a, 20062), 2);
    assert_true(site_event_says(&p->a, 20062, "at 10.0.0.2:102: opened and closed"));
    sim_name(p->net, "rome.example", "10.0.0.7");
    ping_host(p, &a, "rome.example");
    assert_non_null(strstr(a.text, "\"rome.example: 10.0.0.7:102: "));
    ping_host(p, &a, "10.0.0.7");
    assert_non_null(strstr(a.text, "\"text\": \"10.0.0.7:102: ")); /* once */
    ping_host(p, &a, "nowhere.example");
    assert_false(a.ok);
    assert_non_null(strstr(a.text, "host name nowhere.example cannot be resolved"));
    assert_true(site_event_says(&p->a, 20062, "nowhere.example"));
    sim_resolve_delay(p->net, 5 * MINUTE);
    ping_host(p, &a, "paris.example");
    assert_non_null(strstr(a.text, "no answer in time"));
    pair_free(&p); /* the answer of the name server still to come */
}

/* A name is asked for once for each attempt, and not again while the name server thinks. */
static void test_names_are_looked_up_once(void **state)
{
    struct pair *p = pair_of("remote-hosts: [nowhere.example], open-interval: 60", "");
    unsigned before;

    (void)state;
    pair_advance(p, SECOND);
    before = site_events(&p->a, 20013);
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_events(&p->a, 289), 1);
    assert_int_equal(site_events(&p->a, 20013), before + 1);
    pair_free(&p);

    p = pair_of("remote-hosts: [10.0.0.7, nowhere.example], open-interval: 30", "");
    pair_advance(p, SECOND);
    before = site_events(&p->a, 20013);
    sim_resolve_delay(p->net, 5 * MINUTE);
    site_send(&p->a, &quiet);
    pair_advance(p, 9 * MINUTE);
    assert_true(site_events(&p->a, 289) > 4);
    assert_int_equal(site_events(&p->a, 20013), before + 1);
    pair_free(&p);
}

/* A name that is new is looked up at once, whatever the name server still thinks about. */
static void test_new_names_are_looked_up(void **state)
{
    struct pair *p = pair_of("remote-hosts: [10.0.0.7, slow.example], open-interval: 30", "");

    (void)state;
    sim_resolve_delay(p->net, 60 * MINUTE);
    site_send(&p->a, &quiet);
    pair_advance(p, 9 * MINUTE);
    sim_resolve_delay(p->net, 0);
    sim_name(p->net, "paris.example", "10.0.0.2");
    site_change(&p->a, "{\"remote-hosts\": [\"paris.example\"]}");
    pair_advance(p, 2 * MINUTE); /* the call that is under way, and its retry timer */
    assert_int_equal(site_queued(&p->a), 0);
    pair_free(&p);
}

static void test_ping_tries_all_addresses(void **state)
{
    struct pair *p = pair_of("remote-hosts: [10.0.0.7, 10.0.0.8]", "");
    struct answer a;

    (void)state;
    ping(p, &a);
    pair_advance(p, MINUTE);
    assert_int_equal(a.count, 1);
    assert_false(a.ok);
    assert_non_null(strstr(a.text, "10.0.0.7:102: "));
    assert_non_null(strstr(a.text, "; 10.0.0.8:102: "));
    site_change(&p->a, "{\"remote-hosts\": [\"10.0.0.7\", \"10.0.0.2\"]}");
    ping(p, &a);
    pair_advance(p, MINUTE);
    assert_true(a.ok);
    site_change(&p->a, "{\"remote-hosts\": [\"nowhere.example\"]}");
    ping(p, &a);
    pair_advance(p, SECOND);
    assert_non_null(strstr(a.text, "no address of the connector's remote-hosts is known"));
    pair_free(&p);
}

static void test_ping_checks_what_it_is_asked(void **state)
{
    static const char *const wrong[] = {
        "{\"host\": \"10.0.0.2\", \"port\": 0}",
        "{\"host\": \"10.0.0.2\", \"port\": 65536}",
        "{\"host\": \"10.0.0.2\", \"port\": \"102\"}",
        "{\"host\": \"\"}",
    };
    struct pair *p = pair_of("", "");
    struct answer a = {.count = 0};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        json_t *params = json_loads(wrong[i], 0, NULL);

        assert_int_equal(x400_ping(p->a.x400, params, answered, &a), X4_EINVAL);
        json_decref(params);
    }
    pair_advance(p, MINUTE);
    assert_int_equal(a.count, 0);
    pair_free(&p);
}

/* Nobody there; the directory changes meanwhile; and the MTA ends meanwhile. */
static void test_ping_outlives(void **state)
{
    struct pair *p = pair_of("", "");
    struct answer a;

    (void)state;
    sim_host_down(p->b.io, true);
    ping(p, &a);
    pair_advance(p, 10 * SECOND);
    site_change(&p->a, "{\"local-mta-name\": \"MADRID\"}");
    sim_host_down(p->b.io, false);
    pair_advance(p, MINUTE);
    assert_int_equal(a.count, 1);
    sim_host_down(p->b.io, true);
    ping(p, &a);
    pair_advance(p, MINUTE);
    assert_int_equal(a.count, 1);
    assert_false(a.ok);
    ping(p, &a);
    pair_advance(p, SECOND);
    pair_free(&p);
    assert_int_equal(a.count, 1); /* told, even so */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_and_report),
        cmocka_unit_test(test_two_way_uses_one_association),
        cmocka_unit_test(test_nobody_waits_for_what_was_sent),
        cmocka_unit_test(test_peers_are_heard_out),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_idle_association_ends),
        cmocka_unit_test(test_queue_over_several_associations),
        cmocka_unit_test(test_open_now_keeps_the_limits),
        cmocka_unit_test(test_wrong_address),
        cmocka_unit_test(test_wrong_name),
        cmocka_unit_test(test_wrong_password),
        cmocka_unit_test(test_wrong_selectors),
        cmocka_unit_test(test_disabled),
        cmocka_unit_test(test_wrong_password_of_the_answer),
        cmocka_unit_test(test_wrong_name_of_the_answer),
        cmocka_unit_test(test_dialogue_mode),
        cmocka_unit_test(test_limit_of_associations),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_broken_transfer_begins_anew),
        cmocka_unit_test(test_peer_down_and_up),
        cmocka_unit_test(test_open_retries_are_limited),
        cmocka_unit_test(test_a_call_from_the_peer),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_lookups_outlive_connectors),
        cmocka_unit_test(test_connector_removed_in_transfer),
        cmocka_unit_test(test_password_changed_in_transfer),
        cmocka_unit_test(test_limit_lowered_in_transfer),
        cmocka_unit_test(test_disabled_in_transfer),
        cmocka_unit_test(test_freed_in_transfer),
        cmocka_unit_test(test_silent_caller),
        cmocka_unit_test(test_ping),
        cmocka_unit_test(test_ping_offers_the_tpdu_size),
        cmocka_unit_test(test_ping_host),
        cmocka_unit_test(test_names_are_looked_up_once),
        cmocka_unit_test(test_new_names_are_looked_up),
        cmocka_unit_test(test_ping_tries_all_addresses),
        cmocka_unit_test(test_ping_checks_what_it_is_asked),
        cmocka_unit_test(test_ping_outlives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
