/* SPDX-License-Identifier: Apache-2.0 */
/* Writing contents, and reading back what was written. */
#include "base/error.h"
#include "ipm/charset.h"
#include "ipm/ipm.h"
#include "ipm/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ADDRESS "G=Ann; S=Smith; O=Acme; P=ACME; A= ; C=GB"

struct fixture {
    struct arena arena;
    struct buf out;
    struct ipm_content content;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));

    arena_init(&f->arena, 16 * 1024 * 1024);
    buf_init(&f->out, 4 * 1024 * 1024);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_free(&f->arena);
    buf_free(&f->out);
    test_free(f);
    return 0;
}

static void compose(struct fixture *f, const struct ipm_message *m)
{
    buf_reset(&f->out);
    assert_int_equal(ipm_compose(m, &f->out), X4_OK);
    assert_int_equal(ipm_parse(buf_view(&f->out), &f->arena, &f->content), X4_OK);
    assert_non_null(f->content.heading);
}

static void assert_slice(struct slice s, const char *expected)
{
    assert_true(slice_present(s));
    assert_int_equal(s.len, strlen(expected));
    assert_memory_equal(s.p, expected, s.len);
}

static void assert_address(const struct or_name *name, const char *expected)
{
    struct buf text;

    assert_non_null(name);
    buf_init(&text, 1024);
    or_address_print(&name->address, OR_TEXT_A, &text);
    assert_slice(buf_view(&text), expected);
    buf_free(&text);
}

/* ---- heading -------------------------------------------------------------------------------- */

static void the_smallest_message(void **state)
{
    static const uint8_t expected[] = {0xa0, 0x09, 0x31, 0x05, 0x6b, 0x03,
                                       0x13, 0x01, '1',  0x30, 0x00};
    struct fixture *f = *state;
    struct ipm_message m = {.this_ipm = {.local = "1"}, .importance = IPM_IMPORTANCE_NORMAL};

    compose(f, &m);
    assert_int_equal(f->out.len, sizeof(expected));
    assert_memory_equal(f->out.p, expected, sizeof(expected));
    assert_int_equal(f->content.part_count, 0);
    assert_null(f->content.subject);
    assert_int_equal(ipm_content_type(&m), IPM_CONTENT_P2);
}

static const struct ipm_person ann = {.address = ADDRESS, .free_form_name = "Ann Smith"};
static const struct ipm_person recipients[] = {
    {.address = "S=Jones; O=Acme; P=ACME; A= ; C=GB",
     .requests = IPM_REQUEST_RN | IPM_REQUEST_NRN,
     .reply_requested = true},
    {.free_form_name = "Zoë", .telephone = "+44 1 234"},
};
static const struct ipm_id other = {.address = ADDRESS, .local = "before"};

static const struct ipm_message whole = {
    .this_ipm = {.address = ADDRESS, .local = "this"},
    .originator = &ann,
    .authorizing = {&ann, 1},
    .to = {recipients, 2},
    .cc = {recipients, 1},
    .bcc = {recipients + 1, 1},
    .reply_to = {&ann, 1},
    .in_reply_to = {.local = "that"},
    .obsoletes = {&other, 1},
    .related = {&other, 1},
    .subject = "Über Łódź",
    .expiry_time = "271122120000Z",
    .reply_time = "2611231200+0100",
    .importance = IPM_IMPORTANCE_HIGH,
    .sensitivity = IPM_SENSITIVITY_PRIVATE,
    .auto_forwarded = true,
    .language = "en",
};

