/* Labs: the likelihood of values is what an offset integrated by hand gives, and values that
 * follow a lever move its gain. */
#include "check.h"

#include "gutskin/labs.h"
#include "gutskin/sim.h"

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

/* ln L of residuals r with noise e and a shared offset s, as the fit computes it. */
static double loglik(size_t n, const double *r, double e, double s, double *d)
{
    gs_value v[4];
    double ln_y[4];
    static const gs_channel one = {.name = "one"};
    for (size_t i = 0; i < n; i++) {
        v[i] = (gs_value){.channel = &one, .value = 1, .noise = exp(e), .offset = exp(s)};
        ln_y[i] = -r[i];
    }
    return gs_infer_values_loglik(n, v, ln_y, d);
}

static void test_offset_is_integrated_out(void **state)
{
    (void)state;
    const double r[] = {0.9, 0.4, 1.3, -0.2}, zero[4] = {0};
    for (size_t n = 1; n <= 4; n++)
        for (double s = 0.3; s < 3; s *= 3) {
            double want = by_sum(n, r, 0.5, s) - by_sum(n, zero, 0.5, s);
            double got = loglik(n, r, 0.5, s, NULL) - loglik(n, zero, 0.5, s, NULL);
            CHECK_NEAR(got, want, 1e-6); /* the sum's step */
        }
}

static void test_one_value_is_a_gaussian_of_both_spreads(void **state)
{
    (void)state;
    double r = 1.7;
    CHECK_NEAR(loglik(1, &r, 0.5, 1.2, NULL), -0.5 * r * r / (0.25 + 1.44), 1e-12);
    CHECK_NEAR(loglik(1, &r, 0.5, 0, NULL), -0.5 * r * r / 0.25, 1e-12);
}

/* a very wide offset leaves only how values of a channel differ from each other */
static void test_a_wide_offset_leaves_differences_only(void **state)
{
    (void)state;
    const double r[] = {0.3, 1.0}, moved[] = {5.3, 6.0};
    CHECK_NEAR(loglik(2, r, 0.5, 1e4, NULL), loglik(2, moved, 0.5, 1e4, NULL), 1e-6);
    CHECK_NEAR(loglik(2, r, 0.5, 1e4, NULL), -0.25 * 0.49 / 0.25, 1e-6);
}

static void test_slopes_are_differences(void **state)
{
    (void)state;
    double r[] = {0.3, 1.0, -0.7}, d[3];
    loglik(3, r, 0.4, 0.9, d);
    for (size_t i = 0; i < 3; i++) {
        double was = r[i];
        r[i] = was - 1e-4; /* r falls as ln y rises */
        double up = loglik(3, r, 0.4, 0.9, NULL);
        r[i] = was + 1e-4;
        CHECK_NEAR(d[i], (up - loglik(3, r, 0.4, 0.9, NULL)) / 2e-4, 1e-7);
        r[i] = was;
    }
}

/* ---- the shipped axis ------------------------------------------------------------------- */

enum { N_DAY = 84, N_VALUE = 6 };

/* Two weeks of much fibre, two of little, in turns; a stool result at the end of each. */
static double moved_by(double gain)
{
    gs_arena *a = gs_arena_new(0);
    const gs_kernel *k = gs_axis();
    gs_err err = {0};
    double fibre[N_DAY], day_value[3] = {4, 5, 4};
    int32_t score_day[3] = {1, 40, 80};
    gs_lab lab[N_VALUE];
    const gs_channel *share = gs_channel_find("butyrate_share"), *acne = gs_channel_find("acne");
    gs_lever_series lever = {"fibre", fibre, false, N_DAY};
    gs_series series = {"acne", acne, gs_scale_find("0-10"), "acne", 3, score_day, day_value};
    for (size_t d = 0; d < N_DAY; d++)
        fibre[d] = d / 14 % 2 ? 6 : 45;
    for (int i = 0; i < N_VALUE; i++)
        lab[i] = (gs_lab){share, 14 * i + 13, 0.2, NAN};
    gs_obs obs = {.person = "planted", .n_day = N_DAY, .n_series = 1, .series = &series,
                  .n_lever = 1, .lever = &lever, .n_lab = N_VALUE, .lab = lab, .condition = GS_ACNE};
    /* what a person of this gain would show */
    double *par = GS_NEW(a, double, k->n_par), *u = GS_NEW(a, double, k->n_lever);
    double *x0 = GS_NEW(a, double, k->n_state), *path = GS_NEW(a, double, N_DAY * k->n_lever);
    double *y = GS_NEW(a, double, (N_DAY + 1) * k->n_see);
    gs_kernel_defaults(k, par, u, x0);
    long i_gain = gs_kernel_par(k, "gain_fibre"), i_see = gs_kernel_see(k, "butyrate_share");
    long i_fibre = gs_kernel_lever(k, "fibre");
    par[i_gain] = gain;
    gs_sim *s;
    assert_int_equal(gs_sim_new(k, &GS_SIM_OPTS, &s, &err), GS_OK);
    u[i_fibre] = 18;
    assert_int_equal(gs_sim_settle(s, par, u, x0, &err), GS_OK);
    for (size_t d = 0; d < N_DAY; d++) {
        memcpy(path + d * k->n_lever, u, k->n_lever * sizeof *u);
        path[d * k->n_lever + (size_t)i_fibre] = fibre[d];
    }
    assert_int_equal(gs_sim_path(s, par, x0, N_DAY, path, NULL, y, &err), GS_OK);
    gs_sim_free(s);
    for (int i = 0; i < N_VALUE; i++) /* this laboratory finds half of what is there */
        lab[i].value = 0.5 * y[((size_t)lab[i].day + 1) * k->n_see + (size_t)i_see];
    gs_fit *f;
    gs_labs *x;
    gs_labs_opts o = {.n_draw = 150, .prior = true};
    assert_int_equal(gs_infer_believe(a, k, &obs, 150, 1, &f, &err), GS_OK);
    assert_int_equal(gs_labs_shift(a, k, &obs, f, &o, NULL, &x, &err), GS_OK);
    double moved = NAN;
    for (size_t i = 0; i < x->n_item; i++)
        if (strcmp(x->item[i].name, "gain_fibre") == 0)
            moved = x->item[i].moved;
    for (size_t i = 0; i < x->n_value; i++)
        assert_true(x->value[i].expected.q95 <= 1 && x->value[i].expected.q05 > 0);
    gs_arena_free(a);
    return moved;
}

/* The offset of the laboratory hides the level; the answer to fibre still shows. */
static void test_shares_that_follow_fibre_raise_what_fibre_is_believed_to_do(void **state)
{
    (void)state;
    double up = moved_by(3), none = moved_by(0), down = moved_by(-1.5);
    if (!(up > 0.2 && down < -0.1 && up > none && none > down))
        fail_msg("moved %.3f, %.3f, %.3f for gains 3, 0, -1.5", up, none, down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offset_is_integrated_out),
        cmocka_unit_test(test_one_value_is_a_gaussian_of_both_spreads),
        cmocka_unit_test(test_a_wide_offset_leaves_differences_only),
        cmocka_unit_test(test_slopes_are_differences),
        cmocka_unit_test(test_shares_that_follow_fibre_raise_what_fibre_is_believed_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
