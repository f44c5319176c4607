/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "io/io.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct io_addr addr(const char *text)
{
    struct io_addr a;

    if (io_addr_parse(text, 102, &a))
        fail_msg("%s does not parse", text);
    return a;
}

static void prints_canonically(void **state)
{
    static const struct {
        const char *in;
        const char *bare;
        const char *with_port;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", "192.0.2.1:102"},
        {"0.0.0.0", "0.0.0.0", "0.0.0.0:102"},
        {"::", "::", "[::]:102"},
        {"2001:DB8:0:0::1", "2001:db8::1", "[2001:db8::1]:102"},
        {"[2001:db8::1]", "2001:db8::1", "[2001:db8::1]:102"},
        {"::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1:102"},
        {"2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:6666",
         "[2001:db8:1111:2222:3333:4444:5555:6666]:102"},
    };
    char text[IO_ADDR_TEXT];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct io_addr a = addr(cases[i].in);

        io_addr_print(&a, false, text);
        assert_string_equal(text, cases[i].bare);
        io_addr_print(&a, true, text);
        assert_string_equal(text, cases[i].with_port);
        assert_int_equal(io_addr_port(&a), 102);
    }
}

static void prints_what_is_no_address(void **state)
{
    struct io_addr a = {.u.any.sa_family = AF_UNSPEC};
    char text[IO_ADDR_TEXT];

    (void)state;
    io_addr_print(&a, true, text);
    assert_string_equal(text, "(no address)");
    assert_int_equal(io_addr_port(&a), 0);
}

static void refuses_what_is_no_literal(void **state)
{
    static const char *const bad[] = {
        "",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1 ",
        " 192.0.2.1",
        "192.0.2.1:102",
        "mx.test",
        "[192.0.2.1]",
        "[]",
        "[2001:db8::1",
        "2001:db8::1]",
        ":::",
        "1::2::3",
        "12345::",
        "192.000.002.0001",
        "2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa",
    };
    struct io_addr a;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (io_addr_parse(bad[i], 1, &a) != X4_ESYNTAX)
            fail_msg("\"%s\" parses", bad[i]);
    }
}

static void compares_hosts(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool same;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "::ffff:192.0.2.1", true},
        {"::1", "0:0:0:0:0:0:0:1", true},
        {"::1", "127.0.0.1", false},
        {"::192.0.2.1", "192.0.2.1", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct io_addr a = addr(cases[i].a);
        struct io_addr b = addr(cases[i].b);

        b.u.v4.sin_port = htons(7); /* the port is no part of the host */
        if (io_addr_same_host(&a, &b) != cases[i].same ||
            io_addr_same_host(&b, &a) != cases[i].same)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
    }
}

static void no_address_is_nobody(void **state)
{
    struct io_addr none = {.u.any.sa_family = AF_UNSPEC};
    struct io_prefix everybody;

    (void)state;
    assert_false(io_addr_same_host(&none, &none));
    assert_int_equal(io_prefix_parse("::/0", &everybody), X4_OK);
    assert_false(io_prefix_holds(&everybody, &none));
}

static void matches_prefixes(void **state)
{
    static const struct {
        const char *prefix;
        const char *addr;
        bool holds;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.3", false},
        {"192.0.2.1/32", "192.0.2.0", false},
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.1.2.3/8", "10.9.9.9", true}, /* octets behind the prefix do not count */
        {"192.0.2.128/25", "192.0.2.129", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.4/31", "192.0.2.5", true},
        {"192.0.2.4/31", "192.0.2.6", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false}, /* every IPv4 host, and no other */
        {"::/0", "2001:db8::1", true},
        {"::/0", "203.0.113.9", true},
        {"2001:db8::/32", "2001:db8:ffff::1", true},
        {"2001:db8::/32", "2001:db9::1", false},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"[2001:db8::1]", "2001:db8::1", true},
        {"2001:db8::1/128", "2001:db8::2", false},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"::ffff:10.0.0.0/104", "10.1.2.3", true},
        {"::ffff:10.0.0.0/104", "11.1.2.3", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct io_addr a = addr(cases[i].addr);
        struct io_prefix prefix;

        assert_int_equal(io_prefix_parse(cases[i].prefix, &prefix), X4_OK);
        if (io_prefix_holds(&prefix, &a) != cases[i].holds)
            fail_msg("%s in %s", cases[i].addr, cases[i].prefix);
    }
}

static void refuses_bad_prefixes(void **state)
{
    static const char *const bad[] = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8x",
        "10.0.0.0/08",
        "10.0.0.0/ 8",
        "10.0.0.0/8/8",
        "2001:db8::/129",
        "host/8",
        "10.0.0.0/+8",
        "10.0.0.0/4294967304",
    };
    struct io_prefix prefix;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (io_prefix_parse(bad[i], &prefix) != X4_ESYNTAX)
            fail_msg("\"%s\" parses", bad[i]);
    }
}

static void finds_the_network_of_a_host(void **state)
{
    static const char *const cases[][2] = {
        {"192.0.2.7", "192.0.2.7"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
        {"2001:db8:1:2::", "2001:db8:1:2::"},
        {"::1", "::"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[IO_ADDR_TEXT];
        struct io_addr addr;
        struct io_addr network;

        assert_int_equal(io_addr_parse(cases[i][0], 102, &addr), X4_OK);
        memset(&network, 0xff, sizeof(network));
        io_addr_network(&addr, &network);
        io_addr_print(&network, true, text);
        assert_memory_equal(text + (text[0] == '['), cases[i][1], strlen(cases[i][1]));
        assert_int_equal(io_addr_port(&network), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_canonically),         cmocka_unit_test(prints_what_is_no_address),
        cmocka_unit_test(refuses_what_is_no_literal), cmocka_unit_test(compares_hosts),
        cmocka_unit_test(no_address_is_nobody),       cmocka_unit_test(matches_prefixes),
        cmocka_unit_test(refuses_bad_prefixes),       cmocka_unit_test(finds_the_network_of_a_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
