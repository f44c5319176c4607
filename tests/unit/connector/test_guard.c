/* SPDX-License-Identifier: Apache-2.0 */
/* Calls from strangers, by the numbers. */
#include "connector/x400/guard.h"

#include "base/error.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, TICKETS = 64 };

static const struct guard_limits usual = {.connections = 20,
                                          .unbound = 6,
                                          .source_unbound = 3,
                                          .failures = 2,
                                          .block_ms = 10 * SECOND,
                                          .block_max_ms = 60 * SECOND};

struct gate {
    struct guard *guard;
    struct guard_ticket ticket[TICKETS];
    unsigned count;
    struct guard_verdict last;
    int64_t now;
};

static struct gate *gate_new(void)
{
    static struct gate gate;

    memset(&gate, 0, sizeof(gate));
    gate.guard = guard_new(1);
    gate.now = MINUTE;
    guard_set_limits(gate.guard, &usual);
    return &gate;
}

static void hang_up(struct gate *g, struct guard_ticket *t)
{
    guard_end(g->guard, t);
    t->source = NULL;
}

static void gate_free(struct gate *g)
{
    for (unsigned i = 0; i < g->count; i++)
        hang_up(g, &g->ticket[i]);
    guard_free(&g->guard);
}

/* The ticket of the call, NULL: it was not taken. Who has to make room is hung up. */
static struct guard_ticket *call_as(struct gate *g, const char *from, unsigned expected)
{
    struct guard_ticket *t = &g->ticket[g->count];
    struct io_addr remote;
    struct guard_call call = {.remote = &remote, .expected = expected, .now = g->now};

    assert_true(g->count < TICKETS);
    assert_int_equal(io_addr_parse(from, 4711, &remote), X4_OK);
    for (unsigned i = 0; i < g->count; i++)
        call.connections += g->ticket[i].source != NULL;
    guard_call(g->guard, &call, &g->last);
    if (g->last.evict)
        hang_up(g, g->last.evict);
    if (!g->last.take)
        return NULL;
    guard_take(g->guard, &call, &g->last, t);
    g->count++;
    return t;
}

static struct guard_ticket *call(struct gate *g, const char *from)
{
    return call_as(g, from, 0);
}

static struct guard_counters count(const struct gate *g)
{
    struct guard_counters n;

    guard_count(g->guard, g->now, &n);
    return n;
}

/* A call whose bind fails. The block that follows. */
static int64_t bind_badly(struct gate *g, const char *from)
{
    struct guard_ticket *t = call(g, from);
    int64_t block;

    assert_non_null(t);
    block = guard_failed(g->guard, t, g->now);
    hang_up(g, t);
    g->count--;
    return block;
}

/* ---- connections ----------------------------------------------------------------------------- */

static void one_source_is_limited_alone(void **state)
{
    struct gate *g = gate_new();

    (void)state;
    for (unsigned i = 0; i < usual.source_unbound; i++)
        assert_non_null(call(g, "192.0.2.1"));
    for (int i = 0; i < 5; i++) {
        assert_null(call(g, "192.0.2.1"));
        assert_int_equal(g->last.limit, GUARD_SOURCE_UNBOUND);
        assert_int_equal(g->last.value, usual.source_unbound);
        assert_int_equal(g->last.tell, i == 0); /* told once */
    }
    assert_non_null(call(g, "192.0.2.2"));
    assert_false(g->last.acts);
    assert_int_equal(count(g).acted[GUARD_SOURCE_UNBOUND], 5);
    assert_int_equal(count(g).unbound, 4);
    gate_free(g);
}

/* Behind one address is a cluster, or a whole network: each of its members may call. */
static void peers_that_share_a_source_may_all_call(void **state)
{
    enum { EXPECTED = 10 };
    struct gate *g = gate_new();

    (void)state;
    for (unsigned i = 0; i < usual.source_unbound; i++)
        assert_non_null(call(g, "2001:db8::1"));
    assert_null(call(g, "2001:db8::1"));
    for (unsigned i = 0; i < EXPECTED; i++) /* nor are strangers of their network in the way */
        assert_non_null(call_as(g, "2001:db8::2", EXPECTED));
    assert_null(call_as(g, "2001:db8::2", EXPECTED));
    assert_int_equal(g->last.limit, GUARD_SOURCE_UNBOUND);
    assert_int_equal(g->last.value, EXPECTED);
    hang_up(g, &g->ticket[usual.source_unbound]);
    assert_non_null(call_as(g, "2001:db8::2", EXPECTED));
    assert_null(call(g, "2001:db8::1"));
    assert_int_equal(count(g).unbound, usual.source_unbound + EXPECTED);
    for (unsigned i = 0; i < usual.source_unbound; i++) /* never less than a stranger */
        assert_non_null(call_as(g, "192.0.2.1", 1));
    assert_null(call_as(g, "192.0.2.1", 1));
    gate_free(g);
}

