// Two elementwise operations in one pass, float32: the first one's value stays in a register of the processor. Both
// round as they would alone, so pairing changes no bit.
#ifndef NJ_KERNELS_PAIR_H
#define NJ_KERNELS_PAIR_H

#include "map32.h"

// An operand that the pair does not have.
#define NJ_FETCH_N(V, p) V##_set(0)
#define NJ_PART_N(V, p) V##_set(0)
#define NJ_READY_N(V, p)

// FIRST is in x and y and gives u; SECOND is in u and z.
#define NJ_PAIR_FORM(name, A, B, C, FIRST, SECOND)                                       \
    static void name(NJ_MAP_ARGS) {                                                      \
        float *d = dp;                                                                   \
        const float *a = ap, *b = bp, *c = cp;                                           \
        NJ_UNUSED(a), NJ_UNUSED(b), NJ_UNUSED(c);                                        \
        NJ_READY_##A(vf, a) NJ_READY_##B(vf, b) NJ_READY_##C(vf, c)                      \
        int64_t i = 0;                                                                   \
        for (; i + NJ_W <= n; i += NJ_W) {                                               \
            vf x = NJ_FETCH_##A(vf, a), y = NJ_FETCH_##B(vf, b), z = NJ_FETCH_##C(vf, c); \
            NJ_UNUSED(y), NJ_UNUSED(z);                                                  \
            vf u = FIRST;                                                                \
            vf_store(d + i, SECOND);                                                     \
        }                                                                                \
        if (i < n) {                                                                     \
            vf x = NJ_PART_##A(vf, a), y = NJ_PART_##B(vf, b), z = NJ_PART_##C(vf, c);   \
            NJ_UNUSED(y), NJ_UNUSED(z);                                                  \
            vf u = FIRST;                                                                \
            vf_store_part(d + i, SECOND, (int)(n - i));                                  \
        }                                                                                \
    }

