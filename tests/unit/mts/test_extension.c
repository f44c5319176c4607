/* SPDX-License-Identifier: Apache-2.0 */
/* Extension fields, the registry, criticality (1.7, 2.7). */
#include "mts/extension.h"

#include "mts/trace.h"

#include "fixture.h"

/* Decodes a SET OF ExtensionField from hex contents. */
static struct ber_list fields(struct fixture *f, const char *hex)
{
    struct slice contents = ber_text(&f->arena, hex);
    struct ber_list list;

    buf_reset(&f->out);
    ber_put_tlv(&f->out, BER_T_SET, true, contents);
    assert_int_equal(ber_decode(&ber_type_extensions, arena_dup(&f->arena, buf_view(&f->out)),
                                &f->arena, &list, NULL, NULL),
                     X4_OK);
    return list;
}

/* ---- types ----------------------------------------------------------------------------------- */

static const struct {
    const char *hex;
    int64_t standard;
    const char *text;
} ids[] = {
    {"30 03 800105", 5, "latest-delivery-time"},
    {"30 05 a003020105", 5, "latest-delivery-time"}, /* the form of 1991 */
    {"30 04 800200c8", 200, "standard extension 200"},
    {"30 04 83022a03", -1, "1.2.3"},
    {"30 06 a30406022a03", -1, "1.2.3"},
    {"30 03 850105", -1, "malformed extension type"},
    {"30 02 8000", -1, "malformed extension type"},
    {"30 04 a0020500", -1, "malformed extension type"},
    {"30 02 a000", -1, "malformed extension type"},
};

static void extension_types_are_read_in_both_forms(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(ids); i++) {
        struct ber_list list = fields(f, ids[i].hex);
        const struct mts_extension *ext = BER_ITEM(list, struct mts_extension, 0);

        assert_int_equal(mts_extension_id(ext).standard, ids[i].standard);
        buf_reset(&f->out);
        mts_extension_print_id(ext, &f->out);
        assert_string_equal(buf_cstr(&f->out), ids[i].text);
    }
}

static void first_field_of_a_type_is_found(void **state)
{
    struct fixture *f = *state;
    struct ber_list list = fields(f, "3008 800103 a2030a0101 3008 800103 a2030a0100");

    assert_ptr_equal(mts_extension_find(&list, 3), BER_ITEM(list, struct mts_extension, 0));
    assert_null(mts_extension_find(&list, 4));
    assert_int_equal(mts_extension_enum(&list, 3), 1);
    assert_int_equal(mts_extension_enum(&list, 4), 0);
}

/* ---- values ---------------------------------------------------------------------------------- */

static void values_decode_by_the_registry(void **state)
{
    struct fixture *f = *state;
    struct ber_list list = fields(f, "3008 800117 a203160178" /* correlator */
                                     "3003 800105"            /* no value */
                                     "3008 800200c8 a2020500" /* unknown */);
    struct mts_content_correlator correlator;
    struct slice time;

    assert_int_equal(mts_extension_get(&list, 23, &f->arena, &correlator), X4_OK);
    assert_int_equal(correlator.which, MTS_CORRELATOR_IA5);
    assert_text(correlator.value, "x");
    assert_int_equal(mts_extension_get(&list, 5, &f->arena, &time), X4_ENOTFOUND);
    assert_int_equal(mts_extension_get(&list, 1, &f->arena, &time), X4_ENOTFOUND);
    assert_int_equal(mts_extension_get(&list, 200, &f->arena, &time), X4_EUNSUPP);
}

static void wrong_value_type_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct ber_list list = fields(f, "3008 800105 a203020101 3008 800103 a2030a0101");
    struct slice time;

    assert_int_equal(mts_extension_get(&list, 5, &f->arena, &time), X4_ESYNTAX);
}

/* A field of this number whose value is encoded from a C value. */
static struct ber_list field_of(struct fixture *f, int number, const void *value)
{
    struct slice octets;
    struct ber_list list;

    buf_reset(&f->out);
    assert_int_equal(ber_encode(mts_extension_info(number)->type, value, &f->out, NULL), X4_OK);
    octets = arena_dup(&f->arena, buf_view(&f->out));
    buf_reset(&f->out);
    mts_put_extension(&f->out, number, octets);
    octets = arena_dup(&f->arena, buf_view(&f->out));
    buf_reset(&f->out);
    ber_put_tlv(&f->out, BER_T_SET, true, octets);
    assert_int_equal(ber_decode(&ber_type_extensions, arena_dup(&f->arena, buf_view(&f->out)),
                                &f->arena, &list, NULL, NULL),
                     X4_OK);
    return list;
}

static void redirection_history_decodes(void **state)
{
    struct fixture *f = *state;
    struct mts_redirection item = {.reason = MTS_REDIRECT_ALIAS};
    struct ber_list history = {.items = &item, .count = 1};
    struct ber_list fields_list;

    item.intended.name = *name(&f->arena, "C=GB; A= ; P=ACME; S=Smith");
    item.intended.time = SLICE_LIT("261122170000Z");
    fields_list = field_of(f, MTS_EXT_REDIRECTION_HISTORY, &history);
    memset(&history, 0, sizeof(history));
    assert_int_equal(
        mts_extension_get(&fields_list, MTS_EXT_REDIRECTION_HISTORY, &f->arena, &history), X4_OK);
    assert_int_equal(history.count, 1);
    assert_int_equal(BER_ITEM(history, struct mts_redirection, 0)->reason, MTS_REDIRECT_ALIAS);
    assert_true(
        or_address_equal(&BER_ITEM(history, struct mts_redirection, 0)->intended.name.address,
                         &item.intended.name.address));
}

