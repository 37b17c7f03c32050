/* The likelihood of one person, shared by fit.c and next.c. Internal to hier. */
#ifndef GS_HIER_HIER_H
#define GS_HIER_HIER_H

#include "gutskin/hierarchy.h"

enum {
    N_FLOOR = 5,
    N_SCALE = 4,
    N_CELL = GS_HIER_GRID * N_FLOOR, /* of one scale */
    MOST = GS_HIER_SCORES
};

/* The numbers over people, unpacked, with log weights of the cells. */
typedef struct numbers {
    double floor[N_FLOOR], scale[N_SCALE];
    double ln_w[N_CELL];    /* gain slowest; below -30 a cell is left out */
    double mean_z, mean_z2; /* of the gain's deviate over the grid */
    double ln_scale[N_SCALE];
    double wander2, rho, noise2;
    double week[GS_HIER_WEEKS];
} numbers;

void numbers_from(const gs_hier_study *s, const double *u, numbers *h);
double week_of(const numbers *h, int32_t week);

/* Covariance of n scores at a scale, level included, its lower factor into L [n x n]. */
bool person_factor(const numbers *h, const int32_t *week, size_t n, double scale,
                   double *L);
/* ln weight + ln likelihood of the first n scores in every cell: out [N_SCALE x N_CELL].
 * resid [N_CELL x n] is left with y - level's mean - signal. Returns the ln of the sum. */
double person_cells(const gs_hier_study *s, const numbers *h, size_t person, size_t n,
                    double *resid, double *out);

#endif
