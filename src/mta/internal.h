/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of mta/ share. */
#pragma once

#include "base/limits.h"
#include "mta/digest.h"
#include "mta/inbound.h"
#include "mta/mta.h"
#include "mta/outbound.h"
#include "mta/recent.h"
#include "route/route.h"

enum {
    MTA_SECOND_MS = 1000,
    MTA_SWEEP_MS = 5000,                  /* how often expiry and waiting times are looked at */
    MTA_REROUTE_BATCH = 1000,             /* items looked at after one failed open */
    MTA_CONGESTED = 4 * 1024 * 1024,      /* octets waiting for the disk */
    MTA_REPAIR_MS = 60 * 1000,            /* before another try after running out of memory */
    MTA_REROUTES = 10,                    /* other ways that one item may be sent (R2.14d) */
    MTA_ARENA = 3 * LIMIT_ENVELOPE_ARENA, /* of a work: envelope, its decoded form, decisions */
    MTA_DOUBT_MS = 60 * 60 * 1000, /* past its time, for what the next hop may have already */
};

/* When a copy that goes to a next hop comes back, what shows that it has been here? */
enum mta_sight {
    MTA_SIGHT_EXTERNAL, /* the external trace: the next hop is in another domain */
    MTA_SIGHT_INTERNAL, /* the internal trace, unless another MTA of the domain drops it */
    MTA_SIGHT_NONE,     /* nothing: there the internal trace is not sent */
};

/* A connector that is a next hop. */
struct mta_target {
    const char *dn;
    uint64_t size_limit; /* octets of content, 0: none */
    bool to_1984;        /* it is called with 1984 P1 */
    bool closed;         /* nothing is sent there for now: disabled, or schedule never */
    enum mta_sight sight;
    const char *own_name; /* ours in copies that go there; NULL: the server's */
};

/* What follows from the directory; replaced as a whole by mta_configure(). */
struct mta_settings {
    struct arena arena;
    const struct conf_object *server;
    struct mts_identity identity;
    struct mts_age_limits ages;
    uint64_t size_limit;      /* octets of content, 0: none */
    const char *dead_letters; /* DN of the mailbox, NULL: none */
    size_t queue_alarm;       /* items of a backlog, 0: never */
    int64_t min_free;         /* octets of disk that must stay free */
    uint64_t return_max;      /* contents larger than this are not returned */
    int64_t duplicate_ms;     /* how long digests are kept */
    int64_t track_ms, events_ms;
    bool keep_message_events;
    char token[9]; /* of local identifiers, from the MTA name */
    struct route_table *routes;
    struct mta_target *targets; /* by route target */
    size_t target_count;
};

struct mta {
    struct io *io;
    struct store *store;
    struct log *log;
    char *store_name;
    char *server_dn;
    struct directory *directory;
    struct mta_settings *settings;
    struct mta_local local;
    struct list queues;
    struct mta_queue *deferred;   /* of objects that wait for their deferred-delivery-time */
    struct mta_queue *quarantine; /* of APDUs that could not be understood */
    struct list gone;             /* deletions of sent items to be tried again, see gone.c */
    int64_t gone_at;              /* not before that, wall clock */
    struct list failed;           /* works that could not be, whose owners are to be told */
    struct mta_table items;
    struct io_timer *sweep;
    int64_t sweep_at;       /* wall clock time of the next sweep, 0: not set */
    bool no_room;           /* the disk is nearly full */
    int64_t next_expire_ms; /* next clean-up of tracking, events, digests */
    struct mta_counters counters;
    struct mta_recent recent; /* passages that show, inside the domain */
};

int mta_settings_make(struct mta *mta, struct directory *directory, struct mta_settings **out,
                      char *text, size_t size);
void mta_settings_free(struct mta_settings **settings);
int mta_routes_make(struct mta_settings *s, struct directory *directory, char *text, size_t size);
void mta_routes_free(struct mta_settings *s);

/* ---- work: one object being decided upon, in one transaction (mta/work.c) -------------------- */

/* What is noted of an item's passage over its queue's connector, for the case that nothing in it
 * shows it, see mta_work_goes_again(). */
enum mta_passage {
    MTA_PASSAGE_OPEN,    /* nothing */
    MTA_PASSAGE_CLAIMED, /* it is claimed */
    MTA_PASSAGE_ANEW,    /* nothing; but a claim that is found may be the object's own */
};

