/* Diversity, trees and tests against definitions, closed forms and hand-made cases. */
#include "arena.h"

#include "gutskin/eco.h"
#include "gutskin/rng.h"
#include "gutskin/text.h"

#include <string.h>

/* ---- one sample -------------------------------------------------------------------- */

static void test_even_community_has_ln_s_nats_and_s_effective_taxa(void **state)
{
    (void)state;
    for (size_t s = 1; s <= 50; s += 7) {
        double x[50];
        gs_eco_alpha o;
        for (size_t i = 0; i < s; i++)
            x[i] = 20;
        gs_eco_alpha_of(s, x, &o);
        CHECK_NEAR(o.shannon, log((double)s), 1e-14);
        CHECK_NEAR(o.inv_simpson, (double)s, 1e-14);
        CHECK_NEAR(o.chao1, (double)s, 0);
        if (s > 1)
            CHECK_NEAR(o.pielou, 1, 1e-14);
        else
            assert_true(isnan(o.pielou));
    }
}

/* [chao1984] bias-corrected: 5 taxa, 2 singletons, 1 doubleton: 5 + 2 * 1 / (2 * 2) */
static void test_chao1_adds_what_singletons_and_doubletons_say(void **state)
{
    (void)state;
    const double x[] = {1, 1, 2, 7, 9, 0};
    gs_eco_alpha o;
    gs_eco_alpha_of(6, x, &o);
    CHECK_NEAR(o.chao1, 5.5, 0);
    CHECK_NEAR(o.observed, 5, 0);
}

static void test_empty_sample_and_shares_say_what_they_cannot(void **state)
{
    (void)state;
    const double none[] = {0, 0}, share[] = {0.25, 0.75};
    gs_eco_alpha o;
    gs_eco_alpha_of(2, none, &o);
    assert_true(isnan(o.shannon) && isnan(o.inv_simpson) && isnan(o.chao1) && o.observed == 0);
    gs_eco_alpha_of(2, share, &o);
    CHECK_NEAR(o.shannon, -0.25 * log(0.25) - 0.75 * log(0.75), 1e-15);
    assert_true(isnan(o.chao1));
    assert_true(isnan(gs_eco_rarefy(2, share, 0)));
}

static void test_rarefaction_has_its_closed_forms(void **state)
{
    (void)state;
    const double x[] = {4, 1, 0, 7, 3, 1};
    double total = 16;
    CHECK_NEAR(gs_eco_rarefy(6, x, 0), 0, 1e-13);
    CHECK_NEAR(gs_eco_rarefy(6, x, 1), 1, 1e-13);
    CHECK_NEAR(gs_eco_rarefy(6, x, total), 5, 1e-13);
    /* two reads: 1 + P(they differ) */
    double same = 0;
    for (int i = 0; i < 6; i++)
        same += x[i] * (x[i] - 1) / (total * (total - 1));
    CHECK_NEAR(gs_eco_rarefy(6, x, 2), 2 - same, 1e-13);
    /* all but one: each singleton is missed once in N */
    CHECK_NEAR(gs_eco_rarefy(6, x, total - 1), 5 - 2 / total, 1e-13);
    assert_true(isnan(gs_eco_rarefy(6, x, total + 1)));
    /* entropy: of one read 0, of two ln 2 when they differ, of all the plug-in */
    gs_eco_alpha o;
    gs_eco_alpha_of(6, x, &o);
    CHECK_NEAR(gs_eco_rarefy_shannon(6, x, 1), 0, 1e-13);
    CHECK_NEAR(gs_eco_rarefy_shannon(6, x, 2), (1 - same) * log(2), 1e-13);
    CHECK_NEAR(gs_eco_rarefy_shannon(6, x, total), o.shannon, 1e-13);
}

