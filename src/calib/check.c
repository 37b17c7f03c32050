/* The check: rows rerun with draws of the population and set beside what was published.
 *
 * Each draw of the population lives the trial anew, with few people; what it does as a
 * function of the gains is smoothed over the draws (emu_smooth), which takes off the noise
 * of few people. Then each draw is given what lies beyond the axis, the course and the
 * differences between trials; the error of a trial of this size and the press are closed
 * forms. The quantiles of that mixture are the predictive interval. */
#include "calib/calib.h"
#include "gutskin/rng.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { PER_LIFE = 8 }; /* ways in which a trial may differ, for each draw */

typedef struct checker {
    const world *w;
    const gs_population *pop;
    const gs_check_opts *o;
    gs_check *c;
    row_data *row;
    size_t n_life, *life_row;
    size_t n_draw;
    double *theta;  /* [n_draw x w->n]   */
    double *effect; /* [n_life x n_draw] */
    gs_err *lives;  /* [n_life]          */
    atomic_bool *bad;
    const gs_progress *progress;
    atomic_size_t done;
} checker;

/* Standard normals, one from each of n even slices in an order of their own: their mean is
 * nought. */
static void slices(uint64_t seed, uint64_t key, size_t n, double *z)
{
    gs_rng r = gs_rng_stream(seed, key, "slices");

    for (size_t d = 0; d < n; d++) {
        double p = ((double)d + 0.5) / (double)n;
        z[d] = num_normal_quantile(p, 1 - p);
    }
    for (size_t d = n; d > 1; d--) {
        size_t j = gs_rng_below(&r, d);
        double keep = z[d - 1];
        z[d - 1] = z[j];
        z[j] = keep;
    }
}

/* Draws of the population as values of the world's numbers; a term for which there was
 * no trial is drawn from the spread of those that had some. */
static gs_status take_draws(gs_arena *a, checker *x, gs_err *err)
{
    const world *w = x->w;
    double *z = GS_NEW(a, double, x->n_draw);

    if (!z)
        return gs_fail(err, GS_ENOMEM, "out of memory for the check");
    for (size_t i = 0; i < w->n; i++) { /* spreads stand before the terms they spread */
        long c = gs_population_find(x->pop, w->p[i].name);
        if (c < 0) /* by its name: a row's answer does not hang on the rows beside it */
            slices(x->o->seed, gs_text_hash(GS_HASH_START, w->p[i].name, strlen(w->p[i].name)),
                   x->n_draw, z);
        for (size_t d = 0; d < x->n_draw; d++) {
            double *theta = x->theta + d * w->n;
            theta[i] = c >= 0 ? gs_population_at(x->pop, d * x->pop->n_draw / x->n_draw, c)
                              : world_value(w, i, z[d], theta);
        }
    }
    return GS_OK;
}

static void live(void *ctx, size_t i)
{
    checker *x = ctx;
    size_t life = i / x->n_draw, d = i % x->n_draw;
    gs_err err = {0};
    double turn = fmod(0.5 + 0.618034 * (double)d, 1);

    if (gs_progress_cancelled(x->progress) || atomic_load(&x->bad[life]))
        return;
    if (lived_effect(x->w, &x->row[x->life_row[life]].plan, x->theta + d * x->w->n,
                     x->o->n_person, turn, &x->effect[life * x->n_draw + d], &err) != GS_OK &&
        !atomic_exchange(&x->bad[life], true))
        x->lives[life] = err;
    size_t done = atomic_fetch_add(&x->done, 1) + 1;
    if (done % 32 == 0)
        gs_progress_tick(x->progress, "rerunning the trials",
                         (double)done / (double)(x->n_life * x->n_draw));
}

static void judge(double published, double se, gs_check_value *v)
{
    v->has = true;
    v->published = published;
    v->se = se;
    v->lo = published - 1.959964 * se;
    v->hi = published + 1.959964 * se;
    v->z = (published - v->mean) / v->sd; /* NaN where nothing was published */
    v->in50 = published >= v->q25 && published <= v->q75;
    v->in90 = published >= v->q05 && published <= v->q95;
    v->width = se > 0 ? (v->q95 - v->q05) / (2 * 1.959964 * se) : NAN;
}

