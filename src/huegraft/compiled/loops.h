/* What all loops share. */

#pragma once

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One build for each generation of processors, chosen when the library is loaded; a test builds each alone. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && !defined(ONE_LEVEL)
#define CLONED
#define VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORIZED
#endif
#define INLINE static inline __attribute__((always_inline))

/* fminf and fmaxf look after NaN, which keeps a loop from being vectorised. */
INLINE float smaller(float a, float b) { return a < b ? a : b; }
INLINE float greater(float a, float b) { return a > b ? a : b; }

/* Sums run in lanes of their own, added up at the end: the same bytes however wide the processor's vectors are. */
#define LANES 16

/* e^x of -80 ≤ x ≤ 0 in single precision. */
INLINE float single_exponential(float x) {
    union {
        float value;
        uint32_t bits;
    } shifted, scale;
    shifted.value = x * 1.44269504f + 0x1.8p23f;
    const float whole = shifted.value - 0x1.8p23f;
    const float rest = x - whole * 0x1.62e400p-1f - whole * 0x1.7f7d1cp-20f;
    float series = 1.0f / 5040 * rest + 1.0f / 720;
    series = series * rest + 1.0f / 120;
    series = series * rest + 1.0f / 24;
    series = series * rest + 1.0f / 6;
    series = series * rest + 1.0f / 2;
    series = series * rest + 1;
    series = series * rest + 1;
    scale.bits = (shifted.bits + 127) << 23;
    return series * scale.value;
}
