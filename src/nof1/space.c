/* The model-based analysis: a state-space model of one series.
 *
 *   value_i ~ scale( y_i )          y_i = f_i + noise / sqrt(lambda_i weight_i)
 *   f_i = level + slope t_i + beta x_i(lag) + wander_i + r_i
 *   wander    random walk, sd per root day            (drift)
 *   r         Ornstein-Uhlenbeck, sd and time constant (one day like the one before);
 *             its steps over sqrt(jump_i)              (flares come at once, go slowly)
 *   lambda    gamma(nu/2, nu/2), jump alike            (heavy tails)
 *   x(lag)    exposure, first-order filtered           (onset and carry-over)
 *   scale     CONTINUOUS  y_i = value_i
 *             SCORE       y_i within half a step of value_i, open at the scale's ends
 *             COUNT       value_i ~ Poisson(exp y_i)
 * Missing days have no term: the process goes on between the days that were seen.
 *
 * Level, slope and beta are integrated out by whitening with the filter of (wander, r);
 * that marginal likelihood moves five numbers (sd of wander, r and noise, the two time
 * constants) by adaptive Metropolis; the rest is drawn from its conditionals. All in
 * units of the swing. Scores and counts are latent y drawn anew each sweep, so that one
 * Gaussian filter serves all scales. Priors: docs/notes/nof1.md.
 *
 * A filter of two states costs 60 flops a day: 4000 sweeps of 84 days take 0.1 s. */
#include "infer/num.h"
#include "nof1/inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_THETA = 5, N_COEF = 3, N_NU = 5, FILTER = 9, N_COLUMN = 8 };
enum { TH_WANDER, TH_RESIDUAL, TH_TAU, TH_NOISE, TH_LAG };

static const double nu_grid[N_NU] = {2, 4, 8, 20, 100};

typedef struct chain {
    const nof1_space *m;
    gs_rng rng;
    size_t n;
    double span;              /* days of the trial                  */
    double *buf;              /* everything below                   */
    double *y, *lambda, *f;   /* [n] in swings                      */
    double *jump, *r;         /* [n] weights of r's steps after i; r */
    double *s, *x, *xnew;     /* [n] slope column, response         */
    double *g;                /* [n x FILTER] the filter's numbers  */
    double *w;                /* [2 x n] filtered means             */
    double theta[N_THETA];    /* natural logs                       */
    double coef[N_COEF];      /* level, slope, beta                 */
    double nu, nu_jump, change; /* wander from first to last day    */
    double beta_mean, beta_sd; /* of beta, all else given           */
    /* adaptive proposal */
    double mean[N_THETA], cov[N_THETA * N_THETA], chol[N_THETA * N_THETA];
    double log_scale;
    size_t n_seen;
} chain;

/* ---- priors ---------------------------------------------------------------------- */

/* half-normal on a standard deviation given by its log, with the Jacobian */
static double half_normal(double log_sd, double scale)
{
    double z = exp(log_sd) / scale;
    return -0.5 * z * z + log_sd;
}

static double log_normal(double log_x, double median, double factor)
{
    double z = (log_x - log(median)) / log(factor);
    return -0.5 * z * z;
}

/* Standard deviations in swings: the wander over the whole trial 0.7, residual 0.8,
 * noise 1; residual's time constant 2.5 d, factor 3. */
static double log_prior(const chain *c, const double *th)
{
    const nof1_space *m = c->m;
    if (th[TH_WANDER] < -9 || th[TH_RESIDUAL] < -6 || th[TH_NOISE] < -5 ||
        th[TH_TAU] < log(0.2) || th[TH_TAU] > log(60) || th[TH_LAG] < log(0.02) ||
        th[TH_LAG] > log(m->lag_max))
        return -HUGE_VAL;
    return half_normal(th[TH_WANDER] + 0.5 * log(c->span), 0.7) +
           half_normal(th[TH_RESIDUAL], 0.8) + half_normal(th[TH_NOISE], 1.0) +
           log_normal(th[TH_TAU], 2.5, 3) + log_normal(th[TH_LAG], m->lag_prior, 3);
}

static const double coef_sd[2] = {10, 1.5}; /* level; slope: change over half the trial */

/* ---- the filter ------------------------------------------------------------------ */

