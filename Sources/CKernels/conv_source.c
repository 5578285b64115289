// Brings images into scratch memory, with zeros around them.

#include <stdlib.h>
#include <string.h>

#include "conv.h"

// Widens [*low, *high) to the sources of positions [q0, q1) of a class.
static void extend(const nj_axis *axis, int64_t q0, int64_t q1, int64_t *low, int64_t *high) {
    if (q0 >= q1 || axis->taps == 0) return;
    int64_t first = axis->source_first + axis->source_step * q0;
    int64_t end = axis->source_first + axis->source_step * (q1 - 1) + axis->spacing * (axis->taps - 1) + 1;
    if (*low >= *high) *low = first, *high = end;
    *low = nj_least(*low, first);
    *high = nj_most(*high, end);
}

// Widens to the sources of results [row, row + rows), and of those beyond the edge that tiles cover.
static void extend_all(const nj_conv *conv, const nj_axis *axes, int64_t count, int64_t row, int64_t rows, int64_t *low,
                       int64_t *high) {
    int64_t end = row + nj_winograd_covered(&conv->winograd, rows);
    *low = *high = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t q0 = nj_ceil_div(row - axes[i].first, axes[i].step), q1 = nj_ceil_div(end - axes[i].first, axes[i].step);
        extend(&axes[i], nj_most(0, q0), q1, low, high);
    }
}

void nj_conv_source_rows(const nj_conv *conv, int64_t row, int64_t rows, int64_t *first, int64_t *count) {
    int64_t high;
    extend_all(conv, conv->y_axes, conv->y_count, row, rows, first, &high);
    *count = high - *first;
}

static void extents(const nj_conv *conv, int64_t *y_low, int64_t *y_high, int64_t *x_low, int64_t *x_high) {
    extend_all(conv, conv->y_axes, conv->y_count, 0, conv->result_h, y_low, y_high);
    extend_all(conv, conv->x_axes, conv->x_count, 0, conv->result_w, x_low, x_high);
}

bool nj_source_lies_well(const nj_conv *conv, const nj_source *source) {
    int64_t y_low, y_high, x_low, x_high;
    extents(conv, &y_low, &y_high, &x_low, &x_high);
    return y_low >= 0 && y_high <= source->h && x_low >= 0 && x_high <= source->w;
}

void nj_source_lay_out(const nj_conv *conv, nj_source *source, nj_layout layout, int64_t x_stride, int64_t images) {
    int64_t y_low = 0, y_high = 0, x_low = 0, x_high = 0;
    source->layout = layout;
    if (layout == NJ_BORDERED && source == &conv->a) extents(conv, &y_low, &y_high, &x_low, &x_high);
    if (source == &conv->b) {
        y_high = nj_winograd_covered(&conv->winograd, source->h);
        x_high = nj_winograd_covered(&conv->winograd, source->w);
    }
    source->top = nj_most(0, -y_low);
    source->left = nj_most(0, -x_low);
    source->rows = source->top + nj_most(source->h, y_high);
    source->cols = source->left + nj_most(source->w, x_high);
    if (layout == NJ_BY_PIXEL) {
        source->n_stride = x_stride;
        source->x_stride = images * source->n_stride;
        source->y_stride = source->cols * source->x_stride;
    } else {
        source->x_stride = x_stride;
        source->y_stride = source->cols * x_stride;
        source->n_stride = source->rows * source->y_stride;
    }
}

bool nj_source_compile(const nj_conv *conv, nj_source *source, const nj_program_desc *given, int64_t pixels) {
    const uint8_t dtype = conv->desc.dtype;
    int64_t count = source->n * source->h * source->w;
    nj_operand image[2] = {{.dtype = dtype, .kind = NJ_FULL, .buffer = source->buffer, .rank = 1,
                            .offset = source->offset, .dims = {count}, .strides = {source->c}, .col_stride = 1},
                           {.dtype = dtype, .kind = NJ_FULL, .buffer = NJ_LOADED}};
    nj_register value = {.dtype = dtype, .kind = NJ_FULL};
    nj_instr copy[2] = {{.op = NJ_OP_LOAD, .dtype = dtype}, {.op = NJ_OP_STORE, .dtype = dtype, .dst = 1}};
    nj_program_desc desc = {.rows = count, .cols = source->c, .instrs = copy, .registers = &value, .operands = image,
                            .instr_count = 2, .register_count = 1, .operand_count = 2};
    if (given) desc = *given;
    nj_operand *operands = malloc(((size_t)desc.operand_count + 1) * sizeof *operands);
    if (!operands) return false;
    for (int32_t p = 0; p < desc.operand_count; p++) {
        operands[p] = desc.operands[p];
        if (operands[p].buffer != NJ_LOADED) continue;
        operands[p] = (nj_operand){.dtype = dtype, .kind = NJ_FULL, .buffer = NJ_LOADED, .rank = 3,
                                   .dims = {source->n, source->h, source->w},
                                   .strides = {source->n_stride, source->y_stride, source->x_stride},
                                   .col_stride = 1};
    }
    desc.operands = operands;
    nj_grid grid = {.row_tiles = 1, .col_tiles = 1, .tile_rows = pixels, .tile_cols = source->c, .loads = true};
    // A tile of a correlation loads once.
    if (nj_conv_loader_has_results(given)) grid.row_tiles = conv->image_parts;
    source->loader = nj_program_compile(&desc, &grid);
    free(operands);
    return source->loader != NULL;
}

