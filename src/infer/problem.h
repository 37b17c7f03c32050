/* The problem: one person's table laid out for the likelihood. Which numbers are free,
 * which levers were lived, where the body stood on day 0, which score is seen when. */
#ifndef GS_INFER_PROBLEM_H
#define GS_INFER_PROBLEM_H

#include "gutskin/infer.h"
#include "gutskin/sim.h"
#include "infer/emulator.h"
#include "infer/filter.h"

enum {
    PROBLEM_MAX_LEVER = 10, /* free gains, the most-said levers first             */
    PROBLEM_MIN_SAID = 5,   /* days a lever must be said to be learned about      */
    PROBLEM_RUN_IN = 60     /* days at habit before day 0 of a two-state condition */
};

typedef struct problem_series {
    size_t i_obs;  /* its place in obs->series         */
    link l;
    size_t pick;   /* its observable, in problem.see   */
    size_t first;  /* its first dimension              */
    track *t;      /* its scores on days < n_day       */
} problem_series;

typedef struct problem {
    const gs_kernel *k;
    const gs_obs *obs;
    size_t n_day;    /* days the fit looks at                                       */
    size_t n_path;   /* days simulated from day 0 on; >= n_day where it looks ahead */
    size_t n_run;    /* days at habit before day 0                                  */
    bool settle;     /* day -n_run is a steady state of the parameters              */
    bool fixed;      /* nothing of the model is free: one simulation serves all     */
    double *lever;   /* [(n_run + n_path) x n_lever]                                */
    double *habit;   /* [n_lever]                                                   */
    double *x0;      /* [n_state] where it starts                                   */
    double *par;     /* [n_par] personal parameters at their prior median           */
    size_t n_free;
    uint32_t *free_par; /* [n_free] dimension i < n_free is kernel parameter [i]     */
    size_t n_pick;
    uint32_t *see;   /* [n_pick] observables wanted                                 */
    size_t n_series;
    problem_series *series;
    size_t n_dim;
    gs_dim *dim;     /* [n_dim] names and roles                                     */
    prior *prior;    /* [n_dim]                                                     */
} problem;

/* Lay out the first n_day days; the path goes on to n_path, with levers of the table
 * while it lasts, then of future [(n_path - obs->n_day) x n_lever] or habit (NULL).
 * Fails GS_EUSE (nothing to fit), GS_ENUM (no start), GS_ENOMEM. */
gs_status problem_make(gs_arena *a, const gs_kernel *k, const gs_obs *obs, size_t n_day,
                       size_t n_path, const double *future, problem **out, gs_err *err);

/* Row of the simulated path at which a score of `day` is seen: the end of that day. */
static inline size_t problem_row(const problem *p, int32_t day)
{
    return p->n_run + (size_t)day + 1;
}

/* The prior of a personal parameter, cut by its range. */
prior problem_par_prior(const gs_par_info *info);

/* Levers of the table with the days that were not said filled in; levers.c. */
void problem_habit(const gs_kernel *k, const gs_obs *obs, size_t n_day, double *habit);
void problem_lay_levers(const gs_kernel *k, const gs_obs *obs, const double *habit,
                        size_t n_day, double *out);
/* Does the diary say this lever often enough, and does it differ between days? */
bool problem_varies(const gs_kernel *k, const gs_obs *obs, size_t i, size_t n_day);

/* Where the body is on day 0; start.c. x0 [n_state] is the start; par [n_par] holds the
 * reference parameters, the risks of two-state conditions moved to the middle of the
 * range where the person's state exists. */
typedef struct start_cut {
    long par;      /* a kernel parameter, -1 = not cut */
    double lo, hi; /* its range on this branch         */
} start_cut;
typedef struct start {
    bool two_states; /* a run-in is wanted instead of a steady state of each parameter */
    start_cut cut[2];
} start;
gs_status problem_start(const gs_kernel *k, const gs_obs *obs, size_t n_day, double *par,
                        const double *habit, double *x0, start *out, gs_err *err);

/* ---- log posterior, post.c ---- */

/* Workspace of one evaluation; one per thread. */
typedef struct post {
    const problem *p;
    gs_sim *sim;
    double *par, *y, *dy;   /* path and its derivatives        */
    double *x, *dx, *gx;    /* [n_dim] natural, slope, gradient */
    double *eta, *d_eta;    /* [longest track]                 */
    double *mean_dy;        /* [n_free]                        */
    filter **f;             /* [n_series]                      */
    bool have_path;         /* y holds the path (problem.fixed) */
    double *signal;         /* [all scores] centred signal of each series in turn     */
    double *d_signal;       /* [all scores] d ln L by it                              */
    const emulator *emu;    /* stands in for the simulator when set                   */
    emulator_work *emu_work;
} post;

/* Takes its memory from a; the simulator inside must be given back. Without `slopes`
 * only post_path works, with less memory. */
gs_status post_new(gs_arena *a, const problem *p, bool slopes, post **out, gs_err *err);
void post_free(post *w);
/* Log posterior density at u [n_dim] (up to a constant) and its gradient, with the
 * emulator's signal where one is set. */
double post_eval(post *w, const double *u, double *grad);
/* The same with the simulator's. */
double post_exact(post *w, const double *u, double *grad);
/* Scores of all series. */
size_t post_n_score(const problem *p);
/* Centred signals at u and their derivatives by the free u: y [n_score],
 * dy [n_score x n_free] or NULL. False when the model cannot live it. */
bool post_design(post *w, const double *u, double *y, double *dy);
/* The path of natural numbers x [n_dim] into w->y; false when the model cannot live it. */
bool post_path(post *w, const double *x);
/* After post_path: latent line of a series on n days. */
void post_latent(const post *w, const problem_series *s, size_t n, const int32_t *day,
                 const nuisance *v, double *eta);

#endif
