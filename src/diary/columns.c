/* Reading a header the way a person would. Names of who, when and how much are short
 * lists of words; everything else is something that was written down, with its unit or
 * scale in brackets ("fibre [g]", "Eczema (0-10)") or at the end ("dose_J_cm2").
 *
 * A table with a column of names and a column of values is long, any other is wide.
 * The order of day and month is decided by the whole column, and asked for when the
 * whole column allows two readings. */
#include "diary/columns.h"

#include <stdio.h>
#include <string.h>

static const struct word {
    gs_col_role role;
    const char *names;
} words[] = {
    {GS_COL_PERSON, "person|patient|subject|participant|user|user id|userid|person id|"
                    "patient id|subject id|participant id|id|who|wer"},
    {GS_COL_DATE, "date|datum|fecha|checkin date|check-in date|check in date"},
    {GS_COL_TIME, "time|timestamp|datetime|date time|when|zeit|created|created at"},
    {GS_COL_DAY, "day|jour|dia|day number|study day"},
    {GS_COL_WEEK, "week|woche|semaine|study week"},
    {GS_COL_SESSION, "session|sitzung|session number|treatment number"},
    {GS_COL_CHANNEL, "channel|canon|what|item|variable|measure|trackable|trackable name|"
                     "name|symptom|parameter"},
    {GS_COL_LABEL, "label"},
    {GS_COL_TYPE, "type|trackable type|kind"},
    {GS_COL_VALUE, "value|score|amount|wert|valeur|trackable value|level|severity|result|"
                   "answer"},
    {GS_COL_UNIT, "unit|units|einheit"},
    {GS_COL_SCALE, "scale|skala"},
    {GS_COL_LEFT_OUT, "weekday|month|year|said|said unit|origin|line|batch|note|notes|"
                      "comment|comments|remark|remarks|bemerkung|trackable id|age|sex|"
                      "country"},
};

static bool in_list(const char *list, const char *word)
{
    char one[64];
    for (const char *p = list; *p; p += strspn(p, "|")) {
        size_t n = strcspn(p, "|");
        if (n < sizeof one) {
            memcpy(one, p, n);
            one[n] = '\0';
            if (gs_text_same(one, word))
                return true;
        }
        p += n;
    }
    return false;
}

static gs_col_role role_of(const char *head)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (in_list(words[i].names, head))
            return words[i].role;
    return GS_COL_WHAT;
}

/* ---- "fibre [g]", "dose_J_cm2" ---------------------------------------------------- */

/* The bracket at the end of a header; false when there is none. */
static bool split_bracket(gs_arena *a, const char *head, const char **what, const char **unit)
{
    size_t n = strlen(head);
    char close = n ? head[n - 1] : 0;
    if (close != ')' && close != ']')
        return false;
    const char *open = strrchr(head, close == ')' ? '(' : '[');
    if (!open || open == head)
        return false;
    size_t k = (size_t)(open - head), inside = n - k - 2;
    while (k && (head[k - 1] == ' ' || head[k - 1] == '_'))
        k--;
    *what = gs_arena_strndup(a, head, k);
    *unit = gs_arena_strndup(a, open + 1, inside);
    return k > 0;
}

/* A unit as the last words: "fibre_g", "water ml", "dose_J_cm2". The column "dose" of
 * a light treatment says itself by its unit. */
static bool split_tail(gs_arena *a, const char *head, const char **what, const char **unit)
{
    size_t n = strlen(head);
    for (size_t k = 1; k + 1 < n; k++) {
        if (head[k] != '_' && head[k] != ' ')
            continue;
        char *front = gs_arena_strndup(a, head, k);
        const char *tail = head + k + 1;
        if (!front)
            return false;
        const gs_channel *c = gs_channel_find(front);
        if (!c && gs_text_same(front, "dose"))
            c = gs_channel_find("uvb");
        if (!c || !(gs_meaning_unit_fits(c, tail)
                    || (gs_meaning_own_score(c) && gs_scale_find(tail))))
            continue;
        *what = gs_text_same(front, "dose") ? "uvb" : front;
        *unit = gs_arena_strdup(a, tail);
        return true;
    }
    return false;
}

