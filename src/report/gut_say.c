/* The gut report in words: for a terminal, and as JSON. */
#include "report/gut_say.h"
#include "report/draw.h"
#include "report/say.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char gs_gutreport_skin[] =
    "What this says about skin: nothing, on what is known. In 1,844 people of American Gut those with "
    "eczema or psoriasis were as diverse as those without (chance that one of them is higher minus lower: "
    "-0.06 and -0.01, on a scale from -1 to 1), those with rosacea a little less (-0.13), and which of "
    "them a person is explains 0.1% of how communities differ. No score of skin risk can be made from "
    "that, and none is made here.";

void gut_say_value(gs_buf *b, gs_stool_index i, double x)
{
    if (!isfinite(x)) {
        gs_buf_put(b, "not known");
        return;
    }
    if (gs_stool_scale_of(i) == GS_STOOL_SHARE) {
        double p = 100 * x;
        gs_buf_printf(b, p == 0 ? "0%%" : p < 0.01 ? "<0.01%%" : p < 1 ? "%.2f%%" : "%.1f%%", p);
        return;
    }
    if (i == GS_STOOL_OBSERVED || i == GS_STOOL_CHAO1)
        gs_buf_printf(b, "%.0f", x);
    else
        gs_buf_printf(b, i == GS_STOOL_INV_SIMPSON ? "%.1f" : "%.2f", x);
}

void gut_say_range(gs_buf *b, gs_stool_index i, gs_eco_range r)
{
    if (!isfinite(r.lo) || !isfinite(r.hi))
        return;
    gut_say_value(b, i, r.lo);
    gs_buf_put(b, " to ");
    gut_say_value(b, i, r.hi);
}

static void percentile(gs_buf *b, double p)
{
    gs_buf_printf(b, p < 1 ? "under 1" : p > 99 ? "over 99" : "%.0f", p);
}

void gut_say_place(gs_buf *b, const gs_stool_value *v)
{
    if (!v->ref || !isfinite(v->place.at))
        return;
    percentile(b, v->place.at);
    if (isfinite(v->place.lo)) {
        gs_buf_put(b, " (");
        percentile(b, v->place.lo);
        gs_buf_put(b, " to ");
        percentile(b, v->place.hi);
        gs_buf_put(b, ")");
    }
}

static void thousands(gs_buf *b, double v)
{
    char text[40];
    int n = snprintf(text, sizeof text, "%.0f", v);
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            gs_buf_put(b, ",");
        gs_buf_put_n(b, text + i, 1);
    }
}

void gut_say_people(gs_buf *b, const gs_stool_ref *r)
{
    thousands(b, (double)r->n);
    if (r->age_hi < 3.2)
        gs_buf_printf(b, " infants about %.0f month%s old", fmax(1, round(6 * (r->age_lo + r->age_hi))),
                      round(6 * (r->age_lo + r->age_hi)) > 1 ? "s" : "");
    else if (r->age_hi > 150)
        gs_buf_printf(b, r->age_lo == 18 ? " adults" : " people from %.0f years", r->age_lo);
    else
        gs_buf_printf(b, " people of %.0f to %.0f years", r->age_lo, r->age_hi - 1);
}

void gut_say_reads(gs_buf *b, const gs_stool *x)
{
    double all = x->total + x->human + x->unplaced;
    if (x->counts) {
        thousands(b, all);
        gs_buf_put(b, " reads");
    } else {
        gs_buf_put(b, "shares, no reads");
    }
    if (x->human > 0)
        gs_buf_printf(b, ", %.1f%% human", 100 * x->human / all);
    if (x->unplaced > 0)
        gs_buf_printf(b, ", %.1f%% without a place", 100 * x->unplaced / all);
    gs_buf_printf(b, "; %.1f%% of the rest named at genus (%zu genera), %.1f%% in a guild",
                  100 * x->reach.genus, x->reach.n_genus, 100 * x->reach.guild);
}

void gut_say_reference(gs_buf *b, const gs_stool *x)
{
    const gs_stool_ref *r = x->value[GS_STOOL_BUTYRATE].ref;
    if (!r) {
        gs_buf_printf(b, "No percentiles: %s. Values measured another way cannot be compared.",
                      x->value[GS_STOOL_BUTYRATE].why);
        for (gs_stool_index i = 0; i < GS_N_STOOL; i++)
            if (x->value[i].ref) {
                gs_buf_printf(b, " Only %s has one, among ", gs_stool_title(i));
                thousands(b, (double)x->value[i].ref->n);
                gs_buf_printf(b, " samples (%s).", x->value[i].ref->source);
            }
        return;
    }
    gs_buf_put(b, "Percentiles are among ");
    gut_say_people(b, r);
    gs_buf_printf(b, " measured the same way (%s; source: %s)", gs_gut_method_title(x->method), r->source);
    if (isnan(x->age))
        gs_buf_put(b, "; no age was given, so adults");
    gs_buf_put(b, ". They say how common a value is, not whether it is good.");
    if (r->n < 100)
        gs_buf_printf(b, " %zu people are few: a percentile may be off by %.0f.", r->n,
                      ceil(100 * 1.96 * 0.5 / sqrt((double)r->n)));
}

