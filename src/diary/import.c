/* A table becomes entries: who, when, what, how much, row by row, in one transaction.
 *
 *   csv -> layout -> [ look: which own scores have fractions ] -> rows -> store
 *
 * Whatever is wrong with the file as a whole ends the import before the store is
 * touched. Whatever is wrong with one value becomes an issue with line, column and
 * mend; in strict mode one of them is enough to roll everything back, after all have
 * been collected, so that the person can mend them in one go. */
#include "diary/columns.h"
#include "diary/names.h"
#include "diary/store.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_ISSUE = 1000, DAY_MIN = -36500, DAY_MAX = 200000 };

/* One pair of (name, unit, scale) as met in this file. */
typedef struct meant {
    gs_status status;       /* of gs_meaning_find */
    const char *why;        /* its sentence, when it failed */
    gs_meaning m;
    const char *name;       /* as written */
    const char *unit;
    const char *stored;     /* name in the store */
    int64_t id;             /* channel in the store, 0 = not yet asked */
    bool explicit_scale;
    bool fraction;          /* an own score between whole numbers was met */
} meant;

typedef struct importer {
    gs_diary *d;
    gs_arena *a;
    const char *name;
    const gs_import_opts *o;
    gs_csv csv;
    gs_layout l;
    gs_unit_conv_fn *convert;
    void *convert_self;

    gs_names meaning_names; /* key -> meaning[] */
    meant **meaning;        /* each stays where it is when the table grows */
    size_t n_meaning, cap_meaning;
    meant **of_col;         /* wide: [n_col] */

    gs_names person_names;
    int64_t *person;        /* ids, 0 = not yet asked; -1 = cannot be */
    size_t cap_person;

    bool writing;           /* second pass */
    int64_t batch;
    gs_import_issue *issue;
    gs_import_took took;
    gs_err first;           /* the first refusal, for strict */
    gs_err *err;
} importer;

/* ---- issues ------------------------------------------------------------------------ */

/* A quoted field may hold line breaks; a sentence that shows it stays on one line. */
static void on_one_line(char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < 0x20)
            *text = ' ';
}

static void add_issue(importer *im, long line, const char *field, const char *text)
{
    if (im->took.n_issue == MAX_ISSUE || !im->issue)
        return;
    gs_import_issue *x = &im->issue[im->took.n_issue];
    char *f = gs_arena_strdup(im->a, field ? field : ""), *t = gs_arena_strdup(im->a, text);
    on_one_line(f);
    on_one_line(t);
    *x = (gs_import_issue){.line = line, .field = f, .text = t};
    if (f && t)
        im->took.n_issue++;
}

static void remark(importer *im, long line, const char *field, const char *fmt, ...)
    GS_PRINTF(4, 5);
static void refuse(importer *im, long line, const char *field, const char *fmt, ...)
    GS_PRINTF(4, 5);

static void remark(importer *im, long line, const char *field, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    if (!im->writing)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    add_issue(im, line, field, text);
}

static void refuse(importer *im, long line, const char *field, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    if (!im->writing)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (im->took.n_refused++ == 0)
        gs_fail_at(&im->first, GS_ERANGE, im->name, line, 0, field, "%s", text);
    add_issue(im, line, field, text);
}

static gs_status no_memory(importer *im)
{
    return gs_fail_at(im->err, GS_ENOMEM, im->name, 0, 0, NULL, "out of memory");
}

/* ---- what a name means in this file -------------------------------------------------- */

/* The scale asked for with --scale "eczema=0-4,*=0-4": the channel's own word first. */
static const char *asked_scale(importer *im, const char *name, const gs_channel *c)
{
    const char *all = NULL, *p = im->o->scale ? im->o->scale : "";
    char word[96];
    while (*p) {
        size_t n = strcspn(p, ","), k = strcspn(p, "=");
        if (k < n && n < sizeof word) {
            memcpy(word, p, n);
            word[n] = word[k] = '\0';
            if (strcmp(word, "*") == 0)
                all = gs_arena_strdup(im->a, word + k + 1);
            else if (gs_text_same(word, name) || (c && gs_channel_find(word) == c))
                return gs_arena_strdup(im->a, word + k + 1);
        }
        p += n;
        p += *p == ',';
    }
    return all && (!c || gs_meaning_own_score(c)) ? all : "";
}

