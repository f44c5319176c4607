/* SPDX-License-Identifier: Apache-2.0 */
/* Copies, comparisons and searches go through the processor's vector registers, which keep what
 * passed last, for hours when the thread then waits; and a core shows the registers of each thread.
 * Clears them; takes nanoseconds. To be called before a thread waits. x86-64; elsewhere nothing is
 * done. */
#pragma once

void forget_registers(void);
