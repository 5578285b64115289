// Pooling of one window over all channels.
#ifndef NJ_KERNELS_POOL_H
#define NJ_KERNELS_POOL_H

#include "vector.h"

#define NJ_POOL_TAPS(job) \
    for (int64_t i = 0; i < (job)->rows; i++) \
        for (int64_t j = 0; j < (job)->cols; j++)

// V is vf or vd, M the ints of its comparisons, L its lanes. The same steps on a vector and on a single channel.
#define NJ_POOL(suffix, V, M, T, I, L)                                                             \
    static void pool_max_##suffix(const nj_pool_job *job) {                                        \
        const T *x = job->x;                                                                       \
        T *d = job->result;                                                                        \
        int64_t c = 0;                                                                             \
        for (; c + (L) <= job->channels; c += (L)) {                                               \
            V best = V##_set((T)-INFINITY);                                                        \
            NJ_POOL_TAPS(job) {                                                                    \
                V y = V##_load(x + i * job->x_row_stride + j * job->x_col_stride + c);             \
                best = V##_select((best > y) | (best != best), best, y);                           \
            }                                                                                      \
            V##_store(d + c, best);                                                                \
        }                                                                                          \
        for (; c < job->channels; c++) {                                                           \
            T best = (T)-INFINITY;                                                                 \
            NJ_POOL_TAPS(job) {                                                                    \
                T y = x[i * job->x_row_stride + j * job->x_col_stride + c];                        \
                best = best > y || best != best ? best : y;                                        \
            }                                                                                      \
            d[c] = best;                                                                           \
        }                                                                                          \
    }                                                                                              \
    static void pool_avg_##suffix(const nj_pool_job *job) {                                        \
        const T *x = job->x, divisor = (T)job->divisor;                                            \
        T *d = job->result;                                                                        \
        int64_t c = 0;                                                                             \
        for (; c + (L) <= job->channels; c += (L)) {                                               \
            V sum = V##_set(0);                                                                    \
            NJ_POOL_TAPS(job) sum += V##_load(x + i * job->x_row_stride + j * job->x_col_stride + c); \
            V##_store(d + c, sum / V##_set(divisor));                                              \
        }                                                                                          \
        for (; c < job->channels; c++) {                                                           \
            T sum = 0;                                                                             \
            NJ_POOL_TAPS(job) sum += x[i * job->x_row_stride + j * job->x_col_stride + c];         \
            d[c] = sum / divisor;                                                                  \
        }                                                                                          \
    }                                                                                              \
    static void pool_max_grad_##suffix(const nj_pool_job *job) {                                   \
        const T *x = job->x, *dy = job->dy;                                                        \
        T *d = job->result;                                                                        \
        int64_t c = 0;                                                                             \
        for (; c + (L) <= job->channels; c += (L)) {                                               \
            V best = V##_set((T)-INFINITY), g = V##_load(dy + c);                                  \
            M at = (M)(I)0;                                                                        \
            NJ_POOL_TAPS(job) {                                                                    \
                V y = V##_load(x + i * job->x_row_stride + j * job->x_col_stride + c);             \
                M wins = (y > best) | (y != y);                                                    \
                best = V##_select(wins, y, best);                                                  \
                at = wins ? (M)(I)(i * job->cols + j) : at;                                        \
            }                                                                                      \
            for (int64_t i = job->first_row; i < job->end_row; i++)                                \
                for (int64_t j = 0; j < job->cols; j++) {                                          \
                    T *to = d + i * job->result_row_stride + j * job->result_col_stride + c;       \
                    M here = at == (M)(I)(i * job->cols + j);                                      \
                    V##_store(to, V##_load(to) + V##_select(here, g, V##_set(0)));                 \
                }                                                                                  \
        }                                                                                          \
        for (; c < job->channels; c++) {                                                           \
            T best = (T)-INFINITY;                                                                 \
            int64_t row = 0, col = 0;                                                              \
            NJ_POOL_TAPS(job) {                                                                    \
                T y = x[i * job->x_row_stride + j * job->x_col_stride + c];                        \
                if (y > best || y != y) best = y, row = i, col = j;                                \
            }                                                                                      \
            if (row < job->first_row || row >= job->end_row) continue;                             \
            d[row * job->result_row_stride + col * job->result_col_stride + c] += dy[c];           \
        }                                                                                          \
    }                                                                                              \
    /* Needed by second derivatives alone: no vectors. */                                          \
    static void pool_max_take_##suffix(const nj_pool_job *job) {                                   \
        const T *x = job->x, *values = job->dy;                                                    \
        T *d = job->result;                                                                        \
        for (int64_t c = 0; c < job->channels; c++) {                                              \
            T best = (T)-INFINITY;                                                                 \
            d[c] = 0;                                                                              \
            NJ_POOL_TAPS(job) {                                                                    \
                int64_t at = i * job->x_row_stride + j * job->x_col_stride + c;                    \
                if ((i == 0 && j == 0) || x[at] > best || x[at] != x[at]) best = x[at], d[c] = values[at]; \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static void pool_avg_grad_##suffix(const nj_pool_job *job) {                                   \
        const T *dy = job->dy, divisor = (T)job->divisor;                                          \
        T *d = job->result;                                                                        \
        for (int64_t i = job->first_row; i < job->end_row; i++)                                    \
            for (int64_t j = 0; j < job->cols; j++) {                                              \
                T *to = d + i * job->result_row_stride + j * job->result_col_stride;               \
                int64_t c = 0;                                                                     \
                for (; c + (L) <= job->channels; c += (L))                                         \
                    V##_store(to + c, V##_load(to + c) + V##_load(dy + c) / V##_set(divisor));     \
                for (; c < job->channels; c++) to[c] += dy[c] / divisor;                           \
            }                                                                                      \
    }

NJ_POOL(f32, vf, vi, float, int32_t, NJ_W)
NJ_POOL(f64, vd, vl, double, int64_t, NJ_HALF)

#endif
