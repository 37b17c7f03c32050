/* gutskin gut series: people sampled again and again. How much one person wanders, and
 * whether days on which something was done stand out from that. */
#include "cli/diary_door.h"
#include "cli/gut_door.h"
#include "cli/gut_sheet.h"
#include "gutskin/cohort.h"
#include "gutskin/gutreport.h"
#include "gutskin/report.h"
#include "gutskin/stool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_TIME = 256, OPT_PERSON, OPT_METADATA, OPT_FROM, OPT_TO, OPT_WHERE, OPT_DEPTH, OPT_SVG, OPT_INDEX, OPT_HTML };

typedef struct options {
    gs_cli_gut gut;
    const char *file, *time, *person, *metadata, *where, *svg, *html;
    double from, to, depth;
    gs_stool_index index;
    bool json;
} options;

static const struct argp_option option_list[] = {
    GS_GUT_FILE_OPTIONS,
    {"time", OPT_TIME, "COLUMN", 0, "day of each sample (day)", 0},
    {"person", OPT_PERSON, "COLUMN", 0, "whose it is (person)", 0},
    {"metadata", OPT_METADATA, "FILE", 0, "TSV or CSV, sample names in its first column (samples.tsv or "
                                          "metadata.tsv beside the table otherwise)", 0},
    {"where", OPT_WHERE, "COLUMN=WORD", 0, "only these samples", 0},
    {"from", OPT_FROM, "DAY", 0, "first day on which something was done", 0},
    {"to", OPT_TO, "DAY", 0, "and the last", 0},
    {"depth", OPT_DEPTH, "READS", 0, "bring samples to this many reads; leave out those with fewer (1000)", 0},
    {"svg", OPT_SVG, "FILE", 0, "draw --index through time", 0},
    {"html", OPT_HTML, "FILE", 0, "write a page with every number through time", 0},
    {"index", OPT_INDEX, "NAME", 0, "what --svg draws (shannon)", 0},
    GS_JSON_OPTION,
    {0}};

static double real(struct argp_state *state, const char *arg)
{
    double v = 0;
    if (!gs_text_number(arg, strlen(arg), false, &v))
        argp_error(state, "\"%s\" is not a number", arg);
    return v;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    long i;
    if (gs_cli_gut_option(&o->gut, key, arg, state))
        return 0;
    switch (key) {
    case 'j': o->json = true; return 0;
    case OPT_TIME: o->time = arg; return 0;
    case OPT_PERSON: o->person = arg; return 0;
    case OPT_METADATA: o->metadata = arg; return 0;
    case OPT_WHERE:
        o->where = arg;
        if (!strchr(arg, '='))
            argp_error(state, "--where wants COLUMN=WORD, not \"%s\"", arg);
        return 0;
    case OPT_FROM: o->from = real(state, arg); return 0;
    case OPT_TO: o->to = real(state, arg); return 0;
    case OPT_DEPTH: o->depth = real(state, arg); return 0;
    case OPT_SVG: o->svg = arg; return 0;
    case OPT_HTML: o->html = arg; return 0;
    case OPT_INDEX:
        if ((i = gs_stool_find(arg)) < 0)
            argp_error(state, "no number \"%s\"; shannon, observed, butyrate, pro_lps ...", arg);
        o->index = (gs_stool_index)i;
        return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one table at a time; \"%s\" is a second", arg);
        o->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->file)
            argp_error(state, "name a table");
        if (isnan(o->from) != isnan(o->to) || o->to < o->from)
            argp_error(state, "--from DAY and --to DAY go together, the first not after the last");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- who and when ------------------------------------------------------------------------- */

typedef struct visit {
    const char *person;
    double day;
    size_t sample;
} visit;

static int by_person(const void *x, const void *y)
{
    const visit *a = x, *b = y;
    int c = strcmp(a->person, b->person);
    return c ? c : (a->day > b->day) - (a->day < b->day);
}