/* The bootstrap's spread against the delta method: var H = (sum p ln^2 p - H^2) / N. */
static void test_counting_noise_of_shannon_has_the_known_size(void **state)
{
    (void)state;
    double x[40], total = 0;
    for (int i = 0; i < 40; i++)
        total += x[i] = 10 * floor(exp(0.15 * i));
    gs_eco_alpha o;
    gs_eco_noise noise;
    gs_eco_alpha_of(40, x, &o);
    double second = 0;
    for (int i = 0; i < 40; i++)
        second += x[i] / total * pow(log(x[i] / total), 2);
    double sd = sqrt((second - o.shannon * o.shannon) / total);
    gs_rng r = gs_rng_stream(1, 0, "noise");
    MUST(gs_eco_noise_of(arena, 40, x, &r, 4000, &noise, err));
    double half = 0.5 * (noise.shannon.hi - noise.shannon.lo);
    CHECK_NEAR(half / (1.96 * sd), 1, 0.06); /* 4,000 draws: the end of a 95 % range to 3 % */
    assert_true(noise.shannon.lo < o.shannon && o.shannon < noise.shannon.hi);
    assert_true(noise.inv_simpson.lo < o.inv_simpson && o.inv_simpson < noise.inv_simpson.hi);
    CHECK_NEAR(noise.observed.hi - noise.observed.lo, 0, 1e-12); /* nothing is rare: no doubt */
}

/* Do the stated intervals hold what a second sequencing of the same gut shows? */
static void test_share_and_log_ratio_intervals_cover_the_truth(void **state)
{
    (void)state;
    gs_rng r = gs_rng_stream(7, 0, "cover");
    int in_share = 0, in_ratio = 0, runs = 2000;
    for (int k = 0; k < runs; k++) {
        double x = 0, y = 0, n = 800;
        for (int i = 0; i < (int)n; i++) {
            double u = gs_rng_uniform(&r);
            x += u < 0.03;
            y += u > 0.9;
        }
        gs_eco_range s = gs_eco_share(x, n), l = gs_eco_log_ratio(x, y);
        in_share += s.lo <= 0.03 && 0.03 <= s.hi;
        in_ratio += l.lo <= log(0.3) && log(0.3) <= l.hi;
    }
    CHECK_NEAR(in_share / (double)runs, 0.95, 0.015); /* three binomial sd */
    CHECK_NEAR(in_ratio / (double)runs, 0.95, 0.015);
}

/* ---- trees --------------------------------------------------------------------------- */

static gs_eco_tree *tree(const char *text)
{
    gs_eco_tree *t = NULL;
    MUST(gs_eco_tree_parse(arena, "t.nwk", text, strlen(text), &t, err));
    return t;
}

static void test_newick_reads_names_lengths_and_comments(void **state)
{
    (void)state;
    gs_eco_tree *t = tree("[a tree [nested]] (('it''s':1,b_c:2.5e-1)97:3 , d : .5)root:9;\n");
    assert_int_equal(t->n_tip, 3);
    assert_int_equal(t->n_node, 5);
    assert_true(gs_eco_tree_find(t, "it's") >= 0 && gs_eco_tree_find(t, "b c") >= 0);
    assert_int_equal(gs_eco_tree_find(t, "b c"), gs_eco_tree_find(t, "b_c"));
    assert_int_equal(gs_eco_tree_find(t, "97"), -1); /* not a tip */
    assert_true(t->length[gs_eco_tree_find(t, "b_c")] == 0.25);
    assert_true(t->length[t->n_node - 1] == 0);
    for (size_t i = 0; i + 1 < t->n_node; i++)
        assert_true(t->parent[i] > i);
}

static void test_newick_refuses_with_line_and_column(void **state)
{
    (void)state;
    static const struct { const char *text, *says; long line, col; } bad[] = {
        {"", "no name", 1, 1}, {"(a:1,b:2)", "end with ;", 1, 10},
        {"(a:1,b:2", "inside a bracket", 1, 9}, {"(a:1,b:-2);", "negative", 1, 8},
        {"(a:1,b);", "no length", 1, 6}, {"(a:1,\nb:x);", "no number", 2, 3},
        {"(a:1,a:2);", "same name", 1, 6}, {"(a:1,b:2);(c:1);", "one tree", 1, 11},
        {"(a:1,'b:2);", "never closed", 1, 6}, {"(a:1,[b:2);", "comment", 1, 12},
        {"(a:1,b:2));", "expected ;", 1, 10}, {"(a:1,,b:2);", "no name", 1, 6},
        {"a,b;", "expected ;", 1, 2}, {"(a:nan,b:1);", "no number", 1, 4}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gs_err err = {0};
        gs_eco_tree *t = NULL;
        assert_int_equal(gs_eco_tree_parse(arena, "t.nwk", bad[i].text, strlen(bad[i].text), &t, &err),
                         GS_EPARSE);
        if (!strstr(err.msg, bad[i].says) || err.line != bad[i].line || err.col != bad[i].col) {
            fprintf(stderr, "%s: %ld:%ld %s\n", bad[i].text, err.line, err.col, err.msg);
            fail();
        }
    }
}

