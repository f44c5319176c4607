/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a peer leaves half done, in every state there is: it is waited for so long, and no
 * longer. LONDON is tested; PARIS is a puppet. */
#include "puppet.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000, HOUR = 3600 * SECOND, FOR_EVER = -1 };

/* Times that differ from each other. */
#define SERVER "open-timeout: 60, answer-timeout: 120"
#define CONNECTOR                                                                                  \
    "remote-port: 103, transfer-timeout-normal: 200, association-lifetime: 30, "                   \
    "disconnect-timeout: 40, open-interval: 100000, checkpoint-size: 512, window-size: 8, "        \
    "transfer-timeout-urgent: 15"

struct script {
    const char *name;
    bool responder;                 /* LONDON calls the puppet, with a letter of so many octets */
    const char *server, *connector; /* other attributes of LONDON's */
    size_t letter;
    size_t packets;
    int64_t drip_ms;
    bool deaf; /* does not read, once it has the bind */
    bool refuses_checkpoints, refuses_end, mute;
    bool no_association;            /* LONDON counts it as none: what ends is the connection */
    void (*then)(struct puppet *p); /* when all is settled */
    int64_t seconds;                /* from the last sign of life until LONDON closes */
    int event;                      /* that tells of it, 0: none */
};

/* ---- what it does next ----------------------------------------------------------------------- */

/* A TPKT of 1000 octets begins. */
static void half_a_packet(struct puppet *p)
{
    static const uint8_t head[] = {3, 0, 1000 >> 8, 1000 & 255, 2, 0xf0};

    assert_true(p->opened);
    puppet_say(p, head, sizeof(head));
}

/* A DT without end of TSDU. */
static void half_a_tsdu(struct puppet *p)
{
    static const uint8_t dt[] = {3, 0, 0, 9, 2, 0xf0, 0, 1, 0};

    assert_true(p->opened);
    puppet_say(p, dt, sizeof(dt));
}

/* One octet in ten seconds, of a packet that goes on for hours. */
static void a_dripping_packet(struct puppet *p)
{
    int64_t began;

    half_a_packet(p);
    began = p->mark_ms;
    while (site_associations(&p->pair->a) && sim_time(p->pair->net) < began + HOUR) {
        puppet_say(p, "", 1);
        pair_advance(p->pair, 10 * SECOND);
    }
    p->mark_ms = began;
}

/* A packet goes on with a KiB in so many seconds: never long enough without one for the other
 * limit, which is 200 s. */
static void a_slow_packet(struct puppet *p, int64_t seconds_per_kib)
{
    static const uint8_t more[1024], head[] = {3, 0, 0xff, 0xff, 2, 0xf0};
    int64_t began;

    assert_true(p->opened);
    puppet_say(p, head, sizeof(head));
    began = p->mark_ms;
    for (int kib = 0; kib < 60 && site_associations(&p->pair->a); kib++) {
        puppet_say(p, more, sizeof(more));
        for (int64_t s = 0; s < seconds_per_kib && site_associations(&p->pair->a); s++)
            pair_advance(p->pair, SECOND);
    }
    p->mark_ms = began;
}

static void ten_octets_a_second(struct puppet *p)
{
    a_slow_packet(p, 100);
}

static void thirty_octets_a_second(struct puppet *p)
{
    a_slow_packet(p, 34);
    assert_int_equal(site_associations(&p->pair->a), 1); /* after more than half an hour */
}

static void half_an_activity(struct puppet *p)
{
    p->segments = 1;
    puppet_transfer(p);
}

static void activity_without_data(struct puppet *p)
{
    puppet_transfer(p);
}

/* Its stack sends what it has to one octet at a time. */
static void a_dripping_activity(struct puppet *p)
{
    p->packets = 1; /* the activity start */
    p->drip_ms = 10 * SECOND;
    p->segments = 10;
    puppet_transfer(p);
}

static void a_tsdu_too_long_for_a_stranger(struct puppet *p)
{
    static const uint8_t cr[] = {3, 0, 0, 11, 6, 0xe0, 0, 0, 0, 1, 0};
    static uint8_t dt[4096] = {3, 0, 4096 >> 8, 0, 2, 0xf0, 0};

    stack_free(&p->stack);
    puppet_say(p, cr, sizeof(cr));
    for (int i = 0; i < 17 && p->conn; i++) {
        puppet_say(p, dt, sizeof(dt));
        pair_settle(p->pair);
    }
}

