/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding one file that is in memory, whatever it is. */
#pragma once

#include "prog/x400dump/out.h"

enum dump_type {
    DUMP_AUTO,
    DUMP_CAPTURE, /* pcap or pcapng */
    DUMP_APDU,    /* MTS-APDU, whole or the stored form, with or without an EXTERNAL around it */
    DUMP_CONTENT, /* P2 or P22 */
    DUMP_BIND,    /* MTABindArgument or MTABindResult */
    DUMP_TREE,    /* any BER */
};

enum { DUMP_PORTS_MAX = 16 };

struct dump_params {
    enum dump_type type;
    uint16_t ports[DUMP_PORTS_MAX]; /* of X.400 listeners; others are found by how they begin */
    unsigned port_count;
};

/* X4_EUNSUPP: the file is nothing that we know (or not what type says), nothing was written. Any
 * other error: it broke off, with a record that says why. out->problems tells of lesser ones. */
int dump_file(const struct dump_params *params, struct slice file, struct out *out);
/* The same for a capture only (capture_dump.c). */
int dump_capture(const struct dump_params *params, struct slice file, struct out *out);
