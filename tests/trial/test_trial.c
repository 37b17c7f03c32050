/* Virtual trials against closed forms: a chain whose path is known, normal scores whose
 * selection, power and adjustment are known. */
#include "sim/toy.h"
#undef TEST
#define TEST(name) static void name(void **unused __attribute__((unused)))

#include "gutskin/trial.h"
#include "infer/num.h"
#include "trial/pool.h"

static const long weeks[] = {0, 28, 56, 84};

typedef struct bench {
    gs_kernel k;
    gs_trial t;
    gs_trial_arm arm[3];
    gs_trial_pool *p;
    gs_trial_cell *cell;
    gs_trial_contrast con[8];
} bench;

/* two idle arms, a normal score: level 10 sd 1, no course, wander 0.6 over 20 d, rater 0.3 */
static void idle(bench *b, size_t n_draw, size_t n_person)
{
    b->k = chain_kernel(1);
    b->arm[0] = b->arm[1] = b->arm[2] = GS_TRIAL_ARM;
    b->arm[0].name = "nothing";
    b->arm[1].name = "something";
    b->t = GS_TRIAL;
    b->t.kind = GS_TRIAL_VALUE;
    b->t.outcome = "b_seen";
    b->t.n_arm = 2;
    b->t.arm = b->arm;
    b->t.n_visit = 4;
    b->t.visit = weeks;
    b->t.primary = 3;
    b->t.n_draw = n_draw;
    b->t.n_person = n_person;
    b->t.terms = (gs_trial_terms){.level = 5,
                                  .level_sd = 1,
                                  .drift_days = 30,
                                  .placebo_days = 1e-3,
                                  .wander = 0.6,
                                  .wander_days = 20,
                                  .rater = 0.3,
                                  .slope = 1};
    b->p = NULL;
    b->cell = NULL;
}

static void must(gs_status st, const gs_err *err)
{
    if (st != GS_OK)
        fail_msg("%s", err->msg);
}

static void live(bench *b, const gs_trial_live_opts *o)
{
    gs_err err = {0};
    gs_trial_pool_free(b->p);
    must(gs_trial_live(&b->t, &b->k, 0, NULL, o, NULL, NULL, &b->p, &err), &err);
}

static void observe(bench *b)
{
    gs_err err = {0};
    free(b->cell);
    b->cell = malloc(b->t.n_draw * b->t.n_arm * b->t.n_visit * sizeof *b->cell);
    must(gs_trial_observe(&b->t, b->p, NULL, NULL, b->cell, &err), &err);
    must(gs_trial_contrasts(&b->t, b->p, b->cell, b->con, &err), &err);
}

static void over(bench *b)
{
    gs_trial_pool_free(b->p);
    free(b->cell);
}

/* mean and sd of estimates, share of p below alpha */
static void replicate(bench *b, size_t n_rep, double *mean, double *sd, double *found)
{
    gs_err err = {0};
    gs_trial_report *r = malloc(n_rep * (b->t.n_arm - 1) * sizeof *r);
    double sum = 0, squares = 0, hits = 0;
    must(gs_trial_replicate(&b->t, b->p, NULL, n_rep, NULL, NULL, r, &err), &err);
    for (size_t i = 0; i < n_rep; i++) {
        sum += r[i].est;
        squares += r[i].est * r[i].est;
        hits += r[i].p < b->t.alpha;
    }
    free(r);
    *mean = sum / (double)n_rep;
    *sd = sqrt(squares / (double)n_rep - *mean * *mean);
    *found = hits / (double)n_rep;
}

/* |share - p| within four standard errors of a binomial of n */
static void assert_share(double share, double p, double n, const char *what)
{
    assert_near(share, p, 4 * sqrt(p * (1 - p) / n), what);
}

