/* Polynomial emulator, emulator.h. Basis: products of normalised Hermite polynomials in
 * w, nearly orthogonal over the design (w ~ N(0, spread)), so that the normal equations
 * are well conditioned. */
#include "infer/emulator.h"
#include "infer/num.h"

#include <math.h>
#include <string.h>

enum { MOST_DEGREE = 8 };

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define BEST_COPY __attribute__((target_clones("avx2", "default")))
#else
#define BEST_COPY
#endif

typedef float eight __attribute__((vector_size(32), aligned(4)));


/* Terms of total degree <= p in n variables. */
static double n_terms(size_t n, size_t p)
{
    double c = 1;
    for (size_t i = 1; i <= p; i++)
        c = c * (double)(n + i) / (double)i;
    return c;
}

/* All power vectors of total degree <= left in variables i.., appended to *at. */
static void list_powers(emulator *e, size_t i, size_t left, uint8_t *now, size_t *at)
{
    if (i == e->n) {
        memcpy(e->power + (*at)++ * e->n, now, e->n);
        return;
    }
    for (size_t p = 0; p <= left; p++) {
        now[i] = (uint8_t)p;
        list_powers(e, i + 1, left - p, now, at);
    }
    now[i] = 0;
}

size_t emulator_most_degree(size_t n)
{
    size_t degree = 1;
    while (degree < MOST_DEGREE && n_terms(n, degree + 1) <= EMULATOR_MAX_TERM)
        degree++;
    return degree;
}

emulator *emulator_new(gs_arena *a, size_t n, size_t n_out, size_t degree,
                       const double *centre, const double *L)
{
    emulator *e = GS_NEW(a, emulator, 1);
    if (!e || n == 0 || n > EMULATOR_MAX_FREE)
        return NULL;
    *e = (emulator){.n = n, .n_out = n_out, .degree = degree};
    e->edge = e->degree > 4 ? 3.5 : 8; /* low degrees run less, and bend worse */
    e->n_term = (size_t)(n_terms(n, e->degree) + 0.5);
    e->centre = GS_NEW(a, double, n);
    e->L = GS_NEW(a, double, n *n);
    e->power = GS_NEW(a, uint8_t, e->n_term *n);
    e->n_pad = (e->n_term + 7) / 8 * 8;
    e->coef = GS_NEW(a, double, n_out *e->n_term);
    e->fast = GS_NEW(a, float, n_out *e->n_pad);
    if (!e->fast || !e->centre || !e->L || !e->power || !e->coef)
        return NULL;
    memcpy(e->centre, centre, n * sizeof *centre);
    memcpy(e->L, L, n * n * sizeof *L);
    uint8_t now[EMULATOR_MAX_FREE] = {0};
    size_t at = 0;
    list_powers(e, 0, e->degree, now, &at);
    return e;
}

emulator_work *emulator_work_new(gs_arena *a, const emulator *e)
{
    emulator_work *w = GS_NEW(a, emulator_work, 1);
    if (!w)
        return NULL;
    w->basis = GS_NEW(a, double, e->n_term);
    w->slope = GS_NEW(a, double, e->n_term *e->n);
    w->term = GS_NEW(a, float, e->n_pad);
    w->sum = GS_NEW(a, float, e->n_pad);
    w->w = GS_NEW(a, double, e->n);
    w->gw = GS_NEW(a, double, e->n);
    w->bent = GS_NEW(a, double, e->n);
    return w->basis && w->slope && w->term && w->sum && w->w && w->gw && w->bent ? w : NULL;
}

size_t emulator_n_design(const emulator *e)
{
    return 2 * e->n_term / (1 + e->n) + 12;
}

/* Basis and its slopes at the bent coordinates in w->w. */
static void fill_basis(const emulator *e, emulator_work *w)
{
    double he[EMULATOR_MAX_FREE][MOST_DEGREE + 1];
    double dhe[EMULATOR_MAX_FREE][MOST_DEGREE + 1];
    for (size_t i = 0; i < e->n; i++) { /* He_k / sqrt(k!) */
        he[i][0] = 1;
        dhe[i][0] = 0;
        for (size_t k = 1; k <= e->degree; k++) {
            double below = k > 1 ? he[i][k - 2] * sqrt((double)(k - 1)) : 0;
            he[i][k] = (w->w[i] * he[i][k - 1] - below) / sqrt((double)k);
            dhe[i][k] = sqrt((double)k) * he[i][k - 1];
        }
    }
    for (size_t t = 0; t < e->n_term; t++) {
        const uint8_t *p = e->power + t * e->n;
        double all = 1;
        for (size_t i = 0; i < e->n; i++)
            all *= he[i][p[i]];
        w->basis[t] = all;
        for (size_t i = 0; i < e->n; i++) {
            double d = p[i] ? dhe[i][p[i]] : 0;
            for (size_t j = 0; d != 0 && j < e->n; j++)
                if (j != i)
                    d *= he[j][p[j]];
            w->slope[t * e->n + i] = d;
        }
    }
}

static void to_w(const emulator *e, const double *u, double *w)
{
    double d[EMULATOR_MAX_FREE];
    for (size_t i = 0; i < e->n; i++)
        d[i] = u[i] - e->centre[i];
    num_lower_solve(e->n, e->L, d, w);
}

/* Bent coordinates edge tanh(w / edge) in place, and their slopes: beyond the design the
 * polynomial holds still instead of running away. */
static void bend(const emulator *e, emulator_work *w)
{
    for (size_t i = 0; i < e->n; i++) {
        double t = tanh(w->w[i] / e->edge);
        w->w[i] = e->edge * t;
        w->bent[i] = 1 - t * t;
    }
}

