/* The posterior's gradient, what is free and where it starts, and whole fits of a small
 * body whose truth is known. */
#include "toy.h"
#include "infer/fit.h"

static void scales(gs_scale *s, int which)
{
    switch (which) {
    case 0: *s = test_scale(GS_SCALE_POSITIVE, 0, 72, 0.1, 0.5, 1); break;
    case 1: *s = test_scale(GS_SCALE_BOUNDED, 0, 28, 1, 0.5, 1.5); break;
    case 2: *s = test_scale(GS_SCALE_ORDERED, 0, 4, 1, 0.5, 2); break;
    case 3: *s = test_scale(GS_SCALE_ORDERED, 0, 10, 1, 0.5, 2); break;
    default: *s = test_scale(GS_SCALE_COUNT, 0, 500, 1, 0.5, 1); break;
    }
}

typedef struct lived {
    gs_arena *a;
    gs_kernel *k;
    toy_diary *t;
    problem *p;
    post *w;
    double *x; /* truth */
} lived;

/* A diary lived by the numbers at u = size * N(0,1). */
static lived live(size_t n_day, int32_t every, size_t n_series, const gs_scale *s,
                  uint64_t seed, double size)
{
    lived v = {.a = gs_arena_new(0)};
    v.k = GS_NEW(v.a, gs_kernel, 1);
    *v.k = toy_kernel();
    v.t = toy_new(v.a, n_day, every, n_series, s, seed);
    OK(problem_make(v.a, v.k, &v.t->obs, n_day, n_day, NULL, &v.p, err));
    OK(post_new(v.a, v.p, true, &v.w, err));
    v.x = GS_NEW(v.a, double, v.p->n_dim);
    gs_rng r = gs_rng_stream(seed, 1, "toy truth");
    for (size_t i = 0; i < v.p->n_dim; i++)
        v.x[i] = prior_value(&v.p->prior[i], size * gs_rng_normal(&r), NULL);
    toy_live(v.t, v.p, v.w, v.x, &r);
    /* the tracks hold the scores from before they were lived: lay out again */
    post_free(v.w);
    OK(problem_make(v.a, v.k, &v.t->obs, n_day, n_day, NULL, &v.p, err));
    OK(post_new(v.a, v.p, true, &v.w, err));
    return v;
}

static void drop(lived *v)
{
    post_free(v->w);
    gs_arena_free(v->a);
}

typedef struct along { post *w; double *u; size_t i; } along;
static double lp_at(void *ctx, double x)
{
    along *l = ctx;
    double was = l->u[l->i];
    l->u[l->i] = x;
    double lp = post_eval(l->w, l->u, NULL);
    l->u[l->i] = was;
    return lp;
}

static void test_gradient_of_the_posterior_equals_differences(void **state)
{
    (void)state;
    for (int which = 0; which < 5; which++)
        for (uint64_t seed = 1; seed <= 2; seed++) {
            gs_scale s[2];
            scales(&s[0], which);
            scales(&s[1], (which + 1) % 5);
            lived v = live(60, seed == 1 ? 1 : 3, 2, s, seed, 0.5);
            double u[32], g[32];
            gs_rng r = gs_rng_stream(seed, 2, "where");
            for (size_t i = 0; i < v.p->n_dim; i++)
                u[i] = 0.7 * gs_rng_normal(&r);
            double lp = post_eval(v.w, u, g);
            if (!isfinite(lp))
                fail_msg("link %d, seed %zu: %g", which, (size_t)seed, lp);
            NEAR(post_eval(v.w, u, NULL), lp, 1e-13);
            along l = {v.w, u, 0};
            for (l.i = 0; l.i < v.p->n_dim; l.i++)
                NEAR(g[l.i], slope_of(lp_at, &l, u[l.i], 2e-3), 1e-6);
            drop(&v);
        }
}

