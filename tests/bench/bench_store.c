/* SPDX-License-Identifier: Apache-2.0 */
/* What the store can do, beside what the disk can do.
 *
 *     bench_store [DIRECTORY [SECONDS [BACKLOG]]]
 *
 * A message is put durably (object, item, digest, track), and when that is done its item is deleted
 * again: two transactions. "lazy" does not wait for the second. R is durable messages per flush of
 * the disk: with one at a time and no grouping it could be at most 0.5, or 1 when lazy. */
#include "base/error.h"
#include "base/limits.h"
#include "store/store.h"

#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PAYLOAD = 2048, FLUSH_RECORD = 4096, FLUSH_FILE = 4 * 1024 * 1024, SAMPLES_MAX = 1 << 20 };

struct bench {
    struct store *store;
    sem_t woken;
    const char *directory;
    double seconds;
    uint8_t *octets; /* LIMIT_CHUNK of something */
};

/* One load: how many messages are under way, and how large. */
struct load {
    struct bench *bench;
    uint64_t size;
    bool lazy;
    double end;
    unsigned long done;
    unsigned under_way;
    float *accept_us; /* SAMPLES_MAX */
    size_t samples;
};

struct message {
    struct load *load;
    int64_t object_id;
    int64_t item_id;
    double began;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage r;

    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void die(const char *what, int rc)
{
    fprintf(stderr, "bench_store: %s: %s\n", what, x4_strerror(rc));
    exit(1);
}

/* ---- the disk -------------------------------------------------------------------------------- */

/* Per second, measured for some time right before a load, as other work on the disk comes and goes.
 */
static double measure_flushes(const struct bench *b)
{
    char path[512];
    double start;
    double last;
    unsigned long n = 0;
    int fd;

    snprintf(path, sizeof(path), "%s/flush", b->directory);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int at = 0; at < FLUSH_FILE; at += FLUSH_RECORD) {
        if (fd < 0 || pwrite(fd, b->octets, FLUSH_RECORD, at) != FLUSH_RECORD)
            die(path, X4_EIO);
    }
    fsync(fd);
    start = last = now();
    for (; last < start + b->seconds / 4; n++) {
        if (pwrite(fd, b->octets, FLUSH_RECORD, (off_t)(n % 1024) * FLUSH_RECORD) != FLUSH_RECORD ||
            fdatasync(fd) != 0)
            die(path, X4_EIO);
        last = now();
    }
    close(fd);
    unlink(path);
    return (double)n / (last - start);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void put_next(struct message *m);

static void on_deleted(void *ctx, int result)
{
    struct message *m = ctx;

    if (result)
        die("delete", result);
    m->load->done++;
    put_next(m);
}

static void on_accepted(void *ctx, int result)
{
    struct message *m = ctx;
    struct load *load = m->load;
    struct store_txn *txn = store_begin(load->bench->store);

    if (result)
        die("put", result);
    if (load->samples < SAMPLES_MAX)
        load->accept_us[load->samples++] = (float)((now() - m->began) * 1e6);
    store_delete_item(txn, m->item_id, m->object_id);
    store_commit(&txn, load->lazy ? NULL : on_deleted, m);
    if (load->lazy) {
        load->done++;
        put_next(m);
    }
}

static void put_content(struct store_txn *txn, const struct message *m, struct store_object *object)
{
    const struct load *load = m->load;

    if (load->size <= LIMIT_CHUNK) {
        object->content = slice_make(load->bench->octets, (size_t)load->size);
        return;
    }
    for (uint32_t seq = 0; seq * (uint64_t)LIMIT_CHUNK < load->size; seq++)
        store_put_chunk(txn, m->object_id, seq, slice_make(load->bench->octets, LIMIT_CHUNK));
}

static void put_all(struct store_txn *txn, const struct message *m)
{
    struct store_object object = {.id = m->object_id,
                                  .arrival_ms = m->object_id,
                                  .source = SLICE_LIT("/o=Acme/ou=London/cn=to Paris"),
                                  .envelope = slice_make(m->load->bench->octets, 500),
                                  .content_len = m->load->size};
    const struct store_item item = {.id = m->item_id,
                                    .object_id = m->object_id,
                                    .queue = SLICE_LIT("/o=Acme/ou=London/cn=to Rome"),
                                    .recipients = SLICE_LIT("\1\2\3\4\5\6\7\10")};
    struct store_track track = {.time_ms = m->object_id,
                                .action = SLICE_LIT("transfer-in"),
                                .detail = SLICE_LIT("{\"from\":\"to Paris\"}")};
    char id[64];

    snprintf(id, sizeof(id), "/c=gb/admd=acme/;mta1.%016llx", (unsigned long long)m->object_id);
    object.mts_id = track.mts_id = slice_str(id);
    put_content(txn, m, &object);
    store_put_object(txn, &object);
    store_put_item(txn, &item);
    store_claim_digest(txn, slice_str(id), m->object_id);
    store_put_track(txn, &track);
}

static void put_next(struct message *m)
{
    struct store *store = m->load->bench->store;
    struct store_txn *txn;

    m->began = now();
    if (m->began >= m->load->end) {
        m->load->under_way--;
        return;
    }
    m->object_id = store_new_id(store);
    m->item_id = store_new_id(store);
    txn = store_begin(store);
    put_all(txn, m);
    store_commit(&txn, on_accepted, m);
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a;
    const float y = *(const float *)b;

    return (x > y) - (x < y);
}

static void run_load(struct bench *b, unsigned concurrent, uint64_t size, bool lazy)
{
    struct load load = {.bench = b, .size = size, .lazy = lazy, .under_way = concurrent};
    struct message *messages = calloc(concurrent, sizeof(*messages));
    const double flush_rate = measure_flushes(b);
    const double cpu = cpu_seconds();
    const double start = now();
    double took;

    load.accept_us = malloc(SAMPLES_MAX * sizeof(float));
    if (!messages || !load.accept_us)
        die("memory", X4_ENOMEM);
    load.end = start + b->seconds;
    for (unsigned i = 0; i < concurrent; i++) {
        messages[i].load = &load;
        put_next(&messages[i]);
    }
    while (load.under_way > 0) {
        sem_wait(&b->woken);
        store_dispatch(b->store);
    }
    store_flush(b->store);
    took = now() - start;
    qsort(load.accept_us, load.samples, sizeof(float), by_value);
    printf(
        "%7llu octets %3u concurrent%s: disk %5.0f flushes/s, %6.0f messages/s, R %5.2f, accept "
        "p50 %6.0f p99 %6.0f max %7.0f us, cpu %4.0f us/message\n",
        (unsigned long long)size, concurrent, lazy ? " lazy" : "     ", flush_rate,
        (double)load.done / took, (double)load.done / took / flush_rate,
        (double)load.accept_us[load.samples / 2], (double)load.accept_us[load.samples * 99 / 100],
        (double)load.accept_us[load.samples - 1], (cpu_seconds() - cpu) * 1e6 / (double)load.done);
    free(load.accept_us);
    free(messages);
}

/* ---- a backlog ------------------------------------------------------------------------------- */

static bool count_item(void *ctx, const struct store_queued *queued)
{
    (void)queued;
    ++*(unsigned long *)ctx;
    return true;
}

static void on_wake(void *ctx)
{
    sem_post(ctx);
}

static void open_store(struct bench *b)
{
    const struct store_params params = {.engine = "sqlite",
                                        .directory = b->directory,
                                        .owner = "bench",
                                        .threaded = true,
                                        .wake = on_wake,
                                        .wake_ctx = &b->woken};
    char text[256];
    int rc = store_open(&params, &b->store, text, sizeof(text));

    if (rc)
        die(text, rc);
}

static void run_backlog(struct bench *b, unsigned long count)
{
    struct load load = {.bench = b, .size = PAYLOAD};
    struct message m = {.load = &load};
    unsigned long seen = 0;
    double start = now();

    for (unsigned long n = 0; n < count; n++) {
        struct store_txn *txn = store_begin(b->store);

        m.object_id = store_new_id(b->store);
        m.item_id = store_new_id(b->store);
        put_all(txn, &m);
        store_commit(&txn, NULL, NULL);
        if (store_pending(b->store) > 16 * 1024 * 1024)
            store_flush(b->store);
    }
    store_flush(b->store);
    printf("backlog of %lu put in %.2f s", count, now() - start);
    start = now();
    store_close(&b->store);
    printf(", closed in %.0f ms", (now() - start) * 1e3);
    start = now();
    open_store(b);
    printf(", opened in %.0f ms", (now() - start) * 1e3);
    start = now();
    store_scan_items(b->store, count_item, &seen);
    printf(", %lu items scanned in %.0f ms\n", seen, (now() - start) * 1e3);
}

static void remove_files(const char *directory)
{
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm", "lock"};
    char path[512];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

int main(int argc, char **argv)
{
    static const unsigned concurrent[] = {1, 10, 50};
    struct bench b = {.seconds = argc > 2 ? atof(argv[2]) : 1.0};
    const unsigned long backlog = argc > 3 ? strtoul(argv[3], NULL, 10) : 100000;
    char directory[400];

    snprintf(directory, sizeof(directory), "%s/x400d-bench-XXXXXX", argc > 1 ? argv[1] : ".");
    b.directory = mkdtemp(directory);
    b.octets = malloc(LIMIT_CHUNK);
    if (!b.directory || !b.octets || b.seconds <= 0)
        die(directory, X4_EINVAL);
    for (size_t i = 0; i < LIMIT_CHUNK; i++)
        b.octets[i] = (uint8_t)(i * 131);
    sem_init(&b.woken, 0, 0);
    printf("flushes: fdatasync of 4 KiB in a preallocated file\n");
    open_store(&b);
    for (size_t i = 0; i < 6; i++)
        run_load(&b, concurrent[i % 3], PAYLOAD, i >= 3);
    run_load(&b, 1, 1024 * 1024, true);
    run_load(&b, 10, 1024 * 1024, true);
    run_backlog(&b, backlog);
    store_close(&b.store);
    remove_files(directory);
    free(b.octets);
    return 0;
}
