/* A plan as text and back, where a trial stands, its key, its reminders. */
#include "check.h"

#include "gutskin/experiment.h"
#include <string.h>

typedef struct world {
    gs_arena *a;
    gs_protocol p;
    gs_nof1_schedule *s;
    gs_buf schedule;
    gs_err err;
} world;

static const char *const outcomes[] = {"acne", "itch"};

static world make(bool blinded)
{
    world w = {.a = gs_arena_new(0)};
    gs_nof1_design d = GS_NOF1_DESIGN;
    d.n_period = 4;
    d.run_in = 7;
    assert_int_equal(gs_nof1_draw(w.a, &d, 3, GS_DAY_NONE, &w.s, &w.err), GS_OK);
    gs_nof1_schedule_text(w.s, &w.schedule);
    w.p = (gs_protocol){.name = "t", .person = "Zoë", .made = "2026-11-28", .version = "0",
        .lever = "sugar", .title = "Free sugar", .control = "as usual; about 70 g, or so",
        .treatment = "40 g less free sugar a day \\ every day", .unit = "g/d", .caution = "",
        .condition = "acne", .slowest = "Rg", .usual = 70, .change = -40, .tau = 10,
        .n_outcome = 2, .outcome = outcomes, .scale = "0-10", .worse = 1, .worth = 0.5,
        .level = 0.05, .lag = 7.25, .blinded = blinded, .design = d,
        .schedule = blinded ? "" : w.schedule.data, .commitment = "", .harm_above = 7,
        .harm_days = 3, .assumed = GS_TRIAL_OPTS, .analysis = "as fixed", .kernel_hash = 77};
    return w;
}

static void done(world *w)
{
    gs_buf_free(&w->schedule);
    gs_arena_free(w->a);
}

static void test_a_plan_reads_back_to_the_same_text(void **state)
{
    world w = make(false);
    gs_buf one = {0}, two = {0};
    gs_protocol *back;
    (void)state;
    assert_int_equal(gs_protocol_text(&w.p, &one, &w.err), GS_OK);
    assert_int_equal(gs_protocol_read(w.a, "p", one.data, one.len, &back, &w.err), GS_OK);
    assert_int_equal(gs_protocol_text(back, &two, &w.err), GS_OK);
    assert_string_equal(one.data, two.data);
    assert_string_equal(back->outcome[1], "itch");
    assert_true(back->worth == 0.5 && back->harm_days == 3 && back->kernel_hash == 77);
    gs_buf_free(&one);
    gs_buf_free(&two);
    done(&w);
}

static void test_a_plan_cut_short_anywhere_is_refused(void **state)
{
    world w = make(false);
    gs_buf one = {0};
    gs_protocol *back;
    (void)state;
    assert_int_equal(gs_protocol_text(&w.p, &one, &w.err), GS_OK);
    for (size_t n = 0; n < one.len; n += 7) {
        char *copy = malloc(n + 1); /* a reader past the end is seen by the sanitizer */
        memcpy(copy, one.data, n);
        w.err = (gs_err){0};
        assert_int_not_equal(gs_protocol_read(w.a, "p", copy, n, &back, &w.err), GS_OK);
        assert_true(w.err.msg[0] != '\0');
        free(copy);
    }
    gs_buf_free(&one);
    done(&w);
}

static gs_follow *follow(world *w, size_t n, const gs_kept_event *e)
{
    gs_follow *f = NULL;
    w->err = (gs_err){0};
    if (gs_follow_read(w->a, &w->p, n, e, &f, &w->err) != GS_OK)
        fail_msg("%s", w->err.msg);
    return f;
}

