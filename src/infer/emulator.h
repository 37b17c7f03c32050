/* The emulator: a polynomial that stands in for the simulator while a trajectory is
 * being planned. Never the last word: every kept draw is accepted or refused with the
 * simulator itself (nuts.h, `exact`). docs/notes/sampler.md
 *
 * It gives the centred signal of every series on its scored days as a function of the
 * free model parameters u (the problem's first n_free dimensions), and is fitted by
 * least squares to values and exact derivatives at design points around a centre. */
#ifndef GS_INFER_EMULATOR_H
#define GS_INFER_EMULATOR_H

#include "gutskin/arena.h"
#include <stdbool.h>
#include <stdint.h>

enum { EMULATOR_MAX_TERM = 400, EMULATOR_MAX_FREE = 16 };

typedef struct emulator {
    size_t n;          /* free parameters            */
    size_t n_out;      /* outputs                    */
    size_t degree, n_term, n_pad; /* n_pad: n_term rounded up to eight              */
    double edge;       /* where coordinates bend, in standard deviations of the design */
    double *centre;    /* [n]                        */
    double *L;         /* [n x n] w = L^-1 (u - centre) */
    uint8_t *power;    /* [n_term x n]               */
    double *coef;      /* [n_out x n_term] while it is fitted */
    float *fast;       /* [n_out x n_pad] what it is evaluated with: a stand-in needs no
                          more, and half the memory is read in half the time */
} emulator;

/* Scratch of one thread. */
typedef struct emulator_work {
    double *basis;   /* [n_term]     */
    double *slope;   /* [n_term x n] d basis / d w */
    float *term, *sum; /* [n_pad]    */
    double *w, *gw, *bent; /* [n]    */
} emulator_work;

/* The highest total degree (at most 8) with at most EMULATOR_MAX_TERM terms. */
size_t emulator_most_degree(size_t n);
/* Terms and centre chosen, no coefficients yet. NULL when out of memory or n is too
 * large. */
emulator *emulator_new(gs_arena *a, size_t n, size_t n_out, size_t degree,
                       const double *centre, const double *L);
emulator_work *emulator_work_new(gs_arena *a, const emulator *e);
/* Design points that determine it twice over. */
size_t emulator_n_design(const emulator *e);
/* Fit: u [n_point x n], y [n_point x n_out], dy [n_point x n_out x n] by u. False when
 * the points do not determine it. */
bool emulator_fit(gs_arena *a, emulator *e, size_t n_point, const double *u,
                  const double *y, const double *dy);
/* Outputs at u into y [n_out]; leaves the basis in w for emulator_pull. */
void emulator_eval(const emulator *e, emulator_work *w, const double *u, double *y);
/* d f / d u added to out [n], given d f / d y [n_out], at the last emulator_eval. */
void emulator_pull(const emulator *e, emulator_work *w, const double *dfdy, double *out);

#endif
