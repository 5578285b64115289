// Random streams: element i of a stream depends on the key and i alone (nj_random.h).
#ifndef NJ_KERNELS_RANDOM_H
#define NJ_KERNELS_RANDOM_H

#include "../include/nj_random.h"
#include "vector.h"

typedef uint64_t vul __attribute__((ext_vector_type(NJ_HALF)));

// The high and low halves of the products of NJ_W pairs of words, even lanes and odd lanes apart.
NJ_INLINE void multiply_words(vu a, uint64_t by, vu *high, vu *low) {
    vul even = ((vul)a & 0xFFFFFFFFu) * by, odd = ((vul)a >> 32) * by;
    *high = (vu)((even >> 32) | (odd & 0xFFFFFFFF00000000u));
    *low = (vu)((even & 0xFFFFFFFFu) | (odd << 32));
}

// NJ_W blocks of nj_philox at once, from block `index`; words[w] holds word w of each.
static void philox_blocks(uint64_t key, uint64_t index, uint32_t words[4][NJ_W]) {
    uint32_t low[NJ_W], high[NJ_W];
    for (int l = 0; l < NJ_W; l++) {
        low[l] = (uint32_t)(index + (uint64_t)l);
        high[l] = (uint32_t)((index + (uint64_t)l) >> 32);
    }
    vu c0, c1, c2 = {0}, c3 = {0};
    memcpy(&c0, low, sizeof c0);
    memcpy(&c1, high, sizeof c1);
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        vu high0, low0, high1, low1;
        multiply_words(c0, 0xD2511F53u, &high0, &low0);
        multiply_words(c2, 0xCD9E8D57u, &high1, &low1);
        c0 = high1 ^ c1 ^ k0;
        c2 = high0 ^ c3 ^ k1;
        c1 = low1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    memcpy(words[0], &c0, sizeof c0);
    memcpy(words[1], &c1, sizeof c1);
    memcpy(words[2], &c2, sizeof c2);
    memcpy(words[3], &c3, sizeof c3);
}

static void uniform_f32(void *dp, uint64_t key, uint64_t first, int64_t n) {
    float *d = dp;
    uint32_t words[4][NJ_W];
    uint64_t block = first >> 2;
    int64_t i = -(int64_t)(first & 3);  // where the block's first element belongs
    for (; i < n; i += 4 * NJ_W, block += NJ_W) {
        philox_blocks(key, block, words);
        if (i >= 0 && i + 4 * NJ_W <= n) {
            for (int l = 0; l < NJ_W; l++)
                for (int w = 0; w < 4; w++) d[i + 4 * l + w] = (float)(int32_t)(words[w][l] >> 8) * 0x1p-24f;
        } else {
            for (int e = 0; e < 4 * NJ_W; e++)
                if (i + e >= 0 && i + e < n) d[i + e] = (float)(int32_t)(words[e & 3][e >> 2] >> 8) * 0x1p-24f;
        }
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
