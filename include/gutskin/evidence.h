/* The evidence table: published results, one row each, data/evidence/evidence.csv.
 * data/evidence/README.md describes the columns. Rows graded `memory` are shown,
 * never used as priors. The shipped table is compiled into the library. */
#ifndef GUTSKIN_EVIDENCE_H
#define GUTSKIN_EVIDENCE_H

#include "gutskin/arena.h"
#include "gutskin/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum gs_grade { GS_GRADE_EXCERPT, GS_GRADE_SECONDARY, GS_GRADE_MEMORY } gs_grade;

typedef struct gs_evidence_row {
    const char *id, *condition, *lever; /* lever as in the model's names */
    const char *what;      /* intervention, dose, in our words          */
    const char *control, *population, *outcome, *unit;
    double n_treat, n_control, weeks;   /* NaN = not reported            */
    const char *effect_type;            /* MD, SMD, RR, OR, HR, percent, none */
    double effect, ci_lo, ci_hi;        /* NaN = not reported; negative MD = better */
    const char *design, *source, *key;  /* source: "Smith 2007", key in model/refs.bib */
    gs_grade grade;
    bool calibrates;
    const char *caution;
} gs_evidence_row;

typedef struct gs_evidence {
    size_t n;
    const gs_evidence_row *row;
} gs_evidence;

/* Shipped table; constant. */
const gs_evidence *gs_evidence_shipped(void);
/* Read a table in the project's schema. GS_EPARSE/GS_ERANGE name file, line, field. */
gs_status gs_evidence_read(gs_arena *a, const char *name, const char *text, size_t n,
                           gs_evidence **out, gs_err *err);

#endif
