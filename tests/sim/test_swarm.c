/* Swarms: the filter's likelihood against an exact one, and the sameness of numbers
 * whatever lives the days. */
#include "sim/axis.h"

#include "gutskin/cpu.h"
#include "gutskin/swarm.h"

#include <pthread.h>

static gs_swarm *make(const gs_kernel *k, const gs_swarm_opts *o, size_t n_noise,
                      const gs_swarm_noise *noise)
{
    gs_swarm *s;
    gs_err err = {0};
    if (gs_swarm_new(k, o, n_noise, noise, &s, &err) != GS_OK)
        fail_msg("%s", err.msg);
    return s;
}

/* ---- a linear model has an exact likelihood ---- */

enum { DAYS = 40 };
static const double SHAKE_A = 0.3, SHAKE_B = 0.1, BLUR = 0.25;

/* scores of b with noise, from the chain model shaken each midnight */
static void make_scores(const double *par, double *y)
{
    gs_rng r = gs_rng_stream(5, 0, "scores");
    double x[2] = {1, 2};
    for (int d = 0; d < DAYS; d++) {
        chain_exact(par[0], par[1], 1, x);
        x[0] += SHAKE_A * gs_rng_normal(&r);
        x[1] += SHAKE_B * gs_rng_normal(&r);
        y[d] = x[1] + BLUR * gs_rng_normal(&r);
    }
}

/* the Kalman filter of the same, in two dimensions */
static double exact_likelihood(const double *par, const double *y)
{
    double m[2] = {1, 2}, p[3] = {0, 0, 0}, sum = 0; /* p = aa, ab, bb */
    double e[2][2], base[2] = {0, 0}, col[2];
    chain_exact(par[0], par[1], 0, base);
    for (int j = 0; j < 2; j++) { /* the transition matrix, by unit vectors */
        col[0] = j == 0;
        col[1] = j == 1;
        chain_exact(par[0], par[1], 0, col);
        e[0][j] = col[0] - base[0];
        e[1][j] = col[1] - base[1];
    }
    for (int d = 0; d < DAYS; d++) {
        double aa = p[0], ab = p[1], bb = p[2];
        chain_exact(par[0], par[1], 1, m);
        p[0] = e[0][0] * e[0][0] * aa + 2 * e[0][0] * e[0][1] * ab + e[0][1] * e[0][1] * bb +
               SHAKE_A * SHAKE_A;
        p[1] = e[0][0] * e[1][0] * aa + (e[0][0] * e[1][1] + e[0][1] * e[1][0]) * ab +
               e[0][1] * e[1][1] * bb;
        p[2] = e[1][0] * e[1][0] * aa + 2 * e[1][0] * e[1][1] * ab + e[1][1] * e[1][1] * bb +
               SHAKE_B * SHAKE_B;
        double s = p[2] + BLUR * BLUR, err = y[d] - m[1];
        sum += -0.5 * (err * err / s + log(2 * M_PI * s));
        double ga = p[1] / s, gb = p[2] / s;
        m[0] += ga * err;
        m[1] += gb * err;
        p[0] -= ga * p[1];
        p[1] -= ga * p[2];
        p[2] -= gb * p[2];
    }
    return sum;
}

static double swarm_likelihood(const gs_kernel *k, const double *par, const double *y,
                               size_t n, uint64_t seed)
{
    gs_swarm_opts o = GS_SWARM_OPTS;
    gs_swarm_noise noise[] = {{0, SHAKE_A}, {1, SHAKE_B}};
    uint32_t see = 0;
    double *b = malloc(2 * n * sizeof *b), *logw = b + n, sum = 0;
    assert_non_null(b);
    o.n = n;
    o.seed = seed;
    o.steps = 8;
    gs_swarm *s = make(k, &o, 2, noise);
    gs_swarm_begin(s, par, (const double[]){1, 2});
    for (int d = 0; d < DAYS; d++) {
        gs_swarm_day(s, (const double[]){1}, NULL);
        gs_swarm_seen(s, 1, &see, b);
        for (size_t i = 0; i < n; i++) {
            double e = (y[d] - b[i]) / BLUR;
            logw[i] = -0.5 * (e * e + log(2 * M_PI * BLUR * BLUR));
        }
        sum += gs_swarm_select(s, logw);
        assert_true(gs_swarm_effective(s) >= 1 && gs_swarm_effective(s) <= (double)n * 1.0001);
    }
    gs_swarm_free(s);
    free(b);
    return sum;
}

