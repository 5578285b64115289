// The shape of a program's blocks: one long row, pieces of rows, whole rows one after the other, or columns.

#include <stdlib.h>

#include "program.h"
#include "program_check.h"

// A domain whose operands are all dense and that nothing looks at by row or column is one long row.
static bool collapses(const nj_program_desc *desc, const nj_program *program) {
    for (int32_t r = 0; r < desc->register_count; r++) {
        if (desc->registers[r].kind != NJ_FULL && desc->registers[r].kind != NJ_SCALAR) return false;
    }
    for (int32_t i = 0; i < desc->instr_count; i++) {
        uint8_t op = desc->instrs[i].op;
        if (nj_is_row_operation(op) || nj_is_for_columns(op)) {
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

// What a block by columns costs more than one by rows, and what it saves, in nanoseconds. Measured with AVX-512 on
// float32, 2 to 100 columns; other sets and types are near enough in proportion. Of an element:
#define TURNED 0.13          // that would have been read or written where it lies
#define TURNED_SINGLY 0.3    // the same with a conversion on the way
#define SUMMED_OVER_ROWS 0.07
#define REDUCED 0.02
#define SPREAD 0.03
// Of a row: by rows, a reduction ends in a tree over the lanes of a vector, which takes as long for two columns as for
// many.
#define ROW_REDUCED 3.3
#define ROW_SEARCHED 8.0     // for its greatest or least
#define ROW_SPREAD 1.0
enum {
    LEAST_ROWS = 32,         // two vectors to a column: below, calls cost more than they do
    MOST_COLUMNS = 100,      // above, blocks of columns that are long enough no longer fit the first-level cache
};

static double cost_of_moving(const nj_program *program, uint16_t operand, uint8_t dtype) {
    const nj_place *place = &program->places[operand];
    if (place->kind != NJ_FULL || !nj_program_lies_dense(program, place)) return 0;
    return place->dtype == dtype ? TURNED : TURNED_SINGLY;
}

// Marks the operands that have one value for each row beside others that are FULL.
static void mark_spread(const nj_program_desc *desc, const nj_instr *in, bool *is_spread) {
    uint16_t names[3] = {in->a, in->b, in->c};
    int count = nj_operand_count(in->op);
    if (count == 0 || desc->registers[in->dst].kind != NJ_FULL) return;
    for (int i = 0; i < count; i++) is_spread[names[i]] |= desc->registers[names[i]].kind == NJ_COL;
}

// Whether rows are put across the lanes: where that saves more for a row than it costs to turn what is read and
// written. Loaders make what is packed row after row.
static bool lies_by_columns(const nj_program *program, const nj_program_desc *desc, const nj_grid *grid) {
    int64_t rows = grid ? grid->tile_rows : program->rows;
    if (program->wide || (grid && grid->loads) || rows < LEAST_ROWS) return false;
    if (program->cols < 2 || program->cols > MOST_COLUMNS) return false;
    bool *is_spread = calloc((size_t)desc->register_count + 1, sizeof *is_spread);
    if (!is_spread) return false;
    double by_element = 0, by_row = 0;
    for (int32_t i = 0; i < desc->instr_count; i++) {
        const nj_instr *in = &desc->instrs[i];
        switch (in->op) {
        case NJ_OP_LOAD: by_element -= cost_of_moving(program, in->a, desc->registers[in->dst].dtype); break;
        case NJ_OP_STORE: by_element -= cost_of_moving(program, in->dst, desc->registers[in->a].dtype); break;
        case NJ_OP_UNIFORM:
        case NJ_OP_NORMAL: by_element -= TURNED; break;
        case NJ_OP_COLS_DOT:
        case NJ_OP_COLS_MEAN:
        case NJ_OP_COLS_SPREAD:
        case NJ_OP_COLS_SUM: by_element -= SUMMED_OVER_ROWS; break;
        case NJ_OP_ROW_SUM:
        case NJ_OP_ROW_PROD:
        case NJ_OP_ROW_MAX:
        case NJ_OP_ROW_MIN: by_element += REDUCED, by_row += ROW_REDUCED; break;
        case NJ_OP_ROW_ARGMAX:
        case NJ_OP_ROW_ARGMIN: by_row += ROW_SEARCHED; break;
        default: mark_spread(desc, in, is_spread);
        }
    }
    for (int32_t r = 0; r < desc->register_count; r++) {
        if (is_spread[r]) by_element += SPREAD, by_row += ROW_SPREAD;
    }
    free(is_spread);
    return by_row + by_element * (double)program->cols > 0;
}

void nj_program_shape(nj_program *program, const nj_program_desc *desc, const nj_grid *grid) {
    if (!grid && collapses(desc, program)) {
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
    program->order = lies_by_columns(program, desc, grid) ? NJ_BY_COLUMNS : NJ_BY_ROWS;
}
