/* People live through the trial: parameters, habits, a settled start, and a path under
 * the levers of every arm. Kept is the signal on the days of the visits.
 *
 * The path is the fixed daily grid of gs_sim_grad without derivatives: a year in 1.1 ms,
 * with errors of a signal below 6e-3 where a rater's noise is 0.15 and more
 * (docs/notes/integrator.md). An arm that changes nothing is not integrated: a settled
 * person stays. Jobs are groups of people; each writes to places of its own, so that
 * nothing here needs a lock. */
#include "trial/pool.h"

#include "gutskin/sim.h"
#include "gutskin/text.h"
#include "infer/num.h"
#include "infer/prior.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 16, MOST_TRIES = 60, MOST_CONDITION_NAME = 40 };

/* ---- kept starts ---- */

enum { WAYS = 4 };

typedef struct way {
    uint64_t key; /* 0 = empty */
    bool refused;
} way;

struct gs_trial_starts {
    size_t n_state, n_slot;
    way *way;           /* [n_slot x WAYS] */
    unsigned char *next; /* [n_slot] */
    double *x;          /* [n_slot x WAYS x n_state] */
};

gs_trial_starts *gs_trial_starts_new(const gs_kernel *k)
{
    gs_trial_starts *s = calloc(1, sizeof *s);
    if (s)
        s->n_state = k->n_state;
    return s;
}

void gs_trial_starts_free(gs_trial_starts *s)
{
    if (!s)
        return;
    free(s->way);
    free(s->next);
    free(s->x);
    free(s);
}

/* room for n people; what was kept of the first ones stays */
static gs_status starts_room(gs_trial_starts *s, size_t n, gs_err *err)
{
    if (n <= s->n_slot)
        return GS_OK;
    way *w = realloc(s->way, n * WAYS * sizeof *w);
    if (w)
        s->way = w;
    unsigned char *next = realloc(s->next, n);
    if (next)
        s->next = next;
    double *x = realloc(s->x, n * WAYS * s->n_state * sizeof *x);
    if (x)
        s->x = x;
    if (!w || !next || !x)
        return gs_fail(err, GS_ENOMEM, "not enough memory to keep %zu starts", n);
    memset(w + s->n_slot * WAYS, 0, (n - s->n_slot) * WAYS * sizeof *w);
    memset(next + s->n_slot, 0, n - s->n_slot);
    s->n_slot = n;
    return GS_OK;
}

/* ---- what everybody shares ---- */

typedef struct living {
    const gs_trial *t;
    const gs_kernel *k;
    const gs_trial_draw *draw;
    gs_trial_starts *starts;
    gs_trial_pool *p;
    const gs_progress *progress;
    prior *prior;        /* [n_draw x n_par], for those that are spread          */
    double *fixed;       /* [n_draw x n_par], NaN where spread                   */
    bool *idle;          /* [n_arm] changes nothing                              */
    size_t n_day;        /* of the whole trial                                   */
    struct group_done *done; /* [n_group] */
    size_t n_group;
} living;

typedef struct group_done {
    size_t n_lived, n_settled, n_refused, n_failed;
    gs_status status;
    gs_err err;
} group_done;

/* One thread's hands. */
typedef struct hands {
    gs_sim *sim;
    double *par, *habit, *x0, *z, *y, *lever, *out, *out_x;
    double *memory;
    /* first tries of a group, settled together in lanes: [GROUP x ...] */
    double *all_par, *all_habit, *all_x;
    gs_status all_status[GROUP];
    bool settled[GROUP];
    size_t at;  /* who of the group is at hand              */
    bool ready; /* their start is in all_x, not yet taken   */
} hands;

