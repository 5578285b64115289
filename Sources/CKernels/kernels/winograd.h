// Winograd's minimal filtering (Winograd 1980; Lavin and Gray 2016, "Fast algorithms for convolutional neural
// networks"): m x m results of an r x r kernel from (m + r - 1)^2 products. With the points 0, 1, -1, infinity for
// m + r - 1 = 4, 2, -2 more for 6, and 1/2, -1/2 more for 8:
//   result = At ((G w Gt) . (Bt x B)) A        weights' gradient = Gt ((A dy At) . (Bt x B)) G
// An image of 2 pixels with a border of zeros needs 3 products an axis, not 4: of w0 x-1 + w1 x0 + w2 x1 and
// w0 x0 + w1 x1 + w2 x2 only x0 and x1 count, and with p = w1 (x0 + x1) they are p + (w2 - w1) x1 and p + (w0 - w1) x0.
// Below are the steps along one axis; a transform applies one to columns, then to rows.
#ifndef NJ_KERNELS_WINOGRAD_H
#define NJ_KERNELS_WINOGRAD_H

#include "vector.h"

// Bt
NJ_INLINE void wg_input_6(const vf *x, vf *y) {
    vf a = vf_madd(vf_set(-4), x[2], x[4]), b = vf_madd(vf_set(-4), x[1], x[3]);
    vf c = x[4] - x[2], d = (x[3] - x[1]) * 2.0f;
    y[0] = vf_madd(vf_set(4), x[0], vf_madd(vf_set(-5), x[2], x[4]));
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = vf_madd(vf_set(4), x[1], vf_madd(vf_set(-5), x[3], x[5]));
}
NJ_INLINE void wg_input_8(const vf *x, vf *y) {
    vf a = vf_madd(vf_set(-4.25f), x[4], x[2] + x[6]), b = vf_madd(vf_set(-4.25f), x[3], x[1] + x[5]);
    vf c = vf_madd(vf_set(0.25f), x[2], vf_madd(vf_set(-1.25f), x[4], x[6]));
    vf d = vf_madd(vf_set(0.5f), x[1], vf_madd(vf_set(-2.5f), x[3], x[5] * 2.0f));
    vf e = vf_madd(vf_set(4), x[2], vf_madd(vf_set(-5), x[4], x[6]));
    vf f = vf_madd(vf_set(0.5f), x[5], vf_madd(vf_set(-2.5f), x[3], x[1] * 2.0f));
    y[0] = vf_madd(vf_set(5.25f), x[4] - x[2], x[0] - x[6]);
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = e + f;
    y[6] = e - f;
    y[7] = vf_madd(vf_set(5.25f), x[3] - x[5], x[7] - x[1]);
}
NJ_INLINE void wg_input_4(const vf *x, vf *y) {
    y[0] = x[0] - x[2];
    y[1] = x[1] + x[2];
    y[2] = x[2] - x[1];
    y[3] = x[1] - x[3];
}

// Of 4 pixels, the outer ones zeros.
NJ_INLINE void wg_input_3(const vf *x, vf *y) {
    y[0] = x[1] + x[2];
    y[1] = x[2];
    y[2] = x[1];
}

// At
NJ_INLINE void wg_output_6_4(const vf *x, vf *y) {
    vf a = x[1] + x[2], b = x[3] + x[4], c = x[1] - x[2], d = x[3] - x[4];
    y[0] = x[0] + a + b;
    y[1] = vf_madd(vf_set(2), d, c);
    y[2] = vf_madd(vf_set(4), b, a);
    y[3] = vf_madd(vf_set(8), d, c) + x[5];
}
NJ_INLINE void wg_output_8_4(const vf *x, vf *y) {
    vf a = x[1] + x[2], b = x[3] + x[4], c = x[5] + x[6], d = x[1] - x[2], e = x[3] - x[4], f = x[5] - x[6];
    y[0] = x[0] + a + (b + c);
    y[1] = vf_madd(vf_set(2), e, vf_madd(vf_set(0.5f), f, d));
    y[2] = vf_madd(vf_set(4), b, vf_madd(vf_set(0.25f), c, a));
    y[3] = vf_madd(vf_set(8), e, vf_madd(vf_set(0.125f), f, d)) + x[7];
}
NJ_INLINE void wg_output_8_6(const vf *x, vf *y) {
    vf a = x[1] + x[2], b = x[3] + x[4], c = x[5] + x[6], d = x[1] - x[2], e = x[3] - x[4], f = x[5] - x[6];
    y[0] = x[0] + a + (b + c);
    y[1] = vf_madd(vf_set(2), e, vf_madd(vf_set(0.5f), f, d));
    y[2] = vf_madd(vf_set(4), b, vf_madd(vf_set(0.25f), c, a));
    y[3] = vf_madd(vf_set(8), e, vf_madd(vf_set(0.125f), f, d));
    y[4] = vf_madd(vf_set(16), b, vf_madd(vf_set(0.0625f), c, a));
    y[5] = vf_madd(vf_set(32), e, vf_madd(vf_set(0.03125f), f, d)) + x[7];
}
NJ_INLINE void wg_output_4_2(const vf *x, vf *y) {
    y[0] = x[0] + x[1] + x[2];
    y[1] = x[1] - x[2] - x[3];
}