static gs_status check_asked_scales(importer *im)
{
    const char *p = im->o->scale ? im->o->scale : "";
    while (*p) {
        size_t n = strcspn(p, ","), k = strcspn(p, "=");
        char word[96] = "";
        if (k < n && n < sizeof word) {
            memcpy(word, p, n);
            word[n] = '\0';
        }
        if (!*word || !gs_scale_find(word + k + 1)) {
            const char *near = *word ? gs_scale_nearest(word + k + 1) : NULL;
            return gs_fail(im->err, GS_EUSE,
                           "the scale \"%.*s\" is not understood; write eczema=0-4 or "
                           "*=0-4%s%s", (int)(n < 80 ? n : 80), p,
                           near ? ", near that name is " : "", near ? near : "");
        }
        p += n;
        p += *p == ',';
    }
    return GS_OK;
}

static gs_status mean_now(importer *im, meant *x, const char *scale)
{
    gs_err why = {0};
    const gs_channel *c = gs_channel_find(x->name);
    x->status = gs_meaning_find(x->name, x->unit, scale, im->convert, im->convert_self,
                                &x->m, &why);
    x->stored = x->m.condition ? "condition" : c ? c->name : x->name;
    if (x->status != GS_OK) {
        x->why = gs_arena_strdup(im->a, why.msg);
        if (!x->why)
            return no_memory(im);
    }
    return GS_OK;
}

/* The meaning of (name, unit, scale), found once a file. */
static meant *mean(importer *im, const char *name, size_t n_name, const char *unit,
                   size_t n_unit, const char *scale, size_t n_scale)
{
    char key[700];
    bool fresh;
    if (n_name + n_unit + n_scale + 2 > sizeof key)
        return NULL;
    memcpy(key, name, n_name);
    key[n_name] = '\x1f';
    memcpy(key + n_name + 1, unit, n_unit);
    key[n_name + 1 + n_unit] = '\x1f';
    memcpy(key + n_name + n_unit + 2, scale, n_scale);
    size_t i = gs_names_index(&im->meaning_names, key, n_name + n_unit + n_scale + 2, &fresh);
    if (i == SIZE_MAX)
        return NULL;
    if (!fresh)
        return im->meaning[i];
    if (i >= im->cap_meaning) {
        size_t cap = im->cap_meaning ? 2 * im->cap_meaning : 64;
        meant **more = GS_NEW(im->a, meant *, cap);
        if (!more)
            return NULL;
        if (im->n_meaning)
            memcpy(more, im->meaning, im->n_meaning * sizeof *more);
        im->meaning = more;
        im->cap_meaning = cap;
    }
    meant *x = GS_NEW(im->a, meant, 1);
    const char *said = gs_arena_strndup(im->a, scale, n_scale);
    if (!x || !said)
        return NULL;
    im->meaning[i] = x;
    im->n_meaning = i + 1;
    char *clean = gs_arena_strndup(im->a, name, n_name);
    if (clean)
        gs_meaning_own_name(clean);
    x->name = clean;
    x->unit = gs_arena_strndup(im->a, unit, n_unit);
    if (!x->name || !x->unit)
        return NULL;
    const char *want = *said ? said : asked_scale(im, x->name, gs_channel_find(x->name));
    x->explicit_scale = *want || *x->unit;
    return mean_now(im, x, want) == GS_OK ? x : NULL;
}

/* An own score with values between whole numbers is a mark on a line, not eleven steps. */
static gs_status settle_fractions(importer *im)
{
    for (size_t i = 0; i < im->n_meaning; i++) {
        meant *x = im->meaning[i];
        if (x->fraction && !x->explicit_scale && x->status == GS_OK && x->m.scale
            && strcmp(x->m.scale->name, "0-10") == 0 && x->m.channel
            && x->m.channel->kind == GS_CHANNEL_OUTCOME)
            GS_TRY(mean_now(im, x, "vas"));
    }
    return GS_OK;
}

