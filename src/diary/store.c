/* The store: one SQLite file, WAL, foreign keys, STRICT tables. The only file that
 * knows SQL; every statement is a literal with bound values, prepared once.
 *
 *   person --< entry >-- channel        entry: what stands (replaced_by is null) and
 *                |                      what stood (replaced_by = the entry after it)
 *              batch                    batch: one log or one import, what undo takes back
 *
 * A number that is replaced stays as history until its batch is undone or its person
 * is forgotten. The partial unique index makes "one value a day" a fact of the file
 * and the duplicate check of an import one index look-up. */
#include "diary/store.h"

#include "gutskin/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x67736b6e }; /* "gskn" */

/* Schema, one step per version; a step is never edited once it has been released. */
static const char *const migrations[] = {
    "CREATE TABLE person("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " numbered INTEGER NOT NULL CHECK (numbered IN (0, 1))) STRICT;"
    "CREATE TABLE channel(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE batch("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " kind TEXT NOT NULL,"
    " origin TEXT NOT NULL,"
    " made TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))) STRICT;"
    "CREATE TABLE entry("
    " id INTEGER PRIMARY KEY,"
    " person INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,"
    " channel INTEGER NOT NULL REFERENCES channel(id),"
    " day INTEGER NOT NULL,"
    " scale TEXT NOT NULL,"
    " value REAL,"
    " said TEXT NOT NULL,"
    " unit TEXT NOT NULL,"
    " batch INTEGER NOT NULL REFERENCES batch(id),"
    " line INTEGER NOT NULL,"
    " replaced_by INTEGER) STRICT;"
    "CREATE UNIQUE INDEX entry_stands ON entry(person, channel, day)"
    " WHERE replaced_by IS NULL;"
    "CREATE INDEX entry_batch ON entry(batch);"
    "CREATE INDEX entry_stood ON entry(replaced_by) WHERE replaced_by IS NOT NULL;",

    "CREATE TABLE kept("
    " person INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,"
    " kind TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " bytes BLOB NOT NULL,"
    " PRIMARY KEY(person, kind)) STRICT;",

    /* stool profiles: taxa is a text, a line a taxon (profile.c) */
    "CREATE TABLE profile("
    " id INTEGER PRIMARY KEY,"
    " person INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,"
    " day INTEGER NOT NULL,"
    " batch INTEGER NOT NULL REFERENCES batch(id),"
    " file TEXT NOT NULL,"
    " format TEXT NOT NULL,"
    " sample TEXT NOT NULL,"
    " method INTEGER NOT NULL,"
    " unit INTEGER NOT NULL,"
    " human REAL NOT NULL,"
    " unplaced REAL NOT NULL,"
    " taxa TEXT NOT NULL,"
    " replaced_by INTEGER) STRICT;"
    "CREATE UNIQUE INDEX profile_stands ON profile(person, day) WHERE replaced_by IS NULL;"
    "CREATE INDEX profile_batch ON profile(batch);",

    "CREATE TABLE plan("
    " id INTEGER PRIMARY KEY,"
    " person INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,"
    " name TEXT NOT NULL,"
    " text TEXT NOT NULL,"
    " hash TEXT NOT NULL,"
    " made TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),"
    " UNIQUE(person, name)) STRICT;"
    "CREATE TABLE plan_event("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " plan INTEGER NOT NULL REFERENCES plan(id) ON DELETE CASCADE,"
    " kind TEXT NOT NULL,"
    " day INTEGER NOT NULL,"
    " body TEXT NOT NULL,"
    " made TEXT NOT NULL,"
    " seal TEXT NOT NULL) STRICT;"
    "CREATE INDEX plan_event_of ON plan_event(plan);",

    /* how many events, and the last one's seal: that the end of a record was cut off */
    "ALTER TABLE plan ADD COLUMN n_event INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE plan ADD COLUMN last_seal TEXT NOT NULL DEFAULT '';"
    "UPDATE plan SET n_event = (SELECT count(*) FROM plan_event e WHERE e.plan = plan.id),"
    " last_seal = coalesce((SELECT seal FROM plan_event e WHERE e.plan = plan.id"
    " ORDER BY e.id DESC LIMIT 1), '');",
};
enum { VERSION = sizeof migrations / sizeof *migrations };

/* clang-format off */
#define EACH_ROW                                                                          \
    "SELECT p.name, e.day, p.numbered, c.name, e.scale, e.value, e.said, e.unit,"         \
    " b.origin, e.batch, e.line FROM entry e JOIN person p ON p.id = e.person"            \
    " JOIN channel c ON c.id = e.channel JOIN batch b ON b.id = e.batch"

