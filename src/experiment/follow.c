/* Where a trial stands. Events only add up; nothing here changes one.
 *
 *   start   {}                               day = first day of the trial
 *   day     {"kept":0..1,"reason":""}        day = the day it speaks of; the last one counts
 *   pause, resume, stop  {"why":""}
 *   change  {"what":"","why":"","harm_above":x or null}
 *   reveal  {"secret":"","schedule":""} */
#include "experiment/inside.h"

#include "gutskin/date.h"
#include "gutskin/seal.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_FORMAT "gutskin key 1"

/* Length of the whole trial; known from the design alone. */
int32_t exp_days(const gs_nof1_design *d)
{
    return d->run_in + (int32_t)d->n_period * d->period_days;
}

/* ---- keys of blinded plans ----------------------------------------------------------- */

void gs_follow_commit(const char *secret, const char *schedule, char out[GS_SEAL_SIZE])
{
    gs_buf b = {0};
    out[0] = '\0';
    gs_buf_printf(&b, "%s\n%s", secret, schedule);
    if (!b.failed)
        gs_seal_text(b.data, b.len, out);
    gs_buf_free(&b);
}

void gs_follow_key(const gs_protocol *p, const char *secret, const char *schedule,
                   gs_buf *out)
{
    json_t *x = json_pack(
        "{s:s, s:s, s:s, s:s, s:s}", "format", KEY_FORMAT, "name", p->name, "note",
        "For the second person only. It says which container holds what. "
        "Hand it over when the trial is over: gutskin experiment reveal.",
        "secret", secret, "schedule", schedule);
    char *text = x ? json_dumps(x, JSON_INDENT(1)) : NULL;
    json_decref(x);
    if (text)
        gs_buf_printf(out, "%s\n", text);
    else
        out->failed = true;
    free(text);
}

static gs_status check_key(const gs_protocol *p, const char *name, const char *secret,
                           const char *schedule, gs_err *err)
{
    char hash[GS_SEAL_SIZE];
    gs_follow_commit(secret, schedule, hash);
    if (strcmp(hash, p->commitment) == 0)
        return GS_OK;
    return gs_fail_at(
        err, GS_ESTORE, name, 0, 0, NULL,
        "this key does not open \"%s\": its "
        "order and secret do not have the hash that the plan committed to. It is "
        "the key of another plan, or it was changed",
        p->name);
}

gs_status gs_follow_open(gs_arena *a, const gs_protocol *p, const char *name,
                         const char *key, size_t n, const char **out_secret,
                         const char **out_schedule, gs_err *err)
{
    json_t *x = json_loadb(key, n, JSON_REJECT_DUPLICATES, NULL);
    const char *form = json_string_value(json_object_get(x, "format"));
    const char *secret = json_string_value(json_object_get(x, "secret"));
    const char *schedule = json_string_value(json_object_get(x, "schedule"));
    gs_nof1_schedule *s;
    gs_status st;

    if (!form || strcmp(form, KEY_FORMAT) != 0 || !secret || !schedule)
        st = gs_fail_at(
            err, GS_EPARSE, name, 0, 0, NULL,
            "this is no key of a blinded plan; it begins with {\"format\": \"" KEY_FORMAT
            "\"");
    else
        st = check_key(p, name, secret, schedule, err);
    if (st == GS_OK)
        st = gs_nof1_schedule_read(a, name, schedule, strlen(schedule), &s, err);
    if (st == GS_OK) {
        *out_secret = gs_arena_strdup(a, secret);
        *out_schedule = gs_arena_strdup(a, schedule);
        if (!*out_secret || !*out_schedule)
            st = gs_fail(err, GS_ENOMEM, "out of memory");
    }
    json_decref(x);
    return st;
}

/* ---- events ------------------------------------------------------------------------ */

typedef struct reading {
    gs_arena *a;
    gs_follow *f;
    double *kept;
    const char **reason;
    const char *schedule; /* text, once known */
    gs_err *err;
} reading;

static gs_status no_body(const reading *r, const gs_kept_event *e)
{
    return gs_fail(r->err, GS_EPARSE,
                   "the record of \"%s\" holds a \"%.20s\" that cannot be "
                   "read; restore a backup of the diary",
                   r->f->plan->name, e->kind);
}

static const char *why_of(const reading *r, const json_t *x)
{
    const char *t = json_string_value(json_object_get(x, "why"));
    const char *copy = gs_arena_strdup(r->a, t ? t : "");
    return copy ? copy : "";
}

static void mark_pause(const reading *r, int32_t until)
{
    for (int32_t d = r->f->paused_on; d < until; d++) {
        int32_t at = d - r->f->day0;
        if (at >= 0 && at < r->f->n_day) {
            r->kept[at] = 0;
            r->reason[at] = "paused";
        }
    }
}

static gs_status read_day(const reading *r, const gs_kept_event *e, const json_t *x)
{
    const json_t *kept = json_object_get(x, "kept");
    const char *reason = json_string_value(json_object_get(x, "reason"));
    double v = json_number_value(kept);
    int32_t at = e->day - r->f->day0;
    if (!json_is_number(kept) || !(v >= 0 && v <= 1))
        return no_body(r, e);
    if (!r->f->started || at < 0 || at >= r->f->n_day)
        return GS_OK;
    r->f->n_said += isnan(r->kept[at]) ? 1 : 0;
    r->kept[at] = v;
    r->reason[at] = reason && *reason ? gs_arena_strdup(r->a, reason) : NULL;
    return GS_OK;
}

