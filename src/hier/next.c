/* A person's next score, from the scores so far and a fit of others. */
#include "hier/hier.h"

#include "gutskin/rng.h"
#include "infer/num.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One normal of the mixture. */
typedef struct piece {
    double w, mean, sd;
} piece;

typedef struct mixture {
    piece *p;
    size_t n, most;
} mixture;

/* weights of past scores in the forecast, and its variance */
static void past_weights(const numbers *h, const gs_hier_person *p, size_t j,
                         double scale, double *a, double *var)
{
    size_t n = j + 1;
    double L[(MOST + 1) * (MOST + 1)];
    /* with the covariance's factor L, the last row holds the regression on the past:
     * y_j = l_j' z + L_jj e, z = inverse(L_past) r */
    person_factor(h, p->week, n, scale, L);
    for (size_t i = 0; i < j; i++)
        a[i] = L[j * n + i];
    for (size_t i = j; i-- > 0;) { /* solve L_past' x = l */
        double x = a[i];
        for (size_t k = i + 1; k < j; k++)
            x -= L[k * n + i] * a[k];
        a[i] = x / L[i * n + i];
    }
    *var = L[j * n + j] * L[j * n + j];
}

static void add_pieces(const gs_hier_study *s, const double *u, size_t person, size_t j,
                       double weight, double *resid, double *cell, mixture *m)
{
    const gs_hier_person *p = &s->person[person];
    numbers h;
    double a[MOST], var;
    numbers_from(s, u, &h);
    double total = person_cells(s, &h, person, j, resid, cell);
    if (!isfinite(total))
        return;
    for (size_t k = 0; k < N_SCALE; k++) {
        past_weights(&h, p, j, h.scale[k], a, &var);
        for (size_t c = 0; c < N_CELL; c++) {
            double w = weight * exp(cell[k * N_CELL + c] - total);
            if (w < 1e-9 * weight)
                continue;
            size_t g = c / N_FLOOR, f = c % N_FLOOR;
            double mean =
                2 + log(p->ahead[g * p->n + j] + h.floor[f]) + week_of(&h, p->week[j]);
            for (size_t i = 0; i < j; i++)
                mean += a[i] * resid[c * j + i];
            m->p[m->n++] = (piece){w, mean, sqrt(var)};
        }
    }
}

static double below(const mixture *m, double y)
{
    double q = 0;
    for (size_t i = 0; i < m->n; i++)
        q += m->p[i].w * num_normal_cdf((y - m->p[i].mean) / m->p[i].sd);
    return q;
}

static double quantile(const mixture *m, double p, double mean, double sd)
{
    double lo = mean - 12 * sd, hi = mean + 12 * sd;
    for (int i = 0; i < 50; i++) {
        double mid = (lo + hi) / 2;
        if (below(m, mid) < p)
            lo = mid;
        else
            hi = mid;
    }
    return (lo + hi) / 2;
}

static void summarise(mixture *m, double y, gs_hier_forecast *out)
{
    static const double at[4] = {0.05, 0.25, 0.75, 0.95};
    double sum = 0, mean = 0, var = 0, density = 0;
    for (size_t i = 0; i < m->n; i++)
        sum += m->p[i].w;
    for (size_t i = 0; i < m->n; i++) {
        m->p[i].w /= sum;
        mean += m->p[i].w * m->p[i].mean;
    }
    for (size_t i = 0; i < m->n; i++) {
        const piece *q = &m->p[i];
        var += q->w * (q->sd * q->sd + (q->mean - mean) * (q->mean - mean));
        density += q->w * num_normal_pdf((y - q->mean) / q->sd) / q->sd;
    }
    *out = (gs_hier_forecast){.mean = mean,
                              .sd = sqrt(var),
                              .below = below(m, y),
                              .ln_density = log(fmax(density, 1e-300))};
    for (size_t i = 0; i < 4; i++)
        out->q[i] = quantile(m, at[i], mean, out->sd);
}

gs_status gs_hier_next(const gs_hier_study *s, const gs_hier_fit *f, size_t person,
                       size_t j, size_t n_draw, uint64_t seed, gs_hier_forecast *out,
                       gs_err *err)
{
    enum { N = GS_HIER_N };
    if (person >= s->n || j < 1 || j >= s->person[person].n)
        return gs_fail(err, GS_EUSE, "there is no such next score");
    size_t n = n_draw ? n_draw : 1;
    mixture m = {.most = n * N_SCALE * N_CELL};
    double *resid = malloc(N_CELL * MOST * sizeof *resid);
    double *cell = malloc(N_SCALE * N_CELL * sizeof *cell);
    m.p = malloc(m.most * sizeof *m.p);
    if (resid && cell && m.p)
        for (size_t d = 0; d < n; d++) {
            double u[N], z[N];
            gs_rng r = gs_rng_stream(seed, d, "hierarchy");
            memcpy(u, f->u, sizeof u);
            for (size_t i = 0; i < N; i++)
                z[i] = n_draw ? gs_rng_normal(&r) : 0;
            for (size_t i = 0; i < N; i++)
                for (size_t k = 0; k <= i; k++)
                    u[i] += f->root[i * N + k] * z[k];
            add_pieces(s, u, person, j, 1.0 / (double)n, resid, cell, &m);
        }
    bool ok = m.p && m.n > 0;
    if (ok)
        summarise(&m, s->person[person].y[j], out);
    free(resid);
    free(cell);
    free(m.p);
    return ok ? GS_OK
              : gs_fail(err, GS_ENUM, "this person's scores are beyond the model");
}

void gs_hier_gain(const gs_hier_study *s, const gs_hier_fit *f, size_t person, size_t n,
                  double *out_mean, double *out_sd)
{
    double *resid = malloc(N_CELL * MOST * sizeof *resid);
    double *cell = malloc(N_SCALE * N_CELL * sizeof *cell), mean = 0, square = 0;
    numbers h;
    numbers_from(s, f->u, &h);
    double total = resid && cell ? person_cells(s, &h, person, n, resid, cell) : NAN;
    for (size_t c = 0; isfinite(total) && c < N_SCALE * N_CELL; c++) {
        double w = exp(cell[c] - total), g = s->ln_gain[c % N_CELL / N_FLOOR];
        mean += w * g;
        square += w * g * g;
    }
    *out_mean = isfinite(total) ? mean : NAN;
    *out_sd = isfinite(total) ? sqrt(fmax(square - mean * mean, 0)) : NAN;
    free(resid);
    free(cell);
}
