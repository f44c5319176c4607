/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of connector/x400/ share. */
#pragma once

#include "base/limits.h"
#include "connector/x400/guard.h"
#include "connector/x400/identify.h"
#include "connector/x400/profile.h"
#include "connector/x400/schedule.h"
#include "connector/x400/x400.h"
#include "mta/inbound.h"

enum {
    X400_AHEAD = STACK_OUTPUT_HIGH,          /* the most that is read at once */
    X400_CONGESTION_POLL_MS = 20,            /* while a receiver waits for the disk */
    X400_IO_HIGH = 256 * 1024,               /* octets waiting in TCP before we stop */
    X400_UNREAD_MAX = 2 * STACK_OUTPUT_HIGH, /* octets waiting for TCP before we stop reading */
    X400_TEXT = 256,
    X400_RATE_WINDOW_MS = 5 * 60 * 1000, /* over which a peer's rate is looked at */
    X400_TURN_PATIENCE_MS = 30 * 1000, /* for a peer that was asked for the turn and does nothing */
};

struct x400_listener {
    struct list link;
    struct x400_stack *stack;
    struct io_listener *io;
    struct io_addr wanted; /* as configured */
    char text[IO_ADDR_TEXT];
};

struct x400_stack {
    struct list link;
    char *dn;
    struct x400 *x;
    struct x400_stack_profile profile;
    struct list listeners;
    bool stale; /* during x400_configure(): not seen yet */
};

struct x400_connector {
    struct list link;
    char *dn;
    struct x400 *x;
    struct x400_profile profile;
    struct mta_queue *queue;
    struct list associations;
    struct io_timer *timer; /* dispatch: at once when kicked, or at retry_at */
    struct x400_times times;
    int64_t retry_at;       /* monotonic; 0: may open now */
    unsigned open_attempts; /* failed ones in a row */
    int64_t attempt_until;  /* monotonic; one that fails sooner does not count for the messages */
    unsigned breaks;        /* of associations under a transfer, since the last that went well */
    int64_t held_until;     /* monotonic; after such a break no other one is called */
    unsigned host_at;       /* next address to call: index over all hosts' addresses */
    unsigned host_tried;    /* addresses tried in this attempt */
    struct list lookups;    /* names being looked up, of struct x400_lookup */
    bool monologue_only;    /* the peer refused two-way alternate */
    bool stale, removed;
    bool hinted; /* an attempt was made early because the peer called */
    bool held;   /* it was told that the server has as many associations as it may have */
    char last_error[X400_TEXT];
    uint64_t sent, received, opened, refused;
    int64_t last_opened_ms; /* wall */
};

enum x400_state { X400_CONNECTING, X400_OPENING, X400_OPEN, X400_CLOSING };

struct x400_assoc {
    struct list link;         /* of x400 */
    struct list in_connector; /* of connector, when known */
    struct x400 *x;
    struct x400_connector *connector;
    struct x400_stack *called;  /* responder: the stack that was called */
    struct guard_ticket ticket; /* responder */
    struct io_conn *conn;
    struct stack *stack;
    struct io_timer *timer;
    uint32_t number;
    bool initiator, urgent;
    bool refused_here;     /* by us, for a reason that was told */
    bool done_with;        /* aborted while idle: as a responder may end it */
    const char *abort_why; /* why we abort it, in words; NULL: we do not */
    enum x400_state state;
    struct io_addr peer;
    char peer_text[IO_ADDR_TEXT], local_text[IO_ADDR_TEXT];
    enum stack_mode mode;
    bool two_way;
    unsigned checkpoint_kib, window;
    int64_t opened_ms;  /* wall */
    int64_t idle_since; /* monotonic; of the last event */
    uint64_t sent, received;
    bool peer_wants_turn;
    int64_t peer_priority; /* then: of its RT-TURN-PLEASE */
    int64_t peer_asked_at; /* likewise, monotonic */
    bool asked_turn;
    int64_t asked_at;   /* monotonic, since when we have wanted the turn */
    int64_t pleased_at; /* monotonic, of the last please */
    /* sending */
    struct mta_out *out;
    uint64_t out_offset;
    int64_t out_deadline; /* monotonic */
    int64_t out_limit_ms;
    /* receiving */
    struct mta_in *in;
    struct mta_pending *pending; /* waits for the disk before the AEA */
    uint64_t heard_octets;       /* of TCP */
    size_t memory;               /* of the stack, as it is in x400.memory */
    size_t set_aside;            /* of x400.receiving, for what it receives */
    bool unfinished;             /* part of a TPDU or TSDU has come, and the rest has not */
    int64_t in_deadline;         /* monotonic, for the next KiB */
    int64_t rate_deadline;       /* monotonic, until when heard_octets has to reach */
    uint64_t rate_goal;          /* this */
    /* what the peer reads */
    uint64_t written, taken; /* octets given to TCP; of these, taken when last looked */
    int64_t unread_since;    /* monotonic; INT64_MAX: all is taken */
    bool owes_checkpoint;
    uint32_t checkpoint;
    bool blocked;        /* TCP has enough for now */
    bool paused;         /* not read from: the disk is behind, or the peer with reading */
    bool waits;          /* not read from until there is room for another reception */
    bool pumping, again; /* x400_assoc_pump() runs; and is to run once more */
    bool over;           /* nothing more will come; free it when pumped */
    struct x400_ping *ping;
};