#define STATEMENTS(X)                                                                     \
    X(PERSON_FIND, "SELECT id, numbered FROM person WHERE name = ?1")                     \
    X(PERSON_MAKE, "INSERT INTO person(name, numbered) VALUES(?1, ?2)")                   \
    X(PERSON_ONLY, "SELECT max(id), count(*) FROM person")                                \
    X(PEOPLE,      "SELECT name FROM person ORDER BY name")                               \
    X(CHANNEL_FIND,"SELECT id FROM channel WHERE name = ?1")                              \
    X(CHANNEL_MAKE,"INSERT INTO channel(name) VALUES(?1)")                                \
    X(BATCH_MAKE,  "INSERT INTO batch(kind, origin) VALUES(?1, ?2)")                      \
    X(BATCHES,     "SELECT b.id, b.kind, b.origin, b.made,"                               \
                   " (SELECT count(*) FROM entry e WHERE e.batch = b.id)"                 \
                   " + (SELECT count(*) FROM profile f WHERE f.batch = b.id)"             \
                   " FROM batch b ORDER BY b.id DESC")                                    \
    X(BATCH_GET,   "SELECT b.id, b.kind, b.origin, b.made,"                               \
                   " (SELECT count(*) FROM entry e WHERE e.batch = b.id)"                 \
                   " + (SELECT count(*) FROM profile f WHERE f.batch = b.id)"             \
                   " FROM batch b WHERE b.id = ?1 OR ?1 = 0 ORDER BY b.id DESC LIMIT 1")  \
    X(PUT,         "INSERT INTO entry"                                                    \
                   "(person, channel, day, scale, value, said, unit, batch, line)"        \
                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING")  \
    X(STANDS,      "SELECT id, value, scale, batch, line FROM entry"                      \
                   " WHERE person = ?1 AND channel = ?2 AND day = ?3"                     \
                   " AND replaced_by IS NULL")                                            \
    X(AMEND,       "UPDATE entry SET scale = ?2, value = ?3, said = ?4, unit = ?5,"       \
                   " line = ?6 WHERE id = ?1")                                            \
    X(SET_ASIDE,   "UPDATE entry SET replaced_by = ?2 WHERE id = ?1")                     \
    X(EACH,        EACH_ROW " WHERE e.replaced_by IS NULL"                                \
                   " ORDER BY p.name, e.day, c.name")                                     \
    X(EACH_OF,     EACH_ROW " WHERE e.replaced_by IS NULL"                                \
                   " AND e.person = (SELECT id FROM person WHERE name = ?1)"              \
                   " ORDER BY e.day, c.name")                                             \
    X(KEEP,        "INSERT INTO kept(person, kind, key, bytes) VALUES(?1, ?2, ?3, ?4)"    \
                   " ON CONFLICT(person, kind) DO UPDATE SET key = ?3, bytes = ?4")       \
    X(KEPT,        "SELECT key, bytes FROM kept WHERE person = ?1 AND kind = ?2")         \
    X(PROFILE_PUT, "INSERT INTO profile(person, day, batch, file, format, sample, method," \
                   " unit, human, unplaced, taxa)"                                        \
                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")               \
    X(PROFILE_STANDS, "SELECT id, file, taxa FROM profile WHERE person = ?1 AND day = ?2" \
                   " AND replaced_by IS NULL")                                            \
    X(PROFILE_ASIDE, "UPDATE profile SET replaced_by = ?2 WHERE id = ?1")                 \
    X(PROFILES,    "SELECT p.name, p.numbered, f.day, f.batch, f.file, f.format, f.sample," \
                   " f.method, f.unit, f.human, f.unplaced, f.taxa FROM profile f"        \
                   " JOIN person p ON p.id = f.person WHERE f.replaced_by IS NULL"        \
                   " AND (?1 = '' OR p.name = ?1) ORDER BY p.name, f.day")                \
    X(PLAN_MAKE,   "INSERT INTO plan(person, name, text, hash) VALUES(?1, ?2, ?3, ?4)"    \
                   " ON CONFLICT DO NOTHING")                                             \
    X(PLANS,       "SELECT name, text, hash, made FROM plan WHERE person = ?1 ORDER BY id") \
    X(PLAN_FIND,   "SELECT id, text, hash, n_event, last_seal FROM plan"                  \
                   " WHERE person = ?1 AND name = ?2")                                    \
    X(PLAN_GROWN,  "UPDATE plan SET n_event = n_event + ?2, last_seal = ?3 WHERE id = ?1") \
    X(EVENT_LAST,  "SELECT seal FROM plan_event WHERE plan = ?1 ORDER BY id DESC LIMIT 1") \
    X(EVENT_MAKE,  "INSERT INTO plan_event(plan, kind, day, body, made, seal)"            \
                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                                     \
    X(EVENTS,      "SELECT kind, day, body, made, seal FROM plan_event WHERE plan = ?1"   \
                   " ORDER BY id")                                                        \
    X(NOW,         "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')")                        \
    X(COUNT_OF,    "SELECT count(*) + (SELECT count(*) FROM profile f JOIN person q"      \
                   " ON q.id = f.person WHERE (?1 = '' OR q.name = ?1))"                  \
                   " FROM entry e JOIN person p ON p.id = e.person"                       \
                   " WHERE (?1 = '' OR p.name = ?1)")                                     \
    X(FORGET,      "DELETE FROM person WHERE ?1 = '' OR name = ?1")
/* clang-format on */

enum statement {
#define X(name, sql) name,
    STATEMENTS(X)
#undef X
        N_STATEMENT
};

static const char *const statement_sql[N_STATEMENT] = {
#define X(name, sql) sql,
    STATEMENTS(X)
#undef X
};

struct gs_diary {
    sqlite3 *db;
    char path[400];
    sqlite3_stmt *prepared[N_STATEMENT];
    gs_unit_conv_fn *convert;
    void *convert_self;
};

/* ---- errors -------------------------------------------------------------------- */

static gs_status refused(gs_diary *d, int code, gs_err *err)
{
    const char *path = d->path;
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return gs_fail_at(err, GS_ENOMEM, path, 0, 0, NULL, "out of memory");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return gs_fail_at(err, GS_ESTORE, path, 0, 0, NULL,
                          "another program is writing to the diary; try again when it "
                          "is done");
    case SQLITE_FULL:
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL,
                          "the disk is full; the diary is as it was before");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return gs_fail_at(err, GS_ESTORE, path, 0, 0, NULL,
                          "is not a diary, or is damaged; restore a copy or name "
                          "another file");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL,
                          "cannot be written; check its folder and its rights");
    case SQLITE_IOERR:
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL,
                          "the system could not read or write it; the diary is as it "
                          "was before");
    default:
        return gs_fail_at(err, GS_ESTORE, path, 0, 0, NULL, "the store refused: %s",
                          sqlite3_errmsg(d->db));
    }
}

