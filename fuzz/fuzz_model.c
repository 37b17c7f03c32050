/* The model language: any bytes are parsed, checked, and, if they are a model,
 * interpreted and compiled. Promises held here beyond "no crash": a refusal has a
 * sentence, a kernel writes every number it owes, the two Jacobian patterns keep order. */
#include "gutskin/modelc.h"
#include "gutskin/unit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gs_units *units; /* renewed now and then: it remembers every unit it met */
static size_t n_input;

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_refusal(gs_status st, const gs_err *err)
{
    char say[900];
    check(st != GS_OK && err->code == st && err->msg[0] != 0);
    check(strlen(gs_err_text(err, say, sizeof say)) > 0);
}

static void run_kernel(gs_arena *a, const gs_kernel *k)
{
    size_t n = k->n_state;
    double *x = GS_NEW(a, double, 4 * n + k->n_par + k->n_lever + k->n_see + k->n_jac + k->n_jp + 1);
    if (!x)
        return;
    double *z = x + n, *dz = z + n, *dy = dz + n, *par = dy + n, *lever = par + k->n_par;
    double *y = lever + k->n_lever, *j = y + k->n_see, *jp = j + k->n_jac;
    gs_kernel_defaults(k, par, lever, x);
    gs_kernel_to_internal(k, x, z);
    k->rhs(k, z, par, lever, dz);
    k->jac(k, z, par, lever, dz, j, jp);
    k->seen(k, z, par, lever, y);
    double *dp = GS_NEW(a, double, k->n_par + 1);
    if (k->n_see && dp)
        k->seen_grad(k, k->n_see - 1, z, par, lever, dy, dp);
    if (k->events)
        k->events(k, z, par, lever);
    for (size_t e = 1; e < k->n_jac; e++)
        check(k->jac_row[e - 1] < k->jac_row[e] ||
              (k->jac_row[e - 1] == k->jac_row[e] && k->jac_col[e - 1] < k->jac_col[e]));
}

static void compile(gs_arena *a, const gs_spec *spec, bool slave, size_t size)
{
    gs_modelc_opts o = GS_MODELC_OPTS;
    gs_err err = {0};
    gs_kernel *k;
    gs_buf c = {0};
    o.slave = slave;
    gs_status st = gs_modelc_interpret(a, spec, &o, &k, &err);
    if (st == GS_OK)
        run_kernel(a, k);
    else
        check_refusal(st, &err);
    if (st == GS_OK && size < 8192) {
        err = (gs_err){0};
        st = gs_modelc_emit(spec, &o, &c, &err);
        if (st != GS_OK)
            check_refusal(st, &err);
    }
    gs_buf_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gs_arena *a = gs_arena_new(256u << 20);
    gs_err err = {0};
    gs_spec *spec;
    if (n_input++ % 512 == 0) {
        gs_units_free(units);
        if (gs_units_new(&units, &err) != GS_OK)
            abort();
    }
    gs_status st = gs_spec_parse(a, "fuzz.gs", (const char *)data, size, &spec, &err);
    if (st == GS_OK) {
        gs_unit_ops ops = gs_units_ops(units);
        gs_err unit_err = {0};
        st = gs_spec_check_units(spec, &ops, &unit_err);
        if (st != GS_OK)
            check_refusal(st, &unit_err);
        compile(a, spec, false, size);
        compile(a, spec, true, size);
        gs_buf show = {0};
        if (gs_modelc_show(spec, n_input % 2, &show, &err) == GS_OK)
            check(show.len > 0);
        gs_buf_free(&show);
    } else {
        check_refusal(st, &err);
    }
    gs_arena_free(a);
    return 0;
}
