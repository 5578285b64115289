// Decides how a product is cut.

#include <stdlib.h>
#include <string.h>

#include "gemm.h"
#include "program_check.h"

enum {
    TILES_WANTED = 16,       // so that up to eight threads end at about the same time
    TILE_FLOPS = 1000000,    // at least, when there is more than one: about 15 microseconds
    K_BLOCK_BYTES = 1280,    // of one row of A: a panel takes 16 times that
    FEW_ROWS = 64,           // one tile takes them all: too few to cut into as many as threads want
    MOST_COLS = 512,
    LEAST_ROWS = 24,
    MOST_ROWS = 96,
    REPEATED_PANEL = 8192,   // elements of B that each tile may pack for itself
    UNPACKED_ROWS = 6,       // so few rows do not repay packing a B that lies well
    PACK_TILE = 32768,       // elements of B packed by one tile of the first phase
};

static void choose_tiles(nj_gemm *gemm) {
    const nj_gemm_desc *d = &gemm->desc;
    bool one_row_tile, one_col_tile;
    nj_program_restrictions(d->program, &one_row_tile, &one_col_tile);
    bool whole_rows = one_col_tile || nj_program_has_row_operations(d->program);

    double flops = 2.0 * (double)d->m * (double)d->n * (double)(d->k > 16 ? d->k : 16);
    double wanted = flops * (double)d->batch / TILE_FLOPS;
    int64_t parts = wanted >= TILES_WANTED ? TILES_WANTED : (wanted < 1 ? 1 : (int64_t)wanted);
    parts = nj_most(1, (parts + d->batch - 1) / d->batch);

    gemm->row_parts = gemm->col_parts = 1;
    // A transposed A is copied by each tile that reads it: better cut along its rows.
    if (d->m <= FEW_ROWS && d->a_k_stride == 1 && !whole_rows && gemm->strips >= 2 * parts) {
        gemm->col_parts = nj_most(parts, nj_parts(d->n, MOST_COLS));
    } else {
        gemm->col_parts = whole_rows ? 1 : nj_parts(d->n, MOST_COLS);
        gemm->row_parts = nj_most((parts + gemm->col_parts - 1) / gemm->col_parts, nj_parts(d->m, MOST_ROWS));
        gemm->row_parts = nj_least(gemm->row_parts, nj_parts(d->m, LEAST_ROWS));
    }
    if (one_row_tile) gemm->row_parts = 1;
    // Whole groups of the strip kernel, but for the last tile.
    gemm->row_unit = gemm->row_parts > 1 ? gemm->set->group[d->dtype](1024) : 1;
    int64_t units = (d->m + gemm->row_unit - 1) / gemm->row_unit;
    gemm->row_parts = nj_least(gemm->row_parts, units);
    gemm->tile_rows = nj_least(d->m, (units + gemm->row_parts - 1) / gemm->row_parts * gemm->row_unit);
    gemm->tile_cols = nj_least(d->n, (gemm->strips + gemm->col_parts - 1) / gemm->col_parts * gemm->strip);
    int64_t strips = nj_parts(gemm->tile_cols, gemm->strip);
    gemm->c_stride = strips * gemm->strip;
    // Rows at a multiple of 1 KiB would crowd into a few sets of the cache.
    if (gemm->c_stride * gemm->width % 1024 == 0) gemm->c_stride += gemm->strip;
}

static void choose_packing(nj_gemm *gemm) {
    const nj_gemm_desc *d = &gemm->desc;
    gemm->k_parts = nj_parts(d->k * gemm->width, K_BLOCK_BYTES);
    gemm->k_block = (d->k + gemm->k_parts - 1) / gemm->k_parts;
    gemm->packs_b = !(d->m <= UNPACKED_ROWS && d->b_col_stride == 1);
    gemm->b_copies = d->b_batch_stride == 0 ? 1 : d->batch;
    gemm->packs_first = gemm->packs_b && gemm->row_parts > 1 && d->k * d->n > REPEATED_PANEL;
    if (gemm->b_copies == 1 && d->batch > 1 && gemm->packs_b && d->k * d->n > REPEATED_PANEL) gemm->packs_first = true;
    // Broadcasts walk along k: when that jumps from line to line, or rows alias in the cache, a copy pays as soon as
    // several strips use it.
    int64_t tile_strips = nj_parts(gemm->tile_cols, gemm->strip);
    bool aliases = d->a_row_stride * gemm->width % 4096 == 0 && tile_strips >= 8;
    gemm->packs_a = (d->a_k_stride != 1 && tile_strips >= 2) || aliases;
    if (!gemm->packs_first) return;
    gemm->packed_bytes = gemm->b_copies * gemm->strips * gemm->strip * d->k * gemm->width;
    gemm->packed_bytes = (gemm->packed_bytes + 63) / 64 * 64;
    int64_t total = gemm->b_copies * gemm->strips;
    gemm->pack_tiles = nj_least(total, nj_parts(total * gemm->strip * d->k, PACK_TILE));
}

