/* One posterior, two samplers: ours, and Stan's on the model as the model compiler exports it.
 *
 *     bench_stan_year FOLDER          ours; writes FOLDER/data.json and FOLDER/ours.json
 *     Rscript bench/stan/run.R ...    Stan on the same (see there)
 *
 * The diary is bench/stan/year.scn: a year, one Gaussian score a day, seven free parameters
 * of the body and four of the score. Here the path starts from one fixed state (Stan has no
 * settling), so that both see the same density; log densities are compared by run.R. */
#include "gutskin/diary.h"
#include "gutskin/scenario.h"
#include "infer/num.h"
#include "infer/nuts.h"
#include "infer/problem.h"
#include "infer/surrogate.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N_CHAIN = 4 };

typedef struct study {
    gs_arena *a;
    problem *p;
    post *w[N_CHAIN];
    double *u, *L; /* mode and metric */
} study;

static void must(gs_status st, const gs_err *err)
{
    char text[1000];
    if (st == GS_OK)
        return;
    fprintf(stderr, "%s\n", gs_err_text(err, text, sizeof text));
    exit(1);
}

static double clock_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* the scenario's diary as a table of observations */
static gs_obs *make_table(gs_arena *a)
{
    char *text;
    size_t n;
    gs_err err = {0};
    gs_scenario *sc;
    gs_buf csv = {0};
    gs_diary *d;
    gs_obs *obs;
    gs_import_took took;
    const char *file = "bench/stan/year.scn", *db = "stan-year.db";

    must(gs_text_read_file(file, 1 << 20, &text, &n, &err), &err);
    must(gs_scenario_parse(a, gs_axis(), file, text, n, &sc, &err), &err);
    must(gs_scenario_diary_csv(sc, gs_axis(), &GS_SIM_OPTS, sc->seed, file, &csv, &err),
              &err);
    remove(db);
    must(gs_diary_open(db, true, &d, &err), &err);
    gs_import_opts io = GS_IMPORT_OPTS;
    must(gs_diary_import(d, a, "year.csv", csv.data, csv.len, &io, &took, &err), &err);
    const char *const *people;
    must(gs_diary_people(d, a, &people, &err), &err);
    must(gs_diary_obs(d, people[0], a, &obs, &err), &err);
    gs_diary_close(d);
    remove(db);
    gs_buf_free(&csv);
    free(text);
    return obs;
}

/* The problem with one start for all parameters: where the reference body rests. */
static void fix_start(study *s)
{
    gs_sim *sim;
    gs_err err = {0};
    must(gs_sim_new(s->p->k, &GS_SIM_OPTS, &sim, &err), &err);
    must(gs_sim_settle(sim, s->p->par, s->p->habit, s->p->x0, &err), &err);
    gs_sim_free(sim);
    s->p->settle = false;
}

static double eval_slot(void *self, size_t slot, const double *u, double *grad)
{
    post **w = self;
    return post_eval(w[slot], u, grad);
}

static double exact_slot(void *self, size_t slot, const double *u, double *grad)
{
    post **w = self;
    return post_exact(w[slot], u, grad);
}

/* ---- what Stan is given ---- */

static json_t *reals(size_t n, const double *x)
{
    json_t *j = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(j, json_real(x[i]));
    return j;
}

static void put(json_t *j, const char *name, json_t *value)
{
    json_object_set_new(j, name, value);
}

