/* Trials of a planned size, drawn from the pool and tested as such trials are.
 *
 * A trial takes its people, with replacement, from one draw of the pool: what is not
 * known of the population is the same for all people of a trial. Their scores are drawn
 * anew. People join one after the other, and the test is made whenever a size that is
 * asked for is reached, so one long trial answers for all shorter ones. */
#include "trial/pool.h"

#include "infer/num.h"
#include <stdlib.h>
#include <string.h>

enum { GROUP = 8 };

typedef struct trials {
    const gs_trial *t;
    const gs_trial_pool *p;
    const scorer *scorer;    /* [n_draw] */
    const gs_progress *progress;
    size_t n_rep, n_size;
    const size_t *size;
    gs_trial_report *out;    /* [n_rep x n_size x (n_arm - 1)] */
    gs_status *status;       /* [n_group] */
    size_t n_group;
} trials;

/* one trial while it fills */
typedef struct trial {
    const trials *w;
    const scorer *s;
    size_t draw;
    gs_rng r;
    double *taken; /* [n_arm], or of orders: people so far / share */
    sums *arm;     /* [n_arm]; crossover: [2] by order, of half differences */
    sums *cluster; /* [n_cluster] */
    double *cluster_shift;
} trial;

/* the arm whose people are fewest for its share */
static size_t next_arm(const trial *x)
{
    const gs_trial *t = x->w->t;
    size_t n = x->w->p->n_order, best = 0;
    for (size_t a = 1; a < n; a++)
        if (x->taken[a] < x->taken[best])
            best = a;
    x->taken[best] += x->w->p->crossover ? 1 : 1 / t->arm[best].share;
    return best;
}

static size_t somebody(trial *x, size_t order)
{
    const gs_trial_pool *p = x->w->p;
    if (!p->one_arm)
        return gs_rng_below(&x->r, p->n_person);
    size_t n = (p->n_person + p->n_order - 1 - order) / p->n_order;
    return n ? gs_rng_below(&x->r, n) * p->n_order + order : 0;
}

static bool stays(trial *x, size_t arm, double days)
{
    const gs_trial *t = x->w->t;
    double whole = (double)slot_day(t, x->w->p->n_slot - 1);
    return gs_rng_uniform(&x->r) <= pow(1 - t->arm[arm].dropout, days / whole);
}

/* what the test is made on: a change, or a response */
static double measure(const trial *x, const entrant *e, double score, bool gone)
{
    if (x->w->t->test == GS_TRIAL_RESPONDERS)
        return !gone && scorer_responds(x->s, e->first, score);
    return score - e->first;
}

static double score_on(trial *x, entrant *e, size_t who, size_t order, size_t slot,
                       double days_before, double shift)
{
    const gs_trial *t = x->w->t;
    const gs_trial_pool *p = x->w->p;
    double day = (double)slot_day(t, slot);
    double placebo = t->arm[pool_arm(p, order, slot / p->n_visit)].placebo;
    e->wander = entrant_wander(x->s, e->wander, day - days_before, gs_rng_normal(&x->r));
    double latent = e->level + e->wander + shift +
                    entrant_course(x->s, e, placebo, day) +
                    scorer_signal(x->s, pool_signal(p, x->draw, who, order)[slot]) +
                    pool_beyond(p, t, x->draw, order, slot);
    return scorer_score(x->s, latent, &x->r);
}

static bool enter(trial *x, size_t who, entrant *e)
{
    const gs_trial_pool *p = x->w->p;
    return entrant_draw(x->s, p->base[x->draw * p->n_person + who], &x->r, e);
}

static void join_parallel(trial *x, size_t arm, size_t who, sums *into, double shift)
{
    const gs_trial *t = x->w->t;
    const gs_trial_pool *p = x->w->p;
    double day = (double)t->visit[t->primary];
    bool gone = !stays(x, arm, day);
    if (p->onset) {
        int32_t at = p->onset[(x->draw * p->n_person + who) * p->n_order + arm];
        if (!gone)
            sums_add(into, 0, at > 0 && at <= t->visit[t->primary]);
        return;
    }
    entrant e;
    if (!enter(x, who, &e))
        return;
    double score = score_on(x, &e, who, arm, t->primary, 0, shift);
    if (!gone || t->test == GS_TRIAL_RESPONDERS)
        sums_add(into, e.first, measure(x, &e, score, gone));
}

