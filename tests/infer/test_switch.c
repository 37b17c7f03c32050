/* Eczema as a chain of flares, on the shipped axis: what levers do to its hazards, and that
 * forecast, prediction and living on are one model. */
#include "check.h"
#include "infer/clamp.h"
#include "infer/fit.h"

enum { DAYS = 60, KNOWN = 40, AHEAD = 14 };

typedef struct skin {
    gs_arena *a;
    gs_obs obs;
    gs_series series[2];
    gs_lever_series lever[2];
    int32_t day[2][DAYS];
    double value[2][DAYS], said[2][DAYS];
    gs_lab lab[3];
} skin;

/* Calm, a flare in days 20 to 34, calm; eczema daily, itch on two days of three. */
static skin *make(void)
{
    static const char *const what[2] = {"eczema", "itch"}, *const lever[2] = {"stress", "steroid"};
    gs_arena *a = gs_arena_new(0);
    skin *s = GS_NEW(a, skin, 1);
    gs_rng r = gs_rng_stream(3, 0, "skin");
    s->a = a;
    for (size_t c = 0; c < 2; c++) {
        size_t n = 0;
        for (int32_t d = 0; d < DAYS; d++) {
            bool flare = d >= 20 && d < 35;
            s->said[0][d] = 0.3 + (d >= 12 && d < 20 ? 0.5 : 0.1 * gs_rng_uniform(&r));
            s->said[1][d] = d >= 30 && d < 35;
            if (c == 1 && d % 3 == 1)
                continue;
            s->day[c][n] = d;
            s->value[c][n++] = floor((flare ? 7 : 2) + 2 * gs_rng_uniform(&r));
        }
        s->series[c] = (gs_series){what[c], gs_channel_find(what[c]), gs_scale_find("0-10"),
                                   "eczema", n, s->day[c], s->value[c]};
        s->lever[c] = (gs_lever_series){lever[c], s->said[c], false, DAYS};
    }
    s->obs = (gs_obs){.person = "nobody", .n_day = DAYS, .n_series = 2,
                      .series = s->series, .n_lever = 2, .lever = s->lever,
                      .condition = GS_ECZEMA};
    return s;
}

/* The same, with blood and stool measured in calm skin and in the flare. */
static skin *make_measured(void)
{
    skin *s = make();
    const gs_channel *crp = gs_channel_find("crp"), *share = gs_channel_find("butyrate_share");
    s->lab[0] = (gs_lab){crp, 5, 2.5, NAN};
    s->lab[1] = (gs_lab){crp, 30, 4, 0.4};
    s->lab[2] = (gs_lab){share, 31, 0.08, NAN};
    s->obs.lab = s->lab;
    s->obs.n_lab = 3;
    return s;
}

/* The held state stays, and the drive is the log odds of where it would go. */
static void test_a_held_switch_stays_and_tells_its_drive(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    const gs_kernel *k = gs_axis();
    size_t y, tau;
    assert_true(switch_has(k, "eczema", &y, &tau));
    assert_false(switch_has(k, "acne", &y, &tau));
    assert_false(switch_has(k, "psoriasis", &y, &tau));
    gs_kernel *held = clamp_new(a, k, y, tau, 0.9);
    double *par = GS_NEW(a, double, k->n_par), *lever = GS_NEW(a, double, k->n_lever);
    double *x = GS_NEW(a, double, k->n_state), *z = GS_NEW(a, double, k->n_state);
    double *dz = GS_NEW(a, double, k->n_state), *see = GS_NEW(a, double, held->n_see);
    gs_kernel_defaults(k, par, lever, x);
    x[y] = 0.9;
    gs_kernel_to_internal(held, x, z);
    held->rhs(held, z, par, lever, dz);
    NEAR(dz[y], 0, 0);
    held->seen(held, z, par, lever, see);
    k->rhs(k, z, par, lever, dz);
    double target = 0.9 + par[tau] * dz[y];
    NEAR(see[held->n_see - 1], log(target / (1 - target)), 1e-12);
    /* the axis' own equation: hill(A, 3, 3) with A = risk (1 - Bs)/A_gap ... */
    double A = par[gs_kernel_par(k, "risk_eczema")] *
               (1 - x[gs_kernel_state(k, "Bs")]) / par[gs_kernel_par(k, "A_gap")] *
               (1 + par[gs_kernel_par(k, "k_A_T2")] * (x[gs_kernel_state(k, "T2")] - 1)) *
               pow(x[gs_kernel_state(k, "X")], par[gs_kernel_par(k, "n_A_X")]);
    NEAR(see[held->n_see - 1], 3 * log(A / 3), 1e-9);
    gs_arena_free(a);
}