TEST(two_arms_that_do_the_same_differ_in_nothing)
{
    bench b;
    idle(&b, 2, 200);
    b.arm[0].dropout = b.arm[1].dropout = 0.2;
    live(&b, NULL);
    assert_int_equal(gs_trial_pool_about(b.p).n_lived, 0);
    observe(&b);
    for (size_t v = 0; v < 4; v++) {
        assert_true(b.con[v].diff.mean == 0 && b.con[v].rd.mean == 0);
        assert_true(b.con[v].effect.mean == 0 && b.con[v].diff.mc == b.con[v].diff.mc);
    }
    over(&b);
}

TEST(a_null_trial_is_found_as_often_as_alpha_says)
{
    static const gs_trial_test test[] = {GS_TRIAL_ANCOVA, GS_TRIAL_CHANGE,
                                         GS_TRIAL_RESPONDERS};
    double mean, sd, found;
    bench b;
    for (size_t i = 0; i < 5; i++) {
        idle(&b, 1, 50);
        b.t.n_random = 120;
        b.t.test = test[i % 3];
        b.t.at_most = 10;
        b.arm[1].dropout = i == 2 ? 0 : 0.2;
        if (i == 3) {
            b.t.how = GS_TRIAL_CLUSTER;
            b.t.n_cluster = 12;
            b.t.icc = 0.3;
        }
        if (i == 4) {
            b.t.how = GS_TRIAL_CROSSOVER;
            b.t.test = GS_TRIAL_CHANGE;
        }
        live(&b, NULL);
        replicate(&b, 4000, &mean, &sd, &found);
        assert_near(mean, 0, 4 * sd / sqrt(4000), "mean of null trials");
        assert_share(found, 0.05, 4000, "null trials found");
        over(&b);
    }
}

/* x = L + W + R is let in above c; later W' with correlation rho, R' anew */
TEST(whoever_is_let_in_on_a_bad_day_is_better_later)
{
    bench b;
    idle(&b, 1, 40000);
    double base = 1 / 0.2; /* u/k2 */
    const gs_trial_terms *q = &b.t.terms;
    double mu = base + q->level, total = sqrt(1 + 0.36 + 0.09), c = mu + 0.7;
    b.t.entry_lo = c;
    live(&b, NULL);
    observe(&b);
    double z = 0.7 / total, excess = total * num_normal_pdf(z) / num_normal_cdf(-z);
    for (size_t v = 1; v < 4; v++) {
        double rho = exp(-(double)weeks[v] / 20);
        double want = -(0.36 * (1 - rho) + 0.09) / (total * total) * excess;
        assert_near(b.cell[v].change, want, 4 * b.cell[v].change_sd / 200,
                    "regression");
    }
    assert_near(b.cell[0].mean, mu + excess, 4 * b.cell[0].sd / 200, "score at entry");
    /* a second score, 40 days after the one that admits, has lost most of it */
    b.t.screen = 40;
    observe(&b);
    double lost = (0.36 * (1 - exp(-2)) + 0.09) / (total * total) * excess;
    assert_near(b.cell[0].mean, mu + excess - lost, 4 * b.cell[0].sd / 200, "baseline");
    over(&b);
}

/* arm 1 has a placebo response that arm 0 has not: a shift of exactly -0.5 */
TEST(power_and_estimates_are_what_the_textbook_says)
{
    double mean, sd, found, n = 60; /* an arm */
    bench b;
    idle(&b, 1, 10);
    b.t.terms.placebo = -0.5;
    b.arm[0].placebo = 0;
    b.t.n_random = 120;
    live(&b, NULL);
    double total2 = 1 + 0.36 + 0.09, rho = exp(-84.0 / 20), cov = 1 + 0.36 * rho;
    for (int i = 0; i < 2; i++) {
        b.t.test = i ? GS_TRIAL_ANCOVA : GS_TRIAL_CHANGE;
        double var = i ? total2 - cov * cov / total2 : 2 * (total2 - cov);
        double se = sqrt(2 * var / n), reps = 5000;
        replicate(&b, 5000, &mean, &sd, &found);
        assert_near(mean, -0.5, 4 * se / sqrt(reps), "mean estimate");
        assert_near(sd / se, 1, 4 / sqrt(2 * reps) + 1.5 / n, "sd of estimates");
        /* t against normal at 117 degrees of freedom: under 0.006 of power */
        assert_near(found, num_normal_cdf(0.5 / se - 1.98),
                    4 * sqrt(0.25 / reps) + 0.006, "power");
    }
    over(&b);
}

