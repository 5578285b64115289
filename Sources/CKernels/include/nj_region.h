// Regions: straight-line programs over blocks of a two-dimensional domain.
//
// A region sweeps a domain of `rows` x `cols` once. Values live in registers, which hold one block: a few whole
// rows, or (when no instruction needs whole rows) a piece of one row, small enough that all registers together stay
// in the first-level cache. Where rows are short and much is done along them, a block lies column after column, so that
// the lanes of a vector hold as many rows. One program does loads, elementwise work, reductions along a row, results per
// column or for the whole domain, and stores.
//
// Everything is deterministic: the domain is cut into tiles by its size alone, partial results are kept per tile
// and added in tile order, so the bits do not depend on the number of threads.
#ifndef NJ_REGION_H
#define NJ_REGION_H

#include "nj_types.h"

// How a value extends over the domain.
typedef enum nj_kind {
    NJ_FULL = 0,    // one value for each (row, column)
    NJ_COL = 1,     // one value for each row: a column vector
    NJ_ROW = 2,     // one value for each column: a row vector
    NJ_SCALAR = 3,  // one value
} nj_kind;

// Whole numbers never leave their type in silence: a result of NEG, ABS, SQUARE, ADD, SUB, MUL, DIV, MOD, ROW_SUM,
// ROW_PROD, COLS_SUM, COLS_PROD, ALL_SUM or ALL_PROD of ints that int32 does not hold, a division by 0, and a number that
// CAST to int (NARROW to 0 ... 255) can not hold are faults. The result is then the low 32 bits, or as CAST says. Sums and
// products are taken in 64 bits, so only what comes out at the end counts.

