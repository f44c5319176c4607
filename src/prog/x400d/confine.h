/* SPDX-License-Identifier: Apache-2.0 */
/* What the process may do from now on. All of it is for good, and for all threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Unless it is to be shown, nobody but root may look into the process's memory, which holds
 * passwords, and no core of it is written. Call after privileges_drop(), which decides otherwise.
 */
void confine_memory(bool shown);

/* From now on JSON, in which the directory has its passwords, and what the store has read are in
 * the vault. Before any JSON is made, and before a store is opened. */
void confine_passwords(void);

/* Raises the soft limit of open files toward wanted, as far as the hard limit lets it. */
void confine_files(unsigned long wanted);

/* Only the system calls of an MTA (confine_calls.inc). Others fail with EPERM; one that only an
 * intruder makes, such as execve(2), is not made: a line on stderr names it, and SIGSYS ends the
 * process. X4_OK; X4_EUNSUPP: built without libseccomp; X4_EDENIED: the kernel refuses, text says
 * why. */
int confine_calls(char *text, size_t size);
