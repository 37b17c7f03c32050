/* Simulation-based calibration [talts2018]: draw the truth from the prior, live a diary
 * by it, fit the diary, and ask where the truth ranks among the draws. If likelihood,
 * derivatives, priors and sampler all mean the same model, ranks are uniform.
 *
 * The diary is made here by other means than the fit uses: the body has a closed form,
 * scores are drawn from the formulas of docs/notes/likelihood.md.
 *
 *     x' = (gain_stress * 2 * (stress - 0.3) + gain_fibre * (fibre - 18)/10 - x)
 *          / (4 * risk_acne),   signal_acne = x */
#ifndef GS_BENCH_SBC_H
#define GS_BENCH_SBC_H

#include "gutskin/infer.h"
#include "gutskin/rng.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SBC_MAX_DAY = 80, SBC_DIM = 12, SBC_DRAW = 63, SBC_BIN = 16 };

typedef enum sbc_kind {
    SBC_BOUNDED,  /* numbers between 0 and 1: Kalman filter            */
    SBC_ORDERED,  /* scores 0-4: grid filter                           */
    SBC_SWITCHING /* scores 0-4 of a condition that flares: lattice    */
} sbc_kind;
static const char *const sbc_name[] = {"bounded", "ordered", "switching"};

static int sbc_days(sbc_kind kind)
{
    return kind == SBC_SWITCHING ? SBC_MAX_DAY : 40;
}

/* ---- the small body as a kernel ---- */

static const gs_state_info sbc_state[] = {{.name = "x", .lo = -100, .hi = 100}};
static const gs_par_info sbc_par[] = {
    {.name = "risk_acne", .value = 1, .lo = 0.2, .hi = 5, .personal = true,
     .prior = {GS_DIST_LOGNORMAL, 1, 1.5}, .lever = ""},
    {.name = "gain_stress", .value = 1, .lo = -3, .hi = 5, .personal = true,
     .prior = {GS_DIST_NORMAL, 1, 0.6}, .lever = "stress"},
    {.name = "gain_fibre", .value = 1, .lo = -4, .hi = 4, .personal = true,
     .prior = {GS_DIST_NORMAL, 0, 1}, .lever = "fibre"}};
static const gs_lever_info sbc_lever[] = {
    {.name = "stress", .lo = 0, .hi = 1, .habit = 0.3, .sd = 0.15},
    {.name = "fibre", .lo = 0, .hi = 80, .habit = 18, .sd = 6}};
static const gs_see_info sbc_see[] = {{.name = "signal_acne"}};
static const uint16_t sbc_zero[] = {0, 0, 0}, sbc_jp_par[] = {0, 1, 2};

static void sbc_rhs(const gs_kernel *k, const double *z, const double *p, const double *u,
                    double *dz)
{
    (void)k;
    dz[0] = (p[1] * 2 * (u[0] - 0.3) + p[2] * (u[1] - 18) / 10 - z[0]) / (4 * p[0]);
}
static void sbc_jac(const gs_kernel *k, const double *z, const double *p, const double *u,
                    double *dz, double *j, double *jp)
{
    sbc_rhs(k, z, p, u, dz);
    j[0] = -1 / (4 * p[0]);
    if (!jp)
        return;
    jp[0] = -dz[0] / p[0];
    jp[1] = 2 * (u[0] - 0.3) / (4 * p[0]);
    jp[2] = (u[1] - 18) / 10 / (4 * p[0]);
}
static void sbc_seen(const gs_kernel *k, const double *z, const double *p, const double *u,
                     double *y)
{
    (void)k;
    (void)p;
    (void)u;
    y[0] = z[0];
}
static void sbc_seen_grad(const gs_kernel *k, size_t i, const double *z, const double *p,
                          const double *u, double *dz, double *dp)
{
    (void)i;
    (void)z;
    (void)p;
    (void)u;
    dz[0] = 1;
    memset(dp, 0, k->n_par * sizeof *dp);
}
static const gs_kernel sbc_kernel = {
    .name = "small body", .hash = 7, .n_lane = 1, .n_state = 1, .n_par = 3, .n_lever = 2,
    .n_see = 1, .state = sbc_state, .par = sbc_par, .lever = sbc_lever, .see = sbc_see,
    .n_jac = 1, .jac_row = sbc_zero, .jac_col = sbc_zero, .n_jp = 3, .jp_row = sbc_zero,
    .jp_par = sbc_jp_par, .rhs = sbc_rhs, .jac = sbc_jac, .seen = sbc_seen,
    .seen_grad = sbc_seen_grad};