static gs_status hands_new(const living *l, hands *h, gs_err *err)
{
    const gs_kernel *k = l->k;
    bool onset = l->t->kind == GS_TRIAL_ONSET;
    size_t n_row = l->n_day + 1, n_x = onset ? n_row * k->n_state : 0;
    size_t n = k->n_par + k->n_lever + 2 * k->n_state + k->n_see + n_row * k->n_lever +
               n_row + n_x;
    size_t n_group = GROUP * (k->n_par + k->n_lever + k->n_state);
    *h = (hands){.memory = calloc(n + n_group, sizeof(double))};
    if (!h->memory)
        return gs_fail(err, GS_ENOMEM, "not enough memory for %zu days", l->n_day);
    h->par = h->memory;
    h->habit = h->par + k->n_par;
    h->x0 = h->habit + k->n_lever;
    h->z = h->x0 + k->n_state;
    h->y = h->z + k->n_state;
    h->lever = h->y + k->n_see;
    h->out = h->lever + n_row * k->n_lever;
    h->out_x = onset ? h->out + n_row : NULL;
    h->all_par = h->memory + n;
    h->all_habit = h->all_par + GROUP * k->n_par;
    h->all_x = h->all_habit + GROUP * k->n_lever;
    return gs_sim_new(k, &GS_SIM_OPTS, &h->sim, err);
}

static void hands_free(hands *h)
{
    gs_sim_free(h->sim);
    free(h->memory);
}

/* ---- a person ---- */

static gs_rng stream(const living *l, size_t draw, size_t person, const char *what,
                     unsigned try)
{
    char purpose[64];
    snprintf(purpose, sizeof purpose, "trial %.30s %u", what, try);
    return gs_rng_stream(l->t->seed, pool_id(l->p, draw, person), purpose);
}

/* every parameter takes one normal number, spread or not: the deviates of a person do not
 * depend on which others are spread */
static void give_parameters(const living *l, size_t draw, size_t person, unsigned try,
                            double *par)
{
    const size_t n = l->k->n_par;
    gs_rng r = stream(l, draw, person, "parameters", try);
    for (size_t j = 0; j < n; j++) {
        double z = gs_rng_normal(&r), fixed = l->fixed[draw * n + j];
        par[j] = isnan(fixed) ? prior_value(&l->prior[draw * n + j], z, NULL) : fixed;
    }
}

static void give_habits(const living *l, size_t draw, size_t person, unsigned try,
                        double *habit)
{
    gs_rng r = stream(l, draw, person, "habits", try);
    for (size_t j = 0; j < l->k->n_lever; j++)
        habit[j] = l->k->lever[j].habit;
    for (size_t i = 0; i < l->t->n_habit; i++) {
        const gs_trial_habit *h = &l->t->habit[i];
        const gs_lever_info *v = &l->k->lever[h->lever];
        double x = h->value + h->sd * gs_rng_normal(&r);
        habit[h->lever] = fmin(fmax(x, v->lo), v->hi);
    }
}

/* A start near a flare that settles elsewhere is none: the first state said decides. */
static bool went_elsewhere(const living *l, const double *x)
{
    const gs_trial_put *q = &l->t->near[0];
    double calm = l->k->state[q->state].start;
    return fabs(x[q->state] - q->value) > fabs(x[q->state] - calm);
}

/* where settling begins */
static void begin(const living *l, bool near, double *x)
{
    for (size_t j = 0; j < l->k->n_state; j++)
        x[j] = l->k->state[j].start;
    for (size_t i = 0; near && i < l->t->n_near; i++)
        x[l->t->near[i].state] = l->t->near[i].value;
}

/* GS_OK, or GS_EFOUND: no such start, or the numbers of gs_sim_settle */
static gs_status settle(const living *l, hands *h, bool near, group_done *done)
{
    gs_err err = {0};
    done->n_settled++;
    if (h->ready) {
        size_t n = l->k->n_state;
        memcpy(h->x0, h->all_x + h->at * n, n * sizeof(double));
        GS_TRY(h->all_status[h->at]);
    } else {
        begin(l, near, h->x0);
        GS_TRY(gs_sim_settle(h->sim, h->par, h->habit, h->x0, &err));
    }
    return near && l->t->n_near && went_elsewhere(l, h->x0) ? GS_EFOUND : GS_OK;
}

