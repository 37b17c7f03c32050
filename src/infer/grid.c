/* Grid filter: a hidden Markov chain on GRID_N nodes of the standard residual z.
 *
 *     T(i,j) = K(i,j) / sum_j K(i,j),  K = exp(-(z_j - rho z_i)^2 / (2 (1 - rho^2)))
 *     alpha_t = (alpha_{t-1} T) o e_t / c_t,  ln L = sum ln c_t
 *
 * On even nodes the trapezoid rule is accurate far beyond its order for smooth bell
 * shapes: with the narrowest kernel allowed (tau 60 d, one day: sd 0.181, 0.9 spacings)
 * it errs by about 2 exp(-2 pi^2 0.9^2) = 3e-7 a step, with tau 30 d by 5e-14. Rows are
 * normalised, so the grid is a Markov chain in its own right and every derivative below
 * is exact for it. A score much sharper than a spacing (counts above a hundred with
 * hardly any noise) would need more nodes.
 *
 * Dropped: expanding in Hermite functions, which would make T diagonal; a narrow filtered
 * state far from zero needs more terms than the grid has nodes.
 *
 * The two products with T take most of the time of a fit. They are written on vectors of
 * four doubles; where the machine has AVX2 the loader picks that copy. No fused
 * multiply-add, one order of summation: every copy gives the same bits. */
#include "infer/grid.h"
#include "infer/num.h"

#include <math.h>
#include <string.h>

typedef double four __attribute__((vector_size(32), aligned(8)));

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define BEST_COPY __attribute__((target_clones("avx2", "default")))
#else
#define BEST_COPY
#endif

enum { BLOCK = 16, QUADS = GRID_N / 4 };

/* Nodes that carry weight: first and one past the last above `least`. */
typedef struct span {
    size_t from, to;
} span;

static span carried(const double *w, double least)
{
    span s = {0, GRID_N};
    while (s.from + 1 < s.to && !(w[s.from] > least))
        s.from++;
    while (s.to > s.from + 1 && !(w[s.to - 1] > least))
        s.to--;
    return s;
}

/* out = sum_i w[i] rows[i][.] over a span of rows; BLOCK columns at a time in registers */
BEST_COPY static void mix_rows(const double *rows, const double *w, span s, double *out)
{
    for (size_t j = 0; j < GRID_N; j += BLOCK) {
        four a = {0}, b = {0}, c = {0}, d = {0};
        for (size_t i = s.from; i < s.to; i++) {
            const four *r = (const four *)(rows + i * GRID_N + j);
            a += w[i] * r[0];
            b += w[i] * r[1];
            c += w[i] * r[2];
            d += w[i] * r[3];
        }
        four *o = (four *)(out + j);
        o[0] = a;
        o[1] = b;
        o[2] = c;
        o[3] = d;
    }
}

/* The same, and outz = sum_i w[i] z[i] rows[i][.] */
BEST_COPY static void mix_rows_twice(const double *rows, const double *w, const double *z,
                                     span s, double *out, double *outz)
{
    double wz[GRID_N];
    for (size_t i = s.from; i < s.to; i++)
        wz[i] = w[i] * z[i];
    for (size_t j = 0; j < GRID_N; j += BLOCK) {
        four a = {0}, b = {0}, c = {0}, d = {0}, az = {0}, bz = {0}, cz = {0}, dz = {0};
        for (size_t i = s.from; i < s.to; i++) {
            const four *r = (const four *)(rows + i * GRID_N + j);
            a += w[i] * r[0];
            b += w[i] * r[1];
            c += w[i] * r[2];
            d += w[i] * r[3];
            az += wz[i] * r[0];
            bz += wz[i] * r[1];
            cz += wz[i] * r[2];
            dz += wz[i] * r[3];
        }
        four *o = (four *)(out + j), *oz = (four *)(outz + j);
        o[0] = a;
        o[1] = b;
        o[2] = c;
        o[3] = d;
        oz[0] = az;
        oz[1] = bz;
        oz[2] = cz;
        oz[3] = dz;
    }
}

