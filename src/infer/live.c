/* Living on from the end of a diary where a condition switches: gs_infer_live_on.
 *
 * Both held bodies live the diary and then the plan. The regime is filtered from the
 * scores, carried to the diary's last day, and moves on by the hazards that the plan's
 * levers make. The residual is at its stationary law, as in gs_infer_score_at. */
#include "infer/fit.h"
#include "infer/num.h"

#include <math.h>
#include <string.h>

enum { N_NODE = 24 };

struct gs_lives {
    problem *p;
    const gs_fit *f;
    const problem_series *s;
    size_t member;
};

gs_status gs_infer_lives(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                         const gs_fit *f, size_t i_series, gs_lives **out, gs_err *err)
{
    problem *p;
    *out = NULL;
    GS_TRY(fit_problem(a, k, obs, f, obs->n_day, NULL, &p, err));
    for (size_t m = 0; p->sw && m < p->sw->n_member; m++) {
        const problem_series *s = &p->series[p->sw->member[m]];
        if (s->i_obs != i_series)
            continue;
        gs_lives *l = GS_NEW(a, gs_lives, 1);
        if (!l)
            return gs_fail(err, GS_ENOMEM, "out of memory");
        *l = (gs_lives){.p = p, .f = f, .s = s, .member = m};
        *out = l;
    }
    return GS_OK;
}

typedef struct life {
    const gs_lives *l;
    const double *x; /* [n_dim] the draw */
    post *w;
    double *end[2];  /* [n_state] of either body at the end of the diary */
    double centre[2], flare; /* mean signals; chance of a flare then */
    nuisance v;
    double *y, *states;
} life;

/* One held body through n_day days; what is seen into y, the last state into end. */
static bool path(life *f, size_t regime, const double *par, const double *x0, size_t n_day,
                 const double *lever, double *y, double *end)
{
    const problem *p = f->l->p;
    gs_err quiet = {0};
    if (gs_sim_grad(f->w->sim[regime], par, x0, false, NULL, n_day, lever, 0, NULL,
                    p->n_pick, p->see, y, NULL, end ? f->states : NULL, &quiet) != GS_OK)
        return false;
    if (end)
        memcpy(end, f->states + n_day * p->k->n_state, p->k->n_state * sizeof *end);
    return true;
}

static double mean_signal(const life *f, size_t regime)
{
    const problem *p = f->l->p;
    const track *t = f->l->s->t;
    double sum = 0;
    for (size_t i = 0; i < t->n; i++)
        sum += f->w->y[regime][problem_row(p, t->day[i]) * p->n_pick + f->l->s->pick];
    return sum / (double)t->n;
}

/* Live the diary and filter its scores. */
static bool live_diary(life *f, const double *par)
{
    const problem *p = f->l->p;
    const problem_switch *sw = p->sw;
    post *w = f->w;
    size_t n_day = p->n_path;
    double chance[2 * GRID_N];
    for (size_t r = 0; r < 2; r++) {
        if (!path(f, r, par, sw->x0[r], p->n_run + n_day, p->lever, w->y[r], f->end[r]))
            return false;
        f->centre[r] = mean_signal(f, r);
    }
    post_hazards(w, f->x, 0, n_day, w->hazard, w->hazard + n_day);
    for (size_t m = 0; m < sw->n_member; m++) {
        const problem_series *ps = &p->series[sw->member[m]];
        w->js[m].v = link_decode(&ps->l, f->x + ps->first);
        for (size_t r = 0; r < 2; r++)
            post_latent_in(w, ps, r, f->x, sw->n_step, sw->day, &w->js[m].v, w->line[m][r]);
    }
    lattice_hazard h = {w->hazard, w->hazard + n_day, NULL, NULL};
    if (!isfinite(lattice_forward(w->joint, w->js, &h)))
        return false;
    lattice_ahead(w->joint, w->js, &h, (long)sw->n_step - 1, f->l->member,
                  (int32_t)n_day - 1, chance);
    f->flare = 0;
    for (size_t i = GRID_N; i < 2 * (size_t)GRID_N; i++)
        f->flare += chance[i];
    f->v = w->js[f->l->member].v;
    return true;
}

static double expected(const life *f, double eta)
{
    double z[N_NODE], w[N_NODE], sum = 0;
    num_gauss_hermite(N_NODE, z, w);
    for (size_t i = 0; i < N_NODE; i++)
        sum += w[i] * link_mean(&f->l->s->l, &f->v, eta + f->v.sd * z[i]);
    return sum;
}

/* Both bodies through a plan; day d of it is row d of y[regime]. */
static bool both_paths(life *f, const gs_life_plan *plan, double *y[2])
{
    y[0] = f->y;
    y[1] = f->y + (plan->n_day + 1) * f->l->p->n_pick;
    for (size_t r = 0; r < 2; r++)
        if (!path(f, r, plan->par, f->end[r], plan->n_day, plan->lever, y[r], NULL))
            return false;
    return true;
}

