/* The pool, scored: what every arm shows at every visit, and how arms differ. */
#include "trial/pool.h"

#include "infer/num.h"
#include <stdlib.h>
#include <string.h>

typedef struct observing {
    const gs_trial *t;
    const gs_trial_pool *p;
    const gs_trial_terms *terms;
    gs_trial_cell *cell;
    gs_status *status; /* [n_draw] */
    size_t *unfit;     /* [n_draw] nobody like this fits the window */
} observing;

/* sums of one arm and visit */
typedef struct tally {
    double all, in, y, yy, c, cc, p, pp, n_p, signal, responder;
    double *score; /* of those still there */
    size_t n_score;
} tally;

static double still_in(const gs_trial *t, size_t arm, double dt)
{
    double whole = (double)slot_day(t, (t->how == GS_TRIAL_CROSSOVER ? 2 : 1) * t->n_visit - 1);
    return pow(1 - t->arm[arm].dropout, dt / whole);
}

static void add(tally *a, const scorer *s, double first, double score, double signal, bool gone)
{
    a->all++;
    a->signal += signal;
    if (gone)
        return;
    double c = score - first;
    a->in++;
    a->y += score;
    a->yy += score * score;
    a->c += c;
    a->cc += c * c;
    if (first > 0) {
        a->p += 100 * c / first;
        a->pp += 1e4 * c * c / (first * first);
        a->n_p++;
    }
    a->responder += scorer_responds(s, first, score);
    a->score[a->n_score++] = score;
}

static double sd(double n, double sum, double squares)
{
    return n > 1 ? sqrt(fmax(squares - sum * sum / n, 0) / (n - 1)) : NAN;
}

static void cell_from(tally *a, gs_trial_cell *c)
{
    static const double at[5] = {0.05, 0.25, 0.5, 0.75, 0.95};
    double n = a->in;
    *c = (gs_trial_cell){
        .in = a->all > 0 ? n / a->all : NAN,
        .mean = a->y / n,
        .sd = sd(n, a->y, a->yy),
        .change = a->c / n,
        .change_sd = sd(n, a->c, a->cc),
        .percent = a->p / a->n_p,
        .percent_sd = sd(a->n_p, a->p, a->pp),
        .signal = a->signal / a->all,
        .responder = a->all > 0 ? a->responder / a->all : NAN,
    };
    num_sort(a->n_score, a->score);
    for (size_t i = 0; i < 5; i++)
        c->q[i] = a->n_score ? num_quantile_sorted(a->n_score, a->score, at[i]) : NAN;
}

/* one person in one order of the arms; the numbers in z and the raters' streams are the
 * same in every order */
static void observe_order(const observing *o, const scorer *s, size_t draw, size_t person,
                          size_t order, const entrant *e, const double *z, const double *u,
                          tally *all)
{
    const gs_trial *t = o->t;
    const gs_trial_pool *p = o->p;
    const double *signal = pool_signal(p, draw, person, order);
    uint64_t id = pool_id(p, draw, person);
    double w = e->wander, last = 0;
    bool gone = false;
    for (size_t i = 0; i < p->n_slot; i++) {
        size_t arm = pool_arm(p, order, i / p->n_visit);
        double day = (double)slot_day(t, i),
               move = scorer_signal(s, signal[i]) + pool_beyond(p, t, draw, order, i);
        w = entrant_wander(s, w, day - last, z[i]);
        gone |= u[i] > still_in(t, arm, day - last);
        last = day;
        gs_rng r = gs_rng_stream(t->seed, id * 2 * MOST_VISIT + i, "trial rater");
        double latent = e->level + w + move + entrant_course(s, e, t->arm[arm].placebo, day);
        double score = i == 0 ? e->first : scorer_score(s, latent, &r);
        add(&all[arm * p->n_visit + i % p->n_visit], s, e->first, score, move, gone);
    }
}

static void observe_onset(const observing *o, size_t draw, size_t person, tally *all)
{
    const gs_trial *t = o->t;
    const gs_trial_pool *p = o->p;
    gs_rng r = gs_rng_stream(t->seed, pool_id(p, draw, person), "trial dropout");
    double u = gs_rng_uniform(&r);
    for (size_t arm = 0; arm < p->n_order; arm++) {
        if (!pool_lived(p, person, arm))
            continue;
        int32_t day = p->onset[(draw * p->n_person + person) * p->n_order + arm];
        for (size_t v = 0; v < p->n_visit; v++) {
            tally *a = &all[arm * p->n_visit + v];
            bool hit = day > 0 && day <= t->visit[v];
            a->all++;
            a->in += u <= still_in(t, arm, (double)t->visit[v]);
            a->responder += hit;
        }
    }
}

static void onset_cell(const tally *a, gs_trial_cell *c)
{
    double q = a->responder / a->all;
    *c = (gs_trial_cell){.in = a->in / a->all, .mean = q, .sd = sqrt(q * (1 - q)), .change = q,
                         .change_sd = sqrt(q * (1 - q)), .percent = 100 * q,
                         .percent_sd = NAN, .responder = q, .q = {NAN, NAN, NAN, NAN, NAN}};
}

static void observe_people(const observing *o, size_t draw, tally *all)
{
    const gs_trial_pool *p = o->p;
    scorer s = scorer_make(o->t, p->k, o->terms ? &o->terms[draw] : NULL, &p->terms[draw]);
    double z[2 * MOST_VISIT], u[2 * MOST_VISIT];
    for (size_t i = 0; i < p->n_person; i++) {
        if (p->onset) {
            observe_onset(o, draw, i, all);
            continue;
        }
        entrant e;
        gs_rng r = gs_rng_stream(o->t->seed, pool_id(p, draw, i), "trial entry");
        if (!entrant_draw(&s, p->base[draw * p->n_person + i], &r, &e)) {
            o->unfit[draw]++;
            continue;
        }
        r = gs_rng_stream(o->t->seed, pool_id(p, draw, i), "trial course");
        for (size_t j = 0; j < p->n_slot; j++) {
            z[j] = gs_rng_normal(&r);
            u[j] = gs_rng_uniform(&r);
        }
        for (size_t order = 0; order < p->n_order; order++)
            if (pool_lived(p, i, order))
                observe_order(o, &s, draw, i, order, &e, z, u, all);
    }
}