NJ_INLINE void wg_output_3_2(const vf *x, vf *y) {
    y[0] = x[0] + x[1];
    y[1] = x[0] + x[2];
}

// A
NJ_INLINE void wg_gradient_4_6(const vf *x, vf *y) {
    vf a = x[0] + x[2], b = x[1] + x[3], c = vf_madd(vf_set(4), x[2], x[0]), d = vf_madd(vf_set(4), x[3], x[1]) * 2.0f;
    y[0] = x[0];
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = x[3];
}
NJ_INLINE void wg_gradient_4_8(const vf *x, vf *y) {
    vf a = x[0] + x[2], b = x[1] + x[3], c = vf_madd(vf_set(4), x[2], x[0]), d = vf_madd(vf_set(4), x[3], x[1]) * 2.0f;
    vf e = vf_madd(vf_set(0.25f), x[2], x[0]), f = vf_madd(vf_set(0.25f), x[3], x[1]) * 0.5f;
    y[0] = x[0];
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = e + f;
    y[6] = e - f;
    y[7] = x[3];
}
NJ_INLINE void wg_gradient_6_8(const vf *x, vf *y) {
    vf a = x[0] + x[2] + x[4], b = x[1] + x[3] + x[5];
    vf c = vf_madd(vf_set(16), x[4], vf_madd(vf_set(4), x[2], x[0]));
    vf d = vf_madd(vf_set(16), x[5], vf_madd(vf_set(4), x[3], x[1])) * 2.0f;
    vf e = vf_madd(vf_set(0.0625f), x[4], vf_madd(vf_set(0.25f), x[2], x[0]));
    vf f = vf_madd(vf_set(0.0625f), x[5], vf_madd(vf_set(0.25f), x[3], x[1])) * 0.5f;
    y[0] = x[0];
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = e + f;
    y[6] = e - f;
    y[7] = x[5];
}
NJ_INLINE void wg_gradient_2_4(const vf *x, vf *y) {
    y[0] = x[0];
    y[1] = x[0] + x[1];
    y[2] = x[0] - x[1];
    y[3] = -x[1];
}

NJ_INLINE void wg_gradient_2_3(const vf *x, vf *y) {
    y[0] = x[0] + x[1];
    y[1] = x[0];
    y[2] = x[1];
}

// G
NJ_INLINE void wg_weights_3_6(const vf *x, vf *y) {
    vf a = (x[0] + x[2]) * (-1.0f / 6), b = x[1] * (-1.0f / 6);
    vf c = vf_madd(vf_set(4), x[2], x[0]) * (1.0f / 24), d = x[1] * (1.0f / 12);
    y[0] = x[0] * 0.25f;
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = x[2];
}
NJ_INLINE void wg_weights_5_8(const vf *x, vf *y) {
    vf a = (x[0] + x[2] + x[4]) * (-2.0f / 9), b = (x[1] + x[3]) * (-2.0f / 9);
    vf c = vf_madd(vf_set(16), x[4], vf_madd(vf_set(4), x[2], x[0])) * (1.0f / 90);
    vf d = vf_madd(vf_set(4), x[3], x[1]) * (1.0f / 45);
    vf e = vf_madd(vf_set(0.0625f), x[4], vf_madd(vf_set(0.25f), x[2], x[0])) * (32.0f / 45);
    vf f = vf_madd(vf_set(0.25f), x[3], x[1]) * (16.0f / 45);
    y[0] = x[0];
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = e + f;
    y[6] = e - f;
    y[7] = x[4];
}
NJ_INLINE void wg_weights_3_8(const vf *x, vf *y) {
    vf a = (x[0] + x[2]) * (-2.0f / 9), b = x[1] * (-2.0f / 9);
    vf c = vf_madd(vf_set(4), x[2], x[0]) * (1.0f / 90), d = x[1] * (1.0f / 45);
    vf e = vf_madd(vf_set(0.25f), x[2], x[0]) * (32.0f / 45), f = x[1] * (16.0f / 45);
    y[0] = x[0];
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = e + f;
    y[6] = e - f;
    y[7] = x[2];
}
NJ_INLINE void wg_weights_3_4(const vf *x, vf *y) {
    vf a = (x[0] + x[2]) * 0.5f, b = x[1] * 0.5f;
    y[0] = x[0];
    y[1] = a + b;
    y[2] = a - b;
    y[3] = x[2];
}

