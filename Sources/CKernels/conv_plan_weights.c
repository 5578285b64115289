// Decides how a gradient of weights is computed and cut into tiles.

#include "conv.h"

enum {
    PART_FLOPS = 1000000,
    PARTIAL_BYTES = 1 << 20,    // of all partial results, before there are fewer
    LEAST_PARTS = 4,
    SCRATCH_BYTES = 384 << 10,  // of the images at hand: they should stay in the second-level cache
    BAND_BYTES = 480 << 10,     // of one image and its gradient; larger ones are cut
    REDUCED = 16384,            // elements of partial results that one tile adds up
    WHOLE_BYTES = 48 << 20,     // of images made ready all at once
    WHOLE_ROWS = 24,            // channels of a tile then: the strip kernel's rows, a few times
    FEW_IMAGES = 8,
    NARROW = 2,                 // pixels of a row are too few products to add up at a time
};

static bool is_winograd(const nj_conv *conv) { return conv->algorithm == NJ_WINOGRAD; }

static int64_t tiles_per_image(const nj_conv *conv) {
    return nj_parts(conv->desc.out_h, conv->winograd.m) * nj_parts(conv->desc.out_w, conv->winograd.m);
}

// Bytes moved by partial sums, which pass through the cache with each block of tiles, against transforms of all images.
static bool whole_pays(const nj_conv *conv) {
    const nj_winograd *w = &conv->winograd;
    double tiles = (double)(conv->desc.n * tiles_per_image(conv)), points = (double)(conv->desc.n * w->image_points) * 4;
    double v = points * (double)conv->group_k, d = points * (double)conv->group_cols;
    double partial = (double)(w->panels * conv->group_k * conv->group_cols) * 4;
    double in_parts = 2 * partial * (tiles / (double)w->block + LEAST_PARTS);
    double whole = 2 * (v + d) + d * (double)(conv->group_k / WHOLE_ROWS);
    return v + d <= WHOLE_BYTES && partial > NJ_CACHED_PARTIAL && whole < 0.95 * in_parts;
}

// Products of pixels and taps that meet, as a part of all.
static double part_inside(const nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    double inside[2] = {0, 0};
    for (int64_t q = 0; q < d->out_h + d->out_w; q++) {
        bool down = q < d->out_h;
        int64_t first, end;
        const nj_axis *axis = down ? conv->y_axes : conv->x_axes;
        nj_conv_taps_inside(axis, down ? q : q - d->out_h, down ? d->h : d->w, &first, &end);
        inside[down] += (double)nj_most(0, end - first);
    }
    return inside[0] * inside[1] / ((double)(d->out_h * d->kh) * (double)(d->out_w * d->kw));
}

static void choose_algorithm(nj_conv *conv, bool one_row_tile) {
    const nj_conv_desc *d = &conv->desc;
    conv->algorithm = NJ_DIRECT;
    if (one_row_tile || d->n == 0 || d->out_h == 0 || d->out_w == 0) return;
    double products = (double)(d->out_h * d->kh) * (double)(d->out_w * d->kw), part = part_inside(conv);
    int64_t elements = d->n * (d->h * d->w * d->cin + d->out_h * d->out_w * d->cout);
    if ((part <= 0.75 || d->out_w <= NARROW) && d->n >= FEW_IMAGES && elements * conv->width <= WHOLE_BYTES) {
        products *= part;
        conv->algorithm = NJ_PIXELS;
        conv->whole = true;
    }
    if (!nj_winograd_choose(conv, products, &conv->winograd)) return;
    conv->algorithm = NJ_WINOGRAD;
    nj_winograd_plan(conv, tiles_per_image(conv));
    conv->whole = whole_pays(conv);
}

static void choose_layout(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    nj_source *x = &conv->a, *dy = &conv->b;
    if (is_winograd(conv)) {
        nj_source_lay_out(conv, x, NJ_BORDERED, nj_round_up(x->c, 16), 1);
        nj_source_lay_out(conv, dy, NJ_BORDERED, nj_round_up(dy->c, 16), 1);
    } else if (conv->algorithm == NJ_PIXELS) {
        int64_t alias = x->c * conv->width % 256 == 0 ? conv->strip : 0;
        nj_source_lay_out(conv, x, NJ_BY_PIXEL, x->c + alias, d->n);
        nj_source_lay_out(conv, dy, NJ_BY_PIXEL, conv->c_stride, d->n);
    } else {
        // The last strip of dy is read whole.
        bool x_lies = !d->a_loader && nj_source_lies_well(conv, x), dy_lies = !d->b_loader && conv->c_stride == d->cout;
        nj_source_lay_out(conv, x, x_lies ? NJ_IN_PLACE : NJ_BORDERED, x->c, 1);
        nj_source_lay_out(conv, dy, dy_lies ? NJ_IN_PLACE : NJ_BORDERED, dy_lies ? dy->c : conv->c_stride, 1);
    }
}