/* Gains for (wander, r), wander from 0. A row of g: the gains, innovation scale, phi,
 * q, and the filtered covariance (three), kept for the backward pass. */
static double filter_gains(chain *c, const double *th)
{
    double q = exp(2 * th[TH_WANDER]), sr = exp(2 * th[TH_RESIDUAL]);
    double tau = exp(th[TH_TAU]), sn = exp(2 * th[TH_NOISE]);
    double a = 0, b = 0, d = sr, log_det = 0; /* P = [a b; b d] predicted */
    double product = 1, last = -1, phi = 0;   /* few logs, few exps       */

    for (size_t i = 0; i < c->n; i++) {
        double *g = c->g + i * FILTER;
        double v = sn / (c->lambda[i] * c->m->weight[i]);
        double pa = a + b, pd = b + d, s = pa + pd + v;
        g[0] = pa / s, g[1] = pd / s, g[2] = 1 / sqrt(s);
        product *= s;
        if (!(product > 1e-100 && product < 1e100)) {
            log_det += log(product);
            product = 1;
        }
        a -= g[0] * pa, b -= g[0] * pd, d -= g[1] * pd;
        g[5] = a, g[6] = b, g[7] = d;
        double dt = i + 1 < c->n ? c->m->t[i + 1] - c->m->t[i] : 0;
        if (dt != last)
            phi = exp(-dt / tau);
        last = dt;
        g[3] = phi;
        g[4] = q * dt;
        g[8] = sr * (1 - phi * phi) / c->jump[i];
        a += g[4], b *= phi, d = phi * phi * d + g[8];
    }
    return log_det + log(product);
}

typedef struct normal3 {
    double l[N_COEF * N_COEF]; /* Cholesky factor of the posterior precision */
    double b[N_COEF];          /* right-hand side                            */
} normal3;

/* Products of the whitened columns 1, s, x, y, lower triangle. The four recursions run side
 * by side: one alone waits for its own last result. */
static void products(const chain *c, const double *x, double out[4][4])
{
    double a[4] = {0}, r[4] = {0};
    memset(out, 0, 16 * sizeof(double));
    for (size_t i = 0; i < c->n; i++) {
        const double *g = c->g + i * FILTER;
        const double v[4] = {1, c->s[i], x[i], c->y[i]};
        double w[4];
        for (int k = 0; k < 4; k++) {
            double e = v[k] - a[k] - r[k];
            w[k] = e * g[2];
            a[k] += g[0] * e;
            r[k] = g[3] * (r[k] + g[1] * e);
        }
        for (int k = 0; k < 4; k++)
            for (int q = 0; q <= k; q++)
                out[k][q] += w[k] * w[q];
    }
}

/* log p(y | theta), coefficients integrated out; x is the response for theta's lag. */
static double log_marginal(chain *c, const double *th, const double *x, normal3 *post)
{
    double log_det = filter_gains(c, th), fit = 0, z[N_COEF], all[4][4];
    double sd[N_COEF] = {coef_sd[0], coef_sd[1], c->m->prior_sd};
    normal3 k = {{0}, {0}};

    products(c, x, all);
    for (size_t p = 0; p < N_COEF; p++) {
        for (size_t r = p; r < N_COEF; r++)
            k.l[r * N_COEF + p] = k.l[p * N_COEF + r] = all[r][p];
        k.b[p] = all[3][p];
        k.l[p * N_COEF + p] += 1 / (sd[p] * sd[p]);
    }
    if (!num_cholesky(N_COEF, k.l))
        return -HUGE_VAL;
    num_lower_solve(N_COEF, k.l, k.b, z);
    for (size_t p = 0; p < N_COEF; p++) {
        fit += z[p] * z[p];
        log_det += 2 * log(k.l[p * N_COEF + p]);
    }
    *post = k;
    return -0.5 * (log_det + all[3][3] - fit);
}

/* ---- conditionals ---------------------------------------------------------------- */

static void draw_coef(chain *c, const normal3 *k)
{
    double z[N_COEF];
    num_lower_solve(N_COEF, k->l, k->b, z);
    /* beta is last: its conditional stands in the factor's last row */
    c->beta_sd = 1 / k->l[N_COEF * N_COEF - 1];
    c->beta_mean = z[N_COEF - 1] * c->beta_sd;
    for (size_t p = 0; p < N_COEF; p++)
        z[p] += gs_rng_normal(&c->rng);
    for (size_t p = N_COEF; p-- > 0;) { /* L' coef = z */
        double s = z[p];
        for (size_t r = p + 1; r < N_COEF; r++)
            s -= k->l[r * N_COEF + p] * c->coef[r];
        c->coef[p] = s / k->l[p * N_COEF + p];
    }
}

