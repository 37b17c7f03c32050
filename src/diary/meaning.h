/* From what somebody wrote to what it means: "3,5 l" under "water" is 3.5 in the
 * channel's unit L; "7/10" under "stress" is 7 of 10. */
#ifndef GS_DIARY_MEANING_H
#define GS_DIARY_MEANING_H

#include "gutskin/diary.h"

enum { GS_SAID_UNIT = 40 };

typedef enum gs_said_kind {
    GS_SAID_NOTHING, /* empty, "-", "n/a": missing                     */
    GS_SAID_NUMBER,
    GS_SAID_YES,     /* "yes", "x": a bare tag                         */
    GS_SAID_NO,
    GS_SAID_NOT_FINITE, /* "nan", "inf"                                */
    GS_SAID_TEXT     /* none of these                                  */
} gs_said_kind;

typedef struct gs_said {
    gs_said_kind kind;
    double value;
    char unit[GS_SAID_UNIT]; /* what follows the number */
} gs_said;

/* Read one cell. comma: "3,5" is three and a half. */
gs_said gs_said_read(const char *text, size_t n, bool comma);

/* How numbers under a name are to be taken: value = a * said + b, then checked. */
typedef struct gs_meaning {
    const gs_channel *channel; /* NULL: a name of the person's own, kept as OTHER   */
    const gs_scale *scale;     /* of an outcome (or the like); NULL else            */
    bool condition;            /* the name "condition": the value is a gs_condition */
    double a, b, lo, hi;
} gs_meaning;

/* unit and scale: what was said of them, "" if nothing; a scale may also be said as
 * the unit ("/10", "0-4"). Fails GS_EUNIT with the mend. */
gs_status gs_meaning_find(const char *channel, const char *unit, const char *scale,
                          gs_unit_conv_fn *convert, void *self, gs_meaning *out,
                          gs_err *err);
/* The value in the channel's unit. Fails GS_ERANGE with the mend. */
gs_status gs_meaning_value(const gs_meaning *m, const char *name, double said, double *out,
                           gs_err *err);
/* What a cell means: NaN for a bare tag; *out_missing for nothing said. */
gs_status gs_meaning_said(const gs_meaning *m, const char *name, const gs_said *s,
                          double *out, bool *out_missing, gs_err *err);
/* A name of the person's own as it is stored: ';' joins names in long tables and line
 * breaks end lines, so neither stays in a name. In place. */
void gs_meaning_own_name(char *name);
/* True when text is a unit word the table below knows and the channel could take. */
bool gs_meaning_unit_fits(const gs_channel *c, const char *unit);
/* True for an outcome scored on the person's own 0-10 or a lever scored 0-10: what
 * "*=0-4" speaks of. */
bool gs_meaning_own_score(const gs_channel *c);

#endif
