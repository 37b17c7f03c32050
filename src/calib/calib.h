/* What the files of this room share: the world (which numbers are fitted), results
 * lived in the model, rows as quantities, the posterior. Internal to calib. */
#ifndef GS_CALIB_CALIB_H
#define GS_CALIB_CALIB_H

#include "gutskin/calib.h"
#include "gutskin/rng.h"
#include "infer/num.h"

#include <stdint.h>

/* ---- the world: what is fitted, as standard normals ---- */

/* Share of a gain's prior variance that is ignorance of the mean over people; the rest is
 * how people differ. */
#define CALIB_SHARED 0.5

enum { W_NAME = 64, W_MAX = 160 };

typedef enum w_kind {
    W_GAIN,      /* mean over people of a parameter of the model                      */
    W_GAIN_LOG,  /* the same, of one that is log-normal over people                   */
    W_CONTESTED, /* the same, half of its belief exactly at zero                      */
    W_BEYOND,    /* a + u x (spread of its class)                                     */
    W_NORMAL,    /* a + b u                                                           */
    W_LOGIT,     /* logistic of that: a share                                         */
    W_LOG        /* a exp(b u)                                                        */
} w_kind;

typedef struct w_par {
    char name[W_NAME];
    w_kind kind;
    double a, b;
    size_t par;    /* of the kernel: GAIN, CONTESTED           */
    double lo, hi; /* of the kernel's parameter                */
    size_t spread; /* BEYOND: index of its beyond_sd           */
} w_par;

typedef struct world {
    const gs_kernel *k;
    size_t n, n_gain; /* gains (both kinds) stand first */
    w_par p[W_MAX];
    long course_days, between_course, between_effect, between_marker, between_onset, slope, sd_skin,
        sd_marker, sd_onset, null_printed,
        null_pooled, null_elsewhere;
} world;

/* The numbers that a set of plans needs; the gains are always all there. */
gs_status world_make(world *w, const gs_kernel *k, size_t n_plan, const gs_plan *plan,
                     gs_err *err);
long world_find(const world *w, const char *name);
/* Does this gain (its place in the world) scale that lever? */
bool world_gain_of(const world *w, size_t gain, const char *lever);
/* Value of number i at the standard normal u; those it stands on are in theta already. */
double world_value(const world *w, size_t i, double u, const double *theta);
/* Values theta [n] of standard normals u [n]. */
void world_theta(const world *w, const double *u, double *theta);
/* Class of a family: which beyond_sd and which between-trial sd it uses. */
long world_sd_of(const world *w, const gs_plan *p);
long world_between_of(const world *w, const gs_plan *p);

/* ---- lived: what the axis itself does ---- */

typedef struct lived lived; /* simulators of a number of threads */

/* Effect of a plan's moves by the axis alone at gains g [n_gain] (in the world's order):
 * ln of the ratio of means (GS_PLAN_ODDS: mean change of the ln of the drive), with
 * n_person people at even places of their spread, turned by `turn` in [0, 1).
 * Fails GS_ENUM. Thread: any; makes its own simulator. */
gs_status lived_effect(const world *w, const gs_plan *p, const double *gain, size_t n_person,
                       double turn, double *out, gs_err *err);
/* Can these moves and this observable be lived at all? A clear sentence when not. */
gs_status lived_check(const world *w, const gs_plan *p, gs_err *err);
/* Two plans that live the same lives. */
bool lived_same(const gs_plan *a, const gs_plan *b);

/* ---- emulator: the lived effect as a polynomial in few gains ---- */

enum { EMU_VAR = 12, EMU_TERM = 48 };
typedef struct emu {
    size_t n_var, var[EMU_VAR]; /* gains it looks at, indices into the world */
    size_t n_own;               /* the first of them belong to moved levers  */
    double mid[EMU_VAR], scale[EMU_VAR];
    size_t n_term;
    double c[EMU_TERM];
    double error, size; /* held-out rms error; rms effect */
} emu;

double emu_at(const emu *e, const double *gain);
/* One emulator a plan with .contrast; plans that live the same share the work.
 * Fails GS_ENUM, GS_ENOMEM, GS_ECANCEL. */
gs_status emu_make(gs_arena *a, const world *w, size_t n_plan, const gs_plan *plan,
                   uint64_t seed, const gs_pool *pool, const gs_progress *progress, emu *out,
                   gs_err *err);

/* Values v [n_draw] lived at theta [n_draw][stride] by few people, replaced by the polynomial
 * through them, where the draws are enough to tell its terms. */
void emu_smooth(const world *w, const gs_plan *p, size_t n_draw, const double *theta,
                size_t stride, double *v);

/* ---- rows as quantities ---- */

typedef struct row_fit { /* what a row's prediction is made of, from theta */
    double course, beyond, spread, slope, effect; /* ln; effect by the axis   */
} row_fit;