// Operations. `a`, `b`, `c` name registers unless said otherwise. Elementwise operands may be of any kind that
// broadcasts to the kind of `dst` (SCALAR to all; COL and ROW to FULL).
typedef enum nj_op {
    // Memory.
    NJ_OP_LOAD = 0,     // dst = operand a (converted to the register's type)
    NJ_OP_STORE,        // operand dst = register a (converted to the operand's type). To NJ_BOOL: a != 0. To NJ_U8: the low
                        // eight bits of an int; a float is truncated toward zero and saturates, NaN is 0
    NJ_OP_NUMBER,       // dst (SCALAR) = numbers[a], converted to the register's type
    NJ_OP_IOTA_COL,     // dst (ROW) = index of the column, 0-based
    NJ_OP_IOTA_ROW,     // dst (COL) = index of the row, 0-based
    NJ_OP_UNIFORM,      // dst (FULL) = uniform in [0, 1) from key words[a], keyed by row * cols + col (nj_random.h)
    NJ_OP_NORMAL,       // dst (FULL) = standard normal, same keying; Box-Muller. float32: words (0, 1) of a block give elements
                        // 0 (cosine) and 1 (sine) of its four, words (2, 3) the others; float64: a block an element
    NJ_OP_CAST,         // dst = a, converted to the type of dst (float to int truncates toward zero, saturates; NaN is 0)
    NJ_OP_COPY,         // dst = a; same type; broadcasts
    NJ_OP_NARROW,       // dst (int) = a, of any type, truncated toward zero, for memory of NJ_U8

    // One operand. Floating types unless said otherwise. IEEE results for NaN, infinities, signed zeros, denormals.
    NJ_OP_NEG = 16,     // also int
    NJ_OP_ABS,          // also int
    NJ_OP_SIGN,         // also int; NaN stays NaN
    NJ_OP_EXP,
    NJ_OP_EXPM1,
    NJ_OP_LOG,
    NJ_OP_LOG1P,
    NJ_OP_SQRT,
    NJ_OP_RSQRT,        // 1 / sqrt(a), correctly rounded steps (no approximation instruction)
    NJ_OP_RECIP,        // 1 / a
    NJ_OP_SIN,
    NJ_OP_COS,
    NJ_OP_TANH,
    NJ_OP_SIGMOID,
    NJ_OP_ERF,
    NJ_OP_RELU,         // max(a, 0); NaN stays NaN
    NJ_OP_FLOOR,
    NJ_OP_CEIL,
    NJ_OP_ROUND,        // half to even
    NJ_OP_SQUARE,       // also int
    NJ_OP_NOT,          // int only: 1 if a == 0 else 0
    NJ_OP_IS_NAN,       // float operand, dst int (0 or 1)
    NJ_OP_IS_FINITE,    // float operand, dst int

    // Two operands of one type. Arithmetic and MAX/MIN/MOD also for int; DIV rounds down, so that
    // a = (a / b) * b + a % b; x / 0 and x % 0 are 0, and faults.
    NJ_OP_ADD = 48,
    NJ_OP_SUB,
    NJ_OP_MUL,
    NJ_OP_DIV,
    NJ_OP_POW,          // float only; IEEE pow
    NJ_OP_MAX,          // NaN in either operand gives NaN
    NJ_OP_MIN,
    NJ_OP_MOD,          // the remainder with the sign of b, as Lua's % (exact; 5 % inf is 5, -5 % inf is inf)
    NJ_OP_EQ,           // comparisons: dst is int 0 or 1; type of a and b is `dtype`
    NJ_OP_NE,
    NJ_OP_LT,
    NJ_OP_LE,
    NJ_OP_GT,
    NJ_OP_GE,
    NJ_OP_AND,          // int masks
    NJ_OP_OR,
    NJ_OP_XOR,

    // Three operands.
    NJ_OP_WHERE = 80,   // dst = a != 0 ? b : c; a is int, b and c have `dtype`; a selection: NaN in the other does not leak
    NJ_OP_FMA,          // dst = a * b + c (one rounding where the instruction set has it, two elsewhere is NOT allowed: use fma())
    NJ_OP_GATE,         // dst = a > c ? b : c; float32 only

    // Along a row: FULL to COL. These need whole rows in a block.
    NJ_OP_ROW_SUM = 96,
    NJ_OP_ROW_PROD,
    NJ_OP_ROW_MAX,      // NaN anywhere gives NaN
    NJ_OP_ROW_MIN,
    NJ_OP_ROW_ARGMAX,   // dst is int, 0-based, first of equals; the first NaN wins
    NJ_OP_ROW_ARGMIN,
    NJ_OP_ROW_PICK,     // dst[r] = a[r, b[r]]; b is a COL of int; out of range: fault, value 0

    // Over rows, or over everything: `dst` names an accumulator. Kept per tile, combined by nj_program_finish.
    NJ_OP_COLS_SUM = 112,  // a is FULL; one result for each column
    NJ_OP_COLS_PROD,
    NJ_OP_COLS_MAX,
    NJ_OP_COLS_MIN,
    NJ_OP_ALL_SUM,         // a is FULL or COL; one result
    NJ_OP_ALL_PROD,
    NJ_OP_ALL_MAX,
    NJ_OP_ALL_MIN,
    NJ_OP_COLS_DOT = 122,  // the sum over rows of a * b, both FULL; float32 only

    // Floating types only, without losing digits where the mean is far from 0. Of nothing, both are 0.
    NJ_OP_COLS_MEAN = 123,
    NJ_OP_COLS_SPREAD,     // the sum of the squared deviations from the mean
    NJ_OP_ALL_MEAN,
    NJ_OP_ALL_SPREAD,
} nj_op;

typedef struct nj_register {
    uint8_t dtype;  // NJ_F32, NJ_F64 or NJ_I32
    uint8_t kind;   // nj_kind
} nj_register;

typedef struct nj_instr {
    uint8_t op;      // nj_op
    uint8_t dtype;   // the type the operation computes in (that of its operands)
    uint16_t dst;
    uint16_t a, b, c;
    int32_t tag;     // names the instruction in faults
} nj_instr;

#define NJ_MAX_RANK 8
// The `buffer` of an operand that stands for the result a program is attached to (nj_gemm.h, nj_conv.h, nj_pool.h).
#define NJ_PRODUCT 0xFFFF
// The `buffer` of the operand that a loader stores to (nj_conv.h).
#define NJ_LOADED 0xFFFE

