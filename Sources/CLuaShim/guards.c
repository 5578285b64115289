// Versions of standard functions that a script cannot use to outlive its limits, and the limits.
//
// With a count hook set, Lua slows down about twice, so none is set in normal running. A state that has spent its
// budget is dead: the hook raises again at the next instruction wherever the script goes, and the functions here that
// catch errors pass that one on. So it is with a stop that was asked for (CProcess): the signal sets the hook.
#include "internal.h"
#include <CProcess.h>
#include <math.h>

static const int64_t hook_interval = 1000;

static void die(njl_state *state, njl_ending limit, const char *reason) {
    state->dead = true;
    state->met_limit = limit;
    if (state->reason == NULL) state->reason = reason;
}

static void die_of_instructions(njl_state *state) {
    die(state, NJL_OUT_OF_INSTRUCTIONS, "the script used up its instructions");
}

// How long scripts may go on in one call of a training step that is to be finished.
static const int64_t grace_ms = 500;

static void stop(njl_state *state) {
    state->dead = state->stopped = true;
    state->reason = "interrupted";
}

static void consider_stop(njl_state *state) {
    if (state->dead || !nj_stop_asked()) return;
    if (nj_stop_due()) {
        stop(state);
        return;
    }
    int64_t now = nj_clock_ms();
    if (state->since == 0) {
        state->since = now;
    } else if (now - state->since > grace_ms) {
        stop(state);
    }
}

static void on_hook(lua_State *L, lua_Debug *frame) {
    njl_state *state = njl_of(L);
    consider_stop(state);
    if (!state->dead && state->has_budget && frame->event == LUA_HOOKCOUNT) {
        state->budget -= hook_interval;
        if (state->budget <= 0) die_of_instructions(state);
    }
    if (!state->dead) return;
    lua_sethook(L, on_hook, LUA_MASKCALL | LUA_MASKCOUNT, 1);
    // Level 0: a hook runs in the frame of the function that it interrupts.
    luaL_where(L, 0);
    lua_pushstring(L, state->reason != NULL ? state->reason : "stopped");
    lua_concat(L, 2);
    lua_error(L);
}

