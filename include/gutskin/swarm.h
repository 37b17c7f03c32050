/* Swarm: many noisy copies of one body, for particle filters.
 *
 * Each copy follows the model through the day on a fixed grid of Rosenbrock steps; at
 * midnight chosen states are shaken:
 *     z_s <- z_s + sd_s N(0, 1)        internal coordinates (ln for logarithmic states)
 * The number that shakes state s of copy i at the end of day d depends on (seed, person,
 * i, d, s) alone, so threads, lanes and CPU levels change nothing but rounding.
 *
 *     GS_TRY(gs_swarm_new(gs_axis(), &o, n_noise, noise, &s, err));
 *     gs_swarm_begin(s, par, x0);
 *     for (size_t d = 0; d < n_day; d++) {
 *         gs_swarm_day(s, lever + d * n_lever, pool);
 *         gs_swarm_seen(s, 1, &see, y);                  // y [n]: what each copy shows
 *         for (size_t i = 0; i < n; i++) logw[i] = log_chance(score[d], y[i]);
 *         log_likelihood += gs_swarm_select(s, logw);
 *     }
 *
 * exp(log_likelihood) is an unbiased estimate of the likelihood whatever n is. */
#ifndef GUTSKIN_SWARM_H
#define GUTSKIN_SWARM_H

#include "gutskin/sim.h"

typedef struct gs_swarm gs_swarm;

typedef struct gs_swarm_noise {
    size_t state;
    double sd; /* a day, internal coordinates; range 0..1 for logarithmic states */
} gs_swarm_noise;

typedef struct gs_swarm_opts {
    size_t n;     /* copies                                             */
    size_t steps; /* Rosenbrock steps a day                             */
    uint64_t seed, person;
    int cpu;      /* as gs_sim_opts.cpu: the next narrower where the kernel has none */
    bool single;  /* in single precision where the kernel has it        */
} gs_swarm_opts;
#define GS_SWARM_OPTS                                                             \
    ((gs_swarm_opts){.n = 1024, .steps = 2, .seed = 1, .person = 0,               \
                     .cpu = GS_SIM_CPU_WIDEST, .single = false})

/* Fails GS_EUSE (no copies or steps, a state that is not there, a CPU level that this CPU
 * has not, a kernel with events), GS_ENOMEM. Memory O(n * n_state). */
gs_status gs_swarm_new(const gs_kernel *k, const gs_swarm_opts *o, size_t n_noise,
                       const gs_swarm_noise *noise, gs_swarm **out, gs_err *err);
void gs_swarm_free(gs_swarm *s);

/* All copies at x0 [n_state] (natural) of the body par [n_par], on the morning of day 0. */
void gs_swarm_begin(gs_swarm *s, const double *par, const double *x0);
/* Through the next day under lever [n_lever], and the shaking at its end. A copy that is
 * no finite number any more is dead: select never chooses it. */
void gs_swarm_day(gs_swarm *s, const double *lever, const gs_pool *pool);
/* Observables see [n_pick] of every copy under the day just lived: out [n_pick x n]. */
void gs_swarm_seen(gs_swarm *s, size_t n_pick, const uint32_t *see, double *out);
/* States of every copy, natural coordinates: out [n x n_state]. */
void gs_swarm_states(const gs_swarm *s, double *out_x);
/* Weigh the copies by logw [n] (-inf and NaN = impossible) and draw as many anew
 * (systematic resampling, one uniform number). Returns ln of the mean weight, -inf when
 * all are impossible (the copies then stay as they are). */
double gs_swarm_select(gs_swarm *s, const double *logw);
/* 1 / sum of squared shares of the last weights: of n, how many carried them. */
double gs_swarm_effective(const gs_swarm *s);

#endif
