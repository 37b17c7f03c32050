/* gutskin report: the kept answer as text, as a page, or as JSON. Nothing is computed
 * here; what a fit found is said. */
#include "cli/cli.h"
#include "cli/kept.h"

#include "gutskin/report.h"
#include "report/say.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct options {
    const char *diary, *person, *html;
    bool json, ascii;
    int width;
} options;

enum { OPT_HTML = 256, OPT_JSON, OPT_WIDTH, OPT_ASCII };

static const struct argp_option option_list[] = {
    {"diary", 'd', "FILE", 0, "the diary (default: $GUTSKIN_DIARY or your data folder)", 0},
    {"person", 'p', "NAME", 0, "whose report (needed when the diary holds several people)", 0},
    {"html", OPT_HTML, "FILE", 0, "write the page with pictures to FILE (- is stdout)", 0},
    {"json", OPT_JSON, NULL, 0, "print the whole answer as JSON", 0},
    {"width", OPT_WIDTH, "N", 0, "characters in a line, 40 to 200 (the terminal's, or 80)", 0},
    {"ascii", OPT_ASCII, NULL, 0, "plain ASCII only", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;

    switch (key) {
    case 'd':
        o->diary = arg;
        return 0;
    case 'p':
        o->person = arg;
        return 0;
    case OPT_HTML:
        o->html = arg;
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case OPT_ASCII:
        o->ascii = true;
        return 0;
    case OPT_WIDTH:
        o->width = (int)gs_cli_count(state, arg, 40, 200);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": report takes no file; --html names the page to write", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Long lines are hard to read: wide terminals are not filled. */
static int terminal_width(void)
{
    struct winsize w;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
        return 80;
    return w.ws_col < 40 ? 40 : w.ws_col > 88 ? 88 : w.ws_col;
}

static int put_text(const options *o, const gs_answer *x)
{
    gs_buf text = {0};
    gs_err err = {0};
    int code;

    if (gs_report_text(x, o->width ? o->width : terminal_width(), &text, &err) != GS_OK) {
        code = gs_cli_failed(&err);
    } else {
        if (o->ascii)
            gs_say_ascii(&text);
        code = gs_cli_put("-", text.data, text.len);
    }
    gs_buf_free(&text);
    return code;
}

static int put_page(const options *o, const gs_answer *x)
{
    gs_buf page = {0};
    gs_err err = {0};
    int code = gs_report_html(x, &page, &err) == GS_OK
                   ? gs_cli_put(o->html, page.data, page.len)
                   : gs_cli_failed(&err);

    if (code == GS_EXIT_OK && strcmp(o->html, "-") != 0)
        fprintf(stderr, "gutskin: the report is in %s\n", o->html);
    gs_buf_free(&page);
    return code;
}

int gs_cmd_report(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "What is known, what your diary taught, what to try: the answer of the last "
        "\"gutskin fit\".\v"
        "Example:\n  gutskin report\n  gutskin report --html report.html\n\n"
        "The page is one file that loads nothing and runs nothing; open it in any browser, "
        "on a phone, or print it.",
        NULL, NULL, NULL};
    options o = {0};
    gs_err err = {0};
    gs_kept kept;
    int code;

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? gs_kept_answer(o.diary, o.person, a, &kept, &err)
                     : gs_fail(&err, GS_ENOMEM, "out of memory");
    if (st != GS_OK) {
        code = gs_cli_failed(&err);
    } else {
        gs_kept_warn(&kept);
        code = o.html ? put_page(&o, kept.answer) : GS_EXIT_OK;
        if (code == GS_EXIT_OK && o.json)
            code = gs_cli_put("-", kept.json, kept.n);
        else if (code == GS_EXIT_OK && !o.html)
            code = put_text(&o, kept.answer);
    }
    gs_arena_free(a);
    return code;
}
