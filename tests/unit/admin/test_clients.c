/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of the API that ask for nothing, and those that are too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/admin_internal.h"
#include "fake_backend.h"
#include "http.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 10000, NOBODY = 65534, MANY = ADMIN_VIEWERS + 8 };

/* ---- time ------------------------------------------------------------------------------------ */

static _Atomic int64_t passed;

int64_t __real_admin_clock_ms(void);
int64_t __wrap_admin_clock_ms(void);

int64_t __wrap_admin_clock_ms(void)
{
    return __real_admin_clock_ms() + passed;
}

static int status_of(const struct fake_scene *s)
{
    struct http_answer answer;
    int status;

    http(s->socket, "GET /v1/status", "", SLICE_LIT(""), &answer);
    status = answer.status;
    http_free(&answer);
    return status;
}

static int client(const struct fake_scene *s, const char *says)
{
    int fd = http_connect(s->socket);

    assert_true(fd >= 0);
    assert_int_equal(send(fd, says, strlen(says), MSG_NOSIGNAL), strlen(says));
    return fd;
}

/* Does the server close within wait_ms? What it says before is passed over. */
static bool is_closed(int fd, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char octets[65536];

    while (poll(&p, 1, wait_ms) == 1) {
        if (recv(fd, octets, sizeof(octets), 0) <= 0)
            return true;
    }
    return false;
}

/* ---- silence --------------------------------------------------------------------------------- */

static void who_asks_nothing_is_sent_away(void **state)
{
    static const char *const said[] = {"", "G", "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n",
                                       "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n"};
    enum { SILENT = sizeof(said) / sizeof(said[0]) };
    struct fake_scene *s = *state;
    int fd[SILENT];

    for (int i = 0; i < SILENT; i++)
        fd[i] = client(s, said[i]);
    assert_int_equal(status_of(s), 200);
    for (int i = 0; i < SILENT; i++)
        assert_false(is_closed(fd[i], 50));
    passed += ADMIN_SILENT_MS + 1000;
    assert_int_equal(status_of(s), 200); /* which is looked at, too */
    for (int i = 0; i < SILENT; i++) {
        assert_true(is_closed(fd[i], WAIT_MS));
        close(fd[i]);
    }
}

static void who_waits_for_an_answer_stays(void **state)
{
    struct fake_scene *s = *state;
    int follower = client(s, "GET /v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");

    assert_int_equal(status_of(s), 200);
    passed += 10 * ADMIN_SILENT_MS;
    assert_int_equal(status_of(s), 200);
    assert_false(is_closed(follower, 100));
    close(follower);
}

/* ---- many of them ---------------------------------------------------------------------------- */

/* How many of them the server has closed, when it has closed enough or taken its time. */
static int count_closed(const int fd[MANY])
{
    bool closed[MANY] = {false};
    int count = 0;

    for (int left = WAIT_MS; left > 0 && count < MANY - ADMIN_VIEWERS; left--) {
        for (int i = 0; i < MANY; i++) {
            if (!closed[i] && is_closed(fd[i], 0)) {
                closed[i] = true;
                count++;
            }
        }
        poll(NULL, 0, 1);
    }
    for (int i = 0; i < MANY; i++) /* and no more than that */
        count += !closed[i] && is_closed(fd[i], 1);
    return count;
}

/* As nobody: MANY connections that are kept; how many the server closes. */
static int keep_many(const struct fake_scene *s, int ready, int leave)
{
    int fd[MANY];
    int refused;
    char c;

    if (setgid(NOBODY) || setuid(NOBODY))
        return -1;
    for (int i = 0; i < MANY; i++)
        fd[i] = http_connect(s->socket);
    refused = count_closed(fd);
    if (write(ready, "", 1) != 1 || read(leave, &c, 1) < 0)
        return -1;
    return refused;
}

static void viewers_leave_room_for_root(void **state)
{
    struct fake_scene *s = *state;
    char folder[64];
    int ready[2], leave[2], status;
    pid_t child;
    char c;

    if (geteuid() != 0)
        skip();
    snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(s->socket, '/') - s->socket), s->socket);
    assert_int_equal(chmod(folder, 0755) | chmod(s->socket, 0666), 0);
    assert_int_equal(pipe(ready) | pipe(leave), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(keep_many(s, ready[1], leave[0]));
    assert_int_equal(read(ready[0], &c, 1), 1);
    for (int i = 0; i < ADMIN_CONNECTIONS; i++)
        assert_int_equal(status_of(s), 200);
    assert_int_equal(write(leave[1], "", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), MANY - ADMIN_VIEWERS);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(leave[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_asks_nothing_is_sent_away, fake_scene_set_up,
                                        fake_scene_tear_down),
        cmocka_unit_test_setup_teardown(who_waits_for_an_answer_stays, fake_scene_set_up,
                                        fake_scene_tear_down),
        cmocka_unit_test_setup_teardown(viewers_leave_room_for_root, fake_scene_set_up,
                                        fake_scene_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
