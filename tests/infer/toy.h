/* A body of one state, and diaries of it: the small model of these tests.
 *
 *     x' = (gain_stress * 2 * (stress - 0.3) + gain_fibre * (fibre - 18)/10 - x)
 *          / (4 * risk_acne)
 *     signal_acne = x,  signal_flat = 0
 * risk_acne stands for a parameter without a lever; gain_sugar moves nothing. */
#ifndef TESTS_INFER_TOY_H
#define TESTS_INFER_TOY_H

#include "check.h"
#include "gutskin/infer.h"
#include "gutskin/rng.h"
#include "gutskin/sim.h"
#include "infer/problem.h"

static const gs_state_info toy_state[] = {{.name = "x", .lo = -100, .hi = 100}};
static const gs_par_info toy_par[] = {
    {.name = "gain_stress", .value = 1, .lo = -3, .hi = 5, .personal = true,
     .prior = {GS_DIST_NORMAL, 1, 0.6}, .lever = "stress"},
    {.name = "fixed", .value = 2, .lo = 0, .hi = 9, .lever = ""},
    {.name = "gain_fibre", .value = 1, .lo = -4, .hi = 4, .personal = true,
     .prior = {GS_DIST_NORMAL, 0, 1}, .lever = "fibre"},
    {.name = "risk_acne", .value = 1, .lo = 0.2, .hi = 5, .personal = true,
     .prior = {GS_DIST_LOGNORMAL, 1, 1.3}, .lever = ""},
    {.name = "gain_sugar", .value = 1, .lo = -4, .hi = 4, .personal = true,
     .prior = {GS_DIST_NORMAL, 0, 1}, .lever = "sugar"},
    {.name = "risk_rosacea", .value = 1, .lo = 0.2, .hi = 5, .personal = true,
     .prior = {GS_DIST_LOGNORMAL, 1, 1.3}, .lever = ""}};
static const gs_lever_info toy_lever[] = {
    {.name = "stress", .lo = 0, .hi = 1, .habit = 0.3, .sd = 0.15},
    {.name = "fibre", .lo = 0, .hi = 80, .habit = 18, .sd = 6},
    {.name = "sugar", .lo = 0, .hi = 400, .habit = 70, .sd = 25}};
static const gs_see_info toy_see[] = {{.name = "signal_acne"}, {.name = "signal_flat"}};
static const uint16_t toy_zero[] = {0};
static const uint16_t toy_jp_row[] = {0, 0, 0}, toy_jp_par[] = {0, 2, 3};

static inline double toy_drive(const double *par, const double *u)
{
    return par[0] * 2 * (u[0] - 0.3) + par[2] * (u[1] - 18) / 10;
}
static inline void toy_rhs(const gs_kernel *k, const double *z, const double *par,
                           const double *u, double *dz)
{
    (void)k;
    dz[0] = (toy_drive(par, u) - z[0]) / (4 * par[3]);
}
static inline void toy_jac(const gs_kernel *k, const double *z, const double *par,
                           const double *u, double *dz, double *j, double *jp)
{
    toy_rhs(k, z, par, u, dz);
    j[0] = -1 / (4 * par[3]);
    if (!jp)
        return;
    jp[0] = 2 * (u[0] - 0.3) / (4 * par[3]);
    jp[1] = (u[1] - 18) / 10 / (4 * par[3]);
    jp[2] = -dz[0] / par[3];
}
static inline void toy_seen(const gs_kernel *k, const double *z, const double *par,
                            const double *u, double *y)
{
    (void)k;
    (void)par;
    (void)u;
    y[0] = z[0];
    y[1] = 0;
}
static inline void toy_seen_grad(const gs_kernel *k, size_t i, const double *z,
                                 const double *par, const double *u, double *dz,
                                 double *dp)
{
    (void)z;
    (void)par;
    (void)u;
    dz[0] = i == 0;
    memset(dp, 0, k->n_par * sizeof *dp);
}
static inline gs_kernel toy_kernel(void)
{
    return (gs_kernel){.name = "toy", .hash = 42, .n_lane = 1, .n_state = 1, .n_par = 6,
                       .n_lever = 3, .n_see = 2, .state = toy_state, .par = toy_par,
                       .lever = toy_lever, .see = toy_see, .n_jac = 1,
                       .jac_row = toy_zero, .jac_col = toy_zero, .n_jp = 3,
                       .jp_row = toy_jp_row, .jp_par = toy_jp_par, .rhs = toy_rhs,
                       .jac = toy_jac, .seen = toy_seen, .seen_grad = toy_seen_grad};
}

