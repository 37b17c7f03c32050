/* Thousands of simulated people whose noise is not what the model believes: how often does
 * an analysis of one trial cry "works for you" when nothing works, how often do its 90%
 * intervals hold the truth, and how much more does it find than the usual tests?
 *
 *   bench_nof1_proof [--reps N] [--only GENERATOR] [--draws N] [--dump FOLDER]
 *                    [--scores FILE] [--power]
 *
 * Three designs in turn: 12 weeks in 6 pairs of weeks; 8 weeks in 7 pairs of 4 days; 24
 * days in 12 pairs of single days with two raters and two moments a day. Each generator
 * plays N people without an effect and N with one (0.8 of the day-to-day sd; more where
 * the series is less informative, see gen[]). Peers on the same people: a paired t-test on
 * phase means, and a regression with AR(1) errors and trend by maximum likelihood (the
 * model of R's nlme::gls(y ~ x + t, correlation = corAR1()); bench/nof1_gls.R runs that
 * one on people dumped with --dump, and compares). --power: model-free p alone, without intervals. "Equal" power is at the threshold where
 * a method's own false alarms are 5% in the people without an effect. */
#include "gutskin/nof1.h"
#include "gutskin/rng.h"
#include "nof1/inner.h"
#include "real.h"

enum { DAYS = 84, MAX_OBS = 400, N_GEN = 11 };

typedef struct generator {
    const char *name;
    double ar, drift, season, tail, flare, missing, skip, lag;
    bool ordinal;
    double effect; /* in day-to-day sd */
} generator;

static const generator gen[N_GEN] = {
    {.name = "white", .effect = 0.8},
    {.name = "ar 0.5", .ar = 0.5, .effect = 0.8},
    {.name = "ar 0.8", .ar = 0.8, .effect = 1.2},
    {.name = "random walk", .drift = 0.2, .effect = 0.8},
    {.name = "season", .season = 1.2, .ar = 0.3, .effect = 0.8},
    {.name = "heavy tails", .tail = 2.5, .effect = 0.8},
    {.name = "ordinal 0-4", .ordinal = true, .ar = 0.5, .effect = 0.8},
    {.name = "flares", .flare = 0.05, .ar = 0.3, .effect = 0.8},
    {.name = "missing not at random", .missing = 1, .ar = 0.5, .effect = 0.8},
    {.name = "non-adherence", .skip = 0.3, .ar = 0.5, .effect = 1.0},
    {.name = "onset 2 days", .lag = 2, .ar = 0.5, .effect = 1.0},
};

typedef struct person {
    const generator *g;
    double effect, truth; /* truth: in points of the outcome, full dose */
    gs_nof1_schedule *s;
    gs_nof1_series series;
    double planned[DAYS], received[DAYS], latent[DAYS];
    gs_nof1_obs obs[MAX_OBS];
} person;

static bool p_alone;

static const char *const rater[] = {"first", "second"};

static gs_nof1_design design(size_t which)
{
    gs_nof1_design d = GS_NOF1_DESIGN;
    if (which == 1)
        d.n_period = 14, d.period_days = 4;
    if (which == 2)
        d.n_period = 24, d.period_days = 1;
    return d;
}

/* Noise of one day-to-day sd, whatever its kind. */
static void noise(const generator *g, gs_rng *r, size_t n, double *out)
{
    double ar = gs_rng_normal(r), walk = 0, flare = 0;
    double phase = 6.2832 * gs_rng_uniform(r), period = 30 + 60 * gs_rng_uniform(r);
    for (size_t i = 0; i < n; i++) {
        double e = gs_rng_normal(r);
        if (g->tail > 0) /* Student t with that many degrees of freedom */
            e /= sqrt(gs_rng_gamma(r, g->tail / 2) / (g->tail / 2));
        ar = i ? g->ar * ar + sqrt(1 - g->ar * g->ar) * e : e;
        walk += g->drift * gs_rng_normal(r);
        flare *= 0.8;
        if (g->flare > 0 && gs_rng_uniform(r) < g->flare)
            flare += 3 * gs_rng_exponential(r) / 1.0;
        out[i] = ar + walk + g->season * sin(phase + 6.2832 * (double)i / period) + flare;
    }
}

