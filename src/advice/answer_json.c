/* The answer as JSON, both ways, from one description.
 *
 * Each struct of answer.h is described once by a list of fields (name, kind, where it
 * stands); the writer and the reader walk the same lists, so that what is written is
 * what is read, and a field that is added below is in both. Two hand-written halves
 * were tried in other projects and drift apart. */
#include "gutskin/answer.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum kind {
    TEXT,  /* const char *, never NULL            */
    CHARS, /* char[extra]                         */
    NUM,   /* double, NaN = null                  */
    BOOL,
    SIZE,  /* size_t                              */
    INT,   /* int, -1..1                          */
    LONG,
    DAY,   /* int32_t, GS_DAY_NONE = null         */
    HEX,   /* uint64_t as text, JSON has no such number */
    BAND,
    WORD,  /* an enumeration, by its words        */
    LIST,  /* array of structs; count beside it   */
    POINTS, /* array of pointers to structs       */
    OBJ,   /* pointer to one struct, may be NULL  */
    DAYS,  /* array of int32_t; sets the count    */
    NUMS,  /* array of double; count must agree   */
    BANDS, /* array of bands; count in the answer */
    TEXTS  /* array of texts                      */
};

struct words {
    const char *(*name)(int);
    int n;
};

struct shape;
struct field {
    const char *name;
    enum kind kind;
    size_t at, count; /* offsets; count of an array, in the answer for BANDS */
    size_t extra;     /* CHARS: room */
    const struct shape *shape;
    const struct words *words;
};
struct shape {
    size_t size, n_field;
    const struct field *field;
};

#define F(T, kind_, name_) {.name = #name_, .kind = kind_, .at = offsetof(T, name_)}
#define F_CHARS(T, name_)                                                         \
    {.name = #name_, .kind = CHARS, .at = offsetof(T, name_),                      \
     .extra = sizeof(((T *)0)->name_)}
