/* Colour under the luma of film; film.py says what goes in and out. */

#include "color.h"
#include "ycbcr.h"

#define BLOCK 256
#define ROUNDS 8 /* of Newton's method, at most */
#define ENOUGH 0.01f /* of L*: what is left then changes no code of 10 bits by a quarter */
typedef float vector4 __attribute__((vector_size(16), aligned(4)));

/* The sRGB curve, below 0 as above it, and its slope. */
INLINE float curve(float linear, float *slope) {
    const float size = fabsf(linear), value = srgb_from_linear(size);
    *slope = size <= 0.0031308f ? 12.92f : (value + 0.055f) / (2.4f * greater(size, 0.0031308f));
    return linear < 0 ? -value : value;
}

INLINE float root_slope(float root) { return root > 6.0f / 29 ? 3 * root * root : 108.0f / 841; }

/* The Y' of a colour of CIELAB and its slope over L*. */
INLINE float luma_of_lab(float lightness, float a, float b, const float *primaries, const float *weights,
                         float *value_red, float *value_blue, float *slope) {
    const float root = (lightness + 16) / 116, over_x = root + a / 500, over_z = root - b / 200;
    const float x = lab_curve_inverse(over_x), y = lab_curve_inverse(root), z = lab_curve_inverse(over_z);
    const float dx = root_slope(over_x), dy = root_slope(root), dz = root_slope(over_z);
    float values[3], slopes[3];
    for (int c = 0; c < 3; c++) {
        values[c] = curve(primaries[3 * c] * x + primaries[3 * c + 1] * y + primaries[3 * c + 2] * z, &slopes[c]);
        slopes[c] *= primaries[3 * c] * dx + primaries[3 * c + 1] * dy + primaries[3 * c + 2] * dz;
    }
    *value_red = values[0];
    *value_blue = values[2];
    *slope = (weights[0] * slopes[0] + weights[1] * slopes[1] + weights[2] * slopes[2]) / 116;
    return weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2];
}

/* Cb and Cr of the colours of given Y', a*, b*: L* by Newton's method, from that of the greys on. */
INLINE void solve(const float *luma, const float *a, const float *b, int size, const float *primaries,
                  const float *weights, float *restrict lightness, float *restrict blues, float *restrict reds) {
    const float to_blue = 0.5f / (1 - weights[2]), to_red = 0.5f / (1 - weights[0]);
    for (int i = 0; i < size; i++) /* a colour is lighter than the grey of its Y': about so, for colours of sRGB */
        lightness[i] += 0.15f * a[i] * a[i] / (greater(lightness[i], 0) + 16);
    for (int round = 0, going = 1; going && round < ROUNDS; round++) {
        going = 0;
        for (int i = 0; i < size; i++) {
            float red, blue, slope;
            const float found = luma_of_lab(lightness[i], a[i], b[i], primaries, weights, &red, &blue, &slope);
            const float move = (luma[i] - found) / greater(slope, 0.002f);
            lightness[i] += smaller(greater(move, -30), 30);
            blues[i] = to_blue * (blue - found);
            reds[i] = to_red * (red - found);
            going |= fabsf(move) > ENOUGH;
        }
    }
}

/* A row of lines between four rows of the track's grid. */
INLINE void lines_of_row(const float *lines, int64_t width, const int64_t *rows, const float *by, float *restrict out) {
    const float *first = lines + 4 * width * rows[0], *second = lines + 4 * width * rows[1];
    const float *third = lines + 4 * width * rows[2], *fourth = lines + 4 * width * rows[3];
    for (int64_t i = 0; i < 4 * width; i++)
        out[i] = by[0] * first[i] + by[1] * second[i] + by[2] * third[i] + by[3] * fourth[i];
}

/* L* of some greys, and what their lines say a* and b* are at it. */
INLINE void chroma_of_lines(const float *lines, const int64_t *columns, const float *weights, const float *luma, int size,
                            float *restrict lightness, float *restrict a, float *restrict b) {
    float line[4][BLOCK];
    for (int i = 0; i < size; i++) {
        vector4 sum = weights[4 * i] * *(const vector4 *)(lines + 4 * columns[4 * i]);
        for (int k = 1; k < 4; k++)
            sum += weights[4 * i + k] * *(const vector4 *)(lines + 4 * columns[4 * i + k]);
        for (int c = 0; c < 4; c++)
            line[c][i] = sum[c];
    }
    for (int i = 0; i < size; i++) {
        lightness[i] = lightness_of_grey(luma[i]);
        a[i] = line[0][i] * lightness[i] + line[2][i];
        b[i] = line[1][i] * lightness[i] + line[3][i];
    }
}

