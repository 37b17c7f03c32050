/* gutskin experiment start, today, log, check, pause, resume, change, stop, reveal,
 * calendar, list: living a plan. Each act is an event that is only added. */
#include "cli/exp.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct options {
    exp_options c;
    int32_t day;       /* --date, --on */
    bool day_said;
    const char *why, *what, *reason, *file;
    double kept, harm_above;
} options;

enum { OPT_ON = 256, OPT_DATE, OPT_KEPT, OPT_REASON, OPT_WHY, OPT_HARM, OPT_WHAT };

static options begin(void)
{
    return (options){.c = exp_start_options(), .kept = NAN, .harm_above = NAN};
}

static double read_kept(struct argp_state *state, const char *arg)
{
    double v;
    if (gs_text_same(arg, "yes") || gs_text_same(arg, "all"))
        return 1;
    if (gs_text_same(arg, "no"))
        return 0;
    if (gs_text_same(arg, "partly") || gs_text_same(arg, "half"))
        return 0.5;
    if (!gs_text_number(arg, strlen(arg), true, &v) || v < 0 || v > 1)
        argp_error(state, "--kept %s: say yes, partly, no, or a share from 0 to 1",
                   arg);
    return v;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_ON:
    case OPT_DATE:
        o->day = exp_parse_date(state, arg, o->c.today);
        o->day_said = true;
        return 0;
    case OPT_KEPT:
        o->kept = read_kept(state, arg);
        return 0;
    case OPT_REASON:
        o->reason = arg;
        return 0;
    case OPT_WHY:
        o->why = arg;
        return 0;
    case OPT_WHAT:
        o->what = arg;
        return 0;
    case OPT_HARM:
        if (!gs_text_number(arg, strlen(arg), true, &o->harm_above))
            argp_error(state, "--harm-above %s: a score is a number", arg);
        return 0;
    default:
        return exp_parse_common(key, arg, state, &o->c);
    }
}

/* Everything a verb needs: diary, plan, where it stands. */
typedef struct stage {
    exp_door d;
    gs_protocol *p;
    const gs_kept_plan *kept;
    gs_follow *f;
} stage;

static gs_status set(const options *o, stage *s, gs_err *err)
{
    GS_TRY(exp_open(&o->c, false, &s->d, err));
    GS_TRY(exp_need_dates(&s->d, err));
    GS_TRY(exp_find_plan(&s->d, &o->c, &s->p, &s->kept, err));
    return exp_follow(&s->d, s->p, &s->f, err);
}

static int leave(stage *s, gs_status st, const gs_err *err)
{
    exp_close(&s->d);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(err);
}

static gs_status put(gs_buf *b, gs_err *err)
{
    gs_status st = b->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
    if (st == GS_OK && b->len)
        st = gs_text_write_file("-", b->data, b->len, err);
    gs_buf_free(b);
    return st;
}

static gs_status need_running(const stage *s, gs_err *err)
{
    if (!s->f->started)
        return gs_fail(err, GS_EUSE, "\"%s\" has not begun: gutskin experiment start",
                       s->p->name);
    if (s->f->stopped)
        return gs_fail(err, GS_EUSE, "\"%s\" was stopped: %s", s->p->name, s->f->why);
    return GS_OK;
}

static bool scored(const gs_obs *obs, const char *name, int32_t today)
{
    for (size_t i = 0; obs && i < obs->n_series; i++) {
        const gs_series *s = &obs->series[i];
        if (strcmp(s->name, name) != 0)
            continue;
        for (size_t k = s->n; k-- > 0;)
            if (obs->day0 + s->day[k] == today)
                return true;
    }
    return false;
}

/* ---- start ------------------------------------------------------------------------------ */

static gs_status no_other_runs(stage *s, gs_err *err)
{
    exp_options any = {0};
    gs_protocol *other;
    const gs_kept_plan *k;
    gs_follow *f;
    GS_TRY(exp_find_plan(&s->d, &any, &other, &k, err));
    GS_TRY(exp_follow(&s->d, other, &f, err));
    bool runs = f->started && !f->stopped && strcmp(other->name, s->p->name) != 0;
    return runs ? gs_fail(err, GS_EUSE,
                          "\"%s\" is running; two experiments at once spoil each "
                          "other. Finish it, or gutskin experiment stop %s --why ...",
                          other->name, other->name)
                : GS_OK;
}

