// Cuts routines into tiles and runs them.

#include "routine.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
    TILE_NANOSECONDS = 16000,  // about, so that handing over a tile costs little
    PART = 65536,              // entries of a long running sum that one tile takes
};

static int64_t width_of(uint8_t dtype) {
    switch (dtype) {
        case NJ_F64: return 8;
        case NJ_U8:
        case NJ_BOOL: return 1;
        default: return 4;
    }
}

static bool is_valid(const nj_routine_desc *d) {
    if (!d || d->op > NJ_ROUTINE_SCATTER_ADD || d->dtype > NJ_BOOL) return false;
    if (d->outer < 0 || d->extent < 0 || d->inner < 0 || d->count < 0) return false;
    if (d->op != NJ_ROUTINE_GATHER && d->dtype > NJ_I32) return false;
    if (d->op == NJ_ROUTINE_ARGSORT && (d->count > d->extent || d->extent > INT32_MAX)) return false;
    int64_t longest = d->extent > d->count ? d->extent : d->count, total;
    return !__builtin_mul_overflow(d->outer, longest, &total) && !__builtin_mul_overflow(total, d->inner, &total) &&
           total <= INT64_MAX / 64;
}

static int64_t parts_for(int64_t total, int64_t size) { return total <= size ? 1 : (total + size - 1) / size; }

// Units, and about how many nanoseconds one takes.
static double choose_units(nj_routine *routine) {
    const nj_routine_desc *d = &routine->desc;
    int64_t columns = d->inner < NJ_ROUTINE_COLUMNS ? d->inner : NJ_ROUTINE_COLUMNS;
    routine->parts = 1;
    routine->column_blocks = parts_for(d->inner, NJ_ROUTINE_COLUMNS);
    switch (d->op) {
        case NJ_ROUTINE_CUMSUM: {
            int64_t lines = d->outer * routine->column_blocks;
            if (lines < 16) routine->parts = parts_for(d->extent, PART);
            if (routine->parts > 1)
                routine->partial_bytes = (size_t)(d->outer * routine->parts * d->inner) * sizeof(double);
            routine->units = lines * routine->parts;
            return (double)(d->extent / routine->parts * columns) * 1.2 + 20;
        }
        case NJ_ROUTINE_ARGSORT:
            routine->units = d->outer * d->inner;
            return (double)d->extent * 25 + 20;
        case NJ_ROUTINE_GATHER:
            routine->units = d->outer * d->count;
            return (double)(d->inner * routine->width) * (d->index_strides[2] == 0 ? 0.1 : 0.5) + 3;
        default:
            routine->units = d->outer * routine->column_blocks;
            return (double)(d->extent * columns * routine->width) * 0.1 + (double)(d->count * columns) * 1.5 + 20;
    }
}

nj_routine *nj_routine_create(const nj_routine_desc *desc) {
    if (!is_valid(desc)) return NULL;
    nj_routine *routine = calloc(1, sizeof *routine);
    if (!routine) return NULL;
    routine->desc = *desc;
    routine->width = width_of(desc->dtype);
    double each = choose_units(routine);
    routine->units_per_tile = each >= TILE_NANOSECONDS ? 1 : (int64_t)(TILE_NANOSECONDS / each);
    routine->tiles = routine->units == 0 ? 0 : parts_for(routine->units, routine->units_per_tile);
    routine->cost = each * (double)routine->units;
    if (desc->op == NJ_ROUTINE_ARGSORT) {
        // A tile alone takes memory of the run, and not of each thread.
        size_t bytes = nj_routine_sort_bytes(desc->extent);
        if (routine->tiles > 1) routine->scratch_bytes = bytes;
        else routine->partial_bytes = bytes;
    }
    return routine;
}

void nj_routine_destroy(nj_routine *routine) { free(routine); }
int32_t nj_routine_phase_count(const nj_routine *routine) { return routine->parts > 1 ? 2 : 1; }
int64_t nj_routine_tile_count(const nj_routine *routine, int32_t phase) {
    (void)phase;
    return routine->tiles;
}
size_t nj_routine_scratch_bytes(const nj_routine *routine) { return routine->scratch_bytes; }
size_t nj_routine_partial_bytes(const nj_routine *routine) { return routine->partial_bytes; }
double nj_routine_cost(const nj_routine *routine) { return routine->cost; }

void nj_routine_report(nj_fault *fault, const nj_fault *found) {
    if (fault && (fault->code == NJ_OK || fault->position > found->position)) *fault = *found;
}

void nj_routine_run(const nj_routine *routine, int32_t phase, int64_t tile, const nj_bindings *bindings, void *scratch) {
    int64_t first = tile * routine->units_per_tile, count = routine->units - first;
    if (count > routine->units_per_tile) count = routine->units_per_tile;
    nj_fault *fault = bindings->faults ? &bindings->faults[tile] : NULL;
    switch (routine->desc.op) {
        case NJ_ROUTINE_CUMSUM:
            nj_routine_cumsum(routine, routine->parts > 1 ? phase : 1, first, count, bindings, fault);
            break;
        case NJ_ROUTINE_ARGSORT:
            nj_routine_argsort(routine, first, count, bindings, routine->tiles > 1 ? scratch : bindings->partials);
            break;
        case NJ_ROUTINE_GATHER: nj_routine_gather(routine, first, count, bindings, fault); break;
        default: nj_routine_scatter(routine, first, count, bindings, fault);
    }
}
