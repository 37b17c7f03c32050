/* What a fit says of days past and to come, and of later scores without fitting again. */
#include "toy.h"
#include "infer/fit.h"

enum { DAYS = 70, FITTED = 50, AHEAD = 14 };

typedef struct lived {
    gs_arena *a;
    gs_kernel *k;
    toy_diary *t;
    gs_fit *f;
} lived;

/* A diary of DAYS days lived at the prior medians, fitted on its first FITTED days. */
static lived live(gs_scale scale, uint64_t seed)
{
    lived v = {.a = gs_arena_new(0)};
    problem *p;
    post *w;
    double x[32];
    v.k = GS_NEW(v.a, gs_kernel, 1);
    *v.k = toy_kernel();
    v.t = toy_new(v.a, DAYS, 1, 1, &scale, seed);
    OK(problem_make(v.a, v.k, &v.t->obs, DAYS, DAYS, NULL, &p, err));
    OK(post_new(v.a, p, false, &w, err));
    for (size_t i = 0; i < p->n_dim; i++)
        x[i] = prior_value(&p->prior[i], 0, NULL);
    gs_rng r = gs_rng_stream(seed, 1, "toy truth");
    toy_live(v.t, p, w, x, &r);
    post_free(w);
    gs_fit_opts o = GS_FIT_OPTS;
    o.n_warmup = 80;
    o.n_draw = 75;
    o.n_day = FITTED;
    OK(gs_infer_fit(v.a, v.k, &v.t->obs, &o, NULL, NULL, &v.f, err));
    return v;
}

static gs_scale scale_of(int which)
{
    if (which == 0)
        return test_scale(GS_SCALE_ORDERED, 0, 4, 1, 0.5, 1.5);
    if (which == 1)
        return test_scale(GS_SCALE_BOUNDED, 0, 28, 1, 0.5, 1.5);
    return test_scale(GS_SCALE_COUNT, 0, 500, 1, 0.5, 1);
}

/* Days that were scored are told closely; bands are ordered, inside the scale, and no
 * narrower for days further off. */
static void test_bands_are_ordered_inside_the_scale_and_follow_the_diary(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        gs_scale s = scale_of(which);
        lived v = live(s, 31);
        gs_forecast *fc;
        OK(gs_infer_forecast(v.a, v.k, &v.t->obs, v.f, AHEAD, NULL, NULL, &fc, err));
        assert_int_equal(fc->n_day, DAYS);
        double far = 0, spread = 0, mean = 0;
        for (size_t d = 0; d < DAYS; d++)
            mean += v.t->value[0][d] / DAYS;
        for (size_t d = 0; d < DAYS; d++) {
            const gs_band *b = &fc->fit[d];
            assert_true(b->q05 <= b->q25 && b->q25 <= b->q50 && b->q50 <= b->q75);
            assert_true(b->q75 <= b->q95 && b->q05 >= s.lo && b->q95 <= s.hi);
            far += pow(v.t->value[0][d] - b->q50, 2);
            spread += pow(v.t->value[0][d] - mean, 2);
        }
        assert_true(far < 0.9 * spread);
        double near_ = fc->ahead[0].q95 - fc->ahead[0].q05;
        double late = fc->ahead[AHEAD - 1].q95 - fc->ahead[AHEAD - 1].q05;
        assert_true(late >= 0.8 * near_);
        gs_arena_free(v.a);
    }
}

static void test_category_chances_agree_with_predictive_draws(void **state)
{
    (void)state;
    lived v = live(scale_of(0), 32);
    gs_forecast *fc;
    OK(gs_infer_forecast(v.a, v.k, &v.t->obs, v.f, AHEAD, NULL, NULL, &fc, err));
    for (size_t h = 0; h < AHEAD; h++) {
        double sum = 0;
        for (int k = 0; k < 16; k++)
            sum += fc->prob[h * 16 + (size_t)k];
        NEAR(sum, 1, 1e-6); /* nodes below 1e-9 are left out */
        for (int k = 0; k < 5; k++) {
            double hit = 0, p = fc->prob[h * 16 + (size_t)k];
            for (size_t i = 0; i < fc->n_draw; i++)
                hit += (fc->draw[h * fc->n_draw + i] == k) / (double)fc->n_draw;
            NEAR(hit, p, 4.5 * sqrt(p * (1 - p) / (double)fc->n_draw) + 0.004);
        }
    }
    gs_arena_free(v.a);
}

