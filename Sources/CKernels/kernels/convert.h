// Between memory and registers: five types in memory, three in registers, any stride.
#ifndef NJ_KERNELS_CONVERT_H
#define NJ_KERNELS_CONVERT_H

#include "map64.h"

// To bytes: an int keeps its low eight bits; a float is truncated toward zero and saturates, NaN is 0.
NJ_INLINE uint8_t nj_byte_of_double(double x) { return x >= 255 ? 255 : (x >= 1 ? (uint8_t)x : 0); }

#define NJ_TO_f32_f32(x) (x)
#define NJ_TO_f64_f32(x) ((float)(x))
#define NJ_TO_i32_f32(x) ((float)(x))
#define NJ_TO_u8_f32(x) ((float)(x))
#define NJ_TO_f32_f64(x) ((double)(x))
#define NJ_TO_f64_f64(x) (x)
#define NJ_TO_i32_f64(x) ((double)(x))
#define NJ_TO_u8_f64(x) ((double)(x))
#define NJ_TO_f32_i32(x) nj_truncate_double((double)(x))
#define NJ_TO_f64_i32(x) nj_truncate_double(x)
#define NJ_TO_i32_i32(x) (x)
#define NJ_TO_u8_i32(x) ((int32_t)(x))
#define NJ_TO_f32_u8(x) nj_byte_of_double((double)(x))
#define NJ_TO_f64_u8(x) nj_byte_of_double(x)
#define NJ_TO_i32_u8(x) ((uint8_t)(uint32_t)(x))
#define NJ_TO_f32_bool(x) ((uint8_t)((x) != 0))
#define NJ_TO_f64_bool(x) ((uint8_t)((x) != 0))
#define NJ_TO_i32_bool(x) ((uint8_t)((x) != 0))

#define NJ_MOVE_LOAD(name, TS, TD, CONVERT)                                                  \
    static void name(void *restrict dp, const void *restrict ap, int64_t stride, int64_t n) { \
        TD *restrict d = dp;                                                                 \
        const TS *restrict a = ap;                                                           \
        if (stride == 1) {                                                                   \
            for (int64_t i = 0; i < n; i++) d[i] = CONVERT(a[i]);                            \
        } else {                                                                             \
            for (int64_t i = 0; i < n; i++) d[i] = CONVERT(a[i * stride]);                   \
        }                                                                                    \
    }
#define NJ_MOVE_STORE(name, TS, TD, CONVERT)                                                 \
    static void name(void *restrict dp, const void *restrict ap, int64_t stride, int64_t n) { \
        TD *restrict d = dp;                                                                 \
        const TS *restrict a = ap;                                                           \
        if (stride == 1) {                                                                   \
            for (int64_t i = 0; i < n; i++) d[i] = CONVERT(a[i]);                            \
        } else {                                                                             \
            for (int64_t i = 0; i < n; i++) d[i * stride] = CONVERT(a[i]);                   \
        }                                                                                    \
    }

NJ_MOVE_LOAD(load_f32_f32, float, float, NJ_TO_f32_f32)
NJ_MOVE_LOAD(load_f64_f32, double, float, NJ_TO_f64_f32)
NJ_MOVE_LOAD(load_i32_f32, int32_t, float, NJ_TO_i32_f32)
NJ_MOVE_LOAD(load_u8_f32, uint8_t, float, NJ_TO_u8_f32)
NJ_MOVE_LOAD(load_f32_f64, float, double, NJ_TO_f32_f64)
NJ_MOVE_LOAD(load_f64_f64, double, double, NJ_TO_f64_f64)
NJ_MOVE_LOAD(load_i32_f64, int32_t, double, NJ_TO_i32_f64)
NJ_MOVE_LOAD(load_u8_f64, uint8_t, double, NJ_TO_u8_f64)
NJ_MOVE_LOAD(load_f32_i32, float, int32_t, NJ_TO_f32_i32)
NJ_MOVE_LOAD(load_f64_i32, double, int32_t, NJ_TO_f64_i32)
NJ_MOVE_LOAD(load_i32_i32, int32_t, int32_t, NJ_TO_i32_i32)
NJ_MOVE_LOAD(load_u8_i32, uint8_t, int32_t, NJ_TO_u8_i32)

NJ_MOVE_STORE(store_f32_f32, float, float, NJ_TO_f32_f32)
NJ_MOVE_STORE(store_f64_f32, double, float, NJ_TO_f64_f32)
NJ_MOVE_STORE(store_i32_f32, int32_t, float, NJ_TO_i32_f32)
NJ_MOVE_STORE(store_f32_f64, float, double, NJ_TO_f32_f64)
NJ_MOVE_STORE(store_f64_f64, double, double, NJ_TO_f64_f64)
NJ_MOVE_STORE(store_i32_f64, int32_t, double, NJ_TO_i32_f64)
NJ_MOVE_STORE(store_f32_i32, float, int32_t, NJ_TO_f32_i32)
NJ_MOVE_STORE(store_f64_i32, double, int32_t, NJ_TO_f64_i32)
NJ_MOVE_STORE(store_i32_i32, int32_t, int32_t, NJ_TO_i32_i32)
NJ_MOVE_STORE(store_f32_u8, float, uint8_t, NJ_TO_f32_u8)
NJ_MOVE_STORE(store_f64_u8, double, uint8_t, NJ_TO_f64_u8)
NJ_MOVE_STORE(store_i32_u8, int32_t, uint8_t, NJ_TO_i32_u8)
NJ_MOVE_STORE(store_f32_bool, float, uint8_t, NJ_TO_f32_bool)
NJ_MOVE_STORE(store_f64_bool, double, uint8_t, NJ_TO_f64_bool)
NJ_MOVE_STORE(store_i32_bool, int32_t, uint8_t, NJ_TO_i32_bool)

#endif
