/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to an association, as one sentence for the operator. No user data, no secrets. */
#pragma once

#include "osi/rtse/rtpm.h"
#include "osi/stack/stack.h"

/* Fills all of *out from what the RTPM tells. */
void stack_make_refusal(const struct rt_refusal *from, struct stack_refusal *out);
void stack_make_abort(const struct rt_abort *from, struct stack_abort *out);
void stack_make_failure(const struct rt_failure *from, struct stack_failure *out);
