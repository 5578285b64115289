// Tiles of Winograd's algorithms: where they lie.
#ifndef NJ_CONV_WINOGRAD_H
#define NJ_CONV_WINOGRAD_H

#include "conv.h"

enum { NJ_MOST_BLOCK = 96 };  // tiles in a block

// An odd number of lines from point to point, so that the points of a tile lie in different sets of the cache.
static inline int64_t nj_point_stride(int64_t elements) {
    int64_t lines = nj_parts(elements, 16);
    return (lines | 1) * 16;
}

// Tiles along an axis: full ones, then short ones.
typedef struct nj_cover {
    int64_t full, brief;
} nj_cover;

static inline nj_cover nj_cover_axis(const nj_winograd *w, int64_t results) {
    int64_t tiles = nj_parts(results, w->m), over = tiles * w->m - results;
    int64_t brief = w->less == 0 ? 0 : nj_least(tiles, over / w->less);
    return (nj_cover){tiles - brief, brief};
}

// Tiles of some images, whose results are `height` x `width` pixels. They come in the order of their shapes; where those
// of a shape begin, and at the end where all end.
typedef struct nj_field {
    int64_t height, width;
    nj_cover down, across;
    int64_t shape_at[NJ_TILE_SHAPES + 1];
} nj_field;

static inline bool nj_has_full_rows(int shape) { return shape == NJ_TILE_SHORT_COLS || shape == NJ_TILE_FULL; }
static inline bool nj_has_full_cols(int shape) { return shape == NJ_TILE_FULL || shape == NJ_TILE_SHORT_ROWS; }

// Tiles of a shape down and across an image.
static inline int64_t nj_shape_down(const nj_field *f, int shape) {
    return nj_has_full_rows(shape) ? f->down.full : f->down.brief;
}
static inline int64_t nj_shape_across(const nj_field *f, int shape) {
    return nj_has_full_cols(shape) ? f->across.full : f->across.brief;
}

static inline nj_field nj_make_field(const nj_winograd *w, int64_t images, int64_t height, int64_t width) {
    nj_field f = {height, width, nj_cover_axis(w, height), nj_cover_axis(w, width), {0}};
    for (int s = 0; s < NJ_TILE_SHAPES; s++) {
        f.shape_at[s + 1] = f.shape_at[s] + images * nj_shape_down(&f, s) * nj_shape_across(&f, s);
    }
    return f;
}
static inline int64_t nj_tiles(const nj_field *f) { return f->shape_at[NJ_TILE_SHAPES]; }

// Tiles [first, end) of a field or of a block.
typedef struct nj_span {
    int64_t first, end;
} nj_span;

// Those that have a point in row i and column j of the points.
static inline nj_span nj_tiles_with(const nj_winograd *w, const int64_t *shape_at, int64_t i, int64_t j) {
    bool rows = i >= w->side - w->dropped, cols = j >= w->side - w->dropped;
    int64_t first = shape_at[cols ? NJ_TILE_FULL : 0];
    int64_t end = shape_at[rows ? NJ_TILE_SHORT_ROWS : (cols ? NJ_TILE_SHORT : NJ_TILE_SHAPES)];
    return (nj_span){first, end};
}

static inline int64_t nj_panel_of(const nj_winograd *w, int64_t i, int64_t j) {
    return w->panel[i] * w->axis_panels + w->panel[j];
}

// Where the tiles of a block lie, and how much of each is inside the result. Where those of a shape begin in the block.
typedef struct nj_block {
    int64_t shape_at[NJ_TILE_SHAPES + 1];
    int64_t source[NJ_MOST_BLOCK], result[NJ_MOST_BLOCK];
    uint8_t rows[NJ_MOST_BLOCK], cols[NJ_MOST_BLOCK];
} nj_block;

typedef struct nj_strides {
    int64_t n, y, x;
} nj_strides;

static inline void nj_locate(const nj_winograd *w, const nj_field *f, int64_t first, int64_t count,
                             nj_strides source, nj_strides result, nj_block *b) {
    int64_t t = 0;
    for (int s = 0; s < NJ_TILE_SHAPES; s++) {
        b->shape_at[s] = t;
        bool rows = nj_has_full_rows(s), cols = nj_has_full_cols(s);
        int64_t down = nj_shape_down(f, s), across = nj_shape_across(f, s);
        int64_t begin = nj_most(first, f->shape_at[s]), end = nj_least(first + count, f->shape_at[s + 1]);
        if (begin >= end) continue;
        int64_t index = begin - f->shape_at[s], high = w->m - (rows ? 0 : w->less), wide = w->m - (cols ? 0 : w->less);
        int64_t tx = index % across, ty = index / across % down, image = index / across / down;
        for (int64_t left = end - begin; left > 0; left--, t++) {
            int64_t y = (rows ? 0 : f->down.full * w->m) + ty * high;
            int64_t x = (cols ? 0 : f->across.full * w->m) + tx * wide;
            int64_t from_y = y * w->stride / w->spread, from_x = x * w->stride / w->spread;
            b->source[t] = image * source.n + from_y * source.y + from_x * source.x;
            b->result[t] = image * result.n + y * result.y + x * result.x;
            b->rows[t] = (uint8_t)nj_most(0, nj_least(high, f->height - y));
            b->cols[t] = (uint8_t)nj_most(0, nj_least(wide, f->width - x));
            if (++tx == across) tx = 0, ty++;
            if (ty == down) ty = 0, image++;
        }
    }
    b->shape_at[NJ_TILE_SHAPES] = t;
}

// Transforms the tiles of a block, shape by shape. What `from_at` and `to_at` list belongs to the block; `to` with
// `to_next`, or `from` with `from_next`, is for its first tile.
static inline void nj_transform_block(const nj_conv *conv, int transform, const nj_block *b, nj_transform_job job) {
    const nj_transform_fn *kernels = conv->set->transform[conv->winograd.variant][transform];
    for (int s = 0; s < NJ_TILE_SHAPES; s++) {
        int64_t first = b->shape_at[s];
        nj_transform_job part = job;
        part.count = b->shape_at[s + 1] - first;
        if (part.count == 0) continue;
        if (job.from_at) part.from_at += first; else part.from += first * job.from_next;
        if (job.to_at) part.to_at += first; else part.to += first * job.to_next;
        if (job.rows) part.rows += first, part.cols += first;
        kernels[s](&part);
    }
}

#endif
