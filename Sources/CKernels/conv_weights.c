// Gradients of the weights: partial results over ranges of images, and their sum.

#include <string.h>

#include "conv.h"

enum {
    PARTS_WANTED = 16,         // so that up to eight threads end at about the same time
    PARTIAL_BYTES = 4 << 20,   // of all partial results, before there are fewer
    LEAST_PARTS = 4,
    PART_FLOPS = 1000000,
};

void nj_conv_plan_weights(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    conv->partial_rows = d->kh * d->kw * conv->group_k;
    conv->partial_stride = d->groups == 1 ? conv->c_stride : d->groups * conv->group_strips * conv->strip;
    int64_t bytes = conv->partial_rows * conv->partial_stride * conv->width;
    double flops = 2.0 * (double)(d->n * d->out_h * d->out_w) * (double)(conv->partial_rows * d->cout);
    int64_t parts = flops / PART_FLOPS < PARTS_WANTED ? (int64_t)(flops / PART_FLOPS) : PARTS_WANTED;
    parts = nj_least(parts, nj_most(LEAST_PARTS, PARTIAL_BYTES / nj_most(bytes, 1)));
    conv->image_parts = nj_most(1, nj_least(parts, d->n));
    conv->result_bytes = nj_round_up(conv->image_parts * bytes, 64);
}

static char *partial_at(const nj_conv *conv, int64_t part, int64_t row, const nj_bindings *bindings) {
    int64_t at = (part * conv->partial_rows + row) * conv->partial_stride * conv->width;
    return (char *)bindings->partials + conv->packed_bytes + at;
}

// Adds the products of some rows of one image to `sums`.
static void sum_image(const nj_conv *conv, const nj_view *x, const nj_view *dy, int64_t row, int64_t rows, bool accumulate,
                      char *sums) {
    const nj_conv_desc *d = &conv->desc;
    int64_t width = conv->width, channels = conv->group_k;
    bool joined = d->groups == 1 && d->dilation_w == 1 && x->x_stride == channels;
    nj_strip_job job = {.rows = joined ? d->kw * channels : channels, .k = d->out_w, .segments = rows,
                        .a_row_stride = 1, .a_k_stride = d->stride_w * x->x_stride,
                        .a_segment_stride = d->stride_h * x->y_stride, .panel_stride = dy->x_stride,
                        .panel_segment_stride = dy->y_stride, .c_stride = conv->partial_stride, .accumulate = accumulate};
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

void nj_conv_sum_images(const nj_conv *conv, int64_t part, const nj_bindings *bindings, char *scratch) {
    const nj_conv_desc *d = &conv->desc;
    int64_t first, count;
    nj_cut(d->n, conv->image_parts, 1, part, &first, &count);
    char *sums = partial_at(conv, part, 0, bindings);
    bool accumulate = false;
    for (int64_t image = first; image < first + count; image += conv->tile_images) {
        int64_t images = nj_least(conv->tile_images, first + count - image);
        for (int64_t band = 0; band < conv->band_parts && d->out_w > 0; band++) {
            int64_t row, rows, x_row = -conv->a.top, x_rows = conv->a.rows;
            nj_cut(d->out_h, conv->band_parts, 1, band, &row, &rows);
            if (rows == 0) continue;
            if (conv->band_parts > 1) nj_conv_source_rows(conv, row, rows, &x_row, &x_rows);
            nj_view x = nj_source_load(conv, &conv->a, image, images, x_row, x_rows, bindings, scratch);
            nj_view dy = nj_source_load(conv, &conv->b, image, images, row, rows, bindings, scratch);
            for (int64_t i = 0; i < images; i++) {
                sum_image(conv, &x, &dy, row, rows, accumulate, sums);
                x.base += x.n_stride * conv->width;
                dy.base += dy.n_stride * conv->width;
                accumulate = true;
            }
        }
    }
    if (!accumulate) memset(sums, 0, (size_t)(conv->partial_rows * conv->partial_stride * conv->width));
}

// The sum stays in the first partial result.
const char *nj_conv_add_partials(const nj_conv *conv, int64_t row, int64_t rows, const nj_bindings *bindings, char *to) {
    const nj_conv_desc *d = &conv->desc;
    nj_map_fn add = conv->set->map[NJ_OP_ADD][d->dtype][0];
    char *sum = partial_at(conv, 0, row, bindings);
    for (int64_t part = 1; part < conv->image_parts; part++) {
        add(sum, sum, partial_at(conv, part, row, bindings), NULL, rows * conv->partial_stride);
    }
    if (d->groups == 1) return sum;
    // Groups close ranks.
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t group = 0; group < d->groups; group++) {
            const char *from = sum + (r * conv->partial_stride + group * conv->group_strips * conv->strip) * conv->width;
            memcpy(to + (r * conv->c_stride + group * conv->group_cols) * conv->width, from,
                   (size_t)(conv->group_cols * conv->width));
        }
    }
    return to;
}
