/* A table of one row a rating becomes trials: columns by their names, treatments to A and
 * B, times to days, checks with the mend. What is assumed is said in the notes.
 *
 *   cells --columns--> roles --rows--> (person, time, code, dose, rater, values)
 *         --people--> series: planned treatment a day, observations in order */
#include "diary/csv.h"
#include "diary/meaning.h"
#include "nof1/inner.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTCOMES = 16, NOTES = 16, NAME = 64, ROWS_MAX = 200000 };

typedef enum role {
    R_OTHER, R_TIME, R_CLOCK, R_TREAT, R_TAKEN, R_RATER, R_PERSON, R_SIDE
} role;

static const struct {
    role role;
    const char *names; /* best first */
} words[] = {
    {R_TIME, "date|datetime|date time|timestamp|time stamp|day|study day|trial day|day number|"
             "datum|fecha|jour|tag|dia|when|time|zeit|week|study week|woche|visit date|"
             "recorded at|created at|taken at|t"},
    {R_CLOCK, "clock|time of day|hour|uhrzeit|hora|heure"},
    {R_TREAT, "treatment|planned|planned treatment|assigned|assignment|allocation|allocated|"
              "arm|intervention|condition|phase|therapy|drug|trt|tx|treat|cream|capsule|group|"
              "exposure|behandlung|traitement|tratamiento|regimen|treatment code|period type|"
              "product|applied|remedy|what i used|what i took|used product|medication"},
    {R_TAKEN, "received|taken|actual|actual treatment|adherence|adhered|dose taken|used|dose|"
              "compliance|treatment received|genommen"},
    {R_RATER, "rater|observer|assessor|judge|expert|rated by|reader|reviewer|scorer|"
              "physician|evaluator|bewerter|rater id"},
    {R_PERSON, "person|patient|subject|participant|user|user id|person id|patient id|"
               "subject id|participant id|pid|id|who"},
    {R_SIDE, "side|body side|half|site|body site|location|body part|area|seite|cote|lado"},
    {R_OTHER, "line|row|index|note|notes|comment|comments|block|cycle|period|session|"
              "sequence|photo|image|file|filename|picture|observation|obs|measurement|"
              "weekday|month|year|age|sex|pair|order|visit|remark|bemerkung|nr|no|number"},
};

static const char best_outcomes[] = "outcome|score|severity|value|result|rating|symptom|symptoms|"
                                    "itch|pain|redness|eczema|acne|psoriasis|lesions|measure";
static const char better_high[] = "quality|well|sleep|energy|mood|good|improve|clear|qol|"
                                  "satisf|hydrat|relief|comfort|health";
static const char control_words[] =
    "a|0|control|placebo|baseline|none|no|off|without|usual|standard|sham|vehicle|no treatment|"
    "untreated|false|nein|water|comparator|no cream|ohne|without cream|habit|c|nothing|keine|kein|"
    "rien|sans|nada|moisturiser|moisturizer|emollient|vaseline|petrolatum|base cream|basis";
static const char treated_words[] = "b|1|treatment|treated|active|yes|on|with|drug|true|ja|"
                                    "intervention|verum|cream|t";
static const char aside_words[] = "washout|wash out|run in|runin|run-in|pre|break|pause|na|"
                                  "baseline|follow up|followup|post";

typedef struct row {
    double time;   /* [d], absolute */
    double dose;   /* NaN = not said */
    int32_t person, rater, side;
    int8_t code;   /* 0, 1, -1 = none said, -2 = set aside */
    bool clock;    /* has a time of day */
    long line;
    size_t at;     /* of the file */
    double value[OUTCOMES];
} row;

typedef struct names {
    size_t n, cap;
    const char **name;
} names;

typedef struct reader {
    gs_arena *a;
    const char *file;
    const gs_csv *csv;
    const gs_nof1_read_opts *o;
    gs_err *err;
    long time, clock, treat, taken, rater, person, side; /* columns, -1 = none */
    bool halves;      /* rows are half the difference of two sides     */
    size_t n_out, out[OUTCOMES];
    const char *out_name[OUTCOMES];
    double lo[OUTCOMES], hi[OUTCOMES];
    bool wide_raters; /* the outcome columns are raters of one outcome */
    bool comma;
    gs_date_form form;
    bool dated;       /* times are dates                               */
    double unit;      /* days a unit of a numeric time                 */
    const char *name_a, *name_b;
    names people, raters, sides;
    row *row;
    size_t n_row, n_aside, n_no_code;
    const char **note;
    size_t n_note;
} reader;

typedef struct span {
    const row *row;
    size_t n;
} span;

/* ---- small things ------------------------------------------------------------------ */

static gs_status memory(const reader *r)
{
    return gs_fail(r->err, GS_ENOMEM, "out of memory");
}

static long in_list(const char *list, const char *word)
{
    char one[NAME];
    long i = 0;
    for (const char *p = list; *p; p += strspn(p, "|"), i++) {
        size_t n = strcspn(p, "|");
        if (n < sizeof one) {
            memcpy(one, p, n);
            one[n] = '\0';
            if (gs_text_same(one, word))
                return i;
        }
        p += n;
    }
    return -1;
}

static bool has_part(const char *list, const char *word)
{
    char one[NAME];
    for (const char *p = list; *p; p += strspn(p, "|")) {
        size_t n = strcspn(p, "|");
        memcpy(one, p, n);
        one[n] = '\0';
        if (strcasestr(word, one))
            return true;
        p += n;
    }
    return false;
}

static const char *cell(const reader *r, size_t i, long col, size_t *n)
{
    if (col < 0) {
        *n = 0;
        return "";
    }
    return gs_csv_cell(r->csv, i, (size_t)col, n);
}

static char *cell_text(const reader *r, size_t i, long col)
{
    size_t n;
    const char *c = cell(r, i, col, &n);
    return gs_arena_strndup(r->a, c, n);
}

static void note(reader *r, const char *text)
{
    if (text && r->n_note < NOTES)
        r->note[r->n_note++] = text;
}

