// Runs the tiles of a convolution.

#include "conv.h"

nj_conv_tile nj_conv_tile_at(const nj_conv *conv, int64_t index) {
    nj_conv_tile tile;
    nj_cut(conv->desc.n, conv->image_parts, 1, index / conv->band_parts, &tile.image, &tile.images);
    nj_cut(conv->result_h, conv->band_parts, conv->winograd.m, index % conv->band_parts, &tile.row, &tile.rows);
    return tile;
}

// The program's own partial results lie after everything else.
static nj_bindings program_bindings(const nj_conv *conv, const nj_bindings *bindings) {
    nj_bindings own = *bindings;
    if (own.partials) own.partials = (char *)own.partials + nj_conv_program_partials(conv);
    return own;
}

// `fault` names the slot for faults, `index` the tile of the program.
static void run_program(const nj_conv *conv, int64_t fault, int64_t index, int64_t row0, int64_t rows, const char *c,
                        bool fetched, const nj_bindings *bindings, char *scratch) {
    nj_tile tile = {.index = fault, .row_index = index, .row0 = row0, .rows = rows, .cols = conv->result_cols,
                    .product = c, .fetched = fetched};
    nj_bindings own = program_bindings(conv, bindings);
    nj_program_run_tile(conv->program, &tile, &own, scratch + conv->program_at);
}

// The source of the tile that this thread takes next, if the guess holds.
static void fetch_next(const nj_conv *conv, int64_t index, const nj_bindings *bindings, nj_fetch *fetch) {
    int64_t next = index + 1;
    if (next >= conv->phase_tiles[1] || conv->band_parts > 1) return;
    nj_conv_tile tile = nj_conv_tile_at(conv, next);
    nj_source_fetch(conv, &conv->a, tile.image, tile.images, bindings, fetch);
}

static int64_t first_row(const nj_conv *conv, const nj_conv_tile *tile) {
    return (tile->image * conv->result_h + tile->row) * conv->result_w;
}

static int64_t pixels_of(const nj_conv *conv, const nj_conv_tile *tile) {
    return tile->images * tile->rows * conv->result_w;
}

void nj_conv_fetch_program(const nj_conv *conv, int64_t index, const nj_bindings *bindings, nj_fetch *fetch) {
    nj_conv_tile tile = nj_conv_tile_at(conv, index);
    nj_tile pixels = {.row0 = first_row(conv, &tile), .rows = pixels_of(conv, &tile), .cols = conv->result_cols};
    nj_program_fetch(conv->program, &pixels, bindings, fetch);
}

nj_view nj_conv_run_correlation(const nj_conv *conv, int64_t index, const nj_bindings *bindings, char *scratch,
                                nj_fetch *fetch) {
    nj_conv_tile tile = nj_conv_tile_at(conv, index);
    int64_t row = first_row(conv, &tile);
    char *c = scratch + conv->c_at;
    if (conv->gathers) c = (char *)bindings->partials + conv->packed_bytes + row * conv->c_stride * conv->width;
    int64_t first = -conv->a.top, count = conv->a.rows;
    if (conv->band_parts > 1) nj_conv_source_rows(conv, tile.row, tile.rows, &first, &count);
    nj_view source = nj_source_load(conv, &conv->a, index, tile.image, tile.images, first, count, bindings,
                                    scratch + conv->a.at, scratch);
    if (conv->algorithm == NJ_WINOGRAD) {
        nj_winograd_correlate(conv, &tile, &source, bindings, scratch, c, fetch);
    } else {
        nj_conv_correlate(conv, &tile, &source, bindings, c, fetch);
    }
    if (!conv->gathers) {
        run_program(conv, index, index, row, pixels_of(conv, &tile), c, fetch != NULL, bindings, scratch);
    }
    return source;
}

static void run_correlation(const nj_conv *conv, int64_t index, const nj_bindings *bindings, char *scratch) {
    nj_fetch fetch = {.count = 0};
    bool fetches = conv->algorithm != NJ_PIXELS;
    if (fetches) {
        nj_conv_fetch_program(conv, index, bindings, &fetch);
        fetch_next(conv, index, bindings, &fetch);
    }
    nj_conv_run_correlation(conv, index, bindings, scratch, fetches ? &fetch : NULL);
}

static void run_weights(const nj_conv *conv, int64_t index, const nj_bindings *bindings, char *scratch) {
    int64_t row, rows;
    char *to = scratch + conv->c_at;
    if (!conv->whole) {
        nj_cut(conv->partial_rows, conv->row_parts, 1, index, &row, &rows);
        const char *sum = nj_conv_add_partials(conv, row, rows, bindings, to);
        run_program(conv, index, index, row, rows, sum, false, bindings, scratch);
        return;
    }
    // Some channels: of one tap, or of all.
    nj_cut(conv->group_k, conv->row_parts, 1, index % conv->row_parts, &row, &rows);
    if (conv->algorithm == NJ_PIXELS) {
        int64_t tap = index / conv->row_parts;
        nj_conv_multiply_pixels(conv, tap, row, rows, bindings, to);
        run_program(conv, index, index, tap * conv->group_k + row, rows, to, false, bindings, scratch);
        return;
    }
    nj_winograd_multiply(conv, row, rows, bindings, scratch, to);
    for (int64_t tap = 0; tap < conv->desc.kh * conv->desc.kw; tap++) {
        const char *piece = to + tap * rows * conv->c_stride * conv->width;
        int64_t tile = tap * conv->row_parts + index;
        run_program(conv, index, tile, tap * conv->group_k + row, rows, piece, false, bindings, scratch);
    }
}

void nj_conv_run(const nj_conv *conv, int32_t phase, int64_t index, const nj_bindings *bindings, void *scratch) {
    if (conv->desc.kind == NJ_CONV_WEIGHT_GRAD) {
        if (phase == 1) {
            run_weights(conv, index, bindings, scratch);
        } else if (conv->whole) {
            nj_conv_prepare_images(conv, index, bindings, scratch);
        } else {
            nj_conv_sum_images(conv, index, bindings, scratch);
        }
    } else if (phase == 0 && conv->algorithm == NJ_WINOGRAD) {
        nj_winograd_pack(conv, index, bindings, scratch);
    } else if (phase == 0) {
        nj_conv_pack(conv, index, bindings);
    } else if (phase == 1) {
        run_correlation(conv, index, bindings, scratch);
    } else {
        const char *c = (const char *)bindings->partials + conv->packed_bytes;
        int64_t rows = conv->desc.n * conv->result_h * conv->result_w;
        run_program(conv, 0, 0, 0, rows, c, false, bindings, scratch);
    }
}

void nj_conv_finish(const nj_conv *conv, const nj_bindings *bindings) {
    nj_bindings own = program_bindings(conv, bindings);
    nj_program_finish(conv->program, &own);
    nj_source_finish(conv, &conv->a, bindings);
}
