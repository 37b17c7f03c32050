/* The evidence table: that the shipped one holds together, and that a table which does
 * not is refused with the line and column to mend. */
#include "check.h"

#include "gutskin/evidence.h"

#include <jansson.h>
#include <string.h>

static gs_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = gs_arena_new(0);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gs_arena_free(arena);
    return 0;
}

static const char header[] =
    "id,trial,condition,lever,result,what,control,population,age,n_treat,n_control,kind,"
    "design,weeks,outcome,unit,arms,base_treat,base_control,arm_treat,arm_control,"
    "effect_type,effect,ci_lo,ci_hi,p,finding,source,key,grade,calibrates,why_not,caution\n";
static const char good[] =
    "a-1,a,acne,stress,severity,tapes,nothing,adults,adult,10,12,rct,blind,8,change of "
    "GAGS,points,change,20,21,-6,-4,MD,-2,-3.5,-0.5,0.02,better,A 2001,a2001,excerpt,yes,,\n";

static gs_status read_text(const char *text, gs_evidence **ev, gs_err *err)
{
    *err = (gs_err){0};
    return gs_evidence_read(arena, "t.csv", text, strlen(text), ev, err);
}

/* good with the first `from` made `to`; must fail on line 2 at field. */
static void refused(const char *from, const char *to, const char *field)
{
    gs_buf b = {0};
    gs_evidence *ev = NULL;
    gs_err err;
    const char *p = strstr(good, from);

    assert_non_null(p);
    gs_buf_put(&b, header);
    gs_buf_put_n(&b, good, (size_t)(p - good));
    gs_buf_put(&b, to);
    gs_buf_put(&b, p + strlen(from));
    gs_status st = read_text(b.data, &ev, &err);
    gs_buf_free(&b);
    if (st == GS_OK)
        fail_msg("\"%s\" for \"%s\" was taken", to, from);
    assert_null(ev);
    assert_string_equal(err.file, "t.csv");
    assert_int_equal(err.line, 2);
    assert_string_equal(err.field, field);
    assert_true(strlen(err.msg) > 10);
}

static void a_good_row_is_taken_whole(void **state)
{
    (void)state;
    gs_buf b = {0};
    gs_evidence *ev;
    gs_err err;

    gs_buf_printf(&b, "%s%s", header, good);
    assert_int_equal(read_text(b.data, &ev, &err), GS_OK);
    gs_buf_free(&b);
    assert_int_equal(ev->n, 1);
    const gs_evidence_row *r = ev->row;
    assert_string_equal(r->outcome, "change of GAGS");
    assert_int_equal(r->kind, GS_DESIGN_RCT);
    assert_int_equal(r->result, GS_RESULT_SEVERITY);
    assert_int_equal(r->grade, GS_GRADE_EXCERPT);
    assert_true(r->calibrates);
    assert_true(r->effect == -2 && r->ci_lo == -3.5 && r->ci_hi == -0.5 && r->p == 0.02);
    assert_true(r->arm_treat == -6 && r->base_control == 21 && r->weeks == 8);
}

static void each_wrong_value_names_its_column(void **state)
{
    (void)state;
    static const char *const bad[][3] = {
        {"a-1", "A 1", "id"},
        {"a-1", "", "id"},
        {",acne,", ",warts,", "condition"},
        {",stress,", ",stres,", "lever"},
        {",severity,", ",beauty,", "result"},
        {",tapes,", ",,", "what"},
        {",10,", ",many,", "n_treat"},
        {",10,", ",0,", "n_treat"},
        {",10,", ",nan,", "n_treat"},
        {",rct,", ",trial,", "kind"},
        {",8,", ",-1,", "weeks"},
        {",8,", ",inf,", "weeks"},
        {",change,20", ",,20", "arms"},
        {",change,20", ",dose,20", "arms"},
        {",MD,", ",XX,", "effect_type"},
        {",MD,-2", ",MD,-3", "effect"},            /* the arms give -2      */
        {",MD,-2", ",RR,-2", "effect"},            /* a ratio is above 0    */
        {",MD,-2", ",none,-2", "effect"},
        {",MD,-2,", ",aMD,1,", "effect"},          /* outside its interval  */
        {",MD,-2,", ",MD,,", "effect"},            /* interval, no estimate */
        {"-3.5,-0.5", "-0.5,-3.5", "ci_hi"},
        {"-3.5,-0.5", "-3.5,", "ci_hi"},
        {",0.02,", ",1.2,", "p"},
        {",better,", ",great,", "finding"},
        {",A 2001,", ",,", "source"},
        {",excerpt,", ",seen,", "grade"},
        {",excerpt,", ",memory,", "why_not"},      /* memory never calibrates */
        {",yes,", ",maybe,", "calibrates"},
        {",yes,,", ",no,,", "why_not"},
        {",yes,,", ",yes,faulty,", "why_not"},
        {",yes,,", ",no,lazy,", "why_not"},
        {",rct,", ",single,", "calibrates"},
        {",rct,", ",cohort,", "calibrates"},
        {",-6,-4,MD,-2,-3.5,-0.5,", ",,,none,,,,", "calibrates"},
        {",MD,", ",change,", "calibrates"},
        {"a2001", "a 2001", "key"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i][0], bad[i][1], bad[i][2]);
}

