/* SPDX-License-Identifier: Apache-2.0 */
/* TSDUs: SPDUs by their tables (X.225 clause 8), one alone or a prefix and another. */
#include "base/cursor.h"
#include "mutate.h"
#include "osi/session/spdu_table.h"

#include <stdlib.h>

enum {
    ARENA_MAX = 16 * 1024 * 1024,
    GROWTH = 64,
    SHORT_LENGTH = 254, /* the longest that one octet says */
    NUMBER_OCTETS = 8,
    OCTETS_MAX = 11000, /* more than CN may carry */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An SPDU, a parameter group or a parameter. */
struct item {
    struct item *next, *child;
    uint8_t id;
    bool apart;     /* contents are children, else value */
    bool long_form; /* although it is not needed */
    int wrong;      /* added to the length */
    struct slice value;
};

struct tsdu {
    struct chance chance;
    struct arena arena;
    struct item *spdu;
    struct slice data; /* user information behind a DT */
};

static struct item *item_new(struct tsdu *t, unsigned id, struct slice value)
{
    struct item *i = arena_alloc(&t->arena, sizeof(*i));

    if (!i)
        abort();
    *i = (struct item){.id = (uint8_t)id, .value = value};
    return i;
}

/* ---- reading and writing --------------------------------------------------------------------- */

static struct item *read_params(struct tsdu *t, struct slice in)
{
    struct cursor c = cursor_make(in);
    struct item *first = NULL;
    struct item **last = &first;
    struct slice value;
    unsigned id;

    while (spdu_next_tlv(&c, &id, &value)) {
        *last = item_new(t, id, value);
        if (spdu_pi_is_group(id) && (*last)->value.len) {
            (*last)->child = read_params(t, value);
            (*last)->apart = (*last)->child != NULL;
        }
        last = &(*last)->next;
    }
    if (c.error)
        return NULL;
    return first;
}

static void read_tsdu(struct tsdu *t, struct slice in)
{
    struct cursor c = cursor_make(in);
    struct item **last = &t->spdu;
    bool second = false;
    struct slice value;
    unsigned id;

    while (spdu_next_tlv(&c, &id, &value)) {
        *last = item_new(t, id, value);
        (*last)->child = read_params(t, value);
        (*last)->apart = value.len == 0 || (*last)->child;
        last = &(*last)->next;
        if (second && id == spdu_infos[SPDU_DT].si)
            break;
        second = true;
    }
    c.error = 0;
    t->data = cursor_rest(&c);
}

static void put_item(const struct item *i, struct buf *out)
{
    struct buf contents;
    size_t len;

    buf_init(&contents, out->max);
    if (!i->apart)
        buf_slice(&contents, i->value);
    for (const struct item *child = i->apart ? i->child : NULL; child; child = child->next)
        put_item(child, &contents);
    len = contents.len + (size_t)i->wrong;
    buf_u8(out, i->id);
    if (i->long_form || len > SHORT_LENGTH) {
        buf_u8(out, 0xff);
        buf_be16(out, len & 0xffff);
    } else {
        buf_u8(out, (unsigned)len);
    }
    buf_slice(out, buf_view(&contents));
    buf_free(&contents);
}

/* ---- making ---------------------------------------------------------------------------------- */

static struct slice some_octets(struct tsdu *t, size_t len, const char *from)
{
    uint8_t *p = arena_alloc(&t->arena, len);

    if (!p)
        return SLICE_LIT("");
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(from ? from[chance_below(&t->chance, (uint32_t)strlen(from))]
                              : (int)chance_below(&t->chance, 4));
    return slice_make(p, len);
}

/* A value of the parameter: legal, at a bound, or just beyond it. */
static struct slice make_param(struct tsdu *t, unsigned param)
{
    const struct spdu_param_info *info = &spdu_params[param];
    const size_t telling[] = {info->min, info->max, (size_t)info->max + 1,
                              info->min ? info->min - 1u : 0, 0};
    size_t len = info->min;

