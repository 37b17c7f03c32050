/* The generated kernels of the shipped axis, judged by the interpreter: values and
 * derivatives, at the typical adult, at random points and at extreme ones. */
#include "modelc/kernels.h"

#include "gutskin/rng.h"

static gs_arena *arena;
static gs_kernel *judge[2];
static const gs_kernel *generated[2];

static int read_axis(void **state)
{
    (void)state;
    gs_err err = {0};
    char *text;
    size_t n;
    gs_spec *spec;
    gs_modelc_opts o = GS_MODELC_OPTS;
    arena = gs_arena_new(0);
    if (gs_text_read_file(GS_SOURCE_DIR "/model/axis.gs", 1 << 22, &text, &n, &err) != GS_OK ||
        gs_spec_parse(arena, "axis.gs", text, n, &spec, &err) != GS_OK)
        return -1;
    free(text);
    for (int form = 0; form < 2; form++) {
        o.slave = form == 1;
        if (gs_modelc_interpret(arena, spec, &o, &judge[form], &err) != GS_OK)
            return -1;
    }
    generated[0] = gs_axis();
    generated[1] = gs_axis_slaved();
    return 0;
}

static int forget_axis(void **state)
{
    (void)state;
    gs_arena_free(arena);
    return 0;
}

/* u in 0..1 spread over lo..hi; open ends are cut around x */
static double between(double u, double lo, double hi, double x)
{
    if (isinf(lo))
        lo = x - 2 * fabs(x) - 1;
    if (isinf(hi))
        hi = x + 2 * fabs(x) + 1;
    return lo + u * (hi - lo);
}

/* extreme: every number a hair inside one end of its range, or at its value. At the very
 * ends (1 - J)^0.6 has no slope, and kinks of max and min meet. */
static double draw(gs_rng *r, bool extreme, double lo, double hi, double x)
{
    double u = gs_rng_uniform(r), edge = 1e-9 * gs_rng_uniform(r);
    if (!extreme)
        return between(u, lo, hi, x);
    return u < 0.3 ? between(edge, lo, hi, x) : u < 0.6 ? between(1 - edge, lo, hi, x) : x;
}

static point draw_point(const gs_kernel *k, uint64_t seed, bool extreme)
{
    gs_rng r = gs_rng_stream(seed, 0, "axis judge");
    point p = point_new(arena, k);
    for (size_t i = 0; i < k->n_par; i++)
        p.par[i] = draw(&r, extreme, k->par[i].lo, k->par[i].hi, k->par[i].value);
    for (size_t i = 0; i < k->n_lever; i++)
        p.lever[i] = draw(&r, extreme, k->lever[i].lo, k->lever[i].hi, k->lever[i].habit);
    for (size_t i = 0; i < k->n_state; i++) {
        double x = draw(&r, extreme, k->state[i].lo, k->state[i].hi, k->state[i].start);
        p.z[i] = k->state[i].is_log ? log(x) : x;
    }
    return p;
}

/* |a - b| relative to the number and to what it was summed from (scale). Where the judge b
 * is finite, a must be. (Where a product is too small for a double the judge, which takes
 * the logarithm of that product, has none to give; generated code may.) */
static double off(double a, double b, double scale)
{
    if (!isfinite(b))
        return 0;
    return isfinite(a) ? fabs(a - b) / (fabs(b) + scale) : HUGE_VAL;
}

static double worst(size_t n, const double *a, const double *b, double scale)
{
    double w = 0;
    for (size_t i = 0; i < n; i++)
        w = fmax(w, off(a[i], b[i], scale));
    return w;
}

/* The derivatives of one value, by n things: rounding is relative to the largest of them
 * and to the value. A value that is not finite has no derivative to compare. */
static double worst_row(size_t n, const double *a, const double *b, double value)
{
    double scale = 1 + fabs(value);
    for (size_t i = 0; i < n; i++)
        if (isfinite(b[i]))
            scale = fmax(scale, fabs(b[i]));
    return isfinite(value) ? worst(n, a, b, scale) : 0;
}

