/* The arithmetic of lattice.c, once for each precision. The includer sets
 *   REAL   float or double       NODES  a multiple of 32 / sizeof(REAL)
 *   NAME(x)                      the name in this copy
 * Vectors of 32 bytes, no fused multiply-add, one order of summation: the same bits with
 * and without AVX2. */

typedef REAL NAME(vec) __attribute__((vector_size(32), aligned(sizeof(REAL))));
enum { NAME(LANES) = 32 / sizeof(REAL), NAME(NV) = NODES / NAME(LANES) };
#define VEC NAME(vec)
#define NV NAME(NV)

/* in pairs: eight additions one after the other would take as long as the vector's own */
INLINE REAL NAME(total)(VEC s)
{
    REAL even = s[0] + s[2], odd = s[1] + s[3];
    if (NAME(LANES) == 8) {
        even += s[4 % NAME(LANES)] + s[6 % NAME(LANES)];
        odd += s[5 % NAME(LANES)] + s[7 % NAME(LANES)];
    }
    return even + odd;
}

INLINE REAL NAME(sum)(const REAL *x)
{
    const VEC *v = (const VEC *)x;
    VEC s = v[0];
    for (int q = 1; q < NV; q++)
        s += v[q];
    return NAME(total)(s);
}

INLINE REAL NAME(dot)(const REAL *x, const REAL *y)
{
    const VEC *a = (const VEC *)x, *b = (const VEC *)y;
    VEC s = a[0] * b[0];
    for (int q = 1; q < NV; q++)
        s += a[q] * b[q];
    return NAME(total)(s);
}

/* out = x o y * by; returns the sum before scaling when by is 1 */
INLINE void NAME(times)(const REAL *x, const REAL *y, REAL by, REAL *out)
{
    const VEC *a = (const VEC *)x, *b = (const VEC *)y;
    VEC *o = (VEC *)out;
    for (int q = 0; q < NV; q++)
        o[q] = a[q] * b[q] * by;
}

/* out = p x + q y */
INLINE void NAME(blend)(REAL p, const REAL *x, REAL q, const REAL *y, REAL *out)
{
    const VEC *a = (const VEC *)x, *b = (const VEC *)y;
    VEC *o = (VEC *)out;
    for (int i = 0; i < NV; i++)
        o[i] = p * a[i] + q * b[i];
}

/* First and one past the last node of weight above `least`. */
INLINE void NAME(carried)(const REAL *w, REAL least, int *from, int *to)
{
    int a = 0, b = NODES;
    while (a + 1 < b && !(w[a] > least || w[a] < -least))
        a++;
    while (b > a + 1 && !(w[b - 1] > least || w[b - 1] < -least))
        b--;
    *from = a;
    *to = b;
}

/* out_j = sum_i w_i rows_ij, BLOCK vectors of columns in registers at a time */
INLINE void NAME(mix)(const REAL *rows, const REAL *w, REAL *out)
{
    enum { BLOCK = NV % 4 ? 3 : 4 };
    int from, to;
    NAME(carried)(w, (REAL)1e-15, &from, &to);
    for (int j = 0; j < NV; j += BLOCK) {
        VEC sum[BLOCK] = {{0}};
        for (int i = from; i < to; i++) {
            const VEC *r = (const VEC *)(rows + i * NODES) + j;
#pragma GCC unroll 4
            for (int b = 0; b < BLOCK; b++)
                sum[b] += w[i] * r[b];
        }
#pragma GCC unroll 4
        for (int b = 0; b < BLOCK; b++)
            ((VEC *)out)[j + b] = sum[b];
    }
}

