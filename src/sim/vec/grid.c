/* The fixed daily grid for the bodies in one hardware vector: grad.c and etd.c again, over
 * the words of gutskin/vec.h, a body a lane. Double precision only.
 *
 * A step's four Jacobians depend on the values alone. So the values go first, all four
 * stages; then the derivatives, a few columns at a time through all four stages, so that
 * what is in flight stays in the nearest cache:
 *     K_i = (J_i + D) S_i + f_p,    S_i = e^(-c_i h D) S + h sum_j a_ij(hD) K_j.
 *
 * Days that are too stiff for one body (one in three hundred), come out as no number, or
 * begin with events are lived by that body the scalar way, from the same morning; its
 * neighbours notice nothing. */
#include "gutskin/vec.h"

#ifndef GS_VEC_SINGLE

#include "sim/grid.h"
#include "sim/vec/lay.h"

#include <string.h>

enum { WIDEST = 5, STAGES = GS_GRID_STAGES };

typedef struct columns {
    size_t from, n; /* columns from .. from + n, at [n_state][n] in s + n_state * from */
} columns;

typedef struct vgrid {
    gs_sim *sim;
    const gs_kernel *k;
    const gs_lanes *l;
    size_t n, m, n_jac, n_jp, n_block;
    V *z, *zn, *zs, *f;  /* [n], f [STAGES][n] */
    V *jac, *jp;         /* [STAGES][n_jac], [STAGES][n_jp] */
    V *w, *c, *par, *lever, *x, *y, *g, *row;
    V *ghost, *ghost_was, *dz;
    V *s0, *s1, *ss, *kk; /* columns this morning, tonight, at a stage; their slopes */
    V *z_more, *s_more;   /* for days of several steps */
    columns *block;
    uint32_t *jp_of, *jp_entry; /* [m + 1] first of a column, [..] entries of jp by column */
    bool slopes;
} vgrid;

static void *make(gs_arena *a, gs_sim *s, const gs_lanes *l)
{
    const gs_kernel *k = s->k;
    vgrid *v = GS_NEW(a, vgrid, 1);
    size_t n = k->n_state, m = 1, n_g = 1;
    if (!v)
        return NULL;
    for (size_t i = 0; i < k->n_par; i++)
        m += k->par[i].personal;
    for (size_t i = 0; i + (k->held != NULL) < k->n_see; i++)
        if (n_g < (size_t)(l->look_first[i + 1] - l->look_first[i]))
            n_g = (size_t)(l->look_first[i + 1] - l->look_first[i]);
    const wanted want[] = {
        {&v->z, n}, {&v->zn, n}, {&v->zs, n}, {&v->f, STAGES * n},
        {&v->jac, STAGES * k->n_jac}, {&v->jp, STAGES * k->n_jp}, {&v->w, l->n_w},
        {&v->c, l->n_c_slopes}, {&v->par, k->n_par}, {&v->lever, k->n_lever}, {&v->x, n},
        {&v->y, 1}, {&v->g, n_g}, {&v->row, m}, {&v->ghost, n}, {&v->ghost_was, n},
        {&v->dz, n}, {&v->s0, n * m}, {&v->s1, n * m}, {&v->ss, n * WIDEST},
        {&v->kk, STAGES * n * WIDEST}, {&v->z_more, n}, {&v->s_more, n * m},
    };
    v->block = GS_NEW(a, columns, m);
    v->jp_of = GS_NEW(a, uint32_t, m + 1);
    v->jp_entry = GS_NEW(a, uint32_t, k->n_jp + 1);
    if (!LAY(a, want) || !v->block || !v->jp_of || !v->jp_entry)
        return NULL;
    v->sim = s;
    v->k = k;
    v->l = l;
    v->n = n;
    v->n_jac = k->n_jac;
    v->n_jp = k->n_jp;
    return v;
}

/* ---- columns ---- */

/* blocks of nearly the same width, and each column's entries of jp */
static void lay_columns(vgrid *v, size_t m)
{
    const gs_grid *g = v->sim->grid;
    uint32_t at = 0;
    v->m = m;
    v->n_block = (m + WIDEST - 1) / WIDEST;
    for (size_t b = 0, from = 0; b < v->n_block; b++) {
        size_t left = v->n_block - b, n = (m - from + left - 1) / left;
        v->block[b] = (columns){from, n};
        from += n;
    }
    for (size_t c = 0; c < m; c++) {
        v->jp_of[c] = at;
        for (size_t e = 0; e < v->n_jp; e++)
            if (g->column[v->k->jp_par[e]] == (long)c)
                v->jp_entry[at++] = (uint32_t)e;
    }
    v->jp_of[m] = at;
}

