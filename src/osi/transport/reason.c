/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/transport/transport.h"

const char *t_reason_text(unsigned reason)
{
    switch (reason) {
    case T_REASON_UNSPECIFIED: return "reason not specified";
    case T_REASON_CONGESTION: return "congestion at the TSAP";
    case T_REASON_NOT_ATTACHED: return "no session entity attached to the TSAP";
    case T_REASON_ADDRESS_UNKNOWN: return "transport address unknown";
    case T_REASON_NORMAL: return "normal disconnect";
    case T_REASON_REMOTE_CONGESTION: return "remote transport entity congested";
    case T_REASON_NEGOTIATION_FAILED: return "connection negotiation failed";
    case T_REASON_DUPLICATE_REF: return "duplicate source reference";
    case T_REASON_MISMATCHED_REF: return "mismatched references";
    case T_REASON_PROTOCOL_ERROR: return "protocol error";
    case T_REASON_REF_OVERFLOW: return "reference overflow";
    case T_REASON_REFUSED_ON_NC: return "refused on this network connection";
    case T_REASON_LENGTH: return "header or parameter length invalid";
    case T_REASON_TCP_CLOSED: return "TCP connection closed";
    default: return "unknown reason";
    }
}
