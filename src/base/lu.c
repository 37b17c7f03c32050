/* Sparse LU with a fixed walk; see lu.h.
 *
 * Layout: step k stores its pivot (as its reciprocal once factored), then the entries
 * of column k of L, then those of row k of U. The order is Markowitz's: at each step
 * the diagonal entry whose elimination touches fewest places. The axis depends one way
 * more often than both ways, so the pattern is not made symmetric. A dense LU of 35
 * states is 14,000 multiplications. */
#include "base/lu.h"
#include <math.h>
#include <string.h>

typedef struct pattern {
    size_t n;
    unsigned char *has; /* [n x n] */
    unsigned char *done;
} pattern;

/* places touched when i is eliminated: (entries below) x (entries to the right) */
static size_t markowitz(const pattern *p, size_t i)
{
    size_t below = 0, right = 0;
    for (size_t j = 0; j < p->n; j++) {
        below += !p->done[j] && j != i && p->has[j * p->n + i];
        right += !p->done[j] && j != i && p->has[i * p->n + j];
    }
    return below * right;
}

/* next variable to eliminate, lowest index on a tie */
static size_t cheapest(const pattern *p)
{
    size_t best = p->n, best_cost = SIZE_MAX;
    for (size_t i = 0; i < p->n; i++) {
        size_t cost = p->done[i] ? SIZE_MAX : markowitz(p, i);
        if (cost < best_cost) {
            best = i;
            best_cost = cost;
        }
    }
    return best;
}

/* eliminate i: whoever looked at i now looks at what i looked at */
static void connect(pattern *p, size_t i)
{
    size_t n = p->n;
    p->done[i] = 1;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            if (!p->done[a] && !p->done[b] && p->has[a * n + i] && p->has[i * n + b])
                p->has[a * n + b] = 1;
}

static bool read_pattern(gs_arena *a, size_t n, size_t n_jac, const uint16_t *row,
                         const uint16_t *col, pattern *p)
{
    p->n = n;
    p->has = GS_NEW(a, unsigned char, n * n);
    p->done = GS_NEW(a, unsigned char, n);
    if (!p->has || !p->done)
        return false;
    for (size_t e = 0; e < n_jac; e++)
        p->has[(size_t)row[e] * n + col[e]] = 1;
    for (size_t i = 0; i < n; i++)
        p->has[i * n + i] = 1;
    return true;
}

/* places of step k's pivot, column and row; returns the place after them */
static size_t lay_out_step(const pattern *p, const uint16_t *order, size_t k, size_t at,
                           uint16_t *var, uint32_t *place, uint16_t *out_low)
{
    size_t n = p->n, i = order[k], start = at;
    var[at] = (uint16_t)i;
    place[i * n + i] = (uint32_t)at++;
    for (size_t l = k + 1; l < n; l++)
        if (p->has[order[l] * n + i]) {
            var[at] = order[l];
            place[order[l] * n + i] = (uint32_t)at++;
        }
    *out_low = (uint16_t)(at - start - 1);
    for (size_t l = k + 1; l < n; l++)
        if (p->has[i * n + order[l]]) {
            var[at] = order[l];
            place[i * n + order[l]] = (uint32_t)at++;
        }
    return at;
}

static bool lay_out(gs_arena *a, const pattern *p, gs_lu *lu, uint32_t *place)
{
    size_t n = p->n, n_target = 0, t = 0;
    uint32_t *pivot = GS_NEW(a, uint32_t, n + 1);
    uint16_t *n_low = GS_NEW(a, uint16_t, n);
    uint16_t *var = GS_NEW(a, uint16_t, n * n);
    if (!pivot || !n_low || !var)
        return false;
    for (size_t k = 0; k < n; k++) {
        pivot[k + 1] =
            (uint32_t)lay_out_step(p, lu->order, k, pivot[k], var, place, &n_low[k]);
        n_target += n_low[k] * (pivot[k + 1] - pivot[k] - 1u - n_low[k]);
    }
    uint32_t *target = GS_NEW(a, uint32_t, n_target + 1);
    if (!target)
        return false;
    for (size_t k = 0; k < n; k++)
        for (size_t i = pivot[k] + 1; i < pivot[k] + 1u + n_low[k]; i++)
            for (size_t j = pivot[k] + 1u + n_low[k]; j < pivot[k + 1]; j++)
                target[t++] = place[(size_t)var[i] * n + var[j]];
    lu->n_val = pivot[n];
    lu->pivot = pivot;
    lu->n_low = n_low;
    lu->var = var;
    lu->target = target;
    return true;
}

