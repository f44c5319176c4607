/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_acse dep_mutate */
/* Presentation PDUs and the ACSE APDUs in them, as each kind that may arrive. */
#include "base/error.h"
#include "mutate.h"
#include "osi/acse/acse.h"
#include "osi/presentation/pdv.h"
#include "osi/presentation/ppdu.h"
#include "osi/presentation/presentation.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

enum { ARENA_MAX = 4 * 1024 * 1024, OUT_MAX = 65536, CONTEXT = 3 }; /* CONTEXT: of RTSE */

static const struct slice syntaxes[] = {
    {.p = (const uint8_t *)"\x52\x01\x00\x01", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x0c", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x07", .len = 4},
};

static void take_value(struct slice tlv, struct arena *arena)
{
    struct acse_associate associate;
    struct acse_abort abrt;
    struct acse_value value;

    if (!slice_present(tlv))
        return;
    if (acse_take_aarq(tlv, arena, &associate) == X4_OK ||
        acse_take_aare(tlv, arena, &associate) == X4_OK)
        acse_user_information(&associate.user_information, &value);
    if (acse_take_abrt(tlv, arena, &abrt) == X4_OK)
        acse_user_information(&abrt.user_information, &value);
}

/* A CP that was accepted must be answered, with a result for each context. */
static void take_cp(struct slice in, struct arena *arena)
{
    struct p_connect_info info;
    struct presentation p;
    struct buf out;
    int refusal;

    presentation_init(&p, syntaxes, 3);
    if (presentation_take_cp(&p, in, arena, &info, &refusal) != X4_OK)
        return;
    take_value(info.value.tlv, arena);
    buf_init(&out, OUT_MAX);
    info = (struct p_connect_info){.calling_psel = SLICE_NONE};
    if (presentation_put_cpa(&p, &info, &out) != X4_OK)
        abort();
    buf_free(&out);
}

/* The values in user data that comes in pieces of this size: a sum over their tokens. Octets of
 * contents count one by one, because it is the pieces that make tokens of them. */
static int sum_of_values(struct slice in, size_t piece, uint64_t *sum)
{
    struct pdv_stream s;

    *sum = 0;
    pdv_stream_init(&s, CONTEXT);
    for (size_t at = 0; at < in.len; at += piece) {
        struct slice part = slice_sub(in, at, piece);
        struct ber_token t;
        int error;

        while ((error = pdv_stream_next(&s, &part, &t)) == X4_OK) {
            for (size_t i = 0; i < t.octets.len; i++)
                *sum = *sum * 31 + t.octets.p[i];
            if (t.kind != BER_TOKEN_CONTENTS)
                *sum = *sum * 31 + t.tag + t.kind + t.depth;
        }
        if (error != X4_EAGAIN)
            return error;
        if (part.len)
            abort();
    }
    return pdv_stream_is_whole(&s) ? X4_OK : X4_EAGAIN;
}

/* However user data is cut, it is the same. */
static void take_data_in_pieces(struct slice in)
{
    static const size_t pieces[] = {1, 2, 7, 100};
    uint64_t whole, sum;
    int result = sum_of_values(in, in.len ? in.len : 1, &whole);

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        if (sum_of_values(in, pieces[i], &sum) != result || sum != whole)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_make(data, size);
    struct p_connect_info info;
    struct presentation p;
    struct p_abort ppdu;
    struct p_value value;
    struct arena arena;
    struct slice params;
    enum p_mode mode;

    arena_init(&arena, ARENA_MAX);
    presentation_mode(in, &mode);
    presentation_take_x410(in, &params);
    take_cp(in, &arena);
    presentation_init(&p, syntaxes, 3);
    presentation_propose(&p);
    if (presentation_take_cpr(&p, in, &arena, &info) == X4_OK)
        take_value(info.value.tlv, &arena);
    if (presentation_take_cpa(&p, in, &arena, &info) == X4_OK)
        take_value(info.value.tlv, &arena);
    if (presentation_take_data(&p, in, &arena, &value) == X4_OK)
        take_value(value.tlv, &arena);
    take_data_in_pieces(in);
    if (presentation_take_abort(&p, in, &arena, &ppdu) == X4_OK)
        take_value(ppdu.value.tlv, &arena);
    arena_free(&arena);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    const struct ber_type *const types[] = {
        &p_type_cp, &p_type_cpa, &p_type_cpr, &p_type_aru, &p_type_arp, &p_type_user_data, NULL};

    return mutate_ber(types[seed % (sizeof(types) / sizeof(types[0]))], data, size, max, seed);
}
