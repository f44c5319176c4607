/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: what was submitted in a world, and what became of it. Everything that is known of the
 * MTAs is what a user sees: answers of the API, and entries of mailboxes. */
#pragma once

#include "node.h"
#include "plan.h"
#include "robot.h"

enum sim_letter_state {
    SIM_SUBMITTING,
    SIM_ACCEPTED, /* responsibility was taken */
    SIM_REFUSED,  /* and nothing of it may be there */
    SIM_UNSURE,   /* the MTA died before it could answer */
};

/* What became of one recipient. */
struct sim_fate {
    unsigned delivered;
    unsigned reported_delivered, reported_failed;
    int64_t reason, diagnostic; /* of the last report of a failure */
    bool failed;                /* an MTA has given it up */
};

/* What operators did to an item that was for one recipient, or reported on him. */
struct sim_steered {
    bool deleted, returned;
    bool durable;     /* so they were told */
    bool in_doubt;    /* the next hop may have had it before */
    bool report_lost; /* it was a report */
};

struct sim_letter {
    unsigned serial; /* from 1 */
    const struct sim_entry *entry;
    enum sim_letter_state state;
    char mts_id[128];
    struct sim_fate fate[SIM_TO];
    struct sim_steered steered[SIM_TO];
};

/* An MTA has said that it gives a recipient up. */
struct sim_given_up {
    char mts_id[128];
    int64_t recipient;
};

/* How often MTAs have said that they handed something on. */
struct sim_passed {
    char mts_id[128];
    unsigned times;
};

struct sim_ledger {
    struct sim_letter **letter;
    size_t count;
    struct list open;                      /* submissions that are not answered */
    unsigned reports_lost;                 /* that events say to have been dropped */
    unsigned unquarantined[SIM_NODES + 1]; /* that operators took out of quarantine */
    struct sim_given_up *given_up;
    size_t given_up_count;
    struct sim_passed *passed;
    size_t passed_count;
};

struct sim_world;

void sim_ledger_init(struct sim_ledger *ledger);
/* A letter that is new in it. */
struct sim_letter *sim_ledger_letter(struct sim_ledger *ledger, const struct sim_entry *entry);
/* The letter of that content-identifier; NULL: there is none, which is a violation. where: who
 * holds what is said to be of it. */
struct sim_letter *sim_ledger_find(struct sim_world *world, const char *content_id,
                                   const char *where);
/* Octets of a letter's content: none like those of another letter or another place. */
void sim_ledger_fill(unsigned serial, uint64_t offset, uint8_t *to, size_t len);
/* Is that its content? */
void sim_ledger_compare(struct sim_world *world, const struct sim_letter *letter,
                        struct slice content, const char *where);
/* A robot has it. */
void sim_ledger_taken(struct sim_world *world, const struct sim_taken *taken);
/* Submits the letter or probe of an entry. */
void sim_ledger_submit(struct sim_world *world, struct sim_node *node,
                       const struct sim_entry *entry);
/* An event says that a recipient (1, 2, ...) is given up. */
void sim_ledger_given_up(struct sim_ledger *ledger, struct slice mts_id, int64_t recipient);
/* An event says that something is handed on. */
void sim_ledger_passed(struct sim_ledger *ledger, struct slice mts_id);
/* An event says that something is dropped: counts if it is a report. */
void sim_ledger_dropped(struct sim_ledger *ledger, struct slice mts_id);
/* Before a node is taken apart. */
void sim_ledger_dying(struct sim_world *world, struct sim_node *node);
/* Forgets what was collected, but not what events told. */
void sim_ledger_clear(struct sim_ledger *ledger);
/* Notes all that lies in the mailboxes of a node. */
void sim_ledger_collect(struct sim_world *world, struct sim_node *node);
/* Holds all of it against what was promised. */
void sim_ledger_judge(struct sim_world *world);
void sim_ledger_free(struct sim_ledger *ledger);
