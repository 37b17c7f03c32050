/* Real people, weekly PASI under narrow-band UVB, everybody left out in turn: how people
 * answer is learned from the others, and each score is foretold from the person's own
 * earlier ones.
 *
 *   bench_psoriasis_hierarchy FOLDER [--everybody FILE]
 *
 * FOLDER holds pasi.tsv and uvb.tsv. For the forecast of week w (from week 3) of person i:
 *   - numbers over people come from a fit without person i (scores of the other 63);
 *   - i's own scores of weeks before w, and the doses given up to the last of them;
 *   - doses between are unknown: the last week's, times the others' usual step from that
 *     week to the next.
 * Severity is the axis's own plaque state K, in plaque at the start, risk 1.2, under
 *     effective dose = dose^gamma [J/cm2]
 * because doses are raised as far as a skin tolerates, so that a high dose is a tolerant
 * skin's; gamma 0 counts sessions. gamma is chosen among four by the evidence of each fit without i. Two people
 * have no doses: their path is the mean of the others' paths.
 *
 * Beside it, on the same forecasts: last value, and the pooled week-ratio of the others.
 * One JSON line each. --everybody fits everybody, writes that as JSON, and stops. */
#include "weekly.h"

#include "gutskin/hierarchy.h"
#include "gutskin/sim.h"

enum {
    N_GAMMA = 4,
    MOST_DAY = 7 * (WEEKLY_MOST + 1),
    N_DRAW = 24
};

static const double gammas[N_GAMMA] = {0, 0.25, 0.5, 1};

typedef struct person {
    const char *name;
    weekly w;
    double dose[MOST_DAY]; /* [J/cm2] on each day */
    double by_week[WEEKLY_MOST + 1];
    bool has_doses;
    double path[N_GAMMA][GS_HIER_GRID * WEEKLY_MOST],
        ahead[N_GAMMA][GS_HIER_GRID * WEEKLY_MOST];
    /* what comes out */
    size_t i_gamma;
    gs_hier_forecast next[WEEKLY_MOST];
    bool has_next[WEEKLY_MOST];
} person;

typedef struct all {
    person *p;
    size_t n;
    double ln_gain[GS_HIER_GRID];
    gs_hier_person row[N_GAMMA][100];
    gs_hier_study study[N_GAMMA];
    gs_hier_fit fit[N_GAMMA];
} all;

/* ---- people ---- */

static void load(all *x, size_t i, const gs_obs *o)
{
    person *p = &x->p[i];
    for (size_t s = 0; s < o->n_series; s++) {
        const gs_series *q = &o->series[s];
        if (strcmp(q->scale->name, "pasi") != 0)
            continue;
        weekly_take(&p->w, q);
    }
    for (size_t l = 0; l < o->n_lever; l++) {
        if (strcmp(o->lever[l].name, "uvb") != 0)
            continue;
        for (size_t d = 0; d < o->n_day && d < MOST_DAY; d++)
            if (o->lever[l].value[d] > 0) {
                p->dose[d] = o->lever[l].value[d];
                p->by_week[d / 7] += p->dose[d];
                p->has_doses = true;
            }
    }
}

/* the others' usual step of the weekly dose from week v-1 to v */
static double usual_step(const all *x, size_t out, size_t v)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < x->n; i++) {
        const double *b = x->p[i].by_week;
        if (i != out && v >= 1 && v <= WEEKLY_MOST && b[v] > 0 && b[v - 1] > 0) {
            sum += log(b[v] / b[v - 1]);
            n++;
        }
    }
    return n > 4 ? exp(sum / n) : 1;
}

/* ---- paths ---- */

typedef struct walker {
    gs_sim *s;
    double par[512], habit[64], x0[64], x[(MOST_DAY + 1) * 64], lever[MOST_DAY * 64];
    size_t uvb, K;
} walker;

static void walk(walker *w, const double *dose, double gamma, size_t n_day)
{
    const gs_kernel *k = gs_axis();
    gs_err err = {0};
    for (size_t d = 0; d < n_day; d++) {
        memcpy(w->lever + d * k->n_lever, w->habit, k->n_lever * sizeof(double));
        w->lever[d * k->n_lever + w->uvb] = dose[d] > 0 ? pow(dose[d], gamma) : 0;
    }
    real_must(gs_sim_grad(w->s, w->par, w->x0, false, w->habit, n_day, w->lever, 0,
                          NULL, 0, NULL, NULL, NULL, w->x, &err),
              &err);
}

static double severity(const walker *w, int32_t day)
{
    return fmax(w->x[(size_t)day * gs_axis()->n_state + w->K], 0);
}

