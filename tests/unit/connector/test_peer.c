/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that stop half-way: each has a time, and what waits goes on without them. */
#include "pair.h"
#include "robot.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const struct parcel quiet = {.octets = 200};

/* What the system says of a connection that broke is told besides what became of the association.
 */
static void test_broken_connection(void **state)
{
    struct pair *p = pair_of("", "");

    (void)state;
    sim_cut_after(p->net, 5000);
    site_send(&p->a, &(struct parcel){.octets = 100000});
    pair_advance(p, SECOND);
    assert_int_equal(site_events(&p->a, 9221), 1);
    assert_int_equal(site_events(&p->b, 9221), 1);
    assert_true(site_event_says(&p->b, 9221, "cn=other: "));
    assert_int_equal(site_events(&p->a, 1294), 1);
    pair_free(&p);
}

/* Some peers take no more than 2048 octets in a TPDU: the stack's tpdu-size is offered to them. */
static void test_tpdu_size_is_offered(void **state)
{
    const struct pair_options options = {.a_connector = "remote-hosts: [10.0.0.9]",
                                         .a_stack = "tpdu-size: 2048"};
    struct pair *p = pair_new(&options);
    struct robot r;

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "PARIS");
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(r.tpdu_size, 2048);
    assert_int_equal(r.received, 1);
    robot_shut(&r, &p);
}

/* A caller that proposes no checkpoint size, or leaves the member out, takes what it is answered:
 * that is the connector's. What it proposes holds. */
static void test_checkpoint_size_is_chosen(void **state)
{
    static const struct {
        const char *connector;
        bool no_checkpoints;
        unsigned in_force;
        const char *event;
    } cases[] = {
        {"", true, 30, "checkpoint 30 KiB"},
        {"checkpoint-size: 15", true, 15, "checkpoint 15 KiB"},
        {"checkpoint-size: 0", true, 0, "checkpoint 0 KiB"},
        {"checkpoint-size: 2", false, 4, "checkpoint 4 KiB"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair *p;
        struct robot r;
        char attributes[128];

        snprintf(attributes, sizeof(attributes), "remote-hosts: [10.0.0.9]%s%s",
                 *cases[i].connector ? ", " : "", cases[i].connector);
        p = pair_of("", attributes);
        robot_init(&r, p->net, "10.0.0.9", "LONDON");
        r.no_checkpoints = cases[i].no_checkpoints;
        robot_call(&r, "10.0.0.2");
        pair_advance(p, SECOND);
        assert_int_equal(r.opened, 1);
        assert_int_equal(r.checkpoint_kib, cases[i].in_force);
        assert_true(site_event_says(&p->b, 20020, cases[i].event));
        robot_shut(&r, &p);
    }
}

/* RTS lets the user data of the answer be absent. It proves nothing, so it does where no password
 * is expected. */
static void test_no_bind_result(void **state)
{
    static const char *const modes[] = {"1984", "1988-x410", "1988-normal"};

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        const bool password = i % 2;
        char attributes[128];
        struct pair *p;
        struct robot r;

        snprintf(attributes, sizeof(attributes), "remote-hosts: [10.0.0.9], conformance: %s%s",
                 modes[i / 2], password ? ", remote-mta-password: secret" : "");
        p = pair_of(attributes, "");
        robot_init(&r, p->net, "10.0.0.9", "PARIS");
        r.nameless = true;
        site_send(&p->a, &quiet);
        pair_advance(p, SECOND);
        assert_int_equal(r.received, !password);
        assert_int_equal(site_events(&p->a, 48), password);
        robot_shut(&r, &p);
    }
}

/* A peer that takes no checkpoints gets any message in one piece. */
static void test_peer_without_checkpoints(void **state)
{
    struct pair *p = pair_of("remote-hosts: [10.0.0.9]", "");
    struct robot r;

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "PARIS");
    r.no_checkpoints = true;
    site_send(&p->a, &(struct parcel){.octets = 5 * 1000 * 1000});
    pair_advance(p, MINUTE);
    assert_int_equal(r.received, 1);
    assert_int_equal(site_queued(&p->a), 0);
    assert_int_equal(site_events(&p->a, 20023), 0);
    robot_shut(&r, &p);
}

