/* SPDX-License-Identifier: Apache-2.0 */
/* What distinguishes the three modes of P1 from one another, as data (X.419), and the wrapping that
 * normal mode's notation puts around bind arguments, results and errors. */
#pragma once

#include "osi/rtse/lower.h"
#include "osi/stack/stack.h"

struct stack_dialect {
    const char *name;
    const struct rt_provider *provider;
    int application_protocol; /* X.410 mode; 0: none */
    bool tagged_bind;         /* [16] [17] [18] around argument, result, error */
    bool external;            /* EXTERNAL around each APDU */
};

/* mode: enum stack_mode. */
const struct stack_dialect *stack_dialect(enum stack_mode mode);
/* The mode a responder has to use for this SS-user data of a CN. What is neither counts as normal
 * mode, whose provider refuses it. 1984 and 1988 are told apart by stack_x410_mode(). */
enum stack_mode stack_detect_mode(struct slice connect_data);
/* applicationProtocol of an RTORQ in X.410 mode. */
enum stack_mode stack_x410_mode(const struct ber_optint *application_protocol);

/* Abstract syntaxes and application context of mts-transfer. */
extern const struct slice stack_syntaxes[RL_SYNTAXES];
extern const struct slice stack_mts_transfer;

enum bind_tag { BIND_INVOKE = 16, BIND_RESULT = 17, BIND_ERROR = 18 };

/* tlv as this dialect sends it; put together in out when it has to be wrapped. */
struct slice stack_bind_wrap(const struct stack_dialect *d, enum bind_tag tag, struct slice tlv,
                             struct buf *out);
/* The reverse; absent when the wrapping is not what it must be. */
struct slice stack_bind_unwrap(const struct stack_dialect *d, enum bind_tag tag, struct slice tlv);
/* MTABindError of a userDataRJ, or -1. */
int stack_bind_error(struct slice user_data);
/* The reverse: appends the TLV of a bind error for userDataRJ. */
void stack_put_bind_error(int bind_error, struct buf *out);
/* What stands for a bind error in X.410 mode. */
enum rt_refuse_reason stack_refuse_reason(int bind_error);
