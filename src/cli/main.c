/* gutskin: finds the command and hands over. Commands are listed in cmd.def. */
#include "cli/cli.h"
#include "crew/crew.h"

#include "gutskin/text.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct command {
    const char *verb, *sentence;
    gs_command *run;
} command;

static const command commands[] = {
#define X(verb, sentence) {#verb, sentence, gs_cmd_##verb},
#include "cli/cmd.def"
#undef X
};
enum { N_COMMAND = sizeof commands / sizeof *commands };

static void print_help(FILE *f)
{
    fputs("gutskin: from a diary to an honest answer about gut and skin\n\n"
          "  gutskin COMMAND [OPTION...]\n\n",
          f);
    for (size_t i = 0; i < N_COMMAND; i++)
        fprintf(f, "  %-10s %s\n", commands[i].verb, commands[i].sentence);
    fputs("\n  gutskin COMMAND --help   tells more, with an example\n"
          "  gutskin --version\n\n"
          "A first answer:  gutskin init && gutskin import diary.csv && gutskin fit && gutskin "
          "report\n"
          "gutskin is not a medical device. It diagnoses nothing and advises no medicine.\n",
          f);
}

static int unknown(const char *verb)
{
    const char *names[N_COMMAND];

    for (size_t i = 0; i < N_COMMAND; i++)
        names[i] = commands[i].verb;
    long near = gs_text_nearest(verb, N_COMMAND, names);
    fprintf(stderr, "gutskin: there is no command \"%s\"", verb);
    if (near >= 0)
        fprintf(stderr, "; did you mean \"%s\"?\n", names[near]);
    else
        fputs("; gutskin --help lists them\n", stderr);
    return GS_EXIT_MISUSE;
}

int main(int argc, char **argv)
{
    char name[64];

    argp_err_exit_status = GS_EXIT_MISUSE;
    argp_program_version = "gutskin " GS_VERSION;
    gs_crew_begin(&argc, &argv);
    if (argc < 2) {
        print_help(stderr);
        return GS_EXIT_MISUSE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_help(stdout);
        return GS_EXIT_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        puts(argp_program_version);
        return GS_EXIT_OK;
    }
    if (gs_crew_size() > 1 && strcmp(argv[1], "ensemble") != 0) {
        if (gs_crew_leads())
            fputs("gutskin: only \"ensemble\" is work for many processes; run the other "
                  "commands without mpiexec\n", stderr);
        return GS_EXIT_MISUSE;
    }
    for (size_t i = 0; i < N_COMMAND; i++) {
        if (strcmp(argv[1], commands[i].verb) != 0)
            continue;
        snprintf(name, sizeof name, "gutskin %s", commands[i].verb);
        argv[1] = name;
        int code = commands[i].run(argc - 1, argv + 1);
        /* an answer that could not be written is no answer */
        if (fflush(stdout) != 0 || ferror(stdout)) {
            fputs("gutskin: the answer could not be written to standard output\n", stderr);
            return GS_EXIT_FAILED;
        }
        return code;
    }
    return unknown(argv[1]);
}
