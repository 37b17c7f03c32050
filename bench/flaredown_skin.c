/* Real daily check-ins on 0-4 scales: import, fit and report everybody who scored skin,
 * and foretell each next check-in from that person's own past.
 *
 *   bench_flaredown_skin FOLDER [--scores-only | --reports-only] [--refit N]
 *
 * FOLDER holds diary_long.tsv.gz. The first 10 scores of a series are only learned from.
 * Parameters are fitted again every N scores (default 10); between, the residual is
 * carried on by the filters. Beside it, on the same check-ins: own-history frequencies
 * (each category starts with 0.2) and a Markov chain (transition counts on top of twice
 * the own-history frequencies). Scores are means over series of each series' mean: the
 * ranked probability score divided by 4, and the log score. */
#include "real.h"

enum { BURN_IN = 10, N_CAT = 5, MIN_SCORES = 20 };

typedef struct tally {
    size_t n;
    double rps, log;
} tally;

typedef struct series_run {
    const gs_obs *obs;
    size_t i_series;
    tally ours, own, chain;
    size_t n_fit, n_bad;
} series_run;

typedef struct study {
    const char *const *name;
    const gs_obs **obs;
    size_t n_people, n_run, refit;
    series_run *run;
    real_report *report;
} study;

static void add(tally *t, const double *p, int y)
{
    t->n++;
    t->rps += real_rps(p, N_CAT, y);
    t->log += log(p[y]);
}

static void own_history(const double *y, size_t n, double *p)
{
    for (int k = 0; k < N_CAT; k++)
        p[k] = 0.2;
    for (size_t i = 0; i < n; i++)
        p[(int)y[i]]++;
    for (int k = 0; k < N_CAT; k++)
        p[k] /= (double)n + 0.2 * N_CAT;
}

static void markov(const double *y, size_t n, double *p)
{
    double sum = 0;

    own_history(y, n, p);
    for (int k = 0; k < N_CAT; k++)
        p[k] *= 2;
    for (size_t i = 1; i < n; i++)
        p[(int)y[i]] += y[i - 1] == y[n - 1];
    for (int k = 0; k < N_CAT; k++)
        sum += p[k];
    for (int k = 0; k < N_CAT; k++)
        p[k] /= sum;
}

/* Fit the first `from` scores, foretell those up to `to`. */
static void foretell(series_run *r, size_t from, size_t to)
{
    const gs_series *s = &r->obs->series[r->i_series];
    const gs_kernel *k = gs_axis();
    gs_arena *a = gs_arena_new(0);
    gs_fit_opts o = GS_FIT_OPTS;
    gs_err err = {0};
    gs_fit *fit;
    size_t n = to - from;
    gs_ask *ask = GS_NEW(a, gs_ask, n);
    gs_next *next = GS_NEW(a, gs_next, n);
    double p[N_CAT];

    o.n_warmup = 200;
    o.n_draw = 150;
    o.n_day = (size_t)s->day[from - 1] + 1;
    for (size_t i = 0; i < n; i++)
        ask[i] = (gs_ask){r->i_series, s->day[from + i - 1], s->day[from + i]};
    gs_status st = gs_infer_fit(a, k, r->obs, &o, NULL, NULL, &fit, &err);
    if (st == GS_OK)
        st = gs_infer_next(k, r->obs, fit, false, NULL, n, ask, NULL, next, &err);
    r->n_fit++;
    r->n_bad += st != GS_OK || !fit->ok;
    if (st != GS_OK)
        fprintf(stderr, "%s %s: %s\n", r->obs->person, s->name, err.msg);
    for (size_t i = 0; st == GS_OK && i < n; i++) {
        int y = (int)s->value[from + i];
        add(&r->ours, next[i].prob, y);
        own_history(s->value, from + i, p);
        add(&r->own, p, y);
        markov(s->value, from + i, p);
        add(&r->chain, p, y);
    }
    gs_arena_free(a);
}

static void do_job(void *ctx, size_t i)
{
    study *st = ctx;

    if (i >= st->n_run) {
        i -= st->n_run;
        st->report[i] = real_fit_and_report(st->obs[i], 1);
        return;
    }
    series_run *r = &st->run[i];
    size_t n = r->obs->series[r->i_series].n;
    for (size_t from = BURN_IN; from < n; from += st->refit)
        foretell(r, from, from + st->refit < n ? from + st->refit : n);
}

