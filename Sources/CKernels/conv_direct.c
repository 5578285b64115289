// Correlations as sums of products, a strip of columns at a time: the panel of a strip stays in cache while all pixels
// of the tile sweep over it.

#include <string.h>

#include "conv.h"

enum { STEP_ROWS = 96 };  // pixels between two times that memory is asked for: a few steps of the micro-kernel

// Where the result of (image, row, column) of the tile lies.
static char *result_at(const nj_conv *conv, const nj_conv_tile *tile, char *c, int64_t image, int64_t y, int64_t x) {
    int64_t row = (image * tile->rows + (y - tile->row)) * conv->result_w + x;
    return c + row * conv->c_stride * conv->width;
}

static void class_rows(const nj_conv_tile *tile, const nj_axis *axis, int64_t *q0, int64_t *q1) {
    *q0 = nj_most(0, nj_ceil_div(tile->row - axis->first, axis->step));
    *q1 = nj_least(axis->count, nj_ceil_div(tile->row + tile->rows - axis->first, axis->step));
}

// Runs a job a few rows at a time, and asks for memory in between.
static void sweep(const nj_conv *conv, const nj_strip_job *job, nj_fetch *fetch) {
    nj_strip_job part = *job;
    for (int64_t row = 0; row < job->rows; row += STEP_ROWS) {
        part.rows = nj_least(STEP_ROWS, job->rows - row);
        part.a = (const char *)job->a + row * job->a_row_stride * conv->width;
        part.c = (char *)job->c + row * job->c_stride * conv->width;
        conv->set->strip[conv->desc.dtype](&part);
        nj_fetch_some(fetch);
    }
}

// Positions that no tap reaches.
static void clear_class(const nj_conv *conv, const nj_conv_tile *tile, const nj_conv_class *class, char *c) {
    int64_t q0, q1;
    class_rows(tile, class->y, &q0, &q1);
    for (int64_t image = 0; image < tile->images; image++) {
        for (int64_t q = q0; q < q1; q++) {
            for (int64_t x = class->x->first; x < conv->result_w; x += class->x->step) {
                char *to = result_at(conv, tile, c, image, class->y->first + class->y->step * q, x);
                memset(to, 0, (size_t)(conv->c_stride * conv->width));
            }
        }
    }
}

// Whether taps of a row, whose channels follow one another, are one run of k.
static bool is_joined(const nj_conv *conv, const nj_conv_class *class, const nj_view *source) {
    return conv->desc.groups == 1 && class->x->spacing == 1 && source->x_stride == conv->group_k;
}

// One strip of a class from a bordered source: rows of the micro-kernel are pixels of a row.
static void sweep_rows(const nj_conv *conv, const nj_conv_tile *tile, const nj_conv_class *class, const nj_view *source,
                       int64_t channel, const char *panel, char *c, nj_fetch *fetch) {
    const nj_axis *y = class->y, *x = class->x;
    int64_t width = conv->width, q0, q1;
    class_rows(tile, y, &q0, &q1);
    bool joined = is_joined(conv, class, source);
    int64_t run = x->taps * conv->group_k;
    nj_strip_job job = {.rows = x->count, .a_row_stride = x->source_step * source->x_stride, .a_k_stride = 1,
                        .panel_stride = conv->strip, .c_stride = x->step * conv->c_stride};
    for (int64_t image = 0; image < tile->images; image++) {
        for (int64_t q = q0; q < q1; q++) {
            int64_t at = image * source->n_stride + (y->source_first + y->source_step * q) * source->y_stride +
                         x->source_first * source->x_stride + channel;
            job.c = result_at(conv, tile, c, image, y->first + y->step * q, x->first);
            if (joined) {
                job.k = run;
                job.segments = y->taps;
                job.a = source->base + at * width;
                job.a_segment_stride = y->spacing * source->y_stride;
                job.panel = panel;
                job.panel_segment_stride = run * conv->strip;
                sweep(conv, &job, fetch);
                continue;
            }
            for (int64_t t = 0; t < y->taps; t++) {
                job.k = conv->group_k;
                job.segments = x->taps;
                job.a = source->base + (at + t * y->spacing * source->y_stride) * width;
                job.a_segment_stride = x->spacing * source->x_stride;
                job.panel = panel + t * run * NJ_STRIP_BYTES;
                job.panel_segment_stride = conv->group_k * conv->strip;
                job.accumulate = t > 0;
                sweep(conv, &job, fetch);
            }
        }
    }
}

