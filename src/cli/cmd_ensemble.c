/* gutskin ensemble: many people, drawn from the population, through one scenario. Linked
 * twice: into gutskin (this machine's threads) and into gutskin-mpi (many processes). */
#include "cli/cli.h"
#include "cli/load.h"
#include "cli/view.h"
#include "crew/crew.h"

#include "gutskin/report.h"

#include <argp.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
    const char *file, *see, *model, *out, *svg, *person;
    long people, days, every, seed; /* 0 = as the scenario says, seed -1 */
    double rtol;
    bool json;
} options;

enum {
    OPT_PEOPLE = 256, OPT_DAYS, OPT_EVERY, OPT_SEED, OPT_SEE, OPT_OUT, OPT_SVG, OPT_MODEL,
    OPT_PERSON, OPT_RTOL, OPT_JSON
};

static const struct argp_option option_list[] = {
    {"people", OPT_PEOPLE, "N", 0, "how many (1000)", 0},
    {"days", OPT_DAYS, "N", 0, "how long, instead of what the scenario says", 0},
    {"every", OPT_EVERY, "N", 0, "a row every N days (a twelfth of the time)", 0},
    {"seed", OPT_SEED, "N", 0, "seed of everything random", 0},
    {"see", OPT_SEE, "A,B", 0, "observables or states to show", 0},
    {"person", OPT_PERSON, "NAME", 0, "the person of the scenario whose life all live", 0},
    {"out", OPT_OUT, "FILE", 0,
     "every person's rows as CSV; a run that ended early goes on from FILE.part", 0},
    {"svg", OPT_SVG, "FILE", 0, "draw medians and 90% ranges", 0},
    {"json", OPT_JSON, NULL, 0, "print JSON", 0},
    {"rtol", OPT_RTOL, "X", 0, "relative tolerance of the integrator (1e-5)", 0},
    {"model", OPT_MODEL, "FILE", 0, "another model than the shipped axis", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_PEOPLE: o->people = gs_cli_count(state, arg, 1, 1000000000); return 0;
    case OPT_DAYS: o->days = gs_cli_count(state, arg, 1, 36600); return 0;
    case OPT_EVERY: o->every = gs_cli_count(state, arg, 1, 36600); return 0;
    case OPT_SEED: o->seed = gs_cli_count(state, arg, 0, 1000000000); return 0;
    case OPT_SEE: o->see = arg; return 0;
    case OPT_PERSON: o->person = arg; return 0;
    case OPT_OUT: o->out = arg; return 0;
    case OPT_SVG: o->svg = arg; return 0;
    case OPT_JSON: o->json = true; return 0;
    case OPT_MODEL: o->model = arg; return 0;
    case OPT_RTOL:
        if (!gs_text_number(arg, strlen(arg), false, &o->rtol) || !(o->rtol >= 1e-12) ||
            !(o->rtol <= 0.1))
            argp_error(state, "\"%s\" is not a tolerance from 1e-12 to 0.1", arg);
        return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one scenario at a time; \"%s\" is a second", arg);
        o->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which scenario? Give its file"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct run {
    const options *o;
    gs_arena *a;
    const gs_kernel *k;
    gs_scenario *sc;
    gs_view v;
    gs_ensemble e;
    uint64_t fingerprint;
    journal *j;
    char part[4200]; /* the journal's path */
    double *q;       /* [n_row x n_view x N_STAT] */
    size_t n_lived;  /* people followed to the last day */
} run;

/* ---- what is asked ---- */

static gs_status choose_person(run *r, gs_err *err)
{
    size_t n = r->sc->n_person;
    const char **name = GS_NEW(r->a, const char *, n);
    for (size_t i = 0; name && i < n; i++) {
        name[i] = r->sc->person[i].name;
        if (!r->o->person || strcmp(name[i], r->o->person) == 0)
            return r->e.who = i, GS_OK;
    }
    long near = name ? gs_text_nearest(r->o->person, n, name) : -1;
    return gs_fail(err, GS_EFOUND, "--person: there is no \"%s\" in the scenario%s%s%s",
                   r->o->person, near >= 0 ? "; did you mean \"" : "",
                   near >= 0 ? name[near] : "", near >= 0 ? "\"?" : "");
}