// Zeros in the rows [row, first) and [end, row + rows), and left and right of the others.
static void clear_border(const nj_conv *conv, const nj_source *source, char *at, int64_t row, int64_t rows,
                         int64_t first, int64_t end) {
    int64_t pixel = source->x_stride * conv->width, line = source->y_stride * conv->width;
    if (source->x_stride > source->c) {
        memset(at, 0, (size_t)(rows * line));
        return;
    }
    int64_t right = source->cols - source->left - source->w;
    memset(at, 0, (size_t)((first - row) * line));
    for (int64_t y = first; y < end; y++) {
        char *from = at + (y - row) * line;
        memset(from, 0, (size_t)(source->left * pixel));
        memset(from + (source->left + source->w) * pixel, 0, (size_t)(right * pixel));
    }
    memset(at + (end - row) * line, 0, (size_t)((row + rows - end) * line));
}

// As the loader sees them.
static nj_bindings loader_bindings(const nj_conv *conv, const nj_bindings *bindings) {
    nj_bindings own = *bindings;
    own.faults = NULL;
    if (own.partials) own.partials = (char *)own.partials + nj_conv_loader_partials(conv);
    return own;
}

nj_view nj_source_load(const nj_conv *conv, const nj_source *source, int64_t index, int64_t image, int64_t images,
                       int64_t row, int64_t rows, const nj_bindings *bindings, char *to, char *scratch) {
    nj_view view = {.x_stride = source->x_stride, .y_stride = source->y_stride, .n_stride = source->n_stride};
    int64_t width = conv->width;
    if (source->layout == NJ_IN_PLACE) {
        const char *base = bindings->buffers[source->buffer];
        view.base = base + (source->offset + image * source->n_stride) * width;
        return view;
    }
    int64_t first = nj_least(nj_most(row, 0), row + rows), end = nj_most(nj_least(row + rows, source->h), first);
    if (source->layout == NJ_BORDERED) {
        for (int64_t i = 0; i < images; i++) {
            clear_border(conv, source, to + i * source->n_stride * width, row, rows, first, end);
        }
    }
    int64_t shift = (source->left * source->x_stride - row * source->y_stride) * width;
    view.base = to + shift;
    if (first == end || source->w == 0 || source->c == 0) return view;
    nj_tile tile = {.index = index, .row_index = index, .row0 = (image * source->h + first) * source->w,
                    .cols = source->c};
    tile.rows = images > 1 ? images * source->h * source->w : (end - first) * source->w;
    // The loader counts from the first image of all.
    tile.loaded = (char *)((uintptr_t)to + (uintptr_t)(shift - image * source->n_stride * width));
    nj_bindings own = loader_bindings(conv, bindings);
    nj_program_run_tile(source->loader, &tile, &own, scratch + conv->program_at);
    return view;
}

void nj_source_finish(const nj_conv *conv, const nj_source *source, const nj_bindings *bindings) {
    if (!source->loader) return;
    nj_bindings own = loader_bindings(conv, bindings);
    nj_program_finish(source->loader, &own);
}

void nj_source_fetch(const nj_conv *conv, const nj_source *source, int64_t image, int64_t images,
                     const nj_bindings *bindings, nj_fetch *fetch) {
    if (source->layout == NJ_IN_PLACE) {
        const char *base = bindings->buffers[source->buffer];
        nj_fetch_add(fetch, base + (source->offset + image * source->n_stride) * conv->width,
                     images * source->n_stride * conv->width, false);
        return;
    }
    int64_t pixels = source->h * source->w;
    nj_tile tile = {.row0 = image * pixels, .rows = images * pixels, .cols = source->loader->cols};
    nj_program_fetch(source->loader, &tile, bindings, fetch);
}
