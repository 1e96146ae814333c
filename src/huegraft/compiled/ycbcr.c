/* Y'CbCr, and code values; ycbcr.py says what goes in and out. */

#include "ycbcr.h"

#define BLOCK 256
#define MARGIN 8 /* more than any filter reaches beyond a row */

/* The sample before a pixel in a plane that has one for `step` pixels, the first at `first`, and the share of the next. */
INLINE int64_t sample_before(int64_t pixel, int64_t step, double first, float *share) {
    const double where = ((double)pixel - first) / (double)step, whole = floor(where);
    *share = (float)(where - whole);
    return (int64_t)whole;
}

/* A row of chroma between two rows, linearly, with one sample repeated on both sides, then at each pixel. */
INLINE void enlarge_row(const float *plane, int64_t height, int64_t width, int64_t y, int64_t step_down,
                        double first_down, int64_t step, double first, float *restrict padded, float *restrict out) {
    float share;
    const int64_t above = sample_before(y, step_down, first_down, &share);
    const float *top = plane + within(above, height) * width, *bottom = plane + within(above + 1, height) * width;
    for (int64_t i = 0; i < width; i++)
        padded[i + 1] = top[i] + share * (bottom[i] - top[i]);
    padded[0] = padded[1];
    padded[width + 1] = padded[width];
    for (int64_t phase = 0; phase < step; phase++) {
        const float *from = padded + 1 + sample_before(phase, step, first, &share);
        for (int64_t i = 0; i < width; i++)
            out[i * step + phase] = from[i] + share * (from[i + 1] - from[i]);
    }
}

VECTORIZED
void ycbcr_to_rgb(const float *luma, int64_t width, const float *blues, const float *reds,
                         int64_t chroma_height, int64_t chroma_width, const int64_t *steps, const double *firsts,
                         const float *reach, int64_t top, int64_t bottom, float *restrict scratch,
                         float *restrict out) {
    float *padded = scratch, *blue = padded + chroma_width + 2, *red = blue + chroma_width * steps[1];
    for (int64_t y = top; y < bottom; y++) {
        enlarge_row(blues, chroma_height, chroma_width, y, steps[0], firsts[0], steps[1], firsts[1], padded, blue);
        enlarge_row(reds, chroma_height, chroma_width, y, steps[0], firsts[0], steps[1], firsts[1], padded, red);
        const float *grey = luma + y * width;
        float *pixel = out + 3 * y * width;
        for (int64_t x = 0; x < width; x++) {
            pixel[3 * x] = grey[x] + reach[0] * red[x];
            pixel[3 * x + 1] = grey[x] - reach[1] * blue[x] - reach[2] * red[x];
            pixel[3 * x + 2] = grey[x] + reach[3] * blue[x];
        }
    }
}

/* Repeat the ends of a row of `width` numbers on both sides, where a filter reaches beyond them. */
INLINE void repeat_ends(float *row, int64_t width, int64_t before, int64_t after) {
    for (int64_t i = 1; i <= before; i++)
        row[-i] = row[0];
    for (int64_t i = 0; i < after; i++)
        row[width + i] = row[width - 1];
}

