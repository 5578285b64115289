// First half of compilation: from instructions to steps on slots, with kernels chosen and broadcasts resolved.

#include <stdlib.h>
#include <string.h>

#include "program_check.h"
#include "program_compile.h"
#include "program_fuse.h"

nj_step *nj_compiler_add_step(nj_compiler *c, nj_steps *steps, uint8_t what, uint8_t extent, uint8_t dtype) {
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

uint16_t nj_compiler_add_slot(nj_compiler *c, uint8_t dtype, uint8_t extent, uint8_t level) {
    nj_program *program = c->program;
    if (program->slot_count == program->slot_capacity) {
        int32_t capacity = program->slot_capacity ? program->slot_capacity * 2 : 32;
        nj_slot *slots = realloc(program->slots, (size_t)capacity * sizeof *slots);
        uint16_t *spread = realloc(c->spread, (size_t)capacity * sizeof *spread);
        if (slots) program->slots = slots;
        if (spread) c->spread = spread;
        int32_t *uses = realloc(c->slot_uses, (size_t)capacity * sizeof *uses);
        if (uses) c->slot_uses = uses;
        if (!slots || !spread || !uses || capacity >= NJ_NO_SLOT) {
            c->failed = true;
            return 0;
        }
        program->slot_capacity = capacity;
    }
    int32_t index = program->slot_count++;
    program->slots[index] = (nj_slot){.dtype = dtype, .extent = extent, .level = level, .place = -1, .offset = -1};
    c->spread[index] = NJ_NO_SLOT;
    c->slot_uses[index] = 0;
    return (uint16_t)index;
}

bool nj_program_lies_dense(const nj_program *program, const nj_place *place) {
    int64_t stride;
    if (place->kind == NJ_SCALAR) return true;
    if (place->kind == NJ_ROW) return place->col_stride == 1;
    if (place->kind == NJ_FULL && nj_program_is_by_columns(program)) return false;
    if (program->wide) return place->kind == NJ_COL || place->col_stride == 1;
    if (place->buffer == NJ_PRODUCT) return program->product_stride == program->cols;
    if (!nj_place_even_rows(place, &stride)) return false;
    if (program->rows == 1) return place->kind == NJ_COL || place->col_stride == 1;
    if (place->kind == NJ_COL) return stride == 1;
    return stride == program->cols && place->col_stride == 1;
}

// What moves a whole block between memory that lies row after row and a register that lies column after column; NULL
// where one column must be moved after the other.
static nj_transpose_fn turn_of(const nj_program *program, const nj_place *place, uint8_t dtype) {
    int64_t stride;
    if (place->kind != NJ_FULL || !nj_program_is_by_columns(program) || place->dtype != dtype) return NULL;
    if (place->buffer != NJ_PRODUCT && (place->col_stride != 1 || !nj_place_even_rows(place, &stride))) return NULL;
    return program->set->transpose[dtype == NJ_F64 ? NJ_F64 : NJ_F32];
}

static double move_cost(const nj_place *place, const nj_step *step) {
    return step->turn ? 0.15 : (place->col_stride == 1 ? 0.2 : 1.5);
}

static void compile_load(nj_compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    nj_register dst = c->desc->registers[in->dst];
    const nj_place *place = &program->places[in->a];
    uint8_t level = nj_level_of(dst.kind);
    uint16_t to = nj_compiler_add_slot(c, dst.dtype, dst.kind, level);
    if (c->failed) return;
    c->slot_of[in->dst] = to;
    if (place->dtype == dst.dtype && nj_program_lies_dense(program, place)) {
        program->slots[to].in_place = true;
        program->slots[to].place = in->a;
        return;
    }
    nj_step *step = nj_compiler_add_step(c, &program->steps[level], NJ_STEP_GATHER, dst.kind, dst.dtype);
    step->run.move = program->set->load[place->dtype][dst.dtype];
    step->turn = turn_of(program, place, dst.dtype);
    step->d = to;
    step->index = in->a;
    step->cost = move_cost(place, step);
}

static void compile_store(nj_compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    nj_register from = c->desc->registers[in->a];
    nj_place *place = &program->places[in->dst];
    place->is_written = true;
    uint8_t level = nj_level_of(from.kind);
    nj_step *step = nj_compiler_add_step(c, &program->stores[level], NJ_STEP_SCATTER, from.kind, from.dtype);
    step->run.move = program->set->store[from.dtype][place->dtype];
    step->turn = turn_of(program, place, from.dtype);
    step->a = c->slot_of[in->a];
    step->index = in->dst;
    step->once_per_row = from.kind == NJ_COL;
    step->cost = move_cost(place, step);
}

static void compile_source(nj_compiler *c, const nj_instr *in, uint8_t what) {
    nj_program *program = c->program;
    nj_register dst = c->desc->registers[in->dst];
    uint8_t level = nj_level_of(dst.kind);
    uint16_t to = nj_compiler_add_slot(c, dst.dtype, dst.kind, level);
    nj_step *step = nj_compiler_add_step(c, &program->steps[level], what, dst.kind, dst.dtype);
    step->d = to;
    step->index = in->a;
    c->slot_of[in->dst] = to;
    if (what == NJ_STEP_RANDOM) {
        bool normal = in->op == NJ_OP_NORMAL;
        step->run.random = normal ? program->set->normal[dst.dtype] : program->set->uniform[dst.dtype];
        step->cost = normal ? 25 : 1.5;
    }
    if (what == NJ_STEP_RANDOM && nj_program_is_by_columns(program)) {
        // Numbers are drawn row after row.
        uint16_t turned = nj_compiler_add_slot(c, dst.dtype, dst.kind, level);
        nj_step *turn = nj_compiler_add_step(c, &program->steps[level], NJ_STEP_TURN, dst.kind, dst.dtype);
        turn->turn = program->set->transpose[dst.dtype];
        turn->d = turned;
        turn->a = to;
        turn->cost = 0.15;
        c->slot_of[in->dst] = turned;
    }
}

static void compile_row_operation(nj_compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    nj_register dst = c->desc->registers[in->dst];
    bool pick = in->op == NJ_OP_ROW_PICK;
    bool arg = in->op == NJ_OP_ROW_ARGMAX || in->op == NJ_OP_ROW_ARGMIN;
    uint16_t to = nj_compiler_add_slot(c, dst.dtype, NJ_COL, NJ_LEVEL_BLOCK);
    nj_steps *steps = &program->steps[NJ_LEVEL_BLOCK];
    if (in->dtype == NJ_I32 && (in->op == NJ_OP_ROW_SUM || in->op == NJ_OP_ROW_PROD)) {
        nj_step *check = nj_compiler_add_step(c, steps, NJ_STEP_CHECK_ROW, NJ_FULL, NJ_I32);
        check->run.check_row = program->set->check_row[in->op - NJ_OP_ROW_SUM];
        check->a = c->slot_of[in->a];
        check->tag = in->tag;
        check->cost = 0.5;
    }
    nj_step *step = nj_compiler_add_step(c, steps, pick ? NJ_STEP_PICK : NJ_STEP_ROW, NJ_COL, dst.dtype);
    step->d = to;
    step->a = c->slot_of[in->a];
    if (pick) step->b = c->slot_of[in->b];
    step->tag = in->tag;
    if (arg) {
        step->run.row = program->set->row_arg[program->order][in->op - NJ_OP_ROW_ARGMAX][in->dtype];
    } else if (!pick) {
        step->run.row = program->set->row[program->order][in->op - NJ_OP_ROW_SUM][in->dtype];
    }
    step->cost = pick ? 0.1 : (arg ? 1.0 : 0.2);
    c->slot_of[in->dst] = to;
}

// An earlier accumulator that keeps the moments of the same values, so that one sweep serves both; or -1.
static int32_t same_moments(const nj_compiler *c, const nj_instr *in, bool all) {
    const nj_steps *steps = &c->program->steps[NJ_LEVEL_BLOCK];
    for (int32_t i = 0; i < steps->count; i++) {
        const nj_step *step = &steps->items[i];
        if (step->what == (all ? NJ_STEP_ALL_MOMENTS : NJ_STEP_COLS_MOMENTS) && step->a == c->slot_of[in->a]) {
            return step->index;
        }
    }
    return -1;
}

static void compile_moments(nj_compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    bool all = !nj_is_for_columns(in->op), spread = in->op == NJ_OP_COLS_SPREAD || in->op == NJ_OP_ALL_SPREAD;
    program->accumulator_ops[in->dst] = spread ? NJ_TOTAL_SPREAD : NJ_TOTAL_MEAN;
    program->accumulator_types[in->dst] = in->dtype;
    int32_t home = same_moments(c, in, all);
    if (home >= 0) {
        program->accumulator_homes[in->dst] = home;
        return;
    }
    nj_register from = c->desc->registers[in->a];
    uint8_t what = all ? NJ_STEP_ALL_MOMENTS : NJ_STEP_COLS_MOMENTS;
    nj_step *step = nj_compiler_add_step(c, &program->steps[NJ_LEVEL_BLOCK], what, from.kind, in->dtype);
    step->run.moments = all ? program->set->all_moments[in->dtype]
                            : program->set->cols_moments[program->order][in->dtype];
    step->a = c->slot_of[in->a];
    step->index = in->dst;
    step->once_per_row = from.kind == NJ_COL;
    step->cost = 0.3;
}

static void compile_accumulation(nj_compiler *c, const nj_instr *in) {
    nj_program *program = c->program;
    bool dot = in->op == NJ_OP_COLS_DOT, all = in->op >= NJ_OP_ALL_SUM && !dot;
    uint8_t which = dot ? 0 : (uint8_t)(in->op - (all ? NJ_OP_ALL_SUM : NJ_OP_COLS_SUM));
    nj_register from = c->desc->registers[in->a];
    nj_steps *steps = &program->steps[NJ_LEVEL_BLOCK];
    nj_step *step = nj_compiler_add_step(c, steps, all ? NJ_STEP_ALL : NJ_STEP_COLS, from.kind, in->dtype);
    step->run.accumulate = all ? program->set->all[which][in->dtype]
                               : program->set->cols[program->order][which][in->dtype];
    step->a = c->slot_of[in->a];
    if (dot) {
        step->run.dot = program->set->cols_dot[program->order];
        step->b = c->slot_of[in->b];
    }
    step->index = in->dst;
    step->once_per_row = from.kind == NJ_COL;
    step->cost = 0.2;
    program->accumulator_ops[in->dst] = which;
    program->accumulator_types[in->dst] = in->dtype;
    program->accumulator_tags[in->dst] = in->tag;
}

static void compile_instruction(nj_compiler *c, const nj_instr *in) {
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
    } else if (nj_is_moment(in->op)) {
        compile_moments(c, in);
    } else if (nj_is_accumulation(in->op)) {
        compile_accumulation(c, in);
    } else {
        nj_compile_elementwise(c, in);
    }
}

