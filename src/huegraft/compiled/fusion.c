/* The loops of the bounded fusion; fusion.py says what goes in and out, and why the bounds hold. */

#include "loops.h"

/* Rows of the table of superpixels: the mean of V, the triangles of W, the colour. Grey pictures need only the first. */
enum {
    Y, X, L, W_YY, W_XY, W_XX, W_LL, RED, GREEN, BLUE, GREY_ROWS,
    A = GREY_ROWS, B, W_AL, W_AA, W_BL, W_BA, W_BB, ALL_ROWS
};
enum {
    TILE = 64,    /* pixels a side; one tile's boxes are worked on by one thread */
    SMALL = 64,   /* pixels in a box that is not worth dividing */
    DEEPEST = 14, /* as in fusion.py */
    STEPS = 128,
    FIELDS = 8, /* of a point: V, the number of its pixel, room */
    NUMBER = 5,
    TOGETHER = 4, /* points that are blended side by side; as in fusion.py */
};
#define WORTHWHILE 1.25         /* a box of no extent must shorten the list by as much for dividing to pay */
#define SLACK 1e-12             /* relative, for the rounding of bounds */
#define ROUNDER (1.5 * 0x1p52)  /* added to a small number it leaves the nearest whole one in the lowest bits */

typedef struct {
    double centre[FIELDS], half[FIELDS];
} Box;

INLINE double above_zero(double x) { return x > 0 ? x : 0; }
INLINE double least_of(double a, double b) { return a < b ? a : b; }
INLINE double greatest_of(double a, double b) { return a > b ? a : b; }

/* V of a pixel: its position, and its colour along axes of which grey pictures leave two at 0, exactly. */
INLINE void vector_of(const float *picture, int64_t width, const double *sides, int64_t y, int64_t x, double *vector) {
    const float *pixel = picture + 3 * (y * width + x);
    const double red = pixel[0], green = pixel[1], blue = pixel[2];
    vector[Y] = (y + 0.5) / sides[0];
    vector[X] = (x + 0.5) / sides[1];
    vector[2] = (red + green + blue) * 0.57735026918962576;
    vector[3] = (red - green) * 0.70710678118654752;
    vector[4] = ((red - blue) + (green - blue)) * 0.40824829046386302;
}

/* Add to 15 sums a superpixel: the number of pixels, V − centre, its products. */
void fusion_moments(const float *picture, const int32_t *labels, int64_t top, int64_t bottom, int64_t width,
                    const double *sides, const double *centres, double *sums) {
    for (int64_t y = top; y < bottom; y++)
        for (int64_t x = 0; x < width; x++) {
            const int64_t label = labels[y * width + x];
            const double *centre = centres + 5 * label;
            double *sum = sums + 15 * label, v[5];
            vector_of(picture, width, sides, y, x, v);
            for (int axis = 0; axis < 5; axis++)
                v[axis] -= centre[axis];
            sum[0] += 1;
            for (int axis = 0; axis < 5; axis++)
                sum[1 + axis] += v[axis];
            sum[6] += v[0] * v[0];
            sum[7] += v[1] * v[0];
            sum[8] += v[1] * v[1];
            sum[9] += v[2] * v[2];
            sum[10] += v[3] * v[2];
            sum[11] += v[3] * v[3];
            sum[12] += v[4] * v[2];
            sum[13] += v[4] * v[3];
            sum[14] += v[4] * v[4];
        }
}

/* e^x of x ≤ 0 to a relative 1e-8. */
extern inline __attribute__((always_inline)) double fusion_exponential(double x) {
    union {
        double value;
        uint64_t bits;
    } shifted, scale;
    x = greatest_of(x, -700);
    shifted.value = x * 1.4426950408889634 + ROUNDER;
    const double rest = x - (shifted.value - ROUNDER) * 0.6931471805599453;
    double series = 1.0 / 720 + rest * (1.0 / 5040);
    series = series * rest + 1.0 / 120;
    series = series * rest + 1.0 / 24;
    series = series * rest + 1.0 / 6;
    series = series * rest + 1.0 / 2;
    series = series * rest + 1;
    series = series * rest + 1;
    scale.bits = (shifted.bits + 1023) << 52;
    return series * scale.value;
}

#define OF(name) table[(name) * stride + k]

