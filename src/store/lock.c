/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lock.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HOLDER_TEXT = 200 };

/* "mta1, process 1234, since 2026-11-22T16:54:00Z" */
static int describe(const char *owner, int64_t now_ms, char *text, size_t size)
{
    const time_t seconds = (time_t)(now_ms / 1000);
    char when[32] = "";
    struct tm tm;

    if (gmtime_r(&seconds, &tm))
        strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return snprintf(text, size, "%.*s, process %ld, since %s\n", HOLDER_TEXT / 2,
                    owner ? owner : "?", (long)getpid(), when);
}

/* The holder's line; it comes from another node, so only printable characters are shown. */
static void read_holder(int fd, char text[HOLDER_TEXT])
{
    ssize_t n = pread(fd, text, HOLDER_TEXT - 1, 0);
    size_t len = n > 0 ? (size_t)n : 0;

    text[len] = 0;
    text[strcspn(text, "\n")] = 0;
    for (char *c = text; *c; c++) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
    if (!text[0])
        snprintf(text, HOLDER_TEXT, "a process that has not said its name");
}

int lock_system_error(const char *path, char *text)
{
    const int cause = errno;

    snprintf(text, LOCK_TEXT, "%s: %s", path, strerror(cause));
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

static int fail(int *fd, const char *path, char *text)
{
    const int error = lock_system_error(path, text);

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return error;
}

int lock_take(const char *directory, const char *owner, int64_t now_ms, int *fd, char *text)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[PATH_MAX];
    char holder[HOLDER_TEXT];
    int len;

    snprintf(path, sizeof(path), "%s/lock", directory);
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0 || fchmod(*fd, 0600) != 0)
        return fail(fd, path, text);
    if (fcntl(*fd, F_OFD_SETLK, &lock) != 0) {
        if (errno != EAGAIN && errno != EACCES)
            return fail(fd, path, text);
        read_holder(*fd, holder);
        snprintf(text, LOCK_TEXT, "%s is in use by %s", directory, holder);
        close(*fd);
        *fd = -1;
        return X4_EBUSY;
    }
    len = describe(owner, now_ms, holder, sizeof(holder));
    if (ftruncate(*fd, 0) != 0 || pwrite(*fd, holder, (size_t)len, 0) != len || fdatasync(*fd) != 0)
        return fail(fd, path, text);
    return X4_OK;
}

void lock_release(int *fd)
{
    if (*fd < 0)
        return;
    /* A name in a free lock would mislead; if this fails the lock is free all the same. */
    if (ftruncate(*fd, 0) != 0)
        errno = 0;
    close(*fd);
    *fd = -1;
}
