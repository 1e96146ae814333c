/* Convolutions of maps whose channels lie side by side; network.py says what goes in and out. */

#include "loops.h"

#define UNROLLED _Pragma("GCC unroll 16")
#define LARGEST_SIDE 5

/* Some pixels times up to three vectors of output channels stay in registers while all inputs go by. Each sum is a
   chain of fused multiply-adds over the kernel's rows, its columns and the input channels: the same bytes for any
   vector. */
#define CONVOLUTION(NAME, LANES, PIXELS)                                                                               \
    typedef float NAME##_lanes __attribute__((vector_size(4 * LANES)));                                                \
                                                                                                                       \
    INLINE NAME##_lanes NAME##_multiply_add(float a, NAME##_lanes b, NAME##_lanes c) {                                 \
        NAME##_lanes sum;                                                                                              \
        for (int lane = 0; lane < LANES; lane++)                                                                       \
            sum[lane] = fmaf(a, b[lane], c[lane]);                                                                     \
        return sum;                                                                                                    \
    }                                                                                                                  \
                                                                                                                       \
    INLINE void NAME##_tile(const float *const *lines, int side, int64_t dilation, int64_t step, int64_t inputs,       \
                            const float *weights, int64_t outputs, const float *bias, float *out, const int64_t *at,   \
                            int vectors, int pixels) {                                                                 \
        NAME##_lanes sums[PIXELS][3];                                                                                  \
        UNROLLED for (int p = 0; p < pixels; p++)                                                                      \
            UNROLLED for (int v = 0; v < vectors; v++)                                                                 \
                memcpy(&sums[p][v], bias + at[v], sizeof sums[p][v]);                                                  \
        for (int row = 0; row < side; row++)                                                                           \
            for (int column = 0; column < side; column++) {                                                            \
                const float *seen = lines[row] + column * dilation * inputs;                                           \
                for (int64_t c = 0; c < inputs; c++, weights += outputs) {                                             \
                    NAME##_lanes weight[3];                                                                            \
                    UNROLLED for (int v = 0; v < vectors; v++)                                                         \
                        memcpy(&weight[v], weights + at[v], sizeof weight[v]);                                         \
                    UNROLLED for (int p = 0; p < pixels; p++)                                                          \
                        UNROLLED for (int v = 0; v < vectors; v++)                                                     \
                            sums[p][v] = NAME##_multiply_add(seen[p * step + c], weight[v], sums[p][v]);               \
                }                                                                                                      \
            }                                                                                                          \
        UNROLLED for (int p = 0; p < pixels; p++)                                                                      \
            UNROLLED for (int v = 0; v < vectors; v++)                                                                 \
                memcpy(out + p * outputs + at[v], &sums[p][v], sizeof sums[p][v]);                                     \
    }                                                                                                                  \
                                                                                                                       \
    INLINE void NAME##_channels(const float *const *lines, int side, int64_t dilation, int64_t step, int64_t inputs,   \
                                int64_t width, const float *weights, int64_t outputs, int64_t channel, int64_t many,   \
                                const float *bias, float *out, int vectors) {                                          \
        const int64_t together = width < PIXELS ? 1 : PIXELS;                                                          \
        const int64_t at[3] = {0, vectors == 2 ? many - LANES : LANES, many - LANES}; /* overlapping, if need be */    \
        for (int64_t next = 0; next < width; next += together) {                                                       \
            const int64_t x = next + together > width ? width - together : next; /* the last ones once more */         \
            const float *seen[LARGEST_SIDE];                                                                           \
            for (int row = 0; row < side; row++)                                                                       \
                seen[row] = lines[row] + x * step;                                                                     \
            float *here = out + x * outputs + channel;                                                                 \
            if (together == PIXELS)                                                                                    \
                NAME##_tile(seen, side, dilation, step, inputs, weights + channel, outputs, bias + channel, here,      \
                            at, vectors, PIXELS);                                                                      \
            else                                                                                                       \
                NAME##_tile(seen, side, dilation, step, inputs, weights + channel, outputs, bias + channel, here,      \
                            at, vectors, 1);                                                                           \
        }                                                                                                              \
    }

CONVOLUTION(wide, 16, 8)
CONVOLUTION(half, 8, 8)
CONVOLUTION(narrow, 8, 4)

/* Eight channels that are left over go in a vector of eight. */
#define LINE(NAME, LANES, MOST, ATTRIBUTES)                                                                            \
    ATTRIBUTES static void NAME##_line(const float *const *lines, int side, int64_t dilation, int64_t step,            \
                                       int64_t inputs, int64_t width, const float *weights, int64_t outputs,           \
                                       const float *bias, float *out) {                                                \
        for (int64_t channel = 0, many; channel < outputs; channel += many) {                                          \
            const int64_t left = outputs - channel;                                                                    \
            if (left < LANES) {                                                                                        \
                many = 8;                                                                                              \
                half_channels(lines, side, dilation, step, inputs, width, weights, outputs, channel,                   \
                              many, bias, out, 1);                                                                     \
            } else if (left == LANES) {                                                                                \
                many = LANES;                                                                                          \
                NAME##_channels(lines, side, dilation, step, inputs, width, weights, outputs, channel,                 \
                                many, bias, out, 1);                                                                   \
            } else if (MOST == 2 || left <= 2 * LANES || left == 4 * LANES) {                                          \
                many = left < 2 * LANES ? left : 2 * LANES;                                                            \
                NAME##_channels(lines, side, dilation, step, inputs, width, weights, outputs, channel,                 \
                                many, bias, out, 2);                                                                   \
            } else {                                                                                                   \
                many = left < 3 * LANES ? left : 3 * LANES;                                                            \
                NAME##_channels(lines, side, dilation, step, inputs, width, weights, outputs, channel,                 \
                                many, bias, out, 3);                                                                   \
            }                                                                                                          \
        }                                                                                                              \
    }

