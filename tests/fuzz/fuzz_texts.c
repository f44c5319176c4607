/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_conf dep_lib_mts dep_lib_oraddr dep_lib_x400load */
/* words: src/conf/week.c src/oraddr/psap.c */
/* Short texts with a form of their own; the first octet says which. What is read prints as what
 * reads the same. */
#include "base/error.h"
#include "ber/ber.h"
#include "conf/values.h"
#include "conf/week.h"
#include "mts/common.h"
#include "mts/time.h"
#include "oraddr/psap.h"
#include "prog/x400load/stamp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 1024 * 1024, TEXT = 64 * 1024, LONGEST = 2048, OID_TEXT = 4096 };

static const int64_t now_ms = INT64_C(1700000000000);

static void week(const char *text)
{
    char why[CONF_WEEK_WHY];
    struct conf_week times;

    if (!conf_week_parse(text, &times, why))
        return;
    for (unsigned minute = 0; minute < CONF_WEEK_MINUTES; minute += 97) {
        unsigned change = conf_week_change(&times, minute);
        unsigned then = (minute + change) % CONF_WEEK_MINUTES;

        if (change == 0 || change > CONF_WEEK_MINUTES ||
            (change < CONF_WEEK_MINUTES) !=
                (conf_week_has(&times, minute) != conf_week_has(&times, then)))
            abort();
    }
}

static void selector(const char *text)
{
    uint8_t octets[CONF_SELECTOR_MAX];

    if (conf_selector_parse(text, octets) > CONF_SELECTOR_MAX)
        abort();
}

static void utctime(struct slice text)
{
    char printed[MTS_UTCTIME_LEN + 1];
    int64_t ms, again;

    if (mts_utctime_parse(text, now_ms, &ms) != X4_OK)
        return;
    mts_utctime_print(ms, printed);
    if (mts_utctime_parse(slice_make(printed, MTS_UTCTIME_LEN), ms, &again) != X4_OK || ms != again)
        abort();
}

static void identifier(struct slice text, struct arena *arena)
{
    struct mts_identifier id, again;
    struct buf printed;

    buf_init(&printed, TEXT);
    if (mts_identifier_parse(text, arena, &id) == X4_OK) {
        mts_identifier_print(&id, &printed);
        if (mts_identifier_parse(buf_view(&printed), arena, &again) != X4_OK ||
            !mts_identifier_equal(&id, &again))
            abort();
    }
    buf_free(&printed);
}

static void oid(const char *text, struct arena *arena)
{
    char printed[OID_TEXT];
    struct slice contents, again;

    if (ber_oid_parse(text, arena, &contents) != X4_OK)
        return;
    if (ber_oid_print(contents, printed, sizeof(printed)) < 0 ||
        ber_oid_parse(printed, arena, &again) != X4_OK || !slice_eq(contents, again))
        abort();
}

static void psap(struct slice text, struct arena *arena)
{
    struct or_presentation_address address, again;
    struct slice printed, reprinted;

    if (or_psap_parse(text, arena, &address) != X4_OK)
        return;
    if (or_psap_print(&address, arena, &printed) != X4_OK)
        return; /* no memory left */
    if (or_psap_parse(printed, arena, &again) != X4_OK ||
        or_psap_print(&again, arena, &reprinted) != X4_OK || !slice_eq(printed, reprinted))
        abort();
}

static void stamp(struct slice text)
{
    char printed[STAMP_LEN];
    struct stamp read, again;

    if (!stamp_parse(text, &read))
        return;
    stamp_print(&read, printed);
    if (!stamp_parse(slice_make(printed, STAMP_LEN), &again) || again.run != read.run ||
        again.number != read.number || again.recipients != read.recipients ||
        again.text_len != read.text_len || again.wall_us != read.wall_us)
        abort();
}

static void local_id(struct slice text)
{
    char printed[STAMP_LOCAL_ID_LEN];
    uint64_t number, number_again;
    uint32_t run, run_again;

    if (!stamp_local_id_parse(text, &run, &number))
        return;
    stamp_local_id(run, number, printed);
    if (!stamp_local_id_parse(slice_make(printed, STAMP_LOCAL_ID_LEN), &run_again, &number_again) ||
        run != run_again || number != number_again)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[LONGEST];
    struct arena arena;
    struct slice octets;

    if (size == 0 || size > sizeof(text))
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    octets = slice_make(data + 1, size - 1);
    arena_init(&arena, ARENA);
    switch (data[0] % 8) {
    case 0: week(text); break;
    case 1: selector(text); break;
    case 2: utctime(octets); break;
    case 3: identifier(octets, &arena); break;
    case 4: oid(text, &arena); break;
    case 5: psap(octets, &arena); break;
    case 6: stamp(octets); break;
    case 7: local_id(octets); break;
    }
    arena_free(&arena);
    return 0;
}
