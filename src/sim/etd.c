/* Exponential steps on the fixed grid: what most days are made of.
 *
 * Split f(z) = -D z + N(z), D a constant diagonal: the decay rates of the states in the
 * typical adult. The -D z part is solved exactly, N by Krogstad's four stages of order 4,
 *     U_i = e^(-c_i h D) z + h sum_j a_ij(hD) N(U_j),
 * so that fast states (endotoxin turns over in 8 h) allow steps of a day with four
 * right-hand sides. Because D is the same for every value of the free parameters,
 * the derivative of the step needs first derivatives only:
 *     S_i = e^(-c_i h D) S + h sum_j a_ij(hD) K_j,     K_j = (J_j + D) S_j + f_p.
 * [krogstad2005], [hochbruck2010].
 *
 * D is right in the middle, not everywhere: a gut under antibiotics or a plaque under UVB
 * decays faster than D knows. Each day begins with an estimate of the largest rate of
 * N, by power iteration on J + D that goes on from day to day; when a step is too long for
 * it, the day is cut into 2, 4 .. 32, and beyond that sdirk.c takes it. Both are
 * smooth; the map has a seam of the size of the grid's error where the choice changes. */
#include "sim/grid.h"
#include <math.h>
#include <string.h>

/* h times the largest rate of N; RK4's limit on the negative axis is 2.78 */
static const double longest = GS_ETD_LONGEST;

enum {
    E_HALF = GS_E_HALF, E_ONE = GS_E_ONE, A21 = GS_A21, A31 = GS_A31, A32 = GS_A32,
    A41 = GS_A41, A43 = GS_A43, B1 = GS_B1, B23 = GS_B23, B4 = GS_B4, NONE = GS_NO_COEF
};

/* phi_j(x) = (phi_{j-1}(x) - 1/(j-1)!)/x, phi_0 = exp; series near 0 */
static void phi(double x, double out[4])
{
    out[0] = exp(x);
    if (fabs(x) > 1.0) {
        out[1] = (out[0] - 1.0) / x;
        out[2] = (out[1] - 1.0) / x;
        out[3] = (out[2] - 0.5) / x;
        return;
    }
    double term = 1.0 / 6.0, sum = 0; /* phi_3 = sum x^i / (i+3)! */
    for (int i = 0; i < 18; i++) {
        sum += term;
        term *= x / (i + 4);
    }
    out[3] = sum;
    out[2] = 0.5 + x * out[3];
    out[1] = 1.0 + x * out[2];
}

void gs_etd_coef_of(size_t n, const double *decay, double h, double *c)
{
    for (size_t i = 0; i < n; i++, c += GS_ETD_COEF) {
        double p[4], q[4];
        phi(-0.5 * h * decay[i], q);
        phi(-h * decay[i], p);
        c[E_HALF] = q[0];
        c[E_ONE] = p[0];
        c[A21] = 0.5 * h * q[1];
        c[A31] = h * (0.5 * q[1] - q[2]);
        c[A32] = h * q[2];
        c[A41] = h * (p[1] - 2 * p[2]);
        c[A43] = 2 * h * p[2];
        c[B1] = h * (p[1] - 3 * p[2] + 4 * p[3]);
        c[B23] = h * (2 * p[2] - 4 * p[3]);
        c[B4] = h * (4 * p[3] - p[2]);
        c[NONE] = 0;
    }
}

static void make_level(gs_sim *s, size_t l)
{
    gs_grid *g = s->grid;
    gs_etd_coef_of(s->k->n_state, g->decay, ldexp(g->h, -(int)l), g->level[l].c);
    g->level[l].ready = true;
}

const double *gs_etd_coef(gs_sim *s)
{
    if (!s->grid->level[0].ready)
        make_level(s, 0);
    return s->grid->level[0].c;
}

/* z, f [n_state], jac [n_jac]: scratch */
static void decay_rates(const gs_kernel *k, const double *par, const double *lever, double *z,
                        double *f, double *jac, double *out)
{
    for (size_t i = 0; i < k->n_state; i++)
        z[i] = k->state[i].is_log ? log(k->state[i].start) : k->state[i].start;
    k->jac(k, z, par, lever, f, jac, NULL);
    memset(out, 0, k->n_state * sizeof *out);
    for (size_t e = 0; e < k->n_jac; e++)
        if (k->jac_row[e] == k->jac_col[e] && jac[e] < 0 && isfinite(jac[e]))
            out[k->jac_row[e]] = -jac[e];
}

bool gs_etd_decay(gs_arena *a, const gs_kernel *k, double *out)
{
    gs_mark m = gs_arena_mark(a);
    double *par = GS_NEW(a, double, k->n_par + k->n_lever + 2 * k->n_state + k->n_jac + 1);
    if (!par)
        return false;
    double *lever = par + k->n_par, *z = lever + k->n_lever, *f = z + k->n_state;
    gs_kernel_defaults(k, par, lever, z);
    decay_rates(k, par, lever, z, f, f + k->n_state, out);
    gs_arena_release(a, m);
    return true;
}

