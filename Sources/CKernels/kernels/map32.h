// Elementwise kernels on float32 and int32: one loop over vectors and a partial vector at the end.
#ifndef NJ_KERNELS_MAP32_H
#define NJ_KERNELS_MAP32_H

#include "math.h"

typedef float nj_vf;
typedef int32_t nj_vi;

#define NJ_MAP_ARGS void *dp, const void *ap, const void *bp, const void *cp, int64_t n
#define NJ_UNUSED(p) ((void)(p))

// vd_/va_: `vf` or `vi`. EXPR is in x.
#define NJ_MAP1(name, VD, VA, EXPR)                                            \
    static void name(NJ_MAP_ARGS) {                                            \
        nj_##VD *d = dp;                                                       \
        const nj_##VA *a = ap;                                                 \
        NJ_UNUSED(bp), NJ_UNUSED(cp);                                          \
        int64_t i = 0;                                                         \
        for (; i + NJ_W <= n; i += NJ_W) {                                     \
            VA x = VA##_load(a + i);                                           \
            VD##_store(d + i, EXPR);                                           \
        }                                                                      \
        if (i < n) {                                                           \
            VA x = VA##_load_part(a + i, (int)(n - i));                        \
            VD##_store_part(d + i, EXPR, (int)(n - i));                        \
        }                                                                      \
    }

// Operand fetches for a vector or a single value.
#define NJ_FETCH_V(V, p) V##_load(p + i)
#define NJ_PART_V(V, p) V##_load_part(p + i, (int)(n - i))
#define NJ_FETCH_S(V, p) p##_all
#define NJ_PART_S(V, p) p##_all
#define NJ_READY_V(V, p)
#define NJ_READY_S(V, p) const V p##_all = V##_set(p[0]);

// EXPR is in x and y.
#define NJ_MAP2_FORM(name, VD, VA, A, B, EXPR)                                 \
    static void name(NJ_MAP_ARGS) {                                            \
        nj_##VD *d = dp;                                                       \
        const nj_##VA *a = ap, *b = bp;                                        \
        NJ_UNUSED(cp);                                                         \
        NJ_READY_##A(VA, a) NJ_READY_##B(VA, b)                                \
        int64_t i = 0;                                                         \
        for (; i + NJ_W <= n; i += NJ_W) {                                     \
            VA x = NJ_FETCH_##A(VA, a), y = NJ_FETCH_##B(VA, b);               \
            VD##_store(d + i, EXPR);                                           \
        }                                                                      \
        if (i < n) {                                                           \
            VA x = NJ_PART_##A(VA, a), y = NJ_PART_##B(VA, b);                 \
            VD##_store_part(d + i, EXPR, (int)(n - i));                        \
        }                                                                      \
    }
