/* A 3-D lookup table applied to pixels; lut.py says what goes in and out. */

#include "loops.h"

VECTORIZED
void lut_apply(const float *pixels, const float *table, int64_t size, const float *low, const float *scale,
               int64_t first, int64_t last, float *restrict out) {
    const int64_t highest = size - 2, steps[3] = {3 * size * size, 3 * size, 3};
    for (int64_t i = first; i < last; i++) {
        const float *corner = table;
        float share[3];
        for (int axis = 0; axis < 3; axis++) {
            const float unit = (pixels[3 * i + axis] - low[axis]) * scale[axis];
            const float where = smaller(greater(unit, 0), 1) * (float)(size - 1);
            const int64_t node = (int64_t)where < highest ? (int64_t)where : highest;
            share[axis] = where - (float)node;
            corner += node * steps[axis];
        }
        for (int c = 0; c < 3; c++) {
            float edges[4];
            for (int edge = 0; edge < 4; edge++) {
                const float *at = corner + (edge & 2 ? steps[0] : 0) + (edge & 1 ? steps[1] : 0) + c;
                edges[edge] = at[0] + share[2] * (at[3] - at[0]);
            }
            const float top = edges[0] + share[1] * (edges[1] - edges[0]);
            const float bottom = edges[2] + share[1] * (edges[3] - edges[2]);
            out[3 * i + c] = smaller(greater(top + share[0] * (bottom - top), 0), 1);
        }
    }
}