static uint64_t start_key(const living *l, const hands *h, bool near)
{
    uint64_t key = gs_text_hash(GS_HASH_START, &l->k->hash, sizeof l->k->hash);
    key = gs_text_hash(key, h->par, l->k->n_par * sizeof(double));
    key = gs_text_hash(key, h->habit, l->k->n_lever * sizeof(double));
    for (size_t i = 0; near && i < l->t->n_near; i++) {
        key = gs_text_hash(key, &l->t->near[i].state, sizeof(size_t));
        key = gs_text_hash(key, &l->t->near[i].value, sizeof(double));
    }
    return key ? key : 1;
}

static gs_status settle_or_remember(const living *l, hands *h, size_t slot, bool near,
                                    group_done *done)
{
    gs_trial_starts *s = l->starts;
    size_t n = l->k->n_state;
    if (!s)
        return settle(l, h, near, done);
    uint64_t key = start_key(l, h, near);
    for (size_t i = 0; i < WAYS; i++) {
        const way *w = &s->way[slot * WAYS + i];
        if (w->key != key)
            continue;
        memcpy(h->x0, s->x + (slot * WAYS + i) * n, n * sizeof(double));
        return w->refused ? GS_EFOUND : GS_OK;
    }
    gs_status st = settle(l, h, near, done);
    if (st == GS_OK || st == GS_EFOUND) {
        size_t i = slot * WAYS + s->next[slot]++ % WAYS;
        s->way[i] = (way){.key = key, .refused = st == GS_EFOUND};
        memcpy(s->x + i * n, h->x0, n * sizeof(double));
    }
    return st;
}

/* ---- levers ---- */

static double adherence_of(const gs_trial_arm *m, double u)
{
    double v = m->adherence * (1 - m->adherence), sd2 = m->adherence_sd * m->adherence_sd;
    if (sd2 <= 0 || v <= 0)
        return m->adherence;
    double n = v / fmin(sd2, 0.95 * v) - 1;
    return num_beta_quantile(u, m->adherence * n, (1 - m->adherence) * n);
}

static bool speaks_of(const gs_trial_change *c, long day)
{
    long from = c->from ? c->from : 1;
    if (day < from || (c->to && day > c->to))
        return false;
    return c->every == 0 || (day - from) % c->every < (c->hold ? c->hold : 1);
}

static double target(const gs_trial_change *c, double habit)
{
    return c->move == GS_TRIAL_SET ? c->value :
           c->move == GS_TRIAL_ADD ? habit + c->value :
                                     habit * c->value;
}

/* the days of one period, rows [first, first + n) */
static void take_arm(const living *l, const gs_trial_arm *m, double adherence, size_t first,
                     size_t n, hands *h)
{
    size_t nl = l->k->n_lever;
    for (size_t i = 0; i < m->n_change; i++) {
        const gs_trial_change *c = &m->change[i];
        const gs_lever_info *v = &l->k->lever[c->lever];
        double habit = h->habit[c->lever];
        double x = habit + adherence * (target(c, habit) - habit);
        x = fmin(fmax(x, v->lo), v->hi);
        for (size_t d = 0; d < n; d++)
            if (speaks_of(c, (long)d + 1))
                h->lever[(first + d) * nl + c->lever] = x;
    }
}

/* Troubles begin by chance and are the same in every arm; where two moves of a lever
 * meet, the one farther from habit holds. */
static void take_troubles(const living *l, size_t draw, size_t person, hands *h)
{
    size_t nl = l->k->n_lever;
    for (size_t i = 0; i < l->t->n_trouble; i++) {
        const gs_trial_trouble *q = &l->t->trouble[i];
        const gs_lever_info *v = &l->k->lever[q->lever];
        if (q->per_year <= 0)
            continue;
        gs_rng r = stream(l, draw, person, "trouble", (unsigned)i);
        double habit = h->habit[q->lever], at = 0;
        for (;;) {
            at += gs_rng_exponential(&r) * 365.25 / q->per_year;
            double size = exp(log(fmax(q->spread, 1)) * gs_rng_normal(&r));
            if (at >= (double)l->n_day)
                break;
            if ((q->from && at + 1 < (double)q->from) || (q->to && at + 1 > (double)q->to))
                continue;
            double x = fmin(fmax(habit + (q->value - habit) * size, v->lo), v->hi);
            for (size_t d = (size_t)at; d < l->n_day && d < (size_t)at + (size_t)q->days; d++) {
                double *now = &h->lever[d * nl + q->lever];
                if (fabs(x - habit) > fabs(*now - habit))
                    *now = x;
            }
        }
    }
}