VECTORIZED
void ycbcr_from_rgb(const float *rgb, int64_t height, int64_t width, const float *weights, const int64_t *steps,
                         const int64_t *starts, const int64_t *counts, const float *taps, int64_t chroma_width,
                         int64_t top, int64_t bottom, float *restrict scratch, float *restrict luma,
                         float *restrict blues, float *restrict reds) {
    float *sum_blue = scratch + MARGIN, *sum_red = sum_blue + width + 2 * MARGIN;
    const float to_blue = 0.5f / (1 - weights[2]), to_red = 0.5f / (1 - weights[0]);
    for (int64_t row = top; row < bottom; row++) {
        memset(sum_blue, 0, width * sizeof *sum_blue);
        memset(sum_red, 0, width * sizeof *sum_red);
        for (int64_t k = 0; k < counts[0]; k++) {
            const int64_t y = row * steps[0] + starts[0] + k, own = y - row * steps[0];
            const float *pixel = rgb + 3 * width * within(y, height), share = taps[k];
            float *grey = luma + width * within(y, height);
            const int kept = own >= 0 && own < steps[0] && y < height;
            for (int64_t x = 0; x < width; x++) {
                const float value = weights[0] * pixel[3 * x] + weights[1] * pixel[3 * x + 1] + weights[2] * pixel[3 * x + 2];
                sum_blue[x] += share * (pixel[3 * x + 2] - value);
                sum_red[x] += share * (pixel[3 * x] - value);
                if (kept)
                    grey[x] = value;
            }
        }
        repeat_ends(sum_blue, width, MARGIN, MARGIN);
        repeat_ends(sum_red, width, MARGIN, MARGIN);
        for (int64_t i = 0; i < chroma_width; i++) {
            float blue = 0, red = 0;
            for (int64_t k = 0; k < counts[1]; k++) {
                blue += taps[counts[0] + k] * sum_blue[i * steps[1] + starts[1] + k];
                red += taps[counts[0] + k] * sum_red[i * steps[1] + starts[1] + k];
            }
            blues[row * chroma_width + i] = to_blue * blue;
            reds[row * chroma_width + i] = to_red * red;
        }
    }
}

/* For each sample of chroma: the mean of the luma that it stands for, and the extremes of the luma that it colours. */
VECTORIZED
void ycbcr_luma_around(const float *luma, int64_t height, int64_t width, const int64_t *steps, const int64_t *starts,
                      const int64_t *counts, const float *taps, const int64_t *lows, const int64_t *highs,
                      int64_t chroma_width, int64_t top, int64_t bottom, float *restrict scratch,
                      float *restrict means, float *restrict least, float *restrict greatest) {
    float *mean = scratch + MARGIN, *low = mean + width + 2 * MARGIN, *high = low + width + 2 * MARGIN;
    for (int64_t row = top; row < bottom; row++) {
        for (int64_t x = 0; x < width; x++) {
            mean[x] = 0;
            low[x] = INFINITY;
            high[x] = -INFINITY;
        }
        for (int64_t k = lows[0]; k <= highs[0]; k++) {
            const float *grey = luma + width * within(row * steps[0] + k, height);
            const int64_t tap = k - starts[0];
            const float share = tap >= 0 && tap < counts[0] ? taps[tap] : 0;
            for (int64_t x = 0; x < width; x++) {
                mean[x] += share * grey[x];
                low[x] = smaller(low[x], grey[x]);
                high[x] = greater(high[x], grey[x]);
            }
        }
        repeat_ends(mean, width, MARGIN, MARGIN);
        repeat_ends(low, width, MARGIN, MARGIN);
        repeat_ends(high, width, MARGIN, MARGIN);
        for (int64_t i = 0; i < chroma_width; i++) {
            float sum = 0, floor = INFINITY, ceiling = -INFINITY;
            for (int64_t k = 0; k < counts[1]; k++)
                sum += taps[counts[0] + k] * mean[i * steps[1] + starts[1] + k];
            for (int64_t k = lows[1]; k <= highs[1]; k++) {
                floor = smaller(floor, low[i * steps[1] + k]);
                ceiling = greater(ceiling, high[i * steps[1] + k]);
            }
            means[row * chroma_width + i] = sum;
            least[row * chroma_width + i] = floor;
            greatest[row * chroma_width + i] = ceiling;
        }
    }
}

VECTORIZED
void ycbcr_codes(const float *values, int64_t width, float black, float span, int32_t bits, int32_t bytes,
                int64_t frame, int64_t plane, const uint8_t *nearest, int64_t top, int64_t bottom,
                uint8_t *restrict codes) {
    for (int64_t y = top; y < bottom; y++)
        for (int64_t start = 0; start < width; start += BLOCK) {
            const int size = (int)(width - start < BLOCK ? width - start : BLOCK);
            const int64_t at = y * width + start;
            float whole[BLOCK];
            for (int i = 0; i < size; i++) {
                const float added = nearest[at + i] ? 0.5f : threshold(start + i, y, frame, plane);
                whole[i] = floorf(black + span * values[at + i] + added);
            }
            write_codes(whole, size, bits, bytes, codes, at);
        }
}
