/* Loading a model: shipped, interpreted, or a shared object made by `model compile`. */
#include "cli/load.h"

#include "gutskin/cpu.h"
#include "gutskin/modelc.h"
#include "gutskin/unit.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gs_status gs_load_spec(gs_arena *a, const char *path, gs_spec **out, gs_err *err)
{
    char *text = NULL;
    size_t n = 0;
    gs_units *units = NULL;
    gs_status st = gs_text_read_file(path, 8u << 20, &text, &n, err);

    if (st == GS_OK)
        st = gs_spec_parse(a, path, text, n, out, err);
    if (st == GS_OK)
        st = gs_units_new(&units, err);
    if (st == GS_OK) {
        gs_unit_ops ops = gs_units_ops(units);
        st = gs_spec_check_units(*out, &ops, err);
    }
    gs_units_free(units);
    free(text);
    return st;
}

static gs_status load_object(const char *path, const gs_kernel **out, gs_err *err)
{
    const gs_kernel *(*get)(void) = NULL;
    char here[4096];
    /* a name without a slash would be looked for among the system's libraries */
    snprintf(here, sizeof here, "%s%s", strchr(path, '/') ? "" : "./", path);
    void *so = dlopen(here, RTLD_NOW | RTLD_LOCAL); /* open as long as the program runs */
    const unsigned *abi = so ? dlsym(so, "gs_model_kernel_abi") : NULL;
    const int *cpu = so ? dlsym(so, "gs_model_kernel_cpu") : NULL;
    void *symbol = so ? dlsym(so, "gs_model_kernel") : NULL;

    if (!so)
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL, "this model object cannot be loaded: %s",
                          dlerror());
    if (!abi || !symbol || *abi != GS_KERNEL_ABI) {
        dlclose(so);
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL, abi && symbol
                          ? "this model object was made for another version of gutskin; make "
                            "it again: gutskin model compile --so"
                          : "this is no model object; make one: gutskin model compile --so");
    }
    if (cpu && *cpu > (int)gs_cpu_widest()) {
        const char *needs = gs_cpu_name((gs_cpu)*cpu);
        dlclose(so);
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL, "this model object was made for a CPU "
                          "with %s; make it again here: gutskin model compile --so", needs);
    }
    memcpy(&get, &symbol, sizeof get);
    *out = get();
    return GS_OK;
}

static bool ends_in_so(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && strcmp(path + n - 3, ".so") == 0;
}

gs_status gs_load_kernel_form(gs_arena *a, const char *path, gs_load_form form,
                              const gs_kernel **out, gs_err *err)
{
    gs_modelc_opts o = GS_MODELC_OPTS;
    gs_err refusal = {0};
    gs_spec *spec;
    gs_kernel *k;

    if (!path || !*path) {
        *out = form == GS_LOAD_SLAVED ? gs_axis_slaved() : gs_axis();
        return GS_OK;
    }
    if (ends_in_so(path))
        return load_object(path, out, err);
    GS_TRY(gs_load_spec(a, path, &spec, err));
    o.slave = form == GS_LOAD_SLAVED;
    gs_status st = gs_modelc_interpret(a, spec, &o, &k, &refusal);
    if (st == GS_EPARSE && o.slave) {
        o.slave = false;
        st = gs_modelc_interpret(a, spec, &o, &k, &refusal);
    }
    if (st != GS_OK) {
        if (err)
            *err = refusal;
        return st;
    }
    *out = k;
    return GS_OK;
}

gs_status gs_load_kernel(gs_arena *a, const char *path, const gs_kernel **out, gs_err *err)
{
    return gs_load_kernel_form(a, path, GS_LOAD_SLAVED, out, err);
}
