/* Groups of people compared. The steps are those of the usual paper, in the order of what
 * can be claimed: diversity (rank test, delta), the whole community (PERMANOVA), single
 * genera (rank tests of centred log-ratios, false discovery held), then the same adjusted. */
#include "gutskin/cohort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_ALPHA = 3, MIN_GROUP = 5 };

gs_status gs_cohort_distance(gs_arena *a, const gs_pool *pool, const gs_gut *g, size_t n,
                             const size_t *pick, gs_eco_metric metric, double pseudo, bool root,
                             const gs_eco_tree *tree, double *out, gs_err *err)
{
    size_t n_value = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        n_value += g->start[pick[i] + 1] - g->start[pick[i]];
    size_t *start = GS_NEW(a, size_t, n + 1);
    uint32_t *col = GS_NEW(a, uint32_t, n_value + 1), *node = NULL;
    double *val = GS_NEW(a, double, n_value + 1);
    if (!start || !col || !val)
        return gs_fail(err, GS_ENOMEM, "out of memory for distances between %zu samples", n);
    for (size_t i = 0; i < n; i++) {
        size_t s = pick[i];
        for (size_t k = g->start[s]; k < g->start[s + 1]; k++) {
            col[at] = g->i_taxon[k];
            val[at++] = root ? sqrt(g->value[k] / g->total[s]) : g->value[k];
        }
        start[i + 1] = at;
    }
    gs_eco_rows r = {n, g->n_taxon, start, col, val};
    if (metric != GS_ECO_UNIFRAC && metric != GS_ECO_WUNIFRAC)
        return gs_eco_distance(a, pool, &r, metric, pseudo, out, err);
    if (!tree)
        return gs_fail(err, GS_EUSE, "%s needs a tree (--tree FILE)", gs_eco_metric_name(metric));
    if (!(node = GS_NEW(a, uint32_t, g->n_taxon + 1)))
        return gs_fail(err, GS_ENOMEM, "out of memory for distances between %zu samples", n);
    size_t missed = 0;
    const char *first = "";
    for (size_t t = 0; t < g->n_taxon; t++) {
        long v = gs_eco_tree_find(tree, g->taxon[t].id);
        node[t] = v < 0 ? 0 : (uint32_t)v;
        if (v < 0 && missed++ == 0)
            first = g->taxon[t].id;
    }
    if (missed)
        return gs_fail(err, GS_ERANGE, "%zu of %zu rows of the table are no tips of the tree (\"%.60s\" is the "
                       "first); UniFrac needs them all", missed, g->n_taxon, first);
    return gs_eco_unifrac(a, pool, &r, tree, node, metric == GS_ECO_WUNIFRAC, out, err);
}

/* One effect: the raw contrast of x [n] between group g and ref, and the adjusted one. */
static gs_status effect(gs_arena *a, const gs_cohort_in *q, size_t g, const double *x,
                        gs_cohort_effect *out, gs_err *err)
{
    gs_mark mark = gs_arena_mark(a);
    size_t n = 0, n_ref = 0, m = 0, k = 2 + q->n_cov;
    double *mine = GS_NEW(a, double, 2 * q->n + 1), *ref = mine ? mine + q->n : NULL;
    double *y = GS_NEW(a, double, 2 * q->n + 1), *z = GS_NEW(a, double, q->n * k + 1),
           *b = GS_NEW(a, double, 3 * k);

    if (!mine || !y || !z || !b)
        return gs_fail(err, GS_ENOMEM, "out of memory comparing groups");
    double *rank = y + q->n;
    for (size_t i = 0; i < q->n; i++) {
        if (q->group[i] != g && q->group[i] != q->ref)
            continue;
        if (q->group[i] == g)
            mine[n++] = x[i];
        else
            ref[n_ref++] = x[i];
        const double *c = q->cov + i * q->n_cov;
        bool whole = true;
        for (size_t j = 0; j < q->n_cov; j++)
            whole &= !isnan(c[j]);
        if (!whole)
            continue;
        y[m] = x[i];
        z[m * k] = 1;
        z[m * k + 1] = q->group[i] == g;
        for (size_t j = 0; j < q->n_cov; j++)
            z[m * k + 2 + j] = c[j];
        m++;
    }
    out->beta = out->beta_se = out->beta_p = out->beta_q = NAN;
    out->n_adj = q->n_cov ? m : 0;
    GS_TRY(gs_eco_cliff_of(a, n, mine, n_ref, ref, &out->raw, err));
    if (q->n_cov && m > k) {
        double mean = 0, var = 0;
        GS_TRY(gs_eco_rank(a, m, y, rank, err));
        for (size_t i = 0; i < m; i++)
            mean += rank[i] / (double)m;
        for (size_t i = 0; i < m; i++)
            var += (rank[i] - mean) * (rank[i] - mean) / (double)(m - 1);
        for (size_t i = 0; i < m; i++)
            rank[i] = var > 0 ? (rank[i] - mean) / sqrt(var) : 0;
        GS_TRY(gs_eco_ols(a, m, k, z, rank, b, b + k, b + 2 * k, err));
        out->beta = isnan(b[k + 1]) ? NAN : b[1];
        out->beta_se = b[k + 1], out->beta_p = b[2 * k + 1];
    }
    gs_arena_release(a, mark);
    return GS_OK;
}

