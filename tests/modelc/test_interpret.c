/* The interpreter against closed forms, and its derivatives against differences. */
#include "modelc/kernels.h"

static const char logistic[] =
    "model logistic\n"
    "param r = 0.4 [1/d] prior lognormal(0.4, 1.5) personal\n"
    "param cap = 2\n"
    "lever kill [1/d] range 0..5 habit 0.1\n"
    "state x = 0.5 log\n"
    "    x' = r*x*(1 - x/cap) - kill*x\n"
    "see twice = 2*x + r/1 [1/d]\n";

TEST(a_log_state_moves_by_its_relative_rate)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    gs_kernel *k = kernel_of(a, logistic, false);
    point p = point_new(a, k);
    double dz, j, jp, y, dy_dz, dy_dp[2], x = 0.5;
    assert_int_equal(gs_kernel_state(k, "x"), 0);
    assert_int_equal(gs_kernel_par(k, "cap"), 1);
    assert_int_equal(gs_kernel_lever(k, "kill"), 0);
    assert_int_equal(gs_kernel_see(k, "none"), -1);
    CHECK_NEAR(p.z[0], log(0.5), 0);
    k->rhs(k, p.z, p.par, p.lever, &dz);
    CHECK_NEAR(dz, 0.4 * (1 - x / 2) - 0.1, 1e-15);
    assert_int_equal(k->n_jac, 1);
    assert_int_equal(k->n_jp, 1);
    k->jac(k, p.z, p.par, p.lever, &dz, &j, &jp);
    CHECK_NEAR(j, -0.4 * x / 2, 1e-15);
    CHECK_NEAR(jp, 1 - x / 2, 1e-15);
    k->seen(k, p.z, p.par, p.lever, &y);
    CHECK_NEAR(y, 1.4, 1e-15);
    k->seen_grad(k, 0, p.z, p.par, p.lever, &dy_dz, dy_dp);
    CHECK_NEAR(dy_dz, 1, 1e-15);
    CHECK_NEAR(dy_dp[0], 1, 1e-15);
    CHECK_NEAR(dy_dp[1], 0, 0);
    gs_arena_free(a);
}

TEST(the_unit_of_time_scales_every_rate)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    gs_kernel *k = kernel_of(a, "model m\ntime h\nstate x = 3\n    x' = -x/6 [h]\n", false);
    double dz, z = 3;
    k->rhs(k, &z, NULL, NULL, &dz);
    CHECK_NEAR(dz, -0.5 * 24, 1e-14);
    gs_arena_free(a);
}

/* each operation once: value and derivative by x at x = 0.7 */
typedef struct op_case {
    const char *expr;
    double value, slope;
} op_case;

TEST(every_operation_has_its_value_and_derivative)
{
    (void)unused;
    const double x = 0.7;
    const op_case cases[] = {
        {"-x", -x, -1},
        {"x + 2", x + 2, 1},
        {"2 - x", 2 - x, -1},
        {"x*x*x", x * x * x, 3 * x * x},
        {"1/x", 1 / x, -1 / (x * x)},
        {"x^3", x * x * x, 3 * x * x},
        {"x^-0.3", pow(x, -0.3), -0.3 * pow(x, -1.3)},
        {"2^x", pow(2, x), log(2) * pow(2, x)},
        {"x^x", pow(x, x), pow(x, x) * (log(x) + 1)},
        {"exp(2*x)", exp(2 * x), 2 * exp(2 * x)},
        {"ln(x)", log(x), 1 / x},
        {"sqrt(x)", sqrt(x), 0.5 / sqrt(x)},
        {"abs(x - 1)", 1 - x, -1},
        {"min(x, 2*x, 1)", x, 1},
        {"max(x, 2*x, 1)", 2 * x, 2},
        {"pos(x)", x, 1},
        {"pos(-x)", 0, 0},
        {"hill(x, 0.4, 3)", pow(x, 3) / (0.064 + pow(x, 3)),
         3 * x * x * 0.064 / pow(0.064 + pow(x, 3), 2)},
        {"if(x > 0.5 and not (x == 2) or x != x, x*x, 5)", x * x, 2 * x},
        {"if(x <= 0.5, x, 5)", 5, 0},
        {"if(x >= 0.7, 3*x, 5)", 3 * x, 3},
        {"if(x < 0.7, 1, 2)", 2, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gs_arena *a = gs_arena_new(0);
        char text[300];
        double z = x, dz, j, jp;
        snprintf(text, sizeof text, "model m\nstate x = 0.7\n    x' = %s\nsee y = %s\n",
                 cases[i].expr, cases[i].expr);
        gs_kernel *k = kernel_of(a, text, false);
        k->jac(k, &z, NULL, NULL, &dz, &j, &jp);
        CHECK_NEAR(dz, cases[i].value, 1e-15);
        CHECK_NEAR(j, cases[i].slope, 4e-15);
        double y, g, none;
        k->seen(k, &z, NULL, NULL, &y);
        k->seen_grad(k, 0, &z, NULL, NULL, &g, &none); /* reverse mode: another route */
        CHECK_NEAR(y, cases[i].value, 1e-15);
        CHECK_NEAR(g, cases[i].slope, 4e-15);
        gs_arena_free(a);
    }
}

TEST(a_branch_not_taken_cannot_spoil_a_derivative)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    gs_kernel *k = kernel_of(a, "model m\nstate x = 0\n    x' = if(x > 0, sqrt(x), 1 - x)\n",
                             false);
    double z = 0, dz, j;
    k->jac(k, &z, NULL, NULL, &dz, &j, NULL);
    CHECK_NEAR(dz, 1, 0);
    CHECK_NEAR(j, -1, 0);
    gs_arena_free(a);
}