static void test_newick_takes_any_depth(void **state)
{
    (void)state;
    enum { DEEP = 200000 };
    gs_buf b = {0};
    for (int i = 0; i < DEEP; i++)
        gs_buf_put(&b, "(");
    gs_buf_put(&b, "a:1");
    for (int i = 0; i < DEEP; i++)
        gs_buf_put(&b, "):1");
    gs_buf_put(&b, ";");
    gs_eco_tree *t = tree(b.data);
    assert_int_equal(t->n_node, DEEP + 1);
    double x = 1, pd;
    uint32_t at = (uint32_t)gs_eco_tree_find(t, "a");
    MUST(gs_eco_faith(arena, t, 1, &x, &at, &pd, err));
    CHECK_NEAR(pd, DEEP, 0); /* the root's own branch does not count */
    gs_buf_free(&b);
}

/* ((a:1,b:2):3,(c:4,d:5):6) by hand */
static void test_faith_and_unifrac_by_hand(void **state)
{
    (void)state;
    gs_eco_tree *t = tree("((a:1,b:2):3,(c:4,d:5):6);");
    const char *name[] = {"a", "b", "c", "d"};
    uint32_t node[4];
    for (int i = 0; i < 4; i++)
        node[i] = (uint32_t)gs_eco_tree_find(t, name[i]);
    const size_t start[] = {0, 2, 4, 5, 6};
    const uint32_t col[] = {0, 1, 1, 2, 1, 2};
    const double val[] = {1, 3, 2, 2, 9, 5};
    gs_eco_rows r = {4, 4, start, col, val};
    double d[16], pd, x[4] = {0, 2, 2, 0};
    MUST(gs_eco_faith(arena, t, 4, x, node, &pd, err));
    CHECK_NEAR(pd, 2 + 3 + 4 + 6, 1e-14);
    MUST(gs_eco_unifrac(arena, NULL, &r, t, node, false, d, err));
    CHECK_NEAR(d[1], 1 - 5.0 / 16, 1e-14);  /* {a,b} and {b,c}: share b and its stem */
    CHECK_NEAR(d[3], 1, 1e-14);             /* nothing shared */
    CHECK_NEAR(d[2], 1.0 / 6, 1e-14);       /* {a,b} and {b}: a of a+b+stem */
    MUST(gs_eco_unifrac(arena, NULL, &r, t, node, true, d, err));
    /* |1/4-0|*1 + |3/4-1/2|*2 + |1-1/2|*3 + 1/2*4 + 1/2*6, over tip heights by share */
    CHECK_NEAR(d[1], (0.25 + 0.5 + 1.5 + 2 + 3) / (0.25 * 4 + 0.75 * 5 + 0.5 * 5 + 0.5 * 10), 1e-14);
    CHECK_NEAR(d[3], 1, 1e-14);
}

/* ---- the same by definition: every branch, the tips below it, one pair of samples ---- */

enum { N_TIP = 40, N_ROW = 12 };

/* A random binary tree with every tip named t0 .. t39, and under[b][t]: is tip t below b? */
static gs_eco_tree *random_tree(gs_rng *r, gs_buf *text)
{
    char *part[N_TIP], one[64];
    size_t n = N_TIP;
    for (size_t i = 0; i < n; i++) {
        snprintf(one, sizeof one, "t%zu:%.6f", i, 0.05 + gs_rng_uniform(r));
        part[i] = gs_arena_strdup(arena, one);
    }
    while (n > 1) {
        size_t i = (size_t)(gs_rng_uniform(r) * (double)n), j = (size_t)(gs_rng_uniform(r) * (double)(n - 1));
        j += j >= i;
        gs_buf b = {0};
        gs_buf_printf(&b, "(%s,%s):%.6f", part[i], part[j], gs_rng_uniform(r));
        part[i < j ? i : j] = gs_arena_strdup(arena, b.data);
        part[i < j ? j : i] = part[n - 1];
        n--;
        gs_buf_free(&b);
    }
    gs_buf_printf(text, "%s;", part[0]);
    return tree(text->data);
}

