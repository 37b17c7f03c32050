/* gutskin experiment analyse, export: what came of it, three ways beside each other, and
 * everything needed to compute it again. */
#include "cli/exp.h"
#include "cli/load.h"

#include "gutskin/report.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_OUTCOMES = 20, MOST_NOTES = 200 };

typedef struct options {
    exp_options c;
    const char *html, *dir;
    bool no_axis, peek;
} options;

enum { OPT_HTML = 256, OPT_NO_AXIS, OPT_DIR };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_HTML:
        o->html = arg;
        return 0;
    case OPT_DIR:
        o->dir = arg;
        return 0;
    case OPT_NO_AXIS:
        o->no_axis = true;
        return 0;
    default:
        return exp_parse_common(key, arg, state, &o->c);
    }
}

/* All that an analysis needs and finds. */
typedef struct work {
    const options *o;
    exp_door d;
    gs_protocol *p;
    const gs_kept_plan *kept;
    gs_follow *f;
    size_t n;                              /* outcomes analysed; [0] is the primary */
    gs_nof1_series *series[MOST_OUTCOMES];
    const gs_nof1_result *r[MOST_OUTCOMES];
    gs_axis_says axis, axis_planned;       /* levers as lived; as planned           */
    bool doses, ended;
    const gs_look *look;                   /* the planned look that is due          */
    size_t n_note;
    const char *note[MOST_NOTES];
} work;