static void test_what_is_free_is_what_was_said_and_scored(void **state)
{
    (void)state;
    gs_scale s;
    scales(&s, 2);
    lived v = live(40, 1, 1, &s, 1, 0.3);
    /* risk_acne but not risk_rosacea; stress and fibre but not sugar, never said */
    assert_int_equal(v.p->n_free, 3);
    assert_string_equal(v.p->dim[0].name, "risk_acne");
    assert_int_equal(v.p->dim[0].role, GS_DIM_RISK);
    bool stress = false, fibre = false;
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(v.p->dim[i].role, GS_DIM_LEVER);
        stress = stress || strcmp(v.p->dim[i].name, "gain_stress") == 0;
        fibre = fibre || strcmp(v.p->dim[i].name, "gain_fibre") == 0;
    }
    assert_true(stress && fibre);
    assert_string_equal(v.p->dim[3].name, "level of acne");
    assert_int_equal(v.p->n_dim, 3 + 6);
    drop(&v);
}

static void test_days_not_said_are_lived_at_the_persons_habit(void **state)
{
    (void)state;
    gs_scale s;
    scales(&s, 2);
    lived v = live(30, 1, 1, &s, 4, 0.3);
    double lever[30 * 3], habit[3];
    OK(gs_infer_levers(v.k, &v.t->obs, lever, habit, err));
    assert_true(habit[0] != toy_lever[0].habit); /* a median of what was said */
    NEAR(habit[2], 70, 0);                       /* sugar was never said */
    for (int d = 0; d < 30; d++)
        for (int l = 0; l < 3; l++) {
            double said = v.t->lever[l].value[d];
            NEAR(lever[d * 3 + l], isnan(said) ? habit[l] : said, 0);
        }
    /* tags alone: other days are the typical adult's habit */
    v.t->lever[0].tags_only = true;
    for (int d = 0; d < 30; d++)
        v.t->lever[0].value[d] = d % 5 ? NAN : 1;
    OK(gs_infer_levers(v.k, &v.t->obs, lever, habit, err));
    NEAR(habit[0], 0.3, 0);
    NEAR(lever[0], 1, 0);
    NEAR(lever[3], 0.3, 0);
    assert_true(problem_varies(v.k, &v.t->obs, 0, 30));
    drop(&v);
}

static void test_too_little_to_fit_is_said_in_a_sentence(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_kernel k = toy_kernel();
    gs_scale s;
    scales(&s, 2);
    toy_diary *t = toy_new(a, 2, 1, 1, &s, 1);
    gs_fit_opts o = GS_FIT_OPTS;
    gs_fit *f;
    gs_err why = {0};
    assert_int_equal(gs_infer_fit(a, &k, &t->obs, &o, NULL, NULL, &f, &why), GS_EUSE);
    assert_non_null(strstr(why.msg, "2 skin scores so far"));
    t->obs.n_series = 0;
    assert_int_equal(gs_infer_fit(a, &k, &t->obs, &o, NULL, NULL, &f, &why), GS_EUSE);
    assert_non_null(strstr(why.msg, "no skin score"));
    gs_arena_free(a);
}

/* Truth inside the 99.9% interval, diagnostics fine, a well-taught gain much narrower
 * than its prior, one never said not in the fit. */
static void test_a_lived_diary_gives_its_truth_back(void **state)
{
    (void)state;
    for (int which = 0; which < 5; which += 2) {
        gs_scale s;
        scales(&s, which);
        lived v = live(60, 1, 1, &s, 11 + (uint64_t)which, 0.4);
        gs_fit_opts o = GS_FIT_OPTS;
        o.max_rhat = 1.03; /* fewer draws than a real fit */
        o.min_ess = 150;
        o.n_warmup = 200;
        o.n_draw = 400;
        gs_fit *f;
        OK(gs_infer_fit(v.a, v.k, &v.t->obs, &o, NULL, NULL, &f, err));
        if (!f->ok)
            fail_msg("%s", f->why_not);
        for (size_t i = 0; i < f->n_dim; i++) {
            const gs_dim *d = &f->dim[i];
            if (fabs(d->mean - v.x[i]) > 4 * d->sd)
                fail_msg("%s: %g +- %g, truth %g", d->name, d->mean, d->sd, v.x[i]);
            if (strcmp(d->name, "gain_fibre") == 0)
                assert_true(d->sd < 0.7 * d->prior_sd);
        }
        drop(&v);
    }
}

