/* SPDX-License-Identifier: Apache-2.0 */
#include "check_errors.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define CONNECTOR_HEAD                                                                             \
    "base: " CONF "\n"                                                                             \
    "objects:\n"                                                                                   \
    "  cn=Connections/cn=X:\n"                                                                     \
    "    stack: cn=Servers/cn=EX1/cn=TCP (EX1)\n"                                                  \
    "    remote-mta-name: X\n"                                                                     \
    "    remote-hosts: 192.0.2.1\n"
#define X_DN CONF "/cn=Connections/cn=X"

/* One wrong attribute of a connector; it is in line 7. */
static void wrong_values_say_what_is_allowed(void **state)
{
    static const struct {
        const char *line, *error;
    } cases[] = {
        {"window-size: 0", "window-size: 0 is not allowed, 1..64"},
        {"window-size: 65", "window-size: 65 is not allowed, 1..64"},
        {"window-size: five", "window-size: 'five' is not an integer, 1..64"},
        {"window-size: 5.0", "window-size: '5.0' is not an integer, 1..64"},
        {"window-size: 99999999999999999999",
         "window-size: '99999999999999999999' is not an integer, 1..64"},
        {"window-size: [5]", "window-size: [\"5\"] is not an integer, 1..64"},
        {"open-interval: 0", "open-interval: 0 is not allowed, 1..604800 s"},
        {"window-sise: 5",
         "window-sise: no such attribute of class connector; did you mean window-size?"},
        {"satck: x", "satck: no such attribute of class connector; did you mean stack?"},
        {"tsack: x", "tsack: no such attribute of class connector; did you mean stack?"},
        {"kcats: x", "kcats: no such attribute of class connector"},
        {"colour: blue", "colour: no such attribute of class connector"},
        {"enabled: yes", "enabled: 'yes' is not allowed, true or false"},
        {"conformance: 1992", "conformance: '1992' is not allowed, 1988-normal, 1988-x410 or 1984"},
        {"schedule: []", "schedule: [] are no times of the week, such as mon-fri 08:00-18:00; or "
                         "always, never or remote-initiated"},
        {"schedule: [mon-fri 08:00-18:00, sat 9-12]",
         "schedule: 'sat 9-12' are no times of the week, such as mon-fri 08:00-18:00; or always, "
         "never or remote-initiated"},
        {"identify-by: [address, retina]",
         "identify-by: 'retina' is not allowed, address, mta-name, password, called-tsel, "
         "calling-selectors or called-selectors"},
        {"identify-by: [address, address]", "identify-by: 'address' is there twice"},
        {"identify-by: []", "identify-by: no evidence at all is not allowed"},
        {"outgoing-t-selector: 0x123",
         "outgoing-t-selector: '0x123' is not a selector, printable ASCII or 0x and pairs of hex "
         "digits"},
        {"outgoing-t-selector: 123456789012345678901234567890123",
         "outgoing-t-selector: '123456789012345678901234567890123' has 33 octets, 0..32 are "
         "allowed"},
        {"local-address: 192.0.2.300",
         "local-address: '192.0.2.300' is not an IPv4 or IPv6 address"},
        {"local-address: mta.example",
         "local-address: 'mta.example' is not an IPv4 or IPv6 address"},
        {"local-mta-name: ''", "local-mta-name: '' has 0 characters, 1..32 are allowed"},
        {"local-mta-name: M\xc3\xbcnchen",
         "local-mta-name: 'M\xc3\xbcnchen' has characters that are not allowed, printable ASCII"},
        {"local-mta-name: {a: b}", "local-mta-name: {\"a\":\"b\"} is not text, 1..32 characters"},
        {"remote-mta-password: \"\\x01\"",
         "remote-mta-password: the value has characters that are not allowed, printable ASCII"},
        {"remote-mta-password: '***'",
         "remote-mta-password: '***' stands for the present value, but there is none"},
        {"address-spaces: [{space: C=GB, cost: 0}]", "address-spaces: 0 is not allowed, 1..100"},
        {"address-spaces: [{cost: 3}]",
         "address-spaces: space is missing: an O/R address pattern such as C=GB; A= ; P=ACME"},
        {"address-spaces: [{space: C=GB, price: 3}]",
         "address-spaces: 'price' is not known here, space or cost"},
        {"address-spaces: [[x]]", "address-spaces: [\"x\"] is not a mapping with space or cost"},
        {"remote-gdi: {country: England}",
         "remote-gdi: country: 'England' is not allowed, two letters or three digits"},
        {"remote-gdi: {country: GB, admd: a_b}",
         "remote-gdi: admd: 'a_b' is not allowed, 0..16 PrintableString characters"},
        {"remote-gdi: {country: GB, prmd: ''}",
         "remote-gdi: prmd: '' is not allowed, 1..16 PrintableString characters"},
        {"remote-gdi: GB", "remote-gdi: 'GB' is not a mapping with country, admd or prmd"},
        {"schedule: remote-initiated",
         "schedule: remote-initiated needs two-way-alternate, or nothing could be sent"},
        {"class: stack", "class: a stack is named /o=*/ou=*/cn=Configuration/cn=Servers/cn=*/cn=*"},
        {"class: conector", "class: 'conector' is not a class; did you mean connector?"},
        {"class: gateway", "class: 'gateway' is not a class"},
    };
    struct directory *d = sample();
    char yaml[1024], expected[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(yaml, sizeof(yaml), "%s    %s\n", CONNECTOR_HEAD, cases[i].line);
        snprintf(expected, sizeof(expected), "site.yaml:7: " X_DN ": %s", cases[i].error);
        must_refuse(d, yaml, expected);
    }
    directory_unref(&d);
}

