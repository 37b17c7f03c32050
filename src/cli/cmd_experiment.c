/* gutskin experiment VERB: finds the verb and hands over; exp_*.c have them. */
#include "cli/exp.h"

#include "gutskin/text.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *verb, *sentence;
    int (*run)(int argc, char **argv);
} verbs[] = {
    {"suggest", "which question is worth asking, and which is not", exp_cmd_suggest},
    {"plan", "design it: what, how long, what it can show", exp_cmd_plan},
    {"start", "fix the first day", exp_cmd_start},
    {"today", "what to do today", exp_cmd_today},
    {"log", "say whether a day went as planned", exp_cmd_log},
    {"check", "where it stands; looks that are due; harm", exp_cmd_check},
    {"pause", "pause it", exp_cmd_pause},
    {"resume", "go on after a pause", exp_cmd_resume},
    {"change", "put a change of the plan on record", exp_cmd_change},
    {"stop", "end it early", exp_cmd_stop},
    {"reveal", "open a blinded order with its key", exp_cmd_reveal},
    {"calendar", "reminders for your calendar (iCalendar)", exp_cmd_calendar},
    {"analyse", "what came of it", exp_cmd_analyse},
    {"list", "all experiments", exp_cmd_list},
    {"export", "results, raw data, and how to compute them again", exp_cmd_export},
};
enum { N_VERB = sizeof verbs / sizeof *verbs };

static void print_help(FILE *f)
{
    fputs("gutskin experiment: a randomised experiment on yourself, from question to answer\n\n"
          "  gutskin experiment VERB [NAME] [OPTION...]\n\n",
          f);
    for (size_t i = 0; i < N_VERB; i++)
        fprintf(f, "  %-10s %s\n", verbs[i].verb, verbs[i].sentence);
    fputs("\nExample:\n"
          "  gutskin experiment suggest\n"
          "  gutskin experiment plan --lever stress --weeks 12\n"
          "  gutskin experiment start && gutskin experiment today\n\n"
          "  gutskin experiment VERB --help   tells more. No experiment is planned on medicines.\n",
          f);
}

int gs_cmd_experiment(int argc, char **argv)
{
    const char *names[N_VERB];
    char name[80];

    if (argc < 2) {
        print_help(stderr);
        return GS_EXIT_MISUSE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?") || !strcmp(argv[1], "help")) {
        print_help(stdout);
        return GS_EXIT_OK;
    }
    for (size_t i = 0; i < N_VERB; i++) {
        names[i] = verbs[i].verb;
        if (strcmp(argv[1], verbs[i].verb) != 0)
            continue;
        snprintf(name, sizeof name, "gutskin experiment %s", verbs[i].verb);
        argv[1] = name;
        return verbs[i].run(argc - 1, argv + 1);
    }
    long near = gs_text_nearest(argv[1], N_VERB, names);
    fprintf(stderr, "gutskin: experiment has no verb \"%s\"", argv[1]);
    fprintf(stderr, near >= 0 ? "; did you mean \"%s\"?\n" : "; gutskin experiment --help\n",
            near >= 0 ? names[near] : "");
    return GS_EXIT_MISUSE;
}
