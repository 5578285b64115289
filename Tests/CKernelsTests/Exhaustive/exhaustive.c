// Every float32 input of every function of one argument, on every instruction set, against the C library in double;
// pow on random pairs of bit patterns and all pairs of special values. `make exhaustive` builds and runs it.
//
// usage: exhaustive [--step N] [function...]
//   --step N   every N-th input only (an odd N meets all exponents)
//
// Prints the largest error of each function in units of the last place, and fails when one is above 2. An error of 0.5
// means that every result is the float nearest to the true value.

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CKernels.h"

enum { BLOCK = 4096, SETS = 3 };
static const char *const set_names[SETS] = {"baseline", "avx2", "avx512"};

typedef double (*reference_fn)(double);
static double ref_rsqrt(double x) { return 1 / sqrt(x); }
static double ref_recip(double x) { return 1 / x; }
static double ref_sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double ref_relu(double x) { return x <= 0 ? 0 : x; }
static double ref_square(double x) { return x * x; }
static double ref_neg(double x) { return -x; }
static double ref_sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

static const struct function {
    const char *name;
    nj_op op;
    reference_fn reference;
} functions[] = {
    {"exp", NJ_OP_EXP, exp},           {"log", NJ_OP_LOG, log},       {"tanh", NJ_OP_TANH, tanh},
    {"sigmoid", NJ_OP_SIGMOID, ref_sigmoid}, {"erf", NJ_OP_ERF, erf}, {"sin", NJ_OP_SIN, sin},
    {"cos", NJ_OP_COS, cos},           {"expm1", NJ_OP_EXPM1, expm1}, {"log1p", NJ_OP_LOG1P, log1p},
    {"rsqrt", NJ_OP_RSQRT, ref_rsqrt}, {"sqrt", NJ_OP_SQRT, sqrt},    {"recip", NJ_OP_RECIP, ref_recip},
    {"relu", NJ_OP_RELU, ref_relu},    {"floor", NJ_OP_FLOOR, floor}, {"ceil", NJ_OP_CEIL, ceil},
    {"round", NJ_OP_ROUND, rint},      {"square", NJ_OP_SQUARE, ref_square}, {"neg", NJ_OP_NEG, ref_neg},
    {"abs", NJ_OP_ABS, fabs},          {"sign", NJ_OP_SIGN, ref_sign},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

// A program y = f(a) or f(a, b) over one row of BLOCK floats; buffers are a, b, y.
static nj_program *program_for(nj_op op, int operands, const char *set) {
    if (!nj_isa_select(set)) return NULL;
    nj_register registers[3];
    nj_operand memory[3];
    nj_instr instrs[4];
    memset(memory, 0, sizeof memory);
    memset(instrs, 0, sizeof instrs);
    for (int i = 0; i <= operands; i++) {
        registers[i] = (nj_register){NJ_F32, NJ_FULL};
        memory[i] = (nj_operand){.dtype = NJ_F32, .kind = NJ_FULL, .buffer = (uint16_t)(i == operands ? 2 : i), .rank = 1,
                                 .dims = {1}, .strides = {BLOCK}, .col_stride = 1};
        instrs[i] = (nj_instr){.op = NJ_OP_LOAD, .dtype = NJ_F32, .dst = (uint16_t)i, .a = (uint16_t)i};
    }
    instrs[operands] = (nj_instr){.op = (uint8_t)op, .dtype = NJ_F32, .dst = (uint16_t)operands, .a = 0,
                                  .b = (uint16_t)(operands - 1)};
    instrs[operands + 1] =
        (nj_instr){.op = NJ_OP_STORE, .dtype = NJ_F32, .dst = (uint16_t)operands, .a = (uint16_t)operands};
    nj_program_desc desc = {.rows = 1, .cols = BLOCK, .instrs = instrs, .registers = registers, .operands = memory,
                            .instr_count = operands + 2, .register_count = operands + 1,
                            .operand_count = operands + 1};
    return nj_program_create(&desc);
}

static void run(const nj_program *program, const nj_bindings *bindings, void *scratch) {
    for (int64_t tile = 0; tile < nj_program_tile_count(program); tile++)
        nj_program_run(program, tile, bindings, scratch);
    nj_program_finish(program, bindings);
}

// The distance of y from the true value in units of the last place of the float nearest to it.
static double ulps(float y, double truth) {
    float nearest = (float)truth;
    if (nearest != nearest || y != y) return nearest != nearest && y != y ? 0 : INFINITY;
    if (y == nearest) return isinf(y) ? 0 : 0.5;
    if (isinf(nearest)) return fabsf(y) == 0x1.fffffep+127f && (y < 0) == (nearest < 0) ? 1 : INFINITY;
    if (isinf(y)) return fabsf(nearest) == 0x1.fffffep+127f && (y < 0) == (nearest < 0) ? 1 : INFINITY;
    int exponent = nearest == 0 ? -126 : ilogbf(nearest);
    return fabs((double)y - truth) / ldexp(1, (exponent < -126 ? -126 : exponent) - 23);
}

typedef struct worst {
    double ulps;
    float a, b, got;
} worst;

static void note(worst *record, float a, float b, float got, double truth) {
    double error = ulps(got, truth);
    if (error > record->ulps) *record = (worst){error, a, b, got};
}

typedef struct job {
    int function;  // -1: pow
    uint64_t first, last, step;
    worst worst[SETS];
} job;

static const float specials[] = {0.0f, -0.0f, 1, -1, 2, -2, 3, -3, 0.5f, -0.5f, INFINITY, -INFINITY, NAN, 0x1p-149f,
                                 -0x1p-149f, 0x1p-126f, 0x1.fffffep+127f, -0x1.fffffep+127f, 16777215, 16777216,
                                 33554432, -1e10f, 0.99999994f, 1.0000001f, -0.99999994f, 127, -149, 1e-10f};
enum { SPECIALS = sizeof specials / sizeof *specials };

// Pair number n: all pairs of special values, then pairs drawn from n. Half of them are random bit patterns; of the others
// a quarter have a base within 2^-14 of one, and the exponents put the power in range, or within two powers of two of where
// it overflows, leaves the normal numbers or becomes zero. Half of these exponents are whole, so that negative bases count.
static void pair(uint64_t number, float *a, float *b) {
    if (number < SPECIALS * SPECIALS) {
        *a = specials[number / SPECIALS];
        *b = specials[number % SPECIALS];
        return;
    }
    nj_philox_block block = nj_philox(42, number);
    uint32_t kind = block.word[2];
    memcpy(a, &block.word[0], 4);
    memcpy(b, &block.word[1], 4);
    if (kind & 1) return;
    if ((kind & 6) == 6) *a = (float)(1 + ((double)block.word[0] * 0x1p-31 - 1) * 0x1p-14);
    static const double edges[4] = {128, -126, -149, -150};
    double size = log2(fabs((double)*a)), part = (double)block.word[1] * 0x1p-31 - 1;
    double power = kind & 8 ? edges[kind >> 4 & 3] + 2 * part : 150 * part;
    double y = isfinite(size) && size != 0 ? power / size : 10 * part;
    *b = (float)(kind & 64 ? rint(y) : y);
}

static void *work(void *argument) {
    job *job = argument;
    int operands = job->function < 0 ? 2 : 1;
    nj_program *programs[SETS];
    size_t bytes = 64;
    for (int s = 0; s < SETS; s++) {
        programs[s] = program_for(job->function < 0 ? NJ_OP_POW : functions[job->function].op, operands, set_names[s]);
        if (programs[s] && nj_program_scratch_bytes(programs[s]) > bytes) bytes = nj_program_scratch_bytes(programs[s]);
    }
    static _Thread_local float a[BLOCK], b[BLOCK], y[BLOCK];
    static _Thread_local double truth[BLOCK];
    void *buffers[3] = {a, b, y}, *scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
    nj_bindings bindings = {.buffers = buffers};
    for (uint64_t at = job->first; at < job->last && scratch; at += BLOCK * job->step) {
        int count = 0;
        for (; count < BLOCK && at + (uint64_t)count * job->step < job->last; count++) {
            uint64_t number = at + (uint64_t)count * job->step;
            uint32_t bits = (uint32_t)number;
            if (job->function < 0) pair(number, &a[count], &b[count]);
            else memcpy(&a[count], &bits, 4);
            truth[count] = job->function < 0 ? pow((double)a[count], (double)b[count])
                                             : functions[job->function].reference((double)a[count]);
        }
        for (int s = 0; s < SETS; s++) {
            if (!programs[s]) continue;
            run(programs[s], &bindings, scratch);
            for (int i = 0; i < count; i++) note(&job->worst[s], a[i], operands == 2 ? b[i] : 0, y[i], truth[i]);
        }
    }
    free(scratch);
    for (int s = 0; s < SETS; s++)
        if (programs[s]) nj_program_destroy(programs[s]);
    return NULL;
}

// Spreads the numbers 0 ..< total over threads. Returns false when an error is above 2 ulp.
static bool measure(int function, uint64_t total, uint64_t step) {
    long threads = sysconf(_SC_NPROCESSORS_ONLN);
    threads = threads < 1 ? 1 : threads > 64 ? 64 : threads;
    pthread_t handles[64];
    job jobs[64];
    uint64_t inputs = (total + step - 1) / step;
    bool started[64];
    for (long t = 0; t < threads; t++) {
        jobs[t] = (job){.function = function, .first = inputs * (uint64_t)t / (uint64_t)threads * step,
                        .last = inputs * ((uint64_t)t + 1) / (uint64_t)threads * step, .step = step};
        if (jobs[t].last > total) jobs[t].last = total;
        started[t] = pthread_create(&handles[t], NULL, work, &jobs[t]) == 0;
        if (!started[t]) work(&jobs[t]);
    }
    bool good = true;
    for (long t = 0; t < threads; t++)
        if (started[t]) pthread_join(handles[t], NULL);
    const char *supported = nj_isa_supported();
    for (int s = 0; s < SETS; s++) {
        if (!strstr(supported, set_names[s])) continue;
        worst worst = {0};
        for (long t = 0; t < threads; t++)
            if (jobs[t].worst[s].ulps > worst.ulps) worst = jobs[t].worst[s];
        char at[64];
        if (function < 0) snprintf(at, sizeof at, "(%a, %a)", (double)worst.a, (double)worst.b);
        else snprintf(at, sizeof at, "(%a)", (double)worst.a);
        printf("%-8s %-8s %.4f ulp at %s = %a\n", function < 0 ? "pow" : functions[function].name, set_names[s],
               worst.ulps, at, (double)worst.got);
        good = good && worst.ulps <= 2;
    }
    fflush(stdout);
    return good;
}

int main(int count, char **arguments) {
    uint64_t step = 1;
    int first = 1;
    if (count > 2 && strcmp(arguments[1], "--step") == 0) {
        step = strtoull(arguments[2], NULL, 10);
        if (step == 0) step = 1;
        first = 3;
    }
    bool good = true;
    for (int f = -1; f < FUNCTIONS; f++) {
        const char *name = f < 0 ? "pow" : functions[f].name;
        bool wanted = count <= first;
        for (int i = first; i < count; i++) wanted = wanted || strcmp(arguments[i], name) == 0;
        if (!wanted) continue;
        // Of pairs there are too many for all: 2^30 of them.
        good = measure(f, f < 0 ? UINT64_C(1) << 30 : UINT64_C(1) << 32, step) && good;
    }
    return good ? 0 : 1;
}