static gs_status do_start(const options *o, stage *s, gs_err *err)
{
    gs_buf b = {0};
    int32_t day = o->day_said ? o->day : o->c.today;

    if (s->f->started)
        return gs_fail(err, GS_EUSE,
                       "\"%s\" has begun already; a start is not moved. A new "
                       "beginning is a new plan",
                       s->p->name);
    if (day < o->c.today)
        return gs_fail(
            err, GS_ERANGE,
            "a trial cannot begin in the past: days that were lived "
            "before the order was known were not drawn by lot. --on today or later");
    if (day > o->c.today + 90)
        return gs_fail(err, GS_ERANGE,
                       "--on lies more than 90 days ahead; plan again then");
    GS_TRY(no_other_runs(s, err));
    GS_TRY(exp_add(&s->d, s->p, "start", day, "{}", err));
    GS_TRY(exp_follow(&s->d, s->p, &s->f, err));
    gs_follow_today(s->f, day, false, &b);
    if (o->c.json) {
        char iso[16];
        gs_buf_free(&b);
        b = (gs_buf){0};
        gs_buf_printf(&b, "{\"name\": ");
        gs_cli_json_text(&b, s->p->name);
        gs_buf_printf(&b, ", \"first_day\": \"%s\", \"days\": %ld}\n",
                      gs_date_iso(day, iso, sizeof iso), (long)s->f->n_day);
    } else {
        gs_buf_put(&b, "Reminders: gutskin experiment calendar > trial.ics\n");
    }
    return put(&b, err);
}

int exp_cmd_start(int argc, char **argv)
{
    static const struct argp_option list[] = {
        {"on", OPT_ON, "DATE", 0,
         "the first day: today (default), tomorrow, 2026-11-30", 0},
        EXP_COMMON_OPTIONS};
    static const struct argp argp = {list, parse, "[NAME]",
        "Fix the first day of a planned experiment.\v"
        "Example:\n  gutskin experiment start --on tomorrow", NULL, NULL, NULL};
    options o = begin();
    stage s = {0};
    gs_err err = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = set(&o, &s, &err);
    if (st == GS_OK)
        st = do_start(&o, &s, &err);
    return leave(&s, st, &err);
}

/* ---- today ------------------------------------------------------------------------------ */

static void today_json(const options *o, const stage *s, gs_buf *b)
{
    const gs_follow *f = s->f;
    int32_t at = o->c.today - f->day0;
    bool inside = f->started && at >= 0 && at < f->n_day;
    int code = inside && f->schedule ? gs_nof1_day(f->schedule, at, NULL) : -1;
    char iso[16];
    json_t *x = json_pack(
        "{s:s, s:s, s:b, s:b, s:b, s:s, s:o, s:i, s:o, s:b}", "name", s->p->name,
        "date", gs_date_iso(o->c.today, iso, sizeof iso), "started", (int)f->started,
        "paused", (int)f->paused, "stopped", (int)f->stopped, "why", f->why, "day",
        inside ? json_integer(at + 1) : json_null(), "days", (int)f->n_day, "treatment",
        code < 0 ? json_null() : json_string(code ? "B" : "A"), "scored",
        (int)scored(s->d.obs, s->p->outcome[0], o->c.today));
    char *t = x ? json_dumps(x, JSON_INDENT(1)) : NULL;
    json_decref(x);
    gs_buf_printf(b, "%s\n", t ? t : "");
    free(t);
}

static gs_status do_today(const options *o, stage *s, gs_err *err)
{
    gs_buf b = {0};
    GS_TRY(exp_guard(&s->d, &o->c, &s->f, err));
    if (o->c.json)
        today_json(o, s, &b);
    else
        gs_follow_today(s->f, o->c.today,
                        scored(s->d.obs, s->p->outcome[0], o->c.today), &b);
    return put(&b, err);
}

int exp_cmd_today(int argc, char **argv)
{
    static const struct argp_option list[] = {EXP_COMMON_OPTIONS};
    static const struct argp argp = {list, parse, "[NAME]",
        "What to do today.\vExample:\n  gutskin experiment today", NULL, NULL, NULL};
    options o = begin();
    stage s = {0};
    gs_err err = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = set(&o, &s, &err);
    if (st == GS_OK)
        st = do_today(&o, &s, &err);
    return leave(&s, st, &err);
}

