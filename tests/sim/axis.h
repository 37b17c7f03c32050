/* The shipped axis for tests: interpreted from model/axis.gs, so that these tests judge
 * the integrators and not the code generator; and stories told in its levers. */
#ifndef SIM_TEST_AXIS_H
#define SIM_TEST_AXIS_H

#include "toy.h"

#include "gutskin/modelc.h"
#include "gutskin/rng.h"

enum { MOST_STATE = 64, MOST_PAR = 400, MOST_LEVER = 64, MOST_SEE = 64 };

static inline const gs_kernel *axis_kernel(gs_arena *a, bool slave)
{
    gs_err err = {0};
    gs_spec *spec;
    gs_kernel *k;
    gs_modelc_opts o = GS_MODELC_OPTS;
    char *text, msg[900];
    size_t n;
    const char *path = GS_SOURCE_DIR "/model/axis.gs";
    o.slave = slave;
    if (gs_text_read_file(path, 1 << 22, &text, &n, &err) != GS_OK ||
        gs_spec_parse(a, path, text, n, &spec, &err) != GS_OK ||
        gs_modelc_interpret(a, spec, &o, &k, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
    free(text);
    assert_true(k->n_state <= MOST_STATE && k->n_par <= MOST_PAR);
    assert_true(k->n_lever <= MOST_LEVER && k->n_see <= MOST_SEE);
    return k;
}

static inline double clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* one person of the prior: personal parameters drawn, kept inside their range */
static inline void draw_person(const gs_kernel *k, uint64_t seed, double *par)
{
    gs_rng r = gs_rng_stream(seed, 0, "person");
    double lever[MOST_LEVER], x[MOST_STATE];
    gs_kernel_defaults(k, par, lever, x);
    for (size_t i = 0; i < k->n_par; i++) {
        const gs_par_info *p = &k->par[i];
        double z = gs_rng_normal(&r);
        if (!p->personal)
            continue;
        double v = p->prior.kind == GS_DIST_NORMAL      ? p->prior.a + p->prior.b * z
                   : p->prior.kind == GS_DIST_LOGNORMAL ? p->prior.a * pow(p->prior.b, z)
                                                        : p->value;
        par[i] = clamp(v, p->lo, p->hi);
    }
}

static inline void set_lever(const gs_kernel *k, double *lever, size_t day,
                             const char *name, double value)
{
    long i = gs_kernel_lever(k, name);
    assert_true(i >= 0);
    lever[day * k->n_lever + (size_t)i] = value;
}

/* days as they come: every lever wanders around its habit with its sd */
static inline void ordinary_days(const gs_kernel *k, uint64_t seed, size_t n_day,
                                 double *lever)
{
    gs_rng r = gs_rng_stream(seed, 0, "days");
    for (size_t i = 0; i < k->n_lever; i++) {
        const gs_lever_info *l = &k->lever[i];
        double ar = gs_rng_normal(&r);
        for (size_t d = 0; d < n_day; d++) {
            double v = l->habit > 0 ? l->habit + l->sd * ar : l->habit;
            lever[d * k->n_lever + i] = clamp(v, l->lo, l->hi);
            ar = 0.6 * ar + 0.8 * gs_rng_normal(&r);
        }
    }
}

static inline void habit_days(const gs_kernel *k, size_t n_day, double *lever)
{
    for (size_t d = 0; d < n_day; d++)
        for (size_t i = 0; i < k->n_lever; i++)
            lever[d * k->n_lever + i] = k->lever[i].habit;
}

/* everything a doctor or a bad fortnight may do, one after the other */
static inline void eventful_days(const gs_kernel *k, uint64_t seed, size_t n_day,
                                 double *lever)
{
    ordinary_days(k, seed, n_day, lever);
    for (size_t d = 0; d < n_day; d++) {
        bool bad = d >= 40 && d < 54, treated = d >= 60 && d < 81;
        if (d >= 10 && d < 17)
            set_lever(k, lever, d, "antibiotic", 1);
        if (bad) {
            set_lever(k, lever, d, "stress", 0.9);
            set_lever(k, lever, d, "sleep", 0.3);
            set_lever(k, lever, d, "scratch", 2.5);
        }
        if (treated) {
            set_lever(k, lever, d, "steroid", 1);
            set_lever(k, lever, d, "emollient", 1);
        }
        if (d >= 85 && (d % 7 == 0 || d % 7 == 2 || d % 7 == 4))
            set_lever(k, lever, d, "uvb", 1.5);
        if (d >= 100 && d < 110)
            set_lever(k, lever, d, "rifaximin", 1);
        set_lever(k, lever, d, "fibre", d / 20 % 2 ? 40 : 5);
    }
}

static inline void settled(gs_sim *s, const gs_kernel *k, const double *par, double *x)
{
    double p[MOST_PAR], habit[MOST_LEVER];
    gs_err err = {0};
    gs_kernel_defaults(k, p, habit, x);
    if (gs_sim_settle(s, par, habit, x, &err) != GS_OK)
        fail_msg("%s", err.msg);
}

#endif
