/* Inside the room: the fixed daily grid. grad.c drives, etd.c takes the steps, sdirk.c
 * takes those that are too stiff for it. */
#ifndef GS_SIM_GRID_H
#define GS_SIM_GRID_H

#include "sim/lanes.h"

enum { GS_ETD_COEF = 11, GS_ETD_LEVELS = 6, GS_GRID_STAGES = 4 };

/* four columns at a time stay in registers */
typedef double gs_four __attribute__((vector_size(32), aligned(8)));

typedef struct gs_etd_level {
    bool ready;
    double *c; /* [n][GS_ETD_COEF] */
} gs_etd_level;

struct gs_grid {
    size_t n_free, m;          /* columns asked for; padded to a multiple of 4 */
    const uint32_t *free_par;
    long *column;              /* [n_par] column of a parameter, -1 = not free */
    uint32_t *row_start;       /* [n+1] first Jacobian entry of a row          */
    double *scale, *trust;     /* [n] size of a state; longest Newton move     */
    double *z, *zs, *base, *dz; /* [n]                                         */
    double *f;                 /* [stage][n]                                   */
    double *jac, *jp, *w;
    double *s, *ss, *k;        /* [n][m], [n][m], [stage][n][m]                */
    double *dy_dz, *dy_dp, *y;
    double *jump_z, *jump_p;   /* [n][n], [n][n_par] derivatives of events     */
    double *decay;             /* [n] D of etd.c                               */
    double *ghost;             /* [n] vector of the stiffness estimate         */
    double *morning, *s_morning; /* [n], [n][m] where the day began            */
    gs_etd_level level[GS_ETD_LEVELS];
    double h;                  /* [d] step of level 0                          */
    double h_of_w, rate;       /* sdirk.c: step the factors belong to, Newton's rate */
    size_t n_fine, n_stiff;    /* days with more steps / with sdirk.c          */
};

/* Parameters, decay rates and coefficients of a new path. */
void gs_etd_begin(gs_sim *s, const double *par);
/* One day of n_step steps from g->z and g->s; false when it cannot be taken. */
bool gs_etd_day(gs_sim *s, const double *par, const double *lever, size_t n_step);
bool gs_sdirk_day(gs_sim *s, const double *par, const double *lever, size_t n_step);
/* Coefficients [n_state][GS_ETD_COEF] of a step of g->h, and their places. */
enum { GS_E_HALF, GS_E_ONE, GS_A21, GS_A31, GS_A32, GS_A41, GS_A43, GS_B1, GS_B23, GS_B4,
       GS_NO_COEF };
const double *gs_etd_coef(gs_sim *s);
void gs_etd_coef_of(size_t n, const double *decay, double h, double *c);
/* D [n_state] of the typical adult; false: out of memory. */
bool gs_etd_decay(gs_arena *a, const gs_kernel *k, double *out);
/* h times the largest rate left for which a step is taken */
#define GS_ETD_LONGEST 2.0
/* grad.c, for lanes that want one day of one body the scalar way: a whole day, and the
 * events of its morning, from g->z and g->s. */
bool gs_grid_day(gs_sim *s, const double *par, const double *lever, size_t n_step);
void gs_grid_fire(gs_sim *s, const double *par, const double *lever);
/* to += df/dpar of the free parameters, from g->jp */
void gs_grid_add_by_par(const gs_sim *s, double *to);

#endif
