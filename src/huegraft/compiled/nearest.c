/* Distance to the nearest of some points; nearest.py says what goes in and out. */

#include "loops.h"

#define BLOCK 512

VECTORIZED
void nearest_distance(const float *points, int64_t first, int64_t last, const float *others, int64_t count,
                      float *restrict distances) {
    float x[BLOCK], y[BLOCK], z[BLOCK], least[BLOCK];
    for (int64_t start = first; start < last; start += BLOCK) {
        const int size = (int)(last - start < BLOCK ? last - start : BLOCK);
        for (int i = 0; i < size; i++) {
            x[i] = points[3 * (start + i)];
            y[i] = points[3 * (start + i) + 1];
            z[i] = points[3 * (start + i) + 2];
            least[i] = INFINITY;
        }
        for (int64_t k = 0; k < count; k++) {
            const float u = others[3 * k], v = others[3 * k + 1], w = others[3 * k + 2];
            for (int i = 0; i < size; i++) {
                const float squared = (x[i] - u) * (x[i] - u) + (y[i] - v) * (y[i] - v) + (z[i] - w) * (z[i] - w);
                least[i] = squared < least[i] ? squared : least[i];
            }
        }
        for (int i = 0; i < size; i++)
            distances[start + i] = sqrtf(least[i]);
    }
}
