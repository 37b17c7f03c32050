/* The sampler on targets whose moments are known, and the diagnostics on chains whose
 * effective size is. */
#include "check.h"
#include "gutskin/infer.h"
#include "gutskin/rng.h"
#include "infer/num.h"
#include "infer/nuts.h"
#include <pthread.h>

/* ---- targets ---- */

enum { DIM = 8 };

/* Correlated normal: precision P, mean m. */
typedef struct gaussian {
    double cov[DIM * DIM], L[DIM * DIM], mean[DIM];
} gaussian;

static gaussian correlated(double unit)
{
    gaussian g;
    for (size_t i = 0; i < DIM; i++) {
        g.mean[i] = (double)i - 3;
        for (size_t j = 0; j < DIM; j++) {
            double si = pow(3, (double)i / 3), sj = pow(3, (double)j / 3);
            double apart = fabs((double)i - (double)j);
            g.cov[i * DIM + j] = unit * unit * si * sj * pow(0.9, apart);
        }
    }
    memcpy(g.L, g.cov, sizeof g.L);
    assert_true(num_cholesky(DIM, g.L));
    return g;
}

static double gaussian_eval(void *self, size_t slot, const double *u, double *grad)
{
    (void)slot;
    const gaussian *g = self;
    double e[DIM], w[DIM], s = 0;
    for (size_t i = 0; i < DIM; i++)
        e[i] = u[i] - g->mean[i];
    num_lower_solve(DIM, g->L, e, w);
    for (size_t i = 0; i < DIM; i++)
        s -= 0.5 * w[i] * w[i];
    for (size_t i = DIM; grad && i-- > 0;) { /* solve L' grad = -w */
        double x = -w[i];
        for (size_t k = i + 1; k < DIM; k++)
            x -= g->L[k * DIM + i] * grad[k];
        grad[i] = x / g->L[i * DIM + i];
    }
    return s;
}

/* A mild funnel: x0 ~ N(0, 1), x1..x3 ~ N(0, e^{x0 / 2}^2) */
static double funnel_eval(void *self, size_t slot, const double *u, double *grad)
{
    (void)self;
    (void)slot;
    double w = exp(-u[0]), s = -0.5 * u[0] * u[0];
    double g0 = -u[0];
    for (size_t i = 1; i < 4; i++) {
        s += -0.5 * u[i] * u[i] * w - 0.5 * u[0];
        g0 += 0.5 * u[i] * u[i] * w - 0.5;
        if (grad)
            grad[i] = -u[i] * w;
    }
    if (grad)
        grad[0] = g0;
    return s;
}

/* An exponential of rate 1 in log coordinates: skewed, known moments. */
static double skew_eval(void *self, size_t slot, const double *u, double *grad)
{
    (void)self;
    (void)slot;
    if (grad)
        grad[0] = 1 - exp(u[0]);
    return u[0] - exp(u[0]);
}

static double wall_eval(void *self, size_t slot, const double *u, double *grad)
{
    (void)self;
    (void)slot;
    (void)u;
    if (grad)
        grad[0] = 0;
    return -HUGE_VAL;
}

static target on(gaussian *g)
{
    return (target){.n = DIM, .eval = gaussian_eval, .self = g};
}

static nuts_out sample(gs_arena *a, target t, const nuts_opts *o, const gs_pool *pool)
{
    double u[DIM] = {0}, L[DIM * DIM];
    size_t n_grad = 0;
    nuts_out out;
    assert_true(mode_find(a, &t, o->n_chain, pool, u, L, &n_grad));
    OK(nuts_run(a, &t, u, L, o, pool, NULL, 0, &out, err));
    return out;
}

static const nuts_opts OPTS = {.n_chain = 4, .n_warmup = 300, .n_draw = 1000,
                               .max_depth = 8, .seed = 11, .target_accept = 0.85};

/* draws of dimension d as [chain x draw]; returns its mean */
static double column(const nuts_out *o, size_t n, size_t d, size_t rows, double *x)
{
    double m = 0;
    for (size_t i = 0; i < rows; i++) {
        x[i] = o->draw[i * n + d];
        m += x[i] / (double)rows;
    }
    return m;
}

