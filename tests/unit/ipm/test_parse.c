/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, showing, dumping and taking apart contents, good and bad. */
#include "base/error.h"
#include "ipm/charset.h"
#include "ipm/ipm.h"
#include "ipm/names.h"
#include "ipm/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct buf content, text;
    struct ipm_content read;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));

    arena_init(&f->arena, 16 * 1024 * 1024);
    buf_init(&f->content, 1024 * 1024);
    buf_init(&f->text, 1024 * 1024);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_free(&f->arena);
    buf_free(&f->content);
    buf_free(&f->text);
    test_free(f);
    return 0;
}

static int parse(struct fixture *f, struct slice content)
{
    return ipm_parse(content, &f->arena, &f->read);
}

/* A message with these TLVs as body, heading as small as can be. */
static struct slice with_body(struct fixture *f, struct slice body)
{
    static const uint8_t heading[] = {0x31, 0x05, 0x6b, 0x03, 0x13, 0x01, '1'};
    size_t inner = sizeof(heading) + ber_header_size(BER_T_SEQUENCE, body.len) + body.len;

    buf_reset(&f->content);
    ber_put_header(&f->content, BER_CONTEXT(0), true, inner);
    buf_append(&f->content, heading, sizeof(heading));
    ber_put_tlv(&f->content, BER_T_SEQUENCE, true, body);
    return buf_view(&f->content);
}

static const struct ipm_part *one_part(struct fixture *f, struct slice body_part)
{
    assert_int_equal(parse(f, with_body(f, body_part)), X4_OK);
    assert_int_equal(f->read.part_count, 1);
    return &f->read.parts[0];
}

/* An extended body part with these TLVs; parameters may be absent. */
static struct slice extended(struct fixture *f, const char *oid, struct slice parameters,
                             struct slice data)
{
    struct ber_external external = {.encoding = {.which = 1}};
    struct ipm_body_part part = {.which = IPM_BODY_EXTENDED};

    external.encoding.single = parameters;
    assert_int_equal(ber_oid_parse(oid, &f->arena, &part.extended.data.direct_reference), X4_OK);
    external.direct_reference = part.extended.data.direct_reference;
    part.extended.parameters = slice_present(parameters) ? &external : NULL;
    part.extended.data.encoding.which = 1;
    part.extended.data.encoding.single = data;
    buf_reset(&f->text);
    assert_int_equal(ber_encode(&ipm_type_body_part, &part, &f->text, NULL), X4_OK);
    return arena_dup(&f->arena, buf_view(&f->text));
}

static void assert_slice(struct slice s, const char *expected)
{
    assert_true(slice_present(s));
    assert_int_equal(s.len, strlen(expected));
    assert_memory_equal(s.p, expected, s.len);
}

static void assert_contains(struct buf *text, const char *expected)
{
    const char *s = buf_cstr(text);

    assert_non_null(s);
    if (!strstr(s, expected))
        print_error("\"%s\" is not in:\n%s\n", expected, s);
    assert_non_null(strstr(s, expected));
}

/* ---- body parts as others write them --------------------------------------------------------- */

/* Indefinite lengths and constructed strings all over, as PP and SMHS send them. */
static void indefinite_and_constructed(void **state)
{
    static const uint8_t content[] = {
        0xa0, 0x80, 0x31, 0x80, 0x6b, 0x80, 0x33, 0x80, 0x13, 0x01, 'i',  0x13, 0x01, 'd',  0x00,
        0x00, 0x00, 0x00, 0xa8, 0x80, 0x34, 0x80, 0x04, 0x02, 'h',  'i',  0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x30, 0x80, 0xa0, 0x80, 0x31, 0x80, 0x80, 0x01, 0x05, 0x00, 0x00, 0x36, 0x80,
        0x16, 0x02, 'a',  'b',  0x16, 0x01, 'c',  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    };
    struct fixture *f = *state;

    assert_int_equal(parse(f, slice_make(content, sizeof(content))), X4_OK);
    assert_slice(f->read.heading->this_ipm.user_relative_identifier, "id");
    assert_string_equal(f->read.subject, "hi");
    assert_int_equal(f->read.part_count, 1);
    assert_slice(f->read.parts[0].text, "abc");
}

