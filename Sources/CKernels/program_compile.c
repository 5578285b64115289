// First half of compilation: from instructions to steps on slots, with kernels chosen and broadcasts resolved.

#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "program_check.h"
#include "program_fuse.h"

typedef struct compiler {
    nj_program *program;
    const nj_program_desc *desc;
    uint16_t *slot_of;   // register to slot
    uint16_t *spread;    // slot to its FULL-length form (or its splat), NJ_NO_SLOT before there is one
    int32_t spread_capacity;
    bool failed;
} compiler;

static nj_step *add_step(compiler *c, nj_steps *steps, uint8_t what, uint8_t extent, uint8_t dtype) {
    if (steps->count == steps->capacity) {
        int32_t capacity = steps->capacity ? steps->capacity * 2 : 16;
        nj_step *items = realloc(steps->items, (size_t)capacity * sizeof *items);
        if (!items) {
            c->failed = true;
            static _Thread_local nj_step lost;  // somewhere to write; the program is dropped
            return &lost;
        }
        steps->items = items;
        steps->capacity = capacity;
    }
    nj_step *step = &steps->items[steps->count++];
    memset(step, 0, sizeof *step);
    step->what = what;
    step->extent = extent;
    step->dtype = dtype;
    step->d = step->a = step->b = step->c = NJ_NO_SLOT;
    return step;
}

static uint8_t level_of(uint8_t kind) {
    return kind == NJ_SCALAR ? NJ_LEVEL_TILE : (kind == NJ_ROW ? NJ_LEVEL_PIECE : NJ_LEVEL_BLOCK);
}

static uint16_t add_slot(compiler *c, uint8_t dtype, uint8_t extent, uint8_t level) {
    nj_program *program = c->program;
    if (program->slot_count == program->slot_capacity) {
        int32_t capacity = program->slot_capacity ? program->slot_capacity * 2 : 32;
        nj_slot *slots = realloc(program->slots, (size_t)capacity * sizeof *slots);
        uint16_t *spread = realloc(c->spread, (size_t)capacity * sizeof *spread);
        if (slots) program->slots = slots;
        if (spread) c->spread = spread;
        if (!slots || !spread || capacity >= NJ_NO_SLOT) {
            c->failed = true;
            return 0;
        }
        program->slot_capacity = capacity;
    }
    int32_t index = program->slot_count++;
    program->slots[index] = (nj_slot){.dtype = dtype, .extent = extent, .level = level, .place = -1, .offset = -1};
    c->spread[index] = NJ_NO_SLOT;
    return (uint16_t)index;
}

// Whether a value of kind `from` is a single element beside values of kind `to`.
static bool is_single(const nj_program *program, uint8_t from, uint8_t to) {
    if (from == to) return false;
    return from == NJ_SCALAR || (program->wide && from == NJ_COL);
}

