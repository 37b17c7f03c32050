/* The fixed daily grid: one smooth function of the parameters, and its exact derivative.
 *
 * Each day is cut into the same steps for everybody, so the discrete solution is a
 * smooth map of the parameters, and what is returned is the derivative of *that map*, not
 * an approximation of the derivative of the true flow: a sampler sees one function.
 *
 * Scheme: diagonally implicit Runge-Kutta. Stage i of a step h solves
 *     Z_i = z + h sum_{j<i} a_ij F_j + h g F_i,          F_i = f(Z_i),
 * by Newton's method to convergence. Differentiated by the parameters,
 *     (I/(hg) - J_i) S_i = R_i / (hg) + f_p(Z_i),        R_i = S + h sum_{j<i} a_ij K_j,
 *     K_i = (S_i - R_i) / (hg),
 * so one factorisation a stage serves all columns of S and there is no second derivative.
 * (A Rosenbrock step is cheaper to take, but its exact derivative needs the Hessian.) The
 * factors of one stage start Newton in the next. docs/notes/integrator.md holds the
 * measured choice of scheme and step.
 *
 * Settled start: f(z*, p) = 0 gives dz*\/dp = -J^-1 f_p.
 *
 * Should Newton fail in spite of fresh Jacobians and damping, that step is cut in two,
 * again and again down to 1/64: accuracy is kept and the derivative is exact, but the
 * map has a seam where the cut begins. No draw of the prior is known to need it. */
#include "sim/lanes.h"
#include <math.h>
#include <string.h>

enum { MOST_STAGES = 6, MOST_NEWTON = 7, MOST_DAMPED = 40, MOST_HALVINGS = 6 };
static const double converged = 1e-10; /* Newton error left in a stage, relative */

typedef struct scheme {
    size_t n_stage;
    bool first_explicit; /* stage 1 stands at the start of the step */
    double gamma;
    double a[MOST_STAGES][MOST_STAGES]; /* strictly lower; last row gives the step */
} scheme;

static const scheme the_scheme = {
#define D 0.29289321881345248 /* 1 - sqrt(1/2) */
    .n_stage = 2, .first_explicit = false, .gamma = D, .a = {{0}, {1 - D}},
#undef D
};

struct gs_grid {
    const scheme *b;
    size_t n_free, m;           /* columns asked for; padded to a multiple of 4 */
    const uint32_t *free_par;
    long *column;               /* [n_par] column of a parameter, -1 = not free */
    double *scale, *trust;      /* [n] size of a state; longest move in one go    */
    double *z, *zs, *base, *dz; /* [n]                                           */
    double *f;                  /* [stage][n]                                    */
    double *jac, *jp, *w;
    double *s, *ss, *k;         /* [n][m], [n][m], [stage][n][m]                 */
    double *dy_dz, *dy_dp, *y;
    double h_of_w;              /* step the factors belong to, 0 = none           */
    double rate;                /* of Newton, last stage                          */
    bool fsal;                  /* f[last] and k[last] belong to z                */
};

typedef double four __attribute__((vector_size(32), aligned(8)));

static size_t n_personal(const gs_kernel *k)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n_par; i++)
        n += k->par[i].personal;
    return n;
}

/* ln coordinates are relative already; the others are measured by start and range */
static void measure(const gs_kernel *k, gs_grid *g)
{
    for (size_t i = 0; i < k->n_state; i++) {
        const gs_state_info *x = &k->state[i];
        double range = x->hi - x->lo;
        bool bounded = range > 0 && isfinite(range);
        double size = fmax(fabs(x->start), bounded ? 0.01 * range : 0);
        g->scale[i] = x->is_log ? 1.0 : size > 0 ? size : 1.0;
        g->trust[i] = x->is_log ? 1.0 : bounded ? 0.5 * range : HUGE_VAL;
    }
}