static void general_text_without_escapes(void **state)
{
    struct fixture *f = *state;
    /* the parameters say ISO 8859-5 */
    struct slice part =
        extended(f, "2.6.1.4.11", slice_make("\x31\x07\x02\x01\x06\x02\x02\x00\x90", 9),
                 slice_make("\x1b\x03\xbc\xd8\xe0", 5));

    assert_slice(one_part(f, part)->text, "Мир");
    /* and without parameters an upper half means nothing */
    part = extended(f, "2.6.1.4.11", SLICE_NONE, slice_make("\x1b\x02z\xe9", 4));
    assert_slice(one_part(f, part)->text, "z\xef\xbf\xbd");
}

static void texts_in_other_places(void **state)
{
    struct fixture *f = *state;
    struct slice part =
        extended(f, "2.6.1.4.0", slice_make("\x31\x00", 2), slice_make("\x16\x02hi", 4));
    static const uint8_t teletex[] = {0xa5, 0x0d, 0x31, 0x00, 0x30, 0x09, 0x14, 0x02,
                                      'p',  '1',  0x14, 0x03, 0xc2, 'e',  '2'};

    assert_string_equal(one_part(f, part)->type, "ia5-text");
    assert_slice(f->read.parts[0].text, "hi");
    assert_string_equal(one_part(f, slice_make(teletex, sizeof(teletex)))->type, "teletex");
    assert_int_equal(f->read.parts[0].kind, IPM_PART_TEXT);
    assert_slice(f->read.parts[0].text, "p1é2");
}

/* A file in two EXTERNALs, one octet-aligned, one an OCTET STRING as single-ASN1-type. */
static void a_file_in_pieces(void **state)
{
    static const uint8_t data[] = {0x30, 0x12, 0x28, 0x06, 0x51, 0x01, 0x81, 0x02, 'a', 'b',
                                   0x28, 0x08, 0x51, 0x01, 0xa0, 0x04, 0x04, 0x02, 'c', 'd'};
    static const uint8_t right[] = {0x30, 0x16, 0x28, 0x08, 0x06, 0x02, 0x51, 0x01,
                                    0x81, 0x02, 'a',  'b',  0x28, 0x0a, 0x06, 0x02,
                                    0x51, 0x01, 0xa0, 0x04, 0x04, 0x02, 'c',  'd'};
    struct fixture *f = *state;
    const struct ipm_part *part =
        one_part(f, extended(f, "2.6.1.4.12", SLICE_NONE, slice_make(right, sizeof(right))));

    assert_int_equal(part->kind, IPM_PART_FILE);
    assert_null(part->problem);
    assert_slice(part->octets, "abcd");
    assert_int_equal(part->size, -1);
    part = one_part(f, extended(f, "2.6.1.4.12", SLICE_NONE, slice_make(data, sizeof(data))));
    assert_non_null(part->problem);
}

static void unknown_parts_are_kept(void **state)
{
    struct fixture *f = *state;
    struct slice data = slice_make("\x02\x01\x2a", 3);
    const struct ipm_part *part = one_part(f, extended(f, "1.2.3.4", SLICE_NONE, data));

    assert_int_equal(part->kind, IPM_PART_OTHER);
    assert_string_equal(part->type, "1.2.3.4");
    assert_true(slice_eq(part->octets, data));
    part = one_part(f, extended(f, "2.6.1.4.17.1", SLICE_NONE, data));
    assert_string_equal(part->type, "content");
    part = one_part(f, slice_make("\xa3\x04\x31\x00\x30\x00", 6));
    assert_string_equal(part->type, "g3-facsimile");
    assert_int_equal(part->octets.len, 6);
}

/* A forwarded content (1999) is recognised by what is in it. */
static void forwarded_content_body_part(void **state)
{
    struct fixture *f = *state;
    struct slice inner = arena_dup(&f->arena, with_body(f, SLICE_LIT("")));
    struct slice octets;
    struct buf b;
    const struct ipm_part *part;

    buf_init(&b, 256);
    ber_put_tlv(&b, BER_T_OCTET_STRING, false, inner);
    octets = arena_dup(&f->arena, buf_view(&b));
    buf_free(&b);
    part = one_part(f, extended(f, "2.6.1.4.17.2.6.1.10.1", SLICE_NONE, octets));
    assert_int_equal(part->kind, IPM_PART_MESSAGE);
    assert_true(slice_eq(part->octets, inner));
}

