/* The lanes of the shipped axis, at every level this CPU has and in both precisions, judged
 * by the interpreter: every lane another point, random or extreme. And a NaN in one lane
 * is never seen by another. */
#include "modelc/kernels.h"

#include "gutskin/cpu.h"
#include "gutskin/rng.h"
#include "base/lu.h"

enum { MAX_W = 16 };
static gs_arena *arena;
static gs_kernel *judge[2];
static const gs_kernel *shipped[2];

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
    shipped[0] = gs_axis();
    shipped[1] = gs_axis_slaved();
    return 0;
}

static int forget_axis(void **state)
{
    (void)state;
    gs_arena_free(arena);
    return 0;
}

/* ---- numbers in lanes, double or float ---- */

static void *vector(const gs_lanes *l, size_t n)
{
    size_t size = l->n_lane * (l->single ? sizeof(float) : sizeof(double));
    char *p = gs_arena_calloc(arena, n + 2, size < 64 ? 64 : size);
    return p + (64 - (uintptr_t)p % 64) % 64;
}

static void put(const gs_lanes *l, void *a, size_t i, size_t lane, double x)
{
    if (l->single)
        ((float *)a)[i * l->n_lane + lane] = (float)x;
    else
        ((double *)a)[i * l->n_lane + lane] = x;
}

static double get(const gs_lanes *l, const void *a, size_t i, size_t lane)
{
    return l->single ? (double)((const float *)a)[i * l->n_lane + lane]
                     : ((const double *)a)[i * l->n_lane + lane];
}

/* everything a lane kernel says at MAX_W or fewer points */
typedef struct said {
    void *z, *par, *lever, *c, *f, *f2, *j, *y, *x, *w, *b;
} said;

static said ask(const gs_kernel *k, const gs_lanes *l, const point *p, double d)
{
    said s = {vector(l, k->n_state), vector(l, k->n_par), vector(l, k->n_lever),
              vector(l, l->n_c), vector(l, k->n_state), vector(l, k->n_state),
              vector(l, k->n_jac), vector(l, k->n_see), vector(l, k->n_state),
              vector(l, l->n_w), vector(l, k->n_state)};
    void *shift = vector(l, 1);
    for (size_t lane = 0; lane < l->n_lane; lane++) {
        for (size_t i = 0; i < k->n_state; i++) {
            put(l, s.z, i, lane, p[lane].z[i]);
            put(l, s.b, i, lane, 1.0 + (double)i);
        }
        for (size_t i = 0; i < k->n_par; i++)
            put(l, s.par, i, lane, p[lane].par[i]);
        for (size_t i = 0; i < k->n_lever; i++)
            put(l, s.lever, i, lane, p[lane].lever[i]);
        put(l, shift, 0, lane, d);
    }
    l->day(s.par, s.lever, s.c);
    l->rhs(s.z, s.c, s.f);
    l->jac(s.z, s.c, s.f2, s.j);
    l->seen(s.z, s.c, s.y);
    l->natural(s.z, s.x);
    l->factor(s.j, shift, s.w);
    l->solve(s.w, s.b);
    return s;
}

/* ---- points ---- */

static double between(double u, double lo, double hi, double x)
{
    if (isinf(lo))
        lo = x - 2 * fabs(x) - 1;
    if (isinf(hi))
        hi = x + 2 * fabs(x) + 1;
    return lo + u * (hi - lo);
}

/* as in test_axis.c: extreme is a hair inside one end of the range, or the value */
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

/* a little beside the typical adult: where single precision is meant to be used */
static point plausible_point(const gs_kernel *k, uint64_t seed)
{
    gs_rng r = gs_rng_stream(seed, 0, "plausible");
    point p = point_new(arena, k);
    for (size_t i = 0; i < k->n_state; i++)
        p.z[i] = k->state[i].is_log ? p.z[i] + 0.5 * gs_rng_normal(&r)
                                    : fmin(p.z[i] * exp(0.5 * gs_rng_normal(&r)),
                                           0.999 * k->state[i].hi);
    for (size_t i = 0; i < k->n_lever; i++)
        p.lever[i] = between(gs_rng_uniform(&r), k->lever[i].lo, k->lever[i].hi, 1);
    return p;
}

/* ---- the judgement ---- */

static double off(double a, double b, double scale)
{
    if (!isfinite(b))
        return 0;
    return isfinite(a) ? fabs(a - b) / (fabs(b) + scale) : HUGE_VAL;
}