static gs_status discovery(gs_arena *a, size_t n, gs_cohort_effect *e, gs_err *err)
{
    gs_mark mark = gs_arena_mark(a);
    double *p = GS_NEW(a, double, 4 * n + 1);
    if (!p)
        return gs_fail(err, GS_ENOMEM, "out of memory comparing groups");
    for (size_t i = 0; i < n; i++)
        p[i] = e[i].raw.p, p[n + i] = e[i].beta_p;
    GS_TRY(gs_eco_fdr(a, n, p, p + 2 * n, err));
    GS_TRY(gs_eco_fdr(a, n, p + n, p + 3 * n, err));
    for (size_t i = 0; i < n; i++)
        e[i].q = p[2 * n + i], e[i].beta_q = p[3 * n + i];
    gs_arena_release(a, mark);
    return GS_OK;
}

static int by_p(const void *x, const void *y)
{
    const gs_cohort_effect *a = x, *b = y;
    if (a->raw.p != b->raw.p)
        return a->raw.p < b->raw.p ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Genera common enough to test, and their centred log-ratios over all genera:
 * clr [n_kept x n], one genus after the other. */
static gs_status log_ratios(gs_arena *a, const gs_gut *g, const gs_cohort_in *q, size_t *n_kept,
                            size_t **kept, double **clr, gs_err *err)
{
    size_t *seen = GS_NEW(a, size_t, g->n_taxon + 1), *slot = GS_NEW(a, size_t, g->n_taxon + 1);
    double *row = GS_NEW(a, double, g->n_taxon + 1);
    *kept = GS_NEW(a, size_t, g->n_taxon + 1);
    *n_kept = 0;
    if (!seen || !slot || !row || !*kept)
        return gs_fail(err, GS_ENOMEM, "out of memory for log-ratios");
    for (size_t i = 0; i < q->n; i++)
        for (size_t k = g->start[q->i_sample[i]]; k < g->start[q->i_sample[i] + 1]; k++)
            seen[g->i_taxon[k]]++;
    for (size_t t = 0; t < g->n_taxon; t++)
        if ((double)seen[t] >= q->prevalence * (double)q->n)
            (*kept)[(*n_kept)++] = t;
    if (!(*clr = GS_NEW(a, double, *n_kept * q->n + 1)))
        return gs_fail(err, GS_ENOMEM, "out of memory for log-ratios");
    /* shares get the pseudocount of a sample of 10,000 reads */
    double pad = g->unit == GS_GUT_READS ? q->pseudo : q->pseudo / 10000;
    for (size_t i = 0; i < q->n; i++) {
        size_t s = q->i_sample[i];
        memset(row, 0, g->n_taxon * sizeof *row);
        for (size_t k = g->start[s]; k < g->start[s + 1]; k++)
            row[g->i_taxon[k]] = g->value[k];
        gs_eco_clr(g->n_taxon, row, pad);
        for (size_t k = 0; k < *n_kept; k++)
            (*clr)[k * q->n + i] = row[(*kept)[k]];
    }
    return GS_OK;
}

/* PERMANOVA of two groups within the distances of all. */
static gs_status pair(gs_arena *a, const gs_pool *pool, const gs_cohort_in *q, const double *d,
                      size_t g, gs_eco_permanova *out, gs_err *err)
{
    gs_mark mark = gs_arena_mark(a);
    size_t *at = GS_NEW(a, size_t, q->n + 1), m = 0;
    uint32_t *group = GS_NEW(a, uint32_t, q->n + 1);
    if (!at || !group)
        return gs_fail(err, GS_ENOMEM, "out of memory comparing groups");
    for (size_t i = 0; i < q->n; i++)
        if (q->group[i] == g || q->group[i] == q->ref)
            at[m] = i, group[m++] = q->group[i] == g;
    double *sub = GS_NEW(a, double, m * m + 1);
    if (!sub)
        return gs_fail(err, GS_ENOMEM, "out of memory comparing groups");
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++)
            sub[i * m + j] = d[at[i] * q->n + at[j]];
    GS_TRY(gs_eco_permanova_test(a, pool, m, sub, group, 2, q->n_perm, q->seed, out, err));
    gs_arena_release(a, mark);
    return GS_OK;
}