static gs_status prepare(run *r, gs_err *err)
{
    const options *o = r->o;
    char *text = NULL;
    size_t n;
    GS_TRY(gs_load_kernel_form(r->a, o->model, GS_LOAD_FULL, &r->k, err));
    GS_TRY(gs_text_read_file(o->file, 1 << 21, &text, &n, err));
    gs_status st = gs_scenario_parse(r->a, r->k, o->file, text, n, &r->sc, err);
    if (st == GS_OK)
        st = choose_person(r, err);
    if (st == GS_OK)
        st = gs_view_choose(r->a, r->k, r->sc, o->see, &r->v, err);
    gs_ensemble_view *view = st == GS_OK ? GS_NEW(r->a, gs_ensemble_view, r->v.n) : NULL;
    if (st == GS_OK && !view)
        st = gs_fail(err, GS_ENOMEM, "out of memory");
    if (st == GS_OK) {
        if (o->days)
            r->sc->n_day = (size_t)o->days;
        for (size_t i = 0; i < r->v.n; i++)
            view[i] = (gs_ensemble_view){r->v.is_state[i], r->v.at[i]};
        r->e.k = r->k;
        r->e.sc = r->sc;
        r->e.n = (size_t)o->people;
        r->e.every = o->every ? (size_t)o->every : (r->sc->n_day + 11) / 12;
        r->e.seed = o->seed >= 0 ? (uint64_t)o->seed : r->sc->seed;
        r->e.sim = GS_SIM_OPTS;
        r->e.sim.rtol = o->rtol;
        r->e.sim.atol = 0.01 * o->rtol;
        r->e.n_view = r->v.n;
        r->e.view = view;
        r->fingerprint = gs_ensemble_fingerprint(&r->e, text, n);
    }
    free(text);
    return st;
}

/* FILE.part, or a nameless file when nobody wants the people themselves */
static gs_status open_journal(run *r, gs_err *err)
{
    const char *tmp = getenv("TMPDIR");
    if (r->o->out) {
        snprintf(r->part, sizeof r->part, "%.4000s.part", r->o->out);
    } else {
        snprintf(r->part, sizeof r->part, "%.4000s/gutskin-XXXXXX", tmp && *tmp ? tmp : "/tmp");
        int fd = mkstemp(r->part);
        if (fd < 0)
            return gs_fail(err, GS_EIO, "no temporary file could be made in %s",
                           tmp && *tmp ? tmp : "/tmp");
        close(fd);
    }
    GS_TRY(journal_open(r->part, r->fingerprint, gs_ensemble_n_piece(&r->e), &r->j, err));
    if (!r->o->out)
        unlink(r->part);
    size_t n = journal_n_done(r->j);
    if (n)
        fprintf(stderr, "gutskin: %zu of %zu pieces are done already (%s)\n", n,
                gs_ensemble_n_piece(&r->e), r->part);
    return GS_OK;
}

/* ---- what comes of it ---- */

enum { Q05, Q25, Q50, Q75, Q95, MEAN, N_STAT };
static const char *const STAT[N_STAT] = {"q05", "q25", "median", "q75", "q95", "mean"};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sample quantile between order statistics (Hyndman and Fan's type 7). */
static double quantile(const double *x, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t i = (size_t)at;
    return i + 1 < n ? x[i] + (at - (double)i) * (x[i + 1] - x[i]) : x[n - 1];
}

/* x [n] of one row and view: sorted, without who was not followed; out [N_STAT] */
static size_t describe(double *x, size_t n, double *out)
{
    static const double p[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    size_t m = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            sum += x[i];
            x[m++] = x[i];
        }
    qsort(x, m, sizeof *x, ascending);
    for (int i = Q05; i <= Q95; i++)
        out[i] = m ? quantile(x, m, p[i]) : NAN;
    out[MEAN] = m ? sum / (double)m : NAN;
    return m;
}

/* A few columns at a time, so that memory stays at 64 MB and a bit whatever n is. */
static gs_status summarise(run *r, gs_err *err)
{
    const gs_ensemble *e = &r->e;
    size_t width = gs_ensemble_width(e), n_piece = gs_ensemble_n_piece(e);
    size_t at_once = (8u << 20) / e->n;
    at_once = at_once < 1 ? 1 : at_once > width ? width : at_once;
    double *col = malloc(at_once * e->n * sizeof *col), *piece = NULL;
    piece = malloc(GS_ENSEMBLE_PIECE * width * sizeof *piece);
    r->q = GS_NEW(r->a, double, width * N_STAT);
    gs_status st = col && piece && r->q ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t c = 0; c < width && st == GS_OK; c += at_once) {
        size_t n_col = width - c < at_once ? width - c : at_once;
        for (size_t p = 0; p < n_piece && st == GS_OK; p++) {
            size_t n_in = gs_ensemble_n_in(e, p);
            st = journal_read(r->j, p, 0, n_in * width, piece, err);
            for (size_t i = 0; i < n_in && st == GS_OK; i++)
                for (size_t k = 0; k < n_col; k++)
                    col[k * e->n + p * GS_ENSEMBLE_PIECE + i] = piece[i * width + c + k];
        }
        for (size_t k = 0; k < n_col && st == GS_OK; k++)
            r->n_lived = describe(col + k * e->n, e->n, r->q + (c + k) * N_STAT);
    }
    free(col);
    free(piece);
    return st;
}