/* One draw of N(m, S), S = [a b; b d] (semi-definite is fine). */
static void draw2(gs_rng *r, double a, double b, double d, double *m)
{
    double z0 = gs_rng_normal(r), z1 = gs_rng_normal(r);
    double l0 = a > 0 ? sqrt(a) : 0, l1 = l0 > 0 ? b / l0 : 0;
    double l2 = d - l1 * l1;
    m[0] += l0 * z0;
    m[1] += l1 * z0 + (l2 > 0 ? sqrt(l2) : 0) * z1;
}

/* wander and r given everything: forward means, backward draws. u and f are renewed. */
static void draw_path(chain *c)
{
    size_t n = c->n;
    double a = 0, r = 0, *ma = c->w, *mr = c->w + n; /* filtered means */
    double last = 0, next[2] = {0};

    for (size_t i = 0; i < n; i++) {
        const double *g = c->g + i * FILTER;
        double base = c->coef[0] + c->coef[1] * c->s[i] + c->coef[2] * c->x[i];
        double e = c->y[i] - base - a - r;
        ma[i] = a + g[0] * e;
        mr[i] = r + g[1] * e;
        a = ma[i];
        r = g[3] * mr[i];
    }
    for (size_t i = n; i-- > 0;) {
        const double *g = c->g + i * FILTER;
        double m[2] = {ma[i], mr[i]}, sa = g[5], sb = g[6], sd = g[7];
        if (i + 1 < n) {
            /* condition on next = (a + q, phi r + p) */
            double phi = g[3], pa = sa + g[4], pb = phi * sb, pd = phi * phi * sd + g[8];
            double det = pa * pd - pb * pb;
            if (det > 1e-14 * pa * pd && det > 0) {
                /* C = cov(state, next) = [sa phi sb; sb phi sd] */
                double c00 = sa, c01 = phi * sb, c10 = sb, c11 = phi * sd;
                double k00 = (c00 * pd - c01 * pb) / det, k01 = (c01 * pa - c00 * pb) / det;
                double k10 = (c10 * pd - c11 * pb) / det, k11 = (c11 * pa - c10 * pb) / det;
                double e0 = next[0] - m[0], e1 = next[1] - phi * m[1];
                m[0] += k00 * e0 + k01 * e1;
                m[1] += k10 * e0 + k11 * e1;
                double na = sa - (k00 * c00 + k01 * c01);
                double nb = sb - (k00 * c10 + k01 * c11);
                double nd = sd - (k10 * c10 + k11 * c11);
                sa = na, sb = nb, sd = nd;
            }
        }
        draw2(&c->rng, sa, sb, sd, m);
        next[0] = m[0], next[1] = m[1];
        if (i == n - 1)
            last = m[0];
        c->r[i] = m[1];
        c->f[i] = c->coef[0] + c->coef[1] * c->s[i] + c->coef[2] * c->x[i] + m[0] + m[1];
    }
    c->change = last - next[0];
}

/* Degrees of freedom given n weights: sums of them and of their logarithms. */
static double draw_nu(gs_rng *r, double n, double s_log, double s_weight)
{
    double lp[N_NU], top = -HUGE_VAL, sum = 0;
    for (size_t k = 0; k < N_NU; k++) {
        double h = 0.5 * nu_grid[k];
        lp[k] = n * (h * log(h) - lgamma(h)) + (h - 1) * s_log - h * s_weight;
        top = fmax(top, lp[k]);
    }
    for (size_t k = 0; k < N_NU; k++)
        sum += lp[k] = exp(lp[k] - top);
    double at = gs_rng_uniform(r) * sum;
    size_t k = 0;
    while (k + 1 < N_NU && at > lp[k])
        at -= lp[k++];
    return nu_grid[k];
}

/* The weight of a standardised square z2; summed. */
static double draw_weight(gs_rng *r, double nu, double z2, double *s_log, double *s_weight)
{
    double w = fmax(gs_rng_gamma(r, 0.5 * (nu + 1)) / (0.5 * (nu + z2)), 1e-4);
    *s_log += log(w);
    *s_weight += w;
    return w;
}

