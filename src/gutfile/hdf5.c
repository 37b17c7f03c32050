/* BIOM 2.1: a sparse table in HDF5.
 *
 *   /sample/ids  /sample/matrix/{indptr,indices,data}   samples by taxa: our own layout
 *   /observation/ids  /observation/metadata/taxonomy    names, [n] or [n x ranks]
 *
 *   parent --fork--> child: libhdf5 reads --pipe--> plain rows --> parent: builder checks
 *
 * libhdf5 trusts its files; a forged one can crash it or keep it busy. So it runs in a
 * child with limits on time and memory that can do nothing but write rows to a pipe. The
 * parent reads them as it reads any other bytes: lengths and numbers are checked. Reading in
 * slabs keeps the child small. Source: biom-format.org, "The biom file format: Version 2.1". */
#include "gutfile/inner.h"

#include "gut/build.h"

#include <errno.h>
#include <hdf5.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLAB = 1 << 15, CPU_SECONDS = 60, WALL_SECONDS = 120, LONGEST_TEXT = 1 << 16 };

/* What the child says, a tag each: 'S' or 'T' and a text (a sample; a taxon: id, lineage),
 * 'L' a sample's index and the number of its values, 'V' that many (taxon, value), 'E' a
 * sentence, 'X' the end. */

/* ---- the child ---------------------------------------------------------------------------- */

typedef struct child {
    FILE *to;
    hid_t file;
} child;

static void say_text(FILE *f, const char *s, size_t n)
{
    uint32_t len = (uint32_t)(n < LONGEST_TEXT ? n : LONGEST_TEXT);
    fwrite(&len, sizeof len, 1, f);
    fwrite(s, 1, len, f);
}

static void stop(child *c, const char *fmt, ...) GS_PRINTF(2, 3) __attribute__((noreturn));
static void stop(child *c, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    putc('E', c->to);
    say_text(c->to, text, strlen(text));
    fflush(c->to);
    _exit(0);
}

static bool exists(hid_t at, const char *path)
{
    char part[200];
    for (size_t i = 1; i <= strlen(path) && i < sizeof part; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (H5Lexists(at, part, H5P_DEFAULT) <= 0)
            return false;
    }
    return true;
}

static hid_t open_set(child *c, const char *path, hsize_t dims[2], int *rank)
{
    if (!exists(c->file, path))
        stop(c, "is HDF5, but no BIOM table: %s is missing", path);
    hid_t d = H5Dopen2(c->file, path, H5P_DEFAULT);
    hid_t space = d >= 0 ? H5Dget_space(d) : -1;
    if (space < 0)
        stop(c, "%s cannot be read: the HDF5 file is damaged", path);
    *rank = H5Sget_simple_extent_ndims(space);
    dims[0] = dims[1] = 1;
    if (*rank < 0 || *rank > 2 || (*rank && H5Sget_simple_extent_dims(space, dims, NULL) < 0))
        stop(c, "%s is no list", path);
    H5Sclose(space);
    return d;
}

static bool is_class(hid_t d, H5T_class_t a, H5T_class_t b)
{
    hid_t t = H5Dget_type(d);
    H5T_class_t k = t >= 0 ? H5Tget_class(t) : H5T_NO_CLASS;
    if (t >= 0)
        H5Tclose(t);
    return k == a || k == b;
}

/* Rows from .. from + n of a list of numbers, converted to type. */
static void read_slab(child *c, hid_t d, const char *path, hid_t type, hsize_t from, hsize_t n,
                      void *out)
{
    hid_t file = H5Dget_space(d), mem = H5Screate_simple(1, &n, NULL);
    bool ok = file >= 0 && mem >= 0
              && H5Sselect_hyperslab(file, H5S_SELECT_SET, &from, NULL, &n, NULL) >= 0
              && H5Dread(d, type, mem, file, H5P_DEFAULT, out) >= 0;
    if (file >= 0)
        H5Sclose(file);
    if (mem >= 0)
        H5Sclose(mem);
    if (!ok)
        stop(c, "%s cannot be read: the HDF5 file is damaged", path);
}

/* Texts of a list, in slabs: variable or fixed length; give is called for each. */
typedef void give_fn(child *c, size_t i, size_t col, const char *s, size_t n, void *ctx);

