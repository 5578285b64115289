// Decides how a gradient of weights is computed and cut into tiles.

#include "conv.h"

enum {
    PART_FLOPS = 1000000,
    PARTIAL_BYTES = 4 << 20,    // of all partial results, before there are fewer
    LEAST_PARTS = 4,
    SCRATCH_BYTES = 384 << 10,  // of the images at hand: they should stay in the second-level cache
    REDUCED = 16384,            // elements of partial results that one tile adds up
};

static void choose_algorithm(nj_conv *conv, bool one_row_tile) {
    const nj_conv_desc *d = &conv->desc;
    conv->algorithm = NJ_DIRECT;
    double products = (double)(d->out_h * d->kh) * (double)(d->out_w * d->kw);
    if (one_row_tile || !nj_winograd_choose(conv, products, &conv->winograd)) return;
    conv->algorithm = NJ_WINOGRAD;
    int64_t m = conv->winograd.m;
    nj_winograd_plan(conv, nj_parts(d->out_h, m) * nj_parts(d->out_w, m));
}

static void choose_layout(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    nj_source *x = &conv->a, *dy = &conv->b;
    if (conv->algorithm == NJ_WINOGRAD) {
        nj_source_lay_out(conv, x, NJ_BORDERED, nj_round_up(x->c, 16), 1);
        nj_source_lay_out(conv, dy, NJ_BORDERED, nj_round_up(dy->c, 16), 1);
        return;
    }
    // The last strip of dy is read whole.
    bool x_lies = !d->a_loader && nj_source_lies_well(conv, x), dy_lies = !d->b_loader && conv->c_stride == d->cout;
    nj_source_lay_out(conv, x, x_lies ? NJ_IN_PLACE : NJ_BORDERED, x->c, 1);
    nj_source_lay_out(conv, dy, dy_lies ? NJ_IN_PLACE : NJ_BORDERED, dy_lies ? dy->c : conv->c_stride, 1);
}

static void choose_partials(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    conv->partial_rows = d->kh * d->kw * conv->group_k;
    conv->partial_stride = d->groups == 1 ? conv->c_stride : d->groups * conv->group_strips * conv->strip;
    conv->partial_bytes = conv->partial_rows * conv->partial_stride * conv->width;
    if (conv->algorithm == NJ_WINOGRAD) {
        conv->partial_bytes = conv->group_strips * conv->winograd.points * conv->group_k * NJ_STRIP_BYTES;
    }
    double flops = nj_conv_flops(conv) / PART_FLOPS;
    int64_t parts = flops < NJ_TILES_WANTED ? (int64_t)flops : NJ_TILES_WANTED;
    parts = nj_least(parts, nj_most(LEAST_PARTS, PARTIAL_BYTES / conv->partial_bytes / 4 * 4));
    conv->image_parts = nj_most(1, nj_least(parts, d->n));
    conv->result_bytes = nj_round_up(conv->image_parts * conv->partial_bytes, 64);
}

// Images or rows at a time within a part.
static void choose_tiles(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    int64_t elements = 0, m = conv->winograd.m;
    if (conv->a.layout != NJ_IN_PLACE) elements += conv->a.n_stride;
    if (conv->b.layout != NJ_IN_PLACE) elements += conv->b.n_stride;
    int64_t bytes = elements * conv->width, fit = nj_most(1, SCRATCH_BYTES / nj_most(bytes, 1));
    conv->tile_images = nj_least(fit, nj_parts(d->n, conv->image_parts));
    if (conv->algorithm == NJ_WINOGRAD) {
        // Partial results pass through the cache once a block, so blocks should be full.
        int64_t tiles = nj_most(1, nj_parts(d->out_h, m) * nj_parts(d->out_w, m));
        int64_t images = nj_most(conv->tile_images, nj_parts(conv->winograd.block, tiles));
        conv->tile_images = nj_least(images, nj_parts(d->n, conv->image_parts));
    }
    conv->band_parts = conv->tile_images > 1 ? 1 : nj_parts(bytes, SCRATCH_BYTES);
    conv->band_parts = nj_least(conv->band_parts, nj_parts(nj_most(d->out_h, 1), m));
    conv->tile_rows = nj_parts(nj_parts(d->out_h, m), conv->band_parts) * m;
}

static void plan_sum(nj_conv *conv, bool one_row_tile, nj_grid *grid) {
    const nj_conv_desc *d = &conv->desc;
    bool winograd = conv->algorithm == NJ_WINOGRAD;
    int64_t rows = winograd ? conv->group_k : conv->partial_rows;
    int64_t parts = nj_parts(conv->partial_bytes / conv->width, REDUCED);
    conv->row_parts = one_row_tile ? 1 : nj_least(nj_least(parts, 2 * NJ_TILES_WANTED), rows);
    int64_t part_rows = nj_parts(rows, conv->row_parts), taps = winograd ? d->kh * d->kw : 1;
    int64_t sums = winograd ? conv->winograd.points * part_rows * conv->strip : 0;
    conv->c_at = nj_round_up(sums * conv->width, 64);
    int64_t result = taps * part_rows * conv->c_stride * conv->width;
    conv->scratch_bytes = nj_most(conv->scratch_bytes, nj_round_up(conv->c_at + result, 64));
    *grid = (nj_grid){.row_tiles = taps * conv->row_parts, .col_tiles = 1, .tile_rows = part_rows,
                      .tile_cols = conv->result_cols};
}

bool nj_conv_plan_weights(nj_conv *conv, nj_grid *grid) {
    const nj_conv_desc *d = &conv->desc;
    bool one_row_tile, one_col_tile;
    nj_program_restrictions(d->program, &one_row_tile, &one_col_tile);
    choose_algorithm(conv, one_row_tile);
    choose_layout(conv);
    choose_partials(conv);
    choose_tiles(conv);
    if (!nj_conv_reserve_source(conv, &conv->a, d->a_loader, d->out_h)) return false;
    if (!nj_conv_reserve_source(conv, &conv->b, d->b_loader, d->out_h)) return false;
    if (conv->algorithm == NJ_WINOGRAD) nj_winograd_reserve(conv);
    plan_sum(conv, one_row_tile, grid);
    conv->phase_tiles[0] = conv->image_parts;
    conv->phase_tiles[1] = conv->row_parts;
    conv->phases = 2;
    return true;
}
