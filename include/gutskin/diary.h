/* Diary: what a person wrote down, in one SQLite file (WAL, foreign keys, STRICT).
 * The diary knows channels, scales, units and days; it never sees a model.
 *
 *     gs_diary *d;
 *     GS_TRY(gs_diary_open("gutskin.db", true, &d, err));
 *     GS_TRY(gs_diary_import(d, "my.csv", text, n, &GS_IMPORT_OPTS, &took, err));
 *     GS_TRY(gs_diary_obs(d, "me", arena, &obs, err));
 *     gs_diary_close(d); */
#ifndef GUTSKIN_DIARY_H
#define GUTSKIN_DIARY_H

#include "gutskin/arena.h"
#include "gutskin/date.h"
#include "gutskin/obs.h"
#include "gutskin/status.h"
#include "gutskin/text.h"

#define GS_IMPORT_OPTS                                                            \
    ((gs_import_opts){.person = "me", .scale = "", .today = GS_DAY_NONE})

typedef struct gs_diary gs_diary;

/* Convert value from one unit text to another; false when they do not agree. */
typedef bool gs_unit_conv_fn(void *self, const char *from, const char *to, double *value);

/* Open; with create, make the file and its schema when absent. Older schemas are
 * migrated in one transaction. Fails GS_ESTORE (not a diary, newer than this program,
 * locked), GS_EIO. */
gs_status gs_diary_open(const char *path, bool create, gs_diary **out, gs_err *err);
void gs_diary_close(gs_diary *d);

/* One value as it was said. A bare tag has value NaN. */
typedef struct gs_entry {
    const char *person;  /* "" = the default person */
    int32_t day;         /* calendar day, or day number for diaries without dates */
    const char *channel; /* as registered; unknown names are kept as OTHER        */
    const char *scale;   /* scale of an outcome, "" = the channel's default       */
    double value;        /* NaN = bare tag                                        */
    const char *unit;    /* as said; "" = the channel's; converted                */
} gs_entry;

/* Record entries in one transaction; a value for the same person, day and channel is
 * refused unless replace is set (the old one is kept in the history, undo restores it).
 * out_batch names the batch for undo. All or nothing; err names the entry. */
gs_status gs_diary_log(gs_diary *d, size_t n, const gs_entry *e, bool replace,
                       const char *origin, int64_t *out_batch, gs_err *err);

typedef struct gs_import_opts {
    const char *person;     /* person of files without a person column            */
    gs_date_form date_form; /* UNKNOWN = recognise, fail when ambiguous            */
    const char *scale;      /* "eczema=0-4,itch=0-10" or "*=0-4"; "" = recognise   */
    double sessions_per_week; /* files that count sessions; 0 = ask                */
    int32_t today;          /* days after it are refused; GS_DAY_NONE = no check   */
    bool strict;            /* any refused line refuses the file                   */
    gs_unit_conv_fn *convert; /* units, lent by the caller; NULL = same unit only  */
    void *convert_self;
} gs_import_opts;

typedef struct gs_import_issue {
    long line;
    const char *field;
    const char *text;
} gs_import_issue;
typedef struct gs_import_took {
    int64_t batch;
    size_t n_row, n_value, n_duplicate, n_refused, n_person;
    size_t n_issue; /* at most 1000 are kept */
    const gs_import_issue *issue;
} gs_import_took;

gs_status gs_diary_import(gs_diary *d, gs_arena *a, const char *name, const char *text,
                          size_t n, const gs_import_opts *o, gs_import_took *out,
                          gs_err *err);

gs_status gs_diary_undo(gs_diary *d, int64_t batch /* 0 = last */, gs_buf *out_what, gs_err *err);
gs_status gs_diary_export(gs_diary *d, const char *person, bool json, gs_buf *out, gs_err *err);
/* Erase a person ("" = everybody) from every table, and from the file's free pages. */
gs_status gs_diary_forget(gs_diary *d, const char *person, size_t *out_n, gs_err *err);
/* Persons, NULL-terminated. */
gs_status gs_diary_people(gs_diary *d, gs_arena *a, const char *const **out, gs_err *err);

/* The observation table of one person. */
gs_status gs_diary_obs(gs_diary *d, const char *person, gs_arena *a, gs_obs **out, gs_err *err);

/* Results are kept beside the entries they were made from: opaque bytes under a kind
 * ("answer", "fit") with a key naming what they depend on. */
gs_status gs_diary_keep(gs_diary *d, const char *person, const char *kind, const char *key,
                        const void *bytes, size_t n, gs_err *err);
/* GS_EFOUND when absent. out_key is what it was kept under. */
gs_status gs_diary_kept(gs_diary *d, const char *person, const char *kind, gs_arena *a,
                        const char **out_key, const char **out_bytes, size_t *out_n,
                        gs_err *err);
/* Fingerprint of all entries of a person: the key under which results are kept. */
gs_status gs_diary_fingerprint(gs_diary *d, const char *person, uint64_t *out, gs_err *err);

#endif
