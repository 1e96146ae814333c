/* Area averaging; shrink.py says what goes in and out. */

#include "loops.h"

/* Old cell `from` and new cell `to` overlap by this over old_length · new_length; whole numbers, so that which cells
   overlap at all is beyond rounding. */
INLINE int64_t overlap(int64_t from, int64_t to, int64_t old_length, int64_t new_length) {
    const int64_t begin = from * new_length > to * old_length ? from * new_length : to * old_length;
    const int64_t old_end = (from + 1) * new_length, new_end = (to + 1) * old_length;
    return (old_end < new_end ? old_end : new_end) - begin;
}

VECTORIZED
void shrink_rows(const float *band, int64_t above, int64_t height, int64_t width, int64_t channels, int64_t new_height,
                 int64_t new_width, int64_t top, int64_t bottom, float *restrict sums, float *restrict out) {
    const int64_t length = width * channels;
    for (int64_t y = top; y < bottom; y++) {
        memset(sums, 0, length * sizeof *sums);
        for (int64_t from = y * height / new_height; from * new_height < (y + 1) * height; from++) {
            const float share = (float)overlap(from, y, height, new_height) / (float)height;
            const float *line = band + (from - above) * length;
            for (int64_t i = 0; i < length; i++)
                sums[i] += share * line[i];
        }
        for (int64_t x = 0; x < new_width; x++)
            for (int64_t c = 0; c < channels; c++) {
                float sum = 0;
                for (int64_t from = x * width / new_width; from * new_width < (x + 1) * width; from++)
                    sum += (float)overlap(from, x, width, new_width) / (float)width * sums[from * channels + c];
                out[(y * new_width + x) * channels + c] = sum;
            }
    }
}