static void note(work *w, const char *fmt, ...) GS_PRINTF(2, 3);
static void note(work *w, const char *fmt, ...)
{
    char text[1200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const char *copy = gs_arena_strdup(w->d.a, text);
    if (w->n_note < MOST_NOTES && copy)
        w->note[w->n_note++] = copy;
}

/* ---- analysing -------------------------------------------------------------------------- */

static gs_status open_work(work *w, gs_err *err)
{
    const gs_protocol *p;
    GS_TRY(exp_open(&w->o->c, false, &w->d, err));
    GS_TRY(exp_need_dates(&w->d, err));
    GS_TRY(exp_find_plan(&w->d, &w->o->c, &w->p, &w->kept, err));
    GS_TRY(exp_follow(&w->d, w->p, &w->f, err));
    p = w->p;
    if (!w->f->started)
        return gs_fail(err, GS_EUSE, "\"%s\" has not begun: gutskin experiment start",
                       p->name);
    if (!w->d.obs)
        return gs_fail(err, GS_EFOUND, "the diary holds no scores");
    w->ended = w->f->stopped || w->o->c.today >= w->f->day0 + w->f->n_day - 1;
    return GS_OK;
}

static gs_nof1_opts opts_of(const gs_protocol *p)
{
    gs_nof1_opts o = GS_NOF1_OPTS;
    o.worth = p->worth;
    o.level = p->level;
    o.lag = p->lag;
    o.lag_prior = p->lag > 0 ? p->lag : p->tau;
    return o;
}

/* The days looked at: to the end, or to the day a look was planned for. */
static int32_t last_day(work *w)
{
    int32_t today = w->o->c.today, stop = w->f->stopped ? w->f->paused_on : today;
    if (w->ended)
        return stop < today ? stop : today;
    for (size_t i = 0; i < w->p->n_look; i++)
        if (today >= w->f->day0 + w->p->look[i].day)
            w->look = &w->p->look[i];
    return w->look ? w->f->day0 + w->look->day - 1 : today;
}

static gs_status analyse_outcomes(work *w, gs_err *err)
{
    const gs_protocol *p = w->p;
    int32_t upto = last_day(w);
    gs_nof1_opts o = opts_of(p);

    for (size_t i = 0; i < p->n_outcome && w->n < MOST_OUTCOMES; i++) {
        gs_err why = {0};
        gs_status st = gs_experiment_series(w->d.a, w->f, w->d.obs, p->outcome[i], upto,
                                            &w->series[w->n], &why);
        if (st == GS_OK) {
            w->series[w->n]->name_a = "going on as usual";
            w->series[w->n]->name_b = p->treatment;
            w->series[w->n]->blinded = p->blinded;
            st = gs_nof1_analyse(w->d.a, w->series[w->n], w->f->schedule, &o,
                                 gs_cli_pool(), &w->r[w->n], &why);
        }
        if (st == GS_OK) {
            w->n++;
        } else if (i == 0 || st == GS_ENOMEM || st == GS_ECANCEL) {
            *err = why;
            return st;
        } else {
            note(w, "%s could not be described: %s.", p->outcome[i], why.msg);
        }
    }
    return GS_OK;
}

static bool doses_differ(const gs_nof1_series *s)
{
    for (size_t d = 0; s->received && d < s->n_day; d++)
        if (!isnan(s->received[d]) && !isnan(s->planned[d]) &&
            fabs(s->received[d] - s->planned[d]) > 0.01)
            return true;
    return false;
}

static gs_status analyse_axis(work *w, gs_err *err)
{
    const gs_kernel *k;
    const gs_nof1_series *s = w->series[0];

    if (w->o->no_axis) {
        snprintf(w->axis.why, sizeof w->axis.why, "left out on request (--no-axis)");
        return GS_OK;
    }
    GS_TRY(gs_load_kernel_form(w->d.a, NULL, GS_LOAD_FULL, &k, err));
    w->doses = doses_differ(s);
    GS_TRY(gs_experiment_axis(w->d.a, k, w->d.obs, w->f, s, true, gs_cli_pool(),
                              gs_cli_progress(), &w->axis, err));
    if (w->doses)
        GS_TRY(gs_experiment_axis(w->d.a, k, w->d.obs, w->f, s, false, gs_cli_pool(),
                                  gs_cli_progress(), &w->axis_planned, err));
    gs_cli_progress_end();
    if (w->p->kernel_hash != k->hash)
        note(
            w,
            "The axis has been revised since the plan was made; the analysis through the axis "
            "uses the new one, the others do not depend on it.");
    return GS_OK;
}

/* ---- in words ------------------------------------------------------------------------------ */

static void axis_notes(work *w)
{
    const gs_axis_says *x = &w->axis;
    const gs_nof1_result *r = w->r[0];

    if (!x->known) {
        note(w, "Through the axis: no answer, because %s.", x->why);
        return;
    }
    note(
        w,
        "Through the axis (this lever's own lags and carry-over, levers as lived): before "
        "the trial %+.2g points (9 in 10: %+.2g to %+.2g), chance of %g or more %.0f%%; "
        "now %+.2g (%+.2g to %+.2g), chance that it helps %.0f%%, of %g or more %.0f%%.",
        x->before.q50, x->before.q05, x->before.q95, w->p->worth, 100 * x->worth_before,
        x->after.q50, x->after.q05, x->after.q95, 100 * x->better, w->p->worth,
        100 * x->worth);
    if (w->doses && w->axis_planned.known)
        note(w, "The same with levers as planned: now %+.2g points (%+.2g to %+.2g).",
             w->axis_planned.after.q50, w->axis_planned.after.q05,
             w->axis_planned.after.q95);
    if (r->says == GS_NOF1_WORKS && x->worth < 0.05)
        note(
            w,
            "The axis cannot make an effect as large as the trial shows. The randomised "
            "comparison assumes less; believe it before the axis.");
    if (r->says != GS_NOF1_WORKS && x->better > 0.95 && x->taught < 0.1)
        note(
            w,
            "That the axis still expects a benefit is what was believed before, not what this "
            "trial showed.");
}

static void record_notes(work *w)
{
    const gs_protocol *p = w->p;
    const gs_kept_event *e;
    size_t n = 0, lapses = 0, days = 0;
    gs_err quiet = {0};
    char iso[16];

    note(
        w,
        "Plan \"%s\" of %s, SHA-256 %s. Plan and record have the seals they were given: "
        "nothing was changed after the fact.",
        p->name, p->made, w->kept->hash);
    note(w, "%s", p->analysis);
    note(
        w,
        "The plan promised: \"works\" with %.0f%% (± %.0f) if it helps by %g point%s, with "
        "%.0f%% if it does nothing.",
        100 * p->promise.power.p, 100 * p->promise.power.se, p->worth,
        p->worth == 1 ? "" : "s",
        100 * p->promise.false_alarm.p);
    for (int32_t d = 0; d < w->f->n_day; d++) {
        days += isnan(w->f->kept[d]) ? 0 : 1;
        if (w->f->kept[d] < 0.999 && w->f->reason[d] && lapses++ < 40)
            note(w, "%s: kept %.0f%%, %s.",
                 gs_date_iso(w->f->day0 + d, iso, sizeof iso), 100 * w->f->kept[d],
                 w->f->reason[d]);
    }
    note(w, "Adherence was written down on %zu of %ld days.", days, (long)w->f->n_day);
    if (gs_diary_plan_events(w->d.x.d, w->d.person, p->name, w->d.a, &n, &e, &quiet) !=
        GS_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(e[i].kind, "pause") || !strcmp(e[i].kind, "stop") ||
            !strcmp(e[i].kind, "change") || !strcmp(e[i].kind, "peek")) {
            json_t *x = json_loads(e[i].body, 0, NULL);
            const char *why = json_string_value(json_object_get(x, "why"));
            const char *what = json_string_value(json_object_get(x, "what"));
            note(w, "%s, %s: %s%s%s", gs_date_iso(e[i].day, iso, sizeof iso), e[i].kind,
                 what ? what : "", what && why ? "; " : "", why ? why : "");
            json_decref(x);
        }
    }
    if (!p->blinded)
        note(
            w,
            "It was not blinded: hope and expectation can move a score that one gives oneself.");
}