TEST(the_power_curve_holds_the_planned_trial_and_finds_its_size)
{
    bench b;
    gs_err err = {0};
    idle(&b, 4, 10);
    b.t.terms.placebo = -0.5;
    b.arm[0].placebo = 0;
    live(&b, NULL);
    const size_t size[] = {20, 40, 80, 160, 320};
    gs_trial_power_point q[5];
    must(gs_trial_power(&b.t, b.p, NULL, 2000, 5, size, NULL, NULL, q, &err), &err);
    double total2 = 1.45, cov = 1 + 0.36 * exp(-84.0 / 20);
    double var = total2 - cov * cov / total2, n80, lo, hi;
    for (size_t i = 0; i < 5; i++) {
        double se = sqrt(4 * var / (double)size[i]);
        double df = (double)size[i] - 3;
        /* two-sided critical value of t by inverting its distribution */
        double t = 1.96;
        for (int step = 0; step < 60; step++)
            t += (stats_t_p(t, df) - 0.05) * 3;
        assert_near(q[i].power, num_normal_cdf(0.5 / se - t), 4 * q[i].mc + 0.025,
                    "power");
        assert_true(q[i].wrong <= 0.025 && q[i].lo <= q[i].power &&
                    q[i].power <= q[i].hi);
    }
    gs_trial_size_for(5, q, 0.8, &n80, &lo, &hi);
    double want = 4 * var * (2.8016 * 2.8016) / 0.25;
    assert_near(n80 / want, 1, 0.15, "people for 80% power");
    assert_true(lo < n80 && n80 < hi);
    gs_trial_size_for(5, q, 0.99999, &n80, &lo, &hi);
    assert_true(isnan(n80) || n80 <= 320);
    over(&b);
}

/* u from 1 to 3 on days 8..: a' = u - k1 a, b' = k1 a - k2 b */
TEST(arms_are_lived_as_the_closed_form_says)
{
    bench b;
    idle(&b, 1, 2);
    const gs_trial_change change[] = {
        {.lever = 0, .move = GS_TRIAL_ADD, .value = 2, .from = 8},
        {.lever = 0, .move = GS_TRIAL_SET, .value = 0.5, .from = 30, .to = 40}};
    b.arm[1].change = change;
    b.arm[1].n_change = 2;
    b.arm[1].adherence = 0.75;
    live(&b, NULL);
    assert_int_equal(gs_trial_pool_about(b.p).n_lived, 2);
    double x[2] = {1 / 0.7, 1 / 0.2}, b0 = x[1];
    for (long d = 1, v = 1; d <= 84; d++) {
        double want = d < 8 ? 1 : d >= 30 && d <= 40 ? 0.5 : 3;
        chain_exact(0.7, 0.2, 1 + 0.75 * (want - 1), x);
        if (d != weeks[v])
            continue;
        assert_near(gs_trial_pool_signal(b.p, 0, 1, 1, (size_t)v), x[1] - b0, 1e-4,
                    "signal");
        assert_true(gs_trial_pool_signal(b.p, 0, 1, 0, (size_t)v) == 0);
        v++;
    }
    /* in a crossover the second period begins after the washout */
    b.t.how = GS_TRIAL_CROSSOVER;
    b.t.washout = 200;
    live(&b, NULL);
    double late = pool_signal(b.p, 0, 0, 0)[4 + 3],
           early = pool_signal(b.p, 0, 0, 1)[3];
    assert_near(late, early, 1e-6, "the same arm, first or second");
    assert_near(pool_signal(b.p, 0, 0, 0)[3], 0, 1e-9, "the first period of order 0");
    assert_near(pool_signal(b.p, 0, 0, 1)[4], 0, 1e-4, "washed out");
    over(&b);
}

