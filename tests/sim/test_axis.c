/* The integrators on the whole axis: against CVODE, against each other, and on both
 * branches of its switches. */
#include "axis.h"

#include "cvode_judge.h"
#include "sim/grid.h"

enum { DAYS = 130 };

static gs_sim *new_sim(const gs_kernel *k, double rtol)
{
    gs_sim *s;
    gs_sim_opts o = GS_SIM_OPTS;
    o.rtol = rtol;
    o.atol = 0.01 * rtol;
    assert_int_equal(gs_sim_new(k, &o, &s, NULL), GS_OK);
    return s;
}

/* largest |a - b|/(0.01 + |b|) */
static double apart(size_t n, const double *a, const double *b)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double e = fabs(a[i] - b[i]) / (0.01 + fabs(b[i]));
        if (!(e <= most))
            most = e;
    }
    return most;
}

/* ---- against CVODE ---- */

#ifdef HAVE_CVODE
static void judge(const gs_kernel *k, uint64_t seed, bool eventful, const double *par)
{
    static double lever[DAYS * MOST_LEVER], want[(DAYS + 1) * MOST_STATE],
        got[(DAYS + 1) * MOST_STATE];
    double x[MOST_STATE];
    const double rtol[] = {1e-4, 1e-6, 1e-9}, allowed[] = {2e-3, 2e-5, 2e-8};
    if (eventful)
        eventful_days(k, seed, DAYS, lever);
    else
        ordinary_days(k, seed, DAYS, lever);
    for (size_t i = 0; i < N_OF(rtol); i++) {
        gs_sim *s = new_sim(k, rtol[i]);
        settled(s, k, par, x);
        if (i == 0)
            judge_path(k, par, x, DAYS, lever, 1e-10, 1e-12, want);
        assert_int_equal(gs_sim_path(s, par, x, DAYS, lever, got, NULL, NULL), GS_OK);
        double e = apart((DAYS + 1) * k->n_state, got, want);
        printf("# %s seed %d %s rtol %.0e: %.1e from CVODE\n", k->slaved ? "slaved" : "full",
               (int)seed, eventful ? "eventful" : "ordinary", rtol[i], e);
        assert_near(e, 0, allowed[i], "largest error of any state on any day");
        gs_sim_free(s);
    }
}
#endif

TEST(paths_are_those_of_cvode_at_1e_10)
{
    (void)unused;
#ifdef HAVE_CVODE
    for (int slaved = 0; slaved < 2; slaved++) {
        gs_arena *a = gs_arena_new(0);
        const gs_kernel *k = axis_kernel(a, slaved);
        double par[MOST_PAR];
        draw_person(k, 1, par);
        judge(k, 1, false, par);
        draw_person(k, 2, par);
        judge(k, 2, true, par);
        par[gs_kernel_par(k, "risk_eczema")] = 0.8; /* flares and is treated */
        judge(k, 3, true, par);
        gs_arena_free(a);
    }
#else
    printf("# SUNDIALS is not installed: not judged by CVODE\n");
    skip();
#endif
}

/* ---- the grid against the adaptive path ---- */

