/* No-U-Turn sampler, nuts.h.
 *
 * One transition doubles a trajectory forwards or backwards in time until it turns
 * round, and picks a state with chance proportional to exp(-energy): uniformly
 * within a subtree, biased to the newer half at the top. Besides the two ends, the seams
 * between halves are tested for turning, which mends the resonance that symmetric
 * targets show. Step sizes by dual averaging [hoffman2014]. */
#include "infer/nuts.h"
#include "infer/num.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { DEPTH_CAP = 12 };

/* A point on a trajectory, in v coordinates. */
typedef struct point {
    double *q, *p, *g;
    double lp;
} point;

/* What one level of the recursion needs: two momenta at each seam and running sums. */
typedef struct level {
    double *rho_a, *rho_b, *a_end, *b_begin;
    point pick;
} level;

/* Dual averaging of ln(step). */
typedef struct tuner {
    double mu, sum, log_step, log_mean, count;
} tuner;

/* One planned step that waits for the exact density's word, and what to go back to. */
typedef struct plan {
    point from, to;
    double u;        /* decides */
    bool walk, moved;
    gs_rng rng;      /* after it was planned, likewise: */
    tuner tune;
    double energy;
    bool diverged;
    size_t depth;
} plan;

typedef struct chain {
    size_t n, slot;
    const target *t;
    const double *centre, *L;
    gs_rng rng;
    double *u, *gu; /* scratch in the target's coordinates */
    point now, fwd, bck, pick, end;
    plan plan[NUTS_AHEAD];
    double *at[NUTS_AHEAD]; /* places of the plans in the target's coordinates */
    double exact;   /* exact log density of now */
    bool walked;    /* the walk before the next transition is done with */
    size_t n_tried, n_accepted;
    double *rho, *rho_new, *p_new_in, *p_new_out, *sum;
    level level[DEPTH_CAP + 1];
    double step, energy;
    tuner tune;
    bool diverged, failed;
    double accept_sum, accept_n;
    size_t n_gradient;
    double *window; /* [window length x n] draws of u for the metric */
} chain;

static double eval(chain *c, point *x)
{
    size_t n = c->n;
    num_lower_mul(n, c->L, x->q, c->u);
    for (size_t i = 0; i < n; i++)
        c->u[i] += c->centre[i];
    x->lp = c->t->eval(c->t->self, c->slot, c->u, c->gu);
    c->n_gradient++;
    if (isnan(x->lp))
        x->lp = -HUGE_VAL;
    num_lower_tmul(n, c->L, c->gu, x->g);
    return x->lp;
}

static double dot(size_t n, const double *a, const double *b)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

static void copy(size_t n, double *to, const double *from)
{
    memcpy(to, from, n * sizeof *to);
}

static void copy_point(size_t n, point *to, const point *from)
{
    copy(n, to->q, from->q);
    copy(n, to->p, from->p);
    copy(n, to->g, from->g);
    to->lp = from->lp;
}

static void leapfrog(chain *c, point *x, double step)
{
    for (size_t i = 0; i < c->n; i++) {
        x->p[i] += 0.5 * step * x->g[i];
        x->q[i] += step * x->p[i];
    }
    eval(c, x);
    for (size_t i = 0; i < c->n; i++)
        x->p[i] += 0.5 * step * x->g[i];
}

static double energy_of(size_t n, const point *x)
{
    double h = 0.5 * dot(n, x->p, x->p) - x->lp;
    return isnan(h) ? HUGE_VAL : h;
}

static double log_add(double a, double b)
{
    double top = a > b ? a : b;
    return top == -HUGE_VAL ? top : top + log(exp(a - top) + exp(b - top));
}

/* Both ends still move along the sum of momenta. */
static bool going(size_t n, const double *rho, const double *p1, const double *p2)
{
    return dot(n, rho, p1) > 0 && dot(n, rho, p2) > 0;
}

/* going() for the sum of rho and one more momentum. */
static bool going_past(chain *c, const double *rho, const double *extra,
                       const double *p1, const double *p2)
{
    for (size_t i = 0; i < c->n; i++)
        c->sum[i] = rho[i] + extra[i];
    return going(c->n, c->sum, p1, p2);
}

