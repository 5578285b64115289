// Winograd's algorithms: tiles of the source are transformed, multiplied with transformed weights point by point (each
// point is a matrix product over the channels), and transformed back.
//
// A block of tiles at a time, so that the transformed source stays in the second-level cache; of the products only one
// strip of columns is kept.

#include "conv_winograd.h"

// Transformed weights of `rows` input channels of one strip, to [strip][panel][k][strip].
static void transform_weights(const nj_conv *conv, int64_t strip, int64_t row, int64_t rows, const char *from,
                              const nj_bindings *bindings) {
    const nj_winograd *w = &conv->winograd;
    int64_t panel = conv->group_k * conv->strip, tap = rows * conv->strip;
    nj_transform_job job = {.count = rows, .channels = conv->strip, .from = (const float *)(const void *)from,
                            .from_next = conv->strip, .from_row = w->r * tap, .from_col = tap,
                            .to = (float *)bindings->partials + strip * w->panels * panel + row * conv->strip,
                            .to_next = conv->strip, .to_row = w->axis_panels * panel, .to_col = panel};
    conv->set->transform[w->variant][NJ_TRANSFORM_WEIGHTS][NJ_TILE_FULL](&job);
}

void nj_winograd_pack(const nj_conv *conv, int64_t tile, const nj_bindings *bindings, char *scratch) {
    if (conv->desc.kind == NJ_CONV_INPUT_GRAD) {
        // All taps, the last first, whatever the stride.
        int64_t r = conv->winograd.r;
        nj_axis turned = {.taps = r, .kernel_first = r - 1, .kernel_step = -1, .used_end = r};
        nj_conv_class all = {.y = &turned, .x = &turned};
        nj_conv_pack_panel(conv, &all, tile, bindings, scratch);
        transform_weights(conv, tile, 0, conv->group_k, scratch, bindings);
        return;
    }
    int64_t row, rows;
    nj_cut(conv->group_k, conv->phase_tiles[0], 1, tile, &row, &rows);
    int64_t tap = rows * NJ_STRIP_BYTES, panel = conv->winograd.r * conv->winograd.r * tap;
    nj_conv_panels to = {.base = scratch, .panel_bytes = panel, .tap_bytes = tap, .row_bytes = NJ_STRIP_BYTES};
    nj_conv_pack_rows(conv, row, rows, &to, bindings);
    for (int64_t s = 0; s < conv->group_strips; s++) {
        transform_weights(conv, s, row, rows, scratch + s * panel, bindings);
    }
}

void nj_winograd_correlate(const nj_conv *conv, const nj_conv_tile *tile, const nj_view *source,
                           const nj_bindings *bindings, char *scratch, char *c, nj_fetch *fetch) {
    const nj_winograd *w = &conv->winograd;
    const nj_axis *y = conv->classes->y, *x = conv->classes->x;
    nj_field f = nj_make_field(w, tile->images, tile->rows, conv->result_w);
    nj_strides from = {source->n_stride, source->y_stride, source->x_stride};
    nj_strides to = {tile->rows * conv->result_w * conv->c_stride, conv->result_w * conv->c_stride, conv->c_stride};
    float *v = (float *)(void *)(scratch + w->v_at), *products = (float *)(void *)(scratch + w->d_at);
    int64_t source_row = tile->row * w->stride / w->spread + y->source_first;
    const float *image = (const float *)(const void *)source->base + source_row * source->y_stride +
                         x->source_first * source->x_stride;
    int64_t total = nj_tiles(&f), blocks = nj_parts(total, w->block);
    nj_transform_job in = {.channels = nj_round_up(conv->group_k, 16), .from = image, .from_row = from.y,
                           .from_col = from.x, .to = v, .to_next = w->v_stride, .to_row = w->side * w->v_point,
                           .to_col = w->v_point};
    nj_transform_job out = {.channels = conv->strip, .from = products, .from_next = w->d_stride,
                            .from_row = w->side * w->d_point, .from_col = w->d_point, .to_row = to.y, .to_col = to.x};
    nj_strip_job job = {.k = conv->group_k, .segments = 1, .a_row_stride = w->v_stride, .a_k_stride = 1,
                        .panel_stride = conv->strip, .c_stride = w->d_stride};
    nj_fetch_spread(fetch, blocks * conv->group_strips * w->points);
    nj_block b;
    in.from_at = b.source;
    out.to_at = b.result;
    out.rows = b.rows;
    out.cols = b.cols;
    for (int64_t index = 0; index < blocks; index++) {
        int64_t first, count;
        nj_cut(total, blocks, 1, index, &first, &count);
        nj_locate(w, &f, first, count, from, to, &b);
        nj_transform_block(conv, NJ_TRANSFORM_INPUT, &b, in);
        for (int64_t s = 0; s < conv->group_strips; s++) {
            const char *panels = (const char *)bindings->partials + s * w->panels * conv->group_k * NJ_STRIP_BYTES;
            for (int64_t p = 0, i = 0, j = 0; p < w->points; p++, j++) {
                if (j == w->side) i++, j = 0;
                nj_span tiles = nj_tiles_with(w, b.shape_at, i, j);
                job.rows = tiles.end - tiles.first;
                job.a = v + p * w->v_point + tiles.first * w->v_stride;
                job.c = products + p * w->d_point + tiles.first * w->d_stride;
                job.panel = panels + nj_panel_of(w, i, j) * conv->group_k * NJ_STRIP_BYTES;
                conv->set->strip[NJ_F32](&job);
                nj_fetch_some(fetch);
            }
            out.to = (float *)(void *)c + s * conv->strip;
            nj_transform_block(conv, NJ_TRANSFORM_OUTPUT, &b, out);
        }
    }
}
