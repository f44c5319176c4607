/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded associations of other implementations: one side is fed to a stack, which must say what
 * the recorded other side said, SPDU for SPDU. argv[1]: the folder of the captures. */
#include "base/error.h"
#include "ber/ber.h"
#include "hex.h"
#include "stack_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    LINE_OCTETS_MAX = 4096,
    LINES_MAX = 64,
    SPDUS_MAX = 64,
    WIRE_MAX = 1024 * 1024,
};

/* What the user on our side does beyond accepting and securing. */
enum script {
    PLAIN,
    ASK_TURN,    /* responder: after the first APDU ask for the turn, send, give it back */
    CLOSE,       /* initiator: close at once */
    SEND,        /* initiator: send one APDU, close */
    SEND_LISTEN, /* initiator: send one, give the turn when asked, close when it is back */
    SEND_ONLY,   /* initiator: send one APDU */
    REPORT,      /* responder: confirm 1 at the fourth checkpoint, then report an exception */
    ABORT,       /* responder: abort after the first APDU */
};

struct replay_case {
    const char *file;
    unsigned connection;
    enum stack_mode mode;
    enum script script;
    int bind_error;       /* responder: refuse; -1 accept */
    const char *expected; /* codes of our SPDUs in decimal; NULL: as recorded */
    enum stack_event_type end;
    int code; /* of the end: bind_error or abort reason */
};

struct line {
    bool from_initiator;
    struct slice octets;
};

struct capture {
    struct buf octets;
    struct line lines[LINES_MAX];
    unsigned count;
};

static const char *folder;

static void read_capture(const char *name, unsigned connection, struct capture *c)
{
    char path[512];
    static char text[2 * LINE_OCTETS_MAX];
    unsigned connections = 0;
    FILE *f;

    *c = (struct capture){.count = 0};
    buf_init(&c->octets, WIRE_MAX);
    assert_non_null(buf_grow(&c->octets, WIRE_MAX / 2)); /* lines do not move any more */
    c->octets.len = 0;
    snprintf(path, sizeof(path), "%s/%s.txt", folder, name);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(text, sizeof(text), f)) {
        size_t start = c->octets.len;

        if (strncmp(text, "connect", 7) == 0)
            connections++;
        if ((*text != '<' && *text != '>') || connections != connection + 1)
            continue;
        hex_append(&c->octets, text + 1);
        assert_true(c->count < LINES_MAX);
        c->lines[c->count++] =
            (struct line){*text == '>', slice_make(c->octets.p + start, c->octets.len - start)};
    }
    fclose(f);
    assert_true(c->count > 0);
}

/* ---- what kind of SPDUs are there? ----------------------------------------------------------- */

struct kinds {
    char text[SPDUS_MAX * 4];
    struct buf tsdu;
};

static void note_tsdu(struct kinds *k)
{
    struct slice t = buf_view(&k->tsdu);
    size_t len = strlen(k->text);
    unsigned code;

    assert_true(t.len >= 2);
    code = t.p[0];
    if ((code == 1 || code == 2) && t.p[1] == 0 && t.len > 2)
        code = t.p[2]; /* behind the prefix */
    snprintf(k->text + len, sizeof(k->text) - len, "%s%u", len ? " " : "", code);
    buf_reset(&k->tsdu);
}

/* Adds the SPDUs in a run of whole TPKTs. */
static void note_tpkts(struct kinds *k, struct slice in)
{
    while (in.len >= 7) {
        size_t len = (size_t)in.p[2] << 8 | in.p[3];

        if ((in.p[5] & 0xf0) == 0xf0) {
            buf_slice(&k->tsdu, slice_sub(in, 7, len - 7));
            if (in.p[6] & 0x80)
                note_tsdu(k);
        }
        in = slice_from(in, len);
    }
    assert_int_equal(in.len, 0);
}

/* ---- the user -------------------------------------------------------------------------------- */

