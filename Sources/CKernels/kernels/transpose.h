// Transposes for packing: columns that lie dense become rows of a panel.
#ifndef NJ_KERNELS_TRANSPOSE_H
#define NJ_KERNELS_TRANSPOSE_H

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

NJ_INLINE void transpose_square(const float *from, int64_t from_stride, float *to, int64_t to_stride) {
    vf r[NJ_W], s[NJ_W], t[NJ_W];
    for (int i = 0; i < NJ_W; i++) r[i] = vf_load(from + i * from_stride);
    // Within each 128-bit lane: 4 x 4 squares.
    for (int q = 0; q < NJ_W; q += 4) {
        s[q] = NJ_BLEND_1(r[q], r[q + 1]);
        s[q + 1] = NJ_BLEND_2(r[q], r[q + 1]);
        s[q + 2] = NJ_BLEND_1(r[q + 2], r[q + 3]);
        s[q + 3] = NJ_BLEND_2(r[q + 2], r[q + 3]);
        t[q] = NJ_PAIR_1(s[q], s[q + 2]);
        t[q + 1] = NJ_PAIR_2(s[q], s[q + 2]);
        t[q + 2] = NJ_PAIR_1(s[q + 1], s[q + 3]);
        t[q + 3] = NJ_PAIR_2(s[q + 1], s[q + 3]);
    }
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

// to[p * to_stride + j] = from[j * from_stride + p] for p < k, j < cols.
static void transpose_f32(void *top, int64_t to_stride, const void *fromp, int64_t from_stride, int64_t k,
                          int64_t cols) {
    float *to = top;
    const float *from = fromp;
    int64_t j = 0;
    for (; j + NJ_W <= cols; j += NJ_W) {
        const float *column = from + j * from_stride;
        int64_t p = 0;
        for (; p + NJ_W <= k; p += NJ_W) transpose_square(column + p, from_stride, to + p * to_stride + j, to_stride);
        for (; p < k; p++)
            for (int l = 0; l < NJ_W; l++) to[p * to_stride + j + l] = column[l * from_stride + p];
    }
    for (; j < cols; j++)
        for (int64_t p = 0; p < k; p++) to[p * to_stride + j] = from[j * from_stride + p];
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