/* second period minus first, halved; the two orders then differ by the effect */
static void join_crossover(trial *x, size_t order, size_t who)
{
    const gs_trial *t = x->w->t;
    size_t second = t->n_visit + t->primary;
    double day1 = (double)slot_day(t, t->primary), day2 = (double)slot_day(t, second);
    bool gone1 = !stays(x, pool_arm(x->w->p, order, 0), day1);
    bool gone2 = gone1 || !stays(x, pool_arm(x->w->p, order, 1), day2 - day1);
    entrant e;
    if (!enter(x, who, &e))
        return;
    double y1 = measure(x, &e, score_on(x, &e, who, order, t->primary, 0, 0), gone1);
    double y2 = measure(x, &e, score_on(x, &e, who, order, second, day1, 0), gone2);
    if (!gone2 || t->test == GS_TRIAL_RESPONDERS)
        sums_add(&x->arm[order], 0, (y2 - y1) / 2);
}

/* clusters take turns, and belong to arms by turns */
static size_t cluster_arm(const gs_trial *t, size_t c)
{
    return c % t->n_arm;
}

static void join(trial *x, size_t i)
{
    const gs_trial *t = x->w->t;
    if (t->how == GS_TRIAL_CLUSTER) {
        size_t c = i % t->n_cluster, arm = cluster_arm(t, c);
        join_parallel(x, arm, somebody(x, arm), &x->cluster[c], x->cluster_shift[c]);
        return;
    }
    size_t arm = next_arm(x), who = somebody(x, arm);
    if (t->how == GS_TRIAL_CROSSOVER)
        join_crossover(x, arm, who);
    else
        join_parallel(x, arm, who, &x->arm[arm], 0);
}

/* ---- tests ---- */

/* clusters as people: one mean each */
static void cluster_sums(const trial *x, size_t arm, sums *out)
{
    const gs_trial *t = x->w->t;
    *out = (sums){0};
    for (size_t c = 0; c < t->n_cluster; c++)
        if (cluster_arm(t, c) == arm && x->cluster[c].n > 0)
            sums_add(out, x->cluster[c].x / x->cluster[c].n, x->cluster[c].y / x->cluster[c].n);
}

static void test(const trial *x, size_t arm, gs_trial_report *out)
{
    const gs_trial *t = x->w->t;
    bool ok;
    *out = (gs_trial_report){.p = 1};
    if (t->how == GS_TRIAL_CROSSOVER) {
        ok = stats_t(&x->arm[1], &x->arm[0], out);
        out->change[0] = out->change[1] = NAN;
    } else if (t->how == GS_TRIAL_CLUSTER) {
        sums a0, a1;
        cluster_sums(x, 0, &a0);
        cluster_sums(x, arm, &a1);
        ok = stats_t(&a0, &a1, out);
    } else {
        bool shares = t->test == GS_TRIAL_RESPONDERS || t->kind == GS_TRIAL_ONSET;
        ok = (shares                          ? stats_shares :
              t->test == GS_TRIAL_ANCOVA ? stats_ancova :
                                           stats_t)(&x->arm[0], &x->arm[arm], out);
    }
    if (!ok)
        *out = (gs_trial_report){.est = NAN, .se = NAN, .p = 1, .change = {NAN, NAN}};
}

/* latent sd between clusters that makes the icc of a change */
static double cluster_sd(const gs_trial *t, const scorer *s)
{
    const gs_trial_terms *q = &s->q;
    double day = (double)t->visit[t->primary];
    double rater = q->rater * q->rater * (s->n_category ? 3.2898681336964529 : 1);
    double f = 1 - exp(-day / fmax(q->drift_days, 1e-6));
    double g = 1 - exp(-day / fmax(q->placebo_days, 1e-6));
    double own = 2 * rater + f * f * q->drift_sd * q->drift_sd +
                 g * g * q->placebo_sd * q->placebo_sd +
                 2 * q->wander * q->wander * (1 - exp(-day / fmax(q->wander_days, 1e-6)));
    return sqrt(t->icc / (1 - t->icc) * own);
}

