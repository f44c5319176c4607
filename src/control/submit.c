/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and probes submitted through the API. */
#include "control/internal.h"

#include "base/error.h"
#include "base/limits.h"
#include "mta/inbound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDICATOR = 0x80, CONGESTION_POLL_MS = 10 };

struct request {
    struct control *c;
    struct arena *arena;
    const json_t *json;
    struct mts_submission s;
    struct or_name originator;
    char why[CONTROL_TEXT];
};

static int problem(struct request *r, const char *field, const char *value, const char *what)
{
    snprintf(r->why, sizeof(r->why), "%s: \"%s\" %s", field, value, what);
    return X4_EINVAL;
}

/* What may stand in an object. */
struct member {
    const char *name;
    json_type type; /* JSON_TRUE: true or false */
};

static const struct member envelope_members[] = {
    {"originator", JSON_STRING},
    {"recipients", JSON_ARRAY},
    {"priority", JSON_STRING},
    {"content-type", JSON_STRING},
    {"content-identifier", JSON_STRING},
    {"content-length", JSON_INTEGER},
    {"deferred-until-ms", JSON_INTEGER},
    {"latest-delivery-ms", JSON_INTEGER},
    {"disclose-recipients", JSON_TRUE},
    {"conversion-prohibited", JSON_TRUE},
    {"alternate-recipient-allowed", JSON_TRUE},
    {"return-content", JSON_TRUE},
    {NULL, JSON_NULL},
};
static const struct member recipient_members[] = {
    {"address", JSON_STRING}, {"report", JSON_STRING}, {"audited", JSON_TRUE}, {NULL, JSON_NULL}};

/* Nothing is passed over: a message whose deferral was not understood would go at once. */
static int check_members(struct request *r, const json_t *object, const struct member *members)
{
    static const char *const types[] = {[JSON_STRING] = "a string",
                                        [JSON_ARRAY] = "an array",
                                        [JSON_INTEGER] = "an integer",
                                        [JSON_TRUE] = "true or false"};
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        const json_type type = json_is_false(value) ? JSON_TRUE : json_typeof(value);
        const struct member *m = members;

        while (m->name && strcmp(m->name, name) != 0)
            m++;
        if (m->name && (type == m->type || type == JSON_NULL))
            continue;
        if (m->name)
            snprintf(r->why, sizeof(r->why), "%s: must be %s", name, types[m->type]);
        else
            snprintf(r->why, sizeof(r->why), "%s: there is no such member", name);
        return X4_EINVAL;
    }
    return X4_OK;
}

static int read_name(struct request *r, const char *text, struct or_name *out)
{
    struct buf why;
    int error;

    if (!text)
        return problem(r, "address", "", "is missing");
    buf_init(&why, LIMIT_EVENT_TEXT);
    error = or_name_parse(slice_str(text), r->arena, out, &why);
    if (error)
        snprintf(r->why, sizeof(r->why), "%s: %.*s", text, SLICE_ARG(buf_view(&why)));
    buf_free(&why);
    return error ? X4_EINVAL : X4_OK;
}

static int read_recipient(struct request *r, const json_t *json, struct mts_submit_recipient *out)
{
    const char *report = json_string_value(json_object_get(json, "report"));
    struct or_name *name = arena_alloc(r->arena, sizeof(*name));
    int error = name ? check_members(r, json, recipient_members) : X4_ENOMEM;

    if (error)
        return error;
    out->name = name;
    out->report = MTS_NON_DELIVERY_REPORT;
    if (report && strcmp(report, "none") == 0)
        out->report = MTS_NO_REPORT;
    else if (report && strcmp(report, "delivery") == 0)
        out->report = MTS_REPORT_BOTH;
    else if (report && strcmp(report, "non-delivery") != 0)
        return problem(r, "report", report, "is not none, non-delivery or delivery");
    out->audited = json_is_true(json_object_get(json, "audited"));
    return read_name(r, json_string_value(json_object_get(json, "address")), name);
}