enum x400_room {
    X400_ROOM,
    X400_NO_ROOM,       /* who has not begun to send waits */
    X400_ROOM_IN_DOUBT, /* there is none still, and nobody waits any more */
};

/* What was read from the store last: segments that one association sends one after the other are
 * read in one go. */
struct x400_ahead {
    uint8_t *octets;             /* room for X400_AHEAD */
    const struct x400_assoc *of; /* and its present transfer; NULL: nothing is there */
    uint64_t offset;             /* in the APDU */
    size_t len;
};

struct x400 {
    struct mta *mta;
    struct io *io;
    struct log *log;
    struct list stacks, connectors, associations, pings;
    unsigned association_count; /* all, also those of callers not yet known */
    unsigned joined_count;      /* those that belong to a connector */
    uint32_t last_number;
    struct guard *guard;
    uint64_t memory;           /* of all stacks, octets */
    int64_t memory_told_until; /* monotonic */
    enum x400_room room;
    uint64_t receiving; /* octets set aside for receptions */
    struct io_timer *room_timer;
    struct x400_ahead ahead;
    bool draining;
    struct io_timer *drain_timer;
    int64_t drain_until; /* monotonic */
    void (*drained)(void *ctx);
    void *drained_ctx;
};

int64_t x400_now(const struct x400 *x);
int64_t x400_wall(const struct x400 *x);
const char *x400_mode_name(enum stack_mode mode);
const char *x400_layer_name(enum stack_layer layer);
struct x400_connector *x400_find(const struct x400 *x, const char *dn);
/* NULL: there is none with this name (a ping may go without). */
struct x400_stack *x400_stack_of(const struct x400 *x, const char *dn);

/* ---- calls from outside (calls.c) ------------------------------------------------------------ */

int x400_calls_init(struct x400 *x);
/* Follows the server's limits, and lets everybody try again. */
void x400_calls_configure(struct x400 *x);
/* Is a call taken? Then guard_take() follows. May free another association. */
bool x400_call_taken(struct x400 *x, const struct guard_call *call, const struct io_addr *local,
                     struct guard_verdict *verdict);
/* How many associations may those connectors have that list the address, or another one of its
 * network (io_addr_network())? 0: none lists the address itself. */
unsigned x400_call_expected(const struct x400 *x, const struct io_addr *remote);
/* Ends the calls that have not bound. */
void x400_calls_give_up(struct x400 *x);
/* The call came to no bind, or to one that was refused because of who calls. */
void x400_call_failed(struct x400_assoc *a);
/* May an event be told of this caller? Strangers do not fill the log. */
bool x400_call_may_tell(struct x400_assoc *a);

/* ---- how long a peer is waited for (patience.c) ---------------------------------------------- */

/* When it is over with the patience for something; INT64_MAX: nothing is waited for. */
int64_t x400_patience_until(const struct x400_assoc *a);
/* Gives up what is over. May end the association. */
void x400_patience_check(struct x400_assoc *a);
/* Has the peer read something? */
void x400_patience_look(struct x400_assoc *a);

