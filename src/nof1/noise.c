/* Working models of a trial's noise, for the statistic of the randomisation test.
 *
 *   outcome = level + trend + memory + day's noise
 *   memory    exponential, sd^2 a share of the whole, time constant tau
 *
 * in three kinds: normal; some days far out (Student t, 3 degrees of freedom); some
 * steps of the memory far out (t, 2: flares that come at once and go slowly). Days and
 * steps that are far out get a smaller weight by EM, blind to treatment: outcomes alone
 * decide, so the weights are the same whatever order was drawn and the test stays exact.
 * With the weights as given every model is normal, linear in the effect, and whitened by
 * its own filter in O(days); `offset` is what the Student likelihood has beyond that
 * normal one at the weights found, so that the three kinds can be weighed.
 *
 * Dropped: days far from the middle of their seven neighbours count less (half the power
 * gained under heavy tails, none under flares). */
#include "nof1/inner.h"

#include <math.h>
#include <string.h>

enum { TURNS = 4, EARLY = 2, N_WHITE = 13, N_STEP = 6 };

static const double NU_DAY = 3, NU_STEP = 2;
/* scores of few steps repeat: no kind may take its scale for nothing (swings^2) */
static const double LEAST_VAR = 0.05;

static double dot(size_t n, const double *a, const double *b)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

void nof1_whiten(const nof1_noise *g, size_t n, const double *v, double *out)
{
    double a = 0;
    for (size_t i = 0; i < n; i++) {
        double e = v[i] - a;
        out[i] = e * g->scale[i];
        a = g->decay[i] * (a + g->gain[i] * e);
    }
}

void nof1_project(const nof1_noise *g, size_t n, double *v)
{
    for (size_t k = 0; k < g->n_fix; k++) {
        double c = dot(n, g->fix[k], v);
        for (size_t i = 0; i < n; i++)
            v[i] -= c * g->fix[k][i];
    }
}

static double spacing(const nof1_data *d)
{
    double span = d->t[d->n - 1] - d->t[0];
    return d->n > 1 && span > 0 ? span / (double)(d->n - 1) : 1;
}

static void make_filter(const nof1_data *d, nof1_noise *g)
{
    double p = g->share;
    g->log_det = 0;
    for (size_t i = 0; i < d->n; i++) {
        double s = p + (1 - g->share) / (d->weight[i] * g->day[i]);
        double phi = g->phi[i];
        g->gain[i] = p / s;
        g->decay[i] = phi;
        g->scale[i] = 1 / sqrt(s);
        g->log_det += log(s);
        p = phi * phi * p * (1 - g->gain[i]) + g->share * (1 - phi * phi) / g->step[i];
    }
}

/* Level, and trend where there are days enough for it: whitened, orthonormal. */
static void make_fixed(const nof1_data *d, nof1_noise *g)
{
    double mid = 0.5 * (d->t[0] + d->t[d->n - 1]), span = d->t[d->n - 1] - d->t[0];

    g->n_fix = 0;
    for (size_t k = 0; k < (d->n >= 10 ? 2u : 1u); k++) {
        double *v = g->fix[k], *col = g->y; /* y comes last */
        for (size_t i = 0; i < d->n; i++)
            col[i] = k == 0 ? 1 : 2 * (d->t[i] - mid) / span;
        nof1_whiten(g, d->n, col, v);
        nof1_project(g, d->n, v);
        double norm = sqrt(dot(d->n, v, v));
        for (size_t i = 0; i < d->n; i++)
            v[i] /= norm;
        g->log_det += 2 * log(norm);
        g->n_fix++;
    }
}

/* ---- weights by EM -------------------------------------------------------------------- */

/* Smoothed memory of what level and trend leave: means, variances, lag-one covariances. */
typedef struct path {
    double rest[GS_NOF1_DAYS], mean[GS_NOF1_DAYS], var[GS_NOF1_DAYS], cov[GS_NOF1_DAYS];
    double before[GS_NOF1_DAYS], var_before[GS_NOF1_DAYS]; /* predicted */
    double scale2; /* the whole variance */
} path;

/* What level and trend leave, in the outcome's own units: the filter run backwards. */
static void rest_of(const nof1_data *d, const nof1_noise *g, path *p)
{
    double w[GS_NOF1_DAYS], a = 0;
    nof1_whiten(g, d->n, d->y, w);
    nof1_project(g, d->n, w);
    for (size_t i = 0; i < d->n; i++) {
        double e = w[i] / g->scale[i];
        p->rest[i] = a + e;
        a = g->decay[i] * (a + g->gain[i] * e);
    }
}

static void smooth(const nof1_data *d, const nof1_noise *g, path *p)
{
    size_t n = d->n;
    double a = 0, v = g->share, rss = 0;

    rest_of(d, g, p);
    for (size_t i = 0; i < n; i++) {
        double e = p->rest[i] - a, phi = g->decay[i];
        p->before[i] = a;
        p->var_before[i] = v;
        rss += e * e * g->scale[i] * g->scale[i];
        p->mean[i] = a + g->gain[i] * e;
        p->var[i] = v * (1 - g->gain[i]);
        a = phi * p->mean[i];
        v = phi * phi * p->var[i] + g->share * (1 - phi * phi) / g->step[i];
    }
    p->scale2 = fmax(rss / (double)(n - g->n_fix), LEAST_VAR);
    for (size_t i = n - 1; i-- > 0;) {
        double vb = p->var_before[i + 1];
        double c = vb > 0 ? p->var[i] * g->decay[i] / vb : 0;
        p->mean[i] += c * (p->mean[i + 1] - p->before[i + 1]);
        p->var[i] += c * c * (p->var[i + 1] - vb);
        p->cov[i] = c * p->var[i + 1];
    }
}