VECTORIZED
void film_paint(const float *lines, int64_t width, const int64_t *rows, const float *row_weights,
                const int64_t *columns, const float *column_weights, const float *luma, int64_t new_width, int64_t top,
                int64_t bottom, const float *primaries, const float *weights, float *restrict scratch,
                float *restrict blues, float *restrict reds) {
    float lightness[BLOCK], a[BLOCK], b[BLOCK];
    for (int64_t y = top; y < bottom; y++) {
        lines_of_row(lines, width, rows + 4 * y, row_weights + 4 * y, scratch);
        for (int64_t x = 0; x < new_width; x += BLOCK) {
            const int size = (int)(new_width - x < BLOCK ? new_width - x : BLOCK);
            const int64_t at = y * new_width + x;
            chroma_of_lines(scratch, columns + 4 * x, column_weights + 4 * x, luma + at, size, lightness, a, b);
            solve(luma + at, a, b, size, primaries, weights, lightness, blues + at, reds + at);
        }
    }
}

/* A Y' beyond [0, 1] stays grey. */
VECTORIZED
void film_paint_lightness(const float *lines, int64_t width, const int64_t *rows, const float *row_weights,
                          const int64_t *columns, const float *column_weights, const float *luma, int64_t new_width,
                          int64_t top, int64_t bottom, float *restrict scratch, float *restrict rgb) {
    float lightness[BLOCK], a[BLOCK], b[BLOCK], values[3][BLOCK];
    for (int64_t y = top; y < bottom; y++) {
        lines_of_row(lines, width, rows + 4 * y, row_weights + 4 * y, scratch);
        for (int64_t x = 0; x < new_width; x += BLOCK) {
            const int size = (int)(new_width - x < BLOCK ? new_width - x : BLOCK);
            const float *grey = luma + y * new_width + x;
            chroma_of_lines(scratch, columns + 4 * x, column_weights + 4 * x, grey, size, lightness, a, b);
            for (int i = 0; i < size; i++)
                srgb_from_lab(lightness[i], a[i], b[i], &values[0][i], &values[1][i], &values[2][i]);
            float *pixel = rgb + 3 * (y * new_width + x);
            for (int i = 0; i < size; i++)
                for (int c = 0; c < 3; c++) {
                    const float clipped = smaller(greater(values[c][i], 0), 1);
                    pixel[3 * i + c] = grey[i] < 0 || grey[i] > 1 ? grey[i] : clipped;
                }
        }
    }
}

/* Shrink chroma until R', G', B' are in [0, 1] for the least and the greatest Y', and mark where they come near. */
VECTORIZED
void film_limit(float *restrict blues, float *restrict reds, const float *least, const float *greatest,
                const float *reach, float margin, int64_t first, int64_t last, uint8_t *restrict near) {
    for (int64_t i = first; i < last; i++) {
        const float red = reach[0] * reds[i], green = -reach[1] * blues[i] - reach[2] * reds[i];
        const float blue = reach[3] * blues[i];
        const float up = greater(red, greater(green, blue));
        const float down = -smaller(red, smaller(green, blue));
        const float above = greater(1 - greatest[i], 0), below = greater(least[i], 0);
        const float share = smaller(1, smaller(above / greater(up, 1e-9f), below / greater(down, 1e-9f)));
        blues[i] *= share;
        reds[i] *= share;
        near[i] = share * up > above - margin || share * down > below - margin;
    }
}

