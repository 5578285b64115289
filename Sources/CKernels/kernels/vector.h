// Vectors of NJ_W floats or ints and of NJ_W / 2 doubles: loads, stores, selection, conversion.
//
// Every file in this folder is compiled once for each instruction set, inside a source that has set NJ_W (lanes of
// 32 bits) and the target attribute. Nothing here is visible outside that source.
#ifndef NJ_KERNELS_VECTOR_H
#define NJ_KERNELS_VECTOR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define NJ_HALF (NJ_W / 2)

typedef float vf __attribute__((ext_vector_type(NJ_W)));
typedef int32_t vi __attribute__((ext_vector_type(NJ_W)));
typedef uint32_t vu __attribute__((ext_vector_type(NJ_W)));
typedef double vd __attribute__((ext_vector_type(NJ_HALF)));
typedef int64_t vl __attribute__((ext_vector_type(NJ_HALF)));
typedef float vfh __attribute__((ext_vector_type(NJ_HALF)));
typedef int32_t vih __attribute__((ext_vector_type(NJ_HALF)));

#define NJ_INLINE static inline __attribute__((always_inline, unused))

// Rounding is ours to decide: no contraction. NJ_FMA says whether the set has the instruction; NJ_MADD may round
// twice without it, and is used where both are accurate enough.
#ifdef NJ_HAS_FMA
#define vf_madd(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define vd_madd(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#else
#define vf_madd(a, b, c) ((a) * (b) + (c))
#define vd_madd(a, b, c) ((a) * (b) + (c))
#endif

NJ_INLINE vf vf_set(float x) { return (vf)x; }
NJ_INLINE vi vi_set(int32_t x) { return (vi)x; }
NJ_INLINE vd vd_set(double x) { return (vd)x; }
NJ_INLINE vf vf_load(const float *p) { vf v; memcpy(&v, p, sizeof v); return v; }
NJ_INLINE vi vi_load(const int32_t *p) { vi v; memcpy(&v, p, sizeof v); return v; }
NJ_INLINE vd vd_load(const double *p) { vd v; memcpy(&v, p, sizeof v); return v; }
NJ_INLINE void vf_store(float *p, vf v) { memcpy(p, &v, sizeof v); }
NJ_INLINE void vi_store(int32_t *p, vi v) { memcpy(p, &v, sizeof v); }
NJ_INLINE void vd_store(double *p, vd v) { memcpy(p, &v, sizeof v); }

NJ_INLINE vi vf_bits(vf x) { vi b; memcpy(&b, &x, sizeof b); return b; }
NJ_INLINE vf vi_float_bits(vi b) { vf x; memcpy(&x, &b, sizeof x); return x; }
NJ_INLINE vl vd_bits(vd x) { vl b; memcpy(&b, &x, sizeof b); return b; }
NJ_INLINE vd vl_double_bits(vl b) { vd x; memcpy(&x, &b, sizeof x); return x; }

// The first n < NJ_W lanes; the others are zero, and memory past them is not touched.
#ifdef NJ_MASKED_LOAD
NJ_INLINE vi vi_first(int n) {
    static const int32_t steps[2 * NJ_W] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return vi_load(steps + NJ_W - n);
}
NJ_INLINE vf vf_load_part(const float *p, int n) { return NJ_MASKED_LOAD(p, vi_first(n)); }
#elif defined(NJ_LOAD_FIRST)
NJ_INLINE vf vf_load_part(const float *p, int n) { return NJ_LOAD_FIRST(p, n); }
#else
NJ_INLINE vf vf_load_part(const float *p, int n) {
    float lanes[NJ_W] = {0};
    for (int i = 0; i < n; i++) lanes[i] = p[i];
    return vf_load(lanes);
}
#endif
NJ_INLINE vi vi_load_part(const int32_t *p, int n) { return vf_bits(vf_load_part((const float *)(const void *)p, n)); }

