/* Rank statistics, false discovery, least squares: what comparing groups needs. */
#include "gutskin/eco.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct item {
    double x;
    size_t i;
} item;

static int by_x(const void *a, const void *b)
{
    const item *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->i > q->i) - (p->i < q->i);
}

static double rank_items(size_t n, item *t, double *rank)
{
    double ties = 0;
    if (n)
        qsort(t, n, sizeof *t, by_x);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && t[to].x == t[from].x; to++)
            ;
        double len = (double)(to - from);
        ties += len * len * len - len;
        for (size_t k = from; k < to; k++)
            rank[t[k].i] = 0.5 * (double)(from + to + 1);
    }
    return ties;
}

static gs_status ranks(gs_arena *a, size_t n, const double *x, double *rank, double *ties,
                       gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    item *t = GS_NEW(a, item, n + 1);
    if (!t)
        return gs_fail(err, GS_ENOMEM, "out of memory ranking %zu values", n);
    for (size_t i = 0; i < n; i++)
        t[i] = (item){x[i], i};
    *ties = rank_items(n, t, rank);
    gs_arena_release(a, m);
    return GS_OK;
}

gs_status gs_eco_rank(gs_arena *a, size_t n, const double *x, double *rank, gs_err *err)
{
    double ties;
    return ranks(a, n, x, rank, &ties, err);
}

/* How many of sorted y[0..m) are below x, and how many equal it. */
static void place(size_t m, const double *y, double x, size_t *below, size_t *equal)
{
    size_t lo = 0, hi = m;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (y[mid] < x)
            lo = mid + 1;
        else
            hi = mid;
    }
    *below = lo;
    hi = m;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (y[mid] <= x)
            lo = mid + 1;
        else
            hi = mid;
    }
    *equal = lo - *below;
}

gs_status gs_eco_cliff_of(gs_arena *a, size_t n, const double *x, size_t m, const double *ref,
                          gs_eco_cliff *out, gs_err *err)
{
    gs_mark mark = gs_arena_mark(a);
    double *sx = GS_NEW(a, double, n + m + 1), *sy = sx ? sx + n : NULL;
    item *both = GS_NEW(a, item, n + m + 1);
    double *rank = GS_NEW(a, double, n + m + 1);
    double dn = (double)n, dm = (double)m, untied = 0, sum = 0;

    if (!sx || !both || !rank)
        return gs_fail(err, GS_ENOMEM, "out of memory comparing %zu with %zu", n, m);
    *out = (gs_eco_cliff){.n = n, .n_ref = m, .median = NAN, .median_ref = NAN,
                          .delta = {NAN, NAN, NAN}, .p = NAN};
    if (n == 0 || m == 0)
        return GS_OK;
    memcpy(sx, x, n * sizeof *x);
    memcpy(sy, ref, m * sizeof *ref);
    gs_eco_sort(n, sx);
    gs_eco_sort(m, sy);
    out->median = gs_eco_quantile(n, sx, 0.5);
    out->median_ref = gs_eco_quantile(m, sy, 0.5);

    // dominance of each value over the other group; its spread is the variance of delta
    double own = 0, theirs = 0;
    for (size_t i = 0; i < n; i++) {
        size_t below, equal;
        place(m, sy, sx[i], &below, &equal);
        double d = ((double)below - (double)(m - below - equal)) / dm;
        sum += d;
        own += d * d;
        untied += (double)(m - equal);
    }
    double delta = sum / dn;
    own -= dn * delta * delta;
    for (size_t j = 0; j < m; j++) {
        size_t below, equal;
        place(n, sx, sy[j], &below, &equal);
        double d = ((double)(n - below - equal) - (double)below) / dn - delta;
        theirs += d * d;
    }
    out->delta = (gs_eco_range){delta, NAN, NAN};
    if (n > 1 && m > 1) {
        double pairs = untied - dn * dm * delta * delta;
        double var = (dm * dm * own + dn * dn * theirs - pairs) / (dn * dm * (dn - 1) * (dm - 1));
        double least = (1 - delta * delta) / (dn * dm - 1); /* [cliff1993]: not below this */
        double half = 1.959963984540054 * sqrt(fmax(var, least));
        out->delta.lo = fmax(delta - half, -1), out->delta.hi = fmin(delta + half, 1);
    }
    for (size_t i = 0; i < n + m; i++)
        both[i] = (item){i < n ? sx[i] : sy[i - n], i};
    double ties = rank_items(n + m, both, rank), big = dn + dm, u = -dn * (dn + 1) / 2;
    for (size_t i = 0; i < n; i++)
        u += rank[i];
    double var = dn * dm / 12 * ((big + 1) - ties / (big * (big - 1)));
    out->p = var > 0 ? 2 * gs_eco_normal_tail(fabs(u - dn * dm / 2) / sqrt(var)) : 1;
    gs_arena_release(a, mark);
    return GS_OK;
}

gs_status gs_eco_kruskal(gs_arena *a, size_t n, const double *x, const uint32_t *group,
                         size_t n_group, double *out_h, double *out_p, gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    double *rank = GS_NEW(a, double, n + 1), *sum = GS_NEW(a, double, 2 * n_group + 1), ties;

    *out_h = *out_p = NAN;
    if (!rank || !sum)
        return gs_fail(err, GS_ENOMEM, "out of memory for a rank test");
    GS_TRY(ranks(a, n, x, rank, &ties, err));
    double *size = sum + n_group, dn = (double)n, h = 0, filled = 0;
    for (size_t i = 0; i < n; i++) {
        sum[group[i]] += rank[i];
        size[group[i]]++;
    }
    for (size_t g = 0; g < n_group; g++) {
        filled += size[g] > 0;
        h += size[g] > 0 ? sum[g] * sum[g] / size[g] : 0;
    }
    double correct = 1 - ties / (dn * dn * dn - dn);
    gs_arena_release(a, m);
    if (n < 2 || filled < 2 || !(correct > 0))
        return GS_OK;
    *out_h = (12 / (dn * (dn + 1)) * h - 3 * (dn + 1)) / correct;
    *out_p = gs_eco_chi2_tail(*out_h, filled - 1);
    return GS_OK;
}

