/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol machine against its law: every cell of the table of states and incoming SPDUs, every
 * request in every state. */
#include "base/error.h"
#include "session_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- how to get into a state ---------------------------------------------------------------- */

#define OPEN_TURN                                                                                  \
    "> S-CONNECT req units=0249 turn=here\nT-CONNECT cnf\n"                                        \
    "< 0e0f 0509 130100 160102 1a0100 14020249\n"
#define OPEN_NO_TURN                                                                               \
    "> S-CONNECT req units=0249 turn=there\nT-CONNECT cnf\n"                                       \
    "< 0e0f 0509 130100 160102 1a0115 14020249\n"
/* an activity with one minor synchronization point outstanding: V(A) = 1, V(M) = 2 */
#define SENDING   OPEN_TURN "> S-ACTIVITY-START req act=01\n> S-SYNC-MINOR req\n"
#define RECEIVING OPEN_NO_TURN "< 01002d03290101\n< 010031032a0131\n"

enum column {
    C01,
    C01B,
    C01C,
    C02A,
    C03,
    C04B,
    C05B,
    C05C,
    C08,
    C09,
    C10B,
    C11B,
    C11C,
    C16,
    C18,
    C19,
    C20,
    C713_IDLE_TURN,
    C713_IDLE,
    C713_SENDING,
    C713_RECEIVING,
    COLUMNS,
};

static const struct {
    const char *state;
    const char *script;
} columns[COLUMNS] = {
    [C01] = {"01", ""},
    [C01B] = {"01B", "> S-CONNECT req units=0249 turn=here\n"},
    [C01C] = {"01C", "T-CONNECT ind\n"},
    [C02A] = {"02A", "> S-CONNECT req units=0249 turn=here\nT-CONNECT cnf\n"},
    [C03] = {"03", OPEN_TURN "> S-RELEASE req\n"},
    [C04B] = {"04B", SENDING "> S-ACTIVITY-END req\n"},
    [C05B] = {"05B", SENDING "> S-ACTIVITY-INTERRUPT req reason=0\n"},
    [C05C] = {"05C", SENDING "> S-ACTIVITY-DISCARD req reason=0\n"},
    [C08] = {"08", "T-CONNECT ind\n< 0d0f 0509 130100 160103 1a0100 14020249\n"},
    [C09] = {"09", OPEN_NO_TURN "< 0903110101\n"},
    [C10B] = {"10B", RECEIVING "< 010029032a0132\n"},
    [C11B] = {"11B", RECEIVING "< 01001903320100\n"},
    [C11C] = {"11C", RECEIVING "< 01003903320100\n"},
    [C16] = {"16", OPEN_TURN "> S-U-ABORT req\n"},
    [C18] = {"18", OPEN_TURN "> S-CONTROL-GIVE req\n"},
    [C19] = {"19", RECEIVING "> S-U-EXCEPTION-REPORT req reason=5\n"},
    [C20] = {"20", SENDING "< 02003003320105\n"},
    [C713_IDLE_TURN] = {"713", OPEN_TURN},
    [C713_IDLE] = {"713", OPEN_NO_TURN},
    [C713_SENDING] = {"713", SENDING},
    [C713_RECEIVING] = {"713", RECEIVING},
};

/* A session that has run the script. A responder's scripts begin with a transport indication. */
static void start(struct end *e, const char *script, const char *state)
{
    end_init(e, strncmp(script, "T-", 2) != 0, SLICE_NONE);
    end_run(e, script);
    if (!end_in_state(e, state))
        fail_msg("in %s instead of %s", session_state_name(e->s), state);
}

/* ---- the table of states and SPDUs ---------------------------------------------------------- */

/* x invalid, d discard, T disconnect, v valid, u only variables change. The columns of 713 come
 * last: what is valid there depends on turn and activity, which the second table says. */