static void test_a_correlated_normal_is_sampled_with_its_moments(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gaussian g = correlated(1);
    nuts_out o = sample(a, on(&g), &OPTS, NULL);
    static double x[DIM][4000];
    for (size_t d = 0; d < DIM; d++) {
        double m = column(&o, DIM, d, 4000, x[d]), sd = sqrt(g.cov[d * DIM + d]);
        double ess = gs_infer_ess_bulk(4, 1000, x[d]);
        assert_true(gs_infer_rhat(4, 1000, x[d]) < 1.01);
        assert_true(ess > 1000);
        NEAR((m - g.mean[d]) / sd, 0, 4 / sqrt(ess));
        double var = 0, cov = 0;
        for (size_t i = 0; i < 4000; i++) {
            var += (x[d][i] - g.mean[d]) * (x[d][i] - g.mean[d]) / 4000;
            cov += (x[d][i] - g.mean[d]) * (x[0][i] - g.mean[0]) / 4000;
        }
        NEAR(var / (sd * sd), 1, 4 * sqrt(2.0 / 1000));
        NEAR(cov / (sd * sqrt(g.cov[0])), pow(0.9, (double)d), 4 / sqrt(1000));
    }
    assert_int_equal(o.n_divergent, 0);
    for (size_t c = 0; c < 4; c++)
        assert_true(o.ebfmi[c] > 0.6);
    gs_arena_free(a);
}

static void test_a_skewed_target_is_sampled_with_its_moments(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    nuts_out o = sample(a, (target){.n = 1, .eval = skew_eval}, &OPTS, NULL);
    double mean = 0, sq = 0, below = 0;
    for (size_t i = 0; i < 4000; i++) {
        double x = exp(o.draw[i]);
        mean += x / 4000;
        sq += x * x / 4000;
        below += (x < log(2)) / 4000.0;
    }
    NEAR(mean, 1, 4 / sqrt(1200));
    NEAR(sq, 2, 4 * sqrt(20.0 / 1200)); /* var x^2 = 24 - 4 */
    NEAR(below, 0.5, 4 * 0.5 / sqrt(1200));
    gs_arena_free(a);
}

static void test_a_mild_funnel_keeps_its_neck(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    nuts_opts opts = OPTS;
    opts.target_accept = 0.95;
    nuts_out o = sample(a, (target){.n = 4, .eval = funnel_eval}, &opts, NULL);
    static double x[4000];
    double m = column(&o, 4, 0, 4000, x), sd = 0;
    for (size_t i = 0; i < 4000; i++)
        sd += x[i] * x[i] / 4000;
    double ess = gs_infer_ess_bulk(4, 1000, x);
    NEAR(m, 0, 4 / sqrt(ess));
    NEAR(sqrt(sd), 1, 4 / sqrt(2 * ess));
    gs_arena_free(a);
}

/* a pool of two threads that takes jobs from both ends */
typedef struct pair { size_t n; void (*job)(void *, size_t); void *ctx; } pair;
static void *second_half(void *p)
{
    pair *w = p;
    for (size_t i = w->n; i-- > w->n / 2;)
        w->job(w->ctx, i);
    return NULL;
}
static void two_threads(void *self, size_t n, void (*job)(void *, size_t), void *ctx)
{
    (void)self;
    pair w = {n, job, ctx};
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, second_half, &w), 0);
    for (size_t i = 0; i < n / 2; i++)
        job(ctx, i);
    pthread_join(t, NULL);
}

static void test_threads_do_not_change_a_single_bit(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gaussian g = correlated(1);
    gs_pool pool = {.run = two_threads, .n_thread = 2};
    nuts_opts opts = OPTS;
    opts.n_draw = 50;
    opts.n_warmup = 100;
    nuts_out one = sample(a, on(&g), &opts, NULL);
    nuts_out two = sample(a, on(&g), &opts, &pool);
    assert_memory_equal(one.draw, two.draw, 4 * 50 * DIM * sizeof(double));
    opts.seed++;
    nuts_out other = sample(a, on(&g), &opts, NULL);
    assert_memory_not_equal(one.draw, other.draw, 4 * 50 * DIM * sizeof(double));
    gs_arena_free(a);
}

static bool after_a_while(void *self)
{
    return ++*(int *)self > 500;
}

static void test_cancelling_and_impossible_targets_are_said(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gaussian g = correlated(1);
    target t = on(&g);
    double u[DIM] = {0};
    int asked = 0;
    gs_progress stop = {.cancelled = after_a_while, .self = &asked};
    nuts_out out;
    gs_err err = {0};
    assert_int_equal(nuts_run(a, &t, u, g.L, &OPTS, NULL, &stop, 0, &out, &err),
                     GS_ECANCEL);
    target wall = {.n = 1, .eval = wall_eval};
    double one = 1;
    assert_int_equal(nuts_run(a, &wall, u, &one, &OPTS, NULL, NULL, 0, &out, &err),
                     GS_ENUM);
    size_t n_grad = 0;
    assert_false(mode_find(a, &wall, 1, NULL, u, &one, &n_grad));
    gs_arena_free(a);
}

