/* Where sampling begins: the posterior mode by BFGS and the curvature there, nuts.h.
 * The prior is N(0, I) in these coordinates, so that I is a fair first guess of the
 * inverse Hessian and of its scale. */
#include "infer/num.h"
#include "infer/nuts.h"

#include <math.h>
#include <string.h>

typedef struct search {
    size_t n;
    const target *t;
    double *u, *g, *u2, *g2, *d, *H, *s, *y, *Hy;
    double f; /* minus the log density */
    size_t n_gradient;
} search;

static double eval(search *m, const double *u, double *g)
{
    double lp = m->t->eval(m->t->self, 0, u, g);
    m->n_gradient++;
    for (size_t i = 0; i < m->n; i++)
        g[i] = -g[i];
    return isfinite(lp) ? -lp : HUGE_VAL;
}

static double dot(size_t n, const double *a, const double *b)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

static void identity(size_t n, double *H)
{
    memset(H, 0, n * n * sizeof *H);
    for (size_t i = 0; i < n; i++)
        H[i * n + i] = 1;
}

/* Backtracking along m->d; true when a lower point was found (in m->u2, m->g2). */
static bool line(search *m, double *out_f)
{
    size_t n = m->n;
    double slope = dot(n, m->d, m->g), size = 1;
    double longest = sqrt(dot(n, m->d, m->d));
    if (longest > 4) /* never leap across the prior */
        size = 4 / longest;
    for (int k = 0; k < 25; k++, size *= 0.4) {
        for (size_t i = 0; i < n; i++)
            m->u2[i] = m->u[i] + size * m->d[i];
        double f = eval(m, m->u2, m->g2);
        if (f <= m->f + 1e-4 * size * slope && isfinite(dot(n, m->g2, m->g2))) {
            *out_f = f;
            return true;
        }
    }
    return false;
}

/* Inverse-Hessian update of Broyden, Fletcher, Goldfarb and Shanno. */
static void update(search *m)
{
    size_t n = m->n;
    double sy, yHy;
    for (size_t i = 0; i < n; i++) {
        m->s[i] = m->u2[i] - m->u[i];
        m->y[i] = m->g2[i] - m->g[i];
    }
    sy = dot(n, m->s, m->y);
    if (!(sy > 1e-10 * sqrt(dot(n, m->s, m->s) * dot(n, m->y, m->y))))
        return;
    for (size_t i = 0; i < n; i++)
        m->Hy[i] = dot(n, m->H + i * n, m->y);
    yHy = dot(n, m->y, m->Hy);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            m->H[i * n + j] += (1 + yHy / sy) * m->s[i] * m->s[j] / sy -
                               (m->Hy[i] * m->s[j] + m->s[i] * m->Hy[j]) / sy;
}

static bool descend(search *m)
{
    size_t n = m->n;
    m->f = eval(m, m->u, m->g);
    if (!isfinite(m->f))
        return false;
    identity(n, m->H);
    bool fresh = true;
    for (int it = 0; it < 200; it++) {
        double f;
        if (dot(n, m->g, m->g) < 1e-6)
            break;
        for (size_t i = 0; i < n; i++)
            m->d[i] = -dot(n, m->H + i * n, m->g);
        if (!(dot(n, m->d, m->g) < 0) || !line(m, &f)) {
            if (fresh)
                break;
            identity(n, m->H);
            fresh = true;
            continue;
        }
        fresh = false;
        update(m);
        bool small = m->f - f < 1e-8;
        memcpy(m->u, m->u2, n * sizeof *m->u);
        memcpy(m->g, m->g2, n * sizeof *m->g);
        m->f = f;
        if (small)
            break;
    }
    return true;
}

/* Columns of the Hessian by central differences of the gradient, one job for a few columns:
 * as many points as can be looked at together. */
typedef struct hessian {
    const target *t;
    size_t n, n_slot;
    const double *u;
    double *out, *work; /* [n x n], [n_slot x NUTS_AHEAD x 2n] */
} hessian;

static void evaluate(const target *t, size_t slot, size_t n, const double *const *u,
                     double *lp, double *const *grad)
{
    if (t->many) {
        t->many(t->self, slot, n, u, lp, grad);
        return;
    }
    for (size_t i = 0; i < n; i++)
        lp[i] = t->eval(t->self, slot, u[i], grad[i]);
}

static void columns(void *ctx, size_t slot)
{
    hessian *h = ctx;
    enum { PAIR = NUTS_AHEAD / 2 };
    size_t n = h->n;
    double *x[NUTS_AHEAD], *g[NUTS_AHEAD], lp[NUTS_AHEAD];
    const double step = 1e-3;
    for (size_t i = 0; i < NUTS_AHEAD; i++) {
        x[i] = h->work + (slot * NUTS_AHEAD + i) * 2 * n;
        g[i] = x[i] + n;
    }
    for (size_t from = slot * PAIR; from < n; from += h->n_slot * PAIR) {
        size_t m = n - from < PAIR ? n - from : PAIR;
        for (size_t i = 0; i < 2 * m; i++) {
            memcpy(x[i], h->u, n * sizeof *h->u);
            x[i][from + i / 2] += i % 2 ? -step : step;
        }
        evaluate(h->t, slot, 2 * m, (const double *const *)x, lp, g);
        for (size_t j = 0; j < m; j++) {
            bool ok = isfinite(lp[2 * j]) && isfinite(lp[2 * j + 1]);
            for (size_t i = 0; i < n; i++) {
                double d = (g[2 * j + 1][i] - g[2 * j][i]) / (2 * step);
                h->out[i * n + from + j] = ok && isfinite(d) ? d : i == from + j;
            }
        }
    }
}

/* L of the covariance V diag(1/w) V', eigenvalues kept in a sane range. */
static bool factor(size_t n, double *hess, double *V, double *w, double *L)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            hess[i * n + j] = hess[j * n + i] =
                0.5 * (hess[i * n + j] + hess[j * n + i]);
    num_eigen(n, hess, w, V);
    for (size_t k = 0; k < n; k++)
        w[k] = !(w[k] > 0.05) ? 0.05 : w[k] > 1e8 ? 1e8 : w[k];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double s = 0;
            for (size_t k = 0; k < n; k++)
                s += V[i * n + k] * V[j * n + k] / w[k];
            L[i * n + j] = s;
        }
    return num_cholesky(n, L);
}

bool mode_find(gs_arena *a, const target *t, size_t n_slot, const gs_pool *pool,
               double *u, double *L, size_t *n_gradient)
{
    size_t n = t->n;
    search m = {.n = n, .t = t, .u = u};
    double **v[] = {&m.g, &m.u2, &m.g2, &m.d, &m.s, &m.y, &m.Hy};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        if (!(*v[i] = GS_NEW(a, double, n)))
            return false;
    m.H = GS_NEW(a, double, n *n);
    double *work = GS_NEW(a, double, n_slot * NUTS_AHEAD * 2 * n), *V = GS_NEW(a, double, n *n);
    if (!m.H || !work || !V || !descend(&m))
        return false;
    hessian h = {.t = t, .n = n, .n_slot = n_slot, .u = u, .out = m.H, .work = work};
    gs_pool_run(pool, n_slot, columns, &h);
    *n_gradient += m.n_gradient + 2 * n;
    if (!factor(n, m.H, V, m.d, L))
        identity(n, L);
    return true;
}
