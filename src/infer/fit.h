/* What fit.c and the rooms that read a fit share. */
#ifndef GS_INFER_FIT_H
#define GS_INFER_FIT_H

#include "infer/problem.h"

/* Fingerprint of the first n_day days of a table: a longer table of the same diary has
 * the same. */
uint64_t fit_obs_hash(const gs_obs *o, size_t n_day);
/* Quantiles of sorted draws. */
gs_band fit_band(size_t n, const double *sorted);

/* The problem a fit solved, laid out again with a path of n_path days. Fails GS_EUSE
 * when the fit belongs to another diary or model. */
gs_status fit_problem(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                      size_t n_path, const double *future, problem **out, gs_err *err);

/* Draws spread evenly over workers: worker c of FIT_WORKERS takes draws c, c +
 * FIT_WORKERS, ... of n_use; draw i is row i * n / n_use of the fit. */
enum { FIT_WORKERS = 4 };
static inline const double *fit_row(const gs_fit *f, size_t i, size_t n_use)
{
    return f->draw + i * (f->n_chain * f->n_draw) / n_use * f->n_dim;
}

#endif
