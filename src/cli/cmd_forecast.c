/* gutskin forecast: the next days from the kept answer, as a table or as JSON. */
#include "cli/cli.h"
#include "cli/kept.h"

#include "gutskin/date.h"
#include "gutskin/report.h"
#include "report/say.h"

#include <argp.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *diary, *person;
    long days; /* 0 = all that were kept */
    bool json;
} options;

enum { OPT_DAYS = 256, OPT_JSON };

static const struct argp_option option_list[] = {
    {"diary", 'd', "FILE", 0, "the diary (default: $GUTSKIN_DIARY or your data folder)", 0},
    {"person", 'p', "NAME", 0, "whose forecast (needed when the diary holds several people)", 0},
    {"days", OPT_DAYS, "N", 0, "how many days (all the fit kept: usually 14)", 0},
    {"json", OPT_JSON, NULL, 0, "print JSON", 0},
    {0},
};

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
    case OPT_DAYS:
        o->days = gs_cli_count(state, arg, 1, 3650);
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": forecast takes no file", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* May these days be shown at all? */
static gs_status check(const options *o, const gs_answer *x, gs_err *err)
{
    if (!gs_say_sound(x)) {
        gs_buf why = {0};
        gs_say_unsound(&why, x);
        gs_fail(err, GS_ENUM, "there is no forecast: the fit did not pass its checks. %s",
                why.data ? why.data : "");
        gs_buf_free(&why);
        return GS_ENUM;
    }
    if (x->n_series == 0 || x->n_ahead == 0 || x->n_day == 0)
        return gs_fail(err, GS_EFOUND, "the fit kept no forecast; run \"gutskin fit\" again");
    if (o->days > (long)x->n_ahead)
        return gs_fail(err, GS_ERANGE, "the fit kept %zu days; ask for --days %zu or fewer",
                       x->n_ahead, x->n_ahead);
    return GS_OK;
}

static void put_cell(gs_buf *b, double v, int decimals, int width)
{
    gs_buf cell = {0};
    gs_say_number(&cell, v, decimals);
    int chars = 0;
    for (size_t i = 0; i < cell.len; i++)
        chars += ((unsigned char)cell.data[i] & 0xc0) != 0x80;
    gs_buf_printf(b, "%*s%s", chars < width ? width - chars : 1, "", cell.data ? cell.data : "");
    gs_buf_free(&cell);
}

static void put_series(gs_buf *b, const gs_answer *x, const gs_answer_series *s, size_t n)
{
    int d = gs_say_score_decimals(s);
    gs_say_scale(b, s);
    gs_buf_printf(b, " [%s]\n", gs_say_unit(s));
    gs_buf_printf(b, "%-20s%8s%8s%8s%8s%8s\n", "day", "5%", "25%", "50%", "75%", "95%");
    for (size_t i = 0; i < n; i++) {
        const gs_band *q = &s->ahead[i];
        gs_buf day = {0};
        gs_say_day(&day, x, (long)(x->n_day + i), false);
        gs_buf_printf(b, "%-20s", day.data ? day.data : "");
        gs_buf_free(&day);
        const double v[] = {q->q05, q->q25, q->q50, q->q75, q->q95};
        for (size_t k = 0; k < 5; k++)
            put_cell(b, v[k], d, 8);
        gs_buf_put(b, "\n");
    }
}

static int put_table(const gs_answer *x, size_t n)
{
    gs_buf b = {0};
    const gs_answer_series *first = gs_say_main(x);
    if (x->example)
        gs_buf_printf(&b, "%s\n\n", gs_say_example);
    for (size_t i = 0; i < x->n_flag; i++)
        gs_buf_printf(&b, "SEE A DOCTOR NOW: %s. %s\n\n", x->flag[i].title, x->flag[i].advice);
    put_series(&b, x, first, n);
    for (size_t i = 0; i < x->n_series; i++) {
        if (&x->series[i] == first)
            continue;
        gs_buf_put(&b, "\n");
        put_series(&b, x, &x->series[i], n);
    }
    gs_buf_put(&b, "\nIf your days go on as usual. Nine chances in ten lie between 5% and "
                   "95%, half of\nthem between 25% and 75%.\n");
    int code = b.failed ? GS_EXIT_FAILED : gs_cli_put("-", b.data, b.len);
    gs_buf_free(&b);
    return code;
}

static json_t *number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *day_json(const gs_answer *x, const gs_answer_series *s, size_t i)
{
    char iso[32];
    const gs_band *q = &s->ahead[i];
    bool dated = x->day0 != GS_DAY_NONE;
    if (dated)
        gs_date_iso((int32_t)(x->day0 + (int32_t)(x->n_day + i)), iso, sizeof iso);
    return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "date",
                     dated ? json_string(iso) : json_null(), "day",
                     (json_int_t)(x->n_day + i), "q05", number(q->q05), "q25",
                     number(q->q25), "q50", number(q->q50), "q75", number(q->q75), "q95",
                     number(q->q95));
}

static int put_json(const gs_kept *k, size_t n)
{
    const gs_answer *x = k->answer;
    json_t *list = json_array();
    for (size_t i = 0; i < x->n_series; i++) {
        const gs_answer_series *s = &x->series[i];
        json_t *days = json_array();
        for (size_t d = 0; d < n; d++)
            json_array_append_new(days, day_json(x, s, d));
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "name",
                                              s->name, "title", s->title, "scale", s->scale,
                                              "unit", gs_say_unit(s), "lo", number(s->lo),
                                              "hi", number(s->hi), "days", days));
    }
    json_t *all = json_pack("{s:s, s:s, s:b, s:b, s:s, s:o}", "person", x->person,
                            "condition", x->condition, "example", x->example, "stale",
                            k->stale, "made", x->made, "series", list);
    char *text = all ? json_dumps(all, JSON_INDENT(1)) : NULL;
    json_decref(all);
    if (!text) {
        gs_err err = {0};
        gs_fail(&err, GS_ENOMEM, "out of memory");
        return gs_cli_failed(&err);
    }
    int code = gs_cli_put("-", text, strlen(text));
    if (code == GS_EXIT_OK)
        code = gs_cli_put("-", "\n", 1);
    free(text);
    return code;
}

int gs_cmd_forecast(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "The next days, with their uncertainty, from the last \"gutskin fit\".\v"
        "Example:\n  gutskin forecast --days 7",
        NULL, NULL, NULL};
    options o = {0};
    gs_err err = {0};
    gs_kept kept;
    int code;

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? gs_kept_answer(o.diary, o.person, a, &kept, &err)
                     : gs_fail(&err, GS_ENOMEM, "out of memory");
    if (st == GS_OK)
        st = check(&o, kept.answer, &err);
    if (st != GS_OK) {
        code = gs_cli_failed(&err);
    } else {
        size_t n = o.days ? (size_t)o.days : kept.answer->n_ahead;
        gs_kept_warn(&kept);
        code = o.json ? put_json(&kept, n) : put_table(kept.answer, n);
    }
    gs_arena_free(a);
    return code;
}
