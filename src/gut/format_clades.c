/* Tables that give a clade and, in other rows, what is in it: MetaPhlAn 2 to 4 (one
 * sample or merged), Kraken in MetaPhlAn's style, CAMI profiles.
 *
 *   k__Bacteria                      100.0
 *   k__Bacteria|p__Firmicutes         60.2
 *   k__Bacteria|p__Firmicutes|...
 *
 * Only what a clade has beyond its children becomes a row, so that nothing counts twice.
 * Sources: MetaPhlAn 3 and 4 wiki, "Output files"; KrakenTools kreport2mpa.py;
 * CAMI "Profiling format 0.9.1". */
#include "gut/read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct clades {
    clade *c;
    double *value;
    size_t n, cap, n_sample;
} clades;

static bool clade_line(slice x)
{
    slice path = {x.s, 0};
    while (path.n < x.n && x.s[path.n] != '\t')
        path.n++;
    if (path.n == x.n || path.n < 4)
        return false;
    char k = x.s[0];
    return (k == 'k' || k == 'd') && x.s[1] == '_'
           && (x.s[2] == '_' || (x.s[2] >= 'A' && x.s[2] <= 'Z'));
}

static bool header_word(slice x, const char *word)
{
    size_t m = strlen(word);
    for (size_t i = 0; i + m <= x.n; i++)
        if (memcmp(x.s + i, word, m) == 0)
            return true;
    return false;
}

bool metaphlan_detect(const gut_head *h)
{
    for (size_t i = 0; i < h->n_line; i++) {
        slice x = h->line[i];
        if (slice_starts(x, "#mpa_v") || (header_word(x, "clade_name\t"))
            || (*x.s == '#' && header_word(x, "etaphlan") && header_word(x, "Analysis")))
            return true;
    }
    return h->n_line > 1 && !clade_line(h->line[0]) && clade_line(h->line[1])
           && (slice_starts(h->line[0], "ID\t") || slice_starts(h->line[0], "#SampleID\t"));
}

bool mpa_detect(const gut_head *h)
{
    size_t i = h->n_line && slice_starts(h->line[0], "#Classification") ? 1 : 0;
    slice x = h->n_line > i ? h->line[i] : (slice){0};
    if (!x.s || !clade_line(x))
        return false;
    for (size_t k = 0; k < h->n_line; k++)
        if (header_word(h->line[k], ";")) /* a lineage of another spelling */
            return false;
    return h->n_line > i + 1 ? clade_line(h->line[i + 1]) : true;
}

bool cami_detect(const gut_head *h)
{
    lines l = lines_of(h->s, h->n);
    slice x;
    for (int i = 0; i < 40 && lines_next(&l, &x); i++)
        if (slice_starts(x, "@@TAXID"))
            return true;
    return false;
}

static gs_status grow(gut_build *b, clades *x, gs_err *err)
{
    if (x->n < x->cap)
        return GS_OK;
    size_t cap = x->cap ? 2 * x->cap : 256;
    clade *c = realloc(x->c, cap * sizeof *c);
    if (c)
        x->c = c;
    double *v = c ? realloc(x->value, cap * (x->n_sample ? x->n_sample : 1) * sizeof *v) : NULL;
    if (!v)
        return build_fail(b, GS_ENOMEM, 0, err, "out of memory");
    x->value = v;
    x->cap = cap;
    return GS_OK;
}

static size_t parent_length(slice path, char sep)
{
    for (size_t i = path.n; i > 0; i--)
        if (path.s[i - 1] == sep)
            return i - 1;
    return 0;
}

/* Which columns hold values: all after the name that are none of the profiler's own. */
static size_t value_columns(const fields *f, size_t *at, size_t max)
{
    size_t n = 0;
    for (size_t i = 1; i < f->n; i++)
        if (slice_in(f->f[i], "relative_abundance"))
            at[n++] = i;
    for (size_t i = 1; i < f->n && !(n && at[0] && slice_in(f->f[at[0]], "relative_abundance"));
         i++)
        if (n < max && !slice_in(f->f[i], "NCBI_tax_id|clade_taxid|tax_id|additional_species|"
                                          "coverage|estimated_number_of_reads_from_the_clade"))
            at[n++] = i;
    return n;
}

