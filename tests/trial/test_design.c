/* Design files: read as the manual says, complained about where they are wrong; and the
 * defaults of placebo arms against what pooled placebo arms did. */
#include "sim/axis.h"
#undef TEST
#define TEST(name) static void name(void **unused __attribute__((unused)))

#include "gutskin/trial.h"
#include <dirent.h>

typedef struct fixture {
    gs_arena *a;
    const gs_kernel *k;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->a = gs_arena_new(0);
    f->k = axis_kernel(f->a, false);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    gs_arena_free(f->a);
    free(f);
    return 0;
}

static gs_trial *parse(fixture *f, const char *text)
{
    gs_trial *t = NULL;
    gs_err err = {0};
    char msg[900];
    if (gs_trial_parse(f->a, f->k, "test.trial", text, strlen(text), &t, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
    return t;
}

TEST(every_word_means_what_the_manual_says)
{
    fixture *f = *unused;
    const gs_trial *t =
        parse(f, "trial \"every word\"\n"
                 "condition eczema\n"
                 "design cluster 20 icc 0.1\n"
                 "randomise 60 people\n"
                 "visits week 0, 2, 4 8\n"
                 "primary week 4\n"
                 "outcome scorad\n"
                 "responder falls by 50% and at most 20\n"
                 "analysis responders\n"
                 "alpha 1%\n"
                 "seed 7\n"
                 "people 200 in 4 draws\n"
                 "shared 40%\n"
                 "population\n"
                 "    age 1 to 12 years\n"
                 "    entry from 15 to 60 screened 2 weeks before\n"
                 "    usual 30 sd 0.6\n"
                 "    start flare 80%\n"
                 "    fibre 15 g sd 4\n"
                 "    risk_eczema 0.8 spread 1.2\n"
                 "    gain_stress 1 sd 0.3\n"
                 "    trouble stress 0.9 for 7 days 4 times a year spread 1.4 "
                 "from week 2 to 8\n"
                 "    drift -0.1 sd 0.2 over 6 weeks\n"
                 "    wander 0.3 over 10 days\n"
                 "    rater 0.2\n"
                 "arm \"usual care\"\n"
                 "    unblinded\n"
                 "arm calm\n"
                 "    stress minus 0.1 from day 5 to 20\n"
                 "    fibre times 1.5 every 7 days for 2 days\n"
                 "    probiotic 2\n"
                 "    adherence 80% sd 10%\n"
                 "    dropout 10%\n"
                 "    placebo 50%\n");
    assert_int_equal(t->condition, GS_ECZEMA);
    assert_true(t->how == GS_TRIAL_CLUSTER && t->n_cluster == 20 && t->icc == 0.1);
    assert_true(t->n_random == 60 && t->alpha == 0.01 && t->seed == 7);
    assert_true(t->n_visit == 4 && t->visit[3] == 56 && t->primary == 2);
    assert_true(t->n_draw == 4 && t->n_person == 50 && t->shared == 0.4);
    assert_string_equal(t->scale->name, "scorad");
    assert_string_equal(f->k->see[t->see].name, "signal_eczema");
    assert_true(t->fall == 0.5 && t->at_most == 20 && t->test == GS_TRIAL_RESPONDERS);
    assert_true(t->entry_lo == 15 && t->entry_hi == 60 && t->screen == 14);
    assert_near(t->terms.level, log(30.0 / 73), 1e-12, "usual, logit of 30 in 103");
    assert_true(t->terms.level_sd == 0.6 && t->terms.drift_days == 42);
    assert_true(isnan(t->terms.placebo) && t->terms.wander_days == 10);
    assert_true(t->n_near == 2 && t->near_share == 0.8);
    assert_true(t->n_habit == 1 && t->habit[0].sd == 4 && t->n_par == 2);
    assert_true(t->par[0].dist.kind == GS_DIST_LOGNORMAL && t->par[0].dist.b == 1.2);
    assert_true(t->n_trouble == 1 && t->trouble[0].from == 8 && t->trouble[0].to == 56);
    assert_int_equal(t->n_arm, 2);
    assert_true(t->arm[0].placebo == 0 && t->arm[1].placebo == 0.5);
    const gs_trial_arm *m = &t->arm[1];
    assert_true(m->n_change == 3 && m->adherence == 0.8 && m->adherence_sd == 0.1);
    assert_true(m->change[0].move == GS_TRIAL_ADD && m->change[0].value == -0.1);
    assert_true(m->change[0].from == 5 && m->change[0].to == 20);
    assert_true(m->change[1].every == 7 && m->change[1].hold == 2);
    assert_true(m->change[2].move == GS_TRIAL_SET && m->change[2].value == 2);
}

TEST(what_is_wrong_is_said_with_its_place)
{
    fixture *f = *unused;
#define HEAD "condition acne\nvisits week 0 12\noutcome lesions_inflamed\n"
#define TAIL "arm a\narm b\n glycaemic times 0.7\n"
    static const struct {
        const char *text, *said;
        long line, col;
    } wrong[] = {
        {"", "who is asked?", 0, 0},
        {"condition akne\ncondition acme\n", "did you mean \"acne\"?", 2, 11},
        {HEAD "arm a\n", "two arms or more", 0, 0},
        {HEAD "arm a\narm a\n", "of this name already", 5, 5},
        {HEAD TAIL " glycemic 0.7\n", "did you mean \"glycaemic\"?", 7, 2},
        {HEAD TAIL " glycaemic 70\n", "outside the range of glycaemic", 7, 12},
        {HEAD TAIL " glycaemic 0.7 g\n", "not the unit of this lever", 7, 16},
        {HEAD TAIL " adherence 120%\n", "outside the range of a share", 7, 12},
        {HEAD "fibre 20\n", "belongs to an arm", 4, 1},
        {HEAD " fibre 20\n", "indented line belongs under", 4, 2},
        {HEAD "population\n entry from 50 to 20\n", "upside down", 5, 21},
        {HEAD "population\n start flare\n" TAIL, "have a flare", 5, 1},
        {HEAD "population\n usual 900\n" TAIL, "no score on the scale", 5, 1},
        {HEAD "primary week 8\n" TAIL, "no visit on that day", 4, 1},
        {HEAD "analysis t-test\n", "expected \"ancova\"", 4, 10},
        {HEAD "people 5 in 4 draws\n", "two people or more", 4, 20},
        {"condition acne\nvisits week 4 2\n", "in the order of their days", 2, 16},
        {"condition acne\noutcome pimple\nvisits day 9\n" TAIL, "neither a score", 2,
         9},
        {"condition acne\noutcome iga easy-scale\nvisits day 9\n" TAIL, "no scale", 2,
         13},
        {"condition acne\noutcome crp iga\nvisits day 9\n" TAIL, "has its own unit", 2,
         13},
        {HEAD "design crossover\n" TAIL "arm c\n", "crossover has two arms", 0, 0},
        {HEAD "design cluster 3\n" TAIL, "two clusters an arm", 0, 0},
        {HEAD "seed many\n", "expected a seed", 4, 6},
        {HEAD "trial \"open\n", "never closed", 4, 7},
    };
    for (size_t i = 0; i < N_OF(wrong); i++) {
        gs_trial *t = NULL;
        gs_err err = {0};
        gs_status st = gs_trial_parse(f->a, f->k, "w.trial", wrong[i].text,
                                      strlen(wrong[i].text), &t, &err);
        if (st == GS_OK || !strstr(err.msg, wrong[i].said) ||
            err.line != wrong[i].line || err.col != wrong[i].col ||
            strcmp(err.file, "w.trial") != 0)
            fail_msg("%zu: \"%s\" at %s:%ld:%ld", i, err.msg, err.file, err.line,
                     err.col);
    }
}

static void read_as(fixture *f, const char *path, const char *text)
{
    gs_trial *t = NULL;
    gs_err err = {0};
    char msg[900];
    if (gs_trial_parse(f->a, f->k, path, text, strlen(text), &t, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
}

/* examples/trials, and every indented block of the manual that begins a design */
TEST(examples_and_the_manual_can_be_read)
{
    fixture *f = *unused;
    const char *dir = GS_SOURCE_DIR "/examples/trials";
    DIR *d = opendir(dir);
    size_t n_read = 0, n;
    char *text = NULL, path[600];
    gs_err err = {0};
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        if (!strstr(e->d_name, ".trial"))
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        assert_int_equal(gs_text_read_file(path, 1 << 20, &text, &n, &err), GS_OK);
        read_as(f, path, text);
        free(text);
        n_read++;
    }
    closedir(d);
    assert_true(n_read >= 6);
    snprintf(path, sizeof path, "%s", GS_SOURCE_DIR "/docs/trial.md");
    assert_int_equal(gs_text_read_file(path, 1 << 20, &text, &n, &err), GS_OK);
    size_t blocks = 0;
    for (char *at = text; (at = strstr(at, "\n```trial\n"));) {
        at += strlen("\n```trial\n");
        char *end = strstr(at, "\n```");
        assert_non_null(end);
        *end = '\0';
        read_as(f, "docs/trial.md", at);
        *end = '\n';
        at = end;
        blocks++;
    }
    assert_true(blocks >= 2);
    free(text);
}

/* scores of placebo arms after 12 weeks, by the outcome's defaults alone: two idle arms
 * on a model that is never integrated */
static gs_trial_cell placebo_arm(fixture *f, const char *text)
{
    gs_trial *t = parse(f, text);
    gs_trial_pool *p = NULL;
    gs_err err = {0};
    t->n_draw = 1;
    t->n_person = 2;
    static gs_trial_cell cell[4];
    /* two settled people stand for all: the score layer draws levels by itself, so many
     * draws of the same two are many people */
    gs_trial_draw *draw = GS_NEW(f->a, gs_trial_draw, 1);
    assert_int_equal(gs_trial_draw_priors(f->a, f->k, 0, 1, 1, draw, &err), GS_OK);
    gs_trial_cell sum = {0};
    enum { SEEDS = 700 };
    assert_int_equal(gs_trial_live(t, f->k, 1, draw, NULL, NULL, NULL, &p, &err),
                     GS_OK);
    for (uint64_t s = 0; s < SEEDS; s++) {
        t->seed = s + 1;
        assert_int_equal(gs_trial_observe(t, p, NULL, NULL, cell, &err), GS_OK);
        sum.mean += cell[1].mean / SEEDS;
        sum.change += cell[1].change / SEEDS;
        sum.responder += cell[1].responder / SEEDS;
    }
    gs_trial_pool_free(p);
    return sum;
}

/* 1400 people a figure: standard errors of 1.3 points of a share and 3 of a mean's
 * per cent are within the tolerances */
TEST(placebo_arms_do_what_pooled_placebo_arms_did)
{
    fixture *f = *unused;
    gs_trial_cell c = placebo_arm(
        f, "condition acne\nvisits week 0 12\noutcome lesions_inflamed\npopulation\n"
           " entry from 20 to 100\n usual 35 sd 0.5\narm a\narm b\n");
    assert_near(100 * c.change / (c.mean - c.change), -34.7, 8, "acne, Lamel 2015");
    c = placebo_arm(
        f, "condition eczema\nvisits week 0 12\noutcome easi\nresponder falls 75%\n"
           "population\n entry from 16\n usual 22 sd 0.5\narm a\narm b\n");
    assert_near(100 * c.responder, 20.9, 8, "EASI75, NH-AD-002");
    c = placebo_arm(
        f, "condition eczema\nvisits week 0 12\noutcome easi\nresponder falls 50%\n"
           "population\n entry from 16\n usual 22 sd 0.5\narm a\narm b\n");
    assert_near(100 * c.responder, 39.9, 8, "EASI50, NH-AD-002");
    c = placebo_arm(
        f, "condition eczema\nvisits week 0 12\noutcome easi\nresponder falls 90%\n"
           "population\n entry from 16\n usual 22 sd 0.5\narm a\narm b\n");
    assert_near(100 * c.responder, 9.0, 3, "EASI90, NH-AD-002");
    c = placebo_arm(
        f, "condition psoriasis\nvisits week 0 12\noutcome pasi\n"
           "responder falls 75%\npopulation\n entry from 12\n usual 15 sd 0.5\n"
           "arm a\narm b\n");
    assert_near(100 * c.responder, 4.1, 3, "PASI75, NH-PS-002");
    c = placebo_arm(
        f, "condition rosacea\nvisits week 0 12\noutcome lesions_inflamed\n"
           "population\n entry from 10 to 40\n usual 18 sd 0.5\narm a\narm b\n");
    double fall = -100 * c.change / (c.mean - c.change);
    assert_true(fall > 28 - 3 && fall < 50 + 3);
}

/* gains, course and what lies beyond, from a population of two draws */
TEST(a_calibrated_population_becomes_draws)
{
    fixture *f = *unused;
    static const char text[] = "# gutskin population 1\n# seed 1 model 0 evidence 0\n"
                               "gain_glycaemic,k_G_sleep,course.acne.inflamed,people."
                               "acne.inflamed,course_days,"
                               "beyond.glycaemic.acne.inflamed,beyond_sd.skin\n"
                               "0,0,-0.4,0.6,30,-0.2,0\n0,0.1,-0.4,0.6,30,-0.1,0\n";
    gs_population *p = NULL;
    gs_err err = {0};
    char msg[900];
    if (gs_population_read(f->a, "p.csv", text, sizeof text - 1, &p, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
    gs_trial *t =
        parse(f, "condition acne\nvisits week 0 4 12\noutcome lesions_inflamed\n"
                 "shared 100%\npeople 4 in 2 draws\narm usual\narm low\n"
                 " glycaemic times 0.7\narm high\n glycaemic times 1.3\n");
    gs_trial_draw d[2];
    assert_int_equal(gs_trial_draw_population(f->a, t, f->k, p, 2, d, &err), GS_OK);
    size_t gain = (size_t)gs_kernel_par(f->k, "gain_glycaemic");
    assert_true(d[0].par[gain].kind == GS_DIST_NONE && d[0].par[gain].a == 0);
    assert_true(d[1].par[gs_kernel_par(f->k, "k_G_sleep")].a == 0.1);
    assert_near(d[0].terms.drift, -0.4 - gs_trial_law_lift(0.6), 1e-12, "median from mean");
    assert_true(d[0].terms.drift_days == 30 && d[0].terms.placebo == 0);
    assert_true(d[0].terms.drift_sd > 0.3 && d[0].terms.drift_sd < 0.6);
    assert_true(d[0].beyond[0] == 0 && d[0].beyond[1] == -0.2 && d[0].beyond[2] == 0.2);
    assert_true(d[1].beyond[1] == -0.1);
    /* with gains of nought all that is left of an arm is what lies beyond the model */
    gs_trial_pool *pool = NULL;
    gs_trial_cell cell[2 * 3 * 3];
    assert_int_equal(gs_trial_live(t, f->k, 2, d, NULL, NULL, NULL, &pool, &err),
                     GS_OK);
    assert_int_equal(gs_trial_observe(t, pool, NULL, NULL, cell, &err), GS_OK);
    assert_near(cell[3 + 2].signal, -0.2, 1e-9, "at 12 weeks");
    assert_near(cell[3 + 1].signal, -0.2 * (1 - exp(-1)) / (1 - exp(-3)), 1e-9, "at 4");
    assert_near(cell[9 + 6 + 2].signal, 0.1, 1e-9, "the other way, second draw");
    assert_true(cell[2].signal == 0);
    gs_trial_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_means_what_the_manual_says),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(examples_and_the_manual_can_be_read),
        cmocka_unit_test(a_calibrated_population_becomes_draws),
        cmocka_unit_test(placebo_arms_do_what_pooled_placebo_arms_did),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