INLINE double least_upper_bound(const double *restrict table, int64_t stride, int64_t count, int colored, const Box *box,
                                double *restrict lower, double *restrict middle, double *least_middle) {
    const double *c = box->centre, *h = box->half;
    double least_upper = INFINITY, least = INFINITY;
#pragma omp simd reduction(min : least_upper, least)
    for (int64_t k = 0; k < count; k++) {
        const double y = c[0] - OF(Y), x = c[1] - OF(X), l = c[2] - OF(L);
        double d[5] = {fabs(OF(W_YY) * y), fabs(OF(W_XY) * y + OF(W_XX) * x), fabs(OF(W_LL) * l), 0, 0};
        double e[5] = {OF(W_YY) * h[0], fabs(OF(W_XY)) * h[0] + OF(W_XX) * h[1], OF(W_LL) * h[2], 0, 0};
        if (colored) {
            const double a = c[3] - OF(A), b = c[4] - OF(B);
            d[3] = fabs(OF(W_AL) * l + OF(W_AA) * a);
            d[4] = fabs(OF(W_BL) * l + OF(W_BA) * a + OF(W_BB) * b);
            e[3] = fabs(OF(W_AL)) * h[2] + OF(W_AA) * h[3];
            e[4] = fabs(OF(W_BL)) * h[2] + fabs(OF(W_BA)) * h[3] + OF(W_BB) * h[4];
        }
        double low = 0, at_centre = 0, high = 0;
        for (int axis = 0; axis < (colored ? 5 : 3); axis++) {
            const double nearest = above_zero(d[axis] - e[axis]), farthest = d[axis] + e[axis];
            low += nearest * nearest;
            at_centre += d[axis] * d[axis];
            high += farthest * farthest;
        }
        lower[k] = low;
        middle[k] = at_centre;
        least_upper = least_of(high, least_upper);
        least = least_of(at_centre, least);
    }
    *least_middle = least;
    return least_upper;
}

/* Fill in lower bounds of q over a box and q at its centre; return the least upper bound, and the least q at the centre. */
VECTORIZED
double fusion_bounds(const double *table, int64_t stride, int64_t count, int rows, const Box *box, double *lower,
                     double *middle, double *least_middle) {
    if (rows == ALL_ROWS)
        return least_upper_bound(table, stride, count, 1, box, lower, middle, least_middle);
    return least_upper_bound(table, stride, count, 0, box, lower, middle, least_middle);
}

INLINE void blend_point(const double *restrict table, int64_t stride, int64_t count, int colored, const double *point,
                        double grows, double sigma, double *restrict q, float *fused) {
    double least = INFINITY;
#pragma omp simd reduction(min : least)
    for (int64_t k = 0; k < count; k++) {
        const double y = point[0] - OF(Y), x = point[1] - OF(X), l = point[2] - OF(L);
        const double d0 = OF(W_YY) * y, d1 = OF(W_XY) * y + OF(W_XX) * x, d2 = OF(W_LL) * l;
        double sum = d0 * d0 + d1 * d1 + d2 * d2;
        if (colored) {
            const double a = point[3] - OF(A), b = point[4] - OF(B);
            const double d3 = OF(W_AL) * l + OF(W_AA) * a, d4 = OF(W_BL) * l + OF(W_BA) * a + OF(W_BB) * b;
            sum += d3 * d3 + d4 * d4;
        }
        q[k] = sum;
        least = least_of(sum, least);
    }
    const double rate = 1 / (grows * least + sigma);
    double total = 0, red = 0, green = 0, blue = 0;
#pragma omp simd reduction(+ : total, red, green, blue)
    for (int64_t k = 0; k < count; k++) {
        const double d = fusion_exponential((least - q[k]) * rate);
        total += d;
        red += d * OF(RED);
        green += d * OF(GREEN);
        blue += d * OF(BLUE);
    }
    fused[0] = (float)least_of(above_zero(red / total), 1);
    fused[1] = (float)least_of(above_zero(green / total), 1);
    fused[2] = (float)least_of(above_zero(blue / total), 1);
}