/* the block that holds column c, and c's place in a row of it */
static V *column_of(const vgrid *v, V *s, size_t c, size_t *stride)
{
    const columns *b = v->block;
    while (c >= b->from + b->n)
        b++;
    *stride = b->n;
    return s + v->n * b->from + (c - b->from);
}

/* points (but for the first stage) and slopes of one block at all stages, and its end */
VEC void live_columns(vgrid *v, const double *coef, const columns b, const V *s0, V *s1)
{
    static const int use[4][3] = {{0},
                                  {GS_E_HALF, GS_A21, GS_NO_COEF},
                                  {GS_E_HALF, GS_A31, GS_A32},
                                  {GS_E_ONE, GS_A41, GS_A43}};
    const gs_grid *g = v->sim->grid;
    const uint16_t *col = v->k->jac_col;
    const size_t n = v->n, size = n * b.n;
    const V *const k1 = v->kk, *const k2 = k1 + size, *const k3 = k2 + size,
                  *const k4 = k3 + size;
#pragma GCC unroll 4
    for (size_t i = 0; i < STAGES; i++) {
        V *ki = v->kk + i * size;
        const V *at = i ? v->ss : s0, *kb = v->kk + (i ? i - 1 : 0) * size;
        const V *J = v->jac + i * v->n_jac, *jp = v->jp + i * v->n_jp;
        const double *c = coef;
        for (size_t q = 0; i && q < n; q++, c += GS_ETD_COEF) {
            const V cz = K(c[use[i][0]]), ca = K(c[use[i][1]]), cb = K(c[use[i][2]]);
#pragma GCC unroll 5
            for (size_t r = q * b.n; r < (q + 1) * b.n; r++)
                v->ss[r] = i > 1 ? cz * s0[r] + ca * k1[r] + cb * kb[r]
                                 : cz * s0[r] + ca * k1[r];
        }
        for (size_t q = 0, e = 0; q < n; q++) {
            const V d = K(g->decay[q]);
            V sum[WIDEST];
#pragma GCC unroll 5
            for (size_t r = 0; r < b.n; r++)
                sum[r] = d * at[q * b.n + r];
            for (; e < g->row_start[q + 1]; e++) {
                const V *other = at + col[e] * b.n, j = J[e];
#pragma GCC unroll 5
                for (size_t r = 0; r < b.n; r++)
                    sum[r] += j * other[r];
            }
#pragma GCC unroll 5
            for (size_t r = 0; r < b.n; r++)
                ki[q * b.n + r] = sum[r];
        }
        for (size_t r = 0; r < b.n; r++)
            for (uint32_t e = v->jp_of[b.from + r]; e < v->jp_of[b.from + r + 1]; e++)
                ki[v->k->jp_row[v->jp_entry[e]] * b.n + r] += jp[v->jp_entry[e]];
    }
    for (size_t q = 0; q < n; q++, coef += GS_ETD_COEF) {
        const V e = K(coef[GS_E_ONE]), b1 = K(coef[GS_B1]), b23 = K(coef[GS_B23]),
                b4 = K(coef[GS_B4]);
#pragma GCC unroll 5
        for (size_t r = q * b.n; r < (q + 1) * b.n; r++)
            s1[r] = e * s0[r] + b1 * k1[r] + b23 * (k2[r] + k3[r]) + b4 * k4[r];
    }
}

static void all_columns(vgrid *v, const double *coef)
{
    for (size_t i = 0; i < v->n_block; i++) {
        const columns b = v->block[i];
        const V *s0 = v->s0 + v->n * b.from;
        V *s1 = v->s1 + v->n * b.from;
        switch (b.n) {
        case 1: live_columns(v, coef, (columns){b.from, 1}, s0, s1); break;
        case 2: live_columns(v, coef, (columns){b.from, 2}, s0, s1); break;
        case 3: live_columns(v, coef, (columns){b.from, 3}, s0, s1); break;
        case 4: live_columns(v, coef, (columns){b.from, 4}, s0, s1); break;
        default: live_columns(v, coef, (columns){b.from, 5}, s0, s1); break;
        }
    }
}

