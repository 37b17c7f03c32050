/* What every test program includes: cmocka in its order, and a few words of our own. */
#ifndef GS_TESTS_CHECK_H
#define GS_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* |a - b| <= tol * max(1, |b|); prints both. GS_TOL=0 in the environment makes every
 * tolerance zero, to see the true residuals. */
static inline void check_near(double a, double b, double tol, const char *what,
                              const char *file, int line)
{
    const char *forced = getenv("GS_TOL");
    double scale = fabs(b) > 1 ? fabs(b) : 1;

    if (forced)
        tol = atof(forced);
    if (!(fabs(a - b) <= tol * scale)) {
        fprintf(stderr, "%s:%d: %s: %.17g is not %.17g (off by %.3g, allowed %.3g)\n", file,
                line, what, a, b, fabs(a - b) / scale, tol);
        fail();
    }
}
#define CHECK_NEAR(a, b, tol) check_near((a), (b), (tol), #a, __FILE__, __LINE__)

#endif
