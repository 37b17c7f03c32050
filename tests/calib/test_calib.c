/* Rows as quantities, the posterior, and a whole small calibration. */
#include "check.h"

#include "calib/calib.h"
#include "gutskin/rng.h"

#include <string.h>

#define TEST(name) static void name(void **state)

static const char *const table_head =
    "id,condition,lever,intervention,comparator,design,duration_weeks,outcome,outcome_unit,"
    "n_treat,n_control,baseline_treat,baseline_control,effect_type,effect_treat,effect_control,"
    "effect,ci_low,ci_high,verified\n";

static gs_evidence *rows_of(gs_arena *a, const char *lines)
{
    gs_buf b = {0};
    gs_evidence *ev;
    gs_err err = {0};
    char text[600];

    gs_buf_put(&b, table_head);
    gs_buf_put(&b, lines);
    if (gs_evidence_read_foreign(a, "t.csv", b.data, b.len, &ev, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, text, sizeof text));
    gs_buf_free(&b);
    return ev;
}

typedef struct setting {
    gs_arena *a;
    gs_evidence *ev;
    world w;
    row_data row[8];
    gs_plan plan[8];
    double theta[W_MAX];
} setting;

static setting *setting_of(const char *lines)
{
    gs_arena *a = gs_arena_new(0);
    setting *s = GS_NEW(a, setting, 1);
    double u[W_MAX] = {0};
    gs_err err = {0};

    s->a = a;
    s->ev = rows_of(a, lines);
    assert_true(s->ev->n <= 8);
    for (size_t i = 0; i < s->ev->n; i++)
        gs_plan_make(gs_plan_rules_shipped(), &s->ev->row[i], &s->plan[i]);
    assert_int_equal(world_make(&s->w, gs_axis(), s->ev->n, s->plan, &err), GS_OK);
    for (size_t i = 0; i < s->ev->n; i++)
        row_read(&s->w, &s->plan[i], &s->row[i]);
    world_theta(&s->w, u, s->theta);
    return s;
}

static const char five[] =
    "md,eczema,probiotics,a,placebo,RCT,12,SCORAD change,points,30,30,40,40,mean_change,-14,-8,,,,excerpt\n"
    "pc,acne,low_glycaemic_load,a,placebo,RCT,12,inflamed lesions,percent,30,30,,,percent_change,-50,-30,,,,excerpt\n"
    "rd,psoriasis,stress,a,placebo,RCT,12,PASI75,proportion,50,50,,,proportion,0.3,0.1,,,,excerpt\n"
    "rr,acne,stress,a,placebo,RCT,12,better by a stage,proportion,50,50,,,RR,0.6,0.3,,,,excerpt\n"
    "on,eczema,probiotics,a,placebo,RCT double-blind (perinatal prevention),104,eczema by age 2,"
    "proportion,99,99,,,OR,0.1,0.2,,,,excerpt\n";

/* A lever that does nothing foretells no difference, on every scale. */
TEST(test_row__no_effect_is_no_difference)
{
    (void)state;
    setting *s = setting_of(five);
    row_dev none = {0};

    for (size_t i = 0; i < s->ev->n; i++) {
        assert_true(s->row[i].has_contrast);
        row_fit f = row_fit_of(&s->w, &s->row[i], s->theta, 0);
        f.beyond = 0;
        row_pred p = row_predict(&s->row[i], &f, &none);
        CHECK_NEAR(p.y, 0, 1e-12);
        CHECK_NEAR(p.treat, p.control, 1e-12);
    }
    gs_arena_free(s->a);
}

/* The published numbers survive the way to the scale of their errors and back. */
TEST(test_row__published_numbers_come_back)
{
    (void)state;
    setting *s = setting_of(five);
    static const double effect[] = {-6, -20, 0.2, 2, 0.1 / 0.9 / (0.2 / 0.8)};

    for (size_t i = 0; i < 5; i++)
        CHECK_NEAR(row_from_y(&s->row[i], s->row[i].y), effect[i], 1e-12);
    gs_arena_free(s->a);
}

