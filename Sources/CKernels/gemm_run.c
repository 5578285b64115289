// Runs the tiles of a product.

#include <string.h>

#include "gemm.h"

static void pack_tile(const nj_gemm *gemm, int64_t tile, const nj_bindings *bindings) {
    const nj_gemm_desc *d = &gemm->desc;
    int64_t first, count;
    nj_cut(gemm->b_copies * gemm->strips, gemm->pack_tiles, 1, tile, &first, &count);
    const char *b = (const char *)bindings->buffers[d->b_buffer] + d->b_offset * gemm->width;
    for (int64_t s = first, strips; s < first + count; s += strips) {
        int64_t product = s / gemm->strips, col = s % gemm->strips * gemm->strip;
        strips = nj_least(first + count - s, gemm->strips - s % gemm->strips);
        int64_t at = product * d->b_batch_stride + col * d->b_col_stride;
        nj_gemm_pack_strips(gemm, b + at * gemm->width, d->k, nj_least(d->n - col, strips * gemm->strip),
                            (char *)bindings->partials + s * d->k * NJ_STRIP_BYTES);
    }
}

// The panel of B for `k` rows from `k0` and one strip: packed before, packed now, or B itself.
static const char *panel_for(const nj_gemm *gemm, const nj_bindings *bindings, int64_t product, int64_t col,
                             int64_t k0, int64_t k, char *scratch, int64_t *stride) {
    const nj_gemm_desc *d = &gemm->desc;
    *stride = gemm->strip;
    if (gemm->packs_first) {
        int64_t s = (gemm->b_copies > 1 ? product : 0) * gemm->strips + col / gemm->strip;
        return (const char *)bindings->partials + (s * d->k + k0) * NJ_STRIP_BYTES;
    }
    int64_t at = d->b_offset + product * d->b_batch_stride + k0 * d->b_k_stride + col * d->b_col_stride;
    const char *b = (const char *)bindings->buffers[d->b_buffer] + at * gemm->width;
    int64_t cols = d->n - col < gemm->strip ? d->n - col : gemm->strip;
    if (!gemm->packs_b && cols == gemm->strip) {
        *stride = d->b_k_stride;
        return b;
    }
    nj_gemm_pack_b(gemm, b, k, cols, scratch + gemm->b_at);
    return scratch + gemm->b_at;
}

enum { MOST_FETCHED = 4096 };  // lines: a quarter of a second-level cache of 1 MiB

// What the program will sweep over, to be asked for from strip to strip; nothing where it would not fit the cache, or
// where there is nothing to do meanwhile.
static bool plan_fetches(const nj_gemm *gemm, const nj_tile *tile, const nj_bindings *own, nj_fetch *ahead) {
    *ahead = (nj_fetch){.count = 0};
    int64_t strips = gemm->k_parts * nj_parts(tile->cols, gemm->strip);
    if (strips < 2) return false;
    nj_program_fetch(gemm->program, tile, own, ahead);
    if (nj_fetch_lines(ahead) > MOST_FETCHED) return false;
    nj_fetch_spread(ahead, strips);
    return true;
}

static void multiply(const nj_gemm *gemm, const nj_tile *tile, int64_t product, int64_t row,
                     const nj_bindings *bindings, char *scratch, nj_fetch *ahead) {
    const nj_gemm_desc *d = &gemm->desc;
    nj_strip_fn strip = gemm->set->strip[d->dtype];
    char *c = scratch + gemm->c_at;
    const char *a = (const char *)bindings->buffers[d->a_buffer] +
                    (d->a_offset + product * d->a_batch_stride + row * d->a_row_stride) * gemm->width;
    if (d->k == 0) memset(c, 0, (size_t)(tile->rows * gemm->c_stride * gemm->width));
    for (int64_t part = 0; part < gemm->k_parts; part++) {
        int64_t k0, k;
        nj_cut(d->k, gemm->k_parts, 1, part, &k0, &k);
        if (k == 0) break;
        const char *a_block = a + k0 * d->a_k_stride * gemm->width;
        if (gemm->packs_a) {
            nj_gemm_pack_a(gemm, a_block, tile->rows, k, scratch + gemm->a_at);
            a_block = scratch + gemm->a_at;
        }
        for (int64_t col = tile->col0; col < tile->col0 + tile->cols; col += gemm->strip) {
            int64_t stride;
            const char *panel = panel_for(gemm, bindings, product, col, k0, k, scratch, &stride);
            nj_strip_job job = {.rows = tile->rows, .k = k, .segments = 1, .a = a_block,
                                .a_row_stride = d->a_row_stride, .a_k_stride = d->a_k_stride,
                                .a_packed = gemm->packs_a, .panel = panel, .panel_stride = stride,
                                .c = c + (col - tile->col0) * gemm->width, .c_stride = gemm->c_stride,
                                .accumulate = part > 0};
            strip(&job);
            if (tile->fetched) nj_fetch_some(ahead);
        }
    }
}

// The program's own partial results lie after the packed B.
static nj_bindings program_bindings(const nj_gemm *gemm, const nj_bindings *bindings) {
    nj_bindings own = *bindings;
    if (own.partials) own.partials = (char *)own.partials + gemm->packed_bytes;
    return own;
}

void nj_gemm_run(const nj_gemm *gemm, int32_t phase, int64_t index, const nj_bindings *bindings, void *scratch) {
    if (gemm->packs_first && phase == 0) {
        pack_tile(gemm, index, bindings);
        return;
    }
    const nj_gemm_desc *d = &gemm->desc;
    nj_tile tile = {.index = index, .row_index = index / gemm->col_parts, .col_index = index % gemm->col_parts};
    int64_t product = tile.row_index / gemm->row_parts, row;
    nj_cut(d->m, gemm->row_parts, gemm->row_unit, tile.row_index % gemm->row_parts, &row, &tile.rows);
    nj_cut(d->n, gemm->col_parts, gemm->strip, tile.col_index, &tile.col0, &tile.cols);
    tile.row0 = product * d->m + row;
    tile.product = (const char *)scratch + gemm->c_at;
    nj_bindings own = program_bindings(gemm, bindings);
    nj_fetch ahead;
    tile.fetched = plan_fetches(gemm, &tile, &own, &ahead);
    multiply(gemm, &tile, product, row, bindings, scratch, &ahead);
    nj_program_run_tile(gemm->program, &tile, &own, (char *)scratch + gemm->program_at);
}

void nj_gemm_finish(const nj_gemm *gemm, const nj_bindings *bindings) {
    nj_bindings own = program_bindings(gemm, bindings);
    nj_program_finish(gemm->program, &own);
}