/* The same for hosts, in line 6. */
static void hosts_are_names_addresses_or_prefixes(void **state)
{
    static const char *const good[] = {
        "192.0.2.1", "2001:db8::1", "192.0.2.0/24", "2001:db8::/32", "mta.example",  "localhost",
        "NCOSTEST",  "my_host",     "0.0.0.0/0",    "a-b.example.",  "1and1.example"};
    static const char *const bad[] = {
        "192.0.2.300", "192.0.2.1/24", "192.0.2.0/33", "2001:db8::/129",  "-x.example", "a..b",
        "host name",   "192.0.2.0/x",  "192.0.2",      "mta.example:102", "''"};
    struct directory *d = sample();
    char yaml[1024], expected[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct directory *after;

        snprintf(yaml, sizeof(yaml), "%s    identify-by: mta-name\n    schedule: never\n",
                 CONNECTOR_HEAD);
        snprintf(strstr(yaml, "192.0.2.1\n"), 200, "\"%s\"\n    schedule: never\n", good[i]);
        after = must_apply(directory_ref(d), yaml);
        directory_unref(&after);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        bool quoted = bad[i][0] == '\'';

        snprintf(yaml, sizeof(yaml), "%s", CONNECTOR_HEAD);
        snprintf(strstr(yaml, "192.0.2.1\n"), 200, "\n    - 192.0.2.1\n    - %s\n", bad[i]);
        snprintf(expected, sizeof(expected),
                 "site.yaml:8: " X_DN ": remote-hosts: '%s' is not a host name, an address or a "
                 "prefix such as 192.0.2.0/24",
                 quoted ? "" : bad[i]);
        must_refuse(d, yaml, expected);
    }
    directory_unref(&d);
}

static void rules_between_attributes_hold(void **state)
{
    struct directory *d = sample();

    (void)state;
    must_refuse(d,
                "objects:\n"
                "  " X_DN ":\n"
                "    stack: " STACK "\n",
                "site.yaml:2: " X_DN ": remote-mta-name: missing: Name that the other MTA must "
                "give; upper and lower case are the same");
    must_refuse(d,
                "objects:\n"
                "  " X_DN ":\n"
                "    stack: " STACK "\n"
                "    remote-mta-name: X\n",
                "site.yaml:2: " X_DN ": remote-hosts: missing, but identify-by asks for the "
                "caller's address\n"
                "site.yaml:2: " X_DN ": remote-hosts: there is no host to call, only schedule "
                "remote-initiated or never can do without");
    must_refuse(d,
                CONNECTOR_HEAD "    conformance: 1988-x410\n"
                               "    outgoing-s-selector: S\n"
                               "    incoming-p-selector: P\n",
                "site.yaml:8: " X_DN ": outgoing-s-selector: not allowed with conformance "
                "1988-x410\n"
                "site.yaml:9: " X_DN ": incoming-p-selector: not allowed with conformance "
                "1988-x410");
    must_refuse(d, CONNECTOR_HEAD "    identify-by: calling-selectors\n",
                "site.yaml:7: " X_DN ": identify-by: calling-selectors needs incoming-t-selector "
                "or outgoing-t-selector");
    directory_unref(&d);
}

