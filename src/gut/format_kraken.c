/* Kraken and what is written in its manner: Kraken 1 and 2, KrakenUniq, Centrifuge's
 * kreport, Bracken's report; and the flat tables of Bracken and Centrifuge.
 *
 *   percent  reads of the clade  reads of the taxon itself  [minimizers]  rank  taxid  name
 *
 * A name is indented by two blanks a level. A row of our table is what is counted at a
 * taxon itself; what stands at the root is "unplaced". The columns must agree: a clade is
 * its own reads and its children's, a percentage is its reads over all reads.
 * Sources: Kraken 2 manual, "Sample Report Output Format"; KrakenUniq README; Bracken
 * README; Centrifuge manual, "Kraken-style report". */
#include "gut/read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct node {
    double percent, clade, own, below;
    gs_rank rank;
    bool under, human, lump;
    size_t depth;
    long parent, line;
    slice taxid;
    char name[NAMES_LEN];
} node;

typedef struct tree {
    node *node;
    size_t n, cap;
} tree;

static size_t tabs(slice line, slice *f, size_t max)
{
    size_t n = 0;
    const char *p = line.s, *end = line.s + line.n;
    while (n < max) {
        const char *q = memchr(p, '\t', (size_t)(end - p));
        f[n++] = (slice){p, (size_t)((q ? q : end) - p)};
        if (!q)
            break;
        p = q + 1;
    }
    return n;
}

/* The numbers and words of one line; false when it is none of such a report. */
static bool report_line(slice line, bool uniq, node *out)
{
    slice f[10];
    size_t n = tabs(line, f, 10), at;
    double x;
    bool ok;
    if (uniq ? n != 9 : n != 6 && n != 8)
        return false;
    ok = slice_number(f[0], &out->percent) && slice_count(f[1], &out->clade)
         && slice_count(f[2], &out->own);
    at = uniq ? 6 : n - 3;
    slice rank = slice_trim(f[uniq ? 7 : at]), name = f[n - 1];
    out->taxid = slice_trim(f[uniq ? 6 : at + 1]);
    if (!ok || !slice_count(out->taxid, &x) || (!uniq && (!rank.n || rank.n > 3)))
        return false;
    out->rank = names_rank(rank.s, rank.n, &out->under);
    for (out->depth = 0; out->depth < name.n && name.s[out->depth] == ' ';)
        out->depth++;
    out->depth /= 2;
    names_clean(name.s, name.n, out->name);
    out->lump = names_lump(name.s, name.n) || (rank.n == 1 && *rank.s == 'U');
    out->human = slice_is(out->taxid, "9606");
    return *out->name != '\0';
}

bool kraken_detect(const gut_head *h)
{
    slice f[10];
    double x;
    if (!h->n_line)
        return false;
    size_t n = tabs(h->line[0], f, 10);
    if ((n != 5 && n != 6 && n != 8) || *h->line[0].s == '#' || !slice_number(f[0], &x)
        || !slice_count(f[1], &x) || !slice_count(f[2], &x))
        return false;
    slice rank = slice_trim(f[n == 8 ? 5 : 3]);
    return rank.n && rank.n <= 3 && strchr("URDKPCOFGS-", *rank.s);
}

bool krakenuniq_detect(const gut_head *h)
{
    for (size_t i = 0; i < h->n_line; i++)
        if (slice_starts(h->line[i], "%\treads\ttaxReads") || slice_starts(h->line[i], "# KrakenUniq"))
            return true;
    return false;
}

static gs_status grow_tree(gut_build *b, tree *t, gs_err *err)
{
    if (t->n < t->cap)
        return GS_OK;
    size_t cap = t->cap ? 2 * t->cap : 512;
    node *more = realloc(t->node, cap * sizeof *more);
    if (!more)
        return build_fail(b, GS_ENOMEM, 0, err, "out of memory");
    t->node = more;
    t->cap = cap;
    return GS_OK;
}

