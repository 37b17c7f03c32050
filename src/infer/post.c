/* The log posterior and its gradient: parameters -> paths (simulator, exact derivatives)
 * -> latent lines -> filters -> chain rule back. docs/notes/likelihood.md
 *
 *     eta_c(t) = level_c + slope_c * unit_c * (signal_c(t; theta) - mean over the days scored)
 *
 * Centring on the days scored takes the level out of the gains' way: what a gain does to
 * the average of the diary is not evidence about it, and is not read as such. Where the
 * condition switches, the line of each regime is centred on its own mean, and regimes lie
 * height * gap apart.
 *
 * What the simulator hands on (problem.n_out numbers, also what an emulator learns):
 *   the centred signals of every series that is no member of a switch, then, with one,
 *   for each observable of the members and each regime the signal on the members' steps,
 *   and the drive of each regime on every day from the first to the last step; last, for
 *   each measured value, ln of its observable (values.c). */
#include "infer/clamp.h"
#include "infer/problem.h"

#include <math.h>
#include <string.h>

static size_t longest(const problem *p)
{
    size_t n = 1;
    for (size_t s = 0; s < p->n_series; s++)
        n = p->series[s].t->n > n ? p->series[s].t->n : n;
    return n;
}

static size_t hazard_days(const problem_switch *sw)
{
    return (size_t)(sw->day[sw->n_step - 1] - sw->day[0]) + 1;
}

static size_t row_of_path(const problem *p, size_t pick, int32_t day)
{
    return problem_row(p, day) * p->n_pick + pick;
}

/* ---- workspace ---- */

static bool new_filters(gs_arena *a, post *w)
{
    const problem *p = w->p;
    const problem_switch *sw = p->sw;
    w->f = GS_NEW(a, filter *, p->n_series);
    w->plan = GS_NEW(a, lattice *, p->n_series);
    if (!w->f || !w->plan)
        return false;
    for (size_t s = 0; s < p->n_series; s++) {
        const problem_series *ps = &p->series[s];
        bool grid = ps->l.kind != LINK_NORMAL;
        if (ps->member)
            continue;
        w->f[s] = filter_new(a, grid, ps->t->n, ps->t->n_kind);
        if (grid)
            w->plan[s] = lattice_new(a, true, 1, 1, ps->t->n, ps->t->n_kind, 0);
        if (!w->f[s] || (grid && !w->plan[s]))
            return false;
    }
    if (!sw)
        return true;
    size_t n_kind = p->series[sw->member[0]].joint->n_kind;
    w->joint = lattice_new(a, false, 2, sw->n_member, sw->n_step, n_kind, p->n_day);
    w->joint_plan = sw->sharp_scores ? w->joint
                                     : lattice_new(a, true, 2, sw->n_member, sw->n_step,
                                                   n_kind, p->n_day);
    w->js = GS_NEW(a, lattice_series, sw->n_member);
    w->line = gs_arena_calloc(a, sw->n_member, sizeof *w->line);
    w->hazard = GS_NEW(a, double, 4 * p->n_path);
    if (!w->joint || !w->joint_plan || !w->js || !w->line || !w->hazard)
        return false;
    for (size_t m = 0; m < sw->n_member; m++) {
        const problem_series *ps = &p->series[sw->member[m]];
        w->js[m] = (lattice_series){.l = &ps->l, .t = ps->joint};
        double *line = GS_NEW(a, double, 4 * sw->n_step);
        if (!line)
            return false;
        for (size_t r = 0; r < 2; r++) {
            w->js[m].eta[r] = w->line[m][r] = line + r * sw->n_step;
            w->js[m].d_eta[r] = line + (2 + r) * sw->n_step;
        }
    }
    return true;
}

static bool new_ahead(gs_arena *a, post *w, size_t n_row)
{
    const problem *p = w->p;
    w->ahead = GS_NEW(a, post_ahead, POST_AHEAD);
    for (size_t i = 0; w->ahead && i < POST_AHEAD; i++) {
        post_ahead *h = &w->ahead[i];
        h->par = GS_NEW(a, double, p->k->n_par + 1);
        for (size_t r = 0; h->par && r < p->n_regime; r++) {
            h->y[r] = GS_NEW(a, double, n_row *p->n_pick);
            h->dy[r] = GS_NEW(a, double, n_row *p->n_pick *p->n_free + 1);
            if (!h->y[r] || !h->dy[r])
                return false;
        }
        if (!h->par)
            return false;
        memcpy(h->par, p->par, p->k->n_par * sizeof *h->par);
    }
    return w->ahead != NULL;
}

