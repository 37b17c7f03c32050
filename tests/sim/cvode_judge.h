/* CVODE (BDF, dense, analytic Jacobian) run day by day: the judge of our integrators.
 * Where SUNDIALS is not installed, HAVE_CVODE is 0 and the tests skip. */
#ifndef CVODE_JUDGE_H
#define CVODE_JUDGE_H

#include "toy.h"

#if defined(__has_include)
#if __has_include(<cvode/cvode.h>) && __has_include(<sunlinsol/sunlinsol_dense.h>)
#define HAVE_CVODE 1
#endif
#endif

#ifdef HAVE_CVODE
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

typedef struct judged {
    const gs_kernel *k;
    const double *par, *lever;
    double *jac, *dz;
} judged;

static int judge_rhs(sunrealtype t, N_Vector z, N_Vector dz, void *user)
{
    judged *j = user;
    (void)t;
    j->k->rhs(j->k, N_VGetArrayPointer(z), j->par, j->lever, N_VGetArrayPointer(dz));
    return 0;
}

static int judge_jac(sunrealtype t, N_Vector z, N_Vector f, SUNMatrix m, void *user,
                     N_Vector a, N_Vector b, N_Vector c)
{
    judged *j = user;
    (void)t, (void)f, (void)a, (void)b, (void)c;
    j->k->jac(j->k, N_VGetArrayPointer(z), j->par, j->lever, j->dz, j->jac, NULL);
    SUNMatZero(m);
    for (size_t e = 0; e < j->k->n_jac; e++)
        SM_ELEMENT_D(m, j->k->jac_row[e], j->k->jac_col[e]) = j->jac[e];
    return 0;
}

/* out_x [(n_day+1) x n_state] natural; restarted at each midnight */
static void judge_path(const gs_kernel *k, const double *par, const double *x0,
                       size_t n_day, const double *lever, double rtol, double atol,
                       double *out_x)
{
    SUNContext ctx;
    judged j = {.k = k, .par = par};
    sunindextype n = (sunindextype)k->n_state;
    j.jac = calloc(k->n_jac, sizeof *j.jac);
    j.dz = calloc(k->n_state, sizeof *j.dz);
    assert_int_equal(SUNContext_Create(NULL, &ctx), 0);
    N_Vector z = N_VNew_Serial(n, ctx);
    SUNMatrix m = SUNDenseMatrix(n, n, ctx);
    SUNLinearSolver ls = SUNLinSol_Dense(z, m, ctx);
    void *cv = CVodeCreate(CV_BDF, ctx);
    gs_kernel_to_internal(k, x0, N_VGetArrayPointer(z));
    memcpy(out_x, x0, k->n_state * sizeof *out_x);
    j.lever = lever;
    assert_int_equal(CVodeInit(cv, judge_rhs, 0, z), 0);
    assert_int_equal(CVodeSStolerances(cv, rtol, atol), 0);
    assert_int_equal(CVodeSetLinearSolver(cv, ls, m), 0);
    assert_int_equal(CVodeSetJacFn(cv, judge_jac), 0);
    assert_int_equal(CVodeSetUserData(cv, &j), 0);
    assert_int_equal(CVodeSetMaxNumSteps(cv, 1000000), 0);
    for (size_t d = 0; d < n_day; d++) {
        sunrealtype t;
        j.lever = lever + d * k->n_lever;
        assert_int_equal(CVodeReInit(cv, 0, z), 0);
        assert_int_equal(CVodeSetStopTime(cv, 1), 0);
        assert_true(CVode(cv, 1, z, &t, CV_NORMAL) >= 0);
        gs_kernel_to_natural(k, N_VGetArrayPointer(z), out_x + (d + 1) * k->n_state);
    }
    CVodeFree(&cv);
    SUNLinSolFree(ls);
    SUNMatDestroy(m);
    N_VDestroy(z);
    SUNContext_Free(&ctx);
    free(j.jac);
    free(j.dz);
}
#endif
#endif
