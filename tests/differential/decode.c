/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes PDUs as the MTA does, for tests. Each line of standard input is a kind (kinds.h) and a
 * PDU in hexadecimal digits; each answer is a JSON object on a line, of
 *
 * - "ok": VALUE, or "error": TEXT. By the tables; an MTS-APDU by the splitter, then by the tables
 * on the stored form.
 * - "whole": "same", or an object with "ok" or "error": an MTS-APDU by the tables alone.
 * - "ignored": superfluous octets that the splitter dropped.
 * - "notes": ["KIND:TYPE", ...], see notes.h.
 *
 * VALUE is described in oracle.erl. */
#include "base/error.h"
#include "base/limits.h"
#include "differential/kinds.h"
#include "differential/listing.h"
#include "differential/notes.h"
#include "p1/p1_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_MAX_OCTETS = 8 * 1024 * 1024 };

struct job {
    const struct kind *kind;
    struct arena arena;
    struct buf apdu;
    struct buf content;
    struct buf answer; /* from the stored form */
    struct buf whole;
};

static void put_error(struct buf *out, const char *text)
{
    buf_printf(out, "\"error\": \"%s\"", text);
}

static void put_ber_error(struct buf *out, const struct ber_error *err)
{
    buf_printf(out, "\"error\": \"%s at %zu in %s.%s\"", x4_strerror(err->code), err->offset,
               err->type ? err->type : "", err->member ? err->member : "");
}

static void put_apdu(struct buf *out, const struct mts_apdu *apdu)
{
    buf_text(out, "\"ok\": ");
    listing_value(&ber_type_mts_apdu, apdu, out);
}

static void take_content(void *ctx, struct slice octets)
{
    buf_slice(ctx, octets);
}

/* Pieces of changing sizes, so that every boundary falls somewhere. */
static void split(struct p1_in *in, struct slice apdu)
{
    for (size_t piece = 1; apdu.len; piece = piece * 5 % 61) {
        p1_in_put(in, slice_sub(apdu, 0, piece));
        apdu = slice_from(apdu, piece);
    }
}

static void decode_stored(struct job *job, const struct p1_in_result *result)
{
    struct mts_apdu apdu;
    struct ber_error err;

    if (mts_apdu_decode(result->stored, &job->arena, &apdu, &err) != X4_OK) {
        put_ber_error(&job->answer, &err);
        return;
    }
    if (result->has_content && result->kind == MTS_MESSAGE)
        apdu.message.content = buf_view(&job->content);
    else if (result->has_content)
        apdu.report.content.returned_content = buf_view(&job->content);
    put_apdu(&job->answer, &apdu);
}

static uint64_t decode_split(struct job *job)
{
    struct p1_in in;
    struct p1_in_result result;
    int error;

    p1_in_init(&in, take_content, &job->content);
    split(&in, buf_view(&job->apdu));
    error = p1_in_finish(&in, &result);
    if (error)
        put_error(&job->answer, x4_strerror(error));
    else
        decode_stored(job, &result);
    p1_in_free(&in);
    return result.ignored;
}

static void decode_list(const struct job *job, struct buf *out)
{
    const char *wrong;

    buf_text(out, "\"ok\": ");
    wrong = job->kind->list(buf_view(&job->apdu), out);
    if (wrong) {
        buf_reset(out);
        put_error(out, wrong);
    }
}

/* By the table alone, and what the decoder does behind it. */
static void decode_whole(struct job *job, struct buf *out)
{
    void *value = arena_alloc(&job->arena, job->kind->type->size);
    struct ber_error err;
    int error;

    if (ber_decode(job->kind->type, buf_view(&job->apdu), &job->arena, value, &err, NULL)) {
        put_ber_error(out, &err);
        return;
    }
    error = job->kind->check ? job->kind->check(value, &job->arena) : X4_OK;
    if (error) {
        put_error(out, x4_strerror(error));
        return;
    }
    buf_text(out, "\"ok\": ");
    listing_value(job->kind->type, value, out);
}

static void answer(struct job *job)
{
    struct slice a, b;
    uint64_t ignored = 0;

    if (job->kind->list)
        decode_list(job, &job->whole);
    else
        decode_whole(job, &job->whole);
    if (job->kind->split)
        ignored = decode_split(job);
    else
        buf_slice(&job->answer, buf_view(&job->whole));
    a = buf_view(&job->answer);
    b = buf_view(&job->whole);
    printf("{%.*s, \"whole\": ", SLICE_ARG(a));
    if (slice_eq(a, b))
        printf("\"same\"");
    else
        printf("{%.*s}", SLICE_ARG(b));
    buf_reset(&job->whole);
    if (job->kind->type)
        notes_walk(job->kind->type, buf_view(&job->apdu), &job->whole);
    else
        buf_text(&job->whole, "[]");
    printf(", \"ignored\": %" PRIu64 ", \"notes\": %s}\n", ignored, buf_cstr(&job->whole));
    fflush(stdout);
}

static bool read_hex(const char *line, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";

    for (; *line && *line != '\n'; line += 2) {
        const char *high = strchr(digits, line[0]);
        const char *low = line[1] ? strchr(digits, line[1]) : NULL;

        if (!high || !low)
            return false;
        buf_u8(out, (unsigned)((high - digits) << 4 | (low - digits)));
    }
    return !out->error;
}

/* "KIND HEX" */
static bool read_line(char *line, struct job *job)
{
    char *space = strchr(line, ' ');

    if (!space)
        return false;
    *space = '\0';
    job->kind = kind_find(line);
    return job->kind && read_hex(space + 1, &job->apdu);
}

int main(void)
{
    struct job job = {.apdu = {.len = 0}};
    char *line = NULL;
    size_t cap = 0;

    arena_init(&job.arena, LIMIT_ENVELOPE_ARENA);
    buf_init(&job.apdu, LINE_MAX_OCTETS);
    buf_init(&job.content, LINE_MAX_OCTETS);
    buf_init(&job.answer, 8 * LINE_MAX_OCTETS);
    buf_init(&job.whole, 8 * LINE_MAX_OCTETS);
    while (getline(&line, &cap, stdin) > 0 && read_line(line, &job)) {
        answer(&job);
        arena_reset(&job.arena);
        buf_reset(&job.apdu);
        buf_reset(&job.content);
        buf_reset(&job.answer);
        buf_reset(&job.whole);
    }
    free(line);
    arena_free(&job.arena);
    buf_free(&job.apdu);
    buf_free(&job.content);
    buf_free(&job.answer);
    buf_free(&job.whole);
    return 0;
}