static void rules_between_objects_hold(void **state)
{
    struct directory *d = sample();

    (void)state;
    must_refuse(NULL,
                "objects:\n"
                "  /o=Acme/ou=London: {}\n",
                "site.yaml:2: " SITE ": the organization above it does not exist");
    must_refuse(NULL,
                "objects:\n"
                "  /o=Acme: {}\n"
                "  " SITE ": {}\n"
                "  " SERVER ":\n"
                "    mta-name: EX1\n",
                "site.yaml:4: " SERVER ": gdi: missing here and in the site");
    must_refuse(d,
                "objects:\n"
                "  " STACK ": null\n",
                "site.yaml: " PARIS ": stack: there is no object " STACK);
    must_refuse(d,
                "objects:\n"
                "  " PARIS ":\n"
                "    stack: " SERVER "\n"
                "    remote-mta-name: X\n"
                "    remote-hosts: x.example\n",
                "site.yaml:3: " PARIS ": stack: " SERVER " is a server, it must be a stack");
    must_refuse(d,
                "objects:\n"
                "  " CONF "/cn=A: {}\n"
                "  " CONF "/cn=B: {}\n",
                "site.yaml:3: " CONF "/cn=B: the site has mta-defaults already: " CONF "/cn=A");
    must_refuse(d,
                "objects:\n"
                "  " SITE "/cn=Recipients/cn=zoe:\n"
                "    addresses:\n"
                "      - C=GB; A= ; P=ACME; S=Zoe\n"
                "      - c=gb; a=; p=acme; g=ANN; s=SMITH\n",
                "site.yaml:5: " SITE "/cn=Recipients/cn=zoe: addresses: "
                "'c=gb; a=; p=acme; g=ANN; s=SMITH' belongs to " ANN " already");
    directory_unref(&d);
}

static void names_are_checked(void **state)
{
    struct directory *d = sample();

    (void)state;
    must_refuse(d, "objects:\n  cn=x: {}\n",
                "site.yaml:2: cn=x: 'cn=x' is not a full name, it must begin with /o=");
    must_refuse(d, "objects:\n  /x=y: {}\n",
                "site.yaml:2: /x=y: 'x=y' is not a part of a name, o=..., ou=... or cn=...");
    must_refuse(d, "objects:\n  /o=A//cn=x: {}\n",
                "site.yaml:2: /o=A//cn=x: '' is not a part of a name, o=..., ou=... or cn=...");
    must_refuse(d, "objects:\n  /o=: {}\n",
                "site.yaml:2: /o=: 'o=' is not allowed in a name, 1..64 printable characters");
    must_refuse(d, "objects:\n  /: {}\n",
                "site.yaml:2: /: '' is not a part of a name, o=..., ou=... or cn=...");
    must_refuse(d, "objects:\n  /cn=x: {}\n",
                "site.yaml:2: /cn=x: no class has names of this form; did you mean "
                "/o=* (organization)?");
    must_refuse(d, "objects:\n  /o=Acme/ou=Rome/cn=Configuration/cn=server/cn=EX1: {}\n",
                "site.yaml:2: /o=Acme/ou=Rome/cn=Configuration/cn=server/cn=EX1: no class has "
                "names of this form; did you mean "
                "/o=*/ou=*/cn=Configuration/cn=Servers/cn=* (server)?");
    must_refuse(d, "objects:\n  /o=Acme/ou=Rome/cn=Users/cn=ann: {}\n",
                "site.yaml:2: /o=Acme/ou=Rome/cn=Users/cn=ann: no class has names of this form; "
                "see CLASSES in x400-site(5)");
    must_refuse(d, "objects:\n  /o=Acme: {}\n  /O = acme: {}\n",
                "site.yaml:3: /o=Acme: this object is here a second time");
    must_refuse(d, "objects:\n  /o=Acme/ou=Rome: null\n",
                "site.yaml:2: /o=Acme/ou=Rome: it has no value, which removes it, but there is no "
                "such object; one without attributes has the value {}");
    must_refuse(d, "objects:\n  /o=Acme: 5\n",
                "site.yaml:2: /o=Acme: an object must be a mapping of attributes");
    directory_unref(&d);
}

