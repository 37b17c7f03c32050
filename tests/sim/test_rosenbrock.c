/* The coefficients of the adaptive steps, against the order conditions they come from,
 * and the order they show. */
#include "toy.h"

#include "sim/lanes.h"

enum { S = GS_ROS_STAGES };

/* from the transformed variables back to alpha, beta = alpha + Gamma and b:
 * Gamma^-1 = I/gamma - C, alpha = A Gamma, b = m Gamma. [hairer1996] IV.7 (7.25) */
typedef struct plain {
    double alpha[S][S], beta[S][S], b[S], b_hat[S], sum_alpha[S], sum_beta[S];
} plain;

static plain untransform(const gs_ros_method *r)
{
    plain p = {0};
    double gamma[S][S] = {{0}};
    size_t s = r->n_stage;
    for (size_t j = 0; j < s; j++) /* forward substitution, column by column */
        for (size_t i = j; i < s; i++) {
            double sum = i == j;
            for (size_t k = j; k < i; k++)
                sum += r->c[i][k] * gamma[k][j];
            gamma[i][j] = sum * r->gamma;
        }
    for (size_t i = 0; i < s; i++)
        for (size_t j = 0; j < s; j++) {
            for (size_t k = 0; k < s; k++)
                p.alpha[i][j] += r->a[i][k] * gamma[k][j];
            p.beta[i][j] = p.alpha[i][j] + gamma[i][j];
            p.sum_alpha[i] += p.alpha[i][j];
            p.sum_beta[i] += p.beta[i][j];
            p.b[j] += r->m[i] * gamma[i][j];
            p.b_hat[j] += (r->m[i] - r->e[i]) * gamma[i][j];
        }
    return p;
}

static void times_beta(const plain *p, const double *v, double *out)
{
    for (size_t i = 0; i < S; i++) {
        out[i] = 0;
        for (size_t j = 0; j < S; j++)
            out[i] += p->beta[i][j] * v[j];
    }
}

static void check_conditions(const plain *p, const double *b, int order)
{
    const double tol = 1e-12; /* coefficients are published to 13 digits */
    double bb[S], bbb[S], a2[S], ba2[S];
    double sum[8] = {0};
    times_beta(p, p->sum_beta, bb);
    times_beta(p, bb, bbb);
    for (size_t i = 0; i < S; i++)
        a2[i] = p->sum_alpha[i] * p->sum_alpha[i];
    times_beta(p, a2, ba2);
    for (size_t i = 0; i < S; i++) {
        double inner = 0;
        for (size_t j = 0; j < S; j++)
            inner += p->alpha[i][j] * p->sum_beta[j];
        sum[0] += b[i];
        sum[1] += b[i] * p->sum_beta[i];
        sum[2] += b[i] * a2[i];
        sum[3] += b[i] * bb[i];
        sum[4] += b[i] * a2[i] * p->sum_alpha[i];
        sum[5] += b[i] * p->sum_alpha[i] * inner;
        sum[6] += b[i] * ba2[i];
        sum[7] += b[i] * bbb[i];
    }
    assert_near(sum[0], 1, tol, "sum b");
    assert_near(sum[1], 1. / 2, tol, "b beta");
    assert_near(sum[2], 1. / 3, tol, "b alpha^2");
    assert_near(sum[3], 1. / 6, tol, "b beta beta");
    if (order < 4)
        return;
    assert_near(sum[4], 1. / 4, tol, "b alpha^3");
    assert_near(sum[5], 1. / 8, tol, "b alpha alpha_ij beta");
    assert_near(sum[6], 1. / 12, tol, "b beta alpha^2");
    assert_near(sum[7], 1. / 24, tol, "b beta beta beta");
}

TEST(both_methods_fulfil_the_conditions_of_order_4_and_embed_order_3)
{
    (void)unused;
    const gs_ros_method *m[] = {&gs_ros4, &gs_rodas4};
    for (size_t i = 0; i < 2; i++) {
        plain p = untransform(m[i]);
        check_conditions(&p, p.b, 4);
        check_conditions(&p, p.b_hat, 3);
    }
}

