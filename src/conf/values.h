/* SPDX-License-Identifier: Apache-2.0 */
/* Syntax of single values. */
#pragma once

#include "conf/schema.h"

/* debug, info, warning, error, in the order of enum event_severity; NULL-terminated. */
extern const char *const conf_levels[];

/* Printable ASCII, or 0x and pairs of hex digits. Returns the number of octets, -1: not that. */
int conf_selector_parse(const char *text, uint8_t octets[CONF_SELECTOR_MAX]);
bool conf_is_address(const char *text);   /* IPv4 or IPv6 */
bool conf_is_prefix(const char *text);    /* address/bits without bits beyond the prefix */
bool conf_is_host_name(const char *text); /* RFC 1123; all-numeric last labels are no names */
bool conf_is_country(const char *text);   /* two letters or three digits */
bool conf_is_domain(const char *text);    /* 0..16 characters of PrintableString */
/* why gets one line when it is none. */
bool conf_is_oraddr(const char *text, char why[256]);
/* An O/R address whose values may hold the wildcards * and %; or * alone. */
bool conf_is_space(const char *text, char why[256]);
/* The canonical form of an O/R address, to be free()d; NULL: not an address, or no memory. */
char *conf_oraddr_key(const char *text);