gs_status gs_cohort_compare(gs_arena *a, const gs_pool *pool, const gs_gut *rows,
                            const gs_gut *genus, const gs_cohort_in *q, gs_cohort **out,
                            gs_err *err)
{
    static const char *const alpha_name[N_ALPHA] = {"Shannon", "observed", "inverse Simpson"};
    gs_cohort *c = GS_NEW(a, gs_cohort, 1);
    size_t *size = GS_NEW(a, size_t, q->n_group + 1), n_kept, *kept;
    double *x = GS_NEW(a, double, N_ALPHA * q->n + 1), *d, *clr;

    if (!c || !size || !x || !(c->contrast = GS_NEW(a, gs_cohort_contrast, q->n_group + 1)))
        return gs_fail(err, GS_ENOMEM, "out of memory comparing %zu samples", q->n);
    for (size_t i = 0; i < q->n; i++)
        size[q->group[i]]++;
    for (size_t g = 0; g < q->n_group; g++)
        if (size[g] < MIN_GROUP)
            return gs_fail(err, GS_ERANGE, "a group has %zu samples; with fewer than %d nothing can be compared",
                           size[g], MIN_GROUP);
    for (size_t i = 0; i < q->n; i++) {
        size_t s = q->i_sample[i];
        gs_eco_alpha o;
        gs_eco_alpha_of(rows->start[s + 1] - rows->start[s], rows->value + rows->start[s], &o);
        x[i] = o.shannon, x[q->n + i] = o.observed, x[2 * q->n + i] = o.inv_simpson;
    }
    GS_TRY(log_ratios(a, genus, q, &n_kept, &kept, &clr, err));
    if (!(d = GS_NEW(a, double, q->n * q->n + 1)))
        return gs_fail(err, GS_ENOMEM, "out of memory for distances between %zu samples", q->n);
    GS_TRY(gs_cohort_distance(a, pool, genus, q->n, q->i_sample, q->metric, q->pseudo,
                              q->root && q->metric == GS_ECO_BRAYCURTIS, NULL, d, err));
    GS_TRY(gs_eco_permanova_test(a, pool, q->n, d, q->group, q->n_group, q->n_perm, q->seed, &c->all, err));
    for (size_t g = 0; g < q->n_group; g++) {
        if (g == q->ref)
            continue;
        gs_cohort_contrast *k = &c->contrast[c->n_contrast++];
        k->group = g;
        for (size_t i = 0; i < N_ALPHA; i++) {
            k->alpha[i].name = alpha_name[i];
            GS_TRY(effect(a, q, g, x + i * q->n, &k->alpha[i], err));
        }
        GS_TRY(discovery(a, N_ALPHA, k->alpha, err));
        GS_TRY(pair(a, pool, q, d, g, &k->whole, err));
        k->n_genus = n_kept;
        if (!(k->genus = GS_NEW(a, gs_cohort_effect, n_kept + 1)))
            return gs_fail(err, GS_ENOMEM, "out of memory comparing groups");
        for (size_t t = 0; t < n_kept; t++) {
            k->genus[t].name = genus->taxon[kept[t]].id;
            GS_TRY(effect(a, q, g, clr + t * q->n, &k->genus[t], err));
        }
        GS_TRY(discovery(a, n_kept, k->genus, err));
        qsort(k->genus, n_kept, sizeof *k->genus, by_p);
    }
    *out = c;
    return GS_OK;
}