static int64_t reserve(nj_gemm *gemm, int64_t bytes) {
    int64_t at = gemm->scratch_bytes;
    gemm->scratch_bytes += (bytes + 63) / 64 * 64;
    return at;
}

static void choose_scratch(nj_gemm *gemm) {
    gemm->c_at = reserve(gemm, gemm->tile_rows * gemm->c_stride * gemm->width);
    gemm->b_at = reserve(gemm, gemm->packs_first ? 0 : gemm->k_block * NJ_STRIP_BYTES);
    gemm->a_at = reserve(gemm, gemm->packs_a ? gemm->tile_rows * gemm->k_block * gemm->width : 0);
    gemm->program_at = reserve(gemm, (int64_t)nj_program_scratch_bytes(gemm->program));
}

static bool is_valid(const nj_gemm_desc *d) {
    if (!d || !d->program || (d->dtype != NJ_F32 && d->dtype != NJ_F64)) return false;
    if (d->m < 0 || d->n < 0 || d->k < 0 || d->batch < 0) return false;
    if (d->m > 0 && d->batch > INT64_MAX / 64 / d->m) return false;
    if (d->program->rows != d->batch * d->m || d->program->cols != d->n) return false;
    return nj_product_operands_fit(d->program, d->dtype);
}

nj_gemm *nj_gemm_create(const nj_gemm_desc *desc) {
    if (!is_valid(desc)) return NULL;
    nj_gemm *gemm = calloc(1, sizeof *gemm);
    if (!gemm) return NULL;
    gemm->desc = *desc;
    gemm->set = nj_kernel_set_current();
    gemm->width = nj_width(desc->dtype);
    gemm->strip = NJ_STRIP_BYTES / gemm->width;
    gemm->strips = (desc->n + gemm->strip - 1) / gemm->strip;
    nj_grid grid = {0};
    bool empty = desc->m == 0 || desc->n == 0 || desc->batch == 0;
    if (!empty) {
        choose_tiles(gemm);
        choose_packing(gemm);
        grid = (nj_grid){.row_tiles = desc->batch * gemm->row_parts, .col_tiles = gemm->col_parts,
                         .tile_rows = gemm->tile_rows, .tile_cols = gemm->tile_cols,
                         .product_stride = gemm->c_stride};
    }
    gemm->program = nj_program_compile(desc->program, &grid);
    if (!gemm->program) {
        free(gemm);
        return NULL;
    }
    gemm->desc.program = NULL;
    if (!empty) choose_scratch(gemm);
    double rate = strcmp(gemm->set->name, "baseline") == 0 ? 15 : 70;  // operations a nanosecond on one core
    if (desc->dtype == NJ_F64) rate /= 2;
    double padded = (double)(gemm->strips * gemm->strip);
    gemm->cost = 2.0 * (double)desc->batch * (double)desc->m * padded * (double)desc->k / rate +
                 (gemm->packs_b ? (double)gemm->b_copies * padded * (double)desc->k * 0.2 : 0) +
                 nj_program_cost(gemm->program);
    return gemm;
}

void nj_gemm_destroy(nj_gemm *gemm) {
    if (!gemm) return;
    nj_program_destroy(gemm->program);
    free(gemm);
}

int32_t nj_gemm_phase_count(const nj_gemm *gemm) { return gemm->packs_first ? 2 : 1; }
int64_t nj_gemm_tile_count(const nj_gemm *gemm, int32_t phase) {
    if (gemm->packs_first && phase == 0) return gemm->pack_tiles;
    return gemm->desc.batch * gemm->row_parts * gemm->col_parts;
}
size_t nj_gemm_scratch_bytes(const nj_gemm *gemm) { return (size_t)gemm->scratch_bytes; }
size_t nj_gemm_partial_bytes(const nj_gemm *gemm) {
    return (size_t)gemm->packed_bytes + nj_program_partial_bytes(gemm->program);
}
double nj_gemm_cost(const nj_gemm *gemm) { return gemm->cost; }
