/* What derivatives of a year by ten personal parameters cost at the accuracy they have:
 * our fixed grid (gs_sim_grad) beside CVODES' forward sensitivities, in one run, in turn.
 *
 *     build/bench_engine_grad [--people N] [--days N] [--rounds N]
 *
 * Two signals (eczema, acne), fixed start, ordinary days. Error of a derivative: its rms
 * over days against CVODES at rtol 1e-11, over the rms of the derivative itself, then rms
 * over people, signals and parameters. One JSON line a set-up (CPU milliseconds a
 * person-year, median over rounds, and error), then ratios at equal error. Our own cost is
 * also told in plain solves: one person's path, and the grid without derivatives. A set-up
 * is one line in `all`. Peer: libsundials-dev; without it our own lines alone, without
 * errors. */
#include "engine.h"

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

enum { N_FREE = 10, N_PICK = 2, MOST_ROUNDS = 15 };

static const char *const free_name[N_FREE] = {
    "risk_eczema", "gain_stress", "gain_sleep", "gain_fibre", "gain_sugar", "risk_acne",
    "gain_glycaemic", "gain_dairy", "gain_processed", "gain_steroid"};
static uint32_t free_par[N_FREE], see[N_PICK];
static double *dy, *ref; /* [people][days][N_PICK][N_FREE] */

static double *row(double *all_of, size_t p, size_t d)
{
    return all_of + (p * n_day + d) * N_PICK * N_FREE;
}

/* ---- ours ---- */

static void grid(double steps, int derivatives)
{
    gs_sim_opts o = GS_SIM_OPTS;
    gs_sim *s;
    gs_err err = {0};
    double *y = room((n_day + 1) * N_PICK, sizeof *y);
    double *all_of = room((n_day + 1) * N_PICK * N_FREE, sizeof *all_of);
    o.grid_steps = (size_t)steps;
    if (gs_sim_new(K, &o, &s, &err) != GS_OK)
        die(err.msg);
    for (size_t p = 0; p < n_people; p++) {
        if (gs_sim_grad(s, par + p * K->n_par, x0 + p * K->n_state, false, NULL, n_day,
                        lever + p * n_day * K->n_lever, derivatives ? N_FREE : 0, free_par,
                        N_PICK, see, y, derivatives ? all_of : NULL, NULL, &err) != GS_OK)
            die(err.msg);
        memcpy(row(dy, p, 0), all_of + N_PICK * N_FREE,
               n_day * N_PICK * N_FREE * sizeof *dy);
    }
    gs_sim_free(s);
    free(y);
    free(all_of);
}

/* all people side by side in lanes */
static void grid_many(double steps)
{
    gs_sim_opts o = GS_SIM_OPTS;
    gs_sim *s;
    gs_err err = {0};
    size_t n_dy = (n_day + 1) * N_PICK * N_FREE;
    double *y = room(n_people * (n_day + 1) * N_PICK, sizeof *y);
    double *all_of = room(n_people * n_dy, sizeof *all_of);
    gs_sim_body *b = room(n_people, sizeof *b);
    gs_sim_grid q = {.n_day = n_day, .n_free = N_FREE, .n_pick = N_PICK, .free_par = free_par,
                     .see = see, .slopes = true};
    o.grid_steps = (size_t)steps;
    if (gs_sim_new(K, &o, &s, &err) != GS_OK)
        die(err.msg);
    for (size_t p = 0; p < n_people; p++)
        b[p] = (gs_sim_body){.par = par + p * K->n_par, .x0 = x0 + p * K->n_state,
                             .habit = habit + p * K->n_lever,
                             .lever = lever + p * n_day * K->n_lever,
                             .y = y + p * (n_day + 1) * N_PICK, .dy = all_of + p * n_dy};
    if (gs_sim_grad_many(s, &q, n_people, b, &err) != 0)
        die("a body was lost");
    for (size_t p = 0; p < n_people; p++)
        memcpy(row(dy, p, 0), b[p].dy + N_PICK * N_FREE, (n_dy - N_PICK * N_FREE) * sizeof *dy);
    gs_sim_free(s);
    free(y);
    free(all_of);
    free(b);
}

static void with_derivatives(double steps)
{
    grid(steps, 1);
}

static void values_alone(double steps)
{
    grid(steps, 0);
}

