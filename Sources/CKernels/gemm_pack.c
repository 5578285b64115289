// Packing of operands.

#include <string.h>

#include "gemm.h"

#define NJ_PACK_A(name, T)                                                                                     \
    static void name(const T *a, int64_t row_stride, int64_t k_stride, int64_t rows, int64_t k, nj_group_fn group, \
                     T *to) {                                                                                  \
        while (rows > 0) {                                                                                     \
            int64_t count = group(rows);                                                                       \
            for (int64_t p = 0; p < k; p++) {                                                                  \
                const T *from = a + p * k_stride;                                                              \
                for (int64_t r = 0; r < count; r++) to[r] = from[r * row_stride];                              \
                to += count;                                                                                   \
            }                                                                                                  \
            a += count * row_stride;                                                                           \
            rows -= count;                                                                                     \
        }                                                                                                      \
    }
NJ_PACK_A(pack_a_float, float)
NJ_PACK_A(pack_a_double, double)

// Eight rows of k at a time, so that a B whose columns are far apart is read along its lines.
#define NJ_PACK_B(name, T)                                                                                     \
    static void name(const T *b, int64_t k_stride, int64_t col_stride, int64_t k, int64_t cols, int64_t strip, \
                     T *to) {                                                                                  \
        if (cols < strip) memset(to, 0, (size_t)(k * strip) * sizeof(T));                                      \
        if (col_stride == 1) {                                                                                 \
            for (int64_t p = 0; p < k; p++, to += strip, b += k_stride) {                                      \
                if (cols == strip) {                                                                           \
                    memcpy(to, b, NJ_STRIP_BYTES);                                                             \
                } else {                                                                                       \
                    memcpy(to, b, (size_t)cols * sizeof(T));                                                   \
                }                                                                                              \
            }                                                                                                  \
            return;                                                                                            \
        }                                                                                                      \
        for (int64_t first = 0; first < k; first += 8) {                                                       \
            int64_t count = k - first < 8 ? k - first : 8;                                                     \
            for (int64_t j = 0; j < cols; j++) {                                                               \
                const T *from = b + j * col_stride + first * k_stride;                                         \
                T *at = to + first * strip + j;                                                                \
                for (int64_t p = 0; p < count; p++) at[p * strip] = from[p * k_stride];                        \
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
    if (d->dtype == NJ_F32) {
        pack_b_float((const void *)b, d->b_k_stride, d->b_col_stride, k, cols, gemm->strip, (void *)to);
    } else {
        pack_b_double((const void *)b, d->b_k_stride, d->b_col_stride, k, cols, gemm->strip, (void *)to);
    }
}
