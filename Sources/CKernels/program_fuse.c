// Instructions that stand for two, in float32: values that are made for one reader alone need not go through memory.

#include "program_fuse.h"

#include <stdlib.h>
#include <string.h>

#include "program_check.h"

typedef struct fuser {
    const nj_program_desc *desc;
    nj_instr *instrs;      // dropped ones have the operation NJ_OP_COUNT
    int32_t *made_by;      // instruction of each register, -1 before
    int32_t *uses;         // of each register
} fuser;

enum { DROPPED = NJ_OP_COUNT };

static int operand_count(const nj_instr *in) {
    if (in->op == NJ_OP_COLS_DOT) return 2;
    if (in->op == NJ_OP_STORE || nj_is_accumulation(in->op)) return 1;
    if (nj_is_row_operation(in->op)) return in->op == NJ_OP_ROW_PICK ? 2 : 1;
    return nj_operand_count(in->op);
}

// The instruction that makes a register for nobody but one reader in float32, over the same extent; NULL otherwise.
static nj_instr *sole(const fuser *f, uint16_t name, uint8_t kind) {
    int32_t at = f->made_by[name];
    if (at < 0 || f->uses[name] != 1 || f->desc->registers[name].kind != kind) return NULL;
    return f->instrs[at].dtype == NJ_F32 ? &f->instrs[at] : NULL;
}

static nj_instr *sole_of(const fuser *f, uint8_t op, uint16_t name, uint8_t kind) {
    nj_instr *in = sole(f, name, kind);
    return in && in->op == op ? in : NULL;
}

static void drop(nj_instr *in) { in->op = DROPPED; }

// a > c ? b : c, the gradient of an activation that is c below c.
static void fuse_gate(const fuser *f, nj_instr *in) {
    uint8_t kind = f->desc->registers[in->dst].kind;
    nj_instr *compare = sole_of(f, NJ_OP_GT, in->a, kind);
    if (!compare || compare->b != in->c || f->desc->registers[in->c].kind != NJ_SCALAR) return;
    in->op = NJ_OP_GATE;
    in->a = compare->a;
    drop(compare);
}

static bool is_full(const fuser *f, uint16_t name) { return f->desc->registers[name].kind == NJ_FULL; }

// The sum over rows of a product.
static void fuse_dot(const fuser *f, nj_instr *in) {
    nj_instr *square = sole_of(f, NJ_OP_SQUARE, in->a, NJ_FULL), *mul = sole_of(f, NJ_OP_MUL, in->a, NJ_FULL);
    if (square && is_full(f, square->a)) {
        in->op = NJ_OP_COLS_DOT;
        in->a = in->b = square->a;
        drop(square);
    } else if (mul && is_full(f, mul->a) && is_full(f, mul->b)) {
        in->op = NJ_OP_COLS_DOT;
        in->a = mul->a;
        in->b = mul->b;
        drop(mul);
    }
}

static void fuse_all(const fuser *f) {
    for (int32_t i = 0; i < f->desc->instr_count; i++) {
        nj_instr *in = &f->instrs[i];
        if (in->dtype != NJ_F32) continue;
        if (in->op == NJ_OP_WHERE) fuse_gate(f, in);
        if (in->op == NJ_OP_COLS_SUM) fuse_dot(f, in);
    }
}

nj_instr *nj_program_fuse(const nj_program_desc *desc, int32_t *count) {
    size_t instrs = (size_t)desc->instr_count, registers = (size_t)desc->register_count;
    fuser f = {.desc = desc, .instrs = malloc((instrs + 1) * sizeof *f.instrs),
               .made_by = malloc((registers + 1) * sizeof *f.made_by), .uses = calloc(registers + 1, sizeof *f.uses)};
    if (f.instrs && f.made_by && f.uses) {
        memcpy(f.instrs, desc->instrs, instrs * sizeof *f.instrs);
        for (size_t r = 0; r < registers; r++) f.made_by[r] = -1;
        for (int32_t i = 0; i < desc->instr_count; i++) {
            const nj_instr *in = &f.instrs[i];
            uint16_t names[3] = {in->a, in->b, in->c};
            for (int k = 0; k < operand_count(in); k++) f.uses[names[k]]++;
            if (in->op != NJ_OP_STORE && !nj_is_accumulation(in->op)) f.made_by[in->dst] = i;
        }
        fuse_all(&f);
        *count = 0;
        for (size_t i = 0; i < instrs; i++) {
            if (f.instrs[i].op != DROPPED) f.instrs[(*count)++] = f.instrs[i];
        }
    } else {
        free(f.instrs);
        f.instrs = NULL;
    }
    free(f.made_by);
    free(f.uses);
    return f.instrs;
}