static void path(double rtol)
{
    gs_sim_opts o = GS_SIM_OPTS;
    gs_sim *s;
    gs_err err = {0};
    double *y = room((n_day + 1) * K->n_see, sizeof *y);
    o.rtol = rtol;
    o.atol = 0.01 * rtol;
    if (gs_sim_new(K, &o, &s, &err) != GS_OK)
        die(err.msg);
    for (size_t p = 0; p < n_people; p++)
        if (gs_sim_path(s, par + p * K->n_par, x0 + p * K->n_state, n_day,
                        lever + p * n_day * K->n_lever, NULL, y, &err) != GS_OK)
            die(err.msg);
    gs_sim_free(s);
    free(y);
}

/* ---- CVODES ---- */

#ifdef HAVE_CVODES
typedef struct body {
    const double *par, *lever;
    double *jac, *jp, *dz;
} body;

static int rate(sunrealtype t, N_Vector z, N_Vector dz, void *user)
{
    body *b = user;
    (void)t;
    K->rhs(K, N_VGetArrayPointer(z), b->par, b->lever, N_VGetArrayPointer(dz));
    return 0;
}

static int jacobian(sunrealtype t, N_Vector z, N_Vector f, SUNMatrix m, void *user,
                    N_Vector c, N_Vector d, N_Vector e)
{
    body *b = user;
    (void)t, (void)f, (void)c, (void)d, (void)e;
    K->jac(K, N_VGetArrayPointer(z), b->par, b->lever, b->dz, b->jac, NULL);
    SUNMatZero(m);
    for (size_t i = 0; i < K->n_jac; i++)
        SM_ELEMENT_D(m, K->jac_row[i], K->jac_col[i]) = b->jac[i];
    return 0;
}

/* S' = J S + df/dp, the sparse Jacobian worked out once for all columns */
static int sensitivity(int n, sunrealtype t, N_Vector z, N_Vector f, N_Vector *s, N_Vector *ds,
                       void *user, N_Vector c, N_Vector d)
{
    body *b = user;
    (void)t, (void)f, (void)c, (void)d;
    K->jac(K, N_VGetArrayPointer(z), b->par, b->lever, b->dz, b->jac, b->jp);
    for (int q = 0; q < n; q++) {
        const double *from = N_VGetArrayPointer(s[q]);
        double *to = N_VGetArrayPointer(ds[q]);
        memset(to, 0, K->n_state * sizeof *to);
        for (size_t i = 0; i < K->n_jac; i++)
            to[K->jac_row[i]] += b->jac[i] * from[K->jac_col[i]];
        for (size_t i = 0; i < K->n_jp; i++)
            if (K->jp_par[i] == free_par[q])
                to[K->jp_row[i]] += b->jp[i];
    }
    return 0;
}

static void see_derivatives(const double *z, const double *p, const double *u, N_Vector *s,
                            double *out, double *dz, double *dp)
{
    for (size_t k = 0; k < N_PICK; k++) {
        K->seen_grad(K, see[k], z, p, u, dz, dp);
        for (size_t q = 0; q < N_FREE; q++) {
            double sum = dp[free_par[q]];
            for (size_t i = 0; i < K->n_state; i++)
                sum += dz[i] * NV_Ith_S(s[q], i);
            out[k * N_FREE + q] = sum;
        }
    }
}

