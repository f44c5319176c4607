/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the RTPM: its inputs, and its state table as rtpm_table.c writes it down. */
#pragma once

#include "osi/rtse/rtpm.h"

/* What the machine reacts to: requests of the user (U), primitives from below (L), the timer. */
enum rt_input_type {
    RT_U_OPEN,
    RT_U_ACCEPT,
    RT_U_REFUSE,
    RT_U_TRANSFER,
    RT_U_SEGMENT,
    RT_U_DISCARD,
    RT_U_CONFIRM,
    RT_U_SECURED,
    RT_U_EXCEPTION,
    RT_U_PLEASE,
    RT_U_GIVE,
    RT_U_CLOSE,
    RT_U_ABORT,
    RT_L_CONNECT_IND,
    RT_L_CONNECT_CNF,
    RT_L_RELEASE_IND,
    RT_L_RELEASE_CNF,
    RT_L_ABORT,
    RT_L_DATA,
    RT_L_PLEASE,
    RT_L_GIVE,
    RT_L_SYNC_IND,
    RT_L_SYNC_CNF,
    RT_L_START,
    RT_L_RESUME,
    RT_L_END_IND,
    RT_L_END_CNF,
    RT_L_INTERRUPT_IND,
    RT_L_DISCARD_IND,
    RT_L_DISCARD_CNF,
    RT_L_U_EXCEPTION,
    RT_L_P_EXCEPTION,
    RT_L_OTHER, /* a primitive that RTSE never uses */
    RT_TIMER,
    RT_INPUTS,
};

struct rt_input {
    enum rt_input_type type;
    const struct rl_prim *prim; /* from below */
    struct slice user_data;     /* open, accept, refuse */
    const struct gather *segment;
    bool last;           /* segment */
    enum data_part part; /* likewise */
    uint64_t total;      /* likewise, with the first part */
    bool transient;      /* refuse */
    int64_t value;       /* serial, reason, priority */
};

enum { RT_SAME = RT_STATES }; /* next state: stay */

struct rt_row {
    uint32_t states; /* bits: 1 << enum rt_state */
    enum rt_input_type input;
    bool (*guard)(const struct rtpm *r, const struct rt_input *in); /* NULL: always */
    void (*action)(struct rtpm *r, const struct rt_input *in);      /* NULL: nothing */
    unsigned next;                                                  /* enum rt_state or RT_SAME */
};

/* The first row for this state and input whose guard holds, or NULL. */
const struct rt_row *rt_find_row(const struct rtpm *r, const struct rt_input *in);
const char *rt_state_text(enum rt_state state);

/* ---- helpers of the actions: rtpm_abort.c --- */

void rt_tell(struct rtpm *r, enum rt_event_type type);
void rt_send(struct rtpm *r, enum s_service service, enum prim_op op);
void rt_send_reason(struct rtpm *r, enum s_service service, unsigned reason);
void rt_send_rtab(struct rtpm *r, enum rt_abort_reason reason);
/* Sends RTAB and tells the user. text: static or in r->arena. */
void rt_abort_here(struct rtpm *r, enum rt_abort_reason reason, const char *text);

/* ---- guards and actions --- */

bool rt_acceptable(const struct rtpm *r, const struct rt_input *in);
bool rt_refused_below(const struct rtpm *r, const struct rt_input *in);
bool rt_accepted(const struct rtpm *r, const struct rt_input *in);
bool rt_answer_fits(const struct rtpm *r, const struct rt_input *in);
bool rt_turn_at_start(const struct rtpm *r, const struct rt_input *in);
bool rt_is_part(const struct rtpm *r, const struct rt_input *in);
bool rt_in_part(const struct rtpm *r, const struct rt_input *in);
bool rt_is_last(const struct rtpm *r, const struct rt_input *in);
bool rt_window_open(const struct rtpm *r, const struct rt_input *in);
bool rt_window_kept(const struct rtpm *r, const struct rt_input *in);
bool rt_new_confirm(const struct rtpm *r, const struct rt_input *in);
bool rt_old_confirm(const struct rtpm *r, const struct rt_input *in);
bool rt_is_twa(const struct rtpm *r, const struct rt_input *in);
bool rt_may_close(const struct rtpm *r, const struct rt_input *in);
bool rt_peer_may_close(const struct rtpm *r, const struct rt_input *in);
bool rt_is_done(const struct rtpm *r, const struct rt_input *in);
bool rt_jeopardized(const struct rtpm *r, const struct rt_input *in);