static void summarise_mixture(const mixture *m, double published, double se, gs_check_value *v)
{
    *v = (gs_check_value){0};
    mixture_moments(m, &v->mean, &v->sd);
    v->q05 = mixture_quantile(m, 0.05);
    v->q25 = mixture_quantile(m, 0.25);
    v->q50 = mixture_quantile(m, 0.5);
    v->q75 = mixture_quantile(m, 0.75);
    v->q95 = mixture_quantile(m, 0.95);
    judge(published, se, v);
}

/* ---- numbers ------------------------------------------------------------------------- */

static void summarise(size_t n, double *y, double published, double se, gs_check_value *v)
{
    double mean = 0, var = 0;

    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        var += (y[i] - mean) * (y[i] - mean) / (double)(n - 1);
    num_sort(n, y);
    *v = (gs_check_value){.mean = mean, .sd = sqrt(var),
                          .q05 = num_quantile_sorted(n, y, 0.05),
                          .q25 = num_quantile_sorted(n, y, 0.25),
                          .q50 = num_quantile_sorted(n, y, 0.5),
                          .q75 = num_quantile_sorted(n, y, 0.75),
                          .q95 = num_quantile_sorted(n, y, 0.95)};
    judge(published, se, v);
}

/* Back to the unit the row was printed in. */
static void to_unit(const row_data *r, gs_check_value *v)
{
    double *x[] = {&v->published, &v->lo, &v->hi, &v->mean, &v->q05, &v->q25, &v->q50, &v->q75,
                   &v->q95};

    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        *x[i] = row_from_y(r, *x[i]);
}

/* The three numbers of a row: each draw of the population with PER_LIFE ways in which a
 * trial may differ, drawn from even slices. */