#ifdef NJ_STORE_FIRST
NJ_INLINE void vf_store_part(float *p, vf v, int n) { NJ_STORE_FIRST(p, v, n); }
#else
NJ_INLINE void vf_store_part(float *p, vf v, int n) {
    if (n == 1) {
        p[0] = v[0];
        return;
    }
    float lanes[NJ_W];
    vf_store(lanes, v);
    for (int i = 0; i < n; i++) p[i] = lanes[i];
}
#endif
NJ_INLINE void vi_store_part(int32_t *p, vi v, int n) { vf_store_part((float *)(void *)p, vi_float_bits(v), n); }

// Masks are -1 or 0 in each lane.
NJ_INLINE vi vi_select(vi mask, vi a, vi b) { return mask ? a : b; }
NJ_INLINE vf vf_select(vi mask, vf a, vf b) { return mask ? a : b; }
NJ_INLINE vd vd_select(vl mask, vd a, vd b) { return mask ? a : b; }

// Arithmetic on ints wraps.
NJ_INLINE vi vi_add(vi a, vi b) { return (vi)((vu)a + (vu)b); }
NJ_INLINE vi vi_sub(vi a, vi b) { return (vi)((vu)a - (vu)b); }
NJ_INLINE vi vi_mul(vi a, vi b) { return (vi)((vu)a * (vu)b); }

NJ_INLINE vf vf_abs(vf x) { return vi_float_bits(vf_bits(x) & 0x7FFFFFFF); }
NJ_INLINE vd vd_abs(vd x) { return vl_double_bits(vd_bits(x) & INT64_C(0x7FFFFFFFFFFFFFFF)); }
NJ_INLINE vf vf_negate(vf x) { return vi_float_bits(vf_bits(x) ^ INT32_MIN); }

#if NJ_W == 16
#define NJ_LOW_LANES 0, 1, 2, 3, 4, 5, 6, 7
#define NJ_HIGH_LANES 8, 9, 10, 11, 12, 13, 14, 15
#define NJ_ALL_LANES 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
// Of two vectors: their halves, and their even or odd quarters, side by side.
#define NJ_LOW_HALVES(x, y)                                                                        \
    __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define NJ_HIGH_HALVES(x, y)                                                                       \
    __builtin_shufflevector(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define NJ_EVEN_QUARTERS(x, y)                                                                     \
    __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define NJ_ODD_QUARTERS(x, y)                                                                      \
    __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
#elif NJ_W == 8
#define NJ_LOW_LANES 0, 1, 2, 3
#define NJ_HIGH_LANES 4, 5, 6, 7
#define NJ_ALL_LANES 0, 1, 2, 3, 4, 5, 6, 7
#elif NJ_W == 4
#define NJ_LOW_LANES 0, 1
#define NJ_HIGH_LANES 2, 3
#define NJ_ALL_LANES 0, 1, 2, 3
#endif

NJ_INLINE vd vf_low(vf x) { return __builtin_convertvector(__builtin_shufflevector(x, x, NJ_LOW_LANES), vd); }
NJ_INLINE vd vf_high(vf x) { return __builtin_convertvector(__builtin_shufflevector(x, x, NJ_HIGH_LANES), vd); }
NJ_INLINE vf vf_join(vd low, vd high) {
    return __builtin_shufflevector(__builtin_convertvector(low, vfh), __builtin_convertvector(high, vfh),
                                   NJ_ALL_LANES);
}

// Every lane is in the range of an int.
NJ_INLINE vi vf_to_int(vf x) { return __builtin_convertvector(x, vi); }
NJ_INLINE vf vi_to_float(vi x) { return __builtin_convertvector(x, vf); }

// Nonzero when any lane of a mask is set.
NJ_INLINE int vi_any(vi mask) {
    int32_t lanes[NJ_W], any = 0;
    vi_store(lanes, mask);
    for (int i = 0; i < NJ_W; i++) any |= lanes[i];
    return any;
}

#endif
