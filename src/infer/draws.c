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
    static const size_t n_node = 24;
    double z[32], w[32], sum = 0;
    if (i_series >= obs->n_series || i_draw >= f->n_chain * f->n_draw)
        return NAN;
    size_t first = 0;
    while (first < f->n_dim && f->dim[first].series != (long)i_series)
        first++;
    if (first == f->n_dim)
        return NAN;
    link l = link_make(obs->series[i_series].scale);
    nuisance v = link_decode(&l, f->draw + i_draw * f->n_dim + first);
    num_gauss_hermite(n_node, z, w);
    for (size_t i = 0; i < n_node; i++)
        sum += w[i] * link_mean(&l, &v, v.level + v.unit * shift + v.sd * z[i]);
    return sum;
}
