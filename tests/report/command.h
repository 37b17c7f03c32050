/* Runs a command's C function in a child process, as the program would, on a diary of
 * its own that keeps the sample answer. What it said on stdout and stderr is read back. */
#ifndef GS_TEST_COMMAND_H
#define GS_TEST_COMMAND_H

#include "cli/cli.h"
#include "cli/kept.c"
#include "cli/shared.c"
#include "gutskin/diary.h"
#include "report/pages.h"

#include <sys/wait.h>

static char dir[] = "/tmp/gutskin-command-XXXXXX", diary_path[80];
static char *said_out, *said_err;

static void slurp(const char *path, char **out)
{
    size_t n;
    gs_err err = {0};
    free(*out);
    if (gs_text_read_file(path, 1u << 26, out, &n, &err) != GS_OK)
        fail_msg("%s", err.msg);
}

/* Exit code of the command; words are its arguments, "" ends them. */
static int run(gs_command *command, const char *const *words)
{
    char out[100], errs[100];
    char *argv[20] = {"gutskin command", "--diary", diary_path};
    int argc = 3, status;
    while (*words[argc - 3] && argc < 19) {
        argv[argc] = (char *)(uintptr_t)words[argc - 3];
        argc++;
    }
    snprintf(out, sizeof out, "%s/out", dir);
    snprintf(errs, sizeof errs, "%s/err", dir);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen(out, "w", stdout) || !freopen(errs, "w", stderr))
            _exit(99);
        int code = command(argc, argv);
        fflush(NULL);
        _exit(code);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    slurp(out, &said_out);
    slurp(errs, &said_err);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}
#define RUN(command, ...) run(command, (const char *const[]){__VA_ARGS__, ""})

/* A diary with one entry of each person; the first keeps the answer x, if there is one. */
static void make_diary(const gs_answer *x, size_t n_person, const char *const *person)
{
    gs_diary *d;
    gs_err err = {0};
    char key[32];
    uint64_t print;
    int64_t id;
    unlink(diary_path);
    if (gs_diary_open(diary_path, true, &d, &err) != GS_OK)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < n_person; i++) {
        gs_entry e = {.person = person[i], .day = 20000, .channel = "itch", .scale = "",
                      .value = 4, .unit = ""};
        if (gs_diary_log(d, 1, &e, false, "test", &id, &err) != GS_OK)
            fail_msg("%s", err.msg);
    }
    if (x) {
        gs_buf json = {0};
        assert_int_equal(gs_answer_to_json(x, &json, &err), GS_OK);
        assert_int_equal(gs_diary_fingerprint(d, person[0], &print, &err), GS_OK);
        snprintf(key, sizeof key, "%016llx", (unsigned long long)print);
        if (gs_diary_keep(d, person[0], "answer", key, json.data, json.len, &err) != GS_OK)
            fail_msg("%s", err.msg);
        gs_buf_free(&json);
    }
    gs_diary_close(d);
}

/* One more day: the kept answer is now older than the diary. */
static void write_on(const char *person)
{
    gs_diary *d;
    gs_err err = {0};
    int64_t id;
    gs_entry e = {.person = person, .day = 20001, .channel = "itch", .scale = "",
                  .value = 5, .unit = ""};
    assert_int_equal(gs_diary_open(diary_path, false, &d, &err), GS_OK);
    assert_int_equal(gs_diary_log(d, 1, &e, false, "test", &id, &err), GS_OK);
    gs_diary_close(d);
}

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(diary_path, sizeof diary_path, "%s/diary.db", dir);
    return 0;
}

static int remove_dir(void **state)
{
    static const char *const file[] = {"diary.db", "diary.db-wal", "diary.db-shm", "out",
                                       "err", "page.html"};
    char path[120];
    (void)state;
    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, file[i]);
        unlink(path);
    }
    free(said_out);
    free(said_err);
    return rmdir(dir);
}

static inline void must_say(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("\"%s\" is not said in: %.300s", words, text);
}

#endif
