// Decides how a correlation is computed and cut into tiles.

#include "conv.h"

enum {
    TILE_FLOPS = 1000000,
    SCRATCH_BYTES = 384 << 10,  // of a tile's images: they should stay in the second-level cache
    BAND_BYTES = 480 << 10,     // of one image; larger ones are cut
    FEW_IMAGES = 8,             // rows of the micro-kernel when pixels are taken one by one
    NARROW = 4,                 // pixels of a row are too few rows for the micro-kernel
};

// Positions times taps along an axis: all, and those that meet the source.
static void count_taps(const nj_axis *axes, int64_t count, int64_t size, double *all, double *inside) {
    *all = *inside = 0;
    for (int64_t i = 0; i < count; i++) {
        for (int64_t q = 0; q < axes[i].count; q++) {
            int64_t first, end;
            nj_conv_taps_inside(&axes[i], q, size, &first, &end);
            *all += (double)axes[i].taps;
            *inside += (double)nj_most(0, end - first);
        }
    }
}

// Pixels of a row of the result, at most, that the same taps compute.
static int64_t widest_row(const nj_conv *conv) {
    int64_t most = 0;
    for (int64_t i = 0; i < conv->x_count; i++) most = nj_most(most, conv->x_axes[i].count);
    return most;
}

static void choose_algorithm(nj_conv *conv) {
    double y_all, y_inside, x_all, x_inside;
    count_taps(conv->y_axes, conv->y_count, conv->a.h, &y_all, &y_inside);
    count_taps(conv->x_axes, conv->x_count, conv->a.w, &x_all, &x_inside);
    double all = y_all * x_all, inside = y_inside * x_inside;
    bool by_pixel = (inside <= 0.75 * all || widest_row(conv) <= NARROW) && conv->desc.n >= FEW_IMAGES;
    conv->algorithm = by_pixel ? NJ_PIXELS : NJ_DIRECT;
    if (nj_winograd_choose(conv, by_pixel ? inside : all, &conv->winograd)) conv->algorithm = NJ_WINOGRAD;
}

static void choose_layout(nj_conv *conv, int64_t images) {
    nj_source *source = &conv->a;
    int64_t alias = source->c * conv->width % 256 == 0 ? conv->strip : 0;
    if (conv->algorithm == NJ_WINOGRAD) {
        nj_source_lay_out(conv, source, NJ_BORDERED, nj_round_up(source->c, 16), images);
    } else if (conv->algorithm == NJ_PIXELS) {
        nj_source_lay_out(conv, source, NJ_BY_PIXEL, source->c + alias, images);
    } else if (!conv->desc.a_loader && nj_source_lies_well(conv, source)) {
        nj_source_lay_out(conv, source, NJ_IN_PLACE, source->c, images);
    } else {
        nj_source_lay_out(conv, source, NJ_BORDERED, source->c, images);
    }
}

// Whole images, as many as fit; bands of rows where not even one does, or images are too few.
static void choose_tiles(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    const nj_source *source = &conv->a;
    int64_t m = conv->winograd.m;
    int64_t lying = source->rows * source->cols * source->c;
    int64_t bytes = (lying + conv->result_h * conv->result_w * conv->c_stride) * conv->width;
    double flops = nj_conv_flops(conv) / TILE_FLOPS;
    int64_t wanted = flops > NJ_TILES_WANTED ? NJ_TILES_WANTED : nj_most(1, (int64_t)flops);
    int64_t fit = nj_most(1, SCRATCH_BYTES / nj_most(bytes, 1));
    if (conv->algorithm == NJ_WINOGRAD) {
        // Weights pass through the cache once a block, so blocks should be full.
        int64_t tiles = nj_parts(conv->result_h, m) * nj_parts(conv->result_w, m);
        fit = nj_most(fit, nj_parts(conv->winograd.block, tiles));
        wanted = nj_least(wanted, nj_most(4, d->n * tiles / conv->winograd.block));
    }
    conv->image_parts = nj_most(nj_parts(d->n, fit), wanted);
    if (conv->image_parts > 4) conv->image_parts = nj_round_up(conv->image_parts, 4);
    conv->image_parts = nj_least(d->n, conv->image_parts);
    conv->band_parts = 1;
    if (conv->algorithm != NJ_PIXELS && conv->image_parts == d->n) {
        int64_t bands = nj_most(nj_parts(bytes, BAND_BYTES), nj_parts(wanted, d->n));
        conv->band_parts = nj_least(bands, nj_parts(conv->result_h, m));
    }
    // Another kernel takes so many at a time; bands of a large image stay.
    bool together = d->tile_images > 0 && conv->algorithm == NJ_WINOGRAD && conv->band_parts == 1;
    if (together && d->n % d->tile_images == 0) conv->image_parts = d->n / d->tile_images;
    conv->tile_images = nj_parts(d->n, conv->image_parts);
    conv->tile_rows = nj_least(conv->result_h, nj_parts(nj_parts(conv->result_h, m), conv->band_parts) * m);
}

static int64_t reserve_result(nj_conv *conv) {
    return nj_conv_reserve(conv, conv->tile_images * conv->tile_rows * conv->result_w * conv->c_stride);
}

bool nj_conv_plan_image(nj_conv *conv, nj_grid *grid) {
    const nj_conv_desc *d = &conv->desc;
    bool one_col_tile;
    nj_program_restrictions(d->program, &conv->gathers, &one_col_tile);
    choose_algorithm(conv);
    if (conv->algorithm == NJ_WINOGRAD) {
        int64_t m = conv->winograd.m;
        nj_winograd_plan(conv, nj_parts(conv->result_h, m) * nj_parts(conv->result_w, m));
    }
    choose_layout(conv, 1);
    choose_tiles(conv);
    choose_layout(conv, conv->tile_images);
    // Bands of an image load some rows twice.
    if (nj_conv_loader_has_results(d->a_loader) && conv->band_parts > 1) return false;

    if (!conv->gathers) conv->c_at = reserve_result(conv);
    if (!nj_conv_reserve_source(conv, &conv->a, d->a_loader, conv->result_h)) return false;
    nj_conv_find_used_taps(conv);
    if (conv->algorithm == NJ_WINOGRAD) {
        nj_winograd_reserve(conv);
        nj_winograd_plan_panels(conv);
    } else {
        nj_conv_plan_panels(conv);
    }
    conv->phase_tiles[1] = conv->image_parts * conv->band_parts;
    conv->phases = 2;
    *grid = (nj_grid){.row_tiles = conv->phase_tiles[1], .col_tiles = 1, .tile_cols = conv->result_cols,
                      .tile_rows = conv->tile_images * conv->tile_rows * conv->result_w};
    if (conv->gathers) {
        conv->result_bytes = nj_round_up(d->program->rows * conv->c_stride * conv->width, 64);
        conv->phase_tiles[2] = 1;
        conv->phases = 3;
        grid->row_tiles = 1;
        grid->tile_rows = d->program->rows;
    }
    return true;
}
