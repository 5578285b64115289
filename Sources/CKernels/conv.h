// A planned convolution.
//
// The forward pass and the gradient for the input are the same work, a correlation: a result image, a source image,
// and taps, each with a matrix of weights. Along an axis, every result position meets the taps at evenly spaced source
// positions. Where the gradient of a strided convolution spreads, positions fall into classes (one for each remainder
// by the stride) that have taps of their own, so that no product with an inserted zero is ever formed.
//
// A tile is a range of images, or a band of rows of one image. Its source is brought into scratch memory with a border
// of zeros (by a loader program, which may compute it), weights were packed into panels in a phase before, the result
// is computed in scratch, and the program runs over it.
//
// The gradient for the weights sums over all pixels: each tile of the first phase takes a range of images and leaves a
// partial result; the second adds them in order and runs the program. Where partial results would be larger than the
// images, the first phase makes the images ready as a whole instead, and the second's tiles are pieces of the result.
#ifndef NJ_CONV_PLAN_H
#define NJ_CONV_PLAN_H

#include "nj_conv.h"
#include "program.h"

typedef enum nj_conv_algorithm_id { NJ_DIRECT, NJ_PIXELS, NJ_WINOGRAD } nj_conv_algorithm_id;

// One class of result positions along one axis.
typedef struct nj_axis {
    int64_t first, step, count;                 // result positions first + step * q, q < count
    int64_t source_first, source_step, spacing; // q and tap t meet at source_first + source_step * q + spacing * t
    int64_t taps, kernel_first, kernel_step;    // tap t is position kernel_first + kernel_step * t of the kernel
    int64_t used_first, used_end;               // taps whose weights are read
} nj_axis;

// Result rows of a class times result columns of a class.
typedef struct nj_conv_class {
    const nj_axis *y, *x;
    int64_t panels_at;  // elements
} nj_conv_class;

typedef enum nj_layout {
    NJ_IN_PLACE,   // where it is
    NJ_BORDERED,   // in scratch, with zeros around each image
    NJ_BY_PIXEL,   // in scratch, all images of a pixel side by side
} nj_layout;

// An image operand, and how it lies where it is read. Strides are in elements.
typedef struct nj_source {
    int64_t n, h, w, c;
    uint16_t buffer;
    int64_t offset;
    nj_layout layout;
    nj_program *loader;                // NULL when in place
    int64_t x_stride, y_stride, n_stride;
    int64_t top, left, rows, cols;     // border, and extent with the border; a band has a `top` of its own
    int64_t at;                        // in scratch, or in the partials when images are made ready as a whole
} nj_source;

// Part of a source, ready to be read: base is (first image, row 0, column 0), which may lie outside.
typedef struct nj_view {
    const char *base;
    int64_t x_stride, y_stride, n_stride;
} nj_view;

enum { NJ_MOST_SIDE = 9 };

typedef struct nj_winograd {
    int variant;
    // Tiles of m x m results, side x side points. A tile that is short along an axis has `less` fewer results there and
    // leaves out the last `dropped` points; less is 0 where there are none.
    int64_t m, r, side, less, dropped;
    int64_t stride, spread;                   // results i meet the source at i * stride / spread
    int64_t axis_panels;                      // different weights along an axis
    uint8_t panel[NJ_MOST_SIDE];              // those of a point
    bool repeats[NJ_MOST_SIDE];               // whether they are an earlier point's too
    int64_t points, panels;                   // of a tile
    int64_t image_points;                     // of all tiles of an image: products for a pair of channels
    int64_t block;                            // tiles at a time
    int64_t v_stride, v_point, v_at;          // transformed source: [point][tile][channel]
    int64_t d_stride, d_point, d_at;          // products of a strip, or the transformed gradient
    int64_t sums_at;                          // of a gradient of weights: [strip][panel][channel][strip]
} nj_winograd;

// Rows of some images, and of the gradients for them.
typedef struct nj_pair {
    nj_view x, dy;
    int64_t images, row, rows;
} nj_pair;

struct nj_conv {
    nj_conv_desc desc;
    const nj_kernel_set *set;
    nj_program *program;
    nj_conv_algorithm_id algorithm;
    int64_t width;                 // bytes of an element
    int64_t strip;                 // columns of a strip
    int64_t result_h, result_w, result_cols;
    int64_t group_k, group_cols;   // channels of a group: summed over, and of the result
    int64_t group_strips;
    nj_axis *y_axes, *x_axes;
    int64_t y_count, x_count;
    nj_conv_class *classes;
    int64_t class_count;
    nj_winograd winograd;          // m is 1 for the other algorithms
    nj_source a, b;                // b: only for the gradient of the weights

