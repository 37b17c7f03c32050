/* PERMANOVA: are groups further apart than chance would put them? [anderson2001]
 *
 * With W = sum over groups of (sum of squared distances inside) / size and T the same for
 * everyone together, F = ((T - W) / (k - 1)) / (W / (n - k)). A permutation changes W
 * only. Two ways to it, whichever is cheaper for the sizes at hand:
 *
 *   few     Let C be everyone outside the largest group L. Summing inside C is enough, as
 *           S_L = S_all + S_C - (sum of row sums over C): |C|^2/2 look-ups.
 *   lanes   n^2/2 steps, sixteen permutations at once.
 *
 * Both walk the matrix in strips of rows that stay in cache while a batch of permutations
 * passes over them. */
#include "eco/lanes.h"
#include "eco/minima.h"
#include "gutskin/eco.h"

#include <math.h>
#include <string.h>

enum { BATCH = 128, LANE = 16, STRIP = 32, FEW_STRIP = 8, MAX_GROUP = 250 };

typedef struct permuter {
    const gs_lanes *lane;
    size_t n, n_group, n_perm, largest, n_few; /* n_few: size of C */
    const double *square, *row; /* [n x n], row sums [n] */
    double all;                 /* sum over pairs */
    const uint32_t *group;
    const double *size;         /* [n_group] */
    const uint8_t *few_label;   /* [n_few] labels of C, grouped */
    bool few;
    uint64_t seed;
    double *w;                  /* [n_perm + 1]; 0 is the labeling as it is */
    unsigned char *scratch;
    size_t scratch_size;        /* of one job */
} permuter;

/* Labels of permutation i: C's labels on a random subset (a partial Fisher-Yates), the
 * largest group on the rest. */
static void labels(const permuter *p, size_t i, uint32_t *order, uint8_t *out)
{
    if (i == 0) {
        for (size_t j = 0; j < p->n; j++)
            out[j] = (uint8_t)p->group[j];
        return;
    }
    gs_rng r = gs_rng_stream(p->seed, i, "permanova");
    for (size_t j = 0; j < p->n; j++)
        order[j] = (uint32_t)j;
    memset(out, (int)p->largest, p->n);
    for (size_t j = 0; j < p->n_few; j++) {
        size_t k = j + gs_rng_below(&r, p->n - j);
        uint32_t t = order[k];
        order[k] = order[j];
        order[j] = t;
        out[t] = p->few_label[j];
    }
}

/* ---- few ------------------------------------------------------------------------------ */

/* member: [n_group][...] places of C's people by group, ascending, as one array with
 * first[n_group + 1]. */
static void few_strip(const permuter *p, const uint8_t *label, const uint32_t *member,
                      const uint32_t *first, uint32_t *next, size_t from, size_t to,
                      double *inside, double *everyone)
{
    for (size_t i = from; i < to; i++) {
        size_t g = label[i];
        if (g == p->largest)
            continue;
        const double *row = p->square + i * p->n;
        next[g]++; /* members of g after i */
        for (size_t h = 0; h < p->n_group; h++) {
            if (h == p->largest)
                continue;
            double s = p->lane->pick(first[h + 1] - next[h], row, member + next[h]);
            *everyone += s;
            inside[g] += h == g ? s : 0;
        }
    }
}

static void few_job(const permuter *p, size_t from, size_t to, unsigned char *scratch)
{
    size_t n = p->n, k = p->n_group;
    uint32_t *order = (uint32_t *)scratch, *member = order + n,
             *first = member + BATCH * p->n_few, *next = first + BATCH * (k + 1);
    double *inside = (double *)(next + BATCH * k + ((n + BATCH * (p->n_few + 2 * k + 1)) & 1));
    double *everyone = inside + BATCH * k;
    uint8_t *label = (uint8_t *)(everyone + BATCH);

    memset(inside, 0, BATCH * (k + 1) * sizeof *inside);
    for (size_t b = 0; b < to - from; b++) {
        uint8_t *mine = label + b * n;
        uint32_t *f = first + b * (k + 1), *m = member + b * p->n_few, *at = next + b * k;
        labels(p, from + b, order, mine);
        f[0] = 0;
        for (size_t g = 0; g < k; g++) {
            at[g] = f[g];
            f[g + 1] = f[g] + (g == p->largest ? 0 : (uint32_t)p->size[g]);
        }
        for (size_t i = 0; i < n; i++)
            if (mine[i] != p->largest)
                m[at[mine[i]]++] = (uint32_t)i;
        memcpy(at, f, k * sizeof *at);
    }
    for (size_t i = 0; i < n; i += FEW_STRIP)
        for (size_t b = 0; b < to - from; b++)
            few_strip(p, label + b * n, member + b * p->n_few, first + b * (k + 1),
                      next + b * k, i, i + FEW_STRIP < n ? i + FEW_STRIP : n, inside + b * k,
                      everyone + b);
    for (size_t b = 0; b < to - from; b++) {
        double rows = 0, w = 0;
        for (size_t j = 0; j < p->n_few; j++)
            rows += p->row[member[b * p->n_few + j]];
        for (size_t g = 0; g < k; g++)
            w += (g == p->largest ? p->all + everyone[b] - rows : inside[b * k + g]) / p->size[g];
        p->w[from + b] = w;
    }
}

/* ---- lanes ---------------------------------------------------------------------------- */

