/* gutskin experiment plan: a question, some weeks -> a design with what it promises,
 * drawn by lot, hashed, dated, kept. */
#include "cli/exp.h"
#include "cli/kept_fit.h"
#include "cli/load.h"

#include "gutskin/report.h"
#include "gutskin/seal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_OUTCOMES = 12,
    N_DRAW = 200,
    FEW_DRAWS = 50,
    PRIOR_DRAWS = 400,
    MOST_CURVE = 6,
    CURVE_SIMS = 200,
    CURVE_CHECK = 150
};

typedef struct options {
    exp_options c;
    const char *lever, *outcome[MOST_OUTCOMES], *key, *svg, *professional;
    size_t n_outcome;
    gs_trial_opts trial;
    double harm_above;
    long harm_days;
    uint64_t seed;
    bool blinded, dry, quick, prior, child, pregnant, looks, seed_said;
} options;

enum {
    OPT_LEVER = 256,
    OPT_WEEKS,
    OPT_OUTCOME,
    OPT_SMALLEST,
    OPT_BLOCKS,
    OPT_PERIOD,
    OPT_RUN_IN,
    OPT_BLINDED,
    OPT_KEY,
    OPT_HARM,
    OPT_HARM_DAYS,
    OPT_MISSING,
    OPT_DROPOUT,
    OPT_LAPSE,
    OPT_DRIFT,
    OPT_SEED,
    OPT_SVG,
    OPT_DRY,
    OPT_PRIOR,
    OPT_CHILD,
    OPT_PREGNANT,
    OPT_PROF,
    OPT_LEVEL,
    OPT_SIMS,
    OPT_LOOKS,
    OPT_NAME,
    OPT_QUICK
};

static const struct argp_option option_list[] = {
    {"lever", OPT_LEVER, "NAME", 0, "what to change: sugar, stress, sleep ...", 0},
    {"weeks", OPT_WEEKS, "N", 0, "how long, run-in included (12)", 0},
    {"outcome", OPT_OUTCOME, "NAME", 0,
     "the score it is judged by (default: your main score); "
     "more of them are described, not tested",
     0},
    {"smallest", OPT_SMALLEST, "POINTS", 0,
     "smallest effect worth having (default: what people "
     "notice)",
     0},
    {"blocks", OPT_BLOCKS, "KIND", 0, "auto, switch, pairs, alternate or coin (auto)",
     0},
    {"period", OPT_PERIOD, "DAYS", 0,
     "least length of a phase; never below the lever's own", 0},
    {"run-in", OPT_RUN_IN, "DAYS", 0, "days as usual first (7)", 0},
    {"looks", OPT_LOOKS, NULL, 0, "look before the end, and stop early by fixed limits",
     0},
    {"blinded", OPT_BLINDED, NULL, 0, "placebo; a second person holds the key", 0},
    {"key", OPT_KEY, "FILE", 0, "where the second person's key is written", 0},
    {"harm-above", OPT_HARM, "SCORE", 0, "pause when the score is above this ...", 0},
    {"harm-days", OPT_HARM_DAYS, "N", 0, "... on so many scored days in a row (3)", 0},
    {"name", OPT_NAME, "NAME", 0, "its name (LEVER-1, LEVER-2 ...)", 0},
    {"child", OPT_CHILD, NULL, 0, "it is for a child", 0},
    {"pregnant", OPT_PREGNANT, NULL, 0, "in pregnancy or while breastfeeding", 0},
    {"professional", OPT_PROF, "NAME", 0, "the doctor or dietitian who agreed", 0},
    {"level", OPT_LEVEL, "P", 0, "chance of a false \"works\" (0.05)", 1},
    {"missing", OPT_MISSING, "SHARE", 0, "days without a score (as in your diary)", 1},
    {"dropout", OPT_DROPOUT, "CHANCE", 0, "of stopping before the end (0.1)", 1},
    {"lapse", OPT_LAPSE, "SHARE", 0, "B days lived as usual all the same (0.1)", 1},
    {"drift", OPT_DRIFT, "SIZE", 0, "drift over the trial, in smallest effects (0.5)",
     1},
    {"sims", OPT_SIMS, "N", 0, "simulated trials (2000)", 1},
    {"quick", OPT_QUICK, NULL, 0, "few simulations and no curve, for a first look", 1},
    {"seed", OPT_SEED, "N", 0,
     "of the draw; for tests. Left out, the system's own chance", 1},
    {"prior", OPT_PRIOR, NULL, 0,
     "plan from what is believed of people, not from the fit", 1},
    {"svg", OPT_SVG, "FILE", 0, "draw power against weeks", 1},
    {"dry-run", OPT_DRY, NULL, 0, "show it, keep nothing", 1},
    EXP_COMMON_OPTIONS};

