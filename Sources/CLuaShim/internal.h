// What the files of the shim share.
#ifndef NJL_INTERNAL_H
#define NJL_INTERNAL_H

#include "CLuaShim.h"
#include "blocks.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <string.h>

#define NJL_LINES 256
#define NJL_TYPES 64
#define NJL_MAX_ARGUMENTS 32
#define NJL_MAX_DEPTH 32
#define NJL_MAX_TOKENS ((size_t)1 << 25)  // of one table: a gigabyte

// What holds by construction, put to the test where the shim is built for that, and told to the static analyser.
#if defined(NJL_CHECKED) || defined(__clang_analyzer__)
#include <assert.h>
#define NJL_ASSERT(condition) assert(condition)
#else
#define NJL_ASSERT(condition) ((void)0)
#endif

typedef struct njl_line {
    const void *pc;
    int32_t place;
} njl_line;

struct njl_state {
    lua_State *main;
    lua_State *running;  // the thread whose call reached Swift
    lua_State *volatile thread;  // the thread that runs, for a hook that stops it
    njl_callbacks calls;
    // Identity of metatables, and registry references to them.
    const void *lazy_identity, *owned_identity, *object_identity[NJL_TYPES];
    int lazy, owned, anchor, objects[NJL_TYPES], object_methods[NJL_TYPES];
    int methods, nj, internal, base, pending, current_anchor, environment_meta, trusted_meta, names;
    const njl_anchor *current;  // the anchor that boxes share now, or null
    int anchor_uses;            // boxes that may still share it
    int32_t missing;
    lua_Integer named[LUA_NUMTYPES];  // objects of each type that have a number; see names.c
    bool trusted;
    bool bare;  // the standard library as it is: for tests that compare
    // Lines.
    bool uses_pc;
    njl_line lines[NJL_LINES];
    // Memory.
    njl_blocks blocks;
    size_t used, limit, charged, full_at;
    int64_t allocations, fail_after;
    bool has_fault, met_fault;
    // Calls of the Lua API that can raise; see faults.h.
    int64_t calls_left;
    bool has_call_fault;
    // Limits.
    int64_t budget;
    bool has_budget;
    volatile bool dead;
    bool stopped;  // dead for good
    int64_t since;  // when a stop found the script in a step; 0: not yet
    int32_t depth;  // protected calls that are going
    int32_t step_depth;
    uint32_t step;  // the step during which step_depth was noted
    const char *reason;
    njl_ending met_limit;
    int32_t part_deadline;  // its number, or -1
    // Limits of the run; see limits.c.
    int64_t run_budget;
    bool has_run_budget;
    int64_t busy_since;  // microseconds of the thread's time up to which work is counted
    size_t run_limit;
    int32_t deadline;  // its number, or -1
    volatile bool is_late;
    volatile int64_t late_since;
    int64_t patience_ms;  // how long a call may go on then, or 0
    njl_ending run_ending;
    char *run_reasons[NJL_ENDINGS];
    bool is_run_refused;  // whether memory was refused last for the run's limit
    char memory_place[LUA_IDSIZE + 24];  // the line that was refused memory last: "mine.lua:7: "
};

static inline njl_state *njl_of(lua_State *L) { return *(njl_state **)lua_getextraspace(L); }

void njl_count_call(lua_State *L, njl_state *state);
#include "faults.h"

// The identity of the metatable of the value at an index, or null. Needs one free slot; never raises.
static inline const void *njl_identity(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return NULL;
    const void *identity = lua_topointer(L, -1);
    lua_pop(L, 1);
    return identity;
}

// The box of a userdata that is a tensor, or null.
static inline njl_box *njl_userdata_box(lua_State *L, njl_state *state, int index) {
    const void *identity = njl_identity(L, index);
    if (identity != state->lazy_identity && identity != state->owned_identity) return NULL;
    return lua_touserdata(L, index);
}

static inline njl_box *njl_to_box(lua_State *L, njl_state *state, int index) {
    return lua_type(L, index) == LUA_TUSERDATA ? njl_userdata_box(L, state, index) : NULL;
}

// The box behind a value that was read as a tensor, to be changed by the shim.
static inline njl_box *njl_own_box(const njl_value *value) { return (njl_box *)(uintptr_t)njl_value_box(value); }

// All below are called only where Lua errors are caught, with no Swift frame above.
int32_t njl_place(lua_State *L);
int njl_error(lua_State *L, const char *message, int number);
void njl_flush_lines(njl_state *state);
void njl_probe_lines(lua_State *L);
int njl_traceback(lua_State *L);
void njl_read(lua_State *L, njl_state *state, int index, bool raw, njl_value *out);
const njl_value *njl_push(lua_State *L, njl_state *state, const njl_value *value);
void njl_push_results(lua_State *L, njl_state *state, const njl_results *results);
int njl_raise(lua_State *L, njl_state *state, int32_t status, const njl_results *results);
void njl_make_box(lua_State *L, njl_state *state, njl_box **out);
void njl_anchor_box(lua_State *L, njl_state *state, njl_box *box, const njl_row *row, int32_t place);
void njl_settle_box(lua_State *L, njl_state *state, int index, njl_box *box);
void njl_settle(lua_State *L, njl_state *state, int index, const njl_value *value);
void njl_pay(lua_State *L, njl_state *state);
void njl_make_tensor_tables(lua_State *L, njl_state *state);
void njl_make_strict(lua_State *L, const char *what);
void njl_make_guards(lua_State *L, njl_state *state);
int njl_find(lua_State *L);
int njl_match(lua_State *L);
int njl_gmatch(lua_State *L);
int njl_gsub(lua_State *L);
int njl_rep(lua_State *L);
int njl_concat(lua_State *L);
int njl_unpack(lua_State *L);
int njl_insert(lua_State *L);
int njl_remove(lua_State *L);
int njl_sort(lua_State *L);
int njl_move(lua_State *L);
void njl_on_stop(void *context);
void njl_charge_steps(lua_State *L, int64_t steps);
void njl_use(njl_state *state, int64_t steps);
bool njl_counts(const njl_state *state);
void njl_count_from_here(njl_state *state);
void njl_use_memory(njl_state *state, size_t bytes);
void njl_arm(lua_State *L, njl_state *state);
void njl_end_limits(njl_state *state);
bool njl_is_limited(const njl_state *state);
void njl_note_memory_place(njl_state *state);
bool njl_may_grow(njl_state *state, size_t bytes);
bool njl_is_fatal(njl_state *state, int status);
void njl_note_ending(njl_state *state, int status);
bool njl_is_internal(const lua_Debug *frame);
void njl_make_environment_tables(lua_State *L, njl_state *state);
void njl_push_environment(lua_State *L, njl_state *state, bool is_trusted);
void njl_push_missing(lua_State *L, const char *what);
void njl_push_proxy(lua_State *L, int index);
bool njl_push_behind(lua_State *L, int index);
void njl_set_reading_guards(lua_State *L);
void njl_set_sealing(lua_State *L);
void njl_make_names(lua_State *L, njl_state *state);
const char *njl_tolstring(lua_State *L, int index, size_t *length);
int njl_tostring(lua_State *L);
void njl_name_arguments(lua_State *L);
int njl_dispatch(lua_State *L);
int32_t njl_protect(njl_state *state, lua_CFunction function, void *argument, void *receiver);
void njl_check_dead(lua_State *L, njl_state *state);
bool njl_is_memory_limit(njl_state *state, int status);

#endif