/* Grow 2^depth steps from c->end in direction `step`. On return *pick holds a state of
 * the subtree chosen by weight, rho the sum of its momenta, p_in / p_out the momenta at
 * the end nearer to / further from the start. False: turned round or diverged. */
static bool grow(chain *c, size_t depth, double step, point *pick, double *rho,
                 double *p_in, double *p_out, double *log_w)
{
    size_t n = c->n;
    if (depth == 0) {
        leapfrog(c, &c->end, step);
        double h = energy_of(n, &c->end) - c->energy;
        c->accept_sum += h <= 0 ? 1 : exp(-h);
        c->accept_n++;
        c->diverged = c->diverged || h > 1000;
        *log_w = -h;
        copy_point(n, pick, &c->end);
        copy(n, rho, c->end.p);
        copy(n, p_in, c->end.p);
        copy(n, p_out, c->end.p);
        return !(h > 1000);
    }
    level *v = &c->level[depth];
    double wa, wb;
    if (!grow(c, depth - 1, step, pick, v->rho_a, p_in, v->a_end, &wa))
        return false;
    if (!grow(c, depth - 1, step, &v->pick, v->rho_b, v->b_begin, p_out, &wb))
        return false;
    *log_w = log_add(wa, wb);
    if (gs_rng_uniform(&c->rng) < exp(wb - *log_w))
        copy_point(n, pick, &v->pick);
    for (size_t i = 0; i < n; i++)
        rho[i] = v->rho_a[i] + v->rho_b[i];
    return going(n, rho, p_in, p_out) &&
           going_past(c, v->rho_a, v->b_begin, p_in, v->b_begin) &&
           going_past(c, v->rho_b, v->a_end, v->a_end, p_out);
}

/* One transition from c->now; returns the depth reached. */
static size_t transition(chain *c, size_t max_depth)
{
    size_t n = c->n, depth = 0;
    for (size_t i = 0; i < n; i++)
        c->now.p[i] = gs_rng_normal(&c->rng);
    c->energy = energy_of(n, &c->now);
    c->diverged = false;
    c->accept_sum = c->accept_n = 0;
    copy_point(n, &c->fwd, &c->now);
    copy_point(n, &c->bck, &c->now);
    copy(n, c->rho, c->now.p);
    double log_w = 0;
    while (depth < max_depth) {
        bool ahead = gs_rng_uniform(&c->rng) < 0.5;
        point *edge = ahead ? &c->fwd : &c->bck;
        double w;
        copy_point(n, &c->end, edge);
        bool ok = grow(c, depth, ahead ? c->step : -c->step, &c->pick, c->rho_new,
                       c->p_new_in, c->p_new_out, &w);
        depth++;
        if (!ok)
            break;
        if (gs_rng_uniform(&c->rng) < exp(w - log_w))
            copy_point(n, &c->now, &c->pick);
        log_w = log_add(log_w, w);
        /* seams: the old trajectory plus the first new momentum, and the reverse */
        const double *far = ahead ? c->bck.p : c->fwd.p;
        bool on = going_past(c, c->rho, c->p_new_in, far, c->p_new_in) &&
                  going_past(c, c->rho_new, edge->p, edge->p, c->p_new_out);
        for (size_t i = 0; i < n; i++)
            c->rho[i] += c->rho_new[i];
        copy_point(n, edge, &c->end);
        if (!on || !going(n, c->rho, c->fwd.p, c->bck.p))
            break;
    }
    return depth;
}

/* exact log densities of n plans that moved -> lp */
static void look(chain *c, size_t n, plan *const *p, double *lp)
{
    const target *t = c->t;
    for (size_t i = 0; i < n; i++) {
        num_lower_mul(c->n, c->L, p[i]->to.q, c->at[i]);
        for (size_t d = 0; d < c->n; d++)
            c->at[i][d] += c->centre[d];
    }
    if (t->many)
        t->many(t->self, c->slot, n, (const double *const *)c->at, lp, NULL);
    for (size_t i = 0; i < n; i++) {
        if (!t->many)
            lp[i] = t->exact(t->self, c->slot, c->at[i], NULL);
        lp[i] = isnan(lp[i]) ? -HUGE_VAL : lp[i];
    }
}