/* A peer in trouble aborts whatever comes. It is called again after a moment, and ever more seldom;
 * nothing is returned to its originator for that, and when it is well again all get through. */
static void test_peer_that_aborts_is_given_time(void **state)
{
    struct pair *p = pair_of("remote-hosts: [10.0.0.9], threshold: 1000", "");
    struct robot r;

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "PARIS");
    r.aborts = UINT_MAX;
    for (unsigned i = 0; i < 200; i++)
        site_send(&p->a, &quiet);
    pair_advance(p, HOUR);
    assert_true(r.opened > 5 && r.opened < 20);
    assert_int_equal(site_queued(&p->a), 200);
    assert_int_equal(site_reports(&p->a), 0);
    r.aborts = 0;
    pair_advance(p, HOUR);
    assert_int_equal(r.received, 200);
    assert_int_equal(site_queued(&p->a), 0);
    robot_shut(&r, &p);
}

/* One message that the peer cannot take keeps the others up for a moment only. */
static void test_message_that_breaks_the_association(void **state)
{
    struct pair *p = pair_of("remote-hosts: [10.0.0.9], recovery-timeout: 30", "");
    struct robot r;

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "PARIS");
    r.aborts = 1;
    for (unsigned i = 0; i < 3; i++)
        site_send(&p->a, &quiet);
    pair_advance(p, 2 * SECOND);
    assert_int_equal(r.opened, 2);
    assert_int_equal(r.received, 2);
    r.aborts = 1;
    pair_advance(p, 30 * SECOND); /* the second break is a first one again */
    assert_int_equal(r.received, 2);
    site_send(&p->a, &quiet);
    pair_advance(p, 2 * SECOND);
    assert_int_equal(r.received, 3);
    pair_advance(p, 31 * SECOND);
    assert_int_equal(r.received, 4);
    robot_shut(&r, &p);
}

/* A peer that takes one association only can be reached: that it refuses further ones is no failed
 * attempt for the messages that wait for the first one. */
static void test_refused_associations_besides_an_open_one(void **state)
{
    struct pair *p = pair_of("remote-hosts: [10.0.0.9], max-open-retries: 0, threshold: 1, "
                             "max-associations: 2, open-interval: 10",
                             "");
    struct robot r;
    char text[128];

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "PARIS");
    r.takes_one = r.waits = true;
    for (unsigned i = 0; i < 5; i++)
        site_send(&p->a, &quiet);
    pair_advance(p, 35 * SECOND);
    assert_int_equal(site_events(&p->a, 289), 4); /* one each 10 s */
    assert_int_equal(r.opened, 1);
    assert_int_equal(site_reports(&p->a), 0);
    assert_int_equal(site_queued(&p->a), 5);
    assert_string_equal(site_connector(&p->a, "state", text), "connected");
    robot_secure(&r);
    pair_advance(p, SECOND);
    assert_int_equal(r.received, 5);
    robot_shut(&r, &p);
}

/* A peer whose associations broke asks for each whether it goes on, and calls anew when it does
 * not. That is no attempt to guess who may call. */
static void ask_to_recover(struct pair *p)
{
    static const uint8_t cn[] = "\x0d\x2d\x05\x06\x16\x01\x03\x1a\x01\x00\x14\x02\x02\x49\xc1\x1f"
                                "\x31\x1d\xa0\x03\x80\x01\x00\xa1\x16\x80\x01\x01\x81\x01\x03\xa3"
                                "\x0b\xa1\x09\x14\x01"
                                "a\x17\x01"
                                "0\x14\x01"
                                "1\x84\x01\x0c";
    const struct stack_params params = {
        .initiator = true, .max_tpdu = 65531, .window = 1, .open_timeout_ms = MINUTE};
    struct sim_peer peer = {.io = sim_host(p->net, "10.0.0.9"), .deaf = true};

    assert_true(sim_peer_call(&peer, "10.0.0.2", &params, SLICE_NONE));
    pair_advance(p, SECOND);
    sim_peer_say(&peer, slice_make(cn, sizeof(cn) - 1));
    pair_advance(p, SECOND);
    sim_peer_free(&peer);
    pair_advance(p, SECOND);
}