// A first operation of two operands, or of one; a second one of two, or of one.
#define NJ_PAIR_22(name, FIRST, SECOND)            \
    NJ_PAIR_FORM(name##_vvv, V, V, V, FIRST, SECOND) \
    NJ_PAIR_FORM(name##_svv, S, V, V, FIRST, SECOND) \
    NJ_PAIR_FORM(name##_vsv, V, S, V, FIRST, SECOND) \
    NJ_PAIR_FORM(name##_vvs, V, V, S, FIRST, SECOND) \
    NJ_PAIR_FORM(name##_svs, S, V, S, FIRST, SECOND) \
    NJ_PAIR_FORM(name##_vss, V, S, S, FIRST, SECOND)
#define NJ_PAIR_12(name, FIRST, SECOND)            \
    NJ_PAIR_FORM(name##_v_v, V, N, V, FIRST, SECOND) \
    NJ_PAIR_FORM(name##_v_s, V, N, S, FIRST, SECOND)
#define NJ_PAIR_21(name, FIRST, SECOND)            \
    NJ_PAIR_FORM(name##_vv, V, V, N, FIRST, SECOND) \
    NJ_PAIR_FORM(name##_sv, S, V, N, FIRST, SECOND) \
    NJ_PAIR_FORM(name##_vs, V, S, N, FIRST, SECOND)

#define NJ_PAIRS_AFTER(first, MAKE, FIRST)      \
    MAKE(pair_##first##_add, FIRST, u + z)      \
    MAKE(pair_##first##_sub, FIRST, u - z)      \
    MAKE(pair_##first##_rsub, FIRST, z - u)     \
    MAKE(pair_##first##_mul, FIRST, u *z)       \
    MAKE(pair_##first##_div, FIRST, u / z)      \
    MAKE(pair_##first##_rdiv, FIRST, z / u)
#define NJ_PAIRS_ENDING(first, FIRST)                    \
    NJ_PAIR_21(pair_##first##_exp, FIRST, vf_exp(u))     \
    NJ_PAIR_21(pair_##first##_log, FIRST, vf_log(u))     \
    NJ_PAIR_21(pair_##first##_sqrt, FIRST, vf_sqrt(u))   \
    NJ_PAIR_21(pair_##first##_relu, FIRST, vf_relu(u))

NJ_PAIRS_AFTER(add, NJ_PAIR_22, x + y)
NJ_PAIRS_AFTER(sub, NJ_PAIR_22, x - y)
NJ_PAIRS_AFTER(mul, NJ_PAIR_22, x *y)
NJ_PAIRS_AFTER(div, NJ_PAIR_22, x / y)
NJ_PAIRS_AFTER(square, NJ_PAIR_12, x *x)
NJ_PAIRS_AFTER(sqrt, NJ_PAIR_12, vf_sqrt(x))
NJ_PAIRS_ENDING(add, x + y)
NJ_PAIRS_ENDING(sub, x - y)
NJ_PAIRS_ENDING(mul, x *y)
NJ_PAIRS_ENDING(div, x / y)

#define NJ_PAIR_22_FORMS(name) \
    {[0] = name##_vvv, [1] = name##_svv, [2] = name##_vsv, [4] = name##_vvs, [5] = name##_svs, [6] = name##_vss}
#define NJ_PAIR_12_FORMS(name) {[0] = name##_v_v, [4] = name##_v_s}
#define NJ_PAIR_21_FORMS(name) {[0] = name##_vv, [1] = name##_sv, [2] = name##_vs}
// By the first operation: what may follow it.
#define NJ_PAIRS_TABLE_AFTER(first, FORMS)                                                                       \
    [NJ_PAIR_ADD] = FORMS(pair_##first##_add), [NJ_PAIR_SUB] = FORMS(pair_##first##_sub),                         \
    [NJ_PAIR_RSUB] = FORMS(pair_##first##_rsub), [NJ_PAIR_MUL] = FORMS(pair_##first##_mul),                       \
    [NJ_PAIR_DIV] = FORMS(pair_##first##_div), [NJ_PAIR_RDIV] = FORMS(pair_##first##_rdiv)
#define NJ_PAIRS_TABLE_ENDING(first)                                                                             \
    [NJ_PAIR_EXP] = NJ_PAIR_21_FORMS(pair_##first##_exp), [NJ_PAIR_LOG] = NJ_PAIR_21_FORMS(pair_##first##_log),   \
    [NJ_PAIR_SQRT] = NJ_PAIR_21_FORMS(pair_##first##_sqrt), [NJ_PAIR_RELU] = NJ_PAIR_21_FORMS(pair_##first##_relu)
#define NJ_PAIRS_TABLE                                                                                           \
    {                                                                                                            \
        [NJ_PAIR_ADD] = {NJ_PAIRS_TABLE_AFTER(add, NJ_PAIR_22_FORMS), NJ_PAIRS_TABLE_ENDING(add)},                \
        [NJ_PAIR_SUB] = {NJ_PAIRS_TABLE_AFTER(sub, NJ_PAIR_22_FORMS), NJ_PAIRS_TABLE_ENDING(sub)},                \
        [NJ_PAIR_MUL] = {NJ_PAIRS_TABLE_AFTER(mul, NJ_PAIR_22_FORMS), NJ_PAIRS_TABLE_ENDING(mul)},                \
        [NJ_PAIR_DIV] = {NJ_PAIRS_TABLE_AFTER(div, NJ_PAIR_22_FORMS), NJ_PAIRS_TABLE_ENDING(div)},                \
        [NJ_PAIR_SQUARE] = {NJ_PAIRS_TABLE_AFTER(square, NJ_PAIR_12_FORMS)},                                      \
        [NJ_PAIR_SQRT] = {NJ_PAIRS_TABLE_AFTER(sqrt, NJ_PAIR_12_FORMS)},                                          \
    }

#endif
