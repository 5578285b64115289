// Kernels for every processor of the architecture: SSE2 on x86-64, plain vectors elsewhere.
#pragma STDC FP_CONTRACT OFF

#define NJ_W 4
#if defined(__aarch64__)
#define NJ_HAS_FMA 1
#endif
#define NJ_SET nj_kernel_set_baseline
#define NJ_SET_NAME "baseline"

#include "kernel_set.h"
#include "kernels/set.h"