TEST(a_fast_state_becomes_its_equilibrium)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    const char *text = "model m\nlever u habit 3\n"
                       "param g = 0.5 prior normal(0.5, 0.1) personal\n"
                       "state s = 1\n    s' = f2 - s\n"
                       "state f2 = 1 fast\n    f2' = 4*(g*f1 - f2/2)\n"
                       "state f1 = 1 fast log\n    f1' = (s + u)/2 - 7*f1\n"
                       "see seen_fast = f2\n";
    gs_kernel *full = kernel_of(a, text, false), *k = kernel_of(a, text, true);
    double z = 2, dz, j, jp, y, u = 3, par = 0.5;
    assert_int_equal(full->n_state, 3);
    assert_int_equal(k->n_state, 1);
    assert_true(k->slaved && k->hash != full->hash);
    k->jac(k, &z, &par, &u, &dz, &j, &jp);
    k->seen(k, &z, &par, &u, &y);
    double f1 = (2 + 3) / 14.0, f2 = 2 * 0.5 * f1;
    CHECK_NEAR(y, f2, 1e-15);
    CHECK_NEAR(dz, f2 - 2, 1e-15);
    CHECK_NEAR(j, 2 * 0.5 / 14 - 1, 1e-15);
    CHECK_NEAR(jp, 2 * f1, 1e-15);
    gs_arena_free(a);
}

/* a <-> b, both linear in themselves, square root between them: the fixed point is known */
TEST(a_cycle_of_fast_states_is_iterated_to_its_fixed_point)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    gs_kernel *k = kernel_of(a,
                             "model m\nlever u habit 1.21\n"
                             "state s = 1\n    s' = a - s\n"
                             "state a = 1 fast\n    a' = 0.9*u + 0.1*b - a\n"
                             "state b = 1 fast\n    b' = sqrt(a) - b\n",
                             true);
    double z = 1, dz, u = 1.21, b_star = (0.1 + sqrt(0.01 + 4 * 0.9 * u)) / 2;
    k->rhs(k, &z, NULL, &u, &dz);
    /* four sweeps from b = 1: 0.1*(b* - 1), then three times the gain 0.1/(2 b*) */
    double bound = 0.1 * (b_star - 1) * pow(0.05 / b_star, 3);
    CHECK_NEAR(dz, b_star * b_star - 1, 1.1 * bound);
    gs_arena_free(a);
}

TEST(what_cannot_be_slaved_says_why)
{
    (void)unused;
    char say[800];
    gs_arena *a = gs_arena_new(0);
    const char *square = "model m\nstate x = 1 fast\n    x' = 1 - x^2\n";
    assert_non_null(kernel_of(a, square, false));
    assert_null(kernel_or_say(a, "m.gs", square, true, say));
    assert_non_null(strstr(say, "m.gs:3:12: x is fast but its equation is not linear in x"));
    assert_null(kernel_or_say(a, "m.gs", "model m\nstate x = 1 fast\n    x' = 1\n", true, say));
    assert_non_null(strstr(say, "does not depend on x"));
    assert_null(kernel_or_say(a, "m.gs", "model m\nstate x = 1 fast\n    x' = 1 - x\n"
                              "event e when x > 2\n    x := 1\n", true, say));
    assert_non_null(strstr(say, "m.gs:5:5: event e changes x"));
    gs_arena_free(a);
}