/* The same, and outz_j = sum_i w_i z_i rows_ij */
INLINE void NAME(mix_twice)(const REAL *rows, const REAL *w, const REAL *z, REAL *out,
                            REAL *outz)
{
    enum { BLOCK = NV % 4 ? 3 : 4 };
    REAL wz[NODES];
    int from, to;
    NAME(carried)(w, (REAL)0, &from, &to);
    NAME(times)(w, z, 1, wz);
    for (int j = 0; j < NV; j += BLOCK) {
        VEC sum[BLOCK] = {{0}}, sumz[BLOCK] = {{0}};
        for (int i = from; i < to; i++) {
            const VEC *r = (const VEC *)(rows + i * NODES) + j;
#pragma GCC unroll 4
            for (int b = 0; b < BLOCK; b++) {
                sum[b] += w[i] * r[b];
                sumz[b] += wz[i] * r[b];
            }
        }
#pragma GCC unroll 4
        for (int b = 0; b < BLOCK; b++) {
            ((VEC *)out)[j + b] = sum[b];
            ((VEC *)outz)[j + b] = sumz[b];
        }
    }
}

/* ---- emissions: the chance of a score at every node ---- */

INLINE void NAME(odds_product)(const REAL *up, const REAL *down, REAL over,
                                         REAL under, REAL band, REAL *out)
{
    const VEC *u = (const VEC *)up, *d = (const VEC *)down;
    VEC *e = (VEC *)out;
    for (int q = 0; q < NV; q++)
        e[q] = band / ((1 + over * u[q]) * (1 + under * d[q]));
}

/* chances of lying above the upper and below the lower cut; infinite odds are 1 */
INLINE void NAME(odds_shares)(const REAL *up, const REAL *down, REAL over,
                                        REAL under, REAL *out_over, REAL *out_under)
{
    const VEC *u = (const VEC *)up, *d = (const VEC *)down;
    VEC *a = (VEC *)out_over, *b = (VEC *)out_under;
    for (int q = 0; q < NV; q++) {
        a[q] = 1 - 1 / (1 + over * u[q]);
        b[q] = 1 - 1 / (1 + under * d[q]);
    }
}

/* Odds of lying above the upper and below the lower cut at z = 0, and the band's share:
 * logistic(a) - logistic(b) = logistic(a) logistic(-b) (1 - e^(b - a)). */
INLINE int NAME(odds)(const lattice *f, const lattice_series *s, size_t c, double value,
                      double up, REAL *over, REAL *under, double *band)
{
    const double *odds = f->odds + 3 * c * LINK_MAX_CAT;
    int k = link_category(s->l, value);
    double above = up * odds[k], below = odds[LINK_MAX_CAT + k] / up;
    *over = (REAL)(above < 1e30 ? above : 1e30); /* fmin() would be a call */
    *under = (REAL)(below < 1e30 ? below : 1e30);
    *band = odds[2 * LINK_MAX_CAT + k];
    return k;
}

/* Counts; with m the mean at z = 0,
 *     ln p = c + value (eta + sd z) - (value + phi) ln(phi + m e^(sd z)) */
INLINE double NAME(emit_count)(const lattice *f, const nuisance *v, const REAL *up,
                               double value, double eta, double m, REAL *e)
{
    double phi = v->noise;
    double c = lgamma(value + phi) - lgamma(phi) - lgamma(value + 1) + phi * log(phi);
    const VEC *u = (const VEC *)up, *z = (const VEC *)f->node_r;
    VEC *x = (VEC *)e;
    REAL by_z = (REAL)(value * v->sd), both = (REAL)(value + phi), top = -(REAL)1e30;
    /* about the top, which lies near mean = value: small numbers for float */
    double base = value * eta - (value + phi) * log(phi + m);
    for (int q = 0; q < NV; q++)
        x[q] = by_z * z[q] - both * LOG((REAL)(phi / (phi + m)) + (REAL)(m / (phi + m)) * u[q]);
    for (int i = 0; i < NODES; i++)
        top = e[i] > top ? e[i] : top;
    for (int q = 0; q < NV; q++)
        x[q] = EXP(x[q] - top);
    return c + base + (double)top;
}

