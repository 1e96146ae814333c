/* A grade applied to the pixels of some rows; grade.py says what goes in and out. */

#include "color.h"

#define BLOCK 256
typedef float vector4 __attribute__((vector_size(16), aligned(4)));

/* Linear between nodes over three coordinates in [0, 1]; beyond them the nearest node's values. */
INLINE vector4 lattice(const float *values, const int64_t *nodes, float c0, float c1, float c2) {
    const float coordinates[3] = {c0, c1, c2};
    int64_t low[3], high[3];
    float share[3];
    for (int axis = 0; axis < 3; axis++) {
        const float where = smaller(greater(coordinates[axis], 0), 1) * (nodes[axis] - 1);
        low[axis] = (int64_t)where;
        high[axis] = low[axis] + 1 < nodes[axis] ? low[axis] + 1 : low[axis];
        share[axis] = where - low[axis];
    }
    vector4 sum = {0, 0, 0, 0};
    for (int corner = 0; corner < 8; corner++) {
        const int64_t i = corner & 4 ? high[0] : low[0], j = corner & 2 ? high[1] : low[1], k = corner & 1 ? high[2] : low[2];
        const float weight = (corner & 4 ? share[0] : 1 - share[0]) * (corner & 2 ? share[1] : 1 - share[1]) *
                             (corner & 1 ? share[2] : 1 - share[2]);
        sum += weight * *(const vector4 *)(values + 4 * ((i * nodes[1] + j) * nodes[2] + k));
    }
    return sum;
}

VECTORIZED
void grade_apply(const float *rgb, int64_t height, int64_t width, const float *tones, int64_t levels,
                 const float *matrix, const float *before, const float *after, const float *limits,
                 const float *coefficients, const float *by_color, const int64_t *color_nodes, const float *by_place,
                 const int64_t *place_nodes, float first_y, float step_y, float lightness, float *restrict out,
                 float *restrict graded) {
    float lab[3][BLOCK], old[BLOCK], inside[3][BLOCK];
    for (int64_t y = 0; y < height; y++)
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
            for (int i = 0; i < size; i++) {
                const float place = lab[0][i] / 100;
                const vector4 moved =
                    lattice(by_color, color_nodes, inside[0][i] / 100, inside[1][i] / 200 + 0.5f, inside[2][i] / 200 + 0.5f) +
                    lattice(by_place, place_nodes, first_y + step_y * (float)y, (left + i + 0.5f) / width, place);
                for (int c = 0; c < 3; c++)
                    lab[c][i] += moved[c];
            }
            for (int i = 0; i < size; i++) {
                const float l = inside[0][i] / 100, a = inside[1][i] / 100 + 0.5f, b = inside[2][i] / 100 + 0.5f;
                for (int c = 0; c < 3; c++) {
                    const float *k = coefficients + c;
                    lab[c][i] += k[0] + k[3] * l + k[6] * a + k[9] * b + k[12] * l * l + k[15] * l * a + k[18] * l * b +
                                 k[21] * a * a + k[24] * a * b + k[27] * b * b;
                }
            }
            for (int i = 0; i < size; i++) {
                float *pixel = out + 3 * (start + i);
                const float new_lightness = old[i] + lightness * (lab[0][i] - old[i]);
                srgb_from_lab(new_lightness, lab[1][i], lab[2][i], &pixel[0], &pixel[1], &pixel[2]);
                for (int c = 0; c < 3; c++)
                    graded[3 * (start + i) + c] = lab[c][i];
            }
        }
}