gs_grid *gs_grid_new(gs_sim *s)
{
    const gs_kernel *k = s->k;
    gs_grid *g = GS_NEW(s->arena, gs_grid, 1);
    size_t n = k->n_state, m = (n_personal(k) + 3) / 4 * 4;
    if (!g)
        return NULL;
    struct {
        double **to;
        size_t len;
    } want[] = {
        {&g->scale, n}, {&g->trust, n}, {&g->z, n}, {&g->zs, n}, {&g->base, n}, {&g->dz, n},
        {&g->f, MOST_STAGES * n}, {&g->jac, k->n_jac}, {&g->jp, k->n_jp},
        {&g->w, s->lu->n_val}, {&g->s, n * m}, {&g->ss, n * m},
        {&g->k, MOST_STAGES * n * m}, {&g->dy_dz, n}, {&g->dy_dp, k->n_par},
        {&g->y, k->n_see},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (!(*want[i].to = GS_NEW(s->arena, double, want[i].len + 1)))
            return NULL;
    if (!(g->column = GS_NEW(s->arena, long, k->n_par + 1)))
        return NULL;
    measure(k, g);
    g->b = &the_scheme;
    return g;
}

/* ---- values: one stage by Newton's method ---- */

static double norm(const gs_sim *s, const double *v, const double *unit)
{
    double most = 0;
    for (size_t i = 0; i < s->k->n_state; i++) {
        double e = fabs(v[i]) / unit[i];
        if (!(e <= most))
            most = e;
    }
    return most;
}

static bool refactor(gs_sim *s, double h)
{
    gs_grid *g = s->grid;
    double d = 1.0 / (h * g->b->gamma);
    gs_lu_shift(s->lu, 1, g->jac, &d, g->w);
    g->h_of_w = h;
    if (gs_lu_factor(s->lu, 1, g->w, NULL))
        return true;
    g->h_of_w = 0;
    return false;
}

/* dz = W^-1 (f - (Z - base)/(h g)) */
static void newton_move(gs_sim *s, double h, const double *f)
{
    gs_grid *g = s->grid;
    double d = 1.0 / (h * g->b->gamma);
    for (size_t i = 0; i < s->k->n_state; i++)
        g->dz[i] = f[i] - (g->zs[i] - g->base[i]) * d;
    gs_lu_solve(s->lu, 1, g->w, g->dz);
}

/* with the factors at hand: cheap iterations, each a right-hand side and a solve */
static bool newton_simple(gs_sim *s, const double *par, const double *lever, double h,
                          double *f)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    double last = 0, rate = fmax(g->rate, 0.02);
    for (int it = 0; it < MOST_NEWTON; it++) {
        s->k->rhs(s->k, g->zs, par, lever, f);
        newton_move(s, h, f);
        double e = norm(s, g->dz, g->scale);
        if (!isfinite(e))
            return false;
        for (size_t i = 0; i < n; i++)
            g->zs[i] += g->dz[i];
        if (it > 0)
            rate = e / last;
        if (rate > 0.6)
            return false;
        if (e * rate / (1.0 - rate) < converged) {
            g->rate = rate;
            return true;
        }
        last = e;
    }
    return false;
}

/* fresh Jacobian every time and moves held back: for jumps the cheap way cannot take */
static bool newton_damped(gs_sim *s, const double *par, const double *lever, double h,
                          double *f)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    for (int it = 0; it < MOST_DAMPED; it++) {
        s->k->jac(s->k, g->zs, par, lever, f, g->jac, NULL);
        if (!refactor(s, h))
            return false;
        newton_move(s, h, f);
        double e = norm(s, g->dz, g->scale);
        double keep = 1.0 / fmax(1.0, norm(s, g->dz, g->trust));
        if (!isfinite(e))
            return false;
        for (size_t i = 0; i < n; i++)
            g->zs[i] += keep * g->dz[i];
        if (e < 1e-6) /* quadratic: the next error is its square */
            return true;
    }
    return false;
}