static slice base_name(slice s)
{
    static const char *const tails[] = {"_profile", ".profile", ".txt", "_profiled_metagenome"};
    for (size_t i = 0; i < 4; i++) {
        size_t m = strlen(tails[i]);
        if (s.n > m && memcmp(s.s + s.n - m, tails[i], m) == 0)
            s.n -= m;
    }
    return s;
}

enum { MAX_SAMPLE = 20000 };

static gs_status name_samples(gut_build *b, const fields *f, const size_t *at, size_t n,
                              long line, gs_err *err)
{
    uint32_t s;
    if (n == 1 && slice_in(f->f[at[0]], "relative_abundance|metaphlan_analysis|metaphlan2_analysis|"
                                        "reads|count"))
        return read_one_sample(b, &s, err);
    for (size_t i = 0; i < n; i++) {
        slice name = base_name(f->f[at[i]]);
        GS_TRY(build_sample(b, name.s, name.n, line, &s, err));
    }
    return GS_OK;
}

static gs_status one_line(gut_build *b, const fields *f, const size_t *at, size_t n_at, long line,
                          clades *x, gs_err *err)
{
    double v;
    slice path = f->f[0];
    bool lump = names_lump(path.s, path.n);
    if (!lump)
        GS_TRY(grow(b, x, err));
    for (size_t i = 0; i < n_at; i++) {
        if (at[i] >= f->n || !slice_number(f->f[at[i]], &v))
            return build_fail(b, GS_EPARSE, line, err, "\"%.*s\" has no abundance in column %zu",
                              (int)(path.n < 100 ? path.n : 100), path.s, at[i] + 1);
        if (!(v >= 0))
            return build_fail(b, GS_ERANGE, line, err, "%g for \"%.*s\": an abundance is a number "
                              "from 0 up", v, (int)(path.n < 100 ? path.n : 100), path.s);
        if (lump)
            GS_TRY(build_unplaced(b, (uint32_t)i, v, line, err));
        else
            x->value[x->n * n_at + i] = v;
    }
    if (lump)
        return GS_OK;
    char sep = memchr(path.s, '|', path.n) ? '|' : ';';
    x->c[x->n++] = (clade){path, parent_length(path, sep), line};
    return GS_OK;
}

static gs_status read_lines(gut_build *b, const char *text, size_t n, clades *x, fields *f,
                            gs_err *err)
{
    static const size_t second[1] = {1};
    lines l = lines_of(text, n);
    slice line;
    size_t *at = malloc(MAX_SAMPLE * sizeof *at), n_at = 0;
    gs_status st = at ? GS_OK : build_fail(b, GS_ENOMEM, 0, err, "out of memory");
    while (st == GS_OK && lines_next(&l, &line)) {
        if (!slice_trim(line).n)
            continue;
        bool row = clade_line(line) || names_lump(line.s, strcspn(line.s, "\t\r\n"));
        if (*line.s == '#' || (!row && !n_at)) {
            fields_split(f, line, '\t');
            if (f->n < 2 || !slice_in(f->f[0], "clade_name|ID|SampleID|Classification"))
                continue;
            if (slice_in(f->f[1], "Metaphlan_Analysis|Metaphlan2_Analysis") && f->n == 2)
                continue;
            n_at = value_columns(f, at, MAX_SAMPLE);
            x->n_sample = n_at;
            if (!n_at || build_n_sample(b))
                st = build_fail(b, GS_EPARSE, l.line, err, "names no samples, or names them twice");
            else
                st = name_samples(b, f, at, n_at, l.line, err);
            continue;
        }
        if (!row && n_at) {
            st = build_fail(b, GS_EPARSE, l.line, err, "\"%.*s\" is no clade (k__...|p__...)",
                            (int)(line.n < 60 ? line.n : 60), line.s);
            break;
        }
        fields_split(f, line, '\t');
        if (!n_at) { /* no header: MetaPhlAn 2 or mpa style, name and value */
            double v;
            n_at = x->n_sample = 1;
            at[0] = f->n == 2 ? 1 : f->n >= 3 && slice_number(f->f[2], &v) ? 2 : second[0];
            uint32_t s;
            st = read_one_sample(b, &s, err);
        }
        if (st == GS_OK)
            st = f->failed ? build_fail(b, GS_ENOMEM, 0, err, "out of memory")
                           : one_line(b, f, at, n_at, l.line, x, err);
    }
    free(at);
    return st;
}

