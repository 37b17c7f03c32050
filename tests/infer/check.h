/* Helpers of this folder's tests: comparisons that print what differed, and synthetic
 * scales. Every test program includes this first. */
#ifndef TESTS_INFER_CHECK_H
#define TESTS_INFER_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gutskin/obs.h"

/* GS_TOL=0 in the environment prints every residual by failing on it. */
static inline double tolerance(double t)
{
    const char *scale = getenv("GS_TOL");
    return scale ? t * atof(scale) : t;
}

/* |got - want| <= t * max(1, |want|) */
#define NEAR(got, want, t) near_at((got), (want), (t), #got, __FILE__, __LINE__)
static inline void near_at(double got, double want, double t, const char *what,
                           const char *file, int line)
{
    double room = tolerance(t) * fmax(1, fabs(want));
    if (!(fabs(got - want) <= room)) {
        print_error("%s:%d: %s = %.15g, want %.15g, off by %.3g > %.3g\n", file, line,
                    what, got, want, got - want, room);
        fail();
    }
}

#define OK(call)                                                                  \
    do {                                                                          \
        gs_err ok_err_ = {0};                                                     \
        gs_err *err = &ok_err_;                                                   \
        gs_status ok_st_ = (call);                                                \
        if (ok_st_ != GS_OK) {                                                    \
            print_error("%s: %s\n", #call, ok_err_.msg);                          \
            fail();                                                               \
        }                                                                         \
    } while (0)

static inline gs_scale test_scale(gs_scale_kind kind, double lo, double hi, double step,
                                  double offset, double slope)
{
    return (gs_scale){.name = "test", .title = "test", .also = "", .kind = kind,
                      .lo = lo, .hi = hi, .step = step, .worse = 1, .condition = "",
                      .offset = offset, .slope = slope, .cite = ""};
}

/* Five-point difference of f at x by one of its arguments: error of order h^4. */
typedef double scalar_fn(void *ctx, double x);
static inline double slope_of(scalar_fn *f, void *ctx, double x, double h)
{
    return (8 * (f(ctx, x + h) - f(ctx, x - h)) - (f(ctx, x + 2 * h) - f(ctx, x - 2 * h))) /
           (12 * h);
}

#endif
