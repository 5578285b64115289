// How result positions meet source positions, axis by axis.

#include <stdlib.h>

#include "conv.h"

typedef struct geometry {
    int64_t size, out, kernel, stride, pad, dilation;
} geometry;

static int64_t gcd(int64_t a, int64_t b) { return b == 0 ? a : gcd(b, a % b); }

static nj_axis forward_axis(const geometry *g) {
    return (nj_axis){.first = 0, .step = 1, .count = g->out,
                     .source_first = -g->pad, .source_step = g->stride, .spacing = g->dilation,
                     .taps = g->kernel, .kernel_first = 0, .kernel_step = 1};
}

// Position r + stride * q of x meets kernel position i at output (r + pad - i * dilation) / stride + q, where that
// divides. Taps are taken from the last i down, so that outputs go up.
static nj_axis gradient_axis(const geometry *g, int64_t r) {
    nj_axis axis = {.first = r, .step = g->stride, .source_step = 1, .spacing = 1};
    if (r < g->size) axis.count = (g->size - r + g->stride - 1) / g->stride;
    int64_t common = gcd(g->stride, g->dilation), step = g->stride / common;
    for (int64_t i = g->kernel - 1; i >= 0 && i >= g->kernel - step; i--) {
        int64_t output = r + g->pad - i * g->dilation;
        if (output % g->stride != 0) continue;
        axis.source_first = output / g->stride;
        axis.spacing = g->dilation / common;
        axis.taps = i / step + 1;
        axis.kernel_first = i;
        axis.kernel_step = -step;
        break;
    }
    return axis;
}

static nj_axis *make_axes(const nj_conv *conv, const geometry *g, int64_t *count) {
    bool gradient = conv->desc.kind == NJ_CONV_INPUT_GRAD;
    int64_t classes = gradient ? nj_least(g->stride, g->size) : 1;
    nj_axis *axes = calloc((size_t)classes + 1, sizeof *axes);
    if (!axes) return NULL;
    for (int64_t r = 0; r < classes; r++) axes[r] = gradient ? gradient_axis(g, r) : forward_axis(g);
    *count = classes;
    return axes;
}

bool nj_conv_make_axes(nj_conv *conv) {
    const nj_conv_desc *d = &conv->desc;
    geometry y = {d->h, d->out_h, d->kh, d->stride_h, d->pad_top, d->dilation_h};
    geometry x = {d->w, d->out_w, d->kw, d->stride_w, d->pad_left, d->dilation_w};
    conv->y_axes = make_axes(conv, &y, &conv->y_count);
    conv->x_axes = make_axes(conv, &x, &conv->x_count);
    if (!conv->y_axes || !conv->x_axes) return false;
    conv->class_count = conv->y_count * conv->x_count;
    conv->classes = calloc((size_t)conv->class_count + 1, sizeof *conv->classes);
    if (!conv->classes) return false;
    for (int64_t i = 0; i < conv->class_count; i++) {
        conv->classes[i].y = &conv->y_axes[i / conv->x_count];
        conv->classes[i].x = &conv->x_axes[i % conv->x_count];
    }
    return true;
}
