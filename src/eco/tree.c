/* Newick trees, read without recursion: a stack of open brackets, each holding the list
 * of its children so far. Nodes are numbered as they are finished, so that children come
 * before parents and one sweep over the array visits the tree bottom up. */
#include "gutskin/eco.h"
#include "gutskin/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1, MAX_NODE = 50000000 };

typedef struct node {
    const char *name;
    double length;
    long parent, sibling; /* sibling: next child of the same open bracket */
    bool tip, has_length;
    size_t at; /* offset in the text, for messages */
} node;

typedef struct reader {
    gs_arena *a;
    const char *file, *text;
    size_t n, at;
    node *node;
    size_t n_node, room;
    long *open; /* stack: first child of each open bracket */
    size_t depth, open_room;
    gs_err *err;
} reader;

static gs_status bad(reader *r, size_t at, const char *what)
{
    long line = 1, col = 1;
    for (size_t i = 0; i < at && i < r->n; i++) {
        col = r->text[i] == '\n' ? 1 : col + 1;
        line += r->text[i] == '\n';
    }
    return gs_fail_at(r->err, GS_EPARSE, r->file, line, col, NULL, "%s", what);
}

/* Blanks and [comments]; false when a comment does not end. */
static bool skip(reader *r)
{
    while (r->at < r->n) {
        char c = r->text[r->at];
        if (c == '[') {
            size_t depth = 0;
            do {
                depth += r->text[r->at] == '[';
                depth -= r->text[r->at] == ']';
                r->at++;
            } while (depth && r->at < r->n);
            if (depth)
                return false;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            r->at++;
        } else {
            return true;
        }
    }
    return true;
}

static gs_status label(reader *r, const char **out)
{
    size_t from = r->at, n = 0;
    char *text;

    *out = "";
    if (r->at < r->n && r->text[r->at] == '\'') {
        size_t end = r->at + 1;
        while (end < r->n && (r->text[end] != '\'' || (end + 1 < r->n && r->text[end + 1] == '\'')))
            end += r->text[end] == '\'' ? 2 : 1;
        if (end >= r->n)
            return bad(r, from, "a quoted name is never closed");
        if (!(text = gs_arena_alloc(r->a, end - from)))
            return gs_fail(r->err, GS_ENOMEM, "out of memory reading a tree");
        for (size_t i = from + 1; i < end; i++) {
            text[n++] = r->text[i];
            i += r->text[i] == '\'';
        }
        r->at = end + 1;
        *out = text;
    } else {
        while (r->at < r->n && !strchr("()[]:;,' \t\r\n", r->text[r->at]))
            r->at++;
        if (r->at == from)
            return GS_OK;
        if (!(text = gs_arena_strndup(r->a, r->text + from, r->at - from)))
            return gs_fail(r->err, GS_ENOMEM, "out of memory reading a tree");
        *out = text;
        n = r->at - from;
    }
    if (strlen(*out) != n)
        return bad(r, from, "a name holds a NUL byte");
    return GS_OK;
}

static gs_status grow(reader *r)
{
    if (r->n_node >= MAX_NODE)
        return gs_fail(r->err, GS_ENOMEM, "a tree of more than %d nodes is not read", MAX_NODE);
    if (r->n_node == r->room) {
        size_t room = r->room ? 2 * r->room : 1024;
        node *more = realloc(r->node, room * sizeof *more);
        if (!more)
            return gs_fail(r->err, GS_ENOMEM, "out of memory reading a tree");
        r->node = more;
        r->room = room;
    }
    return GS_OK;
}

/* A node whose children (a list of first child, NONE for a tip) are complete: read its
 * label and length, number it, hang it into the open bracket. */
static gs_status finish(reader *r, long child)
{
    node x = {.parent = NONE, .sibling = NONE, .tip = child == NONE};

    if (!skip(r))
        return bad(r, r->at, "a [comment] is never closed");
    x.at = r->at;
    GS_TRY(label(r, &x.name));
    if (!skip(r))
        return bad(r, r->at, "a [comment] is never closed");
    if (x.tip && !*x.name)
        return bad(r, x.at, "a tip has no name; Newick is (name:length,name:length);");
    if (r->at < r->n && r->text[r->at] == ':') {
        r->at++;
        if (!skip(r))
            return bad(r, r->at, "a [comment] is never closed");
        size_t from = r->at;
        while (r->at < r->n && !strchr("()[]:;,' \t\r\n", r->text[r->at]))
            r->at++;
        if (!gs_text_number(r->text + from, r->at - from, false, &x.length))
            return bad(r, from, "a branch length is no number");
        if (x.length < 0)
            return bad(r, from, "a branch length is negative; set such branches to 0 and root the tree");
        x.has_length = true;
        if (!skip(r))
            return bad(r, r->at, "a [comment] is never closed");
    }
    GS_TRY(grow(r));
    size_t me = r->n_node++;
    for (long k = child; k != NONE; k = r->node[k].sibling)
        r->node[k].parent = (long)me;
    if (r->depth) {
        x.sibling = r->open[r->depth - 1];
        r->open[r->depth - 1] = (long)me;
    }
    r->node[me] = x;
    return GS_OK;
}

static gs_status open_bracket(reader *r)
{
    if (r->depth == r->open_room) {
        size_t room = r->open_room ? 2 * r->open_room : 64;
        long *more = realloc(r->open, room * sizeof *more);
        if (!more)
            return gs_fail(r->err, GS_ENOMEM, "out of memory reading a tree");
        r->open = more;
        r->open_room = room;
    }
    r->open[r->depth++] = NONE;
    r->at++;
    return GS_OK;
}

