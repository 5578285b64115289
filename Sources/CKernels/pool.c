// Pooling: tiles are ranges of images, or bands of rows of one image, computed in scratch memory window by window.

#include <stdlib.h>
#include <string.h>

#include "nj_pool.h"
#include "program.h"
#include "program_check.h"

enum {
    TILES_WANTED = 16,
    TILE_ELEMENTS = 8192,       // at least, of the result
    SCRATCH_BYTES = 256 << 10,  // of the result's tile
};

struct nj_pool {
    nj_pool_desc desc;
    const nj_kernel_set *set;
    nj_program *program;
    int64_t width;                       // bytes of an element
    int64_t result_h, result_w;
    int64_t image_parts, band_parts;
    int64_t program_at, scratch_bytes;
    double cost;
};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static bool is_gradient(const nj_pool_desc *d) { return d->kind == NJ_POOL_MAX_GRAD || d->kind == NJ_POOL_AVG_GRAD; }

static bool is_window(int64_t kernel, int64_t stride, int64_t pad, int64_t dilation) {
    const int64_t limit = INT64_C(1) << 20;
    return kernel >= 1 && kernel <= limit && stride >= 1 && stride <= limit && pad >= 0 && pad <= limit &&
           dilation >= 1 && dilation <= limit;
}

static bool is_image(int64_t n, int64_t h, int64_t w, int64_t c) {
    const int64_t limit = INT64_C(1) << 40;
    int64_t sizes[4] = {n, h, w, c}, product = 1;
    for (int i = 0; i < 4; i++) {
        if (sizes[i] < 0 || sizes[i] > limit || (sizes[i] > 0 && product > limit / sizes[i])) return false;
        product *= most(sizes[i], 1);
    }
    return true;
}

static bool is_valid(const nj_pool_desc *d) {
    if (!d || !d->program || (d->dtype != NJ_F32 && d->dtype != NJ_F64) || d->kind > NJ_POOL_MAX_TAKE) return false;
    if (!is_image(d->n, d->h, d->w, d->c) || !is_image(d->n, d->out_h, d->out_w, d->c)) return false;
    if (!is_window(d->kh, d->stride_h, d->pad_top, d->dilation_h) || d->pad_bottom < 0) return false;
    if (!is_window(d->kw, d->stride_w, d->pad_left, d->dilation_w) || d->pad_right < 0) return false;
    int64_t rows = is_gradient(d) ? d->n * d->h * d->w : d->n * d->out_h * d->out_w;
    if (d->program->rows != rows || d->program->cols != d->c) return false;
    return nj_product_operands_fit(d->program, d->dtype);
}

static bool plan(nj_pool *pool) {
    const nj_pool_desc *d = &pool->desc;
    nj_grid grid = {0};
    int64_t elements = pool->result_h * pool->result_w * d->c;
    if (elements > 0 && d->n > 0) {
        bool one_row_tile, one_col_tile;
        nj_program_restrictions(d->program, &one_row_tile, &one_col_tile);
        int64_t wanted = most(1, least(TILES_WANTED, d->n * elements / TILE_ELEMENTS));
        int64_t fit = most(1, SCRATCH_BYTES / (elements * pool->width));
        pool->image_parts = least(d->n, most((d->n + fit - 1) / fit, wanted));
        if (pool->image_parts == d->n) {
            int64_t bytes = (elements * pool->width + SCRATCH_BYTES - 1) / SCRATCH_BYTES;
            pool->band_parts = least(pool->result_h, most(bytes, (wanted + d->n - 1) / d->n));
        }
        if (one_row_tile) pool->image_parts = pool->band_parts = 1;
        int64_t images = (d->n + pool->image_parts - 1) / pool->image_parts;
        int64_t rows = (pool->result_h + pool->band_parts - 1) / pool->band_parts * images;
        grid = (nj_grid){.row_tiles = pool->image_parts * pool->band_parts, .col_tiles = 1,
                         .tile_rows = rows * pool->result_w, .tile_cols = d->c};
        pool->program_at = (rows * pool->result_w * d->c * pool->width + 63) / 64 * 64;
    }
    pool->program = nj_program_compile(d->program, &grid);
    if (!pool->program) return false;
    pool->scratch_bytes = pool->program_at + (int64_t)nj_program_scratch_bytes(pool->program);
    double taps = (double)(d->n * d->out_h * d->out_w) * (double)(d->kh * d->kw);
    pool->cost = taps * (2 + 0.1 * (double)d->c) + nj_program_cost(pool->program);
    return true;
}

nj_pool *nj_pool_create(const nj_pool_desc *desc) {
    if (!is_valid(desc)) return NULL;
    nj_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pool->desc = *desc;
    pool->set = nj_kernel_set_current();
    pool->width = nj_width(desc->dtype);
    pool->result_h = is_gradient(desc) ? desc->h : desc->out_h;
    pool->result_w = is_gradient(desc) ? desc->w : desc->out_w;
    pool->band_parts = 1;
    if (!plan(pool)) {
        free(pool);
        return NULL;
    }
    pool->desc.program = NULL;
    return pool;
}

void nj_pool_destroy(nj_pool *pool) {
    if (!pool) return;
    nj_program_destroy(pool->program);
    free(pool);
}

int32_t nj_pool_phase_count(const nj_pool *pool) {
    (void)pool;
    return 1;
}
int64_t nj_pool_tile_count(const nj_pool *pool, int32_t phase) {
    (void)phase;
    return pool->image_parts * pool->band_parts;
}
size_t nj_pool_scratch_bytes(const nj_pool *pool) { return (size_t)pool->scratch_bytes; }
size_t nj_pool_partial_bytes(const nj_pool *pool) { return nj_program_partial_bytes(pool->program); }
double nj_pool_cost(const nj_pool *pool) { return pool->cost; }

