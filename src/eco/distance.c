/* Distances between samples.
 *
 * Bray-Curtis, Jaccard and both UniFracs are one sum in disguise, M(x, y) = sum min(x, y):
 *   Bray-Curtis     1 - 2 M / (sum x + sum y)
 *   Jaccard         M of presences = taxa in both
 *   UniFrac         M of (branch length where present) = shared length
 *   weighted        |x - y| = x + y - 2 min(x, y), with x = length * share below the branch
 * M is computed by halves: columns that few rows fill by an inverted list (pairs of rows
 * that share the column), the common ones as a dense block in SIMD. For counts in the
 * 13,374 x 1,907 OTU table, 597 common columns hold the dense half, and the other 12,777
 * cost 31 million additions.
 *
 * Tried and dropped: merging sorted rows pair by pair (branches mispredict: about 4 ns an
 * entry); one dense block for all (13 times the arithmetic). */
#include "eco/lanes.h"
#include "eco/minima.h"
#include "gutskin/eco.h"

#include <math.h>
#include <string.h>

static const char *const metric_name[GS_N_ECO_METRIC] = {
    "bray-curtis", "jaccard", "aitchison", "unifrac", "weighted-unifrac",
};

const char *gs_eco_metric_name(gs_eco_metric m)
{
    return m < GS_N_ECO_METRIC ? metric_name[m] : "?";
}

long gs_eco_metric_find(const char *name)
{
    for (size_t i = 0; i < GS_N_ECO_METRIC; i++)
        if (!strcmp(name, metric_name[i]))
            return (long)i;
    return -1;
}

/* ---- sums of minima ---------------------------------------------------------------- */

enum { TILE = 32 }; /* rows a job: 32 x 600 doubles stay in the second cache */

typedef struct minima {
    const gs_lanes *lane;
    const gs_eco_rows *r;
    const double *val; /* what is compared, beside r->val */
    size_t n, width;   /* rows; dense columns, padded */
    const double *dense;      /* [n x width], or NULL */
    const uint16_t *dense16;  /* [n x width], or NULL */
    const size_t *list;       /* [n_col + 1] rows of each rare column, ascending */
    const uint32_t *list_row;
    const double *list_val;
    const size_t *rare;       /* entries of rare columns, by row: [n + 1] */
    const uint32_t *rare_col, *rare_at; /* column; place of the row in its list */
    double *out;
} minima;

static void rare_pairs(const minima *m, size_t i)
{
    double *row = m->out + i * m->n;
    for (size_t k = m->rare[i]; k < m->rare[i + 1]; k++) {
        uint32_t c = m->rare_col[k];
        double mine = m->list_val[m->rare_at[k]];
        for (size_t q = m->rare_at[k] + 1u; q < m->list[c + 1]; q++) {
            double other = m->list_val[q];
            row[m->list_row[q]] += mine < other ? mine : other;
        }
    }
}

static void dense_pairs(const minima *m, size_t i, size_t from, size_t to)
{
    double *row = m->out + i * m->n, sum[GS_LANES_Y];
    for (size_t j = from; j < to; j += GS_LANES_Y) {
        size_t left = to - j < GS_LANES_Y ? to - j : GS_LANES_Y;
        if (m->dense16) {
            const uint16_t *y[GS_LANES_Y];
            for (size_t q = 0; q < GS_LANES_Y; q++)
                y[q] = m->dense16 + (q < left ? j + q : j) * m->width;
            m->lane->min_sum16(m->width, m->dense16 + i * m->width, y, sum);
        } else {
            const double *y[GS_LANES_Y];
            for (size_t q = 0; q < GS_LANES_Y; q++)
                y[q] = m->dense + (q < left ? j + q : j) * m->width;
            m->lane->min_sum(m->width, m->dense + i * m->width, y, sum);
        }
        for (size_t q = 0; q < left; q++)
            row[j + q] += sum[q];
    }
}

/* Rows of one tile against all rows after them, in blocks that stay in cache. */
static void tile_job(void *ctx, size_t job)
{
    const minima *m = ctx;
    size_t from = job * TILE, to = from + TILE < m->n ? from + TILE : m->n;

    for (size_t i = from; i < to; i++) {
        memset(m->out + i * m->n + i, 0, (m->n - i) * sizeof *m->out);
        rare_pairs(m, i);
    }
    for (size_t block = from; block < m->n; block += TILE) {
        size_t end = block + TILE < m->n ? block + TILE : m->n;
        for (size_t i = from; i < to; i++)
            if (i + 1 < end)
                dense_pairs(m, i, i + 1 > block ? i + 1 : block, end);
    }
}