void rt_send_open(struct rtpm *r, const struct rt_input *in);
void rt_tell_open(struct rtpm *r, const struct rt_input *in);
void rt_tell_opened(struct rtpm *r, const struct rt_input *in);
void rt_send_accept(struct rtpm *r, const struct rt_input *in);
void rt_send_refuse(struct rtpm *r, const struct rt_input *in);
void rt_refuse_bad(struct rtpm *r, const struct rt_input *in);
void rt_tell_refused(struct rtpm *r, const struct rt_input *in);
void rt_reject_answer(struct rtpm *r, const struct rt_input *in);
void rt_open_lost(struct rtpm *r, const struct rt_input *in);
void rt_open_late(struct rtpm *r, const struct rt_input *in);
void rt_send_start(struct rtpm *r, const struct rt_input *in);
void rt_send_segment(struct rtpm *r, const struct rt_input *in);
void rt_send_part(struct rtpm *r, const struct rt_input *in);
void rt_abort_part(struct rtpm *r, const struct rt_input *in);
void rt_send_last(struct rtpm *r, const struct rt_input *in);
void rt_note_confirm(struct rtpm *r, const struct rt_input *in);
void rt_tell_sent(struct rtpm *r, const struct rt_input *in);
void rt_discard_own(struct rtpm *r, const struct rt_input *in);
void rt_discard_reported(struct rtpm *r, const struct rt_input *in);
void rt_tell_not_sent(struct rtpm *r, const struct rt_input *in);
void rt_abort_jeopardized(struct rtpm *r, const struct rt_input *in);
void rt_tell_start(struct rtpm *r, const struct rt_input *in);
void rt_tell_data(struct rtpm *r, const struct rt_input *in);
void rt_tell_checkpoint(struct rtpm *r, const struct rt_input *in);
void rt_send_confirm(struct rtpm *r, const struct rt_input *in);
void rt_tell_end(struct rtpm *r, const struct rt_input *in);
void rt_send_secured(struct rtpm *r, const struct rt_input *in);
void rt_send_exception(struct rtpm *r, const struct rt_input *in);
void rt_refuse_resume(struct rtpm *r, const struct rt_input *in);
void rt_drop(struct rtpm *r, const struct rt_input *in);
void rt_drop_discarded(struct rtpm *r, const struct rt_input *in);
void rt_answer_interruption(struct rtpm *r, const struct rt_input *in);
void rt_abort_completed(struct rtpm *r, const struct rt_input *in);
void rt_send_please(struct rtpm *r, const struct rt_input *in);
void rt_tell_please(struct rtpm *r, const struct rt_input *in);
void rt_send_give(struct rtpm *r, const struct rt_input *in);
void rt_tell_given(struct rtpm *r, const struct rt_input *in);
void rt_send_close(struct rtpm *r, const struct rt_input *in);
void rt_answer_close(struct rtpm *r, const struct rt_input *in);
void rt_tell_closed(struct rtpm *r, const struct rt_input *in);
void rt_send_abort(struct rtpm *r, const struct rt_input *in);
void rt_tell_aborted(struct rtpm *r, const struct rt_input *in);
void rt_abort_late(struct rtpm *r, const struct rt_input *in);
/* No row: the peer broke the protocol. */
void rt_abort_protocol(struct rtpm *r, const struct rt_input *in);
