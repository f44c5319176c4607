/* SPDX-License-Identifier: Apache-2.0 */
#include "session_text.h"

#include "hex.h"

#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const operations[] = {
    [PRIM_REQUEST] = "req",
    [PRIM_INDICATION] = "ind",
    [PRIM_RESPONSE] = "rsp",
    [PRIM_CONFIRM] = "cnf",
};

/* ---- SPDUs ---------------------------------------------------------------------------------- */

enum form { FORM_HIDDEN, FORM_OCTETS, FORM_HEX, FORM_DECIMAL };

static const struct {
    const char *name;
    enum form form;
} params[SPDU_PARAMS] = {
    [SP_CALLED_REF] = {"called", FORM_OCTETS},
    [SP_CALLING_REF] = {"calling", FORM_OCTETS},
    [SP_COMMON_REF] = {"common", FORM_OCTETS},
    [SP_ADDITIONAL_REF] = {"additional", FORM_OCTETS},
    [SP_SYNC_TYPE] = {"sync", FORM_HEX},
    [SP_TOKENS] = {"tokens", FORM_HEX},
    [SP_TRANSPORT_DISCONNECT] = {"td", FORM_HEX},
    [SP_PROTOCOL_OPTIONS] = {"options", FORM_HEX},
    [SP_REQUIREMENTS] = {"units", FORM_HEX},
    [SP_TSDU_SIZE] = {"tsdu", FORM_HEX},
    [SP_VERSION] = {"version", FORM_HEX},
    [SP_INITIAL_SERIAL] = {"isn", FORM_DECIMAL},
    [SP_ENCLOSURE] = {"enclosure", FORM_HEX},
    [SP_TOKEN_SETTING] = {"setting", FORM_HEX},
    [SP_OLD_ACTIVITY] = {"old", FORM_OCTETS},
    [SP_SERIAL] = {"sn", FORM_DECIMAL},
    [SP_ACTIVITY] = {"act", FORM_OCTETS},
    [SP_REFLECT] = {"reflect", FORM_OCTETS},
    [SP_REFLECTED_SPDU] = {"reflected", FORM_OCTETS},
    [SP_REASON] = {"reason", FORM_DECIMAL},
    [SP_REFUSAL] = {"reason", FORM_HEX},
    [SP_CALLING_SSEL] = {"from", FORM_OCTETS},
    [SP_CALLED_SSEL] = {"to", FORM_OCTETS},
    [SP_DATA_OVERFLOW] = {"overflow", FORM_HEX},
};

void data_text(struct slice data, struct buf *out)
{
    bool printable = true;

    if (data.len == 0)
        return;
    for (size_t i = 0; i < data.len; i++)
        printable = printable && data.p[i] >= ' ' && data.p[i] < 0x7f && data.p[i] != '"';
    buf_text(out, printable ? " \"" : " <");
    if (printable)
        buf_slice(out, data);
    else
        buf_hex(out, data);
    buf_text(out, printable ? "\"" : ">");
}

void spdu_text(const struct spdu *s, struct buf *out)
{
    buf_text(out, spdu_name(s->type));
    for (unsigned p = 0; p < SPDU_PARAMS; p++) {
        if (!spdu_has(s, (enum spdu_param)p) || params[p].form == FORM_HIDDEN)
            continue;
        buf_printf(out, " %s=", params[p].name);
        if (params[p].form == FORM_OCTETS)
            buf_hex(out, s->param[p].octets);
        else if (params[p].form == FORM_HEX)
            buf_printf(out, "%02x", s->param[p].number);
        else
            buf_printf(out, "%u", s->param[p].number);
    }
    data_text(s->data, out);
}

void tsdu_text(struct slice octets, struct buf *out)
{
    struct spdu_tsdu tsdu;

    if (spdu_parse(octets, &tsdu) != 0) {
        buf_printf(out, "bad: %s", tsdu.wrong);
        return;
    }
    if (tsdu.count == 1 || tsdu.spdu[0].present) {
        spdu_text(&tsdu.spdu[0], out);
        buf_text(out, tsdu.count == 2 ? " + " : "");
    }
    if (tsdu.count == 2)
        spdu_text(&tsdu.spdu[1], out);
}