static const char jumps[] =
    "model m\nlever u\nparam p = 2 prior normal(2, 1) personal\n"
    "state x = 1 log\n    x' = 0*x/1 [d]\n"
    "state y = 5\n    y' = 0/1 [d]\n"
    "event swap when u > 0.5\n    x := y*p\n    y := x^2\n"
    "event drop when y < 2\n    y := y + p*x\n"
    "event never when u > 9\n    y := 0\n";

TEST(events_fire_in_order_and_assign_at_once)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    gs_kernel *k = kernel_of(a, jumps, false);
    double z[2] = {log(1.2), 5}, par = 2, u = 0;
    assert_int_equal(k->events(k, z, &par, &u), 0);
    CHECK_NEAR(z[1], 5, 0);
    u = 1;
    assert_int_equal(k->events(k, z, &par, &u), 2);
    CHECK_NEAR(exp(z[0]), 10, 1e-14);
    CHECK_NEAR(z[1], 1.44 + 2 * 10, 1e-14);
    gs_arena_free(a);
}

typedef struct jump_at {
    gs_kernel *k;
    double *z, *par, *u;
} jump_at;

static void jump(const void *self, double *out)
{
    const jump_at *s = self;
    memcpy(out, s->z, 2 * sizeof *out);
    s->k->events(s->k, out, s->par, s->u);
}

TEST(the_derivative_of_a_jump_is_that_of_what_happened)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    gs_kernel *k = kernel_of(a, jumps, false);
    double z[2] = {log(1.2), 5}, par = 2, u = 1, jz[4], jp[2], d[2];
    jump_at at = {k, z, &par, &u};
    for (int i = 0; i < 2; i++) {
        double after[2] = {z[0], z[1]};
        difference(jump, &at, &z[i], 1e-3, 2, d, a);
        assert_int_equal(k->events_grad(k, after, &par, &u, jz, jp), 2);
        CHECK_NEAR(jz[i], d[0], 1e-11); /* order 6 at h = 1e-3: rounding / h */
        CHECK_NEAR(jz[2 + i], d[1], 1e-11);
    }
    difference(jump, &at, &par, 1e-3, 2, d, a);
    CHECK_NEAR(jp[0], d[0], 1e-11);
    CHECK_NEAR(jp[1], d[1], 1e-11);
    u = 0;
    assert_int_equal(k->events_grad(k, z, &par, &u, jz, jp), 0);
    CHECK_NEAR(jz[0] + jz[3], 2, 0);
    CHECK_NEAR(jz[1] + jz[2] + jp[0] + jp[1], 0, 0);
    gs_arena_free(a);
}

/* the kernel's own arena is full at every possible place: a clean refusal */
TEST(running_out_of_memory_is_told)
{
    (void)unused;
    size_t failed = 0;
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_spec *spec;
    assert_int_equal(gs_spec_parse(a, "m.gs", jumps, strlen(jumps), &spec, &err), GS_OK);
    for (size_t limit = 100; limit < 40000; limit += 200) {
        gs_arena *small = gs_arena_new(limit);
        gs_modelc_opts o = GS_MODELC_OPTS;
        gs_kernel *k = NULL;
        err = (gs_err){0};
        gs_status st = gs_modelc_interpret(small, spec, &o, &k, &err);
        assert_true((st == GS_OK && k) || (st == GS_ENOMEM && err.msg[0]));
        failed += st == GS_ENOMEM;
        gs_arena_free(small);
    }
    assert_true(failed > 0 && failed < 199);
    gs_arena_free(a);
}

TEST(a_model_may_have_nothing_in_it)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    gs_kernel *k = kernel_of(a, "model empty\n", true);
    assert_int_equal(k->n_state + k->n_par + k->n_lever + k->n_see, 0);
    k->rhs(k, NULL, NULL, NULL, NULL);
    k->seen(k, NULL, NULL, NULL, NULL);
    assert_null(k->events);
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_state_moves_by_its_relative_rate),
        cmocka_unit_test(the_unit_of_time_scales_every_rate),
        cmocka_unit_test(every_operation_has_its_value_and_derivative),
        cmocka_unit_test(a_branch_not_taken_cannot_spoil_a_derivative),
        cmocka_unit_test(a_fast_state_becomes_its_equilibrium),
        cmocka_unit_test(a_cycle_of_fast_states_is_iterated_to_its_fixed_point),
        cmocka_unit_test(what_cannot_be_slaved_says_why),
        cmocka_unit_test(events_fire_in_order_and_assign_at_once),
        cmocka_unit_test(the_derivative_of_a_jump_is_that_of_what_happened),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(a_model_may_have_nothing_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
