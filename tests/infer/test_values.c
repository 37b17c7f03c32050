/* Measured values in the likelihood, on a body where everything is linear and Gaussian:
 * the posterior of two gains is known in closed form. */
#include "toy.h"
#include "gutskin/labs.h"

enum { N_DAY = 120, N_LAB = 6, N_GAIN = 2 };

/* marker = exp(x); scores speak of signal_flat, so only values teach the gains. */
static void marker_seen(const gs_kernel *k, const double *z, const double *par, const double *u,
                        double *y)
{
    toy_seen(k, z, par, u, y);
    y[2] = exp(z[0]);
}

static void marker_seen_grad(const gs_kernel *k, size_t i, const double *z, const double *par,
                             const double *u, double *dz, double *dp)
{
    toy_seen_grad(k, i, z, par, u, dz, dp);
    if (i == 2)
        dz[0] = exp(z[0]);
}

typedef struct body {
    gs_arena *a;
    gs_kernel k;
    gs_par_info par[6];
    gs_see_info see[3];
    gs_channel chan[3];
    gs_lab lab[N_LAB + 1];
    toy_diary *t;
    problem *p;
    post *w;
} body;

/* Values of two channels, in a body where the gains are g. "igf1" has no offset here (the toy
 * has no igf1_ref), "butyrate_share" has a wide one. */
static body *body_new(const double *g, size_t n_lab)
{
    static const int32_t day[N_LAB] = {20, 50, 110, 30, 60, 90};
    gs_arena *a = gs_arena_new(0);
    body *b = GS_NEW(a, body, 1);
    b->a = a;
    b->k = toy_kernel();
    memcpy(b->par, toy_par, sizeof toy_par);
    b->par[3].personal = b->par[5].personal = false;
    for (size_t i = 0; i < 5; i++)
        if (b->par[i].prior.kind == GS_DIST_NORMAL) {
            b->par[i].lo = -40;
            b->par[i].hi = 40;
        }
    memcpy(b->see, toy_see, sizeof toy_see);
    b->see[2] = (gs_see_info){.name = "marker", .noise = {GS_DIST_LOGNORMAL, 1, 1.3}};
    b->k.par = b->par;
    b->k.see = b->see;
    b->k.n_see = 3;
    b->k.seen = marker_seen;
    b->k.seen_grad = marker_seen_grad;
    gs_scale s = test_scale(GS_SCALE_POSITIVE, 0, 72, 0.1, 0.5, 1);
    b->t = toy_new(a, N_DAY, 1, 1, &s, 3);
    gs_rng r = gs_rng_stream(8, 0, "toy scores");
    for (size_t i = 0; i < N_DAY; i++)
        b->t->value[0][i] = floor(200 + 20 * gs_rng_normal(&r)) / 10;
    b->t->channel[0].see = "signal_flat";
    b->chan[0] = (gs_channel){.name = "igf1", .kind = GS_CHANNEL_LAB, .see = "marker", .unit = "1",
                              .hi = 1e9, .title = "", .also = ""};
    b->chan[1] = b->chan[0];
    b->chan[1].name = "butyrate_share";
    b->chan[2] = b->chan[0];
    b->chan[2].name = "calprotectin";
    b->chan[2].see = "";
    OK(problem_make(a, &b->k, &b->t->obs, N_DAY, N_DAY, NULL, &b->p, err));
    OK(post_new(a, b->p, true, &b->w, err));
    double x[32] = {0};
    for (size_t d = 0; d < b->p->n_dim; d++)
        x[d] = prior_value(&b->p->prior[d], 0, NULL);
    for (size_t d = 0; d < N_GAIN; d++)
        x[d] = g[b->p->dim[d].par == 2];
    assert_true(post_path(b->w, x));
    for (size_t i = 0; i < n_lab; i++) {
        double at = b->w->y[0][problem_row(b->p, day[i]) * b->p->n_pick];
        (void)at;
        bool share = i >= 3;
        /* the observable was not picked yet: x itself is in the state's signal */
        b->lab[i] = (gs_lab){&b->chan[share], day[i], share ? 0.2 : 1, NAN};
    }
    b->lab[n_lab] = (gs_lab){&b->chan[2], 10, 80, NAN};
    b->t->obs.lab = b->lab;
    b->t->obs.n_lab = n_lab + 1;
    post_free(b->w);
    OK(problem_make(a, &b->k, &b->t->obs, N_DAY, N_DAY, NULL, &b->p, err));
    OK(post_new(a, b->p, true, &b->w, err));
    /* what the body shows, with a made-up error each */
    assert_true(post_path(b->w, x));
    double ln_y[N_LAB];
    assert_true(post_values(b->w, ln_y));
    for (size_t i = 0; i < b->p->n_value; i++)
        for (size_t j = 0; j < n_lab; j++)
            if (b->lab[j].channel == b->p->value[i].channel && b->lab[j].day == b->p->value[i].day)
                b->lab[j].value = exp(ln_y[i] + (b->lab[j].channel == &b->chan[1] ? -4.0 : 0)
                                      + 0.1 * ((double)j - 2));
    post_free(b->w);
    OK(problem_make(a, &b->k, &b->t->obs, N_DAY, N_DAY, NULL, &b->p, err));
    OK(post_new(a, b->p, true, &b->w, err));
    return b;
}

