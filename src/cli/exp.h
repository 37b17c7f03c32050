/* What the verbs of `gutskin experiment` share: who, which plan, where it stands. */
#ifndef GS_CLI_EXP_H
#define GS_CLI_EXP_H

#include "cli/diary_door.h"
#include "gutskin/experiment.h"

/* Options every verb has. */
typedef struct exp_options {
    const char *diary, *person, *name; /* name: of the plan, NULL = the one at hand */
    int32_t today;                     /* --today, else the clock's */
    bool json;
} exp_options;

enum { EXP_OPT_TODAY = 900 };
#define EXP_COMMON_OPTIONS                                                               \
    GS_DIARY_OPTION, GS_PERSON_OPTION("whose experiment (needed when the diary holds several)"), \
        {"today", EXP_OPT_TODAY, "DATE", 0, "act as on this day", 0}, GS_JSON_OPTION, {0}

/* Start values; then every key argp does not know to the verb is offered here. */
exp_options exp_start_options(void);
error_t exp_parse_common(int key, char *arg, struct argp_state *state, exp_options *o);
/* A date as people type it, "today" and "yesterday" against `today`. */
int32_t exp_parse_date(struct argp_state *state, const char *text, int32_t today);

/* An open diary with its person and arena; obs is NULL while the person wrote nothing. */
typedef struct exp_door {
    gs_cli_diary x;
    gs_arena *a;
    const char *person;
    gs_obs *obs;
} exp_door;
/* create: a missing diary is made. Fails GS_EFOUND (no diary; several people). */
gs_status exp_open(const exp_options *o, bool create, exp_door *out, gs_err *err);
void exp_close(exp_door *d);
/* Refuses diaries that count days without dates: an experiment needs a calendar. */
gs_status exp_need_dates(const exp_door *d, gs_err *err);

/* The plan meant: named, else the one that runs, else the last made. */
gs_status exp_find_plan(exp_door *d, const exp_options *o, gs_protocol **out,
                        const gs_kept_plan **out_kept, gs_err *err);
/* Where it stands. */
gs_status exp_follow(exp_door *d, const gs_protocol *p, gs_follow **out, gs_err *err);
/* Add one event; body is JSON. */
gs_status exp_add(exp_door *d, const gs_protocol *p, const char *kind, int32_t day,
                  const char *body, gs_err *err);
/* {"why": text} and the like: name, text, ... , NULL into buf. */
void exp_body(gs_buf *out, const char *name, const char *text, ...);

/* The kept fit; the prior's draws where there is none, it failed, or the prior is wanted. */
gs_status exp_load_fit(exp_door *d, const gs_kernel *k, bool want_prior, gs_fit **out,
                       bool *out_prior, gs_err *err);

/* Harm rules: pauses a running trial, once, and says so on stderr. */
gs_status exp_guard(exp_door *d, const exp_options *o, gs_follow **f, gs_err *err);

int exp_cmd_suggest(int argc, char **argv);
int exp_cmd_plan(int argc, char **argv);
int exp_cmd_start(int argc, char **argv);
int exp_cmd_today(int argc, char **argv);
int exp_cmd_log(int argc, char **argv);
int exp_cmd_check(int argc, char **argv);
int exp_cmd_pause(int argc, char **argv);
int exp_cmd_resume(int argc, char **argv);
int exp_cmd_change(int argc, char **argv);
int exp_cmd_stop(int argc, char **argv);
int exp_cmd_reveal(int argc, char **argv);
int exp_cmd_calendar(int argc, char **argv);
int exp_cmd_list(int argc, char **argv);
int exp_cmd_analyse(int argc, char **argv);
int exp_cmd_export(int argc, char **argv);

#endif