static gs_status run(gs_diary *d, const char *sql, gs_err *err)
{
    int code = sqlite3_exec(d->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? GS_OK : refused(d, code, err);
}

/* A statement ready for binding. */
static gs_status ready(gs_diary *d, enum statement i, sqlite3_stmt **out, gs_err *err)
{
    if (!d->prepared[i]) {
        int code = sqlite3_prepare_v3(d->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                      &d->prepared[i], NULL);
        if (code != SQLITE_OK)
            return refused(d, code, err);
    }
    sqlite3_reset(d->prepared[i]);
    sqlite3_clear_bindings(d->prepared[i]);
    *out = d->prepared[i];
    return GS_OK;
}

static gs_status bind_text(gs_diary *d, sqlite3_stmt *s, int i, const char *text, size_t n,
                           gs_err *err)
{
    int code = sqlite3_bind_text64(s, i, text ? text : "", n, SQLITE_STATIC, SQLITE_UTF8);
    return code == SQLITE_OK ? GS_OK : refused(d, code, err);
}

/* Step: 1 a row, 0 done, negative a status. The statement is reset unless a row waits,
 * so that no read lock outlives the call. */
static int step(gs_diary *d, sqlite3_stmt *s, gs_err *err)
{
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        return 1;
    gs_status st = code == SQLITE_DONE ? GS_OK : refused(d, code, err);
    sqlite3_reset(s);
    return (int)st;
}

#define READY(s, i)         \
    sqlite3_stmt *s = NULL; \
    GS_TRY(ready(d, i, &s, err))

static const char *column_text(sqlite3_stmt *s, int i)
{
    const unsigned char *t = sqlite3_column_text(s, i);
    return t ? (const char *)t : "";
}

static double column_value(sqlite3_stmt *s, int i)
{
    return sqlite3_column_type(s, i) == SQLITE_NULL ? NAN : sqlite3_column_double(s, i);
}

/* ---- opening --------------------------------------------------------------------- */

static gs_status one_int(gs_diary *d, const char *sql, int64_t *out, gs_err *err)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(d->db, sql, -1, &s, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(s);
        if (code == SQLITE_ROW)
            *out = sqlite3_column_int64(s, 0);
    }
    sqlite3_finalize(s);
    return code == SQLITE_ROW ? GS_OK : refused(d, code, err);
}

/* Folders above path, private to the owner. Errors show when the file is opened. */
static void make_folders(const char *path)
{
    char part[400];
    size_t n = strlen(path);
    if (n >= sizeof part)
        return;
    for (size_t i = 1; i < n; i++) {
        if (path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        mkdir(part, 0700);
    }
}

/* A diary is nobody else's business: made readable by its owner only. */
static gs_status make_file(const char *path, bool create, gs_err *err)
{
    if (access(path, F_OK) == 0)
        return GS_OK;
    if (!create)
        return gs_fail_at(err, GS_EFOUND, path, 0, 0, NULL,
                          "there is no diary here; `gutskin init` makes one");
    make_folders(path);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return gs_fail_at(err, GS_EIO, path, 0, 0, NULL, "cannot be made: %s",
                          strerror(errno));
    close(fd);
    return GS_OK;
}

static gs_status migrate(gs_diary *d, int64_t from, gs_err *err)
{
    GS_TRY(run(d, "BEGIN IMMEDIATE", err));
    gs_status st = one_int(d, "PRAGMA user_version", &from, err); /* now under the lock */
    for (int64_t v = from; st == GS_OK && v < VERSION; v++)
        st = run(d, migrations[v], err);
    if (st == GS_OK) {
        char sql[100];
        snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                 APPLICATION_ID, VERSION);
        st = run(d, sql, err);
    }
    if (st == GS_OK)
        st = run(d, "COMMIT", err);
    if (st != GS_OK)
        gs_store_rollback(d);
    return st;
}

static gs_status check_kind(gs_diary *d, gs_err *err)
{
    int64_t id = 0, version = 0, n_table = 0;
    GS_TRY(one_int(d, "PRAGMA application_id", &id, err));
    GS_TRY(one_int(d, "PRAGMA user_version", &version, err));
    GS_TRY(one_int(d, "SELECT count(*) FROM sqlite_schema", &n_table, err));
    bool blank = n_table == 0 && id == 0 && version == 0;
    if (!blank && id != APPLICATION_ID)
        return gs_fail_at(err, GS_ESTORE, d->path, 0, 0, NULL,
                          "is a database of another program, not a diary; name another "
                          "file");
    if (version > VERSION)
        return gs_fail_at(err, GS_ESTORE, d->path, 0, 0, NULL,
                          "was written by a newer gutskin (layout %d, this program knows "
                          "%d); update gutskin",
                          (int)version, (int)VERSION);
    if (version < VERSION)
        GS_TRY(migrate(d, version, err));
    return GS_OK;
}

static gs_status open_db(gs_diary *d, gs_err *err)
{
    int code = sqlite3_open_v2(d->path, &d->db, SQLITE_OPEN_READWRITE, NULL);
    if (code != SQLITE_OK)
        return refused(d, code, err);
    sqlite3_busy_timeout(d->db, 5000);
    GS_TRY(check_kind(d, err));
    return run(d,
               "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;"
               "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;"
               "PRAGMA trusted_schema = OFF; PRAGMA synchronous = FULL;",
               err);
}

gs_status gs_diary_open(const char *path, bool create, gs_diary **out, gs_err *err)
{
    gs_diary *d;

    if (!path || !*path || strlen(path) >= sizeof d->path)
        return gs_fail(err, GS_EUSE, "the path of the diary is empty or too long");
    GS_TRY(make_file(path, create, err));
    d = calloc(1, sizeof *d);
    if (!d)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    snprintf(d->path, sizeof d->path, "%s", path);
    gs_status st = open_db(d, err);
    if (st != GS_OK) {
        gs_diary_close(d);
        return st;
    }
    *out = d;
    return GS_OK;
}

void gs_diary_close(gs_diary *d)
{
    if (!d)
        return;
    for (int i = 0; i < N_STATEMENT; i++)
        sqlite3_finalize(d->prepared[i]);
    sqlite3_close(d->db);
    free(d);
}

void gs_diary_units(gs_diary *d, gs_unit_conv_fn *convert, void *self)
{
    d->convert = convert;
    d->convert_self = self;
}

gs_unit_conv_fn *gs_store_units(const gs_diary *d, void **out_self)
{
    *out_self = d->convert_self;
    return d->convert;
}

/* ---- writing --------------------------------------------------------------------- */

gs_status gs_store_begin(gs_diary *d, gs_err *err)
{
    return run(d, "BEGIN IMMEDIATE", err);
}

gs_status gs_store_commit(gs_diary *d, gs_err *err)
{
    return run(d, "COMMIT", err);
}

void gs_store_rollback(gs_diary *d)
{
    for (int i = 0; i < N_STATEMENT; i++)
        if (d->prepared[i])
            sqlite3_reset(d->prepared[i]);
    if (!sqlite3_get_autocommit(d->db))
        sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
}