/* ---- values ---- */

/* rates at `at`, with Jacobian and derivatives into their place of stage i where wanted */
static void look(vgrid *v, size_t i, const V *at, bool jac)
{
    const gs_held *h = v->k->held;
    V *f = v->f + i * v->n, *J = v->jac + i * v->n_jac, *jp = v->jp + i * v->n_jp;
    if (v->slopes)
        v->l->slopes(at, v->c, f, J, jp);
    else if (jac)
        v->l->jac(at, v->c, f, J);
    else
        v->l->rhs(at, v->c, f);
    if (!h)
        return;
    f[h->state] = K(h->at) - at[h->state];
    const uint32_t *row = v->sim->grid->row_start + h->state;
    for (uint32_t e = row[0]; e < row[1] && (jac || v->slopes); e++)
        J[e] = K(v->k->jac_col[e] == h->state ? -1 : 0);
    for (size_t e = 0; e < v->n_jp && v->slopes; e++)
        if (v->k->jp_row[e] == h->state)
            jp[e] = K(0);
}

/* f of stage i becomes N = f + D z */
static void add_decay(vgrid *v, size_t i, const V *at)
{
    const double *decay = v->sim->grid->decay;
    V *f = v->f + i * v->n;
    for (size_t q = 0; q < v->n; q++)
        f[q] += K(decay[q]) * at[q];
}

/* zn = end of the step from z, whose rates are known; true lanes are numbers */
static M step(vgrid *v, const double *coef)
{
    const size_t n = v->n;
    const V *n1 = v->f, *n2 = n1 + n, *n3 = n2 + n, *n4 = n3 + n;
    const double *c = coef;
    V broken = K(0);
    add_decay(v, 0, v->z);
    for (size_t q = 0; q < n; q++, c += GS_ETD_COEF)
        v->zs[q] = K(c[GS_E_HALF]) * v->z[q] + K(c[GS_A21]) * n1[q];
    look(v, 1, v->zs, false);
    add_decay(v, 1, v->zs);
    c = coef;
    for (size_t q = 0; q < n; q++, c += GS_ETD_COEF)
        v->zs[q] = K(c[GS_E_HALF]) * v->z[q] + K(c[GS_A31]) * n1[q] + K(c[GS_A32]) * n2[q];
    look(v, 2, v->zs, false);
    add_decay(v, 2, v->zs);
    c = coef;
    for (size_t q = 0; q < n; q++, c += GS_ETD_COEF)
        v->zs[q] = K(c[GS_E_ONE]) * v->z[q] + K(c[GS_A41]) * n1[q] + K(c[GS_A43]) * n3[q];
    look(v, 3, v->zs, false);
    add_decay(v, 3, v->zs);
    c = coef;
    for (size_t q = 0; q < n; q++, c += GS_ETD_COEF) {
        v->zn[q] = K(c[GS_E_ONE]) * v->z[q] + K(c[GS_B1]) * n1[q] +
                   K(c[GS_B23]) * (n2[q] + n3[q]) + K(c[GS_B4]) * n4[q];
        broken += v->zn[q] * K(0);
    }
    if (v->slopes)
        all_columns(v, coef);
    return EQ(broken, broken);
}

/* ---- how stiff is today? ---- */

VEC V length(size_t n, const V *x)
{
    V sum = K(0);
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return SQRT(sum);
}

/* largest rate of N by the Jacobian of stage 0 */
static V largest_rate(vgrid *v)
{
    const gs_grid *g = v->sim->grid;
    const uint16_t *col = v->k->jac_col;
    const size_t n = v->n;
    V rate = K(0);
    M on = EQ(rate, rate);
    memcpy(v->ghost_was, v->ghost, n * sizeof *v->ghost);
    for (int i = 0; i < 2; i++) {
        V before = length(n, v->ghost);
        for (size_t q = 0, e = 0; q < n; q++) {
            V sum = K(g->decay[q]) * v->ghost[q];
            for (; e < g->row_start[q + 1]; e++)
                sum += v->jac[e] * v->ghost[col[e]];
            v->dz[q] = sum;
        }
        V after = length(n, v->dz), by = K(1) / after;
        on = AND(on, AND(LT(K(0), after), LT(after, K(HUGE_VAL))));
        rate = SEL(on, after / before, rate);
        for (size_t q = 0; q < n; q++) /* a grain of everything keeps it alive */
            v->ghost[q] = SEL(on, v->dz[q] * by + K(1e-3), v->ghost[q]);
    }
    for (size_t q = 0, e = 0; q < n; q++)
        for (; e < g->row_start[q + 1]; e++)
            if (col[e] == q) {
                V r = ABS(v->jac[e] + K(g->decay[q]));
                rate = SEL(LT(r, K(HUGE_VAL)), MAX(rate, r), K(HUGE_VAL));
            }
    return rate;
}

