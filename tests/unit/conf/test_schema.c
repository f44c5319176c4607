/* SPDX-License-Identifier: Apache-2.0 */
#include "check_errors.h"

#include "base/error.h"
#include "conf/conf_internal.h"

#include <stdlib.h>
#include <string.h>

/* Every row of the table makes sense: its default is a legal value of its type. */
static void the_table_is_sound(void **state)
{
    (void)state;
    for (int c = 0; c < CONF_CLASS_COUNT; c++) {
        const struct conf_class *class_ = conf_class((enum conf_class_id)c);

        assert_int_equal(class_->id, c);
        for (size_t i = 0; i < class_->count; i++) {
            const struct conf_attribute *a = &class_->attributes[i];
            struct conf_errors errors;
            struct conf_spot spot = {&errors, NULL, NULL, a->name};
            json_t *value, *normal;

            assert_ptr_equal(conf_attribute_find(class_, a->name), a);
            assert_non_null(conf_type_name(a->type));
            assert_true(strlen(a->doc) > 5 && a->doc[strlen(a->doc) - 1] != '.');
            assert_int_equal(a->values != NULL, a->type == CONF_ENUM || a->type == CONF_FLAGS ||
                                                    a->type == CONF_SCHEDULE);
            assert_false((a->flags & CONF_REQUIRED) && a->def);
            assert_false((a->flags & CONF_SECRET) && a->def);
            if (!a->def)
                continue;
            conf_errors_init(&errors, NULL);
            value = json_loads(a->def, JSON_DECODE_ANY, NULL);
            assert_non_null(value);
            normal = conf_normal_value(&spot, a, value, NULL);
            check_errors(&errors, "");
            assert_true(json_equal(normal, value));
            json_decref(normal);
            json_decref(value);
        }
    }
}

/* The values that operators of the Exchange MTA know. */
static void defaults_are_those_of_exchange(void **state)
{
    static const struct {
        const char *name;
        int value;
    } known[] = {
        {"checkpoint-size", 30},
        {"window-size", 5},
        {"max-open-retries", 144},
        {"open-interval", 600},
        {"max-transfer-retries", 2},
        {"transfer-interval", 120},
        {"recovery-timeout", 60},
        {"association-lifetime", 300},
        {"disconnect-timeout", 120},
        {"threshold", 50},
        {"transfer-timeout-urgent", 1000},
        {"transfer-timeout-normal", 2000},
        {"transfer-timeout-non-urgent", 3000},
        {"max-associations", 9},
        {"urgent-associations", 1},
        {"remote-port", 102},
        {"message-size-limit", 0},
    };
    struct directory *d = sample();
    const struct conf_object *paris = directory_find(d, PARIS);
    const struct conf_object *server = directory_find(d, SERVER);
    struct conf_week week;

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        assert_int_equal(conf_int(paris, known[i].name), known[i].value);
    assert_int_equal(conf_enum(paris, "conformance"), CONF_1988_NORMAL);
    assert_int_equal(conf_schedule(paris, "schedule", &week), CONF_ALWAYS);
    assert_false(conf_bool(paris, "two-way-alternate"));
    assert_true(conf_bool(paris, "enabled"));
    assert_int_equal(conf_flags(paris, "identify-by"),
                     1u << CONF_BY_ADDRESS | 1u << CONF_BY_MTA_NAME | 1u << CONF_BY_PASSWORD);
    assert_int_equal(conf_int(server, "message-timeout-urgent"), 2 * 24 * 60);
    assert_int_equal(conf_int(server, "message-timeout-normal"), 7 * 24 * 60);
    assert_int_equal(conf_int(server, "message-timeout-non-urgent"), 10 * 24 * 60);
    assert_int_equal(conf_int(directory_find(d, STACK), "port"), 102);
    directory_unref(&d);
}

static void values_are_inherited_from_the_site(void **state)
{
    struct directory *d = sample();
    const struct conf_object *paris;

    (void)state;
    d = must_apply(d, "base: " CONF "\n"
                      "objects:\n"
                      "  cn=Defaults: {window-size: 7, open-interval: 30}\n"
                      "  cn=Connections/cn=to Paris:\n"
                      "    stack: cn=Servers/cn=EX1/cn=TCP (EX1)\n"
                      "    remote-mta-name: PARIS\n"
                      "    remote-hosts: 192.0.2.80\n"
                      "    open-interval: 15\n");
    paris = directory_find(d, PARIS);
    assert_int_equal(conf_int(paris, "window-size"), 7);
    assert_int_equal(conf_int(paris, "open-interval"), 15);
    assert_int_equal(conf_int(paris, "checkpoint-size"), 30);
    directory_unref(&d);
}

