/* SPDX-License-Identifier: Apache-2.0 */
/* The times of a week, as an administrator writes them: "mon-fri 08:00-18:00, sat 09:00-12:00".
 * Which zone they are in is the reader's business; here is no clock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CONF_DAY_MINUTES = 24 * 60, CONF_WEEK_MINUTES = 7 * CONF_DAY_MINUTES };

/* Minute 0 is Monday 00:00. */
struct conf_week {
    uint8_t bits[CONF_WEEK_MINUTES / 8];
};

enum { CONF_WEEK_WHY = 160 };
/* Parts with commas between them: a day or days (mon, mon-fri, sat-mon, daily), then HH:MM-HH:MM or
 * nothing for all day. 24:00 is the end of the day; an end that is not after its beginning is on
 * the next day. False: why says what is wrong. */
bool conf_week_parse(const char *text, struct conf_week *out, char why[CONF_WEEK_WHY]);
bool conf_week_has(const struct conf_week *week, unsigned minute);
/* Minutes from this one to the first that is different; CONF_WEEK_MINUTES: there is none. */
unsigned conf_week_change(const struct conf_week *week, unsigned minute);
