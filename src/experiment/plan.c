/* A plan as text and back. The text is what is hashed and kept: JSON, keys sorted, no
 * blanks, one line. Reading it takes nothing on trust. */
#include "experiment/inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "gutskin plan 1"

/* ---- writing ----------------------------------------------------------------------- */

static json_t *number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *rate(gs_rate r)
{
    return json_pack("[o, o]", number(r.p), number(r.se));
}

static json_t *promise(const gs_promise *p)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "power",
                     rate(p->power), "false_alarm", rate(p->false_alarm), "believed",
                     rate(p->believed), "worth_chance", number(p->worth_chance),
                     "width", number(p->width), "n_schedule", number(p->n_schedule),
                     "least_p", number(p->least_p), "reach", number(p->reach));
}

static json_t *design(const gs_nof1_design *d)
{
    gs_buf said = {0};
    gs_nof1_say_design(d, &said);
    json_t *x = json_pack(
        "{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:s}", "kind",
        (int)d->kind, "n_period", (int)d->n_period, "period_days", (int)d->period_days,
        "washout", (int)d->washout, "run_in", (int)d->run_in, "block", (int)d->block,
        "treated", (int)d->treated, "max_run", (int)d->max_run, "min_run",
        (int)d->min_run, "n_phase", (int)d->n_phase, "first", d->first, "said",
        said.data ? said.data : "");
    gs_buf_free(&said);
    return x;
}

static json_t *assumed(const gs_trial_opts *o)
{
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "weeks",
                     o->weeks, "worth", number(o->worth), "level", number(o->level),
                     "missing", number(o->missing), "dropout", number(o->dropout),
                     "lapse", number(o->lapse), "drift", number(o->drift), "seed",
                     (json_int_t)o->seed, "n_sim", (json_int_t)o->n_sim, "n_check",
                     (json_int_t)o->n_check);
}

static json_t *stopping(const gs_stopping *s)
{
    json_t *x = json_array();
    for (int w = 0; w < 3; w++)
        json_array_append_new(
            x, json_pack("{s:o, s:o, s:o, s:o}", "works", rate(s->works[w]), "harms",
                         rate(s->harms[w]), "futile", rate(s->futile[w]), "weeks",
                         number(s->weeks[w])));
    return x;
}

gs_status gs_protocol_text(const gs_protocol *p, gs_buf *out, gs_err *err)
{
    json_t *outcome = json_array(), *look = json_array(), *curve = json_array();
    char kernel[32];

    for (size_t i = 0; i < p->n_outcome; i++)
        json_array_append_new(outcome, json_string(p->outcome[i]));
    for (size_t i = 0; i < p->n_look; i++)
        json_array_append_new(look, json_pack("{s:i, s:o, s:o, s:o}", "day",
                                              (int)p->look[i].day, "benefit",
                                              number(p->look[i].benefit), "harm",
                                              number(p->look[i].harm), "futile",
                                              number(p->look[i].futile)));
    for (size_t i = 0; i < p->n_curve; i++)
        json_array_append_new(curve, json_pack("{s:i, s:o}", "weeks", p->curve_weeks[i],
                                               "promise", promise(&p->curve[i])));
    snprintf(kernel, sizeof kernel, "%016llx", (unsigned long long)p->kernel_hash);
    json_t *x = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, "
        "s:o, s:s, s:i, s:o, s:o, s:o, s:b, s:b, s:o, s:s, s:s, s:o, s:o, s:o, s:i, s:o, "
        "s:o, s:o, s:s, s:s}",
        "format", FORMAT, "name", p->name, "person", p->person, "made", p->made,
        "version", p->version, "lever", p->lever, "title", p->title, "control",
        p->control, "treatment", p->treatment, "unit", p->unit, "caution", p->caution,
        "condition", p->condition, "slowest", p->slowest, "usual", number(p->usual),
        "change", number(p->change), "tau", number(p->tau), "outcome", outcome, "scale",
        p->scale, "worse", p->worse, "worth", number(p->worth), "level",
        number(p->level), "lag", number(p->lag), "prior_only", (int)p->prior_only,
        "blinded", (int)p->blinded, "design", design(&p->design), "schedule",
        p->schedule, "commitment", p->commitment, "look", look, "stopping",
        stopping(&p->stopping), "harm_above", number(p->harm_above), "harm_days",
        p->harm_days, "assumed", assumed(&p->assumed), "promise", promise(&p->promise),
        "curve", curve, "analysis", p->analysis, "kernel", kernel);
    char *text =
        x ? json_dumps(x, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(15))
          : NULL;
    json_decref(x);
    if (!text)
        return gs_fail(err, GS_EUSE,
                       "the plan holds text that is not UTF-8, or memory ran out");
    gs_buf_put(out, text);
    free(text);
    return out->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}

