/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of system calls, by libseccomp. */
#include "base/error.h"
#include "prog/x400d/confine.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- the end of an intruder ------------------------------------------------------------------ */

static size_t put_number(char *at, unsigned number)
{
    char digits[16];
    size_t n = 0;

    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    for (size_t i = 0; i < n; i++)
        at[i] = digits[n - 1 - i];
    return n;
}

/* In a signal handler nothing of stdio may be used. The return from it ends the process: the signal
 * is unblocked then, and has its default action. */
static void forbidden(int signum, siginfo_t *info, void *context)
{
    static const char head[] = "x400d: ended: it was made to make system call ";
    static const char tail[] = ", which it never does (scmp_sys_resolver names it)\n";
    char line[sizeof(head) + sizeof(tail) + 16];
    size_t n = sizeof(head) - 1;
    const struct sigaction fallback = {.sa_handler = SIG_DFL};
    ssize_t written;

    (void)context;
    memcpy(line, head, n);
    n += put_number(line + n, (unsigned)info->si_syscall);
    memcpy(line + n, tail, sizeof(tail) - 1);
    written = write(STDERR_FILENO, line, n + sizeof(tail) - 1);
    (void)written;
    sigaction(signum, &fallback, NULL);
    syscall(SYS_tgkill, getpid(), gettid(), signum);
}

static int catch_forbidden(void)
{
    struct sigaction action = {.sa_sigaction = forbidden, .sa_flags = SA_SIGINFO};

    sigemptyset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL);
}

/* ---- the filter ------------------------------------------------------------------------------ */

struct rule {
    int call;
    unsigned action;
};

#define ALLOW(name) {SCMP_SYS(name), SCMP_ACT_ALLOW},
#define FATAL(name) {SCMP_SYS(name), SCMP_ACT_TRAP},
static const struct rule rules[] = {
#include "prog/x400d/confine_calls.inc"
};
#undef ALLOW
#undef FATAL

/* Adds up failures, so that the caller asks once. */
struct filter {
    scmp_filter_ctx context;
    int error;
};

static void add(struct filter *f, unsigned action, int call, unsigned count,
                const struct scmp_arg_cmp *arguments)
{
    int error = seccomp_rule_add_array(f->context, action, call, count, arguments);

    if (error && !f->error)
        f->error = error;
}

static void add_when(struct filter *f, unsigned action, int call, struct scmp_arg_cmp argument)
{
    add(f, action, call, 1, &argument);
}

static void add_sockets(struct filter *f)
{
    static const unsigned families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, families[i]));
}

/* Of terminals only what stdio asks: nothing is typed into the terminal of who started us. */
static void add_ioctls(struct filter *f)
{
    static const unsigned requests[] = {FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ};

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, requests[i]));
}

/* Libraries may be loaded (the resolver does), but memory that is written is not executed. */
static void add_memory(struct filter *f)
{
    const struct scmp_arg_cmp not_written = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_WRITE, 0);
    const struct scmp_arg_cmp not_executed = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);

    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), not_written);
    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), not_executed);
    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap2), not_written);
    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap2), not_executed);
    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), not_executed);
}

/* Threads, not processes. The arguments of clone3 are out of a filter's sight: libc is told that
 * there is no such call, and takes clone. Likewise libuv with io_uring. */
static void add_threads(struct filter *f)
{
    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(clone),
             SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    add_when(f, SCMP_ACT_TRAP, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, NULL);
    add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_setup), 0, NULL);
}

static void add_restricted(struct filter *f)
{
    add_sockets(f);
    add_ioctls(f);
    add_memory(f);
    add_threads(f);
    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (unsigned)getpid()));
    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME));
    add_when(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0));
}

int confine_calls(char *text, size_t size)
{
    struct filter f = {.context = seccomp_init(SCMP_ACT_ERRNO(EPERM))};

    if (!f.context) {
        snprintf(text, size, "out of memory");
        return X4_ENOMEM;
    }
    f.error = seccomp_attr_set(f.context, SCMP_FLTATR_CTL_TSYNC, 1);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        add(&f, rules[i].action, rules[i].call, 0, NULL);
    add_restricted(&f);
    if (!f.error && catch_forbidden())
        f.error = -errno;
    if (!f.error)
        f.error = seccomp_load(f.context);
    seccomp_release(f.context);
    if (f.error)
        snprintf(text, size, "%s", strerror(-f.error));
    return f.error ? X4_EDENIED : X4_OK;
}
