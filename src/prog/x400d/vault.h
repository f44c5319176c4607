/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for what holds passwords as long as the process runs: its pages are in no core, whoever
 * makes it (madvise(2), MADV_DONTDUMP), and what is freed is wiped. JSON, in which the directory
 * is, and SQLite, whose pages the directory is read from, live here. Thread-safe.
 *
 * What passwords pass through for a moment only is other memory: there free() wipes (wipe.c). */
#pragma once

#include <stddef.h>

/* As malloc(3), but NULL for size 0 only when there is no memory; aligned for any type. */
void *vault_alloc(size_t size);
void vault_free(void *p);
/* As realloc(3); p must not be NULL, nor size 0. */
void *vault_realloc(void *p, size_t size);
/* Octets that p has room for. */
size_t vault_size(const void *p);
