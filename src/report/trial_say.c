/* Words about a virtual trial, trial_say.h. Three different things wear an interval here,
 * and are never mixed: how people differ (bands of scores), what is not known of the
 * population (between draws), and what chance does to one trial of a given size. */
#include "report/trial_say.h"

#include "report/say.h"
#include <stdio.h>
#include <string.h>

const gs_trial_curve *trial_curve(const trial_words *w, size_t arm, size_t visit)
{
    return &w->r->curve[arm * w->t->n_visit + visit];
}

const gs_trial_contrast *trial_contrast(const trial_words *w, size_t arm, size_t visit)
{
    return &w->r->contrast[(arm - 1) * w->t->n_visit + visit];
}

bool trial_has_responders(const trial_words *w)
{
    return w->t->kind == GS_TRIAL_ONSET || isfinite(w->t->fall) ||
           isfinite(w->t->at_most);
}

void trial_say_day(long day, char *out, size_t n)
{
    if (day % 7 == 0)
        snprintf(out, n, "week %ld", day / 7);
    else
        snprintf(out, n, "day %ld", day);
}

static const char *span_of_days(long day, char *out, size_t n)
{
    if (day % 7 == 0)
        snprintf(out, n, "%ld week%s", day / 7, day == 7 ? "" : "s");
    else
        snprintf(out, n, "%ld day%s", day, day == 1 ? "" : "s");
    return out;
}

void trial_say_design(const trial_words *w, gs_buf *b)
{
    const gs_trial *t = w->t;
    char days[32];
    gs_buf_printf(b, "%s, ", gs_condition_name(t->condition));
    gs_buf_put(b, t->how == GS_TRIAL_CROSSOVER ? "crossover"
                  : t->how == GS_TRIAL_CLUSTER ? "randomised by clusters"
                                               : "parallel");
    if (t->how == GS_TRIAL_CLUSTER)
        gs_buf_printf(b, " (%zu, icc %g)", t->n_cluster, t->icc);
    gs_buf_printf(b, ", %zu people in %zu %s of %s", t->n_random, t->n_arm,
                  t->how == GS_TRIAL_CROSSOVER ? "orders of two periods" : "arms",
                  span_of_days(t->visit[t->n_visit - 1], days, sizeof days));
    if (t->how == GS_TRIAL_CROSSOVER)
        gs_buf_printf(b, " with %s between",
                      span_of_days(t->washout, days, sizeof days));
}

void trial_say_outcome(const trial_words *w, gs_buf *b)
{
    const gs_trial *t = w->t;
    if (t->kind == GS_TRIAL_ONSET)
        gs_buf_printf(b, "first %s (cumulative incidence)", t->outcome);
    else if (t->kind == GS_TRIAL_VALUE)
        gs_buf_printf(b, "%s [%s]", t->outcome, w->k->see[t->see].unit);
    else if (strcmp(t->outcome, t->scale->title) == 0)
        gs_buf_put(b, t->outcome);
    else
        gs_buf_printf(b, "%s (%s)", t->outcome, t->scale->title);
}

const char *trial_unit(const trial_words *w)
{
    const gs_trial *t = w->t;
    if (t->kind == GS_TRIAL_ONSET)
        return "";
    if (t->kind == GS_TRIAL_VALUE)
        return strcmp(w->k->see[t->see].unit, "1") == 0 ? "" : w->k->see[t->see].unit;
    return t->scale->kind == GS_SCALE_COUNT ? "lesions" : "points";
}

int trial_decimals(const trial_words *w)
{
    if (w->t->kind == GS_TRIAL_ONSET)
        return 3;
    double top = 0;
    for (size_t i = 0; i < w->t->n_arm * w->t->n_visit; i++)
        top = fmax(top, fabs(w->r->curve[i].all.mean));
    return top >= 10 ? 1 : top >= 1 ? 2 : 3;
}

void trial_say_span(gs_buf *b, double lo, double hi, int decimals)
{
    gs_say_number(b, lo, decimals);
    gs_buf_put(b, " to ");
    gs_say_number(b, hi, decimals);
}

void trial_say_responder(const trial_words *w, gs_buf *b)
{
    const gs_trial *t = w->t;
    if (isfinite(t->fall))
        gs_buf_printf(b, "score down by %g%% or more", 100 * t->fall);
    if (isfinite(t->fall) && isfinite(t->at_most))
        gs_buf_put(b, " and ");
    if (isfinite(t->at_most))
        gs_buf_printf(b, "score at most %g", t->at_most);
}

