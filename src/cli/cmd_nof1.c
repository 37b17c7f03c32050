/* gutskin nof1: the analysis of trials of one person, from CSV tables. */
#include "cli/cli.h"

#include "gutskin/nof1.h"
#include "gutskin/report.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { FILES_MAX = 200 };

typedef struct options {
    const char *file[FILES_MAX];
    size_t n_file;
    gs_nof1_read_opts read;
    gs_nof1_opts analyse;
    const char *design, *html, *schedule, *only;
    long period, washout;
    bool json, pool;
} options;

enum {
    OPT_TIME = 256, OPT_TREATMENT, OPT_OUTCOME, OPT_RATER, OPT_PERSON, OPT_RECEIVED,
    OPT_CONTROL, OPT_COMPARE, OPT_SCALE, OPT_COUNT, OPT_BETTER, OPT_DATES, OPT_DESIGN,
    OPT_PERIOD, OPT_WASHOUT, OPT_WORTH, OPT_LAG, OPT_BLINDED, OPT_SEED, OPT_JSON, OPT_HTML,
    OPT_POOL, OPT_SCHEDULE, OPT_ONLY
};

static const struct argp_option option_list[] = {
    {0, 0, NULL, 0, "What the columns are (recognised when not said):", 1},
    {"time", OPT_TIME, "COLUMN", 0, "day or date of a row", 1},
    {"treatment", OPT_TREATMENT, "COLUMN", 0, "treatment planned", 1},
    {"received", OPT_RECEIVED, "COLUMN", 0, "treatment taken, or the share of a dose", 1},
    {"outcome", OPT_OUTCOME, "COLUMN,...", 0, "outcomes; the first is the primary one", 1},
    {"rater", OPT_RATER, "COLUMN", 0, "who rated", 1},
    {"person", OPT_PERSON, "COLUMN", 0, "whose trial", 1},
    {0, 0, NULL, 0, "What they mean:", 2},
    {"control", OPT_CONTROL, "NAME", 0, "the treatment that is the control", 2},
    {"compare", OPT_COMPARE, "A,B", 0, "two of several treatments: control, treatment", 2},
    {"scale", OPT_SCALE, "LO-HI", 0, "the outcome's scale, as in 0-10", 2},
    {"count", OPT_COUNT, NULL, 0, "the outcome counts something", 2},
    {"better", OPT_BETTER, "WHICH", 0, "lower or higher values are better", 2},
    {"dates", OPT_DATES, "ORDER", 0, "dmy or mdy, where dates allow both", 2},
    {"blinded", OPT_BLINDED, NULL, 0, "the person did not know which was which", 2},
    {0, 0, NULL, 0, "The trial:", 3},
    {"design", OPT_DESIGN, "WORD", 0,
     "how the order was decided: pairs, \"blocks 4\", balanced, coin, alternate, fixed", 3},
    {"period", OPT_PERIOD, "DAYS", 0, "length of the periods whose order was decided", 3},
    {"washout", OPT_WASHOUT, "DAYS", 0, "first days of every period to leave out", 3},
    {"schedule", OPT_SCHEDULE, "FILE", 0, "the schedule as gutskin wrote it", 3},
    {"worth", OPT_WORTH, "POINTS", 0, "smallest effect worth having", 3},
    {"lag", OPT_LAG, "DAYS", 0, "how long the treatment takes to act, fixed in advance", 3},
    {0, 0, NULL, 0, "The answer:", 4},
    {"pool", OPT_POOL, NULL, 0, "many people's trials together", 4},
    {"only", OPT_ONLY, "PERSON", 0, "this person's trial alone", 4},
    {"html", OPT_HTML, "FILE", 0, "write a page to print (\"-\" = standard output)", 4},
    {"json", OPT_JSON, NULL, 0, "print JSON", 4},
    {"seed", OPT_SEED, "N", 0, "seed of everything drawn (1)", 4},
    {0},
};

static double real(struct argp_state *state, const char *arg, const char *what)
{
    double v;
    if (!gs_text_number(arg, strlen(arg), true, &v) || !(v > 0) || v > 1e9)
        argp_error(state, "--%s wants a number above 0, not \"%s\"", what, arg);
    return v;
}

