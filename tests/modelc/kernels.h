/* What the tests of the model compiler share: a text becomes an interpreted kernel. */
#ifndef TESTS_KERNELS_H
#define TESTS_KERNELS_H

#include "check.h"

#include "gutskin/modelc.h"
#include <string.h>

#define TEST(name) static void name(void **unused)

static inline gs_kernel *kernel_or_say(gs_arena *a, const char *name, const char *text,
                                       bool slave, char say[800])
{
    gs_err err = {0};
    gs_spec *s;
    gs_kernel *k = NULL;
    gs_modelc_opts o = GS_MODELC_OPTS;
    o.slave = slave;
    say[0] = 0;
    if (gs_spec_parse(a, name, text, strlen(text), &s, &err) != GS_OK ||
        gs_modelc_interpret(a, s, &o, &k, &err) != GS_OK)
        gs_err_text(&err, say, 800);
    return k;
}

static inline gs_kernel *kernel_of(gs_arena *a, const char *text, bool slave)
{
    char say[800];
    gs_kernel *k = kernel_or_say(a, "m.gs", text, slave, say);
    if (!k)
        fail_msg("%s", say);
    return k;
}

/* A point where a kernel is looked at; defaults until changed. */
typedef struct point {
    double *z, *par, *lever;
} point;

static inline point point_new(gs_arena *a, const gs_kernel *k)
{
    point p = {GS_NEW(a, double, k->n_state + 1), GS_NEW(a, double, k->n_par + 1),
               GS_NEW(a, double, k->n_lever + 1)};
    double *x = GS_NEW(a, double, k->n_state + 1);
    gs_kernel_defaults(k, p.par, p.lever, x);
    gs_kernel_to_internal(k, x, p.z);
    return p;
}

/* Dense [n_state x n_state] and [n_state x n_par] from a kernel's sparse jac. */
static inline void dense_jac(gs_arena *a, const gs_kernel *k, point p, double *dz, double *j,
                             double *jp)
{
    double *sj = GS_NEW(a, double, k->n_jac + 1), *sp = GS_NEW(a, double, k->n_jp + 1);
    k->jac(k, p.z, p.par, p.lever, dz, sj, sp);
    memset(j, 0, k->n_state * k->n_state * sizeof *j);
    memset(jp, 0, k->n_state * k->n_par * sizeof *jp);
    for (size_t e = 0; e < k->n_jac; e++)
        j[k->jac_row[e] * k->n_state + k->jac_col[e]] = sj[e];
    for (size_t e = 0; e < k->n_jp; e++)
        jp[k->jp_row[e] * k->n_par + k->jp_par[e]] = sp[e];
}

/* d f/d v by central differences of order 6, f at *v moved by h; n values each */
typedef void many_fn(const void *self, double *out);
static inline void difference(many_fn *f, const void *self, double *v, double h, size_t n,
                              double *out, gs_arena *a)
{
    static const double c[3] = {3.0 / 4, -3.0 / 20, 1.0 / 60};
    double v0 = *v, *up = GS_NEW(a, double, n + 1), *down = GS_NEW(a, double, n + 1);
    memset(out, 0, n * sizeof *out);
    for (int k = 1; k <= 3; k++) {
        *v = v0 + k * h;
        f(self, up);
        *v = v0 - k * h;
        f(self, down);
        for (size_t i = 0; i < n; i++)
            out[i] += c[k - 1] * (up[i] - down[i]) / h;
    }
    *v = v0;
}

#endif
