// The counterparts of rows.h and accumulate.h for blocks that lie column after column: [cols][rows]. What is reduced
// along a row goes from vector to vector, one row in each lane; what is reduced over rows goes along one column.
//
// The order of additions is fixed here too. Along a row: every fourth column, those four in a tree. Over rows: lane by
// lane within NJ_RUN_ROWS, lanes in a tree, and on in double.
#ifndef NJ_KERNELS_COLUMNS_H
#define NJ_KERNELS_COLUMNS_H

#include "accumulate.h"

enum { NJ_RUN_ROWS = 128 };  // rows whose sum is taken in float32 before it goes on in double

// AT(c) is a vector of column c.
#define NJ_ROW_LANES(OP, AT)                                                                       \
    vf s0 = AT(0);                                                                                 \
    int64_t c = 1;                                                                                 \
    if (cols >= 4) {                                                                               \
        vf s1 = AT(1), s2 = AT(2), s3 = AT(3);                                                     \
        for (c = 4; c + 4 <= cols; c += 4) {                                                       \
            s0 = OP(s0, AT(c)), s1 = OP(s1, AT(c + 1)), s2 = OP(s2, AT(c + 2)), s3 = OP(s3, AT(c + 3)); \
        }                                                                                          \
        if (c < cols) s0 = OP(s0, AT(c));                                                          \
        if (c + 1 < cols) s1 = OP(s1, AT(c + 1));                                                  \
        if (c + 2 < cols) s2 = OP(s2, AT(c + 2));                                                  \
        s0 = OP(s0, s1), s2 = OP(s2, s3);                                                          \
        s0 = OP(s0, s2);                                                                           \
        c = cols;                                                                                  \
    }                                                                                              \
    for (; c < cols; c++) s0 = OP(s0, AT(c));

