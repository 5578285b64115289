// Runs compiled regions.

#include <string.h>

#include "program_sweep.h"

static void set_counts(nj_sweep *s) {
    s->count[NJ_FULL] = s->rows * s->cols;
    s->count[NJ_COL] = s->rows;
    s->count[NJ_ROW] = s->cols;
    s->count[NJ_SCALAR] = 1;
}

static char *base_address(const nj_sweep *s, const nj_place *place) {
    return place->buffer == NJ_LOADED ? s->tile->loaded : s->bindings->buffers[place->buffer];
}

static char *block_address(const nj_sweep *s, const nj_place *place) {
    if (place->buffer == NJ_PRODUCT) {
        int64_t at = (s->row0 - s->tile->row0) * s->program->product_stride + (s->col0 - s->tile->col0);
        // The product is only read, though slots are addressed alike.
        return (char *)(uintptr_t)(s->tile->product + at * place->width);
    }
    int64_t at = nj_place_row_offset(place, s->row0) + s->col0 * place->col_stride;
    return base_address(s, place) + at * place->width;
}

// The distance between rows in memory that a block is turned from, or to.
static int64_t turned_stride(const nj_sweep *s, const nj_place *place) {
    int64_t stride;
    if (place->buffer == NJ_PRODUCT) return s->program->product_stride;
    nj_place_even_rows(place, &stride);
    return stride;
}

static bool is_by_columns(const nj_sweep *s, const nj_step *step) {
    return nj_program_is_by_columns(s->program) && step->extent == NJ_FULL;
}

static void gather_columns(const nj_sweep *s, const nj_step *step) {
    const nj_place *place = &s->program->places[step->index];
    int64_t width = nj_width(step->dtype);
    char *d = s->slots[step->d];
    if (step->turn) {
        step->turn(d, s->rows, block_address(s, place), turned_stride(s, place), s->cols, s->rows);
        return;
    }
    for (int64_t c = 0; c < s->cols; c++, d += s->rows * width) {
        if (place->buffer == NJ_PRODUCT) {
            step->run.move(d, block_address(s, place) + c * place->width, s->program->product_stride, s->rows);
            continue;
        }
        nj_place_gather(place, base_address(s, place), s->row0, s->rows, s->col0 + c, 1, d, width, step->run.move);
    }
}

static void scatter_columns(const nj_sweep *s, const nj_step *step) {
    const nj_place *place = &s->program->places[step->index];
    int64_t width = nj_width(step->dtype);
    const char *a = s->slots[step->a];
    if (step->turn) {
        step->turn(block_address(s, place), turned_stride(s, place), a, s->rows, s->rows, s->cols);
        return;
    }
    for (int64_t c = 0; c < s->cols; c++, a += s->rows * width) {
        nj_place_scatter(place, base_address(s, place), s->row0, s->rows, s->col0 + c, 1, a, width, step->run.move);
    }
}

static void gather(const nj_sweep *s, const nj_step *step) {
    const nj_place *place = &s->program->places[step->index];
    int64_t width = nj_width(step->dtype);
    if (is_by_columns(s, step)) {
        gather_columns(s, step);
        return;
    }
    if (place->buffer == NJ_PRODUCT) {
        const char *from = block_address(s, place);
        for (int64_t r = 0; r < s->rows; r++) {
            step->run.move(s->slots[step->d] + r * s->cols * width, from, 1, s->cols);
            from += s->program->product_stride * place->width;
        }
        return;
    }
    const char *base = base_address(s, place);
    bool by_row = step->extent == NJ_FULL || step->extent == NJ_COL;
    bool by_col = step->extent == NJ_FULL || step->extent == NJ_ROW;
    nj_place_gather(place, base, by_row ? s->row0 : 0, by_row ? s->rows : 1, by_col ? s->col0 : 0,
                    by_col ? s->cols : 1, s->slots[step->d], width, step->run.move);
}