/* With the numbers that the arms were made from, the arms come out. */
TEST(test_row__arms_follow_from_course_and_effect)
{
    (void)state;
    setting *s = setting_of(five);
    row_dev none = {0};
    row_fit f = {.course = log(0.8), .effect = log(26.0 / 32), .spread = 0.6, .slope = 1};
    row_pred p = row_predict(&s->row[0], &f, &none);

    CHECK_NEAR(p.control, -8, 1e-12);
    CHECK_NEAR(p.treat, -14, 1e-12);
    CHECK_NEAR(p.contrast, -6, 1e-12);
    f = (row_fit){.course = log(0.7), .effect = log(5.0 / 7), .spread = 0.6, .slope = 1};
    p = row_predict(&s->row[1], &f, &none);
    CHECK_NEAR(p.control, -30, 1e-12);
    CHECK_NEAR(p.contrast, -20, 1e-12);
    f = (row_fit){.effect = -0.1, .slope = 6, .spread = 0.5};
    p = row_predict(&s->row[4], &f, &none);
    CHECK_NEAR(log(p.contrast), -0.6, 1e-12); /* an odds ratio, ln = slope x effect */
    gs_arena_free(s->a);
}

/* Share of responders against people drawn one by one: another route to the same. */
TEST(test_row__share_below_agrees_with_drawn_people)
{
    (void)state;
    setting *s = setting_of(five);
    row_dev none = {0};
    row_fit f = {.course = -0.35, .effect = -0.3, .spread = 0.7};
    row_pred p = row_predict(&s->row[2], &f, &none);
    gs_rng r = gs_rng_stream(3, 0, "people");
    size_t n = 200000, below = 0;
    double mean = 0;

    for (size_t i = 0; i < n; i++) {
        // an exponential towards better, a normal towards worse, one in two each
        double better = 0.88206 * log(gs_rng_uniform(&r)), worse = 0.70378 * fabs(gs_rng_normal(&r));
        double x = gs_rng_uniform(&r) < 0.5 ? better : worse;
        double ratio = exp(-0.65 - gs_trial_law_lift(0.7) + 0.7 * x);
        below += ratio < 0.25;
        mean += ratio / (double)n;
    }
    CHECK_NEAR(mean, exp(-0.65), 0.01);
    CHECK_NEAR(p.treat, (double)below / (double)n, 0.005); /* 3 sd of the count */
    gs_arena_free(s->a);
}

/* What the press lets through: the mean chance by its formula and by drawing. */
TEST(test_row__printed_mean_agrees_with_drawn_trials)
{
    (void)state;
    setting *s = setting_of(five);
    gs_rng r = gs_rng_stream(4, 0, "press");
    const size_t n = 100000;

    for (size_t i = 0; i < 3; i++) {
        const row_data *d = &s->row[i];
        double mean = 0.5 * d->y, sd = 1.3 * d->y_se, sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += row_printed(&s->w, d, s->theta, mean + sd * gs_rng_normal(&r)) / (double)n;
        CHECK_NEAR(row_printed_mean(&s->w, d, s->theta, mean, sd), sum, 0.006); /* 4 sd */
        // what was hoped for is printed surely, the reverse is not
        assert_true(row_printed(&s->w, d, s->theta, d->hope * 10 * d->y_se) == 1);
        assert_true(row_printed(&s->w, d, s->theta, -d->hope * 10 * d->y_se) < 1);
    }
    assert_true(s->row[0].hope == -1 && s->row[2].hope == 1); /* severity falls, responders rise */
    gs_arena_free(s->a);
}

TEST(test_world__contested_links_keep_half_at_zero_and_the_priors_spread)
{
    (void)state;
    setting *s = setting_of(five);
    long i = world_find(&s->w, "skin_to_gut");
    double u[W_MAX] = {0}, theta[W_MAX], square = 0, zero = 0;
    gs_rng r = gs_rng_stream(1, 0, "prior");
    const size_t n = 100000;

    assert_true(i >= 0);
    for (size_t k = 0; k < n; k++) {
        u[i] = gs_rng_normal(&r);
        world_theta(&s->w, u, theta);
        zero += theta[i] == 0;
        square += theta[i] * theta[i];
    }
    CHECK_NEAR(zero / (double)n, 0.5, 0.01);
    CHECK_NEAR(sqrt(square / (double)n), s->w.k->par[s->w.p[i].par].prior.b, 0.01);
    gs_arena_free(s->a);
}

