/* The problem: one person's table laid out for the likelihood. Which numbers are free,
 * which levers were lived, where the body stood on day 0, which score is seen when. */
#ifndef GS_INFER_PROBLEM_H
#define GS_INFER_PROBLEM_H

#include "gutskin/infer.h"
#include "gutskin/sim.h"
#include "infer/emulator.h"
#include "infer/lattice.h"

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
    bool member;   /* its condition switches; then:    */
    size_t i_see;  /* its observable in sw->pick       */
    size_t height; /* its dimension "flare height"     */
    double gap;    /* signal in a flare minus signal in calm skin, at the reference   */
    track *joint;  /* its scores on the steps of all members together                */
} problem_series;

/* Where a member's level stands between calm skin (0) and a flare (1): near the average of
 * people who flare a quarter of their days, so that level and height hardly trade off. */
#define SWITCH_LEVEL 0.25

/* A condition that switches between two states, as a hidden chain (lattice.h):
 *     ln enter(d) = ln pace + sharp (drive_calm(d)  - edge[0])
 *     ln leave(d) = ln pace - sharp (drive_flare(d) - edge[1])
 * drive_* is the drive of the held state in calm skin and in a flare (clamp.h), the edges
 * are where the model's own resting states end. Scores of its members are read at
 *     level + slope unit (height gap (regime - 1/4) + signal_regime(t) - its mean) */
typedef struct problem_switch {
    size_t state, tau;   /* of the kernel                                    */
    double at[2];        /* where the state is held, calm and flaring        */
    double *x0[2];       /* [n_state] start of the run-in in either          */
    double edge[2];
    size_t drive;        /* its place in problem.see                         */
    size_t n_see;        /* observables its members read ...                 */
    size_t pick[8];      /* ... and their places in problem.see              */
    size_t pace, sharp;  /* dimensions                                       */
    size_t n_member;
    size_t member[LATTICE_MAX_SERIES]; /* in problem.series                  */
    size_t n_step;       /* days on which a member is scored                 */
    int32_t *day;        /* [n_step]                                         */
    bool sharp_scores;   /* a member has a NORMAL link: no coarse planning   */
} problem_switch;

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
    problem_switch *sw; /* NULL: nothing switches */
    size_t n_value;     /* measured values heard, values.c */
    const gs_value *value; /* [n_value] */
    size_t *value_pick; /* [n_value] their observables, in problem.see */
    size_t n_regime;    /* bodies that are simulated: 2 with sw, else 1 */
    size_t n_out;       /* numbers the simulator hands to the filters, post.c */
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

/* The measured values and where they are seen, into p; values.c. */
gs_status problem_add_values(gs_arena *a, problem *p, gs_err *err);

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

/* Does this condition switch in this kernel? Then its state and that state's time
 * constant. switch.c */
bool switch_has(const gs_kernel *k, const char *condition, size_t *state, size_t *tau);
/* Fill what of sw does not depend on the series: where the state is held, starts, edges
 * (at the typical adult's levers). par: reference parameters, habit: the person's. */
gs_status switch_make(gs_arena *a, const gs_kernel *k, const double *par,
                      const double *habit, problem_switch *sw, gs_err *err);
/* Priors of pace [1/d], sharpness [per unit of drive] and height. */
prior switch_pace_prior(void);
prior switch_sharp_prior(void);
prior switch_height_prior(void);

/* ---- log posterior, post.c ---- */

/* Paths of several points, lived side by side in the lanes of the simulator. */
enum { POST_AHEAD = 4 };
typedef struct post_ahead {
    double *par, *y[2], *dy[2];
    bool could;
} post_ahead;

/* Workspace of one evaluation; one per thread. */
typedef struct post {
    const problem *p;
    gs_sim *sim[2];         /* one for each regime             */
    double *par, *y[2], *dy[2]; /* paths and their derivatives */
    double *x, *dx, *gx;    /* [n_dim] natural, slope, gradient */
    double *eta, *d_eta;    /* [longest track]                 */
    filter **f;             /* [n_series], NULL for members    */
    lattice **plan;         /* [n_series] coarse stand-ins, NULL for NORMAL links */
    lattice *joint, *joint_plan; /* members of the switch together */
    lattice_series *js;     /* [n_member]                       */
    double *(*line)[2];     /* [n_member] their latents, [n_step] in either regime */
    double *hazard;         /* [4][n_day] enter, leave, derivatives by them */
    bool have_path;         /* y holds the path (problem.fixed) */
    post_ahead *ahead;      /* [POST_AHEAD] paths lived side by side */
    bool lived, could;      /* y and dy are the paths of x already; they could be lived */
    double *signal;         /* [n_out] what the simulator hands on, post.c            */
    double *d_signal;       /* [n_out] d ln L by it                                   */
    const emulator *emu;    /* stands in for the simulator when set; then the coarse
                               filters stand in for the exact ones too                */
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
/* What the simulator hands on at u, and its derivatives by the free u: y [n_out],
 * dy [n_out x n_free] or NULL. False when the model cannot live it. */
bool post_design(post *w, const double *u, double *y, double *dy);
/* The same at n <= POST_AHEAD points at once, their paths side by side in lanes: a third of
 * the price. A point comes to the same numbers in any company. lp [n]; grad [n] or NULL. */
void post_exact_many(post *w, size_t n, const double *const *u, double *lp,
                     double *const *grad);
/* ok [n], y [n], dy [n] as post_design's. */
void post_design_many(post *w, size_t n, const double *const *u, bool *ok, double *const *y,
                      double *const *dy);
/* The path of natural numbers x [n_dim] into w->y; false when the model cannot live it. */
bool post_path(post *w, const double *x);
/* After post_path: ln of the observables of the measured values, ln_y [n_value]; false where
 * one is not positive. Of two regimes, the mean weighted by SWITCH_LEVEL. */
bool post_values(const post *w, double *ln_y);
/* After post_path: latent line of a series on n days; of a member in calm skin (regime 0)
 * or in a flare (1). x [n_dim] natural. */
void post_latent(const post *w, const problem_series *s, size_t n, const int32_t *day,
                 const nuisance *v, double *eta);
void post_latent_in(const post *w, const problem_series *s, size_t regime, const double *x,
                    size_t n, const int32_t *day, const nuisance *v, double *eta);
/* Log hazards of days [from, to) of the path after post_path: enter, leave [to]. */
void post_hazards(const post *w, const double *x, size_t from, size_t to, double *enter,
                  double *leave);

#endif