static void every_heading_field(void **state)
{
    struct fixture *f = *state;
    const struct ipm_heading *h;
    const struct ipm_recipient_specifier *to;

    compose(f, &whole);
    h = f->content.heading;
    assert_slice(h->this_ipm.user_relative_identifier, "this");
    assert_address(h->this_ipm.user, ADDRESS);
    assert_address(h->originator->formal_name, ADDRESS);
    assert_slice(h->originator->free_form_name, "Ann Smith");
    assert_int_equal(h->authorizing_users.count, 1);
    assert_int_equal(h->primary_recipients.count, 2);
    to = BER_ITEM(h->primary_recipients, struct ipm_recipient_specifier, 0);
    assert_true(ber_bit(&to->notification_requests, 0));
    assert_true(ber_bit(&to->notification_requests, 1));
    assert_false(ber_bit(&to->notification_requests, 2));
    assert_true(to->reply_requested);
    to++;
    assert_null(to->recipient.formal_name);
    assert_slice(to->recipient.free_form_name, "Zo\xc8"
                                               "e");
    assert_slice(to->recipient.telephone_number, "+44 1 234");
    assert_false(slice_present(to->notification_requests.octets));
    assert_int_equal(h->copy_recipients.count, 1);
    assert_int_equal(h->blind_copy_recipients.count, 1);
    assert_int_equal(h->reply_recipients.count, 1);
    assert_slice(h->replied_to_ipm->user_relative_identifier, "that");
    assert_null(h->replied_to_ipm->user);
    assert_int_equal(h->obsoleted_ipms.count, 1);
    assert_int_equal(h->related_ipms.count, 1);
    assert_slice(h->expiry_time, "271122120000Z");
    assert_slice(h->reply_time, "2611231200+0100");
    assert_int_equal(h->importance, 2);
    assert_int_equal(h->sensitivity.value, 2);
    assert_true(h->auto_forwarded);
    assert_int_equal(h->extensions.count, 1);
    assert_string_equal(f->content.subject, "Über Łódź");
    assert_int_equal(ipm_content_type(&whole), IPM_CONTENT_P22);
}

/* A subject that T.61 cannot hold is whole in extended-subject and readable in the other. */
static void subjects(void **state)
{
    static const char long_subject[] =
        "0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789012345678901234567890123456789";
    static const struct {
        const char *subject;
        const char *teletex;
        size_t extensions;
    } cases[] = {
        {"plain", "plain", 0},
        {"", "", 0},
        {"Привет", "??????", 1},
        {long_subject, NULL, 1},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ipm_message m = {.this_ipm = {.local = "1"}, .subject = cases[i].subject};

        compose(f, &m);
        assert_string_equal(f->content.subject, cases[i].subject);
        assert_int_equal(f->content.heading->extensions.count, cases[i].extensions);
        if (cases[i].teletex)
            assert_slice(f->content.heading->subject, cases[i].teletex);
        else
            assert_int_equal(f->content.heading->subject.len, 128);
        assert_int_equal(ipm_content_type(&m),
                         cases[i].extensions ? IPM_CONTENT_P22 : IPM_CONTENT_P2);
    }
}

/* ---- body ----------------------------------------------------------------------------------- */

static const struct ipm_part *one_part(struct fixture *f, const struct ipm_new_part *part)
{
    struct ipm_message m = {.this_ipm = {.local = "1"}, .parts = part, .part_count = 1};

    compose(f, &m);
    assert_int_equal(f->content.part_count, 1);
    assert_null(f->content.parts[0].problem);
    return &f->content.parts[0];
}

