// Transforms of Winograd's algorithms: a step along one axis is applied to columns, then to rows.
#ifndef NJ_KERNELS_WINOGRAD_H
#define NJ_KERNELS_WINOGRAD_H

#include "winograd_steps.h"

// One tile, one vector of channels. Rows of the result are made two at a time, those that share terms, so that all
// values between the two steps stay in registers; what a pair does not need is never computed.
#define NJ_TILE(name, DOWN, DOWN_IN, DOWN_OUT, ACROSS, ACROSS_IN, ACROSS_OUT)                      \
    NJ_INLINE void name(const float *from, int64_t from_row, int64_t from_col, float *to,          \
                        int64_t to_row, int64_t to_col) {                                          \
        NJ_UNROLL for (int first = 0; first < DOWN_OUT; first += 2) {                              \
            const bool two = first + 1 < DOWN_OUT;                                                 \
            vf a[ACROSS_IN], b[ACROSS_IN], y[ACROSS_OUT];                                          \
            NJ_UNROLL for (int j = 0; j < ACROSS_IN; j++) {                                        \
                vf x[DOWN_IN], z[DOWN_OUT];                                                        \
                NJ_UNROLL for (int i = 0; i < DOWN_IN; i++)                                        \
                    x[i] = vf_load(from + i * from_row + j * from_col);                            \
                DOWN(x, z);                                                                        \
                a[j] = z[first];                                                                   \
                if (two) b[j] = z[first + 1];                                                      \
            }                                                                                      \
            ACROSS(a, y);                                                                          \
            NJ_UNROLL for (int j = 0; j < ACROSS_OUT; j++) vf_store(to + first * to_row + j * to_col, y[j]); \
            if (!two) continue;                                                                    \
            ACROSS(b, y);                                                                          \
            NJ_UNROLL for (int j = 0; j < ACROSS_OUT; j++)                                         \
                vf_store(to + (first + 1) * to_row + j * to_col, y[j]);                            \
        }                                                                                          \
    }