TEST(a_crossover_estimates_the_same_effect_with_fewer_people)
{
    bench b;
    double mean, sd, found, parallel;
    const gs_trial_change change = {.lever = 0, .move = GS_TRIAL_ADD, .value = -0.1};
    idle(&b, 1, 10);
    b.arm[1].change = &change;
    b.arm[1].n_change = 1;
    b.t.n_random = 60;
    b.t.test = GS_TRIAL_CHANGE;
    live(&b, NULL);
    double effect = gs_trial_pool_signal(b.p, 0, 0, 1, 3);
    assert_near(effect, -0.5, 1e-4, "u down by 0.1 moves b by -0.1/k2");
    replicate(&b, 3000, &mean, &parallel, &found);
    assert_near(mean, effect, 4 * parallel / sqrt(3000), "parallel");
    b.t.how = GS_TRIAL_CROSSOVER;
    b.t.washout = 100;
    live(&b, NULL);
    replicate(&b, 3000, &mean, &sd, &found);
    assert_near(mean, effect, 4 * sd / sqrt(3000), "crossover");
    /* sd: half difference of two scores a long time apart, against a difference of changes */
    double one = 2 * (0.36 + 0.09) / 4 * (1 / 30.0 + 1 / 30.0);
    assert_near(sd * sd / one, 1, 0.15, "variance of a crossover");
    assert_true(sd < 0.6 * parallel);
    over(&b);
}

static void backwards(void *self, size_t n, void (*job)(void *, size_t), void *ctx)
{
    (void)self;
    while (n-- > 0)
        job(ctx, n);
}

TEST(the_order_of_jobs_changes_nothing)
{
    const gs_pool pool = {.run = backwards, .n_thread = 3};
    const gs_trial_change change = {.lever = 0, .move = GS_TRIAL_TIMES, .value = 1.5};
    gs_trial_report r[2][50];
    gs_err err = {0};
    bench b;
    idle(&b, 3, 40);
    b.arm[1].change = &change;
    b.arm[1].n_change = 1;
    b.arm[1].adherence = 0.6;
    b.arm[1].adherence_sd = 0.2;
    live(&b, NULL);
    observe(&b);
    gs_trial_cell *first = b.cell;
    gs_trial_pool *p = b.p;
    must(gs_trial_replicate(&b.t, p, NULL, 50, NULL, NULL, r[0], &err), &err);
    must(gs_trial_live(&b.t, &b.k, 0, NULL, NULL, &pool, NULL, &b.p, &err), &err);
    b.cell = malloc(24 * sizeof *b.cell);
    must(gs_trial_observe(&b.t, b.p, NULL, &pool, b.cell, &err), &err);
    must(gs_trial_replicate(&b.t, b.p, NULL, 50, &pool, NULL, r[1], &err), &err);
    assert_memory_equal(first, b.cell, 24 * sizeof *first);
    assert_memory_equal(r[0], r[1], sizeof r[0]);
    gs_trial_pool_free(p);
    free(first);
    over(&b);
}

TEST(adherence_has_its_mean_and_sd)
{
    bench b;
    idle(&b, 1, 4000);
    const gs_trial_change change = {.lever = 0, .move = GS_TRIAL_ADD, .value = 1};
    b.arm[1].change = &change;
    b.arm[1].n_change = 1;
    b.arm[1].adherence = 0.7;
    b.arm[1].adherence_sd = 0.15;
    b.t.n_visit = 2;
    b.t.primary = 1;
    live(&b, NULL);
    double full = 5 * (1 - (0.7 * exp(-28 * 0.2) - 0.2 * exp(-28 * 0.7)) / 0.5);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < 4000; i++) {
        double a = gs_trial_pool_signal(b.p, 0, i, 1, 1) / full;
        assert_true(a >= 0 && a <= 1);
        sum += a;
        squares += a * a;
    }
    double mean = sum / 4000, sd = sqrt(squares / 4000 - mean * mean);
    assert_near(mean, 0.7, 4 * 0.15 / sqrt(4000), "adherence");
    assert_near(sd, 0.15, 0.01, "its sd");
    over(&b);
}

