/* Whole commands as a person runs them: wall time and peak memory, median of k.
 *
 *   bench_whole GUTSKIN EXAMPLE.csv [RUNS]
 *
 * Cases: import of a 100,000-row long CSV; fit of a year of daily entries; report of a
 * fitted diary (text and HTML). One JSON line each: name, n, median and range of wall
 * seconds, peak memory of the largest run. Budgets of the first issue stand beside. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RUN = 25, N_ROW = 100000 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Run argv with its output thrown away; seconds, peak memory in MB. */
static double run(char *const argv[], double *peak_mb)
{
    double start = now();
    struct rusage use;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1);
        dup2(null, 2);
        execv(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &use) < 0 || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0) {
        fprintf(stderr, "bench_whole: %s %s failed\n", argv[0], argv[1]);
        exit(1);
    }
    *peak_mb = (double)use.ru_maxrss / 1024;
    return now() - start;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct bench {
    const char *name;
    char *const *argv;
    double budget_s;
    const char *fresh_db; /* copy made before each run, NULL = none */
    const char *db;
} bench;

static void copy(const char *from, const char *to)
{
    char cmd[1024];

    snprintf(cmd, sizeof cmd, "rm -f '%s' '%s-wal' '%s-shm'; cp '%s' '%s'", to, to, to, from, to);
    if (system(cmd) != 0)
        exit(1);
}

static void measure(const bench *b, int runs)
{
    double t[MAX_RUN], peak = 0, mb;

    for (int i = 0; i < runs; i++) {
        if (b->fresh_db)
            copy(b->fresh_db, b->db);
        t[i] = run(b->argv, &mb);
        if (mb > peak)
            peak = mb;
    }
    qsort(t, (size_t)runs, sizeof *t, by_value);
    printf("{\"name\": \"%s\", \"n\": %d, \"wall_s\": %.3f, \"min_s\": %.3f, \"max_s\": %.3f, "
           "\"budget_s\": %g, \"peak_mb\": %.1f, \"budget_mb\": 300}\n",
           b->name, runs, t[runs / 2], t[0], t[runs - 1], b->budget_s, peak);
    fflush(stdout);
}

/* 20 people, 1000 days, 5 channels: 100,000 rows nobody wrote by hand. */
static void write_rows(const char *path)
{
    static const char *const channel[5] = {"eczema", "stress", "sleep", "fibre", "sugar"};
    static const char *const unit[5] = {"", "", "", "g", "g"};
    static const int top[5] = {10, 10, 10, 40, 150};
    FILE *f = fopen(path, "w");
    unsigned long state = 1;

    fputs("person,day,channel,value,unit\n", f);
    for (long i = 0; i < N_ROW; i++) {
        int c = (int)(i % 5);
        state = state * 6364136223846793005ul + 1442695040888963407ul;
        fprintf(f, "p%02ld,%ld,%s,%d,%s\n", i / 5000, i % 5000 / 5, channel[c],
                (int)((state >> 40) % (unsigned long)(top[c] + 1)), unit[c]);
    }
    fclose(f);
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/gs-bench-XXXXXX", empty[64], db[64], rows[64], page[64], loaded[64];
    double mb;

    if (argc < 3) {
        fputs("usage: bench_whole GUTSKIN EXAMPLE.csv [RUNS]\n", stderr);
        return 2;
    }
    int runs = argc > 3 ? atoi(argv[3]) : 5;
    if (runs < 1 || runs > MAX_RUN || !mkdtemp(dir))
        return 2;
    snprintf(empty, sizeof empty, "%s/empty.db", dir);
    snprintf(loaded, sizeof loaded, "%s/loaded.db", dir);
    snprintf(db, sizeof db, "%s/d.db", dir);
    snprintf(rows, sizeof rows, "%s/rows.csv", dir);
    snprintf(page, sizeof page, "%s/page.html", dir);

    write_rows(rows);
    run((char *[]){argv[1], "init", "--diary", empty, NULL}, &mb);
    run((char *[]){argv[1], "init", "--diary", loaded, NULL}, &mb);
    run((char *[]){argv[1], "import", argv[2], "--diary", loaded, NULL}, &mb);

    char *import[] = {argv[1], "import", rows, "--diary", db, "--scale", "*=0-10", NULL};
    measure(&(bench){"import of a 100,000-row long CSV", import, 2, empty, db}, runs);
    copy(loaded, db);
    char *fit[] = {argv[1], "fit", "--diary", db, NULL};
    measure(&(bench){"fit of a year of daily entries", fit, 60, NULL, NULL}, runs);
    char *text[] = {argv[1], "report", "--diary", db, NULL};
    measure(&(bench){"report of a fitted diary, text", text, 0.5, NULL, NULL}, runs);
    char *html[] = {argv[1], "report", "--diary", db, "--html", page, NULL};
    measure(&(bench){"report of a fitted diary, HTML", html, 0.5, NULL, NULL}, runs);

    char cmd[128];
    snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
    return system(cmd) != 0;
}