/* Write the mean of the listed superpixels' colours, weighted, for each point of a box; `q` is room to work in. */
VECTORIZED
void fusion_blend(const double *table, int64_t stride, int64_t count, int rows, const double *points, int64_t number,
                  double grows, double sigma, double *q, float *fused) {
    for (const double *point = points; point < points + FIELDS * number; point += FIELDS) {
        float *pixel = fused + 3 * (int64_t)point[NUMBER];
        if (rows == ALL_ROWS)
            blend_point(table, stride, count, 1, point, grows, sigma, q, pixel);
        else
            blend_point(table, stride, count, 0, point, grows, sigma, q, pixel);
    }
}

/* 2^x of -120 ≤ x ≤ 0 to a relative 1e-6. */
INLINE float power_of_two(float x) {
    union {
        float value;
        uint32_t bits;
    } shifted, scale;
    shifted.value = x + 0x1.8p23f;
    const float rest = x - (shifted.value - 0x1.8p23f);
    float series = 1.3267e-3f * rest + 9.67546e-3f;
    series = series * rest + 5.550743e-2f;
    series = series * rest + 2.4022122e-1f;
    series = series * rest + 6.9314695e-1f;
    series = series * rest + 1.00000007f;
    scale.bits = (shifted.bits + 127) << 23;
    return series * scale.value;
}

/* The same for some points in single precision. Places are relative to the middle of the box: near ones keep exact
   differences. */
INLINE void blend_together(const float *restrict table, int64_t stride, int colored, const float places[][5],
                           float grows, float sigma, float *restrict q, float blended[][4]) {
    float lanes[TOGETHER][4][LANES], rates[TOGETHER], leasts[TOGETHER];
    for (int p = 0; p < TOGETHER; p++)
        for (int lane = 0; lane < LANES; lane++)
            lanes[p][0][lane] = INFINITY;
    for (int64_t first = 0; first < stride; first += LANES)
        for (int p = 0; p < TOGETHER; p++)
            for (int lane = 0; lane < LANES; lane++) {
                const int64_t k = first + lane;
                const float y = places[p][0] - OF(Y), x = places[p][1] - OF(X), l = places[p][2] - OF(L);
                const float d0 = OF(W_YY) * y, d1 = OF(W_XY) * y + OF(W_XX) * x, d2 = OF(W_LL) * l;
                float sum = d0 * d0 + d1 * d1 + d2 * d2;
                if (colored) {
                    const float a = places[p][3] - OF(A), b = places[p][4] - OF(B);
                    const float d3 = OF(W_AL) * l + OF(W_AA) * a, d4 = OF(W_BL) * l + OF(W_BA) * a + OF(W_BB) * b;
                    sum += d3 * d3 + d4 * d4;
                }
                q[p * stride + k] = sum;
                lanes[p][0][lane] = smaller(sum, lanes[p][0][lane]);
            }
    for (int p = 0; p < TOGETHER; p++) {
        for (int half = LANES / 2; half > 0; half /= 2)
            for (int lane = 0; lane < half; lane++)
                lanes[p][0][lane] = smaller(lanes[p][0][lane], lanes[p][0][lane + half]);
        leasts[p] = lanes[p][0][0];
        rates[p] = 1.44269504f / (grows * leasts[p] + sigma);
    }
    memset(lanes, 0, sizeof lanes);
    for (int64_t first = 0; first < stride; first += LANES)
        for (int p = 0; p < TOGETHER; p++)
            for (int lane = 0; lane < LANES; lane++) {
                const int64_t k = first + lane;
                const float weight = power_of_two(greater((leasts[p] - q[p * stride + k]) * rates[p], -115));
                lanes[p][0][lane] += weight;
                lanes[p][1][lane] += weight * OF(RED);
                lanes[p][2][lane] += weight * OF(GREEN);
                lanes[p][3][lane] += weight * OF(BLUE);
            }
    for (int p = 0; p < TOGETHER; p++)
        for (int sum = 0; sum < 4; sum++) {
            for (int half = LANES / 2; half > 0; half /= 2)
                for (int lane = 0; lane < half; lane++)
                    lanes[p][sum][lane] += lanes[p][sum][lane + half];
            blended[p][sum] = lanes[p][sum][0];
        }
}

