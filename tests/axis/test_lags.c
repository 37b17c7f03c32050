/* How long each lever takes to show on each condition, measured on the model itself:
 * data/lever_lags.csv must say what the axis does.
 *
 * A person at rest makes the standard change and keeps to it for a year. t63 and t90 are
 * the first days on which the signal has gone 63% and 90% of the way to where it ends:
 * what a chain of first-order lags shows as its time constant. GS_TOL=0 prints the
 * table's measured columns afresh. */
#include "axis_world.h"

enum { YEAR = 365 };

typedef struct who {
    const char *condition, *signal, *risk;
    double risk_value;
    const char *state; /* put here before settling; NULL = as the typical adult */
    double at;
} who;

/* eczema between flares, psoriasis with plaques, acne and rosacea as they are */
static const who whos[] = {
    {"acne", "signal_acne", "risk_acne", 1.2, NULL, 0},
    {"eczema", "signal_eczema", "risk_eczema", .7, NULL, 0},
    {"psoriasis", "signal_psoriasis", "risk_psoriasis", 1.2, "K", .95},
    {"rosacea", "signal_rosacea", "risk_rosacea", 4, NULL, 0},
};

static world W;
static double rest[4][AW_MAX];

typedef struct lag {
    double effect, reached; /* after `weeks`: ln units, share of the year's end */
    double t63, t90;        /* [d] */
} lag;

static lag measure(size_t c, const char *lever, double change, double weeks)
{
    static double y[(YEAR + 1) * 64];
    double x[AW_MAX];
    size_t s = aw_see(&W, whos[c].signal), n = W.k->n_see;
    lag out = {0, 0, NAN, NAN};
    double y0[AW_MAX];
    aw_set(&W, whos[c].risk, whos[c].risk_value, NULL);
    memcpy(x, rest[c], W.k->n_state * sizeof *x);
    aw_seen(&W, x, y0);
    W.lever[aw_lever(&W, lever)] += change;
    aw_run(&W, x, YEAR, NULL, y);
    double end = y[YEAR * n + s] - y0[s];
    out.effect = y[(size_t)(7 * weeks) * n + s] - y0[s];
    out.reached = out.effect / end;
    for (size_t d = 1; d <= YEAR; d++) {
        double a = y[(d - 1) * n + s] - y0[s], b = y[d * n + s] - y0[s];
        a = d == 1 ? 0 : a;
        for (int q = 0; q < 2; q++) {
            double to = (q ? .9 : 1 - exp(-1.)) * end, *t = q ? &out.t90 : &out.t63;
            if (isnan(*t) && fabs(b) >= fabs(to) && b * end > 0)
                *t = (double)d - 1 + (to - a) / (b - a);
        }
    }
    return out;
}

static size_t who_of(const char *condition)
{
    for (size_t c = 0; c < 4; c++)
        if (strcmp(whos[c].condition, condition) == 0)
            return c;
    fail_msg("no condition called %s", condition);
    return 0;
}

static bool near(double a, double b, double last_digit)
{
    return fabs(a - b) <= .02 * fabs(b) + .6 * last_digit;
}

/* time constant of a state as the model text states it */
static double tau_of(const char *state)
{
    char name[40];
    aw_habit(&W);
    snprintf(name, sizeof name, "tau_%s", state);
    long p = gs_kernel_par(W.k, name);
    if (p >= 0)
        return W.par[p];
    if (strcmp(state, "Bs") == 0)
        return 1 / (W.par[aw_par(&W, "r_Bs")] + W.par[aw_par(&W, "d_Bs")]);
    fail_msg("no time constant for %s", state);
    return 0;
}

typedef struct row {
    char lever[32], condition[16], state[8], rest[160];
    double change, weeks, block, tau;
    lag said;
} row;

static bool read_row(const char *line, row *r)
{
    return sscanf(line,
                  "%31[a-z0-9_],%15[a-z],%lf,%*[^,],%lf,%lf,%7[A-Za-z0-9],%lf,%lf,%lf,%"
                  "lf,%lf,"
                  "%159[^\n]",
                  r->lever, r->condition, &r->change, &r->weeks, &r->block, r->state,
                  &r->tau, &r->said.effect, &r->said.reached, &r->said.t63,
                  &r->said.t90, r->rest) == 12;
}

static void table_of_lags_says_what_the_axis_does(void **st)
{
    (void)st;
    char *text = aw_table("data/lever_lags.csv");
    size_t n = 0;
    for (char *save = NULL, *l = strtok_r(text, "\n", &save); l;
         l = strtok_r(NULL, "\n", &save)) {
        row r;
        if (*l == '#' || strncmp(l, "lever,", 6) == 0)
            continue;
        if (!read_row(l, &r))
            fail_msg("data/lever_lags.csv: cannot read \"%s\"", l);
        lag m = measure(who_of(r.condition), r.lever, r.change, r.weeks);
        n++;
        if (aw_only_show()) {
            printf("%s,%s,%g,%s,%g,%g,%s,%g,%.4f,%.2f,%.1f,%.1f,%s\n", r.lever,
                   r.condition, r.change, W.k->lever[aw_lever(&W, r.lever)].unit,
                   r.weeks, r.block, r.state, r.tau, m.effect, m.reached, m.t63, m.t90,
                   r.rest);
            continue;
        }
        if (!near(m.t63, r.said.t63, .1) || !near(m.t90, r.said.t90, .1) ||
            !near(m.effect, r.said.effect, 1e-4) ||
            !near(m.reached, r.said.reached, .01))
            fail_msg(
                "%s on %s: the axis gives %.4f, %.2f, %.1f, %.1f; the table says %.4f, "
                "%.2f, %.1f, %.1f",
                r.lever, r.condition, m.effect, m.reached, m.t63, m.t90, r.said.effect,
                r.said.reached, r.said.t63, r.said.t90);
        if (!near(tau_of(r.state), r.tau, .1))
            fail_msg("%s: tau of %s is %.2f d, the table says %.1f", r.lever, r.state,
                     tau_of(r.state), r.tau);
        /* the block rule: two time constants of the slowest state, to half a week */
        if (!(r.block * 7 >= 2 * r.tau - 3.5))
            fail_msg("%s on %s: a block of %g weeks is short of twice %g d", r.lever,
                     r.condition, r.block, r.tau);
    }
    free(text);
    assert_int_equal(n, 64);
}

static int setup(void **st)
{
    (void)st;
    aw_open(&W, gs_axis(), 1e-8, 1e-10);
    for (size_t c = 0; c < 4; c++) {
        aw_set(&W, whos[c].risk, whos[c].risk_value, NULL);
        memcpy(rest[c], W.start, W.k->n_state * sizeof(double));
        if (whos[c].state) {
            rest[c][aw_state(&W, whos[c].state)] = whos[c].at;
            aw_run(&W, rest[c], 700, NULL, NULL);
        }
        aw_settle(&W, rest[c]);
    }
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
        cmocka_unit_test(table_of_lags_says_what_the_axis_does),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
