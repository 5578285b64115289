// Transposes: for packing, where columns that lie dense become rows of a panel, and for blocks of programs that lie
// column after column.
#ifndef NJ_KERNELS_TRANSPOSE_H
#define NJ_KERNELS_TRANSPOSE_H

#include <stdbool.h>

#include "vector.h"

// A square of NJ_W x NJ_W floats, in log2(NJ_W) rounds that each exchange halves of growing blocks.
#if NJ_W == 16
#define NJ_BLEND_1(x, y) \
    __builtin_shufflevector(x, y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define NJ_BLEND_2(x, y) \
    __builtin_shufflevector(x, y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define NJ_PAIR_1(x, y) \
    __builtin_shufflevector(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define NJ_PAIR_2(x, y) \
    __builtin_shufflevector(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#elif NJ_W == 8
#define NJ_BLEND_1(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 4, 12, 5, 13)
#define NJ_BLEND_2(x, y) __builtin_shufflevector(x, y, 2, 10, 3, 11, 6, 14, 7, 15)
#define NJ_PAIR_1(x, y) __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13)
#define NJ_PAIR_2(x, y) __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15)
#else
#define NJ_BLEND_1(x, y) __builtin_shufflevector(x, y, 0, 4, 1, 5)
#define NJ_BLEND_2(x, y) __builtin_shufflevector(x, y, 2, 6, 3, 7)
#define NJ_PAIR_1(x, y) __builtin_shufflevector(x, y, 0, 1, 4, 5)
#define NJ_PAIR_2(x, y) __builtin_shufflevector(x, y, 2, 3, 6, 7)
#endif

// Within each lane of 128 bits: a square of 4 x 4, one row of it in each of four vectors.
NJ_INLINE void transpose_lanes(const vf *r, vf *t) {
    vf s0 = NJ_BLEND_1(r[0], r[1]), s1 = NJ_BLEND_2(r[0], r[1]);
    vf s2 = NJ_BLEND_1(r[2], r[3]), s3 = NJ_BLEND_2(r[2], r[3]);
    t[0] = NJ_PAIR_1(s0, s2);
    t[1] = NJ_PAIR_2(s0, s2);
    t[2] = NJ_PAIR_1(s1, s3);
    t[3] = NJ_PAIR_2(s1, s3);
}

NJ_INLINE void transpose_square(const float *from, int64_t from_stride, float *to, int64_t to_stride) {
    vf r[NJ_W], t[NJ_W];
    for (int i = 0; i < NJ_W; i++) r[i] = vf_load(from + i * from_stride);
    for (int q = 0; q < NJ_W; q += 4) transpose_lanes(r + q, t + q);
#if NJ_W == 16
    for (int i = 0; i < 4; i++) {
        vf low0 = NJ_LOW_HALVES(t[i], t[i + 4]), low1 = NJ_LOW_HALVES(t[i + 8], t[i + 12]);
        vf high0 = NJ_HIGH_HALVES(t[i], t[i + 4]), high1 = NJ_HIGH_HALVES(t[i + 8], t[i + 12]);
        vf_store(to + i * to_stride, NJ_EVEN_QUARTERS(low0, low1));
        vf_store(to + (i + 4) * to_stride, NJ_ODD_QUARTERS(low0, low1));
        vf_store(to + (i + 8) * to_stride, NJ_EVEN_QUARTERS(high0, high1));
        vf_store(to + (i + 12) * to_stride, NJ_ODD_QUARTERS(high0, high1));
    }
#elif NJ_W == 8
    for (int i = 0; i < 4; i++) {
        vf_store(to + i * to_stride, __builtin_shufflevector(t[i], t[i + 4], 0, 1, 2, 3, 8, 9, 10, 11));
        vf_store(to + (i + 4) * to_stride, __builtin_shufflevector(t[i], t[i + 4], 4, 5, 6, 7, 12, 13, 14, 15));
    }
#else
    for (int i = 0; i < 4; i++) vf_store(to + i * to_stride, t[i]);
#endif
}

typedef float nj_quad __attribute__((ext_vector_type(4)));
NJ_INLINE nj_quad quad_load(const float *p) { nj_quad v; memcpy(&v, p, sizeof v); return v; }
NJ_INLINE void quad_store(float *p, nj_quad v) { memcpy(p, &v, sizeof v); }

// A vector of what lies at p and then every four strides on; and its lanes stored there.
#define NJ_LANE(v, q) __builtin_shufflevector(v, v, 4 * (q), 4 * (q) + 1, 4 * (q) + 2, 4 * (q) + 3)
#define NJ_TWO_QUADS(p, stride) \
    __builtin_shufflevector(quad_load(p), quad_load((p) + 4 * (stride)), 0, 1, 2, 3, 4, 5, 6, 7)
NJ_INLINE vf quads_load(const float *p, int64_t stride) {
#if NJ_W == 16
    return __builtin_shufflevector(NJ_TWO_QUADS(p, stride), NJ_TWO_QUADS(p + 8 * stride, stride), NJ_ALL_LANES);
#elif NJ_W == 8
    return NJ_TWO_QUADS(p, stride);
#else
    (void)stride;
    return quad_load(p);
#endif
}
// Lane q of the four vectors, to four places.
#define NJ_STORE_LANES(q)                                                                          \
    quad_store(to + (4 * (q)) * to_stride, NJ_LANE(t[0], q));                                      \
    quad_store(to + (4 * (q) + 1) * to_stride, NJ_LANE(t[1], q));                                  \
    quad_store(to + (4 * (q) + 2) * to_stride, NJ_LANE(t[2], q));                                  \
    quad_store(to + (4 * (q) + 3) * to_stride, NJ_LANE(t[3], q));

// Four values from each of NJ_W places, `stride` apart, become NJ_W values in each of four vectors: those of place
// 4q + i go through lane q of vector i.
NJ_INLINE void transpose_from_quads(const float *from, int64_t from_stride, vf *t) {
    vf r[4];
    for (int i = 0; i < 4; i++) r[i] = quads_load(from + i * from_stride, from_stride);
    transpose_lanes(r, t);
}

// The way back. The places are written in order: what one writes too much, the next one may put right.
NJ_INLINE void transpose_to_quads(const vf *r, float *to, int64_t to_stride) {
    vf t[4];
    transpose_lanes(r, t);
    NJ_STORE_LANES(0)
#if NJ_W >= 8
    NJ_STORE_LANES(1)
#endif
#if NJ_W == 16
    NJ_STORE_LANES(2)
    NJ_STORE_LANES(3)
#endif
}

NJ_INLINE void transpose_singly(const float *from, int64_t from_stride, float *to, int64_t to_stride, int64_t k,
                                int64_t cols) {
    for (int64_t p = 0; p < k; p++)
        for (int64_t j = 0; j < cols; j++) to[p * to_stride + j] = from[j * from_stride + p];
}

// The last k - from_k of the k, for whole vectors of columns. Fewer than four values are read with what lies beside
// them, which is of the same matrix while more columns follow.
NJ_INLINE void transpose_last_rows(const float *from, int64_t from_stride, float *to, int64_t to_stride, int64_t from_k,
                                   int64_t k, int64_t cols) {
    int64_t j = 0, last = (cols - 1) * from_stride + k;
    for (; j + NJ_W <= cols && (k >= 4 || (j + NJ_W - 1) * from_stride + 4 <= last); j += NJ_W) {
        for (int64_t p = from_k; p < k; p += 4) {
            int64_t at = p + 4 <= k ? p : (k >= 4 ? k - 4 : 0), count = k >= 4 ? 4 : k;
            vf t[4];
            transpose_from_quads(from + j * from_stride + at, from_stride, t);
            for (int64_t i = 0; i < 4; i++)
                if (i < count) vf_store(to + (at + i) * to_stride + j, t[i]);
        }
    }
    transpose_singly(from + j * from_stride + from_k, from_stride, to + from_k * to_stride + j, to_stride, k - from_k,
                     cols - j);
}

// The last cols - from_cols of the columns, for whole vectors of k. Fewer than four are written with garbage behind
// them, where the next place follows at once and puts it right.
NJ_INLINE void transpose_last_cols(const float *from, int64_t from_stride, float *to, int64_t to_stride, int64_t k,
                                   int64_t from_cols, int64_t cols) {
    int64_t p = 0;
    bool few = cols < 4;
    for (; p + NJ_W <= k && (!few || (to_stride == cols && (p + NJ_W - 1) * cols + 4 <= k * cols)); p += NJ_W) {
        for (int64_t j = from_cols; j < cols; j += 4) {
            int64_t at = j + 4 <= cols ? j : (few ? 0 : cols - 4);
            vf r[4];
            for (int64_t i = 0; i < 4; i++) r[i] = vf_load(from + (at + i < cols ? at + i : 0) * from_stride + p);
            transpose_to_quads(r, to + p * to_stride + at, to_stride);
        }
    }
    transpose_singly(from + from_cols * from_stride + p, from_stride, to + p * to_stride + from_cols, to_stride, k - p,
                     cols - from_cols);
}

// to[p * to_stride + j] = from[j * from_stride + p] for p < k, j < cols: squares, then what is narrower than a vector
// four at a time, where the last four may overlap those before.
static void transpose_f32(void *top, int64_t to_stride, const void *fromp, int64_t from_stride, int64_t k,
                          int64_t cols) {
    float *to = top;
    const float *from = fromp;
    int64_t square_k = k / NJ_W * NJ_W, square_cols = cols / NJ_W * NJ_W;
    for (int64_t j = 0; j < square_cols; j += NJ_W)
        for (int64_t p = 0; p < square_k; p += NJ_W)
            transpose_square(from + j * from_stride + p, from_stride, to + p * to_stride + j, to_stride);
    if (square_k < k) transpose_last_rows(from, from_stride, to, to_stride, square_k, k, square_cols);
    if (square_cols < cols) transpose_last_cols(from, from_stride, to, to_stride, k, square_cols, cols);
}

// Eight steps of k at a time, so that columns that are far apart are read along their lines.
static void transpose_f64(void *top, int64_t to_stride, const void *fromp, int64_t from_stride, int64_t k,
                          int64_t cols) {
    double *to = top;
    const double *from = fromp;
    for (int64_t first = 0; first < k; first += 8) {
        int64_t end = first + 8 < k ? first + 8 : k;
        for (int64_t j = 0; j < cols; j++)
            for (int64_t p = first; p < end; p++) to[p * to_stride + j] = from[j * from_stride + p];
    }
}

#endif
