// Convolutions and their gradients, with a region run on each tile of the result while it is in cache.
//
// Images are [N, H, W, C], weights [kh, kw, Cin / groups, Cout], both dense. With
//   y[n, p, q, o] = sum over i, j, c of x[n, p * stride_h - pad_top + i * dilation_h,
//                                          q * stride_w - pad_left + j * dilation_w, c] * w[i, j, c, o]
// (x is zero outside; with groups, c runs over the channels of o's group alone), a description asks for
//   NJ_CONV_FORWARD       y from x (operand a) and w (operand b)
//   NJ_CONV_INPUT_GRAD    the gradient for x, [N, H, W, Cin], from dy (operand a) and w (operand b)
//   NJ_CONV_WEIGHT_GRAD   the gradient for w, [kh, kw, Cin / groups, Cout], from x (operand a) and dy (operand b)
//
// The padding below and to the right is whatever makes out_h and out_w come out.
#ifndef NJ_CONV_H
#define NJ_CONV_H

#include <stdbool.h>

#include "nj_region.h"

typedef enum nj_conv_kind { NJ_CONV_FORWARD = 0, NJ_CONV_INPUT_GRAD = 1, NJ_CONV_WEIGHT_GRAD = 2 } nj_conv_kind;

typedef struct nj_conv_desc {
    uint8_t dtype;   // NJ_F32 or NJ_F64
    uint8_t kind;    // nj_conv_kind
    // 1: sums of products only. 0 allows Winograd's algorithms, which lose about one decimal digit, and where a NaN or an
    // infinity reaches all results of its tile.
    uint8_t exact;
    int64_t n, h, w, cin;          // of x
    int64_t out_h, out_w, cout;    // of y
    int64_t kh, kw, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w, groups;
    uint16_t a_buffer, b_buffer;
    int64_t a_offset, b_offset;    // elements
    // Optional: an image that is computed instead of read. A loader's domain is rows = N * H * W of the image and
    // cols = its channels; its only store goes to an operand with buffer NJ_LOADED, FULL and of the type `dtype` (the
    // other fields of that operand are not looked at). It may run more than once for a pixel. The image's own buffer and
    // offset are then not looked at. b_loader is for WEIGHT_GRAD only.
    // The a_loader of FORWARD and INPUT_GRAD may do more than load: store to FULL operands, and accumulate. Such a
    // convolution is refused where a pixel would be loaded twice: where images are so large that they are cut.
    const nj_program_desc *a_loader, *b_loader;
    // INPUT_GRAD: images of a tile, so that it goes with a gradient for the weights; 0: as is best for it alone.
    int64_t tile_images;
    // What happens to the result. The program's domain is rows x cols of the result as a matrix: pixels by channels
    // (FORWARD: N * OH * OW by Cout; INPUT_GRAD: N * H * W by Cin), or kh * kw * (Cin / groups) by Cout
    // (WEIGHT_GRAD); operands with buffer NJ_PRODUCT read the result's tile. Its instructions may include row
    // operations and accumulators. Required: a plain convolution has a program of one LOAD and one STORE.
    // Nothing may be stored to memory that the operands or their loaders read.
    const nj_program_desc *program;
} nj_conv_desc;

typedef struct nj_conv nj_conv;

// NULL when memory runs out or the description is not valid.
nj_conv *nj_conv_create(const nj_conv_desc *desc);
void nj_conv_destroy(nj_conv *conv);

// A convolution runs in phases with a barrier between them.
int32_t nj_conv_phase_count(const nj_conv *conv);
int64_t nj_conv_tile_count(const nj_conv *conv, int32_t phase);
size_t nj_conv_scratch_bytes(const nj_conv *conv);   // for each thread
size_t nj_conv_partial_bytes(const nj_conv *conv);   // for each run
double nj_conv_cost(const nj_conv *conv);            // estimated nanoseconds on one core

void nj_conv_run(const nj_conv *conv, int32_t phase, int64_t tile, const nj_bindings *bindings, void *scratch);
// Fault slots needed in bindings.faults for the last phase are nj_conv_tile_count(conv, last phase).
void nj_conv_finish(const nj_conv *conv, const nj_bindings *bindings);

// The two gradients of a convolution look at the same dy. Where both run Winograd's algorithms on the same images, a tile
// of the second phase of `input` and the like one of the first phase of `weights` can share it: it is made ready once, by
// the loader of `input`. The other phases of both run as they do alone.
//
// Images that `weights` takes at a time, for the description of an `input` that goes with it; 0 where none can.
int64_t nj_conv_images_at_a_time(const nj_conv *weights);
bool nj_conv_goes_with(const nj_conv *input, const nj_conv *weights);
size_t nj_conv_scratch_bytes_together(const nj_conv *input, const nj_conv *weights);
// A tile of the first phase of `weights`, and all of the second phase of `input` whose images it takes.
void nj_conv_run_together(const nj_conv *input, const nj_conv *weights, int64_t tile, const nj_bindings *input_bindings,
                          const nj_bindings *weights_bindings, void *scratch);

// The algorithm chosen, for reports and tests: "direct", "pixels" (one product for each pixel and tap that meet),
// "winograd_6x6_3x3", "winograd_4x4_3x3", "winograd_2x2_3x3", "winograd_4x4_5x5", "winograd_2x2_3x3_bordered",
// "winograd_4x4_3x3_strided" (a stride of 2), "winograd_4x4_3x3_spread" (the image's gradient of that).
const char *nj_conv_algorithm(const nj_conv *conv);

#endif
