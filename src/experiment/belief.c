/* What the change does to this person's score, draw by draw, through the axis.
 *
 *   1. every draw lives the diary on the fit's own grid: where it stands at the end, and
 *      the mean signal over the days scored (what the fit measures the level against);
 *   2. from there it goes on as usual, and with the change for good;
 *   3. the difference, day by day, is the step response. A block of the change is the
 *      step less the same step later, so one pair of paths serves every schedule.
 *
 * Where the condition switches (eczema), calm skin and flares each go on, with the chances
 * to pass from one to the other that the levers make; the step response is what the mean
 * over both moves by.
 *
 * The axis is not linear, but levers move it little: superposed and simulated responses
 * to blocks differ by a few percent (tests/experiment/test_belief.c has the figure). */
#include "experiment/inside.h"

#include "advice/lever.h"
#include "gutskin/sim.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

typedef struct job {
    const gs_kernel *k;
    const gs_obs *obs;
    const gs_fit *f;
    const gs_question *q;
    const gs_progress *progress;
    uint32_t see;
    double slope;
    size_t n, n_day, at;
    bool prior_gain;
    const double *par, *x0, *lever; /* [n x n_par] [n x n_state] [diary x n_lever] */
    size_t *row;
    double *usual, *step, *full, *effect, *point;
    gs_lives *lives;        /* NULL where nothing switches */
    double *rise, *enter, *leave, *flare, *at_flare;
    bool *lived;
    atomic_size_t n_done;
    atomic_bool stopped;
} job;

typedef struct life {
    gs_sim *sim;
    double *lever, *y, *x;
} life;

static bool path(const job *j, life *l, const double *par, const double *x0,
                 size_t n_day, const double *lever, double *x)
{
    gs_err quiet = {0};
    return gs_sim_grad(l->sim, par, x0, false, NULL, n_day, lever, 0, NULL, 1, &j->see,
                       l->y, NULL, x, &quiet) == GS_OK;
}

/* Levers of the days to come: the replayed days over and over, changed or not. */
static void days_to_come(const job *j, bool changed, double *out)
{
    size_t n = j->k->n_lever;
    for (size_t d = 0; d < j->n_day; d++) {
        size_t back = d % j->q->n_replay;
        memcpy(out + d * n, j->q->days_usual + back * n, n * sizeof *out);
        if (changed)
            out[d * n + j->q->i_lever] = j->q->days_then[back];
    }
}

static bool live_draw(job *j, life *l, size_t i)
{
    const gs_series *s = &j->obs->series[j->q->i_series];
    const double *par = j->par + i * j->k->n_par;
    double *usual = j->usual + i * j->n_day, *step = j->step + i * j->n_day;
    double centre = 0, n = 0;

    if (!path(j, l, par, j->x0 + i * j->k->n_state, j->obs->n_day, j->lever, l->x))
        return false;
    for (size_t d = 0; d < s->n && (size_t)s->day[d] < j->f->n_day; d++, n += 1)
        centre += l->y[s->day[d] + 1];
    centre /= fmax(n, 1);
    const double *start = l->x + j->obs->n_day * j->k->n_state;
    days_to_come(j, false, l->lever);
    if (!path(j, l, par, start, j->n_day, l->lever, NULL))
        return false;
    for (size_t d = 0; d < j->n_day; d++)
        usual[d] = j->slope * (l->y[d + 1] - centre);
    days_to_come(j, true, l->lever);
    if (!path(j, l, par, start, j->n_day, l->lever, NULL))
        return false;
    for (size_t d = 0; d < j->n_day; d++)
        step[d] = j->slope * (l->y[d + 1] - centre) - usual[d];
    return true;
}

/* How much more the score moves from calm to a flare than a straight line would have it. */
static double bend(const job *j, size_t i, double calm, double flare)
{
    double h = 0.05 * (flare - calm), s = 0, mid = 0.5 * (calm + flare);
    if (!(fabs(h) > 1e-9))
        return 1;
    s = gs_infer_score_at(j->obs, j->f, j->row[i], j->q->i_series, mid + h) -
        gs_infer_score_at(j->obs, j->f, j->row[i], j->q->i_series, mid - h);
    double all = gs_infer_score_at(j->obs, j->f, j->row[i], j->q->i_series, flare) -
                 gs_infer_score_at(j->obs, j->f, j->row[i], j->q->i_series, calm);
    return fabs(s) > 1e-9 ? fmin(fmax(all / (10 * s), 0.2), 5) : 1;
}

/* A draw of the prior may flare far more or less than this person, whose mean score its
 * level was set to: both bodies are moved so that it scores like them, up to `at`. */