/* A standardised square z2 under t(nu): its weight; adds to the offset. */
static double weight_of(double nu, double z2, double *offset)
{
    double w = (nu + 1) / (nu + z2);
    *offset += 0.5 * (w * z2 - nu * log1p(z2 / nu)); /* log w has a log1p, too */
    return w;
}

static void reweigh(const nof1_data *d, const path *p, nof1_noise *g)
{
    double nu = g->kind == NOF1_FAR_DAYS ? NU_DAY : NU_STEP;
    double at_none = lgamma(0.5 * (nu + 1)) - lgamma(0.5 * nu) - 0.5 * log(0.5 * nu) -
                     0.5 * log1p(1 / nu);

    g->offset = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (g->kind == NOF1_FAR_DAYS) {
            double e = p->rest[i] - p->mean[i];
            double z2 = (e * e / p->scale2 + p->var[i]) * d->weight[i] / (1 - g->share);
            g->day[i] = weight_of(nu, z2, &g->offset);
            g->offset += at_none;
        } else if (i + 1 < d->n) {
            double phi = g->decay[i], q = g->share * (1 - phi * phi);
            double e = p->mean[i + 1] - phi * p->mean[i];
            double v = p->var[i + 1] + phi * phi * p->var[i] - 2 * phi * p->cov[i];
            g->step[i] = weight_of(nu, (e * e / p->scale2 + v) / q, &g->offset);
            g->offset += at_none;
        }
    }
}

/* ---- the list -------------------------------------------------------------------------- */

static void see_blind(const nof1_data *d, nof1_noise *g)
{
    nof1_whiten(g, d->n, d->y, g->y);
    nof1_project(g, d->n, g->y);
    g->yy = dot(d->n, g->y, g->y);
    g->blind = g->offset -
               0.5 * ((double)(d->n - g->n_fix) * log(fmax(g->yy, 1e-300)) + g->log_det);
}

/* With weights by EM, given up where it stays far below `bound`. */
static void make(const nof1_data *d, double tau, double bound, path *p, nof1_noise *g)
{
    double last = -1, phi = 0;

    for (size_t i = 0; i < d->n; i++) {
        double dt = i + 1 < d->n ? d->t[i + 1] - d->t[i] : 0;
        if (dt != last)
            phi = exp(-dt / tau);
        last = dt;
        g->phi[i] = phi;
        g->day[i] = g->step[i] = 1;
    }
    for (int k = 0; k < (g->kind == NOF1_NORMAL ? 0 : TURNS); k++) {
        make_filter(d, g);
        make_fixed(d, g);
        see_blind(d, g);
        if (k == EARLY && g->blind < bound - 4)
            return;
        smooth(d, g, p);
        reweigh(d, p, g);
    }
    make_filter(d, g);
    make_fixed(d, g);
    see_blind(d, g);
}

static bool room(gs_arena *a, size_t n, nof1_noise *g)
{
    double *v = GS_NEW(a, double, 11 * n);
    if (!v)
        return false;
    double **part[] = {&g->phi,    &g->decay,  &g->gain, &g->scale, &g->day, &g->step,
                       &g->fix[0], &g->fix[1], &g->y,    &g->obs,   &g->dose};
    for (size_t i = 0; i < 11; i++)
        *part[i] = v + i * n;
    return true;
}

bool nof1_noises(gs_arena *a, const nof1_data *d, bool plain, size_t *out_n, nof1_noise *out)
{
    static const double share[] = {0.3, 0.6, 0.9}, tau[] = {1, 3, 10, 40};
    double unit = spacing(d);
    path *p = GS_NEW(a, path, 1);
    size_t n = 0;

    if (!p)
        return false;
    // white, and twelve memories, each as it is; then with days far out, where that fits
    for (size_t k = 0; k < N_WHITE; k++) {
        nof1_noise base = {.share = k ? share[(k - 1) % 3] : 0};
        double t = k ? unit * tau[(k - 1) / 3] : 1;
        nof1_noise far = base;
        far.kind = NOF1_FAR_DAYS;
        if (!room(a, d->n, &base) || (!plain && !room(a, d->n, &far)))
            return false;
        make(d, t, 0, p, &base);
        far.blind = -HUGE_VAL; /* hardly a day's noise to be far out: left alone */
        if (!plain && far.share < 0.8)
            make(d, t, base.blind - 3, p, &far);
        if (base.blind > far.blind - 8)
            out[n++] = base;
        if (far.blind > base.blind - 3)
            out[n++] = far;
    }
    // memories with steps far out, where they fit better than the best of the others do
    double top = -HUGE_VAL;
    for (size_t k = 0; k < n; k++)
        top = fmax(top, out[k].blind);
    for (size_t k = 0; !plain && k < N_STEP; k++) {
        nof1_noise g = {.kind = NOF1_FAR_STEPS, .share = k < 3 ? 0.8 : 1};
        if (!room(a, d->n, &g))
            return false;
        make(d, unit * tau[k % 3], top - 8, p, &g);
        if (g.blind > top - 8)
            out[n++] = g;
    }
    *out_n = n;
    return true;
}
