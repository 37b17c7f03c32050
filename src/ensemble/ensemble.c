/* A piece of an ensemble: draw its people, settle each where they have always lived, and
 * follow them together (gs_sim_batch). */
#include "gutskin/ensemble.h"

#include "gutskin/rng.h"
#include "infer/prior.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t gs_ensemble_n_row(const gs_ensemble *e)
{
    return (e->sc->n_day + e->every - 1) / e->every;
}

size_t gs_ensemble_day(const gs_ensemble *e, size_t row)
{
    size_t day = (row + 1) * e->every;
    return day < e->sc->n_day ? day : e->sc->n_day;
}

size_t gs_ensemble_width(const gs_ensemble *e)
{
    return gs_ensemble_n_row(e) * e->n_view;
}

size_t gs_ensemble_n_piece(const gs_ensemble *e)
{
    return (e->n + GS_ENSEMBLE_PIECE - 1) / GS_ENSEMBLE_PIECE;
}

size_t gs_ensemble_n_in(const gs_ensemble *e, size_t piece)
{
    size_t left = e->n - piece * GS_ENSEMBLE_PIECE;
    return left < GS_ENSEMBLE_PIECE ? left : GS_ENSEMBLE_PIECE;
}

/* The prior of a risk is over people who have the condition; who does not have it keeps
 * the scenario's. */
static bool not_theirs(const gs_scenario_person *p, const char *name)
{
    char risk[64];
    for (size_t c = 0; c < GS_N_CONDITION; c++) {
        snprintf(risk, sizeof risk, "risk_%s", gs_condition_name((gs_condition)c));
        if (strcmp(risk, name) == 0)
            return !p->has[c];
    }
    return false;
}

void gs_ensemble_par(const gs_ensemble *e, size_t i, double *out_par)
{
    const gs_scenario_person *p = &e->sc->person[e->who];
    gs_rng rng = gs_rng_stream(e->seed, i, "ensemble parameters");
    for (size_t j = 0; j < e->k->n_par; j++) {
        const gs_par_info *info = &e->k->par[j];
        out_par[j] = p->par[j];
        if (!info->personal || info->prior.kind == GS_DIST_NONE ||
            info->prior.kind == GS_DIST_NEGBINOMIAL)
            continue;
        /* drawn even when the scenario overrules it: the others keep their numbers */
        prior pr = prior_make(info->prior, info->lo, info->hi);
        double x = prior_draw(&pr, &rng);
        if (!p->said[j] && !not_theirs(p, info->name))
            out_par[j] = x;
    }
}

typedef struct piece {
    const gs_ensemble *e;
    size_t first;  /* first person */
    double *par;   /* [n_in x n_par] */
    double *x0;    /* [n_in x n_state] */
    double *lever; /* [n_in x n_day x n_lever] */
    double *habit; /* [n_in x n_lever] */
    gs_status *at_rest; /* [n_in] not GS_OK: no resting state */
    double *out;   /* [n_in x width] */
    gs_sim **sim;  /* [n_job] */
    size_t n_in, n_job;
} piece;

/* What person i (of the piece) is, how they live, and where settling begins. */
static void draw_one(piece *q, size_t i)
{
    const gs_ensemble *e = q->e;
    const gs_kernel *k = e->k;
    const gs_scenario_person *p = &e->sc->person[e->who];
    double *x = q->x0 + i * k->n_state;
    gs_rng own = gs_rng_stream(e->seed, q->first + i, "ensemble life");
    uint64_t seed = (uint64_t)gs_rng_u32(&own) << 32 | gs_rng_u32(&own);

    gs_ensemble_par(e, q->first + i, q->par + i * k->n_par);
    gs_scenario_levers(e->sc, k, e->who, seed, q->lever + i * e->sc->n_day * k->n_lever,
                       q->habit + i * k->n_lever);
    for (size_t s = 0; s < k->n_state; s++)
        x[s] = k->state[s].start;
    for (size_t s = 0; s < p->n_near; s++)
        x[p->near[s].state] = p->near[s].value;
}

/* People are settled GROUP at a time, side by side in lanes, and come to the same rest
 * whoever sits beside them. */
enum { GROUP = 8 };

static void settle_job(void *ctx, size_t job)
{
    piece *q = ctx;
    const gs_kernel *k = q->e->k;
    const gs_scenario_person *p = &q->e->sc->person[q->e->who];
    for (size_t at = job * GROUP; at < q->n_in; at += q->n_job * GROUP) {
        if (gs_progress_cancelled(q->e->progress))
            return; /* the batch will ask too, and say so */
        size_t n = q->n_in - at < GROUP ? q->n_in - at : GROUP;
        for (size_t i = at; i < at + n; i++)
            draw_one(q, i);
        if (p->settle)
            gs_sim_settle_many(q->sim[job], n, q->par + at * k->n_par,
                               q->habit + at * k->n_lever, q->x0 + at * k->n_state,
                               q->at_rest + at);
        for (size_t i = at; i < at + n; i++)
            for (size_t s = 0; s < p->n_at; s++)
                q->x0[i * k->n_state + p->at[s].state] = p->at[s].value;
    }
}

