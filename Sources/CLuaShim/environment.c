// What names a script can reach: read-only tables, an allow-list of globals, and errors for everything else.
#include "internal.h"

// A field that is not there: the binding for what is missing finds the words. Upvalue 1 says in what.
static int missing(lua_State *L) {
    njl_state *state = njl_of(L);
    if (state->dead) njl_check_dead(L, state);
    size_t length;
    const char *what = lua_tolstring(L, lua_upvalueindex(1), &length);
    njl_value arguments[2];
    arguments[0] = (njl_value){NJL_STRING, 0, {.pointer = what}, length};
    lua_settop(L, 3);
    njl_read(L, state, 2, true, &arguments[1]);
    njl_results results = {0};
    njl_call_site site = {njl_place(L), 1};
    if (state->missing < 0) return luaL_error(L, "nothing of that name in %s", what);
    lua_State *outer = state->running;
    state->running = L;
    int32_t status = state->calls.dispatch(state->calls.context, state->missing, arguments, 2, &site, &results);
    state->running = outer;
    if (status != NJL_OK) return njl_raise(L, state, status, &results);
    njl_push_results(L, state, &results);
    return results.count;
}

void njl_push_missing(lua_State *L, const char *what) {
    lua_pushstring(L, what);
    lua_pushcclosure(L, missing, 1);
}

// Reads of absent fields of the table on top of the stack become errors.
void njl_make_strict(lua_State *L, const char *what) {
    lua_createtable(L, 0, 1);
    njl_push_missing(L, what);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

// Makes `names` (ending in null) of global table `library` readable as a read-only global of scripts.
static void allow_library(lua_State *L, njl_state *state, const char *library, const char *const *names) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->base);
    lua_newtable(L);
    lua_getglobal(L, library);
    for (int i = 0; names[i] != NULL; i++) {
        lua_getfield(L, -1, names[i]);
        lua_setfield(L, -3, names[i]);
    }
    lua_pop(L, 1);
    njl_make_strict(L, library);
    njl_push_proxy(L, -1);
    lua_setfield(L, -3, library);
    lua_pop(L, 2);
}

static const char *const plain[] = {"select", "ipairs", "pairs", "next", "type", "tostring", "tonumber", "assert",
                                    "error", "rawequal", "rawlen", "rawget", "getmetatable", "pcall", "xpcall",
                                    "setmetatable", "collectgarbage", "_VERSION", NULL};
static const char *const in_math[] = {"abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod",
                                      "huge", "log", "max", "maxinteger", "min", "mininteger", "modf", "pi", "rad",
                                      "sin", "sqrt", "tan", "tointeger", "type", "ult", NULL};
static const char *const in_string[] = {"byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match",
                                        "pack", "packsize", "rep", "reverse", "sub", "unpack", "upper", NULL};
static const char *const in_table[] = {"concat", "insert", "move", "pack", "remove", "sort", "unpack", NULL};
static const char *const in_utf8[] = {"char", "charpattern", "codepoint", "codes", "len", "offset", NULL};
static const char *const in_coroutine[] = {"close", "create", "isyieldable", "resume", "running", "status", "wrap",
                                           "yield", NULL};
static const char *const in_os[] = {"clock", "date", "difftime", "time", NULL};

static void allow_everything(lua_State *L, njl_state *state) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->base);
    lua_pushglobaltable(L);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 2);
}

// What scripts of trusted folders see in a state that holds the others: all globals, and behind them, also in the place
// of what the library has a word of its own for, what everybody sees. They may assign globals, which are their own.
static void make_trusted_environment(lua_State *L, njl_state *state) {
    lua_createtable(L, 0, 2);
    lua_newtable(L);
    lua_pushglobaltable(L);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
    static const char *const own[] = {"print", "require"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        lua_pushnil(L);
        lua_setfield(L, -2, own[i]);
    }
    lua_createtable(L, 0, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->base);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    state->trusted_meta = luaL_ref(L, LUA_REGISTRYINDEX);
}

static int exposed(lua_State *L) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

// Wraps a Lua function of the library: a tail call of a C function keeps the frame of the script that called it, so
// that messages know the line. No coroutine can yield out of it: what the library begins, it ends.
static int expose(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    if (!lua_iscfunction(L, 1)) lua_pushcclosure(L, exposed, 1);
    return 1;
}

// Builds the tables behind the environments of scripts; guards are in place as globals already.
void njl_make_environment_tables(lua_State *L, njl_state *state) {
    int top = lua_gettop(L);
    if (state->trusted) {
        allow_everything(L, state);
    } else {
        lua_rawgeti(L, LUA_REGISTRYINDEX, state->base);
        for (int i = 0; plain[i] != NULL; i++) {
            lua_getglobal(L, plain[i]);
            lua_setfield(L, -2, plain[i]);
        }
        njl_set_reading_guards(L);
        lua_pop(L, 1);
        allow_library(L, state, "math", in_math);
        allow_library(L, state, "string", in_string);
        allow_library(L, state, "table", in_table);
        allow_library(L, state, "utf8", in_utf8);
        allow_library(L, state, "coroutine", in_coroutine);
        allow_library(L, state, "os", in_os);
        // Methods of strings come from the allowed ones, and their metatable is out of reach.
        lua_pushstring(L, "");
        lua_getmetatable(L, -1);
        lua_newtable(L);
        lua_getglobal(L, "string");
        for (int i = 0; in_string[i] != NULL; i++) {
            lua_getfield(L, -1, in_string[i]);
            lua_setfield(L, -3, in_string[i]);
        }
        lua_pop(L, 1);
        njl_make_strict(L, "string");
        lua_setfield(L, -2, "__index");
        lua_pushstring(L, "string");
        lua_setfield(L, -2, "__metatable");
    }
    lua_settop(L, top);

    lua_rawgeti(L, LUA_REGISTRYINDEX, state->base);
    njl_make_strict(L, "global");
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    if (!state->trusted) {
        njl_push_missing(L, "assign");
        lua_setfield(L, -2, "__newindex");
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    state->environment_meta = luaL_ref(L, LUA_REGISTRYINDEX);
    make_trusted_environment(L, state);

    // Unknown fields of `nj` and of tensors.
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->nj);
    njl_make_strict(L, "nj");
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->methods);
    njl_make_strict(L, "tensor");
    const int both[2] = {state->lazy, state->owned};
    for (int i = 0; i < 2; i++) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, both[i]);
        njl_push_missing(L, "tensor assignment");
        lua_setfield(L, -2, "__newindex");
    }

    // The environment of the library's own files sees all globals, and the tables it fills.
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->internal);
    lua_createtable(L, 0, 1);
    lua_pushglobaltable(L);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->internal);
    lua_setfield(L, -2, "native");
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->base);
    lua_setfield(L, -2, "base");
    lua_pushcfunction(L, expose);
    lua_setfield(L, -2, "expose");
    njl_set_sealing(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->nj);
    lua_setfield(L, -2, "nj");
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->nj);
    njl_push_proxy(L, -1);
    lua_setfield(L, -3, "public_nj");
    lua_settop(L, top);
}

// A new, empty environment in which every allowed name can be read; of a trusted script all names.
void njl_push_environment(lua_State *L, njl_state *state, bool is_trusted) {
    lua_newtable(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, is_trusted && !state->trusted ? state->trusted_meta : state->environment_meta);
    lua_setmetatable(L, -2);
}
