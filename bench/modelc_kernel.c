/* What one evaluation of the axis costs: compiled and interpreted, full and slaved.
 *
 *     bench_modelc_kernel [MODEL.gs]      one JSON line a case, ns per call, best of 7 */
#include "gutskin/modelc.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct numbers {
    double *z, *par, *lever, *dz, *j, *jp, *y, *dy_dz, *dy_dp;
} numbers;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static numbers make(gs_arena *a, const gs_kernel *k)
{
    numbers n = {
        GS_NEW(a, double, k->n_state), GS_NEW(a, double, k->n_par),
        GS_NEW(a, double, k->n_lever), GS_NEW(a, double, k->n_state),
        GS_NEW(a, double, k->n_jac),   GS_NEW(a, double, k->n_jp),
        GS_NEW(a, double, k->n_see),   GS_NEW(a, double, k->n_state),
        GS_NEW(a, double, k->n_par)};
    double *x = GS_NEW(a, double, k->n_state);
    gs_kernel_defaults(k, n.par, n.lever, x);
    gs_kernel_to_internal(k, x, n.z);
    return n;
}

static void call(const gs_kernel *k, const numbers *n, int what)
{
    switch (what) {
    case 0:
        k->rhs(k, n->z, n->par, n->lever, n->dz);
        break;
    case 1:
        k->jac(k, n->z, n->par, n->lever, n->dz, n->j, NULL);
        break;
    case 2:
        k->jac(k, n->z, n->par, n->lever, n->dz, n->j, n->jp);
        break;
    case 3:
        k->seen(k, n->z, n->par, n->lever, n->y);
        break;
    default:
        for (size_t i = 0; i < k->n_see; i++)
            k->seen_grad(k, i, n->z, n->par, n->lever, n->dy_dz, n->dy_dp);
    }
}

static void measure(gs_arena *a, const gs_kernel *k, const char *how)
{
    static const char *const name[] = {"rhs", "jac", "jac_jp", "seen", "seen_grad_all"};
    numbers n = make(a, k);
    for (int what = 0; what < 5; what++) {
        double best = 1e9;
        for (int round = 0; round < 7; round++) {
            double start = now();
            size_t m = 0;
            do {
                for (int i = 0; i < 100; i++) {
                    n.z[0] += 1e-12; /* nothing may be carried over */
                    call(k, &n, what);
                }
                m += 100;
            } while (now() - start < 0.01);
            double each = (now() - start) / (double)m;
            best = each < best ? each : best;
        }
        printf("{\"name\": \"modelc_kernel\", \"model\": \"%s\", \"form\": \"%s\", \"how\": \"%s\", "
               "\"case\": \"%s\", \"ns\": %.0f, \"n_state\": %zu, \"n_jac\": %zu, \"n_jp\": %zu}\n",
               k->name, k->slaved ? "slaved" : "full", how, name[what], 1e9 * best, k->n_state,
               k->n_jac, k->n_jp);
    }
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "model/axis.gs";
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_spec *spec;
    char *text, say[900];
    size_t n;

    measure(a, gs_axis(), "compiled");
    measure(a, gs_axis_slaved(), "compiled");
    if (gs_text_read_file(path, 8u << 20, &text, &n, &err) != GS_OK ||
        gs_spec_parse(a, path, text, n, &spec, &err) != GS_OK) {
        fprintf(stderr, "%s\n", gs_err_text(&err, say, sizeof say));
        return 1;
    }
    for (int slave = 0; slave < 2; slave++) {
        gs_modelc_opts o = GS_MODELC_OPTS;
        gs_kernel *k;
        o.slave = slave;
        if (gs_modelc_interpret(a, spec, &o, &k, &err) == GS_OK)
            measure(a, k, "interpreted");
    }
    free(text);
    gs_arena_free(a);
    return 0;
}
