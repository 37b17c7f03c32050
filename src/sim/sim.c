/* Making a gs_sim, running many people through the lanes, and one person as a batch of
 * one. One loop serves both, which is why a path and a batch agree to the last bit.
 *
 * A lane holds one person at a time. When its person is through (or has failed, or is
 * no longer wanted) the next one waiting takes the seat at once: nobody waits for the
 * slowest of a group. Memory is that of the lanes, whatever the number of people. */
#include "sim/lanes.h"

#include "gutskin/cpu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool allocate(gs_sim *s)
{
    const gs_kernel *k = s->k;
    size_t n = k->n_state;
    struct {
        double **to;
        size_t len;
    } want[] = {
        {&s->lever, k->n_lever}, {&s->x, n},        {&s->y, k->n_see}, {&s->par, k->n_par},
        {&s->z, n},              {&s->f, n},        {&s->r, n},        {&s->dz, n},
        {&s->jac, k->n_jac},     {&s->jp, k->n_jp}, {&s->w, s->lu->n_val},
        {&s->square, 2 * n * n}, {&s->begin, 16 * n},
        {&s->many_par, s->grid_ops ? GS_SIM_MOST_LANES * k->n_par : 0},
        {&s->many_lever, s->grid_ops ? GS_SIM_MOST_LANES * k->n_lever : 0},
        {&s->many_x, s->grid_ops ? GS_SIM_MOST_LANES * n : 0},
        {&s->many_z, s->grid_ops ? GS_SIM_MOST_LANES * n : 0},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (!(*want[i].to = GS_NEW(s->arena, double, want[i].len * k->n_lane + 1)))
            return false;
    s->person = GS_NEW(s->arena, size_t, s->n_seat);
    s->day = GS_NEW(s->arena, size_t, s->n_seat);
    s->busy = GS_NEW(s->arena, bool, s->n_seat);
    return s->person && s->day && s->busy;
}

gs_status gs_sim_new(const gs_kernel *k, const gs_sim_opts *o, gs_sim **out, gs_err *err)
{
    if (!(o->rtol > 0) || !(o->atol > 0) || !(o->h_min > 0) || k->n_lane == 0)
        return gs_fail(err, GS_EUSE, "simulation wants rtol, atol and h_min above zero");
    const gs_lanes *lanes, *grid_lanes;
    const gs_vec_grid_ops *grid;
    GS_TRY(gs_vec_lanes(k, o->cpu, o->single, &lanes, err));
    GS_TRY(gs_vec_grid_lanes(k, o->cpu, &grid_lanes, &grid, err));
    const gs_vec_ops *ops = gs_vec_ops_of(lanes, o->method);
    gs_arena *a = gs_arena_new(0);
    gs_sim *s = a ? GS_NEW(a, gs_sim, 1) : NULL;
    if (s) {
        s->arena = a;
        s->k = k;
        s->o = *o;
        s->grid_ops = grid;
        s->n_seat = ops ? ops->n_lane : k->n_lane;
        s->lu = gs_lu_new(a, k->n_state, k->n_jac, k->jac_row, k->jac_col);
    }
    if (s && ops && (s->vec = ops->make(a, k, lanes, o)))
        s->vec->ops = ops;
    if (s && ops && (lanes = gs_vec_lanes_at(k, lanes->level, false))) {
        s->rest_ops = gs_vec_rest_find(lanes->level);
        s->rest = s->rest_ops ? s->rest_ops->make(a, k, lanes) : NULL;
    }
    if (s && grid)
        s->grid_many = grid->make(a, s, grid_lanes);
    if (!s || !s->lu || (ops && !s->vec) || (s->rest_ops && !s->rest) ||
        (grid && !s->grid_many) || !allocate(s) ||
        !gs_ros_init(&s->ros, a, k, s->lu, o) || !(s->grid = gs_grid_new(s))) {
        gs_arena_free(a);
        return gs_fail(err, GS_ENOMEM, "not enough memory to simulate %s", k->name);
    }
    *out = s;
    return GS_OK;
}

void gs_sim_free(gs_sim *s)
{
    if (s)
        gs_arena_free(s->arena);
}

/* ---- the lanes: a hardware vector's, or the twin's ---- */

static void load(gs_sim *s, size_t lane)
{
    if (s->vec)
        s->vec->ops->load(s->vec, lane, s->par, s->x);
    else
        gs_ros_load(&s->ros, lane, s->par, s->x);
}

static gs_vec_news attempt(gs_sim *s)
{
    gs_vec_news news = {0, 0};
    if (s->vec)
        return s->vec->ops->attempt(s->vec);
    gs_ros_try(&s->ros);
    for (size_t l = 0; l < s->n_seat; l++) {
        if (!s->busy[l])
            continue;
        gs_ros_verdict v = gs_ros_judge(&s->ros, l);
        news.done |= (unsigned)(v == GS_ROS_DAY_DONE) << l;
        news.failed |= (unsigned)(v == GS_ROS_FAILED) << l;
    }
    return news;
}

static void evening(gs_sim *s, size_t lane)
{
    if (s->vec) {
        s->vec->ops->state(s->vec, lane, s->x);
        s->vec->ops->seen(s->vec, lane, s->y);
        return;
    }
    gs_ros_state(&s->ros, lane, s->x);
    gs_ros_seen(&s->ros, lane, s->y);
}

/* ---- people in them ---- */

static bool stop_asked(gs_queue *q)
{
    if (!atomic_load(&q->cancelled) && gs_progress_cancelled(q->progress))
        atomic_store(&q->cancelled, true);
    return atomic_load(&q->cancelled);
}

static void begin_day(gs_sim *s, const gs_queue *q, size_t lane)
{
    q->p->lever(q->p->ctx, s->person[lane], s->day[lane], s->lever);
    if (s->vec)
        s->vec->ops->day(s->vec, lane, s->lever);
    else
        gs_ros_day(&s->ros, lane, s->lever);
}

/* the next person takes the seat; false when nobody waits */
static bool seat(gs_sim *s, gs_queue *q, size_t lane)
{
    const gs_sim_people *p = q->p;
    size_t who;
    if (p->n_day == 0 || !gs_share_take(q->share, q->n_thread, s->thread, &who))
        return s->busy[lane] = false;
    s->person[lane] = who;
    s->day[lane] = 0;
    p->par(p->ctx, who, s->par);
    p->start(p->ctx, who, s->x);
    load(s, lane);
    begin_day(s, q, lane);
    return s->busy[lane] = true;
}

static void leave(gs_sim *s, gs_queue *q, size_t lane)
{
    size_t done = atomic_fetch_add(&q->done, 1) + 1;
    gs_progress_tick(q->progress, "simulating", (double)done / (double)q->p->n);
    seat(s, q, lane);
}

static void midnight(gs_sim *s, gs_queue *q, size_t lane)
{
    const gs_sim_people *p = q->p;
    evening(s, lane);
    bool more = p->see(p->ctx, s->person[lane], s->day[lane], s->x, s->y);
    if (++s->day[lane] >= p->n_day)
        more = false;
    if (more)
        begin_day(s, q, lane);
    else
        leave(s, q, lane);
}

void gs_sim_lanes(gs_sim *s, gs_queue *q, size_t i)
{
    size_t n_busy = 0, tries = 0;
    s->thread = i;
    for (size_t l = 0; l < s->n_seat; l++)
        n_busy += seat(s, q, l);
    while (n_busy > 0) {
        if (tries++ % 64 == 0 && stop_asked(q))
            return;
        gs_vec_news news = attempt(s);
        for (unsigned left = news.done | news.failed; left; left &= left - 1) {
            size_t l = (size_t)__builtin_ctz(left);
            if (!s->busy[l])
                continue;
            if (news.done >> l & 1) {
                midnight(s, q, l);
            } else {
                if (q->p->failed)
                    q->p->failed(q->p->ctx, s->person[l], s->day[l], GS_ENUM);
                leave(s, q, l);
            }
            n_busy -= !s->busy[l];
        }
    }
}

/* ---- a batch: one gs_sim per thread ---- */

typedef struct batch {
    gs_sim **sim;
    gs_queue q;
} batch;

static void run_share(void *ctx, size_t i)
{
    batch *b = ctx;
    gs_sim_lanes(b->sim[i], &b->q, i);
}

gs_status gs_sim_batch(const gs_kernel *k, const gs_sim_opts *o, const gs_sim_people *p,
                       const gs_pool *pool, const gs_progress *progress, gs_err *err)
{
    size_t n_job = pool && pool->run && pool->n_thread > 1 ? pool->n_thread : 1;
    if (p->n > UINT32_MAX)
        return gs_fail(err, GS_EUSE, "a batch takes %u people at most, not %zu", UINT32_MAX,
                       p->n);
    if (n_job > p->n)
        n_job = p->n ? p->n : 1;
    batch b = {.q = {.p = p, .progress = progress, .n_thread = n_job}};
    gs_status st = GS_OK;
    b.sim = calloc(n_job, sizeof *b.sim);
    b.q.share = aligned_alloc(64, n_job * sizeof *b.q.share);
    if (!b.sim || !b.q.share)
        st = gs_fail(err, GS_ENOMEM, "not enough memory for %zu threads", n_job);
    else
        gs_share_split(p->n, n_job, b.q.share);
    for (size_t i = 0; i < n_job && st == GS_OK; i++)
        st = gs_sim_new(k, o, &b.sim[i], err);
    if (st == GS_OK)
        gs_pool_run(pool, n_job, run_share, &b);
    for (size_t i = 0; b.sim && i < n_job; i++)
        gs_sim_free(b.sim[i]);
    free(b.sim);
    free(b.q.share);
    if (st == GS_OK && atomic_load(&b.q.cancelled))
        return gs_fail(err, GS_ECANCEL, "cancelled");
    return st;
}

/* ---- one person ---- */

typedef struct path {
    const gs_kernel *k;
    const double *par, *x0, *lever;
    size_t n_done; /* days that stand */
    double *out_x, *out_y;
    bool failed;
} path;

static void path_par(void *ctx, size_t person, double *out_par)
{
    path *p = ctx;
    (void)person;
    if (p->k->n_par)
        memcpy(out_par, p->par, p->k->n_par * sizeof *out_par);
}

static void path_start(void *ctx, size_t person, double *out_x)
{
    path *p = ctx;
    (void)person;
    memcpy(out_x, p->x0, p->k->n_state * sizeof *out_x);
}

static void path_lever(void *ctx, size_t person, size_t day, double *out_lever)
{
    path *p = ctx;
    (void)person;
    if (p->k->n_lever)
        memcpy(out_lever, p->lever + day * p->k->n_lever,
               p->k->n_lever * sizeof *out_lever);
}

static bool path_see(void *ctx, size_t person, size_t day, const double *x,
                     const double *y)
{
    path *p = ctx;
    (void)person;
    p->n_done = day + 1;
    if (p->out_x)
        memcpy(p->out_x + (day + 1) * p->k->n_state, x, p->k->n_state * sizeof *x);
    if (p->out_y)
        memcpy(p->out_y + (day + 1) * p->k->n_see, y, p->k->n_see * sizeof *y);
    return true;
}

static void path_failed(void *ctx, size_t person, size_t day, gs_status why)
{
    path *p = ctx;
    (void)person, (void)day, (void)why;
    p->failed = true;
}

/* row 0: the start as it is seen under the levers of day 0 */
static void first_row(gs_sim *s, const path *p, size_t n_day)
{
    if (p->out_x)
        memcpy(p->out_x, p->x0, s->k->n_state * sizeof *p->x0);
    if (!p->out_y)
        return;
    for (size_t l = 0; l < s->k->n_lane; l++) {
        gs_ros_load(&s->ros, l, p->par, p->x0);
        for (size_t i = 0; i < s->k->n_lever; i++)
            s->ros.lever[i * s->k->n_lane + l] =
                n_day ? p->lever[i] : s->k->lever[i].habit;
    }
    gs_ros_seen(&s->ros, 0, p->out_y);
}

gs_status gs_sim_path(gs_sim *s, const double *par, const double *x0, size_t n_day,
                      const double *lever, double *out_x, double *out_y, gs_err *err)
{
    path p = {.k = s->k, .par = par, .x0 = x0, .lever = lever,
              .out_x = out_x, .out_y = out_y};
    gs_sim_people who = {.n = 1, .n_day = n_day, .ctx = &p, .par = path_par,
                         .start = path_start, .lever = path_lever, .see = path_see,
                         .failed = path_failed};
    gs_share alone;
    gs_queue q = {.p = &who, .share = &alone, .n_thread = 1};
    gs_share_split(1, 1, &alone);
    first_row(s, &p, n_day);
    gs_sim_lanes(s, &q, 0);
    if (!p.failed)
        return GS_OK;
    for (size_t d = p.n_done + 1; d <= n_day; d++) {
        for (size_t i = 0; out_x && i < s->k->n_state; i++)
            out_x[d * s->k->n_state + i] = NAN;
        for (size_t i = 0; out_y && i < s->k->n_see; i++)
            out_y[d * s->k->n_see + i] = NAN;
    }
    return gs_fail_at(err, GS_ENUM, NULL, (long)p.n_done + 1, 0, NULL,
                      "the equations of %s could not be followed through day %zu: a "
                      "step fell below %g d", s->k->name, p.n_done + 1, s->o.h_min);
}
