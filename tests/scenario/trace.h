/* SPDX-License-Identifier: Apache-2.0 */
/* Text traces of two machines of one layer, A and B: what both layers of a trace have in common. A
 * layer gives a struct trace_layer; the notation is described in play.c. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

enum {
    TRACE_TEXT_MAX = 4 * 1024 * 1024,
    TRACE_ITEM_MAX = 4 * 1024 * 1024,
    TRACE_SHORT = 40, /* octets shown one by one; of more only the number */
};

struct trace_end;

/* What one end has handed down and what has not reached the other yet. */
struct trace_item {
    unsigned kind; /* the layer's own */
    struct buf octets;
};

struct trace_layer {
    const char *name;
    const char *const *opening; /* the steps that "opened" stands for, ended by NULL */
    /* A machine for this end. params: the words of its "end" lines, see trace_word(). */
    void *(*create)(struct trace_end *e, const char *params);
    void (*destroy)(void *machine);
    /* What happens at the machine's own side: a request, "timer", "state". False: not understood.
     */
    bool (*local)(void *machine, const char *what);
    /* What the other end has sent arrives. */
    void (*receive)(void *machine, const struct trace_item *item);
    /* What a foreign peer sends, from its text. False: not understood. */
    bool (*foreign)(const char *text, struct trace_item *item);
    /* Appends what item is, by the names of the Recommendation. Called as it leaves the wire, in
     * order. More lines than one are continuation lines. */
    void (*show)(void *machine, const struct trace_item *item, struct buf *out);
};

extern const struct trace_layer trace_transport, trace_session, trace_rtse, trace_stack, trace_mta;

/* A calls, B answers. */
bool trace_is_initiator(const struct trace_end *e);
/* Room for what this end hands down; octets are initialised. */
struct trace_item *trace_send(struct trace_end *e, unsigned kind);
/* What this end tells its user: the beginning of a line ("A "), to be gone on with. */
struct buf *trace_tell(struct trace_end *e);
/* An answer to what stands on the left, without the end's name. */
struct buf *trace_answer(struct trace_end *e);
/* The same for the outcome of a request: nothing for X4_OK. */
void trace_result(struct trace_end *e, int error);

/* ---- reading words: "checkpoint=1 twa name="two words"" -------------------------------------- */

/* The value of key in text, without quotes, NUL-terminated; NULL: it is not there. */
const char *trace_word(const char *text, const char *key, char value[256]);
/* A number, or otherwise where it is not there. */
unsigned trace_number(const char *text, const char *key, unsigned otherwise);
/* Does text have this word, without a value? */
bool trace_has(const char *text, const char *word);
/* If text begins with command and a space or its end: what follows, else NULL. */
const char *trace_command(const char *text, const char *command);

/* ---- octets in traces: "text", <6869> or 1000 octets ----------------------------------------- */

/* Appends them; those that only their number is known of are made up: "abc...". False: text is none
 * of these. */
bool trace_octets(const char *text, struct buf *out);
void trace_show_octets(struct slice octets, struct buf *out);
