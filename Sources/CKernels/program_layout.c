// Second half of compilation: where values live, how large blocks and tiles are.

#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "program_check.h"

enum {
    SMALL_DOMAIN = 32768,   // elements; below, one tile
    LEAST_TILE = 8192,
    MOST_TILE = 32768,
    TILES_WANTED = 16,      // so that up to eight threads end at about the same time
    MOST_PARTIALS = 32,     // row tiles when there are results per column
    BLOCK_BYTES = 40960,    // live values of a block: the first-level cache and a little
    LEAST_BLOCK = 512,
    MOST_BLOCK = 1024,
    // By columns, longer ones, and beyond the first-level cache if need be: with few rows to a column, calls for each
    // column are short. Robust log loss with its gradient on (4096, 48): 1.98 ns an element in blocks of 16 rows, 1.61
    // in blocks of 32, 1.45 in blocks of 64 (1.65 by rows).
    MOST_COLUMNS_BLOCK = 2048,
    LEAST_COLUMN = 64,
    // Where operands come from memory, a block touches this many bytes in all: each step works on one operand at a time,
    // and with short blocks the processor fetches all of them ahead. SGD over 11 million parameters on one core: 1.05 ns
    // an element in blocks of 2048, 0.75 in blocks of 1024, 0.60 in blocks of 384 (8 KiB); AdamW 2.3 and 1.4.
    STREAMED_BLOCK_BYTES = 8192,
    STREAMED_BYTES = 1 << 23,
    LEAST_STREAMED = 128,
    // More than the second-level cache: programs over rows fetch the next block while they compute, as those do that are
    // part of a kernel. Robust log loss with its gradient on (1024, 1000), two cores: 960 and 760 us from memory, 690 and
    // 730 from the third level. Half of 160 channels of an image with a batch norm's gradient, one core: 2.6 ns an element
    // in short blocks, 1.6 in these. The short blocks of one long row are better left to the processor: fetching made SGD
    // and AdamW slower by half.
    FETCHED_BYTES = 1 << 20,
    MOST_FETCHED_BLOCK = 1536,
    STRIDED_PIECE = 256,    // columns, when a load jumps from line to line: the lines stay for the next rows
    PADDING = 64,
};

void nj_program_restrictions(const nj_program_desc *desc, bool *one_row_tile, bool *one_col_tile) {
    *one_row_tile = *one_col_tile = false;
    for (int32_t i = 0; i < desc->instr_count; i++) {
        if (desc->instrs[i].op != NJ_OP_STORE || desc->instrs[i].dst >= desc->operand_count) continue;
        const nj_operand *to = &desc->operands[desc->instrs[i].dst];
        for (int32_t j = 0; j < desc->instr_count && to->kind != NJ_FULL; j++) {
            if (desc->instrs[j].op != NJ_OP_LOAD || desc->instrs[j].a >= desc->operand_count) continue;
            const nj_operand *from = &desc->operands[desc->instrs[j].a];
            if (from->buffer != to->buffer || from->offset != to->offset) continue;
            *one_row_tile |= to->kind != NJ_COL;
            *one_col_tile |= to->kind != NJ_ROW;
        }
    }
}

bool nj_program_has_row_operations(const nj_program_desc *desc) {
    for (int32_t i = 0; i < desc->instr_count; i++) {
        if (nj_is_row_operation(desc->instrs[i].op)) return true;
    }
    return false;
}

static bool has_column_results(const nj_program *program) {
    for (int32_t a = 0; a < program->accumulator_count; a++) {
        if (program->accumulators[a].kind == NJ_ROW) return true;
    }
    return false;
}

