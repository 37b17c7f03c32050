/* Labs: what measured values (stool profiles, blood, sugar test) add to what a diary
 * taught: the same person before and after they were heard.
 *
 *     GS_TRY(gs_labs_shift(a, k, obs, fit, &o, pool, &x, err));
 *     if (x->ok)
 *         for (size_t i = 0; i < x->n_item; i++) x->item[i].before, x->item[i].after
 *
 * The values are part of the fit's likelihood (infer.h, gs_value). "After" is the fit. "Before"
 * is the same draws, each weighted by one over the likelihood it gave the values: exact, and
 * found out (n_effective) where too few draws carry the weight; then a fit of the table without
 * its values stands for "before". docs/notes/labs.md */
#ifndef GUTSKIN_LABS_H
#define GUTSKIN_LABS_H

#include "gutskin/infer.h"

/* One number before and after the values were heard. */
typedef struct gs_labs_item {
    const char *name, *unit, *doc;
    bool is_par;           /* a personal parameter; else an observable on the last value's day */
    gs_band before, after;
    double moved;          /* change of the mean in sd's before                     */
    double narrowed;       /* 1 - width after / width before, of 90%: the share learned */
} gs_labs_item;

typedef struct gs_labs_value {
    gs_value v;
    gs_band foretold;      /* of the model's observable before, without noise; NaN if not heard */
    gs_band expected;      /* of a value measured so: noise and offset included */
} gs_labs_value;

typedef struct gs_labs {
    size_t n_draw, n_lived;    /* asked for; those that could be lived           */
    double n_effective;        /* draws that carry the weight: 1 / sum w^2       */
    bool ok;                   /* enough of them to show the shift               */
    char why_not[200];
    size_t n_value, n_heard;   /* all values of the table; the first n_heard were heard */
    const gs_labs_value *value;
    size_t n_item;
    const gs_labs_item *item;  /* observables, then parameters, each largest move first */
    const double *weight;      /* [n_draw], sum 1; 0 where a draw could not be lived. Of
                                * "before" (of "after" with prior); NULL with `without` */
} gs_labs;

typedef struct gs_labs_opts {
    size_t n_draw;             /* draws lived */
    bool prior;                /* the prior's draws instead of the fit's: "before" is what was
                                * believed before the diary, "after" adds the values alone */
    const gs_obs *obs_without; /* the table without values, and its fit: NULL, or what */
    const gs_fit *without;     /* stands for "before"                                  */
} gs_labs_opts;
#define GS_LABS_OPTS ((gs_labs_opts){.n_draw = 1000})

/* Does a list for people show this item? Of observables, guild shares, blood, the sugar test
 * and the signal of the condition; the i_par-th of the parameters when it moved enough. */
bool gs_labs_shows(const gs_labs_item *x, size_t i_par, gs_condition condition);

/* Where no value was heard: GS_OK, ok == false and no items. Fails GS_EUSE (the fit is of
 * another table), GS_ENOMEM. Cost: n_draw lives of obs->n_day days. */
gs_status gs_labs_shift(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                        const gs_labs_opts *o, const gs_pool *pool, gs_labs **out,
                        gs_err *err);

#endif