static void observe(person *p, gs_rng *r, size_t which)
{
    size_t n = p->series.n_day, k = 0, per = which == 2 ? 2 : 1;
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < per; m++)
            for (size_t q = 0; q < per; q++) {
                double v = p->latent[i];
                if (which == 2)
                    v += 0.6 * gs_rng_normal(r) + (q ? 0.7 : 0);
                if (p->g->ordinal)
                    v = fmin(4, fmax(0, round(2 + v)));
                else
                    v += 5;
                double gone = p->g->missing > 0 ? 0.75 / (1 + exp(-1.5 * p->latent[i])) : 0.05;
                if (gs_rng_uniform(r) < gone)
                    v = NAN;
                p->obs[k++] = (gs_nof1_obs){(double)i + 0.3 + 0.4 * (double)m, v,
                                            (int32_t)q, 0};
            }
    p->series.n_obs = k;
    p->series.obs = p->obs;
    p->series.n_rater = which == 2 ? 2 : 1;
    p->series.rater = rater;
}

static void make_person(gs_arena *a, const generator *g, double effect, uint64_t id, person *p)
{
    gs_rng r = gs_rng_stream(20261128, id, "nof1 proof");
    gs_nof1_design d = design(id % 3);
    gs_err err = {0};
    double s = 0, go = g->lag > 0 ? 1 - exp(-1 / g->lag) : 1;

    *p = (person){.g = g, .effect = effect};
    real_must(gs_nof1_draw(a, &d, id, GS_DAY_NONE, &p->s, &err), &err);
    size_t n = (size_t)gs_nof1_days(p->s);
    noise(g, &r, n, p->latent);
    for (size_t i = 0; i < n; i++) {
        p->planned[i] = gs_nof1_day(p->s, (int32_t)i, NULL);
        p->received[i] = p->planned[i];
        /* bad days are skipped more often */
        if (g->skip > 0 && p->planned[i] > 0 &&
            gs_rng_uniform(&r) < g->skip * 2 / (1 + exp(-p->latent[i])))
            p->received[i] = 0;
        s += go * (p->received[i] - s);
        p->latent[i] -= effect * s;
    }
    p->series = (gs_nof1_series){.person = "", .outcome = "severity",
                                 .scale = g->ordinal ? GS_NOF1_SCORE : GS_NOF1_CONTINUOUS,
                                 .lo = g->ordinal ? 0 : NAN, .hi = g->ordinal ? 4 : NAN,
                                 .step = g->ordinal ? 1 : NAN, .better = -1,
                                 .day0 = GS_DAY_NONE, .n_day = n, .planned = p->planned,
                                 .received = g->skip > 0 ? p->received : NULL};
    observe(p, &r, id % 3);
    p->truth = -effect;
    if (g->ordinal && effect > 0) { /* what rounding leaves of it, by brute force */
        double sum = 0, with = 0;
        gs_rng q = gs_rng_stream(7, id, "ordinal truth");
        for (int i = 0; i < 4000; i++) {
            double z = gs_rng_normal(&q) + (id % 3 == 2 ? 0.6 * gs_rng_normal(&q) : 0);
            sum += fmin(4, fmax(0, round(2 + z)));
            with += fmin(4, fmax(0, round(2 + z - effect)));
        }
        p->truth = (with - sum) / 4000;
    }
}

/* ---- peers ------------------------------------------------------------------------ */

static size_t day_means(const person *p, double *t, double *y, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < p->series.n_day; i++) {
        double sum = 0, k = 0;
        for (size_t j = 0; j < p->series.n_obs; j++)
            if ((size_t)p->obs[j].time == i && !isnan(p->obs[j].value))
                sum += p->obs[j].value, k++;
        if (k > 0)
            t[n] = (double)i, y[n] = sum / k, x[n++] = p->planned[i];
    }
    return n;
}

/* Paired t of phase means, benefit positive. */
static double paired_t(const person *p, size_t n, const double *t, const double *y)
{
    double sum[400] = {0}, k[400] = {0}, d[200], mean = 0, ss = 0;
    size_t n_pair = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < p->s->n_period; q++)
            if (t[i] >= p->s->period[q].from &&
                t[i] < p->s->period[q].from + p->s->period[q].n_day)
                sum[q] += y[i], k[q]++;
    for (size_t q = 0; q + 1 < p->s->n_period; q += 2)
        if (k[q] > 0 && k[q + 1] > 0) {
            double diff = sum[q] / k[q] - sum[q + 1] / k[q + 1];
            d[n_pair++] = p->s->period[q].code ? -diff : diff;
        }
    for (size_t i = 0; i < n_pair; i++)
        mean += d[i] / (double)n_pair;
    for (size_t i = 0; i < n_pair; i++)
        ss += (d[i] - mean) * (d[i] - mean);
    return mean / sqrt(ss / (double)(n_pair - 1) / (double)n_pair);
}