/* ---- primitives ----------------------------------------------------------------------------- */

static void octets_text(const char *name, struct slice octets, struct buf *out)
{
    if (!slice_present(octets))
        return;
    buf_printf(out, " %s=", name);
    buf_hex(out, octets);
}

static void connect_text(const struct s_prim *prim, struct buf *out)
{
    const struct s_connect *c = &prim->u.connect;

    if (prim->op == PRIM_CONFIRM || prim->op == PRIM_RESPONSE) {
        if (c->result == S_ACCEPTED)
            buf_text(out, " accepted");
        else
            buf_printf(out, " refused=%02x", (unsigned)c->result & 0xff);
    }
    octets_text("ref", c->id.user_ref, out);
    octets_text("common", c->id.common_ref, out);
    octets_text("additional", c->id.additional_ref, out);
    octets_text("from", c->calling_ssel, out);
    octets_text("to", c->called_ssel, out);
    if (c->result == S_ACCEPTED)
        buf_printf(out, " units=%04x turn=%s", c->requirements, c->turn_here ? "here" : "there");
}

static void activity_text(const struct s_prim *prim, struct buf *out)
{
    const struct s_activity *a = &prim->u.activity;

    octets_text("act", a->id, out);
    if (prim->service == S_ACTIVITY_START)
        return;
    octets_text("old", a->old_id, out);
    buf_printf(out, " sn=%u", a->serial);
    octets_text("called", a->called_ref, out);
    octets_text("calling", a->calling_ref, out);
    octets_text("common", a->common_ref, out);
    octets_text("additional", a->additional_ref, out);
}

static void p_abort_text(const struct s_prim *prim, struct buf *out)
{
    static const char *const causes[] = {
        [S_ABORT_PROTOCOL_ERROR] = "protocol-error",
        [S_ABORT_TRANSPORT_LOST] = "transport-lost",
        [S_ABORT_PEER_PROVIDER] = "peer-provider",
        [S_ABORT_TIMEOUT] = "timeout",
        [S_ABORT_LOCAL] = "local",
    };

    buf_printf(out, " %s: %s", causes[prim->u.p_abort.cause], prim->u.p_abort.text);
}

