/* Generalised Lotka-Volterra: fitting by ridge regression, running forward.
 *
 * Between two sampling days, ln x_i(t+h) - ln x_i(t) = h (r_i + sum_j A_ij x_j + ...), the
 * right side by the trapezoid rule. It is linear in what is sought, one regression a taxon.
 * Amounts are scaled by their means first, so that one penalty suits all, and is
 * chosen by foretelling series left out. This is the estimator of [stein2013] and "MLRR" of
 * [bucci2016]. It is biased where sampling is sparse against the dynamics, and noise in x
 * shrinks A: tests/eco/test_glv.c shows by how much on known systems. */
#include "gutskin/eco.h"

#include <math.h>
#include <string.h>

enum { N_RIDGE = 15, MAX_STEP = 100000 };

/* Solve the symmetric positive system m [k x k] by Cholesky in place; inv gets the inverse. */
static bool inverse(size_t k, double *m, double *inv)
{
    for (size_t j = 0; j < k; j++)
        for (size_t i = j; i < k; i++) {
            double s = m[i * k + j];
            for (size_t q = 0; q < j; q++)
                s -= m[i * k + q] * m[j * k + q];
            if (i == j && !(s > 0))
                return false;
            m[i * k + j] = i == j ? sqrt(s) : s / m[j * k + j];
        }
    for (size_t c = 0; c < k; c++) {
        for (size_t i = 0; i < k; i++) {
            double s = i == c;
            for (size_t q = 0; q < i; q++)
                s -= m[i * k + q] * inv[q * k + c];
            inv[i * k + c] = s / m[i * k + i];
        }
        for (size_t i = k; i-- > 0;) {
            double s = inv[i * k + c];
            for (size_t q = i + 1; q < k; q++)
                s -= m[q * k + i] * inv[q * k + c];
            inv[i * k + c] = s / m[i * k + i];
        }
    }
    return true;
}

/* All steps of all series as one regression: rows x [n x k], answers y [n x n_taxon]. */
typedef struct steps {
    size_t n, k, n_taxon;
    double *x, *y;
    size_t *series;
} steps;

static gs_status check(size_t n_series, const gs_eco_series *s, size_t n_taxon, size_t *n_step,
                       gs_err *err)
{
    *n_step = 0;
    for (size_t i = 0; i < n_series; i++) {
        for (size_t t = 1; t < s[i].n_t; t++)
            if (!(s[i].t[t] > s[i].t[t - 1]))
                return gs_fail(err, GS_ERANGE, "series %zu: day %g does not come after day %g",
                               i + 1, s[i].t[t], s[i].t[t - 1]);
        for (size_t k = 0; k < s[i].n_t * n_taxon; k++)
            if (!(s[i].x[k] >= 0) || isinf(s[i].x[k]))
                return gs_fail(err, GS_ERANGE, "series %zu: an amount of %g is no amount", i + 1,
                               s[i].x[k]);
        *n_step += s[i].n_t ? s[i].n_t - 1 : 0;
    }
    return *n_step ? GS_OK
                   : gs_fail(err, GS_ERANGE, "no series has two sampling days; nothing can be fitted");
}

/* Means and floors of the taxa; a taxon never seen has scale 1, floor 1e-6. */
static void scales(size_t n_series, const gs_eco_series *s, size_t n_taxon, gs_eco_glv *g)
{
    for (size_t q = 0; q < n_taxon; q++) {
        double sum = 0, n = 0, least = HUGE_VAL;
        for (size_t i = 0; i < n_series; i++)
            for (size_t t = 0; t < s[i].n_t; t++) {
                double x = s[i].x[t * n_taxon + q];
                sum += x, n++;
                least = x > 0 && x < least ? x : least;
            }
        g->scale[q] = sum > 0 ? sum / n : 1;
        g->floor[q] = sum > 0 ? 0.5 * least : 1e-6;
    }
}

static double held_up(const gs_eco_glv *g, double x, size_t q)
{
    return (x > g->floor[q] ? x : g->floor[q]) / g->scale[q];
}

