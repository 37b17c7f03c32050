/* What planning takes for granted: responses to blocks are steps superposed; the prior in
 * the form of a fit; the same trial in another world has the same noise. */
#include "check.h"

#include "gutskin/experiment.h"
#include "gutskin/sim.h"
#include <string.h>

enum { N_DAY = 112 };

static bool on(int d)
{
    return d < 28 || (d >= 56 && d < 84);
}

/* Signal of a person whose lever is moved by `change` on the days that `dose` says. */
static void path(gs_sim *s, const gs_kernel *k, const double *par, const double *x0,
                 const double *habit, size_t lever, double change, const double *dose,
                 uint32_t see, double *y)
{
    static double u[N_DAY * 64];
    gs_err err = {0};
    for (size_t d = 0; d < N_DAY; d++) {
        memcpy(u + d * k->n_lever, habit, k->n_lever * sizeof *u);
        u[d * k->n_lever + lever] += change * dose[d];
    }
    assert_int_equal(gs_sim_grad(s, par, x0, false, NULL, N_DAY, u, 0, NULL, 1, &see, y, NULL,
                                 NULL, &err), GS_OK);
}

static void superposes(const char *lever, double change, const char *see, double tolerance)
{
    const gs_kernel *k = gs_axis();
    double par[400], habit[64], x[100], none[N_DAY] = {0}, step[N_DAY], block[N_DAY];
    double usual[N_DAY + 1], moved[N_DAY + 1], lived[N_DAY + 1], sum[N_DAY] = {0}, worst = 0, top = 0;
    gs_sim *s;
    gs_err err = {0};
    gs_sim_opts o = GS_SIM_OPTS;
    assert_true(k->n_par <= 400 && k->n_lever <= 64 && k->n_state <= 100);
    gs_kernel_defaults(k, par, habit, x);
    assert_int_equal(gs_sim_new(k, &o, &s, &err), GS_OK);
    assert_int_equal(gs_sim_settle(s, par, habit, x, &err), GS_OK);
    size_t l = (size_t)gs_kernel_lever(k, lever);
    uint32_t y = (uint32_t)gs_kernel_see(k, see);
    for (int d = 0; d < N_DAY; d++) {
        step[d] = 1;
        block[d] = on(d);
    }
    path(s, k, par, x, habit, l, change, none, y, usual);
    path(s, k, par, x, habit, l, change, step, y, moved);
    path(s, k, par, x, habit, l, change, block, y, lived);
    for (int d = 0; d < N_DAY; d++)
        step[d] = moved[d + 1] - usual[d + 1];
    gs_experiment_superpose(N_DAY, step, block, sum);
    for (int d = 0; d < N_DAY; d++) {
        worst = fmax(worst, fabs(sum[d] - (lived[d + 1] - usual[d + 1])));
        top = fmax(top, fabs(step[d]));
    }
    gs_sim_free(s);
    printf("%s on %s: superposed differs by %.1f%% of the largest response\n", lever, see,
           100 * worst / top);
    CHECK_NEAR(worst / top, 0, tolerance);
}

/* tolerance: measured 1% to 4%, a fifth of an effect would matter */
static void test_blocks_are_steps_superposed(void **state)
{
    (void)state;
    superposes("stress", -0.2, "signal_acne", 0.1);
    superposes("sugar", -40, "signal_rosacea", 0.1);
    superposes("glycaemic", -0.35, "signal_acne", 0.1);
}

typedef struct person {
    gs_arena *a;
    gs_obs obs;
    gs_series s;
    int32_t day[40];
    double value[40];
    gs_fit *f;
    gs_question q;
    gs_belief *b;
} person;

static void make(person *p, size_t n_draw)
{
    gs_err err = {0};
    const gs_channel *c = gs_channel_find("acne");
    *p = (person){.a = gs_arena_new(0)};
    for (int32_t d = 0; d < 40; d++) {
        p->day[d] = d;
        p->value[d] = 4 + d % 3;
    }
    p->s = (gs_series){.name = "acne", .channel = c, .scale = gs_scale_find("0-10"),
                       .condition = "acne", .n = 40, .day = p->day, .value = p->value};
    p->obs = (gs_obs){.person = "", .day0 = 20000, .n_day = 40, .n_series = 1, .series = &p->s,
                      .condition = GS_ACNE};
    assert_int_equal(gs_infer_believe(p->a, gs_axis(), &p->obs, n_draw, 1, &p->f, &err), GS_OK);
    assert_int_equal(gs_experiment_ask(p->a, gs_axis(), &p->obs, "stress", NULL, &p->q, &err), GS_OK);
    assert_int_equal(gs_experiment_believe(p->a, gs_axis(), &p->obs, p->f, &p->q, n_draw, 84, NULL,
                                           NULL, &p->b, &err), GS_OK);
}

/* the prior's people score about what this person scores, not at an end of the scale */
static void test_people_of_the_prior_score_like_the_diary(void **state)
{
    person p;
    double y[60], mean = 0;
    (void)state;
    make(&p, 40);
    for (size_t i = 0; i < 40; i++) {
        gs_rng r = gs_rng_stream(1, i, "t");
        assert_true(gs_infer_draw_scores(&p.obs, p.f, i, 0, 60, NULL, &r, y));
        for (int d = 0; d < 60; d++)
            mean += y[d] / (40 * 60);
    }
    CHECK_NEAR(mean, 5, 0.2); /* 1 point: two standard errors of forty people's levels */
    gs_arena_free(p.a);
}

static void test_a_trial_has_the_same_noise_in_every_world(void **state)
{
    person p;
    double a[84], b[84], sum_a = 0, sum_b = 0;
    gs_nof1_design d = GS_NOF1_DESIGN;
    gs_nof1_schedule *s;
    gs_trial_opts o = GS_TRIAL_OPTS;
    gs_err err = {0};
    (void)state;
    make(&p, 40);
    d.n_period = 4;
    d.period_days = 14;
    o.worth = 2;
    assert_int_equal(gs_nof1_draw(p.a, &d, 1, GS_DAY_NONE, &s, &err), GS_OK);
    for (uint64_t i = 0; i < 40; i++) {
        double none = gs_experiment_simulate(&p.obs, p.f, &p.q, p.b, &o, s, GS_WORLD_NULL, i, a, NULL);
        double two = gs_experiment_simulate(&p.obs, p.f, &p.q, p.b, &o, s, GS_WORLD_WORTH, i, b, NULL);
        assert_true(none == 0 && two == -2);
        for (int k = 0; k < 56; k++) {
            assert_int_equal(isnan(a[k]) != 0, isnan(b[k]) != 0); /* the same days are missed */
            if (!isnan(a[k])) {
                sum_a += a[k];
                sum_b += b[k];
            }
        }
    }
    assert_true(sum_b < sum_a); /* lower is better */
    gs_arena_free(p.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_steps_superposed),
        cmocka_unit_test(test_people_of_the_prior_score_like_the_diary),
        cmocka_unit_test(test_a_trial_has_the_same_noise_in_every_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
