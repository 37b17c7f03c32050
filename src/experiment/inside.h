/* What the files of this room share. */
#ifndef GS_EXPERIMENT_INSIDE_H
#define GS_EXPERIMENT_INSIDE_H

#include "gutskin/experiment.h"
#include "gutskin/rng.h"

/* Index of a score by name or channel; NULL = the main one. */
gs_status exp_find_score(const gs_obs *obs, const char *name, size_t *out, gs_err *err);
/* The smallest effect worth having, points. */
double exp_worth(const gs_question *q, const gs_trial_opts *o);

/* Everything simulated trials have in common. */
typedef struct exp_world {
    const gs_obs *obs;
    const gs_fit *f;
    const gs_question *q;
    const gs_belief *b;
    const gs_trial_opts *o;
    double worth, missing, reach;
    const double *amp;   /* [b->n] score units that better a draw by `worth` */
    const double *shape; /* [b->n_day] of the response, 1 at its plateau     */
} exp_world;
gs_status exp_world_new(gs_arena *a, const gs_obs *obs, const gs_fit *f, const gs_question *q,
                        const gs_belief *b, const gs_trial_opts *o, exp_world *out, gs_err *err);
/* Trial i under a schedule: y, dose, shift [days]; returns the plateau in points. */
double exp_world_live(const exp_world *w, const gs_nof1_schedule *s, gs_world world,
                      uint64_t i, double *y, double *dose, double *shift);

/* Days of run-in, and of washout: two time constants of the slowest state. */
int exp_run_in(const gs_trial_opts *o);
int exp_washout(const gs_question *q);
/* Designs that fit, at most 40. */
size_t exp_candidates(const gs_question *q, const gs_trial_opts *o, gs_nof1_design *out);

/* Length of a trial of this design [d], run-in included. */
int32_t exp_days(const gs_nof1_design *d);
/* The series of the primary outcome; NULL when the diary has lost it. */
const gs_series *exp_primary(const gs_follow *f, const gs_obs *obs);

/* A paragraph, wrapped at 78 columns. */
void exp_say(gs_buf *out, size_t indent, const char *fmt, ...) GS_PRINTF(3, 4);

/* gs_experiment_believe; with prior_gain the lever's own gain is drawn from its prior. */
gs_status exp_believe(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                      const gs_question *q, bool prior_gain, size_t n, size_t n_day,
                      const gs_pool *pool, const gs_progress *progress, gs_belief **out,
                      gs_err *err);

/* Many trials of one design. Trial i is named first + i. z[world] [n x n_cut]: the
 * statistic on the days before each cut, larger = better; with check the p of the very
 * test; NaN where no analysis was possible. Worlds without z are not lived. */
typedef struct exp_trials {
    const exp_world *w;
    const gs_nof1_design *d;
    size_t n, first, n_cut;
    const int32_t *cut;  /* [n_cut] days; NULL = the whole trial             */
    bool check;
    double *z[3], *est[3]; /* est: points                                    */
    double *se;          /* [n x n_cut] of the estimate where nothing works  */
    double *truth;       /* [n] plateau in points in the believed world      */
} exp_trials;
/* Room for the worlds wanted, and se. */
bool exp_trials_room(gs_arena *a, exp_trials *t, bool null, bool worth, bool believed);
gs_status exp_trials_run(gs_arena *a, exp_trials *t, const gs_pool *pool,
                         const gs_progress *progress, gs_err *err);
/* Quantile of the finite ones; NaN when there are none. */
double exp_quantile(gs_arena *a, size_t n, const double *x, double p);
/* k of n. */
gs_rate exp_rate(double k, size_t n);
/* The largest p that orders so few can reach and that is at most level. */
double exp_usable_level(double level, double n_schedule);

#endif
