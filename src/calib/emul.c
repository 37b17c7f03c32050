/* The lived effect of each plan as a polynomial in the few gains that it depends on.
 *
 * Terms: powers to the third of the gains of the moved levers and products of two of them;
 * contested links linear, alone and times the first own gain. Fitted by least squares on
 * random designs that reach beyond the prior, tested on points held out. */
#include "calib/calib.h"
#include "gutskin/rng.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { N_FIT = 56, N_TEST = 12, N_POINT = N_FIT + N_TEST, N_PERSON = 16 };

static size_t terms(const emu *e, const double *gain, double *t)
{
    double z[EMU_VAR];
    size_t n = 0;

    for (size_t i = 0; i < e->n_var; i++)
        z[i] = (gain[e->var[i]] - e->mid[i]) / e->scale[i];
    t[n++] = 1;
    for (size_t i = 0; i < e->n_own; i++) {
        t[n++] = z[i];
        t[n++] = z[i] * z[i];
        t[n++] = z[i] * z[i] * z[i];
        for (size_t j = 0; j < i; j++)
            t[n++] = z[i] * z[j];
    }
    for (size_t i = e->n_own; i < e->n_var; i++) {
        t[n++] = z[i];
        if (e->n_own)
            t[n++] = z[i] * z[0];
    }
    return n;
}

double emu_at(const emu *e, const double *gain)
{
    double t[EMU_TERM], sum = 0;
    size_t n = terms(e, gain, t);

    for (size_t i = 0; i < n; i++)
        sum += e->c[i] * t[i];
    return sum;
}

static void choose_vars(const world *w, const gs_plan *p, emu *e)
{
    memset(e, 0, sizeof *e);
    for (int own = 1; own >= 0; own--) {
        for (size_t g = 0; g < w->n_gain; g++) {
            bool is_own = false;
            for (size_t m = 0; m < p->n_move; m++)
                is_own |= world_gain_of(w, g, p->move[m].lever);
            if ((own && is_own) || (!own && w->p[g].kind == W_CONTESTED)) {
                e->mid[e->n_var] = w->p[g].a;
                e->scale[e->n_var] = w->p[g].b;
                e->var[e->n_var++] = g;
            }
        }
        if (own)
            e->n_own = e->n_var;
    }
}

typedef struct shop {
    const world *w;
    const gs_plan *plan;
    emu *emu;
    size_t n_job, *job; /* plans that are lived */
    double *gain, *value; /* [N_POINT x n_gain], [n_job x N_POINT] */
    const gs_progress *progress;
    atomic_size_t done;
    atomic_bool failed;
    gs_err *err;
} shop;

static void live(void *ctx, size_t i)
{
    shop *s = ctx;
    size_t j = i / N_POINT, point = i % N_POINT;
    gs_err local = {0};
    double *v = &s->value[j * N_POINT + point];

    if (gs_progress_cancelled(s->progress) || atomic_load(&s->failed))
        return;
    // a point where nothing settles is left out
    if (lived_effect(s->w, &s->plan[s->job[j]], s->gain + point * s->w->n_gain, N_PERSON, 0.5, v,
                     &local) != GS_OK) {
        *v = NAN;
        if (local.code != GS_ENUM && !atomic_exchange(&s->failed, true) && s->err)
            *s->err = local;
    }
    size_t done = atomic_fetch_add(&s->done, 1) + 1;
    if (done % 64 == 0)
        gs_progress_tick(s->progress, "living the trials", (double)done / (double)(s->n_job * N_POINT));
}

/* Least squares of values v at n points (gain, stride apart), those that are NaN left out.
 * False when there are too few or the terms do not tell each other apart. */