typedef struct laid { problem *p; post *w; double x[64]; } laid;
static laid lay(skin *s)
{
    laid l;
    OK(problem_make(s->a, gs_axis(), &s->obs, DAYS, DAYS, NULL, &l.p, err));
    OK(post_new(s->a, l.p, true, &l.w, err));
    for (size_t i = 0; i < l.p->n_dim; i++)
        l.x[i] = prior_value(&l.p->prior[i], 0, NULL);
    return l;
}

/* Paths side by side in lanes, held switch and its drive included: the same posterior and
 * gradient as one by one, in any company, and a point that cannot be lived harms none. */
static void test_points_lived_side_by_side_are_those_lived_alone(void **state)
{
    (void)state;
    skin *s = make_measured();
    laid l = lay(s);
    size_t n = l.p->n_dim;
    double at[POST_AHEAD][64], grad[POST_AHEAD][64], alone[64], lp[POST_AHEAD], lp2;
    const double *u[POST_AHEAD];
    double *g[POST_AHEAD], *first = grad[1];
    gs_rng r = gs_rng_stream(6, 0, "points");
    for (size_t i = 0; i < POST_AHEAD; i++) {
        u[i] = at[i];
        g[i] = grad[i];
        for (size_t d = 0; d < n; d++)
            at[i][d] = 0.4 * gs_rng_normal(&r);
    }
    post_exact_many(l.w, POST_AHEAD, u, lp, g);
    for (size_t i = 0; i < POST_AHEAD; i++) {
        double size = 0, want = post_exact(l.w, u[i], alone);
        NEAR(lp[i], want, 1e-9 * fabs(want));
        for (size_t d = 0; d < n; d++)
            size = fmax(size, fabs(alone[d]));
        for (size_t d = 0; d < n; d++)
            NEAR(grad[i][d], alone[d], 1e-8 * size);
        assert_true(size > 1 && l.p->sw->drive > 0);
    }
    double *other = alone;
    post_exact_many(l.w, 1, u + 1, &lp2, &other);
    assert_true(lp2 == lp[1]);
    assert_memory_equal(other, first, n * sizeof *first);
    at[0][0] = NAN;
    at[2][0] = 40; /* far outside: any answer but a crash, and the others as they were */
    double was = lp[1], values[POST_AHEAD];
    post_exact_many(l.w, POST_AHEAD, u, lp, g);
    assert_true(lp[0] == -HUGE_VAL && lp[1] == was);
    post_exact_many(l.w, POST_AHEAD, u, values, NULL); /* values alone: to rounding */
    NEAR(values[1], was, 1e-9 * fabs(was));
    post_free(l.w);
    gs_arena_free(s->a);
}

/* Measured values of a body that switches: gradient of the whole, and their own part of it. */
static void test_measured_values_join_the_likelihood(void **state)
{
    (void)state;
    skin *s = make_measured(), *bare = make();
    laid l = lay(s), b = lay(bare);
    double u[64], g[64], gb[64], zero[64] = {0};
    gs_rng r = gs_rng_stream(7, 0, "where");
    assert_int_equal(l.p->n_value, 3);
    for (size_t d = 0; d < l.p->n_dim; d++)
        u[d] = 0.3 * gs_rng_normal(&r);
    double at = post_exact(l.w, u, g) - post_exact(b.w, u, gb);
    double base = post_exact(l.w, zero, NULL) - post_exact(b.w, zero, NULL);
    assert_true(at < 0 && base < 0 && at != base); /* a log likelihood without its constants */
    for (size_t d = 0; d < l.p->n_free; d++) {
        double h = 2e-3, was = u[d], two[2];
        for (int k = 0; k < 2; k++) {
            u[d] = was + (k ? h : -h);
            two[k] = post_exact(l.w, u, NULL) - post_exact(b.w, u, NULL);
        }
        u[d] = was;
        NEAR(g[d] - gb[d], (two[1] - two[0]) / (2 * h), 1e-3); /* the simulator's tolerance over h */
    }
    for (size_t d = l.p->n_free; d < l.p->n_dim; d++)
        NEAR(g[d], gb[d], 1e-9 * fmax(1, fabs(gb[d]))); /* they say nothing of the scores' own numbers */
    post_free(l.w);
    post_free(b.w);
    gs_arena_free(s->a);
    gs_arena_free(bare->a);
}

