/* How fast people are integrated, against CVODE, in one run: same model, same people, same
 * days, set-ups taking turns, compared where the error they reach is the same.
 *
 *     build/bench_engine [--people N] [--days N] [--rounds N]
 *
 * One JSON line a set-up and tolerance: person-years a CPU second (median, least and most
 * over the rounds), and the error against our own RODAS4 at rtol 1e-12: |x - ref| / (0.01 +
 * |ref|) over people, days and states (emax, erms), and rms over the four severities alone
 * (esev). Then speed at equal erms and at equal esev, interpolated, as ratios to the best
 * CVODE set-up; then two threads, and single precision. Peer: libsundials-dev. */
#include "gutskin/cpu.h"
#include "gutskin/rng.h"
#include "gutskin/sim.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__has_include)
#if __has_include(<cvode/cvode.h>)
#define HAVE_CVODE 1
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#endif
#endif

enum { MOST_ROUNDS = 21, MOST_RUNS = 64 };

static const gs_kernel *K;
static size_t n_people = 32, n_day = 112, n_round = 5;
static double *par, *x0, *lever, *out, *ref;
static size_t severity[4];

static double seconds(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_engine: %s\n", what);
    exit(1);
}

/* ---- people: prior draws, settled, living ordinary days ---- */

static double clip(double x, double lo, double hi)
{
    return fmin(fmax(x, lo), hi);
}

static void make_person(size_t p, double *habit)
{
    gs_rng r = gs_rng_stream(7, p, "bench engine");
    double *own = par + p * K->n_par;
    gs_kernel_defaults(K, own, habit, x0 + p * K->n_state);
    for (size_t i = 0; i < K->n_par; i++) {
        gs_dist d = K->par[i].prior;
        double z = gs_rng_normal(&r);
        if (!K->par[i].personal)
            continue;
        if (d.kind == GS_DIST_LOGNORMAL)
            own[i] = clip(d.a * exp(log(d.b) * z), K->par[i].lo, K->par[i].hi);
        else if (d.kind == GS_DIST_NORMAL)
            own[i] = clip(d.a + d.b * z, K->par[i].lo, K->par[i].hi);
    }
    for (size_t d = 0; d < n_day; d++)
        for (size_t i = 0; i < K->n_lever; i++) {
            const gs_lever_info *l = &K->lever[i];
            lever[(p * n_day + d) * K->n_lever + i] =
                clip(habit[i] + l->sd * gs_rng_normal(&r), l->lo, l->hi);
        }
}

static void make_people(void)
{
    size_t ns = K->n_state, nl = K->n_lever, all = n_people * n_day * ns;
    double *habit = calloc(n_people * nl, sizeof *habit);
    gs_sim *s;
    par = calloc(n_people * K->n_par, sizeof *par);
    x0 = calloc(n_people * ns, sizeof *x0);
    lever = calloc(n_people * n_day * nl, sizeof *lever);
    out = calloc(all, sizeof *out);
    ref = calloc(all, sizeof *ref);
    if (!habit || !par || !x0 || !lever || !out || !ref ||
        gs_sim_new(K, &GS_SIM_OPTS, &s, NULL) != GS_OK)
        die("no memory");
    for (size_t p = 0; p < n_people; p++)
        make_person(p, habit + p * nl);
    double begin = seconds(CLOCK_THREAD_CPUTIME_ID);
    if (gs_sim_settle_many(s, n_people, par, habit, x0, NULL))
        die("somebody does not settle");
    printf("{\"bench\":\"engine\",\"case\":\"settle\",\"people\":%zu,\"us_each\":%.1f}\n",
           n_people, 1e6 * (seconds(CLOCK_THREAD_CPUTIME_ID) - begin) / (double)n_people);
    gs_sim_free(s);
    free(habit);
}

/* ---- ours ---- */