static int read_recipients(struct request *r)
{
    const json_t *list = json_object_get(r->json, "recipients");
    size_t count = json_array_size(list);
    struct mts_submit_recipient *all;

    if (count == 0)
        return problem(r, "recipients", "", "at least one is needed");
    if (count > LIMIT_RECIPIENTS)
        return problem(r, "recipients", "", "there are too many");
    all = arena_array(r->arena, count, sizeof(*all));
    if (!all)
        return X4_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int error = read_recipient(r, json_array_get(list, i), &all[i]);

        if (error)
            return error;
    }
    r->s.recipients = all;
    r->s.recipient_count = count;
    return X4_OK;
}

static int read_priority(struct request *r)
{
    const char *text = json_string_value(json_object_get(r->json, "priority"));

    if (!text || strcmp(text, "normal") == 0)
        r->s.priority = MTS_NORMAL;
    else if (strcmp(text, "urgent") == 0)
        r->s.priority = MTS_URGENT;
    else if (strcmp(text, "non-urgent") == 0)
        r->s.priority = MTS_NON_URGENT;
    else
        return problem(r, "priority", text, "is not urgent, normal or non-urgent");
    return X4_OK;
}

static int read_content_type(struct request *r)
{
    static const struct {
        const char *name;
        int64_t value;
    } built_in[] = {{"p22", MTS_CONTENT_P22},
                    {"p2", MTS_CONTENT_P2},
                    {"unidentified", MTS_CONTENT_UNIDENTIFIED},
                    {"external", MTS_CONTENT_EXTERNAL},
                    {"edi", MTS_CONTENT_EDI},
                    {"voice", MTS_CONTENT_VOICE}};
    const char *text = json_string_value(json_object_get(r->json, "content-type"));

    r->s.content_type.which = MTS_CONTENT_BUILT_IN;
    r->s.content_type.built_in = MTS_CONTENT_P22;
    if (!text)
        return X4_OK;
    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
        if (strcmp(text, built_in[i].name) == 0) {
            r->s.content_type.built_in = built_in[i].value;
            return X4_OK;
        }
    }
    r->s.content_type.which = MTS_CONTENT_EXTENDED;
    if (ber_oid_parse(text, r->arena, &r->s.content_type.extended))
        return problem(r, "content-type", text, "is no known name and no object identifier");
    return X4_OK;
}

static void read_indicators(struct request *r)
{
    static const struct {
        const char *name;
        unsigned bit;
    } flags[] = {{"disclose-recipients", MTS_DISCLOSURE_OF_OTHER_RECIPIENTS},
                 {"conversion-prohibited", MTS_IMPLICIT_CONVERSION_PROHIBITED},
                 {"alternate-recipient-allowed", MTS_ALTERNATE_RECIPIENT_ALLOWED},
                 {"return-content", MTS_CONTENT_RETURN_REQUEST}};

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (json_is_true(json_object_get(r->json, flags[i].name)))
            r->s.indicators |= (uint8_t)(INDICATOR >> flags[i].bit);
    }
}

static int64_t read_time(const struct request *r, const char *name)
{
    const json_t *v = json_object_get(r->json, name);

    return json_is_integer(v) ? json_integer_value(v) : MTS_NO_TIME;
}

static int read_request(struct request *r)
{
    const json_t *length = json_object_get(r->json, "content-length");
    const char *id = json_string_value(json_object_get(r->json, "content-identifier"));
    int error = check_members(r, r->json, envelope_members);

    if (!error)
        error =
            read_name(r, json_string_value(json_object_get(r->json, "originator")), &r->originator);
    r->s.originator = &r->originator;
    r->s.own = mta_identity(control_mta(r->c));
    r->s.now_ms = mta_wall(control_mta(r->c));
    r->s.deferred_ms = read_time(r, "deferred-until-ms");
    r->s.latest_ms = read_time(r, "latest-delivery-ms");
    r->s.content_length = json_is_integer(length) ? json_integer_value(length) : -1;
    if (id)
        r->s.content_identifier = slice_str(id);
    read_indicators(r);
    if (!error)
        error = read_recipients(r);
    if (!error)
        error = read_priority(r);
    if (!error)
        error = read_content_type(r);
    if (!error)
        error = mta_new_identifier(control_mta(r->c), r->arena, &r->s.identifier);
    return error;
}