static double sum_of(const four *v)
{
    return ((*v)[0] + (*v)[1]) + ((*v)[2] + (*v)[3]);
}

/* x o y into x; returns the sum. */
BEST_COPY static double times(double *x, const double *y)
{
    four *a = (four *)x, sum = {0};
    const four *b = (const four *)y;
    for (size_t q = 0; q < QUADS; q++)
        sum += a[q] *= b[q];
    return sum_of(&sum);
}

BEST_COPY static void scale(double *x, double by)
{
    for (four *a = (four *)x, *end = a + QUADS; a < end; a++)
        *a *= by;
}

BEST_COPY static double dot(const double *x, const double *y)
{
    const four *a = (const four *)x, *b = (const four *)y;
    four sum = {0};
    for (size_t q = 0; q < QUADS; q++)
        sum += a[q] * b[q];
    return sum_of(&sum);
}

bool grid_alloc(gs_arena *a, filter *f)
{
    size_t square = (size_t)GRID_N * GRID_N;
    f->node = GS_NEW(a, double, GRID_N);
    f->start = GS_NEW(a, double, GRID_N);
    f->one = GS_NEW(a, double, GRID_N);
    f->square = GS_NEW(a, double, GRID_N);
    f->alpha = GS_NEW(a, double, f->n_step * GRID_N);
    f->chance = GS_NEW(a, double, f->n_step * GRID_N);
    f->gamma = GS_NEW(a, double, f->n_step * GRID_N);
    f->step = GS_NEW(a, double, f->n_kind * square);
    f->back = GS_NEW(a, double, f->n_kind * square);
    f->row_score = GS_NEW(a, double, f->n_kind * GRID_N);
    f->de = GS_NEW(a, double, 3 * (size_t)GRID_N);
    f->aux = GS_NEW(a, double, 2 * (size_t)GRID_N);
    if (!f->node || !f->start || !f->one || !f->square || !f->alpha || !f->chance || !f->gamma || !f->de ||
        !f->aux)
        return false;
    if (f->n_kind && (!f->step || !f->back || !f->row_score))
        return false;
    double sum = 0;
    for (size_t i = 0; i < GRID_N; i++) {
        f->node[i] = GRID_REACH * (2 * (double)i / (GRID_N - 1) - 1);
        f->one[i] = 1;
        f->square[i] = f->node[i] * f->node[i];
        f->start[i] = exp(-0.5 * f->square[i]);
        sum += f->start[i];
    }
    for (size_t i = 0; i < GRID_N; i++)
        f->start[i] /= sum;
    return true;
}

/* Along a row of even nodes the logarithm is a parabola, so that from the peak outwards
 * each entry is the one before times a ratio that itself shrinks by a constant: three
 * exponentials a row. */
void filter_transition_row(int n, const double *node, double rho, int i, double *row,
                           int *from, int *to)
{
    double h = node[1] - node[0], q = 1 - rho * rho, shrink = exp(-h * h / q);
    double peak = floor((rho * node[i] - node[0]) / h + 0.5);
    int top = (int)fmin(fmax(peak, 0), (double)(n - 1)), j;
    double x = node[top] - rho * node[i], at = exp(-0.5 * x * x / q), sum = 0;
    double v = at, ratio = exp(-h * (x + 0.5 * h) / q);
    for (j = top; j < n && v > 1e-17; j++, v *= ratio, ratio *= shrink)
        sum += row[j] = v;
    *to = j;
    v = at;
    ratio = exp(h * (x - 0.5 * h) / q);
    for (j = top - 1; j >= 0 && (v *= ratio) > 1e-17; j--, ratio *= shrink)
        sum += row[j] = v;
    *from = j + 1;
    for (j = *from; j < *to; j++)
        row[j] /= sum;
}

