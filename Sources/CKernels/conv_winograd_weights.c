// Winograd's algorithms for the gradient of the weights: products of transformed images and transformed gradients,
// either block by block into partial sums, or for all images at once.

#include <string.h>

#include "conv_winograd.h"

// Transforms tiles [first, first + count) of some images and of their gradients: [point][tile][channel] at v, and at d,
// by strips (d_strip elements apart) where those are not side by side.
static void transform_pair(const nj_conv *conv, const nj_pair *pair, int64_t first, int64_t count, float *v,
                           int64_t v_point, float *d, int64_t d_point, int64_t d_strip) {
    const nj_winograd *w = &conv->winograd;
    const nj_view *x = &pair->x, *dy = &pair->dy;
    const nj_axis *y_axis = conv->classes->y, *x_axis = conv->classes->x;
    nj_field f = nj_make_field(w, pair->images, pair->rows, conv->desc.out_w);
    nj_block b;
    nj_locate(w, &f, first, count, (nj_strides){x->n_stride, x->y_stride, x->x_stride},
           (nj_strides){dy->n_stride, dy->y_stride, dy->x_stride}, &b);
    nj_transform_job in = {.count = count, .channels = nj_round_up(conv->group_k, 16), .from_at = b.source,
                           .from_row = x->y_stride, .from_col = x->x_stride, .to = v, .to_next = w->v_stride,
                           .to_row = w->side * v_point, .to_col = v_point};
    in.from = (const float *)(const void *)x->base + (pair->row + y_axis->source_first) * x->y_stride +
              x_axis->source_first * x->x_stride;
    conv->set->transform[NJ_TRANSFORM_INPUT][w->variant](&in);
    nj_transform_job gradient = {.count = count, .channels = nj_round_up(conv->group_cols, 16), .from_at = b.result,
                                 .from_row = dy->y_stride, .from_col = dy->x_stride, .to = d, .to_next = w->d_stride,
                                 .to_row = w->side * d_point, .to_col = d_point};
    gradient.from = (const float *)(const void *)dy->base + pair->row * dy->y_stride;
    if (d_strip == conv->strip) {
        conv->set->transform[NJ_TRANSFORM_GRADIENT][w->variant](&gradient);
        return;
    }
    gradient.channels = conv->strip;
    for (int64_t s = 0; s < conv->group_strips; s++) {
        conv->set->transform[NJ_TRANSFORM_GRADIENT][w->variant](&gradient);
        gradient.from += conv->strip;
        gradient.to += d_strip;
    }
}

// Adds the products of some images to partial sums [strip][point][channel][strip].
void nj_winograd_sum(const nj_conv *conv, const nj_pair *pair, bool accumulate, char *scratch, char *sums,
                     nj_fetch *fetch) {
    const nj_winograd *w = &conv->winograd;
    nj_field f = nj_make_field(w, pair->images, pair->rows, conv->desc.out_w);
    float *v = (float *)(void *)(scratch + w->v_at), *d = (float *)(void *)(scratch + w->d_at);
    nj_strip_job job = {.rows = conv->group_k, .segments = 1, .a_row_stride = 1, .a_k_stride = w->v_stride,
                        .panel_stride = w->d_stride, .c_stride = conv->strip, .accumulate = accumulate};
    int64_t total = f.down * f.across * f.images, blocks = nj_parts(total, w->block);
    nj_fetch_spread(fetch, blocks * conv->group_strips * w->points);
    for (int64_t index = 0; index < blocks; index++) {
        int64_t first;
        nj_cut(total, blocks, 1, index, &first, &job.k);
        transform_pair(conv, pair, first, job.k, v, w->v_point, d, w->d_point, conv->strip);
        char *to = sums;
        for (int64_t s = 0; s < conv->group_strips; s++) {
            for (int64_t p = 0; p < w->points; p++, to += conv->group_k * NJ_STRIP_BYTES) {
                job.a = v + p * w->v_point;
                job.panel = d + p * w->d_point + s * conv->strip;
                job.c = to;
                conv->set->strip[NJ_F32](&job);
                nj_fetch_some(fetch);
            }
        }
        job.accumulate = true;
    }
}

