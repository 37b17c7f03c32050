/* A hand-made answer that has something of everything a report must show: a main
 * series with a gap, a second one, levers of every verdict, one medicine, one that
 * needs care, red flags, notes, evidence of every grade, a fit with good and bad
 * dimensions. Nothing in it was computed from a model; the numbers are invented and
 * the sources are marked as such. tests/report/sample-answer.json is its JSON. */
#ifndef GS_TEST_SAMPLE_H
#define GS_TEST_SAMPLE_H

#include "gutskin/answer.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLE_DAYS = 112, SAMPLE_AHEAD = 14 };

static const gs_evidence_row sample_row[] = {
    {.id = "sample-rct", .trial = "sample-1", .condition = "eczema", .lever = "stress",
     .what = "eight weeks of relaxation training, one hour a week",
     .control = "usual care", .population = "adults with moderate eczema, invented",
     .outcome = "change of SCORAD", .unit = "points", .n_treat = 41, .n_control = 39,
     .weeks = 8, .effect_type = "MD", .effect = -5.2, .ci_lo = -9.1, .ci_hi = -1.3,
     .design = "parallel groups, assessor blind", .source = "Invented 2001",
     .key = "sample2001", .grade = GS_GRADE_EXCERPT, .calibrates = false,
     .caution = "An invented row, for tests.", .age = "adult", .kind = GS_DESIGN_RCT,
     .result = GS_RESULT_SEVERITY, .arms = "change", .arm_treat = -9.4,
     .arm_control = -4.2, .base_treat = 41.0, .base_control = 40.2, .p = 0.009, .finding = "better",
     .why_not = "not_skin"},
    {.id = "sample-null", .trial = "sample-2", .condition = "eczema",
     .lever = "probiotic", .what = "one strain, once a day", .control = "placebo",
     .population = "children, invented", .outcome = "SCORAD", .unit = "points",
     .n_treat = 300, .n_control = NAN, .weeks = 12, .effect_type = "MD",
     .effect = -0.4, .ci_lo = -2.3, .ci_hi = 1.5, .design = "ten trials pooled",
     .source = "Invented 2002", .key = "sample2002", .grade = GS_GRADE_SECONDARY,
     .calibrates = false, .caution = "", .age = "0-18", .kind = GS_DESIGN_POOLED,
     .result = GS_RESULT_SEVERITY, .arms = "", .arm_treat = NAN, .arm_control = NAN,
     .base_treat = NAN, .base_control = NAN, .p = NAN, .finding = "null",
     .why_not = "pooled"},
    {.id = "sample-recalled", .trial = "sample-3", .condition = "eczema",
     .lever = "sugar", .what = "sweet drinks every day", .control = "never",
     .population = "adolescents, invented", .outcome = "severe eczema in the past year",
     .unit = "odds ratio", .n_treat = 5000, .n_control = NAN, .weeks = NAN,
     .effect_type = "OR", .effect = 1.3, .ci_lo = 1.05, .ci_hi = 1.61,
     .design = "one look", .source = "Invented 2003", .key = "sample2003",
     .grade = GS_GRADE_MEMORY, .calibrates = false,
     .caution = "Recalled, not seen again; who eats more may differ in other ways.",
     .age = "13-14", .kind = GS_DESIGN_CROSS, .result = GS_RESULT_INCIDENCE, .arms = "",
     .arm_treat = NAN, .arm_control = NAN, .base_treat = NAN, .base_control = NAN,
     .p = NAN, .finding = "worse", .why_not = "memory"},
};

static const gs_answer_value sample_value[] = {
    {.name = "crp", .title = "C-reactive protein", .unit = "mg/L", .day = 40, .value = 4.1,
     .noise = 1.5, .offset = 2.5, .expected = {0.2, 0.5, 0.9, 1.7, 4.5}, .why_not = ""},
    {.name = "calprotectin", .title = "calprotectin in stool", .unit = "ug/g", .day = 41,
     .value = 80, .noise = NAN, .offset = NAN, .expected = {NAN, NAN, NAN, NAN, NAN},
     .why_not = "the model has nothing that it measures"},
};
static const gs_answer_shift sample_shift[] = {
    {.name = "crp", .title = "CRP", .unit = "mg/L", .is_par = false,
     .before = {0.6, 0.8, 0.9, 1.1, 1.5}, .after = {0.7, 0.85, 1.0, 1.15, 1.5},
     .moved = 0.25, .narrowed = 0.1},
    {.name = "gain_stress", .title = "how strongly stress acts on you", .unit = "1",
     .is_par = true, .before = {0.1, 0.6, 1, 1.4, 1.9}, .after = {0.2, 0.7, 1.1, 1.5, 1.9},
     .moved = 0.15, .narrowed = 0.05},
};

