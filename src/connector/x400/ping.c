/* SPDX-License-Identifier: Apache-2.0 */
/* A test bind: connects, opens, closes, and tells what was offered and answered. It has an
 * association of its own kind, so that no limit, retry timer or queue is touched. */
#include "connector/x400/internal.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum { PING_TIMEOUT_MS = 30 * 1000, PING_ARENA = 64 * 1024 };

struct x400_ping {
    struct list link; /* of x400 */
    struct x400 *x;
    struct directory *directory; /* the profile's texts are there */
    struct x400_profile profile; /* whose selectors, name and password are offered */
    struct io_conn *conn;
    struct stack *stack;
    struct io_timer *timer;
    char peer[IO_ADDR_TEXT], local[IO_ADDR_TEXT];
    json_t *steps;
    json_t *refused;
    bool ok, finished;
    x400_ping_fn *done;
    void *ctx;
};

static void step(struct x400_ping *p, const char *layer, json_t *detail, const char *result)
{
    json_array_append_new(p->steps, json_pack("{s:s, s:o*, s:s}", "layer", layer, "detail", detail,
                                              "result", result));
}

static void refuse(struct x400_ping *p, const char *layer, const char *text)
{
    step(p, layer, NULL, text);
    if (!p->refused)
        p->refused = json_pack("{s:s, s:s}", "layer", layer, "text", text);
}

/* Runs from the timer, so that done is never called from inside x400_ping() or a callback that
 * still uses the connection. */
static void finish(struct x400_ping *p)
{
    if (p->conn)
        p->x->io->ops->close(&p->conn, true);
    p->x->io->ops->timer_free(&p->timer);
    stack_free(&p->stack);
    list_remove(&p->link);
    directory_unref(&p->directory);
    p->done(p->ctx, json_pack("{s:b, s:s, s:s, s:o, s:o*}", "ok", p->ok, "peer", p->peer, "local",
                              p->local, "steps", p->steps, "refused", p->refused));
    free(p);
}

void x400_pings_free(struct x400 *x)
{
    while (!list_empty(&x->pings)) {
        struct x400_ping *p = LIST_ITEM(x->pings.next, struct x400_ping, link);

        if (!p->finished)
            refuse(p, "this MTA", "it is being stopped");
        finish(p);
    }
}

static void end_soon(struct x400_ping *p)
{
    p->finished = true;
    p->x->io->ops->timer_set(p->timer, 0);
}

static json_t *open_json(const struct stack_open *o)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "mode", x400_mode_name(o->mode), "dialogue",
                     o->two_way_alternate ? "two-way-alternate" : "monologue", "checkpoint",
                     (int)o->checkpoint_kib, "window", (int)o->window, "session-version",
                     (int)o->session_version, "tpdu-size", (int)o->tpdu_size);
}

static void opened(struct x400_ping *p, const struct stack_open *open)
{
    const char *problem = x400_result_problem(&p->profile, open->bind);

    step(p, "association", open_json(open), "opened");
    if (problem) {
        refuse(p, "MTA", problem);
    } else {
        step(p, "MTA", NULL, "name and password are as expected");
        p->ok = true;
    }
    stack_close(p->stack, x400_now(p->x));
}

static void handle(struct x400_ping *p, const struct stack_event *ev)
{
    switch (ev->type) {
    case STACK_EV_OPENED: opened(p, &ev->u.open); break;
    case STACK_EV_REFUSED:
        refuse(p, x400_layer_name(ev->u.refusal.layer), ev->u.refusal.text);
        end_soon(p);
        break;
    case STACK_EV_ABORTED:
        refuse(p, x400_layer_name(ev->u.abort.layer), ev->u.abort.text);
        end_soon(p);
        break;
    case STACK_EV_CLOSED:
        step(p, "association", NULL, "released");
        end_soon(p);
        break;
    default: break;
    }
}

static void pump(struct x400_ping *p)
{
    struct stack_event ev;
    struct slice octets;

    while (!p->finished && stack_next(p->stack, &ev))
        handle(p, &ev);
    octets = stack_output(p->stack);
    if (octets.len && p->conn) {
        p->x->io->ops->write(p->conn, octets);
        stack_sent(p->stack, octets.len);
    }
}

static void timeout(void *ctx)
{
    struct x400_ping *p = ctx;

    if (!p->finished)
        refuse(p, p->stack ? "association" : "transport", "no answer in time");
    finish(p);
}