    int64_t image_parts, band_parts;
    int64_t tile_images, tile_rows;  // at most
    int64_t c_stride;
    bool whole;                    // of the gradient of the weights: both images are made ready before any product
    bool gathers;                  // the whole result is kept, and the program runs over it as one tile
    int64_t phase_tiles[3];
    int32_t phases;

    // Of the gradient of the weights. In partial results each group has whole strips.
    int64_t partial_rows, partial_stride, partial_bytes, row_parts;
    int64_t packed_bytes, result_bytes;          // in the partials, in this order; the program's and the loader's come last
    int64_t c_at, program_at, scratch_bytes;
    double cost;
};

// The tile of images and rows with this index, for correlations.
typedef struct nj_conv_tile {
    int64_t image, images, row, rows;
} nj_conv_tile;
nj_conv_tile nj_conv_tile_at(const nj_conv *conv, int64_t index);

enum {
    NJ_TILES_WANTED = 16,         // so that up to eight threads end at about the same time
    NJ_CACHED_PARTIAL = 1 << 20,  // bytes of sums that stay in the second-level cache, more or less
};

// conv_plan.c
// Where partial results of the program and of the loader lie in the partials.
int64_t nj_conv_program_partials(const nj_conv *conv);
int64_t nj_conv_loader_partials(const nj_conv *conv);
double nj_conv_flops(const nj_conv *conv);
int64_t nj_conv_reserve(nj_conv *conv, int64_t elements);
// Room in scratch for what a tile needs of a source, and its loader.
bool nj_conv_reserve_source(nj_conv *conv, nj_source *source, const nj_program_desc *loader, int64_t result_rows);
// conv_plan_image.c, conv_plan_weights.c: all but the program, whose grid they decide.
bool nj_conv_plan_image(nj_conv *conv, nj_grid *grid);
bool nj_conv_plan_weights(nj_conv *conv, nj_grid *grid);

// conv_check.c
bool nj_conv_check(const nj_conv_desc *desc);
// Whether a loader (or NULL) does more than load.
bool nj_conv_loader_has_results(const nj_program_desc *loader);

// conv_run.c
// A tile of a correlation with its program. What `fetch` names comes into the cache meanwhile, if it is not NULL. Returns
// the source as the tile read it.
nj_view nj_conv_run_correlation(const nj_conv *conv, int64_t index, const nj_bindings *bindings, char *scratch,
                                nj_fetch *fetch);
// Adds the memory that the program of a tile reads and writes.
void nj_conv_fetch_program(const nj_conv *conv, int64_t index, const nj_bindings *bindings, nj_fetch *fetch);

// conv_source.c
// Whether a correlation can read the source where it is.
bool nj_source_lies_well(const nj_conv *conv, const nj_source *source);
// Chooses strides; `images` is how many are side by side (NJ_BY_PIXEL).
void nj_source_lay_out(const nj_conv *conv, nj_source *source, nj_layout layout, int64_t x_stride, int64_t images);
// `given` may be NULL: then the image is copied. At most `pixels` are loaded at a time.
bool nj_source_compile(const nj_conv *conv, nj_source *source, const nj_program_desc *given, int64_t pixels);
// Source rows that result rows [row, row + rows) of a correlation look at, outside the image too.
void nj_conv_source_rows(const nj_conv *conv, int64_t row, int64_t rows, int64_t *first, int64_t *count);
// Makes rows [row, row + rows) of some images ready, at `to`; the rows are all that the layout has when there are
// several images. `index` is the loader's tile: 0 where it has no accumulators.
nj_view nj_source_load(const nj_conv *conv, const nj_source *source, int64_t index, int64_t image, int64_t images,
                       int64_t row, int64_t rows, const nj_bindings *bindings, char *to, char *scratch);
void nj_source_finish(const nj_conv *conv, const nj_source *source, const nj_bindings *bindings);
// Adds the memory that some whole images are made from.
void nj_source_fetch(const nj_conv *conv, const nj_source *source, int64_t image, int64_t images,
                     const nj_bindings *bindings, nj_fetch *fetch);

// conv_axes.c
bool nj_conv_make_axes(nj_conv *conv);

