/* SPDX-License-Identifier: Apache-2.0 */
/* Two whole MTAs, LONDON at 10.0.0.1 and PARIS at 10.0.0.2, with a connector to each other, stores
 * in memory, and a network in memory between them. */
#pragma once

#include "connector/mailbox/mailbox.h"
#include "connector/x400/x400.h"
#include "network.h"

#define ANN "/S=Ann/PRMD=ACME/ADMD= /C=GB/"
#define BOB "/S=Bob/PRMD=BISTRO/ADMD= /C=FR/"

struct site {
    const char *name; /* LONDON */
    bool is_london;
    struct io *io;
    struct store *store;
    struct log *log;
    struct directory *directory;
    struct mta *mta;
    struct mailboxes *mailboxes;
    struct x400 *x400;
    char connector[128], mailbox[128]; /* DNs */
    char *events;                      /* JSON Lines */
    size_t events_len;
    unsigned accepted; /* submissions that became durable */
};

struct pair {
    struct sim_net *net;
    struct site a, b; /* LONDON, PARIS */
};

/* Attributes that differ from the usual: lines of YAML ("two-way-alternate: true, window-size: 3"),
 * or "". */
struct pair_options {
    const char *a_connector, *b_connector, *a_server, *b_server;
    const char *a_stack, *b_stack;
    int64_t wall_ms;    /* at the start; 0: 2026-11-18 11:06:40 UTC */
    const char *a_more; /* objects of LONDON besides, each "  DN: {...}\n" */
};

struct pair *pair_new(const struct pair_options *options);
/* With these attributes of their connectors. */
struct pair *pair_of(const char *a_connector, const char *b_connector);
/* One of them alone, on a machine of its own in a network where the other is missing. */
void site_open(struct site *s, bool is_london, struct sim_net *net,
               const struct pair_options *options);
void site_close(struct site *s);
void pair_free(struct pair **pair);
/* Until nothing is left to do at this time; and for so long. */
void pair_settle(struct pair *p);
void pair_advance(struct pair *p, int64_t ms);

/* Changes attributes of a site's connector, as JSON; null: the connector is removed. */
void site_change(struct site *s, const char *json);
/* A message from the site's user to the other's, with a content of so many octets. */
struct parcel {
    size_t octets;
    enum mts_priority priority;
    bool probe, report;
};
void site_send(struct site *s, const struct parcel *parcel);
/* Likewise, to somebody else. */
void site_send_to(struct site *s, const char *to, const struct parcel *parcel);
size_t site_queued(const struct site *s);
/* Entries of the site's mailbox: messages, and reports. */
size_t site_messages(const struct site *s);
size_t site_reports(const struct site *s);
size_t site_associations(const struct site *s);
/* An attribute of the connector as the API shows it. */
const char *site_connector(struct site *s, const char *field, char text[128]);
/* How often was it logged? And does the last of these events hold this text? */
unsigned site_events(const struct site *s, int number);
bool site_event_says(const struct site *s, int number, const char *text);
