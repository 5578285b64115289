// Kernels for x86-64 with AVX2 and FMA.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF

// Headers of the system come first: their functions keep their own target.
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel_set.h"

#define NJ_W 8
#define NJ_HAS_FMA 1
#define NJ_MASKED_LOAD(p, mask) ((vf)_mm256_maskload_ps((p), (__m256i)(mask)))
#define NJ_SET nj_kernel_set_avx2
#define NJ_SET_NAME "avx2"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels/set.h"
#pragma clang attribute pop
#endif
