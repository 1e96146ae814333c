/* The loops of SLIC; slic.py says what goes in and out. */

#include "loops.h"

VECTORIZED
void slic_assign(const float *colors, int64_t height, int64_t width, const float *clusters, int64_t count, float step,
                 int64_t reach, int64_t top, int64_t bottom, float *nearest, int32_t *labels) {
    const int64_t area = height * width;
    const float scale = 1 / (step * step);
    for (int64_t i = top * width; i < bottom * width; i++) {
        nearest[i] = INFINITY;
        labels[i] = -1;
    }
    for (int32_t k = 0; k < count; k++) {
        const float centre_y = clusters[5 * k], centre_x = clusters[5 * k + 1];
        const float color_0 = clusters[5 * k + 2], color_1 = clusters[5 * k + 3], color_2 = clusters[5 * k + 4];
        const int64_t row = (int64_t)centre_y, column = (int64_t)centre_x;
        const int64_t left = column > reach ? column - reach : 0;
        const int64_t right = column + reach < width ? column + reach + 1 : width;
        const int64_t first = row - reach > top ? row - reach : top;
        const int64_t last = row + reach < bottom ? row + reach + 1 : bottom;
        for (int64_t y = first; y < last; y++) {
            const float along_y = ((float)y - centre_y) * ((float)y - centre_y) * scale;
            const float *restrict plane_0 = colors + y * width;
            const float *restrict plane_1 = plane_0 + area;
            const float *restrict plane_2 = plane_1 + area;
            float *restrict best = nearest + y * width;
            int32_t *restrict owner = labels + y * width;
            for (int32_t x = (int32_t)left; x < (int32_t)right; x++) {
                const float along_x = (float)x - centre_x;
                const float d_0 = plane_0[x] - color_0, d_1 = plane_1[x] - color_1, d_2 = plane_2[x] - color_2;
                const float distance = along_y + along_x * along_x * scale + d_0 * d_0 + d_1 * d_1 + d_2 * d_2;
                const int closer = distance < best[x];
                best[x] = closer ? distance : best[x];
                owner[x] = closer ? k : owner[x];
            }
        }
    }
}

void slic_move(const float *colors, int64_t height, int64_t width, const int32_t *labels, double *sums) {
    const int64_t area = height * width;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            const int64_t pixel = y * width + x;
            double *total = sums + 6 * (int64_t)labels[pixel];
            total[0] += y;
            total[1] += x;
            total[2] += colors[pixel];
            total[3] += colors[area + pixel];
            total[4] += colors[2 * area + pixel];
            total[5] += 1;
        }
}

/* The pixels above, left, right and below; -1 where there is none. */
INLINE void neighbours(int64_t pixel, int64_t height, int64_t width, int64_t *found) {
    const int64_t column = pixel % width;
    found[0] = pixel >= width ? pixel - width : -1;
    found[1] = column > 0 ? pixel - 1 : -1;
    found[2] = column < width - 1 ? pixel + 1 : -1;
    found[3] = pixel < (height - 1) * width ? pixel + width : -1;
}

int64_t slic_pieces(const int32_t *labels, int64_t height, int64_t width, int32_t *pieces, int64_t *waiting,
                    int64_t *sizes) {
    const int64_t area = height * width;
    int64_t count = 0, around[4];
    memset(pieces, -1, area * sizeof *pieces);
    for (int64_t first = 0; first < area; first++) {
        if (pieces[first] >= 0)
            continue;
        int64_t begin = 0, end = 1;
        pieces[first] = count;
        waiting[0] = first;
        while (begin < end) {
            neighbours(waiting[begin++], height, width, around);
            for (int k = 0; k < 4; k++)
                if (around[k] >= 0 && pieces[around[k]] < 0 && labels[around[k]] == labels[first]) {
                    pieces[around[k]] = count;
                    waiting[end++] = around[k];
                }
        }
        sizes[count++] = end;
    }
    return count;
}

void slic_grow(int32_t *labels, int64_t height, int64_t width, int64_t *waiting) {
    const int64_t area = height * width;
    int64_t begin = 0, end = 0, around[4];
    for (int64_t pixel = 0; pixel < area; pixel++) {
        if (labels[pixel] < 0)
            continue;
        neighbours(pixel, height, width, around);
        for (int k = 0; k < 4; k++)
            if (around[k] >= 0 && labels[around[k]] < 0) {
                waiting[end++] = pixel;
                break;
            }
    }
    while (begin < end) {
        const int64_t pixel = waiting[begin++];
        neighbours(pixel, height, width, around);
        for (int k = 0; k < 4; k++)
            if (around[k] >= 0 && labels[around[k]] < 0) {
                labels[around[k]] = labels[pixel];
                waiting[end++] = around[k];
            }
    }
}