static void observe_draw(void *ctx, size_t draw)
{
    const observing *o = ctx;
    const gs_trial_pool *p = o->p;
    size_t n = p->n_arm * p->n_visit, most = 2 * p->n_person + 1;
    tally *all = calloc(n, sizeof *all);
    double *score = malloc(n * most * sizeof *score);
    o->status[draw] = all && score ? GS_OK : GS_ENOMEM;
    if (all && score) {
        for (size_t i = 0; i < n; i++)
            all[i].score = score + i * most;
        observe_people(o, draw, all);
        for (size_t i = 0; i < n; i++) {
            gs_trial_cell *c = &o->cell[draw * n + i];
            if (p->onset)
                onset_cell(&all[i], c);
            else
                cell_from(&all[i], c);
        }
    }
    free(all);
    free(score);
}

gs_status gs_trial_observe(const gs_trial *t, const gs_trial_pool *p,
                           const gs_trial_terms *terms, const gs_pool *pool,
                           gs_trial_cell *cell, gs_err *err)
{
    observing o = {.t = t, .p = p, .terms = terms, .cell = cell};
    if (t->n_arm != p->n_arm || t->n_visit != p->n_visit ||
        (t->how == GS_TRIAL_CROSSOVER) != p->crossover ||
        (t->kind == GS_TRIAL_ONSET) != (p->onset != NULL))
        return gs_fail(err, GS_EUSE, "this pool lived through another design");
    o.status = calloc(p->n_draw, sizeof *o.status);
    o.unfit = calloc(p->n_draw, sizeof *o.unfit);
    gs_status st = o.status && o.unfit ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory");
    if (st == GS_OK)
        gs_pool_run(pool, p->n_draw, observe_draw, &o);
    size_t unfit = 0;
    for (size_t d = 0; d < p->n_draw && st == GS_OK; d++) {
        unfit += o.unfit[d];
        if (o.status[d] != GS_OK)
            st = gs_fail(err, o.status[d], "out of memory");
    }
    if (st == GS_OK && unfit * 10 > p->n_draw * p->n_person)
        st = gs_fail(err, GS_ERANGE, "hardly anybody scores %g to %g, the window of this "
                                     "trial; ask for another usual score or spread",
                     t->entry_lo, t->entry_hi);
    free(o.status);
    free(o.unfit);
    return st;
}

/* ---- contrasts ---- */

static gs_trial_band band(size_t n, double *x, double single_mc)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        squares += x[i] * x[i];
    }
    gs_trial_band b = {.mean = sum / (double)n};
    b.mc = n >= 8 ? sd((double)n, sum, squares) / sqrt((double)n) : single_mc;
    num_sort(n, x);
    b.lo = num_quantile_sorted(n, x, 0.05);
    b.hi = num_quantile_sorted(n, x, 0.95);
    return b;
}

/* unpaired, so too large: the same people live both arms */
static double loose_mc(const gs_trial_pool *p, const gs_trial_cell *a, const gs_trial_cell *b)
{
    double n = (double)(p->n_person * p->n_draw) / (p->one_arm ? (double)p->n_arm : 1);
    return sqrt((a->change_sd * a->change_sd + b->change_sd * b->change_sd) / n);
}

static void contrast(const gs_trial_pool *p, const gs_trial_cell *cell, size_t arm, size_t v,
                     double *x, gs_trial_contrast *out)
{
    size_t n = p->n_draw, stride = p->n_arm * p->n_visit;
    const gs_trial_cell *c0 = cell + v, *c1 = cell + arm * p->n_visit + v;
    double r0 = 0, r1 = 0, mc = loose_mc(p, c0, c1);
#define OVER_DRAWS(what)                                                                  \
    for (size_t d = 0; d < n; d++)                                                        \
        x[d] = c1[d * stride].what - c0[d * stride].what
    OVER_DRAWS(change);
    out->diff = band(n, x, mc);
    OVER_DRAWS(percent);
    out->percent = band(n, x, NAN);
    OVER_DRAWS(signal);
    out->effect = band(n, x, NAN);
    OVER_DRAWS(responder);
    out->rd = band(n, x, NAN);
#undef OVER_DRAWS
    for (size_t d = 0; d < n; d++) {
        r0 += c0[d * stride].responder;
        r1 += c1[d * stride].responder;
        x[d] = c1[d * stride].responder / c0[d * stride].responder;
    }
    out->rr = band(n, x, NAN);
    out->rr.mean = r1 / r0;
    out->nnt = 1 / fabs(out->rd.mean);
    out->nnt_lo = 1 / out->rd.hi;
    out->nnt_hi = 1 / out->rd.lo;
}

gs_status gs_trial_contrasts(const gs_trial *t, const gs_trial_pool *p,
                             const gs_trial_cell *cell, gs_trial_contrast *out, gs_err *err)
{
    double *x = malloc((p->n_draw + 1) * sizeof *x);
    (void)t;
    if (!x)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t a = 1; a < p->n_arm; a++)
        for (size_t v = 0; v < p->n_visit; v++)
            contrast(p, cell, a, v, x, &out[(a - 1) * p->n_visit + v]);
    free(x);
    return GS_OK;
}