static gs_status read_head(gs_arena *a, const char *name, const gs_csv *csv, size_t j,
                           gs_col *c, gs_err *err)
{
    size_t n;
    const char *text = gs_csv_cell(csv, 0, j, &n);

    *c = (gs_col){.head = gs_arena_strndup(a, text, n), .unit = ""};
    if (!c->head)
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    if (n > 200)
        return gs_fail_at(err, GS_EPARSE, name, (long)csv->row[0].line, 0, NULL,
                          "the name of column %zu is longer than 200 bytes; is the first "
                          "line a line of names?", j + 1);
    c->what = c->head;
    if (!n)
        return GS_OK; /* a column without a name is left out */
    c->role = role_of(c->head);
    if (c->role != GS_COL_WHAT || gs_channel_find(c->head)
        || gs_text_same(c->head, "condition"))
        return GS_OK;
    if (!split_bracket(a, c->head, &c->what, &c->unit)
        && !split_tail(a, c->head, &c->what, &c->unit)) {
        c->what = c->head;
        c->unit = "";
    }
    if (!c->what || !c->unit)
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    // "date (yyyy-mm-dd)", "value [0-4]"
    gs_col_role role = role_of(c->what);
    if (role != GS_COL_WHAT && role != GS_COL_LEFT_OUT)
        c->role = role;
    return GS_OK;
}

static bool has_role(const gs_layout *l, gs_col_role role)
{
    for (size_t j = 0; j < l->n_col; j++)
        if (l->col[j].role == role)
            return true;
    return false;
}

/* Does the column say the same in two lines that follow each other? */
static bool recurs(const gs_csv *csv, size_t col)
{
    for (size_t i = 2; i < csv->n_row; i++) {
        size_t n, m;
        const char *a = gs_csv_cell(csv, i - 1, col, &n), *b = gs_csv_cell(csv, i, col, &m);
        if (n == m && memcmp(a, b, n) == 0)
            return true;
    }
    return csv->n_row <= 4;
}

/* Words that mean one thing or another, decided by what else there is: "time" beside a
 * date is the hour; "Tag" is the German day, or a name; an "id" that never recurs
 * numbers the lines, not people. */
static void settle_words(const gs_csv *csv, gs_layout *l)
{
    bool date = has_role(l, GS_COL_DATE) || has_role(l, GS_COL_DAY);
    bool when = date || has_role(l, GS_COL_TIME) || has_role(l, GS_COL_WEEK)
                || has_role(l, GS_COL_SESSION);
    for (size_t j = 0; j < l->n_col; j++) {
        gs_col *c = &l->col[j];
        if (c->role == GS_COL_TIME) {
            c->role = date ? GS_COL_LEFT_OUT : GS_COL_DATE;
            date = true;
        } else if (c->role == GS_COL_WHAT && gs_text_same(c->head, "tag")) {
            c->role = when ? GS_COL_LABEL : GS_COL_DAY;
            when = true;
        } else if (c->role == GS_COL_PERSON && gs_text_same(c->head, "id") && !recurs(csv, j)) {
            c->role = GS_COL_LEFT_OUT;
        }
    }
}

/* Columns known by their words must be one each. Not so those left out. */
static gs_status place(const char *name, const gs_csv *csv, gs_layout *l, gs_err *err)
{
    long time = -1; /* settled before */
    long *at[] = {[GS_COL_PERSON] = &l->person,   [GS_COL_DATE] = &l->date,
                  [GS_COL_TIME] = &time,
                  [GS_COL_DAY] = &l->day,         [GS_COL_WEEK] = &l->week,
                  [GS_COL_SESSION] = &l->session, [GS_COL_CHANNEL] = &l->channel,
                  [GS_COL_LABEL] = &l->label,     [GS_COL_TYPE] = &l->type,
                  [GS_COL_VALUE] = &l->value,     [GS_COL_UNIT] = &l->unit,
                  [GS_COL_SCALE] = &l->scale};
    for (size_t r = GS_COL_PERSON; r < GS_COL_WHAT; r++)
        *at[r] = -1;
    for (size_t j = 0; j < l->n_col; j++) {
        gs_col_role r = l->col[j].role;
        if (r == GS_COL_LEFT_OUT || r == GS_COL_WHAT)
            continue;
        if (*at[r] >= 0)
            return gs_fail_at(err, GS_EPARSE, name, (long)csv->row[0].line, 0,
                              l->col[j].head,
                              "the columns \"%.60s\" and \"%.60s\" mean the same; rename "
                              "or remove one",
                              l->col[*at[r]].head, l->col[j].head);
        *at[r] = (long)j;
    }
    return GS_OK;
}