/* What happened to the recipients of an item on their way into its queue, as far as the trace of
 * its copies tells it. */
struct mta_past {
    struct slice raw;
    struct ber_optint released_ms; /* the operator let a deferred object go before its time */
    int64_t reroutes;              /* how often another way was taken */
    int64_t passage;               /* enum mta_passage */
    struct mts_gdi *domain;        /* the next hop that was tried last and failed; NULL: none */
    struct slice mta;              /* its MTA */
};

/* Whom an item is for. */
struct mta_recipients {
    uint32_t *index; /* ascending; none: a report */
    size_t count;
    struct mta_past past;
};

struct mta_choice;

struct mta_group {
    struct mta_queue *queue;
    uint32_t *recipients;
    uint32_t count;
    uint32_t room;
    bool claimed; /* their passages are */
};

struct mta_work {
    struct mta *mta;
    struct arena memory;
    struct arena *arena; /* &memory; a report shares its subject's */
    struct store_txn *txn;
    int64_t object_id;
    enum store_kind kind;
    const char *source; /* DN, "" = made here */
    int64_t arrival_ms;
    struct slice stored;
    struct mts_apdu apdu;
    uint64_t content_len;
    bool from_other_md;
    char *mts_id;
    struct mts_outcome *outcomes;
    size_t outcome_count;
    size_t outcome_room;
    struct mta_group *groups; /* one for each next hop */
    size_t group_count;
    size_t group_room;
    unsigned deliveries;
    struct mta_recipients dealt; /* those of the item that is dealt with */
    struct mta_past next;        /* what new items in other queues will have behind them */
    struct list items;           /* new ones, to be put into their queues when durable */
    struct mta_item *replaced;   /* the item that this work deals with, or NULL */
    bool kept;                   /* where an operator finds it: quarantine, dead letters */
    int error;                   /* the first failure: the work must not be committed */
    const uint8_t **claimed;     /* keys of recipients, see mta_work_once(); NULL: none so far */
    size_t claimed_room;         /* a power of two */
    uint8_t lists[MTA_DIGEST];   /* of the DLs on its way, when looked at: has_lists */
    bool has_lists;
    bool object_exists;         /* it is in the store already (rerouting, returning) */
    uint8_t digest[MTA_DIGEST]; /* of the APDU and where it came from */
};

struct mta_work *mta_work_new(struct mta *mta, int64_t object_id);
void mta_work_free(struct mta_work **work);
/* A work that waits for the disk. */
struct mta_pending {
    struct list link;
    struct mta *mta;
    struct list items; /* to be put into their queues */
    struct mta_item *replaced;
    int result;                 /* X4_OK, or a failure found before the commit */
    uint8_t digest[MTA_DIGEST]; /* of the work */
    mta_done_fn *done;
    void *ctx;
};
/* Hands the transaction over; then the new items are queued and done is called. Consumes *work.
 * X4_ENOMEM: done will not be called. */
int mta_work_commit(struct mta_work **work, mta_done_fn *done, void *ctx);
/* The same with a pending that the caller made (calloc), which must have done and ctx. */
void mta_work_commit_as(struct mta_work **work, struct mta_pending *pending);
void mta_pending_committed(void *pending, int result);
/* The same without a transaction, and not from inside. */
void mta_pending_fail(struct mta_pending *pending, int error);
/* An item that is dealt with cannot be for now: back to where it was, and again later. */
void mta_item_put_off(struct mta *mta, struct mta_item *item);
/* Decides anew about what no connector will ever send: theirs are gone. */
void mta_redecide_orphans(struct mta *mta);
/* Writes the object itself; before anything refers to it. */
void mta_work_put_object(struct mta_work *work, struct slice inline_content);
/* Has this APDU been accepted before, durably? One that is still pending is found by the claim in
 * its own transaction: to say yes here would acknowledge what may yet fail. */
bool mta_work_is_duplicate(const struct mta_work *work);

/* Decodes work->stored. X4_OK; X4_ELIMIT: too much for LIMIT_ENVELOPE_ARENA; or the decoder's
 * error, explained in *err. */
