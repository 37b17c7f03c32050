/* What the axis itself does when a trial's levers are changed.
 *
 * People of the condition settle at their habits and then live under the changed levers to
 * the day of the outcome. Who stays at habit stays where they settled, so the change since
 * the start is the contrast with a control arm that nothing else moves.
 *
 * People stand at even places of how prone they are (the risk parameter's spread), so that
 * few are enough; half of those with eczema begin in a flare, half between flares: trials
 * take people of middling severity, which the axis knows only as a mixture of the two. */
#include "calib/calib.h"
#include "gutskin/sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DAYS = 364, MOST_DAYS_ONSET = 182 };

typedef struct watch { /* what is looked at: up to two, or the drive of eczema */
    size_t n;
    long see[2], state[2];
    bool ln[2];
    bool drive;
    long Bs, T2, X;
    size_t A_gap, k_A_T2, n_A_X;
} watch;

typedef struct workspace {
    gs_sim *s;
    double *par, *habit, *lever, *x0, *x, *y;
} workspace;

static void workspace_free(workspace *z)
{
    gs_sim_free(z->s);
    free(z->par);
    free(z->habit);
    free(z->lever);
    free(z->x0);
    free(z->x);
    free(z->y);
}

static gs_status workspace_make(workspace *z, const gs_kernel *k, size_t n_day, gs_err *err)
{
    gs_sim_opts o = GS_SIM_OPTS;

    o.rtol = 1e-4;
    o.atol = 1e-6;
    *z = (workspace){.par = malloc(k->n_par * sizeof(double)),
                     .habit = malloc(k->n_lever * sizeof(double)),
                     .lever = malloc(n_day * k->n_lever * sizeof(double)),
                     .x0 = malloc(k->n_state * sizeof(double)),
                     .x = malloc((n_day + 1) * k->n_state * sizeof(double)),
                     .y = malloc((n_day + 1) * k->n_see * sizeof(double))};
    if (!z->par || !z->habit || !z->lever || !z->x0 || !z->x || !z->y)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    return gs_sim_new(k, &o, &z->s, err);
}

static gs_status find_watch(const world *w, const gs_plan *p, watch *out, gs_err *err)
{
    const gs_kernel *k = w->k;
    const char *t = p->see;

    *out = (watch){0};
    if (strcmp(t, "drive") == 0) {
        long a = gs_kernel_par(k, "A_gap"), b = gs_kernel_par(k, "k_A_T2"),
             c = gs_kernel_par(k, "n_A_X");
        out->drive = true;
        out->n = 1;
        out->Bs = gs_kernel_state(k, "Bs");
        out->T2 = gs_kernel_state(k, "T2");
        out->X = gs_kernel_state(k, "X");
        if (a < 0 || b < 0 || c < 0 || out->Bs < 0 || out->T2 < 0 || out->X < 0)
            return gs_fail(err, GS_EFOUND, "the model has no drive of eczema as the shipped one has");
        out->A_gap = (size_t)a;
        out->k_A_T2 = (size_t)b;
        out->n_A_X = (size_t)c;
        return GS_OK;
    }
    while (*t && out->n < 2) {
        char name[64];
        size_t n = strcspn(t, "+");
        if (n >= sizeof name)
            break;
        memcpy(name, t, n);
        name[n] = '\0';
        out->see[out->n] = gs_kernel_see(k, name);
        out->state[out->n] = gs_kernel_state(k, name);
        out->ln[out->n] = strncmp(name, "signal_", 7) == 0;
        if (out->see[out->n] < 0 && out->state[out->n] < 0)
            return gs_fail(err, GS_EFOUND, "the model has nothing called %s to look at", name);
        out->n++;
        t += n + (t[n] == '+');
    }
    return out->n ? GS_OK : gs_fail(err, GS_EFOUND, "nothing to look at");
}

/* Value of what is watched at a row of the path. */
static double look(const watch *o, const workspace *z, const gs_kernel *k, size_t i, size_t row)
{
    const double *x = z->x + row * k->n_state;

    if (o->drive)
        return log((1 - x[o->Bs]) / z->par[o->A_gap]) +
               log(fmax(1 + z->par[o->k_A_T2] * (x[o->T2] - 1), 0.01)) +
               z->par[o->n_A_X] * log(x[o->X]);
    if (o->see[i] < 0)
        return x[o->state[i]];
    double y = z->y[row * k->n_see + (size_t)o->see[i]];
    return o->ln[i] ? exp(y) : y;
}

static void put(const gs_kernel *k, double *x, const char *state, double value)
{
    long i = gs_kernel_state(k, state);

    if (i >= 0)
        x[i] = value;
}

static bool has_overgrowth(const gs_plan *p)
{
    return strcmp(p->group, "rifaximin") == 0 || strcmp(p->row->lever, "sibo") == 0 ||
           strstr(p->row->population, "overgrowth") || strstr(p->row->population, "SIBO");
}