static struct mta_in *begin(struct control *c, enum mts_kind kind, const json_t *json,
                            struct admin_reply *reply)
{
    struct request r = {.c = c, .json = json, .s = {.kind = kind}};
    struct mta_in *in = NULL;
    struct arena arena;
    struct buf stored;
    int error;

    arena_init(&arena, CONTROL_ARENA);
    buf_init(&stored, LIMIT_ENVELOPE);
    r.arena = &arena;
    error = mta_has_room(c->p.mta) ? read_request(&r) : X4_EFULL;
    if (!error) {
        error = mts_submit(&r.s, &stored);
        if (error)
            snprintf(r.why, sizeof(r.why), "the request is inconsistent: %s", x4_strerror(error));
    }
    if (!error) {
        in = mta_submit(c->p.mta, buf_view(&stored));
        error = in ? X4_OK : X4_ENOMEM;
    }
    if (error)
        admin_reply_error(reply, error, "%s", *r.why ? r.why : x4_strerror(error));
    buf_free(&stored);
    arena_free(&arena);
    return in;
}

/* An upload under way. A client that is faster than the disk waits. */
struct submission {
    struct mta_in *in;
    struct io *io;
    struct io_timer *timer; /* looks whether the disk has caught up */
    struct admin_reply *reply;
};

static void look_again(void *ctx)
{
    struct submission *s = ctx;

    if (mta_in_congested(s->in))
        s->io->ops->timer_set(s->timer, CONGESTION_POLL_MS);
    else
        admin_reply_resume(s->reply);
}

static void submission_free(struct submission *s)
{
    mta_in_drop(&s->in);
    if (s->timer)
        s->io->ops->timer_free(&s->timer);
    free(s);
}

void *control_submit_begin(void *ctx, const json_t *envelope, struct admin_reply *reply)
{
    struct control *c = ctx;
    struct submission *s = calloc(1, sizeof(*s));

    if (!s) {
        admin_reply_error(reply, X4_ENOMEM, "out of memory");
        return NULL;
    }
    s->io = mta_io(c->p.mta);
    s->reply = reply;
    s->in = begin(c, MTS_MESSAGE, envelope, reply);
    s->timer = s->in ? s->io->ops->timer_new(s->io, look_again, s) : NULL;
    if (s->timer)
        return s;
    if (s->in)
        admin_reply_error(reply, X4_ENOMEM, "out of memory");
    submission_free(s);
    return NULL;
}

int control_submit_data(void *ctx, void *submission, struct slice octets)
{
    struct submission *s = submission;

    (void)ctx;
    if (mta_in_congested(s->in)) {
        s->io->ops->timer_set(s->timer, CONGESTION_POLL_MS);
        return X4_EAGAIN;
    }
    mta_in_content(s->in, octets);
    return X4_OK;
}

static void end(struct mta_in *in, struct admin_reply *reply)
{
    struct control_wait *w =
        control_wait_new(reply, json_pack("{s:s}", "mts-id", mta_in_mts_id(in)));

    if (w) {
        mta_in_end(&in, control_wait_done, w);
        return;
    }
    mta_in_drop(&in);
    admin_reply_error(reply, X4_ENOMEM, "out of memory");
}

void control_submit_end(void *ctx, void *submission, struct admin_reply *reply)
{
    struct submission *s = submission;

    (void)ctx;
    end(s->in, reply);
    s->in = NULL;
    submission_free(s);
}

void control_submit_abandon(void *ctx, void *submission)
{
    (void)ctx;
    submission_free(submission);
}

void control_probe(void *ctx, const json_t *envelope, struct admin_reply *reply)
{
    struct mta_in *in = begin(ctx, MTS_PROBE, envelope, reply);

    if (in)
        end(in, reply);
}
