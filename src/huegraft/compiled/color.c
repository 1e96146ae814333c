/* Colour spaces; color.py says what goes in and out. */

#include "color.h"

#define BLOCK 256

VECTORIZED
void color_lab_from_srgb(const float *rgb, int64_t first, int64_t last, float *restrict lab) {
    for (int64_t i = first; i < last; i++)
        lab_from_srgb(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], &lab[3 * i], &lab[3 * i + 1], &lab[3 * i + 2]);
}

VECTORIZED
void color_srgb_from_lab(const float *lab, int64_t first, int64_t last, float *restrict rgb) {
    for (int64_t i = first; i < last; i++)
        srgb_from_lab(lab[3 * i], lab[3 * i + 1], lab[3 * i + 2], &rgb[3 * i], &rgb[3 * i + 1], &rgb[3 * i + 2]);
}

VECTORIZED
void color_linear_from_srgb(const float *srgb, int64_t count, float *restrict linear) {
    for (int64_t i = 0; i < count; i++)
        linear[i] = linear_from_srgb(srgb[i]);
}

VECTORIZED
void color_srgb_from_linear(const float *linear, int64_t count, float *restrict srgb) {
    for (int64_t i = 0; i < count; i++)
        srgb[i] = srgb_from_linear(linear[i]);
}

VECTORIZED
void color_through_matrix(const float *values, int64_t count, const float *matrix, float *restrict out) {
    for (int64_t i = 0; i < count; i++)
        for (int c = 0; c < 3; c++)
            out[3 * i + c] = matrix[3 * c] * values[3 * i] + matrix[3 * c + 1] * values[3 * i + 1] +
                             matrix[3 * c + 2] * values[3 * i + 2];
}

/* Curves at even steps of the square root of what goes in, of which beyond [0, 1] as much is added as lies beyond. */
VECTORIZED
void color_through_curves(const float *values, int64_t count, const float *curves, int64_t nodes,
                          float *restrict out) {
    const int32_t highest = (int32_t)nodes - 2;
    for (int64_t i = 0; i < count; i++)
        for (int c = 0; c < 3; c++) {
            const float value = values[3 * i + c], inside = smaller(greater(value, 0), 1);
            const float where = sqrtf(inside) * (float)(nodes - 1);
            const int32_t low = (int32_t)where < highest ? (int32_t)where : highest;
            const float *at = curves + c * nodes + low;
            out[3 * i + c] = at[0] + (where - (float)low) * (at[1] - at[0]) + (value - inside);
        }
}

/* New chroma under the lightness of the pixels, or of their grey. The chroma is given, or as a line over L*. */
VECTORIZED
void color_with_chroma(const float *rgb, int64_t count, const float *chroma, int64_t channels, int32_t grey,
                       float *restrict out) {
    float red[BLOCK], green[BLOCK], blue[BLOCK], luma[BLOCK], lightness[BLOCK];
    float slope_a[BLOCK], slope_b[BLOCK], a[BLOCK], b[BLOCK];
    for (int64_t start = 0; start < count; start += BLOCK) {
        const int size = (int)(count - start < BLOCK ? count - start : BLOCK);
        for (int i = 0; i < size; i++) {
            const float *pixel = rgb + 3 * (start + i), *given = chroma + channels * (start + i);
            luma[i] = 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
            red[i] = pixel[0];
            green[i] = pixel[1];
            blue[i] = pixel[2];
            slope_a[i] = channels == 4 ? given[0] : 0;
            slope_b[i] = channels == 4 ? given[1] : 0;
            a[i] = given[channels - 2];
            b[i] = given[channels - 1];
        }
        if (grey)
            for (int i = 0; i < size; i++)
                lightness[i] = lightness_of_grey(luma[i]);
        else
            for (int i = 0; i < size; i++)
                lightness[i] = lightness_of_color(red[i], green[i], blue[i]);
        for (int i = 0; i < size; i++)
            srgb_from_lab(lightness[i], slope_a[i] * lightness[i] + a[i], slope_b[i] * lightness[i] + b[i], &red[i],
                          &green[i], &blue[i]);
        for (int i = 0; i < size; i++) {
            float *pixel = out + 3 * (start + i);
            pixel[0] = red[i];
            pixel[1] = green[i];
            pixel[2] = blue[i];
        }
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

/* Add to `sum` the share of the way, in CIELAB, from pixels to new colours. */
VECTORIZED
void color_add_moves(const float *lab, const float *rgb, const float *share, int64_t count, float *restrict sum) {
    for (int64_t i = 0; i < count; i++) {
        float lightness, a, b;
        lab_from_srgb(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], &lightness, &a, &b);
        sum[3 * i] += share[i] * (lightness - lab[3 * i]);
        sum[3 * i + 1] += share[i] * (a - lab[3 * i + 1]);
        sum[3 * i + 2] += share[i] * (b - lab[3 * i + 2]);
    }
}

/* Halve the interval of chroma, between none and all, at whose lower end a colour fits into sRGB. */
VECTORIZED
void color_compress(float *restrict rgb, int64_t count, float tolerance, int32_t halvings) {
    float lightness[BLOCK], a[BLOCK], b[BLOCK], least[BLOCK], greatest[BLOCK], red[BLOCK], green[BLOCK], blue[BLOCK];
    for (int64_t start = 0; start < count; start += BLOCK) {
        const int size = (int)(count - start < BLOCK ? count - start : BLOCK);
        for (int i = 0; i < size; i++) {
            const float *pixel = rgb + 3 * (start + i);
            lab_from_srgb(pixel[0], pixel[1], pixel[2], &lightness[i], &a[i], &b[i]);
            lightness[i] = smaller(greater(lightness[i], 0), 100);
            least[i] = 0;
            greatest[i] = 1;
        }
        for (int k = 0; k <= halvings; k++) /* the last round takes the lower end */
            for (int i = 0; i < size; i++) {
                const float middle = k < halvings ? (least[i] + greatest[i]) / 2 : least[i];
                srgb_from_lab(lightness[i], a[i] * middle, b[i] * middle, &red[i], &green[i], &blue[i]);
                const float lowest = smaller(red[i], smaller(green[i], blue[i]));
                const float highest = greater(red[i], greater(green[i], blue[i]));
                const int fits = lowest >= -tolerance && highest <= 1 + tolerance;
                least[i] = fits ? middle : least[i];
                greatest[i] = fits ? greatest[i] : middle;
            }
        for (int i = 0; i < size; i++) {
            rgb[3 * (start + i)] = red[i];
            rgb[3 * (start + i) + 1] = green[i];
            rgb[3 * (start + i) + 2] = blue[i];
        }
    }
}
