// Reductions along rows, and the way back (a column vector spread over rows).
//
// The order of additions is fixed: lane by lane within chunks, lanes in a tree, chunks one after another in double.
#ifndef NJ_KERNELS_ROWS_H
#define NJ_KERNELS_ROWS_H

#include "vector.h"

enum { NJ_CHUNK = 1024 };  // elements whose sum is taken in float32 before it goes on in double

#define NJ_SUM_OF(x, y) ((x) + (y))
#define NJ_PROD_OF(x, y) ((x) * (y))
#define NJ_VF_MAX_OF(x, y) vf_select(((x) > (y)) | ((x) != (x)), (x), (y))
#define NJ_VF_MIN_OF(x, y) vf_select(((x) < (y)) | ((x) != (x)), (x), (y))
#define NJ_MAX_OF(x, y) ((x) > (y) || (x) != (x) ? (x) : (y))
#define NJ_MIN_OF(x, y) ((x) < (y) || (x) != (x) ? (x) : (y))

// Lane sums of NJ_W vectors at once: result lane r is the reduction of p[r].
#if NJ_W == 16
#define NJ_TREE(OP, p)                                                                             \
    vf q[4], t[2];                                                                                 \
    for (int i = 0; i < 4; i++) {                                                                  \
        vf h0 = NJ_PAIRS(OP, p[4 * i], p[4 * i + 1]), h1 = NJ_PAIRS(OP, p[4 * i + 2], p[4 * i + 3]); \
        q[i] = NJ_PAIRS(OP, h0, h1);                                                               \
    }                                                                                              \
    for (int i = 0; i < 2; i++)                                                                    \
        t[i] = OP(NJ_LOW_HALVES(q[2 * i], q[2 * i + 1]), NJ_HIGH_HALVES(q[2 * i], q[2 * i + 1]));  \
    return OP(NJ_EVEN_QUARTERS(t[0], t[1]), NJ_ODD_QUARTERS(t[0], t[1]));
#define NJ_EVEN(x, y)                                                                              \
    __builtin_shufflevector(x, y, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30)
#define NJ_ODD(x, y)                                                                               \
    __builtin_shufflevector(x, y, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31)
#elif NJ_W == 8
#define NJ_TREE(OP, p)                                                                             \
    vf h0 = NJ_PAIRS(OP, p[0], p[1]), h1 = NJ_PAIRS(OP, p[2], p[3]);                               \
    vf h2 = NJ_PAIRS(OP, p[4], p[5]), h3 = NJ_PAIRS(OP, p[6], p[7]);                               \
    vf q0 = NJ_PAIRS(OP, h0, h1), q1 = NJ_PAIRS(OP, h2, h3);                                       \
    vf low = __builtin_shufflevector(q0, q1, 0, 1, 2, 3, 8, 9, 10, 11);                            \
    vf high = __builtin_shufflevector(q0, q1, 4, 5, 6, 7, 12, 13, 14, 15);                         \
    return OP(low, high);
#define NJ_EVEN(x, y) __builtin_shufflevector(x, y, 0, 2, 8, 10, 4, 6, 12, 14)
#define NJ_ODD(x, y) __builtin_shufflevector(x, y, 1, 3, 9, 11, 5, 7, 13, 15)
#elif NJ_W == 4
#define NJ_TREE(OP, p)                                                                             \
    vf h0 = NJ_PAIRS(OP, p[0], p[1]), h1 = NJ_PAIRS(OP, p[2], p[3]);                               \
    return NJ_PAIRS(OP, h0, h1);
#define NJ_EVEN(x, y) __builtin_shufflevector(x, y, 0, 2, 4, 6)
#define NJ_ODD(x, y) __builtin_shufflevector(x, y, 1, 3, 5, 7)
#endif
#define NJ_PAIRS(OP, x, y) OP##_pairs(x, y)

