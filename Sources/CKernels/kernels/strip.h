// The micro-kernel of matrix products and convolutions: a few rows of A against a panel of B that is one strip (64
// bytes) wide, all sums in registers. A is broadcast from where it lies.
#ifndef NJ_KERNELS_STRIP_H
#define NJ_KERNELS_STRIP_H

#include <stdbool.h>

#include "vector.h"

#define NJ_STRIP_VECTORS (64 / (4 * NJ_W))

// A step for MR rows whose strides along k are KS (of A) and BS (of the panel): numbers where these are known, so that
// every address is a displacement. Rows of A are `rs` apart and found from every third one: an address can add a stride
// once or twice, and a chain of additions from row to row would take as long as the multiplications.
// Hides where an address came from.
#define NJ_STRIP_KEEP(p) __asm__("" : "+r"(p))
#define NJ_STRIP_ROW(i) (i) % 3 == 0 ? x[(i) / 3] : ((i) % 3 == 1 ? x[(i) / 3] + rs : x[(i) / 3] + 2 * rs)
#define NJ_STRIP_ONE(V, T, L, MR, NAME, RS, KS, BS)                                               \
    static void V##_strip_##NAME##_##MR(const nj_strip_job *job, const T *a, T *c) {               \
        const T *b = job->panel;                                                                   \
        const int64_t rs = (RS), ks = (KS), bs = (BS), k = job->k, ldc = job->c_stride;            \
        V sum[MR][NJ_STRIP_VECTORS];                                                               \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < MR; i++)                            \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++)          \
                sum[i][v] = V##_set(0);                                                            \
        for (int64_t s = 0; s < job->segments; s++) {                                              \
            const T *x[(MR + 2) / 3], *y = b;                                                      \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < (MR + 2) / 3; i++) {            \
                x[i] = a + 3 * i * rs;                                                             \
                NJ_STRIP_KEEP(x[i]);                                                               \
            }                                                                                      \
            _Pragma("clang loop unroll_count(4)") for (int64_t p = 0; p < k; p++) {                \
                V row[NJ_STRIP_VECTORS];                                                           \
                _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++)      \
                    row[v] = V##_load(y + v * (L));                                                \
                _Pragma("clang loop unroll(full)") for (int i = 0; i < MR; i++) {                  \
                    V z = V##_set(*(NJ_STRIP_ROW(i)));                                             \
                    _Pragma("clang loop unroll(full)") for (int v = 0; v < NJ_STRIP_VECTORS; v++)  \
                        sum[i][v] = V##_madd(z, row[v], sum[i][v]);                                \
                }                                                                                  \
                _Pragma("clang loop unroll(full)") for (int i = 0; i < (MR + 2) / 3; i++)          \
                    x[i] += ks;                                                                    \
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

// By how the operands lie: anyhow; A with its rows side by side (a transposed one); dense along k with a dense panel, as
// that of products and of convolutions is; and a packed A with a dense panel.
#define NJ_STRIP_STEP(V, T, L, MR)                                                                 \
    NJ_STRIP_ONE(V, T, L, MR, any, job->a_packed ? 1 : job->a_row_stride,                          \
                 job->a_packed ? MR : job->a_k_stride, job->panel_stride)                          \
    NJ_STRIP_ONE(V, T, L, MR, beside, 1, job->a_k_stride, job->panel_stride)                       \
    NJ_STRIP_ONE(V, T, L, MR, dense, job->a_row_stride, 1, NJ_STRIP_VECTORS * (L))                 \
    NJ_STRIP_ONE(V, T, L, MR, packed, 1, MR, NJ_STRIP_VECTORS * (L))

// Sums fill the registers, but for a panel's row and a broadcast.
#define NJ_STRIP_TO_3(DO, ...) DO(__VA_ARGS__, 1) DO(__VA_ARGS__, 2) DO(__VA_ARGS__, 3)
#define NJ_STRIP_TO_6(DO, ...) NJ_STRIP_TO_3(DO, __VA_ARGS__) DO(__VA_ARGS__, 4) DO(__VA_ARGS__, 5) DO(__VA_ARGS__, 6)
#if NJ_W == 16
#define NJ_STRIP_ALL(DO, ...)                                                                      \
    NJ_STRIP_TO_6(DO, __VA_ARGS__) DO(__VA_ARGS__, 7) DO(__VA_ARGS__, 8) DO(__VA_ARGS__, 9)        \
    DO(__VA_ARGS__, 10) DO(__VA_ARGS__, 11) DO(__VA_ARGS__, 12)
// Four rows are enough to keep the multipliers busy.
static int64_t strip_group(int64_t rows) { return rows > 24 ? 12 : (rows > 12 ? (rows + 1) / 2 : rows); }
#elif NJ_W == 8 || defined(__aarch64__)
#define NJ_STRIP_ALL NJ_STRIP_TO_6
// 7 as 4 + 3 and 8 as 4 + 4: one or two rows alone would leave the multipliers waiting for sums.
static int64_t strip_group(int64_t rows) { return rows > 8 ? 6 : (rows > 6 ? 4 : rows); }
#else
#define NJ_STRIP_ALL NJ_STRIP_TO_3
static int64_t strip_group(int64_t rows) { return rows > 4 ? 3 : (rows == 4 ? 2 : rows); }
#endif

NJ_STRIP_ALL(NJ_STRIP_STEP, vf, float, NJ_W)
NJ_STRIP_ALL(NJ_STRIP_STEP, vd, double, NJ_HALF)

#define NJ_STRIP_CASE(V, NAME, MR)                                                                 \
    case MR: V##_strip_##NAME##_##MR(job, a, c); break;
#define NJ_STRIP_ROWS(V, NAME)                                                                     \
    for (int64_t rows = job->rows; rows > 0;) {                                                    \
        int64_t count = strip_group(rows);                                                         \
        switch (count) { NJ_STRIP_ALL(NJ_STRIP_CASE, V, NAME) }                                    \
        a += count * (job->a_packed ? job->k : job->a_row_stride);                                 \
        c += count * job->c_stride;                                                                \
        rows -= count;                                                                             \
    }

#define NJ_STRIP_KERNEL(name, V, T, L)                                                             \
    static void name(const nj_strip_job *job) {                                                    \
        const T *a = job->a;                                                                       \
        T *c = job->c;                                                                             \
        bool dense = job->panel_stride == NJ_STRIP_VECTORS * (L);                                  \
        if (job->a_packed && dense) {                                                              \
            NJ_STRIP_ROWS(V, packed)                                                               \
        } else if (!job->a_packed && dense && job->a_k_stride == 1) {                              \
            NJ_STRIP_ROWS(V, dense)                                                                \
        } else if (!job->a_packed && job->a_row_stride == 1) {                                     \
            NJ_STRIP_ROWS(V, beside)                                                               \
        } else {                                                                                   \
            NJ_STRIP_ROWS(V, any)                                                                  \
        }                                                                                          \
    }
NJ_STRIP_KERNEL(strip_f32, vf, float, NJ_W)
NJ_STRIP_KERNEL(strip_f64, vd, double, NJ_HALF)

#endif
