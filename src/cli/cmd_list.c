/* gutskin list: what is in the diary. By default one line for each thing a person wrote
 * down; with --last the latest days; --people and --batches for scripts and for undo. */
#include "cli/diary_door.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_PEOPLE = 256, OPT_BATCHES };

typedef struct options {
    const char *diary, *person;
    bool people, batches, json;
    long last; /* days, 0 = the summary */
} options;

static const struct argp_option option_list[] = {
    GS_PERSON_OPTION("one person (default: everybody)"),
    {"last", 'n', "N", 0, "the last N days with an entry, day by day", 0},
    {"people", OPT_PEOPLE, NULL, 0, "only who is in the diary", 0},
    {"batches", OPT_BATCHES, NULL, 0, "what `gutskin undo` can take back", 0},
    GS_DIARY_OPTION,
    GS_JSON_OPTION,
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;

    switch (key) {
    case 'd':
        o->diary = arg;
        return 0;
    case 'p':
        o->person = arg;
        return 0;
    case 'j':
        o->json = true;
        return 0;
    case 'n':
        if (!gs_text_long(arg, strlen(arg), 1, 100000, &o->last))
            argp_error(state, "\"%s\" is no number of days", arg);
        return 0;
    case OPT_PEOPLE:
        o->people = true;
        return 0;
    case OPT_BATCHES:
        o->batches = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": list takes no file", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char *say_day(bool numbered, int32_t day, char buf[24])
{
    if (numbered)
        snprintf(buf, 24, "day %d", (int)day);
    else
        gs_date_iso(day, buf, 24);
    return buf;
}

/* ---- people and batches -------------------------------------------------------------- */

static gs_status list_people(gs_diary *d, bool json, gs_buf *b, gs_err *err)
{
    const char *const *who = NULL;
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? gs_diary_people(d, a, &who, err)
                     : gs_fail(err, GS_ENOMEM, "out of memory");

    gs_buf_put(b, json ? "[" : "");
    for (size_t i = 0; st == GS_OK && who[i]; i++) {
        gs_buf_put(b, json && i ? ", " : "");
        if (json)
            gs_cli_json_text(b, who[i]);
        else
            gs_buf_printf(b, "%s\n", who[i]);
    }
    gs_buf_put(b, json ? "]\n" : "");
    gs_arena_free(a);
    return st;
}

typedef struct batch_list {
    gs_buf *b;
    bool json;
    size_t n;
} batch_list;

static bool one_batch(void *ctx, const gs_diary_batch *x)
{
    batch_list *l = ctx;
    if (!l->json) {
        gs_buf_printf(l->b, "%6lld  %s  %6zu %s  %s %s\n", (long long)x->id, x->made,
                      x->n_entry, x->n_entry == 1 ? "value " : "values", x->kind,
                      strcmp(x->kind, x->origin) ? x->origin : "");
        return true;
    }
    gs_buf_printf(l->b, "%s{\"batch\": %lld, \"made\": \"%s\", \"values\": %zu, \"kind\": ",
                  l->n++ ? ",\n " : "", (long long)x->id, x->made, x->n_entry);
    gs_cli_json_text(l->b, x->kind);
    gs_buf_put(l->b, ", \"origin\": ");
    gs_cli_json_text(l->b, x->origin);
    gs_buf_put(l->b, "}");
    return true;
}

static gs_status list_batches(gs_diary *d, bool json, gs_buf *b, gs_err *err)
{
    batch_list l = {.b = b, .json = json};
    gs_buf_put(b, json ? "[" : "");
    GS_TRY(gs_diary_batches(d, one_batch, &l, err));
    gs_buf_put(b, json ? "]\n" : "");
    return GS_OK;
}

/* ---- the summary ------------------------------------------------------------------------ */

/* One thing of one person. */
typedef struct line {
    char *person, *channel, *scale;
    bool numbered;
    size_t n, n_tag;
    int32_t first, last;
    double lo, hi, sum, latest;
} line;

typedef struct summary {
    line *line;
    size_t n, cap, from; /* from: first line of the current person */
    bool failed;
} summary;

static line *add_line(summary *s, const gs_diary_row *r)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 64;
        line *more = realloc(s->line, cap * sizeof *more);
        if (!more)
            return NULL;
        s->line = more;
        s->cap = cap;
    }
    line *l = &s->line[s->n];
    *l = (line){.person = strdup(r->person), .channel = strdup(r->channel),
                .scale = strdup(r->scale), .numbered = r->numbered, .first = r->day,
                .lo = HUGE_VAL, .hi = -HUGE_VAL, .latest = NAN};
    s->n++; /* counted even when a copy failed, so that it is freed */
    return l->person && l->channel && l->scale ? l : NULL;
}