// How often a tile asks for memory.
static int64_t steps_of(const nj_conv *conv, const nj_conv_tile *tile, const nj_view *source) {
    int64_t steps = 0;
    for (int64_t i = 0; i < conv->class_count; i++) {
        const nj_conv_class *class = &conv->classes[i];
        int64_t q0, q1, jobs = is_joined(conv, class, source) ? 1 : class->y->taps;
        class_rows(tile, class->y, &q0, &q1);
        steps += nj_most(0, q1 - q0) * tile->images * jobs * nj_parts(class->x->count, STEP_ROWS);
    }
    return steps * conv->desc.groups * conv->group_strips;
}

void nj_conv_taps_inside(const nj_axis *axis, int64_t q, int64_t size, int64_t *first, int64_t *end) {
    int64_t at = axis->source_first + axis->source_step * q;
    *first = nj_most(0, nj_ceil_div(-at, axis->spacing));
    *end = nj_least(axis->taps, nj_ceil_div(size - at, axis->spacing));
}

// One strip of a class from a source that lies by pixel: rows of the micro-kernel are images, and only taps that meet
// the image are computed.
static void sweep_pixels(const nj_conv *conv, const nj_conv_tile *tile, const nj_conv_class *class,
                         const nj_view *source, int64_t channel, const char *panel, char *c) {
    const nj_axis *y = class->y, *x = class->x;
    int64_t width = conv->width, tap = conv->group_k * NJ_STRIP_BYTES;
    nj_strip_job job = {.rows = tile->images, .k = conv->group_k, .a = source->base, .panel = panel,
                        .a_row_stride = source->n_stride, .a_k_stride = 1,
                        .a_segment_stride = x->spacing * source->x_stride, .panel_stride = conv->strip,
                        .panel_segment_stride = conv->group_k * conv->strip,
                        .c_stride = conv->result_h * conv->result_w * conv->c_stride};
    for (int64_t qy = 0; qy < y->count; qy++) {
        int64_t ty0, ty1;
        nj_conv_taps_inside(y, qy, conv->a.h, &ty0, &ty1);
        for (int64_t qx = 0; qx < x->count; qx++) {
            int64_t tx0, tx1;
            nj_conv_taps_inside(x, qx, conv->a.w, &tx0, &tx1);
            job.c = result_at(conv, tile, c, 0, y->first + y->step * qy, x->first + x->step * qx);
            job.segments = nj_most(0, tx1 - tx0);
            job.accumulate = false;
            if (ty0 >= ty1) {
                // No tap at all: zeros.
                job.segments = 0;
                conv->set->strip[conv->desc.dtype](&job);
            }
            for (int64_t t = ty0; t < ty1; t++) {
                int64_t row = y->source_first + y->source_step * qy + y->spacing * t;
                int64_t col = x->source_first + x->source_step * qx + x->spacing * tx0;
                job.a = source->base + (row * source->y_stride + col * source->x_stride + channel) * width;
                job.panel = panel + (t * x->taps + tx0) * tap;
                conv->set->strip[conv->desc.dtype](&job);
                job.accumulate = true;
            }
        }
    }
}

void nj_conv_correlate(const nj_conv *conv, const nj_conv_tile *tile, const nj_view *source,
                       const nj_bindings *bindings, char *c, nj_fetch *fetch) {
    if (fetch) nj_fetch_spread(fetch, steps_of(conv, tile, source));
    for (int64_t i = 0; i < conv->class_count; i++) {
        const nj_conv_class *class = &conv->classes[i];
        if (class->y->count == 0 || class->x->count == 0) continue;
        if (class->y->taps == 0 || class->x->taps == 0) {
            clear_class(conv, tile, class, c);
            continue;
        }
        const char *panel = (const char *)bindings->partials + class->panels_at * conv->width;
        int64_t panel_bytes = nj_conv_panel_elements(conv, class) * conv->width;
        // A strip may write zeros past its group's last column: the next group comes after, and writes over them.
        for (int64_t group = 0; group < conv->desc.groups; group++) {
            for (int64_t s = 0; s < conv->group_strips; s++, panel += panel_bytes) {
                char *to = c + (group * conv->group_cols + s * conv->strip) * conv->width;
                if (conv->algorithm == NJ_PIXELS) {
                    sweep_pixels(conv, tile, class, source, group * conv->group_k, panel, to);
                } else {
                    sweep_rows(conv, tile, class, source, group * conv->group_k, panel, to, fetch);
                }
            }
        }
    }
}
