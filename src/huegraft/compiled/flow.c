/* Dense flow between small pictures, and what is carried along it; flow.py says what goes in and out. */

#include "loops.h"

#define PATCH 8
#define STEP 4 /* from patch to patch */
#define PAD 16 /* of a picture's margin, which repeats its border */
#define ROUNDS 8 /* of Gauss and Newton's method, at most */
#define ENOUGH 0.02f /* of a pixel */
#define SAME 0.25f /* of a pixel: a start this near to another one ends where that one does */
#define FLAT 0.002f /* what the slopes of grain alone add up to in a patch */
#define NOISE 0.0004f /* the variance of a pixel's difference up to which a patch is trusted in full */
#define VALUES 6 /* of a patch: its move, its slopes (down, across, both) by trust, its luma */
#define TIE 0.01f /* of a patch to those around */
#define NEAR 0.05f /* a difference of luma that hardly counts */
#define TURNS 6 /* of settling */
#define ALIKE 0.008f /* a difference of luma that does not count */
typedef float vector8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef float vector4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t integers4 __attribute__((vector_size(16), aligned(4), may_alias));

INLINE float sum8(vector8 v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

INLINE float within(float value, float least, float greatest) { return smaller(greater(value, least), greatest); }

INLINE int64_t patch_start(int64_t number, int64_t size) {
    const int64_t last = size > PATCH ? size - PATCH : 0;
    return number * STEP < last ? number * STEP : last;
}

/* Four sums as sum8 makes them. */
INLINE vector4 sums8(vector8 a, vector8 b, vector8 c, vector8 d) {
#define HALVES(v) ((vector4){(v)[0], (v)[1], (v)[2], (v)[3]} + (vector4){(v)[4], (v)[5], (v)[6], (v)[7]})
    const vector4 of_a = HALVES(a), of_b = HALVES(b), of_c = HALVES(c), of_d = HALVES(d);
#undef HALVES
    const vector4 one = (vector4){of_a[0], of_a[1], of_b[0], of_b[1]} + (vector4){of_a[2], of_a[3], of_b[2], of_b[3]};
    const vector4 two = (vector4){of_c[0], of_c[1], of_d[0], of_d[1]} + (vector4){of_c[2], of_c[3], of_d[2], of_d[3]};
    return (vector4){one[0], one[2], two[0], two[2]} + (vector4){one[1], one[3], two[1], two[3]};
}

/* A row of a patch between the pixels of a row. */
INLINE vector8 between(const float *row, float across) {
    const vector8 here = *(const vector8 *)row;
    return here + across * (*(const vector8 *)(row + 1) - here);
}

/* A row of a patch between pixels. */
INLINE vector8 row_at(const float *row, int64_t stride, float down, float across) {
    const vector8 upper = between(row, across);
    return upper + down * (between(row + stride, across) - upper);
}

/* Where a patch lies in the other picture, not farther out than its margin: the pixel and the rest. */
INLINE const float *place(const float *other, int64_t height, int64_t width, float y, float x, float *down,
                          float *across) {
    y = within(y, -PATCH, height);
    x = within(x, -PATCH, width);
    const float top = floorf(y), left = floorf(x);
    *down = y - top;
    *across = x - left;
    return other + ((int64_t)top + PAD) * (width + 2 * PAD) + (int64_t)left + PAD;
}

typedef struct {
    vector8 values[PATCH], down[PATCH], across[PATCH];
    float top, left, sum_down, sum_across;
} Patch;

/* How unlike a patch is to what lies at a move in the other picture, brighter or darker, and the slopes of that. */
INLINE float unlike_at(const Patch *patch, const float *other, int64_t height, int64_t width, float move_down,
                       float move_across, float *pull_down, float *pull_across) {
    float down, across;
    const float *source = place(other, height, width, patch->top + move_down, patch->left + move_across, &down, &across);
    vector8 sum = {0}, squares = {0}, pulls_down = {0}, pulls_across = {0}, upper = between(source, across);
    for (int i = 0; i < PATCH; i++) {
        const vector8 lower = between(source + (i + 1) * (width + 2 * PAD), across);
        const vector8 apart = upper + down * (lower - upper) - patch->values[i];
        upper = lower;
        sum += apart;
        squares += apart * apart;
        pulls_down += apart * patch->down[i];
        pulls_across += apart * patch->across[i];
    }
    const vector4 sums = sums8(sum, pulls_down, pulls_across, squares);
    const float mean = sums[0] / (PATCH * PATCH);
    *pull_down = sums[1] - mean * patch->sum_down;
    *pull_across = sums[2] - mean * patch->sum_across;
    return sums[3] - mean * mean * (PATCH * PATCH);
}

/* The moves of patches, searched from those of the patches of a coarser level on, or from seeds of their own. */
VECTORIZED
void flow_search(const float *one, const float *other, int64_t height, int64_t width, const float *coarse,
                 int64_t coarse_rows, int64_t coarse_columns, const float *ratio, const float *seeds, int64_t seeded,
                 int64_t columns, int64_t first, int64_t last, float *restrict patches) {
    const int64_t stride = width + 2 * PAD;
    for (int64_t row = first; row < last; row++)
        for (int64_t column = 0; column < columns; column++) {
            const int64_t top = patch_start(row, height), left = patch_start(column, width);
            Patch patch = {.top = top, .left = left};
            vector8 sum_down = {0}, sum_across = {0}, downs = {0}, acrosses = {0}, both = {0}, sum = {0};
            for (int i = 0; i < PATCH; i++) {
                const float *source = one + (top + i + PAD) * stride + left + PAD;
                const vector8 down = 0.5f * (*(const vector8 *)(source + stride) - *(const vector8 *)(source - stride));
                const vector8 across = 0.5f * (*(const vector8 *)(source + 1) - *(const vector8 *)(source - 1));
                patch.values[i] = *(const vector8 *)source;
                patch.down[i] = down;
                patch.across[i] = across;
                sum += patch.values[i];
                sum_down += down;
                sum_across += across;
                downs += down * down;
                acrosses += across * across;
                both += down * across;
            }
            patch.sum_down = sum8(sum_down);
            patch.sum_across = sum8(sum_across);
            const float share = 1.0f / (PATCH * PATCH);
            const float down_down = sum8(downs) - patch.sum_down * patch.sum_down * share + FLAT;
            const float across_across = sum8(acrosses) - patch.sum_across * patch.sum_across * share + FLAT;
            const float down_across = sum8(both) - patch.sum_down * patch.sum_across * share;
            const float determinant = down_down * across_across - down_across * down_across;

            float tries[6][2], best = INFINITY, move_down = 0, move_across = 0, pull_down = 0, pull_across = 0;
            const int64_t middle_row = (int64_t)((top + PATCH / 2) / ratio[0]) / STEP;
            const int64_t middle_column = (int64_t)((left + PATCH / 2) / ratio[1]) / STEP;
            int tried = 0;
            for (int k = 0; k < 5 + seeded; k++) { /* the patch of the coarser level, its neighbours, and the seed */
                static const int beside[6][2] = {{0, 0}, {-1, 0}, {1, 0}, {0, -1}, {0, 1}, {0, 0}};
                int64_t from_row = middle_row - 1 + beside[k][0], from_column = middle_column - 1 + beside[k][1];
                from_row = from_row < 0 ? 0 : from_row < coarse_rows ? from_row : coarse_rows - 1;
                from_column = from_column < 0 ? 0 : from_column < coarse_columns ? from_column : coarse_columns - 1;
                const float *from = coarse + VALUES * (from_row * coarse_columns + from_column);
                const float *seed = seeds + 2 * (row * columns + column);
                const float down = k < 5 ? from[0] * ratio[0] : seed[0];
                const float across = k < 5 ? from[1] * ratio[1] : seed[1];
                int known = 0;
                for (int other_one = 0; other_one < tried; other_one++) {
                    const float apart_down = down - tries[other_one][0], apart_across = across - tries[other_one][1];
                    known |= apart_down * apart_down + apart_across * apart_across < SAME * SAME;
                }
                if (known)
                    continue;
                tries[tried][0] = down;
                tries[tried++][1] = across;
                float pulls[2];
                const float cost = unlike_at(&patch, other, height, width, down, across, pulls, pulls + 1);
                if (cost < best) {
                    best = cost;
                    move_down = down;
                    move_across = across;
                    pull_down = pulls[0];
                    pull_across = pulls[1];
                }
            }
            for (int round = 0; round < ROUNDS; round++) {
                const float by_down = (across_across * pull_down - down_across * pull_across) / determinant;
                const float by_across = (down_down * pull_across - down_across * pull_down) / determinant;
                const float down = move_down - within(by_down, -2, 2), across = move_across - within(by_across, -2, 2);
                const float cost = unlike_at(&patch, other, height, width, down, across, &pull_down, &pull_across);
                if (!(cost < best))
                    break;
                best = cost;
                move_down = down;
                move_across = across;
                if (by_down * by_down + by_across * by_across < ENOUGH * ENOUGH)
                    break;
            }
            const float trust = NOISE / (NOISE + best * share);
            float *out = patches + VALUES * (row * columns + column);
            out[0] = move_down;
            out[1] = move_across;
            out[2] = (down_down - FLAT) * trust;
            out[3] = (across_across - FLAT) * trust;
            out[4] = down_across * trust;
            out[5] = sum8(sum) * share;
        }
}

/* Patches keep what they know of their moves, and take the rest from patches around that are of their luma. */
VECTORIZED
void flow_settle(float *patches, int64_t rows, int64_t columns, float *found, float *before) {
    for (int64_t i = 0; i < rows * columns; i++)
        for (int c = 0; c < 2; c++)
            found[2 * i + c] = patches[VALUES * i + c];
    for (int turn = 0; turn < TURNS; turn++) {
        for (int64_t i = 0; i < rows * columns; i++)
            for (int c = 0; c < 2; c++)
                before[2 * i + c] = patches[VALUES * i + c];
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++) {
                float *own = patches + VALUES * (row * columns + column), sums[3] = {0};
                for (int64_t y = row ? row - 1 : 0; y <= row + 1 && y < rows; y++)
                    for (int64_t x = column ? column - 1 : 0; x <= column + 1 && x < columns; x++) {
                        const int64_t other = y * columns + x;
                        const float apart = patches[VALUES * other + 5] - own[5];
                        const float weight = 1 / (apart * apart + NEAR * NEAR);
                        sums[0] += weight;
                        sums[1] += weight * before[2 * other];
                        sums[2] += weight * before[2 * other + 1];
                    }
                const float mean_down = sums[1] / sums[0], mean_across = sums[2] / sums[0];
                const float *move = found + 2 * (row * columns + column);
                const float off_down = move[0] - mean_down, off_across = move[1] - mean_across;
                const float pull_down = own[2] * off_down + own[4] * off_across;
                const float pull_across = own[4] * off_down + own[3] * off_across;
                const float down = own[2] + TIE, across = own[3] + TIE, determinant = down * across - own[4] * own[4];
                own[0] = mean_down + (across * pull_down - own[4] * pull_across) / determinant;
                own[1] = mean_across + (down * pull_across - own[4] * pull_down) / determinant;
            }
    }
}