static void a_bind_makes_room(void **state)
{
    struct gate *g = gate_new();

    (void)state;
    for (int i = 0; i < 10; i++) {
        struct guard_ticket *t = call(g, "192.0.2.1");

        assert_non_null(t);
        guard_bound(g->guard, t);
    }
    assert_int_equal(count(g).unbound, 0);
    assert_int_equal(count(g).sources, 1);
    gate_free(g);
}

static void the_oldest_stranger_gives_way(void **state)
{
    struct gate *g = gate_new();
    char from[32];

    (void)state;
    for (unsigned i = 0; i < usual.unbound; i++) {
        snprintf(from, sizeof(from), "192.0.2.%u", i);
        assert_non_null(call(g, from));
    }
    assert_non_null(call(g, "192.0.2.100"));
    assert_true(g->last.acts && g->last.tell);
    assert_int_equal(g->last.limit, GUARD_UNBOUND);
    assert_ptr_equal(g->last.evict, &g->ticket[0]);
    assert_non_null(call(g, "192.0.2.101"));
    assert_true(g->last.acts);
    assert_false(g->last.tell);
    assert_ptr_equal(g->last.evict, &g->ticket[1]);
    assert_int_equal(count(g).unbound, usual.unbound);
    assert_int_equal(count(g).acted[GUARD_UNBOUND], 2);
    gate_free(g);
}

static void known_peers_are_not_among_the_strangers(void **state)
{
    struct gate *g = gate_new();
    char from[32];

    (void)state;
    assert_non_null(call_as(g, "198.51.100.1", 1));
    for (unsigned i = 0; i < 2 * usual.unbound; i++) {
        snprintf(from, sizeof(from), "192.0.2.%u", i);
        assert_non_null(call(g, from));
        assert_ptr_not_equal(g->last.evict, &g->ticket[0]);
    }
    assert_non_null(call_as(g, "198.51.100.2", 1));
    assert_null(g->last.evict);
    gate_free(g);
}

static void all_connections_are_limited(void **state)
{
    struct gate *g = gate_new();

    (void)state;
    for (unsigned i = 0; i < usual.connections; i++)
        guard_bound(g->guard, call(g, "192.0.2.1"));
    for (int i = 0; i < 3; i++) {
        assert_null(call_as(g, "198.51.100.1", 1));
        assert_int_equal(g->last.limit, GUARD_CONNECTIONS);
        assert_int_equal(g->last.tell, i == 0);
    }
    hang_up(g, &g->ticket[3]);
    assert_non_null(call(g, "192.0.2.9"));
    gate_free(g);
}

static void an_episode_ends(void **state)
{
    struct gate *g = gate_new();

    (void)state;
    for (unsigned i = 0; i < usual.source_unbound; i++)
        call(g, "192.0.2.1");
    for (int i = 0; i < 10; i++) { /* goes on: told once */
        g->now += 30 * SECOND;
        assert_null(call(g, "192.0.2.1"));
        assert_int_equal(g->last.tell, i == 0);
    }
    g->now += 2 * MINUTE;
    assert_null(call(g, "192.0.2.1"));
    assert_true(g->last.tell);
    gate_free(g);
}

/* ---- failed binds ---------------------------------------------------------------------------- */

static void blocks_grow_to_the_longest(void **state)
{
    static const int64_t seconds[] = {0, 0, 10, 20, 40, 60, 60};
    struct gate *g = gate_new();

    (void)state;
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        int64_t block = bind_badly(g, "192.0.2.1");

        assert_int_equal(block, seconds[i] * SECOND);
        if (!block)
            continue;
        assert_null(call(g, "192.0.2.1"));
        assert_int_equal(g->last.limit, GUARD_FAILED_BINDS);
        assert_false(g->last.tell); /* guard_failed() did */
        assert_int_equal(g->last.value, block);
        assert_int_equal(count(g).blocked, 1);
        assert_non_null(call(g, "192.0.2.2")); /* others are not meant */
        g->now += block;
        assert_int_equal(count(g).blocked, 0);
        g->count--;
        hang_up(g, &g->ticket[g->count]);
    }
    assert_int_equal(count(g).failed_binds, 7);
    gate_free(g);
}

/* Several calls may be under way when the block begins: they do not lengthen it. */
static void failures_within_a_block_do_not_count_twice(void **state)
{
    struct gate *g = gate_new();
    struct guard_ticket *t[3];

    (void)state;
    bind_badly(g, "192.0.2.1");
    bind_badly(g, "192.0.2.1");
    for (int i = 0; i < 3; i++)
        t[i] = call(g, "192.0.2.1");
    assert_int_equal(guard_failed(g->guard, t[0], g->now), 10 * SECOND);
    assert_int_equal(guard_failed(g->guard, t[1], g->now), 0);
    assert_int_equal(guard_failed(g->guard, t[2], g->now), 0);
    gate_free(g);
}

