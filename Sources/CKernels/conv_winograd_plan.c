// Which of Winograd's algorithms a convolution takes, and where its tiles and weights lie.

#include "conv_winograd.h"

enum {
    LEAST_BLOCK = 24,            // tiles
    LEAST_SUMMED = 48,           // tiles where sums of products do not stay in the cache: they pass through it each block
    BLOCK_BYTES = 384 << 10,     // of a block's transforms
    LEAST_CHANNELS = 8,
    PACKED_ROWS = 16,            // input channels whose weights are transformed at a time
};

typedef struct variant {
    const char *name;
    int64_t m, r, side, less, dropped, stride, spread;
    bool alone;            // for one tile with zeros around it
    const uint8_t *panel;  // the weights of each point of an axis; NULL: every point has its own
} variant;

// Between the points of the middle tap lie those of the others: see winograd_steps.h.
static const uint8_t strided_panels[NJ_MOST_SIDE] = {0, 1, 2, 3, 4, 4, 4, 5, 4};

static const variant variants[NJ_WINOGRAD_VARIANTS] = {
    [NJ_WINOGRAD_6_3] = {"winograd_6x6_3x3", 6, 3, 8, 1, 1, 1, 1},
    [NJ_WINOGRAD_4_3] = {"winograd_4x4_3x3", 4, 3, 6, 1, 1, 1, 1},
    [NJ_WINOGRAD_2_3] = {"winograd_2x2_3x3", 2, 3, 4, 0, 0, 1, 1},
    [NJ_WINOGRAD_4_5] = {"winograd_4x4_5x5", 4, 5, 8, 1, 1, 1, 1},
    [NJ_WINOGRAD_BORDERED_2_3] = {"winograd_2x2_3x3_bordered", 2, 3, 3, 0, 0, 1, 1, .alone = true},
    [NJ_WINOGRAD_STRIDED_4_3] = {"winograd_4x4_3x3_strided", 4, 3, 9, 1, 2, 2, 1, .panel = strided_panels},
    [NJ_WINOGRAD_SPREAD_4_3] = {"winograd_4x4_3x3_spread", 8, 3, 9, 2, 2, 1, 2, .panel = strided_panels},
};

const char *nj_winograd_name(const nj_winograd *w) { return variants[w->variant].name; }

static nj_winograd make(int index) {
    const variant *v = &variants[index];
    nj_winograd w = {.variant = index, .m = v->m, .r = v->r, .side = v->side, .less = v->less, .dropped = v->dropped,
                     .stride = v->stride, .spread = v->spread, .points = v->side * v->side};
    for (int64_t i = 0; i < v->side; i++) {
        w.panel[i] = v->panel ? v->panel[i] : (uint8_t)i;
        for (int64_t k = 0; k < i; k++) w.repeats[i] = w.repeats[i] || w.panel[k] == w.panel[i];
        w.axis_panels = nj_most(w.axis_panels, w.panel[i] + 1);
    }
    w.panels = w.axis_panels * w.axis_panels;
    return w;
}

int64_t nj_winograd_covered(const nj_winograd *w, int64_t n) {
    nj_cover cover = nj_cover_axis(w, n);
    return n == 0 ? 0 : (cover.full + cover.brief) * w->m - cover.brief * w->less;
}

static bool is_alone(const nj_conv_desc *d, int64_t m) {
    return d->h == m && d->w == m && d->out_h == m && d->out_w == m && d->pad_top == 1 && d->pad_left == 1;
}

static bool fits(const nj_conv_desc *d, const variant *v) {
    bool spreads = d->kind == NJ_CONV_INPUT_GRAD && d->stride_h > 1;
    if (d->kh != v->r || d->stride_h != v->stride * v->spread || spreads != (v->spread > 1)) return false;
    // Tiles begin where the middle tap meets the image.
    if (spreads && (d->pad_top != 1 || d->pad_left != 1)) return false;
    return !v->alone || is_alone(d, v->m);
}

// Points of all tiles along an axis.
static int64_t axis_points(const nj_winograd *w, int64_t n) {
    nj_cover cover = nj_cover_axis(w, n);
    return cover.full * w->side + cover.brief * (w->side - w->dropped);
}

bool nj_winograd_choose(const nj_conv *conv, double direct, nj_winograd *chosen) {
    const nj_conv_desc *d = &conv->desc;
    if (d->exact || d->dtype != NJ_F32 || d->groups != 1 || d->stride_h != d->stride_w) return false;
    if (d->dilation_h != 1 || d->dilation_w != 1 || d->kh != d->kw) return false;
    if (d->cin < LEAST_CHANNELS || d->cout < LEAST_CHANNELS) return false;
    // Products for a pair of channels. The transforms cost about a third as much. Those of eight by eight points cost more
    // and lose more digits: with fewer products by a fifth, as at 28 x 28, tiles of 6 x 6 are hardly faster than 4 x 4.
    double best = direct / 1.3;
    bool found = false;
    for (int i = 0; i < NJ_WINOGRAD_VARIANTS; i++) {
        if (!fits(d, &variants[i])) continue;
        nj_winograd w = make(i);
        w.image_points = axis_points(&w, conv->result_h) * axis_points(&w, conv->result_w);
        double cost = (double)w.image_points * (w.side == 8 ? 1.25 : 1);
        if (cost > best) continue;
        best = cost;
        *chosen = w;
        found = true;
    }
    return found;
}

static int64_t vector_stride(int64_t channels) {
    int64_t stride = nj_round_up(channels, 16);
    return stride % 256 == 0 ? stride + 16 : stride;
}

int64_t nj_winograd_panel_bytes(const nj_conv *conv) {
    return conv->group_strips * conv->winograd.panels * conv->group_k * NJ_STRIP_BYTES;
}

void nj_winograd_plan(nj_conv *conv, int64_t tiles_per_image) {
    nj_winograd *w = &conv->winograd;
    bool weights = conv->desc.kind == NJ_CONV_WEIGHT_GRAD;
    w->v_stride = vector_stride(conv->group_k);
    w->d_stride = weights ? vector_stride(conv->group_cols) : 16;
    int64_t block = BLOCK_BYTES / (w->points * (w->v_stride + w->d_stride) * 4) / 12 * 12;
    bool passes = weights && nj_winograd_panel_bytes(conv) > NJ_CACHED_PARTIAL;
    block = nj_most(passes ? LEAST_SUMMED : LEAST_BLOCK, nj_least(NJ_MOST_BLOCK, block));
    w->block = nj_least(block, tiles_per_image * conv->desc.n);
    w->v_point = nj_point_stride(w->block * w->v_stride);
    w->d_point = nj_point_stride(w->block * w->d_stride);
}

void nj_winograd_reserve(nj_conv *conv) {
    nj_winograd *w = &conv->winograd;
    w->v_at = nj_conv_reserve(conv, w->points * w->v_point);
    w->d_at = nj_conv_reserve(conv, w->points * w->d_point);
}

void nj_winograd_plan_panels(nj_conv *conv) {
    const nj_winograd *w = &conv->winograd;
    bool forward = conv->desc.kind == NJ_CONV_FORWARD;
    conv->packed_bytes = nj_winograd_panel_bytes(conv);
    conv->phase_tiles[0] = forward ? nj_parts(conv->group_k, PACKED_ROWS) : conv->group_strips;
    // Room for the weights as they are.
    int64_t rows = forward ? PACKED_ROWS * conv->group_strips : conv->group_k;
    conv->scratch_bytes = nj_most(conv->scratch_bytes, w->r * w->r * rows * NJ_STRIP_BYTES);
}
