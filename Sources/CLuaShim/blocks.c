#include "blocks.h"
#include <CProcess.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NJL_EVERY_BLOCK_ITS_OWN 1  // so that the sanitizer sees each of them
#endif
#endif

static const size_t slab_bytes = (size_t)1 << 16;

// What Swift needs for a script's handles is small, and ends the process where it is not there. So with every megabyte
// that comes from the system something more must be left.
static bool keeps_reserve(njl_blocks *blocks, size_t bytes) {
    const size_t megabyte = (size_t)1 << 20;
    blocks->taken += bytes;
    if (blocks->taken < megabyte) return true;
    // A block that is large is asked for itself, since the system may give what it does not have.
    nj_room room = nj_room_for(bytes < megabyte ? 0 : bytes);
    // Lua collects and asks once more before it raises. A script that was refused then may use a little, to say so and to
    // clean up.
    bool again = blocks->refused;
    blocks->refused = room != NJ_ROOM_ENOUGH && !again;
    if (room == NJ_ROOM_ENOUGH || (room == NJ_ROOM_LOW && again)) blocks->taken = 0;
    return room == NJ_ROOM_ENOUGH;
}

// The host was refused memory and says so: what Lua needs for that is not refused in its turn, while there is some left.
void njl_host_was_refused(njl_blocks *blocks) {
    if (blocks->taken >= (size_t)1 << 19 && nj_room_for(0) != NJ_ROOM_NONE) blocks->taken = 0;
}

static bool is_small(size_t size) {
#ifdef NJL_EVERY_BLOCK_ITS_OWN
    (void)size;
    return false;
#else
    return size != 0 && size <= NJL_BLOCK_CLASSES * NJL_BLOCK_STEP;
#endif
}

static size_t class_of(size_t size) { return (size + NJL_BLOCK_STEP - 1) / NJL_BLOCK_STEP; }

static void *take_small(njl_blocks *blocks, size_t class) {
    void *block = blocks->free[class];
    if (block != NULL) {
        memcpy(&blocks->free[class], block, sizeof(void *));
        return block;
    }
    size_t size = class * NJL_BLOCK_STEP;
    if (blocks->left < size) {
        char *slab = keeps_reserve(blocks, slab_bytes) ? malloc(slab_bytes) : NULL;
        if (slab == NULL) return NULL;
        memcpy(slab, &blocks->slabs, sizeof(void *));
        blocks->slabs = slab;
        blocks->next = slab + NJL_BLOCK_STEP;
        blocks->left = slab_bytes - NJL_BLOCK_STEP;
    }
    block = blocks->next;
    blocks->next += size;
    blocks->left -= size;
    return block;
}

static void give_small(njl_blocks *blocks, void *block, size_t class) {
    memcpy(block, &blocks->free[class], sizeof(void *));
    blocks->free[class] = block;
}

void njl_give_block(njl_blocks *blocks, void *block, size_t size) {
    if (block == NULL) return;
    if (is_small(size)) {
        give_small(blocks, block, class_of(size));
    } else {
        free(block);
    }
}

void *njl_resize_block(njl_blocks *blocks, void *block, size_t old_size, size_t new_size) {
    bool was_small = block != NULL && is_small(old_size), becomes_small = is_small(new_size);
    if (!was_small && !becomes_small) {
        if (new_size == 0) return NULL;  // realloc would free
        if (new_size > old_size && !keeps_reserve(blocks, new_size - (block == NULL ? 0 : old_size))) return NULL;
        void *result = realloc(block, new_size);
        return result == NULL && new_size <= old_size ? block : result;
    }
    if (was_small && becomes_small && class_of(old_size) == class_of(new_size)) return block;
    void *result = NULL;
    if (becomes_small) {
        result = take_small(blocks, class_of(new_size));
    } else if (new_size <= old_size || keeps_reserve(blocks, new_size)) {
        result = malloc(new_size);
    }
    if (result == NULL) {
        // A block may be larger than its size says: it then serves as one of that size from now on.
        return block != NULL && new_size <= old_size ? block : NULL;
    }
    if (block != NULL) {
        memcpy(result, block, old_size < new_size ? old_size : new_size);
        njl_give_block(blocks, block, old_size);
    }
    return result;
}

void njl_free_blocks(njl_blocks *blocks) {
    while (blocks->slabs != NULL) {
        void *slab = blocks->slabs;
        memcpy(&blocks->slabs, slab, sizeof(void *));
        free(slab);
    }
    memset(blocks, 0, sizeof *blocks);
}
