/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the two providers of the lower service. */
#pragma once

#include "osi/acse/acse.h"
#include "osi/rtse/lower.h"

enum { LOWER_DATA_TOKEN = 0x01 }; /* PI 16 */

/* ---- down: lower.c --- */

/* Initiator: makes the connection identifier; user_ref_tag: BER_T_TELETEX or BER_T_OCTET_STRING. */
void lower_make_id(struct rt_lower *l, uint32_t user_ref_tag);
/* The session's parameters of S-CONNECT request and response. */
void lower_put_connect(const struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out);
/* What was put into l->out becomes the SS-user data. */
void lower_set_data(struct rt_lower *l, struct s_prim *out);

/* ---- up: lower_take.c --- */

/* The SS-user data of an indication. */
struct slice lower_data(const struct s_prim *prim);
/* What both modes take from S-CONNECT. False: the session refused, *out is complete. */
bool lower_take_connect(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out);
/* SS-user data of S-U-ABORT, in whichever mode it was written. */
void lower_take_abort(struct rt_lower *l, struct slice data, struct rl_prim *out);
/* RTTPapdu; absent is priority 0. */
int lower_take_priority(struct slice integer, struct rl_prim *out);

/* *out (a connect indication or confirm) says that the association was refused. */
void lower_refused(struct rl_prim *out, enum rt_layer layer, int code, const char *text);
/* *out becomes an abort by our own side. */
void lower_aborted(struct rl_prim *out, enum rt_layer layer, const char *text);

/* May a caller that names this selector go on to a stack that has that one? */
bool lower_is_called(struct slice own, struct slice called);
/* *out says that the caller named a selector of layer that is not ours. */
void lower_refused_selector(struct rl_prim *out, enum rt_layer layer, struct slice own,
                            struct slice called);
/* S-CONNECT indication: is the session selector ours? False: *out and *reply are the refusal. */
bool lower_take_ssel(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out,
                     struct s_prim *reply);

/* Replies for the session when take() cannot go on. lower_make_refusal() uses what stands in
 * l->out as SS-user data, the others write it; these return X4_EPROTO for take() to return. */
void lower_make_refusal(struct rt_lower *l, bool turn_here, struct s_prim *reply);
int lower_reply_refuse(struct rt_lower *l, bool turn_here, struct s_prim *reply); /* RTORJ {} */
int lower_reply_abort(struct rt_lower *l, struct s_prim *reply); /* RTAB protocolError */
int lower_reply_p_abort(struct rt_lower *l, enum p_abort_reason reason, struct s_prim *reply);
