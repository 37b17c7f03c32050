/* Observations: the plain table that diaries, stool results and trials hand over and
 * inference reads. Also the two registries every module shares: *scales* (how a
 * severity is scored) and *channels* (what can be written down).
 *
 * Registries are lists in src/obs/scale.def and src/obs/channel.def. */
#ifndef GUTSKIN_OBS_H
#define GUTSKIN_OBS_H

#include "gutskin/arena.h"
#include "gutskin/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum gs_scale_kind {
    GS_SCALE_ORDERED, /* few ordered values lo, lo+1, ..., hi        */
    GS_SCALE_BOUNDED, /* a number in [lo, hi], many values            */
    GS_SCALE_COUNT,   /* 0, 1, 2, ...                                 */
    GS_SCALE_POSITIVE /* a positive number with a unit                */
} gs_scale_kind;

/* A way of scoring. lo/hi are the legal range; step is the coarsest legal grid
 * (0 = any); worse = +1 when higher is worse, -1 when lower is, 0 neither. */
typedef struct gs_scale {
    const char *name; /* "0-4", "poscorad", "pasi" ... */
    const char *title, *also; /* also: other spellings, '|' between */
    gs_scale_kind kind;
    double lo, hi, step;
    int worse;
    const char *condition; /* "eczema", "psoriasis", "acne", "rosacea", "" = any */
    double offset; /* o in ln(value + o) for POSITIVE/COUNT; half a step at the ends of BOUNDED */
    double slope;  /* latent units per unit of the model's signal, docs/notes/links.md */
    const char *cite;
} gs_scale;

typedef enum gs_channel_kind {
    GS_CHANNEL_OUTCOME, /* a severity, scored on a scale          */
    GS_CHANNEL_LEVER,   /* what a person does or meets            */
    GS_CHANNEL_LAB,     /* a measured value                       */
    GS_CHANNEL_FLAG,    /* a red flag: see a doctor now            */
    GS_CHANNEL_OTHER    /* kept, exported, not used by the model  */
} gs_channel_kind;

typedef struct gs_channel {
    const char *name, *title, *also;
    gs_channel_kind kind;
    const char *unit;  /* unit stored; "1" for scores and shares                  */
    double lo, hi;     /* accepted in that unit; for outcomes the scale's range    */
    const char *scale; /* default scale of an outcome, "" else                    */
    const char *condition; /* condition an outcome speaks of, "" = the person's   */
    const char *see;   /* outcome/lab: observable of the model; "" = condition's  */
    const char *lever; /* lever of the model this feeds, "" = none                */
    double to_lever_a, to_lever_b; /* lever value = a * value + b ...              */
    double lever_lo, lever_hi;     /* ... clamped to [lever_lo, lever_hi]          */
    double tag_value;  /* value (channel's unit) meant when it appears as a bare tag; NaN = none */
    bool absent_is_zero; /* a dosed treatment, written down whenever it is given: once it
                          * was said with a number, days that do not say it had none.
                          * Never for tags: an absent tag is "not said"            */
} gs_channel;

const gs_scale *gs_scale_find(const char *name);     /* NULL when unknown; gs_text_same */
const gs_channel *gs_channel_find(const char *name); /* also by other spellings          */
size_t gs_scale_count(void);
const gs_scale *gs_scale_at(size_t i);
size_t gs_channel_count(void);
const gs_channel *gs_channel_at(size_t i);
/* What stands between a measured value and a model's level, beside the noise of day and
 * assay: method and laboratory, and people; geometric sds. people 0: the model's own spread
 * of the parameter `par`. Values above top are not heard. src/obs/method.def */
typedef struct gs_lab_method {
    const char *channel;
    double method, people;
    const char *par;
    double top;
} gs_lab_method;
const gs_lab_method *gs_lab_method_find(const char *channel); /* NULL: none known */
/* Nearest known name for a message, NULL when none is near. */
const char *gs_channel_nearest(const char *word);
const char *gs_scale_nearest(const char *word);

/* One outcome series of one person. */
typedef struct gs_series {
    const char *name;         /* unique in the table: channel, or channel/scale */
    const gs_channel *channel;
    const gs_scale *scale;
    const char *condition;    /* resolved: one of the four                      */
    size_t n;
    const int32_t *day;       /* [n] days since the table's day0, ascending      */
    const double *value;      /* [n] in scale units                              */
} gs_series;

/* One lever as the person reported it. Missing days are NaN. */
typedef struct gs_lever_series {
    const char *name;         /* lever of the model                              */
    double *value;            /* [n_day] lever units, NaN = not said             */
    bool tags_only;           /* only ever present as a bare tag                 */
    size_t n_said;
} gs_lever_series;

typedef enum gs_condition {
    GS_ACNE = 0,
    GS_ECZEMA,
    GS_PSORIASIS,
    GS_ROSACEA,
    GS_N_CONDITION
} gs_condition;
const char *gs_condition_name(gs_condition c);
long gs_condition_find(const char *name); /* -1 when unknown */

/* A single measured value (laboratory, stool test). sd is NaN when not known. */
typedef struct gs_lab {
    const gs_channel *channel;
    int32_t day;
    double value, sd;
} gs_lab;

/* A red flag somebody wrote down. */
typedef struct gs_flag {
    const gs_channel *channel;
    int32_t day;
} gs_flag;

/* What inference sees of one person. All memory in the caller's arena. */
typedef struct gs_obs {
    const char *person;
    int32_t day0;             /* calendar day of day 0, GS_DAY_NONE if unknown    */
    size_t n_day;             /* days 0 .. n_day-1                               */
    size_t n_series;
    const gs_series *series;
    size_t n_lever;
    const gs_lever_series *lever;
    size_t n_lab;
    const gs_lab *lab;
    size_t n_flag;
    const gs_flag *flag;
    gs_condition condition;   /* the one the person is asked about mostly        */
} gs_obs;

/* Check a table before use: days ascending and inside, values finite and on their
 * scale, names unique. GS_ERANGE with the series' name otherwise. */
gs_status gs_obs_check(const gs_obs *o, gs_err *err);

#endif
