/* Rows of matrices over two sets of superpixels; attention.py says what goes in and out. */

#include "loops.h"

/* e^x of x ≤ 0 to a relative 1e-15; 0 below -700. */
INLINE double exponential(double x) {
    union {
        double value;
        uint64_t bits;
    } shifted, scale;
    const double inside = x > -700 ? x : -700, rounder = 0x1.8p52;
    shifted.value = inside * 1.4426950408889634 + rounder;
    const double whole = shifted.value - rounder;
    const double rest = inside - whole * 0x1.62e42fefa0000p-1 - whole * 0x1.cf79abc9e3b3ap-40;
    double series = 1.0 / 6227020800 * rest + 1.0 / 479001600;
    series = series * rest + 1.0 / 39916800;
    series = series * rest + 1.0 / 3628800;
    series = series * rest + 1.0 / 362880;
    series = series * rest + 1.0 / 40320;
    series = series * rest + 1.0 / 5040;
    series = series * rest + 1.0 / 720;
    series = series * rest + 1.0 / 120;
    series = series * rest + 1.0 / 24;
    series = series * rest + 1.0 / 6;
    series = series * rest + 1.0 / 2;
    series = series * rest + 1;
    series = series * rest + 1;
    scale.bits = (shifted.bits + 1023) << 52;
    return x > -700 ? series * scale.value : 0;
}

INLINE double total(const double *lanes) {
    double sum = 0;
    for (int lane = 0; lane < LANES; lane++)
        sum += lanes[lane];
    return sum;
}

VECTORIZED
void attention_softmax(const double *similarity, int64_t columns, double rate, const double *prior, const double *own,
                       const double *others, double fall, int64_t first, int64_t last, double *restrict weights) {
    for (int64_t i = first; i < last; i++) {
        const double *from = similarity + i * columns, place = own[i];
        double *restrict row = weights + i * columns;
        double greatest = -INFINITY, tops[LANES], sums[LANES] = {0};
        for (int lane = 0; lane < LANES; lane++)
            tops[lane] = -INFINITY;
        for (int64_t j = 0; j < columns; j++) {
            const double apart = place - others[j];
            row[j] = from[j] * rate + prior[j] - apart * apart * fall;
        }
        int64_t j = 0;
        for (; j + LANES <= columns; j += LANES)
            for (int lane = 0; lane < LANES; lane++)
                tops[lane] = row[j + lane] > tops[lane] ? row[j + lane] : tops[lane];
        for (int lane = 0; j < columns; j++, lane++)
            tops[lane] = row[j] > tops[lane] ? row[j] : tops[lane];
        for (int lane = 0; lane < LANES; lane++)
            greatest = tops[lane] > greatest ? tops[lane] : greatest;
        for (j = 0; j < columns; j++)
            row[j] = exponential(row[j] - greatest);
        j = 0;
        for (; j + LANES <= columns; j += LANES)
            for (int lane = 0; lane < LANES; lane++)
                sums[lane] += row[j + lane];
        for (int lane = 0; j < columns; j++, lane++)
            sums[lane] += row[j];
        const double scale = 1 / total(sums);
        for (j = 0; j < columns; j++)
            row[j] *= scale;
    }
}

VECTORIZED
void attention_dots(const double *one, const double *other, int64_t columns, int64_t first, int64_t last,
                    double *restrict dots) {
    for (int64_t i = first; i < last; i++) {
        const double *a = one + i * columns, *b = other + i * columns;
        double sums[LANES] = {0};
        int64_t j = 0;
        for (; j + LANES <= columns; j += LANES)
            for (int lane = 0; lane < LANES; lane++)
                sums[lane] += a[j + lane] * b[j + lane];
        for (int lane = 0; j < columns; j++, lane++)
            sums[lane] += a[j] * b[j];
        dots[i] = total(sums);
    }
}

INLINE float distance(float x, float y, float least) {
    const float length = sqrtf(x * x + y * y);
    return length > least ? length : least;
}

