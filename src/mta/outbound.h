/* SPDX-License-Identifier: Apache-2.0 */
/* Objects on their way out: what a connector that serves a queue does with an item.
 *
 *     item = mta_queue_take(queue, worst rank);
 *     mta_out_open(mta, item, &peer, &out);          ... X4_OK
 *     mta_out_read(out, offset, to, len, &got);      ... until mta_out_len(out) octets are sent
 *     mta_out_sent(&out)  or  mta_out_failed(&out, ...)
 */
#pragma once

#include "mta/mta.h"
#include "p1/p1_out.h"

/* The peer that a copy is made for. */
struct mta_peer {
    const struct mts_identity *own; /* per-connector identity, or the MTA's */
    bool same_domain;
    enum p1_internal_trace internal_trace;
    bool strip_bilateral;
    bool to_1984;
    uint64_t size_limit;  /* octets of content, 0: none */
    uint32_t association; /* for the log */
};

struct mta_out;

/* Makes the copy. X4_OK; any other result has dealt with the item already (returned it to its
 * originator, or put it back): the connector takes the next one. */
int mta_out_open(struct mta *mta, struct mta_item *item, const struct mta_peer *peer,
                 struct mta_out **out);
uint64_t mta_out_len(const struct mta_out *out);
int mta_out_read(struct mta_out *out, uint64_t offset, void *to, size_t len, size_t *got);
struct mta_item *mta_out_item(const struct mta_out *out);
const char *mta_out_mts_id(const struct mta_out *out);
uint64_t mta_out_content_len(const struct mta_out *out);

/* The peer has secured it: responsibility has passed. */
void mta_out_sent(struct mta_out **out);

enum mta_failure {
    MTA_FAIL_RETRY,   /* try again over this connector after delay_ms */
    MTA_FAIL_ABANDON, /* put it back as it was: not this message's fault */
    MTA_FAIL_RETURN,  /* no use: non-deliver with reason and diagnostic */
};
struct mta_failed {
    enum mta_failure what;
    int64_t delay_ms;
    int max_attempts; /* RETRY: after so many it is returned as transfer-failure */
    int64_t reason, diagnostic;
    const char *text;
    bool refused; /* RETRY: the peer said no to this item; counted apart from a line that breaks */
    bool expired; /* its time ran out */
};
void mta_out_failed(struct mta_out **out, const struct mta_failed *failed);

/* The connector could not open any association. Moves what can go another way; returns to their
 * originators the items whose attempts exceed max_attempts. */
void mta_queue_open_failed(struct mta *mta, struct mta_queue *queue, int max_attempts,
                           const char *text);
/* Likewise, by an attempt before its time: it is none of those that max_attempts limits. */
void mta_queue_open_failed_early(struct mta *mta, struct mta_queue *queue, int max_attempts,
                                 const char *text);
void mta_queue_open_succeeded(struct mta_queue *queue);
