/* CSV import: every form that is read, and every form of bad input, each with the
 * place and the mend, and a store that stays as it was. */
#include "sandbox.h"

/* ---- forms that are read ---------------------------------------------------------- */

#define WIDE_WANT                               \
    "me 2026-03-01 eczema=4 0-10\n"             \
    "me 2026-03-01 fibre=22.5\n"                \
    "me 2026-03-01 stress=7\n"                  \
    "me 2026-03-02 eczema=5 0-10\n"             \
    "me 2026-03-02 stress=3\n"

static void test_a_wide_table_is_read(void **state)
{
    sandbox *s = *state;
    took(s, "date,Eczema (0-10),fibre [g],stress\n2026-03-01,4,22.5,7\n2026-03-02,5,,3\n", 5);
    assert_stands(s, WIDE_WANT);
    assert_int_equal(s->took.n_row, 2);
    assert_int_equal(s->took.n_missing, 1);
    assert_int_equal(s->took.n_person, 1);
    assert_string_equal(s->took.read_as, "wide table, comma, UTF-8, dates as 2026-11-23");
}

/* The same diary in every dress it may come in. */
static const struct dress {
    const char *what, *text;
} dresses[] = {
    {"semicolon, decimal comma", "date;Eczema (0-10);fibre [g];stress\n"
                                 "2026-03-01;4;22,5;7\n2026-03-02;5;;3\n"},
    {"tab", "date\tEczema\tfibre\tstress\n2026-03-01\t4\t22.5\t7\n2026-03-02\t5\t\t3\n"},
    {"bar", "date|Eczema|fibre|stress\n2026-03-01|4|22.5|7\n2026-03-02|5||3\n"},
    {"CRLF", "date,eczema,fibre,stress\r\n2026-03-01,4,22.5,7\r\n2026-03-02,5,,3\r\n"},
    {"CR", "date,eczema,fibre,stress\r2026-03-01,4,22.5,7\r2026-03-02,5,,3\r"},
    {"no last line break", "date,eczema,fibre,stress\n2026-03-01,4,22.5,7\n2026-03-02,5,,3"},
    {"mark", "\xef\xbb\xbf" "date,eczema,fibre,stress\n2026-03-01,4,22.5,7\n2026-03-02,5,,3\n"},
    {"quotes", "\"date\",\"eczema\",\"fibre\",\"stress\"\n\"2026-03-01\",\"4\",\"22,5\",7\n"
               "2026-03-02,\"5\",\"\",3\n"},
    {"comments and empty lines", "# mine\n\ndate,eczema,fibre,stress\n# spring\n"
                                 "2026-03-01,4,22.5,7\n,,,\n2026-03-02,5,,3\n\n"},
    {"sep=", "sep=;\ndate;eczema;fibre;stress\n2026-03-01;4;22,5;7\n2026-03-02;5;;3\n"},
    {"day first", "date,eczema,fibre,stress\n01.03.2026,4,22.5,7\n02.03.2026,5,,3\n"
                  "31.03.2026,,,\n"},
    {"month first", "date,eczema,fibre,stress\n3/1/2026,4,22.5,7\n3/2/2026,5,,3\n"
                    "3/31/2026,,,\n"},
    {"month names", "date,eczema,fibre,stress\n1 Mar 2026,4,22.5,7\n2 Mar 2026,5,,3\n"},
    {"a time of day", "date,eczema,fibre,stress\n2026-03-01T08:30,4,22.5,7\n"
                      "2026-03-02 21:00,5,,3\n"},
    {"units in cells", "date,eczema,fibre,stress\n2026-03-01,4/10,22.5 g,7\n"
                       "2026-03-02,5,,3 /10\n"},
    {"units converted", "date,eczema,fibre [mg],stress\n2026-03-01,4,22500,7\n"
                        "2026-03-02,5,,3\n"},
    {"unit a day", "date,eczema,fibre (g/day),stress\n2026-03-01,4,22.5,7\n2026-03-02,5,,3\n"},
    {"unit as a tail", "date,eczema,fibre_g,stress\n2026-03-01,4,22.5,7\n2026-03-02,5,,3\n"},
    {"stretched score", "date,eczema,fibre,stress (0-100)\n2026-03-01,4,22.5,70\n"
                        "2026-03-02,5,,30\n"},
    {"other columns", "date,weekday,eczema,notes,fibre,stress\n2026-03-01,Sun,4,\"rain, long\n"
                      "walk, \"\"fine\"\"\",22.5,7\n2026-03-02,Mon,5,,,3\n"},
    {"missing said", "date,eczema,fibre,stress\n2026-03-01,4,22.5,7\n2026-03-02,5,n/a,3\n"},
    {"some dates turned round", "date,eczema,fibre,stress\n2026-03-01,4,22.5,7\n"
                                "02.03.2026,5,,3\n31.03.2026,,,\n"},
    {"a time beside the date", "time,date,eczema,fibre,stress\n08:30,2026-03-01,4,22.5,7\n"
                               "21:00,2026-03-02,5,,3\n"},
    {"only a timestamp", "timestamp,eczema,fibre,stress\n2026-03-01 08:30,4,22.5,7\n"
                         "2026-03-02T21:00,5,,3\n"},
    {"lines numbered", "id,date,eczema,fibre,stress\n1,2026-03-01,4,22.5,7\n"
                       "2,2026-03-02,5,,3\n3,2026-03-03,,,\n4,2026-03-04,,,\n"},
    {"a German day", "Tag;Ekzem;Ballaststoffe;stress\n01.03.2026;4;22,5;7\n"
                     "02.03.2026;5;;3\n31.03.2026;;;\n"},
    {"a column of tags", "date,tag,value\n2026-03-01,eczema,4\n2026-03-01,fibre,22.5\n"
                         "2026-03-01,stress,7\n2026-03-02,eczema,5\n2026-03-02,stress,3\n"},
    {"long", "date,channel,value,unit\n2026-03-01,eczema,4,\n2026-03-01,fibre,22.5,g\n"
             "2026-03-01,stress,7,\n2026-03-02,eczema,5,/10\n2026-03-02,stress,3,\n"},
    {"long, other words", "person;day;what;score;unit;scale\nme;2026-03-01;Neurodermitis;4;;0-10\n"
                          ";2026-03-01;Ballaststoffe;22,5;g;\nme;2026-03-01;stress;7;;\n"
                          "me;2026-03-02;eczema;5;;0-10\nme;2026-03-02;stress;3;;\n"},
};

