/* Sums over superpixels; sums.py says what goes in and out. */

#include "loops.h"

/* The pixels of each superpixel. */
void sums_count(const int32_t *labels, int64_t pixels, double *restrict counts) {
    for (int64_t start = 0, stop; start < pixels; start = stop) {
        for (stop = start + 1; stop < pixels && labels[stop] == labels[start];)
            stop++;
        counts[labels[start]] += (double)(stop - start);
    }
}

/* Run after run of pixels between the same cells of a row, for which their weights are added up first. */
#define ADD_ENLARGED(name, type)                                                                                       \
    VECTORIZED                                                                                                         \
    void name(double *restrict sums, const int32_t *labels, int64_t height, int64_t width, const int64_t *rows,        \
              const double *row_shares, const int64_t *columns, const double *column_shares, const type *values,       \
              int64_t cells_across, int64_t channels, int64_t first, int64_t last) {                                   \
        for (int64_t y = 0; y < height; y++) {                                                                         \
            const type *upper = values + rows[2 * y] * cells_across * channels;                                        \
            const type *lower = values + rows[2 * y + 1] * cells_across * channels;                                    \
            const int32_t *superpixels = labels + y * width;                                                           \
            for (int64_t start = 0, stop; start < width; start = stop) {                                               \
                const int64_t left = columns[2 * start] * channels, right = columns[2 * start + 1] * channels;         \
                double of_right = 0;                                                                                   \
                for (stop = start; stop < width && superpixels[stop] == superpixels[start] &&                          \
                                   columns[2 * stop] == columns[2 * start] &&                                          \
                                   columns[2 * stop + 1] == columns[2 * start + 1];                                    \
                     stop++)                                                                                           \
                    of_right += column_shares[stop];                                                                   \
                const double of_left = (double)(stop - start) - of_right;                                              \
                const double below = row_shares[y], above = 1 - below;                                                 \
                double *restrict sum = sums + superpixels[start] * channels;                                           \
                for (int64_t c = first; c < last; c++)                                                                 \
                    sum[c] += above * (of_left * upper[left + c] + of_right * upper[right + c]) +                      \
                              below * (of_left * lower[left + c] + of_right * lower[right + c]);                       \
            }                                                                                                          \
        }                                                                                                              \
    }

ADD_ENLARGED(sums_add_enlarged, float)
ADD_ENLARGED(sums_add_double_enlarged, double)

/* Pixel after pixel, their channels side by side. */
#define ADD_PIXELS(name, type)                                                                                         \
    VECTORIZED                                                                                                         \
    void name(double *restrict sums, const int32_t *labels, int64_t pixels, const type *values, int64_t channels,      \
              int64_t first, int64_t last) {                                                                           \
        for (int64_t pixel = 0; pixel < pixels; pixel++) {                                                             \
            const type *value = values + pixel * channels;                                                             \
            double *restrict sum = sums + labels[pixel] * channels;                                                    \
            for (int64_t c = first; c < last; c++)                                                                     \
                sum[c] += value[c];                                                                                    \
        }                                                                                                              \
    }

ADD_PIXELS(sums_add_pixels, float)
ADD_PIXELS(sums_add_double_pixels, double)

/* Pixel after pixel while the superpixel stays the same, so that the sum stays in registers: four, side by side. */
#define ADD_PLANES(name, type)                                                                                         \
    VECTORIZED                                                                                                         \
    void name(double *restrict sums, const int32_t *labels, int64_t pixels, const type *planes, int64_t count,         \
              int64_t first, int64_t last) {                                                                           \
        for (int64_t start = 0, stop; start < pixels; start = stop) {                                                  \
            const int64_t superpixel = labels[start];                                                                  \
            for (stop = start + 1; stop < pixels && labels[stop] == superpixel;)                                       \
                stop++;                                                                                                \
            for (int64_t plane = first; plane < last; plane++) {                                                       \
                const type *restrict values = planes + plane * pixels;                                                 \
                double sum[4] = {0};                                                                                   \
                int64_t i = start;                                                                                     \
                for (; i + 4 <= stop; i += 4)                                                                          \
                    for (int k = 0; k < 4; k++)                                                                        \
                        sum[k] += values[i + k];                                                                       \
                for (; i < stop; i++)                                                                                  \
                    sum[0] += values[i];                                                                               \
                sums[superpixel * count + plane] += (sum[0] + sum[1]) + (sum[2] + sum[3]);                             \
            }                                                                                                          \
        }                                                                                                              \
    }

ADD_PLANES(sums_add_planes, float)
ADD_PLANES(sums_add_double_planes, double)

/* The lower triangle of v v^T, v a pixel's values less its superpixel's mean, and the values themselves. */
#define ADD_MOMENTS(name, type)                                                                                        \
    void name(double *restrict sums, const int32_t *labels, const type *values, int64_t channels,                      \
              const double *centres, int64_t first, int64_t last) {                                                    \
        const int64_t size = channels + channels * (channels + 1) / 2;                                                 \
        for (int64_t pixel = first; pixel < last; pixel++) {                                                           \
            const type *value = values + pixel * channels;                                                             \
            const double *centre = centres + labels[pixel] * channels;                                                 \
            double *restrict sum = sums + labels[pixel] * size, v[3];                                                  \
            for (int64_t i = 0; i < channels; i++)                                                                     \
                v[i] = value[i] - centre[i];                                                                           \
            for (int64_t i = 0, at = channels; i < channels; i++) {                                                    \
                sum[i] += v[i];                                                                                        \
                for (int64_t j = 0; j <= i; j++, at++)                                                                 \
                    sum[at] += v[i] * v[j];                                                                            \
            }                                                                                                          \
        }                                                                                                              \
    }

ADD_MOMENTS(sums_add_moments, float)
ADD_MOMENTS(sums_add_double_moments, double)
