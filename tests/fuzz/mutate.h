/* SPDX-License-Identifier: Apache-2.0 */
/* Mutators that know the structure: BER by the codec's descriptor tables, TSDUs by the tables of
 * SPDUs, scripts of records. Most of the structure stays valid, so that what is behind the first
 * check is reached too.
 *
 * All take size octets in data, with room for max, put the mutation there and return its size; the
 * same octets and seed give the same mutation. They are what LLVMFuzzerCustomMutator() calls. */
#pragma once

#include "ber/ber.h"

#include <stddef.h>
#include <stdint.h>

/* Mutates octets that have no structure: libFuzzer's, or replay.c's. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* Where choices come from. */
struct chance {
    uint64_t state;
};
struct chance chance_make(uint32_t seed);
/* 0 .. n - 1; n > 0 */
uint32_t chance_below(struct chance *c, uint32_t n);
/* once in n times */
bool chance_in(struct chance *c, uint32_t n);

/* One TLV of the type, or any sequence of TLVs when type is NULL. Open types are known where the
 * tables say what may stand there: extensions, O/R address extension attributes, body parts. */
size_t mutate_ber(const struct ber_type *type, uint8_t *data, size_t size, size_t max,
                  uint32_t seed);
/* A new value of the type in its place. */
size_t mutate_ber_new(const struct ber_type *type, uint8_t *data, size_t max, uint32_t seed);

/* One TSDU with its SPDUs, their parameters and the BER in the user data. */
size_t mutate_tsdu(uint8_t *data, size_t size, size_t max, uint32_t seed);

/* A TCP stream of TPKTs. */
size_t mutate_tpkts(uint8_t *data, size_t size, size_t max, uint32_t seed);

/* A script: head octets, then records: one octet that says what it is, two octets of length,
 * big-endian, the rest. How the rest of a record is mutated depends on what it is. */
enum mutate_form { RECORD_OCTETS, RECORD_TSDU, RECORD_BER };
struct mutate_record {
    enum mutate_form form;
    size_t skip;                 /* octets before what has this form */
    const struct ber_type *type; /* RECORD_BER; NULL: any */
};
struct mutate_script {
    size_t head;
    unsigned kinds; /* the first octet of a record counts modulo kinds */
    const struct mutate_record *records;
};
/* Takes the next record; one that is cut off ends with the script. False: there is none. */
bool mutate_next_record(struct slice *script, unsigned *kind, struct slice *rest);
size_t mutate_script(const struct mutate_script *script, uint8_t *data, size_t size, size_t max,
                     uint32_t seed);