static void test_one_diary_in_every_dress_is_the_same_diary(void **state)
{
    for (size_t i = 0; i < sizeof dresses / sizeof *dresses; i++) {
        sandbox *s = *state;
        size_t n;
        if (import(s, dresses[i].text) != GS_OK)
            fail_msg("%s: line %ld %s: %s", dresses[i].what, s->err.line, s->err.field,
                     s->err.msg);
        char *got = stands(s);
        if (strcmp(got, WIDE_WANT) != 0)
            fail_msg("%s: the diary holds\n%s", dresses[i].what, got);
        free(got);
        assert_int_equal(gs_diary_forget(s->d, "", &n, &s->err), GS_OK);
    }
}

static size_t to_utf16(const char *text, bool big, bool mark, char *out)
{
    size_t k = 0;
    if (mark) {
        memcpy(out, big ? "\xfe\xff" : "\xff\xfe", 2);
        k = 2;
    }
    for (; *text; text++) {
        out[k + (big ? 1 : 0)] = *text;
        out[k + (big ? 0 : 1)] = 0;
        k += 2;
    }
    return k;
}

static void test_utf16_is_read_with_and_without_a_mark(void **state)
{
    sandbox *s = *state;
    char wide[400];
    for (int i = 0; i < 4; i++) {
        size_t gone, n = to_utf16(dresses[0].text, i & 1, i & 2, wide);
        assert_int_equal(import_n(s, wide, n), GS_OK);
        assert_non_null(strstr(s->took.read_as, "UTF-16"));
        assert_stands(s, WIDE_WANT);
        assert_int_equal(gs_diary_forget(s->d, "", &gone, &s->err), GS_OK);
    }
}

