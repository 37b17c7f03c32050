/* Draws from the calibrated population (gutskin/population.h), for a trial.
 *
 * A column that names a parameter is that parameter's middle over people in this draw;
 * how people spread about it is what the model's prior leaves after `shared`. The course
 * of placebo arms becomes drift and its spread, less what wandering and the rater add
 * again. What trials saw of a lever beyond the axis is added to the arms that move it, at
 * full size whatever the dose: trials are too few to say more. For the onset of eczema it
 * is a log odds, and nothing of a course is taken. */
#include "trial/pool.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "acne.inflamed": what the calibration calls this outcome; NULL where it has none */
static const char *family(const gs_trial *t, const gs_kernel *k)
{
    static const char *const of[GS_N_CONDITION] = {
        "acne.inflamed", "eczema.index", "psoriasis.index", "rosacea.lesions"};
    if (t->kind == GS_TRIAL_ONSET)
        return t->condition == GS_ECZEMA && strcmp(k->state[t->state].name, "Y") == 0
                   ? "eczema.onset" : NULL;
    if (t->kind != GS_TRIAL_SCORE || (unsigned)t->condition >= GS_N_CONDITION)
        return NULL;
    return strcmp(k->see[t->see].name, "signal_comedo") == 0 ? "acne.comedo"
                                                             : of[t->condition];
}

static double value(const gs_population *p, size_t row, const char *first,
                    const char *last, double otherwise)
{
    char name[96];
    snprintf(name, sizeof name, "%.40s%.40s", first, last);
    long c = gs_population_find(p, name);
    return c < 0 ? otherwise : gs_population_at(p, row, c);
}

static void course(const gs_trial *t, const gs_kernel *k, const gs_population *p,
                   size_t row, double between, gs_trial_terms *q)
{
    const char *f = family(t, k);
    double mean = f ? value(p, row, "course.", f, NAN) : NAN;
    double people = f ? value(p, row, "people.", f, NAN) : NAN;
    *q = GS_TRIAL_TERMS_NONE;
    if (!isfinite(mean) || !isfinite(people))
        return;
    gs_trial_terms d = gs_trial_terms_default(t, k);
    bool ln = t->scale->kind == GS_SCALE_COUNT || t->scale->kind == GS_SCALE_POSITIVE;
    double unit = ln ? 1 : t->scale->slope;
    double again = 2 * (d.wander * d.wander + d.rater * d.rater) / (unit * unit);
    // the course is the ln of a mean ratio, the drift that of the middle person
    mean += value(p, row, "between.course", "", 0) * between;
    q->drift = unit * (mean - gs_trial_law_lift(people));
    q->drift_sd = unit * sqrt(fmax(people * people - again, 0.0025));
    q->drift_days = value(p, row, "course_days", "", d.drift_days);
    q->placebo = q->placebo_sd = 0;
}

/* levers a person hopes to move this way; treatments whose whole effect the axis carries
 * are not among them */
static const struct {
    const char *lever;
    int hope;
} hopeful[] = {{"glycaemic", -1}, {"stress", -1},    {"sleep", 1},     {"dairy", -1},
               {"probiotic", 1},  {"prebiotic", 1},  {"fermented", 1}, {"fibre", 1},
               {"sugar", -1},     {"processed", -1}, {"fat", -1},      {"water", 1}};

/* does an arm move a lever, and which way? */
static int moves(const gs_trial_arm *m, const gs_kernel *k, const char *lever)
{
    long l = gs_kernel_lever(k, lever);
    for (size_t i = 0; l >= 0 && i < m->n_change; i++) {
        const gs_trial_change *c = &m->change[i];
        double d = c->move == GS_TRIAL_SET     ? c->value - k->lever[l].habit
                   : c->move == GS_TRIAL_TIMES ? c->value - 1
                                               : c->value;
        if (c->lever == (size_t)l && d != 0)
            return d > 0 ? 1 : -1;
    }
    return 0;
}

static double beyond_of(const gs_trial *t, const gs_kernel *k, const gs_population *p,
                        size_t row, size_t arm, double untried, double between)
{
    const char *f = family(t, k);
    bool onset = t->kind == GS_TRIAL_ONSET;
    double sum = 0;
    bool any = false, none_tried = false;
    for (size_t i = 0; f && i < sizeof hopeful / sizeof *hopeful; i++) {
        char tail[80];
        int way = moves(&t->arm[arm], k, hopeful[i].lever);
        if (way == 0)
            continue;
        snprintf(tail, sizeof tail, "%.30s.%.30s", hopeful[i].lever, f);
        double b = value(p, row, "beyond.", tail, NAN);
        any = true;
        none_tried |= !isfinite(b);
        sum += isfinite(b) ? way * hopeful[i].hope * b : 0;
    }
    if (none_tried)
        sum += value(p, row, onset ? "beyond_sd.onset" : "beyond_sd.skin", "", 0) * untried;
    if (any)
        sum += value(p, row, onset ? "between.onset" : "between.effect", "", 0) * between;
    if (onset)
        return sum;
    bool ln = any &&
              (t->scale->kind == GS_SCALE_COUNT || t->scale->kind == GS_SCALE_POSITIVE);
    return any ? sum * (ln ? 1 : t->scale->slope) : 0;
}

/* parameters that the population speaks of, over those from the priors */
static void centre(const gs_kernel *k, const gs_population *p, size_t row,
                   double shared, gs_dist *par)
{
    for (size_t j = 0; j < k->n_par; j++) {
        const gs_par_info *q = &k->par[j];
        long c = gs_population_find(p, q->name);
        if (c < 0)
            continue;
        par[j] = (gs_dist){.kind = GS_DIST_NONE, .a = gs_population_at(p, row, c)};
        if (q->prior.kind == GS_DIST_NORMAL && q->personal && shared < 1) {
            par[j].kind = GS_DIST_NORMAL;
            par[j].b = q->prior.b * sqrt(1 - shared);
        }
    }
}

gs_status gs_trial_draw_population(gs_arena *a, const gs_trial *t, const gs_kernel *k,
                                   const gs_population *p, size_t n, gs_trial_draw *out,
                                   gs_err *err)
{
    if (p->n_draw < 1)
        return gs_fail(err, GS_EUSE, "the calibrated population holds nobody");
    GS_TRY(gs_trial_draw_priors(a, k, t->shared, n, t->seed, out, err));
    double *beyond = GS_NEW(a, double, n * t->n_arm + 1);
    double *z = GS_NEW(a, double, n * (t->n_arm + 2) + 1);
    if (!beyond || !z)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    // how this trial's course and its arms differ, and what nobody has tried: in even slices
    for (size_t m = 0; m < t->n_arm + 2; m++) {
        gs_rng r = gs_rng_stream(t->seed, m, "trial population");
        draw_slices(n, &r, z + m * n);
    }
    for (size_t i = 0; i < n; i++) {
        size_t row = i * p->n_draw / n % p->n_draw;
        gs_dist *par = GS_NEW(a, gs_dist, k->n_par + 1);
        if (!par)
            return gs_fail(err, GS_ENOMEM, "out of memory");
        memcpy(par, out[i].par, k->n_par * sizeof *par);
        centre(k, p, row, t->shared, par);
        out[i].par = par;
        course(t, k, p, row, z[i], &out[i].terms);
        for (size_t m = 0; m < t->n_arm; m++)
            beyond[i * t->n_arm + m] =
                beyond_of(t, k, p, row, m, z[n + i], z[(m + 2) * n + i]);
        out[i].beyond = beyond + i * t->n_arm;
    }
    return GS_OK;
}