/* The moves of pixels: the mean of those of the patches around, by how alike each makes the pixel. */
VECTORIZED
void flow_dense(const float *one, const float *other, int64_t height, int64_t width, const float *patches, int64_t rows,
                int64_t columns, int64_t top, int64_t bottom, float *restrict sums, float *restrict flow) {
    const int64_t stride = width + 2 * PAD;
    for (int64_t y = top; y < bottom; y++) {
        memset(sums, 0, 3 * stride * sizeof *sums);
        for (int64_t row = 0; row < rows; row++) {
            const int64_t above = patch_start(row, height);
            if (y < above || y >= above + PATCH)
                continue;
            for (int64_t column = 0; column < columns; column++) {
                const int64_t left = patch_start(column, width);
                const float *move = patches + VALUES * (row * columns + column);
                float down, across;
                const float *source = place(other, height, width, above + move[0], left + move[1], &down, &across);
                const vector8 apart = row_at(source + (y - above) * stride, stride, down, across) -
                                      *(const vector8 *)(one + (y + PAD) * stride + left + PAD);
                const vector8 weight = 1.0f / (apart * apart + ALIKE * ALIKE);
                *(vector8 *)(sums + left) += weight;
                *(vector8 *)(sums + stride + left) += weight * move[0];
                *(vector8 *)(sums + 2 * stride + left) += weight * move[1];
            }
        }
        for (int64_t x = 0; x < width; x++) {
            flow[2 * (y * width + x)] = sums[stride + x] / sums[x];
            flow[2 * (y * width + x) + 1] = sums[2 * stride + x] / sums[x];
        }
    }
}