static const struct script scripts[] = {
    /* before the association: one time for all of it */
    {.name = "TCP and no octet", .packets = 0, .seconds = 60, .event = 1294},
    {.name = "CR by octets", .drip_ms = 5 * SECOND, .seconds = 60, .event = 1294},
    {.name = "CR and no CN", .packets = 1, .seconds = 60, .event = 1294},
    {.name = "CN by octets", .packets = 1, .drip_ms = 5 * SECOND, .seconds = 60, .event = 1294},
    {.name = "a CN that never ends",
     .then = a_tsdu_too_long_for_a_stranger,
     .seconds = 0,
     .event = 1294},
    {.name = "no CC", .responder = true, .letter = 100, .seconds = 60, .event = 1290},
    {.name = "CC by octets",
     .responder = true,
     .letter = 100,
     .drip_ms = 10 * SECOND,
     .seconds = 60,
     .event = 1290},
    {.name = "no AC", .responder = true, .letter = 100, .packets = 1, .seconds = 60, .event = 1290},

    {.name = "refused, and the line stays",
     .connector = ", remote-mta-password: other",
     .packets = 2,
     .no_association = true,
     .seconds = 0,
     .event = 48},

    /* open, and nothing is under way: the caller may keep it */
    {.name = "idle", .packets = PUPPET_ALL, .seconds = FOR_EVER},
    {.name = "half a TPKT",
     .packets = PUPPET_ALL,
     .then = half_a_packet,
     .seconds = 200,
     .event = 20044},
    {.name = "half a TSDU",
     .packets = PUPPET_ALL,
     .then = half_a_tsdu,
     .seconds = 200,
     .event = 20044},
    {.name = "a TPKT by octets",
     .packets = PUPPET_ALL,
     .then = a_dripping_packet,
     .seconds = 200,
     .event = 20044},

    {.name = "a slow TPKT",
     .packets = PUPPET_ALL,
     .then = ten_octets_a_second,
     .seconds = 300,
     .event = 20048},
    {.name = "a TPKT that is fast enough until it stops",
     .packets = PUPPET_ALL,
     .then = thirty_octets_a_second,
     .seconds = 54 * 34 + 300, /* the last 5 minutes began with the 55th KiB */
     .event = 20048},
    {.name = "a slow TPKT where no rate is asked for",
     .server = ", minimum-rate: 0",
     .packets = PUPPET_ALL,
     .then = ten_octets_a_second,
     .seconds = FOR_EVER},

    /* it sends */
    {.name = "activity without data",
     .packets = PUPPET_ALL,
     .then = activity_without_data,
     .seconds = 200,
     .event = 20044},
    {.name = "half an activity",
     .packets = PUPPET_ALL,
     .then = half_an_activity,
     .seconds = 200,
     .event = 20044},
    {.name = "an activity by octets",
     .packets = PUPPET_ALL,
     .then = a_dripping_activity,
     .seconds = 200,
     .event = 20044},

    /* it is sent to */
    {.name = "nothing is read",
     .responder = true,
     .letter = 3000 * 1000,
     .packets = PUPPET_ALL,
     .deaf = true,
     .seconds = 120,
     .event = 20045},
    {.name = "no checkpoint is confirmed",
     .responder = true,
     .letter = 9000,
     .packets = PUPPET_ALL,
     .refuses_checkpoints = true,
     .seconds = 120,
     .event = 1294},
    {.name = "the end is not acknowledged",
     .responder = true,
     .letter = 100,
     .packets = PUPPET_ALL,
     .refuses_end = true,
     .seconds = 120,
     .event = 1294},

    /* it has taken all there is */
    {.name = "the release is not answered",
     .responder = true,
     .letter = 100,
     .packets = PUPPET_ALL,
     .mute = true,
     .seconds = 30 + 40, /* association-lifetime, disconnect-timeout */
     .event = 0},
};

/* ---- playing them ---------------------------------------------------------------------------- */

