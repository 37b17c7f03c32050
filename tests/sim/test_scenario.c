/* Scenarios: read as the manual says, complained about where they are wrong. */
#include "axis.h"

#include "gutskin/scenario.h"
#include <dirent.h>

typedef struct fixture {
    gs_arena *a;
    const gs_kernel *k;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->a = gs_arena_new(0);
    f->k = axis_kernel(f->a, true);
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

static gs_scenario *parse(fixture *f, const char *text)
{
    gs_scenario *sc = NULL;
    gs_err err = {0};
    char msg[900];
    if (gs_scenario_parse(f->a, f->k, "test.scn", text, strlen(text), &sc, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
    return sc;
}

/* lever of one person on a day (from 1) */
static double on_day(fixture *f, const gs_scenario *sc, size_t who, const char *lever, long day)
{
    double *all = calloc(sc->n_day * f->k->n_lever, sizeof *all);
    gs_scenario_levers(sc, f->k, who, sc->seed, all, NULL);
    double v = all[(size_t)(day - 1) * f->k->n_lever + (size_t)gs_kernel_lever(f->k, lever)];
    free(all);
    return v;
}

TEST(words_about_days_mean_what_the_manual_says)
{
    fixture *f = *unused;
    gs_scenario *sc = parse(f, "days 40\n"
                               "fibre 10\n"
                               "fibre 30 g/d from day 5 to 8\n"
                               "fibre 40 from day 7 for 3 days\n"
                               "sugar 200 every 7 days for 2 days from day 6\n"
                               "stress ramp 0.2 to 0.6 from day 11 to day 15\n"
                               "water 3 to day 2\n"
                               "uvb 1 J/cm2 every 10 days\n"
                               "sleep 0.5 from 39\n");
    const struct {
        const char *lever;
        long day;
        double want;
    } c[] = {{"fibre", 4, 10},   {"fibre", 5, 30},   {"fibre", 7, 40},  {"fibre", 9, 40},
             {"fibre", 10, 10},  {"sugar", 5, 70},   {"sugar", 6, 200}, {"sugar", 7, 200},
             {"sugar", 8, 70},   {"sugar", 13, 200}, {"stress", 10, .3}, {"stress", 11, .2},
             {"stress", 13, .4}, {"stress", 15, .6}, {"stress", 40, .6}, {"water", 2, 3},
             {"water", 3, 2},    {"uvb", 1, 1},      {"uvb", 2, 0},      {"uvb", 11, 1},
             {"sleep", 38, .8},  {"sleep", 40, .5}};
    for (size_t i = 0; i < N_OF(c); i++)
        assert_near(on_day(f, sc, 0, c[i].lever, c[i].day), c[i].want, 1e-12, c[i].lever);
    double habit[MOST_LEVER];
    gs_scenario_levers(sc, f->k, 0, 1, NULL, habit);
    assert_near(habit[gs_kernel_lever(f->k, "fibre")], 10, 0, "habit is what was always so");
    assert_near(habit[gs_kernel_lever(f->k, "water")], 2, 0, "and nothing else");
}

TEST(people_override_what_is_said_of_everybody)
{
    fixture *f = *unused;
    gs_scenario *sc = parse(f, "days 10\nperson A\n  fibre 5\nperson B acne\n"
                               "  risk_eczema 0.9\nfibre 25\n");
    assert_int_equal(sc->n_person, 2);
    assert_near(on_day(f, sc, 0, "fibre", 3), 5, 0, "own word");
    assert_near(on_day(f, sc, 1, "fibre", 3), 25, 0, "everybody's");
    long acne = gs_kernel_par(f->k, "risk_acne"), ecz = gs_kernel_par(f->k, "risk_eczema");
    assert_near(sc->person[1].par[ecz], 0.9, 0, "parameter");
    assert_near(sc->person[1].par[acne], f->k->par[acne].prior.a, 0, "middle of the prior");
    assert_near(sc->person[0].par[acne], f->k->par[acne].value, 0, "typical adult");
    assert_int_equal(sc->n_watch, 1);
    assert_string_equal(sc->watch[0], "signal_acne");
}

TEST(wandering_has_the_sd_and_memory_asked_for_and_follows_from_the_seed)
{
    fixture *f = *unused;
    gs_scenario *sc = parse(f, "days 20000\nfibre 40\nfibre varies sd 4 memory 0.8\n");
    size_t nl = f->k->n_lever, at = (size_t)gs_kernel_lever(f->k, "fibre");
    double *x = calloc(sc->n_day * nl, sizeof *x), *y = calloc(sc->n_day * nl, sizeof *y);
    double sum = 0, sum2 = 0, lag = 0;
    gs_scenario_levers(sc, f->k, 0, 7, x, NULL);
    gs_scenario_levers(sc, f->k, 0, 7, y, NULL);
    assert_memory_equal(x, y, sc->n_day * nl * sizeof *x);
    gs_scenario_levers(sc, f->k, 0, 8, y, NULL);
    assert_true(x[at] != y[at]);
    for (size_t d = 0; d < sc->n_day; d++) {
        double e = x[d * nl + at] - 40;
        sum += e;
        sum2 += e * e;
        lag += d ? e * (x[(d - 1) * nl + at] - 40) : 0;
    }
    /* standard errors at 20,000 days: mean 0.085, sd 0.06, memory 0.005 */
    assert_near(sum / 20000, 0, 0.35, "mean");
    assert_near(sqrt(sum2 / 20000), 4, 0.25, "sd");
    assert_near(lag / sum2, 0.8, 0.02, "memory");
    free(x);
    free(y);
}

TEST(a_flare_is_a_start_of_its_own)
{
    fixture *f = *unused;
    gs_scenario *sc = parse(f, "days 30\nperson calm eczema\n  risk_eczema 0.7\n"
                               "person flaring eczema\n  risk_eczema 0.7\n  start flare\n"
                               "person put\n  start at Y 0.4\n"
                               "person raw\n  start model\n");
    size_t y = (size_t)gs_kernel_state(f->k, "Y"), n = f->k->n_state;
    double x[31 * MOST_STATE], first[4], last[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(gs_scenario_run(sc, f->k, &GS_SIM_OPTS, i, 1, x, NULL, NULL), GS_OK);
        first[i] = x[y];
        last[i] = x[30 * n + y];
    }
    assert_true(first[0] < 0.1 && first[1] > 0.4);
    assert_near(last[0], first[0], 1e-6, "at rest");
    assert_near(last[1], first[1], 1e-6, "at rest in the flare");
    assert_near(first[2], 0.4, 1e-12, "put there");
    assert_near(first[3], f->k->state[y].start, 1e-12, "the model's own");
}

TEST(complaints_name_the_line_the_column_and_the_mend)
{
    fixture *f = *unused;
    const struct {
        const char *text, *says;
        long line, col;
    } c[] = {
        {"dyas 10\n", "did you mean \"days\"", 1, 1},
        {"days ten\n", "expected a number of days", 1, 6},
        {"days 0\n", "outside the range", 1, 6},
        {"days 10 20\n", "one word too many", 1, 9},
        {"\nfiber 10\n", "did you mean \"fibre\"", 2, 1},
        {"fibre 1000\n", "outside the range of fibre", 1, 7},
        {"fibre nan\n", "expected fibre", 1, 7},
        {"fibre 20 L\n", "not the unit of this lever, which is [g/d]", 1, 10},
        {"fibre 20 from day 9 to 3\n", "last day comes before", 1, 25},
        {"fibre 20 for 3 days\n", "from day A", 1, 20},
        {"fibre ramp 20 to 30\n", "a ramp wants", 1, 20},
        {"fibre varies 3\n", "expected \"sd\"", 1, 14},
        {"person\n", "expected a name", 1, 7},
        {"person A exzema\n", "did you mean \"eczema\"", 1, 10},
        {"person A\nperson A\n", "already", 2, 8},
        {"person A\n  risk_exzema 1\n", "did you mean \"risk_eczema\"", 2, 3},
        {"person A\n  risk_eczema -1\n", "outside the range", 2, 15},
        {"person A\n  start flare\n", "flare to start in", 2, 14},
        {"person A\n  start near Q9 1\n", "no state", 2, 14},
        {"risk_eczema 1\n", "belongs to a person", 1, 1},
        {"  fibre 3\n", "indented line belongs", 1, 3},
        {"watch signal_acme\n", "did you mean \"signal_acne\"", 1, 7},
        {"watch\n", "what to watch", 1, 6},
        {"scenario \"open\n", "never closed", 1, 10},
        {"diary Zoe\n  score itch\n", "no such person", 1, 7},
        {"person A acne\ndiary A\n", "would be empty", 2, 1},
        {"person A acne\ndiary A\n  score acme\n", "did you mean \"acne\"", 3, 9},
        {"person A\ndiary A\n  score itch\n", "follows no condition", 2, 1},
        {"person A\ndiary A\n  starts soon\n", "a date such as", 3, 10},
        {"person A\ndiary A\n  note fibre missing 99%\n", "0% to 95%", 3, 22},
    };
    for (size_t i = 0; i < N_OF(c); i++) {
        gs_scenario *sc = NULL;
        gs_err err = {0};
        gs_status st = gs_scenario_parse(f->a, f->k, "bad.scn", c[i].text,
                                         strlen(c[i].text), &sc, &err);
        if (st == GS_OK || !strstr(err.msg, c[i].says) || err.line != c[i].line ||
            err.col != c[i].col || strcmp(err.file, "bad.scn") != 0)
            fail_msg("%s -> %ld:%ld %s", c[i].text, err.line, err.col, err.msg);
        assert_null(sc);
    }
}

/* ---- the manual and the examples ---- */

static char *slurp(const char *path, size_t *n)
{
    char *text;
    gs_err err = {0};
    if (gs_text_read_file(path, 1 << 22, &text, n, &err) != GS_OK)
        fail_msg("%s", err.msg);
    return text;
}

TEST(every_example_of_the_manual_is_a_scenario)
{
    fixture *f = *unused;
    size_t n, count = 0;
    char *text = slurp(GS_SOURCE_DIR "/docs/scenario.md", &n);
    for (char *p = strstr(text, "\n```\n"); p; p = strstr(p, "\n```\n")) {
        char *start = p + 5, *end = strstr(start, "\n```\n");
        assert_non_null(end);
        *end = '\0';
        parse(f, start);
        count++;
        p = end + 1;
        *end = '\n';
        p = end + 4;
    }
    assert_true(count >= 4);
    free(text);
}

TEST(every_example_scenario_runs)
{
    fixture *f = *unused;
    const char *dir = GS_SOURCE_DIR "/examples/scenarios";
    DIR *d = opendir(dir);
    size_t count = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char path[1000];
        size_t n;
        if (!strstr(e->d_name, ".scn"))
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        char *text = slurp(path, &n);
        gs_scenario *sc = parse(f, text);
        double *y = calloc((sc->n_day + 1) * f->k->n_see, sizeof *y);
        for (size_t i = 0; i < sc->n_person; i++) {
            assert_int_equal(gs_scenario_run(sc, f->k, &GS_SIM_OPTS, i, sc->seed, NULL, y,
                                             NULL), GS_OK);
            for (size_t j = 0; j < (sc->n_day + 1) * f->k->n_see; j++)
                assert_true(isfinite(y[j]));
        }
        free(y);
        free(text);
        count++;
    }
    closedir(d);
    assert_true(count >= 6);
}

/* ---- the diary ---- */

static const char diary_text[] = "days 400\nperson A eczema\n  risk_eczema 0.6\n"
                                 "stress varies sd 0.2\nfibre 20\n"
                                 "diary A\n starts 2024-02-28\n"
                                 " score eczema 0-10 usual 4\n"
                                 " score poscorad usual 30 missing 50%\n"
                                 " score iga usual 2\n"
                                 " note stress to 1, fibre to 5\n"
                                 " missing 10%\n gap 20 days 2 times\n";

static char *diary(fixture *f, const char *text, uint64_t seed)
{
    gs_buf b = {0};
    gs_err err = {0};
    gs_scenario *sc = parse(f, text);
    if (gs_scenario_diary_csv(sc, f->k, &GS_SIM_OPTS, seed, "x.scn", &b, &err) != GS_OK)
        fail_msg("%s", err.msg);
    return b.data;
}

TEST(a_diary_is_labelled_follows_from_its_seed_and_stays_on_its_scales)
{
    fixture *f = *unused;
    char *text = diary(f, diary_text, 3), *again = diary(f, diary_text, 3);
    char *other = diary(f, diary_text, 4);
    size_t rows = 0, marks = 0;
    double sum = 0;
    assert_string_equal(text, again);
    assert_string_not_equal(text, other);
    assert_memory_equal(text, "# simulated by gutskin ", 23);
    char *p = strstr(text, "\ndate,");
    assert_non_null(p);
    p = strchr(p + 1, '\n') + 1;
    assert_memory_equal(p, "2024-02-", 8);
    assert_non_null(strstr(text, "2024-02-29,"));
    for (; *p; p = strchr(p, '\n') + 1, rows++) {
        char date[11], mark[20];
        int score, stress, fibre, iga;
        assert_int_equal(sscanf(p, "%10[0-9-],%d,%19[0-9.]", date, &score, mark) >= 2, 1);
        const char *after = strchr(strchr(p, ',') + 1, ',') + 1;
        if (*after != ',') {
            double v = atof(after);
            assert_true(v >= 0 && v <= 103);
            marks++;
        }
        assert_int_equal(sscanf(strchr(after, ','), ",%d,%d,%d", &iga, &stress, &fibre), 3);
        assert_in_range(score, 0, 10);
        assert_in_range(iga, 0, 4);
        assert_in_range(stress, 0, 10);
        assert_int_equal(fibre, 20);
        sum += score;
    }
    /* 40 days in gaps (they may overlap), then 10% */
    assert_in_range(rows, 290, 370);
    assert_true(marks > rows * 35 / 100 && marks < rows * 65 / 100);
    assert_near(sum / (double)rows, 4, 1.6, "mean score near the usual one");
    free(text);
    free(again);
    free(other);
}

/* with nothing that wanders and hardly any noise, the usual score is the score */
TEST(the_usual_score_is_what_is_written_when_nothing_happens)
{
    fixture *f = *unused;
    char *text = diary(f, "days 20\nperson A eczema\n risk_eczema 0.5\ndiary\n"
                          " score eczema 0-10 usual 7 wander 0 noise 0.001\n"
                          " score easi usual 12 wander 0 noise 0\n"
                          " score poem usual 9 wander 0 noise 0\n"
                          " score scorad usual 41 wander 0 noise 0\n", 1);
    size_t rows = 0;
    for (char *p = strstr(text, "\n2025-"); p; p = strstr(p + 1, "\n2025-"), rows++) {
        int a, c;
        double b, d;
        assert_int_equal(sscanf(p + 11, ",%d,%lf,%d,%lf", &a, &b, &c, &d), 4);
        assert_int_equal(a, 7);
        assert_near(b, 12, 0.051, "index");
        assert_int_equal(c, 9);
        assert_near(d, 41, 0.051, "mark");
    }
    assert_int_equal(rows, 20);
    free(text);
}

TEST(a_scenario_without_a_diary_says_so)
{
    fixture *f = *unused;
    gs_buf b = {0};
    gs_err err = {0};
    gs_scenario *sc = parse(f, "days 3\n");
    assert_int_equal(gs_scenario_diary_csv(sc, f->k, &GS_SIM_OPTS, 1, "x", &b, &err),
                     GS_EFOUND);
    assert_null(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_about_days_mean_what_the_manual_says),
        cmocka_unit_test(people_override_what_is_said_of_everybody),
        cmocka_unit_test(
            wandering_has_the_sd_and_memory_asked_for_and_follows_from_the_seed),
        cmocka_unit_test(a_flare_is_a_start_of_its_own),
        cmocka_unit_test(complaints_name_the_line_the_column_and_the_mend),
        cmocka_unit_test(every_example_of_the_manual_is_a_scenario),
        cmocka_unit_test(every_example_scenario_runs),
        cmocka_unit_test(a_diary_is_labelled_follows_from_its_seed_and_stays_on_its_scales),
        cmocka_unit_test(the_usual_score_is_what_is_written_when_nothing_happens),
        cmocka_unit_test(a_scenario_without_a_diary_says_so),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