static void say_when(work *w)
{
    const gs_nof1_effect *e = &w->r[0]->free_itt;
    long day = (long)(w->o->c.today - w->f->day0) + 1;

    if (w->ended && w->p->n_look && e->known) {
        double limit = w->p->look[w->p->n_look - 1].benefit;
        note(
            w,
            "Because looks were planned, \"works\" at the end wants a one-sided p of at most "
            "%.4f; it is %.4f: %s.",
            limit, e->p_better,
            e->p_better <= limit ? "reached" : "NOT reached, whatever is said above");
    }
    if (w->ended)
        return;
    if (!w->look) {
        note(
            w,
            "THE TRIAL IS NOT OVER (day %ld of %ld), and no look was planned for now. This one is "
            "on record. Looking early and stopping when it pleases makes false alarms.",
            day, (long)w->f->n_day);
        return;
    }
    const char *says =
        !e->known ? "no analysis was possible; go on"
        : e->p_better <= w->look->benefit
            ? "STOP: it works (the limit set beforehand is reached)"
        : e->p_better >= 1 - w->look->harm && w->look->harm > 0 ? "STOP: it harms"
        : e->p_better >= w->look->futile ? "STOP: nothing worth having will come of it"
                                         : "go on; no limit is reached";
    note(
        w,
        "Planned look after day %ld: %s. One-sided p %.3g; limits: works at most %.3g, harms at "
        "least %.3g, idle at least %.3g.",
        (long)w->look->day, says, e->p_better, w->look->benefit, 1 - w->look->harm,
        w->look->futile);
}