typedef struct outcome {
    double f, j, y, x;
} outcome;

/* derivatives by personal parameters, relative to the largest of their row, and the
 * observables one at a time */
typedef struct slopes {
    void *c, *f, *j, *jp, *y, *g;
} slopes;

static slopes ask_slopes(const gs_kernel *k, const gs_lanes *l, const said *s)
{
    slopes d = {vector(l, l->n_c_slopes), vector(l, k->n_state), vector(l, k->n_jac),
                vector(l, k->n_jp + 1), vector(l, 1), vector(l, k->n_state + k->n_par)};
    l->day_slopes(s->par, s->lever, d.c);
    l->slopes(s->z, d.c, d.f, d.j, d.jp);
    return d;
}

static double compare_slopes(const gs_kernel *k, const gs_kernel *jk, const gs_lanes *l,
                             const said *s, const slopes *d, size_t lane, const point *p)
{
    size_t n = k->n_state;
    double *f = GS_NEW(arena, double, n), *y = GS_NEW(arena, double, k->n_see);
    double *j = GS_NEW(arena, double, n * n), *jp = GS_NEW(arena, double, n * k->n_par);
    double *gz = GS_NEW(arena, double, n), *gp = GS_NEW(arena, double, k->n_par), most = 0;
    dense_jac(arena, jk, *p, f, j, jp);
    jk->seen(jk, p->z, p->par, p->lever, y);
    for (size_t i = 0; i < n; i++) {
        double scale = 1 + fabs(f[i]), scale_p = 1;
        for (size_t c = 0; c < n; c++)
            scale = isfinite(j[i * n + c]) ? fmax(scale, fabs(j[i * n + c])) : scale;
        for (size_t c = 0; c < k->n_par; c++)
            scale_p = isfinite(jp[i * k->n_par + c]) ? fmax(scale_p, fabs(jp[i * k->n_par + c]))
                                                     : scale_p;
        most = fmax(most, off(get(l, d->f, i, lane), f[i], 1));
        for (size_t e = 0; e < k->n_jac && isfinite(f[i]); e++)
            if (k->jac_row[e] == i)
                most = fmax(most, off(get(l, d->j, e, lane), j[i * n + k->jac_col[e]], scale));
        for (size_t e = 0; e < k->n_jp && isfinite(f[i]); e++)
            if (k->jp_row[e] == i)
                most = fmax(most, off(get(l, d->jp, e, lane), jp[i * k->n_par + k->jp_par[e]],
                                      scale_p));
    }
    for (size_t i = 0; i < k->n_see; i++) {
        double scale = 1;
        size_t first = l->look_first[i], n_zero = 0;
        jk->seen_grad(jk, i, p->z, p->par, p->lever, gz, gp);
        for (size_t q = 0; q < n + k->n_par; q++) {
            double g = q < n ? gz[q] : gp[q - n];
            scale = isfinite(g) ? fmax(scale, fabs(g)) : scale;
            n_zero += g == 0 && q < n;
        }
        l->look(i, s->z, d->c, d->y);
        most = fmax(most, off(get(l, d->y, 0, lane), y[i], 1));
        l->look_slopes(i, s->z, d->c, d->y, d->g);
        most = fmax(most, off(get(l, d->y, 0, lane), y[i], 1));
        for (size_t q = first; q < l->look_first[i + 1] && isfinite(y[i]); q++) {
            size_t var = l->look_var[q];
            double g = var < n ? gz[var] : gp[var - n];
            most = fmax(most, off(get(l, d->g, q - first, lane), g, scale));
            n_zero += g != 0 && var < n;
        }
        assert_true(n_zero >= n || !isfinite(y[i])); /* none is missing */
    }
    return most;
}