/* The mean of exp(estimate - exact) over many seeds is 1: within four standard errors. */
TEST(the_likelihood_of_a_linear_model_is_estimated_without_bias)
{
    (void)unused;
    enum { SEEDS = 60 };
    gs_kernel k = chain_kernel(1);
    double par[] = {0.7, 0.2}, y[DAYS], mean = 0, square = 0;
    make_scores(par, y);
    double exact = exact_likelihood(par, y);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        double r = exp(swarm_likelihood(&k, par, y, 200, seed) - exact);
        mean += r / SEEDS;
        square += r * r / SEEDS;
    }
    double se = sqrt((square - mean * mean) / (SEEDS - 1));
    if (!(se < 0.3 && fabs(mean - 1) < 4 * se))
        fail_msg("mean of estimate over exact %.4f, standard error %.4f", mean, se);
}

/* ---- the axis: levels, precision, threads ---- */

static void axis_start(double *par, double *lever, double *x)
{
    gs_err err = {0};
    gs_sim *sim;
    gs_kernel_defaults(gs_axis(), par, lever, x);
    assert_int_equal(gs_sim_new(gs_axis(), &GS_SIM_OPTS, &sim, &err), GS_OK);
    assert_int_equal(gs_sim_settle(sim, par, lever, x, &err), GS_OK);
    gs_sim_free(sim);
}

enum { COPIES = 37 };

/* ten days with a stressful middle, noise on X and B, everybody chosen anew on day 5 */
static void live(const gs_swarm_opts *o, const gs_pool *pool, double *out_x, double *logl)
{
    const gs_kernel *k = gs_axis();
    double par[MOST_PAR], lever[MOST_LEVER], x[MOST_STATE], y[COPIES], logw[COPIES];
    uint32_t see = (uint32_t)gs_kernel_see(k, "signal_acne");
    gs_swarm_noise noise[] = {{(size_t)gs_kernel_state(k, "X"), 0.05},
                              {(size_t)gs_kernel_state(k, "B"), 0.03},
                              {(size_t)gs_kernel_state(k, "L"), 0.02}};
    axis_start(par, lever, x);
    gs_swarm *s = make(k, o, 3, noise);
    gs_swarm_begin(s, par, x);
    for (int d = 0; d < 10; d++) {
        lever[gs_kernel_lever(k, "stress")] = d >= 3 && d < 7 ? 0.9 : 0.3;
        gs_swarm_day(s, lever, pool);
        if (d != 4)
            continue;
        gs_swarm_seen(s, 1, &see, y);
        for (size_t i = 0; i < COPIES; i++)
            logw[i] = -50 * (y[i] - 0.02) * (y[i] - 0.02);
        *logl = gs_swarm_select(s, logw);
    }
    gs_swarm_states(s, out_x);
    gs_swarm_free(s);
}

static void near(const char *what, const double *a, const double *b, double tolerance)
{
    size_t n = gs_axis()->n_state;
    for (size_t i = 0; i < COPIES * n; i++)
        if (!(fabs(a[i] - b[i]) <= tolerance * (0.01 + fabs(b[i]))))
            fail_msg("%s: copy %zu, %s: %.15g, scalar %.15g", what, i / n,
                     gs_axis()->state[i % n].name, a[i], b[i]);
}

TEST(every_cpu_level_lives_the_same_days)
{
    (void)unused;
    size_t n = gs_axis()->n_state * COPIES;
    double *want = malloc(2 * n * sizeof *want), *got = want + n, l0, l1;
    assert_non_null(want);
    gs_swarm_opts o = GS_SWARM_OPTS;
    o.n = COPIES;
    o.cpu = GS_SIM_CPU_SCALAR;
    live(&o, NULL, want, &l0);
    for (int level = GS_CPU_PLAIN; level <= (int)gs_cpu_widest(); level++) {
        o.cpu = level;
        o.single = false;
        live(&o, NULL, got, &l1);
        near(gs_cpu_name((gs_cpu)level), got, want, 1e-9); /* rounding, twenty steps */
        assert_near(l1, l0, 1e-9, "log likelihood");
        o.single = true;
        live(&o, NULL, got, &l1);
        near("single precision", got, want, 1e-3); /* 6e-8 a number, fed through a day */
        assert_near(l1, l0, 1e-3, "log likelihood in single precision");
    }
    free(want);
}

typedef struct job {
    void (*run)(void *, size_t);
    void *ctx;
    size_t i, n;
} job;

static void *start_job(void *p)
{
    job *j = p;
    for (size_t i = j->i; i < j->n; i += 3)
        j->run(j->ctx, i);
    return NULL;
}

static void on_threads(void *self, size_t n, void (*run)(void *, size_t), void *ctx)
{
    pthread_t id[3];
    job j[3];
    (void)self;
    for (size_t i = 0; i < 3; i++) {
        j[i] = (job){run, ctx, i, n};
        assert_int_equal(pthread_create(&id[i], NULL, start_job, &j[i]), 0);
    }
    for (size_t i = 0; i < 3; i++)
        pthread_join(id[i], NULL);
}

