/* SPDX-License-Identifier: Apache-2.0 */
/* Sending one APDU: the user's pieces become segments of exactly the checkpoint size. A piece that
 * is a whole segment goes down without being copied here. */
#include "osi/stack/stack_internal.h"

#include "base/error.h"
#include "osi/transport/tpdu.h"

enum {
    PIECE_MAX = LIMIT_CHUNK,
    OVERHEAD = 1024, /* of all layers, for the segments of a window */
    WRAPPING = 64,   /* what session, presentation and RTSE put in front of a segment, at most */
};

void stack_send_init(struct stack_sending *s)
{
    *s = (struct stack_sending){.active = false};
    buf_init(&s->segment, LIMIT_TSDU);
}

void stack_send_free(struct stack_sending *s)
{
    buf_free(&s->segment);
}

void stack_send_end(struct stack *st)
{
    stack_send_free(&st->sending);
    stack_send_init(&st->sending);
}

/* Octets of a part that fill whole TPDUs. */
static size_t part_size(const struct stack *st)
{
    size_t room = transport_tpdu_size(st->transport) - TPDU_DT_HEADER;

    return PIECE_MAX - PIECE_MAX % room;
}

/* Octets of the segment that is being put together, the last one being shorter. */
static size_t segment_target(const struct stack *st)
{
    size_t size = st->sending.in_parts ? part_size(st) : rtpm_segment_size(&st->rtpm);
    uint64_t rest = st->sending.segment.len + st->sending.left;

    return size == 0 || rest < size ? (size_t)rest : size;
}

static int send_part(struct stack *st, const struct gather *piece)
{
    struct stack_sending *s = &st->sending;
    enum data_part part = !s->begun ? PART_FIRST : s->left ? PART_MIDDLE : PART_LAST;

    s->begun = true;
    return rtpm_part(&st->rtpm, piece, part, piece->len + s->left);
}

static int send_segment(struct stack *st, struct slice piece)
{
    struct stack_sending *s = &st->sending;
    struct gather segment = gather_one(buf_view(&s->segment));
    int error;

    gather_add(&segment, piece);
    error = s->in_parts ? send_part(st, &segment) : rtpm_segment(&st->rtpm, &segment, s->left == 0);
    buf_reset(&s->segment);
    return error;
}

bool stack_send_offer(struct stack *st, struct stack_event *event)
{
    struct stack_sending *s = &st->sending;
    size_t want;

    if (!s->active || s->asked || s->left == 0 || !rtpm_may_send(&st->rtpm) ||
        st->output.len - st->written >= STACK_OUTPUT_HIGH)
        return false;
    want = segment_target(st) - s->segment.len;
    *event = (struct stack_event){.type = STACK_EV_SEND};
    event->u.want = want < PIECE_MAX ? want : PIECE_MAX;
    s->asked = true;
    return true;
}

size_t stack_send_ahead(const struct stack *st)
{
    const struct stack_sending *s = &st->sending;
    const size_t size = rtpm_segment_size(&st->rtpm);
    const size_t waiting = st->output.len - st->written;
    size_t room = PIECE_MAX;

    if (!s->active || !s->asked)
        return 0;
    if (size > 0 && !s->in_parts)
        room = rtpm_window_left(&st->rtpm) * size - s->segment.len;
    if (room > STACK_OUTPUT_HIGH - waiting)
        room = STACK_OUTPUT_HIGH - waiting;
    return room < s->left ? room : (size_t)s->left;
}

int stack_transfer(struct stack *st, uint64_t len, int64_t now)
{
    struct stack_sending *s = &st->sending;
    int error;

    st->now = now;
    if (st->rtpm.state != RT_READY_TURN)
        return X4_ESTATE;
    if (len > SIZE_MAX / 2)
        return X4_EINVAL;
    stack_send_end(st);
    if (st->dialect->external)
        external_put_header(rt_lower_user_context(&st->lower), (size_t)len, &s->segment);
    error = s->segment.error ? s->segment.error : rtpm_transfer(&st->rtpm);
    if (error)
        return error;
    s->active = true;
    s->in_parts = rtpm_segment_size(&st->rtpm) == 0 && len > LIMIT_TSDU - WRAPPING;
    s->left = len;
    return len ? X4_OK : send_segment(st, SLICE_NONE);
}

int stack_send_segment(struct stack *st, struct slice octets, int64_t now)
{
    struct stack_sending *s = &st->sending;
    size_t target = segment_target(st);

    st->now = now;
    if (!s->active || !s->asked)
        return X4_ESTATE;
    if (octets.len == 0 || octets.len > target - s->segment.len)
        return X4_EINVAL;
    if (!s->in_parts) /* what goes at once shall not make the output grow step by step */
        buf_reserve(&st->output, stack_send_ahead(st) + OVERHEAD);
    s->asked = false;
    s->left -= octets.len;
    if (s->segment.len + octets.len == target)
        return send_segment(st, octets);
    buf_slice(&s->segment, octets);
    return s->segment.error;
}

int stack_discard(struct stack *st, int64_t now)
{
    int error;

    st->now = now;
    error = rtpm_discard(&st->rtpm);
    if (!error)
        stack_send_end(st);
    return error;
}