static void test_the_mode_and_curvature_of_a_normal_are_exact(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gaussian g = correlated(0.1); /* no direction wider than the floor allows */
    target t = on(&g);
    double u[DIM] = {0}, L[DIM * DIM];
    size_t n_grad = 0;
    assert_true(mode_find(a, &t, 2, NULL, u, L, &n_grad));
    for (size_t i = 0; i < DIM; i++) {
        NEAR(u[i], g.mean[i], 2e-2 * sqrt(g.cov[i * DIM + i]));
        for (size_t j = 0; j <= i; j++)
            NEAR(L[i * DIM + j] / g.L[i * DIM + i], g.L[i * DIM + j] / g.L[i * DIM + i],
                 1e-6);
    }
    gs_arena_free(a);
}

/* ---- diagnostics ---- */

enum { C = 4, T = 2000 };

static void ar1(double phi, uint64_t seed, double *x)
{
    for (size_t c = 0; c < C; c++) {
        gs_rng r = gs_rng_stream(seed, c, "ar1");
        double v = gs_rng_normal(&r);
        for (size_t t = 0; t < T; t++) {
            v = phi * v + sqrt(1 - phi * phi) * gs_rng_normal(&r);
            x[c * T + t] = v;
        }
    }
}

/* N (1 - phi) / (1 + phi) is the effective size of an AR(1) chain's mean */
static void test_effective_size_of_an_ar1_chain_is_the_known_one(void **state)
{
    (void)state;
    static double x[C * T];
    const double phi[] = {-0.4, 0, 0.5, 0.8};
    for (int i = 0; i < 4; i++) {
        double mean = 0, want = C * T * (1 - phi[i]) / (1 + phi[i]);
        for (uint64_t s = 1; s <= 10; s++) {
            ar1(phi[i], s, x);
            mean += log(gs_infer_ess_bulk(C, T, x) / want) / 10;
            assert_true(gs_infer_rhat(C, T, x) < 1.02);
        }
        NEAR(mean, 0, 0.06);
    }
}

/* By hand, two chains of 8: 1..8 and 2..9. Halves 1234, 5678, 2345, 6789; ranks of
 * the pooled values 1; 2.5 (2,2); 4.5; 6.5; 8.5 (5,5); 10.5; 12.5; 14.5; 16 and
 * scores z((r - 3/8)/16.25). */
static void test_rhat_equals_a_value_worked_by_hand(void **state)
{
    (void)state;
    double x[16], z[4][4], b = 0, w = 0, grand = 0, mean[4];
    for (int i = 0; i < 8; i++) {
        x[i] = i + 1;
        x[8 + i] = i + 2;
    }
    const double rank[10] = {0, 1, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5, 14.5, 16};
    for (int h = 0; h < 4; h++) {
        mean[h] = 0;
        for (int i = 0; i < 4; i++) {
            int v = (h % 2) * 4 + i + 1 + (h >= 2);
            double p = (rank[v] - 0.375) / 16.25;
            z[h][i] = num_normal_quantile(p, 1 - p);
            mean[h] += z[h][i] / 4;
        }
        grand += mean[h] / 4;
    }
    for (int h = 0; h < 4; h++) {
        b += (mean[h] - grand) * (mean[h] - grand) / 3;
        for (int i = 0; i < 4; i++)
            w += (z[h][i] - mean[h]) * (z[h][i] - mean[h]) / 3 / 4;
    }
    NEAR(gs_infer_rhat(2, 8, x), sqrt((0.75 * w + b) / w), 1e-12);
}

static void test_chains_that_disagree_are_caught(void **state)
{
    (void)state;
    static double x[C * T];
    ar1(0, 3, x);
    for (size_t t = 0; t < T; t++)
        x[t] += 1; /* one chain is elsewhere */
    assert_true(gs_infer_rhat(C, T, x) > 1.05);
    assert_true(gs_infer_ess_bulk(C, T, x) < 0.05 * C * T);
    ar1(0, 3, x);
    for (size_t t = 0; t < T; t++)
        x[t] *= 3; /* same centre, other spread: only the folded form sees it */
    assert_true(gs_infer_rhat(C, T, x) > 1.05);
    x[5] = NAN;
    assert_true(isnan(gs_infer_rhat(C, T, x)));
    for (size_t i = 0; i < C * T; i++)
        x[i] = 2;
    NEAR(gs_infer_rhat(C, T, x), 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_correlated_normal_is_sampled_with_its_moments),
        cmocka_unit_test(test_a_skewed_target_is_sampled_with_its_moments),
        cmocka_unit_test(test_a_mild_funnel_keeps_its_neck),
        cmocka_unit_test(test_threads_do_not_change_a_single_bit),
        cmocka_unit_test(test_cancelling_and_impossible_targets_are_said),
        cmocka_unit_test(test_the_mode_and_curvature_of_a_normal_are_exact),
        cmocka_unit_test(test_effective_size_of_an_ar1_chain_is_the_known_one),
        cmocka_unit_test(test_rhat_equals_a_value_worked_by_hand),
        cmocka_unit_test(test_chains_that_disagree_are_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
