/* Colour spaces; color.py says what goes in and out. */

#include "color.h"

VECTORIZED
void color_lab_from_srgb(const float *rgb, int64_t first, int64_t last, float *restrict lab) {
    for (int64_t i = first; i < last; i++)
        lab_from_srgb(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], &lab[3 * i], &lab[3 * i + 1], &lab[3 * i + 2]);
}
