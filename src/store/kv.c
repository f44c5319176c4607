/* SPDX-License-Identifier: Apache-2.0 */
/* A skip list. Undoing must not need memory: each change first makes its note, and nodes that are
 * taken out are kept until the commit. */
#include "store/kv.h"

#include "base/error.h"

#include <assert.h>
#include <stdlib.h>

enum { LEVELS = 20 };

struct node {
    void *value;
    uint8_t *key; /* behind next[] */
    size_t key_len;
    int levels;
    struct node *next[]; /* one per level */
};

/* What a change has replaced. */
struct undo {
    struct undo *older;
    struct node *node;
    void *value;   /* the value before */
    bool inserted; /* the node was not there before */
    bool removed;  /* the node is not there any more */
};

struct kv {
    struct node *head; /* LEVELS high, no key */
    struct undo *newest;
    uint64_t random;
    bool open; /* between begin and commit */
};

static struct node *new_node(struct slice key, int levels)
{
    const size_t links = (size_t)levels * sizeof(struct node *);
    struct node *n = calloc(1, sizeof(*n) + links + key.len);

    if (!n)
        return NULL;
    n->levels = levels;
    n->key = (uint8_t *)n + sizeof(*n) + links;
    n->key_len = key.len;
    if (key.len)
        memcpy(n->key, key.p, key.len);
    return n;
}

static void free_node(struct node *n)
{
    free(n->value);
    free(n);
}

struct kv *kv_new(void)
{
    struct kv *kv = calloc(1, sizeof(*kv));

    if (kv)
        kv->head = new_node(SLICE_NONE, LEVELS);
    if (kv && !kv->head) {
        free(kv);
        kv = NULL;
    }
    if (kv)
        kv->random = 0x9e3779b97f4a7c15u;
    return kv;
}

void kv_free(struct kv **kv)
{
    if (!*kv)
        return;
    if ((*kv)->open)
        kv_rollback(*kv);
    for (struct node *n = (*kv)->head; n;) {
        struct node *next = n->next[0];

        free_node(n);
        n = next;
    }
    free(*kv);
    *kv = NULL;
}

static int compare(const struct node *n, struct slice key)
{
    const size_t common = n->key_len < key.len ? n->key_len : key.len;
    int order = common ? memcmp(n->key, key.p, common) : 0;

    if (order == 0 && n->key_len != key.len)
        order = n->key_len < key.len ? -1 : 1;
    return order;
}

/* before[i]: the last node on level i with a key less than key. Returns the node behind it. */
static struct node *find(const struct kv *kv, struct slice key, struct node *before[LEVELS])
{
    struct node *n = kv->head;

    for (int i = LEVELS - 1; i >= 0; i--) {
        while (n->next[i] && compare(n->next[i], key) < 0)
            n = n->next[i];
        before[i] = n;
    }
    return n->next[0];
}

static struct node *find_equal(const struct kv *kv, struct slice key, struct node *before[LEVELS])
{
    struct node *n = find(kv, key, before);

    return n && compare(n, key) == 0 ? n : NULL;
}

static void link_node(struct node *n, struct node *const before[LEVELS])
{
    for (int i = 0; i < n->levels; i++) {
        n->next[i] = before[i]->next[i];
        before[i]->next[i] = n;
    }
}

static void unlink_node(struct node *n, struct node *const before[LEVELS])
{
    for (int i = 0; i < n->levels; i++)
        before[i]->next[i] = n->next[i];
}

/* Each level with a quarter of the nodes of the one below; the same at every run. */
static int random_levels(struct kv *kv)
{
    int levels = 1;

    kv->random ^= kv->random << 13;
    kv->random ^= kv->random >> 7;
    kv->random ^= kv->random << 17;
    for (uint64_t bits = kv->random; levels < LEVELS && (bits & 3) == 0; bits >>= 2)
        levels++;
    return levels;
}

void kv_begin(struct kv *kv)
{
    assert(!kv->open);
    kv->open = true;
}

void kv_commit(struct kv *kv)
{
    assert(kv->open);
    while (kv->newest) {
        struct undo *u = kv->newest;

        kv->newest = u->older;
        free(u->value);
        if (u->removed)
            free(u->node); /* its value was the one before, freed above */
        free(u);
    }
    kv->open = false;
}

static void undo_one(struct kv *kv, struct undo *u)
{
    struct slice key = slice_make(u->node->key, u->node->key_len);
    struct node *before[LEVELS];

    if (u->removed) {
        find(kv, key, before);
        link_node(u->node, before);
        u->node->value = u->value;
    } else if (u->inserted) {
        find(kv, key, before);
        unlink_node(u->node, before);
        free_node(u->node);
    } else {
        free(u->node->value);
        u->node->value = u->value;
    }
}

void kv_rollback(struct kv *kv)
{
    assert(kv->open);
    while (kv->newest) {
        struct undo *u = kv->newest;

        kv->newest = u->older;
        undo_one(kv, u);
        free(u);
    }
    kv->open = false;
}

int kv_set(struct kv *kv, struct slice key, void *value)
{
    struct node *before[LEVELS];
    struct node *n = find_equal(kv, key, before);
    struct undo *u = n || value ? calloc(1, sizeof(*u)) : NULL;

    assert(kv->open);
    if (!n && !value)
        return X4_OK; /* deleting what is not there */
    if (u && !n) {
        n = new_node(key, random_levels(kv));
        u->inserted = true;
    }
    if (!u || !n) {
        free(u);
        free(value);
        return X4_ENOMEM;
    }
    u->node = n;
    u->value = n->value;
    u->removed = !value;
    n->value = value;
    if (u->inserted)
        link_node(n, before);
    else if (u->removed)
        unlink_node(n, before);
    u->older = kv->newest;
    kv->newest = u;
    return X4_OK;
}

void *kv_get(const struct kv *kv, struct slice key)
{
    struct node *before[LEVELS];
    struct node *n = find_equal(kv, key, before);

    return n ? n->value : NULL;
}

bool kv_seek(const struct kv *kv, struct slice key, bool after, struct kv_entry *out)
{
    struct node *before[LEVELS];
    struct node *n = find(kv, key, before);

    if (after && n && compare(n, key) == 0)
        n = n->next[0];
    if (!n)
        return false;
    *out = (struct kv_entry){.key = slice_make(n->key, n->key_len), .value = n->value};
    return true;
}
