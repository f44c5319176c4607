/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of the X.400 connectors: follows the directory. */
#include "connector/x400/internal.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum { DRAIN_MS = 100, SECOND_MS = 1000, RTAB_TEMPORARY = 3 };

int64_t x400_now(const struct x400 *x)
{
    return x->io->ops->now(x->io);
}

int64_t x400_wall(const struct x400 *x)
{
    return x->io->ops->wall(x->io);
}

const char *x400_mode_name(enum stack_mode mode)
{
    static const char *const names[] = {[STACK_NORMAL] = "1988-normal",
                                        [STACK_X410_1988] = "1988-x410",
                                        [STACK_X410_1984] = "1984"};

    return names[mode];
}

const char *x400_layer_name(enum stack_layer layer)
{
    static const char *const names[] = {[STACK_LAYER_TRANSPORT] = "transport",
                                        [STACK_LAYER_SESSION] = "session",
                                        [STACK_LAYER_PRESENTATION] = "presentation",
                                        [STACK_LAYER_ACSE] = "ACSE",
                                        [STACK_LAYER_RTSE] = "RTSE",
                                        [STACK_LAYER_MTA] = "MTA",
                                        [STACK_LAYER_LOCAL] = "this MTA"};

    return names[layer];
}

struct x400_connector *x400_find(const struct x400 *x, const char *dn)
{
    LIST_EACH(it, &x->connectors)
    {
        struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);

        if (!c->removed && conf_dn_equal(c->dn, dn))
            return c;
    }
    return NULL;
}

struct x400 *x400_new(struct mta *mta)
{
    struct x400 *x = calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    x->mta = mta;
    x->io = mta_io(mta);
    x->log = mta_log(mta);
    list_init(&x->stacks);
    list_init(&x->connectors);
    list_init(&x->associations);
    list_init(&x->pings);
    x->ahead.octets = malloc(X400_AHEAD);
    if (!x->ahead.octets || x400_calls_init(x) || x400_room_init(x))
        x400_free(&x);
    return x;
}

/* ---- listeners ------------------------------------------------------------------------------- */

static void incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                     const struct io_addr *local)
{
    struct x400_listener *l = ctx;

    x400_assoc_incoming(l->stack, conn, remote, local);
}

static void accept_failed(void *ctx, const char *text)
{
    struct x400_listener *l = ctx;
    struct x400 *x = l->stack->x;

    if (guard_may_tell(x->guard, x400_now(x)))
        LOG_EVENT(x->log, x400_wall(x), EVENT_ACCEPT_FAILED, EV_STR("local", l->text),
                  EV_STR("detail", text));
}

static void close_listener(struct x400_listener *l)
{
    struct x400 *x = l->stack->x;

    LOG_EVENT(x->log, x400_wall(x), EVENT_STACK_CLOSED, EV_STR("stack", l->stack->dn),
              EV_STR("local", l->text));
    x->io->ops->listener_free(&l->io);
    list_remove(&l->link);
    free(l);
}

static void open_listener(struct x400_stack *s, const struct io_addr *local)
{
    struct x400_listener *l = calloc(1, sizeof(*l));
    struct x400 *x = s->x;
    const struct io_listen_params params = {
        .local = *local,
        .freebind = s->profile.freebind,
        .on_incoming = incoming,
        .on_failed = accept_failed,
        .ctx = l,
    };
    char why[X400_TEXT] = "out of memory";
    struct io_addr got;

    if (l) {
        l->stack = s;
        l->wanted = *local;
    }
    if (!l || x->io->ops->listen(x->io, &params, &l->io, why, sizeof(why))) {
        char text[IO_ADDR_TEXT];

        io_addr_print(local, true, text);
        LOG_EVENT(x->log, x400_wall(x), EVENT_STACK_LISTEN_FAILED, EV_STR("stack", s->dn),
                  EV_STR("local", text), EV_STR("detail", why));
        free(l);
        return;
    }
    x->io->ops->listener_addr(l->io, &got);
    io_addr_print(&got, true, l->text);
    list_push_back(&s->listeners, &l->link);
    LOG_EVENT(x->log, x400_wall(x), EVENT_STACK_LISTENING, EV_STR("stack", s->dn),
              EV_STR("local", l->text));
}

static void wanted_addresses(const struct x400_stack_profile *p, struct io_addr *out, unsigned *n)
{
    *n = p->local_count;
    memcpy(out, p->local, sizeof(*out) * p->local_count);
    if (*n == 0) { /* all: IPv6 sockets carry IPv6 only */
        io_addr_parse("0.0.0.0", p->port, &out[(*n)++]);
        io_addr_parse("::", p->port, &out[(*n)++]);
    }
}

static bool same_address(const struct io_addr *a, const struct io_addr *b)
{
    return io_addr_same_host(a, b) && io_addr_port(a) == io_addr_port(b) &&
           a->u.any.sa_family == b->u.any.sa_family;
}

