/* SPDX-License-Identifier: Apache-2.0 */
/* Judges an APDU that arrives, octet by octet as it comes: is it one of the generated messages, for
 * whom, is its text whole; or a report about one. */
#pragma once

#include "p1/p1_in.h"
#include "prog/x400load/ledger.h"
#include "prog/x400load/stamp.h"

enum { CHECK_HEAD = 1024 }; /* octets of content in which the stamp has to be */

struct check {
    const struct stamp_text *text;
    struct p1_in in;
    uint8_t head[CHECK_HEAD];
    size_t head_len;
    bool stamped;
    bool damaged;
    struct stamp stamp;
    uint64_t offset; /* of the text's next octet */
};

/* What has arrived in all. */
struct arrivals {
    struct ledger messages; /* message times recipients + recipient's index */
    struct ledger reports;  /* the same of the subject, for reports of either outcome */
    uint64_t transfers;     /* messages taken, copies of them included */
    uint64_t octets;        /* of their contents */
    uint64_t damaged;       /* text or envelope not as it was sent */
    uint64_t foreign;       /* anything that x400load did not make */
    uint64_t delivered;     /* recipients reported as such */
    uint64_t not_delivered;
};

/* One of them at a time: begin, put all octets, end. */
void check_begin(struct check *c, const struct stamp_text *text);
void check_put(struct check *c, struct slice octets);
/* Enters it into a. Gives the stamp of a whole, generated message, else NULL; valid while c is.
 * recipients: of reports' subjects, to find the subject's place in the ledger. */
const struct stamp *check_end(struct check *c, unsigned recipients, struct arrivals *a);
/* Forgets one that was not ended. */
void check_drop(struct check *c);
