/* Results as JSON: every number of the result, the units and the schedule, so that all of
 * it can be drawn or checked elsewhere. Infinite and unknown numbers are null. */
#include "nof1/inner.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static json_t *num(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *str(const char *s)
{
    json_t *j = json_string(s ? s : "");
    return j ? j : json_string("?"); /* not UTF-8 */
}

static json_t *band(const gs_band *b)
{
    json_t *j = json_array();
    const double v[] = {b->q05, b->q25, b->q50, b->q75, b->q95};
    for (size_t i = 0; i < 5; i++)
        json_array_append_new(j, num(v[i]));
    return j;
}

static const char *word(gs_nof1_says s)
{
    return s == GS_NOF1_WORKS ? "works" : s == GS_NOF1_NOT ? "does not" : "cannot say";
}

static json_t *effect(const gs_nof1_effect *e, bool free)
{
    json_t *j = json_object();
    json_object_set_new(j, "known", json_boolean(e->known));
    json_object_set_new(j, "says", str(word(e->says)));
    json_object_set_new(j, "why", str(e->why));
    if (!e->known)
        return j;
    json_object_set_new(j, "effect", num(e->est));
    json_object_set_new(j, "interval", json_pack("[o,o]", num(e->lo), num(e->hi)));
    json_object_set_new(j, free ? "p_one_sided" : "chance_no_better", num(e->p_better));
    if (free) {
        json_object_set_new(j, "p_two_sided", num(e->p_two));
        json_object_set_new(j, "monte_carlo_error", num(e->p_error));
        json_object_set_new(j, "exact", json_boolean(e->exact));
        json_object_set_new(j, "orders", num(e->n_schedule));
        json_object_set_new(j, "least_p", num(e->least_p));
    } else {
        json_object_set_new(j, "chance_worth_having", num(e->worth_chance));
    }
    return j;
}

static json_t *strings(size_t n, const char *const *s)
{
    json_t *j = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(j, str(s[i]));
    return j;
}

static json_t *units(const gs_nof1_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_unit; i++) {
        const gs_nof1_unit *u = &r->unit[i];
        json_t *j = json_object();
        json_object_set_new(j, "day", json_integer(u->day));
        json_object_set_new(j, "time", num(u->time));
        json_object_set_new(j, "treatment", str(u->code ? "B" : "A"));
        json_object_set_new(j, "dose", num(u->received));
        json_object_set_new(j, "value", num(u->value));
        json_object_set_new(j, "ratings", json_integer((json_int_t)u->n_obs));
        json_object_set_new(j, "used", json_boolean(u->used));
        if (r->fit && isfinite(r->fit[i].q50))
            json_object_set_new(j, "fit", band(&r->fit[i]));
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *dims(const gs_nof1_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_dim; i++) {
        const gs_nof1_dim *d = &r->dim[i];
        json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "name", str(d->name),
                                              "unit", str(d->unit), "prior", band(&d->prior),
                                              "posterior", band(&d->post), "rhat",
                                              num(d->rhat), "ess", num(d->ess)));
    }
    return list;
}

