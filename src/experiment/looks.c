/* Stopping early, with what it costs.
 *
 * Every simulated trial is tested at every look by the very test of the analysis; limits
 * on its one-sided p are set on simulated trials and their rates measured on others:
 *   benefit  false alarms are spent as level * t^3 (t = share of the days): little early
 *   harm     10% * t where nothing happens: a harm is believed sooner than a benefit
 *   futile   a tenth * t^2 of the trials that would have found `worth` are given away
 * The limits come from all trials; the rates from each half under the other half's limits.
 * Tried and dropped: one statistic a look instead of the test (powers up to twice too
 * hopeful where phases are few). */
#include "experiment/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LOOKS = 4, LEAST_TRIALS = 400 };

static const double HARM = 0.1, IDLE = 0.1;

/* Days after which a look makes sense: both treatments were lived through, and not so near
 * the end that nothing is saved. */
static size_t look_days(const gs_question *q, const gs_nof1_design *d, int32_t *out)
{
    int32_t total = exp_days(d), phase = d->kind == GS_NOF1_SWITCH ? (int32_t)d->min_run
                                                                   : d->period_days;
    int32_t first = d->run_in + 2 * phase, last = total - phase / 2;
    size_t n = 0;
    (void)q;

    if (first > last)
        return 0;
    size_t want = (size_t)((last - first) / (phase > 14 ? phase : 14)) + 1;
    want = want < MOST_LOOKS ? want : MOST_LOOKS;
    for (size_t i = 0; i < want; i++) {
        int32_t day =
            first + (int32_t)((double)(last - first) * (double)i / (double)want);
        if (n == 0 || day > out[n - 1])
            out[n++] = day;
    }
    return n;
}

typedef struct setting {
    gs_arena *a;
    const exp_trials *t;
    size_t first, n;     /* trials [first, first + n)                */
    double *cut, *harm, *idle; /* [n_cut] on z, which is -p          */
    bool *out;           /* [2n] scratch: stopped                    */
} setting;

/* Larger is better: -p. A trial that cannot be tested yet says nothing. */
static double z_of(const setting *s, int world, size_t i, size_t c)
{
    double p = s->t->z[world][(s->first + i) * s->t->n_cut + c];
    return isnan(p) ? -0.5 : -p;
}

