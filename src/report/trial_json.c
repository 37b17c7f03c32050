/* A virtual trial as JSON. What is not known is null, never a word. */
#include "gutskin/trial_report.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static json_t *num(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *band(const gs_trial_band *b)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "mean", num(b->mean), "lo90", num(b->lo),
                     "hi90", num(b->hi), "monte_carlo", num(b->mc));
}

static json_t *cell(const gs_trial *t, const gs_trial_curve *c, long day)
{
    const gs_trial_cell *x = &c->all;
    if (t->kind == GS_TRIAL_ONSET)
        return json_pack("{s:I, s:o, s:o, s:o, s:o}", "day", (json_int_t)day,
                         "still_in", num(x->in), "incidence", num(x->responder),
                         "incidence_lo90", num(c->responder_lo), "incidence_hi90",
                         num(c->responder_hi));
    json_t *q = json_array();
    for (size_t i = 0; i < 5; i++)
        json_array_append_new(q, num(x->q[i]));
    return json_pack(
        "{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o}",
        "day", (json_int_t)day, "still_in", num(x->in), "mean", num(x->mean),
        "mean_lo90", num(c->mean_lo), "mean_hi90", num(c->mean_hi), "sd", num(x->sd),
        "people_5_25_50_75_95", q, "change", num(x->change), "change_lo90",
        num(c->change_lo), "change_hi90", num(c->change_hi), "change_sd",
        num(x->change_sd), "percent", num(x->percent), "signal", num(x->signal),
        "responders", num(x->responder), "responders_lo90", num(c->responder_lo),
        "responders_hi90", num(c->responder_hi));
}

static json_t *arms(const gs_trial *t, const gs_trial_result *r)
{
    json_t *all = json_array();
    for (size_t a = 0; a < t->n_arm; a++) {
        json_t *visits = json_array();
        for (size_t v = 0; v < t->n_visit; v++)
            json_array_append_new(visits,
                                  cell(t, &r->curve[a * t->n_visit + v], t->visit[v]));
        json_array_append_new(
            all, json_pack("{s:s, s:o}", "arm", t->arm[a].name, "visits", visits));
    }
    return all;
}

static json_t *contrasts(const gs_trial *t, const gs_trial_result *r)
{
    json_t *all = json_array();
    for (size_t a = 1; a < t->n_arm; a++)
        for (size_t v = 1; v < t->n_visit; v++) {
            const gs_trial_contrast *c = &r->contrast[(a - 1) * t->n_visit + v];
            bool responders = isfinite(c->rr.mean);
            json_array_append_new(
                all, json_pack("{s:s, s:s, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:o}",
                               "arm", t->arm[a].name, "against", t->arm[0].name, "day",
                               (json_int_t)t->visit[v], "primary",
                               (int)(v == t->primary), "difference", band(&c->diff),
                               "percent", band(&c->percent), "latent_effect",
                               band(&c->effect), "share_difference", band(&c->rd),
                               "share_ratio", band(&c->rr), "number_needed_to_treat",
                               responders ? num(c->nnt) : json_null()));
        }
    return all;
}

static json_t *power(const gs_trial *t, const gs_trial_result *r)
{
    json_t *curve = json_array();
    for (size_t i = 0; i < r->n_point; i++) {
        const gs_trial_power_point *q = &r->point[i];
        json_array_append_new(
            curve, json_pack("{s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "people",
                             (json_int_t)q->n, "planned", (int)(i == r->i_planned),
                             "power", num(q->power), "monte_carlo", num(q->mc), "worse",
                             num(q->wrong), "power_lo90", num(q->lo), "power_hi90",
                             num(q->hi), "estimate_lo90", num(q->est_lo),
                             "estimate_hi90", num(q->est_hi)));
    }
    static const char *const tests[] = {"ancova", "change", "responders"};
    return json_pack("{s:s, s:f, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "test",
                     t->kind == GS_TRIAL_ONSET ? "responders" : tests[t->test], "alpha",
                     t->alpha, "trials", (json_int_t)r->n_rep, "curve", curve,
                     "people_80", num(r->size80), "people_80_lo", num(r->size80_lo),
                     "people_80_hi", num(r->size80_hi), "people_90", num(r->size90),
                     "people_90_lo", num(r->size90_lo), "people_90_hi",
                     num(r->size90_hi));
}

static json_t *terms(const gs_trial_terms *q)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                     "level", num(q->level), "level_sd", num(q->level_sd), "drift",
                     num(q->drift), "drift_sd", num(q->drift_sd), "drift_days",
                     num(q->drift_days), "placebo", num(q->placebo), "placebo_sd",
                     num(q->placebo_sd), "placebo_days", num(q->placebo_days), "wander",
                     num(q->wander), "wander_days", num(q->wander_days), "rater",
                     num(q->rater), "slope", num(q->slope));
}

gs_status gs_report_trial_json(const gs_trial *t, const gs_kernel *k,
                               const gs_trial_result *r, gs_buf *out, gs_err *err)
{
    static const char *const how[] = {"parallel", "crossover", "cluster"};
    const gs_trial_pool_info *p = &r->pool;
    json_t *pool =
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "source",
                  r->own_draws ? "priors of the model" : "draws given", "draws",
                  (json_int_t)p->n_draw, "people", (json_int_t)p->n_person, "lived",
                  (json_int_t)p->n_lived, "refused", (json_int_t)p->n_refused, "failed",
                  (json_int_t)p->n_failed);
    json_t *all = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "trial",
        t->title, "model", k->name, "condition", gs_condition_name(t->condition),
        "design", how[t->how], "outcome", t->outcome, "scale",
        t->scale                    ? t->scale->name
        : t->kind == GS_TRIAL_VALUE ? k->see[t->see].unit
                                    : "incidence",
        "randomised", (json_int_t)t->n_random, "seed", (json_int_t)t->seed, "pool",
        pool, "terms", terms(&r->terms), "arms", arms(t, r), "contrasts",
        contrasts(t, r), "power", r->n_point ? power(t, r) : json_null());
    char *text = all ? json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
    if (text)
        gs_buf_printf(out, "%s\n", text);
    free(text);
    json_decref(all);
    if (!text || out->failed)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    return GS_OK;
}
