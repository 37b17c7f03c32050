/* The journal: a head that says whose it is, then a record a piece:
 *
 *     head    magic, fingerprint, n_piece
 *     record  piece, count, CRC-32 of the numbers and of the two before, the numbers
 *
 * A record is appended by one write; what a killed run left of the last one fails its
 * check and is cut off when the journal is opened again. */
#include "crew/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MAGIC[8] = "GSJRNL1";

typedef struct head {
    char magic[8];
    uint64_t fingerprint, n_piece;
} head;

typedef struct record {
    uint64_t piece, count, check;
} record;

struct journal {
    int fd;
    char *path;
    size_t n_piece, n_done;
    off_t end;
    off_t *at;     /* [n_piece] where a piece's numbers begin, 0 = not there */
    size_t *count; /* [n_piece] */
};

/* CRC-32 (IEEE 802.3), bit by bit: a record is small beside what it cost */
static uint32_t crc(uint32_t c, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (c = ~c; n; n--, p++) {
        c ^= *p;
        for (int i = 0; i < 8; i++)
            c = c >> 1 ^ (0xEDB88320u & (0u - (c & 1)));
    }
    return ~c;
}

static uint64_t check_of(const record *r, const double *x)
{
    uint32_t c = crc(0, &r->piece, sizeof r->piece);
    c = crc(c, &r->count, sizeof r->count);
    return crc(c, x, (size_t)r->count * sizeof *x);
}

static bool read_at(int fd, void *to, size_t n, off_t at)
{
    char *p = to;
    while (n) {
        ssize_t k = pread(fd, p, n, at);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        at += k;
        n -= (size_t)k;
    }
    return true;
}

static bool write_at(int fd, const void *from, size_t n, off_t at)
{
    const char *p = from;
    while (n) {
        ssize_t k = pwrite(fd, p, n, at);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        at += k;
        n -= (size_t)k;
    }
    return true;
}

/* Records from the head on, until one is torn or the file ends. */
static gs_status take_records(journal *j, off_t size, gs_err *err)
{
    off_t at = (off_t)sizeof(head);
    double *x = NULL;
    size_t cap = 0;
    record r;
    while (read_at(j->fd, &r, sizeof r, at)) {
        off_t from = at + (off_t)sizeof r;
        if (r.piece >= j->n_piece || r.count > (uint64_t)(size - from) / sizeof *x)
            break;
        if (r.count > cap) {
            double *more = realloc(x, (size_t)r.count * sizeof *x);
            if (!more) {
                free(x);
                return gs_fail(err, GS_ENOMEM, "out of memory");
            }
            x = more;
            cap = (size_t)r.count;
        }
        if (!read_at(j->fd, x, (size_t)r.count * sizeof *x, from) || check_of(&r, x) != r.check)
            break;
        j->n_done += j->at[r.piece] == 0;
        j->at[r.piece] = from;
        j->count[r.piece] = (size_t)r.count;
        at = from + (off_t)((size_t)r.count * sizeof *x);
    }
    free(x);
    j->end = at;
    return GS_OK;
}

static gs_status io_wrong(const journal *j, const char *what, gs_err *err)
{
    return gs_fail_at(err, GS_EIO, j->path, 0, 0, NULL, "%s: %s", what, strerror(errno));
}

static gs_status begin(journal *j, uint64_t fingerprint, gs_err *err)
{
    struct stat st;
    head h, want = {.fingerprint = fingerprint, .n_piece = j->n_piece};
    memcpy(want.magic, MAGIC, sizeof want.magic);
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0)
        return gs_fail_at(err, GS_EUSE, j->path, 0, 0, NULL,
                          "another run is writing it; wait for it or end it");
    if (fstat(j->fd, &st) != 0)
        return io_wrong(j, "cannot be read", err);
    if (st.st_size < (off_t)sizeof h) { /* new, or its head was torn */
        if (ftruncate(j->fd, 0) != 0 || !write_at(j->fd, &want, sizeof want, 0))
            return io_wrong(j, "cannot be written", err);
        j->end = (off_t)sizeof h;
        return GS_OK;
    }
    if (!read_at(j->fd, &h, sizeof h, 0))
        return io_wrong(j, "cannot be read", err);
    if (memcmp(h.magic, MAGIC, sizeof h.magic) != 0)
        return gs_fail_at(err, GS_EIO, j->path, 0, 0, NULL,
                          "is not the journal of a run; move it away or choose another --out");
    if (h.fingerprint != fingerprint || h.n_piece != j->n_piece)
        return gs_fail_at(err, GS_EUSE, j->path, 0, 0, NULL,
                          "is the journal of another run (its scenario, people, seed, days or "
                          "version differ); finish that run, remove the file, or choose "
                          "another --out");
    GS_TRY(take_records(j, st.st_size, err));
    if (ftruncate(j->fd, j->end) != 0)
        return io_wrong(j, "cannot be written", err);
    return GS_OK;
}

gs_status journal_open(const char *path, uint64_t fingerprint, size_t n_piece, journal **out,
                       gs_err *err)
{
    journal *j = calloc(1, sizeof *j);
    if (!j)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    j->n_piece = n_piece;
    j->path = strdup(path);
    j->at = calloc(n_piece + 1, sizeof *j->at);
    j->count = calloc(n_piece + 1, sizeof *j->count);
    j->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    gs_status st = GS_OK;
    if (!j->path || !j->at || !j->count)
        st = gs_fail(err, GS_ENOMEM, "out of memory");
    else if (j->fd < 0)
        st = io_wrong(j, "cannot be opened", err);
    else
        st = begin(j, fingerprint, err);
    if (st != GS_OK) {
        journal_close(j);
        return st;
    }
    *out = j;
    return GS_OK;
}

void journal_close(journal *j)
{
    if (!j)
        return;
    if (j->fd >= 0)
        close(j->fd);
    free(j->path);
    free(j->at);
    free(j->count);
    free(j);
}

bool journal_has(const journal *j, size_t piece)
{
    return j->at[piece] != 0;
}

size_t journal_n_done(const journal *j)
{
    return j->n_done;
}

gs_status journal_put(journal *j, size_t piece, size_t n, const double *x, gs_err *err)
{
    record r = {.piece = piece, .count = n};
    size_t bytes = n * sizeof *x;
    char *all = malloc(sizeof r + bytes);
    if (!all)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    r.check = check_of(&r, x);
    memcpy(all, &r, sizeof r);
    memcpy(all + sizeof r, x, bytes);
    bool ok = write_at(j->fd, all, sizeof r + bytes, j->end);
    free(all);
    if (!ok)
        return io_wrong(j, "cannot be written", err);
    j->n_done += j->at[piece] == 0;
    j->at[piece] = j->end + (off_t)sizeof r;
    j->count[piece] = n;
    j->end += (off_t)(sizeof r + bytes);
    return GS_OK;
}

gs_status journal_read(const journal *j, size_t piece, size_t from, size_t n, double *x,
                       gs_err *err)
{
    if (!j->at[piece] || from + n > j->count[piece])
        return gs_fail_at(err, GS_EIO, j->path, 0, 0, NULL, "piece %zu is not there", piece);
    if (!read_at(j->fd, x, n * sizeof *x, j->at[piece] + (off_t)(from * sizeof *x)))
        return io_wrong(j, "cannot be read", err);
    return GS_OK;
}
