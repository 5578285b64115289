// The table of kernels that one instruction set provides. Programs take the table when they are compiled.
#ifndef NJ_KERNEL_SET_H
#define NJ_KERNEL_SET_H

#include <stdbool.h>

#include "nj_region.h"

// Writes exactly n elements at d. Unused operands are NULL. d may be the same address as an operand.
typedef void (*nj_map_fn)(void *d, const void *a, const void *b, const void *c, int64_t n);
// Where the first element is that a map of ints, or to ints, can not hold; -1 where there is none. Arguments as a map's.
typedef int64_t (*nj_check_fn)(const void *a, const void *b, int64_t n);
// The same for sums (products) of rows, whose entries are `next` apart: a row, and its total.
typedef int64_t (*nj_check_row_fn)(const int32_t *a, int64_t rows, int64_t cols, int64_t stride, int64_t next,
                                   int64_t *total);
// Memory to register or back: n elements, `stride` elements apart in memory.
typedef void (*nj_move_fn)(void *d, const void *a, int64_t stride, int64_t n);
// FULL [rows, cols], dense, to COL [rows]. In whichever order the block lies: there are kernels for each.
typedef void (*nj_row_fn)(void *d, const void *a, int64_t rows, int64_t cols);
// COL [rows] to FULL [rows, cols]; may write up to 64 bytes past the end of d.
typedef void (*nj_expand_fn)(void *d, const void *a, int64_t rows, int64_t cols);
// Adds a dense block [rows, cols] to one partial result a column; nj_row_fn's arguments otherwise.
// Partial results are doubles for floating types and int64_t for ints.
typedef void (*nj_accumulate_fn)(void *partial, const void *a, int64_t rows, int64_t cols);
// Adds a block to what moments.h keeps for each result.
typedef void (*nj_moments_fn)(double *partial, int64_t stride, const void *a, int64_t rows, int64_t cols);
typedef void (*nj_dot_fn)(void *partial, const void *a, const void *b, int64_t rows, int64_t cols);
// Elements `first ..< first + n` of the stream `key`.
typedef void (*nj_random_fn)(void *d, uint64_t key, uint64_t first, int64_t n);
// C [rows, strip] = or += sum over the segments of A [rows, k] * panel [k, strip]. A strip is NJ_STRIP_BYTES wide.
// Strides are in elements. A packed A has one segment and no strides of its own: it holds one group of rows after
// another, each [k][rows of the group].
typedef struct nj_strip_job {
    int64_t rows, k, segments;
    const void *a;
    int64_t a_row_stride, a_k_stride, a_segment_stride;
    const void *panel;
    int64_t panel_stride, panel_segment_stride;
    void *c;
    int64_t c_stride;
    bool a_packed, accumulate;
} nj_strip_job;
typedef void (*nj_strip_fn)(const nj_strip_job *job);
// Rows that the strip kernel takes in one step when `rows` remain.
typedef int64_t (*nj_group_fn)(int64_t rows);
// to[p * to_stride + j] = from[j * from_stride + p] for p < k, j < cols.
typedef void (*nj_transpose_fn)(void *to, int64_t to_stride, const void *from, int64_t from_stride, int64_t k,
                                int64_t cols);

// A window of pooling: `rows` x `cols` positions that lie in the image, all channels. Strides are in elements.
typedef struct nj_pool_job {
    int64_t rows, cols, channels;
    const void *x;                    // first position of the window
    int64_t x_row_stride, x_col_stride;
    const void *dy;
    void *result;                     // of the window (forward), or the gradient of its first position
    int64_t result_row_stride, result_col_stride;
    int64_t first_row, end_row;       // rows of the window whose gradient is wanted
    double divisor;
} nj_pool_job;
typedef void (*nj_pool_fn)(const nj_pool_job *job);

