/* The fixed grid in lanes: it is the scalar grid, at every level, and nobody notices whom he
 * sits beside. */
#include "axis.h"

#include "gutskin/cpu.h"
#include "sim/grid.h"

enum { DAYS = 130, BODIES = 7, FREE = 7, PICK = 2, ROWS = DAYS + 1 };

typedef struct study {
    const gs_kernel *k;
    double par[BODIES][MOST_PAR], x0[BODIES][MOST_STATE], habit[MOST_LEVER];
    double *lever[BODIES];
    uint32_t free_par[FREE], see[PICK];
    gs_sim_grid q;
} study;

typedef struct answer {
    double y[BODIES][ROWS * PICK], dy[BODIES][ROWS * PICK * FREE];
    double x[BODIES][ROWS * MOST_STATE];
    gs_status status[BODIES];
} answer;

static void make_study(study *t, gs_arena *a, const gs_kernel *k, bool settle)
{
    static const char *const name[FREE] = {"risk_acne", "risk_eczema", "gain_glycaemic",
                                           "gain_stress", "gain_sugar", "gain_steroid",
                                           "gain_sleep"};
    double x[MOST_STATE], par[MOST_PAR];
    t->k = k;
    gs_kernel_defaults(k, par, t->habit, x);
    for (size_t c = 0; c < FREE; c++)
        t->free_par[c] = (uint32_t)gs_kernel_par(k, name[c]);
    t->see[0] = (uint32_t)gs_kernel_see(k, "signal_acne");
    t->see[1] = (uint32_t)gs_kernel_see(k, "signal_eczema");
    for (size_t b = 0; b < BODIES; b++) {
        draw_person(k, b + 1, t->par[b]);
        memcpy(t->x0[b], x, sizeof x);
        t->lever[b] = GS_NEW(a, double, DAYS * k->n_lever);
        if (b % 2)
            ordinary_days(k, b / 2, DAYS, t->lever[b]);
        else
            eventful_days(k, b / 2, DAYS, t->lever[b]);
    }
    t->q = (gs_sim_grid){.settle = settle, .n_day = DAYS, .n_free = FREE, .n_pick = PICK,
                         .free_par = t->free_par, .see = t->see, .slopes = true};
}

static gs_sim *sim_of(const gs_kernel *k, int cpu, size_t steps)
{
    gs_sim *s;
    gs_sim_opts o = GS_SIM_OPTS;
    o.cpu = cpu;
    o.grid_steps = steps;
    assert_int_equal(gs_sim_new(k, &o, &s, NULL), GS_OK);
    return s;
}

/* bodies from .. to in one call */
static long many(gs_sim *s, study *t, size_t from, size_t to, bool slopes, answer *out)
{
    gs_sim_body b[BODIES];
    gs_sim_grid q = t->q;
    gs_err err = {0};
    q.slopes = slopes;
    for (size_t i = from; i < to; i++)
        b[i] = (gs_sim_body){t->par[i], t->x0[i], t->habit, t->lever[i], out->y[i],
                             out->dy[i], out->x[i], GS_OK};
    long lost = gs_sim_grad_many(s, &q, to - from, b + from, &err);
    if (lost < 0)
        fail_msg("%s", err.msg);
    for (size_t i = from; i < to; i++)
        out->status[i] = b[i].status;
    return lost;
}

static gs_status one(gs_sim *s, const study *t, size_t i, answer *out)
{
    return gs_sim_grad(s, t->par[i], t->x0[i], t->q.settle, t->habit, DAYS, t->lever[i], FREE,
                       t->free_par, PICK, t->see, out->y[i], out->dy[i], out->x[i], NULL);
}

/* largest difference, relative to the largest entry of a parameter's (an observable's)
 * column */
static double apart(const double *a, const double *b, size_t n_row, size_t n_col)
{
    double most = 0;
    for (size_t c = 0; c < n_col; c++) {
        double size = 0, e = 0;
        for (size_t r = 0; r < n_row; r++) {
            size = fmax(size, fabs(b[r * n_col + c]));
            e = fmax(e, fabs(a[r * n_col + c] - b[r * n_col + c]));
        }
        most = fmax(most, size > 0 ? e / size : e);
    }
    return most;
}

