/* The axis against the prototype it was first written as: every number the prototype's
 * own check list prints, reproduced from model/axis.gs.
 *
 * targets.csv was made by reference.R with the prototype integrated to 1e-10; here the
 * same scenarios run on the compiled kernel. The issue asks for 1%; the two agree far
 * better, so the tolerance is what integration at 1e-9 and the settling of slow states
 * leave. docs/notes/axis-targets.md shows the table. */
#include "axis_world.h"
#include "eigen.h"

static const double TOL = 1e-6; /* relative; measured worst 6e-8 */
static const double TOL_SWITCH =
    1e-2; /* thresholds, found by bisection of width 2^-12 */

typedef struct target {
    char name[48];
    double value;
    bool used;
} target;

static target table[160];
static size_t n_table;
static double worst;
static world W;
static double adult[AW_MAX]; /* the typical adult's steady state */

static void read_table(void)
{
    char *text = aw_table("tests/axis/targets.csv");
    for (char *save = NULL, *l = strtok_r(text, "\n", &save); l;
         l = strtok_r(NULL, "\n", &save)) {
        char *comma = strchr(l, ',');
        if (*l == '#' || !comma || strncmp(l, "name,", 5) == 0)
            continue;
        assert_true(n_table < sizeof table / sizeof *table);
        *comma = 0;
        snprintf(table[n_table].name, sizeof table[n_table].name, "%s", l);
        assert_true(
            gs_text_number(comma + 1, strlen(comma + 1), false, &table[n_table].value));
        n_table++;
    }
    free(text);
}

static void check_to(const char *name, double value, double tol)
{
    for (size_t i = 0; i < n_table; i++) {
        if (strcmp(table[i].name, name) != 0)
            continue;
        double ref = table[i].value, scale = fabs(ref) > 1e-3 ? fabs(ref) : 1e-3;
        double e = fabs(value - ref) / scale;
        table[i].used = true;
        if (tol <= TOL && e > worst)
            worst = e;
        if (aw_only_show())
            printf("%-26s %14.9g %14.9g %9.1e\n", name, value, ref, e);
        else if (!(e <= tol))
            fail_msg("%s: the axis gives %.9g, the prototype %.9g (off by %.2g, "
                     "allowed %.2g)",
                     name, value, ref, e, tol);
        return;
    }
    fail_msg("targets.csv has no row %s", name);
}

static void check(const char *prefix, const char *what, double value)
{
    char name[96];
    snprintf(name, sizeof name, "%s%s", prefix, what);
    check_to(name, value, TOL);
}

static double get(const double *x, const char *state)
{
    return x[aw_state(&W, state)];
}
static double rel(const double *x, const char *state)
{
    return get(x, state) / get(adult, state);
}
static double day(const double *path, size_t d, const char *state)
{
    return path[d * W.k->n_state + aw_state(&W, state)];
}
static void from_adult(double *x)
{
    memcpy(x, adult, W.k->n_state * sizeof *x);
}

static void typical_adult_sits_where_the_prototype_puts_him(void **st)
{
    (void)st;
    for (size_t i = 0; i < W.k->n_state; i++)
        check("adult.", W.k->state[i].name, adult[i]);
}

/* Jacobian of the natural coordinates by central differences of rhs, as the prototype's
 * own check does: eigenvalues do not depend on the coordinates at a fixed point. */
static void adult_jacobian(double *a)
{
    size_t n = W.k->n_state;
    double z[AW_MAX], up[AW_MAX], dn[AW_MAX];
    gs_kernel_to_internal(W.k, adult, z);
    for (size_t j = 0; j < n; j++) {
        double keep = z[j], h = 1e-5 * fmax(.1, fabs(keep));
        z[j] = keep + h;
        W.k->rhs(W.k, z, W.par, W.lever, up);
        z[j] = keep - h;
        W.k->rhs(W.k, z, W.par, W.lever, dn);
        z[j] = keep;
        for (size_t i = 0; i < n; i++)
            a[i * n + j] = (up[i] - dn[i]) / (2 * h);
    }
}

