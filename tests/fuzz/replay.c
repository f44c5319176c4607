/* SPDX-License-Identifier: Apache-2.0 */
/* replay SHARE SEEDS FOUND: runs a fuzz target over every seed in the directory SEEDS, and over
 * damage to each: every length it could be cut to, every octet replaced by a few telling values,
 * and the same few mutations that the target's own mutator makes of it; only one in SHARE of all
 * this. Then over everything in the directory FOUND, which need not exist, as it is. So what the
 * fuzzer found once is found again with any compiler. */
#include <dirent.h>
#include <stdbool.h>
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

/* The octets of a file in data, their number in *size. */
static bool load(const char *directory, const char *name, uint8_t *data, size_t *size)
{
    char path[PATH_SIZE];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    *size = fread(data, 1, SEED_MAX, file);
    fclose(file);
    return true;
}

/* How many there were; -1: one could not be read. */
static int replay(const char *directory, bool with_damage)
{
    static uint8_t data[SEED_MAX];
    DIR *dir = opendir(directory);
    const struct dirent *entry;
    bool read = true;
    int seeds = 0;

    while (dir && read && (entry = readdir(dir)) != NULL) {
        size_t size;

        if (entry->d_name[0] == '.')
            continue;
        seeds++;
        read = load(directory, entry->d_name, data, &size);
        if (!read)
            break;
        run(data, size);
        if (with_damage)
            run_damaged(data, size);
        if (with_damage && LLVMFuzzerCustomMutator)
            run_mutated(data, size);
    }
    if (dir)
        closedir(dir);
    return read ? seeds : -1;
}

int main(int argc, char **argv)
{
    int seeds, found;

    if (argc != 4) {
        fprintf(stderr, "usage: %s SHARE SEEDS FOUND\n", argv[0]);
        return 2;
    }
    share = (unsigned)strtoul(argv[1], NULL, 10);
    if (share == 0 || share > MUTATIONS)
        share = MUTATIONS;
    run(NULL, 0);
    seeds = replay(argv[2], true);
    found = replay(argv[3], false);
    printf("%d seeds, %d found\n", seeds, found);
    return seeds <= 0 || found < 0;
}
