/* Sums over superpixels; sums.py says what goes in and out. */

#include "loops.h"

#define ADD_SHARES(name, type)                                                                                         \
    VECTORIZED                                                                                                         \
    void name(double *restrict sums, const int64_t *superpixels, const int64_t *cells, const double *weights,          \
              int64_t count, const type *values, int64_t channels, int64_t first, int64_t last) {                      \
        for (int64_t k = 0; k < count; k++) {                                                                          \
            double *restrict sum = sums + superpixels[k] * channels;                                                   \
            const type *value = values + cells[k] * channels;                                                          \
            const double weight = weights[k];                                                                          \
            for (int64_t c = first; c < last; c++)                                                                     \
                sum[c] += weight * value[c];                                                                           \
        }                                                                                                              \
    }

ADD_SHARES(sums_add_shares, float)
ADD_SHARES(sums_add_double_shares, double)

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
