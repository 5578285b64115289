// Where an operand lies, in the simplest form that says the same.
#ifndef NJ_PLACE_H
#define NJ_PLACE_H

#include "kernel_set.h"

typedef struct nj_place {
    uint8_t dtype, kind;
    uint16_t buffer;
    int32_t rank;  // adjacent dimensions that walk evenly are merged; 0 when every row is at the same place
    int64_t width; // bytes of an element
    int64_t offset;
    int64_t dims[NJ_MAX_RANK], strides[NJ_MAX_RANK];
    int64_t col_stride;
    bool is_written;
} nj_place;

static inline int64_t nj_width(uint8_t dtype) { return dtype == NJ_F64 ? 8 : (dtype == NJ_F32 || dtype == NJ_I32 ? 4 : 1); }

// False when the operand does not fit a domain of `rows` rows.
bool nj_place_make(nj_place *place, const nj_operand *operand, int64_t rows, int64_t cols);
// Elements from the base address to (row, column 0).
int64_t nj_place_row_offset(const nj_place *place, int64_t row);
// The distance between rows when it is one number (rank 0 or 1); false otherwise.
bool nj_place_even_rows(const nj_place *place, int64_t *stride);

// Moves a block between memory and a dense register [rows, cols]; `base` is the address of element 0.
void nj_place_gather(const nj_place *place, const char *base, int64_t row0, int64_t rows, int64_t col0, int64_t cols,
                     char *dense, int64_t dense_width, nj_move_fn move);
void nj_place_scatter(const nj_place *place, char *base, int64_t row0, int64_t rows, int64_t col0, int64_t cols,
                      const char *dense, int64_t dense_width, nj_move_fn move);

#endif
