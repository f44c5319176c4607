/* SPDX-License-Identifier: Apache-2.0 */
#include "store/files.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int files_error(int error, const char *path, char *text, size_t size)
{
    snprintf(text, size, "%s: %s", path, strerror(-error));
    return x4_error_of_errno(-error);
}

static int result(int rc)
{
    return rc < 0 ? -errno : rc;
}

static long process(void *ctx)
{
    (void)ctx;
    return (long)getpid();
}

static int make_directory(void *ctx, const char *path)
{
    int rc = mkdir(path, 0700);

    (void)ctx;
    return result(rc ? rc : chmod(path, 0700)); /* whatever the umask */
}

static int sync_directory(void *ctx, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = result(fd < 0 ? fd : fsync(fd));

    (void)ctx;
    if (fd >= 0)
        close(fd);
    return rc;
}

static int exists(void *ctx, const char *path)
{
    struct stat st;

    (void)ctx;
    return result(stat(path, &st));
}

static int64_t free_space(void *ctx, const char *path)
{
    struct statvfs vfs;

    (void)ctx;
    if (statvfs(path, &vfs) != 0)
        return INT64_MAX;
    return (int64_t)(vfs.f_bavail * vfs.f_frsize);
}

static int open_file(void *ctx, const char *path, bool for_writing)
{
    const int flags = for_writing ? O_RDWR | O_CREAT : O_RDONLY;
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc = result(fd >= 0 && for_writing ? fchmod(fd, 0600) : fd);

    (void)ctx;
    if (rc < 0 && fd >= 0)
        close(fd);
    return rc < 0 ? rc : fd;
}

static void close_file(void *ctx, int file)
{
    (void)ctx;
    close(file);
}

/* A lock of the open file description: freed by the kernel when the holder dies, and not lost when
 * another descriptor of the file is closed. */
static int lock_file(void *ctx, int file)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int rc = result(fcntl(file, F_OFD_SETLK, &lock));

    (void)ctx;
    return rc == -EACCES ? -EAGAIN : rc;
}

static int64_t read_file(void *ctx, int file, void *to, size_t len, int64_t at)
{
    size_t got = 0;

    (void)ctx;
    while (got < len) {
        ssize_t n = pread(file, (uint8_t *)to + got, len - got, at + (int64_t)got);

        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            return -errno;
        got += n > 0 ? (size_t)n : 0;
    }
    return (int64_t)got;
}

static int64_t size_file(void *ctx, int file)
{
    struct stat st;

    (void)ctx;
    return fstat(file, &st) != 0 ? -errno : st.st_size;
}

static int write_file(void *ctx, int file, struct slice from, int64_t at)
{
    (void)ctx;
    while (from.len > 0) {
        ssize_t n = pwrite(file, from.p, from.len, at);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            from = slice_from(from, (size_t)n);
            at += n;
        }
    }
    return 0;
}

static int truncate_file(void *ctx, int file, int64_t size)
{
    (void)ctx;
    return result(ftruncate(file, size));
}

static int sync_file(void *ctx, int file)
{
    (void)ctx;
    return result(fdatasync(file));
}

const struct store_files files_system = {
    .process = process,
    .make_directory = make_directory,
    .sync_directory = sync_directory,
    .exists = exists,
    .free_space = free_space,
    .open = open_file,
    .close = close_file,
    .lock = lock_file,
    .read = read_file,
    .size = size_file,
    .write = write_file,
    .truncate = truncate_file,
    .sync = sync_file,
};
