/* SPDX-License-Identifier: Apache-2.0 */
/* A test bind: looks the host up, connects to one address after the other, opens, closes, and tells
 * what was offered and answered. It has an association of its own kind, so that no limit, retry
 * timer or queue is touched. */
#include "connector/x400/internal.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PING_TIMEOUT_MS = 30 * 1000, /* for the names, and for the association */
    PING_CONNECT_MS = 10 * 1000, /* for one address */
    PING_ARENA = 64 * 1024,
    PING_TARGETS = 16,
    PING_TEXT = 1024,
    PING_PORT = 102,
    PING_PORT_MAX = 65535,
};

/* It outlives what asked for it: there is no way to call a resolution off. */
struct ping_lookup {
    struct x400_ping *ping; /* NULL: over meanwhile */
};

struct x400_ping {
    struct list link; /* of x400 */
    struct x400 *x;
    struct directory *directory; /* the profile's texts are there */
    struct x400_profile profile; /* whose selectors, name and password are offered */
    char host[256];              /* that was asked for; "": the connector's */
    struct ping_lookup *lookup;  /* under way, or NULL */
    struct io_addr target[PING_TARGETS];
    unsigned count, at;
    struct io_conn *conn;
    struct stack *stack;
    struct io_timer *timer;
    char failed[PING_TEXT]; /* the addresses that did not answer, and why */
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
    const char *why = json_string_value(json_object_get(p->refused, "text"));
    const char *peer = *p->peer   ? p->peer
                       : *p->host ? p->host
                                  : NULL; /* no host of the connector could be looked up */

    LOG_EVENT(p->x->log, x400_wall(p->x), EVENT_PING, EV_STR("connector", p->profile.object->dn),
              EV_STR("peer", peer), EV_STR("detail", p->ok ? "opened and closed" : why));
    if (p->lookup)
        p->lookup->ping = NULL;
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
    const char *problem;
    struct buf space;

