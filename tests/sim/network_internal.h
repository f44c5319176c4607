/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the network in memory share: network_io.c is the machine as its MTA sees it
 * (struct io), network_step.c what happens by itself, network.c the network and its faults. */
#pragma once

#include "network.h"

#include "base/error.h"
#include "base/list.h"
#include "rng.h"

enum { NAME_MAX_LEN = 64, EPHEMERAL = 40000 };

struct host {
    struct io io; /* first */
    struct list link;
    struct sim_net *net;
    struct io_addr address[SIM_HOST_ADDRESSES];
    unsigned address_count;
    int64_t wall; /* its clock is so far ahead of the network's */
    bool down, woken, refuses;
};

struct io_timer {
    struct list link;
    struct sim_net *net;
    void (*fire)(void *ctx);
    void *ctx;
    int64_t at; /* -1: not set */
};

struct io_listener {
    struct list link;
    struct host *host;
    struct io_listen_params params;
};

/* One end of a connection. What is on the way to it waits here. */
struct io_conn {
    struct connection *connection;
    struct host *host;
    struct io_addr local;
    struct io_conn_cb cb;
    void *ctx;
    bool open; /* its owner has it */
    bool paused;
    bool crowded; /* its owner waits for on_writable */
    bool dead;    /* so is its owner: what he does is not to be seen */
    uint8_t *inbox;
    size_t len, room;
    int64_t ready_at; /* not before that the next octets arrive */
    bool fin, reset;  /* after the inbox; at once */
    bool reset_late;  /* after the inbox too */
    int64_t lost_at;  /* since when its peer does not answer probes: -1, or time */
};

struct connection {
    struct list link;
    struct io_conn end[2]; /* 0 called, 1 was called */
    bool established;
    bool silent;      /* one end is gone and could not tell */
    int64_t ready_at; /* not before that it is established */
    int64_t give_up;  /* while it is not established: -1, or when */
    struct sim_rng rng;
};

/* Nothing passes between two machines. */
struct severed {
    struct list link;
    const struct host *a, *b;
};

struct lookup {
    struct list link;
    int64_t at;
    char name[NAME_MAX_LEN];
    uint16_t port;
    void (*done)(void *ctx, int error, const struct io_addr *addrs, unsigned count);
    void *ctx;
};

struct name {
    struct list link;
    char text[NAME_MAX_LEN], address[IO_ADDR_TEXT];
};

struct sim_net {
    int64_t now, wall;
    struct list hosts, timers, listeners, connections, lookups, names, severed;
    struct sim_weather weather;
    int64_t resolve_delay;
    uint64_t octets, cut_at; /* 0: never */
    unsigned calls, heard_out;
    unsigned kind; /* of the last step */
    uint16_t port;
};

extern const struct io_ops net_io_ops;

/* Zeroed memory; ends the program without it. */
void *net_obtain(size_t size);
struct host *net_host_of(struct io *io);
/* The other end. */
struct io_conn *net_other(struct io_conn *c);
/* When what is sent now arrives; follows: not before what was sent earlier. */
int64_t net_arrival(struct connection *n, bool follows);
bool net_is_severed(const struct sim_net *net, const struct host *a, const struct host *b);
void net_drop_inbox(struct io_conn *c);
/* Frees a connection that neither owner has. */
void net_release_if_over(struct connection *n);
/* Tells the owner that the connection is over. */
void net_end_closed(struct io_conn *c, int error, const char *text);
/* Both ends learn of it at once. */
void net_break_connection(struct connection *n);
bool net_owns(const struct host *h, const struct io_addr *a);
/* Octets on the way to an end. */
size_t net_waiting(const struct io_conn *to);
bool net_listens(const struct io_listener *l, const struct io_addr *to);
/* Answers a lookup, and frees it. */
void net_answer(struct sim_net *net, struct lookup *l);