static void test_what_is_planned_moves_the_forecast(void **state)
{
    (void)state;
    lived v = live(scale_of(1), 33);
    gs_forecast *calm, *tense;
    double plan[AHEAD * 3];
    for (int d = 0; d < AHEAD; d++) {
        plan[d * 3] = 0;
        plan[d * 3 + 1] = 18;
        plan[d * 3 + 2] = 70;
    }
    OK(gs_infer_forecast(v.a, v.k, &v.t->obs, v.f, AHEAD, plan, NULL, &calm, err));
    for (int d = 0; d < AHEAD; d++)
        plan[d * 3] = 1;
    OK(gs_infer_forecast(v.a, v.k, &v.t->obs, v.f, AHEAD, plan, NULL, &tense, err));
    assert_true(tense->ahead[AHEAD - 1].q50 > calm->ahead[AHEAD - 1].q50);
    NEAR(tense->fit[DAYS - 1].q50, calm->fit[DAYS - 1].q50, 0); /* the past stays */
    gs_arena_free(v.a);
}

/* Chain rule: scores foretold one by one, draws reweighted as they come, add up to the
 * chance of all of them together. */
static void test_one_step_log_scores_add_up_to_the_joint_chance(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        lived v = live(scale_of(which), 34);
        gs_ask ask[DAYS - FITTED];
        gs_next next[DAYS - FITTED];
        size_t n = DAYS - FITTED, n_draw = v.f->n_chain * v.f->n_draw;
        for (size_t i = 0; i < n; i++)
            ask[i] = (gs_ask){0, (int32_t)(FITTED + i) - 1, (int32_t)(FITTED + i)};
        OK(gs_infer_next(v.k, &v.t->obs, v.f, true, NULL, n, ask, NULL, next, err));
        double one_by_one = 0;
        for (size_t i = 0; i < n; i++)
            one_by_one += next[i].log_score;
        NEAR(next[0].n_effective, (double)n_draw, 1e-9);
        assert_true(next[n - 1].n_effective < (double)n_draw);

        problem *p;
        post *w;
        OK(fit_problem(v.a, v.k, &v.t->obs, v.f, DAYS, NULL, &p, err));
        OK(post_new(v.a, p, false, &w, err));
        const problem_series *ps = &p->series[0];
        track *t = track_new(v.a, &ps->l, DAYS, v.t->day[0], v.t->value[0]);
        filter *f = filter_new(v.a, ps->l.kind != LINK_NORMAL, DAYS, t->n_kind);
        double eta[DAYS], *joint = GS_NEW(v.a, double, n_draw), top = -HUGE_VAL, sum = 0;
        for (size_t i = 0; i < n_draw; i++) {
            const double *x = v.f->draw + i * v.f->n_dim;
            nuisance nu = link_decode(&ps->l, x + ps->first);
            assert_true(post_path(w, x));
            post_latent(w, ps, DAYS, t->day, &nu, eta);
            filter_forward(f, &ps->l, t, eta, &nu);
            for (size_t d = FITTED; d < DAYS; d++)
                joint[i] += f->log_chance[d];
            top = fmax(top, joint[i]);
        }
        for (size_t i = 0; i < n_draw; i++)
            sum += exp(joint[i] - top) / (double)n_draw;
        NEAR(one_by_one, top + log(sum), 1e-6);
        post_free(w);
        gs_arena_free(v.a);
    }
}

static void test_predictions_are_refused_for_days_already_known(void **state)
{
    (void)state;
    lived v = live(scale_of(1), 35);
    gs_ask bad = {0, 55, 55}, out = {0, 60, DAYS};
    gs_next next;
    gs_err why = {0};
    assert_int_equal(gs_infer_next(v.k, &v.t->obs, v.f, true, NULL, 1, &bad, NULL, &next,
                                   &why), GS_EUSE);
    assert_int_equal(gs_infer_next(v.k, &v.t->obs, v.f, true, NULL, 1, &out, NULL, &next,
                                   &why), GS_EUSE);
    gs_arena_free(v.a);
}

/* E score at shift 0 is the mean of the scale's stationary scores; more is worse. */
static void test_a_shift_of_the_latent_moves_the_expected_score(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        lived v = live(scale_of(which), 36);
        double last = -1;
        for (double shift = -3; shift <= 3; shift += 1) {
            double e = gs_infer_score_at(&v.t->obs, v.f, 7, 0, shift);
            assert_true(e > last && e >= 0 && e <= v.t->scale[0].hi);
            last = e;
        }
        assert_true(isnan(gs_infer_score_at(&v.t->obs, v.f, 7, 1, 0)));
        gs_arena_free(v.a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bands_are_ordered_inside_the_scale_and_follow_the_diary),
        cmocka_unit_test(test_category_chances_agree_with_predictive_draws),
        cmocka_unit_test(test_what_is_planned_moves_the_forecast),
        cmocka_unit_test(test_one_step_log_scores_add_up_to_the_joint_chance),
        cmocka_unit_test(test_predictions_are_refused_for_days_already_known),
        cmocka_unit_test(test_a_shift_of_the_latent_moves_the_expected_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