static void body_free(body *b)
{
    gs_arena *a = b->a;
    post_free(b->w);
    gs_arena_free(a);
}

/* ln v = sum_g a[i][g] gain_g + offset + e; the gains' posterior, by the book. */
typedef struct closed {
    double a[N_LAB][N_GAIN], mean[N_GAIN], cov[N_GAIN][N_GAIN], prior_mean[N_GAIN], prior_sd[N_GAIN];
    double prec[N_GAIN][N_GAIN], lin[N_GAIN];
} closed;

static closed solve(body *b)
{
    closed c = {0};
    const problem *p = b->p;
    double x[32], zero[N_LAB], C[N_LAB][N_LAB] = {{0}};
    size_t n = p->n_value;
    for (size_t d = 0; d < p->n_dim; d++)
        x[d] = prior_value(&p->prior[d], 0, NULL);
    for (size_t g = 0; g < N_GAIN; g++) {
        double with[N_LAB];
        c.prior_mean[g] = p->dim[g].par == 0 ? 1 : 0;
        c.prior_sd[g] = p->dim[g].par == 0 ? 0.6 : 1;
        x[0] = x[1] = 0;
        assert_true(post_path(b->w, x) && post_values(b->w, zero));
        x[g] = 1;
        assert_true(post_path(b->w, x) && post_values(b->w, with));
        for (size_t i = 0; i < n; i++)
            c.a[i][g] = with[i] - zero[i];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            C[i][j] = (i == j ? log(1.3) * log(1.3) : 0)
                      + (p->value[i].channel == p->value[j].channel ? pow(log(p->value[i].offset), 2) : 0);
    /* inverse by Gauss-Jordan: small and well conditioned */
    double inv[N_LAB][N_LAB] = {{0}};
    for (size_t i = 0; i < n; i++)
        inv[i][i] = 1;
    for (size_t k = 0; k < n; k++) {
        double d = C[k][k];
        for (size_t j = 0; j < n; j++) {
            C[k][j] /= d;
            inv[k][j] /= d;
        }
        for (size_t i = 0; i < n; i++) {
            double f = C[i][k];
            for (size_t j = 0; i != k && j < n; j++) {
                C[i][j] -= f * C[k][j];
                inv[i][j] -= f * inv[k][j];
            }
        }
    }
    for (size_t g = 0; g < N_GAIN; g++) {
        double w = 1 / (c.prior_sd[g] * c.prior_sd[g]);
        c.prec[g][g] += w;
        c.lin[g] += w * c.prior_mean[g];
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                c.lin[g] += c.a[i][g] * inv[i][j] * log(p->value[j].value);
                for (size_t h = 0; h < N_GAIN; h++)
                    c.prec[g][h] += c.a[i][g] * inv[i][j] * c.a[j][h];
            }
    }
    double det = c.prec[0][0] * c.prec[1][1] - c.prec[0][1] * c.prec[1][0];
    c.cov[0][0] = c.prec[1][1] / det;
    c.cov[1][1] = c.prec[0][0] / det;
    c.cov[0][1] = c.cov[1][0] = -c.prec[0][1] / det;
    for (size_t g = 0; g < N_GAIN; g++)
        c.mean[g] = c.cov[g][0] * c.lin[0] + c.cov[g][1] * c.lin[1];
    return c;
}

