/* What the commands share. A command is one file, cmd_<verb>.c, one function, one
 * line in cmd.def. stdout is the answer, stderr the talk; exit 0 ok, 1 could not,
 * 2 misuse. Each command parses with argp and has --help with an example and, where
 * it answers, --json. */
#ifndef GS_CLI_H
#define GS_CLI_H

#include "gutskin/run.h"
#include "gutskin/status.h"
#include "gutskin/text.h"

#include <stddef.h>

typedef int gs_command(int argc, char **argv); /* argv[0] is "gutskin <verb>" */

#define X(verb, sentence) gs_command gs_cmd_##verb;
#include "cli/cmd.def"
#undef X

enum { GS_EXIT_OK = 0, GS_EXIT_FAILED = 1, GS_EXIT_MISUSE = 2 };

/* Print "gutskin: sentence" on stderr and return GS_EXIT_FAILED. */
int gs_cli_failed(const gs_err *err);
/* Threads of this machine as a pool; progress as a bar with the remaining time on
 * stderr (silent when stderr is no terminal, unless GS_PROGRESS=1); Ctrl-C cancels. */
gs_pool *gs_cli_pool(void);
gs_progress *gs_cli_progress(void);
void gs_cli_progress_end(void);
/* Where the diary is: --diary, else $GUTSKIN_DIARY, else
 * $XDG_DATA_HOME/gutskin/diary.db, else ~/.local/share/gutskin/diary.db. */
const char *gs_cli_diary_path(const char *option);
/* A whole number in lo..hi, else argp's error (exit 2). */
struct argp_state;
long gs_cli_count(struct argp_state *state, const char *arg, long lo, long hi);
/* A picture as SVG and as PNG, to those of the two paths that are not NULL. */
gs_status gs_cli_picture(const gs_buf *svg, const char *svg_path, const char *png_path,
                         gs_err *err);
/* Write text to a path ("-" or NULL = stdout). */
int gs_cli_put(const char *path, const char *text, size_t n);

#endif
