/* SPDX-License-Identifier: Apache-2.0 */
/* The splitter: any cut gives the same result; every form of content; malformed input. */
#include "p1/p1_in.h"

#include "fixture.h"

struct split {
    int error;
    struct p1_in_result result;
    struct slice stored, content, head;
};

struct collected {
    struct buf content;
};

static void collect(void *ctx, struct slice octets)
{
    struct collected *c = ctx;

    buf_slice(&c->content, octets);
}

/* Feeds octets: first a piece of `first`, then pieces of `then`. */
static struct split *split(struct arena *arena, struct slice octets, size_t first, size_t then)
{
    struct split *s = arena_alloc(arena, sizeof(*s));
    struct collected c;
    struct p1_in in;

    buf_init(&c.content, 16 << 20);
    p1_in_init(&in, collect, &c);
    p1_in_put(&in, slice_sub(octets, 0, first));
    for (size_t i = first; i < octets.len; i += then)
        p1_in_put(&in, slice_sub(octets, i, then));
    s->error = p1_in_finish(&in, &s->result);
    s->stored = arena_dup(arena, s->result.stored);
    s->content = arena_dup(arena, buf_view(&c.content));
    s->head = arena_dup(arena, p1_in_head(&in));
    p1_in_free(&in);
    buf_free(&c.content);
    return s;
}

static struct split *whole(struct arena *arena, struct slice octets)
{
    return split(arena, octets, octets.len, 1);
}

static struct split *split_hex(struct fixture *f, const char *hex)
{
    return whole(&f->arena, ber_text(&f->arena, hex));
}

static void assert_same(const struct split *a, const struct split *b)
{
    assert_int_equal(a->error, b->error);
    assert_int_equal(a->result.kind, b->result.kind);
    assert_int_equal(a->result.content_len, b->result.content_len);
    assert_int_equal(a->result.has_content, b->result.has_content);
    assert_int_equal(a->result.ignored, b->result.ignored);
    assert_int_equal(a->result.error_at, b->result.error_at);
    if (!a->error)
        assert_slice(a->stored, b->stored);
    assert_slice(a->content, b->content);
    assert_slice(a->head, b->head);
}

/* ---- real APDUs ------------------------------------------------------------------------------ */

static void content_is_what_the_decoder_finds(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(corpus_names); i++) {
        struct slice octets = corpus(&f->arena, corpus_names[i]);
        struct mts_apdu *apdu = decoded(&f->arena, octets);
        struct split *s = whole(&f->arena, octets);
        struct slice content = apdu->which == MTS_REPORT + 1 ? apdu->report.content.returned_content
                                                             : apdu->message.content;

        assert_int_equal(s->error, X4_OK);
        assert_int_equal(s->result.kind, mts_apdu_kind(apdu));
        assert_int_equal(s->result.ignored, 0);
        assert_int_equal(s->result.has_content, slice_present(content));
        assert_int_equal(s->result.content_len, content.len);
        assert_int_equal(s->content.len, content.len);
        if (content.len)
            assert_slice(s->content, content);
    }
}

static void stored_form_decodes_to_the_same_envelope(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(corpus_names); i++) {
        struct slice octets = corpus(&f->arena, corpus_names[i]);
        struct mts_apdu *before = decoded(&f->arena, octets);
        struct mts_apdu *after = decoded(&f->arena, whole(&f->arena, octets)->stored);

        assert_false(slice_present(after->message.content));
        assert_false(slice_present(after->report.content.returned_content));
        if (mts_apdu_kind(before) == MTS_REPORT) {
            assert_slice(after->report.envelope.raw, before->report.envelope.raw);
            assert_int_equal(after->report.content.recipients.count,
                             before->report.content.recipients.count);
        } else if (mts_apdu_kind(before) == MTS_MESSAGE) {
            assert_slice(after->message.envelope.raw, before->message.envelope.raw);
        } else {
            assert_int_equal(after->probe.recipients.count, before->probe.recipients.count);
        }
    }
}

static void stored_form_splits_into_itself(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(corpus_names); i++) {
        struct split *s = whole(&f->arena, corpus(&f->arena, corpus_names[i]));

        if (s->result.kind != MTS_MESSAGE) /* a message without content is incomplete */
            assert_slice(whole(&f->arena, s->stored)->stored, s->stored);
    }
}

static void every_cut_gives_the_same(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(corpus_names); i++) {
        struct slice octets = corpus(&f->arena, corpus_names[i]);
        struct split *once = whole(&f->arena, octets);

        for (size_t cut = 0; cut <= octets.len; cut++)
            assert_same(split(&f->arena, octets, cut, octets.len), once);
        for (size_t piece = 1; piece < 20; piece++)
            assert_same(split(&f->arena, octets, 0, piece), once);
        arena_reset(&f->arena);
    }
}

static void every_truncation_is_noticed(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(corpus_names); i++) {
        struct slice octets = corpus(&f->arena, corpus_names[i]);

        for (size_t len = 0; len < octets.len; len++) {
            struct split *s = whole(&f->arena, slice_sub(octets, 0, len));

            assert_int_equal(s->error, X4_ETRUNC);
            assert_false(slice_present(s->result.stored));
        }
        arena_reset(&f->arena);
    }
}