static void scatter(const nj_sweep *s, const nj_step *step) {
    const nj_place *place = &s->program->places[step->index];
    bool by_row = step->extent == NJ_FULL || step->extent == NJ_COL;
    bool by_col = step->extent == NJ_FULL || step->extent == NJ_ROW;
    if (is_by_columns(s, step)) {
        scatter_columns(s, step);
        return;
    }
    if (step->once_per_row && !s->owns_rows) return;
    if (!by_row && s->tile->row_index > 0) return;
    if (!by_row && !by_col && s->tile->col_index > 0) return;
    nj_place_scatter(place, base_address(s, place), by_row ? s->row0 : 0, by_row ? s->rows : 1, by_col ? s->col0 : 0,
                     by_col ? s->cols : 1, s->slots[step->a], nj_width(step->dtype), step->run.move);
}

static void write_number(const nj_step *step, char *d, double number) {
    switch (step->dtype) {
    case NJ_F32: *(float *)(void *)d = (float)number; break;
    case NJ_F64: *(double *)(void *)d = number; break;
    default:
        *(int32_t *)(void *)d = number != number           ? 0
                                : number >= 2147483647.0  ? INT32_MAX
                                : number <= -2147483648.0 ? INT32_MIN
                                                          : (int32_t)number;
    }
}

static void count_up(const nj_step *step, char *d, int64_t first, int64_t n) {
    float *f = (float *)(void *)d;
    double *w = (double *)(void *)d;
    int32_t *i32 = (int32_t *)(void *)d;
    for (int64_t i = 0; i < n; i++) {
        switch (step->dtype) {
        case NJ_F32: f[i] = (float)(first + i); break;
        case NJ_F64: w[i] = (double)(first + i); break;
        default: i32[i] = (int32_t)(first + i);
        }
    }
}

static void repeat(const nj_sweep *s, const nj_step *step) {
    size_t bytes = (size_t)(s->cols * nj_width(step->dtype));
    for (int64_t r = 0; r < s->rows; r++) memcpy(s->slots[step->d] + (size_t)r * bytes, s->slots[step->a], bytes);
}

static void draw(const nj_sweep *s, const nj_step *step) {
    uint64_t key = s->bindings->words[step->index];
    int64_t width = nj_width(step->dtype), run = s->cols == s->program->cols ? s->rows : 1;
    for (int64_t r = 0; r < s->rows; r += run) {
        uint64_t first = (uint64_t)(s->row0 + r) * (uint64_t)s->program->cols + (uint64_t)s->col0;
        step->run.random(s->slots[step->d] + r * s->cols * width, key, first, run * s->cols);
    }
}

static void fault_index(const nj_sweep *s, const nj_step *step, int64_t row, int32_t index) {
    nj_fault *fault = s->bindings->faults ? &s->bindings->faults[s->tile->index] : NULL;
    if (!fault || fault->code != NJ_OK) return;
    *fault = (nj_fault){.code = NJ_FAULT_INDEX, .tag = step->tag, .value = index, .limit = s->cols,
                        .position = s->row0 + row};
}

static void pick(const nj_sweep *s, const nj_step *step) {
    const int32_t *index = (const int32_t *)(const void *)s->slots[step->b];
    const char *a = s->slots[step->a];
    char *d = s->slots[step->d];
    bool by_columns = nj_program_is_by_columns(s->program), is_double = step->dtype == NJ_F64;
    int64_t row_stride = by_columns ? 1 : s->cols, col_stride = by_columns ? s->rows : 1;
    for (int64_t r = 0; r < s->rows; r++) {
        bool inside = index[r] >= 0 && index[r] < s->cols;
        int64_t at = inside ? r * row_stride + index[r] * col_stride : 0;
        // What is not picked is zero, in bits as well.
        if (is_double) {
            uint64_t bits = 0;
            if (inside) memcpy(&bits, a + at * 8, 8);
            memcpy(d + r * 8, &bits, 8);
        } else {
            uint32_t bits = 0;
            if (inside) memcpy(&bits, a + at * 4, 4);
            memcpy(d + r * 4, &bits, 4);
        }
        if (!inside) fault_index(s, step, r, index[r]);
    }
}

