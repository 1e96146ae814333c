/* The loops of SLIC; slic.py says what goes in and out. */

#include "loops.h"

#define BLOCK 32 /* pixels of a row whose farthest cluster bounds what a cluster can win */

INLINE float squared(float x) { return x * x; }

/* The nearest cluster whose centre is within `reach` rows and columns; of equally near ones the first. A pixel begins
   with the cluster that it had, if that is still within reach: what is farther than that needs no look. */
VECTORIZED
void slic_assign(const float *colors, int64_t height, int64_t width, const float *clusters, int64_t count, float step,
                 int64_t reach, const int32_t *before, int64_t top, int64_t bottom, float *restrict nearest,
                 float *restrict farthest, int32_t *restrict labels) {
    const int64_t area = height * width, blocks = (width + BLOCK - 1) / BLOCK;
    const float scale = 1 / (step * step);
    for (int64_t y = top; y < bottom; y++)
        for (int64_t block = 0; block < blocks; block++) {
            const int32_t first = (int32_t)(block * BLOCK), row = (int32_t)y, within = (int32_t)reach;
            const int32_t end = (int32_t)(first + BLOCK < width ? first + BLOCK : width);
            int32_t most = 0; /* positive numbers are in the order of their bits */
            for (int32_t x = first; x < end; x++) {
                const int64_t i = y * width + x;
                const int32_t k = before[i];
                const float *own = clusters + 5 * (k < 0 ? 0 : k);
                const int32_t down = row - (int32_t)own[0], across = x - (int32_t)own[1];
                const int near = (k >= 0) & (down <= within) & (-down <= within) & (across <= within) & (-across <= within);
                const float distance = squared((float)row - own[0]) * scale + squared((float)x - own[1]) * scale +
                                       squared(colors[i] - own[2]) + squared(colors[area + i] - own[3]) +
                                       squared(colors[2 * area + i] - own[4]);
                nearest[i] = near ? distance : INFINITY;
                labels[i] = near ? k : -1;
            }
            for (int32_t x = first; x < end; x++) {
                union {
                    float value;
                    int32_t bits;
                } number = {nearest[y * width + x]};
                most = number.bits > most ? number.bits : most;
            }
            memcpy(farthest + y * blocks + block, &most, sizeof most);
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
            const float along_y = squared((float)y - centre_y) * scale;
            float most = 0;
            for (int64_t block = left / BLOCK; block <= (right - 1) / BLOCK; block++)
                most = greater(farthest[y * blocks + block], most);
            if (along_y > most)
                continue;
            const float half = sqrtf((most - along_y) / scale) + 2; /* 2 for the rounding */
            const int64_t from = centre_x - half > (float)left ? (int64_t)(centre_x - half) : left;
            int64_t to = centre_x + half < (float)(right - 1) ? (int64_t)(centre_x + half) + 1 : right;
            const int64_t whole = from + (to - from + 15) / 16 * 16; /* vectors without a rest, if there is room */
            to = whole <= right ? whole : to;
            const float *restrict plane_0 = colors + y * width;
            const float *restrict plane_1 = plane_0 + area;
            const float *restrict plane_2 = plane_1 + area;
            float *restrict best = nearest + y * width;
            int32_t *restrict owner = labels + y * width;
            for (int32_t x = (int32_t)from; x < (int32_t)to; x++) {
                const float along_x = squared((float)x - centre_x) * scale;
                const float distance = along_y + along_x + squared(plane_0[x] - color_0) +
                                       squared(plane_1[x] - color_1) + squared(plane_2[x] - color_2);
                const int closer = (distance < best[x]) | ((distance == best[x]) & (k < owner[x]));
                best[x] = closer ? distance : best[x];
                owner[x] = closer ? k : owner[x];
            }
        }
    }
}

void slic_move(const float *colors, int64_t height, int64_t width, const int32_t *labels, int64_t top, int64_t bottom,
               double *sums) {
    const int64_t area = height * width;
    for (int64_t y = top; y < bottom; y++)
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