/* Whole numbers whose row sums fit 16 bits take the faster block; sums are exact. */
static bool fits16(const gs_eco_rows *r, const double *val)
{
    for (size_t i = 0; i < r->n_row; i++) {
        double sum = 0;
        for (size_t k = r->start[i]; k < r->start[i + 1]; k++) {
            if (val[k] != floor(val[k]))
                return false;
            sum += val[k];
        }
        if (sum > 65535)
            return false;
    }
    return true;
}

gs_status gs_minima(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                    const gs_eco_rows *r, const double *val, double *out, gs_err *err)
{
    size_t n = r->n_row, n_dense = 0, n_rare = 0, n_entry = r->start[n];
    bool small = fits16(r, val);
    /* a dense column costs n^2/2 lanes, a rare one k^2/2 scattered additions */
    size_t common = (size_t)((small ? 0.16 : 0.32) * (double)n) + 2;
    size_t *fill = GS_NEW(a, size_t, r->n_col + 1), *list = GS_NEW(a, size_t, r->n_col + 2);
    uint32_t *slot = GS_NEW(a, uint32_t, r->n_col);
    size_t *rare = GS_NEW(a, size_t, n + 1);

    if (!fill || !list || !slot || !rare)
        return gs_fail(err, GS_ENOMEM, "out of memory for distances between %zu samples", n);
    for (size_t k = 0; k < n_entry; k++)
        fill[r->col[k]]++;
    for (size_t c = 0; c < r->n_col; c++) {
        bool is_dense = fill[c] >= common;
        slot[c] = is_dense ? (uint32_t)n_dense++ : UINT32_MAX;
        list[c + 1] = list[c] + (is_dense ? 0 : fill[c]);
    }
    n_rare = list[r->n_col];

    // rows of the rare columns, and the way back from a row to its places there
    uint32_t *list_row = GS_NEW(a, uint32_t, n_rare), *rare_col = GS_NEW(a, uint32_t, n_rare),
             *rare_at = GS_NEW(a, uint32_t, n_rare);
    double *list_val = GS_NEW(a, double, n_rare);
    size_t step = small ? 16 : 4, width = (n_dense + step - 1) / step * step;
    void *dense = gs_arena_calloc(a, n * width + 1, small ? sizeof(uint16_t) : sizeof(double));
    if (!list_row || !rare_col || !rare_at || !list_val || !dense || n_rare > UINT32_MAX)
        return gs_fail(err, GS_ENOMEM, "out of memory for distances between %zu samples", n);
    memset(fill, 0, (r->n_col + 1) * sizeof *fill);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = r->start[i]; k < r->start[i + 1]; k++) {
            uint32_t c = r->col[k];
            if (slot[c] != UINT32_MAX) {
                if (small)
                    ((uint16_t *)dense)[i * width + slot[c]] = (uint16_t)val[k];
                else
                    ((double *)dense)[i * width + slot[c]] = val[k];
                continue;
            }
            size_t place = list[c] + fill[c]++;
            list_row[place] = (uint32_t)i;
            list_val[place] = val[k];
            rare_col[at] = c;
            rare_at[at++] = (uint32_t)place;
        }
        rare[i + 1] = at;
    }
    minima m = {.lane = lane, .r = r, .val = val, .n = n, .width = width,
                .dense = small ? NULL : dense, .dense16 = small ? dense : NULL,
                .list = list, .list_row = list_row, .list_val = list_val,
                .rare = rare, .rare_col = rare_col, .rare_at = rare_at, .out = out};
    gs_pool_run(pool, (n + TILE - 1) / TILE, tile_job, &m);
    return GS_OK;
}

/* ---- metrics ------------------------------------------------------------------------ */

static void mirror(size_t n, double *d)
{
    for (size_t i = 0; i < n; i++) {
        d[i * n + i] = 0;
        for (size_t j = i + 1; j < n; j++)
            d[j * n + i] = d[i * n + j];
    }
}

/* From sums of minima and row sums s: 1 - 2M/(s+s') or 1 - M/(s+s'-M). */
static void finish(size_t n, const double *s, bool jaccard, double *d)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double m = d[i * n + j], both = s[i] + s[j];
            double far = jaccard ? 1 - m / (both - m) : 1 - 2 * m / both;
            d[i * n + j] = !(both > 0) ? 0 : far > 0 ? far : 0;
        }
    mirror(n, d);
}

