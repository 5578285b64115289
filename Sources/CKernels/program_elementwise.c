// Elementwise instructions: maps, and how operands of fewer values meet those of more.

#include <string.h>

#include "program_check.h"
#include "program_compile.h"
#include "program_pair.h"

// Whether a value of kind `from` is a single element beside values of kind `to`, in all of a block or in each of its
// columns.
static bool is_single(const nj_program *program, uint8_t from, uint8_t to) {
    if (from == to) return false;
    if (from == NJ_SCALAR) return true;
    return program->wide ? from == NJ_COL : nj_program_is_by_columns(program) && from == NJ_ROW;
}

// Whether it stands beside them as it is, element by element: again in all of a block or in each of its columns.
static bool stands_beside(const nj_program *program, uint8_t from, uint8_t to) {
    return from == to || program->wide || (nj_program_is_by_columns(program) && from == NJ_COL);
}

// The slot's value with one element for each of `extent`, which is not its own kind.
static uint16_t spread(nj_compiler *c, uint16_t slot, uint8_t extent) {
    if (c->failed) return 0;
    nj_program *program = c->program;
    nj_slot from = program->slots[slot];
    if (extent == NJ_FULL && c->spread[slot] != NJ_NO_SLOT) return c->spread[slot];
    // What does not change from block to block is spread once a piece, unless columns have the length of their block.
    bool by_columns = nj_program_is_by_columns(program), by_block = by_columns && from.extent == NJ_ROW;
    uint8_t level = from.level == NJ_LEVEL_BLOCK || extent == NJ_COL || by_block ? NJ_LEVEL_BLOCK : NJ_LEVEL_PIECE;
    uint16_t to = nj_compiler_add_slot(c, from.dtype, extent, level);
    if (c->failed) return 0;
    nj_steps *steps = &program->steps[level];
    if (is_single(program, from.extent, extent)) {
        nj_step *step = nj_compiler_add_step(c, steps, NJ_STEP_MAP, extent, from.dtype);
        step->run.map = program->set->splat[from.dtype];
        step->d = to;
        step->a = slot;
        step->by_column = by_columns && from.extent == NJ_ROW;
        step->cost = 0.05;
    } else if (by_columns) {
        nj_step *step = nj_compiler_add_step(c, steps, NJ_STEP_MAP, NJ_FULL, from.dtype);
        step->run.map = program->set->map[NJ_OP_COPY][from.dtype][0];
        step->d = to;
        step->a = slot;
        step->by_column = true;
        step->cost = 0.05;
    } else if (from.extent == NJ_COL) {
        nj_step *step = nj_compiler_add_step(c, steps, NJ_STEP_EXPAND, NJ_FULL, from.dtype);
        step->run.expand = program->set->expand[from.dtype];
        step->d = to;
        step->a = slot;
        step->cost = 0.1;
    } else {
        nj_step *step = nj_compiler_add_step(c, steps, NJ_STEP_REPEAT, NJ_FULL, from.dtype);
        step->d = to;
        step->a = slot;
    }
    if (extent == NJ_FULL) c->spread[slot] = to;
    return to;
}

// Nanoseconds an element in float32 with AVX2, measured; float64 counts ten times for library functions.
static double map_cost(const nj_program *program, uint8_t op, uint8_t dtype) {
    double cost = 0.08;
    switch (op) {
    case NJ_OP_EXP:
    case NJ_OP_LOG: cost = 0.6; break;
    case NJ_OP_SIGMOID:
    case NJ_OP_TANH: cost = 1.0; break;
    case NJ_OP_EXPM1:
    case NJ_OP_LOG1P:
    case NJ_OP_SIN:
    case NJ_OP_COS:
    case NJ_OP_ERF: cost = 2.0; break;
    case NJ_OP_POW: cost = 5.0; break;
    case NJ_OP_MOD: cost = 10.0; break;
    case NJ_OP_DIV:
    case NJ_OP_SQRT:
    case NJ_OP_RSQRT:
    case NJ_OP_RECIP: cost = 0.25; break;
    default: break;
    }
    if (dtype == NJ_F64) cost *= cost >= 0.6 ? 8 : 2;
    if (dtype == NJ_I32 && (op == NJ_OP_DIV || op == NJ_OP_MOD)) cost = 5;
    return strcmp(program->set->name, "baseline") == 0 ? cost * 2 : cost;
}