static json_t *stan_data(const study *s)
{
    const problem *p = s->p;
    const gs_kernel *k = p->k;
    const problem_series *ps = &p->series[0];
    json_t *j = json_object(), *idx = json_array(), *day = json_array(), *kind = json_array();
    double *theta = GS_NEW(s->a, double, k->n_par), *z = GS_NEW(s->a, double, k->n_state);
    double *a = GS_NEW(s->a, double, p->n_dim), *b = GS_NEW(s->a, double, p->n_dim);
    double *below = GS_NEW(s->a, double, p->n_dim), *above = GS_NEW(s->a, double, p->n_dim);
    size_t n_theta = 0, *place = GS_NEW(s->a, size_t, k->n_par);
    for (size_t i = 0; i < k->n_par; i++)
        if (k->par[i].personal) {
            theta[n_theta] = p->par[i];
            place[i] = ++n_theta;
        }
    for (size_t i = 0; i < p->n_free; i++)
        json_array_append_new(idx, json_integer((json_int_t)place[p->free_par[i]]));
    for (size_t i = 0; i < ps->t->n; i++)
        json_array_append_new(day, json_integer(ps->t->day[i]));
    for (size_t i = 0; i < p->n_dim; i++) {
        const prior *q = &p->prior[i];
        json_array_append_new(kind, json_integer(q->dist.kind == GS_DIST_LOGNORMAL ? 2 : 1));
        a[i] = q->dist.a;
        b[i] = q->dist.b;
        below[i] = q->cut ? q->lo_below : 0;
        above[i] = q->cut ? q->hi_above : 0;
    }
    gs_kernel_to_internal(k, p->x0, z);
    put(j, "n_day", json_integer((json_int_t)p->n_path));
    put(j, "n_lever", json_integer((json_int_t)k->n_lever));
    put(j, "n_theta", json_integer((json_int_t)n_theta));
    put(j, "n_free", json_integer((json_int_t)p->n_free));
    put(j, "n_see", json_integer((json_int_t)k->n_see));
    put(j, "i_see", json_integer((json_int_t)p->see[ps->pick] + 1));
    put(j, "free_idx", idx);
    put(j, "theta0", reals(n_theta, theta));
    put(j, "lever", reals(p->n_path * k->n_lever, p->lever));
    put(j, "n_state", json_integer((json_int_t)k->n_state));
    put(j, "z0", reals(k->n_state, z));
    put(j, "n_score", json_integer((json_int_t)ps->t->n));
    put(j, "day", day);
    put(j, "y", reals(ps->t->n, ps->t->y));
    put(j, "n_dim", json_integer((json_int_t)p->n_dim));
    put(j, "kind", kind);
    put(j, "a", reals(p->n_dim, a));
    put(j, "b", reals(p->n_dim, b));
    put(j, "below", reals(p->n_dim, below));
    put(j, "above", reals(p->n_dim, above));
    put(j, "slope", json_real(ps->l.slope));
    return j;
}

/* ---- ours ---- */

/* Log density and gradient at the mode and around it, for the comparison of densities. */
static json_t *points(const study *s)
{
    size_t n = s->p->n_dim;
    json_t *all = json_array();
    double *u = GS_NEW(s->a, double, n), *g = GS_NEW(s->a, double, n);
    for (int k = 0; k < 6; k++) {
        gs_rng r = gs_rng_stream(1, (uint64_t)k, "points");
        for (size_t i = 0; i < n; i++)
            u[i] = gs_rng_normal(&r);
        double *z = GS_NEW(s->a, double, n);
        for (size_t i = 0; i < n; i++) {
            z[i] = s->u[i];
            for (size_t q = 0; q <= i && k; q++)
                z[i] += s->L[i * n + q] * u[q];
        }
        double lp = post_exact(s->w[0], z, g);
        json_array_append_new(all, json_pack("{s:o, s:f, s:o}", "u", reals(n, z), "lp", lp,
                                             "grad", reals(n, g)));
    }
    return all;
}

static double gradient_seconds(const study *s)
{
    enum { ROUND = 9, EACH = 40 };
    size_t n = s->p->n_dim;
    double *g = GS_NEW(s->a, double, n), t[ROUND];
    for (int r = 0; r < ROUND; r++) {
        double since = clock_cpu();
        for (int i = 0; i < EACH; i++)
            post_exact(s->w[0], s->u, g);
        t[r] = (clock_cpu() - since) / EACH;
    }
    num_sort(ROUND, t);
    return t[ROUND / 2];
}

/* The same at four points side by side in lanes, for each. */
static double gradient_seconds_in_lanes(const study *s)
{
    enum { ROUND = 9, EACH = 10 };
    size_t n = s->p->n_dim;
    double *u[POST_AHEAD], *g[POST_AHEAD], lp[POST_AHEAD], t[ROUND];
    for (size_t i = 0; i < POST_AHEAD; i++) {
        u[i] = GS_NEW(s->a, double, n);
        g[i] = GS_NEW(s->a, double, n);
        for (size_t d = 0; d < n; d++)
            u[i][d] = s->u[d] + 0.01 * (double)i;
    }
    for (int r = 0; r < ROUND; r++) {
        double since = clock_cpu();
        for (int i = 0; i < EACH; i++)
            post_exact_many(s->w[0], POST_AHEAD, (const double *const *)u, lp, g);
        t[r] = (clock_cpu() - since) / (EACH * POST_AHEAD);
    }
    num_sort(ROUND, t);
    return t[ROUND / 2];
}

