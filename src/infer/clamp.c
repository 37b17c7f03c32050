/* The held switch, clamp.h: callbacks that ask the inner kernel and overrule one row. */
#include "infer/clamp.h"

#include <math.h>
#include <string.h>

typedef struct clamp {
    gs_kernel k; /* first: callbacks get its address */
    const gs_kernel *inner;
    size_t state, tau;
    double at;
    gs_held held;
    double *dz, *jac, *jp; /* scratch: the drive's own look at the equations */
} clamp;

static const clamp *of(const gs_kernel *k)
{
    return (const clamp *)(const void *)k;
}

static void held_rhs(const gs_kernel *k, const double *z, const double *par,
                     const double *lever, double *dz)
{
    const clamp *c = of(k);
    c->inner->rhs(c->inner, z, par, lever, dz);
    dz[c->state] = c->at - z[c->state];
}

static void held_jac(const gs_kernel *k, const double *z, const double *par,
                     const double *lever, double *dz, double *j, double *jp)
{
    const clamp *c = of(k);
    c->inner->jac(c->inner, z, par, lever, dz, j, jp);
    dz[c->state] = c->at - z[c->state];
    for (size_t e = 0; e < k->n_jac; e++)
        if (k->jac_row[e] == c->state)
            j[e] = k->jac_col[e] == c->state ? -1 : 0;
    for (size_t e = 0; jp && e < k->n_jp; e++)
        if (k->jp_row[e] == c->state)
            jp[e] = 0;
}

/* target = Y + tau Y', kept inside (0, 1) */
static double target_of(const clamp *c, const double *z, const double *par,
                        const double *dz)
{
    double t = z[c->state] + par[c->tau] * dz[c->state];
    return fmin(fmax(t, 1e-12), 1 - 1e-12);
}

static void held_seen(const gs_kernel *k, const double *z, const double *par,
                      const double *lever, double *y)
{
    const clamp *c = of(k);
    c->inner->seen(c->inner, z, par, lever, y);
    c->inner->rhs(c->inner, z, par, lever, c->dz);
    double t = target_of(c, z, par, c->dz);
    y[k->n_see - 1] = log(t) - log1p(-t);
}

static void held_seen_grad(const gs_kernel *k, size_t i_see, const double *z,
                           const double *par, const double *lever, double *dy_dz,
                           double *dy_dp)
{
    const clamp *c = of(k);
    if (i_see + 1 < k->n_see) {
        c->inner->seen_grad(c->inner, i_see, z, par, lever, dy_dz, dy_dp);
        return;
    }
    c->inner->jac(c->inner, z, par, lever, c->dz, c->jac, c->jp);
    double t = target_of(c, z, par, c->dz), by = 1 / (t * (1 - t)), tau = par[c->tau];
    memset(dy_dz, 0, k->n_state * sizeof *dy_dz);
    memset(dy_dp, 0, k->n_par * sizeof *dy_dp);
    dy_dz[c->state] = by;
    for (size_t e = 0; e < k->n_jac; e++)
        if (k->jac_row[e] == c->state)
            dy_dz[k->jac_col[e]] += by * tau * c->jac[e];
    for (size_t e = 0; e < k->n_jp; e++)
        if (k->jp_row[e] == c->state)
            dy_dp[k->jp_par[e]] += by * tau * c->jp[e];
}

static size_t held_events(const gs_kernel *k, double *z, const double *par,
                          const double *lever)
{
    const clamp *c = of(k);
    return c->inner->events(c->inner, z, par, lever);
}

static size_t held_events_grad(const gs_kernel *k, double *z, const double *par,
                               const double *lever, double *jz, double *jp)
{
    const clamp *c = of(k);
    return c->inner->events_grad(c->inner, z, par, lever, jz, jp);
}

gs_kernel *clamp_new(gs_arena *a, const gs_kernel *k, size_t state, size_t tau, double at)
{
    clamp *c = GS_NEW(a, clamp, 1);
    gs_see_info *see = GS_NEW(a, gs_see_info, k->n_see + 1);
    if (!c || !see)
        return NULL;
    memcpy(see, k->see, k->n_see * sizeof *see);
    see[k->n_see] = (gs_see_info){.name = "drive", .unit = "1", .cite = "",
                                  .doc = "log odds of where the held state would go"};
    *c = (clamp){.k = *k, .inner = k, .state = state, .tau = tau, .at = at,
                 .dz = GS_NEW(a, double, k->n_state), .jac = GS_NEW(a, double, k->n_jac + 1),
                 .jp = GS_NEW(a, double, k->n_jp + 1)};
    if (!c->dz || !c->jac || !c->jp)
        return NULL;
    c->held = (gs_held){.state = state, .tau = tau, .at = at};
    c->k.held = &c->held;
    c->k.see = see;
    c->k.n_see = k->n_see + 1;
    c->k.rhs = held_rhs;
    c->k.jac = held_jac;
    c->k.seen = held_seen;
    c->k.seen_grad = held_seen_grad;
    c->k.events = k->events ? held_events : NULL;
    c->k.events_grad = k->events_grad ? held_events_grad : NULL;
    c->k.n_fast = 0;
    c->k.fast_seen = NULL;
    return &c->k;
}
