/* SPDX-License-Identifier: Apache-2.0 */
/* A connector's and a stack's attributes as the code needs them: parsed once per configuration. */
#pragma once

#include "conf/directory.h"
#include "io/io.h"
#include "mta/outbound.h"
#include "osi/stack/stack.h"

enum {
    X400_HOSTS = 64,
    X400_ADDRESSES = 32, /* of a stack */
};

/* Selector octets as configured; absent when len is 0 and present is false. */
struct x400_selector {
    uint8_t octets[CONF_SELECTOR_MAX];
    size_t len;
    bool present;
};
struct slice x400_selector_slice(const struct x400_selector *s);

struct x400_selectors {
    struct x400_selector t, s, p;
};

/* One entry of remote-hosts. */
struct x400_host {
    char name[256]; /* as configured */
    bool is_prefix; /* an address or CIDR range */
    bool callable;  /* a name or one single address */
    struct io_prefix prefix;
    struct io_addr found[8]; /* of a name: its addresses when last resolved */
    unsigned found_count;
};

struct x400_profile {
    const struct conf_object *object; /* in the directory in force */
    const char *stack_dn;
    const char *remote_name, *remote_password; /* password NULL: none is expected */
    const char *local_name, *local_password;
    struct x400_host host[X400_HOSTS];
    unsigned host_count;
    uint16_t remote_port;
    bool has_local_address;
    struct io_addr local_address;
    struct x400_selectors outgoing, incoming;
    unsigned evidence; /* bits: enum conf_evidence */
    enum stack_mode mode;
    enum conf_schedule schedule;
    struct conf_week week; /* with CONF_TIMES */
    bool enabled, two_way;
    unsigned checkpoint_kib, window;
    int max_open_retries, max_transfer_retries;
    int64_t open_interval_ms, transfer_interval_ms, recovery_ms, lifetime_ms, disconnect_ms;
    unsigned threshold, max_associations, urgent_associations;
    int64_t timeout_ms_per_kib[3]; /* index enum mts_priority */
    struct mts_identity own;       /* toward this peer */
    bool remote_gdi_known;
    struct mts_gdi remote_gdi;
    struct mta_peer peer;
};

struct x400_stack_profile {
    struct io_addr local[X400_ADDRESSES];
    unsigned local_count;                  /* 0: all addresses */
    struct io_addr source[X400_ADDRESSES]; /* the same with port 0, to call from */
    unsigned source_count;
    uint16_t port;
    struct x400_selectors called; /* what callers must name; absent: anything */
    bool freebind;
    unsigned max_tpdu;
};

/* The object has been validated against the schema. */
void x400_profile_load(struct x400_profile *p, const struct directory *directory,
                       const struct conf_object *connector, const struct conf_object *server,
                       const struct mts_identity *own);
/* Takes over what names were resolved to before: until they are looked up again it is the best that
 * is known, and callers are recognised by it. Reads no texts of before. */
void x400_profile_keep_addresses(struct x400_profile *p, const struct x400_profile *before);
void x400_stack_profile_load(struct x400_stack_profile *p, const struct conf_object *stack);
