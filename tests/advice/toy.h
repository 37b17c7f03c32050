/* A body of one state and a diary of it: the small model of these tests.
 *
 *     x' = (2 gain_stress (stress - 0.3) + gain_fibre (fibre - 18)/10
 *           - gain_steroid steroid + (moonlight - 1)/10 - x) / 4
 *     signal_psoriasis = x
 * It is linear, so that a lasting change of a lever by D moves the signal by
 * c gain D (1 - exp(-t/4)) whatever else happens. */
#ifndef TESTS_ADVICE_TOY_H
#define TESTS_ADVICE_TOY_H

#include "check.h"
#include "gutskin/answer.h"
#include "gutskin/rng.h"

#include <string.h>

enum { TOY_STRESS, TOY_FIBRE, TOY_STEROID, TOY_MOONLIGHT, TOY_LEVERS };

static const gs_state_info toy_state[] = {
    {.name = "x", .unit = "1", .doc = "", .cite = "", .lo = -100, .hi = 100}};
static const gs_par_info toy_par[] = {
    {.name = "gain_stress", .unit = "1", .value = 1, .lo = -3, .hi = 5, .personal = true,
     .prior = {GS_DIST_NORMAL, 1, 0.6}, .lever = "stress"},
    {.name = "gain_fibre", .unit = "1", .value = 1, .lo = -4, .hi = 4, .personal = true,
     .prior = {GS_DIST_NORMAL, 0, 1}, .lever = "fibre"},
    {.name = "gain_steroid", .unit = "1", .value = 1, .lo = -4, .hi = 4, .personal = true,
     .prior = {GS_DIST_NORMAL, 1, 0.5}, .lever = "steroid"}};
static const gs_lever_info toy_lever[] = {
    {.name = "stress", .unit = "1", .lo = 0, .hi = 1, .habit = 0.3, .sd = 0.15},
    {.name = "fibre", .unit = "g/d", .lo = 0, .hi = 100, .habit = 18, .sd = 6},
    {.name = "steroid", .unit = "1", .lo = 0, .hi = 1, .habit = 0, .sd = 0.2},
    {.name = "moonlight", .unit = "h", .lo = 0, .hi = 9, .habit = 1, .sd = 0.5}};
static const gs_see_info toy_see[] = {{.name = "signal_psoriasis", .unit = "1"}};
static const uint16_t toy_zero[] = {0};
static const uint16_t toy_jp_row[] = {0, 0, 0}, toy_jp_par[] = {0, 1, 2};

static inline void toy_rhs(const gs_kernel *k, const double *z, const double *par,
                           const double *u, double *dz)
{
    (void)k;
    dz[0] = (2 * par[0] * (u[0] - 0.3) + par[1] * (u[1] - 18) / 10 - par[2] * u[2] +
             (u[3] - 1) / 10 - z[0]) / 4;
}

static inline void toy_jac(const gs_kernel *k, const double *z, const double *par,
                           const double *u, double *dz, double *j, double *jp)
{
    toy_rhs(k, z, par, u, dz);
    j[0] = -0.25;
    if (!jp)
        return;
    jp[0] = 2 * (u[0] - 0.3) / 4;
    jp[1] = (u[1] - 18) / 40;
    jp[2] = -u[2] / 4;
}

static inline void toy_seen(const gs_kernel *k, const double *z, const double *par,
                            const double *u, double *y)
{
    (void)k;
    (void)par;
    (void)u;
    y[0] = z[0];
}

static inline void toy_seen_grad(const gs_kernel *k, size_t i, const double *z,
                                 const double *par, const double *u, double *dz, double *dp)
{
    (void)i;
    (void)z;
    (void)par;
    (void)u;
    dz[0] = 1;
    memset(dp, 0, k->n_par * sizeof *dp);
}

static const gs_kernel toy_kernel = {
    .name = "toy", .doc = "", .hash = 77, .n_lane = 1, .n_state = 1, .n_par = 3,
    .n_lever = TOY_LEVERS, .n_see = 1, .state = toy_state, .par = toy_par,
    .lever = toy_lever, .see = toy_see, .n_jac = 1, .jac_row = toy_zero,
    .jac_col = toy_zero, .n_jp = 3, .jp_row = toy_jp_row, .jp_par = toy_jp_par,
    .rhs = toy_rhs, .jac = toy_jac, .seen = toy_seen, .seen_grad = toy_seen_grad};

