// Routines: work along one dimension of a tensor that is neither element by element nor a product: running sums,
// sorting, and moving elements by index.
//
// The tensor is seen as [outer, extent, inner], and the routine works along the middle. Like regions, routines are cut
// into tiles by their sizes alone, so the bits do not depend on the number of threads.
#ifndef NJ_ROUTINE_H
#define NJ_ROUTINE_H

#include "nj_region.h"

typedef enum nj_routine_op {
    // target[o, j, i] = the sum of source[o, 0 ... j, i]; `backward`: of source[o, j ..., i]. Floating types are summed
    // in double. A sum that NJ_I32 does not hold is a fault, and wraps.
    NJ_ROUTINE_CUMSUM = 0,
    // target (NJ_I32) [o, j, i] = where the j-th entry in ascending order stands along the line, for j < count;
    // `backward`: in descending order. Equal entries (-0 and 0 are) keep their order; NaN counts as the largest.
    NJ_ROUTINE_ARGSORT,
    // target [outer, count, inner] = source[o, index(o, j, i), i]. Any type. An index out of range is a fault, and 0.
    NJ_ROUTINE_GATHER,
    // target [outer, extent, inner] = zeros to which source [outer, count, inner] is added at index(o, j, i), in the
    // order of j. Floating types and NJ_I32. An index out of range is a fault, and is left out; a sum that NJ_I32 does not
    // hold at the end is one too, and wraps.
    NJ_ROUTINE_SCATTER_ADD,
} nj_routine_op;

typedef struct nj_routine_desc {
    uint8_t op;                      // nj_routine_op
    uint8_t dtype;                   // of the source
    uint8_t backward;
    uint16_t source, index, target;  // buffers; source and target are dense
    int64_t outer, extent, inner;
    int64_t count;
    int64_t index_strides[3];        // along outer, count and inner; 0 where one index serves all
    int32_t tag;                     // names the routine in faults
} nj_routine_desc;

typedef struct nj_routine nj_routine;

// NULL when memory runs out or the description is not valid.
nj_routine *nj_routine_create(const nj_routine_desc *desc);
void nj_routine_destroy(nj_routine *routine);

// Phases run one after the other; 1 or 2.
int32_t nj_routine_phase_count(const nj_routine *routine);
int64_t nj_routine_tile_count(const nj_routine *routine, int32_t phase);
size_t nj_routine_scratch_bytes(const nj_routine *routine);  // for each thread
size_t nj_routine_partial_bytes(const nj_routine *routine);  // for each run
double nj_routine_cost(const nj_routine *routine);           // estimated nanoseconds on one core

// Faults: one slot for each tile of the last phase. A tile reports the first bad index it meets; `position` is the
// place of the index in the index tensor.
void nj_routine_run(const nj_routine *routine, int32_t phase, int64_t tile, const nj_bindings *bindings, void *scratch);

#endif
