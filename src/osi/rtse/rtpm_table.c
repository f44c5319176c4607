/* SPDX-License-Identifier: Apache-2.0 */
/* The RTPM's state table. State names are our own; X.228 annex A numbers them. Where two rows have
 * the same state and input, the first whose guard holds is taken. An input without a row is a local
 * error when it comes from the user and an association abort with protocolError when it comes from
 * below (X.228 7.7.3.4.1).
 *
 * Resumption (X.228 7.8) would add: the states INTERRUPTING (we sent S-ACTIVITY-INTERRUPT, then
 * resume), LOST and RECOVERING (association recovery); a row SENDING, ENDING x U-EXCEPTION(5) with
 * a confirmed checkpoint -> INTERRUPTING before the discard below; and at "resume" below the choice
 * between continuing, exception 3 (already received) and exception 6 (unknown). */
#include "osi/rtse/rtpm_internal.h"

#define S(state) (1u << RT_##state)

enum {
    ASSOCIATED = S(READY_TURN) | S(READY) | S(SENDING) | S(ENDING) | S(DISCARDING) | S(RECEIVING) |
                 S(SECURING) | S(COMPLETING) | S(REPORTED),
    BEING_SENT = S(SENDING) | S(ENDING),
    BEING_RECEIVED = S(RECEIVING) | S(SECURING),
};

