// Weights as panels: [class][group][strip][tap row][tap column][k][strip].

#include <string.h>

#include "conv.h"

enum { PACK_TILE = 32768 };  // elements packed by one tile

void nj_conv_plan_panels(nj_conv *conv) {
    int64_t at = 0, panels = conv->desc.groups * conv->group_strips;
    for (int64_t i = 0; i < conv->class_count; i++) {
        conv->classes[i].panels_at = at;
        at += panels * nj_conv_panel_elements(conv, &conv->classes[i]);
    }
    conv->packed_bytes = nj_round_up(at * conv->width, 64);
    conv->phase_tiles[0] = nj_least(conv->class_count * panels, nj_parts(at, PACK_TILE));
}

// The panel of one tap: k rows of `cols` weights, which are k_stride and col_stride apart.
static void pack(const nj_conv *conv, const char *from, int64_t k_stride, int64_t col_stride, int64_t cols, char *to) {
    int64_t k = conv->group_k, width = conv->width;
    if (cols < conv->strip) memset(to, 0, (size_t)(k * NJ_STRIP_BYTES));
    if (col_stride == 1) {
        for (int64_t p = 0; p < k; p++) memcpy(to + p * NJ_STRIP_BYTES, from + p * k_stride * width, (size_t)(cols * width));
    } else {
        conv->set->transpose[conv->desc.dtype](to, conv->strip, from, col_stride, k, cols);
    }
}

void nj_conv_pack_panel(const nj_conv *conv, const nj_conv_class *class, int64_t panel, const nj_bindings *bindings,
                        char *to) {
    const nj_conv_desc *d = &conv->desc;
    bool gradient = d->kind == NJ_CONV_INPUT_GRAD;
    int64_t group = panel / conv->group_strips, col = panel % conv->group_strips * conv->strip;
    int64_t cols = nj_least(conv->strip, conv->group_cols - col), channels = d->cin / d->groups;
    // Forward, k runs over input channels and columns over outputs; the gradient has them the other way round.
    int64_t at = gradient ? group * conv->group_k + col * d->cout : group * conv->group_cols + col;
    const char *weights = (const char *)bindings->buffers[d->b_buffer] + (d->b_offset + at) * conv->width;
    for (int64_t ty = 0; ty < class->y->taps; ty++) {
        for (int64_t tx = 0; tx < class->x->taps; tx++, to += conv->group_k * NJ_STRIP_BYTES) {
            int64_t i = class->y->kernel_first + class->y->kernel_step * ty;
            int64_t j = class->x->kernel_first + class->x->kernel_step * tx;
            const char *from = weights + (i * d->kw + j) * channels * d->cout * conv->width;
            pack(conv, from, gradient ? 1 : d->cout, gradient ? d->cout : 1, cols, to);
        }
    }
}

void nj_conv_pack(const nj_conv *conv, int64_t tile, const nj_bindings *bindings) {
    int64_t panels = conv->desc.groups * conv->group_strips, first, count;
    nj_cut(conv->class_count * panels, conv->phase_tiles[0], 1, tile, &first, &count);
    for (int64_t index = first; index < first + count; index++) {
        const nj_conv_class *class = &conv->classes[index / panels];
        int64_t at = class->panels_at + index % panels * nj_conv_panel_elements(conv, class);
        nj_conv_pack_panel(conv, class, index % panels, bindings, (char *)bindings->partials + at * conv->width);
    }
}
