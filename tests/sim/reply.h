/* SPDX-License-Identifier: Apache-2.0 */
/* The edge of the API in a simulated world: what the parts answer is a value here, not HTTP. It
 * takes the place of the functions of admin/backend.h that the parts call. */
#pragma once

#include "admin/backend.h"

/* Of one request; allocated by its maker with sim_reply_new(), gone when it is finished. */
struct admin_reply {
    /* error: enum x4_error; body: borrowed, NULL with an error; text: of an error. */
    void (*done)(void *ctx, int error, json_t *body, const char *text);
    void (*resume)(void *ctx);                                    /* may be NULL */
    void (*stream)(void *ctx, const struct admin_stream *stream); /* may be NULL */
    void *ctx;
};

struct admin_reply *sim_reply_new(const struct admin_reply *from);