// Transforms of Winograd's algorithms, for `count` tiles of `channels` channels (a multiple of 16). Row i and column j
// of a tile lie i * row + j * col elements from where the tile begins, which `at` lists or `next` spaces out. Where
// `rows` and `cols` are given, only so many rows and columns of a result are written.
typedef struct nj_transform_job {
    int64_t count, channels;
    const float *from;
    const int64_t *from_at;
    int64_t from_next, from_row, from_col;
    float *to;
    const int64_t *to_at;
    int64_t to_next, to_row, to_col;
    const uint8_t *rows, *cols;
} nj_transform_job;
typedef void (*nj_transform_fn)(const nj_transform_job *job);
enum {
    NJ_TRANSFORM_INPUT,     // of the source
    NJ_TRANSFORM_OUTPUT,    // of the products, to the result
    NJ_TRANSFORM_GRADIENT,  // of the result's gradient
    NJ_TRANSFORM_WEIGHTS,
    NJ_TRANSFORM_BACK,      // of the products, to the gradient of the weights
    NJ_TRANSFORMS,
};
enum {
    NJ_WINOGRAD_6_3,
    NJ_WINOGRAD_4_3,
    NJ_WINOGRAD_2_3,
    NJ_WINOGRAD_4_5,
    NJ_WINOGRAD_BORDERED_2_3,
    NJ_WINOGRAD_STRIDED_4_3,  // a stride of 2
    NJ_WINOGRAD_SPREAD_4_3,   // the gradient for the image of that
    NJ_WINOGRAD_VARIANTS
};
// A tile that is short along an axis has fewer results there. In this order those with full rows follow each other, and
// so do those with full columns.
enum { NJ_TILE_SHORT_COLS, NJ_TILE_FULL, NJ_TILE_SHORT_ROWS, NJ_TILE_SHORT, NJ_TILE_SHAPES };

#define NJ_STRIP_BYTES 64
#define NJ_OP_COUNT 128
// Which operands of a map are single values: bit 0 for a, bit 1 for b, bit 2 for c.
#define NJ_FORMS 8
// How the values of a FULL register follow each other: row after row, or column after column.
typedef enum nj_order { NJ_BY_ROWS, NJ_BY_COLUMNS, NJ_ORDERS } nj_order;
// Operations that come in pairs: `second(first(a, b), c)`. RSUB and RDIV are `c - first` and `c / first`.
enum {
    NJ_PAIR_ADD, NJ_PAIR_SUB, NJ_PAIR_RSUB, NJ_PAIR_MUL, NJ_PAIR_DIV, NJ_PAIR_RDIV, NJ_PAIR_SQUARE, NJ_PAIR_SQRT,
    NJ_PAIR_EXP, NJ_PAIR_LOG, NJ_PAIR_RELU, NJ_PAIRS,
};

typedef struct nj_kernel_set {
    const char *name;
    nj_map_fn map[NJ_OP_COUNT][3][NJ_FORMS];  // by operation, computing type, form; NULL where there is none
    nj_map_fn pair[NJ_PAIRS][NJ_PAIRS][NJ_FORMS];  // float32, by first and second operation; NULL where there is none
    nj_map_fn cast[3][3];                     // by source and destination
    nj_map_fn splat[3];                       // d[i] = a[0]
    nj_check_fn check[NJ_OP_COUNT][NJ_FORMS]; // of ints, by operation and form; NULL where nothing can be wrong
    nj_check_fn check_cast[3], check_narrow[3];  // by source
    nj_check_row_fn check_row[2];             // sum, prod
    nj_move_fn load[5][3], store[3][5];       // by source and destination
    // By the order of the block (nj_order), then sum, prod, max, min; or argmax, argmin, where d is int.
    nj_row_fn row[NJ_ORDERS][4][3], row_arg[NJ_ORDERS][2][3];
    nj_accumulate_fn cols[NJ_ORDERS][4][3];
    nj_dot_fn cols_dot[NJ_ORDERS];            // float
    nj_accumulate_fn all[4][3];               // given rows = 1
    nj_moments_fn cols_moments[NJ_ORDERS][2], all_moments[2];  // float, double
    nj_expand_fn expand[3];                   // row after row
    nj_random_fn uniform[2], normal[2];       // float, double
    nj_strip_fn strip[2];
    nj_group_fn group[2];
    nj_transpose_fn transpose[2];
    nj_transform_fn transform[NJ_WINOGRAD_VARIANTS][NJ_TRANSFORMS][NJ_TILE_SHAPES];  // weights: NJ_TILE_FULL
    nj_pool_fn pool[5][2];                    // by nj_pool_kind
} nj_kernel_set;

// The set for programs created on this thread.
const nj_kernel_set *nj_kernel_set_current(void);

extern const nj_kernel_set nj_kernel_set_baseline;
#if defined(__x86_64__)
extern const nj_kernel_set nj_kernel_set_avx2, nj_kernel_set_avx512;
#endif

#endif
