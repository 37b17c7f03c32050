/* How fast people are integrated, beside what people would use instead, in one run: same
 * model, same people, same days, set-ups taking turns, compared where the error they reach
 * is the same.
 *
 *     build/bench_engine [--people N] [--days N] [--rounds N] [--solo threads]
 *
 * One JSON line a set-up and tolerance: person-years a CPU second (median, least and most
 * over the rounds), and the error against our own RODAS4 at rtol 1e-12: |x - ref| / (0.01 +
 * |ref|) over people, days and states (emax, erms), and rms over the four severities alone
 * (esev). Then speed at equal erms and at equal esev, interpolated, as ratios to every
 * peer; what single precision adds to the error; one thread and two; share of the peak FMA
 * rate; instructions a person-day.
 *
 * Peers, each left out with a word when it is absent: SUNDIALS CVODE (libsundials-dev), R's
 * deSolve (r-cran-desolve), SciPy (python3-scipy): bench/peers. Instructions are counted by
 * valgrind's callgrind, floating-point operations by objdump (binutils). */
#include "engine.h"

#include "sim/method.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

enum { MOST_ROUNDS = 21, MOST_RUNS = 96 };

static double *out, *ref;
static size_t severity[4];
static const char *self; /* this program */

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

static void ours(const gs_kernel *k, gs_sim_opts o, const gs_pool *pool)
{
    gs_sim_people q = {.n = n_people, .n_day = n_day, .par = take_par, .start = take_start,
                       .lever = take_lever, .see = keep, .failed = lost};
    gs_err err = {0};
    if (gs_sim_batch(k, &o, &q, pool, NULL, &err) != GS_OK)
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

/* ---- peers in other languages: one child each, asked over pipes ---- */

typedef struct child {
    const char *name, *program, *script, *method;
    FILE *ask, *answer;
    char in[64], out[64];
    bool alive;
} child;

static child others[] = {
    {.name = "deSolve lsoda", .program = "Rscript", .script = "desolve.R", .method = "lsoda"},
    {.name = "deSolve adams", .program = "Rscript", .script = "desolve.R", .method = "adams"},
    {.name = "SciPy lsoda", .program = "/usr/bin/python3", .script = "scipy_lsoda.py"},
};
enum { N_OTHER = sizeof others / sizeof *others };

/* people as bench/peers/rhs.c reads them */
static void write_people(const char *path)
{
    double h[5] = {(double)n_people, (double)n_day, (double)K->n_state, (double)K->n_par,
                   (double)K->n_lever};
    FILE *f = fopen(path, "wb");
    if (!f)
        die("the peers' input cannot be written");
    fwrite(h, sizeof *h, 5, f);
    fwrite(par, sizeof *par, n_people * K->n_par, f);
    fwrite(x0, sizeof *x0, n_people * K->n_state, f);
    fwrite(lever, sizeof *lever, n_people * n_day * K->n_lever, f);
    if (fclose(f))
        die("the peers' input cannot be written");
}

static void hire(child *c)
{
    int to[2], from[2];
    char library[4200], script[4200], line[64] = "";
    snprintf(library, sizeof library, "%.*s/libbench_peer.so",
             (int)(strrchr(self, '/') - self), self);
    snprintf(script, sizeof script, "%s/bench/peers/%s", GS_SOURCE_DIR, c->script);
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
        die("no pipe");
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        execlp(c->program, c->program, script, library, c->in, c->out, c->method, NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    c->ask = fdopen(to[1], "w");
    c->answer = fdopen(from[0], "r");
    c->alive = pid > 0 && c->ask && c->answer && fgets(line, sizeof line, c->answer) &&
               strcmp(line, "ready\n") == 0;
    if (!c->alive)
        printf("{\"bench\":\"engine\",\"case\":\"%s\",\"absent\":\"%s %s did not start "
               "(bench/peers says what it wants)\"}\n", c->name, c->program, c->script);
}

/* CPU seconds of everybody at this tolerance; `out` is filled */
static double ask(child *c, double rtol)
{
    char line[64];
    size_t n = n_people * n_day * K->n_state;
    fprintf(c->ask, "%.17g\n", rtol);
    fflush(c->ask);
    FILE *f = NULL;
    if (!fgets(line, sizeof line, c->answer) || !(f = fopen(c->out, "rb")) ||
        fread(out, sizeof *out, n, f) != n)
        die("a peer broke off");
    fclose(f);
    return strtod(line, NULL);
}

/* ---- runs ---- */

typedef enum kind { OURS, CVODE, OTHER } kind;

typedef struct setup {
    const char *name;
    kind kind;
    int which; /* OURS: CPU level, CVODE: its method, OTHER: whose */
    bool single;
    gs_sim_method method;
} setup;

typedef struct run {
    const setup *s;
    double rtol, emax, erms, esev, rate[MOST_ROUNDS];
} run;

static const setup all[] = {
    {"ours avx512", OURS, GS_CPU_AVX512, false, GS_SIM_RODAS4},
    {"ours avx2", OURS, GS_CPU_AVX2, false, GS_SIM_RODAS4},
    {"ours avx2 ros4", OURS, GS_CPU_AVX2, false, GS_SIM_ROS4},
    {"ours avx2 exp", OURS, GS_CPU_AVX2, false, GS_SIM_EXP},
    {"ours sse2", OURS, GS_CPU_TWO, false, GS_SIM_RODAS4},
    {"ours sse2 exp", OURS, GS_CPU_TWO, false, GS_SIM_EXP},
    {"ours plain", OURS, GS_CPU_PLAIN, false, GS_SIM_RODAS4},
    {"ours plain exp", OURS, GS_CPU_PLAIN, false, GS_SIM_EXP},
    {"ours twin", OURS, GS_SIM_CPU_SCALAR, false, GS_SIM_RODAS4},
    {"ours avx512 single", OURS, GS_CPU_AVX512, true, GS_SIM_RODAS4},
    {"ours avx2 single", OURS, GS_CPU_AVX2, true, GS_SIM_RODAS4},
    {"ours avx2 single ros4", OURS, GS_CPU_AVX2, true, GS_SIM_ROS4},
    {"ours avx2 single exp", OURS, GS_CPU_AVX2, true, GS_SIM_EXP},
#ifdef HAVE_CVODE
    {"cvode adams", CVODE, CV_ADAMS, false, 0},
    {"cvode bdf", CVODE, CV_BDF, false, 0},
#endif
    {"deSolve lsoda", OTHER, 0, false, 0},
    {"deSolve adams", OTHER, 1, false, 0},
    {"SciPy lsoda", OTHER, 2, false, 0},
};
enum { N_SETUP = sizeof all / sizeof *all };

static bool here(const setup *s)
{
    return s->kind == OURS ? s->which <= (int)gs_cpu_widest()
                           : s->kind == CVODE || others[s->which].alive;
}

static double years(void)
{
    return (double)n_people * (double)n_day / 365.0;
}

static gs_sim_opts opts_of(const setup *s, double rtol)
{
    gs_sim_opts o = GS_SIM_OPTS;
    o.rtol = rtol;
    o.atol = 0.01 * rtol;
    o.cpu = s->which;
    o.single = s->single;
    o.method = s->method;
    return o;
}

static void once(run *r, size_t round)
{
    double begin = cpu_s(), spent = NAN;
    if (r->s->kind == OTHER) {
        spent = ask(&others[r->s->which], r->rtol);
    } else {
#ifdef HAVE_CVODE
        if (r->s->kind == CVODE)
            cvode(r->s->which, r->rtol);
#endif
        if (r->s->kind == OURS)
            ours(K, opts_of(r->s, r->rtol), NULL);
        spent = cpu_s() - begin;
    }
    r->rate[round] = years() / spent;
}

static void judge(run *r)
{
    size_t ns = K->n_state, rows = n_people * n_day;
    double every = 0, four = 0;
    for (size_t i = 0; i < rows * ns; i++) {
        double e = fabs(out[i] - ref[i]) / (0.01 + fabs(ref[i]));
        every += e * e;
        r->emax = !(e <= r->emax) ? e : r->emax;
        for (size_t q = 0; q < 4; q++)
            four += severity[q] == i % ns ? e * e : 0;
    }
    r->erms = sqrt(every / (double)(rows * ns));
    r->esev = sqrt(four / (double)(rows * 4));
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

/* ---- single precision: what it adds to the error ---- */

static void single_error(void)
{
    static const double tol[] = {5e-3, 1e-3, 1e-4, 1e-5};
    size_t n = n_people * n_day * K->n_state;
    double *exact = room(n, sizeof *exact);
    setup s = {"", OURS, (int)gs_cpu_widest(), false, GS_SIM_RODAS4};
    for (size_t t = 0; t < sizeof tol / sizeof *tol; t++) {
        double most = 0, all_of = 0, sev = 0;
        s.single = false;
        ours(K, opts_of(&s, tol[t]), NULL);
        memcpy(exact, out, n * sizeof *out);
        s.single = true;
        ours(K, opts_of(&s, tol[t]), NULL);
        for (size_t i = 0; i < n; i++) {
            double e = fabs(out[i] - exact[i]) / (0.01 + fabs(exact[i]));
            most = fmax(most, e);
            all_of += e * e;
            for (size_t q = 0; q < 4; q++)
                sev += severity[q] == i % K->n_state ? e * e : 0;
        }
        printf("{\"bench\":\"engine\",\"case\":\"single against double\",\"rtol\":%g,"
               "\"most\":%.2e,\"rms\":%.2e,\"rms_severities\":%.2e}\n", tol[t], most,
               sqrt(all_of / (double)n), sqrt(sev / (double)(n / K->n_state * 4)));
    }
    free(exact);
}

/* ---- two threads, every level: wall time, in turn; cpu_of_two = CPU time of both over that
 * of one alone, 1 when they do not hold each other up ---- */

enum { MANY = 16 }; /* times the people, so that a batch lasts long enough to share */

static void again_par(void *c, size_t p, double *o)
{
    take_par(c, p % n_people, o);
}
static void again_start(void *c, size_t p, double *o)
{
    take_start(c, p % n_people, o);
}
static void again_lever(void *c, size_t p, size_t d, double *o)
{
    take_lever(c, p % n_people, d, o);
}
static bool look(void *c, size_t p, size_t d, const double *x, const double *y)
{
    (void)c, (void)p, (void)d, (void)y;
    return x[0] == x[0];
}

/* wall seconds, and CPU seconds of all threads */
static double wall(gs_sim_opts o, const gs_pool *pool, double *out_cpu)
{
    gs_sim_people q = {.n = MANY * n_people, .n_day = n_day, .par = again_par,
                       .start = again_start, .lever = again_lever, .see = look};
    gs_err err = {0};
    double begin = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (gs_sim_batch(K, &o, &q, pool, NULL, &err) != GS_OK)
        die(err.msg);
    *out_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    return seconds(CLOCK_MONOTONIC) - begin;
}

static void threads(void)
{
    gs_pool two = {.run = run_threads, .n_thread = 2};
    for (size_t s = 0; s < N_SETUP; s++) {
        double t[2][MOST_ROUNDS] = {{0}}, ratio[MOST_ROUNDS], work[MOST_ROUNDS], cpu[2];
        size_t n = n_round;
        if (all[s].kind != OURS || !here(&all[s]) || all[s].method != GS_SIM_RODAS4)
            continue;
        gs_sim_opts o = opts_of(&all[s], 1e-4);
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < 2; k++)
                t[k][i] = wall(o, k ? &two : NULL, &cpu[k]);
            work[i] = cpu[1] / cpu[0];
            ratio[i] = t[0][i] / t[1][i];
        }
        double best = t[0][0], best2 = t[1][0];
        for (size_t i = 0; i < n; i++) {
            best = fmin(best, t[0][i]);
            best2 = fmin(best2, t[1][i]);
        }
        printf("{\"bench\":\"engine\",\"case\":\"threads\",\"setup\":\"%s\",\"wall_s\":"
               "[%.4g,%.4g],\"gain_of_best\":%.3f,\"gain_median\":%.3f,\"cpu_of_two\":%.3f,"
               "\"load\":%.1f}\n",
               all[s].name, best, best2, best / best2, median(n, ratio), median(n, work), load_now());
    }
}

/* ---- share of the peak rate of fused multiplication and addition ---- */

/* calls of each kernel function, counted by standing between */
enum { DAY, RHS, JAC, FACTOR, SOLVE, SEEN, NATURAL, N_FN };
static const gs_lanes *real;
static size_t n_call[N_FN];

static void c_day(const void *p, const void *l, void *c)
{
    n_call[DAY]++;
    real->day(p, l, c);
}
static void c_rhs(const void *z, const void *c, void *dz)
{
    n_call[RHS]++;
    real->rhs(z, c, dz);
}
static void c_jac(const void *z, const void *c, void *dz, void *j)
{
    n_call[JAC]++;
    real->jac(z, c, dz, j);
}
static void c_factor(const void *j, const void *d, void *w)
{
    n_call[FACTOR]++;
    real->factor(j, d, w);
}
static void c_solve(const void *w, void *b)
{
    n_call[SOLVE]++;
    real->solve(w, b);
}
static void c_seen(const void *z, const void *c, void *y)
{
    n_call[SEEN]++;
    real->seen(z, c, y);
}
static void c_natural(const void *z, void *x)
{
    n_call[NATURAL]++;
    real->natural(z, x);
}

/* operations in one line of a disassembly: 2 for a fused one, times its numbers */
static double flops_in(const char *line)
{
    const char *op = strstr(line, "\tv");
    if (!op)
        return 0;
    op += 2;
    bool fused = op[0] == 'f' && (strncmp(op, "fmadd", 5) == 0 || strncmp(op, "fmsub", 5) == 0 ||
                                  strncmp(op, "fnmadd", 6) == 0 || strncmp(op, "fnmsub", 6) == 0);
    bool plain = strncmp(op, "add", 3) == 0 || strncmp(op, "sub", 3) == 0 ||
                 strncmp(op, "mul", 3) == 0 || strncmp(op, "div", 3) == 0 ||
                 strncmp(op, "sqrt", 4) == 0;
    if (!fused && !plain)
        return 0;
    char name[24];
    sscanf(op, "%23[^ \t]", name);
    size_t n = strlen(name);
    bool packed = name[n - 2] == 'p', narrow = name[n - 1] == 's';
    double bytes = strstr(op, "zmm") ? 64 : strstr(op, "ymm") ? 32 : 16;
    return (fused ? 2 : 1) * (packed ? bytes / (narrow ? 4 : 8) : 1);
}

/* The emitted functions run straight through: what stands there once is done once a call.
 * NaN when there is no objdump, or a function that is not so. */
static double flops_of(const void *fn)
{
    Dl_info where;
    char command[4400], line[512];
    double n = 0;
    if (!dladdr(fn, &where))
        return NAN;
    unsigned long at = (unsigned long)((const char *)fn - (const char *)where.dli_fbase);
    snprintf(command, sizeof command, "objdump -d --no-show-raw-insn --start-address=%#lx "
             "--stop-address=%#lx '%s' 2>/dev/null", at, at + (1ul << 17), self);
    FILE *f = popen(command, "r");
    bool end = false, jumps = false;
    while (f && !end && fgets(line, sizeof line, f)) {
        end = strstr(line, "\tret") != NULL;
        jumps |= strstr(line, "\tj") != NULL || strstr(line, "\tcall") != NULL;
        n += flops_in(line);
    }
    while (f && fgets(line, sizeof line, f))
        ;
    if (f)
        pclose(f);
    return end && !jumps ? n : NAN;
}

/* of the step loop itself, a vector: the combinations of stages and the error */
static double flops_of_loop(const gs_ros_method *m, size_t lanes)
{
    double n = 0;
    for (size_t s = 0; s < m->n_stage; s++) {
        for (size_t j = 0; j < s; j++)
            n += 2 * (m->a[s][j] != 0 && m->new_f[s]) + 2;
        n += 2 * (s > 0) + 2 + 2 * (m->e[s] != 0);
    }
    return (n + 6) * (double)K->n_state * (double)lanes;
}

#if defined(__x86_64__)
/* ten chains of fused multiplications, enough to fill two units of latency four */
#define PEAK(name, isa, type, reg, set, fma)                                            \
    __attribute__((target(isa))) static double name(void)                               \
    {                                                                                   \
        enum { TIMES = 4000000, CHAINS = 10 };                                          \
        reg a[CHAINS], x = set((type)0.999999), y = set((type)1e-6);                    \
        for (int i = 0; i < CHAINS; i++)                                                \
            a[i] = set((type)i);                                                        \
        double begin = cpu_s();                                                         \
        for (int t = 0; t < TIMES; t++) {                                               \
            _Pragma("GCC unroll 10") for (int i = 0; i < CHAINS; i++)                   \
                a[i] = fma(a[i], x, y);                                                 \
        }                                                                               \
        begin = cpu_s() - begin;                                                        \
        type sink = 0;                                                                  \
        for (int i = 0; i < CHAINS; i++)                                                \
            sink += ((const type *)&a[i])[0];                                           \
        if (sink == (type)12345)                                                        \
            puts("");                                                                   \
        return 2.0 * CHAINS * TIMES * sizeof(reg) / sizeof(type) / begin;               \
    }
PEAK(peak_avx2_d, "avx2,fma", double, __m256d, _mm256_set1_pd, _mm256_fmadd_pd)
PEAK(peak_avx2_f, "avx2,fma", float, __m256, _mm256_set1_ps, _mm256_fmadd_ps)
PEAK(peak_avx512_d, "avx512f", double, __m512d, _mm512_set1_pd, _mm512_fmadd_pd)
PEAK(peak_avx512_f, "avx512f", float, __m512, _mm512_set1_ps, _mm512_fmadd_ps)

static double peak(int level, bool single)
{
    if (level == GS_CPU_AVX512)
        return single ? peak_avx512_f() : peak_avx512_d();
    return single ? peak_avx2_f() : peak_avx2_d();
}
#else
static double peak(int level, bool single)
{
    (void)level, (void)single;
    return NAN;
}
#endif

static void peak_share(const setup *s, double rtol)
{
    static const char *const name[N_FN] = {"day", "rhs", "jac", "factor", "solve", "seen",
                                           "natural"};
    gs_kernel k = *K;
    gs_lanes between;
    const gs_lanes *one = &between;
    double rate[MOST_ROUNDS], top[MOST_ROUNDS], share[MOST_ROUNDS], work = 0, each[N_FN];
    real = NULL;
    for (size_t i = 0; i < K->n_lanes; i++)
        if (K->lanes[i]->level == s->which && K->lanes[i]->single == s->single)
            real = K->lanes[i];
    if (!real)
        return;
    between = *real;
    between.day = c_day, between.rhs = c_rhs, between.jac = c_jac;
    between.factor = c_factor, between.solve = c_solve, between.seen = c_seen;
    between.natural = c_natural;
    k.n_lanes = 1;
    k.lanes = &one;
    memset(n_call, 0, sizeof n_call);
    ours(&k, opts_of(s, rtol), NULL);
    void *const fn[N_FN] = {(void *)real->day, (void *)real->rhs, (void *)real->jac,
                            (void *)real->factor, (void *)real->solve, (void *)real->seen,
                            (void *)real->natural};
    for (size_t i = 0; i < N_FN; i++) {
        each[i] = flops_of(fn[i]);
        work += each[i] * (double)n_call[i];
    }
    static const gs_ros_method rodas4 = GS_RODAS4_INIT, ros4 = GS_ROS4_INIT;
    work += flops_of_loop(s->method == GS_SIM_ROS4 ? &ros4 : &rodas4, real->n_lane) *
            (double)n_call[FACTOR];
    if (!isfinite(work)) {
        printf("{\"bench\":\"engine\",\"case\":\"peak\",\"setup\":\"%s\",\"absent\":\"no "
               "objdump, or kernels that branch\"}\n", s->name);
        return;
    }
    for (size_t i = 0; i < n_round; i++) {
        double begin = cpu_s();
        ours(K, opts_of(s, rtol), NULL);
        rate[i] = work / (cpu_s() - begin);
        top[i] = peak(s->which, s->single);
        share[i] = rate[i] / top[i];
    }
    printf("{\"bench\":\"engine\",\"case\":\"peak\",\"setup\":\"%s\",\"gflops\":%.3g,"
           "\"peak_gflops\":%.3g,\"share\":%.3f,\"flops_a_person_day\":%.0f,\"flops\":{",
           s->name, 1e-9 * median(n_round, rate), 1e-9 * median(n_round, top),
           median(n_round, share), work / (double)(n_people * n_day));
    for (size_t i = 0; i < N_FN; i++)
        printf("%s\"%s\":[%.0f,%.2f]", i ? "," : "", name[i], each[i] / (double)real->n_lane,
               (double)(n_call[i] * real->n_lane) / (double)(n_people * n_day));
    printf("},\"flops_note\":\"[in a call for one person, calls a person-day]\"}\n");
}

/* ---- instructions a person-day: this program again, under callgrind ---- */

static int solo(const char *name, size_t times)
{
    if (strcmp(name, "threads") == 0) /* these lines alone */
        threads();
    for (size_t s = 0; s < N_SETUP; s++)
        if (all[s].kind == OURS && strcmp(all[s].name, name) == 0)
            for (size_t i = 0; i < times; i++)
                ours(K, opts_of(&all[s], 1e-3), NULL);
    return 0;
}

/* instructions of the whole program when the people are lived `times` times */
static double instructions(const char *name, int times)
{
    char command[4600], line[512];
    double n = NAN;
    snprintf(command, sizeof command, "timeout 120 valgrind --tool=callgrind "
             "--callgrind-out-file=/dev/null '%s' --solo '%s' --times %d --people 8 --days 28 "
             "2>&1 >/dev/null", self, name, times);
    FILE *f = popen(command, "r");
    while (f && fgets(line, sizeof line, f)) {
        const char *at = strstr(line, "Collected : ");
        if (at)
            n = strtod(at + strlen("Collected : "), NULL);
    }
    return f && pclose(f) == 0 ? n : NAN;
}

static void count_instructions(void)
{
    for (size_t s = 0; s < N_SETUP; s++) {
        if (all[s].kind != OURS || !here(&all[s]) || all[s].method != GS_SIM_RODAS4)
            continue;
        double n = (instructions(all[s].name, 3) - instructions(all[s].name, 1)) / 2;
        if (isfinite(n))
            printf("{\"bench\":\"engine\",\"case\":\"instructions\",\"setup\":\"%s\","
                   "\"rtol\":1e-3,\"a_person_day\":%.0f}\n", all[s].name, n / (8 * 28));
        else
            printf("{\"bench\":\"engine\",\"case\":\"instructions\",\"setup\":\"%s\","
                   "\"absent\":\"no valgrind, or it does not know this CPU level\"}\n",
                   all[s].name);
    }
}

/* ---- all ---- */

static void speed_at_equal_error(const run *r, size_t n, bool sev, double want)
{
    for (size_t s = 0; s < N_SETUP; s++) {
        double v = rate_at(r, n, &all[s], sev, want), best = NAN, best_cvode = NAN;
        if (!isfinite(v))
            continue;
        printf("{\"bench\":\"engine\",\"case\":\"%s\",\"at_%s\":%.0e,\"py_per_s\":%.4g,"
               "\"over\":{", all[s].name, sev ? "esev" : "erms", want, v);
        bool first = true;
        for (size_t q = 0; q < N_SETUP; q++) {
            double theirs = all[q].kind == OURS ? NAN : rate_at(r, n, &all[q], sev, want);
            if (!isfinite(theirs))
                continue;
            printf("%s\"%s\":%.2f", first ? "" : ",", all[q].name, v / theirs);
            first = false;
            best = fmax(best, theirs);
            if (all[q].kind == CVODE)
                best_cvode = fmax(best_cvode, theirs);
        }
        printf("}");
        if (isfinite(best_cvode))
            printf(",\"over_best_cvode\":%.2f", v / best_cvode);
        if (isfinite(best))
            printf(",\"over_best_peer\":%.2f", v / best);
        printf("}\n");
    }
}

static void compare(void)
{
    static const double tol[] = {2e-2, 5e-3, 1e-3, 1e-4, 1e-5};
    static run r[MOST_RUNS];
    size_t n = 0;
    for (size_t s = 0; s < N_SETUP; s++)
        for (size_t t = 0; t < sizeof tol / sizeof *tol; t++)
            if (here(&all[s]))
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
        for (double want = 4e-5; want > 3e-7; want /= 10)
            speed_at_equal_error(r, n, sev, want);
}

int main(int argc, char **argv)
{
    const char *alone = NULL;
    size_t times = 1;
    char program[4096] = "";
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    self = length > 0 ? program : argv[0];
    for (int i = 1; i + 1 < argc; i += 2) {
        size_t v = (size_t)strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--people") == 0)
            n_people = v;
        else if (strcmp(argv[i], "--days") == 0)
            n_day = v;
        else if (strcmp(argv[i], "--rounds") == 0)
            n_round = v < 1 ? 1 : v < MOST_ROUNDS ? v : MOST_ROUNDS;
        else if (strcmp(argv[i], "--times") == 0)
            times = v;
        else if (strcmp(argv[i], "--solo") == 0) /* under callgrind */
            alone = argv[i + 1];
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    K = gs_axis();
    severity[0] = (size_t)gs_kernel_state(K, "Y");
    severity[1] = (size_t)gs_kernel_state(K, "K");
    severity[2] = (size_t)gs_kernel_state(K, "L");
    severity[3] = (size_t)gs_kernel_state(K, "Z");
    double settling = make_people();
    out = room(n_people * n_day * K->n_state, sizeof *out);
    ref = room(n_people * n_day * K->n_state, sizeof *ref);
    if (alone)
        return solo(alone, times);
    printf("{\"bench\":\"engine\",\"case\":\"settle\",\"people\":%zu,\"us_each\":%.1f,"
           "\"load\":%.1f}\n", n_people, 1e6 * settling / (double)n_people, load_now());
    const setup twin = {"", OURS, GS_SIM_CPU_SCALAR, false, GS_SIM_RODAS4};
    ours(K, opts_of(&twin, 1e-12), NULL); /* plain steps: rounding as the library does it */
    memcpy(ref, out, n_people * n_day * K->n_state * sizeof *ref);
    for (size_t i = 0; i < N_OTHER; i++) {
        snprintf(others[i].in, sizeof others[i].in, "/tmp/bench-peer-%ld-in", (long)getpid());
        snprintf(others[i].out, sizeof others[i].out, "/tmp/bench-peer-%ld-out",
                 (long)getpid());
        if (i == 0)
            write_people(others[i].in);
        hire(&others[i]);
    }
    compare();
    for (size_t i = 0; i < N_OTHER; i++)
        if (others[i].ask)
            fclose(others[i].ask); /* they go home */
    while (wait(NULL) > 0)
        ;
    unlink(others[0].in);
    unlink(others[0].out);
    single_error();
    threads();
    for (size_t s = 0; s < N_SETUP; s++)
        if (all[s].kind == OURS && here(&all[s]) && all[s].which >= (int)GS_CPU_AVX2 &&
            all[s].method != GS_SIM_EXP) /* its loop is not counted */
            peak_share(&all[s], 1e-3);
    count_instructions();
    return 0;
}
