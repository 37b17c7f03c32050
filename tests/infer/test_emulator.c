/* The emulator: exact on what it can represent, close on what it cannot, with true
 * slopes; and fits planned with it agree with fits planned by the simulator. */
#include "toy.h"
#include "infer/emulator.h"
#include "infer/num.h"
#include "infer/nuts.h"

enum { N = 3, OUT = 2 };
static const double CENTRE[N] = {0.3, -0.2, 0.5};
static const double L[N * N] = {0.5, 0, 0, 0.2, 0.4, 0, -0.1, 0.1, 0.6};

/* A constant and a smooth function of three variables, with slopes. */
static void smooth(const double *u, double *y, double *dy)
{
    double e = exp(0.3 * u[0] + 0.2 * u[1]), s = sin(0.7 * u[2]);
    y[0] = 2.5;
    y[1] = e * s;
    for (int i = 0; dy && i < N; i++)
        dy[i] = 0;
    if (dy) {
        dy[N] = 0.3 * e * s;
        dy[N + 1] = 0.2 * e * s;
        dy[N + 2] = 0.7 * e * cos(0.7 * u[2]);
    }
}

static emulator *fitted(gs_arena *a)
{
    emulator *e = emulator_new(a, N, OUT, emulator_most_degree(N), CENTRE, L);
    assert_non_null(e);
    size_t n = emulator_n_design(e);
    double *u = GS_NEW(a, double, n *N), *y = GS_NEW(a, double, n *OUT);
    double *dy = GS_NEW(a, double, n *OUT *N);
    gs_rng r = gs_rng_stream(2, 0, "points");
    for (size_t p = 0; p < n; p++) {
        double w[N];
        for (int i = 0; i < N; i++)
            w[i] = gs_rng_normal(&r);
        num_lower_mul(N, L, w, u + p * N);
        for (int i = 0; i < N; i++)
            u[p * N + (size_t)i] += CENTRE[i];
        smooth(u + p * N, y + p * OUT, dy + p * OUT * N);
    }
    assert_true(emulator_fit(a, e, n, u, y, dy));
    return e;
}

static void test_a_smooth_map_is_met_between_the_design_points(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    emulator *e = fitted(a);
    emulator_work *w = emulator_work_new(a, e);
    gs_rng r = gs_rng_stream(3, 0, "elsewhere");
    for (int k = 0; k < 50; k++) {
        double z[N], u[N], y[OUT], want[OUT];
        for (int i = 0; i < N; i++)
            z[i] = 0.7 * gs_rng_normal(&r); /* the posterior inside its design */
        num_lower_mul(N, L, z, u);
        for (int i = 0; i < N; i++)
            u[i] += CENTRE[i];
        emulator_eval(e, w, u, y);
        smooth(u, want, NULL);
        NEAR(y[0], want[0], 1e-7);
        NEAR(y[1], want[1], 3e-4); /* 0.03% of its range */
    }
    gs_arena_free(a);
}

typedef struct along { const emulator *e; emulator_work *w; double u[N]; int i; } along;
static double out_at(void *ctx, double x)
{
    along *l = ctx;
    double u[N], y[OUT];
    memcpy(u, l->u, sizeof u);
    u[l->i] = x;
    emulator_eval(l->e, l->w, u, y); /* leaves the basis; summed in double here */
    y[0] = y[1] = 0;
    for (size_t t = 0; t < l->e->n_term; t++)
        for (int o = 0; o < 2; o++)
            y[o] += l->e->coef[(size_t)o * l->e->n_term + t] * l->w->basis[t];
    return 3 * y[0] - 2 * y[1];
}

static void test_slopes_are_those_of_the_emulator_itself_even_far_away(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    along l = {.e = fitted(a)};
    l.w = emulator_work_new(a, l.e);
    for (double far = 0; far < 4; far += 0.8) {
        double y[OUT], g[N] = {0};
        const double by[OUT] = {3, -2};
        for (int i = 0; i < N; i++)
            l.u[i] = CENTRE[i] + far * (i - 0.8);
        emulator_eval(l.e, l.w, l.u, y);
        assert_true(fabs(y[1]) < 50); /* holds still beyond its design */
        emulator_pull(l.e, l.w, by, g);
        for (l.i = 0; l.i < N; l.i++)
            NEAR(g[l.i], slope_of(out_at, &l, l.u[l.i], 1e-3), 1e-5); /* 24 bits */
    }
    gs_arena_free(a);
}

/* A poor stand-in (too narrow, off centre) must not show in the draws. */
static double poor_eval(void *self, size_t slot, const double *u, double *grad)
{
    (void)self;
    (void)slot;
    if (grad)
        grad[0] = -(u[0] - 0.3) / 0.8;
    return -0.5 * (u[0] - 0.3) * (u[0] - 0.3) / 0.8;
}
static double true_eval(void *self, size_t slot, const double *u, double *grad)
{
    (void)self;
    (void)slot;
    if (grad)
        grad[0] = -u[0];
    return -0.5 * u[0] * u[0];
}

