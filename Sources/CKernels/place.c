// Walks operands: merging of dimensions, addresses, strided moves.

#include "place.h"

#include <string.h>

bool nj_place_make(nj_place *place, const nj_operand *operand, int64_t rows, int64_t cols) {
    memset(place, 0, sizeof *place);
    if (operand->dtype > NJ_BOOL || operand->kind > NJ_SCALAR) return false;
    if (operand->rank < 0 || operand->rank > NJ_MAX_RANK) return false;
    place->dtype = operand->dtype;
    place->kind = operand->kind;
    place->buffer = operand->buffer;
    place->width = nj_width(operand->dtype);
    place->offset = operand->offset;
    bool by_row = operand->kind == NJ_FULL || operand->kind == NJ_COL;
    bool by_col = operand->kind == NJ_FULL || operand->kind == NJ_ROW;
    place->col_stride = by_col && cols > 1 ? operand->col_stride : by_col;
    if (!by_row || operand->buffer == NJ_PRODUCT) return true;

    int64_t product = 1;
    for (int32_t d = 0; d < operand->rank; d++) {
        int64_t size = operand->dims[d], stride = operand->strides[d];
        if (size < 0 || (size > 0 && product > INT64_MAX / size)) return false;
        product *= size;
        if (size == 1) continue;
        int32_t last = place->rank - 1;
        if (last >= 0 && place->strides[last] == stride * size) {
            place->dims[last] *= size;
            place->strides[last] = stride;
        } else {
            place->dims[place->rank] = size;
            place->strides[place->rank++] = stride;
        }
    }
    if (place->rank == 1 && place->strides[0] == 0) place->rank = 0;
    return product == rows;
}

bool nj_place_even_rows(const nj_place *place, int64_t *stride) {
    *stride = place->rank == 1 ? place->strides[0] : 0;
    return place->rank <= 1;
}

int64_t nj_place_row_offset(const nj_place *place, int64_t row) {
    int64_t at = place->offset;
    for (int32_t d = place->rank - 1; d > 0; d--) {
        at += row % place->dims[d] * place->strides[d];
        row /= place->dims[d];
    }
    return place->rank > 0 ? at + row * place->strides[0] : at;
}

// A position among the rows, moved on by counting rather than dividing.
typedef struct walk {
    int64_t at;
    int64_t index[NJ_MAX_RANK];
} walk;

static walk walk_start(const nj_place *place, int64_t row) {
    walk w = {.at = nj_place_row_offset(place, row)};
    for (int32_t d = place->rank - 1; d >= 0; d--) {
        w.index[d] = d > 0 ? row % place->dims[d] : row;
        row /= place->dims[d];
    }
    return w;
}

static void walk_on(walk *w, const nj_place *place, int64_t rows) {
    int32_t d = place->rank - 1;
    if (d < 0) return;
    w->index[d] += rows;
    w->at += rows * place->strides[d];
    while (d > 0 && w->index[d] >= place->dims[d]) {
        w->at -= place->dims[d] * place->strides[d];
        w->index[d] = 0;
        d--;
        w->index[d]++;
        w->at += place->strides[d];
    }
}

// Rows that can be moved in one strided move: those of the innermost dimension, when a row is one element or goes on
// where the last one ends.
static int64_t run_length(const nj_place *place, const walk *w, int64_t rows, int64_t cols) {
    if (cols != 1 && (place->rank == 0 || place->strides[place->rank - 1] != cols * place->col_stride)) return 1;
    if (place->rank <= 1) return rows;
    int64_t left = place->dims[place->rank - 1] - w->index[place->rank - 1];
    return left < rows ? left : rows;
}

void nj_place_gather(const nj_place *place, const char *base, int64_t row0, int64_t rows, int64_t col0, int64_t cols,
                     char *dense, int64_t dense_width, nj_move_fn move) {
    walk w = walk_start(place, row0);
    base += col0 * place->col_stride * place->width;
    int64_t row_stride = place->rank > 0 ? place->strides[place->rank - 1] : 0;
    while (rows > 0) {
        int64_t run = run_length(place, &w, rows, cols);
        const char *from = base + w.at * place->width;
        if (cols == 1) {
            move(dense, from, row_stride, run);
        } else {
            move(dense, from, place->col_stride, run * cols);
        }
        dense += run * cols * dense_width;
        rows -= run;
        walk_on(&w, place, run);
    }
}

void nj_place_scatter(const nj_place *place, char *base, int64_t row0, int64_t rows, int64_t col0, int64_t cols,
                      const char *dense, int64_t dense_width, nj_move_fn move) {
    walk w = walk_start(place, row0);
    base += col0 * place->col_stride * place->width;
    int64_t row_stride = place->rank > 0 ? place->strides[place->rank - 1] : 0;
    while (rows > 0) {
        int64_t run = run_length(place, &w, rows, cols);
        char *to = base + w.at * place->width;
        if (cols == 1) {
            move(to, dense, row_stride, run);
        } else {
            move(to, dense, place->col_stride, run * cols);
        }
        dense += run * cols * dense_width;
        rows -= run;
        walk_on(&w, place, run);
    }
}
