// A tile in the middle of its sweep, between the files that run it.
#ifndef NJ_PROGRAM_SWEEP_H
#define NJ_PROGRAM_SWEEP_H

#include "program.h"

// Where a tile is in its sweep.
typedef struct nj_sweep {
    const nj_program *program;
    const nj_tile *tile;
    const nj_bindings *bindings;
    char **slots;
    int64_t row0, rows, col0, cols;
    int64_t count[4];     // elements by kind
    bool owns_rows;       // these are the last columns of the first range of columns
} nj_sweep;

// Whole numbers that leave their range become a fault of the tile.
void nj_sweep_check(const nj_sweep *s, const nj_step *step);
void nj_sweep_check_rows(const nj_sweep *s, const nj_step *step);

#endif