gs_status post_new(gs_arena *a, const problem *p, bool slopes, post **out, gs_err *err)
{
    post *w = GS_NEW(a, post, 1);
    size_t n_row = p->n_run + p->n_path + 1, n = longest(p);
    if (!w)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    w->p = p;
    w->par = GS_NEW(a, double, p->k->n_par + 1);
    w->x = GS_NEW(a, double, 3 * p->n_dim);
    w->eta = GS_NEW(a, double, 2 * n);
    w->signal = GS_NEW(a, double, 2 * p->n_out + 1);
    if (!w->par || !w->x || !w->eta || !w->signal)
        return gs_fail(err, GS_ENOMEM, "out of memory for a chain");
    w->dx = w->x + p->n_dim;
    w->gx = w->x + 2 * p->n_dim;
    w->d_eta = w->eta + n;
    w->d_signal = w->signal + p->n_out;
    memcpy(w->par, p->par, p->k->n_par * sizeof *w->par);
    if (slopes && (!new_filters(a, w) || !new_ahead(a, w, n_row)))
        return gs_fail(err, GS_ENOMEM, "out of memory for a filter");
    gs_sim_opts o = GS_SIM_OPTS;
    for (size_t r = 0; r < p->n_regime; r++) {
        const gs_kernel *k = p->k;
        if (p->sw)
            k = clamp_new(a, p->k, p->sw->state, p->sw->tau, p->sw->at[r]);
        w->y[r] = GS_NEW(a, double, n_row *p->n_pick);
        w->dy[r] = GS_NEW(a, double, (slopes ? n_row * p->n_pick * p->n_free : 0) + 1);
        gs_status st = k && w->y[r] && w->dy[r]
                           ? gs_sim_new(k, &o, &w->sim[r], err)
                           : gs_fail(err, GS_ENOMEM, "out of memory for a chain");
        if (st != GS_OK) {
            post_free(w);
            return st;
        }
    }
    *out = w;
    return GS_OK;
}

void post_free(post *w)
{
    for (size_t r = 0; w && r < 2; r++)
        gs_sim_free(w->sim[r]);
}

/* ---- paths ---- */

/* Paths of the parameters in w->x; false when the model cannot live them. */
static bool run_path(post *w, bool slopes)
{
    const problem *p = w->p;
    gs_status st = GS_OK;
    if (w->lived)
        return w->could;
    if (p->fixed && w->have_path)
        return true;
    for (size_t i = 0; i < p->n_free; i++)
        w->par[p->free_par[i]] = w->x[i];
    for (size_t r = 0; r < p->n_regime && st == GS_OK; r++) {
        gs_err quiet = {0};
        st = gs_sim_grad(w->sim[r], w->par, p->sw ? p->sw->x0[r] : p->x0, p->settle,
                         p->habit, p->n_run + p->n_path, p->lever, p->n_free, p->free_par,
                         p->n_pick, p->see, w->y[r], slopes ? w->dy[r] : NULL, NULL,
                         &quiet);
    }
    w->have_path = st == GS_OK;
    return st == GS_OK;
}

/* Paths of n points side by side, into w->ahead. */
static void live_ahead(post *w, size_t n, const double *const *u, bool slopes)
{
    const problem *p = w->p;
    gs_sim_grid q = {.settle = p->settle, .n_day = p->n_run + p->n_path, .n_free = p->n_free,
                     .n_pick = p->n_pick, .free_par = p->free_par, .see = p->see,
                     .slopes = slopes};
    for (size_t i = 0; i < n; i++) {
        w->ahead[i].could = true;
        for (size_t f = 0; f < p->n_free; f++) {
            double slope, *x = &w->ahead[i].par[p->free_par[f]];
            *x = prior_value(&p->prior[f], u[i][f], &slope);
            w->ahead[i].could = w->ahead[i].could && isfinite(*x);
        }
    }
    for (size_t r = 0; r < p->n_regime; r++) {
        gs_sim_body body[POST_AHEAD];
        gs_err quiet = {0};
        size_t of[POST_AHEAD], m = 0;
        for (size_t i = 0; i < n; i++) {
            post_ahead *h = &w->ahead[i];
            if (!h->could)
                continue;
            of[m] = i;
            body[m++] = (gs_sim_body){.par = h->par, .x0 = p->sw ? p->sw->x0[r] : p->x0,
                                      .habit = p->habit, .lever = p->lever, .y = h->y[r],
                                      .dy = h->dy[r], .status = GS_ENUM};
        }
        if (m > 0)
            gs_sim_grad_many(w->sim[r], &q, m, body, &quiet);
        for (size_t j = 0; j < m; j++)
            w->ahead[of[j]].could = body[j].status == GS_OK;
    }
}

