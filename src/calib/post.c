/* The posterior: standard normals a priori; every trial's quantities jointly normal given
 * the numbers, with the differences between trials integrated out; facts from cohorts
 * normal on the ln scale. Gradients by central differences, each number touching only the
 * trials it reaches. Sampled by the house's No-U-Turn sampler. */
#include "calib/calib.h"
#include "gutskin/infer.h"
#include "infer/nuts.h"

#include <math.h>
#include <string.h>

static void effects_of(const post *p, const group *g, const double *theta, double *effect)
{
    for (size_t i = 0; i < g->n; i++) {
        const row_data *r = &p->row[g->row[i]];
        effect[g->row[i]] = r->plan.contrast ? emu_at(&p->emu[g->row[i]], theta) : 0;
    }
}

/* ln of how likely this trial was to be printed as it was, by its first contrast. */
static double printed(const post *p, const group *g, const double *theta, const group_q *q)
{
    size_t at = 0;

    for (size_t i = 0; i < g->n; i++) {
        const row_data *r = &p->row[g->row[i]];
        at += r->has_control;
        if (r->has_contrast)
            return log(row_printed(p->w, r, theta, r->y)) -
                   log(row_printed_mean(p->w, r, theta, q->mean[at], sqrt(q->cov[at * g->n_q + at])));
        at += r->has_treat;
    }
    return 0;
}

static double group_log(const post *p, size_t i, const double *theta)
{
    const group *g = &p->group[i];
    double effect[512], d[2 * GROUP_MAX], s[2 * GROUP_MAX], lp = 0;
    group_q q;

    effects_of(p, g, theta, effect);
    group_predict(p->w, g, p->row, effect, theta, &q);
    size_t n = g->n_q;
    for (size_t k = 0; k < n; k++)
        d[k] = q.y[k] - q.mean[k];
    lp = printed(p, g, theta, &q);
    if (!num_cholesky(n, q.cov))
        return -HUGE_VAL;
    num_lower_solve(n, q.cov, d, s);
    for (size_t k = 0; k < n; k++)
        lp -= 0.5 * s[k] * s[k] + log(q.cov[k * n + k]);
    return lp;
}

static double fact_log(const post *p, size_t i, const double *theta)
{
    const fact *f = &p->fact[i];
    double z = (f->y - emu_at(&p->fact_emu[i], theta)) / f->se;

    if (f->bound) /* an effect beyond the bound, on its side of nought, is unlikely */
        return log(fmax(num_normal_cdf(f->y < 0 ? -z : z), 1e-300));
    return -0.5 * z * z;
}

static double part(const post *p, size_t i, const double *theta)
{
    if (i >= p->n_group)
        return fact_log(p, i - p->n_group, theta);
    return p->left_out && p->left_out[i] ? 0 : group_log(p, i, theta);
}

double post_at(const post *p, const double *u, double *grad)
{
    double theta[W_MAX], moved[W_MAX], v[W_MAX], lp = 0;
    size_t n = p->w->n, n_part = p->n_group + p->n_fact;
    const double h = 1e-4;

    world_theta(p->w, u, theta);
    for (size_t i = 0; i < n; i++)
        lp -= 0.5 * u[i] * u[i];
    for (size_t i = 0; i < n_part; i++)
        lp += part(p, i, theta);
    if (!grad || !isfinite(lp))
        return lp;
    memcpy(v, u, n * sizeof *v);
    for (size_t j = 0; j < n; j++) {
        double sum[2] = {0, 0};
        for (int side = 0; side < 2; side++) {
            v[j] = u[j] + (side ? h : -h);
            world_theta(p->w, v, moved);
            for (size_t i = 0; i < n_part; i++) {
                if (p->touch[j * p->touch_words + i / 32] >> (i % 32) & 1)
                    sum[side] += part(p, i, moved);
            }
        }
        v[j] = u[j];
        grad[j] = (sum[1] - sum[0]) / (2 * h) - u[j];
    }
    return lp;
}

gs_status post_make(gs_arena *a, post *p, gs_err *err)
{
    size_t n = p->w->n, n_part = p->n_group + p->n_fact;
    double u[W_MAX], theta[W_MAX], moved[W_MAX];

    p->touch_words = n_part / 32 + 1;
    p->touch = GS_NEW(a, uint32_t, n * p->touch_words);
    if (!p->touch)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    // what reaches what is found out by moving each number, from two places
    for (int place = 0; place < 2; place++) {
        for (size_t j = 0; j < n; j++)
            u[j] = place ? -1.3 : 0.9;
        world_theta(p->w, u, theta);
        for (size_t j = 0; j < n; j++) {
            u[j] += 0.05;
            world_theta(p->w, u, moved);
            u[j] -= 0.05;
            for (size_t i = 0; i < n_part; i++) {
                double x = i < p->n_group ? group_log(p, i, theta) : fact_log(p, i - p->n_group, theta);
                double y = i < p->n_group ? group_log(p, i, moved) : fact_log(p, i - p->n_group, moved);
                if (x != y)
                    p->touch[j * p->touch_words + i / 32] |= 1u << (i % 32);
            }
        }
    }
    return GS_OK;
}

static double eval(void *self, size_t slot, const double *u, double *grad)
{
    (void)slot;
    return post_at(self, u, grad);
}

gs_status post_sample(gs_arena *a, const post *p, const post_opts *o, const gs_pool *pool,
                      const gs_progress *progress, post_out *out, gs_err *err)
{
    size_t n = p->w->n, n_row = o->n_chain * o->n_draw, gradients = 0;
    target t = {.n = n, .eval = eval, .self = (void *)(uintptr_t)p};
    nuts_opts no = {.n_chain = o->n_chain, .n_warmup = o->n_warmup, .n_draw = o->n_draw,
                    .max_depth = 7, .seed = o->seed, .target_accept = 0.85};
    nuts_out res;
    double *u = GS_NEW(a, double, n), *L = GS_NEW(a, double, n * n), *x = GS_NEW(a, double, n_row);

    out->theta = GS_NEW(a, double, n_row * n);
    if (!u || !L || !x || !out->theta)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        u[i] = 0.1;
    if (!mode_find(a, &t, o->n_chain, pool, u, L, &gradients))
        return gs_fail(err, GS_ENUM, "no possible start of the calibration was found");
    GS_TRY(nuts_run(a, &t, u, L, &no, pool, progress, 0, &res, err));
    out->n = n_row;
    out->n_divergent = res.n_divergent;
    out->rhat = 1;
    out->ess = HUGE_VAL;
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n_row; i++)
            x[i] = res.draw[i * n + j];
        out->rhat = fmax(out->rhat, gs_infer_rhat(o->n_chain, o->n_draw, x));
        out->ess = fmin(out->ess, gs_infer_ess_bulk(o->n_chain, o->n_draw, x));
    }
    for (size_t i = 0; i < n_row; i++)
        world_theta(p->w, res.draw + i * n, out->theta + i * n);
    return GS_OK;
}
