/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400dump/tcp.h"

#include <stdlib.h>

void tcp_init(struct tcp *t, const struct tcp_sink *sink)
{
    t->sink = *sink;
    t->count = 0;
    list_init(&t->order);
    for (unsigned i = 0; i < TCP_BUCKETS; i++)
        list_init(&t->buckets[i]);
}

/* ---- connections ---------------------------------------------------------------------------- */

static uint32_t hash_endpoint(const struct ip_endpoint *e)
{
    uint32_t h = 2166136261u;

    for (unsigned i = 0; i < sizeof(e->address); i++)
        h = (h ^ e->address[i]) * 16777619u;
    return (h ^ e->port) * 16777619u;
}

static struct list *bucket(struct tcp *t, const struct ip_endpoint *from,
                           const struct ip_endpoint *to)
{
    return &t->buckets[(hash_endpoint(from) * 31 + hash_endpoint(to)) % TCP_BUCKETS];
}

static struct tcp_conn *find_conn(struct tcp *t, const struct tcp_segment *s, unsigned *side)
{
    LIST_EACH(it, bucket(t, &s->from, &s->to))
    {
        struct tcp_path *path = LIST_ITEM(it, struct tcp_path, node);

        if (ip_endpoint_equal(&path->from, &s->from) && ip_endpoint_equal(&path->to, &s->to)) {
            *side = path->side;
            return path->conn;
        }
    }
    return NULL;
}

/* Both directions, seen from a segment of this side. */
static void add_paths(struct tcp *t, struct tcp_conn *conn, const struct tcp_segment *s,
                      unsigned side)
{
    struct tcp_path *forth = &conn->paths[conn->path_count++];
    struct tcp_path *back = &conn->paths[conn->path_count++];

    *forth = (struct tcp_path){.conn = conn, .from = s->from, .to = s->to, .side = side};
    *back = (struct tcp_path){.conn = conn, .from = s->to, .to = s->from, .side = 1 - side};
    list_push_front(bucket(t, &forth->from, &forth->to), &forth->node);
    list_push_front(bucket(t, &back->from, &back->to), &back->node);
}