struct replay {
    const struct replay_case *c;
    struct end e;
    unsigned handled;
    struct buf wire; /* what we wrote */
};

static const uint8_t message[300] = {0xa0, 0x82, 0x01, 0x28};

static void after_responder_event(struct replay *r, enum stack_event_type type)
{
    struct stack *st = r->e.st;

    if (type == STACK_EV_RECEIVE_END && r->c->script == ASK_TURN)
        assert_int_equal(stack_turn_please(st, 3, 0), X4_OK);
    if (type == STACK_EV_RECEIVE_END && r->c->script == ABORT)
        stack_abort(st, 6, 0);
    if (type == STACK_EV_TURN_GIVEN)
        end_send(&r->e, slice_make(message, sizeof(message)), 0);
    if (type == STACK_EV_SENT)
        assert_int_equal(stack_turn_give(st, 0), X4_OK);
    if (type == STACK_EV_RECEIVE_CHECKPOINT && r->c->script == REPORT &&
        r->e.last.u.checkpoint == 4) {
        assert_int_equal(stack_checkpoint_secured(st, 1, 0), X4_OK);
        assert_int_equal(stack_receive_failed(st, false, 0), X4_OK);
    }
}

static void after_initiator_event(struct replay *r, enum stack_event_type type)
{
    struct stack *st = r->e.st;
    bool close = (type == STACK_EV_OPENED && r->c->script == CLOSE) ||
                 (type == STACK_EV_SENT && r->c->script == SEND) || type == STACK_EV_TURN_GIVEN;

    if (type == STACK_EV_OPENED && r->c->script >= SEND)
        end_send(&r->e, slice_make(message, sizeof(message)), 0);
    if (type == STACK_EV_TURN_PLEASE)
        assert_int_equal(stack_turn_give(st, 0), X4_OK);
    if (close)
        assert_int_equal(stack_close(st, 0), X4_OK);
}

static void work(struct replay *r, bool initiator)
{
    do {
        end_run(&r->e, 0);
        while (r->handled < r->e.count) {
            enum stack_event_type type = r->e.seen[r->handled++];

            if (initiator)
                after_initiator_event(r, type);
            else
                after_responder_event(r, type);
        }
        end_run(&r->e, 0);
    } while (r->handled < r->e.count);
    buf_slice(&r->wire, stack_output(r->e.st));
    stack_sent(r->e.st, stack_output(r->e.st).len);
}

/* Feeds a line, in pieces. To an initiator the references of CC must be its own; a DR comes too
 * late to matter. */
static void feed(struct replay *r, const struct line *line, size_t chunk, bool initiator)
{
    uint8_t octets[LINE_OCTETS_MAX];
    size_t len = line->octets.len;

    assert_true(len <= sizeof(octets));
    memcpy(octets, line->octets.p, len);
    if (initiator && octets[5] == 0xd0) {
        octets[6] = 0;
        octets[7] = 1;
    }
    for (size_t at = 0; at < len; at += chunk) {
        size_t n = len - at < chunk ? len - at : chunk;

        stack_input(r->e.st, slice_make(octets + at, n), 0);
        work(r, initiator);
    }
}

/* ---- checks ---------------------------------------------------------------------------------- */

static void check_end(const struct replay *r)
{
    const struct stack_event *last = &r->e.last;

    assert_int_equal(last->type, r->c->end);
    if (r->c->end == STACK_EV_ABORTED)
        assert_int_equal(last->u.abort.reason, r->c->code);
    if (r->c->end == STACK_EV_REFUSED)
        assert_int_equal(last->u.refusal.bind_error, r->c->code);
}

/* A whole MTS-APDU arrived, with nothing but end-of-contents octets behind it. */
static void check_apdu(const struct replay *r)
{
    struct slice in = buf_view(&r->e.received);
    struct ber_tlv tlv;

    if (!end_saw(&r->e, STACK_EV_RECEIVE_END) || r->c->script == REPORT)
        return;
    assert_int_equal(ber_next(&in, &tlv), X4_OK);
    assert_int_equal(tlv.tag & BER_PRIVATE(0), BER_CONTEXT(0));
    for (size_t i = 0; i < in.len; i++)
        assert_int_equal(in.p[i], 0);
}