/* The same body with a switch on it:
 *     Y' = (logistic(3 ln risk_eczema + 1.5 x + 6 (Y - 0.5)) - Y) / tau_Y,
 *     signal_eczema = x + 2 Y
 * Held at Y the drive is 3 ln risk + 1.5 x + 6 (Y - 0.5). */
#define SBC_CALM 0.02
#define SBC_FLARE 0.9
static const gs_state_info sbc2_state[] = {
    {.name = "Y", .start = SBC_CALM, .lo = 0, .hi = 1},
    {.name = "x", .lo = -100, .hi = 100}};
static const gs_par_info sbc2_par[] = {
    {.name = "risk_eczema", .value = 1, .lo = 0.2, .hi = 5, .personal = true,
     .prior = {GS_DIST_LOGNORMAL, 1, 1.3}, .lever = ""},
    {.name = "gain_stress", .value = 1, .lo = -3, .hi = 5, .personal = true,
     .prior = {GS_DIST_NORMAL, 1, 0.6}, .lever = "stress"},
    {.name = "gain_fibre", .value = 1, .lo = -4, .hi = 4, .personal = true,
     .prior = {GS_DIST_NORMAL, 0, 1}, .lever = "fibre"},
    {.name = "tau_Y", .value = 5, .lo = 1, .hi = 20, .lever = ""}};
static const gs_see_info sbc2_see[] = {{.name = "signal_eczema"}};
static const uint16_t sbc2_row[] = {0, 0, 1}, sbc2_col[] = {0, 1, 1};
static const uint16_t sbc2_jp_row[] = {0, 1, 1}, sbc2_jp_par[] = {0, 1, 2};

static double sbc2_drive(double risk, double x, double y)
{
    return 3 * log(risk) + 1.5 * x + 6 * (y - 0.5);
}
static void sbc2_rhs(const gs_kernel *k, const double *z, const double *p, const double *u,
                     double *dz)
{
    (void)k;
    dz[0] = (1 / (1 + exp(-sbc2_drive(p[0], z[1], z[0]))) - z[0]) / p[3];
    dz[1] = (p[1] * 2 * (u[0] - 0.3) + p[2] * (u[1] - 18) / 10 - z[1]) / 4;
}
static void sbc2_jac(const gs_kernel *k, const double *z, const double *p, const double *u,
                     double *dz, double *j, double *jp)
{
    double to = 1 / (1 + exp(-sbc2_drive(p[0], z[1], z[0]))), by = to * (1 - to) / p[3];

    sbc2_rhs(k, z, p, u, dz);
    j[0] = 6 * by - 1 / p[3];
    j[1] = 1.5 * by;
    j[2] = -0.25;
    if (!jp)
        return;
    jp[0] = 3 * by / p[0];
    jp[1] = 2 * (u[0] - 0.3) / 4;
    jp[2] = (u[1] - 18) / 10 / 4;
}
static void sbc2_seen(const gs_kernel *k, const double *z, const double *p, const double *u,
                      double *y)
{
    (void)k;
    (void)p;
    (void)u;
    y[0] = z[1] + 2 * z[0];
}
static void sbc2_seen_grad(const gs_kernel *k, size_t i, const double *z, const double *p,
                           const double *u, double *dz, double *dp)
{
    (void)i;
    (void)z;
    (void)p;
    (void)u;
    dz[0] = 2;
    dz[1] = 1;
    memset(dp, 0, k->n_par * sizeof *dp);
}
static const gs_kernel sbc2_kernel = {
    .name = "small flaring body", .hash = 8, .n_lane = 1, .n_state = 2, .n_par = 4,
    .n_lever = 2, .n_see = 1, .state = sbc2_state, .par = sbc2_par, .lever = sbc_lever,
    .see = sbc2_see, .n_jac = 3, .jac_row = sbc2_row, .jac_col = sbc2_col, .n_jp = 3,
    .jp_row = sbc2_jp_row, .jp_par = sbc2_jp_par, .rhs = sbc2_rhs, .jac = sbc2_jac,
    .seen = sbc2_seen, .seen_grad = sbc2_seen_grad};

