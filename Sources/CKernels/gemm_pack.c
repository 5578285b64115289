// Packing of operands.

#include <string.h>

#include "gemm.h"

// Eight steps of k at a time for all groups: where rows lie side by side (a transposed A), the lines of those steps are
// read once, though k may jump far.
#define NJ_PACK_A(name, T)                                                                                     \
    static void name(const T *a, int64_t row_stride, int64_t k_stride, int64_t rows, int64_t k, nj_group_fn group, \
                     T *to) {                                                                                  \
        for (int64_t first = 0; first < k; first += 8) {                                                       \
            int64_t end = first + 8 < k ? first + 8 : k;                                                       \
            for (int64_t row = 0, count; row < rows; row += count) {                                           \
                count = group(rows - row);                                                                     \
                const T *from = a + row * row_stride + first * k_stride;                                       \
                T *at = to + row * k + first * count;                                                          \
                for (int64_t p = first; p < end; p++, from += k_stride, at += count)                           \
                    for (int64_t r = 0; r < count; r++) at[r] = from[r * row_stride];                          \
            }                                                                                                  \
        }                                                                                                      \
    }
NJ_PACK_A(pack_a_float, float)
NJ_PACK_A(pack_a_double, double)

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