static void test_recovery_is_no_failed_bind(void **state)
{
    static const char *const hosts[] = {"remote-hosts: [10.0.0.9]", "remote-hosts: [10.0.0.8]"};

    (void)state;
    for (unsigned stranger = 0; stranger < 2; stranger++) {
        const struct pair_options options = {.b_connector = hosts[stranger],
                                             .b_server = "bind-failures: 3"};
        struct pair *p = pair_new(&options);

        for (unsigned i = 1; i <= 4; i++) {
            ask_to_recover(p);
            assert_int_equal(site_events(&p->b, 1293), i);
        }
        assert_true(site_event_says(&p->b, 1293, "recover an old association"));
        assert_int_equal(site_events(&p->b, 20017), stranger);
        pair_free(&p);
    }
}

static void begin_transfer(struct pair *p, struct robot *r)
{
    robot_init(r, p->net, "10.0.0.9", "LONDON");
    robot_call(r, "10.0.0.2");
    pair_advance(p, SECOND);
    assert_int_equal(r->opened, 1);
    assert_int_equal(site_associations(&p->b), 1);
    r->supply = 5000;
    robot_transfer(r, 100000);
}

/* A sender that gives up while its message is becoming durable is told that it has arrived: else it
 * would send it again, or tell its originator that it has not. */
static void test_discard_comes_too_late(void **state)
{
    struct pair *p = pair_of("", "remote-hosts: [10.0.0.9]");
    struct robot r;

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "LONDON");
    robot_call(&r, "10.0.0.2");
    pair_advance(p, SECOND);
    r.supply = 1000;
    robot_transfer(&r, 1000);
    robot_discard(&r); /* right behind the end of the activity */
    pair_advance(p, SECOND);
    assert_true(r.completed);
    assert_string_equal(site_connector(&p->b, "received", (char[128]){""}), "1");
    robot_shut(&r, &p);
}

static void test_silence_in_a_reception(void **state)
{
    struct pair *p = pair_of("", "remote-hosts: [10.0.0.9], transfer-timeout-normal: 20");
    struct robot r;

    (void)state;
    begin_transfer(p, &r);
    pair_advance(p, 19 * SECOND);
    assert_int_equal(site_associations(&p->b), 1);
    pair_advance(p, 2 * SECOND);
    assert_int_equal(site_associations(&p->b), 0);
    assert_int_equal(r.closed, 1);
    assert_int_equal(site_events(&p->b, 20044), 1);
    assert_true(site_event_says(&p->b, 20044, "less than 1 KiB in 20 s"));
    robot_shut(&r, &p);
}

/* Slow is not silent: each KiB has its time. */
static void test_slow_reception(void **state)
{
    struct pair *p = pair_of("", "remote-hosts: [10.0.0.9], transfer-timeout-normal: 20");
    struct robot r;

    (void)state;
    begin_transfer(p, &r);
    for (unsigned i = 0; i < 6; i++) {
        pair_advance(p, 15 * SECOND);
        assert_int_equal(site_associations(&p->b), 1);
        r.supply = 4096;
        robot_go_on(&r);
    }
    assert_int_equal(site_events(&p->b, 20044), 0);
    robot_shut(&r, &p);
}

/* ---- the limit over all connectors ----------------------------------------------------------- */

#define THIRD                                                                                      \
    "  ou=Site/cn=Configuration/cn=Connections/cn=third:\n"                                        \
    "    {stack: ou=Site/cn=Configuration/cn=Servers/cn=S/cn=TCP, remote-mta-name: ROME,\n"        \
    "     remote-hosts: [10.0.0.9], address-spaces: ['C=IT'],\n"                                   \
    "     remote-gdi: {country: IT, admd: ' ', prmd: ROMA}}\n"

static void test_server_limit_outgoing(void **state)
{
    const struct pair_options options = {.a_connector = "threshold: 1",
                                         .a_server = "max-associations: 2"};
    struct pair *p = pair_new(&options);

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 10);
    assert_int_equal(site_associations(&p->a), 2);
    assert_int_equal(site_events(&p->a, 20019), 1); /* told once */
    assert_true(site_event_says(&p->a, 20019, "limit of 2 associations"));
    assert_int_equal(x400_open_now(p->a.x400, p->a.connector), X4_EBUSY);
    pair_free(&p);
}