/* A wander that is the same everywhere: two triangle waves, no libm. */
static double sample_wave(int d, int period)
{
    int k = d % period;
    return (double)(2 * k < period ? k : period - k) / period * 4.0 - 1.0;
}

static double sample_round(double x)
{
    return (double)(long)(x * 100.0 + (x < 0 ? -0.5 : 0.5)) / 100.0;
}

static gs_band sample_band(double mid, double sd, double lo, double hi)
{
    double z[5] = {-1.64, -0.67, 0.0, 0.67, 1.64}, q[5];

    for (int i = 0; i < 5; i++) {
        q[i] = sample_round(mid + sd * z[i]);
        q[i] = q[i] < lo ? lo : q[i] > hi ? hi : q[i];
    }
    return (gs_band){q[0], q[1], q[2], q[3], q[4]};
}

static void sample_series(gs_arena *a, gs_answer_series *s, double mid, double swing,
                          int every)
{
    int32_t *day = GS_NEW(a, int32_t, SAMPLE_DAYS);
    double *value = GS_NEW(a, double, SAMPLE_DAYS);
    gs_band *fit = GS_NEW(a, gs_band, SAMPLE_DAYS);
    gs_band *ahead = GS_NEW(a, gs_band, SAMPLE_AHEAD);

    for (int d = 0; d < SAMPLE_DAYS; d++) {
        double m = mid + swing * sample_wave(d, 46) + 0.3 * swing * sample_wave(d, 11);
        bool gap = d >= 60 && d < 74; /* two weeks without a word */
        fit[d] = sample_band(m, gap ? 0.5 * swing : 0.25 * swing, s->lo, s->hi);
        if (!gap && d % every == 0) {
            double v = m + 0.5 * swing * sample_wave(d * 7, 5);
            day[s->n] = d;
            value[s->n++] = (double)(long)(v + 0.5);
        }
    }
    for (int d = 0; d < SAMPLE_AHEAD; d++)
        ahead[d] = sample_band(mid, swing * (0.4 + 0.03 * d), s->lo, s->hi);
    s->day = day;
    s->value = value;
    s->fit = fit;
    s->ahead = ahead;
}

static const gs_answer_series *sample_all_series(gs_arena *a)
{
    gs_answer_series *s = GS_NEW(a, gs_answer_series, 2);

    s[0] = (gs_answer_series){.name = "poscorad", .title = "Eczema, PO-SCORAD",
                              .condition = "eczema", .scale = "poscorad", .lo = 0,
                              .hi = 103, .worse = 1};
    s[1] = (gs_answer_series){.name = "itch", .title = "Itch", .condition = "eczema",
                              .scale = "0-10", .lo = 0, .hi = 10, .worse = 1};
    sample_series(a, &s[0], 38, 14, 2);
    sample_series(a, &s[1], 5, 2.4, 1);
    return s;
}