/* ---- one value ------------------------------------------------------------------------ */

typedef struct place {
    size_t row;
    long line;
    const char *who; /* n_who bytes */
    size_t n_who, i_who;
    int32_t day;
    bool numbered;
    bool bare; /* long table: an empty value is a bare tag */
} place;

static const char *say_day(const place *at, char *buf, size_t n)
{
    char iso[16];
    if (at->numbered)
        snprintf(buf, n, "day %d", (int)at->day);
    else
        snprintf(buf, n, "%s", gs_date_iso(at->day, iso, sizeof iso));
    return buf;
}

static void clash(importer *im, const place *at, const meant *x, const char *head,
                  double value, const gs_store_old *old)
{
    char day[32];
    if (old->batch == im->batch && im->l.label >= 0) {
        // several labels stand for one channel: another voice, not a contradiction
        im->took.n_duplicate++;
        remark(im, at->line, head, "%.60s is %g here and %g on line %ld under another "
               "label; the first is kept", x->name, value, old->value, old->line);
        return;
    }
    if (old->batch == im->batch) {
        refuse(im, at->line, head,
               "%.60s is %g here and %g on line %ld, both for %s; keep one of them",
               x->name, value, old->value, old->line, say_day(at, day, sizeof day));
        return;
    }
    refuse(im, at->line, head,
           "%.60s of %s is %g in the diary already and %g here; leave the line out, or say "
           "--replace to take the file's",
           x->name, say_day(at, day, sizeof day), old->value, value);
}

/* The person's number in the store, asked for when there is something to store: a file
 * that says nothing of somebody leaves no trace of them. 0 = refused. */
static gs_status person_id(importer *im, const place *at, int64_t *out)
{
    // one for dated rows, one for numbered: the store knows which kind the person has
    int64_t *id = &im->person[2 * at->i_who + (at->numbered ? 1 : 0)];
    gs_err why = {0};

    if (!*id) {
        gs_status st = gs_store_person(im->d, at->who, at->n_who, at->numbered, id, &why);
        if (st == GS_EUSE) {
            *id = -1;
        } else if (st != GS_OK) {
            if (im->err)
                *im->err = why;
            return st;
        }
    }
    if (*id < 0)
        refuse(im, at->line, im->l.person < 0 ? "" : im->l.col[im->l.person].head,
               "the diary of %.*s counts its days the other way (by %s); use another "
               "--person",
               (int)(at->n_who < 80 ? at->n_who : 80), at->who,
               at->numbered ? "dates" : "day numbers");
    *out = *id < 0 ? 0 : *id;
    return GS_OK;
}

static gs_status store_value(importer *im, const place *at, meant *x, const char *head,
                             double value, const char *said, size_t n_said,
                             const char *unit)
{
    gs_put put;
    gs_store_old old = {0};
    gs_store_row r = {.day = at->day, .value = value,
                      .scale = x->m.scale ? x->m.scale->name : "", .said = said,
                      .n_said = n_said, .unit = unit, .n_unit = strlen(unit),
                      .line = at->line};
    GS_TRY(person_id(im, at, &r.person));
    if (!r.person)
        return GS_OK;
    if (!x->id)
        GS_TRY(gs_store_channel(im->d, x->stored, strlen(x->stored), &x->id, im->err));
    r.channel = x->id;
    GS_TRY(gs_store_put(im->d, im->batch, &r, im->o->replace, &put, &old, im->err));
    switch (put) {
    case GS_PUT_NEW:
    case GS_PUT_REPLACED:
        im->took.n_value++;
        break;
    case GS_PUT_SAME:
        im->took.n_duplicate++;
        break;
    case GS_PUT_CLASH:
        clash(im, at, x, head, value, &old);
        break;
    }
    return GS_OK;
}

/* "condition": the cell is a name. */
static gs_status take_condition(importer *im, const place *at, meant *x, const char *head,
                                const char *text, size_t n)
{
    char word[64] = "";
    if (!n) {
        im->took.n_missing += im->writing ? 1u : 0u;
        return GS_OK;
    }
    if (n < sizeof word)
        memcpy(word, text, n);
    long c = gs_condition_find(word);
    if (c < 0) {
        refuse(im, at->line, head, "\"%.40s\" is none of acne, eczema, psoriasis, rosacea",
               word);
        return GS_OK;
    }
    return im->writing ? store_value(im, at, x, head, (double)c, text, n, "") : GS_OK;
}

