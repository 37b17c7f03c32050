/* Shared by the verbs of `gutskin experiment`. */
#include "cli/exp.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- options ----------------------------------------------------------------------- */

exp_options exp_start_options(void)
{
    return (exp_options){.today = gs_cli_today()};
}

int32_t exp_parse_date(struct argp_state *state, const char *text, int32_t today)
{
    int32_t day;
    if (strcmp(text, "today") == 0)
        return today;
    if (strcmp(text, "yesterday") == 0)
        return today - 1;
    if (strcmp(text, "tomorrow") == 0)
        return today + 1;
    if (!gs_date_parse(text, strlen(text), GS_DATE_UNKNOWN, &day) &&
        !gs_date_parse(text, strchr(text, '.') ? strlen(text) : 0, GS_DATE_DMY, &day)) {
        argp_error(state,
                   "\"%s\" is no date or can be read two ways; write it as 2026-11-23",
                   text);
        return today;
    }
    return day;
}

error_t exp_parse_common(int key, char *arg, struct argp_state *state, exp_options *o)
{
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
    case EXP_OPT_TODAY:
        o->today = exp_parse_date(state, arg, o->today);
        return 0;
    case ARGP_KEY_ARG:
        if (o->name)
            argp_error(state, "\"%s\": one experiment at a time", arg);
        o->name = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the door ------------------------------------------------------------------------ */

static gs_status find_person(exp_door *d, const char *said, gs_err *err)
{
    const char *const *people;
    char list[200] = "";
    size_t n = 0, at = 0;

    GS_TRY(gs_diary_people(d->x.d, d->a, &people, err));
    for (; people[n]; n++) {
        if (at + 40 < sizeof list)
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%.30s",
                                   n ? ", " : "", people[n]);
    }
    d->person = said ? said : n == 1 ? people[0] : GS_PERSON_DEFAULT;
    if (!said && n > 1)
        return gs_fail(err, GS_EFOUND,
                       "this diary holds %zu people; choose one with --person: "
                       "%s",
                       n, list);
    bool known = n == 0;
    for (size_t i = 0; i < n; i++)
        known |= strcmp(people[i], d->person) == 0;
    if (!known)
        return gs_fail(err, GS_EFOUND, "there is no \"%s\" in this diary; it knows %s",
                       d->person, list);
    return GS_OK;
}

gs_status exp_open(const exp_options *o, bool create, exp_door *out, gs_err *err)
{
    gs_err nothing = {0};

    *out = (exp_door){.a = gs_arena_new(0)};
    if (!out->a)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    GS_TRY(gs_cli_diary_open(o->diary, create, &out->x, err));
    GS_TRY(find_person(out, o->person, err));
    gs_status st = gs_diary_obs(out->x.d, out->person, out->a, &out->obs, &nothing);
    if (st == GS_EFOUND) {
        out->obs = NULL;
        return GS_OK;
    }
    if (st != GS_OK && err)
        *err = nothing;
    return st;
}

void exp_close(exp_door *d)
{
    gs_cli_diary_close(&d->x);
    gs_arena_free(d->a);
}

gs_status exp_need_dates(const exp_door *d, gs_err *err)
{
    if (d->obs && d->obs->day0 == GS_DAY_NONE)
        return gs_fail(err, GS_EUSE,
                       "the diary of %s counts days without dates; an experiment "
                       "needs a calendar: use a diary with dates",
                       d->person);
    return GS_OK;
}

/* ---- plans ----------------------------------------------------------------------------- */

static gs_status running(exp_door *d, const gs_kept_plan *k, bool *out, gs_err *err)
{
    const gs_kept_event *e;
    size_t n;
    bool started = false, stopped = false;
    GS_TRY(gs_diary_plan_events(d->x.d, d->person, k->name, d->a, &n, &e, err));
    for (size_t i = 0; i < n; i++) {
        started |= strcmp(e[i].kind, "start") == 0;
        stopped |= strcmp(e[i].kind, "stop") == 0;
    }
    *out = started && !stopped;
    return GS_OK;
}

