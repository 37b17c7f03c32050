/* Laying out the problem, problem.h: what is free, in what order. Dimensions are the
 * risks of the scored conditions, gains of levers that the diary says and varies (most
 * said first), then the nuisance numbers of each series. */
#include "infer/problem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

prior problem_par_prior(const gs_par_info *info)
{
    return prior_make(info->prior, info->lo, info->hi);
}

static bool movable(const gs_par_info *p)
{
    return p->personal && p->prior.kind != GS_DIST_NONE &&
           p->prior.kind != GS_DIST_NEGBINOMIAL;
}

/* Observable that a series speaks of, -1 when the model has none. */
static long see_of(const gs_kernel *k, const gs_series *s)
{
    char name[80];
    if (s->channel && s->channel->see && s->channel->see[0])
        return gs_kernel_see(k, s->channel->see);
    snprintf(name, sizeof name, "signal_%s", s->condition);
    return gs_kernel_see(k, name);
}

static size_t scores_before(const gs_series *s, size_t n_day)
{
    size_t n = 0;
    while (n < s->n && (size_t)s->day[n] < n_day)
        n++;
    return n;
}

/* The series that can be read, each with its observable. */
static gs_status add_series(gs_arena *a, problem *p, gs_err *err)
{
    const gs_obs *obs = p->obs;
    size_t n_score = 0;
    p->series = GS_NEW(a, problem_series, obs->n_series + 1);
    p->see = GS_NEW(a, uint32_t, obs->n_series + obs->n_lab + 2);
    if (!p->series || !p->see)
        return gs_fail(err, GS_ENOMEM, "out of memory for the series");
    for (size_t i = 0; i < obs->n_series; i++) {
        const gs_series *s = &obs->series[i];
        size_t n = scores_before(s, p->n_day), pick = 0;
        long see = see_of(p->k, s);
        if (see < 0 || n == 0)
            continue;
        while (pick < p->n_pick && p->see[pick] != (uint32_t)see)
            pick++;
        if (pick == p->n_pick)
            p->see[p->n_pick++] = (uint32_t)see;
        problem_series *out = &p->series[p->n_series++];
        *out = (problem_series){.i_obs = i, .l = link_make(s->scale), .pick = pick};
        out->t = track_new(a, &out->l, n, s->day, s->value);
        if (!out->t)
            return gs_fail(err, GS_ENOMEM, "out of memory for the series %s", s->name);
        n_score += n;
    }
    if (p->n_series == 0)
        return gs_fail(err, GS_EUSE,
                       obs->n_series == 0
                           ? "nothing to fit: the diary has no skin score yet"
                           : "nothing to fit: the model has no observable for what the "
                             "diary scores");
    if (n_score < 3)
        return gs_fail(err, GS_EUSE,
                       "nothing to fit: %zu skin score%s so far, at least 3 are wanted",
                       n_score, n_score == 1 ? "" : "s");
    return GS_OK;
}

/* A personal parameter without a lever is free unless it is the risk of a condition
 * that this diary does not score. */
static bool risk_is_free(const problem *p, const gs_par_info *info)
{
    if (!movable(info) || (info->lever && info->lever[0]))
        return false;
    if (strncmp(info->name, "risk_", 5) != 0)
        return true;
    for (size_t i = 0; i < p->n_series; i++)
        if (strcmp(info->name + 5, p->obs->series[p->series[i].i_obs].condition) == 0)
            return true;
    return false;
}

/* Gains of the levers the diary teaches about, most said first. */
static void add_gains(problem *p)
{
    const gs_obs *obs = p->obs;
    size_t room = PROBLEM_MAX_LEVER;
    for (size_t want = p->n_day + 1; room > 0 && want-- > 0;) {
        for (size_t i = 0; i < obs->n_lever && room > 0; i++) {
            size_t n_said = 0;
            for (size_t d = 0; d < p->n_day && d < obs->n_day; d++)
                n_said += isnan(obs->lever[i].value[d]) ? 0 : 1;
            if (n_said != want || !problem_varies(p->k, obs, i, p->n_day))
                continue;
            for (size_t j = 0; j < p->k->n_par; j++) {
                const gs_par_info *info = &p->k->par[j];
                if (!movable(info) || !info->lever ||
                    strcmp(info->lever, obs->lever[i].name) != 0)
                    continue;
                p->free_par[p->n_free++] = (uint32_t)j;
                room--;
                break;
            }
        }
    }
}

static void name_dim(problem *p, gs_dim_role role, long par, long series,
                     const char *what, const char *of, prior pr)
{
    gs_dim *d = &p->dim[p->n_dim];
    d->role = role;
    d->par = par;
    d->series = series;
    snprintf(d->name, sizeof d->name, "%s%s%s", what, of[0] ? " of " : "", of);
    p->prior[p->n_dim++] = pr;
}

