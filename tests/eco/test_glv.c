/* Lotka-Volterra and shifts: closed forms, known systems given back, and the gnotobiotic
 * mice of [stein2013] forecast from their first day. */
#include "arena.h"

#include "gutskin/eco.h"
#include "gutskin/text.h"

#include <stdlib.h>
#include <string.h>

/* x' = r x (1 - x / K): x = K / (1 + (K / x0 - 1) e^-rt) */
static void test_one_taxon_follows_the_logistic_curve(void **state)
{
    (void)state;
    double r = 0.8, a = -0.8 / 5, floor_ = 1e-9, scale = 1, x0 = 0.05, t[40], x[40];
    gs_eco_glv g = {.n_taxon = 1, .r = &r, .a = &a, .scale = &scale, .floor = &floor_};
    for (int i = 0; i < 40; i++)
        t[i] = 0.5 * i;
    size_t held;
    MUST(gs_eco_glv_run(arena, &g, &x0, 40, t, NULL, x, &held, err));
    for (int i = 0; i < 40; i++)
        CHECK_NEAR(x[i], 5 / (1 + (5 / x0 - 1) * exp(-0.8 * t[i])), 1e-5);
    assert_int_equal(held, 0);
}

enum { M = 3, T = 60, S = 5 };
static const double true_r[M] = {0.6, 0.5, 0.4};
static const double true_a[M * M] = {-0.6, -0.15, 0.1, -0.2, -0.5, 0, 0.1, -0.25, -0.4};
static const double true_b[M] = {-1.2, 0.5, 0};

static void make(gs_eco_series *s, double (*t)[T], double (*x)[T * M], double (*u)[T], double noise)
{
    double floor_[M] = {1e-9, 1e-9, 1e-9}, scale[M] = {1, 1, 1}, r[M], a[M * M], b[M];
    memcpy(r, true_r, sizeof r), memcpy(a, true_a, sizeof a), memcpy(b, true_b, sizeof b);
    gs_eco_glv g = {.n_taxon = M, .n_push = 1, .r = r, .a = a, .b = b, .scale = scale, .floor = floor_};
    gs_rng rng = gs_rng_stream(9, 0, "glv");
    for (size_t i = 0; i < S; i++) {
        double x0[M];
        for (size_t q = 0; q < M; q++)
            x0[q] = 0.05 + gs_rng_uniform(&rng);
        for (size_t k = 0; k < T; k++)
            t[i][k] = 0.5 * (double)k, u[i][k] = t[i][k] >= 8 && t[i][k] < 13;
        MUST(gs_eco_glv_run(arena, &g, x0, T, t[i], u[i], x[i], NULL, err));
        for (size_t k = 0; k < T * M; k++)
            x[i][k] *= exp(noise * gs_rng_normal(&rng));
        s[i] = (gs_eco_series){T, t[i], x[i], u[i]};
    }
}

static void test_a_known_community_is_given_back(void **state)
{
    (void)state;
    static double t[S][T], x[S][T * M], u[S][T];
    gs_eco_series s[S];
    gs_eco_glv g;
    make(s, t, x, u, 0);
    MUST(gs_eco_glv_fit(arena, S, s, M, 1, 1e-6, &g, err));
    for (size_t i = 0; i < M; i++) {
        CHECK_NEAR(g.r[i], true_r[i], 0.02); /* the trapezoid's error at half a day */
        CHECK_NEAR(g.b[i], true_b[i], 0.02);
        for (size_t j = 0; j < M; j++)
            CHECK_NEAR(g.a[i * M + j], true_a[i * M + j], 0.02);
    }
    assert_true(g.r2 > 0.999);
}

/* With 10 % noise signs of the strong effects stay, and what is small is shrunk. */
static void test_noise_shrinks_and_does_not_turn_effects(void **state)
{
    (void)state;
    static double t[S][T], x[S][T * M], u[S][T];
    gs_eco_series s[S];
    gs_eco_glv g;
    make(s, t, x, u, 0.1);
    MUST(gs_eco_glv_fit(arena, S, s, M, 1, 0, &g, err));
    assert_true(g.b[0] < -0.7 && g.b[1] > 0.2);
    for (size_t i = 0; i < M; i++)
        assert_true(g.a[i * M + i] < 0);
    CHECK_NEAR(g.b[0], true_b[0], 3.5 * g.b_sd[0] + 0.1);
}

static void test_shift_widens_for_memory(void **state)
{
    (void)state;
    enum { N = 400 };
    double t[N], x[N];
    int cover[2] = {0};
    for (uint64_t run = 0; run < 300; run++) {
        gs_rng r = gs_rng_stream(21, run, "ar");
        double z = gs_rng_normal(&r);
        for (int i = 0; i < N; i++) {
            t[i] = i;
            x[i] = z;
            z = 0.6 * z + 0.8 * gs_rng_normal(&r);
        }
        gs_eco_shift s;
        MUST(gs_eco_shift_of(arena, N, t, x, 100, 140, &s, err));
        assert_int_equal(s.n_in, 41);
        cover[0] += s.diff.lo <= 0 && 0 <= s.diff.hi;
        for (int i = 100; i <= 140; i++)
            x[i] += 1.5;
        MUST(gs_eco_shift_of(arena, N, t, x, 100, 140, &s, err));
        cover[1] += s.diff.lo <= 1.5 && 1.5 <= s.diff.hi;
    }
    /* lag 0.6 doubles the error of a mean; ignoring it would cover about 67 % */
    CHECK_NEAR(cover[0] / 300.0, 0.94, 0.045);
    CHECK_NEAR(cover[1] / 300.0, 0.94, 0.045);
}

