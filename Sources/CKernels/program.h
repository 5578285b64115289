// A compiled region: steps at three levels, and where their values live.
//
// A tile is swept in pieces (ranges of columns), a piece in blocks (ranges of rows). What has one value is computed
// once a tile, what has a value for each column once a piece, the rest once a block.
//
// Three shapes of blocks. Narrow: a block is several whole rows, dense; a column vector must be spread to meet a FULL
// value, a row vector is repeated once a tile. Wide: a block is (a piece of) one row; then a column vector is a single
// value, a row vector is as good as FULL, and nothing is spread. By columns: a block is several whole rows too, but a
// register of it lies column after column, each as long as the block has rows. Rows are then side by side in the lanes
// of a vector, so that what is done along a row is done for many at once, and in each column a row vector is a single
// value and a column vector as good as FULL: nothing is spread, but a map with such operands is called for each column.
// What is FULL is turned on its way from memory and back.
#ifndef NJ_PROGRAM_H
#define NJ_PROGRAM_H

#include "cut.h"
#include "fetch.h"
#include "place.h"

typedef enum nj_step_kind {
    NJ_STEP_MAP,
    NJ_STEP_CHECK,       // before a map of whole numbers: do their results stay in range?
    NJ_STEP_ROW,         // d (COL) = reduction of a (FULL)
    NJ_STEP_CHECK_ROW,   // before one of whole numbers
    NJ_STEP_EXPAND,      // d (FULL) = a (COL) spread over the columns
    NJ_STEP_REPEAT,      // d (FULL) = a (ROW) in every row
    NJ_STEP_GATHER,      // d = places[index]
    NJ_STEP_SCATTER,     // places[index] = a
    NJ_STEP_NUMBER,      // d = numbers[index]
    NJ_STEP_IOTA_COL,
    NJ_STEP_IOTA_ROW,
    NJ_STEP_RANDOM,      // from words[index]
    NJ_STEP_TURN,        // d = a, which lies row after row, column after column
    NJ_STEP_PICK,
    NJ_STEP_COLS,        // accumulators[index] takes a, or a * b where there is a b
    NJ_STEP_ALL,
    NJ_STEP_COLS_MOMENTS,
    NJ_STEP_ALL_MOMENTS,
} nj_step_kind;

enum { NJ_LEVEL_TILE = 0, NJ_LEVEL_PIECE = 1, NJ_LEVEL_BLOCK = 2, NJ_LEVELS = 3 };

typedef struct nj_step {
    uint8_t what;
    uint8_t extent;        // nj_kind of the result (of the operand for stores and accumulators)
    uint8_t dtype;         // of the result (of the operand for stores and accumulators)
    bool once_per_row;     // only where the block holds the last columns that this tile has of column range 0
    bool by_column;        // a map that is called for each column of the block
    uint8_t op, form;      // of a map, while steps are made: nj_op, 0 where it can not be paired; which operands are single.
                           // Of a check: what is checked
    uint16_t d, a, b, c;   // slots; NJ_NO_SLOT where there is none
    int32_t index, tag;
    union {
        nj_map_fn map;
        nj_row_fn row;
        nj_check_fn check;
        nj_check_row_fn check_row;
        nj_expand_fn expand;
        nj_move_fn move;
        nj_random_fn random;
        nj_accumulate_fn accumulate;
        nj_dot_fn dot;
        nj_moments_fn moments;
    } run;
    nj_transpose_fn turn;  // for all of a block at once, where there is one; of gathers and scatters
    double cost;           // nanoseconds for each element of the extent (FULL for reductions)
} nj_step;

// What an accumulator makes of values. The first four in the order of the kernels.
typedef enum nj_total {
    NJ_TOTAL_SUM,
    NJ_TOTAL_PROD,
    NJ_TOTAL_MAX,
    NJ_TOTAL_MIN,
    NJ_TOTAL_MEAN,
    NJ_TOTAL_SPREAD,
} nj_total;

#define NJ_NO_SLOT 0xFFFF

