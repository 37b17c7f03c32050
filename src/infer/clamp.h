/* A body whose switch is held: a kernel like another, but for one state that stays where
 * it is put, and with one more observable, what drives that state.
 *
 * Conditions that flare (eczema) have a state Y with two resting places. Held in either
 * of them the rest of the body has one steady state only and moves smoothly with levers
 * and parameters. What the held state *would* do is read off its equation: its target
 *     Y + tau Y'         (in eczema's equation hill(A, half, 3))
 * and the drive is the target's log odds. Far below 0 in calm skin, above 0 in a flare;
 * a lever that moves it makes switching more or less likely (problem.h). */
#ifndef GS_INFER_CLAMP_H
#define GS_INFER_CLAMP_H

#include "gutskin/arena.h"
#include "gutskin/kernel.h"

/* k with `state` held at `at` (natural coordinates; the caller's x0 must have it too).
 * tau: index of the parameter that is the state's time constant. The result's last
 * observable is the drive, its state row is Y' = (at - Y) / (1 d). Not for kernels of
 * several lanes or a state in logarithms. It has scratch of its own: one for each
 * thread. NULL when out of memory. */
gs_kernel *clamp_new(gs_arena *a, const gs_kernel *k, size_t state, size_t tau, double at);

#endif