/* One round of Weiszfeld's: sums of weights over distances to a place, times x, y and 1; all distances 1 at first. */
INLINE void weiszfeld(const float *restrict row, const float *restrict x, const float *restrict y, int64_t columns,
                      const float *place, float least, int at_first, double *sums) {
    float of_x[LANES] = {0}, of_y[LANES] = {0}, of_all[LANES] = {0};
    double lanes[3][LANES];
    int64_t j = 0;
    for (; j + LANES <= columns; j += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            const float apart = distance(x[j + lane] - place[0], y[j + lane] - place[1], least);
            const float weight = at_first ? row[j + lane] : row[j + lane] / apart;
            of_x[lane] += weight * x[j + lane];
            of_y[lane] += weight * y[j + lane];
            of_all[lane] += weight;
        }
    for (int lane = 0; j < columns; j++, lane++) {
        const float apart = distance(x[j] - place[0], y[j] - place[1], least);
        const float weight = at_first ? row[j] : row[j] / apart;
        of_x[lane] += weight * x[j];
        of_y[lane] += weight * y[j];
        of_all[lane] += weight;
    }
    for (int lane = 0; lane < LANES; lane++) {
        lanes[0][lane] = of_x[lane];
        lanes[1][lane] = of_y[lane];
        lanes[2][lane] = of_all[lane];
    }
    for (int k = 0; k < 3; k++)
        sums[k] = total(lanes[k]);
}

VECTORIZED
void attention_median(const double *attention, const float *x, const float *y, int64_t columns, int64_t rounds,
                      float least, int64_t first, int64_t last, float *restrict room, double *restrict row,
                      double *weights) {
    for (int64_t i = first; i < last; i++) {
        const double *from = attention + i * columns;
        double sums[3], lanes[LANES] = {0};
        float place[2] = {0, 0};
        for (int64_t j = 0; j < columns; j++)
            room[j] = (float)from[j];
        weiszfeld(room, x, y, columns, place, least, 1, sums);
        for (int64_t round = 1;; round++) {
            place[0] = (float)(sums[0] / sums[2]);
            place[1] = (float)(sums[1] / sums[2]);
            if (round == rounds)
                break;
            weiszfeld(room, x, y, columns, place, least, 0, sums);
        }
        for (int64_t j = 0; j < columns; j++)
            row[j] = from[j] / distance(x[j] - place[0], y[j] - place[1], least);
        int64_t j = 0;
        for (; j + LANES <= columns; j += LANES)
            for (int lane = 0; lane < LANES; lane++)
                lanes[lane] += row[j + lane];
        for (int lane = 0; j < columns; j++, lane++)
            lanes[lane] += row[j];
        const double scale = 1 / total(lanes);
        for (j = 0; j < columns; j++)
            row[j] *= scale;
        memcpy(weights + i * columns, row, columns * sizeof *row);
    }
}

INLINE void near_row(const float *restrict places, int64_t count, int64_t axes, int64_t i, float rate, float lowest,
                     float *restrict row) {
    for (int64_t j = 0; j < count; j++)
        row[j] = 0;
    for (int64_t axis = 0; axis < axes; axis++) {
        const float *restrict along = places + axis * count, here = along[i];
        for (int64_t j = 0; j < count; j++)
            row[j] += (here - along[j]) * (here - along[j]);
    }
    for (int64_t j = 0; j < count; j++)
        row[j] = single_exponential(greater(row[j] * rate, lowest));
}

VECTORIZED
void attention_near(const float *places, int64_t count, int64_t axes, float rate, float lowest, int64_t first,
                    int64_t last, float *restrict rows) {
    for (int64_t i = first; i < last; i++)
        near_row(places, count, axes, i, rate, lowest, rows + (i - first) * count);
}

