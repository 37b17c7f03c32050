/* Reader of known.txt: blocks of "claim NAME" and indented fields that may run on. */
#include "gutskin/known.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 64, MAX_TEXT = 1 << 20, MAX_FIELD = 4000 };

static const char *const field_name[] = {"asks", "verdict", "evidence", "model", "rows"};
enum { F_ASKS, F_VERDICT, F_EVIDENCE, F_MODEL, F_ROWS, N_FIELD };
static const char *const word_name[] = {"likely", "possible", "unproven", "unlikely"};

typedef struct block {
    char name[64];
    char field[N_FIELD][MAX_FIELD];
    long line;
} block;

static gs_status bad(gs_err *err, const char *name, long line, const char *field, const char *what)
{
    return gs_fail_at(err, GS_EPARSE, name, line, 0, field, "%s", what);
}

/* Next word of t into buf; the rest, NULL when there is none. A comma, colon or semicolon
 * ends a word. */
static const char *next_word(const char *t, char *buf, size_t n)
{
    t += strspn(t, " ,;:");
    size_t len = strcspn(t, " ,;:");
    if (len == 0)
        return NULL;
    snprintf(buf, n, "%.*s", (int)(len < n ? len : n - 1), t);
    return t + len;
}

static gs_status read_model(gs_arena *a, const char *name, const block *b, gs_known *k, gs_err *err)
{
    static const char *const conditions[] = {"acne", "eczema", "psoriasis", "rosacea", "infancy"};
    char lever[32], condition[32];
    const char *t = b->field[F_MODEL];

    while ((t = next_word(t, lever, sizeof lever))) {
        bool known = false;
        if (!(t = next_word(t, condition, sizeof condition)))
            return bad(err, name, b->line, "model", "a lever stands without its condition");
        for (size_t i = 0; i < 5; i++)
            known |= strcmp(condition, conditions[i]) == 0;
        if (!known || !gs_evidence_lever_known(lever))
            return bad(err, name, b->line, "model", "names a lever or condition nobody knows");
        if (k->n_model == GS_KNOWN_ASKS)
            return bad(err, name, b->line, "model", "asks more than six effects");
        gs_known_effect *e = &k->model[k->n_model++];
        e->lever = gs_arena_strdup(a, lever);
        e->condition = gs_arena_strdup(a, condition);
        if (!e->lever || !e->condition)
            return gs_fail(err, GS_ENOMEM, "no memory for the claims");
    }
    return GS_OK;
}

static gs_status finish(gs_arena *a, const char *name, const block *b, gs_known *k, gs_err *err)
{
    char id[64], word[32];
    const char *t, *rest;

    for (int f = 0; f < N_FIELD; f++) {
        if (!*b->field[f])
            return bad(err, name, b->line, field_name[f], "is missing from this claim");
    }
    rest = next_word(b->field[F_VERDICT], word, sizeof word);
    for (size_t i = 0; i < 4; i++) {
        if (rest && strcmp(word, word_name[i]) == 0)
            k->word = word_name[i];
    }
    if (!k->word)
        return bad(err, name, b->line, "verdict", "begins with likely, possible, unproven or unlikely");
    k->name = gs_arena_strdup(a, b->name);
    k->asks = gs_arena_strdup(a, b->field[F_ASKS]);
    k->verdict = gs_arena_strdup(a, b->field[F_VERDICT]);
    k->evidence = gs_arena_strdup(a, b->field[F_EVIDENCE]);
    if (!k->name || !k->asks || !k->verdict || !k->evidence)
        return gs_fail(err, GS_ENOMEM, "no memory for the claims");
    for (t = b->field[F_ROWS]; (t = next_word(t, id, sizeof id));) {
        if (k->n_row == GS_KNOWN_ROWS)
            return bad(err, name, b->line, "rows", "names more than sixteen rows");
        if (!(k->row[k->n_row++] = gs_arena_strdup(a, id)))
            return gs_fail(err, GS_ENOMEM, "no memory for the claims");
    }
    return read_model(a, name, b, k, err);
}