static void follow_listeners(struct x400_stack *s)
{
    struct io_addr wanted[X400_ADDRESSES + 2];
    bool there[X400_ADDRESSES + 2] = {false};
    unsigned count;

    wanted_addresses(&s->profile, wanted, &count);
    LIST_EACH_SAFE(it, &s->listeners)
    {
        struct x400_listener *l = LIST_ITEM(it, struct x400_listener, link);
        bool keep = false;

        for (unsigned i = 0; i < count; i++) {
            if (same_address(&l->wanted, &wanted[i]))
                there[i] = keep = true;
        }
        if (!keep)
            close_listener(l);
    }
    for (unsigned i = 0; i < count; i++) {
        if (!there[i])
            open_listener(s, &wanted[i]);
    }
}

/* ---- stacks ---------------------------------------------------------------------------------- */

struct x400_stack *x400_stack_of(const struct x400 *x, const char *dn)
{
    LIST_EACH(it, &x->stacks)
    {
        struct x400_stack *s = LIST_ITEM(it, struct x400_stack, link);

        if (conf_dn_equal(s->dn, dn))
            return s;
    }
    return NULL;
}

/* A new one when there is none; NULL: out of memory. */
static struct x400_stack *make_stack(struct x400 *x, const char *dn)
{
    struct x400_stack *s = x400_stack_of(x, dn);

    if (s)
        return s;
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->x = x;
    s->dn = strdup(dn);
    list_init(&s->listeners);
    list_push_back(&x->stacks, &s->link);
    return s;
}

static void free_stack(struct x400_stack *s)
{
    LIST_EACH_SAFE(it, &s->x->associations)
    {
        struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, link);

        if (a->called == s)
            x400_assoc_free(a);
    }
    while (!list_empty(&s->listeners))
        close_listener(LIST_ITEM(s->listeners.next, struct x400_listener, link));
    list_remove(&s->link);
    free(s->dn);
    free(s);
}

static void follow_stacks(struct x400 *x)
{
    const struct directory *d = mta_directory(x->mta);
    const struct conf_object *server = mta_server(x->mta);

    LIST_EACH(it, &x->stacks)
    {
        LIST_ITEM(it, struct x400_stack, link)->stale = true;
    }
    for (const struct conf_object *o = directory_next(d, CONF_STACK, NULL); o;
         o = directory_next(d, CONF_STACK, o)) {
        struct x400_stack *s;

        if (directory_above(d, o, CONF_SERVER) != server)
            continue; /* another node's server */
        s = make_stack(x, o->dn);
        if (!s)
            continue;
        s->stale = false;
        x400_stack_profile_load(&s->profile, o);
        follow_listeners(s);
    }
    LIST_EACH_SAFE(it, &x->stacks)
    {
        struct x400_stack *s = LIST_ITEM(it, struct x400_stack, link);

        if (s->stale)
            free_stack(s);
    }
}

/* ---- connectors ------------------------------------------------------------------------------ */

static void kicked(void *ctx)
{
    x400_connector_kick(ctx);
}

static enum mta_activation activation(void *ctx)
{
    return x400_connector_activation(ctx);
}

static const struct mta_queue_ops queue_ops = {.kick = kicked, .activation = activation};

static struct x400_connector *connector_new(struct x400 *x, const char *dn)
{
    struct x400_connector *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->x = x;
    c->dn = strdup(dn);
    c->queue = mta_queue_of(x->mta, dn);
    c->timer = x->io->ops->timer_new(x->io, x400_dispatch, c);
    if (!c->dn || !c->queue || !c->timer) {
        if (c->timer)
            x->io->ops->timer_free(&c->timer);
        free(c->dn);
        free(c);
        return NULL;
    }
    list_init(&c->associations);
    list_init(&c->lookups);
    list_push_back(&x->connectors, &c->link);
    mta_serve(c->queue, &queue_ops, c);
    return c;
}

static void connector_free(struct x400_connector *c)
{
    if (c->queue->ctx == c) /* commits may still come */
        mta_serve(c->queue, NULL, NULL);
    x400_forget_lookups(c);
    c->x->io->ops->timer_free(&c->timer);
    list_remove(&c->link);
    free(c->dn);
    free(c);
}

void x400_connector_drop_if_done(struct x400_connector *c)
{
    if (c->removed && list_empty(&c->associations))
        connector_free(c);
}

/* Its associations end; what they were sending goes back to the queue. */
static void remove_connector(struct x400_connector *c)
{
    c->removed = true;
    if (c->queue->ctx == c)
        mta_serve(c->queue, NULL, NULL);
    LIST_EACH_SAFE(it, &c->associations)
    {
        struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, in_connector);

        if (a->stack)
            x400_assoc_abort(a, RTAB_TEMPORARY, "its connector was removed");
        else
            x400_assoc_free(a);
    }
    x400_connector_kick(c);
}

static void follow_connector(struct x400 *x, const struct conf_object *o)
{
    struct x400_connector *c = x400_find(x, o->dn);
    struct x400_profile known;
    bool made = !c;

    if (!c)
        c = connector_new(x, o->dn);
    if (!c)
        return;
    c->stale = false;
    known = c->profile;
    x400_profile_load(&c->profile, mta_directory(x->mta), o, mta_server(x->mta),
                      mta_identity(x->mta));
    x400_profile_keep_addresses(&c->profile, &known);
    c->monologue_only = false;
    c->times = (struct x400_times){.open = false};
    x400_connector_may_call(c); /* what was wrong may be mended: try at once */
    x400_forget_lookups(c);     /* of what may be other names */
    x400_resolve(c);
    if (!made && (!c->profile.enabled || c->profile.schedule == CONF_NEVER))
        x400_close_all(x, c->dn);
    x400_connector_kick(c);
}

