/* The axis as the model compiler emits it (its scalar C, included below), for integrators
 * that call compiled right-hand sides: R's deSolve and SciPy's LSODA. Reads the people that
 * bench_engine wrote, and writes back where they came to:
 *
 *     in    n_people n_day n_state n_par n_lever as doubles, then par [people][n_par],
 *           x0 [people][n_state] natural, lever [people][n_day][n_lever]
 *     out   x [people][n_day][n_state] natural, the end of each day
 *
 * All arguments are pointers, as R's .C wants them. */
#include GS_EMITTED /* gen/axis.c of the build */

#include <stdio.h>

#include <stdlib.h>

/* the vector forms that the kernel lists are not linked here */
const gs_lanes gs_axis_plain_d, gs_axis_plain_f, gs_axis_two_d, gs_axis_two_f, gs_axis_avx2_d,
    gs_axis_avx2_f, gs_axis_avx512_d, gs_axis_avx512_f;

static struct {
    size_t people, days, states, pars, levers;
    double *par, *x0, *lever, *out, *dz, *j;
    const double *p, *u; /* whose turn it is, and their levers today */
    size_t who;
    const gs_kernel *k;
} me;

void peer_open(char **file, int *out_size);
void peer_start(int *person, double *z);
void peer_day(int *day);
void peer_keep(int *day, const double *z);
void peer_save(char **file);
void peer_init(void (*par)(int *, double *));
void peer_derivs(int *n, double *t, double *z, double *dz, double *out, int *ip);
void peer_jac(int *n, double *t, double *z, int *ml, int *mu, double *pd, int *rows,
              double *out, int *ip);
void peer_event(int *n, double *t, double *z);
void peer_f(int *n, double *t, double *z, double *dz);
void peer_j(int *n, double *t, double *z, int *ml, int *mu, double *pd, int *rows);

static double *take(FILE *f, size_t n)
{
    double *p = malloc(n * sizeof *p + 1);
    if (!p || fread(p, sizeof *p, n, f) != n)
        exit(1);
    return p;
}

/* out_size [3]: people, days, states */
void peer_open(char **file, int *out_size)
{
    FILE *f = fopen(*file, "rb");
    if (!f)
        exit(1);
    double *h = take(f, 5);
    me.people = (size_t)h[0];
    me.days = (size_t)h[1];
    me.states = (size_t)h[2];
    me.pars = (size_t)h[3];
    me.levers = (size_t)h[4];
    me.par = take(f, me.people * me.pars);
    me.x0 = take(f, me.people * me.states);
    me.lever = take(f, me.people * me.days * me.levers);
    me.out = calloc(me.people * me.days * me.states, sizeof *me.out);
    me.k = gs_axis();
    me.dz = calloc(me.states, sizeof *me.dz);
    me.j = calloc(me.k->n_jac, sizeof *me.j);
    if (!me.out || !me.dz || !me.j || me.states != me.k->n_state)
        exit(1);
    for (int i = 0; i < 3; i++)
        out_size[i] = (int)h[i];
    fclose(f);
    free(h);
}

void peer_day(int *day)
{
    me.u = me.lever + (me.who * me.days + (size_t)*day) * me.levers;
}

/* persons and days count from 0 */
void peer_start(int *person, double *z)
{
    int first = 0;
    me.who = (size_t)*person;
    me.p = me.par + me.who * me.pars;
    peer_day(&first);
    for (size_t i = 0; i < me.states; i++) {
        double x = me.x0[me.who * me.states + i];
        z[i] = me.k->state[i].is_log ? log(x) : x;
    }
}

void peer_keep(int *day, const double *z)
{
    double *x = me.out + (me.who * me.days + (size_t)*day) * me.states;
    for (size_t i = 0; i < me.states; i++)
        x[i] = me.k->state[i].is_log ? exp(z[i]) : z[i];
}

void peer_save(char **file)
{
    size_t n = me.people * me.days * me.states;
    FILE *f = fopen(*file, "wb");
    if (!f || fwrite(me.out, sizeof *me.out, n, f) != n || fclose(f))
        exit(1);
}

/* ---- what LSODA calls ---- */

void peer_f(int *n, double *t, double *z, double *dz)
{
    (void)n, (void)t;
    me.k->rhs(me.k, z, me.p, me.u, dz);
}

void peer_j(int *n, double *t, double *z, int *ml, int *mu, double *pd, int *rows)
{
    (void)n, (void)t, (void)ml, (void)mu;
    me.k->jac(me.k, z, me.p, me.u, me.dz, me.j, NULL);
    for (size_t e = 0; e < me.k->n_jac; e++) /* pd comes in zeroed */
        pd[me.k->jac_row[e] + (size_t)me.k->jac_col[e] * (size_t)*rows] = me.j[e];
}

void peer_init(void (*par)(int *, double *))
{
    (void)par;
}

void peer_derivs(int *n, double *t, double *z, double *dz, double *out, int *ip)
{
    (void)out, (void)ip;
    peer_f(n, t, z, dz);
}

void peer_jac(int *n, double *t, double *z, int *ml, int *mu, double *pd, int *rows,
              double *out, int *ip)
{
    (void)out, (void)ip;
    peer_j(n, t, z, ml, mu, pd, rows);
}

/* midnight: levers jump, states do not */
void peer_event(int *n, double *t, double *z)
{
    int day = (int)(*t + 0.5);
    (void)n, (void)z;
    if ((size_t)day < me.days)
        peer_day(&day);
}
