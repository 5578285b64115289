// Winograd's algorithms: tiles of the source are transformed, multiplied with transformed weights point by point (each
// point is a matrix product over the channels), and transformed back.
//
// A block of tiles at a time, so that the transformed source stays in the second-level cache; of the products only one
// strip of columns is kept.

#include <string.h>

#include "conv.h"

enum {
    MOST_BLOCK = 96,             // tiles in a block
    LEAST_BLOCK = 24,
    BLOCK_BYTES = 384 << 10,     // of a block's transforms
    LEAST_CHANNELS = 8,
};

static const struct {
    const char *name;
    int64_t m, r;
} variants[NJ_WINOGRAD_VARIANTS] = {
    [NJ_WINOGRAD_4_3] = {"winograd_4x4_3x3", 4, 3},
    [NJ_WINOGRAD_2_3] = {"winograd_2x2_3x3", 2, 3},
    [NJ_WINOGRAD_2_5] = {"winograd_2x2_5x5", 2, 5},
};

const char *nj_winograd_name(const nj_winograd *w) { return variants[w->variant].name; }

bool nj_winograd_choose(const nj_conv *conv, double direct, nj_winograd *chosen) {
    const nj_conv_desc *d = &conv->desc;
    if (d->exact || d->dtype != NJ_F32 || d->groups != 1 || d->stride_h != 1 || d->stride_w != 1) return false;
    if (d->dilation_h != 1 || d->dilation_w != 1 || d->kh != d->kw) return false;
    if (d->cin < LEAST_CHANNELS || d->cout < LEAST_CHANNELS) return false;
    // Products for a pair of channels. The transforms cost about a third as much.
    double best = direct / 1.3;
    bool found = false;
    for (int i = 0; i < NJ_WINOGRAD_VARIANTS; i++) {
        nj_winograd w = {.variant = i, .m = variants[i].m, .r = variants[i].r};
        if (w.r != d->kh) continue;
        w.side = w.m + w.r - 1;
        w.points = w.side * w.side;
        double cost = (double)(nj_parts(conv->result_h, w.m) * nj_parts(conv->result_w, w.m) * w.points);
        if (cost > best) continue;
        best = cost;
        *chosen = w;
        found = true;
    }
    return found;
}

// An odd number of lines from point to point, so that the points of a tile lie in different sets of the cache.
static int64_t point_stride(int64_t elements) {
    int64_t lines = nj_parts(elements, 16);
    return (lines | 1) * 16;
}

static int64_t vector_stride(int64_t channels) {
    int64_t stride = nj_round_up(channels, 16);
    return stride % 256 == 0 ? stride + 16 : stride;
}

void nj_winograd_plan(nj_conv *conv, int64_t tiles_per_image) {
    nj_winograd *w = &conv->winograd;
    bool weights = conv->desc.kind == NJ_CONV_WEIGHT_GRAD;
    w->v_stride = vector_stride(conv->group_k);
    w->d_stride = weights ? vector_stride(conv->group_cols) : 16;
    int64_t block = BLOCK_BYTES / (w->points * (w->v_stride + w->d_stride) * 4) / 12 * 12;
    block = nj_most(LEAST_BLOCK, nj_least(MOST_BLOCK, block));
    w->block = nj_least(block, tiles_per_image * conv->desc.n);
    w->v_point = point_stride(w->block * w->v_stride);
    w->d_point = point_stride(w->block * w->d_stride);
}

void nj_winograd_reserve(nj_conv *conv) {
    nj_winograd *w = &conv->winograd;
    w->v_at = nj_conv_reserve(conv, w->points * w->v_point);
    w->d_at = nj_conv_reserve(conv, w->points * w->d_point);
}

void nj_winograd_plan_panels(nj_conv *conv) {
    const nj_winograd *w = &conv->winograd;
    conv->packed_bytes = conv->group_strips * w->points * conv->group_k * NJ_STRIP_BYTES;
    conv->phase_tiles[0] = conv->group_strips;
    // Room for the weights as they are.
    conv->scratch_bytes = nj_most(conv->scratch_bytes, w->r * w->r * conv->group_k * NJ_STRIP_BYTES);
}

// Transformed weights of one strip: [strip][point][k][strip].
void nj_winograd_pack(const nj_conv *conv, int64_t strip, const nj_bindings *bindings, char *scratch) {
    const nj_winograd *w = &conv->winograd;
    int64_t panel = conv->group_k * conv->strip;
    nj_conv_pack_panel(conv, conv->classes, strip, bindings, scratch);
    nj_transform_job job = {.count = conv->group_k, .channels = conv->strip, .from = (const float *)(void *)scratch,
                            .from_next = conv->strip, .from_row = w->r * panel, .from_col = panel,
                            .to = (float *)bindings->partials + strip * w->points * panel, .to_next = conv->strip,
                            .to_row = w->side * panel, .to_col = panel};
    conv->set->transform[NJ_TRANSFORM_WEIGHTS][w->variant](&job);
}

// Where the tiles of a block lie, and how much of each is inside the result.
typedef struct block {
    int64_t source[MOST_BLOCK], result[MOST_BLOCK];
    uint8_t rows[MOST_BLOCK], cols[MOST_BLOCK];
} block;

// Tiles of some images, whose results are `height` x `width` pixels.
typedef struct field {
    int64_t height, width, down, across, images;
} field;