static gs_status row_numbers(gs_arena *a, const checker *x, size_t i, const double *effect,
                             gs_check_row *out, gs_err *err)
{
    const row_data *r = &x->row[i];
    size_t n = x->n_draw * PER_LIFE;
    double *treat = GS_NEW(a, double, n), *total = GS_NEW(a, double, x->n_draw),
           *z = GS_NEW(a, double, 3 * n);
    mixture y = {.n = n, .p = GS_NEW(a, mixture_part, n), .choosy = r->choosy && r->has_contrast,
                 .hope = r->hope, .cut = 1.959964 * r->y_se},
            control = {.n = n, .p = GS_NEW(a, mixture_part, n)};
    const char *id = r->plan.row->id;
    uint64_t key = gs_text_hash(GS_HASH_START, id, strlen(id));
    gs_rng rng = gs_rng_stream(x->o->seed, key, "arms");
    double sum_axis = 0, drift = 0;

    if (!y.p || !control.p || !treat || !total || !z)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t k = 0; k < 3; k++)
        slices(x->o->seed, key + k, n, z + k * n);
    for (size_t d = 0; d < x->n_draw; d++) {
        const double *theta = x->theta + d * x->w->n;
        row_fit f = row_fit_of(x->w, r, theta, effect ? effect[d] : 0);
        double vc = r->course < 0 ? 0 : theta[x->w->between_course] * sqrt(r->shrink);
        double ve = theta[world_between_of(x->w, &r->plan)] * sqrt(r->shrink);
        row_dev none = {0};
        row_press press = row_press_of(x->w, r, theta, &f);
        double middle = row_predict(r, &f, &none).y;
        row_fit flat = f;
        flat.effect = flat.beyond = 0;
        drift += row_predict(r, &flat, &none).control / (double)x->n_draw;
        sum_axis += f.effect * (r->plan.how == GS_PLAN_ODDS ? f.slope : 1);
        total[d] = f.effect * (r->plan.how == GS_PLAN_ODDS ? f.slope : 1) + f.beyond;
        for (size_t k = 0; k < PER_LIFE; k++) {
            size_t at = d * PER_LIFE + k;
            row_dev dev = {vc * z[at], ve * z[n + at], log(r->plan.base_gsd) * z[2 * n + at]};
            row_pred p = row_predict(r, &f, &dev);
            double mean = r->pooled >= 2 ? middle + press.shift + press.scale * (p.y - middle) : p.y;
            y.p[at] = (mixture_part){mean, fmax(press.scale * r->y_se, 1e-12),
                             row_printed(x->w, r, theta, -r->hope * HUGE_VAL), 0};
            control.p[at] = (mixture_part){p.control, fmax(r->control_se, 1e-12), 1, 0};
            treat[at] = p.treat;
        }
    }
    mixture_weigh(&y, x->n_draw);
    mixture_weigh(&control, x->n_draw);
    for (size_t at = 0; r->has_contrast && isfinite(r->treat) && at < n; at++) {
        double c = control.p[at].mean + r->control_se * gs_rng_normal(&rng);
        treat[at] = r->differ && r->has_control ? c + mixture_draw(&y, &y.p[at], &rng)
                                                : treat[at] + r->treat_se * gs_rng_normal(&rng);
    }
    out->axis = sum_axis / (double)x->n_draw;
    num_sort(x->n_draw, total);
    for (size_t d = 0; d < x->n_draw; d++) {
        out->effect += total[d] / (double)x->n_draw;
        out->helps += (total[d] < 0 ? 1.0 : total[d] == 0 ? 0.5 : 0) / (double)x->n_draw;
    }
    out->effect_lo = num_quantile_sorted(x->n_draw, total, 0.05);
    out->effect_hi = num_quantile_sorted(x->n_draw, total, 0.95);
    if (r->has_control)
        summarise_mixture(&control, r->control, r->control_se, &out->control);
    if (!effect)
        return GS_OK;
    if (r->has_contrast || r->plan.blind) {
        summarise_mixture(&y, r->has_contrast ? r->y : NAN, r->y_se, &out->contrast);
        // no difference, on that scale, is nought
        out->null = out->contrast.lo <= 0 && out->contrast.hi >= 0;
        out->null_foretold = out->contrast.q05 <= 0 && out->contrast.q95 >= 0;
        double half = 1.959964 * r->y_se;
        out->at = r->y / half;
        out->at05 = out->contrast.q05 / half;
        out->at25 = out->contrast.q25 / half;
        out->at50 = out->contrast.mean / half;
        out->at75 = out->contrast.q75 / half;
        out->at95 = out->contrast.q95 / half;
        to_unit(r, &out->contrast);
        out->none = row_from_y(r, 0);
    } else if (r->has_treat) {
        summarise_mixture(&y, r->y, r->y_se, &out->treat);
    }
    if (r->has_contrast && isfinite(r->treat)) {
        summarise(n, treat, r->treat, r->treat_se, &out->treat);
        out->z_none = r->treat / r->treat_se; /* no change: of a score, or nobody answers */
        out->z_drift = (r->treat - drift) / r->treat_se;
    }
    return GS_OK;
}

/* ---- scores --------------------------------------------------------------------------- */

typedef struct tally {
    size_t n;
    double z[2048];
    double square, none, drift;
} tally;

static void count(gs_check_score *s, tally *t, const gs_check_value *v, double y, double mean,
                  double none, double drift)
{
    if (!v->has || isnan(v->published) || t->n == 2048)
        return;
    s->n++;
    s->n_in50 += v->in50;
    s->n_in90 += v->in90;
    s->n_narrow += v->width <= 2;
    s->n_in90_narrow += v->in90 && v->width <= 2;
    t->z[t->n++] = fabs(v->z);
    t->square += (y - mean) * (y - mean) / (v->se * v->se);
    t->none += (y - none) * (y - none) / (v->se * v->se);
    t->drift += (y - drift) * (y - drift) / (v->se * v->se);
}

static void finish(gs_check_score *s, tally *t)
{
    s->median_z = s->rmse = s->rmse_none = s->rmse_drift = NAN;
    if (t->n == 0)
        return;
    num_sort(t->n, t->z);
    s->median_z = num_quantile_sorted(t->n, t->z, 0.5);
    s->rmse = sqrt(t->square / (double)t->n);
    s->rmse_none = sqrt(t->none / (double)t->n);
    s->rmse_drift = sqrt(t->drift / (double)t->n);
}

