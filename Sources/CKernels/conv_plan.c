// Decides how a convolution is computed and cut.

#include <stdlib.h>
#include <string.h>

#include "conv.h"

enum {
    TILES_WANTED = 16,         // so that up to eight threads end at about the same time
    TILE_FLOPS = 1000000,
    SCRATCH_BYTES = 384 << 10, // of a tile's images: they should stay in the second-level cache
    FEW_PIXELS = 4,            // of a map whose padding is worth skipping
};

static bool is_weights(const nj_conv *conv) { return conv->desc.kind == NJ_CONV_WEIGHT_GRAD; }

// A kernel of one pixel sees an image as one long row.
static void flatten(nj_conv_desc *d) {
    bool one = d->kh == 1 && d->kw == 1 && d->stride_h == 1 && d->stride_w == 1 && d->pad_top == 0 && d->pad_left == 0;
    if (!one || d->out_h != d->h || d->out_w != d->w || d->n < TILES_WANTED) return;
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

static double direct_flops(const nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    return 2.0 * (double)(d->n * d->out_h * d->out_w) * (double)(d->kh * d->kw * (d->cin / d->groups)) * (double)d->cout;
}

// Whole images, as many as fit; bands of rows where not even one does, or images are too few.
static void choose_tiles(nj_conv *conv, int64_t image_bytes, int64_t rows) {
    int64_t n = conv->desc.n;
    double most = direct_flops(conv) / TILE_FLOPS;
    int64_t wanted = most > TILES_WANTED ? TILES_WANTED : (most < 1 ? 1 : (int64_t)most);
    int64_t fit = nj_most(1, SCRATCH_BYTES / nj_most(image_bytes, 1));
    conv->image_parts = nj_least(n, nj_most(nj_parts(n, fit), wanted));
    conv->band_parts = 1;
    if (conv->algorithm == NJ_PIXELS) return;
    if (conv->image_parts == n) {
        int64_t bands = nj_most(nj_parts(image_bytes, SCRATCH_BYTES), nj_parts(wanted, n));
        conv->band_parts = nj_least(bands, nj_parts(rows, conv->band_unit));
    }
}

static int64_t reserve(nj_conv *conv, int64_t elements) {
    int64_t at = conv->scratch_bytes;
    conv->scratch_bytes += nj_round_up(elements * conv->width, 64);
    return at;
}

// The most rows of a source that a band needs.
static int64_t band_height(const nj_conv *conv, int64_t rows) {
    int64_t height = 0;
    for (int64_t band = 0; band < conv->band_parts; band++) {
        int64_t first, count, row, size;
        nj_cut(rows, conv->band_parts, conv->band_unit, band, &row, &size);
        nj_conv_source_rows(conv, row, size, &first, &count);
        height = nj_most(height, count);
    }
    return height;
}

static int64_t source_elements(const nj_source *source, int64_t images, int64_t rows) {
    if (source->layout == NJ_IN_PLACE) return 0;
    if (source->layout == NJ_BY_PIXEL) return source->rows * source->y_stride;
    return images > 1 ? images * source->n_stride : rows * source->y_stride;
}

static bool plan_correlation(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    nj_source *source = &conv->a;
    bool small = conv->result_h * conv->result_w <= FEW_PIXELS && source->h * source->w <= FEW_PIXELS;
    conv->algorithm = small && d->kh * d->kw > 1 && d->n >= 4 ? NJ_PIXELS : NJ_DIRECT;
    conv->band_unit = 1;
    int64_t pixel = source->c;
    nj_layout layout = NJ_BORDERED;
    if (conv->algorithm == NJ_PIXELS) {
        layout = NJ_BY_PIXEL;
        pixel = source->c + (source->c * conv->width % 256 == 0 ? conv->strip : 0);
    } else if (!d->a_loader && nj_source_lies_well(conv, source)) {
        layout = NJ_IN_PLACE;
    }
    nj_source_lay_out(conv, source, layout, pixel, 1);
    int64_t lying = layout == NJ_IN_PLACE ? 0 : source->rows * source->y_stride;
    int64_t result = conv->result_h * conv->result_w * conv->c_stride;
    choose_tiles(conv, (lying + result) * conv->width, conv->result_h);
    conv->tile_images = nj_parts(d->n, conv->image_parts);
    int64_t units = nj_parts(conv->result_h, conv->band_unit);
    conv->tile_rows = nj_least(conv->result_h, nj_parts(units, conv->band_parts) * conv->band_unit);
    if (layout == NJ_BY_PIXEL) nj_source_lay_out(conv, source, layout, pixel, conv->tile_images);

    int64_t height = conv->band_parts > 1 ? band_height(conv, conv->result_h) : source->rows;
    conv->c_at = conv->gathers ? 0 : reserve(conv, conv->tile_images * conv->tile_rows * conv->result_w * conv->c_stride);
    source->at = reserve(conv, source_elements(source, conv->tile_images, height));
    conv->program_at = conv->scratch_bytes;
    int64_t pixels = conv->tile_images * nj_least(height, source->h) * source->w;
    if (layout != NJ_IN_PLACE && !nj_source_compile(conv, source, d->a_loader, pixels)) return false;

    nj_conv_plan_panels(conv);
    conv->phase_tiles[1] = conv->image_parts * conv->band_parts;
    conv->phases = 2;
    if (conv->gathers) {
        conv->result_bytes = nj_round_up(d->n * result * conv->width, 64);
        conv->phase_tiles[2] = 1;
        conv->phases = 3;
    }
    return true;
}

static bool plan_weights(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    nj_source *x = &conv->a, *dy = &conv->b;
    conv->band_unit = 1;
    bool x_lies = !d->a_loader && nj_source_lies_well(conv, x);
    bool dy_lies = !d->b_loader && conv->c_stride == d->cout;
    nj_source_lay_out(conv, x, x_lies ? NJ_IN_PLACE : NJ_BORDERED, x->c, 1);
    nj_source_lay_out(conv, dy, dy_lies ? NJ_IN_PLACE : NJ_BORDERED, dy_lies ? dy->c : conv->c_stride, 1);
    nj_conv_plan_weights(conv);

    int64_t per_image = (x_lies ? 0 : x->n_stride) + (dy_lies ? 0 : dy->n_stride);
    int64_t fit = nj_most(1, SCRATCH_BYTES / nj_most(per_image * conv->width, 1));
    conv->tile_images = nj_least(fit, nj_parts(d->n, conv->image_parts));
    conv->band_parts = conv->tile_images > 1 ? 1 : nj_least(nj_parts(per_image * conv->width, SCRATCH_BYTES), nj_most(d->out_h, 1));
    int64_t rows = nj_parts(d->out_h, conv->band_parts);
    int64_t height = conv->band_parts > 1 ? band_height(conv, d->out_h) : x->rows;
    x->at = reserve(conv, source_elements(x, conv->tile_images, height));
    dy->at = reserve(conv, source_elements(dy, conv->tile_images, rows));

    bool one_row_tile, one_col_tile;
    nj_program_restrictions(d->program, &one_row_tile, &one_col_tile);
    enum { REDUCED = 16384 };  // elements of the result in one tile
    int64_t parts = nj_parts(conv->partial_rows * conv->c_stride, REDUCED);
    conv->row_parts = one_row_tile ? 1 : nj_least(nj_least(parts, TILES_WANTED), conv->partial_rows);
    conv->tile_rows = nj_parts(conv->partial_rows, conv->row_parts);
    conv->c_at = 0;
    conv->scratch_bytes = nj_most(conv->scratch_bytes, nj_round_up(conv->tile_rows * conv->c_stride * conv->width, 64));
    conv->program_at = conv->scratch_bytes;
    int64_t x_pixels = conv->tile_images * nj_least(height, x->h) * x->w;
    int64_t dy_pixels = conv->tile_images * rows * dy->w;
    if (!x_lies && !nj_source_compile(conv, x, d->a_loader, x_pixels)) return false;
    if (!dy_lies && !nj_source_compile(conv, dy, d->b_loader, dy_pixels)) return false;
    conv->phase_tiles[0] = conv->image_parts;
    conv->phase_tiles[1] = conv->row_parts;
    conv->phases = 2;
    return true;
}

static int64_t scratch_of(const nj_program *program) {
    return program ? (int64_t)nj_program_scratch_bytes(program) : 0;
}

static bool plan(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    bool empty = d->program->rows == 0 || d->program->cols == 0;
    nj_grid grid = {0};
    if (!empty) {
        bool one_col_tile;
        nj_program_restrictions(d->program, &conv->gathers, &one_col_tile);
        conv->gathers = conv->gathers && !is_weights(conv);
        conv->c_stride = padded_columns(conv, conv->result_cols);
        if (!(is_weights(conv) ? plan_weights(conv) : plan_correlation(conv))) return false;
        bool one = conv->gathers;
        int64_t row_tiles = is_weights(conv) ? conv->row_parts : conv->image_parts * conv->band_parts;
        int64_t rows = is_weights(conv) ? conv->tile_rows : conv->tile_images * conv->tile_rows * conv->result_w;
        grid = (nj_grid){.row_tiles = one ? 1 : row_tiles, .col_tiles = 1, .tile_rows = one ? d->program->rows : rows,
                         .tile_cols = conv->result_cols};
    } else {
        conv->phases = 1;
    }
    conv->program = nj_program_compile(d->program, &grid);
    if (!conv->program) return false;
    int64_t most = nj_most(scratch_of(conv->program), nj_most(scratch_of(conv->a.loader), scratch_of(conv->b.loader)));
    conv->scratch_bytes += nj_round_up(most, 64);
    return true;
}

static void estimate(nj_conv *conv) {
    double rate = strcmp(conv->set->name, "baseline") == 0 ? 20 : 100;  // operations a nanosecond on one core
    if (conv->desc.dtype == NJ_F64) rate /= 2;
    conv->cost = direct_flops(conv) / rate + nj_program_cost(conv->program);
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
size_t nj_conv_partial_bytes(const nj_conv *conv) {
    return (size_t)(conv->packed_bytes + conv->result_bytes) + nj_program_partial_bytes(conv->program);
}
double nj_conv_cost(const nj_conv *conv) { return conv->cost; }
const char *nj_conv_algorithm(const nj_conv *conv) { return conv->algorithm == NJ_PIXELS ? "pixels" : "direct"; }