static void centre_on_scores(job *j, size_t i)
{
    size_t at = i * j->n_day;
    double p = j->flare[i], sum = 0;
    for (size_t d = 0; d <= j->at; d++) {
        p += (1 - p) * j->enter[at + d] - p * j->leave[at + d];
        sum += (1 - p) * j->usual[at + d] + p * j->rise[at + d];
    }
    for (size_t d = 0; d < j->n_day; d++) {
        j->usual[at + d] -= sum / (double)(j->at + 1);
        j->rise[at + d] -= sum / (double)(j->at + 1);
    }
}

/* Calm skin and flares go on, as usual and changed. */
static bool live_switching(job *j, gs_arena *a, life *l, size_t i)
{
    size_t n = j->n_day, n_lever = j->k->n_lever, at = i * n;
    double *v = GS_NEW(a, double, 5 * n), *lever = GS_NEW(a, double, n * n_lever + 1);
    const double *par = j->par + i * j->k->n_par;
    gs_err quiet = {0};
    if (!v || !lever)
        return false;
    gs_life_path path[2] = {
        {j->usual + at, j->rise + at, j->enter + at, j->leave + at},
        {v, v + n, v + 2 * n, v + 3 * n}};
    gs_life_plan plan[2] = {{par, n, l->lever}, {par, n, lever}};
    days_to_come(j, false, l->lever);
    days_to_come(j, true, lever);
    if (gs_infer_live_path(j->lives, j->row[i], par, 2, plan, path, &j->flare[i],
                           &quiet) != GS_OK ||
        isnan(j->flare[i]))
        return false;
    double p = j->flare[i], then = p;
    double more = bend(j, i, path[0].calm[j->at], path[0].flare[j->at]);
    for (size_t d = 0; d < n; d++) {
        p += (1 - p) * path[0].enter[d] - p * path[0].leave[d];
        then += (1 - then) * path[1].enter[d] - then * path[1].leave[d];
        j->step[at + d] = (1 - p) * (path[1].calm[d] - path[0].calm[d]) +
                          p * (path[1].flare[d] - path[0].flare[d]) +
                          (then - p) * (path[1].flare[d] - path[1].calm[d]) * more;
        if (d == j->at)
            j->at_flare[i] = p;
    }
    if (j->f->prior_draw ==
        j->f->draw) /* nothing fitted: levels are guesses from scores */
        centre_on_scores(j, i);
    for (size_t d = 0; d < n; d++)
        j->rise[at + d] -= j->usual[at + d];
    return true;
}

static void live(void *ctx, size_t i)
{
    job *j = ctx;
    gs_arena *a = gs_arena_new(0);
    gs_sim_opts o = GS_SIM_OPTS;
    size_t most = j->obs->n_day > j->n_day ? j->obs->n_day : j->n_day;
    life l = {0};

    if (gs_progress_cancelled(j->progress))
        atomic_store(&j->stopped, true);
    if (a && !atomic_load(&j->stopped)) {
        l.lever = GS_NEW(a, double, j->n_day * j->k->n_lever + 1);
        l.y = GS_NEW(a, double, most + 2);
        l.x = GS_NEW(a, double, (j->obs->n_day + 1) * j->k->n_state);
        if (l.lever && j->lives)
            j->lived[i] = live_switching(j, a, &l, i);
        else if (l.lever && l.y && l.x && gs_sim_new(j->k, &o, &l.sim, NULL) == GS_OK)
            j->lived[i] = live_draw(j, &l, i);
        gs_sim_free(l.sim);
    }
    gs_arena_free(a);
    gs_progress_tick(j->progress, "what the change would do",
                     (double)(atomic_fetch_add(&j->n_done, 1) + 1) / (double)j->n);
}

static long see_of(const gs_kernel *k, const gs_series *s)
{
    char name[80];
    if (s->channel && *s->channel->see)
        return gs_kernel_see(k, s->channel->see);
    snprintf(name, sizeof name, "signal_%s", s->condition);
    return gs_kernel_see(k, name);
}

void gs_experiment_superpose(size_t n_day, const double *step, const double *dose,
                             double *out)
{
    double before = 0;
    for (size_t u = 0; u < n_day; u++) {
        double jump = dose[u] - before;
        before = dose[u];
        for (size_t d = u; jump != 0 && d < n_day; d++)
            out[d] += jump * step[d - u];
    }
}

/* Over how many days the response is described: two phases of an experiment, or twice the
 * time after which the change is said to show. What comes later (a slow rest of the axis)
 * no experiment of this kind waits for. */
static size_t horizon(const gs_belief *b, double tau)
{
    size_t n = 2 * (b->at + 1), phases = (size_t)ceil(4 * tau);
    n = n > phases ? n : phases;
    return n < b->n_day ? n : b->n_day;
}

