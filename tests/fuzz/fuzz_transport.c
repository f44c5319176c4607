/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_transport dep_mutate */
/* A TCP stream, cut into pieces. First octet: bit 0 initiator, bits 1-3 the TPDU size that we want,
 * the rest the size of the pieces. What is told must stay readable until the next input, and what
 * is sent must read as TPKTs with TPDUs. */
#include "base/error.h"
#include "mutate.h"
#include "osi/transport/tpdu.h"
#include "osi/transport/transport.h"

#include <stdlib.h>

enum { NOTED_MAX = 64, OUTPUT_MAX = 4 * 1024 * 1024 };

struct user {
    struct slice noted[NOTED_MAX];
    unsigned count;
    bool asked; /* T-CONNECT indication */
    bool ended;
    struct buf output;
};

static void up(void *ctx, const struct t_prim *prim)
{
    struct user *u = ctx;

    if (u->ended)
        abort(); /* nothing may follow a T-DISCONNECT */
    u->asked = prim->service == T_CONNECT_INDICATION;
    u->ended = prim->service == T_DISCONNECT_INDICATION;
    if (u->ended && !prim->text)
        abort();
    if (prim->data.count > 0 && u->count < NOTED_MAX)
        u->noted[u->count++] = prim->data.part[0];
}

static void closed(void *ctx)
{
    (void)ctx;
}

/* Read every octet that was told, and send it back. */
static void answer(struct transport *t, struct user *u)
{
    const struct t_prim accept = {.service = T_CONNECT_RESPONSE};
    unsigned sum = 0;

    if (u->asked)
        transport_request(t, &accept);
    u->asked = false;
    for (unsigned i = 0; i < u->count; i++) {
        struct t_prim echo = {.service = T_DATA_REQUEST, .data = gather_one(u->noted[i])};

        for (size_t k = 0; k < u->noted[i].len; k++)
            sum += u->noted[i].p[k];
        transport_request(t, &echo);
    }
    if (sum == UINT32_MAX)
        abort(); /* keeps the sum alive; never so large */
    u->count = 0;
}

static void check_output(struct slice out)
{
    while (out.len > 0) {
        struct tpdu_fault fault;
        struct tpdu tpdu;
        size_t len;

        if (tpkt_length(out, &len) != X4_OK || len > out.len)
            abort();
        if (tpdu_parse(slice_sub(out, TPKT_HEADER, len - TPKT_HEADER), &tpdu, &fault) != X4_OK)
            abort();
        out = slice_from(out, len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned sizes[8] = {65531, 128, 200, 2048, 8192, 65530, 1024, 4096};
    const struct t_prim connect = {.service = T_CONNECT_REQUEST};
    struct slice stream = slice_make(data, size);
    struct user u = {.count = 0};
    const struct transport_sink sink = {.ctx = &u, .up = up, .close = closed, .output = &u.output};
    struct transport *t;
    size_t piece;

    if (size < 1)
        return 0;
    t = transport_new(
        &(struct transport_params){.initiator = data[0] & 1, .max_tpdu = sizes[data[0] >> 1 & 7]},
        &sink);
    if (!t)
        return 0;
    buf_init(&u.output, OUTPUT_MAX);
    piece = data[0] >> 4 ? (size_t)(data[0] >> 4) * 3 : size;
    transport_request(t, &connect); /* refused in the responder */
    for (stream = slice_from(stream, 1); stream.len > 0; stream = slice_from(stream, piece)) {
        transport_input(t, slice_sub(stream, 0, piece));
        answer(t, &u);
    }
    check_output(buf_view(&u.output));
    transport_closed(t);
    transport_free(&t);
    buf_free(&u.output);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    if (size < 2 || seed % 8 == 0)
        return LLVMFuzzerMutate(data, size, max);
    return 1 + mutate_tpkts(data + 1, size - 1, max - 1, seed);
}