static const struct {
    const char *name;
    const char *octets;
    const char *cells[C20 + 1]; /* 01 01B 01C 02A 03 04B 05B 05C 08 09 10B 11B 11C 16 18 19 20 */
    bool valid_in_713;
} rows[] = {
    /* clang-format off */
    {"CONNECT", "0d0414020249",
     {"d","d","v","x","x","x","x","x","x","x","x","x","x","T","x","x","x"}, false},
    {"ACCEPT", "0e0f0509130100160102 1a0100 14020249",
     {"d","d","T","v","x","x","x","x","x","x","x","x","x","d","x","x","x"}, false},
    {"REFUSE", "0c06110101320101",
     {"d","d","T","v","x","x","x","x","x","x","x","x","x","d","x","x","x"}, false},
    {"DATA TRANSFER", "0100010061",
     {"d","d","T","x","x","x","d","d","x","x","x","x","x","d","x","d","d"}, true},
    {"MINOR SYNC POINT", "010031032a0132",
     {"d","d","T","x","x","x","d","d","x","x","x","x","x","d","x","u","d"}, true},
    {"MINOR SYNC ACK", "020032032a0131",
     {"d","d","T","x","x","v","d","d","x","x","x","x","x","d","x","u","d"}, true},
    {"ACTIVITY START", "01002d03290101",
     {"d","d","T","x","x","x","x","x","x","x","x","x","x","d","x","x","x"}, true},
    {"ACTIVITY RESUME", "01001d0b2106 290101 2a0131 290102",
     {"d","d","T","x","x","x","x","x","x","x","x","x","x","d","x","x","x"}, true},
    {"ACTIVITY END", "010029032a0132",
     {"d","d","T","x","x","x","x","x","x","x","x","x","x","d","x","u","d"}, true},
    {"ACTIVITY END ACK", "02002a032a0132",
     {"d","d","T","x","x","v","d","d","x","x","x","x","x","d","x","x","d"}, false},
    {"ACTIVITY INTERRUPT", "01001903320100",
     {"d","d","T","x","x","x","x","x","x","x","v","x","x","d","x","v","x"}, true},
    {"ACTIVITY DISCARD", "01003903320100",
     {"d","d","T","x","x","x","x","x","x","x","v","x","x","d","x","v","x"}, true},
    {"ACTIVITY INTERRUPT ACK", "02001a00",
     {"d","d","T","x","x","x","v","x","x","x","x","x","x","d","x","x","x"}, false},
    {"ACTIVITY DISCARD ACK", "02003a00",
     {"d","d","T","x","x","x","x","v","x","x","x","x","x","d","x","x","x"}, false},
    {"EXCEPTION DATA", "02003003320105",
     {"d","d","T","x","x","v","d","d","x","x","x","x","x","d","x","v","x"}, true},
    {"EXCEPTION REPORT", "02000000",
     {"d","d","T","x","x","v","d","d","x","x","x","x","x","d","x","v","x"}, true},
    {"GIVE TOKENS", "0103100101",
     {"d","d","T","x","x","x","d","d","x","x","v","x","x","d","x","v","x"}, true},
    {"PLEASE TOKENS", "0203100101",
     {"d","d","T","x","v","v","d","d","x","x","x","x","x","d","v","d","d"}, true},
    {"GIVE TOKENS CONFIRM", "1500",
     {"d","d","T","x","x","x","x","x","x","x","x","x","x","d","x","x","x"}, true},
    {"GIVE TOKENS ACK", "1600",
     {"d","d","T","x","x","x","x","x","x","x","x","x","x","d","v","x","x"}, false},
    {"FINISH", "0903110101",
     {"d","d","T","x","x","x","x","x","x","x","x","x","x","d","x","x","x"}, true},
    {"DISCONNECT", "0a00",
     {"d","d","T","x","v","x","x","x","x","x","x","x","x","d","x","x","x"}, false},
    {"ABORT ACCEPT", "1a00",
     {"d","d","T","x","x","x","x","x","x","x","x","x","x","T","x","x","x"}, false},
    {"ABORT", "1903110103",
     {"d","d","T","v","v","v","v","v","v","v","v","v","v","T","v","v","v"}, true},
    {"unknown SPDU", "01007f00",
     {"d","d","T","x","x","x","x","x","x","x","x","x","x","d","x","x","x"}, false},
    /* clang-format on */
};