static double by_definition(const gs_eco_tree *t, const uint32_t *node, const double *x, const double *y,
                            bool weighted)
{
    double nx = 0, ny = 0, top = 0, bottom = 0;
    for (size_t i = 0; i < N_TIP; i++) {
        nx += x[i];
        ny += y[i];
    }
    for (uint32_t b = 0; b < t->n_node; b++) {
        double sx = 0, sy = 0;
        if (t->parent[b] == b)
            continue; /* the root's own branch */
        for (size_t i = 0; i < N_TIP; i++) {
            bool below = false;
            for (uint32_t u = node[i]; !below && t->parent[u] != u; u = t->parent[u])
                below = u == b;
            sx += below ? x[i] / nx : 0;
            sy += below ? y[i] / ny : 0;
        }
        if (weighted) {
            top += t->length[b] * fabs(sx - sy);
            bottom += t->length[b] * (sx + sy);
        } else {
            top += t->length[b] * ((sx > 0) != (sy > 0));
            bottom += t->length[b] * (sx > 0 || sy > 0);
        }
    }
    return top / bottom;
}

static void test_unifrac_is_its_definition_on_random_trees(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        gs_rng r = gs_rng_stream(seed, 0, "trees");
        gs_buf text = {0};
        gs_eco_tree *t = random_tree(&r, &text);
        uint32_t node[N_TIP], col[N_ROW * N_TIP];
        double x[N_ROW][N_TIP] = {{0}}, val[N_ROW * N_TIP], d[N_ROW * N_ROW], pd;
        size_t start[N_ROW + 1] = {0}, n = 0;
        char name[16];
        for (size_t i = 0; i < N_TIP; i++) {
            snprintf(name, sizeof name, "t%zu", i);
            node[i] = (uint32_t)gs_eco_tree_find(t, name);
        }
        for (size_t s = 0; s < N_ROW; s++) {
            for (uint32_t i = 0; i < N_TIP; i++)
                if (i == s || gs_rng_uniform(&r) < 0.35) {
                    x[s][i] = floor(1 + 1000 * pow(gs_rng_uniform(&r), 4));
                    col[n] = i;
                    val[n++] = x[s][i];
                }
            start[s + 1] = n;
        }
        gs_eco_rows rows = {N_ROW, N_TIP, start, col, val};
        for (int weighted = 0; weighted < 2; weighted++) {
            MUST(gs_eco_unifrac(arena, NULL, &rows, t, node, weighted, d, err));
            for (size_t i = 0; i < N_ROW; i++)
                for (size_t j = 0; j < N_ROW; j++)
                    CHECK_NEAR(d[i * N_ROW + j], by_definition(t, node, x[i], x[j], weighted), 1e-13);
        }
        /* Faith's diversity is what a sample shares with one that holds every tip */
        double all[N_TIP], whole, frac;
        for (size_t i = 0; i < N_TIP; i++)
            all[i] = 1;
        MUST(gs_eco_faith(arena, t, N_TIP, all, node, &whole, err));
        for (size_t s = 0; s < N_ROW; s++) {
            MUST(gs_eco_faith(arena, t, N_TIP, x[s], node, &pd, err));
            frac = by_definition(t, node, x[s], all, false);
            CHECK_NEAR(1 - pd / whole, frac, 1e-13);
        }
        gs_buf_free(&text);
    }
}

/* ---- tests between groups ----------------------------------------------------------- */

