/* The grid's days that are too stiff for etd.c: an implicit scheme that nothing shakes.
 *
 * Alexander's L-stable diagonally implicit Runge-Kutta of order 2 with g = 1 - sqrt(1/2);
 * stage i of a step h solves
 *     Z_i = z + h sum_{j<i} a_ij F_j + h g F_i,          F_i = f(Z_i),
 * by Newton's method to convergence. Differentiated by the parameters,
 *     (I/(hg) - J_i) S_i = R_i / (hg) + f_p(Z_i),        R_i = S + h sum_{j<i} a_ij K_j,
 *     K_i = (S_i - R_i) / (hg),
 * so one factorisation a stage serves all columns of S and no second derivative is
 * needed. (A Rosenbrock step is cheaper to take, but its exact derivative wants the
 * Hessian.) [alexander1977]
 *
 * Should Newton fail in spite of fresh Jacobians and damping, the step is cut in two,
 * again and again down to 1/64. */
#include "sim/grid.h"
#include <math.h>
#include <string.h>

enum { STAGES = 2, MOST_NEWTON = 7, MOST_DAMPED = 40, MOST_HALVINGS = 6 };
static const double converged = 1e-10; /* Newton error left in a stage, relative */
static const double gamma_ = 0.29289321881345248;
static const double a21 = 0.70710678118654752; /* weight of stage 1 in stage 2 */

static double norm(const gs_sim *s, const double *v, const double *unit)
{
    double most = 0;
    for (size_t i = 0; i < s->k->n_state; i++) {
        double e = fabs(v[i]) / unit[i];
        if (!(e <= most)) /* NaN and infinity come out too */
            most = e;
    }
    return most;
}

static bool refactor(gs_sim *s, double h)
{
    gs_grid *g = s->grid;
    double d = 1.0 / (h * gamma_);
    gs_lu_shift(s->lu, 1, g->jac, &d, g->w);
    g->h_of_w = h;
    if (gs_lu_factor(s->lu, 1, g->w, NULL))
        return true;
    g->h_of_w = 0;
    return false;
}

/* dz = W^-1 (f - (Z - base)/(h g)) */
static void newton_move(gs_sim *s, double h, const double *f)
{
    gs_grid *g = s->grid;
    double d = 1.0 / (h * gamma_);
    for (size_t i = 0; i < s->k->n_state; i++)
        g->dz[i] = f[i] - (g->zs[i] - g->base[i]) * d;
    gs_lu_solve(s->lu, 1, g->w, g->dz);
}

/* with the factors at hand: cheap iterations, each a right-hand side and a solve */
static bool newton_simple(gs_sim *s, const double *par, const double *lever, double h,
                          double *f)
{
    gs_grid *g = s->grid;
    double last = 0, rate = fmax(g->rate, 0.02);
    for (int it = 0; it < MOST_NEWTON; it++) {
        s->k->rhs(s->k, g->zs, par, lever, f);
        newton_move(s, h, f);
        double e = norm(s, g->dz, g->scale);
        if (!isfinite(e))
            return false;
        for (size_t i = 0; i < s->k->n_state; i++)
            g->zs[i] += g->dz[i];
        if (it > 0)
            rate = e / last;
        if (rate > 0.6)
            return false;
        if (e * rate / (1.0 - rate) < converged) {
            g->rate = rate;
            return true;
        }
        last = e;
    }
    return false;
}

/* fresh Jacobian every time and moves held back: for jumps the cheap way cannot take */
static bool newton_damped(gs_sim *s, const double *par, const double *lever, double h,
                          double *f)
{
    gs_grid *g = s->grid;
    for (int it = 0; it < MOST_DAMPED; it++) {
        s->k->jac(s->k, g->zs, par, lever, f, g->jac, NULL);
        if (!refactor(s, h))
            return false;
        newton_move(s, h, f);
        double e = norm(s, g->dz, g->scale);
        double keep = 1.0 / fmax(1.0, norm(s, g->dz, g->trust));
        if (!isfinite(e))
            return false;
        for (size_t i = 0; i < s->k->n_state; i++)
            g->zs[i] += keep * g->dz[i];
        if (e < 1e-6) /* quadratic: the next error is its square */
            return true;
    }
    return false;
}

/* Z_i into zs; first guess from the slope of the stage before */
static bool solve_stage(gs_sim *s, const double *par, const double *lever, size_t i,
                        double h)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    double *f = g->f + i * n;

    for (size_t q = 0; q < n; q++) {
        g->base[q] = g->z[q] + (i ? h * a21 * g->f[q] : 0);
        g->zs[q] = g->base[q] + (i ? h * gamma_ * g->f[q] : 0);
    }
    if (g->h_of_w == h && newton_simple(s, par, lever, h, f))
        return true;
    memcpy(g->zs, i ? g->base : g->z, n * sizeof *g->zs);
    return newton_damped(s, par, lever, h, f);
}

/* S_i into ss and K_i, by the factors at Z_i */
static void columns(gs_sim *s, size_t i, double h)
{
    gs_grid *g = s->grid;
    size_t len = s->k->n_state * g->m;
    double d = 1.0 / (h * gamma_);
    double *k = g->k + i * len;
    for (size_t q = 0; q < len; q++) {
        double base = g->s[q] + (i ? h * a21 * g->k[q] : 0);
        k[q] = -d * base;
        g->ss[q] = d * base;
    }
    gs_grid_add_by_par(s, g->ss);
    gs_lu_solve_many(s->lu, g->w, g->m, g->ss);
    for (size_t q = 0; q < len; q++)
        k[q] += d * g->ss[q];
}

static bool step(gs_sim *s, const double *par, const double *lever, double h)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    for (size_t i = 0; i < STAGES; i++) {
        if (!solve_stage(s, par, lever, i, h))
            return false;
        s->k->jac(s->k, g->zs, par, lever, g->f + i * n, g->jac, g->jp);
        if (!refactor(s, h))
            return false;
        if (g->m)
            columns(s, i, h);
    }
    memcpy(g->z, g->zs, n * sizeof *g->z);
    memcpy(g->s, g->ss, n * g->m * sizeof *g->s);
    return true;
}

static bool step_or_halves(gs_sim *s, const double *par, const double *lever, double h,
                           int depth)
{
    if (step(s, par, lever, h))
        return true;
    s->grid->h_of_w = 0;
    return depth < MOST_HALVINGS &&
           step_or_halves(s, par, lever, 0.5 * h, depth + 1) &&
           step_or_halves(s, par, lever, 0.5 * h, depth + 1);
}

bool gs_sdirk_day(gs_sim *s, const double *par, const double *lever, size_t n_step)
{
    s->grid->h_of_w = 0;
    s->grid->rate = 0.1;
    s->grid->n_stiff++;
    for (size_t i = 0; i < n_step; i++)
        if (!step_or_halves(s, par, lever, s->grid->h, 0))
            return false;
    return true;
}
