/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stddef.h>

static const char *const texts[] = {
    [-X4_OK] = "success",
    [-X4_ENOMEM] = "out of memory",
    [-X4_EINVAL] = "invalid argument",
    [-X4_ESTATE] = "not allowed in this state",
    [-X4_ETRUNC] = "input ends too early",
    [-X4_ESYNTAX] = "malformed input",
    [-X4_ELIMIT] = "a limit is exceeded",
    [-X4_EPROTO] = "protocol error",
    [-X4_EUNSUPP] = "not supported",
    [-X4_EMISSING] = "mandatory element missing",
    [-X4_EDUP] = "element present twice",
    [-X4_EBOUNDS] = "value out of bounds",
    [-X4_ENOTFOUND] = "not found",
    [-X4_EEXIST] = "exists already",
    [-X4_EIO] = "input/output error",
    [-X4_EFULL] = "disk or quota full",
    [-X4_EBUSY] = "busy",
    [-X4_ECONFIG] = "configuration error",
    [-X4_ENET] = "network error",
    [-X4_ETIMEOUT] = "timed out",
    [-X4_EDENIED] = "permission denied",
    [-X4_EAGAIN] = "more input needed",
};

const char *x4_strerror(int error)
{
    const size_t count = sizeof(texts) / sizeof(texts[0]);

    if (error > 0 || (size_t)-error >= count)
        return "unknown error";
    return texts[-error];
}

int x4_error_of_errno(int cause)
{
    switch (cause) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG: return X4_ENOTFOUND;
    case EACCES:
    case EPERM:
    case EROFS: return X4_EDENIED;
    case ENOSPC:
    case EDQUOT: return X4_EFULL;
    default: return X4_EIO;
    }
}
