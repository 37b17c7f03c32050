/* The sampler on a diary, seed after seed: how long a fit takes and whether it passes its
 * checks every time.
 *
 *   bench_sampler_seeds DIARY.csv [--seeds N] [--draws N] [--warmup N] [--exact] [--dims]
 *
 * Fits alone (no forecast, no page) on two threads, seeds 1 .. N (20). One JSON line a
 * seed: wall and processor seconds, largest R-hat, least bulk and tail effective draws
 * over all numbers of the fit, divergences, share of planned states that the simulator
 * accepted. Last line: medians and worst cases. --dims prints every number of the first
 * seed: prior, posterior, R-hat, effective draws. */
#include "real.h"

#include <jansson.h>
#include <sys/resource.h>

enum { MAX_SEED = 100 };

typedef struct one {
    double wall, cpu, rhat, bulk, tail;
    size_t divergent;
    bool ok;
} one;

static double cpu_now(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void run_all(void *self, size_t n, void (*job)(void *, size_t), void *ctx)
{
    (void)self;
    real_run(n, job, ctx);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(const one *r, size_t n, size_t offset)
{
    double v[MAX_SEED];

    for (size_t i = 0; i < n; i++)
        v[i] = *(const double *)(const void *)((const char *)&r[i] + offset);
    qsort(v, n, sizeof *v, by_value);
    return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

/* one JSON line; gives the object back */
static void say(json_t *line)
{
    json_dumpf(line, stdout, JSON_REAL_PRECISION(5));
    putchar('\n');
    fflush(stdout);
    json_decref(line);
}

static void print_dims(const gs_fit *f)
{
    for (size_t i = 0; i < f->n_dim; i++) {
        const gs_dim *d = &f->dim[i];
        say(json_pack("{s:s, s:[f, f, f], s:[f, f, f], s:f, s:f, s:f}", "number", d->name,
                      "prior", d->prior.q05, d->prior.q50, d->prior.q95, "post",
                      d->post.q05, d->post.q50, d->post.q95, "rhat", d->rhat, "bulk",
                      d->ess_bulk, "tail", d->ess_tail));
    }
}

static one fit_once(const gs_obs *obs, const gs_fit_opts *o, bool dims)
{
    static const gs_pool pool = {.n_thread = 2, .run = run_all};
    gs_arena *a = gs_arena_new(0);
    gs_fit *f;
    gs_err err = {0};
    double wall = real_now(), cpu = cpu_now();
    one r = {.bulk = HUGE_VAL, .tail = HUGE_VAL};

    real_must(gs_infer_fit(a, gs_axis(), obs, o, &pool, NULL, &f, &err), &err);
    r.wall = real_now() - wall;
    r.cpu = cpu_now() - cpu;
    r.ok = f->ok;
    r.divergent = f->n_divergent;
    for (size_t i = 0; i < f->n_dim; i++) {
        r.rhat = fmax(r.rhat, f->dim[i].rhat);
        r.bulk = fmin(r.bulk, f->dim[i].ess_bulk);
        r.tail = fmin(r.tail, f->dim[i].ess_tail);
    }
    json_t *line =
        json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:I, s:f, s:I, s:f, s:b}", "seed",
                  (json_int_t)o->seed, "wall_s", r.wall, "cpu_s", r.cpu, "rhat", r.rhat,
                  "bulk", r.bulk, "tail", r.tail, "divergent", (json_int_t)r.divergent,
                  "accepted", f->accepted, "gradients", (json_int_t)f->n_gradient, "ebfmi",
                  f->ebfmi, "ok", r.ok);
    if (!r.ok)
        json_object_set_new(line, "why", json_string(f->why_not));
    say(line);
    if (dims)
        print_dims(f);
    gs_arena_free(a);
    return r;
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/gs-seeds-XXXXXX";
    gs_import_opts io = GS_IMPORT_OPTS;
    gs_fit_opts o = GS_FIT_OPTS;
    gs_err err = {0};
    gs_units *units;
    gs_diary *d;
    gs_obs *obs;
    const char *const *people;
    size_t n = 20, n_ok = 0;
    bool dims = false;
    one r[MAX_SEED], worst = {.bulk = HUGE_VAL, .tail = HUGE_VAL};

    if (argc < 2) {
        fputs("usage: bench_sampler_seeds DIARY.csv [--seeds N] [--draws N] [--warmup N] "
              "[--exact] [--dims]\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        dims |= !strcmp(argv[i], "--dims");
        o.exact |= !strcmp(argv[i], "--exact");
        if (i + 1 == argc)
            break;
        if (!strcmp(argv[i], "--seeds"))
            n = (size_t)atoi(argv[++i]);
        else if (!strcmp(argv[i], "--draws"))
            o.n_draw = (size_t)atoi(argv[++i]);
        else if (!strcmp(argv[i], "--warmup"))
            o.n_warmup = (size_t)atoi(argv[++i]);
    }
    n = n < 1 ? 1 : n > MAX_SEED ? MAX_SEED : n;
    close(mkstemp(path));
    unlink(path);
    real_must(gs_units_new(&units, &err), &err);
    real_must(gs_diary_open(path, true, &d, &err), &err);
    io.convert = gs_units_convert;
    io.convert_self = units;
    gs_arena *a = gs_arena_new(0);
    real_import(d, ".", argv[1], &io);
    real_must(gs_diary_people(d, a, &people, &err), &err);
    real_must(gs_diary_obs(d, people[0], a, &obs, &err), &err);
    for (size_t i = 0; i < n; i++) {
        o.seed = i + 1;
        r[i] = fit_once(obs, &o, dims && i == 0);
        n_ok += r[i].ok;
        worst.wall = fmax(worst.wall, r[i].wall);
        worst.rhat = fmax(worst.rhat, r[i].rhat);
        worst.bulk = fmin(worst.bulk, r[i].bulk);
        worst.tail = fmin(worst.tail, r[i].tail);
    }
    say(json_pack("{s:s, s:I, s:I, s:[f, f], s:f, s:[f, f], s:[f, f], s:[f, f], s:s}",
                  "case", argv[1], "seeds", (json_int_t)n, "passed", (json_int_t)n_ok,
                  "wall_s", median(r, n, offsetof(one, wall)), worst.wall, "cpu_s",
                  median(r, n, offsetof(one, cpu)), "rhat",
                  median(r, n, offsetof(one, rhat)), worst.rhat, "bulk",
                  median(r, n, offsetof(one, bulk)), worst.bulk, "tail",
                  median(r, n, offsetof(one, tail)), worst.tail, "note",
                  "[median, worst]"));
    gs_arena_free(a);
    gs_diary_close(d);
    gs_units_free(units);
    unlink(path);
    return 0;
}
