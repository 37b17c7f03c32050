/* Real people, weekly PASI under narrow-band UVB: import, fit, report everybody, and
 * foretell each person's next week from that person's own past.
 *
 *   bench_psoriasis_uvb FOLDER [--scores-only | --reports-only] [--draws N]
 *                       [--people N]
 *
 * FOLDER holds pasi.tsv and uvb.tsv; --people looks at the first N of them only. A forecast for week w (from week 3) comes from a fit
 * that saw weeks 0 .. w-1 of that person alone; the doses of the coming week are taken
 * to be last week's, since nobody knows them yet. Beside it, on the same weeks: the last
 * value; the pooled week-ratio (mean ln change of that week over the *other* people, an
 * information gutskin does not have). Scores: RMSE and mean error of ln(PASI + 0.5),
 * Gaussian log score, coverage of the 50% and 90% intervals. */
#include "weekly.h"

typedef struct person {
    const char *name;
    gs_obs *obs;
    size_t i_series;
    weekly w;
    gs_next next[WEEKLY_MOST];     /* forecast of week[i], made from the weeks before */
    bool has_next[WEEKLY_MOST];
    real_report report;
} person;

typedef struct study {
    person *p;
    size_t n, n_draw;
    bool scores_only, reports_only;
} study;

/* Nobody knows next week's doses: after `known` the last week goes on. */
static void carry_doses_on(const gs_kernel *k, const gs_obs *obs, int32_t known, double *lever)
{
    long uvb = gs_kernel_lever(k, "uvb");

    for (size_t d = (size_t)known + 1; d < obs->n_day; d++)
        lever[d * k->n_lever + (size_t)uvb] =
            d >= 7 ? lever[(d - 7) * k->n_lever + (size_t)uvb] : 0;
}

static void foretell(person *p, size_t i_week, const study *s)
{
    const gs_kernel *k = gs_axis();
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_fit_opts o = GS_FIT_OPTS;
    gs_fit *fit;
    double *habit = GS_NEW(a, double, k->n_lever);
    double *lever = GS_NEW(a, double, p->obs->n_day * k->n_lever);
    gs_ask ask = {.series = p->i_series,
                  .known = 7 * p->w.week[i_week - 1],
                  .day = 7 * p->w.week[i_week]};

    o.n_warmup = s->n_draw;
    o.n_draw = s->n_draw;
    o.n_day = (size_t)ask.known + 1;
    real_must(gs_infer_levers(k, p->obs, lever, habit, &err), &err);
    carry_doses_on(k, p->obs, ask.known, lever);
    gs_status st = gs_infer_fit(a, k, p->obs, &o, NULL, NULL, &fit, &err);
    if (st == GS_OK)
        st = gs_infer_next(k, p->obs, fit, false, lever, 1, &ask, NULL, &p->next[i_week],
                           &err);
    p->has_next[i_week] = st == GS_OK;
    if (st != GS_OK)
        fprintf(stderr, "%s week %d: %s\n", p->name, p->w.week[i_week], err.msg);
    gs_arena_free(a);
}

static void do_person(void *ctx, size_t i)
{
    study *s = ctx;
    person *p = &s->p[i];

    for (size_t w = 1; w < p->w.n && !s->reports_only; w++)
        if (weekly_asked(&p->w, w))
            foretell(p, w, s);
    if (!s->scores_only)
        p->report = real_fit_and_report(p->obs, 1);
}

static void load_person(gs_diary *d, gs_arena *a, const char *name, person *p)
{
    gs_err err = {0};

    p->name = name;
    real_must(gs_diary_obs(d, name, a, &p->obs, &err), &err);
    for (size_t i = 0; i < p->obs->n_series; i++) {
        const gs_series *s = &p->obs->series[i];
        if (strcmp(s->scale->name, "pasi") != 0)
            continue;
        p->i_series = i;
        weekly_take(&p->w, s);
    }
}

/* ---- scores ---- */

static void print_scores(const study *s)
{
    weekly_score ours = {0}, last = {0}, pool = {0};
    const weekly **all = malloc((s->n + 1) * sizeof *all);

    for (size_t i = 0; i < s->n; i++)
        all[i] = &s->p[i].w;
    for (size_t i = 0; i < s->n; i++) {
        const person *p = &s->p[i];
        for (size_t j = 1; j < p->w.n; j++) {
            if (!p->has_next[j])
                continue;
            weekly_add_normal(&ours, p->w.y[j], p->next[j].mean, p->next[j].sd);
            weekly_rules(s->n, all, i, j, &last, &pool);
        }
    }
    free(all);
    weekly_print("gutskin, own past", &ours);
    weekly_print("last value", &last);
    weekly_print("pooled week-ratio of the others", &pool);
}

static void print_reports(const study *s)
{
    size_t ok = 0, made = 0;
    double t = 0;

    for (size_t i = 0; i < s->n; i++) {
        made += s->p[i].report.page_bytes > 0;
        ok += s->p[i].report.ok;
        t += s->p[i].report.seconds;
        if (s->p[i].report.why[0])
            printf("{\"person\": \"%s\", \"said\": \"%s\"}\n", s->p[i].name,
                   s->p[i].report.why);
    }
    printf("{\"people\": %zu, \"reports\": %zu, \"fits_passed\": %zu, \"mean_s\": %.2f}\n", s->n,
           made, ok, t / (double)s->n);
}

int main(int argc, char **argv)
{
    real_study real;
    study s = {.n_draw = 150};
    gs_import_opts o = GS_IMPORT_OPTS;
    gs_err err = {0};
    gs_diary *d;
    const char *const *people;
    double start = real_now();
    size_t most = SIZE_MAX;

    if (argc < 2) {
        fputs("usage: bench_psoriasis_uvb FOLDER [--scores-only | --reports-only] [--draws N]\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        s.scores_only |= !strcmp(argv[i], "--scores-only");
        s.reports_only |= !strcmp(argv[i], "--reports-only");
        if (!strcmp(argv[i], "--draws") && i + 1 < argc)
            s.n_draw = (size_t)atoi(argv[++i]);
        else if (!strcmp(argv[i], "--people") && i + 1 < argc)
            most = (size_t)atoi(argv[++i]);
    }
    if (!real_open(&real, argv[1], &o))
        return 77;
    d = real.d;
    o.sessions_per_week = 3;
    real_import(d, argv[1], "pasi.tsv", &o);
    real_import(d, argv[1], "uvb.tsv", &o);

    gs_arena *a = gs_arena_new(0);
    real_must(gs_diary_people(d, a, &people, &err), &err);
    while (people[s.n] && s.n < most)
        s.n++;
    s.p = GS_NEW(a, person, s.n);
    for (size_t i = 0; i < s.n; i++)
        load_person(d, a, people[i], &s.p[i]);
    real_run(s.n, do_person, &s);
    if (!s.reports_only)
        print_scores(&s);
    if (!s.scores_only)
        print_reports(&s);
    printf("{\"seconds\": %.1f}\n", real_now() - start);

    gs_arena_free(a);
    real_close(&real);
    return 0;
}
