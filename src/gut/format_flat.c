/* Profilers whose tables are flat: KMCP, mOTUs, Kaiju.
 * Sources: KMCP manual, "profile", output formats; mOTUs wiki, "Profiles";
 * Kaiju README, "kaiju2table". */
#include "gut/read.h"

#include <math.h>
#include <string.h>

static bool has(slice x, const char *word)
{
    size_t m = strlen(word);
    for (size_t i = 0; i + m <= x.n; i++)
        if (memcmp(x.s + i, word, m) == 0)
            return true;
    return false;
}

static gs_status no_number(gut_build *b, slice x, const char *column, long line, gs_err *err)
{
    return build_fail(b, GS_EPARSE, line, err, "%s: \"%.*s\" is no number", column,
                      (int)(x.n < 40 ? x.n : 40), x.s);
}

/* ---- KMCP ----------------------------------------------------------------------------- */

bool kmcp_detect(const gut_head *h)
{
    return h->n_line && slice_starts(h->line[0], "ref") && has(h->line[0], "chunksFrac")
           && has(h->line[0], "hicureads");
}

static gs_status read_kmcp(gut_build *b, lines *l, fields *f, gs_err *err)
{
    static const char *const want[] = {"ref", "percentage", "reads", "taxid"};
    slice x;
    uint32_t s, t;
    size_t at[4], taxname = 0, path = 0;
    double reads, percent, sum = 0;
    names_raw raw;

    lines_next(l, &x);
    fields_split(f, x, '\t');
    for (size_t k = 0; k < 4; k++) {
        for (at[k] = 0; at[k] < f->n && !slice_is(f->f[at[k]], want[k]);)
            at[k]++;
        if (at[k] == f->n)
            return build_fail(b, GS_EPARSE, 1, err, "a KMCP profile has a column \"%s\"", want[k]);
    }
    for (size_t i = 0; i < f->n; i++) {
        taxname = slice_is(f->f[i], "taxname") ? i : taxname;
        path = slice_is(f->f[i], "taxpath") ? i : path;
    }
    GS_TRY(read_one_sample(b, &s, err));
    while (lines_next(l, &x)) {
        if (!slice_trim(x).n)
            continue;
        fields_split(f, x, '\t');
        if (f->n <= at[2] || f->n <= at[1])
            return build_fail(b, GS_EPARSE, l->line, err, "the line is cut off");
        if (!slice_count(f->f[at[2]], &reads))
            return no_number(b, f->f[at[2]], "reads", l->line, err);
        if (!slice_number(f->f[at[1]], &percent))
            return no_number(b, f->f[at[1]], "percentage", l->line, err);
        sum += percent;
        slice name = path && path < f->n && f->f[path].n         ? f->f[path]
                     : taxname && taxname < f->n && f->f[taxname].n ? f->f[taxname]
                                                                    : f->f[at[0]];
        names_split(name.s, name.n, &raw);
        raw.human = at[3] < f->n && slice_is(f->f[at[3]], "9606");
        GS_TRY(build_taxon_raw(b, f->f[at[0]].s, f->f[at[0]].n, &raw, l->line, &t, err));
        GS_TRY(build_add(b, s, t, reads, l->line, err));
    }
    if (build_n_taxon(b) && fabs(sum - 100) > 1)
        return build_fail(b, GS_ERANGE, 0, err,
                          "the percentages sum to %.4g, not to 100: rows are missing or changed", sum);
    return GS_OK;
}

gs_status kmcp_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    lines l = lines_of(text, n);
    fields f = {0};
    gs_status st = read_kmcp(b, &l, &f, err);
    fields_free(&f);
    GS_TRY(st);
    return build_finish(b, "kmcp", "KMCP profile", BUILD_READS, GS_GUT_SHOTGUN, out, err);
}

/* ---- mOTUs ------------------------------------------------------------------------------ */

bool motus_detect(const gut_head *h)
{
    slice c = h->last_comment;
    for (size_t i = 0; i < h->n_line; i++)
        if (slice_starts(h->line[i], "#") && has(h->line[i], "motus version")
            && !has(h->line[i], "-C precision") && !has(h->line[i], "-C recall")
            && !has(h->line[i], "-C parenthesis"))
            return true;
    return c.s && (slice_starts(c, "#consensus_taxonomy") || slice_starts(c, "#mOTU\t"));
}

/* The line that names the columns: ids and names first, then samples. */
static gs_status motus_header(gut_build *b, const fields *f, long line, size_t *name,
                              size_t *first, gs_err *err)
{
    uint32_t s;
    *first = *name = 0;
    while (*first < f->n
           && slice_in(f->f[*first], "consensus_taxonomy|mOTU|NCBI_tax_id|taxid|taxonomy")) {
        if (slice_in(f->f[*first], "consensus_taxonomy|taxonomy"))
            *name = *first;
        ++*first;
    }
    if (*first == f->n)
        return build_fail(b, GS_EPARSE, line, err, "the profile names no sample");
    if (f->n == *first + 1 && slice_is(f->f[*first], "unnamed sample"))
        return read_one_sample(b, &s, err);
    for (size_t i = *first; i < f->n; i++)
        GS_TRY(build_sample(b, f->f[i].s, f->f[i].n, line, &s, err));
    return GS_OK;
}