TEST(the_grid_follows_the_adaptive_path_with_one_step_a_day)
{
    (void)unused;
    enum { PEOPLE = 6 };
    static double lever[DAYS * MOST_LEVER], want[(DAYS + 1) * MOST_SEE],
        got[(DAYS + 1) * MOST_SEE];
    const char *signal[] = {"signal_eczema", "signal_psoriasis", "signal_acne",
                            "signal_rosacea", "signal_dryness"};
    for (int slaved = 0; slaved < 2; slaved++) {
        gs_arena *a = gs_arena_new(0);
        const gs_kernel *k = axis_kernel(a, slaved);
        gs_sim *s = new_sim(k, 1e-9);
        double most = 0, sum = 0, par[MOST_PAR], x[MOST_STATE];
        uint32_t see[N_OF(signal)];
        for (size_t i = 0; i < N_OF(signal); i++)
            see[i] = (uint32_t)gs_kernel_see(k, signal[i]);
        for (uint64_t who = 0; who < PEOPLE; who++) {
            draw_person(k, who, par);
            settled(s, k, par, x);
            eventful_days(k, who, DAYS, lever);
            assert_int_equal(gs_sim_path(s, par, x, DAYS, lever, NULL, want, NULL), GS_OK);
            assert_int_equal(gs_sim_grad(s, par, x, false, NULL, DAYS, lever, 0, NULL,
                                         N_OF(signal), see, got, NULL, NULL, NULL), GS_OK);
            for (size_t d = 0; d <= DAYS; d++)
                for (size_t i = 0; i < N_OF(signal); i++) {
                    double e = fabs(got[d * N_OF(signal) + i] -
                                    want[d * k->n_see + see[i]]);
                    most = fmax(most, e);
                    sum += e * e;
                }
        }
        double rms = sqrt(sum / (PEOPLE * (DAYS + 1) * N_OF(signal)));
        printf("# %s: largest %.1e, rms %.1e on ln severity\n",
               slaved ? "slaved" : "full", most, rms);
        /* a score's own noise is 0.15 and more on this scale */
        assert_near(most, 0, 8e-3, "largest error of a signal");
        assert_near(rms, 0, 5e-4, "rms error of the signals");
        gs_sim_free(s);
        gs_arena_free(a);
    }
}

/* ---- derivatives ---- */

TEST(derivatives_agree_with_differences_of_eighth_order)
{
    (void)unused;
    enum { N = 75 };
    static const double w[] = {4. / 5, -1. / 5, 4. / 105, -1. / 280};
    static double lever[N * MOST_LEVER], y[(N + 1) * 2], dy[(N + 1) * 2 * 8],
        up[(N + 1) * 2], down[(N + 1) * 2];
    const char *name[] = {"risk_eczema", "risk_acne", "gain_stress", "gain_sleep",
                          "gain_glycaemic", "gain_sugar", "gain_steroid", "gain_fermented"};
    for (int slaved = 0; slaved < 2; slaved++) {
        gs_arena *a = gs_arena_new(0);
        const gs_kernel *k = axis_kernel(a, slaved);
        gs_sim *s = new_sim(k, 1e-6);
        double par[MOST_PAR], p[MOST_PAR], x[MOST_STATE], habit[MOST_LEVER];
        uint32_t see[] = {(uint32_t)gs_kernel_see(k, "signal_eczema"),
                          (uint32_t)gs_kernel_see(k, "signal_acne")}, free_par[8];
        for (size_t i = 0; i < 8; i++)
            free_par[i] = (uint32_t)gs_kernel_par(k, name[i]);
        eventful_days(k, 4, N, lever);
        draw_person(k, 5, par);
        gs_kernel_defaults(k, p, habit, x);
        habit[gs_kernel_lever(k, "stress")] = 0.5; /* lives a little above typical */
        assert_int_equal(gs_sim_grad(s, par, x, true, habit, N, lever, 8, free_par, 2, see,
                                     y, dy, NULL, NULL), GS_OK);
        assert_int_equal(gs_sim_grad(s, par, x, true, habit, N, lever, 0, NULL, 2, see, up,
                                     NULL, NULL, NULL), GS_OK);
        assert_memory_equal(y, up, sizeof y); /* one function, asked either way */
        for (size_t c = 0; c < 8; c++) {
            double d[(N + 1) * 2] = {0}, h = 3e-3, size = 0;
            for (int i = 1; i <= 4; i++) {
                memcpy(p, par, sizeof p);
                p[free_par[c]] = par[free_par[c]] + i * h;
                assert_int_equal(gs_sim_grad(s, p, x, true, habit, N, lever, 0, NULL, 2,
                                             see, up, NULL, NULL, NULL), GS_OK);
                p[free_par[c]] = par[free_par[c]] - i * h;
                assert_int_equal(gs_sim_grad(s, p, x, true, habit, N, lever, 0, NULL, 2,
                                             see, down, NULL, NULL, NULL), GS_OK);
                for (size_t j = 0; j < (N + 1) * 2; j++)
                    d[j] += w[i - 1] * (up[j] - down[j]) / h;
            }
            for (size_t j = 0; j < (N + 1) * 2; j++)
                size = fmax(size, fabs(d[j]));
            assert_true(size > 0);
            for (size_t j = 0; j < (N + 1) * 2; j++)
                assert_near(dy[j * 8 + c] / size, d[j] / size, 1e-7, name[c]);
        }
        gs_sim_free(s);
        gs_arena_free(a);
    }
}

