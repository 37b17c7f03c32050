/* gutskin experiment suggest: each change one could make, as a question: is its answer
 * worth the weeks? */
#include "cli/exp.h"
#include "cli/load.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    exp_options c;
    gs_suggest_opts s;
    const char *outcome;
    bool prior, all;
} options;

enum {
    OPT_WEEKS = 256,
    OPT_OUTCOME,
    OPT_SMALLEST,
    OPT_CHILD,
    OPT_PREGNANT,
    OPT_PROF,
    OPT_PRIOR,
    OPT_SIMS
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    long n = 0;
    switch (key) {
    case OPT_WEEKS:
        if (!gs_text_long(arg, strlen(arg), 2, 140, &n))
            argp_error(state, "--weeks %s: a whole number from 2 to 140", arg);
        o->s.trial.weeks = (int)n;
        return 0;
    case OPT_SIMS:
        if (!gs_text_long(arg, strlen(arg), 100, 1000000, &n))
            argp_error(state, "--sims %s: a whole number from 100 to 1000000", arg);
        o->s.n_sim = (size_t)n;
        o->s.n_draw = n < 200 ? 50 : 200;
        return 0;
    case OPT_OUTCOME:
        o->outcome = arg;
        return 0;
    case OPT_SMALLEST:
        if (!gs_text_number(arg, strlen(arg), true, &o->s.trial.worth) ||
            !(o->s.trial.worth > 0))
            argp_error(state, "--smallest %s: a number of points above 0", arg);
        return 0;
    case OPT_CHILD:
        o->s.child = true;
        return 0;
    case OPT_PREGNANT:
        o->s.pregnant = true;
        return 0;
    case OPT_PROF:
        o->s.professional = true;
        return 0;
    case OPT_PRIOR:
        o->prior = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": suggest takes no name", arg);
        return 0;
    default:
        return exp_parse_common(key, arg, state, &o->c);
    }
}

static const char *const words[] = {"WORTH TESTING", "TRY IT", "NOT WORTH TESTING",
                                    "TOO LONG", "CANNOT BE ASKED"};

static void say_one(const gs_suggestion *x, gs_buf *b)
{
    gs_buf_printf(b, "\n%s", x->title);
    if (*x->treatment)
        gs_buf_printf(b, ": %s", x->treatment);
    gs_buf_printf(b, "\n");
    gs_experiment_say(b, 2, x->why);
    if (*x->burden) {
        gs_buf line = {0};
        gs_buf_printf(&line,
                      "Burden: %s. Power to see a benefit just worth having: %.0f%% "
                      "(± %.0f).",
                      x->burden, 100 * x->power.p, 100 * x->power.se);
        gs_experiment_say(b, 2, line.data ? line.data : "");
        b->failed |= line.failed;
        gs_buf_free(&line);
    }
    if (x->evidence) {
        gs_buf line = {0};
        gs_buf_printf(&line, "Evidence: %s (%s, grade %s)%s", x->evidence->source,
                      gs_design_name(x->evidence->kind),
                      gs_grade_name(x->evidence->grade),
                      x->support > 0 ? "; randomised trials on the skin speak for it."
                      : x->support < 0
                          ? "; randomised trials on the skin speak against it."
                          : "; randomised trials on the skin: none, or they disagree.");
        gs_experiment_say(b, 2, line.data ? line.data : "");
        gs_buf_free(&line);
    } else if (x->says != GS_ASK_CANNOT) {
        gs_experiment_say(b, 2, "Evidence: none in the table.");
    }
    if (*x->caution && x->says <= GS_ASK_TRY)
        gs_experiment_say(b, 2, x->caution);
}

static void say_all(const options *o, const exp_door *d, size_t n,
                    const gs_suggestion *x, bool prior, gs_buf *b)
{
    size_t test = 0, count[5] = {0};
    for (size_t i = 0; i < n; i++)
        count[x[i].says]++;
    test = count[GS_ASK_TEST];
    (void)o;
    gs_buf line = {0};
    gs_buf_printf(&line, "%s of the changes you could make %s worth an experiment now.",
                  test == 0   ? "None"
                  : test == 1 ? "One"
                              : "Some",
                  test > 1 ? "are" : "is");
    gs_experiment_say(b, 0, line.data ? line.data : "");
    gs_buf_free(&line);
    if (prior)
        gs_experiment_say(
            b, 0,
            "There is no sound fit of your diary: this rests on what is believed "
            "of people in general. \"gutskin fit\" makes it yours.");
    for (size_t i = 0; i < d->obs->n_flag; i++)
        if (o->c.today - (d->obs->day0 + d->obs->flag[i].day) <= 60) {
            gs_experiment_say(b, 0,
                              "A red flag stands in your diary: see a doctor first; "
                              "experiments come after that.");
            break;
        }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || x[i].says != x[i - 1].says)
            gs_buf_printf(b, "\n%s\n", words[x[i].says]);
        say_one(&x[i], b);
    }
    gs_buf_put(b, "\n");
    gs_experiment_say(
        b, 0,
        "Gains are in points of your main score, each day from then on, as the "
        "model and your diary have it; a change is taken up when it is expected to "
        "help by more than the smallest effect worth having. Medicines are never "
        "proposed.");
}

