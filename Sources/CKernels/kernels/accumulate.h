// Results per column and for the whole domain: a block is reduced in its own type, then joins the partial result in
// double (floating types) or int64 (ints).
#ifndef NJ_KERNELS_ACCUMULATE_H
#define NJ_KERNELS_ACCUMULATE_H

#include "../whole.h"
#include "rows.h"

enum { NJ_GROUP_ROWS = 32 };  // rows whose sum is taken in float32 before it goes on in double

// Four sums at a time, so that an addition need not wait for the one before. AT(r) is a vector of row r, PART(r) its
// first `rest` elements.
#define NJ_COLS_BODY(AT, PART)                                                                     \
    double *p = partial;                                                                           \
    for (int64_t first = 0; first < rows; first += NJ_GROUP_ROWS) {                                \
        int64_t last = rows - first < NJ_GROUP_ROWS ? rows : first + NJ_GROUP_ROWS, c = 0;         \
        for (; c + NJ_W <= cols; c += NJ_W) {                                                      \
            vf s0 = vf_set(0), s1 = s0, s2 = s0, s3 = s0;                                          \
            int64_t r = first;                                                                     \
            for (; r + 4 <= last; r += 4) {                                                        \
                s0 = AT(r, s0), s1 = AT(r + 1, s1), s2 = AT(r + 2, s2), s3 = AT(r + 3, s3);        \
            }                                                                                      \
            for (; r < last; r++) s0 = AT(r, s0);                                                  \
            vf s = (s0 + s1) + (s2 + s3);                                                          \
            vd_store(p + c, vd_load(p + c) + vf_low(s));                                           \
            vd_store(p + c + NJ_HALF, vd_load(p + c + NJ_HALF) + vf_high(s));                      \
        }                                                                                          \
        if (c < cols) {                                                                            \
            int rest = (int)(cols - c);                                                            \
            vf s = vf_set(0);                                                                      \
            for (int64_t r = first; r < last; r++) s = PART(r, s);                                 \
            for (int l = 0; l < rest; l++) p[c + l] += (double)s[l];                               \
        }                                                                                          \
    }

static void cols_sum_f32(void *partial, const void *ap, int64_t rows, int64_t cols) {
    const float *a = ap;
#define NJ_AT(r, s) (s + vf_load(a + (r) * cols + c))
#define NJ_PART(r, s) (s + vf_load_part(a + (r) * cols + c, rest))
    NJ_COLS_BODY(NJ_AT, NJ_PART)
#undef NJ_AT
#undef NJ_PART
}

static void cols_dot_f32(void *partial, const void *ap, const void *bp, int64_t rows, int64_t cols) {
    const float *a = ap, *b = bp;
#define NJ_AT(r, s) vf_madd(vf_load(a + (r) * cols + c), vf_load(b + (r) * cols + c), s)
#define NJ_PART(r, s) vf_madd(vf_load_part(a + (r) * cols + c, rest), vf_load_part(b + (r) * cols + c, rest), s)
    NJ_COLS_BODY(NJ_AT, NJ_PART)
#undef NJ_AT
#undef NJ_PART
}

#define NJ_COLS(name, T, P, SOP)                                                                   \
    static void name(void *partial, const void *ap, int64_t rows, int64_t cols) {                  \
        P *p = partial;                                                                            \
        const T *a = ap;                                                                           \
        for (int64_t r = 0; r < rows; r++, a += cols)                                              \
            for (int64_t c = 0; c < cols; c++) p[c] = SOP(p[c], (P)a[c]);                          \
    }
// Sums of ints stay within 64 bits for any number of elements that fits into memory. Products stop at the ends of the
// range, which int32 does not hold, and which no other factor but 0 leads back from.
#define NJ_SUM_WRAP(x, y) ((int64_t)((uint64_t)(x) + (uint64_t)(y)))

NJ_COLS(cols_prod_f32, float, double, NJ_PROD_OF)
NJ_COLS(cols_max_f32, float, double, NJ_MAX_OF)
NJ_COLS(cols_min_f32, float, double, NJ_MIN_OF)
NJ_COLS(cols_sum_f64, double, double, NJ_SUM_OF)
NJ_COLS(cols_prod_f64, double, double, NJ_PROD_OF)
NJ_COLS(cols_max_f64, double, double, NJ_MAX_OF)
NJ_COLS(cols_min_f64, double, double, NJ_MIN_OF)
NJ_COLS(cols_sum_i32, int32_t, int64_t, NJ_SUM_WRAP)
NJ_COLS(cols_prod_i32, int32_t, int64_t, nj_product_held)
NJ_COLS(cols_max_i32, int32_t, int64_t, NJ_MAX_OF)
NJ_COLS(cols_min_i32, int32_t, int64_t, NJ_MIN_OF)

#define NJ_ALL(name, P, VALUE, SOP)                                                                \
    static void name(void *partial, const void *a, int64_t rows, int64_t cols) {                   \
        P *p = partial;                                                                            \
        (void)rows;                                                                                \
        P next = (P)VALUE(a, cols);                                                                \
        p[0] = SOP(p[0], next);                                                                    \
    }
static int64_t nj_sum_ints(const int32_t *a, int64_t n) {
    int64_t s = 0;
    for (int64_t i = 0; i < n; i++) s += a[i];
    return s;
}
static int64_t nj_prod_ints(const int32_t *a, int64_t n) {
    int64_t s = 1;
    for (int64_t i = 0; i < n; i++) s = nj_product_held(s, a[i]);
    return s;
}
NJ_ALL(all_sum_f32, double, row_sum_f32_long, NJ_SUM_OF)
NJ_ALL(all_prod_f32, double, row_prod_f32_one, NJ_PROD_OF)
NJ_ALL(all_max_f32, double, row_max_f32_long, NJ_MAX_OF)
NJ_ALL(all_min_f32, double, row_min_f32_long, NJ_MIN_OF)
NJ_ALL(all_sum_f64, double, row_sum_f64_one, NJ_SUM_OF)
NJ_ALL(all_prod_f64, double, row_prod_f64_one, NJ_PROD_OF)
NJ_ALL(all_max_f64, double, row_max_f64_one, NJ_MAX_OF)
NJ_ALL(all_min_f64, double, row_min_f64_one, NJ_MIN_OF)
NJ_ALL(all_sum_i32, int64_t, nj_sum_ints, NJ_SUM_WRAP)
NJ_ALL(all_prod_i32, int64_t, nj_prod_ints, nj_product_held)
NJ_ALL(all_max_i32, int64_t, row_max_i32_one, NJ_MAX_OF)
NJ_ALL(all_min_i32, int64_t, row_min_i32_one, NJ_MIN_OF)

#endif
