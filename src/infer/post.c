/* The log posterior and its gradient: parameters -> path (simulator, exact derivatives)
 * -> latent lines -> filters -> chain rule back. docs/notes/likelihood.md
 *
 *     eta_c(t) = level_c + slope_c * unit_c * (signal_c(t; theta) - mean over the days scored)
 *
 * Centring on the days scored takes the level out of the gains' way: what a gain does to
 * the average of the diary is not evidence about it, and is not read as such. */
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

size_t post_n_score(const problem *p)
{
    size_t n = 0;
    for (size_t s = 0; s < p->n_series; s++)
        n += p->series[s].t->n;
    return n;
}

gs_status post_new(gs_arena *a, const problem *p, bool slopes, post **out, gs_err *err)
{
    post *w = GS_NEW(a, post, 1);
    size_t n_row = p->n_run + p->n_path + 1, n = longest(p);
    if (!w)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    w->p = p;
    w->par = GS_NEW(a, double, p->k->n_par + 1);
    w->y = GS_NEW(a, double, n_row *p->n_pick);
    w->dy = GS_NEW(a, double, (slopes ? n_row * p->n_pick * p->n_free : 0) + 1);
    w->x = GS_NEW(a, double, 3 * p->n_dim);
    w->eta = GS_NEW(a, double, 2 * n);
    w->mean_dy = GS_NEW(a, double, p->n_free + 1);
    w->signal = GS_NEW(a, double, 2 * post_n_score(p));
    w->f = GS_NEW(a, filter *, p->n_series);
    if (!w->par || !w->y || !w->dy || !w->x || !w->eta || !w->mean_dy ||
        !w->signal || !w->f)
        return gs_fail(err, GS_ENOMEM, "out of memory for a chain");
    w->dx = w->x + p->n_dim;
    w->gx = w->x + 2 * p->n_dim;
    w->d_eta = w->eta + n;
    w->d_signal = w->signal + post_n_score(p);
    memcpy(w->par, p->par, p->k->n_par * sizeof *w->par);
    for (size_t s = 0; slopes && s < p->n_series; s++) {
        const problem_series *ps = &p->series[s];
        w->f[s] = filter_new(a, ps->l.kind != LINK_NORMAL, ps->t->n, ps->t->n_kind);
        if (!w->f[s])
            return gs_fail(err, GS_ENOMEM, "out of memory for a filter");
    }
    gs_sim_opts o = GS_SIM_OPTS;
    GS_TRY(gs_sim_new(p->k, &o, &w->sim, err));
    *out = w;
    return GS_OK;
}

void post_free(post *w)
{
    if (w)
        gs_sim_free(w->sim);
}

/* Path of the parameters in w->x; false when the model cannot live it. */
static bool run_path(post *w, bool slopes)
{
    const problem *p = w->p;
    if (p->fixed && w->have_path)
        return true;
    for (size_t i = 0; i < p->n_free; i++)
        w->par[p->free_par[i]] = w->x[i];
    gs_err quiet = {0};
    gs_status st = gs_sim_grad(w->sim, w->par, p->x0, p->settle, p->habit,
                               p->n_run + p->n_path, p->lever, p->n_free, p->free_par,
                               p->n_pick, p->see, w->y, slopes ? w->dy : NULL, NULL,
                               &quiet);
    w->have_path = st == GS_OK;
    return st == GS_OK;
}

/* Mean of the signal over the days scored: what `level` is measured against. */
static double centre_of(const post *w, const problem_series *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->t->n; i++)
        sum += w->y[problem_row(w->p, s->t->day[i]) * w->p->n_pick + s->pick];
    return sum / (double)s->t->n;
}

void post_latent(const post *w, const problem_series *s, size_t n, const int32_t *day,
                 const nuisance *v, double *eta)
{
    double slope = s->l.slope * v->unit;
    double centre = centre_of(w, s);
    for (size_t i = 0; i < n; i++) {
        size_t row = problem_row(w->p, day[i]);
        eta[i] = v->level + slope * (w->y[row * w->p->n_pick + s->pick] - centre);
    }
}