    step(p, "association", open_json(open), "opened");
    buf_init(&space, LIMIT_EVENT_TEXT);
    problem = x400_result_problem(&p->profile, open->bind, &space);
    if (problem) {
        refuse(p, "MTA", problem);
    } else {
        step(p, "MTA", NULL, "name and password are as expected");
        p->ok = true;
    }
    buf_free(&space);
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
        refuse(p, p->stack ? "association" : p->lookup ? "names" : "TCP", "no answer in time");
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
        .max_tpdu = x400_offered_tpdu(p->x, &p->profile),
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
    buf_wipe(&bind);
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

static void call_next(struct x400_ping *p);

/* This address is none; the next one may be. */
static void not_connected(struct x400_ping *p, int error, const char *text)
{
    size_t len = strlen(p->failed);
    const char *why = text ? text : x4_strerror(error);

    step(p, "TCP", json_pack("{s:s}", "remote", p->peer), why);
    if (len)
        len += (size_t)snprintf(p->failed + len, sizeof(p->failed) - len, "; ");
    else if (!strstr(p->peer, p->host)) /* a name */
        len = (size_t)snprintf(p->failed, sizeof(p->failed), "%s: ", p->host);
    if (len < sizeof(p->failed))
        snprintf(p->failed + len, sizeof(p->failed) - len, "%s: %s", p->peer, why);
    p->at++;
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct x400_ping *p = ctx;

    p->conn = NULL;
    if (!p->stack) {
        not_connected(p, error, text);
        call_next(p);
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

static void call_next(struct x400_ping *p)
{
    for (; p->at < p->count;) {
        const struct io_addr *remote = &p->target[p->at];
        const struct io_connect_params params = {
            .remote = *remote,
            .local = x400_source_address(p->x, &p->profile, remote),
            .timeout_ms = PING_CONNECT_MS,
        };
        int error;

        io_addr_print(remote, true, p->peer);
        p->x->io->ops->timer_set(p->timer, PING_TIMEOUT_MS);
        error = p->x->io->ops->connect(p->x->io, &params, &callbacks, p, &p->conn);
        if (!error)
            return;
        not_connected(p, error, NULL);
    }
    if (!p->refused)
        p->refused = json_pack("{s:s, s:s}", "layer", "TCP", "text", p->failed);
    end_soon(p);
}

/* ---- whom to call ---------------------------------------------------------------------------- */

static void take_target(struct x400_ping *p, const struct io_addr *addr)
{
    if (p->count < PING_TARGETS)
        p->target[p->count++] = *addr;
}

static void resolved(void *ctx, int error, const struct io_addr *addrs, unsigned count)
{
    struct ping_lookup *l = ctx;
    struct x400_ping *p = l->ping;
    char text[PING_TEXT];

    free(l);
    if (!p)
        return;
    p->lookup = NULL;
    if (p->finished)
        return;
    for (unsigned i = 0; i < count; i++)
        take_target(p, &addrs[i]);
    if (p->count) {
        call_next(p);
        return;
    }
    snprintf(text, sizeof(text), "host name %s cannot be resolved: %s", p->host,
             x4_strerror(error));
    refuse(p, "names", text);
    end_soon(p);
}

static int look_up(struct x400_ping *p, uint16_t port)
{
    int error;

    p->lookup = malloc(sizeof(*p->lookup));
    if (!p->lookup)
        return X4_ENOMEM;
    p->lookup->ping = p;
    error = p->x->io->ops->resolve(p->x->io, p->host, port, resolved, p->lookup);
    if (error) {
        free(p->lookup);
        p->lookup = NULL;
    }
    return error;
}

/* A connector's addresses, as far as they are known. */
static int call_connector(struct x400_ping *p)
{
    const struct io_addr *addr;

    for (unsigned i = 0; (addr = x400_address_at(&p->profile, i)) != NULL; i++)
        take_target(p, addr);
    if (p->count) {
        call_next(p);
    } else {
        refuse(p, "names", "no address of the connector's remote-hosts is known");
        end_soon(p);
    }
    return X4_OK;
}

static int begin(struct x400_ping *p, const json_t *params)
{
    const char *host = json_string_value(json_object_get(params, "host"));
    const json_t *port = json_object_get(params, "port");
    uint16_t number = port ? (uint16_t)json_integer_value(port) : PING_PORT;
    struct io_addr addr;

    if (!host)
        return call_connector(p);
    snprintf(p->host, sizeof(p->host), "%s", host);
    if (io_addr_parse(host, number, &addr))
        return look_up(p, number);
    take_target(p, &addr);
    call_next(p);
    return X4_OK;
}

/* The connector; with a host instead, the first one lends names and selectors. */
static const struct x400_connector *connector_for(struct x400 *x, const json_t *params)
{
    const char *dn = json_string_value(json_object_get(params, "connector"));

    if (dn)
        return x400_find(x, dn);
    return list_empty(&x->connectors) ? NULL
                                      : LIST_ITEM(x->connectors.next, struct x400_connector, link);
}

static bool params_are_right(const json_t *params)
{
    const json_t *port = json_object_get(params, "port");
    const char *host = json_string_value(json_object_get(params, "host"));
    json_int_t number = json_is_integer(port) ? json_integer_value(port) : 0;

    if (host && (!*host || strlen(host) >= sizeof(((struct x400_ping *)0)->host)))
        return false;
    return !port || (number >= 1 && number <= PING_PORT_MAX);
}

static struct x400_ping *ping_new(struct x400 *x, const struct x400_connector *c)
{
    struct x400_ping *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->x = x;
    p->profile = c->profile;
    p->steps = json_array();
    p->timer = x->io->ops->timer_new(x->io, timeout, p);
    if (!p->steps || !p->timer) {
        if (p->timer)
            x->io->ops->timer_free(&p->timer);
        json_decref(p->steps);
        free(p);
        return NULL;
    }
    p->directory = directory_ref(mta_directory(x->mta));
    list_push_back(&x->pings, &p->link);
    x->io->ops->timer_set(p->timer, PING_TIMEOUT_MS);
    return p;
}

int x400_ping(struct x400 *x, const json_t *params, x400_ping_fn *done, void *ctx)
{
    const struct x400_connector *c = connector_for(x, params);
    struct x400_ping *p;
    int error;

    if (!params_are_right(params))
        return X4_EINVAL;
    if (!c)
        return X4_ENOTFOUND;
    p = ping_new(x, c);
    if (!p)
        return X4_ENOMEM;
    p->done = done;
    p->ctx = ctx;
    error = begin(p, params);
    if (error) {
        refuse(p, "names", x4_strerror(error));
        end_soon(p);
    }
    return X4_OK;
}