/* by the latent, by phi; weights w */
INLINE double NAME(collect_count)(const lattice *f, const nuisance *v, const REAL *up,
                                  double value, double m, const REAL *w, nuisance *g)
{
    double phi = v->noise;
    double dc = num_digamma(value + phi) - num_digamma(phi) + 1 + log(phi / (phi + m));
    const VEC *u = (const VEC *)up, *z = (const VEC *)f->node_r, *wv = (const VEC *)w;
    REAL a = (REAL)(phi / (phi + m)), b = (REAL)(m / (phi + m));
    REAL both = (REAL)((value + phi) / (phi + m)), mu0 = (REAL)m, y = (REAL)value;
    VEC eta_sum = {0}, sd_sum = {0}, phi_sum = {0};
    for (int q = 0; q < NV; q++) {
        VEC all = a + b * u[q], share = both / all;
        VEC d = wv[q] * (y - share * (mu0 * u[q]));
        eta_sum += d;
        sd_sum += d * z[q];
        phi_sum += wv[q] * ((REAL)dc - LOG(all) - share);
    }
    g->sd += (double)NAME(total)(sd_sum);
    g->noise += (double)NAME(total)(phi_sum);
    return (double)NAME(total)(eta_sum);
}

/* Chances into e, up to the factor whose logarithm is returned. */
INLINE double NAME(emit)(const lattice *f, const lattice_series *s, size_t c, size_t i,
                         double eta, double up_eta, REAL *e)
{
    const link *l = s->l;
    const nuisance *v = &s->v;
    const REAL *up = (const REAL *)f->up + c * 2 * NODES;
    double value = s->t->value[i];
    if (l->kind == LINK_ORDERED) {
        REAL over, under;
        double band;
        NAME(odds)(f, s, c, value, up_eta, &over, &under, &band);
        NAME(odds_product)(up, up + NODES, over, under, (REAL)band, e);
        return 0;
    }
    if (l->kind == LINK_COUNT)
        return NAME(emit_count)(f, v, up, value, eta, up_eta, e);
    double x[NODES], top = -HUGE_VAL, c0 = 0;
    {
        double sharp = LATTICE_SHARPEST * v->sd;
        double var = v->noise * v->noise + s->t->round_var[i] + sharp * sharp;
        c0 = -0.5 * log(2 * M_PI * var);
        for (int q = 0; q < NODES; q++) {
            double r = s->t->y[i] - eta - v->sd * f->node[q];
            x[q] = -0.5 * r * r / var;
        }
    }
    for (int q = 0; q < NODES; q++)
        top = x[q] > top ? x[q] : top;
    for (int q = 0; q < NODES; q++)
        e[q] = (REAL)exp(x[q] - top);
    return c0 + top;
}

/* Expected slopes of one score's ln chance under weights w: by the latent (returned),
 * the rest added to g. */
INLINE double NAME(collect)(const lattice *f, lattice_series *s, size_t c, size_t i,
                            double eta, double up_eta, const REAL *w)
{
    const link *l = s->l;
    const nuisance *v = &s->v;
    nuisance *g = &s->g;
    const REAL *up = (const REAL *)f->up + c * 2 * NODES, *node = f->node_r;
    double value = s->t->value[i];
    REAL a[NODES], b[NODES];
    if (l->kind == LINK_ORDERED) {
        REAL over, under;
        double band;
        int k = NAME(odds)(f, s, c, value, up_eta, &over, &under, &band);
        int top = (int)l->n_cat - 1;
        NAME(odds_shares)(up, up + NODES, over, under, a, b);
        NAME(times)(a, w, 1, a);
        NAME(times)(b, w, 1, b);
        double high = (double)NAME(sum)(a), low = (double)NAME(sum)(b), both = 0;
        g->sd += (double)NAME(dot)(b, node) - (double)NAME(dot)(a, node);
        if (k > 0 && k < top)
            both = (double)NAME(sum)(w) * (1 / band - 1); /* 1 / (e^gap - 1) */
        if (k < top)
            g->cut[k] += high + both;
        if (k > 0)
            g->cut[k - 1] -= low + both;
        return low - high;
    }
    if (l->kind == LINK_COUNT)
        return NAME(collect_count)(f, v, up, value, up_eta, w, g);
    double by_eta = 0;
    double sharp = LATTICE_SHARPEST * v->sd;
    double var = v->noise * v->noise + s->t->round_var[i] + sharp * sharp;
    for (int q = 0; q < NODES; q++) {
        double r = s->t->y[i] - eta - v->sd * f->node[q], d = (double)w[q] * r / var;
        double by_var = (double)w[q] * (r * r / var - 1) / var; /* by var, twice */
        by_eta += d;
        g->sd += d * f->node[q] + by_var * LATTICE_SHARPEST * sharp;
        g->noise += by_var * v->noise;
    }
    return by_eta;
}