static void choose_grid(nj_program *program, const nj_program_desc *desc) {
    nj_grid *grid = &program->grid;
    *grid = (nj_grid){0};
    int64_t rows = program->rows, cols = program->cols;
    if (rows == 0 || cols == 0) return;
    int64_t total = rows * cols, size = total;
    if (total >= SMALL_DOMAIN) {
        size = total / TILES_WANTED;
        size = size < LEAST_TILE ? LEAST_TILE : (size > MOST_TILE ? MOST_TILE : size);
    }
    bool one_row_tile, one_col_tile;
    nj_program_restrictions(desc, &one_row_tile, &one_col_tile);
    int64_t unit = nj_program_row_unit(program);
    grid->col_tiles = program->wide && !program->row_operations && !one_col_tile ? nj_parts(cols, size) : 1;
    int64_t width = (cols + grid->col_tiles - 1) / grid->col_tiles;
    int64_t height = size / width > unit ? size / width : unit;
    grid->row_tiles = one_row_tile ? 1 : nj_parts(rows, height);
    if (has_column_results(program) && grid->row_tiles > MOST_PARTIALS) grid->row_tiles = MOST_PARTIALS;
    int64_t units = (rows + unit - 1) / unit;
    if (grid->row_tiles > units) grid->row_tiles = units;
    grid->tile_rows = (units + grid->row_tiles - 1) / grid->row_tiles * unit;
    if (grid->tile_rows > rows) grid->tile_rows = rows;
    int64_t col_units = (cols + 15) / 16;
    if (grid->col_tiles > col_units) grid->col_tiles = col_units;
    grid->tile_cols = (col_units + grid->col_tiles - 1) / grid->col_tiles * 16;
    if (grid->tile_cols > cols) grid->tile_cols = cols;
}

// A register that is loaded where it lies and stored elsewhere, beside other stores that may overwrite it: copy first.
static bool settle_copies(nj_program *program) {
    int32_t stores = 0;
    for (int level = 0; level < NJ_LEVELS; level++) stores += program->stores[level].count;
    for (int level = 0; level < NJ_LEVELS && stores > 1; level++) {
        for (int32_t i = 0; i < program->stores[level].count; i++) {
            uint16_t index = program->stores[level].items[i].a;
            nj_slot *slot = &program->slots[index];
            if (!slot->in_place || program->places[slot->place].buffer == NJ_PRODUCT) continue;
            nj_steps *steps = &program->steps[slot->level];
            nj_step *items = realloc(steps->items, (size_t)(steps->count + 1) * sizeof *items);
            if (!items) return false;
            memmove(items + 1, items, (size_t)steps->count * sizeof *items);
            steps->items = items;
            steps->count++;
            steps->capacity = steps->count;
            items[0] = (nj_step){.what = NJ_STEP_GATHER, .extent = slot->extent, .dtype = slot->dtype, .d = index,
                                 .a = NJ_NO_SLOT, .b = NJ_NO_SLOT, .c = NJ_NO_SLOT, .index = slot->place,
                                 .run.move = program->set->load[slot->dtype][slot->dtype], .cost = 0.1};
            slot->in_place = false;
            slot->place = -1;
        }
    }
    return true;
}

// The last step of a block that reads `buffer` where it lies; `steps->count` when a store does, -1 when none does.
static int32_t last_read(const nj_program *program, uint16_t buffer) {
    const nj_steps *steps = &program->steps[NJ_LEVEL_BLOCK];
    int32_t last = -1;
    for (int32_t i = 0; i < steps->count; i++) {
        const nj_step *step = &steps->items[i];
        uint16_t names[3] = {step->a, step->b, step->c};
        for (int k = 0; k < 3; k++) {
            if (names[k] == NJ_NO_SLOT) continue;
            const nj_slot *slot = &program->slots[names[k]];
            if (slot->in_place && !slot->stored && program->places[slot->place].buffer == buffer) last = i;
        }
        if (step->what == NJ_STEP_GATHER && program->places[step->index].buffer == buffer) last = i;
    }
    for (int level = 0; level < NJ_LEVELS; level++) {
        for (int32_t i = 0; i < program->stores[level].count; i++) {
            const nj_slot *slot = &program->slots[program->stores[level].items[i].a];
            if (slot->in_place && !slot->stored && program->places[slot->place].buffer == buffer) last = steps->count;
        }
    }
    return last;
}

