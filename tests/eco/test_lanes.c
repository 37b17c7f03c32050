/* Distances: the plain twin and AVX2 agree to the last bit, threads change nothing, and
 * both agree with the definitions written out. */
#include "arena.h"

#include "eco/minima.h"
#include "gutskin/eco.h"

#include <string.h>

enum { N = 75, C = 260 };

static double dense[N][C];
static size_t start[N + 1];
static uint32_t col[N * C];
static double val[N * C];

/* Communities with common and rare taxa, one of them empty. */
static gs_eco_rows rows(bool whole, double depth)
{
    gs_rng r = gs_rng_stream(17, whole, "rows");
    size_t at = 0;
    for (size_t i = 0; i < N; i++) {
        for (size_t c = 0; c < C; c++) {
            double chance = pow(0.98, (double)c);
            double x = gs_rng_uniform(&r) < chance ? depth * gs_rng_exponential(&r) : 0;
            dense[i][c] = i == 5 ? 0 : whole ? floor(x) : x;
            if (dense[i][c] > 0)
                col[at] = (uint32_t)c, val[at++] = dense[i][c];
        }
        start[i + 1] = at;
    }
    return (gs_eco_rows){N, C, start, col, val};
}

static double slow(gs_eco_metric m, const double *x, const double *y)
{
    double least = 0, sx = 0, sy = 0, both = 0, either = 0, square = 0, a[C], b[C];
    for (int c = 0; c < C; c++) {
        least += fmin(x[c], y[c]), sx += x[c], sy += y[c];
        both += x[c] > 0 && y[c] > 0, either += x[c] > 0 || y[c] > 0;
        a[c] = x[c], b[c] = y[c];
    }
    if (m == GS_ECO_BRAYCURTIS)
        return sx + sy > 0 ? 1 - 2 * least / (sx + sy) : 0;
    if (m == GS_ECO_JACCARD)
        return either > 0 ? 1 - both / either : 0;
    gs_eco_clr(C, a, 0.5);
    gs_eco_clr(C, b, 0.5);
    for (int c = 0; c < C; c++)
        square += (a[c] - b[c]) * (a[c] - b[c]);
    return sqrt(square);
}

/* jobs backwards, as a bad scheduler might */
static void backwards(void *self, size_t n, void (*job)(void *, size_t), void *ctx)
{
    (void)self;
    while (n-- > 0)
        job(ctx, n);
}

static void test_distances_are_their_definitions_on_every_path(void **state)
{
    (void)state;
    static double plain[N * N], best[N * N];
    gs_pool pool = {backwards, NULL, 3};
    for (int kind = 0; kind < 3; kind++) { /* 16-bit counts, deep counts, fractions */
        gs_eco_rows r = rows(kind < 2, kind == 1 ? 90000 : 40);
        for (gs_eco_metric m = GS_ECO_BRAYCURTIS; m <= GS_ECO_AITCHISON; m++) {
            MUST(gs_eco_distance_on(arena, NULL, &gs_lanes_plain, &r, m, 0, plain, err));
            MUST(gs_eco_distance(arena, &pool, &r, m, 0, best, err));
            assert_memory_equal(plain, best, sizeof plain);
            for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < N; j++)
                    CHECK_NEAR(plain[i * N + j], slow(m, dense[i], dense[j]), 1e-12);
        }
    }
}

static void test_unifrac_and_permanova_agree_on_every_path(void **state)
{
    (void)state;
    static double plain[N * N], best[N * N];
    gs_pool pool = {backwards, NULL, 2};
    gs_eco_rows r = rows(true, 30);
    uint32_t node[C], parent[2 * C], group[N];
    double length[2 * C];
    bool tip[2 * C];
    /* a comb: tip c hangs on spine c */
    for (uint32_t c = 0; c < C; c++) {
        node[c] = 2 * c;
        parent[2 * c] = 2 * c + 1;
        parent[2 * c + 1] = c + 1 < C ? 2 * c + 3 : 2 * c + 1;
        length[2 * c] = 1 + 0.01 * c, length[2 * c + 1] = c + 1 < C ? 0.1 : 0;
        tip[2 * c] = true, tip[2 * c + 1] = false;
    }
    gs_eco_tree t = {2 * C, C, parent, length, NULL, tip, NULL};
    for (int weighted = 0; weighted < 2; weighted++) {
        MUST(gs_eco_unifrac_on(arena, NULL, &gs_lanes_plain, &r, &t, node, weighted, plain, err));
        MUST(gs_eco_unifrac(arena, &pool, &r, &t, node, weighted, best, err));
        assert_memory_equal(plain, best, sizeof plain);
    }
    /* few (a large first group) and lanes (balanced), both ways */
    for (int balanced = 0; balanced < 2; balanced++) {
        gs_eco_permanova p, q;
        for (uint32_t i = 0; i < N; i++)
            group[i] = balanced ? i % 3 : i % 5 ? 0 : 1 + (i / 5) % 2;
        MUST(gs_eco_permanova_on(arena, NULL, &gs_lanes_plain, N, best, group, 3, 300, 4, &p, err));
        MUST(gs_eco_permanova_test(arena, &pool, N, best, group, 3, 300, 4, &q, err));
        assert_true(p.f == q.f && p.p == q.p && p.r2 == q.r2);
        double t2 = 0, w = 0, size[3] = {0};
        for (size_t i = 0; i < N; i++)
            size[group[i]]++;
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < i; j++) {
                double s = best[i * N + j] * best[i * N + j];
                t2 += s / N, w += group[i] == group[j] ? s / size[group[i]] : 0;
            }
        CHECK_NEAR(p.f, (t2 - w) / 2 / (w / (N - 3)), 1e-11);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances_are_their_definitions_on_every_path),
        cmocka_unit_test(test_unifrac_and_permanova_agree_on_every_path),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
