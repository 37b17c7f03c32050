/* The residual integrated out: filters against direct evaluation, against each other
 * and against brute force; their derivatives against differences. */
#include "check.h"
#include "gutskin/rng.h"
#include "infer/filter.h"
#include "infer/grid.h"
#include "infer/num.h"

enum { N = 12 };
static const int32_t DAY[N] = {0, 1, 2, 3, 5, 6, 13, 14, 15, 30, 31, 32};

typedef struct set_up {
    gs_arena *a;
    gs_scale scale;
    link l;
    track *t;
    filter *f;
    double value[N], eta[N];
    nuisance v;
} set_up;

static set_up make(gs_scale s, uint64_t seed)
{
    set_up u = {.a = gs_arena_new(0)};
    gs_scale *kept = gs_arena_alloc(u.a, sizeof s);
    memcpy(kept, &s, sizeof s);
    u.scale = s;
    u.l = link_make(kept);
    double x[LINK_MAX_DIM];
    gs_rng r = gs_rng_stream(seed, 0, "filter test");
    for (size_t i = 0; i < u.l.n_dim; i++) {
        link_dim d = link_dim_at(&u.l, i);
        x[i] = prior_value(&d.prior, 0.4 * gs_rng_normal(&r), NULL);
    }
    u.v = link_decode(&u.l, x);
    double z = gs_rng_normal(&r);
    for (size_t i = 0; i < N; i++) {
        if (i > 0) {
            double rho = exp(-(DAY[i] - DAY[i - 1]) / u.v.tau);
            z = rho * z + sqrt(1 - rho * rho) * gs_rng_normal(&r);
        }
        u.eta[i] = u.v.level + 0.3 * sin((double)i);
        u.value[i] = link_draw(&u.l, &u.v, u.eta[i] + u.v.sd * z, &r);
    }
    u.value[4] = NAN; /* a step without a score */
    u.t = track_new(u.a, &u.l, N, DAY, u.value);
    u.f = filter_new(u.a, u.l.kind != LINK_NORMAL, N, u.t->n_kind);
    assert_non_null(u.f);
    return u;
}

static double loglik(const set_up *u, const double *eta, const nuisance *v)
{
    return filter_forward(u->f, &u->l, u->t, eta, v);
}

static const gs_scale *all_scales(size_t *n)
{
    static gs_scale s[7];
    s[0] = test_scale(GS_SCALE_POSITIVE, 0, 72, 0.1, 0.5, 1);
    s[1] = test_scale(GS_SCALE_BOUNDED, 0, 28, 1, 0.5, 1.5);
    s[2] = test_scale(GS_SCALE_ORDERED, 0, 4, 1, 0.5, 2);
    s[3] = test_scale(GS_SCALE_ORDERED, 0, 10, 1, 0.5, 2);
    s[4] = test_scale(GS_SCALE_COUNT, 0, 500, 1, 0.5, 1);
    s[5] = test_scale(GS_SCALE_ORDERED, 0, 1, 1, 0.5, 2);
    s[6] = test_scale(GS_SCALE_ORDERED, 1, 3, 1, 0.5, 2);
    *n = 7;
    return s;
}

/* ln N(y; eta, s^2 rho^|dt| + R) by one dense Cholesky factor */
static double dense_gaussian(const set_up *u)
{
    size_t n = 0;
    double S[N * N], e[N], w[N], at[N], r[N], sum = 0;
    for (size_t i = 0; i < N; i++)
        if (!isnan(u->value[i])) {
            at[n] = DAY[i];
            r[n] = u->v.noise * u->v.noise + u->t->round_var[i];
            e[n++] = u->t->y[i] - u->eta[i];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            S[i * n + j] = u->v.sd * u->v.sd * exp(-fabs(at[i] - at[j]) / u->v.tau) +
                           (i == j ? r[i] : 0);
    assert_true(num_cholesky(n, S));
    num_lower_solve(n, S, e, w);
    for (size_t i = 0; i < n; i++)
        sum -= 0.5 * w[i] * w[i] + log(S[i * n + i]) + 0.5 * log(2 * M_PI);
    return sum;
}

static void test_kalman_equals_the_dense_gaussian(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        size_t n;
        set_up u = make(all_scales(&n)[seed % 2], seed);
        NEAR(loglik(&u, u.eta, &u.v), dense_gaussian(&u), 1e-12);
        gs_arena_free(u.a);
    }
}