/* Add text to a field, with a blank between lines. */
static bool append(char *field, const char *t, size_t n)
{
    size_t have = strlen(field);

    if (have + n + 2 > MAX_FIELD)
        return false;
    if (have)
        field[have++] = ' ';
    memcpy(field + have, t, n);
    field[have + n] = '\0';
    return true;
}

gs_status gs_known_read(gs_arena *a, const char *name, const char *text, size_t n_text,
                        size_t *n, gs_known **out, gs_err *err)
{
    gs_known *k = GS_NEW(a, gs_known, MOST);
    block *b = GS_NEW(a, block, 1);
    bool open = false;
    int field = -1;
    long line = 0;

    *n = 0;
    if (!k || !b)
        return gs_fail(err, GS_ENOMEM, "no memory for the claims");
    if (n_text > MAX_TEXT || memchr(text, '\0', n_text))
        return bad(err, name, 0, NULL, "is larger than 1 MiB or no text");
    for (size_t at = 0; at < n_text;) {
        const char *t = text + at, *stop = memchr(t, '\n', n_text - at);
        size_t len = stop ? (size_t)(stop - t) : n_text - at;
        at += len + 1;
        line++;
        while (len && (t[len - 1] == '\r' || t[len - 1] == ' '))
            len--;
        if (len == 0 || t[0] == '#')
            continue;
        if (len > 6 && strncmp(t, "claim ", 6) == 0) {
            if (open)
                GS_TRY(finish(a, name, b, &k[(*n)++], err));
            if (*n == MOST || len - 6 >= sizeof b->name)
                return bad(err, name, line, "claim", "has too long a name, or is one too many");
            memset(b, 0, sizeof *b);
            memcpy(b->name, t + 6, len - 6);
            b->line = line;
            open = true;
            field = -1;
            continue;
        }
        size_t blank = 0;
        while (blank < len && t[blank] == ' ')
            blank++;
        if (!open || blank == 0)
            return bad(err, name, line, NULL, "should be \"claim NAME\" or an indented field");
        t += blank;
        len -= blank;
        for (int f = 0; f < N_FIELD; f++) {
            size_t w = strlen(field_name[f]);
            if (blank <= 4 && len > w && strncmp(t, field_name[f], w) == 0 && t[w] == ' ') {
                field = f;
                while (w < len && t[w] == ' ')
                    w++;
                t += w;
                len -= w;
                break;
            }
        }
        if (field < 0)
            return bad(err, name, line, NULL, "begins with none of asks, verdict, evidence, model, rows");
        if (!append(b->field[field], t, len))
            return bad(err, name, line, field_name[field], "is longer than 4000 bytes");
    }
    if (open)
        GS_TRY(finish(a, name, b, &k[(*n)++], err));
    *out = k;
    return GS_OK;
}

extern const char gs_known_txt[];
extern const size_t gs_known_txt_len;

struct shipped {
    gs_arena *arena;
    gs_known *known;
    size_t n;
};

const gs_known *gs_known_shipped(size_t *n)
{
    static _Atomic(struct shipped *) once;
    struct shipped *have = atomic_load(&once), *none = NULL;

    *n = 0;
    if (!have) {
        gs_arena *a = gs_arena_new(0);
        have = a ? GS_NEW(a, struct shipped, 1) : NULL;
        if (!have || gs_known_read(a, "known.txt", gs_known_txt, gs_known_txt_len, &have->n,
                                   &have->known, NULL) != GS_OK) {
            gs_arena_free(a);
            return NULL;
        }
        have->arena = a;
        if (!atomic_compare_exchange_strong(&once, &none, have)) {
            gs_arena_free(a);
            have = none;
        }
    }
    *n = have->n;
    return have->known;
}