int mta_work_decode(struct mta_work *work, struct ber_error *err);
/* Reads of one that does not decode what can be read. Is it enough to report on? */
bool mta_work_salvage(struct mta_work *work);
/* The text of its identifier becomes work->mts_id. X4_OK, X4_ENOMEM, X4_ELIMIT. */
int mta_work_name(struct mta_work *work);
/* Loads the object of an item, for another decision about it. */
int mta_work_load(struct mta *mta, struct mta_item *item, struct mta_work **out);
/* The envelope of a work that is about a message or probe. */
const struct mts_envelope *mta_work_envelope(const struct mta_work *work);
/* Octets of a message's content, or as a probe states them (R5.2). */
uint64_t mta_work_length(const struct mta_work *work);
/* X.411 priority; reports travel as urgent. */
int mta_work_priority(const struct mta_work *work);
/* The originally-specified-recipient-number: what people call a recipient by, since copies leave
 * recipients out. */
int64_t mta_work_number(const struct mta_work *work, uint32_t recipient);
/* Is the recipient to be dealt with here? All are when the work is for no item. */
bool mta_work_concerns(const struct mta_work *work, uint32_t recipient);

/* Is it the first time that a recipient is delivered, answered for or given up here? Claims it
 * then. When another transaction has the same claim at the same moment, and is not of the same
 * APDU, the commit ends with X4_EBUSY: decided upon again later, it is known. And has a report news
 * for its originator? */
bool mta_work_once(struct mta_work *work, uint32_t recipient);
bool mta_work_report_once(struct mta_work *work);
void mta_work_outcome(struct mta_work *work, const struct mts_outcome *outcome);
/* A recipient is given up here: mta_work_once() says that it is the first time; or asks itself. */
void mta_work_give_up(struct mta_work *work, uint32_t recipient, int64_t reason, int64_t diagnostic,
                      const char *text);
void mta_work_fail(struct mta_work *work, uint32_t recipient, int64_t reason, int64_t diagnostic,
                   const char *text);
/* The recipient (of a report: 0) goes this way, which is noted where nothing else shows it. */
void mta_work_route(struct mta_work *work, const struct mta_choice *way, uint32_t recipient);
/* He stays in the queue of the item that is dealt with. */
void mta_work_stay(struct mta_work *work, uint32_t recipient);
/* A new item for a queue, noted in the transaction. One that stays in its queue keeps its attempts.
 * recipients as from mta_recipients_write(). NULL: out of memory. */
struct mta_item *mta_work_item(struct mta_work *work, struct mta_queue *queue,
                               struct slice recipients);
/* Notes an item as it is now. */
void mta_work_put_item(struct mta_work *work, const struct mta_item *item, struct slice recipients,
                       const char *reason);
/* Makes the queue items of the groups. */
void mta_work_queue(struct mta_work *work);
/* Makes the reports that the outcomes call for, and routes them. */
void mta_work_report(struct mta_work *work);
void mta_work_track(struct mta_work *work, const char *action, json_t *detail);

/* Keeps the work's object in the dead-letter mailbox, if the server has one (mta/dead_letter.c):
 * nobody else gets it. recipient: whose it would have been; detail: why it is dead. */
void mta_work_bury(struct mta_work *work, uint32_t recipient, const char *detail);

/* ---- deciding (mta/decide.c) ----------------------------------------------------------------- */

/* Everything that happens to an object just accepted (2.1). */
void mta_decide(struct mta_work *work);
/* Delivery or routing of one recipient of a message or probe. */
void mta_decide_recipient(struct mta_work *work, uint32_t recipient);
/* Delivery or routing of a report. False: neither can be done, it is a dead letter. */
bool mta_decide_report(struct mta_work *work);
/* Nobody gets the report: it is a dead letter. */
void mta_report_drop(struct mta_work *work, const char *why);
/* The recipient, or the report, is in a ring that mta_work_goes_again() has seen. */
void mta_work_end_loop(struct mta_work *work, uint32_t recipient);

