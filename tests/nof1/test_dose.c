/* Hierarchical dose response: planted kernels come back, and least squares is the limit. */
#include "check.h"
#include "gutskin/nof1.h"
#include "gutskin/rng.h"

#include <string.h>

enum { PEOPLE = 12, DAYS = 60 };

typedef struct world {
    int32_t day[DAYS];
    double value[PEOPLE][DAYS], dose[PEOPLE][DAYS];
    gs_nof1_dosed p[PEOPLE];
} world;

/* dose uniform(0, 10) a day; effect 0.4 a unit after `delay` days, at once */
static void make(world *w, size_t delay, double effect, double noise)
{
    gs_rng r = gs_rng_stream(3, 0, "dose test");
    for (size_t i = 0; i < PEOPLE; i++) {
        for (size_t t = 0; t < DAYS; t++) {
            w->day[t] = (int32_t)t;
            w->dose[i][t] = 10 * gs_rng_uniform(&r);
            w->value[i][t] = (double)i + noise * gs_rng_normal(&r) +
                             (t >= delay ? effect * w->dose[i][t - delay] : 5 * effect);
        }
        w->p[i] = (gs_nof1_dosed){"P", DAYS, w->day, w->value[i], DAYS, w->dose[i]};
    }
}

static void test_a_planted_kernel_and_size_come_back(void **state)
{
    (void)state;
    static world w;
    static const double delay[] = {0, 1, 2, 3}, tau[] = {0, 2, 5};
    gs_arena *a = gs_arena_new(0);
    gs_nof1_dose_opts o = GS_NOF1_DOSE_OPTS;
    gs_nof1_dose_result x;
    gs_err err = {0};
    make(&w, 2, 0.4, 1);
    o.n_delay = 4, o.delay = delay, o.n_tau = 3, o.tau = tau;
    assert_int_equal(gs_nof1_dose(a, PEOPLE, w.p, &o, &x, &err), GS_OK);
    double sum = 0;
    for (size_t k = 0; k < 12; k++)
        sum += x.kernel[k];
    CHECK_NEAR(sum, 1, 1e-12);
    assert_true(x.kernel[2 * 3] > 0.95);
    CHECK_NEAR(x.lag, 2, 1e-12);
    CHECK_NEAR(x.mean, 0.4, 0.04);
    assert_true(x.mean_lo < 0.4 && x.mean_hi > 0.4 && x.log_bayes > 50);
    for (size_t i = 0; i < PEOPLE; i++)
        CHECK_NEAR(x.person[i], 0.4, 0.1);
    gs_arena_free(a);
}

/* One kernel, no difference between people: least squares within people, closed form. */
static void test_white_noise_gives_least_squares(void **state)
{
    (void)state;
    static world w;
    static const double zero = 0;
    gs_arena *a = gs_arena_new(0);
    gs_nof1_dose_opts o = GS_NOF1_DOSE_OPTS;
    gs_nof1_dose_result x;
    gs_err err = {0};
    double sxx = 0, sxy = 0, ss = 0;
    make(&w, 0, 0.1, 1);
    o.n_delay = o.n_tau = 1, o.delay = o.tau = &zero;
    assert_int_equal(gs_nof1_dose(a, PEOPLE, w.p, &o, &x, &err), GS_OK);
    for (size_t i = 0; i < PEOPLE; i++) {
        double mx = 0, my = 0;
        for (size_t t = 0; t < DAYS; t++)
            mx += w.dose[i][t] / DAYS, my += w.value[i][t] / DAYS;
        for (size_t t = 0; t < DAYS; t++)
            sxx += (w.dose[i][t] - mx) * (w.dose[i][t] - mx),
                sxy += (w.dose[i][t] - mx) * (w.value[i][t] - my),
                ss += (w.value[i][t] - my) * (w.value[i][t] - my);
    }
    double b = sxy / sxx, df = PEOPLE * (DAYS - 1) - 1;
    double se = sqrt((ss - b * sxy) / df / sxx);
    CHECK_NEAR(x.mean, b, 0.25 * se);
    double ratio = (x.mean_hi - x.mean_lo) / (2 * 1.645 * se);
    assert_true(ratio > 0.9 && ratio < 1.25); /* people may differ a little */
    gs_arena_free(a);
}

static void test_nothing_to_learn_is_said(void **state)
{
    (void)state;
    static world w;
    static const double zero = 0;
    gs_arena *a = gs_arena_new(0);
    gs_nof1_dose_opts o = GS_NOF1_DOSE_OPTS;
    gs_nof1_dose_result x;
    gs_err err = {0};
    make(&w, 0, 0, 1);
    o.n_delay = o.n_tau = 1, o.delay = o.tau = &zero;
    assert_int_equal(gs_nof1_dose(a, PEOPLE, w.p, &o, &x, &err), GS_OK);
    assert_true(x.log_bayes < 0 && x.mean_lo < 0 && x.mean_hi > 0);
    for (size_t i = 0; i < PEOPLE; i++)
        for (size_t t = 0; t < DAYS; t++)
            w.dose[i][t] = 3;
    assert_int_equal(gs_nof1_dose(a, PEOPLE, w.p, &o, &x, &err), GS_ERANGE);
    assert_non_null(strstr(err.msg, "never varies"));
    w.p[0].n = 2;
    assert_int_equal(gs_nof1_dose(a, PEOPLE, w.p, &o, &x, &err), GS_ERANGE);
    assert_int_equal(gs_nof1_dose(a, 0, w.p, &o, &x, &err), GS_EUSE);
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_planted_kernel_and_size_come_back),
        cmocka_unit_test(test_white_noise_gives_least_squares),
        cmocka_unit_test(test_nothing_to_learn_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