/* ---- a diary -------------------------------------------------------------------- */

typedef struct toy_diary {
    gs_obs obs;
    gs_series series;
    gs_lever_series lever[TOY_LEVERS];
    double *true_lever[TOY_LEVERS]; /* what was lived, said or not */
    int32_t *day;
    double *value;
    gs_flag flag[4];
} toy_diary;

/* PASI, scored daily, of a body whose stress works twice as strongly as
 * expected and whose fibre does nothing. Stress wanders and is said daily; fibre is
 * lived at 18 and not said; steroid and moonlight are not there. */
static inline toy_diary *toy_new(gs_arena *a, size_t n_day, uint64_t seed)
{
    toy_diary *t = GS_NEW(a, toy_diary, 1);
    gs_rng r = gs_rng_stream(seed, 0, "toy");
    double s = 0, x = 0, noise = 0;

    for (int l = 0; l < TOY_LEVERS; l++) {
        double *v = GS_NEW(a, double, n_day);
        for (size_t d = 0; d < n_day; d++)
            v[d] = NAN;
        t->lever[l] = (gs_lever_series){toy_lever[l].name, v, false, 0};
    }
    t->day = GS_NEW(a, int32_t, n_day);
    t->value = GS_NEW(a, double, n_day);
    for (size_t d = 0; d < n_day; d++) {
        s = 0.8 * s + 0.6 * gs_rng_normal(&r);
        double stress = fmin(fmax(0.45 + 0.25 * s, 0), 1);
        t->lever[TOY_STRESS].value[d] = stress;
        t->lever[TOY_STRESS].n_said++;
        x += (4 * (stress - 0.3) - x) * (1 - exp(-0.25));
        noise = 0.8 * noise + 0.1 * gs_rng_normal(&r);
        t->day[d] = (int32_t)d;
        t->value[d] = fmin(round(10 * exp(2 + x + noise)) / 10, 72);
    }
    t->series = (gs_series){"pasi", gs_channel_find("pasi"), gs_scale_find("pasi"),
                            "psoriasis", n_day, t->day, t->value};
    t->obs = (gs_obs){.person = "toy", .day0 = gs_date_day(2026, 3, 1), .n_day = n_day,
                      .n_series = 1, .series = &t->series, .n_lever = TOY_LEVERS,
                      .lever = t->lever, .flag = t->flag, .condition = GS_PSORIASIS};
    return t;
}

/* A short fit; declared sound unless sound is false, since these tests are about what
 * is made of a fit. */
static inline gs_fit *toy_fit(gs_arena *a, const toy_diary *t, bool sound)
{
    gs_fit_opts o = GS_FIT_OPTS;
    gs_fit *f;
    gs_err err = {0};

    o.n_warmup = 60;
    o.n_draw = 20;
    o.max_depth = 4;
    if (gs_infer_fit(a, &toy_kernel, &t->obs, &o, NULL, NULL, &f, &err) != GS_OK)
        fail_msg("%s", err.msg);
    f->ok = sound;
    if (!sound && !f->why_not[0])
        snprintf(f->why_not, sizeof f->why_not, "the chains disagree.");
    return f;
}

static inline gs_answer *toy_answer(gs_arena *a, const toy_diary *t, const gs_fit *f,
                                    const gs_pool *pool)
{
    gs_answer_opts o = GS_ANSWER_OPTS;
    gs_answer *x;
    gs_err err = {0};

    o.n_effect = 40;
    if (gs_advice_answer(a, &toy_kernel, &t->obs, f, gs_evidence_shipped(), &o, pool, NULL,
                         &x, &err) != GS_OK)
        fail_msg("%s", err.msg);
    return x;
}

static inline const gs_answer_lever *toy_find(const gs_answer *x, const char *name)
{
    for (size_t i = 0; i < x->n_lever; i++) {
        if (strcmp(x->lever[i].name, name) == 0)
            return &x->lever[i];
    }
    return NULL;
}

static inline bool toy_noted(const gs_answer *x, const char *word)
{
    for (size_t i = 0; i < x->n_note; i++) {
        if (strstr(x->note[i], word))
            return true;
    }
    return false;
}

#endif
