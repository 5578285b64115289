// The micro-kernel of matrix products: a few rows of A against a panel of B that is one strip (64 bytes) wide, all
// sums in registers. A is broadcast from where it lies; B is packed.
#ifndef NJ_KERNELS_STRIP_H
#define NJ_KERNELS_STRIP_H

#include "vector.h"

// NJ_STRIP_ROWS rows times 64 / sizeof(vf) vectors of sums fill the registers.
#if NJ_W == 8
#define NJ_STRIP_ROWS 6
#else
#define NJ_STRIP_ROWS 3
#endif
#define NJ_STRIP_VECTORS (64 / (4 * NJ_W))

#define NJ_STRIP_STEP(V, T, MR, L)                                                                 \
    static void V##_strip_##MR(int64_t k, const T *a, int64_t rs, int64_t ks, const T *b,          \
                               int64_t bs, T *c, int64_t ldc, int accumulate) {                    \
        V sum[MR][NJ_STRIP_VECTORS];                                                               \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < MR; i++)                            \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++)          \
                sum[i][v] = V##_set(0);                                                            \
        for (int64_t p = 0; p < k; p++) {                                                          \
            V row[NJ_STRIP_VECTORS];                                                               \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++)          \
                row[v] = V##_load(b + v * (L));                                                    \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < MR; i++) {                      \
                V x = V##_set(a[i * rs]);                                                          \
                _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++)      \
                    sum[i][v] = V##_madd(x, row[v], sum[i][v]);                                    \
            }                                                                                      \
            a += ks;                                                                               \
            b += bs;                                                                               \
        }                                                                                          \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < MR; i++)                            \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++) {        \
                T *at = c + i * ldc + v * (L);                                                     \
                V##_store(at, accumulate ? V##_load(at) + sum[i][v] : sum[i][v]);                  \
            }                                                                                      \
    }

#define NJ_STRIP_CASE(V, MR)                                                                       \
    case MR: V##_strip_##MR(k, a, rs, ks, b, panel_stride, c, ldc, accumulate); break;

#if NJ_STRIP_ROWS == 6
#define NJ_STRIP_STEPS(V, T, L)                                                                    \
    NJ_STRIP_STEP(V, T, 1, L)                                                                      \
    NJ_STRIP_STEP(V, T, 2, L)                                                                      \
    NJ_STRIP_STEP(V, T, 3, L)                                                                      \
    NJ_STRIP_STEP(V, T, 4, L)                                                                      \
    NJ_STRIP_STEP(V, T, 5, L)                                                                      \
    NJ_STRIP_STEP(V, T, 6, L)
#define NJ_STRIP_CASES(V)                                                                          \
    NJ_STRIP_CASE(V, 1)                                                                            \
    NJ_STRIP_CASE(V, 2)                                                                            \
    NJ_STRIP_CASE(V, 3)                                                                            \
    NJ_STRIP_CASE(V, 4)                                                                            \
    NJ_STRIP_CASE(V, 5)                                                                            \
    NJ_STRIP_CASE(V, 6)
// 7 as 4 + 3 and 8 as 4 + 4: one or two rows alone would leave the multipliers waiting for sums.
static int64_t strip_group(int64_t rows) { return rows > 8 ? 6 : (rows > 6 ? 4 : rows); }
#else
#define NJ_STRIP_STEPS(V, T, L)                                                                    \
    NJ_STRIP_STEP(V, T, 1, L)                                                                      \
    NJ_STRIP_STEP(V, T, 2, L)                                                                      \
    NJ_STRIP_STEP(V, T, 3, L)
#define NJ_STRIP_CASES(V)                                                                          \
    NJ_STRIP_CASE(V, 1)                                                                            \
    NJ_STRIP_CASE(V, 2)                                                                            \
    NJ_STRIP_CASE(V, 3)
static int64_t strip_group(int64_t rows) { return rows > 4 ? 3 : (rows == 4 ? 2 : rows); }
#endif

NJ_STRIP_STEPS(vf, float, NJ_W)
NJ_STRIP_STEPS(vd, double, NJ_HALF)

#define NJ_STRIP_KERNEL(name, V, T)                                                                \
    static void name(int64_t rows, int64_t k, const void *ap, int64_t a_row_stride, int64_t a_k_stride, \
                     int a_packed, const void *panel, int64_t panel_stride, void *cp, int64_t ldc,     \
                     int accumulate) {                                                             \
        const T *a = ap, *b = panel;                                                               \
        T *c = cp;                                                                                 \
        while (rows > 0) {                                                                         \
            int64_t count = strip_group(rows);                                                     \
            int64_t rs = a_row_stride, ks = a_k_stride, next = count * a_row_stride;               \
            if (a_packed) rs = 1, ks = count, next = count * k;                           \
            switch (count) { NJ_STRIP_CASES(V) }                                                   \
            a += next;                                                                             \
            c += count * ldc;                                                                      \
            rows -= count;                                                                         \
        }                                                                                          \
    }
NJ_STRIP_KERNEL(strip_f32, vf, float)
NJ_STRIP_KERNEL(strip_f64, vd, double)

#endif
