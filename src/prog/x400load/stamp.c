/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400load/stamp.h"

#include "base/ascii.h"

#include <stdio.h>

enum {
    STRIDE = 641, /* between the beginnings of two messages' texts */
    LINE = 72,
    DIGITS_RUN = 8,
    DIGITS_NUMBER = 10,
    DIGITS_RECIPIENTS = 5,
    DIGITS_LENGTH = 14,
    DIGITS_TIME = 17,
    HEX = 16,
    DECIMAL = 10,
};

#define MARK          "x400load "
#define LOCAL_ID_MARK "x400load-"

/* "x400load rrrrrrrr nnnnnnnnnn ccccc llllllllllllll ttttttttttttttttt" and blanks up to the end.
 */
void stamp_print(const struct stamp *s, char out[STAMP_LEN])
{
    char line[STAMP_LEN + 1];
    int len = snprintf(line, sizeof(line), MARK "%08x %010llu %05u %014llu %017lld", s->run,
                       (unsigned long long)s->number, s->recipients,
                       (unsigned long long)s->text_len, (long long)s->wall_us);

    memset(out, ' ', STAMP_LEN);
    memcpy(out, line, (size_t)len < STAMP_LEN - 2 ? (size_t)len : STAMP_LEN - 2);
    out[STAMP_LEN - 2] = '\r';
    out[STAMP_LEN - 1] = '\n';
}

/* Takes a number of exactly so many digits and the octet behind it off the line. */
static bool take(struct slice *line, unsigned digits, unsigned base, uint64_t *out)
{
    *out = 0;
    if (line->len <= digits)
        return false;
    for (unsigned i = 0; i < digits; i++) {
        int value = ascii_hex_value(line->p[i]);

        if (value < 0 || (unsigned)value >= base)
            return false;
        *out = *out * base + (unsigned)value;
    }
    *line = slice_from(*line, digits + 1);
    return true;
}

bool stamp_parse(struct slice line, struct stamp *out)
{
    uint64_t run, recipients, time;
    struct slice mark = SLICE_LIT(MARK);

    if (line.len < STAMP_LEN || !slice_eq(slice_sub(line, 0, mark.len), mark))
        return false;
    line = slice_sub(line, mark.len, STAMP_LEN - mark.len);
    if (!take(&line, DIGITS_RUN, HEX, &run) || !take(&line, DIGITS_NUMBER, DECIMAL, &out->number) ||
        !take(&line, DIGITS_RECIPIENTS, DECIMAL, &recipients) ||
        !take(&line, DIGITS_LENGTH, DECIMAL, &out->text_len) ||
        !take(&line, DIGITS_TIME, DECIMAL, &time))
        return false;
    out->run = (uint32_t)run;
    out->recipients = (unsigned)recipients;
    out->wall_us = (int64_t)time;
    return out->text_len >= STAMP_LEN && recipients > 0;
}

const uint8_t *stamp_find(struct slice octets)
{
    return slice_find(octets, SLICE_LIT(MARK));
}

void stamp_local_id(uint32_t run, uint64_t number, char out[STAMP_LOCAL_ID_LEN])
{
    char text[STAMP_LOCAL_ID_LEN + 16];

    snprintf(text, sizeof(text), LOCAL_ID_MARK "%08x-%010llu", run,
             (unsigned long long)number % 10000000000);
    memcpy(out, text, STAMP_LOCAL_ID_LEN);
}

bool stamp_local_id_parse(struct slice local, uint32_t *run, uint64_t *number)
{
    struct slice mark = SLICE_LIT(LOCAL_ID_MARK);
    uint8_t ended[STAMP_LOCAL_ID_LEN + 1] = {0};
    struct slice left;
    uint64_t value;

    if (local.len != STAMP_LOCAL_ID_LEN || !slice_eq(slice_sub(local, 0, mark.len), mark))
        return false;
    memcpy(ended, local.p, local.len);
    left = slice_from(slice_make(ended, sizeof(ended)), mark.len);
    if (!take(&left, DIGITS_RUN, HEX, &value) || !take(&left, DIGITS_NUMBER, DECIMAL, number))
        return false;
    *run = (uint32_t)value;
    return true;
}

/* Words of printable text in lines, from a generator that is the same everywhere. */
static void fill_period(uint8_t *out)
{
    uint32_t state = 2463534242u;

    for (unsigned i = 0; i < STAMP_TEXT_PERIOD; i++) {
        unsigned column = i % LINE;

        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        out[i] = state % 6 == 0 ? ' ' : (uint8_t)('a' + state / 6 % 26);
        if (column >= LINE - 2)
            out[i] = column == LINE - 2 ? '\r' : '\n';
    }
}

void stamp_text_init(struct stamp_text *text)
{
    fill_period(text->octets);
    for (size_t i = 1; i < STAMP_TEXT_COPIES; i++)
        memcpy(text->octets + i * STAMP_TEXT_PERIOD, text->octets, STAMP_TEXT_PERIOD);
}

struct slice stamp_text_at(const struct stamp_text *text, uint64_t number, uint64_t offset,
                           uint64_t max)
{
    size_t at = (size_t)((number % STAMP_TEXT_PERIOD * STRIDE + offset % STAMP_TEXT_PERIOD) %
                         STAMP_TEXT_PERIOD);
    size_t len = sizeof(text->octets) - at;

    return slice_make(text->octets + at, max < len ? (size_t)max : len);
}
