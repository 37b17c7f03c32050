/* What a year's derivatives cost: ten personal parameters, one daily signal, 8 bodies.
 *
 *     build/bench_gradients [--days N] [--rounds N] [--free N]
 *
 * JSON lines, CPU milliseconds a body (medians over the rounds, set-ups taking turns): the
 * scalar grid and the grid in lanes at every level this CPU has, value alone and with
 * derivatives; one adaptive solve in lanes (RODAS4 at rtol 1e-4) for scale; CVODES forward
 * sensitivities (simultaneous, Adams and BDF with analytic Jacobian, restarted daily) where
 * libsundials is there. Then the largest difference of derivatives to the scalar grid and, for
 * all of them, to CVODES at rtol 1e-9, relative to the largest entry of a parameter. */
#include "gutskin/cpu.h"
#include "gutskin/rng.h"
#include "gutskin/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__has_include)
#if __has_include(<cvodes/cvodes.h>)
#define HAVE_CVODES 1
#include <cvodes/cvodes.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#endif
#endif

enum { BODIES = 8, MOST_FREE = 20, MOST_ROUNDS = 31, MOST_RUNS = 32 };

static const gs_kernel *K;
static size_t n_day = 365, n_round = 5, n_free = 10;
static uint32_t free_par[MOST_FREE], see;
static double *par, *x0, *habit, *lever, *y, *dy, *ref, *truth;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_gradients: %s\n", what);
    exit(1);
}

static double clip(double x, double lo, double hi)
{
    return fmin(fmax(x, lo), hi);
}

/* one diary, BODIES guesses at whose it is: what chains and starts look at */
static void make(void)
{
    static const char *const want[MOST_FREE] = {
        "risk_acne", "gain_fibre", "gain_sugar", "gain_dairy", "gain_stress", "gain_sleep",
        "gain_glycaemic", "gain_fermented", "gain_prebiotic", "gain_fat"};
    size_t rows = n_day + 1, ns = K->n_state;
    par = calloc(BODIES * K->n_par, sizeof *par);
    x0 = calloc(ns, sizeof *x0);
    habit = calloc(K->n_lever, sizeof *habit);
    lever = calloc(n_day * K->n_lever, sizeof *lever);
    y = calloc(BODIES * rows, sizeof *y);
    dy = calloc(BODIES * rows * MOST_FREE, sizeof *dy);
    ref = calloc(BODIES * rows * MOST_FREE, sizeof *ref);
    truth = calloc(BODIES * rows * MOST_FREE, sizeof *truth);
    if (!par || !x0 || !habit || !lever || !y || !dy || !ref || !truth)
        die("no memory");
    for (size_t b = 0; b < BODIES; b++) {
        gs_rng r = gs_rng_stream(3, b, "bench gradients");
        double *own = par + b * K->n_par;
        gs_kernel_defaults(K, own, habit, x0);
        for (size_t i = 0; i < K->n_par; i++) {
            gs_dist d = K->par[i].prior;
            double z = 0.5 * gs_rng_normal(&r); /* a posterior is narrower than its prior */
            if (K->par[i].personal)
                own[i] = clip(d.kind == GS_DIST_LOGNORMAL ? d.a * exp(log(d.b) * z)
                                                          : d.a + d.b * z,
                              K->par[i].lo, K->par[i].hi);
        }
    }
    gs_rng r = gs_rng_stream(3, 0, "bench days");
    for (size_t d = 0; d < n_day; d++)
        for (size_t i = 0; i < K->n_lever; i++)
            lever[d * K->n_lever + i] =
                clip(habit[i] + K->lever[i].sd * gs_rng_normal(&r), K->lever[i].lo,
                     K->lever[i].hi);
    for (size_t i = 0, n = 0; i < K->n_par && n < n_free; i++) {
        if (!K->par[i].personal)
            continue;
        bool known = n_free > 10;
        for (size_t q = 0; q < 10 && !known; q++)
            known = strcmp(want[q], K->par[i].name) == 0;
        if (known)
            free_par[n++] = (uint32_t)i;
    }
    see = (uint32_t)gs_kernel_see(K, "signal_acne");
}

/* ---- ours ---- */

static void ours(gs_sim *s, bool many, bool slopes)
{
    size_t rows = n_day + 1;
    gs_err err = {0};
    gs_sim_body b[BODIES];
    gs_sim_grid q = {.settle = true, .n_day = n_day, .n_free = n_free, .n_pick = 1,
                     .free_par = free_par, .see = &see, .slopes = slopes};
    for (size_t i = 0; i < BODIES; i++)
        b[i] = (gs_sim_body){.par = par + i * K->n_par, .x0 = x0, .habit = habit,
                             .lever = lever, .y = y + i * rows,
                             .dy = dy + i * rows * n_free};
    if (many) {
        if (gs_sim_grad_many(s, &q, BODIES, b, &err))
            die("a body was lost");
        return;
    }
    for (size_t i = 0; i < BODIES; i++)
        if (gs_sim_grad(s, b[i].par, x0, true, habit, n_day, lever, n_free, free_par, 1,
                        &see, b[i].y, slopes ? b[i].dy : NULL, NULL, &err) != GS_OK)
            die(err.msg);
}