/* ---- a diary: acne scored on a scale, stress and fibre said on most days ---- */

typedef struct toy_diary {
    gs_obs obs;
    gs_series series[2];
    gs_lever_series lever[3];
    gs_channel channel[2];
    gs_scale scale[2];
    int32_t *day[2];
    double *value[2];
} toy_diary;

/* n_series scores on every `every`-th day, all equal to the middle of their scale. */
static inline toy_diary *toy_new(gs_arena *a, size_t n_day, int32_t every,
                                 size_t n_series, const gs_scale *scale, uint64_t seed)
{
    static const char *const name[3] = {"stress", "fibre", "sugar"};
    static const char *const series[2] = {"acne", "skin"};
    toy_diary *t = GS_NEW(a, toy_diary, 1);
    gs_rng r = gs_rng_stream(seed, 0, "toy levers");
    double state[3] = {0};
    for (int l = 0; l < 3; l++) {
        double *v = GS_NEW(a, double, n_day);
        size_t n_said = 0;
        for (size_t d = 0; d < n_day; d++) {
            state[l] = 0.6 * state[l] + 0.8 * gs_rng_normal(&r);
            double x = toy_lever[l].habit + 1.5 * toy_lever[l].sd * state[l];
            x = fmin(fmax(x, toy_lever[l].lo), toy_lever[l].hi);
            bool said = l < 2 && gs_rng_uniform(&r) < 0.9;
            v[d] = said ? x : NAN;
            n_said += said;
        }
        t->lever[l] = (gs_lever_series){name[l], v, false, n_said};
    }
    for (size_t s = 0; s < n_series; s++) {
        size_t n = (n_day + (size_t)every - 1) / (size_t)every;
        t->scale[s] = scale[s];
        t->channel[s] = (gs_channel){.name = series[s], .kind = GS_CHANNEL_OUTCOME,
                                     .scale = "", .condition = "acne", .see = "",
                                     .unit = "1", .lever = "", .title = "", .also = ""};
        t->day[s] = GS_NEW(a, int32_t, n);
        t->value[s] = GS_NEW(a, double, n);
        for (size_t i = 0; i < n; i++) {
            t->day[s][i] = (int32_t)i * every;
            t->value[s][i] = floor(0.5 * (scale[s].lo + fmin(scale[s].hi, 40)));
        }
        t->series[s] = (gs_series){series[s], &t->channel[s], &t->scale[s], "acne", n,
                                   t->day[s], t->value[s]};
    }
    t->obs = (gs_obs){.person = "toy", .day0 = 0, .n_day = n_day, .n_series = n_series,
                      .series = t->series, .n_lever = 3, .lever = t->lever,
                      .condition = GS_ACNE};
    return t;
}

/* Fill the diary's scores from natural numbers x [n_dim] of its problem. */
static inline void toy_live(toy_diary *t, const problem *p, post *w, const double *x,
                            gs_rng *r)
{
    assert_true(post_path(w, x));
    for (size_t s = 0; s < p->n_series; s++) {
        const problem_series *ps = &p->series[s];
        nuisance v = link_decode(&ps->l, x + ps->first);
        double z = gs_rng_normal(r), eta;
        for (size_t i = 0; i < ps->t->n; i++) {
            if (i > 0) {
                double rho = exp(-(ps->t->day[i] - ps->t->day[i - 1]) / v.tau);
                z = rho * z + sqrt(1 - rho * rho) * gs_rng_normal(r);
            }
            post_latent(w, ps, 1, &ps->t->day[i], &v, &eta);
            t->value[s][i] = link_draw(&ps->l, &v, eta + v.sd * z, r);
        }
    }
}

#endif
