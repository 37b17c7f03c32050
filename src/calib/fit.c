/* From table to population: rows that calibrate become plans and quantities, the axis is
 * lived and emulated, the posterior sampled; and the same with trials left out. */
#include "calib/calib.h"
#include "gutskin/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ROWS = 500 };

typedef struct job {
    world w;
    size_t n_row, n_group, n_fact;
    gs_plan *plan;
    row_data *row;
    emu *emu, *fact_emu;
    group *group;
    fact *fact;
    gs_evidence_row *fact_row;
} job;

/* ---- what is fitted to --------------------------------------------------------------- */

static bool wanted(const gs_evidence_row *r, const char *without)
{
    return r->calibrates &&
           (!*without || (strcmp(r->trial, without) != 0 && strcmp(r->lever, without) != 0));
}

static gs_status choose_rows(gs_arena *a, job *j, const gs_plan_rules *rules,
                             const gs_evidence *ev, const char *without, gs_err *err)
{
    j->plan = GS_NEW(a, gs_plan, ev->n ? ev->n : 1);
    j->row = GS_NEW(a, row_data, ev->n ? ev->n : 1);
    j->emu = GS_NEW(a, emu, ev->n ? ev->n : 1);
    if (!j->plan || !j->row || !j->emu)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < ev->n; i++) {
        gs_plan *p = &j->plan[j->n_row];
        if (!wanted(&ev->row[i], without))
            continue;
        gs_plan_make(rules, &ev->row[i], p);
        if (p->outside || p->blind) /* of such a trial the control arm alone teaches */
            p->contrast = false;
        if (!p->contrast && !p->control)
            continue;
        if (p->contrast)
            GS_TRY(lived_check(&j->w, p, err));
        if (++j->n_row > MOST_ROWS)
            return gs_fail(err, GS_ERANGE, "more than %d rows to fit to", MOST_ROWS);
    }
    return j->n_row ? GS_OK : gs_fail(err, GS_EUSE, "no row of the table may calibrate the model");
}

/* A fact is a plan too: a lever, days, something seen, in people of no condition. */
static void fact_plan(const gs_fact *f, gs_evidence_row *r, gs_plan *p)
{
    *r = (gs_evidence_row){.id = f->id, .condition = "any", .lever = f->lever, .what = "",
                           .control = "", .population = "", .outcome = f->see, .unit = "",
                           .effect_type = "MD", .effect = f->effect, .arms = "", .trial = f->id,
                           .n_treat = f->n, .n_control = NAN, .ci_lo = NAN, .ci_hi = NAN,
                           .arm_treat = NAN, .arm_control = NAN, .base_treat = NAN,
                           .base_control = NAN, .p = NAN, .weeks = f->days / 7};
    *p = (gs_plan){.row = r, .contrast = true, .how = GS_PLAN_RATIO, .weeks = f->days / 7,
                   .base = 1, .base_gsd = 1, .cv = 0.5, .n_move = 1, .threshold = NAN};
    snprintf(p->see, sizeof p->see, "%s", f->see);
    snprintf(p->move[0].lever, sizeof p->move[0].lever, "%s", f->lever);
    p->move[0].op = '+';
    p->move[0].amount = f->amount;
    p->move[0].habit = NAN;
}

static gs_status choose_facts(gs_arena *a, job *j, const gs_fact *f, size_t n, gs_err *err)
{
    j->fact = GS_NEW(a, fact, n ? n : 1);
    j->fact_row = GS_NEW(a, gs_evidence_row, n ? n : 1);
    j->fact_emu = GS_NEW(a, emu, n ? n : 1);
    if (!j->fact || !j->fact_row || !j->fact_emu)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        size_t k = j->n_fact;
        if (f[i].use == GS_FACT_SHOWN)
            continue;
        fact_plan(&f[i], &j->fact_row[k], &j->fact[k].plan);
        j->fact[k].y = f[i].effect;
        j->fact[k].se = f[i].se;
        j->fact[k].bound = f[i].use == GS_FACT_BOUND;
        GS_TRY(lived_check(&j->w, &j->fact[k].plan, err));
        j->n_fact++;
    }
    return GS_OK;
}

