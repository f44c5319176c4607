/* SPDX-License-Identifier: Apache-2.0 */
/* The User-data of P-DATA (X.226 8.4.2), read as octets come: fully-encoded-data with one or more
 * PDV-lists, each holding a value as single-ASN1-type or one or more as octet-aligned, all in any
 * form that BER allows. What comes out are the tokens of the values, wherever they stood.
 *
 * Refused, as elsewhere: simply-encoded-data (there is more than one context), arbitrary bits,
 * values of another context than the one expected. */
#pragma once

#include "base/slice.h"
#include "ber/stream.h"

enum { PDV_ID_OCTETS = 8 };

enum pdv_place {
    PDV_START,         /* before fully-encoded-data */
    PDV_LISTS,         /* in it, between PDV-lists */
    PDV_MEMBERS,       /* of a PDV-list */
    PDV_NAME,          /* transfer-syntax-name */
    PDV_IDENTIFIER,    /* presentation-context-identifier */
    PDV_SINGLE,        /* presentation-data-values */
    PDV_OCTETS,        /* likewise, octet-aligned */
    PDV_MEMBERS_ENDED, /* behind the values */
    PDV_END,
};

struct pdv_stream {
    int64_t context; /* the identifier expected */
    enum pdv_place place;
    struct ber_stream data;                   /* the user data */
    struct ber_stream value;                  /* values within an octet-aligned one ... */
    struct slice aligned;                     /* ... and octets of it that are not read yet */
    bool has_name, has_identifier, has_value; /* in this PDV-list */
    uint8_t identifier[PDV_ID_OCTETS];
    size_t identifier_len;
};

/* context: of the values; not 0. */
void pdv_stream_init(struct pdv_stream *s, int64_t context);
/* The next token of a value; depth 0 is the value itself. Takes what it needs off the front of *in.
 * X4_EAGAIN: *in is used up. X4_EPROTO, X4_EUNSUPP, X4_ESYNTAX, X4_ELIMIT: this cannot be taken. */
int pdv_stream_next(struct pdv_stream *s, struct slice *in, struct ber_token *out);
/* Has all of the user data come? */
bool pdv_stream_is_whole(const struct pdv_stream *s);