static void arm(lua_State *L, njl_state *state) {
    if (state->dead || nj_stop_due()) {
        lua_sethook(L, on_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
    } else if (nj_stop_asked()) {
        lua_sethook(L, on_hook, LUA_MASKCALL | LUA_MASKCOUNT, (int)hook_interval);
    } else if (state->has_budget) {
        lua_sethook(L, on_hook, LUA_MASKCOUNT, (int)hook_interval);
    } else if (lua_gethook(L) == on_hook) {
        lua_sethook(L, NULL, 0, 0);
    }
}

// Inside the signal, on the thread that runs this state.
void njl_on_stop(void *context) {
    njl_state *state = context;
    arm(state->thread, state);
}

void njl_limit_instructions(njl_state *state, int64_t count) {
    // A stop that was asked for outlives every limit.
    state->dead = state->stopped;
    state->reason = state->stopped ? state->reason : NULL;
    state->met_limit = NJL_NO_LIMIT_MET;
    state->has_budget = count > 0;
    state->budget = count;
    arm(state->running, state);
}

void njl_interrupt(njl_state *state, const char *reason) {
    state->reason = reason;
    state->dead = state->stopped = true;
    lua_sethook(state->thread, on_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

void njl_go_on(njl_state *state) {
    if (state->depth > 0) return;
    state->dead = state->stopped = false;
    state->reason = NULL;
    state->since = 0;
    state->met_limit = NJL_NO_LIMIT_MET;
    arm(state->main, state);
}

void njl_spend(njl_state *state, int64_t steps) {
    if (!state->has_budget || state->dead) return;
    state->budget = steps < state->budget ? state->budget - steps : 0;
    if (state->budget > 0) return;
    die_of_instructions(state);
    arm(state->running, state);
}

njl_ending njl_met_limit(const njl_state *state) { return state->met_limit; }

// Whether an error is that of the limit on memory, and not one that a test asked for.
bool njl_is_memory_limit(njl_state *state, int status) {
    return status == LUA_ERRMEM && state->limit != 0 && !state->has_fault;
}

// Errors that no script may catch: those of a dead state, and of a memory limit that was reached.
static bool is_fatal(njl_state *state, int status) {
    if (njl_is_memory_limit(state, status)) die(state, NJL_OUT_OF_MEMORY, "the script used up its memory");
    return state->dead;
}

static int finish(lua_State *L, int status, lua_KContext handlers) {
    if (status != LUA_OK && status != LUA_YIELD) {
        if (is_fatal(njl_of(L), status)) return lua_error(L);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)handlers;
}

static int guarded_pcall(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    return finish(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish), 0);
}

static int guarded_handler(lua_State *L) {
    if (njl_of(L)->dead) return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int guarded_xpcall(lua_State *L) {
    luaL_checktype(L, 2, LUA_TFUNCTION);
    int count = lua_gettop(L);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, guarded_handler, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    return finish(L, lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish), 2);
}

// ---- Coroutines ---------------------------------------------------------------------------------------------------------

static lua_State *thread_argument(lua_State *L) {
    lua_State *thread = lua_tothread(L, 1);
    luaL_argexpected(L, thread != NULL, 1, "coroutine");
    return thread;
}

// A coroutine that failed is closed at once, so that what it had begun ends: its variables `<close>`. The error, or that
// of closing, stays on top of its stack.
static void close_failed(njl_state *state, lua_State *thread) {
    lua_State *before = state->thread;
    state->thread = thread;
    lua_resetthread(thread);
    state->thread = before;
}

// Leaves the results, or the error, on the stack of `from`; returns their number, or -1.
static int resume_thread(lua_State *from, lua_State *thread, int count) {
    njl_state *state = njl_of(from);
    njl_check_dead(from, state);
    if (!lua_checkstack(thread, count)) {
        lua_pushliteral(from, "too many arguments to resume");
        return -1;
    }
    lua_xmove(from, thread, count);
    lua_State *before = state->thread;
    // In this order: a signal in between reaches the thread one way or the other.
    state->thread = thread;
    arm(thread, state);
    int results = 0;
    int status = lua_resume(thread, from, count, &results);
    state->thread = before;
    if (state->dead || nj_stop_asked()) arm(from, state);
    if (status == LUA_OK || status == LUA_YIELD) {
        if (!lua_checkstack(from, results + 1)) {
            lua_pop(thread, results);
            lua_pushliteral(from, "too many results to resume");
            return -1;
        }
        lua_xmove(thread, from, results);
        return results;
    }
    bool fatal = is_fatal(state, status);
    // A thread that could not be resumed at all, because it runs or waits for another, is not closed: it goes on.
    int own = lua_status(thread);
    if (!fatal && own != LUA_OK && own != LUA_YIELD) close_failed(state, thread);
    lua_xmove(thread, from, 1);
    if (fatal) lua_error(from);
    return -1;
}

static int guarded_resume(lua_State *L) {
    lua_State *thread = thread_argument(L);
    int results = resume_thread(L, thread, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    lua_insert(L, results >= 0 ? -(results + 1) : -2);
    return results >= 0 ? results + 1 : 2;
}

static int wrapped(lua_State *L) {
    lua_State *thread = lua_tothread(L, lua_upvalueindex(1));
    int results = resume_thread(L, thread, lua_gettop(L));
    if (results >= 0) return results;
    return lua_error(L);
}

static int guarded_yield(lua_State *L) {
    if (lua_pushthread(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
    lua_pop(L, 1);
    if (!lua_isyieldable(L)) {
        return luaL_error(L, "a coroutine cannot yield here: it is inside of a function that has to end first, such as "
                             "nj.grad, forward of a loss or a layer, or the comparison of table.sort");
    }
    return lua_yield(L, lua_gettop(L));
}

static int guarded_create(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    njl_state *state = njl_of(L);
    lua_State *thread = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, thread, 1);
    if (state->has_budget) state->budget -= 20;
    return 1;
}

static int guarded_wrap(lua_State *L) {
    guarded_create(L);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

static int guarded_close(lua_State *L) {
    njl_state *state = njl_of(L);
    lua_State *thread = thread_argument(L);
    njl_check_dead(L, state);
    int status = lua_status(thread);
    if (thread == L) {
        return luaL_error(L, "cannot close a running coroutine");
    }
    lua_Debug frame;
    if (status == LUA_OK && lua_getstack(thread, 0, &frame)) return luaL_error(L, "cannot close a running coroutine");
    lua_State *before = state->thread;
    state->thread = thread;
    arm(thread, state);
    status = lua_resetthread(thread);
    state->thread = before;
    if (state->dead || nj_stop_asked()) arm(L, state);
    if (status == LUA_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    bool fatal = is_fatal(state, status);
    lua_pushboolean(L, 0);
    lua_xmove(thread, L, 1);
    if (fatal) return lua_error(L);
    return 2;
}

// ---- Others ---------------------------------------------------------------------------------------------------------------

static int guarded_setmetatable(lua_State *L) {
    int kind = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, kind == LUA_TNIL || kind == LUA_TTABLE, 2, "nil or table");
    if (kind == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "scripts cannot have finalizers ('__gc'): use '<close>'");
    }
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int guarded_collectgarbage(lua_State *L) {
    static const char *const options[] = {"collect", "count", "step", NULL};
    switch (luaL_checkoption(L, 1, "collect", options)) {
    case 0: lua_gc(L, LUA_GCCOLLECT); break;
    case 1: lua_pushnumber(L, (lua_Number)njl_of(L)->used / 1024); return 1;
    default: lua_gc(L, LUA_GCSTEP, 0);
    }
    lua_pushinteger(L, 0);
    return 1;
}

// Counts work that C does for a script as so many instructions; raises when there are none left, or on a stop.
void njl_charge_steps(lua_State *L, int64_t steps) {
    njl_state *state = njl_of(L);
    consider_stop(state);
    if (state->has_budget && !state->dead) {
        state->budget = steps < state->budget ? state->budget - steps : 0;
        if (state->budget == 0) die_of_instructions(state);
    }
    if (!state->dead) return;
    arm(L, state);
    njl_check_dead(L, state);
}

// The function that a guard stands before runs in the guard's own frame, so that its messages name the script's line.
static int call_original(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

// Functions whose work grows with the text that they get or give back.
static int guarded_text(lua_State *L) {
    size_t length = 0;
    if (lua_type(L, 1) == LUA_TSTRING) lua_tolstring(L, 1, &length);
    njl_charge_steps(L, (int64_t)(length / 64));
    int count = call_original(L);
    if (count > 0 && lua_type(L, -1) == LUA_TSTRING) njl_charge_steps(L, (int64_t)(lua_rawlen(L, -1) / 64));
    return count;
}

// What is no number has a sign that the C library would write: 0/0 is "-nan" on some processors and "nan" on others.
static void drop_sign_of_nan(lua_State *L) {
    for (int i = lua_gettop(L); i > 0; i--) {
        if (lua_type(L, i) != LUA_TNUMBER || !isnan(lua_tonumber(L, i))) continue;
        lua_pushnumber(L, (lua_Number)NAN);
        lua_replace(L, i);
    }
}

static int guarded_format(lua_State *L) {
    njl_name_arguments(L);
    drop_sign_of_nan(L);
    return guarded_text(L);
}

// Replaces field `name` of the table on top by `function`, which has the original as its upvalue.
static void wrap_field(lua_State *L, const char *name, lua_CFunction function) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

static void set_field(lua_State *L, const char *name, lua_CFunction function) {
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
}

// Trusted scripts have those that a stop needs as well: it is the person at the keyboard who asks.
void njl_make_guards(lua_State *L, njl_state *state) {
    int top = lua_gettop(L);
    lua_pushglobaltable(L);
    set_field(L, "tostring", njl_tostring);
    lua_getglobal(L, "string");
    wrap_field(L, "format", guarded_format);
    lua_getglobal(L, "coroutine");
    set_field(L, "resume", guarded_resume);
    set_field(L, "yield", guarded_yield);
    lua_settop(L, top);
    if (state->bare) return;
    lua_pushglobaltable(L);
    set_field(L, "pcall", guarded_pcall);
    set_field(L, "xpcall", guarded_xpcall);
    if (!state->trusted) {
        set_field(L, "collectgarbage", guarded_collectgarbage);
        set_field(L, "setmetatable", guarded_setmetatable);
    }
    lua_getglobal(L, "coroutine");
    set_field(L, "create", guarded_create);
    set_field(L, "wrap", guarded_wrap);
    set_field(L, "close", guarded_close);
    lua_getglobal(L, "string");
    set_field(L, "find", njl_find);
    set_field(L, "match", njl_match);
    set_field(L, "gmatch", njl_gmatch);
    set_field(L, "gsub", njl_gsub);
    set_field(L, "rep", njl_rep);
    static const char *const on_text[] = {"byte", "lower", "pack", "reverse", "sub", "unpack", "upper"};
    for (size_t i = 0; i < sizeof on_text / sizeof *on_text; i++) wrap_field(L, on_text[i], guarded_text);
    lua_getglobal(L, "utf8");
    wrap_field(L, "len", guarded_text);
    lua_getglobal(L, "table");
    set_field(L, "concat", njl_concat);
    set_field(L, "unpack", njl_unpack);
    set_field(L, "insert", njl_insert);
    set_field(L, "remove", njl_remove);
    set_field(L, "sort", njl_sort);
    set_field(L, "move", njl_move);
    lua_settop(L, top);
}