static void test_events_add_up(void **state)
{
    world w = make(false);
    const gs_kept_event e[] = {
        {.kind = "start", .day = 20000, .body = "{}"},
        {.kind = "day", .day = 20002, .body = "{\"kept\":0,\"reason\":\"feast\"}"},
        {.kind = "day", .day = 20002, .body = "{\"kept\":0.5,\"reason\":\"half a feast\"}"},
        {.kind = "day", .day = 20003, .body = "{\"kept\":1,\"reason\":\"\"}"},
        {.kind = "pause", .day = 20010, .body = "{\"why\":\"flu\"}"},
        {.kind = "resume", .day = 20013, .body = "{\"why\":\"well\"}"},
        {.kind = "change", .day = 20014, .body = "{\"what\":\"x\",\"why\":\"y\",\"harm_above\":8}"},
        {.kind = "something later", .day = 20015, .body = "{}"},
    };
    gs_follow *f = follow(&w, 8, e);
    (void)state;
    assert_true(f->started && !f->paused && !f->stopped);
    assert_int_equal(f->n_day, 35);
    assert_true(f->kept[2] == 0.5 && f->kept[3] == 1 && isnan(f->kept[4]));
    assert_string_equal(f->reason[2], "half a feast");
    for (int d = 10; d < 13; d++)
        assert_true(f->kept[d] == 0);
    assert_true(isnan(f->kept[13]));
    assert_int_equal(f->n_said, 2);
    assert_int_equal(f->n_change, 1);
    assert_true(f->harm_above == 8);
    done(&w);
}

static void test_a_key_opens_its_own_plan_only(void **state)
{
    world w = make(true), other = make(true);
    char hash[GS_SEAL_SIZE];
    gs_buf key = {0};
    const char *secret, *schedule;
    (void)state;
    gs_follow_commit("s3cret", w.schedule.data, hash);
    w.p.commitment = hash;
    other.p.commitment = "00";
    gs_follow_key(&w.p, "s3cret", w.schedule.data, &key);
    assert_int_equal(gs_follow_open(w.a, &w.p, "k", key.data, key.len, &secret, &schedule, &w.err),
                     GS_OK);
    assert_string_equal(schedule, w.schedule.data);
    assert_int_equal(gs_follow_open(w.a, &other.p, "k", key.data, key.len, &secret, &schedule,
                                    &w.err), GS_ESTORE);
    char *swap = strstr(key.data, " B\\n"); /* one period turned round */
    assert_non_null(swap);
    swap[1] = 'A';
    assert_int_equal(gs_follow_open(w.a, &w.p, "k", key.data, key.len, &secret, &schedule, &w.err),
                     GS_ESTORE);
    gs_buf_free(&key);
    done(&w);
    done(&other);
}

static void test_harm_is_so_many_scored_days_in_a_row(void **state)
{
    world w = make(false);
    const gs_kept_event start = {.kind = "start", .day = 20000, .body = "{}"};
    gs_follow *f = follow(&w, 1, &start);
    int32_t day[] = {0, 1, 2, 3, 5, 6};
    double value[] = {8, 8, 7, 9, 8, 8}; /* above 7; the run is days 3, 5 and 6 */
    gs_series s = {.name = "acne", .n = 6, .day = day, .value = value};
    gs_obs o = {.day0 = 20000, .n_day = 10, .n_series = 1, .series = &s};
    (void)state;
    assert_null(gs_follow_harm(w.a, f, &o, GS_DAY_NONE, 20005));
    assert_non_null(gs_follow_harm(w.a, f, &o, GS_DAY_NONE, 20006));
    assert_null(gs_follow_harm(w.a, f, &o, 20007, 20009)); /* seen before */
    gs_channel fever = {.name = "fever_with_rash", .title = "fever with a rash"};
    gs_flag flag = {.channel = &fever, .day = 4};
    o.flag = &flag;
    o.n_flag = 1;
    assert_non_null(strstr(gs_follow_harm(w.a, f, &o, GS_DAY_NONE, 20005), "doctor"));
    done(&w);
}

/* ---- RFC 5545 ---------------------------------------------------------------------- */

/* Unfolded lines of a calendar; fails on what section 3.1 forbids. */
static size_t unfold(const char *text, char line[][2000], size_t most)
{
    size_t n = 0;
    for (const char *p = text; *p;) {
        const char *end = strstr(p, "\r\n");
        assert_non_null(end);                          /* every line ends in CRLF */
        assert_true(end - p <= 75);                    /* octets, without the break */
        for (const char *c = p; c < end; c++)
            assert_true(*c != '\n' && *c != '\r');
        size_t bad;
        assert_true(gs_text_utf8(p, (size_t)(end - p), &bad)); /* no character is cut */
        if (*p == ' ') {
            assert_true(n > 0);
            strncat(line[n - 1], p + 1, (size_t)(end - p - 1));
        } else {
            assert_true(n < most);
            snprintf(line[n++], 2000, "%.*s", (int)(end - p), p);
        }
        p = end + 2;
    }
    return n;
}