static void lane_job(const permuter *p, size_t from, size_t to, unsigned char *scratch)
{
    size_t n = p->n, n_set = (to - from + LANE - 1) / LANE;
    double *w = (double *)scratch;
    uint32_t *order = (uint32_t *)(w + BATCH);
    uint8_t *label = (uint8_t *)(order + n), *one = label + BATCH * n;

    memset(w, 0, BATCH * sizeof *w);
    memset(label, 0, BATCH * n);
    for (size_t b = 0; b < to - from; b++) {
        labels(p, from + b, order, one);
        for (size_t i = 0; i < n; i++)
            label[(b / LANE) * LANE * n + i * LANE + b % LANE] = one[i];
    }
    for (size_t strip = 0; strip < n; strip += STRIP)
        for (size_t s = 0; s < n_set; s++) {
            const uint8_t *set = label + s * LANE * n;
            size_t end = strip + STRIP < n ? strip + STRIP : n;
            for (size_t i = strip; i < end; i++) {
                double within[LANE] = {0};
                p->lane->within(n - i - 1, p->square + i * n + i + 1, set + (i + 1) * LANE,
                                set + i * LANE, within);
                for (size_t l = 0; l < LANE; l++)
                    w[s * LANE + l] += within[l] / p->size[set[i * LANE + l]];
            }
        }
    memcpy(p->w + from, w, (to - from) * sizeof *w);
}

static void job(void *ctx, size_t i)
{
    const permuter *p = ctx;
    size_t from = i * BATCH, to = from + BATCH < p->n_perm + 1 ? from + BATCH : p->n_perm + 1;
    unsigned char *scratch = p->scratch + i * p->scratch_size;
    if (p->few)
        few_job(p, from, to, scratch);
    else
        lane_job(p, from, to, scratch);
}

static gs_status check_groups(size_t n, const uint32_t *group, size_t n_group, double *size,
                              gs_err *err)
{
    if (n_group < 2 || n_group >= n || n_group > MAX_GROUP)
        return gs_fail(err, GS_ERANGE, "%zu groups of %zu samples cannot be compared; there must "
                       "be 2 to %d, and fewer than samples", n_group, n, MAX_GROUP);
    for (size_t i = 0; i < n; i++) {
        if (group[i] >= n_group)
            return gs_fail(err, GS_ERANGE, "sample %zu is in group %u of %zu", i + 1,
                           (unsigned)group[i], n_group);
        size[group[i]]++;
    }
    for (size_t g = 0; g < n_group; g++)
        if (!(size[g] > 0))
            return gs_fail(err, GS_ERANGE, "group %zu of %zu is empty", g + 1, n_group);
    return GS_OK;
}

gs_status gs_eco_permanova_on(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                              size_t n, const double *dist, const uint32_t *group,
                              size_t n_group, size_t n_perm, uint64_t seed,
                              gs_eco_permanova *out, gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    double *size = GS_NEW(a, double, n_group + 1), *square = GS_NEW(a, double, n * n + 1),
           *row = GS_NEW(a, double, n + 1), *w = GS_NEW(a, double, n_perm + 1);
    uint8_t *few_label = GS_NEW(a, uint8_t, n + 1);
    size_t n_job = n_perm / BATCH + 1;
    permuter p = {.lane = lane, .n = n, .n_group = n_group, .n_perm = n_perm, .square = square,
                  .row = row, .group = group, .size = size, .few_label = few_label,
                  .seed = seed, .w = w};

    if (!size || !square || !row || !w || !few_label)
        return gs_fail(err, GS_ENOMEM, "out of memory for PERMANOVA of %zu samples", n);
    GS_TRY(check_groups(n, group, n_group, size, err));
    for (size_t g = 1; g < n_group; g++)
        p.largest = size[g] > size[p.largest] ? g : p.largest;
    for (size_t g = 0; g < n_group; g++)
        for (size_t k = 0; g != p.largest && k < (size_t)size[g]; k++)
            few_label[p.n_few++] = (uint8_t)g;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            row[i] += square[i * n + j] = dist[i * n + j] * dist[i * n + j];
    for (size_t i = 0; i < n; i++)
        p.all += 0.5 * row[i];

    p.few = (double)p.n_few < 0.3 * (double)n;
    p.scratch_size =
        (p.few ? 4 * (n + BATCH * (p.n_few + 2 * n_group + 2)) + 8 * BATCH * (n_group + 1) + BATCH * n
               : 8 * BATCH + 4 * n + (BATCH + 1) * n) / 64 * 64 + 128;
    p.scratch = gs_arena_calloc(a, n_job, p.scratch_size);
    if (!p.scratch)
        return gs_fail(err, GS_ENOMEM, "out of memory for PERMANOVA of %zu samples", n);
    gs_pool_run(pool, n_job, job, &p);

    double dn = (double)n, dk = (double)n_group, t = p.all / dn;
    size_t beyond = 0;
    for (size_t i = 1; i <= n_perm; i++) /* F falls as W rises; equal labelings are equal */
        beyond += w[i] <= w[0] * (1 + 1e-12);
    *out = (gs_eco_permanova){.f = ((t - w[0]) / (dk - 1)) / (w[0] / (dn - dk)),
                              .r2 = 1 - w[0] / t,
                              .p = n_perm ? (1 + (double)beyond) / (1 + (double)n_perm) : NAN,
                              .n = n, .n_group = n_group, .n_perm = n_perm};
    gs_arena_release(a, m);
    return GS_OK;
}

gs_status gs_eco_permanova_test(gs_arena *a, const gs_pool *pool, size_t n,
                                const double *dist, const uint32_t *group, size_t n_group,
                                size_t n_perm, uint64_t seed, gs_eco_permanova *out,
                                gs_err *err)
{
    return gs_eco_permanova_on(a, pool, gs_lanes_best(), n, dist, group, n_group, n_perm, seed,
                               out, err);
}
