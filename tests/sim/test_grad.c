/* The fixed grid: its order, and that its derivatives are those of its own values. */
#include "toy.h"

#include "sim/grid.h"

enum { DAYS = 40 };

static gs_sim *new_sim(const gs_kernel *k, size_t steps)
{
    gs_sim *s;
    gs_sim_opts o = GS_SIM_OPTS;
    o.grid_steps = steps;
    assert_int_equal(gs_sim_new(k, &o, &s, NULL), GS_OK);
    return s;
}

static double chain_grid_error(size_t steps)
{
    gs_kernel k = chain_kernel(1);
    gs_sim *s = new_sim(&k, steps);
    const uint32_t see[] = {0};
    double par[] = {1.1, 0.2}, x[] = {1, 3}, lever[DAYS], y[DAYS + 1], most = 0;
    for (size_t d = 0; d < DAYS; d++)
        lever[d] = 1 + (double)(d * 7 % 5);
    assert_int_equal(gs_sim_grad(s, par, x, false, NULL, DAYS, lever, 0, NULL, 1, see, y,
                                 NULL, NULL, NULL), GS_OK);
    for (size_t d = 0; d < DAYS; d++) {
        chain_exact(par[0], par[1], lever[d], x);
        most = fmax(most, fabs(y[d + 1] - x[1]));
    }
    gs_sim_free(s);
    return most;
}

TEST(the_grid_is_of_the_order_it_claims)
{
    (void)unused;
    double e1 = chain_grid_error(8), e2 = chain_grid_error(16);
    printf("# grid: order %.2f measured, error %.1e at 1 step a day\n", log2(e1 / e2),
           chain_grid_error(1));
    assert_true(log2(e1 / e2) > 3.8);
    assert_true(log2(e1 / e2) < 4.6);
}

/* ---- derivatives against differences of eighth order ---- */

typedef struct setting {
    gs_kernel k;
    double par[2], x0[3], habit[1], lever[DAYS];
    bool settle;
    size_t steps;
} setting;

static void run(const setting *c, const double *par, double *y, double *dy)
{
    gs_sim *s = new_sim(&c->k, c->steps);
    const uint32_t free_par[] = {0, 1}, see[] = {0, 1};
    assert_int_equal(gs_sim_grad(s, par, c->x0, c->settle, c->habit, DAYS, c->lever,
                                 c->k.n_par, free_par, c->k.n_see, see, y, dy, NULL,
                                 NULL), GS_OK);
    gs_sim_free(s);
}

static void check_derivatives(const setting *c)
{
    enum { MOST = (DAYS + 1) * 2 };
    static const double w[] = {4. / 5, -1. / 5, 4. / 105, -1. / 280};
    size_t n_out = (DAYS + 1) * c->k.n_see, n_par = c->k.n_par;
    double y[MOST], dy[MOST * 2], again[MOST], up[MOST], down[MOST], par[2];
    run(c, c->par, y, dy);
    run(c, c->par, again, NULL);
    assert_memory_equal(y, again, n_out * sizeof *y); /* one function, asked either way */
    for (size_t p = 0; p < n_par; p++) {
        double d[MOST] = {0}, h = 4e-3 * c->par[p], size = 0;
        for (int i = 1; i <= 4; i++) {
            memcpy(par, c->par, sizeof par);
            par[p] = c->par[p] + i * h;
            run(c, par, up, NULL);
            par[p] = c->par[p] - i * h;
            run(c, par, down, NULL);
            for (size_t j = 0; j < n_out; j++)
                d[j] += w[i - 1] * (up[j] - down[j]) / h;
        }
        for (size_t j = 0; j < n_out; j++)
            size = fmax(size, fabs(d[j]));
        for (size_t j = 0; j < n_out; j++)
            assert_near(dy[j * n_par + p] / size, d[j] / size, 1e-7, "derivative");
    }
}

static setting chain_setting(bool settle, size_t steps)
{
    setting c = {.k = chain_kernel(1), .par = {0.7, 0.2}, .x0 = {1, 0.5}, .habit = {1.3},
                 .settle = settle, .steps = steps};
    for (size_t d = 0; d < DAYS; d++)
        c.lever[d] = d < 3 ? 1.3 : 0.5 + (double)(d / 2 * 7 % 5);
    return c;
}

TEST(derivatives_are_those_of_the_discrete_solution)
{
    (void)unused;
    for (size_t steps = 1; steps <= 3; steps++) {
        setting c = chain_setting(false, steps);
        check_derivatives(&c);
        setting g = {.k = logistic_kernel(1), .par = {1.1}, .x0 = {0.01}, .steps = steps};
        for (size_t d = 0; d < DAYS; d++)
            g.lever[d] = d % 9 == 4 ? 0.05 : 1 + (double)(d % 3);
        check_derivatives(&g);
        setting p = {.k = stiff_kernel(1), .par = {8, 0.3}, .x0 = {1, 0, 1.5},
                     .steps = steps};
        check_derivatives(&p);
    }
}