static void time_constants_run_from_a_third_of_a_day_to_six_weeks(void **st)
{
    (void)st;
    size_t n = W.k->n_state;
    double *a = calloc(n * n, sizeof *a), re[64];
    assert_true(a && n <= 64);
    aw_habit(&W);
    adult_jacobian(a);
    hessenberg(n, a);
    assert_true(eigen_real(n, a, re));
    double fast = 1e9, slow = 0, unstable = 0;
    for (size_t i = 0; i < n; i++) {
        unstable += re[i] >= 0;
        if (aw_only_show())
            printf("mode %.4g d\n", -1 / re[i]);
        fast = fmin(fast, -1 / re[i]);
        slow = fmax(slow, -1 / re[i]);
    }
    free(a);
    check_to("tau.fastest", fast, 1e-4); /* both sides use difference quotients */
    check_to("tau.slowest", slow, 1e-4);
    check("tau.", "n_unstable", unstable);
}

static void animal_diet_shrinks_the_butyrate_guild_within_a_day(void **st)
{
    (void)st;
    static double path[15 * 64];
    double x[AW_MAX];
    char name[32];
    from_adult(x);
    aw_set(&W, "fibre", 1., "fat", 1., "sugar", 10., NULL);
    aw_run(&W, x, 5, path, NULL);
    for (size_t d = 1; d <= 5; d++)
        if (d != 4) {
            snprintf(name, sizeof name, "B.d%zu", d);
            check("animal.", name, day(path, d, "B") / get(adult, "B"));
        }
    aw_habit(&W);
    aw_run(&W, x, 14, path, NULL);
    for (size_t d = 2; d <= 8; d *= 2) {
        snprintf(name, sizeof name, "B.after%zu", d);
        check("animal.", name, day(path, d, "B") / get(adult, "B"));
    }
}

static void antibiotic_course_is_nearly_undone_after_45_days(void **st)
{
    (void)st;
    static double path[181 * 64];
    double x[AW_MAX];
    from_adult(x);
    aw_set(&W, "antibiotic", 1., NULL);
    aw_run(&W, x, 4, NULL, NULL);
    check("antibiotic.", "B.end", rel(x, "B"));
    check("antibiotic.", "Bi.end", rel(x, "Bi"));
    check("antibiotic.", "P.end", rel(x, "P"));
    check("antibiotic.", "Dv.end", get(x, "Dv"));
    aw_habit(&W);
    aw_run(&W, x, 180, path, NULL);
    check("antibiotic.", "B.after7", day(path, 7, "B") / get(adult, "B"));
    check("antibiotic.", "B.after45", day(path, 45, "B") / get(adult, "B"));
    check("antibiotic.", "B.after180", day(path, 180, "B") / get(adult, "B"));
    check("antibiotic.", "Dv.after45", day(path, 45, "Dv"));
}

static void western_and_prudent_diets_move_endotoxin_apart(void **st)
{
    (void)st;
    double x[AW_MAX];
    from_adult(x);
    aw_set(&W, "fat", .8, "sugar", 110., "fibre", 12., "processed", .8, NULL);
    aw_run(&W, x, 30, NULL, NULL);
    check("western.", "E", get(x, "E"));
    check("western.", "CRP", get(x, "CRP"));
    from_adult(x);
    aw_set(&W, "fat", .3, "sugar", 40., "fibre", 30., "processed", .2, NULL);
    aw_run(&W, x, 30, NULL, NULL);
    check("prudent.", "E", get(x, "E"));
    check("prudent.", "CRP", get(x, "CRP"));
}

static void fibre_and_fermented_food_work_over_ten_weeks(void **st)
{
    (void)st;
    double x[AW_MAX];
    from_adult(x);
    aw_set(&W, "fibre", 38., NULL);
    aw_run(&W, x, 70, NULL, NULL);
    check("fibre.", "Bu", get(x, "Bu"));
    check("fibre.", "Bi", rel(x, "Bi"));
    check("fibre.", "CRP", get(x, "CRP"));
    from_adult(x);
    aw_set(&W, "fermented", 6., NULL);
    aw_run(&W, x, 70, NULL, NULL);
    check("fermented.", "Dv", get(x, "Dv"));
    check("fermented.", "X", get(x, "X"));
}

