/* sRGB and CIELAB in single precision, good to a few 1e-6; constants as in color.py. */

#include "loops.h"

INLINE float power(float x, float exponent) { /* of a positive x */
    union {
        float value;
        int32_t bits;
    } number = {x}, scale;
    const int32_t octave = (number.bits - 0x3f3504f3) >> 23; /* x = mantissa 2^octave, mantissa in [√½, √2) */
    number.bits -= octave * (1 << 23);
    const float t = (number.value - 1) / (number.value + 1), s = t * t;
    const float series = 2.885390082f + s * (0.9617966939f + s * (0.5770780164f + s * (0.4121985831f + s * 0.3205988980f)));
    const float wanted = exponent * ((float)octave + t * series); /* log2 of the result */
    const float whole = rintf(smaller(greater(wanted, -126), 127));
    const float f = (wanted - whole) * 0.6931471806f;
    const float fraction =
        1 + f * (1 + f * (0.5f + f * (0.1666666667f + f * (0.04166666667f + f * (0.008333333333f + f * (0.001388888889f + f * 0.0001984126984f))))));
    scale.bits = ((int32_t)whole + 127) << 23;
    return scale.value * fraction;
}

INLINE float linear_from_srgb(float value) {
    const float curve = power((greater(value, 0.04045f) + 0.055f) / 1.055f, 2.4f);
    return value <= 0.04045f ? value / 12.92f : curve;
}

INLINE float srgb_from_linear(float value) {
    const float curve = 1.055f * power(greater(value, 0.0031308f), 1 / 2.4f) - 0.055f;
    return value <= 0.0031308f ? value * 12.92f : curve;
}

/* Rows of the matrix to X/Xn, Y/Yn, Z/Zn and its inverse. */
#define X_WHITE (0.412453 + 0.357580 + 0.180423)
#define Y_WHITE (0.212671 + 0.715160 + 0.072169)
#define Z_WHITE (0.019334 + 0.119193 + 0.950227)

INLINE float lab_curve(float ratio) {
    const float root = power(greater(ratio, 216.0f / 24389), 1.0f / 3);
    return ratio > 216.0f / 24389 ? root : ratio * (841.0f / 108) + 4.0f / 29;
}

INLINE float lab_curve_inverse(float root) {
    return root > 6.0f / 29 ? root * root * root : (root - 4.0f / 29) * (108.0f / 841);
}

INLINE void lab_from_srgb(float red, float green, float blue, float *lightness, float *a, float *b) {
    const float r = linear_from_srgb(red), g = linear_from_srgb(green), l = linear_from_srgb(blue);
    const float x = lab_curve((float)(0.412453 / X_WHITE) * r + (float)(0.357580 / X_WHITE) * g + (float)(0.180423 / X_WHITE) * l);
    const float y = lab_curve((float)(0.212671 / Y_WHITE) * r + (float)(0.715160 / Y_WHITE) * g + (float)(0.072169 / Y_WHITE) * l);
    const float z = lab_curve((float)(0.019334 / Z_WHITE) * r + (float)(0.119193 / Z_WHITE) * g + (float)(0.950227 / Z_WHITE) * l);
    *lightness = 116 * y - 16;
    *a = 500 * (x - y);
    *b = 200 * (y - z);
}

INLINE float lightness_of_grey(float value) {
    return 116 * lab_curve(linear_from_srgb(value)) - 16;
}

INLINE float lightness_of_color(float red, float green, float blue) {
    float lightness, a, b;
    lab_from_srgb(red, green, blue, &lightness, &a, &b);
    return lightness;
}

INLINE void srgb_from_lab(float lightness, float a, float b, float *red, float *green, float *blue) { /* unclipped */
    const float root = (lightness + 16) / 116;
    const float x = lab_curve_inverse(root + a / 500), y = lab_curve_inverse(root), z = lab_curve_inverse(root - b / 200);
    *red = srgb_from_linear(3.0799349355f * x - 1.5371515163f * y - 0.5427834193f * z);
    *green = srgb_from_linear(-0.9212341828f * x + 1.8759900015f * y + 0.0452441813f * z);
    *blue = srgb_from_linear(0.0528896820f * x - 0.2040413384f * y + 1.1511516563f * z);
}
