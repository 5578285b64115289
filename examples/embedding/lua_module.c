/* Nightjar for a stock Lua 5.4: cc -shared -fPIC lua_module.c -lNightjarC -o nightjar.so, then
 *
 *   local nightjar = require "nightjar"
 *   local runtime = nightjar.open()
 *   print(runtime:run("local nj = require 'nightjar' return nj.ones(2, 3):sum():item()"))   --> 6.0
 *
 * Scripts run in a state of their own; numbers, texts, booleans and lists of them go both ways, tensors come as
 * { shape = {...}, dtype = "...", ... } with their numbers.
 */
#include <lauxlib.h>
#include <lua.h>
#include <nightjar.h>

#define RUNTIME "nightjar.runtime"

static nightjar_runtime **runtime_of(lua_State *L) { return luaL_checkudata(L, 1, RUNTIME); }

static nightjar_runtime *living(lua_State *L) {
    nightjar_runtime **runtime = runtime_of(L);
    if (*runtime == NULL) luaL_error(L, "this runtime is closed");
    return *runtime;
}

static void push_values(lua_State *L, nightjar_runtime *runtime, nightjar_values *values, int64_t index);

static void push_tensor(lua_State *L, nightjar_runtime *runtime, nightjar_values *values, int64_t index) {
    static const char *const names[] = {"float32", "float64", "int32", "uint8", "bool"};
    nightjar_dtype dtype;
    int32_t rank;
    int64_t extents[8], count = 1;
    const void *data = nightjar_tensor_at(runtime, values, index, &dtype, &rank, extents);
    if (data == NULL) luaL_error(L, "%s", nightjar_error(runtime));
    lua_newtable(L);
    lua_newtable(L);
    for (int32_t i = 0; i < rank; i++) {
        count *= extents[i];
        lua_pushinteger(L, extents[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "shape");
    lua_pushstring(L, names[dtype]);
    lua_setfield(L, -2, "dtype");
    for (int64_t i = 0; i < count; i++) {
        switch (dtype) {
        case NIGHTJAR_FLOAT32: lua_pushnumber(L, ((const float *)data)[i]); break;
        case NIGHTJAR_FLOAT64: lua_pushnumber(L, ((const double *)data)[i]); break;
        case NIGHTJAR_INT32: lua_pushinteger(L, ((const int32_t *)data)[i]); break;
        case NIGHTJAR_UINT8: lua_pushinteger(L, ((const uint8_t *)data)[i]); break;
        case NIGHTJAR_BOOL: lua_pushboolean(L, ((const uint8_t *)data)[i]); break;
        }
        lua_rawseti(L, -2, i + 1);
    }
}

static void push_values(lua_State *L, nightjar_runtime *runtime, nightjar_values *values, int64_t index) {
    size_t length;
    const char *text;
    luaL_checkstack(L, 4, "too many values");
    switch (nightjar_kind_at(values, index)) {
    case NIGHTJAR_BOOLEAN: lua_pushboolean(L, nightjar_integer_at(values, index) != 0); break;
    case NIGHTJAR_INTEGER: lua_pushinteger(L, nightjar_integer_at(values, index)); break;
    case NIGHTJAR_NUMBER: lua_pushnumber(L, nightjar_number_at(values, index)); break;
    case NIGHTJAR_STRING:
        text = nightjar_string_at(values, index, &length);
        lua_pushlstring(L, text, length);
        break;
    case NIGHTJAR_TENSOR: push_tensor(L, runtime, values, index); break;
    case NIGHTJAR_TABLE: {
        nightjar_values *list = nightjar_list_at(values, index);
        lua_newtable(L);
        for (int64_t i = 0; i < nightjar_count(list); i++) {
            push_values(L, runtime, list, i);
            lua_rawseti(L, -2, i + 1);
        }
        nightjar_values_free(list);
        break;
    }
    default: lua_pushnil(L);
    }
}

static void give(lua_State *L, nightjar_values *values, int index) {
    size_t length;
    const char *text;
    switch (lua_type(L, index)) {
    case LUA_TNIL: nightjar_push_nil(values); break;
    case LUA_TBOOLEAN: nightjar_push_boolean(values, lua_toboolean(L, index)); break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            nightjar_push_integer(values, lua_tointeger(L, index));
        } else {
            nightjar_push_number(values, lua_tonumber(L, index));
        }
        break;
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &length);
        nightjar_push_string(values, text, length);
        break;
    default:
        nightjar_values_free(values);
        luaL_error(L, "a %s cannot go to another state: numbers, texts, booleans and nil can", luaL_typename(L, index));
    }
}

/* runtime:run(text, ...) gives what the script returns. */
static int run(lua_State *L) {
    nightjar_runtime *runtime = living(L);
    const char *text = luaL_checkstring(L, 2);
    nightjar_values *arguments = nightjar_values_new(), *results;
    for (int i = 3; i <= lua_gettop(L); i++) give(L, arguments, i);
    int32_t status = nightjar_run(runtime, text, "script.lua", arguments, &results);
    nightjar_values_free(arguments);
    if (status != 0) return luaL_error(L, "%s", nightjar_error(runtime));
    int count = (int)nightjar_count(results);
    for (int i = 0; i < count; i++) push_values(L, runtime, results, i);
    nightjar_values_free(results);
    return count;
}

static int close_runtime(lua_State *L) {
    nightjar_runtime **runtime = runtime_of(L);
    nightjar_close(*runtime);
    *runtime = NULL;
    return 0;
}

static int open_runtime(lua_State *L) {
    nightjar_runtime **runtime = lua_newuserdatauv(L, sizeof *runtime, 0);
    *runtime = NULL;
    luaL_setmetatable(L, RUNTIME);
    *runtime = nightjar_open(NULL);
    if (*runtime == NULL) return luaL_error(L, "%s", nightjar_error(NULL));
    return 1;
}

int luaopen_nightjar(lua_State *L) {
    static const luaL_Reg methods[] = {{"run", run}, {"close", close_runtime}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"open", open_runtime}, {NULL, NULL}};
    luaL_newmetatable(L, RUNTIME);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, close_runtime);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