static gs_status emulate(gs_arena *a, job *j, const gs_calib_opts *o, const gs_pool *pool,
                         const gs_progress *progress, gs_calib_report *report, gs_err *err)
{
    size_t n = j->n_row + j->n_fact;
    gs_plan *all = GS_NEW(a, gs_plan, n);
    emu *e = GS_NEW(a, emu, n);

    if (!all || !e)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    memcpy(all, j->plan, j->n_row * sizeof *all);
    for (size_t i = 0; i < j->n_fact; i++)
        all[j->n_row + i] = j->fact[i].plan;
    GS_TRY(emu_make(a, &j->w, n, all, o->seed, pool, progress, e, err));
    memcpy(j->emu, e, j->n_row * sizeof *e);
    memcpy(j->fact_emu, e + j->n_row, j->n_fact * sizeof *e);
    report->emulator_worst = "";
    for (size_t i = 0; i < n; i++) {
        if (all[i].contrast && e[i].error > report->emulator_error) {
            report->emulator_error = e[i].error;
            report->emulator_worst = all[i].row->id;
        }
    }
    return GS_OK;
}

static post posterior(const job *j, const bool *left_out)
{
    return (post){.w = &j->w, .n_row = j->n_row, .n_group = j->n_group, .n_fact = j->n_fact,
                  .row = j->row, .emu = j->emu, .group = j->group, .fact = j->fact,
                  .fact_emu = j->fact_emu, .left_out = left_out};
}

/* ---- the population ------------------------------------------------------------------ */

/* Fingerprint of the rows a population was fitted to. */
static uint64_t evidence_hash(const job *j)
{
    unsigned long long h = GS_HASH_START;

    for (size_t i = 0; i < j->n_row; i++) {
        const gs_evidence_row *r = j->plan[i].row;
        double v[] = {r->effect, r->ci_lo, r->ci_hi, r->arm_treat, r->arm_control, r->weeks};
        char text[200];
        h = gs_text_hash(h, r->id, strlen(r->id) + 1);
        for (size_t k = 0; k < sizeof v / sizeof *v; k++) {
            snprintf(text, sizeof text, "%.9g", v[k]);
            h = gs_text_hash(h, text, strlen(text) + 1);
        }
    }
    return h;
}

static gs_status to_population(gs_arena *a, const job *j, const post_out *s,
                               const gs_calib_opts *o, gs_population **out, gs_err *err)
{
    size_t n = j->w.n, keep = o->n_keep < s->n ? o->n_keep : s->n;
    gs_population *p = GS_NEW(a, gs_population, 1);
    const char **name = GS_NEW(a, const char *, n);
    double *draw = GS_NEW(a, double, keep * n);

    if (!p || !name || !draw)
        return gs_fail(err, GS_ENOMEM, "out of memory for the population");
    for (size_t c = 0; c < n; c++) {
        name[c] = gs_arena_strdup(a, j->w.p[c].name);
        if (!name[c])
            return gs_fail(err, GS_ENOMEM, "out of memory for the population");
    }
    for (size_t d = 0; d < keep; d++) /* evenly through all chains */
        memcpy(draw + d * n, s->theta + d * s->n / keep * n, n * sizeof *draw);
    *p = (gs_population){.version = 1, .seed = o->seed, .model = j->w.k->hash,
                         .evidence = evidence_hash(j), .n_draw = keep, .n_par = n,
                         .name = name, .draw = draw};
    *out = p;
    return GS_OK;
}

/* ---- leaving out --------------------------------------------------------------------- */