static void give_levers(const living *l, size_t draw, size_t person, size_t order, double u,
                        hands *h)
{
    const gs_trial *t = l->t;
    size_t nl = l->k->n_lever, period = (size_t)t->visit[t->n_visit - 1];
    for (size_t d = 0; d <= l->n_day; d++)
        memcpy(h->lever + d * nl, h->habit, nl * sizeof(double));
    for (size_t q = 0; q < (l->p->crossover ? 2u : 1u); q++) {
        const gs_trial_arm *m = &t->arm[pool_arm(l->p, order, q)];
        take_arm(l, m, adherence_of(m, u), q * (period + (size_t)t->washout), period, h);
    }
    take_troubles(l, draw, person, h);
}

/* ---- a life ---- */

/* onset: first morning on which the state is above; row 0 is the start */
static int32_t onset_of(const living *l, const double *x)
{
    for (size_t d = 0; d <= l->n_day; d++)
        if (x[d * l->k->n_state + l->t->state] > l->t->above)
            return (int32_t)d;
    return 0;
}

static double since(const living *l, double y, double y0)
{
    if (l->t->kind != GS_TRIAL_VALUE || l->k->see[l->t->see].noise.kind != GS_DIST_LOGNORMAL)
        return y - y0;
    return log(fmax(y, 1e-300)) - log(fmax(y0, 1e-300));
}

static void write_nothing(const living *l, size_t at)
{
    for (size_t s = 0; s < l->p->n_slot; s++)
        l->p->signal[at * l->p->n_slot + s] = 0;
    if (l->p->onset)
        l->p->onset[at] = 0;
}

/* one order of the arms; at: place in the pool */
static gs_status live_order(const living *l, hands *h, size_t at, double y0)
{
    const gs_trial *t = l->t;
    bool onset = t->kind == GS_TRIAL_ONSET;
    const uint32_t see = (uint32_t)t->see;
    gs_err err = {0};
    GS_TRY(gs_sim_grad(h->sim, h->par, h->x0, false, h->habit, l->n_day, h->lever, 0, NULL,
                       onset ? 0 : 1, onset ? NULL : &see, h->out, NULL, h->out_x, &err));
    if (onset) {
        l->p->onset[at] = onset_of(l, h->out_x);
        return l->p->onset[at] == 0 && h->out_x[t->state] > t->above ? GS_EFOUND : GS_OK;
    }
    for (size_t s = 0; s < l->p->n_slot; s++) {
        long day = slot_day(t, s);
        double v = day == 0 ? 0 : since(l, h->out[day], y0);
        if (!isfinite(v))
            return GS_ENUM;
        l->p->signal[at * l->p->n_slot + s] = v;
    }
    return GS_OK;
}

/* does an order of arms leave a settled person alone? */
static bool nothing_happens(const living *l, size_t order)
{
    return l->idle[pool_arm(l->p, order, 0)] &&
           (!l->p->crossover || l->idle[pool_arm(l->p, order, 1)]) &&
           l->t->n_trouble == 0 && l->t->n_at == 0;
}

static double seen_at_baseline(const living *l, hands *h)
{
    if (l->t->kind == GS_TRIAL_ONSET)
        return 0;
    gs_kernel_to_internal(l->k, h->x0, h->z);
    l->k->seen(l->k, h->z, h->par, h->habit, h->y);
    return h->y[l->t->see];
}

/* how well they will keep to their arm, and whether they begin near a flare */
static double give_luck(const living *l, size_t draw, size_t person, unsigned try,
                        bool *near)
{
    gs_rng r = stream(l, draw, person, "adherence", try);
    double u = gs_rng_uniform(&r), v = gs_rng_uniform(&r);
    *near = l->t->n_near && v <= l->t->near_share;
    return u;
}

/* The first tries of people [first, first + n), settled together: a start in lanes costs a
 * seventh of one alone. Whose start may be kept from before is left out. */