static json_t *sample(study *s, size_t n_draw, uint64_t seed)
{
    size_t n = s->p->n_dim, n_gradient = 0, row = N_CHAIN * n_draw;
    gs_err err = {0};
    nuts_out out;
    nuts_opts o = {.n_chain = N_CHAIN, .n_warmup = 200, .n_draw = n_draw, .max_depth = 8,
                   .seed = seed, .target_accept = 0.85};
    target mode = {.n = n, .eval = eval_slot, .self = s->w};
    target t = {.n = n, .eval = eval_slot, .self = s->w, .exact = exact_slot};
    double since = clock_cpu();
    memset(s->u, 0, n * sizeof *s->u);
    if (!mode_find(s->a, &mode, N_CHAIN, NULL, s->u, s->L, &n_gradient))
        must(gs_fail(&err, GS_ENUM, "no mode"), &err);
    if (!surrogate_build(s->a, s->p, s->w, N_CHAIN, NULL, seed, s->u, s->L))
        t.exact = NULL;
    must(nuts_run(s->a, &t, s->u, s->L, &o, NULL, NULL, 0, &out, &err), &err);
    double seconds = clock_cpu() - since;
    double *x = GS_NEW(s->a, double, row);
    json_t *dims = json_array(), *u = json_array();
    for (size_t k = 0; k < row; k++)
        json_array_append_new(u, reals(n, out.draw + k * n));
    for (size_t i = 0; i < n; i++) {
        double m = 0, v = 0;
        for (size_t k = 0; k < row; k++) {
            x[k] = prior_value(&s->p->prior[i], out.draw[k * n + i], NULL);
            m += x[k] / (double)row;
        }
        for (size_t k = 0; k < row; k++)
            v += (x[k] - m) * (x[k] - m) / (double)(row - 1);
        json_array_append_new(dims, json_pack("{s:s, s:f, s:f, s:f, s:f, s:f}", "name",
                                              s->p->dim[i].name, "mean", m, "sd", sqrt(v),
                                              "rhat", gs_infer_rhat(N_CHAIN, n_draw, x),
                                              "ess_bulk", gs_infer_ess_bulk(N_CHAIN, n_draw, x),
                                              "ess_tail", gs_infer_ess_tail(N_CHAIN, n_draw, x)));
    }
    surrogate_drop(s->w, N_CHAIN);
    return json_pack("{s:f, s:i, s:b, s:f, s:o, s:o}", "cpu_seconds", seconds, "draws", (int)row,
                     "emulator", t.exact != NULL, "accepted", out.accepted, "dims", dims, "u",
                     u);
}

static void save(json_t *j, const char *folder, const char *file)
{
    char path[1024];
    gs_err err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (json_dump_file(j, path, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) != 0)
        must(gs_fail_at(&err, GS_EIO, path, 0, 0, NULL, "cannot be written"), &err);
    json_decref(j);
}

int main(int argc, char **argv)
{
    study s = {.a = gs_arena_new(0)};
    gs_err err = {0};
    if (argc < 2 || !s.a) {
        fprintf(stderr, "usage: bench_stan_year FOLDER (from the repository's root)\n");
        return 2;
    }
    gs_obs *obs = make_table(s.a);
    must(problem_make(s.a, gs_axis(), obs, obs->n_day, obs->n_day, NULL, &s.p, &err),
              &err);
    fix_start(&s);
    for (size_t c = 0; c < N_CHAIN; c++)
        must(post_new(s.a, s.p, true, &s.w[c], &err), &err);
    s.u = GS_NEW(s.a, double, s.p->n_dim);
    s.L = GS_NEW(s.a, double, s.p->n_dim * s.p->n_dim);
    save(stan_data(&s), argv[1], "data.json");
    json_t *runs = json_array();
    for (uint64_t seed = 1; seed <= 3; seed++)
        json_array_append_new(runs, sample(&s, 500, seed));
    json_t *ours = json_object();
    put(ours, "runs", runs);
    size_t n = 0;
    mode_find(s.a, &(target){.n = s.p->n_dim, .eval = eval_slot, .self = s.w}, N_CHAIN, NULL,
              s.u, s.L, &n);
    put(ours, "gradient_cpu_seconds", json_real(gradient_seconds(&s)));
    put(ours, "gradient_in_lanes_cpu_seconds", json_real(gradient_seconds_in_lanes(&s)));
    put(ours, "points", points(&s));
    put(ours, "mode", reals(s.p->n_dim, s.u));
    put(ours, "factor", reals(s.p->n_dim * s.p->n_dim, s.L));
    save(ours, argv[1], "ours.json");
    for (size_t c = 0; c < N_CHAIN; c++)
        post_free(s.w[c]);
    gs_arena_free(s.a);
    return 0;
}