/* A thousands separator or a decimal comma? Asked of files parted by commas. */
static bool two_readings(const importer *im, const char *text, size_t n)
{
    if (im->l.comma)
        return false;
    const char *c = memchr(text, ',', n);
    return c && text + n - c == 4;
}

static gs_status take_value(importer *im, const place *at, meant *x, const char *head,
                            const char *text, size_t n)
{
    double value;
    bool missing;
    gs_err why = {0};

    if (x->m.condition)
        return take_condition(im, at, x, head, text, n);
    bool comma = im->l.comma || memchr(text, ',', n) != NULL;
    gs_said said = gs_said_read(text, n, comma);
    if (said.kind == GS_SAID_NOTHING && at->bare && n == 0
        && !(x->m.channel && (x->m.channel->kind == GS_CHANNEL_OUTCOME
                              || x->m.channel->kind == GS_CHANNEL_LAB)))
        said.kind = GS_SAID_YES;
    if (said.kind == GS_SAID_NUMBER && two_readings(im, text, n)) {
        refuse(im, at->line, head, "\"%.*s\" can be a thousand or a decimal comma; write it "
               "without the comma or with a point", (int)(n < 40 ? n : 40), text);
        return GS_OK;
    }
    // "22 g" in a cell: the unit goes with the number, not with the column
    if (said.kind == GS_SAID_NUMBER && *said.unit) {
        meant *own = mean(im, x->name, strlen(x->name), said.unit, strlen(said.unit), "", 0);
        if (!own)
            return no_memory(im);
        x = own;
    }
    if (x->status != GS_OK) {
        if (said.kind != GS_SAID_NOTHING)
            refuse(im, at->line, head, "%s", x->why);
        return GS_OK;
    }
    if (said.kind == GS_SAID_NUMBER && said.value != floor(said.value))
        x->fraction = true;
    if (!im->writing)
        return GS_OK;
    if (gs_meaning_said(&x->m, x->name, &said, &value, &missing, &why) != GS_OK) {
        refuse(im, at->line, head, "\"%.*s\": %s", (int)(n < 40 ? n : 40), text, why.msg);
        return GS_OK;
    }
    if (missing) {
        im->took.n_missing++;
        return GS_OK;
    }
    return store_value(im, at, x, head, value, text, n, x->unit);
}

/* ---- one row ---------------------------------------------------------------------------- */

static const char *cell(const importer *im, size_t row, long col, size_t *n)
{
    *n = 0;
    return col < 0 ? "" : gs_csv_cell(&im->csv, row, (size_t)col, n);
}

static const char *head_of(const importer *im, long col)
{
    return col < 0 ? "" : im->l.col[col].head;
}

static bool read_date(importer *im, place *at, long col, const char *text, size_t n)
{
    at->numbered = false;
    if (!gs_date_parse(text, n, im->l.form, &at->day)
        && !gs_date_parse(text, n, GS_DATE_ISO, &at->day)) { /* never means anything else */
        refuse(im, at->line, head_of(im, col),
               "\"%.*s\" is no date; write dates as 2026-11-23", (int)(n < 40 ? n : 40), text);
        return false;
    }
    if (im->o->today != GS_DAY_NONE && at->day > im->o->today) {
        refuse(im, at->line, head_of(im, col),
               "\"%.*s\" lies in the future; mend the date", (int)(n < 40 ? n : 40), text);
        return false;
    }
    return true;
}

/* Day numbers; weeks are days 0, 7, 14, ...; session s of r a week falls on day
 * floor((s-1) * 7/r), for r = 3 the days 0, 2, 4, 7, ...: Monday, Wednesday, Friday. */