static void test_distributions_have_their_tabled_values(void **state)
{
    (void)state;
    CHECK_NEAR(2 * gs_eco_normal_tail(1.959963984540054), 0.05, 1e-14);
    CHECK_NEAR(gs_eco_t_tail(12.7062047361747, 1), 0.05, 1e-12);
    CHECK_NEAR(gs_eco_t_tail(2.2281388519862747, 10), 0.05, 1e-12);
    CHECK_NEAR(gs_eco_chi2_tail(3.841458820694124, 1), 0.05, 1e-12);
    CHECK_NEAR(gs_eco_chi2_tail(2 * 3.7, 2), exp(-3.7), 1e-14);
    CHECK_NEAR(gs_eco_f_tail(4.9646027437307145, 1, 10), 0.05, 1e-12);
    for (double a = 0.5; a < 3000; a *= 3)
        for (double b = 0.5; b < 3000; b *= 4)
            for (double p = 0.001; p < 1; p += 0.0831) {
                double x = gs_eco_beta_quantile(p, a, b);
                if (x < 1 - 1e-6) /* nearer to 1, 1 - x has no digits left */
                    CHECK_NEAR(gs_eco_beta_cdf(x, a, b), p, 1e-10);
            }
}

/* With distances |x - y| of points on a line PERMANOVA is one-way analysis of variance. */
static void test_permanova_is_anova_on_a_line(void **state)
{
    (void)state;
    enum { N = 60 };
    double x[N], d[N * N], mean[3] = {0}, size[3] = {0}, all = 0;
    uint32_t g[N];
    gs_rng r = gs_rng_stream(3, 0, "line");
    for (size_t i = 0; i < N; i++) {
        g[i] = i < 40 ? 0 : i < 52 ? 1 : 2;
        x[i] = gs_rng_normal(&r) + 0.5 * g[i];
        mean[g[i]] += x[i], size[g[i]]++, all += x[i] / N;
    }
    double within = 0, between = 0;
    for (size_t i = 0; i < N; i++) {
        within += pow(x[i] - mean[g[i]] / size[g[i]], 2);
        between += pow(mean[g[i]] / size[g[i]] - all, 2);
        for (size_t j = 0; j < N; j++)
            d[i * N + j] = fabs(x[i] - x[j]);
    }
    gs_eco_permanova o;
    MUST(gs_eco_permanova_test(arena, NULL, N, d, g, 3, 4999, 1, &o, err));
    double f = (between / 2) / (within / (N - 3));
    CHECK_NEAR(o.f, f, 1e-11);
    CHECK_NEAR(o.r2, between / (within + between), 1e-11);
    /* normal errors: the permutation p is near that of the F distribution */
    double p = gs_eco_f_tail(f, 2, N - 3);
    CHECK_NEAR(o.p, p, 4 * sqrt(p * (1 - p) / 4999) + 0.1 * p);
}

static void test_permanova_holds_its_level_and_counts_permutations(void **state)
{
    (void)state;
    enum { N = 24 };
    double d[N * N];
    uint32_t g[N];
    int small = 0;
    for (uint64_t run = 0; run < 300; run++) {
        double x[N];
        gs_rng r = gs_rng_stream(11, run, "null");
        for (size_t i = 0; i < N; i++)
            x[i] = gs_rng_exponential(&r), g[i] = (uint32_t)(i % 2);
        for (size_t i = 0; i < N * N; i++)
            d[i] = fabs(x[i / N] - x[i % N]);
        gs_eco_permanova o;
        MUST(gs_eco_permanova_test(arena, NULL, N, d, g, 2, 99, run, &o, err));
        small += o.p <= 0.1;
        double steps = o.p * 100;
        CHECK_NEAR(steps, round(steps), 1e-9);
    }
    CHECK_NEAR(small / 300.0, 0.1, 0.052); /* three binomial sd */
}

static void test_pcoa_gives_back_points_in_a_plane(void **state)
{
    (void)state;
    enum { N = 37 };
    double x[N][2], d[N * N], c[N * 3], share[3];
    gs_rng r = gs_rng_stream(5, 0, "plane");
    for (size_t i = 0; i < N; i++)
        x[i][0] = 3 * gs_rng_normal(&r), x[i][1] = gs_rng_normal(&r);
    for (size_t i = 0; i < N * N; i++)
        d[i] = hypot(x[i / N][0] - x[i % N][0], x[i / N][1] - x[i % N][1]);
    MUST(gs_eco_pcoa(arena, NULL, N, d, 3, c, share, err));
    CHECK_NEAR(share[0] + share[1], 1, 1e-11);
    CHECK_NEAR(share[2], 0, 1e-11);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            CHECK_NEAR(hypot(c[3 * i] - c[3 * j], c[3 * i + 1] - c[3 * j + 1]), d[i * N + j], 1e-10);
}

