/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/values.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "oraddr/oraddr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum { ADDRESS_ARENA = 256 * 1024, HOST_NAME_MAX_LEN = 253, LABEL_MAX = 63, DOMAIN_MAX = 16 };

const char *const conf_levels[] = {"debug", "info", "warning", "error", NULL};

int conf_selector_parse(const char *text, uint8_t octets[CONF_SELECTOR_MAX])
{
    size_t len = strlen(text);
    bool hex = len >= 2 && text[0] == '0' && ascii_lower((uint8_t)text[1]) == 'x';

    if (!hex) {
        if (len > CONF_SELECTOR_MAX)
            return -1;
        for (size_t i = 0; i < len; i++)
            if (text[i] < 0x20 || text[i] > 0x7E)
                return -1;
        memcpy(octets, text, len);
        return (int)len;
    }
    if (len % 2 != 0 || (len - 2) / 2 > CONF_SELECTOR_MAX)
        return -1;
    for (size_t i = 2; i < len; i += 2) {
        int high = ascii_hex_value((uint8_t)text[i]), low = ascii_hex_value((uint8_t)text[i + 1]);

        if (high < 0 || low < 0)
            return -1;
        octets[i / 2 - 1] = (uint8_t)(high << 4 | low);
    }
    return (int)(len / 2 - 1);
}

/* Octets of the address: 4 or 16; 0: not an address. */
static unsigned parse_address(const char *text, uint8_t out[16])
{
    if (inet_pton(AF_INET, text, out) == 1)
        return 4;
    if (inet_pton(AF_INET6, text, out) == 1)
        return 16;
    return 0;
}

bool conf_is_address(const char *text)
{
    uint8_t octets[16];

    return parse_address(text, octets) > 0;
}

bool conf_is_prefix(const char *text)
{
    const char *slash = strchr(text, '/');
    char address[64], *end;
    uint8_t octets[16];
    unsigned long bits;
    unsigned len;

    if (!slash || slash - text >= (long)sizeof(address) || !ascii_is_digit((uint8_t)slash[1]))
        return false;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    bits = strtoul(slash + 1, &end, 10);
    len = parse_address(address, octets);
    if (*end || bits > len * 8 || len == 0)
        return false;
    for (unsigned long bit = bits; bit < len * 8; bit++)
        if (octets[bit / 8] & (0x80u >> bit % 8))
            return false;
    return true;
}

bool conf_is_host_name(const char *text)
{
    size_t len = strlen(text);
    bool numeric = true;

    if (len == 0 || len > HOST_NAME_MAX_LEN)
        return false;
    while (*text) {
        size_t label = strcspn(text, ".");

        if (label == 0 || label > LABEL_MAX || text[0] == '-' || text[label - 1] == '-')
            return false;
        numeric = true;
        for (size_t i = 0; i < label; i++) {
            uint8_t c = (uint8_t)text[i];

            if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-' && c != '_')
                return false;
            numeric = numeric && ascii_is_digit(c);
        }
        text += label;
        if (*text == '.')
            text++;
    }
    return !numeric;
}

bool conf_is_country(const char *text)
{
    const uint8_t *p = (const uint8_t *)text;

    if (strlen(text) == 2)
        return ascii_is_alpha(p[0]) && ascii_is_alpha(p[1]);
    return strlen(text) == 3 && ascii_is_digit(p[0]) && ascii_is_digit(p[1]) &&
           ascii_is_digit(p[2]);
}

bool conf_is_domain(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (!ascii_is_printablestring((uint8_t)text[i]))
            return false;
    return len <= DOMAIN_MAX;
}

/* Parses text; out and its slices live in the arena. */
static bool parse_oraddr(const char *text, struct arena *arena, struct or_address *out,
                         char why[256])
{
    struct buf reason;
    bool good;

    buf_init(&reason, 4096);
    good = strlen(text) <= LIMIT_ORADDR_TEXT &&
           or_address_parse(slice_str(text), arena, out, &reason) == X4_OK;
    if (!good)
        snprintf(why, 256, "%.250s",
                 reason.len > 0 && buf_cstr(&reason) ? buf_cstr(&reason) : "not readable");
    buf_free(&reason);
    return good;
}

bool conf_is_oraddr(const char *text, char why[256])
{
    struct or_address address;
    struct arena arena;
    struct buf reason;
    bool good;

    arena_init(&arena, ADDRESS_ARENA);
    buf_init(&reason, 4096);
    good = parse_oraddr(text, &arena, &address, why);
    if (good && (or_address_form(&address, &reason) == OR_FORM_INVALID ||
                 or_address_bounds(&address, &reason) > 0)) {
        good = false;
        snprintf(why, 256, "%.250s", buf_cstr(&reason) ? buf_cstr(&reason) : "not complete");
    }
    buf_free(&reason);
    arena_free(&arena);
    return good;
}

bool conf_is_space(const char *text, char why[256])
{
    struct or_address address;
    struct arena arena;
    bool good;

    if (strcmp(text, "*") == 0)
        return true;
    arena_init(&arena, ADDRESS_ARENA);
    good = parse_oraddr(text, &arena, &address, why);
    if (good && or_address_absent(&address)) {
        good = false;
        snprintf(why, 256, "no attribute; * alone stands for all addresses");
    }
    arena_free(&arena);
    return good;
}

char *conf_oraddr_key(const char *text)
{
    struct or_address address;
    struct arena arena;
    struct buf key;
    char why[256], *result = NULL;

    arena_init(&arena, ADDRESS_ARENA);
    buf_init(&key, 2 * LIMIT_ORADDR_TEXT);
    if (parse_oraddr(text, &arena, &address, why) && or_address_key(&address, &key) == X4_OK &&
        buf_cstr(&key))
        result = strdup(buf_cstr(&key));
    buf_free(&key);
    arena_free(&arena);
    return result;
}
