/* Which lanes a kernel is stepped in, and which compilation of vec/ros.c and vec/settle.c
 * steps them. */
#include "sim/vec.h"

#include "gutskin/cpu.h"

extern const gs_vec_ops gs_vec_plain_d, gs_vec_plain_f;
#if defined(__x86_64__) || defined(__aarch64__)
extern const gs_vec_ops gs_vec_two_d, gs_vec_two_f;
#endif
#if defined(__x86_64__)
extern const gs_vec_ops gs_vec_avx2_d, gs_vec_avx2_f, gs_vec_avx512_d, gs_vec_avx512_f;
#endif

static const gs_vec_ops *const compiled[GS_CPU_LEVELS][2] = {
    [GS_CPU_PLAIN] = {&gs_vec_plain_d, &gs_vec_plain_f},
#if defined(__x86_64__) || defined(__aarch64__)
    [GS_CPU_TWO] = {&gs_vec_two_d, &gs_vec_two_f},
#endif
#if defined(__x86_64__)
    [GS_CPU_AVX2] = {&gs_vec_avx2_d, &gs_vec_avx2_f},
    [GS_CPU_AVX512] = {&gs_vec_avx512_d, &gs_vec_avx512_f},
#endif
};

extern const gs_vec_ops gs_exp_plain_d, gs_exp_plain_f;
#if defined(__x86_64__) || defined(__aarch64__)
extern const gs_vec_ops gs_exp_two_d, gs_exp_two_f;
#endif
#if defined(__x86_64__)
extern const gs_vec_ops gs_exp_avx2_d, gs_exp_avx2_f, gs_exp_avx512_d, gs_exp_avx512_f;
#endif

static const gs_vec_ops *const exponential[GS_CPU_LEVELS][2] = {
    [GS_CPU_PLAIN] = {&gs_exp_plain_d, &gs_exp_plain_f},
#if defined(__x86_64__) || defined(__aarch64__)
    [GS_CPU_TWO] = {&gs_exp_two_d, &gs_exp_two_f},
#endif
#if defined(__x86_64__)
    [GS_CPU_AVX2] = {&gs_exp_avx2_d, &gs_exp_avx2_f},
    [GS_CPU_AVX512] = {&gs_exp_avx512_d, &gs_exp_avx512_f},
#endif
};

const gs_vec_ops *gs_vec_ops_of(const gs_lanes *l, gs_sim_method method)
{
    if (!l)
        return NULL;
    return (method == GS_SIM_EXP ? exponential : compiled)[l->level][l->single];
}

const gs_lanes *gs_vec_lanes_at(const gs_kernel *k, int level, bool single)
{
    for (size_t i = 0; i < k->n_lanes && !k->held; i++) {
        const gs_lanes *l = k->lanes[i];
        if (l->level == level && l->single == single && level >= 0 &&
            level < GS_CPU_LEVELS && compiled[level][single])
            return l;
    }
    return NULL;
}

/* the level to begin looking at, -1 = none */
static gs_status top_level(const gs_kernel *k, int cpu, int *out, gs_err *err)
{
    gs_cpu level;
    *out = -1;
    if (cpu == GS_SIM_CPU_SCALAR || k->n_lane != 1 || k->n_lanes == 0)
        return GS_OK;
    GS_TRY(gs_cpu_level(&level, err));
    if (cpu != GS_SIM_CPU_WIDEST && cpu > (int)gs_cpu_widest())
        return gs_fail(err, GS_EUSE, "this CPU goes no further than %s",
                       gs_cpu_name(gs_cpu_widest()));
    *out = cpu == GS_SIM_CPU_WIDEST ? (int)level : cpu;
    return GS_OK;
}

gs_status gs_vec_lanes(const gs_kernel *k, int cpu, bool single, const gs_lanes **out,
                       gs_err *err)
{
    int level;
    *out = NULL;
    GS_TRY(top_level(k, cpu, &level, err));
    for (; level >= 0 && !*out; level--)
        *out = gs_vec_lanes_at(k, level, single);
    return GS_OK;
}

extern const gs_vec_rest_ops gs_vec_rest_plain;
#if defined(__x86_64__) || defined(__aarch64__)
extern const gs_vec_rest_ops gs_vec_rest_two;
#endif
#if defined(__x86_64__)
extern const gs_vec_rest_ops gs_vec_rest_avx2, gs_vec_rest_avx512;
#endif

const gs_vec_rest_ops *gs_vec_rest_find(int level)
{
    switch (level) {
    case GS_CPU_PLAIN:
        return &gs_vec_rest_plain;
#if defined(__x86_64__) || defined(__aarch64__)
    case GS_CPU_TWO:
        return &gs_vec_rest_two;
#endif
#if defined(__x86_64__)
    case GS_CPU_AVX2:
        return &gs_vec_rest_avx2;
    case GS_CPU_AVX512:
        return &gs_vec_rest_avx512;
#endif
    default:
        return NULL;
    }
}

extern const gs_vec_grid_ops gs_vec_grid_plain;
#if defined(__x86_64__) || defined(__aarch64__)
extern const gs_vec_grid_ops gs_vec_grid_two;
#endif
#if defined(__x86_64__)
extern const gs_vec_grid_ops gs_vec_grid_avx2, gs_vec_grid_avx512;
#endif

static const gs_vec_grid_ops *const grids[GS_CPU_LEVELS] = {
    [GS_CPU_PLAIN] = &gs_vec_grid_plain,
#if defined(__x86_64__) || defined(__aarch64__)
    [GS_CPU_TWO] = &gs_vec_grid_two,
#endif
#if defined(__x86_64__)
    [GS_CPU_AVX2] = &gs_vec_grid_avx2,
    [GS_CPU_AVX512] = &gs_vec_grid_avx512,
#endif
};

gs_status gs_vec_grid_lanes(const gs_kernel *k, int cpu, const gs_lanes **out,
                            const gs_vec_grid_ops **ops, gs_err *err)
{
    int level;
    *out = NULL;
    *ops = NULL;
    GS_TRY(top_level(k, cpu, &level, err));
    for (; level >= 0 && !*ops; level--)
        for (size_t i = 0; i < k->n_lanes && level < GS_CPU_LEVELS; i++)
            if (k->lanes[i]->level == level && k->lanes[i]->slopes && grids[level]) {
                *out = k->lanes[i];
                *ops = grids[level];
            }
    return GS_OK;
}