/* ---- dates ----------------------------------------------------------------------- */

/* How many cells each form reads, and a line that only one form reads. */
typedef struct tally {
    size_t n, n_form[4];
    uint32_t only[4];
    size_t example; /* a row that two forms read */
} tally;

static tally count_forms(const gs_csv *csv, size_t col)
{
    tally t = {0};
    for (size_t i = 1; i < csv->n_row; i++) {
        size_t n;
        const char *text = gs_csv_cell(csv, i, col, &n);
        if (!n)
            continue;
        unsigned mask = gs_date_forms(text, n);
        t.n++;
        for (unsigned f = GS_DATE_ISO; f <= GS_DATE_MDY; f++) {
            if (!(mask & 1u << f))
                continue;
            t.n_form[f]++;
            if (mask == 1u << f && !t.only[f])
                t.only[f] = csv->row[i].line;
        }
        if (mask & 1u << GS_DATE_DMY && mask & 1u << GS_DATE_MDY && !t.example)
            t.example = i;
    }
    return t;
}

static gs_status find_form(const char *name, const gs_csv *csv, const gs_layout *l,
                           size_t col, gs_date_form asked, gs_date_form *out, gs_err *err)
{
    const char *head = l->col[col].head;
    tally t = count_forms(csv, col);

    if (asked != GS_DATE_UNKNOWN) {
        *out = asked;
        return GS_OK;
    }
    if (t.only[GS_DATE_DMY] && t.only[GS_DATE_MDY])
        return gs_fail_at(err, GS_EPARSE, name, (long)t.only[GS_DATE_MDY], 0, head,
                          "line %u puts the day first and line %u the month; write all "
                          "dates one way, best as 2026-11-23",
                          t.only[GS_DATE_DMY], t.only[GS_DATE_MDY]);
    gs_date_form best = GS_DATE_ISO;
    for (gs_date_form f = GS_DATE_DMY; f <= GS_DATE_MDY; f++)
        if (t.n_form[f] > t.n_form[best])
            best = f;
    if (2 * t.n_form[best] < t.n || !t.n_form[best]) {
        size_t n = 0, i = 1;
        const char *text = "";
        for (; i < csv->n_row && (!n || gs_date_forms(text, n)); i++)
            text = gs_csv_cell(csv, i, col, &n);
        return gs_fail_at(err, GS_EPARSE, name, (long)csv->row[i > 1 ? i - 1 : 0].line, 0,
                          head, "\"%.*s\" is no date; write dates as 2026-11-23",
                          (int)(n < 40 ? n : 40), text);
    }
    if (best != GS_DATE_ISO && t.n_form[GS_DATE_DMY] == t.n_form[GS_DATE_MDY]) {
        size_t n;
        const char *text = gs_csv_cell(csv, t.example, col, &n);
        return gs_fail_at(err, GS_EPARSE, name, (long)csv->row[t.example].line, 0, head,
                          "\"%.*s\" can be read with the day first or the month first, and "
                          "so can every date of the file; say --dates dmy or --dates mdy",
                          (int)(n < 40 ? n : 40), text);
    }
    *out = best;
    return GS_OK;
}

/* A column called "day" holds day numbers or dates. */
static bool holds_numbers(const gs_csv *csv, size_t col)
{
    size_t n_number = 0, n_other = 0;
    for (size_t i = 1; i < csv->n_row; i++) {
        size_t n;
        long v;
        const char *text = gs_csv_cell(csv, i, col, &n);
        if (!n)
            continue;
        if (gs_text_long(text, n, -1000000, 10000000, &v))
            n_number++;
        else
            n_other++;
    }
    return n_number >= n_other;
}