/* ---- many ---- */

static void one_trial(trial *x, size_t rep)
{
    const trials *w = x->w;
    const gs_trial *t = w->t;
    size_t n_con = t->n_arm - 1;
    x->draw = rep % w->p->n_draw;
    x->s = &w->scorer[x->draw];
    x->r = gs_rng_stream(t->seed, rep, "trial replicate");
    memset(x->taken, 0, t->n_arm * sizeof *x->taken);
    memset(x->arm, 0, t->n_arm * sizeof *x->arm);
    if (t->how == GS_TRIAL_CLUSTER) {
        double spread = cluster_sd(t, x->s);
        memset(x->cluster, 0, t->n_cluster * sizeof *x->cluster);
        for (size_t c = 0; c < t->n_cluster; c++)
            x->cluster_shift[c] = spread * gs_rng_normal(&x->r);
    }
    for (size_t i = 0, at = 0; at < w->n_size; i++) {
        while (at < w->n_size && i == w->size[at]) {
            for (size_t a = 0; a < n_con; a++)
                test(x, a + 1, &w->out[(rep * w->n_size + at) * n_con + a]);
            at++;
        }
        if (at < w->n_size)
            join(x, i);
    }
}

static void some_trials(void *ctx, size_t g)
{
    const trials *w = ctx;
    const gs_trial *t = w->t;
    size_t nc = t->how == GS_TRIAL_CLUSTER ? t->n_cluster : 0;
    if (gs_progress_cancelled(w->progress)) {
        w->status[g] = GS_ECANCEL;
        return;
    }
    trial x = {.w = w,
               .taken = calloc(t->n_arm, sizeof(double)),
               .arm = calloc(t->n_arm, sizeof(sums)),
               .cluster = calloc(nc + 1, sizeof(sums)),
               .cluster_shift = calloc(nc + 1, sizeof(double))};
    if (!x.taken || !x.arm || !x.cluster || !x.cluster_shift)
        w->status[g] = GS_ENOMEM;
    else
        for (size_t r = g * GROUP; r < w->n_rep && r < (g + 1) * GROUP; r++)
            one_trial(&x, r);
    free(x.taken);
    free(x.arm);
    free(x.cluster);
    free(x.cluster_shift);
    gs_progress_tick(w->progress, "drawing trials", (double)(g + 1) / (double)w->n_group);
}

static gs_status run_trials(trials *w, const gs_trial_terms *terms, const gs_pool *pool,
                            gs_err *err)
{
    const gs_trial_pool *p = w->p;
    if (w->t->n_arm < 2)
        return gs_fail(err, GS_EUSE, "one arm alone has nothing to be compared with");
    scorer *s = calloc(p->n_draw, sizeof *s);
    w->n_group = (w->n_rep + GROUP - 1) / GROUP;
    w->status = calloc(w->n_group + 1, sizeof *w->status);
    gs_status st = s && w->status ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t d = 0; d < p->n_draw && st == GS_OK; d++)
        s[d] = scorer_make(w->t, p->k, terms ? &terms[d] : NULL, &p->terms[d]);
    w->scorer = s;
    if (st == GS_OK)
        gs_pool_run(pool, w->n_group, some_trials, w);
    for (size_t g = 0; g < w->n_group && st == GS_OK; g++)
        if (w->status[g] != GS_OK)
            st = gs_fail(err, w->status[g], "%s", gs_status_text(w->status[g]));
    free(s);
    free(w->status);
    return st;
}

gs_status gs_trial_replicate(const gs_trial *t, const gs_trial_pool *p,
                             const gs_trial_terms *terms, size_t n_rep, const gs_pool *pool,
                             const gs_progress *progress, gs_trial_report *out, gs_err *err)
{
    trials w = {.t = t, .p = p, .progress = progress, .n_rep = n_rep, .n_size = 1,
                .size = &t->n_random, .out = out};
    return run_trials(&w, terms, pool, err);
}