// One axis of a window: taps [first, end) lie in the image, the first at position `at`; `counted` of the taps lie in
// the image or its padding.
typedef struct span {
    int64_t first, end, at, counted;
} span;

static span window_span(int64_t out, int64_t size, int64_t kernel, int64_t stride, int64_t pad, int64_t pad_after,
                        int64_t dilation) {
    int64_t start = out * stride - pad;
    span s = {.first = start < 0 ? (-start + dilation - 1) / dilation : 0};
    int64_t inside = size - start, padded = size + pad_after - start;
    s.end = inside > 0 ? least(kernel, (inside + dilation - 1) / dilation) : 0;
    s.end = most(s.end, s.first);
    s.at = start + s.first * dilation;
    s.counted = padded > 0 ? least(kernel, (padded + dilation - 1) / dilation) : 0;
    return s;
}

// All windows of one image; result rows [row, row + rows) lie at c.
static void pool_image(const nj_pool *pool, const char *x, const char *dy, int64_t row, int64_t rows, char *c) {
    const nj_pool_desc *d = &pool->desc;
    bool gradient = is_gradient(d);
    int64_t width = pool->width, reach = (d->kh - 1) * d->dilation_h;
    int64_t y0 = row, y1 = row + rows;
    if (gradient) {
        // Windows that reach a row of the band.
        int64_t low = row + d->pad_top - reach, high = row + rows - 1 + d->pad_top;
        y0 = low <= 0 ? 0 : (low + d->stride_h - 1) / d->stride_h;
        y1 = least(d->out_h, high / d->stride_h + 1);
    }
    nj_pool_job job = {.channels = d->c, .x_row_stride = d->dilation_h * d->w * d->c,
                       .x_col_stride = d->dilation_w * d->c};
    job.result_row_stride = job.x_row_stride;
    job.result_col_stride = job.x_col_stride;
    for (int64_t p = y0; p < y1; p++) {
        span v = window_span(p, d->h, d->kh, d->stride_h, d->pad_top, d->pad_bottom, d->dilation_h);
        job.rows = v.end - v.first;
        for (int64_t q = 0; q < d->out_w; q++) {
            span u = window_span(q, d->w, d->kw, d->stride_w, d->pad_left, d->pad_right, d->dilation_w);
            job.cols = u.end - u.first;
            if (job.cols == 0) job.rows = 0;
            int64_t counted = d->count_include_pad ? v.counted * u.counted : job.rows * job.cols;
            job.divisor = (double)most(counted, 1);
            // Nothing is read of an empty window.
            if (x) job.x = job.rows > 0 ? x + (v.at * d->w + u.at) * d->c * width : x;
            if (d->kind == NJ_POOL_MAX_TAKE) job.dy = job.rows > 0 ? dy + (v.at * d->w + u.at) * d->c * width : dy;
            if (gradient) {
                job.dy = dy + (p * d->out_w + q) * d->c * width;
                job.first_row = row <= v.at ? 0 : (row - v.at + d->dilation_h - 1) / d->dilation_h;
                job.end_row = row + rows <= v.at ? 0 : (row + rows - v.at + d->dilation_h - 1) / d->dilation_h;
                job.first_row = least(job.first_row, job.rows);
                job.end_row = least(job.end_row, job.rows);
                job.result = c + ((v.at - row) * d->w + u.at) * d->c * width;
            } else {
                job.result = c + ((p - row) * d->out_w + q) * d->c * width;
            }
            pool->set->pool[d->kind][d->dtype](&job);
            job.rows = v.end - v.first;
        }
    }
}

void nj_pool_run(const nj_pool *pool, int32_t phase, int64_t index, const nj_bindings *bindings, void *scratch) {
    (void)phase;
    const nj_pool_desc *d = &pool->desc;
    int64_t image, images, row, rows;
    nj_cut(d->n, pool->image_parts, 1, index / pool->band_parts, &image, &images);
    nj_cut(pool->result_h, pool->band_parts, 1, index % pool->band_parts, &row, &rows);
    int64_t result = rows * pool->result_w * d->c * pool->width;
    if (is_gradient(d)) memset(scratch, 0, (size_t)(images * result));
    const char *x = NULL, *dy = NULL;
    if (d->kind != NJ_POOL_AVG_GRAD) x = (const char *)bindings->buffers[d->x_buffer] + d->x_offset * pool->width;
    if (is_gradient(d) || d->kind == NJ_POOL_MAX_TAKE) {
        dy = (const char *)bindings->buffers[d->dy_buffer] + d->dy_offset * pool->width;
    }
    int64_t dy_image = d->kind == NJ_POOL_MAX_TAKE ? d->h * d->w : d->out_h * d->out_w;
    for (int64_t i = 0; i < images; i++) {
        int64_t at = image + i;
        pool_image(pool, x ? x + at * d->h * d->w * d->c * pool->width : NULL,
                   dy ? dy + at * dy_image * d->c * pool->width : NULL, row, rows,
                   (char *)scratch + i * result);
    }
    nj_tile tile = {.index = index, .row_index = index, .row0 = (image * pool->result_h + row) * pool->result_w,
                    .rows = images * rows * pool->result_w, .cols = d->c, .product = scratch, .product_stride = d->c};
    nj_program_run_tile(pool->program, &tile, bindings, (char *)scratch + pool->program_at);
}

void nj_pool_finish(const nj_pool *pool, const nj_bindings *bindings) { nj_program_finish(pool->program, bindings); }
