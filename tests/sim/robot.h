/* SPDX-License-Identifier: Apache-2.0 */
/* A neighbour of a simulated MTA that is no x400d. It speaks the protocol and sends and accepts
 * letters as an MTA should, except while the plan wants it to break the protocol: robot_manner.c
 * has the ways in which it can. What it sends and takes counts in the ledger like all else. */
#pragma once

#include "base/list.h"
#include "peer.h"
#include "plan.h"
#include "site.h"

struct sim_world;
struct sim_letter;
struct sim_robot;
struct sim_visit;

/* A way to behave on an association: instead of what is due. NULL: as it should. */
struct sim_manner {
    const char *name;
    void (*tcp)(struct sim_visit *v);        /* TCP is there */
    void (*asked)(struct sim_visit *v);      /* the MTA would like to open it */
    void (*opened)(struct sim_visit *v);     /* it is open; we called */
    void (*heard)(struct sim_visit *v);      /* more of an APDU has come */
    void (*checkpoint)(struct sim_visit *v); /* to be confirmed */
    void (*whole)(struct sim_visit *v);      /* an APDU has come, to be taken and confirmed */
    void (*turn)(struct sim_visit *v);       /* the MTA would like the turn */
    void (*saying)(struct sim_visit *v);     /* more of our APDU may go */
    void (*sent)(struct sim_visit *v);       /* the MTA has it */
    bool lies;                               /* about its name or password */
};

/* One association. */
struct sim_visit {
    struct list link;
    struct sim_robot *robot;
    struct sim_peer peer;
    const struct sim_manner *manner;
    int64_t value; /* of the manner */
    bool called;   /* by the MTA */
    bool over;
    bool done;            /* what the manner wants has been done */
    struct buf apdu;      /* that comes */
    struct sim_post *out; /* that goes; NULL: none */
    size_t said;          /* of it */
};

/* An APDU that a robot is to send. */
struct sim_post {
    struct list link;
    struct sim_letter *letter;
    struct buf apdu;
    bool on_its_way;
};

/* What a robot has taken: a recipient of a letter, or what a report says of one. */
struct sim_taken {
    unsigned serial;
    int64_t number; /* of the recipient, from 1 */
    bool is_report, delivered;
    int64_t reason, diagnostic;
    char mts_id[128];
};

/* The manner of the next associations. */
struct sim_mood {
    const struct sim_manner *manner;
    int64_t value, times; /* how often; 0: until another is chosen */
};

struct sim_robot {
    struct sim_world *world;
    const struct sim_entry *entry; /* of the plan */
    int number;
    char name[8]; /* R1: its name as an MTA */
    struct io *io;
    struct io_listener *listener;
    struct list visits, outbox;
    struct sim_mood called, calling; /* when it is called; when it calls with something to send */
    uint64_t *digest;                /* of the APDUs taken */
    size_t digest_count;
    struct sim_taken *taken;
    size_t taken_count;
    int64_t call_at; /* not before that, for what is in the outbox */
    uint64_t drawn;  /* for octets without meaning */
};

/* All are where the plan wants them; those it does not have are zero. */
void sim_robots_start(struct sim_world *world);
void sim_robots_free(struct sim_world *world);
/* Does something that is due; false: nothing is. And when is the next? */
bool sim_robots_step(struct sim_world *world);
int64_t sim_robots_next(const struct sim_world *world);
/* From now on they behave. */
void sim_robots_heal(struct sim_world *world);
/* Have they sent all that they have? */
bool sim_robots_are_quiet(const struct sim_world *world);
/* Tells the ledger what they have taken. */
void sim_robots_collect(struct sim_world *world);

/* ---- what plans want ------------------------------------------------------------------------- */

/* The robot of an entry's argument or of a node's number; NULL: there is none. */
struct sim_robot *sim_robot_of(struct sim_world *world, int64_t number);
struct sim_robot *sim_robot_at(struct sim_world *world, int64_t node);
/* The letter of an entry goes into its outbox. */
void sim_robot_submit(struct sim_world *world, struct sim_robot *robot,
                      const struct sim_entry *entry);
void sim_robot_answers(struct sim_world *world, const struct sim_entry *entry);
void sim_robot_calls(struct sim_world *world, const struct sim_entry *entry);

/* ---- for the files of a robot ---------------------------------------------------------------- */

/* What is wrong with a letter: nothing; a member that must be there, so that it can be reported on;
 * its last octets; all of it. */
enum sim_broken { SIM_WHOLE, SIM_NO_MEMBER, SIM_NO_END, SIM_NO_SENSE, SIM_BROKEN_KINDS };
static inline enum sim_broken sim_broken(const struct sim_entry *e)
{
    return (enum sim_broken)((uint64_t)sim_get(e, "broken") % SIM_BROKEN_KINDS);
}

/* The first of each is how it should be. */
enum { SIM_ANSWERS = 16, SIM_CALLS = 13 };
extern const struct sim_manner sim_when_called[SIM_ANSWERS], sim_when_calling[SIM_CALLS];

void sim_robot_say(const struct sim_robot *robot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sim_visit_accept(struct sim_visit *v);
/* Takes what has come, and confirms it. */
void sim_visit_take(struct sim_visit *v);
/* The MTA has confirmed what was sent; it is not in the outbox any more. */
void sim_visit_sent(struct sim_visit *v);
/* Sends what is next in the outbox, or releases the association. */
void sim_visit_go_on(struct sim_visit *v);
/* Says so much more of its APDU. */
void sim_visit_say(struct sim_visit *v, size_t len);
/* Takes over an APDU that has come, if it is new. */
void sim_robot_take(struct sim_robot *robot, struct slice apdu);
/* Appends the APDU of a letter. */
void sim_robot_write(struct sim_robot *robot, struct sim_letter *letter, struct buf *out);
/* Octets that mean nothing, or not what they should. */
uint64_t sim_robot_draw(struct sim_robot *robot);
