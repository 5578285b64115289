// Arithmetic of whole numbers that stops at the ends of its range.
#ifndef NJ_WHOLE_H
#define NJ_WHOLE_H

#include <stdbool.h>
#include <stdint.h>

// x * y, or the end of int64 on its side: no factor but 0 leads back from there, so a product is out of int32's range at
// the end if and only if it is here.
static inline __attribute__((unused)) int64_t nj_product_held(int64_t x, int64_t y) {
    int64_t product;
    if (!__builtin_mul_overflow(x, y, &product)) return product;
    return (x < 0) != (y < 0) ? INT64_MIN : INT64_MAX;
}

static inline __attribute__((unused)) bool nj_fits_i32(int64_t x) { return x >= INT32_MIN && x <= INT32_MAX; }

#endif