static void one_gain(all *x, size_t i, size_t g, walker *w)
{
    const gs_kernel *k = gs_axis();
    person *p = &x->p[i];
    gs_err err = {0};
    gs_kernel_defaults(k, w->par, w->habit, w->x0);
    w->uvb = (size_t)gs_kernel_lever(k, "uvb");
    w->K = (size_t)gs_kernel_state(k, "K");
    w->par[gs_kernel_par(k, "gain_uvb")] = exp(x->ln_gain[g]);
    w->par[gs_kernel_par(k, "risk_psoriasis")] = 1.2;
    w->x0[w->K] = 0.9;
    real_must(gs_sim_settle(w->s, w->par, w->habit, w->x0, &err), &err);
    for (size_t m = 0; m < N_GAMMA; m++) {
        size_t n_day = 7 * (size_t)p->w.week[p->w.n - 1];
        walk(w, p->dose, gammas[m], n_day);
        for (size_t j = 0; j < p->w.n; j++)
            p->path[m][g * p->w.n + j] = severity(w, 7 * p->w.week[j]);
        for (size_t j = 1; j < p->w.n; j++) {
            double dose[MOST_DAY];
            memcpy(dose, p->dose, sizeof dose);
            for (size_t d = 7 * (size_t)p->w.week[j - 1]; d < MOST_DAY; d++)
                dose[d] = d >= 7 ? dose[d - 7] * usual_step(x, i, d / 7) : 0;
            walk(w, dose, gammas[m], 7 * (size_t)p->w.week[j]);
            p->ahead[m][g * p->w.n + j] = severity(w, 7 * p->w.week[j]);
        }
    }
}

static void paths_of(void *ctx, size_t i)
{
    all *x = ctx;
    gs_err err = {0};
    walker *w = calloc(1, sizeof *w);
    if (!w || !x->p[i].has_doses) {
        free(w);
        return;
    }
    real_must(gs_sim_new(gs_axis(), &GS_SIM_OPTS, &w->s, &err), &err);
    for (size_t g = 0; g < GS_HIER_GRID; g++)
        one_gain(x, i, g, w);
    gs_sim_free(w->s);
    free(w);
}

/* mean path of those with doses, week by week, for those without */
static void borrow_path(all *x, person *p)
{
    for (size_t m = 0; m < N_GAMMA; m++)
        for (size_t g = 0; g < GS_HIER_GRID; g++)
            for (size_t j = 0; j < p->w.n; j++) {
                double sum = 0, n = 0;
                for (size_t i = 0; i < x->n; i++)
                    for (size_t q = 0; x->p[i].has_doses && q < x->p[i].w.n; q++)
                        if (x->p[i].w.week[q] == p->w.week[j]) {
                            sum += x->p[i].path[m][g * x->p[i].w.n + q];
                            n++;
                        }
                p->path[m][g * p->w.n + j] = p->ahead[m][g * p->w.n + j] =
                    n > 0 ? sum / n : 0.5;
            }
}

/* ---- fits ---- */

static void fit_everybody(void *ctx, size_t m)
{
    all *x = ctx;
    gs_err err = {0};
    real_must(gs_hier_fit_people(&x->study[m], SIZE_MAX, NULL, true, &x->fit[m], &err),
              &err);
}

/* without person i: gamma by the evidence, then the forecasts */
static void leave_out(void *ctx, size_t i)
{
    all *x = ctx;
    person *p = &x->p[i];
    gs_err err = {0};
    gs_hier_fit best = {.lp = -HUGE_VAL}, f;
    double top = -HUGE_VAL;
    for (size_t m = 0; m < N_GAMMA; m++) {
        real_must(gs_hier_fit_people(&x->study[m], i, &x->fit[m], false, &f, &err),
                  &err);
        /* curvature hardly moves with one person: the modes tell the gammas apart */
        if (f.lp > top) {
            top = f.lp;
            p->i_gamma = m;
            best = f;
        }
    }
    const gs_hier_study *s = &x->study[p->i_gamma];
    real_must(gs_hier_fit_people(s, i, &best, true, &f, &err), &err);
    for (size_t j = 1; j < p->w.n; j++) {
        if (!weekly_asked(&p->w, j))
            continue;
        p->has_next[j] = true;
        real_must(gs_hier_next(s, &f, i, j, N_DRAW, 1, &p->next[j], &err), &err);
    }
}

/* ---- scores ---- */

static void print_scores(const all *x)
{
    weekly_score ours = {0}, last = {0}, pool = {0};
    size_t chosen[N_GAMMA] = {0};
    const weekly *w[100];

    for (size_t i = 0; i < x->n; i++)
        w[i] = &x->p[i].w;
    for (size_t i = 0; i < x->n; i++) {
        const person *p = &x->p[i];
        chosen[p->i_gamma]++;
        for (size_t j = 1; j < p->w.n; j++) {
            const gs_hier_forecast *f = &p->next[j];
            if (!p->has_next[j])
                continue;
            weekly_add(&ours, p->w.y[j], f->mean, f->below > 0.25 && f->below < 0.75,
                       f->below > 0.05 && f->below < 0.95, f->ln_density);
            weekly_rules(x->n, w, i, j, &last, &pool);
        }
    }
    weekly_print("hierarchy, people left out in turn", &ours);
    weekly_print("pooled week-ratio of the others", &pool);
    weekly_print("last value", &last);
    printf("{\"gamma\": [%g, %g, %g, %g], \"chosen\": [%zu, %zu, %zu, %zu]}\n",
           gammas[0], gammas[1], gammas[2], gammas[3], chosen[0], chosen[1], chosen[2],
           chosen[3]);
}

