// Is a description a convolution?

#include "conv.h"
#include "program_check.h"

// `alone`: it does nothing else.
static bool is_loader(const nj_program_desc *program, uint8_t dtype, int64_t rows, int64_t cols, bool alone) {
    if (program->rows != rows || program->cols != cols || (alone && program->accumulator_count != 0)) return false;
    int32_t loaded = 0;
    for (int32_t i = 0; i < program->instr_count; i++) {
        const nj_instr *in = &program->instrs[i];
        if (in->op != NJ_OP_STORE) continue;
        if (in->dst >= program->operand_count) return false;
        const nj_operand *to = &program->operands[in->dst];
        if (to->kind != NJ_FULL) return false;
        if (to->buffer != NJ_LOADED) {
            if (alone) return false;
            continue;
        }
        if (to->dtype != dtype) return false;
        loaded++;
    }
    return loaded == 1;
}

bool nj_conv_loader_has_results(const nj_program_desc *loader) {
    if (!loader) return false;
    int32_t stores = 0;
    for (int32_t i = 0; i < loader->instr_count; i++) stores += loader->instrs[i].op == NJ_OP_STORE;
    return stores > 1 || loader->accumulator_count > 0;
}

bool nj_conv_check(const nj_conv_desc *d) {
    if (!d || !d->program || (d->dtype != NJ_F32 && d->dtype != NJ_F64) || d->kind > NJ_CONV_WEIGHT_GRAD) return false;
    if (!nj_is_image(d->n, d->h, d->w, d->cin) || !nj_is_image(d->n, d->out_h, d->out_w, d->cout)) return false;
    if (!nj_is_window(d->kh, d->stride_h, d->pad_top, d->dilation_h)) return false;
    if (!nj_is_window(d->kw, d->stride_w, d->pad_left, d->dilation_w)) return false;
    if (d->groups < 1 || d->cin % d->groups != 0 || d->cout % d->groups != 0) return false;
    if (!nj_is_image(d->kh, d->kw, d->cin / d->groups, d->cout)) return false;

    int64_t x_pixels = d->n * d->h * d->w, y_pixels = d->n * d->out_h * d->out_w;
    int64_t rows = d->kind == NJ_CONV_FORWARD      ? y_pixels
                   : d->kind == NJ_CONV_INPUT_GRAD ? x_pixels
                                                   : d->kh * d->kw * (d->cin / d->groups);
    bool a_is_dy = d->kind == NJ_CONV_INPUT_GRAD;
    if (d->program->rows != rows || d->program->cols != (a_is_dy ? d->cin : d->cout)) return false;
    if (!nj_product_operands_fit(d->program, d->dtype)) return false;
    bool alone = d->kind == NJ_CONV_WEIGHT_GRAD;
    int64_t pixels = a_is_dy ? y_pixels : x_pixels, channels = a_is_dy ? d->cout : d->cin;
    if (d->a_loader && !is_loader(d->a_loader, d->dtype, pixels, channels, alone)) return false;
    // Every tile must load something.
    if (nj_conv_loader_has_results(d->a_loader) && (pixels * channels == 0 || rows * d->program->cols == 0)) return false;
    if (d->b_loader) {
        if (d->kind != NJ_CONV_WEIGHT_GRAD || !is_loader(d->b_loader, d->dtype, y_pixels, d->cout, true)) return false;
    }
    return true;
}