typedef struct outcome {
    double dz, j, jp, y, gz, gp;
    size_t not_finite;
} outcome;

static outcome compare(int form, point p)
{
    const gs_kernel *g = generated[form], *k = judge[form];
    size_t n = k->n_state, m = k->n_par;
    double *v = GS_NEW(arena, double, 8 * n + 4 * n * n + 4 * n * m + 4 * k->n_see + 4 * m);
    double *dz[3] = {v, v + n, v + 2 * n};
    v += 3 * n;
    double *j[2] = {v, v + n * n}, *jp[2] = {v + 2 * n * n, v + 2 * n * n + n * m};
    v += 2 * n * n + 2 * n * m;
    outcome o = {0};
    dense_jac(arena, k, p, dz[0], j[0], jp[0]);
    dense_jac(arena, g, p, dz[1], j[1], jp[1]);
    g->rhs(g, p.z, p.par, p.lever, dz[2]);
    assert_true(worst(n, dz[2], dz[1], 0) == 0); /* rhs and jac agree to the bit */
    /* sums of rates cancel: relative to a rate of 1/d */
    o.dz = worst(n, dz[1], dz[0], 1);
    for (size_t i = 0; i < n; i++) {
        o.j = fmax(o.j, worst_row(n, j[1] + i * n, j[0] + i * n, dz[0][i]));
        o.jp = fmax(o.jp, worst_row(m, jp[1] + i * m, jp[0] + i * m, dz[0][i]));
        o.not_finite += isfinite(dz[0][i]) ? 0 : 1;
    }
    double *y[2] = {v, v + k->n_see};
    v += 2 * k->n_see;
    k->seen(k, p.z, p.par, p.lever, y[0]);
    g->seen(g, p.z, p.par, p.lever, y[1]);
    o.y = worst(k->n_see, y[1], y[0], 1);
    double *gz[2] = {v, v + n}, *gp[2] = {v + 2 * n, v + 2 * n + m};
    for (size_t i = 0; i < k->n_see; i++) {
        k->seen_grad(k, i, p.z, p.par, p.lever, gz[0], gp[0]);
        g->seen_grad(g, i, p.z, p.par, p.lever, gz[1], gp[1]);
        o.gz = fmax(o.gz, worst_row(n, gz[1], gz[0], y[0][i]));
        o.gp = fmax(o.gp, worst_row(m, gp[1], gp[0], y[0][i]));
    }
    return o;
}

/* Slaved, X = exp(-1000) is possible at absurd points (Z = 50 and skin_to_gut = -3), and
 * X^0.1 is then 0 to the judge but not to code that keeps the logarithm. */
static bool underflows(const gs_kernel *k, point p)
{
    double *y = GS_NEW(arena, double, k->n_see);
    long crp = gs_kernel_see(k, "crp");
    assert_true(crp >= 0);
    k->seen(k, p.z, p.par, p.lever, y);
    return k->slaved && fabs(y[crp]) < 1e-280;
}

static void check_points(int n, bool extreme, double tol)
{
    for (int form = 0; form < 2; form++) {
        outcome w = {0};
        size_t not_finite = 0, skipped = 0;
        for (int seed = 0; seed < n; seed++) {
            gs_mark m = gs_arena_mark(arena);
            point p = draw_point(judge[form], (uint64_t)seed, extreme);
            if (underflows(judge[form], p)) {
                skipped++;
                continue;
            }
            outcome o = compare(form, p);
            w.dz = fmax(w.dz, o.dz);
            w.j = fmax(w.j, o.j);
            w.jp = fmax(w.jp, o.jp);
            w.y = fmax(w.y, o.y);
            w.gz = fmax(w.gz, o.gz);
            w.gp = fmax(w.gp, o.gp);
            not_finite += o.not_finite > 0;
            if (fmax(fmax(w.dz, w.j), fmax(fmax(w.jp, w.y), fmax(w.gz, w.gp))) > tol)
                fail_msg("form %d, seed %d: dz %.2g j %.2g jp %.2g y %.2g dy/dz %.2g dy/dp %.2g",
                         form, seed, w.dz, w.j, w.jp, w.y, w.gz, w.gp);
            gs_arena_release(arena, m);
        }
        print_message("%s, %d %s points (%zu skipped, %zu not finite): dz %.1e j %.1e jp %.1e y %.1e "
                      "dy/dz %.1e dy/dp %.1e\n",
                      generated[form]->slaved ? "slaved" : "full", n,
                      extreme ? "extreme" : "random", skipped, not_finite, w.dz, w.j, w.jp, w.y, w.gz,
                      w.gp);
        assert_true(extreme || not_finite + skipped < (size_t)n / 4);
    }
}

