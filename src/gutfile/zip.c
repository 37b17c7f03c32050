/* QIIME 2 archives: a zip file with one folder, named by a UUID.
 *
 *   <uuid>/VERSION  <uuid>/metadata.yaml  <uuid>/data/feature-table.biom | taxonomy.tsv | ...
 *
 * Members are read into memory and never written anywhere, so a path like ../../x can do
 * no harm; such an archive is refused all the same, for nobody honest makes one. What a
 * member says its size is, is checked while it unpacks. Source: QIIME 2 developer
 * documentation, "Anatomy of an archive". */
#include "gutfile/inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum { MOST_MEMBERS = 100000 };

typedef struct archive {
    zip_t *z;
    const char *name;
    char root[80];       /* "<uuid>/", or "" */
    char type[200], format[100];
    size_t limit;
} archive;

static gs_status fail(const archive *x, gs_status st, gs_err *err, const char *what)
{
    return gs_fail_at(err, st, x->name, 0, 0, NULL, "%s", what);
}

static bool tricky(const char *s)
{
    if (*s == '/' || *s == '\\' || (s[0] && s[1] == ':'))
        return true;
    for (const char *p = s; *p;) {
        size_t n = strcspn(p, "/\\");
        if (n == 2 && p[0] == '.' && p[1] == '.')
            return true;
        p += n + (p[n] != '\0');
    }
    return false;
}

static gs_status read_member(const archive *x, zip_uint64_t i, char **out, size_t *out_n,
                             gs_err *err)
{
    zip_stat_t st;
    gs_buf b = {0};
    char chunk[1 << 14];
    zip_int64_t got = -1;
    if (zip_stat_index(x->z, i, 0, &st) != 0)
        return fail(x, GS_EPARSE, err, "is a damaged zip archive");
    if ((st.valid & ZIP_STAT_ENCRYPTION_METHOD) && st.encryption_method != ZIP_EM_NONE)
        return fail(x, GS_EPARSE, err, "is encrypted; unlock it first");
    if ((st.valid & ZIP_STAT_SIZE) && st.size > x->limit)
        return gs_fail_at(err, GS_ENOMEM, x->name, 0, 0, NULL,
                          "holds a member of %llu MB, more than the %zu MB gutskin reads",
                          (unsigned long long)st.size >> 20, x->limit >> 20);
    zip_file_t *f = zip_fopen_index(x->z, i, 0);
    while (f && (got = zip_fread(f, chunk, sizeof chunk)) > 0) {
        gs_buf_put_n(&b, chunk, (size_t)got);
        if (b.failed || b.len > x->limit)
            break;
    }
    if (f)
        zip_fclose(f);
    gs_status r = !f || got < 0 ? fail(x, GS_EPARSE, err, "is a damaged zip archive")
                  : b.len > x->limit
                      ? gs_fail_at(err, GS_ENOMEM, x->name, 0, 0, NULL,
                                   "unpacks to more than the %zu MB gutskin reads", x->limit >> 20)
                  : b.failed ? fail(x, GS_ENOMEM, err, "out of memory")
                             : GS_OK;
    if (r != GS_OK) {
        gs_buf_free(&b);
        return r;
    }
    gs_buf_put_n(&b, "", 0);
    if (b.failed) {
        gs_buf_free(&b);
        return fail(x, GS_ENOMEM, err, "out of memory");
    }
    *out = b.data;
    *out_n = b.len;
    return GS_OK;
}

static long find(const archive *x, const char *path)
{
    char full[300];
    snprintf(full, sizeof full, "%s%s", x->root, path);
    return (long)zip_name_locate(x->z, full, 0);
}

/* "key: value" of a YAML this simple. */
static void yaml(const char *text, const char *key, char *out, size_t n)
{
    size_t m = strlen(key);
    *out = '\0';
    for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
        if (strncmp(p, key, m) != 0 || p[m] != ':')
            continue;
        p += m + 1;
        p += strspn(p, " '\"");
        snprintf(out, n, "%.*s", (int)strcspn(p, "\r\n'\""), p);
        return;
    }
}