static int64_t *partial_of(const nj_sweep *s, int32_t accumulator) {
    const nj_program *program = s->program;
    int64_t *partial = (int64_t *)(void *)((char *)s->bindings->partials + program->partial_offsets[accumulator]);
    int64_t width = nj_program_partial_width(program, accumulator);
    if (program->accumulators[accumulator].kind == NJ_ROW) return partial + s->tile->row_index * program->cols * width;
    return partial + (s->tile->row_index * program->grid.col_tiles + s->tile->col_index) * width;
}

static void accumulate(const nj_sweep *s, const nj_step *step) {
    if (step->once_per_row && !s->owns_rows) return;
    int64_t *partial = partial_of(s, step->index);
    if (step->what == NJ_STEP_COLS && step->b != NJ_NO_SLOT) {
        step->run.dot(partial + s->col0, s->slots[step->a], s->slots[step->b], s->rows, s->cols);
    } else if (step->what == NJ_STEP_COLS) {
        step->run.accumulate(partial + s->col0, s->slots[step->a], s->rows, s->cols);
    } else {
        step->run.accumulate(partial, s->slots[step->a], 1, s->count[step->extent]);
    }
}

static void take_moments(const nj_sweep *s, const nj_step *step) {
    if (step->once_per_row && !s->owns_rows) return;
    double *partial = (double *)(void *)partial_of(s, step->index);
    if (step->what == NJ_STEP_COLS_MOMENTS) {
        step->run.moments(partial + s->col0, s->program->cols, s->slots[step->a], s->rows, s->cols);
    } else {
        step->run.moments(partial, 1, s->slots[step->a], 1, s->count[step->extent]);
    }
}

// A map on a block that lies column after column, with operands that have one value for each row, or for each column.
static void map_columns(const nj_sweep *s, const nj_step *step) {
    const nj_program *program = s->program;
    uint16_t names[4] = {step->d, step->a, step->b, step->c};
    char *at[4] = {NULL};
    int64_t next[4] = {0};
    for (int k = 0; k < 4; k++) {
        if (names[k] == NJ_NO_SLOT) continue;
        const nj_slot *slot = &program->slots[names[k]];
        at[k] = s->slots[names[k]];
        next[k] = slot->extent == NJ_FULL ? s->rows * nj_width(slot->dtype)
                                          : (slot->extent == NJ_ROW ? nj_width(slot->dtype) : 0);
    }
    for (int64_t c = 0; c < s->cols; c++) {
        step->run.map(at[0], at[1], at[2], at[3], s->rows);
        for (int k = 0; k < 4; k++) at[k] = at[k] ? at[k] + next[k] : NULL;
    }
}

static void *operand(char **slots, uint16_t slot) { return slot == NJ_NO_SLOT ? NULL : slots[slot]; }

// `ahead` may be NULL.
static void run_steps(const nj_sweep *s, const nj_steps *steps, nj_fetch *ahead) {
    char **slots = s->slots;
    for (const nj_step *step = steps->items, *end = step + steps->count; step != end; step++) {
        if (ahead) nj_fetch_some(ahead);
        switch (step->what) {
        case NJ_STEP_MAP:
            if (step->by_column) {
                map_columns(s, step);
                break;
            }
            step->run.map(slots[step->d], slots[step->a], operand(slots, step->b), operand(slots, step->c),
                          s->count[step->extent]);
            break;
        case NJ_STEP_CHECK: nj_sweep_check(s, step); break;
        case NJ_STEP_CHECK_ROW: nj_sweep_check_rows(s, step); break;
        case NJ_STEP_ROW: step->run.row(slots[step->d], slots[step->a], s->rows, s->cols); break;
        case NJ_STEP_EXPAND: step->run.expand(slots[step->d], slots[step->a], s->rows, s->cols); break;
        case NJ_STEP_REPEAT: repeat(s, step); break;
        case NJ_STEP_GATHER: gather(s, step); break;
        case NJ_STEP_SCATTER: scatter(s, step); break;
        case NJ_STEP_NUMBER: write_number(step, slots[step->d], s->bindings->numbers[step->index]); break;
        case NJ_STEP_IOTA_COL: count_up(step, slots[step->d], s->col0, s->cols); break;
        case NJ_STEP_IOTA_ROW: count_up(step, slots[step->d], s->row0, s->rows); break;
        case NJ_STEP_RANDOM: draw(s, step); break;
        case NJ_STEP_TURN:
            step->turn(slots[step->d], s->rows, slots[step->a], s->cols, s->cols, s->rows);
            break;
        case NJ_STEP_PICK: pick(s, step); break;
        case NJ_STEP_COLS:
        case NJ_STEP_ALL: accumulate(s, step); break;
        case NJ_STEP_COLS_MOMENTS:
        case NJ_STEP_ALL_MOMENTS: take_moments(s, step); break;
        default: break;
        }
    }
}