static void add_switch_dims(problem *p);

static gs_status add_dims(gs_arena *a, problem *p, gs_err *err)
{
    const gs_kernel *k = p->k;
    p->free_par = GS_NEW(a, uint32_t, k->n_par + 1);
    if (!p->free_par)
        return gs_fail(err, GS_ENOMEM, "out of memory for the parameters");
    for (size_t j = 0; j < k->n_par; j++)
        if (risk_is_free(p, &k->par[j]))
            p->free_par[p->n_free++] = (uint32_t)j;
    size_t n_risk = p->n_free;
    add_gains(p);
    size_t cap = p->n_free + p->n_series * (LINK_MAX_DIM + 1) + 2;
    p->dim = GS_NEW(a, gs_dim, cap);
    p->prior = GS_NEW(a, prior, cap);
    if (!p->dim || !p->prior)
        return gs_fail(err, GS_ENOMEM, "out of memory for the dimensions");
    for (size_t i = 0; i < p->n_free; i++) {
        const gs_par_info *info = &k->par[p->free_par[i]];
        name_dim(p, i < n_risk ? GS_DIM_RISK : GS_DIM_LEVER, (long)p->free_par[i], -1,
                 info->name, "", problem_par_prior(info));
    }
    for (size_t s = 0; s < p->n_series; s++) {
        problem_series *ps = &p->series[s];
        ps->first = p->n_dim;
        for (size_t i = 0; i < ps->l.n_dim; i++) {
            link_dim d = link_dim_at(&ps->l, i);
            name_dim(p, d.role, -1, (long)ps->i_obs, d.name,
                     p->obs->series[ps->i_obs].name, d.prior);
        }
    }
    if (p->sw)
        add_switch_dims(p);
    return GS_OK;
}

/* ---- what switches ---- */

static void find_switch(gs_arena *a, problem *p)
{
    for (size_t s = 0; s < p->n_series; s++) {
        problem_series *ps = &p->series[s];
        const char *condition = p->obs->series[ps->i_obs].condition;
        size_t state, tau;
        if (!switch_has(p->k, condition, &state, &tau) ||
            (p->sw && p->sw->n_member == LATTICE_MAX_SERIES))
            continue;
        if (!p->sw && !(p->sw = GS_NEW(a, problem_switch, 1)))
            return;
        problem_switch *sw = p->sw;
        sw->state = state;
        sw->tau = tau;
        sw->member[sw->n_member++] = s;
        sw->sharp_scores = sw->sharp_scores || ps->l.kind == LINK_NORMAL;
        ps->member = true;
        size_t i = 0;
        while (i < sw->n_see && sw->pick[i] != ps->pick)
            i++;
        if (i == sw->n_see)
            sw->pick[sw->n_see++] = ps->pick;
        ps->i_see = i;
    }
    p->n_regime = p->sw ? 2 : 1;
    if (p->sw) { /* the held kernels' last observable */
        p->sw->drive = p->n_pick;
        p->see[p->n_pick++] = (uint32_t)p->k->n_see;
    }
}

static void add_switch_dims(problem *p)
{
    problem_switch *sw = p->sw;
    const char *of = p->obs->series[p->series[sw->member[0]].i_obs].condition;
    for (size_t m = 0; m < sw->n_member; m++) {
        problem_series *ps = &p->series[sw->member[m]];
        ps->height = p->n_dim;
        name_dim(p, GS_DIM_SWITCH, -1, (long)ps->i_obs, "flare height",
                 p->obs->series[ps->i_obs].name, switch_height_prior());
    }
    sw->pace = p->n_dim;
    name_dim(p, GS_DIM_SWITCH, -1, -1, "switching pace", of, switch_pace_prior());
    sw->sharp = p->n_dim;
    name_dim(p, GS_DIM_SWITCH, -1, -1, "switching sharpness", of, switch_sharp_prior());
}

/* Members' scores on the days on which any of them is scored. */
static gs_status join_tracks(gs_arena *a, problem *p, gs_err *err)
{
    problem_switch *sw = p->sw;
    double *value = GS_NEW(a, double, p->n_day);
    bool *any = GS_NEW(a, bool, p->n_day);
    sw->day = GS_NEW(a, int32_t, p->n_day);
    if (!value || !any || !sw->day)
        return gs_fail(err, GS_ENOMEM, "out of memory for the series");
    for (size_t m = 0; m < sw->n_member; m++) {
        const track *t = p->series[sw->member[m]].t;
        for (size_t i = 0; i < t->n; i++)
            any[t->day[i]] = true;
    }
    for (size_t d = 0; d < p->n_day; d++)
        if (any[d])
            sw->day[sw->n_step++] = (int32_t)d;
    for (size_t m = 0; m < sw->n_member; m++) {
        problem_series *ps = &p->series[sw->member[m]];
        for (size_t i = 0, k = 0; i < sw->n_step; i++) {
            bool here = k < ps->t->n && ps->t->day[k] == sw->day[i];
            value[i] = here ? ps->t->value[k++] : NAN;
        }
        ps->joint = track_new(a, &ps->l, sw->n_step, sw->day, value);
        if (!ps->joint)
            return gs_fail(err, GS_ENOMEM, "out of memory for the series");
    }
    return GS_OK;
}

