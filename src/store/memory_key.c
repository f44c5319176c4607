/* SPDX-License-Identifier: Apache-2.0 */
#include "store/memory.h"

void memory_key_table(struct memory_key *key, char table)
{
    key->octets[0] = (uint8_t)table;
    key->len = 1;
}

void memory_key_octets(struct memory_key *key, struct slice value)
{
    const struct slice fits = slice_sub(value, 0, sizeof(key->octets) - key->len);

    if (fits.len)
        memcpy(key->octets + key->len, fits.p, fits.len);
    key->len += fits.len;
}

/* Big-endian with the sign bit turned, so that octets compare as the numbers do. */
void memory_key_int(struct memory_key *key, int64_t value)
{
    const uint64_t v = (uint64_t)value ^ (UINT64_C(1) << 63);
    uint8_t octets[8];

    for (int i = 0; i < 8; i++)
        octets[i] = (uint8_t)(v >> (56 - 8 * i));
    memory_key_octets(key, slice_make(octets, sizeof(octets)));
}

void memory_key_text(struct memory_key *key, struct slice value)
{
    memory_key_int(key, (int64_t)value.len);
    memory_key_octets(key, value);
}

int64_t memory_key_last(struct slice key)
{
    uint64_t v = 0;

    for (size_t i = key.len - 8; i < key.len; i++)
        v = v << 8 | key.p[i];
    return (int64_t)(v ^ UINT64_C(1) << 63);
}

void *memory_get(const struct engine_memory *e, char table, int64_t id)
{
    struct memory_key key;

    memory_key_table(&key, table);
    memory_key_int(&key, id);
    return kv_get(e->kv, memory_key(&key));
}

bool memory_next(const struct engine_memory *e, const struct memory_key *prefix,
                 struct kv_entry *at)
{
    const bool first = !slice_present(at->key);

    if (!kv_seek(e->kv, first ? memory_key(prefix) : at->key, !first, at))
        return false;
    return slice_eq(slice_sub(at->key, 0, prefix->len), memory_key(prefix));
}
