/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/x400/identify.h"

static bool required(const struct x400_profile *p, enum conf_evidence what)
{
    return (p->evidence & 1u << what) != 0;
}

bool x400_host_matches(const struct x400_profile *p, const struct io_addr *peer)
{
    for (unsigned i = 0; i < p->host_count; i++) {
        const struct x400_host *h = &p->host[i];

        if (h->is_prefix && io_prefix_holds(&h->prefix, peer))
            return true;
        for (unsigned k = 0; k < h->found_count; k++) {
            if (io_addr_same_host(&h->found[k], peer))
                return true;
        }
    }
    return false;
}

bool x400_neighbour_matches(const struct x400_profile *p, const struct io_addr *peer)
{
    struct io_addr network, own;

    io_addr_network(peer, &network);
    for (unsigned i = 0; i < p->host_count; i++) {
        for (unsigned k = 0; k < p->host[i].found_count; k++) {
            io_addr_network(&p->host[i].found[k], &own);
            if (io_addr_same_host(&own, &network))
                return true;
        }
    }
    return false;
}

static bool selector_is(const struct x400_selector *expected, struct slice offered)
{
    return slice_eq(x400_selector_slice(expected), offered);
}

/* Incoming selectors as configured; blank ones mean that the outgoing values are expected. In the
 * X.410 modes there are none above transport. */
static bool calling_matches(const struct x400_profile *p, const struct x400_evidence *e)
{
    const struct stack_selectors *calling = &e->calling;
    const struct x400_selectors *in = &p->incoming;
    const struct x400_selectors *out = &p->outgoing;

    if (!selector_is(in->t.present ? &in->t : &out->t, calling->tsel))
        return false;
    if (e->mode != STACK_NORMAL)
        return true;
    return selector_is(in->s.present ? &in->s : &out->s, calling->ssel) &&
           selector_is(in->p.present ? &in->p : &out->p, calling->psel);
}

/* Whoever names nothing got past the stack, but not past this. */
static bool called_matches(const struct x400_stack_profile *stack, const struct x400_evidence *e)
{
    const struct x400_selectors *own = &stack->called;

    if (!selector_is(&own->t, e->called.tsel))
        return false;
    if (e->mode != STACK_NORMAL)
        return true;
    return selector_is(&own->s, e->called.ssel) && selector_is(&own->p, e->called.psel);
}

static bool password_matches(const struct x400_profile *p, const struct p1_bind *bind)
{
    if (!p->remote_password)
        return bind->password.len == 0;
    return p1_password_equal(bind->password, slice_str(p->remote_password));
}

unsigned x400_mismatches(const struct x400_profile *p, const struct x400_stack_profile *stack,
                         const struct x400_evidence *e)
{
    unsigned m = 0;

    if (!conf_dn_equal(p->stack_dn, e->stack_dn))
        m |= X400_OTHER_STACK;
    if (required(p, CONF_BY_ADDRESS) && !x400_host_matches(p, e->peer))
        m |= X400_ADDRESS;
    if (required(p, CONF_BY_CALLED_TSEL) &&
        !slice_eq(x400_selector_slice(&stack->called.t), e->called.tsel))
        m |= X400_CALLED_TSEL;
    if (required(p, CONF_BY_CALLED) && !called_matches(stack, e))
        m |= X400_CALLED;
    if (required(p, CONF_BY_CALLING) && !calling_matches(p, e))
        m |= X400_CALLING;
    if (required(p, CONF_BY_MTA_NAME) &&
        !p1_name_equal(e->bind->mta_name, slice_str(p->remote_name), false))
        m |= X400_NAME;
    if (required(p, CONF_BY_PASSWORD) && !password_matches(p, e->bind))
        m |= X400_PASSWORD;
    return m;
}

static void explain_hosts(const struct x400_profile *p, struct buf *out)
{
    buf_text(out, "the address is not in remote-hosts (");
    for (unsigned i = 0; i < p->host_count; i++) {
        const struct x400_host *h = &p->host[i];

        buf_printf(out, "%s%s", i ? ", " : "", h->name);
        if (!h->is_prefix && h->found_count == 0)
            buf_text(out, " [not resolved]");
    }
    buf_text(out, p->host_count ? ")" : "none listed)");
}

static const char *password_text(const struct x400_profile *p, const struct p1_bind *bind)
{
    if (!p->remote_password)
        return "a password was given, none is expected";
    if (bind->password.len == 0)
        return "no password was given";
    return "the password differs (case matters)";
}

void x400_explain(const struct x400_profile *p, unsigned m, const struct x400_evidence *e,
                  struct buf *out)
{
    const char *comma = "";

    buf_printf(out, "%s: ", conf_dn_leaf(p->object->dn));
    if (m & X400_ADDRESS) {
        explain_hosts(p, out);
        comma = ", ";
    }
    if (m & X400_CALLED_TSEL) {
        buf_printf(out, "%sthe called T-selector is not the stack's", comma);
        comma = ", ";
    }
    if (m & X400_CALLED) {
        buf_printf(out, "%sthe called selectors are not the stack's", comma);
        comma = ", ";
    }
    if (m & X400_CALLING) {
        buf_printf(out, "%sthe calling selectors are not those expected", comma);
        comma = ", ";
    }
    if (m & X400_NAME) {
        buf_printf(out, "%sthe MTA name is not %s", comma, p->remote_name);
        comma = ", ";
    }
    if (m & X400_PASSWORD)
        buf_printf(out, "%s%s", comma, password_text(p, e->bind));
    else if (!m)
        buf_text(out, "matches");
}
