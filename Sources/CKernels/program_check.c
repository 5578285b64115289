// Is a description a program? Everything the later stages rely on is checked here.

#include "program_check.h"

static bool is_floating(uint8_t dtype) { return dtype == NJ_F32 || dtype == NJ_F64; }

int nj_operand_count(uint8_t op) {
    if (op >= NJ_OP_NEG && op <= NJ_OP_IS_FINITE) return 1;
    if (op >= NJ_OP_ADD && op <= NJ_OP_XOR) return 2;
    if (op == NJ_OP_WHERE || op == NJ_OP_FMA || op == NJ_OP_GATE) return 3;
    if (op == NJ_OP_CAST || op == NJ_OP_COPY || op == NJ_OP_NARROW) return 1;
    return 0;
}

bool nj_is_row_operation(uint8_t op) { return op >= NJ_OP_ROW_SUM && op <= NJ_OP_ROW_PICK; }
bool nj_is_accumulation(uint8_t op) { return op >= NJ_OP_COLS_SUM && op <= NJ_OP_ALL_SPREAD; }
bool nj_is_moment(uint8_t op) { return op >= NJ_OP_COLS_MEAN && op <= NJ_OP_ALL_SPREAD; }
bool nj_is_for_columns(uint8_t op) {
    return (op >= NJ_OP_COLS_SUM && op <= NJ_OP_COLS_MIN) || (op >= NJ_OP_COLS_DOT && op <= NJ_OP_COLS_SPREAD);
}

int nj_register_operands(uint8_t op) {
    if (op == NJ_OP_COLS_DOT) return 2;
    if (op == NJ_OP_STORE || nj_is_accumulation(op)) return 1;
    if (nj_is_row_operation(op)) return op == NJ_OP_ROW_PICK ? 2 : 1;
    return nj_operand_count(op);
}

static bool broadcasts(uint8_t from, uint8_t to) { return from == to || from == NJ_SCALAR || to == NJ_FULL; }

static bool check_elementwise(const nj_program_desc *desc, const nj_instr *in, const nj_register *dst) {
    uint16_t names[3] = {in->a, in->b, in->c};
    int count = nj_operand_count(in->op);
    for (int i = 0; i < count; i++) {
        if (names[i] >= desc->register_count) return false;
        const nj_register *from = &desc->registers[names[i]];
        uint8_t wanted = in->op == NJ_OP_WHERE && i == 0 ? NJ_I32 : in->dtype;
        if (from->dtype != wanted || !broadcasts(from->kind, dst->kind)) return false;
    }
    if (in->op == NJ_OP_CAST) return true;
    if (in->op == NJ_OP_NARROW) return dst->dtype == NJ_I32;
    bool to_int = (in->op >= NJ_OP_EQ && in->op <= NJ_OP_GE) || in->op == NJ_OP_IS_NAN || in->op == NJ_OP_IS_FINITE;
    return dst->dtype == (to_int ? NJ_I32 : in->dtype);
}

static bool check_row_operation(const nj_program_desc *desc, const nj_instr *in, const nj_register *dst) {
    if (in->a >= desc->register_count) return false;
    const nj_register *from = &desc->registers[in->a];
    if (from->kind != NJ_FULL || from->dtype != in->dtype || dst->kind != NJ_COL) return false;
    if (in->op == NJ_OP_ROW_ARGMAX || in->op == NJ_OP_ROW_ARGMIN) return dst->dtype == NJ_I32;
    if (dst->dtype != in->dtype) return false;
    if (in->op != NJ_OP_ROW_PICK) return true;
    if (in->b >= desc->register_count) return false;
    return desc->registers[in->b].dtype == NJ_I32 && desc->registers[in->b].kind == NJ_COL;
}

static bool check_accumulation(const nj_program_desc *desc, const nj_instr *in) {
    if (in->a >= desc->register_count || in->dst >= desc->accumulator_count) return false;
    const nj_register *from = &desc->registers[in->a];
    const nj_accumulator *to = &desc->accumulators[in->dst];
    if (from->dtype != in->dtype || to->dtype > NJ_BOOL) return false;
    if (in->op == NJ_OP_COLS_DOT) {
        if (in->b >= desc->register_count || in->dtype != NJ_F32 || to->kind != NJ_ROW) return false;
        const nj_register *other = &desc->registers[in->b];
        return from->kind == NJ_FULL && other->kind == NJ_FULL && other->dtype == NJ_F32;
    }
    if (nj_is_moment(in->op) && !is_floating(in->dtype)) return false;
    if (nj_is_for_columns(in->op)) return from->kind == NJ_FULL && to->kind == NJ_ROW;
    return (from->kind == NJ_FULL || from->kind == NJ_COL) && to->kind == NJ_SCALAR;
}

static bool check_memory(const nj_program_desc *desc, const nj_instr *in, const nj_register *dst) {
    switch (in->op) {
    case NJ_OP_LOAD:
        return in->a < desc->operand_count && desc->operands[in->a].kind == dst->kind &&
               desc->operands[in->a].buffer != NJ_LOADED;
    case NJ_OP_NUMBER: return dst->kind == NJ_SCALAR;
    case NJ_OP_IOTA_COL: return dst->kind == NJ_ROW;
    case NJ_OP_IOTA_ROW: return dst->kind == NJ_COL;
    case NJ_OP_UNIFORM:
    case NJ_OP_NORMAL: return dst->kind == NJ_FULL && is_floating(dst->dtype);
    default: return false;
    }
}

bool nj_product_operands_fit(const nj_program_desc *desc, uint8_t dtype) {
    for (int32_t p = 0; p < desc->operand_count; p++) {
        const nj_operand *operand = &desc->operands[p];
        if (operand->buffer == NJ_PRODUCT && (operand->kind != NJ_FULL || operand->dtype != dtype)) return false;
    }
    return true;
}

bool nj_program_check(const nj_program_desc *desc) {
    if (!desc || desc->rows < 0 || desc->cols < 0) return false;
    if (desc->cols > 0 && desc->rows > INT64_MAX / 8 / desc->cols) return false;
    if (desc->instr_count < 0 || desc->register_count < 0 || desc->operand_count < 0 || desc->accumulator_count < 0) {
        return false;
    }
    if (desc->register_count > 0x3000 || desc->instr_count > 0x3000) return false;
    for (int32_t r = 0; r < desc->register_count; r++) {
        if (desc->registers[r].dtype > NJ_I32 || desc->registers[r].kind > NJ_SCALAR) return false;
    }
    for (int32_t i = 0; i < desc->instr_count; i++) {
        const nj_instr *in = &desc->instrs[i];
        if (in->op >= NJ_OP_COUNT || in->dtype > NJ_I32) return false;
        if (in->op == NJ_OP_STORE) {
            if (in->dst >= desc->operand_count || in->a >= desc->register_count) return false;
            const nj_operand *to = &desc->operands[in->dst];
            if (to->kind != desc->registers[in->a].kind || to->buffer == NJ_PRODUCT) return false;
            continue;
        }
        if (nj_is_accumulation(in->op)) {
            if (!check_accumulation(desc, in)) return false;
            continue;
        }
        if (in->dst >= desc->register_count) return false;
        const nj_register *dst = &desc->registers[in->dst];
        bool good = nj_operand_count(in->op) > 0  ? check_elementwise(desc, in, dst)
                    : nj_is_row_operation(in->op) ? check_row_operation(desc, in, dst)
                                                  : check_memory(desc, in, dst);
        if (!good) return false;
    }
    return true;
}
