/* Area averaging; shrink.py says what goes in and out. */

#include "loops.h"

VECTORIZED
void shrink_rows(const float *band, int64_t above, int64_t height, int64_t width, int64_t channels, int64_t new_height,
                 int64_t new_width, int64_t top, int64_t bottom, float *restrict sums, float *restrict out) {
    const int64_t length = width * channels;
    const double rows = (double)height / new_height, columns = (double)width / new_width;
    for (int64_t y = top; y < bottom; y++) {
        const double begin = y * rows, end = (y + 1) * rows;
        memset(sums, 0, length * sizeof *sums);
        for (int64_t from = (int64_t)begin; from < height && from < end; from++) {
            const float share = (float)((fmin(end, from + 1) - fmax(begin, from)) / rows);
            const float *line = band + (from - above) * length;
            for (int64_t i = 0; i < length; i++)
                sums[i] += share * line[i];
        }
        for (int64_t x = 0; x < new_width; x++) {
            const double left = x * columns, right = (x + 1) * columns;
            for (int64_t c = 0; c < channels; c++) {
                float sum = 0;
                for (int64_t from = (int64_t)left; from < width && from < right; from++)
                    sum += (float)((fmin(right, from + 1) - fmax(left, from)) / columns) * sums[from * channels + c];
                out[(y * new_width + x) * channels + c] = smaller(greater(sum, 0), 1);
            }
        }
    }
}
