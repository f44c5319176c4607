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

/* Keeps the one right that is needed later, when a stack is reconfigured: ports below 1024. */
static int keep_bind_service(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};
    const __u32 bit = 1u << CAP_NET_BIND_SERVICE;

    data[0].effective = bit;
    data[0].permitted = bit;
    return (int)syscall(SYS_capset, &header, data);
}

static int become(const struct passwd *pw)
{
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || initgroups(pw->pw_name, pw->pw_gid) ||
        setgid(pw->pw_gid) || setuid(pw->pw_uid))
        return -1;
    return keep_bind_service();
}

int privileges_drop(const char *user, char *text, size_t size)
{
    const struct passwd *pw;

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!user)
        return X4_OK;
    pw = getpwnam(user);
    if (!pw) {
        snprintf(text, size, "user %s does not exist", user);
        return X4_ECONFIG;
    }
    if (geteuid() != pw->pw_uid && become(pw)) {
        snprintf(text, size, "cannot become user %s: %s", user, strerror(errno));
        return X4_EDENIED;
    }
    return X4_OK;
}