#ifdef CLONED
LINE(wide, 16, 3, __attribute__((target("arch=x86-64-v4"))))
LINE(narrow, 8, 2, __attribute__((target_clones("arch=x86-64-v3", "default"))))
#define CONVOLVE_LINE (__builtin_cpu_supports("x86-64-v4") ? wide_line : narrow_line)
#else
LINE(narrow, 8, 2, )
#define CONVOLVE_LINE narrow_line
#endif

VECTORIZED
void network_finish(float *restrict sums, int64_t count, int rectified, const float *skip) {
    if (rectified)
        for (int64_t i = 0; i < count; i++)
            sums[i] = sums[i] < 0 ? 0 : sums[i]; /* NaN stays */
    if (skip)
        for (int64_t i = 0; i < count; i++)
            sums[i] += skip[i];
}

/* Some rows of a convolution. `rows` and `columns` say which row and column of the maps stands at each row and column
   of the padded ones, -1 for zeros; `room` holds as many padded rows as one row of the result spans. */
void network_convolve(const float *maps, int64_t width, int64_t inputs, const int64_t *rows, const int64_t *columns,
                      int64_t padded, int side, int64_t stride, int64_t dilation, const float *weights,
                      int64_t outputs, const float *bias, int rectified, const float *skip, int64_t new_width,
                      int64_t first, int64_t last, float *room, float *out) {
    const float *lines[LARGEST_SIDE];
    const int64_t spanned = (side - 1) * dilation + 1;
    int64_t next = first * stride; /* the first padded row that is not in the room yet */
    for (int64_t y = first; y < last; y++) {
        for (; next < y * stride + spanned; next++) {
            const int64_t from = rows[next];
            float *line = room + next % spanned * padded * inputs;
            for (int64_t x = 0, stop; x < padded; x = stop) {
                const int64_t column = columns[x];
                const int shown = from >= 0 && column >= 0;
                for (stop = x + 1; shown && stop < padded && columns[stop] == column + stop - x;)
                    stop++;
                if (shown)
                    memcpy(line + x * inputs, maps + (from * width + column) * inputs, (stop - x) * inputs * sizeof *line);
                else
                    memset(line + x * inputs, 0, inputs * sizeof *line);
            }
        }
        for (int row = 0; row < side; row++)
            lines[row] = room + (y * stride + row * dilation) % spanned * padded * inputs;
        const int64_t begin = y * new_width * outputs;
        CONVOLVE_LINE(lines, side, dilation, stride * inputs, inputs, new_width, weights, outputs, bias, out + begin);
        network_finish(out + begin, new_width * outputs, rectified, skip ? skip + begin : NULL);
    }
}

/* Means of 2x2 cells. */
VECTORIZED
void network_halve(const float *maps, int64_t width, int64_t channels, int64_t first, int64_t last,
                   float *restrict out) {
    for (int64_t y = first; y < last; y++)
        for (int64_t x = 0; x < width / 2; x++) {
            const float *above = maps + (2 * y * width + 2 * x) * channels, *below = above + width * channels;
            float *restrict cell = out + (y * (width / 2) + x) * channels;
            for (int64_t c = 0; c < channels; c++)
                cell[c] = (above[c] + above[channels + c] + below[c] + below[channels + c]) / 4;
        }
}

/* Add the bilinear enlargement of a map of half the size. */
VECTORIZED
void network_add_twice(const float *half, int64_t height, int64_t width, int64_t channels, const float *maps,
                       int64_t first, int64_t last, float *restrict out) {
    for (int64_t y = first; y < last; y++) {
        const int64_t near_y = y / 2, other_y = y % 2 ? near_y + 1 : near_y - 1;
        const int64_t far_y = other_y < 0 ? 0 : other_y >= height ? height - 1 : other_y;
        for (int64_t x = 0; x < 2 * width; x++) {
            const int64_t near_x = x / 2, other_x = x % 2 ? near_x + 1 : near_x - 1;
            const int64_t far_x = other_x < 0 ? 0 : other_x >= width ? width - 1 : other_x;
            const float *near_near = half + (near_y * width + near_x) * channels;
            const float *near_far = half + (near_y * width + far_x) * channels;
            const float *far_near = half + (far_y * width + near_x) * channels;
            const float *far_far = half + (far_y * width + far_x) * channels;
            const int64_t at = (y * 2 * width + x) * channels;
            for (int64_t c = 0; c < channels; c++)
                out[at + c] = maps[at + c] + (0.75f * (0.75f * near_near[c] + 0.25f * near_far[c]) +
                                              0.25f * (0.75f * far_near[c] + 0.25f * far_far[c]));
        }
    }
}