    if (chance_in(&t->chance, 4))
        len = telling[chance_below(&t->chance, COUNT(telling))];
    else if (info->kind != KIND_NUMBER && info->max > info->min)
        len += chance_below(&t->chance, info->max < 16 ? info->max - info->min : 16);
    if (len > OCTETS_MAX)
        len = OCTETS_MAX;
    if (info->kind == KIND_DIGITS)
        return some_octets(t, len, "0001239 ");
    if (info->kind == KIND_NUMBER && len > NUMBER_OCTETS)
        len = NUMBER_OCTETS;
    return some_octets(t, len, info->kind == KIND_DATA && len > 2 ? "\x01\x02\x30\x31\xa0" : NULL);
}

static struct item **end_of(struct item **list)
{
    while (*list)
        list = &(*list)->next;
    return list;
}

/* Puts the parameter of a slot where it belongs, at the end. */
static void add_slot(struct tsdu *t, struct item *spdu, const struct spdu_slot *slot)
{
    struct item *param = item_new(t, spdu_params[slot->param].pi, make_param(t, slot->param));
    struct item *group = spdu->child;

    if (slot->pgi != PGI_NONE) {
        while (group && group->id != slot->pgi)
            group = group->next;
        if (!group)
            *end_of(&spdu->child) = group = item_new(t, slot->pgi, SLICE_LIT(""));
        if (group->value.len == 0 || group->apart) {
            group->apart = true;
            *end_of(&group->child) = param;
            return;
        }
    }
    *end_of(&spdu->child) = param;
}

static struct item *make_spdu(struct tsdu *t)
{
    const struct spdu_info *info = &spdu_infos[chance_below(&t->chance, SPDU_TYPES)];
    struct item *spdu = item_new(t, info->si, SLICE_LIT(""));
    struct item *prefix;

    spdu->apart = true;
    for (size_t i = 0; i < info->count; i++) {
        if (info->slots[i].mandatory || chance_in(&t->chance, 3))
            add_slot(t, spdu, &info->slots[i]);
    }
    if (info->place <= PLACE_FIRST)
        return spdu;
    prefix = item_new(t, spdu_infos[info->place == PLACE_AFTER_GT ? SPDU_GT : SPDU_PT].si,
                      SLICE_LIT(""));
    prefix->next = spdu;
    return prefix;
}

/* ---- changes --------------------------------------------------------------------------------- */

/* A link to an item, SPDUs' included; NULL: there is none. */
static struct item **any_item(struct tsdu *t, struct item **list)
{
    struct item **found = NULL;
    uint32_t seen = 0;

