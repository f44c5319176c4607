/* SPDX-License-Identifier: Apache-2.0 */
#include "session_end.h"

#include "base/error.h"
#include "hex.h"
#include "session_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void note_up(void *ctx, const struct s_prim *prim)
{
    struct end *e = ctx;

    buf_text(&e->told, "up: ");
    prim_text(prim, &e->told);
    buf_text(&e->told, "\n");
}

static void note_down(void *ctx, const struct t_prim *prim)
{
    struct end *e = ctx;
    static const char *const names[] = {
        [T_CONNECT_REQUEST] = "T-CONNECT req",
        [T_CONNECT_RESPONSE] = "T-CONNECT rsp",
        [T_DISCONNECT_REQUEST] = "T-DISCONNECT req",
    };
    struct buf tsdu;

    buf_text(&e->told, "down: ");
    if (prim->service == T_DATA_REQUEST) {
        buf_init(&tsdu, 100000);
        for (unsigned i = 0; i < prim->data.count; i++)
            buf_slice(&tsdu, prim->data.part[i]);
        tsdu_text(buf_view(&tsdu), &e->told);
        buf_free(&tsdu);
    } else {
        buf_text(&e->told, names[prim->service]);
    }
    buf_text(&e->told, "\n");
}

static void note_timer(void *ctx, uint32_t ms)
{
    ((struct end *)ctx)->timer_ms = ms;
}

void end_init(struct end *e, bool initiator, struct slice local_ssel)
{
    const struct session_params params = {.initiator = initiator,
                                          .local_ssel = local_ssel,
                                          .abort_timeout_ms = END_TIM_MS,
                                          .answer_timeout_ms = END_ANSWER_MS};

    *e = (struct end){.sink = {.ctx = e, .up = note_up, .down = note_down, .timer = note_timer}};
    buf_init(&e->told, 1024 * 1024);
    e->s = session_new(&params, &e->sink);
    assert_non_null(e->s);
}

void end_free(struct end *e)
{
    session_free(&e->s);
    assert_null(e->s);
    buf_free(&e->told);
}

int end_step(struct end *e, const char *step)
{
    struct t_prim transport = {.service = T_DATA_INDICATION};
    struct text_memory memory;
    struct s_prim prim;

    if (step[0] == '>') {
        if (!prim_parse(step + 2, &memory, &prim))
            fail_msg("what is \"%s\"?", step);
        return session_request(e->s, &prim);
    }
    if (strcmp(step, "timer") == 0) {
        session_timeout(e->s);
        return X4_OK;
    }
    if (step[0] == '<')
        transport.data = gather_one(hex(step + 1));
    else if (strcmp(step, "T-CONNECT ind") == 0)
        transport.service = T_CONNECT_INDICATION;
    else if (strcmp(step, "T-CONNECT cnf") == 0)
        transport.service = T_CONNECT_CONFIRM;
    else
        transport = (struct t_prim){.service = T_DISCONNECT_INDICATION, .text = "gone"};
    session_input(e->s, &transport);
    return X4_OK;
}

void end_run(struct end *e, const char *script)
{
    char *copy = strdup(script);
    char *rest = copy;

    assert_non_null(copy);
    while (rest) {
        const char *step = strsep(&rest, "\n");

        if (*step && end_step(e, step) != X4_OK)
            fail_msg("\"%s\" failed in %s", step, session_state_name(e->s));
    }
    free(copy);
    buf_reset(&e->told);
}

void end_told(struct end *e, const char *text)
{
    assert_string_equal(buf_cstr(&e->told), text);
    buf_reset(&e->told);
}

bool end_in_state(const struct end *e, const char *state)
{
    const char *name = session_state_name(e->s) + strlen("STA ");
    size_t len = strlen(state);

    return strncmp(name, state, len) == 0 && name[len] == ' ';
}