/* Centred signal of every series on its scored days. */
static bool signals(post *w, const double *u, bool slopes)
{
    const problem *p = w->p;
    double *out = w->signal;
    if (w->emu) {
        emulator_eval(w->emu, w->emu_work, u, out);
        return true;
    }
    if (!run_path(w, slopes))
        return false;
    for (size_t s = 0; s < p->n_series; out += p->series[s++].t->n) {
        const problem_series *ps = &p->series[s];
        double centre = centre_of(w, ps);
        for (size_t i = 0; i < ps->t->n; i++)
            out[i] = w->y[problem_row(p, ps->t->day[i]) * p->n_pick + ps->pick] - centre;
    }
    return true;
}

/* Mean derivative of the path over a series' scored days, by natural parameters. */
static void mean_slope(post *w, const problem_series *s)
{
    const problem *p = w->p;
    memset(w->mean_dy, 0, p->n_free * sizeof *w->mean_dy);
    for (size_t i = 0; i < s->t->n; i++) {
        size_t row = problem_row(p, s->t->day[i]);
        const double *dy = w->dy + (row * p->n_pick + s->pick) * p->n_free;
        for (size_t f = 0; f < p->n_free; f++)
            w->mean_dy[f] += dy[f] / (double)s->t->n;
    }
}

/* d ln L / d u of the free parameters from w->d_signal, added to out [n_free]. */
static void pull_signals(post *w, double *out)
{
    const problem *p = w->p;
    const double *d = w->d_signal;
    if (w->emu) {
        emulator_pull(w->emu, w->emu_work, d, out);
        return;
    }
    for (size_t s = 0; s < p->n_series; d += p->series[s++].t->n) {
        const problem_series *ps = &p->series[s];
        mean_slope(w, ps);
        for (size_t i = 0; i < ps->t->n; i++) {
            size_t row = problem_row(p, ps->t->day[i]);
            const double *dy = w->dy + (row * p->n_pick + ps->pick) * p->n_free;
            for (size_t f = 0; f < p->n_free; f++)
                out[f] += d[i] * (dy[f] - w->mean_dy[f]) * w->dx[f];
        }
    }
}

bool post_design(post *w, const double *u, double *y, double *dy)
{
    const problem *p = w->p;
    const emulator *was = w->emu;
    for (size_t f = 0; f < p->n_free; f++)
        w->x[f] = prior_value(&p->prior[f], u[f], &w->dx[f]);
    w->emu = NULL;
    bool ok = signals(w, u, dy != NULL);
    w->emu = was;
    if (!ok)
        return false;
    memcpy(y, w->signal, post_n_score(p) * sizeof *y);
    for (size_t s = 0; dy && s < p->n_series; s++) {
        const problem_series *ps = &p->series[s];
        mean_slope(w, ps);
        for (size_t i = 0; i < ps->t->n; i++, dy += p->n_free) {
            size_t row = problem_row(p, ps->t->day[i]);
            const double *from = w->dy + (row * p->n_pick + ps->pick) * p->n_free;
            for (size_t f = 0; f < p->n_free; f++)
                dy[f] = (from[f] - w->mean_dy[f]) * w->dx[f];
        }
    }
    return true;
}

bool post_path(post *w, const double *x)
{
    memcpy(w->x, x, w->p->n_dim * sizeof *x);
    return run_path(w, false);
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
        const problem_series *ps = &p->series[s];
        nuisance v = link_decode(&ps->l, w->x + ps->first), g = {0};
        size_t n = ps->t->n;
        for (size_t i = 0; i < n; i++)
            w->eta[i] = v.level + ps->l.slope * v.unit * signal[i];
        double ll = filter_forward(w->f[s], &ps->l, ps->t, w->eta, &v);
        if (!isfinite(ll))
            return -HUGE_VAL;
        lp += ll;
        if (grad) {
            filter_backward(w->f[s], &ps->l, ps->t, w->eta, &v, w->d_eta, &g);
            for (size_t i = 0; i < n; i++) {
                g.level += w->d_eta[i];
                g.unit += ps->l.slope * signal[i] * w->d_eta[i];
                d_signal[i] = ps->l.slope * v.unit * w->d_eta[i];
            }
            link_pull(&ps->l, w->x + ps->first, &g, w->gx + ps->first);
        }
        signal += n;
        d_signal += n;
    }
    if (!grad)
        return lp;
    for (size_t i = 0; i < p->n_dim; i++)
        grad[i] = w->gx[i] * w->dx[i] - u[i];
    pull_signals(w, grad);
    return finite_all(p->n_dim, grad) ? lp : -HUGE_VAL;
}
