// Versions of standard functions that a script cannot use to outlive its limits (limits.c): those that catch errors pass
// on the error of a dead state, and those whose work grows with what they get count it.
#include "internal.h"
#include <CProcess.h>
#include <math.h>

static int finish(lua_State *L, int status, lua_KContext handlers) {
    if (status != LUA_OK && status != LUA_YIELD) {
        if (njl_is_fatal(njl_of(L), status)) return lua_error(L);
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
    njl_arm(thread, state);
    int results = 0;
    int status = lua_resume(thread, from, count, &results);
    state->thread = before;
    if (state->dead || nj_stop_asked()) njl_arm(from, state);
    if (status == LUA_OK || status == LUA_YIELD) {
        if (!lua_checkstack(from, results + 1)) {
            lua_pop(thread, results);
            lua_pushliteral(from, "too many results to resume");
            return -1;
        }
        lua_xmove(thread, from, results);
        return results;
    }
    bool fatal = njl_is_fatal(state, status);
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
    njl_use(state, 20);
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
    njl_arm(thread, state);
    status = lua_resetthread(thread);
    state->thread = before;
    if (state->dead || nj_stop_asked()) njl_arm(L, state);
    if (status == LUA_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    bool fatal = njl_is_fatal(state, status);
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
    // Lua calls no hook in a finalizer: one that loops would never be stopped.
    njl_state *state = njl_of(L);
    if (kind == LUA_TTABLE && (!state->trusted || njl_is_limited(state))) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) {
            return luaL_error(L, state->trusted ? "scripts cannot have finalizers ('__gc') in a run with limits: use '<close>'"
                                                : "scripts cannot have finalizers ('__gc'): use '<close>'");
        }
    }
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int guarded_collectgarbage(lua_State *L) {
    static const char *const options[] = {"collect", "count", "step", NULL};
    switch (luaL_checkoption(L, 1, "collect", options)) {
    case 0:
        // All that there is gets looked at.
        njl_charge_steps(L, (int64_t)(njl_of(L)->used / 64));
        lua_gc(L, LUA_GCCOLLECT);
        break;
    case 1: lua_pushnumber(L, (lua_Number)njl_of(L)->used / 1024); return 1;
    default: lua_gc(L, LUA_GCSTEP, 0);
    }
    lua_pushinteger(L, 0);
    return 1;
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
    set_field(L, "setmetatable", guarded_setmetatable);
    if (!state->trusted) set_field(L, "collectgarbage", guarded_collectgarbage);
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
