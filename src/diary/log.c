/* Writing down a few values by hand: all or nothing. */
#include "diary/meaning.h"
#include "diary/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static gs_status understand(gs_diary *d, const gs_entry *e, gs_meaning *m, double *value,
                            gs_err *err)
{
    void *self;
    gs_unit_conv_fn *convert = gs_store_units(d, &self);
    const char *unit = e->unit ? e->unit : "", *scale = e->scale ? e->scale : "";
    gs_said said = {.kind = isnan(e->value) ? GS_SAID_YES : GS_SAID_NUMBER,
                    .value = e->value};
    bool missing;

    if (!e->channel || !*e->channel || strlen(e->channel) > 200)
        return gs_fail(err, GS_EUSE, "a value without a name; write eczema=4");
    GS_TRY(gs_meaning_find(e->channel, unit, scale, convert, self, m, err));
    if (m->condition && (isnan(e->value) || e->value != floor(e->value)))
        return gs_fail(err, GS_EUSE, "condition is one of acne, eczema, psoriasis, rosacea");
    return gs_meaning_said(m, e->channel, &said, value, &missing, err);
}

/* Where the value came from, in words for a clash. */
static gs_status clash(const gs_entry *e, double value, const gs_store_old *old, gs_err *err)
{
    char day[32];
    if (e->numbered)
        snprintf(day, sizeof day, "day %d", (int)e->day);
    else
        gs_date_iso(e->day, day, sizeof day);
    return gs_fail_at(err, GS_EUSE, NULL, 0, 0, e->channel,
                      "%s has %g already; say --replace to make it %g", day, old->value,
                      value);
}

static gs_status log_one(gs_diary *d, gs_entry *e, bool replace, int64_t batch, gs_err *err)
{
    gs_meaning m;
    char clean[204] = "";
    double value;
    char said[40] = "";
    gs_put put;
    gs_store_old old = {0};
    gs_err why = {0};
    const char *person = e->person && *e->person ? e->person : GS_PERSON_DEFAULT;

    if (e->channel)
        snprintf(clean, sizeof clean, "%s", e->channel);
    gs_meaning_own_name(clean);
    e->channel = clean;
    gs_status st = understand(d, e, &m, &value, &why);
    if (st != GS_OK)
        return gs_fail_at(err, st, NULL, 0, 0, e->channel, "%s", why.msg);
    if (!isnan(e->value))
        snprintf(said, sizeof said, "%.10g", e->value);
    const char *unit = e->unit ? e->unit : "";
    const char *name = m.condition ? "condition" : m.channel ? m.channel->name : e->channel;
    gs_store_row r = {.day = e->day, .value = value, .said = said, .n_said = strlen(said),
                      .scale = m.scale ? m.scale->name : "", .unit = unit,
                      .n_unit = strlen(unit)};
    GS_TRY(gs_store_person(d, person, strlen(person), e->numbered, &r.person, err));
    GS_TRY(gs_store_channel(d, name, strlen(name), &r.channel, err));
    GS_TRY(gs_store_put(d, batch, &r, replace, &put, &old, err));
    return put == GS_PUT_CLASH ? clash(e, value, &old, err) : GS_OK;
}

gs_status gs_diary_log(gs_diary *d, size_t n, const gs_entry *e, bool replace,
                       const char *origin, int64_t *out_batch, gs_err *err)
{
    int64_t batch = 0;

    GS_TRY(gs_store_begin(d, err));
    gs_status st = gs_store_batch(d, "log", origin && *origin ? origin : "log", &batch, err);
    for (size_t i = 0; i < n && st == GS_OK; i++) {
        gs_entry one = e[i];
        st = log_one(d, &one, replace, batch, err);
    }
    if (st == GS_OK)
        st = gs_store_commit(d, err);
    if (st != GS_OK) {
        gs_store_rollback(d);
        return st;
    }
    if (out_batch)
        *out_batch = batch;
    return GS_OK;
}
