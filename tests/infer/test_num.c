/* Small numerics and priors against identities, tabled values and each other. */
#include "check.h"
#include "infer/link.h"
#include "infer/num.h"
#include "infer/prior.h"

static void test_normal_quantile_inverts_the_distribution_in_both_tails(void **state)
{
    (void)state;
    for (double z = -30; z <= 30; z += 0.37)
        NEAR(num_normal_quantile(num_normal_cdf(z), num_normal_cdf(-z)), z, 1e-13);
    NEAR(num_normal_quantile(0.975, 0.025), 1.959963984540054, 1e-15);
}

static void test_beta_distribution_has_its_closed_forms(void **state)
{
    (void)state;
    for (double x = 0.01; x < 1; x += 0.07) {
        NEAR(num_beta_cdf(x, 1, 1), x, 1e-14);
        NEAR(num_beta_cdf(x, 3, 1), x * x * x, 1e-14);
        NEAR(num_beta_cdf(x, 0.5, 0.5), 2 / M_PI * asin(sqrt(x)), 1e-13);
        if (x < 0.7) /* beyond, 1 - p has no digits left */
            NEAR(num_beta_quantile(num_beta_cdf(x, 2.5, 7), 2.5, 7), x, 1e-11);
    }
}

static void test_digamma_has_its_known_values(void **state)
{
    (void)state;
    const double euler = 0.57721566490153286;
    NEAR(num_digamma(1), -euler, 1e-14);
    NEAR(num_digamma(0.5), -euler - 2 * log(2), 1e-14);
    for (double x = 0.1; x < 40; x += 1.3)
        NEAR(num_digamma(x + 1) - num_digamma(x), 1 / x, 1e-13);
}

/* E z^2k = (2k - 1)!! is exact up to degree 2n - 1 */
static void test_gauss_hermite_integrates_polynomials(void **state)
{
    (void)state;
    double z[32], w[32];
    for (size_t n = 3; n <= 32; n += 7) {
        num_gauss_hermite(n, z, w);
        double want = 1;
        for (size_t k = 0; 2 * k < 2 * n && k < 9; k++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += w[i] * pow(z[i], 2 * (double)k);
            NEAR(sum / want, 1, 1e-11);
            want *= 2 * (double)k + 1;
        }
    }
}

static void test_cholesky_and_eigen_rebuild_the_matrix(void **state)
{
    (void)state;
    enum { M = 9 };
    double a[M * M], l[M * M], w[M], v[M * M], b[M * M];
    gs_rng r = gs_rng_stream(5, 0, "matrix");
    for (size_t i = 0; i < M * M; i++)
        b[i] = gs_rng_normal(&r);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) {
            a[i * M + j] = i == j;
            for (size_t k = 0; k < M; k++)
                a[i * M + j] += b[i * M + k] * b[j * M + k];
        }
    memcpy(l, a, sizeof a);
    memcpy(b, a, sizeof a);
    assert_true(num_cholesky(M, l));
    num_eigen(M, b, w, v);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) {
            double ll = 0, vv = 0;
            for (size_t k = 0; k < M; k++) {
                ll += l[i * M + k] * l[j * M + k];
                vv += v[i * M + k] * w[k] * v[j * M + k];
            }
            NEAR(ll, a[i * M + j], 1e-13);
            NEAR(vv, a[i * M + j], 1e-12);
        }
    a[0] = -1;
    assert_false(num_cholesky(M, a));
}

static double value_at(void *p, double u)
{
    return prior_value(p, u, NULL);
}

static const struct { gs_dist d; double lo, hi; } LAW[] = {
    {{GS_DIST_NORMAL, 0.3, 2}, -INFINITY, INFINITY},
    {{GS_DIST_NORMAL, 0.3, 2}, 0, 3},
    {{GS_DIST_NORMAL, 0, 0.1}, 0.2, 0.9}, /* only the upper tail is left */
    {{GS_DIST_LOGNORMAL, 0.55, 1.4}, 0, 4},
    {{GS_DIST_LOGNORMAL, 2, 3}, 1, 2.5},
    {{GS_DIST_UNIFORM, -1, 4}, -1, 4},
    {{GS_DIST_BETA, 2, 5}, 0, 1},
    {{GS_DIST_BETA, 2, 5}, 0.2, 0.6},
};
enum { N_LAW = sizeof LAW / sizeof *LAW };

static void test_priors_stay_in_range_and_know_their_slope(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LAW; i++) {
        prior p = prior_make(LAW[i].d, LAW[i].lo, LAW[i].hi);
        double last = -HUGE_VAL;
        for (double u = -9; u <= 9; u += 0.9) {
            double x = prior_value(&p, u, NULL);
            if (!(x >= LAW[i].lo && x <= LAW[i].hi && x >= last - 1e-15))
                fail_msg("law %zu at u = %g: %.17g after %.17g", i, u, x, last);
            last = x;
        }
        for (double u = -3; u <= 3; u += 0.5) {
            double d, x = prior_value(&p, u, &d);
            NEAR(d, slope_of(value_at, &p, u, 1e-3), 1e-8);
            NEAR(prior_score(&p, x), u, 1e-7);
        }
    }
}

