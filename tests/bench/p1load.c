/* SPDX-License-Identifier: Apache-2.0 */
/* p1load source|sink: the two ends of a relay measurement. They speak P1 as fast as they can and
 * keep nothing: source sends copies of one APDU over several associations, sink takes whatever
 * comes and acknowledges it at once. Each prints one JSON line with its times (CLOCK_MONOTONIC).
 *
 *   p1load source -a ADDRESS -p PORT -l LOCAL -n NAME -w PASSWORD -c ASSOCIATIONS -m MESSAGES FILE
 *   p1load sink   -a ADDRESS -p PORT -n NAME -w PASSWORD -m MESSAGES
 *
 * FILE holds the APDU; the digits of "@000000000" in it are replaced by a running number, so that
 * no two copies have the same MTS identifier. */
#include "base/error.h"
#include "base/limits.h"
#include "base/list.h"
#include "io/io_uv.h"
#include "osi/stack/stack.h"
#include "p1/p1_bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    APDU_MAX = 64 * 1024 * 1024,
    BIND_MAX = 256,
    DIGITS = 9,
    CHECKPOINT_KIB = 32,
    SEGMENT_MAX = 64 * 1024,
    WINDOW = 5,
    TIMEOUT_MS = 60000,
    STOP_MS = 300,
};

struct load {
    struct io *io;
    bool source;
    struct io_addr address;
    struct io_addr local;
    bool has_local;
    const char *name;
    const char *password;
    unsigned associations;
    uint64_t messages; /* to send or take in all */
    uint64_t started;  /* transfers */
    uint64_t done;
    struct buf apdu;
    size_t digits_at; /* of the running number in apdu */
    struct buf bind;
    double first;
    double last;
    bool failed;
    struct list open;
};

struct end {
    struct load *load;
    struct list link;
    struct io_conn *conn;
    struct io_timer *timer;
    struct stack *stack;
    uint8_t number[DIGITS + 1]; /* of the copy in transfer */
    size_t offset;
};

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(struct load *load, const char *what)
{
    fprintf(stderr, "p1load: %s\n", what);
    load->failed = true;
    io_uv_stop(load->io);
}

/* ---- sending --------------------------------------------------------------------------------- */

static void start_transfer(struct end *e)
{
    struct load *load = e->load;
    int64_t now = load->io->ops->now(load->io);

    if (load->started == load->messages) {
        stack_close(e->stack, now);
        return;
    }
    if (load->started == 0)
        load->first = seconds();
    snprintf((char *)e->number, sizeof(e->number), "%09llu",
             (unsigned long long)load->started++ % 1000000000);
    e->offset = 0;
    if (stack_transfer(e->stack, load->apdu.len, now))
        fail(load, "the association takes no transfer");
}

/* The copy's octets from offset on: before, in or behind the running number. */
static struct slice next_octets(const struct end *e, size_t want)
{
    const struct load *load = e->load;
    size_t number = load->digits_at;
    struct slice all = buf_view(&load->apdu);

    if (e->offset < number)
        return slice_sub(all, e->offset, want < number - e->offset ? want : number - e->offset);
    if (e->offset < number + DIGITS)
        return slice_sub(slice_make(e->number, DIGITS), e->offset - number, want);
    return slice_sub(all, e->offset, want);
}

static void send_segment(struct end *e, size_t want)
{
    static uint8_t segment[SEGMENT_MAX];
    size_t len = 0;

    if (want > sizeof(segment))
        want = sizeof(segment);
    while (len < want) {
        struct slice part = next_octets(e, want - len);

        if (part.len == 0)
            break;
        memcpy(segment + len, part.p, part.len);
        len += part.len;
        e->offset += part.len;
    }
    stack_send_segment(e->stack, slice_make(segment, len), e->load->io->ops->now(e->load->io));
}

static void stop_loop(void *ctx)
{
    struct load *load = ctx;

    io_uv_stop(load->io);
}

/* The sink ends a little after its last message: the acknowledgement has to leave. */
static void one_done(struct load *load)
{
    load->done++;
    load->last = seconds();
    if (load->done == load->messages && !load->source)
        load->io->ops->timer_set(load->io->ops->timer_new(load->io, stop_loop, load), STOP_MS);
}