static void getters_give_what_was_written(void **state)
{
    struct conf_week week;
    struct directory *d = sample();
    const struct conf_object *c, *site;
    uint8_t octets[CONF_SELECTOR_MAX];
    struct conf_gdi gdi;

    (void)state;
    d = must_apply(d, "base: " SITE "\n"
                      "objects:\n"
                      "  cn=Configuration/cn=Connections/cn=full:\n"
                      "    stack: " STACK "\n"
                      "    remote-mta-name: 1984\n"
                      "    remote-hosts: [mta.example, 192.0.2.0/24, '2001:db8::1']\n"
                      "    outgoing-t-selector: TSEL\n"
                      "    incoming-t-selector: 0x00FF\n"
                      "    conformance: 1984\n"
                      "    schedule: remote-initiated\n"
                      "    two-way-alternate: true\n"
                      "    identify-by: [mta-name, called-tsel]\n"
                      "    internal-trace: strip\n"
                      "    remote-gdi: {country: FR, prmd: P}\n"
                      "    address-spaces:\n"
                      "      - '*'\n"
                      "      - {space: C=FR; A=ATLAS, cost: 42}\n");
    c = directory_find(d, CONF "/cn=connections/CN=FULL");
    assert_non_null(c);
    assert_string_equal(conf_str(c, "remote-mta-name"), "1984");
    assert_string_equal(conf_str(c, "stack"), STACK);
    assert_null(conf_str(c, "local-mta-name"));
    assert_int_equal(conf_count(c, "remote-hosts"), 3);
    assert_string_equal(conf_item(c, "remote-hosts", 1), "192.0.2.0/24");
    assert_null(conf_item(c, "remote-hosts", 3));
    assert_true(slice_eq(conf_selector(c, "outgoing-t-selector", octets), SLICE_LIT("TSEL")));
    assert_true(slice_eq(conf_selector(c, "incoming-t-selector", octets), SLICE_LIT("\x00\xFF")));
    assert_false(slice_present(conf_selector(c, "outgoing-s-selector", octets)));
    assert_int_equal(conf_enum(c, "conformance"), CONF_1984);
    assert_string_equal(conf_enum_name(c, "conformance"), "1984");
    assert_int_equal(conf_schedule(c, "schedule", &week), CONF_REMOTE_INITIATED);
    assert_int_equal(conf_enum(c, "internal-trace"), CONF_TRACE_STRIP);
    assert_int_equal(conf_flags(c, "identify-by"),
                     1u << CONF_BY_MTA_NAME | 1u << CONF_BY_CALLED_TSEL);
    assert_true(conf_gdi(c, "remote-gdi", &gdi));
    assert_string_equal(gdi.country, "FR");
    assert_string_equal(gdi.admd, " ");
    assert_string_equal(gdi.prmd, "P");
    assert_int_equal(conf_count(c, "address-spaces"), 2);
    assert_string_equal(conf_item(c, "address-spaces", 0), "*");
    assert_int_equal(conf_space_cost(c, "address-spaces", 0), 1);
    assert_string_equal(conf_item(c, "address-spaces", 1), "C=FR; A=ATLAS");
    assert_int_equal(conf_space_cost(c, "address-spaces", 1), 42);
    site = directory_find(d, SITE);
    assert_true(conf_gdi(site, "gdi", &gdi));
    assert_string_equal(gdi.country, "GB");
    assert_false(conf_gdi(directory_find(d, SERVER), "gdi", &gdi));
    directory_unref(&d);
}

static void near_names_are_suggested(void **state)
{
    const struct conf_class *connector = conf_class(CONF_CONNECTOR);

    (void)state;
    assert_string_equal(conf_suggest_attribute(connector, "windw-size"), "window-size");
    assert_string_equal(conf_suggest_attribute(connector, "remote_mta_name"), "remote-mta-name");
    assert_string_equal(conf_suggest_attribute(connector, "Two-Way-Alternate"),
                        "two-way-alternate");
    assert_null(conf_suggest_attribute(connector, "colour"));
    assert_null(conf_suggest_attribute(connector, ""));
    assert_string_equal(conf_suggest_class("conector"), "connector");
    assert_null(conf_suggest_class("gateway"));
    assert_null(conf_class_find("node"));
    assert_ptr_equal(conf_class_find("stack"), conf_class(CONF_STACK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(defaults_are_those_of_exchange),
        cmocka_unit_test(values_are_inherited_from_the_site),
        cmocka_unit_test(getters_give_what_was_written),
        cmocka_unit_test(near_names_are_suggested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