static void stage_base(gs_sim *s, size_t i, double h)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    memcpy(g->base, g->z, n * sizeof *g->base);
    for (size_t j = 0; j < i; j++) {
        double c = h * g->b->a[i][j];
        for (size_t q = 0; q < n; q++)
            g->base[q] += c * g->f[j * n + q];
    }
}

/* Z_i into zs; guess from the slope of the stage before */
static bool solve_stage(gs_sim *s, const double *par, const double *lever, size_t i,
                        double h)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    double *f = g->f + i * n;
    const double *guess = i > 0 ? f - n : NULL;
    double c = h * g->b->gamma;

    stage_base(s, i, h);
    for (size_t q = 0; q < n; q++)
        g->zs[q] = g->base[q] + (guess ? c * guess[q] : 0);
    if (g->h_of_w == h && newton_simple(s, par, lever, h, f))
        return true;
    memcpy(g->zs, i > 0 ? g->base : g->z, n * sizeof *g->zs);
    return newton_damped(s, par, lever, h, f);
}

/* ---- derivatives: the columns of one stage ---- */

static void columns_base(gs_sim *s, size_t i, double h)
{
    gs_grid *g = s->grid;
    size_t len = s->k->n_state * g->m / 4;
    four *out = (four *)(void *)g->ss;
    const four *from = (const four *)(const void *)g->s;
    memcpy(out, from, len * sizeof *out);
    for (size_t j = 0; j < i; j++) {
        const four *k = (const four *)(const void *)(g->k + j * s->k->n_state * g->m);
        double c = h * g->b->a[i][j];
        for (size_t q = 0; q < len; q++)
            out[q] += c * k[q];
    }
}

static void add_by_par(const gs_sim *s, double *to)
{
    const gs_grid *g = s->grid;
    for (size_t e = 0; e < s->k->n_jp; e++) {
        long c = g->column[s->k->jp_par[e]];
        if (c >= 0)
            to[s->k->jp_row[e] * g->m + (size_t)c] += g->jp[e];
    }
}

/* k = J S + f_p at the start of a step */
static void columns_explicit(gs_sim *s, const double *at, double *out)
{
    gs_grid *g = s->grid;
    const gs_kernel *k = s->k;
    size_t m4 = g->m / 4;
    memset(out, 0, k->n_state * g->m * sizeof *out);
    for (size_t e = 0; e < k->n_jac; e++) {
        four *to = (four *)(void *)out + k->jac_row[e] * m4;
        const four *from = (const four *)(const void *)at + k->jac_col[e] * m4;
        for (size_t q = 0; q < m4; q++)
            to[q] += g->jac[e] * from[q];
    }
    add_by_par(s, out);
}

/* S_i into ss and K_i, by the factors of -J at Z_i */
static void columns_implicit(gs_sim *s, size_t i, double h)
{
    gs_grid *g = s->grid;
    size_t len = s->k->n_state * g->m;
    double d = 1.0 / (h * g->b->gamma);
    double *k = g->k + i * len;
    columns_base(s, i, h);
    for (size_t q = 0; q < len; q++) {
        k[q] = -d * g->ss[q];
        g->ss[q] *= d;
    }
    add_by_par(s, g->ss);
    gs_lu_solve_many(s->lu, g->w, g->m, g->ss);
    for (size_t q = 0; q < len; q++)
        k[q] += d * g->ss[q];
}

/* ---- a step, a day ---- */