/* ---- the passes ---- */

#define AT(p, i, c, s) \
    ((REAL *)(p) + ((((i) * f->n_series + (c)) * f->n_regime) + (s)) * NODES)

/* Row i of the transition, and the mean of x (z - rho x / q) under it; by = 1 / (2 q). Chances
 * below e^-39 of the largest are none, as in filter_transition_row. */
INLINE REAL NAME(row)(const REAL *node, REAL rho, REAL by, int i, REAL *row)
{
    const VEC *z = (const VEC *)node;
    VEC *out = (VEC *)row, x[NV], sum = {0}, mean = {0};
    REAL from = rho * node[i];
    for (int v = 0; v < NV; v++) {
        x[v] = z[v] - from;
        VEC power = -by * x[v] * x[v], chance = EXP(power);
        __typeof__(power > -39) some = power > -39;
        out[v] = (VEC)((__typeof__(some))chance & some);
        sum += out[v];
        mean += out[v] * x[v] * (node[i] - (2 * rho * by) * x[v]);
    }
    REAL all = 1 / NAME(total)(sum);
    for (int v = 0; v < NV; v++)
        out[v] *= all;
    return NAME(total)(mean) * all;
}

BEST_COPY static void NAME(prepare)(lattice *f, const lattice_series *s)
{
    for (size_t c = 0; c < f->n_series; c++) {
        const track *t = s[c].t;
        REAL *up = (REAL *)f->up + c * 2 * NODES;
        for (int q = 0; q < NODES; q++) {
            double e = exp(s[c].v.sd * f->node[q]);
            up[q] = (REAL)e;
            up[NODES + q] = (REAL)(1 / e);
        }
        for (size_t k = 0; k < t->n_kind; k++) {
            size_t place = (c * f->n_kind + k) * NODES * NODES;
            REAL *step = (REAL *)f->step + place, *back = (REAL *)f->back + place;
            REAL *score = (REAL *)f->row_score + (c * f->n_kind + k) * NODES;
            double rho = exp(-t->gap[k] / s[c].v.tau), q = 1 - rho * rho;
            f->rho[c * f->n_kind + k] = rho;
            memset(step, 0, NODES * NODES * sizeof *step);
            memset(back, 0, NODES * NODES * sizeof *back);
            for (int i = 0; i < NODES / 2 && sizeof(REAL) == 4; i++) {
                REAL *row = step + i * NODES, mean;
                int twin = NODES - 1 - i;
                mean = NAME(row)(f->node_r, (REAL)rho, (REAL)(0.5 / q), i, row);
                for (int j = 0; j < NODES; j++) {
                    step[twin * NODES + NODES - 1 - j] = row[j];
                    back[j * NODES + i] = back[(NODES - 1 - j) * NODES + twin] = row[j];
                }
                score[i] = score[twin] = mean / (REAL)q;
            }
            for (int i = 0; i < NODES / 2 && sizeof(REAL) > 4; i++) { /* T(-i, -j) = T(i, j) */
                double row[NODES], z = f->node[i], mean = 0;
                int from, to, twin = NODES - 1 - i;
                filter_transition_row(NODES, f->node, rho, i, row, &from, &to);
                for (int j = from; j < to; j++) {
                    double x = f->node[j] - rho * z;
                    REAL v = (REAL)row[j];
                    mean += row[j] * x * (z - rho * x / q);
                    step[i * NODES + j] = step[twin * NODES + NODES - 1 - j] = v;
                    back[j * NODES + i] = back[(NODES - 1 - j) * NODES + twin] = v;
                }
                score[i] = score[twin] = (REAL)(mean / q);
            }
        }
    }
}