static void test_draws_follow_the_exact_density_not_the_stand_in(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    target t = {.n = 1, .eval = poor_eval, .exact = true_eval};
    nuts_opts o = {.n_chain = 4, .n_warmup = 200, .n_draw = 4000, .max_depth = 8,
                   .seed = 5, .target_accept = 0.85};
    nuts_out out;
    double u = 0, one = 1, mean = 0, sq = 0;
    OK(nuts_run(a, &t, &u, &one, &o, NULL, NULL, 0, &out, err));
    assert_true(out.accepted > 0.6 && out.accepted < 0.99);
    for (size_t i = 0; i < 16000; i++) {
        mean += out.draw[i] / 16000;
        sq += out.draw[i] * out.draw[i] / 16000;
    }
    double ess = gs_infer_ess_bulk(4, 4000, out.draw);
    assert_true(ess > 1500);
    NEAR(mean, 0, 4 / sqrt(ess));  /* the stand-in's is 0.3 */
    NEAR(sq, 1, 4 * sqrt(2 / ess)); /* the stand-in's is 0.89 */
    gs_arena_free(a);
}

/* Looks at several planned states together: the same draws to the last bit, in warm-up (the
 * step size is tuned meanwhile) and after, whatever is refused. */
static void many_looks(void *self, size_t slot, size_t n, const double *const *u, double *lp,
                       double *const *grad)
{
    size_t *most = self;
    assert_true(n >= 1 && n <= NUTS_AHEAD);
    *most = n > *most ? n : *most;
    for (size_t i = 0; i < n; i++)
        lp[i] = true_eval(NULL, slot, u[i], grad ? grad[i] : NULL);
}

static void test_draws_do_not_depend_on_how_many_looks_are_had_together(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    nuts_opts o = {.n_chain = 3, .n_warmup = 100, .n_draw = 300, .max_depth = 6,
                   .seed = 9, .target_accept = 0.85};
    nuts_out one_by_one, together;
    size_t most = 0;
    double u = 0, metric = 1;
    target t = {.n = 1, .eval = poor_eval, .exact = true_eval, .self = &most};
    OK(nuts_run(a, &t, &u, &metric, &o, NULL, NULL, 0, &one_by_one, err));
    t.many = many_looks;
    OK(nuts_run(a, &t, &u, &metric, &o, NULL, NULL, 0, &together, err));
    assert_int_equal(most, NUTS_AHEAD);
    assert_true(together.accepted == one_by_one.accepted && together.accepted < 0.99);
    assert_memory_equal(one_by_one.draw, together.draw, 900 * sizeof(double));
    assert_memory_equal(one_by_one.lp, together.lp, 900 * sizeof(double));
    assert_memory_equal(one_by_one.ebfmi, together.ebfmi, 3 * sizeof(double));
    assert_memory_equal(one_by_one.step, together.step, 3 * sizeof(double));
    gs_arena_free(a);
}

static void test_a_fit_is_the_same_planned_either_way(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_kernel k = toy_kernel();
    gs_scale s = test_scale(GS_SCALE_POSITIVE, 0, 72, 0.1, 0.5, 1);
    toy_diary *t = toy_new(a, 90, 1, 1, &s, 21);
    problem *p;
    post *w;
    gs_rng r = gs_rng_stream(21, 1, "truth");
    OK(problem_make(a, &k, &t->obs, 90, 90, NULL, &p, err));
    OK(post_new(a, p, true, &w, err));
    double x[16];
    for (size_t i = 0; i < p->n_dim; i++)
        x[i] = prior_value(&p->prior[i], 0, NULL);
    toy_live(t, p, w, x, &r);
    post_free(w);
    gs_fit_opts o = GS_FIT_OPTS;
    gs_fit *plain, *planned;
    OK(gs_infer_fit(a, &k, &t->obs, &o, NULL, NULL, &planned, err));
    o.exact = true;
    OK(gs_infer_fit(a, &k, &t->obs, &o, NULL, NULL, &plain, err));
    assert_true(planned->accepted > 0.95 && planned->accepted < 1.0000001);
    for (size_t i = 0; i < plain->n_dim; i++) {
        const gs_dim *d = &plain->dim[i], *e = &planned->dim[i];
        double se = d->sd * sqrt(1 / d->ess_bulk + 1 / e->ess_bulk);
        NEAR((d->mean - e->mean) / se, 0, 4.5);
        NEAR(d->sd / e->sd, 1, 0.25);
    }
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_smooth_map_is_met_between_the_design_points),
        cmocka_unit_test(test_slopes_are_those_of_the_emulator_itself_even_far_away),
        cmocka_unit_test(test_draws_follow_the_exact_density_not_the_stand_in),
        cmocka_unit_test(test_draws_do_not_depend_on_how_many_looks_are_had_together),
        cmocka_unit_test(test_a_fit_is_the_same_planned_either_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
