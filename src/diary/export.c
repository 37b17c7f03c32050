/* Everything out again, in a form that any program reads and that imports back to the
 * same entries: a long CSV, or JSON. */
#include "diary/meaning.h"
#include "diary/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The shortest decimal that reads back as v. */
static const char *shortest(double v, char buf[32])
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(buf, 32, "%.*g", digits, v);
        if (strtod(buf, NULL) == v)
            break;
    }
    return buf;
}

static void put_csv(gs_buf *b, const char *text)
{
    bool plain = *text != '#' && *text != ' ' && !strpbrk(text, "\",;\t|\r\n");
    size_t n = strlen(text);
    if (plain && (!n || text[n - 1] != ' ')) {
        gs_buf_put(b, text);
        return;
    }
    gs_buf_put(b, "\"");
    for (const char *p = text; *p; p++)
        gs_buf_put_n(b, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    gs_buf_put(b, "\"");
}

static void put_json(gs_buf *b, const char *text)
{
    gs_buf_put(b, "\"");
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            gs_buf_put_n(b, (const char[]){'\\', *p}, 2);
        else if ((unsigned char)*p < 0x20)
            gs_buf_printf(b, "\\u%04x", (unsigned)(unsigned char)*p);
        else
            gs_buf_put_n(b, p, 1);
    }
    gs_buf_put(b, "\"");
}

typedef struct export {
    gs_buf *out;
    size_t n;
} export;

/* The unit a value is stored in: the channel's; a score has none. */
static const char *unit_of(const gs_diary_row *r)
{
    const gs_channel *c = gs_channel_find(r->channel);
    if (!c)
        return r->unit;
    bool bare = isnan(r->value) || c->kind == GS_CHANNEL_OUTCOME
                || strcmp(c->unit, "score") == 0 || strcmp(c->unit, "1") == 0;
    return bare ? "" : c->unit;
}

static const char *value_of(const gs_diary_row *r, char buf[32])
{
    if (isnan(r->value))
        return "";
    if (strcmp(r->channel, "condition") == 0)
        return gs_condition_name((gs_condition)(int)r->value);
    return shortest(r->value, buf);
}

static bool csv_row(void *ctx, const gs_diary_row *r)
{
    export *x = ctx;
    char buf[32], iso[16];
    put_csv(x->out, r->person);
    if (r->numbered)
        gs_buf_printf(x->out, ",,%d,", (int)r->day);
    else
        gs_buf_printf(x->out, ",%s,,", gs_date_iso(r->day, iso, sizeof iso));
    put_csv(x->out, r->channel);
    gs_buf_printf(x->out, ",%s,", value_of(r, buf));
    put_csv(x->out, unit_of(r));
    gs_buf_printf(x->out, ",%s,", r->scale);
    put_csv(x->out, r->said);
    gs_buf_put(x->out, ",");
    put_csv(x->out, r->origin);
    gs_buf_printf(x->out, ",%ld\n", r->line);
    return !x->out->failed;
}

static bool json_row(void *ctx, const gs_diary_row *r)
{
    export *x = ctx;
    char buf[32], iso[16];
    gs_buf_put(x->out, x->n++ ? ",\n  {\"person\": " : "\n  {\"person\": ");
    put_json(x->out, r->person);
    if (r->numbered)
        gs_buf_printf(x->out, ", \"day\": %d, \"channel\": ", (int)r->day);
    else
        gs_buf_printf(x->out, ", \"date\": \"%s\", \"channel\": ",
                      gs_date_iso(r->day, iso, sizeof iso));
    put_json(x->out, r->channel);
    if (strcmp(r->channel, "condition") == 0)
        gs_buf_printf(x->out, ", \"value\": \"%s\"", value_of(r, buf));
    else
        gs_buf_printf(x->out, ", \"value\": %s", isnan(r->value) ? "null" : value_of(r, buf));
    gs_buf_put(x->out, ", \"unit\": ");
    put_json(x->out, unit_of(r));
    gs_buf_put(x->out, ", \"scale\": ");
    put_json(x->out, r->scale);
    gs_buf_put(x->out, ", \"said\": ");
    put_json(x->out, r->said);
    gs_buf_put(x->out, ", \"said_unit\": ");
    put_json(x->out, r->unit);
    gs_buf_put(x->out, ", \"origin\": ");
    put_json(x->out, r->origin);
    gs_buf_printf(x->out, ", \"line\": %ld}", r->line);
    return !x->out->failed;
}

/* ---- stool profiles -------------------------------------------------------------------- */

static const char *day_of(const gs_diary_profile *p, char buf[24])
{
    if (p->numbered)
        snprintf(buf, 24, "day %d", (int)p->day);
    else
        gs_date_iso(p->day, buf, 24);
    return buf;
}

