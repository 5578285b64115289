// Decides how a convolution is computed and cut.

#include <stdlib.h>
#include <string.h>

#include "conv.h"

// A kernel of one pixel sees an image as one long row.
static void flatten(nj_conv_desc *d) {
    bool one = d->kh == 1 && d->kw == 1 && d->stride_h == 1 && d->stride_w == 1 && d->pad_top == 0 && d->pad_left == 0;
    if (!one || d->out_h != d->h || d->out_w != d->w || d->n < NJ_TILES_WANTED) return;
    d->w *= d->h;
    d->out_w *= d->out_h;
    d->h = d->out_h = 1;
}

static void name_sides(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    nj_source x = {.n = d->n, .h = d->h, .w = d->w, .c = d->cin};
    nj_source y = {.n = d->n, .h = d->out_h, .w = d->out_w, .c = d->cout};
    bool gradient = d->kind == NJ_CONV_INPUT_GRAD;
    conv->a = gradient ? y : x;
    conv->a.buffer = d->a_buffer;
    conv->a.offset = d->a_offset;
    conv->b = y;
    conv->b.buffer = d->b_buffer;
    conv->b.offset = d->b_offset;
    conv->result_h = gradient ? d->h : d->out_h;
    conv->result_w = gradient ? d->w : d->out_w;
    conv->result_cols = gradient ? d->cin : d->cout;
    conv->group_cols = conv->result_cols / d->groups;
    conv->group_k = (gradient ? d->cout : d->cin) / d->groups;
    conv->group_strips = nj_parts(conv->group_cols, conv->strip);
}

// Room for whole strips, and rows that do not crowd into a few sets of the cache.
static int64_t padded_columns(const nj_conv *conv, int64_t channels) {
    int64_t cols = (conv->desc.groups - 1) * conv->group_cols + conv->group_strips * conv->strip;
    cols = nj_most(cols, channels);
    return cols * conv->width % 1024 == 0 ? cols + conv->strip : cols;
}

double nj_conv_flops(const nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    double pixels = (double)(d->n * d->out_h * d->out_w), terms = (double)(d->kh * d->kw * (d->cin / d->groups));
    return 2 * pixels * terms * (double)d->cout;
}

int64_t nj_conv_reserve(nj_conv *conv, int64_t elements) {
    int64_t at = conv->scratch_bytes;
    conv->scratch_bytes += nj_round_up(elements * conv->width, 64);
    return at;
}

// The most rows of the source that a band of `rows` result rows needs.
static int64_t band_height(const nj_conv *conv, int64_t rows) {
    if (conv->band_parts == 1) return conv->a.rows;
    int64_t height = 0;
    for (int64_t band = 0; band < conv->band_parts; band++) {
        int64_t first, count, row, size;
        nj_cut(rows, conv->band_parts, conv->winograd.m, band, &row, &size);
        nj_conv_source_rows(conv, row, size, &first, &count);
        height = nj_most(height, count);
    }
    return height;
}

bool nj_conv_reserve_source(nj_conv *conv, nj_source *source, const nj_program_desc *loader, int64_t result_rows) {
    if (source->layout == NJ_IN_PLACE) return true;
    int64_t height = nj_round_up(conv->tile_rows, conv->winograd.m);
    if (source == &conv->a) height = band_height(conv, result_rows);
    if (source->layout == NJ_BY_PIXEL) {
        source->at = nj_conv_reserve(conv, source->rows * source->y_stride);
    } else if (conv->tile_images > 1) {
        source->at = nj_conv_reserve(conv, conv->tile_images * source->n_stride);
    } else {
        source->at = nj_conv_reserve(conv, height * source->y_stride);
    }
    return nj_source_compile(conv, source, loader, conv->tile_images * nj_least(height, source->h) * source->w);
}

static int64_t scratch_of(const nj_program *program) {
    return program ? (int64_t)nj_program_scratch_bytes(program) : 0;
}