VECTORIZED
void attention_near_distances(const float *places, int64_t count, int64_t axes, float rate, float lowest,
                              const double *colors, int64_t channels, int64_t first, int64_t last,
                              float *restrict near, double *restrict apart, double *restrict means) {
    for (int64_t i = first; i < last; i++) {
        double distances[LANES] = {0}, weights[LANES] = {0};
        near_row(places, count, axes, i, rate, lowest, near);
        for (int64_t j = 0; j < count; j++)
            apart[j] = 0;
        for (int64_t channel = 0; channel < channels; channel++) {
            const double *restrict along = colors + channel * count, here = along[i];
            for (int64_t j = 0; j < count; j++)
                apart[j] += (here - along[j]) * (here - along[j]);
        }
        for (int64_t j = 0; j < count; j++)
            apart[j] = near[j] * sqrt(apart[j]);
        int64_t j = 0;
        for (; j + LANES <= count; j += LANES)
            for (int lane = 0; lane < LANES; lane++) {
                distances[lane] += apart[j + lane];
                weights[lane] += near[j + lane];
            }
        for (int lane = 0; j < count; j++, lane++) {
            distances[lane] += apart[j];
            weights[lane] += near[j];
        }
        means[i] = total(distances) / total(weights);
    }
}

#define COLUMNS 64 /* as in attention.py */

/* Over at most 64 columns: add the rows of A, each column over its sum, to the nodes of a grid around their places,
   weighted by a Gaussian, then sum the products of A's rows with what the nodes around its places hold, weighted
   likewise. `begins` and `falls` say for each place and axis its first node, and the Gaussian there and at those after
   it. Numbers below `nothing` are raised to it, since processors are slow with the products of smaller ones. */
VECTORIZED
void attention_returns(const double *attention, const int64_t *begins, const float *falls, int64_t reached,
                       int64_t count, int64_t columns, int64_t node_count, int64_t across, float nothing,
                       int64_t first, int64_t last, float *restrict nodes, double *restrict sums) {
    double of_columns[COLUMNS] = {0};
    const int width = (int)(last - first);
    memset(nodes, 0, node_count * COLUMNS * sizeof *nodes);
    for (int64_t i = 0; i < count; i++)
        for (int k = 0; k < width; k++)
            of_columns[k] += attention[i * columns + first + k];
    for (int k = 0; k < width; k++)
        of_columns[k] = 1 / (of_columns[k] > 1e-12 ? of_columns[k] : 1e-12);
    for (int64_t j = 0; j < count; j++) {
        const float *of_y = falls + 2 * j * reached, *of_x = of_y + reached;
        float row[COLUMNS] = {0};
        for (int k = 0; k < width; k++)
            row[k] = greater((float)(attention[j * columns + first + k] * of_columns[k]), nothing);
        for (int64_t y = 0; y < reached; y++)
            for (int64_t x = 0; x < reached; x++) {
                const float weight = of_y[y] * of_x[x];
                float *restrict node = nodes + ((begins[2 * j] + y) * across + begins[2 * j + 1] + x) * COLUMNS;
                for (int k = 0; k < COLUMNS; k++)
                    node[k] += weight * row[k];
            }
    }
    for (int64_t i = 0; i < count; i++) {
        const float *of_y = falls + 2 * i * reached, *of_x = of_y + reached;
        float row[COLUMNS] = {0}, found[COLUMNS] = {0};
        double lanes[LANES] = {0};
        for (int k = 0; k < width; k++)
            row[k] = greater((float)attention[i * columns + first + k], nothing);
        for (int64_t y = 0; y < reached; y++)
            for (int64_t x = 0; x < reached; x++) {
                const float weight = of_y[y] * of_x[x];
                const float *node = nodes + ((begins[2 * i] + y) * across + begins[2 * i + 1] + x) * COLUMNS;
                for (int k = 0; k < COLUMNS; k++)
                    found[k] += weight * node[k];
            }
        for (int k = 0; k < COLUMNS; k += LANES)
            for (int lane = 0; lane < LANES; lane++)
                lanes[lane] += row[k + lane] * found[k + lane];
        sums[i] = total(lanes);
    }
}
