/* SPDX-License-Identifier: Apache-2.0 */
/* Local recipients: mailboxes in the store. Delivery is part of the transaction that accepts the
 * object, so that "delivered" and "accepted" are one. */
#pragma once

#include "mta/mta.h"

struct mailboxes;

/* NULL: out of memory. Registers itself as the MTA's local deliverer. */
struct mailboxes *mailboxes_new(struct mta *mta);
void mailboxes_free(struct mailboxes **m);
/* Builds the index of addresses from a directory, which is kept by reference until the next call.
 * X4_ECONFIG with text: an address cannot be read; nothing changed. */
int mailboxes_configure(struct mailboxes *m, struct directory *directory, char *text, size_t size);

/* What a delivery remembers beside the object: store_delivery.envelope. */
enum { MAILBOX_NO_RECIPIENT = -1 };
/* The recipient's index in the object's envelope, MAILBOX_NO_RECIPIENT for a report. */
int64_t mailbox_recipient_of(struct slice delivery_envelope);