/* The gradient looks only at the trials a number reaches; a plain one looks at all. */
TEST(test_post__sparse_gradient_is_the_whole_gradient)
{
    (void)state;
    setting *s = setting_of(five);
    group *g;
    size_t n_group;
    emu *e = GS_NEW(s->a, emu, s->ev->n);

    for (size_t i = 0; i < s->ev->n; i++) { /* a made-up emulator: linear in one gain */
        e[i].n_var = e[i].n_own = 1;
        e[i].var[0] = i % s->w.n_gain;
        e[i].scale[0] = 1;
        e[i].n_term = 4;
        e[i].c[1] = -0.1;
    }
    assert_int_equal(groups_make(s->a, s->ev->n, s->row, &n_group, &g, NULL), GS_OK);
    post p = {.w = &s->w, .n_row = s->ev->n, .n_group = n_group, .row = s->row, .emu = e, .group = g};
    assert_int_equal(post_make(s->a, &p, NULL), GS_OK);
    double u[W_MAX], grad[W_MAX], h = 1e-5;
    gs_rng r = gs_rng_stream(2, 0, "place");
    for (size_t i = 0; i < s->w.n; i++)
        u[i] = 0.5 * gs_rng_normal(&r);
    assert_true(isfinite(post_at(&p, u, grad)));
    for (size_t i = 0; i < s->w.n; i++) {
        double was = u[i];
        u[i] = was + h;
        double up = post_at(&p, u, NULL);
        u[i] = was - h;
        double down = post_at(&p, u, NULL);
        u[i] = was;
        CHECK_NEAR(grad[i], (up - down) / (2 * h), 2e-5); /* two differences apart */
    }
    gs_arena_free(s->a);
}

/* The emulator stands for lives it was not fitted on. */
TEST(test_emul__agrees_with_lives_held_out)
{
    (void)state;
    setting *s = setting_of("ig,acne,low_glycaemic_load,a,usual diet,RCT,1,IGF-1,ng/mL,30,30,267,267,"
                            "mean_difference,,,-22,-40,-4,excerpt\n");
    emu e;
    gs_err err = {0};

    assert_int_equal(emu_make(s->a, &s->w, 1, s->plan, 5, NULL, NULL, &e, &err), GS_OK);
    assert_true(e.n_own == 1); /* gain_glycaemic */
    if (e.error > 0.03 * e.size)
        fail_msg("misses by %g where effects are %g", e.error, e.size);
    double gain[W_MAX], effect;
    for (size_t g = 0; g < s->w.n_gain; g++)
        gain[g] = s->theta[g];
    assert_int_equal(lived_effect(&s->w, &s->plan[0], gain, 16, 0.5, &effect, &err), GS_OK);
    CHECK_NEAR(emu_at(&e, gain), effect, 0.003);
    /* gl^0.5 then ^0.48 towards its end after a week: less load, less IGF-1 */
    assert_true(effect < 0 && effect > 0.24 * log(0.65));
    gs_arena_free(s->a);
}

/* One strong trial moves what it speaks of; what no trial speaks of keeps its prior. */
TEST(test_fit__learns_from_a_trial_and_from_nothing_else)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_evidence *ev = rows_of(a, "ig,acne,low_glycaemic_load,a,usual diet,RCT,3,IGF-1,ng/mL,300,300,"
                                 "200,200,mean_difference,,,-60,-62,-58,excerpt\n");
    gs_evidence_row *r = (gs_evidence_row *)(uintptr_t)ev->row;
    gs_calib_opts o = GS_CALIB_OPTS;
    gs_calib_report report;
    gs_population *p, *again;
    gs_population_sum s;
    gs_buf one = {0}, two = {0};
    gs_err err = {0};
    char text[600];

    r[0].calibrates = true;
    o.n_warmup = 150;
    o.n_draw = 150;
    if (gs_calib_fit(a, gs_axis(), gs_plan_rules_shipped(), ev, NULL, 0, &o, NULL, NULL, &p, &report,
                     &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, text, sizeof text));
    assert_int_equal(report.n_contrast, 1);
    assert_true(gs_population_summary(p, gs_population_find(p, "gain_glycaemic"), &s));
    if (!(s.mean > 1.04)) /* 1 a priori; the trial saw far more than its effect */
        fail_msg("the gain stayed at %g", s.mean);
    assert_true(gs_population_summary(p, gs_population_find(p, "beyond.glycaemic.igf1"), &s));
    if (!(s.q50 < -0.03)) /* 0 a priori, sd about 0.12 */
        fail_msg("what lies beyond stayed at %g", s.q50);
    const gs_kernel *k = gs_axis();
    const gs_dist *prior = &k->par[gs_kernel_par(k, "gain_water")].prior;
    assert_true(gs_population_summary(p, gs_population_find(p, "gain_water"), &s));
    CHECK_NEAR(s.mean, prior->a, 0.25 * prior->b);
    CHECK_NEAR(s.sd, prior->b * sqrt(0.5), 0.2 * prior->b);
    // the same seed gives the same file
    assert_int_equal(gs_calib_fit(a, gs_axis(), gs_plan_rules_shipped(), ev, NULL, 0, &o, NULL, NULL,
                                  &again, &report, &err), GS_OK);
    gs_population_write(p, &one);
    gs_population_write(again, &two);
    assert_string_equal(one.data, two.data);
    gs_buf_free(&one);
    gs_buf_free(&two);
    gs_arena_free(a);
}

