/* SPDX-License-Identifier: Apache-2.0 */
/* The course of a run: associations open, messages go out as they are due, arrivals are counted,
 * and the end is seen. */
#include "prog/x400load/load.h"

#include "base/error.h"
#include "p1/p1_bind.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum {
    SECOND_US = 1000000,
    MS_US = 1000,
    TICK_MS = 1000,
    STOP_MS = 200, /* the last acknowledgements have to leave */
    WHY_MAX = 4096,
    AGAIN_MS = 200,
    CALLS_AT_ONCE = 16, /* MTAs limit the connections that are not bound yet */
};

/* ---- time ------------------------------------------------------------------------------------ */

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int64_t run_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

/* ---- the end --------------------------------------------------------------------------------- */

uint64_t run_expected(const struct load *load)
{
    return load->settings->listens ? load->settings->messages * load->settings->recipients : 0;
}

uint64_t run_expected_reports(const struct load *load)
{
    bool due = load->settings->sends && load->settings->reports == MTS_REPORT_BOTH;

    return due ? run_expected(load) : 0;
}

bool run_succeeded(const struct load *load)
{
    const struct load_settings *s = load->settings;
    const struct arrivals *a = &load->arrivals;
    bool open_ended = s->listens && !s->sends && s->messages == 0;

    if (load->failed || a->damaged || a->messages.again || a->reports.again)
        return false;
    if (s->sends && load->acknowledged != s->messages)
        return false;
    return open_ended || (a->messages.marked == run_expected(load) &&
                          a->reports.marked >= run_expected_reports(load));
}

void run_fail(struct load *load, const char *text)
{
    if (!load->failed)
        snprintf(load->failure, sizeof(load->failure), "%s", text);
    load->failed = true;
    io_uv_stop(load->io);
}

static void close_callers(void *ctx)
{
    struct load *load = ctx;

    load->closing = true;
    LIST_EACH_SAFE(it, &load->associations)
    {
        struct assoc *a = LIST_ITEM(it, struct assoc, link);

        if (a->caller)
            assoc_close(a);
    }
}

static void stop_now(void *ctx)
{
    struct load *load = ctx;

    io_uv_stop(load->io);
}

static bool has_all(const struct load *load)
{
    const struct load_settings *s = load->settings;
    const struct arrivals *a = &load->arrivals;

    if (s->sends && (load->acknowledged < s->messages || load->callers > 0))
        return false;
    if (!s->sends && s->messages == 0)
        return false; /* until a signal */
    return a->messages.marked >= run_expected(load) &&
           a->reports.marked >= run_expected_reports(load);
}

/* After something has happened. */
static void look_for_end(struct load *load)
{
    if (has_all(load))
        load->io->ops->timer_set(load->stop, STOP_MS);
}

static void on_tick(void *ctx)
{
    struct load *load = ctx;
    uint64_t seen = load->opened + load->acknowledged + load->arrivals.transfers +
                    load->arrivals.delivered + load->arrivals.not_delivered;
    bool paced = load->started < load->settings->messages && !list_empty(&load->ready);
    bool waits = load->settings->sends || load->settings->messages > 0;

    load->idle_ticks = seen == load->seen && !paced ? load->idle_ticks + 1 : 0;
    load->seen = seen;
    if (waits && load->idle_ticks > load->settings->wait_s + load->settings->hold_s)
        run_fail(load, "nothing moves any more");
    load->io->ops->timer_set(load->tick, TICK_MS);
}

static void on_signal(void *ctx, int signum)
{
    struct load *load = ctx;

    (void)signum;
    io_uv_stop(load->io);
}

/* ---- what was lost --------------------------------------------------------------------------- */

struct unsent {
    struct list link;
    struct message_copy copy;
};

static bool keep_unsent(struct load *load, struct assoc *a)
{
    struct unsent *u = malloc(sizeof(*u));

    if (!u)
        return false;
    u->copy = a->copy;
    message_copy_init(&a->copy, &load->text);
    list_push_back(&load->unsent, &u->link);
    return true;
}

/* With the same octets, so that who has it already knows it. */
static void send_again(struct load *load, struct assoc *a)
{
    struct unsent *u = LIST_ITEM(load->unsent.next, struct unsent, link);

    list_remove(&u->link);
    message_copy_free(&a->copy);
    a->copy = u->copy;
    a->copy.offset = 0;
    free(u);
    assoc_transfer(a);
}

