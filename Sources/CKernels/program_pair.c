// Maps that come in pairs, in float32: two steps become one.

#include "program_pair.h"

#include <string.h>

// Nanoseconds an element that a second pass over a block takes to read and write it.
#define PASSED_ON 0.05

static int first_of_pair(uint8_t op) {
    switch (op) {
    case NJ_OP_ADD: return NJ_PAIR_ADD;
    case NJ_OP_SUB: return NJ_PAIR_SUB;
    case NJ_OP_MUL: return NJ_PAIR_MUL;
    case NJ_OP_DIV: return NJ_PAIR_DIV;
    case NJ_OP_SQUARE: return NJ_PAIR_SQUARE;
    case NJ_OP_SQRT: return NJ_PAIR_SQRT;
    default: return -1;
    }
}

// `position` is where the first operation's value stands among the operands of the second.
static int second_of_pair(uint8_t op, int position) {
    switch (op) {
    case NJ_OP_ADD: return NJ_PAIR_ADD;
    case NJ_OP_SUB: return position == 0 ? NJ_PAIR_SUB : NJ_PAIR_RSUB;
    case NJ_OP_MUL: return NJ_PAIR_MUL;
    case NJ_OP_DIV: return position == 0 ? NJ_PAIR_DIV : NJ_PAIR_RDIV;
    case NJ_OP_SQRT: return NJ_PAIR_SQRT;
    case NJ_OP_EXP: return NJ_PAIR_EXP;
    case NJ_OP_LOG: return NJ_PAIR_LOG;
    case NJ_OP_RELU: return NJ_PAIR_RELU;
    default: return -1;
    }
}

// Where `slot`, read by nothing but the next step, is made by a map that may be the first of a pair; -1 if it is not.
static int32_t pairable(const nj_steps *steps, const int32_t *uses, uint16_t slot) {
    if (slot == NJ_NO_SLOT || uses[slot] != 1) return -1;
    for (int32_t i = steps->count - 1; i >= 0; i--) {
        if (steps->items[i].d != slot) continue;
        const nj_step *step = &steps->items[i];
        return step->what == NJ_STEP_MAP && step->op != 0 && first_of_pair(step->op) >= 0 ? i : -1;
    }
    return -1;
}

void nj_program_pair(const nj_kernel_set *set, nj_steps *steps, const int32_t *uses) {
    nj_step second = steps->items[steps->count - 1];
    if (second.op == 0) return;
    bool two = second.b != NJ_NO_SLOT;
    for (int position = 0; position < (two ? 2 : 1); position++) {
        if (second.form & 1 << position) continue;
        int32_t at = pairable(steps, uses, position == 0 ? second.a : second.b);
        int how = second_of_pair(second.op, position);
        if (at < 0 || how < 0) continue;
        nj_step first = steps->items[at];
        int form = first.form | (second.form >> (1 - position) & 1) << 2;
        nj_map_fn run = set->pair[first_of_pair(first.op)][how][form];
        if (!run || first.extent != second.extent) continue;
        first.run.map = run;
        first.c = two ? (position == 0 ? second.b : second.a) : NJ_NO_SLOT;
        first.d = second.d;
        first.op = 0;
        first.by_column |= second.by_column;
        first.cost += second.cost > PASSED_ON ? second.cost - PASSED_ON : 0;
        memmove(steps->items + at, steps->items + at + 1, (size_t)(steps->count - 1 - at) * sizeof *steps->items);
        steps->items[--steps->count - 1] = first;
        return;
    }
}