TEST(test_fit__refuses_a_table_that_may_teach_nothing)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_evidence *ev = rows_of(a, five);
    gs_calib_opts o = GS_CALIB_OPTS;
    gs_calib_report report;
    gs_population *p;
    gs_err err = {0};

    assert_int_equal(gs_calib_fit(a, gs_axis(), gs_plan_rules_shipped(), ev, NULL, 0, &o, NULL, NULL,
                                  &p, &report, &err), GS_EUSE);
    assert_true(*err.msg);
    gs_arena_free(a);
}

/* A pool of k trials, each drawn anew while the press leaves it out, against the two
 * moments in closed form. */
TEST(test_row__a_pool_averages_over_trials_that_were_printed)
{
    (void)state;
    setting *s = setting_of("p,eczema,probiotics,a,placebo,meta-analysis of 6 RCTs,12,SCORAD,points,,,35,35,"
                            "mean_difference,,,-3,-6,0,excerpt\n");
    const row_data *r = &s->row[0];
    row_fit f = row_fit_of(&s->w, r, s->theta, -0.02);
    row_press p = row_press_of(&s->w, r, s->theta, &f);
    row_dev none = {0};
    double mean = row_predict(r, &f, &none).y, ve = s->theta[s->w.between_effect],
           rho = s->theta[s->w.null_pooled], se = r->y_se * sqrt(6), sum = 0, square = 0;
    row_dev up = {0, ve, 0}, down = {0, -ve, 0};
    double step = (row_predict(r, &f, &up).y - row_predict(r, &f, &down).y) / 2;
    enum { POOLS = 20000 };
    gs_rng rng = gs_rng_stream(3, 0, "pools");

    assert_true(r->pooled == 6 && !r->choosy);
    for (int i = 0; i < POOLS; i++) {
        double pool = 0;
        for (int k = 0; k < 6;) {
            double y = mean + step * gs_rng_normal(&rng) + se * gs_rng_normal(&rng);
            if (-y < 1.959964 * se && gs_rng_uniform(&rng) > rho)
                continue;
            pool += y / 6;
            k++;
        }
        sum += pool / POOLS;
        square += pool * pool / POOLS;
    }
    double sd = sqrt(square - sum * sum), free = hypot(r->y_se, step / sqrt(6));
    CHECK_NEAR(sum, mean + p.shift, 0.06); /* four times the error of the mean */
    CHECK_NEAR(sd, p.scale * free, 0.03 * sd);
    assert_true(p.shift < 0); /* towards what was hoped for */
    gs_arena_free(s->a);
}

/* Quantiles and moments of the mixture in closed form against trials drawn one by one, with
 * the press on either side and without it. */