    for (struct item **at = list; *at; at = &(*at)->next) {
        struct item **inside = (*at)->apart ? any_item(t, &(*at)->child) : NULL;

        if (chance_in(&t->chance, ++seen))
            found = at;
        if (inside && !chance_in(&t->chance, 3))
            found = inside;
    }
    return found;
}

/* The table of an SPDU that begins with this octet. */
static const struct spdu_info *info_of(const struct tsdu *t, const struct item *spdu)
{
    bool second = spdu != t->spdu;

    for (unsigned i = 0; i < SPDU_TYPES; i++) {
        if (spdu_infos[i].si == spdu->id && (spdu_infos[i].place > PLACE_FIRST) == second)
            return &spdu_infos[i];
    }
    return NULL;
}

static struct item *any_spdu(struct tsdu *t)
{
    return t->spdu && t->spdu->next && !chance_in(&t->chance, 4) ? t->spdu->next : t->spdu;
}

static void change_param(struct tsdu *t)
{
    struct item **at = any_item(t, &t->spdu);
    unsigned param;

    if (!at || (*at)->apart)
        return;
    for (param = 0; param < SPDU_PARAMS && spdu_params[param].pi != (*at)->id; param++)
        ;
    (*at)->value = make_param(t, param < SPDU_PARAMS ? param : SP_REASON);
}

static void add_param(struct tsdu *t)
{
    struct item *spdu = any_spdu(t);
    const struct spdu_info *info = spdu ? info_of(t, spdu) : NULL;
    unsigned param = chance_below(&t->chance, SPDU_PARAMS);

    if (!spdu || !spdu->apart)
        return;
    if (info && info->count && !chance_in(&t->chance, 5))
        add_slot(t, spdu, &info->slots[chance_below(&t->chance, (uint32_t)info->count)]);
    else
        *end_of(&spdu->child) = item_new(t, spdu_params[param].pi, make_param(t, param));
}

static void drop_item(struct tsdu *t)
{
    struct item **at = any_item(t, &t->spdu);

    if (at)
        *at = (*at)->next;
}

static void double_item(struct tsdu *t)
{
    struct item **at = any_item(t, &t->spdu);
    struct item *twin;

    if (!at)
        return;
    twin = item_new(t, (*at)->id, SLICE_LIT(""));
    *twin = **at;
    (*at)->next = twin;
}

static void swap_items(struct tsdu *t)
{
    struct item **at = any_item(t, &t->spdu);
    struct item *first = at ? *at : NULL;
    struct item *second = first ? first->next : NULL;

    if (!second)
        return;
    first->next = second->next;
    second->next = first;
    *at = second;
}

static void change_id(struct tsdu *t)
{
    struct item **at = any_item(t, &t->spdu);

    if (at)
        (*at)->id =
            (uint8_t)(chance_in(&t->chance, 2) ? spdu_infos[chance_below(&t->chance, SPDU_TYPES)].si
                                               : chance_below(&t->chance, 256));
}

static void change_form(struct tsdu *t)
{
    static const int wrongs[] = {-1, 1, 2, 255};
    struct item **at = any_item(t, &t->spdu);

    if (!at)
        return;
    if (chance_in(&t->chance, 3))
        (*at)->wrong = wrongs[chance_below(&t->chance, COUNT(wrongs))];
    else
        (*at)->long_form = !(*at)->long_form;
}

static void replace_spdus(struct tsdu *t)
{
    struct item *made = make_spdu(t);

    if (t->spdu && chance_in(&t->chance, 3))
        *end_of(&t->spdu) = made; /* one too many */
    else
        t->spdu = made;
}

/* The longest value is most likely user data. */
static struct slice *user_data(struct tsdu *t)
{
    struct slice *longest = &t->data;

    for (struct item *spdu = t->spdu; spdu; spdu = spdu->next) {
        for (struct item *i = spdu->apart ? spdu->child : NULL; i; i = i->next) {
            if (!i->apart && i->value.len > longest->len)
                longest = &i->value;
        }
    }
    return longest;
}

static void change_data(struct tsdu *t)
{
    struct slice *data = user_data(t);
    size_t max = data->len + 1024;
    uint8_t *p = arena_alloc(&t->arena, max);

    if (!p)
        return;
    if (data->len)
        memcpy(p, data->p, data->len);
    *data =
        slice_make(p, mutate_ber(NULL, p, data->len, max, chance_below(&t->chance, UINT32_MAX)));
}

static void change_once(struct tsdu *t)
{
    static void (*const changes[])(struct tsdu *) = {
        change_data, change_data, change_data, change_param, change_param, add_param,     add_param,
        drop_item,   double_item, swap_items,  change_id,    change_form,  replace_spdus,
    };

    changes[chance_below(&t->chance, COUNT(changes))](t);
}

size_t mutate_tsdu(uint8_t *data, size_t size, size_t max, uint32_t seed)
{
    struct tsdu t = {.chance = chance_make(seed)};
    struct buf out;
    size_t made = 0;

    arena_init(&t.arena, ARENA_MAX);
    buf_init(&out, max);
    read_tsdu(&t, slice_make(data, size));
    if (!t.spdu)
        t.spdu = make_spdu(&t);
    do
        change_once(&t);
    while (chance_in(&t.chance, 2));
    for (const struct item *spdu = t.spdu; spdu; spdu = spdu->next)
        put_item(spdu, &out);
    buf_slice(&out, t.data);
    if (!out.error && out.len) {
        memcpy(data, out.p, out.len);
        made = out.len;
    }
    buf_free(&out);
    arena_free(&t.arena);
    return made ? made : LLVMFuzzerMutate(data, size, max);
}