static void texts(void **state)
{
    static const struct {
        const char *text, *read, *type;
    } cases[] = {
        {"hello\n", "hello\r\n", "ia5-text"},
        {"a\r\nb", "a\r\nb", "ia5-text"},
        {"", "", "ia5-text"},
        {"café\n", "café\r\n", "general-text"},
        {"Мир", "Мир", "general-text"},
        {"漢字 and é", "漢字 and é", "general-text"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ipm_new_part part = {.kind = IPM_PART_TEXT, .data = slice_str(cases[i].text)};
        const struct ipm_part *read = one_part(f, &part);

        assert_int_equal(read->kind, IPM_PART_TEXT);
        assert_string_equal(read->type, cases[i].type);
        assert_slice(read->text, cases[i].read);
        assert_slice(read->octets, cases[i].read);
    }
}

/* RFC 1502: the escape sequences stand at the beginning, the parameters name the sets. */
static void general_text_on_the_wire(void **state)
{
    static const uint8_t expected[] = {
        0xaf, 0x2e,                                           /* extended [15] */
        0xa0, 0x13, 0x06, 0x04, 0x56, 0x01, 0x0b, 0x0b,       /* id-ep-general-text */
        0xa0, 0x0b, 0x31, 0x09,                               /* SET OF INTEGER */
        0x02, 0x01, 0x01, 0x02, 0x01, 0x06, 0x02, 0x01, 0x64, /* 1, 6, 100 */
        0x28, 0x17, 0x06, 0x04, 0x56, 0x01, 0x04, 0x0b,       /* id-et-general-text */
        0xa0, 0x0f, 0x1b, 0x0d,                               /* GeneralString */
        0x1b, '(',  'B',  0x1b, '-',  'A',  'c',  'a',  'f',  0xe9, ' ', 'o', 'k',
    };
    struct fixture *f = *state;
    struct ipm_new_part part = {.kind = IPM_PART_TEXT, .data = SLICE_LIT("café ok")};
    const struct ipm_part *read = one_part(f, &part);

    assert_int_equal(read->tlv.len, sizeof(expected));
    assert_memory_equal(read->tlv.p, expected, sizeof(expected));
}

static void files(void **state)
{
    struct fixture *f = *state;
    struct ipm_new_part part = {.kind = IPM_PART_FILE,
                                .data = slice_make("\x00\x01\xff\x80", 4),
                                .name = "plän.doc",
                                .modified = "20261122170105Z",
                                .created = "20261120",
                                .application = "1.2.840.113556.4.2"};
    const struct ipm_part *read;

    part.created = "2026112010Z";
    read = one_part(f, &part);
    assert_int_equal(read->kind, IPM_PART_FILE);
    assert_string_equal(read->type, "file-transfer");
    assert_slice(read->name, "plän.doc");
    assert_int_equal(read->size, 4);
    assert_slice(read->modified, "20261122170105Z");
    assert_slice(read->created, "2026112010Z");
    assert_slice(read->application, "1.2.840.113556.4.2");
    assert_int_equal(read->octets.len, 4);
    assert_memory_equal(read->octets.p, part.data.p, 4);

    part = (struct ipm_new_part){.kind = IPM_PART_FILE, .application = "Write 3.1"};
    read = one_part(f, &part);
    assert_slice(read->application, "Write 3.1");
    assert_int_equal(read->octets.len, 0);
    assert_int_equal(read->size, 0);
    assert_false(slice_present(read->name));
    assert_false(slice_present(read->modified));
}

static void a_large_file_stays_whole(void **state)
{
    struct fixture *f = *state;
    uint8_t *data = test_calloc(1, 300000);
    struct ipm_new_part part = {.kind = IPM_PART_FILE, .data = slice_make(data, 300000)};
    const struct ipm_part *read;

    for (size_t i = 0; i < 300000; i++)
        data[i] = (uint8_t)(i * 7);
    read = one_part(f, &part);
    assert_true(slice_eq(read->octets, part.data));
    test_free(data);
}

static void defined_bilaterally_and_nationally(void **state)
{
    struct fixture *f = *state;
    struct ipm_new_part part = {.kind = IPM_PART_BILATERAL, .data = SLICE_LIT("\x01\x02")};
    const struct ipm_part *read = one_part(f, &part);

    assert_int_equal(read->kind, IPM_PART_BILATERAL);
    assert_true(slice_eq(read->octets, part.data));
    part = (struct ipm_new_part){.kind = IPM_PART_NATIONAL, .data = SLICE_LIT("\x02\x01\x05")};
    read = one_part(f, &part);
    assert_int_equal(read->kind, IPM_PART_NATIONAL);
    assert_true(slice_eq(read->octets, part.data));
}

static void forwarded_contents(void **state)
{
    struct fixture *f = *state;
    struct ipm_message inner = {.this_ipm = {.local = "inner"}, .subject = "within"};
    struct ipm_notification receipt = {.kind = IPM_NOTIFY_RECEIPT,
                                       .subject_ipm = {.local = "about"},
                                       .receipt_time = "261122170000Z"};
    struct ipm_new_part parts[2] = {{.kind = IPM_PART_MESSAGE, .delivered = "261122170000Z"},
                                    {.kind = IPM_PART_NOTIFICATION}};
    struct ipm_message outer = {.this_ipm = {.local = "outer"}, .parts = parts, .part_count = 2};
    struct buf message, notification;
    struct ipm_content read;

    buf_init(&message, 1024);
    buf_init(&notification, 1024);
    assert_int_equal(ipm_compose(&inner, &message), X4_OK);
    assert_int_equal(ipm_compose_notification(&receipt, &notification), X4_OK);
    parts[0].data = buf_view(&message);
    parts[1].data = buf_view(&notification);
    compose(f, &outer);
    assert_int_equal(f->content.parts[0].kind, IPM_PART_MESSAGE);
    assert_true(slice_eq(f->content.parts[0].octets, buf_view(&message)));
    assert_int_equal(f->content.parts[1].kind, IPM_PART_NOTIFICATION);
    assert_true(slice_eq(f->content.parts[1].octets, buf_view(&notification)));
    assert_int_equal(ipm_parse(f->content.parts[0].octets, &f->arena, &read), X4_OK);
    assert_string_equal(read.subject, "within");
    buf_free(&message);
    buf_free(&notification);
}

/* ---- notifications -------------------------------------------------------------------------- */

static void notifications(void **state)
{
    struct fixture *f = *state;
    struct ipm_message returned = {.this_ipm = {.local = "r"}};
    struct ipm_notification n = {.kind = IPM_NOTIFY_NON_RECEIPT,
                                 .subject_ipm = {.address = ADDRESS, .local = "about"},
                                 .originator = &ann,
                                 .intended = &recipients[0],
                                 .non_receipt_reason = 1,
                                 .discard_reason = -1,
                                 .auto_forward_comment = "gone fishing"};
    const struct ipm_non_receipt *nrn;

    assert_int_equal(ipm_compose(&returned, &f->out), X4_OK);
    n.returned_ipm = arena_dup(&f->arena, buf_view(&f->out));
    buf_reset(&f->out);
    assert_int_equal(ipm_compose_notification(&n, &f->out), X4_OK);
    assert_int_equal(ipm_parse(buf_view(&f->out), &f->arena, &f->content), X4_OK);
    assert_null(f->content.heading);
    assert_int_equal(f->content.ipn->choice.which, IPM_NOTIFY_NON_RECEIPT);
    assert_slice(f->content.ipn->subject_ipm.user_relative_identifier, "about");
    assert_address(f->content.ipn->originator->formal_name, ADDRESS);
    assert_non_null(f->content.ipn->intended_recipient);
    nrn = &f->content.ipn->choice.non_receipt;
    assert_int_equal(nrn->reason, 1);
    assert_false(nrn->discard_reason.present);
    assert_slice(nrn->auto_forward_comment, "gone fishing");
    assert_non_null(nrn->returned_ipm);

    n = (struct ipm_notification){.kind = IPM_NOTIFY_RECEIPT,
                                  .subject_ipm = {.local = "about"},
                                  .receipt_time = "261122170000Z",
                                  .automatic = true};
    buf_reset(&f->out);
    assert_int_equal(ipm_compose_notification(&n, &f->out), X4_OK);
    assert_int_equal(ipm_parse(buf_view(&f->out), &f->arena, &f->content), X4_OK);
    assert_int_equal(f->content.ipn->choice.which, IPM_NOTIFY_RECEIPT);
    assert_slice(f->content.ipn->choice.receipt.receipt_time, "261122170000Z");
    assert_int_equal(f->content.ipn->choice.receipt.acknowledgment_mode, 1);
}

/* ---- what is refused ------------------------------------------------------------------------ */

static void refuses_what_cannot_be_written(void **state)
{
    static const struct ipm_person bad_address = {.address = "nonsense"};
    static const struct ipm_person bad_phone = {.telephone = "a@b"};
    static const struct ipm_new_part bad_text = {.kind = IPM_PART_TEXT,
                                                 .data = {(const uint8_t *)"\xff", 1}};
    static const struct ipm_new_part bad_tlv = {.kind = IPM_PART_NATIONAL,
                                                .data = {(const uint8_t *)"\x30\x05", 2}};
    static const struct ipm_new_part no_message = {.kind = IPM_PART_MESSAGE,
                                                   .data = {(const uint8_t *)"\x05\x00", 2}};
    static const struct ipm_new_part bad_time = {.kind = IPM_PART_FILE, .modified = "yesterday"};
    static const struct ipm_new_part read_only = {.kind = IPM_PART_OTHER};
    static const struct {
        struct ipm_message m;
        int error;
    } cases[] = {
        {{.subject = "no identifier"}, X4_EMISSING},
        {{.this_ipm = {.local = "under_score"}}, X4_EINVAL},
        {{.this_ipm = {.local = "01234567890123456789012345678901"
                                "012345678901234567890123456789012"}},
         X4_EBOUNDS},
        {{.this_ipm = {.local = "1"}, .importance = 3}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .sensitivity = 4}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .originator = &bad_address}, X4_ESYNTAX},
        {{.this_ipm = {.local = "1"}, .originator = &bad_phone}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .subject = "\xff"}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .expiry_time = "tomorrow"}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .expiry_time = "2611221200"}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .language = "eng"}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .parts = &bad_text, .part_count = 1}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .parts = &bad_tlv, .part_count = 1}, X4_ETRUNC},
        {{.this_ipm = {.local = "1"}, .parts = &no_message, .part_count = 1}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .parts = &bad_time, .part_count = 1}, X4_EINVAL},
        {{.this_ipm = {.local = "1"}, .parts = &read_only, .part_count = 1}, X4_EINVAL},
    };
    struct fixture *f = *state;

    buf_text(&f->out, "before");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int error = ipm_compose(&cases[i].m, &f->out);

        if (error != cases[i].error)
            print_error("case %zu: %s\n", i, x4_strerror(error));
        assert_int_equal(error, cases[i].error);
        assert_slice(buf_view(&f->out), "before");
    }
}

