/* The filter of lattice.h: what both precisions share. The passes are in
 * lattice_body.h.
 *
 * Backwards, with A the derivative of ln L by the filtered chances a, p that by pi:
 *     w(s)    = pi(s) (p(s) - mean p + 1)          smoothed chances of the regime
 *     gamma_i = a_i (A_i - mean A + w(s))          smoothed chances of the nodes
 * and d ln L / d x = sum gamma d ln e / d x for whatever moves the chance e of a score:
 * Fisher's identity again where the filter is exact, and the plain chain rule where it is
 * factored. */
#include "infer/lattice.h"
#include "infer/num.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define BEST_COPY __attribute__((target_clones("avx2", "default")))
#else
#define BEST_COPY
#endif

/* vectors are passed to inlined functions only: no calling convention to warn about */
#pragma GCC diagnostic ignored "-Wpsabi"
#define INLINE static inline __attribute__((always_inline))

/* ---- logarithm and exponential of eight floats, to about 2e-7 relative ---- */

typedef float f8 __attribute__((vector_size(32), aligned(4)));
typedef int32_t i8 __attribute__((vector_size(32), aligned(4)));

/* x = m 2^e, m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh((m - 1)/(m + 1)). x > 0, normal */
INLINE f8 log_f8(f8 x)
{
    i8 bits = (i8)x, e = (bits - 0x3f3504f3) >> 23;
    f8 m = (f8)(bits - (e << 23)), t = (m - 1) / (m + 1), s = t * t;
    f8 p = ((s * (1.0f / 9) + 1.0f / 7) * s + 0.2f) * s + 1.0f / 3;
    return __builtin_convertvector(e, f8) * 0.69314718f + 2 * t * (s * p + 1);
}

/* e^x for x <= 0; 0 below -80 */
INLINE f8 exp_f8(f8 x)
{
    i8 low = x < -80;
    f8 y = (f8)((i8)x & ~low) * 1.44269504f;
    i8 n = __builtin_convertvector(y - 0.5f, i8); /* towards nought, y <= 0: nearest */
    f8 r = (y - __builtin_convertvector(n, f8)) * 0.69314718f;
    f8 p = ((((r * (1.0f / 720) + 1.0f / 120) * r + 1.0f / 24) * r + 1.0f / 6) * r + 0.5f) *
               r * r + r + 1;
    return (f8)((i8)(p * (f8)((n + 127) << 23)) & ~low);
}

typedef double d4 __attribute__((vector_size(32), aligned(8)));

static d4 log_d4(d4 x)
{
    return (d4){log(x[0]), log(x[1]), log(x[2]), log(x[3])};
}

static d4 exp_d4(d4 x)
{
    return (d4){exp(x[0]), exp(x[1]), exp(x[2]), exp(x[3])};
}

struct lattice {
    bool coarse;
    size_t n_node, n_regime, n_series, n_step, n_kind, n_day;
    double *node;
    void *node_r, *square_r, *one_r, *start_r; /* [nodes], in the copy's precision */
    void *up;                /* [series][2][nodes] exp(+sd z), exp(-sd z)           */
    void *step, *back;       /* [series][kind][nodes][nodes] chances and transpose */
    double *odds;            /* [series][3][MAX_CAT] e^-cut above, e^cut below, band */
    void *row_score;         /* [series][kind][nodes] mean d ln T / d rho per row  */
    void *a, *chance, *gamma; /* [step][series][regime][nodes]                     */
    void *adjoint;           /* [series][regime][nodes]                            */
    double *rho;             /* [series][kind] residual kept over the gap           */
    double *up_eta;          /* [step][series][2] e^eta, but for NORMAL links       */
    double *pi, *before;     /* [step][2] regime after / before the scores of it    */
    double *chance_of;       /* [step][2] chance of the scores in it, over the mean */
    double *weight;          /* [step][2] smoothed                                  */
    double *move;            /* [step][2][2] chances from the step before           */
    double *log_chance;      /* [step]                                              */
    double *daily;           /* [day][2] chance of entering, of leaving             */
    double *so_far;          /* [day][2][2] product of days since the last step     */
};

/* ---- regimes ---- */

static double hazard(double log_h)
{
    return exp(log_h < 5 ? log_h : 5);
}