TEST(derivatives_of_a_settled_start_are_included)
{
    (void)unused;
    setting c = chain_setting(true, 1);
    check_derivatives(&c);
    setting b = {.k = switch_kernel(1), .par = {0.05}, .x0 = {0.9}, .habit = {1},
                 .settle = true, .steps = 1};
    for (size_t d = 0; d < DAYS; d++)
        b.lever[d] = d < 20 ? 1 : 3;
    check_derivatives(&b);
    b.x0[0] = 0.02; /* the other branch */
    check_derivatives(&b);
}

TEST(derivatives_pass_through_events)
{
    (void)unused;
    setting g = {.k = logistic_kernel(1), .par = {0.9}, .x0 = {0.3}, .steps = 2};
    g.k.n_event = 1;
    g.k.events = logistic_harvest;
    g.k.events_grad = logistic_harvest_grad;
    for (size_t d = 0; d < DAYS; d++)
        g.lever[d] = 1 + 0.01 * (double)d;
    check_derivatives(&g);
}

/* a capacity of a thousandth decays a thousand times faster than the grid expects */
TEST(derivatives_pass_through_days_too_stiff_for_the_exponential_steps)
{
    (void)unused;
    setting g = {.k = logistic_kernel(1), .par = {1.1}, .x0 = {0.01}, .steps = 1};
    gs_sim *s = new_sim(&g.k, 1);
    const uint32_t see[] = {0};
    double y[DAYS + 1];
    for (size_t d = 0; d < DAYS; d++)
        g.lever[d] = d % 9 == 8 ? 1e-3 : d % 5 == 2 ? 0.05 : 1;
    check_derivatives(&g);
    assert_int_equal(gs_sim_grad(s, g.par, g.x0, false, NULL, DAYS, g.lever, 0, NULL, 1,
                                 see, y, NULL, NULL, NULL), GS_OK);
    assert_true(s->grid->n_stiff >= 2 && s->grid->n_fine > s->grid->n_stiff);
    gs_sim_free(s);
}

TEST(a_jump_that_newton_cannot_take_at_once_is_taken_in_pieces)
{
    (void)unused;
    gs_kernel k = logistic_kernel(1);
    gs_sim *s = new_sim(&k, 1);
    const uint32_t see[] = {0};
    double r = 9, x = 5e-9, lever[DAYS], y[DAYS + 1];
    for (size_t d = 0; d < DAYS; d++)
        lever[d] = d % 2 ? 1e3 : 1e-8;
    assert_int_equal(gs_sim_grad(s, &r, &x, false, NULL, DAYS, lever, 0, NULL, 1, see, y,
                                 NULL, NULL, NULL), GS_OK);
    for (size_t d = 0; d <= DAYS; d++)
        assert_true(isfinite(y[d]) && y[d] > 0);
    gs_sim_free(s);
}

/* what an earlier path that failed may have left in the workspace must not matter */
TEST(a_workspace_full_of_nan_gives_the_same_numbers)
{
    (void)unused;
    gs_kernel k = logistic_kernel(1);
    const uint32_t zero[] = {0};
    double r = 1, x = 0.5, lever[3] = {1, 2, 1e-3}, y[2][4], dy[2][4];
    for (int poisoned = 0; poisoned < 2; poisoned++) {
        gs_sim *s = new_sim(&k, 1);
        gs_grid *g = s->grid;
        for (size_t i = 0; poisoned && i < GS_GRID_STAGES; i++)
            g->f[i] = g->k[i * 4] = g->ss[0] = g->s[0] = g->zs[0] = g->w[0] = NAN;
        assert_int_equal(gs_sim_grad(s, &r, &x, false, NULL, 3, lever, 1, zero, 1, zero,
                                     y[poisoned], dy[poisoned], NULL, NULL), GS_OK);
        assert_int_equal(g->n_stiff, 1);
        gs_sim_free(s);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    assert_memory_equal(dy[0], dy[1], sizeof dy[0]);
}

TEST(what_cannot_be_followed_is_said)
{
    (void)unused;
    gs_kernel k = logistic_kernel(1);
    gs_sim *s = new_sim(&k, 1);
    gs_err err = {0};
    const uint32_t see[] = {0}, twice[] = {0, 0};
    double r = 1, x = 0.5, lever[3] = {1, NAN, 1}, y[4], dy[8];
    assert_int_equal(gs_sim_grad(s, &r, &x, false, NULL, 3, lever, 0, NULL, 1, see, y,
                                 NULL, NULL, &err), GS_ENUM);
    assert_int_equal(err.line, 2);
    assert_int_equal(gs_sim_grad(s, &r, &x, false, NULL, 3, lever, 2, twice, 1, see, y,
                                 dy, NULL, &err), GS_EUSE);
    gs_sim_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_grid_is_of_the_order_it_claims),
        cmocka_unit_test(derivatives_are_those_of_the_discrete_solution),
        cmocka_unit_test(derivatives_of_a_settled_start_are_included),
        cmocka_unit_test(derivatives_pass_through_events),
        cmocka_unit_test(
            derivatives_pass_through_days_too_stiff_for_the_exponential_steps),
        cmocka_unit_test(a_jump_that_newton_cannot_take_at_once_is_taken_in_pieces),
        cmocka_unit_test(a_workspace_full_of_nan_gives_the_same_numbers),
        cmocka_unit_test(what_cannot_be_followed_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