static int largest_first(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The statistic beyond which `spend` of all n trials of a world go now, among those still
 * running; sign -1 looks at the other side. */
static double spend_at(const setting *s, int world, size_t c, double spend, int sign,
                       const bool *gone)
{
    double *v = GS_NEW(s->a, double, s->n + 1);
    size_t m = 0;
    for (size_t i = 0; v && i < s->n; i++)
        v[m++] = gone[i] ? -HUGE_VAL : sign * z_of(s, world, i, c);
    if (m == 0)
        return HUGE_VAL;
    size_t k = (size_t)(spend * (double)s->n);
    if (k == 0)
        return HUGE_VAL;
    qsort(v, m, sizeof *v, largest_first);
    double lim = 0.5 * (v[k - 1] + v[k < m ? k : k - 1]);
    return isfinite(lim) ? lim : HUGE_VAL;
}

static void set_limits(const setting *s, double level, const int32_t *day,
                       int32_t total)
{
    size_t n_cut = s->t->n_cut;
    double spent = 0, harmed = 0;
    bool *gone = s->out, *bad = s->out + s->n;

    memset(s->out, 0, 2 * s->n * sizeof *s->out);
    for (size_t c = 0; c < n_cut; c++) {
        double t = c + 1 < n_cut ? (double)day[c] / (double)total : 1;
        s->cut[c] = spend_at(s, GS_WORLD_NULL, c, level * t * t * t - spent, 1, gone);
        s->cut[c] = fmax(s->cut[c], -level - 1e-9); /* no look is laxer than no looks */
        s->harm[c] = c + 1 < n_cut
                         ? spend_at(s, GS_WORLD_NULL, c, HARM * t - harmed, -1, bad)
                         : HUGE_VAL;
        double up = 0, down = 0;
        for (size_t i = 0; i < s->n; i++) {
            gone[i] |= z_of(s, GS_WORLD_NULL, i, c) > s->cut[c];
            bad[i] |= -z_of(s, GS_WORLD_NULL, i, c) > s->harm[c];
            up += gone[i];
            down += bad[i];
        }
        spent = up / (double)s->n;
        harmed = down / (double)s->n;
    }
}

/* Among the trials that would have found `worth`, how low may the statistic be early on? */
static void set_idle(const setting *s, const int32_t *day, int32_t total)
{
    size_t n_cut = s->t->n_cut, lost = 0, finds = 0;
    bool *gone = s->out, *found = s->out + s->n;

    memset(s->out, 0, 2 * s->n * sizeof *s->out);
    for (size_t i = 0; i < s->n; i++) {
        for (size_t c = 0; c < n_cut; c++)
            found[i] |= z_of(s, GS_WORLD_WORTH, i, c) > s->cut[c];
        finds += found[i];
    }
    for (size_t c = 0; c < n_cut; c++) {
        double t = c + 1 < n_cut ? (double)day[c] / (double)total : 1;
        double *v = GS_NEW(s->a, double, s->n + 1);
        size_t m = 0, may = (size_t)(IDLE * t * t * (double)finds);
        s->idle[c] = -HUGE_VAL;
        for (size_t i = 0; v && i < s->n; i++)
            if (found[i] && !gone[i])
                v[m++] = z_of(s, GS_WORLD_WORTH, i, c);
        if (c + 1 == n_cut || may <= lost || m < may - lost)
            continue;
        s->idle[c] = exp_quantile(s->a, m, v, (double)(may - lost) / (double)m);
        for (size_t i = 0; i < s->n; i++)
            if (found[i] && !gone[i] && z_of(s, GS_WORLD_WORTH, i, c) < s->idle[c]) {
                gone[i] = true;
                lost++;
            }
    }
}

typedef struct tally {
    double works, harms, idle, days;
} tally;

static void measure(const setting *s, int world, const int32_t *day, tally *out)
{
    size_t n_cut = s->t->n_cut;

    for (size_t i = 0; i < s->n; i++) {
        for (size_t c = 0; c < n_cut; c++) {
            double z = z_of(s, world, i, c);
            bool last = c + 1 == n_cut;
            bool w = z > s->cut[c], h = !last && -z > s->harm[c],
                 f = !last && z < s->idle[c];
            out->works += w;
            out->harms += !w && h;
            out->idle += !w && !h && f;
            if (w || h || f || last) {
                out->days += day[c];
                break;
            }
        }
    }
}

/* Rates of each half by the limits of the other. */
static void rates(const setting *all, double level, const int32_t *day,
                  gs_stopping *out)
{
    size_t half = all->n / 2;
    int32_t total = day[all->t->n_cut - 1];
    tally sum[3] = {{0, 0, 0, 0}};

    for (size_t fold = 0; fold < 2; fold++) {
        setting s = *all;
        s.n = half;
        s.first = fold * half;
        set_limits(&s, level, day, total);
        set_idle(&s, day, total);
        s.first = half - s.first;
        for (int world = 0; world < 3; world++)
            measure(&s, world, day, &sum[world]);
    }
    for (int world = 0; world < 3; world++) {
        out->works[world] = exp_rate(sum[world].works, 2 * half);
        out->harms[world] = exp_rate(sum[world].harms, 2 * half);
        out->futile[world] = exp_rate(sum[world].idle, 2 * half);
        out->weeks[world] = sum[world].days / (double)(2 * half) / 7;
    }
}

gs_status gs_experiment_looks(gs_arena *a, const gs_obs *obs, const gs_fit *f,
                              const gs_question *q, const gs_belief *b,
                              const gs_nof1_design *d, const gs_trial_opts *o,
                              const gs_pool *pool, const gs_progress *progress,
                              size_t *out_n, const gs_look **out_look,
                              gs_stopping *out_stopping, gs_err *err)
{
    int32_t day[MOST_LOOKS + 1], total = exp_days(d);
    size_t n_look = look_days(q, d, day), n_cut = n_look + 1;
    exp_world w;

    if (n_look == 0)
        return gs_fail(err, GS_ERANGE,
                       "this design is over before a look could save anything; "
                       "leave out --looks, or plan more weeks");
    day[n_look] = total;
    GS_TRY(exp_world_new(a, obs, f, q, b, o, &w, err));
    size_t n = o->n_check < LEAST_TRIALS ? LEAST_TRIALS : o->n_check / 2 * 2;
    exp_trials t = {.w = &w, .d = d, .n = n, .n_cut = n_cut, .cut = day, .check = true};
    gs_look *look = GS_NEW(a, gs_look, n_cut);
    double *limit = GS_NEW(a, double, 3 * n_cut);
    bool *scratch = GS_NEW(a, bool, 2 * n);
    if (!exp_trials_room(a, &t, true, true, true) || !look || !limit || !scratch)
        return gs_fail(err, GS_ENOMEM, "out of memory for the simulated trials");
    GS_TRY(exp_trials_run(a, &t, pool, progress, err));
    setting s = {.a = a, .t = &t, .n = n, .cut = limit, .harm = limit + n_cut,
                 .idle = limit + 2 * n_cut, .out = scratch};
    double level = exp_usable_level(o->level, gs_nof1_count(d));
    rates(&s, level, day, out_stopping);
    set_limits(&s, level, day, total);
    set_idle(&s, day, total);
    /* limits are strict here, not in the plan: a hair apart */
    for (size_t c = 0; c < n_cut; c++) {
        bool last = c + 1 == n_cut;
        look[c] = (gs_look){.day = day[c], .benefit = fmax(-s.cut[c] - 1e-9, 0),
                            .harm = last ? 0 : fmax(1 - s.harm[c] - 1e-9, 0),
                            .futile = last ? 2 : fmin(-s.idle[c] + 1e-9, 2)};
    }
    *out_n = n_cut;
    *out_look = look;
    return GS_OK;
}
