// Moving elements by index.

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "routine.h"
#include "whole.h"

enum { STRETCH = NJ_ROUTINE_STRETCH / 16 };

static void report(const nj_routine *routine, nj_fault *fault, int64_t position, int64_t value) {
    nj_routine_report(fault, &(nj_fault){.code = NJ_FAULT_INDEX, .tag = routine->desc.tag, .value = value,
                                         .limit = routine->desc.extent, .position = position});
}

// The index at a place of the index tensor, or -1 where it is out of range.
static inline int64_t index_at(const nj_routine *routine, const int32_t *index, int64_t position, nj_fault *fault) {
    int64_t value = index[position];
    if (value >= 0 && value < routine->desc.extent) return value;
    report(routine, fault, position, value);
    return -1;
}

// Rows have at most so many columns that a stretch of them is over soon.
static inline bool is_stretch_over(int64_t step) { return step % STRETCH == STRETCH - 1; }

static inline void copy_one(char *to, const char *from, int64_t width) {
    switch (width) {
        case 1: *to = *from; break;
        case 4: memcpy(to, from, 4); break;
        default: memcpy(to, from, 8);
    }
}

void nj_routine_gather(const nj_routine *routine, int64_t first, int64_t count, const nj_bindings *bindings,
                       nj_fault *fault) {
    const nj_routine_desc *d = &routine->desc;
    const char *source = bindings->buffers[d->source];
    const int32_t *index = bindings->buffers[d->index];
    char *target = bindings->buffers[d->target];
    int64_t width = routine->width, row = d->inner * width;
    for (int64_t unit = first; unit < first + count; unit++) {
        int64_t outer = unit / d->count;
        int64_t at = outer * d->index_strides[0] + unit % d->count * d->index_strides[1];
        const char *from = source + outer * d->extent * row;
        char *to = target + unit * row;
        if (d->index_strides[2] == 0) {
            int64_t chosen = d->inner == 0 ? -1 : index_at(routine, index, at, fault);
            if (chosen < 0) memset(to, 0, (size_t)row);
            else if (d->inner == 1) copy_one(to, from + chosen * row, width);
            else memcpy(to, from + chosen * row, (size_t)row);
            continue;
        }
        for (int64_t i = 0; i < d->inner; i++) {
            int64_t chosen = index_at(routine, index, at + i * d->index_strides[2], fault);
            if (chosen < 0) memset(to + i * width, 0, (size_t)width);
            else copy_one(to + i * width, from + chosen * row + i * width, width);
        }
    }
}

// Adds a row of entries. True where a sum left the type on the way.
#define NJ_ADD_ROW(name, T)                                                        \
    static bool name(void *to, const void *from, int64_t n) {                      \
        T *t = to;                                                                 \
        const T *f = from;                                                         \
        for (int64_t i = 0; i < n; i++) t[i] = t[i] + f[i];                        \
        return false;                                                              \
    }
NJ_ADD_ROW(add_f32, float)
NJ_ADD_ROW(add_f64, double)
static bool add_i32(void *to, const void *from, int64_t n) {
    int32_t *t = to;
    const int32_t *f = from;
    uint32_t left = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t x = (uint32_t)t[i], y = (uint32_t)f[i], sum = x + y;
        left |= (x ^ sum) & (y ^ sum);
        t[i] = (int32_t)sum;
    }
    return left >> 31;
}

// Sums that left int32 on the way, in 64 bits, many places at a time: the first that is out of range at the end is a
// fault. `column` is the first of the unit's `columns`. What was added is walked over once for so many places.
static void check_sums(const nj_routine *routine, int64_t outer, int64_t column, int64_t columns,
                       const nj_bindings *bindings, nj_fault *fault) {
    enum { FEW = 256, MANY = 1 << 20 };
    const nj_routine_desc *d = &routine->desc;
    const int32_t *index = bindings->buffers[d->index];
    const int32_t *from = (const int32_t *)bindings->buffers[d->source] + outer * d->count * d->inner + column;
    int64_t few[FEW], most = d->extent < MANY ? d->extent : MANY;
    int64_t *many = most > FEW ? malloc((size_t)most * sizeof *many) : NULL, *sums = many != NULL ? many : few;
    if (many == NULL) most = FEW;
    for (int64_t first = 0; first < d->extent; first += most) {
        int64_t places = d->extent - first < most ? d->extent - first : most;
        for (int64_t i = 0; i < columns; i++) {
            memset(sums, 0, (size_t)places * sizeof *sums);
            for (int64_t j = 0; j < d->count; j++) {
                if (is_stretch_over(j) && nj_routine_is_cut(bindings)) goto end;
                int64_t at = outer * d->index_strides[0] + j * d->index_strides[1] + (column + i) * d->index_strides[2];
                int64_t place = index[at] - first;
                if (index[at] >= first && place < places) sums[place] += from[j * d->inner + i];
            }
            for (int64_t k = 0; k < places; k++) {
                if (nj_fits_i32(sums[k])) continue;
                int64_t position = (outer * d->extent + first + k) * d->inner + column + i;
                nj_routine_report(fault, &(nj_fault){.code = NJ_FAULT_RANGE, .tag = d->tag, .value = sums[k],
                                                     .position = position});
                break;
            }
        }
    }
end:
    free(many);
}

void nj_routine_scatter(const nj_routine *routine, int64_t first, int64_t count, const nj_bindings *bindings,
                        nj_fault *fault) {
    const nj_routine_desc *d = &routine->desc;
    bool (*add)(void *, const void *, int64_t) = d->dtype == NJ_F32 ? add_f32 : d->dtype == NJ_F64 ? add_f64 : add_i32;
    const int32_t *index = bindings->buffers[d->index];
    int64_t width = routine->width, row = d->inner * width;
    for (int64_t unit = first; unit < first + count; unit++) {
        // A unit owns a stretch of columns, so that everything that meets in one place is added by one thread, in order.
        int64_t outer = unit / routine->column_blocks, column = unit % routine->column_blocks * NJ_ROUTINE_COLUMNS;
        int64_t columns = d->inner - column < NJ_ROUTINE_COLUMNS ? d->inner - column : NJ_ROUTINE_COLUMNS;
        const char *from = (const char *)bindings->buffers[d->source] + outer * d->count * row + column * width;
        char *to = (char *)bindings->buffers[d->target] + outer * d->extent * row + column * width;
        for (int64_t k = 0; k < d->extent; k++) {
            if (is_stretch_over(k) && nj_routine_is_cut(bindings)) return;
            memset(to + k * row, 0, (size_t)(columns * width));
        }
        bool left = false;
        for (int64_t j = 0; j < d->count; j++) {
            if (is_stretch_over(j) && nj_routine_is_cut(bindings)) return;
            int64_t at = outer * d->index_strides[0] + j * d->index_strides[1];
            if (d->index_strides[2] == 0) {
                int64_t chosen = index_at(routine, index, at, fault);
                if (chosen >= 0) left |= add(to + chosen * row, from + j * row, columns);
                continue;
            }
            for (int64_t i = 0; i < columns; i++) {
                int64_t chosen = index_at(routine, index, at + (column + i) * d->index_strides[2], fault);
                if (chosen >= 0) left |= add(to + chosen * row + i * width, from + j * row + i * width, 1);
            }
        }
        if (left) check_sums(routine, outer, column, columns, bindings, fault);
    }
}
