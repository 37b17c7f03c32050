/* Stand-alone main for the fuzz targets: the corpus first, then mutations of it for a
 * while. No coverage feedback; with clang, link -fsanitize=fuzzer instead of this file.
 *
 *     fuzz_csv [--seconds N] [--seed S] [FILE or FOLDER...]
 *
 * Runs are repeatable: the same seed and corpus make the same inputs. The input under
 * test is written to crash-<target> when the program is about to die. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST = 64 * 1024, MAX_SEED = 4096, HANG_SECONDS = 20 };

typedef struct input {
    uint8_t *byte;
    size_t n;
} input;

static input seed[MAX_SEED];
static size_t n_seed;
static input now; /* under test */
static const char *target;
static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t below(size_t n)
{
    return n ? (size_t)(next() % n) : 0;
}

/* ---- dying ------------------------------------------------------------------------ */

static void die(int sig)
{
    char name[200];
    snprintf(name, sizeof name, "crash-%s", target);
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    if (fd >= 0 && write(fd, now.byte, now.n) >= 0)
        fprintf(stderr, "%s: signal %d on %zu bytes, written to %s\n", target, sig, now.n, name);
    signal(sig, SIG_DFL);
    raise(sig);
}

static void run(const uint8_t *byte, size_t n)
{
    /* an exact copy, so that a read past the end is seen by the sanitizer */
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        return;
    memcpy(copy, byte, n);
    now = (input){copy, n};
    alarm(HANG_SECONDS);
    LLVMFuzzerTestOneInput(copy, n);
    alarm(0);
    now = (input){NULL, 0};
    free(copy);
}

/* ---- corpus ------------------------------------------------------------------------- */

static void add_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f || n_seed == MAX_SEED) {
        if (f)
            fclose(f);
        return;
    }
    uint8_t *byte = malloc(LONGEST);
    size_t n = byte ? fread(byte, 1, LONGEST, f) : 0;
    fclose(f);
    if (byte)
        seed[n_seed++] = (input){byte, n};
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(const char *path)
{
    struct stat st;
    struct dirent **entry;
    if (stat(path, &st) != 0)
        return;
    if (!S_ISDIR(st.st_mode)) {
        add_file(path);
        return;
    }
    int n = scandir(path, &entry, NULL, by_name);
    for (int i = 0; i < n; i++) {
        char name[1200];
        snprintf(name, sizeof name, "%s/%s", path, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.')
            add_file(name);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
}

/* ---- mutation ------------------------------------------------------------------------ */

static void insert(input *x, size_t at, const uint8_t *byte, size_t n)
{
    if (x->n + n > LONGEST)
        n = LONGEST - x->n;
    memmove(x->byte + at + n, x->byte + at, x->n - at);
    memcpy(x->byte + at, byte, n);
    x->n += n;
}

static void erase(input *x, size_t at, size_t n)
{
    if (n > x->n - at)
        n = x->n - at;
    memmove(x->byte + at, x->byte + at + n, x->n - at - n);
    x->n -= n;
}

/* Texts that have hurt parsers before. */
static const char *const nasty[] = {
    "\"", "\"\"", ",", ";", "\t", "\r\n", "\r", "\n", "#", "-1", "1e308", "1e-320", "nan", "inf",
    "0x1p3", "9999999999999999999", "2147483648", "\xef\xbb\xbf", "\xff\xfe", "\xc3\x28",
    "\xed\xa0\x80", "((((((((((((((((", "))))", "[[[[[[[[[[[[[[[[", "{\"a\":", "^-^-^", "%n%s",
    "2026-02-30", "-", "'", "=", "..", "/0", "*=", " ", "\x7f", "\\u0000", "null"};

static void mutate_once(input *x)
{
    uint8_t chunk[64];
    size_t at = below(x->n + 1), n = 1 + below(sizeof chunk);

    switch (below(8)) {
    case 0:
        if (x->n)
            x->byte[below(x->n)] ^= (uint8_t)(1u << below(8));
        break;
    case 1:
        if (x->n)
            x->byte[below(x->n)] = (uint8_t)next();
        break;
    case 2:
        erase(x, at, n);
        break;
    case 3: /* say a part again */
        if (n > x->n - at)
            n = x->n - at;
        memcpy(chunk, x->byte + at, n);
        insert(x, below(x->n + 1), chunk, n);
        break;
    case 4: {
        const char *t = nasty[below(sizeof nasty / sizeof *nasty)];
        insert(x, at, (const uint8_t *)t, strlen(t));
        break;
    }
    case 5: { /* a part of another input */
        const input *o = &seed[below(n_seed)];
        size_t from = below(o->n);
        if (o->n)
            insert(x, at, o->byte + from, n < o->n - from ? n : o->n - from);
        break;
    }
    case 6: /* cut off */
        if (below(4) == 0)
            x->n = at;
        break;
    default: /* a line again, many times */
        for (size_t i = 0; i < 8 && x->n; i++) {
            size_t from = below(x->n), k = 0;
            while (from + k < x->n && k < sizeof chunk && x->byte[from + k] != '\n')
                k++;
            memcpy(chunk, x->byte + from, k);
            insert(x, below(x->n + 1), chunk, k);
        }
    }
}

static void one_mutant(uint8_t *room)
{
    const input *s = &seed[below(n_seed)];
    input x = {room, s->n};
    memcpy(room, s->byte, s->n);
    for (size_t i = 1 + below(6); i > 0; i--)
        mutate_once(&x);
    run(x.byte, x.n);
}

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    static uint8_t room[LONGEST];
    double seconds = 5, start = clock_now();
    size_t n_run = 0;

    target = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], die);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = atof(argv[++i]);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            state ^= strtoull(argv[++i], NULL, 10) * 0xbf58476d1ce4e5b9u;
        else
            add_path(argv[i]);
    }
    if (!n_seed)
        seed[n_seed++] = (input){calloc(1, LONGEST), 1};
    for (size_t i = 0; i < n_seed; i++)
        run(seed[i].byte, seed[i].n);
    for (; clock_now() - start < seconds; n_run++)
        one_mutant(room);
    printf("%s: %zu of the corpus and %zu mutants in %.1f s\n", target, n_seed, n_run,
           clock_now() - start);
    for (size_t i = 0; i < n_seed; i++)
        free(seed[i].byte);
    return 0;
}