static double exact_of(chain *c)
{
    plan *here = &c->plan[0];
    double lp;
    copy_point(c->n, &here->to, &c->now);
    look(c, 1, &here, &lp);
    return lp;
}

static void tune_start(tuner *t, double step)
{
    *t = (tuner){.mu = log(10 * step), .log_step = log(step), .log_mean = 0};
}

static void tune_feed(tuner *t, double accept, double want)
{
    t->count++;
    double w = 1 / (t->count + 10);
    t->sum = (1 - w) * t->sum + w * (want - accept);
    t->log_step = t->mu - sqrt(t->count) / 0.05 * t->sum;
    double k = pow(t->count, -0.75);
    t->log_mean = k * t->log_step + (1 - k) * t->log_mean;
}

/* A step at which one leapfrog changes the energy by about ln 0.8. */
static void find_step(chain *c)
{
    size_t n = c->n;
    double step = c->step > 0 ? c->step : 0.5;
    int direction = 0;
    for (int i = 0; i < 40; i++) {
        copy_point(n, &c->end, &c->now);
        for (size_t k = 0; k < n; k++)
            c->end.p[k] = gs_rng_normal(&c->rng);
        double h = energy_of(n, &c->end);
        leapfrog(c, &c->end, step);
        double change = h - energy_of(n, &c->end);
        int want = change > log(0.8) ? 1 : -1;
        if (direction && want != direction)
            break;
        direction = want;
        step *= want > 0 ? 2 : 0.5;
        if (step > 4 || step < 1e-7)
            break;
    }
    c->step = step;
    tune_start(&c->tune, step);
}

/* ---- the whole run ---- */

typedef struct run {
    chain *chain;
    const nuts_opts *o;
    const gs_progress *progress;
    double from;
    atomic_size_t done;
    atomic_bool cancelled;
    double *centre, *L;
    nuts_out *out;
    size_t *divergent, *deep;
    /* the phase at hand */
    size_t n_iter;
    bool tuning, keeping, restart, checking;
} run;

static gs_status alloc_chain(gs_arena *a, chain *c, size_t n, size_t window)
{
    double **single[] = {&c->u,       &c->gu,        &c->rho, &c->rho_new,
                         &c->p_new_in, &c->p_new_out, &c->sum};
    point *pt[5 + 2 * NUTS_AHEAD] = {&c->now, &c->fwd, &c->bck, &c->pick, &c->end};
    bool ok = true;
    for (size_t i = 0; i < NUTS_AHEAD; i++) {
        pt[5 + 2 * i] = &c->plan[i].from;
        pt[6 + 2 * i] = &c->plan[i].to;
        ok = (c->at[i] = GS_NEW(a, double, n)) && ok;
    }
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        ok = (*single[i] = GS_NEW(a, double, n)) && ok;
    for (size_t i = 0; i < sizeof pt / sizeof *pt; i++)
        ok = (pt[i]->q = GS_NEW(a, double, n)) && (pt[i]->p = GS_NEW(a, double, n)) &&
             (pt[i]->g = GS_NEW(a, double, n)) && ok;
    for (size_t d = 0; d <= DEPTH_CAP; d++) {
        level *v = &c->level[d];
        double *block = GS_NEW(a, double, 7 * n);
        if (!block)
            return GS_ENOMEM;
        v->rho_a = block;
        v->rho_b = block + n;
        v->a_end = block + 2 * n;
        v->b_begin = block + 3 * n;
        v->pick = (point){.q = block + 4 * n, .p = block + 5 * n, .g = block + 6 * n};
    }
    c->window = GS_NEW(a, double, window *n);
    return ok && c->window ? GS_OK : GS_ENOMEM;
}

