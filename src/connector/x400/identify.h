/* SPDX-License-Identifier: Apache-2.0 */
/* Who is calling? Settled by all the evidence there is, never by a reverse lookup: the stack that
 * was called, the source address against the lists, selectors, MTA name and password. Each
 * connector says which of them it requires. */
#pragma once

#include "base/buf.h"
#include "connector/x400/profile.h"
#include "p1/p1_bind.h"

struct x400_evidence {
    const char *stack_dn; /* that was called */
    const struct io_addr *peer;
    struct stack_selectors calling, called;
    const struct p1_bind *bind;
    enum stack_mode mode; /* of the call */
};

/* What speaks against a connector: mask. */
enum x400_mismatch {
    X400_OTHER_STACK = 1 << 0, /* not listed among the candidates */
    X400_ADDRESS = 1 << 1,
    X400_CALLED_TSEL = 1 << 2,
    X400_CALLING = 1 << 3,
    X400_NAME = 1 << 4,
    X400_PASSWORD = 1 << 5,
    X400_CALLED = 1 << 6,
};

unsigned x400_mismatches(const struct x400_profile *p, const struct x400_stack_profile *stack,
                         const struct x400_evidence *e);
/* Appends "to Paris: the address is not in remote-hosts (10.99.0.100)"; secrets are not shown. */
void x400_explain(const struct x400_profile *p, unsigned mismatches, const struct x400_evidence *e,
                  struct buf *out);
/* Is the address among the hosts, by prefix or as an address that a name was resolved to? */
bool x400_host_matches(const struct x400_profile *p, const struct io_addr *peer);
/* Is one of the hosts in the same network as the address (io_addr_network())? */
bool x400_neighbour_matches(const struct x400_profile *p, const struct io_addr *peer);