// A tile that hangs over the edge of the result is made aside, and only what is inside is kept.
#define NJ_TRANSFORM(name, DOWN, DOWN_IN, DOWN_OUT, ACROSS, ACROSS_IN, ACROSS_OUT)                 \
    NJ_TILE(name##_tile, DOWN, DOWN_IN, DOWN_OUT, ACROSS, ACROSS_IN, ACROSS_OUT)                   \
    static void name(const nj_transform_job *job) {                                                \
        for (int64_t t = 0; t < job->count; t++) {                                                 \
            const float *from = job->from + (job->from_at ? job->from_at[t] : t * job->from_next); \
            float *to = job->to + (job->to_at ? job->to_at[t] : t * job->to_next);                 \
            if (job->rows && (job->rows[t] < DOWN_OUT || job->cols[t] < ACROSS_OUT)) {             \
                for (int64_t c = 0; c < job->channels; c += NJ_W) {                                \
                    float aside[DOWN_OUT * ACROSS_OUT * NJ_W];                                     \
                    name##_tile(from + c, job->from_row, job->from_col, aside, ACROSS_OUT * NJ_W, NJ_W); \
                    for (int64_t i = 0; i < job->rows[t]; i++)                                     \
                        for (int64_t j = 0; j < job->cols[t]; j++)                                 \
                            vf_store(to + c + i * job->to_row + j * job->to_col,                   \
                                     vf_load(aside + (i * ACROSS_OUT + j) * NJ_W));                \
                }                                                                                  \
                continue;                                                                          \
            }                                                                                      \
            for (int64_t c = 0; c < job->channels; c += NJ_W)                                      \
                name##_tile(from + c, job->from_row, job->from_col, to + c, job->to_row, job->to_col); \
        }                                                                                          \
    }

#define NJ_FULL_TILE(name, STEP, IN, OUT) NJ_TRANSFORM(name, STEP, IN, OUT, STEP, IN, OUT)
#define NJ_EVERY_SHAPE(name, STEP, IN, OUT, SHORT, SHORT_IN, SHORT_OUT)                            \
    NJ_FULL_TILE(name, STEP, IN, OUT)                                                              \
    NJ_TRANSFORM(name##_short_cols, STEP, IN, OUT, SHORT, SHORT_IN, SHORT_OUT)                     \
    NJ_TRANSFORM(name##_short_rows, SHORT, SHORT_IN, SHORT_OUT, STEP, IN, OUT)                     \
    NJ_FULL_TILE(name##_short, SHORT, SHORT_IN, SHORT_OUT)

NJ_EVERY_SHAPE(input_8, wg_input_8, 8, 8, wg_input_7, 7, 7)
NJ_EVERY_SHAPE(input_6, wg_input_6, 6, 6, wg_input_5, 5, 5)
NJ_FULL_TILE(input_4, wg_input_4, 4, 4)
NJ_FULL_TILE(input_3, wg_input_3, 4, 3)
NJ_EVERY_SHAPE(strided_input, wg_strided_input_9, 9, 9, wg_strided_input_7, 7, 7)
NJ_EVERY_SHAPE(spread_input, wg_spread_input_5_9, 5, 9, wg_spread_input_4_7, 4, 7)
NJ_EVERY_SHAPE(output_8_6, wg_output_8_6, 8, 6, wg_output_7_5, 7, 5)
NJ_EVERY_SHAPE(output_8_4, wg_output_8_4, 8, 4, wg_output_7_3, 7, 3)
NJ_EVERY_SHAPE(output_6_4, wg_output_6_4, 6, 4, wg_output_5_3, 5, 3)
NJ_FULL_TILE(output_4_2, wg_output_4_2, 4, 2)
NJ_FULL_TILE(output_3_2, wg_output_3_2, 3, 2)
NJ_EVERY_SHAPE(strided_output, wg_strided_output_9_4, 9, 4, wg_strided_output_7_3, 7, 3)
NJ_EVERY_SHAPE(spread_output, wg_spread_output_9_8, 9, 8, wg_spread_output_7_6, 7, 6)
NJ_EVERY_SHAPE(gradient_6_8, wg_gradient_6_8, 6, 8, wg_gradient_5_7, 5, 7)
NJ_EVERY_SHAPE(gradient_4_8, wg_gradient_4_8, 4, 8, wg_gradient_3_7, 3, 7)
NJ_EVERY_SHAPE(gradient_4_6, wg_gradient_4_6, 4, 6, wg_gradient_3_5, 3, 5)
NJ_FULL_TILE(gradient_2_4, wg_gradient_2_4, 2, 4)
NJ_FULL_TILE(gradient_2_3, wg_gradient_2_3, 2, 3)
NJ_EVERY_SHAPE(strided_gradient, wg_strided_gradient_4_9, 4, 9, wg_strided_gradient_3_7, 3, 7)
NJ_FULL_TILE(weights_3_8, wg_weights_3_8, 3, 8)
NJ_FULL_TILE(weights_5_8, wg_weights_5_8, 5, 8)
NJ_FULL_TILE(weights_3_6, wg_weights_3_6, 3, 6)
NJ_FULL_TILE(weights_3_4, wg_weights_3_4, 3, 4)
NJ_FULL_TILE(weights_3_3, wg_weights_3_3, 3, 3)
NJ_FULL_TILE(strided_weights, wg_strided_weights_3_6, 3, 6)
NJ_FULL_TILE(back_8_3, wg_back_8_3, 8, 3)
NJ_FULL_TILE(back_8_5, wg_back_8_5, 8, 5)
NJ_FULL_TILE(back_6_3, wg_back_6_3, 6, 3)
NJ_FULL_TILE(back_4_3, wg_back_4_3, 4, 3)
NJ_FULL_TILE(back_3_3, wg_back_3_3, 3, 3)
NJ_FULL_TILE(strided_back, wg_strided_back_6_3, 6, 3)

#define NJ_SHAPES_OF(name) {name##_short_cols, name, name##_short_rows, name##_short}
#define NJ_ONE_SHAPE(f) {[NJ_TILE_FULL] = f}
#define NJ_TRANSFORMS_TABLE                                                                        \
    {[NJ_WINOGRAD_6_3] = {NJ_SHAPES_OF(input_8), NJ_SHAPES_OF(output_8_6), NJ_SHAPES_OF(gradient_6_8), \
                          NJ_ONE_SHAPE(weights_3_8), NJ_ONE_SHAPE(back_8_3)},                      \
     [NJ_WINOGRAD_4_3] = {NJ_SHAPES_OF(input_6), NJ_SHAPES_OF(output_6_4), NJ_SHAPES_OF(gradient_4_6), \
                          NJ_ONE_SHAPE(weights_3_6), NJ_ONE_SHAPE(back_6_3)},                      \
     [NJ_WINOGRAD_2_3] = {NJ_ONE_SHAPE(input_4), NJ_ONE_SHAPE(output_4_2), NJ_ONE_SHAPE(gradient_2_4), NJ_ONE_SHAPE(weights_3_4), NJ_ONE_SHAPE(back_4_3)}, \
     [NJ_WINOGRAD_4_5] = {NJ_SHAPES_OF(input_8), NJ_SHAPES_OF(output_8_4), NJ_SHAPES_OF(gradient_4_8), \
                          NJ_ONE_SHAPE(weights_5_8), NJ_ONE_SHAPE(back_8_5)},                      \
     [NJ_WINOGRAD_BORDERED_2_3] = {NJ_ONE_SHAPE(input_3), NJ_ONE_SHAPE(output_3_2), NJ_ONE_SHAPE(gradient_2_3), NJ_ONE_SHAPE(weights_3_3), NJ_ONE_SHAPE(back_3_3)}, \
     [NJ_WINOGRAD_STRIDED_4_3] = {NJ_SHAPES_OF(strided_input), NJ_SHAPES_OF(strided_output),       \
                                  NJ_SHAPES_OF(strided_gradient), NJ_ONE_SHAPE(strided_weights), NJ_ONE_SHAPE(strided_back)}, \
     [NJ_WINOGRAD_SPREAD_4_3] = {NJ_SHAPES_OF(spread_input), NJ_SHAPES_OF(spread_output), {NULL},  \
                                 NJ_ONE_SHAPE(strided_weights), {NULL}}}

#endif