static bool plan(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    nj_grid grid = {0};
    conv->phases = 1;
    if (d->program->rows > 0 && d->program->cols > 0) {
        conv->c_stride = padded_columns(conv, conv->result_cols);
        bool weights = d->kind == NJ_CONV_WEIGHT_GRAD;
        if (!(weights ? nj_conv_plan_weights(conv, &grid) : nj_conv_plan_image(conv, &grid))) return false;
    }
    grid.product_stride = conv->c_stride;
    conv->program = nj_program_compile(d->program, &grid);
    if (!conv->program) return false;
    int64_t most = nj_most(scratch_of(conv->program), nj_most(scratch_of(conv->a.loader), scratch_of(conv->b.loader)));
    conv->program_at = conv->scratch_bytes;
    conv->scratch_bytes += nj_round_up(most, 64);
    return true;
}

static void estimate(nj_conv *conv) {
    double rate = strcmp(conv->set->name, "baseline") == 0 ? 20 : 90;  // operations a nanosecond on one core
    if (conv->desc.dtype == NJ_F64) rate /= 2;
    if (conv->algorithm == NJ_WINOGRAD) {
        // Fewer products, and about a third more for the transforms.
        double products = (double)(conv->desc.n * conv->winograd.image_points * conv->group_k * conv->group_cols);
        rate *= 0.7 * nj_conv_flops(conv) / (2 * products);
    }
    if (conv->algorithm == NJ_PIXELS) rate *= 2;
    conv->cost = nj_conv_flops(conv) / rate + nj_program_cost(conv->program);
    if (conv->a.loader) conv->cost += nj_program_cost(conv->a.loader);
    if (conv->b.loader) conv->cost += nj_program_cost(conv->b.loader);
}

nj_conv *nj_conv_create(const nj_conv_desc *desc) {
    if (!nj_conv_check(desc)) return NULL;
    nj_conv *conv = calloc(1, sizeof *conv);
    if (!conv) return NULL;
    conv->desc = *desc;
    conv->set = nj_kernel_set_current();
    conv->width = nj_width(desc->dtype);
    conv->strip = NJ_STRIP_BYTES / conv->width;
    conv->winograd.m = conv->winograd.stride = conv->winograd.spread = 1;
    flatten(&conv->desc);
    name_sides(conv);
    if (!nj_conv_make_axes(conv) || !plan(conv)) {
        nj_conv_destroy(conv);
        return NULL;
    }
    estimate(conv);
    conv->desc.program = conv->desc.a_loader = conv->desc.b_loader = NULL;
    return conv;
}

void nj_conv_destroy(nj_conv *conv) {
    if (!conv) return;
    nj_program_destroy(conv->program);
    nj_program_destroy(conv->a.loader);
    nj_program_destroy(conv->b.loader);
    free(conv->y_axes);
    free(conv->x_axes);
    free(conv->classes);
    free(conv);
}

int32_t nj_conv_phase_count(const nj_conv *conv) { return conv->phases; }
int64_t nj_conv_tile_count(const nj_conv *conv, int32_t phase) { return conv->phase_tiles[phase]; }
size_t nj_conv_scratch_bytes(const nj_conv *conv) { return (size_t)conv->scratch_bytes; }
int64_t nj_conv_program_partials(const nj_conv *conv) { return conv->packed_bytes + conv->result_bytes; }
int64_t nj_conv_loader_partials(const nj_conv *conv) {
    return nj_conv_program_partials(conv) + (int64_t)nj_program_partial_bytes(conv->program);
}
size_t nj_conv_partial_bytes(const nj_conv *conv) {
    size_t loader = conv->a.loader ? nj_program_partial_bytes(conv->a.loader) : 0;
    return (size_t)nj_conv_loader_partials(conv) + loader;
}
double nj_conv_cost(const nj_conv *conv) { return conv->cost; }
const char *nj_conv_algorithm(const nj_conv *conv) {
    if (conv->algorithm == NJ_WINOGRAD) return nj_winograd_name(&conv->winograd);
    return conv->algorithm == NJ_PIXELS ? "pixels" : "direct";
}