/* Chances to enter and to leave a flare on day d. */
static void switch_chances(const life *f, double *const y[2], size_t d, double out[2])
{
    const problem_switch *sw = f->l->p->sw;
    size_t at = d * f->l->p->n_pick + sw->drive;
    double pace = log(f->x[sw->pace]), sharp = f->x[sw->sharp];
    double in = pace + sharp * (y[0][at] - sw->edge[0]);
    double off = pace - sharp * (y[1][at] - sw->edge[1]);
    out[0] = -expm1(-exp(fmin(in, 5)));
    out[1] = -expm1(-exp(fmin(off, 5)));
}

/* Where the signal stands on day d in a regime, from the person's level. */
static double stands(const life *f, double *const y[2], size_t d, size_t regime)
{
    const problem_series *s = f->l->s;
    return f->x[s->height] * s->gap * ((double)regime - SWITCH_LEVEL) +
           y[regime][d * f->l->p->n_pick + s->pick] - f->centre[regime];
}

static double live_plan(life *f, const gs_life_plan *plan)
{
    const problem_series *s = f->l->s;
    double *y[2], flare = f->flare, score[2], chance[2];
    if (!both_paths(f, plan, y))
        return NAN;
    for (size_t d = 1; d <= plan->n_day; d++) {
        switch_chances(f, y, d, chance);
        flare = flare * (1 - chance[1]) + (1 - flare) * chance[0];
    }
    for (size_t r = 0; r < 2; r++)
        score[r] = expected(f, f->v.level +
                                   s->l.slope * f->v.unit * stands(f, y, plan->n_day, r));
    return score[0] + flare * (score[1] - score[0]);
}

static bool lay_path(life *f, const gs_life_plan *plan, const gs_life_path *out)
{
    double *y[2], chance[2], slope = f->l->s->l.slope;
    if (!both_paths(f, plan, y))
        return false;
    for (size_t d = 0; d < plan->n_day; d++) {
        switch_chances(f, y, d + 1, chance);
        out->enter[d] = chance[0];
        out->leave[d] = chance[1];
        out->calm[d] = slope * stands(f, y, d + 1, 0);
        out->flare[d] = slope * stands(f, y, d + 1, 1);
    }
    return true;
}

/* The room a life takes; the caller frees f->w and the arena. */
static gs_status new_life(gs_arena *a, const gs_lives *l, size_t i_draw, size_t n_plan,
                          const gs_life_plan *plan, life *f, gs_err *err)
{
    const problem *p = l->p;
    size_t most = 1, n_state = p->k->n_state;
    *f = (life){.l = l, .x = l->f->draw + i_draw * l->f->n_dim};
    for (size_t q = 0; q < n_plan; q++)
        most = plan[q].n_day > most ? plan[q].n_day : most;
    f->y = GS_NEW(a, double, 2 * (most + 1) * p->n_pick);
    f->states = GS_NEW(a, double, (p->n_run + p->n_path + 1) * n_state);
    f->end[0] = GS_NEW(a, double, 2 * n_state);
    if (!f->y || !f->states || !f->end[0])
        return gs_fail(err, GS_ENOMEM, "out of memory");
    f->end[1] = f->end[0] + n_state;
    return post_new(a, p, true, &f->w, err);
}

gs_status gs_infer_live_on(const gs_lives *l, size_t i_draw, const double *par,
                           size_t n_plan, const gs_life_plan *plan, double *out_score,
                           gs_err *err)
{
    gs_arena *a = gs_arena_new(0);
    life f;
    for (size_t q = 0; q < n_plan; q++)
        out_score[q] = NAN;
    gs_status st = new_life(a, l, i_draw, n_plan, plan, &f, err);
    if (st == GS_OK) {
        if (live_diary(&f, par))
            for (size_t q = 0; q < n_plan; q++)
                out_score[q] = live_plan(&f, &plan[q]);
        post_free(f.w);
    }
    gs_arena_free(a);
    return st;
}

gs_status gs_infer_live_path(const gs_lives *l, size_t i_draw, const double *par,
                             size_t n_plan, const gs_life_plan *plan,
                             const gs_life_path *out, double *out_flare, gs_err *err)
{
    gs_arena *a = gs_arena_new(0);
    life f;
    *out_flare = NAN;
    gs_status st = new_life(a, l, i_draw, n_plan, plan, &f, err);
    if (st == GS_OK) {
        bool lived = live_diary(&f, par);
        for (size_t q = 0; lived && q < n_plan; q++)
            lived = lay_path(&f, &plan[q], &out[q]);
        if (lived)
            *out_flare = f.flare;
        post_free(f.w);
    }
    gs_arena_free(a);
    return st;
}
