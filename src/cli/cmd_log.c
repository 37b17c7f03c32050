/* gutskin log: today's line. NAME=VALUE for each thing, NAME alone for "it happened". */
#include "cli/diary_door.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ENTRY = 200, UNIT = 40 };
enum { OPT_DAY = 256, OPT_REPLACE, OPT_OWN, OPT_NAMES, OPT_SCALE };

typedef struct options {
    const char *diary, *person, *date, *scale;
    long day;
    bool numbered, replace, own, names, json;
    size_t n;
    gs_entry entry[MAX_ENTRY];
    char unit[MAX_ENTRY][UNIT], name[MAX_ENTRY][96];
} options;

static const struct argp_option option_list[] = {
    {"date", 't', "DATE", 0, "the day: today (default), yesterday, 2026-11-23, 23.11.2026", 0},
    {"day", OPT_DAY, "N", 0, "a day number instead, for diaries without dates", 0},
    GS_PERSON_OPTION("whose diary (default: me)"),
    {"replace", OPT_REPLACE, NULL, 0, "take the place of what the day says already", 0},
    {"scale", OPT_SCALE, "SCALE", 0, "the scale of the scores, 0-10 if not said", 0},
    {"own", OPT_OWN, NULL, 0, "keep names gutskin does not know", 0},
    {"names", OPT_NAMES, NULL, 0, "list the names it knows, with units and scales", 0},
    GS_DIARY_OPTION,
    GS_JSON_OPTION,
    {0}};

/* ---- NAME=VALUE ------------------------------------------------------------------ */

static void read_condition(struct argp_state *state, gs_entry *e, const char *value)
{
    long c = gs_condition_find(value);
    if (c < 0)
        argp_error(state, "condition=%s: say acne, eczema, psoriasis or rosacea", value);
    e->value = (double)c;
}

static void check_name(struct argp_state *state, const options *o, const char *name)
{
    if (gs_channel_find(name) || gs_text_same(name, "condition") || o->own)
        return;
    const char *near = gs_channel_nearest(name);
    argp_error(state, "\"%s\" is no name gutskin knows%s%s; --own keeps it as one of yours, "
               "--names lists the names", name, near ? ", did you mean " : "", near ? near : "");
}

static void read_argument(struct argp_state *state, options *o, char *arg)
{
    char *eq = strchr(arg, '=');
    size_t n_name = eq ? (size_t)(eq - arg) : strlen(arg);

    if (o->n == MAX_ENTRY)
        argp_error(state, "more than %d values; write them in a file and import it", MAX_ENTRY);
    if (!n_name || n_name >= sizeof o->name[0])
        argp_error(state, "\"%s\": write NAME=VALUE, for example eczema=4", arg);
    gs_entry *e = &o->entry[o->n];
    char *name = o->name[o->n], *unit = o->unit[o->n];
    memcpy(name, arg, n_name);
    name[n_name] = '\0';
    *e = (gs_entry){.channel = name, .value = NAN, .unit = unit, .scale = ""};
    const char *value = eq ? eq + 1 : "";
    if (gs_text_same(name, "condition"))
        read_condition(state, e, value);
    else if ((eq && !*value) || !gs_diary_said(value, strlen(value), true, &e->value, unit, UNIT))
        argp_error(state, "\"%s\": the value is a number with or without a unit, as in "
                   "eczema=4 or fibre=22g", arg);
    o->n++;
}

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
    case 't':
        o->date = arg;
        return 0;
    case 'j':
        o->json = true;
        return 0;
    case OPT_DAY:
        if (!gs_text_long(arg, strlen(arg), -36500, 200000, &o->day))
            argp_error(state, "\"%s\" is no day number", arg);
        o->numbered = true;
        return 0;
    case OPT_REPLACE:
        o->replace = true;
        return 0;
    case OPT_OWN:
        o->own = true;
        return 0;
    case OPT_NAMES:
        o->names = true;
        return 0;
    case OPT_SCALE:
        if (!gs_scale_find(arg))
            argp_error(state, "\"%s\" is no scale gutskin knows; --names lists them", arg);
        o->scale = arg;
        return 0;
    case ARGP_KEY_ARG:
        read_argument(state, o, arg);
        return 0;
    case ARGP_KEY_END:
        for (size_t i = 0; i < o->n; i++)
            check_name(state, o, o->name[i]);
        if (!o->n && !o->names)
            argp_error(state, "nothing to write down; for example: gutskin log eczema=4");
        if (o->date && o->numbered)
            argp_error(state, "say --date or --day, not both");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- --names --------------------------------------------------------------------- */

static void print_names(void)
{
    static const char *const kinds[] = {"scores of the skin", "what you do or meet",
                                        "measured values", "red flags: see a doctor",
                                        "kept, not used by the model"};
    for (int kind = 0; kind < 5; kind++) {
        printf("%s%s\n", kind ? "\n" : "", kinds[kind]);
        for (size_t i = 0; i < gs_channel_count(); i++) {
            const gs_channel *c = gs_channel_at(i);
            if ((int)c->kind != kind)
                continue;
            char how[60] = "";
            if (*c->scale)
                snprintf(how, sizeof how, "scale %s", c->scale);
            else if (kind != GS_CHANNEL_FLAG && strcmp(c->unit, "1") != 0)
                snprintf(how, sizeof how, "%g to %g %s", c->lo, c->hi,
                         strcmp(c->unit, "score") ? c->unit : "");
            printf("  %-20s %-18s %s\n", c->name, how, c->title);
        }
    }
    puts("\nscales");
    for (size_t i = 0; i < gs_scale_count(); i++) {
        const gs_scale *s = gs_scale_at(i);
        printf("  %-20s %g to %-13g %s (%s)\n", s->name, s->lo, s->hi, s->title, s->cite);
    }
    puts("\ncondition=acne, eczema, psoriasis or rosacea says what you ask about.");
}

