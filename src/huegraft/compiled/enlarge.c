/* Bicubic enlargement; enlarge.py says what goes in and out. */

#include "loops.h"

/* Keys' kernel with the slope -0.75 that PyTorch and OpenCV take. */
INLINE void taps(int64_t to, int64_t from_length, int64_t to_length, int64_t *places, float *weights) {
    const double slope = -0.75, where = (to + 0.5) * from_length / to_length - 0.5;
    const double whole = floor(where), t = where - whole;
    for (int k = 0; k < 4; k++) {
        const double x = fabs(t - (k - 1));
        weights[k] = (float)(x <= 1 ? ((slope + 2) * x - (slope + 3)) * x * x + 1
                                    : ((slope * x - 5 * slope) * x + 8 * slope) * x - 4 * slope);
        const int64_t place = (int64_t)whole + k - 1;
        places[k] = place < 0 ? 0 : place >= from_length ? from_length - 1 : place;
    }
}

void enlarge_taps(int64_t from_length, int64_t to_length, int64_t *places, float *weights) {
    for (int64_t to = 0; to < to_length; to++)
        taps(to, from_length, to_length, places + 4 * to, weights + 4 * to);
}

VECTORIZED
void enlarge_window(const float *values, int64_t height, int64_t width, int64_t channels, int64_t new_height,
                    const int64_t *places, const float *weights, int64_t top, int64_t bottom, int64_t left,
                    int64_t right, float *restrict line, float *restrict out) {
    const int64_t length = width * channels;
    const int64_t start = places[4 * left] * channels, stop = (places[4 * right - 1] + 1) * channels;
    for (int64_t y = top; y < bottom; y++) {
        int64_t rows[4];
        float share[4];
        taps(y, height, new_height, rows, share);
        const float *first = values + rows[0] * length, *second = values + rows[1] * length;
        const float *third = values + rows[2] * length, *fourth = values + rows[3] * length;
        for (int64_t i = start; i < stop; i++)
            line[i] = share[0] * first[i] + share[1] * second[i] + share[2] * third[i] + share[3] * fourth[i];
        float *row = out + (y - top) * (right - left) * channels;
        for (int64_t x = left; x < right; x++) {
            const int64_t *at = places + 4 * x;
            const float *by = weights + 4 * x;
            for (int64_t c = 0; c < channels; c++)
                row[(x - left) * channels + c] =
                    by[0] * line[at[0] * channels + c] + by[1] * line[at[1] * channels + c] +
                    by[2] * line[at[2] * channels + c] + by[3] * line[at[3] * channels + c];
        }
    }
}