static void take_scale(options *o, const char *arg, struct argp_state *state)
{
    const char *dash = *arg ? strpbrk(arg + 1, "-:") : NULL;
    if (!dash || !gs_text_number(arg, (size_t)(dash - arg), true, &o->read.lo) ||
        !gs_text_number(dash + 1, strlen(dash + 1), true, &o->read.hi) ||
        o->read.hi <= o->read.lo)
        argp_error(state, "--scale wants the lowest and the highest value, as in 0-10");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_TIME: o->read.time = arg; return 0;
    case OPT_TREATMENT: o->read.treatment = arg; return 0;
    case OPT_OUTCOME: o->read.outcome = arg; return 0;
    case OPT_RATER: o->read.rater = arg; return 0;
    case OPT_PERSON: o->read.person = arg; return 0;
    case OPT_RECEIVED: o->read.received = arg; return 0;
    case OPT_CONTROL: o->read.control = arg; return 0;
    case OPT_COMPARE: o->read.compare = arg; return 0;
    case OPT_SCALE: take_scale(o, arg, state); return 0;
    case OPT_COUNT: o->read.count = true; return 0;
    case OPT_BLINDED: o->read.blinded = true; return 0;
    case OPT_BETTER:
        if (strcmp(arg, "lower") && strcmp(arg, "higher"))
            argp_error(state, "--better is lower or higher, not \"%s\"", arg);
        o->read.better = *arg == 'h' ? 1 : -1;
        return 0;
    case OPT_DATES:
        if (strcmp(arg, "dmy") && strcmp(arg, "mdy"))
            argp_error(state, "--dates is dmy or mdy, not \"%s\"", arg);
        o->read.date_form = *arg == 'd' ? GS_DATE_DMY : GS_DATE_MDY;
        return 0;
    case OPT_DESIGN: o->design = arg; return 0;
    case OPT_PERIOD: o->period = gs_cli_count(state, arg, 1, 1000); return 0;
    case OPT_WASHOUT: o->washout = gs_cli_count(state, arg, 0, 1000); return 0;
    case OPT_SCHEDULE: o->schedule = arg; return 0;
    case OPT_WORTH: o->analyse.worth = real(state, arg, "worth"); return 0;
    case OPT_LAG: o->analyse.lag = real(state, arg, "lag"); return 0;
    case OPT_POOL: o->pool = true; return 0;
    case OPT_ONLY: o->only = arg; return 0;
    case OPT_HTML: o->html = arg; return 0;
    case OPT_JSON: o->json = true; return 0;
    case OPT_SEED: o->analyse.seed = (uint64_t)gs_cli_count(state, arg, 0, 1000000000); return 0;
    case ARGP_KEY_ARG:
        if (o->n_file == FILES_MAX)
            argp_error(state, "more than %d files", FILES_MAX);
        o->file[o->n_file++] = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which table? Give a CSV file, or - for standard input");
        return 0;
    case ARGP_KEY_END:
        if (o->schedule && (o->design || o->period || o->washout))
            argp_error(state, "--schedule says all about the design; leave --design, "
                              "--period and --washout away");
        if (o->json && o->html && strcmp(o->html, "-") == 0)
            argp_error(state, "--json and --html - both want standard output");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- reading ---- */

typedef struct work {
    const options *o;
    gs_arena *a;
    gs_nof1_table **table; /* [n_file] */
    size_t n;              /* results  */
    const gs_nof1_result **r;
    gs_nof1_pooled *pool;
    const char *note[64];
    size_t n_note;
} work;

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static gs_status read_tables(work *w, gs_err *err)
{
    for (size_t i = 0; i < w->o->n_file; i++) {
        char *text = NULL;
        size_t n;
        const char *path = w->o->file[i];
        const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
        GS_TRY(gs_text_read_file(path, 64u << 20, &text, &n, err));
        gs_status st = gs_nof1_read(w->a, name, text, n, &w->o->read, &w->table[i], err);
        free(text);
        GS_TRY(st);
        gs_nof1_table *t = w->table[i];
        if (t->n_person == 1 && !*t->series[0].person)
            for (size_t k = 0; k < t->n_outcome; k++)
                t->series[k].person = w->o->n_file > 1 ? base_name(path) : "";
        for (size_t k = 0; k < t->n_note && w->n_note < 64 && i == 0; k++)
            w->note[w->n_note++] = t->note[k];
    }
    return GS_OK;
}

static gs_status schedule_of(const work *w, const gs_nof1_series *s, gs_nof1_schedule **out,
                             gs_err *err)
{
    const options *o = w->o;
    if (!o->schedule)
        return gs_nof1_stated(w->a, s, o->design, (int32_t)o->period, (int32_t)o->washout,
                              out, err);
    char *text = NULL;
    size_t n;
    GS_TRY(gs_text_read_file(o->schedule, 1 << 20, &text, &n, err));
    gs_status st = gs_nof1_schedule_read(w->a, o->schedule, text, n, out, err);
    free(text);
    GS_TRY(st);
    /* the table's day 0 is its first row; the schedule's may lie before */
    if ((*out)->day0 != GS_DAY_NONE && s->day0 != GS_DAY_NONE)
        for (size_t i = 0; i < (*out)->n_period; i++)
            (*out)->period[i].from += (*out)->day0 - s->day0;
    (*out)->day0 = s->day0;
    for (size_t d = 0; d < s->n_day; d++) {
        int code = gs_nof1_day(*out, (int32_t)d, NULL);
        if (!isnan(s->planned[d]) && code >= 0 && code != (s->planned[d] >= 0.5))
            return gs_fail(err, GS_ERANGE,
                           "day %zu: the table says %s, the schedule %s; put what was taken "
                           "into a column \"received\" and the plan into \"treatment\"",
                           d + 1, s->planned[d] >= 0.5 ? "B" : "A", code ? "B" : "A");
    }
    if ((*out)->n_period && (*out)->period[0].from < 0)
        return gs_fail(err, GS_ERANGE,
                       "the table begins %d days after the schedule; add its first days, with "
                       "an empty outcome where there is none",
                       (int)-(*out)->period[0].from);
    return GS_OK;
}

/* ---- analysing ---- */

static gs_status analyse_one(work *w, const gs_nof1_series *s, gs_err *err)
{
    gs_nof1_schedule *schedule;
    const gs_nof1_result *r;
    char who[200] = "";
    gs_status st = schedule_of(w, s, &schedule, err);
    if (st == GS_OK)
        st = gs_nof1_analyse(w->a, s, schedule, &w->o->analyse, gs_cli_pool(), &r, err);
    if (st != GS_OK) {
        if (!err->file[0] && !w->o->schedule)
            snprintf(err->file, sizeof err->file, "%s",
                     w->o->n_file == 1 ? w->o->file[0] : s->person);
        if (*s->person && w->o->n_file == 1)
            snprintf(who, sizeof who, "%.100s: ", s->person);
        char all[sizeof err->msg];
        snprintf(all, sizeof all, "%s%.*s", who, (int)(sizeof all - sizeof who), err->msg);
        memcpy(err->msg, all, sizeof all);
        return st;
    }
    w->r[w->n++] = r;
    return GS_OK;
}

static gs_status analyse(work *w, gs_err *err)
{
    size_t n = 0, n_person = 0;
    for (size_t i = 0; i < w->o->n_file; i++) {
        n += w->table[i]->n_person * w->table[i]->n_outcome;
        n_person += w->table[i]->n_person;
    }
    bool many = !w->o->only && (w->o->pool || n_person > 1);
    w->r = GS_NEW(w->a, const gs_nof1_result *, n);
    if (!w->r)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < w->o->n_file; i++) {
        const gs_nof1_table *t = w->table[i];
        for (size_t p = 0; p < t->n_person; p++) {
            const gs_nof1_series *s = t->series + p * t->n_outcome;
            if (w->o->only && strcmp(s->person, w->o->only) != 0)
                continue;
            for (size_t k = 0; k < (many ? 1 : t->n_outcome); k++)
                GS_TRY(analyse_one(w, &s[k], err));
            gs_progress_tick(gs_cli_progress(), "analysing",
                             (double)(p + 1) / (double)t->n_person);
        }
    }
    if (w->n == 0)
        return gs_fail(err, GS_EFOUND, "there is no person \"%s\" in the table", w->o->only);
    return many ? gs_nof1_pool(w->a, w->n, w->r, &w->o->analyse, &w->pool, err) : GS_OK;
}