// conv_pack.c: weights as panels [class][group][strip][tap][k][strip].
typedef struct nj_conv_panels {
    char *base;
    int64_t panel_bytes, tap_bytes, row_bytes;
} nj_conv_panels;
void nj_conv_find_used_taps(nj_conv *conv);
void nj_conv_plan_panels(nj_conv *conv);
// Forward: input channels [row, row + rows) of a group, for all panels.
void nj_conv_pack_rows(const nj_conv *conv, int64_t row, int64_t rows, const nj_conv_panels *to,
                       const nj_bindings *bindings);
// For the gradient of the image: a whole panel.
void nj_conv_pack_panel(const nj_conv *conv, const nj_conv_class *class, int64_t panel, const nj_bindings *bindings,
                        char *to);
void nj_conv_pack(const nj_conv *conv, int64_t tile, const nj_bindings *bindings);
static inline int64_t nj_conv_panel_elements(const nj_conv *conv, const nj_conv_class *class) {
    return class->y->taps * class->x->taps * conv->group_k * conv->strip;
}

// conv_direct.c: the taps of position q that lie inside a source of `size`, and the tile's result at c.
void nj_conv_taps_inside(const nj_axis *axis, int64_t q, int64_t size, int64_t *first, int64_t *end);
void nj_conv_correlate(const nj_conv *conv, const nj_conv_tile *tile, const nj_view *source,
                       const nj_bindings *bindings, char *c, nj_fetch *fetch);
// conv_weights.c
char *nj_conv_partial_at(const nj_conv *conv, int64_t part, int64_t row, const nj_bindings *bindings);
void nj_conv_sum_images(const nj_conv *conv, int64_t part, const nj_bindings *bindings, char *scratch);
// Makes a range of images ready, in the partials.
void nj_conv_prepare_images(const nj_conv *conv, int64_t part, const nj_bindings *bindings, char *scratch);
// The gradient of one tap for some channels, from images that lie by pixel.
void nj_conv_multiply_pixels(const nj_conv *conv, int64_t tap, int64_t channel, int64_t channels,
                             const nj_bindings *bindings, char *to);
// The sum of some rows, with rows c_stride apart; `to` is room for it.
const char *nj_conv_add_partials(const nj_conv *conv, int64_t row, int64_t rows, const nj_bindings *bindings, char *to);

// conv_winograd_plan.c
bool nj_winograd_choose(const nj_conv *conv, double direct, nj_winograd *chosen);
const char *nj_winograd_name(const nj_winograd *w);
// Results along an axis that tiles cover when `n` are wanted: a few more where a tile hangs over the edge.
int64_t nj_winograd_covered(const nj_winograd *w, int64_t n);
// Of transformed weights, or of the sums that their gradient is made from.
int64_t nj_winograd_panel_bytes(const nj_conv *conv);
// Whether its sums stay in the cache from block to block, beside transformed weights of that size. Where not,
// it is best left to itself, with large blocks and other work between its few parts.
static inline bool nj_conv_is_small(const nj_conv *conv) {
    return conv->algorithm == NJ_WINOGRAD && !conv->whole && nj_winograd_panel_bytes(conv) <= NJ_CACHED_PARTIAL;
}
void nj_winograd_plan(nj_conv *conv, int64_t tiles_per_image);
void nj_winograd_reserve(nj_conv *conv);
void nj_winograd_plan_panels(nj_conv *conv);

// conv_winograd.c
void nj_winograd_pack(const nj_conv *conv, int64_t strip, const nj_bindings *bindings, char *scratch);
void nj_winograd_correlate(const nj_conv *conv, const nj_conv_tile *tile, const nj_view *source,
                           const nj_bindings *bindings, char *scratch, char *c, nj_fetch *fetch);

// conv_winograd_weights.c
void nj_winograd_plan_whole(nj_conv *conv, int64_t tiles);
// Adds the products of some images to the sums in scratch, or begins them.
void nj_winograd_sum(const nj_conv *conv, const nj_pair *pair, bool accumulate, char *scratch, nj_fetch *fetch);
// The gradient that the sums in scratch are made into, [tap][channel][column] at `to`.
void nj_winograd_end_sum(const nj_conv *conv, const char *scratch, char *to);
void nj_winograd_transform(const nj_conv *conv, const nj_pair *pair, int64_t image, const nj_bindings *bindings);
// The gradient for some channels, [tap][channel][column] at `to`, from transforms of all images.
void nj_winograd_multiply(const nj_conv *conv, int64_t channel, int64_t channels, const nj_bindings *bindings,
                          char *scratch, char *to);

#endif