static void check_invalid(struct end *e, const char *name)
{
    char expected[256];
    bool unknown = strcmp(name, "unknown SPDU") == 0;

    snprintf(expected, sizeof(expected), "up: S-P-ABORT ind protocol-error: %s%s\ndown: AB td=05\n",
             name, unknown ? "" : " SPDU not allowed in this state");
    end_told(e, expected);
    assert_true(end_in_state(e, "16"));
    assert_int_equal(e->timer_ms, END_TIM_MS);
}

static void check_discarded(struct end *e, enum column c, uint32_t serial)
{
    end_told(e, "");
    assert_true(end_in_state(e, columns[c].state));
    assert_int_equal(session_next_serial(e->s), serial);
}

static void check_disconnected(struct end *e)
{
    end_told(e, "down: T-DISCONNECT req\n");
    assert_true(end_in_state(e, "01"));
    assert_int_equal(e->timer_ms, 0);
    assert_false(session_has_turn(e->s));
    assert_false(session_in_activity(e->s));
}

static void check_cell(size_t row, enum column c)
{
    char cell = rows[row].cells[c][0];
    char step[256];
    uint32_t serial;
    struct end e;

    start(&e, columns[c].script, columns[c].state);
    serial = session_next_serial(e.s);
    snprintf(step, sizeof(step), "< %s", rows[row].octets);
    end_step(&e, step);
    switch (cell) {
    case 'x': check_invalid(&e, rows[row].name); break;
    case 'd': check_discarded(&e, c, serial); break;
    case 'T': check_disconnected(&e); break;
    default: fail_msg("cell %c", cell);
    }
    end_free(&e);
}

static void test_every_cell(void **state)
{
    unsigned walked = 0;

    (void)state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        for (unsigned c = 0; c <= C20; c++) {
            char cell = rows[row].cells[c][0];

            if (cell == 'v' || cell == 'u')
                continue; /* the next test */
            check_cell(row, (enum column)c);
            walked++;
        }
    }
    assert_int_equal(walked, 25 * 17 - 38);
}

/* In 713 an SPDU that is valid nowhere is invalid whatever the turn and activity. */
static void test_every_invalid_cell_of_713(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        for (unsigned c = C713_IDLE_TURN; c < COLUMNS && !rows[row].valid_in_713; c++) {
            char step[256];
            struct end e;

            start(&e, columns[c].script, "713");
            snprintf(step, sizeof(step), "< %s", rows[row].octets);
            end_step(&e, step);
            check_invalid(&e, rows[row].name);
            end_free(&e);
        }
    }
}

/* ---- the cells v and u ---------------------------------------------------------------------- */

#define ABORTED "up: S-U-ABORT ind\ndown: T-DISCONNECT req\n"

