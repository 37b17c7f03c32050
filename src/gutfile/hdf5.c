/* BIOM 2.1: a sparse table in HDF5.
 *
 *   /sample/ids  /sample/matrix/{indptr,indices,data}   samples by taxa: our own layout
 *   /observation/ids  /observation/metadata/taxonomy    names, [n] or [n x ranks]
 *
 *   parent --fork--> child: libhdf5 reads --pipe--> plain rows --> parent: builder checks
 *
 * libhdf5 trusts its files; a forged one can crash it or keep it busy. So it runs in a
 * child with limits on time and memory that can do nothing but write rows to a pipe. The
 * parent reads them as it reads any other bytes: lengths and numbers are checked.
 *
 * Numbers are taken chunk by chunk as they lie in the file and unpacked here (libdeflate): the
 * library's own way through slabs, converters and zlib takes three times as long. What is
 * packed otherwise goes the library's way. Source: biom-format.org, "The biom file format:
 * Version 2.1". */
#include "gutfile/inner.h"

#include "gut/build.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <libdeflate.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SLAB = 1 << 15,
    CPU_SECONDS = 60,
    WALL_SECONDS = 120,
    LONGEST_TEXT = 1 << 16,
    LARGEST_CHUNK = 64 << 20, /* bytes; larger ones go the library's way, slab by slab */
    PIPE = 1 << 18
};

/* What the child says, a tag each: 'S' or 'T' and a text (a sample; a taxon: id, lineage),
 * 'N' the number of values, 'L' a sample's index, a number of its values and their form, that
 * many taxa and that many values, 'E' a sentence, 'X' the end. */
enum { FORM_PLACE_16 = 1, FORM_VALUE_16 = 2 }; /* else 32 bits; a double */


/* ---- the child ---------------------------------------------------------------------------- */