static void json_profile(gs_buf *b, const gs_diary_profile *p)
{
    const gs_gut *g = p->gut;
    char day[24], num[32];
    gs_buf_put(b, "{\"person\": ");
    put_json(b, p->person);
    if (p->numbered)
        gs_buf_printf(b, ", \"day\": %d, \"file\": ", (int)p->day);
    else
        gs_buf_printf(b, ", \"date\": \"%s\", \"file\": ", day_of(p, day));
    put_json(b, g->file);
    gs_buf_put(b, ", \"sample\": ");
    put_json(b, g->sample[0]);
    gs_buf_printf(b, ", \"format\": \"%s\", \"method\": \"%s\", \"unit\": \"%s\"", g->format,
                  gs_gut_method_name(g->method), g->unit == GS_GUT_READS ? "reads" : "shares");
    gs_buf_printf(b, ", \"human\": %s", shortest(g->human[0], num));
    gs_buf_printf(b, ", \"not_placed\": %s, \"taxa\": [", shortest(g->unplaced[0], num));
    for (size_t k = 0; k < g->n_value; k++) {
        const gs_taxon *t = &g->taxon[k];
        gs_buf_put(b, k ? ",\n    {\"taxon\": " : "\n    {\"taxon\": ");
        put_json(b, t->id);
        gs_buf_put(b, ", \"genus\": ");
        put_json(b, t->genus);
        gs_buf_put(b, ", \"species\": ");
        put_json(b, t->name[GS_RANK_SPECIES]);
        gs_buf_printf(b, ", \"value\": %s}", shortest(g->value[k], num));
    }
    gs_buf_put(b, "]}");
}

static void put_line(gs_buf *b, const gs_diary_profile *p, const char *taxon, double v)
{
    char day[24], num[32];
    gs_buf_printf(b, "%s %s\t%s\t%s\t%s\n", p->person, day_of(p, day), taxon, shortest(v, num),
                  gs_gut_method_name(p->gut->method));
}

/* As Greengenes write it, so that every reader knows the ranks. */
static void put_lineage(gs_buf *b, const gs_taxon *t)
{
    static const char tags[] = "kpcofgs";
    for (int r = 0; r < GS_N_RANK; r++) {
        const char *name = r == GS_RANK_GENUS && *t->genus ? t->genus : t->name[r];
        gs_buf_printf(b, "%s%c__%s", r ? ";" : "", tags[r], name);
    }
}

static void tsv_profile(gs_buf *b, const gs_diary_profile *p)
{
    const gs_gut *g = p->gut;
    gs_buf name = {0};
    for (size_t k = 0; k < g->n_value; k++) {
        name.len = 0;
        put_lineage(&name, &g->taxon[k]);
        /* two taxa may have one lineage; the id tells them apart behind it */
        gs_buf_printf(&name, ";t__%s", g->taxon[k].id);
        put_line(b, p, name.data ? name.data : "", g->value[k]);
        b->failed = b->failed || name.failed;
    }
    if (g->human[0] > 0)
        put_line(b, p, "k__Eukaryota;g__Homo;s__Homo sapiens", g->human[0]);
    if (g->unplaced[0] > 0)
        put_line(b, p, "unclassified", g->unplaced[0]);
    gs_buf_free(&name);
}

gs_status gs_diary_export_profiles(gs_diary *d, const char *person, bool json, gs_buf *out,
                                   gs_err *err)
{
    const gs_diary_profile *p = NULL;
    size_t n = 0;
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? gs_diary_profiles(d, person, a, &n, &p, err)
                     : gs_fail(err, GS_ENOMEM, "out of memory");
    if (!json && st == GS_OK)
        gs_buf_put(out, "sample\ttaxon\tcount\tmethod\n");
    for (size_t i = 0; i < n && st == GS_OK; i++) {
        if (json) {
            gs_buf_put(out, i ? ",\n  " : "\n  ");
            json_profile(out, &p[i]);
        } else {
            tsv_profile(out, &p[i]);
        }
    }
    gs_arena_free(a);
    if (st == GS_OK && out->failed)
        st = gs_fail(err, GS_ENOMEM, "out of memory");
    return st;
}

gs_status gs_diary_export(gs_diary *d, const char *person, bool json, gs_buf *out,
                          gs_err *err)
{
    export x = {.out = out};

    gs_buf_put(out, json ? "{\"format\": \"gutskin diary\", \"version\": 1, \"entries\": ["
                         : "person,date,day,channel,value,unit,scale,said,origin,line\n");
    GS_TRY(gs_diary_each(d, person, json ? json_row : csv_row, &x, err));
    if (json) {
        gs_buf_put(out, "\n], \"profiles\": [");
        GS_TRY(gs_diary_export_profiles(d, person, true, out, err));
        gs_buf_put(out, "]}\n");
    }
    return out->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}