static bool intern(reader *r, names *l, const char *name, int32_t *out)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->name[i], name) == 0) {
            *out = (int32_t)i;
            return true;
        }
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        const char **more = GS_NEW(r->a, const char *, cap);
        if (!more)
            return false;
        if (l->n)
            memcpy(more, l->name, l->n * sizeof *more);
        l->name = more;
        l->cap = cap;
    }
    l->name[l->n] = name;
    *out = (int32_t)l->n++;
    return true;
}

/* ---- columns ----------------------------------------------------------------------- */

static gs_status find_named(const reader *r, const char *want, const char *what, long *out)
{
    size_t n_col = r->csv->row[0].n;
    const char **heads = GS_NEW(r->a, const char *, n_col + 1);
    if (!heads)
        return memory(r);
    for (size_t c = 0; c < n_col; c++) {
        char *head = cell_text(r, 0, (long)c);
        if (!head)
            return memory(r);
        if (gs_text_same(head, want)) {
            *out = (long)c;
            return GS_OK;
        }
        head[strcspn(head, "([")] = '\0';
        heads[c] = head;
    }
    long near = gs_text_nearest(want, n_col, heads);
    return gs_fail_at(r->err, GS_EPARSE, r->file, 1, 0, NULL,
                      near >= 0 ? "has no column \"%s\" for the %s; did you mean \"%s\"?"
                                : "has no column \"%s\" for the %s",
                      want, what, near >= 0 ? heads[near] : "");
}

/* The column of a role whose name stands earliest in the list. */
static long find_role(const reader *r, role want, long but)
{
    long best = -1, rank = 1000;
    for (size_t c = 0; c < r->csv->row[0].n; c++) {
        char *head = cell_text(r, 0, (long)c);
        if (!head || (long)c == but)
            continue;
        char *bracket = strpbrk(head, "([");
        if (bracket)
            *bracket = '\0';
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            long at = words[w].role == want ? in_list(words[w].names, head) : -1;
            if (at >= 0 && at < rank)
                rank = at, best = (long)c;
        }
    }
    return best;
}

static bool numeric(const reader *r, long col)
{
    size_t good = 0, said = 0, n;
    for (size_t i = 1; i < r->csv->n_row; i++) {
        const char *c = cell(r, i, col, &n);
        gs_said s = gs_said_read(c, n, r->comma);
        said += s.kind != GS_SAID_NOTHING;
        good += s.kind == GS_SAID_NUMBER && !*s.unit;
    }
    return said > 0 && 10 * good >= 6 * said;
}

static bool is_known(const char *head)
{
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (in_list(words[w].names, head) >= 0)
            return true;
    return false;
}

/* "itch (0-10)": the name, and the scale in the brackets. */
static void split_scale(char *head, double *lo, double *hi)
{
    char *open = strpbrk(head, "([");
    *lo = *hi = NAN;
    if (!open || open == head)
        return;
    char *dash = strpbrk(open + 2, "-:");
    char *end = strpbrk(open + 1, ")]");
    double x, y;
    if (dash && end && dash < end &&
        gs_text_number(open + 1, (size_t)(dash - open - 1), false, &x) &&
        gs_text_number(dash + 1, (size_t)(end - dash - 1), false, &y) && y > x)
        *lo = x, *hi = y;
    while (open > head && isspace((unsigned char)open[-1]))
        open--;
    *open = '\0';
}

static gs_status add_outcome(reader *r, long col)
{
    char *head = cell_text(r, 0, col);
    if (!head)
        return memory(r);
    if (r->n_out == OUTCOMES)
        return gs_fail_at(r->err, GS_EPARSE, r->file, 1, 0, NULL,
                          "has more than %d outcomes; choose with --outcome", OUTCOMES);
    split_scale(head, &r->lo[r->n_out], &r->hi[r->n_out]);
    r->out[r->n_out] = (size_t)col;
    r->out_name[r->n_out++] = head;
    return GS_OK;
}

