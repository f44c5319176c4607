/* SPDX-License-Identifier: Apache-2.0 */
/* An MTA on a store in memory and under virtual time, with a site of two connectors and two
 * mailboxes. */
#pragma once

#include "connector/mailbox/mailbox.h"
#include "mta/inbound.h"
#include "mta/outbound.h"

#define ANN    "/G=Ann/S=Smith/O=London/PRMD=ACME/ADMD= /C=GB/"
#define JIM    "/S=Jim/O=London/PRMD=ACME/ADMD= /C=GB/"
#define NOBODY "/S=Nobody/O=London/PRMD=ACME/ADMD= /C=GB/"
#define BOB    "/S=Bob/O=Paris/PRMD=BISTRO/ADMD= /C=FR/"
#define EVA    "/S=Eva/O=Berlin/PRMD=BIER/ADMD= /C=DE/"

#define TO_PARIS  "/o=Acme/ou=London/cn=Configuration/cn=Connections/cn=to Paris"
#define TO_BERLIN "/o=Acme/ou=London/cn=Configuration/cn=Connections/cn=to Berlin"
#define BOX_ANN   "/o=Acme/ou=London/cn=Recipients/cn=ann"
#define BOX_JIM   "/o=Acme/ou=London/cn=Recipients/cn=jim"

struct virtual_io;

struct bench {
    struct virtual_io *vio;
    struct store *store;
    struct log *log;
    struct directory *directory;
    struct mta *mta;
    struct mailboxes *mailboxes;
    struct arena arena;
    char *events; /* numbers of the events so far, " 142 62" */
    size_t events_len;
    const struct mts_gdi *neighbour; /* whom objects come from; NULL: FR, BISTRO */
    int result;                      /* of the last completion */
    unsigned completions;
};

/* The site as in fixture.c, with extra attributes of the server ("message-size-limit: 1"), or "".
 */
struct bench *bench_new(const char *server_extra);
/* berlin_extra: lines of the connector to Berlin ("    conformance: '1984'\n"), or "". */
struct bench *bench_new_with(const char *server_extra, const char *berlin_extra);
void bench_free(struct bench **b);
/* The same for cmocka: *state is a bench. */
int bench_setup(void **state);
int bench_teardown(void **state);
/* Lets the store commit and timers fire until nothing is left to do now. */
void bench_settle(struct bench *b);
void bench_advance(struct bench *b, int64_t ms);
int64_t bench_now(const struct bench *b);
/* Drops the MTA and makes it anew from the store, as after a crash. */
void bench_restart(struct bench *b);
bool bench_has_event(const struct bench *b, int number);

/* What a message consists of. Recipients end with NULL. */
struct letter {
    const char *originator;
    const char *recipients[8];
    enum mts_originator_report_request report;
    enum mts_kind kind;
    enum mts_priority priority;
    int64_t deferred_ms, latest_ms; /* 0: none */
    bool return_content;
    bool disclose;
};
/* Submits it with this content; the MTS-identifier's text, in the arena. */
const char *bench_submit(struct bench *b, const struct letter *letter, struct slice content);
/* The APDU as another MTA (domain FR/BISTRO) would send it: whole, in the arena. */
struct slice bench_foreign(struct bench *b, const struct letter *letter, struct slice content);
/* The octets of an APDU come in over a connector; then it ends (completions, result). */
struct mta_in *bench_begin(struct bench *b, const char *connector, struct slice apdu);
void bench_end(struct bench *b, struct mta_in **in);
/* Both, until it is durable; the completion's result. */
int bench_receive(struct bench *b, const char *connector, struct slice apdu);

/* Takes the next item of a queue and opens its copy for this peer (own NULL: the MTA's); NULL:
 * there is none, or it cannot go there. */
struct mta_out *bench_open(struct bench *b, const char *connector, const struct mta_peer *peer);
/* All of a copy's octets, in the arena. */
struct slice bench_octets(struct bench *b, struct mta_out *out);
/* Takes the next item of a queue and makes its copy for a peer of another domain: the whole APDU,
 * in the arena; absent when there is none. It is confirmed to have been sent. */
struct slice bench_send(struct bench *b, const char *connector);
/* The same for a peer that speaks 1984 P1. */
struct slice bench_send_1984(struct bench *b, const char *connector);
size_t bench_queued(const struct bench *b, const char *connector);
/* Entries of a mailbox, and the decoded APDU of entry i (0 = first). */
size_t bench_entries(struct bench *b, const char *mailbox);
struct mts_apdu *bench_entry(struct bench *b, const char *mailbox, size_t i);
struct mts_apdu *bench_decode(struct bench *b, struct slice apdu);
