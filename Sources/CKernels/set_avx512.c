// Kernels for x86-64 with AVX-512 (F, BW, DQ and VL).
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF

// Headers of the system come first: their functions keep their own target.
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel_set.h"

#define NJ_W 16
#define NJ_HAS_FMA 1
#define NJ_FIRST(n) ((__mmask16)((1u << (n)) - 1))
#define NJ_LOAD_FIRST(p, n) ((vf)_mm512_maskz_loadu_ps(NJ_FIRST(n), (p)))
#define NJ_STORE_FIRST(p, v, n) _mm512_mask_storeu_ps((p), NJ_FIRST(n), (__m512)(v))
#define NJ_SET nj_kernel_set_avx512
#define NJ_SET_NAME "avx512"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#include "kernels/set.h"
#pragma clang attribute pop
#endif