gs_status gs_store_batch(gs_diary *d, const char *kind, const char *origin,
                         int64_t *out_id, gs_err *err)
{
    READY(s, BATCH_MAKE);
    GS_TRY(bind_text(d, s, 1, kind, strlen(kind), err));
    GS_TRY(bind_text(d, s, 2, origin, strlen(origin), err));
    GS_TRY((gs_status)step(d, s, err));
    *out_id = sqlite3_last_insert_rowid(d->db);
    return GS_OK;
}

/* Look for a person: 1 found, 0 not, negative a status. */
static int find_person(gs_diary *d, const char *name, size_t n, int64_t *out_id,
                       bool *out_numbered, gs_err *err)
{
    READY(s, PERSON_FIND);
    GS_TRY(bind_text(d, s, 1, name, n, err));
    int got = step(d, s, err);
    if (got == 1) {
        *out_id = sqlite3_column_int64(s, 0);
        *out_numbered = sqlite3_column_int(s, 1) != 0;
        sqlite3_reset(s);
    }
    return got;
}

gs_status gs_store_person(gs_diary *d, const char *name, size_t n, bool numbered,
                          int64_t *out_id, gs_err *err)
{
    bool is_numbered;
    int got = find_person(d, name, n, out_id, &is_numbered, err);
    if (got < 0)
        return (gs_status)got;
    if (got == 1 && is_numbered != numbered)
        return gs_fail(err, GS_EUSE,
                       "the diary of %.*s counts %s; %s cannot be mixed in: use another "
                       "--person",
                       (int)(n < 80 ? n : 80), name, is_numbered ? "days" : "by the calendar",
                       numbered ? "day numbers" : "dates");
    if (got == 1)
        return GS_OK;
    READY(s, PERSON_MAKE);
    GS_TRY(bind_text(d, s, 1, name, n, err));
    sqlite3_bind_int(s, 2, numbered);
    GS_TRY((gs_status)step(d, s, err));
    *out_id = sqlite3_last_insert_rowid(d->db);
    return GS_OK;
}

gs_status gs_store_channel(gs_diary *d, const char *name, size_t n, int64_t *out_id,
                           gs_err *err)
{
    READY(s, CHANNEL_FIND);
    GS_TRY(bind_text(d, s, 1, name, n, err));
    int got = step(d, s, err);
    if (got < 0)
        return (gs_status)got;
    if (got == 1) {
        *out_id = sqlite3_column_int64(s, 0);
        sqlite3_reset(s);
        return GS_OK;
    }
    READY(make, CHANNEL_MAKE);
    GS_TRY(bind_text(d, make, 1, name, n, err));
    GS_TRY((gs_status)step(d, make, err));
    *out_id = sqlite3_last_insert_rowid(d->db);
    return GS_OK;
}

static void bind_value(sqlite3_stmt *s, int i, double value)
{
    if (isnan(value))
        sqlite3_bind_null(s, i);
    else
        sqlite3_bind_double(s, i, value);
}

/* Insert; *out_new tells whether the place was free. */
static gs_status insert(gs_diary *d, int64_t batch, const gs_store_row *r, bool *out_new,
                        gs_err *err)
{
    READY(s, PUT);
    sqlite3_bind_int64(s, 1, r->person);
    sqlite3_bind_int64(s, 2, r->channel);
    sqlite3_bind_int(s, 3, r->day);
    GS_TRY(bind_text(d, s, 4, r->scale, strlen(r->scale), err));
    bind_value(s, 5, r->value);
    GS_TRY(bind_text(d, s, 6, r->said, r->n_said, err));
    GS_TRY(bind_text(d, s, 7, r->unit, r->n_unit, err));
    sqlite3_bind_int64(s, 8, batch);
    sqlite3_bind_int64(s, 9, r->line);
    GS_TRY((gs_status)step(d, s, err));
    *out_new = sqlite3_changes(d->db) == 1;
    return GS_OK;
}

/* The same batch said it twice and may: the row is amended, no history is made. */
static gs_status amend(gs_diary *d, int64_t id, const gs_store_row *r, gs_err *err)
{
    READY(s, AMEND);
    sqlite3_bind_int64(s, 1, id);
    GS_TRY(bind_text(d, s, 2, r->scale, strlen(r->scale), err));
    bind_value(s, 3, r->value);
    GS_TRY(bind_text(d, s, 4, r->said, r->n_said, err));
    GS_TRY(bind_text(d, s, 5, r->unit, r->n_unit, err));
    sqlite3_bind_int64(s, 6, r->line);
    return (gs_status)step(d, s, err);
}

static gs_status set_aside(gs_diary *d, int64_t id, int64_t by, gs_err *err)
{
    READY(s, SET_ASIDE);
    sqlite3_bind_int64(s, 1, id);
    sqlite3_bind_int64(s, 2, by);
    return (gs_status)step(d, s, err);
}

gs_status gs_store_put(gs_diary *d, int64_t batch, const gs_store_row *r, bool replace,
                       gs_put *out, gs_store_old *old, gs_err *err)
{
    bool fresh;
    GS_TRY(insert(d, batch, r, &fresh, err));
    *out = GS_PUT_NEW;
    if (fresh)
        return GS_OK;

    // what stands there?
    READY(s, STANDS);
    sqlite3_bind_int64(s, 1, r->person);
    sqlite3_bind_int64(s, 2, r->channel);
    sqlite3_bind_int(s, 3, r->day);
    int got = step(d, s, err);
    if (got <= 0)
        return got < 0 ? (gs_status)got
                       : gs_fail(err, GS_ESTORE, "the diary's index disagrees with it");
    int64_t id = sqlite3_column_int64(s, 0);
    old->value = column_value(s, 1);
    bool same_scale = strcmp(column_text(s, 2), r->scale) == 0;
    old->batch = sqlite3_column_int64(s, 3);
    old->line = (long)sqlite3_column_int64(s, 4);
    sqlite3_reset(s);

    // the same again, or a bare tag where a number stands: nothing to do
    *out = GS_PUT_SAME;
    if (isnan(r->value) || (same_scale && old->value == r->value))
        return GS_OK;
    *out = GS_PUT_CLASH;
    if (!isnan(old->value) && !replace)
        return GS_OK;
    *out = GS_PUT_REPLACED;
    if (old->batch == batch)
        return amend(d, id, r, err);
    GS_TRY(set_aside(d, id, id, err)); /* frees the place; its successor is set next */
    GS_TRY(insert(d, batch, r, &fresh, err));
    return set_aside(d, id, sqlite3_last_insert_rowid(d->db), err);
}

