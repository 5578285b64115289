// Arithmetic on sizes.
#ifndef NJ_CUT_H
#define NJ_CUT_H

#include <stdbool.h>
#include <stdint.h>

static inline int64_t nj_least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t nj_most(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t nj_parts(int64_t total, int64_t size) { return total <= size ? 1 : (total + size - 1) / size; }
static inline int64_t nj_round_up(int64_t x, int64_t unit) { return (x + unit - 1) / unit * unit; }
// Rounded toward minus infinity, plus infinity.
static inline int64_t nj_floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
static inline int64_t nj_ceil_div(int64_t a, int64_t b) { return -nj_floor_div(-a, b); }

// The range [*first, *first + *count) of part `index` when `total` is cut into `parts` nearly equal parts whose sizes
// are multiples of `unit` (except the last).
static inline void nj_cut(int64_t total, int64_t parts, int64_t unit, int64_t index, int64_t *first, int64_t *count) {
    int64_t units = (total + unit - 1) / unit;
    int64_t begin = units / parts * index + (index < units % parts ? index : units % parts);
    int64_t size = units / parts + (index < units % parts);
    int64_t end = (begin + size) * unit;
    *first = begin * unit;
    *count = (end < total ? end : total) - *first;
}

// Whether an image has so few elements that offsets cannot overflow.
static inline bool nj_is_image(int64_t n, int64_t h, int64_t w, int64_t c) {
    const int64_t limit = INT64_C(1) << 40;
    int64_t sizes[4] = {n, h, w, c}, product = 1;
    for (int i = 0; i < 4; i++) {
        if (sizes[i] < 0 || sizes[i] > limit || (sizes[i] > 0 && product > limit / sizes[i])) return false;
        product *= nj_most(sizes[i], 1);
    }
    return true;
}

// Whether a window can move along an axis.
static inline bool nj_is_window(int64_t kernel, int64_t stride, int64_t pad, int64_t dilation) {
    const int64_t limit = INT64_C(1) << 20;
    return kernel >= 1 && kernel <= limit && stride >= 1 && stride <= limit && pad >= 0 && pad <= limit &&
           dilation >= 1 && dilation <= limit;
}

#endif