/* ---- log --------------------------------------------------------------------------------- */

static gs_status do_log(const options *o, stage *s, gs_err *err)
{
    int32_t day = o->day_said ? o->day : o->c.today, at = day - s->f->day0;
    char iso[16];

    GS_TRY(need_running(s, err));
    if (isnan(o->kept))
        return gs_fail(err, GS_EUSE, "say how the day went: --kept yes, partly or no");
    if (day > o->c.today)
        return gs_fail(err, GS_ERANGE, "%s has not come yet",
                       gs_date_iso(day, iso, sizeof iso));
    if (at < 0 || at >= s->f->n_day)
        return gs_fail(err, GS_ERANGE, "%s is no day of \"%s\"",
                       gs_date_iso(day, iso, sizeof iso), s->p->name);
    if (o->kept < 1 && (!o->reason || !*o->reason))
        return gs_fail(err, GS_EUSE,
                       "a day that did not go as planned needs a reason, in your "
                       "words: --reason \"birthday\"");
    json_t *x =
        json_pack("{s:f, s:s}", "kept", o->kept, "reason", o->reason ? o->reason : "");
    char *body = x ? json_dumps(x, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(x);
    gs_status st = body ? exp_add(&s->d, s->p, "day", day, body, err)
                        : gs_fail(err, GS_EUSE, "the reason is not UTF-8 text");
    free(body);
    GS_TRY(st);
    gs_buf b = {0};
    if (o->c.json)
        gs_buf_printf(&b, "{\"date\": \"%s\", \"kept\": %g}\n",
                      gs_date_iso(day, iso, sizeof iso), o->kept);
    else
        gs_buf_printf(&b, "%s: %s\n", gs_date_iso(day, iso, sizeof iso),
                      o->kept >= 1 ? "as planned" : o->kept > 0 ? "partly as planned" :
                      "not as planned; that is written down and harms nothing");
    GS_TRY(put(&b, err));
    return exp_guard(&s->d, &o->c, &s->f, err);
}

int exp_cmd_log(int argc, char **argv)
{
    static const struct argp_option list[] = {
        {"date", OPT_DATE, "DATE", 0, "the day: today (default), yesterday, 2026-11-23",
         0},
        {"kept", OPT_KEPT, "HOW", 0, "yes, partly, no, or a share from 0 to 1", 0},
        {"reason", OPT_REASON, "TEXT", 0, "why it did not go as planned", 0},
        EXP_COMMON_OPTIONS};
    static const struct argp argp = {
        list,
        parse,
        "[NAME]",
        "Say whether a day went as planned. Days that did not are analysed, not thrown away.\v"
        "Examples:\n  gutskin experiment log --kept yes\n"
        "  gutskin experiment log --date yesterday --kept partly --reason \"birthday cake\"\n\n"
        "A day said twice counts as it was said last; both stay on record.",
        NULL,
        NULL,
        NULL};
    options o = begin();
    stage s = {0};
    gs_err err = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = set(&o, &s, &err);
    if (st == GS_OK)
        st = do_log(&o, &s, &err);
    return leave(&s, st, &err);
}

/* ---- pause, resume, change, stop ------------------------------------------------------------ */

static gs_status need_why(const options *o, gs_err *err)
{
    return o->why && *o->why ? GS_OK
                             : gs_fail(err, GS_EUSE,
                                       "say why, it stays on record: "
                                       "--why \"holiday\"");
}

static gs_status add_with_why(const options *o, stage *s, const char *kind, gs_err *err)
{
    gs_buf body = {0};
    exp_body(&body, "why", o->why, NULL);
    gs_status st = body.failed ? gs_fail(err, GS_EUSE, "the reason is not UTF-8 text")
                               : exp_add(&s->d, s->p, kind, o->c.today, body.data, err);
    gs_buf_free(&body);
    GS_TRY(st);
    GS_TRY(exp_follow(&s->d, s->p, &s->f, err));
    gs_buf b = {0};
    if (o->c.json)
        today_json(o, s, &b);
    else
        gs_follow_today(s->f, o->c.today, true, &b);
    return put(&b, err);
}

static gs_status do_switch(const options *o, stage *s, const char *kind, gs_err *err)
{
    GS_TRY(need_running(s, err));
    GS_TRY(need_why(o, err));
    bool pause = strcmp(kind, "pause") == 0, resume = strcmp(kind, "resume") == 0;
    if (pause && s->f->paused)
        return gs_fail(err, GS_EUSE, "\"%s\" is paused already: %s", s->p->name,
                       s->f->why);
    if (resume && !s->f->paused)
        return gs_fail(err, GS_EUSE, "\"%s\" is not paused", s->p->name);
    return add_with_why(o, s, kind, err);
}

static gs_status do_change(const options *o, stage *s, gs_err *err)
{
    GS_TRY(need_running(s, err));
    GS_TRY(need_why(o, err));
    if (!o->what && isnan(o->harm_above))
        return gs_fail(err, GS_EUSE,
                       "say what changes: --what \"goat's milk instead\", or "
                       "--harm-above 7");
    json_t *x =
        json_pack("{s:s, s:s, s:o}", "what", o->what ? o->what : "bound for pausing",
                  "why", o->why, "harm_above",
                  isnan(o->harm_above) ? json_null() : json_real(o->harm_above));
    char *body = x ? json_dumps(x, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(x);
    gs_status st = body ? exp_add(&s->d, s->p, "change", o->c.today, body, err)
                        : gs_fail(err, GS_EUSE, "the text is not UTF-8");
    free(body);
    GS_TRY(st);
    gs_buf b = {0};
    gs_buf_put(
        &b,
        o->c.json
            ? "{\"recorded\": true}\n"
            : "Recorded, with today's date. The order of phases and the analysis stay as they "
              "were fixed.\n");
    return put(&b, err);
}

static int run_switch(int argc, char **argv, const struct argp *argp, const char *kind)
{
    options o = begin();
    stage s = {0};
    gs_err err = {0};
    argp_parse(argp, argc, argv, 0, NULL, &o);
    gs_status st = set(&o, &s, &err);
    if (st == GS_OK)
        st = strcmp(kind, "change") == 0 ? do_change(&o, &s, &err)
                                         : do_switch(&o, &s, kind, &err);
    return leave(&s, st, &err);
}

static const struct argp_option why_options[] = {
    {"why", OPT_WHY, "TEXT", 0, "the reason; stays on record", 0}, EXP_COMMON_OPTIONS};

int exp_cmd_pause(int argc, char **argv)
{
    static const struct argp argp = {
        why_options,
        parse,
        "[NAME]",
        "Pause an experiment. The calendar goes on: days of a pause count as lived as usual.\v"
        "Example:\n  gutskin experiment pause --why \"flu\"",
        NULL,
        NULL,
        NULL};
    return run_switch(argc, argv, &argp, "pause");
}

int exp_cmd_resume(int argc, char **argv)
{
    static const struct argp argp = {why_options, parse, "[NAME]",
        "Go on after a pause. Harm rules look at new days only.\v"
        "Example:\n  gutskin experiment resume --why \"well again\"", NULL, NULL, NULL};
    return run_switch(argc, argv, &argp, "resume");
}

int exp_cmd_stop(int argc, char **argv)
{
    static const struct argp argp = {
        why_options,
        parse,
        "[NAME]",
        "End an experiment early. What was lived can still be analysed.\v"
        "Example:\n  gutskin experiment stop --why \"too much trouble\"",
        NULL,
        NULL,
        NULL};
    return run_switch(argc, argv, &argp, "stop");
}

int exp_cmd_change(int argc, char **argv)
{
    static const struct argp_option list[] = {
        {"what", OPT_WHAT, "TEXT", 0, "what is done differently from now on", 0},
        {"harm-above", OPT_HARM, "SCORE", 0, "a new bound for pausing", 0},
        {"why", OPT_WHY, "TEXT", 0, "the reason; stays on record", 0},
        EXP_COMMON_OPTIONS};
    static const struct argp argp = {
        list,
        parse,
        "[NAME]",
        "Put a change of the plan on record. Nothing is changed silently.\v"
        "Example:\n  gutskin experiment change --what \"oat milk instead of none\" --why \"too "
        "hard\"",
        NULL,
        NULL,
        NULL};
    return run_switch(argc, argv, &argp, "change");
}

/* ---- reveal --------------------------------------------------------------------------------- */

static gs_status do_reveal(const options *o, stage *s, gs_err *err)
{
    char *key = NULL;
    const char *secret, *schedule;
    size_t n = 0;
    gs_buf body = {0}, b = {0};

    if (!s->p->blinded)
        return gs_fail(err, GS_EUSE,
                       "\"%s\" is not blinded; there is nothing to reveal", s->p->name);
    if (*s->f->secret)
        return gs_fail(err, GS_EUSE, "\"%s\" has been revealed already", s->p->name);
    bool over =
        s->f->stopped || (s->f->started && o->c.today >= s->f->day0 + s->f->n_day);
    if (!over)
        return gs_fail(err, GS_EUSE,
                       "\"%s\" is not over: knowing the order now would spoil it. "
                       "If it must end: gutskin experiment stop --why ...",
                       s->p->name);
    GS_TRY(gs_text_read_file(o->file, 1u << 20, &key, &n, err));
    gs_status st =
        gs_follow_open(s->d.a, s->p, o->file, key, n, &secret, &schedule, err);
    free(key);
    GS_TRY(st);
    exp_body(&body, "secret", secret, "schedule", schedule, NULL);
    st = body.failed ? gs_fail(err, GS_ENOMEM, "out of memory")
                     : exp_add(&s->d, s->p, "reveal", o->c.today, body.data, err);
    gs_buf_free(&body);
    GS_TRY(st);
    gs_buf_printf(&b, o->c.json ? "{\"revealed\": true}\n" :
                  "The key fits: the order is the one the plan committed to on %s.\n"
                  "Now: gutskin experiment analyse\n", s->p->made);
    return put(&b, err);
}

static error_t parse_reveal(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    if (key == ARGP_KEY_ARG && !o->file) {
        o->file = arg;
        return 0;
    }
    if (key == ARGP_KEY_END && !o->file)
        argp_error(state, "name the key file the second person kept");
    return parse(key, arg, state);
}

int exp_cmd_reveal(int argc, char **argv)
{
    static const struct argp_option list[] = {EXP_COMMON_OPTIONS};
    static const struct argp argp = {list, parse_reveal, "KEYFILE [NAME]",
        "Open a blinded order with the second person's key, once the trial is over.\v"
        "Example:\n  gutskin experiment reveal probiotic-key.json", NULL, NULL, NULL};
    options o = begin();
    stage s = {0};
    gs_err err = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = set(&o, &s, &err);
    if (st == GS_OK)
        st = do_reveal(&o, &s, &err);
    return leave(&s, st, &err);
}

/* ---- calendar ------------------------------------------------------------------------------- */

int exp_cmd_calendar(int argc, char **argv)
{
    static const struct argp_option list[] = {EXP_COMMON_OPTIONS};
    static const struct argp argp = {list, parse, "[NAME]",
        "Reminders as an iCalendar file (RFC 5545) for any calendar program.\v"
        "Example:\n  gutskin experiment calendar > trial.ics", NULL, NULL, NULL};
    options o = begin();
    stage s = {0};
    gs_err err = {0};
    char stamp[32];
    time_t now = time(NULL);
    struct tm t;
    gs_buf b = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = set(&o, &s, &err);
    if (st == GS_OK)
        st = need_running(&s, &err);
    if (st == GS_OK) {
        gmtime_r(&now, &t);
        strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &t);
        gs_follow_calendar(s.f, stamp, &b);
        st = put(&b, &err);
    }
    return leave(&s, st, &err);
}

/* ---- check ---------------------------------------------------------------------------------- */

static gs_status do_check(const options *o, stage *s, gs_err *err)
{
    gs_buf b = {0};
    GS_TRY(exp_guard(&s->d, &o->c, &s->f, err));
    if (o->c.json) {
        today_json(o, s, &b);
        return put(&b, err);
    }
    gs_follow_today(s->f, o->c.today, scored(s->d.obs, s->p->outcome[0], o->c.today),
                    &b);
    if (s->f->started && s->d.obs)
        gs_follow_say(s->f, s->d.obs, o->c.today, &b);
    for (size_t i = 0; s->f->started && !s->f->stopped && i < s->p->n_look; i++) {
        int32_t due = s->f->day0 + s->p->look[i].day;
        char iso[16];
        gs_buf_printf(&b, "Look %zu: %s%s\n", i + 1, gs_date_iso(due, iso, sizeof iso),
                      o->c.today >= due ? "; due: gutskin experiment analyse" : "");
    }
    const gs_kept_event *e;
    size_t n;
    GS_TRY(
        gs_diary_plan_events(s->d.x.d, s->d.person, s->p->name, s->d.a, &n, &e, err));
    gs_buf_printf(
        &b,
        "The plan and everything written down since have the seals they were given.\n"
        "Plan: SHA-256 %s\n",
        s->kept->hash);
    if (n > 0)
        gs_buf_printf(&b, "Record: %zu entr%s, last seal %s\n", n, n == 1 ? "y" : "ies",
                      e[n - 1].seal);
    return put(&b, err);
}

int exp_cmd_check(int argc, char **argv)
{
    static const struct argp_option list[] = {EXP_COMMON_OPTIONS};
    static const struct argp argp = {
        list,
        parse,
        "[NAME]",
        "Where an experiment stands: days, scores, adherence, looks that are due, harm rules, "
        "and whether plan and record are what they were.\v"
        "Example:\n  gutskin experiment check",
        NULL,
        NULL,
        NULL};
    options o = begin();
    stage s = {0};
    gs_err err = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = set(&o, &s, &err);
    if (st == GS_OK)
        st = do_check(&o, &s, &err);
    return leave(&s, st, &err);
}

/* ---- list ----------------------------------------------------------------------------------- */

static const char *state_of(const gs_follow *f, int32_t today)
{
    return !f->started                   ? "planned"
           : f->stopped                  ? "stopped"
           : f->paused                   ? "paused"
           : today >= f->day0 + f->n_day ? "over"
           : today < f->day0             ? "to begin"
                                         : "running";
}

static gs_status do_list(const options *o, exp_door *d, gs_err *err)
{
    const gs_kept_plan *k;
    size_t n = 0;
    gs_buf b = {0};
    gs_err nobody = {0};
    char iso[16];

    if (gs_diary_plans(d->x.d, d->person, d->a, &n, &k, &nobody) != GS_OK)
        n = 0;
    json_t *all = json_array();
    gs_status st = GS_OK;
    for (size_t i = 0; i < n && st == GS_OK; i++) {
        gs_protocol *p;
        gs_follow *f;
        st = gs_protocol_read(d->a, k[i].name, k[i].plan, strlen(k[i].plan), &p, err);
        if (st == GS_OK)
            st = exp_follow(d, p, &f, err);
        if (st != GS_OK)
            break;
        const char *from = f->started ? gs_date_iso(f->day0, iso, sizeof iso) : "";
        json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
                                             "name", p->name, "state",
                                             state_of(f, o->c.today), "lever", p->lever,
                                             "outcome", p->outcome[0], "made", p->made,
                                             "first_day", from, "hash", k[i].hash));
        gs_buf_printf(&b, "%-16s %-9s %-10s %s  %s on %s\n", p->name,
                      state_of(f, o->c.today), from, p->made, p->treatment,
                      p->outcome[0]);
    }
    char *t = json_dumps(all, JSON_INDENT(1));
    json_decref(all);
    if (st == GS_OK && o->c.json) {
        gs_buf_free(&b);
        b = (gs_buf){0};
        gs_buf_printf(&b, "%s\n", t ? t : "[]");
    } else if (st == GS_OK && n == 0) {
        gs_buf_put(
            &b,
            "No experiment yet. gutskin experiment suggest shows what could be asked.\n");
    }
    free(t);
    if (st != GS_OK) {
        gs_buf_free(&b);
        return st;
    }
    return put(&b, err);
}

int exp_cmd_list(int argc, char **argv)
{
    static const struct argp_option list[] = {EXP_COMMON_OPTIONS};
    static const struct argp argp = {list, parse, "",
        "All experiments: name, state, first day, planned on, what.\v"
        "Example:\n  gutskin experiment list", NULL, NULL, NULL};
    options o = begin();
    exp_door d = {0};
    gs_err err = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = exp_open(&o.c, false, &d, &err);
    if (st == GS_OK)
        st = do_list(&o, &d, &err);
    exp_close(&d);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}
