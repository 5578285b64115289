// Whether there is memory left, asked before somebody needs it who cannot be told that there is none.
#include <CProcess.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NJ_NO_RESERVE 1  // the sanitizer keeps what is freed, and would hold the reserve many times over
#endif
#endif

// More than the largest block that malloc ever takes from its heap: asking changes nothing in how it works.
static const size_t reserve = (size_t)40 << 20;
static const size_t piece = (size_t)64 << 10;

// Bytes that the system has, at most so many, in pieces, for a heap that has been used in small blocks: each piece holds
// the address of the one before.
static size_t in_pieces(size_t bytes) {
    void **last = NULL;
    size_t found = 0;
    while (found < bytes) {
        void *block = NULL;
        if (posix_memalign(&block, sizeof(void *), piece) != 0) break;
        *(void **)block = last;
        last = block;
        found += piece;
    }
    while (last != NULL) {
        void **before = *last;
        free(last);
        last = before;
    }
    return found;
}

// By posix_memalign: optimizers leave out a pair of malloc and free whose memory nobody uses, and take it to have worked.
static nj_room address_room(size_t bytes) {
    if (bytes > SIZE_MAX / 2) return NJ_ROOM_LOW;
    void *block = NULL;
#ifdef NJ_NO_RESERVE
    if (posix_memalign(&block, sizeof(void *), bytes + 1) != 0) return NJ_ROOM_LOW;
    free(block);
    return NJ_ROOM_ENOUGH;
#else
    if (posix_memalign(&block, sizeof(void *), bytes + reserve) == 0) {
        free(block);
        return NJ_ROOM_ENOUGH;
    }
    bool fits = bytes == 0 || posix_memalign(&block, sizeof(void *), bytes) == 0;
    size_t found = in_pieces(reserve);
    if (fits && bytes > 0) free(block);
    if (fits && found >= reserve) return NJ_ROOM_ENOUGH;
    return found >= reserve / 2 ? NJ_ROOM_LOW : NJ_ROOM_NONE;
#endif
}

nj_room nj_room_for(size_t bytes) {
    nj_room addresses = address_room(bytes);
    if (addresses == NJ_ROOM_NONE) return addresses;
    nj_room memory = nj_memory_room(bytes);
    return memory > addresses ? memory : addresses;
}