static const gs_answer_lever *sample_levers(gs_arena *a, size_t *out_n)
{
    static const gs_evidence_row *const rct[] = {&sample_row[0]};
    static const gs_evidence_row *const pooled[] = {&sample_row[1]};
    static const gs_evidence_row *const recalled[] = {&sample_row[2]};
    static const gs_answer_lever all[] = {
        {.name = "stress", .title = "Stress", .unit = "1", .n_said = 95, .habit = 0.46,
         .sd = 0.21, .change = -0.3, .change_text = "3 points of 10 less stress",
         .weeks = 4, .before = {-7.1, -3.4, -1.6, -0.4, 0.3},
         .after = {-5.9, -4.2, -3.1, -2.1, -0.8}, .better_before = 0.83,
         .better_after = 0.98, .taught = 0.46, .verdict = GS_VERDICT_MUCH,
         .why = "You wrote down stress on 95 of 112 days and it went up and down, so "
                "your diary could say something.",
         .block = "Two weeks of a daily 20 minute calming exercise, two weeks without, "
                  "and again; the order drawn by lot.",
         .proposed = true,
         .caution = "Bad skin itself is a cause of stress.", .n_evidence = 1,
         .evidence = rct},
        {.name = "sleep", .title = "Sleep", .unit = "1", .n_said = 90, .habit = 0.62,
         .sd = 0.14, .change = 0.1, .change_text = "1 point of 10 better sleep",
         .weeks = 4, .before = {-4.0, -1.9, -0.8, -0.1, 0.6},
         .after = {-3.3, -1.7, -0.9, -0.2, 0.4}, .better_before = 0.77,
         .better_after = 0.82, .taught = 0.19, .verdict = GS_VERDICT_SOME,
         .why = "Your diary says a little about sleep.",
         .block = "Two weeks with a fixed bedtime, two weeks as usual, and again.",
         .proposed = true, .caution = "Itch keeps people awake: part of this may run "
                                      "the other way.",
         .n_evidence = 0},
        {.name = "sugar", .title = "Free sugar", .unit = "g/d", .n_said = 41,
         .habit = 64, .sd = 11, .change = -40, .change_text = "40 g less sugar a day",
         .weeks = 8, .before = {-3.1, -1.1, -0.2, 0.4, 1.6},
         .after = {-3.0, -1.1, -0.2, 0.4, 1.6}, .better_before = 0.58,
         .better_after = 0.58, .taught = 0.04, .verdict = GS_VERDICT_LITTLE,
         .why = "Your sugar hardly changed, so your diary taught little.",
         .block = "Four weeks with at most 25 g a day, four weeks as usual.",
         .proposed = true, .caution = "", .n_evidence = 1, .evidence = recalled},
        {.name = "probiotic", .title = "Probiotics", .unit = "1/d", .n_said = 12,
         .tags_only = true, .habit = 0.1, .sd = 0.3, .change = 1,
         .change_text = "one dose of probiotic a day", .weeks = 12,
         .before = {-4.8, -1.7, -0.3, 0.6, 2.9}, .after = {-4.6, -1.6, -0.3, 0.6, 2.8},
         .better_before = 0.57, .better_after = 0.57, .taught = 0.03,
         .verdict = GS_VERDICT_LITTLE,
         .why = "You only ever wrote down days with a probiotic; days without a word "
                "could be either.",
         .block = "Twelve weeks with, twelve weeks with a look-alike without.",
         .proposed = false, .caution = "", .n_evidence = 1, .evidence = pooled},
        {.name = "water", .title = "Water", .unit = "L/d", .n_said = 0, .habit = 2,
         .sd = NAN, .change = 1, .change_text = "1 L more water a day", .weeks = 4,
         .before = {-0.6, -0.2, 0.0, 0.2, 0.6}, .after = {-0.6, -0.2, 0.0, 0.2, 0.6},
         .better_before = 0.5, .better_after = 0.5, .taught = 0,
         .verdict = GS_VERDICT_CANNOT,
         .why = "Cannot be learned from this diary: water was never written down.",
         .block = "", .proposed = false, .caution = "", .n_evidence = 0},
        {.name = "dairy", .title = "Dairy", .unit = "1", .n_said = 60, .habit = 1,
         .sd = 0, .change = -1, .change_text = "no dairy", .weeks = 8,
         .before = {-2.2, -0.7, 0.0, 0.7, 2.2}, .after = {-2.2, -0.7, 0.0, 0.7, 2.2},
         .better_before = 0.5, .better_after = 0.5, .taught = 0,
         .verdict = GS_VERDICT_CANNOT,
         .why = "Cannot be learned from this diary: it was the same every day.",
         .block = "Four weeks with half as much, four weeks as usual, and again.",
         .proposed = false,
         .caution = "Leaving out a food group is nothing for children, in pregnancy or "
                    "when breastfeeding without a doctor or dietitian.",
         .n_evidence = 0},
        {.name = "steroid", .title = "Steroid cream", .unit = "1", .n_said = 18,
         .tags_only = true, .habit = 0.16, .sd = 0.37, .change = 0, .change_text = "",
         .weeks = 2, .before = {NAN, NAN, NAN, NAN, NAN},
         .after = {NAN, NAN, NAN, NAN, NAN}, .better_before = NAN, .better_after = NAN,
         .taught = 0.22, .verdict = GS_VERDICT_SOME,
         .why = "You used it on 18 days, mostly bad ones.", .block = "",
         .medicine = true, .caution = "Decide about medicines with your doctor.",
         .n_evidence = 0},
    };
    (void)a;
    *out_n = sizeof all / sizeof *all;
    return all;
}