static gs_status read_motus(gut_build *b, lines *l, fields *f, gs_err *err)
{
    slice x;
    size_t name = 0, first = 0, n = 0;
    uint32_t t;
    double v;
    while (lines_next(l, &x)) {
        if (!slice_trim(x).n)
            continue;
        fields_split(f, x, '\t');
        if (f->failed)
            return build_fail(b, GS_ENOMEM, l->line, err, "out of memory");
        if (*x.s == '#') {
            if (slice_in(f->f[0], "consensus_taxonomy|mOTU")) {
                GS_TRY(motus_header(b, f, l->line, &name, &first, err));
                n = f->n;
            }
            continue;
        }
        if (!n)
            return build_fail(b, GS_EPARSE, l->line, err,
                              "the line that names the samples (#consensus_taxonomy ...) is missing");
        if (f->n != n)
            return build_fail(b, GS_EPARSE, l->line, err,
                              "has %zu columns where the header has %zu: the file is cut off", f->n, n);
        bool lump = names_lump(f->f[0].s, f->f[0].n) || names_lump(f->f[name].s, f->f[name].n);
        bool made = false;
        for (size_t i = first; i < n; i++) {
            uint32_t s = (uint32_t)(i - first);
            if (!slice_number(f->f[i], &v))
                return no_number(b, f->f[i], "abundance", l->line, err);
            if (lump) {
                GS_TRY(build_unplaced(b, s, v, l->line, err));
                continue;
            }
            if (v == 0)
                continue; /* a profile lists every mOTU there is */
            if (!made)
                GS_TRY(build_taxon(b, f->f[0].s, f->f[0].n, f->f[name].s, f->f[name].n, l->line,
                                   &t, err));
            made = true;
            GS_TRY(build_add(b, s, t, v, l->line, err));
        }
    }
    return n ? GS_OK : build_fail(b, GS_EPARSE, 0, err, "the profile names no sample");
}

gs_status motus_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    lines l = lines_of(text, n);
    fields f = {0};
    gs_status st = read_motus(b, &l, &f, err);
    fields_free(&f);
    GS_TRY(st);
    return build_finish(b, "motus", "mOTUs profile", BUILD_AUTO, GS_GUT_SHOTGUN, out, err);
}

/* ---- Kaiju -------------------------------------------------------------------------------- */

bool kaiju_detect(const gut_head *h)
{
    slice x = h->n_line ? h->line[0] : (slice){0};
    if (slice_starts(x, "file\tpercent\treads\ttaxon_id\ttaxon_name"))
        return true;
    for (size_t i = 0; i < h->n_line; i++) /* without its header: refused with a sentence */
        if (has(h->line[i], "\tNA\tcannot be assigned to a ")
            || has(h->line[i], "\tNA\tunclassified"))
            return true;
    return false;
}

static gs_status kaiju_line(gut_build *b, const fields *f, long line, gs_err *err)
{
    uint32_t s, t;
    names_raw raw;
    double v, percent;
    char id[NAMES_LEN];
    if (f->failed || f->n != 5)
        return build_fail(b, GS_EPARSE, line, err, "a line of a Kaiju table has 5 columns, not %zu",
                          f->n);
    if (!slice_count(f->f[2], &v))
        return no_number(b, f->f[2], "reads", line, err);
    if (!slice_number(f->f[1], &percent) || percent < 0 || percent > 100)
        return no_number(b, f->f[1], "percent", line, err);
    GS_TRY(build_sample_find(b, f->f[0].s, f->f[0].n, &s, err));
    if (names_lump(f->f[4].s, f->f[4].n))
        return build_unplaced(b, s, v, line, err);
    slice name = f->f[4];
    while (name.n && name.s[name.n - 1] == ';')
        name.n--;
    names_split(name.s, name.n, &raw);
    raw.human = slice_is(f->f[3], "9606");
    names_clean(f->f[3].s, f->f[3].n, id);
    /* one file may hold many samples: the same taxon comes again in each */
    size_t before = build_n_taxon(b);
    GS_TRY(build_taxon_find(b, id, strlen(id), &t, err));
    if (build_n_taxon(b) > before)
        GS_TRY(build_rename(b, t, &raw, err));
    return build_add(b, s, t, v, line, err);
}

gs_status kaiju_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    lines l = lines_of(text, n);
    fields f = {0};
    slice x;
    gs_status st = GS_OK;
    bool head = true;
    while (st == GS_OK && lines_next(&l, &x)) {
        if (!slice_trim(x).n)
            continue;
        fields_split(&f, x, '\t');
        if (head && !slice_starts(x, "file\t"))
            st = build_fail(b, GS_EPARSE, l.line, err,
                            "the header of a Kaiju table (file, percent, reads, taxon_id, "
                            "taxon_name) is missing");
        else if (!head)
            st = kaiju_line(b, &f, l.line, err);
        head = false;
    }
    fields_free(&f);
    GS_TRY(st);
    return build_finish(b, "kaiju", "Kaiju table", BUILD_READS, GS_GUT_SHOTGUN, out, err);
}
