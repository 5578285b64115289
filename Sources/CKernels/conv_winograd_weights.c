// Winograd's algorithms for the gradient of the weights: products of transformed images and transformed gradients,
// either block by block into sums over a range of images, or for all images at once.

#include <string.h>

#include "conv_winograd.h"

// Where transformed tiles go: [point][tile][channel] at v, and at d, by strips (d_strip elements apart) where those are not
// side by side.
typedef struct target {
    float *v, *d;
    int64_t v_point, d_point, d_strip;
} target;

// Transforms a block of images and of their gradients.
static void transform_pair(const nj_conv *conv, const nj_pair *pair, const nj_block *b, target to) {
    const nj_winograd *w = &conv->winograd;
    const nj_view *x = &pair->x, *dy = &pair->dy;
    const nj_axis *y_axis = conv->classes->y, *x_axis = conv->classes->x;
    nj_transform_job in = {.channels = nj_round_up(conv->group_k, 16), .from_at = b->source, .from_row = x->y_stride,
                           .from_col = x->x_stride, .to = to.v, .to_next = w->v_stride,
                           .to_row = w->side * to.v_point, .to_col = to.v_point};
    in.from = (const float *)(const void *)x->base +
              (pair->row * y_axis->source_step + y_axis->source_first) * x->y_stride +
              x_axis->source_first * x->x_stride;
    nj_transform_block(conv, NJ_TRANSFORM_INPUT, b, in);
    nj_transform_job gradient = {.channels = nj_round_up(conv->group_cols, 16), .from_at = b->result,
                                 .from_row = dy->y_stride, .from_col = dy->x_stride, .to = to.d,
                                 .to_next = w->d_stride, .to_row = w->side * to.d_point, .to_col = to.d_point};
    gradient.from = (const float *)(const void *)dy->base + pair->row * dy->y_stride;
    if (to.d_strip == conv->strip) {
        nj_transform_block(conv, NJ_TRANSFORM_GRADIENT, b, gradient);
        return;
    }
    gradient.channels = conv->strip;
    for (int64_t s = 0; s < conv->group_strips; s++) {
        nj_transform_block(conv, NJ_TRANSFORM_GRADIENT, b, gradient);
        gradient.from += conv->strip;
        gradient.to += to.d_strip;
    }
}

static void locate_pair(const nj_conv *conv, const nj_pair *pair, const nj_field *f, int64_t first, int64_t count,
                        nj_block *b) {
    nj_locate(&conv->winograd, f, first, count, (nj_strides){pair->x.n_stride, pair->x.y_stride, pair->x.x_stride},
              (nj_strides){pair->dy.n_stride, pair->dy.y_stride, pair->dy.x_stride}, b);
}

void nj_winograd_sum(const nj_conv *conv, const nj_pair *pair, bool accumulate, char *scratch, nj_fetch *fetch) {
    const nj_winograd *w = &conv->winograd;
    nj_field f = nj_make_field(w, pair->images, pair->rows, conv->desc.out_w);
    float *v = (float *)(void *)(scratch + w->v_at), *d = (float *)(void *)(scratch + w->d_at);
    target to = {.v = v, .d = d, .v_point = w->v_point, .d_point = w->d_point, .d_strip = conv->strip};
    nj_strip_job job = {.rows = conv->group_k, .segments = 1, .a_row_stride = 1, .a_k_stride = w->v_stride,
                        .panel_stride = w->d_stride, .c_stride = conv->strip};
    int64_t total = nj_tiles(&f), blocks = nj_parts(total, w->block);
    nj_fetch_spread(fetch, blocks * conv->group_strips * w->points);
    for (int64_t index = 0; index < blocks; index++) {
        int64_t first, count;
        nj_block b;
        nj_cut(total, blocks, 1, index, &first, &count);
        locate_pair(conv, pair, &f, first, count, &b);
        transform_pair(conv, pair, &b, to);
        for (int64_t s = 0; s < conv->group_strips; s++) {
            char *strip = scratch + w->sums_at + s * w->panels * conv->group_k * NJ_STRIP_BYTES;
            for (int64_t p = 0, i = 0, j = 0; p < w->points; p++, j++) {
                if (j == w->side) i++, j = 0;
                nj_span tiles = nj_tiles_with(w, b.shape_at, i, j);
                job.k = tiles.end - tiles.first;
                job.accumulate = accumulate || w->repeats[i] || w->repeats[j];
                job.a = v + p * w->v_point + tiles.first * w->v_stride;
                job.panel = d + p * w->d_point + tiles.first * w->d_stride + s * conv->strip;
                job.c = strip + nj_panel_of(w, i, j) * conv->group_k * NJ_STRIP_BYTES;
                if (job.k > 0 || !job.accumulate) conv->set->strip[NJ_F32](&job);
                nj_fetch_some(fetch);
            }
        }
        accumulate = true;
    }
}