gs_status gs_eco_spearman(gs_arena *a, size_t n, const double *x, const double *y, double *out,
                          gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    double *p = GS_NEW(a, double, n + 1), *q = GS_NEW(a, double, n + 1), ties;
    double mid = 0.5 * ((double)n + 1), pq = 0, pp = 0, qq = 0;

    if (!p || !q)
        return gs_fail(err, GS_ENOMEM, "out of memory for a rank correlation");
    GS_TRY(ranks(a, n, x, p, &ties, err));
    GS_TRY(ranks(a, n, y, q, &ties, err));
    for (size_t i = 0; i < n; i++) {
        pq += (p[i] - mid) * (q[i] - mid);
        pp += (p[i] - mid) * (p[i] - mid);
        qq += (q[i] - mid) * (q[i] - mid);
    }
    *out = pp > 0 && qq > 0 ? pq / sqrt(pp * qq) : NAN;
    gs_arena_release(a, m);
    return GS_OK;
}

gs_status gs_eco_fdr(gs_arena *a, size_t n, const double *p, double *q, gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    item *t = GS_NEW(a, item, n + 1);
    size_t known = 0;

    if (!t)
        return gs_fail(err, GS_ENOMEM, "out of memory for false discovery rates");
    for (size_t i = 0; i < n; i++) {
        q[i] = NAN;
        if (!isnan(p[i]))
            t[known++] = (item){p[i], i};
    }
    if (known)
        qsort(t, known, sizeof *t, by_x);
    double least = 1;
    for (size_t k = known; k-- > 0;) {
        least = fmin(least, t[k].x * (double)known / (double)(k + 1));
        q[t[k].i] = least;
    }
    gs_arena_release(a, m);
    return GS_OK;
}

/* Householder QR, column by column; what is left of a column after the reflections of
 * those before it says whether it adds anything. */
gs_status gs_eco_ols(gs_arena *a, size_t n, size_t k, const double *x, const double *y,
                     double *b, double *se, double *p, gs_err *err)
{
    gs_mark mark = gs_arena_mark(a);
    double *q = GS_NEW(a, double, n * k + 1), *z = GS_NEW(a, double, n + 1),
           *r = GS_NEW(a, double, k * k + 1), *inv = GS_NEW(a, double, k * k + 1);
    size_t *kept = GS_NEW(a, size_t, k + 1), n_kept = 0;

    if (n <= k)
        return gs_fail(err, GS_ERANGE, "%zu samples are too few for %zu terms", n, k);
    if (!q || !z || !r || !inv || !kept)
        return gs_fail(err, GS_ENOMEM, "out of memory for least squares");
    for (size_t c = 0; c < k; c++)
        for (size_t i = 0; i < n; i++)
            q[c * n + i] = x[i * k + c];
    memcpy(z, y, n * sizeof *y);
    for (size_t c = 0; c < k; c++) {
        double *v = q + c * n, whole = 0, left = 0;
        for (size_t i = 0; i < n; i++)
            whole += x[i * k + c] * x[i * k + c];
        for (size_t i = n_kept; i < n; i++)
            left += v[i] * v[i];
        if (!(left > 1e-20 * whole))
            continue;
        size_t at = n_kept;
        for (size_t i = 0; i < at; i++)
            r[i * k + at] = v[i];
        double norm = sqrt(left), top = v[at] > 0 ? -norm : norm;
        r[at * k + at] = top;
        v[at] -= top;
        double vv = left - 2 * top * (v[at] + top) + top * top;
        for (size_t d = c + 1; d <= k; d++) { /* the columns after it, then y */
            double *w = d < k ? q + d * n : z, dot = 0;
            for (size_t i = at; i < n; i++)
                dot += v[i] * w[i];
            for (size_t i = at; i < n; i++)
                w[i] -= 2 * dot / vv * v[i];
        }
        kept[n_kept++] = c;
    }
    double rss = 0, df = (double)(n - n_kept);
    for (size_t i = n_kept; i < n; i++)
        rss += z[i] * z[i];
    for (size_t c = 0; c < k; c++)
        b[c] = 0, se[c] = p[c] = NAN;
    for (size_t i = n_kept; i-- > 0;) {
        double s = z[i];
        for (size_t j = i + 1; j < n_kept; j++)
            s -= r[i * k + j] * b[kept[j]];
        b[kept[i]] = s / r[i * k + i];
    }
    /* variance of b: rows of R^-1 */
    for (size_t c = 0; c < n_kept; c++)
        for (size_t i = c + 1; i-- > 0;) {
            double s = i == c;
            for (size_t j = i + 1; j <= c; j++)
                s -= r[i * k + j] * inv[j * k + c];
            inv[i * k + c] = s / r[i * k + i];
        }
    for (size_t i = 0; i < n_kept; i++) {
        double s = 0;
        for (size_t c = i; c < n_kept; c++)
            s += inv[i * k + c] * inv[i * k + c];
        se[kept[i]] = sqrt(s * rss / df);
        p[kept[i]] = gs_eco_t_tail(b[kept[i]] / se[kept[i]], df);
    }
    gs_arena_release(a, mark);
    return GS_OK;
}
