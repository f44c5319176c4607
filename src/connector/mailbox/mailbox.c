/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/mailbox/mailbox.h"

#include "base/error.h"
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum { INDEX_ARENA = 256 * 1024 * 1024, KIB = 1024, INDEX_OCTETS = 4 };

struct entry {
    const char *key; /* or_address_key() */
    const struct conf_object *mailbox;
};

struct mailboxes {
    struct mta *mta;
    struct directory *directory;
    struct arena arena;
    struct entry *entries; /* sorted by key */
    struct entry *near;    /* likewise, without what tells the mailboxes of a unit apart */
    size_t count;          /* of both */
};

/* ---- the index ------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* *out: NULL for an address that no mailbox can have. X4_OK, X4_ENOMEM. */
static int key_of(const struct or_address *address, struct arena *arena, char **out)
{
    struct buf key;
    int error;

    *out = NULL;
    buf_init(&key, LIMIT_ORADDR_TEXT);
    error = or_address_key(address, &key);
    if (!error)
        error = key.error;
    if (!error && !(*out = arena_str(arena, buf_view(&key))))
        error = X4_ENOMEM;
    buf_free(&key);
    return error == X4_ENOMEM ? error : X4_OK;
}

/* Domain, organization and units. */
static int near_key_of(const struct or_address *address, struct arena *arena, char **out)
{
    const struct or_standard_attributes *s = &address->standard;
    const struct or_address near = {.standard = {
                                        .country_name = s->country_name,
                                        .administration_domain_name = s->administration_domain_name,
                                        .private_domain_name = s->private_domain_name,
                                        .organization_name = s->organization_name,
                                        .organizational_unit_names = s->organizational_unit_names,
                                    }};

    return key_of(&near, arena, out);
}

static int add(struct mailboxes *m, const struct conf_object *o, size_t i, char *text, size_t size)
{
    const char *address = conf_item(o, "addresses", i);
    struct or_address parsed;
    struct buf why;
    char *key = NULL;
    char *near = NULL;
    int error;

    buf_init(&why, LIMIT_EVENT_TEXT);
    error = or_address_parse(slice_str(address), &m->arena, &parsed, &why);
    if (error)
        snprintf(text, size, "%s: address %s: %.*s", o->dn, address, SLICE_ARG(buf_view(&why)));
    buf_free(&why);
    if (!error)
        error = key_of(&parsed, &m->arena, &key);
    if (!error)
        error = near_key_of(&parsed, &m->arena, &near);
    if (!error && (!key || !near))
        error = X4_ENOMEM;
    if (!error) {
        m->near[m->count] = (struct entry){.key = near};
        m->entries[m->count++] = (struct entry){.key = key, .mailbox = o};
    }
    return error == X4_ENOMEM || !error ? error : X4_ECONFIG;
}

static size_t count_addresses(const struct directory *d)
{
    size_t n = 0;

    for (const struct conf_object *o = directory_next(d, CONF_MAILBOX, NULL); o;
         o = directory_next(d, CONF_MAILBOX, o))
        n += conf_count(o, "addresses");
    return n;
}

static int build(struct mailboxes *m, char *text, size_t size)
{
    size_t count = count_addresses(m->directory);

    m->entries = arena_array(&m->arena, count, sizeof(*m->entries));
    m->near = arena_array(&m->arena, count, sizeof(*m->near));
    if (!m->entries || !m->near)
        return X4_ENOMEM;
    for (const struct conf_object *o = directory_next(m->directory, CONF_MAILBOX, NULL); o;
         o = directory_next(m->directory, CONF_MAILBOX, o)) {
        for (size_t i = 0; i < conf_count(o, "addresses"); i++) {
            int error = add(m, o, i, text, size);

            if (error)
                return error;
        }
    }
    if (m->count) {
        qsort(m->entries, m->count, sizeof(*m->entries), by_key);
        qsort(m->near, m->count, sizeof(*m->near), by_key);
    }
    return X4_OK;
}

static void drop_index(struct mailboxes *m)
{
    arena_free(&m->arena);
    if (m->directory)
        directory_unref(&m->directory);
    m->entries = m->near = NULL;
    m->count = 0;
}

int mailboxes_configure(struct mailboxes *m, struct directory *directory, char *text, size_t size)
{
    struct mailboxes next = {.mta = m->mta};
    int error;

    arena_init(&next.arena, INDEX_ARENA);
    next.directory = directory_ref(directory);
    error = build(&next, text, size);
    if (error) {
        drop_index(&next);
        return error;
    }
    drop_index(m);
    *m = next;
    return X4_OK;
}