static void a_share_above_one_is_refused(void **state)
{
    (void)state;
    refused("change,20,21,-6,-4,MD,-2,-3.5,-0.5", "share,,,0.5,1.5,aOR,0.5,,", "arm_treat");
    refused("change,20,21,-6,-4,MD,-2,-3.5,-0.5", "share,,,0.5,0.25,RD,25,,", "effect");
    refused("change,20,21,-6,-4,MD,-2,-3.5,-0.5", "share,,,0.5,0.25,RR,1.5,,", "effect");
    refused("change,20,21,-6,-4,MD,-2,-3.5,-0.5", "share,,,0.5,0.25,OR,2,,", "effect");
    refused("change,20,21,-6,-4,MD,-2,-3.5,-0.5", ",,,,,r,-1.5,,", "effect");
}

static void the_same_id_and_the_same_result_twice_are_refused(void **state)
{
    (void)state;
    gs_buf b = {0};
    gs_evidence *ev = NULL;
    gs_err err;

    gs_buf_printf(&b, "%s%s%s", header, good, good);
    assert_int_equal(read_text(b.data, &ev, &err), GS_ERANGE);
    assert_string_equal(err.field, "id");
    assert_int_equal(err.line, 3);
    b.data[strlen(header) + strlen(good) + 2] = '2'; /* a-2: only the id differs */
    assert_int_equal(read_text(b.data, &ev, &err), GS_ERANGE);
    assert_string_equal(err.field, "calibrates");
    gs_buf_free(&b);
}

static void forms_that_are_no_table_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "id\n", "id,id\n", "\xff\xfe", "id,trial\n1,2,3\n", "\"id", "id\"x\n",
        "\"id\"x,trial\n", "colour,id\n",
    };
    gs_buf b = {0};
    gs_evidence *ev = NULL;
    gs_err err;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(read_text(bad[i], &ev, &err), GS_EPARSE);
    // too few and too many fields, an endless quote, a field without end
    gs_buf_printf(&b, "%sa,b,c\n", header);
    assert_int_equal(read_text(b.data, &ev, &err), GS_EPARSE);
    gs_buf_printf(&b, "%.*s,x\n", (int)strlen(good) - 1, good);
    memmove(b.data + strlen(header), b.data + strlen(header) + 6,
            b.len - strlen(header) - 5);
    assert_int_equal(read_text(b.data, &ev, &err), GS_EPARSE);
    b.len = 0;
    gs_buf_printf(&b, "%s\"", header);
    for (int i = 0; i < 3000; i++)
        gs_buf_put(&b, "x");
    assert_int_equal(read_text(b.data, &ev, &err), GS_EPARSE);
    gs_buf_free(&b);
}

static void quotes_line_ends_and_bom_are_read_as_meant(void **state)
{
    (void)state;
    gs_buf b = {0};
    gs_evidence *ev;
    gs_err err;

    gs_buf_printf(&b, "\xef\xbb\xbf%s", header);
    gs_buf_put(&b, "a-1,a,acne,stress,severity,\"tapes, \"\"calm\"\"\",,,,,,rct,blind,,x,"
                   "points,,,,,,MD,-2,,,,better,A,a,excerpt,yes,,\"two\nlines\"\r\n\r\n");
    gs_buf_put(&b, "a-2,b,acne,stress,severity,t,,,,,,rct,blind,,x,points,,,,,,MD,-2,,,,"
                   "better,A,a,excerpt,yes,,"); /* no line's end, last field empty */
    assert_int_equal(read_text(b.data, &ev, &err), GS_OK);
    gs_buf_free(&b);
    assert_int_equal(ev->n, 2);
    assert_string_equal(ev->row[0].what, "tapes, \"calm\"");
    assert_string_equal(ev->row[0].caution, "two\nlines");
    assert_string_equal(ev->row[1].caution, "");
    assert_true(isnan(ev->row[0].n_treat));
    assert_int_equal(ev->row[1].line, 5);
}

