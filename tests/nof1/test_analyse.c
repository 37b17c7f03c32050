/* The analysis of one trial: identities a randomisation test must satisfy, closed forms for
 * the model, and what must not change a verdict. */
#include "check.h"
#include "gutskin/nof1.h"
#include "gutskin/rng.h"

#include <string.h>

enum { DAYS = 120 };

typedef struct trial {
    gs_nof1_design d;
    gs_nof1_schedule *s;
    double planned[DAYS], received[DAYS];
    gs_nof1_obs obs[4 * DAYS];
    gs_nof1_series series;
} trial;

static void set_orders(trial *t, const int8_t *code, gs_arena *a)
{
    gs_err err = {0};
    assert_int_equal(gs_nof1_schedule_of(a, &t->d, code, GS_DAY_NONE, &t->s, &err), GS_OK);
    for (int32_t i = 0; i < gs_nof1_days(t->s); i++)
        t->planned[i] = gs_nof1_day(t->s, i, NULL);
}

/* n periods of days in pairs; y = noise, AR 0.5 */
static void make(gs_arena *a, trial *t, size_t n, int32_t days, uint64_t seed, double effect)
{
    gs_rng r = gs_rng_stream(seed, 0, "test");
    int8_t code[DAYS];
    double ar = 0;
    *t = (trial){.d = GS_NOF1_DESIGN};
    t->d.n_period = n, t->d.period_days = days;
    gs_nof1_chooser *c;
    assert_int_equal(gs_nof1_chooser_new(a, &t->d, &c, NULL), GS_OK);
    gs_nof1_choose(c, seed, 0, code);
    set_orders(t, code, a);
    size_t n_day = (size_t)gs_nof1_days(t->s);
    for (size_t i = 0; i < n_day; i++) {
        ar = 0.5 * ar + gs_rng_normal(&r);
        t->obs[i] = (gs_nof1_obs){(double)i + 0.5, 5 + ar + effect * t->planned[i], 0, 0};
    }
    t->series = (gs_nof1_series){.person = "", .outcome = "itch", .lo = NAN, .hi = NAN,
                                 .step = NAN, .better = -1, .day0 = GS_DAY_NONE,
                                 .n_day = n_day, .planned = t->planned, .n_obs = n_day,
                                 .obs = t->obs, .n_rater = 1};
}

static const gs_nof1_result *analyse(gs_arena *a, const trial *t, size_t n_draw)
{
    gs_nof1_opts o = GS_NOF1_OPTS;
    const gs_nof1_result *r = NULL;
    gs_err err = {0};
    o.n_draw = n_draw;
    gs_status st = gs_nof1_analyse(a, &t->series, t->s, &o, NULL, &r, &err);
    if (st != GS_OK)
        fprintf(stderr, "%s\n", err.msg);
    assert_int_equal(st, GS_OK);
    return r;
}

/* The definition of an exact test: over all orders that could have been drawn for the same
 * outcomes, each p occurs once, 1/N, 2/N ... 1. */
static void test_p_is_uniform_over_the_orders(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    trial t;
    make(a, &t, 10, 2, 3, 0);
    gs_nof1_chooser *c;
    assert_int_equal(gs_nof1_chooser_new(a, &t.d, &c, NULL), GS_OK);
    int8_t code[DAYS], seen[33] = {0};
    for (size_t i = 0; i < 32; i++) {
        gs_nof1_choose_nth(c, i, code);
        set_orders(&t, code, a);
        const gs_nof1_result *r = analyse(a, &t, 0);
        assert_true(r->free_itt.exact);
        CHECK_NEAR(r->free_itt.least_p, 1.0 / 32, 1e-15);
        long k = lround(32 * r->free_itt.p_better);
        CHECK_NEAR(32 * r->free_itt.p_better, (double)k, 1e-9);
        assert_in_range(k, 1, 32);
        seen[k]++;
    }
    for (int k = 1; k <= 32; k++)
        assert_int_equal(seen[k], 1);
    gs_arena_free(a);
}

/* Calling the treatments the other way round turns the effect round and the tails over. */
static void test_swapping_the_names_mirrors_the_result(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    trial t, u;
    make(a, &t, 10, 3, 5, -0.5);
    u = t;
    int8_t code[DAYS];
    for (size_t i = 0; i < t.s->n_period; i++)
        code[i] = (int8_t)(1 - t.s->period[i].code);
    set_orders(&u, code, a);
    u.series.planned = u.planned;
    u.series.obs = u.obs;
    const gs_nof1_result *r = analyse(a, &t, 0), *q = analyse(a, &u, 0);
    CHECK_NEAR(r->free_itt.est, -q->free_itt.est, 1e-9);
    CHECK_NEAR(r->free_itt.lo, -q->free_itt.hi, 1e-9);
    CHECK_NEAR(r->free_itt.p_better + q->free_itt.p_better, 1 + 1.0 / 32, 1e-9);
    gs_arena_free(a);
}

