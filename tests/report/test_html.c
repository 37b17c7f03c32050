/* The page: form, order, honesty, and every number where it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gutskin/rng.h"
#include "report/draw.h"
#include "report/pages.h"
#include "report/say.h"
#include "report/xml.h"

#include <math.h>

#define TEST(name) static void name(void **state)

/* The page, checked for what must hold of every page. */
static gs_buf page_of(const gs_answer *x)
{
    gs_buf b = {0};
    gs_err err = {0};
    if (gs_report_html(x, &b, &err) != GS_OK)
        fail_msg("%s", err.msg);
    const char *bad = xml_check(b.data);
    if (bad)
        fail_msg("not well-formed: %s", bad);
    const char *nan = not_a_number(b.data);
    if (nan)
        fail_msg("a number that is none: ...%.60s", nan - 30 > b.data ? nan - 30 : b.data);
    return b;
}

static const char *must_have(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    if (!at)
        fail_msg("the page does not say \"%s\"", words);
    return at;
}

static void must_lack(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    if (at)
        fail_msg("the page says \"%.60s\"", at);
}

TEST(test_html__loads_nothing_and_runs_nothing)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = page_of(p.x);
    static const char *const never[] = {"<script", "javascript:", "<img", "<link", "<iframe",
                                        "@import", "url(", " src=", "srcset", "<object",
                                        "<embed", "onload", "onclick", "<base", "<form"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        must_lack(b.data, never[i]);
    /* addresses are names of formats or links a person may follow, never loads */
    for (const char *at = strstr(b.data, "http"); at; at = strstr(at + 1, "http"))
        assert_true(!strncmp(at, "http-equiv", 10) || !strncmp(at - 7, "xmlns=\"", 7) ||
                    !strncmp(at - 6, "href=\"", 6));
    must_have(b.data, "default-src 'none'");
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_html__puts_red_flags_before_everything)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = page_of(p.x);
    const char *main = must_have(b.data, "<main>");
    const char *flag = must_have(main, "See a doctor now");
    /* nothing but markup stands between the start of the page and the flags */
    for (const char *q = main + 6; q < flag; q++) {
        if (*q == '<')
            q = strchr(q, '>');
        else
            assert_true(isspace((unsigned char)*q));
    }
    must_have(b.data, "Fever with a rash");
    assert_true(flag < must_have(b.data, "<h1"));
    assert_true(flag < must_have(b.data, p.x->headline));
    /* and no experiment is proposed while they stand */
    must_lack(b.data, "class=\"try\"");
    gs_buf_free(&b);

    p.x->n_flag = 0;
    b = page_of(p.x);
    must_lack(b.data, "See a doctor now");
    must_have(b.data, "class=\"try\"");
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_html__keeps_the_order_of_what_matters)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = page_of(p.x);
    static const char *const order[] = {
        "id=\"flags\"", "<h1", "class=\"lede\"", "id=\"diary\"", "id=\"ahead\"",
        "id=\"levers\"", "id=\"studies\"", "id=\"cannot\"", "id=\"next\"", "id=\"notes\"",
        "id=\"numbers\"", "Not a medical device"};
    const char *at = b.data;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        at = must_have(at, order[i]);
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_html__escapes_hostile_names)
{
    (void)state;
    pages p = pages_new();
    p.x->person = "<script>alert('x')</script>";
    p.x->condition = "\"><img src=x onerror=alert(1)>";
    p.x->headline = "a & b < c ]]> &amp; <b>";
    p.lever[0].title = "</h3><script>";
    p.lever[0].block = "<!-- never closed";
    p.lever[0].caution = "bytes \xff\xfe\xc3 in it";
    p.series[0].title = "\x01\x02<svg onload=x>";
    snprintf(p.fit->dim[0].name, sizeof p.fit->dim[0].name, "<td>&");
    static const gs_answer_flag flag = {"<h1>", "'\"&"};
    p.x->flag = &flag;
    p.x->n_flag = 1;
    gs_buf b = page_of(p.x);
    must_lack(b.data, "<script");
    must_lack(b.data, "<img");
    must_lack(b.data, "<b>a");
    must_have(b.data, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

/* Every path of a class in one figure: number of pieces and longest step in x [px]. */
static size_t path_pieces(const char *svg, const char *cls, double *out_step)
{
    char start[40];
    snprintf(start, sizeof start, "<path class=\"%s\" d=\"", cls);
    const char *d = strstr(svg, start), *end = strstr(svg, "</svg>");
    *out_step = 0;
    if (!d || d > end)
        return 0;
    size_t n = 0;
    double last = NAN;
    for (d += strlen(start); *d != '"'; d++) {
        if (*d == 'M') {
            n++;
            last = NAN;
            d++;
        }
        char *next;
        double x = strtod(d, &next);
        assert_true(*next == ',');
        strtod(next + 1, &next);
        if (!isnan(last) && x - last > *out_step)
            *out_step = x - last;
        last = x;
        d = next;
        if (*d == '"')
            break;
        if (*d == 'M')
            d--;
    }
    return n;
}

TEST(test_html__does_not_join_across_gaps)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = page_of(p.x);
    const char *svg = must_have(b.data, "<svg class=\"pic wide\"");
    double step, day = (704 - 52 - 34) / (double)SAMPLE_DAYS;
    /* entries every second day, a gap of two weeks: the gap is the only break */
    assert_int_equal(path_pieces(svg, "join", &step), 2);
    assert_true(step < 3 * day);
    assert_int_equal(path_pieces(svg, "fit", &step), 2);
    assert_true(step < 1.1 * day);
    must_have(svg, "no entries");
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

/* The text of the table rows that follow `caption`, up to the table's end. */
static char *table_after(const char *html, const char *mark)
{
    const char *from = must_have(html, mark), *end = must_have(from, "</table>");
    char *copy = calloc((size_t)(end - from) + 1, 1);
    memcpy(copy, from, (size_t)(end - from));
    char *text = text_of(copy);
    free(copy);
    return text;
}

TEST(test_html__carries_every_number_of_the_answer)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = page_of(p.x);
    char want[80];
    /* entries */
    const gs_answer_series *s = &p.series[0];
    const char *at = must_have(b.data, "aria-label=\"entries\"");
    for (size_t i = 0; i < s->n; i++) {
        snprintf(want, sizeof want, "</th><td>%g</td>", s->value[i]);
        at = must_have(at, want);
    }
    /* forecast: whole numbers on a scale of 103 points, as the picture can show */
    at = must_have(b.data, "aria-label=\"forecast\"");
    for (size_t i = 0; i < p.x->n_ahead; i++) {
        const gs_band *q = &s->ahead[i];
        snprintf(want, sizeof want, "<td>%.0f</td><td>%.0f</td><td>%.0f</td><td>%.0f</td>"
                                    "<td>%.0f</td>", q->q05, q->q25, q->q50, q->q75, q->q95);
        at = must_have(at, want);
    }
    /* levers */
    for (size_t i = 0; i < p.x->n_lever; i++) {
        const gs_answer_lever *l = &p.lever[i];
        if (isnan(l->before.q05))
            continue;
        snprintf(want, sizeof want, "<h3>%s</h3>", l->title);
        char *text = table_after(must_have(b.data, want), "before</th>");
        const double v[] = {l->before.q05, l->before.q50, l->before.q95};
        for (int k = 0; k < 3; k++) {
            gs_buf n = {0};
            gs_say_short(&n, v[k]);
            must_have(text, n.data);
            gs_buf_free(&n);
        }
        free(text);
    }
    /* sampled numbers */
    at = must_have(b.data, "aria-label=\"sampled numbers\"");
    for (size_t i = 0; i < p.fit->n_dim; i++) {
        const gs_dim *d = &p.fit->dim[i];
        at = must_have(at, d->name);
        snprintf(want, sizeof want, "<td>%.3f</td><td>%.0f</td><td>%.0f</td>", d->rhat,
                 d->ess_bulk, d->ess_tail);
        must_have(at, want);
    }
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_html__says_effects_with_unit_interval_and_direction)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = page_of(p.x);
    /* before {-7.1 .. -1.6 .. 0.3}, after {-5.9 .. -3.1 .. -0.8}: lower is better */
    must_have(b.data, "about 1.6 points better (9 chances in 10: 7.1 better to 0.3 worse)");
    must_have(b.data, "about 3.1 points better (9 chances in 10: 5.9 to 0.8 better)");
    must_have(b.data, "chance that it helps: 98%");
    must_have(b.data, "<b>46%</b>");
    gs_buf_free(&b);

    p.series[0].worse = -1;
    b = page_of(p.x);
    must_have(b.data, "about 1.6 points worse (9 chances in 10: 7.1 worse to 0.3 better)");
    gs_buf_free(&b);
    p.series[0].worse = 0;
    b = page_of(p.x);
    must_have(b.data, "about 1.6 points lower (9 chances in 10: 7.1 lower to 0.3 higher)");
    must_lack(b.data, "that it helps");
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_html__shows_no_conclusion_of_a_fit_that_failed)
{
    (void)state;
    pages p = pages_new();
    p.fit->ok = false;
    snprintf(p.fit->why_not, sizeof p.fit->why_not, "R-hat of gain_stress is 1.31");
    p.x->n_flag = 0;
    gs_buf b = page_of(p.x);
    const char *why = must_have(b.data, "R-hat of gain_stress is 1.31");
    assert_true(must_have(b.data, "did not pass its checks") < why);
    assert_true(why < must_have(b.data, "id=\"diary\""));
    const char *body = must_have(b.data, "<body>");
    must_lack(b.data, p.x->headline);
    must_lack(body, "class=\"post90\"");
    must_lack(body, "class=\"fit90\"");
    must_lack(body, "class=\"fit\"");
    must_lack(body, "your diary taught us");
    must_lack(body, "id=\"ahead\"");
    must_lack(body, ">now<");
    must_lack(body, "class=\"try\"");
    for (size_t i = 0; i < p.x->n_lever; i++)
        must_lack(body, p.lever[i].why);
    /* what was known before, and the studies, stay */
    must_have(body, "class=\"prior90\"");
    must_have(body, "[sample2001]");
    gs_buf_free(&b);

    p.x->fit = NULL;
    b = page_of(p.x);
    must_have(b.data, "There is no fit");
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_html__names_the_example)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = page_of(p.x);
    must_have(b.data, gs_say_example);
    gs_buf_free(&b);
    p.x->example = false;
    b = page_of(p.x);
    must_lack(b.data, gs_say_example);
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_html__stands_with_almost_nothing_to_say)
{
    (void)state;
    static const int32_t day[] = {0};
    static const double value[] = {4};
    static const gs_band fit[] = {{3, 3.5, 4, 4.5, 5}};
    const gs_answer_series one = {.name = "eczema", .title = "eczema",
                                  .condition = "eczema", .scale = "0-10", .lo = 0,
                                  .hi = 10, .worse = 1, .n = 1, .day = day,
                                  .value = value, .fit = fit};
    gs_answer_series none = one;
    none.n = 0;
    gs_answer x = {.person = "", .condition = "eczema", .day0 = GS_DAY_NONE,
                   .headline = "Too little to say anything.", .made = "0"};
    gs_buf b = page_of(&x);
    must_have(b.data, "no score of your skin");
    gs_buf_free(&b);
    x.n_day = 1;
    x.n_series = 1;
    x.series = &one;
    b = page_of(&x);
    must_have(b.data, "1 day<");
    gs_buf_free(&b);
    x.series = &none;
    b = page_of(&x);
    must_have(b.data, "no entries");
    gs_buf_free(&b);
    gs_fit f = {.ok = true};
    x.fit = &f;
    x.series = &one;
    b = page_of(&x);
    must_have(b.data, "Nothing in this diary changed enough");
    must_have(b.data, x.headline);
    gs_buf_free(&b);
}

