/* Dosed levers on real courses.
 *
 *   bench_nof1_real UVB_FOLDER DIET_FOLDER [--reps N]
 *
 * uvb: weekly PASI of 64 people under narrow-band UVB (pasi.tsv, uvb.tsv), as ln(PASI + 0.5)
 * against the daily dose, hierarchical, lag estimated; without and with a trend of each
 * person's own. Sessions carry no dates: three a week are assumed.
 *
 * diet: real lever series of 17 days (diet_daily.tsv.gz), as they are and smoothed
 * (autoregressive, 0.7), with an outcome made up: a planted lever, delay, time constant and
 * size (people differ by 0.3 of it), AR(1) residual 0.5 and a random walk. Which of eight
 * levers has the largest evidence, how far off is the mean lag, how often does the 90%
 * interval hold the planted mean effect, how often does it exclude 0 where nothing was
 * planted? */
#include "gutskin/nof1.h"
#include "gutskin/rng.h"
#include "real.h"

enum { PEOPLE = 100, DAYS = 400, LEVERS = 8, COLS = 64 };

typedef struct course {
    char name[16];
    size_t n, n_day;
    int32_t day[DAYS];
    double value[DAYS], dose[DAYS];
} course;

static char *slurp(const char *folder, const char *file)
{
    char path[1024], *text;
    size_t n;
    gs_err err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, file);
    real_must(gs_text_read_file(path, (size_t)1 << 28, &text, &n, &err), &err);
    return text;
}

/* The next line's fields; 0 at the end. */
static size_t fields(char **at, char **out, size_t room)
{
    char *line = *at, *end = line ? strchr(line, '\n') : NULL;
    size_t n = 0;
    if (!line || !*line)
        return 0;
    *at = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    while (line && n < room)
        out[n++] = strsep(&line, "\t");
    return n;
}

static course *find(course *c, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(c[i].name, name) == 0)
            return &c[i];
    snprintf(c[*n].name, sizeof c[*n].name, "%s", name);
    return &c[(*n)++];
}

/* ---- UVB ---------------------------------------------------------------------------- */

static size_t load_uvb(const char *folder, course *c)
{
    size_t n = 0, keep = 0;
    char *pasi = slurp(folder, "pasi.tsv"), *uvb = slurp(folder, "uvb.tsv"), *f[4];
    char *at = pasi;
    fields(&at, f, 4);
    while (fields(&at, f, 4) >= 3) {
        course *p = find(c, &n, f[0]);
        p->day[p->n] = 7 * atoi(f[1]);
        p->value[p->n++] = log(atof(f[2]) + 0.5);
        p->n_day = (size_t)p->day[p->n - 1] + 1;
    }
    at = uvb;
    fields(&at, f, 4);
    while (fields(&at, f, 4) >= 3) {
        course *p = find(c, &n, f[0]);
        size_t day = 1 + (size_t)((atoi(f[1]) - 1) * 7 / 3);
        if (day < p->n_day)
            p->dose[day] += atof(f[2]);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t d = 0; d < c[i].n_day; d++)
            sum += c[i].dose[d];
        if (c[i].n >= 4 && sum > 0)
            c[keep++] = c[i];
    }
    free(pasi);
    free(uvb);
    return keep;
}

static void as_dosed(const course *c, size_t n, gs_nof1_dosed *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (gs_nof1_dosed){c[i].name, c[i].n, c[i].day, c[i].value, c[i].n_day,
                                 c[i].dose};
}

static void uvb(const char *folder)
{
    static course c[PEOPLE];
    static gs_nof1_dosed p[PEOPLE];
    static const double delay[] = {0, 3, 7, 10, 14}, tau[] = {0, 2, 4, 7, 14, 28, 56, 112, 224};
    size_t n = load_uvb(folder, c);
    as_dosed(c, n, p);
    for (int trend = 0; trend < 2; trend++) {
        gs_arena *a = gs_arena_new(0);
        gs_nof1_dose_opts o = GS_NOF1_DOSE_OPTS;
        gs_nof1_dose_result r;
        gs_err err = {0};
        size_t helped = 0;
        o.n_delay = 5, o.delay = delay, o.n_tau = 9, o.tau = tau;
        o.before = 0;
        o.trend = trend;
        double start = real_now();
        real_must(gs_nof1_dose(a, n, p, &o, &r, &err), &err);
        for (size_t i = 0; i < n; i++)
            helped += r.person[i] + 1.645 * r.person_sd[i] < 0;
        printf("{\"data\": \"uvb\", \"people\": %zu, \"own_trend\": %s, "
               "\"effect_per_J_cm2_a_day_on_ln_pasi\": [%.3f, %.3f, %.3f], \"sd\": [%.3f, "
               "%.3f, %.3f], \"mean_lag_days\": [%.0f, %.0f, %.0f], \"ln_bayes\": %.1f, "
               "\"people_clearly_helped\": %zu, \"seconds\": %.2f,\n \"weight\": {",
               n, trend ? "true" : "false", r.mean_lo, r.mean, r.mean_hi, r.sd_lo, r.sd,
               r.sd_hi, r.lag_lo, r.lag, r.lag_hi, r.log_bayes, helped, real_now() - start);
        for (size_t k = 0, said = 0; k < 45; k++)
            if (r.kernel[k] > 0.01)
                printf("%s\"delay %g tau %g\": %.2f", said++ ? ", " : "", delay[k / 9],
                       tau[k % 9], r.kernel[k]);
        printf("}}\n");
        gs_arena_free(a);
    }
}