/* Chances before mixing -> mixed, for series c entering regime s at step i. */
INLINE void NAME(mixed)(const lattice *f, size_t i, size_t c, size_t s, REAL *out)
{
    const REAL *was = AT(f->a, i - 1, c, 0);
    if (f->n_regime == 1) {
        memcpy(out, was, NODES * sizeof *out);
        return;
    }
    const double *pi = f->pi + (i - 1) * 2, *M = f->move + i * 4;
    double before = f->before[i * 2 + s];
    double w0 = before > 0 ? pi[0] * M[s] / before : 0.5;
    NAME(blend)((REAL)w0, was, (REAL)(1 - w0), was + NODES, out);
}

BEST_COPY static double NAME(forward)(lattice *f, const lattice_series *s)
{
    size_t R = f->n_regime, n = s[0].t->n;
    double total = 0;
    REAL mixed[NODES];
    NAME(prepare)(f, s);
    for (size_t i = 0; i < n; i++) {
        double chance[2] = {1, 1}, shift = 0, q[2], L = 0;
        for (size_t c = 0; c < f->n_series; c++) {
            bool seen = !isnan(s[c].t->value[i]);
            double top[2] = {0, 0};
            for (size_t r = 0; r < R; r++) {
                REAL *now = AT(f->a, i, c, r);
                if (!(fabs(s[c].eta[r][i]) < 200))
                    return -HUGE_VAL;
                if (i == 0) {
                    memcpy(now, f->start_r, NODES * sizeof *now);
                } else {
                    NAME(mixed)(f, i, c, r, mixed);
                    NAME(mix)((const REAL *)f->step +
                                  (c * f->n_kind + s[c].t->kind[i]) * NODES * NODES,
                              mixed, now);
                }
                if (!seen)
                    continue;
                REAL *e = AT(f->chance, i, c, r);
                double *up_eta = f->up_eta + (i * f->n_series + c) * 2 + r;
                *up_eta = s[c].l->kind == LINK_NORMAL ? 0 : exp(s[c].eta[r][i]);
                top[r] = NAME(emit)(f, &s[c], c, i, s[c].eta[r][i], *up_eta, e);
                NAME(times)(now, e, 1, now);
                double sum = (double)NAME(sum)(now);
                if (!(sum > (sizeof(REAL) == 4 ? 1e-30 : 1e-280)) || !isfinite(sum)) {
                    if (R == 1 || !isfinite(sum))
                        return -HUGE_VAL;
                    sum = 1e-300; /* impossible in this regime: the other must do */
                    memcpy(now, f->start_r, NODES * sizeof *now);
                    memset(e, 0, NODES * sizeof *e);
                } else {
                    NAME(times)(now, f->one_r, (REAL)(1 / sum), now);
                    NAME(times)(e, f->one_r, (REAL)(1 / sum), e);
                }
                chance[r] *= sum;
            }
            if (!seen)
                continue;
            double most = R == 2 && top[1] > top[0] ? top[1] : top[0];
            shift += most;
            for (size_t r = 0; r < R; r++)
                chance[r] *= exp(top[r] - most);
        }
        for (size_t r = 0; r < R; r++)
            L += q[r] = f->before[i * 2 + r] * chance[r];
        if (!(L > 0) || !isfinite(L))
            return -HUGE_VAL;
        for (size_t r = 0; r < R; r++)
            f->pi[i * 2 + r] = q[r] / L;
        f->chance_of[i * 2] = chance[0] / L;
        f->chance_of[i * 2 + 1] = chance[1] / L;
        f->log_chance[i] = log(L) + shift;
        total += f->log_chance[i];
        if (R == 2 && i + 1 < n)
            for (size_t r = 0; r < 2; r++)
                f->before[(i + 1) * 2 + r] = f->pi[i * 2] * f->move[(i + 1) * 4 + r] +
                                             f->pi[i * 2 + 1] * f->move[(i + 1) * 4 + 2 + r];
    }
    return isfinite(total) ? total : -HUGE_VAL;
}