/* ---- saying what was written ------------------------------------------------------- */

static void say_flags(const options *o)
{
    for (size_t i = 0; i < o->n; i++) {
        const gs_channel *c = gs_channel_find(o->entry[i].channel);
        if (c && c->kind == GS_CHANNEL_FLAG && !(o->entry[i].value <= 0))
            fprintf(stderr, "gutskin: RED FLAG, %s: have a doctor look at it now, before "
                    "anything gutskin can say\n", c->title);
    }
}

static void say_when(const options *o, char *buf, size_t n)
{
    char iso[16];
    if (o->numbered)
        snprintf(buf, n, "day %ld", o->day);
    else
        snprintf(buf, n, "%s", gs_date_iso(o->entry[0].day, iso, sizeof iso));
}

static int say_written(const options *o, int64_t batch)
{
    gs_buf b = {0};
    char when[40];

    say_when(o, when, sizeof when);
    if (o->json)
        gs_buf_printf(&b, "{\"batch\": %lld, \"when\": \"%s\", \"written\": %zu}\n",
                      (long long)batch, when, o->n);
    else
        gs_buf_printf(&b, "%s:", when);
    for (size_t i = 0; i < o->n && !o->json; i++) {
        const gs_entry *e = &o->entry[i];
        const gs_channel *c = gs_channel_find(e->channel);
        const char *name = c ? c->name : e->channel;
        gs_buf_put(&b, i ? ", " : " ");
        if (gs_text_same(name, "condition"))
            gs_buf_printf(&b, "condition %s", gs_condition_name((gs_condition)(int)e->value));
        else if (isnan(e->value))
            gs_buf_put(&b, name);
        else
            gs_buf_printf(&b, "%s %g%s%s", name, e->value, *e->unit && *e->unit != '/' ? " " : "",
                          e->unit);
    }
    gs_buf_put(&b, o->json ? "" : "\n");
    int code = gs_cli_put(NULL, b.data, b.len);
    gs_buf_free(&b);
    return code;
}

/* ---- the command ------------------------------------------------------------------- */

static gs_status find_day(const options *o, int32_t *out, gs_err *err)
{
    int32_t today = gs_cli_today();
    const char *t = o->date ? o->date : "today";

    *out = today;
    if (o->numbered) {
        *out = (int32_t)o->day;
        return GS_OK;
    }
    if (strcmp(t, "today") == 0)
        return GS_OK;
    if (strcmp(t, "yesterday") == 0) {
        *out = today - 1;
        return GS_OK;
    }
    if (!gs_date_parse(t, strlen(t), GS_DATE_UNKNOWN, out)
        && !gs_date_parse(t, strchr(t, '.') ? strlen(t) : 0, GS_DATE_DMY, out))
        return gs_fail(err, GS_EUSE, "--date %.40s is no date or can be read two ways; write "
                       "it as 2026-11-23", t);
    if (*out > today)
        return gs_fail(err, GS_ERANGE, "%.40s lies in the future; a diary holds what was", t);
    return GS_OK;
}

int gs_cmd_log(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "NAME=VALUE...",
        "Write down a day.\v"
        "Examples:\n"
        "  gutskin log skin=4 stress=7 fibre=22g\n"
        "  gutskin log --date yesterday itch=6/10 water=1.5L probiotic\n"
        "  gutskin log condition=eczema poscorad=31\n\n"
        "A name without a value says that it happened. What is not said stays missing; it "
        "is never taken as zero.",
        NULL, NULL, NULL};
    options *o = calloc(1, sizeof *o);
    gs_err err = {0};
    gs_cli_diary x = {0};
    int64_t batch = 0;
    int32_t day = 0;

    if (!o) {
        gs_fail(&err, GS_ENOMEM, "out of memory");
        return gs_cli_failed(&err);
    }
    argp_parse(&argp, argc, argv, 0, NULL, o);
    if (o->names) {
        print_names();
        free(o);
        return GS_EXIT_OK;
    }
    gs_status st = find_day(o, &day, &err);
    for (size_t i = 0; i < o->n; i++) {
        gs_entry *e = &o->entry[i];
        const gs_channel *c = gs_channel_find(e->channel);
        e->day = day;
        e->numbered = o->numbered;
        e->person = o->person ? o->person : "";
        if (o->scale && !*e->unit && (!c || strcmp(c->scale, "0-10") == 0
                                      || strcmp(c->unit, "score") == 0))
            e->scale = o->scale;
    }
    if (st == GS_OK)
        st = gs_cli_diary_open(o->diary, true, &x, &err);
    if (st == GS_OK)
        st = gs_diary_log(x.d, o->n, o->entry, o->replace, "log", &batch, &err);
    int code = st == GS_OK ? say_written(o, batch) : gs_cli_failed(&err);
    if (st == GS_OK)
        say_flags(o);
    gs_cli_diary_close(&x);
    free(o);
    return code;
}