static gs_status read_paths(gut_build *b, const char *text, size_t n, bool reads, gs_err *err)
{
    clades x = {0};
    fields f = {0};
    gs_status st = read_lines(b, text, n, &x, &f, err);
    if (st == GS_OK && !x.n)
        st = build_fail(b, GS_EPARSE, 0, err, "the profile has no clades");
    if (st == GS_OK)
        st = read_clades(b, x.c, x.n, x.value, x.n_sample, reads ? 0 : 1e-4, err);
    free(x.c);
    free(x.value);
    fields_free(&f);
    return st;
}

/* MetaPhlAn tables merged from counts hold whole numbers, and fractions stay below 1.02. */
gs_status metaphlan_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    GS_TRY(read_paths(b, text, n, false, err));
    return build_finish(b, "metaphlan", "MetaPhlAn profile",
                        build_n_sample(b) == 1 ? BUILD_PERCENT : BUILD_AUTO, GS_GUT_SHOTGUN, out,
                        err);
}

gs_status mpa_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    GS_TRY(read_paths(b, text, n, true, err));
    return build_finish(b, "kraken-mpa", "Kraken report in MetaPhlAn's style", BUILD_AUTO,
                        GS_GUT_SHOTGUN, out, err);
}

/* ---- CAMI ------------------------------------------------------------------------------------ */

static gs_status read_cami(gut_build *b, const char *text, size_t n, clades *x, fields *f,
                           gs_err *err)
{
    lines l = lines_of(text, n);
    slice line;
    size_t path = 3, share = 4;
    bool body = false;
    uint32_t s;
    x->n_sample = 1;
    while (lines_next(&l, &line)) {
        if (!slice_trim(line).n || *line.s == '#')
            continue;
        if (slice_starts(line, "@@TAXID")) {
            if (body)
                return build_fail(b, GS_EPARSE, l.line, err,
                                  "a second sample begins; give one sample a file");
            fields_split(f, line, '\t');
            for (size_t i = 0; i < f->n; i++) {
                path = slice_is(f->f[i], "TAXPATHSN") ? i : path;
                share = slice_is(f->f[i], "PERCENTAGE") ? i : share;
            }
            body = true;
            GS_TRY(read_one_sample(b, &s, err));
            continue;
        }
        if (*line.s == '@' || !body)
            continue;
        double v;
        fields_split(f, line, '\t');
        GS_TRY(grow(b, x, err));
        if (f->failed || f->n <= path || f->n <= share || !slice_number(f->f[share], &v)
            || !f->f[path].n)
            return build_fail(b, GS_EPARSE, l.line, err,
                              "a line of a CAMI profile has a path of names and a percentage");
        x->value[x->n] = v;
        x->c[x->n++] = (clade){f->f[path], parent_length(f->f[path], '|'), l.line};
    }
    return x->n ? GS_OK : build_fail(b, GS_EPARSE, 0, err, "the profile has no clades");
}

gs_status cami_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    clades x = {0};
    fields f = {0};
    gs_status st = read_cami(b, text, n, &x, &f, err);
    /* programs write CAMI tables whose ranks do not quite add up: mOTUs by some percent */
    if (st == GS_OK)
        st = read_clades(b, x.c, x.n, x.value, 1, 0.5, err);
    free(x.c);
    free(x.value);
    fields_free(&f);
    GS_TRY(st);
    return build_finish(b, "cami", "CAMI profile", BUILD_PART, GS_GUT_SHOTGUN, out, err);
}