static void check_spdus(const struct replay *r, const struct capture *c, bool initiator)
{
    struct kinds ours = {.text = ""};
    struct kinds recorded = {.text = ""};

    buf_init(&ours.tsdu, WIRE_MAX);
    buf_init(&recorded.tsdu, WIRE_MAX);
    note_tpkts(&ours, buf_view(&r->wire));
    for (unsigned i = 0; i < c->count; i++) {
        if (c->lines[i].from_initiator == initiator)
            note_tpkts(&recorded, c->lines[i].octets);
    }
    assert_string_equal(ours.text, r->c->expected ? r->c->expected : recorded.text);
    buf_free(&ours.tsdu);
    buf_free(&recorded.tsdu);
}

static void replay(const struct replay_case *rc, bool initiator, size_t chunk)
{
    const struct stack_params params = {
        .initiator = initiator,
        .mode = rc->mode,
        .max_tpdu = 65531,
        .checkpoint_kib = initiator ? 63 : 1, /* as the recorded side */
        .window = 3,
        .two_way_alternate = rc->script == SEND_LISTEN,
        .user_reference = "mta-a",
        .utctime = "261122193300Z",
    };
    struct replay r = {.c = rc};
    struct capture c;

    read_capture(rc->file, rc->connection, &c);
    end_init(&r.e, &params);
    buf_init(&r.wire, WIRE_MAX);
    r.e.bind_error = rc->bind_error;
    r.e.confirm_every = rc->script != REPORT;
    if (initiator)
        assert_int_equal(stack_open(r.e.st, pair_bind_argument, 0), X4_OK);
    work(&r, initiator);
    for (unsigned i = 0; i < c.count; i++) {
        if (c.lines[i].from_initiator != initiator && c.lines[i].octets.p[5] != 0x80)
            feed(&r, &c.lines[i], chunk, initiator);
    }
    check_spdus(&r, &c, initiator);
    check_end(&r);
    check_apdu(&r);
    if (!initiator)
        assert_int_equal(r.e.open.mode, rc->mode);
    buf_free(&r.wire);
    buf_free(&c.octets);
    end_free(&r.e);
}

/* ---- cases ----------------------------------------------------------------------------------- */

#define NORMAL STACK_NORMAL
#define X410   STACK_X410_1988
#define OLD    STACK_X410_1984
#define OVER   STACK_EV_CLOSED

