/* SPDX-License-Identifier: Apache-2.0 */
/* The predicates of X.225 Annex A. I(t) "may initiate" and A(t) "may accept" become own and peer,
 * because all three tokens exist in every session of ours. */
#include "osi/session/spm.h"

static bool owns(const struct session *s, uint8_t tokens)
{
    return (s->owned & tokens) == tokens;
}

static bool owns_none(const struct session *s, uint8_t tokens)
{
    return (s->owned & tokens) == 0;
}

/* The serial number that the event carries. */
static uint32_t serial_of(const struct spm_input *in)
{
    return in->spdu ? spdu_number(in->spdu, SP_SERIAL, 0) : in->prim->u.serial;
}

/* The token item that the event carries. */
static uint8_t tokens_of(const struct spm_input *in)
{
    return in->spdu ? (uint8_t)spdu_number(in->spdu, SP_TOKENS, 0) : in->prim->u.tokens;
}

/* Outstanding: V(A) <= serial < V(M). */
static bool outstanding(const struct session *s, uint32_t serial)
{
    return s->va <= serial && serial < s->vm;
}

bool spm_responder(const struct session *s, const struct spm_input *in)
{
    (void)in;
    return !s->initiator;
}

bool spm_turn_idle(const struct session *s, const struct spm_input *in)
{
    (void)in;
    return owns(s, SESSION_TOKENS_ALL) && !s->vact;
}

bool spm_no_turn_idle(const struct session *s, const struct spm_input *in)
{
    (void)in;
    return owns_none(s, SESSION_TOKENS_ALL) && !s->vact;
}

bool spm_turn_active(const struct session *s, const struct spm_input *in)
{
    (void)in;
    return owns(s, SESSION_TOKENS_ALL) && s->vact;
}

bool spm_own_data(const struct session *s, const struct spm_input *in)
{
    (void)in;
    return owns(s, SESSION_TOKEN_DATA);
}

bool spm_peer_data(const struct session *s, const struct spm_input *in)
{
    return !spm_own_data(s, in);
}

bool spm_own_data_active(const struct session *s, const struct spm_input *in)
{
    return s->vact && spm_own_data(s, in);
}

bool spm_peer_data_active(const struct session *s, const struct spm_input *in)
{
    return s->vact && spm_peer_data(s, in);
}

bool spm_own_minor_active(const struct session *s, const struct spm_input *in)
{
    (void)in;
    return owns(s, SESSION_TOKEN_DATA | SESSION_TOKEN_MINOR) && s->vact;
}

bool spm_own_activity(const struct session *s, const struct spm_input *in)
{
    (void)in;
    return owns(s, SESSION_TOKEN_ACTIVITY);
}

bool spm_own_activity_active(const struct session *s, const struct spm_input *in)
{
    return s->vact && spm_own_activity(s, in);
}

bool spm_peer_activity(const struct session *s, const struct spm_input *in)
{
    return !spm_own_activity(s, in);
}

/* V(M) = serial + 1 must still be a serial number. */
bool spm_resume_in_order(const struct session *s, const struct spm_input *in)
{
    return spm_no_turn_idle(s, in) && serial_of(in) < LIMIT_SERIAL;
}

bool spm_mip_in_order(const struct session *s, const struct spm_input *in)
{
    return owns_none(s, SESSION_TOKEN_DATA | SESSION_TOKEN_MINOR) && s->vact &&
           serial_of(in) == s->vm;
}

bool spm_ae_in_order(const struct session *s, const struct spm_input *in)
{
    return owns_none(s, SESSION_TOKENS_ALL) && s->vact && serial_of(in) == s->vm;
}

bool spm_aea_in_order(const struct session *s, const struct spm_input *in)
{
    return serial_of(in) + 1 == s->vm;
}

bool spm_mia_allowed(const struct session *s, const struct spm_input *in)
{
    return s->vact && s->vsc && outstanding(s, serial_of(in));
}

/* The number of the AE is confirmed by AEA only. */
bool spm_mia_allowed_ending(const struct session *s, const struct spm_input *in)
{
    return spm_mia_allowed(s, in) && !spm_aea_in_order(s, in);
}

bool spm_mia_in_order(const struct session *s, const struct spm_input *in)
{
    return s->vact && !s->vsc && outstanding(s, serial_of(in));
}

bool spm_mia_in_order_ending(const struct session *s, const struct spm_input *in)
{
    return spm_mia_in_order(s, in) && !spm_aea_in_order(s, in);
}

/* ISODE may send the same MIA twice, because it sets V(A) to the number itself. */
bool spm_mia_repeated(const struct session *s, const struct spm_input *in)
{
    return s->vact && !s->vsc && serial_of(in) + 1 == s->va;
}

bool spm_tokens_exist(const struct session *s, const struct spm_input *in)
{
    uint8_t tokens = tokens_of(in);

    (void)s;
    return tokens != 0 && (tokens & ~SESSION_TOKENS_ALL) == 0;
}

bool spm_tokens_own(const struct session *s, const struct spm_input *in)
{
    return spm_tokens_exist(s, in) && owns(s, tokens_of(in));
}

bool spm_tokens_own_data(const struct session *s, const struct spm_input *in)
{
    return spm_tokens_own(s, in) && (tokens_of(in) & SESSION_TOKEN_DATA);
}

bool spm_tokens_peer(const struct session *s, const struct spm_input *in)
{
    return spm_tokens_exist(s, in) && owns_none(s, tokens_of(in));
}

bool spm_tokens_peer_data(const struct session *s, const struct spm_input *in)
{
    return spm_tokens_peer(s, in) && (tokens_of(in) & SESSION_TOKEN_DATA);
}