// How many ranges of images the first phase takes, and what they leave for the second.
static void choose_parts(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    double flops = nj_conv_flops(conv) / PART_FLOPS;
    int64_t parts = flops < NJ_TILES_WANTED ? (int64_t)flops : NJ_TILES_WANTED;
    conv->partial_rows = d->kh * d->kw * conv->group_k;
    if (!conv->whole) {
        conv->partial_stride = d->groups == 1 ? conv->c_stride : d->groups * conv->group_strips * conv->strip;
        conv->partial_bytes = conv->partial_rows * conv->partial_stride * conv->width;
        parts = nj_least(parts, nj_most(LEAST_PARTS, PARTIAL_BYTES / conv->partial_bytes / 4 * 4));
    }
    conv->image_parts = nj_most(1, nj_least(parts, d->n));
    // Of as many images each, if that is near: then the gradient for the image can be cut alike.
    int64_t even = conv->image_parts;
    while (d->n % even != 0) even--;
    if (nj_conv_is_small(conv) && 2 * even >= conv->image_parts) conv->image_parts = even;
    if (!conv->whole) conv->result_bytes = nj_round_up(conv->image_parts * conv->partial_bytes, 64);
}

// Images or rows at a time within a part.
static void choose_tiles(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    int64_t elements = 0, m = conv->winograd.m, part = nj_parts(d->n, conv->image_parts);
    if (conv->a.layout != NJ_IN_PLACE) elements += conv->a.n_stride;
    if (conv->b.layout != NJ_IN_PLACE) elements += conv->b.n_stride;
    int64_t bytes = elements * conv->width, fit = nj_most(1, SCRATCH_BYTES / nj_most(bytes, 1));
    if (is_winograd(conv) && !conv->whole) {
        // Partial results pass through the cache once a block, so blocks should be full.
        fit = nj_most(fit, nj_parts(conv->winograd.block, tiles_per_image(conv)));
    }
    conv->tile_images = conv->algorithm == NJ_PIXELS ? part : nj_least(fit, part);
    // The same holds for what a part takes at a time.
    if (nj_conv_is_small(conv) && d->n % conv->image_parts == 0) {
        int64_t full = nj_parts(conv->winograd.block, tiles_per_image(conv)), even = conv->tile_images;
        while (part % even != 0) even--;
        if (even < full) {
            even = nj_least(full, part);
            while (part % even != 0) even++;
        }
        conv->tile_images = even;
    }
    conv->band_parts = conv->tile_images > 1 || conv->whole ? 1 : nj_parts(bytes, BAND_BYTES);
    conv->band_parts = nj_least(conv->band_parts, nj_parts(nj_most(d->out_h, 1), m));
    conv->tile_rows = nj_parts(nj_parts(d->out_h, m), conv->band_parts) * m;
}

static bool place_sources(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    nj_source *x = &conv->a, *dy = &conv->b;
    if (conv->algorithm == NJ_PIXELS) {
        x->at = 0;
        dy->at = nj_round_up(x->rows * x->y_stride * conv->width, 64);
        conv->packed_bytes = dy->at + nj_round_up(dy->rows * dy->y_stride * conv->width, 64);
        return nj_source_compile(conv, x, d->a_loader, conv->tile_images * x->h * x->w) &&
               nj_source_compile(conv, dy, d->b_loader, conv->tile_images * dy->h * dy->w);
    }
    if (!nj_conv_reserve_source(conv, x, d->a_loader, d->out_h)) return false;
    if (!nj_conv_reserve_source(conv, dy, d->b_loader, d->out_h)) return false;
    if (is_winograd(conv) && conv->whole) {
        nj_winograd_plan_whole(conv, d->n * tiles_per_image(conv));
    } else if (is_winograd(conv)) {
        nj_winograd_reserve(conv);
        conv->winograd.sums_at = nj_conv_reserve(conv, nj_winograd_panel_bytes(conv) / conv->width);
    }
    return true;
}

// The second phase: tiles of the result.
static void plan_result(nj_conv *conv, bool one_row_tile, nj_grid *grid) {
    const nj_conv_desc *d = &conv->desc;
    int64_t taps = conv->whole ? d->kh * d->kw : 1, rows = conv->partial_rows / taps;
    int64_t parts = conv->whole ? nj_parts(rows, WHOLE_ROWS) : nj_parts(conv->partial_bytes / conv->width, REDUCED);
    conv->row_parts = one_row_tile ? 1 : nj_least(nj_least(parts, 2 * NJ_TILES_WANTED), rows);
    int64_t part_rows = nj_parts(rows, conv->row_parts), result = part_rows * conv->c_stride * conv->width;
    if (conv->whole && is_winograd(conv)) {
        // Some channels of all taps, made from sums.
        result *= taps;
        conv->c_at = conv->winograd.panels * part_rows * conv->group_strips * NJ_STRIP_BYTES;
    }
    conv->scratch_bytes = nj_most(conv->scratch_bytes, nj_round_up(conv->c_at + result, 64));
    *grid = (nj_grid){.row_tiles = taps * conv->row_parts, .col_tiles = 1, .tile_rows = part_rows,
                      .tile_cols = conv->result_cols};
    conv->phase_tiles[0] = conv->image_parts;
    conv->phase_tiles[1] = conv->algorithm == NJ_PIXELS ? taps * conv->row_parts : conv->row_parts;
    conv->phases = 2;
}

bool nj_conv_plan_weights(nj_conv *conv, nj_grid *grid) {
    bool one_row_tile, one_col_tile;
    nj_program_restrictions(conv->desc.program, &one_row_tile, &one_col_tile);
    choose_algorithm(conv, one_row_tile);
    choose_layout(conv);
    choose_parts(conv);
    choose_tiles(conv);
    if (!place_sources(conv)) return false;
    plan_result(conv, one_row_tile, grid);
    return true;
}