TEST(test_mixture__agrees_with_drawn_trials)
{
    (void)state;
    enum { N = 60000 };
    static double y[N];
    mixture_part p[4] = {{-1, 2, 0.05, 0}, {0.5, 2, 0.05, 0}, {-3, 1.5, 0.4, 0}, {0, 2.5, 0.4, 0}};

    for (int how = 0; how < 3; how++) {
        mixture m = {.n = 4, .p = p, .choosy = how > 0, .hope = how == 1 ? 1 : -1, .cut = 3};
        gs_rng rng = gs_rng_stream(5, (uint64_t)how, "mixture");
        double mean, sd, sum = 0, square = 0;
        mixture_weigh(&m, 2);
        CHECK_NEAR(p[0].weight + p[1].weight, 0.5, 1e-12); /* draws weigh alike */
        for (size_t i = 0; i < N; i++) {
            double u = gs_rng_uniform(&rng);
            size_t k = 0;
            while (k < 3 && u > p[k].weight)
                u -= p[k++].weight;
            y[i] = mixture_draw(&m, &p[k], &rng);
            sum += y[i] / N;
            square += y[i] * y[i] / N;
        }
        num_sort(N, y);
        mixture_moments(&m, &mean, &sd);
        CHECK_NEAR(mean, sum, 5 * sd / sqrt(N));
        CHECK_NEAR(sd, sqrt(square - sum * sum), 0.02);
        for (int q = 1; q < 20; q += 3) /* the share below, so that gaps do no harm */
            CHECK_NEAR(num_quantile_sorted(N, y, q / 20.0), mixture_quantile(&m, q / 20.0), 0.12);
    }
}

TEST(test_check__answers_for_new_rows_and_says_why_not)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_evidence *ev = rows_of(a, "w1,acne,low_glycaemic_load,a,usual diet,RCT,2,inflamed lesions,lesions,"
                                 "30,30,20,20,mean_change,-6,-2,,,,excerpt\n"
                                 "w2,acne,zinc,30 mg,placebo,RCT,12,inflamed lesions,percent,30,30,,,"
                                 "percent_change,-40,-30,,,,excerpt\n"
                                 "w3,acne,moonlight,a,placebo,RCT,12,inflamed lesions,lesions,,,,,"
                                 "mean_difference,,,-3,-5,-1,excerpt\n"
                                 "w4,acne,isotretinoin,20 mg,placebo,RCT,12,inflamed lesions,percent,30,30,,,"
                                 "percent_change,-80,-30,,,,excerpt\n"
                                 "w5,acne,low_glycaemic_load,a,usual diet,RCT,12,inflamed lesions,lesions,"
                                 "30,30,20,20,mean_difference,,,not yet known,,,excerpt\n");
    const gs_evidence_row *row[5] = {&ev->row[0], &ev->row[1], &ev->row[2], &ev->row[3], &ev->row[4]};
    gs_check_opts o = {.seed = 1, .n_draw = 4, .n_person = 2};
    gs_check *c;
    gs_err err = {0};

    assert_int_equal(gs_calib_check(a, gs_axis(), gs_plan_rules_shipped(), 5, row,
                                    gs_population_shipped(), &o, NULL, NULL, &c, &err), GS_OK);
    assert_true(c->row[0].contrast.has && c->row[0].control.has && c->row[0].treat.has);
    assert_true(c->row[0].contrast.q05 < c->row[0].contrast.q95);
    CHECK_NEAR(c->row[0].contrast.published, -4, 1e-12);
    // a lever outside the axis: nothing by the axis, the rest by the spread of others
    assert_true(c->row[1].plan.outside && c->row[1].contrast.has);
    CHECK_NEAR(c->row[1].axis, 0, 0);
    assert_true(c->row[1].effect_lo < 0 && c->row[1].effect_hi > 0);
    assert_non_null(strstr(c->row[2].why, "no lever"));
    // of a medicine the placebo arm is a course all the same
    assert_true(!c->row[3].contrast.has && c->row[3].control.has);
    // no number: foretold, and counted nowhere
    assert_true(c->row[4].contrast.has && isnan(c->row[4].contrast.published));
    assert_true(c->row[4].contrast.mean < 0);
    assert_int_equal(c->n_blind, 1);
    assert_int_equal(c->outside.n, 1);
    assert_int_equal(c->others.n, 1);
    gs_buf b = {0};
    gs_check_json(c, &b);
    assert_non_null(strstr(b.data, "\"id\": \"w3\""));
    gs_buf_free(&b);
    gs_arena_free(a);
}