/* y' = -rate y with rate h = 1e9: what is left after a step is R(infinity) */
TEST(both_methods_forget_a_stiff_mode_in_one_step)
{
    (void)unused;
    const gs_ros_method *m[] = {&gs_ros4, &gs_rodas4};
    for (size_t i = 0; i < 2; i++) {
        plain p = untransform(m[i]);
        double x[S] = {0}, left = 1;
        for (size_t q = 0; q < m[i]->n_stage; q++) { /* x = beta^-1 1 */
            double sum = 1;
            for (size_t j = 0; j < q; j++)
                sum -= p.beta[q][j] * x[j];
            x[q] = sum / p.beta[q][q];
            left -= p.b[q] * x[q];
        }
        /* Ros4's gamma is published as 0.57282, the root it stands for is 0.572816...:
         * R(infinity) is not zero but 1.5e-5 */
        assert_near(left, 0, i == 0 ? 2e-5 : 1e-11, m[i]->name);
    }
}

/* error over one day of the logistic at n equal steps */
static double day_error(const gs_ros_method *m, size_t n)
{
    gs_kernel k = logistic_kernel(1);
    gs_sim *s;
    gs_sim_opts o = GS_SIM_OPTS;
    double r = 3, x = 0.1, capacity = 1, got;
    assert_int_equal(gs_sim_new(&k, &o, &s, NULL), GS_OK);
    s->ros.method = m;
    s->ros.o.rtol = 1e6;
    gs_ros_load(&s->ros, 0, &r, &x);
    gs_ros_day(&s->ros, 0, &capacity);
    for (size_t i = 0; i < n; i++) {
        s->ros.h[0] = i + 1 < n ? 1.0 / (double)n : 2.0;
        if (2 * s->ros.h[0] > 1 - s->ros.t[0] && i + 1 < n)
            s->ros.h[0] = (1 - s->ros.t[0]) / 2;
        gs_ros_try(&s->ros);
        assert_int_equal(gs_ros_judge(&s->ros, 0),
                         i + 1 < n ? GS_ROS_ACCEPTED : GS_ROS_DAY_DONE);
    }
    gs_ros_state(&s->ros, 0, &got);
    gs_sim_free(s);
    return fabs(log(got) - log(logistic_exact(r, capacity, x)));
}

TEST(halving_the_step_divides_the_error_by_sixteen)
{
    (void)unused;
    const gs_ros_method *m[] = {&gs_ros4, &gs_rodas4};
    for (size_t i = 0; i < 2; i++) {
        double order = log2(day_error(m[i], 32) / day_error(m[i], 64));
        printf("# %s: order %.2f measured\n", m[i]->name, order);
        assert_true(order > 3.85 && order < 5.2);
    }
}

TEST(an_error_that_is_no_number_rejects_the_step)
{
    (void)unused;
    gs_kernel k = logistic_kernel(1);
    gs_sim *s;
    gs_sim_opts o = GS_SIM_OPTS;
    double r = NAN, x = 0.1, capacity = 1, got;
    assert_int_equal(gs_sim_new(&k, &o, &s, NULL), GS_OK);
    gs_ros_load(&s->ros, 0, &r, &x);
    gs_ros_day(&s->ros, 0, &capacity);
    gs_ros_try(&s->ros);
    assert_int_equal(gs_ros_judge(&s->ros, 0), GS_ROS_REJECTED);
    gs_ros_state(&s->ros, 0, &got);
    assert_near(got, x, 1e-15, "state kept");
    gs_sim_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_methods_fulfil_the_conditions_of_order_4_and_embed_order_3),
        cmocka_unit_test(both_methods_forget_a_stiff_mode_in_one_step),
        cmocka_unit_test(halving_the_step_divides_the_error_by_sixteen),
        cmocka_unit_test(an_error_that_is_no_number_rejects_the_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
