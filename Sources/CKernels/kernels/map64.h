// Elementwise kernels on float64, and the int32 operations that have no vector form: plain loops. Elementary
// functions are those of the C library.
#ifndef NJ_KERNELS_MAP64_H
#define NJ_KERNELS_MAP64_H

#include "map32.h"

// Each element is read before it is written, at the same index: no dependence between iterations.
#define NJ_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define NJ_PLAIN

#define NJ_LOOP1(name, TD, TA, HINT, EXPR)                                     \
    static void name(NJ_MAP_ARGS) {                                            \
        TD *d = dp;                                                            \
        const TA *a = ap;                                                      \
        NJ_UNUSED(bp), NJ_UNUSED(cp);                                          \
        HINT for (int64_t i = 0; i < n; i++) {                                 \
            TA x = a[i];                                                       \
            d[i] = EXPR;                                                       \
        }                                                                      \
    }
#define NJ_LOOP2_FORM(name, TD, TA, AI, BI, HINT, EXPR)                        \
    static void name(NJ_MAP_ARGS) {                                            \
        TD *d = dp;                                                            \
        const TA *a = ap, *b = bp;                                             \
        NJ_UNUSED(cp);                                                         \
        const TA a0 = a[0], b0 = b[0];                                         \
        (void)a0, (void)b0;                                                    \
        HINT for (int64_t i = 0; i < n; i++) {                                 \
            TA x = AI, y = BI;                                                 \
            d[i] = EXPR;                                                       \
        }                                                                      \
    }
