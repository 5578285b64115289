// Sorting by keys: each entry becomes a whole number that orders as it should, next to its position. Short lines are
// sorted by insertion, long ones byte by byte from the lowest (a radix sort); both keep the order of equals.

#include <stdbool.h>
#include <string.h>

#include "routine.h"

typedef struct entry {
    uint64_t key;
    uint32_t position;
} entry;

enum {
    SHORT = 48,     // entries that insertion sorts faster
    FEW = 64,       // best entries that are kept sorted while the rest passes by
};

size_t nj_routine_sort_bytes(int64_t extent) { return (size_t)extent * 2 * sizeof(entry); }

// -0 counts as 0, and every NaN as the largest.
static uint64_t key_of(const char *at, uint8_t dtype) {
    if (dtype == NJ_I32) {
        int32_t x;
        memcpy(&x, at, 4);
        return (uint32_t)x ^ 0x80000000u;
    }
    if (dtype == NJ_F32) {
        float x;
        memcpy(&x, at, 4);
        if (x != x) return UINT32_MAX;
        if (x == 0) x = 0.0f;
        uint32_t bits;
        memcpy(&bits, &x, 4);
        return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    }
    double x;
    memcpy(&x, at, 8);
    if (x != x) return UINT64_MAX;
    if (x == 0) x = 0.0;
    uint64_t bits;
    memcpy(&bits, &x, 8);
    return bits >> 63 ? ~bits : bits | (UINT64_C(1) << 63);
}

static void insertion_sort(entry *list, int64_t n) {
    for (int64_t i = 1; i < n; i++) {
        entry next = list[i];
        int64_t j = i;
        for (; j > 0 && list[j - 1].key > next.key; j--) list[j] = list[j - 1];
        list[j] = next;
    }
}

// Between two of them it is asked whether the work is wanted: what is short is over before.
static int64_t end_of_stretch(int64_t begin, int64_t n) {
    return n - begin < NJ_ROUTINE_STRETCH ? n : begin + NJ_ROUTINE_STRETCH;
}

// Writes to each page once. A radix sort writes everywhere at once: where the memory is new, the system would clear all of
// it within the first stretch, and nobody could stop that.
static void meet_pages(entry *list, int64_t n) {
    for (int64_t i = 0; i < n; i += 4096 / (int64_t)sizeof(entry)) list[i].key = 0;
}

// Returns the one of the two lists in which the result lies; NULL where it is wanted no more.
static entry *radix_sort(entry *list, entry *other, int64_t n, int bytes, const nj_bindings *bindings) {
    for (int byte = 0; byte < bytes; byte++) {
        int64_t counts[256] = {0}, at = 0;
        int shift = 8 * byte;
        for (int64_t begin = 0; begin < n; begin += NJ_ROUTINE_STRETCH) {
            if (begin > 0 && nj_routine_is_cut(bindings)) return NULL;
            for (int64_t i = begin; i < end_of_stretch(begin, n); i++) counts[list[i].key >> shift & 255]++;
        }
        if (counts[list[0].key >> shift & 255] == n) continue;  // one value: nothing to do
        for (int value = 0; value < 256; value++) {
            int64_t some = counts[value];
            counts[value] = at;
            at += some;
        }
        for (int64_t begin = 0; begin < n; begin += NJ_ROUTINE_STRETCH) {
            if (begin > 0 && nj_routine_is_cut(bindings)) return NULL;
            for (int64_t i = begin; i < end_of_stretch(begin, n); i++)
                other[counts[list[i].key >> shift & 255]++] = list[i];
        }
        entry *swap = list;
        list = other;
        other = swap;
    }
    return list;
}

// The `count` smallest of a line, sorted, without sorting the rest. False where they are wanted no more.
static bool select_few(entry *best, int64_t count, const char *line, int64_t stride, const nj_routine *routine,
                       uint64_t flip, const nj_bindings *bindings) {
    int64_t held = 0;
    for (int64_t k = 0; k < routine->desc.extent; k++) {
        if (k % NJ_ROUTINE_STRETCH == NJ_ROUTINE_STRETCH - 1 && nj_routine_is_cut(bindings)) return false;
        entry next = {key_of(line + k * stride, routine->desc.dtype) ^ flip, (uint32_t)k};
        if (held == count && next.key >= best[held - 1].key) continue;
        int64_t j = held < count ? held++ : held - 1;
        for (; j > 0 && best[j - 1].key > next.key; j--) best[j] = best[j - 1];
        best[j] = next;
    }
    return true;
}

void nj_routine_argsort(const nj_routine *routine, int64_t first, int64_t count, const nj_bindings *bindings,
                        void *scratch) {
    const nj_routine_desc *d = &routine->desc;
    entry *list = scratch, *other = list + d->extent;
    // Complemented keys put the largest first and leave equals as they are.
    uint64_t flip = !d->backward ? 0 : d->dtype == NJ_F64 ? UINT64_MAX : UINT32_MAX;
    int64_t stride = d->inner * routine->width;
    if (d->count == 0) return;
    for (int64_t line = first; line < first + count; line++) {
        int64_t outer = line / d->inner, column = line % d->inner;
        const char *source = (const char *)bindings->buffers[d->source] + (outer * d->extent * d->inner + column) * routine->width;
        entry *sorted = list;
        if (d->extent > SHORT && d->count <= FEW) {
            if (!select_few(list, d->count, source, stride, routine, flip, bindings)) return;
        } else {
            for (int64_t begin = 0; begin < d->extent; begin += NJ_ROUTINE_STRETCH) {
                if (begin > 0 && nj_routine_is_cut(bindings)) return;
                for (int64_t k = begin; k < end_of_stretch(begin, d->extent); k++)
                    list[k] = (entry){key_of(source + k * stride, d->dtype) ^ flip, (uint32_t)k};
                if (d->extent > SHORT) meet_pages(other + begin, end_of_stretch(begin, d->extent) - begin);
            }
            if (d->extent <= SHORT) insertion_sort(list, d->extent);
            else sorted = radix_sort(list, other, d->extent, d->dtype == NJ_F64 ? 8 : 4, bindings);
            if (sorted == NULL) return;
        }
        int32_t *target = (int32_t *)bindings->buffers[d->target] + outer * d->count * d->inner + column;
        for (int64_t j = 0; j < d->count; j++) target[j * d->inner] = (int32_t)sorted[j].position;
    }
}