/* ---- one association ------------------------------------------------------------------------- */

static void on_event(struct end *e, const struct stack_event *event)
{
    struct load *load = e->load;
    int64_t now = load->io->ops->now(load->io);

    switch (event->type) {
    case STACK_EV_OPEN_IND: stack_accept(e->stack, buf_view(&load->bind), now); break;
    case STACK_EV_OPENED: start_transfer(e); break;
    case STACK_EV_SEND: send_segment(e, event->u.want); break;
    case STACK_EV_SENT:
        one_done(load);
        start_transfer(e);
        break;
    case STACK_EV_RECEIVE_START: load->first = load->first > 0 ? load->first : seconds(); break;
    case STACK_EV_RECEIVE_CHECKPOINT:
        stack_checkpoint_secured(e->stack, event->u.checkpoint, now);
        break;
    case STACK_EV_RECEIVE_END:
        stack_receive_secured(e->stack, now);
        one_done(load);
        break;
    case STACK_EV_NOT_SENT: fail(load, event->u.failure.text); break;
    case STACK_EV_REFUSED: fail(load, event->u.refusal.text); break;
    case STACK_EV_ABORTED: fail(load, event->u.abort.text); break;
    default: break;
    }
}

static void end_free(struct end *e)
{
    list_remove(&e->link);
    e->load->io->ops->timer_free(&e->timer);
    stack_free(&e->stack);
    if (e->load->source && list_empty(&e->load->open))
        io_uv_stop(e->load->io);
    free(e);
}

/* Works until the stack has nothing more to say; may end the association. */
static void pump(struct end *e)
{
    const struct io_ops *ops = e->load->io->ops;
    struct stack_event event;
    struct slice out;
    int64_t deadline;

    do {
        while (stack_next(e->stack, &event))
            on_event(e, &event);
        out = stack_output(e->stack);
        ops->write(e->conn, out);
        stack_sent(e->stack, out.len);
    } while (out.len > 0);
    if (stack_wants_close(e->stack)) {
        ops->close(&e->conn, true);
        end_free(e);
        return;
    }
    deadline = stack_deadline(e->stack);
    ops->timer_set(e->timer, deadline == INT64_MAX ? -1 : deadline - ops->now(e->load->io));
}

static void on_deadline(void *ctx)
{
    struct end *e = ctx;

    stack_timeout(e->stack, e->load->io->ops->now(e->load->io));
    pump(e);
}

static void on_connected(void *ctx)
{
    struct end *e = ctx;

    stack_open(e->stack, buf_view(&e->load->bind), e->load->io->ops->now(e->load->io));
    pump(e);
}

static void on_data(void *ctx, struct slice octets)
{
    struct end *e = ctx;

    stack_input(e->stack, octets, e->load->io->ops->now(e->load->io));
    pump(e);
}

static void on_writable(void *ctx)
{
    pump(ctx);
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct end *e = ctx;

    if (error)
        fail(e->load, text);
    end_free(e);
}

static const struct io_conn_cb conn_cb = {
    .on_connected = on_connected,
    .on_data = on_data,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

static struct end *end_new(struct load *load)
{
    const struct stack_params params = {
        .initiator = load->source,
        .max_tpdu = LIMIT_TPDU_DEFAULT,
        .checkpoint_kib = CHECKPOINT_KIB,
        .window = WINDOW,
        .open_timeout_ms = TIMEOUT_MS,
        .answer_timeout_ms = TIMEOUT_MS,
        .connection_number = (uint32_t)load->started + (uint32_t)(uintptr_t)load,
        .user_reference = load->name,
        .utctime = "700101000000Z",
    };
    struct end *e = calloc(1, sizeof(*e));

    if (!e)
        return NULL;
    e->load = load;
    e->stack = stack_new(&params);
    e->timer = load->io->ops->timer_new(load->io, on_deadline, e);
    list_push_back(&load->open, &e->link);
    if (e->stack && e->timer)
        return e;
    end_free(e);
    return NULL;
}

static void on_incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                        const struct io_addr *local)
{
    struct load *load = ctx;
    struct end *e = end_new(load);

    (void)remote;
    (void)local;
    if (!e)
        return;
    e->conn = conn;
    load->io->ops->accept(conn, &conn_cb, e);
}