static void security_label_decodes(void **state)
{
    struct fixture *f = *state;
    struct ber_list list = fields(f, "3012 800114 a20d 310b 06022a03 020104 13027071");
    struct mts_security_label label;

    assert_int_equal(mts_extension_get(&list, MTS_EXT_MESSAGE_SECURITY_LABEL, &f->arena, &label),
                     X4_OK);
    assert_true(label.classification.present);
    assert_int_equal(label.classification.value, 4);
    assert_text(label.privacy_mark, "pq");
}

/* ---- the registry ---------------------------------------------------------------------------- */

static void registry_is_complete(void **state)
{
    (void)state;
    for (int number = 1; number <= 46; number++) {
        const struct mts_extension_info *info = mts_extension_info(number);

        assert_non_null(info);
        assert_int_equal(info->number, number);
        assert_non_null(info->name);
        assert_non_null(info->type);
        assert_int_not_equal(info->places, 0);
    }
    assert_null(mts_extension_info(0));
    assert_null(mts_extension_info(-1));
    assert_null(mts_extension_info(47));
}

static const struct {
    int number;
    const char *value, *field;
} made[] = {
    {5, "0500", "300b 800105 81020520 a2020500"},  /* for-delivery */
    {21, "0500", "300b 800115 81020780 a2020500"}, /* for-submission */
    {38, "0500", "3007 800126 a2020500"},          /* not critical */
    {2, "0500", "3007 800102 a2020500"},           /* none on transfer */
    {200, "0500", "3008 800200c8 a2020500"},       /* a positive INTEGER */
};

static void made_fields_have_the_recommended_criticality(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(made); i++) {
        buf_reset(&f->out);
        mts_put_extension(&f->out, made[i].number, ber_text(&f->arena, made[i].value));
        assert_slice(buf_view(&f->out), ber_text(&f->arena, made[i].field));
    }
}

/* ---- criticality ----------------------------------------------------------------------------- */

#define UNKNOWN "800200c8"
#define PRIVATE "83022a03"

/* Result per role: relay, delivery, submission */
static const struct {
    const char *what, *hex;
    bool stops[3];
} critical[] = {
    {"unknown, no bit", "3004" UNKNOWN, {false, false, false}},
    {"unknown, S", "3008" UNKNOWN "81020780", {false, false, true}},
    {"unknown, T", "3008" UNKNOWN "81020640", {true, true, false}},
    {"unknown, D", "3008" UNKNOWN "81020520", {false, true, false}},
    {"unknown, D in a longer string", "3008" UNKNOWN "81020020", {false, true, false}},
    {"unknown, empty string", "3007" UNKNOWN "810100", {false, false, false}},
    {"private, none", "3004" PRIVATE, {false, false, false}},
    {"private, D", "3008" PRIVATE "81020520", {false, true, false}},
    {"private, all", "3008" PRIVATE "810205e0", {true, true, true}},
    {"malformed type, T", "3006 8000 81020640", {true, true, false}},
    {"latest-delivery-time, D", "3007 800105 81020520", {false, false, false}},
    {"its 1991 form, T and D", "3009 a003020105 81020560", {false, false, false}},
    {"proof of submission, S", "3007 800115 81020780", {false, false, true}},
    {"proof of delivery, D", "3007 800116 81020520", {false, true, false}},
    {"physical-forwarding-prohibited, D", "3007 800107 81020520", {false, true, false}},
    {"message-token, D", "3007 800110 81020520", {false, false, false}},
};

static void criticality_stops_the_role_it_is_for(void **state)
{
    static const enum mts_role roles[] = {MTS_ROLE_RELAY, MTS_ROLE_DELIVERY, MTS_ROLE_SUBMISSION};
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(critical); i++) {
        struct ber_list list = fields(f, critical[i].hex);

        for (size_t r = 0; r < COUNT(roles); r++) {
            const struct mts_extension *found = mts_critical_unsupported(&list, roles[r]);

            if ((found != NULL) != critical[i].stops[r])
                fail_msg("%s, role %zu", critical[i].what, r);
        }
    }
}

static const struct {
    const char *what, *hex;
    bool stops;
} downgrade[] = {
    {"not critical", "3004" UNKNOWN, false},
    {"for submission only", "3008" UNKNOWN "81020780", false},
    {"for transfer", "3008" UNKNOWN "81020640", true},
    {"latest-delivery-time for delivery", "3007 800105 81020520", true},
    {"dl-expansion-prohibited 1", "300c 800103 81020520 a2030a0101", true},
    {"dl-expansion-prohibited 0", "300c 800103 81020520 a2030a0100", false},
    {"the first is harmless, the second not",
     "300c 800103 81020520 a2030a0100 3007 800110 81020520", true},
};

static void what_is_critical_has_no_1984_form(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(downgrade); i++) {
        struct ber_list list = fields(f, downgrade[i].hex);

        if ((mts_critical_for_1984(&list) != NULL) != downgrade[i].stops)
            fail_msg("%s", downgrade[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(extension_types_are_read_in_both_forms),
        TEST(first_field_of_a_type_is_found),
        TEST(values_decode_by_the_registry),
        TEST(wrong_value_type_is_an_error),
        TEST(redirection_history_decodes),
        TEST(security_label_decodes),
        TEST(registry_is_complete),
        TEST(made_fields_have_the_recommended_criticality),
        TEST(criticality_stops_the_role_it_is_for),
        TEST(what_is_critical_has_no_1984_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
