/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/stack/text.h"

#include "osi/acse/acse.h"
#include "osi/stack/dialect.h"

#include <assert.h>
#include <stdio.h>

static_assert((int)RT_LAYER_TRANSPORT == STACK_LAYER_TRANSPORT &&
                  (int)RT_LAYER_SESSION == STACK_LAYER_SESSION &&
                  (int)RT_LAYER_PRESENTATION == STACK_LAYER_PRESENTATION &&
                  (int)RT_LAYER_ACSE == STACK_LAYER_ACSE &&
                  (int)RT_LAYER_RTSE == STACK_LAYER_RTSE && (int)RT_LAYER_USER == STACK_LAYER_MTA &&
                  (int)RT_LAYER_LOCAL == STACK_LAYER_LOCAL,
              "the layers have the same order");

struct reason {
    int code;
    const char *text;
};

static const struct reason session_refusals[] = {
    {0, "no reason given"},
    {S_REFUSED_CONGESTION, "temporary congestion"},
    {S_REFUSED_BY_USER, "by the session user"},
    {S_REFUSED_SSEL_UNKNOWN, "the session selector is unknown there"},
    {S_REFUSED_NOT_ATTACHED, "no MTA is attached to the session selector"},
    {S_REFUSED_SPM_CONGESTION, "the session layer is congested"},
    {S_REFUSED_VERSION, "the session protocol version is not supported"},
    {S_REFUSED_PROVIDER, "by the session provider, no reason given"},
    {S_REFUSED_IMPLEMENTATION, "an implementation restriction"},
    {-1, NULL},
};

static const struct reason presentation_refusals[] = {
    {P_REFUSED_NOT_SPECIFIED, "no reason given"},
    {P_REFUSED_CONGESTION, "temporary congestion"},
    {P_REFUSED_LOCAL_LIMIT, "a local limit is exceeded"},
    {P_REFUSED_ADDRESS_UNKNOWN, "the presentation selector is unknown there"},
    {P_REFUSED_VERSION, "the presentation protocol version is not supported"},
    {P_REFUSED_DEFAULT_CONTEXT, "the default context is not supported"},
    {P_REFUSED_DATA_NOT_READABLE, "our connect data is not readable there"},
    {P_REFUSED_NO_PSAP, "no presentation user is attached"},
    {-1, NULL},
};

static const struct reason acse_refusals[] = {
    {ACSE_DIAGNOSTIC_NULL, "no reason given"},
    {ACSE_NO_REASON_GIVEN, "no reason given"},
    {ACSE_CONTEXT_NAME_NOT_SUPPORTED, "the application context mts-transfer is not supported"},
    {3, "the calling AP title is not recognized"},
    {5, "the calling AE qualifier is not recognized"},
    {7, "the called AP title is not recognized"},
    {9, "the called AE qualifier is not recognized"},
    {-1, NULL},
};

static const struct reason rtse_refusals[] = {
    {RT_REFUSE_BUSY, "busy"},
    {RT_REFUSE_CANNOT_RECOVER, "the old association cannot be recovered"},
    {RT_REFUSE_VALIDATION_FAILURE, "validation failure"},
    {RT_REFUSE_DIALOGUE_MODE, "the dialogue mode is unacceptable"},
    {-1, NULL},
};

static const struct reason bind_errors[] = {
    {0, "busy"},
    {2, "authentication error: MTA name or password does not match"},
    {3, "the dialogue mode (monologue or two-way alternate) is unacceptable"},
    {4, "the security context is unacceptable"},
    {5, "the association confidentiality is inadequate"},
    {-1, NULL},
};

static const struct reason abort_reasons[] = {
    {RT_ABORT_LOCAL_SYSTEM_PROBLEM, "local system problem"},
    {RT_ABORT_INVALID_PARAMETER, "invalid parameter"},
    {RT_ABORT_UNRECOGNIZED_ACTIVITY, "unrecognized activity"},
    {RT_ABORT_TEMPORARY_PROBLEM, "temporary problem"},
    {RT_ABORT_PROTOCOL_ERROR, "protocol error"},
    {RT_ABORT_PERMANENT_PROBLEM, "permanent problem"},
    {RT_ABORT_USER_ERROR, "user error"},
    {RT_ABORT_TRANSFER_COMPLETED, "the transfer was already completed"},
    {-1, NULL},
};

static const struct reason exception_reasons[] = {
    {S_REASON_NON_SPECIFIC, "non-specific error"},
    {S_REASON_RECEIVING_ABILITY_JEOPARDIZED, "receiving ability jeopardized"},
    {S_REASON_SEQUENCE_ERROR, "sequence error: it has the message already"},
    {S_REASON_LOCAL_SS_USER_ERROR, "local error"},
    {S_REASON_UNRECOVERABLE_PROCEDURAL_ERROR, "unrecoverable procedural error"},
    {S_REASON_DEMAND_DATA_TOKEN, "it demands the data token"},
    {-1, NULL},
};