/* A start drawn from the Laplace approximation, nearer to its centre when impossible. */
static void start_chain(void *ctx, size_t i)
{
    run *r = ctx;
    chain *c = &r->chain[i];
    double size = 1;
    for (int k = 0; k < 30; k++, size *= 0.8) {
        for (size_t d = 0; d < c->n; d++)
            c->now.q[d] = size * gs_rng_normal(&c->rng);
        if (eval(c, &c->now) > -HUGE_VAL && isfinite(dot(c->n, c->now.g, c->now.g)))
            return;
    }
    c->failed = true;
}

static void keep_draw(run *r, chain *c, size_t i_draw, double *energy)
{
    size_t row = c->slot * r->o->n_draw + i_draw;
    double *u = r->out->draw + row * c->n;
    num_lower_mul(c->n, c->L, c->now.q, u);
    for (size_t i = 0; i < c->n; i++)
        u[i] += c->centre[i];
    r->out->lp[row] = c->now.lp;
    energy[i_draw] = c->energy;
}

static double ebfmi(size_t n, const double *e)
{
    double mean = 0, spread = 0, change = 0;
    for (size_t i = 0; i < n; i++)
        mean += e[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        spread += (e[i] - mean) * (e[i] - mean);
        if (i > 0)
            change += (e[i] - e[i - 1]) * (e[i] - e[i - 1]);
    }
    return spread > 0 ? change / spread : 0;
}

/* what iteration `it` leaves behind */
static void record(run *r, chain *c, size_t it, bool diverged, size_t depth)
{
    if (r->keeping) {
        keep_draw(r, c, it, c->window); /* free while draws are kept: energies */
        r->divergent[c->slot] += diverged;
        r->deep[c->slot] += depth >= r->o->max_depth && !diverged;
    } else {
        double *u = c->window + it * c->n;
        num_lower_mul(c->n, c->L, c->now.q, u);
        for (size_t d = 0; d < c->n; d++)
            u[d] += c->centre[d];
    }
    size_t done = atomic_fetch_add(&r->done, 1) + 1;
    double all = (double)(r->o->n_chain * (r->o->n_warmup + r->o->n_draw));
    gs_progress_tick(r->progress, "sampling", r->from + (1 - r->from) * (double)done / all);
}

static size_t tuned_transition(run *r, chain *c)
{
    if (r->tuning)
        c->step = exp(c->tune.log_step);
    size_t depth = transition(c, r->o->max_depth);
    if (r->tuning)
        tune_feed(&c->tune, c->accept_n > 0 ? c->accept_sum / c->accept_n : 0,
                  r->o->target_accept);
    return depth;
}

/* ---- transitions of a stand-in, and the exact density's word on them ----
 *
 * One time in twenty, before a transition, a random-walk step asks the exact density alone:
 * no gradient, one look at it. All leave the exact density invariant. Looks are had for
 * several steps together: they are planned one after the other as if each were accepted, and
 * if one is not, those after it are forgotten and random numbers taken up where it left off.
 * A walk is refused more often than not, so it is the last of its group. */

/* up to `most` steps from here; their number */
static size_t plan_ahead(run *r, chain *c, size_t most, size_t n_iter)
{
    size_t n = c->n, k = 0;
    while (k < most && n_iter > 0) {
        plan *p = &c->plan[k++];
        p->walk = !c->walked && gs_rng_uniform(&c->rng) < 0.05;
        c->walked = p->walk;
        copy_point(n, &p->from, &c->now);
        if (p->walk) {
            for (size_t i = 0; i < n; i++)
                c->now.q[i] += 1.7 / sqrt((double)n) * gs_rng_normal(&c->rng);
        } else {
            p->depth = tuned_transition(r, c);
            n_iter--;
        }
        p->u = gs_rng_uniform(&c->rng);
        p->moved = memcmp(p->from.q, c->now.q, n * sizeof *c->now.q) != 0;
        copy_point(n, &p->to, &c->now);
        p->rng = c->rng;
        p->tune = c->tune;
        p->energy = c->energy;
        p->diverged = c->diverged;
        if (p->walk)
            break;
    }
    return k;
}