/* ---- what came out ---- */

void trial_say_difference(const trial_words *w, size_t arm, gs_buf *b)
{
    const gs_trial *t = w->t;
    const gs_trial_contrast *c = trial_contrast(w, arm, t->primary);
    bool onset = t->kind == GS_TRIAL_ONSET;
    int dec =
        onset ? 1 : gs_say_decimals(fmax(c->diff.hi - c->diff.lo, fabs(c->diff.mean)));
    double f = onset ? 100 : 1;
    const char *unit = onset ? "percentage points" : trial_unit(w);
    gs_buf_printf(b, "\"%s\" against \"%s\": ", t->arm[arm].name, t->arm[0].name);
    gs_say_number(b, f * c->diff.mean, dec);
    gs_buf_printf(b, "%s%s (", *unit ? " " : "", unit);
    trial_say_span(b, f * c->diff.lo, f * c->diff.hi, dec);
    gs_buf_put(b, " in 90% of what is believed of people; Monte-Carlo error ");
    gs_say_number(b, f * c->diff.mc, dec + 1);
    gs_buf_put(b, ")");
    if (!onset && isfinite(c->percent.mean)) {
        gs_buf_put(b, ", which is ");
        gs_say_number(b, c->percent.mean, 1);
        gs_buf_put(b, "% of the baseline");
    }
    gs_buf_put(b, ".");
}

/* NNT from a difference of shares, with what its interval means when it crosses zero */
static void nnt(const gs_trial_contrast *c, bool more_is_good, gs_buf *b)
{
    double rd = more_is_good ? c->rd.mean : -c->rd.mean;
    double lo = more_is_good ? c->rd.lo : -c->rd.hi,
           hi = more_is_good ? c->rd.hi : -c->rd.lo;
    if (fabs(rd) < 0.001) {
        gs_buf_put(b, " Nobody's number needed to treat: the shares do not differ.");
        return;
    }
    int dec = fabs(rd) > 0.1 ? 1 : 0;
    gs_buf_printf(b, " Number needed to %s: %.*f", rd > 0 ? "treat" : "harm", dec,
                  1 / fabs(rd));
    if (lo > 0.001)
        gs_buf_printf(b, " (%.*f to %.*f).", dec, 1 / hi, dec, 1 / lo);
    else if (hi < -0.001)
        gs_buf_printf(b, " (%.*f to %.*f).", dec, 1 / -lo, dec, 1 / -hi);
    else
        gs_buf_put(b, ", but no benefit at all is within the interval.");
}

void trial_say_response(const trial_words *w, size_t arm, gs_buf *b)
{
    const gs_trial *t = w->t;
    bool onset = t->kind == GS_TRIAL_ONSET;
    if (!trial_has_responders(w))
        return;
    const gs_trial_contrast *c = trial_contrast(w, arm, t->primary);
    gs_buf_put(b, onset ? "Onset: " : "Responders: ");
    gs_buf_printf(b, "%.1f%% against %.1f%%; ",
                  100 * trial_curve(w, arm, t->primary)->all.responder,
                  100 * trial_curve(w, 0, t->primary)->all.responder);
    if (isfinite(c->rr.mean) && isfinite(c->rr.lo) && isfinite(c->rr.hi))
        gs_buf_printf(b, "ratio %.2f (%.2f to %.2f).", c->rr.mean, c->rr.lo, c->rr.hi);
    else if (isfinite(c->rr.mean))
        gs_buf_printf(b, "ratio %.2f (no interval: in some draws an arm has none).",
                      c->rr.mean);
    else
        gs_buf_put(b, "no ratio, because the first arm has none.");
    nnt(c, !onset, b);
}

