/* What the rest of the diary asks of the store. Rows are already understood: names
 * known, units converted, ranges checked. Only store.c knows SQL. */
#ifndef GS_DIARY_STORE_H
#define GS_DIARY_STORE_H

#include "gutskin/diary.h"

typedef struct gs_store_row {
    int64_t person, channel;
    int32_t day;
    const char *scale;      /* NUL-terminated; "" if none */
    double value;           /* NaN = bare tag             */
    const char *said;       /* as written                 */
    size_t n_said;
    const char *unit;       /* as written                 */
    size_t n_unit;
    long line;
} gs_store_row;

typedef enum gs_put {
    GS_PUT_NEW,
    GS_PUT_SAME,     /* the same value (or less) stands there already  */
    GS_PUT_REPLACED, /* took the place of another value                */
    GS_PUT_CLASH     /* another value stands there; nothing was written */
} gs_put;

/* What stood there, filled for SAME, REPLACED and CLASH. */
typedef struct gs_store_old {
    double value;
    int64_t batch;
    long line;
} gs_store_old;

gs_status gs_store_begin(gs_diary *d, gs_err *err);
gs_status gs_store_commit(gs_diary *d, gs_err *err);
void gs_store_rollback(gs_diary *d);

gs_status gs_store_batch(gs_diary *d, const char *kind, const char *origin,
                         int64_t *out_id, gs_err *err);
/* Find or make. A person's days are dates or numbers, never both: GS_EUSE. */
gs_status gs_store_person(gs_diary *d, const char *name, size_t n, bool numbered,
                          int64_t *out_id, gs_err *err);
gs_status gs_store_channel(gs_diary *d, const char *name, size_t n, int64_t *out_id,
                           gs_err *err);
gs_status gs_store_put(gs_diary *d, int64_t batch, const gs_store_row *row, bool replace,
                       gs_put *out, gs_store_old *out_old, gs_err *err);
/* A stool profile as it stands in the file. */
typedef struct gs_store_profile {
    int64_t person;   /* when put  */
    const char *name; /* when read */
    bool numbered;
    int32_t day;
    int64_t batch;
    const char *file, *format, *sample;
    int method, unit;
    double human, unplaced;
    const char *taxa;
} gs_store_profile;
/* One a day; out_file gets the file of the one that stands there. */
gs_status gs_store_profile_put(gs_diary *d, const gs_store_profile *p, bool replace,
                               gs_put *out, gs_buf *out_file, gs_err *err);
typedef gs_status gs_store_profile_fn(void *ctx, const gs_store_profile *p, gs_err *err);
gs_status gs_store_profiles(gs_diary *d, const char *person, gs_store_profile_fn *fn,
                            void *ctx, gs_err *err);
gs_unit_conv_fn *gs_store_units(const gs_diary *d, void **out_self);

#endif