static gs_status by_minima(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                           const gs_eco_rows *r, bool presence, double *out, gs_err *err)
{
    size_t n = r->n_row, n_entry = r->start[n];
    double *sum = GS_NEW(a, double, n + 1), *val = NULL;

    if (!sum || (presence && !(val = GS_NEW(a, double, n_entry + 1))))
        return gs_fail(err, GS_ENOMEM, "out of memory for distances between %zu samples", n);
    for (size_t k = 0; presence && k < n_entry; k++)
        val[k] = r->val[k] > 0;
    const double *v = presence ? val : r->val;
    for (size_t i = 0; i < n; i++)
        for (size_t k = r->start[i]; k < r->start[i + 1]; k++)
            sum[i] += v[k];
    GS_TRY(gs_minima(a, pool, lane, r, v, out, err));
    finish(n, sum, presence, out);
    return GS_OK;
}

void gs_eco_clr(size_t n, double *x, double pseudo)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] = log(x[i] + pseudo);
    mean /= (double)(n ? n : 1);
    for (size_t i = 0; i < n; i++)
        x[i] -= mean;
}

/* ---- Aitchison: dense, in tiles of columns that stay in cache ------------------------ */

typedef struct euclid {
    const gs_lanes *lane;
    size_t n, width;
    const double *x;
    double *out;
} euclid;

static void euclid_job(void *ctx, size_t job)
{
    enum { COLS = 512 };
    const euclid *e = ctx;
    size_t from = job * TILE, to = from + TILE < e->n ? from + TILE : e->n;
    double sum[GS_LANES_Y];

    for (size_t i = from; i < to; i++)
        memset(e->out + i * e->n + i, 0, (e->n - i) * sizeof *e->out);
    for (size_t block = from; block < e->n; block += TILE) {
        size_t end = block + TILE < e->n ? block + TILE : e->n;
        for (size_t c = 0; c < e->width; c += COLS) {
            size_t w = e->width - c < COLS ? e->width - c : COLS;
            for (size_t i = from; i < to; i++)
                for (size_t j = i + 1 > block ? i + 1 : block; j < end; j += GS_LANES_Y) {
                    const double *y[GS_LANES_Y];
                    size_t left = end - j < GS_LANES_Y ? end - j : GS_LANES_Y;
                    for (size_t q = 0; q < GS_LANES_Y; q++)
                        y[q] = e->x + (q < left ? j + q : j) * e->width + c;
                    e->lane->square_sum(w, e->x + i * e->width + c, y, sum);
                    for (size_t q = 0; q < left; q++)
                        e->out[i * e->n + j + q] += sum[q];
                }
        }
    }
    for (size_t i = from; i < to; i++)
        for (size_t j = i + 1; j < e->n; j++)
            e->out[i * e->n + j] = sqrt(e->out[i * e->n + j]);
}

static gs_status aitchison(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                           const gs_eco_rows *r, double pseudo, double *out, gs_err *err)
{
    size_t n = r->n_row, width = (r->n_col + 3) / 4 * 4;
    double *x = GS_NEW(a, double, n * width + 1);

    if (!x || (width && n > SIZE_MAX / width / sizeof *x))
        return gs_fail(err, GS_ENOMEM, "out of memory for Aitchison distances of %zu samples", n);
    for (size_t i = 0; i < n; i++) {
        double *row = x + i * width;
        for (size_t k = r->start[i]; k < r->start[i + 1]; k++)
            row[r->col[k]] = r->val[k];
        gs_eco_clr(r->n_col, row, pseudo > 0 ? pseudo : 0.5);
    }
    euclid e = {lane, n, width, x, out};
    gs_pool_run(pool, (n + TILE - 1) / TILE, euclid_job, &e);
    mirror(n, out);
    return GS_OK;
}

gs_status gs_eco_distance_on(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                             const gs_eco_rows *r, gs_eco_metric metric, double pseudo,
                             double *out, gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    gs_status st;

    if (metric == GS_ECO_BRAYCURTIS || metric == GS_ECO_JACCARD)
        st = by_minima(a, pool, lane, r, metric == GS_ECO_JACCARD, out, err);
    else if (metric == GS_ECO_AITCHISON)
        st = aitchison(a, pool, lane, r, pseudo, out, err);
    else
        st = gs_fail(err, GS_EUSE, "%s needs a tree", gs_eco_metric_name(metric));
    gs_arena_release(a, m);
    return st;
}