/* How far calm skin and a flare lie apart on each member's signal. */
static gs_status measure_gaps(gs_arena *a, problem *p, gs_err *err)
{
    const gs_kernel *k = p->k;
    double *z = GS_NEW(a, double, k->n_state), *y = GS_NEW(a, double, k->n_see + 1);
    if (!z || !y)
        return gs_fail(err, GS_ENOMEM, "out of memory for the series");
    for (size_t r = 0; r < 2; r++) {
        gs_kernel_to_internal(k, p->sw->x0[r], z);
        k->seen(k, z, p->par, p->habit, y);
        for (size_t m = 0; m < p->sw->n_member; m++) {
            problem_series *ps = &p->series[p->sw->member[m]];
            ps->gap += (r ? 1 : -1) * y[p->see[ps->pick]];
        }
    }
    return GS_OK;
}

static gs_status make_switch(gs_arena *a, problem *p, gs_err *err)
{
    GS_TRY(join_tracks(a, p, err));
    GS_TRY(switch_make(a, p->k, p->par, p->habit, p->sw, err));
    return measure_gaps(a, p, err);
}

static void count_out(problem *p)
{
    for (size_t s = 0; s < p->n_series; s++)
        if (!p->series[s].member)
            p->n_out += p->series[s].t->n;
    if (p->sw) {
        const problem_switch *sw = p->sw;
        size_t n_day = (size_t)(sw->day[sw->n_step - 1] - sw->day[0]) + 1;
        p->n_out += 2 * sw->n_see * sw->n_step + 2 * n_day;
    }
    p->n_out += p->n_value;
}

static void lay_path(problem *p, const double *future)
{
    size_t n = p->k->n_lever, table = p->obs->n_day;
    for (size_t d = 0; d < p->n_run; d++)
        memcpy(p->lever + d * n, p->habit, n * sizeof *p->habit);
    double *at = p->lever + p->n_run * n;
    problem_lay_levers(p->k, p->obs, p->habit, p->n_path, at);
    for (size_t d = table; future && d < p->n_path; d++)
        memcpy(at + d * n, future + (d - table) * n, n * sizeof *future);
}

gs_status problem_make(gs_arena *a, const gs_kernel *k, const gs_obs *obs, size_t n_day,
                       size_t n_path, const double *future, problem **out, gs_err *err)
{
    problem *p = GS_NEW(a, problem, 1);
    if (!p)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *p = (problem){.k = k, .obs = obs, .n_day = n_day < obs->n_day ? n_day : obs->n_day};
    GS_TRY(add_series(a, p, err));
    find_switch(a, p);
    GS_TRY(problem_add_values(a, p, err));
    GS_TRY(add_dims(a, p, err));
    p->habit = GS_NEW(a, double, k->n_lever + 1);
    p->par = GS_NEW(a, double, k->n_par + 1);
    p->x0 = GS_NEW(a, double, k->n_state + 1);
    if (!p->habit || !p->par || !p->x0)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t j = 0; j < k->n_par; j++) {
        prior pr = problem_par_prior(&k->par[j]);
        p->par[j] = movable(&k->par[j]) ? prior_value(&pr, 0, NULL) : k->par[j].value;
    }
    problem_habit(k, obs, p->n_day, p->habit);
    start begin;
    GS_TRY(problem_start(k, obs, p->n_day, p->par, p->habit, p->x0, &begin, err));
    if (p->sw)
        GS_TRY(make_switch(a, p, err));
    count_out(p);
    p->settle = !begin.two_states;
    p->n_run = begin.two_states ? PROBLEM_RUN_IN : 0;
    for (size_t i = 0; i < 2; i++)
        for (size_t f = 0; f < p->n_free; f++)
            if (begin.cut[i].par == (long)p->free_par[f])
                p->prior[f] = prior_make(k->par[p->free_par[f]].prior, begin.cut[i].lo,
                                         begin.cut[i].hi);
    p->fixed = p->n_free == 0;
    p->n_path = n_path > p->n_day ? n_path : p->n_day;
    p->lever = GS_NEW(a, double, (p->n_run + p->n_path) * k->n_lever + 1);
    if (!p->lever)
        return gs_fail(err, GS_ENOMEM, "out of memory for the levers");
    lay_path(p, future);
    *out = p;
    return GS_OK;
}