static void set_up(struct puppet *p, const struct script *s, struct pair *pair)
{
    *p = (struct puppet){.packets = s->packets,
                         .drip_ms = s->drip_ms,
                         .refuses_checkpoints = s->refuses_checkpoints,
                         .refuses_end = s->refuses_end,
                         .mute = s->mute,
                         .deaf = s->deaf,
                         .checkpoint_kib = s->deaf ? 512 : 1};
    if (s->responder) {
        const struct parcel letter = {.octets = s->letter};

        puppet_listen(p, pair);
        site_send(&pair->a, &letter);
    } else {
        puppet_call(p, pair);
    }
    pair_settle(pair);
    puppet_pump(p);
    pair_settle(pair);
}

static bool is_there(const struct script *s, const struct puppet *p)
{
    return s->no_association ? p->conn != NULL : site_associations(&p->pair->a) > 0;
}

static bool play(const struct script *s)
{
    char server[100], connector[400];
    const struct pair_options options = {
        .a_server = server, .a_connector = connector, .b_connector = "schedule: never"};
    struct pair *pair;
    struct puppet p;
    int64_t seconds = FOR_EVER;
    bool good;

    snprintf(server, sizeof(server), SERVER "%s", s->server ? s->server : "");
    snprintf(connector, sizeof(connector), CONNECTOR "%s", s->connector ? s->connector : "");
    pair = pair_new(&options);
    set_up(&p, s, pair);
    if (s->then)
        s->then(&p);
    while (is_there(s, &p) && sim_time(pair->net) < HOUR)
        pair_advance(pair, SECOND);
    if (!is_there(s, &p))
        seconds = (sim_time(pair->net) - p.mark_ms) / SECOND;
    /* Looked at once a second, and LONDON may notice a moment later that the puppet read something.
     */
    good = (seconds == s->seconds || (seconds == s->seconds + 1 && s->seconds > 0)) &&
           (!s->event || site_events(&pair->a, s->event) == 1);
    if (!good)
        print_error("%s: closed after %d s, not %d, with one event %d; what was told:\n%s\n",
                    s->name, (int)seconds, (int)s->seconds, s->event, pair->a.events);
    puppet_end(&p);
    pair_free(&pair);
    return good;
}

static void test_states(void **state)
{
    bool good = true;

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        good = play(&scripts[i]) && good;
    assert_true(good);
}

/* A peer confirms now and then, well before he would be given up, but the whole takes too long: the
 * transfer is discarded, the association stays. */
static void test_transfer_that_takes_too_long(void **state)
{
    enum { LIMIT = 15 * (9000 / 1024 + 1) };
    const struct pair_options options = {
        .a_server = SERVER, .a_connector = CONNECTOR, .b_connector = "schedule: never"};
    const struct parcel letter = {.octets = 9000, .priority = MTS_URGENT};
    struct pair *pair = pair_new(&options);
    struct puppet p = {.packets = PUPPET_ALL, .refuses_checkpoints = true, .checkpoint_kib = 1};
    int64_t began;

    (void)state;
    puppet_listen(&p, pair);
    site_send(&pair->a, &letter);
    pair_settle(pair);
    began = p.mark_ms;
    while (!site_events(&pair->a, 20025) && sim_time(pair->net) < HOUR) {
        pair_advance(pair, SECOND);
        if ((sim_time(pair->net) - began) / SECOND % 50 == 0)
            stack_checkpoint_secured(p.stack, p.checkpoint, sim_time(pair->net));
        puppet_pump(&p);
    }
    assert_int_equal((sim_time(pair->net) - began) / SECOND, LIMIT);
    assert_int_equal(site_events(&pair->a, 1294), 0);
    assert_int_equal(site_associations(&pair->a), 1);
    puppet_end(&p);
    pair_free(&pair);
}

/* Several peers begin TSDUs as long as they may be, and stop. Together they get what there is; who
 * has more than his share when it is used up is ended, and the others stay. */