/* one fit: mode and sd of each number over people */
static void put_numbers(const gs_hier_fit *q, FILE *f)
{
    for (size_t i = 0; i < GS_HIER_N; i++) {
        double v = 0;
        for (size_t k = 0; k <= i; k++)
            v += q->root[i * GS_HIER_N + k] * q->root[i * GS_HIER_N + k];
        fprintf(f, "%s\"%s\": [%.3f, %.3f]", i ? ", " : "", gs_hier_name(i), q->u[i],
                sqrt(v));
    }
}

/* everybody's fits, all gammas */
static void put_fits(const all *x, FILE *f)
{
    fprintf(
        f,
        "{\"version\": 1,\n"
        " \"what\": \"how %zu people answered narrow-band UVB: y = ln(PASI + 0.5) = "
        "level + ln(K + floor) + week + wander + noise; docs/notes/hierarchy.md\",\n"
        " \"source\": \"watson2021: github.com/pzuliani/psoriasis (Apache-2.0), two "
        "thirds of its people\",\n"
        " \"made_by\": \"bench_psoriasis_hierarchy FOLDER --everybody FILE\",\n"
        " \"model\": \"%016llx\",\n"
        " \"numbers\": \"[mode, sd] over people; ln_x is the logarithm of an sd "
        "(ln_gain, "
        "ln_floor: the middle); gain 1 = gain_uvb 1 with dose^gamma in J/cm2\",\n"
        " \"fits\": [\n",
        x->n, (unsigned long long)gs_axis()->hash);
    for (size_t m = 0; m < N_GAMMA; m++) {
        fprintf(f, "  {\"gamma\": %g, \"ln_evidence\": %.2f, \"numbers\": {", gammas[m],
                x->fit[m].evidence);
        put_numbers(&x->fit[m], f);
        fprintf(f, "}}%s\n", m + 1 < N_GAMMA ? "," : "");
    }
    fputs(" ]}\n", f);
}

int main(int argc, char **argv)
{
    real_study real;
    gs_import_opts o = GS_IMPORT_OPTS;
    gs_err err = {0};
    gs_diary *d;
    const char *const *people;
    double start = real_now();
    all *x = calloc(1, sizeof *x);

    if (argc < 2 || !x) {
        fputs("usage: bench_psoriasis_hierarchy FOLDER [--everybody FILE]\n", stderr);
        return 2;
    }
    if (!real_open(&real, argv[1], &o))
        return 77;
    d = real.d;
    o.sessions_per_week = 3;
    real_import(d, argv[1], "pasi.tsv", &o);
    real_import(d, argv[1], "uvb.tsv", &o);

    gs_arena *a = gs_arena_new(0);
    real_must(gs_diary_people(d, a, &people, &err), &err);
    while (people[x->n] && x->n < 100)
        x->n++;
    x->p = calloc(x->n, sizeof *x->p);
    for (size_t i = 0; i < x->n; i++) {
        gs_obs *obs;
        real_must(gs_diary_obs(d, people[i], a, &obs, &err), &err);
        x->p[i].name = people[i];
        load(x, i, obs);
    }
    for (size_t g = 0; g < GS_HIER_GRID; g++)
        x->ln_gain[g] = fmin(-3 + 0.1325 * (double)g, 2.3);
    real_run(x->n, paths_of, x);
    for (size_t i = 0; i < x->n; i++)
        if (!x->p[i].has_doses)
            borrow_path(x, &x->p[i]);
    for (size_t m = 0; m < N_GAMMA; m++) {
        for (size_t i = 0; i < x->n; i++)
            x->row[m][i] = (gs_hier_person){x->p[i].w.n, x->p[i].w.week, x->p[i].w.y,
                                            x->p[i].path[m], x->p[i].ahead[m]};
        x->study[m] = (gs_hier_study){x->n, x->row[m], x->ln_gain};
    }
    double lived = real_now();
    real_run(N_GAMMA, fit_everybody, x);
    double fitted = real_now();
    bool alone = argc > 3 && !strcmp(argv[2], "--everybody");
    FILE *f = alone ? fopen(argv[3], "w") : NULL;
    if (f) {
        put_fits(x, f);
        fclose(f);
    } else if (alone) {
        fprintf(stderr, "%s cannot be written\n", argv[3]);
        return 1;
    } else {
        real_run(x->n, leave_out, x);
        print_scores(x);
    }
    printf("{\"seconds\": %.1f, \"paths\": %.1f, \"everybody\": %.1f}\n",
           real_now() - start, lived - start, fitted - lived);
    gs_arena_free(a);
    real_close(&real);
    free(x->p);
    free(x);
    return 0;
}