void prim_text(const struct s_prim *prim, struct buf *out)
{
    static const char *const parts[] = {"", " first", " middle", " last"};
    bool ask = prim->op == PRIM_REQUEST || prim->op == PRIM_INDICATION;

    buf_printf(out, "%s %s", s_service_name(prim->service), operations[prim->op]);
    switch (prim->service) {
    case S_CONNECT: connect_text(prim, out); break;
    case S_ACTIVITY_START:
    case S_ACTIVITY_RESUME: activity_text(prim, out); break;
    case S_P_ABORT: p_abort_text(prim, out); break;
    case S_SYNC_MINOR:
    case S_ACTIVITY_END:
        if (prim->u.serial) /* of a request the session knows it */
            buf_printf(out, " sn=%u", prim->u.serial);
        break;
    case S_TOKEN_PLEASE:
    case S_TOKEN_GIVE: buf_printf(out, " tokens=%02x", prim->u.tokens); break;
    case S_ACTIVITY_INTERRUPT:
    case S_ACTIVITY_DISCARD:
    case S_U_EXCEPTION_REPORT:
    case S_P_EXCEPTION_REPORT:
        if (ask)
            buf_printf(out, " reason=%u", prim->u.reason);
        break;
    default: break;
    }
    buf_text(out, parts[prim->part]);
    if (prim->data.count)
        data_text(prim->data.part[0], out);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Is the word "name=..."? Then *value is what follows. */
static bool is_key(const char *word, const char *name, const char **value)
{
    size_t len = strlen(name);

    *value = word + len + 1;
    return strncmp(word, name, len) == 0 && word[len] == '=';
}

static struct slice keep(struct text_memory *memory, struct slice octets)
{
    uint8_t *p = memory->octets + memory->used;

    assert(octets.len <= sizeof(memory->octets) - memory->used);
    if (octets.len > 0)
        memcpy(p, octets.p, octets.len);
    memory->used += octets.len;
    return slice_make(p, octets.len);
}

static bool parse_number(const char *word, struct s_prim *out)
{
    const char *value;

    if (is_key(word, "sn", &value)) {
        uint32_t serial = (uint32_t)strtoul(value, NULL, 10);

        if (out->service == S_ACTIVITY_RESUME)
            out->u.activity.serial = serial;
        else
            out->u.serial = serial;
    } else if (is_key(word, "reason", &value)) {
        out->u.reason = (unsigned)strtoul(value, NULL, 10);
    } else if (is_key(word, "tokens", &value)) {
        out->u.tokens = (uint8_t)strtoul(value, NULL, 16);
    } else if (is_key(word, "units", &value)) {
        out->u.connect.requirements = (uint16_t)strtoul(value, NULL, 16);
    } else if (is_key(word, "refused", &value)) {
        unsigned reason = (unsigned)strtoul(value, NULL, 16);

        out->u.connect.result = reason ? (enum s_refusal)reason : S_REFUSED_UNSPECIFIED;
    } else if (is_key(word, "turn", &value)) {
        out->u.connect.turn_here = strcmp(value, "here") == 0;
    } else {
        return strcmp(word, "accepted") == 0;
    }
    return true;
}

static bool parse_octets(const char *word, struct text_memory *memory, struct s_prim *out)
{
    struct s_connect *c = &out->u.connect;
    struct s_activity *a = &out->u.activity;
    bool connect = out->service == S_CONNECT;
    const struct {
        const char *name;
        struct slice *to;
    } keys[] = {
        {"ref", &c->id.user_ref},
        {"common", connect ? &c->id.common_ref : &a->common_ref},
        {"additional", connect ? &c->id.additional_ref : &a->additional_ref},
        {"from", &c->calling_ssel},
        {"to", &c->called_ssel},
        {"act", &a->id},
        {"old", &a->old_id},
        {"called", &a->called_ref},
        {"calling", &a->calling_ref},
    };
    const char *value;

    for (size_t i = 0; i < COUNT(keys); i++) {
        if (is_key(word, keys[i].name, &value)) {
            *keys[i].to = keep(memory, hex(value));
            return true;
        }
    }
    return false;
}

static bool parse_name(const char *name, const char *operation, struct s_prim *out)
{
    for (unsigned i = 0; i < S_SERVICES; i++) {
        for (unsigned op = 0; op < COUNT(operations); op++) {
            if (strcmp(s_service_name((enum s_service)i), name) == 0 &&
                strcmp(operations[op], operation) == 0) {
                out->service = (enum s_service)i;
                out->op = (enum prim_op)op;
                return true;
            }
        }
    }
    return false;
}

/* The user data, which comes last; cuts it off the text. */
static void take_data(char *text, struct text_memory *memory, struct s_prim *out)
{
    char *quote = strchr(text, '"');
    char *angle = strchr(text, '<');

    if (quote) {
        *quote = 0;
        quote[1 + strcspn(quote + 1, "\"")] = 0;
        out->data = gather_one(keep(memory, slice_str(quote + 1)));
    } else if (angle) {
        *angle = 0;
        out->data = gather_one(keep(memory, hex(angle + 1)));
    }
}

bool prim_parse(const char *text, struct text_memory *memory, struct s_prim *out)
{
    char *copy = strdup(text);
    char *rest = copy;
    const char *name;
    const char *operation;
    bool ok;

    assert(copy);
    memory->used = 0;
    *out = (struct s_prim){.service = S_SERVICES};
    take_data(copy, memory, out);
    name = strsep(&rest, " ");
    operation = strsep(&rest, " ");
    ok = operation && parse_name(name, operation, out);
    while (ok && rest) {
        const char *word = strsep(&rest, " ");

        ok = *word == 0 || parse_number(word, out) || parse_octets(word, memory, out);
    }
    free(copy);
    return ok;
}
