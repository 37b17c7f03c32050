/* The switching filter against brute force over every path of regimes, against the one
 * filters it contains, and its derivatives against differences. */
#include "check.h"
#include "gutskin/rng.h"
#include "infer/lattice.h"
#include "infer/num.h"

enum { N = 9, DAYS = 24, K = 3 };
static const int32_t DAY[N] = {0, 1, 2, 4, 5, 9, 10, 16, 23};

typedef struct set_up {
    gs_arena *a;
    gs_scale scale[K];
    link l[K];
    double value[K][N], eta[K][2][N], d_eta[K][2][N];
    double enter[DAYS], leave[DAYS], d_enter[DAYS], d_leave[DAYS];
    track *t[K];
    lattice_series s[K];
    lattice_hazard h;
    size_t n_regime, n_series, n_step, n_kind;
} set_up;

static set_up *make(size_t n_regime, size_t n_series, size_t n_step, uint64_t seed)
{
    gs_arena *a = gs_arena_new(0);
    set_up *u = GS_NEW(a, set_up, 1);
    gs_rng r = gs_rng_stream(seed, 0, "lattice");
    u->a = a;
    u->n_regime = n_regime;
    u->n_series = n_series;
    u->n_step = n_step;
    u->scale[0] = test_scale(GS_SCALE_ORDERED, 0, 10, 1, 0, 1.5);
    u->scale[1] = test_scale(GS_SCALE_COUNT, 0, 500, 1, 0.5, 1);
    u->scale[2] = test_scale(GS_SCALE_POSITIVE, 0, 72, 0.1, 0.5, 1);
    for (size_t c = 0; c < n_series; c++) {
        u->l[c] = link_make(&u->scale[c]);
        nuisance *v = &u->s[c].v;
        *v = (nuisance){.sd = 0.5 + 0.6 * gs_rng_uniform(&r), .unit = 1,
                        .tau = 4 + 10 * gs_rng_uniform(&r),
                        .noise = c == 1 ? 8 : 0.4};
        for (int k = 0; k < 10; k++)
            v->cut[k] = -3 + 0.6 * k + 0.1 * gs_rng_uniform(&r);
        for (size_t i = 0; i < N; i++) {
            u->eta[c][0][i] = (c == 1 ? 1.5 : -0.5) + 0.4 * gs_rng_normal(&r);
            u->eta[c][1][i] = u->eta[c][0][i] + 1.4;
            u->value[c][i] = link_draw(&u->l[c], v, u->eta[c][i > 4][i], &r);
            if (n_series > 1 && (i + c) % 4 == 3)
                u->value[c][i] = NAN;
        }
        u->t[c] = track_new(a, &u->l[c], n_step, DAY, u->value[c]);
        u->s[c].l = &u->l[c];
        u->s[c].t = u->t[c];
        for (size_t q = 0; q < 2; q++) {
            u->s[c].eta[q] = u->eta[c][q];
            u->s[c].d_eta[q] = u->d_eta[c][q];
        }
    }
    for (int d = 0; d < DAYS; d++) {
        u->enter[d] = -2.5 + 0.8 * gs_rng_normal(&r);
        u->leave[d] = -2 + 0.8 * gs_rng_normal(&r);
    }
    u->h = (lattice_hazard){u->enter, u->leave, u->d_enter, u->d_leave};
    u->n_kind = u->t[0]->n_kind;
    return u;
}

static lattice *filter_of(set_up *u, bool coarse)
{
    lattice *f = lattice_new(u->a, coarse, u->n_regime, u->n_series, u->n_step, u->n_kind,
                             DAYS);
    assert_non_null(f);
    return f;
}

/* Sum over every path of regimes of its chance times the one-regime likelihood of the
 * scores along it. */
