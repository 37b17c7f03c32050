/* Small models written by hand as kernels of any number of lanes, with closed forms:
 * the judges of the integrators. Not part of the library. */
#ifndef TOY_H
#define TOY_H

#include "check.h"

#include "gutskin/sim.h"
#include <string.h>

#define TEST(name) static void name(void **unused)
#define N_OF(a) (sizeof(a) / sizeof *(a))
#define LANES for (size_t l = 0; l < k->n_lane; l++)
#define AT(array, i) ((array)[(size_t)(i) * k->n_lane + l])

/* |got - want| <= tolerance, absolute; GS_TOL in the environment overrules it */
static inline void assert_near(double got, double want, double tolerance, const char *what)
{
    const char *forced = getenv("GS_TOL");
    if (forced)
        tolerance = atof(forced);
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%s: %.15g, expected %.15g within %g (off by %g)", what, got, want,
                 tolerance, fabs(got - want));
}

/* ---- 1 two compartments in a row: a' = u - k1 a, b' = k1 a - k2 b ---- */

static const gs_state_info chain_state[] = {
    {.name = "a", .start = 1, .lo = 0, .hi = 100},
    {.name = "b", .start = 0.5, .lo = 0, .hi = 100}};
static const gs_par_info chain_par[] = {
    {.name = "k1", .value = 0.7, .lo = 0, .hi = 10, .personal = true, .lever = ""},
    {.name = "k2", .value = 0.2, .lo = 0, .hi = 10, .personal = true, .lever = ""}};
static const gs_lever_info chain_lever[] = {{.name = "u", .lo = 0, .hi = 10, .habit = 1}};
static const gs_see_info chain_see[] = {{.name = "b_seen"}, {.name = "ratio"}};
static const uint16_t chain_row[] = {0, 1, 1}, chain_col[] = {0, 0, 1};
static const uint16_t chain_jp_row[] = {0, 1, 1}, chain_jp_par[] = {0, 0, 1};

static inline void chain_rhs(const gs_kernel *k, const double *z, const double *par,
                             const double *u, double *dz)
{
    LANES {
        AT(dz, 0) = AT(u, 0) - AT(par, 0) * AT(z, 0);
        AT(dz, 1) = AT(par, 0) * AT(z, 0) - AT(par, 1) * AT(z, 1);
    }
}
static inline void chain_jac(const gs_kernel *k, const double *z, const double *par,
                             const double *u, double *dz, double *j, double *jp)
{
    chain_rhs(k, z, par, u, dz);
    LANES {
        AT(j, 0) = -AT(par, 0);
        AT(j, 1) = AT(par, 0);
        AT(j, 2) = -AT(par, 1);
        if (!jp)
            continue;
        AT(jp, 0) = -AT(z, 0);
        AT(jp, 1) = AT(z, 0);
        AT(jp, 2) = -AT(z, 1);
    }
}
static inline void chain_seen(const gs_kernel *k, const double *z, const double *par,
                              const double *u, double *y)
{
    (void)u;
    LANES {
        AT(y, 0) = AT(z, 1);
        AT(y, 1) = AT(z, 1) / AT(z, 0) * AT(par, 1);
    }
}
static inline void chain_seen_grad(const gs_kernel *k, size_t i, const double *z,
                                   const double *par, const double *u, double *dz,
                                   double *dp)
{
    (void)u;
    LANES {
        AT(dp, 0) = 0;
        AT(dp, 1) = i ? AT(z, 1) / AT(z, 0) : 0;
        AT(dz, 0) = i ? -AT(z, 1) * AT(par, 1) / (AT(z, 0) * AT(z, 0)) : 0;
        AT(dz, 1) = i ? AT(par, 1) / AT(z, 0) : 1;
    }
}
static inline gs_kernel chain_kernel(size_t n_lane)
{
    return (gs_kernel){.name = "chain", .n_lane = n_lane, .n_state = 2, .n_par = 2,
                       .n_lever = 1, .n_see = 2, .state = chain_state, .par = chain_par,
                       .lever = chain_lever, .see = chain_see, .n_jac = 3,
                       .jac_row = chain_row, .jac_col = chain_col, .n_jp = 3,
                       .jp_row = chain_jp_row, .jp_par = chain_jp_par, .rhs = chain_rhs,
                       .jac = chain_jac, .seen = chain_seen,
                       .seen_grad = chain_seen_grad};
}
/* one day under a constant u */
static inline void chain_exact(double k1, double k2, double u, double *x)
{
    double s = u / k1, c = x[0] - s, e1 = exp(-k1), e2 = exp(-k2);
    double b = u / k2 + (x[1] - u / k2) * e2 + k1 * c * (e1 - e2) / (k2 - k1);
    x[0] = s + c * e1;
    x[1] = b;
}

/* ---- 2 logistic growth in ln x, capacity a lever: x' = r x (1 - x/K) ---- */