/* rates relative to 1/d, entries of a row to its largest: as in test_axis.c */
static void compare(const gs_kernel *k, const gs_kernel *jk, const gs_lanes *l, const said *s,
                    size_t lane, const point *p, outcome *w)
{
    size_t n = k->n_state;
    double *f = GS_NEW(arena, double, n), *x = GS_NEW(arena, double, n);
    double *y = GS_NEW(arena, double, k->n_see);
    double *j = GS_NEW(arena, double, n * n), *jp = GS_NEW(arena, double, n * k->n_par);
    dense_jac(arena, jk, *p, f, j, jp);
    jk->seen(jk, p->z, p->par, p->lever, y);
    gs_kernel_to_natural(k, p->z, x);
    for (size_t i = 0; i < n; i++) {
        double scale = 1 + fabs(f[i]);
        w->f = fmax(w->f, off(get(l, s->f, i, lane), f[i], 1));
        w->x = fmax(w->x, off(get(l, s->x, i, lane), x[i], 0));
        /* rhs and jac may fuse different multiplications with additions */
        w->f = fmax(w->f, off(get(l, s->f2, i, lane), f[i], 1));
        for (size_t c = 0; c < n; c++)
            scale = isfinite(j[i * n + c]) ? fmax(scale, fabs(j[i * n + c])) : scale;
        for (size_t e = 0; e < k->n_jac; e++)
            if (k->jac_row[e] == i && isfinite(f[i]))
                w->j = fmax(w->j, off(get(l, s->j, e, lane), j[i * n + k->jac_col[e]], scale));
    }
    for (size_t i = 0; i < k->n_see; i++)
        w->y = fmax(w->y, off(get(l, s->y, i, lane), y[i], 1));
}

/* (d I - J) b = 1, 2, 3 ... with the J the lanes themselves said */
static double residual(const gs_kernel *k, const gs_lanes *l, const said *s, size_t lane,
                       double d)
{
    double worst = 0;
    for (size_t i = 0; i < k->n_state; i++) {
        double sum = d * get(l, s->b, i, lane), size = fabs(sum);
        for (size_t e = 0; e < k->n_jac; e++)
            if (k->jac_row[e] == i) {
                double t = get(l, s->j, e, lane) * get(l, s->b, k->jac_col[e], lane);
                sum -= t;
                size += fabs(t);
            }
        worst = fmax(worst, fabs(sum - 1.0 - (double)i) / (1 + size));
    }
    return worst;
}

static bool underflows(const gs_kernel *k, point p) /* as in test_axis.c */
{
    double *y = GS_NEW(arena, double, k->n_see);
    k->seen(k, p.z, p.par, p.lever, y);
    return k->slaved && fabs(y[gs_kernel_see(k, "crp")]) < 1e-280;
}

typedef enum where { RANDOM, EXTREME, PLAUSIBLE } where;

static void check_lanes(int form, const gs_lanes *l, where how, size_t n, double tol)
{
    const gs_kernel *k = shipped[form];
    outcome w = {0};
    double left = 0, by = 0;
    for (uint64_t seed = 0; seed < n; seed += l->n_lane) {
        gs_mark m = gs_arena_mark(arena);
        point p[MAX_W];
        for (size_t lane = 0; lane < l->n_lane; lane++) {
            uint64_t at = seed + lane;
            p[lane] = how == PLAUSIBLE ? plausible_point(k, at) : draw_point(k, at, how == EXTREME);
            if (underflows(judge[form], p[lane]))
                p[lane] = point_new(arena, k);
        }
        said s = ask(k, l, p, 1000.0);
        slopes d = l->slopes ? ask_slopes(k, l, &s) : (slopes){0};
        for (size_t lane = 0; lane < l->n_lane; lane++) {
            compare(k, judge[form], l, &s, lane, &p[lane], &w);
            if (l->slopes)
                by = fmax(by, compare_slopes(k, judge[form], l, &s, &d, lane, &p[lane]));
            if (by > tol)
                fail_msg("form %d, %s, seed %zu: derivatives by params %.2g", form,
                         gs_cpu_name((gs_cpu)l->level), (size_t)seed + lane, by);
            if (how == PLAUSIBLE)
                left = fmax(left, residual(k, l, &s, lane, 1000.0));
            if (fmax(fmax(w.f, w.j), fmax(w.y, w.x)) > tol)
                fail_msg("form %d, %s, seed %zu: f %.2g j %.2g y %.2g x %.2g", form,
                         gs_cpu_name((gs_cpu)l->level), (size_t)seed + lane, w.f, w.j, w.y, w.x);
        }
        gs_arena_release(arena, m);
    }
    assert_true(l->single == !l->slopes);
    print_message("%s %s %s: f %.1e j %.1e y %.1e x %.1e, slopes %.1e, solve %.1e\n",
                  form ? "slaved" : "full", gs_cpu_name((gs_cpu)l->level),
                  l->single ? "single" : "double", w.f, w.j, w.y, w.x, by, left);
    assert_true(left < (l->single ? 1e-5 : 1e-13));
}