NJ_INLINE void wg_weights_3_3(const vf *x, vf *y) {
    y[0] = x[1];
    y[1] = x[2] - x[1];
    y[2] = x[0] - x[1];
}

// Gt
NJ_INLINE void wg_back_6_3(const vf *x, vf *y) {
    vf a = (x[1] + x[2]) * (-1.0f / 6), b = (x[1] - x[2]) * (-1.0f / 6);
    vf c = (x[3] + x[4]) * (1.0f / 24), d = (x[3] - x[4]) * (1.0f / 12);
    y[0] = vf_madd(vf_set(0.25f), x[0], a) + c;
    y[1] = b + d;
    y[2] = vf_madd(vf_set(4), c, a) + x[5];
}
NJ_INLINE void wg_back_8_5(const vf *x, vf *y) {
    vf a = (x[1] + x[2]) * (-2.0f / 9), b = (x[1] - x[2]) * (-2.0f / 9);
    vf c = (x[3] + x[4]) * (1.0f / 90), d = (x[3] - x[4]) * (1.0f / 45);
    vf e = (x[5] + x[6]) * (32.0f / 45), f = (x[5] - x[6]) * (16.0f / 45);
    y[0] = x[0] + a + (c + e);
    y[1] = b + d + f;
    y[2] = vf_madd(vf_set(4), c, vf_madd(vf_set(0.25f), e, a));
    y[3] = vf_madd(vf_set(4), d, vf_madd(vf_set(0.25f), f, b));
    y[4] = vf_madd(vf_set(16), c, vf_madd(vf_set(0.0625f), e, a)) + x[7];
}
NJ_INLINE void wg_back_8_3(const vf *x, vf *y) {
    vf a = (x[1] + x[2]) * (-2.0f / 9), b = (x[1] - x[2]) * (-2.0f / 9);
    vf c = (x[3] + x[4]) * (1.0f / 90), d = (x[3] - x[4]) * (1.0f / 45);
    vf e = (x[5] + x[6]) * (32.0f / 45), f = (x[5] - x[6]) * (16.0f / 45);
    y[0] = x[0] + a + (c + e);
    y[1] = b + d + f;
    y[2] = vf_madd(vf_set(4), c, vf_madd(vf_set(0.25f), e, a)) + x[7];
}
NJ_INLINE void wg_back_4_3(const vf *x, vf *y) {
    vf a = (x[1] + x[2]) * 0.5f;
    y[0] = x[0] + a;
    y[1] = (x[1] - x[2]) * 0.5f;
    y[2] = a + x[3];
}

NJ_INLINE void wg_back_3_3(const vf *x, vf *y) {
    y[0] = x[2];
    y[1] = x[0] - (x[1] + x[2]);
    y[2] = x[1];
}

#define NJ_UNROLL _Pragma("clang loop unroll(full)")

