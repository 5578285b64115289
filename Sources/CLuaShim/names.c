// What scripts are told of a table, a function or a thread: a number, and never where it lies in memory.
#include <math.h>

#include "internal.h"

void njl_make_names(lua_State *L, njl_state *state) {
    lua_createtable(L, 0, 0);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    state->names = luaL_ref(L, LUA_REGISTRYINDEX);
}

// The number of an object, counted by type in the order in which they were asked for. It keeps it as long as it lives.
static lua_Integer number_of(lua_State *L, njl_state *state, int index) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->names);
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    lua_Integer number = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (number == 0) {
        number = ++state->named[lua_type(L, index)];
        lua_pushvalue(L, index);
        lua_pushinteger(L, number);
        lua_rawset(L, -3);
    }
    lua_pop(L, 1);
    return number;
}

// As luaL_tolstring, which it replaces in the shim and in all that scripts can call: "table 1".
const char *njl_tolstring(lua_State *L, int index, size_t *length) {
    luaL_checkstack(L, 8, "too many values");
    index = lua_absindex(L, index);
    int type = lua_type(L, index);
    if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pushvalue(L, index);
        lua_call(L, 1, 1);
        if (!lua_isstring(L, -1)) luaL_error(L, "'__tostring' must return a string");
        return lua_tolstring(L, -1, length);
    }
    // Whatever its sign, which the C library would write: see `string.format`.
    if (type == LUA_TNUMBER && isnan(lua_tonumber(L, index))) {
        lua_pushstring(L, "nan");
        return lua_tolstring(L, -1, length);
    }
    if (type != LUA_TTABLE && type != LUA_TFUNCTION && type != LUA_TTHREAD && type != LUA_TUSERDATA &&
        type != LUA_TLIGHTUSERDATA) {
        return luaL_tolstring(L, index, length);
    }
    bool is_named = luaL_getmetafield(L, index, "__name") == LUA_TSTRING;
    if (!is_named) lua_pushstring(L, lua_typename(L, type));
    lua_pushstring(L, " ");
    lua_pushinteger(L, number_of(L, njl_of(L), index));
    lua_concat(L, 3);
    return lua_tolstring(L, -1, length);
}

int njl_tostring(lua_State *L) {
    luaL_checkany(L, 1);
    njl_tolstring(L, 1, NULL);
    return 1;
}

static bool has_address(lua_State *L, int index) {
    int type = lua_type(L, index);
    return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TTHREAD || type == LUA_TUSERDATA ||
           type == LUA_TLIGHTUSERDATA;
}

// Puts the text of an argument in its place where string.format would work out one with an address in it.
static void name_argument(lua_State *L, int index, bool is_pointer) {
    if (has_address(L, index)) {
        njl_tolstring(L, index, NULL);
    } else if (is_pointer) {
        lua_pushstring(L, lua_type(L, index) == LUA_TSTRING ? "string" : "(null)");
    } else {
        return;
    }
    lua_replace(L, index);
}

// Before string.format runs: its arguments for %s are texts, and %p, which is an address, is written as a name.
void njl_name_arguments(lua_State *L) {
    size_t length = 0;
    const char *format = luaL_checklstring(L, 1, &length);
    int count = lua_gettop(L), argument = 1;
    char *changed = NULL;
    for (size_t i = 0; i < length; i++) {
        if (format[i] != '%') continue;
        if (++i < length && format[i] == '%') continue;
        while (i < length && strchr("-+ #0123456789.", format[i]) != NULL && format[i] != 0) i++;
        if (i == length || ++argument > count) break;
        if (format[i] != 's' && format[i] != 'p') continue;
        name_argument(L, argument, format[i] == 'p');
        if (format[i] != 'p') continue;
        if (changed == NULL) {
            changed = lua_newuserdatauv(L, length, 0);
            memcpy(changed, format, length);
        }
        changed[i] = 's';
    }
    if (changed != NULL) {
        lua_pushlstring(L, changed, length);
        lua_replace(L, 1);
    }
    lua_settop(L, count);
}