static void time_and_success_are_forgiving(void **state)
{
    struct gate *g = gate_new();

    (void)state;
    for (int i = 0; i < 3; i++)
        bind_badly(g, "192.0.2.1");
    g->now += 10 * SECOND + 2 * 10 * SECOND; /* the block, and twice its length */
    assert_int_equal(bind_badly(g, "192.0.2.1"), 0);

    bind_badly(g, "192.0.2.1");
    guard_bound(g->guard, call(g, "192.0.2.1"));
    assert_int_equal(bind_badly(g, "192.0.2.1"), 0);
    assert_int_equal(bind_badly(g, "192.0.2.1"), 0);
    assert_int_equal(bind_badly(g, "192.0.2.1"), 10 * SECOND);

    guard_forgive(g->guard);
    assert_int_equal(bind_badly(g, "192.0.2.1"), 0);
    gate_free(g);
}

static void zero_blocks_nobody(void **state)
{
    struct guard_limits limits = usual;
    struct gate *g = gate_new();

    (void)state;
    limits.failures = 0;
    guard_set_limits(g->guard, &limits);
    for (int i = 0; i < 100; i++)
        assert_int_equal(bind_badly(g, "192.0.2.1"), 0);
    gate_free(g);
}

/* ---- sources --------------------------------------------------------------------------------- */

static void an_ipv6_network_is_one_source(void **state)
{
    static const char *const spellings[] = {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9",
                                            "2001:db8:1:2:1:2:3:4"};
    struct gate *g = gate_new();
    char text[IO_ADDR_TEXT];

    (void)state;
    for (unsigned i = 0; i < usual.source_unbound; i++)
        assert_non_null(call(g, spellings[i]));
    guard_source_print(&g->ticket[1], text);
    assert_string_equal(text, "2001:db8:1:2::/64");
    assert_null(call(g, "2001:db8:1:2::77"));
    assert_non_null(call(g, "2001:db8:1:3::1"));
    gate_free(g);
}

static void an_ipv4_address_is_one_in_both_spellings(void **state)
{
    struct gate *g = gate_new();
    char text[IO_ADDR_TEXT];

    (void)state;
    call(g, "192.0.2.1");
    call(g, "::ffff:192.0.2.1");
    guard_source_print(&g->ticket[1], text);
    assert_string_equal(text, "192.0.2.1");
    assert_int_equal(count(g).sources, 1);
    call(g, "::ffff:192.0.2.2"); /* and the mapped ones are not one network */
    assert_int_equal(count(g).sources, 2);
    gate_free(g);
}

static void memory_of_sources_is_limited(void **state)
{
    struct gate *g = gate_new();
    struct guard_ticket *kept;
    char from[IO_ADDR_TEXT];

    (void)state;
    for (int i = 0; i < 3; i++)
        bind_badly(g, "198.51.100.1"); /* blocked, but longest not heard of */
    kept = call(g, "198.51.100.2");
    for (unsigned i = 0; i < LIMIT_SOURCES + 10; i++) {
        snprintf(from, sizeof(from), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        bind_badly(g, from);
    }
    assert_int_equal(count(g).sources, LIMIT_SOURCES);
    assert_int_equal(count(g).blocked, 0);
    guard_source_print(kept, from); /* who has a connection stays */
    assert_string_equal(from, "198.51.100.2");
    gate_free(g);
}

static void strangers_do_not_fill_the_log(void **state)
{
    struct gate *g = gate_new();
    unsigned told = 0;

    (void)state;
    for (int i = 0; i < 10000; i++)
        told += guard_may_tell(g->guard, g->now);
    assert_int_equal(told, 100);
    assert_int_equal(count(g).untold, 9900);
    g->now += 5 * SECOND;
    for (int i = 0; i < 100; i++)
        told += guard_may_tell(g->guard, g->now);
    assert_int_equal(told, 105);
    gate_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_source_is_limited_alone),
        cmocka_unit_test(peers_that_share_a_source_may_all_call),
        cmocka_unit_test(a_bind_makes_room),
        cmocka_unit_test(the_oldest_stranger_gives_way),
        cmocka_unit_test(known_peers_are_not_among_the_strangers),
        cmocka_unit_test(all_connections_are_limited),
        cmocka_unit_test(an_episode_ends),
        cmocka_unit_test(blocks_grow_to_the_longest),
        cmocka_unit_test(failures_within_a_block_do_not_count_twice),
        cmocka_unit_test(time_and_success_are_forgiving),
        cmocka_unit_test(zero_blocks_nobody),
        cmocka_unit_test(an_ipv6_network_is_one_source),
        cmocka_unit_test(an_ipv4_address_is_one_in_both_spellings),
        cmocka_unit_test(memory_of_sources_is_limited),
        cmocka_unit_test(strangers_do_not_fill_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