/* ---- delivery -------------------------------------------------------------------------------- */

static const struct entry *search(const struct mailboxes *m, const struct entry *entries,
                                  const char *key)
{
    const struct entry wanted = {.key = key};

    return key && m->count ? bsearch(&wanted, entries, m->count, sizeof(wanted), by_key) : NULL;
}

static int find(void *ctx, const struct or_address *address, const void **mailbox)
{
    struct mailboxes *m = ctx;
    const struct entry *found;
    struct arena arena;
    char *key;
    int error;

    arena_init(&arena, LIMIT_ORADDR_TEXT * 2);
    error = key_of(address, &arena, &key);
    found = search(m, m->entries, key);
    *mailbox = found ? found->mailbox : NULL;
    arena_free(&arena);
    return error;
}

static const void *find_dn(void *ctx, const char *dn)
{
    const struct mailboxes *m = ctx;
    const struct conf_object *o = m->directory ? directory_find(m->directory, dn) : NULL;

    return o && o->class_->id == CONF_MAILBOX ? o : NULL;
}

static int is_near(void *ctx, const struct or_address *address, bool *near)
{
    struct mailboxes *m = ctx;
    const struct or_standard_attributes *s = &address->standard;
    struct arena arena;
    char *key;
    int error;

    *near = false;
    /* Gateways and terminals within the domain are no mailboxes that are missing. */
    if (address->ddas.count || slice_present(s->network_address) ||
        slice_present(s->terminal_identifier) || slice_present(s->numeric_user_identifier))
        return X4_OK;
    arena_init(&arena, LIMIT_ORADDR_TEXT * 2);
    error = near_key_of(address, &arena, &key);
    *near = search(m, m->near, key) != NULL;
    arena_free(&arena);
    return error;
}

static const char *dn_of(void *ctx, const void *mailbox)
{
    (void)ctx;
    return ((const struct conf_object *)mailbox)->dn;
}

static uint64_t length_of(const struct mta_delivery *d)
{
    const struct mts_envelope *env = mts_apdu_envelope(d->apdu);

    if (!d->test_only || !env)
        return d->content_len;
    return env->content_length.present ? (uint64_t)env->content_length.value : 0; /* R5.2 */
}

static void deliver(void *ctx, const void *mailbox, const struct mta_delivery *d,
                    struct mta_verdict *v)
{
    struct mailboxes *m = ctx;
    const struct conf_object *o = mailbox;
    uint64_t limit = (uint64_t)conf_int(o, "message-size-limit") * KIB;
    bool report = mts_apdu_envelope(d->apdu) == NULL;
    const uint8_t index[INDEX_OCTETS] = {(uint8_t)(d->recipient >> 24),
                                         (uint8_t)(d->recipient >> 16),
                                         (uint8_t)(d->recipient >> 8), (uint8_t)d->recipient};
    struct store_delivery row = {
        .object_id = d->object_id,
        .mailbox = slice_str(o->dn),
        .delivered_ms = d->now_ms,
        .envelope = report ? SLICE_LIT("") : slice_make(index, sizeof(index)),
    };

    if (!report && !d->no_limits && limit && length_of(d) > limit) { /* R4.8b: not for reports */
        *v = (struct mta_verdict){.reason = MTS_UNABLE_TO_TRANSFER,
                                  .diagnostic = MTS_CONTENT_TOO_LONG,
                                  .text = "the content exceeds the size limit of the mailbox"};
        return;
    }
    *v = (struct mta_verdict){.delivered = true, .type_of_user = MTS_USER_PRIVATE};
    if (d->test_only)
        return;
    row.id = store_new_id(mta_store(m->mta));
    store_put_delivery(d->txn, &row);
}

int64_t mailbox_recipient_of(struct slice e)
{
    if (e.len != INDEX_OCTETS)
        return MAILBOX_NO_RECIPIENT;
    return (int64_t)e.p[0] << 24 | (int64_t)e.p[1] << 16 | (int64_t)e.p[2] << 8 | e.p[3];
}

struct mailboxes *mailboxes_new(struct mta *mta)
{
    struct mailboxes *m = calloc(1, sizeof(*m));
    struct mta_local local = {.ctx = m,
                              .find = find,
                              .find_dn = find_dn,
                              .is_near = is_near,
                              .deliver = deliver,
                              .dn = dn_of};

    if (!m)
        return NULL;
    m->mta = mta;
    arena_init(&m->arena, INDEX_ARENA);
    mta_set_local(mta, &local);
    return m;
}

void mailboxes_free(struct mailboxes **m)
{
    if (!*m)
        return;
    drop_index(*m);
    free(*m);
    *m = NULL;
}
