/* The calibrated population: what published trials leave to be believed about how people
 * answer, as draws of a joint distribution. Made by `gutskin calibrate`, shipped as
 * data/population/population.csv and compiled in; docs/notes/calibration.md says how.
 *
 *     const gs_population *p = gs_population_shipped();
 *     long c = gs_population_find(p, "gain_glycaemic");
 *     for (size_t d = 0; d < p->n_draw; d++) use(gs_population_at(p, d, c));
 *
 * Columns
 *   gain_X, k_..., skin_to_gut   a parameter of model/axis.gs: its mean over people
 *   beyond.LEVER.OUTCOME         what trials saw of this lever that the axis does not
 *                                carry: added to ln severity (onset: to the log odds)
 *                                at 12 weeks, for the lever's usual, hopeful change
 *   beyond_sd.skin, .marker, .onset   spread of those between levers; a lever without
 *                                trials draws its term from normal(0, this)
 *   null_printed                 chance that a trial without a significant result in the hoped-for
 *                                direction is printed with a number, relative to one with
 *   null_pooled                  the same, that such a trial gets into a pool of trials
 *   null_elsewhere               the same, for tables nobody has seen yet: the prior
 *   course.OUTCOME               what the outcome does on placebo: ln of the mean ratio to
 *                                the start, in the end;  course_days: how fast
 *   people.OUTCOME               sd between people of the ln of that ratio
 *   between.course, .effect, .marker, .onset   sd between trials of one course, of the effect
 *                                on skin, on a marker, on onset (log odds)
 *   onset_slope                  log odds of eczema by a change of 1 in the ln of its drive */
#ifndef GUTSKIN_POPULATION_H
#define GUTSKIN_POPULATION_H

#include "gutskin/arena.h"
#include "gutskin/status.h"
#include "gutskin/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gs_population {
    long version;
    uint64_t seed;
    uint64_t model, evidence; /* fingerprints of what it was made from */
    size_t n_draw, n_par;
    const char *const *name; /* [n_par]           */
    const double *draw;      /* [n_draw x n_par]  */
} gs_population;

/* Constant, shared by all threads; n_draw 0 when it could not be read. */
const gs_population *gs_population_shipped(void);

/* Read a file's text. Fails GS_EPARSE, GS_ERANGE with line; GS_ENOMEM. Bounded: 16 MiB,
 * 256 columns, 10,000 draws. */
gs_status gs_population_read(gs_arena *a, const char *name, const char *text, size_t n,
                             gs_population **out, gs_err *err);
/* The file's text; the same population gives the same bytes. */
void gs_population_write(const gs_population *p, gs_buf *out);

/* Column by name, -1 when there is none; value of a draw. */
long gs_population_find(const gs_population *p, const char *name);
double gs_population_at(const gs_population *p, size_t draw, long column);

typedef struct gs_population_sum {
    double mean, sd, q05, q50, q95;
    double zero; /* share of draws that are exactly 0 */
} gs_population_sum;
/* Cost O(n_draw log n_draw). False for a column that is not there, or no memory. */
bool gs_population_summary(const gs_population *p, long column, gs_population_sum *out);

/* What the calibrated model says of a lever in a condition (data/population/effects.csv,
 * made by `gutskin evidence effects --csv`): the mean effect on people of the lever's usual
 * change after 12 weeks, without the drift both groups of a trial share. */
typedef struct gs_population_effect {
    const char *condition, *lever;
    double effect, lo, hi; /* ln of the ratio of severities (infancy: of risks), 90%    */
    double axis;           /* what of it the model of the axis carries                  */
    double helps;          /* chance that it is below nought                            */
    bool tried;            /* from trials of this lever and outcome; false: a belief
                              centred on what the axis carries                          */
} gs_population_effect;
/* Shipped; NULL for a pair that was not asked. condition: acne ... rosacea, infancy. */
const gs_population_effect *gs_population_effect_of(const char *condition, const char *lever);

#endif