/* The interval is the set of effects not rejected: taking an end off the outcome leaves a
 * one-sided p next to the level (one step of 1/N to each side). */
static void test_interval_ends_are_where_p_meets_the_level(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    trial t;
    make(a, &t, 14, 2, 8, -1);
    for (size_t i = 0; i < t.series.n_obs; i++) /* no outliers: their weights see y */
        t.obs[i].value = 5 + 0.3 * sin((double)i * 2.1) + 0.2 * cos((double)i) -
                         0.4 * t.planned[i];
    const gs_nof1_result *r = analyse(a, &t, 0);
    double hi = r->free_itt.hi, width = r->free_itt.hi - r->free_itt.lo;
    assert_true(isfinite(width));
    for (int side = -1; side < 2; side += 2) {
        trial u = t;
        u.series.obs = u.obs;
        u.series.planned = u.planned;
        for (size_t i = 0; i < u.series.n_obs; i++)
            u.obs[i].value -= (hi + side * 0.02 * width) * u.planned[i];
        double p = analyse(a, &u, 0)->free_itt.p_better;
        if (side > 0)
            assert_true(p <= 0.05);
        else
            assert_true(p > 0.05 - 1.0 / 128);
    }
    gs_arena_free(a);
}

/* A third of the doses skipped at random: the plan's effect is two thirds of a dose's. */
static void test_full_dose_is_more_than_the_plan_that_was_half_kept(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    trial t;
    make(a, &t, 30, 4, 9, 0);
    gs_rng g = gs_rng_stream(5, 5, "skip");
    for (size_t i = 0; i < t.series.n_day; i++) {
        t.received[i] = gs_rng_uniform(&g) < 1.0 / 3 ? 0 : t.planned[i];
        t.obs[i].value = 4 - 1.5 * t.received[i] + gs_rng_normal(&g);
    }
    t.series.received = t.received;
    const gs_nof1_result *r = analyse(a, &t, 1000);
    assert_true(r->free_taken.lo < -1.5 && r->free_taken.hi > -1.5);
    assert_true(r->model_taken.lo < -1.5 && r->model_taken.hi > -1.5);
    CHECK_NEAR(r->free_itt.est / r->free_taken.est, 2.0 / 3, 0.15);
    CHECK_NEAR(r->model_itt.est / r->model_taken.est, 2.0 / 3, 0.15);
    CHECK_NEAR(r->adherence, 1 - 1.0 / 6, 0.05);
    gs_arena_free(a);
}

/* White noise, much data: the posterior is the least-squares interval, closed form. */
static void test_model_is_least_squares_when_noise_is_white(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    trial t;
    make(a, &t, 30, 4, 12, 0);
    gs_rng r = gs_rng_stream(1, 2, "white");
    double sum[2] = {0}, sq[2] = {0}, n[2] = {0};
    for (size_t i = 0; i < t.series.n_obs; i++) {
        int c = t.planned[i] > 0;
        double v = t.obs[i].value = 10 + gs_rng_normal(&r) - 0.8 * c;
        sum[c] += v, sq[c] += v * v, n[c]++;
    }
    double ss = sq[0] - sum[0] * sum[0] / n[0] + sq[1] - sum[1] * sum[1] / n[1];
    double se = sqrt(ss / (n[0] + n[1] - 2) * (1 / n[0] + 1 / n[1]));
    double est = sum[1] / n[1] - sum[0] / n[0];
    const gs_nof1_effect *e = &analyse(a, &t, 4000)->model_itt;
    assert_true(e->known);
    CHECK_NEAR(e->est, est, 0.4 * se);
    /* onset, memory and tails are not known to be nil: a little wider, never narrower */
    double ratio = (e->hi - e->lo) / (2 * 1.645 * se);
    assert_true(ratio > 0.95 && ratio < 1.4);
    gs_arena_free(a);
}