/* ---- room for what comes in (room.c) --------------------------------------------------------- */

int x400_room_init(struct x400 *x); /* X4_ENOMEM */
/* Sets memory aside for what the association receives. Any association may have to wait now. */
void x400_room_look(struct x400_assoc *a);
/* The association ends. */
void x400_room_leave(struct x400_assoc *a);
/* Is it not to be read from before others are done? */
bool x400_room_is_waited_for(const struct x400_assoc *a);

/* ---- associations (assoc.c) ------------------------------------------------------------------ */

/* The association is one of the connector's from now on. */
void x400_assoc_join(struct x400_assoc *a, struct x400_connector *c);
/* Has the server as many associations as it may have? */
bool x400_is_full(const struct x400 *x);
/* A call from outside. */
void x400_assoc_incoming(struct x400_stack *stack, struct io_conn *conn,
                         const struct io_addr *remote, const struct io_addr *local);
/* Where connections leave from: the connector's own address, else the stack's of that family; a
 * stack that lists none leaves it to the system (NULL). */
const struct io_addr *x400_source_address(const struct x400 *x, const struct x400_profile *p,
                                          const struct io_addr *remote);
/* A call to one of the connector's addresses; failures come back through
 * x400_connector_failed(). */
void x400_assoc_call(struct x400_connector *c, const struct io_addr *remote, bool urgent);
/* Works off events and octets until there is nothing more to do. May free the association. */
void x400_assoc_pump(struct x400_assoc *a);
/* Ends it when it is idle: orderly, asking for the turn first if it must; with an abort when it is
 * the peer's, because only its initiator may release it. May free the association. */
void x400_assoc_finish(struct x400_assoc *a);
/* RTAB reason; the connection ends. why: for the log, a text that stays. May free the association.
 */
void x400_assoc_abort(struct x400_assoc *a, int rtab_reason, const char *why);
void x400_assoc_free(struct x400_assoc *a);
/* Reads from the peer, or not, as there is room now. */
void x400_assoc_room_changed(struct x400_assoc *a);
/* Is it open, idle and ours to send on? */
bool x400_assoc_can_send(const struct x400_assoc *a);

/* ---- transfer (transfer.c) ------------------------------------------------------------------- */

/* Begins with the next item of the queue if there is one. */
void x400_send_next(struct x400_assoc *a);
void x400_send_segment(struct x400_assoc *a, size_t want);
void x400_send_done(struct x400_assoc *a);
void x400_send_failed(struct x400_assoc *a, const struct stack_failure *failure);
/* The association ended under a transfer. */
void x400_send_lost(struct x400_assoc *a, bool completed, const char *text);
void x400_receive_start(struct x400_assoc *a);
void x400_receive_checkpoint(struct x400_assoc *a, uint32_t checkpoint);
void x400_receive_end(struct x400_assoc *a);
void x400_receive_dropped(struct x400_assoc *a);
/* Confirms a checkpoint that was held back, when the disk has caught up. */
void x400_receive_poll(struct x400_assoc *a);
/* Until when the peer has to send the next KiB; INT64_MAX: it is not its turn to do something. */
int64_t x400_receive_deadline(const struct x400_assoc *a);
/* Likewise, until when it has to send what minimum-rate asks for. */
int64_t x400_receive_rate_deadline(const struct x400_assoc *a);
/* The time for the next KiB begins, and that for which the rate is looked at. */
void x400_receive_allow(struct x400_assoc *a);
/* Is the peer in the middle of something now, and how much memory does that take? */
void x400_receive_look(struct x400_assoc *a);
/* Is there too little memory for all, and does this one take more than its share? */
bool x400_receive_is_too_much(const struct x400_assoc *a);
/* Then it ends. */
void x400_receive_shed(struct x400_assoc *a);
/* So many octets have come, of whatever. */
void x400_receive_octets(struct x400_assoc *a, size_t count);

/* ---- the turn (turn.c) ----------------------------------------------------------------------- */

