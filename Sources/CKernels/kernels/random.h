// Random streams: element i of a stream depends on the key and i alone (nj_random.h).
#ifndef NJ_KERNELS_RANDOM_H
#define NJ_KERNELS_RANDOM_H

#include "../include/nj_random.h"
#include "vector.h"

static void uniform_f32(void *dp, uint64_t key, uint64_t first, int64_t n) {
    float *d = dp;
    for (int64_t i = 0; i < n;) {
        uint64_t element = first + (uint64_t)i;
        nj_philox_block block = nj_philox(key, element >> 2);
        for (uint64_t w = element & 3; w < 4 && i < n; w++, i++) d[i] = (float)(block.word[w] >> 8) * 0x1p-24f;
    }
}

static void uniform_f64(void *dp, uint64_t key, uint64_t first, int64_t n) {
    double *d = dp;
    for (int64_t i = 0; i < n; i++) d[i] = nj_uniform_double(key, first + (uint64_t)i);
}

// Box and Muller (1958): from u in (0, 1] and v in [0, 1), sqrt(-2 log u) times cos and sin of 2 pi v. In double, so
// that the float32 result hangs neither on the instruction set nor on the last bit of the C library.
static void normal_f32(void *dp, uint64_t key, uint64_t first, int64_t n) {
    float *d = dp;
    for (int64_t i = 0; i < n;) {
        uint64_t element = first + (uint64_t)i;
        nj_philox_block block = nj_philox(key, element >> 2);
        // Words 0 and 1 give elements 0 and 1 of the four, words 2 and 3 the others.
        uint64_t pair = element & 2;
        double radius = sqrt(-2 * log(((double)block.word[pair] + 1) * 0x1p-32));
        double angle = (double)block.word[pair + 1] * (0x1p-32 * 6.283185307179586);
        if (!(element & 1)) {
            d[i++] = (float)(radius * cos(angle));
            if (i == n) return;
        }
        d[i++] = (float)(radius * sin(angle));
    }
}

static void normal_f64(void *dp, uint64_t key, uint64_t first, int64_t n) {
    double *d = dp;
    for (int64_t i = 0; i < n; i++) {
        nj_philox_block block = nj_philox(key, first + (uint64_t)i);
        uint64_t u = ((uint64_t)block.word[1] << 32 | block.word[0]) >> 11;
        uint64_t v = ((uint64_t)block.word[3] << 32 | block.word[2]) >> 11;
        double radius = sqrt(-2 * log(((double)u + 1) * 0x1p-53));
        d[i] = radius * cos((double)v * (0x1p-53 * 6.283185307179586));
    }
}

#endif