static const struct valid_cell {
    enum column column;
    const char *octets;
    const char *told;
    const char *next;
    uint32_t serial; /* V(M) then */
} valid_cells[] = {
    /* connection, release, abort */
    {C01C, "0d0414020249", "up: S-CONNECT ind units=0249 turn=there\n", "08", 0},
    {C02A, "0e0f0509130100160102 1a0100 14020249",
     "up: S-CONNECT cnf accepted units=0249 turn=here\n", "713", 0},
    {C02A, "0e12 0509130100160102 1a0100 100101 14020249",
     "up: S-CONNECT cnf accepted units=0249 turn=here\nup: S-TOKEN-PLEASE ind tokens=01\n", "713",
     0},
    {C02A, "0c06110101320101", "up: S-CONNECT cnf refused=01\ndown: T-DISCONNECT req\n", "01", 0},
    {C03, "0a00", "up: S-RELEASE cnf\ndown: T-DISCONNECT req\n", "01", 0},
    {C03, "0203100101", "up: S-TOKEN-PLEASE ind tokens=01\n", "03", 0},
    {C713_IDLE, "0903110101", "up: S-RELEASE ind\n", "09", 0},
    {C713_IDLE, "0900", "up: S-RELEASE ind\n", "09", 0},
    {C713_IDLE, "0903110100", "up: S-RELEASE ind\n", "09", 0},
    {C02A, "1903110103", ABORTED, "01", 0},
    {C03, "1903110103", ABORTED, "01", 0},
    {C04B, "1903110103", ABORTED, "01", 3},
    {C05B, "1903110103", ABORTED, "01", 2},
    {C05C, "1903110103", ABORTED, "01", 2},
    {C08, "1903110103", ABORTED, "01", 0},
    {C09, "1903110103", ABORTED, "01", 0},
    {C10B, "1903110103", ABORTED, "01", 3},
    {C11B, "1903110103", ABORTED, "01", 2},
    {C11C, "1903110103", ABORTED, "01", 2},
    {C18, "1903110103", ABORTED, "01", 0},
    {C19, "1903110103", ABORTED, "01", 2},
    {C20, "1903110103", ABORTED, "01", 2},
    {C713_IDLE, "1903110103", ABORTED, "01", 0},
    {C713_SENDING, "1903110103", ABORTED, "01", 2},
    /* data transfer, tokens */
    {C713_RECEIVING, "0100010061", "up: S-DATA ind \"a\"\n", "713", 2},
    {C713_RECEIVING, "01000100", "", "713", 2},
    {C713_IDLE, "0100010061", "up: S-DATA ind \"a\"\n", "713", 0},
    {C713_IDLE, "1500", "down: GTA\nup: S-CONTROL-GIVE ind\n", "713", 0},
    {C713_IDLE, "0103100115", "up: S-TOKEN-GIVE ind tokens=15\n", "713", 0},
    {C713_RECEIVING, "0103100104", "up: S-TOKEN-GIVE ind tokens=04\n", "713", 2},
    {C713_IDLE_TURN, "0206100101c10161", "up: S-TOKEN-PLEASE ind tokens=01 \"a\"\n", "713", 0},
    {C713_SENDING, "0203100115", "up: S-TOKEN-PLEASE ind tokens=15\n", "713", 2},
    {C18, "1600", "", "713", 0},
    {C18, "0203100101", "up: S-TOKEN-PLEASE ind tokens=01\n", "18", 0},
    /* synchronization */
    {C713_RECEIVING, "010031032a0132", "up: S-SYNC-MINOR ind sn=2\n", "713", 3},
    {C713_SENDING, "020032032a0131", "up: S-SYNC-MINOR cnf sn=1\n", "713", 2},
    {C04B, "020032032a0131", "up: S-SYNC-MINOR cnf sn=1\n", "04B", 3},
    {C19, "010031032a0132", "", "19", 3},
    /* activities */
    {C713_IDLE, "01002d03290101", "up: S-ACTIVITY-START ind act=01\n", "713", 1},
    {C713_IDLE, "01001d0b2106 290101 2a0131 290102",
     "up: S-ACTIVITY-RESUME ind act=02 old=01 sn=1\n", "713", 2},
    {C713_RECEIVING, "010029032a0132", "up: S-ACTIVITY-END ind sn=2\n", "10B", 3},
    {C04B, "02002a032a0132", "up: S-ACTIVITY-END cnf sn=2\n", "713", 3},
    {C19, "010029032a0132", "", "19", 3},
    {C713_RECEIVING, "01001900", "up: S-ACTIVITY-INTERRUPT ind reason=0\n", "11B", 2},
    {C713_RECEIVING, "01003903320105", "up: S-ACTIVITY-DISCARD ind reason=5\n", "11C", 2},
    {C713_IDLE, "01001903320100", "up: S-ACTIVITY-INTERRUPT ind reason=0\n", "11B", 0},
    {C713_IDLE, "01003903320100", "up: S-ACTIVITY-DISCARD ind reason=0\n", "11C", 0},
    {C10B, "01001903320100", "up: S-ACTIVITY-INTERRUPT ind reason=0\n", "11B", 3},
    {C10B, "01003903320100", "up: S-ACTIVITY-DISCARD ind reason=0\n", "11C", 3},
    {C19, "01001903320100", "up: S-ACTIVITY-INTERRUPT ind reason=0\n", "11B", 2},
    {C19, "01003903320100", "up: S-ACTIVITY-DISCARD ind reason=0\n", "11C", 2},
    {C05B, "02001a00", "up: S-ACTIVITY-INTERRUPT cnf\n", "713", 2},
    {C05C, "02003a00", "up: S-ACTIVITY-DISCARD cnf\n", "713", 2},
    /* exceptions */
    {C713_SENDING, "02003003320105", "up: S-U-EXCEPTION-REPORT ind reason=5\n", "20", 2},
    {C713_SENDING, "02000000", "up: S-P-EXCEPTION-REPORT ind reason=4\n", "20", 2},
    {C713_RECEIVING, "02003003320105", "up: S-U-EXCEPTION-REPORT ind reason=5\n", "713", 2},
    {C713_RECEIVING, "02000000", "up: S-P-EXCEPTION-REPORT ind reason=4\n", "713", 2},
    {C04B, "02003003320105", "up: S-U-EXCEPTION-REPORT ind reason=5\n", "20", 3},
    {C04B, "02000000", "up: S-P-EXCEPTION-REPORT ind reason=4\n", "20", 3},
    {C19, "02003003320105", "up: S-U-EXCEPTION-REPORT ind reason=5\n", "19", 2},
    {C19, "02000000", "up: S-P-EXCEPTION-REPORT ind reason=4\n", "19", 2},
    {C04B, "0203100101", "up: S-TOKEN-PLEASE ind tokens=01\n", "04B", 3},
    {C10B, "0103100115", "up: S-TOKEN-GIVE ind tokens=15\n", "10B", 3},
    {C19, "0103100101", "up: S-TOKEN-GIVE ind tokens=01\n", "713", 2},
    {C19, "0103100114", "up: S-TOKEN-GIVE ind tokens=14\n", "19", 2},
};

