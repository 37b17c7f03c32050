/* What the calibrated model says of a lever in a condition: the check's own machinery on
 * rows that nobody published (the lever's usual, hopeful change; 12 weeks; nothing to
 * compare with). */
#include "calib/calib.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static gs_evidence_row question(const gs_known_effect *e)
{
    static const struct {
        const char *condition, *outcome, *unit;
        double base;
    } scale[] = {{"acne", "inflamed lesions", "lesions", 20},
                 {"eczema", "SCORAD", "points", 35},
                 {"psoriasis", "PASI", "points", 9},
                 {"rosacea", "lesions", "lesions", 20}};
    bool infancy = strcmp(e->condition, "infancy") == 0;
    gs_evidence_row r = {
        .id = e->lever, .condition = infancy ? "eczema" : e->condition, .lever = e->lever,
        .what = strcmp(e->lever, "dairy") == 0  ? "without milk"
                : strcmp(e->lever, "diet") == 0 ? "mediterranean"
                                                : "",
        .control = "", .population = "", .age = "", .outcome = "eczema by two years",
        .unit = "share", .n_treat = 200, .n_control = 200, .weeks = infancy ? 104 : 12,
        .effect_type = infancy ? "RR" : "MD", .effect = infancy ? 1 : 0, .ci_lo = NAN, .ci_hi = NAN,
        .design = "", .source = "", .key = "", .caution = "", .trial = e->lever,
        .kind = GS_DESIGN_RCT, .result = infancy ? GS_RESULT_INCIDENCE : GS_RESULT_SEVERITY,
        .arms = infancy ? "share" : "", .arm_treat = NAN, .arm_control = infancy ? 0.3 : NAN,
        .base_treat = NAN, .base_control = NAN, .p = NAN, .finding = "unclear", .why_not = "added"};

    for (size_t i = 0; !infancy && i < sizeof scale / sizeof *scale; i++) {
        if (strcmp(e->condition, scale[i].condition) == 0) {
            r.outcome = scale[i].outcome;
            r.unit = scale[i].unit;
            r.base_treat = r.base_control = scale[i].base;
        }
    }
    return r;
}

/* Is a moved lever's strength among what is fitted? */
static bool set_by_hand(const world *w, const gs_plan *p)
{
    for (size_t m = 0; m < p->n_move; m++) {
        bool fitted = false;
        for (size_t g = 0; g < w->n_gain; g++)
            fitted |= world_gain_of(w, g, p->move[m].lever);
        if (!fitted)
            return true;
    }
    return false;
}

gs_status gs_calib_effects(gs_arena *a, const gs_kernel *k, const gs_plan_rules *rules, size_t n,
                           const gs_known_effect *ask, const gs_population *pop,
                           const gs_check_opts *o, const gs_pool *pool,
                           const gs_progress *progress, gs_effect *out, gs_err *err)
{
    gs_evidence_row *row = GS_NEW(a, gs_evidence_row, n + 1);
    const gs_evidence_row **at = GS_NEW(a, const gs_evidence_row *, n + 1);
    gs_check *c;

    if (!row || !at)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        row[i] = question(&ask[i]);
        at[i] = &row[i];
    }
    world *w = GS_NEW(a, world, 1);
    if (!w)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    GS_TRY(world_make(w, k, 0, NULL, err));
    GS_TRY(gs_calib_check(a, k, rules, n, at, pop, o, pool, progress, &c, err));
    for (size_t i = 0; i < n; i++) {
        const gs_check_row *r = &c->row[i];
        char name[3 * W_NAME];
        snprintf(name, sizeof name, "beyond.%s.%s", r->plan.group, r->plan.family);
        out[i] = (gs_effect){.plan = r->plan, .known = r->lived, .effect = r->effect,
                             .lo = r->effect_lo, .hi = r->effect_hi, .axis = r->axis,
                             .helps = r->helps, .tried = gs_population_find(pop, name) >= 0,
                             .by_hand = set_by_hand(w, &r->plan)};
        snprintf(out[i].why, sizeof out[i].why, "%s", r->why);
        if (r->plan.how == GS_PLAN_ODDS && r->lived) { /* a ratio of risks people can read */
            double pc = r->plan.base, odds = pc / (1 - pc);
            double *x[] = {&out[i].effect, &out[i].lo, &out[i].hi};
            for (size_t v = 0; v < 3; v++) {
                double q = odds * exp(*x[v]);
                *x[v] = log(q / (1 + q) / pc);
            }
        }
    }
    return GS_OK;
}