/* d ln L / d rho of one transition of series c, from the mixed chances b (before), the
 * adjoint x of the chances after (Tx, Tzx: carried back) and sum after o x o z^2. */
INLINE double NAME(rho_slope)(const lattice *f, size_t c, size_t kind, double rho,
                              const REAL *b, const REAL *Tx, const REAL *Tzx, double nn)
{
    const VEC *m = (const VEC *)((const REAL *)f->row_score + (c * f->n_kind + kind) * NODES);
    const VEC *bv = (const VEC *)b, *t = (const VEC *)Tx, *tz = (const VEC *)Tzx;
    const VEC *z = (const VEC *)f->node_r;
    VEC zn_sum = {0}, zz_sum = {0}, mean_sum = {0};
    double q = 1 - rho * rho;
    for (int i = 0; i < NV; i++) {
        VEC bt = bv[i] * t[i];
        zn_sum += bv[i] * z[i] * tz[i];
        zz_sum += bt * z[i] * z[i];
        mean_sum += bt * m[i];
    }
    double zn = (double)NAME(total)(zn_sum), zz = (double)NAME(total)(zz_sum);
    double mean = (double)NAME(total)(mean_sum);
    double miss = nn - 2 * rho * zn + rho * rho * zz;
    return (zn - rho * zz) / q - rho * miss / (q * q) - mean;
}