static void one_broken_part_harms_no_other(void **state)
{
    static const uint8_t body[] = {0xa0, 0x02, 0x05, 0x00, /* no ia5-text */
                                   0xaf, 0x02, 0x05, 0x00, /* no extended */
                                   0xbf, 0x63, 0x00,       /* [99] */
                                   0xa0, 0x06, 0x31, 0x00, 0x16, 0x02, 'o', 'k'};
    struct fixture *f = *state;

    assert_int_equal(parse(f, with_body(f, slice_make(body, sizeof(body)))), X4_OK);
    assert_int_equal(f->read.part_count, 4);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(f->read.parts[i].problem);
    assert_null(f->read.parts[3].problem);
    assert_slice(f->read.parts[3].text, "ok");
}

/* ---- headings -------------------------------------------------------------------------------- */

static void subjects_in_universal_string(void **state)
{
    static const uint8_t content[] = {0xa0, 0x24, 0x31, 0x20, 0x6b, 0x03, 0x13, 0x01, '1',  0xa8,
                                      0x05, 0x14, 0x03, 'o',  'l',  'd',  0xaf, 0x12, 0x30, 0x10,
                                      0x06, 0x04, 0x56, 0x01, 0x05, 0x08, 0x31, 0x08, 0x3c, 0x06,
                                      0x1c, 0x04, 0x00, 0x01, 0xf6, 0x00, 0x30, 0x00};
    struct fixture *f = *state;

    assert_int_equal(parse(f, slice_make(content, sizeof(content))), X4_OK);
    assert_string_equal(f->read.subject, "\xf0\x9f\x98\x80");
}

static void names_of_extensions(void **state)
{
    static const struct {
        const char *oid, *name;
    } cases[] = {
        {"2.6.1.5.0", "incomplete-copy"},
        {"2.6.1.5.2", "auto-submitted"},
        {"2.6.1.5.8", "extended-subject"},
        {"2.6.1.5.12", "precedence-policy-identifier"},
        {"2.6.1.18.0", "recipient-security-request"},
        {"2.6.1.19.1", "change-of-address-advice"},
        {"2.6.1.20.1", "precedence"},
        {"2.6.1.5.13", NULL},
        {"2.6.1.5.8.1", NULL},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct ipm_extension_info *info;
        struct slice oid;

        assert_int_equal(ber_oid_parse(cases[i].oid, &f->arena, &oid), X4_OK);
        info = ipm_extension_find(oid);
        if (cases[i].name)
            assert_string_equal(info->name, cases[i].name);
        else
            assert_null(info);
    }
}

/* ---- for people ------------------------------------------------------------------------------ */

static const struct ipm_person ann = {
    .address = "S=Smith; O=Acme; A= ; C=GB", .free_form_name = "Ann", .requests = IPM_REQUEST_RN};

static void compose_sample(struct fixture *f, const struct ipm_new_part *parts, size_t count)
{
    struct ipm_message m = {.this_ipm = {.local = "id 1"},
                            .originator = &ann,
                            .to = {&ann, 1},
                            .subject = "A\nB",
                            .expiry_time = "261122170000Z",
                            .importance = IPM_IMPORTANCE_HIGH,
                            .sensitivity = IPM_SENSITIVITY_PERSONAL,
                            .language = "de",
                            .parts = parts,
                            .part_count = count};

    buf_reset(&f->content);
    assert_int_equal(ipm_compose(&m, &f->content), X4_OK);
}