/* What is to go where. */
struct mta_parcel {
    const struct or_address *to;
    const char *from;                    /* connector it came over, "" none: never back there */
    const char *aside;                   /* connector that it cannot take just now, "" none */
    uint64_t content_len;                /* 0 for reports: size limits are not for them (R4.8b) */
    const struct mts_envelope *envelope; /* for the question of 1984; NULL: a report */
    uint32_t recipient;                  /* in the envelope */
};
enum mta_no_way {
    MTA_WAY_UNKNOWN,    /* no address space matches */
    MTA_WAY_NOT_SHARED, /* it would be one of our mailboxes, but is not (share-address-space) */
    MTA_WAY_BACK,       /* the only one leads back */
    MTA_WAY_TOO_LONG,   /* what is left has a size limit below it (2.11) */
    MTA_WAY_1984,       /* what is left speaks 1984 P1, and it has no 1984 form (R9.5) */
    MTA_WAY_UNTOLD,     /* there is no memory to look */
};
/* The parcel of a work: for one recipient, or of a report. */
struct mta_parcel mta_work_parcel(const struct mta_work *work, uint32_t recipient,
                                  const char *aside);
struct mta_choice {
    struct mta_queue *queue; /* NULL: none, */
    enum mta_no_way why;     /* and this is why */
    bool to_1984;            /* as in struct mta_target */
    enum mta_sight sight;    /* likewise */
};
/* The best usable way. */
struct mta_choice mta_choose(struct mta *mta, const struct mta_parcel *parcel);
/* The same for a recipient of a work, or its report; MTA_WAY_UNTOLD is the work's error. */
struct mta_choice mta_work_choose(struct mta_work *work, uint32_t recipient, const char *aside);
/* The mailbox of an address, or NULL; without memory to look the work has an error. */
const void *mta_work_mailbox(struct mta_work *work, const struct or_address *address);
/* Has the recipient of this message (or the report) gone this way before, and what has come does
 * not show it? Where the internal trace is sent it is enough to ask for this second, which is
 * noted. */
bool mta_work_goes_again(struct mta_work *work, uint32_t recipient, const struct mta_choice *way);
/* Notes that he goes there, where nothing will show it. */
void mta_work_claim_passage(struct mta_work *work, uint32_t recipient,
                            const struct mta_queue *queue);

/* The same, if it works at present. */
struct mta_choice mta_choose_working(struct mta *mta, const struct mta_parcel *parcel);

/* Recipients of an item <-> the store's octets (mta/past.c); read: X4_ENOMEM, or those of
 * ber_decode(); what it gives points into octets. */
int mta_recipients_read(struct slice octets, struct arena *arena, struct mta_recipients *out);
/* Absent: out of memory. */
struct slice mta_recipients_write(struct arena *arena, const struct mta_recipients *recipients);

/* ---- other ways (mta/other_way.c) ------------------------------------------------------------ */

/* Sends those recipients another way who have one that works at present; the others stay in the
 * queue. The copies will tell of it (2.14). why: what is wrong with this way. False: nobody has, or
 * the item is in doubt: then it goes nowhere else until this is all that is left (last_resort). */
bool mta_item_reroute(struct mta *mta, struct mta_item *item, bool last_resort, const char *why);
/* Those of the work's recipients for whom cannot[i] is set cannot go this way at all: they go
 * another way, or fail with this. The others stay. */
void mta_work_divert(struct mta_work *work, const bool *cannot, const struct mta_failed *failed);

void mta_item_drop(struct mta *mta, struct mta_item **item);
void mta_kick(struct mta_queue *queue);
#define MTA_NOBODY ((struct mta_done){.fn = NULL})

/* Ends an item with a report; it need not be taken. */
int mta_item_return(struct mta *mta, struct mta_item *item, const struct mta_failed *why,
                    struct mta_done done);
/* Decides about a deferred item before its time; its copies will tell when that was. */
int mta_item_release(struct mta *mta, struct mta_item *item, struct mta_done done);
/* Decides anew about all that is ready in a queue. */
void mta_queue_redecide(struct mta *mta, struct mta_queue *queue);
/* The next look at waiting times is to come no later than this (wall clock). */
void mta_sweep_soon(struct mta *mta, int64_t wall_ms);
void mta_sweep(void *mta);
/* Looks how much of the disk is free. */
void mta_check_room(struct mta *mta);

/* ---- sent (mta/gone.c) ----------------------------------------------------------------------- */

/* Notes in the transaction that an item has been sent, and hands it over; what the disk does not
 * take is tried again. */
void mta_gone(struct mta *mta, const struct mta_item *item, struct store_txn **txn);
void mta_gone_again(struct mta *mta);
void mta_gone_free(struct mta *mta);
/* Looks for backlogs. */
void mta_check_queues(struct mta *mta);