/* ---- forms of content ------------------------------------------------------------------------ */

static const struct {
    const char *what, *hex, *stored, *content;
    bool has_content;
    uint64_t ignored;
} forms[] = {
    {"primitive", "a007 3100 0403 010203", "a002 3100", "010203", true, 0},
    {"empty", "a004 3100 0400", "a002 3100", "", true, 0},
    {"long form of the length", "a00a 3100 048400000002 0102", "a002 3100", "0102", true, 0},
    {"constructed", "a00b 3100 2407 0401 01 0402 0203", "a002 3100", "010203", true, 0},
    {"constructed, no segment", "a004 3100 2400", "a002 3100", "", true, 0},
    {"nested", "a00d 3100 2409 2405 0401 01 2400 0400", "a002 3100", "01", true, 0},
    {"indefinite", "a080 3100 2480 0401 01 2480 0401 02 0000 0000 0000", "a002 3100", "0102", true,
     0},
    {"indefinite envelope", "a080 3180 8001 07 a180 0500 0000 0000 0400 0000",
     "a00d 3180 8001 07 a180 0500 0000 0000", "", true, 0},
    {"trailing zeros", "a004 3100 0400 000000", "a002 3100", "", true, 0},
    {"trailing octets", "a004 3100 0400 00010203", "a002 3100", "", true, 3},
    {"superfluous members", "a00a 3100 0400 0402 0102 0500", "a002 3100", "", true, 6},
    {"superfluous, indefinite", "a080 3100 0400 a080 0500 0000 0000", "a002 3100", "", true, 6},
    {"probe", "a203 8001 07", "a203 8001 07", "", false, 0},
    {"empty probe", "a200", "a200", "", false, 0},
    {"indefinite probe", "a280 8001 07 a080 0500 0000 0000", "a209 8001 07 a080 0500 0000", "",
     false, 0},
    {"report", "a104 3100 3100", "a104 3100 3100", "", false, 0},
    {"returned content first", "a10e 3103 800107 3107 8102 0102 8001 07",
     "a10a 3103 800107 3103 8001 07", "0102", true, 0},
    {"returned content last", "a10e 3103 800107 3107 8001 07 8102 0102",
     "a10a 3103 800107 3103 8001 07", "0102", true, 0},
    {"returned content in the middle", "a10e 3100 310a 8001 07 8102 0102 a201 05",
     "a10a 3100 3106 8001 07 a201 05", "0102", true, 0},
    {"returned content constructed", "a180 3100 3180 a180 0401 01 0402 0203 0000 8001 07 0000 0000",
     "a107 3100 3103 8001 07", "010203", true, 0},
    {"[1] in the envelope is not content", "a10a 3104 8102 0102 3102 8100",
     "a108 3104 8102 0102 3100", "", true, 0},
    {"[1] deeper is not content", "a10a 3100 3106 a004 8102 0102", "a10a 3100 3106 a004 8102 0102",
     "", false, 0},
};

static void every_form_of_content_is_cut_out(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(forms); i++) {
        struct slice octets = ber_text(&f->arena, forms[i].hex);
        struct split *s = whole(&f->arena, octets);

        if (s->error || s->result.ignored != forms[i].ignored ||
            s->result.has_content != forms[i].has_content)
            fail_msg("%s: %s", forms[i].what, x4_strerror(s->error));
        assert_slice(s->stored, ber_text(&f->arena, forms[i].stored));
        assert_slice(s->content, ber_text(&f->arena, forms[i].content));
        assert_int_equal(s->result.content_len, s->content.len);
        for (size_t piece = 1; piece <= octets.len; piece++)
            assert_same(split(&f->arena, octets, 0, piece), s);
    }
}

/* ---- malformed input ------------------------------------------------------------------------- */

static const struct {
    const char *what, *hex;
    int error;
    uint64_t at;
} malformed[] = {
    {"another APDU", "a300", X4_ESYNTAX, 0},
    {"no APDU", "3000", X4_ESYNTAX, 0},
    {"primitive APDU", "8000", X4_ESYNTAX, 0},
    {"end-of-contents first", "0000", X4_ESYNTAX, 0},
    {"envelope is no SET", "a004 3000 0400", X4_ESYNTAX, 2},
    {"content is no OCTET STRING", "a004 3100 1600", X4_ESYNTAX, 4},
    {"message without content", "a002 3100", X4_EMISSING, 4},
    {"message without anything", "a000", X4_EMISSING, 2},
    {"report without content", "a180 3100 0000", X4_EMISSING, 6},
    {"report content is no SET", "a104 3100 3000", X4_ESYNTAX, 4},
    {"returned content twice", "a108 3100 3104 8100 8100", X4_EDUP, 8},
    {"segment is no OCTET STRING", "a006 3100 2402 1600", X4_ESYNTAX, 6},
    {"longer than its container", "a005 3100 0402 00", X4_ESYNTAX, 4},
    {"header beyond its container", "a003 3100 04 00", X4_ESYNTAX, 4},
    {"definite length ended by end-of-contents", "a004 3100 0000", X4_ESYNTAX, 4},
    {"end-of-contents with contents", "a080 3180 0001 00", X4_ESYNTAX, 4},
    {"primitive of indefinite length", "a080 3100 0480", X4_ESYNTAX, 4},
    {"length of nine octets", "a089 010000000000000000 00", X4_ELIMIT, 0},
};

