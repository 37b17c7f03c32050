/* Any bytes as a Newick tree: refused with a sentence, or a tree that holds together. */
#include "gutskin/eco.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gs_arena *a = gs_arena_new(0);
    gs_eco_tree *t = NULL;
    gs_err err = {0};

    if (gs_eco_tree_parse(a, "fuzz.nwk", (const char *)data, size, &t, &err) == GS_OK) {
        double sum = 0, pd;
        if (t->n_node == 0 || t->n_tip == 0)
            abort();
        double *x = GS_NEW(a, double, t->n_tip);
        uint32_t *at = GS_NEW(a, uint32_t, t->n_tip);
        for (size_t i = 0; i < t->n_node; i++) {
            if (t->parent[i] <= i && i + 1 < t->n_node)
                abort();
            sum += t->length[i];
        }
        for (size_t k = 0; k < t->n_tip; k++) {
            x[k] = 1;
            at[k] = t->by_name[k];
            if (gs_eco_tree_find(t, t->name[at[k]]) != (long)at[k])
                abort();
        }
        /* with every tip in, Faith's diversity is the whole tree */
        if (gs_eco_faith(a, t, t->n_tip, x, at, &pd, &err) != GS_OK || pd != sum)
            abort();
    } else if (err.msg[0] == '\0') {
        abort();
    }
    gs_arena_free(a);
    return 0;
}
