// The table of one instruction set. The including source defines NJ_SET (the table's name) and NJ_SET_NAME.
#ifndef NJ_KERNELS_SET_H
#define NJ_KERNELS_SET_H

#include "columns.h"
#include "convert.h"
#include "map32.h"
#include "map64.h"
#include "moments.h"
#include "pair.h"
#include "pool.h"
#include "random.h"
#include "range.h"
#include "strip.h"
#include "transpose.h"
#include "winograd.h"

#define NJ_ONE_FLOAT(OP, f) [OP] = {[NJ_F32] = {f32_##f}, [NJ_F64] = {f64_##f}}
#define NJ_ONE_ANY(OP, f) [OP] = {[NJ_F32] = {f32_##f}, [NJ_F64] = {f64_##f}, [NJ_I32] = {i32_##f}}
#define NJ_TWO_FORMS(f) {f##_vv, f##_sv, f##_vs}
#define NJ_TWO_FLOAT(OP, f) [OP] = {[NJ_F32] = NJ_TWO_FORMS(f32_##f), [NJ_F64] = NJ_TWO_FORMS(f64_##f)}
#define NJ_TWO_ANY(OP, f) \
    [OP] = {[NJ_F32] = NJ_TWO_FORMS(f32_##f), [NJ_F64] = NJ_TWO_FORMS(f64_##f), [NJ_I32] = NJ_TWO_FORMS(i32_##f)}
#define NJ_TWO_INT(OP, f) [OP] = {[NJ_I32] = NJ_TWO_FORMS(i32_##f)}
#define NJ_BY_TYPE(f) {[NJ_F32] = f##_f32, [NJ_F64] = f##_f64, [NJ_I32] = f##_i32}
#define NJ_LOADS(m) {[NJ_F32] = load_##m##_f32, [NJ_F64] = load_##m##_f64, [NJ_I32] = load_##m##_i32}
#define NJ_STORES(r)                                                                             \
    {[NJ_F32] = store_##r##_f32, [NJ_F64] = store_##r##_f64, [NJ_I32] = store_##r##_i32,         \
     [NJ_U8] = store_##r##_u8, [NJ_BOOL] = store_##r##_bool}
#define NJ_WHERE_4 {[0] = where_4_vvv, [2] = where_4_vsv, [4] = where_4_vvs, [6] = where_4_vss}

const nj_kernel_set NJ_SET = {
    .name = NJ_SET_NAME,
    .map = {
        NJ_ONE_ANY(NJ_OP_COPY, copy),
        NJ_ONE_ANY(NJ_OP_NEG, neg),
        NJ_ONE_ANY(NJ_OP_ABS, abs),
        NJ_ONE_ANY(NJ_OP_SIGN, sign),
        NJ_ONE_FLOAT(NJ_OP_EXP, exp),
        NJ_ONE_FLOAT(NJ_OP_EXPM1, expm1),
        NJ_ONE_FLOAT(NJ_OP_LOG, log),
        NJ_ONE_FLOAT(NJ_OP_LOG1P, log1p),
        NJ_ONE_FLOAT(NJ_OP_SQRT, sqrt),
        NJ_ONE_FLOAT(NJ_OP_RSQRT, rsqrt),
        NJ_ONE_FLOAT(NJ_OP_RECIP, recip),
        NJ_ONE_FLOAT(NJ_OP_SIN, sin),
        NJ_ONE_FLOAT(NJ_OP_COS, cos),
        NJ_ONE_FLOAT(NJ_OP_TANH, tanh),
        NJ_ONE_FLOAT(NJ_OP_SIGMOID, sigmoid),
        NJ_ONE_FLOAT(NJ_OP_ERF, erf),
        NJ_ONE_FLOAT(NJ_OP_RELU, relu),
        NJ_ONE_FLOAT(NJ_OP_FLOOR, floor),
        NJ_ONE_FLOAT(NJ_OP_CEIL, ceil),
        NJ_ONE_FLOAT(NJ_OP_ROUND, round),
        NJ_ONE_ANY(NJ_OP_SQUARE, square),
        [NJ_OP_NOT] = {[NJ_I32] = {i32_not}},
        NJ_ONE_FLOAT(NJ_OP_IS_NAN, is_nan),
        NJ_ONE_FLOAT(NJ_OP_IS_FINITE, is_finite),
        NJ_TWO_ANY(NJ_OP_ADD, add),
        NJ_TWO_ANY(NJ_OP_SUB, sub),
        NJ_TWO_ANY(NJ_OP_MUL, mul),
        NJ_TWO_ANY(NJ_OP_DIV, div),
        NJ_TWO_FLOAT(NJ_OP_POW, pow),
        NJ_TWO_ANY(NJ_OP_MAX, max),
        NJ_TWO_ANY(NJ_OP_MIN, min),
        NJ_TWO_ANY(NJ_OP_MOD, mod),
        NJ_TWO_ANY(NJ_OP_EQ, eq),
        NJ_TWO_ANY(NJ_OP_NE, ne),
        NJ_TWO_ANY(NJ_OP_LT, lt),
        NJ_TWO_ANY(NJ_OP_LE, le),
        NJ_TWO_ANY(NJ_OP_GT, gt),
        NJ_TWO_ANY(NJ_OP_GE, ge),
        NJ_TWO_INT(NJ_OP_AND, and),
        NJ_TWO_INT(NJ_OP_OR, or),
        NJ_TWO_INT(NJ_OP_XOR, xor),
        [NJ_OP_WHERE] = {[NJ_F32] = NJ_WHERE_4, [NJ_F64] = {where_8_vvv}, [NJ_I32] = NJ_WHERE_4},
        [NJ_OP_GATE] = {[NJ_F32] = {f32_gate_vvv, [4] = f32_gate_vvs}},
        [NJ_OP_FMA] = {[NJ_F32] = {f32_fma_vvv, f32_fma_svv, f32_fma_vsv, NULL, f32_fma_vvs, f32_fma_svs, f32_fma_vss},
                       [NJ_F64] = {f64_fma_vvv}},
    },
    .pair = NJ_PAIRS_TABLE,
    .cast = {[NJ_F32] = {[NJ_F32] = f32_copy, [NJ_F64] = cast_f32_f64, [NJ_I32] = cast_f32_i32},
             [NJ_F64] = {[NJ_F32] = cast_f64_f32, [NJ_F64] = f64_copy, [NJ_I32] = cast_f64_i32},
             [NJ_I32] = {[NJ_F32] = cast_i32_f32, [NJ_F64] = cast_i32_f64, [NJ_I32] = i32_copy}},
    .check = {
        [NJ_OP_NEG] = {check_neg},
        [NJ_OP_ABS] = {check_neg},
        [NJ_OP_SQUARE] = {check_square},
        [NJ_OP_ADD] = NJ_TWO_FORMS(check_add),
        [NJ_OP_SUB] = NJ_TWO_FORMS(check_sub),
        [NJ_OP_MUL] = NJ_TWO_FORMS(check_mul),
        [NJ_OP_DIV] = NJ_TWO_FORMS(check_div),
        [NJ_OP_MOD] = NJ_TWO_FORMS(check_mod),
    },
    .check_cast = {check_f32_i32, check_f64_i32, NULL},
    .check_narrow = {check_f32_u8, check_f64_u8, check_i32_u8},
    .check_row = {check_row_sum, check_row_prod},
    .splat = {[NJ_F32] = splat_4, [NJ_F64] = splat_8, [NJ_I32] = splat_4},
    .load = {[NJ_F32] = NJ_LOADS(f32), [NJ_F64] = NJ_LOADS(f64), [NJ_I32] = NJ_LOADS(i32), [NJ_U8] = NJ_LOADS(u8),
             [NJ_BOOL] = NJ_LOADS(u8)},
    .store = {[NJ_F32] = NJ_STORES(f32), [NJ_F64] = NJ_STORES(f64), [NJ_I32] = NJ_STORES(i32)},
    .row = {{NJ_BY_TYPE(row_sum), NJ_BY_TYPE(row_prod), NJ_BY_TYPE(row_max), NJ_BY_TYPE(row_min)},
            {NJ_BY_TYPE(columns_row_sum), NJ_BY_TYPE(columns_row_prod), NJ_BY_TYPE(columns_row_max),
             NJ_BY_TYPE(columns_row_min)}},
    .row_arg = {{NJ_BY_TYPE(row_argmax), NJ_BY_TYPE(row_argmin)},
                {NJ_BY_TYPE(columns_row_argmax), NJ_BY_TYPE(columns_row_argmin)}},
    .cols = {{NJ_BY_TYPE(cols_sum), NJ_BY_TYPE(cols_prod), NJ_BY_TYPE(cols_max), NJ_BY_TYPE(cols_min)},
             {NJ_BY_TYPE(columns_cols_sum), NJ_BY_TYPE(columns_cols_prod), NJ_BY_TYPE(columns_cols_max),
              NJ_BY_TYPE(columns_cols_min)}},
    .cols_dot = {cols_dot_f32, columns_cols_dot_f32},
    .cols_moments = {{cols_moments_f32, cols_moments_f64}, {columns_cols_moments_f32, columns_cols_moments_f64}},
    .all_moments = {all_moments_f32, all_moments_f64},
    .all = {NJ_BY_TYPE(all_sum), NJ_BY_TYPE(all_prod), NJ_BY_TYPE(all_max), NJ_BY_TYPE(all_min)},
    .expand = {[NJ_F32] = expand_4, [NJ_F64] = expand_8, [NJ_I32] = expand_4},
    .uniform = {[NJ_F32] = uniform_f32, [NJ_F64] = uniform_f64},
    .normal = {[NJ_F32] = normal_f32, [NJ_F64] = normal_f64},
    .strip = {[NJ_F32] = strip_f32, [NJ_F64] = strip_f64},
    .group = {[NJ_F32] = strip_group, [NJ_F64] = strip_group},
    .transform = NJ_TRANSFORMS_TABLE,
    .pool = {{pool_max_f32, pool_max_f64}, {pool_max_grad_f32, pool_max_grad_f64}, {pool_avg_f32, pool_avg_f64},
             {pool_avg_grad_f32, pool_avg_grad_f64}, {pool_max_take_f32, pool_max_take_f64}},
    .transpose = {[NJ_F32] = transpose_f32, [NJ_F64] = transpose_f64},
};

#endif