static gs_status write_people(run *r, gs_err *err)
{
    const gs_ensemble *e = &r->e;
    size_t width = gs_ensemble_width(e);
    double *piece = malloc(GS_ENSEMBLE_PIECE * width * sizeof *piece);
    char path[4200];
    snprintf(path, sizeof path, "%.4000s.new", r->o->out);
    FILE *f = piece ? fopen(path, "w") : NULL;
    gs_status st = f ? GS_OK : gs_fail_at(err, GS_EIO, path, 0, 0, NULL, "cannot be written");
    if (f)
        fputs("person,day", f);
    for (size_t v = 0; f && v < r->v.n; v++)
        fprintf(f, ",%s", r->v.name[v]);
    for (size_t p = 0; p < gs_ensemble_n_piece(e) && st == GS_OK; p++) {
        size_t n_in = gs_ensemble_n_in(e, p);
        st = journal_read(r->j, p, 0, n_in * width, piece, err);
        for (size_t i = 0; i < n_in * width && st == GS_OK; i++) {
            size_t row = i % width / e->n_view;
            if (i % e->n_view == 0)
                fprintf(f, "\n%zu,%zu", p * GS_ENSEMBLE_PIECE + i / width,
                        gs_ensemble_day(e, row));
            if (isfinite(piece[i]))
                fprintf(f, ",%.9g", piece[i]);
            else
                fputs(",", f);
        }
    }
    if (f)
        fputs("\n", f);
    bool bad = f && (ferror(f) != 0 || fflush(f) != 0);
    bad = f && (fclose(f) != 0 || bad);
    if (st == GS_OK && (bad || rename(path, r->o->out) != 0))
        st = gs_fail_at(err, GS_EIO, r->o->out, 0, 0, NULL, "cannot be written; the pieces are "
                        "kept in %.150s, so that the same command writes it again", r->part);
    if (st != GS_OK)
        unlink(path);
    free(piece);
    return st;
}

static void put_table(const run *r, gs_buf *b)
{
    const gs_ensemble *e = &r->e;
    gs_buf_printf(b, "%s%s%zu people drawn from the population, %zu followed to day %zu\n",
                  r->sc->title, *r->sc->title ? "\n" : "", e->n, r->n_lived, r->sc->n_day);
    for (size_t v = 0; v < r->v.n; v++) {
        gs_buf_printf(b, "\n%s [%s]\n   day", r->v.name[v], r->v.unit[v]);
        for (int s = 0; s < N_STAT; s++)
            gs_buf_printf(b, "  %10s", STAT[s]);
        for (size_t row = 0; row < gs_ensemble_n_row(e); row++) {
            gs_buf_printf(b, "\n%6zu", gs_ensemble_day(e, row));
            for (int s = 0; s < N_STAT; s++)
                gs_buf_printf(b, "  %10.4g", r->q[(row * r->v.n + v) * N_STAT + (size_t)s]);
        }
        gs_buf_put(b, "\n");
    }
    gs_buf_put(b, "\nq05 to q95 hold nine of ten of these people. People differ here as the "
                  "model's priors say; what it leaves out is not in their spread.\n");
}

static void put_json(const run *r, gs_buf *b)
{
    const gs_ensemble *e = &r->e;
    json_t *see = json_object(), *day = json_array();
    for (size_t row = 0; row < gs_ensemble_n_row(e); row++)
        json_array_append_new(day, json_integer((json_int_t)gs_ensemble_day(e, row)));
    for (size_t v = 0; v < r->v.n; v++) {
        json_t *one = json_pack("{s:s}", "unit", r->v.unit[v]);
        for (size_t s = 0; s < N_STAT; s++) {
            json_t *x = json_array();
            for (size_t row = 0; row < gs_ensemble_n_row(e); row++)
                json_array_append_new(x, json_real(r->q[(row * r->v.n + v) * N_STAT + s]));
            json_object_set_new(one, STAT[s], x);
        }
        json_object_set_new(see, r->v.name[v], one);
    }
    json_t *all = json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "scenario", r->sc->title,
                            "model", r->k->name, "seed", (json_int_t)e->seed, "people",
                            (json_int_t)e->n, "followed", (json_int_t)r->n_lived, "day", day,
                            "see", see);
    char *text = all ? json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
    if (text)
        gs_buf_printf(b, "%s\n", text);
    else
        b->failed = true;
    free(text);
    json_decref(all);
}