static void settle_ahead(const living *l, hands *h, size_t first, size_t n)
{
    const size_t np = l->k->n_par, nl = l->k->n_lever, nx = l->k->n_state;
    size_t m = 0, who[GROUP];
    for (size_t i = 0; i < n; i++) {
        size_t draw = (first + i) / l->p->n_person, person = (first + i) % l->p->n_person;
        bool near;
        h->settled[i] = !l->starts || l->starts->way[(first + i) * WAYS].key == 0;
        if (!h->settled[i])
            continue;
        give_parameters(l, draw, person, 0, h->all_par + m * np);
        give_habits(l, draw, person, 0, h->all_habit + m * nl);
        give_luck(l, draw, person, 0, &near);
        begin(l, near, h->all_x + m * nx);
        who[m++] = i;
    }
    gs_sim_settle_many(h->sim, m, h->all_par, h->all_habit, h->all_x, h->all_status);
    for (size_t j = m; j-- > 0;) { /* to their own places, from the last on */
        if (who[j] == j)
            continue;
        memcpy(h->all_x + who[j] * nx, h->all_x + j * nx, nx * sizeof(double));
        h->all_status[who[j]] = h->all_status[j];
    }
}

/* one try at one person; GS_EFOUND and GS_ENUM ask for another */
static gs_status live_try(const living *l, hands *h, size_t draw, size_t person,
                          unsigned try, group_done *done)
{
    const gs_trial *t = l->t;
    gs_trial_pool *p = l->p;
    size_t who = draw * p->n_person + person;
    give_parameters(l, draw, person, try, h->par);
    give_habits(l, draw, person, try, h->habit);
    bool near;
    double u = give_luck(l, draw, person, try, &near);
    h->ready = try == 0 && h->settled[h->at];
    GS_TRY(settle_or_remember(l, h, who, near, done));
    for (size_t i = 0; i < t->n_at; i++)
        h->x0[t->at[i].state] = t->at[i].value;
    double y0 = seen_at_baseline(l, h);
    if (!isfinite(y0))
        return GS_ENUM;
    p->base[who] = y0;
    for (size_t o = 0; o < p->n_order; o++) {
        size_t at = who * p->n_order + o;
        write_nothing(l, at);
        if (!pool_lived(p, person, o)) {
            for (size_t s = 0; s < p->n_slot; s++)
                p->signal[at * p->n_slot + s] = NAN;
            continue;
        }
        if (nothing_happens(l, o) && t->kind != GS_TRIAL_ONSET)
            continue;
        give_levers(l, draw, person, o, u, h);
        done->n_lived++;
        GS_TRY(live_order(l, h, at, y0));
    }
    return GS_OK;
}

static gs_status live_person(const living *l, hands *h, size_t who, group_done *done)
{
    size_t draw = who / l->p->n_person, person = who % l->p->n_person;
    for (unsigned try = 0; try < MOST_TRIES; try++) {
        gs_status st = live_try(l, h, draw, person, try, done);
        if (st == GS_OK)
            return GS_OK;
        if (st != GS_EFOUND && st != GS_ENUM)
            return gs_fail(&done->err, st, "a person could not be lived");
        if (st == GS_EFOUND)
            done->n_refused++;
        else
            done->n_failed++;
    }
    return gs_fail(&done->err, GS_ENUM,
                   "in draw %zu nobody of %d drawn people could be lived%s", draw + 1,
                   MOST_TRIES, l->t->n_near ? ", or had the start asked for; is the "
                                              "flare within this population's reach?" : "");
}

static void live_group(void *ctx, size_t g)
{
    const living *l = ctx;
    group_done *done = &l->done[g];
    hands h;
    size_t n = l->p->n_draw * l->p->n_person;
    if (gs_progress_cancelled(l->progress)) {
        done->status = gs_fail(&done->err, GS_ECANCEL, "cancelled");
        return;
    }
    done->status = hands_new(l, &h, &done->err);
    size_t first = g * GROUP, n_in = n - first < GROUP ? n - first : GROUP;
    if (done->status == GS_OK)
        settle_ahead(l, &h, first, n_in);
    for (h.at = 0; h.at < n_in && done->status == GS_OK; h.at++)
        done->status = live_person(l, &h, first + h.at, done);
    hands_free(&h);
    gs_progress_tick(l->progress, "living", (double)(g + 1) / (double)l->n_group);
}