static void shows_messages(void **state)
{
    static const char expected[] = "Message:      id 1\n"
                                   "From:         Ann <S=Smith; O=Acme; A= ; C=GB>\n"
                                   "To:           Ann <S=Smith; O=Acme; A= ; C=GB> "
                                   "[receipt asked for]\n"
                                   "Subject:      A\n"
                                   "              B\n"
                                   "Expires:      26-11-22 17:00:00Z\n"
                                   "Importance:   high\n"
                                   "Sensitivity:  personal\n"
                                   "Extension:    languages\n"
                                   "\n"
                                   "[1] ia5-text\n"
                                   "bell ? and tab\t.\n"
                                   "\n"
                                   "[2] file-transfer \"a b.txt\", 3 octets, changed "
                                   "2026-11-22 10Z\n";
    struct ipm_new_part parts[] = {
        {.kind = IPM_PART_TEXT, .data = SLICE_LIT("bell \a and tab\t.")},
        {.kind = IPM_PART_FILE,
         .data = SLICE_LIT("xyz"),
         .name = "a b.txt",
         .modified = "2026112210Z"},
    };
    struct fixture *f = *state;

    compose_sample(f, parts, 2);
    assert_int_equal(ipm_show(buf_view(&f->content), IPM_SHOW_ALL, &f->text), X4_OK);
    assert_slice(buf_view(&f->text), expected);
    buf_reset(&f->text);
    assert_int_equal(ipm_show(buf_view(&f->content), IPM_SHOW_TEXT, &f->text), X4_OK);
    assert_null(strstr(buf_cstr(&f->text), "Subject"));
    assert_contains(&f->text, "bell");
}

static void shows_forwarded_messages_indented(void **state)
{
    struct ipm_new_part text = {.kind = IPM_PART_TEXT, .data = SLICE_LIT("in\nside")};
    struct ipm_new_part outer = {.kind = IPM_PART_MESSAGE};
    struct fixture *f = *state;

    compose_sample(f, &text, 1);
    outer.data = arena_dup(&f->arena, buf_view(&f->content));
    compose_sample(f, &outer, 1);
    assert_int_equal(ipm_show(buf_view(&f->content), IPM_SHOW_ALL, &f->text), X4_OK);
    assert_contains(&f->text, "[1] message, ");
    assert_contains(&f->text, "\n    Message:      id 1\n");
    assert_contains(&f->text, "\n    in\n    side\n");
}

/* Deeper than anybody forwards: shown to a limit, read without end. */
static void nesting_has_a_limit(void **state)
{
    struct ipm_new_part part = {.kind = IPM_PART_MESSAGE};
    struct fixture *f = *state;

    compose_sample(f, NULL, 0);
    for (unsigned i = 0; i < 20; i++) {
        part.data = arena_dup(&f->arena, buf_view(&f->content));
        compose_sample(f, &part, 1);
    }
    assert_int_equal(ipm_show(buf_view(&f->content), IPM_SHOW_ALL, &f->text), X4_OK);
    assert_contains(&f->text, "(nested too deep)");
    buf_reset(&f->text);
    ipm_dump(buf_view(&f->content), 0, &f->text);
    assert_contains(&f->text, "(nested too deep)");
}

static void shows_notifications(void **state)
{
    struct ipm_notification n = {.kind = IPM_NOTIFY_NON_RECEIPT,
                                 .subject_ipm = {.local = "about"},
                                 .originator = &ann,
                                 .discard_reason = 1};
    struct fixture *f = *state;

    compose_sample(f, NULL, 0);
    n.returned_ipm = arena_dup(&f->arena, buf_view(&f->content));
    buf_reset(&f->content);
    assert_int_equal(ipm_compose_notification(&n, &f->content), X4_OK);
    assert_int_equal(ipm_show(buf_view(&f->content), IPM_SHOW_ALL, &f->text), X4_OK);
    assert_contains(&f->text, "About:        about\n");
    assert_contains(&f->text, "Kind:         non-receipt notification\n");
    assert_contains(&f->text, "Discarded:    obsoleted\n");
    assert_contains(&f->text, "\n    Message:      id 1\n");
}

static void dumps_every_field(void **state)
{
    struct ipm_new_part parts[] = {
        {.kind = IPM_PART_TEXT, .data = SLICE_LIT("café")},
        {.kind = IPM_PART_FILE, .data = SLICE_LIT("xyz"), .name = "a.txt"},
        {.kind = IPM_PART_MESSAGE},
    };
    struct fixture *f = *state;

    compose_sample(f, NULL, 0);
    parts[2].data = arena_dup(&f->arena, buf_view(&f->content));
    compose_sample(f, parts, 3);
    ipm_dump(buf_view(&f->content), 0, &f->text);
    assert_contains(&f->text, "importance: high (2)");
    assert_contains(&f->text, "extension 2.6.1.5.1 (languages)");
    assert_contains(&f->text, "extended: general-text 2.6.1.4.11");
    assert_contains(&f->text, "extended: file-transfer 2.6.1.4.12");
    assert_contains(&f->text, "incomplete-pathname:");
    assert_contains(&f->text, "BodyPart 3\n      message:\n");
    /* what is no content at all is shown as what it is */
    buf_reset(&f->text);
    ipm_dump(slice_make("\x30\x03\x02\x01\x05", 5), 0, &f->text);
    assert_contains(&f->text, "INTEGER 5");
    buf_reset(&f->text);
    ipm_dump(SLICE_LIT("\x30\x84"), 0, &f->text);
    assert_true(f->text.len > 0);
}