static field make_field(const nj_winograd *w, int64_t images, int64_t height, int64_t width) {
    return (field){height, width, nj_parts(height, w->m), nj_parts(width, w->m), images};
}

typedef struct strides {
    int64_t n, y, x;
} strides;

static void locate(const nj_winograd *w, const field *f, int64_t first, int64_t count, strides source, strides result,
                   block *b) {
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

void nj_winograd_correlate(const nj_conv *conv, const nj_conv_tile *tile, const nj_view *source,
                           const nj_bindings *bindings, char *scratch, char *c) {
    const nj_winograd *w = &conv->winograd;
    const nj_axis *y = conv->classes->y, *x = conv->classes->x;
    field f = make_field(w, tile->images, tile->rows, conv->result_w);
    strides from = {source->n_stride, source->y_stride, source->x_stride};
    strides to = {tile->rows * conv->result_w * conv->c_stride, conv->result_w * conv->c_stride, conv->c_stride};
    float *v = (float *)(void *)(scratch + w->v_at), *products = (float *)(void *)(scratch + w->d_at);
    const float *image = (const float *)(const void *)source->base + (tile->row + y->source_first) * source->y_stride +
                         x->source_first * source->x_stride;
    int64_t total = f.down * f.across * f.images, blocks = nj_parts(total, w->block);
    nj_transform_job in = {.channels = nj_round_up(conv->group_k, 16), .from = image, .from_row = from.y,
                           .from_col = from.x, .to = v, .to_next = w->v_stride, .to_row = w->side * w->v_point,
                           .to_col = w->v_point};
    nj_transform_job out = {.channels = conv->strip, .from = products, .from_next = w->d_stride,
                            .from_row = w->side * w->d_point, .from_col = w->d_point, .to_row = to.y, .to_col = to.x};
    nj_strip_job job = {.k = conv->group_k, .segments = 1, .a_row_stride = w->v_stride, .a_k_stride = 1,
                        .panel_stride = conv->strip, .c_stride = w->d_stride};
    for (int64_t index = 0; index < blocks; index++) {
        int64_t first;
        block b;
        nj_cut(total, blocks, 1, index, &first, &in.count);
        locate(w, &f, first, in.count, from, to, &b);
        in.from_at = b.source;
        out.to_at = b.result;
        out.rows = b.rows;
        out.cols = b.cols;
        job.rows = out.count = in.count;
        conv->set->transform[NJ_TRANSFORM_INPUT][w->variant](&in);
        const char *panel = bindings->partials;
        for (int64_t s = 0; s < conv->group_strips; s++) {
            for (int64_t p = 0; p < w->points; p++, panel += conv->group_k * NJ_STRIP_BYTES) {
                job.a = v + p * w->v_point;
                job.c = products + p * w->d_point;
                job.panel = panel;
                conv->set->strip[NJ_F32](&job);
            }
            out.to = (float *)(void *)c + s * conv->strip;
            conv->set->transform[NJ_TRANSFORM_OUTPUT][w->variant](&out);
        }
    }
}

// Transforms tiles [first, first + count) of some images and of their gradients: [point][tile][channel] at v, and at d,
// by strips (d_strip elements apart) where those are not side by side.
static void transform_pair(const nj_conv *conv, const nj_pair *pair, int64_t first, int64_t count, float *v,
                           int64_t v_point, float *d, int64_t d_point, int64_t d_strip) {
    const nj_winograd *w = &conv->winograd;
    const nj_view *x = &pair->x, *dy = &pair->dy;
    const nj_axis *y_axis = conv->classes->y, *x_axis = conv->classes->x;
    field f = make_field(w, pair->images, pair->rows, conv->desc.out_w);
    block b;
    locate(w, &f, first, count, (strides){x->n_stride, x->y_stride, x->x_stride},
           (strides){dy->n_stride, dy->y_stride, dy->x_stride}, &b);
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
void nj_winograd_sum(const nj_conv *conv, const nj_pair *pair, bool accumulate, char *scratch, char *sums) {
    const nj_winograd *w = &conv->winograd;
    field f = make_field(w, pair->images, pair->rows, conv->desc.out_w);
    float *v = (float *)(void *)(scratch + w->v_at), *d = (float *)(void *)(scratch + w->d_at);
    nj_strip_job job = {.rows = conv->group_k, .segments = 1, .a_row_stride = 1, .a_k_stride = w->v_stride,
                        .panel_stride = w->d_stride, .c_stride = conv->strip, .accumulate = accumulate};
    int64_t total = f.down * f.across * f.images, blocks = nj_parts(total, w->block);
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
    w->v_point = point_stride(tiles * w->v_stride);
    w->d_point = point_stride(tiles * conv->strip * conv->group_strips);
    w->v_at = 0;
    w->d_at = w->points * w->v_point * conv->width;
    conv->packed_bytes = w->d_at + w->points * w->d_point * conv->width;
}

void nj_winograd_transform(const nj_conv *conv, const nj_pair *pair, int64_t image, const nj_bindings *bindings) {
    const nj_winograd *w = &conv->winograd;
    field f = make_field(w, pair->images, pair->rows, conv->desc.out_w);
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
    field f = make_field(w, conv->desc.n, conv->desc.out_h, conv->desc.out_w);
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