static void build(size_t n_series, const gs_eco_series *s, const gs_eco_glv *g, steps *z)
{
    size_t m = g->n_taxon, row = 0;
    for (size_t i = 0; i < n_series; i++)
        for (size_t t = 0; t + 1 < s[i].n_t; t++, row++) {
            double h = s[i].t[t + 1] - s[i].t[t], *x = z->x + row * z->k;
            /* a step of length h has variance that does not grow with h where the noise is
             * in the measurement: rows are differences, not slopes */
            x[0] = h;
            for (size_t q = 0; q < m; q++) {
                double a = held_up(g, s[i].x[t * m + q], q), b = held_up(g, s[i].x[(t + 1) * m + q], q);
                bool there = s[i].x[t * m + q] > 0 || s[i].x[(t + 1) * m + q] > 0;
                x[1 + q] = there ? h * 0.5 * (a + b) : 0;
                z->y[row * m + q] = there ? log(b) - log(a) : NAN;
            }
            for (size_t p = 0; p < g->n_push; p++)
                x[1 + m + p] = h * s[i].u[t * g->n_push + p];
            z->series[row] = i;
        }
}

/* X'X and X'y of one taxon's steps, without series `without` (SIZE_MAX: all). A step from
 * nothing to nothing says nothing about growth and is left out (y is NaN there). Returns the
 * number of steps. */
static size_t normal(const steps *z, size_t q, size_t without, double *xx, double *xy)
{
    size_t n = 0;
    memset(xx, 0, z->k * z->k * sizeof *xx);
    memset(xy, 0, z->k * sizeof *xy);
    for (size_t i = 0; i < z->n; i++) {
        const double *x = z->x + i * z->k;
        double y = z->y[i * z->n_taxon + q];
        if (z->series[i] == without || isnan(y))
            continue;
        for (size_t p = 0; p < z->k; p++) {
            for (size_t r = 0; r < z->k; r++)
                xx[p * z->k + r] += x[p] * x[r];
            xy[p] += x[p] * y;
        }
        n++;
    }
    return n;
}

/* Coefficients c [k] at a penalty; inv is left holding (X'X + ridge)^-1. */
static bool solve(const steps *z, const double *xx, const double *xy, double ridge, double *work,
                  double *inv, double *c)
{
    memcpy(work, xx, z->k * z->k * sizeof *xx);
    for (size_t p = 0; p < z->k; p++)
        work[p * z->k + p] += ridge;
    if (!inverse(z->k, work, inv))
        return false;
    for (size_t p = 0; p < z->k; p++) {
        c[p] = 0;
        for (size_t r = 0; r < z->k; r++)
            c[p] += inv[p * z->k + r] * xy[r];
    }
    return true;
}

static double miss(const steps *z, const double *c, size_t only, size_t q)
{
    double sum = 0;
    for (size_t i = 0; i < z->n; i++) {
        double e = z->y[i * z->n_taxon + q];
        if ((only != SIZE_MAX && z->series[i] != only) || isnan(e))
            continue;
        for (size_t p = 0; p < z->k; p++)
            e -= z->x[i * z->k + p] * c[p];
        sum += e * e;
    }
    return sum;
}

static double ridge_at(size_t i)
{
    return pow(10, -3 + 0.5 * (double)i); /* 0.001 .. 10,000 */
}

/* Coefficients of taxon q, from scaled amounts to amounts. */
static void unscale(const double *c, size_t q, gs_eco_glv *g)
{
    size_t m = g->n_taxon;
    g->r[q] = c[0];
    for (size_t j = 0; j < m; j++)
        g->a[q * m + j] = c[1 + j] / g->scale[j];
    for (size_t p = 0; p < g->n_push; p++)
        g->b[q * g->n_push + p] = c[1 + m + p];
}

/* Squared misses of ln x, each sample foretold from the one before it. */
static double forward_miss(gs_arena *a, const gs_eco_glv *g, const gs_eco_series *s, double *two)
{
    size_t m = g->n_taxon;
    double sum = 0;
    for (size_t t = 0; t + 1 < s->n_t; t++) {
        const double *was = s->x + t * m, *now = was + m;
        if (gs_eco_glv_run(a, g, was, 2, s->t + t, s->u ? s->u + t * g->n_push : NULL, two, NULL, NULL) != GS_OK)
            return HUGE_VAL;
        for (size_t q = 0; q < m; q++)
            if (was[q] > 0 && now[q] > 0)
                sum += pow(log(two[m + q] / now[q]), 2);
    }
    return sum;
}

/* The penalty that foretells left-out series best. The regression's own misses would not do:
 * its trapezoid has seen the end of the step. */
