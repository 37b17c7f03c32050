/* Internal to stool: the indices of one list of genera. */
#ifndef GS_STOOL_INDEX_H
#define GS_STOOL_INDEX_H

#include "gutskin/stool.h"

/* x [n] amounts of taxa taxon[n] (genera); every index but GMHI into out [GS_N_STOOL]. */
void stool_indices(size_t n, const double *x, const gs_taxon *const *taxon, bool shotgun,
                   bool counts, double depth, double *out);
bool stool_in_share(gs_stool_index i, const gs_taxon *t);
/* ln-ratio index of [gupta2020] from species; NaN when no species are named. */
double stool_gmhi(const gs_gut *g, size_t i_sample);

#endif
