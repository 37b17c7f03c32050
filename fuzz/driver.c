/* Stand-alone main of every fuzz driver: no libFuzzer needed.
 *
 *     fuzz_x [--seconds N] [--seed S] [--runs N] CORPUS_DIR_OR_FILE...
 *
 * Every corpus file is run as it is; then, until the time is up, inputs are made from
 * them by cutting, splicing, repeating and flipping, from a fixed seed. When an input
 * fails (crash, sanitizer report, more than 10 s) the seed and the run are printed and the
 * input is written to fuzz-failure.bin. The same command then fails the same way, and
 * `fuzz_x fuzz-failure.bin` alone does too.
 *
 * Built with clang -fsanitize=fuzzer, libFuzzer brings a main of its own and this one,
 * being weak, gives way. */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
void __sanitizer_set_death_callback(void (*f)(void)) __attribute__((weak));

enum { MAX_FILE = 4096, MAX_MUTANT = 1 << 16, TIME_LIMIT = 10 };

typedef struct input {
    uint8_t *data;
    size_t n;
    char name[256];
} input;

static input corpus[MAX_FILE];
static size_t n_corpus;

/* what is being run: read by the handlers when it fails */
static const uint8_t *now;
static size_t now_n, now_run;
static uint64_t seed = 20261123;
static const char *now_name = "", *program = "fuzz";

static void report(void)
{
    char text[600];
    int n = snprintf(text, sizeof text,
                     "%s: failed: seed %llu, run %zu (from %s), %zu bytes; input is in "
                     "fuzz-failure.bin\n",
                     program, (unsigned long long)seed, now_run, now_name, now_n);
    if (now && write(STDERR_FILENO, text, (size_t)n) == n) {
        FILE *f = fopen("fuzz-failure.bin", "wb");
        if (f) {
            fwrite(now, 1, now_n, f);
            fclose(f);
        }
    }
    now = NULL;
}

static void on_signal(int sig)
{
    if (sig == SIGALRM) {
        static const char slow[] = "an input takes longer than 10 s\n";
        if (write(STDERR_FILENO, slow, sizeof slow - 1) < 0)
            _exit(1);
    }
    report();
    signal(sig, SIG_DFL);
    if (sig == SIGALRM)
        _exit(1);
    raise(sig);
}

static uint64_t rng_state;

static uint64_t next(void) /* splitmix64 */
{
    uint64_t z = (rng_state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static size_t below(size_t n)
{
    return n ? (size_t)(next() % n) : 0;
}

static void load_file(const char *path)
{
    FILE *f = n_corpus < MAX_FILE ? fopen(path, "rb") : NULL;
    if (!f)
        return;
    input *x = &corpus[n_corpus];
    long size = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    if (size >= 0 && fseek(f, 0, SEEK_SET) == 0 && (x->data = malloc((size_t)size + 1))) {
        x->n = fread(x->data, 1, (size_t)size, f);
        snprintf(x->name, sizeof x->name, "%.255s", path);
        n_corpus++;
    }
    fclose(f);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const input *)a)->name, ((const input *)b)->name);
}

static void load(const char *path)
{
    char name[1024];
    DIR *d = opendir(path);
    if (!d) {
        load_file(path);
        return;
    }
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (stat(name, &st) == 0 && S_ISREG(st.st_mode))
            load_file(name);
    }
    closedir(d);
}

static void run(const uint8_t *data, size_t n, const char *name)
{
    /* a copy of its own size: reading past the end is seen by a sanitizer */
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        return;
    if (n)
        memcpy(copy, data, n);
    now = copy;
    now_n = n;
    now_name = name;
    alarm(TIME_LIMIT);
    LLVMFuzzerTestOneInput(copy, n);
    alarm(0);
    now = NULL;
    now_run++;
    free(copy);
}

/* ---- mutation -------------------------------------------------------------------- */

static uint8_t work[MAX_MUTANT];
static size_t n_work;

static void insert(size_t at, const uint8_t *bytes, size_t n)
{
    if (n_work + n > MAX_MUTANT)
        n = MAX_MUTANT - n_work;
    memmove(work + at + n, work + at, n_work - at);
    memcpy(work + at, bytes, n);
    n_work += n;
}

static void cut(size_t at, size_t n)
{
    memmove(work + at, work + at + n, n_work - at - n);
    n_work -= n;
}

