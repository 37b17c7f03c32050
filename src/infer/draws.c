/* What others make of the draws: parameter vectors with their starting states, and
 * scores at a shifted latent. */
#include "infer/fit.h"
#include "infer/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

gs_status fit_problem(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                      size_t n_path, const double *future, problem **out, gs_err *err)
{
    problem *p;
    if (f->kernel_hash != k->hash)
        return gs_fail(err, GS_EUSE, "this fit was made with another model; fit again");
    if (f->obs_hash != fit_obs_hash(obs, f->n_day))
        return gs_fail(err, GS_EUSE, "the diary changed since this fit; fit again");
    GS_TRY(problem_make(a, k, obs, f->n_day, n_path, future, &p, err));
    if (p->n_dim != f->n_dim)
        return gs_fail(err, GS_EUSE, "this fit does not suit the diary; fit again");
    *out = p;
    return GS_OK;
}

/* Parameters of vector i: reference, prior draws of what is outside the fit, the fit. */
static void fill_par(const problem *p, const gs_fit *f, const double *row, size_t i,
                     double *par)
{
    gs_rng r = gs_rng_stream(f->seed, i, "parameters outside the fit");
    memcpy(par, p->par, p->k->n_par * sizeof *par);
    for (size_t j = 0; j < p->k->n_par; j++) {
        const gs_par_info *info = &p->k->par[j];
        if (!info->personal || info->prior.kind == GS_DIST_NONE ||
            info->prior.kind == GS_DIST_NEGBINOMIAL)
            continue;
        prior pr = problem_par_prior(info);
        par[j] = prior_draw(&pr, &r);
    }
    for (size_t d = 0; d < p->n_free; d++)
        par[p->free_par[d]] = row[d];
}

/* State at the start of day 0, after settling or the run-in; false when it cannot be. */
static bool start_of(const problem *p, gs_sim *sim, const double *par, double *path,
                     double *x0)
{
    gs_err quiet = {0};
    memcpy(x0, p->x0, p->k->n_state * sizeof *x0);
    if (p->settle)
        return gs_sim_settle(sim, par, p->habit, x0, &quiet) == GS_OK;
    if (gs_sim_path(sim, par, p->x0, p->n_run, p->lever, path, NULL, &quiet) != GS_OK)
        return false;
    memcpy(x0, path + p->n_run * p->k->n_state, p->k->n_state * sizeof *x0);
    return true;
}

static gs_status fill_all(const problem *p, const gs_fit *f, bool prior_side,
                          size_t n_want, double *out_par, double *out_x0, gs_err *err)
{
    const gs_kernel *k = p->k;
    const double *draws = prior_side ? f->prior_draw : f->draw;
    gs_sim_opts o = GS_SIM_OPTS;
    gs_sim *sim;
    double *path = malloc((p->n_run + 1) * k->n_state * sizeof *path);
    if (!path)
        return gs_fail(err, GS_ENOMEM, "out of memory for the starting states");
    gs_status st = gs_sim_new(k, &o, &sim, err);
    for (size_t i = 0; st == GS_OK && i < n_want; i++) {
        size_t row = i * (f->n_chain * f->n_draw) / n_want;
        double *par = out_par + i * k->n_par;
        fill_par(p, f, draws + row * f->n_dim, i, par);
        if (out_x0 && !start_of(p, sim, par, path, out_x0 + i * k->n_state))
            memcpy(out_x0 + i * k->n_state, p->x0, k->n_state * sizeof *out_x0);
    }
    if (st == GS_OK)
        gs_sim_free(sim);
    free(path);
    return st;
}

gs_status gs_infer_par(const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                       bool prior_side, size_t n_want, double *out_par, double *out_x0,
                       gs_err *err)
{
    gs_arena *a = gs_arena_new(0);
    problem *p;
    if (!a)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_status st = fit_problem(a, k, obs, f, f->n_day, NULL, &p, err);
    if (st == GS_OK)
        st = fill_all(p, f, prior_side, n_want, out_par, out_x0, err);
    gs_arena_free(a);
    return st;
}

double gs_infer_score_at(const gs_obs *obs, const gs_fit *f, size_t i_draw,
                         size_t i_series, double shift)
{
    /* num_gauss_hermite(24): the positive half; computed anew they were nearly all the cost */
    static const double z[12] = {
        0.31737009662945226, 0.95342192293210903, 1.5934804298164202, 2.2404678516917524,
        2.8977286432233136, 3.5693067640735601, 4.2603836050199053, 4.9780413746391208,
        5.7327471752512018, 6.5416750050986341, 7.4378906660216622, 8.5078035191952566};
    static const double w[12] = {
        0.24087011554664023, 0.16145951286700011, 0.072069364017178283,
        0.021126344408967521, 0.0039766089291813122, 0.00046471871877939557,
        3.2095005652745934e-05, 1.2176597454425766e-06, 2.2674616734806246e-08,
        1.7186649279648654e-10, 3.7149741527624609e-13, 9.3901936890420521e-17};
    double sum = 0;
    if (i_series >= obs->n_series || i_draw >= f->n_chain * f->n_draw)
        return NAN;
    size_t first = 0;
    while (first < f->n_dim && f->dim[first].series != (long)i_series)
        first++;
    if (first == f->n_dim)
        return NAN;
    link l = link_make(obs->series[i_series].scale);
    nuisance v = link_decode(&l, f->draw + i_draw * f->n_dim + first);
    double at = v.level + v.unit * shift;
    for (size_t i = 0; i < 12; i++)
        sum += w[i] * (link_mean(&l, &v, at + v.sd * z[i]) + link_mean(&l, &v, at - v.sd * z[i]));
    return sum;
}