#define NJ_MAP2(name, VD, VA, EXPR)                                            \
    NJ_MAP2_FORM(name##_vv, VD, VA, V, V, EXPR)                                \
    NJ_MAP2_FORM(name##_sv, VD, VA, S, V, EXPR)                                \
    NJ_MAP2_FORM(name##_vs, VD, VA, V, S, EXPR)

// EXPR is in x, y and z; x has the type VA, y and z have VD.
#define NJ_MAP3_FORM(name, VD, VA, A, B, C, EXPR)                              \
    static void name(NJ_MAP_ARGS) {                                            \
        nj_##VD *d = dp;                                                       \
        const nj_##VA *a = ap;                                                 \
        const nj_##VD *b = bp, *c = cp;                                        \
        NJ_READY_##A(VA, a) NJ_READY_##B(VD, b) NJ_READY_##C(VD, c)            \
        int64_t i = 0;                                                         \
        for (; i + NJ_W <= n; i += NJ_W) {                                     \
            VA x = NJ_FETCH_##A(VA, a);                                        \
            VD y = NJ_FETCH_##B(VD, b), z = NJ_FETCH_##C(VD, c);               \
            VD##_store(d + i, EXPR);                                           \
        }                                                                      \
        if (i < n) {                                                           \
            VA x = NJ_PART_##A(VA, a);                                         \
            VD y = NJ_PART_##B(VD, b), z = NJ_PART_##C(VD, c);                 \
            VD##_store_part(d + i, EXPR, (int)(n - i));                        \
        }                                                                      \
    }

// ---- One operand ----
NJ_MAP1(f32_neg, vf, vf, vf_negate(x))
NJ_MAP1(f32_abs, vf, vf, vf_abs(x))
NJ_MAP1(f32_sign, vf, vf, vf_select(x > vf_set(0), vf_set(1), vf_select(x < vf_set(0), vf_set(-1), x)))
NJ_MAP1(f32_exp, vf, vf, vf_exp(x))
NJ_MAP1(f32_expm1, vf, vf, vf_expm1(x))
NJ_MAP1(f32_log, vf, vf, vf_log(x))
NJ_MAP1(f32_log1p, vf, vf, vf_log1p(x))
NJ_MAP1(f32_sqrt, vf, vf, vf_sqrt(x))
NJ_MAP1(f32_rsqrt, vf, vf, 1.0f / vf_sqrt(x))
NJ_MAP1(f32_recip, vf, vf, 1.0f / x)
NJ_MAP1(f32_sin, vf, vf, vf_sin(x))
NJ_MAP1(f32_cos, vf, vf, vf_cos(x))
NJ_MAP1(f32_tanh, vf, vf, vf_tanh(x))
NJ_MAP1(f32_sigmoid, vf, vf, vf_sigmoid(x))
NJ_MAP1(f32_erf, vf, vf, vf_erf(x))
NJ_INLINE vf vf_relu(vf x) { return vf_select(x <= vf_set(0), vf_set(0), x); }
NJ_MAP1(f32_relu, vf, vf, vf_relu(x))
NJ_MAP1(f32_floor, vf, vf, __builtin_elementwise_floor(x))
NJ_MAP1(f32_ceil, vf, vf, __builtin_elementwise_ceil(x))
NJ_MAP1(f32_round, vf, vf, __builtin_elementwise_rint(x))
NJ_MAP1(f32_square, vf, vf, x * x)
NJ_MAP1(f32_is_nan, vi, vf, (x != x) & 1)
NJ_MAP1(f32_is_finite, vi, vf, (vf_abs(x) < vf_set(INFINITY)) & 1)
NJ_MAP1(f32_copy, vf, vf, x)
NJ_MAP1(i32_neg, vi, vi, vi_sub(vi_set(0), x))
NJ_MAP1(i32_abs, vi, vi, vi_select(x < vi_set(0), vi_sub(vi_set(0), x), x))
NJ_MAP1(i32_sign, vi, vi, ((x > vi_set(0)) & 1) | (x < vi_set(0)))
NJ_MAP1(i32_square, vi, vi, vi_mul(x, x))
NJ_MAP1(i32_not, vi, vi, (x == vi_set(0)) & 1)
NJ_MAP1(i32_copy, vi, vi, x)

// Truncation toward zero; what does not fit goes to the nearest int, NaN to 0.
NJ_INLINE vi vf_truncate(vf x) {
    vi high = x >= vf_set(0x1p+31f), low = x < vf_set(-0x1p+31f);
    vi y = vf_to_int(vf_select(high | low | (x != x), vf_set(0), x));
    return vi_select(high, vi_set(INT32_MAX), vi_select(low, vi_set(INT32_MIN), y));
}
NJ_MAP1(cast_f32_i32, vi, vf, vf_truncate(x))
NJ_MAP1(cast_i32_f32, vf, vi, vi_to_float(x))

static void splat_4(NJ_MAP_ARGS) {
    NJ_UNUSED(bp), NJ_UNUSED(cp);
    int32_t *d = dp, x = *(const int32_t *)ap;
    for (int64_t i = 0; i < n; i++) d[i] = x;
}

// ---- Two operands ----
NJ_MAP2(f32_add, vf, vf, x + y)
NJ_MAP2(f32_sub, vf, vf, x - y)
NJ_MAP2(f32_mul, vf, vf, x * y)
NJ_MAP2(f32_div, vf, vf, x / y)
NJ_MAP2(f32_pow, vf, vf, vf_pow(x, y))
NJ_MAP2(f32_max, vf, vf, vf_select((x > y) | (x != x), x, y))
NJ_MAP2(f32_min, vf, vf, vf_select((x < y) | (x != x), x, y))
NJ_MAP2(f32_eq, vi, vf, (x == y) & 1)
NJ_MAP2(f32_ne, vi, vf, (x != y) & 1)
NJ_MAP2(f32_lt, vi, vf, (x < y) & 1)
NJ_MAP2(f32_le, vi, vf, (x <= y) & 1)
NJ_MAP2(f32_gt, vi, vf, (x > y) & 1)
NJ_MAP2(f32_ge, vi, vf, (x >= y) & 1)
NJ_MAP2(i32_add, vi, vi, vi_add(x, y))
NJ_MAP2(i32_sub, vi, vi, vi_sub(x, y))
NJ_MAP2(i32_mul, vi, vi, vi_mul(x, y))
NJ_MAP2(i32_max, vi, vi, vi_select(x > y, x, y))
NJ_MAP2(i32_min, vi, vi, vi_select(x < y, x, y))
NJ_MAP2(i32_eq, vi, vi, (x == y) & 1)
NJ_MAP2(i32_ne, vi, vi, (x != y) & 1)
NJ_MAP2(i32_lt, vi, vi, (x < y) & 1)
NJ_MAP2(i32_le, vi, vi, (x <= y) & 1)
NJ_MAP2(i32_gt, vi, vi, (x > y) & 1)
NJ_MAP2(i32_ge, vi, vi, (x >= y) & 1)
NJ_MAP2(i32_and, vi, vi, x & y)
NJ_MAP2(i32_or, vi, vi, x | y)
NJ_MAP2(i32_xor, vi, vi, x ^ y)

// ---- Three operands ----
// A selection moves bits, so one kernel serves both types.
#define NJ_WHERE(suffix, B, C) NJ_MAP3_FORM(where_4_##suffix, vi, vi, V, B, C, vi_select(x != vi_set(0), y, z))
NJ_WHERE(vvv, V, V)
NJ_WHERE(vsv, S, V)
NJ_WHERE(vvs, V, S)
NJ_WHERE(vss, S, S)

NJ_MAP3_FORM(f32_gate_vvv, vf, vf, V, V, V, vf_select(x > z, y, z))
NJ_MAP3_FORM(f32_gate_vvs, vf, vf, V, V, S, vf_select(x > z, y, z))

// One rounding, also where the set has no such instruction.
NJ_INLINE vf vf_fma_exact(vf x, vf y, vf z) {
#ifdef NJ_HAS_FMA
    return __builtin_elementwise_fma(x, y, z);
#else
    vf r;
    for (int i = 0; i < NJ_W; i++) r[i] = fmaf(x[i], y[i], z[i]);
    return r;
#endif
}
#define NJ_FMA_FORM(suffix, A, B, C) NJ_MAP3_FORM(f32_fma_##suffix, vf, vf, A, B, C, vf_fma_exact(x, y, z))
NJ_FMA_FORM(vvv, V, V, V)
NJ_FMA_FORM(svv, S, V, V)
NJ_FMA_FORM(vsv, V, S, V)
NJ_FMA_FORM(vvs, V, V, S)
NJ_FMA_FORM(svs, S, V, S)
NJ_FMA_FORM(vss, V, S, S)

#endif