/* Cubic weights of Catmull and Rom. */
INLINE void cubic(float t, float *weights) {
    weights[0] = ((-0.5f * t + 1) * t - 0.5f) * t;
    weights[1] = (1.5f * t - 2.5f) * t * t + 1;
    weights[2] = ((-1.5f * t + 2) * t + 0.5f) * t;
    weights[3] = (0.5f * t - 0.5f) * t * t;
}

INLINE vector4 chosen4(integers4 first, vector4 a, vector4 b) {
    return (vector4)((first & (integers4)a) | (~first & (integers4)b));
}

INLINE vector4 lesser4(vector4 a, vector4 b) { return chosen4((integers4)(a < b), a, b); }

INLINE vector4 greater4(vector4 a, vector4 b) { return chosen4((integers4)(a > b), a, b); }

INLINE int64_t clamped(int64_t value, int64_t size) { return value < 0 ? 0 : value < size ? value : size - 1; }

/* What a picture of four channels has at a place between pixels, by cubic weights that do not overshoot. The flow that
   goes the other way is read there as well, and added to the move: what the way there and back strays. */
typedef struct {
    vector4 values;
    float strayed; /* squared, in pixels */
} Found;

INLINE int inside(float y, float x, int64_t height, int64_t width) {
    return y >= -0.5f && y <= height - 0.5f && x >= -0.5f && x <= width - 0.5f;
}