static void take_par(void *c, size_t p, double *o)
{
    (void)c;
    memcpy(o, par + p * K->n_par, K->n_par * sizeof *o);
}
static void take_start(void *c, size_t p, double *o)
{
    (void)c;
    memcpy(o, x0 + p * K->n_state, K->n_state * sizeof *o);
}
static void take_lever(void *c, size_t p, size_t d, double *o)
{
    (void)c;
    memcpy(o, lever + (p * n_day + d) * K->n_lever, K->n_lever * sizeof *o);
}
static bool keep(void *c, size_t p, size_t d, const double *x, const double *y)
{
    (void)c, (void)y;
    memcpy(out + (p * n_day + d) * K->n_state, x, K->n_state * sizeof *x);
    return true;
}
static void lost(void *c, size_t p, size_t d, gs_status why)
{
    (void)c, (void)p, (void)d, (void)why;
    die("a person was lost");
}

static void ours(gs_sim_opts o, const gs_pool *pool)
{
    gs_sim_people q = {.n = n_people, .n_day = n_day, .par = take_par, .start = take_start,
                       .lever = take_lever, .see = keep, .failed = lost};
    gs_err err = {0};
    if (gs_sim_batch(K, &o, &q, pool, NULL, &err) != GS_OK)
        die(err.msg);
}

/* ---- CVODE, the same people one after the other, restarted at midnight ---- */

