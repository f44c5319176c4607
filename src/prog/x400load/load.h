/* SPDX-License-Identifier: Apache-2.0 */
/* A run of x400load: what was asked for, what is open, what has happened so far. Private to
 * prog/x400load. */
#pragma once

#include "base/limits.h"
#include "base/list.h"
#include "io/io_uv.h"
#include "osi/stack/stack.h"
#include "prog/x400load/check.h"
#include "prog/x400load/latency.h"
#include "prog/x400load/message.h"

enum {
    LOAD_FAILURE_TEXT = 256,
    LOAD_SEGMENT = 256 * 1024, /* the most that is handed over at once */
    LOAD_BIND_MAX = 512,
};

enum load_priority { LOAD_NORMAL, LOAD_NON_URGENT, LOAD_URGENT, LOAD_MIXED };

struct load_settings {
    bool sends;
    bool listens;
    bool has_from;
    bool json;
    struct io_addr to;     /* the MTA under test */
    struct io_addr from;   /* host that associations leave from */
    struct io_addr listen; /* port 0: the kernel picks */
    const char *name;      /* of our MTA */
    char password[LIMIT_PASSWORD + 1];
    const char *tsel; /* called T-selector or NULL */
    enum stack_mode mode;
    unsigned associations;
    uint64_t messages; /* to send, or to wait for; 0: none, resp. until a signal */
    uint64_t size;     /* octets of content */
    unsigned recipients;
    double rate; /* messages a second in all; 0: as fast as they are taken */
    enum load_priority priority;
    enum mts_originator_report_request reports;
    const char *originator;
    const char *recipient;
    unsigned wait_s; /* without progress: give up */
    unsigned hold_s; /* associations stay open so long after the last message */
};

struct load {
    const struct load_settings *settings;
    struct io *io;
    struct stamp_text text;
    struct message message[MESSAGE_PRIORITIES]; /* taken in turn */
    unsigned message_count;
    uint32_t run;
    uint32_t connections; /* numbers of session connections */
    struct buf bind;      /* MTABindArgument and MTABindResult are alike */
    struct io_timer *pace;
    struct io_timer *tick;
    struct io_timer *stop;
    struct io_timer *hold;
    struct list associations; /* all of both directions */
    struct list ready;        /* of those that wait until the next message is due */
    struct list unsent;       /* messages whose associations were lost: struct unsent */
    struct io_timer *again;   /* opens lost associations anew */
    unsigned callers;         /* associations that we opened and that are still there */
    unsigned called;          /* since the start */
    unsigned opened;
    unsigned lost;    /* associations that we opened, once sending had begun */
    uint64_t started; /* messages */
    uint64_t acknowledged;
    int64_t start_us; /* when the first message was due */
    int64_t sent_us;  /* the last acknowledgement; these are CLOCK_MONOTONIC */
    int64_t first_us; /* arrival */
    int64_t last_us;
    struct arrivals arrivals;
    struct latency accepted; /* start of a transfer to its acknowledgement */
    struct latency arrived;  /* when a message was due to when it is here */
    uint64_t seen;           /* progress at the last tick */
    unsigned idle_ticks;
    bool closing;
    bool failed;
    char failure[LOAD_FAILURE_TEXT];
    uint8_t segment[LOAD_SEGMENT];
};

/* ---- options.c ------------------------------------------------------------------------------- */

/* -1: go on; else the exit status, and everything has been said. */
int options_parse(int argc, char **argv, struct load_settings *out);

/* ---- run.c ----------------------------------------------------------------------------------- */

/* Until all is sent and has arrived, nothing moves any more, or a signal. X4_*: it could not begin,
 * and load->failure says why. */
int run(struct load *load);
/* What the run waits for in all. */
uint64_t run_expected(const struct load *load);
uint64_t run_expected_reports(const struct load *load);
/* All sent, and all arrived exactly once and undamaged. */
bool run_succeeded(const struct load *load);

/* What an association tells the run. */
struct assoc;
void run_opened(struct load *load, struct assoc *a);
/* The association is gone. It is opened anew, and the message that was under way sent again; before
 * sending has begun that is a failure. */
void run_lost(struct load *load, struct assoc *a, const char *text);
/* Begins the next message on this association, or leaves it waiting. */
void run_next(struct load *load, struct assoc *s);
void run_sent(struct load *load);
void run_arrived(struct load *load, const struct stamp *stamp);
void run_ended(struct load *load, bool caller);
void run_fail(struct load *load, const char *text);
int64_t run_monotonic_us(void);

/* ---- assoc.c --------------------------------------------------------------------------------- */

struct assoc {
    struct load *load;
    struct list link;
    struct list ready;
    struct io_conn *conn;
    struct io_timer *timer;
    struct stack *stack;
    bool caller;
    bool open;
    bool lost;    /* and run_lost() knows */
    bool sending; /* the copy is not acknowledged */
    bool receiving;
    int64_t transfer_us; /* start of the transfer */
    struct message_copy copy;
    struct check check;
};

/* Opens one. X4_ENOMEM, X4_ENET. */
int assoc_call(struct load *load);
/* io_listen_params.on_incoming; ctx is the load. */
void assoc_incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                    const struct io_addr *local);
/* Starts the transfer of the copy; pump() is still to be called. */
void assoc_transfer(struct assoc *s);
/* An orderly release, once nothing is in transfer. */
void assoc_close(struct assoc *s);
/* Takes and gives until there is nothing more to do. May free it. */
void assoc_pump(struct assoc *s);
void assoc_free(struct assoc *s);

/* ---- result.c -------------------------------------------------------------------------------- */

void result_listening(const struct load *load, const struct io_addr *at);
void result_opened(const struct load *load);
/* All is acknowledged, and the associations stay open for a while. */
void result_holding(const struct load *load);
void result_print(const struct load *load);