/* Daily chances, their products between steps, the stationary start. */
static void prepare_moves(lattice *f, const track *t, const lattice_hazard *h)
{
    if (f->n_regime == 1) {
        for (size_t i = 0; i < t->n; i++)
            f->before[i * 2] = 1;
        return;
    }
    double odds = h->enter[t->day[0]] - h->leave[t->day[0]];
    f->before[1] = num_logistic(odds);
    f->before[0] = num_logistic(-odds);
    for (size_t i = 1; i < t->n; i++) {
        double m[4] = {1, 0, 0, 1};
        for (int32_t d = t->day[i - 1] + 1; d <= t->day[i]; d++) {
            double in = -expm1(-hazard(h->enter[d])), out = -expm1(-hazard(h->leave[d]));
            double a = m[0] * (1 - in) + m[1] * out, b = m[0] * in + m[1] * (1 - out);
            double c = m[2] * (1 - in) + m[3] * out, e = m[2] * in + m[3] * (1 - out);
            m[0] = a;
            m[1] = b;
            m[2] = c;
            m[3] = e;
            f->daily[2 * d] = in;
            f->daily[2 * d + 1] = out;
            memcpy(f->so_far + 4 * d, m, sizeof m);
        }
        memcpy(f->move + 4 * i, m, sizeof m);
    }
}

/* The start is the regimes' balance under the first day's hazards. */
static void start_slope(const lattice *f, int32_t day, const double *adj,
                        const lattice_hazard *h)
{
    double d = (adj[1] - adj[0]) * f->before[0] * f->before[1];
    h->d_enter[day] += d;
    h->d_leave[day] -= d;
}

/* d ln L by the chances of one move (product of days) -> by each day's hazards. */
static void move_slope(const lattice *f, const track *t, size_t i, const double *adj,
                       const lattice_hazard *h)
{
    double after[4] = {1, 0, 0, 1}; /* product of the days after d */
    static const double none[4] = {1, 0, 0, 1};
    for (int32_t d = t->day[i]; d > t->day[i - 1]; d--) {
        const double *pre = d - 1 > t->day[i - 1] ? f->so_far + 4 * (d - 1) : none;
        double g[4], pg[4];
        /* pre' adj after' */
        for (int r = 0; r < 2; r++)
            for (int c = 0; c < 2; c++)
                pg[r * 2 + c] = pre[r] * adj[c] + pre[2 + r] * adj[2 + c];
        for (int r = 0; r < 2; r++)
            for (int c = 0; c < 2; c++)
                g[r * 2 + c] = pg[r * 2] * after[c * 2] + pg[r * 2 + 1] * after[c * 2 + 1];
        double in = f->daily[2 * d], out = f->daily[2 * d + 1];
        double he = hazard(h->enter[d]), hl = hazard(h->leave[d]);
        if (h->enter[d] < 5)
            h->d_enter[d] += he * (1 - in) * (g[1] - g[0]);
        if (h->leave[d] < 5)
            h->d_leave[d] += hl * (1 - out) * (g[2] - g[3]);
        double a = (1 - in) * after[0] + in * after[2];
        double b = (1 - in) * after[1] + in * after[3];
        double c = out * after[0] + (1 - out) * after[2];
        double e = out * after[1] + (1 - out) * after[3];
        after[0] = a;
        after[1] = b;
        after[2] = c;
        after[3] = e;
    }
}

/* What the cuts of an ordered scale make of each category, once for all scores. */
static void prepare_odds(lattice *f, const lattice_series *s)
{
    for (size_t c = 0; c < f->n_series; c++) {
        double *over = f->odds + 3 * c * LINK_MAX_CAT, *under = over + LINK_MAX_CAT;
        double *band = under + LINK_MAX_CAT;
        const double *cut = s[c].v.cut;
        for (size_t k = 0; k < s[c].l->n_cat; k++) {
            bool top = k + 1 == s[c].l->n_cat;
            over[k] = top ? 0 : exp(-cut[k]);
            under[k] = k ? exp(cut[k - 1]) : 0;
            band[k] = k && !top ? -expm1(cut[k - 1] - cut[k]) : 1;
        }
    }
}

#define REAL double
#define LOG log_d4
#define EXP exp_d4
#define NODES GRID_N
#define NAME(x) fine_##x
#include "infer/lattice_body.h"
#undef REAL
#undef NODES
#undef NAME
#undef LOG
#undef EXP
#define REAL float
#define LOG log_f8
#define EXP exp_f8
#define NODES LATTICE_COARSE
#define NAME(x) coarse_##x
#include "infer/lattice_body.h"
#undef REAL
#undef NODES
#undef NAME

