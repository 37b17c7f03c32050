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
#include "gutskin/gut.h"
#include "gutskin/obs.h"
#include "gutskin/status.h"
#include "gutskin/text.h"

#define GS_IMPORT_OPTS                                                            \
    ((gs_import_opts){.person = "me", .scale = "", .today = GS_DAY_NONE})
#define GS_PERSON_DEFAULT "me" /* what "" means when something is written down */

typedef struct gs_diary gs_diary;

/* Convert value from one unit text to another; false when they do not agree. */
typedef bool gs_unit_conv_fn(void *self, const char *from, const char *to, double *value);

/* Open; with create, make the file and its schema when absent. Older schemas are
 * migrated in one transaction. Fails GS_ESTORE (not a diary, newer than this program,
 * locked), GS_EIO. */
gs_status gs_diary_open(const char *path, bool create, gs_diary **out, gs_err *err);
void gs_diary_close(gs_diary *d); /* NULL is harmless */
/* Lend a unit converter to every later call; without one only the everyday units of
 * src/diary/meaning.c are known. */
void gs_diary_units(gs_diary *d, gs_unit_conv_fn *convert, void *self);

/* One value as it was said. A bare tag has value NaN. */
typedef struct gs_entry {
    const char *person;  /* "" = the default person */
    int32_t day;         /* calendar day, or day number for diaries without dates */
    bool numbered;       /* day is a day number; a person has one kind or the other */
    const char *channel; /* as registered; unknown names are kept as OTHER. The name
                          * "condition" with a gs_condition as value says what the
                          * person is asked about                                  */
    const char *scale;   /* scale of an outcome, "" = the channel's default       */
    double value;        /* NaN = bare tag                                        */
    const char *unit;    /* as said; "" = the channel's; converted                */
} gs_entry;

/* Read "7", "22 g", "3,5 g" (comma set), "7/10", "yes", "x", "no" or "" as people write
 * them: out_value is NaN for a bare tag ("yes", "x", ""), 0 for "no"; out_unit gets what
 * follows the number, "" if nothing does. False when it is no value ("lots", "nan"). */
bool gs_diary_said(const char *text, size_t n, bool comma, double *out_value,
                   char *out_unit, size_t n_unit);

/* Record entries in one transaction; a value for the same person, day and channel is
 * refused unless replace is set (the old one is kept in the history, undo restores it).
 * The same value again is no error; a number takes the place of a bare tag.
 * out_batch names the batch for undo. All or nothing; err->field names the channel.
 * Fails GS_EUNIT, GS_ERANGE, GS_EUSE (a clash: says what is there), GS_ESTORE. */
gs_status gs_diary_log(gs_diary *d, size_t n, const gs_entry *e, bool replace,
                       const char *origin, int64_t *out_batch, gs_err *err);

typedef struct gs_import_opts {
    const char *person;     /* person of files without a person column            */
    gs_date_form date_form; /* UNKNOWN = recognise, fail when ambiguous            */
    const char *scale;      /* "eczema=0-4,itch=0-10" or "*=0-4"; "" = recognise   */
    double sessions_per_week; /* files that count sessions; 0 = ask                */
    int32_t today;          /* days after it are refused; GS_DAY_NONE = no check   */
    bool strict;            /* any refused line refuses the file                   */
    bool replace;           /* other values for the same day take the place of old ones */
    gs_unit_conv_fn *convert; /* units, lent by the caller; NULL = same unit only  */
    void *convert_self;
} gs_import_opts;

typedef struct gs_import_issue {
    long line;
    const char *field;
    const char *text;
} gs_import_issue;
typedef struct gs_import_took {
    int64_t batch;     /* 0 when nothing was stored                              */
    size_t n_row;      /* lines with data                                        */
    size_t n_value;    /* values and tags taken                                  */
    size_t n_duplicate; /* said before, in the file or in the diary: left alone  */
    size_t n_refused;  /* values (or whole lines) refused                        */
    size_t n_missing;  /* empty places where a value could have been             */
    size_t n_person;
    const char *read_as; /* "long table, tab, UTF-8, dates as 2026-11-23"         */
    size_t n_issue;    /* at most 1000 are kept; refusals and remarks            */
    const gs_import_issue *issue;
} gs_import_took;

/* Read a CSV text, wide or long (docs/diary.md), in one transaction. What the file as a
 * whole is (encoding, separator, columns, date form) fails the import at once; a value
 * that cannot be taken is an issue of its line, and fails the import only with strict
 * set or when no value is left to take. out is filled in every case; its texts live in
 * the arena. On failure the store is as before.
 * Fails GS_EPARSE, GS_ERANGE (strict), GS_ESTORE, GS_ENOMEM; err has file, line, field.
 * Cost: 100,000 values in about half a second. */
gs_status gs_diary_import(gs_diary *d, gs_arena *a, const char *name, const char *text,
                          size_t n, const gs_import_opts *o, gs_import_took *out,
                          gs_err *err);

/* Take back a batch (0 = the last one); what it had replaced is restored. out_what gets
 * a sentence. Fails GS_EFOUND when there is no such batch. */
gs_status gs_diary_undo(gs_diary *d, int64_t batch, gs_buf *out_what, gs_err *err);
/* Everything a person ("" = everybody) wrote down: a long CSV that gs_diary_import reads
 * back to the same entries, or JSON. */