TEST(people_leave_as_said_and_leave_no_score)
{
    bench b;
    idle(&b, 1, 20000);
    b.arm[1].dropout = 0.3;
    b.t.at_most = 100; /* everybody who stays responds */
    live(&b, NULL);
    observe(&b);
    for (size_t v = 0; v < 4; v++) {
        double stay = pow(0.7, (double)weeks[v] / 84);
        assert_share(b.cell[4 + v].in, stay, 20000, "still there");
        assert_near(b.cell[4 + v].responder, b.cell[4 + v].in, 1e-12, "responders");
        assert_true(b.cell[v].in == 1);
    }
    over(&b);
}

TEST(kept_starts_settle_nobody_twice)
{
    bench b;
    gs_err err = {0};
    const gs_trial_change change = {.lever = 0, .move = GS_TRIAL_ADD, .value = 1};
    idle(&b, 2, 30);
    gs_trial_live_opts o = {.starts = gs_trial_starts_new(&b.k)};
    live(&b, &o);
    assert_int_equal(gs_trial_pool_about(b.p).n_settled, 60);
    b.arm[1].change = &change; /* another trial on the same people */
    b.arm[1].n_change = 1;
    live(&b, &o);
    assert_int_equal(gs_trial_pool_about(b.p).n_settled, 0);
    gs_trial_pool *kept = b.p;
    b.p = NULL;
    live(&b, NULL);
    assert_int_equal(gs_trial_pool_about(b.p).n_settled, 60);
    for (size_t i = 0; i < 30; i++)
        assert_true(gs_trial_pool_signal(kept, 1, i, 1, 2) ==
                    gs_trial_pool_signal(b.p, 1, i, 1, 2));
    gs_trial_pool_free(kept);
    gs_trial_habit habit = {.lever = 0, .value = 2}; /* other habits: other starts */
    b.t.habit = &habit;
    b.t.n_habit = 1;
    live(&b, &o);
    assert_int_equal(gs_trial_pool_about(b.p).n_settled, 60);
    gs_trial_starts_free(o.starts);
    (void)err;
    over(&b);
}

TEST(one_arm_each_shows_the_same_arms)
{
    bench b;
    const gs_trial_change change = {.lever = 0, .move = GS_TRIAL_ADD, .value = 1};
    idle(&b, 1, 8000);
    b.arm[1].change = &change;
    b.arm[1].n_change = 1;
    b.t.n_visit = 2;
    b.t.primary = 1;
    gs_trial_live_opts o = {.one_arm = true};
    live(&b, &o);
    assert_int_equal(gs_trial_pool_about(b.p).n_lived, 4000);
    assert_true(isnan(gs_trial_pool_signal(b.p, 0, 0, 1, 1)));
    observe(&b);
    double full = gs_trial_pool_signal(b.p, 0, 1, 1, 1);
    assert_near(b.con[1].diff.mean, full, 4 * b.con[1].diff.mc, "unpaired difference");
    assert_true(b.con[1].diff.mc > 0.005);
    over(&b);
}

TEST(an_onset_is_the_first_day_above)
{
    bench b;
    const gs_trial_change change = {.lever = 0, .move = GS_TRIAL_ADD, .value = 1};
    idle(&b, 1, 3);
    b.t.kind = GS_TRIAL_ONSET;
    b.t.state = 1;
    b.t.above = 6;
    b.arm[1].change = &change;
    b.arm[1].n_change = 1;
    live(&b, NULL);
    double x[2] = {1 / 0.7, 5};
    int32_t day = 0;
    while (x[1] <= 6) {
        chain_exact(0.7, 0.2, 2, x);
        day++;
    }
    assert_int_equal(b.p->onset[1], day);
    assert_int_equal(b.p->onset[0], 0);
    observe(&b);
    assert_true(b.con[1].diff.mean == 1 && b.con[0].diff.mean == 0);
    over(&b);
}

