// Versions of standard functions that a script cannot use to outlive its limits, and the limits.
//
// With a count hook set, Lua slows down about twice, so none is set in normal running. A state that has spent its
// budget is dead: the hook raises again at the next instruction wherever the script goes, and the functions here that
// catch errors pass that one on.
#include "internal.h"

static const int64_t hook_interval = 1000;

static void die(lua_State *L, njl_state *state, const char *reason) {
    state->dead = true;
    if (state->reason == NULL) state->reason = reason;
    (void)L;
}

static void on_hook(lua_State *L, lua_Debug *frame) {
    (void)frame;
    njl_state *state = njl_of(L);
    if (!state->dead && state->has_budget) {
        state->budget -= hook_interval;
        if (state->budget > 0) return;
        die(L, state, "the script used up its instructions");
    }
    if (!state->dead) return;
    lua_sethook(L, on_hook, LUA_MASKCOUNT, 1);
    // Level 0: a hook runs in the frame of the function that it interrupts.
    luaL_where(L, 0);
    lua_pushstring(L, state->reason != NULL ? state->reason : "stopped");
    lua_concat(L, 2);
    lua_error(L);
}

static void arm(lua_State *L, njl_state *state) {
    if (state->dead) {
        lua_sethook(L, on_hook, LUA_MASKCOUNT, 1);
    } else if (state->has_budget) {
        lua_sethook(L, on_hook, LUA_MASKCOUNT, (int)hook_interval);
    } else if (lua_gethook(L) == on_hook) {
        lua_sethook(L, NULL, 0, 0);
    }
}

void njl_limit_instructions(njl_state *state, int64_t count) {
    state->dead = false;
    state->reason = NULL;
    state->has_budget = count > 0;
    state->budget = count;
    arm(state->running, state);
}

void njl_interrupt(njl_state *state, const char *reason) {
    state->reason = reason;
    state->dead = true;
    lua_sethook(state->thread, on_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

bool njl_is_dead(const njl_state *state) { return state->dead; }

// Errors that no script may catch: those of a dead state, and of a memory limit that was reached.
static bool is_fatal(njl_state *state, int status) {
    if (status == LUA_ERRMEM && state->limit != 0 && !state->has_fault) {
        die(state->running, state, "the script used up its memory");
    }
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

// Leaves the results, or the error, on the stack of `from`; returns their number, or -1.
static int resume_thread(lua_State *from, lua_State *thread, int count) {
    njl_state *state = njl_of(from);
    njl_check_dead(from, state);
    if (!lua_checkstack(thread, count)) {
        lua_pushliteral(from, "too many arguments to resume");
        return -1;
    }
    lua_xmove(from, thread, count);
    arm(thread, state);
    lua_State *before = state->thread;
    state->thread = thread;
    int results = 0;
    int status = lua_resume(thread, from, count, &results);
    state->thread = before;
    if (state->dead) lua_sethook(from, on_hook, LUA_MASKCOUNT, 1);
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
    int status = lua_status(thread);
    if (status != LUA_OK && status != LUA_YIELD) lua_resetthread(thread);
    return lua_error(L);
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
    arm(thread, state);
    lua_State *before = state->thread;
    state->thread = thread;
    status = lua_resetthread(thread);
    state->thread = before;
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

// The function that a guard stands before runs in the guard's own frame, so that its messages name the script's line.
static int call_original(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

// Under a limit, a pattern that could backtrack for longer than any limit is refused: the matcher runs in C, where no
// hook reaches it. Each repetition multiplies the steps by the length of the text.
static int guarded_pattern(lua_State *L) {
    njl_state *state = njl_of(L);
    if (state->has_budget && lua_type(L, 1) == LUA_TSTRING && lua_type(L, 2) == LUA_TSTRING) {
        size_t length, size;
        lua_tolstring(L, 1, &length);
        const char *pattern = lua_tolstring(L, 2, &size);
        double steps = size > 0 && pattern[0] == '^' ? 1 : (double)length + 1;
        for (size_t i = 0; i < size; i++) {
            if (pattern[i] == '%') {
                i++;
            } else if (strchr("*+-", pattern[i]) != NULL) {
                steps *= (double)length + 1;
            }
        }
        if (steps > 1e9 && steps > (double)state->budget) {
            return luaL_error(L, "this pattern could take %f steps on %d characters, more than the script has left",
                              steps, (int)length);
        }
    }
    return call_original(L);
}

static int guarded_rep(lua_State *L) {
    njl_state *state = njl_of(L);
    if (state->has_budget) {
        size_t length = 0;
        luaL_checklstring(L, 1, &length);
        lua_Integer times = luaL_checkinteger(L, 2);
        if (times > 0 && (double)times * (double)(length + 1) > 1e9) {
            return luaL_error(L, "resulting string too large");
        }
    }
    return call_original(L);
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

void njl_make_guards(lua_State *L, njl_state *state) {
    if (state->trusted) return;
    lua_pushglobaltable(L);
    set_field(L, "pcall", guarded_pcall);
    set_field(L, "xpcall", guarded_xpcall);
    set_field(L, "collectgarbage", guarded_collectgarbage);
    set_field(L, "setmetatable", guarded_setmetatable);
    lua_getglobal(L, "coroutine");
    set_field(L, "create", guarded_create);
    set_field(L, "resume", guarded_resume);
    set_field(L, "wrap", guarded_wrap);
    set_field(L, "close", guarded_close);
    lua_getglobal(L, "string");
    wrap_field(L, "find", guarded_pattern);
    wrap_field(L, "match", guarded_pattern);
    wrap_field(L, "gmatch", guarded_pattern);
    wrap_field(L, "gsub", guarded_pattern);
    wrap_field(L, "rep", guarded_rep);
    lua_pop(L, 3);
}