static double on_scale(const row_data *r, double x)
{
    const char *t = r->plan.row->effect_type + (r->plan.row->effect_type[0] == 'a');

    if (r->log)
        return log(x);
    if (strcmp(t, "r") == 0)
        return 2 * x / sqrt(1 - x * x);
    return x;
}

static gs_status score(gs_arena *a, const checker *x, gs_err *err)
{
    gs_check *c = x->c;
    tally *t = GS_NEW(a, tally, 5);

    if (!t)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < c->n; i++) {
        gs_check_row *r = &c->row[i];
        const row_data *d = &x->row[i];
        bool cal = r->plan.row->calibrates;
        c->n_contrast += r->contrast.has && !r->plan.blind;
        c->n_blind += r->contrast.has && r->plan.blind;
        c->n_control += r->control.has;
        c->n_not += !r->contrast.has && !r->control.has && !r->treat.has;
        if (r->contrast.has && r->plan.outside)
            count(&c->outside, &t[4], &r->contrast, d->y, on_scale(d, r->contrast.mean), 0, 0);
        else if (r->contrast.has)
            count(cal ? &c->calibrating : &c->others, &t[cal ? 0 : 1], &r->contrast, d->y,
                  on_scale(d, r->contrast.mean), 0, 0);
        double still = 0; /* no change: of a score, or of a share below its threshold */
        if (r->control.has && cal)
            count(&c->control_arms, &t[2], &r->control, r->control.published, r->control.mean,
                  still, r->control.mean);
        if (r->treat.has && r->contrast.has && cal)
            count(&c->treated_arms, &t[3], &r->treat, r->treat.published, r->treat.mean, still,
                  r->treat.published - r->z_drift * r->treat.se);
        // what nobody could look up again is counted apart
        if (r->contrast.has && r->null && r->plan.row->grade != GS_GRADE_MEMORY) {
            c->n_null++;
            c->n_null_foretold += r->null_foretold;
        } else if (r->contrast.has && r->null) {
            c->n_null_memory++;
            c->n_null_memory_foretold += r->null_foretold;
        }
    }
    finish(&c->calibrating, &t[0]);
    finish(&c->others, &t[1]);
    finish(&c->control_arms, &t[2]);
    finish(&c->treated_arms, &t[3]);
    finish(&c->outside, &t[4]);
    return GS_OK;
}