void filter_transition(const double *node, double rho, double *out)
{
    memset(out, 0, (size_t)GRID_N * GRID_N * sizeof *out);
    for (int i = 0; i < GRID_N / 2; i++) { /* K(-i,-j) = K(i,j) */
        double *row = out + i * GRID_N, *twin = out + (GRID_N - 1 - i) * GRID_N;
        int from, to;
        filter_transition_row(GRID_N, node, rho, i, row, &from, &to);
        for (int j = from; j < to; j++)
            twin[GRID_N - 1 - j] = row[j];
    }
}

/* Transitions of every gap for this time constant. */
static void prepare(filter *f, const track *t, double tau)
{
    const size_t square = (size_t)GRID_N * GRID_N;
    for (size_t k = 0; k < t->n_kind; k++) {
        double *step = f->step + k * square, *back = f->back + k * square;
        double rho = exp(-t->gap[k] / tau), q = 1 - rho * rho;
        filter_transition(f->node, rho, step);
        for (size_t i = 0; i < GRID_N; i++)
            for (size_t j = 0; j < GRID_N; j++)
                back[j * GRID_N + i] = step[i * GRID_N + j];
        for (size_t i = 0; i < GRID_N; i++) { /* sum_j T dlnK/drho */
            double m = 0, z = f->node[i];
            for (size_t j = 0; j < GRID_N; j++) {
                double x = f->node[j] - rho * z;
                m += step[i * GRID_N + j] * (x * z / q - rho * x * x / (q * q));
            }
            f->row_score[k * GRID_N + i] = m;
        }
    }
}

/* Emissions. `e` gets the chance of the score at every node, up to the factor whose
 * logarithm is returned; slopes_* fill f->de with its logarithmic derivatives.
 * f->aux = exp(+sd z), exp(-sd z): one exponential a node serves all scores.
 *
 * An ordered score lies above one cut and below the next, and
 *     logistic(a) - logistic(b) = logistic(a) logistic(-b) (1 - e^(b - a)). */
typedef struct odds {
    int k, top;
    double over, under; /* odds of lying above the upper, below the lower cut, z = 0 */
} odds;

static odds odds_of(const link *l, double value, double eta, const nuisance *v)
{
    odds o = {.k = link_category(l, value), .top = (int)l->n_cat - 1};
    o.over = o.k < o.top ? exp(eta - v->cut[o.k]) : 0;
    o.under = o.k > 0 ? exp(v->cut[o.k - 1] - eta) : 0;
    return o;
}

BEST_COPY static void odds_product(const double *up, const double *down, odds o,
                                   double band, double *out)
{
    const four *u = (const four *)up, *d = (const four *)down;
    four *e = (four *)out;
    for (size_t q = 0; q < QUADS; q++)
        e[q] = band / ((1 + o.over * u[q]) * (1 + o.under * d[q]));
}

static double emit_ordered(const filter *f, const link *l, double value, double eta,
                           const nuisance *v, double *e)
{
    odds o = odds_of(l, value, eta, v);
    double band = o.k > 0 && o.k < o.top ? -expm1(v->cut[o.k - 1] - v->cut[o.k]) : 1;
    odds_product(f->aux, f->aux + GRID_N, o, band, e);
    return 0;
}

/* Chances of lying above the upper and below the lower cut. */
BEST_COPY static void odds_shares(const double *up, const double *down, odds o,
                                  double *out_over, double *out_under)
{
    const four *u = (const four *)up, *d = (const four *)down;
    four *over = (four *)out_over, *under = (four *)out_under;
    for (size_t q = 0; q < QUADS; q++) {
        four a = o.over * u[q], b = o.under * d[q];
        over[q] = a / (1 + a);
        under[q] = b / (1 + b);
    }
}