/* ---- putting it together ---- */

/* A risk of another condition than the trial's is that of the typical adult: the priors of
 * risks speak of people who have the condition. */
static bool other_risk(const gs_trial *t, const char *name)
{
    for (int c = 0; c < GS_N_CONDITION; c++) {
        char risk[MOST_CONDITION_NAME];
        snprintf(risk, sizeof risk, "risk_%s", gs_condition_name((gs_condition)c));
        if (c != (int)t->condition && strcmp(name, risk) == 0)
            return true;
    }
    return false;
}

static void spread_of(living *l, size_t draw)
{
    const gs_kernel *k = l->k;
    for (size_t j = 0; j < k->n_par; j++) {
        const gs_par_info *p = &k->par[j];
        gs_dist d = l->draw[draw].par[j];
        if (other_risk(l->t, p->name))
            d = (gs_dist){.kind = GS_DIST_NONE, .a = p->value};
        for (size_t i = 0; i < l->t->n_par; i++)
            if (l->t->par[i].par == j)
                d = l->t->par[i].dist;
        size_t at = draw * k->n_par + j;
        l->fixed[at] = d.kind == GS_DIST_NONE ? fmin(fmax(d.a, p->lo), p->hi) : NAN;
        if (d.kind != GS_DIST_NONE)
            l->prior[at] = prior_make(d, p->lo, p->hi);
    }
}

static bool arm_is_idle(const gs_trial_arm *m)
{
    return m->n_change == 0 || m->adherence <= 0;
}

static gs_trial_pool *pool_new(const gs_trial *t, const gs_kernel *k, size_t n_draw,
                               const gs_trial_live_opts *o)
{
    gs_trial_pool *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->k = k;
    p->n_draw = n_draw;
    p->n_person = t->n_person;
    p->n_arm = t->n_arm;
    p->n_visit = t->n_visit;
    p->crossover = t->how == GS_TRIAL_CROSSOVER;
    p->n_order = p->crossover ? 2 : t->n_arm;
    p->n_slot = p->crossover ? 2 * t->n_visit : t->n_visit;
    p->same_people = o && o->same_people;
    p->one_arm = o && o->one_arm && !p->crossover;
    size_t n = n_draw * p->n_person;
    p->terms = calloc(n_draw, sizeof *p->terms);
    p->beyond = calloc(n_draw * t->n_arm, sizeof *p->beyond);
    p->signal = calloc(n * p->n_order * p->n_slot, sizeof *p->signal);
    p->base = calloc(n, sizeof *p->base);
    p->onset = t->kind == GS_TRIAL_ONSET ? calloc(n * p->n_order, sizeof *p->onset) : NULL;
    if (!p->terms || !p->beyond || !p->signal || !p->base ||
        (t->kind == GS_TRIAL_ONSET && !p->onset)) {
        gs_trial_pool_free(p);
        return NULL;
    }
    return p;
}

void gs_trial_pool_free(gs_trial_pool *p)
{
    if (!p)
        return;
    free(p->terms);
    free(p->beyond);
    free(p->signal);
    free(p->base);
    free(p->onset);
    free(p);
}

static gs_status run_groups(living *l, const gs_pool *pool, gs_err *err)
{
    gs_trial_pool_info *a = &l->p->about;
    size_t n = l->p->n_draw * l->p->n_person;
    l->n_group = (n + GROUP - 1) / GROUP;
    l->done = calloc(l->n_group, sizeof *l->done);
    if (!l->done)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_pool_run(pool, l->n_group, live_group, l);
    gs_status st = GS_OK;
    for (size_t g = 0; g < l->n_group; g++) {
        const group_done *d = &l->done[g];
        a->n_lived += d->n_lived;
        a->n_settled += d->n_settled;
        a->n_refused += d->n_refused;
        a->n_failed += d->n_failed;
        if (d->status != GS_OK && st == GS_OK) {
            st = d->status;
            if (err)
                *err = d->err;
        }
    }
    free(l->done);
    if (st == GS_OK && a->n_failed * 10 > n)
        st = gs_fail(err, GS_ENUM, "the integrator gave up on %zu people where %zu were asked "
                                   "for; the population reaches beyond the model",
                     a->n_failed, n);
    return st;
}

