/* Sums over superpixels of the kernel of colour's features; color_kernel.py says what goes in and out. */

#include "loops.h"

#define FREQUENCIES 16 /* as in color_kernel.py */
#define LONGEST 128    /* pixels whose sum stays in single precision */

/* Cosine and sine of a phase of at most some hundred, to 1e-6. */
INLINE void turn(float phase, float *cosine, float *sine) {
    union {
        float value;
        uint32_t bits;
    } shifted = {phase * 0.636619772f + 0x1.8p23f};
    const float quarters = shifted.value - 0x1.8p23f;
    const float t = phase - quarters * 0x1.92p+0f - quarters * 0x1.fb5444p-12f, s = t * t;
    const float c = 1 + s * (-0.5f + s * (4.16666418e-2f + s * (-1.38873162e-3f + s * 2.44331571e-5f)));
    const float d = t * (1 + s * (-1.66666546e-1f + s * (8.33216087e-3f - s * 1.95152959e-4f)));
    const int odd = shifted.bits & 1, half = (shifted.bits >> 1) & 1, other = ((shifted.bits + 1) >> 1) & 1;
    const float first = odd ? d : c, second = odd ? c : d;
    *cosine = other ? -first : first;
    *sine = half ? -second : second;
}

VECTORIZED
void color_kernel_features(const float *lab, int64_t pixels, const float *frequencies, int64_t first, int64_t last,
                           float *restrict features) {
    for (int64_t f = first; f < last; f++) {
        const float *by = frequencies + 3 * f;
        float *restrict cosines = features + f * pixels, *restrict sines = features + (FREQUENCIES + f) * pixels;
        for (int64_t i = 0; i < pixels; i++)
            turn(by[0] * lab[3 * i] + by[1] * lab[3 * i + 1] + by[2] * lab[3 * i + 2], &cosines[i], &sines[i]);
    }
}

/* Sums of the pixels from `first` on, all frequencies of a pixel side by side. */
VECTORIZED
void color_kernel_add(const float *lab, const int32_t *labels, const float *frequencies, int64_t first, int64_t last,
                      double *restrict sums) {
    float by[3][FREQUENCIES];
    for (int f = 0; f < FREQUENCIES; f++)
        for (int c = 0; c < 3; c++)
            by[c][f] = frequencies[3 * f + c];
    for (int64_t i = first, stop; i < last; i = stop) {
        float of_cosines[FREQUENCIES] = {0}, of_sines[FREQUENCIES] = {0}; /* of few pixels, to 1e-6 */
        const int32_t superpixel = labels[i];
        for (stop = i; stop < last && stop < i + LONGEST && labels[stop] == superpixel; stop++) {
            const float *pixel = lab + 3 * stop;
            float cosines[FREQUENCIES], sines[FREQUENCIES];
            for (int f = 0; f < FREQUENCIES; f++)
                turn(by[0][f] * pixel[0] + by[1][f] * pixel[1] + by[2][f] * pixel[2], &cosines[f], &sines[f]);
            for (int f = 0; f < FREQUENCIES; f++) {
                of_cosines[f] += cosines[f];
                of_sines[f] += sines[f];
            }
        }
        double *restrict sum = sums + 2 * FREQUENCIES * (int64_t)superpixel;
        for (int f = 0; f < FREQUENCIES; f++) {
            sum[f] += of_cosines[f];
            sum[FREQUENCIES + f] += of_sines[f];
        }
    }
}
