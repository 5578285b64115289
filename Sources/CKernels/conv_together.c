// Both gradients of a convolution from one dy.
//
// Alone, each makes dy ready for itself, and as a rule that means to compute it: the gradient through the batch norm and
// the activation that follow, from two images in memory. A tile here is the tile that the weights' gradient takes; the
// image's gradient takes the same images as they come by.

#include "conv.h"

static bool is_even(const nj_conv *weights) {
    return weights->image_parts > 0 && weights->tile_images > 0 &&
           weights->desc.n % (weights->image_parts * weights->tile_images) == 0;
}

static bool takes_images(const nj_conv *conv) {
    return nj_conv_is_small(conv) && !conv->gathers && conv->band_parts == 1;
}

int64_t nj_conv_images_at_a_time(const nj_conv *weights) {
    bool can = weights->desc.kind == NJ_CONV_WEIGHT_GRAD && takes_images(weights) && is_even(weights);
    return can ? weights->tile_images : 0;
}

static bool is_same_convolution(const nj_conv_desc *a, const nj_conv_desc *b) {
    return a->n == b->n && a->h == b->h && a->w == b->w && a->cin == b->cin && a->out_h == b->out_h &&
           a->out_w == b->out_w && a->cout == b->cout && a->kh == b->kh && a->kw == b->kw && a->stride_h == b->stride_h && a->stride_w == b->stride_w &&
           a->pad_top == b->pad_top && a->pad_left == b->pad_left;
}

// The border that the image's gradient needs does no harm; below and to the right, tiles of the weights' may reach
// further over the edge.
static bool reaches_as_far(const nj_source *have, const nj_source *want) {
    return have->layout == NJ_BORDERED && want->layout == NJ_BORDERED && have->x_stride == want->x_stride &&
           have->rows - have->top >= want->rows - want->top && have->cols - have->left >= want->cols - want->left;
}

bool nj_conv_goes_with(const nj_conv *input, const nj_conv *weights) {
    int64_t images = nj_conv_images_at_a_time(weights);
    return images > 0 && input->desc.kind == NJ_CONV_INPUT_GRAD && takes_images(input) &&
           input->image_parts * images == input->desc.n && is_same_convolution(&input->desc, &weights->desc) &&
           reaches_as_far(&input->a, &weights->b);
}

static int64_t second_scratch(const nj_conv *input) { return nj_round_up(input->scratch_bytes, 64); }

size_t nj_conv_scratch_bytes_together(const nj_conv *input, const nj_conv *weights) {
    return (size_t)(second_scratch(input) + weights->scratch_bytes);
}

// The end of all images where there is no such tile.
static int64_t first_image(const nj_conv *weights, int64_t tile) {
    int64_t first, count;
    if (tile >= weights->image_parts) return weights->desc.n;
    nj_cut(weights->desc.n, weights->image_parts, 1, tile, &first, &count);
    return first;
}

void nj_conv_run_together(const nj_conv *input, const nj_conv *weights, int64_t tile, const nj_bindings *input_bindings,
                          const nj_bindings *weights_bindings, void *scratch) {
    char *own = (char *)scratch + second_scratch(input);
    int64_t first, count, images = weights->tile_images;
    nj_cut(weights->desc.n, weights->image_parts, 1, tile, &first, &count);
    for (int64_t image = first; image < first + count; image += images) {
        nj_fetch fetch = {.count = 0};
        nj_conv_fetch_program(input, image / images, input_bindings, &fetch);
        nj_source_fetch(weights, &weights->a, image, images, weights_bindings, &fetch);
        nj_pair pair = {.images = images, .rows = weights->desc.out_h};
        pair.dy = nj_conv_run_correlation(input, image / images, input_bindings, scratch, &fetch);
        pair.x = nj_source_load(weights, &weights->a, 0, image, images, -weights->a.top, weights->a.rows, weights_bindings,
                                own + weights->a.at, own);
        nj_fetch next = {.count = 0};
        int64_t following = image + images < first + count ? image + images : first_image(weights, tile + 1);
        if (following < weights->desc.n) nj_source_fetch(input, &input->a, following, images, input_bindings, &next);
        nj_winograd_sum(weights, &pair, image > first, own, &next);
    }
    nj_winograd_end_sum(weights, own, nj_conv_partial_at(weights, tile, 0, weights_bindings));
}