/* every number of the answer made missing, infinite or huge, at random */
TEST(test_html__never_prints_a_number_that_is_none)
{
    (void)state;
    const double odd[] = {NAN, HUGE_VAL, -HUGE_VAL, 0, -0.0, 1e300, -1e300, 1e-300, 3};
    for (uint64_t seed = 1; seed <= 40; seed++) {
        gs_rng r = gs_rng_stream(seed, 0, "odd");
        pages p = pages_new();
#define ODD (gs_rng_below(&r, 2) ? odd[gs_rng_below(&r, 9)] : gs_rng_normal(&r))
#define ODD_BAND ((gs_band){ODD, ODD, ODD, ODD, ODD})
        for (size_t i = 0; i < p.x->n_lever; i++) {
            p.lever[i].before = ODD_BAND, p.lever[i].after = ODD_BAND;
            p.lever[i].taught = ODD, p.lever[i].better_after = ODD;
            p.lever[i].better_before = ODD, p.lever[i].weeks = ODD;
            p.lever[i].habit = ODD, p.lever[i].sd = ODD;
        }
        for (size_t i = 0; i < p.fit->n_dim; i++) {
            gs_dim *d = &p.fit->dim[i];
            d->prior = ODD_BAND, d->post = ODD_BAND, d->rhat = ODD, d->ess_bulk = ODD;
            d->ess_tail = ODD, d->mean = ODD, d->sd = ODD, d->prior_mean = ODD;
        }
        gs_band *fit = GS_NEW(p.a, gs_band, SAMPLE_DAYS);
        gs_band *ahead = GS_NEW(p.a, gs_band, SAMPLE_AHEAD);
        double *value = GS_NEW(p.a, double, SAMPLE_DAYS);
        for (size_t i = 0; i < SAMPLE_DAYS; i++)
            fit[i] = ODD_BAND, value[i] = ODD;
        for (size_t i = 0; i < SAMPLE_AHEAD; i++)
            ahead[i] = ODD_BAND;
        p.series[0].fit = fit, p.series[0].ahead = ahead, p.series[0].value = value;
        p.series[0].lo = ODD, p.series[0].hi = ODD;
        gs_buf b = page_of(p.x);
        assert_true(b.len < 200000); /* no number is hundreds of digits long */
        gs_buf_free(&b);
        gs_arena_free(p.a);
    }
}