static const gs_state_info logistic_state[] = {
    {.name = "x", .start = 0.1, .lo = 1e-9, .hi = 1e3, .is_log = true}};
static const gs_par_info logistic_par[] = {
    {.name = "r", .value = 0.8, .lo = 0, .hi = 10, .personal = true, .lever = ""}};
static const gs_lever_info logistic_lever[] = {{.name = "K", .lo = 0, .hi = 9, .habit = 1}};
static const gs_see_info logistic_see[] = {{.name = "x_seen"}};
static const uint16_t zero_index[] = {0};

static inline void logistic_rhs(const gs_kernel *k, const double *z, const double *par,
                                const double *u, double *dz)
{
    LANES AT(dz, 0) = AT(par, 0) * (1 - exp(AT(z, 0)) / AT(u, 0));
}
static inline void logistic_jac(const gs_kernel *k, const double *z, const double *par,
                                const double *u, double *dz, double *j, double *jp)
{
    logistic_rhs(k, z, par, u, dz);
    LANES {
        AT(j, 0) = -AT(par, 0) * exp(AT(z, 0)) / AT(u, 0);
        if (jp)
            AT(jp, 0) = 1 - exp(AT(z, 0)) / AT(u, 0);
    }
}
static inline void logistic_seen(const gs_kernel *k, const double *z, const double *par,
                                 const double *u, double *y)
{
    (void)par, (void)u;
    LANES AT(y, 0) = exp(AT(z, 0));
}
static inline void logistic_seen_grad(const gs_kernel *k, size_t i, const double *z,
                                      const double *par, const double *u, double *dz,
                                      double *dp)
{
    (void)i, (void)par, (void)u;
    LANES {
        AT(dz, 0) = exp(AT(z, 0));
        AT(dp, 0) = 0;
    }
}
/* harvest: nothing up to half capacity, above it x := sqrt(x capacity)/2 */
static inline size_t logistic_harvest(const gs_kernel *k, double *z, const double *par,
                                      const double *u)
{
    size_t fired = 0;
    (void)par;
    LANES if (exp(AT(z, 0)) > 0.5 * AT(u, 0))
    {
        AT(z, 0) = 0.5 * AT(z, 0) + 0.5 * log(AT(u, 0)) + log(0.5);
        fired++;
    }
    return fired;
}
static inline size_t logistic_harvest_grad(const gs_kernel *k, double *z,
                                           const double *par, const double *u,
                                           double *jz, double *jp)
{
    LANES {
        AT(jz, 0) = exp(AT(z, 0)) > 0.5 * AT(u, 0) ? 0.5 : 1.0;
        AT(jp, 0) = 0;
    }
    return logistic_harvest(k, z, par, u);
}
static inline gs_kernel logistic_kernel(size_t n_lane)
{
    return (gs_kernel){.name = "logistic", .n_lane = n_lane, .n_state = 1, .n_par = 1,
                       .n_lever = 1, .n_see = 1, .state = logistic_state,
                       .par = logistic_par, .lever = logistic_lever,
                       .see = logistic_see, .n_jac = 1, .jac_row = zero_index,
                       .jac_col = zero_index, .n_jp = 1, .jp_row = zero_index,
                       .jp_par = zero_index, .rhs = logistic_rhs, .jac = logistic_jac,
                       .seen = logistic_seen, .seen_grad = logistic_seen_grad};
}
static inline double logistic_exact(double r, double capacity, double x)
{
    return capacity / (1 + (capacity / x - 1) * exp(-r));
}

/* ---- 3 Prothero and Robinson's stiff problem, made autonomous by a turning pair ----
 * c' = -w s, s' = w c, y' = -rate (y - c) - w s; solution y = c + (y0 - c0) e^(-rate t) */

static const gs_state_info stiff_state[] = {{.name = "c", .start = 1, .lo = -2, .hi = 2},
                                            {.name = "s", .start = 0, .lo = -2, .hi = 2},
                                            {.name = "y", .start = 2, .lo = -9, .hi = 9}};
static const gs_par_info stiff_par[] = {
    {.name = "rate", .value = 1e4, .lo = 0, .hi = 1e9, .personal = true, .lever = ""},
    {.name = "w", .value = 1, .lo = 0, .hi = 10, .personal = true, .lever = ""}};
static const gs_see_info stiff_see[] = {{.name = "y_seen"}};
static const uint16_t stiff_row[] = {0, 0, 1, 1, 2, 2, 2}, stiff_col[] = {0, 1, 0, 1, 0, 1, 2};
static const uint16_t stiff_jp_row[] = {0, 1, 2, 2}, stiff_jp_par[] = {1, 1, 0, 1};

