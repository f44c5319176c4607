/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "fault_vfs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ARENA_MAX = 256 * 1024 * 1024 };

static void on_fault(void *ctx, int error, const char *text)
{
    struct fixture *f = ctx;

    f->faults++;
    f->fault_error = error;
    snprintf(f->fault_text, sizeof(f->fault_text), "%s", text);
}

static void open_store(struct fixture *f)
{
    int rc = store_open(&f->params, &f->store, f->text, sizeof(f->text));

    if (rc)
        fail_msg("store_open: %s: %s", x4_strerror(rc), f->text);
}

void fixture_open(struct fixture *f, const char *engine, bool threaded)
{
    const char *base = getenv("TMPDIR");

    if (!base) /* what is flushed here need not outlive the machine */
        base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    *f = (struct fixture){.store = NULL};
    snprintf(f->directory, sizeof(f->directory), "%s/x400d-store-XXXXXX", base);
    assert_non_null(mkdtemp(f->directory));
    arena_init(&f->arena, ARENA_MAX);
    f->params = (struct store_params){.engine = engine,
                                      .directory = f->directory,
                                      .owner = "mta1",
                                      .threaded = threaded,
                                      .fault = on_fault,
                                      .fault_ctx = f};
    open_store(f);
}

void fixture_reopen(struct fixture *f)
{
    store_close(&f->store);
    open_store(f);
}

void fixture_remove_tree(const char *directory)
{
    DIR *dir = opendir(directory);
    char path[FIXTURE_PATH * 2];

    for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
        if (d->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, d->d_name);
        unlink(path);
    }
    if (dir)
        closedir(dir);
    rmdir(directory);
}

void fixture_close(struct fixture *f)
{
    store_close(&f->store);
    arena_free(&f->arena);
    fixture_remove_tree(f->directory);
}

const char *fixture_path(const struct fixture *f, const char *name)
{
    static char path[FIXTURE_PATH * 2];

    snprintf(path, sizeof(path), "%s/%s", f->directory, name);
    return path;
}

static void keep_result(void *ctx, int result)
{
    *(int *)ctx = result;
}

int commit_wait(struct fixture *f, struct store_txn **txn)
{
    int result = 1;

    store_commit(txn, keep_result, &result);
    assert_null(*txn);
    assert_int_equal(result, 1); /* never from inside */
    store_flush(f->store);
    assert_int_not_equal(result, 1);
    return result;
}

struct store_object make_object(struct fixture *f, int64_t id, const char *content)
{
    return (struct store_object){.id = id,
                                 .arrival_ms = 1000 + id,
                                 .mts_id =
                                     slice_str(arena_printf(&f->arena, "mts-%lld", (long long)id)),
                                 .source = SLICE_LIT("/cn=in"),
                                 .envelope = SLICE_LIT("envelope"),
                                 .content_len = content ? strlen(content) : 0,
                                 .content = slice_str(content)};
}

struct store_item make_item(int64_t id, int64_t object_id)
{
    return (struct store_item){.id = id,
                               .object_id = object_id,
                               .expires_ms = 99,
                               .queue = SLICE_LIT("/cn=out"),
                               .recipients = SLICE_LIT("\1\2\3"),
                               .reason = SLICE_LIT("")};
}

int put_message(struct fixture *f, int64_t object_id, int64_t item_id, const char *content)
{
    const struct store_object object = make_object(f, object_id, content);
    const struct store_item item = make_item(item_id, object_id);
    struct store_txn *txn = store_begin(f->store);

    store_put_object(txn, &object);
    store_put_item(txn, &item);
    return commit_wait(f, &txn);
}

void fill_pattern(uint8_t *to, size_t len, uint64_t offset)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)((offset + i) * 2654435761u >> 13);
}

void put_large(struct fixture *f, int64_t object_id, int64_t item_id, uint64_t len)
{
    struct store_object object = make_object(f, object_id, NULL);
    const struct store_item item = make_item(item_id, object_id);
    static uint8_t chunk[LIMIT_CHUNK];

    for (uint64_t at = 0; at < len; at += LIMIT_CHUNK) {
        const size_t part = len - at < LIMIT_CHUNK ? (size_t)(len - at) : LIMIT_CHUNK;

        fill_pattern(chunk, part, at);
        COMMIT_OK(f, store_put_chunk(txn, object_id, (uint32_t)(at / LIMIT_CHUNK),
                                     slice_make(chunk, part)));
    }
    object.content_len = len;
    COMMIT_OK(f, {
        store_put_object(txn, &object);
        store_put_item(txn, &item);
    });
}

bool see(struct seen *seen, const char *format, ...)
{
    const size_t len = strlen(seen->text);
    va_list args;

    va_start(args, format);
    vsnprintf(seen->text + len, sizeof(seen->text) - len, format, args);
    va_end(args);
    return ++seen->count != seen->stop_after;
}

bool see_entry(void *ctx, const struct store_entry *entry)
{
    return see(ctx, "%.*s=%.*s%.*s ", SLICE_ARG(entry->dn), SLICE_ARG(entry->class_name),
               SLICE_ARG(entry->json));
}

static bool count_one(void *ctx, const struct store_queued *queued)
{
    (void)queued;
    ++*(unsigned *)ctx;
    return true;
}

unsigned count_items(struct fixture *f)
{
    unsigned n = 0;

    assert_int_equal(store_scan_items(f->store, count_one, &n), X4_OK);
    return n;
}

static bool count_event(void *ctx, const struct store_event *event)
{
    (void)event;
    ++*(unsigned *)ctx;
    return true;
}

unsigned count_events(struct fixture *f)
{
    unsigned n = 0;

    assert_int_equal(store_scan_events(f->store, 0, 0, count_event, &n), X4_OK);
    return n;
}

void assert_slice(struct slice s, const char *text)
{
    assert_true(slice_present(s));
    assert_int_equal(s.len, strlen(text));
    assert_memory_equal(s.p, text, s.len);
}

void assert_content(struct fixture *f, int64_t object_id, const char *text)
{
    uint8_t octets[1024];
    size_t got = 0;

    assert_int_equal(store_read_content(f->store, object_id, 0, octets, sizeof(octets), &got),
                     X4_OK);
    assert_slice(slice_make(octets, got), text);
}

void assert_sound(struct fixture *f)
{
    int rc = store_check(f->store, f->text, sizeof(f->text));

    if (rc)
        fail_msg("store_check: %s", f->text);
}

static const struct {
    const char *name;
    const char *engine;
    bool threaded;
} configurations[] = {{"memory", "memory", false},
                      {"memory, threaded", "memory", true},
                      {"sqlite", "sqlite", false},
                      {"sqlite, threaded", "sqlite", true}};

static size_t configuration;

int fixture_setup(void **state)
{
    static struct fixture shared;

    fixture_open(&shared, configurations[configuration].engine,
                 configurations[configuration].threaded);
    *state = &shared;
    return 0;
}

int fixture_teardown(void **state)
{
    fixture_close(*state);
    return 0;
}

int fixture_setup_faulty(void **state)
{
    static struct fixture shared;

    fault_register();
    fixture_open(&shared, "sqlite", false);
    shared.params.vfs = "fault";
    fixture_reopen(&shared);
    *state = &shared;
    return 0;
}

int fixture_teardown_faulty(void **state)
{
    fault_disarm();
    return fixture_teardown(state);
}

int run_everywhere(const struct CMUnitTest *tests, size_t count)
{
    int failed = 0;

    for (configuration = 0; configuration < 4; configuration++)
        failed +=
            _cmocka_run_group_tests(configurations[configuration].name, tests, count, NULL, NULL);
    return failed;
}