/* OLS of three columns: coefficient and its t of column 2, and the log likelihood. */
static double ols_t(size_t n, double (*col)[3], const double *y, double log_jac, double *ll)
{
    double m[3][4] = {{0}}, inv = 0, rss = 0, b[3];
    for (size_t i = 0; i < n; i++)
        for (int p = 0; p < 3; p++) {
            for (int q = 0; q < 3; q++)
                m[p][q] += col[i][p] * col[i][q];
            m[p][3] += col[i][p] * y[i];
        }
    double a[3][4];
    memcpy(a, m, sizeof a);
    for (int p = 0; p < 3; p++) /* treatment last: its pivot is the inverse's entry */
        for (int q = p + 1; q < 3; q++) {
            double f = a[q][p] / a[p][p];
            for (int c = p; c < 4; c++)
                a[q][c] -= f * a[p][c];
        }
    for (int p = 2; p >= 0; p--) {
        b[p] = a[p][3];
        for (int q = p + 1; q < 3; q++)
            b[p] -= a[p][q] * b[q];
        b[p] /= a[p][p];
    }
    inv = 1 / a[2][2];
    for (size_t i = 0; i < n; i++) {
        double e = y[i] - col[i][0] * b[0] - col[i][1] * b[1] - col[i][2] * b[2];
        rss += e * e;
    }
    *ll = -0.5 * (double)n * log(rss) + log_jac;
    return b[2] / sqrt(rss / (double)(n - 3) * inv);
}

/* y ~ 1 + t + x, AR(1) errors by maximum likelihood over a grid of rho. */
static double ar1_t(size_t n, const double *t, const double *y, const double *x)
{
    static const int STEPS = 99;
    double best = -HUGE_VAL, out = 0, (*col)[3] = malloc(n * sizeof *col);
    double *w = malloc(n * sizeof *w);
    for (int k = 0; k < STEPS; k++) {
        double rho = -0.0 + 0.01 * k, jac = 0, ll;
        for (size_t i = 0; i < n; i++) {
            double phi = i ? pow(rho, t[i] - t[i - 1]) : 0, s = sqrt(1 - phi * phi);
            if (i == 0)
                phi = 0, s = 1;
            col[i][0] = (1 - phi) / s;
            col[i][1] = (t[i] - (i ? phi * t[i - 1] : 0)) / s;
            col[i][2] = (x[i] - (i ? phi * x[i - 1] : 0)) / s;
            w[i] = (y[i] - (i ? phi * y[i - 1] : 0)) / s;
            jac -= log(s);
        }
        double z = ols_t(n, col, w, jac, &ll);
        if (ll > best)
            best = ll, out = z;
    }
    free(col);
    free(w);
    return -out;
}

/* ---- one person -------------------------------------------------------------------- */

typedef struct score {
    bool free, model, both, free_in, model_in, taken_in, taken_model_in, bounded, ok;
    double z_free, z_model, z_pair, z_ar1, seconds, free_p;
} score;

typedef struct task {
    const generator *g;
    double effect;
    uint64_t first;
    size_t n_draw;
    score *out;
} task;

static bool holds(const gs_nof1_effect *e, double truth)
{
    return e->known && e->lo <= truth && truth <= e->hi;
}

/* The p of the model-free test without intervals: a tenth of the time. */
static bool test_alone(gs_arena *a, const person *p, const gs_nof1_opts *o, score *s)
{
    gs_nof1_result r = {.series = &p->series, .schedule = p->s, .level = o->level};
    nof1_data d;
    double est, se;
    gs_err err = {0};
    if (nof1_units(a, &p->series, p->s, &r, &d, &err) != GS_OK ||
        nof1_random_p(a, &d, p->s, o, -1, &s->free_p, &err) != GS_OK ||
        nof1_random_z(a, &d, o, &est, &se, &err) != GS_OK)
        return false;
    s->z_free = -est / se; /* orders people of one p */
    s->free = s->free_p <= o->level + 1e-12;
    return true;
}

static void peers(const person *p, score *s)
{
    double t[DAYS], y[DAYS], x[DAYS];
    size_t n = day_means(p, t, y, x);
    s->z_pair = paired_t(p, n, t, y);
    s->z_ar1 = ar1_t(n, t, y, x);
}

