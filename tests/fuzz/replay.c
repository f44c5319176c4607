/* SPDX-License-Identifier: Apache-2.0 */
/* replay DIR [SHARE]: runs a fuzz target over every seed in DIR, and over damage to each: every
 * length it could be cut to, every octet replaced by a few telling values, and the same few
 * mutations that the target's own mutator makes of it. It finds again what the fuzzer found once,
 * with any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Only targets that know their structure have it. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
    __attribute__((weak));
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

enum {
    SEED_MAX = 1024 * 1024,
    DAMAGE_MAX = 512,          /* places tried in one seed, spread evenly over a longer one, */
    DAMAGE_MIN = 8,            /* and fewer in a long one, to keep the time bounded: */
    DAMAGE_WORK = 1024 * 1024, /* places times octets */
    MUTATIONS = 256,           /* of one seed, each of the one before, */
    MUTATIONS_CHAIN = 4,       /* but not for longer than this */
    GROWTH = 4096,
    PATH_SIZE = 4096,
};

/* The target sees exactly size octets, so that the address sanitizer catches a read behind them. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size);

    if (!copy && size)
        abort();
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static unsigned share = 1;

static void run_damaged(uint8_t *data, size_t size)
{
    static const uint8_t values[] = {0x00, 0x7f, 0x80, 0xff};
    size_t places = size ? DAMAGE_WORK / size : 0;
    size_t step;

    if (places > DAMAGE_MAX)
        places = DAMAGE_MAX;
    if (places < DAMAGE_MIN)
        places = DAMAGE_MIN;
    step = (size / places + 1) * share;
    for (size_t i = 0; i < size; i += step) {
        uint8_t keep = data[i];

        run(data, i);
        for (size_t v = 0; v < sizeof(values); v++) {
            data[i] = values[v];
            run(data, size);
        }
        data[i] = (uint8_t)(keep ^ 1);
        run(data, size);
        data[i] = keep;
    }
}

static void run_mutated(const uint8_t *seed, size_t size)
{
    const size_t max = size + GROWTH;
    uint8_t *data = malloc(max);
    size_t len = size;

    if (!data)
        abort();
    for (unsigned i = 0; i < MUTATIONS / share; i++) {
        if (i % MUTATIONS_CHAIN == 0) {
            memcpy(data, seed, size);
            len = size;
        }
        len = LLVMFuzzerCustomMutator(data, len, max, i);
        run(data, len);
    }
    free(data);
}

static int replay(const char *path)
{
    static uint8_t data[SEED_MAX];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!file) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return -1;
    }
    size = fread(data, 1, SEED_MAX, file);
    fclose(file);
    run(data, size);
    run_damaged(data, size);
    if (LLVMFuzzerCustomMutator)
        run_mutated(data, size);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *dir = argc == 2 || argc == 3 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    unsigned seeds = 0;
    int failed = 0;

    if (!dir) {
        fprintf(stderr, "usage: %s DIR [SHARE]\n", argv[0]);
        return 2;
    }
    if (argc == 3)
        share = (unsigned)strtoul(argv[2], NULL, 10);
    if (share == 0 || share > MUTATIONS)
        share = MUTATIONS;
    run(NULL, 0);
    while ((entry = readdir(dir)) != NULL) {
        char path[PATH_SIZE];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        failed |= replay(path);
        seeds++;
    }
    closedir(dir);
    printf("%u seeds\n", seeds);
    return failed || seeds == 0;
}