static bool read_number(importer *im, place *at, long col, const char *text, size_t n)
{
    long k;
    bool session = col == im->l.session, week = col == im->l.week;
    at->numbered = true;
    if (!gs_text_long(text, n, session ? 1 : DAY_MIN, DAY_MAX / 7, &k)
        && (session || week || !gs_text_long(text, n, DAY_MIN, DAY_MAX, &k))) {
        refuse(im, at->line, head_of(im, col), "\"%.*s\" is no %s number; write a whole number",
               (int)(n < 40 ? n : 40), text, session ? "session" : week ? "week" : "day");
        return false;
    }
    double day = session ? floor((double)(k - 1) * 7 / im->o->sessions_per_week + 1e-9)
                 : week  ? 7. * (double)k : (double)k;
    if (!(day >= DAY_MIN && day <= DAY_MAX)) {
        refuse(im, at->line, head_of(im, col), "\"%.*s\" cannot be turned into a day%s",
               (int)(n < 40 ? n : 40), text,
               session ? "; say how many sessions a week with --sessions-per-week 3" : "");
        return false;
    }
    at->day = (int32_t)day;
    return true;
}

static bool read_time(importer *im, place *at)
{
    size_t n;
    const long cols[] = {im->l.date, im->l.day, im->l.week, im->l.session};
    for (size_t i = 0; i < 4; i++) {
        const char *text = cell(im, at->row, cols[i], &n);
        if (!n)
            continue;
        if (cols[i] == im->l.date || im->l.day_is_date)
            return read_date(im, at, cols[i], text, n);
        return read_number(im, at, cols[i], text, n);
    }
    long first = im->l.date >= 0 ? im->l.date : im->l.day >= 0 ? im->l.day
                 : im->l.week >= 0 ? im->l.week : im->l.session;
    refuse(im, at->line, head_of(im, first), "the line does not say when; fill in the date");
    return false;
}

/* 1 found, 0 refused, negative a status. */
static int read_person(importer *im, place *at)
{
    size_t n;
    bool fresh;
    const char *text = cell(im, at->row, im->l.person, &n);
    if (!n) {
        text = im->o->person && *im->o->person ? im->o->person : GS_PERSON_DEFAULT;
        n = strlen(text);
    }
    if (n > 200) {
        refuse(im, at->line, head_of(im, im->l.person),
               "the person's name is longer than 200 bytes; shorten it");
        return 0;
    }
    size_t i = gs_names_index(&im->person_names, text, n, &fresh);
    if (i == SIZE_MAX)
        return (int)no_memory(im);
    if (i >= im->cap_person) {
        size_t cap = im->cap_person ? 2 * im->cap_person : 64;
        int64_t *more = GS_NEW(im->a, int64_t, 2 * cap);
        if (!more)
            return (int)no_memory(im);
        if (im->cap_person)
            memcpy(more, im->person, 2 * im->cap_person * sizeof *more);
        im->person = more;
        im->cap_person = cap;
    }
    at->who = text;
    at->n_who = n;
    at->i_who = i;
    return 1;
}

static gs_status wide_row(importer *im, const place *at)
{
    for (size_t j = 0; j < im->l.n_col; j++) {
        if (!im->of_col[j])
            continue;
        size_t n;
        const char *text = gs_csv_cell(&im->csv, at->row, j, &n);
        GS_TRY(take_value(im, at, im->of_col[j], im->l.col[j].head, text, n));
    }
    return GS_OK;
}

static bool says_score(const char *type, size_t n)
{
    return (n == 9 && strncasecmp(type, "condition", n) == 0)
           || (n == 7 && strncasecmp(type, "symptom", n) == 0);
}

