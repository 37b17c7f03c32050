/* The evidence table: published results, one row each, data/evidence/evidence.csv.
 * data/evidence/README.md describes the columns. Rows graded `memory` are shown,
 * never used as priors. The shipped table is compiled into the library.
 *
 *     const gs_evidence *ev = gs_evidence_shipped();
 *     for (size_t i = 0; i < ev->n; i++)
 *         if (strcmp(ev->row[i].condition, "acne") == 0) ... */
#ifndef GUTSKIN_EVIDENCE_H
#define GUTSKIN_EVIDENCE_H

#include "gutskin/arena.h"
#include "gutskin/status.h"
#include "gutskin/text.h"
#include <stdbool.h>
#include <stddef.h>

/* How the row was checked: seen in an excerpt of the paper; seen quoted by another
 * text; recalled and not seen again. */
typedef enum gs_grade { GS_GRADE_EXCERPT, GS_GRADE_SECONDARY, GS_GRADE_MEMORY } gs_grade;

/* What sort of study. The order is the order of trust, best first. */
typedef enum gs_design {
    GS_DESIGN_RCT,          /* parallel groups                                   */
    GS_DESIGN_CROSSOVER,    /* randomised, everyone gets both                    */
    GS_DESIGN_CLUSTER,      /* groups of people randomised                       */
    GS_DESIGN_POOLED,       /* meta-analysis of randomised trials                */
    GS_DESIGN_NONRANDOM,    /* two arms, not randomised, or randomisation unclear */
    GS_DESIGN_SINGLE_ARM,   /* before and after, nobody to compare with          */
    GS_DESIGN_COHORT,       /* people followed, nothing changed                  */
    GS_DESIGN_CROSS,        /* one look: cross-sectional, case-control, surveys  */
    GS_DESIGN_POOLED_OBSERVED, /* meta-analysis of studies that watched          */
    GS_DESIGN_OTHER         /* review, guideline, definition of a scale          */
} gs_design;

/* What the number speaks of. */
typedef enum gs_result {
    GS_RESULT_SEVERITY,  /* a score of the skin, or lesions                     */
    GS_RESULT_RESPONSE,  /* share of people who cleared, answered or relapsed   */
    GS_RESULT_INCIDENCE, /* who gets, or has, the condition                     */
    GS_RESULT_MARKER,    /* blood, gut, weight, sleep: a step on the way        */
    GS_RESULT_COURSE,    /* how skin moves by itself, or on placebo             */
    GS_RESULT_SCALE      /* what a score means                                  */
} gs_result;

/* One result. Texts are never NULL; numbers that were not reported are NaN. Effects
 * are treated minus control (MD, SMD, RD, percent) or treated over control (RR, OR,
 * HR, PR, ratio); r is a correlation. For severity, below zero is better. */
typedef struct gs_evidence_row {
    const char *id, *condition, *lever; /* lever as in the model's names, or one of the
                                           README's other words ("omega3", "weight") */
    const char *what;      /* intervention, dose, in our words          */
    const char *control, *population, *outcome, *unit;
    double n_treat, n_control, weeks;   /* NaN = not reported            */
    const char *effect_type;            /* MD, SMD, RD, percent, RR, OR, HR, PR, ratio,
                                           r, change, share, rate, none; a leading "a"
                                           (aOR) = adjusted, not what the arms give */
    double effect, ci_lo, ci_hi;        /* NaN = not reported; negative MD = better */
    const char *design, *source, *key;  /* source: "Smith 2007", key in refs.bib */
    gs_grade grade;
    bool calibrates;
    const char *caution;
    const char *trial;     /* rows of one trial, or one pooled analysis, share it */
    const char *age;       /* years, as text: "15-25", "adult"                   */
    gs_design kind;
    gs_result result;
    const char *arms;      /* what the arm numbers are: change, level, percent
                              change, share; "" = no arm numbers                 */
    double arm_treat, arm_control;   /* value per arm                            */
    double base_treat, base_control; /* at the start                             */
    double p;              /* NaN = not reported; "<0.001" is stored as 0.001    */
    const char *finding;   /* skin better, worse, null (no difference shown); steps on
                              the way higher, lower, null; unclear               */
    const char *why_not;   /* why it does not calibrate, "" when it does: memory,
                              single_arm, unrandomised, no_number, no_contrast,
                              same_people, pooled, faulty, not_skin, scale, added */
    long line;             /* of the table, for messages                         */
    const char *reading;   /* what was read otherwise than it stands, in words; NULL or
                              "" = nothing                                       */
    const char *fault;     /* why it could not be read, one sentence; NULL or "" = it
                              could. Only tables of others have such rows        */
} gs_evidence_row;

typedef struct gs_evidence {
    size_t n;
    const gs_evidence_row *row;
} gs_evidence;

/* Shipped table; constant, shared by all threads. */
const gs_evidence *gs_evidence_shipped(void);

/* Read a table in the project's schema. All rows or none. Text <= 16 MiB.
 * Fails GS_EPARSE (form: columns, quotes, words, numbers) and GS_ERANGE (a value that
 * cannot be: a share above 1, an interval that leaves out its estimate, an effect that
 * is not what its arms say, two rows with one id); err has file, line, field. */
gs_status gs_evidence_read(gs_arena *a, const char *name, const char *text, size_t n,
                           gs_evidence **out, gs_err *err);

/* Every key of the table stands in bib (BibTeX, data/evidence/refs.bib) with a DOI, PMID,
 * PMCID, address or note. Fails GS_EFOUND naming line and key. */
gs_status gs_evidence_check_keys(const gs_evidence *ev, const char *bib_name,
                                 const char *bib, size_t n, gs_err *err);

/* Where a shipped key can be looked up. text: journal and identifier, "J Nutr 2018,
 * doi:10.1016/..."; link: an address at doi.org, PubMed or PMC, "" when there is no such
 * identifier. False, and both "", for unknown keys. Cut to n_text and n_link bytes. */
bool gs_evidence_where(const char *key, char *text, size_t n_text, char *link,
                       size_t n_link);

/* Rows as one JSON array, keys as in the table, null for what was not reported. */
void gs_evidence_json(size_t n, const gs_evidence_row *const *row, gs_buf *out);

/* Words of the enumerations, as they stand in the table; never NULL. The find
 * functions return -1 for unknown words. */
const char *gs_grade_name(gs_grade g);
const char *gs_design_name(gs_design d);
const char *gs_result_name(gs_result r);
long gs_grade_find(const char *word);
long gs_design_find(const char *word);
long gs_result_find(const char *word);

/* i-th lever word a table may use, NULL past the end. */
const char *gs_evidence_lever(size_t i);
bool gs_evidence_lever_known(const char *word);

/* Randomised, with somebody to compare with (rct, crossover, cluster, pooled). */
bool gs_design_randomised(gs_design d);

#endif