void run_lost(struct load *load, struct assoc *a, const char *text)
{
    if (load->start_us == 0 || (a->sending && !keep_unsent(load, a))) {
        run_fail(load, text);
        return;
    }
    load->lost += a->open;
    load->io->ops->timer_set(load->again, AGAIN_MS);
}

static void call_again(void *ctx)
{
    struct load *load = ctx;

    for (unsigned n = 0; !load->closing && load->callers < load->settings->associations; n++) {
        if (n == CALLS_AT_ONCE) {
            load->io->ops->timer_set(load->again, AGAIN_MS);
            return;
        }
        if (assoc_call(load)) {
            run_fail(load, "out of memory or sockets");
            return;
        }
    }
}

static void forget_unsent(struct load *load)
{
    LIST_EACH_SAFE(it, &load->unsent)
    {
        struct unsent *u = LIST_ITEM(it, struct unsent, link);

        message_copy_free(&u->copy);
        free(u);
    }
}

/* ---- sending --------------------------------------------------------------------------------- */

/* When the next message is due. */
static int64_t due_us(const struct load *load)
{
    double rate = load->settings->rate;

    return rate > 0 ? load->start_us + (int64_t)((double)load->started * SECOND_US / rate)
                    : run_monotonic_us();
}

static void begin_message(struct load *load, struct assoc *a, int64_t due)
{
    const struct message *message = &load->message[load->started % load->message_count];
    int64_t late = run_monotonic_us() - due;

    if (message_copy_begin(&a->copy, message, load->started, clock_us(CLOCK_REALTIME) - late)) {
        run_fail(load, "out of memory");
        return;
    }
    load->started++;
    assoc_transfer(a);
}

/* Waiting associations begin what is due by now; the timer takes care of the rest. */
static void on_pace(void *ctx)
{
    struct load *load = ctx;
    int64_t wait = 0;

    while (!list_empty(&load->ready) && load->started < load->settings->messages && wait <= 0) {
        struct assoc *a = LIST_ITEM(load->ready.next, struct assoc, ready);
        int64_t due = due_us(load);

        wait = due - run_monotonic_us();
        if (wait > 0)
            break;
        list_remove(&a->ready);
        begin_message(load, a, due);
        assoc_pump(a);
    }
    if (wait > 0)
        load->io->ops->timer_set(load->pace, (wait + MS_US - 1) / MS_US);
}

void run_next(struct load *load, struct assoc *a)
{
    int64_t due = due_us(load);

    if (!list_empty(&load->unsent)) {
        send_again(load, a);
        return;
    }
    if (load->started == load->settings->messages)
        return;
    if (due > run_monotonic_us()) {
        list_push_back(&load->ready, &a->ready);
        load->io->ops->timer_set(load->pace, (due - run_monotonic_us() + MS_US - 1) / MS_US);
        return;
    }
    begin_message(load, a, due);
}

static void end_sending(struct load *load)
{
    if (load->settings->hold_s > 0)
        result_holding(load);
    load->io->ops->timer_set(load->hold, (int64_t)load->settings->hold_s * 1000);
}

/* All are open: now the first messages go. */
static void start_sending(struct load *load)
{
    load->start_us = run_monotonic_us();
    result_opened(load);
    if (load->settings->messages == 0)
        end_sending(load);
    LIST_EACH_SAFE(it, &load->associations)
    {
        struct assoc *a = LIST_ITEM(it, struct assoc, link);

        if (a->caller)
            list_push_back(&load->ready, &a->ready);
    }
    load->io->ops->timer_set(load->pace, 0);
}

static int call(struct load *load)
{
    load->called++;
    return assoc_call(load);
}

void run_opened(struct load *load, struct assoc *a)
{
    if (load->start_us > 0)
        run_next(load, a);
    else if (++load->opened == load->settings->associations)
        start_sending(load);
    else if (load->called < load->settings->associations && call(load))
        run_fail(load, "out of memory or sockets");
}

void run_sent(struct load *load)
{
    load->sent_us = run_monotonic_us();
    if (++load->acknowledged == load->settings->messages)
        end_sending(load);
}

/* ---- arriving -------------------------------------------------------------------------------- */

void run_arrived(struct load *load, const struct stamp *stamp)
{
    load->last_us = run_monotonic_us();
    if (load->first_us == 0)
        load->first_us = load->last_us;
    if (stamp)
        latency_add(&load->arrived, clock_us(CLOCK_REALTIME) - stamp->wall_us);
    look_for_end(load);
}

