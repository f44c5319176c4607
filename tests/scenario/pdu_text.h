/* SPDX-License-Identifier: Apache-2.0 */
/* The PDUs that one side sends, by the names of the Recommendations: as x400dump shows them, the
 * first on the line of the arrow, those within it and their fields below. */
#pragma once

#include "osi/session/session.h"

struct pdu_text;

enum pdu_text_depth {
    PDU_TEXT_PDUS,
    PDU_TEXT_APDUS,    /* the message, report or probe with which an activity ends */
    PDU_TEXT_CONTENTS, /* its content too */
};

struct pdu_text *pdu_text_new(bool initiator, enum pdu_text_depth depth);
void pdu_text_free(struct pdu_text **p);
/* One TPKT, with whatever is whole at its end: SPDU, PPDU ... up to the message of an activity. */
void pdu_text_tpkt(struct pdu_text *p, struct slice tpkt, struct buf *out);
/* The PDUs within the SS-user data of a request or response, on lines of their own. */
void pdu_text_user_data(struct pdu_text *p, const struct s_prim *prim, struct buf *out);

/* MTABindArgument or MTABindResult, by words of a trace: mta="..." password="...". Appends the TLV,
 * nothing where there is no mta. */
void pdu_text_put_bind(const char *words, struct buf *out);
/* The reverse, for what is told; of an MTABindError: "error=...". Wrapped as in normal mode or not.
 */
void pdu_text_bind(struct slice tlv, struct buf *out);