/* The law of drift: sd 1, median 0, its shares and its lift against sums over people at even
 * places. */
TEST(the_law_of_drift_is_what_its_closed_forms_say)
{
    enum { N = 40000 };
    double sum = 0, square = 0, lifted = 0, below = 0;
    for (int i = 0; i < N; i++) {
        double p = (i + 0.5) / N, x = gs_trial_law(num_normal_quantile(p, 1 - p));
        sum += x / N;
        square += x * x / N;
        lifted += exp(0.9 * x) / N;
        below += x < -0.7;
        if (i % 400 == 0)
            assert_near(gs_trial_law_below(x), p, 1e-9, "share below");
    }
    assert_near(square - sum * sum, 1, 1e-3, "variance");
    assert_near(log(lifted), gs_trial_law_lift(0.9), 1e-3, "lift");
    assert_near(below / N, gs_trial_law_below(-0.7), 1e-4, "below");
    assert_near(gs_trial_law(0), 0, 1e-15, "median");
    /* the published shares of placebo arms lie on one line of it */
    double m = -0.449, sd = 1.08 * 1.1337;
    assert_near(100 * gs_trial_law_below((log(0.5) - m) / sd), 39.9, 0.3, "EASI50");
    assert_near(100 * gs_trial_law_below((log(0.25) - m) / sd), 20.9, 0.3, "EASI75");
    assert_near(100 * gs_trial_law_below((log(0.1) - m) / sd), 9.0, 0.3, "EASI90");
}

/* Log odds beyond the model: the odds of falling ill are what they should be, only the arm
 * they belong to changes, and nobody falls ill by a benefit or is spared by a harm. */
TEST(a_log_odds_beyond_moves_the_odds_of_onset)
{
    enum { N = 2000 };
    static const double log_odds[] = {-0.7, 0.7};
    for (int s = 0; s < 2; s++) {
        bench b;
        gs_err err = {0};
        idle(&b, 1, N);
        b.t.kind = GS_TRIAL_ONSET;
        b.t.state = 1;
        b.t.above = 1e6;
        live(&b, NULL);
        int32_t last = (int32_t)b.t.visit[b.t.n_visit - 1];
        for (size_t i = 0; i < N; i++)
            b.p->onset[2 * i] = b.p->onset[2 * i + 1] = i % 10 < 3 ? 1 + (int32_t)(i % 7) % last : 0;
        b.p->beyond[1] = log_odds[s];
        assert_int_equal(onset_beyond(&b.t, b.p, &err), GS_OK);
        double n0 = 0, n1 = 0;
        for (size_t i = 0; i < N; i++) {
            bool was = b.p->onset[2 * i] > 0, is = b.p->onset[2 * i + 1] > 0;
            n0 += was;
            n1 += is;
            assert_true(s == 0 ? was || !is : is || !was);
        }
        assert_true(n0 == 0.3 * N);
        double got = log(n1 / (N - n1)) - log(n0 / (N - n0));
        assert_near(got, log_odds[s], 4 / sqrt(0.2 * N), "log odds");
        over(&b);
    }
}

