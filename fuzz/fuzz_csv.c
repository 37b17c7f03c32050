/* CSV import on any bytes: no crash, no leak, a sentence for every refusal, and undo
 * leaves an empty diary. The first byte chooses the options. */
#include "diary/csv.h"
#include "gutskin/diary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gs_diary *d;
static char path[64];

static void wrong(const char *what, const char *more)
{
    fprintf(stderr, "fuzz_csv: %s: %s\n", what, more);
    abort();
}

static void remove_files(void)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    gs_diary_close(d);
    for (int i = 0; i < 3; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s", path, tails[i]);
        unlink(name);
    }
}

static void open_once(void)
{
    gs_err err = {0};
    const char *dir = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, sizeof path, "%s/gutskin-fuzz-%ld.db", dir, (long)getpid());
    if (gs_diary_open(path, true, &d, &err) != GS_OK)
        abort();
    atexit(remove_files);
}

static bool stop_at_once(void *ctx, const gs_diary_row *row)
{
    (void)row;
    *(bool *)ctx = true;
    return false;
}

static bool is_empty(void)
{
    bool found = false;
    gs_err err = {0};
    if (gs_diary_each(d, "", stop_at_once, &found, &err) != GS_OK)
        abort();
    return !found;
}

/* Every cell lies inside the text and is UTF-8. */
static void check_cells(gs_arena *a, const char *text, size_t n)
{
    gs_csv csv;
    gs_err err = {0};
    size_t bad, k;
    if (gs_csv_read(a, "fuzz.csv", text, n, &csv, &err) != GS_OK)
        return;
    for (size_t i = 0; i < csv.n_row; i++)
        for (size_t j = 0; j < csv.row[i].n; j++) {
            const char *cell = gs_csv_cell(&csv, i, j, &k);
            if (k > GS_CSV_FIELD || !gs_text_utf8(cell, k, &bad))
                wrong("a cell is no text", "");
        }
}

/* What was taken can be read as a table and exported, and the export imports. */
static void check_taken(gs_arena *a, const gs_import_took *k)
{
    gs_err err = {0};
    gs_buf b = {0};
    const char *const *who;
    gs_obs *obs;
    uint64_t before, after;

    if (gs_diary_people(d, a, &who, &err) != GS_OK || !who[0]
        || gs_diary_obs(d, who[0], a, &obs, &err) != GS_OK
        || gs_diary_fingerprint(d, who[0], &before, &err) != GS_OK
        || gs_diary_export(d, "", false, &b, &err) != GS_OK)
        wrong("what was taken cannot be read", err.msg);
    char *name = gs_arena_strdup(a, who[0]);
    gs_buf what = {0};
    if (gs_diary_undo(d, k->batch, &what, &err) != GS_OK || !is_empty())
        wrong("undo failed", err.msg);
    gs_import_opts o = GS_IMPORT_OPTS;
    gs_import_took again;
    o.strict = true;
    if (gs_diary_import(d, a, "export.csv", b.data, b.len, &o, &again, &err) != GS_OK
        || gs_diary_fingerprint(d, name, &after, &err) != GS_OK || before != after) {
        fprintf(stderr, "%s\n", b.data);
        wrong("the export does not import to the same", err.msg);
    }
    if (gs_diary_undo(d, 0, &what, &err) != GS_OK)
        wrong("undo failed", err.msg);
    gs_buf_free(&what);
    gs_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gs_import_opts o = GS_IMPORT_OPTS;
    gs_import_took k;
    gs_err err = {0};

    if (!d)
        open_once();
    if (!size || size > 100000)
        return 0;
    gs_arena *a = gs_arena_new(256u << 20);
    const char *text = (const char *)data + 1;
    o.strict = data[0] & 1;
    o.sessions_per_week = data[0] & 2 ? 3 : 0;
    o.scale = data[0] & 4 ? "*=0-4" : "";
    o.date_form = (gs_date_form)(data[0] >> 3 & 3);
    o.today = data[0] & 32 ? GS_DAY_NONE : 20500;
    check_cells(a, text, size - 1);
    gs_status st = gs_diary_import(d, a, "fuzz.csv", text, size - 1, &o, &k, &err);
    if (st == GS_OK && k.batch)
        check_taken(a, &k);
    else if (st != GS_OK && (err.code != st || !*err.msg || strchr(err.msg, '\n')))
        wrong("a refusal without one sentence", err.msg);
    if (!is_empty())
        wrong("entries are left", "");
    gs_arena_free(a);
    return 0;
}