#define NJ_ROW_REDUCE_F32(name, VOP, SOP, IDENTITY, TOTAL)                                         \
    NJ_INLINE vf name##_op(vf x, vf y) { return VOP(x, y); }                                       \
    NJ_INLINE vf name##_op_pairs(vf x, vf y) { return name##_op(NJ_EVEN(x, y), NJ_ODD(x, y)); }    \
    NJ_INLINE vf name##_tree(const vf *p) { NJ_TREE(name##_op, p) }                                \
    NJ_INLINE vf name##_partial(const float *a, int64_t n) {                                       \
        const vf neutral = vf_set(IDENTITY);                                                       \
        vf s0 = neutral, s1 = neutral, s2 = neutral, s3 = neutral;                                 \
        int64_t i = 0;                                                                             \
        if (n >= 4 * NJ_W) {                                                                       \
            for (; i + 4 * NJ_W <= n; i += 4 * NJ_W) {                                             \
                s0 = name##_op(s0, vf_load(a + i));                                                \
                s1 = name##_op(s1, vf_load(a + i + NJ_W));                                         \
                s2 = name##_op(s2, vf_load(a + i + 2 * NJ_W));                                     \
                s3 = name##_op(s3, vf_load(a + i + 3 * NJ_W));                                     \
            }                                                                                      \
            s0 = name##_op(name##_op(s0, s1), name##_op(s2, s3));                                  \
        }                                                                                          \
        for (; i + NJ_W <= n; i += NJ_W) s0 = name##_op(s0, vf_load(a + i));                       \
        if (i < n) {                                                                               \
            int rest = (int)(n - i);                                                               \
            vi lanes = vi_load(nj_lane_numbers) < vi_set(rest);                                    \
            s0 = name##_op(s0, vf_select(lanes, vf_load_part(a + i, rest), neutral));              \
        }                                                                                          \
        return s0;                                                                                 \
    }                                                                                              \
    static float name##_chunk(const float *a, int64_t n) {                                         \
        vf p[NJ_W];                                                                                \
        p[0] = name##_partial(a, n);                                                               \
        for (int r = 1; r < NJ_W; r++) p[r] = p[0];                                                \
        return name##_tree(p)[0];                                                                  \
    }                                                                                              \
    static TOTAL name##_long(const float *a, int64_t n) {                                          \
        TOTAL total = name##_chunk(a, n < NJ_CHUNK ? n : NJ_CHUNK);                                \
        for (int64_t i = NJ_CHUNK; i < n; i += NJ_CHUNK) {                                         \
            TOTAL next = name##_chunk(a + i, n - i < NJ_CHUNK ? n - i : NJ_CHUNK);                 \
            total = SOP(total, next);                                                              \
        }                                                                                          \
        return total;                                                                              \
    }                                                                                              \
    static void name(void *dp, const void *ap, int64_t rows, int64_t cols) {                       \
        float *d = dp;                                                                             \
        const float *a = ap;                                                                       \
        if (cols > NJ_CHUNK || rows == 1) {                                                        \
            for (int64_t r = 0; r < rows; r++) d[r] = (float)name##_long(a + r * cols, cols);      \
            return;                                                                                \
        }                                                                                          \
        int64_t r = 0;                                                                             \
        for (; r + NJ_W <= rows; r += NJ_W) {                                                      \
            vf p[NJ_W];                                                                            \
            for (int l = 0; l < NJ_W; l++) p[l] = name##_partial(a + (r + l) * cols, cols);        \
            vf_store(d + r, name##_tree(p));                                                       \
        }                                                                                          \
        for (; r < rows; r++) d[r] = name##_chunk(a + r * cols, cols);                             \
    }

static const int32_t nj_lane_numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

NJ_ROW_REDUCE_F32(row_sum_f32, NJ_SUM_OF, NJ_SUM_OF, 0, double)
NJ_ROW_REDUCE_F32(row_max_f32, NJ_VF_MAX_OF, NJ_MAX_OF, -INFINITY, float)
NJ_ROW_REDUCE_F32(row_min_f32, NJ_VF_MIN_OF, NJ_MIN_OF, INFINITY, float)

// Eight running results of type P, then those in order.
#define NJ_ROW_REDUCE_PLAIN(name, T, P, IDENTITY, SOP)                                             \
    static P name##_one(const T *a, int64_t n) {                                                   \
        P s[8];                                                                                    \
        for (int l = 0; l < 8; l++) s[l] = (IDENTITY);                                             \
        int64_t i = 0;                                                                             \
        for (; i + 8 <= n; i += 8)                                                                 \
            for (int l = 0; l < 8; l++) s[l] = (P)SOP(s[l], (P)a[i + l]);                          \
        for (; i < n; i++) s[i & 7] = (P)SOP(s[i & 7], (P)a[i]);                                   \
        P even = (P)SOP((P)SOP(s[0], s[2]), (P)SOP(s[4], s[6]));                                   \
        P odd = (P)SOP((P)SOP(s[1], s[3]), (P)SOP(s[5], s[7]));                                    \
        return (P)SOP(even, odd);                                                                  \
    }                                                                                              \
    static void name(void *dp, const void *ap, int64_t rows, int64_t cols) {                       \
        T *d = dp;                                                                                 \
        const T *a = ap;                                                                           \
        for (int64_t r = 0; r < rows; r++) d[r] = (T)name##_one(a + r * cols, cols);               \
    }