static inline void stiff_rhs(const gs_kernel *k, const double *z, const double *par,
                             const double *u, double *dz)
{
    (void)u;
    LANES {
        double rate = AT(par, 0), w = AT(par, 1);
        AT(dz, 0) = -w * AT(z, 1);
        AT(dz, 1) = w * AT(z, 0);
        AT(dz, 2) = -rate * (AT(z, 2) - AT(z, 0)) - w * AT(z, 1);
    }
}
static inline void stiff_jac(const gs_kernel *k, const double *z, const double *par,
                             const double *u, double *dz, double *j, double *jp)
{
    stiff_rhs(k, z, par, u, dz);
    LANES {
        double rate = AT(par, 0), w = AT(par, 1);
        AT(j, 0) = 0, AT(j, 1) = -w, AT(j, 2) = w, AT(j, 3) = 0;
        AT(j, 4) = rate, AT(j, 5) = -w, AT(j, 6) = -rate;
        if (!jp)
            continue;
        AT(jp, 0) = -AT(z, 1), AT(jp, 1) = AT(z, 0);
        AT(jp, 2) = AT(z, 0) - AT(z, 2), AT(jp, 3) = -AT(z, 1);
    }
}
static inline void stiff_seen(const gs_kernel *k, const double *z, const double *par,
                              const double *u, double *y)
{
    (void)par, (void)u;
    LANES AT(y, 0) = AT(z, 2);
}
static inline void stiff_seen_grad(const gs_kernel *k, size_t i, const double *z,
                                   const double *par, const double *u, double *dz,
                                   double *dp)
{
    (void)i, (void)z, (void)par, (void)u;
    LANES AT(dz, 0) = AT(dz, 1) = AT(dp, 0) = AT(dp, 1) = 0, AT(dz, 2) = 1;
}
static inline gs_kernel stiff_kernel(size_t n_lane)
{
    return (gs_kernel){.name = "stiff", .n_lane = n_lane, .n_state = 3, .n_par = 2,
                       .n_see = 1, .state = stiff_state, .par = stiff_par,
                       .see = stiff_see, .n_jac = 7, .jac_row = stiff_row,
                       .jac_col = stiff_col, .n_jp = 4, .jp_row = stiff_jp_row,
                       .jp_par = stiff_jp_par, .rhs = stiff_rhs, .jac = stiff_jac,
                       .seen = stiff_seen, .seen_grad = stiff_seen_grad};
}

/* ---- 4 a switch with two resting states: x' = (a u + .85 x^4/(.4^4 + x^4) - x)/20 ---- */

static const gs_state_info switch_state[] = {{.name = "x", .start = 0.05, .lo = 0, .hi = 1}};
static const gs_par_info switch_par[] = {
    {.name = "a", .value = 0.05, .lo = 0, .hi = 1, .personal = true, .lever = ""}};
static const gs_lever_info switch_lever[] = {{.name = "u", .lo = 0, .hi = 9, .habit = 1}};
static const gs_see_info switch_see[] = {{.name = "x_seen"}};

static inline void switch_rhs(const gs_kernel *k, const double *z, const double *par,
                              const double *u, double *dz)
{
    LANES {
        double x = AT(z, 0), x4 = x * x * x * x;
        AT(dz, 0) = (AT(par, 0) * AT(u, 0) + 0.85 * x4 / (0.0256 + x4) - x) / 20;
    }
}
static inline void switch_jac(const gs_kernel *k, const double *z, const double *par,
                              const double *u, double *dz, double *j, double *jp)
{
    switch_rhs(k, z, par, u, dz);
    LANES {
        double x = AT(z, 0), x4 = x * x * x * x, q = 0.0256 + x4;
        AT(j, 0) = (0.85 * 4 * x * x * x * 0.0256 / (q * q) - 1) / 20;
        if (jp)
            AT(jp, 0) = AT(u, 0) / 20;
    }
}
static inline void switch_seen(const gs_kernel *k, const double *z, const double *par,
                               const double *u, double *y)
{
    (void)par, (void)u;
    LANES AT(y, 0) = AT(z, 0);
}
static inline void switch_seen_grad(const gs_kernel *k, size_t i, const double *z,
                                    const double *par, const double *u, double *dz,
                                    double *dp)
{
    (void)i, (void)z, (void)par, (void)u;
    LANES AT(dz, 0) = 1, AT(dp, 0) = 0;
}
static inline gs_kernel switch_kernel(size_t n_lane)
{
    return (gs_kernel){.name = "switch", .n_lane = n_lane, .n_state = 1, .n_par = 1,
                       .n_lever = 1, .n_see = 1, .state = switch_state,
                       .par = switch_par, .lever = switch_lever, .see = switch_see,
                       .n_jac = 1, .jac_row = zero_index, .jac_col = zero_index,
                       .n_jp = 1, .jp_row = zero_index, .jp_par = zero_index,
                       .rhs = switch_rhs, .jac = switch_jac, .seen = switch_seen,
                       .seen_grad = switch_seen_grad};
}

#endif