static void set_points(const nj_sweep *s, int level) {
    const nj_program *program = s->program;
    for (int32_t i = 0; i < program->point_count[level]; i++) {
        uint16_t slot = program->points[level][i];
        s->slots[slot] = block_address(s, &program->places[program->slots[slot].place]);
    }
}

// The rows of a block that are moved or turned between memory and a slot.
static void fetch_moved(const nj_sweep *s, const nj_step *step, bool is_written, nj_fetch *ahead) {
    const nj_place *place = &s->program->places[step->index];
    int64_t stride;
    if (step->extent != NJ_FULL || place->buffer == NJ_PRODUCT || place->buffer == NJ_LOADED) return;
    if (place->col_stride != 1 || !nj_place_even_rows(place, &stride)) return;
    nj_fetch_add_rows(ahead, block_address(s, place), s->cols * place->width, stride * place->width, s->rows, is_written);
}

// What to ask for while a block is computed: where its results go, and the next block. The processor's own prefetching
// starts anew with every block, because a block is swept several times before the next one is touched.
static void plan_fetches(const nj_sweep *now, int64_t last_row, nj_fetch *ahead) {
    const nj_program *program = now->program;
    const nj_steps *steps = &program->steps[NJ_LEVEL_BLOCK], *stores = &program->stores[NJ_LEVEL_BLOCK];
    *ahead = (nj_fetch){.count = 0};
    nj_sweep next = *now;
    next.row0 += now->rows;
    next.rows = nj_least(now->rows, last_row - next.row0);
    for (int32_t i = 0; i < stores->count; i++) fetch_moved(now, &stores->items[i], true, ahead);
    for (int32_t i = 0; i < steps->count && next.rows > 0; i++) {
        if (steps->items[i].what == NJ_STEP_GATHER) fetch_moved(&next, &steps->items[i], false, ahead);
    }
    for (int32_t i = 0; i < program->point_count[NJ_LEVEL_BLOCK]; i++) {
        uint16_t index = program->points[NJ_LEVEL_BLOCK][i];
        const nj_slot *slot = &program->slots[index];
        const nj_place *place = &program->places[slot->place];
        if (place->buffer == NJ_PRODUCT || place->buffer == NJ_LOADED || slot->extent != NJ_FULL) continue;
        if (slot->stored) {
            nj_fetch_add(ahead, now->slots[index], now->count[NJ_FULL] * place->width, true);
        } else if (next.rows > 0) {
            nj_fetch_add(ahead, block_address(&next, place), next.rows * next.cols * place->width, false);
        }
    }
    nj_fetch_spread(ahead, nj_most(steps->count - 1, 1));
}

// Whether what is read here is updated in place, and asked for as what is written.
static bool is_updated(const nj_program *program, const nj_place *place) {
    for (int32_t p = 0; p < program->place_count; p++) {
        const nj_place *other = &program->places[p];
        if (other->is_written && other->buffer == place->buffer && other->offset == place->offset) return true;
    }
    return false;
}

void nj_program_fetch(const nj_program *program, const nj_tile *tile, const nj_bindings *bindings, nj_fetch *fetch) {
    for (int32_t p = 0; p < program->place_count; p++) {
        const nj_place *place = &program->places[p];
        int64_t stride;
        if (place->kind != NJ_FULL || place->buffer == NJ_PRODUCT || place->buffer == NJ_LOADED) continue;
        if (!nj_place_even_rows(place, &stride) || place->col_stride != 1) continue;
        if (!place->is_written && is_updated(program, place)) continue;
        int64_t at = (nj_place_row_offset(place, tile->row0) + tile->col0) * place->width;
        nj_fetch_add_rows(fetch, (const char *)bindings->buffers[place->buffer] + at, tile->cols * place->width,
                          stride * place->width, tile->rows, place->is_written);
    }
}