// A result that is stored in its own type and dense, and whose memory is not read any more, is computed where it goes.
static void settle_direct_stores(nj_program *program) {
    nj_steps *stores = &program->stores[NJ_LEVEL_BLOCK];
    const nj_steps *steps = &program->steps[NJ_LEVEL_BLOCK];
    int32_t kept = 0;
    for (int32_t i = 0; i < stores->count; i++) {
        nj_step store = stores->items[i];
        nj_slot *slot = &program->slots[store.a];
        const nj_place *place = &program->places[store.index];
        int32_t producer = -1;
        for (int32_t p = 0; p < steps->count; p++) {
            const nj_step *step = &steps->items[p];
            bool exact = step->what == NJ_STEP_MAP || step->what == NJ_STEP_ROW || step->what == NJ_STEP_PICK ||
                         step->what == NJ_STEP_RANDOM;
            if (step->d == store.a && exact) producer = p;
        }
        bool direct = producer >= 0 && producer >= last_read(program, place->buffer) && !slot->in_place &&
                      slot->level == NJ_LEVEL_BLOCK && slot->extent == store.extent && slot->dtype == place->dtype &&
                      !(program->wide && store.extent == NJ_COL) && nj_program_lies_dense(program, place);
        if (direct) {
            slot->in_place = slot->stored = true;
            slot->place = store.index;
        } else {
            stores->items[kept++] = store;
        }
    }
    stores->count = kept;
}

// Where each value of a block is written first and read last; stores come at the end.
typedef struct life {
    int32_t first, last;
} life;

static life *find_lives(const nj_program *program) {
    life *lives = malloc(((size_t)program->slot_count + 1) * sizeof *lives);
    if (!lives) return NULL;
    for (int32_t s = 0; s < program->slot_count; s++) lives[s] = (life){INT32_MAX, -1};
    const nj_steps *steps = &program->steps[NJ_LEVEL_BLOCK], *stores = &program->stores[NJ_LEVEL_BLOCK];
    for (int32_t i = 0; i < steps->count + stores->count; i++) {
        bool ending = i >= steps->count;
        const nj_step *step = ending ? &stores->items[i - steps->count] : &steps->items[i];
        uint16_t names[4] = {step->d, step->a, step->b, step->c};
        for (int k = 0; k < 4; k++) {
            if (names[k] == NJ_NO_SLOT) continue;
            life *l = &lives[names[k]];
            if (i < l->first) l->first = i;
            if (i > l->last) l->last = i;
        }
    }
    return lives;
}

static bool in_block_scratch(const nj_slot *slot) { return slot->level == NJ_LEVEL_BLOCK && !slot->in_place; }

// Bytes alive at once for each element of a block.
static int64_t widest_moment(const nj_program *program, const life *lives) {
    int64_t widest = 4;
    int32_t count = program->steps[NJ_LEVEL_BLOCK].count;
    for (int32_t i = 0; i < count; i++) {
        int64_t bytes = 0;
        for (int32_t s = 0; s < program->slot_count; s++) {
            const nj_slot *slot = &program->slots[s];
            bool alive = lives[s].first <= i && i <= lives[s].last;
            if (alive && slot->extent == NJ_FULL && in_block_scratch(slot)) bytes += nj_width(slot->dtype);
        }
        if (bytes > widest) widest = bytes;
    }
    return widest;
}

static bool has_strided_moves(const nj_program *program) {
    for (int32_t p = 0; p < program->place_count; p++) {
        const nj_place *place = &program->places[p];
        if (place->kind == NJ_FULL && place->col_stride != 1 && place->col_stride != 0) return true;
    }
    return false;
}

// Bytes of memory that an element of the domain takes, loads and stores in full.
static int64_t bytes_swept(const nj_program *program) {
    int64_t bytes = 0;
    for (int32_t p = 0; p < program->place_count; p++) {
        const nj_place *place = &program->places[p];
        if (place->kind == NJ_FULL && place->buffer != NJ_PRODUCT) bytes += place->width;
    }
    return bytes;
}