/* Two raters with a constant difference count as one; so do repeated photos. */
static void test_raters_and_repeats_do_not_add_days(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    trial t, u;
    make(a, &t, 12, 2, 21, -1);
    u = t;
    u.series.planned = u.planned;
    u.series.obs = u.obs;
    u.series.n_obs = 0;
    u.series.n_rater = 2;
    for (size_t i = 0; i < t.series.n_obs; i++)
        for (int k = 0; k < 4; k++) {
            gs_nof1_obs o = t.obs[i];
            o.rater = k & 1;
            o.value += k & 1 ? 0.75 : -0.75;
            u.obs[u.series.n_obs++] = o;
        }
    const gs_nof1_result *r = analyse(a, &t, 0), *q = analyse(a, &u, 0);
    assert_int_equal(r->n_a, q->n_a);
    CHECK_NEAR(r->free_itt.est, q->free_itt.est, 1e-9);
    CHECK_NEAR(r->free_itt.lo, q->free_itt.lo, 1e-6);
    CHECK_NEAR(r->free_itt.p_better, q->free_itt.p_better, 1e-12);
    /* a rater who stops half way moves no day */
    size_t k = 0;
    for (size_t i = 0; i < u.series.n_obs; i++)
        if (u.obs[i].rater == 0 || u.obs[i].time < 12)
            u.obs[k++] = u.obs[i];
    u.series.n_obs = k;
    q = analyse(a, &u, 0);
    for (size_t i = 1; i < r->n_unit; i++)
        CHECK_NEAR(q->unit[i].value - q->unit[0].value, r->unit[i].value - r->unit[0].value,
                   1e-6);
    gs_arena_free(a);
}

static void test_few_orders_never_say_works_without_a_model(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    trial t;
    make(a, &t, 4, 4, 2, -6);
    const gs_nof1_result *r = analyse(a, &t, 400);
    assert_int_equal(r->free_itt.says, GS_NOF1_UNKNOWN);
    assert_non_null(strstr(r->free_itt.why, "only 4 orders"));
    assert_int_equal(r->says, GS_NOF1_UNKNOWN);
    assert_true(isinf(r->free_itt.lo) && isinf(r->free_itt.hi));
    gs_arena_free(a);
}

static void test_scores_and_counts_have_their_own_models(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    trial t;
    make(a, &t, 16, 4, 4, 0);
    gs_rng r = gs_rng_stream(4, 4, "counts");
    for (size_t i = 0; i < t.series.n_obs; i++)
        t.obs[i].value = (double)gs_rng_poisson(&r, t.planned[i] > 0 ? 6 : 12);
    t.series.scale = GS_NOF1_COUNT;
    const gs_nof1_effect *e = &analyse(a, &t, 2000)->model_itt;
    assert_true(e->lo < -6 && e->hi > -6 && e->hi < -3); /* planted: 6 fewer */
    for (size_t i = 0; i < t.series.n_obs; i++) {
        double v = round(1.5 + gs_rng_normal(&r) - 1.5 * t.planned[i]);
        t.obs[i].value = v < 0 ? 0 : v > 4 ? 4 : v;
    }
    t.series.scale = GS_NOF1_SCORE;
    t.series.lo = 0, t.series.hi = 4, t.series.step = 1;
    e = &analyse(a, &t, 2000)->model_itt;
    assert_true(e->lo < -1.5 && e->hi > -1.5); /* of the latent score, not cut at 0 */
    gs_arena_free(a);
}

static void test_same_input_same_result(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    trial t;
    make(a, &t, 12, 2, 33, -1);
    const gs_nof1_result *r = analyse(a, &t, 400), *q = analyse(a, &t, 400);
    assert_memory_equal(r->draw, q->draw, r->n_draw * sizeof *r->draw);
    assert_true(r->model_itt.lo == q->model_itt.lo && r->free_itt.lo == q->free_itt.lo);
    gs_arena_free(a);
}

/* ---- what is read off an order ---- */

static gs_nof1_design read_off(const char *code, int32_t each, size_t *n)
{
    static double planned[DAYS];
    gs_arena *a = gs_arena_new(0);
    gs_nof1_schedule *s;
    gs_err err = {0};
    size_t k = 0;
    for (const char *c = code; *c; c++)
        for (int32_t i = 0; i < each; i++)
            planned[k++] = *c == '.' ? (double)NAN : (double)(*c == 'B');
    gs_nof1_series x = {.n_day = k, .planned = planned, .day0 = GS_DAY_NONE};
    assert_int_equal(gs_nof1_infer(a, &x, &s, &err), GS_OK);
    assert_true(s->assumed);
    gs_nof1_design d = s->design;
    *n = s->n_period;
    gs_arena_free(a);
    return d;
}