static void the_head_is_checked(void **state)
{
    (void)state;
    must_refuse(NULL, "- x\n", "site.yaml: must be a mapping with base (optional) and objects");
    must_refuse(NULL, "base: 5\nobject: {}\n",
                "site.yaml:1: base: '5' is not a full name, it must begin with /o=\n"
                "site.yaml:2: object: is not known here, base or objects");
    must_refuse(NULL, "base: [x]\n", "site.yaml:1: base: must be a name that begins with /o=");
    must_refuse(NULL, "\nobjects: [x]\n",
                "site.yaml:2: objects: must be a mapping of names to objects");
}

/* All errors of a file come at once, up to a limit. */
static void many_errors_are_reported_together(void **state)
{
    char yaml[4096] = "objects:\n  /o=Acme:\n";
    struct directory *empty = directory_empty(), *after;
    struct conf_document document;
    struct conf_errors errors;
    json_t *list;

    (void)state;
    for (int i = 0; i < 40; i++)
        snprintf(yaml + strlen(yaml), 32, "    attribute-%d: x\n", i);
    conf_errors_init(&errors, "site.yaml");
    assert_int_equal(conf_document_parse(slice_str(yaml), &document, &errors), X4_OK);
    assert_int_equal(directory_apply(empty, &document, DIRECTORY_MERGE, &after, &errors),
                     X4_ECONFIG);
    assert_int_equal(errors.count, 40);
    list = conf_errors_json(&errors);
    assert_int_equal(json_array_size(list), CONF_ERRORS);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 2), "line")), 5);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(list, 2), "text")),
        "site.yaml:5: /o=Acme: attribute-2: no such attribute of class organization");
    json_decref(list);
    conf_errors_free(&errors);
    conf_document_free(&document);
    directory_unref(&empty);
}

static void look_up_works(void **state)
{
    struct directory *d = sample();
    const struct conf_object *paris = directory_find(d, PARIS), *o = NULL;
    int count = 0;

    (void)state;
    assert_int_equal(directory_size(d), 6);
    assert_non_null(paris);
    assert_ptr_equal(
        directory_find(d, "/O=ACME/OU=LONDON/CN=CONFIGURATION/CN=CONNECTIONS/cn=TO PARIS"), paris);
    assert_null(directory_find(d, "/o=Acme/ou=Lond"));
    assert_null(directory_find(d, ""));
    assert_ptr_equal(directory_follow(d, paris, "stack"), directory_find(d, STACK));
    assert_null(directory_follow(d, directory_find(d, SERVER), "dead-letter-mailbox"));
    assert_ptr_equal(directory_above(d, paris, CONF_SITE), directory_find(d, SITE));
    assert_ptr_equal(directory_above(d, directory_find(d, STACK), CONF_SERVER),
                     directory_find(d, SERVER));
    assert_null(directory_above(d, paris, CONF_SERVER));
    while ((o = directory_next(d, CONF_CONNECTOR, o)))
        count++;
    assert_int_equal(count, 1);
    assert_null(directory_next(d, CONF_MTA_DEFAULTS, NULL));
    assert_string_equal(conf_dn_leaf(PARIS), "to Paris");
    assert_string_equal(conf_dn_leaf(STACK), "TCP (EX1)");
    assert_true(conf_dn_equal("/o=A", "/O=a"));
    assert_false(conf_dn_equal("/o=A", "/o=A/ou=B"));
    directory_unref(&d);
}

/* Old snapshots stay what they were. */
static void snapshots_do_not_change(void **state)
{
    struct directory *old = sample();
    struct directory *now = must_apply(directory_ref(old), "objects:\n  " ANN ": null\n");

    (void)state;
    assert_non_null(directory_find(old, ANN));
    assert_null(directory_find(now, ANN));
    assert_true(directory_generation(now) != directory_generation(old));
    directory_unref(&old);
    assert_string_equal(conf_str(directory_find(now, SERVER), "mta-name"), "EX1");
    directory_unref(&now);
    assert_null(now);
}

static void note(void *ctx, enum directory_change change, const struct conf_object *before,
                 const struct conf_object *after)
{
    static const char marks[] = {'+', '*', '-'};
    char *text = ctx;

    assert_int_equal(before == NULL, change == DIRECTORY_ADDED);
    assert_int_equal(after == NULL, change == DIRECTORY_REMOVED);
    snprintf(text + strlen(text), 512 - strlen(text), "%c%s ", marks[change],
             conf_dn_leaf((after ? after : before)->dn));
}

