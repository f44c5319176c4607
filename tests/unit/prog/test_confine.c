/* SPDX-License-Identifier: Apache-2.0 */
/* What a confined process can still do. Each act is done by a child that is confined first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "prog/x400d/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENDED = -1, PAGE = 4096, NOT_CONFINED = 200 };

/* ---- acts: 0 when done, else errno ----------------------------------------------------------- */

static int of(long result)
{
    return result < 0 ? errno : 0;
}

static int act_open_file(void)
{
    return of(open("/dev/null", O_RDWR | O_CLOEXEC));
}

static int act_tcp(void)
{
    return of(socket(AF_INET6, SOCK_STREAM, 0));
}

static int act_packet_socket(void)
{
    return of(socket(AF_PACKET, SOCK_RAW, 0));
}

static void *do_nothing(void *ctx)
{
    return ctx;
}

static int act_thread(void)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, do_nothing, NULL);

    return error ? error : pthread_join(thread, NULL);
}

static int act_nonblock(void)
{
    int on = 1;
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    /* The device may not know the request: the filter let it pass all the same. */
    return ioctl(fd, FIONBIO, &on) < 0 && errno == EPERM ? EPERM : 0;
}

static int act_type_into_terminal(void)
{
    return of(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

static int map(int protection)
{
    return mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno
                                                                                          : 0;
}

static int act_map_data(void)
{
    return map(PROT_READ | PROT_WRITE);
}

static int act_map_code(void)
{
    return map(PROT_READ | PROT_EXEC);
}

static int act_map_written_code(void)
{
    return map(PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int act_make_code(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return of(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
}

static int act_unlisted(void)
{
    return of(syscall(SYS_inotify_init1, 0));
}

static int act_io_uring(void)
{
    return of(syscall(SYS_io_uring_setup, 1, NULL));
}

static int act_abort(void)
{
    return of(syscall(SYS_tgkill, getpid(), gettid(), 0));
}

static int act_raise_file_limit(void)
{
    const struct rlimit limit = {100, 100};

    return of(setrlimit(RLIMIT_NOFILE, &limit));
}

static int act_execute(void)
{
    char *const none[] = {NULL};

    return of(execve("/bin/true", none, none));
}

static int act_fork(void)
{
    return of(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int act_trace(void)
{
    return of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int act_kill(void)
{
    return of(kill(getppid(), 0));
}

static int act_become_root(void)
{
    return of(syscall(SYS_setuid, 0));
}

static int act_mount(void)
{
    return of(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
}

struct act {
    const char *name;
    int (*fn)(void);
    int outcome; /* errno, or ENDED: by SIGSYS, with a line on stderr */
};

static const struct act acts[] = {
    {"a file is opened", act_open_file, 0},
    {"a TCP socket is made", act_tcp, 0},
    {"a packet socket is refused", act_packet_socket, EPERM},
    {"a thread is started", act_thread, 0},
    {"a socket's mode is set", act_nonblock, 0},
    {"nothing is typed into a terminal", act_type_into_terminal, EPERM},
    {"memory is mapped", act_map_data, 0},
    {"a library is mapped", act_map_code, 0},
    {"memory that is written is not executed", act_map_written_code, EPERM},
    {"data does not become code", act_make_code, EPERM},
    {"an unlisted call is refused", act_unlisted, EPERM},
    {"io_uring is not there", act_io_uring, ENOSYS},
    {"abort() is possible", act_abort, 0},
    {"a limit is not changed", act_raise_file_limit, EPERM},
    {"a program is not executed", act_execute, ENDED},
    {"no process is made", act_fork, ENDED},
    {"nobody is traced", act_trace, ENDED},
    {"nobody is killed", act_kill, ENDED},
    {"the user stays", act_become_root, ENDED},
    {"nothing is mounted", act_mount, ENDED},
};

/* ---- the child ------------------------------------------------------------------------------- */

static _Noreturn void be_child(const struct act *act, int err)
{
    char text[256];

    dup2(err, STDERR_FILENO);
    confine_memory(false);
    if (confine_calls(text, sizeof(text)) != X4_OK) {
        dprintf(STDERR_FILENO, "%s\n", text);
        _exit(NOT_CONFINED);
    }
    _exit(act->fn());
}

/* What the child wrote to stderr. */
static void read_all(int fd, char *text, size_t size)
{
    size_t len = 0;
    ssize_t n;

    while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
        len += (size_t)n;
    text[len] = '\0';
}

static int outcome_of(const struct act *act, char *text, size_t size)
{
    int ends[2];
    int status = 0;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        be_child(act, ends[1]);
    close(ends[1]);
    read_all(ends[0], text, size);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGSYS);
        assert_false(WCOREDUMP(status));
        return ENDED;
    }
    return WEXITSTATUS(status);
}

static void test_acts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        char text[512];
        int outcome = outcome_of(&acts[i], text, sizeof(text));

        if (outcome != acts[i].outcome)
            print_error("%s: %d (%s), not %d: %s\n", acts[i].name, outcome, strerror(outcome),
                        acts[i].outcome, text);
        assert_int_equal(outcome, acts[i].outcome);
        assert_true((outcome == ENDED) == (strstr(text, "x400d: ended: ") != NULL));
    }
}

static void test_the_call_is_named(void **state)
{
    const struct act act = {"", act_execute, ENDED};
    char expected[64];
    char text[512];

    (void)state;
    outcome_of(&act, text, sizeof(text));
    snprintf(expected, sizeof(expected), " system call %d, ", SYS_execve);
    assert_non_null(strstr(text, expected));
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void test_open_files(void **state)
{
    struct rlimit limit;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    confine_files(100);
    getrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(limit.rlim_cur, 100);
    confine_files(50); /* never lower */
    getrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(limit.rlim_cur, 100);
    confine_files(limit.rlim_max + 1);
    getrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(limit.rlim_cur, limit.rlim_max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acts),
        cmocka_unit_test(test_the_call_is_named),
        cmocka_unit_test(test_open_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