static const gs_kernel *sbc_kernel_of(sbc_kind kind)
{
    return kind == SBC_SWITCHING ? &sbc2_kernel : &sbc_kernel;
}

/* Drives at which calm skin and a flare of this body end, at typical levers (x = 0): the
 * fold of Y = logistic(3 ln r + 6 (Y - 0.5)), Y (1 - Y) = 1/6; r from it; then the drive
 * of the held state at that risk. */
static void sbc2_edges(double *edge)
{
    double y = 0.5 - sqrt(0.25 - 1.0 / 6);
    double r3 = log(y / (1 - y)) - 6 * (y - 0.5); /* 3 ln risk where calm skin ends */

    edge[0] = r3 + 6 * (SBC_CALM - 0.5);
    edge[1] = -r3 + 6 * (SBC_FLARE - 0.5);
}

/* ---- one diary ---- */

typedef struct sbc_diary {
    double stress[SBC_MAX_DAY], fibre[SBC_MAX_DAY], value[SBC_MAX_DAY];
    int32_t day[SBC_MAX_DAY];
    gs_scale scale;
    gs_channel channel;
    gs_lever_series lever[2];
    gs_series series;
    gs_obs obs;
} sbc_diary;

static void sbc_levers(sbc_diary *d, sbc_kind kind)
{
    bool ordered = kind != SBC_BOUNDED;
    int n = sbc_days(kind);
    const char *condition = kind == SBC_SWITCHING ? "eczema" : "acne";
    gs_rng r = gs_rng_stream(1, 0, "sbc levers"); /* the same for every replication */
    double s = 0, f = 0;

    for (int i = 0; i < n; i++) {
        s = 0.6 * s + 0.8 * gs_rng_normal(&r);
        f = 0.6 * f + 0.8 * gs_rng_normal(&r);
        d->stress[i] = fmin(fmax(0.3 + 0.2 * s, 0), 1);
        d->fibre[i] = fmin(fmax(18 + 8 * f, 0), 80);
        d->day[i] = i;
        d->value[i] = ordered ? 2 : 0.3;
    }
    d->scale = (gs_scale){.name = "small", .title = "", .also = "", .lo = 0, .worse = 1,
                          .kind = ordered ? GS_SCALE_ORDERED : GS_SCALE_BOUNDED,
                          .hi = ordered ? 4 : 1, .step = ordered ? 1 : 0,
                          .condition = "", .offset = 1e-9, .slope = 1.5,
                          .cite = ""};
    d->channel = (gs_channel){.name = condition, .title = "", .also = "", .unit = "1",
                              .kind = GS_CHANNEL_OUTCOME, .scale = "", .see = "",
                              .condition = condition, .lever = ""};
    d->lever[0] = (gs_lever_series){"stress", d->stress, false, (size_t)n};
    d->lever[1] = (gs_lever_series){"fibre", d->fibre, false, (size_t)n};
    d->series = (gs_series){condition, &d->channel, &d->scale, condition, (size_t)n, d->day,
                            d->value};
    d->obs = (gs_obs){.person = "", .n_day = (size_t)n, .n_series = 1, .series = &d->series,
                      .n_lever = 2, .lever = d->lever, .condition = kind == SBC_SWITCHING ? GS_ECZEMA : GS_ACNE};
}

static double sbc_median(const double *x, int n)
{
    double s[SBC_MAX_DAY];

    memcpy(s, x, (size_t)n * sizeof *s);
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && s[j] < s[j - 1]; j--) {
            double t = s[j];
            s[j] = s[j - 1];
            s[j - 1] = t;
        }
    return 0.5 * (s[n / 2 - 1] + s[n / 2]);
}

static double sbc_truth(const gs_fit *f, const double *x, const char *name)
{
    for (size_t i = 0; i < f->n_dim; i++)
        if (strncmp(f->dim[i].name, name, strlen(name)) == 0)
            return x[i];
    fprintf(stderr, "no dimension \"%s\"\n", name);
    exit(1);
}