#define F_WORD(T, name_, w)                                                       \
    {.name = #name_, .kind = WORD, .at = offsetof(T, name_), .words = &(w)}
#define F_ARRAY(T, kind_, name_, count_, shape_)                                  \
    {.name = #name_, .kind = kind_, .at = offsetof(T, name_),                      \
     .count = offsetof(T, count_), .shape = shape_}
#define SHAPE(T, fields) {sizeof(T), sizeof(fields) / sizeof *(fields), fields}

/* ---- the description ------------------------------------------------------- */

static const char *const verdict_word[] = {"cannot", "little", "some", "much"};
static const char *const role_word[] = {"lever", "risk", "level", "residual", "noise",
                                        "cut",   "switch"};

static const char *verdict_name(int i)
{
    return verdict_word[i];
}
static const char *role_name(int i)
{
    return role_word[i];
}
static const char *grade_name(int i)
{
    return gs_grade_name((gs_grade)i);
}
static const char *design_name(int i)
{
    return gs_design_name((gs_design)i);
}
static const char *result_name(int i)
{
    return gs_result_name((gs_result)i);
}
static const struct words verdicts = {verdict_name, 4}, roles = {role_name, 7},
                          grades = {grade_name, GS_GRADE_MEMORY + 1},
                          designs = {design_name, GS_DESIGN_OTHER + 1},
                          results = {result_name, GS_RESULT_SCALE + 1};

#define E gs_evidence_row
static const struct field row_field[] = {
    F(E, TEXT, id), F(E, TEXT, trial), F(E, TEXT, condition), F(E, TEXT, lever),
    F_WORD(E, result, results), F(E, TEXT, what), F(E, TEXT, control),
    F(E, TEXT, population), F(E, TEXT, age), F(E, NUM, n_treat), F(E, NUM, n_control),
    F_WORD(E, kind, designs), F(E, TEXT, design), F(E, NUM, weeks), F(E, TEXT, outcome),
    F(E, TEXT, unit), F(E, TEXT, arms), F(E, NUM, base_treat), F(E, NUM, base_control),
    F(E, NUM, arm_treat), F(E, NUM, arm_control), F(E, TEXT, effect_type),
    F(E, NUM, effect), F(E, NUM, ci_lo), F(E, NUM, ci_hi), F(E, NUM, p),
    F(E, TEXT, source), F(E, TEXT, key), F_WORD(E, grade, grades),
    F(E, BOOL, calibrates), F(E, TEXT, finding), F(E, TEXT, why_not), F(E, TEXT, caution),
    F(E, LONG, line),
};
#undef E
static const struct shape row_shape = SHAPE(gs_evidence_row, row_field);

#define S gs_answer_series
static const struct field series_field[] = {
    F(S, TEXT, name), F(S, TEXT, title), F(S, TEXT, condition), F(S, TEXT, scale),
    F(S, NUM, lo), F(S, NUM, hi), F(S, INT, worse),
    F_ARRAY(S, DAYS, day, n, NULL), F_ARRAY(S, NUMS, value, n, NULL),
    {.name = "fit", .kind = BANDS, .at = offsetof(S, fit), .count = offsetof(gs_answer, n_day)},
    {.name = "ahead", .kind = BANDS, .at = offsetof(S, ahead),
     .count = offsetof(gs_answer, n_ahead)},
};
#undef S
static const struct shape series_shape = SHAPE(gs_answer_series, series_field);

#define L gs_answer_lever
static const struct field lever_field[] = {
    F(L, TEXT, name), F(L, TEXT, title), F(L, TEXT, unit), F(L, SIZE, n_said),
    F(L, BOOL, tags_only), F(L, NUM, habit), F(L, NUM, sd), F(L, NUM, change),
    F(L, TEXT, change_text), F(L, NUM, weeks), F(L, BAND, before), F(L, BAND, after),
    F(L, NUM, better_before), F(L, NUM, better_after), F(L, NUM, taught),
    F_WORD(L, verdict, verdicts), F(L, TEXT, why), F(L, TEXT, block),
    F(L, BOOL, medicine), F(L, BOOL, proposed), F(L, TEXT, caution),
    F_ARRAY(L, POINTS, evidence, n_evidence, &row_shape),
};
#undef L
static const struct shape lever_shape = SHAPE(gs_answer_lever, lever_field);

static const struct field flag_field[] = {
    F(gs_answer_flag, TEXT, title),
    F(gs_answer_flag, TEXT, advice),
};
static const struct shape flag_shape = SHAPE(gs_answer_flag, flag_field);

#define V gs_answer_value
static const struct field value_field[] = {
    F(V, TEXT, name), F(V, TEXT, title), F(V, TEXT, unit), F(V, DAY, day), F(V, NUM, value),
    F(V, NUM, noise), F(V, NUM, offset), F(V, BAND, expected), F(V, TEXT, why_not),
};
#undef V
static const struct shape value_shape = SHAPE(gs_answer_value, value_field);

#define M gs_answer_shift
static const struct field shift_field[] = {
    F(M, TEXT, name), F(M, TEXT, title), F(M, TEXT, unit), F(M, BOOL, is_par),
    F(M, BAND, before), F(M, BAND, after), F(M, NUM, moved), F(M, NUM, narrowed),
};
#undef M
static const struct shape shift_shape = SHAPE(gs_answer_shift, shift_field);

static const struct field dim_field[] = {
    F_CHARS(gs_dim, name), F_WORD(gs_dim, role, roles), F(gs_dim, LONG, par),
    F(gs_dim, LONG, series), F(gs_dim, NUM, prior_mean), F(gs_dim, NUM, prior_sd),
    F(gs_dim, NUM, mean), F(gs_dim, NUM, sd), F(gs_dim, BAND, prior),
    F(gs_dim, BAND, post), F(gs_dim, NUM, rhat), F(gs_dim, NUM, ess_bulk),
    F(gs_dim, NUM, ess_tail),
};
static const struct shape dim_shape = SHAPE(gs_dim, dim_field);

static const struct field fit_field[] = {
    F(gs_fit, HEX, kernel_hash), F(gs_fit, HEX, obs_hash), F(gs_fit, HEX, seed),
    F(gs_fit, SIZE, n_day), F(gs_fit, SIZE, n_value), F(gs_fit, SIZE, n_gradient), F(gs_fit, NUM, ebfmi),
    F(gs_fit, SIZE, n_chain), F(gs_fit, SIZE, n_draw),
    F_ARRAY(gs_fit, LIST, dim, n_dim, &dim_shape), F(gs_fit, SIZE, n_divergent),
    F(gs_fit, SIZE, n_depth), F(gs_fit, NUM, seconds_per_gradient), F(gs_fit, BOOL, ok),
    F_CHARS(gs_fit, why_not),
};
static const struct shape fit_shape = SHAPE(gs_fit, fit_field);

#define A gs_answer
static const struct field answer_field[] = {
    F(A, TEXT, made), F(A, TEXT, person), F(A, TEXT, condition), F(A, BOOL, example),
    F(A, TEXT, headline), F(A, DAY, day0), F(A, SIZE, n_day), F(A, SIZE, n_ahead),
    F(A, SIZE, main_series), F_ARRAY(A, LIST, flag, n_flag, &flag_shape),
    F_ARRAY(A, TEXTS, note, n_note, NULL), F_ARRAY(A, LIST, value, n_value, &value_shape),
    F_ARRAY(A, LIST, shift, n_shift, &shift_shape), F(A, NUM, value_draws),
    F(A, TEXT, value_note),
    F_ARRAY(A, LIST, lever, n_lever, &lever_shape),
    F_ARRAY(A, LIST, series, n_series, &series_shape),
    {.name = "fit", .kind = OBJ, .at = offsetof(A, fit), .shape = &fit_shape},
};
#undef A
static const struct shape answer_shape = SHAPE(gs_answer, answer_field);

/* A field's place in the struct at base, as a T. */
#define AT(T, base, f) (*(T *)((char *)(base) + (f)->at))
#define COUNT(base, f) (*(size_t *)((char *)(base) + (f)->count))
#define CAT(T, base, f) (*(const T *)((const char *)(base) + (f)->at))
#define CCOUNT(base, f) (*(const size_t *)((const char *)(base) + (f)->count))

/* Pointers of any type go through memcpy: they need not look alike. */
static const void *pointer_at(const void *base, const struct field *f)
{
    const void *p;

    memcpy(&p, (const char *)base + f->at, sizeof p);
    return p;
}

static void set_pointer(void *base, const struct field *f, const void *p)
{
    memcpy((char *)base + f->at, &p, sizeof p);
}

/* ---- writing --------------------------------------------------------------- */

static json_t *put_struct(const gs_answer *root, const struct shape *s, const void *base);

static json_t *put_num(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *put_band(const gs_band *b)
{
    return json_pack("[o,o,o,o,o]", put_num(b->q05), put_num(b->q25), put_num(b->q50),
                     put_num(b->q75), put_num(b->q95));
}

/* Element i of an array field. */
static json_t *put_item(const gs_answer *root, const struct field *f, const void *base,
                        size_t i)
{
    const void *p = pointer_at(base, f), *o;

    switch (f->kind) {
    case LIST:
        return put_struct(root, f->shape, (const char *)p + i * f->shape->size);
    case POINTS:
        memcpy(&o, (const char *)p + i * sizeof o, sizeof o);
        return put_struct(root, f->shape, o);
    case DAYS:
        return json_integer(((const int32_t *)p)[i]);
    case NUMS:
        return put_num(((const double *)p)[i]);
    case BANDS:
        return put_band(&((const gs_band *)p)[i]);
    default:
        return json_string(((const char *const *)p)[i]);
    }
}

static json_t *put_array(const gs_answer *root, const struct field *f, const void *base)
{
    json_t *list = json_array();
    size_t n = f->kind == BANDS ? CCOUNT(root, f) : CCOUNT(base, f);

    for (size_t i = 0; list && i < n; i++) {
        if (json_array_append_new(list, put_item(root, f, base, i)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *put_field(const gs_answer *root, const struct field *f, const void *base)
{
    char hex[24];

    switch (f->kind) {
    case TEXT:
        return json_string(CAT(const char *, base, f));
    case CHARS:
        return json_string((const char *)base + f->at);
    case NUM:
        return put_num(CAT(double, base, f));
    case BOOL:
        return json_boolean(CAT(bool, base, f));
    case SIZE:
        return json_integer((json_int_t)CAT(size_t, base, f));
    case INT:
        return json_integer(CAT(int, base, f));
    case LONG:
        return json_integer(CAT(long, base, f));
    case DAY:
        return CAT(int32_t, base, f) == GS_DAY_NONE ? json_null()
                                                    : json_integer(CAT(int32_t, base, f));
    case HEX:
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)CAT(uint64_t, base, f));
        return json_string(hex);
    case BAND:
        return put_band(&CAT(gs_band, base, f));
    case WORD:
        return json_string(f->words->name((int)CAT(unsigned, base, f)));
    case OBJ:
        return pointer_at(base, f) ? put_struct(root, f->shape, pointer_at(base, f))
                                   : json_null();
    default:
        return put_array(root, f, base);
    }
}

static json_t *put_struct(const gs_answer *root, const struct shape *s, const void *base)
{
    json_t *o = json_object();

    for (size_t i = 0; o && i < s->n_field; i++) {
        const struct field *f = &s->field[i];
        if (json_object_set_new(o, f->name, put_field(root, f, base)) != 0) {
            json_decref(o);
            return NULL;
        }
    }
    return o;
}

static int put_bytes(const char *text, size_t n, void *out)
{
    gs_buf_put_n(out, text, n);
    return ((gs_buf *)out)->failed ? -1 : 0;
}

gs_status gs_answer_to_json(const gs_answer *x, gs_buf *out, gs_err *err)
{
    json_t *o = put_struct(x, &answer_shape, x);
    if (!o)
        return gs_fail(err, GS_EUSE, "the answer holds text that is not UTF-8, or "
                                     "memory ran out");
    int bad = json_dump_callback(o, put_bytes, out, JSON_COMPACT);
    json_decref(o);
    gs_buf_put(out, "\n");
    if (bad || out->failed)
        return gs_fail(err, GS_ENOMEM, "no memory for the answer's JSON");
    return GS_OK;
}

/* ---- reading --------------------------------------------------------------- */

struct reader {
    gs_arena *arena;
    gs_answer *root;
    gs_err *err;
    char path[64]; /* where we are: series[0].fit */
};

static gs_status get_struct(struct reader *r, const json_t *o, const struct shape *s,
                            void *base);

static gs_status wrong(struct reader *r, gs_status code, const char *want)
{
    return gs_fail_at(r->err, code, "answer.json", 0, 0, r->path, "should be %s", want);
}

static gs_status no_memory(struct reader *r)
{
    return gs_fail(r->err, GS_ENOMEM, "no memory for the answer");
}

static size_t enter(struct reader *r, const char *name)
{
    size_t n = strlen(r->path);
    snprintf(r->path + n, sizeof r->path - n, "%s%s", n ? "." : "", name);
    return n;
}

static size_t enter_item(struct reader *r, size_t i)
{
    size_t n = strlen(r->path);
    snprintf(r->path + n, sizeof r->path - n, "[%zu]", i);
    return n;
}

static bool is_num(const json_t *v, double *out)
{
    if (json_is_null(v)) {
        *out = NAN;
        return true;
    }
    *out = json_number_value(v);
    return json_is_number(v);
}

static gs_status get_text(struct reader *r, const json_t *v, const char **out)
{
    if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
        return wrong(r, GS_EPARSE, "a text");
    *out = gs_arena_strdup(r->arena, json_string_value(v));
    return *out ? GS_OK : no_memory(r);
}

static gs_status get_integer(struct reader *r, const json_t *v, json_int_t lo,
                             json_int_t hi, json_int_t *out)
{
    *out = json_integer_value(v);
    if (!json_is_integer(v) || *out < lo || *out > hi)
        return wrong(r, GS_EPARSE, "a whole number in its range");
    return GS_OK;
}

static gs_status get_band(struct reader *r, const json_t *v, gs_band *out)
{
    double q[5];
    bool ok = json_array_size(v) == 5; /* 0 for what is no array */

    for (size_t i = 0; ok && i < 5; i++)
        ok = is_num(json_array_get(v, i), &q[i]);
    if (!ok)
        return wrong(r, GS_EPARSE, "an array of five numbers");
    *out = (gs_band){q[0], q[1], q[2], q[3], q[4]};
    return GS_OK;
}

static gs_status get_word(struct reader *r, const json_t *v, const struct words *w,
                          unsigned *out)
{
    for (int i = 0; json_is_string(v) && i < w->n; i++) {
        if (strcmp(json_string_value(v), w->name(i)) == 0) {
            *out = (unsigned)i;
            return GS_OK;
        }
    }
    return wrong(r, GS_ERANGE, "one of the known words");
}

static gs_status get_hex(struct reader *r, const json_t *v, uint64_t *out)
{
    const char *s = json_is_string(v) ? json_string_value(v) : "";
    unsigned long long x;
    char rest;

    if (strlen(s) != 16 || strspn(s, "0123456789abcdef") != 16 ||
        sscanf(s, "%16llx%c", &x, &rest) != 1)
        return wrong(r, GS_EPARSE, "a text of 16 hexadecimal digits");
    *out = x;
    return GS_OK;
}

static size_t item_size(const struct field *f)
{
    switch (f->kind) {
    case LIST:
        return f->shape->size;
    case DAYS:
        return sizeof(int32_t);
    case NUMS:
        return sizeof(double);
    case BANDS:
        return sizeof(gs_band);
    default:
        return sizeof(void *);
    }
}

static gs_status get_item(struct reader *r, const json_t *v, const struct field *f,
                          void *items, size_t i)
{
    json_int_t d;
    void *o;

    switch (f->kind) {
    case LIST:
        return get_struct(r, v, f->shape, (char *)items + i * f->shape->size);
    case POINTS:
        o = gs_arena_alloc(r->arena, f->shape->size);
        if (!o)
            return no_memory(r);
        memcpy((char *)items + i * sizeof o, &o, sizeof o);
        return get_struct(r, v, f->shape, o);
    case DAYS:
        GS_TRY(get_integer(r, v, 0, INT32_MAX, &d));
        ((int32_t *)items)[i] = (int32_t)d;
        return GS_OK;
    case NUMS:
        return is_num(v, &((double *)items)[i]) ? GS_OK : wrong(r, GS_EPARSE, "a number");
    case BANDS:
        return get_band(r, v, &((gs_band *)items)[i]);
    default:
        return get_text(r, v, &((const char **)items)[i]);
    }
}

static gs_status get_array(struct reader *r, const json_t *v, const struct field *f,
                           void *base)
{
    size_t n = json_array_size(v);

    if (!json_is_array(v))
        return wrong(r, GS_EPARSE, "an array");
    // lengths: some set the count, some must agree with one that is already known
    if (f->kind == BANDS && n != COUNT(r->root, f))
        return wrong(r, GS_ERANGE, "as long as n_day (fit) or n_ahead (ahead)");
    if (f->kind == NUMS && n != COUNT(base, f))
        return wrong(r, GS_ERANGE, "as long as day");
    if (f->kind != BANDS)
        COUNT(base, f) = n;
    void *items = n ? gs_arena_calloc(r->arena, n, item_size(f)) : NULL;
    if (n && !items)
        return no_memory(r);
    for (size_t i = 0; i < n; i++) {
        size_t back = enter_item(r, i);
        GS_TRY(get_item(r, json_array_get(v, i), f, items, i));
        r->path[back] = '\0';
    }
    set_pointer(base, f, items);
    return GS_OK;
}

static gs_status get_chars(struct reader *r, const json_t *v, char *out, size_t room)
{
    if (!json_is_string(v) || json_string_length(v) >= room ||
        strlen(json_string_value(v)) != json_string_length(v))
        return wrong(r, GS_EPARSE, "a text that is not too long");
    memcpy(out, json_string_value(v), json_string_length(v) + 1);
    return GS_OK;
}

static gs_status get_object(struct reader *r, const json_t *v, const struct field *f,
                            void *base)
{
    set_pointer(base, f, NULL);
    if (json_is_null(v))
        return GS_OK;
    void *o = gs_arena_alloc(r->arena, f->shape->size);
    if (!o)
        return no_memory(r);
    set_pointer(base, f, o);
    return get_struct(r, v, f->shape, o);
}

static gs_status get_field(struct reader *r, const json_t *v, const struct field *f,
                           void *base)
{
    json_int_t i = 0;

    switch (f->kind) {
    case TEXT:
        return get_text(r, v, &AT(const char *, base, f));
    case CHARS:
        return get_chars(r, v, (char *)base + f->at, f->extra);
    case NUM:
        return is_num(v, &AT(double, base, f)) ? GS_OK : wrong(r, GS_EPARSE, "a number");
    case BOOL:
        AT(bool, base, f) = json_is_true(v);
        return json_is_boolean(v) ? GS_OK : wrong(r, GS_EPARSE, "true or false");
    case SIZE:
        GS_TRY(get_integer(r, v, 0, INT32_MAX, &i));
        AT(size_t, base, f) = (size_t)i;
        return GS_OK;
    case INT:
        GS_TRY(get_integer(r, v, -1, 1, &i));
        AT(int, base, f) = (int)i;
        return GS_OK;
    case LONG:
        GS_TRY(get_integer(r, v, -1, INT32_MAX, &i));
        AT(long, base, f) = (long)i;
        return GS_OK;
    case DAY:
        AT(int32_t, base, f) = GS_DAY_NONE;
        if (json_is_null(v))
            return GS_OK;
        GS_TRY(get_integer(r, v, -1000000, 1000000, &i));
        AT(int32_t, base, f) = (int32_t)i;
        return GS_OK;
    case HEX:
        return get_hex(r, v, &AT(uint64_t, base, f));
    case BAND:
        return get_band(r, v, &AT(gs_band, base, f));
    case WORD:
        return get_word(r, v, f->words, &AT(unsigned, base, f));
    case OBJ:
        return get_object(r, v, f, base);
    default:
        return get_array(r, v, f, base);
    }
}

static gs_status get_struct(struct reader *r, const json_t *o, const struct shape *s,
                            void *base)
{
    if (!json_is_object(o))
        return wrong(r, GS_EPARSE, "an object");
    for (size_t i = 0; i < s->n_field; i++) {
        const struct field *f = &s->field[i];
        size_t back = enter(r, f->name);
        const json_t *v = json_object_get(o, f->name);
        if (!v)
            return gs_fail_at(r->err, GS_EPARSE, "answer.json", 0, 0, r->path,
                              "is missing; make the answer again with gutskin report");
        GS_TRY(get_field(r, v, f, base));
        r->path[back] = '\0';
    }
    return GS_OK;
}

/* What no single field can see. */
static gs_status check_whole(struct reader *r)
{
    const gs_answer *x = r->root;

    snprintf(r->path, sizeof r->path, "main_series");
    if (x->n_series ? x->main_series >= x->n_series : x->main_series != 0)
        return wrong(r, GS_ERANGE, "the number of one of the series");
    for (size_t i = 0; i < x->n_series; i++) {
        const gs_answer_series *s = &x->series[i];
        snprintf(r->path, sizeof r->path, "series[%zu].day", i);
        for (size_t j = 0; j < s->n; j++) {
            if ((size_t)s->day[j] >= x->n_day || (j && s->day[j] <= s->day[j - 1]))
                return wrong(r, GS_ERANGE, "ascending and below n_day");
        }
        snprintf(r->path, sizeof r->path, "series[%zu].hi", i);
        if (s->hi <= s->lo)
            return wrong(r, GS_ERANGE, "above lo");
    }
    return GS_OK;
}

gs_status gs_answer_from_json(gs_arena *a, const char *text, size_t n, gs_answer **out,
                              gs_err *err)
{
    json_error_t why;

    if (n > (size_t)64 << 20)
        return gs_fail_at(err, GS_EPARSE, "answer.json", 0, 0, NULL,
                          "is larger than 64 MiB, which no answer is");
    json_t *o = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    if (!o)
        return gs_fail_at(err, GS_EPARSE, "answer.json", why.line > 0 ? why.line : 0,
                          why.column > 0 ? why.column : 0, NULL,
                          "is not JSON: %s", why.text);
    gs_mark mark = gs_arena_mark(a);
    struct reader r = {.arena = a, .err = err, .root = GS_NEW(a, gs_answer, 1)};
    gs_status st = r.root ? get_struct(&r, o, &answer_shape, r.root) : no_memory(&r);
    json_decref(o);
    if (st == GS_OK)
        st = check_whole(&r);
    if (st != GS_OK) {
        gs_arena_release(a, mark);
        return st;
    }
    *out = r.root;
    return GS_OK;
}