/* A contrast as it would be printed: drawn anew while the press would leave it out. */
static double row_draw(const world *w, const row_data *r, const double *theta, double mean,
                       double sd, gs_rng *rng)
{
    double y = mean;

    for (int attempt = 0; attempt < 200; attempt++) {
        y = mean + sd * gs_rng_normal(rng);
        if (gs_rng_uniform(rng) < row_printed(w, r, theta, y))
            break;
    }
    return y;
}

/* What a fit foretells for the contrasts of a group it had not seen: sampled on the scale
 * errors are normal on. */
static gs_status foretell(gs_arena *a, const job *j, const post_out *s, size_t i_group,
                          bool lever, uint64_t seed, gs_calib_report *report, gs_err *err)
{
    const group *g = &j->group[i_group];
    double *x = GS_NEW(a, double, s->n), effect[MOST_ROWS + 1], mean, sd;
    group_q q;

    if (!x)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < g->n; i++) {
        const row_data *r = &j->row[g->row[i]];
        if (!r->has_contrast)
            continue;
        gs_rng rng = gs_rng_stream(seed, g->row[i], "left out");
        size_t at = 0;
        for (size_t k = 0; k < i; k++) {
            const row_data *b = &j->row[g->row[k]];
            at += (size_t)b->has_control + (size_t)(b->has_contrast || b->has_treat);
        }
        at += r->has_control;
        for (size_t d = 0; d < s->n; d++) {
            const double *theta = s->theta + d * j->w.n;
            for (size_t k = 0; k < g->n; k++) {
                const row_data *b = &j->row[g->row[k]];
                effect[g->row[k]] = b->plan.contrast ? emu_at(&j->emu[g->row[k]], theta) : 0;
            }
            group_predict(&j->w, g, j->row, effect, theta, &q);
            x[d] = row_draw(&j->w, r, theta, q.mean[at], sqrt(q.cov[at * g->n_q + at]), &rng);
        }
        mean = sd = 0;
        for (size_t d = 0; d < s->n; d++)
            mean += x[d] / (double)s->n;
        for (size_t d = 0; d < s->n; d++)
            sd += (x[d] - mean) * (x[d] - mean) / (double)(s->n - 1);
        sd = sqrt(sd);
        num_sort(s->n, x);
        gs_left_out *l = &report->left_out[report->n_left_out++];
        double y = r->y, q05 = num_quantile_sorted(s->n, x, 0.05),
               q25 = num_quantile_sorted(s->n, x, 0.25), q75 = num_quantile_sorted(s->n, x, 0.75),
               q95 = num_quantile_sorted(s->n, x, 0.95);
        *l = (gs_left_out){.id = r->plan.row->id, .lever = lever,
                           .published = row_from_y(r, y), .mean = row_from_y(r, mean), .sd = sd,
                           .q05 = row_from_y(r, q05), .q25 = row_from_y(r, q25),
                           .q75 = row_from_y(r, q75), .q95 = row_from_y(r, q95),
                           .z = (y - mean) / sd, .in50 = y >= q25 && y <= q75,
                           .in90 = y >= q05 && y <= q95};
    }
    return GS_OK;
}

static bool has_contrast(const job *j, size_t g)
{
    for (size_t i = 0; i < j->group[g].n; i++) {
        if (j->row[j->group[g].row[i]].has_contrast)
            return true;
    }
    return false;
}

/* Lever group of a trial: that of its first contrast. */
static const char *lever_of(const job *j, size_t g)
{
    for (size_t i = 0; i < j->group[g].n; i++) {
        const row_data *r = &j->row[j->group[g].row[i]];
        if (r->has_contrast)
            return r->plan.group;
    }
    return "";
}