static const struct rt_row rows[] = {
    /* establishment (X.228 7.1) */
    {S(IDLE), RT_U_OPEN, NULL, rt_send_open, RT_OPENING},
    {S(IDLE), RT_L_CONNECT_IND, rt_refused_below, rt_tell_refused, RT_OVER},
    {S(IDLE), RT_L_CONNECT_IND, rt_acceptable, rt_tell_open, RT_OPEN_INDICATED},
    {S(IDLE), RT_L_CONNECT_IND, NULL, rt_refuse_bad, RT_OVER},
    {S(OPEN_INDICATED), RT_U_ACCEPT, rt_turn_at_start, rt_send_accept, RT_READY_TURN},
    {S(OPEN_INDICATED), RT_U_ACCEPT, NULL, rt_send_accept, RT_READY},
    {S(OPEN_INDICATED), RT_U_REFUSE, NULL, rt_send_refuse, RT_OVER},
    {S(OPENING), RT_L_CONNECT_CNF, rt_refused_below, rt_tell_refused, RT_OVER},
    {S(OPENING), RT_L_CONNECT_CNF, rt_answer_fits, rt_tell_opened, RT_READY_TURN},
    {S(OPENING), RT_L_CONNECT_CNF, NULL, rt_reject_answer, RT_OVER},
    {S(OPENING), RT_L_ABORT, NULL, rt_open_lost, RT_OVER},
    {S(OPENING), RT_TIMER, NULL, rt_open_late, RT_OVER},

    /* transfer, sender (X.228 7.3) */
    {S(READY_TURN), RT_U_TRANSFER, NULL, rt_send_start, RT_SENDING},
    {S(SENDING), RT_U_DISCARD, rt_in_part, rt_abort_part, RT_OVER},
    {S(SENDING), RT_L_U_EXCEPTION, rt_in_part, rt_abort_part, RT_OVER},
    {S(SENDING), RT_L_P_EXCEPTION, rt_in_part, rt_abort_part, RT_OVER},
    {S(SENDING), RT_U_SEGMENT, rt_is_part, rt_send_part, RT_SAME},
    {S(SENDING), RT_U_SEGMENT, rt_is_last, rt_send_last, RT_ENDING},
    {S(SENDING), RT_U_SEGMENT, rt_window_open, rt_send_segment, RT_SAME},
    {BEING_SENT, RT_L_SYNC_CNF, rt_new_confirm, rt_note_confirm, RT_SAME},
    {BEING_SENT, RT_L_SYNC_CNF, rt_old_confirm, NULL, RT_SAME},
    {S(ENDING), RT_L_END_CNF, NULL, rt_tell_sent, RT_READY_TURN},
    {BEING_SENT, RT_U_DISCARD, NULL, rt_discard_own, RT_DISCARDING},
    {BEING_SENT, RT_L_U_EXCEPTION, rt_jeopardized, rt_abort_jeopardized, RT_OVER},
    {BEING_SENT, RT_L_U_EXCEPTION, NULL, rt_discard_reported, RT_DISCARDING},
    {BEING_SENT, RT_L_P_EXCEPTION, NULL, rt_discard_reported, RT_DISCARDING},
    {S(DISCARDING), RT_L_DISCARD_CNF, NULL, rt_tell_not_sent, RT_READY_TURN},

    /* transfer, receiver (X.228 7.3) */
    {S(READY), RT_L_START, NULL, rt_tell_start, RT_RECEIVING},
    {S(READY), RT_L_RESUME, NULL, rt_refuse_resume, RT_REPORTED},
    {S(RECEIVING), RT_L_DATA, NULL, rt_tell_data, RT_SAME},
    {S(RECEIVING), RT_L_SYNC_IND, rt_window_kept, rt_tell_checkpoint, RT_SAME},
    {BEING_RECEIVED, RT_U_CONFIRM, rt_new_confirm, rt_send_confirm, RT_SAME},
    {S(RECEIVING), RT_L_END_IND, NULL, rt_tell_end, RT_SECURING},
    {S(SECURING), RT_U_SECURED, NULL, rt_send_secured, RT_READY},
    {BEING_RECEIVED, RT_U_EXCEPTION, NULL, rt_send_exception, RT_REPORTED},
    {BEING_RECEIVED, RT_L_INTERRUPT_IND, NULL, rt_drop, RT_READY},
    {S(RECEIVING), RT_L_DISCARD_IND, NULL, rt_drop, RT_READY},
    /* Its user has the APDU already, which cannot be undone: the answer waits for him. */
    {S(SECURING), RT_L_DISCARD_IND, NULL, NULL, RT_COMPLETING},
    {S(COMPLETING), RT_U_SECURED, NULL, rt_abort_completed, RT_OVER},
    {S(COMPLETING), RT_U_EXCEPTION, NULL, rt_drop_discarded, RT_READY},
    {S(REPORTED), RT_L_INTERRUPT_IND, NULL, rt_answer_interruption, RT_READY},
    {S(REPORTED), RT_L_DISCARD_IND, NULL, rt_answer_interruption, RT_READY},
    {S(READY), RT_L_INTERRUPT_IND, rt_is_done, rt_answer_interruption, RT_READY},
    {S(READY), RT_L_DISCARD_IND, rt_is_done, rt_abort_completed, RT_OVER},

    /* turn (X.228 7.4) */
    {S(READY) | BEING_RECEIVED, RT_U_PLEASE, rt_is_twa, rt_send_please, RT_SAME},
    {S(READY_TURN) | BEING_SENT, RT_L_PLEASE, rt_is_twa, rt_tell_please, RT_SAME},
    {S(READY), RT_L_PLEASE, rt_is_twa, NULL, RT_SAME}, /* crossed our give */
    {S(CLOSING), RT_L_PLEASE, NULL, NULL, RT_SAME},    /* crossed our close */
    {S(READY_TURN), RT_U_GIVE, rt_is_twa, rt_send_give, RT_READY},
    {S(READY), RT_L_GIVE, rt_is_twa, rt_tell_given, RT_READY_TURN},

    /* release */
    {S(READY_TURN), RT_U_CLOSE, rt_may_close, rt_send_close, RT_CLOSING},
    {S(READY), RT_L_RELEASE_IND, rt_peer_may_close, rt_answer_close, RT_OVER},
    {S(CLOSING), RT_L_RELEASE_CNF, NULL, rt_tell_closed, RT_OVER},
    {S(CLOSING), RT_L_ABORT, NULL, rt_tell_closed, RT_OVER},

    /* abort (X.228 7.7.3, 7.9) */
    {S(OPENING) | S(OPEN_INDICATED) | S(CLOSING) | ASSOCIATED, RT_U_ABORT, NULL, rt_send_abort,
     RT_OVER},
    {S(IDLE) | S(OPEN_INDICATED) | ASSOCIATED, RT_L_ABORT, NULL, rt_tell_aborted, RT_OVER},
    {S(IDLE) | S(OPEN_INDICATED) | S(CLOSING) | ASSOCIATED, RT_TIMER, NULL, rt_abort_late, RT_OVER},
};

const struct rt_row *rt_find_row(const struct rtpm *r, const struct rt_input *in)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct rt_row *row = &rows[i];

        if (row->input == in->type && row->states & 1u << r->state &&
            (!row->guard || row->guard(r, in)))
            return row;
    }
    return NULL;
}

const char *rt_state_text(enum rt_state state)
{
    static const char *const names[RT_STATES] = {
        [RT_IDLE] = "IDLE",
        [RT_OPENING] = "OPENING",
        [RT_OPEN_INDICATED] = "OPEN?",
        [RT_READY_TURN] = "READY+",
        [RT_READY] = "READY-",
        [RT_SENDING] = "SENDING",
        [RT_ENDING] = "ENDING",
        [RT_DISCARDING] = "DISCARDING",
        [RT_RECEIVING] = "RECEIVING",
        [RT_SECURING] = "SECURING",
        [RT_COMPLETING] = "COMPLETING",
        [RT_REPORTED] = "REPORTED",
        [RT_CLOSING] = "CLOSING",
        [RT_OVER] = "OVER",
    };

    return names[state];
}