static void test_stress_brings_flares_and_steroid_ends_them(void **state)
{
    (void)state;
    skin *s = make();
    laid l = lay(s);
    double in[DAYS], out[DAYS];
    assert_int_equal(l.p->sw->n_member, 2);
    assert_true(l.p->sw->edge[0] < 0 && l.p->sw->edge[1] > 0);
    assert_true(l.p->series[0].gap > 1);
    assert_true(post_path(l.w, l.x));
    post_hazards(l.w, l.x, 0, DAYS, in, out);
    assert_true(in[19] > in[11] + 0.3);  /* after eight days of stress */
    assert_true(out[34] > out[29] + 1);  /* after five of steroid      */
    for (size_t i = 0; i < l.p->n_dim; i++) /* more risk: more flares, longer ones */
        if (l.p->dim[i].role == GS_DIM_RISK)
            l.x[i] *= 1.2;
    double in2[DAYS], out2[DAYS];
    assert_true(post_path(l.w, l.x));
    post_hazards(l.w, l.x, 0, DAYS, in2, out2);
    double by = l.x[l.p->sw->sharp] * 3 * log(1.2);
    for (size_t d = 0; d < DAYS; d++) {
        NEAR(in2[d] - in[d], by, 1e-9);
        NEAR(out[d] - out2[d], by, 1e-9);
    }
    post_free(l.w);
    gs_arena_free(s->a);
}

/* Chain rule: a score foretold day after day adds up to the joint chance. */
static void test_one_step_log_scores_of_one_score_add_up(void **state)
{
    (void)state;
    skin *s = make();
    s->obs.n_series = 1;
    gs_fit *f;
    OK(gs_infer_believe(s->a, gs_axis(), &s->obs, 6, 9, &f, err));
    f->n_day = KNOWN;
    f->obs_hash = fit_obs_hash(&s->obs, KNOWN);
    gs_ask ask[DAYS - KNOWN];
    gs_next next[DAYS - KNOWN];
    double sum = 0, joint = 0, top = -HUGE_VAL, one[6];
    for (int32_t i = 0; i < DAYS - KNOWN; i++)
        ask[i] = (gs_ask){0, KNOWN + i - 1, KNOWN + i};
    OK(gs_infer_next(gs_axis(), &s->obs, f, true, NULL, DAYS - KNOWN, ask, NULL, next, err));
    for (int i = 0; i < DAYS - KNOWN; i++) {
        double p = 0;
        for (int k = 0; k < 16; k++)
            p += next[i].prob[k];
        NEAR(p, 1, 1e-9);
        sum += next[i].log_score;
    }
    /* a draw at a time: the filter's own chances of the later scores. The line is
     * centred on the days the fit saw, so the tracks are those of gs_infer_next. */
    size_t n = f->n_chain * f->n_draw;
    problem *p;
    post *w;
    OK(fit_problem(s->a, gs_axis(), &s->obs, f, DAYS, NULL, &p, err));
    OK(post_new(s->a, p, false, &w, err));
    const problem_series *ps = &p->series[0];
    lattice_series js = {.l = &ps->l, .t = track_new(s->a, &ps->l, DAYS, s->day[0],
                                                     s->value[0])};
    lattice *g = lattice_new(s->a, false, 2, 1, DAYS, js.t->n_kind, DAYS);
    double eta[2][DAYS], in[DAYS], out[DAYS];
    lattice_hazard h = {in, out, NULL, NULL};
    assert_true(n == 6);
    for (size_t i = 0; i < n; i++) {
        const double *x = f->draw + i * f->n_dim;
        js.v = link_decode(&ps->l, x + ps->first);
        assert_true(post_path(w, x));
        post_hazards(w, x, 0, DAYS, in, out);
        for (size_t r = 0; r < 2; r++) {
            post_latent_in(w, ps, r, x, DAYS, js.t->day, &js.v, eta[r]);
            js.eta[r] = eta[r];
        }
        lattice_forward(g, &js, &h);
        one[i] = 0;
        for (size_t d = KNOWN; d < DAYS; d++)
            one[i] += lattice_log_chance(g, d);
        top = fmax(top, one[i]);
    }
    for (size_t i = 0; i < n; i++)
        joint += exp(one[i] - top) / (double)n;
    NEAR(sum, top + log(joint), 1e-6);
    post_free(w);
    gs_arena_free(s->a);
}