/* F(x(u)) is uniform by construction; its mean and variance check the draw */
static void test_prior_draws_have_their_distribution(void **state)
{
    (void)state;
    prior p = prior_make((gs_dist){GS_DIST_LOGNORMAL, 2, 1.5}, 0, 100);
    gs_rng r = gs_rng_stream(3, 0, "prior");
    double mean = 0, var = 0;
    const int n = 40000;
    for (int i = 0; i < n; i++) {
        double l = log(prior_draw(&p, &r) / 2) / log(1.5);
        mean += l / n;
        var += l * l / n;
    }
    NEAR(mean, 0, 4 / sqrt(n));
    NEAR(var, 1, 4 * sqrt(2.0 / n));
}

typedef struct pulled { const link *l; double x[LINK_MAX_DIM]; size_t i, cut; } pulled;

static double cut_at(void *ctx, double x)
{
    pulled p = *(pulled *)ctx;
    p.x[p.i] = x;
    return link_decode(p.l, p.x).cut[p.cut];
}

static void test_cuts_rise_and_pull_their_derivatives(void **state)
{
    (void)state;
    for (int hi = 1; hi <= 15; hi++) {
        gs_scale s = test_scale(GS_SCALE_ORDERED, 0, hi, 1, 0.5, 2);
        link l = link_make(&s);
        pulled p = {.l = &l};
        for (size_t i = 0; i < l.n_dim; i++) {
            link_dim d = link_dim_at(&l, i);
            p.x[i] = prior_value(&d.prior, 0.7, NULL);
        }
        nuisance v = link_decode(&l, p.x);
        for (size_t k = 0; k + 1 < l.n_cat; k++) {
            assert_true(k == 0 || v.cut[k] > v.cut[k - 1]);
            nuisance d = {0};
            double out[LINK_MAX_DIM];
            d.cut[k] = 1;
            link_pull(&l, p.x, &d, out);
            p.cut = k;
            for (p.i = 3; p.i < l.n_dim; p.i++)
                NEAR(out[p.i], slope_of(cut_at, &p, p.x[p.i], 1e-3), 1e-9);
        }
    }
}

static void test_a_score_survives_the_link_and_back(void **state)
{
    (void)state;
    gs_scale s[2] = {test_scale(GS_SCALE_POSITIVE, 0, 72, 0, 0.5, 1),
                     test_scale(GS_SCALE_BOUNDED, 0, 28, 1, 0.5, 1.5)};
    for (int i = 0; i < 2; i++) {
        link l = link_make(&s[i]);
        for (double v = 0; v <= s[i].hi; v += 4)
            NEAR(link_back(&l, link_forward(&l, v)), v, 1e-12);
    }
}

/* chances against link_logp, expected scores against chances and against draws */
static void test_chances_densities_means_and_draws_agree(void **state)
{
    (void)state;
    gs_scale s[4] = {test_scale(GS_SCALE_ORDERED, 1, 10, 1, 0.5, 2),
                     test_scale(GS_SCALE_ORDERED, 0, 4, 1, 0.5, 2),
                     test_scale(GS_SCALE_COUNT, 0, 500, 1, 0.5, 1),
                     test_scale(GS_SCALE_BOUNDED, 0, 28, 0, 0.5, 1.5)};
    gs_rng r = gs_rng_stream(8, 0, "draws");
    for (int i = 0; i < 4; i++) {
        link l = link_make(&s[i]);
        double x[LINK_MAX_DIM], chance[LINK_MAX_CAT], latent = 0.7, mean = 0, sq = 0;
        for (size_t k = 0; k < l.n_dim; k++) {
            link_dim d = link_dim_at(&l, k);
            x[k] = prior_value(&d.prior, 0, NULL);
        }
        nuisance v = link_decode(&l, x);
        if (l.kind == LINK_ORDERED) {
            link_chances(&l, &v, latent, chance);
            double sum = 0;
            for (size_t k = 0; k < l.n_cat; k++) {
                sum += chance[k] * (s[i].lo + (double)k);
                NEAR(link_logp(&l, &v, s[i].lo + (double)k, latent), log(chance[k]), 1e-9);
            }
            NEAR(link_mean(&l, &v, latent), sum, 1e-12);
        }
        const int n = 20000;
        for (int k = 0; k < n; k++) {
            double d = link_draw(&l, &v, latent, &r);
            mean += d / n;
            sq += d * d / n;
        }
        double off = fabs(mean - link_mean(&l, &v, latent));
        assert_true(off < 4 * sqrt((sq - mean * mean) / n) + 2e-3 * fabs(mean));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_quantile_inverts_the_distribution_in_both_tails),
        cmocka_unit_test(test_beta_distribution_has_its_closed_forms),
        cmocka_unit_test(test_digamma_has_its_known_values),
        cmocka_unit_test(test_gauss_hermite_integrates_polynomials),
        cmocka_unit_test(test_cholesky_and_eigen_rebuild_the_matrix),
        cmocka_unit_test(test_priors_stay_in_range_and_know_their_slope),
        cmocka_unit_test(test_prior_draws_have_their_distribution),
        cmocka_unit_test(test_cuts_rise_and_pull_their_derivatives),
        cmocka_unit_test(test_a_score_survives_the_link_and_back),
        cmocka_unit_test(test_chances_densities_means_and_draws_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