static void follow_connectors(struct x400 *x)
{
    const struct directory *d = mta_directory(x->mta);

    LIST_EACH(it, &x->connectors)
    {
        LIST_ITEM(it, struct x400_connector, link)->stale = true;
    }
    for (const struct conf_object *o = directory_next(d, CONF_CONNECTOR, NULL); o;
         o = directory_next(d, CONF_CONNECTOR, o)) {
        const struct conf_object *stack = directory_follow(d, o, "stack");

        if (stack && directory_above(d, stack, CONF_SERVER) == mta_server(x->mta))
            follow_connector(x, o);
    }
    LIST_EACH_SAFE(it, &x->connectors)
    {
        struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);

        if (c->stale && !c->removed)
            remove_connector(c);
    }
}

void x400_configure(struct x400 *x)
{
    x400_calls_configure(x);
    follow_stacks(x);
    follow_connectors(x);
}

/* ---- steering -------------------------------------------------------------------------------- */

int x400_open_now(struct x400 *x, const char *dn)
{
    struct x400_connector *c = x400_find(x, dn);

    if (!c)
        return X4_ENOTFOUND;
    if (!c->profile.enabled || c->profile.schedule == CONF_NEVER || x400_off_hours(c))
        return X4_ESTATE;
    x400_connector_may_call(c);
    return x400_connector_call(c);
}

int x400_close_all(struct x400 *x, const char *dn)
{
    struct x400_connector *c = x400_find(x, dn);

    if (!c)
        return X4_ENOTFOUND;
    LIST_EACH_SAFE(it, &c->associations)
    {
        struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, in_connector);

        x400_assoc_finish(a);
    }
    return X4_OK;
}

static int64_t stop_timeout_ms(const struct x400 *x)
{
    return conf_int(mta_server(x->mta), "stop-timeout") * SECOND_MS;
}

/* The peers are told, but not waited for. */
static void give_up_transfers(struct x400 *x)
{
    LOG_EVENT(x->log, x400_wall(x), EVENT_STOP_OVERDUE, EV_INT("count", x->association_count),
              EV_INT("seconds", stop_timeout_ms(x) / SECOND_MS));
    LIST_EACH_SAFE(it, &x->associations)
    {
        struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, link);

        if (a->stack)
            x400_assoc_abort(a, RTAB_TEMPORARY, "this MTA stops and waits no longer");
    }
    while (!list_empty(&x->associations)) /* they had no stack yet, or no end of their output */
        x400_assoc_free(LIST_ITEM(x->associations.next, struct x400_assoc, link));
}

static void drain_step(void *ctx)
{
    struct x400 *x = ctx;

    x400_calls_give_up(x); /* nobody delays the stop by saying nothing */
    LIST_EACH_SAFE(it, &x->associations)
    {
        struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, link);

        x400_assoc_finish(a);
    }
    if (!list_empty(&x->associations) && x400_now(x) >= x->drain_until)
        give_up_transfers(x);
    if (list_empty(&x->associations)) {
        if (x->drained)
            x->drained(x->drained_ctx);
        return;
    }
    x->io->ops->timer_set(x->drain_timer, DRAIN_MS);
}

void x400_drain(struct x400 *x, void (*done)(void *ctx), void *ctx)
{
    x->draining = true;
    x->drain_until = x400_now(x) + stop_timeout_ms(x);
    x->drained = done;
    x->drained_ctx = ctx;
    LIST_EACH(it, &x->stacks)
    {
        struct x400_stack *s = LIST_ITEM(it, struct x400_stack, link);

        while (!list_empty(&s->listeners))
            close_listener(LIST_ITEM(s->listeners.next, struct x400_listener, link));
    }
    if (!x->drain_timer)
        x->drain_timer = x->io->ops->timer_new(x->io, drain_step, x);
    if (x->drain_timer)
        x->io->ops->timer_set(x->drain_timer, 0);
}

void x400_free(struct x400 **handle)
{
    struct x400 *x = *handle;

    *handle = NULL;
    if (!x)
        return;
    x->draining = true;
    x400_pings_free(x);
    while (!list_empty(&x->associations))
        x400_assoc_free(LIST_ITEM(x->associations.next, struct x400_assoc, link));
    while (!list_empty(&x->connectors))
        connector_free(LIST_ITEM(x->connectors.next, struct x400_connector, link));
    while (!list_empty(&x->stacks))
        free_stack(LIST_ITEM(x->stacks.next, struct x400_stack, link));
    if (x->drain_timer)
        x->io->ops->timer_free(&x->drain_timer);
    if (x->room_timer)
        x->io->ops->timer_free(&x->room_timer);
    guard_free(&x->guard);
    free(x->ahead.octets);
    free(x);
}