static double share(struct argp_state *state, const char *name, const char *arg,
                    double hi)
{
    double v;
    if (!gs_text_number(arg, strlen(arg), true, &v) || !(v >= 0 && v <= hi))
        argp_error(state, "--%s %s: a number from 0 to %g is wanted", name, arg, hi);
    return v;
}

static long whole(struct argp_state *state, const char *name, const char *arg, long lo,
                  long hi)
{
    long v = 0;
    if (!gs_text_long(arg, strlen(arg), lo, hi, &v))
        argp_error(state, "--%s %s: a whole number from %ld to %ld is wanted", name,
                   arg, lo, hi);
    return v;
}

static error_t parse_numbers(int key, char *arg, struct argp_state *state, options *o)
{
    switch (key) {
    case OPT_WEEKS:
        o->trial.weeks = (int)whole(state, "weeks", arg, 1, 140);
        return 0;
    case OPT_SMALLEST:
        o->trial.worth = share(state, "smallest", arg, 1e6);
        if (!(o->trial.worth > 0))
            argp_error(state,
                       "--smallest: an effect worth having is more than nothing");
        return 0;
    case OPT_PERIOD:
        o->trial.period = (int)whole(state, "period", arg, 1, 365);
        return 0;
    case OPT_RUN_IN:
        o->trial.run_in = (int)whole(state, "run-in", arg, 0, 90);
        return 0;
    case OPT_HARM:
        if (!gs_text_number(arg, strlen(arg), true, &o->harm_above))
            argp_error(state, "--harm-above %s: a score is a number", arg);
        return 0;
    case OPT_HARM_DAYS:
        o->harm_days = whole(state, "harm-days", arg, 1, 60);
        return 0;
    case OPT_LEVEL:
        o->trial.level = share(state, "level", arg, 0.2);
        if (!(o->trial.level >= 0.001))
            argp_error(state, "--level %s: from 0.001 to 0.2", arg);
        return 0;
    case OPT_MISSING:
        o->trial.missing = share(state, "missing", arg, 0.9);
        return 0;
    case OPT_DROPOUT:
        o->trial.dropout = share(state, "dropout", arg, 0.9);
        return 0;
    case OPT_LAPSE:
        o->trial.lapse = share(state, "lapse", arg, 0.9);
        return 0;
    case OPT_DRIFT:
        o->trial.drift = share(state, "drift", arg, 20);
        return 0;
    case OPT_SIMS:
        o->trial.n_sim = (size_t)whole(state, "sims", arg, 100, 1000000);
        o->trial.n_check = o->trial.n_sim / 6 > 100 ? o->trial.n_sim / 6 : 100;
        return 0;
    case OPT_SEED:
        o->seed = (uint64_t)whole(state, "seed", arg, 1, 1L << 53);
        o->seed_said = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    static const char *const kinds[] = {"auto", "switch", "pairs", "alternate", "coin"};
    bool known = false;
    switch (key) {
    case OPT_LEVER:
        o->lever = arg;
        return 0;
    case OPT_OUTCOME:
        if (o->n_outcome == MOST_OUTCOMES)
            argp_error(state, "more than %d outcomes", MOST_OUTCOMES);
        else
            o->outcome[o->n_outcome++] = arg;
        return 0;
    case OPT_BLOCKS:
        for (size_t i = 0; i < 5; i++)
            known |= strcmp(arg, kinds[i]) == 0;
        if (!known)
            argp_error(state, "--blocks %s: say auto, switch, pairs, alternate or coin",
                       arg);
        o->trial.blocks = arg;
        return 0;
    case OPT_BLINDED:
        o->blinded = true;
        return 0;
    case OPT_LOOKS:
        o->looks = true;
        return 0;
    case OPT_KEY:
        o->key = arg;
        return 0;
    case OPT_NAME:
        o->c.name = arg;
        return 0;
    case OPT_CHILD:
        o->child = true;
        return 0;
    case OPT_PREGNANT:
        o->pregnant = true;
        return 0;
    case OPT_PROF:
        o->professional = arg;
        return 0;
    case OPT_PRIOR:
        o->prior = true;
        return 0;
    case OPT_SVG:
        o->svg = arg;
        return 0;
    case OPT_QUICK:
        o->quick = true;
        o->trial.n_sim = 100;
        o->trial.n_check = 0;
        return 0;
    case OPT_DRY:
        o->dry = true;
        return 0;
    case ARGP_KEY_END:
        if (!o->lever)
            argp_error(state,
                       "say what to change: --lever sugar; gutskin experiment suggest "
                       "helps to choose");
        if (o->blinded && !o->key && !o->dry)
            argp_error(state, "--blinded needs --key FILE for the second person");
        return 0;
    default: {
        error_t e = parse_numbers(key, arg, state, o);
        return e == ARGP_ERR_UNKNOWN ? exp_parse_common(key, arg, state, &o->c) : e;
    }
    }
}

/* ---- what is believed -------------------------------------------------------------------- */

gs_status exp_load_fit(exp_door *d, const gs_kernel *k, bool want_prior, gs_fit **out,
                       bool *out_prior, gs_err *err)
{
    gs_err none = {0};
    *out_prior = want_prior;
    gs_status st =
        want_prior ? GS_EFOUND : gs_kept_fit(d->x.d, d->person, d->a, out, &none);
    if (st == GS_OK && !(*out)->ok) {
        fprintf(stderr,
                "gutskin: the last fit failed its own checks (%s); what is believed of "
                "people in general is used instead\n",
                (*out)->why_not);
        st = GS_EFOUND;
    }
    if (st == GS_OK)
        return GS_OK;
    if (st != GS_EFOUND) {
        *err = none;
        return st;
    }
    *out_prior = true;
    return gs_infer_believe(d->a, k, d->obs, PRIOR_DRAWS, 1, out, err);
}

/* ---- safety ------------------------------------------------------------------------------ */

static gs_status safe(const options *o, const exp_door *d, const gs_question *q,
                      gs_err *err)
{
    for (size_t i = 0; i < d->obs->n_flag; i++) {
        int32_t day = d->obs->day0 + d->obs->flag[i].day;
        if (o->c.today - day <= 60)
            return gs_fail(err, GS_EUSE,
                           "a red flag stands in the diary (%s): see a doctor first; "
                           "experiments come after that",
                           d->obs->flag[i].channel->title);
    }
    if (q->food && (o->child || o->pregnant) && !o->professional)
        return gs_fail(
            err, GS_EUSE,
            "changes of food in %s are planned with a doctor or "
            "dietitian, never alone: --professional NAME once one has agreed",
            o->child ? "children" : "pregnancy and while breastfeeding");
    if (o->blinded && !q->hideable)
        return gs_fail(err, GS_EUSE,
                       "%s cannot be hidden behind a placebo: one knows what one "
                       "eats and does. Leave out --blinded",
                       q->title);
    return GS_OK;
}

/* ---- the plan ------------------------------------------------------------------------------ */

typedef struct making {
    const options *o;
    exp_door d;
    const gs_kernel *k;
    gs_fit *fit;
    gs_question q;
    gs_belief *b;
    gs_protocol p;
    char name[80], made[16], commitment[GS_SEAL_SIZE], secret[GS_SEAL_SIZE];
    gs_buf schedule, key;
} making;

static gs_status choose_name(making *m, gs_err *err)
{
    const gs_kept_plan *k;
    size_t n = 0;
    gs_err nobody = {0};

    if (gs_diary_plans(m->d.x.d, m->d.person, m->d.a, &n, &k, &nobody) != GS_OK)
        n = 0;
    for (int i = 1; !m->o->c.name && i < 1000; i++) {
        bool taken = false;
        snprintf(m->name, sizeof m->name, "%.60s-%d", m->q.lever, i);
        for (size_t j = 0; j < n; j++)
            taken |= strcmp(k[j].name, m->name) == 0;
        if (!taken)
            return GS_OK;
    }
    if (strlen(m->o->c.name) > 60 || !*m->o->c.name)
        return gs_fail(err, GS_EUSE, "--name: at most 60 letters");
    snprintf(m->name, sizeof m->name, "%s", m->o->c.name);
    return GS_OK;
}

/* Outcomes: the primary one and those described beside it. */
static gs_status name_outcomes(making *m, gs_err *err)
{
    const options *o = m->o;
    size_t n = o->n_outcome ? o->n_outcome : 1;
    const char **list = GS_NEW(m->d.a, const char *, n);
    if (!list)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    list[0] = m->q.outcome;
    for (size_t i = 1; i < n; i++) {
        const gs_channel *c = gs_channel_find(o->outcome[i]);
        const gs_scale *s = c ? gs_scale_find(c->scale) : NULL;
        if (!c || c->kind != GS_CHANNEL_OUTCOME || !s)
            return gs_fail(err, GS_EFOUND,
                           "\"%.40s\" is no score of the skin; gutskin log --names "
                           "lists them",
                           o->outcome[i]);
        list[i] = c->name;
        for (size_t j = 0; j < i; j++)
            if (strcmp(list[j], list[i]) == 0)
                return gs_fail(err, GS_EUSE, "%s is named twice as an outcome",
                               list[i]);
    }
    m->p.outcome = list;
    m->p.n_outcome = n;
    return GS_OK;
}

/* Weeks of the curve: from the shortest possible to twice the plan's, the plan's among them. */
static size_t curve_weeks(const making *m, int *out)
{
    int least = gs_experiment_least_weeks(&m->q, &m->o->trial),
        mine = m->o->trial.weeks;
    int most = 2 * mine > least + 12 ? 2 * mine : least + 12;
    size_t n = 0;
    for (int i = 0; i < MOST_CURVE; i++) {
        int w = least + (int)lround((double)(most - least) * i / (MOST_CURVE - 1));
        if (n && out[n - 1] < mine && w > mine)
            out[n++] = mine;
        if (n == 0 || w > out[n - 1])
            out[n++] = w;
    }
    return n;
}

static gs_status draw_curve(making *m, gs_err *err)
{
    int *weeks = GS_NEW(m->d.a, int, MOST_CURVE + 1);
    gs_promise *c = GS_NEW(m->d.a, gs_promise, MOST_CURVE + 1);
    gs_trial_opts o = m->o->trial;
    if (!weeks || !c)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    size_t n = curve_weeks(m, weeks), kept = 0;
    o.n_check = o.n_check < CURVE_CHECK ? o.n_check : CURVE_CHECK;
    o.power_only = true;
    o.n_sim = o.n_sim / 4 < CURVE_SIMS ? o.n_sim / 4 + 25 : CURVE_SIMS;
    for (size_t i = 0; i < n; i++) {
        gs_nof1_design d;
        gs_err none = {0};
        o.weeks = weeks[i];
        if (gs_experiment_design(m->d.a, m->d.obs, m->fit, &m->q, m->b, &o,
                                 gs_cli_pool(), NULL, &d, &none) != GS_OK)
            continue;
        GS_TRY(gs_experiment_promise(m->d.a, m->d.obs, m->fit, &m->q, m->b, &d, &o,
                                     gs_cli_pool(), NULL, &c[kept], err));
        weeks[kept++] = weeks[i];
        gs_progress_tick(gs_cli_progress(), "power by weeks",
                         (double)(i + 1) / (double)n);
    }
    m->p.curve = c;
    m->p.curve_weeks = weeks;
    m->p.n_curve = kept;
    return GS_OK;
}

static gs_status believe(making *m, gs_err *err)
{
    const options *o = m->o;
    gs_arena *a = m->d.a;

    if (!m->d.obs || m->d.obs->n_series == 0)
        return gs_fail(
            err, GS_EUSE,
            "the diary has no skin score yet: write one down for a week "
            "or two first (gutskin log acne=4); the plan needs to know how much your "
            "skin wanders");
    GS_TRY(exp_need_dates(&m->d, err));
    GS_TRY(gs_load_kernel_form(a, NULL, GS_LOAD_FULL, &m->k, err));
    GS_TRY(gs_experiment_ask(a, m->k, m->d.obs, o->lever,
                             o->n_outcome ? o->outcome[0] : NULL, &m->q, err));
    GS_TRY(safe(o, &m->d, &m->q, err));
    GS_TRY(choose_name(m, err));
    GS_TRY(name_outcomes(m, err));
    GS_TRY(exp_load_fit(&m->d, m->k, o->prior, &m->fit, &m->p.prior_only, err));
    int least = gs_experiment_least_weeks(&m->q, &o->trial);
    int most = 2 * o->trial.weeks > least + 12 ? 2 * o->trial.weeks : least + 12;
    return gs_experiment_believe(
        a, m->k, m->d.obs, m->fit, &m->q, o->trial.n_sim < 200 ? FEW_DRAWS : N_DRAW,
        7 * (size_t)most, gs_cli_pool(), gs_cli_progress(), &m->b, err);
}

static gs_status promise(making *m, gs_err *err)
{
    const gs_trial_opts *o = &m->o->trial;
    gs_arena *a = m->d.a;
    GS_TRY(gs_experiment_design(a, m->d.obs, m->fit, &m->q, m->b, o, gs_cli_pool(),
                                gs_cli_progress(), &m->p.design, err));
    GS_TRY(gs_experiment_promise(a, m->d.obs, m->fit, &m->q, m->b, &m->p.design, o,
                                 gs_cli_pool(), gs_cli_progress(), &m->p.promise, err));
    if (m->o->looks)
        GS_TRY(gs_experiment_looks(a, m->d.obs, m->fit, &m->q, m->b, &m->p.design, o,
                                   gs_cli_pool(), gs_cli_progress(), &m->p.n_look,
                                   &m->p.look, &m->p.stopping, err));
    return m->o->quick ? GS_OK : draw_curve(m, err);
}

static gs_status draw(making *m, gs_err *err)
{
    gs_nof1_schedule *s;
    uint64_t seed = m->o->seed;
    if (!m->o->seed_said)
        GS_TRY(gs_seal_seed(&seed, err));
    GS_TRY(gs_nof1_draw(m->d.a, &m->p.design, seed, GS_DAY_NONE, &s, err));
    gs_nof1_schedule_text(s, &m->schedule);
    if (m->schedule.failed)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    m->p.schedule = m->schedule.data;
    m->p.commitment = "";
    if (!m->o->blinded)
        return GS_OK;
    GS_TRY(gs_seal_secret(m->secret, err));
    gs_follow_key(&m->p, m->secret, m->schedule.data, &m->key);
    gs_follow_commit(m->secret, m->schedule.data, m->commitment);
    m->p.commitment = m->commitment;
    m->p.schedule = "";
    return m->key.failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}

static void fill(making *m)
{
    const options *o = m->o;
    const gs_question *q = &m->q;
    gs_protocol *p = &m->p;
    gs_date_iso(o->c.today, m->made, sizeof m->made);
    p->name = m->name;
    p->person = m->d.person;
    p->made = m->made;
    p->version = GS_VERSION;
    p->lever = q->lever;
    p->title = q->title;
    p->control = q->control;
    p->treatment = q->treatment;
    p->unit = q->unit;
    p->caution = q->caution;
    p->condition = q->condition;
    p->slowest = q->slowest;
    p->usual = q->usual;
    p->change = q->change;
    p->tau = q->tau;
    p->scale = q->scale;
    p->worse = q->worse;
    p->worth = isnan(o->trial.worth) ? q->notice : o->trial.worth;
    p->level = o->trial.level;
    p->lag = p->design.washout ? 0 : m->b->lag;
    p->blinded = o->blinded;
    p->harm_above = o->harm_above;
    p->harm_days = (int)o->harm_days;
    p->assumed = o->trial;
    p->assumed.worth = p->worth;
    if (isnan(p->assumed.missing))
        p->assumed.missing = gs_experiment_missing(m->d.obs, q);
    p->kernel_hash = m->k->hash;
    p->analysis = gs_protocol_analysis(m->d.a, p);
}

static gs_status draw_svg(const making *m, gs_err *err)
{
    const gs_protocol *p = &m->p;
    double *x = GS_NEW(m->d.a, double, 4 * p->n_curve + 4);
    gs_buf svg = {0};
    char title[200], worth[80];
    if (!m->o->svg)
        return GS_OK;
    if (!x || p->n_curve < 2)
        return gs_fail(err, GS_EUSE,
                       "there is no curve to draw: only one length is possible");
    double *power = x + p->n_curve, *level = power + p->n_curve;
    for (size_t i = 0; i < p->n_curve; i++) {
        x[i] = p->curve_weeks[i];
        power[i] = 100 * p->curve[i].power.p;
        level[i] = 100 * p->level;
    }
    snprintf(worth, sizeof worth, "it helps by %.3g point%s", p->worth,
             p->worth == 1 ? "" : "s");
    snprintf(title, sizeof title, "%s: chance of the answer \"works for you\"",
             p->treatment);
    gs_plot_line line[] = {{worth, x, power, p->n_curve},
                           {"false alarms allowed", x, level, p->n_curve}};
    gs_plot plot = {.title = title,
                    .x_title = "weeks of experiment",
                    .y_title = "%",
                    .n_line = 2,
                    .line = line,
                    .note = "Each point: 150 simulated trials of a design of that "
                            "length, judged by the very test; error up to 4 points."};
    gs_status st = gs_report_plot_svg(&plot, &svg, err);
    if (st == GS_OK)
        st = gs_text_write_file(m->o->svg, svg.data, svg.len, err);
    gs_buf_free(&svg);
    return st;
}

/* The key first: a plan whose key was never written could not be opened. */
static gs_status keep(making *m, const char *text, gs_err *err)
{
    if (m->o->dry)
        return GS_OK;
    if (m->o->blinded)
        GS_TRY(gs_text_write_secret(m->o->key, m->key.data, m->key.len, err));
    gs_status st = gs_diary_plan_keep(m->d.x.d, m->d.person, m->name, text, err);
    if (st != GS_OK && m->o->blinded)
        unlink(m->o->key); /* ours, of a moment ago: it opens nothing */
    return st;
}

static gs_status make(making *m, gs_err *err)
{
    gs_buf text = {0}, said = {0};
    char hash[GS_SEAL_SIZE];

    GS_TRY(exp_open(&m->o->c, false, &m->d, err));
    if (m->o->blinded && !m->o->dry && access(m->o->key, F_OK) == 0)
        return gs_fail_at(err, GS_EUSE, m->o->key, 0, 0, NULL,
                          "there is a file already; a key is "
                          "never overwritten: name another --key");
    GS_TRY(believe(m, err));
    GS_TRY(promise(m, err));
    gs_cli_progress_end();
    m->p.name = m->name;
    GS_TRY(draw(m, err));
    fill(m);
    GS_TRY(draw_svg(m, err));
    gs_status st = gs_protocol_text(&m->p, &text, err);
    if (st == GS_OK)
        st = keep(m, text.data, err);
    if (st == GS_OK) {
        gs_seal_text(text.data, text.len, hash);
        gs_protocol_say(&m->p, hash, &said);
        gs_buf *out = m->o->c.json ? &text : &said;
        if (m->o->c.json)
            gs_buf_put(&text, "\n");
        else
            gs_buf_printf(&said, "\n%s\n", m->o->dry ? "Nothing was kept (--dry-run)." :
                          "Next: gutskin experiment start");
        st = out->failed ? gs_fail(err, GS_ENOMEM, "out of memory")
                         : gs_text_write_file("-", out->data, out->len, err);
    }
    gs_buf_free(&text);
    gs_buf_free(&said);
    return st;
}

int exp_cmd_plan(int argc, char **argv)
{
    static const struct argp argp = {
        option_list,
        parse,
        "",
        "Design an experiment on one change, and say what it can show. The order is drawn by "
        "lot; plan, order and analysis are hashed and dated.\v"
        "Examples:\n"
        "  gutskin experiment plan --lever stress --weeks 12 --smallest 0.5\n"
        "  gutskin experiment plan --lever probiotic --weeks 16 --blinded --key key.json\n"
        "  gutskin experiment plan --lever sugar --weeks 12 --harm-above 8 --svg power.svg\n\n"
        "No experiment is planned on medicines.",
        NULL,
        NULL,
        NULL};
    options o = {.c = exp_start_options(), .trial = GS_TRIAL_OPTS, .harm_above = NAN,
                 .harm_days = 3};
    making m = {.o = &o};
    gs_err err = {0};

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = make(&m, &err);
    exp_close(&m.d);
    gs_buf_free(&m.schedule);
    gs_buf_free(&m.key);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}
