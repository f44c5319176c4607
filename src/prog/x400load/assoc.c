/* SPDX-License-Identifier: Apache-2.0 */
/* One association with the MTA under test, in either direction. */
#include "prog/x400load/load.h"

#include "base/error.h"
#include "base/limits.h"

#include <stdlib.h>

enum { CHECKPOINT_KIB = 32, WINDOW = 5, TIMEOUT_MS = 120000 };

/* ---- sending --------------------------------------------------------------------------------- */

void assoc_transfer(struct assoc *a)
{
    struct load *load = a->load;

    a->transfer_us = run_monotonic_us();
    a->sending = true;
    if (stack_transfer(a->stack, a->copy.message->apdu_len, load->io->ops->now(load->io)))
        run_fail(load, "an association takes no transfer");
}

static void send_segment(struct assoc *a, size_t want)
{
    struct load *load = a->load;
    size_t len = message_copy_read(&a->copy, load->segment,
                                   want < sizeof(load->segment) ? want : sizeof(load->segment));

    stack_send_segment(a->stack, slice_make(load->segment, len), load->io->ops->now(load->io));
}

static void on_sent(struct assoc *a)
{
    a->sending = false;
    latency_add(&a->load->accepted, run_monotonic_us() - a->transfer_us);
    run_sent(a->load);
    run_next(a->load, a);
}

void assoc_close(struct assoc *a)
{
    stack_close(a->stack, a->load->io->ops->now(a->load->io));
    assoc_pump(a);
}

/* ---- receiving ------------------------------------------------------------------------------- */

static void on_receive_end(struct assoc *a)
{
    struct load *load = a->load;
    const struct stamp *stamp = check_end(&a->check, load->settings->recipients, &load->arrivals);

    a->receiving = false;
    stack_receive_secured(a->stack, load->io->ops->now(load->io));
    run_arrived(load, stamp);
}

static void on_receive_dropped(struct assoc *a)
{
    if (a->receiving)
        check_drop(&a->check);
    a->receiving = false;
}

static void on_received(struct assoc *a, const struct stack_event *event)
{
    int64_t now = a->load->io->ops->now(a->load->io);

    switch (event->type) {
    case STACK_EV_RECEIVE_START:
        a->receiving = true;
        check_begin(&a->check, &a->load->text);
        break;
    case STACK_EV_RECEIVE_DATA: check_put(&a->check, event->u.data); break;
    case STACK_EV_RECEIVE_CHECKPOINT:
        stack_checkpoint_secured(a->stack, event->u.checkpoint, now);
        break;
    case STACK_EV_RECEIVE_END: on_receive_end(a); break;
    case STACK_EV_RECEIVE_DROPPED: on_receive_dropped(a); break;
    default: break;
    }
}

/* ---- one association ------------------------------------------------------------------------- */

/* The peer may end its associations as it likes. */
static void on_trouble(struct assoc *a, const char *text)
{
    if (a->caller && !a->lost)
        run_lost(a->load, a, text);
    a->lost = true;
}

static void on_event(struct assoc *a, const struct stack_event *event)
{
    struct load *load = a->load;

    switch (event->type) {
    case STACK_EV_OPEN_IND:
        stack_accept(a->stack, buf_view(&load->bind), load->io->ops->now(load->io));
        break;
    case STACK_EV_OPENED:
        a->open = true;
        run_opened(load, a);
        break;
    case STACK_EV_SEND: send_segment(a, event->u.want); break;
    case STACK_EV_SENT: on_sent(a); break;
    case STACK_EV_NOT_SENT: run_fail(load, event->u.failure.text); break;
    case STACK_EV_REFUSED: on_trouble(a, event->u.refusal.text); break;
    case STACK_EV_ABORTED: on_trouble(a, event->u.abort.text); break;
    default: on_received(a, event); break;
    }
}

void assoc_free(struct assoc *a)
{
    struct load *load = a->load;
    bool caller = a->caller;

    list_remove(&a->link);
    list_remove(&a->ready);
    if (a->conn)
        load->io->ops->close(&a->conn, true);
    load->io->ops->timer_free(&a->timer);
    on_receive_dropped(a);
    message_copy_free(&a->copy);
    stack_free(&a->stack);
    free(a);
    run_ended(load, caller);
}

void assoc_pump(struct assoc *a)
{
    const struct io_ops *ops = a->load->io->ops;
    struct stack_event event;
    struct slice out;
    int64_t deadline;

    do {
        while (stack_next(a->stack, &event))
            on_event(a, &event);
        out = stack_output(a->stack);
        ops->write(a->conn, out);
        stack_sent(a->stack, out.len);
    } while (out.len > 0);
    if (stack_wants_close(a->stack)) {
        assoc_free(a);
        return;
    }
    deadline = stack_deadline(a->stack);
    ops->timer_set(a->timer, deadline == INT64_MAX ? -1 : deadline - ops->now(a->load->io));
}

static void on_deadline(void *ctx)
{
    struct assoc *a = ctx;

    stack_timeout(a->stack, a->load->io->ops->now(a->load->io));
    assoc_pump(a);
}

static void on_connected(void *ctx)
{
    struct assoc *a = ctx;

    stack_open(a->stack, buf_view(&a->load->bind), a->load->io->ops->now(a->load->io));
    assoc_pump(a);
}

static void on_data(void *ctx, struct slice octets)
{
    struct assoc *a = ctx;

    stack_input(a->stack, octets, a->load->io->ops->now(a->load->io));
    assoc_pump(a);
}

static void on_writable(void *ctx)
{
    assoc_pump(ctx);
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct assoc *a = ctx;

    (void)error;
    a->conn = NULL;
    if (!a->load->closing)
        on_trouble(a, text);
    assoc_free(a);
}

static const struct io_conn_cb conn_cb = {
    .on_connected = on_connected,
    .on_data = on_data,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

static struct assoc *assoc_new(struct load *load, bool caller)
{
    const struct load_settings *settings = load->settings;
    const struct stack_params params = {
        .initiator = caller,
        .mode = settings->mode,
        .called.tsel = slice_str(settings->tsel),
        .max_tpdu = LIMIT_TPDU_DEFAULT,
        .checkpoint_kib = CHECKPOINT_KIB,
        .window = WINDOW,
        .open_timeout_ms = TIMEOUT_MS,
        .answer_timeout_ms = TIMEOUT_MS,
        .connection_number = load->run + load->connections++,
        .user_reference = settings->name,
        .utctime = "700101000000Z",
    };
    struct assoc *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->load = load;
    a->caller = caller;
    list_init(&a->ready);
    list_push_back(&load->associations, &a->link);
    load->callers += caller;
    message_copy_init(&a->copy, &load->text);
    a->stack = stack_new(&params);
    a->timer = load->io->ops->timer_new(load->io, on_deadline, a);
    if (a->stack && a->timer)
        return a;
    assoc_free(a);
    return NULL;
}

int assoc_call(struct load *load)
{
    const struct load_settings *settings = load->settings;
    const struct io_connect_params params = {.remote = settings->to,
                                             .local = settings->has_from ? &settings->from : NULL,
                                             .timeout_ms = TIMEOUT_MS};
    struct assoc *a = assoc_new(load, true);

    return a ? load->io->ops->connect(load->io, &params, &conn_cb, a, &a->conn) : X4_ENOMEM;
}

void assoc_incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                    const struct io_addr *local)
{
    struct load *load = ctx;
    struct assoc *a = assoc_new(load, false);

    (void)remote;
    (void)local;
    if (!a)
        return;
    a->conn = conn;
    load->io->ops->accept(conn, &conn_cb, a);
}