TEST(a_column_does_not_depend_on_its_neighbours)
{
    (void)unused;
    enum { N = 25 };
    static double lever[N * MOST_LEVER], y[N + 1], one[N + 1], all[(N + 1) * MOST_PAR];
    gs_arena *a = gs_arena_new(0);
    const gs_kernel *k = axis_kernel(a, false);
    gs_sim *s = new_sim(k, 1e-6);
    double par[MOST_PAR], x[MOST_STATE], habit[MOST_LEVER];
    uint32_t see[] = {(uint32_t)gs_kernel_see(k, "signal_rosacea")}, p[MOST_PAR];
    size_t n = 0;
    draw_person(k, 6, par);
    gs_kernel_defaults(k, (double[MOST_PAR]){0}, habit, x);
    ordinary_days(k, 6, N, lever);
    for (size_t i = 0; i < k->n_par; i++)
        if (k->par[i].personal)
            p[n++] = (uint32_t)i;
    assert_true(n > 16); /* wider than the widest block */
    assert_int_equal(gs_sim_grad(s, par, x, true, habit, N, lever, n, p, 1, see, y, all,
                                 NULL, NULL), GS_OK);
    for (size_t c = 0; c < n; c++) {
        assert_int_equal(gs_sim_grad(s, par, x, true, habit, N, lever, 1, p + c, 1, see, y,
                                     one, NULL, NULL), GS_OK);
        for (size_t d = 0; d <= N; d++)
            assert_true(one[d] == all[d * n + c]);
    }
    gs_sim_free(s);
    gs_arena_free(a);
}

/* ---- rest ---- */

TEST(settling_ends_where_ten_years_of_days_end)
{
    (void)unused;
    enum { LONG = 3650 };
    static double lever[LONG * MOST_LEVER], out[(LONG + 1) * MOST_STATE];
    gs_arena *a = gs_arena_new(0);
    const gs_kernel *k = axis_kernel(a, true);
    gs_sim *s = new_sim(k, 1e-5);
    size_t flaring = 0;
    habit_days(k, LONG, lever);
    for (uint64_t who = 0; who < 8; who++)
        for (int flare = 0; flare < 2; flare++) {
            double par[MOST_PAR], p[MOST_PAR], u[MOST_LEVER], x[MOST_STATE];
            draw_person(k, who, par);
            gs_kernel_defaults(k, p, u, x);
            if (flare) {
                x[gs_kernel_state(k, "Y")] = 0.9;
                x[gs_kernel_state(k, "Bs")] = 0.45;
            }
            assert_int_equal(gs_sim_path(s, par, x, LONG, lever, out, NULL, NULL), GS_OK);
            assert_int_equal(gs_sim_settle(s, par, u, x, NULL), GS_OK);
            double e = apart(k->n_state, x, out + LONG * k->n_state);
            if (e > 1e-3)
                printf("# person %d, flare %d: %.1e apart\n", (int)who, flare, e);
            assert_near(e, 0, 1e-3, "settled against ten years");
            flaring += x[gs_kernel_state(k, "Y")] > 0.3;
        }
    assert_true(flaring > 0 && flaring < 16);
    gs_sim_free(s);
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_those_of_cvode_at_1e_10),
        cmocka_unit_test(the_grid_follows_the_adaptive_path_with_one_step_a_day),
        cmocka_unit_test(derivatives_agree_with_differences_of_eighth_order),
        cmocka_unit_test(a_column_does_not_depend_on_its_neighbours),
        cmocka_unit_test(settling_ends_where_ten_years_of_days_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