static void clear_partials(const nj_sweep *s) {
    const nj_program *program = s->program;
    for (int32_t a = 0; a < program->accumulator_count; a++) {
        if (program->accumulator_homes[a] != a) continue;
        int64_t *partial = partial_of(s, a), width = nj_program_partial_width(program, a);
        int64_t value = nj_program_neutral(program->accumulator_ops[a], program->accumulator_types[a]);
        bool by_column = program->accumulators[a].kind == NJ_ROW;
        if (by_column) partial += s->tile->col0;
        int64_t count = by_column ? s->tile->cols : 1;
        for (int64_t w = 0; w < width; w++) {
            for (int64_t i = 0; i < count; i++) partial[(by_column ? w * program->cols : w) + i] = value;
        }
    }
}

void nj_program_run_tile(const nj_program *program, const nj_tile *tile, const nj_bindings *bindings, void *scratch) {
    nj_sweep s = {.program = program, .tile = tile, .bindings = bindings, .slots = scratch};
    for (int32_t i = 0; i < program->slot_count; i++) s.slots[i] = (char *)scratch + program->slots[i].offset;
    clear_partials(&s);

    nj_fetch ahead;
    bool fetches = program->fetches_ahead && !tile->fetched;
    int64_t last_row = tile->row0 + tile->rows, last_col = tile->col0 + tile->cols;
    s.row0 = tile->row0, s.col0 = tile->col0;
    s.rows = s.cols = 1;
    set_counts(&s);
    set_points(&s, NJ_LEVEL_TILE);
    run_steps(&s, &program->steps[NJ_LEVEL_TILE], NULL);
    for (int64_t col = tile->col0; col < last_col; col += program->piece_cols) {
        s.col0 = col;
        s.cols = last_col - col < program->piece_cols ? last_col - col : program->piece_cols;
        s.owns_rows = tile->col_index == 0 && col + s.cols == last_col;
        s.row0 = tile->row0;
        s.rows = program->block_rows;
        set_counts(&s);
        set_points(&s, NJ_LEVEL_PIECE);
        run_steps(&s, &program->steps[NJ_LEVEL_PIECE], NULL);
        for (int64_t row = tile->row0; row < last_row; row += program->block_rows) {
            s.row0 = row;
            s.rows = last_row - row < program->block_rows ? last_row - row : program->block_rows;
            set_counts(&s);
            set_points(&s, NJ_LEVEL_BLOCK);
            if (fetches) plan_fetches(&s, last_row, &ahead);
            run_steps(&s, &program->steps[NJ_LEVEL_BLOCK], fetches ? &ahead : NULL);
            run_steps(&s, &program->stores[NJ_LEVEL_BLOCK], NULL);
        }
        run_steps(&s, &program->stores[NJ_LEVEL_PIECE], NULL);
    }
    run_steps(&s, &program->stores[NJ_LEVEL_TILE], NULL);
}

int64_t nj_program_tile_count(const nj_program *program) { return program->grid.row_tiles * program->grid.col_tiles; }
size_t nj_program_scratch_bytes(const nj_program *program) { return (size_t)program->scratch_bytes; }
size_t nj_program_partial_bytes(const nj_program *program) { return (size_t)program->partial_bytes; }
const char *nj_program_block_order(const nj_program *program) {
    return nj_program_is_by_columns(program) ? "columns" : "rows";
}
double nj_program_cost(const nj_program *program) { return program->cost; }

void nj_program_run(const nj_program *program, int64_t index, const nj_bindings *bindings, void *scratch) {
    const nj_grid *grid = &program->grid;
    nj_tile tile = {.index = index, .row_index = index / grid->col_tiles, .col_index = index % grid->col_tiles};
    nj_cut(program->rows, grid->row_tiles, nj_program_row_unit(program), tile.row_index, &tile.row0, &tile.rows);
    nj_cut(program->cols, grid->col_tiles, 16, tile.col_index, &tile.col0, &tile.cols);
    nj_program_run_tile(program, &tile, bindings, scratch);
}