static gs_status read_nodes(gut_build *b, const char *text, size_t n, bool uniq, tree *t,
                            gs_err *err)
{
    lines l = lines_of(text, n);
    slice x;
    bool body = !uniq;
    while (lines_next(&l, &x)) {
        if (!slice_trim(x).n || *x.s == '#')
            continue;
        if (!body) {
            body = *x.s == '%';
            continue;
        }
        GS_TRY(grow_tree(b, t, err));
        node *v = &t->node[t->n];
        if (!report_line(x, uniq, v))
            return build_fail(b, GS_EPARSE, l.line, err,
                              uniq ? "a line of this report has 9 columns, the last a name"
                                   : "a line of this report has 6 or 8 columns: percent, reads, "
                                     "reads, rank, taxon id, name");
        v->line = l.line;
        v->below = 0;
        v->parent = -1;
        if (v->depth > 0) {
            for (long p = (long)t->n - 1; p >= 0 && v->parent < 0; p = t->node[p].parent)
                if (t->node[p].depth < v->depth)
                    v->parent = p;
            if (v->parent < 0)
                return build_fail(b, GS_EPARSE, l.line, err, "\"%s\" stands under no clade",
                                  v->name);
            t->node[v->parent].below += v->clade;
            v->human = v->human || t->node[v->parent].human;
        }
        t->n++;
    }
    return t->n ? GS_OK : build_fail(b, GS_EPARSE, 0, err, "the report has no lines");
}

static gs_status check_nodes(gut_build *b, const tree *t, gs_err *err)
{
    double total = 0, lost = 0;
    for (size_t i = 0; i < t->n; i++)
        total += t->node[i].depth == 0 ? t->node[i].clade : 0;
    if (!(total > 0))
        return build_fail(b, GS_ERANGE, 0, err, "the report counts no reads");
    for (size_t i = 0; i < t->n; i++) {
        const node *v = &t->node[i];
        if (v->own + v->below > v->clade)
            return build_fail(b, GS_ERANGE, v->line, err,
                              "\"%s\" has %.0f reads, but with what stands below it they are %.0f",
                              v->name, v->clade, v->own + v->below);
        lost += v->clade - v->own - v->below;
        double percent = 100 * v->clade / total;
        if (fabs(percent - v->percent) > 0.011 + 2e-3 * percent)
            return build_fail(b, GS_ERANGE, v->line, err,
                              "\"%s\" has %.0f of %.0f reads, which is %.2f%%, not %.2f%%: rows are "
                              "missing or changed", v->name, v->clade, total, percent, v->percent);
    }
    if (lost > 0.01 * total)
        return build_fail(b, GS_ERANGE, 0, err,
                          "%.0f of %.0f reads stand in no row: the file is cut off or filtered",
                          lost, total);
    if (lost > 0)
        build_note(b, "%.0f reads stand in no row of the report; they count for the clade above",
                   lost);
    return GS_OK;
}

/* Names by rank from a node up to the root. */
static void names_up(const tree *t, size_t i, names_raw *raw)
{
    long path[200];
    size_t n = 0;
    memset(raw, 0, sizeof *raw);
    raw->kind = -1;
    for (long p = (long)i; p >= 0 && n < 200; p = t->node[p].parent)
        path[n++] = p;
    for (size_t k = n; k-- > 0;) {
        const node *v = &t->node[path[k]];
        names_hint(raw, v->name);
        if (!v->under && v->rank < GS_N_RANK && !raw->name[v->rank][0])
            memcpy(raw->name[v->rank], v->name, sizeof v->name);
    }
    raw->human = t->node[i].human;
}

static bool placeless(const node *v)
{
    return v->lump || strcmp(v->name, "root") == 0 || strcmp(v->name, "cellular organisms") == 0
           || strcmp(v->name, "other sequences") == 0 || strcmp(v->name, "all") == 0;
}

static gs_status read_report(gut_build *b, const char *text, size_t n, bool uniq, gs_gut **out,
                             gs_err *err)
{
    tree t = {0};
    names_raw raw;
    uint32_t s = 0, k;

    gs_status st = read_one_sample(b, &s, err);
    if (st == GS_OK)
        st = read_nodes(b, text, n, uniq, &t, err);
    if (st == GS_OK)
        st = check_nodes(b, &t, err);
    for (size_t i = 0; i < t.n && st == GS_OK; i++) {
        const node *v = &t.node[i];
        double own = v->clade - v->below;
        if (own <= 0)
            continue;
        if (placeless(v)) {
            st = build_unplaced(b, s, own, v->line, err);
            continue;
        }
        names_up(&t, i, &raw);
        st = build_taxon_raw(b, v->taxid.s, v->taxid.n, &raw, v->line, &k, err);
        if (st == GS_OK)
            st = build_add(b, s, k, own, v->line, err);
    }
    if (st == GS_OK && !build_n_taxon(b)) /* all unclassified: say so, as a taxon of 0 */
        st = build_fail(b, GS_ERANGE, 0, err, "no read of this report was placed: nothing is known");
    free(t.node);
    GS_TRY(st);
    return build_finish(b, uniq ? "krakenuniq" : "kraken2",
                        uniq ? "KrakenUniq report" : "Kraken report", BUILD_READS,
                        GS_GUT_SHOTGUN, out, err);
}