static double emit_count(const filter *f, double value, double eta, const nuisance *v,
                         double *restrict e)
{
    double phi = v->noise, top = -HUGE_VAL, mu0 = exp(eta);
    double c = lgamma(value + phi) - lgamma(phi) - lgamma(value + 1) + phi * log(phi);
    for (size_t i = 0; i < GRID_N; i++) {
        double x = eta + v->sd * f->node[i];
        e[i] = c + value * x - (value + phi) * log(phi + mu0 * f->aux[i]);
        top = e[i] > top ? e[i] : top;
    }
    for (size_t i = 0; i < GRID_N; i++)
        e[i] = exp(e[i] - top);
    return top;
}

/* by the latent, by phi */
static void slopes_count(const filter *f, double value, double eta, const nuisance *v,
                         double *restrict dx)
{
    double phi = v->noise, mu0 = exp(eta), *restrict dphi = dx + GRID_N;
    double dc = num_digamma(value + phi) - num_digamma(phi) + log(phi) + 1;
    for (size_t i = 0; i < GRID_N; i++) {
        double mu = mu0 * f->aux[i], share = (value + phi) / (phi + mu);
        dx[i] = value - share * mu;
        dphi[i] = dc - log(phi + mu) - share;
    }
}

/* Normal scores: the Kalman filter does this better; here it lets tests put the two
 * side by side. Slopes by the latent, by the noise. */
static double emit_normal(const filter *f, double y, double round_var, double eta,
                          const nuisance *v, double *restrict e, double *restrict dx)
{
    double var = v->noise * v->noise + round_var;
    for (size_t i = 0; i < GRID_N; i++) {
        double r = y - eta - v->sd * f->node[i];
        if (e)
            e[i] = exp(-0.5 * r * r / var);
        if (dx) {
            dx[i] = r / var;
            dx[GRID_N + i] = (r * r / var - 1) / var * v->noise;
        }
    }
    return -0.5 * log(2 * M_PI * var);
}

static double emit(const filter *f, const link *l, const track *t, size_t s, double eta,
                   const nuisance *v, double *e)
{
    if (l->kind == LINK_COUNT)
        return emit_count(f, t->value[s], eta, v, e);
    if (l->kind == LINK_NORMAL)
        return emit_normal(f, t->y[s], t->round_var[s], eta, v, e, NULL);
    return emit_ordered(f, l, t->value[s], eta, v, e);
}

static void spread_of(filter *f, double sd)
{
    for (size_t i = 0; i < GRID_N; i++) {
        f->aux[i] = exp(sd * f->node[i]);
        f->aux[GRID_N + i] = 1 / f->aux[i];
    }
}

double grid_forward(filter *f, const link *l, const track *t, const double *eta,
                    const nuisance *v)
{
    const size_t square = (size_t)GRID_N * GRID_N;
    double sum = 0;
    prepare(f, t, v->tau);
    spread_of(f, v->sd);
    for (size_t s = 0; s < t->n; s++) {
        double *now = f->alpha + s * GRID_N;
        if (!(fabs(eta[s]) < 200))
            return -HUGE_VAL;
        if (s == 0) {
            memcpy(now, f->start, GRID_N * sizeof *now);
        } else {
            const double *was = now - GRID_N;
            mix_rows(f->step + t->kind[s] * square, was, carried(was, 1e-15), now);
        }
        f->log_chance[s] = 0;
        if (isnan(t->value[s]))
            continue;
        double *e = f->chance + s * GRID_N;
        double top = emit(f, l, t, s, eta[s], v, e), c = times(now, e);
        if (!(c > 0) || !isfinite(c))
            return -HUGE_VAL;
        scale(now, 1 / c);
        scale(e, 1 / c);
        f->log_chance[s] = log(c) + top;
        sum += f->log_chance[s];
    }
    return isfinite(sum) ? sum : -HUGE_VAL;
}

/* Expected score of one observed step under its smoothed chances: by the latent, with
 * the rest added to g. */