static void the_shipped_table_holds_together(void **state)
{
    (void)state;
    char *text, *bib;
    size_t n, m;
    gs_evidence *ev;
    gs_err err = {0};
    char msg[600];

    assert_int_equal(gs_text_read_file(GS_SOURCE_DIR "/data/evidence/evidence.csv", 1 << 24,
                                       &text, &n, &err), GS_OK);
    if (gs_evidence_read(arena, "evidence.csv", text, n, &ev, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
    free(text);
    assert_int_equal(gs_text_read_file(GS_SOURCE_DIR "/data/evidence/refs.bib", 1 << 24,
                                       &bib, &m, &err), GS_OK);
    if (gs_evidence_check_keys(ev, "refs.bib", bib, m, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
    // a key that is not there, and an entry without a way to find it, are seen
    char *at = strstr(bib, "{smith2007ajcn,");
    assert_non_null(at);
    at[1] = 'X';
    assert_int_equal(gs_evidence_check_keys(ev, "refs.bib", bib, m, &err), GS_EFOUND);
    free(bib);
    assert_int_equal(gs_evidence_shipped()->n, ev->n);
}

/* What issue 4 names as known traps. */
static const gs_evidence_row *row_of(const char *id)
{
    const gs_evidence *ev = gs_evidence_shipped();

    for (size_t i = 0; i < ev->n; i++) {
        if (strcmp(ev->row[i].id, id) == 0)
            return &ev->row[i];
    }
    fail_msg("no row %s", id);
    return NULL;
}

static void known_traps_do_not_calibrate(void **state)
{
    (void)state;
    static const char *const trap[] = {
        "parodi2008-cleared", "parodi2008-answered", "kim2010-inflamed", "kim2010-total",
        "fabbrocini2016-better", "navarro2018-points", "navarro2018-percent",
        "smith2007jaad-inflamed", "smith2008table-percent", "cankatgurel-zonulin",
        "jdt2022-zonulin", "zuccotti2015-any", "huang2017-all", "kimg2016-smd",
    };

    for (size_t i = 0; i < sizeof trap / sizeof *trap; i++)
        assert_false(row_of(trap[i])->calibrates);
    assert_string_equal(row_of("kim2010-inflamed")->lever, "lactoferrin");
}

/* What was found after the table was planned is shown, not calibrated on. */
static void added_rows_do_not_calibrate(void **state)
{
    (void)state;
    const gs_evidence *ev = gs_evidence_shipped();
    size_t n = 0;

    for (size_t i = 0; i < ev->n; i++) {
        if (strcmp(ev->row[i].why_not, "added") != 0)
            continue;
        assert_false(ev->row[i].calibrates);
        n++;
    }
    assert_true(n > 5);
}

/* Rows of one trial are linked; a pool and its members do not both calibrate. */
static void trials_are_linked_and_pools_do_not_count_twice(void **state)
{
    (void)state;
    static const char *const smith[] = {"smith2007ajcn-total", "smith2007table-inflamed",
                                        "smith2007jaad-inflamed", "smith2008table-percent"};
    static const char *const pool[][2] = {
        {"huang2017-children", "weston2005-mild"},
        {"zuccotti2015-any", "kalliomaki2001-age2"},
        {"zuccotti2015-any", "allen2014-atopic"},
        {"chang2016-all", "gerasimov2010-scorad"},
        {"yang2019-pasi", "clark2019-pasi"},
        {"huang2017-children", "pachacama2021-any"},
        {"ambikaibalan2021-pasi75", "lamel2012-pasi75"},
        {"chida2007-severity", "zhong2024-severity"},
    };

    for (size_t i = 1; i < 4; i++)
        assert_string_equal(row_of(smith[0])->trial, row_of(smith[i])->trial);
    assert_string_equal(row_of("kalliomaki2001-age2")->trial, row_of("kalliomaki2007-age7")->trial);
    for (size_t i = 0; i < sizeof pool / sizeof *pool; i++)
        assert_false(row_of(pool[i][0])->calibrates && row_of(pool[i][1])->calibrates);
}

static void every_condition_has_rows_and_every_trial_lever_too(void **state)
{
    (void)state;
    static const char *const need[][2] = {
        {"acne", "glycaemic"},  {"acne", "dairy"},      {"acne", "probiotic"},
        {"acne", "stress"},     {"acne", "sleep"},      {"acne", "water"},
        {"acne", "sugar"},      {"acne", "antibiotic"}, {"eczema", "probiotic"},
        {"eczema", "prebiotic"}, {"eczema", "stress"},  {"eczema", "sleep"},
        {"eczema", "dairy"},    {"eczema", "processed"}, {"eczema", "emollient"},
        {"eczema", "water"},    {"eczema", "uvb"},      {"psoriasis", "uvb"},
        {"eczema", "fibre"},    {"psoriasis", "diet"},  {"psoriasis", "probiotic"}, {"psoriasis", "stress"},
        {"psoriasis", "weight"}, {"psoriasis", "fibre"}, {"rosacea", "rifaximin"},
        {"rosacea", "antibiotic"}, {"rosacea", "alcohol"}, {"rosacea", "stress"},
        {"rosacea", "sun"},
    };
    const gs_evidence *ev = gs_evidence_shipped();

    for (size_t i = 0; i < sizeof need / sizeof *need; i++) {
        size_t n = 0;
        for (size_t j = 0; j < ev->n; j++)
            n += !strcmp(ev->row[j].condition, need[i][0]) &&
                 !strcmp(ev->row[j].lever, need[i][1]);
        if (n == 0)
            fail_msg("no row on %s and %s", need[i][0], need[i][1]);
    }
}

static void json_of_the_table_has_every_column(void **state)
{
    (void)state;
    const gs_evidence *ev = gs_evidence_shipped();
    const gs_evidence_row *row[2] = {&ev->row[0], &ev->row[ev->n - 1]};
    gs_buf b = {0};

    gs_evidence_json(2, row, &b);
    json_t *j = json_loads(b.data, 0, NULL);
    assert_int_equal(json_array_size(j), 2);
    const json_t *one = json_array_get(j, 0);
    assert_int_equal(json_object_size(one), 33);
    assert_string_equal(json_string_value(json_object_get(one, "id")), row[0]->id);
    assert_true(json_number_value(json_object_get(one, "effect")) == row[0]->effect);
    assert_true(json_is_null(json_object_get(one, "n_treat")) == isnan(row[0]->n_treat));
    json_decref(j);
    gs_buf_free(&b);
}

/* Whatever the limit: the whole table, or one sentence and nothing. */
static void running_out_of_memory_is_a_status(void **state)
{
    (void)state;
    char *text;
    size_t n, n_ok = 0, n_not = 0;

    assert_int_equal(gs_text_read_file(GS_SOURCE_DIR "/data/evidence/evidence.csv", 1 << 24,
                                       &text, &n, NULL), GS_OK);
    for (size_t limit = 64; limit < (size_t)4 << 20; limit += 1 + limit / 7) {
        gs_arena *a = gs_arena_new(limit);
        gs_evidence *ev = NULL;
        gs_err err = {0};
        gs_status st = gs_evidence_read(a, "t.csv", text, n, &ev, &err);
        assert_true(st == GS_OK ? ev != NULL : st == GS_ENOMEM && !ev && err.msg[0]);
        n_ok += st == GS_OK;
        n_not += st != GS_OK;
        gs_arena_free(a);
    }
    assert_true(n_ok > 0 && n_not > 10);
    free(text);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_good_row_is_taken_whole), T(each_wrong_value_names_its_column),
        T(a_share_above_one_is_refused), T(the_same_id_and_the_same_result_twice_are_refused),
        T(forms_that_are_no_table_are_refused), T(quotes_line_ends_and_bom_are_read_as_meant),
        T(the_shipped_table_holds_together), T(known_traps_do_not_calibrate), T(added_rows_do_not_calibrate),
        T(trials_are_linked_and_pools_do_not_count_twice),
        T(every_condition_has_rows_and_every_trial_lever_too),
        T(json_of_the_table_has_every_column),
        T(running_out_of_memory_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