static void do_person(void *ctx, size_t i)
{
    const task *t = ctx;
    gs_arena *a = gs_arena_new(0);
    person *p = malloc(sizeof *p);
    gs_nof1_opts o = GS_NOF1_OPTS;
    const gs_nof1_result *r;
    gs_err err = {0};
    score *s = &t->out[i];

    make_person(a, t->g, t->effect, t->first + i, p);
    o.n_random = 999;
    o.n_exact = 1000;
    o.n_draw = t->n_draw;
    o.seed = t->first + i;
    o.worth = 1e-6;
    double start = real_now();
    if (p_alone) {
        s->ok = test_alone(a, p, &o, s);
        s->seconds = real_now() - start;
        peers(p, s);
    } else if (gs_nof1_analyse(a, &p->series, p->s, &o, NULL, &r, &err) == GS_OK) {
        s->ok = true;
        s->seconds = real_now() - start;
        s->free = r->free_itt.says == GS_NOF1_WORKS;
        s->model = r->model_itt.says == GS_NOF1_WORKS;
        s->both = r->says == GS_NOF1_WORKS;
        const gs_nof1_effect *f = p->series.received ? &r->free_taken : &r->free_itt;
        const gs_nof1_effect *m = p->series.received ? &r->model_taken : &r->model_itt;
        s->free_in = holds(f->known ? f : &r->free_itt, p->truth);
        s->model_in = holds(m->known ? m : &r->model_itt, p->truth);
        s->bounded = isfinite(f->lo) && isfinite(f->hi);
        s->z_free = -r->statistic;
        s->free_p = r->free_itt.p_better;
        s->z_model = r->model_itt.p_better; /* small is benefit */
        peers(p, s);
    } else
        fprintf(stderr, "%s %zu: %s\n", t->g->name, i, err.msg);
    free(p);
    gs_arena_free(a);
}

static int down(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Power where the false alarms are 5%, design by design: at() holds a statistic, large is
 * benefit. */
static double equal_power(size_t n, double (*at)(const score *), const score *null,
                          const score *effect)
{
    double *v = malloc(n * sizeof *v), k = 0;
    for (size_t d = 0; d < 3; d++) {
        size_t m = 0;
        for (size_t i = d; i < n; i += 3)
            v[m++] = at(&null[i]);
        qsort(v, m, sizeof *v, down);
        double bound = v[m / 20];
        for (size_t i = d; i < n; i += 3)
            k += at(&effect[i]) > bound;
    }
    free(v);
    return k / (double)n;
}

static double at_free(const score *s) { return -s->free_p + 1e-4 * s->z_free; }
static double at_z(const score *s) { return s->z_free; }
static double at_model(const score *s) { return -s->z_model; }
static double at_pair(const score *s) { return s->z_pair; }
static double at_ar1(const score *s) { return s->z_ar1; }

#define SHARE(list, field) share(n, list, offsetof(score, field))
static double share(size_t n, const score *s, size_t offset)
{
    double k = 0, all = 0;
    for (size_t i = 0; i < n; i++)
        if (s[i].ok)
            all++, k += *(const bool *)((const char *)&s[i] + offset);
    return k / all;
}

static int by_seconds(const void *a, const void *b)
{
    const score *x = a, *y = b;
    return (x->seconds > y->seconds) - (x->seconds < y->seconds);
}

/* One line a person, so that two versions can be compared on the same people. */
static void keep_scores(const char *path, const generator *g, const char *world, size_t n,
                        const score *s)
{
    FILE *f = fopen(path, "a");
    if (!f) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(1);
    }
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s,%s,%zu,%d,%.6g,%.6g,%.6g,%.6g,%.6g,%d,%d,%d,%d,%d\n", g->name, world, i,
                s[i].ok, s[i].free_p, s[i].z_free, s[i].z_model, s[i].z_pair, s[i].z_ar1,
                s[i].free_in, s[i].model_in, s[i].free, s[i].model, s[i].both);
    fclose(f);
}

