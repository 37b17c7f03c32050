/* Where a body starts: which of two states, and the risk that goes with it. On the
 * shipped axis. */
#include "check.h"
#include "infer/problem.h"

static const char *const NOBODY = "nobody";

/* Scores of one condition on a scale, one a day. */
typedef struct scored {
    gs_series series;
    gs_obs obs;
    int32_t day[40];
    double value[40];
} scored;

static void score(scored *s, const char *condition, const char *scale, size_t n,
                  double first, double later)
{
    for (size_t i = 0; i < n; i++) {
        s->day[i] = (int32_t)i;
        s->value[i] = i < 14 ? first : later;
    }
    s->series = (gs_series){condition, gs_channel_find(condition), gs_scale_find(scale),
                            condition, n, s->day, s->value};
    assert_non_null(s->series.channel);
    assert_non_null(s->series.scale);
    s->obs = (gs_obs){.person = NOBODY, .n_day = n, .n_series = 1, .series = &s->series,
                      .condition = (gs_condition)gs_condition_find(condition)};
}

typedef struct begun {
    gs_arena *a;
    problem *p;
} begun;

static begun begin(const scored *s)
{
    begun b = {.a = gs_arena_new(0)};
    OK(problem_make(b.a, gs_axis_slaved(), &s->obs, s->obs.n_day, s->obs.n_day, NULL, &b.p,
                    err));
    return b;
}

static double state_of(const begun *b, const char *name)
{
    return b->p->x0[gs_kernel_state(b->p->k, name)];
}

static void test_eczema_in_the_upper_half_of_its_scale_starts_in_a_flare(void **state)
{
    (void)state;
    const struct { const char *scale; double value; bool flare; } c[] = {
        {"0-10", 7, true}, {"0-10", 3, false}, {"0-4", 2, true},   {"0-4", 1, false},
        {"easi", 25, true}, {"easi", 15, false}, {"poem", 20, true}, {"poem", 10, false}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        scored s;
        score(&s, "eczema", c[i].scale, 20, c[i].value, c[i].value);
        begun b = begin(&s);
        if ((state_of(&b, "Y") > 0.5) != c[i].flare)
            fail_msg("%s %g: Y %g", c[i].scale, c[i].value, state_of(&b, "Y"));
        assert_false(b.p->settle);
        assert_int_equal(b.p->n_run, PROBLEM_RUN_IN);
        gs_arena_free(b.a);
    }
}

static void test_psoriasis_starts_in_plaque_unless_nearly_clear(void **state)
{
    (void)state;
    const struct { const char *scale; double value; bool plaque; } c[] = {
        {"pasi", 3, true}, {"pasi", 0.4, false}, {"0-4", 1, true}, {"0-4", 0, false}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        scored s;
        score(&s, "psoriasis", c[i].scale, 20, c[i].value, c[i].value);
        begun b = begin(&s);
        if ((state_of(&b, "K") > 0.5) != c[i].plaque)
            fail_msg("%s %g: K %g", c[i].scale, c[i].value, state_of(&b, "K"));
        gs_arena_free(b.a);
    }
}

static void test_only_the_first_two_weeks_choose(void **state)
{
    (void)state;
    scored s;
    score(&s, "eczema", "0-10", 40, 8, 1);
    begun b = begin(&s);
    assert_true(state_of(&b, "Y") > 0.5);
    gs_arena_free(b.a);
    score(&s, "eczema", "0-10", 40, 1, 8);
    b = begin(&s);
    assert_true(state_of(&b, "Y") < 0.1);
    gs_arena_free(b.a);
}

/* Whoever has plaques has a risk at which plaques last, whoever is clear one at which
 * clear skin does: every prior draw rests, at habit, in the state the diary began in. */
static void test_every_risk_of_the_prior_keeps_the_state_the_diary_began_in(void **state)
{
    (void)state;
    for (int flare = 0; flare < 2; flare++) {
        scored s;
        score(&s, "psoriasis", "pasi", 20, flare ? 8 : 0.3, flare ? 8 : 0.3);
        begun b = begin(&s);
        const gs_kernel *k = b.p->k;
        long y = gs_kernel_state(k, "K");
        assert_string_equal(b.p->dim[0].name, "risk_psoriasis");
        gs_sim *sim;
        gs_sim_opts o = GS_SIM_OPTS;
        OK(gs_sim_new(k, &o, &sim, err));
        double *par = GS_NEW(b.a, double, k->n_par), *x = GS_NEW(b.a, double, k->n_state);
        for (double u = -3; u <= 3; u += 0.5) {
            memcpy(par, b.p->par, k->n_par * sizeof *par);
            memcpy(x, b.p->x0, k->n_state * sizeof *x);
            par[b.p->dim[0].par] = prior_value(&b.p->prior[0], u, NULL);
            OK(gs_sim_settle(sim, par, b.p->habit, x, err));
            if ((x[y] > 0.3) != (flare == 1))
                fail_msg("risk %g: K %g", par[b.p->dim[0].par], x[y]);
        }
        gs_sim_free(sim);
        gs_arena_free(b.a);
    }
}

static void test_acne_starts_at_rest_with_each_parameter(void **state)
{
    (void)state;
    scored s;
    score(&s, "acne", "0-10", 20, 6, 6);
    begun b = begin(&s);
    assert_true(b.p->settle);
    assert_int_equal(b.p->n_run, 0);
    gs_arena_free(b.a);
}

/* The gradient on the axis itself, through run-in and filters. */
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

static void test_gradient_on_the_axis_equals_differences(void **state)
{
    (void)state;
    static double stress[30], uvb[30];
    gs_lever_series lever[2] = {{"stress", stress, false, 30}, {"uvb", uvb, false, 30}};
    for (int i = 0; i < 30; i++) {
        stress[i] = 0.3 + 0.2 * sin(i * 0.7);
        uvb[i] = i % 2 ? 0 : 0.5;
    }
    const char *const what[3] = {"eczema", "psoriasis", "acne"};
    for (int c = 0; c < 3; c++) {
        scored s;
        score(&s, what[c], "0-10", 30, 7, 4);
        s.obs.n_lever = 2;
        s.obs.lever = lever;
        begun b = begin(&s);
        post *w;
        OK(post_new(b.a, b.p, true, &w, err));
        double u[32], g[32];
        gs_rng r = gs_rng_stream(4, (uint64_t)c, "where");
        for (size_t i = 0; i < b.p->n_dim; i++)
            u[i] = 0.5 * gs_rng_normal(&r);
        assert_true(isfinite(post_eval(w, u, g)));
        along l = {w, u, 0};
        for (l.i = 0; l.i < b.p->n_dim; l.i++)
            NEAR(g[l.i], slope_of(lp_at, &l, u[l.i], 2e-3), 1e-6);
        post_free(w);
        gs_arena_free(b.a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eczema_in_the_upper_half_of_its_scale_starts_in_a_flare),
        cmocka_unit_test(test_psoriasis_starts_in_plaque_unless_nearly_clear),
        cmocka_unit_test(test_only_the_first_two_weeks_choose),
        cmocka_unit_test(test_every_risk_of_the_prior_keeps_the_state_the_diary_began_in),
        cmocka_unit_test(test_acne_starts_at_rest_with_each_parameter),
        cmocka_unit_test(test_gradient_on_the_axis_equals_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
