// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
// A number depends on its key and its index alone, never on the order of drawing, the thread, or the platform.
#ifndef NJ_RANDOM_H
#define NJ_RANDOM_H

#include "nj_types.h"

typedef struct nj_philox_block { uint32_t word[4]; } nj_philox_block;

// Block `index` of the stream `key`: the counter is (index low, index high, 0, 0), the key (low, high).
static inline nj_philox_block nj_philox(uint64_t key, uint64_t index) {
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32), c2 = 0, c3 = 0;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    nj_philox_block out = {{c0, c1, c2, c3}};
    return out;
}

// A double in [0, 1) with 53 random bits, from block `index` (words 0 and 1).
static inline double nj_uniform_double(uint64_t key, uint64_t index) {
    nj_philox_block block = nj_philox(key, index);
    uint64_t bits = ((uint64_t)block.word[1] << 32) | block.word[0];
    return (double)(bits >> 11) * 0x1.0p-53;
}

// A float in [0, 1) with 24 random bits. Element i takes word i % 4 of block i / 4.
static inline float nj_uniform_float(uint64_t key, uint64_t element) {
    return (float)(nj_philox(key, element >> 2).word[element & 3] >> 8) * 0x1.0p-24f;
}

#endif