static void draw_weights(chain *c)
{
    double sn = exp(-2 * c->theta[TH_NOISE]), sr = exp(-2 * c->theta[TH_RESIDUAL]);
    double s_log = 0, s_weight = 0;

    for (size_t i = 0; i < c->n; i++) {
        double e = c->y[i] - c->f[i];
        c->lambda[i] = draw_weight(&c->rng, c->nu, e * e * sn * c->m->weight[i], &s_log,
                                   &s_weight);
    }
    c->nu = draw_nu(&c->rng, (double)c->n, s_log, s_weight);
    s_log = s_weight = 0;
    for (size_t i = 0; i + 1 < c->n; i++) {
        double phi = c->g[i * FILTER + 3], e = c->r[i + 1] - phi * c->r[i];
        c->jump[i] = draw_weight(&c->rng, c->nu_jump, e * e * sr / (1 - phi * phi), &s_log,
                                 &s_weight);
    }
    c->nu_jump = draw_nu(&c->rng, (double)(c->n - 1), s_log, s_weight);
}

/* Normal(m, s) within [lo, hi]. */
static double truncated(gs_rng *r, double m, double s, double lo, double hi)
{
    double a = (lo - m) / s, b = (hi - m) / s, z;
    bool flip = a > 0; /* work in the lower tail, where no digits are lost */
    if (flip) {
        double t = a;
        a = -b, b = -t;
    }
    double pa = isfinite(a) ? num_normal_cdf(a) : 0, pb = isfinite(b) ? num_normal_cdf(b) : 1;
    if (!(pb > pa) || pb < 1e-300) {
        z = isfinite(b) ? b : a; /* the end next to the mean */
    } else {
        double p = pa + gs_rng_uniform(r) * (pb - pa);
        z = num_normal_quantile(p, 1 - p);
        z = z < a ? a : z > b ? b : z;
    }
    return m + s * (flip ? -z : z);
}

static void draw_scores(chain *c)
{
    const nof1_space *m = c->m;
    double half = 0.5 * m->step / m->swing, sn = exp(c->theta[TH_NOISE]);
    for (size_t i = 0; i < c->n; i++) {
        double v = (m->value[i] - m->centre) / m->swing;
        /* a mean of several ratings is rounded less: weight stands for them roughly */
        double lo = v - half, hi = v + half;
        if (m->value[i] <= m->lo + 1e-9)
            lo = -HUGE_VAL;
        if (m->value[i] >= m->hi - 1e-9)
            hi = HUGE_VAL;
        c->y[i] = truncated(&c->rng, c->f[i], sn / sqrt(c->lambda[i] * m->weight[i]), lo, hi);
    }
}

/* Latent log rate of a count: a random-walk step scaled to its two sources. */
static void draw_counts(chain *c)
{
    const nof1_space *m = c->m;
    double sn = exp(c->theta[TH_NOISE]);
    for (size_t i = 0; i < c->n; i++) {
        double s = sn / sqrt(c->lambda[i] * m->weight[i]), v = m->value[i];
        for (int k = 0; k < 2; k++) {
            double now = c->y[i];
            double rate = exp(m->centre + m->swing * now);
            double width = 2.4 / sqrt(1 / (s * s) + m->swing * m->swing * fmax(rate, 0.3));
            double to = now + width * gs_rng_normal(&c->rng);
            double e0 = (now - c->f[i]) / s, e1 = (to - c->f[i]) / s;
            double to_rate = exp(m->centre + m->swing * to);
            double lr = v * m->swing * (to - now) - (to_rate - rate) -
                        0.5 * (e1 * e1 - e0 * e0);
            if (log(gs_rng_uniform(&c->rng)) < lr)
                c->y[i] = to;
        }
    }
}

/* ---- five numbers by adaptive Metropolis ------------------------------------------ */

