/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/x400/profile.h"

#include <stdio.h>

enum { SECOND_MS = 1000, KIB = 1024 };

struct slice x400_selector_slice(const struct x400_selector *s)
{
    return s->present ? slice_make(s->octets, s->len) : SLICE_NONE;
}

static void load_selector(struct x400_selector *s, const struct conf_object *o, const char *name)
{
    struct slice found = conf_selector(o, name, s->octets);

    s->present = slice_present(found);
    s->len = found.len;
}

static void load_selectors(struct x400_selectors *s, const struct conf_object *o,
                           const char *const names[3])
{
    load_selector(&s->t, o, names[0]);
    load_selector(&s->s, o, names[1]);
    load_selector(&s->p, o, names[2]);
}

static void load_host(struct x400_host *h, const char *text, uint16_t port)
{
    memset(h, 0, sizeof(*h));
    snprintf(h->name, sizeof(h->name), "%s", text);
    h->is_prefix = io_prefix_parse(text, &h->prefix) == X4_OK;
    h->callable = !h->is_prefix || strchr(text, '/') == NULL;
    if (h->is_prefix && h->callable && io_addr_parse(text, port, &h->found[0]) == X4_OK)
        h->found_count = 1;
}

static void load_hosts(struct x400_profile *p, const struct conf_object *o)
{
    p->host_count = 0;
    for (size_t i = 0; i < conf_count(o, "remote-hosts") && i < X400_HOSTS; i++)
        load_host(&p->host[p->host_count++], conf_item(o, "remote-hosts", i), p->remote_port);
}

/* What the peer's copies look like: by default internal trace stays in the domain (2.13). */
static void load_peer(struct x400_profile *p, const struct conf_object *o,
                      const struct mts_identity *own)
{
    int trace = conf_enum(o, "internal-trace");
    struct conf_gdi gdi;

    p->remote_gdi_known = conf_gdi(o, "remote-gdi", &gdi);
    p->remote_gdi = p->remote_gdi_known ? mts_gdi_make(gdi.country, gdi.admd, gdi.prmd) : own->gdi;
    p->peer = (struct mta_peer){
        .own = &p->own,
        .same_domain = mts_gdi_equal(&p->remote_gdi, &own->gdi),
        .strip_bilateral = conf_bool(o, "strip-bilateral"),
        .to_1984 = p->mode == STACK_X410_1984,
        .size_limit = (uint64_t)conf_int(o, "message-size-limit") * KIB,
        .internal_trace = P1_INTERNAL_ALL,
    };
    if (trace == CONF_TRACE_STRIP)
        p->peer.internal_trace = P1_INTERNAL_NONE;
    else if (trace == CONF_TRACE_AUTO && !p->peer.same_domain)
        p->peer.internal_trace = P1_INTERNAL_FLAGGED;
}

static void load_times(struct x400_profile *p, const struct conf_object *o)
{
    p->max_open_retries = (int)conf_int(o, "max-open-retries");
    p->max_transfer_retries = (int)conf_int(o, "max-transfer-retries");
    p->open_interval_ms = conf_int(o, "open-interval") * SECOND_MS;
    p->transfer_interval_ms = conf_int(o, "transfer-interval") * SECOND_MS;
    p->recovery_ms = conf_int(o, "recovery-timeout") * SECOND_MS;
    p->lifetime_ms = conf_int(o, "association-lifetime") * SECOND_MS;
    p->disconnect_ms = conf_int(o, "disconnect-timeout") * SECOND_MS;
    p->threshold = (unsigned)conf_int(o, "threshold");
    p->max_associations = (unsigned)conf_int(o, "max-associations");
    p->urgent_associations = (unsigned)conf_int(o, "urgent-associations");
    p->timeout_ms_per_kib[MTS_URGENT] = conf_int(o, "transfer-timeout-urgent") * SECOND_MS;
    p->timeout_ms_per_kib[MTS_NORMAL] = conf_int(o, "transfer-timeout-normal") * SECOND_MS;
    p->timeout_ms_per_kib[MTS_NON_URGENT] = conf_int(o, "transfer-timeout-non-urgent") * SECOND_MS;
}