/* Regimes of the switching body on every day, from the balance of the first. */
static void sbc_regimes(const gs_fit *f, const double *x, const double *body, int n,
                        int *flare, gs_rng *r)
{
    double risk = sbc_truth(f, x, "risk_eczema"), edge[2], now = 0;
    double pace = log(sbc_truth(f, x, "switching pace"));
    double sharp = sbc_truth(f, x, "switching sharpness");

    sbc2_edges(edge);
    for (int i = 0; i < n; i++) {
        double in = exp(pace + sharp * (sbc2_drive(risk, body[i], SBC_CALM) - edge[0]));
        double out = exp(pace - sharp * (sbc2_drive(risk, body[i], SBC_FLARE) - edge[1]));
        if (i == 0)
            now = gs_rng_uniform(r) < in / (in + out);
        else if (gs_rng_uniform(r) < 1 - exp(-(now > 0 ? out : in)))
            now = 1 - now;
        flare[i] = now > 0;
    }
}

/* Live a diary by truth x: body in closed form from rest at habit, residual, scores. */
static void sbc_live(sbc_diary *d, const gs_fit *f, const double *x, sbc_kind kind,
                     gs_rng *r)
{
    int n = sbc_days(kind), flare[SBC_MAX_DAY] = {0};
    double risk = kind == SBC_SWITCHING ? 1 : sbc_truth(f, x, "risk_acne");
    double g1 = sbc_truth(f, x, "gain_stress"), g2 = sbc_truth(f, x, "gain_fibre");
    double level = sbc_truth(f, x, "level");
    double sd = sbc_truth(f, x, "residual sd"), tau = sbc_truth(f, x, "residual days");
    double signal[SBC_MAX_DAY], mean = 0, z = gs_rng_normal(r), rho = exp(-1 / tau);
    double keep = exp(-1 / (4 * risk)), body = g1 * 2 * (sbc_median(d->stress, n) - 0.3) +
                                               g2 * (sbc_median(d->fibre, n) - 18) / 10;
    double height = 0;
    for (int i = 0; i < n; i++) {
        double to = g1 * 2 * (d->stress[i] - 0.3) + g2 * (d->fibre[i] - 18) / 10;
        body = to + (body - to) * keep;
        signal[i] = body;
        mean += body / n;
    }
    if (kind == SBC_SWITCHING) {
        sbc_regimes(f, x, signal, n, flare, r);
        height = sbc_truth(f, x, "flare height") * 2 * (SBC_FLARE - SBC_CALM);
    }
    for (int i = 0; i < n; i++) {
        z = i ? rho * z + sqrt(1 - rho * rho) * gs_rng_normal(r) : z;
        double at = level + sd * z;
        double moved = signal[i] - mean + height * (flare[i] - 0.25);
        if (kind == SBC_BOUNDED) {
            at += 1.5 * moved + sbc_truth(f, x, "noise") * gs_rng_normal(r);
            d->value[i] = 1 / (1 + exp(-at));
            continue;
        }
        double a = sbc_truth(f, x, "cut gap 1"), b = sbc_truth(f, x, "cut gap 2");
        double c = sbc_truth(f, x, "cut gap 3"), mid = (3 * a + 2 * b + c) / 4;
        double cut[4] = {-mid, a - mid, a + b - mid, a + b + c - mid};
        at += 1.5 * (a + b + c) / (2 * log(4)) * moved;
        double u = gs_rng_uniform(r);
        d->value[i] = 0;
        for (int k = 0; k < 4; k++)
            d->value[i] += u < 1 / (1 + exp(cut[k] - at));
    }
}

/* ---- the study ---- */

typedef struct sbc_study {
    sbc_kind kind;
    size_t n_rep, n_dim;
    char name[SBC_DIM][80];
    int *rank;       /* [n_rep x SBC_DIM], 0 .. SBC_DRAW; -1 = the fit failed to run */
    size_t n_warmup, n_draw;
    const gs_fit *truth; /* its prior draws are the truths */
    atomic_size_t next;
} sbc_study;

static void sbc_one(sbc_study *s, size_t rep)
{
    gs_arena *a = gs_arena_new(0);
    sbc_diary d;
    gs_fit_opts o = GS_FIT_OPTS;
    gs_fit *f;
    gs_err err = {0};
    char stream[40];
    snprintf(stream, sizeof stream, "sbc %s", sbc_name[s->kind]);
    gs_rng r = gs_rng_stream(11, rep, stream);
    const double *x = s->truth->prior_draw + rep * s->truth->n_dim;

    sbc_levers(&d, s->kind);
    sbc_live(&d, s->truth, x, s->kind, &r);
    o.seed = 1000 + rep;
    o.n_warmup = s->n_warmup;
    o.n_draw = s->n_draw;
    gs_status st = gs_infer_fit(a, sbc_kernel_of(s->kind), &d.obs, &o, NULL, NULL, &f, &err);
    if (st != GS_OK)
        fprintf(stderr, "replication %zu: %s\n", rep, err.msg);
    size_t n = st == GS_OK ? f->n_chain * f->n_draw : 0;
    for (size_t i = 0; i < s->n_dim; i++) {
        int rank = n ? 0 : -1;
        for (size_t k = 0; n && k < SBC_DRAW; k++)
            rank += f->draw[k * n / SBC_DRAW * f->n_dim + i] < x[i];
        s->rank[rep * SBC_DIM + i] = rank;
    }
    gs_arena_free(a);
}