static gs_status long_row(importer *im, place *at)
{
    size_t n_what, n_unit, n_scale, n_type, n;
    const char *what = cell(im, at->row, im->l.channel, &n_what);
    const char *unit = cell(im, at->row, im->l.unit, &n_unit);
    const char *scale = cell(im, at->row, im->l.scale, &n_scale);
    const char *type = cell(im, at->row, im->l.type, &n_type);
    const char *text = cell(im, at->row, im->l.value, &n);
    const char *head = head_of(im, im->l.channel);

    if (!n_what)
        what = cell(im, at->row, im->l.label, &n_what);
    if (!n_what) {
        refuse(im, at->line, head, "the line does not say what was written down");
        return GS_OK;
    }
    if (n_what > 200 || n_unit > 200 || n_scale > 200) {
        refuse(im, at->line, head, "a name longer than 200 bytes; shorten it");
        return GS_OK;
    }
    if (!n_unit) {
        unit = im->l.col[im->l.value].unit;
        n_unit = strlen(unit);
    }
    at->bare = !says_score(type, n_type);
    // "dairy;gluten": one line, several names
    for (size_t i = 0; i < n_what;) {
        const char *end = memchr(what + i, ';', n_what - i);
        size_t k = end ? (size_t)(end - what) - i : n_what - i;
        if (k) {
            meant *x = mean(im, what + i, k, unit, n_unit, scale, n_scale);
            if (!x)
                return no_memory(im);
            GS_TRY(take_value(im, at, x, head_of(im, im->l.value), text, n));
        }
        i += k + 1;
    }
    return GS_OK;
}

static gs_status one_row(importer *im, size_t i)
{
    const gs_csv_row *r = &im->csv.row[i];
    place at = {.row = i, .line = (long)r->line};

    if (im->writing)
        im->took.n_row++;
    if (r->n != im->l.n_col) {
        refuse(im, at.line, NULL,
               r->n < im->l.n_col ? "the line has %u fields, the header %zu; is the file cut "
                                    "off, or a separator missing?"
                                  : "the line has %u fields, the header %zu; put quotes "
                                    "around a text that holds the separator",
               r->n, im->l.n_col);
        return GS_OK;
    }
    if (!read_time(im, &at))
        return GS_OK;
    int got = read_person(im, &at);
    if (got <= 0)
        return (gs_status)got;
    return im->l.is_long ? long_row(im, &at) : wide_row(im, &at);
}