static void check_levels(bool slaved, bool settle, size_t steps, double tol)
{
    gs_arena *a = gs_arena_new(0);
    study *t = GS_NEW(a, study, 1);
    answer *plain = GS_NEW(a, answer, 1), *lanes = GS_NEW(a, answer, 1);
    make_study(t, a, slaved ? gs_axis_slaved() : gs_axis(), settle);
    gs_sim *s = sim_of(t->k, GS_SIM_CPU_SCALAR, steps);
    size_t n_cut = 0;
    for (size_t i = 0; i < BODIES; i++) {
        assert_int_equal(one(s, t, i, plain), GS_OK);
        n_cut += s->grid->n_fine;
    }
    gs_sim_free(s);
    if (steps == 1)
        assert_true(n_cut > 0); /* some days went the scalar way */
    for (int level = 0; level <= (int)gs_cpu_widest(); level++) {
        double dy = 0, y = 0, x = 0;
        s = sim_of(t->k, level, steps);
        assert_non_null(s->grid_ops);
        assert_int_equal(many(s, t, 0, BODIES, true, lanes), 0);
        for (size_t i = 0; i < BODIES; i++) {
            dy = fmax(dy, apart(lanes->dy[i], plain->dy[i], ROWS, PICK * FREE));
            y = fmax(y, apart(lanes->y[i], plain->y[i], ROWS, PICK));
            x = fmax(x, apart(lanes->x[i], plain->x[i], ROWS, t->k->n_state));
        }
        print_message("%s %s, %zu steps: values %.1e, states %.1e, derivatives %.1e\n",
                      slaved ? "slaved" : "full", gs_cpu_name((gs_cpu)level), steps, y, x, dy);
        assert_true(fmax(y, fmax(x, dy)) < tol);
        assert_int_equal(many(s, t, 0, BODIES, false, plain), 0);
        for (size_t i = 0; i < BODIES; i++)
            assert_true(apart(lanes->y[i], plain->y[i], ROWS, PICK) < tol);
        for (size_t i = 0; i < BODIES; i++)
            memcpy(plain->y[i], lanes->y[i], sizeof plain->y[i]);
        gs_sim_free(s);
    }
    gs_arena_free(a);
}

/* rounding, carried through 130 days and a settled start */
TEST(lanes_are_the_scalar_grid)
{
    (void)unused;
    check_levels(false, true, 1, 1e-9);
    check_levels(false, false, 1, 1e-9);
    check_levels(false, true, 3, 1e-9);
    check_levels(true, true, 1, 1e-9);
}

/* by the definition: differences of eighth order of the lanes' own values; the same person
 * and days as in test_axis.c, where no kink of the model and no cut day lies in their way */
TEST(derivatives_in_lanes_are_those_of_their_values)
{
    (void)unused;
    enum { N = 75 };
    static const double w[] = {4. / 5, -1. / 5, 4. / 105, -1. / 280};
    gs_arena *a = gs_arena_new(0);
    study *t = GS_NEW(a, study, 1);
    answer *got = GS_NEW(a, answer, 1), *near = GS_NEW(a, answer, 1);
    make_study(t, a, gs_axis(), true);
    t->q.n_day = N;
    draw_person(t->k, 5, t->par[0]);
    eventful_days(t->k, 4, N, t->lever[0]);
    t->habit[gs_kernel_lever(t->k, "stress")] = 0.5;
    gs_sim *s = sim_of(t->k, GS_SIM_CPU_WIDEST, 1);
    double d[(N + 1) * PICK], worst = 0, h = 3e-3;
    assert_int_equal(many(s, t, 0, 1, true, got), 0);
    for (size_t c = 0; c < FREE; c++) {
        double *p = &t->par[0][t->free_par[c]], was = *p, size = 0;
        memset(d, 0, sizeof d);
        for (int i = 1; i <= 4; i++)
            for (int sign = -1; sign <= 1; sign += 2) {
                *p = was + sign * i * h;
                assert_int_equal(many(s, t, 0, 1, false, near), 0);
                for (size_t r = 0; r < (N + 1) * PICK; r++)
                    d[r] += sign * w[i - 1] * near->y[0][r] / h;
            }
        *p = was;
        for (size_t r = 0; r < (N + 1) * PICK; r++)
            size = fmax(size, fabs(d[r]));
        for (size_t r = 0; r < (N + 1) * PICK && size > 0; r++)
            worst = fmax(worst, fabs(got->dy[0][r * FREE + c] - d[r]) / size);
    }
    print_message("against differences of eighth order: %.1e\n", worst);
    assert_true(worst < 1e-7);
    gs_sim_free(s);
    gs_arena_free(a);
}

static bool same(const answer *a, const answer *b, size_t i)
{
    return memcmp(a->y[i], b->y[i], sizeof a->y[i]) == 0 &&
           memcmp(a->dy[i], b->dy[i], sizeof a->dy[i]) == 0;
}