/* Head and what the sink was given are what came. */
static void malformed_input_is_told_and_swallowed(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct slice octets = ber_text(&f->arena, malformed[i].hex);
        struct split *s;

        buf_reset(&f->out);
        buf_slice(&f->out, octets);
        buf_text(&f->out, "the rest");
        octets = arena_dup(&f->arena, buf_view(&f->out));
        s = whole(&f->arena, octets);
        if (s->error != malformed[i].error || s->result.error_at != malformed[i].at)
            fail_msg("%s: %s at %d", malformed[i].what, x4_strerror(s->error),
                     (int)s->result.error_at);
        buf_reset(&f->out);
        buf_slice(&f->out, s->head);
        buf_slice(&f->out, s->content);
        if (!strstr(malformed[i].what, "segment"))
            assert_slice(buf_view(&f->out), octets);
        for (size_t piece = 1; piece <= octets.len; piece++)
            assert_same(split(&f->arena, octets, 0, piece), s);
    }
}

static void error_after_the_content_keeps_the_order(void **state)
{
    struct fixture *f = *state;
    struct split *s = split_hex(f, "a10f 3100 310b 8001 07 8102 0102 8001 08 8100");

    assert_int_equal(s->error, X4_ESYNTAX); /* too long by one */
    buf_slice(&f->out, s->head);
    buf_slice(&f->out, s->content);
    assert_slice(buf_view(&f->out),
                 ber_text(&f->arena, "a10f 3100 310b 8001 07 8102 0102 8001 08 8100"));
}

static void nesting_is_limited(void **state)
{
    struct fixture *f = *state;

    buf_slice(&f->out, ber_text(&f->arena, "a080 3180"));
    for (int i = 0; i < LIMIT_BER_DEPTH; i++)
        buf_slice(&f->out, SLICE_LIT("\xa0\x80"));
    assert_int_equal(whole(&f->arena, buf_view(&f->out))->error, X4_ELIMIT);
}

/* ---- size ------------------------------------------------------------------------------------ */

static void count(void *ctx, struct slice octets)
{
    uint64_t *sum = ctx;

    *sum += octets.len;
}

static void large_content_needs_no_memory(void **state)
{
    static const uint8_t megabyte[1024 * 1024];
    struct fixture *f = *state;
    struct p1_in_result result;
    uint64_t sum = 0;
    struct p1_in in;

    p1_in_init(&in, count, &sum);
    p1_in_put(&in, ber_text(&f->arena, "a080 3100 048500c0000000")); /* 3 GiB */
    for (int i = 0; i < 3 * 1024; i++)
        p1_in_put(&in, slice_make(megabyte, sizeof(megabyte)));
    p1_in_put(&in, SLICE_LIT("\0\0"));
    assert_int_equal(p1_in_finish(&in, &result), X4_OK);
    assert_true(sum == UINT64_C(3) << 30);
    assert_true(result.content_len == sum);
    assert_in_range(in.head.cap, 0, 4096);
    p1_in_free(&in);
}

static void envelope_beyond_the_limit_is_swallowed(void **state)
{
    static const uint8_t megabyte[1024 * 1024];
    struct fixture *f = *state;
    struct p1_in_result result;
    uint64_t sum = 0;
    struct p1_in in;

    p1_in_init(&in, count, &sum);
    p1_in_put(&in, ber_text(&f->arena, "a080 318402000000")); /* 32 MiB */
    for (int i = 0; i < 32; i++)
        p1_in_put(&in, slice_make(megabyte, sizeof(megabyte)));
    assert_int_equal(p1_in_finish(&in, &result), X4_ELIMIT);
    assert_int_equal(p1_in_head(&in).len + sum, 8 + sizeof(megabyte) * 32);
    p1_in_free(&in);
}

static void no_sink_only_counts(void **state)
{
    struct fixture *f = *state;
    struct p1_in_result result;
    struct p1_in in;

    p1_in_init(&in, NULL, NULL);
    p1_in_put(&in, ber_text(&f->arena, "a007 3100 0403 010203"));
    assert_int_equal(p1_in_finish(&in, &result), X4_OK);
    assert_int_equal(result.content_len, 3);
    p1_in_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(content_is_what_the_decoder_finds),
        TEST(stored_form_decodes_to_the_same_envelope),
        TEST(stored_form_splits_into_itself),
        TEST(every_cut_gives_the_same),
        TEST(every_truncation_is_noticed),
        TEST(every_form_of_content_is_cut_out),
        TEST(malformed_input_is_told_and_swallowed),
        TEST(error_after_the_content_keeps_the_order),
        TEST(nesting_is_limited),
        TEST(large_content_needs_no_memory),
        TEST(envelope_beyond_the_limit_is_swallowed),
        TEST(no_sink_only_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