#ifdef HAVE_CVODE
typedef struct peer {
    const double *par, *lever;
    double *jac, *dz;
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

static void cvode(int lmm, double rtol)
{
    SUNContext ctx;
    peer j = {.jac = calloc(K->n_jac, sizeof *j.jac), .dz = calloc(K->n_state, sizeof *j.dz)};
    sunindextype n = (sunindextype)K->n_state;
    SUNContext_Create(NULL, &ctx);
    N_Vector z = N_VNew_Serial(n, ctx);
    SUNMatrix m = SUNDenseMatrix(n, n, ctx);
    SUNLinearSolver ls = SUNLinSol_Dense(z, m, ctx);
    SUNNonlinearSolver fixed = SUNNonlinSol_FixedPoint(z, 0, ctx);
    void *cv = CVodeCreate(lmm, ctx);
    gs_kernel_to_internal(K, x0, N_VGetArrayPointer(z));
    int bad = CVodeInit(cv, peer_rhs, 0, z) | CVodeSStolerances(cv, rtol, 0.01 * rtol) |
              CVodeSetUserData(cv, &j) | CVodeSetMaxNumSteps(cv, 1000000);
    if (lmm == CV_BDF)
        bad |= CVodeSetLinearSolver(cv, ls, m) | CVodeSetJacFn(cv, peer_jac);
    else
        bad |= CVodeSetNonlinearSolver(cv, fixed);
    if (bad)
        die("CVODE cannot be set up");
    for (size_t p = 0; p < n_people; p++) {
        gs_kernel_to_internal(K, x0 + p * K->n_state, N_VGetArrayPointer(z));
        j.par = par + p * K->n_par;
        for (size_t d = 0; d < n_day; d++) {
            sunrealtype t;
            j.lever = lever + (p * n_day + d) * K->n_lever;
            if (CVodeReInit(cv, 0, z) || CVodeSetStopTime(cv, 1) ||
                CVode(cv, 1, z, &t, CV_NORMAL) < 0)
                die("CVODE fails");
            gs_kernel_to_natural(K, N_VGetArrayPointer(z), out + (p * n_day + d) * K->n_state);
        }
    }
    CVodeFree(&cv);
    SUNNonlinSolFree(fixed);
    SUNLinSolFree(ls);
    SUNMatDestroy(m);
    N_VDestroy(z);
    SUNContext_Free(&ctx);
    free(j.jac);
    free(j.dz);
}
#endif

/* ---- runs ---- */

typedef struct setup {
    const char *name;
    int peer; /* 0 ours, else CVODE's method */
    int cpu;
    bool single;
    gs_sim_method method;
} setup;

typedef struct run {
    const setup *s;
    double rtol, emax, erms, esev, rate[MOST_ROUNDS];
} run;

static double years(void)
{
    return (double)n_people * (double)n_day / 365.0;
}

static void once(run *r, size_t round)
{
    double begin = seconds(CLOCK_THREAD_CPUTIME_ID);
    if (r->s->peer) {
#ifdef HAVE_CVODE
        cvode(r->s->peer, r->rtol);
#endif
    } else {
        gs_sim_opts o = GS_SIM_OPTS;
        o.rtol = r->rtol;
        o.atol = 0.01 * r->rtol;
        o.cpu = r->s->cpu;
        o.single = r->s->single;
        o.method = r->s->method;
        ours(o, NULL);
    }
    r->rate[round] = years() / (seconds(CLOCK_THREAD_CPUTIME_ID) - begin);
}

static void judge(run *r)
{
    size_t ns = K->n_state, rows = n_people * n_day;
    double all = 0, four = 0;
    for (size_t i = 0; i < rows * ns; i++) {
        double e = fabs(out[i] - ref[i]) / (0.01 + fabs(ref[i]));
        all += e * e;
        r->emax = !(e <= r->emax) ? e : r->emax;
        for (size_t q = 0; q < 4; q++)
            four += severity[q] == i % ns ? e * e : 0;
    }
    r->erms = sqrt(all / (double)(rows * ns));
    r->esev = sqrt(four / (double)(rows * 4));
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* speed where the error is `want`: straight in logarithms between the two runs around it,
 * the nearest run where none is; NaN when that is more than a factor 3 away */
static double rate_at(const run *r, size_t n, const setup *s, bool severities, double want)
{
    double below = 0, above = HUGE_VAL, rb = NAN, ra = NAN;
    for (size_t i = 0; i < n; i++) {
        double e = severities ? r[i].esev : r[i].erms, v = r[i].rate[n_round / 2];
        if (r[i].s != s)
            continue;
        if (e <= want && e > below) {
            below = e;
            rb = v;
        }
        if (e >= want && e < above) {
            above = e;
            ra = v;
        }
    }
    if (isnan(rb))
        return above < 3 * want ? ra : NAN;
    if (isnan(ra))
        return below > want / 3 ? rb : NAN;
    if (above <= below)
        return rb;
    double w = log(want / below) / log(above / below);
    return exp((1 - w) * log(rb) + w * log(ra));
}

/* ---- threads ---- */

typedef struct share {
    void (*job)(void *, size_t);
    void *ctx;
    size_t i;
} share;

static void *work(void *arg)
{
    share *s = arg;
    s->job(s->ctx, s->i);
    return NULL;
}

static void run_threads(void *self, size_t n, void (*job)(void *, size_t), void *ctx)
{
    pthread_t id[8];
    share s[8];
    (void)self;
    for (size_t i = 0; i < n && i < 8; i++) {
        s[i] = (share){job, ctx, i};
        pthread_create(&id[i], NULL, work, &s[i]);
    }
    for (size_t i = 0; i < n && i < 8; i++)
        pthread_join(id[i], NULL);
}

static void threads(void)
{
    double best[2] = {HUGE_VAL, HUGE_VAL};
    gs_pool two = {.run = run_threads, .n_thread = 2};
    gs_sim_opts o = GS_SIM_OPTS;
    o.rtol = 1e-3;
    o.atol = 1e-5;
    for (size_t i = 0; i < 3 * n_round; i++)
        for (size_t t = 0; t < 2; t++) {
            double begin = seconds(CLOCK_MONOTONIC);
            ours(o, t ? &two : NULL);
            best[t] = fmin(best[t], seconds(CLOCK_MONOTONIC) - begin);
        }
    printf("{\"bench\":\"engine\",\"case\":\"threads\",\"wall_s\":[%.4g,%.4g],\"gain\":%.2f}\n",
           best[0], best[1], best[0] / best[1]);
}

/* ---- all ---- */

int main(int argc, char **argv)
{
    static const setup all[] = {
        {"ours avx512", 0, GS_CPU_AVX512, false, GS_SIM_RODAS4},
        {"ours avx2", 0, GS_CPU_AVX2, false, GS_SIM_RODAS4},
        {"ours avx2 ros4", 0, GS_CPU_AVX2, false, GS_SIM_ROS4},
        {"ours sse2", 0, GS_CPU_TWO, false, GS_SIM_RODAS4},
        {"ours plain", 0, GS_CPU_PLAIN, false, GS_SIM_RODAS4},
        {"ours twin", 0, GS_SIM_CPU_SCALAR, false, GS_SIM_RODAS4},
        {"ours avx512 single", 0, GS_CPU_AVX512, true, GS_SIM_RODAS4},
        {"ours avx2 single", 0, GS_CPU_AVX2, true, GS_SIM_RODAS4},
        {"ours avx2 single ros4", 0, GS_CPU_AVX2, true, GS_SIM_ROS4},
#ifdef HAVE_CVODE
        {"cvode adams", CV_ADAMS, 0, false, 0},
        {"cvode bdf", CV_BDF, 0, false, 0},
#endif
    };
    static const double tol[] = {2e-2, 5e-3, 1e-3, 1e-4, 1e-5};
    static run r[MOST_RUNS];
    size_t n = 0, n_all = sizeof all / sizeof *all;
    for (int i = 1; i + 1 < argc; i += 2) {
        size_t v = (size_t)strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--people") == 0)
            n_people = v;
        else if (strcmp(argv[i], "--days") == 0)
            n_day = v;
        else if (strcmp(argv[i], "--rounds") == 0)
            n_round = v < MOST_ROUNDS ? v : MOST_ROUNDS;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    K = gs_axis();
    severity[0] = (size_t)gs_kernel_state(K, "Y");
    severity[1] = (size_t)gs_kernel_state(K, "K");
    severity[2] = (size_t)gs_kernel_state(K, "L");
    severity[3] = (size_t)gs_kernel_state(K, "Z");
    make_people();
    gs_sim_opts exact = GS_SIM_OPTS;
    exact.rtol = 1e-12; /* plain steps: rounding as the library does it */
    exact.atol = 1e-14;
    exact.cpu = GS_SIM_CPU_SCALAR;
    ours(exact, NULL);
    memcpy(ref, out, n_people * n_day * K->n_state * sizeof *ref);
    for (size_t s = 0; s < n_all; s++)
        for (size_t t = 0; t < sizeof tol / sizeof *tol; t++)
            if (all[s].peer || all[s].cpu <= (int)gs_cpu_widest())
                r[n++] = (run){.s = &all[s], .rtol = tol[t]};
    for (size_t round = 0; round < n_round; round++)
        for (size_t i = 0; i < n; i++) {
            once(&r[i], round);
            if (round == 0)
                judge(&r[i]);
        }
    for (size_t i = 0; i < n; i++) {
        qsort(r[i].rate, n_round, sizeof *r[i].rate, by_size);
        printf("{\"bench\":\"engine\",\"case\":\"%s\",\"rtol\":%g,\"py_per_s\":[%.4g,%.4g,%.4g],"
               "\"emax\":%.2e,\"erms\":%.2e,\"esev\":%.2e}\n", r[i].s->name, r[i].rtol,
               r[i].rate[n_round / 2], r[i].rate[0], r[i].rate[n_round - 1], r[i].emax,
               r[i].erms, r[i].esev);
    }
    for (int sev = 0; sev < 2; sev++)
        for (double want = 4e-5; want > 3e-7; want /= 10) {
            double best = NAN;
            for (size_t s = 0; s < n_all; s++)
                if (all[s].peer)
                    best = fmax(best, rate_at(r, n, &all[s], sev, want));
            for (size_t s = 0; s < n_all; s++) {
                double v = rate_at(r, n, &all[s], sev, want);
                if (isfinite(v) && isfinite(best))
                    printf("{\"bench\":\"engine\",\"case\":\"%s\",\"at_%s\":%.0e,"
                           "\"py_per_s\":%.4g,\"over_best_cvode\":%.2f}\n", all[s].name,
                           sev ? "esev" : "erms", want, v, v / best);
            }
        }
    threads();
    return 0;
}