static void cvodes(int lmm, int how, double rtol)
{
    SUNContext ctx;
    body b = {.jac = room(K->n_jac, sizeof *b.jac), .jp = room(K->n_jp, sizeof *b.jp),
              .dz = room(K->n_state, sizeof *b.dz)};
    double *dz = room(K->n_state, sizeof *dz), *dp = room(K->n_par, sizeof *dp);
    sunindextype n = (sunindextype)K->n_state;
    SUNContext_Create(NULL, &ctx);
    N_Vector z = N_VNew_Serial(n, ctx), *s = N_VCloneVectorArray(N_FREE, z);
    SUNMatrix m = SUNDenseMatrix(n, n, ctx);
    SUNLinearSolver ls = SUNLinSol_Dense(z, m, ctx);
    SUNNonlinearSolver fixed = SUNNonlinSol_FixedPoint(z, 0, ctx), sens = NULL;
    void *cv = CVodeCreate(lmm, ctx);
    N_VConst(1, z);
    for (int q = 0; q < N_FREE; q++)
        N_VConst(0, s[q]);
    int bad = CVodeInit(cv, rate, 0, z) | CVodeSStolerances(cv, rtol, 0.01 * rtol) |
              CVodeSetUserData(cv, &b) | CVodeSetMaxNumSteps(cv, 1000000) |
              CVodeSensInit(cv, N_FREE, how, sensitivity, s) | CVodeSensEEtolerances(cv) |
              CVodeSetSensErrCon(cv, SUNTRUE) |
              CVodeSetSensParams(cv, NULL, (double[N_FREE]){1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, NULL);
    if (lmm == CV_BDF) {
        bad |= CVodeSetLinearSolver(cv, ls, m) | CVodeSetJacFn(cv, jacobian);
    } else if (how == CV_SIMULTANEOUS) {
        sens = SUNNonlinSol_FixedPointSens(N_FREE + 1, z, 0, ctx);
        bad |= CVodeSetNonlinearSolver(cv, fixed) | CVodeSetNonlinearSolverSensSim(cv, sens);
    } else {
        sens = SUNNonlinSol_FixedPointSens(N_FREE, z, 0, ctx);
        bad |= CVodeSetNonlinearSolver(cv, fixed) | CVodeSetNonlinearSolverSensStg(cv, sens);
    }
    if (bad)
        die("CVODES cannot be set up");
    for (size_t p = 0; p < n_people; p++) {
        gs_kernel_to_internal(K, x0 + p * K->n_state, N_VGetArrayPointer(z));
        for (int q = 0; q < N_FREE; q++)
            N_VConst(0, s[q]);
        b.par = par + p * K->n_par;
        for (size_t d = 0; d < n_day; d++) {
            sunrealtype t;
            b.lever = lever + (p * n_day + d) * K->n_lever;
            if (CVodeReInit(cv, 0, z) || CVodeSensReInit(cv, how, s) ||
                CVodeSetStopTime(cv, 1) || CVode(cv, 1, z, &t, CV_NORMAL) < 0 ||
                CVodeGetSens(cv, &t, s))
                die("CVODES fails");
            see_derivatives(N_VGetArrayPointer(z), b.par, b.lever, s, row(dy, p, d), dz, dp);
        }
    }
    CVodeFree(&cv);
    SUNNonlinSolFree(fixed);
    if (sens)
        SUNNonlinSolFree(sens);
    SUNLinSolFree(ls);
    SUNMatDestroy(m);
    N_VDestroyVectorArray(s, N_FREE);
    N_VDestroy(z);
    SUNContext_Free(&ctx);
    free(b.jac);
    free(b.jp);
    free(b.dz);
    free(dz);
    free(dp);
}

static void adams_together(double rtol)
{
    cvodes(CV_ADAMS, CV_SIMULTANEOUS, rtol);
}
static void adams_staggered(double rtol)
{
    cvodes(CV_ADAMS, CV_STAGGERED, rtol);
}
static void bdf_together(double rtol)
{
    cvodes(CV_BDF, CV_SIMULTANEOUS, rtol);
}
static void bdf_staggered(double rtol)
{
    cvodes(CV_BDF, CV_STAGGERED, rtol);
}
#endif

/* ---- set-ups ---- */

typedef struct setup {
    const char *name;
    void (*run)(double how); /* fills dy */
    double how;              /* steps a day, or rtol */
    bool peer, plain;        /* plain: no derivatives */
} setup;

static const setup all[] = {
    {"grid", with_derivatives, 1, false, false},
    {"grid", with_derivatives, 2, false, false},
    {"grid", with_derivatives, 4, false, false},
    {"grid, people in lanes", grid_many, 1, false, false},
    {"grid, people in lanes", grid_many, 2, false, false},
    {"grid, people in lanes", grid_many, 4, false, false},
    {"grid, values alone", values_alone, 1, false, true},
    {"path of one person", path, 1e-5, false, true},
    {"path of one person", path, 1e-3, false, true},
#ifdef HAVE_CVODES
#define TOLERANCES(name, run) \
    {name, run, 1e-1, true, false}, {name, run, 3e-2, true, false}, \
    {name, run, 1e-2, true, false}, {name, run, 1e-3, true, false}, \
    {name, run, 1e-4, true, false}
    TOLERANCES("cvodes adams, simultaneous", adams_together),
    TOLERANCES("cvodes adams, staggered", adams_staggered),
    TOLERANCES("cvodes bdf, simultaneous", bdf_together),
    TOLERANCES("cvodes bdf, staggered", bdf_staggered),
#endif
};
enum { N_SETUP = sizeof all / sizeof *all };

static double error_now(void)
{
    double sum = 0;
    size_t n = 0;
    for (size_t p = 0; p < n_people; p++)
        for (size_t i = 0; i < N_PICK * N_FREE; i++) {
            double off = 0, size = 0;
            for (size_t d = 0; d < n_day; d++) {
                double want = row(ref, p, d)[i], e = row(dy, p, d)[i] - want;
                off += e * e;
                size += want * want;
            }
            if (size > 1e-12 * (double)n_day) { /* a parameter that this signal feels */
                sum += off / size;
                n++;
            }
        }
    return n ? sqrt(sum / (double)n) : NAN;
}

/* least ms of the peers named alike where the error is `want`, straight in logarithms */
static double peer_ms(const char *name, const double *ms, const double *error, double want)
{
    double below = 0, above = HUGE_VAL, mb = NAN, ma = NAN;
    for (size_t s = 0; s < N_SETUP; s++) {
        if (!all[s].peer || strcmp(all[s].name, name) != 0)
            continue;
        if (error[s] <= want && error[s] > below)
            below = error[s], mb = ms[s];
        if (error[s] >= want && error[s] < above)
            above = error[s], ma = ms[s];
    }
    if (isnan(mb) || isnan(ma))
        return isnan(mb) ? (above < 3 * want ? ma : NAN) : (below > want / 3 ? mb : NAN);
    double w = above > below ? log(want / below) / log(above / below) : 0;
    return exp((1 - w) * log(mb) + w * log(ma));
}

int main(int argc, char **argv)
{
    static double t[N_SETUP][MOST_ROUNDS], ms[N_SETUP], error[N_SETUP];
    n_people = 4; /* as many as AVX2 has lanes */
    n_day = 365;
    n_round = 3;
    for (int i = 1; i + 1 < argc; i += 2) {
        size_t v = (size_t)strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--people") == 0)
            n_people = v;
        else if (strcmp(argv[i], "--days") == 0)
            n_day = v;
        else if (strcmp(argv[i], "--rounds") == 0)
            n_round = v < 1 ? 1 : v < MOST_ROUNDS ? v : MOST_ROUNDS;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    K = gs_axis();
    for (size_t q = 0; q < N_FREE; q++)
        free_par[q] = (uint32_t)gs_kernel_par(K, free_name[q]);
    see[0] = (uint32_t)gs_kernel_see(K, "signal_eczema");
    see[1] = (uint32_t)gs_kernel_see(K, "signal_acne");
    make_people();
    dy = room(n_people * n_day * N_PICK * N_FREE, sizeof *dy);
    ref = room(n_people * n_day * N_PICK * N_FREE, sizeof *ref);
#ifdef HAVE_CVODES
    cvodes(CV_BDF, CV_SIMULTANEOUS, 1e-11);
    memcpy(ref, dy, n_people * n_day * N_PICK * N_FREE * sizeof *ref);
#else
    puts("{\"bench\":\"engine grad\",\"case\":\"cvodes\",\"absent\":\"libsundials-dev\"}");
#endif
    double years = (double)n_people * (double)n_day / 365;
    for (size_t round = 0; round < n_round; round++)
        for (size_t s = 0; s < N_SETUP; s++) {
            size_t times = all[s].peer ? 1 : 5;
            double begin = cpu_s();
            for (size_t i = 0; i < times; i++)
                all[s].run(all[s].how);
            t[s][round] = 1e3 * (cpu_s() - begin) / (years * (double)times);
            error[s] = all[s].plain ? NAN : error_now();
        }
    for (size_t s = 0; s < N_SETUP; s++) {
        ms[s] = median(n_round, t[s]);
        printf("{\"bench\":\"engine grad\",\"case\":\"%s\",\"how\":%g,\"ms_a_year\":[%.4g,%.4g,"
               "%.4g]", all[s].name, all[s].how, ms[s], t[s][0], t[s][n_round - 1]);
        if (isfinite(error[s]))
            printf(",\"error\":%.2e", error[s]);
        puts("}");
    }
    for (size_t s = 0; s < N_SETUP; s++) {
        if (all[s].peer || all[s].plain)
            continue;
        double best = HUGE_VAL;
        printf("{\"bench\":\"engine grad\",\"case\":\"%s\",\"how\":%g,\"at_error\":%.2e,\"times\":{",
               all[s].name, all[s].how, error[s]);
        const char *last = "";
        for (size_t q = 0; q < N_SETUP; q++) {
            double theirs = peer_ms(all[q].name, ms, error, error[s]);
            if (!all[q].peer || strcmp(all[q].name, last) == 0 || !isfinite(theirs))
                continue;
            printf("%s\"%s\":%.1f", *last ? "," : "", all[q].name, theirs / ms[s]);
            last = all[q].name;
            best = fmin(best, theirs);
        }
        printf("},\"best_peer\":%.1f,\"in_plain_solves\":{", best / ms[s]);
        for (size_t q = 0, n = 0; q < N_SETUP; q++)
            if (all[q].plain)
                printf("%s\"%s %g\":%.2f", n++ ? "," : "", all[q].name, all[q].how,
                       ms[s] / ms[q]);
        puts("}}");
    }
    return 0;
}
