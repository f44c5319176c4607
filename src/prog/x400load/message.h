/* SPDX-License-Identifier: Apache-2.0 */
/* The messages that are sent: built once, then only number and time are written into each copy. An
 * interpersonal message (P22) with one IA5 text; see stamp.h for what stands in the text. */
#pragma once

#include "base/buf.h"
#include "mts/submit.h"
#include "prog/x400load/stamp.h"

enum {
    MESSAGE_PRIORITIES = 3,
    MESSAGE_MARKS = 2, /* MTS-identifier and IPM identifier */
};

struct message_params {
    const char *mta_name;
    const char *originator; /* O/R address; its domain is that of the MTS-identifiers */
    const char *recipient;  /* "#" in it stands for the recipient's number */
    unsigned recipients;
    enum mts_priority priority;
    enum mts_originator_report_request reports;
    uint64_t size; /* octets of content; raised to the smallest possible */
    uint32_t run;
    int64_t now_ms; /* wall clock: the time of submission that the envelope tells */
};

struct message {
    struct buf head; /* the APDU up to and with the stamp */
    size_t local_id_at[MESSAGE_MARKS];
    uint32_t run;
    unsigned recipients;
    uint64_t text_len;
    uint64_t content_len;
    uint64_t apdu_len;
};

/* Errors: X4_ESYNTAX (an address; why says what), those of mts_submit() and p1_out_prefix(). */
int message_build(const struct message_params *params, struct message *out, struct buf *why);
void message_free(struct message *m);

/* One message under way. */
struct message_copy {
    const struct message *message;
    const struct stamp_text *text;
    struct buf head;
    uint64_t number;
    uint64_t offset; /* of the APDU's next octet */
};

void message_copy_init(struct message_copy *copy, const struct stamp_text *text);
void message_copy_free(struct message_copy *copy);
/* The next message to send is this one. X4_ENOMEM. */
int message_copy_begin(struct message_copy *copy, const struct message *message, uint64_t number,
                       int64_t wall_us);
/* Writes the next octets of the APDU, at most size, and gives their count. */
size_t message_copy_read(struct message_copy *copy, uint8_t *out, size_t size);
