/* The tables of examples/nof1: simulated people, nobody's data. Seed 2026, streams by name.
 *
 *   bench_nof1_examples cream|photos|capsule > examples/nof1/NAME.csv
 *
 * cream    12 weeks in 6 pairs of weeks; itch 0-10; the cream takes 1.5 points off, days
 *          are alike (0.5), a slow drift down, some days missing
 * photos   24 days in 12 pairs of days; redness of two photos a day by two raters, one of
 *          whom sees 0.8 more; nothing works, redness falls by itself
 * capsule  9 people, 8 weeks each in 7 pairs of 4 days; effects differ (mean -0.7, sd 0.6);
 *          capsules forgotten now and then */
#include "gutskin/nof1.h"
#include "gutskin/rng.h"

#include <stdio.h>
#include <string.h>

static gs_nof1_schedule *draw(gs_arena *a, size_t n, int32_t days, uint64_t seed)
{
    gs_nof1_design d = GS_NOF1_DESIGN;
    gs_nof1_schedule *s = NULL;
    gs_err err = {0};
    d.n_period = n;
    d.period_days = days;
    if (gs_nof1_draw(a, &d, seed, gs_date_day(2026, 3, 2), &s, &err) != GS_OK)
        fprintf(stderr, "%s\n", err.msg);
    return s;
}

static void cream(gs_arena *a)
{
    gs_nof1_schedule *s = draw(a, 12, 7, 2026);
    gs_rng r = gs_rng_stream(2026, 0, "example cream");
    double ar = 0;
    char day[32];
    printf("# simulated; see bench/nof1_examples.c\ndate,treatment,itch (0-10)\n");
    for (int32_t i = 0; i < gs_nof1_days(s); i++) {
        int b = gs_nof1_day(s, i, NULL);
        ar = 0.5 * ar + 0.9 * gs_rng_normal(&r);
        double v = round(5.6 - 0.012 * i + ar - 1.5 * b);
        printf("%s,%s,", gs_date_iso(s->day0 + i, day, sizeof day), b ? "cream" : "no cream");
        if (gs_rng_uniform(&r) < 0.07)
            printf("\n");
        else
            printf("%.0f\n", v < 0 ? 0 : v > 10 ? 10 : v);
    }
}

static void photos(gs_arena *a)
{
    gs_nof1_schedule *s = draw(a, 24, 1, 2027);
    gs_rng r = gs_rng_stream(2026, 0, "example photos");
    double ar = 0;
    char day[32];
    printf("# simulated; see bench/nof1_examples.c\ntimestamp,arm,rater,redness\n");
    for (int32_t i = 0; i < gs_nof1_days(s); i++) {
        int b = gs_nof1_day(s, i, NULL);
        ar = 0.6 * ar + 0.4 * gs_rng_normal(&r);
        for (int k = 0; k < 2; k++) {
            double photo = 4.5 - 0.05 * i + ar + 0.3 * gs_rng_normal(&r);
            for (int q = 0; q < 2; q++)
                printf("%s %s,%s,%s,%.1f\n", gs_date_iso(s->day0 + i, day, sizeof day),
                       k ? "20:30" : "07:15", b ? "B" : "A", q ? "Kim" : "Ada",
                       photo + 0.8 * q + 0.3 * gs_rng_normal(&r));
        }
    }
}

static void capsule(gs_arena *a)
{
    printf("# simulated; see bench/nof1_examples.c\nperson,day,planned,taken,severity\n");
    for (uint64_t p = 0; p < 9; p++) {
        gs_nof1_schedule *s = draw(a, 14, 4, 3000 + p);
        gs_rng r = gs_rng_stream(2026, p, "example capsule");
        double ar = 0, own = 4 + gs_rng_normal(&r), effect = -0.7 + 0.6 * gs_rng_normal(&r);
        for (int32_t i = 0; i < gs_nof1_days(s); i++) {
            int b = gs_nof1_day(s, i, NULL), took = b && gs_rng_uniform(&r) > 0.12;
            ar = 0.4 * ar + 0.8 * gs_rng_normal(&r);
            printf("P%d,%d,%s,%d,%.1f\n", (int)p + 1, (int)i + 1, b ? "capsule" : "placebo",
                   took, own + ar + effect * took);
        }
    }
}

int main(int argc, char **argv)
{
    gs_arena *a = gs_arena_new(0);
    const char *what = argc > 1 ? argv[1] : "";
    int rc = 0;
    if (strcmp(what, "cream") == 0)
        cream(a);
    else if (strcmp(what, "photos") == 0)
        photos(a);
    else if (strcmp(what, "capsule") == 0)
        capsule(a);
    else {
        fprintf(stderr, "bench_nof1_examples cream|photos|capsule\n");
        rc = 2;
    }
    gs_arena_free(a);
    return rc;
}
