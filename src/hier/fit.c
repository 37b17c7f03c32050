/* The numbers over people: mode of their joint density and the curvature there.
 *
 * A person's own gain, floor and scale are summed out on grids (41 x 5 x 4), level, wander
 * and noise in closed form: what is left is a smooth function of twenty numbers, searched
 * by BFGS. Sampling them was not worth its time: the
 * forecasts move by less than their Monte-Carlo error.
 *
 * Weak priors, in the search's coordinates (centre, sd); they keep a number in sight when
 * few people speak of it. */
#include "hier/hier.h"

#include "infer/num.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    double centre, sd;
} plain[GS_HIER_WEEK] = {
    [GS_HIER_GAIN] = {"ln_gain", 0, 1},
    [GS_HIER_GAIN_SD] = {"ln_gain_sd", -0.7, 0.7},
    [GS_HIER_FLOOR] = {"ln_floor", -2, 0.7},
    [GS_HIER_FLOOR_SD] = {"ln_floor_sd", -1, 1},
    [GS_HIER_WANDER] = {"ln_wander", -1.2, 0.7},
    [GS_HIER_RHO] = {"logit_rho", 0, 1.5},
    [GS_HIER_NOISE] = {"ln_noise", -2, 0.7},
    [GS_HIER_SCALE_SD] = {"ln_scale_sd", -1.2, 0.7},
};
static const double week_sd = 0.15, level_mean = 2, level_var = 25;

static double centre_of(size_t i)
{
    return i < GS_HIER_WEEK ? plain[i].centre : 0;
}

static double sd_of(size_t i)
{
    return i < GS_HIER_WEEK ? plain[i].sd : week_sd;
}

const char *gs_hier_name(size_t i)
{
    static const char *const weeks[] = {"week_1", "week_2",  "week_3", "week_4",
                                        "week_5", "week_6",  "week_7", "week_8",
                                        "week_9", "week_10", "week_11"};
    return i < GS_HIER_WEEK ? plain[i].name
           : i < GS_HIER_N  ? weeks[i - GS_HIER_WEEK]
                            : "";
}

/* ---- one person ---- */

void numbers_from(const gs_hier_study *s, const double *u, numbers *h)
{
    static const double z_floor[N_FLOOR] = {-1.6, -0.8, 0, 0.8, 1.6};
    static const double z_scale[N_SCALE] = {-1.5, -0.5, 0.5, 1.5};
    double w_floor[N_FLOOR], sum = 0, sd = exp(u[GS_HIER_GAIN_SD]);
    for (size_t f = 0; f < N_FLOOR; f++) {
        h->floor[f] = exp(u[GS_HIER_FLOOR] + exp(u[GS_HIER_FLOOR_SD]) * z_floor[f]);
        w_floor[f] = -0.5 * z_floor[f] * z_floor[f];
    }
    for (size_t g = 0; g < GS_HIER_GRID; g++) {
        double z = (s->ln_gain[g] - u[GS_HIER_GAIN]) / sd;
        for (size_t f = 0; f < N_FLOOR; f++) {
            h->ln_w[g * N_FLOOR + f] = -0.5 * z * z + w_floor[f];
            sum += exp(h->ln_w[g * N_FLOOR + f]);
        }
    }
    h->mean_z = h->mean_z2 = 0;
    for (size_t c = 0; c < N_CELL; c++) {
        double z = (s->ln_gain[c / N_FLOOR] - u[GS_HIER_GAIN]) / sd;
        h->ln_w[c] -= log(sum);
        h->mean_z += exp(h->ln_w[c]) * z;
        h->mean_z2 += exp(h->ln_w[c]) * z * z;
    }
    sum = 0;
    for (size_t k = 0; k < N_SCALE; k++)
        sum += exp(-0.5 * z_scale[k] * z_scale[k]);
    for (size_t k = 0; k < N_SCALE; k++) {
        h->scale[k] = exp(exp(u[GS_HIER_SCALE_SD]) * z_scale[k]);
        h->ln_scale[k] = -0.5 * z_scale[k] * z_scale[k] - log(sum);
    }
    h->wander2 = exp(2 * u[GS_HIER_WANDER]);
    h->noise2 = exp(2 * u[GS_HIER_NOISE]);
    h->rho = num_logistic(u[GS_HIER_RHO]);
    h->week[0] = 0;
    for (size_t w = 1; w < GS_HIER_WEEKS; w++)
        h->week[w] = u[GS_HIER_WEEK + w - 1];
}

double week_of(const numbers *h, int32_t week)
{
    return h->week[week < GS_HIER_WEEKS ? week : GS_HIER_WEEKS - 1];
}