static void test_windows_1252_is_recognised(void **state)
{
    sandbox *s = *state;
    took(s, "Datum;Schlafqualit\xe4t;K\xe4se\n2026-03-01;8;2\n", 2);
    assert_non_null(strstr(s->took.read_as, "Windows-1252"));
    assert_stands(s, "me 2026-03-01 Käse=2\nme 2026-03-01 sleep=8\n");
}

static void test_a_long_table_has_tags_and_several_names_in_one_line(void **state)
{
    sandbox *s = *state;
    s->o.scale = "*=0-4";
    took(s, "person\tday\ttype\tcanon\tlabel\tvalue\n"
            "F1\t0\tTag\tdairy;gluten\ttag#7\t\n"
            "F1\t0\tCondition\tpsoriasis\tpsoriasis\t3\n"
            "F1\t0\tSymptom\t\tpain#3\t2\n"
            "F1\t1\tCondition\tpsoriasis\tpsoriasis\t\n"  /* a score left empty is missing */
            "F1\t1\tTreatment\tsteroid_topical;emollient\ttreatment#1\t\n"
            "F1\t1\tTag\t\ttag#0692\t\n", 7);
    assert_stands(s, "F1 0 dairy\nF1 0 gluten\nF1 0 pain#3=2 0-4\nF1 0 psoriasis=3 0-4\n"
                     "F1 1 emollient\nF1 1 steroid\nF1 1 tag#0692 0-4\n");
    assert_int_equal(s->took.n_missing, 1);
}

static void test_weeks_and_sessions_become_days_and_merge_in_one_person(void **state)
{
    sandbox *s = *state;
    took(s, "person\tweek\tpasi\nP1\t0\t14.0\nP1\t1\t7.7\n", 2);
    assert_int_equal(import(s, "person\tsession\tdose_J_cm2\nP1\t1\t0.42\n"), GS_EPARSE);
    assert_non_null(strstr(s->err.msg, "--sessions-per-week"));
    s->o.sessions_per_week = 3;
    took(s, "person\tsession\tdose_J_cm2\nP1\t1\t0.42\nP1\t2\t.53\nP1\t3\t0.74\nP1\t4\t.9\n", 4);
    assert_stands(s, "P1 0 pasi=14 pasi\nP1 0 uvb=0.42\nP1 2 uvb=0.53\nP1 4 uvb=0.74\n"
                     "P1 7 pasi=7.7 pasi\nP1 7 uvb=0.9\n");
}

static void test_an_own_score_with_fractions_is_a_mark_on_a_line(void **state)
{
    sandbox *s = *state;
    took(s, "date,eczema,itch\n2026-03-01,4,3.5\n2026-03-02,5,4\n", 4);
    assert_stands(s, "me 2026-03-01 eczema=4 0-10\nme 2026-03-01 itch=3.5 vas\n"
                     "me 2026-03-02 eczema=5 0-10\nme 2026-03-02 itch=4 vas\n");
}

static void test_a_tick_is_a_bare_tag_and_an_absent_one_is_not_said(void **state)
{
    sandbox *s = *state;
    took(s, "date,probiotic,antibiotic,dairy\n2026-03-01,x,no,yes\n2026-03-02,,,\n", 3);
    assert_stands(s, "me 2026-03-01 antibiotic=0\nme 2026-03-01 dairy\nme 2026-03-01 probiotic\n");
}

static void test_a_condition_column_names_the_condition(void **state)
{
    sandbox *s = *state;
    gs_obs *o;
    took(s, "date,condition,skin\n2026-03-01,Akne,3\n2026-03-02,,4\n", 3);
    assert_int_equal(gs_diary_obs(s->d, "", s->a, &o, &s->err), GS_OK);
    assert_int_equal(o->condition, GS_ACNE);
    assert_int_equal(import(s, "date,condition\n2026-03-03,gout\n"), GS_ERANGE);
}

static bool minutes(void *self, const char *from, const char *to, double *v)
{
    (*(int *)self)++;
    if (strcmp(from, "fortnight") != 0 || strcmp(to, "h") != 0)
        return false;
    *v *= 336;
    return true;
}

