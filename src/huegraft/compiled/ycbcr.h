/* What the loops of film share. */

#include "loops.h"

INLINE int64_t within(int64_t place, int64_t length) { return place < 0 ? 0 : place >= length ? length - 1 : place; }

/* A threshold in (0, 1) that differs between neighbours, between planes and between frames: the sequence R2. */
INLINE float threshold(int64_t x, int64_t y, int64_t frame, int64_t plane) {
    const uint32_t place = (uint32_t)x * 3242174889u + (uint32_t)y * 2447445414u;
    const uint32_t time = (uint32_t)frame * 2654435769u + (uint32_t)plane * 1431655765u;
    return ((float)(int32_t)((place + time) >> 26) + 0.5f) / 64;
}

/* Write whole numbers as codes of uint8 or uint16, those that the depth has not as its first or last one. */
INLINE void write_codes(const float *whole, int size, int bits, int bytes, uint8_t *restrict plane, int64_t at) {
    const float highest = (float)((1 << bits) - 1);
    uint8_t *narrow = plane + at;
    uint16_t *wide = (uint16_t *)plane + at;
    if (bytes == 1)
        for (int i = 0; i < size; i++)
            narrow[i] = (uint8_t)(int32_t)smaller(greater(whole[i], 0), highest);
    else
        for (int i = 0; i < size; i++)
            wide[i] = (uint16_t)(int32_t)smaller(greater(whole[i], 0), highest);
}