/* The paths of point i ahead take the place of the workspace's own, or give it back. */
static void change_places(post *w, size_t i)
{
    post_ahead *h = &w->ahead[i];
    for (size_t r = 0; r < w->p->n_regime; r++) {
        double *y = w->y[r], *dy = w->dy[r];
        w->y[r] = h->y[r];
        w->dy[r] = h->dy[r];
        h->y[r] = y;
        h->dy[r] = dy;
    }
    w->lived = !w->lived;
    w->could = h->could;
}

bool post_path(post *w, const double *x)
{
    memcpy(w->x, x, w->p->n_dim * sizeof *x);
    return run_path(w, false);
}

/* Mean of the signal over the days scored: what `level` is measured against. */
static double centre_of(const post *w, const problem_series *s, size_t regime)
{
    double sum = 0;
    for (size_t i = 0; i < s->t->n; i++)
        sum += w->y[regime][row_of_path(w->p, s->pick, s->t->day[i])];
    return sum / (double)s->t->n;
}

void post_latent_in(const post *w, const problem_series *s, size_t regime, const double *x,
                    size_t n, const int32_t *day, const nuisance *v, double *eta)
{
    double slope = s->l.slope * v->unit, base = -centre_of(w, s, regime);
    if (s->member)
        base += x[s->height] * s->gap * ((double)regime - SWITCH_LEVEL);
    for (size_t i = 0; i < n; i++)
        eta[i] = v->level +
                 slope * (base + w->y[regime][row_of_path(w->p, s->pick, day[i])]);
}

void post_latent(const post *w, const problem_series *s, size_t n, const int32_t *day,
                 const nuisance *v, double *eta)
{
    post_latent_in(w, s, 0, w->x, n, day, v, eta);
}

void post_hazards(const post *w, const double *x, size_t from, size_t to, double *enter,
                  double *leave)
{
    const problem_switch *sw = w->p->sw;
    double pace = log(x[sw->pace]), sharp = x[sw->sharp];
    for (size_t d = from; d < to; d++) {
        size_t at = row_of_path(w->p, sw->drive, (int32_t)d);
        enter[d] = pace + sharp * (w->y[0][at] - sw->edge[0]);
        leave[d] = pace - sharp * (w->y[1][at] - sw->edge[1]);
    }
}

/* ---- what the simulator hands on ---- */

/* From rows of the path (value: n_of = 1, or derivatives: n_of = n_free) to the list. */
static void gather(const post *w, double *const *rows, size_t n_of, double *out)
{
    const problem *p = w->p;
    const problem_switch *sw = p->sw;
    for (size_t s = 0; s < p->n_series; s++) {
        const problem_series *ps = &p->series[s];
        double *first = out, n = (double)ps->t->n;
        if (ps->member)
            continue;
        for (size_t i = 0; i < ps->t->n; i++, out += n_of)
            memcpy(out, rows[0] + row_of_path(p, ps->pick, ps->t->day[i]) * n_of,
                   n_of * sizeof *out);
        for (size_t f = 0; f < n_of; f++) {
            double mean = 0;
            for (size_t i = 0; i < ps->t->n; i++)
                mean += first[i * n_of + f] / n;
            for (size_t i = 0; i < ps->t->n; i++)
                first[i * n_of + f] -= mean;
        }
    }
    for (size_t i = 0; sw && i < sw->n_see; i++)
        for (size_t r = 0; r < 2; r++)
            for (size_t t = 0; t < sw->n_step; t++, out += n_of)
                memcpy(out, rows[r] + row_of_path(p, sw->pick[i], sw->day[t]) * n_of,
                       n_of * sizeof *out);
    for (size_t r = 0; sw && r < 2; r++)
        for (int32_t d = sw->day[0]; d <= sw->day[sw->n_step - 1]; d++, out += n_of)
            memcpy(out, rows[r] + row_of_path(p, sw->drive, d) * n_of,
                   n_of * sizeof *out);
}