static void take_par(void *c, size_t p, double *o)
{
    (void)c;
    memcpy(o, par + p * K->n_par, K->n_par * sizeof *o);
}
static void take_start(void *c, size_t p, double *o)
{
    (void)c, (void)p;
    memcpy(o, x0, K->n_state * sizeof *o);
}
static void take_lever(void *c, size_t p, size_t d, double *o)
{
    (void)c, (void)p;
    memcpy(o, lever + d * K->n_lever, K->n_lever * sizeof *o);
}
static bool keep(void *c, size_t p, size_t d, const double *x, const double *seen)
{
    (void)c, (void)x;
    y[p * (n_day + 1) + d + 1] = seen[see];
    return true;
}

static void adaptive(void)
{
    gs_sim_opts o = GS_SIM_OPTS;
    gs_err err = {0};
    gs_sim_people q = {.n = BODIES, .n_day = n_day, .par = take_par, .start = take_start,
                       .lever = take_lever, .see = keep};
    o.rtol = 1e-4;
    o.atol = 1e-6;
    if (gs_sim_batch(K, &o, &q, NULL, NULL, &err) != GS_OK)
        die(err.msg);
}

/* ---- CVODES ---- */

#ifdef HAVE_CVODES
typedef struct peer {
    const double *par, *lever;
    double *jac, *jp, *dz;
} peer;

static int peer_rhs(sunrealtype t, N_Vector z, N_Vector dz, void *user)
{
    peer *j = user;
    (void)t;
    K->rhs(K, N_VGetArrayPointer(z), j->par, j->lever, N_VGetArrayPointer(dz));
    return 0;
}
static int peer_jac(sunrealtype t, N_Vector z, N_Vector f, SUNMatrix m, void *user, N_Vector a,
                    N_Vector b, N_Vector c)
{
    peer *j = user;
    (void)t, (void)f, (void)a, (void)b, (void)c;
    K->jac(K, N_VGetArrayPointer(z), j->par, j->lever, j->dz, j->jac, NULL);
    SUNMatZero(m);
    for (size_t e = 0; e < K->n_jac; e++)
        SM_ELEMENT_D(m, K->jac_row[e], K->jac_col[e]) = j->jac[e];
    return 0;
}
static int peer_slopes(int n, sunrealtype t, N_Vector z, N_Vector dz, N_Vector *s, N_Vector *ds,
                       void *user, N_Vector a, N_Vector b)
{
    peer *j = user;
    (void)t, (void)dz, (void)a, (void)b;
    K->jac(K, N_VGetArrayPointer(z), j->par, j->lever, j->dz, j->jac, j->jp);
    for (int c = 0; c < n; c++) {
        double *out = N_VGetArrayPointer(ds[c]), *in = N_VGetArrayPointer(s[c]);
        memset(out, 0, K->n_state * sizeof *out);
        for (size_t e = 0; e < K->n_jac; e++)
            out[K->jac_row[e]] += j->jac[e] * in[K->jac_col[e]];
        for (size_t e = 0; e < K->n_jp; e++)
            if (K->jp_par[e] == free_par[c])
                out[K->jp_row[e]] += j->jp[e];
    }
    return 0;
}