/* a piece of some corpus file, copied aside: work may be its own source */
static size_t piece(uint8_t *out, size_t max)
{
    const input *x = &corpus[below(n_corpus)];
    size_t at = below(x->n), n = below(max < x->n - at ? max : x->n - at) + (x->n > at);
    memcpy(out, x->data + at, n < max ? n : max);
    return n < max ? n : max;
}

static void mutate_once(void)
{
    static const char *const words[] = {
        "",  "-",   "\"", "\n", ",",      ";",    "\t", "0",    "1e308", "1e-320", "nan",
        "inf", "-inf", "(", ")", "[", "]", "{", "}", "\xff\xfe", "\xc3\x28", "\xed\xa0\x80",
        "\xef\xbb\xbf", "\r\n", "\r", "\"\"", "#", "-1", "0x1p3", "99999999999999999999",
        "2147483648", "2026-02-30", "..", "'", "=", "^", "null", "\\u0000", "((((((((((((",
        "))))", "[[[[[[[[[[[[", "{\"a\":", "^-^-^", "%n%s", "/0", "*=", "\x7f"};
    uint8_t buf[512];
    size_t at = below(n_work + 1), n;
    switch (below(9)) {
    case 0: /* flip a bit */
        if (n_work)
            work[below(n_work)] ^= (uint8_t)(1u << below(8));
        break;
    case 1: /* any byte */
        if (n_work)
            work[below(n_work)] = (uint8_t)next();
        break;
    case 2: /* cut a stretch */
        cut(at, below(n_work - at < 64 ? n_work - at + 1 : 64));
        break;
    case 3: /* truncate */
        n_work = at;
        break;
    case 4: /* splice in a piece */
        n = piece(buf, sizeof buf);
        insert(at, buf, n);
        break;
    case 5: /* overwrite with a piece */
        n = piece(buf, 64);
        if (n > n_work - at)
            n = n_work - at;
        memcpy(work + at, buf, n);
        break;
    case 6: { /* a word that hurts */
        const char *w = words[below(sizeof words / sizeof *words)];
        insert(at, (const uint8_t *)w, strlen(w));
        break;
    }
    case 7: /* repeat a short stretch many times */
        n = below(n_work - at < 16 ? n_work - at + 1 : 16);
        memcpy(buf, work + at, n);
        for (size_t i = below(300); i > 0 && n; i--)
            insert(at, buf, n);
        break;
    default: /* a digit for a digit */
        for (size_t i = 0; i < n_work; i++)
            if (work[(at + i) % n_work] >= '0' && work[(at + i) % n_work] <= '9') {
                work[(at + i) % n_work] = (uint8_t)('0' + below(10));
                break;
            }
    }
}

static void run_mutant(void)
{
    const input *x = &corpus[below(n_corpus)];
    n_work = x->n < MAX_MUTANT ? x->n : MAX_MUTANT;
    memcpy(work, x->data, n_work);
    for (size_t i = 1 + below(1u << below(5)); i > 0; i--)
        mutate_once();
    run(work, n_work, x->name);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

__attribute__((weak)) int main(int argc, char **argv)
{
    double limit = 0, start = seconds();
    size_t runs = SIZE_MAX;

    program = argv[0];
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            limit = atof(argv[++i]);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc)
            runs = strtoull(argv[++i], NULL, 10);
        else
            load(argv[i]);
    }
    qsort(corpus, n_corpus, sizeof *corpus, by_name); /* readdir has no order */
    rng_state = seed;
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(report);
    for (const int *s = (const int[]){SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM, 0}; *s;
         s++)
        if (*s == SIGALRM || *s == SIGABRT || !__sanitizer_set_death_callback)
            signal(*s, on_signal);

    run((const uint8_t *)"", 0, "nothing");
    for (size_t i = 0; i < n_corpus; i++)
        run(corpus[i].data, corpus[i].n, corpus[i].name);
    size_t n_file = now_run;
    while (n_corpus && seconds() - start < limit && now_run < runs)
        run_mutant();
    fprintf(stderr, "%s: %zu files and %zu mutants in %.1f s, seed %llu\n", program,
            n_file - 1, now_run - n_file, seconds() - start, (unsigned long long)seed);
    for (size_t i = 0; i < n_corpus; i++)
        free(corpus[i].data);
    return 0;
}
