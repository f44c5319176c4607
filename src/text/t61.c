/* SPDX-License-Identifier: Apache-2.0 */
#include "text/t61.h"

#include <stddef.h>
#include <string.h>
#include <uchar.h>

enum { UPPER = 0xa0, COUNT_UPPER = 96 };

/* Columns 10, 11, 14 and 15; 0: not used. Column 12 holds the accents, 13 nothing. */
static const char16_t upper[COUNT_UPPER] = {
    0,      0x00a1, 0x00a2, 0x00a3, '$',    0x00a5, '#',    0x00a7, 0x00a4, 0,      0,      0x00ab,
    0,      0,      0,      0,      0x00b0, 0x00b1, 0x00b2, 0x00b3, 0x00d7, 0x00b5, 0x00b6, 0x00b7,
    0x00f7, 0,      0,      0x00bb, 0x00bc, 0x00bd, 0x00be, 0x00bf, 0,      0,      0,      0,
    0,      0,      0,      0,      0,      0,      0,      0,      0,      0,      0,      0,
    0,      0,      0,      0,      0,      0,      0,      0,      0,      0,      0,      0,
    0,      0,      0,      0,      0x2126, 0x00c6, 0x0110, 0x00aa, 0x0126, 0,      0x0132, 0x013f,
    0x0141, 0x00d8, 0x0152, 0x00ba, 0x00de, 0x0166, 0x014a, 0x0149, 0x0138, 0x00e6, 0x0111, 0x00f0,
    0x0127, 0x0131, 0x0133, 0x0140, 0x0142, 0x00f8, 0x0153, 0x00df, 0x00fe, 0x0167, 0x014b, 0,
};

static const struct accent {
    uint8_t t61;
    uint16_t combining;
    const char *bases;
    const char16_t *letters; /* one for each base */
} accents[] = {
    {0xc1, 0x0300, "AEIOUaeiou", u"ÀÈÌÒÙàèìòù"},
    {0xc2, 0x0301, "ACEILNORSUYZaceilnorsuyz", u"ÁĆÉÍĹŃÓŔŚÚÝŹáćéíĺńóŕśúýź"},
    {0xc3, 0x0302, "ACEGHIJOSUWYaceghijosuwy", u"ÂĈÊĜĤÎĴÔŜÛŴŶâĉêĝĥîĵôŝûŵŷ"},
    {0xc4, 0x0303, "AINOUainou", u"ÃĨÑÕŨãĩñõũ"},
    {0xc5, 0x0304, "AEIOUaeiou", u"ĀĒĪŌŪāēīōū"},
    {0xc6, 0x0306, "AGUagu", u"ĂĞŬăğŭ"},
    {0xc7, 0x0307, "CEGIZcegz", u"ĊĖĠİŻċėġż"},
    {0xc8, 0x0308, "AEIOUYaeiouy", u"ÄËÏÖÜŸäëïöüÿ"},
    {0xc9, 0x0308, "", u""}, /* umlaut of the first T.61; read, not written */
    {0xca, 0x030a, "AUau", u"ÅŮåů"},
    {0xcb, 0x0327, "CGKLNRSTcgklnrst", u"ÇĢĶĻŅŖŞŢçģķļņŗşţ"},
    {0xcc, 0x0332, "", u""},
    {0xcd, 0x030b, "OUou", u"ŐŰőű"},
    {0xce, 0x0328, "AEIUaeiu", u"ĄĘĮŲąęįų"},
    {0xcf, 0x030c, "CDELNRSTZcdelnrstz", u"ČĎĚĽŇŘŠŤŽčďěľňřšťž"},
};
enum { ACCENTS = sizeof(accents) / sizeof(accents[0]) };

uint32_t t61_code(uint8_t octet)
{
    return octet >= UPPER ? upper[octet - UPPER] : 0;
}

uint32_t t61_accent(uint8_t octet)
{
    for (size_t i = 0; i < ACCENTS; i++) {
        if (accents[i].t61 == octet)
            return accents[i].combining;
    }
    return 0;
}

uint8_t t61_octet(uint32_t code)
{
    for (unsigned i = 0; code && i < COUNT_UPPER; i++) {
        if (upper[i] == code)
            return (uint8_t)(UPPER + i);
    }
    return 0;
}

uint8_t t61_accent_octet(uint32_t combining)
{
    for (size_t i = 0; i < ACCENTS; i++) {
        if (accents[i].combining == combining)
            return accents[i].t61;
    }
    return 0;
}

bool t61_split(uint32_t code, uint8_t to[2])
{
    for (size_t i = 0; i < ACCENTS; i++) {
        for (size_t k = 0; accents[i].bases[k]; k++) {
            if (accents[i].letters[k] == code) {
                to[0] = accents[i].t61;
                to[1] = (uint8_t)accents[i].bases[k];
                return true;
            }
        }
    }
    return false;
}

uint32_t t61_compose(uint32_t base, uint32_t combining)
{
    if (base == 0 || base >= 0x7f)
        return 0;
    for (size_t i = 0; i < ACCENTS; i++) {
        const char *at;

        if (accents[i].combining != combining)
            continue;
        at = strchr(accents[i].bases, (int)base);
        if (at)
            return accents[i].letters[at - accents[i].bases];
    }
    return 0;
}