BEST_COPY static void NAME(backward)(lattice *f, lattice_series *s, const lattice_hazard *h)
{
    size_t R = f->n_regime, K = f->n_series, n = s[0].t->n;
    bool slopes = s[0].d_eta[0] != NULL;
    double p[2] = {0, 0}; /* adjoint of pi after step i */
    REAL *A = (REAL *)f->adjoint; /* [series][regime][NODES] of a after step i */
    memset(A, 0, K * R * NODES * sizeof *A);
    for (size_t i = n; i-- > 0;) {
        const double *pi = f->pi + i * 2;
        double mean = R == 2 ? pi[0] * p[0] + pi[1] * p[1] : p[0], w[2], adj_before[2];
        for (size_t r = 0; r < R; r++) {
            w[r] = pi[r] * (p[r] - mean + 1);
            adj_before[r] = (p[r] - mean + 1) * f->chance_of[i * 2 + r];
            f->weight[i * 2 + r] = w[r];
        }
        double adj_mu[4] = {0}; /* of the share that came from r0 among r1: [r0][r1] */
        REAL next[2 * NODES];
        for (size_t c = 0; c < K; c++) {
            bool seen = !isnan(s[c].t->value[i]);
            for (int q = 0; R == 2 && q < 2 * NV; q++) /* memset is slower */
                ((VEC *)next)[q] = (VEC){0};
            for (size_t r = 0; r < R; r++) {
                const REAL *a = AT(f->a, i, c, r);
                REAL *x = A + (c * R + r) * NODES, *gamma = AT(f->gamma, i, c, r);
                REAL shift = (REAL)(w[r] - (double)NAME(dot)(a, x));
                if (seen || !slopes) {
                    const VEC *xv = (const VEC *)x;
                    VEC *gv = (VEC *)gamma;
                    for (int q = 0; q < NV; q++)
                        gv[q] = xv[q] + shift;
                    NAME(times)(gamma, a, 1, gamma);
                }
                if (slopes && s[c].d_eta[r])
                    s[c].d_eta[r][i] = 0;
                double nn;
                if (seen) {
                    if (slopes)
                        s[c].d_eta[r][i] =
                            NAME(collect)(f, &s[c], c, i, s[c].eta[r][i],
                                          f->up_eta[(i * K + c) * 2 + r], gamma);
                    VEC *xv = (VEC *)x;
                    for (int q = 0; q < NV; q++)
                        xv[q] = xv[q] + shift;
                    NAME(times)(x, AT(f->chance, i, c, r), 1, x);
                    nn = (double)NAME(dot)(gamma, f->square_r);
                } else {
                    REAL t[NODES];
                    NAME(times)(a, x, 1, t);
                    nn = (double)NAME(dot)(t, f->square_r);
                }
                if (i == 0)
                    continue;
                size_t kind = s[c].t->kind[i];
                REAL Tx[NODES], Tzx[NODES], b[NODES];
                NAME(mix_twice)((const REAL *)f->back +
                                    (c * f->n_kind + kind) * NODES * NODES,
                                x, f->node_r, Tx, Tzx);
                if (slopes) {
                    double gap = s[c].t->gap[kind], rho = f->rho[c * f->n_kind + kind];
                    NAME(mixed)(f, i, c, r, b);
                    s[c].g.tau += NAME(rho_slope)(f, c, kind, rho, b, Tx, Tzx, nn) * rho *
                                  gap / (s[c].v.tau * s[c].v.tau);
                }
                if (R == 1) {
                    memcpy(next, Tx, NODES * sizeof *next);
                    continue;
                }
                const double *was = f->pi + (i - 1) * 2, *M = f->move + i * 4;
                double before = f->before[i * 2 + r];
                for (size_t r0 = 0; r0 < 2; r0++) {
                    double mu = before > 0 ? was[r0] * M[r0 * 2 + r] / before : 0.5;
                    adj_mu[r0 * 2 + r] +=
                        (double)NAME(dot)(AT(f->a, i - 1, c, r0), Tx);
                    NAME(blend)(1, next + r0 * NODES, (REAL)mu, Tx, next + r0 * NODES);
                }
            }
            if (i > 0)
                memcpy(A + c * R * NODES, next, R * NODES * sizeof *next);
        }
        if (R == 1)
            continue;
        if (i == 0) {
            if (slopes && h && h->d_enter)
                start_slope(f, s[0].t->day[0], adj_before, h);
            break;
        }
        /* before(r) = sum pi(r0) M(r0, r), mu(r0|r) = pi(r0) M(r0, r) / before(r) */
        const double *was = f->pi + (i - 1) * 2, *M = f->move + i * 4;
        double adj_M[4];
        p[0] = p[1] = 0;
        for (size_t r = 0; r < 2; r++) {
            double before = fmax(f->before[i * 2 + r], 1e-300), through = adj_before[r];
            for (size_t r0 = 0; r0 < 2; r0++)
                through -= adj_mu[r0 * 2 + r] * was[r0] * M[r0 * 2 + r] / (before * before);
            for (size_t r0 = 0; r0 < 2; r0++) {
                double by = adj_mu[r0 * 2 + r] / before + through;
                adj_M[r0 * 2 + r] = by * was[r0];
                p[r0] += by * M[r0 * 2 + r];
            }
        }
        if (slopes && h && h->d_enter)
            move_slope(f, s[0].t, i, adj_M, h);
    }
}

static void NAME(fill_real)(lattice *f)
{
    REAL *node = f->node_r, *square = f->square_r, *one = f->one_r, *start = f->start_r;
    double sum = 0;
    for (int i = 0; i < NODES; i++)
        sum += exp(-0.5 * f->node[i] * f->node[i]);
    for (int i = 0; i < NODES; i++) {
        node[i] = (REAL)f->node[i];
        square[i] = (REAL)(f->node[i] * f->node[i]);
        one[i] = 1;
        start[i] = (REAL)(exp(-0.5 * f->node[i] * f->node[i]) / sum);
    }
}

static void NAME(chances)(const lattice *f, size_t i, size_t c, bool smoothed, double *out)
{
    for (size_t r = 0; r < f->n_regime; r++) {
        const REAL *x = AT(smoothed ? f->gamma : f->a, i, c, r);
        double by = smoothed || f->n_regime == 1 ? 1 : f->pi[i * 2 + r];
        for (int q = 0; q < NODES; q++) {
            double v = by * (double)x[q];
            out[r * NODES + (size_t)q] = v > 0 ? v : 0;
        }
    }
}

#undef VEC
#undef NV
#undef AT