/* ---- one lane the scalar way ---- */

static void lane_out(vgrid *v, size_t lane, V *s)
{
    gs_grid *g = v->sim->grid;
    for (size_t i = 0; i < v->n; i++)
        g->z[i] = COLUMN(v->z, i, lane);
    for (size_t c = 0; c < v->m; c++) {
        size_t stride;
        const V *from = column_of(v, s, c, &stride);
        for (size_t i = 0; i < v->n; i++)
            g->s[i * g->m + c] = COLUMN(from, i * stride, lane);
    }
}

static void lane_in(vgrid *v, size_t lane, V *z, V *s)
{
    const gs_grid *g = v->sim->grid;
    for (size_t i = 0; i < v->n; i++)
        COLUMN(z, i, lane) = g->z[i];
    for (size_t c = 0; c < v->m; c++) {
        size_t stride;
        V *to = column_of(v, s, c, &stride);
        for (size_t i = 0; i < v->n; i++)
            COLUMN(to, i * stride, lane) = g->s[i * g->m + c];
    }
}

/* a whole day of one lane, from z and s0 to zn and s1 */
static bool scalar_day(vgrid *v, size_t lane, const double *par, const double *lever,
                       size_t n_step)
{
    gs_grid *g = v->sim->grid;
    lane_out(v, lane, v->s0);
    for (size_t i = 0; i < v->n; i++)
        g->ghost[i] = COLUMN(v->ghost_was, i, lane);
    if (!gs_grid_day(v->sim, par, lever, n_step))
        return false;
    lane_in(v, lane, v->zn, v->s1);
    for (size_t i = 0; i < v->n; i++)
        COLUMN(v->ghost, i, lane) = g->ghost[i];
    return true;
}

/* ---- a path ---- */

typedef struct path {
    const gs_sim_grid *q;
    gs_sim_body *const *body;
    size_t n, n_step;
    unsigned alive; /* one bit a lane */
} path;

static void set_levers(vgrid *v, const path *p, const double *const *u)
{
    for (size_t lane = 0; lane < W; lane++) {
        const double *own = u[lane < p->n ? lane : 0];
        for (size_t i = 0; i < v->k->n_lever; i++)
            COLUMN(v->lever, i, lane) = own[i];
    }
    (v->slopes ? v->l->day_slopes : v->l->day)(v->par, v->lever, v->c);
}

/* dz/dpar of a resting start: -J dz/dpar = f_p, refined once */
static void start_columns(vgrid *v)
{
    const gs_kernel *k = v->k;
    const size_t n = v->n;
    const V zero = K(0);
    V *b = v->f + n, *r = v->dz;
    look(v, 0, v->z, true);
    v->l->factor(v->jac, &zero, v->w);
    for (size_t c = 0; c < v->m; c++) {
        size_t stride;
        V *s = column_of(v, v->s0, c, &stride);
        for (size_t i = 0; i < n; i++)
            b[i] = zero;
        for (uint32_t e = v->jp_of[c]; e < v->jp_of[c + 1]; e++)
            b[k->jp_row[v->jp_entry[e]]] += v->jp[v->jp_entry[e]];
        memcpy(r, b, n * sizeof *r);
        v->l->solve(v->w, r);
        for (size_t i = 0; i < n; i++)
            s[i * stride] = r[i];
        memcpy(r, b, n * sizeof *r);
        for (size_t e = 0; e < v->n_jac; e++)
            r[k->jac_row[e]] += v->jac[e] * s[k->jac_col[e] * stride];
        v->l->solve(v->w, r);
        for (size_t i = 0; i < n; i++)
            s[i * stride] += r[i];
    }
}