static void read_texts(child *c, const char *path, hid_t d, const hsize_t dims[2], int rank,
                       give_fn *give, void *ctx)
{
    hid_t t = H5Dget_type(d), file = H5Dget_space(d);
    if (t < 0 || file < 0 || H5Tget_class(t) != H5T_STRING)
        stop(c, "%s holds no texts", path);
    bool loose = H5Tis_variable_str(t) > 0;
    size_t size = H5Tget_size(t);
    hsize_t n_col = rank == 2 ? dims[1] : 1, rows = 1024;
    if (n_col > 64 || (!loose && size > LONGEST_TEXT))
        stop(c, "%s is wider than any list of names", path);
    hid_t mem_type = H5Tcopy(t);
    char *flat = NULL, **ptr = NULL;
    if (loose)
        ptr = calloc(rows * n_col, sizeof *ptr);
    else
        flat = calloc(64 * n_col, size + 1);
    rows = loose ? rows : 64;
    if (mem_type < 0 || (!ptr && !flat))
        stop(c, "out of memory");
    for (hsize_t from = 0; from < dims[0]; from += rows) {
        hsize_t n = dims[0] - from < rows ? dims[0] - from : rows;
        hsize_t start[2] = {from, 0}, count[2] = {n, n_col}, total = n * n_col;
        hid_t mem = H5Screate_simple(1, &total, NULL);
        if (mem < 0 || (rank && H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, count, NULL) < 0)
            || H5Dread(d, mem_type, mem, file, H5P_DEFAULT, loose ? (void *)ptr : flat) < 0)
            stop(c, "%s cannot be read: the HDF5 file is damaged", path);
        for (hsize_t i = 0; i < total; i++) {
            const char *s = loose ? ptr[i] : flat + i * size;
            size_t len = !s ? 0 : loose ? strlen(s) : strnlen(s, size);
            while (len && !loose && s[len - 1] == ' ')
                len--;
            give(c, (size_t)(from + i / n_col), (size_t)(i % n_col), s ? s : "", len, ctx);
        }
        if (loose)
            H5Dvlen_reclaim(mem_type, mem, H5P_DEFAULT, ptr);
        H5Sclose(mem);
    }
    free(flat);
    free(ptr);
    H5Tclose(mem_type);
    H5Sclose(file);
    H5Tclose(t);
}

static void give_sample(child *c, size_t i, size_t col, const char *s, size_t n, void *ctx)
{
    (void)i, (void)col, (void)ctx;
    putc('S', c->to);
    say_text(c->to, s, n);
}

/* Lineages are kept (one string a taxon) until the ids come by. */
typedef struct names {
    char **of;
    size_t n;
} names;

static void give_name(child *c, size_t i, size_t col, const char *s, size_t n, void *ctx)
{
    names *x = ctx;
    (void)col;
    size_t had = x->of[i] ? strlen(x->of[i]) : 0;
    if (n > 1000)
        n = 1000;
    char *more = realloc(x->of[i], had + n + 2);
    if (!more)
        stop(c, "out of memory");
    if (had)
        more[had++] = ';';
    memcpy(more + had, s, n);
    more[had + n] = '\0';
    x->of[i] = more;
}

static void give_taxon(child *c, size_t i, size_t col, const char *s, size_t n, void *ctx)
{
    names *x = ctx;
    (void)col;
    const char *name = x->of && x->of[i] ? x->of[i] : "";
    putc('T', c->to);
    say_text(c->to, s, n);
    say_text(c->to, name, strlen(name));
}

static const char *const name_places[] = {"/observation/metadata/taxonomy",
                                          "/observation/metadata/Taxonomy",
                                          "/observation/metadata/taxon",
                                          "/observation/metadata/Taxon",
                                          "/observation/metadata/lineage"};

static void child_names(child *c, hsize_t n_taxon, names *x)
{
    hsize_t dims[2];
    int rank;
    for (size_t k = 0; k < sizeof name_places / sizeof *name_places; k++) {
        if (!exists(c->file, name_places[k]))
            continue;
        hid_t d = open_set(c, name_places[k], dims, &rank);
        if (dims[0] != n_taxon)
            stop(c, "%s has %llu rows for %llu taxa", name_places[k], (unsigned long long)dims[0],
                 (unsigned long long)n_taxon);
        x->of = calloc(n_taxon ? n_taxon : 1, sizeof *x->of);
        if (!x->of)
            stop(c, "out of memory");
        read_texts(c, name_places[k], d, dims, rank, give_name, x);
        H5Dclose(d);
        return;
    }
}

