/* SPDX-License-Identifier: Apache-2.0 */
/* BER read as octets come, in tokens: for values that are larger than memory should be. Any length
 * form, any split of the octets; nothing is kept but the headers of the TLVs that are open. */
#pragma once

#include "base/limits.h"
#include "ber/ber.h"

enum { BER_STREAM_HEADER = 32 }; /* octets of an identifier and a length, at most */

enum ber_token_kind {
    BER_TOKEN_BEGIN,    /* a TLV begins */
    BER_TOKEN_CONTENTS, /* octets of a primitive one, as many as there are; never none */
    BER_TOKEN_END,
};

struct ber_token {
    enum ber_token_kind kind;
    unsigned depth; /* of its TLV: 0 for the outermost */
    uint32_t tag;   /* likewise */
    bool constructed;
    struct slice octets; /* CONTENTS: within the octets given */
};

/* All zero: a new stream. */
struct ber_stream {
    struct ber_stream_level {
        uint32_t tag;
        bool constructed;
        bool indefinite;
        uint64_t left; /* octets of its contents; definite lengths */
    } level[LIMIT_BER_STREAM_DEPTH];
    unsigned depth;
    uint8_t header[BER_STREAM_HEADER]; /* the beginning of one that is not complete */
    size_t header_len;
};

/* Takes what the next token needs off the front of *in. X4_EAGAIN: *in is used up, and there is no
 * whole token yet. X4_ESYNTAX, X4_ELIMIT (depth, header): the stream is of no use any more. */
int ber_stream_next(struct ber_stream *s, struct slice *in, struct ber_token *out);
/* Is nothing begun that has not ended? */
bool ber_stream_is_idle(const struct ber_stream *s);