void run_ended(struct load *load, bool caller)
{
    load->callers -= caller;
    if (caller)
        look_for_end(load);
}

/* ---- start ----------------------------------------------------------------------------------- */

static int build_messages(struct load *load, struct buf *why)
{
    static const enum mts_priority each[] = {
        [LOAD_NORMAL] = MTS_NORMAL, [LOAD_NON_URGENT] = MTS_NON_URGENT, [LOAD_URGENT] = MTS_URGENT};
    const struct load_settings *s = load->settings;
    bool mixed = s->priority == LOAD_MIXED;
    int error = X4_OK;

    for (unsigned i = 0; i < (mixed ? MESSAGE_PRIORITIES : 1) && !error; i++) {
        const struct message_params params = {
            .mta_name = s->name,
            .originator = s->originator,
            .recipient = s->recipient,
            .recipients = s->recipients,
            .priority = each[mixed ? i : (unsigned)s->priority],
            .reports = s->reports,
            .size = s->size,
            .run = load->run,
            .now_ms = clock_us(CLOCK_REALTIME) / MS_US,
        };

        error = message_build(&params, &load->message[i], why);
        load->message_count++;
    }
    return error;
}

static int start_listening(struct load *load)
{
    const struct io_listen_params params = {
        .local = load->settings->listen, .on_incoming = assoc_incoming, .ctx = load};
    struct io_listener *listener;
    struct io_addr at;
    char name[IO_ADDR_TEXT], why[128];
    int error = load->io->ops->listen(load->io, &params, &listener, why, sizeof(why));

    if (error) {
        io_addr_print(&params.local, true, name);
        snprintf(load->failure, sizeof(load->failure), "cannot listen on %s: %s", name, why);
        return error;
    }
    load->io->ops->listener_addr(listener, &at);
    result_listening(load, &at);
    return X4_OK;
}

static int start(struct load *load)
{
    const struct load_settings *s = load->settings;
    const struct p1_bind bind = {.credentials = P1_CREDENTIALS_IA5,
                                 .mta_name = slice_str(s->name),
                                 .password = slice_str(s->password)};
    struct buf why;
    int error = p1_bind_build(&bind, &load->bind);

    buf_init(&why, WHY_MAX);
    if (!error && s->sends && s->messages > 0)
        error = build_messages(load, &why);
    if (error)
        snprintf(load->failure, sizeof(load->failure), "%.*s: %s", SLICE_ARG(buf_view(&why)),
                 x4_strerror(error));
    buf_free(&why);
    if (!error && s->listens)
        error = start_listening(load);
    while (s->sends && !error && load->called < s->associations && load->called < CALLS_AT_ONCE)
        error = call(load);
    return error;
}

static int open_loop(struct load *load)
{
    const struct io_ops *ops;

    load->io = io_uv_new();
    if (!load->io)
        return X4_ENOMEM;
    ops = load->io->ops;
    load->pace = ops->timer_new(load->io, on_pace, load);
    load->tick = ops->timer_new(load->io, on_tick, load);
    load->stop = ops->timer_new(load->io, stop_now, load);
    load->hold = ops->timer_new(load->io, close_callers, load);
    load->again = ops->timer_new(load->io, call_again, load);
    if (!load->again || !load->pace || !load->tick || !load->stop || !load->hold)
        return X4_ENOMEM;
    ops->timer_set(load->tick, TICK_MS);
    if (io_uv_signal(load->io, SIGINT, on_signal, load) ||
        io_uv_signal(load->io, SIGTERM, on_signal, load))
        return X4_ENOMEM;
    return X4_OK;
}

/* What is still open goes without a word. */
static void close_loop(struct load *load)
{
    load->closing = true;
    LIST_EACH_SAFE(it, &load->associations)
    assoc_free(LIST_ITEM(it, struct assoc, link));
    if (load->io)
        io_uv_free(&load->io);
    for (unsigned i = 0; i < load->message_count; i++)
        message_free(&load->message[i]);
    forget_unsent(load);
    buf_free(&load->bind);
}

int run(struct load *load)
{
    int error;

    list_init(&load->associations);
    list_init(&load->ready);
    list_init(&load->unsent);
    buf_init(&load->bind, LOAD_BIND_MAX);
    stamp_text_init(&load->text);
    if (getrandom(&load->run, sizeof(load->run), 0) != sizeof(load->run))
        return X4_EIO;
    error = open_loop(load);
    if (!error)
        error = start(load);
    if (!error)
        io_uv_run(load->io);
    close_loop(load);
    return error;
}
