/* The fixed daily grid: one smooth function of the parameters, and its exact derivative.
 *
 * Each day is cut into the same steps for everybody, so the discrete solution is a
 * smooth map of the parameters, and what is returned is the derivative of *that map*, not
 * an approximation of the derivative of the true flow: a sampler sees one function.
 * etd.c takes the steps, sdirk.c those it finds too stiff; docs/notes/integrator.md has
 * what else was measured.
 *
 * Settled start: f(z*, p) = 0 gives dz*\/dp = -J^-1 f_p. */
#include "sim/grid.h"
#include <math.h>
#include <string.h>

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
        {&g->scale, n}, {&g->trust, n}, {&g->z, n}, {&g->zs, n}, {&g->base, n},
        {&g->dz, n}, {&g->f, GS_GRID_STAGES * n}, {&g->jac, k->n_jac},
        {&g->jp, k->n_jp}, {&g->w, s->lu->n_val}, {&g->s, n * m}, {&g->ss, n * m},
        {&g->k, GS_GRID_STAGES * n * m}, {&g->dy_dz, n}, {&g->dy_dp, k->n_par},
        {&g->y, k->n_see}, {&g->decay, n}, {&g->ghost, n}, {&g->morning, n},
        {&g->s_morning, n * m},
        {&g->jump_z, k->n_event ? n * n : 0}, {&g->jump_p, k->n_event ? n * k->n_par : 0},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (!(*want[i].to = GS_NEW(s->arena, double, want[i].len + 1)))
            return NULL;
    for (size_t l = 0; l < GS_ETD_LEVELS; l++)
        if (!(g->level[l].c = GS_NEW(s->arena, double, n * GS_ETD_COEF)))
            return NULL;
    g->column = GS_NEW(s->arena, long, k->n_par + 1);
    g->row_start = GS_NEW(s->arena, uint32_t, n + 1);
    if (!g->column || !g->row_start)
        return NULL;
    for (size_t e = 0; e < k->n_jac; e++) /* sorted by row */
        g->row_start[k->jac_row[e] + 1] = (uint32_t)e + 1;
    measure(k, g);
    return g;
}

void gs_grid_add_by_par(const gs_sim *s, double *to)
{
    const gs_grid *g = s->grid;
    for (size_t e = 0; e < s->k->n_jp; e++) {
        long c = g->column[s->k->jp_par[e]];
        if (c >= 0)
            to[s->k->jp_row[e] * g->m + (size_t)c] += g->jp[e];
    }
}

/* ---- events, start and what is seen ---- */

/* z = events(z), S = (dz after/dz before) S + dz/dp */
void gs_grid_fire(gs_sim *s, const double *par, const double *lever)
{
    gs_grid *g = s->grid;
    const gs_kernel *k = s->k;
    size_t n = k->n_state, m = g->m;
    if (!k->events)
        return;
    if (!m || !k->events_grad) {
        k->events(k, g->z, par, lever);
        return;
    }
    if (k->events_grad(k, g->z, par, lever, g->jump_z, g->jump_p) == 0)
        return;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < g->n_free; c++) {
            double sum = g->jump_p[i * k->n_par + g->free_par[c]];
            for (size_t j = 0; j < n; j++)
                sum += g->jump_z[i * n + j] * g->s[j * m + c];
            g->ss[i * m + c] = sum;
        }
    memcpy(g->s, g->ss, n * m * sizeof *g->s);
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
    gs_etd_begin(s, par);
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

/* a day by etd.c or, from the same morning, by sdirk.c */
bool gs_grid_day(gs_sim *s, const double *par, const double *lever, size_t n_step)
{
    gs_grid *g = s->grid;
    size_t n = s->k->n_state;
    memcpy(g->morning, g->z, n * sizeof *g->z);
    memcpy(g->s_morning, g->s, n * g->m * sizeof *g->s);
    if (gs_etd_day(s, par, lever, n_step))
        return true;
    memcpy(g->z, g->morning, n * sizeof *g->z);
    memcpy(g->s, g->s_morning, n * g->m * sizeof *g->s);
    return gs_sdirk_day(s, par, lever, n_step);
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
    const double *u = n_day ? lever : habit;

    if (k->n_lever && (!u || (settle && !habit)))
        return gs_fail(err, GS_EUSE, "derivatives want levers to begin with");
    GS_TRY(prepare(s, out_dy ? n_free : 0, free_par, err));
    s->grid->h = 1.0 / (double)n_step;
    GS_TRY(start(s, par, x0, settle, habit, err));
    write_row(s, par, u, n_pick, see, out_y, out_dy, out_x);
    for (size_t d = 0; d < n_day; d++) {
        u = lever + d * k->n_lever;
        gs_grid_fire(s, par, u);
        if (!gs_grid_day(s, par, u, n_step))
            return gs_fail_at(err, GS_ENUM, NULL, (long)d + 1, 0, NULL,
                              "the equations of %s could not be followed through day %zu",
                              k->name, d + 1);
        write_row(s, par, u, n_pick, see, out_y + (d + 1) * n_pick,
                  out_dy ? out_dy + (d + 1) * n_pick * n_free : NULL,
                  out_x ? out_x + (d + 1) * k->n_state : NULL);
    }
    return GS_OK;
}