static void test_server_limit_incoming(void **state)
{
    const struct pair_options options = {.a_connector = "threshold: 1, open-interval: 5",
                                         .b_server = "max-associations: 1"};
    struct pair *p = pair_new(&options);

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_associations(&p->b), 1);
    assert_true(site_event_says(&p->b, 20019, "incoming"));
    pair_advance(p, 10 * SECOND);
    assert_int_equal(site_messages(&p->b), 10);
    pair_free(&p);
}

/* An association that is idle does not keep another connector waiting for its lifetime. */
static void test_server_limit_between_connectors(void **state)
{
    const struct pair_options options = {.a_server = "max-associations: 1", .a_more = THIRD};
    struct pair *p = pair_new(&options);
    struct robot r;

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "ROME");
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 1);
    site_send_to(&p->a, "/S=Carlo/PRMD=ROMA/ADMD= /C=IT/", &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(r.received, 1);
    assert_int_equal(site_associations(&p->a), 1);
    assert_int_equal(site_associations(&p->b), 0);
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 2);
    assert_int_equal(r.closed, 1);
    robot_shut(&r, &p);
}

/* ---- whose is an unknown recipient? ---------------------------------------------------------- */

#define HUB                                                                                        \
    "  ou=Site/cn=Configuration/cn=Connections/cn=hub:\n"                                          \
    "    {stack: ou=Site/cn=Configuration/cn=Servers/cn=S/cn=TCP, remote-mta-name: HUB,\n"         \
    "     remote-hosts: [10.0.0.9], address-spaces: ['C=*']}\n"

static unsigned sent_to_hub(const char *server, const char *to)
{
    const struct pair_options options = {.a_server = server, .a_more = HUB};
    struct pair *p = pair_new(&options);
    unsigned received;
    struct robot r;

    robot_init(&r, p->net, "10.0.0.9", "HUB");
    site_send_to(&p->a, to, &quiet);
    pair_advance(p, SECOND);
    received = r.received;
    assert_int_equal(site_reports(&p->a), received == 0);
    if (!received)
        assert_true(site_event_says(&p->a, 142, "share-address-space is false"));
    robot_shut(&r, &p);
    return received;
}

static void test_unknown_recipient(void **state)
{
    static const char nobody[] = "/S=Nobody/PRMD=ACME/ADMD= /C=GB/";

    (void)state;
    assert_int_equal(sent_to_hub("", nobody), 0);
    assert_int_equal(sent_to_hub("share-address-space: true", nobody), 1);
    /* not of the mailboxes' own kind */
    assert_int_equal(sent_to_hub("", "/S=Nobody/O=Else/PRMD=ACME/ADMD= /C=GB/"), 1);
    assert_int_equal(sent_to_hub("", "/S=Nobody/PRMD=ELSE/ADMD= /C=GB/"), 1);
    assert_int_equal(sent_to_hub("", "/DD.FAX=123/PRMD=ACME/ADMD= /C=GB/"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tpdu_size_is_offered),
        cmocka_unit_test(test_peer_that_aborts_is_given_time),
        cmocka_unit_test(test_message_that_breaks_the_association),
        cmocka_unit_test(test_refused_associations_besides_an_open_one),
        cmocka_unit_test(test_recovery_is_no_failed_bind),
        cmocka_unit_test(test_checkpoint_size_is_chosen),
        cmocka_unit_test(test_no_bind_result),
        cmocka_unit_test(test_peer_without_checkpoints),
        cmocka_unit_test(test_discard_comes_too_late),
        cmocka_unit_test(test_silence_in_a_reception),
        cmocka_unit_test(test_broken_connection),
        cmocka_unit_test(test_slow_reception),
        cmocka_unit_test(test_unknown_recipient),
        cmocka_unit_test(test_server_limit_outgoing),
        cmocka_unit_test(test_server_limit_incoming),
        cmocka_unit_test(test_server_limit_between_connectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
