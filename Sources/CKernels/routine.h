// What the parts of a routine share.
#ifndef NJ_ROUTINE_INTERNAL_H
#define NJ_ROUTINE_INTERNAL_H

#include <stddef.h>

#include "nj_routine.h"

// Columns (along `inner`) that one unit of work takes.
#define NJ_ROUTINE_COLUMNS 128

struct nj_routine {
    nj_routine_desc desc;
    int64_t width;          // bytes of an element of the source
    int64_t parts;          // CUMSUM: stretches that `extent` is cut into
    int64_t column_blocks;  // stretches that `inner` is cut into
    int64_t units;          // independent pieces of work in the last phase ...
    int64_t units_per_tile;
    int64_t tiles;          // ... and the tiles they are gathered in
    size_t scratch_bytes, partial_bytes;
    double cost;
};

// Each runs the units first ..< first + count.
void nj_routine_cumsum(const nj_routine *routine, int32_t phase, int64_t first, int64_t count,
                       const nj_bindings *bindings, nj_fault *fault);
void nj_routine_argsort(const nj_routine *routine, int64_t first, int64_t count, const nj_bindings *bindings, void *scratch);
void nj_routine_gather(const nj_routine *routine, int64_t first, int64_t count, const nj_bindings *bindings,
                       nj_fault *fault);
void nj_routine_scatter(const nj_routine *routine, int64_t first, int64_t count, const nj_bindings *bindings,
                        nj_fault *fault);

// Steps of a tile after which it asks whether it is still wanted: a millisecond or less.
#define NJ_ROUTINE_STRETCH 65536

// Whether the results are wanted no more.
static inline int nj_routine_is_cut(const nj_bindings *bindings) {
    return bindings->is_cut != NULL && bindings->is_cut(bindings->cut_context) != 0;
}

// Keeps the fault with the lowest position. `fault` may be NULL.
void nj_routine_report(nj_fault *fault, const nj_fault *found);

// Bytes that sorting a line of `extent` entries takes.
size_t nj_routine_sort_bytes(int64_t extent);

#endif