/* ---- extraction ------------------------------------------------------------------------------ */

static void names_of_files_are_harmless(void **state)
{
    static const struct {
        const char *given, *made;
    } cases[] = {
        {"plan.doc", "plan.doc"}, {"../../etc/passwd", "passwd"}, {"C:\\temp\\x.doc", "x.doc"},
        {".profile", "profile"},  {"..", "part-1.bin"},           {"dir/", "part-1.bin"},
        {"a\x07m", "a_m"},        {NULL, "part-1.bin"},           {"größe.txt", "größe.txt"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ipm_new_part part = {
            .kind = IPM_PART_FILE, .data = SLICE_LIT("xyz"), .name = cases[i].given};
        const char *name;
        struct slice octets;

        compose_sample(f, &part, 1);
        assert_int_equal(ipm_extract(buf_view(&f->content), 0, &f->arena, &name, &octets), X4_OK);
        assert_string_equal(name, cases[i].made);
        assert_slice(octets, "xyz");
    }
}

static void extracts_what_there_is(void **state)
{
    struct ipm_new_part parts[] = {
        {.kind = IPM_PART_TEXT, .data = SLICE_LIT("é")},
        {.kind = IPM_PART_NATIONAL, .data = SLICE_LIT("\x05\x00")},
    };
    struct fixture *f = *state;
    const char *name;
    struct slice octets;

    compose_sample(f, parts, 2);
    assert_int_equal(ipm_extract(buf_view(&f->content), 0, &f->arena, &name, &octets), X4_OK);
    assert_string_equal(name, "part-1.txt");
    assert_slice(octets, "é");
    assert_int_equal(ipm_extract(buf_view(&f->content), 1, &f->arena, &name, &octets), X4_OK);
    assert_string_equal(name, "part-2.ber");
    assert_int_equal(ipm_extract(buf_view(&f->content), 2, &f->arena, &name, &octets),
                     X4_ENOTFOUND);
    assert_int_equal(ipm_extract(SLICE_LIT("x"), 0, &f->arena, &name, &octets), X4_ETRUNC);
}

/* ---- hostile input --------------------------------------------------------------------------- */

/* Every truncation is an error, every changed octet is survived. */
static void survives_damage(void **state)
{
    struct ipm_new_part parts[] = {
        {.kind = IPM_PART_TEXT, .data = SLICE_LIT("café")},
        {.kind = IPM_PART_FILE, .data = SLICE_LIT("xyz"), .name = "a.txt"},
    };
    struct fixture *f = *state;
    uint8_t *copy;
    size_t len;

    compose_sample(f, parts, 2);
    len = f->content.len;
    copy = test_malloc(len);
    for (size_t i = 0; i < len; i++) {
        assert_int_not_equal(parse(f, slice_sub(buf_view(&f->content), 0, i)), X4_OK);
        memcpy(copy, f->content.p, len);
        copy[i] ^= 0x55;
        buf_reset(&f->text);
        ipm_show(slice_make(copy, len), IPM_SHOW_ALL, &f->text);
        ipm_dump(slice_make(copy, len), 0, &f->text);
        arena_reset(&f->arena);
    }
    test_free(copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(indefinite_and_constructed),
        TEST(general_text_without_escapes),
        TEST(texts_in_other_places),
        TEST(a_file_in_pieces),
        TEST(unknown_parts_are_kept),
        TEST(forwarded_content_body_part),
        TEST(one_broken_part_harms_no_other),
        TEST(subjects_in_universal_string),
        TEST(names_of_extensions),
        TEST(shows_messages),
        TEST(shows_forwarded_messages_indented),
        TEST(nesting_has_a_limit),
        TEST(shows_notifications),
        TEST(dumps_every_field),
        TEST(names_of_files_are_harmless),
        TEST(extracts_what_there_is),
        TEST(survives_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