static double choose(gs_arena *a, const steps *z, size_t n_series, const gs_eco_series *s, gs_eco_glv *g,
                     double *work, double *inv, double *c)
{
    double best = HUGE_VAL, sum[N_RIDGE] = {0}, *two = GS_NEW(a, double, 2 * z->n_taxon + 1);
    size_t at = N_RIDGE - 1, k = z->k;
    double *all = GS_NEW(a, double, z->n_taxon * (k * k + k) + 1);
    if (!two || !all)
        return ridge_at(at);
    for (size_t out = 0; out < n_series; out++) {
        for (size_t q = 0; q < z->n_taxon; q++)
            normal(z, q, out, all + q * (k * k + k), all + q * (k * k + k) + k * k);
        for (size_t i = 0; i < N_RIDGE; i++) {
            bool good = true;
            for (size_t q = 0; q < z->n_taxon && good; q++) {
                const double *of = all + q * (k * k + k);
                good = solve(z, of, of + k * k, ridge_at(i), work, inv, c);
                unscale(c, q, g);
            }
            sum[i] += good ? forward_miss(a, g, &s[out], two) : HUGE_VAL;
        }
    }
    for (size_t i = 0; i < N_RIDGE; i++)
        if (sum[i] < best)
            best = sum[i], at = i;
    return ridge_at(at);
}

gs_status gs_eco_glv_fit(gs_arena *a, size_t n_series, const gs_eco_series *s, size_t n_taxon,
                         size_t n_push, double ridge, gs_eco_glv *out, gs_err *err)
{
    size_t k = 1 + n_taxon + n_push, n_step;
    gs_eco_glv g = {.n_taxon = n_taxon, .n_push = n_push,
                    .r = GS_NEW(a, double, 2 * n_taxon), .a = GS_NEW(a, double, 2 * n_taxon * n_taxon),
                    .b = GS_NEW(a, double, 2 * n_taxon * n_push + 1),
                    .scale = GS_NEW(a, double, 2 * n_taxon)};

    GS_TRY(check(n_series, s, n_taxon, &n_step, err));
    gs_mark m = gs_arena_mark(a);
    steps z = {.n = n_step, .k = k, .n_taxon = n_taxon, .x = GS_NEW(a, double, n_step * k),
               .y = GS_NEW(a, double, n_step * n_taxon), .series = GS_NEW(a, size_t, n_step)};
    double *xx = GS_NEW(a, double, k * k), *xy = GS_NEW(a, double, k),
           *work = GS_NEW(a, double, k * k), *inv = GS_NEW(a, double, k * k),
           *c = GS_NEW(a, double, k);
    if (!g.r || !g.a || !g.b || !g.scale || !z.x || !z.y || !z.series || !xx || !xy || !work ||
        !inv || !c)
        return gs_fail(err, GS_ENOMEM, "out of memory fitting %zu taxa", n_taxon);
    g.r_sd = g.r + n_taxon, g.a_sd = g.a + n_taxon * n_taxon, g.b_sd = g.b + n_taxon * n_push;
    g.floor = g.scale + n_taxon;
    scales(n_series, s, n_taxon, &g);
    build(n_series, s, &g, &z);
    g.ridge = ridge > 0 ? ridge : n_series > 1 ? choose(a, &z, n_series, s, &g, work, inv, c) : 1;
    double all = 0, left = 0;
    for (size_t q = 0; q < n_taxon; q++) {
        size_t n = normal(&z, q, SIZE_MAX, xx, xy);
        if (!solve(&z, xx, xy, g.ridge, work, inv, c))
            return gs_fail(err, GS_ENUM, "the fit of %zu taxa is singular; ask for a larger ridge",
                           n_taxon);
        double rss = miss(&z, c, SIZE_MAX, q), var = n ? rss / (double)n : NAN;
        left += rss;
        for (size_t i = 0; i < n_step; i++)
            all += isnan(z.y[i * n_taxon + q]) ? 0 : z.y[i * n_taxon + q] * z.y[i * n_taxon + q];
        unscale(c, q, &g);
        g.r_sd[q] = sqrt(var * inv[0]);
        for (size_t j = 0; j < n_taxon; j++)
            g.a_sd[q * n_taxon + j] = sqrt(var * inv[(1 + j) * (k + 1)]) / g.scale[j];
        for (size_t p = 0; p < n_push; p++)
            g.b_sd[q * n_push + p] = sqrt(var * inv[(1 + n_taxon + p) * (k + 1)]);
    }
    g.r2 = all > 0 ? 1 - left / all : NAN;
    gs_arena_release(a, m);
    *out = g;
    return GS_OK;
}

