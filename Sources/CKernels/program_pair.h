#ifndef NJ_PROGRAM_PAIR_H
#define NJ_PROGRAM_PAIR_H

#include "program.h"

// Joins the last step with the map that makes one of its operands, if that can run in the same pass: values that are
// read once need not go through memory. Each operation keeps its own rounding. `uses` counts the readers of each slot.
void nj_program_pair(const nj_kernel_set *set, nj_steps *steps, const int32_t *uses);

#endif
