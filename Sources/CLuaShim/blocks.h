// Memory for one Lua state.
//
// A script makes and drops millions of handles of a hundred bytes, and the collector frees them many at a time. The
// system's allocator would give the emptied pages back and take them again each time, which costs more than the
// recording itself. Small blocks are therefore cut from slabs, are kept in lists by size, and go when the state goes.
#ifndef NJL_BLOCKS_H
#define NJL_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#define NJL_BLOCK_STEP 16
#define NJL_BLOCK_CLASSES 16  // up to 256 bytes

typedef struct njl_blocks {
    void *free[NJL_BLOCK_CLASSES + 1];
    void *slabs;  // each begins with a pointer to the next
    char *next;
    size_t left;
    size_t taken;  // from the system, since it was last asked for a reserve
    bool refused;  // and there was none
} njl_blocks;

// As realloc, with the old size known; `new_size` is not 0. Null when memory runs out, never when shrinking.
void *njl_resize_block(njl_blocks *blocks, void *block, size_t old_size, size_t new_size);
// As free. `block` may be null.
void njl_give_block(njl_blocks *blocks, void *block, size_t size);
// An error of the host is raised, which may be that there was no memory for it.
void njl_host_was_refused(njl_blocks *blocks);
// Frees all slabs at once.
void njl_free_blocks(njl_blocks *blocks);

#endif
