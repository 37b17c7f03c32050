/* Resting states: found, stable, on the branch where the search began. */
#include "toy.h"

#include "sim/lanes.h"

static gs_sim *new_sim(const gs_kernel *k)
{
    gs_sim *s;
    assert_int_equal(gs_sim_new(k, &GS_SIM_OPTS, &s, NULL), GS_OK);
    return s;
}

TEST(a_linear_chain_rests_where_flow_in_equals_flow_out)
{
    (void)unused;
    gs_kernel k = chain_kernel(1);
    gs_sim *s = new_sim(&k);
    double par[] = {0.7, 0.02}, u = 1.4, x[] = {30, 0};
    assert_int_equal(gs_sim_settle(s, par, &u, x, NULL), GS_OK);
    assert_near(x[0], 2, 1e-11, "a");
    assert_near(x[1], 70, 1e-9, "b");
    gs_sim_free(s);
}

/* the flow itself decides which branch a start belongs to */
static double flow_end(gs_sim *s, double a, double start)
{
    enum { LONG = 4000 };
    static double lever[LONG], out[LONG + 1];
    for (size_t d = 0; d < LONG; d++)
        lever[d] = 1;
    assert_int_equal(gs_sim_path(s, &a, &start, LONG, lever, out, NULL, NULL), GS_OK);
    return out[LONG];
}

TEST(settling_ends_where_the_flow_ends_from_either_side_of_the_threshold)
{
    (void)unused;
    gs_kernel k = switch_kernel(1);
    gs_sim *s = new_sim(&k);
    double one = 1;
    size_t low = 0, high = 0;
    for (double a = 0.01; a < 0.12; a += 0.015)
        for (double start = 0.005; start < 1; start += 0.09) {
            double x = start, flow = flow_end(s, a, start);
            assert_int_equal(gs_sim_settle(s, &a, &one, &x, NULL), GS_OK);
            assert_near(x, flow, 1e-6, "settled against 4000 days");
            low += x < 0.3;
            high += x > 0.3;
        }
    assert_true(low > 20 && high > 20);
    gs_sim_free(s);
}

TEST(the_saddle_between_two_branches_is_not_a_resting_state)
{
    (void)unused;
    gs_kernel k = switch_kernel(1);
    gs_sim *s = new_sim(&k);
    double a = 0.05, one = 1, lo = 0.1, hi = 0.6, f, j;
    for (int i = 0; i < 80; i++) { /* bisect for the root in the middle */
        double m = 0.5 * (lo + hi);
        switch_rhs(&k, &m, &a, &one, &f);
        *(f < 0 ? &lo : &hi) = m;
    }
    switch_jac(&k, &lo, &a, &one, &f, &j, NULL);
    assert_true(j > 0);
    s->jac[0] = j;
    assert_false(gs_sim_is_stable(s));
    s->jac[0] = -j;
    assert_true(gs_sim_is_stable(s));
    gs_sim_free(s);
}

/* a turning pair with damping c: stable exactly when c > 0 */
TEST(stability_sees_growing_oscillations_too)
{
    (void)unused;
    gs_kernel k = stiff_kernel(1);
    gs_sim *s = new_sim(&k);
    const double damping[] = {1e-3, -1e-3};
    for (size_t i = 0; i < 2; i++) {
        const double j[] = {-damping[i], -2, 2, -damping[i], 7, 1, -40};
        memcpy(s->jac, j, sizeof j);
        assert_int_equal(gs_sim_is_stable(s), i == 0);
    }
    gs_sim_free(s);
}

TEST(what_never_rests_is_said_and_leaves_x_alone)
{
    (void)unused;
    gs_kernel k = stiff_kernel(1);
    gs_sim *s = new_sim(&k);
    gs_err err = {0};
    double par[] = {1, 1}, x[] = {1, 0, 2};
    assert_int_equal(gs_sim_settle(s, par, NULL, x, &err), GS_ENUM);
    assert_true(x[0] == 1 && x[1] == 0 && x[2] == 2);
    assert_true(err.msg[0] != 0);
    par[0] = NAN;
    assert_int_equal(gs_sim_settle(s, par, NULL, x, &err), GS_ENUM);
    gs_sim_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_chain_rests_where_flow_in_equals_flow_out),
        cmocka_unit_test(
            settling_ends_where_the_flow_ends_from_either_side_of_the_threshold),
        cmocka_unit_test(the_saddle_between_two_branches_is_not_a_resting_state),
        cmocka_unit_test(stability_sees_growing_oscillations_too),
        cmocka_unit_test(what_never_rests_is_said_and_leaves_x_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