static gs_status find_time(const char *name, const gs_csv *csv, gs_date_form asked,
                           gs_layout *l, gs_err *err)
{
    if (l->date < 0 && l->day < 0 && l->week < 0 && l->session < 0)
        return gs_fail_at(err, GS_EPARSE, name, (long)csv->row[0].line, 0, NULL,
                          "no column says when; name one of them date, day, week or "
                          "session");
    l->day_is_date = l->day >= 0 && !holds_numbers(csv, (size_t)l->day);
    if (l->day_is_date && l->date >= 0) { /* a weekday's name, say, beside the date */
        l->col[l->day].role = GS_COL_LEFT_OUT;
        l->day = -1;
        l->day_is_date = false;
    }
    long col = l->date >= 0 ? l->date : l->day_is_date ? l->day : -1;
    bool empty = true;
    for (size_t i = 1; col >= 0 && i < csv->n_row && empty; i++) {
        size_t n;
        gs_csv_cell(csv, i, (size_t)col, &n);
        empty = n == 0;
    }
    if (col >= 0 && !empty)
        GS_TRY(find_form(name, csv, l, (size_t)col, asked, &l->form, err));
    return GS_OK;
}

/* ---- the whole --------------------------------------------------------------------- */

/* Long, and then what is no known column is left out; or wide, and then the words of a
 * long table are ordinary names. */
static gs_status long_or_wide(const char *name, const gs_csv *csv, gs_layout *l, gs_err *err)
{
    long what = l->channel >= 0 ? l->channel : l->label >= 0 ? l->label : l->type;
    size_t n_what = 0;

    l->is_long = what >= 0 && l->value >= 0;
    if (l->is_long && l->channel < 0) {
        l->channel = what;
        if (l->label == what)
            l->label = -1;
        else
            l->type = -1;
    }
    for (size_t j = 0; j < l->n_col; j++) {
        gs_col *c = &l->col[j];
        bool word = c->role >= GS_COL_CHANNEL && c->role <= GS_COL_SCALE;
        if (l->is_long && c->role == GS_COL_WHAT)
            c->role = GS_COL_LEFT_OUT;
        if (!l->is_long && word) {
            bool who = l->person < 0 && gs_text_same(c->head, "name");
            c->role = who ? GS_COL_PERSON : GS_COL_WHAT;
            if (who)
                l->person = (long)j;
        }
        n_what += c->role == GS_COL_WHAT ? 1u : 0u;
    }
    if (!l->is_long && n_what == 0)
        return gs_fail_at(err, GS_EPARSE, name, (long)csv->row[0].line, 0, NULL,
                          "no column says what was written down; name them (eczema, "
                          "fibre, stress ...), or use the columns channel and value");
    return GS_OK;
}

/* The same thing in two columns: which one counts? */
static gs_status no_twins(const char *name, const gs_csv *csv, gs_layout *l, gs_err *err)
{
    for (size_t j = 0; !l->is_long && j < l->n_col; j++) {
        gs_col *b = &l->col[j];
        if (b->role != GS_COL_WHAT)
            continue;
        b->known = gs_channel_find(b->what);
        for (size_t k = 0; k < j; k++) {
            const gs_col *a = &l->col[k];
            if (a->role != GS_COL_WHAT)
                continue;
            if (b->known ? a->known == b->known : gs_text_same(a->what, b->what))
                return gs_fail_at(err, GS_EPARSE, name, (long)csv->row[0].line, 0, b->head,
                                  "the columns \"%.60s\" and \"%.60s\" mean the same; "
                                  "rename or remove one", a->head, b->head);
        }
    }
    return GS_OK;
}

gs_status gs_columns_find(gs_arena *a, const char *name, const gs_csv *csv,
                          gs_date_form asked, gs_layout *out, gs_err *err)
{
    gs_layout l = {.n_col = csv->row[0].n};

    l.col = GS_NEW(a, gs_col, l.n_col);
    if (!l.col)
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    for (size_t j = 0; j < l.n_col; j++)
        GS_TRY(read_head(a, name, csv, j, &l.col[j], err));
    settle_words(csv, &l);
    GS_TRY(place(name, csv, &l, err));
    GS_TRY(long_or_wide(name, csv, &l, err));
    GS_TRY(no_twins(name, csv, &l, err));
    GS_TRY(find_time(name, csv, asked, &l, err));
    l.comma = csv->sep != ',';
    *out = l;
    return GS_OK;
}