/* ---- many bodies ---- */

/* same parameters but for the personal ones: one D, one set of coefficients */
static bool alike(const gs_kernel *k, const double *a, const double *b)
{
    for (size_t i = 0; a != b && i < k->n_par; i++)
        if (!k->par[i].personal && !(a[i] == b[i]))
            return false;
    return true;
}

/* where the bodies start, z0 [n][n_state]; bit i: body i does not come to rest here */
static unsigned start_many(gs_sim *s, bool settle, size_t n, gs_sim_body *const *body,
                           double *z0)
{
    const gs_kernel *k = s->k;
    gs_status st[GS_SIM_MOST_LANES] = {GS_OK};
    unsigned lost = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(s->many_par + i * k->n_par, body[i]->par, k->n_par * sizeof *s->many_par);
        memcpy(s->many_x + i * k->n_state, body[i]->x0, k->n_state * sizeof *s->many_x);
        if (settle && k->n_lever)
            memcpy(s->many_lever + i * k->n_lever, body[i]->habit,
                   k->n_lever * sizeof *s->many_lever);
    }
    if (settle)
        gs_sim_settle_many(s, n, s->many_par, s->many_lever, s->many_x, st);
    for (size_t i = 0; i < n; i++) {
        gs_kernel_to_internal(k, s->many_x + i * k->n_state, z0 + i * k->n_state);
        lost |= (unsigned)(st[i] != GS_OK) << i;
    }
    return lost;
}

static void one_alone(gs_sim *s, const gs_sim_grid *q, gs_sim_body *b)
{
    b->status = gs_sim_grad(s, b->par, b->x0, q->settle, b->habit, q->n_day, b->lever,
                            q->n_free, q->free_par, q->n_pick, q->see, b->y,
                            q->slopes ? b->dy : NULL, b->x, NULL);
}

/* up to a vector's lanes of bodies that are alike */
static gs_status a_group(gs_sim *s, const gs_sim_grid *q, size_t n, gs_sim_body *const *body,
                         gs_err *err)
{
    unsigned lost = ~0u;
    GS_TRY(prepare(s, q->slopes ? q->n_free : 0, q->free_par, err));
    if (s->grid_ops) {
        lost = start_many(s, q->settle, n, body, s->many_z);
        s->grid->h = 1.0 / (double)(s->o.grid_steps ? s->o.grid_steps : 1);
        gs_etd_begin(s, body[0]->par);
        for (size_t i = 0; i < n; i++)
            body[i]->status = GS_OK;
        lost |= s->grid_ops->run(s->grid_many, q, n, body, s->many_z);
    }
    for (size_t i = 0; i < n; i++)
        if (lost >> i & 1)
            one_alone(s, q, body[i]);
    return GS_OK;
}

long gs_sim_grad_many(gs_sim *s, const gs_sim_grid *q, size_t n, gs_sim_body *body,
                      gs_err *err)
{
    const gs_kernel *k = s->k;
    size_t most = s->grid_ops ? s->grid_ops->n_lane : 1;
    long failed = 0;
    for (size_t i = 0; i < n; i++)
        if (k->n_lever && (!(q->n_day ? body[i].lever : body[i].habit) ||
                           (q->settle && !body[i].habit)))
            return gs_fail(err, GS_EUSE, "derivatives want levers to begin with");
    for (size_t at = 0, m; at < n; at += m) {
        gs_sim_body *group[GS_SIM_MOST_LANES];
        for (m = 0; m < most && at + m < n; m++) {
            if (m && !alike(k, body[at].par, body[at + m].par))
                break;
            group[m] = &body[at + m];
        }
        GS_TRY(a_group(s, q, m, group, err));
        for (size_t i = 0; i < m; i++)
            failed += group[i]->status != GS_OK;
    }
    return failed;
}