/* One person: parameters at this place of the spread of risk, and where settling begins. */
static void person(const world *w, const gs_plan *p, const double *gain, double at, size_t i,
                   workspace *z)
{
    static const char *const who[][2] = {{"acne", "risk_acne"}, {"eczema", "risk_eczema"},
                                         {"psoriasis", "risk_psoriasis"},
                                         {"rosacea", "risk_rosacea"}};
    const gs_kernel *k = w->k;

    gs_kernel_defaults(k, z->par, z->habit, z->x0);
    for (size_t g = 0; g < w->n_gain; g++)
        z->par[w->p[g].par] = gain[g];
    for (size_t c = 0; c < 4; c++) {
        long r = gs_kernel_par(k, who[c][1]);
        if (strcmp(p->row->condition, who[c][0]) == 0 && r >= 0 &&
            k->par[r].prior.kind == GS_DIST_LOGNORMAL)
            z->par[r] = fmin(fmax(k->par[r].prior.a *
                                      exp(log(k->par[r].prior.b) * num_normal_quantile(at, 1 - at)),
                                  k->par[r].lo), k->par[r].hi);
    }
    if (strcmp(p->row->condition, "eczema") == 0 && p->how != GS_PLAN_ODDS && i % 2) {
        put(k, z->x0, "Y", 0.9);
        put(k, z->x0, "Bs", 0.45);
    }
    if (strcmp(p->row->condition, "psoriasis") == 0)
        put(k, z->x0, "K", 0.9);
    if (has_overgrowth(p))
        put(k, z->x0, "U", 0.84);
    for (size_t m = 0; m < p->n_move; m++) {
        long l = gs_kernel_lever(k, p->move[m].lever);
        if (l >= 0 && !isnan(p->move[m].habit))
            z->habit[l] = p->move[m].habit;
    }
}

static void levers(const world *w, const gs_plan *p, workspace *z, size_t n_day)
{
    const gs_kernel *k = w->k;

    for (size_t d = 0; d < n_day; d++) {
        double *l = z->lever + d * k->n_lever;
        memcpy(l, z->habit, k->n_lever * sizeof *l);
        for (size_t m = 0; m < p->n_move; m++) {
            const gs_plan_move *v = &p->move[m];
            long i = gs_kernel_lever(k, v->lever);
            if (i < 0 || (v->days > 0 && (double)d >= v->days))
                continue;
            double x = v->op == '*' ? l[i] * v->amount : l[i] + v->amount;
            l[i] = fmin(fmax(x, k->lever[i].lo), k->lever[i].hi);
        }
    }
}

static size_t days_of(const gs_plan *p)
{
    double most = p->how == GS_PLAN_ODDS ? MOST_DAYS_ONSET : MOST_DAYS;
    double d = fmin(round(7 * p->weeks), most);

    return d < 1 ? 1 : (size_t)d;
}

gs_status lived_check(const world *w, const gs_plan *p, gs_err *err)
{
    watch o;

    for (size_t m = 0; m < p->n_move; m++) {
        if (gs_kernel_lever(w->k, p->move[m].lever) < 0)
            return gs_fail(err, GS_EFOUND, "the model has no lever %s", p->move[m].lever);
    }
    return find_watch(w, p, &o, err);
}

gs_status lived_effect(const world *w, const gs_plan *p, const double *gain, size_t n_person,
                       double turn, double *out, gs_err *err)
{
    size_t n_day = days_of(p);

    if (p->n_move == 0) { /* a lever outside the axis: people stay where they settled */
        *out = 0;
        return GS_OK;
    }
    double before[2] = {0}, after[2] = {0};
    workspace z = {0};
    watch o;
    gs_status st = find_watch(w, p, &o, err);

    if (st == GS_OK)
        st = workspace_make(&z, w->k, n_day, err);
    for (size_t i = 0; st == GS_OK && i < n_person; i++) {
        double at = ((double)(i / 2 * 2) + 1 + 0.9 * (turn - 0.5) * 2) / (double)(n_person + (n_person & 1));
        if (strcmp(p->row->condition, "eczema") != 0 || p->how == GS_PLAN_ODDS)
            at = ((double)i + 0.05 + 0.9 * turn) / (double)n_person;
        person(w, p, gain, fmin(fmax(at, 0.01), 0.99), i, &z);
        st = gs_sim_settle(z.s, z.par, z.habit, z.x0, err);
        if (st == GS_OK) {
            levers(w, p, &z, n_day);
            st = gs_sim_path(z.s, z.par, z.x0, n_day, z.lever, z.x, z.y, err);
        }
        for (size_t v = 0; st == GS_OK && v < o.n; v++) {
            before[v] += look(&o, &z, w->k, v, 0);
            after[v] += look(&o, &z, w->k, v, n_day);
        }
    }
    workspace_free(&z);
    GS_TRY(st);
    *out = 0;
    for (size_t v = 0; v < o.n; v++)
        *out += (o.drive ? (after[v] - before[v]) / (double)n_person : log(after[v] / before[v])) /
                (double)o.n;
    return isfinite(*out) ? GS_OK : gs_fail(err, GS_ENUM, "the axis gave no number for %s",
                                            p->row->id);
}

bool lived_same(const gs_plan *a, const gs_plan *b)
{
    if (a->how != b->how || a->n_move != b->n_move || strcmp(a->see, b->see) != 0 ||
        days_of(a) != days_of(b) || strcmp(a->row->condition, b->row->condition) != 0 ||
        has_overgrowth(a) != has_overgrowth(b))
        return false;
    for (size_t m = 0; m < a->n_move; m++) {
        const gs_plan_move *x = &a->move[m], *y = &b->move[m];
        if (strcmp(x->lever, y->lever) != 0 || x->op != y->op || x->amount != y->amount ||
            x->days != y->days || (isnan(x->habit) != isnan(y->habit)))
            return false;
    }
    return true;
}
