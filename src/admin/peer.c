/* SPDX-License-Identifier: Apache-2.0 */
/* Who is on the other end of the socket (unix(7), SO_PEERCRED). */
#include "admin/admin_internal.h"

#include <stdio.h>
#include <sys/socket.h>

enum { GROUPS_MAX = 1024 };

/* Is the group among the peer's supplementary ones? */
static bool has_group(int fd, gid_t group)
{
    gid_t groups[GROUPS_MAX];
    socklen_t size = sizeof(groups);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0)
        return false;
    for (size_t i = 0; i < size / sizeof(groups[0]); i++)
        if (groups[i] == group)
            return true;
    return false;
}

enum admin_right admin_peer_right(const struct admin *admin, struct MHD_Connection *connection,
                                  char user[32])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const struct admin_params *params = &admin->params;
    struct ucred peer;
    socklen_t size = sizeof(peer);

    snprintf(user, 32, "unknown");
    if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return ADMIN_VIEW;
    if (peer.uid == 0)
        snprintf(user, 32, "root");
    else
        snprintf(user, 32, "uid %lu", (unsigned long)peer.uid);
    if (peer.uid == 0 || peer.uid == params->owner)
        return ADMIN_CONTROL;
    if (params->group != (gid_t)-1 &&
        (peer.gid == params->group || has_group(info->connect_fd, params->group)))
        return ADMIN_CONTROL;
    return ADMIN_VIEW;
}
