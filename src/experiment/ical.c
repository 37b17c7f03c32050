/* Reminders as iCalendar, RFC 5545: lines end in CRLF, none is longer than 75 octets
 * (longer ones go on behind CRLF and a blank, never inside a UTF-8 character), commas,
 * semicolons, backslashes and newlines in texts are escaped. Times are floating: eight
 * in the evening is eight in the evening wherever the person is. */
#include "experiment/inside.h"

#include "gutskin/date.h"
#include "gutskin/seal.h"

#include <stdio.h>
#include <string.h>

enum { OCTETS = 75 };

/* One content line, folded. */
static void put_line(gs_buf *out, const char *line)
{
    size_t n = strlen(line), room = OCTETS;
    while (n > room) {
        size_t cut = room;
        while (cut > 1 && ((unsigned char)line[cut] & 0xc0) == 0x80)
            cut--;
        gs_buf_put_n(out, line, cut);
        gs_buf_put(out, "\r\n ");
        line += cut;
        n -= cut;
        room = OCTETS - 1; /* the blank counts */
    }
    gs_buf_put_n(out, line, n);
    gs_buf_put(out, "\r\n");
}

static void put_text(gs_buf *out, const char *name, const char *text)
{
    gs_buf b = {0};
    gs_buf_printf(&b, "%s:", name);
    for (const char *p = text; *p; p++) {
        if (*p == '\\' || *p == ';' || *p == ',')
            gs_buf_printf(&b, "\\%c", *p);
        else if (*p == '\n')
            gs_buf_put(&b, "\\n");
        else if ((unsigned char)*p >= 0x20)
            gs_buf_put_n(&b, p, 1);
    }
    out->failed |= b.failed;
    put_line(out, b.data ? b.data : "");
    gs_buf_free(&b);
}

static void put_date(gs_buf *out, const char *name, int32_t day, const char *time)
{
    int y, m, d;
    char line[60];
    gs_date_civil(day, &y, &m, &d);
    if (time)
        snprintf(line, sizeof line, "%s:%04d%02d%02dT%s", name, y, m, d, time);
    else
        snprintf(line, sizeof line, "%s;VALUE=DATE:%04d%02d%02d", name, y, m, d);
    put_line(out, line);
}

/* UIDs follow from plan and place alone: a calendar read twice is not doubled. */
static void open_event(const gs_follow *f, const char *what, int i, const char *stamp,
                       gs_buf *out)
{
    char hash[GS_SEAL_SIZE], line[120], seed[200];
    snprintf(seed, sizeof seed, "%.60s %.30s %ld %.20s %d", f->plan->name,
             f->plan->made, (long)f->day0, what, i);
    gs_seal_text(seed, strlen(seed), hash);
    put_line(out, "BEGIN:VEVENT");
    snprintf(line, sizeof line, "UID:%.24s@gutskin.invalid", hash);
    put_line(out, line);
    snprintf(line, sizeof line, "DTSTAMP:%.20s", stamp);
    put_line(out, line);
}

static void put_alarm(gs_buf *out, const char *when, const char *text)
{
    char line[60];
    put_line(out, "BEGIN:VALARM");
    put_line(out, "ACTION:DISPLAY");
    put_text(out, "DESCRIPTION", text);
    snprintf(line, sizeof line, "TRIGGER:%s", when);
    put_line(out, line);
    put_line(out, "END:VALARM");
    put_line(out, "END:VEVENT");
}

static void put_phase(const gs_follow *f, int i, int32_t from, int32_t n,
                      const char *what, const char *stamp, gs_buf *out)
{
    open_event(f, "phase", i, stamp, out);
    put_date(out, "DTSTART", f->day0 + from, NULL);
    put_date(out, "DTEND", f->day0 + from + n, NULL);
    put_text(out, "SUMMARY", what);
    put_line(out, "TRANSP:TRANSPARENT");
    put_alarm(out, "-PT4H", what);
}

static void put_phases(const gs_follow *f, const char *stamp, gs_buf *out)
{
    const gs_protocol *p = f->plan;
    char what[300];
    int i = 0;

    if (p->design.run_in > 0) {
        snprintf(what, sizeof what, "%s: run-in, %s", p->name, p->control);
        put_phase(f, i++, 0, p->design.run_in, what, stamp, out);
    }
    if (p->blinded && p->design.kind == GS_NOF1_SWITCH) { /* a box for each day */
        snprintf(what, sizeof what,
                 "%s: take each day's portion from the box of that day", p->name);
        put_phase(f, i++, p->design.run_in, f->n_day - p->design.run_in, what, stamp,
                  out);
        return;
    }
    if (p->blinded) { /* containers: one a period, whatever is in it */
        for (size_t k = 0; k < p->design.n_period; k++) {
            snprintf(what, sizeof what, "%s: take from container %zu", p->name, k + 1);
            put_phase(f, i++, p->design.run_in + (int32_t)k * p->design.period_days,
                      p->design.period_days, what, stamp, out);
        }
        return;
    }
    const gs_nof1_schedule *s = f->schedule;
    for (size_t k = 0; s && k < s->n_period;) {
        size_t end = k + 1;
        while (end < s->n_period && s->period[end].code == s->period[k].code)
            end++;
        int32_t from = s->period[k].from;
        int32_t n = s->period[end - 1].from + s->period[end - 1].n_day - from;
        snprintf(what, sizeof what, "%s: %c, %s", p->name,
                 s->period[k].code ? 'B' : 'A',
                 s->period[k].code ? p->treatment : p->control);
        put_phase(f, i++, from, n, what, stamp, out);
        k = end;
    }
}

void gs_follow_calendar(const gs_follow *f, const char *stamp, gs_buf *out)
{
    char line[80];

    put_line(out, "BEGIN:VCALENDAR");
    put_line(out, "VERSION:2.0");
    put_line(out, "PRODID:-//gutskin//experiment//EN");
    put_line(out, "CALSCALE:GREGORIAN");
    put_line(out, "METHOD:PUBLISH");
    open_event(f, "score", 0, stamp, out);
    put_date(out, "DTSTART", f->day0, "200000");
    put_line(out, "DURATION:PT5M");
    snprintf(line, sizeof line, "RRULE:FREQ=DAILY;COUNT=%ld", (long)f->n_day);
    put_line(out, line);
    gs_buf what = {0};
    gs_buf_printf(&what, "%s: score your %s, and say whether today went as planned",
                  f->plan->name, f->plan->outcome[0]);
    put_text(out, "SUMMARY", what.data ? what.data : "");
    put_text(out, "DESCRIPTION", "gutskin log, then gutskin experiment log --kept yes");
    put_alarm(out, "PT0M", what.data ? what.data : "");
    out->failed |= what.failed;
    gs_buf_free(&what);
    put_phases(f, stamp, out);
    put_line(out, "END:VCALENDAR");
}