static void child_ids(child *c, hsize_t *n_sample, hsize_t *n_taxon)
{
    hsize_t dims[2];
    int rank;
    names x = {0};
    hid_t d = open_set(c, "/sample/ids", dims, &rank);
    *n_sample = rank == 1 ? dims[0] : 0;
    if (*n_sample == 0)
        stop(c, "BIOM 2.1 (HDF5) without samples: there is nothing to read");
    if (*n_sample > UINT32_MAX)
        stop(c, "/sample/ids is no list of samples");
    read_texts(c, "/sample/ids", d, dims, rank, give_sample, NULL);
    H5Dclose(d);
    d = open_set(c, "/observation/ids", dims, &rank);
    *n_taxon = rank == 1 ? dims[0] : 0;
    if (*n_taxon == 0)
        stop(c, "BIOM 2.1 (HDF5) without taxa: there is nothing to read");
    if (*n_taxon > 100000000)
        stop(c, "/observation/ids is no list of taxa");
    child_names(c, *n_taxon, &x);
    read_texts(c, "/observation/ids", d, dims, rank, give_taxon, &x);
    for (size_t i = 0; x.of && i < *n_taxon; i++)
        free(x.of[i]);
    free(x.of);
    H5Dclose(d);
}

typedef struct matrix {
    hid_t data, indices, indptr;
    hsize_t n_value, n_ptr;
} matrix;

static matrix open_matrix(child *c, const char *data, const char *indices, const char *indptr)
{
    hsize_t a[2], b[2], p[2];
    int r[3];
    matrix m = {0};
    m.data = open_set(c, data, a, &r[0]);
    m.indices = open_set(c, indices, b, &r[1]);
    m.indptr = open_set(c, indptr, p, &r[2]);
    if (!is_class(m.data, H5T_FLOAT, H5T_INTEGER))
        stop(c, "%s holds no numbers", data);
    if (!is_class(m.indices, H5T_INTEGER, H5T_INTEGER))
        stop(c, "%s holds no whole numbers", indices);
    if (!is_class(m.indptr, H5T_INTEGER, H5T_INTEGER))
        stop(c, "%s holds no whole numbers", indptr);
    if (r[0] != 1 || r[1] != 1 || r[2] != 1 || a[0] != b[0])
        stop(c, "the lists of the matrix do not fit together: %llu values, %llu places",
             (unsigned long long)a[0], (unsigned long long)b[0]);
    m.n_value = a[0];
    m.n_ptr = p[0];
    return m;
}

/* Values in slabs, cut where a sample ends. */
static void child_values(child *c, hsize_t n_sample)
{
    matrix m = open_matrix(c, "/sample/matrix/data", "/sample/matrix/indices",
                           "/sample/matrix/indptr");
    if (m.n_ptr != n_sample + 1)
        stop(c, "/sample/matrix/indptr has %llu entries for %llu samples",
             (unsigned long long)m.n_ptr, (unsigned long long)n_sample);
    long long *ptr = calloc(m.n_ptr, sizeof *ptr);
    double *value = malloc(SLAB * sizeof *value);
    long long *at = malloc(SLAB * sizeof *at);
    int32_t *place = malloc(SLAB * sizeof *place);
    if (!ptr || !value || !at || !place)
        stop(c, "out of memory");
    read_slab(c, m.indptr, "/sample/matrix/indptr", H5T_NATIVE_LLONG, 0, m.n_ptr, ptr);
    if (ptr[0] != 0 || ptr[n_sample] < 0 || (hsize_t)ptr[n_sample] != m.n_value)
        stop(c, "/sample/matrix/indptr does not fit the %llu values", (unsigned long long)m.n_value);
    size_t s = 0;
    for (size_t i = 0; i < n_sample; i++)
        if (ptr[i + 1] < ptr[i])
            stop(c, "/sample/matrix/indptr runs backwards");
    for (hsize_t from = 0; from < m.n_value; from += SLAB) {
        hsize_t n = m.n_value - from < SLAB ? m.n_value - from : SLAB;
        read_slab(c, m.data, "/sample/matrix/data", H5T_NATIVE_DOUBLE, from, n, value);
        read_slab(c, m.indices, "/sample/matrix/indices", H5T_NATIVE_LLONG, from, n, at);
        for (hsize_t k = 0; k < n;) {
            while (s < n_sample && (hsize_t)ptr[s + 1] <= from + k)
                s++;
            hsize_t stop_at = (hsize_t)ptr[s + 1] - from;
            hsize_t m_now = stop_at < n ? stop_at - k : n - k;
            uint32_t head[2] = {(uint32_t)s, (uint32_t)m_now};
            putc('L', c->to);
            fwrite(head, sizeof head, 1, c->to);
            for (hsize_t j = 0; j < m_now; j++) /* places that do not fit become -1 */
                place[j] = at[k + j] >= 0 && at[k + j] <= INT32_MAX ? (int32_t)at[k + j] : -1;
            fwrite(place, sizeof *place, m_now, c->to);
            fwrite(value + k, sizeof *value, m_now, c->to);
            k += m_now;
        }
    }
    free(ptr);
    free(value);
    free(at);
    free(place);
}