/* ---- reading ----------------------------------------------------------------------- */

/* Reading goes on after a fault; the first one is kept. */
typedef struct reader {
    gs_arena *a;
    const char *name;
    gs_err *err;
    gs_status st;
} reader;

static void fault(reader *r, const char *field, const char *what)
{
    if (r->st == GS_OK)
        r->st = gs_fail_at(r->err, GS_EPARSE, r->name, 0, 0, field,
                           "%s; this is no plan of "
                           "gutskin, or it was changed by hand",
                           what);
}

static const char *text_of(reader *r, const json_t *x, const char *field)
{
    const json_t *v = json_object_get(x, field);
    if (!json_is_string(v)) {
        fault(r, field, "a text is missing");
        return "";
    }
    const char *copy = gs_arena_strdup(r->a, json_string_value(v));
    if (!copy && r->st == GS_OK)
        r->st = gs_fail(r->err, GS_ENOMEM, "out of memory");
    return copy ? copy : "";
}

/* A number in [lo, hi]; null is NaN where allowed. */
static double real_of(reader *r, const json_t *x, const char *field, double lo,
                      double hi, bool may_be_null)
{
    const json_t *v = json_object_get(x, field);
    if (json_is_null(v) && may_be_null)
        return NAN;
    double d = json_number_value(v);
    if (!json_is_number(v) || !(d >= lo && d <= hi)) {
        fault(r, field, "a number is missing or outside its range");
        return lo;
    }
    return d;
}

static long whole_of(reader *r, const json_t *x, const char *field, long lo, long hi)
{
    const json_t *v = json_object_get(x, field);
    json_int_t d = json_integer_value(v);
    if (!json_is_integer(v) || d < lo || d > hi) {
        fault(r, field, "a whole number is missing or outside its range");
        return lo;
    }
    return (long)d;
}

static bool bool_of(reader *r, const json_t *x, const char *field)
{
    const json_t *v = json_object_get(x, field);
    if (!json_is_boolean(v))
        fault(r, field, "yes or no is missing");
    return json_is_true(v);
}

static gs_rate rate_of(reader *r, const json_t *x, const char *field)
{
    const json_t *v = json_object_get(x, field);
    if (json_array_size(v) != 2) {
        fault(r, field, "a share with its error is missing");
        return (gs_rate){0, 0};
    }
    const json_t *p = json_array_get(v, 0), *se = json_array_get(v, 1);
    return (gs_rate){json_is_number(p) ? json_number_value(p) : NAN,
                     json_is_number(se) ? json_number_value(se) : NAN};
}

static gs_promise promise_of(reader *r, const json_t *x)
{
    gs_promise p = {.power = rate_of(r, x, "power"),
                    .false_alarm = rate_of(r, x, "false_alarm"),
                    .believed = rate_of(r, x, "believed")};
    p.worth_chance = real_of(r, x, "worth_chance", 0, 1, false);
    p.width = real_of(r, x, "width", 0, 1e9, true);
    p.n_schedule = real_of(r, x, "n_schedule", 0, HUGE_VAL, true);
    p.least_p = real_of(r, x, "least_p", 0, 1, true);
    p.reach = real_of(r, x, "reach", 0, 1.001, false);
    return p;
}