gs_status gs_calib_check(gs_arena *a, const gs_kernel *k, const gs_plan_rules *rules,
                         size_t n_row, const gs_evidence_row *const *row,
                         const gs_population *pop, const gs_check_opts *o,
                         const gs_pool *pool, const gs_progress *progress, gs_check **out,
                         gs_err *err)
{
    world *w = GS_NEW(a, world, 1);
    gs_plan *plan = GS_NEW(a, gs_plan, n_row + 1);
    gs_check *c = GS_NEW(a, gs_check, 1);
    checker x = {.w = w, .pop = pop, .o = o, .c = c, .progress = progress};
    size_t *of = GS_NEW(a, size_t, n_row + 1);

    if (pop->n_draw < 2)
        return gs_fail(err, GS_EUSE, "the population has no draws; make it with gutskin calibrate");
    x.n_draw = o->n_draw < pop->n_draw ? o->n_draw : pop->n_draw;
    x.row = GS_NEW(a, row_data, n_row + 1);
    x.life_row = GS_NEW(a, size_t, n_row + 1);
    if (!w || !plan || !c || !of || !x.row || !x.life_row ||
        !(c->row = GS_NEW(a, gs_check_row, n_row + 1)))
        return gs_fail(err, GS_ENOMEM, "out of memory for the check");
    c->n = n_row;
    c->n_draw = x.n_draw;
    c->n_person = o->n_person;
    for (size_t i = 0; i < n_row; i++) {
        gs_err no = {0};
        gs_plan_make(rules, row[i], &plan[i]);
        w->k = k;
        if (plan[i].contrast && lived_check(w, &plan[i], &no) != GS_OK) {
            plan[i].contrast = false;
            snprintf(plan[i].why, sizeof plan[i].why, "%.199s", no.msg);
        }
    }
    GS_TRY(world_make(w, k, n_row, plan, err));
    // what is lived: each different trial once
    for (size_t i = 0; i < n_row; i++) {
        size_t l = 0;
        row_read(w, &plan[i], &x.row[i]);
        c->row[i].plan = plan[i];
        memcpy(c->row[i].why, plan[i].why, sizeof c->row[i].why);
        of[i] = SIZE_MAX;
        if (!x.row[i].has_contrast && !x.row[i].has_treat && !plan[i].blind)
            continue;
        while (l < x.n_life && !lived_same(&plan[x.life_row[l]], &plan[i]))
            l++;
        if (l == x.n_life)
            x.life_row[x.n_life++] = i;
        of[i] = l;
    }
    x.theta = GS_NEW(a, double, x.n_draw * w->n);
    x.effect = GS_NEW(a, double, (x.n_life + 1) * x.n_draw);
    x.lives = GS_NEW(a, gs_err, x.n_life + 1);
    x.bad = (atomic_bool *)GS_NEW(a, atomic_bool, x.n_life + 1);
    if (!x.theta || !x.effect || !x.lives || !x.bad)
        return gs_fail(err, GS_ENOMEM, "out of memory for the check");
    GS_TRY(take_draws(a, &x, err));
    gs_pool_run(pool, x.n_life * x.n_draw, live, &x);
    if (gs_progress_cancelled(progress))
        return gs_fail(err, GS_ECANCEL, "cancelled");
    for (size_t l = 0; l < x.n_life; l++) {
        if (!atomic_load(&x.bad[l]))
            emu_smooth(w, &plan[x.life_row[l]], x.n_draw, x.theta, w->n, x.effect + l * x.n_draw);
    }
    for (size_t i = 0; i < n_row; i++) {
        gs_check_row *r = &c->row[i];
        const double *effect = of[i] == SIZE_MAX ? NULL : x.effect + of[i] * x.n_draw;
        if (effect && atomic_load(&x.bad[of[i]])) {
            snprintf(r->why, sizeof r->why, "the axis could not be lived: %.150s", x.lives[of[i]].msg);
            effect = NULL;
        }
        r->lived = effect != NULL;
        if (!effect && !*r->why)
            snprintf(r->why, sizeof r->why, "no difference between groups was reported");
        if (effect || x.row[i].has_control) {
            gs_mark m = gs_arena_mark(a);
            gs_status st = row_numbers(a, &x, i, effect, r, err);
            gs_arena_release(a, m);
            GS_TRY(st);
        }
    }
    GS_TRY(score(a, &x, err));
    *out = c;
    return GS_OK;
}

/* ---- JSON ----------------------------------------------------------------------------- */

static void put_number(gs_buf *b, const char *key, double x)
{
    if (isfinite(x))
        gs_buf_printf(b, ", \"%s\": %.6g", key, x);
    else
        gs_buf_printf(b, ", \"%s\": null", key);
}

static void put_string(gs_buf *b, const char *key, const char *t)
{
    gs_buf_printf(b, ", \"%s\": \"", key);
    for (; *t; t++) {
        if (*t == '"' || *t == '\\')
            gs_buf_printf(b, "\\%c", *t);
        else if ((unsigned char)*t < 0x20)
            gs_buf_printf(b, "\\u%04x", (unsigned)(unsigned char)*t);
        else
            gs_buf_put_n(b, t, 1);
    }
    gs_buf_put(b, "\"");
}

static void put_value(gs_buf *b, const char *key, const gs_check_value *v)
{
    if (!v->has) {
        gs_buf_printf(b, ",\n   \"%s\": null", key);
        return;
    }
    gs_buf_printf(b, ",\n   \"%s\": {\"in50\": %s, \"in90\": %s", key, v->in50 ? "true" : "false",
                  v->in90 ? "true" : "false");
    put_number(b, "published", v->published);
    put_number(b, "published_lo95", v->lo);
    put_number(b, "published_hi95", v->hi);
    put_number(b, "foretold", v->mean);
    put_number(b, "q05", v->q05);
    put_number(b, "q25", v->q25);
    put_number(b, "q50", v->q50);
    put_number(b, "q75", v->q75);
    put_number(b, "q95", v->q95);
    put_number(b, "z", v->z);
    put_number(b, "width", v->width);
    gs_buf_put(b, "}");
}

