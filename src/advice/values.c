/* What measured values moved, in the answer's form: the values with what was expected of
 * them, the numbers that moved, and sentences about the whole. */
#include "advice/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gs_status list_values(words *w, const gs_labs *l, gs_answer *x, gs_err *err)
{
    gs_answer_value *v = GS_NEW(w->a, gs_answer_value, l->n_value + 1);
    if (!v)
        return gs_fail(err, GS_ENOMEM, "out of memory for the answer");
    for (size_t i = 0; i < l->n_value; i++) {
        const gs_labs_value *from = &l->value[i];
        const gs_channel *c = from->v.channel;
        v[i] = (gs_answer_value){.name = c->name, .title = c->title, .unit = c->unit,
                                 .day = from->v.day, .value = from->v.value,
                                 .noise = from->v.noise, .offset = from->v.offset,
                                 .expected = from->expected,
                                 .why_not = from->v.why_not ? from->v.why_not : ""};
    }
    x->value = v;
    x->n_value = l->n_value;
    return GS_OK;
}

/* "how strongly fibre acts on you"; an observable's own sentence as far as a semicolon. */
static const char *title_of(words *w, const gs_labs_item *it)
{
    static const struct {
        const char *name, *title;
    } known[] = {{"crp", "CRP"}, {"igf1", "IGF-1"}, {"vitamin_d", "25(OH) vitamin D"},
                 {"lactulose_mannitol", "lactulose-mannitol ratio"},
                 {"butyrate_share", "butyrate makers"},
                 {"bifido_share", "bifidobacteria and lactobacilli"},
                 {"saccharolytic_share", "Bacteroides and Prevotella"},
                 {"mucin_share", "mucin degraders"}, {"pathobiont_share", "pathobionts"},
                 {"other_share", "other commensals"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, it->name) == 0)
            return known[i].title;
    if (strncmp(it->name, "gain_", 5) == 0)
        return say(w, "how strongly %s acts on you", it->name + 5);
    if (strncmp(it->name, "risk_", 5) == 0)
        return say(w, "how prone you are to %s", it->name + 5);
    if (strncmp(it->name, "signal_", 7) == 0)
        return say(w, "your %s, as the model sees it", it->name + 7);
    return say(w, "%s", it->name);
}

static int by_moved(const void *a, const void *b)
{
    double x = fabs(((const gs_answer_shift *)a)->moved), y = fabs(((const gs_answer_shift *)b)->moved);
    return (x < y) - (x > y);
}

static gs_status list_shifts(words *w, const gs_labs *l, gs_condition condition, gs_answer *x,
                             gs_err *err)
{
    gs_answer_shift *s = GS_NEW(w->a, gs_answer_shift, l->n_item + 1);
    size_t n = 0, i_par = 0;
    if (!s)
        return gs_fail(err, GS_ENOMEM, "out of memory for the answer");
    for (size_t i = 0; i < l->n_item && l->ok; i++) {
        const gs_labs_item *it = &l->item[i];
        bool shown = gs_labs_shows(it, i_par, condition);
        i_par += it->is_par;
        if (!shown)
            continue;
        s[n++] = (gs_answer_shift){.name = say(w, "%s", it->name), .title = title_of(w, it),
                                   .unit = say(w, "%s", it->unit ? it->unit : "1"),
                                   .is_par = it->is_par,
                                   .before = it->before, .after = it->after,
                                   .moved = it->moved, .narrowed = it->narrowed};
    }
    qsort(s, n, sizeof *s, by_moved);
    x->shift = s;
    x->n_shift = n;
    return GS_OK;
}

static const char *how_much(double moved)
{
    double m = fabs(moved);
    return m < 0.1 ? "hardly" : m < 0.3 ? "a little" : m < 1 ? "clearly" : "a lot";
}

static const char *moved_how(double moved)
{
    double m = fabs(moved);
    return m < 0.1 ? "hardly moved" : m < 0.3 ? "moved a little" : m < 1 ? "moved clearly" : "moved a lot";
}

static const char *note(words *w, const gs_labs *l, gs_condition condition, const gs_answer *x)
{
    const gs_answer_shift *skin = NULL, *most = NULL;
    char signal[40];
    if (!l->n_heard)
        return "None of the measured values is one that the model can hear; they are kept.";
    if (!l->ok)
        return say(w, "The fit heard the measured values, but what they alone moved cannot be told: %s.",
                   l->why_not);
    snprintf(signal, sizeof signal, "signal_%s", gs_condition_name(condition));
    for (size_t i = 0; i < x->n_shift; i++) {
        const gs_answer_shift *s = &x->shift[i];
        if (strcmp(s->name, signal) == 0)
            skin = s;
        else if (!most || fabs(s->moved) > fabs(most->moved))
            most = s;
    }
    const char *first = !skin ? "" : say(w, "What is believed of your skin %s (%.2f of its spread). ",
                                         moved_how(skin->moved), fabs(skin->moved));
    const char *second = !most ? "" : say(w, "Most moved: %s, %s %s (%.2f of its spread). ", most->title,
                                          how_much(most->moved), most->moved > 0 ? "up" : "down",
                                          fabs(most->moved));
    return say(w, "%s%sOne value says little, because people and laboratories differ far more than one "
                  "body moves; values repeated by the same laboratory say more.", first, second);
}

gs_status values_tell(words *w, const gs_labs *l, gs_condition condition, gs_answer *x, gs_err *err)
{
    x->value_note = "";
    x->value_draws = NAN;
    if (!l)
        return GS_OK;
    GS_TRY(list_values(w, l, x, err));
    GS_TRY(list_shifts(w, l, condition, x, err));
    x->value_draws = l->n_effective;
    x->value_note = note(w, l, condition, x);
    return GS_OK;
}
