/* SPDX-License-Identifier: Apache-2.0 */
/* UTCTime (rules of section 11). The proleptic Gregorian calendar is computed with years that begin
 * in March, so that the leap day is the last of its year. */
#include "mts/time.h"

#include "base/ascii.h"
#include "base/cursor.h"

#include <stdio.h>

enum {
    MS_PER_SECOND = 1000,
    SECONDS_PER_DAY = 86400,
    DAYS_PER_ERA = 146097,    /* 400 years */
    DAYS_TO_1970 = 719468,    /* from 0000-03-01 */
    CENTURY_YEARS_AHEAD = 40, /* R11.5 */
};

struct civil {
    int64_t year;
    unsigned month, day; /* 1.. */
    unsigned hour, minute, second;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t month_from_march = month > 2 ? month - 3 : month + 9;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static struct civil civil_from_ms(int64_t ms)
{
    int64_t seconds = floor_div(ms, MS_PER_SECOND);
    int64_t days = floor_div(seconds, SECONDS_PER_DAY);
    int64_t in_day = seconds - days * SECONDS_PER_DAY;
    int64_t z = days + DAYS_TO_1970;
    int64_t era = floor_div(z, DAYS_PER_ERA);
    int64_t doe = z - era * DAYS_PER_ERA;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    struct civil c = {
        .day = (unsigned)(doy - (153 * mp + 2) / 5 + 1),
        .month = (unsigned)(mp < 10 ? mp + 3 : mp - 9),
        .hour = (unsigned)(in_day / 3600),
        .minute = (unsigned)(in_day / 60 % 60),
        .second = (unsigned)(in_day % 60),
    };

    c.year = yoe + era * 400 + (c.month <= 2 ? 1 : 0);
    return c;
}

static unsigned days_in_month(int64_t year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29u : days[month - 1];
}

/* ---- reading --------------------------------------------------------------------------------- */

static unsigned two_digits(struct cursor *c)
{
    unsigned tens = cursor_u8(c);
    unsigned ones = cursor_u8(c);

    if (c->error || !ascii_is_digit((uint8_t)tens) || !ascii_is_digit((uint8_t)ones)) {
        cursor_fail(c, X4_ESYNTAX);
        return 0;
    }
    return (tens - '0') * 10 + (ones - '0');
}

static unsigned peek(const struct cursor *c)
{
    return cursor_left(c) ? c->in.p[c->pos] : 0;
}

static unsigned read_seconds(struct cursor *c)
{
    unsigned second = 0;

    if (ascii_is_digit((uint8_t)peek(c)))
        second = two_digits(c);
    if (peek(c) == '.' || peek(c) == ',') {
        do
            c->pos++;
        while (ascii_is_digit((uint8_t)peek(c)));
    }
    return second == 60 ? 59 : second; /* a leap second */
}

/* Minutes to be taken off to get UTC (R11.4). */
static int read_zone(struct cursor *c)
{
    unsigned sign = peek(c);
    unsigned hours, minutes;

    if (cursor_left(c) == 0)
        return 0;
    c->pos++;
    if (sign == 'Z' || sign == 'z')
        return 0;
    hours = two_digits(c);
    minutes = two_digits(c);
    if ((sign != '+' && sign != '-' && sign != ' ') || hours > 23 || minutes > 59)
        cursor_fail(c, X4_ESYNTAX);
    return (int)(hours * 60 + minutes) * (sign == '-' ? -1 : 1);
}

/* The year with these last two digits from 59 before to 40 after now (R11.5). */
static int64_t full_year(unsigned two, int64_t now_ms)
{
    int64_t last = civil_from_ms(now_ms).year + CENTURY_YEARS_AHEAD;
    int64_t year = floor_div(last, 100) * 100 + two;

    return year > last ? year - 100 : year;
}

static bool is_valid(const struct civil *c)
{
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
           c->second <= 59;
}

int mts_utctime_parse(struct slice text, int64_t now_ms, int64_t *out)
{
    struct cursor c = cursor_make(text);
    struct civil t;
    int offset;

    *out = MTS_NO_TIME;
    t.year = full_year(two_digits(&c), now_ms);
    t.month = two_digits(&c);
    t.day = two_digits(&c);
    t.hour = two_digits(&c);
    t.minute = two_digits(&c);
    t.second = read_seconds(&c);
    offset = read_zone(&c);
    if (c.error || cursor_left(&c) != 0 || !is_valid(&t))
        return X4_ESYNTAX;
    *out = ((days_from_civil(t.year, t.month, t.day) * 24 + t.hour) * 60 + t.minute - offset) * 60;
    *out = (*out + t.second) * MS_PER_SECOND;
    return X4_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static char *put_two(char *to, unsigned v)
{
    *to++ = (char)('0' + v / 10 % 10);
    *to++ = (char)('0' + v % 10);
    return to;
}

void mts_utctime_print(int64_t ms, char text[MTS_UTCTIME_LEN + 1])
{
    struct civil c = civil_from_ms(ms);
    char *to = put_two(text, (unsigned)(c.year % 100));

    to = put_two(to, c.month);
    to = put_two(to, c.day);
    to = put_two(to, c.hour);
    to = put_two(to, c.minute);
    to = put_two(to, c.second);
    *to++ = 'Z';
    *to = '\0';
}

void mts_time_print_iso(int64_t ms, char text[24])
{
    struct civil c = civil_from_ms(ms);

    (void)snprintf(text, 24, "%04u-%02u-%02u %02u:%02u:%02uZ", (unsigned)(c.year % 10000) & 0x3fff,
                   c.month & 15, c.day & 31, c.hour & 31, c.minute & 63, c.second & 63);
}