/* An early look stays on record, planned or not. */
static gs_status record_look(work *w, gs_err *err)
{
    const gs_nof1_effect *e = &w->r[0]->free_itt;
    if (w->ended)
        return GS_OK;
    json_t *x = json_pack(
        "{s:s, s:o}", "why", w->look ? "a planned look" : "an unplanned look", "p",
        e->known && isfinite(e->p_better) ? json_real(e->p_better) : json_null());
    char *body = x ? json_dumps(x, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(x);
    gs_status st =
        body ? exp_add(&w->d, w->p, w->look ? "look" : "peek", w->o->c.today, body, err)
             : gs_fail(err, GS_ENOMEM, "out of memory");
    free(body);
    return st;
}

static gs_status analyse(work *w, gs_err *err)
{
    GS_TRY(open_work(w, err));
    GS_TRY(analyse_outcomes(w, err));
    GS_TRY(analyse_axis(w, err));
    say_when(w);
    axis_notes(w);
    GS_TRY(record_look(w, err));
    record_notes(w);
    return GS_OK;
}

/* ---- out --------------------------------------------------------------------------------- */

static json_t *band(const gs_band *b)
{
    const double v[] = {b->q05, b->q25, b->q50, b->q75, b->q95};
    json_t *x = json_array();
    for (size_t i = 0; i < 5; i++)
        json_array_append_new(x, isfinite(v[i]) ? json_real(v[i]) : json_null());
    return x;
}

static json_t *axis_json(const gs_axis_says *x)
{
    if (!x->known)
        return json_pack("{s:b, s:s}", "known", 0, "why", x->why);
    return json_pack("{s:b, s:o, s:o, s:f, s:f, s:f, s:f, s:f}", "known", 1, "before",
                     band(&x->before), "after", band(&x->after), "better_before",
                     x->better_before, "better", x->better, "worth_before",
                     x->worth_before, "worth", x->worth, "taught", x->taught);
}

static gs_status put_json(const work *w, gs_buf *out, gs_err *err)
{
    gs_buf b = {0};
    gs_status st = gs_nof1_json(w->n, w->r, NULL, w->n_note, w->note, &b, err);
    json_t *x = st == GS_OK ? json_loads(b.data, 0, NULL) : NULL;
    gs_buf_free(&b);
    GS_TRY(st);
    if (!x)
        return gs_fail(err, GS_ENUM, "the result could not be written as JSON");
    json_object_set_new(x, "plan", json_string(w->p->name));
    json_object_set_new(x, "plan_hash", json_string(w->kept->hash));
    json_object_set_new(x, "ended", json_boolean(w->ended));
    json_object_set_new(x, "axis", axis_json(&w->axis));
    if (w->doses)
        json_object_set_new(x, "axis_planned", axis_json(&w->axis_planned));
    char *t = json_dumps(x, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(x);
    if (t)
        gs_buf_printf(out, "%s\n", t);
    free(t);
    return t && !out->failed ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory");
}

static gs_status put_page(const work *w, const char *path, gs_err *err)
{
    gs_buf page = {0};
    char title[200];
    snprintf(title, sizeof title, "Experiment %s", w->p->name);
    gs_status st =
        gs_report_nof1_html(w->n, w->r, NULL, w->n_note, w->note, title, &page, err);
    if (st == GS_OK)
        st = gs_text_write_file(path, page.data, page.len, err);
    if (st == GS_OK && strcmp(path, "-") != 0)
        fprintf(stderr, "gutskin: the page is in %s\n", path);
    gs_buf_free(&page);
    return st;
}

static gs_status put_answer(const work *w, gs_err *err)
{
    gs_buf b = {0};
    gs_status st = GS_OK;
    if (w->o->html)
        st = put_page(w, w->o->html, err);
    if (st == GS_OK && w->o->c.json)
        st = put_json(w, &b, err);
    else if (st == GS_OK && !w->o->html)
        st = gs_report_nof1_text(w->n, w->r, NULL, w->n_note, w->note, 80, &b, err);
    if (st == GS_OK && b.len)
        st = gs_text_write_file("-", b.data, b.len, err);
    gs_buf_free(&b);
    return st;
}

int exp_cmd_analyse(int argc, char **argv)
{
    static const struct argp_option list[] = {
        {"html", OPT_HTML, "FILE", 0, "write a page to print", 0},
        {"no-axis", OPT_NO_AXIS, NULL, 0, "leave out the analysis through the axis", 0},
        EXP_COMMON_OPTIONS};
    static const struct argp argp = {
        list,
        parse,
        "[NAME]",
        "What came of it: a randomisation test and a model, as planned and as lived, and the "
        "axis with its own lags, beside each other. A look before the end is recorded.\v"
        "Example:\n  gutskin experiment analyse --html trial.html",
        NULL,
        NULL,
        NULL};
    options o = {.c = exp_start_options()};
    work w = {.o = &o};
    gs_err err = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = analyse(&w, &err);
    if (st == GS_OK)
        st = put_answer(&w, &err);
    exp_close(&w.d);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}

/* ---- export -------------------------------------------------------------------------------- */

/* One row a score of the primary outcome, others beside it. */
static void put_table(const work *w, gs_buf *b)
{
    const gs_nof1_series *s = w->series[0];
    char iso[16];
    gs_buf_put(b, "day,date,treatment,received,kept");
    for (size_t i = 0; i < w->n; i++)
        gs_buf_printf(b, ",%s", w->series[i]->outcome);
    gs_buf_put(b, "\n");
    for (size_t d = 0; d < s->n_day; d++) {
        gs_buf_printf(b, "%zu,%s,%s,", d,
                      gs_date_iso(w->f->day0 + (int32_t)d, iso, sizeof iso),
                      isnan(s->planned[d]) ? ""
                      : s->planned[d] > 0  ? "B"
                                           : "A");
        if (s->received && !isnan(s->received[d]))
            gs_buf_printf(b, "%.6g", s->received[d]);
        gs_buf_put(b, ",");
        if (!isnan(w->f->kept[d]))
            gs_buf_printf(b, "%.6g", w->f->kept[d]);
        for (size_t i = 0; i < w->n; i++) {
            gs_buf_put(b, ",");
            for (size_t k = 0; k < w->series[i]->n_obs; k++)
                if ((size_t)floor(w->series[i]->obs[k].time) == d)
                    gs_buf_printf(b, "%.6g", w->series[i]->obs[k].value);
        }
        gs_buf_put(b, "\n");
    }
}

static void put_events(const work *w, gs_buf *b)
{
    const gs_kept_event *e;
    size_t n = 0;
    gs_err quiet = {0};
    char iso[16];
    if (gs_diary_plan_events(w->d.x.d, w->d.person, w->p->name, w->d.a, &n, &e,
                             &quiet) != GS_OK)
        return;
    for (size_t i = 0; i < n; i++)
        gs_buf_printf(b, "%s\t%s\t%s\t%s\t%s\n", e[i].made, e[i].kind,
                      gs_date_iso(e[i].day, iso, sizeof iso), e[i].body, e[i].seal);
}

static void put_readme(const work *w, gs_buf *b)
{
    const gs_protocol *p = w->p;
    gs_buf_printf(b, "Experiment \"%s\": %s\n\n", p->name, p->treatment);
    gs_buf_put(
        b,
        "plan.json      the plan as it was hashed, byte for byte: sha256sum plan.json\n"
        "schedule.txt   the order that was drawn\n"
        "data.csv       a row a day: planned, received (1 = the whole change), scores\n"
        "events.tsv     what was written down, each line with its seal\n"
        "results.json   the results\n"
        "page.html      the page\n"
        "again.sh       computes the results again from data.csv and schedule.txt\n\n");
    const gs_kept_event *e;
    size_t n = 0;
    gs_err quiet = {0};
    gs_buf_printf(b, "SHA-256 of the plan: %s\n", w->kept->hash);
    if (gs_diary_plan_events(w->d.x.d, w->d.person, p->name, w->d.a, &n, &e, &quiet) ==
            GS_OK &&
        n)
        gs_buf_printf(
            b,
            "Last of the %zu seals in events.tsv: %s\nEach seal is taken over the one "
            "before it, so this last one stands for them all: noted elsewhere with a "
            "date, it proves that nothing before it was changed or cut off since.\n",
            n, e[n - 1].seal);
    gs_buf_printf(b, "\n%s\n", p->analysis);
}

static void put_again(const work *w, gs_buf *b)
{
    const gs_protocol *p = w->p;
    const gs_nof1_series *s = w->series[0];
    gs_buf_put(
        b,
        "#!/bin/sh\n# the two analyses that need no axis, from this folder alone\n"
        "exec \"${GUTSKIN:-gutskin}\" nof1 data.csv --time day --treatment treatment "
        "--received received");
    for (size_t i = 0; i < w->n; i++)
        gs_buf_printf(b, "%s%s", i ? "," : " --outcome ", w->series[i]->outcome);
    gs_buf_printf(
        b, " --control A --schedule schedule.txt --better %s --worth %.15g --lag %.15g",
        s->better > 0 ? "higher" : "lower", p->worth, p->lag);
    if (s->scale == GS_NOF1_SCORE)
        gs_buf_printf(b, " --scale %g-%g", s->lo, s->hi);
    if (s->scale == GS_NOF1_COUNT)
        gs_buf_put(b, " --count");
    gs_buf_put(b, " \"$@\"\n");
}

static gs_status write_in(const char *dir, const char *name, gs_buf *b, gs_err *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    gs_status st = b->failed
                       ? gs_fail(err, GS_ENOMEM, "out of memory")
                       : gs_text_write_file(path, b->data ? b->data : "", b->len, err);
    gs_buf_free(b);
    return st;
}

static gs_status export(work *w, gs_err *err)
{
    char name[200], page[4200];
    const char *dir = w->o->dir;
    gs_buf b = {0};

    if (!dir) {
        snprintf(name, sizeof name, "%s-export", w->p->name);
        dir = name;
    }
    if (mkdir(dir, 0700) != 0)
        return gs_fail_at(err, GS_EIO, dir, 0, 0, NULL,
                          errno == EEXIST ? "is there already; name "
                                            "another --dir"
                                          : "cannot be made: %s",
                          strerror(errno));
    gs_buf_put(&b, w->kept->plan);
    GS_TRY(write_in(dir, "plan.json", &b, err));
    gs_nof1_schedule_text(w->f->schedule, &b);
    GS_TRY(write_in(dir, "schedule.txt", &b, err));
    put_table(w, &b);
    GS_TRY(write_in(dir, "data.csv", &b, err));
    put_events(w, &b);
    GS_TRY(write_in(dir, "events.tsv", &b, err));
    put_readme(w, &b);
    GS_TRY(write_in(dir, "README.txt", &b, err));
    put_again(w, &b);
    GS_TRY(write_in(dir, "again.sh", &b, err));
    GS_TRY(put_json(w, &b, err));
    GS_TRY(write_in(dir, "results.json", &b, err));
    snprintf(page, sizeof page, "%s/page.html", dir);
    GS_TRY(put_page(w, page, err));
    printf(w->o->c.json ? "{\"dir\": \"%s\"}\n" : "%s\n", dir);
    return GS_OK;
}

int exp_cmd_export(int argc, char **argv)
{
    static const struct argp_option list[] = {
        {"dir", OPT_DIR, "DIR", 0, "the folder to make (NAME-export)", 0},
        {"no-axis", OPT_NO_AXIS, NULL, 0, "leave out the analysis through the axis", 0},
        EXP_COMMON_OPTIONS};
    static const struct argp argp = {
        list,
        parse,
        "[NAME]",
        "Results as JSON and as a page, raw data, plan, order and record, and the command that "
        "computes it all again, in a folder of its own.\v"
        "Example:\n  gutskin experiment export && sh sugar-1-export/again.sh",
        NULL,
        NULL,
        NULL};
    options o = {.c = exp_start_options()};
    work w = {.o = &o};
    gs_err err = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = analyse(&w, &err);
    if (st == GS_OK)
        st = export(&w, &err);
    exp_close(&w.d);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}