static void test_rare_units_are_asked_of_the_callers_converter(void **state)
{
    sandbox *s = *state;
    int asked = 0;
    s->o.convert = minutes;
    s->o.convert_self = &asked;
    took(s, "date,sleep hours [fortnight]\n2026-03-01,0.025\n", 1);
    assert_stands(s, "me 2026-03-01 sleep_hours=8.4\n");
    assert_true(asked > 0);
    s->o.convert = NULL;
    assert_int_equal(import(s, "date,sleep hours [fortnight]\n2026-03-02,0.025\n"), GS_EUNIT);
}

static void test_vitamin_d_in_mass_is_turned_into_moles(void **state)
{
    sandbox *s = *state;
    took(s, "date,25-OH-D (ng/mL)\n2026-03-01,20\n", 1); /* 20 ng/mL is 49.9 nmol/L */
    assert_stands(s, "me 2026-03-01 vitamin_d_level=49.9201278\n");
}

/* ---- duplicates, undo, skipping --------------------------------------------------- */

static void test_the_same_file_again_changes_nothing(void **state)
{
    sandbox *s = *state;
    took(s, dresses[0].text, 5);
    took(s, dresses[0].text, 0);
    assert_int_equal(s->took.n_duplicate, 5);
    assert_int_equal(s->took.batch, 0);
    assert_stands(s, WIDE_WANT);
}

static void test_a_grown_file_adds_what_is_new(void **state)
{
    sandbox *s = *state;
    took(s, "date,eczema\n2026-03-01,4\n", 1);
    took(s, "date,eczema\n2026-03-01,4\n2026-03-02,5\n", 1);
    assert_int_equal(s->took.n_duplicate, 1);
}

static void test_a_clash_with_the_diary_needs_replace(void **state)
{
    sandbox *s = *state;
    gs_buf what = {0};
    took(s, "date,eczema\n2026-03-01,4\n", 1);
    assert_int_equal(import(s, "date,eczema\n2026-03-01,6\n"), GS_ERANGE);
    assert_int_equal(s->err.line, 2);
    assert_non_null(strstr(s->err.msg, "--replace"));
    assert_stands(s, "me 2026-03-01 eczema=4 0-10\n");
    s->o.replace = true;
    took(s, "date,eczema\n2026-03-01,6\n", 1);
    assert_stands(s, "me 2026-03-01 eczema=6 0-10\n");
    assert_int_equal(gs_diary_undo(s->d, s->took.batch, &what, &s->err), GS_OK);
    assert_stands(s, "me 2026-03-01 eczema=4 0-10\n");
    gs_buf_free(&what);
}

static void test_without_strict_the_good_lines_are_taken(void **state)
{
    sandbox *s = *state;
    s->o.strict = false;
    took(s, "date,eczema,stress\n2026-03-01,4,77\n2026-03-02,12,3\nlately,1,1\n", 2);
    assert_int_equal(s->took.n_refused, 3);
    assert_int_equal(s->took.n_issue, 3);
    assert_int_equal(s->took.issue[0].line, 2);
    assert_string_equal(s->took.issue[0].field, "stress");
    assert_int_equal(s->took.issue[1].line, 3);
    assert_string_equal(s->took.issue[1].field, "eczema");
    assert_int_equal(s->took.issue[2].line, 4);
    assert_string_equal(s->took.issue[2].field, "date");
    assert_stands(s, "me 2026-03-01 eczema=4 0-10\nme 2026-03-02 stress=3\n");
}

static void test_an_import_is_undone_whole(void **state)
{
    sandbox *s = *state;
    gs_buf what = {0};
    took(s, "date,eczema\n2026-02-01,1\n", 1);
    took(s, dresses[0].text, 5);
    assert_int_equal(gs_diary_undo(s->d, s->took.batch, &what, &s->err), GS_OK);
    assert_non_null(strstr(what.data, "5 values"));
    assert_stands(s, "me 2026-02-01 eczema=1 0-10\n");
    gs_buf_free(&what);
}

/* ---- bad input ---------------------------------------------------------------------- */

