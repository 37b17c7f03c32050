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

static void make_with(person *p, size_t n_draw, const char *condition)
{
    gs_err err = {0};
    const gs_channel *c = gs_channel_find(condition);
    *p = (person){.a = gs_arena_new(0)};
    for (int32_t d = 0; d < 40; d++) {
        p->day[d] = d;
        p->value[d] = 4 + d % 3;
    }
    p->s = (gs_series){.name = "acne", .channel = c, .scale = gs_scale_find("0-10"),
                       .condition = condition, .n = 40, .day = p->day, .value = p->value};
    p->obs = (gs_obs){.person = "", .day0 = 20000, .n_day = 40, .n_series = 1, .series = &p->s,
                      .condition = (gs_condition)gs_condition_find(condition)};
    assert_int_equal(gs_infer_believe(p->a, gs_axis(), &p->obs, n_draw, 1, &p->f, &err), GS_OK);
    assert_int_equal(gs_experiment_ask(p->a, gs_axis(), &p->obs, "stress", NULL, &p->q, &err), GS_OK);
    assert_int_equal(gs_experiment_believe(p->a, gs_axis(), &p->obs, p->f, &p->q, n_draw, 84, NULL,
                                           NULL, &p->b, &err), GS_OK);
}

static void make(person *p, size_t n_draw)
{
    make_with(p, n_draw, "acne");
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

/* Eczema switches: what planning lays out day by day gives the score that inference
 * expects of the same draw on the same plan, and simulated days have it as their mean. */
static void test_eczema_is_planned_with_its_flares(void **state)
{
    enum { DRAWS = 12, AT_MOST = 84 };
    person p;
    gs_err err = {0};
    gs_lives *lives;
    const gs_kernel *k = gs_axis();
    (void)state;
    make_with(&p, DRAWS, "eczema");
    const gs_belief *b = p.b;
    assert_non_null(b->flare);
    assert_int_equal(b->n, DRAWS); /* all could be lived: row i is draw i */
    /* draws of the prior are moved to score like this person; here as if they were fitted */
    gs_fit fitted = *p.f;
    gs_belief *own;
    fitted.prior_draw = NULL;
    assert_int_equal(gs_experiment_believe(p.a, k, &p.obs, &fitted, &p.q, DRAWS, AT_MOST, NULL,
                                           NULL, &own, &err), GS_OK);
    double score = 0;
    for (size_t i = 0; i < DRAWS; i++)
        score += gs_experiment_score_at(&p.obs, p.f, &p.q, b, i, 0) / DRAWS;
    CHECK_NEAR(score, 5, 0.2);
    b = own;
    assert_int_equal(gs_infer_lives(p.a, k, &p.obs, p.f, 0, &lives, &err), GS_OK);
    double *par = GS_NEW(p.a, double, DRAWS * k->n_par), *x0 = GS_NEW(p.a, double, DRAWS * k->n_state);
    double *lever = GS_NEW(p.a, double, AT_MOST * k->n_lever);
    assert_int_equal(gs_infer_par(k, &p.obs, p.f, false, DRAWS, par, x0, &err), GS_OK);
    for (size_t d = 0; d <= b->at; d++)
        memcpy(lever + d * k->n_lever, p.q.days_usual + d % p.q.n_replay * k->n_lever,
               k->n_lever * sizeof *lever);
    double lived = 0, planned = 0, flares = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        gs_life_plan plan = {par + i * k->n_par, b->at + 1, lever};
        double want, got = gs_experiment_score_at(&p.obs, p.f, &p.q, b, i, 0);
        assert_int_equal(gs_infer_live_on(lives, b->row[i], plan.par, 1, &plan, &want, &err), GS_OK);
        CHECK_NEAR(got, want, 1e-9);
        flares += b->at_flare[i] / DRAWS;
        planned += want / DRAWS;
    }
    gs_nof1_design d = GS_NOF1_DESIGN;
    gs_nof1_schedule *s;
    gs_trial_opts o = GS_TRIAL_OPTS;
    double y[AT_MOST], n = 0;
    o.missing = o.dropout = o.drift = 0;
    assert_int_equal(gs_nof1_draw(p.a, &d, 1, GS_DAY_NONE, &s, &err), GS_OK);
    for (uint64_t i = 0; i < 40 * DRAWS; i++) {
        gs_experiment_simulate(&p.obs, p.f, &p.q, b, &o, s, GS_WORLD_NULL, i, y, NULL);
        lived += y[b->at], n++;
    }
    printf("eczema: flaring on %.0f%% of days; day %zu scores %.2f, expected %.2f\n",
           100 * flares, b->at, lived / n, planned);
    assert_true(flares > 0.02 && flares < 0.98);
    CHECK_NEAR(lived / n, planned, 0.06); /* sd of a day 2.5, 480 days: 3 standard errors .34 */
    gs_arena_free(p.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_steps_superposed),
        cmocka_unit_test(test_people_of_the_prior_score_like_the_diary),
        cmocka_unit_test(test_eczema_is_planned_with_its_flares),
        cmocka_unit_test(test_a_trial_has_the_same_noise_in_every_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
