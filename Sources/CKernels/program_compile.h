// A program in the making, between the files that make it.
#ifndef NJ_PROGRAM_COMPILE_H
#define NJ_PROGRAM_COMPILE_H

#include "program.h"

typedef struct nj_compiler {
    nj_program *program;
    const nj_program_desc *desc;
    uint16_t *slot_of;   // register to slot
    int32_t *uses;       // of a register
    uint16_t *spread;    // slot to its FULL-length form (or its splat), NJ_NO_SLOT before there is one
    int32_t *slot_uses;  // of a slot, by all registers that name it
    int32_t spread_capacity;
    bool failed;
} nj_compiler;

static inline uint8_t nj_level_of(uint8_t kind) {
    return kind == NJ_SCALAR ? NJ_LEVEL_TILE : (kind == NJ_ROW ? NJ_LEVEL_PIECE : NJ_LEVEL_BLOCK);
}

// When memory runs out, the compiler has failed and the program is dropped.
nj_step *nj_compiler_add_step(nj_compiler *c, nj_steps *steps, uint8_t what, uint8_t extent, uint8_t dtype);
uint16_t nj_compiler_add_slot(nj_compiler *c, uint8_t dtype, uint8_t extent, uint8_t level);
void nj_compile_elementwise(nj_compiler *c, const nj_instr *in);

#endif