static json_t *result(const gs_nof1_result *r)
{
    const gs_nof1_series *s = r->series;
    json_t *j = json_object();
    gs_buf text = {0}, design = {0};
    char day[32] = "";
    gs_nof1_schedule_text(r->schedule, &text);
    gs_nof1_say_design(&r->schedule->design, &design);
    if (s->day0 != GS_DAY_NONE)
        gs_date_iso(s->day0, day, sizeof day);
    json_object_set_new(j, "person", str(s->person));
    json_object_set_new(j, "outcome", str(s->outcome));
    json_object_set_new(j, "a", str(s->name_a ? s->name_a : "A"));
    json_object_set_new(j, "b", str(s->name_b ? s->name_b : "B"));
    json_object_set_new(j, "better", str(s->better > 0 ? "higher" : "lower"));
    json_object_set_new(j, "verdict", str(word(r->says)));
    json_object_set_new(j, "headline", str(r->headline));
    json_object_set_new(j, "why", str(r->why));
    json_object_set_new(j, "interval_level", num(1 - 2 * r->level));
    json_object_set_new(j, "worth", num(r->worth));
    json_object_set_new(j, "worth_given", json_boolean(r->worth_given));
    json_object_set_new(j, "swing", num(r->swing));
    json_object_set_new(j, "days",
                        json_pack("{s:i,s:i,s:i,s:i}", "a", (int)r->n_a, "b", (int)r->n_b,
                                  "missing", (int)r->n_missing, "left_out",
                                  (int)r->n_left_out));
    json_object_set_new(j, "mean_a", num(r->mean_a));
    json_object_set_new(j, "mean_b", num(r->mean_b));
    json_object_set_new(j, "adherence", num(r->adherence));
    json_object_set_new(j, "model_free", effect(&r->free_itt, true));
    json_object_set_new(j, "model_based", effect(&r->model_itt, false));
    if (r->free_taken.known || *r->free_taken.why)
        json_object_set_new(j, "model_free_full_dose", effect(&r->free_taken, true));
    if (r->model_taken.known || *r->model_taken.why)
        json_object_set_new(j, "model_based_full_dose", effect(&r->model_taken, false));
    json_object_set_new(j, "model", dims(r));
    json_object_set_new(j, "rhat", num(r->rhat));
    json_object_set_new(j, "ess", num(r->ess));
    json_object_set_new(j, "drift", band(&r->drift_band));
    json_object_set_new(j, "notes", strings(r->n_note, r->note));
    json_object_set_new(j, "design", str(design.data));
    json_object_set_new(j, "design_inferred", json_boolean(r->schedule->assumed));
    json_object_set_new(j, "day0", str(day));
    json_object_set_new(j, "schedule", str(text.data));
    json_object_set_new(j, "units", units(r));
    gs_buf_free(&text);
    gs_buf_free(&design);
    return j;
}

static json_t *pooled(const gs_nof1_pooled *x)
{
    json_t *j = json_object(), *list = json_array();
    json_object_set_new(j, "headline", str(x->headline));
    json_object_set_new(j, "worth", num(x->worth));
    json_object_set_new(j, "mean",
                        json_pack("[o,o,o]", num(x->mean_lo), num(x->mean), num(x->mean_hi)));
    json_object_set_new(j, "chance_mean_benefit", num(x->mean_better));
    json_object_set_new(j, "sd",
                        json_pack("[o,o,o]", num(x->sd_lo), num(x->sd), num(x->sd_hi)));
    json_object_set_new(j, "next_person", json_pack("[o,o]", num(x->next_lo), num(x->next_hi)));
    json_object_set_new(
        j, "share_worth_having",
        json_pack("[o,o,o]", num(x->share_lo), num(x->share), num(x->share_hi)));
    json_object_set_new(j, "p_one_sided", num(x->p));
    json_object_set_new(j, "monte_carlo_error", num(x->p_error));
    for (size_t i = 0; i < x->n; i++) {
        const gs_nof1_person *p = &x->person[i];
        json_array_append_new(
            list, json_pack("{s:o,s:[o,o,o],s:[o,o,o],s:o,s:o}", "person", str(p->name), "own",
                            num(p->lo), num(p->est), num(p->hi), "shrunken",
                            num(p->shrunk_lo), num(p->shrunk), num(p->shrunk_hi),
                            "chance_benefit", num(p->benefit), "chance_worth_having",
                            num(p->responds)));
    }
    json_object_set_new(j, "people", list);
    json_object_set_new(j, "notes", strings(x->n_note, x->note));
    return j;
}

gs_status gs_nof1_json(size_t n, const gs_nof1_result *const *r, const gs_nof1_pooled *pool,
                       size_t n_note, const char *const *note, gs_buf *out, gs_err *err)
{
    json_t *j = json_object(), *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, result(r[i]));
    json_object_set_new(j, "trials", list);
    if (pool)
        json_object_set_new(j, "pooled", pooled(pool));
    json_object_set_new(j, "assumed", strings(n_note, note));
    char *text = json_dumps(j, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(j);
    if (!text)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_buf_put(out, text);
    gs_buf_put(out, "\n");
    free(text);
    return out->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}
