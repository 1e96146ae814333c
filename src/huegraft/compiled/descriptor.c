/* The handcrafted descriptor before and after its blur; descriptor.py says what goes in and out. */

#include "color.h"

VECTORIZED
void descriptor_planes(const float *rgb, int64_t pixels, int64_t first, int64_t last, float *restrict planes) {
    for (int64_t i = first; i < last; i++) {
        const float red = rgb[3 * i], green = rgb[3 * i + 1], blue = rgb[3 * i + 2];
        const int grey = red == green && green == blue;
        float lightness, a, b;
        lab_from_srgb(red, green, blue, &lightness, &a, &b);
        planes[i] = lightness / 100;
        planes[pixels + i] = grey ? 0 : a / 100;
        planes[2 * pixels + i] = grey ? 0 : b / 100;
        planes[3 * pixels + i] = lightness / 100 * (lightness / 100);
    }
}

VECTORIZED
void descriptor_contrast(float *restrict planes, int64_t height, int64_t width, int64_t top, int64_t bottom) {
    const int64_t pixels = height * width;
    for (int64_t y = top; y < bottom; y++) {
        const float *middle = planes + y * width;
        const float *above = y > 0 ? middle - width : middle, *below = y < height - 1 ? middle + width : middle;
        float *restrict fourth = planes + 3 * pixels + y * width, *restrict fifth = fourth + pixels;
        for (int64_t x = 0; x < width; x++)
            fifth[x] = sqrtf(greater(fourth[x] - middle[x] * middle[x], 0));
        for (int64_t x = 1; x < width - 1; x++) {
            const float down = below[x] - above[x], across = middle[x + 1] - middle[x - 1];
            fourth[x] = sqrtf(down * down + across * across) / 2;
        }
        for (int64_t x = 0; x < width; x += width > 1 ? width - 1 : 1) { /* the edges repeated */
            const float down = below[x] - above[x];
            const float across = middle[x < width - 1 ? x + 1 : x] - middle[x > 0 ? x - 1 : x];
            fourth[x] = sqrtf(down * down + across * across) / 2;
        }
    }
}