static bool sum_row(void *ctx, const gs_diary_row *r)
{
    summary *s = ctx;
    line *l = NULL;

    if (s->n && strcmp(s->line[s->n - 1].person, r->person) != 0)
        s->from = s->n;
    for (size_t i = s->from; i < s->n && !l; i++)
        if (strcmp(s->line[i].channel, r->channel) == 0
            && strcmp(s->line[i].scale, r->scale) == 0)
            l = &s->line[i];
    if (!l)
        l = add_line(s, r);
    if (!l) {
        s->failed = true;
        return false;
    }
    l->n++;
    l->last = r->day;
    if (isnan(r->value)) {
        l->n_tag++;
        return true;
    }
    l->lo = fmin(l->lo, r->value);
    l->hi = fmax(l->hi, r->value);
    l->sum += r->value;
    l->latest = r->value;
    return true;
}

static int kind_of(const line *l)
{
    const gs_channel *c = gs_channel_find(l->channel);
    return c ? (c->kind == GS_CHANNEL_FLAG ? -1 : (int)c->kind) : GS_CHANNEL_OTHER + 1;
}

/* Red flags first, then scores, levers, labs, the rest; longest first within. */
static int by_kind(const void *a, const void *b)
{
    const line *x = a, *y = b;
    int kx = kind_of(x), ky = kind_of(y);
    if (kx != ky)
        return kx < ky ? -1 : 1;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return strcmp(x->channel, y->channel);
}

static const char *unit_of(const line *l)
{
    const gs_channel *c = gs_channel_find(l->channel);
    if (*l->scale)
        return l->scale;
    if (!c || strcmp(c->unit, "1") == 0)
        return "";
    return strcmp(c->unit, "score") == 0 ? "0-10" : c->unit;
}

static void text_line(gs_buf *b, const line *l)
{
    char first[24], last[24], what[80] = "tag";
    if (strcmp(l->channel, "condition") == 0)
        snprintf(what, sizeof what, "%s", gs_condition_name((gs_condition)(int)l->latest));
    else if (l->n > l->n_tag)
        snprintf(what, sizeof what, "%.3g to %.3g, mean %.3g%s%s", l->lo, l->hi,
                 l->sum / (double)(l->n - l->n_tag), *unit_of(l) ? "  " : "",
                 *l->scale ? "on " : "");
    gs_buf_printf(b, "  %-22s %5zu  %s .. %s  %s%s%s\n", l->channel, l->n,
                  say_day(l->numbered, l->first, first), say_day(l->numbered, l->last, last),
                  what, l->n > l->n_tag ? unit_of(l) : "",
                  l->n_tag && l->n > l->n_tag ? " (and tags)" : "");
}

static void json_line(gs_buf *b, const line *l)
{
    char day[24];
    const char *q = l->numbered ? "" : "\"";
    gs_buf_put(b, "{\"person\": ");
    gs_cli_json_text(b, l->person);
    gs_buf_put(b, ", \"channel\": ");
    gs_cli_json_text(b, l->channel);
    gs_buf_put(b, ", \"scale\": ");
    gs_cli_json_text(b, l->scale);
    gs_buf_put(b, ", \"unit\": ");
    gs_cli_json_text(b, *l->scale ? "" : unit_of(l));
    gs_buf_printf(b, ", \"n\": %zu, \"tags\": %zu", l->n, l->n_tag);
    gs_buf_printf(b, ", \"first\": %s%s%s", q,
                  say_day(l->numbered, l->first, day) + (l->numbered ? 4 : 0), q);
    gs_buf_printf(b, ", \"last\": %s%s%s", q,
                  say_day(l->numbered, l->last, day) + (l->numbered ? 4 : 0), q);
    if (l->n > l->n_tag)
        gs_buf_printf(b, ", \"lowest\": %.10g, \"highest\": %.10g, \"mean\": %.10g", l->lo,
                      l->hi, l->sum / (double)(l->n - l->n_tag));
    gs_buf_put(b, "}");
}

static void put_summary(const summary *s, bool json, gs_buf *b)
{
    gs_buf_put(b, json ? "[" : "");
    for (size_t i = 0; i < s->n;) {
        size_t end = i;
        while (end < s->n && strcmp(s->line[end].person, s->line[i].person) == 0)
            end++;
        qsort(s->line + i, end - i, sizeof *s->line, by_kind);
        if (!json)
            gs_buf_printf(b, "%s%s\n", i ? "\n" : "", s->line[i].person);
        for (; i < end; i++) {
            if (json) {
                gs_buf_put(b, i ? ",\n " : "");
                json_line(b, &s->line[i]);
            } else {
                text_line(b, &s->line[i]);
            }
        }
    }
    gs_buf_put(b, json ? "]\n" : "");
    if (!json && !s->n)
        gs_buf_put(b, "nothing is written down yet; `gutskin log eczema=4` does\n");
}

