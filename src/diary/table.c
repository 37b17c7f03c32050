/* The observation table of one person: entries become series, levers, labs and flags.
 * docs/notes/missing.md says what an absent value means. The rules, all here:
 *
 *   outcome   one series per channel and scale, named channel, or channel/scale when a
 *             channel was scored in two ways
 *   lever     the day's number, mapped and clamped as the channel says; a bare tag
 *             counts only where no number feeds the lever that day. Several numbers on
 *             a day: sleep takes their mean, everything else the largest
 *   dosed     a treatment that is written down whenever it is given was zero on other
 *             days, once a number was said; an absent tag stays "not said"
 *   condition the last one set, else the one most scores speak of, else eczema */
#include "diary/names.h"
#include "diary/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct row {
    int32_t day;
    const gs_channel *channel;
    const gs_scale *scale;
    double value;
} row;

typedef struct gather {
    gs_arena *a;
    row *row;
    size_t n, cap;
    gs_names names;
    const gs_channel **known; /* channel of each name, NULL = the person's own */
    size_t cap_known;
    bool numbered;
    int32_t first, last;
    long condition; /* set by the person, -1 if never */
    bool failed;
} gather;

static bool grow(gather *g)
{
    if (g->n < g->cap)
        return true;
    size_t cap = g->cap ? 2 * g->cap : 1024;
    row *more = GS_NEW(g->a, row, cap);
    if (!more)
        return false;
    if (g->n)
        memcpy(more, g->row, g->n * sizeof *more);
    g->row = more;
    g->cap = cap;
    return true;
}

/* Names recur thousands of times; each is looked up once. */
static bool know(gather *g, size_t k, const gs_channel *c)
{
    if (k >= g->cap_known) {
        size_t cap = g->cap_known ? 2 * g->cap_known : 64;
        const gs_channel **more = GS_NEW(g->a, const gs_channel *, cap);
        if (!more)
            return false;
        if (g->cap_known)
            memcpy(more, g->known, g->cap_known * sizeof *more);
        g->known = more;
        g->cap_known = cap;
    }
    g->known[k] = c;
    return true;
}

static bool take(void *ctx, const gs_diary_row *r)
{
    gather *g = ctx;
    if (!grow(g)) {
        g->failed = true;
        return false;
    }
    if (g->last < g->first)
        g->first = r->day;
    g->last = r->day; /* rows come in the order of days */
    g->numbered = r->numbered;
    if (strcmp(r->channel, "condition") == 0)
        g->condition = (long)r->value;
    bool fresh;
    size_t k = gs_names_index(&g->names, r->channel, strlen(r->channel), &fresh);
    if (k == SIZE_MAX || (fresh && !know(g, k, gs_channel_find(r->channel)))) {
        g->failed = true;
        return false;
    }
    if (g->known[k])
        g->row[g->n++] = (row){r->day, g->known[k], gs_scale_find(r->scale), r->value};
    return true;
}

/* ---- condition ----------------------------------------------------------------- */

static long said_condition(const row *r)
{
    if (r->channel->kind != GS_CHANNEL_OUTCOME)
        return -1;
    const char *name = *r->channel->condition ? r->channel->condition
                       : r->scale             ? r->scale->condition
                                              : "";
    return *name ? gs_condition_find(name) : -1;
}

static gs_condition resolve(const gather *g)
{
    size_t n[GS_N_CONDITION] = {0};
    gs_condition best = GS_ECZEMA; /* itch, dryness or "skin" alone: the commonest */

    if (g->condition >= 0 && g->condition < GS_N_CONDITION)
        return (gs_condition)g->condition;
    for (size_t i = 0; i < g->n; i++) {
        long c = said_condition(&g->row[i]);
        if (c >= 0)
            n[c]++;
    }
    for (int c = 0; c < GS_N_CONDITION; c++)
        if (n[c] > n[best])
            best = (gs_condition)c;
    return best;
}

/* ---- series -------------------------------------------------------------------- */

typedef struct making {
    gs_series s;
    int32_t *day;
    double *value;
} making;

static size_t find_series(making *m, size_t n, const row *r)
{
    size_t k = 0;
    while (k < n && !(m[k].s.channel == r->channel && m[k].s.scale == r->scale))
        k++;
    return k;
}

static bool is_score(const row *r)
{
    return r->channel->kind == GS_CHANNEL_OUTCOME && r->scale && !isnan(r->value);
}

static bool name_series(gs_arena *a, making *m, size_t n, gs_condition condition)
{
    for (size_t k = 0; k < n; k++) {
        size_t twins = 0;
        gs_series *s = &m[k].s;
        for (size_t j = 0; j < n; j++)
            twins += m[j].s.channel == s->channel ? 1u : 0u;
        char name[120];
        snprintf(name, sizeof name, "%s/%s", s->channel->name, s->scale->name);
        s->name = twins > 1 ? gs_arena_strdup(a, name) : s->channel->name;
        row like = {.channel = s->channel, .scale = s->scale};
        long c = said_condition(&like);
        s->condition = gs_condition_name(c >= 0 ? (gs_condition)c : condition);
        s->day = m[k].day;
        s->value = m[k].value;
        if (!s->name)
            return false;
    }
    return true;
}