/* The four pixels about a place, and where it lies among them. */
typedef struct {
    int64_t rows[4], columns[4];
    float down, across;
} Around;

INLINE Around around_place(float y, float x, int64_t height, int64_t width) {
    const float above = floorf(y), left = floorf(x);
    Around around = {.down = y - above, .across = x - left};
    for (int k = 0; k < 4; k++) {
        around.rows[k] = clamped((int64_t)above + k - 1, height) * width;
        around.columns[k] = clamped((int64_t)left + k - 1, width);
    }
    return around;
}

/* What a flow has at a place, by linear weights. */
INLINE void moved_at(const float *flow, const Around *around, float *move) {
    const int64_t *rows = around->rows, *columns = around->columns;
    const float *p = flow + 2 * (rows[1] + columns[1]), *q = flow + 2 * (rows[1] + columns[2]);
    const float *r = flow + 2 * (rows[2] + columns[1]), *s = flow + 2 * (rows[2] + columns[2]);
    for (int k = 0; k < 2; k++) {
        const float upper = p[k] + around->across * (q[k] - p[k]), lower = r[k] + around->across * (s[k] - r[k]);
        move[k] = upper + around->down * (lower - upper);
    }
}

INLINE Found found_at(const float *picture, const float *back, const float *move, float y, float x, int64_t height,
                      int64_t width) {
    const Around around = around_place(y, x, height, width);
    const int64_t *rows = around.rows, *columns = around.columns;
    float by_row[4], by_column[4];
    cubic(around.down, by_row);
    cubic(around.across, by_column);
    vector4 values = {0};
    for (int i = 0; i < 4; i++) {
        vector4 sum = {0};
        for (int k = 0; k < 4; k++)
            sum += by_column[k] * *(const vector4 *)(picture + 4 * (rows[i] + columns[k]));
        values += by_row[i] * sum;
    }
    const vector4 a = *(const vector4 *)(picture + 4 * (rows[1] + columns[1]));
    const vector4 b = *(const vector4 *)(picture + 4 * (rows[1] + columns[2]));
    const vector4 c = *(const vector4 *)(picture + 4 * (rows[2] + columns[1]));
    const vector4 d = *(const vector4 *)(picture + 4 * (rows[2] + columns[2]));
    const vector4 least = lesser4(lesser4(a, b), lesser4(c, d)), most = greater4(greater4(a, b), greater4(c, d));
    float returning[2];
    moved_at(back, &around, returning);
    const float down = move[0] + returning[0], across = move[1] + returning[1];
    return (Found){lesser4(greater4(values, least), most), down * down + across * across};
}

