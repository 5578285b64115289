// Means and sums of squared deviations, for each column or for the whole domain.
//
// The mean may be a million deviations away from 0, so values are taken around one of their own: what a tile has first
// (the mean of its first rows) is its shift. A tile keeps, for each result, how many values it has seen, the shift, and
// the sums of (x - shift) and (x - shift)^2; tiles are combined by the formula of Chan, Golub and LeVeque (1983), see
// program_finish.c. In float32, few rows are added up before they go on in double.
#ifndef NJ_KERNELS_MOMENTS_H
#define NJ_KERNELS_MOMENTS_H

#include "columns.h"

// A tile whose first rows are not finite is taken around 0: its results are not finite either.
NJ_INLINE double nj_shift_of(double sum, int64_t n) {
    double shift = sum / (double)n;
    return fabs(shift) < (double)INFINITY ? shift : 0;
}

NJ_INLINE vf vd_narrow(const double *p) { return vf_join(vd_load(p), vd_load(p + NJ_HALF)); }
NJ_INLINE void vd_add_wide(double *p, vf s) {
    vd_store(p, vd_load(p) + vf_low(s));
    vd_store(p + NJ_HALF, vd_load(p + NJ_HALF) + vf_high(s));
}

// `partial` has four lists, `stride` apart: counts, shifts, sums of the deviations from the shift and of their squares.
static void cols_moments_f32(double *partial, int64_t stride, const void *ap, int64_t rows, int64_t cols) {
    const float *a = ap;
    double *shifts = partial + stride, *sums = shifts + stride, *squares = sums + stride;
    if (partial[0] == 0) {
        int64_t n = rows < NJ_GROUP_ROWS ? rows : NJ_GROUP_ROWS;
        for (int64_t c = 0; c < cols; c++) shifts[c] = 0;
        cols_sum_f32(shifts, a, n, cols);
        for (int64_t c = 0; c < cols; c++) shifts[c] = (double)(float)nj_shift_of(shifts[c], n);
    }
    for (int64_t c = 0; c < cols; c++) partial[c] += (double)rows;
    for (int64_t first = 0; first < rows; first += NJ_GROUP_ROWS) {
        int64_t last = rows - first < NJ_GROUP_ROWS ? rows : first + NJ_GROUP_ROWS, c = 0;
        for (; c + NJ_W <= cols; c += NJ_W) {
            const vf shift = vd_narrow(shifts + c);
            vf s0 = vf_set(0), s1 = s0, q0 = s0, q1 = s0;
            int64_t r = first;
            for (; r + 2 <= last; r += 2) {
                vf x = vf_load(a + r * cols + c) - shift, y = vf_load(a + (r + 1) * cols + c) - shift;
                s0 = s0 + x, s1 = s1 + y;
                q0 = vf_madd(x, x, q0), q1 = vf_madd(y, y, q1);
            }
            if (r < last) {
                vf x = vf_load(a + r * cols + c) - shift;
                s0 = s0 + x;
                q0 = vf_madd(x, x, q0);
            }
            vd_add_wide(sums + c, s0 + s1);
            vd_add_wide(squares + c, q0 + q1);
        }
        for (; c < cols; c++) {
            float shift = (float)shifts[c], s = 0, q = 0;
            for (int64_t r = first; r < last; r++) {
                float x = a[r * cols + c] - shift;
                s += x;
                q += x * x;
            }
            sums[c] += (double)s;
            squares[c] += (double)q;
        }
    }
}

static void cols_moments_f64(double *partial, int64_t stride, const void *ap, int64_t rows, int64_t cols) {
    const double *a = ap;
    double *shifts = partial + stride, *sums = shifts + stride, *squares = sums + stride;
    if (partial[0] == 0) {
        int64_t n = rows < NJ_GROUP_ROWS ? rows : NJ_GROUP_ROWS;
        for (int64_t c = 0; c < cols; c++) shifts[c] = 0;
        for (int64_t r = 0; r < n; r++)
            for (int64_t c = 0; c < cols; c++) shifts[c] += a[r * cols + c];
        for (int64_t c = 0; c < cols; c++) shifts[c] = nj_shift_of(shifts[c], n);
    }
    for (int64_t c = 0; c < cols; c++) partial[c] += (double)rows;
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < cols; c++) {
            double x = a[r * cols + c] - shifts[c];
            sums[c] += x;
            squares[c] += x * x;
        }
    }
}

// n values one after the other, all for one result.
static void line_moments_f32(double *partial, int64_t stride, const float *a, int64_t n) {
    double *shifts = partial + stride, *sums = shifts + stride, *squares = sums + stride;
    if (partial[0] == 0) {
        int64_t begin = n < NJ_RUN_ROWS ? n : NJ_RUN_ROWS;
        *shifts = (double)(float)nj_shift_of((double)row_sum_f32_chunk(a, begin), begin);
    }
    *partial += (double)n;
    const float shift = (float)*shifts;
    for (int64_t first = 0; first < n; first += NJ_RUN_ROWS) {
        int64_t last = n - first < NJ_RUN_ROWS ? n : first + NJ_RUN_ROWS, i = first;
        vf s = vf_set(0), q = s;
        for (; i + NJ_W <= last; i += NJ_W) {
            vf x = vf_load(a + i) - vf_set(shift);
            s = s + x;
            q = vf_madd(x, x, q);
        }
        float lanes[2 * NJ_W];
        vf_store(lanes, s);
        vf_store(lanes + NJ_W, q);
        double sum = 0, square = 0;
        for (int l = 0; l < NJ_W; l++) sum += (double)lanes[l], square += (double)lanes[NJ_W + l];
        for (; i < last; i++) {
            double x = (double)(a[i] - shift);
            sum += x;
            square += x * x;
        }
        *sums += sum;
        *squares += square;
    }
}

static void line_moments_f64(double *partial, int64_t stride, const double *a, int64_t n) {
    double *shifts = partial + stride, *sums = shifts + stride, *squares = sums + stride;
    if (partial[0] == 0) {
        int64_t begin = n < NJ_RUN_ROWS ? n : NJ_RUN_ROWS;
        *shifts = nj_shift_of(row_sum_f64_one(a, begin), begin);
    }
    *partial += (double)n;
    double shift = *shifts, sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) {
        double x = a[i] - shift;
        sum += x;
        square += x * x;
    }
    *sums += sum;
    *squares += square;
}

#define NJ_LINES_OF_MOMENTS(T, suffix)                                                             \
    static void columns_cols_moments_##suffix(double *partial, int64_t stride, const void *a, int64_t rows, \
                                              int64_t cols) {                                      \
        for (int64_t c = 0; c < cols; c++)                                                         \
            line_moments_##suffix(partial + c, stride, (const T *)a + c * rows, rows);             \
    }                                                                                              \
    static void all_moments_##suffix(double *partial, int64_t stride, const void *a, int64_t rows, \
                                     int64_t cols) {                                               \
        line_moments_##suffix(partial, stride, a, rows * cols);                                    \
    }
NJ_LINES_OF_MOMENTS(float, f32)
NJ_LINES_OF_MOMENTS(double, f64)

#endif
