/* The sparse factorisation against the matrix it came from. */
#include "toy.h"

#include "gutskin/rng.h"
#include "base/lu.h"

enum { N = 23, MOST = N * N };

typedef struct problem {
    size_t n_jac;
    uint16_t row[MOST], col[MOST];
    double jac[MOST];
} problem;

static problem random_problem(gs_rng *r, double density)
{
    problem p = {0};
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            if (i == j || gs_rng_uniform(r) < density) {
                p.row[p.n_jac] = (uint16_t)i;
                p.col[p.n_jac] = (uint16_t)j;
                p.jac[p.n_jac++] = i == j ? -6 - gs_rng_uniform(r) : gs_rng_normal(r);
            }
    return p;
}

/* (d I - J) x - b, largest */
static double residual(const problem *p, double d, const double *x, const double *b,
                       size_t stride)
{
    double r[N], most = 0;
    for (size_t i = 0; i < N; i++)
        r[i] = d * x[i * stride] - b[i * stride];
    for (size_t e = 0; e < p->n_jac; e++)
        r[p->row[e]] -= p->jac[e] * x[p->col[e] * stride];
    for (size_t i = 0; i < N; i++)
        most = fmax(most, fabs(r[i]));
    return most;
}

TEST(a_solution_put_back_gives_the_right_hand_side)
{
    (void)unused;
    gs_rng r = gs_rng_stream(1, 0, "lu");
    for (int round = 0; round < 40; round++) {
        gs_arena *a = gs_arena_new(0);
        problem p = random_problem(&r, 0.02 * (round % 20));
        gs_lu *lu = gs_lu_new(a, N, p.n_jac, p.row, p.col);
        double *w = GS_NEW(a, double, lu->n_val), d = gs_rng_uniform(&r);
        double b[N * 8], x[N * 8];
        gs_lu_shift(lu, 1, p.jac, &d, w);
        assert_true(gs_lu_factor(lu, 1, w, NULL));
        for (size_t i = 0; i < N * 8; i++)
            x[i] = b[i] = gs_rng_normal(&r);
        gs_lu_solve(lu, 1, w, x);
        assert_near(residual(&p, d, x, b, 1), 0, 1e-12, "one right-hand side");
        memcpy(x, b, sizeof x);
        gs_lu_solve_many(lu, w, 8, x);
        for (size_t c = 0; c < 8; c++)
            assert_near(residual(&p, d, x + c, b + c, 8), 0, 1e-12, "eight at once");
        gs_arena_free(a);
    }
}

TEST(lanes_give_what_each_would_give_alone)
{
    (void)unused;
    enum { L = 3 };
    gs_rng r = gs_rng_stream(2, 0, "lu");
    gs_arena *a = gs_arena_new(0);
    problem p = random_problem(&r, 0.15);
    gs_lu *lu = gs_lu_new(a, N, p.n_jac, p.row, p.col);
    double *wide = GS_NEW(a, double, lu->n_val * L), *w = GS_NEW(a, double, lu->n_val);
    double *jac = GS_NEW(a, double, p.n_jac * L), d[L], b[N * L], x[N];
    for (size_t i = 0; i < p.n_jac * L; i++)
        jac[i] = p.jac[i / L] * (1 + 0.1 * (double)(i % L));
    for (size_t i = 0; i < N * L; i++)
        b[i] = gs_rng_normal(&r);
    for (size_t l = 0; l < L; l++)
        d[l] = (double)l;
    gs_lu_shift(lu, L, jac, d, wide);
    gs_lu_factor(lu, L, wide, NULL);
    double solved[N * L];
    memcpy(solved, b, sizeof b);
    gs_lu_solve(lu, L, wide, solved);
    for (size_t l = 0; l < L; l++) {
        for (size_t e = 0; e < p.n_jac; e++)
            p.jac[e] = jac[e * L + l];
        for (size_t i = 0; i < N; i++)
            x[i] = b[i * L + l];
        gs_lu_shift(lu, 1, p.jac, &d[l], w);
        gs_lu_factor(lu, 1, w, NULL);
        gs_lu_solve(lu, 1, w, x);
        for (size_t i = 0; i < N; i++)
            assert_true(x[i] == solved[i * L + l]);
    }
    gs_arena_free(a);
}

TEST(a_singular_matrix_is_reported_and_signs_are_counted)
{
    (void)unused;
    const uint16_t row[] = {0, 0, 1, 1}, col[] = {0, 1, 0, 1};
    const double ones[] = {1, 1, 1, 1}, mixed[] = {-2, 0, 0, 3};
    double w[8], d = 0;
    size_t negative;
    gs_arena *a = gs_arena_new(0);
    gs_lu *lu = gs_lu_new(a, 2, 4, row, col);
    gs_lu_shift(lu, 1, ones, &d, w);
    assert_false(gs_lu_factor(lu, 1, w, NULL));
    gs_lu_shift(lu, 1, mixed, &d, w);
    assert_true(gs_lu_factor(lu, 1, w, &negative));
    assert_int_equal(negative, 1);
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_solution_put_back_gives_the_right_hand_side),
        cmocka_unit_test(lanes_give_what_each_would_give_alone),
        cmocka_unit_test(a_singular_matrix_is_reported_and_signs_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