static bool make_series(gather *g, gs_obs *o)
{
    size_t n = 0, cap = gs_channel_count() * gs_scale_count();
    making *m = GS_NEW(g->a, making, cap < g->n + 1 ? cap : g->n + 1);
    if (!m)
        return false;
    // count, then fill
    for (size_t i = 0; i < g->n; i++) {
        if (!is_score(&g->row[i]))
            continue;
        size_t k = find_series(m, n, &g->row[i]);
        if (k == n)
            m[n++].s = (gs_series){.channel = g->row[i].channel, .scale = g->row[i].scale};
        m[k].s.n++;
    }
    for (size_t k = 0; k < n; k++) {
        m[k].day = GS_NEW(g->a, int32_t, m[k].s.n);
        m[k].value = GS_NEW(g->a, double, m[k].s.n);
        if (!m[k].day || !m[k].value)
            return false;
        m[k].s.n = 0;
    }
    for (size_t i = 0; i < g->n; i++) {
        if (!is_score(&g->row[i]))
            continue;
        making *x = &m[find_series(m, n, &g->row[i])];
        x->day[x->s.n] = g->row[i].day - g->first;
        x->value[x->s.n++] = g->row[i].value;
    }
    gs_series *out = GS_NEW(g->a, gs_series, n + 1);
    if (!out || !name_series(g->a, m, n, o->condition))
        return false;
    for (size_t k = 0; k < n; k++)
        out[k] = m[k].s;
    o->series = out;
    o->n_series = n;
    return true;
}

/* ---- levers ---------------------------------------------------------------------- */

static double on_lever(const gs_channel *c, double value)
{
    double v = c->to_lever_a * value + c->to_lever_b;
    return v < c->lever_lo ? c->lever_lo : v > c->lever_hi ? c->lever_hi : v;
}

/* One lever from the rows of its channels (which come in the order of days). */
typedef struct lever_day {
    double number, tag; /* mean or largest so far, NaN = none */
    size_t n_number, n_tag;
} lever_day;

static double merge(double so_far, size_t n, double v, bool mean)
{
    if (!n)
        return v;
    return mean ? so_far + (v - so_far) / (double)(n + 1) : v > so_far ? v : so_far;
}

static void close_day(gs_lever_series *l, int32_t day, const lever_day *x)
{
    if (x->n_number || x->n_tag)
        l->value[day] = x->n_number ? x->number : x->tag;
}

static bool fill_lever(gather *g, const char *name, size_t n_day, gs_lever_series *l)
{
    bool mean = strcmp(name, "sleep") == 0, zero = false;
    lever_day x = {0};
    int32_t day = -1;

    *l = (gs_lever_series){.name = name, .tags_only = true};
    l->value = GS_NEW(g->a, double, n_day);
    if (!l->value)
        return false;
    for (size_t d = 0; d < n_day; d++)
        l->value[d] = NAN;
    for (size_t i = 0; i < g->n; i++) {
        const row *r = &g->row[i];
        if (strcmp(r->channel->lever, name) != 0)
            continue;
        bool tag = isnan(r->value);
        double said = tag ? r->channel->tag_value : r->value;
        if (isnan(said))
            continue; /* a tag that says nothing a number could stand for */
        if (r->day - g->first != day) {
            if (day >= 0)
                close_day(l, day, &x);
            x = (lever_day){0};
            day = r->day - g->first;
        }
        double v = on_lever(r->channel, said);
        if (tag) {
            x.tag = merge(x.tag, x.n_tag++, v, mean);
        } else {
            x.number = merge(x.number, x.n_number++, v, mean);
            l->tags_only = false;
            zero = zero || r->channel->absent_is_zero;
        }
    }
    if (day >= 0)
        close_day(l, day, &x);
    for (size_t d = 0; d < n_day; d++) {
        if (zero && isnan(l->value[d]))
            l->value[d] = 0;
        l->n_said += isnan(l->value[d]) ? 0u : 1u;
    }
    return true;
}

static bool make_levers(gather *g, gs_obs *o)
{
    gs_lever_series *out = GS_NEW(g->a, gs_lever_series, gs_channel_count());
    size_t n = 0;
    if (!out)
        return false;
    for (size_t i = 0; i < g->n; i++) {
        const char *name = g->row[i].channel->lever;
        size_t k = 0;
        while (k < n && strcmp(out[k].name, name) != 0)
            k++;
        if (!*name || k < n)
            continue;
        if (!fill_lever(g, name, o->n_day, &out[n]))
            return false;
        n += out[n].n_said ? 1u : 0u;
    }
    o->lever = out;
    o->n_lever = n;
    return true;
}

