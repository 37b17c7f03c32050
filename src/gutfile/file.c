/* A path to a table: by the first bytes HDF5, zip, or text that may be gzip. */
#include "gutfile/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "standard input" : slash && slash[1] ? slash + 1 : path;
}

/* "sample.kraken2.report.txt.gz" -> "sample": what stands before the first dot. */
static void sample_of(const char *path, char *out, size_t n)
{
    const char *name = name_of(path);
    snprintf(out, n, "%.*s", (int)strcspn(name, "."), name);
    if (strcmp(path, "-") == 0 || !*out)
        snprintf(out, n, "sample");
}

typedef struct zfile {
    gzFile f;
    const char *name;
} zfile;

static long read_z(void *self, void *buf, size_t n, gs_err *err)
{
    zfile *z = self;
    int got = gzread(z->f, buf, n < 1 << 20 ? (unsigned)n : 1 << 20), code = Z_OK;
    if (got < 0) {
        const char *why = gzerror(z->f, &code);
        gs_fail_at(err, GS_EIO, z->name, 0, 0, NULL,
                   code == Z_ERRNO ? "cannot be read: %s" : "is a damaged gzip file (%s)",
                   code == Z_ERRNO ? strerror(errno) : why);
        return -1;
    }
    if (got == 0 && !gzeof(z->f)) {
        gs_fail_at(err, GS_EIO, z->name, 0, 0, NULL, "cannot be read to its end");
        return -1;
    }
    if (got == 0) {
        gzerror(z->f, &code);
        if (code == Z_BUF_ERROR) {
            gs_fail_at(err, GS_EIO, z->name, 0, 0, NULL, "is a gzip file that is cut off");
            return -1;
        }
    }
    return got;
}

static gs_status open_file(const char *path, int *out, gs_err *err)
{
    struct stat st;
    const char *name = name_of(path);
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return gs_fail_at(err, GS_EIO, name, 0, 0, NULL, "cannot be opened: %s", strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return gs_fail_at(err, GS_EIO, name, 0, 0, NULL, "is a folder; name a file in it");
    }
    *out = fd;
    return GS_OK;
}

static gs_status read_stream(gs_arena *a, const char *path, const gs_gut_opts *o, gs_gut **out,
                             gs_err *err)
{
    int fd;
    GS_TRY(open_file(path, &fd, err));
    zfile z = {gzdopen(fd, "rb"), name_of(path)};
    if (!z.f) {
        close(fd);
        return gs_fail_at(err, GS_ENOMEM, z.name, 0, 0, NULL, "out of memory");
    }
    gzbuffer(z.f, 1 << 17);
    gs_gut_src src = {read_z, &z};
    gs_status st = gs_gut_read(a, z.name, &src, o, out, err);
    gzclose(z.f);
    return st;
}

static size_t first_bytes(const char *path, unsigned char *buf, size_t n, gs_status *st,
                          gs_err *err)
{
    int fd;
    *st = open_file(path, &fd, err);
    if (*st != GS_OK)
        return 0;
    ssize_t got = read(fd, buf, n);
    close(fd);
    return got > 0 ? (size_t)got : 0;
}

static bool is_hdf5(const unsigned char *s, size_t n)
{
    return n >= 8 && memcmp(s, "\x89HDF\r\n\x1a\n", 8) == 0;
}

static bool is_zip(const unsigned char *s, size_t n)
{
    return n >= 4 && (memcmp(s, "PK\x03\x04", 4) == 0 || memcmp(s, "PK\x05\x06", 4) == 0);
}

static gs_status read_names(const char *path, size_t limit, char **out, size_t *out_n,
                            gs_err *err)
{
    unsigned char head[8];
    gs_status st;
    size_t n = first_bytes(path, head, sizeof head, &st, err);
    GS_TRY(st);
    if (is_zip(head, n))
        return gutfile_zip_taxonomy(name_of(path), path, limit, out, out_n, err);
    return gs_text_read_file(path, limit, out, out_n, err);
}

gs_status gs_gutfile_read(gs_arena *a, const char *path, const gs_gutfile_opts *o,
                          gs_gut **out, gs_err *err)
{
    unsigned char head[8];
    char sample[120], *names = NULL;
    gs_status st = GS_OK;
    gs_gut_opts g = o->gut;
    size_t n = strcmp(path, "-") == 0 ? 0 : first_bytes(path, head, sizeof head, &st, err);
    GS_TRY(st);
    if (!*g.sample) {
        sample_of(path, sample, sizeof sample);
        g.sample = sample;
    }
    if (o->taxonomy) {
        GS_TRY(read_names(o->taxonomy, g.limit, &names, &g.n_taxonomy, err));
        g.taxonomy = names;
    }
    st = is_hdf5(head, n) ? gutfile_hdf5(a, name_of(path), path, NULL, 0, &g, out, err)
         : is_zip(head, n) ? gutfile_zip(a, name_of(path), path, &g, out, err)
                           : read_stream(a, path, &g, out, err);
    free(names);
    return st;
}

bool gs_gutfile_looks(const char *path)
{
    unsigned char head[8];
    char text[1 << 16];
    gs_err err = {0};
    gs_status st;
    if (strcmp(path, "-") == 0)
        return false;
    size_t n = first_bytes(path, head, sizeof head, &st, &err);
    if (st != GS_OK)
        return false;
    if (is_hdf5(head, n) || is_zip(head, n))
        return true;
    gzFile f = gzopen(path, "rb");
    if (!f)
        return false;
    int got = gzread(f, text, sizeof text);
    gzclose(f);
    return got > 0 && gs_gut_looks(text, (size_t)got);
}