static const struct replay_case to_responder[] = {
    {"isode_n_accept", 0, NORMAL, PLAIN, -1, NULL, OVER, 0},
    {"isode_n_please", 0, NORMAL, ASK_TURN, -1, NULL, OVER, 0},
    {"isode_n_refuse", 0, NORMAL, PLAIN, 2, NULL, STACK_EV_REFUSED, -1},
    {"isode_n_discard", 0, NORMAL, PLAIN, -1, NULL, OVER, 0},
    {"isode_n_cabort", 0, NORMAL, PLAIN, -1, NULL, STACK_EV_ABORTED, 6},
    {"isode_n_sabort", 0, NORMAL, ABORT, -1, NULL, STACK_EV_ABORTED, 6},
    {"isode_n_exc", 0, NORMAL, REPORT, -1, "14 42 50 48", STACK_EV_ABORTED, 4},
    {"isode_o_accept", 0, X410, PLAIN, -1, NULL, OVER, 0},
    {"isode_o_please", 0, X410, ASK_TURN, -1, NULL, OVER, 0},
    {"isode_o_refuse", 0, X410, PLAIN, 2, NULL, STACK_EV_REFUSED, -1},
    {"isode_o_discard", 0, X410, PLAIN, -1, NULL, OVER, 0},
    {"isode_o_badspdu", 0, X410, PLAIN, -1, NULL, STACK_EV_ABORTED, -1},
    /* where ISODE aborts, a resumed activity gets an exception report */
    {"isode_o_resume", 0, X410, PLAIN, -1, "14 50 26 48", STACK_EV_RECEIVE_DROPPED, 0},
    {"isode_o_resume2", 0, X410, PLAIN, -1, "14 48", STACK_EV_OPEN_IND, 0},
    {"x400-ping-success", 0, NORMAL, PLAIN, -1, NULL, OVER, 0},
    {"x400-ping-refuse", 0, NORMAL, PLAIN, 2, NULL, STACK_EV_REFUSED, -1},
    {"p772-transfer-success", 0, NORMAL, PLAIN, -1, NULL, STACK_EV_REFUSED, -1}, /* recover */
    {"p772-transfer-success", 1, NORMAL, PLAIN, -1, NULL, OVER, 0},
    {"pp-88-msg-2rcpt", 0, NORMAL, PLAIN, -1, NULL, OVER, 0},
    {"pp-x410-msg-2rcpt", 0, X410, PLAIN, -1, NULL, OVER, 0},
    {"pp-84-msg-2rcpt", 0, OLD, PLAIN, -1, NULL, OVER, 0},
    {"pp-88-badpassword", 0, NORMAL, PLAIN, 2, NULL, STACK_EV_REFUSED, -1},
    {"pp-x410-badpassword", 0, X410, PLAIN, 2, NULL, STACK_EV_REFUSED, -1},
};

static const struct replay_case to_initiator[] = {
    {"isode_n_accept", 0, NORMAL, SEND, -1, NULL, OVER, 0},
    {"isode_n_please", 0, NORMAL, SEND_LISTEN, -1, NULL, OVER, 0},
    {"isode_n_refuse", 0, NORMAL, PLAIN, -1, NULL, STACK_EV_REFUSED, 2},
    {"isode_n_sabort", 0, NORMAL, SEND_ONLY, -1, NULL, STACK_EV_ABORTED, 6},
    {"isode_o_accept", 0, X410, SEND, -1, NULL, OVER, 0},
    {"isode_o_please", 0, X410, SEND_LISTEN, -1, NULL, OVER, 0},
    {"isode_o_refuse", 0, X410, PLAIN, -1, NULL, STACK_EV_REFUSED, 2},
    {"x400-ping-success", 0, NORMAL, CLOSE, -1, NULL, OVER, 0},
    {"x400-ping-refuse", 0, NORMAL, PLAIN, -1, NULL, STACK_EV_REFUSED, 2},
    {"p772-transfer-success", 0, NORMAL, PLAIN, -1, NULL, STACK_EV_REFUSED, 0}, /* busy */
    {"p772-transfer-success", 1, NORMAL, SEND, -1, NULL, OVER, 0},
    {"pp-88-badpassword", 0, NORMAL, PLAIN, -1, NULL, STACK_EV_REFUSED, 2},
    {"pp-x410-badpassword", 0, X410, PLAIN, -1, NULL, STACK_EV_REFUSED, 2},
};

static void replay_all(const struct replay_case *cases, size_t count, bool initiator)
{
    for (size_t i = 0; i < count; i++) {
        replay(&cases[i], initiator, LINE_OCTETS_MAX);
        for (size_t chunk = 1; chunk < 20; chunk += 3)
            replay(&cases[i], initiator, chunk);
    }
}

static void as_responder(void **state)
{
    (void)state;
    replay_all(to_responder, sizeof(to_responder) / sizeof(to_responder[0]), false);
}

static void as_initiator(void **state)
{
    (void)state;
    replay_all(to_initiator, sizeof(to_initiator) / sizeof(to_initiator[0]), true);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_responder),
        cmocka_unit_test(as_initiator),
    };

    if (argc != 2)
        return 2;
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