static void take_par(void *ctx, size_t i, double *out)
{
    const piece *q = ctx;
    memcpy(out, q->par + i * q->e->k->n_par, q->e->k->n_par * sizeof *out);
}

static void take_start(void *ctx, size_t i, double *out)
{
    const piece *q = ctx;
    memcpy(out, q->x0 + i * q->e->k->n_state, q->e->k->n_state * sizeof *out);
}

static void take_lever(void *ctx, size_t i, size_t day, double *out)
{
    const piece *q = ctx;
    size_t n = q->e->k->n_lever;
    memcpy(out, q->lever + (i * q->e->sc->n_day + day) * n, n * sizeof *out);
}

static bool keep_row(void *ctx, size_t i, size_t day, const double *x, const double *y)
{
    const piece *q = ctx;
    const gs_ensemble *e = q->e;
    size_t end = day + 1; /* this is the end of that day, days counted from 1 */
    if (q->at_rest[i] != GS_OK)
        return false;
    if (end % e->every && end != e->sc->n_day)
        return true;
    double *row = q->out + i * gs_ensemble_width(e) + (end - 1) / e->every * e->n_view;
    for (size_t v = 0; v < e->n_view; v++)
        row[v] = e->view[v].is_state ? x[e->view[v].at] : y[e->view[v].at];
    return true;
}

static gs_status live(piece *q, const gs_pool *pool, gs_err *err)
{
    const gs_ensemble *e = q->e;
    gs_sim_people people = {.n = q->n_in, .n_day = e->sc->n_day, .ctx = q, .par = take_par,
                            .start = take_start, .lever = take_lever, .see = keep_row};
    for (size_t i = 0; i < q->n_in * gs_ensemble_width(e); i++)
        q->out[i] = NAN;
    for (size_t j = 0; j < q->n_job; j++)
        GS_TRY(gs_sim_new(e->k, &e->sim, &q->sim[j], err));
    gs_pool_run(pool, q->n_job, settle_job, q);
    gs_progress ask = {0}; /* whoever hands out pieces ticks */
    if (e->progress) {
        ask.cancelled = e->progress->cancelled;
        ask.self = e->progress->self;
    }
    if (gs_progress_cancelled(&ask)) /* maybe not all are settled */
        return gs_fail(err, GS_ECANCEL, "cancelled");
    return gs_sim_batch(e->k, &e->sim, &people, pool, &ask, err);
}

gs_status gs_ensemble_run(const gs_ensemble *e, size_t i_piece, const gs_pool *pool,
                          double *out, gs_err *err)
{
    const gs_kernel *k = e->k;
    size_t n = gs_ensemble_n_in(e, i_piece), n_group = (n + GROUP - 1) / GROUP;
    size_t n_thread = pool && pool->n_thread ? pool->n_thread : 1;
    piece q = {.e = e, .first = i_piece * GS_ENSEMBLE_PIECE, .n_in = n, .out = out,
               .n_job = n_thread < n_group ? n_thread : n_group};
    q.par = malloc((n * k->n_par + 1) * sizeof *q.par);
    q.x0 = malloc((n * k->n_state + 1) * sizeof *q.x0);
    q.lever = malloc((n * e->sc->n_day * k->n_lever + 1) * sizeof *q.lever);
    q.habit = malloc((n * k->n_lever + 1) * sizeof *q.habit);
    q.at_rest = calloc(n + 1, sizeof *q.at_rest); /* GS_OK */
    q.sim = calloc(q.n_job + 1, sizeof(gs_sim *));
    gs_status st = GS_OK;
    if (!q.par || !q.x0 || !q.lever || !q.habit || !q.at_rest || !q.sim)
        st = gs_fail(err, GS_ENOMEM, "not enough memory for %zu people over %zu days", n,
                     e->sc->n_day);
    else
        st = live(&q, pool, err);
    for (size_t j = 0; q.sim && j < q.n_job; j++)
        gs_sim_free(q.sim[j]);
    free(q.par);
    free(q.x0);
    free(q.lever);
    free(q.habit);
    free(q.at_rest);
    free(q.sim);
    return st;
}

uint64_t gs_ensemble_fingerprint(const gs_ensemble *e, const char *text, size_t n_text)
{
    unsigned long long h = gs_text_hash(GS_HASH_START, text, n_text);
    uint64_t number[] = {e->k->hash, e->seed, e->n, e->who, e->every, e->sc->n_day, e->n_view,
                         GS_ENSEMBLE_PIECE};
    double size[] = {e->sim.rtol, e->sim.atol};
    h = gs_text_hash(h, number, sizeof number);
    h = gs_text_hash(h, size, sizeof size);
    for (size_t i = 0; i < e->n_view; i++) {
        uint64_t v[2] = {e->view[i].is_state, e->view[i].at};
        h = gs_text_hash(h, v, sizeof v);
    }
    return h;
}