void trial_say_planned(const trial_words *w, gs_buf *b)
{
    const gs_trial *t = w->t;
    if (w->r->n_point == 0)
        return;
    const gs_trial_power_point *q = &w->r->point[w->r->i_planned];
    bool share = t->test == GS_TRIAL_RESPONDERS || t->kind == GS_TRIAL_ONSET;
    int dec = share ? 2 : gs_say_decimals(q->est_hi - q->est_lo);
    gs_buf_printf(b, "One such trial of %zu people would report between ", q->n);
    gs_say_number(b, q->est_lo, dec);
    gs_buf_put(b, " and ");
    gs_say_number(b, q->est_hi, dec);
    gs_buf_printf(
        b,
        "%s%s nine times in ten. It would find \"%s\" better (p < %g) in %.1f%% of "
        "trials (Monte-Carlo error %.1f), and worse in %.1f%%.",
        share ? "" : " ", share ? " (difference of shares)" : trial_unit(w),
        t->arm[1].name, t->alpha, 100 * q->power, 100 * q->mc, 100 * q->wrong);
}

static void a_size(gs_buf *b, const char *what, double n, double lo, double hi,
                   size_t most)
{
    gs_buf_printf(b, "%s power: ", what);
    if (!isfinite(n)) {
        gs_buf_printf(b, "more than %zu people.", most);
        return;
    }
    gs_buf_printf(b, "%.0f people", n);
    if (isfinite(lo) && isfinite(hi) && lo < hi)
        gs_buf_printf(b, " (%.0f to %.0f by Monte-Carlo error)", lo, hi);
    else if (!isfinite(hi))
        gs_buf_put(b, " or more");
    gs_buf_put(b, ".");
}

void trial_say_sizes(const trial_words *w, gs_buf *b)
{
    const gs_trial_result *r = w->r;
    if (r->n_point == 0)
        return;
    size_t most = r->point[r->n_point - 1].n;
    a_size(b, "80%", r->size80, r->size80_lo, r->size80_hi, most);
    gs_buf_put(b, " ");
    a_size(b, "90%", r->size90, r->size90_lo, r->size90_hi, most);
}

bool trial_say_assumed(const trial_words *w, size_t i, gs_buf *b)
{
    const gs_trial_terms *q = &w->r->terms;
    const gs_trial_pool_info *p = &w->r->pool;
    if (w->t->kind == GS_TRIAL_ONSET && i >= 1)
        i += 3; /* an onset has no level, course or rater */
    switch (i) {
    case 0:
        if (w->r->own_draws)
            gs_buf_printf(
                b,
                "The population is the model's own belief, not calibrated against "
                "trials: %zu draws of %zu people; %g%% of a gain's variance is "
                "ignorance of everybody, the rest is how people differ.",
                p->n_draw, p->n_person, 100 * w->t->shared);
        else
            gs_buf_printf(
                b,
                "The population is one calibrated against published trials: %zu draws "
                "of %zu people.%s",
                p->n_draw, p->n_person,
                w->t->kind == GS_TRIAL_ONSET
                    ? " What trials saw of a first onset beyond the model, as log odds of "
                      "falling ill, is in it; the strength of the model itself is assumed."
                    : "");
        return true;
    case 1:
        gs_buf_printf(
            b,
            "On the outcome's latent axis, placebo moves people by %.2f (sd %.2f) "
            "within some %.0f days, and everybody drifts by %.2f (sd %.2f) within "
            "%.0f; both are fitted or assumed, not explained.",
            q->placebo, q->placebo_sd, q->placebo_days, q->drift, q->drift_sd,
            q->drift_days);
        return true;
    case 2:
        gs_buf_printf(
            b,
            "Severity wanders by itself (sd %.2f, over %.0f days) and the rater "
            "adds %.2f: whoever is let in on a bad day is better later, in every "
            "arm.",
            q->wander, q->wander_days, q->rater);
        return true;
    case 3:
        if (isfinite(w->t->age_lo))
            gs_buf_printf(b, "Ages %g to %g are noted only: the model has no age.",
                          w->t->age_lo, w->t->age_hi);
        else
            gs_buf_put(b, "The model has no age.");
        return true;
    case 4:
        if (p->n_refused + p->n_failed)
            gs_buf_printf(b,
                          "%zu people drawn were not of this population and were drawn "
                          "again, %zu because the integrator gave up.",
                          p->n_refused + p->n_failed, p->n_failed);
        else
            gs_buf_put(b, "Nobody had to be drawn again.");
        return true;
    case 5:
        gs_buf_put(
            b,
            w->t->how == GS_TRIAL_CROSSOVER
                ? "Both orders are shown together, and every change is from the first "
                  "morning: what one period leaves to the next is in the figures. "
                : "");
        gs_buf_put(b, "What a model does is no forecast of what a trial will find.");
        return true;
    default: return false;
    }
}