/* Associations for urgent mail only carry nothing below. */
enum mta_rank x400_worst_rank(const struct x400_assoc *a);
/* The peer asks for it. */
void x400_turn_please(struct x400_assoc *a, int64_t priority);
/* Has it asked, for something more urgent than what waits here, or some time ago? */
bool x400_peer_comes_first(const struct x400_assoc *a);
/* Gives it when nothing is sent: as responder at once (R6.3), as initiator when it is asked for. */
void x400_pass_turn(struct x400_assoc *a);
/* Since when the peer has had the turn that it was asked for, and done nothing; INT64_MAX: it has
 * not. */
int64_t x400_turn_withheld_since(const struct x400_assoc *a);
/* Asks for the turn if the peer has it, and something waits that may go there. */
void x400_want_turn(struct x400_assoc *a);
/* Soon asks once more, if we still want it. lost: the please may be gone, since the session drops
 * it when it crosses a discard; else the peer has sent a message and may have forgotten. */
void x400_ask_again(struct x400_assoc *a, bool lost);

/* ---- opening and accepting (bind.c) ---------------------------------------------------------- */

/* OPEN_IND: who is it, and may he? Answers; false: refused. */
void x400_accept(struct x400_assoc *a, const struct stack_open *open);
/* OPENED: is it the MTA that we wanted? */
void x400_opened(struct x400_assoc *a, const struct stack_open *open);
/* What an open offers: the bind argument (or result), and the selectors that the mode has. */
int x400_build_bind(const struct x400_profile *p, enum p1_credentials kind, struct buf *out);
struct stack_selectors x400_called_selectors(const struct x400_profile *p);
struct stack_selectors x400_calling_selectors(const struct x400 *x, const struct x400_profile *p);
/* Likewise, the TPDU size. */
unsigned x400_offered_tpdu(const struct x400 *x, const struct x400_profile *p);
/* Is the answer that of the MTA that we wanted? NULL, or what is wrong; the text may live in space.
 */
const char *x400_result_problem(const struct x400_profile *p, struct slice bind, struct buf *space);
/* Starts the open once TCP is there. X4_OK or why not. */
int x400_start_open(struct x400_assoc *a);

/* ---- connectors (dispatch.c) ----------------------------------------------------------------- */

/* Are associations of ours not wanted now, only because of the time? */
bool x400_off_hours(struct x400_connector *c);
/* With selected times: when to ask that again, monotonic. Else INT64_MAX. */
int64_t x400_hours_change(struct x400_connector *c);
/* When will it send what is queued? */
enum mta_activation x400_connector_activation(struct x400_connector *c);
/* Looks at the queue soon, from the event loop. */
void x400_connector_kick(struct x400_connector *c);
/* An attempt to open failed (a: NULL when no call could be made); permanent: the peer refused for a
 * reason that will not go away by itself. */
void x400_connector_failed(struct x400_connector *c, const struct x400_assoc *a, bool permanent,
                           const char *text);
void x400_connector_opened(struct x400_connector *c, struct x400_assoc *a);
/* Connectors that had to wait because the server was full look again. */
void x400_kick_held(struct x400 *x);
/* The event of x400_is_full(); direction: "incoming" or "outgoing". */
void x400_tell_full(const struct x400_connector *c, const char *direction);
/* An association went down with a transfer under way: the next one is not called at once. */
void x400_connector_broke(struct x400_connector *c);
/* Until when no association is called, monotonic; in the past: one may be called. */
int64_t x400_next_attempt(const struct x400_connector *c);
/* From now on, whatever happened. */
void x400_connector_may_call(struct x400_connector *c);
/* An association of the connector is gone. */
void x400_connector_lost(struct x400_connector *c);
/* Known address n over all remote hosts that can be called, or NULL: there are fewer. */
const struct io_addr *x400_address_at(const struct x400_profile *p, unsigned n);
/* One more association, now. X4_EBUSY: there are as many as there may be. */
int x400_connector_call(struct x400_connector *c);
/* Looks the host names up again, unless that is under way. */
void x400_resolve(struct x400_connector *c);
/* Nobody waits for the names any more. */
void x400_forget_lookups(struct x400_connector *c);
/* Ends all pings. */
void x400_pings_free(struct x400 *x);
/* A connector that the directory no longer has goes with its last association. */
void x400_connector_drop_if_done(struct x400_connector *c);
void x400_dispatch(void *connector);