/* ---- start ----------------------------------------------------------------------------------- */

static int start_source(struct load *load)
{
    const struct io_connect_params params = {.remote = load->address,
                                             .local = load->has_local ? &load->local : NULL,
                                             .timeout_ms = TIMEOUT_MS};

    for (unsigned i = 0; i < load->associations; i++) {
        struct end *e = end_new(load);

        if (!e || load->io->ops->connect(load->io, &params, &conn_cb, e, &e->conn))
            return X4_ENOMEM;
    }
    return X4_OK;
}

static int start_sink(struct load *load)
{
    const struct io_listen_params params = {
        .local = load->address, .on_incoming = on_incoming, .ctx = load};
    struct io_listener *listener;
    char text[256];
    int error = load->io->ops->listen(load->io, &params, &listener, text, sizeof(text));

    if (error)
        fprintf(stderr, "p1load: %s\n", text);
    else
        puts("listening"); /* the other side may start */
    fflush(stdout);
    return error;
}

static int read_apdu(struct load *load, const char *path)
{
    static const char mark[] = "@000000000";
    FILE *file = fopen(path, "rb");
    uint8_t block[65536];
    const uint8_t *at;
    size_t got;

    if (!file)
        return X4_EIO;
    while ((got = fread(block, 1, sizeof(block), file)) > 0)
        buf_append(&load->apdu, block, got);
    fclose(file);
    if (load->apdu.error || load->apdu.len == 0)
        return X4_EIO;
    at = memmem(load->apdu.p, load->apdu.len, mark, sizeof(mark) - 1);
    load->digits_at = at ? (size_t)(at - load->apdu.p) + 1 : load->apdu.len;
    return at ? X4_OK : X4_ESYNTAX;
}

static int parse(struct load *load, int argc, char **argv)
{
    const char *address = "127.0.0.1";
    unsigned long port = 0;
    int c;

    while ((c = getopt(argc, argv, "a:p:l:n:w:c:m:")) != -1) {
        switch (c) {
        case 'a': address = optarg; break;
        case 'p': port = strtoul(optarg, NULL, 10); break;
        case 'l': load->has_local = io_addr_parse(optarg, 0, &load->local) == X4_OK; break;
        case 'n': load->name = optarg; break;
        case 'w': load->password = optarg; break;
        case 'c': load->associations = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'm': load->messages = strtoull(optarg, NULL, 10); break;
        default: return X4_EINVAL;
        }
    }
    if (optind >= argc)
        return X4_EINVAL;
    load->source = strcmp(argv[optind], "source") == 0;
    if (load->source && (optind + 1 >= argc || read_apdu(load, argv[optind + 1])))
        return X4_EINVAL;
    return io_addr_parse(address, (uint16_t)port, &load->address);
}

int main(int argc, char **argv)
{
    struct load load = {.name = "LOAD", .password = "", .associations = 1, .messages = 1};
    struct p1_bind bind = {.credentials = P1_CREDENTIALS_IA5};
    int error;

    buf_init(&load.apdu, APDU_MAX);
    buf_init(&load.bind, BIND_MAX);
    list_init(&load.open);
    error = parse(&load, argc, argv);
    bind.mta_name = slice_str(load.name);
    bind.password = slice_str(load.password);
    load.io = io_uv_new();
    if (!error && load.io)
        error = p1_bind_build(&bind, &load.bind);
    if (!error && load.io)
        error = load.source ? start_source(&load) : start_sink(&load);
    if (error || !load.io) {
        fprintf(stderr, "p1load: %s; usage is in the source\n", x4_strerror(error));
        return 2;
    }
    io_uv_run(load.io);
    printf("{\"done\": %llu, \"first\": %.6f, \"last\": %.6f}\n", (unsigned long long)load.done,
           load.first, load.last);
    return load.failed || load.done != load.messages;
}