gs_status gs_eco_distance(gs_arena *a, const gs_pool *pool, const gs_eco_rows *r,
                          gs_eco_metric metric, double pseudo, double *out, gs_err *err)
{
    return gs_eco_distance_on(a, pool, gs_lanes_best(), r, metric, pseudo, out, err);
}

/* ---- UniFrac -------------------------------------------------------------------------- */

typedef struct branches {
    const gs_eco_rows *r;
    const gs_eco_tree *t;
    const uint32_t *node;
    bool weighted;
    double *below;       /* [n_job x n_node] */
    size_t *n_branch;    /* [n_row] branches with something below */
    double *sum;         /* [n_row] */
    uint32_t *col;       /* NULL on the first pass, which counts */
    double *val;
    const size_t *start;
    size_t per;
} branches;

/* What lies below each branch of one row; length times share, or length where present. */
static void row_branches(const branches *b, size_t i, double *below)
{
    const gs_eco_tree *t = b->t;
    const gs_eco_rows *r = b->r;
    double total = 0;
    size_t n = 0, at = b->col ? b->start[i] : 0;

    memset(below, 0, t->n_node * sizeof *below);
    for (size_t k = r->start[i]; k < r->start[i + 1]; k++)
        total += r->val[k];
    for (size_t k = r->start[i]; k < r->start[i + 1]; k++)
        below[b->node[r->col[k]]] += b->weighted ? r->val[k] / total : r->val[k] > 0;
    b->sum[i] = 0;
    for (size_t v = 0; v < t->n_node; v++) {
        if (!(below[v] > 0))
            continue;
        if (t->parent[v] != v)
            below[t->parent[v]] += below[v];
        double x = t->length[v] * (b->weighted ? below[v] : 1);
        if (!(x > 0))
            continue;
        b->sum[i] += x;
        if (b->col) {
            b->col[at] = (uint32_t)v;
            b->val[at++] = x;
        }
        n++;
    }
    b->n_branch[i] = n;
}

static void branch_job(void *ctx, size_t job)
{
    const branches *b = ctx;
    size_t to = (job + 1) * b->per < b->r->n_row ? (job + 1) * b->per : b->r->n_row;
    for (size_t i = job * b->per; i < to; i++)
        row_branches(b, i, b->below + job * b->t->n_node);
}

gs_status gs_eco_unifrac_on(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                            const gs_eco_rows *r, const gs_eco_tree *t, const uint32_t *node,
                            bool weighted, double *out, gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    size_t n = r->n_row, n_job = pool && pool->n_thread > 1 ? pool->n_thread : 1;
    size_t *start = GS_NEW(a, size_t, n + 1);
    branches b = {.r = r, .t = t, .node = node, .weighted = weighted,
                  .below = GS_NEW(a, double, n_job * t->n_node),
                  .n_branch = GS_NEW(a, size_t, n + 1), .sum = GS_NEW(a, double, n + 1),
                  .start = start, .per = n / n_job + 1};
    gs_status st = GS_ENOMEM;

    if (!b.below || !b.n_branch || !b.sum || !start)
        goto end;
    gs_pool_run(pool, n_job, branch_job, &b);
    for (size_t i = 0; i < n; i++)
        start[i + 1] = start[i] + b.n_branch[i];
    b.col = GS_NEW(a, uint32_t, start[n] + 1);
    b.val = GS_NEW(a, double, start[n] + 1);
    if (!b.col || !b.val)
        goto end;
    gs_pool_run(pool, n_job, branch_job, &b);
    gs_eco_rows on = {n, t->n_node, start, b.col, b.val};
    st = gs_minima(a, pool, lane, &on, b.val, out, err);
    if (st == GS_OK)
        finish(n, b.sum, !weighted, out);
end:
    gs_arena_release(a, m);
    return st == GS_ENOMEM ? gs_fail(err, GS_ENOMEM, "out of memory for UniFrac of %zu samples", n)
                           : st;
}

gs_status gs_eco_unifrac(gs_arena *a, const gs_pool *pool, const gs_eco_rows *r,
                         const gs_eco_tree *t, const uint32_t *node, bool weighted,
                         double *out, gs_err *err)
{
    return gs_eco_unifrac_on(a, pool, gs_lanes_best(), r, t, node, weighted, out, err);
}