static void test_grid_equals_kalman_on_normal_scores(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        size_t n;
        set_up u = make(all_scales(&n)[seed % 2], seed);
        u.v.noise = fmax(u.v.noise, 0.4 * u.v.sd); /* not narrower than the nodes */
        double d1[N], d2[N];
        nuisance g1 = {0}, g2 = {0};
        double a = loglik(&u, u.eta, &u.v);
        filter_backward(u.f, &u.l, u.t, u.eta, &u.v, d1, &g1);
        filter *g = filter_new(u.a, true, N, u.t->n_kind);
        double b = grid_forward(g, &u.l, u.t, u.eta, &u.v);
        grid_backward(g, &u.l, u.t, u.eta, &u.v, d2, &g2);
        NEAR(b, a, 2e-5); /* tails beyond 4.75 sd are cut off */
        NEAR(g2.sd, g1.sd, 1e-4);
        NEAR(g2.tau, g1.tau, 1e-4);
        NEAR(g2.noise, g1.noise, 1e-4);
        for (size_t i = 0; i < N; i++) {
            double mean = 0, second = 0;
            NEAR(d2[i], d1[i], 1e-4);
            for (size_t k = 0; k < GRID_N; k++) {
                mean += g->gamma[i * GRID_N + k] * g->node[k];
                second += g->gamma[i * GRID_N + k] * g->node[k] * g->node[k];
            }
            NEAR(mean, u.f->mean_all[i], 1e-5);
            NEAR(second - mean * mean, u.f->var_all[i], 1e-5);
        }
        gs_arena_free(u.a);
    }
}

/* Direct three-fold integral over the residual of the first three steps. */
static double brute_force(const set_up *u)
{
    enum { M = 161 };
    static double e[3][M], k[2][M][M];
    double h = 14.0 / (M - 1), sum = 0;
    for (int i = 0; i < 3; i++)
        for (int a = 0; a < M; a++)
            e[i][a] = exp(link_logp(&u->l, &u->v, u->value[i],
                                    u->eta[i] + u->v.sd * (-7 + h * a)));
    double rho = exp(-1 / u->v.tau), sd = sqrt(1 - rho * rho);
    for (int a = 0; a < M; a++)
        for (int b = 0; b < M; b++)
            k[0][a][b] = num_normal_pdf((-7 + h * b - rho * (-7 + h * a)) / sd) / sd;
    for (int a = 0; a < M; a++)
        for (int b = 0; b < M; b++)
            for (int c = 0; c < M; c++)
                sum += num_normal_pdf(-7 + h * a) * e[0][a] * k[0][a][b] * e[1][b] *
                       k[0][b][c] * e[2][c];
    return log(sum * h * h * h);
}

static void test_grid_equals_brute_force_on_three_days(void **state)
{
    (void)state;
    size_t n;
    const gs_scale *s = all_scales(&n);
    for (size_t i = 2; i < n; i++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            set_up u = make(s[i], seed);
            u.v.tau = fmin(u.v.tau, 20);
            track *t = track_new(u.a, &u.l, 3, DAY, u.value);
            double got = filter_forward(u.f, &u.l, t, u.eta, &u.v);
            NEAR(got, brute_force(&u), 2e-6);
            gs_arena_free(u.a);
        }
}

/* ---- derivatives ---- */

typedef struct moved {
    const set_up *u;
    double *what;
    nuisance *v;
    double *eta;
} moved;

static double at(void *ctx, double x)
{
    moved *m = ctx;
    double was = *m->what;
    *m->what = x;
    double lp = loglik(m->u, m->eta, m->v);
    *m->what = was;
    return lp;
}