/* Where the series' numbers begin among the dimensions; n_dim when it has none. */
static size_t first_dim(const gs_fit *f, size_t i_series)
{
    size_t d = 0;
    while (d < f->n_dim && f->dim[d].series != (long)i_series)
        d++;
    return d;
}

bool gs_infer_draw_scores(const gs_obs *obs, const gs_fit *f, size_t i_draw,
                          size_t i_series, size_t n_day, const double *shift, gs_rng *r,
                          double *out)
{
    size_t first = i_series < obs->n_series ? first_dim(f, i_series) : f->n_dim;
    if (first == f->n_dim || i_draw >= f->n_chain * f->n_draw)
        return false;
    link l = link_make(obs->series[i_series].scale);
    nuisance v = link_decode(&l, f->draw + i_draw * f->n_dim + first);
    double z = gs_rng_normal(r), rho = exp(-1 / v.tau), fresh = sqrt(1 - rho * rho);
    for (size_t d = 0; d < n_day; d++) {
        double moved = shift ? v.unit * shift[d] : 0;
        out[d] = link_draw(&l, &v, v.level + moved + v.sd * z, r);
        z = rho * z + fresh * gs_rng_normal(r);
    }
    return true;
}

/* ---- the prior in the form of a fit ---------------------------------------------- */

static double mean_score(const gs_series *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->n; i++)
        sum += s->value[i] / (double)s->n;
    return sum;
}

static void believe_draw(const problem *p, uint64_t seed, size_t i, double *x)
{
    gs_rng r = gs_rng_stream(seed, i, "believe");
    for (size_t d = 0; d < p->n_dim; d++)
        x[d] = prior_draw(&p->prior[d], &r);
    for (size_t s = 0; s < p->n_series; s++) {
        const problem_series *ps = &p->series[s];
        const gs_series *from = &p->obs->series[ps->i_obs];
        nuisance v = link_decode(&ps->l, x + ps->first);
        double guess = link_level_guess(&ps->l, mean_score(from));
        /* the guess of an ordered scale is for cuts two units wide; the mean of n scores
         * errs by this much */
        double per = ps->l.kind == LINK_ORDERED ? 0.5 * v.unit : 1;
        double off = v.sd * fmin(1, sqrt((2 * v.tau + 1) / (double)from->n));
        x[ps->first] = per * guess + off * gs_rng_normal(&r);
    }
}

gs_status gs_infer_believe(gs_arena *a, const gs_kernel *k, const gs_obs *obs, size_t n,
                           uint64_t seed, gs_fit **out, gs_err *err)
{
    problem *p;
    GS_TRY(gs_obs_check(obs, err));
    GS_TRY(problem_make(a, k, obs, obs->n_day, obs->n_day, NULL, &p, err));
    gs_fit *f = GS_NEW(a, gs_fit, 1);
    if (f)
        *f = (gs_fit){.kernel_hash = k->hash, .obs_hash = fit_obs_hash(obs, obs->n_day),
                      .seed = seed, .n_day = obs->n_day, .n_dim = p->n_dim, .n_chain = 1,
                      .n_draw = n, .dim = p->dim, .accepted = 1, .ebfmi = 1, .ok = true,
                      .draw = GS_NEW(a, double, n *p->n_dim)};
    double *column = GS_NEW(a, double, n + 1);
    if (!f || !f->draw || !column)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    f->prior_draw = f->draw;
    for (size_t i = 0; i < n; i++)
        believe_draw(p, seed, i, f->draw + i * p->n_dim);
    for (size_t d = 0; d < p->n_dim; d++) {
        gs_dim *dim = &p->dim[d];
        double mean = 0, m2 = 0;
        for (size_t i = 0; i < n; i++) {
            double v = column[i] = f->draw[i * p->n_dim + d], step = v - mean;
            mean += step / (double)(i + 1);
            m2 += step * (v - mean);
        }
        num_sort(n, column);
        dim->prior_mean = dim->mean = mean;
        dim->prior_sd = dim->sd = n > 1 ? sqrt(m2 / (double)(n - 1)) : 0;
        dim->prior = dim->post = fit_band(n, column);
        dim->rhat = 1;
        dim->ess_bulk = dim->ess_tail = (double)n;
    }
    *out = f;
    return GS_OK;
}