static const char *either(const char *a, const char *b)
{
    return a ? a : b;
}

void x400_profile_load(struct x400_profile *p, const struct directory *directory,
                       const struct conf_object *o, const struct conf_object *server,
                       const struct mts_identity *own)
{
    static const char *const outgoing[] = {"outgoing-t-selector", "outgoing-s-selector",
                                           "outgoing-p-selector"};
    static const char *const incoming[] = {"incoming-t-selector", "incoming-s-selector",
                                           "incoming-p-selector"};
    static const enum stack_mode modes[] = {[CONF_1988_NORMAL] = STACK_NORMAL,
                                            [CONF_1988_X410] = STACK_X410_1988,
                                            [CONF_1984] = STACK_X410_1984};
    const struct conf_object *stack = directory_follow(directory, o, "stack");
    const char *address = conf_str(o, "local-address");

    memset(p, 0, sizeof(*p));
    p->object = o;
    p->stack_dn = stack ? stack->dn : "";
    p->remote_name = conf_str(o, "remote-mta-name");
    p->remote_password = conf_str(o, "remote-mta-password");
    p->local_name = either(conf_str(o, "local-mta-name"), conf_str(server, "mta-name"));
    p->local_password = either(conf_str(o, "local-mta-password"), conf_str(server, "mta-password"));
    p->remote_port = (uint16_t)conf_int(o, "remote-port");
    p->has_local_address = address && io_addr_parse(address, 0, &p->local_address) == X4_OK;
    load_hosts(p, o);
    load_selectors(&p->outgoing, o, outgoing);
    load_selectors(&p->incoming, o, incoming);
    p->evidence = conf_flags(o, "identify-by");
    p->mode = modes[conf_enum(o, "conformance")];
    p->schedule = conf_schedule(o, "schedule", &p->week);
    p->enabled = conf_bool(o, "enabled");
    p->two_way = conf_bool(o, "two-way-alternate");
    p->checkpoint_kib = (unsigned)conf_int(o, "checkpoint-size");
    p->window = (unsigned)conf_int(o, "window-size");
    load_times(p, o);
    p->own = (struct mts_identity){.gdi = own->gdi, .mta_name = slice_str(p->local_name)};
    load_peer(p, o, own);
}

void x400_profile_keep_addresses(struct x400_profile *p, const struct x400_profile *before)
{
    for (unsigned i = 0; i < p->host_count; i++) {
        struct x400_host *h = &p->host[i];

        for (unsigned k = 0; k < before->host_count && !h->is_prefix; k++) {
            const struct x400_host *old = &before->host[k];

            if (strcmp(h->name, old->name) != 0 || before->remote_port != p->remote_port)
                continue;
            memcpy(h->found, old->found, sizeof(h->found));
            h->found_count = old->found_count;
        }
    }
}

void x400_stack_profile_load(struct x400_stack_profile *p, const struct conf_object *stack)
{
    static const char *const called[] = {"t-selector", "s-selector", "p-selector"};

    memset(p, 0, sizeof(*p));
    p->port = (uint16_t)conf_int(stack, "port");
    for (size_t i = 0; i < conf_count(stack, "local-addresses") && i < X400_ADDRESSES; i++) {
        const char *text = conf_item(stack, "local-addresses", i);

        if (io_addr_parse(text, p->port, &p->local[p->local_count]) == X4_OK)
            p->local_count++;
        if (io_addr_parse(text, 0, &p->source[p->source_count]) == X4_OK)
            p->source_count++;
    }
    load_selectors(&p->called, stack, called);
    p->freebind = conf_bool(stack, "freebind");
    p->max_tpdu = (unsigned)conf_int(stack, "tpdu-size");
}