TEST(threads_change_no_bit)
{
    (void)unused;
    size_t n = gs_axis()->n_state * COPIES;
    double *a = malloc(2 * n * sizeof *a), *b = a + n, l0, l1;
    gs_pool pool = {.run = on_threads, .n_thread = 3};
    assert_non_null(a);
    gs_swarm_opts o = GS_SWARM_OPTS;
    o.n = COPIES;
    live(&o, NULL, a, &l0);
    live(&o, &pool, b, &l1);
    assert_memory_equal(a, b, n * sizeof *a);
    assert_true(l0 == l1);
    o.person = 1; /* another person is shaken otherwise */
    live(&o, NULL, b, &l1);
    assert_true(a[0] != b[0]);
    free(a);
}

/* Without noise every copy is the path: three steps a day against the adaptive one. */
TEST(three_steps_a_day_are_close_to_the_path)
{
    (void)unused;
    const gs_kernel *k = gs_axis();
    double par[MOST_PAR], lever[MOST_LEVER], x[MOST_STATE], got[2 * MOST_STATE];
    double days[20][MOST_LEVER], path[21 * MOST_STATE];
    gs_err err = {0};
    gs_sim_opts so = GS_SIM_OPTS;
    gs_sim *sim;
    gs_swarm_opts o = GS_SWARM_OPTS;
    o.n = 2;
    o.steps = 3;
    axis_start(par, lever, x);
    so.rtol = 1e-9;
    so.atol = 1e-11;
    assert_int_equal(gs_sim_new(k, &so, &sim, &err), GS_OK);
    gs_swarm *s = make(k, &o, 0, NULL);
    gs_swarm_begin(s, par, x);
    double all[20 * MOST_LEVER];
    for (size_t d = 0; d < 20; d++) {
        memcpy(days[d], lever, k->n_lever * sizeof *lever);
        days[d][gs_kernel_lever(k, "antibiotic")] = d >= 2 && d < 6;
        days[d][gs_kernel_lever(k, "fat")] = d % 2 ? 0.8 : 0.3;
        memcpy(all + d * k->n_lever, days[d], k->n_lever * sizeof *lever);
        gs_swarm_day(s, days[d], NULL);
    }
    gs_swarm_states(s, got);
    assert_int_equal(gs_sim_path(sim, par, x, 20, all, path, NULL, &err), GS_OK);
    for (size_t i = 0; i < k->n_state; i++) {
        double want = path[20 * k->n_state + i];
        /* an antibiotic course and fat that jumps daily: a hundredth of a percent */
        if (!(fabs(got[i] - want) <= 2e-3 * (0.01 + fabs(want))))
            fail_msg("%s: %.9g, path %.9g", k->state[i].name, got[i], want);
    }
    gs_sim_free(sim);
    gs_swarm_free(s);
}

TEST(dead_copies_are_never_chosen_and_all_dead_is_said)
{
    (void)unused;
    gs_kernel k = chain_kernel(1);
    gs_swarm_opts o = GS_SWARM_OPTS;
    double x[8], logw[] = {0, NAN, -HUGE_VAL, -1};
    o.n = 4;
    gs_swarm_noise noise[] = {{0, 0.5}};
    gs_swarm *s = make(&k, &o, 1, noise);
    gs_swarm_begin(s, (const double[]){0.7, 0.2}, (const double[]){1, 2});
    gs_swarm_day(s, (const double[]){1}, NULL);
    gs_swarm_states(s, x);
    double first = x[0], fourth = x[6];
    double got = gs_swarm_select(s, logw);
    assert_near(got, log((1 + exp(-1)) / 4), 1e-12, "log of the mean weight");
    gs_swarm_states(s, x);
    for (int i = 0; i < 4; i++)
        assert_true(x[2 * i] == first || x[2 * i] == fourth);
    for (int i = 0; i < 4; i++)
        logw[i] = i % 2 ? NAN : -HUGE_VAL;
    assert_true(gs_swarm_select(s, logw) == -HUGE_VAL);
    assert_true(gs_swarm_effective(s) == 0);
    gs_swarm_free(s);
}

TEST(what_cannot_be_is_refused)
{
    (void)unused;
    gs_kernel k = chain_kernel(1);
    gs_swarm *s;
    gs_err err = {0};
    gs_swarm_opts o = GS_SWARM_OPTS;
    gs_swarm_noise none = {7, 0.1}, odd = {0, NAN};
    assert_int_equal(gs_swarm_new(&k, &o, 1, &none, &s, &err), GS_EUSE);
    assert_int_equal(gs_swarm_new(&k, &o, 1, &odd, &s, &err), GS_EUSE);
    o.n = 0;
    assert_int_equal(gs_swarm_new(&k, &o, 0, NULL, &s, &err), GS_EUSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_likelihood_of_a_linear_model_is_estimated_without_bias),
        cmocka_unit_test(every_cpu_level_lives_the_same_days),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(three_steps_a_day_are_close_to_the_path),
        cmocka_unit_test(dead_copies_are_never_chosen_and_all_dead_is_said),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
