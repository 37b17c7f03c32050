/* Principal coordinates: the largest eigenvalues of -1/2 J D^2 J, J the centring.
 *
 * Lanczos with full reorthogonalisation from a fixed random start; where an invariant
 * subspace is found a fresh direction continues, so that small or degenerate matrices are
 * decomposed whole. Convergence is the residual |beta s| of each wanted pair. On 1,907
 * samples about 100 products with the matrix give ten axes, where a full decomposition
 * costs 30 times as much and subspace iteration needs some 60 x 20 products. */
#include "eco/lanes.h"
#include "gutskin/eco.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct centred {
    size_t n, width;
    const double *square; /* [n x width], padded with 0 */
    const gs_lanes *lane;
    const double *x;
    double *y;
} centred;

static void centre(size_t n, double *x)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++)
        x[i] -= mean;
}

static void product_job(void *ctx, size_t i)
{
    const centred *c = ctx;
    size_t at = i * 64, to = at + 64 < c->n ? at + 64 : c->n;
    for (; at < to; at += GS_LANES_Y) {
        const double *row[GS_LANES_Y];
        double sum[GS_LANES_Y];
        for (size_t q = 0; q < GS_LANES_Y; q++)
            row[q] = c->square + (at + q < to ? at + q : at) * c->width;
        c->lane->dot(c->width, c->x, row, sum);
        for (size_t q = 0; q < GS_LANES_Y && at + q < to; q++)
            c->y[at + q] = -0.5 * sum[q];
    }
}

/* Eigenvalues d and vectors z [m x m] (columns) of a symmetric tridiagonal matrix with
 * diagonal d and off-diagonal e[0..m-1): implicit QL. z starts as the unit matrix.
 * False when a value needs more than 60 sweeps. */
static bool tridiagonal(size_t m, double *d, double *e, double *z)
{
    for (size_t l = 0; l < m; l++) {
        for (int sweep = 0;; sweep++) {
            size_t k = l;
            while (k + 1 < m && fabs(e[k]) > DBL_EPSILON * (fabs(d[k]) + fabs(d[k + 1])))
                k++;
            if (k == l)
                break;
            if (sweep == 60)
                return false;
            double g = (d[l + 1] - d[l]) / (2 * e[l]), r = hypot(g, 1);
            g = d[k] - d[l] + e[l] / (g + copysign(r, g));
            double s = 1, c = 1, p = 0;
            size_t i = k;
            while (i-- > l) {
                double f = s * e[i], b = c * e[i];
                e[i + 1] = r = hypot(f, g);
                if (r == 0) {
                    d[i + 1] -= p;
                    e[k] = 0;
                    break;
                }
                s = f / r;
                c = g / r;
                g = d[i + 1] - p;
                r = (d[i] - g) * s + 2 * c * b;
                d[i + 1] = g + (p = s * r);
                g = c * r - b;
                for (size_t q = 0; q < m; q++) {
                    double up = z[q * m + i + 1], at = z[q * m + i];
                    z[q * m + i + 1] = s * at + c * up;
                    z[q * m + i] = c * at - s * up;
                }
            }
            if (r == 0 && i != SIZE_MAX && i + 1 > l)
                continue;
            d[l] -= p;
            e[l] = g;
            e[k] = 0;
        }
    }
    return true;
}

static double orthogonalise(size_t n, size_t width, size_t m, const double *v, double *x)
{
    for (int twice = 0; twice < 2; twice++) {
        centre(n, x);
        for (size_t k = 0; k < m; k++) {
            const double *q = v + k * width;
            double dot = 0;
            for (size_t i = 0; i < n; i++)
                dot += q[i] * x[i];
            for (size_t i = 0; i < n; i++)
                x[i] -= dot * q[i];
        }
    }
    double norm = 0;
    for (size_t i = 0; i < n; i++)
        norm += x[i] * x[i];
    return sqrt(norm);
}

/* Next basis vector in x, scaled to length 1; returns its off-diagonal entry, 0 when a
 * fresh direction had to be taken, -1 when there is none left. */
static double next_vector(size_t n, size_t width, size_t m, const double *v, double *x,
                          double scale, gs_rng *r)
{
    double beta = orthogonalise(n, width, m, v, x), norm = beta;
    if (!(beta > 1e-13 * scale)) {
        beta = 0;
        for (size_t i = 0; i < n; i++)
            x[i] = gs_rng_normal(r);
        norm = orthogonalise(n, width, m, v, x);
        if (!(norm > 1e-8))
            return -1;
    }
    for (size_t i = 0; i < n; i++)
        x[i] /= norm;
    return beta;
}