bool person_factor(const numbers *h, const int32_t *week, size_t n, double scale,
                   double *L)
{
    double s2 = scale * scale;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            L[i * n + j] =
                level_var + s2 * (h->wander2 * pow(h->rho, abs(week[i] - week[j])) +
                                  (i == j ? h->noise2 : 0));
    return num_cholesky(n, L);
}

/* resid[c][j] = y - level's mean - ln(severity + floor) - week */
static void residuals(const gs_hier_person *p, const numbers *h, size_t n,
                      double *resid)
{
    for (size_t g = 0; g < GS_HIER_GRID; g++)
        for (size_t f = 0; f < N_FLOOR; f++)
            for (size_t j = 0; j < n && h->ln_w[g * N_FLOOR + f] >= -30; j++)
                resid[(g * N_FLOOR + f) * n + j] =
                    p->y[j] - level_mean - log(p->path[g * p->n + j] + h->floor[f]) -
                    week_of(h, p->week[j]);
}

double person_cells(const gs_hier_study *s, const numbers *h, size_t person, size_t n,
                    double *resid, double *out)
{
    const gs_hier_person *p = &s->person[person];
    double L[MOST * MOST], z[MOST], top = -HUGE_VAL, sum = 0;
    residuals(p, h, n, resid);
    for (size_t k = 0; k < N_SCALE; k++) {
        if (!person_factor(h, p->week, n, h->scale[k], L))
            return -HUGE_VAL;
        double det = 0.5 * (double)n * log(2 * M_PI);
        for (size_t j = 0; j < n; j++)
            det += log(L[j * n + j]);
        for (size_t c = 0; c < N_CELL; c++) {
            double q = 0;
            out[k * N_CELL + c] = -HUGE_VAL;
            if (h->ln_w[c] < -30)
                continue;
            num_lower_solve(n, L, resid + c * n, z);
            for (size_t j = 0; j < n; j++)
                q += z[j] * z[j];
            double l = h->ln_w[c] + h->ln_scale[k] - det - 0.5 * q;
            out[k * N_CELL + c] = l;
            top = fmax(top, l);
        }
    }
    for (size_t c = 0; c < N_SCALE * N_CELL; c++)
        sum += exp(out[c] - top);
    return top + log(sum);
}

/* ---- everybody ---- */

/* Gradient of the ln of a person's sum, added to g: every cell that weighs anything gives
 * the derivatives of its ln weight and of its normal density,
 *     -alpha' dr  and  (alpha' dC alpha - tr(C^-1 dC))/2,  alpha = C^-1 r. */
typedef struct slope {
    const gs_hier_person *p;
    const numbers *h;
    const double *u;
    double L[MOST * MOST], inv[MOST * MOST], outer[MOST * MOST];
    double *g;
} slope;

/* inverse from the lower factor */
static void invert(size_t n, const double *L, double *inv)
{
    for (size_t c = 0; c < n; c++) {
        double z[MOST];
        for (size_t i = 0; i < n; i++) {
            double x = i == c;
            for (size_t k = 0; k < i; k++)
                x -= L[i * n + k] * z[k];
            z[i] = x / L[i * n + i];
        }
        for (size_t i = n; i-- > 0;) {
            double x = z[i];
            for (size_t k = i + 1; k < n; k++)
                x -= L[k * n + i] * inv[k * n + c];
            inv[i * n + c] = x / L[i * n + i];
        }
    }
}

/* what a cell says through its residuals: floors and weeks; its outer product is kept */
static void cell_slope(slope *q, size_t c, double w, const double *r)
{
    const gs_hier_person *p = q->p;
    size_t n = p->n, g = c / N_FLOOR, f = c % N_FLOOR;
    double alpha[MOST], floor = q->h->floor[f], along = 0;
    for (size_t i = 0; i < n; i++) {
        alpha[i] = 0;
        for (size_t j = 0; j < n; j++)
            alpha[i] += q->inv[i * n + j] * r[j];
    }
    for (size_t i = 0; i < n; i++) {
        along += alpha[i] * floor / (p->path[g * n + i] + floor);
        if (p->week[i] > 0)
            q->g[GS_HIER_WEEK +
                 (p->week[i] < GS_HIER_WEEKS ? p->week[i] : GS_HIER_WEEKS - 1) - 1] +=
                w * alpha[i];
        for (size_t j = 0; j < n; j++)
            q->outer[i * n + j] += w * alpha[i] * alpha[j];
    }
    q->g[GS_HIER_FLOOR] += w * along;
    q->g[GS_HIER_FLOOR_SD] += w * along * (log(floor) - q->u[GS_HIER_FLOOR]);
}