/* ---- diet --------------------------------------------------------------------------- */

static const char *const lever_name[LEVERS] = {"SUGR", "FIBE", "D_TOTAL", "ALC",
                                               "CAFF", "MOIS", "SFAT",    "V_TOTAL"};
static const double plant_delay[] = {0, 1, 2, 3}, plant_tau[] = {0, 1, 2, 4};

typedef struct diet {
    size_t n;
    course c[PEOPLE];           /* days and which of them were recorded */
    double dose[LEVERS][PEOPLE][DAYS], smooth[LEVERS][PEOPLE][DAYS];
    double sx[2][LEVERS];
} diet;

static void load_diet(const char *folder, diet *d)
{
    char *text = slurp(folder, "diet_daily.tsv.gz"), *at = text, *f[COLS];
    size_t col[LEVERS] = {0}, n = fields(&at, f, COLS), all = 0;
    for (size_t k = 0; k < LEVERS; k++)
        for (size_t c = 0; c < n; c++)
            if (strcmp(f[c], lever_name[k]) == 0)
                col[k] = c;
    static course c[PEOPLE];
    static double raw[LEVERS][PEOPLE][DAYS];
    for (size_t k = 0; k < LEVERS; k++)
        for (size_t i = 0; i < PEOPLE; i++)
            for (size_t t = 0; t < DAYS; t++)
                raw[k][i][t] = NAN;
    while (fields(&at, f, COLS) > 3) {
        course *p = find(c, &all, f[0]);
        long day = atol(f[1]);
        if (day < 0 || day >= DAYS)
            continue;
        for (size_t k = 0; k < LEVERS; k++)
            raw[k][p - c][day] = atof(f[col[k]]);
        p->day[p->n++] = (int32_t)day;
        if ((size_t)day + 1 > p->n_day)
            p->n_day = (size_t)day + 1;
    }
    for (size_t i = 0; i < all; i++) {
        if (c[i].n < 10)
            continue;
        d->c[d->n] = c[i];
        for (size_t k = 0; k < LEVERS; k++) {
            memcpy(d->dose[k][d->n], raw[k][i], sizeof raw[k][i]);
            double mean = 0, m = 0, s;
            for (size_t t = 0; t < c[i].n_day; t++)
                if (!isnan(raw[k][i][t]))
                    mean += raw[k][i][t], m++;
            s = mean /= m;
            for (size_t t = 0; t < c[i].n_day; t++) {
                double v = isnan(raw[k][i][t]) ? mean : raw[k][i][t];
                s = 0.7 * s + 0.3 * v;
                d->smooth[k][d->n][t] = s;
            }
        }
        d->n++;
    }
    for (int sm = 0; sm < 2; sm++)
        for (size_t k = 0; k < LEVERS; k++) {
            double ss = 0, df = 0;
            for (size_t i = 0; i < d->n; i++) {
                double sum = 0, sq = 0, m = 0;
                for (size_t t = 0; t < d->c[i].n_day; t++) {
                    double v = sm ? d->smooth[k][i][t] : d->dose[k][i][t];
                    if (!isnan(v))
                        sum += v, sq += v * v, m++;
                }
                ss += sq - sum * sum / m;
                df += m - 1;
            }
            d->sx[sm][k] = sqrt(ss / df);
        }
    free(text);
}

typedef struct plant {
    bool smooth, found, in, lag_in, false_alarm;
    double size, lag, lag_seen, error;
} plant;

typedef struct diet_task {
    const diet *d;
    plant *out;
} diet_task;

static void invent(const diet *d, plant *q, size_t lever, double delay, double tau, gs_rng *r,
                   course *c)
{
    double go = tau > 0 ? 1 - exp(-1 / tau) : 1;
    for (size_t i = 0; i < d->n; i++) {
        const double *x = q->smooth ? d->smooth[lever][i] : d->dose[lever][i];
        double mean = 0, m = 0, s, ar = gs_rng_normal(r), walk = 0;
        double effect = q->size * (1 + 0.3 * gs_rng_normal(r));
        c[i] = d->c[i];
        for (size_t t = 0; t < c[i].n_day; t++)
            if (!isnan(x[t]))
                mean += x[t], m++;
        s = mean /= m;
        size_t k = 0;
        for (size_t t = 0; t < c[i].n_day; t++) {
            double v = t < (size_t)delay              ? mean
                       : isnan(x[t - (size_t)delay]) ? mean
                                                     : x[t - (size_t)delay];
            s += go * (v - s);
            ar = 0.5 * ar + sqrt(0.75) * gs_rng_normal(r);
            walk += 0.15 * gs_rng_normal(r);
            if (k < c[i].n && (size_t)c[i].day[k] == t)
                c[i].value[k++] = ar + walk + effect * (s - mean) / d->sx[q->smooth][lever];
        }
    }
}