/* ---- real mice ------------------------------------------------------------------------ */

enum { MAX_T = 40, TAXA = 11, MICE = 9 };

typedef struct mouse {
    size_t n;
    double t[MAX_T], x[MAX_T * 32], u[MAX_T];
} mouse;

/* population, replicate, mouse, day, clindamycin, taxon, abundance */
static size_t read_mice(mouse *m, char names[32][80], size_t *n_taxon)
{
    char path[600], *text, *save = NULL;
    size_t n, n_mouse = 0;
    long key[64];
    gs_err err = {0};
    snprintf(path, sizeof path, "%s/../shared/data/gnotobiotic_glv/stein2013.tsv", GS_SOURCE_DIR);
    if (gs_text_read_file(path, 1 << 24, &text, &n, &err) != GS_OK)
        return 0;
    *n_taxon = 0;
    strtok_r(text, "\n", &save);
    for (char *line; (line = strtok_r(NULL, "\n", &save));) {
        double pop, rep, id, day, clinda, amount;
        char taxon[80];
        if (sscanf(line, "%lf\t%lf\t%lf\t%lf\t%lf\t%79[^\t]\t%lf", &pop, &rep, &id, &day, &clinda, taxon,
                   &amount) != 7)
            continue;
        long who = (long)(100 * pop + 10 * rep + 0 * id);
        size_t i = 0, q = 0, k = 0;
        while (i < n_mouse && key[i] != who)
            i++;
        if (i == n_mouse)
            key[n_mouse++] = who;
        while (q < *n_taxon && strcmp(names[q], taxon))
            q++;
        if (q == *n_taxon)
            snprintf(names[(*n_taxon)++], 80, "%s", taxon);
        while (k < m[i].n && m[i].t[k] != day)
            k++;
        if (k == m[i].n)
            m[i].t[m[i].n++] = day;
        m[i].u[k] = clinda;
        m[i].x[k * 32 + q] = amount;
    }
    free(text);
    return n_mouse;
}

static void test_stein_mice_are_forecast_better_than_by_standing_still(void **state)
{
    (void)state;
    static mouse m[64];
    static double x[64][MAX_T * 32];
    char names[32][80];
    size_t n_taxon, n = read_mice(m, names, &n_taxon);
    if (n == 0) {
        print_message("../shared/data/gnotobiotic_glv is not there; skipped\n");
        skip();
    }
    assert_int_equal(n, MICE);
    assert_int_equal(n_taxon, TAXA);
    gs_eco_series s[64];
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m[i].n; k++)
            memcpy(x[i] + k * n_taxon, m[i].x + k * 32, n_taxon * sizeof(double));
        s[i] = (gs_eco_series){m[i].n, m[i].t, x[i], m[i].u};
    }
    double fit = 0, still = 0, cells = 0;
    for (size_t out = 0; out < n; out++) {
        gs_eco_series rest[64];
        size_t n_rest = 0;
        for (size_t i = 0; i < n; i++)
            if (i != out)
                rest[n_rest++] = s[i];
        gs_eco_glv g;
        MUST(gs_eco_glv_fit(arena, n_rest, rest, n_taxon, 1, 0, &g, err));
        double run[MAX_T * 32];
        MUST(gs_eco_glv_run(arena, &g, s[out].x, s[out].n_t, s[out].t, s[out].u, run, NULL, err));
        for (size_t k = 1; k < s[out].n_t; k++)
            for (size_t q = 0; q < n_taxon; q++) {
                if (!(s[out].x[k * n_taxon + q] > 0 && s[out].x[q] > 0))
                    continue; /* not there yet: no forecast can know of an inoculation */
                double seen = log10(s[out].x[k * n_taxon + q]), start = log10(s[out].x[q]);
                double said = log10(run[k * n_taxon + q]);
                fit += pow(seen - said, 2), still += pow(seen - start, 2), cells++;
            }
    }
    print_message("held-out mice, rms of log10: fit %.3f, standing still %.3f\n", sqrt(fit / cells),
                  sqrt(still / cells));
    assert_true(fit < still);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_taxon_follows_the_logistic_curve),
        cmocka_unit_test(test_a_known_community_is_given_back),
        cmocka_unit_test(test_noise_shrinks_and_does_not_turn_effects),
        cmocka_unit_test(test_shift_widens_for_memory),
        cmocka_unit_test(test_stein_mice_are_forecast_better_than_by_standing_still),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