static gs_status said_outcomes(reader *r)
{
    char *list = gs_arena_strdup(r->a, r->o->outcome), *save = NULL;
    if (!list)
        return memory(r);
    for (char *w = strtok_r(list, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        long col = -1;
        w += strspn(w, " ");
        for (size_t c = 0; c < r->csv->row[0].n && col < 0; c++) {
            char *head = cell_text(r, 0, (long)c);
            double lo, hi;
            if (head && !gs_text_same(head, w))
                split_scale(head, &lo, &hi);
            if (head && gs_text_same(head, w))
                col = (long)c;
        }
        if (col < 0)
            GS_TRY(find_named(r, w, "outcome", &col));
        GS_TRY(add_outcome(r, col));
    }
    return r->n_out ? GS_OK
                    : gs_fail(r->err, GS_EUSE, "--outcome wants a column's name");
}

static bool is_rater_head(const char *head)
{
    static const char *const stem[] = {"rater", "observer", "expert", "assessor", "judge",
                                       "physician", "reader", "doctor", "scorer"};
    for (size_t i = 0; i < sizeof stem / sizeof *stem; i++)
        if (strncasecmp(head, stem[i], strlen(stem[i])) == 0 && strlen(head) > strlen(stem[i]))
            return true;
    return strcasestr(head, "_rater") || strcasestr(head, " rater") ||
           strcasestr(head, "_expert") || strcasestr(head, " expert");
}

static gs_status guess_outcomes(reader *r)
{
    size_t n_col = r->csv->row[0].n, n_rater = 0;
    for (size_t c = 0; c < n_col; c++) {
        char *head = cell_text(r, 0, (long)c);
        if (!head)
            return memory(r);
        if ((long)c == r->time || (long)c == r->clock || (long)c == r->treat ||
            (long)c == r->taken || (long)c == r->rater || (long)c == r->person ||
            (is_known(head) && !is_rater_head(head)) || !numeric(r, (long)c))
            continue;
        n_rater += is_rater_head(head);
        GS_TRY(add_outcome(r, (long)c));
    }
    if (r->n_out == 0)
        return gs_fail_at(r->err, GS_EPARSE, r->file, 1, 0, NULL,
                          "has no column of numbers that could be the outcome; name it "
                          "\"score\", or say --outcome COLUMN");
    if (n_rater > 1 && n_rater == r->n_out && r->rater < 0)
        r->wide_raters = true;
    /* the likeliest first: it is the primary one */
    long rank = 1000;
    size_t first = 0;
    for (size_t i = 0; i < r->n_out; i++) {
        long at = in_list(best_outcomes, r->out_name[i]);
        if (at >= 0 && at < rank)
            rank = at, first = i;
    }
    for (size_t i = first; i > 0 && !r->wide_raters; i--) {
        size_t c = r->out[i];
        const char *h = r->out_name[i];
        double lo = r->lo[i], hi = r->hi[i];
        r->out[i] = r->out[i - 1], r->out_name[i] = r->out_name[i - 1];
        r->lo[i] = r->lo[i - 1], r->hi[i] = r->hi[i - 1];
        r->out[i - 1] = c, r->out_name[i - 1] = h, r->lo[i - 1] = lo, r->hi[i - 1] = hi;
    }
    if (r->n_out > 1 && !r->wide_raters)
        note(r, nof1_printf(r->a,
                            "Of %zu outcomes \"%s\" is taken as the primary one; --outcome "
                            "chooses another.",
                            r->n_out, r->out_name[0]));
    return GS_OK;
}

static gs_status columns(reader *r)
{
    const gs_nof1_read_opts *o = r->o;
    const struct {
        const char *said, *what;
        long *at;
        role role;
    } want[] = {
        {o->person, "person", &r->person, R_PERSON},
        {o->time, "time", &r->time, R_TIME},
        {o->treatment, "treatment", &r->treat, R_TREAT},
        {o->received, "treatment received", &r->taken, R_TAKEN},
        {o->rater, "rater", &r->rater, R_RATER},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        if (want[i].said)
            GS_TRY(find_named(r, want[i].said, want[i].what, want[i].at));
        else
            *want[i].at = find_role(r, want[i].role, -1);
    }
    r->clock = find_role(r, R_CLOCK, r->time);
    r->side = find_role(r, R_SIDE, -1);
    if (r->time < 0)
        return gs_fail_at(r->err, GS_EPARSE, r->file, 1, 0, NULL,
                          "has no column of days; name it \"date\" or \"day\", or say --time "
                          "COLUMN");
    if (r->treat < 0)
        return gs_fail_at(r->err, GS_EPARSE, r->file, 1, 0, NULL,
                          "has no column of treatments; name it \"treatment\", or say "
                          "--treatment COLUMN");
    return o->outcome ? said_outcomes(r) : guess_outcomes(r);
}

/* ---- time -------------------------------------------------------------------------- */

/* "07:30", "7:30:15", with anything after; hours as a fraction of a day. */
static bool clock_of(const char *s, size_t n, double *out)
{
    for (size_t i = 0; i + 3 < n; i++) {
        if (!isdigit((unsigned char)s[i]))
            continue;
        int h = 0, m = 0, sec = 0;
        size_t k = i;
        while (k < n && k < i + 2 && isdigit((unsigned char)s[k]))
            h = h * 10 + (s[k++] - '0');
        if (k + 2 >= n || s[k] != ':' || !isdigit((unsigned char)s[k + 1]) ||
            !isdigit((unsigned char)s[k + 2])) {
            while (i + 1 < n && isdigit((unsigned char)s[i + 1]))
                i++;
            continue;
        }
        m = (s[k + 1] - '0') * 10 + s[k + 2] - '0';
        if (k + 5 < n && s[k + 3] == ':' && isdigit((unsigned char)s[k + 4]) &&
            isdigit((unsigned char)s[k + 5]))
            sec = (s[k + 4] - '0') * 10 + s[k + 5] - '0';
        if (h > 23 || m > 59 || sec > 60)
            return false;
        if (memchr(s + k, 'P', n - k) || memchr(s + k, 'p', n - k))
            h = h < 12 ? h + 12 : h;
        *out = (h * 3600 + m * 60 + sec) / 86400.0;
        return true;
    }
    return false;
}

/* Do all cells allow one order of day and month? */
static gs_status date_form(reader *r)
{
    unsigned mask = ~0u;
    size_t n, said = 0, dates = 0, numbers = 0;
    long line = 0;
    for (size_t i = 1; i < r->csv->n_row; i++) {
        const char *c = cell(r, i, r->time, &n);
        double x;
        if (n == 0)
            continue;
        said++;
        unsigned f = gs_date_forms(c, n);
        bool number = gs_text_number(c, n, r->comma, &x);
        numbers += number;
        if (f && !(number && n < 8)) {
            dates++;
            mask &= f;
        } else if (!number && !line)
            line = (long)r->csv->row[i].line;
    }
    if (said == 0)
        return gs_fail_at(r->err, GS_EPARSE, r->file, 1, 0, NULL,
                          "has no times; every row needs its day");
    r->dated = dates > said / 2;
    if (line)
        return gs_fail_at(r->err, GS_EPARSE, r->file, line, 0, NULL,
                          "this is neither a date nor a number of days; write dates as "
                          "2026-11-28");
    if (!r->dated && numbers < said)
        return gs_fail_at(r->err, GS_EPARSE, r->file, 0, 0, NULL,
                          "mixes dates and numbers of days; write one or the other");
    if (!r->dated)
        return GS_OK;
    if (dates < said)
        return gs_fail_at(r->err, GS_EPARSE, r->file, 0, 0, NULL,
                          "mixes dates and numbers of days; write one or the other");
    if (r->o->date_form != GS_DATE_UNKNOWN)
        mask &= 1u << r->o->date_form;
    unsigned iso = 1u << GS_DATE_ISO, dmy = 1u << GS_DATE_DMY, mdy = 1u << GS_DATE_MDY;
    if (mask & iso)
        r->form = GS_DATE_ISO;
    else if ((mask & dmy) && (mask & mdy))
        return gs_fail_at(r->err, GS_EPARSE, r->file, 0, 0, NULL,
                          "its dates can be read day first or month first; say --dates dmy "
                          "or --dates mdy, or write them as 2026-11-28");
    else if (mask & dmy)
        r->form = GS_DATE_DMY;
    else if (mask & mdy)
        r->form = GS_DATE_MDY;
    else
        return gs_fail_at(r->err, GS_EPARSE, r->file, 0, 0, NULL,
                          "its dates are of different forms; write all as 2026-11-28");
    return GS_OK;
}

static void time_unit(reader *r)
{
    char *head = cell_text(r, 0, r->time);
    size_t n;
    double x, top = 0;
    r->unit = 1;
    if (r->dated)
        return;
    if (head && (strcasestr(head, "week") || strcasestr(head, "woche")))
        r->unit = 7;
    if (head && (strcasestr(head, "hour") || strcasestr(head, "stunde")))
        r->unit = 1 / 24.;
    for (size_t i = 1; i < r->csv->n_row; i++) {
        const char *c = cell(r, i, r->time, &n);
        if (gs_text_number(c, n, r->comma, &x))
            top = fmax(top, fabs(x));
    }
    if (top > 1e8) /* seconds, or thousandths, since 1970 */
        r->unit = top > 1e11 ? 1 / 86400e3 : 1 / 86400.;
}

static gs_status row_time(reader *r, size_t i, row *out)
{
    size_t n;
    double x, h = 0;
    int32_t day;
    const char *c = cell(r, i, r->time, &n);
    out->line = (long)r->csv->row[i].line;
    if (n == 0)
        return gs_fail_at(r->err, GS_EPARSE, r->file, out->line, 0, NULL,
                          "this row has no time; every row needs its day");
    if (r->dated) {
        if (!gs_date_parse(c, n, r->form, &day))
            return gs_fail_at(r->err, GS_EPARSE, r->file, out->line, 0, NULL,
                              "there is no such date; write dates as 2026-11-28");
        x = day;
        out->clock = clock_of(c, n, &h);
    } else {
        if (!gs_text_number(c, n, r->comma, &x) || fabs(x) > 1e14)
            return gs_fail_at(r->err, GS_EPARSE, r->file, out->line, 0, NULL,
                              "this is no number of days");
        x *= r->unit;
        out->clock = x != floor(x);
        if (fabs(x) > 1e7)
            return gs_fail_at(r->err, GS_ERANGE, r->file, out->line, 0, NULL,
                              "%g days is no time of a trial", x);
    }
    if (r->clock >= 0 && !out->clock) {
        c = cell(r, i, r->clock, &n);
        if (clock_of(c, n, &h))
            out->clock = true;
        else if (gs_text_number(c, n, r->comma, &h) && h > 0 && h < 24)
            out->clock = true, h /= 24;
        else
            h = 0;
    }
    out->time = x + h;
    return GS_OK;
}

/* ---- treatments -------------------------------------------------------------------- */

/* "A1", "B 2": phases of one treatment carry numbers. */
static void strip_number(char *t)
{
    size_t n = strlen(t), k = n;
    while (k > 0 && (isdigit((unsigned char)t[k - 1]) || t[k - 1] == ' ' || t[k - 1] == '_'))
        k--;
    if (k > 0 && k < n)
        t[k] = '\0';
}

static const char *treatment_text(const reader *r, size_t i)
{
    char *t = cell_text(r, i, r->treat);
    double x;
    if (!t)
        return NULL;
    if (gs_text_number(t, strlen(t), r->comma, &x) && (x == 0 || x == 1))
        t = gs_arena_strdup(r->a, x > 0 ? "1" : "0");
    gs_said s = gs_said_read(t ? t : "", t ? strlen(t) : 0, r->comma);
    return !t ? NULL : s.kind == GS_SAID_NOTHING && !gs_text_same(t, "none") ? "" : t;
}

typedef struct kinds {
    size_t n;
    char *name[64];
    size_t rows[64];
} kinds;

static gs_status list_treatments(reader *r, kinds *k, bool strip)
{
    k->n = 0;
    for (size_t i = 1; i < r->csv->n_row; i++) {
        const char *t = treatment_text(r, i);
        if (!t)
            return memory(r);
        if (!*t)
            continue;
        char *mine = gs_arena_strdup(r->a, t);
        if (!mine)
            return memory(r);
        if (strip)
            strip_number(mine);
        size_t at = 0;
        while (at < k->n && !gs_text_same(k->name[at], mine))
            at++;
        if (at == 64)
            return gs_fail_at(r->err, GS_EPARSE, r->file, (long)r->csv->row[i].line, 0, NULL,
                              "the treatment column has more than 64 different texts; is it "
                              "the right column? Say --treatment COLUMN");
        if (at == k->n)
            k->name[k->n++] = mine, k->rows[at] = 0;
        k->rows[at]++;
    }
    return GS_OK;
}

static gs_status too_many(reader *r, const kinds *k)
{
    gs_buf b = {0};
    for (size_t i = 0; i < k->n && i < 6; i++)
        gs_buf_printf(&b, "%s%s", i ? ", " : "", k->name[i]);
    char *list = gs_arena_strdup(r->a, b.data ? b.data : "");
    gs_buf_free(&b);
    return gs_fail_at(r->err, GS_EPARSE, r->file, 0, 0, NULL,
                      "has %zu treatments (%.200s%s); a trial compares two: say --compare "
                      "CONTROL,TREATMENT",
                      k->n, list ? list : "", k->n > 6 ? ", ..." : "");
}

static gs_status said_pair(reader *r, const kinds *k)
{
    char *list = gs_arena_strdup(r->a, r->o->compare);
    char *comma = list ? strchr(list, ',') : NULL;
    if (!list)
        return memory(r);
    if (!comma)
        return gs_fail(r->err, GS_EUSE, "--compare wants two treatments: CONTROL,TREATMENT");
    *comma = '\0';
    const char *two[2] = {list + strspn(list, " "), comma + 1 + strspn(comma + 1, " ")};
    for (int i = 0; i < 2; i++) {
        bool found = false;
        for (size_t j = 0; j < k->n; j++)
            found = found || gs_text_same(k->name[j], two[i]);
        if (!found)
            return gs_fail_at(r->err, GS_EPARSE, r->file, 0, 0, NULL,
                              "has no treatment \"%s\"", two[i]);
    }
    r->name_a = two[0];
    r->name_b = two[1];
    return GS_OK;
}

static gs_status treatments(reader *r, bool *strip)
{
    kinds k = {0};
    GS_TRY(list_treatments(r, &k, false));
    *strip = k.n > 2;
    if (*strip)
        GS_TRY(list_treatments(r, &k, true));
    if (r->o->compare)
        return said_pair(r, &k);
    /* what is neither of the two is set aside: run-in, washout */
    for (size_t i = 0; i < k.n && k.n > 2;) {
        if (in_list(aside_words, k.name[i]) < 0) {
            i++;
            continue;
        }
        note(r, nof1_printf(r->a, "Rows under \"%s\" are left out.", k.name[i]));
        k.name[i] = k.name[--k.n];
    }
    if (k.n == 0)
        return gs_fail_at(r->err, GS_EPARSE, r->file, 0, 0, NULL,
                          "says no treatment in any row; write A or B, or 0 or 1");
    if (k.n == 1)
        return gs_fail_at(r->err, GS_ERANGE, r->file, 0, 0, NULL,
                          "knows one treatment only, \"%s\"; a trial compares days with it "
                          "and days without",
                          k.name[0]);
    if (k.n > 2)
        return too_many(r, &k);
    int control = -1;
    for (int i = 0; i < 2; i++) {
        if (r->o->control ? gs_text_same(k.name[i], r->o->control)
                          : in_list(control_words, k.name[i]) >= 0)
            control = control < 0 ? i : 2;
    }
    if (r->o->control && control < 0)
        return gs_fail_at(r->err, GS_EPARSE, r->file, 0, 0, NULL,
                          "has no treatment \"%s\"; it has \"%s\" and \"%s\"", r->o->control,
                          k.name[0], k.name[1]);
    if (control < 0 || control > 1) {
        for (int i = 0; i < 2 && (control < 0 || control > 1); i++)
            if (in_list(treated_words, k.name[i]) >= 0)
                control = 1 - i;
        if (control < 0 || control > 1) {
            control = strcasecmp(k.name[0], k.name[1]) > 0;
            note(r, nof1_printf(r->a,
                                "\"%s\" is taken as the control; --control chooses the other.",
                                k.name[control]));
        }
    }
    r->name_a = k.name[control];
    r->name_b = k.name[1 - control];
    return GS_OK;
}

/* ---- rows -------------------------------------------------------------------------- */

static gs_status row_value(reader *r, size_t i, size_t k, row *out)
{
    size_t n;
    const char *c = cell(r, i, (long)r->out[k], &n);
    gs_said s = gs_said_read(c, n, r->comma);
    out->value[k] = NAN;
    if (s.kind == GS_SAID_NOTHING || s.kind == GS_SAID_NOT_FINITE)
        return GS_OK;
    if (s.kind != GS_SAID_NUMBER)
        return gs_fail_at(r->err, GS_EPARSE, r->file, out->line, 0, r->out_name[k],
                          "\"%.*s\" is no number; write a number, or nothing where there is "
                          "none",
                          (int)(n > 40 ? 40 : n), c);
    out->value[k] = s.value;
    return GS_OK;
}

/* A dose: a number, yes or no, or the name of a treatment. */
static gs_status row_dose(reader *r, size_t i, row *out)
{
    size_t n;
    const char *c = cell(r, i, r->taken, &n);
    char *text = cell_text(r, i, r->taken);
    gs_said s = gs_said_read(c, n, r->comma);
    out->dose = NAN;
    if (!text)
        return memory(r);
    if (n == 0 || r->taken < 0)
        return GS_OK;
    if (gs_text_same(text, r->name_a) || gs_text_same(text, r->name_b))
        out->dose = gs_text_same(text, r->name_b);
    else if (s.kind == GS_SAID_NUMBER)
        out->dose = strcmp(s.unit, "%") == 0 ? s.value / 100 : s.value;
    else if (s.kind == GS_SAID_YES || s.kind == GS_SAID_NO)
        out->dose = s.kind == GS_SAID_YES;
    else if (s.kind != GS_SAID_NOTHING)
        return gs_fail_at(r->err, GS_EPARSE, r->file, out->line, 0, NULL,
                          "\"%.*s\" says not what was taken; write 1 or 0, a share, or the "
                          "treatment's name",
                          (int)(n > 40 ? 40 : n), c);
    if (out->dose < 0 || out->dose > 100)
        return gs_fail_at(r->err, GS_ERANGE, r->file, out->line, 0, NULL,
                          "a dose of %g; write it as a share of the full dose, 1 = all of it",
                          out->dose);
    return GS_OK;
}

static gs_status one_row(reader *r, size_t i, bool strip, row *out)
{
    const char *t = treatment_text(r, i);
    char *mine = t ? gs_arena_strdup(r->a, t) : NULL;
    char *who = cell_text(r, i, r->person), *rater = cell_text(r, i, r->rater);
    char *side = cell_text(r, i, r->side);

    if (!mine || !who || !rater || !side)
        return memory(r);
    GS_TRY(row_time(r, i, out));
    if (strip)
        strip_number(mine);
    out->at = i;
    out->code = !*mine                           ? -1
                : gs_text_same(mine, r->name_b) ? 1
                : gs_text_same(mine, r->name_a) ? 0
                                                : -2;
    r->n_aside += out->code == -2;
    r->n_no_code += out->code == -1;
    if (!intern(r, &r->people, who, &out->person) ||
        !intern(r, &r->raters, rater, &out->rater) || !intern(r, &r->sides, side, &out->side))
        return memory(r);
    if (r->people.n > 2000 || r->raters.n > 200)
        return gs_fail_at(r->err, GS_EPARSE, r->file, out->line, 0, NULL,
                          "%s; is it the right column?",
                          r->raters.n > 200 ? "more than 200 raters" : "more than 2000 people");
    GS_TRY(row_dose(r, i, out));
    for (size_t k = 0; k < r->n_out; k++)
        GS_TRY(row_value(r, i, k, out));
    return GS_OK;
}

static int by_person_time(const void *a, const void *b)
{
    const row *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* In a file kept in order, an hour that comes twice means that the clocks were set back. */
static gs_status check_clock(const reader *r)
{
    size_t up = 0, back = 0;
    long line = 0;
    for (size_t i = 1; i < r->n_row; i++) {
        const row *p = &r->row[i - 1], *q = &r->row[i];
        if (p->person != q->person || p->rater != q->rater || !p->clock || !q->clock)
            continue;
        double step = q->time - p->time;
        up += step > 0;
        if (step < 0) {
            back++;
            line = step > -3 / 24. ? q->line : -1;
        }
    }
    if (back == 1 && line > 0 && up > 5)
        return gs_fail_at(r->err, GS_EPARSE, r->file, line, 0, NULL,
                          "time goes back from one row to the next; if the clocks were set "
                          "back in between, move the time on by an hour or give the dates "
                          "alone");
    return GS_OK;
}

static gs_status check_moments(const reader *r)
{
    size_t days = 0, many = 0, odd = 0;
    const row *twice = NULL;
    for (size_t i = 0; i < r->n_row; i++) {
        const row *p = &r->row[i];
        days += i == 0 || p[-1].person != p->person || floor(p[-1].time) != floor(p->time);
        for (size_t k = i + 1; k < r->n_row; k++) {
            const row *q = &r->row[k];
            if (q->person != p->person || q->time != p->time)
                break;
            if (q->rater != p->rater)
                continue;
            if (p->clock && q->clock)
                return gs_fail_at(r->err, GS_EPARSE, r->file, q->line, 0, NULL,
                                  "this row and line %ld are of one rater and one moment; "
                                  "remove one, or tell them apart by a column \"rater\"",
                                  p->line);
            odd++;
            twice = q;
            break;
        }
    }
    /* several values a day without a time of day: a habit, or a slip? */
    many = odd;
    if (many && 10 * many < days)
        return gs_fail_at(r->err, GS_EPARSE, r->file, twice->line, 0, NULL,
                          "this day has a second row, which few others have; remove one, or "
                          "give the time of day or a column \"rater\"");
    return GS_OK;
}

/* ---- two sides at once ------------------------------------------------------------- */

static int by_rater_at_moment(const void *a, const void *b)
{
    const row *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->rater != y->rater)
        return x->rater < y->rater ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Do most days carry both treatments, one on each of two sides? */
static bool split_body(const reader *r)
{
    size_t days = 0, split = 0;
    if (r->side < 0 || r->sides.n != 2)
        return false;
    for (size_t i = 0; i < r->n_row; days++) {
        bool seen[2][2] = {{false, false}, {false, false}};
        size_t k = i;
        for (; k < r->n_row && r->row[k].person == r->row[i].person &&
               floor(r->row[k].time) == floor(r->row[i].time); k++)
            if (r->row[k].code >= 0)
                seen[r->row[k].side][r->row[k].code] = true;
        split += (seen[0][0] && seen[1][1]) || (seen[0][1] && seen[1][0]);
        i = k;
    }
    return 2 * split > days;
}

/* One row of two: half the difference of the sides, which moves by the whole effect when the
 * treatment changes sides, and from which everything that both sides share falls out. */
static row half_difference(const reader *r, const row *first, const row *second)
{
    row out = *first;
    for (size_t k = 0; k < r->n_out; k++)
        out.value[k] = 0.5 * (first->value[k] - second->value[k]);
    out.dose = NAN;
    if (first->code < 0 || second->code < 0 || first->code == second->code)
        out.code = -2;
    return out;
}

static gs_status check_raw_scale(reader *r);

static gs_status pair_sides(reader *r)
{
    size_t n = 0, alone = 0, with[2] = {0, 0};
    GS_TRY(check_raw_scale(r));
    qsort(r->row, r->n_row, sizeof *r->row, by_rater_at_moment);
    for (size_t i = 0; i < r->n_row;) {
        const row *p = &r->row[i], *q = i + 1 < r->n_row ? &r->row[i + 1] : NULL;
        bool pair = q && q->person == p->person && q->time == p->time &&
                    q->rater == p->rater && q->side != p->side;
        if (pair) {
            row half = half_difference(r, p->side == 0 ? p : q, p->side == 0 ? q : p);
            if (half.code >= 0)
                with[half.code]++;
            r->row[n++] = half;
        }
        alone += !pair;
        i += pair ? 2 : 1;
    }
    r->n_row = n;
    r->halves = true;
    if (n == 0)
        return gs_fail_at(r->err, GS_ERANGE, r->file, 0, 0, NULL,
                          "rates two sides, but never both at one moment; give both rows of a "
                          "moment the same date and time");
    if (with[0] == 0 || with[1] == 0)
        return gs_fail_at(r->err, GS_ERANGE, r->file, 0, 0, NULL,
                          "has the same treatment on the same side all the time, and sides "
                          "differ anyway; let the treatments change sides from period to period");
    note(r, nof1_printf(r->a,
                        "Both treatments were used at once, on two sides: what is compared is "
                        "half of \"%s\" minus \"%s\" at each moment, with the treatment that "
                        "\"%s\" had.",
                        r->sides.name[0], r->sides.name[1], r->sides.name[0]));
    if (alone)
        note(r, nof1_printf(r->a, "%zu rating%s without the other side %s left out.", alone,
                            alone == 1 ? "" : "s", alone == 1 ? "is" : "are"));
    return GS_OK;
}

/* ---- people ------------------------------------------------------------------------ */

/* Treatment of every day. A day on which it was changed belongs to what was new or, when
 * more rows say so, to what was old; the other rows are dropped by their code. */
static gs_status plan_days(reader *r, span s, double day0, size_t n_day, double *plan,
                           double *dose, bool *any_dose)
{
    size_t mixed = 0;
    long line = 0;
    for (size_t d = 0; d < n_day; d++)
        plan[d] = dose[d] = NAN;
    for (size_t i = 0; i < s.n;) {
        size_t k = i, n[2] = {0}, flips = 0, said = 0;
        double day = floor(s.row[i].time), sum = 0;
        int last = -1;
        for (; k < s.n && floor(s.row[k].time) == day; k++) {
            int code = s.row[k].code;
            if (!isnan(s.row[k].dose))
                sum += s.row[k].dose, said++;
            if (code < 0)
                continue;
            n[code]++;
            flips += last >= 0 && last != code;
            last = code;
        }
        size_t d = (size_t)(day - day0);
        if (n[0] && n[1]) {
            mixed++;
            line = s.row[k - 1].line;
        }
        if (last >= 0)
            plan[d] = n[0] == n[1] ? last : n[1] > n[0];
        if (said)
            dose[d] = sum / (double)said, *any_dose = true;
        if (flips > 1)
            mixed += 1000;
        i = k;
    }
    size_t switches = 0, days = 0;
    double last = NAN;
    for (size_t d = 0; d < n_day; d++) {
        if (isnan(plan[d]))
            continue;
        days++;
        switches += !isnan(last) && plan[d] != last;
        last = plan[d];
    }
    if (mixed > switches || 2 * mixed > days)
        return gs_fail_at(r->err, GS_ERANGE, r->file, line, 0, NULL,
                          "phases overlap: days carry both treatments (here and on %zu days "
                          "in all); give every day one treatment, or, where two sides of the "
                          "body had one each, say which in a column \"side\"",
                          mixed % 1000 + mixed / 1000);
    if (mixed)
        note(r, nof1_printf(r->a,
                            "On %zu day%s the treatment was changed; the day counts for the "
                            "treatment with more rows, the other rows are left out.",
                            mixed, mixed == 1 ? "" : "s"));
    return GS_OK;
}

/* Days nobody spoke of between two treatments: nobody knows when it was changed. */
static gs_status check_gaps(reader *r, const char *who, size_t n_day, const double *plan)
{
    size_t longest_phase = 0, phase = 0, gap = 0, longest_gap = 0, unknown = 0, at = 0;
    size_t steps = 0, step = 0;
    double last = NAN;
    for (size_t d = 0; d < n_day; d++) {
        gap++;
        phase++;
        if (isnan(plan[d]))
            continue;
        if (!isnan(last)) {
            steps++;
            step += gap;
        }
        if (!isnan(last) && plan[d] != last) {
            if (phase - 1 > longest_phase)
                longest_phase = phase - 1;
            phase = 1;
            if (gap > 1)
                unknown++;
        }
        if (!isnan(last) && gap > longest_gap)
            longest_gap = gap, at = d;
        last = plan[d];
        gap = 0;
    }
    if (phase > longest_phase)
        longest_phase = phase;
    double usual = steps ? (double)step / (double)steps : 1;
    if ((double)longest_gap > 14 && (double)longest_gap > 4 * usual)
        return gs_fail_at(r->err, GS_ERANGE, r->file, 0, 0, NULL,
                          "%s%sphases have a gap: nothing is said for %zu days before day %zu; "
                          "fill in the treatment of these days, or analyse the parts one by "
                          "one",
                          who, *who ? ": " : "", longest_gap - 1, at + 1);
    if (unknown && usual < 2)
        note(r, nof1_printf(r->a,
                            "%s%sAt %zu change%s of treatment the days between are not said; "
                            "the treatment is taken to have gone on until the next row.",
                            who, *who ? ": " : "", unknown, unknown == 1 ? "" : "s"));
    return GS_OK;
}

static gs_nof1_scale scale_of(const reader *r, const char *name, span s, size_t k, double lo,
                              double hi, double *step)
{
    bool whole = true;
    double bottom = HUGE_VAL, top = -HUGE_VAL;
    *step = NAN;
    for (size_t i = 0; i < s.n; i++) {
        double v = s.row[i].value[k];
        if (isnan(v))
            continue;
        whole = whole && v == floor(v);
        bottom = fmin(bottom, v), top = fmax(top, v);
    }
    bool counts = r->o->count || strcasestr(name, "count") || strcasestr(name, "lesions") ||
                  strcasestr(name, "number of");
    if (whole && bottom >= 0 && counts && isnan(hi))
        return GS_NOF1_COUNT;
    if (whole && (isfinite(lo) ? hi - lo <= 20 : bottom >= 0 && top <= 10)) {
        *step = 1;
        return GS_NOF1_SCORE;
    }
    return GS_NOF1_CONTINUOUS;
}

static gs_status check_scale(const reader *r, span s, size_t k, double lo, double hi)
{
    for (size_t i = 0; i < s.n; i++) {
        double v = s.row[i].value[k];
        if ((isfinite(lo) && v < lo) || (isfinite(hi) && v > hi))
            return gs_fail_at(r->err, GS_ERANGE, r->file, s.row[i].line, 0, r->out_name[k],
                              "%g is outside the scale %g to %g; correct the value or the "
                              "scale",
                              v, lo, hi);
    }
    return GS_OK;
}

/* The scale that was said or stands in the header, of the ratings before they are halved. */
static gs_status check_raw_scale(reader *r)
{
    for (size_t k = 0; k < r->n_out; k++) {
        bool said = !isnan(r->o->lo);
        GS_TRY(check_scale(r, (span){r->row, r->n_row}, k, said ? r->o->lo : r->lo[k],
                           said ? r->o->hi : r->hi[k]));
        r->lo[k] = r->hi[k] = NAN;
    }
    return GS_OK;
}

static gs_status observations(reader *r, span s, double day0, const double *plan, size_t k,
                              gs_nof1_series *out)
{
    size_t wide = r->wide_raters ? r->n_out : 1;
    gs_nof1_obs *o = GS_NEW(r->a, gs_nof1_obs, s.n * wide + 1);
    if (!o)
        return memory(r);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        const row *p = &s.row[i];
        double day = plan[(size_t)(floor(p->time) - day0)];
        if (p->code == -2 || (p->code >= 0 && !isnan(day) && day != p->code))
            continue;
        for (size_t w = 0; w < wide; w++)
            o[n++] = (gs_nof1_obs){p->time - day0, p->value[r->wide_raters ? w : k],
                                   r->wide_raters ? (int32_t)w : p->rater, p->line};
    }
    out->obs = o;
    out->n_obs = n;
    out->n_rater = r->wide_raters ? r->n_out : r->raters.n;
    out->rater = r->wide_raters ? r->out_name : r->raters.name;
    return GS_OK;
}

static gs_status person(reader *r, span s, gs_nof1_series *out)
{
    double day0 = floor(s.row[0].time), last = floor(s.row[s.n - 1].time);
    const char *who = r->person >= 0 ? r->people.name[s.row[0].person] : "";
    if (last - day0 + 1 > GS_NOF1_DAYS)
        return gs_fail_at(r->err, GS_ERANGE, r->file, s.row[s.n - 1].line, 0, NULL,
                          "%.0f days lie between the first and the last row; a trial lasts "
                          "at most %d",
                          last - day0, GS_NOF1_DAYS);
    size_t n_day = (size_t)(last - day0) + 1;
    double *plan = GS_NEW(r->a, double, n_day), *dose = GS_NEW(r->a, double, n_day);
    bool any_dose = false;
    if (!plan || !dose)
        return memory(r);
    GS_TRY(plan_days(r, s, day0, n_day, plan, dose, &any_dose));
    GS_TRY(check_gaps(r, who, n_day, plan));
    size_t n_out = r->wide_raters ? 1 : r->n_out;
    for (size_t k = 0; k < n_out; k++) {
        double lo = r->lo[k], hi = r->hi[k];
        if (!isnan(r->o->lo) && !r->halves)
            lo = r->o->lo, hi = r->o->hi;
        for (size_t w = 0; w < (r->wide_raters ? r->n_out : 1); w++)
            GS_TRY(check_scale(r, s, r->wide_raters ? w : k, lo, hi));
        const char *name = r->wide_raters ? "score" : r->out_name[k];
        int better = r->o->better      ? r->o->better
                     : has_part(better_high, name) ? 1
                                                   : -1;
        out[k] = (gs_nof1_series){.person = who,
                                  .outcome = name,
                                  .name_a = r->name_a,
                                  .name_b = r->name_b,
                                  .blinded = r->o->blinded,
                                  .lo = lo,
                                  .hi = hi,
                                  .better = better,
                                  .day0 = r->dated ? (int32_t)day0 : GS_DAY_NONE,
                                  .n_day = n_day,
                                  .planned = plan,
                                  .received = any_dose ? dose : NULL};
        if (r->halves)
            out[k].outcome = nof1_printf(r->a, "%s (half of %s minus %s)", name,
                                         r->sides.name[0], r->sides.name[1]);
        out[k].step = NAN;
        out[k].scale = r->halves ? GS_NOF1_CONTINUOUS
                                 : scale_of(r, name, s, k, lo, hi, &out[k].step);
        GS_TRY(observations(r, s, day0, plan, k, &out[k]));
    }
    return GS_OK;
}

/* ---- the whole --------------------------------------------------------------------- */

static gs_status read_rows(reader *r)
{
    bool strip;
    GS_TRY(treatments(r, &strip));
    r->row = GS_NEW(r->a, row, r->csv->n_row);
    if (!r->row)
        return memory(r);
    for (size_t i = 1; i < r->csv->n_row; i++)
        GS_TRY(one_row(r, i, strip, &r->row[r->n_row++]));
    if (r->n_no_code)
        note(r, nof1_printf(r->a, "%zu row%s no treatment of %s own.", r->n_no_code,
                            r->n_no_code == 1 ? " says" : "s say",
                            r->n_no_code == 1 ? "its" : "their"));
    GS_TRY(check_clock(r));
    qsort(r->row, r->n_row, sizeof *r->row, by_person_time);
    if (split_body(r))
        GS_TRY(pair_sides(r));
    return check_moments(r);
}

static void about_direction(reader *r, const gs_nof1_series *s)
{
    if (!r->o->better)
        note(r, nof1_printf(r->a,
                            "%s values of \"%s\" are taken as better; --better says otherwise.",
                            s->better > 0 ? "Higher" : "Lower", s->outcome));
}

gs_status gs_nof1_read(gs_arena *a, const char *name, const char *text, size_t n,
                       const gs_nof1_read_opts *o, gs_nof1_table **out, gs_err *err)
{
    gs_csv csv;
    reader r = {.a = a, .file = name, .csv = &csv, .o = o, .err = err, .unit = 1,
                .time = -1, .clock = -1, .treat = -1, .taken = -1, .rater = -1,
                .person = -1, .side = -1};
    gs_nof1_table *t = GS_NEW(a, gs_nof1_table, 1);

    r.note = GS_NEW(a, const char *, NOTES);
    if (!t || !r.note)
        return memory(&r);
    if (!isnan(o->lo) && !(o->hi > o->lo))
        return gs_fail(err, GS_ERANGE, "a scale goes from a lower to a higher number");
    GS_TRY(gs_csv_read(a, name, text, n, &csv, err));
    if (csv.n_row < 2)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL, "has a header and no rows");
    if (csv.n_row > ROWS_MAX)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                          "has more than %d rows; split it by person", ROWS_MAX);
    r.comma = csv.sep != ',';
    GS_TRY(columns(&r));
    GS_TRY(date_form(&r));
    time_unit(&r);
    GS_TRY(read_rows(&r));
    t->n_outcome = r.wide_raters ? 1 : r.n_out;
    t->n_person = r.people.n;
    t->series = GS_NEW(a, gs_nof1_series, t->n_person * t->n_outcome);
    if (!t->series)
        return memory(&r);
    for (size_t i = 0, who = 0; i < r.n_row; who++) {
        size_t k = i;
        while (k < r.n_row && r.row[k].person == r.row[i].person)
            k++;
        GS_TRY(person(&r, (span){r.row + i, k - i}, t->series + who * t->n_outcome));
        i = k;
    }
    about_direction(&r, &t->series[0]);
    t->note = r.note;
    t->n_note = r.n_note;
    *out = t;
    return GS_OK;
}