/* ---- measured values ---- */

static double regime_weight(const problem *p, size_t r)
{
    return !p->sw ? 1 : r ? SWITCH_LEVEL : 1 - SWITCH_LEVEL;
}

static size_t row_of_value(const problem *p, size_t i)
{
    return row_of_path(p, p->value_pick[i], p->value[i].day);
}

bool post_values(const post *w, double *ln_y)
{
    const problem *p = w->p;
    for (size_t i = 0; i < p->n_value; i++) {
        ln_y[i] = 0;
        for (size_t r = 0; r < p->n_regime; r++) {
            double y = w->y[r][row_of_value(p, i)];
            if (!(y > 0))
                return false;
            ln_y[i] += regime_weight(p, r) * log(y);
        }
    }
    return true;
}

/* d f of ln_y into d of a row of the path in regime r. */
static double value_slope(const post *w, size_t i, size_t r)
{
    return regime_weight(w->p, r) / w->y[r][row_of_value(w->p, i)];
}

static void gather_value_slopes(const post *w, double *out)
{
    const problem *p = w->p;
    for (size_t i = 0; i < p->n_value; i++, out += p->n_free)
        for (size_t f = 0; f < p->n_free; f++) {
            out[f] = 0;
            for (size_t r = 0; r < p->n_regime; r++)
                out[f] += value_slope(w, i, r) * w->dy[r][row_of_value(p, i) * p->n_free + f];
        }
}

/* Where the measured values stand among what the simulator hands on. */
static size_t values_at(const problem *p)
{
    return p->n_out - p->n_value;
}

static bool signals(post *w, const double *u, bool slopes)
{
    if (w->emu) {
        emulator_eval(w->emu, w->emu_work, u, w->signal);
        return true;
    }
    if (!run_path(w, slopes))
        return false;
    gather(w, w->y, 1, w->signal);
    return post_values(w, w->signal + values_at(w->p));
}

/* out += sum over rows d [n] of d * rows' derivatives */
static void pull_row(const post *w, size_t regime, size_t row, double d, double *out)
{
    size_t n = w->p->n_free;
    const double *dy = w->dy[regime] + row * n;
    for (size_t f = 0; f < n; f++)
        out[f] += d * dy[f] * w->dx[f];
}

/* d ln L / d u of the free parameters from w->d_signal, added to out [n_free]. */
static void pull_signals(post *w, double *out)
{
    const problem *p = w->p;
    const problem_switch *sw = p->sw;
    const double *d = w->d_signal;
    if (w->emu) {
        emulator_pull(w->emu, w->emu_work, d, out);
        return;
    }
    for (size_t s = 0; s < p->n_series; s++) {
        const problem_series *ps = &p->series[s];
        double mean = 0;
        if (ps->member)
            continue;
        for (size_t i = 0; i < ps->t->n; i++)
            mean += d[i] / (double)ps->t->n;
        for (size_t i = 0; i < ps->t->n; i++)
            pull_row(w, 0, row_of_path(p, ps->pick, ps->t->day[i]), *d++ - mean, out);
    }
    for (size_t i = 0; sw && i < sw->n_see; i++)
        for (size_t r = 0; r < 2; r++)
            for (size_t t = 0; t < sw->n_step; t++)
                pull_row(w, r, row_of_path(p, sw->pick[i], sw->day[t]), *d++, out);
    for (size_t r = 0; sw && r < 2; r++)
        for (int32_t day = sw->day[0]; day <= sw->day[sw->n_step - 1]; day++)
            pull_row(w, r, row_of_path(p, sw->drive, day), *d++, out);
    for (size_t i = 0; i < p->n_value; i++, d++)
        for (size_t r = 0; r < p->n_regime; r++)
            pull_row(w, r, row_of_value(p, i), *d * value_slope(w, i, r), out);
}

bool post_design(post *w, const double *u, double *y, double *dy)
{
    const problem *p = w->p;
    for (size_t f = 0; f < p->n_free; f++)
        w->x[f] = prior_value(&p->prior[f], u[f], &w->dx[f]);
    if (!run_path(w, dy != NULL))
        return false;
    gather(w, w->y, 1, y);
    if (!post_values(w, y + values_at(p)))
        return false;
    if (!dy)
        return true;
    gather(w, w->dy, p->n_free, dy);
    gather_value_slopes(w, dy + values_at(p) * p->n_free);
    for (size_t i = 0; i < p->n_out; i++)
        for (size_t f = 0; f < p->n_free; f++)
            dy[i * p->n_free + f] *= w->dx[f];
    return true;
}

