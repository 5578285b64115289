// The state: its allocator, its tables, and when the collector runs.
#include "internal.h"
#include <CProcess.h>
#include <stdlib.h>

const char *njl_release(void) { return lua_ident; }

// Other threads may ask how much it is.
static void count(njl_state *state, size_t used) { __atomic_store_n(&state->used, used, __ATOMIC_RELAXED); }

// Counts, limits, and fails where a test asks for it. Shrinking never fails, as Lua requires.
static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
    njl_state *state = context;
    if (block == NULL) old_size = 0;
    if (new_size == 0) {
        count(state, state->used - old_size);
        njl_give_block(&state->blocks, block, old_size);
        return NULL;
    }
    if (new_size > old_size) {
        state->allocations += 1;
        if (state->has_fault) {
            if (state->fail_after == 0) {
                state->met_fault = true;
                return NULL;
            }
            state->fail_after -= 1;
        }
        if ((state->limit | state->run_limit) != 0 && !njl_may_grow(state, new_size - old_size)) return NULL;
        njl_use_memory(state, new_size);
    }
    void *result = njl_resize_block(&state->blocks, block, old_size, new_size);
    if (result == NULL) {
        state->is_run_refused = false;
        // While the state itself is made, there is no thread to ask.
        if (state->thread != NULL) njl_note_memory_place(state);
        return NULL;
    }
    count(state, state->used - old_size + new_size);
    return result;
}

njl_state *njl_open(const njl_callbacks *callbacks) {
    njl_state *state = calloc(1, sizeof *state);
    if (state == NULL) return NULL;
    state->calls = *callbacks;
    state->missing = -1;
    state->deadline = state->part_deadline = -1;
    lua_State *L = lua_newstate(allocate, state);
    if (L == NULL) {
        njl_free_blocks(&state->blocks);
        free(state);
        return NULL;
    }
    state->main = state->running = state->thread = L;
    *(njl_state **)lua_getextraspace(L) = state;
    nj_stop_listen(njl_on_stop, state);
    return state;
}

void njl_close(njl_state *state) {
    nj_stop_unlisten(state);
    njl_end_limits(state);
    // Finalisers of trusted scripts may still run, and find nothing to call.
    state->dead = true;
    state->reason = "the script has ended";
    lua_sethook(state->main, NULL, 0, 0);
    lua_close(state->main);
    njl_free_blocks(&state->blocks);
    free(state);
}

static int slot(lua_State *L) {
    lua_pushboolean(L, 0);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

struct prepare { int32_t trusted; };

static int prepare(lua_State *L) {
    njl_state *state = njl_of(L);
    const struct prepare *options = lua_touserdata(L, 1);
    state->trusted = options->trusted != 0;
    state->bare = options->trusted == 2;
    lua_gc(L, LUA_GCGEN, 0, 0);
    luaL_openlibs(L);
    state->pending = slot(L);
    state->current_anchor = slot(L);
    lua_newtable(L);
    state->methods = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    state->nj = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    state->internal = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    state->base = luaL_ref(L, LUA_REGISTRYINDEX);
    njl_make_names(L, state);
    njl_make_tensor_tables(L, state);
    njl_make_guards(L, state);
    njl_make_environment_tables(L, state);
    njl_probe_lines(L);
    return 0;
}

int32_t njl_prepare(njl_state *state, int32_t trusted, void *receiver) {
    struct prepare options = {trusted};
    return njl_protect(state, prepare, &options, receiver);
}

// ---- Memory -----------------------------------------------------------------------------------------------------------

void njl_charge(njl_state *state, size_t bytes) { state->charged += bytes; }
size_t njl_lua_bytes(const njl_state *state) { return __atomic_load_n(&state->used, __ATOMIC_RELAXED); }
int64_t njl_allocation_count(const njl_state *state) { return state->allocations; }

void njl_fail_allocation(njl_state *state, int64_t after) {
    state->has_fault = after >= 0;
    state->fail_after = after;
}

bool njl_met_fault(njl_state *state) {
    bool met = state->met_fault;
    state->met_fault = false;
    return met;
}

void njl_fail_call(njl_state *state, int64_t after) {
    state->has_call_fault = after >= 0;
    state->calls_left = after;
}

void njl_count_call(lua_State *L, njl_state *state) {
    if (state->calls_left-- > 0) return;
    state->has_call_fault = false;
    state->met_fault = true;
    luaL_error(L, "injected fault");
}

// Native bytes at which all is collected, where so many live now: half of the way to a limit of the run at the latest.
static size_t full_collection_at(const njl_state *state, size_t live) {
    const size_t least = (size_t)64 << 20;
    size_t at = 2 * live > least ? 2 * live : least;
    if (state->run_limit > live && at - live > (state->run_limit - live) / 2) at = live + (state->run_limit - live) / 2;
    return at;
}

// A step of the collector for each megabyte of native memory; a full collection once twice as much lives as after the
// last one, because young collections never find what has grown old. Where Lua's own heap is large, a step costs in
// proportion to it, and so each native byte counts for less: millions of small tensors in one table, which every young
// collection goes through, else take most of the time.
void njl_pay(lua_State *L, njl_state *state) {
    const size_t megabyte = (size_t)1 << 20;
    if (state->charged < megabyte) return;
    size_t kilobytes = state->charged >> 10;
    state->charged = 0;
    size_t live = state->calls.live(state->calls.context);
    if (state->full_at == 0) state->full_at = full_collection_at(state, 0);
    if (live > state->full_at) {
        lua_gc(L, LUA_GCCOLLECT);
        state->full_at = full_collection_at(state, state->calls.live(state->calls.context));
    } else {
        const size_t large = 64 * megabyte;
        if (state->used > large) kilobytes = kilobytes / (state->used / megabyte) * (large / megabyte) + 1;
        lua_gc(L, LUA_GCSTEP, (int)(kilobytes < 1 << 20 ? kilobytes : 1 << 20));
    }
}

static int collect(lua_State *L) {
    lua_gc(L, LUA_GCCOLLECT);
    return 0;
}

void njl_collect(njl_state *state) { njl_protect(state, collect, NULL, NULL); }

void njl_drop_anchor(njl_state *state) {
    lua_State *L = state->running;
    if (!lua_checkstack(L, 2) || state->current == NULL) return;
    state->current = NULL;
    lua_pushboolean(L, 0);
    (lua_rawseti)(L, LUA_REGISTRYINDEX, state->current_anchor);  // the slot exists: nothing is allocated
}