static void check_calendar(const gs_follow *f, size_t n_event)
{
    static char line[600][2000], uid[100][100];
    gs_buf b = {0};
    size_t events = 0, n_uid = 0, stamps = 0, depth = 0;
    char open[4][20];
    gs_follow_calendar(f, "20261128T094500Z", &b);
    assert_false(b.failed);
    size_t n = unfold(b.data, line, 600);
    assert_string_equal(line[0], "BEGIN:VCALENDAR");
    assert_string_equal(line[1], "VERSION:2.0");
    assert_true(strncmp(line[2], "PRODID:", 7) == 0);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(line[i], "BEGIN:", 6) == 0) {
            assert_true(depth < 4);
            snprintf(open[depth++], 20, "%s", line[i] + 6);
            events += strcmp(line[i], "BEGIN:VEVENT") == 0;
        } else if (strncmp(line[i], "END:", 4) == 0) {
            assert_true(depth > 0);
            assert_string_equal(line[i] + 4, open[--depth]);
        } else if (strncmp(line[i], "UID:", 4) == 0) {
            snprintf(uid[n_uid++], 100, "%s", line[i]);
        } else if (strcmp(line[i], "DTSTAMP:20261128T094500Z") == 0) {
            stamps++;
        } else if (strncmp(line[i], "SUMMARY:", 8) == 0) {
            for (const char *c = line[i] + 8; *c; c++) { /* TEXT: , ; and \ only escaped */
                if (*c == '\\') {
                    assert_non_null(strchr("\\;,nN", c[1]));
                    c++;
                } else {
                    assert_true(*c != ',' && *c != ';');
                }
            }
        }
    }
    assert_int_equal(depth, 0);
    assert_int_equal(events, n_event);
    assert_int_equal(stamps, n_event);
    assert_int_equal(n_uid, n_event);
    for (size_t i = 0; i < n_uid; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(uid[i], uid[j]);
    gs_buf_free(&b);
}

static void test_reminders_are_a_calendar(void **state)
{
    world w = make(false), b = make(true);
    const gs_kept_event start = {.kind = "start", .day = 20000, .body = "{}"};
    size_t phases = 1;
    (void)state;
    for (size_t k = 0; k < w.s->n_period; k++)
        phases += k == 0 || w.s->period[k].code != w.s->period[k - 1].code;
    w.p.name = "зимний эксперимент без сахара и сладостей, который длится очень долго";
    check_calendar(follow(&w, 1, &start), 1 + phases);
    check_calendar(follow(&b, 1, &start), 1 + 1 + 4); /* score, run-in, four containers */
    done(&w);
    done(&b);
}

static void test_a_blinded_calendar_names_no_treatment(void **state)
{
    world w = make(true);
    const gs_kept_event start = {.kind = "start", .day = 20000, .body = "{}"};
    gs_buf b = {0};
    (void)state;
    gs_follow_calendar(follow(&w, 1, &start), "20261128T094500Z", &b);
    assert_null(strstr(b.data, "less free sugar"));
    gs_buf_free(&b);
    b = (gs_buf){0};
    gs_follow_today(follow(&w, 1, &start), 20010, true, &b);
    assert_null(strstr(b.data, "less free sugar"));
    assert_non_null(strstr(b.data, "container 1"));
    gs_buf_free(&b);
    done(&w);
}

/* dose up and down again: the step less the same step later */
static void test_responses_superpose(void **state)
{
    double step[6] = {1, 2, 3, 4, 5, 6}, dose[6] = {0, 1, 1, 0, 0, 0.5}, out[6] = {0};
    const double want[6] = {0, 1, 2, 3 - 1, 4 - 2, 5 - 3 + 0.5};
    (void)state;
    gs_experiment_superpose(6, step, dose, out);
    for (int i = 0; i < 6; i++)
        CHECK_NEAR(out[i], want[i], 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plan_reads_back_to_the_same_text),
        cmocka_unit_test(test_a_plan_cut_short_anywhere_is_refused),
        cmocka_unit_test(test_events_add_up),
        cmocka_unit_test(test_a_key_opens_its_own_plan_only),
        cmocka_unit_test(test_harm_is_so_many_scored_days_in_a_row),
        cmocka_unit_test(test_reminders_are_a_calendar),
        cmocka_unit_test(test_a_blinded_calendar_names_no_treatment),
        cmocka_unit_test(test_responses_superpose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