/* ---- likelihood ---- */

/* One series by itself: its ln L; derivatives into w->gx and d_signal. */
static double alone(post *w, size_t s, const double *signal, double *d_signal)
{
    const problem_series *ps = &w->p->series[s];
    const link *l = &ps->l;
    nuisance v = link_decode(l, w->x + ps->first), g = {0};
    size_t n = ps->t->n;
    double ll;
    for (size_t i = 0; i < n; i++)
        w->eta[i] = v.level + l->slope * v.unit * signal[i];
    if (w->emu && w->plan[s]) {
        lattice_series one = {.l = l, .t = ps->t, .v = v, .eta = {w->eta},
                              .d_eta = {w->d_eta}};
        ll = lattice_forward(w->plan[s], &one, NULL);
        if (d_signal && isfinite(ll)) {
            lattice_backward(w->plan[s], &one, NULL);
            g = one.g;
        }
    } else {
        ll = filter_forward(w->f[s], l, ps->t, w->eta, &v);
        if (d_signal && isfinite(ll))
            filter_backward(w->f[s], l, ps->t, w->eta, &v, w->d_eta, &g);
    }
    if (!d_signal || !isfinite(ll))
        return ll;
    for (size_t i = 0; i < n; i++) {
        g.level += w->d_eta[i];
        g.unit += l->slope * signal[i] * w->d_eta[i];
        d_signal[i] = l->slope * v.unit * w->d_eta[i];
    }
    link_pull(l, w->x + ps->first, &g, w->gx + ps->first);
    return ll;
}

/* Line of member m in regime r, and where its mean stands; signal [n_step]. */
static void member_line(post *w, size_t m, size_t r, const double *signal)
{
    const problem_switch *sw = w->p->sw;
    const problem_series *ps = &w->p->series[sw->member[m]];
    lattice_series *js = &w->js[m];
    double mean = 0, *eta = w->line[m][r];
    for (size_t t = 0; t < sw->n_step; t++)
        if (!isnan(ps->joint->value[t]))
            mean += signal[t] / (double)ps->t->n;
    double base = w->x[ps->height] * ps->gap * ((double)r - SWITCH_LEVEL) - mean;
    for (size_t t = 0; t < sw->n_step; t++)
        eta[t] = js->v.level + ps->l.slope * js->v.unit * (signal[t] + base);
}

/* Derivatives by member m's line -> by its numbers and by the signals. */
static void member_pull(post *w, size_t m, double *const *d_signal)
{
    const problem_switch *sw = w->p->sw;
    const problem_series *ps = &w->p->series[sw->member[m]];
    lattice_series *js = &w->js[m];
    double slope = ps->l.slope, unit = js->v.unit;
    for (size_t r = 0; r < 2; r++) {
        double all = 0;
        for (size_t t = 0; t < sw->n_step; t++) {
            double d = js->d_eta[r][t];
            all += d;
            js->g.unit += d * (js->eta[r][t] - js->v.level) / unit;
            d_signal[r][t] += slope * unit * d;
        }
        for (size_t t = 0; t < sw->n_step; t++)
            if (!isnan(ps->joint->value[t]))
                d_signal[r][t] -= slope * unit * all / (double)ps->t->n;
        js->g.level += all;
        w->gx[ps->height] += slope * unit * ps->gap * ((double)r - SWITCH_LEVEL) * all;
    }
    link_pull(&ps->l, w->x + ps->first, &js->g, w->gx + ps->first);
}

