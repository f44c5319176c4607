/* SPDX-License-Identifier: Apache-2.0 */
#include "check_errors.h"

#include "base/error.h"

#include <string.h>

void check_errors(struct conf_errors *errors, const char *expected)
{
    char all[16384] = "", text[CONF_ERROR_TEXT];
    size_t used = 0;

    for (size_t i = 0; i < errors->count && i < CONF_ERRORS; i++) {
        conf_error_print(errors, i, text);
        used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i ? "\n" : "", text);
        assert_true(used < sizeof(all));
    }
    conf_errors_free(errors);
    assert_string_equal(all, expected);
}

static int apply(const struct directory *from, const char *yaml, struct directory **out,
                 struct conf_errors *errors)
{
    struct conf_document document;
    int result = conf_document_parse(slice_str(yaml), &document, errors);

    if (result == X4_OK)
        result = directory_apply(from, &document, DIRECTORY_MERGE, out, errors);
    conf_document_free(&document);
    return result;
}

struct directory *must_apply(struct directory *from, const char *yaml)
{
    struct conf_errors errors;
    struct directory *after = NULL;
    int result;

    if (!from)
        from = directory_empty();
    conf_errors_init(&errors, "site.yaml");
    result = apply(from, yaml, &after, &errors);
    check_errors(&errors, "");
    assert_int_equal(result, X4_OK);
    assert_non_null(after);
    directory_unref(&from);
    return after;
}

void must_refuse(const struct directory *from, const char *yaml, const char *expected)
{
    struct directory *empty = directory_empty();
    struct conf_errors errors;
    struct directory *after = NULL;
    int result;

    conf_errors_init(&errors, "site.yaml");
    result = apply(from ? from : empty, yaml, &after, &errors);
    check_errors(&errors, expected);
    assert_int_equal(result, X4_ECONFIG);
    assert_null(after);
    directory_unref(&empty);
}

struct directory *sample(void)
{
    return must_apply(NULL, "base: /o=Acme/ou=London\n"
                            "objects:\n"
                            "  /o=Acme: {}\n"
                            "  /o=Acme/ou=London:\n"
                            "    gdi: {country: GB, admd: ' ', prmd: ACME}\n"
                            "  cn=Configuration/cn=Servers/cn=EX1:\n"
                            "    mta-name: EX1\n"
                            "    mta-password: sesame\n"
                            "  cn=Configuration/cn=Servers/cn=EX1/cn=TCP (EX1):\n"
                            "    t-selector: EX1\n"
                            "  cn=Configuration/cn=Connections/cn=to Paris:\n"
                            "    stack: cn=Configuration/cn=Servers/cn=EX1/cn=TCP (EX1)\n"
                            "    remote-mta-name: PARIS\n"
                            "    remote-hosts: [192.0.2.80]\n"
                            "  cn=Recipients/cn=ann:\n"
                            "    addresses: C=GB; A= ; P=ACME; S=Smith; G=Ann\n");
}