/* the exact density's word on one plan; true when it stands */
static bool decide(chain *c, const plan *p, double lp)
{
    double favour = p->walk ? lp - c->exact
                            : (lp - c->exact) - (p->to.lp - p->from.lp);
    bool taken = !p->moved || log(p->u) < favour;
    c->n_tried += p->moved && !p->walk;
    c->n_accepted += p->moved && !p->walk && taken;
    copy_point(c->n, &c->now, taken ? &p->to : &p->from);
    c->exact = p->moved && taken ? lp : c->exact;
    c->rng = p->rng;
    c->tune = p->tune;
    c->energy = p->energy;
    c->walked = p->walk;
    if (p->walk && taken)
        eval(c, &c->now);
    return taken;
}

/* plans a group, asks, records the iterations that came of it; their number */
static size_t checked_transitions(run *r, chain *c, size_t it)
{
    plan *asked[NUTS_AHEAD];
    double lp[NUTS_AHEAD];
    size_t n = plan_ahead(r, c, c->t->many ? NUTS_AHEAD : 1, r->n_iter - it);
    size_t n_asked = 0, done = 0;
    for (size_t i = 0; i < n; i++)
        if (c->plan[i].moved)
            asked[n_asked++] = &c->plan[i];
    if (n_asked)
        look(c, n_asked, asked, lp);
    for (size_t i = 0, k = 0; i < n; i++) {
        const plan *p = &c->plan[i];
        bool taken = decide(c, p, p->moved ? lp[k++] : 0);
        if (!p->walk)
            record(r, c, it + done++, p->diverged, p->depth);
        if (!taken)
            break;
    }
    return done;
}

/* One chain through the phase at hand. */
static void run_phase(void *ctx, size_t i)
{
    run *r = ctx;
    chain *c = &r->chain[i];
    if (r->restart)
        find_step(c);
    if (r->checking && r->tuning)
        c->exact = exact_of(c);
    for (size_t it = 0; it < r->n_iter;) {
        if (atomic_load(&r->cancelled) || gs_progress_cancelled(r->progress)) {
            atomic_store(&r->cancelled, true);
            return;
        }
        if (r->checking) {
            it += checked_transitions(r, c, it);
            continue;
        }
        size_t depth = tuned_transition(r, c);
        record(r, c, it++, c->diverged, depth);
    }
    if (r->tuning)
        c->step = exp(c->tune.log_mean);
    if (r->keeping)
        r->out->ebfmi[i] = ebfmi(r->n_iter, c->window);
}

/* New metric from the window's draws of all chains, shrunk towards the old one by the
 * weight of 20 draws; chains keep their place. */
static void update_metric(run *r, double *cov, double *mean)
{
    size_t n = r->chain[0].n, n_all = r->n_iter * r->o->n_chain;
    memset(cov, 0, n * n * sizeof *cov);
    memset(mean, 0, n * sizeof *mean);
    for (size_t c = 0; c < r->o->n_chain; c++)
        for (size_t k = 0; k < r->n_iter; k++)
            for (size_t i = 0; i < n; i++)
                mean[i] += r->chain[c].window[k * n + i] / (double)n_all;
    for (size_t c = 0; c < r->o->n_chain; c++)
        for (size_t k = 0; k < r->n_iter; k++) {
            const double *u = r->chain[c].window + k * n;
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j <= i; j++)
                    cov[i * n + j] += (u[i] - mean[i]) * (u[j] - mean[j]);
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double old = dot(j + 1, r->L + i * n, r->L + j * n);
            cov[i * n + j] = (cov[i * n + j] + 20 * old) / (double)(n_all + 20);
            cov[j * n + i] = cov[i * n + j];
        }
    if (!num_cholesky(n, cov))
        return;
    for (size_t c = 0; c < r->o->n_chain; c++) {
        chain *x = &r->chain[c];
        for (size_t i = 0; i < n; i++)
            x->u[i] = x->window[(r->n_iter - 1) * n + i] - mean[i];
        num_lower_solve(n, cov, x->u, x->now.q);
    }
    copy(n * n, r->L, cov);
    copy(n, r->centre, mean);
    for (size_t c = 0; c < r->o->n_chain; c++)
        eval(&r->chain[c], &r->chain[c].now);
}

