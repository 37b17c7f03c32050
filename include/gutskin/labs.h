/* Labs: what measured values (stool profiles, blood, sugar test) add to what a diary
 * taught. The fit's draws are lived through the diary's days; each is weighted by how well it
 * foretold the values.
 *
 *     GS_TRY(gs_labs_shift(a, k, obs, fit, false, 1000, pool, &x, err));
 *     for (size_t i = 0; i < x->n_item; i++) x->item[i].before, x->item[i].after
 *
 * A value of channel c on day t is read as  ln v = ln y_c(t) + m_c + e,  y the model's
 * observable, e ~ N(0, ln gsd) the noise of the day and the assay (the model's), and m_c one
 * offset for all values of that channel, N(0, s_c), integrated out exactly. The offset is
 * what the draws do not hold: that methods and laboratories differ, and that people live at
 * levels of their own (src/labs/method.def). One value therefore says little; repeated
 * values say how the channel moved. docs/notes/labs.md */
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

/* One value, as foretold by the draws before. */
typedef struct gs_labs_value {
    const gs_channel *channel;
    int32_t day;
    double value;
    double noise;          /* geometric sd of day and assay */
    double offset;         /* geometric sd of method and person */
    gs_band foretold;      /* of the model's observable, without noise      */
} gs_labs_value;

typedef struct gs_labs {
    size_t n_draw, n_lived;    /* asked for; those that could be lived           */
    double n_effective;        /* draws that carry the weight: 1 / sum w^2       */
    bool ok;                   /* enough of them to show the shift               */
    char why_not[200];
    size_t n_value, n_left;    /* values used; values the model has no observable for */
    const gs_labs_value *value;
    size_t n_item;
    const gs_labs_item *item;  /* observables of the gut and blood, then parameters
                                * that moved most, largest first                 */
    const double *weight;      /* [n_draw], sum 1; 0 where a draw could not be lived */
} gs_labs;

/* The offset's geometric sd for a channel, from src/labs/method.def and the model's spread of
 * people; 1 for channels without. */
double gs_labs_offset(const gs_kernel *k, const char *channel);
/* Log weight of one draw: the exact Gaussian with a shared offset, constants dropped.
 * r [n] log residuals, e their sd, s the offset's sd. */
double gs_labs_loglik(size_t n, const double *r, double e, double s);

/* prior: weigh draws of the prior instead of the fit's. Fails GS_EUSE (no value that the
 * model can say something of), GS_ENOMEM. Cost: n_draw lives of obs->n_day days. */
gs_status gs_labs_shift(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                        bool prior, size_t n_draw, const gs_pool *pool, gs_labs **out,
                        gs_err *err);

#endif
