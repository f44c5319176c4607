/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts: which records there are, in which order, and what is in them. */
#include "base/cursor.h"
#include "mutate.h"

#include <stdlib.h>

enum { RECORDS_MAX = 256, HEADER = 3, GROWTH = 4096 };

struct record {
    uint8_t kind;
    struct slice rest;
};

struct editor {
    const struct mutate_script *script;
    struct chance chance;
    struct record record[RECORDS_MAX];
    uint32_t count;
    uint8_t *made; /* what a record became */
};

bool mutate_next_record(struct slice *script, unsigned *kind, struct slice *rest)
{
    struct cursor c = cursor_make(*script);
    size_t len;

    if (script->len == 0)
        return false;
    *kind = cursor_u8(&c);
    len = cursor_be16(&c);
    *rest = c.error ? SLICE_LIT("") : slice_sub(*script, HEADER, len);
    *script = slice_from(*script, HEADER + rest->len);
    return true;
}

static void read_records(struct editor *e, struct slice in)
{
    unsigned kind;
    struct slice rest;

    while (e->count < RECORDS_MAX - 1 && mutate_next_record(&in, &kind, &rest))
        e->record[e->count++] = (struct record){.kind = (uint8_t)kind, .rest = rest};
}

static size_t change_form(struct editor *e, const struct mutate_record *form, size_t len,
                          size_t max)
{
    uint32_t seed = chance_below(&e->chance, UINT32_MAX);
    uint8_t *at = e->made + form->skip;

    switch (form->form) {
    case RECORD_TSDU: return mutate_tsdu(at, len, max, seed);
    case RECORD_BER: return mutate_ber(form->type, at, len, max, seed);
    default: return LLVMFuzzerMutate(at, len, max);
    }
}

static void change_rest(struct editor *e, struct record *r)
{
    const struct mutate_record *form = &e->script->records[r->kind % e->script->kinds];
    size_t max = r->rest.len + GROWTH > UINT16_MAX ? UINT16_MAX : r->rest.len + GROWTH;
    size_t len = r->rest.len > form->skip ? r->rest.len - form->skip : 0;

    free(e->made);
    e->made = calloc(1, max);
    if (!e->made)
        abort();
    memcpy(e->made, r->rest.p, r->rest.len);
    if (form->skip && chance_in(&e->chance, 4))
        LLVMFuzzerMutate(e->made, form->skip, form->skip);
    else
        len = change_form(e, form, len, max - form->skip);
    r->rest = slice_make(e->made, form->skip + len);
}

static void move_record(struct editor *e, uint32_t from, uint32_t to)
{
    struct record r = e->record[from];

    if (from < to)
        memmove(&e->record[from], &e->record[from + 1], (to - from) * sizeof(r));
    else
        memmove(&e->record[to + 1], &e->record[to], (from - to) * sizeof(r));
    e->record[to] = r;
}

static void change_order(struct editor *e, uint32_t i)
{
    switch (chance_below(&e->chance, 4)) {
    case 0: /* gone */ move_record(e, i, --e->count); break;
    case 1: /* twice */
        e->record[e->count] = e->record[i];
        move_record(e, e->count, chance_below(&e->chance, e->count + 1));
        e->count++;
        break;
    case 2: /* elsewhere */ move_record(e, i, chance_below(&e->chance, e->count)); break;
    default: /* nothing follows */ e->count = i + 1; break;
    }
}

/* A new one that says nothing yet, or what another one says. */
static void add_record(struct editor *e)
{
    struct record r = {.kind = (uint8_t)chance_below(&e->chance, e->script->kinds),
                       .rest = SLICE_LIT("")};

    if (e->count && chance_in(&e->chance, 2))
        r.rest = e->record[chance_below(&e->chance, e->count)].rest;
    e->record[e->count] = r;
    move_record(e, e->count, chance_below(&e->chance, e->count + 1));
    e->count++;
    if (e->count == RECORDS_MAX)
        e->count--;
}

static size_t write_script(const struct editor *e, uint8_t *data, struct slice head, size_t max)
{
    struct buf out;
    size_t size;

    buf_init(&out, max);
    buf_slice(&out, head);
    for (uint32_t i = 0; i < e->count && out.len + HEADER + e->record[i].rest.len <= max; i++) {
        buf_u8(&out, e->record[i].kind);
        buf_be16(&out, (unsigned)e->record[i].rest.len);
        buf_slice(&out, e->record[i].rest);
    }
    size = out.len;
    if (size)
        memcpy(data, out.p, size);
    buf_free(&out);
    return size;
}

size_t mutate_script(const struct mutate_script *script, uint8_t *data, size_t size, size_t max,
                     uint32_t seed)
{
    struct editor *e = calloc(1, sizeof(*e));
    struct slice head = slice_sub(slice_make(data, size), 0, script->head);
    uint32_t i;

    if (!e)
        abort();
    e->script = script;
    e->chance = chance_make(seed);
    read_records(e, slice_from(slice_make(data, size), script->head));
    i = e->count ? chance_below(&e->chance, e->count) : 0;
    switch (chance_below(&e->chance, 12)) {
    case 0:
        if (head.len)
            LLVMFuzzerMutate(data, head.len, head.len);
        break;
    case 1:
    case 2: add_record(e); break;
    case 3:
    case 4:
        if (e->count)
            change_order(e, i);
        break;
    default:
        if (e->count)
            change_rest(e, &e->record[i]);
        break;
    }
    size = write_script(e, data, head, max);
    free(e->made);
    free(e);
    return size;
}