gs_status gs_diary_export(gs_diary *d, const char *person, bool json, gs_buf *out, gs_err *err);

/* The stool profiles alone: a line a value (sample, taxon, count, method) that `gutskin gut
 * import --sample "NAME DATE"` reads back, or the list that the JSON of gs_diary_export holds. */
gs_status gs_diary_export_profiles(gs_diary *d, const char *person, bool json, gs_buf *out,
                                   gs_err *err);

/* What stands in the diary, ordered by person, day, channel. Texts are valid during the
 * call only; return false to stop. */
typedef struct gs_diary_row {
    const char *person;
    int32_t day;
    bool numbered;
    const char *channel, *scale;
    double value;            /* channel's unit; NaN = bare tag */
    const char *said, *unit; /* as written                     */
    const char *origin;      /* file or "log"                  */
    int64_t batch;
    long line;               /* of the file, 0 if none         */
} gs_diary_row;
typedef bool gs_diary_row_fn(void *ctx, const gs_diary_row *row);
gs_status gs_diary_each(gs_diary *d, const char *person /* "" = all */,
                        gs_diary_row_fn *fn, void *ctx, gs_err *err);
/* Batches, newest first: what undo can take back. */
typedef struct gs_diary_batch {
    int64_t id;
    const char *kind, *origin, *made; /* "log" or "import"; UTC time */
    size_t n_entry;
} gs_diary_batch;
typedef bool gs_diary_batch_fn(void *ctx, const gs_diary_batch *b);
gs_status gs_diary_batches(gs_diary *d, gs_diary_batch_fn *fn, void *ctx, gs_err *err);

/* Erase a person ("" = everybody) from every table, and from the file's free pages. */
gs_status gs_diary_forget(gs_diary *d, const char *person, size_t *out_n, gs_err *err);
/* Persons, NULL-terminated. */
gs_status gs_diary_people(gs_diary *d, gs_arena *a, const char *const **out, gs_err *err);

/* The observation table of one person ("" = the only one, or "me"). The condition is
 * the one last set by a "condition" entry, else the one most outcomes speak of, else
 * eczema. Fails GS_EFOUND when there is no such person, saying who is there. */
gs_status gs_diary_obs(gs_diary *d, const char *person, gs_arena *a, gs_obs **out, gs_err *err);

/* ---- stool profiles ---- */

/* Keep sample i_sample of a table for a person ("" = me) and day, in one batch together
 * with the measured values it gives the observation table (butyrate_share, bifido_share,
 * pathobiont_share: shares of what was placed). One profile a day: another one is refused
 * unless replace is set, which sets the old one aside (undo restores it); the same one again
 * is no error and makes no batch (*out_batch 0). All or nothing.
 * Fails GS_EUSE (a clash), GS_ERANGE (nothing placed), GS_ESTORE, GS_ENOMEM. */
gs_status gs_diary_profile_keep(gs_diary *d, const char *person, int32_t day, bool numbered,
                                const gs_gut *g, size_t i_sample, bool replace,
                                int64_t *out_batch, gs_err *err);
/* Profiles that stand, by person and day; each is a table of one sample. */
typedef struct gs_diary_profile {
    const char *person;
    int32_t day;
    bool numbered;
    int64_t batch;
    const gs_gut *gut;
} gs_diary_profile;
gs_status gs_diary_profiles(gs_diary *d, const char *person /* "" = all */, gs_arena *a,
                            size_t *out_n, const gs_diary_profile **out, gs_err *err);

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

/* ---- experiments ----
 * A plan is a text that is never changed, kept with its SHA-256. What happens afterwards
 * is a list of events that is only added to: each carries a seal over the seal before it
 * (the plan's hash first), so that an event edited, dropped or put between is found out. */
typedef struct gs_kept_plan {
    const char *name, *plan, *hash, *made; /* made: UTC */
} gs_kept_plan;
typedef struct gs_kept_event {
    const char *kind;  /* "start", "day", "change", "pause" ... */
    int32_t day;       /* calendar day it speaks of             */
    const char *body;  /* JSON                                  */
    const char *made, *seal;
} gs_kept_event;

/* Keep a plan; its hash is taken here. The person ("" = me) is made when new. Fails
 * GS_EUSE when the name is taken. */
gs_status gs_diary_plan_keep(gs_diary *d, const char *person, const char *name,
                             const char *plan, gs_err *err);
/* Plans of a person ("" = the only one, or "me"), oldest first; none is no failure. */
gs_status gs_diary_plans(gs_diary *d, const char *person, gs_arena *a, size_t *out_n,
                         const gs_kept_plan **out, gs_err *err);
/* Add n events, all or none. Only kind, day and body are read. */
gs_status gs_diary_plan_events_add(gs_diary *d, const char *person, const char *name,
                                   size_t n, const gs_kept_event *e, gs_err *err);
/* Events of a plan in their order. The plan's hash and every seal are checked: GS_ESTORE
 * says which does not agree, and that plan or events were changed after the fact. */
gs_status gs_diary_plan_events(gs_diary *d, const char *person, const char *name,
                               gs_arena *a, size_t *out_n, const gs_kept_event **out,
                               gs_err *err);

#endif