/* ---- undo, forget ------------------------------------------------------------------ */

/* Names nobody uses any more go too: they may be private. */
static gs_status sweep(gs_diary *d, gs_err *err)
{
    return run(d,
               "DELETE FROM person WHERE id NOT IN (SELECT person FROM entry)"
               " AND id NOT IN (SELECT person FROM profile)"
               " AND id NOT IN (SELECT person FROM plan);"
               "DELETE FROM channel WHERE id NOT IN (SELECT channel FROM entry);"
               "DELETE FROM batch WHERE id NOT IN (SELECT batch FROM entry)"
               " AND id NOT IN (SELECT batch FROM profile);",
               err);
}

static gs_status take_back(gs_diary *d, int64_t batch, gs_err *err)
{
    char sql[1700];
    long long b = (long long)batch;
    /* An entry that the batch replaced gets the batch entry's own successor, which is
     * null (it stands again) unless a later batch replaced that one in turn. */
    snprintf(sql, sizeof sql,
             "CREATE TEMP TABLE back AS SELECT a.id AS id, b.replaced_by AS next"
             " FROM entry b JOIN entry a ON a.replaced_by = b.id"
             " WHERE b.batch = %lld AND a.batch <> %lld;"
             "DELETE FROM entry WHERE batch = %lld;"
             "UPDATE entry SET replaced_by = (SELECT next FROM back WHERE back.id = entry.id)"
             " WHERE id IN (SELECT id FROM back);"
             "DROP TABLE back;"
             "CREATE TEMP TABLE back AS SELECT a.id AS id, b.replaced_by AS next"
             " FROM profile b JOIN profile a ON a.replaced_by = b.id"
             " WHERE b.batch = %lld AND a.batch <> %lld;"
             "DELETE FROM profile WHERE batch = %lld;"
             "UPDATE profile SET replaced_by = (SELECT next FROM back WHERE back.id ="
             " profile.id) WHERE id IN (SELECT id FROM back);"
             "DROP TABLE back;"
             "DELETE FROM batch WHERE id = %lld;",
             b, b, b, b, b, b, b);
    GS_TRY(run(d, sql, err));
    return sweep(d, err);
}

gs_status gs_diary_undo(gs_diary *d, int64_t batch, gs_buf *out_what, gs_err *err)
{
    GS_TRY(gs_store_begin(d, err));
    sqlite3_stmt *s = NULL;
    int64_t id = 0;
    int got = (int)ready(d, BATCH_GET, &s, err);
    if (got == GS_OK) {
        sqlite3_bind_int64(s, 1, batch);
        got = step(d, s, err);
    }
    if (got == 1) {
        id = sqlite3_column_int64(s, 0);
        const char *kind = column_text(s, 1), *origin = column_text(s, 2);
        long long n = sqlite3_column_int64(s, 4);
        gs_buf_printf(out_what, "took back %s %lld%s%s of %s: %lld %s", kind, (long long)id,
                      strcmp(kind, origin) ? ", " : "", strcmp(kind, origin) ? origin : "",
                      column_text(s, 3), n, n == 1 ? "value" : "values");
        sqlite3_reset(s);
    }
    gs_status st = got < 0 ? (gs_status)got : GS_OK;
    if (got == 0)
        st = batch ? gs_fail(err, GS_EFOUND, "there is no batch %lld; `gutskin list "
                             "--batches` shows them", (long long)batch)
                   : gs_fail(err, GS_EFOUND, "the diary is empty: nothing to take back");
    if (st == GS_OK && out_what->failed)
        st = gs_fail(err, GS_ENOMEM, "out of memory");
    if (st == GS_OK)
        st = take_back(d, id, err);
    if (st == GS_OK)
        st = gs_store_commit(d, err);
    if (st != GS_OK)
        gs_store_rollback(d);
    return st;
}

static gs_status delete_person(gs_diary *d, const char *person, size_t *out_n, gs_err *err)
{
    READY(count, COUNT_OF);
    GS_TRY(bind_text(d, count, 1, person, strlen(person), err));
    int got = step(d, count, err);
    if (got < 0)
        return (gs_status)got;
    *out_n = (size_t)sqlite3_column_int64(count, 0);
    sqlite3_reset(count);
    READY(s, FORGET);
    GS_TRY(bind_text(d, s, 1, person, strlen(person), err));
    GS_TRY((gs_status)step(d, s, err));
    if (*person && sqlite3_changes(d->db) == 0)
        return gs_fail(err, GS_EFOUND, "the diary knows no person \"%s\"; `gutskin list` "
                       "shows who is in it", person);
    return sweep(d, err);
}

gs_status gs_diary_forget(gs_diary *d, const char *person, size_t *out_n, gs_err *err)
{
    GS_TRY(gs_store_begin(d, err));
    gs_status st = delete_person(d, person ? person : "", out_n, err);
    if (st == GS_OK)
        st = gs_store_commit(d, err);
    if (st != GS_OK) {
        gs_store_rollback(d);
        return st;
    }
    /* secure_delete zeroed the pages; VACUUM drops them, the checkpoint empties the log */
    return run(d, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE);", err);
}

/* ---- reading ----------------------------------------------------------------------- */

gs_status gs_diary_each(gs_diary *d, const char *person, gs_diary_row_fn *fn, void *ctx,
                        gs_err *err)
{
    int got;
    READY(s, *person ? EACH_OF : EACH);
    if (*person)
        GS_TRY(bind_text(d, s, 1, person, strlen(person), err));
    while ((got = step(d, s, err)) == 1) {
        gs_diary_row r = {
            .person = column_text(s, 0),
            .day = sqlite3_column_int(s, 1),
            .numbered = sqlite3_column_int(s, 2) != 0,
            .channel = column_text(s, 3),
            .scale = column_text(s, 4),
            .value = column_value(s, 5),
            .said = column_text(s, 6),
            .unit = column_text(s, 7),
            .origin = column_text(s, 8),
            .batch = sqlite3_column_int64(s, 9),
            .line = (long)sqlite3_column_int64(s, 10),
        };
        if (!fn(ctx, &r)) {
            sqlite3_reset(s);
            return GS_OK;
        }
    }
    return (gs_status)got;
}

