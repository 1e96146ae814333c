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

VECTORIZED
void enlarge_rows(const float *values, int64_t height, int64_t width, int64_t channels, int64_t new_height,
                  int64_t new_width, int64_t top, int64_t bottom, float *restrict line, float *restrict out) {
    const int64_t length = width * channels;
    int64_t places[4];
    float weights[4];
    for (int64_t y = top; y < bottom; y++) {
        taps(y, height, new_height, places, weights);
        const float *first = values + places[0] * length, *second = values + places[1] * length;
        const float *third = values + places[2] * length, *fourth = values + places[3] * length;
        for (int64_t i = 0; i < length; i++)
            line[i] = weights[0] * first[i] + weights[1] * second[i] + weights[2] * third[i] + weights[3] * fourth[i];
        for (int64_t x = 0; x < new_width; x++) {
            taps(x, width, new_width, places, weights);
            for (int64_t c = 0; c < channels; c++) {
                float sum = 0;
                for (int k = 0; k < 4; k++)
                    sum += weights[k] * line[places[k] * channels + c];
                out[((y - top) * new_width + x) * channels + c] = sum;
            }
        }
    }
}
