/* What the front door lends the core and the commands share: threads, a progress bar,
 * Ctrl-C, and where things are kept. */
#include "cli/cli.h"

#include "gutskin/report.h"
#include "gutskin/text.h"

#include <argp.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int gs_cli_failed(const gs_err *err)
{
    char text[1000];

    gs_cli_progress_end();
    fprintf(stderr, "gutskin: %s\n", gs_err_text(err, text, sizeof text));
    return GS_EXIT_FAILED;
}

long gs_cli_count(struct argp_state *state, const char *arg, long lo, long hi)
{
    long v = lo;

    if (!gs_text_long(arg, strlen(arg), lo, hi, &v))
        argp_error(state, "\"%s\" is not a whole number from %ld to %ld", arg, lo, hi);
    return v;
}

gs_status gs_cli_picture(const gs_buf *svg, const char *svg_path, const char *png_path,
                         gs_err *err)
{
    gs_buf png = {0};
    gs_status st = GS_OK;

    if (svg_path)
        st = gs_text_write_file(svg_path, svg->data, svg->len, err);
    if (st == GS_OK && png_path)
        st = gs_report_png(svg->data, svg->len, 1440, &png, err);
    if (st == GS_OK && png_path)
        st = gs_text_write_file(png_path, png.data, png.len, err);
    gs_buf_free(&png);
    return st;
}

/* ---- threads ------------------------------------------------------------------- */

enum { MAX_THREAD = 64 };

typedef struct batch {
    size_t n;
    void (*job)(void *ctx, size_t i);
    void *ctx;
    atomic_size_t next;
} batch;

static void *worker(void *arg)
{
    batch *b = arg;

    for (;;) {
        size_t i = atomic_fetch_add(&b->next, 1);
        if (i >= b->n)
            return NULL;
        b->job(b->ctx, i);
    }
}

/* Threads live as long as one call: jobs here last milliseconds to seconds. */
static void run_threads(void *self, size_t n, void (*job)(void *ctx, size_t i), void *ctx)
{
    size_t n_thread = *(const size_t *)self, started = 0;
    pthread_t id[MAX_THREAD];
    batch b = {.n = n, .job = job, .ctx = ctx};

    while (started + 1 < n_thread && started + 1 < n &&
           pthread_create(&id[started], NULL, worker, &b) == 0)
        started++;
    worker(&b);
    for (size_t i = 0; i < started; i++)
        pthread_join(id[i], NULL);
}

gs_pool *gs_cli_pool(void)
{
    static size_t n_thread;
    static gs_pool pool;

    if (n_thread == 0) {
        const char *said = getenv("GS_THREADS");
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        if (said)
            gs_text_long(said, strlen(said), 1, MAX_THREAD, &n);
        n_thread = n < 1 ? 1 : n > MAX_THREAD ? MAX_THREAD : (size_t)n;
        pool = (gs_pool){.run = run_threads, .self = &n_thread, .n_thread = n_thread};
    }
    return &pool;
}

/* ---- progress ------------------------------------------------------------------ */

static struct {
    pthread_mutex_t lock;
    bool shown, on;
    double start, last;
    char what[64];
    volatile sig_atomic_t stop;
} bar = {.lock = PTHREAD_MUTEX_INITIALIZER};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A new stage starts its own clock, so that the remaining time is the stage's. */
static void draw(const char *what, double done, double t)
{
    enum { WIDTH = 28 };
    char line[WIDTH + 1], left[40] = "";
    int full = (int)(done * WIDTH);

    for (int i = 0; i < WIDTH; i++)
        line[i] = i < full ? '#' : '.';
    line[WIDTH] = '\0';
    if (done > 0.02 && t - bar.start > 0.5)
        snprintf(left, sizeof left, "about %.0f s left", (t - bar.start) * (1 - done) / done);
    fprintf(stderr, "\r%-22s [%s] %3.0f%%  %-20s", what, line, 100 * done, left);
    fflush(stderr);
    bar.shown = true;
}

static void tick(void *self, const char *what, double done)
{
    (void)self;
    pthread_mutex_lock(&bar.lock);
    double t = now();
    if (strncmp(bar.what, what, sizeof bar.what - 1) != 0) {
        snprintf(bar.what, sizeof bar.what, "%s", what);
        bar.start = t;
        bar.last = 0;
    }
    if (bar.on && (t - bar.last > 0.1 || done >= 1)) {
        bar.last = t;
        draw(bar.what, done < 0 ? 0 : done > 1 ? 1 : done, t);
    }
    pthread_mutex_unlock(&bar.lock);
}

static void on_interrupt(int sig)
{
    (void)sig;
    bar.stop = 1;
}

static bool cancelled(void *self)
{
    (void)self;
    return bar.stop != 0;
}

gs_progress *gs_cli_progress(void)
{
    static gs_progress p = {.tick = tick, .cancelled = cancelled};
    const char *said = getenv("GS_PROGRESS");
    struct sigaction act = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

    bar.on = said ? said[0] == '1' : isatty(STDERR_FILENO);
    sigaction(SIGINT, &act, NULL); /* the second Ctrl-C ends the program at once */
    return &p;
}

void gs_cli_progress_end(void)
{
    if (bar.shown)
        fprintf(stderr, "\r%79s\r", "");
    bar.shown = false;
}

/* ---- places -------------------------------------------------------------------- */

/* Make the folders that lead to path; a failure shows when the file is opened. */
static void make_folders(char *path)
{
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        mkdir(path, 0700);
        *p = '/';
    }
}

const char *gs_cli_diary_path(const char *option)
{
    static char path[4096];
    const char *said = option ? option : getenv("GUTSKIN_DIARY");
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (said && *said)
        return said;
    if (data && *data)
        snprintf(path, sizeof path, "%s/gutskin/diary.db", data);
    else
        snprintf(path, sizeof path, "%s/.local/share/gutskin/diary.db", home ? home : ".");
    make_folders(path);
    return path;
}

int gs_cli_put(const char *path, const char *text, size_t n)
{
    gs_err err = {0};

    fflush(stdout);
    if (gs_text_write_file(path ? path : "-", text, n, &err) != GS_OK)
        return gs_cli_failed(&err);
    return GS_EXIT_OK;
}