static gs_status one_left_out(gs_arena *a, const job *j, const bool *out, bool lever,
                              const gs_calib_opts *o, const gs_pool *pool,
                              gs_calib_report *report, gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    post p = posterior(j, NULL);
    post_out s;
    post_opts po = {.n_chain = 2, .n_warmup = 300, .n_draw = 400, .seed = o->seed};

    gs_status st = post_make(a, &p, err);
    p.left_out = out;
    if (st == GS_OK)
        st = post_sample(a, &p, &po, pool, NULL, &s, err);
    for (size_t g = 0; st == GS_OK && g < j->n_group; g++) {
        if (out[g])
            st = foretell(a, j, &s, g, lever, o->seed, report, err);
    }
    gs_arena_release(a, m);
    return st;
}

static gs_status leave_out(gs_arena *a, const job *j, const gs_calib_opts *o, const gs_pool *pool,
                           const gs_progress *progress, gs_calib_report *report, gs_err *err)
{
    bool *out = GS_NEW(a, bool, j->n_group);

    report->left_out = GS_NEW(a, gs_left_out, 2 * j->n_row + 1);
    if (!out || !report->left_out)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (int lever = 0; lever < 2; lever++) {
        for (size_t g = 0; g < j->n_group; g++) {
            bool first = has_contrast(j, g);
            for (size_t h = 0; lever && h < g; h++)
                first = first && strcmp(lever_of(j, h), lever_of(j, g)) != 0;
            if (!first)
                continue;
            for (size_t h = 0; h < j->n_group; h++)
                out[h] = lever ? strcmp(lever_of(j, h), lever_of(j, g)) == 0 : h == g;
            GS_TRY(one_left_out(a, j, out, lever, o, pool, report, err));
            gs_progress_tick(progress, lever ? "leaving out levers" : "leaving out trials",
                             (double)(g + 1) / (double)j->n_group);
            if (gs_progress_cancelled(progress))
                return gs_fail(err, GS_ECANCEL, "cancelled");
        }
    }
    return GS_OK;
}

gs_status gs_calib_fit(gs_arena *a, const gs_kernel *k, const gs_plan_rules *rules,
                       const gs_evidence *ev, const gs_fact *fact_in, size_t n_fact,
                       const gs_calib_opts *o, const gs_pool *pool,
                       const gs_progress *progress, gs_population **out,
                       gs_calib_report *report, gs_err *err)
{
    job *j = GS_NEW(a, job, 1);
    post_out s = {0};

    memset(report, 0, sizeof *report);
    if (!j)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    j->w.k = k;
    GS_TRY(choose_rows(a, j, rules, ev, o->without, err));
    GS_TRY(world_make(&j->w, k, j->n_row, j->plan, err));
    for (size_t i = 0; i < j->n_row; i++)
        row_read(&j->w, &j->plan[i], &j->row[i]);
    GS_TRY(groups_make(a, j->n_row, j->row, &j->n_group, &j->group, err));
    GS_TRY(choose_facts(a, j, fact_in, n_fact, err));
    GS_TRY(emulate(a, j, o, pool, progress, report, err));
    post p = posterior(j, NULL);
    GS_TRY(post_make(a, &p, err));
    post_opts po = {.n_chain = o->n_chain, .n_warmup = o->n_warmup, .n_draw = o->n_draw,
                    .seed = o->seed};
    GS_TRY(post_sample(a, &p, &po, pool, progress, &s, err));
    for (size_t i = 0; i < j->n_row; i++) {
        report->n_contrast += j->row[i].has_contrast;
        report->n_control += j->row[i].has_control;
    }
    report->n_trial = j->n_group;
    report->n_fact = j->n_fact;
    report->n_number = j->w.n;
    report->rhat = s.rhat;
    report->ess = s.ess;
    report->n_divergent = s.n_divergent;
    report->ok = s.rhat < 1.05 && s.ess > 100;
    if (!report->ok)
        snprintf(report->why_not, sizeof report->why_not,
                 "the chains do not agree: R-hat %.3f, %.0f effective draws; sample longer",
                 s.rhat, s.ess);
    GS_TRY(to_population(a, j, &s, o, out, err));
    return o->left_out ? leave_out(a, j, o, pool, progress, report, err) : GS_OK;
}