static void set_limit(int what, rlim_t value)
{
    struct rlimit r = {value, value};
    setrlimit(what, &r);
}

static void run_child(const char *path, const void *bytes, size_t n, size_t limit, int fd)
    __attribute__((noreturn));
static void run_child(const char *path, const void *bytes, size_t n, size_t limit, int fd)
{
    hsize_t n_sample, n_taxon;
    child c = {.to = fdopen(fd, "wb")};
    set_limit(RLIMIT_CPU, CPU_SECONDS);
    set_limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__) /* which reserves terabytes */
    set_limit(RLIMIT_AS, (rlim_t)limit + ((rlim_t)1 << 30));
#else
    (void)limit;
#endif
    signal(SIGPIPE, SIG_DFL);
    if (!c.to)
        _exit(1);
    setvbuf(c.to, NULL, _IOFBF, 1 << 18);
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    /* a chunk is often all of a list: slabs must not unpack it again and again */
    H5Pset_cache(access, 0, 521, (size_t)64 << 20, 1.0);
    if (bytes) {
        H5Pset_fapl_core(access, 1 << 16, 0);
        H5Pset_file_image(access, (void *)(uintptr_t)bytes, n);
    }
    c.file = H5Fopen(bytes ? "image" : path, H5F_ACC_RDONLY, access);
    if (c.file < 0)
        stop(&c, "is no HDF5 file, or a damaged one");
    child_ids(&c, &n_sample, &n_taxon);
    child_values(&c, n_sample);
    putc('X', c.to);
    fflush(c.to);
    _exit(0); /* without closing: nothing was written, and closing a bad file is a risk */
}

/* ---- the parent ------------------------------------------------------------------------------ */

typedef struct pipe_end {
    int fd;
    char *buf;
    size_t n, at;
    double until;
    bool late;
} pipe_end;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum { PIPE = 1 << 16 };

static bool get(pipe_end *p, void *out, size_t n)
{
    char *to = out;
    while (n) {
        if (p->at == p->n) {
            struct pollfd x = {p->fd, POLLIN, 0};
            double left = p->until - now();
            int ready = left > 0 ? poll(&x, 1, (int)(left * 1000) + 1) : 0;
            if (ready < 0 && errno == EINTR)
                continue;
            if (ready <= 0) {
                p->late = true;
                return false;
            }
            ssize_t got = read(p->fd, p->buf, PIPE);
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                return false;
            p->n = (size_t)got;
            p->at = 0;
        }
        size_t m = p->n - p->at < n ? p->n - p->at : n;
        memcpy(to, p->buf + p->at, m);
        to += m;
        p->at += m;
        n -= m;
    }
    return true;
}

static bool get_text(pipe_end *p, char *out, size_t *n)
{
    uint32_t len;
    if (!get(p, &len, sizeof len) || len > LONGEST_TEXT || !get(p, out, len))
        return false;
    out[len] = '\0';
    size_t bad;
    for (size_t at = 0; at < len && !gs_text_utf8(out + at, len - at, &bad);)
        out[at += bad] = '?';
    *n = len;
    return true;
}