static void test_memory_of_all(void **state)
{
    enum { PEERS = 6 };
    static uint8_t dt[65535] = {3, 0, 255, 255, 2, 0xf0, 0};
    const struct pair_options options = {.a_server = "receive-memory: 2, mta-password: own",
                                         .a_connector = CONNECTOR,
                                         .b_connector = "schedule: never"};
    struct pair *pair = pair_new(&options);
    struct puppet p[PEERS];
    unsigned left = 0;

    (void)state;
    for (int i = 0; i < PEERS; i++) {
        p[i] = (struct puppet){.packets = PUPPET_ALL, .checkpoint_kib = 1};
        puppet_call(&p[i], pair);
        pair_settle(pair);
        assert_true(p[i].opened);
    }
    for (int n = 0; n < 8; n++) {
        for (int i = 0; i < PEERS; i++) {
            if (p[i].conn)
                puppet_say(&p[i], dt, sizeof(dt));
            pair_settle(pair);
        }
    }
    for (int i = 0; i < PEERS; i++)
        left += p[i].conn != NULL;
    assert_true(left >= 2 && left < PEERS);
    assert_int_equal(site_associations(&pair->a), left);
    assert_int_equal(site_events(&pair->a, 20047), 1); /* however many had to go */
    for (int i = 0; i < PEERS; i++)
        puppet_end(&p[i]);
    pair_free(&pair);
}

/* Many peers begin at once what together would be too much: those for whom there is no room wait,
 * and nobody is ended. But they do not wait for ever, and then somebody has to go. */
static void test_room_for_those_who_began(void **state)
{
    enum { PEERS = 24 };
    static uint8_t dt[65535] = {3, 0, 255, 255, 2, 0xf0, 0};
    const struct pair_options options = {.a_server = "receive-memory: 2, mta-password: own",
                                         .a_connector = CONNECTOR ", max-associations: 30",
                                         .b_connector = "schedule: never"};
    struct pair *pair = pair_new(&options);
    struct puppet p[PEERS];

    (void)state;
    for (int i = 0; i < PEERS; i++) {
        p[i] = (struct puppet){.packets = PUPPET_ALL, .checkpoint_kib = 1};
        puppet_call(&p[i], pair);
        pair_settle(pair);
        assert_true(p[i].opened);
    }
    for (int i = 0; i < PEERS; i++) {
        puppet_say(&p[i], dt, sizeof(dt));
        pair_settle(pair);
    }
    pair_advance(pair, 9 * SECOND);
    assert_int_equal(site_associations(&pair->a), PEERS);
    assert_int_equal(site_events(&pair->a, 20047), 0);
    pair_advance(pair, 2 * SECOND);
    assert_true(site_associations(&pair->a) < PEERS);
    assert_int_equal(site_events(&pair->a, 20047), 1);
    for (int i = 0; i < PEERS; i++)
        puppet_end(&p[i]);
    pair_free(&pair);
}

/* Peers who begin and do not go on take the room for a while, but not for ever. */
static void test_room_is_not_taken_for_ever(void **state)
{
    enum { PEERS = 7 }; /* 256 KiB are set aside for each: more than three quarters */
    const struct parcel parcel = {.octets = 1000};
    const struct pair_options options = {.a_server = "receive-memory: 1, mta-password: own"};
    struct pair *pair = pair_new(&options);
    struct puppet p[PEERS];

    (void)state;
    site_send(&pair->b, &parcel);
    pair_advance(pair, SECOND);
    assert_int_equal(site_messages(&pair->a), 1); /* the association is open */
    for (int i = 0; i < PEERS; i++) {
        p[i] = (struct puppet){.packets = PUPPET_ALL, .checkpoint_kib = 1, .segments = 1};
        puppet_call(&p[i], pair);
        pair_settle(pair);
        assert_true(p[i].opened);
    }
    for (int i = 0; i < PEERS; i++) {
        puppet_transfer(&p[i]);
        pair_settle(pair);
    }
    site_send(&pair->b, &parcel);
    pair_advance(pair, 9 * SECOND);
    assert_int_equal(site_messages(&pair->a), 1);
    pair_advance(pair, 2 * SECOND);
    assert_int_equal(site_messages(&pair->a), 2);
    for (int i = 0; i < PEERS; i++)
        puppet_end(&p[i]);
    pair_advance(pair, SECOND); /* there is room again */
    site_send(&pair->b, &parcel);
    pair_advance(pair, SECOND);
    assert_int_equal(site_messages(&pair->a), 3);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states), cmocka_unit_test(test_transfer_that_takes_too_long),
        cmocka_unit_test(test_memory_of_all), cmocka_unit_test(test_room_for_those_who_began),
        cmocka_unit_test(test_room_is_not_taken_for_ever)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