static const struct bad {
    const char *what, *text;
    gs_status status;
    long line;
    const char *field, *says; /* says: part of the mend */
} bads[] = {
    {"empty", "", GS_EPARSE, 0, "", "is empty"},
    {"only a comment", "# nothing\n\n", GS_EPARSE, 0, "", "is empty"},
    {"only a header", "date,eczema\n", GS_EPARSE, 0, "", "no value"},
    {"one column", "eczema\n4\n5\n", GS_EPARSE, 1, "", "no columns"},
    {"no date", "eczema,fibre\n4,20\n", GS_EPARSE, 1, "", "no column says when"},
    {"nothing but dates", "date,weekday\n2026-03-01,Sun\n", GS_EPARSE, 1, "", "channel"},
    {"spreadsheet", "PK\x03\x04xxxxxxxx", GS_EPARSE, 0, "", "save the table as CSV"},
    {"control bytes", "date,eczema\n2026-03-01,\x01\x02\n", GS_EPARSE, 2, "", "not a text"},
    {"cut off inside a line", "date,eczema,stress\n2026-03-01,4,7\n2026-03-0", GS_ERANGE, 3,
     "", "cut off"},
    {"cut off inside quotes", "date,eczema,stress\n2026-03-01,4,\"7\n2026-03-02,", GS_EPARSE,
     2, "", "not closed"},
    {"too many fields", "date,eczema\n2026-03-01,4,9\n", GS_ERANGE, 2, "", "separator"},
    {"text after a quote", "date,eczema\n\"2026-03-01\"x,4\n", GS_EPARSE, 2, "", "quote"},
    {"out of range", "date,eczema\n2026-03-01,4\n2026-03-02,11\n", GS_ERANGE, 3, "eczema",
     "0 to 10"},
    {"negative", "date,fibre\n2026-03-01,-4\n", GS_ERANGE, 2, "fibre", "0 to 150"},
    {"NaN", "date,eczema\n2026-03-01,NaN\n", GS_ERANGE, 2, "eczema", "leave the field empty"},
    {"infinity", "date,fibre\n2026-03-01,inf\n", GS_ERANGE, 2, "fibre", "leave the field"},
    {"overflow", "date,fibre\n2026-03-01,1e999\n", GS_ERANGE, 2, "fibre", "takes a number"},
    {"words", "date,eczema\n2026-03-01,bad\n", GS_ERANGE, 2, "eczema", "takes a number"},
    {"yes as a score", "date,eczema\n2026-03-01,yes\n", GS_ERANGE, 2, "eczema", "number"},
    {"hexadecimal", "date,fibre\n2026-03-01,0x10\n", GS_ERANGE, 2, "fibre", "no unit"},
    {"between steps", "date,poem\n2026-03-01,3.5\n", GS_ERANGE, 2, "poem", "whole"},
    {"wrong unit in a cell", "date,fibre\n2026-03-01,20 mL\n", GS_ERANGE, 2, "fibre",
     "write it in g"},
    {"wrong unit in the header", "date,fibre [km]\n2026-03-01,20\n", GS_EUNIT, 1,
     "fibre [km]", "write it in g"},
    {"a weekly amount", "date,fibre\n2026-03-01,140 g/wk\n", GS_ERANGE, 2, "fibre",
     "weekly amount"},
    {"wrong scale", "date,pasi (0-10)\n2026-03-01,3\n", GS_EUNIT, 1, "pasi (0-10)", "pasi"},
    {"unknown scale", "date,eczema (0-12)\n2026-03-01,3\n", GS_EUNIT, 1, "eczema (0-12)",
     "no scale known"},
    {"mixed units, one wrong", "date,water\n2026-03-01,2 L\n2026-03-02,1500 ml\n"
     "2026-03-03,2 kg\n", GS_ERANGE, 4, "water", "write it in L"},
    {"duplicate date", "date,eczema\n2026-03-01,4\n2026-03-02,5\n2026-03-01,6\n", GS_ERANGE,
     4, "eczema", "on line 2"},
    {"future", "date,eczema\n2026-03-01,4\n2027-01-01,4\n", GS_ERANGE, 3, "date", "future"},
    {"no such day", "date,eczema\n2026-03-01,4\n2026-02-30,4\n", GS_ERANGE, 3, "date",
     "no date"},
    {"no date at all", "date,eczema\nmonday,4\ntuesday,3\n", GS_EPARSE, 2, "date", "no date"},
    {"date left empty", "date,eczema\n2026-03-01,4\n,4\n", GS_ERANGE, 3, "date", "when"},
    {"two readings", "date,eczema\n03/04/2026,4\n05/06/2026,4\n", GS_EPARSE, 2, "date",
     "--dates dmy"},
    {"two orders", "date,eczema\n23/04/2026,4\n05/23/2026,4\n", GS_EPARSE, 3, "date",
     "one way"},
    {"the same column twice", "date,eczema,Neurodermitis\n2026-03-01,4,5\n", GS_EPARSE, 1,
     "Neurodermitis", "mean the same"},
    {"two date columns", "date,datum,eczema\n2026-03-01,2026-03-01,4\n", GS_EPARSE, 1, "datum",
     "mean the same"},
    {"a thousand or a comma", "date,fibre\n2026-03-01,\"1,234\"\n", GS_ERANGE, 2, "fibre",
     "thousand"},
    {"a day number out of reach", "day,eczema\n0,4\n999999999,4\n", GS_ERANGE, 3, "day",
     "day number"},
    {"a session of none", "session,uvb\n0,0.4\n", GS_ERANGE, 2, "session", "session number"},
    {"a line that says nothing", "date,channel,value\n2026-03-01,,4\n", GS_ERANGE, 2,
     "channel", "what was written"},
};