static void choose_block(nj_program *program, int64_t bytes_per_element, bool stands_alone) {
    int64_t size = BLOCK_BYTES / bytes_per_element;
    int64_t most = nj_program_is_by_columns(program) ? MOST_COLUMNS_BLOCK : MOST_BLOCK;
    size = size < LEAST_BLOCK ? LEAST_BLOCK : (size > most ? most : size);
    int64_t swept = bytes_swept(program);
    bool is_large = swept > 0 && program->rows * program->cols > FETCHED_BYTES / swept;
    bool by_rows = !program->wide || program->row_operations;
    program->fetches_ahead = !stands_alone || (by_rows && is_large);
    if (stands_alone && is_large && !program->wide && !nj_program_is_by_columns(program)) {
        size = nj_most(LEAST_BLOCK, nj_least(BLOCK_BYTES / bytes_per_element, MOST_FETCHED_BLOCK));
    } else if (stands_alone && swept > 0 && program->rows * program->cols > STREAMED_BYTES / swept) {
        int64_t streamed = STREAMED_BLOCK_BYTES / (swept + bytes_per_element);
        streamed = streamed < LEAST_STREAMED ? LEAST_STREAMED : streamed;
        size = streamed < size ? streamed : size;
    }
    int64_t rows = program->grid.tile_rows, cols = program->grid.tile_cols;
    if (program->wide) {
        if (has_strided_moves(program)) size = STRIDED_PIECE;
        int64_t pieces = program->row_operations ? 1 : nj_parts(cols, size);
        program->block_rows = 1;
        program->piece_cols = (nj_parts(cols, pieces) + 15) / 16 * 16;
        if (pieces == 1) program->piece_cols = cols;
    } else {
        int64_t unit = nj_program_row_unit(program), fitting = cols > 0 ? size / cols / unit * unit : size;
        int64_t least = nj_program_is_by_columns(program) ? LEAST_COLUMN : unit;
        int64_t blocks = nj_parts(rows, nj_most(fitting, least));
        program->block_rows = nj_round_up(nj_parts(rows, blocks), unit);
        program->piece_cols = cols;
    }
}

static int64_t slot_bytes(const nj_program *program, const nj_slot *slot) {
    int64_t count = 1;
    if (slot->extent == NJ_FULL) count = program->block_rows * program->piece_cols;
    if (slot->extent == NJ_COL) count = program->block_rows;
    if (slot->extent == NJ_ROW) count = program->piece_cols;
    return (count * nj_width(slot->dtype) + PADDING + 63) / 64 * 64;
}

typedef struct room {
    int64_t offset, bytes;
    bool taken;
} room;

// Homes in scratch: a value of a block takes over the room of one that is no longer read.
static bool place_slots(nj_program *program, const life *lives) {
    int64_t at = ((int64_t)program->slot_count * (int64_t)sizeof(void *) + 63) / 64 * 64;
    room *rooms = calloc((size_t)program->slot_count + 1, sizeof *rooms);
    int32_t *room_of = calloc((size_t)program->slot_count + 1, sizeof *room_of);
    if (!rooms || !room_of) {
        free(rooms);
        free(room_of);
        return false;
    }
    for (int32_t s = 0; s < program->slot_count; s++) {
        nj_slot *slot = &program->slots[s];
        if (slot->in_place || slot->level == NJ_LEVEL_BLOCK) continue;
        slot->offset = at;
        at += slot_bytes(program, slot);
    }
    const nj_steps *steps = &program->steps[NJ_LEVEL_BLOCK];
    int32_t room_count = 0;
    for (int32_t i = 0; i < steps->count; i++) {
        const nj_step *step = &steps->items[i];
        uint16_t names[3] = {step->a, step->b, step->c};
        // An elementwise result may lie over an operand of its own size that ends here; others come after.
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k < 3; k++) {
                if (names[k] == NJ_NO_SLOT || step->d == NJ_NO_SLOT) continue;
                const nj_slot *slot = &program->slots[names[k]];
                if (!in_block_scratch(slot) || lives[names[k]].last != i) continue;
                const nj_slot *to = &program->slots[step->d];
                bool over = step->what == NJ_STEP_MAP && slot->extent == to->extent &&
                            nj_width(slot->dtype) == nj_width(to->dtype);
                if (pass == (over ? 0 : 1)) rooms[room_of[names[k]]].taken = false;
            }
            if (pass == 1 || step->d == NJ_NO_SLOT || !in_block_scratch(&program->slots[step->d])) continue;
            nj_slot *to = &program->slots[step->d];
            int64_t bytes = slot_bytes(program, to);
            int32_t r = 0;
            while (r < room_count && (rooms[r].taken || rooms[r].bytes != bytes)) r++;
            if (r == room_count) {
                rooms[room_count++] = (room){.offset = at, .bytes = bytes};
                at += bytes;
            }
            rooms[r].taken = true;
            room_of[step->d] = r;
            to->offset = rooms[r].offset;
        }
    }
    free(rooms);
    free(room_of);
    program->scratch_bytes = at;
    return true;
}