static void read_design(reader *r, const json_t *x, gs_nof1_design *d)
{
    d->kind = (gs_nof1_kind)whole_of(r, x, "kind", 0, GS_NOF1_FIXED);
    d->n_period = (size_t)whole_of(r, x, "n_period", 1, GS_NOF1_PERIODS);
    d->period_days = (int32_t)whole_of(r, x, "period_days", 1, GS_NOF1_DAYS);
    d->washout = (int32_t)whole_of(r, x, "washout", 0, GS_NOF1_DAYS);
    d->run_in = (int32_t)whole_of(r, x, "run_in", 0, GS_NOF1_DAYS);
    d->block = (size_t)whole_of(r, x, "block", 0, GS_NOF1_PERIODS);
    d->treated = (size_t)whole_of(r, x, "treated", 0, GS_NOF1_PERIODS);
    d->max_run = (size_t)whole_of(r, x, "max_run", 0, GS_NOF1_PERIODS);
    d->min_run = (size_t)whole_of(r, x, "min_run", 0, GS_NOF1_DAYS);
    d->n_phase = (size_t)whole_of(r, x, "n_phase", 0, GS_NOF1_PERIODS);
    d->first = (int)whole_of(r, x, "first", -1, 1);
    if (r->st == GS_OK)
        r->st = gs_nof1_check_design(d, r->err);
}

static void read_assumed(reader *r, const json_t *x, gs_trial_opts *o)
{
    *o = GS_TRIAL_OPTS;
    o->weeks = (int)whole_of(r, x, "weeks", 1, GS_NOF1_DAYS / 7);
    o->worth = real_of(r, x, "worth", 0, 1e9, true);
    o->level = real_of(r, x, "level", 0, 0.5, false);
    o->missing = real_of(r, x, "missing", 0, 1, true);
    o->dropout = real_of(r, x, "dropout", 0, 1, false);
    o->lapse = real_of(r, x, "lapse", 0, 1, false);
    o->drift = real_of(r, x, "drift", 0, 1e6, false);
    o->seed = (uint64_t)whole_of(r, x, "seed", 0, 1L << 53);
    o->n_sim = (size_t)whole_of(r, x, "n_sim", 0, 10000000);
    o->n_check = (size_t)whole_of(r, x, "n_check", 0, 10000000);
}

static void read_stopping(reader *r, const json_t *x, gs_stopping *s)
{
    if (json_array_size(x) != 3)
        fault(r, "stopping", "a table is missing");
    for (size_t w = 0; w < 3 && r->st == GS_OK; w++) {
        const json_t *v = json_array_get(x, w);
        s->works[w] = rate_of(r, v, "works");
        s->harms[w] = rate_of(r, v, "harms");
        s->futile[w] = rate_of(r, v, "futile");
        s->weeks[w] = real_of(r, v, "weeks", 0, 1e6, true);
    }
}

static void read_lists(reader *r, const json_t *x, gs_protocol *p)
{
    const json_t *outcome = json_object_get(x, "outcome"),
                 *look = json_object_get(x, "look");
    const json_t *curve = json_object_get(x, "curve");
    p->n_outcome = json_array_size(outcome);
    p->n_look = json_array_size(look);
    p->n_curve = json_array_size(curve);
    if (p->n_outcome < 1 || p->n_outcome > 20 || p->n_look > 50 || p->n_curve > 200) {
        fault(r, "outcome", "a list is missing or too long");
        return;
    }
    const char **name = GS_NEW(r->a, const char *, p->n_outcome);
    gs_look *l = GS_NEW(r->a, gs_look, p->n_look + 1);
    gs_promise *c = GS_NEW(r->a, gs_promise, p->n_curve + 1);
    int *weeks = GS_NEW(r->a, int, p->n_curve + 1);
    if (!name || !l || !c || !weeks) {
        r->st = gs_fail(r->err, GS_ENOMEM, "out of memory");
        return;
    }
    for (size_t i = 0; i < p->n_outcome; i++) {
        const char *t = json_string_value(json_array_get(outcome, i));
        if (!t)
            fault(r, "outcome", "a name is missing");
        name[i] = gs_arena_strdup(r->a, t ? t : "");
    }
    for (size_t i = 0; i < p->n_look; i++) {
        const json_t *v = json_array_get(look, i);
        l[i] = (gs_look){(int32_t)whole_of(r, v, "day", 1, GS_NOF1_DAYS),
                         real_of(r, v, "benefit", 0, 1, false),
                         real_of(r, v, "harm", 0, 1, false),
                         real_of(r, v, "futile", 0, 2, false)};
    }
    for (size_t i = 0; i < p->n_curve; i++) {
        const json_t *v = json_array_get(curve, i);
        weeks[i] = (int)whole_of(r, v, "weeks", 1, GS_NOF1_DAYS / 7);
        c[i] = promise_of(r, json_object_get(v, "promise"));
    }
    p->outcome = name;
    p->look = l;
    p->curve = c;
    p->curve_weeks = weeks;
}

