/* SPDX-License-Identifier: Apache-2.0 */
/* What a generated message carries so that its arrival can be judged: a line of fixed width at the
 * start of its text (run, number, recipients, length of the text, time), and after it a text that
 * follows from the number alone, so that the receiver can compare every octet and needs no digest.
 *
 * MTS-identifiers carry run and number as well: reports are matched by them. */
#pragma once

#include "base/slice.h"

enum {
    STAMP_LEN = 80,          /* of the line, with its CR LF */
    STAMP_LOCAL_ID_LEN = 28, /* of "x400load-0123abcd-0123456789" */
};

struct stamp {
    uint32_t run;
    uint64_t number;     /* of the message in its run, from 0 */
    unsigned recipients; /* the message has */
    uint64_t text_len;   /* with this line */
    int64_t wall_us;     /* when it was due to be sent, since 1970 */
};

/* No NUL at the end. */
void stamp_print(const struct stamp *s, char out[STAMP_LEN]);
/* The line begins at the first octet; false: it is none. */
bool stamp_parse(struct slice line, struct stamp *out);
/* Where the line begins in octets, or NULL. */
const uint8_t *stamp_find(struct slice octets);

void stamp_local_id(uint32_t run, uint64_t number, char out[STAMP_LOCAL_ID_LEN]);
bool stamp_local_id_parse(struct slice local, uint32_t *run, uint64_t *number);

/* The text behind the line. It repeats after a length that divides neither chunks nor segments, and
 * begins elsewhere for each number: what is misplaced is seen. */
enum { STAMP_TEXT_PERIOD = 4093, STAMP_TEXT_COPIES = 16 };
struct stamp_text {
    uint8_t octets[STAMP_TEXT_PERIOD * STAMP_TEXT_COPIES];
};
void stamp_text_init(struct stamp_text *text);
/* The octets of a message's text from offset on, at least one, at most max; borrowed from text. */
struct slice stamp_text_at(const struct stamp_text *text, uint64_t number, uint64_t offset,
                           uint64_t max);