#define NJ_LOOP2(name, TD, TA, HINT, EXPR)                                     \
    NJ_LOOP2_FORM(name##_vv, TD, TA, a[i], b[i], HINT, EXPR)                   \
    NJ_LOOP2_FORM(name##_sv, TD, TA, a0, b[i], HINT, EXPR)                     \
    NJ_LOOP2_FORM(name##_vs, TD, TA, a[i], b0, HINT, EXPR)

NJ_INLINE double nj_sigmoid_double(double x) {
    double z = exp(-fabs(x));
    return (x < 0 ? z : 1.0) / (1.0 + z);
}
// Lua's %: the remainder has the sign of y.
NJ_INLINE double nj_mod_double(double x, double y) {
    double m = fmod(x, y);
    return (m < 0) != (y < 0) && m != 0 ? m + y : m;
}
NJ_INLINE float nj_mod_float(float x, float y) {
    float m = fmodf(x, y);
    return (m < 0) != (y < 0) && m != 0 ? m + y : m;
}
// Division rounds down, as Lua's //, so that x = (x // y) * y + x % y.
NJ_INLINE int32_t nj_div_int(int32_t x, int32_t y) {
    if (y == 0) return 0;
    int64_t q = (int64_t)x / y;
    if ((int64_t)x % y != 0 && (x < 0) != (y < 0)) q--;
    return (int32_t)(uint32_t)(uint64_t)q;
}
NJ_INLINE int32_t nj_mod_int(int32_t x, int32_t y) {
    if (y == 0) return 0;
    int64_t m = (int64_t)x % y;
    return (int32_t)(m != 0 && (m < 0) != (y < 0) ? m + y : m);
}
NJ_INLINE int32_t nj_truncate_double(double x) {
    if (x != x) return 0;
    if (x >= 0x1p+31) return INT32_MAX;
    if (x <= -0x1p+31) return INT32_MIN;
    return (int32_t)x;
}

NJ_LOOP1(f64_neg, double, double, NJ_INDEPENDENT, -x)
NJ_LOOP1(f64_abs, double, double, NJ_INDEPENDENT, fabs(x))
NJ_LOOP1(f64_sign, double, double, NJ_PLAIN, x > 0 ? 1.0 : (x < 0 ? -1.0 : x))
NJ_LOOP1(f64_exp, double, double, NJ_PLAIN, exp(x))
NJ_LOOP1(f64_expm1, double, double, NJ_PLAIN, expm1(x))
NJ_LOOP1(f64_log, double, double, NJ_PLAIN, log(x))
NJ_LOOP1(f64_log1p, double, double, NJ_PLAIN, log1p(x))
NJ_LOOP1(f64_sqrt, double, double, NJ_PLAIN, sqrt(x))
NJ_LOOP1(f64_rsqrt, double, double, NJ_PLAIN, 1.0 / sqrt(x))
NJ_LOOP1(f64_recip, double, double, NJ_INDEPENDENT, 1.0 / x)
NJ_LOOP1(f64_sin, double, double, NJ_PLAIN, sin(x))
NJ_LOOP1(f64_cos, double, double, NJ_PLAIN, cos(x))
NJ_LOOP1(f64_tanh, double, double, NJ_PLAIN, tanh(x))
NJ_LOOP1(f64_sigmoid, double, double, NJ_PLAIN, nj_sigmoid_double(x))
NJ_LOOP1(f64_erf, double, double, NJ_PLAIN, erf(x))
NJ_LOOP1(f64_relu, double, double, NJ_PLAIN, x <= 0 ? 0.0 : x)
NJ_LOOP1(f64_floor, double, double, NJ_PLAIN, floor(x))
NJ_LOOP1(f64_ceil, double, double, NJ_PLAIN, ceil(x))
NJ_LOOP1(f64_round, double, double, NJ_PLAIN, rint(x))
NJ_LOOP1(f64_square, double, double, NJ_INDEPENDENT, x * x)
NJ_LOOP1(f64_is_nan, int32_t, double, NJ_PLAIN, x != x)
NJ_LOOP1(f64_is_finite, int32_t, double, NJ_PLAIN, fabs(x) < (double)INFINITY)
NJ_LOOP1(f64_copy, double, double, NJ_INDEPENDENT, x)

NJ_LOOP1(cast_f64_f32, float, double, NJ_PLAIN, (float)x)
NJ_LOOP1(cast_f64_i32, int32_t, double, NJ_PLAIN, nj_truncate_double(x))
NJ_LOOP1(cast_f32_f64, double, float, NJ_PLAIN, (double)x)
NJ_LOOP1(cast_i32_f64, double, int32_t, NJ_PLAIN, (double)x)

static void splat_8(NJ_MAP_ARGS) {
    NJ_UNUSED(bp), NJ_UNUSED(cp);
    double *d = dp, x = *(const double *)ap;
    for (int64_t i = 0; i < n; i++) d[i] = x;
}

NJ_LOOP2(f64_add, double, double, NJ_INDEPENDENT, x + y)
NJ_LOOP2(f64_sub, double, double, NJ_INDEPENDENT, x - y)
NJ_LOOP2(f64_mul, double, double, NJ_INDEPENDENT, x * y)
NJ_LOOP2(f64_div, double, double, NJ_INDEPENDENT, x / y)
NJ_LOOP2(f64_pow, double, double, NJ_PLAIN, pow(x, y))
NJ_LOOP2(f64_max, double, double, NJ_PLAIN, x > y || x != x ? x : y)
NJ_LOOP2(f64_min, double, double, NJ_PLAIN, x < y || x != x ? x : y)
NJ_LOOP2(f64_mod, double, double, NJ_PLAIN, nj_mod_double(x, y))
NJ_LOOP2(f64_eq, int32_t, double, NJ_PLAIN, x == y)
NJ_LOOP2(f64_ne, int32_t, double, NJ_PLAIN, x != y)
NJ_LOOP2(f64_lt, int32_t, double, NJ_PLAIN, x < y)
NJ_LOOP2(f64_le, int32_t, double, NJ_PLAIN, x <= y)
NJ_LOOP2(f64_gt, int32_t, double, NJ_PLAIN, x > y)
NJ_LOOP2(f64_ge, int32_t, double, NJ_PLAIN, x >= y)
NJ_LOOP2(f32_mod, float, float, NJ_PLAIN, nj_mod_float(x, y))
NJ_LOOP2(i32_div, int32_t, int32_t, NJ_PLAIN, nj_div_int(x, y))
NJ_LOOP2(i32_mod, int32_t, int32_t, NJ_PLAIN, nj_mod_int(x, y))

static void where_8_vvv(NJ_MAP_ARGS) {
    double *d = dp;
    const int32_t *a = ap;
    const double *b = bp, *c = cp;
    for (int64_t i = 0; i < n; i++) d[i] = a[i] ? b[i] : c[i];
}
static void f64_fma_vvv(NJ_MAP_ARGS) {
    double *d = dp;
    const double *a = ap, *b = bp, *c = cp;
    for (int64_t i = 0; i < n; i++) d[i] = fma(a[i], b[i], c[i]);
}

#endif