static json_t *num(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static void put_json(size_t n, const gs_suggestion *x, bool prior, gs_buf *b)
{
    static const char *const code[] = {"test", "try", "not", "long", "cannot"};
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(
            list,
            json_pack(
                "{s:s, s:s, s:s, s:s, s:i, s:[o,o,o,o,o], s:o, s:o, s:o, s:o, s:o, s:s, s:i, s:s, s:s}",
                "lever", x[i].lever, "says", code[x[i].says], "why", x[i].why,
                "treatment", x[i].treatment, "weeks", x[i].weeks, "effect",
                num(x[i].effect.q05), num(x[i].effect.q25), num(x[i].effect.q50),
                num(x[i].effect.q75), num(x[i].effect.q95), "worth_chance",
                num(x[i].worth_chance), "power", num(x[i].power.p), "answer",
                num(x[i].answer), "answer_se", num(x[i].answer_se), "perfect",
                num(x[i].perfect), "burden", x[i].burden, "support", x[i].support,
                "evidence", x[i].evidence ? x[i].evidence->id : "", "caution",
                x[i].caution));
    json_t *all = json_pack("{s:b, s:o}", "prior_only", (int)prior, "levers", list);
    char *t = all ? json_dumps(all, JSON_INDENT(1)) : NULL;
    json_decref(all);
    if (t)
        gs_buf_printf(b, "%s\n", t);
    else
        b->failed = true;
    free(t);
}

static gs_status suggest(const options *o, exp_door *d, gs_err *err)
{
    const gs_kernel *k;
    const gs_suggestion *x;
    gs_fit *f;
    size_t n;
    bool prior;
    gs_buf b = {0};

    GS_TRY(exp_open(&o->c, false, d, err));
    if (!d->obs || d->obs->n_series == 0)
        return gs_fail(err, GS_EUSE,
                       "the diary has no skin score yet; write one down for a week "
                       "or two first: gutskin log acne=4");
    GS_TRY(gs_load_kernel_form(d->a, NULL, GS_LOAD_FULL, &k, err));
    GS_TRY(exp_load_fit(d, k, o->prior, &f, &prior, err));
    GS_TRY(gs_experiment_suggest(d->a, k, d->obs, f, o->outcome, gs_evidence_shipped(),
                                 &o->s, gs_cli_pool(), gs_cli_progress(), &n, &x, err));
    gs_cli_progress_end();
    if (o->c.json)
        put_json(n, x, prior, &b);
    else
        say_all(o, d, n, x, prior, &b);
    gs_status st = b.failed ? gs_fail(err, GS_ENOMEM, "out of memory")
                            : gs_text_write_file("-", b.data, b.len, err);
    gs_buf_free(&b);
    return st;
}

int exp_cmd_suggest(int argc, char **argv)
{
    static const struct argp_option list[] = {
        {"weeks", OPT_WEEKS, "N", 0,
         "the length wished for (12); slow levers take longer", 0},
        {"outcome", OPT_OUTCOME, "NAME", 0, "the score (default: your main one)", 0},
        {"smallest", OPT_SMALLEST, "POINTS", 0, "smallest effect worth having", 0},
        {"child", OPT_CHILD, NULL, 0, "it is for a child", 0},
        {"pregnant", OPT_PREGNANT, NULL, 0, "in pregnancy or while breastfeeding", 0},
        {"professional", OPT_PROF, NULL, 0, "a doctor or dietitian is with you in this",
         0},
        {"sims", OPT_SIMS, "N", 0, "simulated experiments of each lever (1000)", 1},
        {"prior", OPT_PRIOR, NULL, 0, "by what is believed of people, not by the fit",
         1},
        EXP_COMMON_OPTIONS};
    static const struct argp argp = {
        list,
        parse,
        "",
        "Which change is worth an experiment? Each is simulated on you; \"not worth testing\" is "
        "an answer.\v"
        "Example:\n  gutskin experiment suggest --smallest 0.5",
        NULL,
        NULL,
        NULL};
    options o = {.c = exp_start_options(), .s = GS_SUGGEST_OPTS};
    exp_door d = {0};
    gs_err err = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_status st = suggest(&o, &d, &err);
    exp_close(&d);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}