gs_status kraken_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    return read_report(b, text, n, false, out, err);
}

gs_status krakenuniq_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    return read_report(b, text, n, true, out, err);
}

/* ---- flat tables: Bracken, Centrifuge --------------------------------------------------- */

bool bracken_detect(const gut_head *h)
{
    return h->n_line && slice_starts(h->line[0], "name\ttaxonomy_id\ttaxonomy_lvl\tkraken_assigned");
}

bool brackens_detect(const gut_head *h)
{
    return h->n_line && slice_starts(h->line[0], "name\ttaxonomy_id\ttaxonomy_lvl")
           && !bracken_detect(h);
}

bool centrifuge_detect(const gut_head *h)
{
    return h->n_line && slice_starts(h->line[0], "name\ttaxID\ttaxRank\tgenomeSize\tnumReads");
}

static void flat_names(slice name, slice rank, slice taxid, names_raw *raw)
{
    bool under;
    gs_rank r = names_rank(rank.s, rank.n, &under);
    names_split(name.s, name.n, raw);
    if (r < GS_N_RANK && !under) {
        char shown[NAMES_LEN];
        names_clean(name.s, name.n, shown);
        memset(raw->name, 0, sizeof raw->name);
        memcpy(raw->name[r], shown, sizeof shown);
    }
    raw->human = slice_is(taxid, "9606");
}

static gs_status want_columns(gut_build *b, const fields *f, size_t n, long line, gs_err *err)
{
    if (f->failed)
        return build_fail(b, GS_ENOMEM, line, err, "out of memory");
    if (f->n != n)
        return build_fail(b, GS_EPARSE, line, err, "has %zu columns where the first line has %zu",
                          f->n, n);
    return GS_OK;
}

static gs_status bad_count(gut_build *b, slice x, const char *column, long line, gs_err *err)
{
    return build_fail(b, GS_EPARSE, line, err, "%s: \"%.*s\" is no count of reads", column,
                      (int)(x.n < 40 ? x.n : 40), x.s);
}

static gs_status read_bracken(gut_build *b, lines *l, fields *f, gs_err *err)
{
    uint32_t s, t;
    names_raw raw;
    double reads, total = 0, share, sum = 0, off = 0;
    slice x;
    size_t n_row = 0, cap = 0;
    double *pair = NULL;
    gs_status st = read_one_sample(b, &s, err);

    while (st == GS_OK && lines_next(l, &x)) {
        if (!slice_trim(x).n)
            continue;
        fields_split(f, x, '\t');
        st = want_columns(b, f, 7, l->line, err);
        if (st == GS_OK && !slice_number(f->f[5], &reads))
            st = bad_count(b, f->f[5], "new_est_reads", l->line, err);
        if (st == GS_OK && !slice_number(f->f[6], &share))
            st = bad_count(b, f->f[6], "fraction_total_reads", l->line, err);
        if (st != GS_OK)
            break;
        flat_names(f->f[0], f->f[2], f->f[1], &raw);
        st = build_taxon_raw(b, f->f[1].s, f->f[1].n, &raw, l->line, &t, err);
        if (st == GS_OK)
            st = build_add(b, s, t, reads, l->line, err);
        if (st == GS_OK && n_row == cap) {
            double *more = realloc(pair, (cap = cap ? 2 * cap : 64) * 2 * sizeof *pair);
            st = more ? GS_OK : build_fail(b, GS_ENOMEM, 0, err, "out of memory");
            pair = more ? more : pair;
        }
        if (st == GS_OK) {
            pair[2 * n_row] = reads;
            pair[2 * n_row++ + 1] = share;
            total += reads;
            sum += share;
        }
    }
    for (size_t i = 0; i < n_row && total > 0; i++)
        off = fmax(off, fabs(pair[2 * i + 1] - pair[2 * i] / total));
    free(pair);
    GS_TRY(st);
    /* five digits a row; Bracken leaves rows below its threshold out, which lowers the sum */
    if (sum > 1.001 + 6e-6 * (double)n_row || sum < 0.9 || off > 0.002)
        return build_fail(b, GS_ERANGE, 0, err,
                          "fraction_total_reads does not fit new_est_reads: it sums to %.4f and is "
                          "off by up to %.4f", sum, off);
    return GS_OK;
}

