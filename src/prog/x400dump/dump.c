/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400dump/dump.h"

#include "base/error.h"
#include "base/limits.h"
#include "ipm/ipm.h"
#include "p1/p1_bind.h"
#include "prog/x400dump/apdu_dump.h"
#include "prog/x400dump/assoc.h"

static const struct out_where nowhere = {.side = -1};

static int dump_apdu(struct slice file, struct arena *arena, struct out *out)
{
    struct mts_apdu *apdu = arena_alloc(arena, sizeof(*apdu));
    struct ber_external external;
    int error;

    if (!apdu)
        return X4_ENOMEM;
    if (ber_decode(&ber_type_external, file, arena, &external, NULL, NULL) == X4_OK &&
        external.encoding.which == 1)
        file = external.encoding.single;
    error = mts_apdu_decode(file, arena, apdu, NULL);
    if (error)
        return error;
    apdu_record(out, &nowhere, apdu, file);
    return X4_OK;
}

static int dump_content(struct slice file, struct arena *arena, struct out *out)
{
    struct ipm_content content;
    int error = ipm_parse(file, arena, &content);

    if (error)
        return error;
    content_record(out, &nowhere, MTS_CONTENT_P22, file);
    return X4_OK;
}

/* bind-invoke [16], bind-result [17] and bind-error [18] are around it in normal mode. */
static int dump_bind(struct slice file, struct arena *arena, struct out *out)
{
    struct p1_bind bind;
    struct ber_tlv tlv;
    struct assoc *a;
    int error = ber_single(file, &tlv);
    bool wrapped =
        !error && tlv.constructed && tlv.tag >= BER_CONTEXT(16) && tlv.tag <= BER_CONTEXT(18);
    bool is_error = wrapped && tlv.tag == BER_CONTEXT(18);

    if (wrapped)
        file = tlv.value;
    if (!error)
        error = is_error ? ber_single(file, &tlv) : p1_bind_parse(file, arena, &bind);
    if (error)
        return error;
    a = assoc_new(out, 0, 0);
    if (!a)
        return X4_ENOMEM;
    a->where = nowhere;
    assoc_bind(a, "MTABind", file, is_error);
    assoc_free(&a);
    return X4_OK;
}

/* TLVs down to the last one? Much that is no BER begins like some. */
static bool is_well_formed(struct slice in, unsigned depth)
{
    struct ber_tlv tlv;

    if (depth > LIMIT_BER_DEPTH)
        return false;
    while (in.len > 0)
        if (ber_next(&in, &tlv) || (tlv.constructed && !is_well_formed(tlv.value, depth + 1)))
            return false;
    return true;
}

/* Any number of TLVs, one after the other. */
static int dump_tree(struct slice file, struct arena *arena, struct out *out)
{
    struct buf text;

    (void)arena;
    if (file.len == 0)
        return X4_ETRUNC;
    if (!is_well_formed(file, 0))
        out_problem(out, &nowhere, "this is no well-formed BER");
    buf_init(&text, ASSOC_APDU_MAX);
    ber_dump_tree(file, 0, &text);
    out_begin(out, &nowhere, "ber", "BER", NULL);
    out_field(out, "octets", "%zu", file.len);
    out_block(out, "tree", &text);
    out_hex(out, "octets", file);
    out_end(out);
    buf_free(&text);
    return X4_OK;
}

/* In the order in which they are tried. */
static const struct dumper {
    enum dump_type type;
    int (*dump)(struct slice file, struct arena *arena, struct out *out);
} dumpers[] = {
    {DUMP_APDU, dump_apdu},
    {DUMP_CONTENT, dump_content},
    {DUMP_BIND, dump_bind},
    {DUMP_TREE, dump_tree},
};

int dump_file(const struct dump_params *params, struct slice file, struct out *out)
{
    struct arena arena;
    int error = X4_EUNSUPP;

    if (params->type == DUMP_AUTO || params->type == DUMP_CAPTURE) {
        error = dump_capture(params, file, out);
        if (error != X4_EUNSUPP || params->type == DUMP_CAPTURE)
            return error;
    }
    arena_init(&arena, ASSOC_ARENA_MAX);
    for (size_t i = 0; i < sizeof(dumpers) / sizeof(dumpers[0]) && error; i++)
        if (params->type == dumpers[i].type ||
            (params->type == DUMP_AUTO &&
             (dumpers[i].type != DUMP_TREE || is_well_formed(file, 0))))
            error = dumpers[i].dump(file, &arena, out);
    arena_free(&arena);
    return error == X4_OK || error == X4_ENOMEM ? error : X4_EUNSUPP;
}