/* Add one equation: basis . coef_o = rhs[o * stride] for every output o. */
static void add_equation(const emulator *e, const double *row, size_t row_step,
                         const double *rhs, size_t stride, double *N)
{
    size_t n = e->n_term;
    for (size_t i = 0; i < n; i++) {
        double x = row[i * row_step];
        if (x == 0)
            continue;
        for (size_t j = 0; j <= i; j++)
            N[i * n + j] += x * row[j * row_step];
    }
    for (size_t o = 0; o < e->n_out; o++) {
        double *c = e->coef + o * n, y = rhs[o * stride];
        for (size_t i = 0; i < n; i++)
            c[i] += y * row[i * row_step];
    }
}

/* Solve N c = b for every output, N = L L'. */
static void solve_all(const emulator *e, const double *L, double *x)
{
    size_t n = e->n_term;
    for (size_t o = 0; o < e->n_out; o++) {
        double *c = e->coef + o * n;
        num_lower_solve(n, L, c, x);
        for (size_t i = n; i-- > 0;) {
            c[i] = x[i] / L[i * n + i];
            for (size_t j = 0; j < i; j++)
                x[j] -= L[i * n + j] * c[i];
        }
    }
}

bool emulator_fit(gs_arena *a, emulator *e, size_t n_point, const double *u,
                  const double *y, const double *dy)
{
    size_t n = e->n_term;
    emulator_work *w = emulator_work_new(a, e);
    double *N = GS_NEW(a, double, n *n), *x = GS_NEW(a, double, n);
    double *dw = GS_NEW(a, double, e->n_out *e->n);
    if (!w || !N || !x || !dw)
        return false;
    memset(e->coef, 0, e->n_out * n * sizeof *e->coef);
    for (size_t p = 0; p < n_point; p++) {
        to_w(e, u + p * e->n, w->w);
        bend(e, w);
        fill_basis(e, w);
        add_equation(e, w->basis, 1, y + p * e->n_out, 1, N);
        for (size_t t = 0; t < n * e->n; t++) /* slopes by w before the bend */
            w->slope[t] *= w->bent[t % e->n];
        for (size_t o = 0; o < e->n_out; o++)
            num_lower_tmul(e->n, e->L, dy + (p * e->n_out + o) * e->n, dw + o * e->n);
        for (size_t i = 0; i < e->n; i++)
            add_equation(e, w->slope + i, e->n, dw + i, e->n, N);
    }
    for (size_t i = 0; i < n; i++)
        N[i * n + i] *= 1 + 1e-12;
    if (!num_cholesky(n, N))
        return false;
    solve_all(e, N, x);
    for (size_t o = 0; o < e->n_out; o++)
        for (size_t t = 0; t < n; t++)
            e->fast[o * e->n_pad + t] = (float)e->coef[o * n + t];
    return true;
}

/* y = rows . term, eight terms at a time */
BEST_COPY static void rows_dot(const float *rows, size_t n_row, size_t n_pad,
                               const float *term, double *y)
{
    for (size_t o = 0; o < n_row; o++) {
        const eight *c = (const eight *)(rows + o * n_pad), *b = (const eight *)term;
        eight s = {0};
        for (size_t q = 0; q < n_pad / 8; q++)
            s += c[q] * b[q];
        y[o] = (double)(((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])));
    }
}

/* sum = f' rows, four rows at a time */
BEST_COPY static void rows_sum(const float *rows, size_t n_row, size_t n_pad,
                               const double *f, float *sum)
{
    eight *to = (eight *)sum;
    size_t n = n_pad / 8, o = 0;
    memset(sum, 0, n_pad * sizeof *sum);
    for (; o + 4 <= n_row; o += 4) {
        const eight *a = (const eight *)(rows + o * n_pad), *b = a + n, *c = b + n,
                    *d = c + n;
        float fa = (float)f[o], fb = (float)f[o + 1], fc = (float)f[o + 2],
              fd = (float)f[o + 3];
        for (size_t q = 0; q < n; q++)
            to[q] += (fa * a[q] + fb * b[q]) + (fc * c[q] + fd * d[q]);
    }
    for (; o < n_row; o++) {
        const eight *a = (const eight *)(rows + o * n_pad);
        float fa = (float)f[o];
        for (size_t q = 0; q < n; q++)
            to[q] += fa * a[q];
    }
}

void emulator_eval(const emulator *e, emulator_work *w, const double *u, double *y)
{
    to_w(e, u, w->w);
    bend(e, w);
    fill_basis(e, w);
    for (size_t t = 0; t < e->n_term; t++)
        w->term[t] = (float)w->basis[t];
    rows_dot(e->fast, e->n_out, e->n_pad, w->term, y);
}

void emulator_pull(const emulator *e, emulator_work *w, const double *dfdy, double *out)
{
    memset(w->gw, 0, e->n * sizeof *w->gw);
    rows_sum(e->fast, e->n_out, e->n_pad, dfdy, w->sum);
    for (size_t t = 0; t < e->n_term; t++)
        for (size_t i = 0; i < e->n; i++)
            w->gw[i] += (double)w->sum[t] * w->slope[t * e->n + i];
    for (size_t i = 0; i < e->n; i++)
        w->gw[i] *= w->bent[i];
    /* d/du = L^-T d/dw */
    for (size_t i = e->n; i-- > 0;) {
        double g = w->gw[i];
        for (size_t j = i + 1; j < e->n; j++)
            g -= e->L[j * e->n + i] * w->gw[j];
        w->gw[i] = g / e->L[i * e->n + i];
        out[i] += w->gw[i];
    }
}