static void try_plant(void *ctx, size_t i_rep)
{
    const diet_task *t = ctx;
    const diet *d = t->d;
    plant *q = &t->out[i_rep];
    gs_rng r = gs_rng_stream(20261128, i_rep, "diet plant");
    course *c = malloc(PEOPLE * sizeof *c);
    gs_nof1_dosed p[PEOPLE];
    static const double sizes[] = {0, 0.15, 0.3, 0.5};
    size_t lever = gs_rng_below(&r, LEVERS), best = 0;
    double delay = plant_delay[gs_rng_below(&r, 4)], tau = plant_tau[gs_rng_below(&r, 4)];
    double top = -HUGE_VAL;

    q->smooth = i_rep & 1;
    q->size = sizes[(i_rep / 2) % 4];
    q->lag = delay + tau;
    invent(d, q, lever, delay, tau, &r, c);
    as_dosed(c, d->n, p);
    for (size_t k = 0; k < LEVERS; k++) {
        gs_arena *a = gs_arena_new(0);
        gs_nof1_dose_opts o = GS_NOF1_DOSE_OPTS;
        gs_nof1_dose_result x;
        gs_err err = {0};
        o.n_delay = 4, o.delay = plant_delay, o.n_tau = 4, o.tau = plant_tau;
        for (size_t i = 0; i < d->n; i++)
            p[i].dose = q->smooth ? d->smooth[k][i] : d->dose[k][i];
        real_must(gs_nof1_dose(a, d->n, p, &o, &x, &err), &err);
        if (x.log_bayes > top)
            top = x.log_bayes, best = k;
        if (k == lever) {
            double sx = d->sx[q->smooth][k];
            q->in = x.mean_lo * sx <= q->size && q->size <= x.mean_hi * sx;
            q->false_alarm = x.mean_lo > 0 || x.mean_hi < 0;
            q->lag_seen = x.lag;
            q->lag_in = x.lag_lo <= q->lag && q->lag <= x.lag_hi;
            q->error = x.mean * sx - q->size;
        }
        gs_arena_free(a);
    }
    q->found = best == lever;
    free(c);
}

static void diets(const char *folder, size_t n)
{
    static diet d;
    plant *all = calloc(n, sizeof *all);
    diet_task t = {&d, all};
    load_diet(folder, &d);
    real_run(n, try_plant, &t);
    for (int sm = 0; sm < 2; sm++)
        for (int s = 0; s < 4; s++) {
            static const double sizes[] = {0, 0.15, 0.3, 0.5};
            double k = 0, found = 0, in = 0, lag_in = 0, clear = 0, lag = 0, se = 0, bias = 0;
            for (size_t i = 0; i < n; i++) {
                const plant *q = &all[i];
                if (q->smooth != (sm == 1) || q->size != sizes[s])
                    continue;
                k++, found += q->found, in += q->in, lag_in += q->lag_in;
                clear += q->false_alarm;
                lag += fabs(q->lag_seen - q->lag), se += q->error * q->error;
                bias += q->error;
            }
            printf("{\"data\": \"diet\", \"people\": %zu, \"series\": \"%s\", \"planted\": "
                   "%.2f, \"trials\": %.0f, \"lever_found_of_8\": %.3f, "
                   "\"interval_excludes_0\": %.3f, \"coverage_90_size\": %.3f, \"bias\": %.3f, "
                   "\"rmse_size\": %.3f, \"mean_abs_lag_error_days\": %.2f, "
                   "\"coverage_90_lag\": %.3f}\n",
                   d.n, sm ? "smoothed 0.7" : "as eaten", sizes[s], k, found / k, clear / k,
                   in / k, bias / k, sqrt(se / k), lag / k, lag_in / k);
        }
    free(all);
}

int main(int argc, char **argv)
{
    size_t n = 800;
    if (argc < 3) {
        fprintf(stderr, "bench_nof1_real UVB_FOLDER DIET_FOLDER [--reps N]\n");
        return 2;
    }
    if (argc > 4 && strcmp(argv[3], "--reps") == 0)
        n = (size_t)atol(argv[4]);
    if (access(argv[1], R_OK) != 0 || access(argv[2], R_OK) != 0) {
        printf("skipped: no data at %s, %s\n", argv[1], argv[2]);
        return 77;
    }
    uvb(argv[1]);
    fflush(stdout);
    diets(argv[2], n);
    return 0;
}
