/* Colour spaces; color.py says what goes in and out. */

#include "color.h"

VECTORIZED
void color_lab_from_srgb(const float *rgb, int64_t first, int64_t last, float *restrict lab) {
    for (int64_t i = first; i < last; i++)
        lab_from_srgb(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], &lab[3 * i], &lab[3 * i + 1], &lab[3 * i + 2]);
}

/* New chroma under the lightness of the pixels, or of their grey. The chroma is given, or as a line over L*. */
VECTORIZED
void color_with_chroma(const float *rgb, int64_t count, const float *chroma, int64_t channels, int32_t grey,
                       float *restrict out) {
    for (int64_t i = 0; i < count; i++) {
        const float *pixel = rgb + 3 * i, *given = chroma + channels * i;
        const float luma = 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
        float lightness, a, b;
        lab_from_srgb(grey ? luma : pixel[0], grey ? luma : pixel[1], grey ? luma : pixel[2], &lightness, &a, &b);
        a = channels == 4 ? given[0] * lightness + given[2] : given[0];
        b = channels == 4 ? given[1] * lightness + given[3] : given[1];
        srgb_from_lab(lightness, a, b, &out[3 * i], &out[3 * i + 1], &out[3 * i + 2]);
    }
}

VECTORIZED
void color_clip(float *restrict rgb, int64_t count, float tolerance, uint8_t *restrict clipped) {
    for (int64_t i = 0; i < count; i++) {
        float *pixel = rgb + 3 * i;
        const float least = smaller(pixel[0], smaller(pixel[1], pixel[2]));
        const float greatest = greater(pixel[0], greater(pixel[1], pixel[2]));
        clipped[i] = least < -tolerance || greatest > 1 + tolerance;
        for (int c = 0; c < 3; c++)
            pixel[c] = smaller(greater(pixel[c], 0), 1);
    }
}
