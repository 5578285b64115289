// The micro-kernel of matrix products and convolutions: a few rows of A against a panel of B that is one strip (64
// bytes) wide, all sums in registers. A is broadcast from where it lies.
#ifndef NJ_KERNELS_STRIP_H
#define NJ_KERNELS_STRIP_H

#include "vector.h"

#define NJ_STRIP_VECTORS (64 / (4 * NJ_W))

#define NJ_STRIP_STEP(V, T, MR, L)                                                                 \
    static void V##_strip_##MR(const nj_strip_job *job, const T *a, int64_t rs, int64_t ks, T *c) { \
        const T *b = job->panel;                                                                   \
        const int64_t bs = job->panel_stride, k = job->k, ldc = job->c_stride;                     \
        V sum[MR][NJ_STRIP_VECTORS];                                                               \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < MR; i++)                            \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++)          \
                sum[i][v] = V##_set(0);                                                            \
        for (int64_t s = 0; s < job->segments; s++) {                                              \
            const T *x = a, *y = b;                                                                \
            for (int64_t p = 0; p < k; p++) {                                                      \
                V row[NJ_STRIP_VECTORS];                                                           \
                _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++)      \
                    row[v] = V##_load(y + v * (L));                                                \
                _Pragma("clang loop unroll(full)") for (int i = 0; i < MR; i++) {                  \
                    V z = V##_set(x[i * rs]);                                                      \
                    _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++)  \
                        sum[i][v] = V##_madd(z, row[v], sum[i][v]);                                \
                }                                                                                  \
                x += ks;                                                                           \
                y += bs;                                                                           \
            }                                                                                      \
            a += job->a_segment_stride;                                                            \
            b += job->panel_segment_stride;                                                        \
        }                                                                                          \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < MR; i++)                            \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++) {        \
                T *at = c + i * ldc + v * (L);                                                     \
                V##_store(at, job->accumulate ? V##_load(at) + sum[i][v] : sum[i][v]);             \
            }                                                                                      \
    }

#define NJ_STRIP_CASE(V, MR)                                                                       \
    case MR: V##_strip_##MR(job, a, rs, ks, c); break;

// Sums fill the registers, but for a panel's row and a broadcast.
#define NJ_STRIP_STEPS_3(V, T, L) NJ_STRIP_STEP(V, T, 1, L) NJ_STRIP_STEP(V, T, 2, L) NJ_STRIP_STEP(V, T, 3, L)
#define NJ_STRIP_CASES_3(V) NJ_STRIP_CASE(V, 1) NJ_STRIP_CASE(V, 2) NJ_STRIP_CASE(V, 3)
#define NJ_STRIP_STEPS_6(V, T, L)                                                                  \
    NJ_STRIP_STEPS_3(V, T, L) NJ_STRIP_STEP(V, T, 4, L) NJ_STRIP_STEP(V, T, 5, L) NJ_STRIP_STEP(V, T, 6, L)
#define NJ_STRIP_CASES_6(V) NJ_STRIP_CASES_3(V) NJ_STRIP_CASE(V, 4) NJ_STRIP_CASE(V, 5) NJ_STRIP_CASE(V, 6)
#if NJ_W == 16
#define NJ_STRIP_STEPS(V, T, L)                                                                    \
    NJ_STRIP_STEPS_6(V, T, L)                                                                      \
    NJ_STRIP_STEP(V, T, 7, L) NJ_STRIP_STEP(V, T, 8, L) NJ_STRIP_STEP(V, T, 9, L)                  \
    NJ_STRIP_STEP(V, T, 10, L) NJ_STRIP_STEP(V, T, 11, L) NJ_STRIP_STEP(V, T, 12, L)
#define NJ_STRIP_CASES(V)                                                                          \
    NJ_STRIP_CASES_6(V)                                                                            \
    NJ_STRIP_CASE(V, 7) NJ_STRIP_CASE(V, 8) NJ_STRIP_CASE(V, 9)                                    \
    NJ_STRIP_CASE(V, 10) NJ_STRIP_CASE(V, 11) NJ_STRIP_CASE(V, 12)
// Four rows are enough to keep the multipliers busy.
static int64_t strip_group(int64_t rows) { return rows > 24 ? 12 : (rows > 12 ? (rows + 1) / 2 : rows); }
#elif NJ_W == 8
#define NJ_STRIP_STEPS NJ_STRIP_STEPS_6
#define NJ_STRIP_CASES NJ_STRIP_CASES_6
// 7 as 4 + 3 and 8 as 4 + 4: one or two rows alone would leave the multipliers waiting for sums.
static int64_t strip_group(int64_t rows) { return rows > 8 ? 6 : (rows > 6 ? 4 : rows); }
#else
#define NJ_STRIP_STEPS NJ_STRIP_STEPS_3
#define NJ_STRIP_CASES NJ_STRIP_CASES_3
static int64_t strip_group(int64_t rows) { return rows > 4 ? 3 : (rows == 4 ? 2 : rows); }
#endif

NJ_STRIP_STEPS(vf, float, NJ_W)
NJ_STRIP_STEPS(vd, double, NJ_HALF)

#define NJ_STRIP_KERNEL(name, V, T)                                                                \
    static void name(const nj_strip_job *job) {                                                    \
        const T *a = job->a;                                                                       \
        T *c = job->c;                                                                             \
        for (int64_t rows = job->rows; rows > 0;) {                                                \
            int64_t count = strip_group(rows);                                                     \
            int64_t rs = job->a_row_stride, ks = job->a_k_stride, next = count * rs;               \
            if (job->a_packed) rs = 1, ks = count, next = count * job->k;                          \
            switch (count) { NJ_STRIP_CASES(V) }                                                   \
            a += next;                                                                             \
            c += count * job->c_stride;                                                            \
            rows -= count;                                                                         \
        }                                                                                          \
    }
NJ_STRIP_KERNEL(strip_f32, vf, float)
NJ_STRIP_KERNEL(strip_f64, vd, double)

#endif
