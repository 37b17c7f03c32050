/* How long does a long CSV of 100,000 lines take, from bytes to the committed store?
 * Once new, once more when everything is there already, then undo, then the table.
 *
 *     bench_diary_import [FOLDER]     one JSON line per case, best of 3 */
#include "gutskin/diary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PEOPLE = 20, DAYS = 500, CHANNELS = 10, REPEAT = 3 };

static const char *const channels[CHANNELS] = {"eczema", "itch", "stress", "sleep", "fibre",
                                               "sugar", "water", "dairy", "probiotic", "mood"};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static char *make_table(size_t *n)
{
    gs_buf b = {0};
    char iso[16];
    gs_buf_put(&b, "person,date,channel,value,unit\n");
    for (int p = 0; p < PEOPLE; p++)
        for (int d = 0; d < DAYS; d++)
            for (int c = 0; c < CHANNELS; c++)
                gs_buf_printf(&b, "P%02d,%s,%s,%d,%s\n", p, gs_date_iso(19000 + d, iso, 16),
                              channels[c], (p + d * 7 + c * 3) % 11, c == 4 ? "g" : "");
    *n = b.len;
    return b.failed ? NULL : b.data;
}

static void print_case(const char *name, double seconds)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("{\"name\": \"diary_import %s\", \"n\": %d, \"seconds\": %.3f, \"us_per_line\": %.2f, "
           "\"peak_MB\": %.1f}\n", name, PEOPLE * DAYS * CHANNELS, seconds,
           1e6 * seconds / (PEOPLE * DAYS * CHANNELS), (double)use.ru_maxrss / 1024);
}

static void must(gs_status st, const gs_err *err)
{
    char text[900];
    if (st == GS_OK)
        return;
    fprintf(stderr, "bench_diary_import: %s\n", gs_err_text(err, text, sizeof text));
    exit(1);
}

static double import_once(gs_diary *d, const char *text, size_t n, size_t want)
{
    gs_arena *a = gs_arena_new(0);
    gs_import_took k;
    gs_err err = {0};
    double start = now();
    must(gs_diary_import(d, a, "long.csv", text, n, &GS_IMPORT_OPTS, &k, &err), &err);
    double took = now() - start;
    gs_arena_free(a);
    if (k.n_value != want) {
        fprintf(stderr, "bench_diary_import: %zu values, not %zu\n", k.n_value, want);
        exit(1);
    }
    return took;
}

static double tables(gs_diary *d)
{
    gs_err err = {0};
    double start = now();
    for (int p = 0; p < PEOPLE; p++) {
        gs_arena *a = gs_arena_new(0);
        gs_obs *o;
        char name[8];
        snprintf(name, sizeof name, "P%02d", p);
        must(gs_diary_obs(d, name, a, &o, &err), &err);
        gs_arena_free(a);
    }
    return now() - start;
}

int main(int argc, char **argv)
{
    char path[300], name[320];
    size_t n;
    char *text = make_table(&n);
    double best[4] = {1e9, 1e9, 1e9, 1e9};

    snprintf(path, sizeof path, "%s/bench-%ld.db", argc > 1 ? argv[1] : "/tmp", (long)getpid());
    for (int i = 0; i < REPEAT && text; i++) {
        gs_diary *d;
        gs_err err = {0};
        gs_buf what = {0};
        must(gs_diary_open(path, true, &d, &err), &err);
        double t[4];
        t[0] = import_once(d, text, n, PEOPLE * DAYS * CHANNELS);
        t[1] = import_once(d, text, n, 0);
        t[2] = tables(d);
        double start = now();
        must(gs_diary_undo(d, 0, &what, &err), &err);
        t[3] = now() - start;
        for (int k = 0; k < 4; k++)
            best[k] = t[k] < best[k] ? t[k] : best[k];
        gs_buf_free(&what);
        gs_diary_close(d);
        for (int k = 0; k < 3; k++) {
            snprintf(name, sizeof name, "%s%s", path, k == 0 ? "" : k == 1 ? "-wal" : "-shm");
            unlink(name);
        }
    }
    print_case("new", best[0]);
    print_case("again", best[1]);
    print_case("tables of 20 people", best[2]);
    print_case("undo", best[3]);
    free(text);
    return 0;
}
