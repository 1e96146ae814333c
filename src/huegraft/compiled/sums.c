/* Sums over superpixels; sums.py says what goes in and out. */

#include "loops.h"

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

/* Pixel after pixel while the superpixel stays the same, so that the sum stays in a register. */
#define ADD_PLANES(name, type)                                                                                         \
    void name(double *restrict sums, const int32_t *labels, int64_t pixels, const type *planes, int64_t count,         \
              int64_t first, int64_t last) {                                                                           \
        for (int64_t start = 0, stop; start < pixels; start = stop) {                                                  \
            const int64_t superpixel = labels[start];                                                                  \
            for (stop = start + 1; stop < pixels && labels[stop] == superpixel;)                                       \
                stop++;                                                                                                \
            for (int64_t plane = first; plane < last; plane++) {                                                       \
                double sum = sums[superpixel * count + plane];                                                         \
                for (int64_t i = start; i < stop; i++)                                                                 \
                    sum += planes[plane * pixels + i];                                                                 \
                sums[superpixel * count + plane] = sum;                                                                \
            }                                                                                                          \
        }                                                                                                              \
    }

ADD_PLANES(sums_add_planes, float)
ADD_PLANES(sums_add_double_planes, double)

void sums_add_products(double *restrict sums, const int32_t *labels, int64_t pixels, const double *values,
                       int64_t channels, const double *means) {
    for (int64_t pixel = 0; pixel < pixels; pixel++) {
        const int64_t superpixel = labels[pixel];
        const double *value = values + pixel * channels, *mean = means + superpixel * channels;
        double *sum = sums + superpixel * channels * channels;
        for (int64_t i = 0; i < channels; i++)
            for (int64_t j = 0; j < channels; j++)
                sum[i * channels + j] += (value[i] - mean[i]) * (value[j] - mean[j]);
    }
}