static const double truth[N_GAIN] = {1.2, 1.8}; /* stress, fibre */

static void test_values_enter_as_the_gaussian_they_are(void **state)
{
    (void)state;
    body *b = body_new(truth, N_LAB);
    closed c = solve(b);
    assert_int_equal(b->p->n_value, N_LAB); /* calprotectin is not heard */
    double u[32] = {0}, at0 = post_eval(b->w, u, NULL);
    gs_rng r = gs_rng_stream(5, 0, "where");
    for (int k = 0; k < 6; k++) {
        double x[N_GAIN], want = 0, at[N_GAIN];
        for (size_t g = 0; g < N_GAIN; g++) {
            u[g] = gs_rng_normal(&r);
            x[g] = c.prior_mean[g] + c.prior_sd[g] * u[g];
            at[g] = c.prior_mean[g];
        }
        for (size_t g = 0; g < N_GAIN; g++) {
            want += c.lin[g] * (x[g] - at[g]);
            for (size_t h = 0; h < N_GAIN; h++)
                want -= 0.5 * c.prec[g][h] * (x[g] * x[h] - at[g] * at[h]);
        }
        NEAR(post_eval(b->w, u, NULL) - at0, want, 1e-5); /* the simulator's own error */
    }
    body_free(b);
}

typedef struct along { post *w; double *u; size_t i; } along;

static void test_gradient_with_values_equals_differences(void **state)
{
    (void)state;
    body *b = body_new(truth, N_LAB);
    double u[32] = {0.3, -0.4}, g[32];
    assert_true(isfinite(post_eval(b->w, u, g)));
    for (size_t i = 0; i < b->p->n_dim; i++) {
        double h = 1e-3, was = u[i];
        u[i] = was + h;
        double up = post_eval(b->w, u, NULL);
        u[i] = was - h;
        double down = post_eval(b->w, u, NULL);
        u[i] = was;
        NEAR(g[i], (up - down) / (2 * h), 2e-4); /* differences of second order */
    }
    body_free(b);
}

static const gs_dim *dim_of(const gs_fit *f, long par)
{
    for (size_t d = 0; d < f->n_dim; d++)
        if (f->dim[d].par == par)
            return &f->dim[d];
    fail();
    return NULL;
}

static const gs_labs_item *item_of(const gs_labs *x, const char *name)
{
    for (size_t i = 0; i < x->n_item; i++)
        if (strcmp(x->item[i].name, name) == 0)
            return &x->item[i];
    fail();
    return NULL;
}

static void test_a_fit_learns_from_values_what_the_book_says(void **state)
{
    (void)state;
    body *b = body_new(truth, N_LAB);
    closed c = solve(b);
    gs_fit_opts o = GS_FIT_OPTS;
    gs_fit *f;
    o.n_draw = 1000;
    OK(gs_infer_fit(b->a, &b->k, &b->t->obs, &o, NULL, NULL, &f, err));
    assert_true(f->ok);
    assert_int_equal(f->n_value, N_LAB);
    for (size_t g = 0; g < N_GAIN; g++) {
        const gs_dim *d = &f->dim[g];
        double sd = sqrt(c.cov[g][g]);
        /* five Monte-Carlo errors */
        NEAR((d->mean - c.mean[g]) / sd, 0, 5 / sqrt(d->ess_bulk));
        NEAR(d->sd / sd, 1, 5 / sqrt(2 * d->ess_tail));
    }
    /* the fibre gain was believed to be 0 and is found near 1.8 */
    assert_true(dim_of(f, 2)->post.q05 > 0.5);

    /* taken out again, the gains are what was believed before */
    gs_labs_opts lo = GS_LABS_OPTS;
    gs_obs bare = b->t->obs;
    gs_labs *x;
    lo.n_draw = 2000;
    OK(gs_labs_shift(b->a, &b->k, &b->t->obs, f, &lo, NULL, &x, err));
    assert_false(x->ok); /* that far, few draws carry it: found out, and not shown */
    bare.n_lab = 0;
    gs_fit *without;
    OK(gs_infer_fit(b->a, &b->k, &bare, &o, NULL, NULL, &without, err));
    lo.without = without;
    lo.obs_without = &bare;
    OK(gs_labs_shift(b->a, &b->k, &b->t->obs, f, &lo, NULL, &x, err));
    assert_true(x->ok);
    const gs_labs_item *it = item_of(x, "gain_fibre");
    NEAR(it->before.q50, 0, 0.15);
    NEAR(it->before.q95, 1.645, 0.25);
    NEAR(it->after.q50, c.mean[b->p->dim[1].par == 2], 0.1);
    assert_true(it->moved > 1 && it->narrowed > 0.3);
    body_free(b);
}

