// Winograd's algorithms: tiles of the source are transformed, multiplied with transformed weights point by point (each
// point is a matrix product over the channels), and transformed back.
//
// A block of tiles at a time, so that the transformed source stays in the second-level cache; of the products only one
// strip of columns is kept.

#include <string.h>

#include "conv_winograd.h"

enum {
    LEAST_BLOCK = 24,            // tiles
    BLOCK_BYTES = 384 << 10,     // of a block's transforms
    LEAST_CHANNELS = 8,
    PACKED_ROWS = 16,            // input channels whose weights are transformed at a time
};

static const struct {
    const char *name;
    int64_t m, r, side;
    bool alone;  // for one tile with zeros around it
} variants[NJ_WINOGRAD_VARIANTS] = {
    [NJ_WINOGRAD_6_3] = {"winograd_6x6_3x3", 6, 3, 8, false},
    [NJ_WINOGRAD_4_3] = {"winograd_4x4_3x3", 4, 3, 6, false},
    [NJ_WINOGRAD_2_3] = {"winograd_2x2_3x3", 2, 3, 4, false},
    [NJ_WINOGRAD_4_5] = {"winograd_4x4_5x5", 4, 5, 8, false},
    [NJ_WINOGRAD_BORDERED_2_3] = {"winograd_2x2_3x3_bordered", 2, 3, 3, true},
};

static bool is_alone(const nj_conv_desc *d, int64_t m) {
    return d->h == m && d->w == m && d->out_h == m && d->out_w == m && d->pad_top == 1 && d->pad_left == 1;
}

const char *nj_winograd_name(const nj_winograd *w) { return variants[w->variant].name; }

bool nj_winograd_choose(const nj_conv *conv, double direct, nj_winograd *chosen) {
    const nj_conv_desc *d = &conv->desc;
    if (d->exact || d->dtype != NJ_F32 || d->groups != 1 || d->stride_h != 1 || d->stride_w != 1) return false;
    if (d->dilation_h != 1 || d->dilation_w != 1 || d->kh != d->kw) return false;
    if (d->cin < LEAST_CHANNELS || d->cout < LEAST_CHANNELS) return false;
    // Products for a pair of channels. The transforms cost about a third as much, those of eight by eight points more:
    // images of 28 x 28 take 91 % of the products in tiles of 6 x 6 and 105 to 115 % of the time, 24 x 24 take 79 and 85.
    double best = direct / 1.3;
    bool found = false;
    for (int i = 0; i < NJ_WINOGRAD_VARIANTS; i++) {
        nj_winograd w = {.variant = i, .m = variants[i].m, .r = variants[i].r};
        if (w.r != d->kh || (variants[i].alone && !is_alone(d, w.m))) continue;
        w.side = variants[i].side;
        w.points = w.side * w.side;
        double cost = (double)(nj_parts(conv->result_h, w.m) * nj_parts(conv->result_w, w.m) * w.points);
        if (w.side == 8) cost *= 1.15;
        if (cost > best) continue;
        best = cost;
        *chosen = w;
        found = true;
    }
    return found;
}

static int64_t vector_stride(int64_t channels) {
    int64_t stride = nj_round_up(channels, 16);
    return stride % 256 == 0 ? stride + 16 : stride;
}

void nj_winograd_plan(nj_conv *conv, int64_t tiles_per_image) {
    nj_winograd *w = &conv->winograd;
    bool weights = conv->desc.kind == NJ_CONV_WEIGHT_GRAD;
    w->v_stride = vector_stride(conv->group_k);
    w->d_stride = weights ? vector_stride(conv->group_cols) : 16;
    int64_t block = BLOCK_BYTES / (w->points * (w->v_stride + w->d_stride) * 4) / 12 * 12;
    block = nj_most(LEAST_BLOCK, nj_least(NJ_MOST_BLOCK, block));
    w->block = nj_least(block, tiles_per_image * conv->desc.n);
    w->v_point = nj_point_stride(w->block * w->v_stride);
    w->d_point = nj_point_stride(w->block * w->d_stride);
}