static void check_valid(const struct valid_cell *cell)
{
    char step[256];
    struct end e;

    start(&e, columns[cell->column].script, columns[cell->column].state);
    snprintf(step, sizeof(step), "< %s", cell->octets);
    end_step(&e, step);
    end_told(&e, cell->told);
    if (!end_in_state(&e, cell->next))
        fail_msg("%s: %s", cell->octets, session_state_name(e.s));
    assert_int_equal(session_next_serial(e.s), cell->serial);
    end_free(&e);
}

/* Same SPDU, whatever its parameters? Compares the prefix of a category 2 SPDU and the SI. */
static bool same_spdu(const char *a, const char *b)
{
    bool prefixed = strncmp(a, "0100", 4) == 0 || strncmp(a, "0200", 4) == 0;

    return strncmp(a, b, prefixed ? 6 : 2) == 0;
}

/* Every v and u of the table is in the list of valid cells. */
static void test_valid_cells_are_complete(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        for (unsigned c = 0; c <= C20; c++) {
            char cell = rows[row].cells[c][0];
            bool found = cell != 'v' && cell != 'u';

            for (size_t i = 0; i < COUNT(valid_cells) && !found; i++)
                found = valid_cells[i].column == c &&
                        same_spdu(rows[row].octets, valid_cells[i].octets);
            /* a MIA in 19 needs a past of its own: test_mia_after_exception */
            if (!found && !(c == C19 && strcmp(rows[row].name, "MINOR SYNC ACK") == 0))
                fail_msg("%s in %s", rows[row].name, columns[c].state);
        }
    }
}

