/* SPDX-License-Identifier: Apache-2.0 */
/* free() and realloc() as x400d has them: what was on the heap, also of libraries, is not there any
 * more when it has been freed. The heap is read from outside, through /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

enum { LENGTH = 12 };

/* Made when it is needed, so that the program's own text does not hold it. */
static void secret(char text[LENGTH + 1])
{
    for (int i = 0; i < LENGTH; i++)
        text[i] = (char)('a' + (i * 7 + 3) % 26);
    text[LENGTH] = 0;
}

/* How often the secret is on the heap. */
static unsigned found(void)
{
    unsigned long long from = 0, to = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    char line[512], text[LENGTH + 1];
    static char octets[4 << 20]; /* not on the heap */
    unsigned count = 0;
    ssize_t got;

    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps) && !strstr(line, "[heap]"))
        ;
    fclose(maps);
    assert_int_equal(sscanf(line, "%llx-%llx ", &from, &to), 2);
    assert_true(to - from < sizeof(octets));
    got = pread(memory, octets, to - from, (off_t)from);
    assert_int_equal(got, (ssize_t)(to - from));
    close(memory);
    secret(text);
    for (char *p = octets; (p = memmem(p, (size_t)(octets + got - p), text, LENGTH)); p += LENGTH)
        count++;
    explicit_bzero(octets, sizeof(octets));
    explicit_bzero(text, sizeof(text));
    return count;
}

static void the_search_finds_what_is_there(void **state)
{
    char *p = malloc(100);

    (void)state;
    assert_int_equal(found(), 0);
    secret(p + 20);
    assert_int_equal(found(), 1);
    free(p);
    assert_int_equal(found(), 0);
}

static void growing_and_shrinking_leave_nothing(void **state)
{
    char *p = malloc(30), *between[20];

    (void)state;
    secret(p + 10);
    for (size_t i = 0; i < 20; i++) {
        p = realloc(p, 30 + i * 100);
        assert_non_null(p);
        between[i] = malloc(40); /* so that the next time it has to move */
    }
    assert_int_equal(found(), 1);
    secret(p + 1900);
    assert_int_equal(found(), 2);
    p = realloc(p, 1890); /* stays where it is */
    assert_int_equal(found(), 1);
    secret(p + 1000);
    p = realloc(p, 30);
    assert_int_equal(found(), 1);
    assert_null(realloc(p, 0));
    assert_int_equal(found(), 0);
    p = realloc(NULL, 20);
    assert_non_null(p);
    free(p);
    for (size_t i = 0; i < 20; i++)
        free(between[i]);
    errno = 5;
    free(NULL);
    free(malloc(10));
    assert_int_equal(errno, 5);
}

static void libraries_leave_nothing(void **state)
{
    char text[LENGTH + 1], yaml[100];
    yaml_parser_t parser;
    yaml_event_t event;
    json_t *json;
    bool more = true;

    (void)state;
    secret(text);
    json = json_pack("{s:s}", "key", text);
    snprintf(yaml, sizeof(yaml), "password: \"%s\"\n", text);
    assert_int_equal(found(), 1);
    json_decref(json);
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, strlen(yaml));
    while (more) {
        assert_true(yaml_parser_parse(&parser, &event));
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    assert_int_equal(found(), 0);
}

static void the_c_library_leaves_nothing(void **state)
{
    FILE *file = tmpfile();
    char text[LENGTH + 1], *line = NULL;
    size_t size = 0;

    (void)state;
    secret(text);
    fprintf(file, "%0300d%s%0300d\n", 0, text, 0);
    rewind(file);
    assert_true(getline(&line, &size, file) > 600); /* grows its buffer */
    assert_true(found() >= 1);
    free(line);
    fclose(file);
    assert_int_equal(found(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_what_is_there),
        cmocka_unit_test(growing_and_shrinking_leave_nothing),
        cmocka_unit_test(libraries_leave_nothing),
        cmocka_unit_test(the_c_library_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