static bool prepare(nj_compiler *c, const nj_grid *grid) {
    nj_program *program = c->program;
    const nj_program_desc *desc = c->desc;
    size_t operands = (size_t)desc->operand_count, accumulators = (size_t)desc->accumulator_count;
    program->places = calloc(operands + 1, sizeof *program->places);
    program->accumulators = calloc(accumulators + 1, sizeof *program->accumulators);
    program->accumulator_ops = calloc(accumulators + 1, 1);
    program->accumulator_types = calloc(accumulators + 1, 1);
    program->accumulator_homes = calloc(accumulators + 1, sizeof *program->accumulator_homes);
    program->accumulator_tags = calloc(accumulators + 1, sizeof *program->accumulator_tags);
    program->partial_offsets = calloc(accumulators + 1, sizeof *program->partial_offsets);
    c->slot_of = calloc((size_t)desc->register_count + 1, sizeof *c->slot_of);
    c->uses = calloc((size_t)desc->register_count + 1, sizeof *c->uses);
    if (!program->places || !program->accumulators || !program->accumulator_ops || !program->accumulator_types ||
        !program->accumulator_homes || !program->accumulator_tags ||
        !program->partial_offsets || !c->slot_of || !c->uses) {
        return false;
    }
    for (int32_t r = 0; r < desc->register_count; r++) c->slot_of[r] = NJ_NO_SLOT;
    for (int32_t i = 0; i < desc->instr_count; i++) {
        const nj_instr *in = &desc->instrs[i];
        uint16_t names[3] = {in->a, in->b, in->c};
        for (int k = 0; k < nj_register_operands(in->op); k++) {
            if (names[k] < desc->register_count) c->uses[names[k]]++;
        }
    }
    program->place_count = desc->operand_count;
    program->accumulator_count = desc->accumulator_count;
    for (int32_t a = 0; a < desc->accumulator_count; a++) {
        program->accumulators[a] = desc->accumulators[a];
        program->accumulator_homes[a] = a;
    }
    for (int32_t p = 0; p < desc->operand_count; p++) {
        if (!nj_place_make(&program->places[p], &desc->operands[p], desc->rows, desc->cols)) return false;
        if (desc->operands[p].buffer == NJ_PRODUCT && (!grid || grid->loads)) return false;
        if (desc->operands[p].buffer == NJ_LOADED && (!grid || !grid->loads)) return false;
    }
    return true;
}

// Reading a register that no earlier instruction wrote, or writing one twice, is a bug of the caller.
static bool defined_before_use(const nj_program_desc *desc, const nj_compiler *c, const nj_instr *in) {
    uint16_t names[3] = {in->a, in->b, in->c};
    int count = nj_register_operands(in->op);
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
    nj_compiler c = {.program = program, .desc = desc};
    program->set = nj_kernel_set_current();
    program->rows = desc->rows;
    program->cols = desc->cols;
    program->product_stride = grid ? grid->product_stride : 0;
    program->row_operations = nj_program_has_row_operations(desc);
    bool good = prepare(&c, grid);
    if (good) nj_program_shape(program, desc, grid);
    for (int32_t i = 0; good && i < desc->instr_count; i++) {
        good = defined_before_use(desc, &c, &desc->instrs[i]);
        if (good) compile_instruction(&c, &desc->instrs[i]);
        good = good && !c.failed;
    }
    good = good && nj_program_lay_out(program, desc, grid);
    free(instrs);
    free(c.slot_of);
    free(c.spread);
    free(c.uses);
    free(c.slot_uses);
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
    free(program->accumulator_homes);
    free(program->accumulator_tags);
    free(program->partial_offsets);
    free(program);
}