static void test_valid_cells(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(valid_cells); i++)
        check_valid(&valid_cells[i]);
}

/* In 19 a MIA only counts. It can come when we have received no synchronization point, but an AE.
 */
static void test_mia_after_exception(void **state)
{
    struct end e;

    (void)state;
    start(&e,
          OPEN_NO_TURN "< 01002d03290101\n< 010029032a0131\n> S-U-EXCEPTION-REPORT req reason=0\n",
          "19");
    end_step(&e, "< 020032032a0131");
    end_told(&e, "");
    assert_true(end_in_state(&e, "19"));
    end_step(&e, "< 020032032a0131"); /* V(A) has moved */
    assert_true(end_in_state(&e, "16"));
    end_free(&e);
}

/* ---- guards --------------------------------------------------------------------------------- */

/* A valid SPDU whose guard does not hold is invalid too. */
static void test_guards(void **state)
{
    static const struct {
        enum column column;
        const char *octets;
    } cases[] = {
        {C713_IDLE_TURN, "0100010061"},     /* DT without the data token */
        {C713_SENDING, "010031032a0132"},   /* MIP likewise */
        {C713_IDLE, "010031032a0130"},      /* MIP outside an activity */
        {C713_RECEIVING, "010031032a0131"}, /* wrong numbers */
        {C713_RECEIVING, "010031032a0133"},
        {C713_RECEIVING, "010029032a0131"}, /* AE: wrong number */
        {C713_IDLE, "010029032a0130"},      /* AE outside an activity */
        {C713_SENDING, "010029032a0132"},
        {C713_SENDING, "020032032a0132"},   /* MIA: not sent yet */
        {C713_RECEIVING, "020032032a0131"}, /* MIA for a point received */
        {C713_IDLE_TURN, "020032032a0130"},
        {C04B, "020032032a0132"},                              /* MIA for the number of AE */
        {C04B, "02002a032a0131"},                              /* AEA: wrong number */
        {C713_IDLE_TURN, "01002d03290101"},                    /* AS from the wrong side */
        {C713_RECEIVING, "01002d03290102"},                    /* AS in an activity */
        {C713_RECEIVING, "01001d0b2106 290101 2a0131 290102"}, /* AR in an activity */
        {C713_IDLE_TURN, "01001d0b2106 290101 2a0131 290102"},
        {C713_IDLE, "01001d10210b 290101 2a06393939393939 290102"}, /* no number left */
        {C713_SENDING, "01003903320100"},                           /* AD, AI from the wrong side */
        {C713_SENDING, "01001903320100"},
        {C713_IDLE_TURN, "02003003320105"}, /* ED outside an activity */
        {C713_IDLE, "02000000"},
        {C713_IDLE_TURN, "1500"},       /* GTC from the wrong side */
        {C713_RECEIVING, "1500"},       /* GTC in an activity */
        {C713_IDLE_TURN, "0903110101"}, /* FN from the wrong side */
        {C713_RECEIVING, "0903110101"}, /* FN in an activity */
        {C713_IDLE_TURN, "0103100101"}, /* GT of what we have */
        {C713_IDLE, "0103100140"},      /* no release token */
        {C713_IDLE_TURN, "0203100141"},
        {C19, "010031032a0133"},
        {C19, "010029032a0133"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char step[256];
        struct end e;

        start(&e, columns[cases[i].column].script, columns[cases[i].column].state);
        snprintf(step, sizeof(step), "< %s", cases[i].octets);
        end_step(&e, step);
        if (!end_in_state(&e, "16") || !strstr(buf_cstr(&e.told), "without the token or activity"))
            fail_msg("%s: %s %s", cases[i].octets, session_state_name(e.s), buf_cstr(&e.told));
        end_free(&e);
    }
}

/* ---- requests ------------------------------------------------------------------------------- */

/* o: allowed. Columns: 01 01B 01C 02A 03 04B 05B 05C 08 09 10B 11B 11C 16 18 19 20, then 713 idle
 * with the turn, idle without, sending, receiving. */
static const struct {
    const char *request;
    const char *cells;
} requests[] = {
    {"> S-CONNECT req units=0249 turn=here", "o...................."},
    {"> S-CONNECT rsp accepted units=0249", "........o............"},
    {"> S-CONNECT rsp refused=02 \"a\"", "........o............"},
    {"> S-RELEASE req", ".................o..."},
    {"> S-RELEASE rsp", ".........o..........."},
    {"> S-U-ABORT req \"a\"", ".oooooooooooo.ooooooo"},
    {"> S-DATA req \"a\"", ".................o.o."},
    {"> S-TOKEN-PLEASE req tokens=01", ".........oo.......o.o"},
    {"> S-TOKEN-GIVE req tokens=01", ".....o..........oo.o."},
    {"> S-TOKEN-GIVE req tokens=04", ".....o...........o.o."},
    {"> S-CONTROL-GIVE req", ".................o..."},
    {"> S-SYNC-MINOR req", "...................o."},
    {"> S-SYNC-MINOR rsp sn=1", "..........o.........o"},
    {"> S-SYNC-MINOR rsp sn=2", "....................."},
    {"> S-ACTIVITY-START req act=01", ".................o..."},
    {"> S-ACTIVITY-RESUME req act=02 old=01 sn=1", ".................o..."},
    {"> S-ACTIVITY-END req", "...................o."},
    {"> S-ACTIVITY-END rsp", "..........o.........."},
    {"> S-ACTIVITY-INTERRUPT req reason=0", ".....o..........o..o."},
    {"> S-ACTIVITY-INTERRUPT rsp", "...........o........."},
    {"> S-ACTIVITY-DISCARD req reason=0", ".....o..........o..o."},
    {"> S-ACTIVITY-DISCARD rsp", "............o........"},
    {"> S-U-EXCEPTION-REPORT req reason=5", "..........o.........o"},
};

static void test_every_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        assert_int_equal(strlen(requests[i].cells), COLUMNS);
        for (unsigned c = 0; c < COLUMNS; c++) {
            bool allowed = requests[i].cells[c] == 'o';
            struct end e;
            int err;

            start(&e, columns[c].script, columns[c].state);
            err = end_step(&e, requests[i].request);
            if (err != (allowed ? X4_OK : X4_ESTATE))
                fail_msg("%s in %s: %d", requests[i].request, columns[c].state, err);
            if (!allowed)
                end_told(&e, "");
            if (!allowed && !end_in_state(&e, columns[c].state))
                fail_msg("%s moved it", requests[i].request);
            end_free(&e);
        }
    }
}

/* What no user may ask for. */
static void test_no_such_request(void **state)
{
    static const char *const cases[] = {
        "> S-P-ABORT req", "> S-P-EXCEPTION-REPORT req", "> S-DATA rsp",
        "> S-DATA ind",    "> S-CONNECT cnf accepted",   "> S-CONTROL-GIVE rsp",
        "> S-U-ABORT rsp", "> S-U-EXCEPTION-REPORT rsp",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct end e;

        start(&e, columns[C713_SENDING].script, "713");
        assert_int_equal(end_step(&e, cases[i]), X4_EINVAL);
        end_told(&e, "");
        end_free(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell),
        cmocka_unit_test(test_every_invalid_cell_of_713),
        cmocka_unit_test(test_valid_cells),
        cmocka_unit_test(test_valid_cells_are_complete),
        cmocka_unit_test(test_mia_after_exception),
        cmocka_unit_test(test_guards),
        cmocka_unit_test(test_every_request),
        cmocka_unit_test(test_no_such_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