// Whole numbers are looked at before they are worked out, since the result may go where an operand lies.
static void add_check(nj_compiler *c, const nj_instr *in, const uint16_t *slots, int form, bool by_column) {
    const nj_kernel_set *set = c->program->set;
    nj_check_fn run = in->op == NJ_OP_NARROW ? set->check_narrow[in->dtype]
                      : in->op == NJ_OP_CAST ? set->check_cast[in->dtype]
                      : in->dtype == NJ_I32  ? set->check[in->op][form]
                                             : NULL;
    if (!run) return;
    uint8_t extent = c->desc->registers[in->dst].kind;
    nj_step *step =
        nj_compiler_add_step(c, &c->program->steps[nj_level_of(extent)], NJ_STEP_CHECK, extent, in->dtype);
    step->run.check = run;
    step->by_column = by_column;
    step->a = slots[0];
    step->b = slots[1];
    step->op = in->op;
    step->form = (uint8_t)form;
    step->tag = in->tag;
    step->cost = 0.15;
}

void nj_compile_elementwise(nj_compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    const nj_register *registers = c->desc->registers;
    nj_register dst = registers[in->dst];
    uint16_t names[3] = {in->a, in->b, in->c}, slots[3] = {NJ_NO_SLOT, NJ_NO_SLOT, NJ_NO_SLOT};
    int count = nj_operand_count(in->op), form = 0;
    bool casts = in->op == NJ_OP_CAST || in->op == NJ_OP_NARROW;
    bool copies = in->op == NJ_OP_COPY || (in->op == NJ_OP_CAST && dst.dtype == in->dtype);
    bool by_columns = nj_program_is_by_columns(program), by_column = false;
    for (int i = 0; i < count; i++) {
        uint8_t kind = registers[names[i]].kind;
        slots[i] = c->slot_of[names[i]];
        if (is_single(program, kind, dst.kind)) {
            form |= 1 << i;
        } else if (!stands_beside(program, kind, dst.kind) || (copies && by_columns && kind != dst.kind)) {
            slots[i] = spread(c, slots[i], dst.kind);
        }
    }
    if (copies) {
        // A copy is another name; spread first where the form asks for it.
        c->slot_of[in->dst] = form ? spread(c, slots[0], dst.kind) : slots[0];
        if (!form && !c->failed) c->slot_uses[slots[0]] += c->uses[in->dst] - 1;
        return;
    }
    nj_map_fn run = casts ? (form ? NULL : program->set->cast[in->dtype][dst.dtype])
                          : program->set->map[in->op][in->dtype][form];
    for (int i = 0; !run && form && i < count; i++) {
        if (!(form & 1 << i)) continue;
        slots[i] = spread(c, slots[i], dst.kind);
        form &= ~(1 << i);
        run = casts ? program->set->cast[in->dtype][dst.dtype] : program->set->map[in->op][in->dtype][form];
    }
    if (!run || c->failed) {
        c->failed = true;
        return;
    }
    uint8_t level = nj_level_of(dst.kind);
    for (int i = 0; i < count; i++) {
        uint8_t extent = program->slots[slots[i]].extent;
        by_column |= by_columns && dst.kind == NJ_FULL && (extent == NJ_COL || extent == NJ_ROW);
    }
    uint16_t to = nj_compiler_add_slot(c, dst.dtype, dst.kind, level);
    if (dst.dtype == NJ_I32) add_check(c, in, slots, form, by_column);
    nj_step *step = nj_compiler_add_step(c, &program->steps[level], NJ_STEP_MAP, dst.kind, dst.dtype);
    step->run.map = run;
    step->by_column = by_column;
    step->d = to;
    step->a = slots[0];
    step->b = slots[1];
    step->c = slots[2];
    step->cost = map_cost(program, in->op, in->dtype);
    c->slot_of[in->dst] = to;
    if (c->failed) return;
    c->slot_uses[to] = c->uses[in->dst];
    step->form = (uint8_t)form;
    step->op = in->dtype == NJ_F32 && count < 3 ? in->op : 0;
    nj_program_pair(program->set, &program->steps[level], c->slot_uses);
}
