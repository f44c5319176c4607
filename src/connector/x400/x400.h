/* SPDX-License-Identifier: Apache-2.0 */
/* The X.400 connectors: P1 over RTSE and TCP/IP, to and from other MTAs.
 *
 * Stacks listen; connectors open associations while their queues hold something, and recognise
 * callers. All of it follows the directory in force: call x400_configure() after each change. */
#pragma once

#include "connector/x400/guard.h"
#include "mta/mta.h"

struct x400;
struct x400_connector;
struct x400_assoc;

/* NULL: out of memory. */
struct x400 *x400_new(struct mta *mta);
/* Ends everything at once: associations are aborted, what was in transfer stays queued. */
void x400_free(struct x400 **x);
/* Opens and closes listeners, makes and drops connectors, as the directory in force says. */
void x400_configure(struct x400 *x);
/* Takes no new calls, opens nothing more, closes idle associations; what is under way
 * may end within stop-timeout, then it is aborted. done, once, when nothing is left or that has had
 * its time. */
void x400_drain(struct x400 *x, void (*done)(void *ctx), void *ctx);

/* ---- for the API ----------------------------------------------------------------------------- */

/* [{stack, local}] of the listeners that are open. */
json_t *x400_listeners(const struct x400 *x);
/* One object per connector as in admin/backend.h; dn NULL: all, as an array. NULL: no such. */
json_t *x400_connectors(struct x400 *x, const char *dn);
json_t *x400_associations(const struct x400 *x);
/* {unbound, sources, blocked-sources, failed-binds, untold, refused: {LIMIT: n}}: guard.h. */
json_t *x400_calls(const struct x400 *x);
void x400_count_calls(const struct x400 *x, struct guard_counters *out);
/* Open an association now, whatever the retry timer says; close all in order. X4_ENOTFOUND,
 * X4_ESTATE (disabled, removed, schedule never or not now), X4_EBUSY (no more associations
 * allowed). */
int x400_open_now(struct x400 *x, const char *dn);
int x400_close_all(struct x400 *x, const char *dn);

/* A test bind: params is {connector} or {host, port}; with a host, a name or an address, the first
 * connector lends names and selectors. All addresses are tried in turn. Finishes with {ok, steps,
 * refused}. The connector's limits and retry state are not touched. X4_ENOTFOUND: no connector;
 * X4_EINVAL: no such port, or no host name; X4_ENOMEM. Then done is not called. */
typedef void x400_ping_fn(void *ctx, json_t *result);
int x400_ping(struct x400 *x, const json_t *params, x400_ping_fn *done, void *ctx);
