/* Simulation-based calibration of the fit on a small body, sbc.h: prints one JSON line
 * a dimension and draws the rank histograms.
 *
 *   bench_sbc [--reps N] [--svg docs/sbc.svg] [--only bounded|ordered|switching]
 *
 * The full study (400 replications of each kind of score, 4 x 250 draws each) takes
 * some minutes on two cores. */
#include "sbc.h"
#include "gutskin/text.h"

#include <time.h>

enum { COL = 168, ROW = 104 };

static void panel(const sbc_study *s, size_t dim, double x, double y, gs_buf *b)
{
    size_t bin[SBC_BIN], n = sbc_bins(s, dim, bin);
    double want = (double)n / SBC_BIN, w = 9, unit = 40 / want;
    double sd = sqrt(want * (1 - 1.0 / SBC_BIN)), half = 2.58 * sd;

    gs_buf_printf(b, "<text x='%g' y='%g'>%s</text>\n", x, y + 11, s->name[dim]);
    gs_buf_printf(b,
                  "<rect x='%g' y='%g' width='%g' height='%g' fill='#d8e4dc'/>\n", x,
                  y + 90 - (want + half) * unit, w * SBC_BIN, 2 * half * unit);
    for (size_t i = 0; i < SBC_BIN; i++) {
        double h = (double)bin[i] * unit;
        gs_buf_printf(b, "<rect x='%g' y='%g' width='%g' height='%g' fill='#3b6e57'/>\n",
                      x + (double)i * w + 0.5, y + 90 - h, w - 1, h);
    }
    for (int k = -1; k <= 1; k += 2) {
        double at = y + 90 - (want + k * half) * unit;
        gs_buf_printf(b, "<path d='M%g %gh%g' stroke='#c8742c'/>\n", x, at, w * SBC_BIN);
    }
}

static void drawing(const sbc_study *s, size_t n, gs_buf *b)
{
    static const char *const title[] = {"Bounded number", "Ordered score 0-4",
                                        "Ordered score 0-4 of a condition that flares"};
    size_t wide = 0;

    for (size_t k = 0; k < n; k++)
        wide = s[k].n_dim > wide ? s[k].n_dim : wide;
    size_t n_col = (wide + 1) / 2, height = n * 2 * (size_t)ROW + n * 26 + 30;
    gs_buf_printf(b,
                  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %zu %zu' "
                  "font-family='sans-serif' font-size='11' fill='#222'>\n"
                  "<rect width='100%%' height='100%%' fill='#fff'/>\n",
                  n_col * COL + 16, height);
    for (size_t k = 0; k < n; k++) {
        double y = (double)k * (2 * ROW + 26) + 8;
        gs_buf_printf(b, "<text x='12' y='%g' font-size='13'>%s, %zu replications</text>\n",
                      y + 12, title[s[k].kind],
                      s[k].n_rep);
        for (size_t d = 0; d < s[k].n_dim; d++)
            panel(&s[k], d, 12 + (double)(d % n_col) * COL,
                  y + 20 + (double)(d / n_col) * ROW, b);
    }
    gs_buf_printf(b,
                  "<text x='12' y='%zu'>Rank of the truth among %d draws, %d bins; the "
                  "band holds 99%% of the bars when the fit is calibrated.</text>\n</svg>\n",
                  height - 10, SBC_DRAW, SBC_BIN);
}

static void print(const sbc_study *s, double seconds)
{
    for (size_t d = 0; d < s->n_dim; d++)
        printf("{\"sbc\": \"%s\", \"dim\": \"%s\", \"reps\": %zu, \"chi2_15\": %.1f, "
               "\"shift_se\": %.2f, \"spread_se\": %.2f}\n",
               sbc_name[s->kind], s->name[d], s->n_rep, sbc_chi2(s, d),
               sbc_shift(s, d), sbc_spread(s, d));
    printf("{\"sbc\": \"%s\", \"seconds\": %.1f}\n", sbc_name[s->kind],
           seconds);
}

int main(int argc, char **argv)
{
    size_t n_rep = 400;
    const char *svg = NULL;
    sbc_study s[3] = {0};
    int only = -1;
    gs_buf b = {0};
    gs_err err = {0};

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--reps") == 0)
            n_rep = (size_t)atoi(argv[i + 1]);
        if (strcmp(argv[i], "--svg") == 0)
            svg = argv[i + 1];
        for (int k = 0; k < 3; k++)
            if (strcmp(argv[i], "--only") == 0 && strcmp(argv[i + 1], sbc_name[k]) == 0)
                only = k;
    }
    for (int k = 0; k < 3; k++) {
        if (only >= 0 && k != only)
            continue;
        struct timespec t0, t1;
        s[k].kind = (sbc_kind)k;
        s[k].n_rep = n_rep;
        s[k].n_warmup = 150;
        s[k].n_draw = 250;
        s[k].rank = calloc(n_rep * SBC_DIM, sizeof *s[k].rank);
        if (!s[k].rank)
            return 1;
        clock_gettime(CLOCK_MONOTONIC, &t0);
        sbc_run(&s[k], 2);
        clock_gettime(CLOCK_MONOTONIC, &t1);
        print(&s[k], (double)(t1.tv_sec - t0.tv_sec) +
                         1e-9 * (double)(t1.tv_nsec - t0.tv_nsec));
    }
    if (only < 0)
        drawing(s, 3, &b);
    if (svg && gs_text_write_file(svg, b.data, b.len, &err) != GS_OK)
        fprintf(stderr, "%s\n", err.msg);
    gs_buf_free(&b);
    for (int k = 0; k < 3; k++)
        free(s[k].rank);
    return 0;
}