TEST(a_body_comes_to_the_same_bits_in_any_company)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    study *t = GS_NEW(a, study, 1);
    answer *all = GS_NEW(a, answer, 1), *alone = GS_NEW(a, answer, 1);
    make_study(t, a, gs_axis(), true);
    for (int level = 0; level <= (int)gs_cpu_widest(); level++) {
        gs_sim *s = sim_of(t->k, level, 1);
        assert_int_equal(many(s, t, 0, BODIES, true, all), 0);
        for (size_t i = 0; i < BODIES; i++) {
            assert_int_equal(many(s, t, i, i + 1, true, alone), 0);
            assert_true(same(all, alone, i));
        }
        gs_sim_free(s);
    }
    gs_arena_free(a);
}

/* one is given a day that is no number, one other rates of what is not personal */
TEST(a_body_that_fails_is_named_and_the_others_keep_their_bits)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    study *t = GS_NEW(a, study, 1);
    answer *before = GS_NEW(a, answer, 1), *after = GS_NEW(a, answer, 1);
    make_study(t, a, gs_axis(), false);
    gs_sim *s = sim_of(t->k, GS_SIM_CPU_WIDEST, 1);
    assert_int_equal(many(s, t, 0, BODIES, true, before), 0);
    for (size_t i = 0; i < t->k->n_lever; i++)
        t->lever[2][50 * t->k->n_lever + i] = NAN;
    size_t fixed = 0;
    while (t->k->par[fixed].personal || !(t->par[5][fixed] > 0))
        fixed++;
    t->par[5][fixed] *= 1.01;
    assert_int_equal(many(s, t, 0, BODIES, true, after), 1);
    for (size_t i = 0; i < BODIES; i++) {
        assert_int_equal(after->status[i], i == 2 ? GS_ENUM : GS_OK);
        if (i != 2 && i != 5)
            assert_true(same(before, after, i));
    }
    assert_memory_equal(before->y[2], after->y[2], 51 * PICK * sizeof(double));
    assert_false(same(before, after, 5));
    gs_sim_free(s);
    s = sim_of(t->k, GS_SIM_CPU_SCALAR, 1); /* and as the scalar grid would have it */
    assert_int_equal(one(s, t, 5, before), GS_OK);
    assert_true(apart(after->dy[5], before->dy[5], ROWS, PICK * FREE) < 1e-9);
    assert_int_equal(one(s, t, 2, before), GS_ENUM);
    gs_sim_free(s);
    gs_arena_free(a);
}

TEST(a_kernel_without_lanes_is_served_one_by_one)
{
    (void)unused;
    gs_kernel k = logistic_kernel(1);
    const uint32_t zero[] = {0};
    double r[3] = {1, 0.7, 0.9}, x = 0.5, lever[3] = {1, 2, 1e-3}, bad[3] = {1, NAN, 1};
    double y[3][4], dy[3][4], y1[4], dy1[4];
    gs_sim *s = sim_of(&k, GS_SIM_CPU_WIDEST, 1);
    gs_sim_grid q = {.n_day = 3, .n_free = 1, .n_pick = 1, .free_par = zero, .see = zero,
                     .slopes = true};
    gs_sim_body b[3];
    for (size_t i = 0; i < 3; i++)
        b[i] = (gs_sim_body){&r[i], &x, NULL, i == 1 ? bad : lever, y[i], dy[i], NULL, GS_OK};
    assert_int_equal(gs_sim_grad_many(s, &q, 3, b, NULL), 1);
    assert_int_equal(b[1].status, GS_ENUM);
    assert_int_equal(gs_sim_grad(s, &r[2], &x, false, NULL, 3, lever, 1, zero, 1, zero, y1, dy1,
                                 NULL, NULL), GS_OK);
    assert_memory_equal(y1, y[2], sizeof y1);
    assert_memory_equal(dy1, dy[2], sizeof dy1);
    b[0].lever = NULL;
    assert_int_equal(gs_sim_grad_many(s, &q, 3, b, NULL), GS_EUSE);
    gs_sim_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_the_scalar_grid),
        cmocka_unit_test(derivatives_in_lanes_are_those_of_their_values),
        cmocka_unit_test(a_body_comes_to_the_same_bits_in_any_company),
        cmocka_unit_test(a_body_that_fails_is_named_and_the_others_keep_their_bits),
        cmocka_unit_test(a_kernel_without_lanes_is_served_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