/* what all cells of a scale, together of weight w, say through the covariance */
static void scale_slope(slope *q, double w, double scale)
{
    const gs_hier_person *p = q->p;
    const numbers *h = q->h;
    size_t n = p->n;
    double s2 = scale * scale, d[4] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double lag = abs(p->week[i] - p->week[j]),
                   pull = h->wander2 * pow(h->rho, lag);
            double m = 0.5 * s2 * (q->outer[i * n + j] - w * q->inv[i * n + j]);
            d[0] += m * 2 * pull;
            d[1] += m * pull * lag * (1 - h->rho);
            d[2] += i == j ? m * 2 * h->noise2 : 0;
            d[3] += m * 2 * (pull + (i == j ? h->noise2 : 0));
        }
    q->g[GS_HIER_WANDER] += d[0];
    q->g[GS_HIER_RHO] += d[1];
    q->g[GS_HIER_NOISE] += d[2];
    q->g[GS_HIER_SCALE_SD] += d[3] * log(scale);
}

static void person_slope(const gs_hier_study *s, const numbers *h, const double *u,
                         size_t person, const double *resid, const double *cell,
                         double total, double *g)
{
    const gs_hier_person *p = &s->person[person];
    slope q = {.p = p, .h = h, .u = u, .g = g};
    double sd = exp(u[GS_HIER_GAIN_SD]);
    for (size_t k = 0; k < N_SCALE; k++) {
        double sum = 0;
        memset(q.outer, 0, p->n * p->n * sizeof(double));
        person_factor(h, p->week, p->n, h->scale[k], q.L);
        invert(p->n, q.L, q.inv);
        for (size_t c = 0; c < N_CELL; c++) {
            double w = exp(cell[k * N_CELL + c] - total);
            if (w < 1e-10)
                continue;
            double z = (s->ln_gain[c / N_FLOOR] - u[GS_HIER_GAIN]) / sd;
            sum += w;
            g[GS_HIER_GAIN] += w * (z - h->mean_z) / sd;
            g[GS_HIER_GAIN_SD] += w * (z * z - h->mean_z2);
            cell_slope(&q, c, w, resid + c * p->n);
        }
        scale_slope(&q, sum, h->scale[k]);
    }
}

/* log density, and its gradient unless g is NULL */
static double density(const gs_hier_study *s, size_t leave, const double *u, double *g)
{
    double *resid = malloc(N_CELL * MOST * sizeof *resid);
    double *cell = malloc(N_SCALE * N_CELL * sizeof *cell), lp = 0;
    numbers h;
    for (size_t i = 0; i < GS_HIER_N; i++) {
        double z = (u[i] - centre_of(i)) / sd_of(i);
        lp -= 0.5 * z * z;
        if (g)
            g[i] = -z / sd_of(i);
    }
    numbers_from(s, u, &h);
    for (size_t p = 0; p < s->n && resid && cell; p++) {
        if (p == leave)
            continue;
        double one = person_cells(s, &h, p, s->person[p].n, resid, cell);
        lp += one;
        if (g && isfinite(one))
            person_slope(s, &h, u, p, resid, cell, one, g);
    }
    bool ok = resid && cell && isfinite(lp);
    free(resid);
    free(cell);
    return ok ? lp : -HUGE_VAL;
}

double gs_hier_density(const gs_hier_study *s, size_t leave, const double *u, double *g)
{
    return density(s, leave, u, g);
}

typedef struct search {
    const gs_hier_study *s;
    size_t leave;
    double f; /* minus the log density */
    double u[GS_HIER_N], g[GS_HIER_N], H[GS_HIER_N * GS_HIER_N];
} search;

/* minus the log density and its gradient */
static double minus(const search *m, const double *u, double *g)
{
    double f = -density(m->s, m->leave, u, g);
    for (size_t i = 0; g && i < GS_HIER_N; i++)
        g[i] = -g[i];
    return f;
}

static double dot(const double *a, const double *b)
{
    double s = 0;
    for (size_t i = 0; i < GS_HIER_N; i++)
        s += a[i] * b[i];
    return s;
}

/* inverse-Hessian update of Broyden, Fletcher, Goldfarb and Shanno */
static void update(double *H, const double *s, const double *y)
{
    enum { N = GS_HIER_N };
    double Hy[N], sy = dot(s, y);
    if (!(sy > 1e-10 * sqrt(dot(s, s) * dot(y, y))))
        return;
    for (size_t i = 0; i < N; i++)
        Hy[i] = dot(H + i * N, y);
    double yHy = dot(y, Hy);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            H[i * N + j] +=
                (1 + yHy / sy) * s[i] * s[j] / sy - (Hy[i] * s[j] + s[i] * Hy[j]) / sy;
}