// A piece of memory seen from the domain. The element for (row, col) lies at
//   offset + sum over d of index_d(row) * strides[d] + col * col_stride       (in elements)
// where index_0 .. index_{rank-1} is `row` written in the mixed radix `dims` (row-major; their product is `rows`).
// A dense FULL operand has rank 1, dims {rows}, strides {cols}, col_stride 1. A stride may be 0 (broadcast) or
// negative (flip). For COL the column part, for ROW the row part, for SCALAR both are ignored.
typedef struct nj_operand {
    uint8_t dtype;   // nj_dtype in memory
    uint8_t kind;    // nj_kind
    uint16_t buffer; // index into `buffers`, or NJ_PRODUCT or NJ_LOADED
    int32_t rank;
    int64_t offset;
    int64_t dims[NJ_MAX_RANK];
    int64_t strides[NJ_MAX_RANK];
    int64_t col_stride;
} nj_operand;

// Where the result of an accumulator goes. Sums are combined in double (float types), results are converted to `dtype`.
typedef struct nj_accumulator {
    uint8_t dtype;    // in memory
    uint8_t kind;     // NJ_ROW (COLS_*) or NJ_SCALAR (ALL_*)
    uint16_t buffer;
    int64_t offset;   // elements; results per column are dense from here
} nj_accumulator;

typedef struct nj_program_desc {
    int64_t rows, cols;
    const nj_instr *instrs;
    const nj_register *registers;
    const nj_operand *operands;
    const nj_accumulator *accumulators;
    int32_t instr_count, register_count, operand_count, accumulator_count;
} nj_program_desc;

typedef struct nj_program nj_program;

// Everything a program reads from outside while it runs.
typedef struct nj_bindings {
    void *const *buffers;     // base addresses
    const double *numbers;    // the numbers of the script
    const uint64_t *words;    // keys of random streams
    void *partials;           // nj_program_partial_bytes, shared by all tiles of the run
    nj_fault *faults;         // one for each tile, zeroed by the caller; or one shared when tile_count is 1
    // Whether nobody wants the results any more. What takes long in one tile asks it now and then, and may then return at
    // once: what it was to make is not defined. NULL: they are wanted. Asked on the thread of the tile.
    int32_t (*is_cut)(void *context);
    void *cut_context;
} nj_bindings;

// Checks and compiles a description: resolves broadcasts, picks block sizes and kernels for this processor.
// Copies all it needs. NULL when memory runs out or the description is not valid (a bug of the caller).
// A store may go to the memory that a load of the same program reads, if both address it identically; loads always see
// what was there before the run. The two must have the same buffer number and offset: by that the program knows up to
// where the old value is needed, and, for COL, ROW and SCALAR, that one tile alone may do the update. Buffers of
// different numbers that are written must not overlap any other.
// A register is written once, before it is read.
nj_program *nj_program_create(const nj_program_desc *desc);
void nj_program_destroy(nj_program *program);

// 0 for an empty domain: then nothing is stored, of any kind, but finish must still be called.
int64_t nj_program_tile_count(const nj_program *program);
size_t nj_program_scratch_bytes(const nj_program *program);   // for each thread, 64-byte aligned
size_t nj_program_partial_bytes(const nj_program *program);   // for each run, 64-byte aligned
// How a block lies: "rows" or "columns" one after the other. Chosen from the description alone.
const char *nj_program_block_order(const nj_program *program);
// Estimated nanoseconds for the whole domain, for deciding whether threads pay.
double nj_program_cost(const nj_program *program);

// Runs one tile; tiles may run in any order and at the same time.
void nj_program_run(const nj_program *program, int64_t tile, const nj_bindings *bindings, void *scratch);
// After all tiles: combines the partial results and writes the accumulators. An empty domain gives the neutral
// element (0, 1, -inf, +inf).
void nj_program_finish(const nj_program *program, const nj_bindings *bindings);

#endif