TEST(both_say_the_same_of_themselves)
{
    (void)unused;
    for (int form = 0; form < 2; form++) {
        const gs_kernel *g = generated[form], *k = judge[form];
        assert_true(g->hash == k->hash && g->slaved == k->slaved && g->slaved == (form == 1));
        assert_int_equal(g->n_state, k->n_state);
        assert_int_equal(g->n_par, k->n_par);
        assert_int_equal(g->n_lever, k->n_lever);
        assert_int_equal(g->n_see, k->n_see);
        assert_int_equal(g->n_event, k->n_event);
        for (size_t i = 0; i < k->n_state; i++) {
            assert_string_equal(g->state[i].name, k->state[i].name);
            assert_string_equal(g->state[i].doc, k->state[i].doc);
            assert_true(g->state[i].start == k->state[i].start);
            assert_true(g->state[i].is_log == k->state[i].is_log);
        }
        for (size_t i = 0; i < k->n_par; i++) {
            assert_string_equal(g->par[i].name, k->par[i].name);
            assert_string_equal(g->par[i].cite, k->par[i].cite);
            assert_string_equal(g->par[i].lever, k->par[i].lever);
            assert_true(g->par[i].value == k->par[i].value);
            assert_int_equal(g->par[i].prior.kind, k->par[i].prior.kind);
            assert_true(g->par[i].prior.b == k->par[i].prior.b);
        }
        for (size_t i = 0; i < k->n_see; i++)
            assert_true(g->see[i].noise.b == k->see[i].noise.b);
    }
    assert_int_equal(judge[0]->n_state, 35);
}

TEST(both_agree_at_the_typical_adult)
{
    (void)unused;
    for (int form = 0; form < 2; form++) {
        outcome o = compare(form, point_new(arena, judge[form]));
        assert_int_equal(o.not_finite, 0);
        assert_true(o.dz < 1e-14 && o.j < 1e-14 && o.jp < 1e-13 && o.y < 1e-14);
    }
}

/* rounding differs: a power through its logarithm loses about |n ln x| ulp */
TEST(both_agree_at_random_points)
{
    (void)unused;
    check_points(300, false, 1e-12);
}

TEST(both_agree_at_extreme_points)
{
    (void)unused;
    check_points(300, true, 1e-12);
}

/* At the slaved values the full model's fast states stand still. What is left is what four
 * sweeps of the cycle X -> G -> X leave. */
static double stillness(point p)
{
    const gs_kernel *full = generated[0], *s = generated[1];
    point q = point_new(arena, full);
    double *x = GS_NEW(arena, double, s->n_fast), *dz = GS_NEW(arena, double, full->n_state);
    double *j = GS_NEW(arena, double, full->n_state * full->n_state), w = 0;
    double *jp = GS_NEW(arena, double, full->n_state * full->n_par);
    s->fast_seen(s, p.z, p.par, p.lever, x);
    for (size_t i = 0; i < s->n_state; i++)
        q.z[gs_kernel_state(full, s->state[i].name)] = p.z[i];
    for (size_t i = 0; i < s->n_fast; i++)
        q.z[gs_kernel_state(full, s->fast[i].name)] = x[i];
    q.par = p.par;
    q.lever = p.lever;
    dense_jac(arena, full, q, dz, j, jp);
    for (size_t i = 0; i < s->n_fast; i++) {
        size_t r = (size_t)gs_kernel_state(full, s->fast[i].name);
        /* distance to the equilibrium of this one, relative to it */
        w = fmax(w, fabs(dz[r] / j[r * full->n_state + r]) / (1e-3 + fabs(x[i])));
    }
    return w;
}