/* The lag of 1 - exp(-t/lag) that is nearest to the mean response, days weighted alike, at
 * most the time constant tau of the slowest state on the path; tau where there is no
 * response. Phases last two tau: an effect is what has come out by then, not what a
 * slower rest of the axis might add in half a year. */
static double nearest_lag(const gs_belief *b, double tau)
{
    size_t n = horizon(b, tau);
    double best = HUGE_VAL, lag = tau, all = 0;

    for (size_t i = 0; i < b->n; i++)
        all += fabs(b->step[i * b->n_day + b->at]);
    if (!(all > 1e-9) || n < 7)
        return tau;
    for (double l = 0.5; l <= tau; l *= 1.1) {
        double xx = 0, xy = 0, yy = 0;
        for (size_t d = 0; d < n; d++) {
            double x = 1 - exp(-((double)d + 1) / l), y = 0;
            for (size_t i = 0; i < b->n;
                 i++) { /* each draw by its own sign: shapes add up */
                double s = b->step[i * b->n_day + d], e = b->step[i * b->n_day + b->at];
                y += e < 0 ? -s : s;
            }
            xx += x * x;
            xy += x * y;
            yy += y * y;
        }
        double left = yy - xy * xy / xx;
        if (left < best) {
            best = left;
            lag = l;
        }
    }
    return lag < tau ? lag : tau;
}

/* Response i in full: the height of 1 - exp(-t/lag) nearest to it. */
static double height(const gs_belief *b, size_t i, double tau)
{
    size_t n = horizon(b, tau);
    double xx = 0, xy = 0;
    for (size_t d = 0; d < n; d++) {
        double x = 1 - exp(-((double)d + 1) / b->lag);
        xx += x * x;
        xy += x * b->step[i * b->n_day + d];
    }
    return xy / xx;
}

double gs_experiment_score_at(const gs_obs *obs, const gs_fit *f, const gs_question *q,
                              const gs_belief *b, size_t i, double extra)
{
    double at = b->usual[i * b->n_day + b->at] + extra;
    double calm = gs_infer_score_at(obs, f, b->row[i], q->i_series, at);
    if (!b->flare)
        return calm;
    at += b->rise[i * b->n_day + b->at];
    return calm + b->at_flare[i] *
                      (gs_infer_score_at(obs, f, b->row[i], q->i_series, at) - calm);
}

/* Heights, and what they are in points. */
static void set_effects(const job *j, gs_belief *b, double *full, double *effect,
                        double *point)
{
    for (size_t i = 0; i < b->n; i++) {
        double here = gs_experiment_score_at(j->obs, j->f, j->q, b, i, 0);
        full[i] = height(b, i, j->q->tau);
        effect[i] = gs_experiment_score_at(j->obs, j->f, j->q, b, i, full[i]) - here;
        point[i] = (gs_experiment_score_at(j->obs, j->f, j->q, b, i, 0.1) -
                    gs_experiment_score_at(j->obs, j->f, j->q, b, i, -0.1)) / 0.2;
    }
    b->full = full;
    b->effect = effect;
    b->point = point;
}

/* The draws that could be lived, to the front. */
static size_t close_ranks(const job *j)
{
    size_t to = 0;
    for (size_t i = 0; i < j->n; i++) {
        if (!j->lived[i])
            continue;
        double *path[] = {j->usual, j->step, j->rise, j->enter, j->leave};
        for (size_t k = 0; k < (j->lives ? 5u : 2u); k++)
            memmove(path[k] + to * j->n_day, path[k] + i * j->n_day,
                    j->n_day * sizeof(double));
        if (j->lives) {
            j->flare[to] = j->flare[i];
            j->at_flare[to] = j->at_flare[i];
        }
        j->row[to++] = j->row[i];
    }
    return to;
}

/* The lever's gain as it was believed before the diary; all else as it is now. */
static gs_status set_prior_gain(gs_arena *work, const job *j, double *par, gs_err *err)
{
    const gs_kernel *k = j->k;
    long gain = lever_gain(k, j->q->lever);
    double *prior = GS_NEW(work, double, j->n * k->n_par + 1);
    if (!prior)
        return gs_fail(err, GS_ENOMEM, "out of memory for what was believed");
    GS_TRY(gs_infer_par(k, j->obs, j->f, true, j->n, prior, NULL, err));
    for (size_t i = 0; gain >= 0 && i < j->n; i++)
        par[i * k->n_par + (size_t)gain] = prior[i * k->n_par + (size_t)gain];
    return GS_OK;
}