static gs_status visits(const options *o, gs_arena *a, const gs_gut *g, visit **out, size_t *n, size_t *shallow,
                        gs_err *err)
{
    gs_sheet s;
    size_t time, person = 0, where = 0;
    char *word = NULL;
    GS_TRY(gs_sheet_find(o->metadata, o->file, a, &s, err));
    GS_TRY(gs_sheet_column(&s, o->time, &time, err));
    GS_TRY(gs_sheet_column(&s, o->person, &person, err));
    if (o->where) {
        char *name = gs_arena_strdup(a, o->where);
        if (!name)
            return gs_fail(err, GS_ENOMEM, "out of memory");
        word = strchr(name, '=');
        *word++ = '\0';
        GS_TRY(gs_sheet_column(&s, name, &where, err));
    }
    visit *v = GS_NEW(a, visit, s.n_row);
    if (!v)
        return gs_fail(err, GS_ENOMEM, "out of memory for %zu visits", s.n_row);
    *n = *shallow = 0;
    for (size_t r = 1; r < s.n_row; r++) {
        long i = gs_gut_sample(g, gs_sheet_at(&s, r, 0));
        const char *day = gs_sheet_at(&s, r, time);
        double t;
        if (i < 0 || (word && strcmp(gs_sheet_at(&s, r, where), word) != 0))
            continue;
        if (!gs_text_number(day, strlen(day), false, &t))
            return gs_fail_at(err, GS_EPARSE, s.file, s.line[r], 0, o->time, "\"%.40s\" is no day; days are numbers",
                              day);
        if (!(g->total[i] > 0) || (g->unit == GS_GUT_READS && g->total[i] < o->depth)) {
            (*shallow)++;
            continue;
        }
        v[(*n)++] = (visit){gs_sheet_at(&s, r, person), t, (size_t)i};
    }
    if (*n == 0)
        return gs_fail_at(err, GS_EFOUND, s.file, 0, 0, NULL, "none of its rows is a sample of the table with enough "
                          "reads");
    qsort(v, *n, sizeof *v, by_person);
    *out = v;
    return GS_OK;
}

/* ---- one person ------------------------------------------------------------------------------ */

/* Median Bray-Curtis between samples lo to hi days apart; NaN when there are fewer than 5. */
static double apart(size_t n, const visit *v, const double *d, double lo, double hi, double *scratch)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (v[j].day - v[i].day >= lo && v[j].day - v[i].day <= hi)
                scratch[m++] = d[i * n + j];
    gs_eco_sort(m, scratch);
    return m < 5 ? NAN : gs_eco_quantile(m, scratch, 0.5);
}

static void put_shift(const options *o, gs_buf *b, gs_stool_index i, const gs_eco_shift *s)
{
    bool window = !isnan(o->from);
    if (o->json) {
        gs_buf_printf(b, ", \"%s\": {\"days\": %zu", gs_stool_key(i), s->n_out);
        gs_cli_gut_json_number(b, "mean", gs_stool_from_scale(i, s->mean_out));
        gs_cli_gut_json_number(b, "sd", s->sd);
        gs_cli_gut_json_number(b, "lag1", s->lag1);
        if (window) {
            gs_buf_printf(b, ", \"days_in\": %zu", s->n_in);
            gs_cli_gut_json_number(b, "mean_in", gs_stool_from_scale(i, s->mean_in));
            gs_cli_gut_json_number(b, "shift", s->diff.at);
            gs_cli_gut_json_number(b, "shift_lo", s->diff.lo);
            gs_cli_gut_json_number(b, "shift_hi", s->diff.hi);
            gs_cli_gut_json_number(b, "p", s->p);
        }
        gs_buf_put(b, "}");
        return;
    }
    bool share = gs_stool_scale_of(i) == GS_STOOL_SHARE;
    double out = gs_stool_from_scale(i, s->mean_out) * (share ? 100 : 1);
    gs_buf_printf(b, "  %-32s %9.3g%s  sd %6.3f  lag1 %+.2f", gs_stool_title(i), out, share ? "%" : " ", s->sd, s->lag1);
    if (window && isfinite(s->diff.lo))
        gs_buf_printf(b, "   %9.3g%s  %+.2f (%+.2f, %+.2f)  p %.2g",
                      gs_stool_from_scale(i, s->mean_in) * (share ? 100 : 1), share ? "%" : " ", s->diff.at, s->diff.lo,
                      s->diff.hi, s->p);
    gs_buf_put(b, "\n");
}