static gs_status look(archive *x, gs_err *err)
{
    zip_int64_t n = zip_get_num_entries(x->z, 0);
    char *text = NULL;
    size_t len;
    if (n <= 0)
        return fail(x, GS_EPARSE, err, "is an empty zip archive");
    if (n > MOST_MEMBERS)
        return fail(x, GS_EPARSE, err, "holds more than 100,000 members: no archive of QIIME 2 does");
    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(x->z, (zip_uint64_t)i, 0);
        if (!name)
            return fail(x, GS_EPARSE, err, "is a damaged zip archive");
        if (tricky(name))
            return gs_fail_at(err, GS_EPARSE, x->name, 0, 0, NULL,
                              "holds a member named \"%.100s\" that reaches out of the archive; it was "
                              "not made by QIIME 2", name);
        size_t m = strcspn(name, "/");
        if (i == 0 && name[m] && m + 2 < sizeof x->root)
            snprintf(x->root, sizeof x->root, "%.*s/", (int)m, name);
        if (strncmp(name, x->root, strlen(x->root)) != 0)
            x->root[0] = '\0';
    }
    long meta = find(x, "metadata.yaml");
    if (meta < 0 && (zip_name_locate(x->z, "xl/workbook.xml", 0) >= 0
                     || zip_name_locate(x->z, "content.xml", 0) >= 0))
        return fail(x, GS_EPARSE, err, "is a spreadsheet; save its sheet as CSV");
    if (meta < 0 || !x->root[0])
        return fail(x, GS_EPARSE, err, "is a zip archive, but not one of QIIME 2 (no metadata.yaml)");
    GS_TRY(read_member(x, (zip_uint64_t)meta, &text, &len, err));
    yaml(text, "type", x->type, sizeof x->type);
    yaml(text, "format", x->format, sizeof x->format);
    free(text);
    return GS_OK;
}

static gs_status open_archive(archive *x, const char *path, gs_err *err)
{
    int code = 0;
    x->z = zip_open(path, ZIP_RDONLY, &code);
    if (!x->z)
        return fail(x, GS_EPARSE, err, "is a damaged zip archive");
    gs_status st = look(x, err);
    if (st != GS_OK)
        zip_discard(x->z);
    return st;
}

/* A table inside: HDF5, or whatever text gs_gut_parse knows. */
static gs_status read_table(gs_arena *a, const archive *x, long i, const gs_gut_opts *o,
                            gs_gut **out, gs_err *err)
{
    char *bytes = NULL;
    size_t n;
    GS_TRY(read_member(x, (zip_uint64_t)i, &bytes, &n, err));
    bool hdf5 = n >= 8 && memcmp(bytes, "\x89HDF\r\n\x1a\n", 8) == 0;
    gs_status st = hdf5 ? gutfile_hdf5(a, x->name, NULL, bytes, n, o, out, err)
                        : gs_gut_parse(a, x->name, bytes, n, o, out, err);
    free(bytes);
    return st;
}

static gs_status retitle(gs_arena *a, const archive *x, gs_gut *g, gs_err *err)
{
    char text[400];
    const char *comma = strchr(g->read_as, ',');
    snprintf(text, sizeof text, "QIIME 2 %s%s", x->type, comma ? comma : "");
    g->format = "qiime2";
    g->read_as = gs_arena_strdup(a, text);
    if (g->method == GS_GUT_METHOD_UNKNOWN)
        g->method = GS_GUT_16S;
    return g->read_as ? GS_OK : fail(x, GS_ENOMEM, err, "out of memory");
}

static gs_status other_type(const archive *x, gs_err *err)
{
    if (strncmp(x->type, "FeatureData[Taxonomy]", 21) == 0)
        return fail(x, GS_EPARSE, err,
                    "holds names of features and no counts; give it with --taxonomy beside a feature "
                    "table");
    return gs_fail_at(err, GS_EPARSE, x->name, 0, 0, NULL,
                      "is a QIIME 2 archive of type %.150s, which holds no table of taxa; a "
                      "FeatureTable[Frequency], or the bar plot of qiime taxa barplot, does",
                      x->type);
}

static gs_status read_archive(gs_arena *a, const archive *x, const gs_gut_opts *o, gs_gut **out,
                              gs_err *err)
{
    static const char *const members[] = {"data/feature-table.biom", "data/level-7.csv",
                                          "data/level-6.csv", "data/table.biom"};
    gs_gut *g = NULL;
    for (size_t k = 0; k < sizeof members / sizeof *members && !g; k++) {
        long i = find(x, members[k]);
        if (i < 0)
            continue;
        GS_TRY(read_table(a, x, i, o, &g, err));
    }
    if (!g)
        return other_type(x, err);
    GS_TRY(retitle(a, x, g, err));
    *out = g;
    return GS_OK;
}

gs_status gutfile_zip(gs_arena *a, const char *name, const char *path, const gs_gut_opts *o,
                      gs_gut **out, gs_err *err)
{
    archive x = {.name = name, .limit = o->limit};
    GS_TRY(open_archive(&x, path, err));
    gs_status st = read_archive(a, &x, o, out, err);
    zip_discard(x.z);
    return st;
}

gs_status gutfile_zip_taxonomy(const char *name, const char *path, size_t limit, char **out,
                               size_t *out_n, gs_err *err)
{
    archive x = {.name = name, .limit = limit};
    GS_TRY(open_archive(&x, path, err));
    long i = find(&x, "data/taxonomy.tsv");
    gs_status st = i >= 0 ? read_member(&x, (zip_uint64_t)i, out, out_n, err)
                          : gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                                       "is a QIIME 2 archive of type %.150s and holds no names of "
                                       "features (FeatureData[Taxonomy])", x.type);
    zip_discard(x.z);
    return st;
}