static void print_tally(const char *what, const study *st, size_t offset, size_t least)
{
    double rps = 0, lg = 0;
    size_t n = 0;

    for (size_t i = 0; i < st->n_run; i++) {
        const series_run *r = &st->run[i];
        const tally *t = (const tally *)(const void *)((const char *)r + offset);
        if (r->obs->series[r->i_series].n < least || t->n == 0)
            continue;
        rps += t->rps / (double)t->n;
        lg += t->log / (double)t->n;
        n++;
    }
    printf("{\"forecast\": \"%s\", \"series\": %zu, \"scores_at_least\": %zu, \"rps\": %.4f, "
           "\"log_score\": %.3f}\n",
           what, n, least, rps / (double)n, lg / (double)n);
}

static void print_results(const study *st)
{
    for (size_t i = 0; i < st->n_run; i++) {
        const series_run *r = &st->run[i];
        const gs_series *s = &r->obs->series[r->i_series];
        double n = (double)r->ours.n;
        printf("{\"person\": \"%s\", \"series\": \"%s\", \"n\": %zu, \"rps\": [%.4f, %.4f, %.4f], "
               "\"log\": [%.3f, %.3f, %.3f], \"fits\": %zu, \"not_converged\": %zu}\n",
               r->obs->person, s->name, s->n, r->ours.rps / n, r->own.rps / n, r->chain.rps / n,
               r->ours.log / n, r->own.log / n, r->chain.log / n, r->n_fit, r->n_bad);
    }
    for (size_t least = MIN_SCORES; least <= 40; least += 20) {
        print_tally("gutskin, own past", st, offsetof(series_run, ours), least);
        print_tally("own-history frequencies", st, offsetof(series_run, own), least);
        print_tally("Markov chain", st, offsetof(series_run, chain), least);
    }
}

static void print_reports(const study *st)
{
    size_t made = 0, ok = 0;
    double t = 0;

    for (size_t i = 0; i < st->n_people; i++) {
        made += st->report[i].page_bytes > 0;
        ok += st->report[i].ok;
        t += st->report[i].seconds;
        if (st->report[i].why[0])
            printf("{\"person\": \"%s\", \"said\": \"%s\"}\n", st->obs[i]->person,
                   st->report[i].why);
    }
    printf("{\"people_with_skin_scores\": %zu, \"reports\": %zu, \"fits_passed\": %zu, "
           "\"mean_s\": %.2f}\n",
           st->n_people, made, ok, t / (double)st->n_people);
}

/* Everybody with an outcome series of the skin, and their longer series. */
static void load(gs_diary *d, gs_arena *a, study *st)
{
    const char *const *people;
    gs_err err = {0};
    size_t n = 0;

    real_must(gs_diary_people(d, a, &people, &err), &err);
    while (people[n])
        n++;
    st->obs = GS_NEW(a, const gs_obs *, n);
    st->run = GS_NEW(a, series_run, 16 * n);
    st->report = GS_NEW(a, real_report, n);
    for (size_t i = 0; i < n; i++) {
        gs_obs *obs;
        real_must(gs_diary_obs(d, people[i], a, &obs, &err), &err);
        if (obs->n_series == 0)
            continue;
        st->obs[st->n_people++] = obs;
        for (size_t j = 0; j < obs->n_series && st->n_run < 16 * n; j++)
            if (obs->series[j].n >= MIN_SCORES)
                st->run[st->n_run++] = (series_run){.obs = obs, .i_series = j};
    }
}

int main(int argc, char **argv)
{
    real_study real;
    study st = {.refit = 10};
    gs_import_opts o = GS_IMPORT_OPTS;
    bool scores_only = false, reports_only = false;
    gs_diary *d;
    double start = real_now();

    if (argc < 2) {
        fputs("usage: bench_flaredown_skin FOLDER [--scores-only | --reports-only] [--refit N]\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        scores_only |= !strcmp(argv[i], "--scores-only");
        reports_only |= !strcmp(argv[i], "--reports-only");
        if (!strcmp(argv[i], "--refit") && i + 1 < argc)
            st.refit = (size_t)atoi(argv[++i]);
    }
    if (!real_open(&real, argv[1], &o))
        return 77;
    d = real.d;
    o.scale = "*=0-4";
    real_import(d, argv[1], "diary_long.tsv.gz", &o);

    gs_arena *a = gs_arena_new(0);
    load(d, a, &st);
    if (reports_only)
        st.n_run = 0;
    real_run(st.n_run + (scores_only ? 0 : st.n_people), do_job, &st);
    if (!reports_only)
        print_results(&st);
    if (!scores_only)
        print_reports(&st);
    printf("{\"seconds\": %.1f}\n", real_now() - start);

    gs_arena_free(a);
    real_close(&real);
    return 0;
}