/* ---- contrast ---- */

static double luminance(unsigned rgb)
{
    double sum = 0;
    static const double weight[] = {0.2126, 0.7152, 0.0722};
    for (int i = 0; i < 3; i++) {
        double c = (rgb >> (16 - 8 * i) & 255) / 255.0;
        sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static unsigned colour_of(const char *set, const char *name)
{
    char mark[32];
    snprintf(mark, sizeof mark, "--%s:#", name);
    const char *at = must_have(set, mark);
    return (unsigned)strtoul(at + strlen(mark), NULL, 16);
}

/* WCAG 2 relative luminance; 4.5 : 1 is its level AA for text of ordinary size */
TEST(test_html__text_stands_out_in_light_and_dark)
{
    (void)state;
    static const char *const pair[][2] = {
        {"ink", "paper"},   {"soft", "paper"},   {"post", "paper"}, {"prior", "paper"},
        {"ink", "card"},    {"soft", "card"},    {"soft", "gap"},   {"ink", "gap"},
        {"ink", "alarmbg"}, {"alarm", "alarmbg"}, {"mark", "markbg"}, {"ink", "markbg"}};
    pages p = pages_new();
    gs_buf b = page_of(p.x);
    const char *light = must_have(b.data, ":root{"), *dark = must_have(light + 1, ":root{");
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
            double f = luminance(colour_of(k ? dark : light, pair[i][0]));
            double g = luminance(colour_of(k ? dark : light, pair[i][1]));
            double ratio = (fmax(f, g) + 0.05) / (fmin(f, g) + 0.05);
            if (ratio < 4.5)
                fail_msg("%s on %s: %.2f", pair[i][0], pair[i][1], ratio);
        }
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html__loads_nothing_and_runs_nothing),
        cmocka_unit_test(test_html__puts_red_flags_before_everything),
        cmocka_unit_test(test_html__keeps_the_order_of_what_matters),
        cmocka_unit_test(test_html__escapes_hostile_names),
        cmocka_unit_test(test_html__does_not_join_across_gaps),
        cmocka_unit_test(test_html__carries_every_number_of_the_answer),
        cmocka_unit_test(test_html__says_effects_with_unit_interval_and_direction),
        cmocka_unit_test(test_html__shows_no_conclusion_of_a_fit_that_failed),
        cmocka_unit_test(test_html__names_the_example),
        cmocka_unit_test(test_html__stands_with_almost_nothing_to_say),
        cmocka_unit_test(test_html__text_stands_out_in_light_and_dark),
        cmocka_unit_test(test_html__never_prints_a_number_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
