/* The loops of SLIC; slic.py says what goes in and out. */

#include "loops.h"

enum { TILE_ROWS = 8, TILE_COLUMNS = 32, TILE = TILE_ROWS * TILE_COLUMNS };
#define SLACK 0.9999f /* for the rounding of bounds */

INLINE float squared(float x) { return x * x; }
INLINE float outside(float x, float low, float high) { return greater(greater(low - x, x - high), 0); }

/* Copy a row of a tile; beyond the picture, its last pixel again. */
INLINE void take(const float *from, int64_t columns, float *to) {
    if (columns == TILE_COLUMNS) {
        memcpy(to, from, TILE_COLUMNS * sizeof *to);
        return;
    }
    for (int64_t x = 0; x < TILE_COLUMNS; x++)
        to[x] = from[x < columns ? x : columns - 1];
}

typedef struct {
    float colors[3][TILE], nearest[TILE];
    int32_t labels[TILE];
} Tile;

/* Give the pixels of a tile that are nearer to this cluster than to their own to it. */
INLINE void offer(Tile *tile, int32_t top, int32_t left, const float *clusters, int32_t k, float scale, int32_t reach) {
    const float centre_y = clusters[5 * k], centre_x = clusters[5 * k + 1];
    const float color_0 = clusters[5 * k + 2], color_1 = clusters[5 * k + 3], color_2 = clusters[5 * k + 4];
    const int32_t row = (int32_t)centre_y, column = (int32_t)centre_x;
    float along_x[TILE_COLUMNS];
    for (int32_t i = 0; i < TILE_COLUMNS; i++) {
        const int32_t x = left + i;
        const int reached = (x - column <= reach) & (column - x <= reach);
        along_x[i] = reached ? squared((float)x - centre_x) * scale : INFINITY;
    }
    for (int32_t y = top; y < top + TILE_ROWS; y++) {
        if (y - row > reach || row - y > reach)
            continue;
        const float along_y = squared((float)y - centre_y) * scale;
        for (int i = 0, at = (y - top) * TILE_COLUMNS; i < TILE_COLUMNS; i++, at++) {
            const float distance = along_y + along_x[i] + squared(tile->colors[0][at] - color_0) +
                                   squared(tile->colors[1][at] - color_1) + squared(tile->colors[2][at] - color_2);
            const int closer = (distance < tile->nearest[at]) | ((distance == tile->nearest[at]) & (k < tile->labels[at]));
            tile->nearest[at] = closer ? distance : tile->nearest[at];
            tile->labels[at] = closer ? k : tile->labels[at];
        }
    }
}

/* The nearest cluster whose centre is within `reach` rows and columns; of equally near ones the first.

   A tile is offered the clusters that its pixels had before. Then one that is farther from the box of the tile's
   positions and colours than the worst of its pixels is from its own needs no look. */
VECTORIZED
void slic_assign(const float *colors, int64_t height, int64_t width, const float *clusters, const int32_t *by_column,
                 int64_t count, float step, int64_t reach, const int32_t *before, int64_t top, int64_t bottom,
                 int32_t *restrict near, int32_t *restrict offered, float *restrict listed, float *restrict bounds,
                 int32_t *restrict labels) {
    const int64_t area = height * width;
    const float scale = 1 / (step * step);
    int64_t in_rows = 0;
    for (int64_t n = 0; n < count; n++) {
        const int64_t k = by_column[n], row = (int64_t)clusters[5 * k];
        offered[k] = -1;
        if (row + reach < top || row - reach >= bottom)
            continue;
        for (int value = 0; value < 5; value++)
            listed[value * count + in_rows] = clusters[5 * k + value];
        near[in_rows++] = (int32_t)k;
    }
    for (int64_t y = top; y < bottom; y += TILE_ROWS) {
        const int64_t rows = y + TILE_ROWS < bottom ? TILE_ROWS : bottom - y;
        int64_t from = 0, to = 0; /* of the listed ones, those within reach of a tile's columns */
        for (int64_t x = 0; x < width; x += TILE_COLUMNS) {
            const int64_t columns = x + TILE_COLUMNS < width ? TILE_COLUMNS : width - x;
            const int32_t number = (int32_t)(y * width + x);
            Tile tile;
            int32_t had = -1;
            for (int i = 0; i < TILE; i++) {
                tile.nearest[i] = INFINITY;
                tile.labels[i] = -1;
            }
            for (int64_t r = 0; r < TILE_ROWS; r++)
                for (int plane = 0; plane < 3; plane++)
                    take(colors + plane * area + (y + (r < rows ? r : rows - 1)) * width + x, columns,
                         tile.colors[plane] + r * TILE_COLUMNS);
            for (int64_t r = 0; r < rows; r++)
                for (int64_t i = 0; i < columns; i++) {
                    const int32_t k = before[(y + r) * width + x + i];
                    if (k == had || k < 0 || offered[k] == number)
                        continue;
                    had = k;
                    offered[k] = number;
                    offer(&tile, (int32_t)y, (int32_t)x, clusters, k, scale, (int32_t)reach);
                }
            float most = 0, low[3], high[3];
#pragma omp simd reduction(max : most)
            for (int i = 0; i < TILE; i++)
                most = greater(tile.nearest[i], most);
            for (int plane = 0; plane < 3; plane++) {
                float least = INFINITY, largest = -INFINITY;
#pragma omp simd reduction(min : least) reduction(max : largest)
                for (int i = 0; i < TILE; i++) {
                    least = smaller(tile.colors[plane][i], least);
                    largest = greater(tile.colors[plane][i], largest);
                }
                low[plane] = least, high[plane] = largest;
            }
            for (; from < in_rows && (int64_t)listed[count + from] + reach < x; from++)
                ;
            for (; to < in_rows && (int64_t)listed[count + to] - reach < x + columns; to++)
                ;
            for (int64_t n = from; n < to; n++)
                bounds[n] = SLACK * (squared(outside(listed[n], y, y + rows - 1)) * scale +
                                     squared(outside(listed[count + n], x, x + columns - 1)) * scale +
                                     squared(outside(listed[2 * count + n], low[0], high[0])) +
                                     squared(outside(listed[3 * count + n], low[1], high[1])) +
                                     squared(outside(listed[4 * count + n], low[2], high[2])));
            for (int64_t n = from; n < to; n++)
                if (bounds[n] <= most && offered[near[n]] != number)
                    offer(&tile, (int32_t)y, (int32_t)x, clusters, near[n], scale, (int32_t)reach);
            for (int64_t r = 0; r < rows; r++)
                memcpy(labels + (y + r) * width + x, tile.labels + r * TILE_COLUMNS, columns * sizeof *labels);
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