static void add_state(vgrid *v, size_t state, V by)
{
    for (size_t c = 0; c < v->m; c++) {
        size_t stride;
        const V *s = column_of(v, v->s0, c, &stride);
        v->row[c] += by * s[state * stride];
    }
}

/* the drive of a held state: log odds of t = z + tau z', kept inside (0, 1) */
static void see_drive(vgrid *v)
{
    const gs_kernel *k = v->k;
    const gs_held *h = k->held;
    const uint32_t *row = v->sim->grid->row_start + h->state;
    V *f = v->f + v->n, *J = v->jac + v->n_jac, *jp = v->jp + v->n_jp;
    if (v->slopes)
        v->l->slopes(v->z, v->c, f, J, jp);
    else
        v->l->rhs(v->z, v->c, f);
    V tau = v->par[h->tau], t = v->z[h->state] + tau * f[h->state];
    t = MIN(MAX(t, K(1e-12)), K(1 - 1e-12));
    v->y[0] = LOG(t / (K(1) - t));
    if (!v->slopes)
        return;
    V by = K(1) / (t * (K(1) - t));
    add_state(v, h->state, by);
    for (uint32_t e = row[0]; e < row[1]; e++)
        add_state(v, k->jac_col[e], by * tau * J[e]);
    for (size_t e = 0; e < v->n_jp; e++)
        if (k->jp_row[e] == h->state && v->sim->grid->column[k->jp_par[e]] >= 0)
            v->row[v->sim->grid->column[k->jp_par[e]]] += by * tau * jp[e];
}

static void see_one(vgrid *v, size_t i)
{
    const gs_lanes *l = v->l;
    for (size_t c = 0; c < v->m; c++)
        v->row[c] = K(0);
    if (v->k->held && i + 1 == v->k->n_see) {
        see_drive(v);
        return;
    }
    if (!v->slopes) {
        l->look(i, v->z, v->c, v->y);
        return;
    }
    l->look_slopes(i, v->z, v->c, v->y, v->g);
    for (size_t q = l->look_first[i]; q < l->look_first[i + 1]; q++) {
        V by = v->g[q - l->look_first[i]];
        if (l->look_var[q] < v->n) {
            add_state(v, l->look_var[q], by);
            continue;
        }
        long c = v->sim->grid->column[l->look_var[q] - v->n];
        if (c >= 0)
            v->row[c] += by;
    }
}

static void write_row(vgrid *v, const path *p, size_t at)
{
    const gs_sim_grid *q = p->q;
    for (size_t j = 0; j < q->n_pick; j++) {
        see_one(v, q->see[j]);
        for (size_t lane = 0; lane < p->n; lane++) {
            size_t place = at * q->n_pick + j;
            if (!(p->alive >> lane & 1))
                continue;
            p->body[lane]->y[place] = COLUMN(v->y, 0, lane);
            for (size_t c = 0; c < v->m; c++)
                p->body[lane]->dy[place * q->n_free + c] = COLUMN(v->row, c, lane);
        }
    }
    bool natural = false;
    for (size_t lane = 0; lane < p->n; lane++) {
        double *x = p->body[lane]->x;
        if (!x || !(p->alive >> lane & 1))
            continue;
        if (!natural)
            v->l->natural(v->z, v->x);
        natural = true;
        for (size_t i = 0; i < v->n; i++)
            x[at * v->n + i] = COLUMN(v->x, i, lane);
    }
}

static void fire_events(vgrid *v, const path *p, const double *const *u)
{
    for (size_t lane = 0; lane < p->n; lane++) {
        if (!(p->alive >> lane & 1))
            continue;
        lane_out(v, lane, v->s0);
        gs_grid_fire(v->sim, p->body[lane]->par, u[lane]);
        lane_in(v, lane, v->z, v->s0);
    }
}

static void swap(V **a, V **b)
{
    V *t = *a;
    *a = *b;
    *b = t;
}