/* The flare is found where it was; the days ahead are chances. */
static void test_forecast_finds_the_flare_and_gives_chances(void **state)
{
    (void)state;
    skin *s = make();
    gs_fit *f;
    gs_forecast *fc;
    OK(gs_infer_believe(s->a, gs_axis(), &s->obs, 24, 9, &f, err));
    OK(gs_infer_forecast(s->a, gs_axis(), &s->obs, f, AHEAD, NULL, NULL, &fc, err));
    for (size_t c = 0; c < 2; c++) {
        assert_true(fc->fit[c * DAYS + 27].q50 > fc->fit[c * DAYS + 10].q50 + 2);
        for (size_t h = 0; h < AHEAD; h++) {
            double sum = 0;
            for (size_t k = 0; k < 16; k++)
                sum += fc->prob[(c * AHEAD + h) * 16 + k];
            NEAR(sum, 1, 1e-6);
        }
    }
    gs_arena_free(s->a);
}

/* Going on the same way twice is the same; steroid lowers what is expected. */
static void test_living_on_answers_to_levers(void **state)
{
    (void)state;
    skin *s = make();
    const gs_kernel *k = gs_axis();
    gs_fit *f;
    gs_lives *lives;
    OK(gs_infer_believe(s->a, k, &s->obs, 8, 9, &f, err));
    OK(gs_infer_lives(s->a, k, &s->obs, f, 0, &lives, err));
    assert_non_null(lives);
    double *par = GS_NEW(s->a, double, 4 * k->n_par), score[3];
    double *as_ever = GS_NEW(s->a, double, 28 * k->n_lever);
    double *treated = GS_NEW(s->a, double, 28 * k->n_lever);
    OK(gs_infer_par(k, &s->obs, f, false, 4, par, NULL, err));
    for (size_t d = 0; d < 28; d++)
        for (size_t i = 0; i < k->n_lever; i++)
            as_ever[d * k->n_lever + i] = treated[d * k->n_lever + i] = k->lever[i].habit;
    for (size_t d = 0; d < 28; d++)
        treated[d * k->n_lever + (size_t)gs_kernel_lever(k, "steroid")] = 1;
    for (size_t i = 0; i < 4; i++) {
        const gs_life_plan plan[3] = {{par + i * k->n_par, 28, as_ever},
                                      {par + i * k->n_par, 28, as_ever},
                                      {par + i * k->n_par, 28, treated}};
        OK(gs_infer_live_on(lives, i * 2, par + i * k->n_par, 3, plan, score, err));
        NEAR(score[0], score[1], 0);
        assert_true(score[2] < score[0] && score[2] >= 0 && score[0] <= 10);
    }
    gs_arena_free(s->a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_held_switch_stays_and_tells_its_drive),
        cmocka_unit_test(test_points_lived_side_by_side_are_those_lived_alone),
        cmocka_unit_test(test_measured_values_join_the_likelihood),
        cmocka_unit_test(test_stress_brings_flares_and_steroid_ends_them),
        cmocka_unit_test(test_one_step_log_scores_of_one_score_add_up),
        cmocka_unit_test(test_forecast_finds_the_flare_and_gives_chances),
        cmocka_unit_test(test_living_on_answers_to_levers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