static void *sbc_worker(void *arg)
{
    sbc_study *s = arg;

    for (size_t i; (i = atomic_fetch_add(&s->next, 1)) < s->n_rep;)
        sbc_one(s, i);
    return NULL;
}

/* Run n_rep replications on n_thread threads. rank must hold n_rep x SBC_DIM. */
static void sbc_run(sbc_study *s, size_t n_thread)
{
    gs_arena *a = gs_arena_new(0);
    sbc_diary d;
    gs_fit_opts o = GS_FIT_OPTS;
    gs_fit *f;
    gs_err err = {0};
    pthread_t id[16];

    sbc_levers(&d, s->kind);
    o.n_chain = 1;
    o.n_warmup = 20;
    o.n_draw = s->n_rep < 8 ? 8 : s->n_rep; /* only its prior draws are used */
    o.max_depth = 1;
    if (gs_infer_fit(a, sbc_kernel_of(s->kind), &d.obs, &o, NULL, NULL, &f, &err) != GS_OK) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    s->truth = f;
    s->n_dim = f->n_dim;
    for (size_t i = 0; i < f->n_dim; i++)
        snprintf(s->name[i], sizeof s->name[i], "%s", f->dim[i].name);
    for (size_t i = 1; i < n_thread && i < 16; i++)
        pthread_create(&id[i], NULL, sbc_worker, s);
    sbc_worker(s);
    for (size_t i = 1; i < n_thread && i < 16; i++)
        pthread_join(id[i], NULL);
    gs_arena_free(a);
}

/* Counts of ranks in SBC_BIN equal bins. */
static size_t sbc_bins(const sbc_study *s, size_t dim, size_t *bin)
{
    size_t n = 0;

    memset(bin, 0, SBC_BIN * sizeof *bin);
    for (size_t i = 0; i < s->n_rep; i++) {
        int r = s->rank[i * SBC_DIM + dim];
        if (r < 0)
            continue;
        bin[(size_t)r * SBC_BIN / (SBC_DRAW + 1)]++;
        n++;
    }
    return n;
}

/* Pearson's statistic against uniform bins: SBC_BIN - 1 degrees of freedom. */
static double sbc_chi2(const sbc_study *s, size_t dim)
{
    size_t bin[SBC_BIN], n = sbc_bins(s, dim, bin);
    double want = (double)n / SBC_BIN, sum = 0;

    for (size_t b = 0; b < SBC_BIN; b++)
        sum += ((double)bin[b] - want) * ((double)bin[b] - want) / want;
    return sum;
}

/* Mean rank in standard errors from the middle: finds a shift that bins do not. */
static double sbc_shift(const sbc_study *s, size_t dim)
{
    double sum = 0, n = 0;

    for (size_t i = 0; i < s->n_rep; i++)
        if (s->rank[i * SBC_DIM + dim] >= 0) {
            sum += (s->rank[i * SBC_DIM + dim] + 0.5) / (SBC_DRAW + 1);
            n++;
        }
    return (sum / n - 0.5) * sqrt(12 * n);
}

/* Mean squared distance from the middle, in standard errors: finds draws that are too
 * wide (negative) or too narrow (positive). */
static double sbc_spread(const sbc_study *s, size_t dim)
{
    double sum = 0, n = 0;

    for (size_t i = 0; i < s->n_rep; i++)
        if (s->rank[i * SBC_DIM + dim] >= 0) {
            double u = (s->rank[i * SBC_DIM + dim] + 0.5) / (SBC_DRAW + 1) - 0.5;
            sum += u * u;
            n++;
        }
    return (sum / n - 1.0 / 12) * sqrt(180 * n);
}

#endif