// One tile, one vector of channels. Rows of the result are made two at a time, those that share terms, so that all
// values between the two steps stay in registers; what a pair does not need is never computed.
#define NJ_TILE(name, STEP, IN, OUT)                                                               \
    NJ_INLINE void name(const float *from, int64_t from_row, int64_t from_col, float *to,          \
                        int64_t to_row, int64_t to_col) {                                          \
        NJ_UNROLL for (int p = 0; p < (OUT + 1) / 2; p++) {                                        \
            const int first = p == 0 ? 0 : 2 * p - 1, second = p == 0 ? OUT - 1 : 2 * p;           \
            vf a[IN], b[IN], y[OUT];                                                               \
            NJ_UNROLL for (int j = 0; j < IN; j++) {                                               \
                vf x[IN];                                                                          \
                NJ_UNROLL for (int i = 0; i < IN; i++) x[i] = vf_load(from + i * from_row + j * from_col); \
                STEP(x, y);                                                                        \
                a[j] = y[first];                                                                   \
                b[j] = y[second];                                                                  \
            }                                                                                      \
            STEP(a, y);                                                                            \
            NJ_UNROLL for (int j = 0; j < OUT; j++) vf_store(to + first * to_row + j * to_col, y[j]); \
            if (second == first) continue;                                                         \
            STEP(b, y);                                                                            \
            NJ_UNROLL for (int j = 0; j < OUT; j++) vf_store(to + second * to_row + j * to_col, y[j]); \
        }                                                                                          \
    }

// A tile that hangs over the edge of the result is made aside, and only what is inside is kept.
#define NJ_TRANSFORM(name, STEP, IN, OUT)                                                          \
    NJ_TILE(name##_tile, STEP, IN, OUT)                                                            \
    static void name(const nj_transform_job *job) {                                                \
        for (int64_t t = 0; t < job->count; t++) {                                                 \
            const float *from = job->from + (job->from_at ? job->from_at[t] : t * job->from_next); \
            float *to = job->to + (job->to_at ? job->to_at[t] : t * job->to_next);                 \
            if (job->rows && (job->rows[t] < OUT || job->cols[t] < OUT)) {                         \
                for (int64_t c = 0; c < job->channels; c += NJ_W) {                                \
                    float aside[OUT * OUT * NJ_W];                                                 \
                    name##_tile(from + c, job->from_row, job->from_col, aside, OUT * NJ_W, NJ_W);  \
                    for (int64_t i = 0; i < job->rows[t]; i++)                                     \
                        for (int64_t j = 0; j < job->cols[t]; j++)                                 \
                            vf_store(to + c + i * job->to_row + j * job->to_col,                   \
                                     vf_load(aside + (i * OUT + j) * NJ_W));                       \
                }                                                                                  \
                continue;                                                                          \
            }                                                                                      \
            for (int64_t c = 0; c < job->channels; c += NJ_W)                                      \
                name##_tile(from + c, job->from_row, job->from_col, to + c, job->to_row, job->to_col); \
        }                                                                                          \
    }

NJ_TRANSFORM(input_8, wg_input_8, 8, 8)
NJ_TRANSFORM(input_6, wg_input_6, 6, 6)
NJ_TRANSFORM(input_4, wg_input_4, 4, 4)
NJ_TRANSFORM(input_3, wg_input_3, 4, 3)
NJ_TRANSFORM(output_6_4, wg_output_6_4, 6, 4)
NJ_TRANSFORM(output_8_6, wg_output_8_6, 8, 6)
NJ_TRANSFORM(output_8_4, wg_output_8_4, 8, 4)
NJ_TRANSFORM(output_4_2, wg_output_4_2, 4, 2)
NJ_TRANSFORM(output_3_2, wg_output_3_2, 3, 2)
NJ_TRANSFORM(gradient_4_6, wg_gradient_4_6, 4, 6)
NJ_TRANSFORM(gradient_6_8, wg_gradient_6_8, 6, 8)
NJ_TRANSFORM(gradient_4_8, wg_gradient_4_8, 4, 8)
NJ_TRANSFORM(gradient_2_4, wg_gradient_2_4, 2, 4)
NJ_TRANSFORM(gradient_2_3, wg_gradient_2_3, 2, 3)
NJ_TRANSFORM(weights_3_6, wg_weights_3_6, 3, 6)
NJ_TRANSFORM(weights_3_8, wg_weights_3_8, 3, 8)
NJ_TRANSFORM(weights_5_8, wg_weights_5_8, 5, 8)
NJ_TRANSFORM(weights_3_4, wg_weights_3_4, 3, 4)
NJ_TRANSFORM(weights_3_3, wg_weights_3_3, 3, 3)
NJ_TRANSFORM(back_6_3, wg_back_6_3, 6, 3)
NJ_TRANSFORM(back_8_3, wg_back_8_3, 8, 3)
NJ_TRANSFORM(back_8_5, wg_back_8_5, 8, 5)
NJ_TRANSFORM(back_4_3, wg_back_4_3, 4, 3)
NJ_TRANSFORM(back_3_3, wg_back_3_3, 3, 3)

#endif
