/* Scenarios: who lives how, and what is looked at. docs/scenario.md is the manual.
 *
 *     gs_scenario *sc;
 *     GS_TRY(gs_scenario_parse(a, k, "flare.scn", text, n, &sc, err));
 *     for (size_t i = 0; i < sc->n_person; i++)
 *         GS_TRY(gs_scenario_run(sc, k, &GS_SIM_OPTS, i, sc->seed, out_x, out_y, err));
 *
 * A scenario is read against a kernel: names of levers, parameters, states and
 * observables are the model's. Everything lives in the arena and is constant. */
#ifndef GUTSKIN_SCENARIO_H
#define GUTSKIN_SCENARIO_H

#include "gutskin/arena.h"
#include "gutskin/obs.h"
#include "gutskin/sim.h"
#include "gutskin/text.h"

/* One statement about a lever. Days count from 1; `from` 0 = since long ago, `to` 0 =
 * for ever. The value holds on the first `hold` days of every `every` days (0 = all). */
typedef struct gs_scenario_change {
    size_t lever;
    double value, value_end; /* a ramp when they differ; it stays at its end */
    long from, to, every, hold;
} gs_scenario_change;

/* Day-to-day wandering: sd, and how much of yesterday is still there today (0..1). */
typedef struct gs_scenario_vary {
    size_t lever;
    double sd, memory;
} gs_scenario_vary;

typedef struct gs_scenario_put {
    size_t state;
    double value;
} gs_scenario_put;

typedef struct gs_scenario_person {
    const char *name;
    bool has[GS_N_CONDITION];
    double *par; /* [n_par] */
    bool *said;  /* [n_par] the scenario gives the value itself */
    bool settle; /* false: the model's own start, not settled */
    size_t n_near, n_at, n_change, n_vary;
    const gs_scenario_put *near, *at; /* settle from there; put there after settling */
    const gs_scenario_change *change; /* later ones win */
    const gs_scenario_vary *vary;
} gs_scenario_person;

/* One score of the synthetic diary, drawn as docs/scenario.md says. */
typedef struct gs_scenario_score {
    const gs_channel *channel;
    const gs_scale *scale;
    size_t see;
    double usual;        /* score when the signal is what it is on day 1's morning */
    double slope;        /* score units (ln, logit) per unit of signal              */
    double wander, days; /* sd and time constant [d] of the residual, latent units  */
    double noise;        /* spread of cuts, sd, or relative sd: by kind of scale    */
    double missing;      /* share of days without this score                        */
} gs_scenario_score;

typedef struct gs_scenario_note {
    const gs_channel *channel;
    size_t lever;
    double step;    /* rounded to this; 0 = three digits */
    double missing;
} gs_scenario_note;

typedef struct gs_scenario_diary {
    bool wanted;
    size_t person;
    int32_t day0; /* calendar day of day 1 */
    size_t n_score, n_note;
    const gs_scenario_score *score;
    const gs_scenario_note *note;
    double missing;         /* share of days with nothing at all */
    long gap_days, n_gap;   /* runs of days with nothing at all  */
} gs_scenario_diary;

typedef struct gs_scenario {
    const char *title;
    size_t n_day;
    uint64_t seed;
    size_t n_person;
    const gs_scenario_person *person;
    size_t n_watch;
    const char *const *watch; /* observables or states */
    gs_scenario_diary diary;
} gs_scenario;

/* Read text[0..n) of the file called name. Fails GS_EPARSE or GS_ERANGE with line,
 * column and the mend; GS_ENOMEM. Bounded: 1 MiB, 100 people, 36,600 days. */
gs_status gs_scenario_parse(gs_arena *a, const gs_kernel *k, const char *name,
                            const char *text, size_t n, gs_scenario **out, gs_err *err);

/* Levers of one person: out_lever [n_day x n_lever] with the wandering of this seed,
 * out_habit [n_lever] as they lived before day 1. Either may be NULL. */
void gs_scenario_levers(const gs_scenario *sc, const gs_kernel *k, size_t person,
                        uint64_t seed, double *out_lever, double *out_habit);

/* One person's path. out_x [(n_day+1) x n_state], out_y [(n_day+1) x n_see], may be
 * NULL; row 0 is the morning of day 1. Fails GS_ENUM, GS_ENOMEM. */
gs_status gs_scenario_run(const gs_scenario *sc, const gs_kernel *k, const gs_sim_opts *o,
                          size_t person, uint64_t seed, double *out_x, double *out_y,
                          gs_err *err);

/* The synthetic diary as a wide CSV, one row a day that has anything. Its first lines
 * are comments that say that no real person wrote it. Fails GS_EFOUND when the
 * scenario asks for no diary. The same seed gives the same bytes. */
gs_status gs_scenario_diary_csv(const gs_scenario *sc, const gs_kernel *k,
                                const gs_sim_opts *o, uint64_t seed, const char *name,
                                gs_buf *out, gs_err *err);

#endif