TEST(tests_agree_with_tables_and_with_other_routes)
{
    /* two-sided 5% points of t: 2.0860 at 20, 2.5706 at 5, 1.9840 at 100 */
    assert_near(stats_t_p(2.0860, 20), 0.05, 2e-5, "t 20");
    assert_near(stats_t_p(2.5706, 5), 0.05, 2e-5, "t 5");
    assert_near(stats_t_p(-1.9840, 100), 0.05, 2e-5, "t 100");
    assert_near(stats_normal_p(1.959964), 0.05, 1e-7, "normal");
    /* ancova against least squares of y on 1, x, arm by the normal equations */
    static const double x[] = {3, 5, 8, 4, 9, 2, 6, 7, 5, 8};
    static const double y[] = {2.5, 4.0, 6.5, 3.0, 8.1, 0.2, 3.9, 4.8, 2.2, 6.0};
    sums a[2] = {{.n = 0}, {.n = 0}};
    double m[3][4] = {{0}};
    for (size_t i = 0; i < 10; i++) {
        double row[3] = {1, x[i], i >= 5};
        sums_add(&a[i >= 5], x[i], y[i] - x[i]);
        for (size_t p = 0; p < 3; p++) {
            for (size_t q = 0; q < 3; q++)
                m[p][q] += row[p] * row[q];
            m[p][3] += row[p] * y[i];
        }
    }
    for (size_t p = 0; p < 3; p++)
        for (size_t q = 0; q < 3; q++) {
            double f = q == p ? 0 : m[q][p] / m[p][p];
            for (size_t c = 0; c < 4; c++)
                m[q][c] -= f * m[p][c];
        }
    gs_trial_report r;
    assert_true(stats_ancova(&a[0], &a[1], &r));
    assert_near(r.est, m[2][3] / m[2][2], 1e-12, "adjusted difference");
    double rss = 0;
    for (size_t i = 0; i < 10; i++) {
        double e = y[i] - m[0][3] / m[0][0] - m[1][3] / m[1][1] * x[i] -
                   (i >= 5) * m[2][3] / m[2][2];
        rss += e * e;
    }
    double sxx = 0, dx = 0;
    for (size_t g = 0; g < 2; g++) {
        double mean = a[g].x / 5;
        dx += g ? mean : -mean;
        for (size_t i = g * 5; i < g * 5 + 5; i++)
            sxx += (x[i] - mean) * (x[i] - mean);
    }
    assert_near(r.se, sqrt(rss / 7 * (0.4 + dx * dx / sxx)), 1e-12, "its error");
    /* 30 of 40 against 18 of 40: chi-square 7.5, p = 0.00617 */
    sums s[2] = {{.n = 40, .y = 18}, {.n = 40, .y = 30}};
    assert_true(stats_shares(&s[0], &s[1], &r));
    assert_near(r.p, 0.006170, 1e-5, "chi-square");
    assert_near(r.est, 0.3, 1e-12, "difference of shares");
    assert_false(stats_t(&(sums){.n = 1}, &s[1], &r));
}

TEST(priors_become_draws_that_add_up_to_them)
{
    gs_arena *a = gs_arena_new(0);
    gs_par_info par[] = {{.name = "gain_x",
                          .value = 1,
                          .lo = -9,
                          .hi = 9,
                          .prior = {GS_DIST_NORMAL, 1, 0.6},
                          .personal = true,
                          .lever = "x"},
                         {.name = "k_y",
                          .value = 0,
                          .lo = -9,
                          .hi = 9,
                          .prior = {GS_DIST_NORMAL, 0, 0.5},
                          .lever = ""},
                         {.name = "risk",
                          .value = 1,
                          .lo = 0.1,
                          .hi = 9,
                          .prior = {GS_DIST_LOGNORMAL, 1.2, 1.3},
                          .personal = true,
                          .lever = ""},
                         {.name = "fixed", .value = 3, .lo = 0, .hi = 9, .lever = ""}};
    gs_kernel k = chain_kernel(1);
    gs_trial_draw d[400];
    gs_err err = {0};
    k.par = par;
    k.n_par = 4;
    must(gs_trial_draw_priors(a, &k, 0.3, 400, 7, d, &err), &err);
    double sum = 0, squares = 0, facts = 0;
    for (size_t i = 0; i < 400; i++) {
        sum += d[i].par[0].a;
        squares += d[i].par[0].a * d[i].par[0].a;
        facts += d[i].par[1].a * d[i].par[1].a;
        assert_near(d[i].par[0].b, 0.6 * sqrt(0.7), 1e-12, "spread over people");
        assert_int_equal(d[i].par[1].kind, GS_DIST_NONE);
        assert_true(d[i].par[2].a == 1.2 && d[i].par[2].b == 1.3);
        assert_true(d[i].par[3].kind == GS_DIST_NONE && d[i].par[3].a == 3);
    }
    double mean = sum / 400;
    /* stratified: far closer than 0.6 sqrt(0.3/400) */
    assert_near(mean, 1, 0.002, "mean of draws");
    assert_near(sqrt(squares / 400 - mean * mean), 0.6 * sqrt(0.3), 0.005,
                "between draws");
    assert_near(sqrt(facts / 400), 0.5, 0.01, "a contested link lies between draws");
    gs_arena_free(a);
}

