/* Many people, one dosed lever: how each answers, how they differ, and what the next
 * score of somebody will be who has only a few scores so far.
 *
 *     gs_hier_fit f;
 *     GS_TRY(gs_hier_fit_people(&study, SIZE_MAX, NULL, pool, &f, err)); // everybody
 *     GS_TRY(gs_hier_fit_people(&study, i, &f, pool, &others, err));     // but person i
 *     GS_TRY(gs_hier_next(&study, &others, i, 5, 32, seed, &next, err)); // i's 6th score
 *
 * Model of one person, score j at occasion w(j):
 *     y = level + ln(severity(gain, w) + floor) + week(w) + wander(w) + noise
 * severity  the model's own path under the person's doses, on a grid of gains
 * gain      ln normal over people: centre, sd
 * floor     what a score still sees when severity is nought: ln normal over people
 * week      what all share at an occasion beyond the model, small
 * wander, noise   Ornstein-Uhlenbeck and white, both times the person's own scale, which
 *                 is ln normal about 1: some people scatter more
 * level     free
 * The numbers over people have weak priors of their own (fit.c) and are found at their
 * joint mode, with the curvature there; forecasts average over that. */
#ifndef GUTSKIN_HIERARCHY_H
#define GUTSKIN_HIERARCHY_H

#include "gutskin/arena.h"
#include "gutskin/run.h"
#include "gutskin/status.h"
#include <stdbool.h>
#include <stdint.h>

enum { GS_HIER_GRID = 41, GS_HIER_WEEKS = 12, GS_HIER_SCORES = 64 };

typedef struct gs_hier_person {
    size_t n;            /* scores, at most GS_HIER_SCORES                            */
    const int32_t *week; /* [n] occasions, ascending, from 0                          */
    const double *y;     /* [n] ln(score + offset)                                    */
    const double
        *path; /* [GS_HIER_GRID x n] severity under the doses that were given */
    const double
        *ahead; /* [GS_HIER_GRID x n] severity at score j as it could be foretold
                          * at score j-1, when the doses in between were not yet known  */
} gs_hier_person;

typedef struct gs_hier_study {
    size_t n;
    const gs_hier_person *person;
    const double *ln_gain; /* [GS_HIER_GRID] evenly spaced, ascending */
} gs_hier_study;

/* The numbers over people, as they are searched: logarithms of sds, logit of rho. */
enum {
    GS_HIER_GAIN,     /* centre of ln gain               */
    GS_HIER_GAIN_SD,  /* ln sd                           */
    GS_HIER_FLOOR,    /* centre of ln floor              */
    GS_HIER_FLOOR_SD, /* ln sd                           */
    GS_HIER_WANDER,   /* ln sd of wander                 */
    GS_HIER_RHO,      /* logit of its correlation a week */
    GS_HIER_NOISE,    /* ln sd of noise                  */
    GS_HIER_SCALE_SD, /* ln sd of people's scales        */
    GS_HIER_WEEK,     /* from here: weeks 1, 2, ...; later weeks share the last */
    GS_HIER_N = GS_HIER_WEEK + GS_HIER_WEEKS - 1
};
const char *gs_hier_name(size_t i);

typedef struct gs_hier_fit {
    double u[GS_HIER_N];                /* mode                                       */
    double root[GS_HIER_N * GS_HIER_N]; /* lower factor of the covariance there    */
    double lp;                          /* log density at the mode                    */
    double evidence;                    /* Laplace's ln of the marginal likelihood    */
} gs_hier_fit;

/* Fit everybody but person `leave` (SIZE_MAX: everybody). `from`, a fit of nearly the same
 * people, is where the search begins (NULL: the priors' middle); with `curvature` false
 * root and evidence are those of `from`.
 * Cost    some ms an evaluation for 64 people of 9 scores; 30 to 100 of them
 * Fails   GS_EUSE a study that is none; GS_ENUM no mode found; GS_ENOMEM */
gs_status gs_hier_fit_people(const gs_hier_study *s, size_t leave,
                             const gs_hier_fit *from, bool curvature, gs_hier_fit *out,
                             gs_err *err);

/* Log density of everybody but `leave` at u, priors included; its gradient into out_grad
 * [GS_HIER_N] unless NULL. */
double gs_hier_density(const gs_hier_study *s, size_t leave, const double *u,
                       double *out_grad);

/* The next score of a person, from the scores before and a fit of others: a mixture over
 * gain, floor, scale and n_draw draws of the numbers over people (0: the mode alone). */
typedef struct gs_hier_forecast {
    double mean, sd;
    double q[4];       /* 5, 25, 75, 95% */
    double below;      /* chance of no more than what came, y[j] */
    double ln_density; /* at y[j] */
} gs_hier_forecast;
gs_status gs_hier_next(const gs_hier_study *s, const gs_hier_fit *f, size_t person,
                       size_t j, size_t n_draw, uint64_t seed, gs_hier_forecast *out,
                       gs_err *err);

/* What a fit says of one person's ln gain, from the first n scores: mean and sd, at the
 * mode of the numbers over people: a little too sure (tests/hier). */
void gs_hier_gain(const gs_hier_study *s, const gs_hier_fit *f, size_t person, size_t n,
                  double *out_mean, double *out_sd);

#endif