static void refuses_bad_notifications(void **state)
{
    static const struct {
        struct ipm_notification n;
        int error;
    } cases[] = {
        {{.kind = IPM_NOTIFY_RECEIPT, .receipt_time = "261122170000Z"}, X4_EMISSING},
        {{.kind = IPM_NOTIFY_RECEIPT, .subject_ipm = {.local = "1"}}, X4_EMISSING},
        {{.kind = IPM_NOTIFY_OTHER, .subject_ipm = {.local = "1"}}, X4_EINVAL},
        {{.kind = IPM_NOTIFY_NON_RECEIPT, .subject_ipm = {.local = "1"}, .non_receipt_reason = 2},
         X4_EINVAL},
        {{.kind = IPM_NOTIFY_NON_RECEIPT, .subject_ipm = {.local = "1"}, .discard_reason = 4},
         X4_EINVAL},
        {{.kind = IPM_NOTIFY_NON_RECEIPT,
          .subject_ipm = {.local = "1"},
          .auto_forward_comment = "#"},
         X4_EINVAL},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(ipm_compose_notification(&cases[i].n, &f->out), cases[i].error);
        assert_int_equal(f->out.len, 0);
    }
}

/* A buffer that is too small gives an error, whatever its size. */
static void too_little_room(void **state)
{
    struct fixture *f = *state;
    size_t needed;

    assert_int_equal(ipm_compose(&whole, &f->out), X4_OK);
    needed = f->out.len;
    for (size_t max = 1; max < needed; max += 7) {
        struct buf small;

        buf_init(&small, max);
        assert_int_not_equal(ipm_compose(&whole, &small), X4_OK);
        buf_free(&small);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_smallest_message),
        TEST(every_heading_field),
        TEST(subjects),
        TEST(texts),
        TEST(general_text_on_the_wire),
        TEST(files),
        TEST(a_large_file_stays_whole),
        TEST(defined_bilaterally_and_nationally),
        TEST(forwarded_contents),
        TEST(notifications),
        TEST(refuses_what_cannot_be_written),
        TEST(refuses_bad_notifications),
        TEST(too_little_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