// A value's home: scratch memory, or straight in the memory of a place (a load that needs no conversion, a result
// that goes nowhere but to memory).
typedef struct nj_slot {
    uint8_t dtype, extent, level;
    bool in_place;         // at places[place]
    bool stored;           // in_place, and written by the program
    int32_t place;
    int64_t offset;        // in scratch, bytes
} nj_slot;

typedef struct nj_steps {
    nj_step *items;
    int32_t count, capacity;
} nj_steps;

typedef struct nj_grid {
    int64_t row_tiles, col_tiles;
    int64_t tile_rows, tile_cols;  // at most
    int64_t product_stride;        // between rows of the product
    bool loads;                    // the program is a loader: it stores to NJ_LOADED, and reads no product
} nj_grid;

struct nj_program {
    const nj_kernel_set *set;
    int64_t rows, cols;
    bool wide;
    nj_order order;              // of the values in a block
    bool row_operations;
    bool fetches_ahead;          // while a block is worked on, the next one is fetched
    int64_t product_stride;
    nj_grid grid;
    int64_t block_rows, piece_cols;

    nj_steps steps[NJ_LEVELS];   // in order
    nj_steps stores[NJ_LEVELS];  // after the levels within
    nj_slot *slots;
    int32_t slot_count, slot_capacity;
    uint16_t *points[NJ_LEVELS]; // slots in place, by level
    int32_t point_count[NJ_LEVELS];

    nj_place *places;
    nj_accumulator *accumulators;
    uint8_t *accumulator_ops;    // nj_total
    int32_t *accumulator_homes;  // whose partial result it reads: its own, or an earlier one's of the same values
    uint8_t *accumulator_types;  // type of the values taken
    int32_t *accumulator_tags;   // name the instructions in faults
    int64_t *partial_offsets;    // bytes
    int32_t place_count, accumulator_count;

    int64_t scratch_bytes, partial_bytes;
    double cost;
};

// A tile in the making: which rows and columns, and the product they are read from.
typedef struct nj_tile {
    int64_t index, row_index, col_index;  // index names the fault slot
    int64_t row0, rows, col0, cols;
    const char *product;                  // (row0, col0) of the product
    char *loaded;                         // address zero of the operand NJ_LOADED
    bool fetched;                         // its memory was asked for before
} nj_tile;

// `grid` is NULL for a program that stands alone.
nj_program *nj_program_compile(const nj_program_desc *desc, const nj_grid *grid);
void nj_program_run_tile(const nj_program *program, const nj_tile *tile, const nj_bindings *bindings, void *scratch);
// Numbers that a tile keeps for each result.
static inline int64_t nj_program_partial_width(const nj_program *program, int32_t accumulator) {
    return program->accumulator_ops[accumulator] >= NJ_TOTAL_MEAN ? 4 : 1;
}
// The neutral element of sum, prod, max, min, as kept in partial results of values of `type`.
int64_t nj_program_neutral(uint8_t op, uint8_t type);
// Adds the memory that a tile will read and write in full, where its rows are evenly apart. Of the tile, only rows and
// columns are looked at.
void nj_program_fetch(const nj_program *program, const nj_tile *tile, const nj_bindings *bindings, nj_fetch *fetch);
// Whether values smaller than the domain are updated in place: then only one tile may see the rows (columns).
void nj_program_restrictions(const nj_program_desc *desc, bool *one_row_tile, bool *one_col_tile);
bool nj_program_has_row_operations(const nj_program_desc *desc);

// Can a block of this place be used (or written) where it lies?
bool nj_program_lies_dense(const nj_program *program, const nj_place *place);

static inline bool nj_program_is_by_columns(const nj_program *program) { return program->order == NJ_BY_COLUMNS; }
// Rows of tiles and blocks come in groups: by columns, these fill vectors and lines.
static inline int64_t nj_program_row_unit(const nj_program *program) {
    return program->wide ? 1 : (nj_program_is_by_columns(program) ? 16 : 8);
}

// Which shape blocks have; places are known. One long row is made of a domain that is as good as that.
void nj_program_shape(nj_program *program, const nj_program_desc *desc, const nj_grid *grid);

// Second half of compilation: blocks, tiles, and homes of the slots. False when memory runs out.
bool nj_program_lay_out(nj_program *program, const nj_program_desc *desc, const nj_grid *grid);

#endif