gs_status bracken_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    lines l = lines_of(text, n);
    fields f = {0};
    slice x;
    lines_next(&l, &x);
    gs_status st = read_bracken(b, &l, &f, err);
    fields_free(&f);
    GS_TRY(st);
    return build_finish(b, "bracken", "Bracken table", BUILD_READS, GS_GUT_SHOTGUN, out, err);
}

static gs_status read_brackens(gut_build *b, lines *l, fields *f, gs_err *err)
{
    slice x;
    uint32_t s, t;
    names_raw raw;
    double v;
    lines_next(l, &x);
    fields_split(f, x, '\t');
    size_t n = f->n;
    if (f->failed || n < 5)
        return build_fail(b, GS_EPARSE, 1, err, "names no samples (columns X_num and X_frac)");
    for (size_t i = 3; i < n; i++) {
        slice c = f->f[i];
        if (c.n > 4 && memcmp(c.s + c.n - 4, "_num", 4) == 0)
            GS_TRY(build_sample(b, c.s, c.n - 4, 1, &s, err));
        else if (c.n < 5 || memcmp(c.s + c.n - 5, "_frac", 5) != 0)
            return build_fail(b, GS_EPARSE, 1, err, "column \"%.*s\" ends neither in _num nor in "
                              "_frac", (int)(c.n < 60 ? c.n : 60), c.s);
    }
    if (build_n_sample(b) * 2 + 3 != n)
        return build_fail(b, GS_EPARSE, 1, err, "every sample has two columns, _num and _frac");
    while (lines_next(l, &x)) {
        if (!slice_trim(x).n)
            continue;
        fields_split(f, x, '\t');
        GS_TRY(want_columns(b, f, n, l->line, err));
        flat_names(f->f[0], f->f[2], f->f[1], &raw);
        GS_TRY(build_taxon_raw(b, f->f[1].s, f->f[1].n, &raw, l->line, &t, err));
        for (s = 0; s < build_n_sample(b); s++) {
            if (!slice_number(f->f[3 + 2 * s], &v))
                return bad_count(b, f->f[3 + 2 * s], "a _num column", l->line, err);
            GS_TRY(build_add(b, s, t, v, l->line, err));
        }
    }
    return GS_OK;
}

gs_status brackens_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    lines l = lines_of(text, n);
    fields f = {0};
    gs_status st = read_brackens(b, &l, &f, err);
    fields_free(&f);
    GS_TRY(st);
    return build_finish(b, "bracken-combined", "Bracken tables, combined", BUILD_READS,
                        GS_GUT_SHOTGUN, out, err);
}

static gs_status read_centrifuge(gut_build *b, lines *l, fields *f, gs_err *err)
{
    slice x;
    uint32_t s, t;
    names_raw raw;
    double v;
    lines_next(l, &x);
    GS_TRY(read_one_sample(b, &s, err));
    while (lines_next(l, &x)) {
        if (!slice_trim(x).n)
            continue;
        fields_split(f, x, '\t');
        GS_TRY(want_columns(b, f, 7, l->line, err));
        if (!slice_number(f->f[4], &v))
            return bad_count(b, f->f[4], "numReads", l->line, err);
        if (slice_in(f->f[0], "root|unclassified|cellular organisms")) {
            GS_TRY(build_unplaced(b, s, v, l->line, err));
            continue;
        }
        flat_names(f->f[0], f->f[2], f->f[1], &raw);
        GS_TRY(build_taxon_raw(b, f->f[1].s, f->f[1].n, &raw, l->line, &t, err));
        GS_TRY(build_add(b, s, t, v, l->line, err));
    }
    return GS_OK;
}

gs_status centrifuge_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    lines l = lines_of(text, n);
    fields f = {0};
    gs_status st = read_centrifuge(b, &l, &f, err);
    fields_free(&f);
    GS_TRY(st);
    return build_finish(b, "centrifuge", "Centrifuge report", BUILD_READS, GS_GUT_SHOTGUN, out,
                        err);
}
