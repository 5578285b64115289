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

// Where the tiles of a block lie, and how much of each is inside the result.
typedef struct nj_block {
    int64_t source[NJ_MOST_BLOCK], result[NJ_MOST_BLOCK];
    uint8_t rows[NJ_MOST_BLOCK], cols[NJ_MOST_BLOCK];
} nj_block;

// Tiles of some images, whose results are `height` x `width` pixels.
typedef struct nj_field {
    int64_t height, width, down, across, images;
} nj_field;

static inline nj_field nj_make_field(const nj_winograd *w, int64_t images, int64_t height, int64_t width) {
    return (nj_field){height, width, nj_parts(height, w->m), nj_parts(width, w->m), images};
}

typedef struct nj_strides {
    int64_t n, y, x;
} nj_strides;

static inline void nj_locate(const nj_winograd *w, const nj_field *f, int64_t first, int64_t count,
                             nj_strides source, nj_strides result, nj_block *b) {
    int64_t tx = first % f->across, ty = first / f->across % f->down, image = first / f->across / f->down;
    for (int64_t t = 0; t < count; t++) {
        int64_t y = ty * w->m, x = tx * w->m;
        b->source[t] = image * source.n + y * source.y + x * source.x;
        b->result[t] = image * result.n + y * result.y + x * result.x;
        b->rows[t] = (uint8_t)nj_least(w->m, f->height - y);
        b->cols[t] = (uint8_t)nj_least(w->m, f->width - x);
        if (++tx == f->across) tx = 0, ty++;
        if (ty == f->down) ty = 0, image++;
    }
}

#endif
