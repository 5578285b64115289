// Matrix products C = A B with a region run on each tile of C while it is in cache.
#ifndef NJ_GEMM_H
#define NJ_GEMM_H

#include "nj_region.h"

// C[i, j] = sum over p of A[i, p] * B[p, j], for `batch` independent products. Strides are in elements.
// The element type is NJ_F32 or NJ_F64. A transposed operand is one with its strides exchanged.
typedef struct nj_gemm_desc {
    uint8_t dtype;
    int64_t m, n, k, batch;
    uint16_t a_buffer, b_buffer;
    int64_t a_offset, b_offset;                    // elements
    int64_t a_row_stride, a_k_stride, a_batch_stride;
    int64_t b_k_stride, b_col_stride, b_batch_stride;
    // What happens to the product. The program's domain has rows = batch * m and cols = n; operands with buffer
    // NJ_PRODUCT read the product's tile. Its instructions may include row operations (then a tile spans all n
    // columns) and accumulators. Required: a plain product has a program of one LOAD and one STORE.
    const nj_program_desc *program;
} nj_gemm_desc;

typedef struct nj_gemm nj_gemm;

// NULL when memory runs out or the description is not valid.
nj_gemm *nj_gemm_create(const nj_gemm_desc *desc);
void nj_gemm_destroy(nj_gemm *gemm);

// A product runs in one or two phases with a barrier between them (the first packs B when that pays).
int32_t nj_gemm_phase_count(const nj_gemm *gemm);
int64_t nj_gemm_tile_count(const nj_gemm *gemm, int32_t phase);
size_t nj_gemm_scratch_bytes(const nj_gemm *gemm);   // for each thread
size_t nj_gemm_partial_bytes(const nj_gemm *gemm);   // for each run: packed B and the program's partial results
double nj_gemm_cost(const nj_gemm *gemm);            // estimated nanoseconds on one core

void nj_gemm_run(const nj_gemm *gemm, int32_t phase, int64_t tile, const nj_bindings *bindings, void *scratch);
// Fault slots needed in bindings.faults for the last phase are nj_gemm_tile_count(gemm, last phase).
void nj_gemm_finish(const nj_gemm *gemm, const nj_bindings *bindings);

#endif
