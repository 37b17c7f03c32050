/* Build tool: the gut's two tables of names as sorted C arrays.
 *
 *     gs_gut_tables genus-guilds.csv genus-names.csv out.c
 *
 * Refuses a row whose guild, kind or level is not known, a name twice, a row with a
 * column too few: the tables are data, and this is their check. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROW = 4096, MAX_COL = 8, MAX_LINE = 2000 };

typedef struct row {
    char *col[MAX_COL];
    char *key;
    long line;
} row;

static row rows[MAX_ROW];
static size_t n_row;

static const char *const guilds[] = {"butyrate", "saccharolytic", "bifido_lacto", "mucin",
                                     "pathobiont", "methanogen", "other_commensal", "fungi",
                                     "virus", NULL};
static const char *const lps[] = {"none", "weak", "pro", NULL};
static const char *const levels[] = {"genus", "kind", "species", NULL};
static const char *const kinds[] = {"unnamed", "bacteria", "archaea", "fungi", "virus",
                                    "other", "organelle", "human", NULL};

static void stop(const char *path, long line, const char *what, const char *word)
{
    fprintf(stderr, "gs_gut_tables: %s:%ld: %s: \"%s\"\n", path, line, what, word);
    exit(1);
}

static int place(const char *word, const char *const *list)
{
    for (int i = 0; list[i]; i++)
        if (strcmp(word, list[i]) == 0)
            return i;
    return -1;
}

static char texts[1 << 20]; /* both tables and their keys: some 100 KB */
static size_t n_texts;

static char *copy(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = texts + n_texts;
    if (n > sizeof texts - n_texts) {
        fprintf(stderr, "gs_gut_tables: the tables are larger than this tool thought\n");
        exit(1);
    }
    n_texts += n;
    return memcpy(p, s, n);
}

/* As src/gut/names.c makes its keys: lower case, '_' is a blank, one blank at a time. */
static void put_key(char *out, const char *s)
{
    char *p = out;
    for (; *s; s++) {
        char c = *s == '_' ? ' ' : (char)tolower((unsigned char)*s);
        if (c == ' ' && (p == out || p[-1] == ' '))
            continue;
        *p++ = c;
    }
    while (p > out && p[-1] == ' ')
        p--;
    *p = '\0';
}

static size_t split(char *line, char *col[MAX_COL])
{
    size_t n = 0;
    for (char *p = line; n < MAX_COL;) {
        char *to = p;
        col[n++] = p;
        if (*p == '"') {
            for (p++; *p && (*p != '"' || p[1] == '"'); p++) {
                if (*p == '"')
                    p++;
                *to++ = *p;
            }
            p += *p == '"';
        } else {
            to = p += strcspn(p, ",");
        }
        if (*p != ',') {
            *to = '\0';
            break;
        }
        *to = '\0';
        p++;
    }
    return n;
}

static void load(const char *path, size_t n_col)
{
    char line[MAX_LINE];
    long at = 0;
    FILE *f = fopen(path, "rb");
    if (!f)
        stop(path, 0, "cannot be read", "");
    n_row = 0;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (++at == 1 || !*line)
            continue;
        char *text = copy(line);
        row *r = &rows[n_row++];
        memset(r->col, 0, sizeof r->col);
        r->line = at;
        if (split(text, r->col) != n_col)
            stop(path, at, "has not the columns of the first line", line);
        if (n_row == MAX_ROW)
            stop(path, at, "too many rows", "");
    }
    fclose(f);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const row *)a)->key, ((const row *)b)->key);
}

static void sort(const char *path)
{
    qsort(rows, n_row, sizeof *rows, by_key);
    for (size_t i = 1; i < n_row; i++)
        if (strcmp(rows[i].key, rows[i - 1].key) == 0)
            stop(path, rows[i].line, "stands in the table twice", rows[i].key);
}

static void put(FILE *f, const char *s)
{
    putc('"', f);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            putc('\\', f);
        putc(*s, f);
    }
    putc('"', f);
}

static int need(const char *path, const row *r, const char *word, const char *const *list)
{
    int i = place(word, list);
    if (i < 0)
        stop(path, r->line, "is not a word of this column", word);
    return i;
}

static void put_guilds(FILE *f, const char *path)
{
    load(path, 7);
    for (size_t i = 0; i < n_row; i++) {
        rows[i].key = copy(rows[i].col[0]);
        put_key(rows[i].key, rows[i].col[0]);
    }
    sort(path);
    fprintf(f, "const names_guild_row names_guild[] = {\n");
    for (size_t i = 0; i < n_row; i++) {
        row *r = &rows[i];
        fprintf(f, "    {");
        put(f, r->key);
        fprintf(f, ", {");
        put(f, r->col[0]);
        fprintf(f, ", (gs_guild)%d, %d, (gs_lps)%d, %d, ", need(path, r, r->col[1], guilds),
                r->col[2][0] == '1', need(path, r, r->col[3], lps), r->col[4][0] == '1');
        put(f, r->col[5]);
        fprintf(f, ", ");
        put(f, r->col[6]);
        fprintf(f, "}},\n");
    }
    fprintf(f, "};\nconst size_t names_n_guild = %zu;\n\n", n_row);
}

static void put_names(FILE *f, const char *path)
{
    char key[3 * MAX_LINE], a[MAX_LINE], b[MAX_LINE];
    load(path, 5);
    for (size_t i = 0; i < n_row; i++) {
        row *r = &rows[i];
        need(path, r, r->col[0], levels);
        put_key(a, r->col[1]);
        put_key(b, r->col[2]);
        snprintf(key, sizeof key, "%c%s|%s", r->col[0][0], a, b);
        r->key = copy(key);
        if (strcmp(r->col[0], "kind") == 0)
            need(path, r, r->col[3], kinds);
    }
    sort(path);
    fprintf(f, "const names_old_row names_old[] = {\n");
    for (size_t i = 0; i < n_row; i++) {
        row *r = &rows[i];
        fprintf(f, "    {");
        put(f, r->key);
        fprintf(f, ", ");
        put(f, r->col[3]);
        fprintf(f, ", %d},\n", r->col[0][0] == 'k' ? place(r->col[3], kinds) : 0);
    }
    fprintf(f, "};\nconst size_t names_n_old = %zu;\n", n_row);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: gs_gut_tables genus-guilds.csv genus-names.csv out.c\n");
        return 2;
    }
    FILE *f = fopen(argv[3], "wb");
    if (!f) {
        perror(argv[3]);
        return 1;
    }
    fprintf(f, "/* made by tools/gs_gut_tables from data/gut; do not edit */\n"
               "#include \"gut/names.h\"\n\n");
    put_guilds(f, argv[1]);
    put_names(f, argv[2]);
    return fclose(f) ? 1 : 0;
}