TEST(designs_that_cannot_be_run_are_refused_with_a_sentence)
{
    bench b;
    gs_err err = {0};
    gs_trial_pool *p = NULL;
    const gs_trial_change far = {.lever = 0, .move = GS_TRIAL_SET, .value = 1e9};
    idle(&b, 1, 10);
    for (int i = 0; i < 8; i++) {
        gs_trial t = b.t;
        gs_trial_arm arm[2] = {b.arm[0], b.arm[1]};
        t.arm = arm;
        t.primary = i == 0 ? 0 : 3;
        t.n_visit = i == 1 ? 1 : 4;
        t.see = i == 2 ? 99 : 0;
        arm[1].n_change = i == 3;
        arm[1].change = &far;
        arm[0].dropout = i == 4 ? 1.5 : 0;
        t.n_person = i == 5 ? 0 : 10;
        t.kind = i == 6 ? GS_TRIAL_SCORE : GS_TRIAL_VALUE;
        t.how = i == 7 ? GS_TRIAL_CLUSTER : GS_TRIAL_PARALLEL;
        err = (gs_err){0};
        assert_int_not_equal(
            gs_trial_live(&t, &b.k, 0, NULL, NULL, NULL, NULL, &p, &err), GS_OK);
        assert_true(strlen(err.msg) > 10);
        assert_null(p);
    }
    /* a window that nobody reaches */
    b.t.entry_lo = 1e6;
    live(&b, NULL);
    gs_trial_cell cell[8];
    assert_int_equal(gs_trial_observe(&b.t, b.p, NULL, NULL, cell, &err), GS_ERANGE);
    over(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_arms_that_do_the_same_differ_in_nothing),
        cmocka_unit_test(a_null_trial_is_found_as_often_as_alpha_says),
        cmocka_unit_test(whoever_is_let_in_on_a_bad_day_is_better_later),
        cmocka_unit_test(power_and_estimates_are_what_the_textbook_says),
        cmocka_unit_test(the_power_curve_holds_the_planned_trial_and_finds_its_size),
        cmocka_unit_test(arms_are_lived_as_the_closed_form_says),
        cmocka_unit_test(a_crossover_estimates_the_same_effect_with_fewer_people),
        cmocka_unit_test(the_order_of_jobs_changes_nothing),
        cmocka_unit_test(adherence_has_its_mean_and_sd),
        cmocka_unit_test(people_leave_as_said_and_leave_no_score),
        cmocka_unit_test(kept_starts_settle_nobody_twice),
        cmocka_unit_test(one_arm_each_shows_the_same_arms),
        cmocka_unit_test(an_onset_is_the_first_day_above),
        cmocka_unit_test(the_law_of_drift_is_what_its_closed_forms_say),
        cmocka_unit_test(a_log_odds_beyond_moves_the_odds_of_onset),
        cmocka_unit_test(tests_agree_with_tables_and_with_other_routes),
        cmocka_unit_test(priors_become_draws_that_add_up_to_them),
        cmocka_unit_test(designs_that_cannot_be_run_are_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