gs_lu *gs_lu_new(gs_arena *a, size_t n, size_t n_jac, const uint16_t *row,
                 const uint16_t *col)
{
    pattern p;
    gs_lu *lu = GS_NEW(a, gs_lu, 1);
    uint16_t *order = GS_NEW(a, uint16_t, n);
    uint32_t *of_jac = GS_NEW(a, uint32_t, n_jac + 1);
    uint32_t *place = GS_NEW(a, uint32_t, n * n);
    if (!lu || !order || !of_jac || !place ||
        !read_pattern(a, n, n_jac, row, col, &p))
        return NULL;
    for (size_t k = 0; k < n; k++) {
        order[k] = (uint16_t)cheapest(&p);
        connect(&p, order[k]);
    }
    lu->n = n;
    lu->n_jac = n_jac;
    lu->order = order;
    if (!lay_out(a, &p, lu, place)) /* `has` holds the fill by now */
        return NULL;
    for (size_t e = 0; e < n_jac; e++)
        of_jac[e] = place[(size_t)row[e] * n + col[e]];
    lu->of_jac = of_jac;
    return lu;
}

void gs_lu_shift(const gs_lu *lu, size_t n_lane, const double *jac, const double *d,
                 double *w)
{
    memset(w, 0, lu->n_val * n_lane * sizeof *w);
    for (size_t e = 0; e < lu->n_jac; e++)
        for (size_t l = 0; l < n_lane; l++)
            w[lu->of_jac[e] * n_lane + l] = -jac[e * n_lane + l];
    for (size_t k = 0; k < lu->n; k++)
        for (size_t l = 0; l < n_lane; l++)
            w[lu->pivot[k] * n_lane + l] += d[l];
}

static size_t n_up(const gs_lu *lu, size_t k)
{
    return lu->pivot[k + 1] - lu->pivot[k] - 1u - lu->n_low[k];
}

static bool factor_one(const gs_lu *lu, double *w, size_t *out_negative)
{
    const uint32_t *target = lu->target;
    size_t negative = 0;
    bool ok = true;
    for (size_t k = 0; k < lu->n; k++) {
        double *low = w + lu->pivot[k] + 1;
        size_t m = lu->n_low[k], nu = n_up(lu, k);
        const double *up = low + m;
        double inv = 1.0 / low[-1];
        ok &= isfinite(inv) && inv != 0;
        negative += inv < 0;
        low[-1] = inv;
        for (size_t i = 0; i < m; i++) {
            double f = low[i] *= inv;
            for (size_t j = 0; j < nu; j++)
                w[target[j]] -= f * up[j];
            target += nu;
        }
    }
    if (out_negative)
        *out_negative = negative;
    return ok;
}

bool gs_lu_factor(const gs_lu *lu, size_t n_lane, double *w, size_t *out_negative)
{
    if (n_lane == 1)
        return factor_one(lu, w, out_negative);
    const uint32_t *target = lu->target;
    for (size_t k = 0; k < lu->n; k++) {
        double *piv = w + lu->pivot[k] * n_lane, *low = piv + n_lane;
        size_t m = lu->n_low[k], nu = n_up(lu, k);
        const double *up = low + m * n_lane;
        for (size_t l = 0; l < n_lane; l++)
            piv[l] = 1.0 / piv[l];
        for (size_t i = 0; i < m; i++) {
            for (size_t l = 0; l < n_lane; l++)
                low[i * n_lane + l] *= piv[l];
            for (size_t j = 0; j < nu; j++)
                for (size_t l = 0; l < n_lane; l++)
                    w[target[j] * n_lane + l] -=
                        low[i * n_lane + l] * up[j * n_lane + l];
            target += nu;
        }
    }
    return true;
}