/* ---- forward ------------------------------------------------------------------------ */

static void slope(const gs_eco_glv *g, const double *ln, const double *u, double *x, double *out)
{
    size_t m = g->n_taxon;
    for (size_t j = 0; j < m; j++)
        x[j] = exp(ln[j]); /* 0 for what is absent: ln is -inf */
    for (size_t i = 0; i < m; i++) {
        double s = g->r[i];
        for (size_t j = 0; j < m; j++)
            s += g->a[i * m + j] * x[j];
        for (size_t p = 0; u && p < g->n_push; p++)
            s += g->b[i * g->n_push + p] * u[p];
        out[i] = s;
    }
}

/* Keep ln x inside what a community can hold. */
static size_t hold(const gs_eco_glv *g, double top, double *ln)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_taxon; i++) {
        double low = log(g->floor[i]), x = ln[i];
        if (x == -HUGE_VAL) /* absent from the start, and nothing brings it */
            continue;
        ln[i] = !(x > low) ? low : x > top ? top : x;
        n += !(x >= low && x <= top);
    }
    return n;
}

gs_status gs_eco_glv_run(gs_arena *a, const gs_eco_glv *g, const double *x0, size_t n_t,
                         const double *t, const double *u, double *out_x, size_t *held,
                         gs_err *err)
{
    /* Dormand-Prince 5(4) */
    static const double w[7][6] = {{0},
                                   {1.0 / 5},
                                   {3.0 / 40, 9.0 / 40},
                                   {44.0 / 45, -56.0 / 15, 32.0 / 9},
                                   {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                                   {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
                                   {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}};
    static const double e[7] = {71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200,
                                22.0 / 525, -1.0 / 40};
    size_t m = g->n_taxon, n_held = 0;
    gs_mark mark = gs_arena_mark(a);
    double *ln = GS_NEW(a, double, 10 * m + 1), *k = ln + 2 * m, *x = ln + 9 * m, top = -HUGE_VAL;

    if (!ln)
        return gs_fail(err, GS_ENOMEM, "out of memory running %zu taxa", m);
    double *trial = ln + m;
    for (size_t i = 0; i < m; i++) {
        ln[i] = x0[i] > 0 ? log(fmax(x0[i], g->floor[i])) : -HUGE_VAL;
        top = fmax(top, log(1e3 * g->scale[i]));
    }
    for (size_t i = 0; i < n_t; i++) {
        const double *push = u && i ? u + (i - 1) * g->n_push : NULL;
        double now = i ? t[i - 1] : t[0], h = 0.01;
        for (long n = 0; now < t[i]; n++) {
            if (n > MAX_STEP)
                return gs_fail(err, GS_ENUM, "the fitted community is too stiff to run");
            bool last = now + h >= t[i];
            double step = last ? t[i] - now : h, worst = 0;
            for (int s = 0; s < 7; s++) {
                for (size_t q = 0; q < m; q++) {
                    double sum = 0;
                    for (int r = 0; r < s; r++)
                        sum += w[s][r] * k[(size_t)r * m + q];
                    trial[q] = ln[q] + step * sum;
                }
                hold(g, top, trial);
                slope(g, trial, push, x, k + (size_t)s * m);
            }
            for (size_t q = 0; q < m; q++) {
                double sum = 0;
                for (int s = 0; s < 7; s++)
                    sum += e[s] * k[(size_t)s * m + q];
                worst = fmax(worst, fabs(step * sum) / 1e-6);
            }
            if (worst <= 1 || step < 1e-9) {
                memcpy(ln, trial, m * sizeof *ln);
                n_held += hold(g, top, ln);
                now = last ? t[i] : now + step;
            }
            double grow = worst > 0 ? 0.9 * pow(worst, -0.2) : 4;
            h = step * fmin(fmax(grow, 0.2), 4);
        }
        for (size_t q = 0; q < m; q++)
            out_x[i * m + q] = exp(ln[q]);
    }
    if (held)
        *held = n_held;
    gs_arena_release(a, mark);
    return GS_OK;
}