static void put_score(gs_buf *b, const char *key, const gs_check_score *s)
{
    gs_buf_printf(b, ",\n \"%s\": {\"n\": %zu, \"in50\": %zu, \"in90\": %zu, \"width_at_most_2\": %zu, "
                     "\"in90_and_narrow\": %zu", key, s->n, s->n_in50, s->n_in90, s->n_narrow,
                  s->n_in90_narrow);
    put_number(b, "median_abs_z", s->median_z);
    put_number(b, "rmse", s->rmse);
    put_number(b, "rmse_no_change", s->rmse_none);
    put_number(b, "rmse_control_drift", s->rmse_drift);
    gs_buf_put(b, "}");
}

void gs_check_json(const gs_check *c, gs_buf *b)
{
    gs_buf_printf(b, "{\"rows\": %zu, \"contrasts\": %zu, \"control_arms\": %zu, \"not_expressed\": %zu, \"no_number\": %zu, "
                     "\"null\": %zu, \"null_foretold\": %zu, \"null_memory\": %zu, "
                     "\"null_memory_foretold\": %zu, \"draws\": %zu, \"people\": %zu",
                  c->n, c->n_contrast, c->n_control, c->n_not, c->n_blind, c->n_null, c->n_null_foretold,
                  c->n_null_memory, c->n_null_memory_foretold,
                  c->n_draw, c->n_person);
    put_score(b, "calibrating", &c->calibrating);
    put_score(b, "others", &c->others);
    put_score(b, "control_arms_scores", &c->control_arms);
    put_score(b, "treated_arms", &c->treated_arms);
    put_score(b, "outside_the_axis", &c->outside);
    gs_buf_put(b, ",\n \"results\": [");
    for (size_t i = 0; i < c->n; i++) {
        const gs_check_row *r = &c->row[i];
        const gs_plan *p = &r->plan;
        gs_buf_printf(b, "%s\n  {\"calibrates\": %s", i ? "," : "", p->row->calibrates ? "true" : "false");
        put_string(b, "id", p->row->id);
        put_string(b, "condition", p->row->condition);
        put_string(b, "lever", p->row->lever);
        put_string(b, "unit", p->row->unit);
        put_string(b, "effect_type", p->row->effect_type);
        put_string(b, "why_not", r->why);
        put_string(b, "mend", *r->why && p->mend ? p->mend : "");
        put_string(b, "read_as", p->row->reading ? p->row->reading : "");
        gs_buf_printf(b, ", \"outside_the_axis\": %s, \"no_number_published\": %s",
                      p->outside ? "true" : "false", p->blind ? "true" : "false");
        gs_buf_put(b, ", \"moves\": [");
        for (size_t m = 0; m < p->n_move; m++)
            gs_buf_printf(b, "%s\"%s %c%.4g\"", m ? ", " : "", p->move[m].lever, p->move[m].op,
                          p->move[m].amount);
        gs_buf_put(b, "]");
        put_string(b, "outcome_seen_as", p->see);
        put_number(b, "weeks", p->weeks);
        put_number(b, "start", p->base);
        put_number(b, "ln_effect_axis", r->lived ? r->axis : NAN);
        put_number(b, "ln_effect", r->lived ? r->effect : NAN);
        put_number(b, "ln_effect_q05", r->lived ? r->effect_lo : NAN);
        put_number(b, "ln_effect_q95", r->lived ? r->effect_hi : NAN);
        put_value(b, "control", &r->control);
        put_value(b, "treated", &r->treat);
        put_value(b, "contrast", &r->contrast);
        gs_buf_put(b, "}");
    }
    gs_buf_put(b, "\n ]}\n");
}