static void check_bad(sandbox *s, const struct bad *b, const char *text, size_t n)
{
    gs_status st = import_n(s, text, n);
    char buf[900];
    gs_err_text(&s->err, buf, sizeof buf);
    if (st != b->status || s->err.line != b->line || strcmp(s->err.field, b->field) != 0
        || !strstr(s->err.msg, b->says))
        fail_msg("%s: status %d, %s", b->what, st, st ? buf : "taken");
    if (strcmp(s->err.file, "my.csv") != 0)
        fail_msg("%s: the file is not named: %s", b->what, buf);
    if (strlen(s->err.msg) > 300 || strchr(s->err.msg, '\n'))
        fail_msg("%s: no single sentence: %s", b->what, s->err.msg);
}

static void test_bad_input_is_one_sentence_with_its_place_and_leaves_no_trace(void **state)
{
    sandbox *s = *state;
    s->o.today = gs_date_day(2026, 6, 1);
    s->o.sessions_per_week = 3;
    took(s, "person,date,eczema\nsomebody,2026-01-01,2\n", 1);
    char *before = stands(s);
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        check_bad(s, &bads[i], bads[i].text, strlen(bads[i].text));
        assert_int_equal(s->took.batch, 0);
        assert_stands(s, before);
    }
    free(before);
}

static void test_binary_bytes_are_refused(void **state)
{
    sandbox *s = *state;
    struct bad b = {"binary", NULL, GS_EPARSE, 0, "", "not a text"};
    char noise[4096];
    unsigned x = 12345;
    for (size_t i = 0; i < sizeof noise; i++) {
        x = x * 1664525u + 1013904223u;
        noise[i] = (char)(x >> 24);
    }
    gs_status st = import_n(s, noise, sizeof noise);
    assert_int_equal(st, GS_EPARSE);
    b.line = 1;
    check_bad(s, &b, "date,eczema\0\n2026-03-01,4\n", 26);
    b.line = 0;
    check_bad(s, &b, "\xff\xfe" "d\0a\0t", 7); /* UTF-16 of an odd length */
}

static void test_a_huge_field_is_refused(void **state)
{
    sandbox *s = *state;
    gs_buf text = {0};
    for (int quoted = 0; quoted < 2; quoted++) {
        text.len = 0;
        gs_buf_put(&text, quoted ? "date,eczema\n2026-03-01,\"" : "date,eczema\n2026-03-01,");
        for (int i = 0; i < 40000; i++)
            gs_buf_put(&text, quoted ? "4\n" : "44");
        assert_int_equal(import_n(s, text.data, text.len), GS_EPARSE);
        assert_int_equal(s->err.line, 2);
    }
    text.len = 0;
    gs_buf_put(&text, "date,eczema\n2026-03-01");
    for (int i = 0; i < 100000; i++)
        gs_buf_put(&text, ",");
    assert_int_equal(import_n(s, text.data, text.len), GS_EPARSE);
    gs_buf_free(&text);
    assert_stands(s, "");
}