/* the steps of a day: from z and s0, which stay, to zn and s1; lanes that are numbers */
static unsigned steps(vgrid *v, size_t n_step, const double *coef)
{
    V *const morning = v->z, *const s_morning = v->s0;
    unsigned good = MASK(step(v, coef));
    for (size_t i = 1; i < n_step; i++) {
        V *free_z = i == 1 ? v->z_more : v->z, *free_s = i == 1 ? v->s_more : v->s0;
        v->z = v->zn;
        v->s0 = v->s1;
        v->zn = free_z;
        v->s1 = free_s;
        look(v, 0, v->z, false);
        good &= MASK(step(v, coef));
    }
    if (n_step > 1) {
        v->z_more = v->z;
        v->s_more = v->s0;
        v->z = morning;
        v->s0 = s_morning;
    }
    return good;
}

/* from z and s0 this morning to z and s0 tonight */
static void day(vgrid *v, path *p, const double *const *u, const double *coef)
{
    look(v, 0, v->z, true);
    unsigned good = MASK(LE(largest_rate(v) * K(v->sim->grid->h), K(GS_ETD_LONGEST)));
    good &= p->alive;
    if (good)
        good &= steps(v, p->n_step, coef);
    for (unsigned left = p->alive & ~good; left; left &= left - 1) {
        unsigned lane = (unsigned)__builtin_ctz(left);
        if (!scalar_day(v, lane, p->body[lane]->par, u[lane], p->n_step)) {
            p->alive &= ~(1u << lane);
            p->body[lane]->status = GS_ENUM;
        }
    }
    swap(&v->z, &v->zn);
    swap(&v->s0, &v->s1);
}

/* lanes whose derivatives of the start are numbers */
static unsigned begin(vgrid *v, const path *p, const double *z0)
{
    const double *u[W] = {NULL};
    V broken = K(0);
    for (size_t lane = 0; lane < W; lane++) {
        size_t who = lane < p->n ? lane : 0; /* empty lanes follow the first */
        const gs_sim_body *b = p->body[who];
        for (size_t i = 0; i < v->k->n_par; i++)
            COLUMN(v->par, i, lane) = b->par[i];
        for (size_t i = 0; i < v->n; i++)
            COLUMN(v->z, i, lane) = z0[who * v->n + i];
        u[lane] = p->q->n_day && !p->q->settle ? b->lever : b->habit;
    }
    for (size_t i = 0; i < v->n; i++)
        v->ghost[i] = K(1);
    memset(v->s0, 0, v->n * v->m * sizeof *v->s0);
    if (!p->q->settle || !v->m)
        return ~0u;
    set_levers(v, p, u);
    start_columns(v);
    for (size_t i = 0; i < v->n * v->m; i++)
        broken += v->s0[i] * K(0);
    return MASK(EQ(broken, broken));
}

static unsigned run(void *self, const gs_sim_grid *q, size_t n, gs_sim_body *const *body,
                    const double *z0)
{
    vgrid *v = self;
    const double *coef = gs_etd_coef(v->sim), *u[W] = {NULL};
    path p = {.q = q, .body = body, .n = n, .alive = (1u << n) - 1,
              .n_step = v->sim->o.grid_steps ? v->sim->o.grid_steps : 1};
    v->slopes = q->slopes && q->n_free;
    lay_columns(v, v->slopes ? q->n_free : 0);
    unsigned lost = p.alive & ~begin(v, &p, z0);
    p.alive &= ~lost;
    for (size_t i = 0; i < n; i++)
        u[i] = q->n_day ? body[i]->lever : body[i]->habit;
    set_levers(v, &p, u);
    write_row(v, &p, 0);
    for (size_t d = 0; d < q->n_day && p.alive; d++) {
        for (size_t i = 0; i < n; i++)
            u[i] = body[i]->lever + d * v->k->n_lever;
        set_levers(v, &p, u);
        if (v->k->events)
            fire_events(v, &p, u);
        day(v, &p, u, coef);
        write_row(v, &p, d + 1);
    }
    return lost;
}

#define OPS {.n_lane = W, .make = make, .run = run}
#if defined GS_VEC_AT_plain
#define NAME gs_vec_grid_plain
#elif defined GS_VEC_AT_two
#define NAME gs_vec_grid_two
#elif defined GS_VEC_AT_avx2
#define NAME gs_vec_grid_avx2
#else
#define NAME gs_vec_grid_avx512
#endif
extern const gs_vec_grid_ops NAME;
const gs_vec_grid_ops NAME = OPS;

#else
typedef int gs_vec_grid_is_double_only;
#endif