static void three_days_of_the_worst_stress_open_the_seal(void **st)
{
    (void)st;
    double x[AW_MAX];
    from_adult(x);
    aw_set(&W, "stress", 1., NULL);
    aw_run(&W, x, 3, NULL, NULL);
    check("stress.", "leak", (1 - get(x, "J")) / (1 - get(adult, "J")));
}

static void low_glycaemic_load_lowers_igf1_then_lesions(void **st)
{
    (void)st;
    static double path[85 * 64];
    double x[AW_MAX];
    from_adult(x);
    aw_set(&W, "glycaemic", .65, NULL);
    aw_run(&W, x, 84, path, NULL);
    check("lowgl.", "IG.d14", day(path, 14, "IG"));
    check("lowgl.", "L.d84", day(path, 84, "L"));
}

static void rifaximin_clears_overgrowth_and_rosacea_with_it(void **st)
{
    (void)st;
    static double path[271 * 64];
    double x[AW_MAX];
    from_adult(x);
    aw_habit(&W);
    x[aw_state(&W, "U")] = .9;
    aw_run(&W, x, 365, NULL, NULL);
    check("sibo.", "U", get(x, "U"));
    check("sibo.", "Z", get(x, "Z"));
    aw_set(&W, "rifaximin", 1., NULL);
    aw_run(&W, x, 10, NULL, NULL);
    aw_habit(&W);
    aw_run(&W, x, 270, path, NULL);
    check("sibo.", "U.after30", day(path, 30, "U"));
    check("sibo.", "Z.after30", day(path, 30, "Z"));
    check("sibo.", "U.after270", day(path, 270, "U"));
    check("sibo.", "Z.after270", day(path, 270, "Z"));
}

static void eczema_has_two_states_in_the_middle_of_its_risks(void **st)
{
    (void)st;
    static const double risk[] = {.3, .55, .8, 1};
    for (size_t i = 0; i < 4; i++) {
        double x[AW_MAX];
        char prefix[32];
        snprintf(prefix, sizeof prefix, "eczema%g.", risk[i]);
        from_adult(x);
        aw_set(&W, "risk_eczema", risk[i], NULL);
        aw_run(&W, x, 400, NULL, NULL);
        check(prefix, "remission.Y", get(x, "Y"));
        x[aw_state(&W, "Y")] = .9;
        x[aw_state(&W, "Bs")] = .45;
        aw_run(&W, x, 400, NULL, NULL);
        check(prefix, "flare.Y", get(x, "Y"));
        check(prefix, "flare.J", get(x, "J"));
        check(prefix, "flare.CRP", get(x, "CRP"));
    }
}

/* The prototype's steroid knows eczema only; ours also thins plaques, which shows in the
 * last of these numbers by 0.2%. Compared without that way, then with it. */
static void bad_weeks_then_treatment(double on_plaques, double *x)
{
    from_adult(x);
    aw_set(&W, "risk_eczema", .8, NULL);
    aw_run(&W, x, 400, NULL, NULL);
    aw_set(&W, "risk_eczema", .8, "stress", .9, "sleep", .3, "scratch", 2.5, NULL);
    aw_run(&W, x, 14, NULL, NULL);
    aw_set(&W, "risk_eczema", .8, NULL);
    aw_run(&W, x, 120, NULL, NULL);
    check("badweeks.", "Y.after120", get(x, "Y"));
    aw_set(&W, "risk_eczema", .8, "steroid", 1., "emollient", 1., NULL);
    W.par[aw_par(&W, "k_K_cortisone")] *= on_plaques;
    aw_run(&W, x, 21, NULL, NULL);
    aw_set(&W, "risk_eczema", .8, NULL);
    aw_run(&W, x, 120, NULL, NULL);
}