static bool step(gs_sim *s, const double *par, const double *lever, double h)
{
    gs_grid *g = s->grid;
    const gs_kernel *k = s->k;
    size_t n = k->n_state, last = g->b->n_stage - 1, i = 0;

    if (g->b->first_explicit) {
        if (g->fsal) {
            memcpy(g->f, g->f + last * n, n * sizeof *g->f);
            memcpy(g->k, g->k + last * n * g->m, n * g->m * sizeof *g->k);
        } else if (g->m) {
            k->jac(k, g->z, par, lever, g->f, g->jac, g->jp);
            columns_explicit(s, g->s, g->k);
        } else {
            k->rhs(k, g->z, par, lever, g->f);
        }
        i = 1;
    }
    for (; i <= last; i++) {
        if (!solve_stage(s, par, lever, i, h))
            return false;
        k->jac(k, g->zs, par, lever, g->f + i * n, g->jac, g->jp);
        if (!refactor(s, h))
            return false;
        if (g->m)
            columns_implicit(s, i, h);
    }
    memcpy(g->z, g->zs, n * sizeof *g->z);
    memcpy(g->s, g->ss, n * g->m * sizeof *g->s);
    g->fsal = true;
    return true;
}

static bool step_or_halves(gs_sim *s, const double *par, const double *lever, double h,
                           int depth)
{
    if (step(s, par, lever, h))
        return true;
    s->grid->h_of_w = 0;
    s->grid->fsal = false;
    return depth < MOST_HALVINGS &&
           step_or_halves(s, par, lever, 0.5 * h, depth + 1) &&
           step_or_halves(s, par, lever, 0.5 * h, depth + 1);
}

/* ---- events, start and what is seen ---- */

/* Events assign to states; the kernel gives no derivative of that, so it is taken by
 * central differences of the assignment at the states and parameters it depends on. */
static void fire_events(gs_sim *s, const double *par, const double *lever)
{
    gs_grid *g = s->grid;
    const gs_kernel *k = s->k;
    size_t n = k->n_state, m = g->m;
    memcpy(g->zs, g->z, n * sizeof *g->zs);
    if (!k->events || k->events(k, g->zs, par, lever) == 0)
        return;
    memset(g->ss, 0, n * m * sizeof *g->ss);
    for (size_t c = 0; c < n + g->n_free && m; c++) {
        double *up = g->base, *down = g->dz, *p = s->par;
        size_t fp = c < n ? 0 : g->free_par[c - n];
        double step_ = c < n ? 1e-6 * g->scale[c] : 1e-6 * (fabs(par[fp]) + 1e-3);
        for (int sign = -1; sign <= 1; sign += 2) {
            double *to = sign < 0 ? down : up;
            memcpy(to, g->z, n * sizeof *to);
            memcpy(p, par, k->n_par * sizeof *p);
            if (c < n)
                to[c] += sign * step_;
            else
                p[fp] += sign * step_;
            k->events(k, to, p, lever);
        }
        for (size_t i = 0; i < n; i++) {
            double d = (up[i] - down[i]) / (2 * step_);
            for (size_t q = 0; q < g->n_free && c < n; q++)
                g->ss[i * m + q] += d * g->s[c * m + q];
            if (c >= n)
                g->ss[i * m + c - n] += d;
        }
    }
    memcpy(g->s, g->ss, n * m * sizeof *g->s);
    memcpy(g->z, g->zs, n * sizeof *g->z);
    g->fsal = false;
}

static void start_columns(gs_sim *s)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state, m = g->m;
    for (size_t c = 0; c < g->n_free; c++) {
        memset(g->base, 0, n * sizeof *g->base);
        for (size_t e = 0; e < s->k->n_jp; e++)
            if (s->k->jp_par[e] == g->free_par[c])
                g->base[s->k->jp_row[e]] += s->jp[e];
        gs_sim_steady_solve(s, g->base, g->dz);
        for (size_t i = 0; i < n; i++)
            g->s[i * m + c] = g->dz[i];
    }
}

static gs_status start(gs_sim *s, const double *par, const double *x0, bool settle,
                       const double *habit, gs_err *err)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    gs_kernel_to_internal(s->k, x0, g->z);
    memset(g->s, 0, n * g->m * sizeof *g->s);
    g->fsal = false;
    g->h_of_w = 0;
    g->rate = 0.1;
    if (!settle)
        return GS_OK;
    memcpy(s->z, g->z, n * sizeof *s->z);
    GS_TRY(gs_sim_settle_internal(s, par, habit, err));
    memcpy(g->z, s->z, n * sizeof *g->z);
    start_columns(s);
    return GS_OK;
}

