/* SPDX-License-Identifier: Apache-2.0 */
/* Incremental splitter for one MTS-APDU that arrives in arbitrary pieces: the envelope is gathered,
 * the content handed on in order without being kept. Memory is bounded by LIMIT_ENVELOPE.
 *
 *     p1_in_init(&in, sink, ctx);
 *     for each piece: p1_in_put(&in, piece);
 *     error = p1_in_finish(&in, &result);
 *     ...
 *     p1_in_free(&in);
 *
 * Malformed input does not stop it, because the MTA takes the APDU over and quarantines it: from
 * the octet where the error was found the rest goes to sink as it comes. Then p1_in_head() and
 * after it what sink was given are the APDU as received (less the segment headers if the error
 * came inside a constructed content). */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "base/slice.h"
#include "ber/ber.h"
#include "mts/envelope.h"

/* Takes the next octets of the content; they are valid during the call. */
typedef void (*p1_sink)(void *ctx, struct slice octets);

enum { P1_IN_DEPTH = 16 }; /* open constructed levels that are walked, see p1_in.c */

struct p1_in_level {
    int role; /* enum role of p1_in.c */
    bool indefinite;
    uint64_t left; /* octets of contents still to come, definite length */
    unsigned children;
};

struct p1_in {
    p1_sink sink;
    void *ctx;
    struct buf head;          /* what was received, less content octets */
    size_t content_at;        /* where in head the content was cut out */
    size_t report_content_at; /* report: where in head the contents of the content SET begin */
    size_t cut_from, cut_to;  /* head octets that are not of the stored form: content's
                               * headers and end-of-contents */
    struct buf stored;
    struct p1_in_level level[P1_IN_DEPTH];
    unsigned depth;
    uint8_t header[16]; /* of a header that came in pieces */
    unsigned header_len;
    uint64_t position; /* octets taken */
    uint64_t content_len;
    uint64_t trailing; /* octets after the APDU other than zero */
    int kind;          /* enum mts_kind, -1 not known yet */
    bool has_content;
    int error;
    uint64_t error_at;
};

struct p1_in_result {
    enum mts_kind kind;
    struct slice stored; /* see mts/envelope.h; valid until p1_in_free() */
    uint64_t content_len;
    bool has_content;  /* a message always; a report with returned-content */
    uint64_t trailing; /* octets after the APDU that were ignored (zeros are not counted) */
    uint64_t error_at; /* after an error: its position in the APDU */
};

void p1_in_init(struct p1_in *in, p1_sink sink, void *ctx);
void p1_in_put(struct p1_in *in, struct slice octets);
/* The APDU is complete. Errors: X4_ESYNTAX, X4_ETRUNC, X4_ELIMIT, X4_EMISSING, X4_EDUP, X4_ENOMEM;
 * result->error_at says where. */
int p1_in_finish(struct p1_in *in, struct p1_in_result *result);
/* The octets before the content, resp. before the error. */
struct slice p1_in_head(const struct p1_in *in);
void p1_in_free(struct p1_in *in);