/* From the start of a subtree to the mark that follows it, over and over. */
static gs_status read_nodes(reader *r)
{
    for (;;) {
        if (!skip(r))
            return bad(r, r->at, "a [comment] is never closed");
        if (r->at < r->n && r->text[r->at] == '(') {
            GS_TRY(open_bracket(r));
            continue;
        }
        GS_TRY(finish(r, NONE));
        while (r->depth && r->at < r->n && r->text[r->at] == ')') {
            long child = r->open[--r->depth];
            r->at++;
            GS_TRY(finish(r, child));
        }
        if (r->at >= r->n)
            return bad(r, r->n, r->depth ? "the tree ends inside a bracket"
                                         : "the tree does not end with ;");
        if (r->text[r->at] == ',' && r->depth)
            r->at++;
        else if (r->text[r->at] == ';' && !r->depth)
            break;
        else
            return bad(r, r->at, r->depth ? "expected , or ) here" : "expected ; here");
    }
    r->at++;
    if (!skip(r) || r->at < r->n)
        return bad(r, r->at, "more text after the tree; one tree a file");
    for (size_t i = 0; i + 1 < r->n_node; i++)
        if (!r->node[i].has_length)
            return bad(r, r->node[i].at, "this branch has no length; distances need one on every branch");
    return GS_OK;
}

typedef struct named {
    const char *name;
    uint32_t i;
} named;

static int by_name(const void *a, const void *b)
{
    const named *p = a, *q = b;
    int c = strcmp(p->name, q->name);
    return c ? c : (p->i > q->i) - (p->i < q->i);
}

static gs_status pack(reader *r, gs_eco_tree **out)
{
    size_t n = r->n_node, n_tip = 0;
    gs_eco_tree *t = GS_NEW(r->a, gs_eco_tree, 1);
    uint32_t *parent = GS_NEW(r->a, uint32_t, n);
    double *length = GS_NEW(r->a, double, n);
    const char **name = GS_NEW(r->a, const char *, n);
    bool *tip = GS_NEW(r->a, bool, n);

    for (size_t i = 0; i < n; i++)
        n_tip += r->node[i].tip;
    uint32_t *sorted = GS_NEW(r->a, uint32_t, n_tip);
    named *order = malloc((n_tip ? n_tip : 1) * sizeof *order);
    if (!t || !parent || !length || !name || !tip || !sorted || !order) {
        free(order);
        return gs_fail(r->err, GS_ENOMEM, "out of memory reading a tree");
    }
    for (size_t i = 0, k = 0; i < n; i++) {
        parent[i] = (uint32_t)(r->node[i].parent == NONE ? (long)i : r->node[i].parent);
        length[i] = i + 1 < n ? r->node[i].length : 0;
        name[i] = r->node[i].name;
        tip[i] = r->node[i].tip;
        if (tip[i])
            order[k++] = (named){name[i], (uint32_t)i};
    }
    qsort(order, n_tip, sizeof *order, by_name);
    gs_status st = GS_OK;
    for (size_t k = 0; k < n_tip; k++) {
        sorted[k] = order[k].i;
        if (k && !strcmp(order[k].name, order[k - 1].name) && st == GS_OK)
            st = bad(r, r->node[order[k].i].at, "two tips have the same name");
    }
    free(order);
    *t = (gs_eco_tree){n, n_tip, parent, length, name, tip, sorted};
    if (st == GS_OK)
        *out = t;
    return st;
}

gs_status gs_eco_tree_parse(gs_arena *a, const char *file, const char *text, size_t n,
                            gs_eco_tree **out, gs_err *err)
{
    reader r = {.a = a, .file = file, .text = text, .n = n, .err = err};

    gs_status st = read_nodes(&r);
    if (st == GS_OK)
        st = pack(&r, out);
    free(r.node);
    free(r.open);
    return st;
}

static long find(const gs_eco_tree *t, const char *name)
{
    size_t lo = 0, hi = t->n_tip;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strcmp(t->name[t->by_name[mid]], name);
        if (c == 0)
            return (long)t->by_name[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}

long gs_eco_tree_find(const gs_eco_tree *t, const char *name)
{
    char other[256];
    size_t n = strlen(name);
    long at = find(t, name);

    if (at >= 0 || n >= sizeof other || !strchr(name, ' '))
        return at;
    for (size_t i = 0; i <= n; i++)
        other[i] = (char)(name[i] == ' ' ? '_' : name[i]);
    return find(t, other);
}

gs_status gs_eco_faith(gs_arena *a, const gs_eco_tree *t, size_t n, const double *x,
                       const uint32_t *at, double *out, gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    bool *in = GS_NEW(a, bool, t->n_node);
    double sum = 0;

    if (!in)
        return gs_fail(err, GS_ENOMEM, "out of memory for phylogenetic diversity");
    for (size_t k = 0; k < n; k++)
        if (x[k] > 0 && at[k] < t->n_node)
            in[at[k]] = true;
    for (size_t i = 0; i < t->n_node; i++) {
        if (!in[i])
            continue;
        sum += t->length[i];
        in[t->parent[i]] = true;
    }
    gs_arena_release(a, m);
    *out = sum;
    return GS_OK;
}
