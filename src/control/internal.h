/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of control/ share. */
#pragma once

#include "control/control.h"

enum {
    CONTROL_ARENA = 64 * 1024 * 1024, /* of one request: a decoded envelope */
    CONTROL_TEXT = 512,
};

struct control {
    struct control_params p;
    struct admin *admin;
    struct store_txn *events; /* noted, handed over together by the timer */
    struct io_timer *event_timer;
    bool changing; /* a change of the directory waits for the disk */
};

struct mta *control_mta(const struct control *c);
struct store *control_store(const struct control *c);

json_t *control_address(const struct or_address *address);
json_t *control_text(struct slice s);
/* The whole envelope of a message or probe, or a report, for queue_show and mailbox_entry. NULL:
 * it cannot be read. */
json_t *control_object_json(struct control *c, int64_t object_id);
/* An operation that waits for the disk: finishes reply with body, or an error. */
struct control_wait;
struct control_wait *control_wait_new(struct admin_reply *reply, json_t *body);
void control_wait_done(void *wait, int result);
void control_wait_cancel(struct control_wait *wait);

/* The functions of the table, by file. */
void control_queue(void *ctx, const struct admin_queue_filter *filter, struct admin_reply *reply);
void control_queue_show(void *ctx, int64_t item, struct admin_reply *reply);
void control_queue_do(void *ctx, const struct admin_queue_order *order, struct admin_reply *reply);
void control_route(void *ctx, const char *address, struct admin_reply *reply);
void *control_submit_begin(void *ctx, const json_t *envelope, struct admin_reply *reply);
int control_submit_data(void *ctx, void *submission, struct slice octets);
void control_submit_end(void *ctx, void *submission, struct admin_reply *reply);
void control_submit_abandon(void *ctx, void *submission);
void control_probe(void *ctx, const json_t *envelope, struct admin_reply *reply);
void control_mailboxes(void *ctx, struct admin_reply *reply);
void control_mailbox_entries(void *ctx, const char *dn, struct admin_reply *reply);
void control_mailbox_entry(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply);
void control_mailbox_content(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply);
void control_mailbox_delete(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply);
void control_mailbox_mark(void *ctx, const char *dn, int64_t entry, bool read,
                          struct admin_reply *reply);
void control_track(void *ctx, const char *mts_id, struct admin_reply *reply);
int control_events(void *ctx, int64_t after, unsigned limit,
                   bool (*each)(void *each_ctx, const struct admin_event *event), void *each_ctx);