static void adapt(chain *c, double accepted)
{
    double k = (double)++c->n_seen, rate = 1 / pow(k, 0.6);
    c->log_scale += rate * (accepted - 0.25);
    double w = 1 / (k + 20);
    double e[N_THETA];
    for (size_t i = 0; i < N_THETA; i++) {
        e[i] = c->theta[i] - c->mean[i];
        c->mean[i] += w * e[i];
    }
    for (size_t i = 0; i < N_THETA; i++)
        for (size_t j = 0; j < N_THETA; j++)
            c->cov[i * N_THETA + j] += w * (e[i] * e[j] - c->cov[i * N_THETA + j]);
    if (c->n_seen % 20 == 0) {
        double l[N_THETA * N_THETA];
        memcpy(l, c->cov, sizeof l);
        for (size_t i = 0; i < N_THETA; i++)
            l[i * N_THETA + i] += 0.01;
        if (num_cholesky(N_THETA, l))
            memcpy(c->chol, l, sizeof l);
    }
}

static void move_theta(chain *c, bool warm)
{
    double to[N_THETA], z[N_THETA], step[N_THETA], accept = 0;
    normal3 post;

    for (size_t i = 0; i < N_THETA; i++)
        z[i] = gs_rng_normal(&c->rng);
    num_lower_mul(N_THETA, c->chol, z, step);
    for (size_t i = 0; i < N_THETA; i++)
        to[i] = c->theta[i] + exp(c->log_scale) * step[i];
    if (c->m->lag_fixed)
        to[TH_LAG] = c->theta[TH_LAG];
    double here = log_prior(c, c->theta), there = log_prior(c, to);
    bool moved = false;
    if (there > -HUGE_VAL) {
        if (c->m->lag_fixed)
            memcpy(c->xnew, c->x, c->n * sizeof *c->x);
        else
            c->m->response(c->m->self, exp(to[TH_LAG]), c->xnew);
        there += log_marginal(c, to, c->xnew, &post);
    }
    /* last, so that the filter stands as the path needs it when the move is refused */
    here += log_marginal(c, c->theta, c->x, &post);
    if (there > -HUGE_VAL) {
        accept = there >= here ? 1 : exp(there - here);
        moved = gs_rng_uniform(&c->rng) < accept;
    }
    if (moved) {
        double *t = c->x;
        memcpy(c->theta, to, sizeof to);
        c->x = c->xnew, c->xnew = t;
        log_marginal(c, c->theta, c->x, &post);
    }
    if (warm)
        adapt(c, isnan(accept) ? 0 : accept);
    draw_coef(c, &post);
    draw_path(c);
}

static void sweep(chain *c, bool warm)
{
    if (c->m->scale == GS_NOF1_SCORE)
        draw_scores(c);
    else if (c->m->scale == GS_NOF1_COUNT)
        draw_counts(c);
    move_theta(c, warm);
    draw_weights(c);
}

/* ---- chains ---------------------------------------------------------------------- */

static bool start(chain *c, const nof1_space *m, size_t i_chain)
{
    size_t n = m->n;
    c->m = m;
    c->n = n;
    c->rng = gs_rng_stream(m->seed, m->stream * 64 + i_chain, "nof1 space");
    c->span = m->t[n - 1] - m->t[0] > 1 ? m->t[n - 1] - m->t[0] : 1;
    c->buf = calloc(n * (N_COLUMN + FILTER + 2), sizeof *c->buf);
    if (!c->buf)
        return false;
    double **part[] = {&c->y, &c->lambda, &c->f, &c->s, &c->x, &c->xnew, &c->jump, &c->r};
    for (size_t k = 0; k < N_COLUMN; k++)
        *part[k] = c->buf + k * n;
    c->g = c->buf + (N_COLUMN) * n;
    c->w = c->g + FILTER * n;
    double jitter = 0.4;
    const double at[N_THETA] = {log(0.3) - 0.5 * log(c->span), log(0.5), log(2.5), log(0.7),
                                log(m->lag_prior)};
    for (size_t k = 0; k < N_THETA; k++) {
        c->theta[k] = at[k] + jitter * gs_rng_normal(&c->rng);
        c->mean[k] = c->theta[k];
        c->cov[k * N_THETA + k] = 0.3;
        c->chol[k * N_THETA + k] = sqrt(0.3);
    }
    c->theta[TH_LAG] = fmin(m->lag_fixed ? at[TH_LAG] : c->theta[TH_LAG],
                            log(m->lag_max) - 0.01);
    c->theta[TH_TAU] = fmin(c->theta[TH_TAU], log(50));
    c->log_scale = 0;
    c->nu = c->nu_jump = 8;
    double mid = 0.5 * (m->t[0] + m->t[n - 1]);
    for (size_t i = 0; i < n; i++) {
        double v = m->scale == GS_NOF1_COUNT ? log(m->value[i] + 0.4) : m->value[i];
        c->y[i] = c->f[i] = (v - m->centre) / m->swing;
        c->lambda[i] = c->jump[i] = 1;
        c->s[i] = 2 * (m->t[i] - mid) / c->span;
    }
    m->response(m->self, exp(c->theta[TH_LAG]), c->x);
    return true;
}