void nj_winograd_reserve(nj_conv *conv) {
    nj_winograd *w = &conv->winograd;
    w->v_at = nj_conv_reserve(conv, w->points * w->v_point);
    w->d_at = nj_conv_reserve(conv, w->points * w->d_point);
}

void nj_winograd_plan_panels(nj_conv *conv) {
    const nj_winograd *w = &conv->winograd;
    bool forward = conv->desc.kind == NJ_CONV_FORWARD;
    conv->packed_bytes = conv->group_strips * w->points * conv->group_k * NJ_STRIP_BYTES;
    conv->phase_tiles[0] = forward ? nj_parts(conv->group_k, PACKED_ROWS) : conv->group_strips;
    // Room for the weights as they are.
    int64_t rows = forward ? PACKED_ROWS * conv->group_strips : conv->group_k;
    conv->scratch_bytes = nj_most(conv->scratch_bytes, w->r * w->r * rows * NJ_STRIP_BYTES);
}

// Transformed weights of `rows` input channels of one strip, to [strip][point][k][strip].
static void transform_weights(const nj_conv *conv, int64_t strip, int64_t row, int64_t rows, const char *from,
                              const nj_bindings *bindings) {
    const nj_winograd *w = &conv->winograd;
    int64_t panel = conv->group_k * conv->strip, tap = rows * conv->strip;
    nj_transform_job job = {.count = rows, .channels = conv->strip, .from = (const float *)(const void *)from,
                            .from_next = conv->strip, .from_row = w->r * tap, .from_col = tap,
                            .to = (float *)bindings->partials + strip * w->points * panel + row * conv->strip,
                            .to_next = conv->strip, .to_row = w->side * panel, .to_col = panel};
    conv->set->transform[NJ_TRANSFORM_WEIGHTS][w->variant](&job);
}

void nj_winograd_pack(const nj_conv *conv, int64_t tile, const nj_bindings *bindings, char *scratch) {
    if (conv->desc.kind == NJ_CONV_INPUT_GRAD) {
        nj_conv_pack_panel(conv, conv->classes, tile, bindings, scratch);
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
    const float *image = (const float *)(const void *)source->base + (tile->row + y->source_first) * source->y_stride +
                         x->source_first * source->x_stride;
    int64_t total = f.down * f.across * f.images, blocks = nj_parts(total, w->block);
    nj_transform_job in = {.channels = nj_round_up(conv->group_k, 16), .from = image, .from_row = from.y,
                           .from_col = from.x, .to = v, .to_next = w->v_stride, .to_row = w->side * w->v_point,
                           .to_col = w->v_point};
    nj_transform_job out = {.channels = conv->strip, .from = products, .from_next = w->d_stride,
                            .from_row = w->side * w->d_point, .from_col = w->d_point, .to_row = to.y, .to_col = to.x};
    nj_strip_job job = {.k = conv->group_k, .segments = 1, .a_row_stride = w->v_stride, .a_k_stride = 1,
                        .panel_stride = conv->strip, .c_stride = w->d_stride};
    nj_fetch_spread(fetch, blocks * conv->group_strips * w->points);
    for (int64_t index = 0; index < blocks; index++) {
        int64_t first;
        nj_block b;
        nj_cut(total, blocks, 1, index, &first, &in.count);
        nj_locate(w, &f, first, in.count, from, to, &b);
        in.from_at = b.source;
        out.to_at = b.result;
        out.rows = b.rows;
        out.cols = b.cols;
        job.rows = out.count = in.count;
        conv->set->transform[NJ_TRANSFORM_INPUT][w->variant](&in);
        const char *panel = bindings->partials;
        for (int64_t s = 0; s < conv->group_strips; s++) {
            for (int64_t p = 0; p < w->points; p++, panel += conv->group_k * NJ_STRIP_BYTES) {
                job.a = v + p * w->v_point;
                job.c = products + p * w->d_point;
                job.panel = panel;
                conv->set->strip[NJ_F32](&job);
                nj_fetch_some(fetch);
            }
            out.to = (float *)(void *)c + s * conv->strip;
            conv->set->transform[NJ_TRANSFORM_OUTPUT][w->variant](&out);
        }
    }
}
