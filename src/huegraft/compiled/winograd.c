/* Winograd's transforms, F(4x4, 3x3); winograd.py says what goes in and out. */

#include "loops.h"

#define LANES 16
typedef float lanes __attribute__((vector_size(4 * LANES)));

/* Channels at a time, so that what is between the two halves of a transform stays in the first cache. */
#define GROUPS 4
#define PATCH_BLOCK (GROUPS * LANES)
#define TILE_BLOCK 256

/* Bt times six numbers for each of some channels; vectors, as compilers leave a loop with so many streams as it is. */
INLINE void combine_inputs(const lanes *d, int step, lanes *out, int out_step) {
    const lanes even_4 = d[4 * step] - 4 * d[2 * step], odd_4 = d[3 * step] - 4 * d[step];
    const lanes even_1 = d[4 * step] - d[2 * step], odd_1 = 2 * (d[3 * step] - d[step]);
    out[0] = 4 * d[0] - 5 * d[2 * step] + d[4 * step];
    out[out_step] = even_4 + odd_4;
    out[2 * out_step] = even_4 - odd_4;
    out[3 * out_step] = even_1 + odd_1;
    out[4 * out_step] = even_1 - odd_1;
    out[5 * out_step] = 4 * d[step] - 5 * d[3 * step] + d[5 * step];
}

INLINE void transform_patch(const float *const *pixels, int size, int64_t stride, float *out) {
    lanes patch[36 * GROUPS] = {0}, half[36];
    for (int k = 0; k < 36; k++)
        if (pixels[k])
            memcpy(patch + k * GROUPS, pixels[k], size * sizeof *out);
    for (int g = 0; g < GROUPS; g++) {
        for (int j = 0; j < 6; j++)
            combine_inputs(patch + j * GROUPS + g, 6 * GROUPS, half + j, 6);
        for (int i = 0; i < 6; i++)
            combine_inputs(half + 6 * i, 1, patch + 6 * i * GROUPS + g, GROUPS);
    }
    for (int k = 0; k < 36; k++)
        memcpy(out + k * stride, patch + k * GROUPS, size * sizeof *out);
}

VECTORIZED
void winograd_inputs(const float *maps, int64_t width, int64_t channels, const int64_t *rows, const int64_t *columns,
                     int64_t across, int64_t first, int64_t count, float *restrict spectra) {
    const int64_t stride = count * channels;
    for (int64_t place = 0; place < count; place++) {
        const int64_t *row = rows + 4 * ((first + place) / across), *column = columns + 4 * ((first + place) % across);
        for (int64_t start = 0; start < channels; start += PATCH_BLOCK) {
            const float *pixels[36];
            for (int k = 0; k < 36; k++) {
                const int64_t y = row[k / 6], x = column[k % 6];
                pixels[k] = y < 0 || x < 0 ? NULL : maps + (y * width + x) * channels + start;
            }
            float *out = spectra + place * channels + start;
            if (channels - start >= PATCH_BLOCK) /* twice the same, for copies of a size that the compiler knows */
                transform_patch(pixels, PATCH_BLOCK, stride, out);
            else
                transform_patch(pixels, (int)(channels - start), stride, out);
        }
    }
}

/* At times six lines of channels, of which each is `step` from the next. */
INLINE void combine_outputs(const float *m, int64_t step, int64_t size, float *restrict out, int64_t out_step) {
    for (int64_t c = 0; c < size; c++) {
        const float m1 = m[step + c], m2 = m[2 * step + c], m3 = m[3 * step + c], m4 = m[4 * step + c];
        const float near_sum = m1 + m2, near_difference = m1 - m2, far_sum = m3 + m4, far_difference = m3 - m4;
        out[c] = m[c] + near_sum + far_sum;
        out[out_step + c] = near_difference + 2 * far_difference;
        out[2 * out_step + c] = near_sum + 4 * far_sum;
        out[3 * out_step + c] = near_difference + 8 * far_difference + m[5 * step + c];
    }
}

VECTORIZED
void winograd_outputs(const float *spectra, int64_t count, int64_t channels, const float *bias, int64_t first,
                      int64_t height, int64_t width, float *restrict maps) {
    float half[24 * TILE_BLOCK], line[4 * TILE_BLOCK];
    const int64_t across = (width + 3) / 4, stride = count * channels;
    for (int64_t place = 0; place < count; place++) {
        const int64_t top = 4 * ((first + place) / across), left = 4 * ((first + place) % across);
        for (int64_t start = 0; start < channels; start += TILE_BLOCK) {
            const int64_t size = channels - start < TILE_BLOCK ? channels - start : TILE_BLOCK;
            const float *tile = spectra + place * channels + start;
            for (int j = 0; j < 6; j++)
                combine_outputs(tile + j * stride, 6 * stride, size, half + j * TILE_BLOCK, 6 * TILE_BLOCK);
            for (int i = 0; i < 4 && top + i < height; i++) {
                combine_outputs(half + 6 * i * TILE_BLOCK, TILE_BLOCK, size, line, TILE_BLOCK);
                for (int j = 0; j < 4 && left + j < width; j++) {
                    float *restrict pixel = maps + ((top + i) * width + left + j) * channels + start;
                    for (int64_t c = 0; c < size; c++) {
                        const float sum = line[j * TILE_BLOCK + c] + bias[start + c];
                        pixel[c] = sum < 0 ? 0 : sum; /* NaN stays */
                    }
                }
            }
        }
    }
}