/* ---- power ---- */

/* is a difference of this sign what arm 1 hopes for? */
static bool in_favour(const gs_trial *t, double est)
{
    if (t->kind == GS_TRIAL_SCORE && t->test == GS_TRIAL_RESPONDERS)
        return est > 0;
    return t->scale && t->scale->worse < 0 ? est > 0 : est < 0;
}

static void point_of(const trials *w, size_t at, double *work, gs_trial_power_point *out)
{
    const gs_trial *t = w->t;
    size_t nd = w->p->n_draw, n_con = t->n_arm - 1, n = 0;
    double hit = 0, wrong = 0, *own = work, *est = work + nd;
    *out = (gs_trial_power_point){.n = w->size[at]};
    for (size_t d = 0; d < nd; d++)
        own[d] = 0;
    for (size_t r = 0; r < w->n_rep; r++) {
        const gs_trial_report *x = &w->out[(r * w->n_size + at) * n_con];
        bool found = x->p < t->alpha;
        bool good = found && in_favour(t, x->est);
        hit += good;
        wrong += found && !good;
        own[r % nd] += good / ceil(((double)w->n_rep - (double)(r % nd)) / (double)nd);
        if (isfinite(x->est))
            est[n++] = x->est;
    }
    double m = (double)w->n_rep;
    out->power = hit / m;
    out->wrong = wrong / m;
    out->mc = sqrt(fmax(out->power * (1 - out->power), 1 / m) / m);
    num_sort(nd, own);
    num_sort(n, est);
    out->lo = num_quantile_sorted(nd, own, 0.05);
    out->hi = num_quantile_sorted(nd, own, 0.95);
    out->est_lo = n ? num_quantile_sorted(n, est, 0.05) : NAN;
    out->est_hi = n ? num_quantile_sorted(n, est, 0.95) : NAN;
}

gs_status gs_trial_power(const gs_trial *t, const gs_trial_pool *p,
                         const gs_trial_terms *terms, size_t n_rep, size_t n_size,
                         const size_t *size, const gs_pool *pool,
                         const gs_progress *progress, gs_trial_power_point *out, gs_err *err)
{
    trials w = {.t = t, .p = p, .progress = progress, .n_rep = n_rep, .n_size = n_size,
                .size = size};
    if (n_rep < p->n_draw)
        return gs_fail(err, GS_EUSE, "%zu trials cannot speak for %zu draws", n_rep, p->n_draw);
    for (size_t i = 1; i < n_size; i++)
        if (size[i] <= size[i - 1])
            return gs_fail(err, GS_EUSE, "sizes ascend");
    w.out = malloc((n_rep * n_size * t->n_arm + 1) * sizeof *w.out);
    double *work = malloc((n_rep + p->n_draw + 1) * sizeof *work);
    gs_status st = w.out && work ? run_trials(&w, terms, pool, err) :
                                   gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n_size && st == GS_OK; i++)
        point_of(&w, i, work, &out[i]);
    free(w.out);
    free(work);
    return st;
}

static double crossing(size_t n, const gs_trial_power_point *q, double power, double lift)
{
    double z = num_normal_quantile(power, 1 - power), last_z = 0, last_n = 0;
    for (size_t i = 0; i < n; i++) {
        double p = fmin(fmax(q[i].power + lift * q[i].mc, 1e-4), 1 - 1e-4);
        double now = num_normal_quantile(p, 1 - p), ln = log((double)q[i].n);
        if (now >= z)
            return i == 0 || now <= last_z ? (double)q[i].n :
                   exp(last_n + (ln - last_n) * (z - last_z) / (now - last_z));
        last_z = now;
        last_n = ln;
    }
    return NAN;
}

void gs_trial_size_for(size_t n_point, const gs_trial_power_point *point, double power,
                       double *n, double *n_lo, double *n_hi)
{
    *n = crossing(n_point, point, power, 0);
    *n_lo = crossing(n_point, point, power, 1.645);
    *n_hi = crossing(n_point, point, power, -1.645);
}