static void test_dates_with_two_readings_are_read_as_told(void **state)
{
    sandbox *s = *state;
    const char *text = "date,eczema\n03/04/2026,4\n";
    s->o.date_form = GS_DATE_DMY;
    took(s, text, 1);
    s->o.date_form = GS_DATE_MDY;
    took(s, text, 1);
    assert_stands(s, "me 2026-03-04 eczema=4 0-10\nme 2026-04-03 eczema=4 0-10\n");
}

static void test_a_scale_that_is_none_is_refused_before_the_file_is_read(void **state)
{
    sandbox *s = *state;
    s->o.scale = "eczema=0-12";
    assert_int_equal(import(s, "date,eczema\n2026-03-01,4\n"), GS_EUSE);
    s->o.scale = "eczema";
    assert_int_equal(import(s, "date,eczema\n2026-03-01,4\n"), GS_EUSE);
}

/* ---- export reads back --------------------------------------------------------------- */

static void test_an_export_imports_to_the_same_diary(void **state)
{
    sandbox *s = *state;
    gs_buf csv = {0}, again = {0};
    size_t n;
    s->o.sessions_per_week = 3;
    took(s, "date;Eczema;fibre [g];itch;stress;\"odd, \"\"name\"\"\";condition\n"
            "2026-03-01;4;22,123456789012345;3,5;x;1;acne\n2026-03-02;5;;4;3;x;\n", 10);
    took(s, "person,session,dose_J_cm2\n\"P, 1\",1,0.1\n\"P, 1\",2,0.30000000000000004\n", 2);
    char *before = stands(s);
    assert_int_equal(gs_diary_export(s->d, "", false, &csv, &s->err), GS_OK);
    assert_int_equal(gs_diary_forget(s->d, "", &n, &s->err), GS_OK);
    assert_int_equal(n, 12);
    took(s, csv.data, 12);
    assert_stands(s, before);
    assert_int_equal(gs_diary_export(s->d, "", false, &again, &s->err), GS_OK);
    free(before);
    gs_buf_free(&csv);
    gs_buf_free(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_sandbox(test_a_wide_table_is_read),
        in_sandbox(test_one_diary_in_every_dress_is_the_same_diary),
        in_sandbox(test_utf16_is_read_with_and_without_a_mark),
        in_sandbox(test_windows_1252_is_recognised),
        in_sandbox(test_a_long_table_has_tags_and_several_names_in_one_line),
        in_sandbox(test_weeks_and_sessions_become_days_and_merge_in_one_person),
        in_sandbox(test_an_own_score_with_fractions_is_a_mark_on_a_line),
        in_sandbox(test_a_tick_is_a_bare_tag_and_an_absent_one_is_not_said),
        in_sandbox(test_a_condition_column_names_the_condition),
        in_sandbox(test_rare_units_are_asked_of_the_callers_converter),
        in_sandbox(test_vitamin_d_in_mass_is_turned_into_moles),
        in_sandbox(test_the_same_file_again_changes_nothing),
        in_sandbox(test_a_grown_file_adds_what_is_new),
        in_sandbox(test_a_clash_with_the_diary_needs_replace),
        in_sandbox(test_without_strict_the_good_lines_are_taken),
        in_sandbox(test_an_import_is_undone_whole),
        in_sandbox(test_bad_input_is_one_sentence_with_its_place_and_leaves_no_trace),
        in_sandbox(test_binary_bytes_are_refused),
        in_sandbox(test_a_huge_field_is_refused),
        in_sandbox(test_dates_with_two_readings_are_read_as_told),
        in_sandbox(test_a_scale_that_is_none_is_refused_before_the_file_is_read),
        in_sandbox(test_an_export_imports_to_the_same_diary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