static gs_status live_all(living *l, const gs_pool *pool, gs_err *err)
{
    size_t n = l->p->n_draw * l->k->n_par;
    l->prior = malloc((n + 1) * sizeof *l->prior);
    l->fixed = malloc((n + 1) * sizeof *l->fixed);
    l->idle = calloc(l->t->n_arm, sizeof *l->idle);
    gs_status st = l->prior && l->fixed && l->idle ? GS_OK :
                   gs_fail(err, GS_ENOMEM, "not enough memory for %zu draws", l->p->n_draw);
    for (size_t d = 0; d < l->p->n_draw && st == GS_OK; d++) {
        spread_of(l, d);
        l->p->terms[d] = l->draw[d].terms;
        for (size_t m = 0; l->draw[d].beyond && m < l->t->n_arm; m++)
            l->p->beyond[d * l->t->n_arm + m] = l->draw[d].beyond[m];
    }
    for (size_t a = 0; a < l->t->n_arm && st == GS_OK; a++)
        l->idle[a] = arm_is_idle(&l->t->arm[a]);
    if (st == GS_OK && l->starts)
        st = starts_room(l->starts, l->p->n_draw * l->p->n_person, err);
    if (st == GS_OK)
        st = run_groups(l, pool, err);
    free(l->prior);
    free(l->fixed);
    free(l->idle);
    return st;
}

gs_status gs_trial_live(const gs_trial *t, const gs_kernel *k, size_t n_draw,
                        const gs_trial_draw *draw, const gs_trial_live_opts *o,
                        const gs_pool *pool, const gs_progress *progress,
                        gs_trial_pool **out, gs_err *err)
{
    GS_TRY(gs_trial_check(t, k, err));
    gs_arena *a = NULL;
    gs_status st = GS_OK;
    if (n_draw == 0) {
        n_draw = t->n_draw;
        a = gs_arena_new(0);
        gs_trial_draw *own = a ? GS_NEW(a, gs_trial_draw, n_draw) : NULL;
        st = own ? gs_trial_draw_priors(a, k, t->shared, n_draw, t->seed, own, err) :
                   gs_fail(err, GS_ENOMEM, "out of memory");
        draw = own;
    }
    gs_trial_pool *p = st == GS_OK ? pool_new(t, k, n_draw, o) : NULL;
    if (st == GS_OK && !p)
        st = gs_fail(err, GS_ENOMEM, "not enough memory for %zu people",
                     n_draw * t->n_person);
    living l = {.t = t, .k = k, .draw = draw, .p = p, .progress = progress,
                .starts = o ? o->starts : NULL};
    if (st == GS_OK) {
        l.n_day = (size_t)slot_day(t, p->n_slot - 1);
        assert(!l.starts || l.starts->n_state == k->n_state);
        st = live_all(&l, pool, err);
        if (st == GS_OK && p->onset)
            st = onset_beyond(t, p, err);
    }
    gs_arena_free(a);
    if (st != GS_OK) {
        gs_trial_pool_free(p);
        return st;
    }
    p->about.n_draw = n_draw;
    p->about.n_person = t->n_person;
    *out = p;
    return GS_OK;
}

gs_trial_pool_info gs_trial_pool_about(const gs_trial_pool *p)
{
    return p->about;
}

double gs_trial_pool_signal(const gs_trial_pool *p, size_t draw, size_t person, size_t arm,
                            size_t visit)
{
    if (p->onset)
        return p->onset[(draw * p->n_person + person) * p->n_order + arm];
    if (!p->crossover)
        return pool_signal(p, draw, person, arm)[visit];
    double sum = 0;
    for (size_t o = 0; o < 2; o++)
        sum += pool_signal(p, draw, person, o)[(pool_arm(p, o, 0) == arm ? 0 : p->n_visit) +
                                               visit];
    return sum / 2;
}
