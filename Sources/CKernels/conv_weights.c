// Gradients of the weights: partial results over ranges of images, and their sum.

#include <string.h>

#include "conv.h"

char *nj_conv_partial_at(const nj_conv *conv, int64_t part, int64_t row, const nj_bindings *bindings) {
    int64_t at = part * conv->partial_bytes + row * conv->partial_stride * conv->width;
    return (char *)bindings->partials + at;
}

// Adds the products of some rows of one image to `sums`.
static void sum_image(const nj_conv *conv, const nj_view *x, const nj_view *dy, int64_t row, int64_t rows,
                      bool accumulate, char *sums) {
    const nj_conv_desc *d = &conv->desc;
    int64_t width = conv->width, channels = conv->group_k;
    bool joined = d->groups == 1 && d->dilation_w == 1 && x->x_stride == channels;
    nj_strip_job job = {.rows = joined ? d->kw * channels : channels, .k = d->out_w, .segments = rows,
                        .a_row_stride = 1, .a_k_stride = d->stride_w * x->x_stride,
                        .a_segment_stride = d->stride_h * x->y_stride, .panel_stride = dy->x_stride,
                        .panel_segment_stride = dy->y_stride, .c_stride = conv->partial_stride,
                        .accumulate = accumulate};
    for (int64_t group = 0; group < d->groups; group++) {
        for (int64_t s = 0; s < conv->group_strips; s++) {
            int64_t col = group * conv->group_cols + s * conv->strip;
            job.panel = dy->base + (row * dy->y_stride + col) * width;
            for (int64_t i = 0; i < d->kh; i++) {
                int64_t y = row * d->stride_h - d->pad_top + i * d->dilation_h;
                for (int64_t j = 0; j < d->kw; j += joined ? d->kw : 1) {
                    int64_t at = y * x->y_stride + (j * d->dilation_w - d->pad_left) * x->x_stride + group * channels;
                    job.a = x->base + at * width;
                    int64_t to = (group * conv->group_strips + s) * conv->strip;
                    job.c = sums + ((i * d->kw + j) * channels * conv->partial_stride + to) * width;
                    conv->set->strip[d->dtype](&job);
                }
            }
        }
    }
}

static nj_pair load_pair(const nj_conv *conv, int64_t image, int64_t images, int64_t band, const nj_bindings *bindings,
                         char *scratch) {
    nj_pair pair = {.images = images};
    int64_t m = conv->winograd.m, x_row = -conv->a.top, x_rows = conv->a.rows;
    nj_cut(conv->desc.out_h, conv->band_parts, m, band, &pair.row, &pair.rows);
    if (conv->band_parts > 1) nj_conv_source_rows(conv, pair.row, pair.rows, &x_row, &x_rows);
    pair.x = nj_source_load(conv, &conv->a, 0, image, images, x_row, x_rows, bindings, scratch + conv->a.at, scratch);
    pair.dy = nj_source_load(conv, &conv->b, 0, image, images, pair.row, nj_winograd_covered(&conv->winograd, pair.rows),
                             bindings, scratch + conv->b.at, scratch);
    return pair;
}

// What the next images of a part are made from.
static void fetch_following(const nj_conv *conv, int64_t image, int64_t end, const nj_bindings *bindings,
                            nj_fetch *fetch) {
    int64_t images = nj_least(conv->tile_images, end - image);
    if (images <= 0 || conv->band_parts > 1) return;
    nj_source_fetch(conv, &conv->a, image, images, bindings, fetch);
    nj_source_fetch(conv, &conv->b, image, images, bindings, fetch);
}

void nj_conv_sum_images(const nj_conv *conv, int64_t part, const nj_bindings *bindings, char *scratch) {
    const nj_conv_desc *d = &conv->desc;
    int64_t first, count;
    nj_cut(d->n, conv->image_parts, 1, part, &first, &count);
    char *sums = nj_conv_partial_at(conv, part, 0, bindings);
    bool accumulate = false;
    bool empty = d->out_h == 0 || d->out_w == 0;
    for (int64_t image = first; image < first + count && !empty; image += conv->tile_images) {
        int64_t images = nj_least(conv->tile_images, first + count - image);
        for (int64_t band = 0; band < conv->band_parts; band++) {
            nj_pair pair = load_pair(conv, image, images, band, bindings, scratch);
            if (conv->algorithm == NJ_WINOGRAD) {
                nj_fetch fetch = {.count = 0};
                fetch_following(conv, image + images, first + count, bindings, &fetch);
                nj_winograd_sum(conv, &pair, accumulate, scratch, &fetch);
                accumulate = true;
                continue;
            }
            for (int64_t i = 0; i < images; i++) {
                sum_image(conv, &pair.x, &pair.dy, pair.row, pair.rows, accumulate, sums);
                pair.x.base += pair.x.n_stride * conv->width;
                pair.dy.base += pair.dy.n_stride * conv->width;
                accumulate = true;
            }
        }
    }
    if (!accumulate) memset(sums, 0, (size_t)conv->partial_bytes);
    else if (conv->algorithm == NJ_WINOGRAD) nj_winograd_end_sum(conv, scratch, sums);
}