static gs_status make_switching(gs_arena *a, gs_arena *work, job *j, gs_err *err)
{
    GS_TRY(gs_infer_lives(work, j->k, j->obs, j->f, j->q->i_series, &j->lives, err));
    if (!j->lives)
        return GS_OK;
    double **path[] = {&j->rise, &j->enter, &j->leave};
    for (size_t k = 0; k < 3; k++)
        if (!(*path[k] = GS_NEW(a, double, j->n * j->n_day)))
            return gs_fail(err, GS_ENOMEM,
                           "out of memory for what the change would do");
    j->flare = GS_NEW(a, double, j->n);
    j->at_flare = GS_NEW(a, double, j->n);
    return j->flare && j->at_flare
               ? GS_OK
               : gs_fail(err, GS_ENOMEM, "out of memory for flares");
}

static gs_status make_job(gs_arena *a, gs_arena *work, job *j, gs_err *err)
{
    const gs_kernel *k = j->k;
    double *par = GS_NEW(work, double, j->n * k->n_par + 1);
    double *x0 = GS_NEW(work, double, j->n * k->n_state + 1);
    double *lever = GS_NEW(work, double, j->obs->n_day * k->n_lever + 1);
    j->row = GS_NEW(a, size_t, j->n);
    j->usual = GS_NEW(a, double, j->n * j->n_day);
    j->step = GS_NEW(a, double, j->n * j->n_day);
    j->full = GS_NEW(a, double, j->n);
    j->effect = GS_NEW(a, double, j->n);
    j->point = GS_NEW(a, double, j->n);
    j->lived = GS_NEW(work, bool, j->n);
    if (!par || !x0 || !lever || !j->row || !j->usual || !j->step || !j->full ||
        !j->effect || !j->point || !j->lived)
        return gs_fail(err, GS_ENOMEM, "out of memory for what the change would do");
    for (size_t i = 0; i < j->n; i++)
        j->row[i] = i * (j->f->n_chain * j->f->n_draw) / j->n;
    GS_TRY(gs_infer_par(k, j->obs, j->f, false, j->n, par, x0, err));
    if (j->prior_gain)
        GS_TRY(set_prior_gain(work, j, par, err));
    GS_TRY(gs_infer_levers(k, j->obs, lever, NULL, err));
    j->par = par;
    j->x0 = x0;
    j->lever = lever;
    return make_switching(a, work, j, err);
}

static gs_status believe(gs_arena *a, gs_arena *work, job *j, const gs_pool *pool,
                         gs_belief *out, gs_err *err)
{
    GS_TRY(make_job(a, work, j, err));
    gs_pool_run(pool, j->n, live, j);
    if (atomic_load(&j->stopped))
        return gs_fail(err, GS_ECANCEL, "stopped");
    size_t n = close_ranks(j);
    if (2 * n < j->n || n == 0)
        return gs_fail(err, GS_ENUM,
                       "the model cannot live most of what is believed about this "
                       "person; fit the diary again");
    *out = (gs_belief){.n = n, .n_day = j->n_day, .row = j->row, .usual = j->usual,
                       .step = j->step, .at = j->at, .rise = j->rise, .enter = j->enter,
                       .leave = j->leave, .flare = j->flare, .at_flare = j->at_flare,
                       .support = (double)n / (double)j->n};
    out->lag = nearest_lag(out, j->q->tau);
    set_effects(j, out, j->full, j->effect, j->point);
    return GS_OK;
}

gs_status gs_experiment_believe(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                                const gs_fit *f, const gs_question *q, size_t n,
                                size_t n_day, const gs_pool *pool,
                                const gs_progress *progress, gs_belief **out,
                                gs_err *err)
{
    return exp_believe(a, k, obs, f, q, false, n, n_day, pool, progress, out, err);
}

gs_status exp_believe(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                      const gs_fit *f, const gs_question *q, bool prior_gain, size_t n,
                      size_t n_day, const gs_pool *pool, const gs_progress *progress,
                      gs_belief **out, gs_err *err)
{
    const gs_series *s = &obs->series[q->i_series];
    size_t at = (size_t)lround(7 * q->weeks);
    job j = {.k = k,
             .obs = obs,
             .f = f,
             .q = q,
             .progress = progress,
             .n = n,
             .n_day = n_day,
             .prior_gain = prior_gain,
             .at = (at < 1       ? 1
                    : at < n_day ? at
                                 : n_day) -
                   1,
             .slope = s->scale->worse < 0 ? -s->scale->slope : s->scale->slope};
    long see = see_of(k, s);
    gs_belief *b = GS_NEW(a, gs_belief, 1);
    gs_arena *work = gs_arena_new(0);

    if (see < 0 || n == 0 || n_day == 0) {
        gs_arena_free(work);
        return gs_fail(err, GS_EUSE, "the model does not see the score %s", s->name);
    }
    j.see = (uint32_t)see;
    gs_status st = b && work ? believe(a, work, &j, pool, b, err)
                             : gs_fail(err, GS_ENOMEM, "out of memory");
    gs_arena_free(work);
    GS_TRY(st);
    *out = b;
    return GS_OK;
}