static gs_fit *sample_fit(gs_arena *a)
{
    gs_fit *f = GS_NEW(a, gs_fit, 1);
    static const struct {
        const char *name;
        gs_dim_role role;
        double prior_sd, mean, sd;
    } dim[] = {
        {"gain_stress", GS_DIM_LEVER, 0.6, 1.3, 0.32},
        {"gain_sleep", GS_DIM_LEVER, 0.6, 1.1, 0.49},
        {"gain_sugar", GS_DIM_LEVER, 0.5, 0.02, 0.48},
        {"risk_eczema", GS_DIM_RISK, 0.4, 1.2, 0.2},
        {"poscorad level", GS_DIM_LEVEL, 2.0, -0.4, 0.2},
        {"poscorad residual sd", GS_DIM_RESIDUAL, 0.5, 0.4, 0.06},
    };

    *f = (gs_fit){.kernel_hash = 0x0123456789abcdefu, .obs_hash = 0xfedcba9876543210u,
                  .seed = 1, .n_chain = 4, .n_draw = 500, .n_dim = sizeof dim / sizeof *dim,
                  .ok = true};
    f->dim = GS_NEW(a, gs_dim, f->n_dim);
    for (size_t i = 0; i < f->n_dim; i++) {
        gs_dim *d = &f->dim[i];
        *d = (gs_dim){.role = dim[i].role, .par = i < 4 ? (long)i : -1,
                      .series = i < 4 ? -1 : 0, .prior_mean = i < 2 ? 1 : 0,
                      .prior_sd = dim[i].prior_sd, .mean = dim[i].mean,
                      .sd = dim[i].sd, .rhat = 1.002, .ess_bulk = 1210 + 31.0 * (double)i,
                      .ess_tail = 890 + 17.0 * (double)i};
        snprintf(d->name, sizeof d->name, "%s", dim[i].name);
        d->prior = sample_band(d->prior_mean, d->prior_sd, -9, 9);
        d->post = sample_band(d->mean, d->sd, -9, 9);
    }
    return f;
}

static gs_answer *sample_answer(gs_arena *a)
{
    static const gs_answer_flag flag[] = {
        {"Fever with a rash", "You wrote down fever with a rash on 2026-05-18. See a "
                              "doctor now, before anything else on this page."},
    };
    static const char *const note[] = {
        "36 of 112 days have no entry; what happened on them is unknown.",
        "Your diary starts in a bad stretch. Skin usually improves after its worst days "
        "whatever one does; that is not counted as an effect.",
        "Bad skin itself disturbs sleep and mood. Part of what looks like an effect of "
        "stress or sleep may run the other way.",
        "Probiotics are only ever written down when taken; a day without a word is not "
        "counted as a day without.",
    };
    gs_answer *x = GS_NEW(a, gs_answer, 1);

    *x = (gs_answer){
        .person = "me", .condition = "eczema", .example = true,
        .day0 = gs_date_day(2026, 3, 2), .n_day = SAMPLE_DAYS, .n_ahead = SAMPLE_AHEAD,
        .n_series = 2, .main_series = 0, .n_flag = 1, .flag = flag,
        .n_value = 2, .value = sample_value, .n_shift = 2, .shift = sample_shift, .value_draws = 940.5,
        .value_note = "An invented sentence on measured values.",
        .n_note = sizeof note / sizeof *note, .note = note,
        .headline = "Less stress probably helps your eczema a little. About food this "
                    "diary can say almost nothing yet.",
        .made = "0.1.0"};
    x->series = sample_all_series(a);
    x->lever = sample_levers(a, &x->n_lever);
    x->fit = sample_fit(a);
    return x;
}

#endif
