/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400d/privileges.h"

#include "base/error.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

gid_t privileges_group(const char *name)
{
    const struct group *g = name ? getgrnam(name) : NULL;

    return g ? g->gr_gid : (gid_t)-1;
}

bool privileges_has_user(const char *name)
{
    return !name || getpwnam(name);
}

/* Of what the process has, only the one right that is needed later stays. */
static int keep_bind_service(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};
    __u32 kept;

    if (syscall(SYS_capget, &header, data))
        return -1;
    kept = data[0].permitted & 1u << CAP_NET_BIND_SERVICE;
    memset(data, 0, sizeof(data));
    data[0].effective = kept;
    data[0].permitted = kept;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return (int)syscall(SYS_capset, &header, data);
}

/* Needs CAP_SETPCAP: while it is still root. */
static void empty_bounding_set(void)
{
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static int become(const struct passwd *pw)
{
    empty_bounding_set();
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || initgroups(pw->pw_name, pw->pw_gid) ||
        setgid(pw->pw_gid) || setuid(pw->pw_uid))
        return -1;
    return 0;
}

int privileges_drop(const char *user, char *text, size_t size)
{
    const struct passwd *pw = user ? getpwnam(user) : NULL;

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if ((user && !pw) || (pw && geteuid() != pw->pw_uid && become(pw)) ||
        (geteuid() != 0 && keep_bind_service())) {
        snprintf(text, size, "cannot become user %s: %s", user ? user : "of its own",
                 strerror(errno));
        return X4_EDENIED;
    }
    return X4_OK;
}
