#ifndef CKERNELS_H
#define CKERNELS_H
#include "nj_types.h"
#include "nj_isa.h"
#include "nj_random.h"
#include "nj_region.h"
#include "nj_gemm.h"
#include "nj_conv.h"
#include "nj_pool.h"
#include "nj_routine.h"
#endif