gs_status gs_diary_batches(gs_diary *d, gs_diary_batch_fn *fn, void *ctx, gs_err *err)
{
    int got;
    READY(s, BATCHES);
    while ((got = step(d, s, err)) == 1) {
        gs_diary_batch b = {
            .id = sqlite3_column_int64(s, 0),
            .kind = column_text(s, 1),
            .origin = column_text(s, 2),
            .made = column_text(s, 3),
            .n_entry = (size_t)sqlite3_column_int64(s, 4),
        };
        if (!fn(ctx, &b)) {
            sqlite3_reset(s);
            return GS_OK;
        }
    }
    return (gs_status)got;
}

gs_status gs_diary_people(gs_diary *d, gs_arena *a, const char *const **out, gs_err *err)
{
    size_t n = 0, cap = 16;
    const char **name = GS_NEW(a, const char *, cap + 1);
    int got = 0;

    READY(s, PEOPLE);
    while (name && (got = step(d, s, err)) == 1) {
        if (n == cap) {
            const char **more = GS_NEW(a, const char *, 2 * cap + 1);
            if (more)
                memcpy(more, name, n * sizeof *name);
            name = more;
            cap *= 2;
        }
        const char *copy = gs_arena_strdup(a, column_text(s, 0));
        if (!name || !copy) {
            name = NULL;
            break;
        }
        name[n++] = copy;
    }
    sqlite3_reset(s);
    if (got < 0)
        return (gs_status)got;
    if (!name)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *out = name;
    return GS_OK;
}

/* ---- results ----------------------------------------------------------------------- */

static gs_status person_id(gs_diary *d, const char *person, int64_t *out, gs_err *err)
{
    bool numbered;
    const char *name = *person ? person : GS_PERSON_DEFAULT;
    int got = find_person(d, name, strlen(name), out, &numbered, err);
    if (got == 0 && !*person) { /* "" is the only one when nobody is called "me" */
        READY(s, PERSON_ONLY);
        got = step(d, s, err);
        if (got == 1 && sqlite3_column_int(s, 1) == 1)
            *out = sqlite3_column_int64(s, 0);
        else if (got == 1)
            got = 0;
        sqlite3_reset(s);
    }
    if (got == 0)
        return gs_fail(err, GS_EFOUND, "the diary knows no person \"%s\"", name);
    return got < 0 ? (gs_status)got : GS_OK;
}

gs_status gs_diary_keep(gs_diary *d, const char *person, const char *kind, const char *key,
                        const void *bytes, size_t n, gs_err *err)
{
    int64_t id;
    GS_TRY(person_id(d, person, &id, err));
    READY(s, KEEP);
    sqlite3_bind_int64(s, 1, id);
    GS_TRY(bind_text(d, s, 2, kind, strlen(kind), err));
    GS_TRY(bind_text(d, s, 3, key, strlen(key), err));
    int code = sqlite3_bind_blob64(s, 4, n ? bytes : "", n, SQLITE_STATIC);
    if (code != SQLITE_OK)
        return refused(d, code, err);
    return (gs_status)step(d, s, err);
}

gs_status gs_diary_kept(gs_diary *d, const char *person, const char *kind, gs_arena *a,
                        const char **out_key, const char **out_bytes, size_t *out_n,
                        gs_err *err)
{
    int64_t id;
    GS_TRY(person_id(d, person, &id, err));
    READY(s, KEPT);
    sqlite3_bind_int64(s, 1, id);
    GS_TRY(bind_text(d, s, 2, kind, strlen(kind), err));
    int got = step(d, s, err);
    if (got < 0)
        return (gs_status)got;
    if (got == 0)
        return gs_fail(err, GS_EFOUND, "no %s is kept for this person", kind);
    const char *key = gs_arena_strdup(a, column_text(s, 0));
    const void *blob = sqlite3_column_blob(s, 1);
    size_t n = (size_t)sqlite3_column_bytes(s, 1);
    char *bytes = gs_arena_strndup(a, blob ? blob : "", blob ? n : 0);
    sqlite3_reset(s);
    if (!key || !bytes)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *out_key = key;
    *out_bytes = bytes;
    *out_n = n;
    return GS_OK;
}

/* ---- stool profiles --------------------------------------------------------------------- */

gs_status gs_store_profile_put(gs_diary *d, const gs_store_profile *p, bool replace,
                               gs_put *out, gs_buf *out_file, gs_err *err)
{
    int64_t old = 0;
    READY(look, PROFILE_STANDS);
    sqlite3_bind_int64(look, 1, p->person);
    sqlite3_bind_int(look, 2, p->day);
    int got = step(d, look, err);
    if (got < 0)
        return (gs_status)got;
    *out = GS_PUT_NEW;
    if (got == 1) {
        old = sqlite3_column_int64(look, 0);
        gs_buf_put(out_file, column_text(look, 1));
        bool same = strcmp(column_text(look, 2), p->taxa) == 0;
        sqlite3_reset(look);
        *out = same ? GS_PUT_SAME : replace ? GS_PUT_REPLACED : GS_PUT_CLASH;
        if (*out != GS_PUT_REPLACED)
            return GS_OK;
        READY(aside, PROFILE_ASIDE); /* frees the place; its successor is set below */
        sqlite3_bind_int64(aside, 1, old);
        sqlite3_bind_int64(aside, 2, old);
        GS_TRY((gs_status)step(d, aside, err));
    }
    READY(s, PROFILE_PUT);
    sqlite3_bind_int64(s, 1, p->person);
    sqlite3_bind_int(s, 2, p->day);
    sqlite3_bind_int64(s, 3, p->batch);
    GS_TRY(bind_text(d, s, 4, p->file, strlen(p->file), err));
    GS_TRY(bind_text(d, s, 5, p->format, strlen(p->format), err));
    GS_TRY(bind_text(d, s, 6, p->sample, strlen(p->sample), err));
    sqlite3_bind_int(s, 7, p->method);
    sqlite3_bind_int(s, 8, p->unit);
    sqlite3_bind_double(s, 9, p->human);
    sqlite3_bind_double(s, 10, p->unplaced);
    GS_TRY(bind_text(d, s, 11, p->taxa, strlen(p->taxa), err));
    GS_TRY((gs_status)step(d, s, err));
    if (!old)
        return GS_OK;
    READY(aside, PROFILE_ASIDE);
    sqlite3_bind_int64(aside, 1, old);
    sqlite3_bind_int64(aside, 2, sqlite3_last_insert_rowid(d->db));
    return (gs_status)step(d, aside, err);
}