static double collect_ordered(filter *f, const link *l, double value, double eta,
                              const double *gamma, const nuisance *v, nuisance *g)
{
    odds o = odds_of(l, value, eta, v);
    double *over = f->de, *under = f->de + GRID_N, w = 0;
    odds_shares(f->aux, f->aux + GRID_N, o, over, under);
    times(over, gamma);
    times(under, gamma);
    double up = dot(over, f->one), down = dot(under, f->one);
    g->sd += dot(under, f->node) - dot(over, f->node);
    if (o.k > 0 && o.k < o.top)
        w = 1 / expm1(v->cut[o.k] - v->cut[o.k - 1]);
    if (o.k < o.top)
        g->cut[o.k] += up + w;
    if (o.k > 0)
        g->cut[o.k - 1] -= down + w;
    return down - up;
}

static double collect(filter *f, const link *l, const track *t, size_t s, double eta,
                      const nuisance *v, nuisance *g)
{
    const double *gamma = f->gamma + s * GRID_N;
    if (l->kind == LINK_ORDERED)
        return collect_ordered(f, l, t->value[s], eta, gamma, v, g);
    if (l->kind == LINK_COUNT)
        slopes_count(f, t->value[s], eta, v, f->de);
    else
        emit_normal(f, t->y[s], t->round_var[s], eta, v, NULL, f->de);
    double by_eta = times(f->de, gamma);
    g->sd += dot(f->de, f->node);
    g->noise += dot(f->de + GRID_N, gamma);
    return by_eta;
}

/* d ln L / d rho of one transition: E[l(z, z')] - E[row mean of l], where
 * l = x z / q - rho x^2 / q^2, x = z' - rho z. beta1 = T b, betaz = T (z' b). */
static double pair_score(const filter *f, size_t s, size_t kind, double rho,
                         const double *beta1, const double *betaz)
{
    const double *was = f->alpha + (s - 1) * GRID_N;
    double g[GRID_N], q = 1 - rho * rho;
    memcpy(g, was, sizeof g);
    times(g, beta1);
    double zz = dot(g, f->square), mean = dot(g, f->row_score + kind * GRID_N);
    double nn = dot(f->gamma + s * GRID_N, f->square);
    memcpy(g, was, sizeof g);
    times(g, betaz);
    double zn = dot(g, f->node);
    double miss = nn - 2 * rho * zn + rho * rho * zz;
    return (zn - rho * zz) / q - rho * miss / (q * q) - mean;
}

void grid_backward(filter *f, const link *l, const track *t, const double *eta,
                   const nuisance *v, double *d_eta, nuisance *g)
{
    const size_t square = (size_t)GRID_N * GRID_N;
    double beta[GRID_N], b[GRID_N], beta1[GRID_N], betaz[GRID_N];
    for (size_t i = 0; i < GRID_N; i++)
        beta[i] = 1;
    for (size_t s = t->n; s-- > 0;) {
        double *gamma = f->gamma + s * GRID_N;
        bool seen = !isnan(t->value[s]);
        memcpy(gamma, f->alpha + s * GRID_N, sizeof beta);
        scale(gamma, 1 / times(gamma, beta));
        if (g)
            d_eta[s] = seen ? collect(f, l, t, s, eta[s], v, g) : 0;
        if (s == 0)
            break;
        /* b = e o beta / c, carried one transition back */
        memcpy(b, beta, sizeof b);
        if (seen) /* chances were divided by c already */
            times(b, f->chance + s * GRID_N);
        mix_rows_twice(f->back + t->kind[s] * square, b, f->node, carried(gamma, 1e-15),
                       beta1, betaz);
        if (g) {
            double gap = t->gap[t->kind[s]], rho = exp(-gap / v->tau);
            g->tau += pair_score(f, s, t->kind[s], rho, beta1, betaz) * rho * gap /
                      (v->tau * v->tau);
        }
        memcpy(beta, beta1, sizeof beta);
    }
}