gs_status exp_find_plan(exp_door *d, const exp_options *o, gs_protocol **out,
                        const gs_kept_plan **out_kept, gs_err *err)
{
    const gs_kept_plan *k;
    size_t n, at;
    gs_err nobody = {0};

    gs_status st = gs_diary_plans(d->x.d, d->person, d->a, &n, &k, &nobody);
    if (st != GS_OK && st != GS_EFOUND) {
        *err = nobody;
        return st;
    }
    if (st == GS_EFOUND || n == 0)
        return gs_fail(err, GS_EFOUND,
                       "there is no experiment yet; gutskin experiment suggest "
                       "shows what could be asked, gutskin experiment plan makes one");
    for (at = n; o->name && at-- > 0;) {
        if (strcmp(k[at].name, o->name) == 0)
            break;
        if (at == 0)
            return gs_fail(err, GS_EFOUND,
                           "there is no experiment \"%.60s\"; gutskin experiment "
                           "list shows them",
                           o->name);
    }
    if (!o->name) {
        bool runs = false;
        for (at = n; at-- > 0 && !runs;) {
            GS_TRY(running(d, &k[at], &runs, err));
            if (runs)
                break;
        }
        if (!runs)
            at = n - 1;
    }
    if (out_kept)
        *out_kept = &k[at];
    return gs_protocol_read(d->a, k[at].name, k[at].plan, strlen(k[at].plan), out, err);
}

gs_status exp_follow(exp_door *d, const gs_protocol *p, gs_follow **out, gs_err *err)
{
    const gs_kept_event *e;
    size_t n;
    GS_TRY(gs_diary_plan_events(d->x.d, d->person, p->name, d->a, &n, &e, err));
    return gs_follow_read(d->a, p, n, e, out, err);
}

gs_status exp_add(exp_door *d, const gs_protocol *p, const char *kind, int32_t day,
                  const char *body, gs_err *err)
{
    gs_kept_event e = {.kind = kind, .day = day, .body = body};
    return gs_diary_plan_events_add(d->x.d, d->person, p->name, 1, &e, err);
}

void exp_body(gs_buf *out, const char *name, const char *text, ...)
{
    json_t *x = json_object();
    va_list ap;
    va_start(ap, text);
    while (name) {
        json_object_set_new(x, name, json_string(text ? text : ""));
        name = va_arg(ap, const char *);
        text = name ? va_arg(ap, const char *) : NULL;
    }
    va_end(ap);
    char *t = json_dumps(x, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(x);
    if (t)
        gs_buf_put(out, t);
    else
        out->failed = true;
    free(t);
}

/* ---- harm ------------------------------------------------------------------------------ */

/* The last day that was looked at: a resume means the person has seen what was before. */
static int32_t seen_until(exp_door *d, const gs_protocol *p)
{
    const gs_kept_event *e;
    size_t n = 0;
    gs_err quiet = {0};
    int32_t since = GS_DAY_NONE;
    if (gs_diary_plan_events(d->x.d, d->person, p->name, d->a, &n, &e, &quiet) != GS_OK)
        return since;
    for (size_t i = 0; i < n; i++)
        if (strcmp(e[i].kind, "resume") == 0)
            since = e[i].day;
    return since;
}

gs_status exp_guard(exp_door *d, const exp_options *o, gs_follow **f, gs_err *err)
{
    const gs_protocol *p = (*f)->plan;
    gs_buf body = {0};

    if (!d->obs || !(*f)->started || (*f)->paused || (*f)->stopped)
        return GS_OK;
    const char *why = gs_follow_harm(d->a, *f, d->obs, seen_until(d, p), o->today);
    if (!why)
        return GS_OK;
    exp_body(&body, "why", why, NULL);
    gs_status st = body.failed ? gs_fail(err, GS_ENOMEM, "out of memory")
                               : exp_add(d, p, "pause", o->today, body.data, err);
    gs_buf_free(&body);
    GS_TRY(st);
    fprintf(stderr, "gutskin: \"%s\" is PAUSED: %s.\n", p->name, why);
    return exp_follow(d, p, f, err);
}