static void play(size_t i_gen, size_t n, size_t n_draw, const char *scores)
{
    const generator *g = &gen[i_gen];
    score *null = calloc(n, sizeof *null), *effect = calloc(n, sizeof *effect);
    task t = {g, 0, 1200000 * (i_gen + 1), n_draw, null};
    real_run(n, do_person, &t);
    t.effect = g->effect;
    t.first += 600000;
    t.out = effect;
    real_run(n, do_person, &t);
    if (scores) {
        keep_scores(scores, g, "none", n, null);
        keep_scores(scores, g, "effect", n, effect);
    }
    double ar1_nominal = 0, pair_nominal = 0;
    for (size_t i = 0; i < n; i++) {
        static const double t_bound[3] = {2.015, 1.943, 1.796}; /* t 95% of 5, 6, 11 df */
        ar1_nominal += null[i].z_ar1 > 1.67;
        pair_nominal += null[i].z_pair > t_bound[(i) % 3];
    }
    printf("{\"generator\": \"%s\", \"people\": %zu, \"effect\": %.2f, "
           "\"false_alarm\": {\"model_free\": %.3f, \"model_based\": %.3f, \"verdict\": %.3f, "
           "\"paired_t\": %.3f, \"ar1\": %.3f}, "
           "\"coverage_90\": {\"model_free\": [%.3f, %.3f], \"model_based\": [%.3f, %.3f]}, "
           "\"bounded\": %.3f, "
           "\"power\": {\"model_free\": %.3f, \"model_based\": %.3f, \"verdict\": %.3f}, ",
           g->name, n, g->effect, SHARE(null, free), SHARE(null, model), SHARE(null, both),
           pair_nominal / (double)n, ar1_nominal / (double)n, SHARE(null, free_in),
           SHARE(effect, free_in), SHARE(null, model_in), SHARE(effect, model_in),
           SHARE(effect, bounded), SHARE(effect, free), SHARE(effect, model),
           SHARE(effect, both));
    printf("\"power_at_equal_false_alarms\": {\"model_free\": %.3f, \"model_based\": %.3f, "
           "\"paired_t\": %.3f, \"ar1\": %.3f, \"statistic\": %.3f}",
           equal_power(n, at_free, null, effect), equal_power(n, at_model, null, effect),
           equal_power(n, at_pair, null, effect), equal_power(n, at_ar1, null, effect),
           equal_power(n, at_z, null, effect));
    qsort(null, n, sizeof *null, by_seconds);
    printf(", \"seconds\": {\"median\": %.3f, \"most\": %.3f}}\n", null[n / 2].seconds,
           null[n - 1].seconds);
    fflush(stdout);
    free(null);
    free(effect);
}

/* ---- people for R ------------------------------------------------------------------ */

static void dump(const char *folder, size_t i_gen, size_t n)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/people.csv", folder);
    FILE *f = fopen(path, i_gen == 0 ? "w" : "a");
    if (!f) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(1);
    }
    if (i_gen == 0)
        fprintf(f, "generator,effect,id,t,y,x,ar1\n");
    person *p = malloc(sizeof *p);
    for (size_t e = 0; e < 2; e++)
        for (size_t i = 0; i < n; i++) {
            gs_arena *a = gs_arena_new(0);
            double t[DAYS], y[DAYS], x[DAYS];
            make_person(a, &gen[i_gen], e ? gen[i_gen].effect : 0,
                        1200000 * (i_gen + 1) + i + (e ? 600000 : 0), p);
            size_t k = day_means(p, t, y, x);
            double z = ar1_t(k, t, y, x);
            for (size_t d = 0; d < k; d++)
                fprintf(f, "%s,%g,%zu,%g,%.6f,%g,%.6f\n", gen[i_gen].name, p->effect, i, t[d],
                        y[d], x[d], z);
            gs_arena_free(a);
        }
    free(p);
    fclose(f);
}

int main(int argc, char **argv)
{
    size_t n = 500, n_draw = 1600;
    const char *only = NULL, *folder = NULL, *scores = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--reps") == 0 && i + 1 < argc)
            n = (size_t)atol(argv[++i]);
        else if (strcmp(argv[i], "--draws") == 0 && i + 1 < argc)
            n_draw = (size_t)atol(argv[++i]);
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            only = argv[++i];
        else if (strcmp(argv[i], "--dump") == 0 && i + 1 < argc)
            folder = argv[++i];
        else if (strcmp(argv[i], "--scores") == 0 && i + 1 < argc)
            scores = argv[++i];
        else if (strcmp(argv[i], "--power") == 0)
            p_alone = true;
        else {
            fprintf(stderr, "bench_nof1_proof [--reps N] [--only GENERATOR] [--draws N] "
                            "[--dump FOLDER] [--scores FILE] [--power]\n");
            return 2;
        }
    }
    for (size_t i = 0; i < N_GEN; i++) {
        if (only && strcmp(only, gen[i].name) != 0)
            continue;
        if (folder)
            dump(folder, i, n);
        else
            play(i, n, n_draw, scores);
    }
    return 0;
}
