/* Kalman filter and what both filters share; the grid is in grid.c. */
#include "infer/filter.h"
#include "infer/grid.h"
#include "infer/num.h"

#include <math.h>

/* Gap number of `gap` in list[0..*n), added when new; -1 when the list is full. */
static long gap_kind(double *list, size_t *n, size_t cap, double gap)
{
    for (size_t k = 0; k < *n; k++)
        if (list[k] == gap)
            return (long)k;
    if (*n == cap)
        return -1;
    list[*n] = gap;
    return (long)(*n)++;
}

track *track_new(gs_arena *a, const link *l, size_t n, const int32_t *day,
                 const double *value)
{
    track *t = GS_NEW(a, track, 1);
    int32_t *d = GS_NEW(a, int32_t, n);
    uint16_t *kind = GS_NEW(a, uint16_t, n);
    double *gap = GS_NEW(a, double, n), *v = GS_NEW(a, double, n);
    double *y = GS_NEW(a, double, n), *r = GS_NEW(a, double, n);
    if (!t || !d || !kind || !gap || !v || !y || !r || n > UINT16_MAX)
        return NULL;
    *t = (track){.n = n, .day = d, .kind = kind, .gap = gap, .value = v, .y = y,
                 .round_var = r};
    for (size_t i = 0; i < n; i++) {
        d[i] = day[i];
        v[i] = value[i];
        if (i > 0)
            kind[i] = (uint16_t)gap_kind(gap, &t->n_kind, n, day[i] - day[i - 1]);
        if (l->kind == LINK_NORMAL && !isnan(value[i])) {
            y[i] = link_forward(l, value[i]);
            r[i] = link_round_var(l, value[i]);
        }
    }
    return t;
}

filter *filter_new(gs_arena *a, bool grid, size_t n_step, size_t n_kind)
{
    filter *f = GS_NEW(a, filter, 1);
    if (!f)
        return NULL;
    f->n_step = n_step;
    f->n_kind = n_kind;
    f->log_chance = GS_NEW(a, double, n_step);
    if (!f->log_chance)
        return NULL;
    if (grid)
        return grid_alloc(a, f) ? f : NULL;
    f->mean = GS_NEW(a, double, n_step);
    f->var = GS_NEW(a, double, n_step);
    f->mean_all = GS_NEW(a, double, n_step);
    f->var_all = GS_NEW(a, double, n_step);
    return f->mean && f->var && f->mean_all && f->var_all ? f : NULL;
}

static double kalman_forward(filter *f, const track *t, const double *eta,
                             const nuisance *v)
{
    double m = 0, p = 1, sum = 0, s = v->sd;
    for (size_t i = 0; i < t->n; i++) {
        if (i > 0) {
            double rho = exp(-t->gap[t->kind[i]] / v->tau);
            m *= rho;
            p = 1 - rho * rho * (1 - p);
        }
        f->log_chance[i] = 0;
        if (!isnan(t->value[i])) {
            double noise = v->noise * v->noise + t->round_var[i];
            double e = t->y[i] - eta[i] - s * m, all = s * s * p + noise;
            f->log_chance[i] = -0.5 * (e * e / all + log(2 * M_PI * all));
            m += p * s / all * e;
            p *= noise / all;
        }
        f->mean[i] = m;
        f->var[i] = p;
        sum += f->log_chance[i];
    }
    return isfinite(sum) ? sum : -HUGE_VAL;
}

/* Rauch, Tung and Striebel's smoother, collecting the expected complete-data score. */
static void kalman_backward(filter *f, const track *t, const double *eta,
                            const nuisance *v, double *d_eta, nuisance *g)
{
    double s = v->sd, next_m = 0, next_p = 0;
    for (size_t i = t->n; i-- > 0;) {
        double m = f->mean[i], p = f->var[i];
        if (i + 1 < t->n) {
            double gap = t->gap[t->kind[i + 1]], rho = exp(-gap / v->tau);
            double q = 1 - rho * rho, ahead_p = 1 - rho * rho * (1 - p);
            double c = p * rho / ahead_p, ahead_m = rho * m;
            m += c * (next_m - ahead_m);
            p += c * c * (next_p - ahead_p);
            if (g) { /* E[z z], E[z z'], E[z' z'] of the pair (i, i+1) */
                double zz = m * m + p, zn = m * next_m + c * next_p;
                double nn = next_m * next_m + next_p;
                double miss = nn - 2 * rho * zn + rho * rho * zz;
                double d = (zn - rho * zz) / q + rho / q - rho * miss / (q * q);
                g->tau += d * rho * gap / (v->tau * v->tau);
            }
        }
        f->mean_all[i] = next_m = m;
        f->var_all[i] = next_p = p;
        if (d_eta)
            d_eta[i] = 0;
        if (!g || isnan(t->value[i]))
            continue;
        double noise = v->noise * v->noise + t->round_var[i], y = t->y[i] - eta[i];
        double e = y - s * m;
        d_eta[i] = e / noise;
        g->sd += (y * m - s * (m * m + p)) / noise;
        double d_noise = 0.5 * ((e * e + s * s * p) / (noise * noise) - 1 / noise);
        g->noise += d_noise * 2 * v->noise;
    }
}

double filter_forward(filter *f, const link *l, const track *t, const double *eta,
                      const nuisance *v)
{
    if (l->kind == LINK_NORMAL)
        return kalman_forward(f, t, eta, v);
    return grid_forward(f, l, t, eta, v);
}

void filter_backward(filter *f, const link *l, const track *t, const double *eta,
                     const nuisance *v, double *d_eta, nuisance *g)
{
    if (l->kind == LINK_NORMAL)
        kalman_backward(f, t, eta, v, d_eta, g);
    else
        grid_backward(f, l, t, eta, v, d_eta, g);
}

void filter_ahead_normal(const filter *f, size_t i, double tau, double days,
                         double *out_mean, double *out_var)
{
    double rho = exp(-days / tau);
    *out_mean = rho * f->mean[i];
    *out_var = 1 - rho * rho * (1 - f->var[i]);
}

void filter_ahead_grid(const filter *f, size_t i, double tau, double days, double *out)
{
    const double *from = f->alpha + i * GRID_N;
    double row[GRID_N], rho = exp(-days / tau);
    for (size_t b = 0; b < GRID_N; b++)
        out[b] = days > 0 ? 0 : from[b];
    for (size_t a = 0; a < GRID_N && days > 0; a++) {
        if (!(from[a] > 1e-12))
            continue;
        double sum = 0;
        for (size_t b = 0; b < GRID_N; b++) {
            double x = f->node[b] - rho * f->node[a];
            row[b] = exp(-0.5 * x * x / (1 - rho * rho));
            sum += row[b];
        }
        for (size_t b = 0; b < GRID_N; b++)
            out[b] += from[a] * row[b] / sum;
    }
}
