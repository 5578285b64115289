// Combines the partial results of tiles, in their order.

#include <string.h>

#include "program.h"
#include "whole.h"

int64_t nj_program_neutral(uint8_t op, uint8_t type) {
    static const double floating[6] = {0, 1, -__builtin_inf(), __builtin_inf(), 0, 0};
    static const int64_t whole[4] = {0, 1, INT32_MIN, INT32_MAX};
    if (type == NJ_I32) return whole[op];
    int64_t bits;
    memcpy(&bits, &floating[op], sizeof bits);
    return bits;
}

// Results are combined a few columns at a time.
enum { COMBINED = 64 };

static void combine_floating(uint8_t op, double *total, const double *next, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        double x = total[i], y = next[i];
        switch (op) {
        case 0: total[i] = x + y; break;
        case 1: total[i] = x * y; break;
        case 2: total[i] = x > y || x != x ? x : y; break;
        default: total[i] = x < y || x != x ? x : y;
        }
    }
}

static void combine_whole(uint8_t op, int64_t *total, const int64_t *next, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        int64_t x = total[i], y = next[i];
        switch (op) {
        case 0: total[i] = (int64_t)((uint64_t)x + (uint64_t)y); break;
        case 1: total[i] = nj_product_held(x, y); break;
        case 2: total[i] = x > y ? x : y; break;
        default: total[i] = x < y ? x : y;
        }
    }
}

// The first total that int32 does not hold is a fault, wherever it is written.
static void check_whole(const nj_program *program, const nj_bindings *bindings, int32_t a, const int64_t *totals,
                        int64_t first, int64_t n) {
    nj_fault *fault = bindings->faults;
    for (int64_t i = 0; i < n && fault; i++) {
        if (nj_fits_i32(totals[i])) continue;
        if (fault->code != NJ_OK && fault->position <= first + i) return;
        *fault = (nj_fault){.code = NJ_FAULT_RANGE, .tag = program->accumulator_tags[a], .value = totals[i],
                            .position = first + i};
        return;
    }
}

// Sums of ints wrap to 32 bits in int memory; in floating memory they keep their value.
static void write_whole(const nj_kernel_set *set, char *at, uint8_t dtype, const int64_t *totals, int64_t n) {
    bool floating = dtype == NJ_F32 || dtype == NJ_F64;
    for (int64_t i = 0; i < n; i++, at += nj_width(dtype)) {
        double value = (double)totals[i];
        int32_t low = (int32_t)(uint32_t)(uint64_t)totals[i];
        if (floating) {
            set->store[NJ_F64][dtype](at, &value, 1, 1);
        } else {
            set->store[NJ_I32][dtype](at, &low, 1, 1);
        }
    }
}

// Chan, Golub and LeVeque: the moments of all from those of the parts. `next` has lists that are `stride` apart, see
// kernels/moments.h.
typedef struct moments {
    double count, mean, spread;
} moments;

static void combine_moments(moments *total, const double *next, int64_t stride, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        double count = next[i], sum = next[2 * stride + i];
        if (count == 0) continue;
        double offset = sum / count, spread = next[3 * stride + i] - sum * offset;
        double before = total[i].count, all = before + count;
        double step = next[stride + i] + offset - total[i].mean;
        total[i].count = all;
        total[i].mean += before == 0 ? step : step * (count / all);
        total[i].spread += (spread < 0 ? 0 : spread) + (before == 0 ? 0 : step * step * (before * count / all));
    }
}

static void finish_moments(const nj_program *program, const nj_bindings *bindings, int32_t a) {
    const nj_accumulator *to = &program->accumulators[a];
    const nj_grid *grid = &program->grid;
    bool by_column = to->kind == NJ_ROW;
    int64_t results = by_column ? program->cols : 1;
    int64_t parts = by_column ? grid->row_tiles : grid->row_tiles * grid->col_tiles;
    const double *partials = (const double *)(const void *)((const char *)bindings->partials + program->partial_offsets[a]);
    char *at = (char *)bindings->buffers[to->buffer] + to->offset * nj_width(to->dtype);
    for (int64_t done = 0; done < results; done += COMBINED) {
        int64_t n = results - done < COMBINED ? results - done : COMBINED;
        moments total[COMBINED] = {{0}};
        double result[COMBINED];
        for (int64_t p = 0; p < parts; p++) combine_moments(total, partials + p * results * 4 + done, results, n);
        bool spread = program->accumulator_ops[a] == NJ_TOTAL_SPREAD;
        for (int64_t i = 0; i < n; i++) result[i] = spread ? total[i].spread : total[i].mean;
        program->set->store[NJ_F64][to->dtype](at + done * nj_width(to->dtype), result, 1, n);
    }
}

static void finish_accumulator(const nj_program *program, const nj_bindings *bindings, int32_t a) {
    const nj_accumulator *to = &program->accumulators[a];
    const nj_grid *grid = &program->grid;
    uint8_t op = program->accumulator_ops[a], type = program->accumulator_types[a];
    bool by_column = to->kind == NJ_ROW;
    int64_t results = by_column ? program->cols : 1;
    int64_t parts = by_column ? grid->row_tiles : grid->row_tiles * grid->col_tiles;
    const char *partials = (const char *)bindings->partials + program->partial_offsets[a];
    char *at = (char *)bindings->buffers[to->buffer] + to->offset * nj_width(to->dtype);
    int64_t first = nj_program_neutral(op, type);
    for (int64_t done = 0; done < results; done += COMBINED) {
        int64_t n = results - done < COMBINED ? results - done : COMBINED;
        union {
            double floating[COMBINED];
            int64_t whole[COMBINED];
        } total;
        for (int64_t i = 0; i < n; i++) total.whole[i] = first;
        for (int64_t p = 0; p < parts; p++) {
            const void *next = partials + (p * results + done) * 8;
            if (type == NJ_I32) {
                combine_whole(op, total.whole, next, n);
            } else {
                combine_floating(op, total.floating, next, n);
            }
        }
        char *out = at + done * nj_width(to->dtype);
        if (type == NJ_I32) {
            check_whole(program, bindings, a, total.whole, done, n);
            write_whole(program->set, out, to->dtype, total.whole, n);
        } else {
            program->set->store[NJ_F64][to->dtype](out, total.floating, 1, n);
        }
    }
}

void nj_program_finish(const nj_program *program, const nj_bindings *bindings) {
    for (int32_t a = 0; a < program->accumulator_count; a++) {
        if (program->accumulator_ops[a] >= NJ_TOTAL_MEAN) {
            finish_moments(program, bindings, a);
        } else {
            finish_accumulator(program, bindings, a);
        }
    }
}