static void differences_come_in_a_safe_order(void **state)
{
    struct directory *old = sample();
    struct directory *now =
        must_apply(directory_ref(old), "base: " CONF "\n"
                                       "objects:\n"
                                       "  " PARIS ": null\n"
                                       "  " STACK ": null\n"
                                       "  " SERVER ": null\n"
                                       "  cn=Servers/cn=EX2: {mta-name: EX2}\n"
                                       "  cn=Servers/cn=EX2/cn=TCP: {}\n"
                                       "  " ANN ":\n"
                                       "    display-name: Ann\n"
                                       "    addresses: C=GB; A= ; P=ACME; S=Smith; G=Ann\n");
    char text[512] = "";

    (void)state;
    directory_diff(old, now, note, text);
    assert_string_equal(text, "-TCP (EX1) -EX1 -to Paris +EX2 +TCP *ann ");
    text[0] = '\0';
    directory_diff(now, now, note, text);
    assert_string_equal(text, "");
    directory_unref(&old);
    directory_unref(&now);
}

static const json_t *dig(const json_t *tree, const char *a, const char *b)
{
    return json_object_get(json_object_get(tree, a), b);
}

static void applying_twice_changes_nothing(void **state)
{
    struct directory *once = sample(), *twice = sample(), *again;
    json_t *diff, *all = directory_json(once, true);
    char *yaml = conf_yaml_print(all);

    (void)state;
    diff = directory_diff_json(once, twice);
    assert_int_equal(json_array_size(diff), 0);
    json_decref(diff);
    again = must_apply(directory_ref(once), yaml);
    diff = directory_diff_json(once, again);
    assert_int_equal(json_array_size(diff), 0);
    json_decref(diff);
    free(yaml);
    json_decref(all);
    directory_unref(&once);
    directory_unref(&twice);
    directory_unref(&again);
}

static void secrets_are_shown_to_nobody_by_accident(void **state)
{
    struct directory *d = sample(), *after;
    json_t *shown = directory_json(d, false), *diff;
    char *text = json_dumps(shown, 0), *yaml = conf_yaml_print(shown);

    (void)state;
    assert_null(strstr(text, "sesame"));
    assert_string_equal(
        json_string_value(dig(json_object_get(shown, "objects"), SERVER, "mta-password")), "***");
    after = must_apply(directory_ref(d), yaml);
    assert_string_equal(conf_str(directory_find(after, SERVER), "mta-password"), "sesame");
    directory_unref(&after);
    after = must_apply(directory_ref(d),
                       "objects:\n  " SERVER ": {mta-name: EX1, mta-password: tabu}\n");
    diff = directory_diff_json(d, after);
    free(text);
    text = json_dumps(diff, 0);
    assert_non_null(strstr(text, "mta-password"));
    assert_null(strstr(text, "tabu"));
    assert_null(strstr(text, "sesame"));
    free(text);
    free(yaml);
    json_decref(diff);
    json_decref(shown);
    directory_unref(&after);
    directory_unref(&d);
}

static void one_object_can_be_changed(void **state)
{
    struct directory *d = sample(), *after;
    struct conf_errors errors;
    json_t *changes = json_pack("{s:i, s:n}", "window-size", 9, "outgoing-t-selector");
    json_t *object, *diff;

    (void)state;
    conf_errors_init(&errors, NULL);
    assert_int_equal(directory_patch(d, PARIS, changes, &after, &errors), X4_OK);
    assert_int_equal(conf_int(directory_find(after, PARIS), "window-size"), 9);
    assert_string_equal(conf_str(directory_find(after, PARIS), "remote-mta-name"), "PARIS");
    diff = directory_diff_json(d, after);
    assert_int_equal(json_array_size(diff), 1);
    assert_int_equal(json_integer_value(json_object_get(
                         dig(json_array_get(diff, 0), "attributes", "window-size"), "to")),
                     9);
    json_decref(diff);
    directory_unref(&after);

    json_object_set_new(changes, "window-size", json_integer(0));
    assert_int_equal(directory_patch(d, PARIS, changes, &after, &errors), X4_ECONFIG);
    check_errors(&errors, PARIS ": window-size: 0 is not allowed, 1..64");
    assert_int_equal(directory_patch(d, "/o=Nobody", changes, &after, &errors), X4_ENOTFOUND);
    assert_int_equal(directory_delete(d, "/o=Nobody", &after, &errors), X4_ENOTFOUND);
    assert_int_equal(directory_delete(d, STACK, &after, &errors), X4_ECONFIG);
    check_errors(&errors, PARIS ": stack: there is no object " STACK);
    assert_int_equal(directory_delete(d, PARIS, &after, &errors), X4_OK);
    assert_null(directory_find(after, PARIS));
    directory_unref(&after);

    object = json_pack("{s:[s]}", "addresses", "C=GB; A= ; P=ACME; S=Bob");
    assert_int_equal(directory_put(d, SITE "/cn=Recipients/cn=bob", object, &after, &errors),
                     X4_OK);
    assert_int_equal(directory_size(after), 7);
    directory_unref(&after);
    json_decref(object);
    json_decref(changes);
    directory_unref(&d);
}

