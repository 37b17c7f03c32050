/* The pool: what is kept of people who lived through a trial. Internal to trial. */
#ifndef GS_TRIAL_POOL_H
#define GS_TRIAL_POOL_H

#include "gutskin/rng.h"
#include "gutskin/trial.h"

enum { MOST_VISIT = 60 };

/* A person's slots: parallel, arm by arm the visits; crossover, order by order (0: arm
 * 0 first) the visits of the first and of the second period. */
struct gs_trial_pool {
    const gs_kernel *k;
    size_t n_draw, n_person, n_arm, n_visit, n_order, n_slot;
    bool same_people, one_arm, crossover;
    gs_trial_pool_info about;
    gs_trial_terms *terms; /* [n_draw] of the draws */
    double *beyond;        /* [n_draw x n_arm] latent, at 12 weeks; ONSET: log odds       */
    double *signal;        /* [n_draw x n_person x n_order x n_slot] since baseline     */
    double *base;          /* [n_draw x n_person] of the observable at baseline         */
    int32_t *onset;        /* [n_draw x n_person x n_order] day, 0 = none; ONSET        */
};

/* Name of a person in random streams: unlike in any two draws unless same_people. */
static inline uint64_t pool_id(const gs_trial_pool *p, size_t draw, size_t person)
{
    return p->same_people ? person : (uint64_t)draw << 24 | person;
}

/* Which arm a person of order o takes in period q. */
static inline size_t pool_arm(const gs_trial_pool *p, size_t order, size_t period)
{
    return p->crossover ? (order + period) % 2 : order;
}

static inline const double *pool_signal(const gs_trial_pool *p, size_t draw, size_t person,
                                        size_t order)
{
    return p->signal + ((draw * p->n_person + person) * p->n_order + order) * p->n_slot;
}

static inline bool pool_lived(const gs_trial_pool *p, size_t person, size_t order)
{
    return !p->one_arm || person % p->n_order == order;
}

/* Day of the visit in slot s, counted from randomisation. */
static inline long slot_day(const gs_trial *t, size_t s)
{
    return s < t->n_visit ? t->visit[s] :
                            t->visit[t->n_visit - 1] + t->washout + t->visit[s - t->n_visit];
}

/* What the arm of a slot adds beyond the model by the slot's day, latent units. */
static inline double pool_beyond(const gs_trial_pool *p, const gs_trial *t, size_t draw,
                                 size_t order, size_t slot)
{
    double b = p->beyond[draw * p->n_arm + pool_arm(p, order, slot / p->n_visit)];
    return b * (1 - exp(-(double)t->visit[slot % p->n_visit] / 28)) /
           (1 - exp(-84.0 / 28));
}

/* ---- draw.c ---- */

/* z[0..n): one standard normal from each of n even slices, shuffled. */
void draw_slices(size_t n, gs_rng *r, double *z);

/* ---- score.c: from signal to score ---- */

typedef struct scorer {
    const gs_trial *t;
    gs_trial_terms q;   /* complete */
    double unit;        /* latent units per unit of the logit, 1 but for ordered scales */
    size_t n_category;  /* of an ordered scale, else 0 */
    bool is_log;        /* VALUE: ln of the observable */
} scorer;

/* What holds: the trial's, else the first of over, own that is said, else defaults. */
scorer scorer_make(const gs_trial *t, const gs_kernel *k, const gs_trial_terms *over,
                   const gs_trial_terms *own);
/* Latent change that the signal makes. */
double scorer_signal(const scorer *s, double signal);
/* One scoring of a person whose latent is this. */
double scorer_score(const scorer *s, double latent, gs_rng *r);
bool scorer_admits(const scorer *s, double score);
bool scorer_responds(const scorer *s, double first, double score);

/* Somebody in the trial, but for the arm. */
typedef struct entrant {
    double level;      /* latent at baseline, without what wanders */
    double wander;     /* residual at baseline, moves on visit by visit */
    double first;      /* baseline score as it was written down */
    double z_drift, z_placebo; /* how this person differs; drift by its law (law.c) */
} entrant;
/* Draw until the score at screening is in the window; false after 2000 tries. base: the
 * observable at baseline (VALUE). */
bool entrant_draw(const scorer *s, double base, gs_rng *r, entrant *out);
/* The residual dt days on. */
double entrant_wander(const scorer *s, double wander, double dt, double z);
/* What the time since randomisation does, without the levers. */
double entrant_course(const scorer *s, const entrant *e, double placebo, double day);

/* ---- onset.c ---- */

/* Days of onset with what lies beyond the model. Fails GS_ENOMEM. */
gs_status onset_beyond(const gs_trial *t, gs_trial_pool *p, gs_err *err);

/* ---- stats.c ---- */

typedef struct sums {
    double n, x, y, xx, xy, yy; /* x: baseline, y: score or change or 0/1 */
} sums;
void sums_add(sums *s, double x, double y);
/* Two-sided p of a t with df degrees of freedom. */
double stats_t_p(double t, double df);
double stats_normal_p(double z);
/* Arm 1 minus arm 0. False when there are too few people for it. */
bool stats_ancova(const sums *a0, const sums *a1, gs_trial_report *out);
bool stats_t(const sums *a0, const sums *a1, gs_trial_report *out);
bool stats_shares(const sums *a0, const sums *a1, gs_trial_report *out);

#endif
