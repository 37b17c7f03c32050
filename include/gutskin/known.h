/* What is known: popular claims with what was published and a verdict, from
 * data/evidence/known.txt. The effects the calibrated model gives are worked out when
 * asked (gs_calib_effects), never stored.
 *
 *     size_t n;
 *     const gs_known *claim = gs_known_shipped(&n); */
#ifndef GUTSKIN_KNOWN_H
#define GUTSKIN_KNOWN_H

#include "gutskin/evidence.h"

enum { GS_KNOWN_ASKS = 6, GS_KNOWN_ROWS = 16 };

typedef struct gs_known_effect { /* what the model is asked: a lever in a condition */
    const char *lever, *condition; /* condition: acne ... rosacea, infancy */
} gs_known_effect;

typedef struct gs_known {
    const char *name, *asks, *word, *verdict, *evidence; /* word: likely, possible ... */
    size_t n_model, n_row;
    gs_known_effect model[GS_KNOWN_ASKS];
    const char *row[GS_KNOWN_ROWS]; /* ids of the table */
} gs_known;

/* Read blocks. Fails GS_EPARSE with file and line; GS_ENOMEM. Bounded: 1 MiB, 64 claims. */
gs_status gs_known_read(gs_arena *a, const char *name, const char *text, size_t n_text,
                        size_t *n, gs_known **out, gs_err *err);
/* Those compiled in; NULL and 0 when memory ran out. */
const gs_known *gs_known_shipped(size_t *n);

#endif
