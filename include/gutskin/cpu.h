/* Which vector instructions this CPU has, and which of them to use.
 *
 * A lane kernel is compiled once for every level; the widest one that the CPU has is
 * taken at run time. GS_CPU=avx512|avx2|sse2|plain in the environment forces a lower
 * one, for tests and benches. On ARM the second level is NEON, and is called neon. */
#ifndef GUTSKIN_CPU_H
#define GUTSKIN_CPU_H

#include "gutskin/status.h"
#include <stdbool.h>

typedef enum gs_cpu {
    GS_CPU_PLAIN,  /* one person at a time                     */
    GS_CPU_TWO,    /* 2 doubles, 4 floats: SSE2 or NEON        */
    GS_CPU_AVX2,   /* 4 doubles, 8 floats; needs FMA too       */
    GS_CPU_AVX512, /* 8 doubles, 16 floats; F and DQ           */
    GS_CPU_LEVELS
} gs_cpu;

const char *gs_cpu_name(gs_cpu level);
/* The widest level of this CPU. */
gs_cpu gs_cpu_widest(void);
/* The level to use: the widest, or what GS_CPU asks for. Fails GS_EUSE when it asks for
 * what is no level or what this CPU does not have. */
gs_status gs_cpu_level(gs_cpu *out, gs_err *err);

#endif
