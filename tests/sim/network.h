/* SPDX-License-Identifier: Apache-2.0 */
/* A network in memory, under virtual time: machines with addresses, TCP between them, names,
 * timers, and the ways in which they fail. Each machine is a struct io, so that whole MTAs run on
 * it, all in one thread and the same way every time.
 *
 * Nothing happens but in sim_step(), which does one thing that is due and calls back; time stands
 * still until sim_next() says when the next thing is due and sim_set_time() is told to go there. */
#pragma once

#include "io/io.h"

enum {
    SIM_SEGMENT = 1460,     /* octets that arrive at once */
    SIM_SOCKET = 64 * 1024, /* octets that the system takes; more is waiting in write() */
    SIM_HOST_ADDRESSES = 8,
    SIM_KEEPALIVE_MS = 60 * 1000, /* until a connection whose other end is gone breaks */
};

struct sim_net;

/* wall_ms: the wall clock at monotonic time 0. Running out of memory ends the program. */
struct sim_net *sim_net_new(int64_t wall_ms);
/* The users of its machines must be gone. */
void sim_net_free(struct sim_net **net);

/* A machine with one address. It lives as long as the network. */
struct io *sim_host(struct sim_net *net, const char *address);
void sim_host_address(struct io *host, const char *address);
/* What a name resolves to from now on; address NULL: it does not. */
void sim_name(struct sim_net *net, const char *name, const char *address);

/* Does one thing that is due; false: nothing is. */
bool sim_step(struct sim_net *net);
/* When the next thing is due, monotonic; INT64_MAX: never. */
int64_t sim_next(const struct sim_net *net);
void sim_set_time(struct sim_net *net, int64_t now);
int64_t sim_time(const struct sim_net *net);

/* ---- weather and faults ---------------------------------------------------------------------- */

/* Fair at first: octets arrive at once, in whole segments. */
struct sim_weather {
    uint64_t seed;
    unsigned delay_ms; /* calls and octets take up to so long */
    bool pieces;       /* octets arrive in pieces of any length */
};
void sim_weather(struct sim_net *net, const struct sim_weather *weather);

/* The process of a machine dies: its ends of connections do nothing more, and are to be closed by
 * who frees it. Peers are told by a reset, at once or after what is on the way to them; silent (the
 * machine lost its power): they are not told until they write again. */
void sim_host_kill(struct io *host, bool silent);
/* Calls to it are refused. */
void sim_host_refuse(struct io *host, bool refuse);
/* Its wall clock is so far ahead of the network's. */
void sim_host_clock(struct io *host, int64_t ahead_ms);
/* An address goes to another machine. */
void sim_host_move(struct io *from, struct io *to, const char *address);
/* Nothing passes between two machines, and neither is told; what was on the way arrives when it is
 * over. */
void sim_sever(struct io *a, struct io *b, bool severed);
/* All connections between two machines break; half: only their callers learn of it. */
void sim_break(struct io *a, struct io *b, bool half);

/* A machine that is down answers nothing: connections break, calls to it time out. */
void sim_host_down(struct io *host, bool down);
/* After so many more octets have arrived, in whatever direction, the connection that carries the
 * last of them breaks. */
void sim_cut_after(struct sim_net *net, uint64_t octets);
/* Names answer after so long. */
void sim_resolve_delay(struct sim_net *net, int64_t ms);

/* ---- what happened --------------------------------------------------------------------------- */

uint64_t sim_octets(const struct sim_net *net);    /* that arrived */
unsigned sim_calls(const struct sim_net *net);     /* connections that were asked for */
unsigned sim_heard_out(const struct sim_net *net); /* peers, by what they waited for */
/* Timers, listeners, and ends of connections that somebody has. */
unsigned sim_handles(const struct sim_net *net);
unsigned sim_connections(const struct sim_net *net); /* that are there now */