static gs_status take_values(pipe_end *p, gut_build *b, int32_t *at, double *value, gs_err *err)
{
    uint32_t head[2];
    if (!get(p, head, sizeof head) || head[1] > SLAB || !get(p, at, head[1] * sizeof *at)
        || !get(p, value, head[1] * sizeof *value))
        return GS_EIO;
    for (uint32_t k = 0; k < head[1]; k++) {
        if (at[k] < 0 || (uint32_t)at[k] >= build_n_taxon(b) || head[0] >= build_n_sample(b))
            return build_fail(b, GS_EPARSE, 0, err,
                              "a value of sample %u stands at taxon %d of %zu", head[0], (int)at[k],
                              build_n_taxon(b));
        GS_TRY(build_add(b, head[0], (uint32_t)at[k], value[k], 0, err));
    }
    return GS_OK;
}

/* GS_EIO without a sentence: the child fell silent. */
static gs_status listen(pipe_end *p, gut_build *b, gs_err *err)
{
    char *one = malloc(LONGEST_TEXT + 1), *two = malloc(LONGEST_TEXT + 1), tag;
    int32_t *at = malloc(SLAB * sizeof *at);
    double *value = malloc(SLAB * sizeof *value);
    size_t n1, n2;
    uint32_t k;
    gs_status st = one && two && at && value ? GS_OK
                                             : build_fail(b, GS_ENOMEM, 0, err, "out of memory");
    bool done = false;
    while (st == GS_OK && !done) {
        if (!get(p, &tag, 1)) {
            st = GS_EIO;
        } else if (tag == 'S') {
            st = get_text(p, one, &n1) ? build_sample(b, one, n1, 0, &k, err) : GS_EIO;
        } else if (tag == 'T') {
            st = get_text(p, one, &n1) && get_text(p, two, &n2)
                     ? build_taxon(b, one, n1, n2 ? two : NULL, n2, 0, &k, err)
                     : GS_EIO;
        } else if (tag == 'L') {
            st = take_values(p, b, at, value, err);
        } else if (tag == 'E') {
            st = get_text(p, one, &n1) ? build_fail(b, GS_EPARSE, 0, err, "%s", one) : GS_EIO;
        } else {
            done = tag == 'X';
            st = done ? GS_OK : GS_EIO;
        }
    }
    free(one);
    free(two);
    free(at);
    free(value);
    return st;
}

static gs_status fell_silent(gut_build *b, const pipe_end *p, int status, gs_err *err)
{
    if (p->late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
        return build_fail(b, GS_EPARSE, 0, err,
                          "the HDF5 library did not come to an end on this file: it is damaged, or "
                          "far too large");
    return build_fail(b, GS_EPARSE, 0, err, "is a damaged HDF5 file: the library that reads it %s",
                      WIFSIGNALED(status) ? "crashed on it" : "gave up");
}

gs_status gutfile_hdf5(gs_arena *a, const char *name, const char *path, const void *bytes,
                       size_t n, const gs_gut_opts *o, gs_gut **out, gs_err *err)
{
    int fd[2], status = 0;
    pipe_end p = {.until = now() + WALL_SECONDS};
    gut_build *b = build_new(a, name, o);
    p.buf = malloc(PIPE);
    if (!b || !p.buf || pipe(fd) != 0) {
        build_free(b);
        free(p.buf);
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    }
    fflush(NULL);
    pid_t id = fork();
    if (id == 0) {
        close(fd[0]);
        run_child(path, bytes, n, o->limit, fd[1]);
    }
    close(fd[1]);
    p.fd = fd[0];
    gs_status st = id > 0 ? listen(&p, b, err)
                          : build_fail(b, GS_EIO, 0, err, "no process can be started to read it");
    close(fd[0]);
    if (id > 0) {
        if (st != GS_OK)
            kill(id, SIGKILL);
        while (waitpid(id, &status, 0) < 0 && errno == EINTR)
            ;
    }
    if (st == GS_EIO && id > 0 && !(err && err->code))
        st = fell_silent(b, &p, status, err);
    if (st == GS_OK)
        st = build_finish(b, "biom-hdf5", "BIOM 2.1 (HDF5)", BUILD_AUTO, GS_GUT_METHOD_UNKNOWN, out,
                          err);
    build_free(b);
    free(p.buf);
    return st;
}
