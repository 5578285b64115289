#ifndef NJ_PROGRAM_FUSE_H
#define NJ_PROGRAM_FUSE_H

#include "kernel_set.h"

// The instructions of a checked description, some of them joined: a new list of *count, to be freed; NULL when memory
// runs out.
nj_instr *nj_program_fuse(const nj_program_desc *desc, int32_t *count);

#endif