typedef struct child {
    FILE *to;
    hid_t file;
    const unsigned char *bytes; /* the file, where addresses in it are its offsets; else NULL */
    size_t n_bytes;
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

/* ---- chunks as they lie in the file ---- */

typedef struct chunks {
    child *c;
    const char *path;
    hid_t d;
    int rank;
    hsize_t dims[2], chunk[2]; /* chunk[0] = 0: not to be had this way */
    size_t size, bytes, cap_raw; /* of an element; of a chunk, unpacked; room for a packed one */
    bool shuffled, packed;
    unsigned char *raw, *flat, *plain; /* as in the file, unpacked, put in order */
    struct libdeflate_decompressor *z;
} chunks;

/* Are the chunks packed by deflate, with or without shuffle, and nothing else? */
static bool known_filters(chunks *k, hid_t plist)
{
    int n = H5Pget_nfilters(plist);
    for (int i = 0; i < n; i++) {
        unsigned flags, value[8], config;
        size_t n_value = 8;
        H5Z_filter_t f = H5Pget_filter2(plist, (unsigned)i, &flags, &n_value, value, 0, NULL, &config);
        if (f == H5Z_FILTER_SHUFFLE && i == 0)
            k->shuffled = true;
        else if (f == H5Z_FILTER_DEFLATE && i == n - 1)
            k->packed = true;
        else
            return false;
    }
    return n >= 0;
}

/* size: bytes of an element in the file, 0 = not known. False: the library's way is left. */
static bool open_chunks(child *c, chunks *k, hid_t d, const char *path, int rank, const hsize_t dims[2],
                        size_t size)
{
    *k = (chunks){.c = c, .path = path, .d = d, .rank = rank, .dims = {dims[0], dims[1]}, .size = size};
    hid_t plist = H5Dget_create_plist(d);
    hsize_t chunk[2] = {1, 1};
    bool ok = size > 0 && rank >= 1 && plist >= 0 && H5Pget_layout(plist) == H5D_CHUNKED
              && H5Pget_chunk(plist, 2, chunk) == rank && chunk[0] > 0 && chunk[1] > 0
              && chunk[0] <= LARGEST_CHUNK / size && chunk[1] <= LARGEST_CHUNK / size / chunk[0]
              && known_filters(k, plist);
    if (plist >= 0)
        H5Pclose(plist);
    if (!ok)
        return false;
    k->chunk[0] = chunk[0];
    k->chunk[1] = rank == 2 ? chunk[1] : 1;
    k->bytes = k->chunk[0] * k->chunk[1] * size;
    k->cap_raw = k->bytes + k->bytes / 64 + 1024; /* deflate adds little to what it cannot pack */
    k->raw = malloc(k->cap_raw);
    k->flat = malloc(k->bytes);
    k->plain = k->shuffled ? malloc(k->bytes) : k->flat;
    k->z = libdeflate_alloc_decompressor();
    if (!k->raw || !k->flat || !k->plain || !k->z)
        stop(c, "out of memory");
    return true;
}

static void close_chunks(chunks *k)
{
    if (k->z)
        libdeflate_free_decompressor(k->z);
    if (k->plain != k->flat)
        free(k->plain);
    free(k->flat);
    free(k->raw);
}

static void unshuffle(const unsigned char *from, unsigned char *to, size_t n, size_t size)
{
    for (size_t k = 0; k < size; k++)
        for (size_t i = 0; i < n; i++)
            to[i * size + k] = from[k * n + i];
}

/* The chunk that begins at from, unpacked into plain; false: it is absent, or lies otherwise. */
static bool take_chunk(chunks *k, const hsize_t from[2])
{
    hsize_t stored = 0;
    uint32_t mask = 0;
    size_t got = 0;
    if (H5Dget_chunk_storage_size(k->d, from, &stored) < 0 || stored == 0 || stored > k->cap_raw
        || H5Dread_chunk(k->d, H5P_DEFAULT, from, &mask, k->raw) < 0 || mask != 0)
        return false;
    if (k->packed) {
        if (libdeflate_zlib_decompress(k->z, k->raw, stored, k->flat, k->bytes, &got)
                != LIBDEFLATE_SUCCESS || got != k->bytes)
            stop(k->c, "%s cannot be read: the HDF5 file is damaged", k->path);
    } else if (stored == k->bytes) {
        memcpy(k->flat, k->raw, k->bytes);
    } else {
        return false;
    }
    if (k->shuffled)
        unshuffle(k->flat, k->plain, k->bytes / k->size, k->size);
    return true;
}

/* ---- texts of varying length, straight from the file's global heap ----
 *
 * In the dataset a text is (length 4, address 8, index 4). At the address lies a collection:
 * "GCOL", version 1, three bytes, size 8; then objects: index 2, count 2, four bytes, size 8,
 * data padded to 8; index 0 ends it. HDF5 File Format Specification 3.0, III.E. The library
 * takes a microsecond for each. Whatever is out of order here goes the library's way. */

enum { N_HEAP = 64, ELEMENT = 16 };

typedef struct heap {
    uint64_t at;
    size_t n, cap; /* objects 0 .. n-1 */
    struct { uint64_t from, n; } *object;
} heap;

typedef struct texts {
    size_t n_row, n_col;
    const char **s; /* [n_row x n_col] into the file's bytes; NULL: none */
    uint32_t *n;
} texts;

static uint64_t number(const unsigned char *p, int n)
{
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

/* The collection at `at`, its objects found; false when it is none. */
static bool find_heap(const child *c, heap *h, uint64_t at)
{
    const unsigned char *f = c->bytes;
    if (h->at == at)
        return true;
    h->at = 0;
    h->n = 0;
    if (at == 0 || at > c->n_bytes || c->n_bytes - at < 16 || memcmp(f + at, "GCOL\1", 5) != 0)
        return false;
    uint64_t size = number(f + at + 8, 8), end = at + size;
    if (size < 16 || size > c->n_bytes - at)
        return false;
    for (uint64_t p = at + 16; p + 16 <= end;) {
        size_t i = (size_t)number(f + p, 2);
        uint64_t n = number(f + p + 8, 8);
        if (i == 0)
            break;
        if (n > end - p - 16)
            return false;
        if (i >= h->cap) {
            size_t cap = i + 64;
            void *more = realloc(h->object, cap * sizeof *h->object);
            if (!more)
                return false;
            h->object = more;
            h->cap = cap;
        }
        while (h->n <= i) {
            h->object[h->n].from = h->object[h->n].n = 0;
            h->n++;
        }
        h->object[i].from = p + 16;
        h->object[i].n = n;
        p += 16 + (n + 7) / 8 * 8;
    }
    h->at = at;
    return true;
}

static bool take_text(const child *c, heap *heaps, const unsigned char *e, const char **s, uint32_t *n)
{
    uint64_t len = number(e, 4), at = number(e + 4, 8), i = number(e + 12, 4);
    *s = "";
    *n = 0;
    if (len == 0)
        return true;
    heap *h = &heaps[(at >> 4) % N_HEAP];
    if (!find_heap(c, h, at) || i >= h->n || len > h->object[i].n)
        return false;
    *s = (const char *)c->bytes + h->object[i].from;
    *n = (uint32_t)strnlen(*s, len);
    return true;
}

/* All texts of a dataset; false: the library's way is left. */
static bool heap_texts(child *c, const char *path, hid_t d, const hsize_t dims[2], int rank, texts *x)
{
    chunks k;
    heap heaps[N_HEAP] = {{0}};
    hid_t t = H5Dget_type(d);
    bool ok = c->bytes && t >= 0 && H5Tis_variable_str(t) > 0 && dims[1] <= 64
              && dims[0] <= 100000000 && open_chunks(c, &k, d, path, rank, dims, ELEMENT);
    if (t >= 0)
        H5Tclose(t);
    if (!ok)
        return false;
    x->n_row = dims[0];
    x->n_col = rank == 2 ? dims[1] : 1;
    /* what lies in the file is bounded by it; what only the extent says is not */
    ok = x->n_row * x->n_col <= 1100 * (c->n_bytes / ELEMENT + 1);
    x->s = ok ? calloc(x->n_row * x->n_col + 1, sizeof *x->s) : NULL;
    x->n = ok ? calloc(x->n_row * x->n_col + 1, sizeof *x->n) : NULL;
    ok = x->s && x->n;
    hsize_t from[2];
    for (from[0] = 0; ok && from[0] < dims[0]; from[0] += k.chunk[0])
        for (from[1] = 0; ok && from[1] < x->n_col; from[1] += k.chunk[1]) {
            ok = take_chunk(&k, from);
            for (hsize_t r = 0; ok && r < k.chunk[0] && from[0] + r < dims[0]; r++)
                for (hsize_t q = 0; ok && q < k.chunk[1] && from[1] + q < x->n_col; q++) {
                    size_t to = (from[0] + r) * x->n_col + from[1] + q;
                    ok = take_text(c, heaps, k.plain + (r * k.chunk[1] + q) * ELEMENT, &x->s[to],
                                   &x->n[to]);
                }
        }
    for (size_t i = 0; i < N_HEAP; i++)
        free(heaps[i].object);
    close_chunks(&k);
    if (!ok) {
        free(x->s);
        free(x->n);
        *x = (texts){0};
    }
    return ok;
}

static void free_texts(texts *x)
{
    free(x->s);
    free(x->n);
    *x = (texts){0};
}

/* ---- texts, the library's way ---- */

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

/* Lineages until the ids come by: as they lie in the file, or one string a taxon. */
typedef struct names {
    texts heap;
    char **of;
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

/* The ranks of one taxon, joined. */
static void say_ranks(child *c, const texts *x, size_t i)
{
    char line[64 * 1001];
    size_t len = 0;
    for (size_t k = i * x->n_col; k < (i + 1) * x->n_col; k++) {
        size_t n = x->n[k] > 1000 ? 1000 : x->n[k];
        if (len)
            line[len++] = ';';
        memcpy(line + len, x->s[k], n);
        len += n;
    }
    say_text(c->to, line, len);
}

static void give_taxon(child *c, size_t i, size_t col, const char *s, size_t n, void *ctx)
{
    names *x = ctx;
    (void)col;
    const char *name = x->of && x->of[i] ? x->of[i] : "";
    putc('T', c->to);
    say_text(c->to, s, n);
    if (x->heap.s)
        say_ranks(c, &x->heap, i);
    else
        say_text(c->to, name, strlen(name));
}

/* Texts of a list, each to give: from the heap, or the library's way. */
static void give_texts(child *c, const char *path, hid_t d, const hsize_t dims[2], int rank,
                       give_fn *give, void *ctx)
{
    texts x = {0};
    if (!heap_texts(c, path, d, dims, rank, &x)) {
        read_texts(c, path, d, dims, rank, give, ctx);
        return;
    }
    for (size_t i = 0; i < x.n_row; i++)
        give(c, i, 0, x.s[i], x.n[i], ctx);
    free_texts(&x);
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
        if (!heap_texts(c, name_places[k], d, dims, rank, &x->heap)) {
            x->of = calloc(n_taxon ? n_taxon : 1, sizeof *x->of);
            if (!x->of)
                stop(c, "out of memory");
            read_texts(c, name_places[k], d, dims, rank, give_name, x);
        }
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
    give_texts(c, "/sample/ids", d, dims, rank, give_sample, NULL);
    H5Dclose(d);
    d = open_set(c, "/observation/ids", dims, &rank);
    *n_taxon = rank == 1 ? dims[0] : 0;
    if (*n_taxon == 0)
        stop(c, "BIOM 2.1 (HDF5) without taxa: there is nothing to read");
    if (*n_taxon > 100000000)
        stop(c, "/observation/ids is no list of taxa");
    child_names(c, *n_taxon, &x);
    give_texts(c, "/observation/ids", d, dims, rank, give_taxon, &x);
    for (size_t i = 0; x.of && i < *n_taxon; i++)
        free(x.of[i]);
    free(x.of);
    free_texts(&x.heap);
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

/* ---- numbers ---- */

typedef enum kind { F8, F4, I8, I4, U8, U4, OTHER } kind;

/* A list of numbers, read from its beginning to its end. */
typedef struct stream {
    chunks k;
    hsize_t n, from, to; /* numbers: all; those unpacked */
    kind kind;
    size_t size;
    unsigned char *plain, *slab; /* slab: where there are no chunks to be had */
    hid_t slab_type;             /* what slabs are converted to */
} stream;

static kind kind_of(hid_t d, size_t *size)
{
    const struct {
        hid_t type;
        kind k;
        size_t size;
    } known[] = {{H5T_IEEE_F64LE, F8, 8}, {H5T_IEEE_F32LE, F4, 4}, {H5T_STD_I64LE, I8, 8},
                 {H5T_STD_I32LE, I4, 4},  {H5T_STD_U64LE, U8, 8}, {H5T_STD_U32LE, U4, 4}};
    hid_t t = H5Dget_type(d);
    kind k = OTHER;
    for (size_t i = 0; t >= 0 && i < sizeof known / sizeof *known; i++)
        if (H5Tequal(t, known[i].type) > 0) {
            k = known[i].k;
            *size = known[i].size;
        }
    if (t >= 0)
        H5Tclose(t);
    return k;
}

static void open_stream(child *c, stream *s, hid_t d, const char *path, hsize_t n, hid_t slab_type)
{
    const hsize_t dims[2] = {n, 1};
    *s = (stream){.n = n, .slab_type = slab_type};
    s->kind = kind_of(d, &s->size);
    if (open_chunks(c, &s->k, d, path, 1, dims, s->kind == OTHER ? 0 : s->size)) {
        s->plain = s->k.plain;
        return;
    }
    s->kind = slab_type == H5T_NATIVE_DOUBLE ? F8 : I8;
    s->size = 8;
    s->plain = s->slab = malloc(SLAB * s->size);
    if (!s->slab)
        stop(c, "out of memory");
}

static void close_stream(stream *s)
{
    close_chunks(&s->k);
    free(s->slab);
    H5Dclose(s->k.d);
}

/* The next numbers into s->plain. */
static void refill(stream *s)
{
    /* absent chunks, and those stored without their filters: the library knows */
    static const hid_t *const type[] = {&H5T_NATIVE_DOUBLE_g, &H5T_NATIVE_FLOAT_g, &H5T_NATIVE_LLONG_g,
                                        &H5T_NATIVE_INT_g, &H5T_NATIVE_ULLONG_g, &H5T_NATIVE_UINT_g};
    s->from = s->to;
    hsize_t left = s->n - s->from, step = s->slab ? SLAB : s->k.chunk[0], from[2] = {s->from, 0};
    s->to = s->from + (left < step ? left : step);
    if (s->slab || !take_chunk(&s->k, from))
        read_slab(s->k.c, s->k.d, s->k.path, s->slab ? s->slab_type : *type[s->kind], s->from,
                  s->to - s->from, s->plain);
}

/* Numbers that are at hand, at least one; from place `at`, which never goes back. */
static size_t at_hand(stream *s, hsize_t at)
{
    while (at >= s->to)
        refill(s);
    return (size_t)(s->to - at);
}

static void as_double(const stream *s, hsize_t at, size_t n, double *out)
{
    const unsigned char *p = s->plain + (at - s->from) * s->size;
    for (size_t i = 0; i < n; i++, p += s->size) {
        float f4;
        int64_t i8;
        int32_t i4;
        uint64_t u8;
        uint32_t u4;
        switch (s->kind) {
        case F8:
            memcpy(out, p, n * sizeof *out);
            return;
        case F4:
            memcpy(&f4, p, 4);
            out[i] = f4;
            break;
        case I8:
            memcpy(&i8, p, 8);
            out[i] = (double)i8;
            break;
        case I4:
            memcpy(&i4, p, 4);
            out[i] = i4;
            break;
        case U8:
            memcpy(&u8, p, 8);
            out[i] = (double)u8;
            break;
        default:
            memcpy(&u4, p, 4);
            out[i] = u4;
            break;
        }
    }
}

/* Places; those that do not fit 31 bits become UINT32_MAX, which no table has. */
static void as_place(const stream *s, hsize_t at, size_t n, uint32_t *out)
{
    const unsigned char *p = s->plain + (at - s->from) * s->size;
    if (s->size == 4) {
        memcpy(out, p, n * sizeof *out);
        for (size_t i = 0; i < n; i++)
            out[i] = out[i] > INT32_MAX ? UINT32_MAX : out[i];
        return;
    }
    for (size_t i = 0; i < n; i++, p += s->size) {
        uint64_t u8;
        memcpy(&u8, p, 8);
        out[i] = u8 > INT32_MAX ? UINT32_MAX : (uint32_t)u8;
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Most places and counts fit 16 bits: a third of what the pipe would carry else. */
static void say_values(child *c, uint32_t i_sample, uint32_t n, const uint32_t *place,
                       const double *value)
{
    uint16_t narrow[SLAB];
    uint32_t most = 0, head[3] = {i_sample, n, 0};
    bool counts = true;
    for (uint32_t i = 0; i < n; i++)
        most |= place[i];
    for (uint32_t i = 0; i < n; i++) {
        narrow[i] = value[i] >= 0 && value[i] <= UINT16_MAX ? (uint16_t)value[i] : 0;
        counts = counts && narrow[i] == value[i];
    }
    head[2] = (most <= UINT16_MAX ? FORM_PLACE_16 : 0) | (counts ? FORM_VALUE_16 : 0);
    putc('L', c->to);
    fwrite(head, sizeof head, 1, c->to);
    if (counts && most > UINT16_MAX) {
        fwrite(place, sizeof *place, n, c->to);
        fwrite(narrow, sizeof *narrow, n, c->to);
    } else if (most <= UINT16_MAX) {
        uint16_t at[SLAB];
        for (uint32_t i = 0; i < n; i++)
            at[i] = (uint16_t)place[i];
        fwrite(at, sizeof *at, n, c->to);
        fwrite(counts ? (const void *)narrow : value, counts ? sizeof *narrow : sizeof *value, n, c->to);
    } else {
        fwrite(place, sizeof *place, n, c->to);
        fwrite(value, sizeof *value, n, c->to);
    }
}

/* Values as far as they are at hand, cut where a sample ends. */
static void child_values(child *c, hsize_t n_sample, size_t limit)
{
    matrix m = open_matrix(c, "/sample/matrix/data", "/sample/matrix/indices",
                           "/sample/matrix/indptr");
    if (m.n_ptr != n_sample + 1)
        stop(c, "/sample/matrix/indptr has %llu entries for %llu samples",
             (unsigned long long)m.n_ptr, (unsigned long long)n_sample);
    if (m.n_value > limit / 12)
        stop(c, "holds %llu values, more than %zu MB of them", (unsigned long long)m.n_value, limit >> 20);
    long long *ptr = calloc(m.n_ptr, sizeof *ptr);
    double *value = malloc(SLAB * sizeof *value);
    uint32_t *place = malloc(SLAB * sizeof *place);
    if (!ptr || !value || !place)
        stop(c, "out of memory");
    read_slab(c, m.indptr, "/sample/matrix/indptr", H5T_NATIVE_LLONG, 0, m.n_ptr, ptr);
    if (ptr[0] != 0 || ptr[n_sample] < 0 || (hsize_t)ptr[n_sample] != m.n_value)
        stop(c, "/sample/matrix/indptr does not fit the %llu values", (unsigned long long)m.n_value);
    for (size_t i = 0; i < n_sample; i++)
        if (ptr[i + 1] < ptr[i])
            stop(c, "/sample/matrix/indptr runs backwards");
    stream v, p;
    uint64_t n_value = m.n_value;
    open_stream(c, &v, m.data, "/sample/matrix/data", m.n_value, H5T_NATIVE_DOUBLE);
    open_stream(c, &p, m.indices, "/sample/matrix/indices", m.n_value, H5T_NATIVE_LLONG);
    putc('N', c->to);
    fwrite(&n_value, sizeof n_value, 1, c->to);
    for (size_t s = 0; s < n_sample; s++)
        for (hsize_t at = (hsize_t)ptr[s], end = (hsize_t)ptr[s + 1]; at < end;) {
            size_t n = least(least(at_hand(&v, at), at_hand(&p, at)), least((size_t)(end - at), SLAB));
            as_double(&v, at, n, value);
            as_place(&p, at, n, place);
            say_values(c, (uint32_t)s, (uint32_t)n, place, value);
            at += n;
        }
    close_stream(&v);
    close_stream(&p);
    free(ptr);
    free(value);
    free(place);
}

static void set_limit(int what, rlim_t value)
{
    struct rlimit r = {value, value};
    setrlimit(what, &r);
}

/* The file's bytes, where addresses are offsets of 8 bytes into them. */
static void know_bytes(child *c, const char *path, const void *bytes, size_t n)
{
    size_t size_addr = 0, size_size = 0;
    hsize_t before = 1;
    struct stat st;
    hid_t plist = H5Fget_create_plist(c->file);
    bool plain = plist >= 0 && H5Pget_sizes(plist, &size_addr, &size_size) >= 0 && size_addr == 8
                 && size_size == 8 && H5Pget_userblock(plist, &before) >= 0 && before == 0;
    if (plist >= 0)
        H5Pclose(plist);
    if (!plain)
        return;
    int fd = bytes ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        bytes = map != MAP_FAILED ? map : NULL;
        n = (size_t)st.st_size;
    }
    if (fd >= 0)
        close(fd);
    c->bytes = bytes;
    c->n_bytes = n;
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
    char *room = malloc(PIPE); /* the library would take 4 KB, whatever size is asked for */
    if (room)
        setvbuf(c.to, room, _IOFBF, PIPE);
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    /* a chunk is often all of a list: slabs must not unpack it again and again */
    H5Pset_cache(access, 0, 521, (size_t)LARGEST_CHUNK, 1.0);
    if (bytes) {
        H5Pset_fapl_core(access, 1 << 16, 0);
        H5Pset_file_image(access, (void *)(uintptr_t)bytes, n);
    }
    c.file = H5Fopen(bytes ? "image" : path, H5F_ACC_RDONLY, access);
    if (c.file < 0)
        stop(&c, "is no HDF5 file, or a damaged one");
    know_bytes(&c, path, bytes, n);
    child_ids(&c, &n_sample, &n_taxon);
    child_values(&c, n_sample, limit);
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

static gs_status take_values(pipe_end *p, gut_build *b, uint32_t *at, double *value, gs_err *err)
{
    uint32_t head[3];
    uint16_t narrow[SLAB];
    if (!get(p, head, sizeof head) || head[1] > SLAB)
        return GS_EIO;
    size_t n = head[1];
    if (head[2] & FORM_PLACE_16) {
        if (!get(p, narrow, n * sizeof *narrow))
            return GS_EIO;
        for (size_t i = 0; i < n; i++)
            at[i] = narrow[i];
    } else if (!get(p, at, n * sizeof *at)) {
        return GS_EIO;
    }
    if (head[2] & FORM_VALUE_16) {
        if (!get(p, narrow, n * sizeof *narrow))
            return GS_EIO;
        for (size_t i = 0; i < n; i++)
            value[i] = narrow[i];
    } else if (!get(p, value, n * sizeof *value)) {
        return GS_EIO;
    }
    return build_row(b, head[0], head[1], at, value, err);
}

/* GS_EIO without a sentence: the child fell silent. */
static gs_status listen(pipe_end *p, gut_build *b, gs_err *err)
{
    char *one = malloc(LONGEST_TEXT + 1), *two = malloc(LONGEST_TEXT + 1), tag;
    uint32_t *at = malloc(SLAB * sizeof *at);
    double *value = malloc(SLAB * sizeof *value);
    size_t n1, n2;
    uint64_t n_value;
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
        } else if (tag == 'N') {
            st = get(p, &n_value, sizeof n_value) ? build_rows(b, n_value, err) : GS_EIO;
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
#ifdef F_SETPIPE_SZ
    fcntl(fd[1], F_SETPIPE_SZ, 1 << 20); /* fewer changes of turn; it works without */
#endif
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