static void effective_values_are_told_apart(void **state)
{
    struct directory *d = sample();
    json_t *shown = conf_object_json(directory_find(d, PARIS), false, true);

    (void)state;
    assert_string_equal(json_string_value(json_object_get(shown, "class")), "connector");
    assert_string_equal(json_string_value(json_object_get(shown, "remote-mta-name")), "PARIS");
    assert_null(json_object_get(shown, "window-size"));
    assert_int_equal(json_integer_value(dig(shown, "defaults", "window-size")), 5);
    assert_null(dig(shown, "defaults", "remote-mta-name"));
    json_decref(shown);
    directory_unref(&d);
}

static void replacing_removes_the_rest(void **state)
{
    struct directory *d = sample(), *after;
    struct conf_document document;
    struct conf_errors errors;

    (void)state;
    conf_errors_init(&errors, "f");
    assert_int_equal(
        conf_document_parse(SLICE_LIT("objects: {/o=Other: {}}\n"), &document, &errors), X4_OK);
    assert_int_equal(directory_apply(d, &document, DIRECTORY_REPLACE, &after, &errors), X4_OK);
    assert_int_equal(directory_size(after), 1);
    conf_document_free(&document);
    directory_unref(&d);
    directory_unref(&after);
}

static void a_directory_can_be_loaded_from_entries(void **state)
{
    struct directory *d = sample(), *loaded = directory_empty();
    struct conf_errors errors;
    json_t *all = directory_json(d, true), *diff, *object;
    const char *dn;

    (void)state;
    json_object_foreach(json_object_get(all, "objects"), dn, object)
    {
        json_t *copy = json_deep_copy(object);
        char *class_name = strdup(json_string_value(json_object_get(copy, "class")));

        json_object_del(copy, "class");
        assert_int_equal(directory_load(loaded, dn, class_name, copy), X4_OK);
        free(class_name);
    }
    conf_errors_init(&errors, NULL);
    assert_int_equal(directory_finish(loaded, &errors), X4_OK);
    diff = directory_diff_json(d, loaded);
    assert_int_equal(json_array_size(diff), 0);
    assert_int_equal(directory_size(loaded), 6);
    json_decref(diff);
    json_decref(all);
    directory_unref(&loaded);
    loaded = directory_empty();
    assert_int_equal(directory_load(loaded, "/o=A/ou=B", "site", json_object()), X4_OK);
    assert_int_equal(directory_finish(loaded, &errors), X4_ECONFIG);
    check_errors(&errors, "/o=A/ou=B: the organization above it does not exist");
    assert_int_equal(directory_finish(loaded, &errors), X4_OK);
    directory_unref(&loaded);
    directory_unref(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_values_say_what_is_allowed),
        cmocka_unit_test(hosts_are_names_addresses_or_prefixes),
        cmocka_unit_test(rules_between_attributes_hold),
        cmocka_unit_test(rules_between_objects_hold),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(the_head_is_checked),
        cmocka_unit_test(many_errors_are_reported_together),
        cmocka_unit_test(look_up_works),
        cmocka_unit_test(snapshots_do_not_change),
        cmocka_unit_test(differences_come_in_a_safe_order),
        cmocka_unit_test(applying_twice_changes_nothing),
        cmocka_unit_test(secrets_are_shown_to_nobody_by_accident),
        cmocka_unit_test(one_object_can_be_changed),
        cmocka_unit_test(effective_values_are_told_apart),
        cmocka_unit_test(replacing_removes_the_rest),
        cmocka_unit_test(a_directory_can_be_loaded_from_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
