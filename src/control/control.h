/* SPDX-License-Identifier: Apache-2.0 */
/* What the API asks, answered by the MTA and its connectors: joins admin/, mta/ and connector/. */
#pragma once

#include "admin/admin.h"
#include "connector/mailbox/mailbox.h"
#include "connector/x400/x400.h"
#include "mta/mta.h"

struct control;

struct control_params {
    struct mta *mta;
    struct x400 *x400;
    struct mailboxes *mailboxes;
    const char *version;
    const char *node;
    const char *store_path;
    int64_t started_ms;
};

/* NULL: out of memory. */
struct control *control_new(const struct control_params *params);
void control_free(struct control **control);
extern const struct admin_backend control_backend; /* its ctx is the struct control */

/* Puts all objects of a directory into a transaction. X4_OK, X4_ENOMEM: not all are there. */
int control_put_entries(struct store_txn *txn, const struct directory *directory);
/* The directory as the store has it. X4_ENOTFOUND: it has none yet; X4_ECONFIG: errors tells;
 * X4_ESYNTAX: an entry is damaged; X4_EIO: it cannot be read. */
int control_load_directory(struct store *store, struct directory **out, struct conf_errors *errors);
/* Puts a directory in force in all parts. X4_ECONFIG with text: nothing changed. */
int control_configure(struct control *control, struct directory *directory, char *text,
                      size_t size);
/* Events: into the store, and to those who follow. */
void control_set_admin(struct control *control, struct admin *admin);
void control_event(void *control, const struct event_record *record);
