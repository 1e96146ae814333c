/* A grade applied to the pixels of some rows; grade.py says what goes in and out. */

#include "color.h"

#define BLOCK 256
typedef float vector4 __attribute__((vector_size(16), aligned(4)));

/* Add to `sums` what is linear between nodes over three coordinates in [0, 1], beyond them the nearest node's values. */
INLINE void add_lattice(const float *values, const int64_t *nodes, const float *first, const float *second,
                        const float *third, int size, float sums[3][BLOCK]) {
    const int32_t n[3] = {(int32_t)nodes[0], (int32_t)nodes[1], (int32_t)nodes[2]};
    const float *coordinates[3] = {first, second, third};
    const int32_t strides[3] = {4 * n[1] * n[2], 4 * n[2], 4};
    const int32_t i = n[0] > 1 ? strides[0] : 0, j = n[1] > 1 ? strides[1] : 0, k = n[2] > 1 ? strides[2] : 0;
    int32_t offsets[BLOCK] = {0};
    float shares[3][BLOCK];
    for (int axis = 0; axis < 3; axis++) {
        const int32_t highest = n[axis] > 1 ? n[axis] - 2 : 0;
        for (int at = 0; at < size; at++) {
            const float where = smaller(greater(coordinates[axis][at], 0), 1) * (float)(n[axis] - 1);
            const int32_t low = (int32_t)where < highest ? (int32_t)where : highest;
            shares[axis][at] = where - (float)low;
            offsets[at] += low * strides[axis];
        }
    }
    for (int at = 0; at < size; at++) {
        const float *corner = values + offsets[at];
        vector4 edges[4];
        for (int edge = 0; edge < 4; edge++) {
            const float *low = corner + (edge & 2 ? i : 0) + (edge & 1 ? j : 0);
            edges[edge] = *(const vector4 *)low + shares[2][at] * (*(const vector4 *)(low + k) - *(const vector4 *)low);
        }
        const vector4 top = edges[0] + shares[1][at] * (edges[1] - edges[0]);
        const vector4 bottom = edges[2] + shares[1][at] * (edges[3] - edges[2]);
        const vector4 sum = top + shares[0][at] * (bottom - top);
        for (int c = 0; c < 3; c++)
            sums[c][at] += sum[c];
    }
}

VECTORIZED
void grade_apply(const float *rgb, int64_t top, int64_t bottom, int64_t width, const float *tones, int64_t levels,
                 const float *matrix, const float *before, const float *after, const float *limits,
                 const float *coefficients, const float *by_color, const int64_t *color_nodes, const float *by_place,
                 const int64_t *place_nodes, const float *kept, int64_t kept_levels, int64_t first_row, int64_t first_column, int64_t frame_height,
                 int64_t frame_width, float lightness, float *restrict out, float *restrict graded) {
    float lab[3][BLOCK], old[BLOCK], inside[3][BLOCK], unit[3][BLOCK], place[3][BLOCK];
    for (int64_t y = top; y < bottom; y++)
        for (int64_t left = 0; left < width; left += BLOCK) {
            const int64_t start = y * width + left;
            const int size = (int)(width - left < BLOCK ? width - left : BLOCK);
            for (int i = 0; i < size; i++) {
                const float *pixel = rgb + 3 * (start + i);
                lab_from_srgb(pixel[0], pixel[1], pixel[2], &old[i], &lab[1][i], &lab[2][i]);
            }
            for (int i = 0; i < size; i++) {
                const float within = smaller(greater(old[i], tones[0]), tones[levels - 1]);
                lab[0][i] = tones[levels] + (old[i] - within);
            }
            for (int64_t k = 0; k + 1 < levels; k++) {
                const float run = tones[k + 1] - tones[k];
                const float slope = (tones[levels + k + 1] - tones[levels + k]) / greater(run, 1e-12f);
                for (int i = 0; i < size; i++)
                    lab[0][i] += slope * smaller(greater(old[i] - tones[k], 0), run);
            }
            for (int i = 0; i < size; i++) {
                const float l = lab[0][i] - before[0], a = lab[1][i] - before[1], b = lab[2][i] - before[2];
                for (int c = 0; c < 3; c++)
                    lab[c][i] = l * matrix[c] + a * matrix[3 + c] + b * matrix[6 + c] + after[c];
            }
            for (int c = 0; c < 3; c++)
                for (int i = 0; i < size; i++)
                    inside[c][i] = smaller(greater(lab[c][i], limits[c]), limits[3 + c]);
            const float height_here = ((float)(first_row + y) + 0.5f) / (float)frame_height;
            const int column = (int)(first_column + left);
            for (int i = 0; i < size; i++) {
                place[0][i] = height_here;
                place[1][i] = ((float)(column + i) + 0.5f) / (float)frame_width;
                place[2][i] = lab[0][i] / 100;
                unit[0][i] = inside[0][i] / 100;
                unit[1][i] = inside[1][i] / 200 + 0.5f;
                unit[2][i] = inside[2][i] / 200 + 0.5f;
            }
            add_lattice(by_color, color_nodes, unit[0], unit[1], unit[2], size, lab);
            if (place_nodes[0] * place_nodes[1] * place_nodes[2] > 1)
                add_lattice(by_place, place_nodes, place[0], place[1], place[2], size, lab);
            for (int i = 0; i < size; i++) {
                const float l = inside[0][i] / 100, a = inside[1][i] / 100 + 0.5f, b = inside[2][i] / 100 + 0.5f;
                for (int c = 0; c < 3; c++) {
                    const float *k = coefficients + c;
                    lab[c][i] += k[0] + k[3] * l + k[6] * a + k[9] * b + k[12] * l * l + k[15] * l * a + k[18] * l * b +
                                 k[21] * a * a + k[24] * a * b + k[27] * b * b;
                }
            }
            if (kept_levels > 1) {
                /* On the colours as they would be shown: chroma that lies beyond white or black stays there. */
                for (int i = 0; i < size; i++) {
                    float red, green, blue;
                    srgb_from_lab(lab[0][i], lab[1][i], lab[2][i], &red, &green, &blue);
                    lab_from_srgb(smaller(greater(red, 0), 1), smaller(greater(green, 0), 1),
                                  smaller(greater(blue, 0), 1), &lab[0][i], &lab[1][i], &lab[2][i]);
                }
                const int32_t last = (int32_t)kept_levels - 2;
                for (int i = 0; i < size; i++) {
                    const float level = smaller(greater(old[i] / 100, 0), 1) * (float)(kept_levels - 1);
                    const int32_t low = (int32_t)level < last ? (int32_t)level : last;
                    lab[0][i] += kept[low] + (level - (float)low) * (kept[low + 1] - kept[low]);
                }
            }
            for (int i = 0; i < size; i++)
                srgb_from_lab(old[i] + lightness * (lab[0][i] - old[i]), lab[1][i], lab[2][i], &inside[0][i],
                              &inside[1][i], &inside[2][i]);
            for (int i = 0; i < size; i++)
                for (int c = 0; c < 3; c++) {
                    out[3 * (start + i) + c] = inside[c][i];
                    graded[3 * (start + i) + c] = lab[c][i];
                }
        }
}