static gs_status read_reveal(reading *r, const gs_kept_event *e, const json_t *x)
{
    const char *secret = json_string_value(json_object_get(x, "secret"));
    const char *schedule = json_string_value(json_object_get(x, "schedule"));
    if (!secret || !schedule)
        return no_body(r, e);
    GS_TRY(check_key(r->f->plan, NULL, secret, schedule, r->err));
    r->f->secret = gs_arena_strdup(r->a, secret);
    r->schedule = gs_arena_strdup(r->a, schedule);
    return r->f->secret && r->schedule ? GS_OK
                                       : gs_fail(r->err, GS_ENOMEM, "out of memory");
}

static gs_status read_event(reading *r, const gs_kept_event *e, const json_t *x)
{
    gs_follow *f = r->f;
    if (strcmp(e->kind, "start") == 0) {
        f->started = true;
        f->day0 = e->day;
    } else if (strcmp(e->kind, "day") == 0) {
        return read_day(r, e, x);
    } else if (strcmp(e->kind, "pause") == 0) {
        f->paused_on = f->paused ? f->paused_on : e->day;
        f->paused = true;
        f->why = why_of(r, x);
    } else if (strcmp(e->kind, "resume") == 0) {
        mark_pause(r, e->day);
        f->paused = false;
        f->why = "";
    } else if (strcmp(e->kind, "stop") == 0) {
        if (f->paused)
            mark_pause(r, e->day);
        f->paused_on = e->day;
        f->stopped = true;
        f->why = why_of(r, x);
    } else if (strcmp(e->kind, "change") == 0) {
        const json_t *harm = json_object_get(x, "harm_above");
        f->n_change++;
        if (json_is_number(harm))
            f->harm_above = json_number_value(harm);
    } else if (strcmp(e->kind, "reveal") == 0) {
        return read_reveal(r, e, x);
    }
    return GS_OK;
}

gs_status gs_follow_read(gs_arena *a, const gs_protocol *p, size_t n,
                         const gs_kept_event *e, gs_follow **out, gs_err *err)
{
    gs_follow *f = GS_NEW(a, gs_follow, 1);
    int32_t n_day = exp_days(&p->design);
    reading r = {.a = a,
                 .f = f,
                 .kept = GS_NEW(a, double, (size_t)n_day + 1),
                 .reason = GS_NEW(a, const char *, (size_t)n_day + 1),
                 .schedule = p->schedule,
                 .err = err};

    if (!f || !r.kept || !r.reason)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *f = (gs_follow){.plan = p, .n_day = n_day, .day0 = GS_DAY_NONE, .why = "", .kept = r.kept,
                     .reason = r.reason, .secret = "", .harm_above = p->harm_above};
    for (int32_t d = 0; d < n_day; d++)
        r.kept[d] = NAN;
    for (size_t i = 0; i < n; i++) {
        json_t *x = json_loads(e[i].body, 0, NULL);
        gs_status st = x ? read_event(&r, &e[i], x) : no_body(&r, &e[i]);
        json_decref(x);
        GS_TRY(st);
    }
    if (f->paused && !f->stopped)
        mark_pause(&r, f->day0 + n_day);
    if (f->stopped)
        mark_pause(&r, f->day0 + n_day);
    if (*r.schedule) {
        gs_nof1_schedule *s;
        GS_TRY(
            gs_nof1_schedule_read(a, p->name, r.schedule, strlen(r.schedule), &s, err));
        s->day0 = f->day0;
        f->schedule = s;
    }
    *out = f;
    return GS_OK;
}

/* ---- harm ---------------------------------------------------------------------------- */

static const gs_series *series_named(const gs_obs *obs, const char *name)
{
    for (size_t i = 0; i < obs->n_series; i++)
        if (strcmp(obs->series[i].name, name) == 0)
            return &obs->series[i];
    return NULL;
}

const gs_series *exp_primary(const gs_follow *f, const gs_obs *obs)
{
    return series_named(obs, f->plan->outcome[0]);
}

static const char *told(gs_arena *a, gs_buf *b)
{
    const char *t =
        b->failed || !b->data ? "a harm rule holds" : gs_arena_strdup(a, b->data);
    gs_buf_free(b);
    return t ? t : "a harm rule holds";
}

const char *gs_follow_harm(gs_arena *a, const gs_follow *f, const gs_obs *obs,
                           int32_t since, int32_t today)
{
    const gs_series *s = exp_primary(f, obs);
    gs_buf b = {0};
    char iso[16];
    int row = 0;

    for (size_t i = 0; i < obs->n_flag; i++) {
        int32_t day = obs->day0 + obs->flag[i].day;
        if (day >= f->day0 && day >= since && day <= today) {
            gs_buf_printf(&b, "a red flag was written down on %s: %s. See a doctor now",
                          gs_date_iso(day, iso, sizeof iso),
                          obs->flag[i].channel->title);
            return told(a, &b);
        }
    }
    for (size_t i = 0; s && !isnan(f->harm_above) && i < s->n; i++) {
        int32_t day = obs->day0 + s->day[i];
        double above = f->plan->worse * (s->value[i] - f->harm_above);
        if (day < f->day0 || day > today)
            continue;
        row = above > 0 ? row + 1 : 0;
        if (row >= f->plan->harm_days && f->plan->harm_days > 0 && day >= since) {
            gs_buf_printf(
                &b,
                "%s was %s the bound you set (%g) on %d scored days in a row, the "
                "last %s",
                s->name, f->plan->worse > 0 ? "above" : "below", f->harm_above, row,
                gs_date_iso(day, iso, sizeof iso));
            return told(a, &b);
        }
    }
    return NULL;
}