// The products [point][channel][strip] of one strip, back to [tap][channel][column] at `to`.
static void transform_back(const nj_conv *conv, int64_t strip, int64_t channels, const float *sum, char *to) {
    const nj_winograd *w = &conv->winograd;
    int64_t point = channels * conv->strip, tap = channels * conv->c_stride;
    nj_transform_job job = {.count = channels, .channels = conv->strip, .from = sum, .from_next = conv->strip,
                            .from_row = w->side * point, .from_col = point,
                            .to = (float *)(void *)to + strip * conv->strip, .to_next = conv->c_stride,
                            .to_row = w->r * tap, .to_col = tap};
    conv->set->transform[NJ_TRANSFORM_BACK][w->variant](&job);
}

void nj_winograd_add_partials(const nj_conv *conv, int64_t channel, int64_t channels, const nj_bindings *bindings,
                              char *scratch, char *to) {
    const nj_winograd *w = &conv->winograd;
    nj_map_fn add = conv->set->map[NJ_OP_ADD][NJ_F32][0];
    int64_t strip = conv->strip, panel = conv->group_k * strip, part = conv->group_strips * w->points * panel;
    float *sum = (float *)(void *)scratch;
    for (int64_t s = 0; s < conv->group_strips; s++) {
        for (int64_t p = 0; p < w->points; p++) {
            const float *from = (const float *)bindings->partials + (s * w->points + p) * panel + channel * strip;
            float *at = sum + p * channels * strip;
            const float *left = from;
            if (conv->image_parts == 1) memcpy(at, from, (size_t)(channels * NJ_STRIP_BYTES));
            for (int64_t i = 1; i < conv->image_parts; i++, left = at) {
                add(at, left, from + i * part, NULL, channels * strip);
            }
        }
        transform_back(conv, s, channels, sum, to);
    }
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
    int64_t tiles = f.down * f.across, total = tiles * f.images, all = tiles * conv->desc.n;
    float *v = (float *)(void *)((char *)bindings->partials + w->v_at) + image * tiles * w->v_stride;
    float *d = (float *)(void *)((char *)bindings->partials + w->d_at) + image * tiles * w->d_stride;
    for (int64_t first = 0; first < total; first += w->block) {
        transform_pair(conv, pair, first, nj_least(w->block, total - first), v + first * w->v_stride, w->v_point,
                       d + first * w->d_stride, w->d_point, all * w->d_stride);
    }
}

void nj_winograd_multiply(const nj_conv *conv, int64_t channel, int64_t channels, const nj_bindings *bindings,
                          char *scratch, char *to) {
    const nj_winograd *w = &conv->winograd;
    const float *v = (const float *)(const void *)((const char *)bindings->partials + w->v_at) + channel;
    const float *d = (const float *)(const void *)((const char *)bindings->partials + w->d_at);
    float *sum = (float *)(void *)scratch;
    int64_t point = channels * conv->strip;
    nj_field f = nj_make_field(w, conv->desc.n, conv->desc.out_h, conv->desc.out_w);
    nj_strip_job job = {.rows = channels, .k = f.down * f.across * f.images, .segments = 1, .a_row_stride = 1,
                        .a_k_stride = w->v_stride, .panel_stride = w->d_stride, .c_stride = conv->strip};
    for (int64_t p = 0; p < w->points; p++) {
        for (int64_t s = 0; s < conv->group_strips; s++) {
            job.a = v + p * w->v_point;
            job.panel = d + p * w->d_point + s * job.k * w->d_stride;
            job.c = sum + (s * w->points + p) * point;
            conv->set->strip[NJ_F32](&job);
        }
    }
    for (int64_t s = 0; s < conv->group_strips; s++) transform_back(conv, s, channels, sum + s * w->points * point, to);
}