static void two_bad_weeks_tip_risky_skin_and_treatment_brings_it_back(void **st)
{
    (void)st;
    double x[AW_MAX];
    bad_weeks_then_treatment(0, x);
    check("treated.", "Y.after120", get(x, "Y"));
    bad_weeks_then_treatment(1, x);
    check_to("treated.Y.after120", get(x, "Y"), 1e-2);
}

static double flare_threshold(double skin_to_gut)
{
    double calm[AW_MAX], x[AW_MAX], lo = 0, hi = 1;
    from_adult(calm);
    aw_set(&W, "risk_eczema", .55, "skin_to_gut", skin_to_gut, NULL);
    aw_run(&W, calm, 400, NULL, NULL);
    for (int i = 0; i < 12; i++) {
        double m = (lo + hi) / 2;
        memcpy(x, calm, W.k->n_state * sizeof *x);
        x[aw_state(&W, "Y")] = m;
        x[aw_state(&W, "Bs")] = .909 - .5 * m;
        aw_run(&W, x, 300, NULL, NULL);
        *(get(x, "Y") > .3 ? &hi : &lo) = m;
    }
    return hi;
}

static void way_back_from_the_skin_lowers_the_flare_threshold(void **st)
{
    (void)st;
    check_to("threshold.return_on", flare_threshold(1), TOL_SWITCH);
    check_to("threshold.return_off", flare_threshold(0), TOL_SWITCH);
}

static void plaques_have_two_states_and_a_long_trigger_between_them(void **st)
{
    (void)st;
    double x[AW_MAX];
    from_adult(x);
    check("plaque.", "remission.K", get(x, "K"));
    aw_habit(&W);
    x[aw_state(&W, "K")] = .9;
    aw_run(&W, x, 700, NULL, NULL);
    check("plaque.", "K", get(x, "K"));
    check("plaque.", "T17", get(x, "T17"));
    from_adult(x);
    aw_set(&W, "risk_psoriasis", 7., NULL);
    aw_run(&W, x, 60, NULL, NULL);
    aw_habit(&W);
    aw_run(&W, x, 700, NULL, NULL);
    check("plaque.", "triggered.K", get(x, "K"));
}

static void every_row_of_the_table_was_compared(void **st)
{
    (void)st;
    for (size_t i = 0; i < n_table; i++)
        if (!table[i].used)
            fail_msg("nothing was compared with %s", table[i].name);
    printf("targets: %zu compared, worst relative difference %.1e\n", n_table, worst);
}

static int setup(void **st)
{
    (void)st;
    read_table();
    aw_open(&W, gs_axis(), 1e-9, 1e-12);
    memcpy(adult, W.start, W.k->n_state * sizeof *adult);
    aw_run(&W, adult, 700, NULL, NULL);
    aw_run(&W, adult, 700, NULL, NULL);
    aw_run(&W, adult, 600, NULL, NULL);
    return 0;
}
static int teardown(void **st)
{
    (void)st;
    aw_close(&W);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typical_adult_sits_where_the_prototype_puts_him),
        cmocka_unit_test(time_constants_run_from_a_third_of_a_day_to_six_weeks),
        cmocka_unit_test(animal_diet_shrinks_the_butyrate_guild_within_a_day),
        cmocka_unit_test(antibiotic_course_is_nearly_undone_after_45_days),
        cmocka_unit_test(western_and_prudent_diets_move_endotoxin_apart),
        cmocka_unit_test(fibre_and_fermented_food_work_over_ten_weeks),
        cmocka_unit_test(three_days_of_the_worst_stress_open_the_seal),
        cmocka_unit_test(low_glycaemic_load_lowers_igf1_then_lesions),
        cmocka_unit_test(rifaximin_clears_overgrowth_and_rosacea_with_it),
        cmocka_unit_test(eczema_has_two_states_in_the_middle_of_its_risks),
        cmocka_unit_test(two_bad_weeks_tip_risky_skin_and_treatment_brings_it_back),
        cmocka_unit_test(way_back_from_the_skin_lowers_the_flare_threshold),
        cmocka_unit_test(plaques_have_two_states_and_a_long_trigger_between_them),
        cmocka_unit_test(every_row_of_the_table_was_compared),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
