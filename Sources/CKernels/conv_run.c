// Runs the tiles of a convolution.

#include "conv.h"

nj_conv_tile nj_conv_tile_at(const nj_conv *conv, int64_t index) {
    nj_conv_tile tile;
    nj_cut(conv->desc.n, conv->image_parts, 1, index / conv->band_parts, &tile.image, &tile.images);
    nj_cut(conv->result_h, conv->band_parts, conv->band_unit, index % conv->band_parts, &tile.row, &tile.rows);
    return tile;
}

// The program's own partial results lie after everything else.
static nj_bindings program_bindings(const nj_conv *conv, const nj_bindings *bindings) {
    nj_bindings own = *bindings;
    if (own.partials) own.partials = (char *)own.partials + conv->packed_bytes + conv->result_bytes;
    return own;
}

static void run_program(const nj_conv *conv, int64_t index, int64_t row0, int64_t rows, const char *c,
                        const nj_bindings *bindings, char *scratch) {
    nj_tile tile = {.index = index, .row_index = index, .row0 = row0, .rows = rows, .cols = conv->result_cols,
                    .product = c, .product_stride = conv->c_stride};
    nj_bindings own = program_bindings(conv, bindings);
    nj_program_run_tile(conv->program, &tile, &own, scratch + conv->program_at);
}

static void run_correlation(const nj_conv *conv, int64_t index, const nj_bindings *bindings, char *scratch) {
    nj_conv_tile tile = nj_conv_tile_at(conv, index);
    int64_t row = (tile.image * conv->result_h + tile.row) * conv->result_w;
    char *c = scratch + conv->c_at;
    if (conv->gathers) c = (char *)bindings->partials + conv->packed_bytes + row * conv->c_stride * conv->width;
    int64_t first = -conv->a.top, count = conv->a.rows;
    if (conv->band_parts > 1) nj_conv_source_rows(conv, tile.row, tile.rows, &first, &count);
    nj_view source = nj_source_load(conv, &conv->a, tile.image, tile.images, first, count, bindings, scratch);
    nj_conv_correlate(conv, &tile, &source, bindings, c);
    if (!conv->gathers) {
        run_program(conv, index, row, tile.images * tile.rows * conv->result_w, c, bindings, scratch);
    }
}

void nj_conv_run(const nj_conv *conv, int32_t phase, int64_t index, const nj_bindings *bindings, void *scratch) {
    if (conv->desc.kind == NJ_CONV_WEIGHT_GRAD) {
        if (phase == 0) {
            nj_conv_sum_images(conv, index, bindings, scratch);
            return;
        }
        int64_t row, rows;
        nj_cut(conv->partial_rows, conv->row_parts, 1, index, &row, &rows);
        const char *c = nj_conv_add_partials(conv, row, rows, bindings, (char *)scratch + conv->c_at);
        run_program(conv, index, row, rows, c, bindings, scratch);
    } else if (phase == 0) {
        nj_conv_pack(conv, index, bindings);
    } else if (phase == 1) {
        run_correlation(conv, index, bindings, scratch);
    } else {
        const char *c = (const char *)bindings->partials + conv->packed_bytes;
        int64_t rows = conv->desc.n * conv->result_h * conv->result_w;
        run_program(conv, 0, 0, rows, c, bindings, scratch);
    }
}

void nj_conv_finish(const nj_conv *conv, const nj_bindings *bindings) {
    nj_bindings own = program_bindings(conv, bindings);
    nj_program_finish(conv->program, &own);
}