static bool is_answer(const struct tcp_segment *s)
{
    return (s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
}

/* A connection whose SYN this segment answers although the addresses differ: it was captured on
 * both sides of an address translator. Ports and the acknowledged number must be right. */
static struct tcp_conn *find_translated(struct tcp *t, const struct tcp_segment *s)
{
    if (!is_answer(s))
        return NULL;
    LIST_EACH(it, &t->order)
    {
        struct tcp_conn *conn = LIST_ITEM(it, struct tcp_conn, order);

        if (conn->from_start && conn->path_count == 2 && !conn->side[1].known &&
            conn->side[0].next == s->ack && conn->side[0].end.port == s->to.port &&
            conn->side[1].end.port == s->from.port)
            return conn;
    }
    return NULL;
}

static struct tcp_conn *new_conn(struct tcp *t, const struct tcp_segment *s, unsigned *side)
{
    struct tcp_conn *conn = find_translated(t, s);

    /* who answers a SYN did not begin */
    *side = is_answer(s);
    if (conn) {
        add_paths(t, conn, s, 1);
        return conn;
    }
    conn = calloc(1, sizeof(*conn));
    if (!conn)
        return NULL;
    conn->side[*side].end = s->from;
    conn->side[1 - *side].end = s->to;
    conn->from_start = (s->flags & TCP_SYN) != 0;
    list_init(&conn->side[0].pending);
    list_init(&conn->side[1].pending);
    add_paths(t, conn, s, *side);
    list_push_back(&t->order, &conn->order);
    t->count++;
    return conn;
}

/* ---- one side ------------------------------------------------------------------------------- */

/* Payload that begins exactly at next. */
static void deliver(struct tcp *t, struct tcp_conn *conn, unsigned side,
                    const struct tcp_pending *p)
{
    struct tcp_side *s = &conn->side[side];

    if (p->payload.len > 0)
        t->sink.data(t->sink.ctx, conn, side, p->payload, p->time_us);
    s->next += (uint32_t)p->payload.len;
    if (p->missing > 0) {
        t->sink.gap(t->sink.ctx, conn, side, p->missing, p->time_us);
        s->next += (uint32_t)p->missing;
    }
}

/* Takes away what came before already. False: nothing is left. */
static bool trim(const struct tcp_side *s, struct tcp_pending *p)
{
    uint32_t behind = s->next - p->seq;
    size_t old = behind < UINT32_C(1) << 31 ? behind : 0; /* else it lies ahead */

    if (old >= p->payload.len + p->missing)
        return false;
    p->seq += (uint32_t)old;
    if (old > p->payload.len)
        p->missing -= old - p->payload.len;
    p->payload = slice_from(p->payload, old);
    return true;
}

static struct tcp_pending *first_pending(struct tcp_side *s)
{
    return list_empty(&s->pending) ? NULL : LIST_ITEM(s->pending.next, struct tcp_pending, node);
}

static void drop_pending(struct tcp_side *s, struct tcp_pending *p)
{
    list_remove(&p->node);
    s->pending_count--;
    free(p);
}

/* Hands on what has become due. */
static void drain(struct tcp *t, struct tcp_conn *conn, unsigned side)
{
    struct tcp_side *s = &conn->side[side];
    struct tcp_pending *p;

    while ((p = first_pending(s)) && (int32_t)(p->seq - s->next) <= 0) {
        if (trim(s, p))
            deliver(t, conn, side, p);
        drop_pending(s, p);
    }
}

/* Gives up waiting: the oldest waiting segment is next. */
static void skip_gap(struct tcp *t, struct tcp_conn *conn, unsigned side)
{
    struct tcp_side *s = &conn->side[side];
    struct tcp_pending *p = first_pending(s);

    if (!p)
        return;
    t->sink.gap(t->sink.ctx, conn, side, p->seq - s->next, p->time_us);
    s->next = p->seq;
    drain(t, conn, side);
}

static int keep_pending(struct tcp *t, struct tcp_conn *conn, unsigned side,
                        const struct tcp_pending *segment)
{
    struct tcp_side *s = &conn->side[side];
    struct tcp_pending *p = malloc(sizeof(*p));
    struct list *before = &s->pending;

    if (!p)
        return X4_ENOMEM;
    *p = *segment;
    for (struct list *it = s->pending.prev; it != &s->pending; it = it->prev) {
        if ((int32_t)(LIST_ITEM(it, struct tcp_pending, node)->seq - p->seq) <= 0)
            break;
        before = it;
    }
    list_push_back(before, &p->node);
    if (++s->pending_count > TCP_PENDING_MAX)
        skip_gap(t, conn, side);
    return X4_OK;
}

static int take_payload(struct tcp *t, struct tcp_conn *conn, unsigned side,
                        const struct tcp_segment *segment, int64_t time_us)
{
    struct tcp_side *s = &conn->side[side];
    struct tcp_pending p = {.seq = segment->seq + (segment->flags & TCP_SYN ? 1 : 0),
                            .payload = segment->payload,
                            .missing = segment->missing,
                            .time_us = time_us};

    if (!s->known) {
        s->next = p.seq;
        s->known = true;
    }
    if (!trim(s, &p))
        return X4_OK;
    if (p.seq != s->next)
        return keep_pending(t, conn, side, &p);
    deliver(t, conn, side, &p);
    drain(t, conn, side);
    return X4_OK;
}

/* ---- input ---------------------------------------------------------------------------------- */

static void forget(struct tcp *t, struct tcp_conn *conn)
{
    for (unsigned side = 0; side < 2; side++) {
        while (first_pending(&conn->side[side]))
            skip_gap(t, conn, side);
    }
    t->sink.forget(t->sink.ctx, conn);
    for (unsigned i = 0; i < conn->path_count; i++)
        list_remove(&conn->paths[i].node);
    list_remove(&conn->order);
    t->count--;
    free(conn);
}

/* FIN counts when all octets before it are there; a capture rarely has anything after. */
static void note_end(struct tcp *t, struct tcp_conn *conn, unsigned side, unsigned flags,
                     int64_t time_us)
{
    if (!(flags & (TCP_FIN | TCP_RST)) || conn->side[side].finished)
        return;
    conn->side[side].finished = true;
    t->sink.finished(t->sink.ctx, conn, side, flags & TCP_RST ? "reset" : "FIN", time_us);
}

int tcp_input(struct tcp *t, const struct tcp_segment *segment, int64_t time_us)
{
    unsigned side = 0;
    struct tcp_conn *conn = find_conn(t, segment, &side);
    bool opens = (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    int error;

    /* the ports are used again */
    if (conn && opens && conn->side[side].known && segment->seq + 1 != conn->side[side].next) {
        forget(t, conn);
        conn = NULL;
    }
    if (!conn && t->count >= TCP_CONNECTIONS_MAX)
        return X4_ELIMIT;
    if (!conn)
        conn = new_conn(t, segment, &side);
    if (!conn)
        return X4_ENOMEM;
    if (segment->flags & TCP_SYN && !conn->side[side].known) {
        conn->side[side].known = true;
        conn->side[side].next = segment->seq + 1;
    }
    error = segment->payload.len + segment->missing > 0
                ? take_payload(t, conn, side, segment, time_us)
                : X4_OK;
    note_end(t, conn, side, segment->flags, time_us);
    return error;
}

void tcp_end(struct tcp *t)
{
    while (!list_empty(&t->order))
        forget(t, LIST_ITEM(t->order.next, struct tcp_conn, order));
}
