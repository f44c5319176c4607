/* SPDX-License-Identifier: Apache-2.0 */
/* The allocator's way with buffers that come and go with each message. By itself it gives memory
 * back to the system as soon as 128 KiB lie free, only to ask for it again with the next message:
 * for messages of 1 MiB a third of the load generator's time went into the faults of fresh pages.
 */
#pragma once

/* Once, when a program starts: up to 32 MiB of what lies free are kept for what comes next. */
void heap_keep(void);
/* free() for octets of contents. x400d wipes what is freed, as it may have been a password: of a
 * chunk that another processor has worked on in the meantime that takes as long as a copy. */
void heap_drop(void *p);
/* Gives back what lies free, also between things that stay. */
void heap_trim(void);