/* ---- labs and flags ---------------------------------------------------------------- */

static bool make_rest(gather *g, gs_obs *o)
{
    gs_lab *lab = GS_NEW(g->a, gs_lab, g->n + 1);
    gs_flag *flag = GS_NEW(g->a, gs_flag, g->n + 1);
    if (!lab || !flag)
        return false;
    for (size_t i = 0; i < g->n; i++) {
        const row *r = &g->row[i];
        int32_t day = r->day - g->first;
        if (r->channel->kind == GS_CHANNEL_LAB && !isnan(r->value))
            lab[o->n_lab++] = (gs_lab){r->channel, day, r->value, NAN};
        if (r->channel->kind == GS_CHANNEL_FLAG && !(r->value <= 0)) /* a tag is a yes */
            flag[o->n_flag++] = (gs_flag){r->channel, day};
    }
    o->lab = lab;
    o->flag = flag;
    return true;
}

/* ---- whose table ------------------------------------------------------------------ */

/* The person "" means when reading: the only one, else "me". */
static gs_status find_person(gs_diary *d, gs_arena *a, const char *person, const char **out,
                             gs_err *err)
{
    const char *const *all;
    size_t n = 0, used = 0;
    char names[160] = "";

    GS_TRY(gs_diary_people(d, a, &all, err));
    for (; all[n]; n++) {
        if (strcmp(all[n], *person ? person : GS_PERSON_DEFAULT) == 0) {
            *out = all[n];
            return GS_OK;
        }
        if (used < sizeof names - 40 && strlen(all[n]) < 36)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                     used ? ", " : "", all[n]);
    }
    if (n == 1 && !*person) {
        *out = all[0];
        return GS_OK;
    }
    if (n == 0)
        return gs_fail(err, GS_EFOUND, "the diary is empty; `gutskin log` or `gutskin "
                       "import` fills it");
    if (!*person)
        return gs_fail(err, GS_EFOUND, "the diary has %zu people; say whose with --person "
                       "(%s%s)", n, names, n > 4 ? ", ..." : "");
    return gs_fail(err, GS_EFOUND, "the diary knows no person \"%.60s\"; it has %s%s",
                   person, names, n > 4 ? ", ..." : "");
}

gs_status gs_diary_obs(gs_diary *d, const char *person, gs_arena *a, gs_obs **out,
                       gs_err *err)
{
    gather g = {.a = a, .names = {.arena = a}, .condition = -1, .first = 0, .last = -1};
    const char *who;
    gs_obs *o = GS_NEW(a, gs_obs, 1);

    if (!o)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    GS_TRY(find_person(d, a, person, &who, err));
    GS_TRY(gs_diary_each(d, who, take, &g, err));
    if (g.failed)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    if (g.last < g.first)
        return gs_fail(err, GS_EFOUND, "nothing is written down for %s", who);
    o->person = who;
    o->day0 = g.numbered ? GS_DAY_NONE : g.first;
    o->n_day = (size_t)(g.last - g.first) + 1;
    o->condition = resolve(&g);
    if (!make_series(&g, o) || !make_levers(&g, o) || !make_rest(&g, o))
        return gs_fail(err, GS_ENOMEM, "out of memory");
    GS_TRY(gs_obs_check(o, err));
    *out = o;
    return GS_OK;
}

/* ---- fingerprint -------------------------------------------------------------------- */

static bool hash_row(void *ctx, const gs_diary_row *r)
{
    unsigned long long *h = ctx;
    int64_t day = r->day;
    bool tag = isnan(r->value);
    double value = tag ? 0 : r->value + 0.0; /* one zero, one NaN */
    *h = gs_text_hash(*h, r->person, strlen(r->person) + 1);
    *h = gs_text_hash(*h, r->channel, strlen(r->channel) + 1);
    *h = gs_text_hash(*h, r->scale, strlen(r->scale) + 1);
    *h = gs_text_hash(*h, &day, sizeof day);
    *h = gs_text_hash(*h, &tag, sizeof tag);
    *h = gs_text_hash(*h, &value, sizeof value);
    return true;
}

gs_status gs_diary_fingerprint(gs_diary *d, const char *person, uint64_t *out, gs_err *err)
{
    unsigned long long h = GS_HASH_START;
    gs_arena *a = gs_arena_new(0);
    const char *who = NULL;

    gs_status st = a ? find_person(d, a, person, &who, err)
                     : gs_fail(err, GS_ENOMEM, "out of memory");
    if (st == GS_OK)
        st = gs_diary_each(d, who, hash_row, &h, err);
    gs_arena_free(a);
    if (st == GS_OK)
        *out = h;
    return st;
}