typedef struct row_dev { /* what differs between trials: course, effect, start */
    double course, effect, base;
} row_dev;

typedef struct row_pred {
    double control, treat, contrast; /* as published: unit of the row             */
    double y;                        /* contrast on the scale errors are normal on */
} row_pred;

typedef struct row_data {
    gs_plan plan;
    bool has_control, has_contrast, has_treat; /* has_treat: one group alone      */
    double control, control_se;
    double y, y_se; /* contrast (or one group's change) on its normal scale       */
    bool log;       /* that scale is logarithmic                                  */
    bool differ;    /* contrast is a difference of the two arms                   */
    bool se_assumed;
    double treat, treat_se;
    double shrink;  /* share of between-trial variance a pool of trials keeps     */
    double pooled;  /* trials a pooled contrast averages over; 0 = one trial      */
    size_t emu;
    long course, people, beyond, sd; /* indices into the world, -1 none           */
    double sign;    /* +1 hopeful direction                                       */
    double hope;    /* +1 when a larger y is what was hoped for, else -1          */
    bool choosy;    /* one trial's contrast: printed more readily when significant */
} row_data;

/* Chance that a contrast y is printed with its number, relative to a significant one. */
double row_printed(const world *w, const row_data *r, const double *theta, double y);
/* Its mean over y normal(mean, sd). */
double row_printed_mean(const world *w, const row_data *r, const double *theta, double mean,
                        double sd);

/* A pool averages over trials that were printed: what that moves its mean by, and what
 * share of its spread is left. {0, 1} for one trial. */
typedef struct row_press {
    double shift, scale;
} row_press;
row_press row_press_of(const world *w, const row_data *r, const double *theta, const row_fit *f);

void row_read(const world *w, const gs_plan *p, row_data *out);
row_fit row_fit_of(const world *w, const row_data *r, const double *theta, double effect);
row_pred row_predict(const row_data *r, const row_fit *f, const row_dev *d);
/* Scale on which the errors of a contrast are normal, and back. */
double row_from_y(const row_data *r, double y);

/* ---- what is foretold: a mixture of normals, thinned by the press ---- */

typedef struct mixture_part {
    double mean, sd;
    double rho; /* chance to be printed where the cut is not passed */
    double weight;
} mixture_part;
typedef struct mixture {
    size_t n;
    mixture_part *p;
    bool choosy;      /* else printed anyway                     */
    double hope, cut; /* printed surely where hope * y > cut     */
} mixture;

/* Draws alike, the ways of differing within a draw by their chance to be printed; n is
 * n_draw times as many. */
void mixture_weigh(mixture *m, size_t n_draw);
void mixture_moments(const mixture *m, double *mean, double *sd);
/* Cost 44 x n normal distributions. */
double mixture_quantile(const mixture *m, double q);
/* A value of a component as it would be printed. */
double mixture_draw(const mixture *m, const mixture_part *p, gs_rng *rng);

/* ---- rows of one trial, jointly ---- */

enum { GROUP_MAX = 24 };
typedef struct group {
    size_t n;
    size_t row[GROUP_MAX];
    size_t n_q;
} group;

/* Mean and covariance of all that one trial reports, between trials included.
 * mean, y [n_q], cov [n_q x n_q]. */
typedef struct group_q {
    double y[2 * GROUP_MAX], mean[2 * GROUP_MAX], cov[4 * GROUP_MAX * GROUP_MAX];
} group_q;
void group_predict(const world *w, const group *g, const row_data *row,
                   const double *effect, const double *theta, group_q *out);

/* ---- facts from cohorts: ln changes of markers with their errors ---- */

typedef struct fact {
    gs_plan plan;
    double y, se;
    bool bound;
} fact;

/* ---- the posterior ---- */

typedef struct post {
    const world *w;
    size_t n_row, n_group, n_fact;
    const row_data *row;
    const emu *emu;
    const group *group;
    const fact *fact;
    const emu *fact_emu;
    const bool *left_out; /* [n_group], NULL = all counted */
    uint32_t *touch;      /* [n][touch_words] groups and facts a number reaches */
    size_t touch_words;
} post;

gs_status post_make(gs_arena *a, post *p, gs_err *err);
double post_at(const post *p, const double *u, double *grad);
typedef struct post_opts {
    size_t n_chain, n_warmup, n_draw;
    uint64_t seed;
} post_opts;
typedef struct post_out {
    size_t n;      /* draws in all            */
    double *theta; /* [n x w->n]              */
    double rhat, ess; /* worst of all numbers */
    size_t n_divergent;
} post_out;
gs_status post_sample(gs_arena *a, const post *p, const post_opts *o, const gs_pool *pool,
                      const gs_progress *progress, post_out *out, gs_err *err);

/* Groups of the rows by trial. */
gs_status groups_make(gs_arena *a, size_t n_row, const row_data *row, size_t *n_group,
                      group **out, gs_err *err);

#endif