/* Members of the switch together. */
static double together(post *w, const double *signal, double *d_signal)
{
    const problem *p = w->p;
    const problem_switch *sw = p->sw;
    lattice *f = w->emu ? w->joint_plan : w->joint;
    size_t n = sw->n_step, n_day = hazard_days(sw), first = (size_t)sw->day[0];
    const double *drive = signal + 2 * sw->n_see * n;
    double pace = log(w->x[sw->pace]), sharp = w->x[sw->sharp];
    lattice_hazard h = {w->hazard, w->hazard + p->n_day, w->hazard + 2 * p->n_day,
                        w->hazard + 3 * p->n_day};
    for (size_t d = 0; d < n_day; d++) {
        w->hazard[first + d] = pace + sharp * (drive[d] - sw->edge[0]);
        w->hazard[p->n_day + first + d] = pace - sharp * (drive[n_day + d] - sw->edge[1]);
    }
    for (size_t m = 0; m < sw->n_member; m++) {
        const problem_series *ps = &p->series[sw->member[m]];
        w->js[m].v = link_decode(&ps->l, w->x + ps->first);
        w->js[m].g = (nuisance){0};
        for (size_t r = 0; r < 2; r++)
            member_line(w, m, r, signal + (2 * ps->i_see + r) * n);
    }
    double ll = lattice_forward(f, w->js, &h);
    if (!d_signal || !isfinite(ll))
        return ll;
    memset(d_signal, 0, (2 * sw->n_see * n + 2 * n_day) * sizeof *d_signal);
    memset(h.d_enter, 0, 2 * p->n_day * sizeof *h.d_enter);
    lattice_backward(f, w->js, &h);
    for (size_t m = 0; m < sw->n_member; m++) {
        size_t see = p->series[sw->member[m]].i_see;
        double *d[2] = {d_signal + 2 * see * n, d_signal + (2 * see + 1) * n};
        member_pull(w, m, d);
    }
    double *d_drive = d_signal + 2 * sw->n_see * n, by_pace = 0, by_sharp = 0;
    for (size_t d = 0; d < n_day; d++) {
        double in = h.d_enter[first + d], out = h.d_leave[first + d];
        by_pace += in + out;
        by_sharp += in * (drive[d] - sw->edge[0]) - out * (drive[n_day + d] - sw->edge[1]);
        d_drive[d] = sharp * in;
        d_drive[n_day + d] = -sharp * out;
    }
    w->gx[sw->pace] = by_pace / w->x[sw->pace];
    w->gx[sw->sharp] = by_sharp;
    return ll;
}

static bool finite_all(size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

double post_exact(post *w, const double *u, double *grad)
{
    const emulator *was = w->emu;
    w->emu = NULL;
    double lp = post_eval(w, u, grad);
    w->emu = was;
    return lp;
}

void post_exact_many(post *w, size_t n, const double *const *u, double *lp,
                     double *const *grad)
{
    if (!w->p->fixed)
        live_ahead(w, n, u, grad != NULL);
    for (size_t i = 0; i < n; i++) {
        if (!w->p->fixed)
            change_places(w, i);
        lp[i] = post_exact(w, u[i], grad ? grad[i] : NULL);
        if (!w->p->fixed)
            change_places(w, i);
    }
}

void post_design_many(post *w, size_t n, const double *const *u, bool *ok, double *const *y,
                      double *const *dy)
{
    live_ahead(w, n, u, true);
    for (size_t i = 0; i < n; i++) {
        change_places(w, i);
        ok[i] = post_design(w, u[i], y[i], dy[i]);
        change_places(w, i);
    }
}

double post_eval(post *w, const double *u, double *grad)
{
    const problem *p = w->p;
    double lp = 0;
    if (grad)
        memset(grad, 0, p->n_dim * sizeof *grad);
    if (!finite_all(p->n_dim, u))
        return -HUGE_VAL;
    for (size_t i = 0; i < p->n_dim; i++) {
        w->x[i] = prior_value(&p->prior[i], u[i], &w->dx[i]);
        lp -= 0.5 * u[i] * u[i];
        w->gx[i] = 0;
    }
    if (!finite_all(p->n_dim, w->x) || !signals(w, u, grad != NULL))
        return -HUGE_VAL;
    const double *signal = w->signal;
    double *d_signal = w->d_signal;
    for (size_t s = 0; s < p->n_series; s++) {
        if (p->series[s].member)
            continue;
        lp += alone(w, s, signal, grad ? d_signal : NULL);
        signal += p->series[s].t->n;
        d_signal += p->series[s].t->n;
        if (!isfinite(lp))
            return -HUGE_VAL;
    }
    if (p->sw)
        lp += together(w, signal, grad ? d_signal : NULL);
    lp += gs_infer_values_loglik(p->n_value, p->value, w->signal + values_at(p),
                                 grad ? w->d_signal + values_at(p) : NULL);
    if (!isfinite(lp))
        return -HUGE_VAL;
    if (!grad)
        return lp;
    for (size_t i = 0; i < p->n_dim; i++)
        grad[i] = w->gx[i] * w->dx[i] - u[i];
    pull_signals(w, grad);
    return finite_all(p->n_dim, grad) ? lp : -HUGE_VAL;
}