/* Among the corners of a cell between nodes, the tetrahedron of a colour is found as lut_tetrahedral finds it. A node is a
   vector. Beyond the ends of the table the slope is 1. */
VECTORIZED
void grade_look_up(const float *rgb, int64_t first, int64_t last, const float *table, int64_t nodes, float low,
                   float high, float *restrict out) {
    const int32_t steps[3] = {(int32_t)(4 * nodes * nodes), (int32_t)(4 * nodes), 4};
    const int32_t opposite = steps[0] + steps[1] + steps[2], highest = (int32_t)nodes - 2;
    const float scale = (float)(nodes - 1) / (high - low);
    float beyond[3][BLOCK], shares[3][BLOCK], weights[4][BLOCK];
    int32_t corners[3][BLOCK];
    for (int64_t start = first; start < last; start += BLOCK) {
        const int size = (int)(last - start < BLOCK ? last - start : BLOCK);
        memset(corners[0], 0, sizeof corners[0]);
        for (int axis = 0; axis < 3; axis++)
            for (int i = 0; i < size; i++) {
                const float value = rgb[3 * (start + i) + axis], within = smaller(greater(value, low), high);
                const float where = (within - low) * scale;
                const int32_t node = (int32_t)where < highest ? (int32_t)where : highest;
                beyond[axis][i] = value - within;
                shares[axis][i] = where - (float)node;
                corners[0][i] += node * steps[axis];
            }
        for (int i = 0; i < size; i++) {
            const float r = shares[0][i], g = shares[1][i], b = shares[2][i];
            const float big = greater(greater(r, g), b), small = smaller(smaller(r, g), b);
            const float middle = greater(smaller(r, g), smaller(greater(r, g), b));
            const int32_t of_big = r == big ? steps[0] : g == big ? steps[1] : steps[2];
            const int32_t of_small = b == small ? steps[2] : g == small ? steps[1] : steps[0];
            corners[1][i] = corners[0][i] + of_big;
            corners[2][i] = corners[0][i] + opposite - of_small;
            weights[0][i] = 1 - big;
            weights[1][i] = big - middle;
            weights[2][i] = middle - small;
            weights[3][i] = small;
        }
        for (int i = 0; i < size; i++) {
            const vector4 sum = weights[0][i] * *(const vector4 *)(table + corners[0][i]) +
                                weights[1][i] * *(const vector4 *)(table + corners[1][i]) +
                                weights[2][i] * *(const vector4 *)(table + corners[2][i]) +
                                weights[3][i] * *(const vector4 *)(table + corners[0][i] + opposite);
            for (int c = 0; c < 3; c++)
                out[3 * (start + i) + c] = sum[c] + beyond[c][i];
        }
    }
}