static gs_status person(const options *o, gs_arena *a, const gs_gut *genus, const double *x, size_t n, const visit *v,
                        gs_buf *b, bool first, gs_gut_course *course, gs_err *err)
{
    size_t *pick = GS_NEW(a, size_t, n + 1);
    double *d = GS_NEW(a, double, 2 * n * n + 1), *t = GS_NEW(a, double, 2 * n + 1);
    if (!pick || !d || !t)
        return gs_fail(err, GS_ENOMEM, "out of memory for %zu days", n);
    for (size_t i = 0; i < n; i++)
        pick[i] = v[i].sample, t[i] = v[i].day;
    /* shares: depth differs from day to day */
    GS_TRY(gs_cohort_distance(a, gs_cli_pool(), genus, n, pick, GS_ECO_BRAYCURTIS, 0, true, NULL, d, err));
    double *s = d + n * n, day = apart(n, v, d, 0.5, 1.5, s), week = apart(n, v, d, 6, 8, s),
           month = apart(n, v, d, 31, HUGE_VAL, s);
    course->apart[0] = day, course->apart[1] = week, course->apart[2] = month;
    if (o->json) {
        gs_buf_put(b, first ? "\n{\"person\": " : ",\n{\"person\": ");
        gs_cli_json_text(b, v->person);
        gs_buf_printf(b, ", \"samples\": %zu, \"first\": %g, \"last\": %g", n, t[0], t[n - 1]);
        gs_cli_gut_json_number(b, "apart_day", day);
        gs_cli_gut_json_number(b, "apart_week", week);
        gs_cli_gut_json_number(b, "apart_month", month);
    } else {
        gs_buf_printf(b, "%s%s: %zu samples, days %g to %g; communities a day apart %.3f, a week %.3f, over a month "
                      "%.3f\n", first ? "" : "\n", v->person, n, t[0], t[n - 1], day, week, month);
    }
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        double *y = t + n;
        size_t known = 0;
        for (size_t k = 0; k < n; k++) {
            y[k] = gs_stool_to_scale(i, x[v[k].sample * GS_N_STOOL + i]);
            y[k] = isfinite(y[k]) ? y[k] : NAN;
            known += isnan(y[k]) ? 0 : 1;
        }
        if (known < 3)
            continue;
        gs_eco_shift shift;
        GS_TRY(gs_eco_shift_of(a, n, t, y, isnan(o->from) ? HUGE_VAL : o->from, isnan(o->to) ? HUGE_VAL : o->to, &shift,
                               err));
        put_shift(o, b, i, &shift);
        course->shift[i] = shift;
    }
    gs_buf_put(b, o->json ? "}" : "");
    return GS_OK;
}

static gs_status draw(const options *o, gs_arena *a, const double *x, size_t n, const visit *v, gs_buf *svg, gs_err *err)
{
    size_t n_line = 0;
    gs_plot_line *line = GS_NEW(a, gs_plot_line, n + 1);
    double *t = GS_NEW(a, double, n + 1), *y = GS_NEW(a, double, n + 1);
    if (!line || !t || !y)
        return gs_fail(err, GS_ENOMEM, "out of memory for the picture");
    for (size_t i = 0; i < n; i++) {
        t[i] = v[i].day;
        y[i] = x[v[i].sample * GS_N_STOOL + o->index] * (gs_stool_scale_of(o->index) == GS_STOOL_SHARE ? 100 : 1);
        if (i == 0 || strcmp(v[i].person, v[i - 1].person) != 0)
            line[n_line++] = (gs_plot_line){v[i].person, t + i, y + i, 0};
        line[n_line - 1].n++;
    }
    char title[100], note[100];
    snprintf(title, sizeof title, "%s through time", gs_stool_title(o->index));
    snprintf(note, sizeof note, "something was done on days %g to %g", o->from, o->to);
    gs_plot p = {.title = title, .x_title = "day",
                 .y_title = gs_stool_scale_of(o->index) == GS_STOOL_SHARE ? "% of the community" : "", .n_line = n_line,
                 .line = line, .note = isnan(o->from) ? NULL : note};
    return gs_report_plot_svg(&p, svg, err);
}

