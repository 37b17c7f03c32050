/* Adaptive paths of models whose solution is known in closed form. */
#include "toy.h"

enum { DAYS = 60 };

static gs_sim *new_sim(const gs_kernel *k, double rtol)
{
    gs_sim *s;
    gs_sim_opts o = GS_SIM_OPTS;
    o.rtol = rtol;
    o.atol = 0.01 * rtol;
    assert_int_equal(gs_sim_new(k, &o, &s, NULL), GS_OK);
    return s;
}

static double chain_error(double rtol)
{
    gs_kernel k = chain_kernel(1);
    gs_sim *s = new_sim(&k, rtol);
    double par[] = {5, 0.2}, x[] = {1, 3}, lever[DAYS], out[(DAYS + 1) * 2], most = 0;
    for (size_t d = 0; d < DAYS; d++)
        lever[d] = (double)(d * 7 % 5);
    assert_int_equal(gs_sim_path(s, par, x, DAYS, lever, out, NULL, NULL), GS_OK);
    for (size_t d = 0; d < DAYS; d++) {
        chain_exact(par[0], par[1], lever[d], x);
        for (size_t i = 0; i < 2; i++)
            most = fmax(most, fabs(out[(d + 1) * 2 + i] - x[i]) / (1e-2 + fabs(x[i])));
    }
    gs_sim_free(s);
    return most;
}

TEST(two_compartments_follow_the_formula_as_closely_as_asked)
{
    (void)unused;
    assert_near(chain_error(1e-4), 0, 2e-4, "rtol 1e-4");
    assert_near(chain_error(1e-6), 0, 2e-6, "rtol 1e-6");
    assert_near(chain_error(1e-10), 0, 2e-10, "rtol 1e-10");
}

TEST(logistic_growth_follows_the_formula_when_capacity_jumps_at_midnight)
{
    (void)unused;
    gs_kernel k = logistic_kernel(1);
    gs_sim *s = new_sim(&k, 1e-9);
    double r = 2, x = 0.01, lever[DAYS], out_x[DAYS + 1], out_y[DAYS + 1];
    for (size_t d = 0; d < DAYS; d++)
        lever[d] = d % 9 == 4 ? 0.01 : 1 + (double)(d % 3);
    assert_int_equal(gs_sim_path(s, &r, &x, DAYS, lever, out_x, out_y, NULL), GS_OK);
    assert_true(out_x[0] == 0.01 && fabs(out_y[0] - 0.01) < 1e-17);
    for (size_t d = 0; d < DAYS; d++) {
        x = logistic_exact(r, lever[d], x);
        assert_near(log(out_x[d + 1]), log(x), 2e-8, "ln x");
        assert_near(out_y[d + 1], out_x[d + 1], 1e-15, "seen");
    }
    gs_sim_free(s);
}

/* The solution is cos t from a start off it; the stiffer, the more a method that only
 * looks accurate at rate 1 gives away (order reduction), but the error stays asked for. */
TEST(a_stiff_problem_costs_no_accuracy_at_any_stiffness)
{
    (void)unused;
    gs_kernel k = stiff_kernel(1);
    for (double rate = 1; rate <= 1e8; rate *= 100) {
        gs_sim *s = new_sim(&k, 1e-8);
        double par[] = {rate, 1.3}, x0[] = {1, 0, 2}, out[(DAYS + 1) * 3], most = 0;
        assert_int_equal(gs_sim_path(s, par, x0, DAYS, NULL, out, NULL, NULL), GS_OK);
        for (int d = 0; d <= DAYS; d++)
            most = fmax(most, fabs(out[d * 3 + 2] - cos(1.3 * d) - exp(-rate * d)));
        assert_near(most, 0, 1e-6, "Prothero-Robinson");
        gs_sim_free(s);
    }
}

TEST(events_fire_once_at_the_start_of_each_day)
{
    (void)unused;
    gs_kernel k = logistic_kernel(1);
    k.events = logistic_harvest;
    gs_sim *s = new_sim(&k, 1e-9);
    double r = 0.9, x = 0.3, lever[DAYS], out[DAYS + 1];
    size_t fired = 0;
    for (size_t d = 0; d < DAYS; d++)
        lever[d] = 1 + 0.01 * (double)d;
    assert_int_equal(gs_sim_path(s, &r, &x, DAYS, lever, out, NULL, NULL), GS_OK);
    for (size_t d = 0; d < DAYS; d++) {
        if (x > 0.5 * lever[d]) {
            x = 0.5 * sqrt(x * lever[d]);
            fired++;
        }
        x = logistic_exact(r, lever[d], x);
        assert_near(out[d + 1], x, 1e-8, "harvested");
    }
    assert_true(fired > 5 && fired < DAYS);
    gs_sim_free(s);
}

TEST(a_path_that_cannot_go_on_keeps_its_days_and_names_the_one_that_failed)
{
    (void)unused;
    gs_kernel k = logistic_kernel(1);
    gs_sim *s = new_sim(&k, 1e-6);
    gs_err err = {0};
    double r = 1, x = 0.3, lever[10], out[11];
    for (size_t d = 0; d < 10; d++)
        lever[d] = d == 6 ? NAN : 1;
    assert_int_equal(gs_sim_path(s, &r, &x, 10, lever, out, NULL, &err), GS_ENUM);
    assert_int_equal(err.line, 7);
    assert_true(isfinite(out[6]) && isnan(out[7]) && isnan(out[10]));
    /* and the object is as good as new */
    lever[6] = 1;
    assert_int_equal(gs_sim_path(s, &r, &x, 10, lever, out, NULL, &err), GS_OK);
    assert_true(isfinite(out[10]));
    gs_sim_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_compartments_follow_the_formula_as_closely_as_asked),
        cmocka_unit_test(
            logistic_growth_follows_the_formula_when_capacity_jumps_at_midnight),
        cmocka_unit_test(a_stiff_problem_costs_no_accuracy_at_any_stiffness),
        cmocka_unit_test(events_fire_once_at_the_start_of_each_day),
        cmocka_unit_test(
            a_path_that_cannot_go_on_keeps_its_days_and_names_the_one_that_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
