/* Whole files in and out. Plain or gzip on the way in (zlib reads both); on the way
 * out a temporary file and a rename, so that no reader ever meets half a file. */
#include "gutskin/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static gs_status read_all(gzFile f, const char *path, size_t limit, gs_buf *b, gs_err *err)
{
    char chunk[64 * 1024];
    int n, code = Z_OK;

    while ((n = gzread(f, chunk, sizeof chunk)) > 0) {
        if ((size_t)n > limit - b->len)
            return gs_fail_at(err, GS_EIO, path, 0, 0, NULL,
                              "larger than %zu bytes once unpacked; split it", limit);
        gs_buf_put_n(b, chunk, (size_t)n);
        if (b->failed)
            return gs_fail_at(err, GS_ENOMEM, path, 0, 0, NULL,
                              "too large for the memory of this machine");
    }
    const char *why = gzerror(f, &code);
    if (code == Z_ERRNO)
        why = strerror(errno);
    if (n < 0 || (code != Z_OK && code != Z_STREAM_END))
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL, "cannot be read: %s", why);
    return GS_OK;
}

static gs_status open_input(const char *path, int *out_fd, gs_err *err)
{
    struct stat st;

    *out_fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (*out_fd < 0)
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL, "cannot be opened: %s",
                          strerror(errno));
    if (fstat(*out_fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(*out_fd);
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL, "is a folder; name a file");
    }
    return GS_OK;
}

gs_status gs_text_read_file(const char *path, size_t limit, char **out, size_t *out_n,
                            gs_err *err)
{
    gs_buf b = {0};
    int fd;

    GS_TRY(open_input(path, &fd, err));
    gzFile f = gzdopen(fd, "rb");
    if (!f) {
        close(fd);
        return gs_fail(err, GS_ENOMEM, "out of memory");
    }
    gs_status st = read_all(f, path, limit, &b, err);
    gzclose(f);
    if (st == GS_OK)
        gs_buf_put_n(&b, "", 0);
    if (st == GS_OK && b.failed)
        st = gs_fail(err, GS_ENOMEM, "out of memory");
    if (st != GS_OK) {
        gs_buf_free(&b);
        return st;
    }
    *out = b.data;
    *out_n = b.len;
    return GS_OK;
}

static bool write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, text, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        text += w;
        n -= (size_t)w;
    }
    return true;
}

static gs_status write_failed(gs_err *err, const char *path)
{
    return gs_fail_at(err, GS_EIO, path, 0, 0, NULL, "cannot be written: %s",
                      strerror(errno));
}

/* By way of temp, which is gone afterwards whatever happened. */
static gs_status write_by_rename(const char *temp, const char *path, const char *text,
                                 size_t n, gs_err *err)
{
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd < 0)
        return write_failed(err, path);
    bool good = write_all(fd, text, n);
    good = close(fd) == 0 && good;
    if (good && rename(temp, path) == 0)
        return GS_OK;
    gs_status st = write_failed(err, path);
    unlink(temp);
    return st;
}

gs_status gs_text_write_file(const char *path, const char *text, size_t n, gs_err *err)
{
    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, text, n) ? GS_OK : write_failed(err, "stdout");

    gs_buf temp = {0};
    gs_buf_printf(&temp, "%s.%ld.part", path, (long)getpid());
    if (temp.failed)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_status st = write_by_rename(temp.data, path, text, n, err);
    gs_buf_free(&temp);
    return st;
}

gs_status gs_text_write_secret(const char *path, const char *text, size_t n, gs_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST)
        return gs_fail_at(err, GS_EUSE, path, 0, 0, NULL, "there is a file already; it is never "
                          "overwritten: name another");
    if (fd < 0)
        return write_failed(err, path);
    bool good = write_all(fd, text, n) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (good)
        return GS_OK;
    gs_status st = write_failed(err, path);
    unlink(path);
    return st;
}