/* median and both ends of the 90% range of each view */
static gs_status draw(const run *r, gs_err *err)
{
    enum { N_LINE = 3 };
    static const int which[N_LINE] = {Q95, Q50, Q05};
    static const char *const name[N_LINE] = {"95% are below", "median", "5% are below"};
    size_t n_row = gs_ensemble_n_row(&r->e), n_line = N_LINE * r->v.n;
    gs_plot_line *line = GS_NEW(r->a, gs_plot_line, n_line);
    double *day = GS_NEW(r->a, double, n_row), *y = GS_NEW(r->a, double, n_line * n_row);
    gs_buf svg = {0};
    if (!line || !day || !y)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n_row; i++)
        day[i] = (double)gs_ensemble_day(&r->e, i);
    for (size_t i = 0; i < n_line; i++) {
        size_t v = i / N_LINE, len = strlen(r->v.name[v]) + 20;
        char *label = GS_NEW(r->a, char, len);
        if (!label)
            return gs_fail(err, GS_ENOMEM, "out of memory");
        snprintf(label, len, r->v.n > 1 ? "%s: %s" : "%s%s", r->v.n > 1 ? r->v.name[v] : "",
                 name[i % N_LINE]);
        for (size_t row = 0; row < n_row; row++)
            y[i * n_row + row] = r->q[(row * r->v.n + v) * N_STAT + (size_t)which[i % N_LINE]];
        line[i] = (gs_plot_line){label, day, y + i * n_row, n_row};
    }
    gs_plot plot = {.title = *r->sc->title ? r->sc->title : r->k->name, .x_title = "day",
                    .y_title = r->v.n == 1 ? r->v.name[0] : "", .n_line = n_line, .line = line,
                    .note = "People drawn from the model's population; no forecast of what a "
                            "body does."};
    gs_status st = gs_report_plot_svg(&plot, &svg, err);
    if (st == GS_OK)
        st = gs_text_write_file(r->o->svg, svg.data, svg.len, err);
    gs_buf_free(&svg);
    return st;
}

static gs_status answer(run *r, gs_err *err)
{
    gs_buf b = {0};
    gs_status st = summarise(r, err);
    if (st == GS_OK && r->o->out)
        st = write_people(r, err);
    if (st == GS_OK && r->o->svg)
        st = draw(r, err);
    if (st != GS_OK)
        return st;
    if (r->o->json)
        put_json(r, &b);
    else
        put_table(r, &b);
    st = b.failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
    if (st == GS_OK)
        st = gs_text_write_file("-", b.data, b.len, err);
    gs_buf_free(&b);
    if (st == GS_OK && r->o->out)
        unlink(r->part);
    return st;
}

static gs_status go(run *r, gs_err *err)
{
    GS_TRY(prepare(r, err));
    if (gs_crew_leads())
        GS_TRY(open_journal(r, err));
    GS_TRY(gs_crew_run(&r->e, r->fingerprint, r->j, gs_cli_pool(), gs_cli_progress(), err));
    gs_cli_progress_end();
    return gs_crew_leads() ? answer(r, err) : GS_OK;
}

int gs_cmd_ensemble(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "SCENARIO",
        "Follow many people, drawn from the model's population, through one scenario.\v"
        "Examples:\n"
        "  gutskin ensemble examples/scenarios/acne-diet.scn --people 2000 --svg acne.svg\n"
        "  gutskin ensemble examples/scenarios/acne-diet.scn --out people.csv\n"
        "  mpiexec -n 4 gutskin-mpi ensemble examples/scenarios/acne-diet.scn --out people.csv\n\n"
        "A run that was ended early goes on when the same command is given again. "
        "docs/ensemble.md tells more.",
        NULL, NULL, NULL};
    options o = {.seed = -1, .people = 1000, .rtol = 1e-5};
    run r = {.o = &o};
    gs_err err = {0};

    if (argp_parse(&argp, argc, argv, gs_crew_leads() ? 0 : ARGP_SILENT, NULL, &o) != 0)
        return GS_EXIT_MISUSE;
    r.a = gs_arena_new(0);
    gs_status st = r.a ? go(&r, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    journal_close(r.j);
    gs_arena_free(r.a);
    if (st == GS_OK)
        return GS_EXIT_OK;
    return gs_crew_leads() ? gs_cli_failed(&err) : GS_EXIT_FAILED;
}
