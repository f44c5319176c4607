/* SPDX-License-Identifier: Apache-2.0 */
/* Octets of TPKT (RFC 1006 section 6) and of the class 0 TPDUs (X.224 clause 13). */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TPKT_HEADER = 4,
    TPKT_MIN = 7,
    TPDU_DT_HEADER = 3,
    TPDU_CLASS_0 = 0x00,
    TPDU_SIZE_CODE_MIN = 0x07, /* 128 octets; each step doubles */
    TPDU_SIZE_CODE_MAX = 0x0d, /* 8192 octets */
};

enum tpdu_code {
    TPDU_ED = 0x10,
    TPDU_ER = 0x70,
    TPDU_DR = 0x80,
    TPDU_CC = 0xd0,
    TPDU_CR = 0xe0,
    TPDU_DT = 0xf0,
};

/* Reject causes of ER (X.224 13.12.3) */
enum tpdu_cause {
    TPDU_CAUSE_UNSPECIFIED = 0,
    TPDU_CAUSE_PARAMETER_CODE = 1,
    TPDU_CAUSE_TPDU_TYPE = 2,
    TPDU_CAUSE_PARAMETER_VALUE = 3,
};

struct tpdu {
    enum tpdu_code code;
    uint16_t dst_ref;          /* CR CC DR ER */
    uint16_t src_ref;          /* CR CC DR */
    uint8_t class_options;     /* CR CC */
    uint8_t reason;            /* DR: enum t_reason; ER: enum tpdu_cause */
    bool eot;                  /* DT ED */
    unsigned size_code;        /* CR CC: parameter C0, log2 of the TPDU size; 0 = absent */
    struct slice calling_tsel; /* CR CC: C1 */
    struct slice called_tsel;  /* CR CC: C2, in CC the responding TSAP-ID */
    struct slice alternatives; /* CR: C7, alternative classes */
    struct slice rejected;     /* ER: C1, the TPDU up to the octet in error */
    struct slice data;         /* DT ED: user data */
};

/* What is wrong with a TPDU, as ER reports it. */
struct tpdu_fault {
    enum tpdu_cause cause;
    size_t at;        /* index of the octet in error */
    const char *text; /* static */
};

/* The length of the TPKT that octets begin with, its header included. X4_EAGAIN: less than a header
 * is there. X4_ESYNTAX: this is no TPKT. */
int tpkt_length(struct slice octets, size_t *len);

/* Read one TPDU (a TPKT without its header). Slices of *out point into octets. X4_ESYNTAX,
 * X4_EUNSUPP or X4_ELIMIT with *fault filled when it is invalid. */
int tpdu_parse(struct slice octets, struct tpdu *out, struct tpdu_fault *fault);

/* Append a CR, CC, DR or ER in its TPKT. Absent parameters are left out. */
void tpdu_build(const struct tpdu *tpdu, struct buf *out);

/* "CR"; NULL for what is no TPDU of class 0 */
const char *tpdu_name(enum tpdu_code code);