static void solve_one(const gs_lu *lu, const double *w, double *b)
{
    size_t n = lu->n;
    for (size_t k = 0; k < n; k++) {
        const double *low = w + lu->pivot[k] + 1;
        const uint16_t *v = lu->var + lu->pivot[k] + 1;
        double x = b[lu->order[k]];
        for (size_t i = 0; i < lu->n_low[k]; i++)
            b[v[i]] -= low[i] * x;
    }
    for (size_t k = n; k-- > 0;) {
        size_t m = lu->n_low[k], nu = n_up(lu, k);
        const double *up = w + lu->pivot[k] + 1 + m;
        const uint16_t *v = lu->var + lu->pivot[k] + 1 + m;
        double x = b[lu->order[k]];
        for (size_t j = 0; j < nu; j++)
            x -= up[j] * b[v[j]];
        b[lu->order[k]] = x * w[lu->pivot[k]];
    }
}

void gs_lu_solve(const gs_lu *lu, size_t n_lane, const double *w, double *b)
{
    if (n_lane == 1) {
        solve_one(lu, w, b);
        return;
    }
    for (size_t k = 0; k < lu->n; k++) {
        const double *low = w + (lu->pivot[k] + 1) * n_lane;
        const uint16_t *v = lu->var + lu->pivot[k] + 1;
        const double *x = b + lu->order[k] * n_lane;
        for (size_t i = 0; i < lu->n_low[k]; i++)
            for (size_t l = 0; l < n_lane; l++)
                b[v[i] * n_lane + l] -= low[i * n_lane + l] * x[l];
    }
    for (size_t k = lu->n; k-- > 0;) {
        size_t m = lu->n_low[k], nu = n_up(lu, k);
        const double *up = w + (lu->pivot[k] + 1 + m) * n_lane;
        const uint16_t *v = lu->var + lu->pivot[k] + 1 + m;
        double *x = b + lu->order[k] * n_lane;
        for (size_t j = 0; j < nu; j++)
            for (size_t l = 0; l < n_lane; l++)
                x[l] -= up[j * n_lane + l] * b[v[j] * n_lane + l];
        for (size_t l = 0; l < n_lane; l++)
            x[l] *= w[lu->pivot[k] * n_lane + l];
    }
}

/* four columns at a time stay in registers */
typedef double four __attribute__((vector_size(32), aligned(8)));

void gs_lu_solve_many(const gs_lu *lu, const double *w, size_t m, double *b)
{
    size_t m4 = m / 4;
    four *x = (four *)(void *)b;
    for (size_t k = 0; k < lu->n; k++) {
        const double *low = w + lu->pivot[k] + 1;
        const uint16_t *v = lu->var + lu->pivot[k] + 1;
        const four *xk = x + lu->order[k] * m4;
        for (size_t i = 0; i < lu->n_low[k]; i++) {
            four *xi = x + v[i] * m4;
            for (size_t c = 0; c < m4; c++)
                xi[c] -= low[i] * xk[c];
        }
    }
    for (size_t k = lu->n; k-- > 0;) {
        size_t nl = lu->n_low[k], nu = n_up(lu, k);
        const double *up = w + lu->pivot[k] + 1 + nl;
        const uint16_t *v = lu->var + lu->pivot[k] + 1 + nl;
        four *xk = x + lu->order[k] * m4;
        for (size_t j = 0; j < nu; j++) {
            const four *xj = x + v[j] * m4;
            for (size_t c = 0; c < m4; c++)
                xk[c] -= up[j] * xj[c];
        }
        for (size_t c = 0; c < m4; c++)
            xk[c] *= w[lu->pivot[k]];
    }
}