// The products [panel][channel][strip] of one strip, back to [tap][channel][column] at `to`.
static void transform_back(const nj_conv *conv, int64_t strip, int64_t channels, const float *sum, char *to) {
    const nj_winograd *w = &conv->winograd;
    int64_t point = channels * conv->strip, tap = channels * conv->c_stride;
    nj_transform_job job = {.count = channels, .channels = conv->strip, .from = sum, .from_next = conv->strip,
                            .from_row = w->axis_panels * point, .from_col = point,
                            .to = (float *)(void *)to + strip * conv->strip, .to_next = conv->c_stride,
                            .to_row = w->r * tap, .to_col = tap};
    conv->set->transform[w->variant][NJ_TRANSFORM_BACK][NJ_TILE_FULL](&job);
}

void nj_winograd_end_sum(const nj_conv *conv, const char *scratch, char *to) {
    const nj_winograd *w = &conv->winograd;
    const float *sums = (const float *)(const void *)(scratch + w->sums_at);
    int64_t strip = w->panels * conv->group_k * conv->strip;
    for (int64_t s = 0; s < conv->group_strips; s++) transform_back(conv, s, conv->group_k, sums + s * strip, to);
}

void nj_winograd_plan_whole(nj_conv *conv, int64_t tiles) {
    nj_winograd *w = &conv->winograd;
    w->d_stride = conv->strip;
    w->v_point = nj_point_stride(tiles * w->v_stride);
    w->d_point = nj_point_stride(tiles * conv->strip * conv->group_strips);
    w->v_at = 0;
    w->d_at = w->points * w->v_point * conv->width;
    conv->packed_bytes = w->d_at + w->points * w->d_point * conv->width;
}

void nj_winograd_transform(const nj_conv *conv, const nj_pair *pair, int64_t image, const nj_bindings *bindings) {
    const nj_winograd *w = &conv->winograd;
    nj_field f = nj_make_field(w, pair->images, pair->rows, conv->desc.out_w);
    nj_field all = nj_make_field(w, conv->desc.n, conv->desc.out_h, conv->desc.out_w);
    float *v = (float *)(void *)((char *)bindings->partials + w->v_at);
    float *d = (float *)(void *)((char *)bindings->partials + w->d_at);
    target to = {.v_point = w->v_point, .d_point = w->d_point, .d_strip = nj_tiles(&all) * w->d_stride};
    for (int s = 0; s < NJ_TILE_SHAPES; s++) {
        int64_t count = all.shape_at[s + 1] - all.shape_at[s], of_image = count / nj_most(conv->desc.n, 1);
        for (int64_t first = f.shape_at[s]; first < f.shape_at[s + 1]; first += w->block) {
            int64_t at = all.shape_at[s] + image * of_image + first - f.shape_at[s];
            nj_block b;
            locate_pair(conv, pair, &f, first, nj_least(w->block, f.shape_at[s + 1] - first), &b);
            to.v = v + at * w->v_stride;
            to.d = d + at * w->d_stride;
            transform_pair(conv, pair, &b, to);
        }
    }
}

void nj_winograd_multiply(const nj_conv *conv, int64_t channel, int64_t channels, const nj_bindings *bindings,
                          char *scratch, char *to) {
    const nj_winograd *w = &conv->winograd;
    const float *v = (const float *)(const void *)((const char *)bindings->partials + w->v_at) + channel;
    const float *d = (const float *)(const void *)((const char *)bindings->partials + w->d_at);
    float *sum = (float *)(void *)scratch;
    int64_t panel = channels * conv->strip;
    nj_field f = nj_make_field(w, conv->desc.n, conv->desc.out_h, conv->desc.out_w);
    nj_strip_job job = {.rows = channels, .segments = 1, .a_row_stride = 1, .a_k_stride = w->v_stride,
                        .panel_stride = w->d_stride, .c_stride = conv->strip};
    for (int64_t p = 0, i = 0, j = 0; p < w->points; p++, j++) {
        if (j == w->side) i++, j = 0;
        nj_span tiles = nj_tiles_with(w, f.shape_at, i, j);
        job.k = tiles.end - tiles.first;
        job.accumulate = w->repeats[i] || w->repeats[j];
        for (int64_t s = 0; s < conv->group_strips; s++) {
            job.a = v + p * w->v_point + tiles.first * w->v_stride;
            job.panel = d + p * w->d_point + (s * nj_tiles(&f) + tiles.first) * w->d_stride;
            job.c = sum + (s * w->panels + nj_panel_of(w, i, j)) * panel;
            conv->set->strip[NJ_F32](&job);
        }
    }
    for (int64_t s = 0; s < conv->group_strips; s++) transform_back(conv, s, channels, sum + s * w->panels * panel, to);
}
