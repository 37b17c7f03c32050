/* Labs: the weight of a draw is what an offset integrated by hand gives. */
#include "check.h"

#include "gutskin/labs.h"

#include <string.h>

/* ln of the integral over m of N(m; 0, s) prod N(r_i - m; 0, e), by a fine sum */
static double by_sum(size_t n, const double *r, double e, double s)
{
    double sum = 0;
    for (int i = -40000; i <= 40000; i++) {
        double m = i * s * 2.5e-4, log_p = -0.5 * m * m / (s * s);
        for (size_t j = 0; j < n; j++)
            log_p -= 0.5 * (r[j] - m) * (r[j] - m) / (e * e);
        sum += exp(log_p);
    }
    return log(sum);
}

static void test_offset_is_integrated_out(void **state)
{
    (void)state;
    const double r[] = {0.9, 0.4, 1.3, -0.2}, zero[4] = {0};
    for (size_t n = 1; n <= 4; n++)
        for (double s = 0.3; s < 3; s *= 3) {
            double want = by_sum(n, r, 0.5, s) - by_sum(n, zero, 0.5, s);
            double got = gs_labs_loglik(n, r, 0.5, s) - gs_labs_loglik(n, zero, 0.5, s);
            CHECK_NEAR(got, want, 1e-6); /* the sum's step */
        }
}

static void test_one_value_is_a_gaussian_of_both_spreads(void **state)
{
    (void)state;
    double r = 1.7;
    CHECK_NEAR(gs_labs_loglik(1, &r, 0.5, 1.2), -0.5 * r * r / (0.25 + 1.44), 1e-12);
    CHECK_NEAR(gs_labs_loglik(1, &r, 0.5, 0), -0.5 * r * r / 0.25, 1e-12);
}

/* a very wide offset leaves only how values of a channel differ from each other */
static void test_a_wide_offset_leaves_differences_only(void **state)
{
    (void)state;
    const double r[] = {0.3, 1.0}, moved[] = {5.3, 6.0};
    CHECK_NEAR(gs_labs_loglik(2, r, 0.5, 1e4), gs_labs_loglik(2, moved, 0.5, 1e4), 1e-6);
    CHECK_NEAR(gs_labs_loglik(2, r, 0.5, 1e4), -0.25 * 0.49 / 0.25, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offset_is_integrated_out),
        cmocka_unit_test(test_one_value_is_a_gaussian_of_both_spreads),
        cmocka_unit_test(test_a_wide_offset_leaves_differences_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
