// Whole numbers that leave their range: which, and where.

#include <string.h>

#include "program_sweep.h"

static nj_fault *open_fault(const nj_sweep *s) {
    nj_fault *fault = s->bindings->faults ? &s->bindings->faults[s->tile->index] : NULL;
    return fault && fault->code == NJ_OK ? fault : NULL;
}

// Where element `i` of a block stands in the result of the step.
static int64_t position_of(const nj_sweep *s, const nj_step *step, int64_t i) {
    switch (step->extent) {
    case NJ_COL: return s->row0 + i;
    case NJ_ROW: return s->col0 + i;
    case NJ_SCALAR: return 0;
    default: break;
    }
    bool by_columns = nj_program_is_by_columns(s->program);
    int64_t row = by_columns ? i % s->rows : i / s->cols, col = by_columns ? i / s->rows : i % s->cols;
    return (s->row0 + row) * s->program->cols + s->col0 + col;
}

// The operand of element `i`, exactly.
static int64_t whole(const char *a, bool single, int64_t i) {
    int32_t value;
    memcpy(&value, a + (single ? 0 : i) * 4, sizeof value);
    return value;
}

static double number(const nj_step *step, const char *a, int64_t i) {
    float narrow;
    double wide;
    switch (step->dtype) {
    case NJ_F32: memcpy(&narrow, a + i * 4, sizeof narrow); return (double)narrow;
    case NJ_F64: memcpy(&wide, a + i * 8, sizeof wide); return wide;
    default: return (double)whole(a, false, i);
    }
}

static void describe(nj_fault *fault, const nj_step *step, const char *a, const char *b, int64_t i) {
    if (step->op == NJ_OP_CAST || step->op == NJ_OP_NARROW) {
        double value = number(step, a, i);
        fault->code = NJ_FAULT_CAST;
        memcpy(&fault->value, &value, sizeof value);
        return;
    }
    int64_t x = whole(a, step->form & 1, i), y = b ? whole(b, step->form & 2, i) : 0;
    bool divides = step->op == NJ_OP_DIV || step->op == NJ_OP_MOD;
    fault->code = divides && y == 0 ? NJ_FAULT_ZERO : NJ_FAULT_RANGE;
    switch (step->op) {
    case NJ_OP_ADD: fault->value = x + y; break;
    case NJ_OP_SUB: fault->value = x - y; break;
    case NJ_OP_MUL: fault->value = x * y; break;
    case NJ_OP_SQUARE: fault->value = x * x; break;
    case NJ_OP_NEG:
    case NJ_OP_ABS: fault->value = -x; break;
    default: fault->value = y == 0 ? x : x / y;
    }
}

static bool check_from(const nj_sweep *s, const nj_step *step, const char *a, const char *b, int64_t n,
                       int64_t first) {
    int64_t at = step->run.check(a, b, n);
    if (at < 0) return true;
    nj_fault *fault = open_fault(s);
    if (!fault) return false;
    *fault = (nj_fault){.tag = step->tag, .position = position_of(s, step, first + at)};
    describe(fault, step, a, b, at);
    return false;
}

void nj_sweep_check(const nj_sweep *s, const nj_step *step) {
    const char *a = s->slots[step->a], *b = step->b == NJ_NO_SLOT ? NULL : s->slots[step->b];
    if (!step->by_column) {
        check_from(s, step, a, b, s->count[step->extent], 0);
        return;
    }
    // As a map that is called for each column: what is FULL or ROW goes on with the columns.
    int64_t next[2] = {0};
    uint16_t names[2] = {step->a, step->b};
    for (int k = 0; k < 2; k++) {
        if (names[k] == NJ_NO_SLOT) continue;
        const nj_slot *slot = &s->program->slots[names[k]];
        int64_t width = nj_width(slot->dtype);
        next[k] = slot->extent == NJ_FULL ? s->rows * width : (slot->extent == NJ_ROW ? width : 0);
    }
    for (int64_t c = 0; c < s->cols; c++) {
        if (!check_from(s, step, a, b, s->rows, c * s->rows)) return;
        a += next[0];
        if (b) b += next[1];
    }
}

void nj_sweep_check_rows(const nj_sweep *s, const nj_step *step) {
    bool by_columns = nj_program_is_by_columns(s->program);
    const int32_t *a = (const int32_t *)(const void *)s->slots[step->a];
    int64_t total = 0;
    int64_t row = step->run.check_row(a, s->rows, s->cols, by_columns ? 1 : s->cols, by_columns ? s->rows : 1, &total);
    nj_fault *fault = row < 0 ? NULL : open_fault(s);
    if (!fault) return;
    *fault = (nj_fault){.code = NJ_FAULT_RANGE, .tag = step->tag, .value = total, .position = s->row0 + row};
}
