/* Plans and trials in words: short lines for a terminal, nothing a reader could take for
 * more than it is. */
#include "experiment/inside.h"

#include "gutskin/date.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 78 };

/* Append text wrapped at WIDTH; later lines begin with `indent` blanks. */
static void put_wrapped(gs_buf *out, size_t at, size_t indent, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, " \n"), chars = 0;
        for (size_t i = 0; i < n; i++)
            chars += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (at + 1 + chars > WIDTH && at > indent) {
            gs_buf_printf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (at > indent) {
            gs_buf_put(out, " ");
            at++;
        }
        gs_buf_put_n(out, text, n);
        at += chars;
        text += n;
        if (*text == '\n') {
            gs_buf_printf(out, "\n%*s", (int)indent, "");
            at = indent;
        }
        text += *text != '\0';
    }
    gs_buf_put(out, "\n");
}

void exp_say(gs_buf *out, size_t indent, const char *fmt, ...)
{
    char text[2000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    gs_buf_printf(out, "%*s", (int)indent, "");
    put_wrapped(out, indent, indent, text);
}

void gs_experiment_say(gs_buf *out, size_t indent, const char *text)
{
    gs_buf_printf(out, "%*s", (int)indent, "");
    put_wrapped(out, indent, indent, text);
}

/* A line that begins with a label in its own column. */
static void put_row(gs_buf *out, const char *label, const char *fmt, ...)
{
    char text[2000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    gs_buf_printf(out, "  %-14s", label);
    put_wrapped(out, 16, 16, text);
}

const char *gs_protocol_analysis(gs_arena *a, const gs_protocol *p)
{
    gs_buf b = {0};
    gs_buf_printf(
        &b,
        "Primary outcome: %s. Effect: B minus A once it has come out in full, %s is better. "
        "Primary analysis: randomisation test of every day scored outside the run-in%s, as "
        "planned (intention to treat), against all orders that could have been drawn (4999 of "
        "them by Monte Carlo when there are more than 20000), the statistic being the "
        "generalised-least-squares effect with level and trend",
        p->outcome[0], p->worse > 0 ? "lower" : "higher",
        p->design.washout ? " and the first days of each period" : "");
    if (p->design.washout)
        gs_buf_printf(&b, "; the first %ld days of each period are left out",
                      (long)p->design.washout);
    else
        gs_buf_printf(&b, " and an onset and carry-over of 1 - exp(-t/%.3g d)", p->lag);
    gs_buf_printf(
        &b,
        ". \"Works for you\": one-sided p at most %g. Interval: %.0f%%, by inversion. Beside it: a "
        "Bayesian state-space analysis, and the axis with this lever's own lags, both with "
        "their priors; treatment as received beside as planned. Other outcomes are "
        "described, not tested. Days without a score stay missing.",
        p->level, 100 * (1 - 2 * p->level));
    if (p->n_look)
        gs_buf_put(&b,
                   " Looks at the days and limits listed; any other look is recorded.");
    const char *text = b.failed ? NULL : gs_arena_strdup(a, b.data);
    gs_buf_free(&b);
    return text ? text : "";
}

/* ---- the plan ------------------------------------------------------------------------ */

static void say_design(const gs_protocol *p, gs_buf *out)
{
    gs_buf said = {0};
    const gs_nof1_design *d = &p->design;
    gs_nof1_say_design(d, &said);
    put_row(out, "Design",
            "%d weeks: %ld days as usual first, then %s. %.6g orders are possible; "
            "one was drawn.",
            p->assumed.weeks, (long)d->run_in, said.data ? said.data : "",
            p->promise.n_schedule);
    gs_buf_free(&said);
    int phase = d->kind == GS_NOF1_SWITCH ? (int)d->min_run : d->period_days;
    put_row(
        out, "Why so slow",
        "The slowest thing between %s and your %s (%s) has a time "
        "constant of %g days. Each phase lasts at least %d days, two of them, so that most "
        "of what the one before left behind is gone.",
        p->lever, p->condition, p->slowest, p->tau, phase);
    if (p->blinded)
        put_row(
            out, "Blinded",
            "A second person fills %s from the key, with the real thing or a "
            "placebo that cannot be told from it, and keeps the key. The plan holds only "
            "the key's hash: %.16s...",
            d->kind == GS_NOF1_SWITCH ? "a box for each day"
                                      : "one container for each period",
            p->commitment);
}

static void say_rate(gs_buf *out, const char *what, gs_rate r)
{
    gs_buf_printf(out, "    %-52s %3.0f%%  (± %.1f)\n", what, 100 * r.p, 100 * r.se);
}

static void say_promise(const gs_protocol *p, gs_buf *out)
{
    const gs_promise *m = &p->promise;
    char what[80];
    gs_buf_put(
        out, "\n  What it can and cannot show, by simulating the whole trial on you\n");
    snprintf(what, sizeof what, "\"works\", if it helps by %g point%s", p->worth,
             p->worth == 1 ? "" : "s");
    say_rate(out, what, m->power);
    say_rate(out, "\"works\", if it does nothing (false alarm)", m->false_alarm);
    say_rate(out, "\"works\", by what is believed of you now", m->believed);
    gs_buf_printf(out, "    %-52s %3.0f%%\n",
                  "chance, as believed, that it helps so much", 100 * m->worth_chance);
    gs_buf_printf(out, "    width of the %.0f%% interval: about %.2g points\n",
                  100 * (1 - 2 * p->level), m->width);
    exp_say(
        out, 4,
        "± is the simulation's own error. Assumed: %.0f%% of days without a score, "
        "%.0f%% of B days lived as usual all the same, 1 in %.0f stops early, a drift of "
        "±%.2g points over the trial.",
        100 * p->assumed.missing, 100 * p->assumed.lapse,
        1 / fmax(p->assumed.dropout, 1e-3), p->assumed.drift * p->worth);
    if (m->reach < 0.8)
        exp_say(out, 4,
                "Your score is so near the good end that it may have no room for %g "
                "points: in %.0f%% of what is believed there is none.",
                p->worth, 100 * (1 - m->reach));
}

static void say_curve(const gs_protocol *p, gs_buf *out)
{
    if (p->n_curve == 0)
        return;
    gs_buf_printf(out, "\n  %-34s", "Weeks");
    for (size_t i = 0; i < p->n_curve; i++)
        gs_buf_printf(out, " %4d", p->curve_weeks[i]);
    gs_buf_printf(out, "\n  %-34s", "Power if it helps that much, %");
    for (size_t i = 0; i < p->n_curve; i++)
        gs_buf_printf(out, " %4.0f", 100 * p->curve[i].power.p);
    gs_buf_printf(out, "  (± %.0f or less)\n",
                  50 / sqrt(fmax((double)p->assumed.n_check / 2, 1)));
}

static void say_advice(const gs_protocol *p, gs_buf *out)
{
    const gs_promise *m = &p->promise;
    int need = 0;
    for (size_t i = 0; i < p->n_curve && !need; i++)
        need = p->curve[i].power.p >= 0.8 ? p->curve_weeks[i] : 0;
    gs_buf_put(out, "\n");
    if (m->worth_chance < 0.05)
        exp_say(
            out, 2,
            "Before you spend the weeks: as believed now, there is hardly a chance "
            "that this helps you by %g point%s. The likely answer is \"cannot say\" or \"no\".",
            p->worth, p->worth == 1 ? "" : "s");
    if (m->power.p < 0.5)
        exp_say(out, 2,
                "This design would more likely than not miss a benefit of %g point%s.%s",
                p->worth, p->worth == 1 ? "" : "s",
                need || p->n_curve == 0 ? "" : " No length looked at reaches 80%.");
    if (m->power.p < 0.8 && need)
        exp_say(
            out, 2,
            "For four chances in five of seeing a benefit of %g points: --weeks %d.",
            p->worth, need);
    if (p->prior_only)
        exp_say(out, 2,
                "There is no fit of your diary: all of this rests on what is believed "
                "of people in general. \"gutskin fit\" first makes it yours.");
    if (*p->caution)
        exp_say(out, 2, "%s", p->caution);
}

static void say_looks(const gs_protocol *p, gs_buf *out)
{
    if (p->n_look == 0)
        return;
    gs_buf_put(
        out,
        "\n  Looks before the end (stop for benefit, harm, or because it is idle)\n");
    for (size_t i = 0; i + 1 < p->n_look; i++)
        gs_buf_printf(
            out,
            "    day %-4ld works: p <= %.4f   harms: p >= %.4f   idle: p >= %.3f\n",
            (long)p->look[i].day, p->look[i].benefit, 1 - p->look[i].harm,
            p->look[i].futile);
    gs_buf_printf(out, "    end      works: p <= %.4f\n",
                  p->look[p->n_look - 1].benefit);
    static const char *const world[] = {"does nothing", "helps that much",
                                        "as believed"};
    for (int w = 0; w < 3; w++)
        gs_buf_printf(
            out,
            "    if it %-16s works %2.0f%% (± %.1f)  harms %2.0f%%  idle %2.0f%%  "
            "weeks on average %.1f\n",
            world[w], 100 * p->stopping.works[w].p, 100 * p->stopping.works[w].se,
            100 * p->stopping.harms[w].p, 100 * p->stopping.futile[w].p,
            p->stopping.weeks[w]);
    exp_say(out, 4,
            "Limits and rates are by the very test at every look, each half of the "
            "simulated trials judged by limits set on the other half.");
}

void gs_protocol_say(const gs_protocol *p, const char *hash, gs_buf *out)
{
    gs_buf_printf(out, "Experiment \"%s\": does it help your %s?\n\n", p->name,
                  p->outcome[0]);
    put_row(out, "A", "%s", p->control);
    put_row(out, "B", "%s", p->treatment);
    say_design(p, out);
    put_row(out, "Judged by",
            "%s, scored once a day on %s; %s is better. Smallest effect worth "
            "having: %g points.%s",
            p->outcome[0], p->scale, p->worse > 0 ? "lower" : "higher", p->worth,
            p->n_outcome > 1 ? " Also written down:" : "");
    for (size_t i = 1; i < p->n_outcome; i++)
        put_row(out, "", "%s (described, not tested)", p->outcome[i]);
    if (!isnan(p->harm_above))
        put_row(out, "Pauses when",
                "%s is %s %g on %d scored days in a row, or a red flag is "
                "written down.",
                p->outcome[0], p->worse > 0 ? "above" : "below", p->harm_above,
                p->harm_days);
    else
        put_row(out, "Pauses when",
                "a red flag is written down. (--harm-above sets a bound for "
                "your score.)");
    say_promise(p, out);
    say_curve(p, out);
    say_looks(p, out);
    say_advice(p, out);
    gs_buf_put(out, "\n");
    put_row(out, "Fixed now", "%s", p->analysis);
    gs_buf_printf(out, "\n  Plan of %s, SHA-256\n    %s\n", p->made, hash);
    exp_say(
        out, 2,
        "Send that line to somebody, or note it where it has a date: it proves later "
        "that neither the order nor the analysis was changed.");
}

/* ---- today --------------------------------------------------------------------------- */

static void say_phase(const gs_follow *f, int32_t at, gs_buf *out)
{
    const gs_protocol *p = f->plan;
    int32_t run_in = p->design.run_in;
    if (at < run_in) {
        exp_say(out, 0, "Run-in: %s. %ld more day%s of it.", p->control,
                (long)(run_in - at - 1), run_in - at - 1 == 1 ? "" : "s");
        return;
    }
    if (p->blinded) {
        int32_t period = (at - run_in) / p->design.period_days + 1;
        exp_say(out, 0, p->design.kind == GS_NOF1_SWITCH ?
                "Take today's portion from the box of day %ld." :
                "Take today's portion from container %ld.", (long)period);
        return;
    }
    int code = gs_nof1_day(f->schedule, at, NULL);
    int32_t next = at + 1;
    while (next < f->n_day && gs_nof1_day(f->schedule, next, NULL) == code)
        next++;
    exp_say(out, 0, "Today: %c, %s.", code == 1 ? 'B' : 'A',
            code == 1 ? p->treatment : p->control);
    if (next < f->n_day)
        exp_say(out, 0, "In %ld day%s: %c, %s.", (long)(next - at),
                next - at == 1 ? "" : "s", code == 1 ? 'A' : 'B',
                code == 1 ? p->control : p->treatment);
    else
        exp_say(out, 0, "This phase is the last; %ld day%s to go.",
                (long)(next - at - 1), next - at - 1 == 1 ? "" : "s");
}

void gs_follow_today(const gs_follow *f, int32_t today, bool scored, gs_buf *out)
{
    const gs_protocol *p = f->plan;
    char iso[16];
    int32_t at = today - f->day0;

    if (!f->started) {
        exp_say(out, 0, "\"%s\" is planned and not started: gutskin experiment start",
                p->name);
        return;
    }
    if (f->stopped) {
        exp_say(out, 0, "\"%s\" was stopped on %s: %s", p->name,
                gs_date_iso(f->paused_on, iso, sizeof iso), f->why);
        return;
    }
    if (f->paused) {
        exp_say(
            out, 0,
            "\"%s\" is PAUSED since %s: %s. Live as usual (A). When it is all right "
            "to go on: gutskin experiment resume --why ...; to end it: gutskin experiment "
            "stop --why ...",
            p->name, gs_date_iso(f->paused_on, iso, sizeof iso), f->why);
        return;
    }
    if (at < 0) {
        exp_say(out, 0, "\"%s\" begins in %ld day%s, on %s.", p->name, (long)-at,
                at == -1 ? "" : "s", gs_date_iso(f->day0, iso, sizeof iso));
        return;
    }
    if (at >= f->n_day) {
        exp_say(out, 0, "\"%s\" is over%s. Its answer: gutskin experiment analyse",
                p->name,
                p->blinded && !f->schedule
                    ? "; get the key and open it: gutskin experiment "
                      "reveal KEYFILE"
                    : "");
        return;
    }
    exp_say(out, 0, "\"%s\", day %ld of %ld", p->name, (long)at + 1, (long)f->n_day);
    say_phase(f, at, out);
    if (!scored)
        exp_say(out, 0, "Still to do: gutskin log %s=...", p->outcome[0]);
    if (at > 0 && isnan(f->kept[at - 1]))
        exp_say(out, 0,
                "Did yesterday go as planned?  gutskin experiment log --date yesterday "
                "--kept yes|partly|no --reason ...");
    if (isnan(f->kept[at]))
        exp_say(
            out, 0,
            "This evening: gutskin experiment log --kept yes|partly|no --reason ...");
}

/* ---- check --------------------------------------------------------------------------- */

void gs_follow_say(const gs_follow *f, const gs_obs *obs, int32_t today, gs_buf *out)
{
    const gs_series *s = exp_primary(f, obs);
    int32_t upto = today - f->day0 + 1, said = 0, full = 0, scored = 0;

    upto = upto < 0 ? 0 : upto < f->n_day ? upto : f->n_day;
    for (int32_t d = 0; d < upto; d++) {
        said += !isnan(f->kept[d]);
        full += f->kept[d] >= 0.999;
    }
    for (size_t i = 0; s && i < s->n; i++) {
        int32_t at = obs->day0 + s->day[i] - f->day0;
        scored += at >= 0 && at < upto;
    }
    exp_say(out, 0,
            "%ld of %ld days lived. Scored: %ld of them (the plan counted on %.0f%%). "
            "Adherence said on %ld days, kept in full on %ld.",
            (long)upto, (long)f->n_day, (long)scored,
            100 * (1 - f->plan->assumed.missing), (long)said, (long)full);
    if (upto > 13 && scored < 0.6 * upto)
        exp_say(out, 0,
                "So many days without a score that the promised power is gone; a score "
                "a day is what this trial lives on.");
    for (int32_t d = 0; d < upto; d++) {
        char iso[16];
        if (f->kept[d] < 0.999 && f->reason[d])
            exp_say(out, 2, "%s  kept %.0f%%: %s",
                    gs_date_iso(f->day0 + d, iso, sizeof iso), 100 * f->kept[d],
                    f->reason[d]);
    }
    if (f->n_change)
        exp_say(out, 0, "Changes of the plan on record: %zu.", f->n_change);
}