gs_status gs_store_profiles(gs_diary *d, const char *person, gs_store_profile_fn *fn,
                            void *ctx, gs_err *err)
{
    int got;
    READY(s, PROFILES);
    GS_TRY(bind_text(d, s, 1, person, strlen(person), err));
    while ((got = step(d, s, err)) == 1) {
        gs_store_profile p = {
            .name = column_text(s, 0),
            .numbered = sqlite3_column_int(s, 1) != 0,
            .day = sqlite3_column_int(s, 2),
            .batch = sqlite3_column_int64(s, 3),
            .file = column_text(s, 4),
            .format = column_text(s, 5),
            .sample = column_text(s, 6),
            .method = sqlite3_column_int(s, 7),
            .unit = sqlite3_column_int(s, 8),
            .human = sqlite3_column_double(s, 9),
            .unplaced = sqlite3_column_double(s, 10),
            .taxa = column_text(s, 11),
        };
        gs_status st = fn(ctx, &p, err);
        if (st != GS_OK) {
            sqlite3_reset(s);
            return st;
        }
    }
    return (gs_status)got;
}

/* ---- experiments ------------------------------------------------------------------- */

static gs_status keep_plan(gs_diary *d, const char *person, const char *name,
                           const char *plan, gs_err *err)
{
    char hash[GS_SEAL_SIZE];
    int64_t id;
    bool numbered;

    int got = find_person(d, person, strlen(person), &id, &numbered, err);
    if (got < 0)
        return (gs_status)got;
    if (got == 0)
        GS_TRY(gs_store_person(d, person, strlen(person), false, &id, err));
    gs_seal_text(plan, strlen(plan), hash);
    READY(s, PLAN_MAKE);
    sqlite3_bind_int64(s, 1, id);
    GS_TRY(bind_text(d, s, 2, name, strlen(name), err));
    GS_TRY(bind_text(d, s, 3, plan, strlen(plan), err));
    GS_TRY(bind_text(d, s, 4, hash, strlen(hash), err));
    GS_TRY((gs_status)step(d, s, err));
    if (sqlite3_changes(d->db) != 1)
        return gs_fail(err, GS_EUSE, "there is a plan called \"%.60s\" already; plans are "
                       "never overwritten: choose another --name", name);
    return GS_OK;
}

gs_status gs_diary_plan_keep(gs_diary *d, const char *person, const char *name,
                             const char *plan, gs_err *err)
{
    GS_TRY(gs_store_begin(d, err));
    gs_status st = keep_plan(d, *person ? person : GS_PERSON_DEFAULT, name, plan, err);
    if (st == GS_OK)
        st = gs_store_commit(d, err);
    if (st != GS_OK)
        gs_store_rollback(d);
    return st;
}

/* One more element at the end of an arena's list: doubles when full. */
static void *grown(gs_arena *a, void *list, size_t n, size_t size)
{
    if (list && (n < 8 || (n & (n - 1)) != 0))
        return list;
    void *more = gs_arena_calloc(a, n < 8 ? 8 : 2 * n, size);
    if (more && n)
        memcpy(more, list, n * size);
    return more;
}

gs_status gs_diary_plans(gs_diary *d, const char *person, gs_arena *a, size_t *out_n,
                         const gs_kept_plan **out, gs_err *err)
{
    gs_kept_plan *list = NULL;
    gs_err nobody = {0};
    size_t n = 0;
    int64_t id;
    int got = GS_OK;

    *out_n = 0;
    *out = NULL;
    gs_status st = person_id(d, person, &id, &nobody);
    if (st == GS_EFOUND && !*person)
        return GS_OK;
    if (st != GS_OK) {
        if (err)
            *err = nobody;
        return st;
    }
    READY(s, PLANS);
    sqlite3_bind_int64(s, 1, id);
    while ((got = step(d, s, err)) == 1) {
        list = grown(a, list, n, sizeof *list);
        if (!list)
            break;
        list[n] = (gs_kept_plan){gs_arena_strdup(a, column_text(s, 0)),
                                 gs_arena_strdup(a, column_text(s, 1)),
                                 gs_arena_strdup(a, column_text(s, 2)),
                                 gs_arena_strdup(a, column_text(s, 3))};
        if (!list[n].name || !list[n].plan || !list[n].hash || !list[n].made)
            break;
        n++;
    }
    sqlite3_reset(s);
    if (got == 1)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *out = list;
    *out_n = n;
    return (gs_status)got;
}

/* A plan's row: seal is its hash; how many events it had, and the last one's seal. */
typedef struct plan_row {
    int64_t id, n_event;
    char seal[GS_SEAL_SIZE], last[GS_SEAL_SIZE];
} plan_row;

/* Its text must be what its hash was taken of. */
static gs_status find_plan(gs_diary *d, const char *person, const char *name, plan_row *out,
                           gs_err *err)
{
    int64_t id;

    GS_TRY(person_id(d, person, &id, err));
    READY(s, PLAN_FIND);
    sqlite3_bind_int64(s, 1, id);
    GS_TRY(bind_text(d, s, 2, name, strlen(name), err));
    int got = step(d, s, err);
    if (got < 0)
        return (gs_status)got;
    if (got == 0)
        return gs_fail(err, GS_EFOUND, "there is no experiment \"%.60s\"; `gutskin experiment "
                       "list` shows them", name);
    const char *text = column_text(s, 1);
    *out = (plan_row){.id = sqlite3_column_int64(s, 0), .n_event = sqlite3_column_int64(s, 3)};
    gs_seal_text(text, strlen(text), out->seal);
    snprintf(out->last, sizeof out->last, "%s", column_text(s, 4));
    bool same = strcmp(out->seal, column_text(s, 2)) == 0;
    sqlite3_reset(s);
    if (!same)
        return gs_fail(err, GS_ESTORE, "the plan \"%.60s\" was changed after it was made: its "
                       "text no longer has the hash kept with it. Nothing is analysed by a "
                       "plan that moved; restore a backup, or plan and start anew", name);
    return GS_OK;
}