static void test_same_seed_gives_the_same_draws(void **state)
{
    (void)state;
    gs_scale s;
    scales(&s, 3);
    lived v = live(50, 2, 1, &s, 5, 0.3);
    gs_fit_opts o = GS_FIT_OPTS;
    o.n_warmup = 60;
    o.n_draw = 40;
    gs_fit *f, *g;
    OK(gs_infer_fit(v.a, v.k, &v.t->obs, &o, NULL, NULL, &f, err));
    OK(gs_infer_fit(v.a, v.k, &v.t->obs, &o, NULL, NULL, &g, err));
    size_t n = f->n_chain * f->n_draw * f->n_dim * sizeof(double);
    assert_memory_equal(f->draw, g->draw, n);
    assert_memory_equal(f->prior_draw, g->prior_draw, n);
    assert_false(f->ok); /* 160 draws cannot hold 400 effective ones */
    assert_true(strlen(f->why_not) > 20);
    drop(&v);
}

static void test_parameters_for_others_keep_prior_and_fit_apart(void **state)
{
    (void)state;
    gs_scale s;
    scales(&s, 0);
    lived v = live(80, 1, 1, &s, 6, 0.3);
    gs_fit_opts o = GS_FIT_OPTS;
    o.n_warmup = 100;
    o.n_draw = 250;
    gs_fit *f;
    OK(gs_infer_fit(v.a, v.k, &v.t->obs, &o, NULL, NULL, &f, err));
    enum { W = 500 };
    static double post_par[W * 6], prior_par[W * 6], x0[W];
    OK(gs_infer_par(v.k, &v.t->obs, f, false, W, post_par, x0, err));
    OK(gs_infer_par(v.k, &v.t->obs, f, true, W, prior_par, NULL, err));
    double sum = 0, sq = 0;
    for (int i = 0; i < W; i++) {
        NEAR(post_par[i * 6 + 1], 2, 0);                      /* fixed */
        NEAR(post_par[i * 6 + 4], prior_par[i * 6 + 4], 0);   /* outside the fit */
        NEAR(post_par[i * 6 + 3], f->draw[(size_t)i * 1000 / W * f->n_dim], 0);
        NEAR(prior_par[i * 6 + 3], f->prior_draw[(size_t)i * 1000 / W * f->n_dim], 0);
        double at_rest = post_par[i * 6] * 2 * (v.p->habit[0] - 0.3) +
                         post_par[i * 6 + 2] * (v.p->habit[1] - 18) / 10;
        NEAR(x0[i], at_rest, 1e-6);
        sum += prior_par[i * 6 + 4] / W;
        sq += prior_par[i * 6 + 4] * prior_par[i * 6 + 4] / W;
    }
    NEAR(sum, 0, 4 / sqrt(W));
    NEAR(sq, 1, 4 * sqrt(2.0 / W));
    drop(&v);
}

static void test_a_fit_is_refused_once_the_diary_changed(void **state)
{
    (void)state;
    gs_scale s;
    scales(&s, 2);
    lived v = live(40, 1, 1, &s, 9, 0.3);
    gs_fit_opts o = GS_FIT_OPTS;
    o.n_warmup = 40;
    o.n_draw = 10;
    o.n_day = 30;
    gs_fit *f;
    gs_forecast *fc;
    gs_err why = {0};
    OK(gs_infer_fit(v.a, v.k, &v.t->obs, &o, NULL, NULL, &f, err));
    v.t->value[0][35] = v.t->value[0][35] > 2 ? 0 : 4; /* after the fit: allowed */
    OK(gs_infer_forecast(v.a, v.k, &v.t->obs, f, 3, NULL, NULL, &fc, err));
    v.t->value[0][5] = v.t->value[0][5] > 2 ? 0 : 4;
    assert_int_equal(gs_infer_forecast(v.a, v.k, &v.t->obs, f, 3, NULL, NULL, &fc, &why),
                     GS_EUSE);
    drop(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_of_the_posterior_equals_differences),
        cmocka_unit_test(test_what_is_free_is_what_was_said_and_scored),
        cmocka_unit_test(test_days_not_said_are_lived_at_the_persons_habit),
        cmocka_unit_test(test_too_little_to_fit_is_said_in_a_sentence),
        cmocka_unit_test(test_a_lived_diary_gives_its_truth_back),
        cmocka_unit_test(test_same_seed_gives_the_same_draws),
        cmocka_unit_test(test_parameters_for_others_keep_prior_and_fit_apart),
        cmocka_unit_test(test_a_fit_is_refused_once_the_diary_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
