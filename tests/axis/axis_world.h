/* A small world for the tests of the axis: one kernel, one person, levers by name,
 * constant stretches of days, and the committed reference tables. */
#ifndef AXIS_WORLD_H
#define AXIS_WORLD_H

#include "gutskin/arena.h"
#include "gutskin/kernel.h"
#include "gutskin/sim.h"
#include "gutskin/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AW_MAX = 512, AW_DAYS = 800 };

typedef struct world {
    const gs_kernel *k;
    gs_sim *sim;
    double par[AW_MAX], lever[AW_MAX], start[AW_MAX];
} world;

static inline size_t aw_index(long i, const char *what, const char *name)
{
    if (i < 0)
        fail_msg("the axis has no %s called %s", what, name);
    return (size_t)i;
}
static inline size_t aw_state(const world *w, const char *n)
{
    return aw_index(gs_kernel_state(w->k, n), "state", n);
}
static inline size_t aw_par(const world *w, const char *n)
{
    return aw_index(gs_kernel_par(w->k, n), "param", n);
}
static inline size_t aw_lever(const world *w, const char *n)
{
    return aw_index(gs_kernel_lever(w->k, n), "lever", n);
}
static inline size_t aw_see(const world *w, const char *n)
{
    return aw_index(gs_kernel_see(w->k, n), "observable", n);
}

/* The typical adult: reference parameters, levers at habit. */
static inline void aw_habit(world *w)
{
    gs_kernel_defaults(w->k, w->par, w->lever, w->start);
}

static inline void aw_open(world *w, const gs_kernel *k, double rtol, double atol)
{
    gs_err err = {0};
    gs_sim_opts o = GS_SIM_OPTS;
    char text[800];
    o.rtol = rtol;
    o.atol = atol;
    memset(w, 0, sizeof *w);
    w->k = k;
    assert_true(k->n_par < AW_MAX && k->n_state < AW_MAX && k->n_see < AW_MAX);
    if (gs_sim_new(k, &o, &w->sim, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, text, sizeof text));
    aw_habit(w);
}

static inline void aw_close(world *w)
{
    gs_sim_free(w->sim);
}

/* Set levers (or, where there is no such lever, parameters): name, value, ..., NULL.
 * What is not named goes back to habit. */
static inline void aw_set(world *w, const char *name, ...)
{
    va_list ap;
    aw_habit(w);
    va_start(ap, name);
    while (name) {
        double v = va_arg(ap, double);
        long i = gs_kernel_lever(w->k, name);
        if (i >= 0)
            w->lever[i] = v;
        else
            w->par[aw_par(w, name)] = v;
        name = va_arg(ap, const char *);
    }
    va_end(ap);
}

/* n_day days at constant levers from x; x moves on. Either output may be NULL:
 * out_x [(n_day+1) x n_state], out_y [(n_day+1) x n_see]. */
static inline void aw_run(world *w, double *x, size_t n_day, double *out_x,
                          double *out_y)
{
    gs_err err = {0};
    char text[800];
    size_t ns = w->k->n_state, nl = w->k->n_lever;
    double *lever = malloc(n_day * nl * sizeof *lever);
    double *path = malloc((n_day + 1) * ns * sizeof *path);
    assert_true(lever && path);
    for (size_t d = 0; d < n_day; d++)
        memcpy(lever + d * nl, w->lever, nl * sizeof *lever);
    if (gs_sim_path(w->sim, w->par, x, n_day, lever, path, out_y, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, text, sizeof text));
    if (out_x)
        memcpy(out_x, path, (n_day + 1) * ns * sizeof *path);
    memcpy(x, path + n_day * ns, ns * sizeof *x);
    free(lever);
    free(path);
}

/* x after a very long time at the present levers, from x. */
static inline void aw_settle(world *w, double *x)
{
    gs_err err = {0};
    char text[800];
    if (gs_sim_settle(w->sim, w->par, w->lever, x, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, text, sizeof text));
}

/* Observables of state x under the present levers. */
static inline void aw_seen(const world *w, const double *x, double *y)
{
    double z[AW_MAX];
    gs_kernel_to_internal(w->k, x, z);
    w->k->seen(w->k, z, w->par, w->lever, y);
}

/* A committed table of tests/axis, whole, as text the caller frees. */
static inline char *aw_table(const char *file)
{
    gs_err err = {0};
    char path[600], msg[800], *text = NULL;
    size_t n;
    snprintf(path, sizeof path, "%s/%s", GS_SOURCE_DIR, file);
    if (gs_text_read_file(path, 1u << 22, &text, &n, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
    return text;
}

/* GS_TOL=0 in the environment prints residuals and lets every check pass. */
static inline int aw_only_show(void)
{
    const char *t = getenv("GS_TOL");
    return t && strcmp(t, "0") == 0;
}

#endif