static double over_paths(set_up *u)
{
    double sum = 0, line[N];
    lattice *one = lattice_new(u->a, false, 1, 1, u->n_step, u->n_kind, DAYS);
    for (unsigned path = 0; path < 1u << u->n_step; path++) {
        double odds = u->enter[DAY[0]] - u->leave[DAY[0]];
        double p = num_logistic(path & 1 ? odds : -odds);
        for (size_t i = 0; i < u->n_step; i++) {
            unsigned now = path >> i & 1;
            line[i] = u->eta[0][now][i];
            double m[2] = {1, 0};
            if (i == 0)
                continue;
            unsigned was = path >> (i - 1) & 1;
            m[0] = !was;
            m[1] = was;
            for (int32_t d = DAY[i - 1] + 1; d <= DAY[i]; d++) {
                double in = 1 - exp(-exp(u->enter[d])), out = 1 - exp(-exp(u->leave[d]));
                double calm = m[0] * (1 - in) + m[1] * out;
                m[1] = m[0] * in + m[1] * (1 - out);
                m[0] = calm;
            }
            p *= m[now];
        }
        lattice_series s = {.l = &u->l[0], .t = u->t[0], .v = u->s[0].v, .eta = {line}};
        sum += p * exp(lattice_forward(one, &s, NULL));
    }
    return log(sum);
}

static void test_one_score_equals_the_sum_over_all_paths_of_regimes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        set_up *u = make(2, 1, N, seed);
        NEAR(lattice_forward(filter_of(u, false), u->s, &u->h), over_paths(u), 1e-10);
        gs_arena_free(u->a);
    }
}

/* With one regime the scores are independent: the sum of the plain filters. */
static void test_one_regime_is_the_sum_of_the_plain_filters(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        set_up *u = make(1, 2, N, seed);
        double sum = 0, d[N];
        lattice *f = filter_of(u, false);
        double got = lattice_forward(f, u->s, NULL);
        lattice_backward(f, u->s, NULL);
        for (size_t c = 0; c < 2; c++) {
            filter *g = filter_new(u->a, true, N, u->n_kind);
            nuisance want = {0};
            sum += filter_forward(g, &u->l[c], u->t[c], u->eta[c][0], &u->s[c].v);
            filter_backward(g, &u->l[c], u->t[c], u->eta[c][0], &u->s[c].v, d, &want);
            NEAR(u->s[c].g.sd, want.sd, 1e-9);
            NEAR(u->s[c].g.tau, want.tau, 1e-9);
            NEAR(u->s[c].g.noise, want.noise, 1e-9);
            for (size_t i = 0; i < N; i++)
                NEAR(u->d_eta[c][0][i], d[i], 1e-9);
        }
        NEAR(got, sum, 1e-10);
        gs_arena_free(u->a);
    }
}

typedef struct moved { set_up *u; lattice *f; double *what; } moved;
static double at(void *ctx, double x)
{
    moved *m = ctx;
    double was = *m->what;
    *m->what = x;
    double lp = lattice_forward(m->f, m->u->s, m->u->n_regime == 2 ? &m->u->h : NULL);
    *m->what = was;
    return lp;
}

static void test_derivatives_equal_differences(void **state)
{
    (void)state;
    for (size_t k = 1; k <= K; k++)
        for (size_t regimes = 1; regimes <= 2; regimes++) {
            set_up *u = make(regimes, k, N, 10 * k + regimes);
            lattice *f = filter_of(u, false);
            const lattice_hazard *h = regimes == 2 ? &u->h : NULL;
            lattice_forward(f, u->s, h);
            lattice_backward(f, u->s, h);
            moved m = {.u = u, .f = f};
            for (size_t c = 0; c < k; c++) {
                nuisance *v = &u->s[c].v, g = u->s[c].g;
                for (size_t r = 0; r < regimes; r++)
                    for (size_t i = 0; i < N; i++) {
                        m.what = &u->eta[c][r][i];
                        NEAR(u->d_eta[c][r][i], slope_of(at, &m, *m.what, 1e-3), 1e-8);
                    }
                m.what = &v->sd;
                NEAR(g.sd, slope_of(at, &m, v->sd, 1e-3), 1e-8);
                m.what = &v->tau;
                NEAR(g.tau, slope_of(at, &m, v->tau, 1e-2), 1e-8);
                m.what = &v->noise;
                if (u->l[c].kind != LINK_ORDERED)
                    NEAR(g.noise, slope_of(at, &m, v->noise, 1e-3), 1e-8);
                for (size_t q = 0; q + 1 < u->l[c].n_cat; q++) {
                    m.what = &v->cut[q];
                    NEAR(g.cut[q], slope_of(at, &m, v->cut[q], 1e-3), 1e-8);
                }
            }
            for (size_t d = 0; d < DAYS && regimes == 2; d++) {
                m.what = &u->enter[d];
                NEAR(u->d_enter[d], slope_of(at, &m, *m.what, 1e-2), 1e-8);
                m.what = &u->leave[d];
                NEAR(u->d_leave[d], slope_of(at, &m, *m.what, 1e-2), 1e-8);
            }
            gs_arena_free(u->a);
        }
}