static int start_open(struct x400_ping *p)
{
    char utctime[MTS_UTCTIME_LEN + 1];
    const struct stack_params params = {
        .initiator = true,
        .mode = p->profile.mode,
        .calling = x400_calling_selectors(p->x, &p->profile),
        .called = x400_called_selectors(&p->profile),
        .max_tpdu = LIMIT_TPDU_DEFAULT,
        .checkpoint_kib = p->profile.checkpoint_kib,
        .window = p->profile.window,
        .two_way_alternate = p->profile.two_way,
        .open_timeout_ms = PING_TIMEOUT_MS,
        .answer_timeout_ms = PING_TIMEOUT_MS,
        .connection_number = ++p->x->last_number,
        .user_reference = p->profile.local_name,
        .utctime = utctime,
    };
    struct buf bind;
    int error;

    mts_utctime_print(x400_wall(p->x), utctime);
    p->stack = stack_new(&params);
    if (!p->stack)
        return X4_ENOMEM;
    buf_init(&bind, PING_ARENA);
    error = x400_build_bind(&p->profile, P1_CREDENTIALS_IA5, &bind);
    if (!error)
        error = stack_open(p->stack, buf_view(&bind), x400_now(p->x));
    buf_free(&bind);
    return error;
}

static void on_connected(void *ctx)
{
    struct x400_ping *p = ctx;
    struct io_addr local;
    struct io_addr remote;

    p->x->io->ops->conn_addrs(p->conn, &local, &remote);
    io_addr_print(&local, true, p->local);
    step(p, "TCP", json_pack("{s:s, s:s}", "local", p->local, "remote", p->peer), "connected");
    if (start_open(p)) {
        refuse(p, "this MTA", "out of memory");
        end_soon(p);
        return;
    }
    pump(p);
}

static void on_data(void *ctx, struct slice octets)
{
    struct x400_ping *p = ctx;

    stack_input(p->stack, octets, x400_now(p->x));
    pump(p);
}

static void on_writable(void *ctx)
{
    pump(ctx);
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct x400_ping *p = ctx;

    p->conn = NULL;
    if (!p->stack) {
        refuse(p, "TCP", text ? text : x4_strerror(error));
        end_soon(p);
    } else if (!p->finished) {
        stack_closed(p->stack, x400_now(p->x));
        pump(p);
        end_soon(p);
    }
}

static const struct io_conn_cb callbacks = {
    .on_connected = on_connected,
    .on_data = on_data,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

/* With a host instead of a connector, the first connector lends the rest. */
static int make_profile(struct x400 *x, const json_t *params, struct x400_profile *out,
                        struct io_addr *remote)
{
    const char *dn = json_string_value(json_object_get(params, "connector"));
    const char *host = json_string_value(json_object_get(params, "host"));
    const json_t *port = json_object_get(params, "port");
    struct x400_connector *c = NULL;
    const struct io_addr *found;

    if (dn)
        c = x400_find(x, dn);
    else if (!list_empty(&x->connectors))
        c = LIST_ITEM(x->connectors.next, struct x400_connector, link);
    if (!c)
        return X4_ENOTFOUND;
    *out = c->profile;
    if (host) {
        uint16_t number =
            json_is_integer(port) ? (uint16_t)json_integer_value(port) : out->remote_port;

        return io_addr_parse(host, number, remote) ? X4_ENOTFOUND : X4_OK;
    }
    found = x400_first_address(&c->profile);
    if (!found)
        return X4_ENOTFOUND;
    *remote = *found;
    return X4_OK;
}

int x400_ping(struct x400 *x, const json_t *params, x400_ping_fn *done, void *ctx)
{
    struct x400_ping *p = calloc(1, sizeof(*p));
    struct io_connect_params connect = {.timeout_ms = PING_TIMEOUT_MS};
    const struct io_addr *source;
    int error = p ? make_profile(x, params, &p->profile, &connect.remote) : X4_ENOMEM;

    if (!error) {
        p->x = x;
        p->done = done;
        p->ctx = ctx;
        p->steps = json_array();
        p->timer = x->io->ops->timer_new(x->io, timeout, p);
        error = p->timer && p->steps ? X4_OK : X4_ENOMEM;
    }
    if (error) {
        if (p)
            json_decref(p->steps);
        free(p);
        return error;
    }
    p->directory = directory_ref(mta_directory(x->mta));
    list_push_back(&x->pings, &p->link);
    source = x400_source_address(x, &p->profile, &connect.remote);
    connect.local = source;
    io_addr_print(&connect.remote, true, p->peer);
    x->io->ops->timer_set(p->timer, PING_TIMEOUT_MS);
    error = x->io->ops->connect(x->io, &connect, &callbacks, p, &p->conn);
    if (error) {
        refuse(p, "TCP", x4_strerror(error));
        end_soon(p);
    }
    return X4_OK;
}