/* one body from its resting state, whose derivatives are grid's row 0 (exact there) */
static void cvodes_body(size_t body, int lmm, double rtol, double *out)
{
    SUNContext ctx;
    size_t ns = K->n_state;
    peer j = {.jac = calloc(K->n_jac, 8), .jp = calloc(K->n_jp + 1, 8), .dz = calloc(ns, 8)};
    double *x = calloc(ns, 8), *gz = calloc(ns, 8), *gp = calloc(K->n_par, 8);
    double *J = calloc(ns * ns, 8);
    gs_sim *s;
    SUNContext_Create(NULL, &ctx);
    N_Vector z = N_VNew_Serial((sunindextype)ns, ctx);
    N_Vector *sz = N_VCloneVectorArray((int)n_free, z);
    SUNMatrix m = SUNDenseMatrix((sunindextype)ns, (sunindextype)ns, ctx);
    SUNLinearSolver ls = SUNLinSol_Dense(z, m, ctx);
    SUNNonlinearSolver fixed = SUNNonlinSol_FixedPoint(z, 0, ctx);
    SUNNonlinearSolver fixed_s =
        SUNNonlinSol_FixedPointSens((int)n_free + 1, z, 0, ctx);
    j.par = par + body * K->n_par;
    if (gs_sim_new(K, &GS_SIM_OPTS, &s, NULL) != GS_OK)
        die("no memory");
    memcpy(x, x0, ns * sizeof *x);
    if (gs_sim_settle(s, j.par, habit, x, NULL) != GS_OK)
        die("a body does not rest");
    gs_sim_free(s);
    gs_kernel_to_internal(K, x, N_VGetArrayPointer(z));
    // derivatives of the start by dense elimination
    K->jac(K, N_VGetArrayPointer(z), j.par, habit, j.dz, j.jac, j.jp);
    for (size_t c = 0; c < n_free; c++) {
        double *b = N_VGetArrayPointer(sz[c]);
        memset(b, 0, ns * sizeof *b);
        memset(J, 0, ns * ns * sizeof *J);
        for (size_t e = 0; e < K->n_jac; e++)
            J[K->jac_row[e] * ns + K->jac_col[e]] = -j.jac[e];
        for (size_t e = 0; e < K->n_jp; e++)
            if (K->jp_par[e] == free_par[c])
                b[K->jp_row[e]] += j.jp[e];
        for (size_t p = 0; p < ns; p++)
            for (size_t r = p + 1; r < ns; r++) {
                double f = J[r * ns + p] / J[p * ns + p];
                for (size_t q = p; q < ns; q++)
                    J[r * ns + q] -= f * J[p * ns + q];
                b[r] -= f * b[p];
            }
        for (size_t p = ns; p-- > 0;) {
            for (size_t q = p + 1; q < ns; q++)
                b[p] -= J[p * ns + q] * b[q];
            b[p] /= J[p * ns + p];
        }
    }
    void *cv = CVodeCreate(lmm, ctx);
    int bad = CVodeInit(cv, peer_rhs, 0, z) | CVodeSStolerances(cv, rtol, 0.01 * rtol) |
              CVodeSetUserData(cv, &j) | CVodeSetMaxNumSteps(cv, 1000000);
    if (lmm == CV_BDF)
        bad |= CVodeSetLinearSolver(cv, ls, m) | CVodeSetJacFn(cv, peer_jac);
    else
        bad |= CVodeSetNonlinearSolver(cv, fixed);
    bad |= CVodeSensInit(cv, (int)n_free, lmm == CV_BDF ? CV_STAGGERED : CV_SIMULTANEOUS,
                         peer_slopes, sz);
    double at[MOST_FREE];
    for (size_t c = 0; c < n_free; c++)
        at[c] = 0.01 * rtol;
    bad |= CVodeSensSStolerances(cv, rtol, at);
    if (lmm != CV_BDF)
        bad |= CVodeSetNonlinearSolverSensSim(cv, fixed_s);
    if (bad)
        die("CVODES cannot be set up");
    for (size_t d = 0; d < n_day; d++) {
        sunrealtype t;
        j.lever = lever + d * K->n_lever;
        if (CVodeReInit(cv, 0, z) ||
            CVodeSensReInit(cv, lmm == CV_BDF ? CV_STAGGERED : CV_SIMULTANEOUS, sz) ||
            CVodeSetStopTime(cv, 1) || CVode(cv, 1, z, &t, CV_NORMAL) < 0 ||
            CVodeGetSens(cv, &t, sz))
            die("CVODES fails");
        K->seen_grad(K, see, N_VGetArrayPointer(z), j.par, j.lever, gz, gp);
        for (size_t c = 0; c < n_free; c++) {
            double sum = gp[free_par[c]], *col = N_VGetArrayPointer(sz[c]);
            for (size_t i = 0; i < ns; i++)
                sum += gz[i] * col[i];
            out[(d + 1) * n_free + c] = sum;
        }
    }
    CVodeFree(&cv);
    SUNNonlinSolFree(fixed);
    SUNNonlinSolFree(fixed_s);
    SUNLinSolFree(ls);
    SUNMatDestroy(m);
    N_VDestroyVectorArray(sz, (int)n_free);
    N_VDestroy(z);
    SUNContext_Free(&ctx);
    free(j.jac), free(j.jp), free(j.dz), free(x), free(gz), free(gp), free(J);
}
#endif

/* ---- runs ---- */

typedef struct run {
    char name[64];
    int kind; /* 0 scalar, 1 lanes, 2 adaptive, 3 CVODES */
    int cpu, lmm;
    size_t steps, bodies;
    bool slopes;
    double rtol, ms[MOST_ROUNDS], off, off_truth;
    gs_sim *sim;
} run;