// The slot's value with one element for each of `extent`, which is not its own kind.
static uint16_t spread(compiler *c, uint16_t slot, uint8_t extent) {
    if (c->failed) return 0;
    nj_program *program = c->program;
    nj_slot from = program->slots[slot];
    if (extent == NJ_FULL && c->spread[slot] != NJ_NO_SLOT) return c->spread[slot];
    // What does not change from block to block is spread once a piece.
    uint8_t level = from.level == NJ_LEVEL_BLOCK || extent == NJ_COL ? NJ_LEVEL_BLOCK : NJ_LEVEL_PIECE;
    uint16_t to = add_slot(c, from.dtype, extent, level);
    if (c->failed) return 0;
    nj_steps *steps = &program->steps[level];
    if (is_single(program, from.extent, extent)) {
        nj_step *step = add_step(c, steps, NJ_STEP_MAP, extent, from.dtype);
        step->run.map = program->set->splat[from.dtype];
        step->d = to;
        step->a = slot;
        step->cost = 0.05;
    } else if (from.extent == NJ_COL) {
        nj_step *step = add_step(c, steps, NJ_STEP_EXPAND, NJ_FULL, from.dtype);
        step->run.expand = program->set->expand[from.dtype];
        step->d = to;
        step->a = slot;
        step->cost = 0.1;
    } else {
        nj_step *step = add_step(c, steps, NJ_STEP_REPEAT, NJ_FULL, from.dtype);
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

static void compile_elementwise(compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    const nj_register *registers = c->desc->registers;
    nj_register dst = registers[in->dst];
    uint16_t names[3] = {in->a, in->b, in->c}, slots[3] = {NJ_NO_SLOT, NJ_NO_SLOT, NJ_NO_SLOT};
    int count = nj_operand_count(in->op), form = 0;
    for (int i = 0; i < count; i++) {
        uint8_t kind = registers[names[i]].kind;
        slots[i] = c->slot_of[names[i]];
        if (is_single(program, kind, dst.kind)) {
            form |= 1 << i;
        } else if (kind != dst.kind && !program->wide) {
            slots[i] = spread(c, slots[i], dst.kind);
        }
    }
    bool copies = in->op == NJ_OP_COPY || (in->op == NJ_OP_CAST && dst.dtype == in->dtype);
    if (copies) {
        // A copy is another name; spread first where the form asks for it.
        c->slot_of[in->dst] = form ? spread(c, slots[0], dst.kind) : slots[0];
        return;
    }
    nj_map_fn run = in->op == NJ_OP_CAST ? (form ? NULL : program->set->cast[in->dtype][dst.dtype])
                                         : program->set->map[in->op][in->dtype][form];
    for (int i = 0; !run && form && i < count; i++) {
        if (!(form & 1 << i)) continue;
        slots[i] = spread(c, slots[i], dst.kind);
        form &= ~(1 << i);
        run = in->op == NJ_OP_CAST ? program->set->cast[in->dtype][dst.dtype]
                                   : program->set->map[in->op][in->dtype][form];
    }
    if (!run || c->failed) {
        c->failed = true;
        return;
    }
    uint8_t level = level_of(dst.kind);
    uint16_t to = add_slot(c, dst.dtype, dst.kind, level);
    nj_step *step = add_step(c, &program->steps[level], NJ_STEP_MAP, dst.kind, dst.dtype);
    step->run.map = run;
    step->d = to;
    step->a = slots[0];
    step->b = slots[1];
    step->c = slots[2];
    step->cost = map_cost(program, in->op, in->dtype);
    c->slot_of[in->dst] = to;
}

bool nj_program_lies_dense(const nj_program *program, const nj_place *place) {
    int64_t stride;
    if (place->kind == NJ_SCALAR) return true;
    if (place->kind == NJ_ROW) return place->col_stride == 1;
    if (program->wide) return place->kind == NJ_COL || place->col_stride == 1;
    if (place->buffer == NJ_PRODUCT) return program->product_stride == program->cols;
    if (!nj_place_even_rows(place, &stride)) return false;
    if (program->rows == 1) return place->kind == NJ_COL || place->col_stride == 1;
    if (place->kind == NJ_COL) return stride == 1;
    return stride == program->cols && place->col_stride == 1;
}

static void compile_load(compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    nj_register dst = c->desc->registers[in->dst];
    const nj_place *place = &program->places[in->a];
    uint8_t level = level_of(dst.kind);
    uint16_t to = add_slot(c, dst.dtype, dst.kind, level);
    if (c->failed) return;
    c->slot_of[in->dst] = to;
    if (place->dtype == dst.dtype && nj_program_lies_dense(program, place)) {
        program->slots[to].in_place = true;
        program->slots[to].place = in->a;
        return;
    }
    nj_step *step = add_step(c, &program->steps[level], NJ_STEP_GATHER, dst.kind, dst.dtype);
    step->run.move = program->set->load[place->dtype][dst.dtype];
    step->d = to;
    step->index = in->a;
    step->cost = place->col_stride == 1 ? 0.2 : 1.5;
}

static void compile_store(compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    nj_register from = c->desc->registers[in->a];
    nj_place *place = &program->places[in->dst];
    place->is_written = true;
    uint8_t level = level_of(from.kind);
    nj_step *step = add_step(c, &program->stores[level], NJ_STEP_SCATTER, from.kind, from.dtype);
    step->run.move = program->set->store[from.dtype][place->dtype];
    step->a = c->slot_of[in->a];
    step->index = in->dst;
    step->once_per_row = from.kind == NJ_COL;
    step->cost = place->col_stride == 1 ? 0.2 : 1.5;
}

static void compile_source(compiler *c, const nj_instr *in, uint8_t what) {
    nj_program *program = c->program;
    nj_register dst = c->desc->registers[in->dst];
    uint8_t level = level_of(dst.kind);
    uint16_t to = add_slot(c, dst.dtype, dst.kind, level);
    nj_step *step = add_step(c, &program->steps[level], what, dst.kind, dst.dtype);
    step->d = to;
    step->index = in->a;
    c->slot_of[in->dst] = to;
    if (what == NJ_STEP_RANDOM) {
        bool normal = in->op == NJ_OP_NORMAL;
        step->run.random = normal ? program->set->normal[dst.dtype] : program->set->uniform[dst.dtype];
        step->cost = normal ? 25 : 1.5;
    }
}

static void compile_row_operation(compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    nj_register dst = c->desc->registers[in->dst];
    bool pick = in->op == NJ_OP_ROW_PICK;
    bool arg = in->op == NJ_OP_ROW_ARGMAX || in->op == NJ_OP_ROW_ARGMIN;
    uint16_t to = add_slot(c, dst.dtype, NJ_COL, NJ_LEVEL_BLOCK);
    nj_step *step = add_step(c, &program->steps[NJ_LEVEL_BLOCK], pick ? NJ_STEP_PICK : NJ_STEP_ROW, NJ_COL, dst.dtype);
    step->d = to;
    step->a = c->slot_of[in->a];
    if (pick) step->b = c->slot_of[in->b];
    step->tag = in->tag;
    if (arg) {
        step->run.row = program->set->row_arg[in->op - NJ_OP_ROW_ARGMAX][in->dtype];
    } else if (!pick) {
        step->run.row = program->set->row[in->op - NJ_OP_ROW_SUM][in->dtype];
    }
    step->cost = pick ? 0.1 : (arg ? 1.0 : 0.2);
    c->slot_of[in->dst] = to;
}

static void compile_accumulation(compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    bool dot = in->op == NJ_OP_COLS_DOT, all = in->op >= NJ_OP_ALL_SUM && !dot;
    uint8_t which = dot ? 0 : (uint8_t)(in->op - (all ? NJ_OP_ALL_SUM : NJ_OP_COLS_SUM));
    nj_register from = c->desc->registers[in->a];
    nj_step *step = add_step(c, &program->steps[NJ_LEVEL_BLOCK], all ? NJ_STEP_ALL : NJ_STEP_COLS, from.kind, in->dtype);
    step->run.accumulate = all ? program->set->all[which][in->dtype] : program->set->cols[which][in->dtype];
    step->a = c->slot_of[in->a];
    if (dot) {
        step->run.dot = program->set->cols_dot;
        step->b = c->slot_of[in->b];
    }
    step->index = in->dst;
    step->once_per_row = from.kind == NJ_COL;
    step->cost = 0.2;
    program->accumulator_ops[in->dst] = which;
    program->accumulator_types[in->dst] = in->dtype;
}

static void compile_instruction(compiler *c, const nj_instr *in) {
    switch (in->op) {
    case NJ_OP_LOAD: compile_load(c, in); return;
    case NJ_OP_STORE: compile_store(c, in); return;
    case NJ_OP_NUMBER: compile_source(c, in, NJ_STEP_NUMBER); return;
    case NJ_OP_IOTA_COL: compile_source(c, in, NJ_STEP_IOTA_COL); return;
    case NJ_OP_IOTA_ROW: compile_source(c, in, NJ_STEP_IOTA_ROW); return;
    case NJ_OP_UNIFORM:
    case NJ_OP_NORMAL: compile_source(c, in, NJ_STEP_RANDOM); return;
    default: break;
    }
    if (nj_is_row_operation(in->op)) {
        compile_row_operation(c, in);
    } else if (nj_is_accumulation(in->op)) {
        compile_accumulation(c, in);
    } else {
        compile_elementwise(c, in);
    }
}

// A domain whose operands are all dense and that nothing looks at by row or column is one long row.
static bool collapses(const nj_program_desc *desc, const nj_program *program) {
    for (int32_t r = 0; r < desc->register_count; r++) {
        if (desc->registers[r].kind != NJ_FULL && desc->registers[r].kind != NJ_SCALAR) return false;
    }
    for (int32_t i = 0; i < desc->instr_count; i++) {
        uint8_t op = desc->instrs[i].op;
        if (nj_is_row_operation(op) || (nj_is_accumulation(op) && (op < NJ_OP_ALL_SUM || op == NJ_OP_COLS_DOT))) {
            return false;
        }
    }
    for (int32_t p = 0; p < program->place_count; p++) {
        const nj_place *place = &program->places[p];
        int64_t stride;
        if (place->kind == NJ_SCALAR) continue;
        if (place->kind != NJ_FULL || !nj_place_even_rows(place, &stride)) return false;
        if (program->rows > 1 && stride != program->cols) return false;
        if (program->cols > 1 && place->col_stride != 1) return false;
    }
    return true;
}

static bool prepare(compiler *c, const nj_grid *grid) {
    nj_program *program = c->program;
    const nj_program_desc *desc = c->desc;
    size_t operands = (size_t)desc->operand_count, accumulators = (size_t)desc->accumulator_count;
    program->places = calloc(operands + 1, sizeof *program->places);
    program->accumulators = calloc(accumulators + 1, sizeof *program->accumulators);
    program->accumulator_ops = calloc(accumulators + 1, 1);
    program->accumulator_types = calloc(accumulators + 1, 1);
    program->partial_offsets = calloc(accumulators + 1, sizeof *program->partial_offsets);
    c->slot_of = calloc((size_t)desc->register_count + 1, sizeof *c->slot_of);
    if (!program->places || !program->accumulators || !program->accumulator_ops || !program->accumulator_types ||
        !program->partial_offsets || !c->slot_of) {
        return false;
    }
    for (int32_t r = 0; r < desc->register_count; r++) c->slot_of[r] = NJ_NO_SLOT;
    program->place_count = desc->operand_count;
    program->accumulator_count = desc->accumulator_count;
    for (int32_t a = 0; a < desc->accumulator_count; a++) program->accumulators[a] = desc->accumulators[a];
    for (int32_t p = 0; p < desc->operand_count; p++) {
        if (!nj_place_make(&program->places[p], &desc->operands[p], desc->rows, desc->cols)) return false;
        if (desc->operands[p].buffer == NJ_PRODUCT && (!grid || grid->loads)) return false;
        if (desc->operands[p].buffer == NJ_LOADED && (!grid || !grid->loads)) return false;
    }
    return true;
}

// Reading a register that no earlier instruction wrote, or writing one twice, is a bug of the caller.
static bool defined_before_use(const nj_program_desc *desc, const compiler *c, const nj_instr *in) {
    uint16_t names[3] = {in->a, in->b, in->c};
    int count = nj_operand_count(in->op);
    if (in->op == NJ_OP_STORE || nj_is_accumulation(in->op)) count = in->op == NJ_OP_COLS_DOT ? 2 : 1;
    if (nj_is_row_operation(in->op)) count = in->op == NJ_OP_ROW_PICK ? 2 : 1;
    for (int i = 0; i < count; i++) {
        if (c->slot_of[names[i]] == NJ_NO_SLOT) return false;
    }
    bool writes = in->op != NJ_OP_STORE && !nj_is_accumulation(in->op);
    return !writes || (in->dst < desc->register_count && c->slot_of[in->dst] == NJ_NO_SLOT);
}

nj_program *nj_program_compile(const nj_program_desc *given, const nj_grid *grid) {
    if (!nj_program_check(given)) return NULL;
    nj_program_desc fused = *given;
    nj_instr *instrs = nj_program_fuse(given, &fused.instr_count);
    nj_program *program = instrs ? calloc(1, sizeof *program) : NULL;
    if (!program) {
        free(instrs);
        return NULL;
    }
    fused.instrs = instrs;
    const nj_program_desc *desc = &fused;
    compiler c = {.program = program, .desc = desc};
    program->set = nj_kernel_set_current();
    program->rows = desc->rows;
    program->cols = desc->cols;
    program->product_stride = grid ? grid->product_stride : 0;
    program->row_operations = nj_program_has_row_operations(desc);
    bool good = prepare(&c, grid);
    if (good && !grid && collapses(desc, program)) {
        program->cols *= program->rows;
        program->rows = program->cols > 0;
        for (int32_t p = 0; p < program->place_count; p++) {
            program->places[p].rank = 0;
            program->places[p].col_stride = program->places[p].kind == NJ_FULL;
        }
    }
    // Rows shorter than this share a block.
    enum { NARROW = 256 };
    program->wide = program->cols >= NARROW || (grid && grid->col_tiles > 1);
    for (int32_t i = 0; good && i < desc->instr_count; i++) {
        good = defined_before_use(desc, &c, &desc->instrs[i]);
        if (good) compile_instruction(&c, &desc->instrs[i]);
        good = good && !c.failed;
    }
    good = good && nj_program_lay_out(program, desc, grid);
    free(instrs);
    free(c.slot_of);
    free(c.spread);
    if (good) return program;
    nj_program_destroy(program);
    return NULL;
}

nj_program *nj_program_create(const nj_program_desc *desc) { return nj_program_compile(desc, NULL); }

void nj_program_destroy(nj_program *program) {
    if (!program) return;
    for (int level = 0; level < NJ_LEVELS; level++) {
        free(program->steps[level].items);
        free(program->stores[level].items);
        free(program->points[level]);
    }
    free(program->slots);
    free(program->places);
    free(program->accumulators);
    free(program->accumulator_ops);
    free(program->accumulator_types);
    free(program->partial_offsets);
    free(program);
}