/* Write the mean of the chosen superpixels' colours, weighted, for each point of a box, in single precision. */
VECTORIZED
void fusion_blend_single(const double *table, int64_t stride, const int32_t *chosen, int64_t count, int rows,
                         const double *points, int64_t number, const Box *box, double grows, double sigma, float *room,
                         float *fused) {
    static const int axes[ALL_ROWS] = {[Y] = 1, [X] = 2, [L] = 3, [A] = 4, [B] = 5};
    const int64_t padded = (count + LANES - 1) / LANES * LANES;
    float *near = room, *q = room + rows * padded;
    for (int row = 0; row < rows; row++) {
        const double middle = axes[row] ? box->centre[axes[row] - 1] : 0;
        float *restrict line = near + row * padded;
        for (int64_t k = 0; k < count; k++)
            line[k] = (float)(table[row * stride + chosen[k]] - middle);
        for (int64_t k = count; k < padded; k++)
            line[k] = row == L ? 1e15f : line[count - 1]; /* so far away that it weighs nothing */
    }
    for (int64_t i = 0; i < number; i += TOGETHER) {
        float places[TOGETHER][5], blended[TOGETHER][4];
        const double *here[TOGETHER];
        for (int p = 0; p < TOGETHER; p++) {
            here[p] = points + FIELDS * (i + p < number ? i + p : number - 1);
            for (int axis = 0; axis < 5; axis++)
                places[p][axis] = (float)(here[p][axis] - box->centre[axis]);
        }
        if (rows == ALL_ROWS)
            blend_together(near, padded, 1, places, (float)grows, (float)sigma, q, blended);
        else
            blend_together(near, padded, 0, places, (float)grows, (float)sigma, q, blended);
        for (int p = 0; p < TOGETHER; p++)
            for (int channel = 0; channel < 3; channel++)
                fused[3 * (int64_t)here[p][NUMBER] + channel] =
                    smaller(greater(blended[p][1 + channel] / blended[p][0], 0), 1);
    }
}

/* List the superpixels whose bound is low enough, and return their number. */
VECTORIZED
int64_t fusion_choose(const double *lower, int64_t count, double highest, int32_t *restrict chosen) {
    int64_t number = 0;
    for (int64_t k = 0; k < count; k++) {
        chosen[number] = (int32_t)k;
        number += lower[k] <= highest;
    }
    return number;
}

/* Copy the chosen superpixels side by side. */
VECTORIZED
void fusion_copy(const double *restrict table, int64_t stride, int rows, const int32_t *chosen, int64_t number,
                 double *restrict kept) {
    for (int row = 0; row < rows; row++)
        for (int64_t k = 0; k < number; k++)
            kept[row * stride + k] = table[row * stride + chosen[k]];
}

/* How many bounds are low enough. */
VECTORIZED
int64_t fusion_count(const double *bounds, int64_t count, double highest) {
    double number = 0;
#pragma omp simd reduction(+ : number)
    for (int64_t k = 0; k < count; k++)
        number += bounds[k] <= highest ? 1.0 : 0.0;
    return (int64_t)number;
}

VECTORIZED
void fusion_box(const double *points, int64_t number, Box *box) {
    double low[FIELDS], high[FIELDS];
    for (int lane = 0; lane < FIELDS; lane++)
        low[lane] = high[lane] = points[lane];
    for (int64_t i = 1; i < number; i++)
        for (int lane = 0; lane < FIELDS; lane++) {
            low[lane] = least_of(points[FIELDS * i + lane], low[lane]);
            high[lane] = greatest_of(points[FIELDS * i + lane], high[lane]);
        }
    for (int lane = 0; lane < FIELDS; lane++) {
        box->centre[lane] = (low[lane] + high[lane]) / 2;
        box->half[lane] = (high[lane] - low[lane]) / 2;
    }
}

/* The exponent from which on all weights together, each at its bound, are within the budget. */
static double least_exponent(const double *lower, int64_t count, double upper, double sigma, const double *weights,
                             double farthest, double budget) {
    int64_t tally[STEPS + 1] = {0};
    const double scale = STEPS / (sigma * farthest);
    for (int64_t k = 0; k < count; k++)
        tally[(int64_t)least_of(above_zero((lower[k] - upper) * scale), STEPS)]++;
    int step = STEPS;
    for (double mass = 0; step > 0; step--) {
        mass += tally[step] * weights[step];
        if (mass > budget)
            break;
    }
    return (step + 1) * farthest / STEPS;
}