static bool solve(emu *e, size_t n_point, const double *gain, size_t stride, const double *v)
{
    double A[EMU_TERM * EMU_TERM] = {0}, b[EMU_TERM] = {0}, t[EMU_TERM], x[EMU_TERM];
    size_t n = 0, used = 0;

    for (size_t k = 0; k < n_point; k++) {
        if (isnan(v[k]))
            continue;
        n = terms(e, gain + k * stride, t);
        used++;
        for (size_t r = 0; r < n; r++) {
            b[r] += t[r] * v[k];
            for (size_t c = 0; c < n; c++)
                A[r * n + c] += t[r] * t[c];
        }
    }
    if (used < n + 4)
        return false;
    e->n_term = n;
    for (size_t r = 0; r < n; r++)
        A[r * n + r] += 1e-6 * (double)used;
    if (!num_cholesky(n, A))
        return false;
    num_lower_solve(n, A, b, x);
    for (size_t r = n; r-- > 0;) { /* L' c = x */
        double sum = x[r];
        for (size_t c = r + 1; c < n; c++)
            sum -= A[c * n + r] * e->c[c];
        e->c[r] = sum / A[r * n + r];
    }
    return true;
}

void emu_smooth(const world *w, const gs_plan *p, size_t n_draw, const double *theta,
                size_t stride, double *v)
{
    emu e;

    if (p->n_move == 0)
        return;
    choose_vars(w, p, &e);
    size_t n = terms(&e, theta, (double[EMU_TERM]){0});
    if (n_draw < 4 * n || !solve(&e, n_draw, theta, stride, v))
        return;
    for (size_t d = 0; d < n_draw; d++)
        v[d] = emu_at(&e, theta + d * stride);
}

static gs_status fit(const shop *s, size_t j, emu *e, gs_err *err)
{
    const double *v = s->value + j * N_POINT;
    double miss = 0, size = 0, tested = 0;

    if (!solve(e, N_FIT, s->gain, s->w->n_gain, v))
        return gs_fail(err, GS_ENUM, "%s: too few lives of this trial could be lived",
                       s->plan[s->job[j]].row->id);
    for (size_t k = N_FIT; k < N_POINT; k++) {
        if (isnan(v[k]))
            continue;
        double d = emu_at(e, s->gain + k * s->w->n_gain) - v[k];
        miss += d * d;
        size += v[k] * v[k];
        tested++;
    }
    e->error = sqrt(miss / fmax(tested, 1));
    e->size = sqrt(size / fmax(tested, 1));
    return GS_OK;
}

gs_status emu_make(gs_arena *a, const world *w, size_t n_plan, const gs_plan *plan,
                   uint64_t seed, const gs_pool *pool, const gs_progress *progress, emu *out,
                   gs_err *err)
{
    shop s = {.w = w, .plan = plan, .emu = out, .progress = progress, .err = err,
              .job = GS_NEW(a, size_t, n_plan ? n_plan : 1),
              .gain = GS_NEW(a, double, N_POINT * w->n_gain),
              .value = GS_NEW(a, double, (n_plan ? n_plan : 1) * N_POINT)};
    size_t *of = GS_NEW(a, size_t, n_plan ? n_plan : 1);
    double u[W_MAX] = {0}, theta[W_MAX];

    if (!s.job || !s.gain || !s.value || !of)
        return gs_fail(err, GS_ENOMEM, "out of memory for the emulators");
    for (size_t i = 0; i < n_plan; i++) {
        size_t j = 0;
        if (!plan[i].contrast)
            continue;
        while (j < s.n_job && !lived_same(&plan[s.job[j]], &plan[i]))
            j++;
        if (j == s.n_job)
            s.job[s.n_job++] = i;
        of[i] = j;
    }
    for (size_t k = 0; k < N_POINT; k++) {
        gs_rng r = gs_rng_stream(seed, k, "design");
        for (size_t g = 0; g < w->n_gain; g++)
            u[g] = (k < N_FIT ? 1.4 : 1.0) * gs_rng_normal(&r);
        world_theta(w, u, theta);
        memcpy(s.gain + k * w->n_gain, theta, w->n_gain * sizeof *theta);
    }
    gs_pool_run(pool, s.n_job * N_POINT, live, &s);
    if (gs_progress_cancelled(progress))
        return gs_fail(err, GS_ECANCEL, "cancelled");
    if (atomic_load(&s.failed))
        return err ? err->code : GS_ENUM;
    for (size_t i = 0; i < n_plan; i++) {
        if (!plan[i].contrast)
            continue;
        choose_vars(w, &plan[i], &out[i]);
        GS_TRY(fit(&s, of[i], &out[i], err));
    }
    return GS_OK;
}
