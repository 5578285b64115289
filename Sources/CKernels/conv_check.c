// Is a description a convolution?

#include "conv.h"
#include "program_check.h"

static const int64_t most = INT64_C(1) << 40;  // elements of an image operand

static bool is_image(int64_t n, int64_t h, int64_t w, int64_t c) {
    int64_t sizes[4] = {n, h, w, c}, product = 1;
    for (int i = 0; i < 4; i++) {
        if (sizes[i] < 0 || sizes[i] > most) return false;
        if (sizes[i] > 0 && product > most / sizes[i]) return false;
        product *= nj_most(sizes[i], 1);
    }
    return true;
}

static bool is_window(int64_t kernel, int64_t stride, int64_t pad, int64_t dilation) {
    const int64_t limit = INT64_C(1) << 20;
    return kernel >= 1 && kernel <= limit && stride >= 1 && stride <= limit && pad >= 0 && pad <= limit &&
           dilation >= 1 && dilation <= limit;
}

static bool is_loader(const nj_program_desc *program, uint8_t dtype, int64_t rows, int64_t cols) {
    if (program->rows != rows || program->cols != cols || program->accumulator_count != 0) return false;
    int32_t stores = 0;
    for (int32_t i = 0; i < program->instr_count; i++) {
        const nj_instr *in = &program->instrs[i];
        if (in->op != NJ_OP_STORE) continue;
        if (in->dst >= program->operand_count) return false;
        const nj_operand *to = &program->operands[in->dst];
        if (to->buffer != NJ_LOADED || to->kind != NJ_FULL || to->dtype != dtype) return false;
        stores++;
    }
    return stores == 1;
}

bool nj_conv_check(const nj_conv_desc *d) {
    if (!d || !d->program || (d->dtype != NJ_F32 && d->dtype != NJ_F64) || d->kind > NJ_CONV_WEIGHT_GRAD) return false;
    if (!is_image(d->n, d->h, d->w, d->cin) || !is_image(d->n, d->out_h, d->out_w, d->cout)) return false;
    if (!is_window(d->kh, d->stride_h, d->pad_top, d->dilation_h)) return false;
    if (!is_window(d->kw, d->stride_w, d->pad_left, d->dilation_w)) return false;
    if (d->groups < 1 || d->cin % d->groups != 0 || d->cout % d->groups != 0) return false;
    if (!is_image(d->kh, d->kw, d->cin / d->groups, d->cout)) return false;

    int64_t x_pixels = d->n * d->h * d->w, y_pixels = d->n * d->out_h * d->out_w;
    int64_t rows = d->kind == NJ_CONV_FORWARD      ? y_pixels
                   : d->kind == NJ_CONV_INPUT_GRAD ? x_pixels
                                                   : d->kh * d->kw * (d->cin / d->groups);
    if (d->program->rows != rows || d->program->cols != (d->kind == NJ_CONV_INPUT_GRAD ? d->cin : d->cout)) return false;
    if (!nj_product_operands_fit(d->program, d->dtype)) return false;
    bool a_is_dy = d->kind == NJ_CONV_INPUT_GRAD;
    if (d->a_loader && !is_loader(d->a_loader, d->dtype, a_is_dy ? y_pixels : x_pixels, a_is_dy ? d->cout : d->cin)) {
        return false;
    }
    if (d->b_loader) {
        if (d->kind != NJ_CONV_WEIGHT_GRAD || !is_loader(d->b_loader, d->dtype, y_pixels, d->cout)) return false;
    }
    return true;
}
