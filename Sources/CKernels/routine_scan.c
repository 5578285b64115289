// Running sums. A long line is cut into parts: the first phase sums each part, the second adds up the sums of the
// parts before and goes on from there.

#include "routine.h"
#include "whole.h"

// Sums the rows first ..< last of a stretch of columns in the order of the walk, from `total` on. Where `d` is given,
// each row is written as well. Returns where a sum stands that the type does not hold, -1 where there is none.
#define NJ_SCAN(name, T, A, STORE, FITS)                                                                 \
    static int64_t name(const T *s, T *d, int64_t first, int64_t last, int64_t inner, int64_t columns,      \
                        int backward, A *total) {                                                        \
        int64_t beyond = -1;                                                                             \
        for (int64_t step = 0; step < last - first; step++) {                                            \
            int64_t at = (backward ? last - 1 - step : first + step) * inner;                            \
            for (int64_t i = 0; i < columns; i++) {                                                      \
                total[i] += s[at + i];                                                                   \
                if (d) d[at + i] = STORE(total[i]);                                                      \
                if (d && beyond < 0 && !FITS(total[i])) beyond = at + i;                                 \
            }                                                                                            \
        }                                                                                                \
        return beyond;                                                                                   \
    }
#define NJ_AS_FLOAT(x) ((float)(x))
#define NJ_AS_DOUBLE(x) (x)
#define NJ_AS_INT(x) ((int32_t)(uint32_t)(uint64_t)(x))
#define NJ_ALWAYS(x) ((void)(x), 1)
NJ_SCAN(scan_f32, float, double, NJ_AS_FLOAT, NJ_ALWAYS)
NJ_SCAN(scan_f64, double, double, NJ_AS_DOUBLE, NJ_ALWAYS)
NJ_SCAN(scan_i32, int32_t, int64_t, NJ_AS_INT, nj_fits_i32)

typedef union total {
    double number[NJ_ROUTINE_COLUMNS];
    int64_t whole[NJ_ROUTINE_COLUMNS];
} total;

static int64_t scan(const nj_routine *routine, const char *source, char *target, int64_t at, int64_t first, int64_t last,
                 int64_t columns, total *sums) {
    const nj_routine_desc *d = &routine->desc;
    const char *s = source + at * routine->width;
    char *t = target ? target + at * routine->width : NULL;
    switch (d->dtype) {
        case NJ_F32:
            return scan_f32((const float *)(const void *)s, (float *)(void *)t, first, last, d->inner, columns,
                            d->backward, sums->number);
        case NJ_F64:
            return scan_f64((const double *)(const void *)s, (double *)(void *)t, first, last, d->inner, columns,
                            d->backward, sums->number);
        default:
            return scan_i32((const int32_t *)(const void *)s, (int32_t *)(void *)t, first, last, d->inner, columns,
                            d->backward, sums->whole);
    }
}

// The running sum of whole numbers at `beyond`, which its type does not hold.
static int64_t sum_at(const nj_routine *routine, const char *source, const total *before, int64_t low, int64_t high,
                      int64_t beyond) {
    const nj_routine_desc *d = &routine->desc;
    const int32_t *s = (const int32_t *)(const void *)source;
    int64_t row = beyond / d->inner, column = beyond % d->inner, sum = before->whole[column];
    if (d->backward) {
        for (int64_t j = high - 1; j >= row; j--) sum += s[j * d->inner + column];
    } else {
        for (int64_t j = low; j <= row; j++) sum += s[j * d->inner + column];
    }
    return sum;
}

void nj_routine_cumsum(const nj_routine *routine, int32_t phase, int64_t first, int64_t count,
                       const nj_bindings *bindings, nj_fault *fault) {
    const nj_routine_desc *d = &routine->desc;
    const char *source = bindings->buffers[d->source];
    char *target = phase == 0 ? NULL : bindings->buffers[d->target];
    for (int64_t unit = first; unit < first + count; unit++) {
        int64_t block = unit % routine->column_blocks, part = unit / routine->column_blocks % routine->parts;
        int64_t outer = unit / routine->column_blocks / routine->parts, column = block * NJ_ROUTINE_COLUMNS;
        int64_t columns = d->inner - column < NJ_ROUTINE_COLUMNS ? d->inner - column : NJ_ROUTINE_COLUMNS;
        int64_t low = d->extent * part / routine->parts, high = d->extent * (part + 1) / routine->parts;
        total sums = {{0}};
        // Both members of the union have the same size, so the sums of parts can lie in one list of either.
        total *parts = bindings->partials;
        double *numbers = (double *)(void *)parts;
        int64_t *wholes = (int64_t *)(void *)parts;
        int64_t step = d->inner, base = outer * routine->parts * step + column;
        if (phase == 1 && routine->parts > 1) {
            for (int64_t k = 0; k < routine->parts; k++) {
                int64_t before = d->backward ? routine->parts - 1 - k : k;
                if (before == part) break;
                for (int64_t i = 0; i < columns; i++) {
                    if (d->dtype == NJ_I32) sums.whole[i] += wholes[base + before * step + i];
                    else sums.number[i] += numbers[base + before * step + i];
                }
            }
        }
        int64_t at = outer * d->extent * d->inner + column;
        total before = sums;
        int64_t beyond = scan(routine, source, target, at, low, high, columns, &sums);
        if (beyond >= 0 && fault) {
            nj_routine_report(fault, &(nj_fault){.code = NJ_FAULT_RANGE, .tag = d->tag, .position = at + beyond,
                                                 .value = sum_at(routine, source + at * 4, &before, low, high, beyond)});
        }
        if (phase == 1) continue;
        for (int64_t i = 0; i < columns; i++) {
            if (d->dtype == NJ_I32) wholes[base + part * step + i] = sums.whole[i];
            else numbers[base + part * step + i] = sums.number[i];
        }
    }
}