/* Seal of an event: over the one before it and all it says, each behind its length. */
static gs_status seal_event(const char *before, const gs_kept_event *e, const char *made,
                            char out[GS_SEAL_SIZE], gs_err *err)
{
    gs_buf b = {0};

    gs_buf_printf(&b, "%s\n%zu %s\n%d\n%zu %s\n%s\n", before, strlen(e->kind), e->kind,
                  (int)e->day, strlen(e->body), e->body, made);
    if (!b.failed)
        gs_seal_text(b.data, b.len, out);
    gs_status st = b.failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
    gs_buf_free(&b);
    return st;
}

static gs_status add_event(gs_diary *d, int64_t plan, const gs_kept_event *e,
                           char seal[GS_SEAL_SIZE], gs_err *err)
{
    char made[40], next[GS_SEAL_SIZE];

    READY(now, NOW);
    int got = step(d, now, err);
    if (got < 0)
        return (gs_status)got;
    snprintf(made, sizeof made, "%s", column_text(now, 0));
    sqlite3_reset(now);
    GS_TRY(seal_event(seal, e, made, next, err));
    READY(s, EVENT_MAKE);
    sqlite3_bind_int64(s, 1, plan);
    GS_TRY(bind_text(d, s, 2, e->kind, strlen(e->kind), err));
    sqlite3_bind_int(s, 3, e->day);
    GS_TRY(bind_text(d, s, 4, e->body, strlen(e->body), err));
    GS_TRY(bind_text(d, s, 5, made, strlen(made), err));
    GS_TRY(bind_text(d, s, 6, next, strlen(next), err));
    GS_TRY((gs_status)step(d, s, err));
    memcpy(seal, next, GS_SEAL_SIZE);
    return GS_OK;
}

static gs_status cut_off(const char *name, const plan_row *p, size_t n, gs_err *err)
{
    return gs_fail(err, GS_ESTORE, "what was written down for \"%.60s\" was cut off afterwards: "
                   "%ld entries were made, %zu are left or the last is another. Restore a "
                   "backup, or plan and start anew", name, (long)p->n_event, n);
}

static gs_status note_growth(gs_diary *d, int64_t plan, size_t n, const char *last, gs_err *err)
{
    READY(s, PLAN_GROWN);
    sqlite3_bind_int64(s, 1, plan);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)n);
    GS_TRY(bind_text(d, s, 3, last, strlen(last), err));
    return (gs_status)step(d, s, err);
}

static gs_status add_events(gs_diary *d, const char *person, const char *name, size_t n,
                            const gs_kept_event *e, gs_err *err)
{
    plan_row p;

    GS_TRY(find_plan(d, person, name, &p, err));
    READY(s, EVENT_LAST);
    sqlite3_bind_int64(s, 1, p.id);
    int got = step(d, s, err);
    if (got < 0)
        return (gs_status)got;
    bool whole = strcmp(got == 1 ? column_text(s, 0) : "", p.last) == 0;
    if (got == 1)
        snprintf(p.seal, sizeof p.seal, "%s", column_text(s, 0));
    sqlite3_reset(s);
    if (!whole)
        return cut_off(name, &p, 0, err);
    for (size_t i = 0; i < n; i++)
        GS_TRY(add_event(d, p.id, &e[i], p.seal, err));
    return note_growth(d, p.id, n, n ? p.seal : p.last, err);
}

gs_status gs_diary_plan_events_add(gs_diary *d, const char *person, const char *name,
                                   size_t n, const gs_kept_event *e, gs_err *err)
{
    GS_TRY(gs_store_begin(d, err));
    gs_status st = add_events(d, person, name, n, e, err);
    if (st == GS_OK)
        st = gs_store_commit(d, err);
    if (st != GS_OK)
        gs_store_rollback(d);
    return st;
}

gs_status gs_diary_plan_events(gs_diary *d, const char *person, const char *name,
                               gs_arena *a, size_t *out_n, const gs_kept_event **out,
                               gs_err *err)
{
    plan_row p;
    gs_kept_event *list = NULL;
    size_t n = 0;
    int got;
    gs_status st = GS_OK;

    GS_TRY(find_plan(d, person, name, &p, err));
    READY(s, EVENTS);
    sqlite3_bind_int64(s, 1, p.id);
    while ((got = step(d, s, err)) == 1 && st == GS_OK) {
        list = grown(a, list, n, sizeof *list);
        gs_kept_event e = {gs_arena_strdup(a, column_text(s, 0)), sqlite3_column_int(s, 1),
                           gs_arena_strdup(a, column_text(s, 2)),
                           gs_arena_strdup(a, column_text(s, 3)),
                           gs_arena_strdup(a, column_text(s, 4))};
        if (!list || !e.kind || !e.body || !e.made || !e.seal) {
            st = gs_fail(err, GS_ENOMEM, "out of memory");
            break;
        }
        list[n++] = e;
        st = seal_event(p.seal, &e, e.made, p.seal, err);
        if (st == GS_OK && strcmp(p.seal, e.seal) != 0)
            st = gs_fail(err, GS_ESTORE, "what was written down for \"%.60s\" was changed "
                         "afterwards: entry %zu (%.20s) no longer has the seal it was given. "
                         "Restore a backup, or plan and start anew", name, n, e.kind);
    }
    sqlite3_reset(s);
    GS_TRY(st);
    if (got == 0 && ((int64_t)n != p.n_event || strcmp(n ? p.seal : "", p.last) != 0))
        return cut_off(name, &p, n, err);
    *out = list;
    *out_n = n;
    return (gs_status)(got == 1 ? GS_OK : got);
}
