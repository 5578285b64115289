// Asking for memory ahead of its use, a little at a time between other work.
//
// Kernels alternate between phases that sweep over memory and phases that multiply what is in the cache. Asked for
// during the second, the memory of the next sweep arrives while the arithmetic units are busy. Nothing depends on it:
// a wrong guess costs bandwidth, never a result.
#ifndef NJ_FETCH_H
#define NJ_FETCH_H

#include <stdbool.h>
#include <stdint.h>

enum { NJ_MOST_FETCHED = 12, NJ_LINE = 64 };

// Rows of `bytes`, `stride` apart: what is left of one, and how many come after it.
typedef struct nj_fetch_range {
    const char *at, *end;
    int64_t bytes, stride, rows;
    bool is_written;
} nj_fetch_range;

typedef struct nj_fetch {
    nj_fetch_range ranges[NJ_MOST_FETCHED];
    int32_t count, next;
    int64_t step;  // lines to ask for at a time
} nj_fetch;

static inline void nj_fetch_range_now(const char *at, const char *end, bool is_written) {
    // Into the second level: the first is full of what is computed now.
    if (is_written) {
        for (; at < end; at += NJ_LINE) __builtin_prefetch(at, 1, 2);
    } else {
        for (; at < end; at += NJ_LINE) __builtin_prefetch(at, 0, 2);
    }
}

static inline void nj_fetch_add_rows(nj_fetch *fetch, const char *at, int64_t bytes, int64_t stride, int64_t rows,
                                     bool is_written) {
    if (fetch->count == NJ_MOST_FETCHED || bytes <= 0 || rows <= 0) return;
    // Rows side by side are one.
    if (stride == bytes) bytes *= rows, rows = 1;
    fetch->ranges[fetch->count++] = (nj_fetch_range){at, at + bytes, bytes, stride, rows - 1, is_written};
}

static inline void nj_fetch_add(nj_fetch *fetch, const char *at, int64_t bytes, bool is_written) {
    nj_fetch_add_rows(fetch, at, bytes, 0, 1, is_written);
}

static inline int64_t nj_fetch_lines(const nj_fetch *fetch) {
    int64_t lines = 0;
    for (int32_t i = fetch->next; i < fetch->count; i++) {
        const nj_fetch_range *range = &fetch->ranges[i];
        lines += (range->end - range->at + range->rows * range->bytes + NJ_LINE - 1) / NJ_LINE;
    }
    return lines;
}

// Spreads what is to be fetched over so many calls of nj_fetch_some.
static inline void nj_fetch_spread(nj_fetch *fetch, int64_t calls) {
    fetch->step = calls > 0 ? (nj_fetch_lines(fetch) + calls - 1) / calls : 0;
}

static inline void nj_fetch_some(nj_fetch *fetch) {
    int64_t bytes = fetch->step * NJ_LINE;
    while (bytes > 0 && fetch->next < fetch->count) {
        nj_fetch_range *range = &fetch->ranges[fetch->next];
        const char *end = range->end - range->at > bytes ? range->at + bytes : range->end;
        nj_fetch_range_now(range->at, end, range->is_written);
        bytes -= end - range->at;
        range->at = end;
        if (end < range->end) continue;
        if (range->rows-- == 0) fetch->next++;
        range->at = range->end - range->bytes + range->stride;
        range->end = range->at + range->bytes;
    }
}

#endif
