/* The people in the lanes of a vector, whatever steps them: what ros.c and exp.c have in
 * common. Included after gutskin/vec.h, once for every CPU level and precision.
 *
 * `people` begins with the gs_vec that others see and is itself the beginning of a method's own
 * struct, so that one pointer serves all three. */
#ifndef GS_SIM_VEC_PEOPLE_H
#define GS_SIM_VEC_PEOPLE_H

#include "sim/vec.h"
#include "sim/vec/lay.h"

typedef struct people {
    gs_vec base;
    size_t n;                    /* states */
    V *z;                        /* [n] internal coordinates */
    V *c, *par, *lever, *x, *y;  /* day values; inputs; what came out */
    V *tol_a, *tol_r;            /* [n] tolerance = a + r |z| */
    double *one;                 /* scalar column for events */
    bool day_stale;              /* c is not of these levers */
    bool fresh;                  /* the method's own values at z are right */
    bool x_ready, y_ready;
} people;

/* Empty lanes live on the typical adult's numbers. False: no memory. */
VEC bool people_make(people *p, gs_arena *a, const gs_kernel *k, const gs_lanes *l,
                     const gs_sim_opts *o)
{
    const size_t n = k->n_state;
    const wanted want[] = {{&p->z, n}, {&p->c, l->n_c}, {&p->par, k->n_par},
                           {&p->lever, k->n_lever}, {&p->x, n}, {&p->y, k->n_see},
                           {&p->tol_a, n}, {&p->tol_r, n}};
    p->one = GS_NEW(a, double, n + k->n_par + k->n_lever + 1);
    if (!p->one || !LAY(a, want))
        return false;
    p->base = (gs_vec){.k = k, .lanes = l, .o = *o};
    p->n = n;
    for (size_t i = 0; i < n; i++) {
        bool is_log = k->state[i].is_log;
        p->tol_a[i] = K(is_log ? o->atol + o->rtol : o->atol);
        p->tol_r[i] = K(is_log ? 0 : o->rtol);
        p->z[i] = K(is_log ? log(k->state[i].start) : k->state[i].start);
    }
    for (size_t i = 0; i < k->n_par; i++)
        p->par[i] = K(k->par[i].value);
    for (size_t i = 0; i < k->n_lever; i++)
        p->lever[i] = K(k->lever[i].habit);
    p->day_stale = true;
    return true;
}

VEC void people_load(people *p, size_t lane, const double *par, const double *x0)
{
    const gs_kernel *k = p->base.k;
    for (size_t i = 0; i < k->n_par; i++)
        COLUMN(p->par, i, lane) = (T)par[i];
    for (size_t i = 0; i < p->n; i++)
        COLUMN(p->z, i, lane) = (T)(k->state[i].is_log ? log(x0[i]) : x0[i]);
    p->day_stale = true;
    p->fresh = p->x_ready = p->y_ready = false;
}

/* A lane's new levers, and its events, by the scalar kernel. */
VEC void people_day(people *p, size_t lane, const double *levers)
{
    const gs_kernel *k = p->base.k;
    double *z = p->one, *par = z + p->n, *lever = par + k->n_par;
    for (size_t i = 0; i < k->n_lever; i++)
        COLUMN(p->lever, i, lane) = (T)levers[i];
    p->day_stale = true;
    p->fresh = false;
    if (!k->events)
        return;
    for (size_t i = 0; i < p->n; i++)
        z[i] = (double)COLUMN(p->z, i, lane);
    for (size_t i = 0; i < k->n_par; i++)
        par[i] = (double)COLUMN(p->par, i, lane);
    for (size_t i = 0; i < k->n_lever; i++)
        lever[i] = (double)COLUMN(p->lever, i, lane);
    if (k->events(k, z, par, lever) == 0)
        return;
    for (size_t i = 0; i < p->n; i++)
        COLUMN(p->z, i, lane) = (T)z[i];
}

VEC void people_morning(people *p)
{
    if (p->day_stale)
        p->base.lanes->day(p->par, p->lever, p->c);
    p->day_stale = false;
}

/* What came out is worked out for all lanes when the first one asks. */
static void people_state(gs_vec *v, size_t lane, double *out_x)
{
    people *p = (people *)(void *)v;
    if (!p->x_ready)
        v->lanes->natural(p->z, p->x);
    p->x_ready = true;
    for (size_t i = 0; i < p->n; i++)
        out_x[i] = (double)COLUMN(p->x, i, lane);
}

static void people_seen(gs_vec *v, size_t lane, double *out_y)
{
    people *p = (people *)(void *)v;
    if (!p->y_ready) {
        people_morning(p);
        v->lanes->seen(p->z, p->c, p->y);
    }
    p->y_ready = true;
    for (size_t i = 0; i < v->k->n_see; i++)
        out_y[i] = (double)COLUMN(p->y, i, lane);
}

#endif
