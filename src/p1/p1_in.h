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
 * the TLV where the error was found the rest goes to sink as it comes. p1_in_head() followed by
 * all that sink was given is then the APDU as received (but for segment headers of a constructed
 * content and superfluous members, which are left out). */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "base/slice.h"
#include "ber/ber.h"
#include "mts/envelope.h"

/* Takes the next octets of the content; they are valid during the call. */
typedef void (*p1_sink)(void *ctx, struct slice octets);

/* A TLV that is open. */
struct p1_in_level {
    int role; /* enum role of p1_in.c */
    bool indefinite;
    bool opaque;       /* its contents are not looked into */
    uint64_t left;     /* octets of contents to come; definite length only */
    unsigned children; /* TLVs that have begun in it */
};

struct p1_in_range {
    size_t from, to;
};

struct p1_in {
    p1_sink sink;
    void *ctx;
    struct buf head;             /* what was received, less the content */
    struct p1_in_range envelope; /* of head: the envelope's TLV, resp. a probe's members */
    struct p1_in_range members;  /* of head: members of a report's content */
    struct p1_in_range content;  /* of head: the header of the content that was cut out there */
    struct buf stored;
    struct p1_in_level level[LIMIT_BER_DEPTH];
    unsigned depth;
    uint8_t header[16]; /* of the TLV that begins */
    unsigned header_len;
    uint64_t position; /* octets taken */
    uint64_t content_len;
    uint64_t ignored;
    int kind; /* enum mts_kind; -1: not known yet */
    bool has_content;
    int error;
    uint64_t error_at;
};

struct p1_in_result {
    enum mts_kind kind;  /* of what is well-formed */
    struct slice stored; /* see mts/envelope.h; valid until p1_in_free() */
    uint64_t content_len;
    bool has_content;  /* a message always; a report that returns it */
    uint64_t ignored;  /* superfluous octets: members after the content, octets after the APDU
                        * except zeros */
    uint64_t error_at; /* after an error: its position in the APDU */
};

/* sink may be NULL: the content is only counted. */
void p1_in_init(struct p1_in *in, p1_sink sink, void *ctx);
void p1_in_put(struct p1_in *in, struct slice octets);
/* There is no more. Errors: X4_ESYNTAX, X4_ETRUNC, X4_ELIMIT, X4_EMISSING, X4_EDUP, X4_ENOMEM;
 * result->error_at says where, result->stored is absent then. */
int p1_in_finish(struct p1_in *in, struct p1_in_result *result);
/* The octets before the content, resp. before the error. */
struct slice p1_in_head(const struct p1_in *in);
void p1_in_free(struct p1_in *in);