static void write_row(gs_sim *s, const double *par, const double *lever, size_t n_pick,
                      const uint32_t *see, double *y, double *dy, double *x)
{
    gs_grid *g = s->grid;
    const gs_kernel *k = s->k;
    if (x)
        gs_kernel_to_natural(k, g->z, x);
    if (n_pick)
        k->seen(k, g->z, par, lever, g->y);
    for (size_t j = 0; j < n_pick; j++) {
        y[j] = g->y[see[j]];
        if (!dy)
            continue;
        double *row = dy + j * g->n_free;
        k->seen_grad(k, see[j], g->z, par, lever, g->dy_dz, g->dy_dp);
        for (size_t c = 0; c < g->n_free; c++)
            row[c] = g->dy_dp[g->free_par[c]];
        for (size_t i = 0; i < k->n_state; i++) {
            double d = g->dy_dz[i];
            for (size_t c = 0; d != 0 && c < g->n_free; c++)
                row[c] += d * g->s[i * g->m + c];
        }
    }
}

static gs_status prepare(gs_sim *s, size_t n_free, const uint32_t *free_par, gs_err *err)
{
    gs_grid *g = s->grid;
    const gs_kernel *k = s->k;
    if (k->n_lane != 1)
        return gs_fail(err, GS_EUSE, "derivatives want a kernel of one lane");
    for (size_t i = 0; i < k->n_par; i++)
        g->column[i] = -1;
    for (size_t c = 0; c < n_free; c++) {
        if (free_par[c] >= k->n_par || !k->par[free_par[c]].personal ||
            g->column[free_par[c]] >= 0)
            return gs_fail(err, GS_EUSE, "derivatives are by distinct personal "
                           "parameters; number %zu of the list is none", c + 1);
        g->column[free_par[c]] = (long)c;
    }
    g->n_free = n_free;
    g->free_par = free_par;
    g->m = (n_free + 3) / 4 * 4;
    return GS_OK;
}

gs_status gs_sim_grad(gs_sim *s, const double *par, const double *x0, bool settle,
                      const double *habit, size_t n_day, const double *lever,
                      size_t n_free, const uint32_t *free_par, size_t n_pick,
                      const uint32_t *see, double *out_y, double *out_dy, double *out_x,
                      gs_err *err)
{
    const gs_kernel *k = s->k;
    size_t n_step = s->o.grid_steps ? s->o.grid_steps : 1;
    double h = 1.0 / (double)n_step;
    const double *u = n_day ? lever : habit;

    if (k->n_lever && (!u || (settle && !habit)))
        return gs_fail(err, GS_EUSE, "derivatives want levers to begin with");
    GS_TRY(prepare(s, out_dy ? n_free : 0, free_par, err));
    GS_TRY(start(s, par, x0, settle, habit, err));
    write_row(s, par, u, n_pick, see, out_y, out_dy, out_x);
    for (size_t d = 0; d < n_day; d++) {
        const double *before = u;
        u = lever + d * k->n_lever;
        if (k->n_lever && memcmp(before, u, k->n_lever * sizeof *u) != 0)
            s->grid->fsal = false;
        if (k->events)
            fire_events(s, par, u);
        for (size_t i = 0; i < n_step; i++)
            if (!step_or_halves(s, par, u, h, 0))
                return gs_fail_at(err, GS_ENUM, NULL, (long)d + 1, 0, NULL,
                                  "the equations of %s could not be followed through "
                                  "day %zu", k->name, d + 1);
        write_row(s, par, u, n_pick, see, out_y + (d + 1) * n_pick,
                  out_dy ? out_dy + (d + 1) * n_pick * n_free : NULL,
                  out_x ? out_x + (d + 1) * k->n_state : NULL);
    }
    return GS_OK;
}