/* What the page draws of one person's visits. */
static gs_status make_course(gs_arena *a, const double *x, size_t n, const visit *v, gs_gut_course *out,
                             gs_err *err)
{
    double *day = GS_NEW(a, double, n + 1), *value = GS_NEW(a, double, n * GS_N_STOOL + 1);
    if (!day || !value)
        return gs_fail(err, GS_ENOMEM, "out of memory for the page");
    for (size_t k = 0; k < n; k++) {
        day[k] = v[k].day;
        memcpy(value + k * GS_N_STOOL, x + v[k].sample * GS_N_STOOL, GS_N_STOOL * sizeof *value);
    }
    *out = (gs_gut_course){.person = v->person, .n = n, .day = day, .value = value};
    return GS_OK;
}

static gs_status answer(const options *o, gs_arena *a, gs_buf *b, gs_buf *svg, gs_buf *html, gs_err *err)
{
    gs_gut *g, *genus;
    visit *v = NULL;
    size_t n = 0, shallow = 0;
    GS_TRY(gs_cli_gut_read(&o->gut, a, o->file, &g, err));
    GS_TRY(visits(o, a, g, &v, &n, &shallow, err));
    GS_TRY(gs_gut_collapse(a, g, GS_RANK_GENUS, &genus, err));
    double *x = GS_NEW(a, double, g->n_sample * GS_N_STOOL + 1);
    if (!x)
        return gs_fail(err, GS_ENOMEM, "out of memory for %zu samples", g->n_sample);
    GS_TRY(gs_stool_indices(a, genus, NULL, g->unit == GS_GUT_READS ? o->depth : 0, x, err));
    if (o->json)
        gs_buf_printf(b, "{\"samples\": %zu, \"too_few_reads\": %zu, \"people\": [", n, shallow);
    else if (shallow)
        gs_buf_printf(b, "%zu samples with fewer than %.0f reads are left out\n", shallow, o->depth);
    gs_gut_course *course = GS_NEW(a, gs_gut_course, n + 1);
    size_t n_course = 0;
    if (!course)
        return gs_fail(err, GS_ENOMEM, "out of memory for %zu samples", n);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && !strcmp(v[j].person, v[i].person); j++)
            ;
        GS_TRY(make_course(a, x, j - i, v + i, &course[n_course], err));
        gs_mark m = gs_arena_mark(a);
        GS_TRY(person(o, a, genus, x, j - i, v + i, b, i == 0, &course[n_course++], err));
        gs_arena_release(a, m);
    }
    if (o->json)
        gs_buf_put(b, "]}\n");
    else
        gs_buf_printf(b, "\nsd and lag1 (correlation with the sample before) are on the scale where a number's noise is "
                      "alike\neverywhere: logarithm for counts, logit for shares.%s\n", isnan(o->from) ? "" :
                      " The shift is that of the days named,\nwith an interval that allows for the memory of a gut but not for "
                      "slow drift: look at a window\nin which nothing was done, and see how often that \"shifts\" too.");
    if (o->html)
        GS_TRY(gs_gutreport_series_html(n_course, course, o->from, o->to, html, err));
    return o->svg ? draw(o, a, x, n, v, svg, err) : GS_OK;
}

int gs_cli_gut_series(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "TABLE",
        "People sampled again and again: how far a gut wanders by itself, and whether some days stand out.\v"
        "Examples:\n"
        "  gutskin gut series genus.tsv --metadata samples.tsv\n"
        "  gutskin gut series genus.tsv --from 71 --to 122 --svg travel.svg --index shannon\n"
        "  gutskin gut series genus.tsv --html series.html\n"
        "  gutskin gut series genus.tsv --where site=gut --person subject --time day",
        NULL, NULL, NULL};
    options o = {.gut = GS_CLI_GUT, .time = "day", .person = "person", .from = NAN, .to = NAN, .depth = 1000};
    gs_err err = {0};
    gs_buf b = {0}, svg = {0}, html = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? answer(&o, a, &b, &svg, &html, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    int code = st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
    if (code == GS_EXIT_OK && o.svg)
        code = gs_cli_put(o.svg, svg.data, svg.len);
    if (code == GS_EXIT_OK && o.html)
        code = gs_cli_put(o.html, html.data, html.len);
    if (code == GS_EXIT_OK && !(o.svg && !strcmp(o.svg, "-")) && !(o.html && !strcmp(o.html, "-")))
        code = gs_cli_put(NULL, b.data, b.len);
    gs_buf_free(&b);
    gs_buf_free(&svg);
    gs_buf_free(&html);
    gs_arena_free(a);
    return code;
}