/* D from the typical adult; personal parameters at their stated values, so that D is
 * no function of what is fitted */
void gs_etd_begin(gs_sim *s, const double *par)
{
    gs_grid *g = s->grid;
    const gs_kernel *k = s->k;
    for (size_t i = 0; i < k->n_par; i++)
        s->par[i] = k->par[i].personal ? k->par[i].value : par[i];
    for (size_t i = 0; i < k->n_lever; i++)
        s->lever[i] = k->lever[i].habit;
    decay_rates(k, s->par, s->lever, g->zs, g->f, g->jac, g->decay);
    for (size_t l = 0; l < GS_ETD_LEVELS; l++)
        g->level[l].ready = false;
    for (size_t i = 0; i < k->n_state; i++)
        g->ghost[i] = 1.0;
    g->n_fine = g->n_stiff = 0;
}

/* ---- stiffness ---- */

/* out = (J + D) v */
static void rest_times(const gs_sim *s, const double *v, double *out)
{
    const gs_grid *g = s->grid;
    for (size_t i = 0; i < s->k->n_state; i++) {
        double sum = g->decay[i] * v[i];
        for (size_t e = g->row_start[i]; e < g->row_start[i + 1]; e++)
            sum += g->jac[e] * v[s->k->jac_col[e]];
        out[i] = sum;
    }
}

static double length(size_t n, const double *v)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

/* largest rate of N under today's levers, from g->jac */
static double largest_rate(gs_sim *s)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    double rate = 0;
    for (int i = 0; i < 2; i++) {
        double before = length(n, g->ghost), after;
        rest_times(s, g->ghost, g->dz);
        after = length(n, g->dz);
        if (!(after > 0) || !isfinite(after))
            break;
        rate = after / before;
        for (size_t q = 0; q < n; q++) /* a grain of everything keeps it alive */
            g->ghost[q] = g->dz[q] / after + 1e-3;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t e = g->row_start[i]; e < g->row_start[i + 1]; e++)
            if (s->k->jac_col[e] == i) {
                double r = fabs(g->jac[e] + g->decay[i]);
                rate = isfinite(r) ? fmax(rate, r) : HUGE_VAL;
            }
    return rate;
}

/* ---- values ---- */

/* coefficients of z, of the first slope and of the stage's latest, at stages 1 to 3 */
static const int stage_use[3][3] = {
    {E_HALF, A21, NONE}, {E_HALF, A31, A32}, {E_ONE, A41, A43}};

/* zs = point of stage i (1 to 3) */
static void point(gs_sim *s, const double *c, size_t i)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    const double *na = g->f, *nb = g->f + (i - 1) * n;
    const int *use = stage_use[i - 1];
    for (size_t q = 0; q < n; q++, c += GS_ETD_COEF)
        g->zs[q] = c[use[0]] * g->z[q] + c[use[1]] * na[q] + c[use[2]] * nb[q];
}

/* zs = end of the step; false when it is no number */
static bool end_point(gs_sim *s, const double *c)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    const double *n1 = g->f, *n2 = n1 + n, *n3 = n2 + n, *n4 = n3 + n;
    bool ok = true;
    for (size_t q = 0; q < n; q++, c += GS_ETD_COEF) {
        g->zs[q] = c[E_ONE] * g->z[q] + c[B1] * n1[q] + c[B23] * (n2[q] + n3[q]) +
                   c[B4] * n4[q];
        ok &= isfinite(g->zs[q]);
    }
    return ok;
}

/* ---- derivatives: the same combinations, a row of columns at a time ---- */

/* The inner loops want m4 known and four columns in a register. On x86-64 they are
 * compiled for AVX2 too and chosen at load time; FMA is left out, so that either way
 * gives the same bits. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                   \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif
#define INLINE static inline __attribute__((always_inline))

/* A block of columns: `width` fours of a row of `row` fours, the first at `from`. */
typedef struct block {
    size_t row, from, width;
} block;

/* out = (J + D) at */
INLINE void columns_rest(const gs_sim *s, const gs_four *at, gs_four *out, const block b)
{
    const gs_grid *g = s->grid;
    const uint16_t *col = s->k->jac_col;
    size_t e = 0;
    for (size_t i = 0; i < s->k->n_state; i++) {
        gs_four sum[4];
        const gs_four *own = at + i * b.row + b.from;
        for (size_t r = 0; r < b.width; r++)
            sum[r] = g->decay[i] * own[r];
        for (; e < g->row_start[i + 1]; e++) {
            const gs_four *other = at + col[e] * b.row + b.from;
            for (size_t r = 0; r < b.width; r++)
                sum[r] += g->jac[e] * other[r];
        }
        for (size_t r = 0; r < b.width; r++)
            out[i * b.row + b.from + r] = sum[r];
    }
}

