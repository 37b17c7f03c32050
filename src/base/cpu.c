/* CPU levels; see cpu.h. */
#include "gutskin/cpu.h"

#include <stdlib.h>
#include <string.h>

#if defined(__aarch64__)
#define TWO "neon"
#else
#define TWO "sse2"
#endif

const char *gs_cpu_name(gs_cpu level)
{
    static const char *const name[GS_CPU_LEVELS] = {"plain", TWO, "avx2", "avx512"};
    return level < GS_CPU_LEVELS ? name[level] : "?";
}

gs_cpu gs_cpu_widest(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return GS_CPU_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return GS_CPU_AVX2;
    return GS_CPU_TWO;
#elif defined(__aarch64__)
    return GS_CPU_TWO;
#else
    return GS_CPU_PLAIN;
#endif
}

gs_status gs_cpu_level(gs_cpu *out, gs_err *err)
{
    const char *said = getenv("GS_CPU");
    gs_cpu widest = gs_cpu_widest();

    *out = widest;
    if (!said || !*said)
        return GS_OK;
    for (int i = 0; i < GS_CPU_LEVELS; i++) {
        if (strcmp(said, gs_cpu_name((gs_cpu)i)) != 0)
            continue;
        if ((gs_cpu)i > widest)
            return gs_fail(err, GS_EUSE, "GS_CPU=%s: this CPU goes no further than %s", said,
                           gs_cpu_name(widest));
        *out = (gs_cpu)i;
        return GS_OK;
    }
    return gs_fail(err, GS_EUSE, "GS_CPU=%.20s is no level; write plain, " TWO ", avx2 or "
                   "avx512", said);
}
