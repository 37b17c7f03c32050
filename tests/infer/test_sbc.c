/* Calibration of the whole fit, bench/sbc.h: the truth's rank among the draws is uniform.
 * A short study always, several hundred replications when GS_FULL=ON. */
#include "check.h"
#include "../../bench/sbc.h"

/* 40.8 is passed once in 3000 by chi-square with 15 degrees of freedom, 4 standard errors
 * once in 16000: with some 15 dimensions a false alarm is rarer than 1 in 150. */
static void judge(const sbc_study *s)
{
    for (size_t d = 0; d < s->n_dim; d++) {
        double chi2 = sbc_chi2(s, d), shift = sbc_shift(s, d), spread = sbc_spread(s, d);
        if (!(chi2 < tolerance(40.8)) || !(fabs(shift) < 4) || !(fabs(spread) < 4))
            fail_msg("%s: chi2 %.1f on 15, shift %.2f se, spread %.2f se", s->name[d], chi2,
                     shift, spread);
    }
}

static void study(sbc_kind kind, size_t n_rep)
{
    sbc_study s = {.kind = kind, .n_rep = n_rep, .n_warmup = 100, .n_draw = 100};
    s.rank = calloc(n_rep * SBC_DIM, sizeof *s.rank);
    assert_non_null(s.rank);
    sbc_run(&s, 2);
    judge(&s);
    free(s.rank);
}

static bool full(void)
{
    const char *f = getenv("GS_FULL");
    return f && strcmp(f, "ON") == 0;
}

static void test_truths_rank_uniformly_among_draws__bounded_numbers(void **state)
{
    (void)state;
    study(SBC_BOUNDED, full() ? 400 : 48);
}

static void test_truths_rank_uniformly_among_draws__ordered_scores(void **state)
{
    (void)state;
    study(SBC_ORDERED, full() ? 300 : 8);
}

static void test_truths_rank_uniformly_among_draws__a_condition_that_flares(void **state)
{
    (void)state;
    study(SBC_SWITCHING, full() ? 300 : 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truths_rank_uniformly_among_draws__bounded_numbers),
        cmocka_unit_test(test_truths_rank_uniformly_among_draws__ordered_scores),
        cmocka_unit_test(
            test_truths_rank_uniformly_among_draws__a_condition_that_flares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