/* Bring the points below `value` to the front and return their number. */
static int64_t divide(double *points, int64_t number, int axis, double value) {
    int64_t first = 0, last = number - 1;
    while (first <= last) {
        double *one = points + FIELDS * first, *other = points + FIELDS * last, swapped[FIELDS];
        if (one[axis] < value) {
            first++;
            continue;
        }
        memcpy(swapped, one, sizeof swapped);
        memcpy(one, other, sizeof swapped);
        memcpy(other, swapped, sizeof swapped);
        last--;
    }
    return first;
}

static int64_t points_of(const float *picture, int64_t height, int64_t width, const double *sides, int64_t tile,
                         double *points) {
    const int64_t across = (width + TILE - 1) / TILE, top = tile / across * TILE, left = tile % across * TILE;
    double *point = points;
    for (int64_t y = top; y < top + TILE && y < height; y++)
        for (int64_t x = left; x < left + TILE && x < width; x++, point += FIELDS) {
            vector_of(picture, width, sides, y, x, point);
            point[NUMBER] = (double)(y * width + x);
            point[6] = point[7] = 0;
        }
    return (point - points) / FIELDS;
}

/* Divide each tile into smaller and smaller boxes with shorter and shorter lists, and blend in the last ones. */
void fusion_tiles(const float *picture, int64_t height, int64_t width, const double *sides, const double *scale,
                  double grows, double sigma, double budget, const int64_t *tiles, int64_t tile_count, int64_t count,
                  int rows, int single, double *lists, double *bounds, int32_t *chosen, double *points,
                  float *room, float *fused) {
    struct {
        int64_t start, stop;
        int depth;
    } boxes[DEEPEST + 2];
    int64_t counts[DEEPEST + 2] = {count};
    const double farthest = log(4 * count / budget);
    double weights[STEPS + 1], *lower = bounds, *middle = bounds + count, least;
    for (int step = 0; step <= STEPS; step++)
        weights[step] = exp(-step * farthest / STEPS);
    for (int64_t t = 0; t < tile_count; t++) {
        boxes[0].start = boxes[0].depth = 0;
        boxes[0].stop = points_of(picture, height, width, sides, tiles[t], points);
        for (int waiting = 1; waiting > 0;) {
            waiting--;
            const int64_t start = boxes[waiting].start, stop = boxes[waiting].stop;
            const int depth = boxes[waiting].depth;
            const int64_t listed = counts[depth];
            const double *table = lists + depth * rows * count;
            double *kept = lists + (depth + 1) * rows * count, *inside = points + FIELDS * start;
            Box box;
            fusion_box(inside, stop - start, &box);
            const double upper = fusion_bounds(table, count, listed, rows, &box, lower, middle, &least);
            const double reach = grows * upper + sigma;
            const double highest = upper + farthest * reach, highest_middle = least + farthest * (grows * least + sigma);
            const int64_t wanted = fusion_count(lower, listed, highest);
            const int64_t near = fusion_count(middle, listed, highest_middle);
            if (stop - start <= SMALL || depth == DEEPEST || wanted <= WORTHWHILE * near) {
                const double exponent = least_exponent(lower, listed, upper, reach, weights, farthest, 0.75 * budget);
                const int64_t number = fusion_choose(lower, listed, (upper + exponent * reach) * (1 + SLACK), chosen);
                if (single) {
                    fusion_blend_single(table, count, chosen, number, rows, inside, stop - start, &box, grows, sigma, room,
                                        fused);
                } else {
                    fusion_copy(table, count, rows, chosen, number, kept);
                    fusion_blend(kept, count, number, rows, inside, stop - start, grows, sigma, lower, fused);
                }
                continue;
            }
            counts[depth + 1] = fusion_choose(lower, listed, highest * (1 + SLACK), chosen);
            fusion_copy(table, count, rows, chosen, counts[depth + 1], kept);
            int axis = 0;
            for (int other = 1; other < 5; other++)
                axis = box.half[other] * scale[other] > box.half[axis] * scale[axis] ? other : axis;
            const int64_t between = start + divide(inside, stop - start, axis, box.centre[axis]);
            boxes[waiting].start = between, boxes[waiting].stop = stop, boxes[waiting].depth = depth + 1;
            boxes[waiting + 1].start = start, boxes[waiting + 1].stop = between, boxes[waiting + 1].depth = depth + 1;
            waiting += 2;
        }
    }
}