static gs_status check_alive(run *r, gs_err *err)
{
    if (atomic_load(&r->cancelled))
        return gs_fail(err, GS_ECANCEL, "the fit was cancelled");
    for (size_t c = 0; c < r->o->n_chain; c++)
        if (r->chain[c].failed)
            return gs_fail(err, GS_ENUM,
                           "no possible starting point was found for chain %zu", c + 1);
    return GS_OK;
}

/* Warm-up: step sizes at the first metric, two windows that renew it, step sizes again. */
static gs_status warm_up(run *r, const gs_pool *pool, double *cov, double *mean,
                         gs_err *err)
{
    size_t n = r->o->n_warmup, part[4] = {n * 3 / 20, n / 4, n * 2 / 5, 0};
    part[3] = n - part[0] - part[1] - part[2];
    r->tuning = r->restart = true;
    for (int k = 0; k < 4; k++) {
        r->n_iter = part[k];
        r->checking = k == 3 && r->chain[0].t->exact;
        gs_pool_run(pool, r->o->n_chain, run_phase, r);
        GS_TRY(check_alive(r, err));
        r->restart = k == 1 || k == 2;
        if (r->restart && part[k] * r->o->n_chain > r->chain[0].n + 5)
            update_metric(r, cov, mean);
    }
    r->tuning = r->restart = false;
    return GS_OK;
}

gs_status nuts_run(gs_arena *a, const target *t, const double *centre, const double *L,
                   const nuts_opts *o, const gs_pool *pool, const gs_progress *progress,
                   double from, nuts_out *out, gs_err *err)
{
    size_t n = t->n, n_row = o->n_chain * o->n_draw;
    nuts_opts opts = *o;
    opts.max_depth = o->max_depth > DEPTH_CAP ? DEPTH_CAP : o->max_depth;
    run r = {.o = &opts, .progress = progress, .from = from, .out = out};
    *out = (nuts_out){.draw = GS_NEW(a, double, n_row *n), .lp = GS_NEW(a, double, n_row),
                      .ebfmi = GS_NEW(a, double, o->n_chain),
                      .step = GS_NEW(a, double, o->n_chain)};
    r.chain = GS_NEW(a, chain, o->n_chain);
    r.centre = GS_NEW(a, double, n);
    r.L = GS_NEW(a, double, n *n);
    r.divergent = GS_NEW(a, size_t, 2 * o->n_chain);
    double *cov = GS_NEW(a, double, n *n), *mean = GS_NEW(a, double, n);
    if (!out->draw || !out->lp || !out->ebfmi || !out->step || !r.chain || !r.centre ||
        !r.L || !r.divergent || !cov || !mean)
        return gs_fail(err, GS_ENOMEM, "out of memory for the draws");
    r.deep = r.divergent + o->n_chain;
    copy(n, r.centre, centre);
    copy(n * n, r.L, L);
    size_t window = o->n_draw > o->n_warmup ? o->n_draw : o->n_warmup;
    for (size_t c = 0; c < o->n_chain; c++) {
        r.chain[c] = (chain){.n = n, .slot = c, .t = t, .centre = r.centre, .L = r.L,
                             .rng = gs_rng_stream(o->seed, c, "chain")};
        if (alloc_chain(a, &r.chain[c], n, window) != GS_OK)
            return gs_fail(err, GS_ENOMEM, "out of memory for the chains");
    }
    gs_pool_run(pool, o->n_chain, start_chain, &r);
    GS_TRY(check_alive(&r, err));
    GS_TRY(warm_up(&r, pool, cov, mean, err));
    r.n_iter = o->n_draw;
    r.keeping = true;
    gs_pool_run(pool, o->n_chain, run_phase, &r);
    GS_TRY(check_alive(&r, err));
    size_t tried = 0, accepted = 0;
    for (size_t c = 0; c < o->n_chain; c++) {
        out->n_divergent += r.divergent[c];
        out->n_depth += r.deep[c];
        out->n_gradient += r.chain[c].n_gradient;
        out->step[c] = r.chain[c].step;
        tried += r.chain[c].n_tried;
        accepted += r.chain[c].n_accepted;
    }
    out->accepted = tried ? (double)accepted / (double)tried : 1;
    return GS_OK;
}
