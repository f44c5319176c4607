/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/admin_internal.h"

#include <stdio.h>
#include <stdlib.h>

static void paths_are_matched(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool fits;
        const char *dn;
        int64_t id;
    } cases[] = {
        {"/v1/status", "/v1/status", true, "", 0},
        {"/v1/status", "/v1/status/", false, "", 0},
        {"/v1/status", "/v1/statu", false, "", 0},
        {"/v1/objects{dn}", "/v1/objects/o=A", true, "/o=A", 0},
        {"/v1/objects{dn}", "/v1/objects/o=A/cn=to Paris", true, "/o=A/cn=to Paris", 0},
        {"/v1/objects{dn}", "/v1/objects", false, "", 0},
        {"/v1/objects{dn}", "/v1/objects/", false, "", 0},
        {"/v1/objects{dn}", "/v1/objects/o=A/", false, "", 0},
        {"/v1/objects{dn}", "/v1/objects/o=A/open", false, "", 0},
        {"/v1/connectors{dn}/open", "/v1/connectors/o=A/cn=open/open", true, "/o=A/cn=open", 0},
        {"/v1/queue/{id}", "/v1/queue/42", true, "", 42},
        {"/v1/queue/{id}", "/v1/queue/", false, "", 0},
        {"/v1/queue/{id}", "/v1/queue/4x", false, "", 0},
        {"/v1/queue/{id}", "/v1/queue/-4", false, "", 0},
        {"/v1/queue/{id}", "/v1/queue/999999999999999999", true, "", 999999999999999999},
        {"/v1/queue/{id}", "/v1/queue/9999999999999999999", false, "", 0},
        {"/v1/mailboxes{dn}/{id}/content", "/v1/mailboxes/o=A/cn=b/7/content", true, "/o=A/cn=b",
         7},
        {"/v1/mailboxes{dn}/{id}", "/v1/mailboxes/o=A/cn=b/7/content", false, "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct route_match match = {.id = 0};

        assert_int_equal(admin_path_fits(cases[i].pattern, cases[i].path, &match), cases[i].fits);
        if (cases[i].fits) {
            assert_string_equal(match.dn, cases[i].dn);
            assert_int_equal(match.id, cases[i].id);
        }
    }
}

static void long_names_are_refused(void **state)
{
    struct route_match match;
    struct buf path;

    (void)state;
    buf_init(&path, 2048);
    buf_text(&path, "/v1/objects");
    while (path.len <= strlen("/v1/objects") + ROUTE_DN_MAX)
        buf_text(&path, "/cn=0123456789");
    assert_false(admin_path_fits("/v1/objects{dn}", buf_cstr(&path), &match));
    buf_free(&path);
}

/* What only looks needs no right; what changes does. */
static void rights_follow_methods(void **state)
{
    size_t count;
    const struct route *routes = admin_routes(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        bool looks = strcmp(routes[i].method, "GET") == 0;
        bool private = strncmp(routes[i].path, "/v1/mailboxes{dn}", 17) == 0;

        assert_int_equal(routes[i].right, looks && !private ? ADMIN_VIEW : ADMIN_CONTROL);
        assert_int_equal(routes[i].handler == NULL, routes[i].body == BODY_SUBMISSION);
        assert_true(strlen(routes[i].doc) > 5);
    }
}

static const json_t *dig(const json_t *tree, const char *a, const char *b)
{
    return json_object_get(json_object_get(tree, a), b);
}

/* The description has every route with its method, and every attribute with its limits. */
static void openapi_describes_everything(void **state)
{
    json_t *api = admin_openapi("1.2.3");
    const json_t *paths = json_object_get(api, "paths"), *window;
    size_t count;
    const struct route *routes = admin_routes(&count);

    (void)state;
    assert_non_null(api);
    assert_string_equal(json_string_value(json_object_get(api, "openapi")), "3.0.3");
    assert_string_equal(json_string_value(dig(api, "info", "version")), "1.2.3");
    for (size_t i = 0; i < count; i++) {
        char method[16];
        const json_t *operation;

        snprintf(method, sizeof(method), "%s", routes[i].method);
        for (char *p = method; *p; p++)
            *p = (char)(*p | 0x20);
        operation = dig(paths, routes[i].path, method);
        assert_non_null(operation);
        assert_int_equal(json_object_get(operation, "requestBody") != NULL,
                         routes[i].body != BODY_NONE);
        assert_non_null(dig(operation, "responses", "200"));
    }
    for (int id = 0; id < CONF_NODE; id++) {
        const struct conf_class *class_ = conf_class((enum conf_class_id)id);
        const json_t *properties = json_object_get(
            dig(json_object_get(api, "components"), "schemas", class_->name), "properties");

        for (size_t i = 0; i < class_->count; i++)
            assert_non_null(json_object_get(properties, class_->attributes[i].name));
        assert_int_equal(json_object_size(properties), class_->count + 1);
    }
    window = json_object_get(
        json_object_get(dig(json_object_get(api, "components"), "schemas", "connector"),
                        "properties"),
        "window-size");
    assert_int_equal(json_integer_value(json_object_get(window, "minimum")), 1);
    assert_int_equal(json_integer_value(json_object_get(window, "maximum")), 64);
    assert_int_equal(json_integer_value(json_object_get(window, "default")), 5);
    json_decref(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_matched),
        cmocka_unit_test(long_names_are_refused),
        cmocka_unit_test(rights_follow_methods),
        cmocka_unit_test(openapi_describes_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
