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
    SIM_SOCKET = 64 * 1024, /* octets that the system takes; more is waiting in io_write() */
    SIM_HOST_ADDRESSES = 8,
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

/* ---- faults ------------------------------------------------------------------------------------
 */

/* A machine that is down answers nothing: connections break, calls to it time out. */
void sim_host_down(struct io *host, bool down);
/* After so many more octets have arrived, in whatever direction, the connection that carries the
 * last of them breaks. */
void sim_cut_after(struct sim_net *net, uint64_t octets);
/* Names answer after so long. */
void sim_resolve_delay(struct sim_net *net, int64_t ms);

/* ---- what happened -----------------------------------------------------------------------------
 */

uint64_t sim_octets(const struct sim_net *net);      /* that arrived */
unsigned sim_calls(const struct sim_net *net);       /* connections that were asked for */
unsigned sim_connections(const struct sim_net *net); /* that are there now */