void gut_say_warning(gs_buf *b, const gs_stool *x)
{
    if (x->site.site == GS_SITE_SKIN || x->site.site == GS_SITE_MOUTH)
        gs_buf_printf(b, "This looks like %s, not stool; percentiles of stool mean nothing for it. ",
                      x->site.site == GS_SITE_SKIN ? "skin" : "a mouth");
    else if (x->site.site != GS_SITE_STOOL)
        gs_buf_put(b, "Little in this is known from stool: read the numbers with care. ");
    if (x->counts && x->total < 1000)
        gs_buf_printf(b, "Only %.0f reads: every number here is rough. ", x->total);
    if (x->reach.genus < 0.3)
        gs_buf_printf(b, "Only %.0f%% of it has a genus, so that guilds are hardly seen. ",
                      100 * x->reach.genus);
    if (x->age < 3)
        gs_buf_put(b, "An infant's gut is compared with infants of the same age; what is common in adults "
                      "means nothing yet. ");
}

bool gut_say_shown(const gs_stool *x, gs_stool_index i)
{
    bool shotgun = i == GS_STOOL_FUNGI || i == GS_STOOL_PHAGE || i == GS_STOOL_GMHI ||
                   i == GS_STOOL_SPECIES_SHANNON;
    return isfinite(x->value[i].count.at) || !shotgun;
}

/* Spaces up to column n of the line that began at from. */
static void pad(gs_buf *b, size_t from, size_t n)
{
    size_t width = 0;
    for (size_t i = from; i < b->len; i++)
        width += ((unsigned char)b->data[i] & 0xc0) != 0x80;
    do
        gs_buf_put(b, " ");
    while (++width < n && !b->failed);
}

static void wrap(gs_buf *b, const char *text)
{
    enum { WIDTH = 80 };
    size_t col = 0;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (col && col + 1 + n > WIDTH)
            gs_buf_put(b, "\n"), col = 0;
        else if (col)
            gs_buf_put(b, " "), col++;
        gs_buf_put_n(b, text, n);
        col += n;
        text += n;
        text += strspn(text, " ");
    }
    gs_buf_put(b, "\n");
}

static void wrapped(gs_buf *b, gs_buf *say)
{
    if (say->data && say->len)
        wrap(b, say->data);
    if (say->data)
        say->len = 0, say->data[0] = '\0';
}

gs_status gs_gutreport_text(const gs_stool *x, size_t n_genus, gs_buf *out, gs_err *err)
{
    gs_buf say = {0};

    gs_buf_printf(out, "%s: %s\n", *x->sample ? x->sample : "sample", gs_gut_method_title(x->method));
    gut_say_reads(&say, x);
    wrapped(out, &say);
    gut_say_warning(&say, x);
    wrapped(out, &say);

    size_t from = out->len;
    gs_buf_put(out, "\n");
    from = out->len;
    pad(out, from, 32);
    gs_buf_put(out, "this");
    pad(out, from, 43);
    gs_buf_put(out, "counting again");
    pad(out, from, 62);
    gs_buf_put(out, "another day");
    pad(out, from, 81);
    gs_buf_put(out, "percentile (another day)\n");
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        const gs_stool_value *v = &x->value[i];
        if (!gut_say_shown(x, i))
            continue;
        from = out->len;
        gs_buf_put(out, gs_stool_title(i));
        pad(out, from, 32);
        gut_say_value(out, i, v->count.at);
        pad(out, from, 43);
        gut_say_range(out, i, v->count);
        pad(out, from, 62);
        gut_say_range(out, i, v->day);
        pad(out, from, 81);
        gut_say_place(out, v);
        if (!v->ref && isfinite(v->count.at))
            gs_buf_put(out, "-");
        gs_buf_put(out, "\n");
    }
    if (isfinite(x->faith))
        gs_buf_printf(out, "%-31s %.4g (branch length)\n", "Faith's diversity", x->faith);
    gs_buf_printf(out, "%-31s %.2f nats, %.0f seen\n", "the table's own rows", x->feature.shannon,
                  x->feature.observed);
    gs_buf_put(out, "\n");
    gut_say_reference(&say, x);
    wrapped(out, &say);
    wrap(out, "\"Counting again\": 95% of what the same sample would show if as many reads were drawn "
              "again. \"Another day\": 95% of what another sample of the same weeks would show, from people "
              "sampled daily.");
    for (size_t k = 0; k < x->n_genus && k < n_genus; k++) {
        if (k == 0)
            gs_buf_put(out, "\nLargest genera\n");
        from = out->len;
        gs_buf_printf(out, "  %.44s", x->genus[k].name);
        pad(out, from, 48);
        gut_say_value(out, GS_STOOL_BUTYRATE, x->genus[k].share);
        pad(out, from, 57);
        gs_buf_printf(out, "%s\n", x->genus[k].known ? gs_guild_title(x->genus[k].known->guild) : "");
    }
    gs_buf_put(out, "\n");
    wrap(out, gs_gutreport_skin);
    bool failed = say.failed || out->failed;
    gs_buf_free(&say);
    return failed ? gs_fail(err, GS_ENOMEM, "out of memory for the report") : GS_OK;
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void put_text(gs_buf *b, const char *text)
{
    gs_buf_put(b, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            gs_buf_printf(b, "\\%c", c);
        else if (c < 0x20)
            gs_buf_printf(b, "\\u%04x", c);
        else
            gs_buf_put_n(b, text, 1);
    }
    gs_buf_put(b, "\"");
}