static double miss(const double *a, const double *b, size_t n_body)
{
    double most = 0;
    for (size_t i = 0; i < n_body; i++)
        for (size_t c = 0; c < n_free; c++) {
            double size = 0, e = 0;
            for (size_t d = 1; d <= n_day; d++) {
                size_t at = (i * (n_day + 1) + d) * n_free + c;
                size = fmax(size, fabs(b[at]));
                e = fmax(e, fabs(a[at] - b[at]));
            }
            most = fmax(most, size > 0 ? e / size : 0);
        }
    return most;
}

static void once(run *r, size_t round)
{
    double begin = now();
    r->bodies = BODIES;
    if (r->kind <= 1)
        ours(r->sim, r->kind == 1, r->slopes);
    else if (r->kind == 2)
        adaptive();
#ifdef HAVE_CVODES
    else {
        r->bodies = 1;
        cvodes_body(0, r->lmm, r->rtol, dy);
    }
#endif
    r->ms[round] = (now() - begin) / (double)r->bodies;
    if (!round && r->slopes) {
        if (r->kind == 0 && r->steps == 1)
            memcpy(ref, dy, BODIES * (n_day + 1) * n_free * sizeof *dy);
        r->off = r->kind < 3 && r->steps == 1 ? miss(dy, ref, r->bodies) : NAN;
        r->off_truth = miss(dy, truth, 1);
    }
}

static int by_size(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

int main(int argc, char **argv)
{
    static run r[MOST_RUNS];
    size_t n = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        size_t v = (size_t)strtoul(argv[i + 1], NULL, 10);
        if (!strcmp(argv[i], "--days"))
            n_day = v;
        else if (!strcmp(argv[i], "--rounds"))
            n_round = v < MOST_ROUNDS ? v : MOST_ROUNDS;
        else if (!strcmp(argv[i], "--free"))
            n_free = v < MOST_FREE ? v : MOST_FREE;
    }
    K = gs_axis();
    make();
    for (int slopes = 1; slopes >= 0; slopes--) {
        r[n++] = (run){.name = "scalar", .kind = 0, .cpu = GS_SIM_CPU_SCALAR,
                       .slopes = slopes, .steps = 1};
        for (int level = 0; level <= (int)gs_cpu_widest(); level++) {
            r[n] = (run){.kind = 1, .cpu = level, .slopes = slopes, .steps = 1};
            snprintf(r[n].name, sizeof r[n].name, "lanes %s", gs_cpu_name((gs_cpu)level));
            n++;
        }
        r[n] = (run){.kind = 1, .cpu = (int)gs_cpu_widest(), .slopes = slopes, .steps = 2};
        snprintf(r[n].name, sizeof r[n].name, "lanes %s, two steps a day",
                 gs_cpu_name(gs_cpu_widest()));
        n++;
    }
    r[n++] = (run){.name = "adaptive RODAS4 1e-4, lanes", .kind = 2};
#ifdef HAVE_CVODES
    for (int lmm = CV_ADAMS; lmm <= CV_BDF; lmm++)
        for (double tol = 1e-3; tol > 5e-6; tol /= 10) {
            r[n] = (run){.kind = 3, .lmm = lmm, .rtol = tol, .slopes = true};
            snprintf(r[n].name, sizeof r[n].name, "CVODES %s %g",
                     lmm == CV_BDF ? "BDF" : "Adams", tol);
            n++;
        }
    cvodes_body(0, CV_ADAMS, 1e-9, truth);
#endif
    for (size_t i = 0; i < n; i++) {
        gs_sim_opts o = GS_SIM_OPTS;
        o.cpu = r[i].cpu;
        o.grid_steps = r[i].steps;
        if (r[i].kind <= 1 && gs_sim_new(K, &o, &r[i].sim, NULL) != GS_OK)
            die("no memory");
    }
    for (size_t round = 0; round < n_round; round++)
        for (size_t i = 0; i < n; i++)
            once(&r[i], round);
    for (size_t i = 0; i < n; i++) {
        qsort(r[i].ms, n_round, sizeof *r[i].ms, by_size);
        printf("{\"bench\":\"gradients\",\"case\":\"%s\",\"parameters\":%zu,\"ms\":[%.3f,%.3f,"
               "%.3f]", r[i].name, r[i].slopes ? n_free : 0, r[i].ms[n_round / 2], r[i].ms[0],
               r[i].ms[n_round - 1]);
        if (r[i].slopes && isfinite(r[i].off))
            printf(",\"off_scalar\":%.1e", r[i].off);
        if (r[i].slopes)
            printf(",\"off_flow\":%.1e", r[i].off_truth);
        puts("}");
        gs_sim_free(r[i].sim);
    }
    return 0;
}
