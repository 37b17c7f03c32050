/* The sentences of an answer. */
#ifndef GS_ADVICE_WORDS_H
#define GS_ADVICE_WORDS_H

#include "advice/lever.h"
#include "gutskin/answer.h"

/* Sentences live in an arena; running out of it is noticed once, at the end. */
typedef struct words {
    gs_arena *a;
    bool failed;
} words;

/* printf into the arena; "" and failed when there is no room. */
const char *say(words *w, const char *fmt, ...) GS_PRINTF(2, 3);

/* What is known of one lever of one person when its sentences are made. */
typedef struct lever_state {
    const lever_ask *ask; /* NULL: a lever of somebody else's model */
    const gs_lever_info *info;
    const gs_lever_series *said; /* NULL: never said */
    size_t n_day;
    long gain;            /* parameter of the model, -1 none        */
    bool learned;         /* the fit moved it                       */
    double sd, lo, hi;    /* of the days said; NaN                  */
    double block_weeks;
} lever_state;

/* "10 g more fibre a day"; "" when nothing is asked. */
const char *words_change(words *w, const lever_ask *ask, const gs_lever_info *info,
                         double change);
/* Why the diary taught what it did about this lever. */
const char *words_why(words *w, const lever_state *s, const gs_answer_lever *l);
/* The block that would teach it. */
const char *words_block(words *w, const lever_state *s, const gs_answer_lever *l);

/* Red flags, each once, newest day first. */
gs_status words_flags(words *w, const gs_obs *obs, size_t *out_n, const gs_answer_flag **out);
/* Was a red flag written down in the last `days` days? */
bool words_flag_recent(const gs_obs *obs, int32_t days);

/* What is not known: missing days, return to the mean, drift, causes that run the
 * other way, tags, levers that move together, the model itself. */
gs_status words_notes(words *w, const gs_answer *x, const gs_obs *obs, const gs_fit *f,
                      size_t i_series, size_t *out_n, const char *const **out);

/* One or two plain sentences for the top of the page. notice: the smallest change of
 * the main series that people notice. */
const char *words_headline(words *w, const gs_answer *x, bool flagged, double notice);

#endif