static void put_number(gs_buf *b, double x)
{
    if (isfinite(x))
        gs_buf_printf(b, "%.15g", x);
    else
        gs_buf_put(b, "null");
}

static void put_range(gs_buf *b, const char *key, gs_eco_range r)
{
    gs_buf_printf(b, ", \"%s\": [", key);
    put_number(b, r.lo);
    gs_buf_put(b, ", ");
    put_number(b, r.hi);
    gs_buf_put(b, "]");
}

static void put_values(gs_buf *b, const gs_stool *x)
{
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        const gs_stool_value *v = &x->value[i];
        gs_buf_printf(b, "%s\n    \"%s\": {\"value\": ", i ? "," : "", gs_stool_key(i));
        put_number(b, v->count.at);
        put_range(b, "counting", v->count);
        put_range(b, "another_day", v->day);
        gs_buf_put(b, ", \"compared\": ");
        put_number(b, v->compared);
        gs_buf_put(b, ", \"percentile\": ");
        put_number(b, v->place.at);
        put_range(b, "percentile_another_day", v->place);
        if (v->ref) {
            gs_buf_printf(b, ", \"reference\": {\"people\": %zu, \"age\": [%.4g, %.4g], \"depth\": %.0f, "
                          "\"source\": ", v->ref->n, v->ref->age_lo, v->ref->age_hi, v->ref->depth);
            put_text(b, v->ref->source);
            gs_buf_put(b, "}}");
        } else {
            gs_buf_put(b, ", \"reference\": null, \"why\": ");
            put_text(b, v->why);
            gs_buf_put(b, "}");
        }
    }
}

gs_status gs_gutreport_json(const gs_stool *x, gs_buf *b, gs_err *err)
{
    gs_buf_put(b, "{\"sample\": ");
    put_text(b, x->sample);
    gs_buf_printf(b, ", \"method\": \"%s\", \"unit\": \"%s\", \"total\": ", gs_gut_method_name(x->method),
                  x->counts ? "reads" : "shares");
    put_number(b, x->total);
    gs_buf_put(b, ", \"human\": ");
    put_number(b, x->human);
    gs_buf_put(b, ", \"not_placed\": ");
    put_number(b, x->unplaced);
    gs_buf_put(b, ", \"named_at_genus\": ");
    put_number(b, x->reach.genus);
    gs_buf_printf(b, ", \"looks_like\": \"%s\", \"age\": ", gs_site_name(x->site.site));
    put_number(b, x->age);
    gs_buf_put(b, ",\n  \"index\": {");
    put_values(b, x);
    gs_buf_put(b, "},\n  \"rows\": {\"observed\": ");
    put_number(b, x->feature.observed);
    gs_buf_put(b, ", \"shannon\": ");
    put_number(b, x->feature.shannon);
    gs_buf_put(b, ", \"inv_simpson\": ");
    put_number(b, x->feature.inv_simpson);
    gs_buf_put(b, ", \"chao1\": ");
    put_number(b, x->feature.chao1);
    gs_buf_put(b, ", \"faith\": ");
    put_number(b, x->faith);
    gs_buf_put(b, "},\n  \"guild\": {");
    for (int k = 0; k <= GS_N_GUILD; k++)
        gs_buf_printf(b, "%s\"%s\": %.15g", k ? ", " : "", gs_guild_name((gs_guild)k), x->guild[k]);
    gs_buf_put(b, "},\n  \"rarefaction\": [");
    for (size_t k = 0; k < x->n_curve; k++)
        gs_buf_printf(b, "%s[%.0f, %.15g, %.15g]", k ? ", " : "", x->curve_m[k], x->curve_genus[k],
                      x->curve_feature[k]);
    gs_buf_put(b, "],\n  \"genus\": [");
    for (size_t k = 0; k < x->n_genus; k++) {
        gs_buf_put(b, k ? ",\n    {\"name\": " : "\n    {\"name\": ");
        put_text(b, x->genus[k].name);
        gs_buf_printf(b, ", \"share\": %.15g, \"guild\": \"%s\"}", x->genus[k].share,
                      x->genus[k].known ? gs_guild_name(x->genus[k].known->guild) : "none");
    }
    gs_buf_put(b, "],\n  \"skin\": ");
    put_text(b, gs_gutreport_skin);
    gs_buf_put(b, "}\n");
    return b->failed ? gs_fail(err, GS_ENOMEM, "out of memory for the report") : GS_OK;
}