void nj_conv_prepare_images(const nj_conv *conv, int64_t part, const nj_bindings *bindings, char *scratch) {
    int64_t first, count;
    nj_cut(conv->desc.n, conv->image_parts, 1, part, &first, &count);
    if (conv->algorithm == NJ_WINOGRAD) {
        for (int64_t image = first; image < first + count; image += conv->tile_images) {
            int64_t images = nj_least(conv->tile_images, first + count - image);
            nj_pair pair = load_pair(conv, image, images, 0, bindings, scratch);
            nj_winograd_transform(conv, &pair, image, bindings);
        }
        return;
    }
    const nj_source *sides[2] = {&conv->a, &conv->b};
    for (int i = 0; i < 2; i++) {
        char *to = (char *)bindings->partials + sides[i]->at + first * sides[i]->n_stride * conv->width;
        nj_source_load(conv, sides[i], 0, first, count, 0, sides[i]->h, bindings, to, scratch);
    }
}

// Outputs whose kernel position `tap` meets the image: [*first, *end).
static void outputs_inside(int64_t tap, int64_t stride, int64_t pad, int64_t dilation, int64_t size, int64_t outputs,
                           int64_t *first, int64_t *end) {
    int64_t at = tap * dilation - pad;
    *first = nj_most(0, nj_ceil_div(-at, stride));
    *end = nj_most(*first, nj_least(outputs, nj_ceil_div(size - at, stride)));
}

void nj_conv_multiply_pixels(const nj_conv *conv, int64_t tap, int64_t channel, int64_t channels,
                             const nj_bindings *bindings, char *to) {
    const nj_conv_desc *d = &conv->desc;
    const nj_source *x = &conv->a, *dy = &conv->b;
    int64_t width = conv->width, i = tap / d->kw, j = tap % d->kw, p0, p1, q0, q1;
    outputs_inside(i, d->stride_h, d->pad_top, d->dilation_h, d->h, d->out_h, &p0, &p1);
    outputs_inside(j, d->stride_w, d->pad_left, d->dilation_w, d->w, d->out_w, &q0, &q1);
    nj_strip_job job = {.rows = channels, .k = d->n, .a = bindings->partials, .panel = bindings->partials,
                        .a_row_stride = 1, .a_k_stride = x->n_stride,
                        .a_segment_stride = d->stride_w * x->x_stride, .panel_stride = dy->n_stride,
                        .panel_segment_stride = dy->x_stride, .c_stride = conv->c_stride};
    for (int64_t group = 0; group < d->groups; group++) {
        for (int64_t s = 0; s < conv->group_strips; s++) {
            // What is written past a group's last column, the next group writes again.
            int64_t col = group * conv->group_cols + s * conv->strip;
            job.c = to + col * width;
            job.accumulate = false;
            job.segments = 0;
            if (p0 >= p1) conv->set->strip[d->dtype](&job);
            job.segments = q1 - q0;
            for (int64_t p = p0; p < p1; p++) {
                int64_t y = p * d->stride_h - d->pad_top + i * d->dilation_h;
                int64_t z = q0 * d->stride_w - d->pad_left + j * d->dilation_w;
                int64_t from = y * x->y_stride + z * x->x_stride + group * conv->group_k + channel;
                job.a = (const char *)bindings->partials + x->at + from * width;
                job.panel = (const char *)bindings->partials + dy->at +
                            (p * dy->y_stride + q0 * dy->x_stride + col) * width;
                conv->set->strip[d->dtype](&job);
                job.accumulate = true;
            }
        }
    }
}

// The sum stays in the first partial result.
const char *nj_conv_add_partials(const nj_conv *conv, int64_t row, int64_t rows, const nj_bindings *bindings,
                                 char *to) {
    const nj_conv_desc *d = &conv->desc;
    nj_map_fn add = conv->set->map[NJ_OP_ADD][d->dtype][0];
    char *sum = nj_conv_partial_at(conv, 0, row, bindings);
    for (int64_t part = 1; part < conv->image_parts; part++) {
        add(sum, sum, nj_conv_partial_at(conv, part, row, bindings), NULL, rows * conv->partial_stride);
    }
    if (d->groups == 1) return sum;
    // Groups close ranks.
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t group = 0; group < d->groups; group++) {
            int64_t from = r * conv->partial_stride + group * conv->group_strips * conv->strip;
            int64_t at = r * conv->c_stride + group * conv->group_cols;
            memcpy(to + at * conv->width, sum + from * conv->width, (size_t)(conv->group_cols * conv->width));
        }
    }
    return to;
}
