// Packing of operands.

#include <string.h>

#include "gemm.h"

// A group of rows for k steps. Where rows lie side by side, those of the groups that most products are made of are moved
// as vectors.
#define NJ_PACK_BESIDE(T, COUNT)                                                                               \
    case COUNT:                                                                                                \
        for (int64_t p = 0; p < k; p++, from += k_stride, to += COUNT) memcpy(to, from, COUNT * sizeof(T));    \
        return;
#define NJ_PACK_GROUP(name, T)                                                                                 \
    static void name(const T *from, int64_t row_stride, int64_t k_stride, int64_t count, int64_t k, T *to) {   \
        if (row_stride == 1) {                                                                                 \
            switch (count) { NJ_PACK_BESIDE(T, 12) NJ_PACK_BESIDE(T, 8) NJ_PACK_BESIDE(T, 6) NJ_PACK_BESIDE(T, 4) } \
        }                                                                                                      \
        for (int64_t p = 0; p < k; p++, from += k_stride, to += count)                                         \
            for (int64_t r = 0; r < count; r++) to[r] = from[r * row_stride];                                  \
    }
NJ_PACK_GROUP(pack_group_float, float)
NJ_PACK_GROUP(pack_group_double, double)

// Eight steps of k at a time for all groups: where rows lie side by side (a transposed A), the lines of those steps are
// read once, though k may jump far.
#define NJ_PACK_A(name, pack_group, T)                                                                         \
    static void name(const T *a, int64_t row_stride, int64_t k_stride, int64_t rows, int64_t k, nj_group_fn group, \
                     T *to) {                                                                                  \
        for (int64_t first = 0; first < k; first += 8) {                                                       \
            int64_t steps = k - first < 8 ? k - first : 8;                                                     \
            for (int64_t row = 0, count; row < rows; row += count) {                                           \
                count = group(rows - row);                                                                     \
                pack_group(a + row * row_stride + first * k_stride, row_stride, k_stride, count, steps,        \
                           to + row * k + first * count);                                                      \
            }                                                                                                  \
        }                                                                                                      \
    }
NJ_PACK_A(pack_a_float, pack_group_float, float)
NJ_PACK_A(pack_a_double, pack_group_double, double)

// A B with any strides; those with dense rows or columns have better ways.
#define NJ_PACK_B(name, T)                                                                                     \
    static void name(const T *b, int64_t k_stride, int64_t col_stride, int64_t k, int64_t cols, int64_t strip, \
                     T *to) {                                                                                  \
        for (int64_t p = 0; p < k; p++, to += strip, b += k_stride) {                                          \
            if (col_stride == 1 && cols == strip) {                                                            \
                memcpy(to, b, NJ_STRIP_BYTES);                                                                 \
            } else {                                                                                           \
                for (int64_t j = 0; j < cols; j++) to[j] = b[j * col_stride];                                  \
            }                                                                                                  \
        }                                                                                                      \
    }
NJ_PACK_B(pack_b_float, float)
NJ_PACK_B(pack_b_double, double)

void nj_gemm_pack_a(const nj_gemm *gemm, const char *a, int64_t rows, int64_t k, char *to) {
    const nj_gemm_desc *d = &gemm->desc;
    nj_group_fn group = gemm->set->group[d->dtype];
    if (d->dtype == NJ_F32) {
        pack_a_float((const void *)a, d->a_row_stride, d->a_k_stride, rows, k, group, (void *)to);
    } else {
        pack_a_double((const void *)a, d->a_row_stride, d->a_k_stride, rows, k, group, (void *)to);
    }
}

void nj_gemm_pack_b(const nj_gemm *gemm, const char *b, int64_t k, int64_t cols, char *to) {
    const nj_gemm_desc *d = &gemm->desc;
    if (cols < gemm->strip) memset(to, 0, (size_t)(k * NJ_STRIP_BYTES));
    if (d->b_k_stride == 1 && d->b_col_stride != 1) {
        gemm->set->transpose[d->dtype](to, gemm->strip, b, d->b_col_stride, k, cols);
    } else if (d->dtype == NJ_F32) {
        pack_b_float((const void *)b, d->b_k_stride, d->b_col_stride, k, cols, gemm->strip, (void *)to);
    } else {
        pack_b_double((const void *)b, d->b_k_stride, d->b_col_stride, k, cols, gemm->strip, (void *)to);
    }
}

enum {
    ROWS_AHEAD = 12,     // of B that are asked for while one is copied: what a line of the third level takes to come
    STRIPS_AT_ONCE = 4,  // more panels that are written side by side would crowd into a few sets of the cache
};

// Rows are copied into several strips at once: strip by strip, every line would be waited for, since rows are too far
// apart for the processor to guess the next one.
static void pack_rows(const nj_gemm *gemm, const char *b, int64_t k, int64_t strips, char *to) {
    int64_t stride = gemm->desc.b_k_stride * gemm->width, panel = k * NJ_STRIP_BYTES;
    for (int64_t p = 0; p < k; p++, b += stride, to += NJ_STRIP_BYTES) {
        const char *ahead = b + (p + ROWS_AHEAD < k ? ROWS_AHEAD * stride : 0);
        for (int64_t s = 0; s < strips; s++) {
            __builtin_prefetch(ahead + s * NJ_STRIP_BYTES, 0, 3);
            memcpy(to + s * panel, b + s * NJ_STRIP_BYTES, NJ_STRIP_BYTES);
        }
    }
}

void nj_gemm_pack_strips(const nj_gemm *gemm, const char *b, int64_t k, int64_t cols, char *to) {
    int64_t stride = gemm->desc.b_col_stride * gemm->strip * gemm->width;
    for (int64_t done = 0, strips; done * gemm->strip < cols; done += strips) {
        int64_t left = cols - done * gemm->strip, whole = left / gemm->strip;
        strips = gemm->desc.b_col_stride == 1 ? nj_least(whole, STRIPS_AT_ONCE) : 0;
        if (strips > 0) {
            pack_rows(gemm, b + done * stride, k, strips, to + done * k * NJ_STRIP_BYTES);
        } else {
            nj_gemm_pack_b(gemm, b + done * stride, k, nj_least(left, gemm->strip), to + done * k * NJ_STRIP_BYTES);
            strips = 1;
        }
    }
}