static void test_derivatives_of_every_link_equal_differences(void **state)
{
    (void)state;
    size_t n;
    const gs_scale *s = all_scales(&n);
    for (size_t i = 0; i < n; i++)
        for (uint64_t seed = 1; seed <= 4; seed++) {
            set_up u = make(s[i], seed);
            double d[N], eta[N];
            nuisance g = {0}, v = u.v;
            memcpy(eta, u.eta, sizeof eta);
            loglik(&u, u.eta, &u.v);
            filter_backward(u.f, &u.l, u.t, u.eta, &u.v, d, &g);
            moved m = {.u = &u, .v = &v, .eta = eta};
            for (size_t k = 0; k < N; k++) {
                m.what = &eta[k];
                NEAR(d[k], slope_of(at, &m, eta[k], 1e-3), 1e-9);
            }
            m.what = &v.sd;
            NEAR(g.sd, slope_of(at, &m, v.sd, 1e-3 * v.sd), 1e-8);
            m.what = &v.tau;
            NEAR(g.tau, slope_of(at, &m, v.tau, 1e-3 * v.tau), 1e-8);
            if (u.l.kind != LINK_ORDERED) {
                m.what = &v.noise;
                NEAR(g.noise, slope_of(at, &m, v.noise, 1e-3 * v.noise), 1e-8);
            }
            for (size_t k = 0; k + 1 < u.l.n_cat; k++) {
                m.what = &v.cut[k];
                NEAR(g.cut[k], slope_of(at, &m, v.cut[k], 1e-3), 1e-8);
            }
            gs_arena_free(u.a);
        }
}

/* A score that never came changes nothing: a step without it is the same as no step. */
static void test_a_step_without_a_score_changes_nothing(void **state)
{
    (void)state;
    size_t n;
    const gs_scale *s = all_scales(&n);
    for (size_t i = 0; i < n; i++) {
        set_up u = make(s[i], 7);
        int32_t day[N - 1];
        double value[N - 1], eta[N - 1];
        for (size_t k = 0, j = 0; k < N; k++)
            if (k != 4) {
                day[j] = DAY[k];
                eta[j] = u.eta[k];
                value[j++] = u.value[k];
            }
        track *t = track_new(u.a, &u.l, N - 1, day, value);
        filter *f = filter_new(u.a, u.l.kind != LINK_NORMAL, N - 1, t->n_kind);
        NEAR(filter_forward(f, &u.l, t, eta, &u.v), loglik(&u, u.eta, &u.v), 1e-6);
        gs_arena_free(u.a);
    }
}

/* Chances of tomorrow's scores add up to one, and agree with the step taken. */
static void test_one_day_ahead_agrees_with_the_next_step(void **state)
{
    (void)state;
    size_t n;
    const gs_scale *s = all_scales(&n);
    set_up u = make(s[2], 3);
    loglik(&u, u.eta, &u.v);
    double p[GRID_N], chance[LINK_MAX_CAT], all = 0, hit = 0;
    filter_ahead_grid(u.f, 10, u.v.tau, 1, p);
    for (size_t k = 0; k < GRID_N; k++) {
        link_chances(&u.l, &u.v, u.eta[11] + u.v.sd * u.f->node[k], chance);
        for (size_t c = 0; c < u.l.n_cat; c++)
            all += p[k] * chance[c];
        hit += p[k] * chance[link_category(&u.l, u.value[11])];
    }
    NEAR(all, 1, 1e-12);
    NEAR(log(hit), u.f->log_chance[11], 1e-10);
    gs_arena_free(u.a);
    u = make(s[0], 3);
    double m, v;
    loglik(&u, u.eta, &u.v);
    filter_ahead_normal(u.f, 10, u.v.tau, 1, &m, &v);
    double var = u.v.sd * u.v.sd * v + u.v.noise * u.v.noise + u.t->round_var[11];
    double e = u.t->y[11] - u.eta[11] - u.v.sd * m;
    NEAR(-0.5 * (e * e / var + log(2 * M_PI * var)), u.f->log_chance[11], 1e-12);
    gs_arena_free(u.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kalman_equals_the_dense_gaussian),
        cmocka_unit_test(test_grid_equals_kalman_on_normal_scores),
        cmocka_unit_test(test_grid_equals_brute_force_on_three_days),
        cmocka_unit_test(test_derivatives_of_every_link_equal_differences),
        cmocka_unit_test(test_a_step_without_a_score_changes_nothing),
        cmocka_unit_test(test_one_day_ahead_agrees_with_the_next_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