lattice *lattice_new(gs_arena *a, bool coarse, size_t n_regime, size_t n_series,
                     size_t n_step, size_t n_kind, size_t n_day)
{
    lattice *f = GS_NEW(a, lattice, 1);
    if (!f || n_series > LATTICE_MAX_SERIES)
        return NULL;
    size_t n = coarse ? LATTICE_COARSE : GRID_N;
    size_t real = coarse ? sizeof(float) : sizeof(double);
    size_t all = n_step * n_series * n_regime * n, square = n_series * n_kind * n * n;
    *f = (lattice){.coarse = coarse, .n_node = n, .n_regime = n_regime,
                   .n_series = n_series, .n_step = n_step, .n_kind = n_kind,
                   .n_day = n_day};
    struct {
        void **to;
        size_t bytes;
    } want[] = {
        {&f->node_r, n * real},       {&f->square_r, n * real},
        {&f->one_r, n * real},        {&f->start_r, n * real},
        {&f->up, 2 * n_series * n * real}, {&f->step, square * real},
        {&f->back, square * real},    {&f->a, all * real},
        {&f->row_score, n_series * n_kind * n * real},
        {&f->chance, all * real},     {&f->gamma, all * real},
        {&f->adjoint, n_series * n_regime * n * real}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (!(*want[i].to = GS_NEW(a, double, want[i].bytes / sizeof(double) + 1)))
            return NULL;
    struct {
        double **to;
        size_t n;
    } also[] = {{&f->node, n},
                {&f->odds, 3 * n_series * LINK_MAX_CAT},
                {&f->rho, n_series * n_kind},
                {&f->up_eta, 2 * n_series * n_step},
                {&f->pi, 2 * n_step},
                {&f->before, 2 * n_step},
                {&f->chance_of, 2 * n_step},
                {&f->weight, 2 * n_step},
                {&f->move, 4 * n_step},
                {&f->log_chance, n_step},
                {&f->daily, 2 * n_day},
                {&f->so_far, 4 * n_day}};
    for (size_t i = 0; i < sizeof also / sizeof *also; i++)
        if (!(*also[i].to = GS_NEW(a, double, also[i].n + 1)))
            return NULL;
    double reach = coarse ? LATTICE_COARSE_REACH : GRID_REACH;
    for (size_t i = 0; i < n; i++)
        f->node[i] = reach * (2 * (double)i / (double)(n - 1) - 1);
    if (coarse)
        coarse_fill_real(f);
    else
        fine_fill_real(f);
    return f;
}

double lattice_forward(lattice *f, const lattice_series *s, const lattice_hazard *h)
{
    prepare_moves(f, s[0].t, h);
    prepare_odds(f, s);
    return f->coarse ? coarse_forward(f, s) : fine_forward(f, s);
}

void lattice_backward(lattice *f, lattice_series *s, const lattice_hazard *h)
{
    if (f->coarse)
        coarse_backward(f, s, h);
    else
        fine_backward(f, s, h);
}

void lattice_filtered(const lattice *f, size_t i, size_t c, double *out)
{
    if (f->coarse)
        coarse_chances(f, i, c, false, out);
    else
        fine_chances(f, i, c, false, out);
}

void lattice_smoothed(const lattice *f, size_t i, size_t c, double *out)
{
    if (f->coarse)
        coarse_chances(f, i, c, true, out);
    else
        fine_chances(f, i, c, true, out);
}

void lattice_ahead(const lattice *f, const lattice_series *s, const lattice_hazard *h,
                   long i, size_t c, int32_t day, double *out)
{
    size_t n = f->n_node, R = f->n_regime;
    const track *t = s[c].t;
    double from[2 * GRID_N], row[GRID_N];
    const double *start = f->start_r;
    memset(out, 0, R * n * sizeof *out);
    if (i < 0) { /* nothing known: regimes in balance */
        double odds = R == 2 ? h->enter[day] - h->leave[day] : 0;
        for (size_t q = 0; q < R * n; q++)
            out[q] = start[q % n] * (R == 1 ? 1 : num_logistic(q < n ? -odds : odds));
        return;
    }
    lattice_filtered(f, (size_t)i, c, from);
    for (int32_t d = t->day[i] + 1; R == 2 && d <= day; d++) {
        double in = -expm1(-hazard(h->enter[d])), leave = -expm1(-hazard(h->leave[d]));
        for (size_t q = 0; q < n; q++) {
            double calm = from[q], flare = from[n + q];
            from[q] = calm * (1 - in) + flare * leave;
            from[n + q] = calm * in + flare * (1 - leave);
        }
    }
    double rho = exp(-(double)(day - t->day[i]) / s[c].v.tau);
    for (size_t q = 0; q < n; q++) {
        int a, b;
        filter_transition_row((int)n, f->node, rho, (int)q, row, &a, &b);
        for (size_t r = 0; r < R; r++)
            for (int j = a; j < b; j++)
                out[r * n + (size_t)j] += from[r * n + q] * row[j];
    }
}

double lattice_log_chance(const lattice *f, size_t i)
{
    return f->log_chance[i];
}

size_t lattice_nodes(const lattice *f, const double **out_node)
{
    *out_node = f->node;
    return f->n_node;
}