static gs_status all_rows(importer *im)
{
    for (size_t i = 1; i < im->csv.n_row; i++)
        GS_TRY(one_row(im, i));
    return GS_OK;
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* A column of words (notes, say) is no channel: left out whole, with a remark. */
static bool is_words(const importer *im, size_t col)
{
    size_t n_text = 0, n_value = 0;
    for (size_t i = 1; i < im->csv.n_row; i++) {
        size_t n;
        const char *text = gs_csv_cell(&im->csv, i, col, &n);
        gs_said s = gs_said_read(text, n, true);
        if (s.kind == GS_SAID_TEXT)
            n_text++;
        else if (s.kind != GS_SAID_NOTHING)
            n_value++;
    }
    return n_text > n_value;
}

static gs_status mean_columns(importer *im)
{
    im->of_col = GS_NEW(im->a, meant *, im->l.n_col);
    if (!im->of_col)
        return no_memory(im);
    for (size_t j = 0; j < im->l.n_col; j++) {
        gs_col *c = &im->l.col[j];
        if (c->role != GS_COL_WHAT)
            continue;
        if (!c->known && !gs_text_same(c->what, "condition") && is_words(im, j)) {
            c->role = GS_COL_LEFT_OUT;
            continue;
        }
        meant *x = mean(im, c->what, strlen(c->what), c->unit, strlen(c->unit), "", 0);
        if (!x)
            return no_memory(im);
        if (x->status != GS_OK)
            return gs_fail_at(im->err, GS_EUNIT, im->name, (long)im->csv.row[0].line, 0,
                              c->head, "%s", x->why);
        im->of_col[j] = x;
    }
    return GS_OK;
}

static void remark_columns(importer *im)
{
    long line = (long)im->csv.row[0].line;
    for (size_t j = 0; j < im->l.n_col; j++) {
        const gs_col *c = &im->l.col[j];
        const char *near = gs_channel_nearest(c->what);
        if (c->role == GS_COL_LEFT_OUT && *c->head)
            remark(im, line, c->head, "the column is left out: it holds no values");
        if (c->role == GS_COL_WHAT && !c->known && !gs_text_same(c->what, "condition"))
            remark(im, line, c->head, "no name gutskin knows: kept, but not used%s%s%s",
                   near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    }
}

static void say_read_as(importer *im)
{
    const char *sep = im->csv.sep == '\t' ? "tab" : im->csv.sep == ';' ? "semicolon"
                      : im->csv.sep == '|' ? "bar" : "comma";
    const char *time = im->l.form == GS_DATE_ISO   ? ", dates as 2026-11-23"
                       : im->l.form == GS_DATE_DMY ? ", dates day first"
                       : im->l.form == GS_DATE_MDY ? ", dates month first"
                                                   : ", numbered days";
    char text[160];
    snprintf(text, sizeof text, "%s table, %s, %s%s", im->l.is_long ? "long" : "wide", sep,
             im->csv.encoding, time);
    im->took.read_as = gs_arena_strdup(im->a, text);
}

static gs_status understand(importer *im, const char *text, size_t n)
{
    im->issue = GS_NEW(im->a, gs_import_issue, MAX_ISSUE);
    if (!im->issue)
        return no_memory(im);
    GS_TRY(check_asked_scales(im));
    GS_TRY(gs_csv_read(im->a, im->name, text, n, &im->csv, im->err));
    GS_TRY(gs_columns_find(im->a, im->name, &im->csv, im->o->date_form, &im->l, im->err));
    say_read_as(im);
    if (im->l.session >= 0 && im->l.date < 0 && im->l.day < 0 && im->l.week < 0
        && !(im->o->sessions_per_week > 0 && im->o->sessions_per_week <= 70))
        return gs_fail_at(im->err, GS_EPARSE, im->name, (long)im->csv.row[0].line, 0,
                          head_of(im, im->l.session),
                          "sessions become days only when their number a week is known; say "
                          "--sessions-per-week 3");
    if (!im->l.is_long)
        GS_TRY(mean_columns(im));
    GS_TRY(all_rows(im));
    return settle_fractions(im);
}

static gs_status write_rows(importer *im)
{
    GS_TRY(gs_store_batch(im->d, "import", im->name, &im->batch, im->err));
    GS_TRY(all_rows(im));
    if (im->o->strict && im->took.n_refused) {
        if (im->err)
            *im->err = im->first;
        return GS_ERANGE;
    }
    if (im->took.n_value)
        return gs_store_commit(im->d, im->err);
    if (im->took.n_duplicate) {
        gs_store_rollback(im->d); /* nothing new: no batch */
        im->batch = 0;
        return GS_OK;
    }
    if (im->took.n_refused && im->err) {
        *im->err = im->first;
        return GS_ERANGE;
    }
    return gs_fail_at(im->err, GS_EPARSE, im->name, 0, 0, NULL,
                      "holds no value; fill in a line a day");
}

static void count_people(importer *im)
{
    for (size_t i = 0; i < im->person_names.n; i++)
        if (im->person && (im->person[2 * i] > 0 || im->person[2 * i + 1] > 0))
            im->took.n_person++;
}

/* Name of the file without its folders: where a diary lies is nobody's business. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

gs_status gs_diary_import(gs_diary *d, gs_arena *a, const char *name, const char *text,
                          size_t n, const gs_import_opts *o, gs_import_took *out,
                          gs_err *err)
{
    importer *im = GS_NEW(a, importer, 1);

    *out = (gs_import_took){.read_as = ""};
    if (!im)
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    im->d = d;
    im->a = a;
    im->name = base_name(name);
    im->o = o;
    im->err = err;
    im->took.read_as = "";
    im->meaning_names.arena = im->person_names.arena = a;
    im->convert = o->convert;
    im->convert_self = o->convert_self;
    if (!im->convert)
        im->convert = gs_store_units(d, &im->convert_self);

    gs_status st = understand(im, text, n);
    if (st == GS_OK) {
        im->writing = true;
        if (!im->l.is_long)
            remark_columns(im);
        st = gs_store_begin(d, err);
        if (st == GS_OK)
            st = write_rows(im);
        if (st != GS_OK)
            gs_store_rollback(d);
    }
    if (st != GS_OK && err) {
        on_one_line(err->msg);
        on_one_line(err->field);
    }
    im->took.batch = st == GS_OK ? im->batch : 0;
    if (!im->took.read_as)
        im->took.read_as = "";
    count_people(im);
    im->took.issue = im->issue;
    *out = im->took;
    return st;
}
