// Pooling over windows and its gradients, with a region run on each tile of the result while it is in cache.
//
// Images are [N, H, W, C], dense. The window of output (p, q) covers rows p * stride_h - pad_top + i * dilation_h,
// i < kh, and columns likewise; what lies outside the image is left out.
//   NJ_POOL_MAX_FORWARD   the greatest element of the window; a NaN in the window gives NaN; -inf for an empty window
//   NJ_POOL_MAX_GRAD      from x and dy: dy goes to the first greatest element, or to the last NaN (as in PyTorch);
//                         the position is found again from x
//   NJ_POOL_MAX_TAKE      from x and other values of x's shape (operand dy): the value at the place to which MAX_GRAD would
//                         give dy; 0 for an empty window
//   NJ_POOL_AVG_FORWARD   the sum over the window by its divisor
//   NJ_POOL_AVG_GRAD      from dy
// The divisor is the number of elements in the image, or, with count_include_pad, in the image and its padding;
// what lies beyond the padding (a last window that hangs over) never counts.
#ifndef NJ_POOL_H
#define NJ_POOL_H

#include "nj_region.h"

typedef enum nj_pool_kind {
    NJ_POOL_MAX_FORWARD = 0,
    NJ_POOL_MAX_GRAD = 1,
    NJ_POOL_AVG_FORWARD = 2,
    NJ_POOL_AVG_GRAD = 3,
    NJ_POOL_MAX_TAKE = 4,
} nj_pool_kind;

typedef struct nj_pool_desc {
    uint8_t dtype;               // NJ_F32 or NJ_F64
    uint8_t kind;                // nj_pool_kind
    uint8_t count_include_pad;   // of averages
    int64_t n, h, w, c;          // of x
    int64_t out_h, out_w;
    int64_t kh, kw, stride_h, stride_w, pad_top, pad_left, pad_bottom, pad_right, dilation_h, dilation_w;
    uint16_t x_buffer, dy_buffer;   // x is not read by AVG_GRAD, dy only by gradients and MAX_TAKE
    int64_t x_offset, dy_offset;    // elements
    // What happens to the result: pixels by channels, N * OH * OW (gradients: N * H * W) by C. As in nj_conv.h.
    const nj_program_desc *program;
} nj_pool_desc;

typedef struct nj_pool nj_pool;

// NULL when memory runs out or the description is not valid.
nj_pool *nj_pool_create(const nj_pool_desc *desc);
void nj_pool_destroy(nj_pool *pool);

int32_t nj_pool_phase_count(const nj_pool *pool);
int64_t nj_pool_tile_count(const nj_pool *pool, int32_t phase);
size_t nj_pool_scratch_bytes(const nj_pool *pool);   // for each thread
size_t nj_pool_partial_bytes(const nj_pool *pool);   // for each run
double nj_pool_cost(const nj_pool *pool);            // estimated nanoseconds on one core

void nj_pool_run(const nj_pool *pool, int32_t phase, int64_t tile, const nj_bindings *bindings, void *scratch);
// Fault slots needed in bindings.faults for the last phase are nj_pool_tile_count(pool, last phase).
void nj_pool_finish(const nj_pool *pool, const nj_bindings *bindings);

#endif
