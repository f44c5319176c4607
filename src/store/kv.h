/* SPDX-License-Identifier: Apache-2.0 */
/* An ordered map from octet strings to records on the heap, with transactions: what was set since
 * kv_begin() can be taken back. Not thread-safe. */
#pragma once

#include "base/slice.h"

struct kv;

/* An entry, valid until the map is changed. */
struct kv_entry {
    struct slice key;
    void *value;
};

struct kv *kv_new(void); /* NULL: out of memory */
void kv_free(struct kv **kv);
void kv_begin(struct kv *kv);
void kv_commit(struct kv *kv);
void kv_rollback(struct kv *kv);
/* Takes value (from malloc; also when it fails); NULL deletes the entry. X4_ENOMEM. Only between
 * kv_begin() and kv_commit(). */
int kv_set(struct kv *kv, struct slice key, void *value);
/* The value, owned by the map, or NULL. */
void *kv_get(const struct kv *kv, struct slice key);
/* The first entry with a key not less than key (or greater, when after); false: none. */
bool kv_seek(const struct kv *kv, struct slice key, bool after, struct kv_entry *out);