static void read_words(reader *r, const json_t *x, gs_protocol *p)
{
    const struct {
        const char *field, **to;
    } text[] = {{"name", &p->name},
                {"person", &p->person},
                {"made", &p->made},
                {"version", &p->version},
                {"lever", &p->lever},
                {"title", &p->title},
                {"control", &p->control},
                {"treatment", &p->treatment},
                {"unit", &p->unit},
                {"caution", &p->caution},
                {"condition", &p->condition},
                {"slowest", &p->slowest},
                {"scale", &p->scale},
                {"schedule", &p->schedule},
                {"commitment", &p->commitment},
                {"analysis", &p->analysis}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        *text[i].to = text_of(r, x, text[i].field);
    const char *kernel = text_of(r, x, "kernel"), *form = text_of(r, x, "format");
    p->kernel_hash = strtoull(kernel, NULL, 16);
    if (strcmp(form, FORMAT) != 0)
        fault(r, "format", "the format is not \"" FORMAT "\"");
}

gs_status gs_protocol_read(gs_arena *a, const char *name, const char *text, size_t n,
                       gs_protocol **out, gs_err *err)
{
    gs_protocol *p = GS_NEW(a, gs_protocol, 1);
    json_error_t where;
    json_t *x = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    reader r = {.a = a, .name = name, .err = err, .st = GS_OK};

    if (!p || !x) {
        json_decref(x);
        return p ? gs_fail_at(err, GS_EPARSE, name, where.line, where.column, NULL,
                              "this is no plan of gutskin: %.80s", where.text)
                 : gs_fail(err, GS_ENOMEM, "out of memory");
    }
    read_words(&r, x, p);
    p->usual = real_of(&r, x, "usual", -1e12, 1e12, true);
    p->change = real_of(&r, x, "change", -1e12, 1e12, false);
    p->tau = real_of(&r, x, "tau", 0, 1e4, false);
    p->worse = (int)whole_of(&r, x, "worse", -1, 1);
    p->worth = real_of(&r, x, "worth", 1e-12, 1e9, false);
    p->level = real_of(&r, x, "level", 1e-6, 0.5, false);
    p->lag = real_of(&r, x, "lag", 0, 1e4, false);
    p->prior_only = bool_of(&r, x, "prior_only");
    p->blinded = bool_of(&r, x, "blinded");
    p->harm_above = real_of(&r, x, "harm_above", -1e9, 1e9, true);
    p->harm_days = (int)whole_of(&r, x, "harm_days", 0, 365);
    read_design(&r, json_object_get(x, "design"), &p->design);
    read_assumed(&r, json_object_get(x, "assumed"), &p->assumed);
    p->promise = promise_of(&r, json_object_get(x, "promise"));
    read_stopping(&r, json_object_get(x, "stopping"), &p->stopping);
    read_lists(&r, x, p);
    json_decref(x);
    GS_TRY(r.st);
    *out = p;
    return GS_OK;
}

gs_status gs_protocol_schedule(gs_arena *a, const gs_protocol *p, int32_t day0,
                           gs_nof1_schedule **out, gs_err *err)
{
    if (!*p->schedule)
        return gs_fail(err, GS_EUSE,
                       "the order of \"%s\" is still with the second person; when "
                       "the trial is over: gutskin experiment reveal KEYFILE",
                       p->name);
    GS_TRY(gs_nof1_schedule_read(a, "schedule", p->schedule, strlen(p->schedule), out,
                                 err));
    (*out)->day0 = day0;
    return GS_OK;
}
