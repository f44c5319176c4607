/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of the API. Those who may only look share a part of them, and nobody keeps one
 * without asking for something: so root always gets in. */
#include "admin/admin_internal.h"

#include <stdlib.h>
#include <sys/socket.h>

struct client {
    struct list link;
    int fd;
    enum admin_right right;
    bool asks;         /* a request is worked on */
    int64_t silent_ms; /* since when none is */
};

/* MHD notices the end, and closes. */
static void hang_up(const struct client *client)
{
    shutdown(client->fd, SHUT_RDWR);
}

static void arrived(struct admin *admin, struct MHD_Connection *connection, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct client *client = calloc(1, sizeof(*client));
    char user[32];

    *context = client;
    if (!client)
        return;
    client->fd = info->connect_fd;
    client->right = admin_peer_right(admin, connection, user);
    client->silent_ms = admin_clock_ms();
    list_push_back(&admin->clients, &client->link);
    admin->viewers += client->right == ADMIN_VIEW;
    if (client->right == ADMIN_VIEW && admin->viewers > ADMIN_VIEWERS)
        hang_up(client);
}

static void left(struct admin *admin, struct client *client)
{
    if (!client)
        return;
    admin->viewers -= client->right == ADMIN_VIEW;
    list_remove(&client->link);
    free(client);
}

void admin_client_changed(void *ctx, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        arrived(ctx, connection, context);
    else
        left(ctx, *context);
}

void admin_client_asks(struct MHD_Connection *connection, bool asks)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct client *client = info ? info->socket_context : NULL;

    if (!client)
        return;
    client->asks = asks;
    client->silent_ms = admin_clock_ms();
}

static int64_t patience_ends(const struct client *client)
{
    return client->asks ? INT64_MAX : client->silent_ms + ADMIN_SILENT_MS;
}

void admin_clients_check(struct admin *admin)
{
    int64_t now = admin_clock_ms();

    LIST_EACH(it, &admin->clients)
    {
        struct client *client = LIST_ITEM(it, struct client, link);

        if (patience_ends(client) > now)
            continue;
        hang_up(client);
        client->silent_ms = now; /* once is enough */
    }
}

int64_t admin_clients_next_ms(const struct admin *admin)
{
    int64_t least = INT64_MAX;

    LIST_EACH(it, &admin->clients)
    {
        int64_t ends = patience_ends(LIST_ITEM(it, struct client, link));

        least = ends < least ? ends : least;
    }
    return least;
}