#define EACH_LANES(l)                                                                    \
    for (int form = 0; form < 2; form++)                                                 \
        for (size_t i_ = 0; i_ < shipped[form]->n_lanes; i_++)                           \
            for (const gs_lanes *l = shipped[form]->lanes[i_];                           \
                 l && l->level <= (int)gs_cpu_widest(); l = NULL)

/* as the scalar kernel in test_axis.c: a power through its logarithm loses |n ln x| ulp */
TEST(double_lanes_agree_with_the_judge_at_random_points)
{
    (void)unused;
    EACH_LANES(l)
        if (!l->single)
            check_lanes(form, l, RANDOM, 96, 1e-12);
}

/* 1 - a b, a hair from the end of a range, is 1e-9 or less: the judge rounds a b first, which
 * fused multiplication does not, and a rounding of 1e-16 is 1e-7 of what is left. On ARM
 * every level fuses. */
#if defined(__aarch64__)
enum { FIRST_FUSED = GS_CPU_PLAIN };
#else
enum { FIRST_FUSED = GS_CPU_AVX2 };
#endif
TEST(double_lanes_agree_with_the_judge_at_extreme_points)
{
    (void)unused;
    EACH_LANES(l)
        if (!l->single)
            check_lanes(form, l, EXTREME, 96, l->level >= (int)FIRST_FUSED ? 1e-7 : 1e-12);
}

TEST(double_lanes_agree_and_solve_at_plausible_points)
{
    (void)unused;
    EACH_LANES(l)
        if (!l->single)
            check_lanes(form, l, PLAUSIBLE, 48, 1e-12);
}

/* 6e-8 a rounding, some hundred of them, and powers through logarithms */
TEST(single_lanes_agree_with_the_judge_at_plausible_points)
{
    (void)unused;
    EACH_LANES(l)
        if (l->single)
            check_lanes(form, l, PLAUSIBLE, 48, 1e-4);
}

TEST(a_lane_full_of_nan_leaves_the_others_their_bits)
{
    (void)unused;
    EACH_LANES(l) {
        const gs_kernel *k = shipped[form];
        gs_mark m = gs_arena_mark(arena);
        point p[MAX_W], spoiled = point_new(arena, k);
        for (size_t i = 0; i < k->n_state; i++)
            spoiled.z[i] = NAN;
        for (size_t i = 0; i < k->n_par; i++)
            spoiled.par[i] = i % 2 ? NAN : INFINITY;
        for (size_t lane = 0; lane < l->n_lane; lane++)
            p[lane] = plausible_point(k, lane);
        said a = ask(k, l, p, 10.0);
        p[l->n_lane / 2] = spoiled;
        said b = ask(k, l, p, 10.0);
        for (size_t lane = 0; lane < l->n_lane; lane++) {
            if (lane == l->n_lane / 2)
                continue;
            for (size_t i = 0; i < k->n_state; i++)
                assert_true(get(l, a.f, i, lane) == get(l, b.f, i, lane) &&
                            get(l, a.b, i, lane) == get(l, b.b, i, lane) &&
                            get(l, a.x, i, lane) == get(l, b.x, i, lane));
            for (size_t i = 0; i < k->n_jac; i++)
                assert_true(get(l, a.j, i, lane) == get(l, b.j, i, lane));
            for (size_t i = 0; i < k->n_see; i++)
                assert_true(get(l, a.y, i, lane) == get(l, b.y, i, lane));
        }
        gs_arena_release(arena, m);
    }
}

TEST(every_level_is_there)
{
    (void)unused;
    for (int form = 0; form < 2; form++)
        for (int level = 0; level <= (int)gs_cpu_widest(); level++) {
            size_t n = 0;
            for (size_t i = 0; i < shipped[form]->n_lanes; i++)
                n += shipped[form]->lanes[i]->level == level;
            assert_int_equal(n, 2);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_is_there),
        cmocka_unit_test(double_lanes_agree_with_the_judge_at_random_points),
        cmocka_unit_test(double_lanes_agree_with_the_judge_at_extreme_points),
        cmocka_unit_test(double_lanes_agree_and_solve_at_plausible_points),
        cmocka_unit_test(single_lanes_agree_with_the_judge_at_plausible_points),
        cmocka_unit_test(a_lane_full_of_nan_leaves_the_others_their_bits),
    };
    return cmocka_run_group_tests(tests, read_axis, forget_axis);
}