/* A fit starts from the population: its mean, its doubt and how people differ. */
TEST(test_use__the_kernel_carries_the_population_as_prior)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    const gs_population *p = gs_population_shipped();
    const gs_kernel *k = gs_axis(), *c;
    gs_population_sum s;
    long i = gs_kernel_par(k, "gain_fibre"), tau = gs_kernel_par(k, "tau_L");

    assert_int_equal(gs_calib_kernel(a, k, p, &c, NULL), GS_OK);
    assert_true(gs_population_summary(p, gs_population_find(p, "gain_fibre"), &s));
    CHECK_NEAR(c->par[i].prior.a, s.mean, 1e-12);
    double was = k->par[i].prior.b;
    CHECK_NEAR(c->par[i].prior.b * c->par[i].prior.b, s.sd * s.sd + 0.5 * was * was, 1e-12);
    assert_true(c->hash != k->hash && k->par[i].prior.a != c->par[i].prior.a);
    assert_memory_equal(&c->par[tau].prior, &k->par[tau].prior, sizeof(gs_dist));
    gs_population none = {0};
    assert_int_equal(gs_calib_kernel(a, k, &none, &c, NULL), GS_OK);
    assert_ptr_equal(c, k);
    gs_arena_free(a);
}

/* Every pair of lever and condition that a report may ask about stands in the table. */
TEST(test_effects__the_shipped_table_is_whole)
{
    (void)state;
    static const char *const levers[] = {"glycaemic", "dairy", "sugar", "processed", "fat", "fibre",
                                         "prebiotic", "fermented", "probiotic", "water", "sleep", "stress"};
    static const char *const conditions[] = {"acne", "eczema", "psoriasis", "rosacea"};

    for (size_t c = 0; c < 4; c++) {
        for (size_t l = 0; l < 12; l++) {
            const gs_population_effect *e = gs_population_effect_of(conditions[c], levers[l]);
            if (!e)
                fail_msg("%s in %s is missing", levers[l], conditions[c]);
            assert_true(e->lo <= e->effect && e->effect <= e->hi && e->helps >= 0 && e->helps <= 1);
            /* no trial: what lies beyond the axis is drawn about nought */
            if (!e->tried)
                CHECK_NEAR(e->effect, e->axis, 0.06); /* 3.5 sd of a mean of 200 draws */
        }
    }
    assert_non_null(gs_population_effect_of("infancy", "probiotic"));
    assert_null(gs_population_effect_of("acne", "moonlight"));
}

TEST(test_fact__the_shipped_ones_are_read)
{
    (void)state;
    size_t n, fit = 0;
    const gs_fact *f = gs_fact_shipped(&n);

    assert_non_null(f);
    for (size_t i = 0; i < n; i++) {
        assert_true(gs_kernel_lever(gs_axis(), f[i].lever) >= 0);
        assert_true(gs_kernel_see(gs_axis(), f[i].see) >= 0 || gs_kernel_state(gs_axis(), f[i].see) >= 0);
        fit += f[i].use == GS_FACT_FIT;
    }
    assert_true(fit >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row__no_effect_is_no_difference),
        cmocka_unit_test(test_row__published_numbers_come_back),
        cmocka_unit_test(test_row__arms_follow_from_course_and_effect),
        cmocka_unit_test(test_row__share_below_agrees_with_drawn_people),
        cmocka_unit_test(test_row__printed_mean_agrees_with_drawn_trials),
        cmocka_unit_test(test_world__contested_links_keep_half_at_zero_and_the_priors_spread),
        cmocka_unit_test(test_post__sparse_gradient_is_the_whole_gradient),
        cmocka_unit_test(test_emul__agrees_with_lives_held_out),
        cmocka_unit_test(test_fit__learns_from_a_trial_and_from_nothing_else),
        cmocka_unit_test(test_fit__refuses_a_table_that_may_teach_nothing),
        cmocka_unit_test(test_row__a_pool_averages_over_trials_that_were_printed),
        cmocka_unit_test(test_mixture__agrees_with_drawn_trials),
        cmocka_unit_test(test_check__answers_for_new_rows_and_says_why_not),
        cmocka_unit_test(test_use__the_kernel_carries_the_population_as_prior),
        cmocka_unit_test(test_effects__the_shipped_table_is_whole),
        cmocka_unit_test(test_fact__the_shipped_ones_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