static gs_status list_summary(gs_diary *d, const char *person, bool json, gs_buf *b, gs_err *err)
{
    summary s = {0};
    gs_status st = gs_diary_each(d, person, sum_row, &s, err);

    if (st == GS_OK && s.failed)
        st = gs_fail(err, GS_ENOMEM, "out of memory");
    if (st == GS_OK && !s.n && *person)
        st = gs_fail(err, GS_EFOUND, "the diary knows no person \"%s\"; `gutskin list "
                     "--people` shows who is in it", person);
    if (st == GS_OK)
        put_summary(&s, json, b);
    for (size_t i = 0; i < s.n; i++) {
        free(s.line[i].person);
        free(s.line[i].channel);
        free(s.line[i].scale);
    }
    free(s.line);
    return st;
}

/* ---- the last days ------------------------------------------------------------------------ */

typedef struct days {
    gs_buf *b;
    bool json, counting;
    size_t n_day, skip, n; /* days with an entry, of all people */
    int32_t day;
    char person[204];
} days;

static bool new_day(days *x, const gs_diary_row *r)
{
    if (x->n_day && x->day == r->day && strcmp(x->person, r->person) == 0)
        return false;
    x->n_day++;
    x->day = r->day;
    snprintf(x->person, sizeof x->person, "%s", r->person);
    return true;
}

static bool day_row(void *ctx, const gs_diary_row *r)
{
    days *x = ctx;
    char when[24];
    bool fresh = new_day(x, r);

    if (x->counting || x->n_day <= x->skip)
        return true;
    if (x->json) {
        gs_buf_put(x->b, x->n++ ? ",\n {\"person\": " : "{\"person\": ");
        gs_cli_json_text(x->b, r->person);
        gs_buf_printf(x->b, r->numbered ? ", \"day\": %s" : ", \"date\": \"%s\"",
                      say_day(r->numbered, r->day, when) + (r->numbered ? 4 : 0));
        gs_buf_put(x->b, ", \"channel\": ");
        gs_cli_json_text(x->b, r->channel);
        if (isnan(r->value))
            gs_buf_put(x->b, ", \"value\": null}");
        else
            gs_buf_printf(x->b, ", \"value\": %.10g}", r->value);
        return true;
    }
    if (fresh)
        gs_buf_printf(x->b, "%s%s %s:", x->n++ ? "\n" : "", r->person,
                      say_day(r->numbered, r->day, when));
    if (strcmp(r->channel, "condition") == 0)
        gs_buf_printf(x->b, " condition=%s", gs_condition_name((gs_condition)(int)r->value));
    else if (isnan(r->value))
        gs_buf_printf(x->b, " %s", r->channel);
    else
        gs_buf_printf(x->b, " %s=%.6g", r->channel, r->value);
    return true;
}

static gs_status list_last(gs_diary *d, const char *person, long last, bool json, gs_buf *b,
                           gs_err *err)
{
    days count = {.b = b, .counting = true};
    GS_TRY(gs_diary_each(d, person, day_row, &count, err));
    size_t skip = count.n_day > (size_t)last ? count.n_day - (size_t)last : 0;
    days print = {.b = b, .json = json, .skip = skip};
    gs_buf_put(b, json ? "[" : "");
    GS_TRY(gs_diary_each(d, person, day_row, &print, err));
    gs_buf_put(b, json ? "]\n" : print.n ? "\n" : "");
    return GS_OK;
}

int gs_cmd_list(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "Show what is in the diary.\v"
        "Examples:\n  gutskin list\n  gutskin list --last 7\n  gutskin list --batches",
        NULL, NULL, NULL};
    options o = {0};
    gs_err err = {0};
    gs_diary *d;
    gs_buf b = {0};
    gs_status st;

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (gs_diary_open(gs_cli_diary_path(o.diary), false, &d, &err) != GS_OK)
        return gs_cli_failed(&err);
    const char *person = o.person ? o.person : "";
    if (o.people)
        st = list_people(d, o.json, &b, &err);
    else if (o.batches)
        st = list_batches(d, o.json, &b, &err);
    else if (o.last)
        st = list_last(d, person, o.last, o.json, &b, &err);
    else
        st = list_summary(d, person, o.json, &b, &err);
    gs_diary_close(d);
    if (st == GS_OK && b.failed)
        st = gs_fail(&err, GS_ENOMEM, "out of memory");
    int code = st == GS_OK ? gs_cli_put(NULL, b.data ? b.data : "", b.len) : gs_cli_failed(&err);
    gs_buf_free(&b);
    return code;
}
