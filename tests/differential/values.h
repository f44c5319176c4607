/* SPDX-License-Identifier: Apache-2.0 */
/* What generate.c makes PDUs from: chance, TLVs, and random values of the types without members. */
#pragma once

#include "ber/ber.h"
#include "differential/kinds.h"

struct gen {
    uint64_t state;
    bool liberal;
    unsigned place;  /* of the extensions that follow, see opaque.h */
    unsigned nested; /* IPMs in IPMs */
    const struct kind *kind;
};

/* 0..n-1; 0 of nothing. */
size_t below(struct gen *g, size_t n);
bool one_in(struct gen *g, size_t n);
/* A size within lo..hi (hi 0: no bound), as a rule at most usual above lo. */
size_t size_within(struct gen *g, int64_t lo, int64_t hi, size_t usual);

/* A TLV with any form of length that BER has. */
void put_tlv(struct gen *g, uint32_t tag, bool constructed, struct slice value, struct buf *out);
/* len characters of the string type tag, without a header. */
void put_characters(struct gen *g, uint32_t tag, size_t len, struct buf *out);
/* The TLV of a string, primitive or cut into segments. */
void put_string(struct gen *g, uint32_t tag, struct slice value, struct buf *out);
/* The TLV of a random value of a type that has neither members nor items. */
void put_scalar(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out);
