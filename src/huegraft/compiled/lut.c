/* A 3-D lookup table applied to pixels; lut.py says what goes in and out. */

#include "loops.h"

/* The first corner of the cell of a table that holds a colour, and how far the colour lies along each edge of the cell. */
INLINE const float *cell_of(const float *color, const float *table, int64_t size, const int64_t *steps, const float *low,
                            const float *scale, float *share) {
    const float *corner = table;
    for (int axis = 0; axis < 3; axis++) {
        const float unit = (color[axis] - low[axis]) * scale[axis];
        const float where = smaller(greater(unit, 0), 1) * (float)(size - 1);
        const int64_t node = (int64_t)where < size - 2 ? (int64_t)where : size - 2;
        share[axis] = where - (float)node;
        corner += node * steps[axis];
    }
    return corner;
}

VECTORIZED
void lut_apply(const float *pixels, const float *table, int64_t size, const float *low, const float *scale,
               int64_t first, int64_t last, float *restrict out) {
    const int64_t steps[3] = {3 * size * size, 3 * size, 3};
    for (int64_t i = first; i < last; i++) {
        float share[3];
        const float *corner = cell_of(pixels + 3 * i, table, size, steps, low, scale, share);
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

/* The six tetrahedra of a cell share its diagonal from black to white. A colour lies in the one whose corners are reached
   by going along the axis of its largest share first, and of its smallest share last. Equal shares leave grey grey. */
VECTORIZED
void lut_tetrahedral(const float *pixels, const float *table, int64_t size, const float *low, const float *scale,
                     int64_t first, int64_t last, float *restrict out) {
    const int64_t steps[3] = {3 * size * size, 3 * size, 3};
    for (int64_t i = first; i < last; i++) {
        float share[3];
        const float *corner = cell_of(pixels + 3 * i, table, size, steps, low, scale, share);
        int order[3] = {0, 1, 2};
        for (int pass = 0; pass < 3; pass++) {
            const int a = pass % 2;
            if (share[order[a]] < share[order[a + 1]]) {
                const int other = order[a];
                order[a] = order[a + 1];
                order[a + 1] = other;
            }
        }
        const float big = share[order[0]], middle = share[order[1]], small = share[order[2]];
        const float *second = corner + steps[order[0]], *third = second + steps[order[1]];
        const float *opposite = corner + steps[0] + steps[1] + steps[2];
        for (int c = 0; c < 3; c++) {
            const float value = (1 - big) * corner[c] + (big - middle) * second[c] + (middle - small) * third[c] +
                                small * opposite[c];
            out[3 * i + c] = smaller(greater(value, 0), 1);
        }
    }
}

VECTORIZED
void lut_curves(const float *pixels, const float *table, int64_t size, const float *low, const float *scale,
                int64_t first, int64_t last, float *restrict out) {
    for (int64_t i = 3 * first; i < 3 * last; i++) {
        const int64_t axis = i % 3;
        const float unit = (pixels[i] - low[axis]) * scale[axis];
        const float where = smaller(greater(unit, 0), 1) * (float)(size - 1);
        const int64_t node = (int64_t)where < size - 2 ? (int64_t)where : size - 2;
        const float *at = table + 3 * node + axis;
        out[i] = smaller(greater(at[0] + (where - (float)node) * (at[3] - at[0]), 0), 1);
    }
}
