/* Names to columns. */
#include "cli/view.h"

#include <string.h>

static gs_status split(gs_arena *a, const char *option, const char ***out, size_t *n,
                       gs_err *err)
{
    char *list = gs_arena_strdup(a, option), *save = NULL;
    const char **name = GS_NEW(a, const char *, strlen(option) + 1);
    if (!list || !name)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *n = 0;
    for (char *w = strtok_r(list, ", ", &save); w; w = strtok_r(NULL, ", ", &save))
        name[(*n)++] = w;
    *out = name;
    return *n ? GS_OK : gs_fail(err, GS_EUSE, "--see wants a name, as in --see crp,Y");
}

static gs_status no_such(gs_arena *a, const gs_kernel *k, const char *name, gs_err *err)
{
    size_t n = k->n_see + k->n_state;
    const char **all = GS_NEW(a, const char *, n);
    for (size_t i = 0; all && i < n; i++)
        all[i] = i < k->n_see ? k->see[i].name : k->state[i - k->n_see].name;
    long near = all ? gs_text_nearest(name, n, all) : -1;
    return gs_fail(err, GS_EFOUND, "\"%s\" is no observable and no state of %s%s%s%s", name,
                   k->name, near >= 0 ? "; did you mean \"" : "", near >= 0 ? all[near] : "",
                   near >= 0 ? "\"?" : "");
}

gs_status gs_view_choose(gs_arena *a, const gs_kernel *k, const gs_scenario *sc,
                         const char *option, gs_view *out, gs_err *err)
{
    const char **name = NULL;
    size_t n = sc->n_watch;
    if (option)
        GS_TRY(split(a, option, &name, &n, err));
    gs_view v = {.n = n, .name = GS_NEW(a, const char *, n), .at = GS_NEW(a, size_t, n),
                 .unit = GS_NEW(a, const char *, n), .is_state = GS_NEW(a, bool, n)};
    if (!v.name || !v.at || !v.is_state || !v.unit)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        v.name[i] = name ? name[i] : sc->watch[i];
        long see = gs_kernel_see(k, v.name[i]), state = gs_kernel_state(k, v.name[i]);
        if (see < 0 && state < 0)
            return no_such(a, k, v.name[i], err);
        v.is_state[i] = see < 0;
        v.at[i] = (size_t)(see < 0 ? state : see);
        v.unit[i] = see < 0 ? k->state[state].unit : k->see[see].unit;
    }
    *out = v;
    return GS_OK;
}
