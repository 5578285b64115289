// A planned matrix product.
//
// C is cut into tiles. A tile is computed in scratch memory, strip by strip (64 bytes of columns): the panel of B that
// belongs to a strip is packed, a block of k at a time so that it stays in the first-level cache, and all rows of the
// tile sweep over it. Then the program runs over the tile while it is in the second-level cache.
//
// With few rows, a tile holds all of them and a few strips: each panel is packed where it is used. Otherwise tiles
// are cut by rows, and a first phase packs all of B for all of them.
#ifndef NJ_GEMM_PLAN_H
#define NJ_GEMM_PLAN_H

#include "nj_gemm.h"
#include "program.h"

struct nj_gemm {
    nj_gemm_desc desc;
    const nj_kernel_set *set;
    nj_program *program;
    int64_t width;                  // bytes of an element
    int64_t strip, strips;          // columns of a strip, strips of C
    int64_t row_parts, col_parts;   // tiles of one product
    int64_t row_unit;               // tiles have a multiple of so many rows, except the last
    int64_t tile_rows, tile_cols;   // at most
    int64_t k_parts, k_block;
    int64_t c_stride;
    bool packs_first;               // B is packed in a phase of its own
    bool packs_a;
    bool packs_b;                   // false: panels are read where B lies
    int64_t pack_tiles;             // of the first phase
    int64_t packed_bytes;           // of B, in the partials
    int64_t b_copies;               // products with a B of their own
    int64_t a_at, b_at, c_at, program_at, scratch_bytes;
    double cost;
};

// Packs rows x k of A by groups (kernel_set.h).
void nj_gemm_pack_a(const nj_gemm *gemm, const char *a, int64_t rows, int64_t k, char *to);
// Packs k x `cols` of B (cols <= strip) as [k][strip], the missing columns zero.
void nj_gemm_pack_b(const nj_gemm *gemm, const char *b, int64_t k, int64_t cols, char *to);
// The same for any number of columns, one strip after the other.
void nj_gemm_pack_strips(const nj_gemm *gemm, const char *b, int64_t k, int64_t cols, char *to);

#endif