/* The planner's copy: near, and its slopes are nearly those of itself. */
static void test_the_coarse_copy_is_near_the_fine_one(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        set_up *u = make(2, 2, N, seed);
        lattice *fine = filter_of(u, false), *coarse = filter_of(u, true);
        double want[2][2][N], a = lattice_forward(fine, u->s, &u->h);
        lattice_backward(fine, u->s, &u->h);
        memcpy(want, u->d_eta, sizeof want);
        nuisance g = u->s[0].g;
        u->s[0].g = (nuisance){0};
        NEAR(lattice_forward(coarse, u->s, &u->h), a, 1e-4);
        lattice_backward(coarse, u->s, &u->h);
        for (size_t c = 0; c < 2; c++)
            for (size_t r = 0; r < 2; r++)
                for (size_t i = 0; i < N; i++)
                    NEAR(u->d_eta[c][r][i], want[c][r][i], 1e-3);
        NEAR(u->s[0].g.sd, g.sd, 1e-3);
        NEAR(u->s[0].g.tau, g.tau, 1e-3);
        gs_arena_free(u->a);
    }
}

/* Chances add up; a score that never came changes nothing. */
static void test_chances_sum_to_one_and_gaps_are_steps_without_scores(void **state)
{
    (void)state;
    set_up *u = make(2, 1, N, 5);
    lattice *f = filter_of(u, false);
    double p[2 * GRID_N], lp = lattice_forward(f, u->s, &u->h), parts = 0;
    lattice_backward(f, u->s, &u->h);
    for (size_t i = 0; i < N; i++) {
        double sum[2] = {0};
        lattice_filtered(f, i, 0, p);
        for (size_t q = 0; q < 2 * GRID_N; q++)
            sum[0] += p[q];
        lattice_smoothed(f, i, 0, p);
        for (size_t q = 0; q < 2 * GRID_N; q++)
            sum[1] += p[q];
        NEAR(sum[0], 1, 1e-12);
        NEAR(sum[1], 1, 1e-9);
        parts += lattice_log_chance(f, i);
    }
    NEAR(parts, lp, 1e-12);
    int32_t day[DAYS];
    double value[DAYS], eta[2][DAYS] = {{0}};
    for (int32_t d = 0; d < DAYS; d++) {
        day[d] = d;
        value[d] = NAN;
    }
    for (size_t i = 0; i < N; i++) {
        value[DAY[i]] = u->value[0][i];
        eta[0][DAY[i]] = u->eta[0][0][i];
        eta[1][DAY[i]] = u->eta[0][1][i];
    }
    lattice_series s = {.l = &u->l[0], .t = track_new(u->a, &u->l[0], DAYS, day, value),
                        .v = u->s[0].v, .eta = {eta[0], eta[1]}};
    lattice *g = lattice_new(u->a, false, 2, 1, DAYS, s.t->n_kind, DAYS);
    NEAR(lattice_forward(g, &s, &u->h), lp, 1e-5);
    gs_arena_free(u->a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_score_equals_the_sum_over_all_paths_of_regimes),
        cmocka_unit_test(test_one_regime_is_the_sum_of_the_plain_filters),
        cmocka_unit_test(test_derivatives_equal_differences),
        cmocka_unit_test(test_the_coarse_copy_is_near_the_fine_one),
        cmocka_unit_test(test_chances_sum_to_one_and_gaps_are_steps_without_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
