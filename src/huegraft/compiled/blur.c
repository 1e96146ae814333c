/* Separable convolution of planes; blur.py says what goes in and out. */

#include "loops.h"

#define BLOCK 128

VECTORIZED
void blur(const float *planes, int64_t count, int64_t height, int64_t width, const float *kernel, int64_t reach,
          int64_t top, int64_t bottom, float *restrict row, float *restrict out) {
    float *middle = row + reach;
    for (int64_t plane = 0; plane < count; plane++)
        for (int64_t y = top; y < bottom; y++) {
            const float *source = planes + plane * height * width;
            for (int64_t x = 0; x < width; x++)
                middle[x] = kernel[reach] * source[y * width + x];
            for (int64_t t = 1; t <= reach; t++) { /* both sides of the kernel at once: it is symmetric */
                const float *above = source + (y < t ? 0 : y - t) * width, weight = kernel[reach + t];
                const float *below = source + (y + t < height ? y + t : height - 1) * width;
                for (int64_t x = 0; x < width; x++)
                    middle[x] += weight * (above[x] + below[x]);
            }
            for (int64_t t = 1; t <= reach; t++) {
                middle[-t] = middle[0];
                middle[width - 1 + t] = middle[width - 1];
            }
            float *result = out + (plane * height + y) * width;
            for (int64_t left = 0; left < width; left += BLOCK) {
                const int size = (int)(width - left < BLOCK ? width - left : BLOCK);
                float sums[BLOCK];
                for (int i = 0; i < size; i++)
                    sums[i] = kernel[reach] * middle[left + i];
                for (int64_t t = 1; t <= reach; t++) {
                    const float weight = kernel[reach + t];
                    for (int i = 0; i < size; i++)
                        sums[i] += weight * (middle[left + i - t] + middle[left + i + t]);
                }
                memcpy(result + left, sums, size * sizeof *sums);
            }
        }
}