static int columns_of_terminal(void)
{
    struct winsize ws;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col)
        return ws.ws_col < 100 ? ws.ws_col : 100;
    return 88;
}

static gs_status answer(work *w, gs_err *err)
{
    const options *o = w->o;
    gs_buf b = {0};
    gs_status st = GS_OK;
    if (o->html) {
        st = gs_report_nof1_html(w->n, w->r, w->pool, w->n_note, w->note, NULL, &b, err);
        if (st == GS_OK)
            st = gs_text_write_file(o->html, b.data, b.len, err);
        b.len = 0;
    }
    if (st == GS_OK && o->json)
        st = gs_nof1_json(w->n, w->r, w->pool, w->n_note, w->note, &b, err);
    else if (st == GS_OK && !(o->html && strcmp(o->html, "-") == 0))
        st = gs_report_nof1_text(w->n, w->r, w->pool, w->n_note, w->note,
                                 columns_of_terminal(), &b, err);
    if (st == GS_OK && b.len)
        st = gs_text_write_file("-", b.data, b.len, err);
    gs_buf_free(&b);
    return st;
}

int gs_cmd_nof1(int argc, char **argv)
{
    options o = {.read = GS_NOF1_READ_OPTS, .analyse = GS_NOF1_OPTS};
    const struct argp argp = {
        .options = option_list,
        .parser = parse,
        .args_doc = "FILE...",
        .doc = "Analyse an experiment on oneself: one person, two treatments in turns, any "
               "outcome. FILE is a CSV with a row a rating and columns for day, treatment and "
               "outcome, perhaps rater, person and what was received.\v"
               "Example:\n"
               "  gutskin nof1 examples/nof1/cream.csv --scale 0-10 --worth 1 --html page.html\n"
               "  gutskin nof1 examples/nof1/capsule.csv --pool\n"};
    gs_err err = {0};
    work w = {.o = &o, .a = gs_arena_new(0)};

    if (!w.a)
        return gs_fail(&err, GS_ENOMEM, "out of memory"), gs_cli_failed(&err);
    if (argp_parse(&argp, argc, argv, 0, NULL, &o)) {
        gs_arena_free(w.a);
        return GS_EXIT_MISUSE;
    }
    w.table = GS_NEW(w.a, gs_nof1_table *, o.n_file);
    gs_status st = w.table ? read_tables(&w, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    if (st == GS_OK)
        st = analyse(&w, &err);
    gs_cli_progress_end();
    if (st == GS_OK)
        st = answer(&w, &err);
    gs_arena_free(w.a);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}
