/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lock.h"

#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

enum { HOLDER_TEXT = 200 };

/* "mta1, process 1234, since 2026-11-22T16:54:00Z" */
static struct slice describe(const struct lock *lock, const struct lock_owner *owner,
                             char text[HOLDER_TEXT])
{
    const time_t seconds = (time_t)(owner->now_ms / 1000);
    char when[32] = "";
    struct tm tm;

    if (gmtime_r(&seconds, &tm))
        strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    snprintf(text, HOLDER_TEXT, "%.*s, process %ld, since %s\n", HOLDER_TEXT / 2,
             owner->name ? owner->name : "?", lock->files->process(lock->files->ctx), when);
    return slice_str(text);
}

/* The holder's line; it comes from another node, so only printable characters are shown. */
static void read_holder(const struct lock *lock, char text[HOLDER_TEXT])
{
    int64_t n = lock->files->read(lock->files->ctx, lock->file, text, HOLDER_TEXT - 1, 0);

    text[n > 0 ? n : 0] = 0;
    text[strcspn(text, "\n")] = 0;
    for (char *c = text; *c; c++) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
    if (!text[0])
        snprintf(text, HOLDER_TEXT, "a process that has not said its name");
}

static void let_go(struct lock *lock)
{
    lock->files->close(lock->files->ctx, lock->file);
    lock->file = -1;
}

static int sign(const struct lock *lock, const struct lock_owner *owner)
{
    const struct store_files *files = lock->files;
    char text[HOLDER_TEXT];
    int rc = files->truncate(files->ctx, lock->file, 0);

    if (rc >= 0)
        rc = files->write(files->ctx, lock->file, describe(lock, owner, text), 0);
    return rc < 0 ? rc : files->sync(files->ctx, lock->file);
}

int lock_take(struct lock *lock, const char *directory, const struct lock_owner *owner, char *text)
{
    const struct store_files *files = lock->files;
    char path[PATH_MAX];
    char holder[HOLDER_TEXT];
    int rc;

    snprintf(path, sizeof(path), "%s/lock", directory);
    lock->file = files->open(files->ctx, path, true);
    if (lock->file < 0)
        return files_error(lock->file, path, text, LOCK_TEXT);
    rc = files->lock(files->ctx, lock->file);
    if (rc == -EAGAIN) {
        read_holder(lock, holder);
        snprintf(text, LOCK_TEXT, "%s is in use by %s", directory, holder);
        let_go(lock);
        return X4_EBUSY;
    }
    if (rc >= 0)
        rc = sign(lock, owner);
    if (rc >= 0)
        return X4_OK;
    let_go(lock);
    return files_error(rc, path, text, LOCK_TEXT);
}

void lock_release(struct lock *lock)
{
    if (lock->file < 0)
        return;
    /* A name in a free lock would mislead; if this fails the lock is free all the same. */
    (void)lock->files->truncate(lock->files->ctx, lock->file, 0);
    let_go(lock);
}
