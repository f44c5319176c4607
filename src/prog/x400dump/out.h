/* SPDX-License-Identifier: Apache-2.0 */
/* What x400dump says: records, each about one PDU, as text for people or as JSON Lines. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct out_options {
    bool json;
    bool hex;          /* the octets of each PDU too */
    bool content;      /* interpersonal contents as people read them too */
    bool summary;      /* only one line per association, file or problem */
    bool show_secrets; /* passwords in clear */
};

/* Who said it and when; side -1: nobody in particular. */
struct out_where {
    unsigned association; /* 0: none */
    int side;             /* 0: the initiator of the association */
    int64_t time_us;      /* since 1970 */
    int64_t relative_us;  /* since the association began */
};

struct out {
    struct out_options options;
    const char *file;
    void (*write)(void *ctx, struct slice octets);
    void *ctx;
    bool problems; /* something was broken: the exit status tells */
    /* the record being made */
    struct buf head, fields, blocks;
    unsigned field_count;
    bool muted;
};

void out_init(struct out *o, const struct out_options *options,
              void (*write)(void *ctx, struct slice octets), void *ctx);
void out_free(struct out *o);

/* A record: begin, any fields, any blocks, end. layer: "transport", "session" ...; pdu: "CN". long:
 * "CONNECT" or NULL. With --summary only records of layer "association" and "problem" come out. */
void out_begin(struct out *o, const struct out_where *where, const char *layer, const char *pdu,
               const char *long_name);
void out_field(struct out *o, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Text where all of it is printable ASCII, else hexadecimal. Absent: no field. */
void out_octets(struct out *o, const char *name, struct slice value);
/* "2026-11-22T17:30:57.120000Z" */
void out_time(struct out *o, const char *name, int64_t time_us);
/* Lines of text, each ended by a line feed. */
void out_block(struct out *o, const char *name, const struct buf *text);
/* A hexadecimal block, with --hex only. */
void out_hex(struct out *o, const char *name, struct slice octets);
void out_end(struct out *o);

/* A record of one sentence about something that is wrong; makes o->problems true. */
void out_problem(struct out *o, const struct out_where *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