/* one step; false when nothing lower is found */
static bool step(search *m)
{
    enum { N = GS_HIER_N };
    double d[N], x[N], g[N], s[N], y[N];
    for (size_t i = 0; i < N; i++)
        d[i] = -dot(m->H + i * N, m->g);
    double down = dot(d, m->g), size = fmin(1, 2 / sqrt(dot(d, d)));
    if (!(down < 0))
        return false;
    for (int k = 0; k < 20; k++, size *= 0.4) {
        for (size_t i = 0; i < N; i++)
            x[i] = m->u[i] + size * d[i];
        double f = minus(m, x, g);
        if (!(f <= m->f + 1e-4 * size * down))
            continue;
        for (size_t i = 0; i < N; i++) {
            s[i] = x[i] - m->u[i];
            y[i] = g[i] - m->g[i];
        }
        update(m->H, s, y);
        bool small = m->f - f < 1e-4;
        m->f = f;
        memcpy(m->u, x, sizeof x);
        memcpy(m->g, g, sizeof g);
        return !small;
    }
    return false;
}

/* covariance at the mode from differences of gradients, and its lower factor */
static bool curvature(const search *m, gs_hier_fit *out)
{
    enum { N = GS_HIER_N };
    double C[N * N], V[N * N], w[N], x[N], up[N], down[N], det = 0;
    memcpy(x, m->u, sizeof x);
    for (size_t j = 0; j < N; j++) {
        double h = 0.02 * sd_of(j);
        x[j] = m->u[j] + h;
        minus(m, x, up);
        x[j] = m->u[j] - h;
        minus(m, x, down);
        x[j] = m->u[j];
        for (size_t i = 0; i < N; i++)
            C[i * N + j] = (up[i] - down[i]) / (2 * h);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            C[i * N + j] = C[j * N + i] = 0.5 * (C[i * N + j] + C[j * N + i]);
    num_eigen(N, C, w, V);
    for (size_t k = 0; k < N; k++) {
        w[k] = fmax(w[k], 0.2); /* no wider than what the priors leave */
        det += log(w[k]);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double c = 0;
            for (size_t k = 0; k < N; k++)
                c += V[i * N + k] * V[j * N + k] / w[k];
            out->root[i * N + j] = c;
        }
    double prior = 0; /* normal constants of the priors, for the evidence */
    for (size_t i = 0; i < N; i++)
        prior -= log(sd_of(i));
    out->evidence = out->lp + prior - 0.5 * det;
    return num_cholesky(N, out->root);
}

static gs_status check(const gs_hier_study *s, gs_err *err)
{
    for (size_t p = 0; p < s->n; p++) {
        const gs_hier_person *q = &s->person[p];
        if (q->n < 1 || q->n > GS_HIER_SCORES)
            return gs_fail(err, GS_EUSE,
                           "person %zu has %zu scores; 1 to %d are possible", p + 1,
                           q->n, GS_HIER_SCORES);
        for (size_t j = 0; j < q->n; j++)
            if (!isfinite(q->y[j]) || q->week[j] < 0 ||
                (j > 0 && q->week[j] <= q->week[j - 1]))
                return gs_fail(err, GS_EUSE,
                               "person %zu, score %zu: no number, or out of "
                               "order",
                               p + 1, j + 1);
        for (size_t j = 0; j < GS_HIER_GRID * q->n; j++)
            if (!(q->path[j] >= 0 && q->path[j] < 1e6))
                return gs_fail(err, GS_EUSE,
                               "person %zu: a severity below nought or none", p + 1);
    }
    return s->n >= 2 ? GS_OK
                     : gs_fail(err, GS_EUSE, "a hierarchy wants two people or more");
}

gs_status gs_hier_fit_people(const gs_hier_study *s, size_t leave,
                             const gs_hier_fit *from, bool with_curvature,
                             gs_hier_fit *out, gs_err *err)
{
    enum { N = GS_HIER_N };
    GS_TRY(check(s, err));
    search *m = calloc(1, sizeof *m);
    if (!m)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    m->s = s;
    m->leave = leave;
    for (size_t i = 0; i < N; i++) {
        m->u[i] = from ? from->u[i] : centre_of(i);
        for (size_t j = 0; from && j < N; j++) {
            double c = 0;
            for (size_t k = 0; k <= i && k <= j; k++)
                c += from->root[i * N + k] * from->root[j * N + k];
            m->H[i * N + j] = c;
        }
        if (!from) /* people tell about as much as four times the priors */
            m->H[i * N + i] = 0.2 * sd_of(i) * sd_of(i);
    }
    m->f = minus(m, m->u, m->g);
    bool ok = isfinite(m->f);
    for (int it = 0; ok && it < 100 && step(m); it++)
        ;
    if (ok) {
        if (from)
            *out = *from;
        memcpy(out->u, m->u, sizeof out->u);
        out->lp = -m->f;
        if (with_curvature || !from)
            ok = curvature(m, out);
    }
    free(m);
    return ok ? GS_OK
              : gs_fail(err, GS_ENUM, "no mode of the numbers over people was found");
}