/* A simplex: all eigenvalues are equal, and no axis may be lost. */
static void test_pcoa_of_a_simplex_keeps_every_axis(void **state)
{
    (void)state;
    enum { N = 9 };
    double d[N * N], c[N * (N - 1)], share[N - 1];
    for (size_t i = 0; i < N * N; i++)
        d[i] = i / N != i % N;
    MUST(gs_eco_pcoa(arena, NULL, N, d, N - 1, c, share, err));
    for (size_t k = 0; k < N - 1; k++)
        CHECK_NEAR(share[k], 1.0 / (N - 1), 1e-12);
    memset(d, 0, sizeof d);
    MUST(gs_eco_pcoa(arena, NULL, N, d, N - 1, c, share, err));
    CHECK_NEAR(share[0], 0, 0);
    MUST(gs_eco_pcoa(arena, NULL, 1, d, 1, c, share, err));
}

/* [hollander1999], example 4.1: 5 against 10, no ties; W and exact counts are by hand. */
static void test_cliff_delta_is_the_difference_of_two_chances(void **state)
{
    (void)state;
    const double x[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
    const double y[] = {1.15, 0.88, 0.90, 0.74, 1.21};
    double up = 0, down = 0;
    for (int i = 0; i < 10; i++)
        for (int j = 0; j < 5; j++)
            up += x[i] > y[j], down += x[i] < y[j];
    gs_eco_cliff o;
    MUST(gs_eco_cliff_of(arena, 10, x, 5, y, &o, err));
    CHECK_NEAR(o.delta.at, (up - down) / 50, 1e-14);
    /* U = 35 of 50, sd sqrt(50 * 16 / 12) */
    CHECK_NEAR(o.p, 2 * gs_eco_normal_tail((35 - 25) / sqrt(50 * 16.0 / 12)), 1e-13);
    CHECK_NEAR(o.median, 1.415, 1e-14);
    assert_true(o.delta.lo < o.delta.at && o.delta.at < o.delta.hi);
    MUST(gs_eco_cliff_of(arena, 10, x, 10, x, &o, err));
    CHECK_NEAR(o.delta.at, 0, 1e-15);
    CHECK_NEAR(o.p, 1, 1e-12);
}

static void test_kruskal_of_two_groups_is_mann_whitney_squared(void **state)
{
    (void)state;
    const double x[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
    const uint32_t g[] = {0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0};
    double h, p, a[12], b[12];
    size_t n = 0, m = 0;
    gs_eco_cliff o;
    for (int i = 0; i < 12; i++)
        if (g[i]) a[n++] = x[i]; else b[m++] = x[i];
    MUST(gs_eco_kruskal(arena, 12, x, g, 2, &h, &p, err));
    MUST(gs_eco_cliff_of(arena, n, a, m, b, &o, err));
    CHECK_NEAR(p, o.p, 1e-12);
    MUST(gs_eco_spearman(arena, 12, x, x, &h, err));
    CHECK_NEAR(h, 1, 1e-14);
}

/* [benjamini1995]'s own example, table 1: 4 rejections at 0.05. */
static void test_false_discovery_rejects_what_the_paper_rejects(void **state)
{
    (void)state;
    const double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                        0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000, NAN};
    double q[16];
    int n = 0;
    MUST(gs_eco_fdr(arena, 16, p, q, err));
    for (int i = 0; i < 15; i++)
        n += q[i] <= 0.05;
    assert_int_equal(n, 4);
    CHECK_NEAR(q[3], 0.0095 * 15 / 4, 1e-14);
    assert_true(isnan(q[15]));
}

/* [longley1967]: the classic ill-conditioned regression; NIST's certified values. */
static void test_least_squares_passes_longley(void **state)
{
    (void)state;
    static const double data[16][7] = {
        {60323, 83.0, 234289, 2356, 1590, 107608, 1947}, {61122, 88.5, 259426, 2325, 1456, 108632, 1948},
        {60171, 88.2, 258054, 3682, 1616, 109773, 1949}, {61187, 89.5, 284599, 3351, 1650, 110929, 1950},
        {63221, 96.2, 328975, 2099, 3099, 112075, 1951}, {63639, 98.1, 346999, 1932, 3594, 113270, 1952},
        {64989, 99.0, 365385, 1870, 3547, 115094, 1953}, {63761, 100.0, 363112, 3578, 3350, 116219, 1954},
        {66019, 101.2, 397469, 2904, 3048, 117388, 1955}, {67857, 104.6, 419180, 2822, 2857, 118734, 1956},
        {68169, 108.4, 442769, 2936, 2798, 120445, 1957}, {66513, 110.8, 444546, 4681, 2637, 121950, 1958},
        {68655, 112.6, 482704, 3813, 2552, 123366, 1959}, {69564, 114.2, 502601, 3931, 2514, 125368, 1960},
        {69331, 115.7, 518173, 4806, 2572, 127852, 1961}, {70551, 116.9, 554894, 4007, 2827, 130081, 1962}};
    static const double want[7] = {-3482258.63459582, 15.0618722713733, -0.358191792925910E-01,
                                   -2.02022980381683, -1.03322686717359, -0.511041056535807E-01,
                                   1829.15146461355};
    static const double want_se[7] = {890420.383607373, 84.9149257747669, 0.334910077722432E-01,
                                      0.488399681651699, 0.214274163161675, 0.226073200069370,
                                      455.478499142212};
    double x[16 * 8], y[16], b[8], se[8], p[8];
    for (int i = 0; i < 16; i++) {
        y[i] = data[i][0];
        x[8 * i] = 1;
        for (int k = 1; k < 7; k++)
            x[8 * i + k] = data[i][k];
        x[8 * i + 7] = 2 * data[i][3] - data[i][1]; /* adds nothing */
    }
    MUST(gs_eco_ols(arena, 16, 8, x, y, b, se, p, err));
    for (int k = 0; k < 7; k++) {
        CHECK_NEAR(b[k] / want[k], 1, 1e-7); /* condition 1e10 */
        CHECK_NEAR(se[k] / want_se[k], 1, 1e-7);
    }
    assert_true(b[7] == 0 && isnan(se[7]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_even_community_has_ln_s_nats_and_s_effective_taxa),
        cmocka_unit_test(test_chao1_adds_what_singletons_and_doubletons_say),
        cmocka_unit_test(test_empty_sample_and_shares_say_what_they_cannot),
        cmocka_unit_test(test_rarefaction_has_its_closed_forms),
        cmocka_unit_test(test_counting_noise_of_shannon_has_the_known_size),
        cmocka_unit_test(test_share_and_log_ratio_intervals_cover_the_truth),
        cmocka_unit_test(test_newick_reads_names_lengths_and_comments),
        cmocka_unit_test(test_newick_refuses_with_line_and_column),
        cmocka_unit_test(test_newick_takes_any_depth),
        cmocka_unit_test(test_faith_and_unifrac_by_hand),
        cmocka_unit_test(test_unifrac_is_its_definition_on_random_trees),
        cmocka_unit_test(test_distributions_have_their_tabled_values),
        cmocka_unit_test(test_permanova_is_anova_on_a_line),
        cmocka_unit_test(test_permanova_holds_its_level_and_counts_permutations),
        cmocka_unit_test(test_pcoa_gives_back_points_in_a_plane),
        cmocka_unit_test(test_pcoa_of_a_simplex_keeps_every_axis),
        cmocka_unit_test(test_cliff_delta_is_the_difference_of_two_chances),
        cmocka_unit_test(test_kruskal_of_two_groups_is_mann_whitney_squared),
        cmocka_unit_test(test_false_discovery_rejects_what_the_paper_rejects),
        cmocka_unit_test(test_least_squares_passes_longley),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
