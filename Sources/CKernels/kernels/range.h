// What whole numbers can not hold. A check looks at the operands of a map before it runs, a block at a time: one pass
// that only gathers a flag, and a second one where the flag is up.
#ifndef NJ_KERNELS_RANGE_H
#define NJ_KERNELS_RANGE_H

#include "accumulate.h"
#include "map32.h"

// The sign bit where x op y leaves int32.
NJ_INLINE uint32_t nj_leaves_add(int32_t x, int32_t y) {
    uint32_t sum = (uint32_t)x + (uint32_t)y;
    return (((uint32_t)x ^ sum) & ((uint32_t)y ^ sum)) >> 31;
}
NJ_INLINE uint32_t nj_leaves_sub(int32_t x, int32_t y) {
    uint32_t rest = (uint32_t)x - (uint32_t)y;
    return (((uint32_t)x ^ (uint32_t)y) & ((uint32_t)x ^ rest)) >> 31;
}
NJ_INLINE uint32_t nj_leaves_mul(int32_t x, int32_t y) {
    return !nj_fits_i32((int64_t)x * y);
}
NJ_INLINE uint32_t nj_leaves_div(int32_t x, int32_t y) { return (y == 0) | ((x == INT32_MIN) & (y == -1)); }
NJ_INLINE uint32_t nj_leaves_mod(int32_t x, int32_t y) {
    (void)x;
    return y == 0;
}
NJ_INLINE uint32_t nj_leaves_neg(int32_t x) { return x == INT32_MIN; }
NJ_INLINE uint32_t nj_leaves_square(int32_t x) { return (x > 46340) | (x < -46340); }
// Not so for NaN, which is outside of every range.
NJ_INLINE uint32_t nj_leaves_f32_i32(float x) { return !((x >= -0x1p+31f) & (x < 0x1p+31f)); }
NJ_INLINE uint32_t nj_leaves_f64_i32(double x) { return !((x > -0x1p+31 - 1) & (x < 0x1p+31)); }
NJ_INLINE uint32_t nj_leaves_f32_u8(float x) { return !((x > -1) & (x < 256)); }
NJ_INLINE uint32_t nj_leaves_f64_u8(double x) { return !((x > -1) & (x < 256)); }
NJ_INLINE uint32_t nj_leaves_i32_u8(int32_t x) { return (uint32_t)x > 255; }

#define NJ_CHECK_ARGS const void *ap, const void *bp, int64_t n
#define NJ_CHECK_LOOP(LEAVES)                                                                      \
    uint32_t found = 0;                                                                            \
    for (int64_t i = 0; i < n; i++) found |= LEAVES;                                               \
    for (int64_t i = 0; found && i < n; i++)                                                       \
        if (LEAVES) return i;                                                                      \
    return -1;
#define NJ_CHECK1(name, T)                                                                         \
    static int64_t check_##name(NJ_CHECK_ARGS) {                                                   \
        const T *a = ap;                                                                           \
        NJ_UNUSED(bp);                                                                             \
        NJ_CHECK_LOOP(nj_leaves_##name(a[i]))                                                      \
    }
#define NJ_CHECK2(name)                                                                            \
    static int64_t check_##name##_vv(NJ_CHECK_ARGS) {                                              \
        const int32_t *a = ap, *b = bp;                                                            \
        NJ_CHECK_LOOP(nj_leaves_##name(a[i], b[i]))                                                \
    }                                                                                              \
    static int64_t check_##name##_sv(NJ_CHECK_ARGS) {                                              \
        const int32_t x = *(const int32_t *)ap, *b = bp;                                           \
        NJ_CHECK_LOOP(nj_leaves_##name(x, b[i]))                                                   \
    }                                                                                              \
    static int64_t check_##name##_vs(NJ_CHECK_ARGS) {                                              \
        const int32_t *a = ap, y = *(const int32_t *)bp;                                           \
        NJ_CHECK_LOOP(nj_leaves_##name(a[i], y))                                                   \
    }

NJ_CHECK2(add)
NJ_CHECK2(sub)
NJ_CHECK2(mul)
NJ_CHECK2(div)
NJ_CHECK2(mod)
NJ_CHECK1(neg, int32_t)
NJ_CHECK1(square, int32_t)
NJ_CHECK1(f32_i32, float)
NJ_CHECK1(f64_i32, double)
NJ_CHECK1(f32_u8, float)
NJ_CHECK1(f64_u8, double)
NJ_CHECK1(i32_u8, int32_t)

// The first row whose sum (product) int32 does not hold, and the total; -1 where there is none. Entries of a row lie
// `next` apart, the rows `stride`.
#define NJ_CHECK_ROWS(name, FIRST, STEP)                                                           \
    static int64_t check_##name(const int32_t *a, int64_t rows, int64_t cols, int64_t stride,      \
                                int64_t next, int64_t *total) {                                    \
        for (int64_t r = 0; r < rows; r++) {                                                       \
            int64_t t = FIRST;                                                                     \
            const int32_t *x = a + r * stride;                                                     \
            for (int64_t c = 0; c < cols; c++) t = STEP(t, (int64_t)x[c * next]);                  \
            if (nj_fits_i32(t)) continue;                                                          \
            *total = t;                                                                            \
            return r;                                                                              \
        }                                                                                          \
        return -1;                                                                                 \
    }
NJ_CHECK_ROWS(row_sum, 0, NJ_SUM_OF)
NJ_CHECK_ROWS(row_prod, 1, nj_product_held)

#endif