static void test_designs_are_read_off_the_order(void **state)
{
    (void)state;
    size_t n;
    gs_nof1_design d = read_off("ABABABAB", 7, &n);
    assert_true(n == 8 && d.block == 2 && d.period_days == 7);
    d = read_off("ABBABAAB", 1, &n);
    assert_true(n == 8 && d.block == 2 && d.period_days == 1);
    d = read_off("AABBBABA", 3, &n);
    assert_true(n == 8 && d.block == 4);
    d = read_off("ABBABBAA", 2, &n);
    assert_true(n == 8 && d.block == 4);
    d = read_off("ABBBBAAAABBA", 1, &n);
    assert_true(n == 12 && d.block == 12 && d.treated == 6);
    d = read_off("ABA", 10, &n); /* one block, one of three */
    assert_true(n == 3 && d.block == 3 && d.treated == 1);
    d = read_off("A.ABBBA.ABBB", 1, &n); /* a day not said goes on as the day before */
    assert_true(n == 4 && d.block == 2);
    /* phases of 13, 15 and 14 days are phases, not days */
    d = read_off("AAAAAAAAAAAAABBBBBBBBBBBBBBBAAAAAAAAAAAAAABBBBBBBBBBBBBB", 1, &n);
    assert_true(n == 4 && d.block == 2);
    /* one day of B within weeks of A does not make a daily lottery */
    d = read_off("AAAAAAABAAAAAABBBBBBBBBBBBBB", 1, &n);
    assert_true(n == 4);
}

static void test_what_cannot_be_analysed_is_refused_with_the_mend(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_nof1_opts o = GS_NOF1_OPTS;
    const gs_nof1_result *r;
    gs_err err = {0};
    trial t;
    make(a, &t, 12, 2, 1, 0);
    for (size_t i = 0; i < t.series.n_obs; i++)
        t.obs[i].value = 3;
    assert_int_equal(gs_nof1_analyse(a, &t.series, t.s, &o, NULL, &r, &err), GS_ERANGE);
    assert_non_null(strstr(err.msg, "same on every day"));
    for (size_t i = 0; i < t.series.n_obs; i++)
        t.obs[i].value = t.planned[i] > 0 ? (double)NAN : (double)i;
    assert_int_equal(gs_nof1_analyse(a, &t.series, t.s, &o, NULL, &r, &err), GS_ERANGE);
    assert_non_null(strstr(err.msg, "3 of each"));
    t.series.lo = 0, t.series.hi = 10;
    assert_int_equal(gs_nof1_analyse(a, &t.series, t.s, &o, NULL, &r, &err), GS_ERANGE);
    assert_non_null(strstr(err.msg, "outside the scale"));
    for (size_t i = 0; i < t.series.n_day; i++)
        t.planned[i] = 1;
    assert_int_equal(gs_nof1_analyse(a, &t.series, NULL, &o, NULL, &r, &err), GS_ERANGE);
    assert_non_null(strstr(err.msg, "never varies"));
    gs_arena_free(a);
}

/* Trials of precision far beyond how people differ: nothing is shrunken, and the mean is
 * the mean. */
static void test_pooling_precise_trials_is_averaging(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_nof1_opts o = GS_NOF1_OPTS;
    gs_err err = {0};
    const gs_nof1_result *r[6];
    trial *t = GS_NEW(a, trial, 6);
    double mean = 0;
    o.n_draw = 400;
    for (size_t i = 0; i < 6; i++) {
        make(a, &t[i], 20, 2, 50 + i, -2.0 - (double)i);
        t[i].series.person = "P";
        assert_int_equal(gs_nof1_analyse(a, &t[i].series, t[i].s, &o, NULL, &r[i], &err),
                         GS_OK);
        mean += r[i]->model_itt.est / 6;
    }
    gs_nof1_pooled *x;
    assert_int_equal(gs_nof1_pool(a, 6, r, &o, &x, &err), GS_OK);
    CHECK_NEAR(x->mean, mean, 0.25);
    assert_true(x->sd_lo < 1.87 && x->sd_hi > 1.87); /* sd of 0..5 */
    assert_true(x->mean_better > 0.95 && x->p < 0.001);
    for (size_t i = 0; i < 6; i++) {
        const gs_nof1_person *p = &x->person[i];
        assert_true(fabs(p->shrunk - p->est) < 0.5);
        assert_true(p->shrunk_lo < p->shrunk && p->shrunk < p->shrunk_hi);
    }
    assert_int_equal(gs_nof1_pool(a, 1, r, &o, &x, &err), GS_EUSE);
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p_is_uniform_over_the_orders),
        cmocka_unit_test(test_swapping_the_names_mirrors_the_result),
        cmocka_unit_test(test_interval_ends_are_where_p_meets_the_level),
        cmocka_unit_test(test_full_dose_is_more_than_the_plan_that_was_half_kept),
        cmocka_unit_test(test_model_is_least_squares_when_noise_is_white),
        cmocka_unit_test(test_raters_and_repeats_do_not_add_days),
        cmocka_unit_test(test_few_orders_never_say_works_without_a_model),
        cmocka_unit_test(test_scores_and_counts_have_their_own_models),
        cmocka_unit_test(test_same_input_same_result),
        cmocka_unit_test(test_designs_are_read_off_the_order),
        cmocka_unit_test(test_what_cannot_be_analysed_is_refused_with_the_mend),
        cmocka_unit_test(test_pooling_precise_trials_is_averaging),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