static const char *lookup(const struct reason *table, int code)
{
    for (; table->text; table++) {
        if (table->code == code)
            return table->text;
    }
    return "unknown reason";
}

static const char *refusal_reason(const struct rt_refusal *from)
{
    static const struct reason *const tables[] = {
        [RT_LAYER_SESSION] = session_refusals,
        [RT_LAYER_PRESENTATION] = presentation_refusals,
        [RT_LAYER_ACSE] = acse_refusals,
        [RT_LAYER_RTSE] = rtse_refusals,
        [RT_LAYER_LOCAL] = NULL,
    };

    if (from->code < 0 || !tables[from->layer])
        return "no reason given";
    return lookup(tables[from->layer], from->code);
}

/* What a lower layer says is no sentence yet. */
static void put_text(enum rt_layer layer, const char *what, char *text, size_t size)
{
    static const char *const lead[] = {
        [RT_LAYER_TRANSPORT] = "the transport connection ended: ",
        [RT_LAYER_SESSION] = "the session ended: ",
        [RT_LAYER_LOCAL] = NULL,
    };

    snprintf(text, size, "%s%s", lead[layer] ? lead[layer] : "", what);
}

/* RefuseReason of X.410 mode stands for a bind error. */
static int bind_error_of(const struct rt_refusal *from)
{
    if (from->aborted)
        return -1;
    if (from->layer == RT_LAYER_RTSE && from->code != RT_REFUSE_CANNOT_RECOVER)
        return from->code;
    return stack_bind_error(from->user_data);
}

void stack_make_refusal(const struct rt_refusal *from, struct stack_refusal *out)
{
    *out = (struct stack_refusal){
        .layer = (enum stack_layer)from->layer,
        .code = from->code,
        .bind_error = bind_error_of(from),
        .transient = from->transient,
        .recover = from->recover,
        .called = from->called,
        .expected = from->expected,
    };
    if (slice_present(from->expected)) {
        snprintf(out->text, sizeof(out->text), "the caller names another %s selector than ours",
                 rt_layer_name(from->layer));
    } else if (out->bind_error >= 0) {
        /* Judged first: Nexor reports "busy" as rejected-permanent. */
        out->layer = STACK_LAYER_MTA;
        out->transient = out->bind_error == RT_REFUSE_BUSY;
        snprintf(out->text, sizeof(out->text), "the peer MTA refused the bind: %s (%d)",
                 lookup(bind_errors, out->bind_error), out->bind_error);
    } else if (from->text) {
        put_text(from->layer, from->text, out->text, sizeof(out->text));
    } else if (from->aborted) {
        snprintf(out->text, sizeof(out->text),
                 "the peer aborted the association while it was being opened: %s",
                 from->layer == RT_LAYER_RTSE && from->code >= 0 ? lookup(abort_reasons, from->code)
                                                                 : "no reason given");
    } else {
        snprintf(out->text, sizeof(out->text), "the peer's %s layer refused the association: %s",
                 rt_layer_name(from->layer), refusal_reason(from));
    }
}

void stack_make_abort(const struct rt_abort *from, struct stack_abort *out)
{
    *out = (struct stack_abort){
        .layer = (enum stack_layer)from->layer,
        .by_peer = from->by_peer,
        .reason = from->reason,
        .transfer_completed = from->transfer_completed,
    };
    if (from->text)
        put_text(from->layer, from->text, out->text, sizeof(out->text));
    else if (from->layer == RT_LAYER_TRANSPORT)
        snprintf(out->text, sizeof(out->text),
                 "the transport connection ended before an association was opened");
    else if (from->layer == RT_LAYER_RTSE && from->reason >= 0)
        snprintf(out->text, sizeof(out->text), "the peer aborted the association: %s (%d)",
                 lookup(abort_reasons, from->reason), from->reason);
    else
        snprintf(out->text, sizeof(out->text), "the peer's %s layer aborted the association%s",
                 rt_layer_name(from->layer), from->reason < 0 ? ", no reason given" : "");
}

void stack_make_failure(const struct rt_failure *from, struct stack_failure *out)
{
    *out = (struct stack_failure){
        .reason = from->reason,
        .completed = from->completed,
        .retry_here = from->retry_here,
    };
    if (from->reason < 0)
        snprintf(out->text, sizeof(out->text), "this side discarded the transfer");
    else
        snprintf(out->text, sizeof(out->text), "the peer reported an exception: %s (%d)",
                 lookup(exception_reasons, from->reason), from->reason);
}