static bool list_points(nj_program *program) {
    for (int level = 0; level < NJ_LEVELS; level++) {
        program->points[level] = malloc(((size_t)program->slot_count + 1) * sizeof *program->points[level]);
        if (!program->points[level]) return false;
        for (int32_t s = 0; s < program->slot_count; s++) {
            const nj_slot *slot = &program->slots[s];
            if (slot->in_place && slot->level == level) {
                program->points[level][program->point_count[level]++] = (uint16_t)s;
            }
        }
    }
    return true;
}

static void size_partials(nj_program *program) {
    int64_t at = 0;
    for (int32_t a = 0; a < program->accumulator_count; a++) {
        if (program->accumulator_homes[a] != a) {
            program->partial_offsets[a] = program->partial_offsets[program->accumulator_homes[a]];
            continue;
        }
        program->partial_offsets[a] = at;
        bool by_column = program->accumulators[a].kind == NJ_ROW;
        int64_t count = by_column ? program->grid.row_tiles * program->cols
                                  : program->grid.row_tiles * program->grid.col_tiles;
        count *= nj_program_partial_width(program, a);
        at += (count * 8 + 63) / 64 * 64;
    }
    program->partial_bytes = at;
}

static double ceil_div(double total, double size) { return size > 0 ? (double)(int64_t)((total + size - 1) / size) : 0; }

static void estimate(nj_program *program) {
    double rows = (double)program->rows, cols = (double)program->cols;
    if (program->grid.row_tiles == 0) return;
    double blocks = ceil_div((double)program->grid.tile_rows, (double)program->block_rows) *
                    ceil_div((double)program->grid.tile_cols, (double)program->piece_cols) *
                    (double)(program->grid.row_tiles * program->grid.col_tiles);
    double total = 200;
    for (int level = 0; level < NJ_LEVELS; level++) {
        const nj_steps *lists[2] = {&program->steps[level], &program->stores[level]};
        for (int k = 0; k < 2; k++) {
            for (int32_t i = 0; i < lists[k]->count; i++) {
                const nj_step *step = &lists[k]->items[i];
                bool whole = step->extent == NJ_FULL || step->what == NJ_STEP_ROW;
                double elements = whole ? rows * cols : (step->extent == NJ_COL ? rows : cols);
                if (step->extent == NJ_SCALAR) elements = 1;
                total += elements * step->cost + (level == NJ_LEVEL_BLOCK ? blocks * 6 : 10);
            }
        }
    }
    // Loads and stores in place: at about 30 bytes a nanosecond.
    for (int32_t s = 0; s < program->slot_count; s++) {
        const nj_slot *slot = &program->slots[s];
        if (slot->in_place && slot->extent == NJ_FULL) total += rows * cols * 0.03 * (double)nj_width(slot->dtype);
    }
    program->cost = total;
}

bool nj_program_lay_out(nj_program *program, const nj_program_desc *desc, const nj_grid *grid) {
    if (grid) {
        program->grid = *grid;
    } else {
        choose_grid(program, desc);
    }
    if (!settle_copies(program)) return false;
    settle_direct_stores(program);
    life *lives = find_lives(program);
    if (!lives) return false;
    choose_block(program, widest_moment(program, lives), grid == NULL);
    bool good = place_slots(program, lives) && list_points(program);
    free(lives);
    if (!good) return false;
    size_partials(program);
    estimate(program);
    return true;
}