/* out = c_z S + c_1 K_a + c_2 K_b, the points of stages 1 to 3 */
INLINE void columns_point(const gs_sim *s, const double *c, const int use[3],
                          const gs_four *ka, const gs_four *kb, gs_four *out,
                          const block b)
{
    const gs_four *s0 = (const gs_four *)(const void *)s->grid->s;
    for (size_t q = 0; q < s->k->n_state; q++, c += GS_ETD_COEF) {
        size_t at = q * b.row + b.from;
        for (size_t r = at; r < at + b.width; r++)
            out[r] = c[use[0]] * s0[r] + c[use[1]] * ka[r] + c[use[2]] * kb[r];
    }
}

/* the end of the step, in place */
INLINE void columns_end(gs_sim *s, const double *c, const gs_four *k1, size_t step,
                        const block b)
{
    gs_four *s0 = (gs_four *)(void *)s->grid->s;
    const gs_four *k2 = k1 + step, *k3 = k2 + step, *k4 = k3 + step;
    for (size_t q = 0; q < s->k->n_state; q++, c += GS_ETD_COEF) {
        size_t at = q * b.row + b.from;
        for (size_t r = at; r < at + b.width; r++)
            s0[r] = c[E_ONE] * s0[r] + c[B1] * k1[r] + c[B23] * (k2[r] + k3[r]) +
                    c[B4] * k4[r];
    }
}

/* points (i > 0) and slopes (i < 4) of the columns at stage i */
INLINE void columns_block(gs_sim *s, const double *c, size_t i, const block b)
{
    gs_grid *g = s->grid;
    size_t step = s->k->n_state * b.row;
    gs_four *k1 = (gs_four *)(void *)g->k, *at = (gs_four *)(void *)(i ? g->ss : g->s);
    if (i == 4) {
        columns_end(s, c, k1, step, b);
        return;
    }
    if (i > 0)
        columns_point(s, c, stage_use[i - 1], k1, k1 + (i - 1) * step, at, b);
    columns_rest(s, at, k1 + i * step, b);
}

WIDE static void columns_stage(gs_sim *s, const double *c, size_t i)
{
    size_t row = s->grid->m / 4;
    switch (row) {
    case 1: columns_block(s, c, i, (block){1, 0, 1}); return;
    case 2: columns_block(s, c, i, (block){2, 0, 2}); return;
    case 3: columns_block(s, c, i, (block){3, 0, 3}); return;
    case 4: columns_block(s, c, i, (block){4, 0, 4}); return;
    default: break;
    }
    size_t from = 0;
    for (; from + 4 <= row; from += 4)
        columns_block(s, c, i, (block){row, from, 4});
    for (; from < row; from++)
        columns_block(s, c, i, (block){row, from, 1});
}

static void columns(gs_sim *s, const double *c, size_t i)
{
    gs_grid *g = s->grid;
    if (g->m == 0)
        return;
    columns_stage(s, c, i);
    if (i < 4)
        gs_grid_add_by_par(s, g->k + i * s->k->n_state * g->m);
}

/* ---- a step, a day ---- */

/* N(U_i) and, if wanted, K_i; with `have`, f and jac of the start are there already */
static void stage(gs_sim *s, const double *par, const double *lever, const double *c,
                  size_t i, bool have)
{
    gs_grid *g = s->grid;
    const gs_kernel *k = s->k;
    size_t n = k->n_state;
    double *f = g->f + i * n;
    const double *at = i ? g->zs : g->z;
    if (i)
        point(s, c, i);
    if (!have && g->m)
        k->jac(k, at, par, lever, f, g->jac, g->jp);
    else if (!have)
        k->rhs(k, at, par, lever, f);
    for (size_t q = 0; q < n; q++)
        f[q] += g->decay[q] * at[q];
    columns(s, c, i);
}

static bool step(gs_sim *s, const double *par, const double *lever, size_t l, bool have)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    const double *c;
    if (!g->level[l].ready)
        make_level(s, l);
    c = g->level[l].c;
    for (size_t i = 0; i < 4; i++)
        stage(s, par, lever, c, i, have && i == 0);
    if (!end_point(s, c))
        return false;
    columns(s, c, 4);
    memcpy(g->z, g->zs, n * sizeof *g->z);
    return true;
}

bool gs_etd_day(gs_sim *s, const double *par, const double *lever, size_t n_step)
{
    gs_grid *g = s->grid;
    const gs_kernel *k = s->k;
    size_t l = 0;

    // how stiff is today?
    k->jac(k, g->z, par, lever, g->f, g->jac, g->jp);
    double rate = largest_rate(s) * g->h;
    while (l < GS_ETD_LEVELS && !(ldexp(rate, -(int)l) <= longest))
        l++;
    g->n_fine += l > 0;
    if (l == GS_ETD_LEVELS)
        return false;

    for (size_t i = 0; i < n_step << l; i++)
        if (!step(s, par, lever, l, i == 0))
            return false;
    return true;
}