/* Order of the m values, largest first. */
static void sort_down(size_t m, const double *d, size_t *order)
{
    for (size_t i = 0; i < m; i++) {
        size_t k = i;
        for (; k > 0 && d[order[k - 1]] < d[i]; k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
}

gs_status gs_eco_pcoa(gs_arena *a, const gs_pool *pool, size_t n, const double *dist,
                      size_t n_axis, double *coord, double *share, gs_err *err)
{
    gs_mark mark = gs_arena_mark(a);
    size_t width = (n + 3) / 4 * 4, cap = n - (n > 0) < 600 ? n - (n > 0) : 600;
    double *square = GS_NEW(a, double, n * width + 1), *v = GS_NEW(a, double, (cap + 1) * width + 1),
           *y = GS_NEW(a, double, width + 1), *alpha = GS_NEW(a, double, 2 * cap + 2),
           *d = GS_NEW(a, double, 2 * cap + 2), *z = GS_NEW(a, double, cap * cap + 1);
    size_t *order = GS_NEW(a, size_t, cap + 1);

    if (!square || !v || !y || !alpha || !d || !z || !order)
        return gs_fail(err, GS_ENOMEM, "out of memory for principal coordinates of %zu samples", n);
    memset(coord, 0, n * n_axis * sizeof *coord);
    memset(share, 0, n_axis * sizeof *share);
    double *beta = alpha + cap + 1, *e = d + cap + 1, trace = 0, scale = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double s = dist[i * n + j] * dist[i * n + j];
            square[i * width + j] = s;
            trace += s / (2 * (double)n);
        }
    centred c = {.n = n, .width = width, .square = square, .lane = gs_lanes_best(), .y = y};
    gs_rng r = gs_rng_stream(20110614, 0, "pcoa");
    size_t m = 0, check = 30;
    bool done = !(trace > 0) || cap == 0;

    while (!done) {
        double b = next_vector(n, width, m, v, y, m ? scale : HUGE_VAL, &r);
        bool last = b < 0 || m == cap;
        if (m)
            beta[m - 1] = b > 0 ? b : 0;
        if (m && (last || m == check)) {
            // eigenvalues of what has been built so far; are the wanted ones settled?
            memcpy(d, alpha, m * sizeof *d);
            memcpy(e, beta, m * sizeof *e);
            memset(z, 0, m * m * sizeof *z);
            for (size_t i = 0; i < m; i++)
                z[i * m + i] = 1;
            if (!tridiagonal(m, d, e, z))
                return gs_fail(err, GS_ENUM, "the principal coordinates did not settle");
            sort_down(m, d, order);
            scale = fabs(d[order[0]]);
            done = last;
            bool settled = m >= n_axis;
            for (size_t k = 0; k < n_axis && settled; k++)
                settled = fabs(beta[m - 1] * z[(m - 1) * m + order[k]]) <= 1e-12 * scale;
            if (last && m == cap && cap < n - 1 && !settled)
                return gs_fail(err, GS_ENUM, "the principal coordinates did not settle in %zu "
                               "steps; ask for fewer axes", m);
            done = done || settled;
            check += check / 3;
            if (done)
                break;
        }
        memcpy(v + m * width, y, n * sizeof *y);
        c.x = v + m * width;
        gs_pool_run(pool, (n + 63) / 64, product_job, &c);
        centre(n, y);
        double dot = 0;
        for (size_t i = 0; i < n; i++)
            dot += y[i] * c.x[i];
        alpha[m] = dot;
        scale = fmax(scale, fabs(dot));
        m++;
    }
    for (size_t k = 0; k < n_axis && k < m; k++) {
        double value = d[order[k]], top = 0;
        if (!(value > 1e-12 * scale))
            continue;
        for (size_t q = 0; q < m; q++)
            for (size_t i = 0; i < n; i++)
                coord[i * n_axis + k] += z[q * m + order[k]] * v[q * width + i] * sqrt(value);
        for (size_t i = 0; i < n; i++)
            top = fabs(coord[i * n_axis + k]) > fabs(top) * (1 + 1e-9) ? coord[i * n_axis + k] : top;
        for (size_t i = 0; i < n && top < 0; i++)
            coord[i * n_axis + k] *= -1;
        share[k] = value / trace;
    }
    gs_arena_release(a, mark);
    return GS_OK;
}