/* Effect in points: full exposure against none. Counts: the mean over the days. */
static double in_points(const chain *c)
{
    const nof1_space *m = c->m;
    if (m->scale != GS_NOF1_COUNT)
        return c->coef[2] * m->swing;
    double sum = 0;
    for (size_t i = 0; i < c->n; i++) {
        double base = c->f[i] - c->coef[2] * c->x[i];
        sum += exp(m->centre + m->swing * base);
    }
    return sum / (double)c->n * expm1(c->coef[2] * m->swing);
}

static void keep(const chain *c, nof1_space_out *o, size_t at)
{
    const nof1_space *m = c->m;
    o->beta[at] = c->coef[2];
    o->effect[at] = in_points(c);
    o->given_mean[at] = c->beta_mean * m->swing;
    o->given_sd[at] = c->beta_sd * m->swing;
    o->lag[at] = exp(c->theta[TH_LAG]);
    o->wander[at] = exp(c->theta[TH_WANDER]) * sqrt(c->span) * m->swing;
    o->residual[at] = exp(c->theta[TH_RESIDUAL]) * m->swing;
    o->tau[at] = exp(c->theta[TH_TAU]);
    o->noise[at] = exp(c->theta[TH_NOISE]) * m->swing;
    o->nu[at] = c->nu;
    o->slope[at] = 2 * c->coef[1] * m->swing;
    o->drift[at] = (2 * c->coef[1] + c->change) * m->swing;
    for (size_t i = 0; i < c->n; i++) {
        double v = m->centre + m->swing * c->f[i];
        o->latent[at * c->n + i] = (float)(m->scale == GS_NOF1_COUNT ? exp(v) : v);
    }
}

typedef struct run {
    const nof1_space *m;
    nof1_space_out *out;
    bool failed[16];
} run;

static void run_chain(void *ctx, size_t i)
{
    run *r = ctx;
    chain c = {0};

    if (!start(&c, r->m, i)) {
        r->failed[i] = true;
        return;
    }
    for (size_t k = 0; k < r->m->n_warmup; k++)
        sweep(&c, true);
    for (size_t k = 0; k < r->m->n_keep; k++) {
        for (size_t t = 0; t < r->m->thin; t++)
            sweep(&c, false);
        keep(&c, r->out, i * r->m->n_keep + k);
    }
    free(c.buf);
}

gs_status nof1_space_fit(gs_arena *a, const nof1_space *m, const gs_pool *pool,
                         nof1_space_out *out, gs_err *err)
{
    size_t n = m->n_chain * m->n_keep;
    run r = {.m = m, .out = out};
    double *v = GS_NEW(a, double, 12 * n);

    if (m->n_chain > 16 || m->n < 4)
        return gs_fail(err, GS_EUSE, "a state-space fit takes 4 days and at most 16 chains");
    out->latent = GS_NEW(a, float, n * m->n);
    if (!v || !out->latent)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    double **part[] = {&out->effect, &out->beta,  &out->lag, &out->wander, &out->residual,
                       &out->tau,    &out->noise, &out->nu,  &out->slope,  &out->drift,
                       &out->given_mean, &out->given_sd};
    for (size_t k = 0; k < 12; k++)
        *part[k] = v + k * n;
    out->n_draw = n;
    gs_pool_run(pool, m->n_chain, run_chain, &r);
    for (size_t i = 0; i < m->n_chain; i++)
        if (r.failed[i])
            return gs_fail(err, GS_ENOMEM, "out of memory");
    out->rhat = gs_infer_rhat(m->n_chain, m->n_keep, out->beta);
    out->ess = gs_infer_ess_bulk(m->n_chain, m->n_keep, out->beta);
    return GS_OK;
}
