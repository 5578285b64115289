// Weights as panels: [class][group][strip][tap row][tap column][k][strip].

#include <string.h>

#include "conv.h"

enum { PACK_TILE = 32768 };  // elements packed by one tile

// Where padding is skipped, some taps may never meet the source.
static void find_used_taps(const nj_conv *conv, nj_axis *axes, int64_t count, int64_t size) {
    for (int64_t i = 0; i < count; i++) {
        nj_axis *axis = &axes[i];
        axis->used_first = 0;
        axis->used_end = axis->taps;
        if (conv->algorithm != NJ_PIXELS) continue;
        axis->used_first = axis->taps;
        axis->used_end = 0;
        for (int64_t q = 0; q < axis->count; q++) {
            int64_t first, end;
            nj_conv_taps_inside(axis, q, size, &first, &end);
            if (first >= end) continue;
            axis->used_first = nj_least(axis->used_first, first);
            axis->used_end = nj_most(axis->used_end, end);
        }
    }
}

void nj_conv_find_used_taps(nj_conv *conv) {
    find_used_taps(conv, conv->y_axes, conv->y_count, conv->a.h);
    find_used_taps(conv, conv->x_axes, conv->x_count, conv->a.w);
}

// Forward, the weights of one input channel are a row of every tap: a tile takes some rows and fills their part of all
// panels. The gradient's panels are rows themselves, turned: a tile takes whole panels. Either way memory is read along
// its lines.
static bool packs_rows(const nj_conv *conv) { return conv->desc.kind == NJ_CONV_FORWARD; }

static int64_t panel_count(const nj_conv *conv) { return conv->desc.groups * conv->group_strips; }

void nj_conv_plan_panels(nj_conv *conv) {
    int64_t at = 0;
    for (int64_t i = 0; i < conv->class_count; i++) {
        conv->classes[i].panels_at = at;
        at += panel_count(conv) * nj_conv_panel_elements(conv, &conv->classes[i]);
    }
    conv->packed_bytes = nj_round_up(at * conv->width, 64);
    int64_t most = packs_rows(conv) ? conv->group_k : conv->class_count * panel_count(conv);
    conv->phase_tiles[0] = nj_least(most, nj_parts(at, PACK_TILE));
}

// Where the weights of a tap begin.
static const char *tap_at(const nj_conv *conv, const nj_conv_class *class, int64_t ty, int64_t tx,
                          const nj_bindings *bindings) {
    const nj_conv_desc *d = &conv->desc;
    int64_t i = class->y->kernel_first + class->y->kernel_step * ty;
    int64_t j = class->x->kernel_first + class->x->kernel_step * tx;
    int64_t at = (i * d->kw + j) * (d->cin / d->groups) * d->cout;
    return (const char *)bindings->buffers[d->b_buffer] + (d->b_offset + at) * conv->width;
}

void nj_conv_pack_rows(const nj_conv *conv, int64_t row, int64_t rows, const nj_conv_panels *to,
                       const nj_bindings *bindings) {
    const nj_conv_class *class = conv->classes;
    int64_t line = conv->desc.cout * conv->width;
    for (int64_t ty = class->y->used_first; ty < class->y->used_end; ty++) {
        for (int64_t tx = class->x->used_first; tx < class->x->used_end; tx++) {
            char *tap = to->base + (ty * class->x->taps + tx) * to->tap_bytes;
            const char *from = tap_at(conv, class, ty, tx, bindings) + row * line;
            for (int64_t k = 0; k < rows; k++, from += line, tap += to->row_bytes) {
                char *panel = tap;
                for (int64_t p = 0; p < panel_count(conv); p++, panel += to->panel_bytes) {
                    int64_t col = p % conv->group_strips * conv->strip;
                    int64_t cols = nj_least(conv->strip, conv->group_cols - col);
                    const char *at = from + (p / conv->group_strips * conv->group_cols + col) * conv->width;
                    if (cols == conv->strip) {
                        memcpy(panel, at, NJ_STRIP_BYTES);
                        continue;
                    }
                    memcpy(panel, at, (size_t)(cols * conv->width));
                    memset(panel + cols * conv->width, 0, (size_t)(NJ_STRIP_BYTES - cols * conv->width));
                }
            }
        }
    }
}

void nj_conv_pack_panel(const nj_conv *conv, const nj_conv_class *class, int64_t panel, const nj_bindings *bindings,
                        char *to) {
    const nj_conv_desc *d = &conv->desc;
    int64_t col = panel % conv->group_strips * conv->strip, cols = nj_least(conv->strip, conv->group_cols - col);
    // k runs over output channels, columns over inputs.
    int64_t at = (panel / conv->group_strips * conv->group_k + col * d->cout) * conv->width;
    for (int64_t ty = class->y->used_first; ty < class->y->used_end; ty++) {
        for (int64_t tx = class->x->used_first; tx < class->x->used_end; tx++) {
            char *tap = to + (ty * class->x->taps + tx) * conv->group_k * NJ_STRIP_BYTES;
            if (cols < conv->strip) memset(tap, 0, (size_t)(conv->group_k * NJ_STRIP_BYTES));
            conv->set->transpose[d->dtype](tap, conv->strip, tap_at(conv, class, ty, tx, bindings) + at, d->cout,
                                           conv->group_k, cols);
        }
    }
}

void nj_conv_pack(const nj_conv *conv, int64_t tile, const nj_bindings *bindings) {
    int64_t first, count;
    if (packs_rows(conv)) {
        nj_cut(conv->group_k, conv->phase_tiles[0], 1, tile, &first, &count);
        nj_conv_panels to = {.row_bytes = NJ_STRIP_BYTES, .tap_bytes = conv->group_k * NJ_STRIP_BYTES};
        to.panel_bytes = nj_conv_panel_elements(conv, conv->classes) * conv->width;
        to.base = (char *)bindings->partials + first * to.row_bytes;
        nj_conv_pack_rows(conv, first, count, &to, bindings);
        return;
    }
    nj_cut(conv->class_count * panel_count(conv), conv->phase_tiles[0], 1, tile, &first, &count);
    for (int64_t index = first; index < first + count; index++) {
        const nj_conv_class *class = &conv->classes[index / panel_count(conv)];
        int64_t panel = index % panel_count(conv);
        int64_t at = class->panels_at + panel * nj_conv_panel_elements(conv, class);
        nj_conv_pack_panel(conv, class, panel, bindings, (char *)bindings->partials + at * conv->width);
    }
}
