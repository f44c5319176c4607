/* SPDX-License-Identifier: Apache-2.0 */
/* Forward resolution of names on libuv's thread pool. */
#include "base/error.h"
#include "io/uv_internal.h"

#include <stdlib.h>
#include <string.h>

enum { ADDRS_MAX = 32 }; /* of one name; more are not tried anyway */

struct resolve {
    uv_getaddrinfo_t req;
    struct uv_item item; /* its end means: nobody waits for the answer any more */
    bool wanted;
    uint16_t port;
    void (*done)(void *ctx, int error, const struct io_addr *addrs, unsigned count);
    void *ctx;
};

static void resolve_end(struct uv_item *item)
{
    struct resolve *r = LIST_ITEM(item, struct resolve, item);

    list_remove(&item->link);
    r->wanted = false;
    uv_cancel((uv_req_t *)&r->req); /* works only before it has started */
}

static bool take_addr(const struct addrinfo *ai, uint16_t port, struct io_addr *out)
{
    memset(out, 0, sizeof(*out));
    if (ai->ai_addrlen > sizeof(out->u))
        return false;
    memcpy(&out->u, ai->ai_addr, ai->ai_addrlen);
    if (ai->ai_family == AF_INET)
        out->u.v4.sin_port = htons(port);
    else if (ai->ai_family == AF_INET6)
        out->u.v6.sin6_port = htons(port);
    else
        return false;
    return true;
}

static int resolve_error(int status)
{
    switch (status) {
    case 0: return X4_OK;
    case UV_EAI_NONAME:
    case UV_EAI_NODATA: return X4_ENOTFOUND;
    case UV_EAI_MEMORY: return X4_ENOMEM;
    default: return X4_ENET;
    }
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
    struct resolve *r = req->data;
    struct io_addr addrs[ADDRS_MAX];
    unsigned count = 0;

    for (const struct addrinfo *ai = list; ai && count < ADDRS_MAX; ai = ai->ai_next)
        count += take_addr(ai, r->port, &addrs[count]);
    uv_freeaddrinfo(list);
    if (status == 0 && count == 0)
        status = UV_EAI_NODATA;
    if (r->wanted) {
        list_remove(&r->item.link);
        r->done(r->ctx, resolve_error(status), addrs, count);
    }
    free(r);
}

int uv_op_resolve(struct io *io, const char *name, uint16_t port,
                  void (*done)(void *ctx, int error, const struct io_addr *addrs, unsigned count),
                  void *ctx)
{
    /* No AI_ADDRCONFIG: the answer also tells which addresses may call us. */
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct resolve *r = calloc(1, sizeof(*r));

    if (!r)
        return X4_ENOMEM;
    r->wanted = true;
    r->port = port;
    r->done = done;
    r->ctx = ctx;
    r->req.data = r;
    uv_item_add(uv_of(io), &r->item, resolve_end);
    /* libuv refuses at once what cannot be a host name (empty, too long). */
    if (uv_getaddrinfo(&uv_of(io)->loop, &r->req, on_resolved, name, NULL, &hints)) {
        list_remove(&r->item.link);
        free(r);
        return X4_EINVAL;
    }
    return X4_OK;
}