TEST(slaved_states_stand_still_in_the_full_model)
{
    (void)unused;
    const gs_kernel *k = generated[1];
    double typical = stillness(point_new(arena, k)), w = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        gs_mark m = gs_arena_mark(arena);
        gs_rng r = gs_rng_stream(seed, 0, "plausible");
        point p = point_new(arena, k);
        for (size_t i = 0; i < k->n_state; i++) /* each state within a factor of about 3 */
            p.z[i] = k->state[i].is_log ? p.z[i] + 0.5 * gs_rng_normal(&r)
                                        : fmin(p.z[i] * exp(0.5 * gs_rng_normal(&r)),
                                               0.999 * k->state[i].hi);
        for (size_t i = 0; i < k->n_lever; i++)
            p.lever[i] = between(gs_rng_uniform(&r), k->lever[i].lo, k->lever[i].hi, 1);
        w = fmax(w, stillness(p));
        gs_arena_release(arena, m);
    }
    print_message("fast states left off their equilibrium: typical %.1e, plausible %.1e\n",
                  typical, w);
    assert_true(typical < 1e-12 && w < 1e-5);
}

typedef struct moved {
    const gs_kernel *k;
    point p;
} moved;

static void rates(const void *self, double *out)
{
    const moved *s = self;
    s->k->rhs(s->k, s->p.z, s->p.par, s->p.lever, out);
}

/* order 6 at h: rounding 1e-16/h, truncation about (h/scale)^6 */
static void check_differences(const gs_kernel *k, point p, double h, double tol)
{
    size_t n = k->n_state, m = k->n_par;
    double *dz = GS_NEW(arena, double, n), *d = GS_NEW(arena, double, n);
    double *j = GS_NEW(arena, double, n * n), *jp = GS_NEW(arena, double, n * m);
    moved at = {k, p};
    dense_jac(arena, k, p, dz, j, jp);
    for (size_t c = 0; c < n + m; c++) {
        if (c >= n && !k->par[c - n].personal)
            continue;
        double *v = c < n ? &p.z[c] : &p.par[c - n];
        difference(rates, &at, v, h * fmax(fabs(*v), 0.05), n, d, arena);
        for (size_t r = 0; r < n; r++) {
            double want = c < n ? j[r * n + c] : jp[r * m + c - n];
            if (!(fabs(d[r] - want) <= tol * (1 + fabs(want))))
                fail_msg("d %s' / d %s: %.15g, by differences %.15g", k->state[r].name,
                         c < n ? k->state[c].name : k->par[c - n].name, want, d[r]);
        }
    }
}

/* Kinks (max, min, pos) sit exactly at the typical adult, so look a little beside it. */
TEST(derivatives_are_those_of_the_rates)
{
    (void)unused;
    for (int form = 0; form < 2; form++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            const gs_kernel *k = generated[form];
            gs_rng r = gs_rng_stream(seed, 0, "beside the typical adult");
            point p = point_new(arena, k);
            for (size_t i = 0; i < k->n_state; i++)
                p.z[i] *= 1.01 + 0.1 * gs_rng_uniform(&r);
            for (size_t i = 0; i < k->n_lever; i++)
                p.lever[i] = fmin(p.lever[i] * 1.1 + 0.01 * gs_rng_uniform(&r), k->lever[i].hi);
            check_differences(k, p, 1e-3, 1e-10);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_say_the_same_of_themselves),
        cmocka_unit_test(both_agree_at_the_typical_adult),
        cmocka_unit_test(both_agree_at_random_points),
        cmocka_unit_test(both_agree_at_extreme_points),
        cmocka_unit_test(slaved_states_stand_still_in_the_full_model),
        cmocka_unit_test(derivatives_are_those_of_the_rates),
    };
    return cmocka_run_group_tests(tests, read_axis, forget_axis);
}