// Products of float32 in double: every factor would round, and they leave the range where their product does not.
NJ_ROW_REDUCE_PLAIN(row_prod_f32, float, double, 1, NJ_PROD_OF)
NJ_ROW_REDUCE_PLAIN(row_sum_f64, double, double, 0, NJ_SUM_OF)
NJ_ROW_REDUCE_PLAIN(row_prod_f64, double, double, 1, NJ_PROD_OF)
NJ_ROW_REDUCE_PLAIN(row_max_f64, double, double, -(double)INFINITY, NJ_MAX_OF)
NJ_ROW_REDUCE_PLAIN(row_min_f64, double, double, (double)INFINITY, NJ_MIN_OF)
NJ_ROW_REDUCE_PLAIN(row_sum_i32, uint32_t, uint32_t, 0, NJ_SUM_OF)
NJ_ROW_REDUCE_PLAIN(row_prod_i32, uint32_t, uint32_t, 1, NJ_PROD_OF)
NJ_ROW_REDUCE_PLAIN(row_max_i32, int32_t, int32_t, INT32_MIN, NJ_MAX_OF)
NJ_ROW_REDUCE_PLAIN(row_min_i32, int32_t, int32_t, INT32_MAX, NJ_MIN_OF)

// The first position of the greatest (least) element; a NaN beats everything, the first of them wins. In float32: the
// value, by vectors, and then where it is.
#define NJ_ROW_ARG_F32(name, reduction)                                                            \
    static void name(void *dp, const void *ap, int64_t rows, int64_t cols) {                       \
        int32_t *d = dp;                                                                           \
        for (int64_t r = 0; r < rows; r++) {                                                       \
            const float *a = (const float *)ap + r * cols, best = (float)reduction##_long(a, cols); \
            const vf all = vf_set(best);                                                           \
            int64_t c = 0;                                                                         \
            for (; c + NJ_W <= cols; c += NJ_W) {                                                  \
                vf x = vf_load(a + c);                                                             \
                if (vi_any((x == all) | ((x != x) & (all != all)))) break;                         \
            }                                                                                      \
            while (a[c] != best && (a[c] == a[c] || best == best)) c++;                            \
            d[r] = (int32_t)c;                                                                     \
        }                                                                                          \
    }
NJ_ROW_ARG_F32(row_argmax_f32, row_max_f32)
NJ_ROW_ARG_F32(row_argmin_f32, row_min_f32)

#define NJ_ROW_ARG(name, T, BEATS)                                                                 \
    static void name(void *dp, const void *ap, int64_t rows, int64_t cols) {                       \
        int32_t *d = dp;                                                                           \
        for (int64_t r = 0; r < rows; r++) {                                                       \
            const T *a = (const T *)ap + r * cols;                                                 \
            T best = a[0];                                                                         \
            int64_t at = 0;                                                                        \
            for (int64_t c = 1; c < cols && best == best; c++)                                     \
                if (a[c] BEATS best || a[c] != a[c]) best = a[c], at = c;                          \
            d[r] = (int32_t)at;                                                                    \
        }                                                                                          \
    }
NJ_ROW_ARG(row_argmax_f64, double, >)
NJ_ROW_ARG(row_argmin_f64, double, <)
NJ_ROW_ARG(row_argmax_i32, int32_t, >)
NJ_ROW_ARG(row_argmin_i32, int32_t, <)

// Whole vectors, past the end of the row where it is no multiple of NJ_W: the next row overwrites that.
static void expand_4(void *dp, const void *ap, int64_t rows, int64_t cols) {
    int32_t *d = dp;
    const int32_t *a = ap;
    for (int64_t r = 0; r < rows; r++, d += cols) {
        vi x = vi_set(a[r]);
        for (int64_t c = 0; c < cols; c += NJ_W) vi_store(d + c, x);
    }
}
static void expand_8(void *dp, const void *ap, int64_t rows, int64_t cols) {
    double *d = dp;
    const double *a = ap;
    for (int64_t r = 0; r < rows; r++, d += cols)
        for (int64_t c = 0; c < cols; c++) d[c] = a[r];
}

#endif