#define NJ_COLUMN_OF(c) vf_load(a + (c) * rows + i)
#define NJ_PART_OF_COLUMN(c) vf_load_part(a + (c) * rows + i, (int)(rows - i))
#define NJ_ROW_COLUMNS_F32(name, reduction)                                                        \
    static void name(void *dp, const void *ap, int64_t rows, int64_t cols) {                       \
        float *d = dp;                                                                             \
        const float *a = ap;                                                                       \
        int64_t i = 0;                                                                             \
        for (; i + NJ_W <= rows; i += NJ_W) {                                                      \
            NJ_ROW_LANES(reduction##_op, NJ_COLUMN_OF)                                             \
            vf_store(d + i, s0);                                                                   \
        }                                                                                          \
        if (i < rows) {                                                                            \
            NJ_ROW_LANES(reduction##_op, NJ_PART_OF_COLUMN)                                        \
            vf_store_part(d + i, s0, (int)(rows - i));                                             \
        }                                                                                          \
    }
NJ_ROW_COLUMNS_F32(columns_row_sum_f32, row_sum_f32)
NJ_ROW_COLUMNS_F32(columns_row_max_f32, row_max_f32)
NJ_ROW_COLUMNS_F32(columns_row_min_f32, row_min_f32)

// The others: as many rows at a time as a vector has ints, the compiler picks the instructions.
#define NJ_IN_STRIPS(STRIP)                                                                        \
    int64_t i = 0;                                                                                 \
    for (; i + NJ_W <= rows; i += NJ_W) STRIP(d + i, a + i, rows, cols, NJ_W);                     \
    if (i < rows) STRIP(d + i, a + i, rows, cols, (int)(rows - i));

#define NJ_ROW_COLUMNS(name, T, P, SOP)                                                            \
    NJ_INLINE void name##_strip(T *d, const T *a, int64_t rows, int64_t cols, int n) {             \
        P s[NJ_W];                                                                                 \
        for (int l = 0; l < n; l++) s[l] = (P)a[l];                                                \
        for (int64_t c = 1; c < cols; c++)                                                         \
            for (int l = 0; l < n; l++) s[l] = (P)SOP(s[l], (P)a[c * rows + l]);                   \
        for (int l = 0; l < n; l++) d[l] = (T)s[l];                                                \
    }                                                                                              \
    static void name(void *dp, const void *ap, int64_t rows, int64_t cols) {                       \
        T *d = dp;                                                                                 \
        const T *a = ap;                                                                           \
        NJ_IN_STRIPS(name##_strip)                                                                 \
    }
NJ_ROW_COLUMNS(columns_row_prod_f32, float, double, NJ_PROD_OF)
NJ_ROW_COLUMNS(columns_row_sum_f64, double, double, NJ_SUM_OF)
NJ_ROW_COLUMNS(columns_row_prod_f64, double, double, NJ_PROD_OF)
NJ_ROW_COLUMNS(columns_row_max_f64, double, double, NJ_MAX_OF)
NJ_ROW_COLUMNS(columns_row_min_f64, double, double, NJ_MIN_OF)
NJ_ROW_COLUMNS(columns_row_sum_i32, uint32_t, uint32_t, NJ_SUM_OF)
NJ_ROW_COLUMNS(columns_row_prod_i32, uint32_t, uint32_t, NJ_PROD_OF)
NJ_ROW_COLUMNS(columns_row_max_i32, int32_t, int32_t, NJ_MAX_OF)
NJ_ROW_COLUMNS(columns_row_min_i32, int32_t, int32_t, NJ_MIN_OF)

// The first position of the greatest (least) element; nothing beats a NaN that came before.
#define NJ_ROW_ARG_COLUMNS(name, T, BEATS)                                                         \
    NJ_INLINE void name##_strip(int32_t *d, const T *a, int64_t rows, int64_t cols, int n) {       \
        T best[NJ_W];                                                                              \
        int32_t at[NJ_W] = {0};                                                                    \
        for (int l = 0; l < n; l++) best[l] = a[l];                                                \
        for (int64_t c = 1; c < cols; c++)                                                         \
            for (int l = 0; l < n; l++) {                                                          \
                T x = a[c * rows + l];                                                             \
                int beats = (best[l] == best[l]) & ((x BEATS best[l]) | (x != x));                 \
                best[l] = beats ? x : best[l];                                                     \
                at[l] = beats ? (int32_t)c : at[l];                                                \
            }                                                                                      \
        for (int l = 0; l < n; l++) d[l] = at[l];                                                  \
    }                                                                                              \
    static void name(void *dp, const void *ap, int64_t rows, int64_t cols) {                       \
        int32_t *d = dp;                                                                           \
        const T *a = ap;                                                                           \
        NJ_IN_STRIPS(name##_strip)                                                                 \
    }
NJ_ROW_ARG_COLUMNS(columns_row_argmax_f32, float, >)
NJ_ROW_ARG_COLUMNS(columns_row_argmin_f32, float, <)
NJ_ROW_ARG_COLUMNS(columns_row_argmax_f64, double, >)
NJ_ROW_ARG_COLUMNS(columns_row_argmin_f64, double, <)
NJ_ROW_ARG_COLUMNS(columns_row_argmax_i32, int32_t, >)
NJ_ROW_ARG_COLUMNS(columns_row_argmin_i32, int32_t, <)

NJ_INLINE vf nj_dot_partial(const float *a, const float *b, int64_t n) {
    vf s0 = vf_set(0), s1 = s0, s2 = s0, s3 = s0;
    int64_t i = 0;
    for (; i + 4 * NJ_W <= n; i += 4 * NJ_W) {
        s0 = vf_madd(vf_load(a + i), vf_load(b + i), s0);
        s1 = vf_madd(vf_load(a + i + NJ_W), vf_load(b + i + NJ_W), s1);
        s2 = vf_madd(vf_load(a + i + 2 * NJ_W), vf_load(b + i + 2 * NJ_W), s2);
        s3 = vf_madd(vf_load(a + i + 3 * NJ_W), vf_load(b + i + 3 * NJ_W), s3);
    }
    s0 = (s0 + s1) + (s2 + s3);
    for (; i + NJ_W <= n; i += NJ_W) s0 = vf_madd(vf_load(a + i), vf_load(b + i), s0);
    int rest = (int)(n - i);
    return rest > 0 ? vf_madd(vf_load_part(a + i, rest), vf_load_part(b + i, rest), s0) : s0;
}

// The lane sums of NJ_W columns end in one tree. PARTIAL is of n rows from `first` of column c + l.
#define NJ_SUM_COLUMNS(PARTIAL)                                                                    \
    double *p = partial;                                                                           \
    for (int64_t c = 0; c < cols; c += NJ_W) {                                                     \
        int taken = cols - c < NJ_W ? (int)(cols - c) : NJ_W;                                      \
        for (int64_t first = 0; first < rows; first += NJ_RUN_ROWS) {                              \
            int64_t n = rows - first < NJ_RUN_ROWS ? rows - first : NJ_RUN_ROWS;                   \
            vf lanes[NJ_W];                                                                        \
            for (int l = 0; l < taken; l++) lanes[l] = PARTIAL;                                    \
            for (int l = taken; l < NJ_W; l++) lanes[l] = vf_set(0);                               \
            vf s = row_sum_f32_tree(lanes);                                                        \
            for (int l = 0; l < taken; l++) p[c + l] += (double)s[l];                              \
        }                                                                                          \
    }
static void columns_cols_sum_f32(void *partial, const void *ap, int64_t rows, int64_t cols) {
    const float *a = ap;
    NJ_SUM_COLUMNS(row_sum_f32_partial(a + (c + l) * rows + first, n))
}
static void columns_cols_dot_f32(void *partial, const void *ap, const void *bp, int64_t rows, int64_t cols) {
    const float *a = ap, *b = bp;
    NJ_SUM_COLUMNS(nj_dot_partial(a + (c + l) * rows + first, b + (c + l) * rows + first, n))
}

#define NJ_COLS_COLUMNS(name, T, P, VALUE, SOP)                                                    \
    static void name(void *partial, const void *ap, int64_t rows, int64_t cols) {                  \
        P *p = partial;                                                                            \
        const T *a = ap;                                                                           \
        for (int64_t c = 0; c < cols; c++) {                                                       \
            P next = (P)VALUE(a + c * rows, rows);                                                 \
            p[c] = SOP(p[c], next);                                                                \
        }                                                                                          \
    }
NJ_COLS_COLUMNS(columns_cols_prod_f32, float, double, row_prod_f32_one, NJ_PROD_OF)
NJ_COLS_COLUMNS(columns_cols_max_f32, float, double, row_max_f32_long, NJ_MAX_OF)
NJ_COLS_COLUMNS(columns_cols_min_f32, float, double, row_min_f32_long, NJ_MIN_OF)
NJ_COLS_COLUMNS(columns_cols_sum_f64, double, double, row_sum_f64_one, NJ_SUM_OF)
NJ_COLS_COLUMNS(columns_cols_prod_f64, double, double, row_prod_f64_one, NJ_PROD_OF)
NJ_COLS_COLUMNS(columns_cols_max_f64, double, double, row_max_f64_one, NJ_MAX_OF)
NJ_COLS_COLUMNS(columns_cols_min_f64, double, double, row_min_f64_one, NJ_MIN_OF)
NJ_COLS_COLUMNS(columns_cols_sum_i32, int32_t, int64_t, nj_sum_ints, NJ_SUM_WRAP)
NJ_COLS_COLUMNS(columns_cols_prod_i32, int32_t, int64_t, nj_prod_ints, nj_product_held)
NJ_COLS_COLUMNS(columns_cols_max_i32, int32_t, int64_t, row_max_i32_one, NJ_MAX_OF)
NJ_COLS_COLUMNS(columns_cols_min_i32, int32_t, int64_t, row_min_i32_one, NJ_MIN_OF)

#endif