/* Codes of R', G', B' of which G' makes Y' come out right. */
VECTORIZED
void film_rgb_codes(const float *luma, const float *blues, const float *reds, int64_t width, const float *weights,
                    const float *reach, float black, float span, int32_t bits, int32_t bytes, int64_t frame,
                    const uint8_t *nearest, int64_t top, int64_t bottom, uint8_t *restrict red_codes,
                    uint8_t *restrict green_codes, uint8_t *restrict blue_codes) {
    uint8_t *planes[3] = {red_codes, green_codes, blue_codes};
    for (int64_t y = top; y < bottom; y++)
        for (int64_t start = 0; start < width; start += BLOCK) {
            const int size = (int)(width - start < BLOCK ? width - start : BLOCK);
            const int64_t at = y * width + start;
            float values[3][BLOCK];
            for (int i = 0; i < size; i++) {
                const float added = nearest[at + i] ? 0.5f : threshold(start + i, y, frame, 0);
                const float grey = black + span * luma[at + i];
                const float red = floorf(grey + span * reach[0] * reds[at + i] + added);
                const float blue = floorf(grey + span * reach[3] * blues[at + i] + 1 - added);
                const float exact = grey - span * (reach[1] * blues[at + i] + reach[2] * reds[at + i]);
                const float balanced = (grey - weights[0] * red - weights[2] * blue) / weights[1];
                values[0][i] = red;
                values[1][i] = floorf((nearest[at + i] ? exact : balanced) + 0.5f);
                values[2][i] = blue;
            }
            for (int c = 0; c < 3; c++)
                write_codes(values[c], size, bits, bytes, planes[c], at);
        }
}

/* Means of the cells of a grid, as codes of 8 bits; cells of less than a line, of small pictures, have a line again. */
#define CELLS(name, type)                                                                                              \
    VECTORIZED                                                                                                         \
    void name(const type *samples, int64_t height, int64_t width, int64_t most, int64_t rows, int64_t columns,         \
              uint32_t *restrict sums, uint8_t *restrict means) {                                                      \
        for (int64_t row = 0; row < rows; row++) {                                                                     \
            const int64_t top = row * height / rows, next = (row + 1) * height / rows;                                 \
            const int64_t bottom = next > top ? next : top + 1;                                                        \
            memset(sums, 0, width * sizeof *sums);                                                                     \
            for (int64_t y = top; y < bottom; y++)                                                                     \
                for (int64_t x = 0; x < width; x++)                                                                    \
                    sums[x] += samples[y * width + x];                                                                 \
            for (int64_t column = 0; column < columns; column++) {                                                     \
                const int64_t left = column * width / columns, after = (column + 1) * width / columns;                 \
                const int64_t right = after > left ? after : left + 1;                                                 \
                const int64_t whole = (bottom - top) * (right - left) * most;                                          \
                int64_t sum = 0;                                                                                       \
                for (int64_t x = left; x < right; x++)                                                                 \
                    sum += sums[x];                                                                                    \
                means[row * columns + column] = (uint8_t)((2 * 255 * sum + whole) / (2 * whole));                      \
            }                                                                                                          \
        }                                                                                                              \
    }
CELLS(film_cells, uint8_t)
CELLS(film_deep_cells, uint16_t)

/* Of pairs of small pictures, one less their greatest correlation over some shifts of the second. What is flatter than
   the noise is alike. The sums are whole numbers, so that they are the same however the loops are vectorised. */
VECTORIZED
void film_unlike(const int16_t *pictures, int64_t rows, int64_t columns, const int64_t *pairs, int64_t down,
                 int64_t across, float noise, int64_t start, int64_t stop, float *restrict out) {
    const int64_t height = rows - 2 * down, width = columns - 2 * across;
    const float count = (float)(height * width);
    for (int64_t pair = start; pair < stop; pair++) {
        const int16_t *first = pictures + pairs[2 * pair] * rows * columns + down * columns + across;
        const int16_t *second = pictures + pairs[2 * pair + 1] * rows * columns;
        int32_t sum = 0, squares = 0;
        float best = -1;
        for (int64_t y = 0; y < height; y++)
            for (int64_t x = 0; x < width; x++) {
                const int32_t value = first[y * columns + x];
                sum += value;
                squares += value * value;
            }
        const float own = (float)squares - (float)sum * (float)sum / count + noise * count;
        for (int64_t shift = 0; shift < (2 * down + 1) * (2 * across + 1); shift++) {
            const int16_t *other = second + shift / (2 * across + 1) * columns + shift % (2 * across + 1);
            int32_t other_sum = 0, other_squares = 0, products = 0;
            for (int64_t y = 0; y < height; y++)
                for (int64_t x = 0; x < width; x++) {
                    const int32_t value = other[y * columns + x];
                    other_sum += value;
                    other_squares += value * value;
                    products += value * first[y * columns + x];
                }
            const float its = (float)other_squares - (float)other_sum * (float)other_sum / count + noise * count;
            const float common = (float)products - (float)sum * (float)other_sum / count + noise * count;
            best = greater(best, common / sqrtf(own * its));
        }
        out[pair] = 1 - best;
    }
}