/* Pictures of a frame, one or two, of luma, a*, b* and weight, to which that of another frame is added. They have the
   same luma, and the same pixels without a weight. */
VECTORIZED
void flow_carry(const float *other, const float *flow, const float *back, int64_t height, int64_t width, float decay,
                float stray, float apart, int64_t top, int64_t bottom, int64_t count, float *restrict now,
                float *restrict also) {
    const float by_stray = 1 / (stray * stray), by_apart = 1 / (apart * apart);
    for (int64_t y = top; y < bottom; y++)
        for (int64_t x = 0; x < width; x++) {
            float *own = now + 4 * (y * width + x);
            const float *move = flow + 2 * (y * width + x);
            const float from_y = y + move[0], from_x = x + move[1];
            if (!(own[3] > 0 && inside(from_y, from_x, height, width)))
                continue;
            const Found found = found_at(other, back, move, from_y, from_x, height, width);
            const float unlike_luma = found.values[0] - own[0];
            const float doubt = found.strayed * by_stray + unlike_luma * unlike_luma * by_apart;
            const float weight = decay * found.values[3] * single_exponential(-smaller(doubt, 80));
            for (int64_t k = 0; k < count; k++) {
                own = (k ? also : now) + 4 * (y * width + x);
                const float total = own[3] + weight, share = weight / total;
                own[1] += share * (found.values[1] - own[1]);
                own[2] += share * (found.values[2] - own[2]);
                own[3] = total;
            }
        }
}

/* A picture of luma, a*, b* and weight as another frame sees it; less weight where the way there and back strays. */
VECTORIZED
void flow_lend(const float *picture, const float *flow, const float *back, int64_t height, int64_t width, float stray,
               int64_t top, int64_t bottom, float *restrict lent) {
    const float by_stray = 1 / (stray * stray);
    for (int64_t y = top; y < bottom; y++)
        for (int64_t x = 0; x < width; x++) {
            float *out = lent + 4 * (y * width + x);
            const float *move = flow + 2 * (y * width + x);
            const float from_y = y + move[0], from_x = x + move[1];
            if (!inside(from_y, from_x, height, width)) {
                memset(out, 0, 4 * sizeof *out);
                continue;
            }
            const Found found = found_at(picture, back, move, from_y, from_x, height, width);
            *(vector4 *)out = found.values;
            out[3] *= single_exponential(-smaller(found.strayed * by_stray, 80));
        }
}

/* The flow to a third picture, by way of another one. */
VECTORIZED
void flow_compose(const float *first, const float *then, int64_t height, int64_t width, int64_t top, int64_t bottom,
                  float *restrict flow) {
    for (int64_t y = top; y < bottom; y++)
        for (int64_t x = 0; x < width; x++) {
            const float *move = first + 2 * (y * width + x);
            const Around around = around_place(within(y + move[0], -1, height), within(x + move[1], -1, width), height, width);
            float *out = flow + 2 * (y * width + x);
            moved_at(then, &around, out);
            out[0] += move[0];
            out[1] += move[1];
        }
}