/* One value with a wide offset says little: then weights give back what was before. */
static void test_weights_take_the_values_out_again(void **state)
{
    (void)state;
    body *b = body_new(truth, N_LAB);
    for (size_t i = 0; i < 3; i++) /* igf1 away, one share stays, and is heard with its offset */
        b->lab[i] = b->lab[N_LAB];
    b->lab[3] = b->lab[4] = b->lab[N_LAB];
    gs_fit_opts o = GS_FIT_OPTS;
    gs_fit *f;
    gs_labs *x;
    gs_labs_opts lo = GS_LABS_OPTS;
    OK(gs_infer_fit(b->a, &b->k, &b->t->obs, &o, NULL, NULL, &f, err));
    assert_int_equal(f->n_value, 1);
    lo.n_draw = 2000;
    OK(gs_labs_shift(b->a, &b->k, &b->t->obs, f, &lo, NULL, &x, err));
    assert_true(x->ok);
    assert_true(x->n_effective > 1000);
    const gs_labs_item *it = item_of(x, "gain_fibre");
    NEAR(it->before.q50, 0, 0.15);
    NEAR(it->before.q05, -1.645, 0.25);
    NEAR(it->before.q95, 1.645, 0.25);
    body_free(b);
}

static void test_a_fit_knows_when_a_value_is_new(void **state)
{
    (void)state;
    body *b = body_new(truth, N_LAB);
    gs_fit *f;
    double par[6];
    OK(gs_infer_believe(b->a, &b->k, &b->t->obs, 50, 1, &f, err));
    OK(gs_infer_par(&b->k, &b->t->obs, f, false, 1, par, NULL, err));
    b->lab[0].value *= 1.5;
    gs_err err = {0};
    assert_int_equal(gs_infer_par(&b->k, &b->t->obs, f, false, 1, par, NULL, &err), GS_EUSE);
    body_free(b);
}

static void test_what_is_not_heard_says_why(void **state)
{
    (void)state;
    body *b = body_new(truth, N_LAB);
    gs_value *v;
    size_t n, heard;
    b->chan[0].name = "crp";
    b->lab[0].value = 40;             /* an infection */
    b->lab[1].value = 0;              /* below detection */
    b->lab[2].day = N_DAY + 5;        /* after the days looked at */
    OK(gs_infer_values(b->a, &b->k, &b->t->obs, N_DAY, &n, &heard, &v, err));
    assert_int_equal(n, N_LAB);
    assert_int_equal(heard, 3);
    for (size_t i = 0; i < n; i++)
        assert_true((v[i].why_not == NULL) == (i < heard));
    body_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_enter_as_the_gaussian_they_are),
        cmocka_unit_test(test_gradient_with_values_equals_differences),
        cmocka_unit_test(test_a_fit_learns_from_values_what_the_book_says),
        cmocka_unit_test(test_weights_take_the_values_out_again),
        cmocka_unit_test(test_a_fit_knows_when_a_value_is_new),
        cmocka_unit_test(test_what_is_not_heard_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
