// Tables of the library that scripts can read and not change.
//
// The rule: no table that two scripts, or two objects, share can be changed through anything that a script holds. What
// stands behind a view is reached by the view's own metatable only, which is hidden; nothing hands it out.
#include "internal.h"

// Where a view's metatable has the table behind it.
static const char view_key = 0;

// Pushes the table behind the view at an index, or pushes nothing and returns false. Never raises.
bool njl_push_behind(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
    if (lua_rawgetp(L, -1, &view_key) != LUA_TTABLE) {
        lua_pop(L, 2);
        return false;
    }
    lua_remove(L, -2);
    return true;
}

// Upvalue 1: the table behind.
static int next_behind(lua_State *L) {
    luaL_checkany(L, 2);
    lua_settop(L, 2);
    if (lua_next(L, lua_upvalueindex(1))) return 2;
    lua_pushnil(L);
    return 1;
}

static int pairs_of_view(lua_State *L) {
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, next_behind, 1);
    lua_insert(L, 1);
    lua_pushnil(L);
    return 3;
}

static int length_of_view(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, lua_upvalueindex(1)));
    return 1;
}

// Pushes a table through which the one at `index` can be read and not written.
void njl_push_proxy(lua_State *L, int index) {
    luaL_checkstack(L, 6, "too many values");
    int real = lua_absindex(L, index);
    lua_createtable(L, 0, 0);
    lua_createtable(L, 0, 6);
    lua_pushvalue(L, real);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, real);
    lua_rawsetp(L, -2, &view_key);
    njl_push_missing(L, "readonly");
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, real);
    lua_pushcclosure(L, pairs_of_view, 1);
    lua_setfield(L, -2, "__pairs");
    lua_pushvalue(L, real);
    lua_pushcclosure(L, length_of_view, 1);
    lua_setfield(L, -2, "__len");
    lua_setmetatable(L, -2);
}

static bool is_plain_table(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE) return false;
    if (!lua_getmetatable(L, index)) return true;
    lua_pop(L, 1);
    return false;
}

enum { STEPS = 64, MOST_TABLES = 1 << 16 };  // that a table is worth, and in one copy

// A table that is named twice is copied twice, so a few that name each other make a copy without end.
static void count_table(lua_State *L, int *tables, int table) {
    if (++*tables > MOST_TABLES) njl_error(L, "a table holds more than %d tables", MOST_TABLES);
    njl_charge_steps(L, STEPS + (int64_t)(lua_rawlen(L, table) / STEPS));
}

// Pushes a copy of the plain table at an index and, above it, a view of the copy. Tables inside become views as well.
static void push_sealed(lua_State *L, int index, int depth, int *tables) {
    if (depth > NJL_MAX_DEPTH) njl_error(L, "a table is nested deeper than %d levels, or holds itself", NJL_MAX_DEPTH);
    luaL_checkstack(L, 12, "a table is too large");
    int table = lua_absindex(L, index);
    count_table(L, tables, table);
    lua_createtable(L, (int)lua_rawlen(L, table), 0);
    int copy = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, table)) {
        if (is_plain_table(L, -1)) {
            push_sealed(L, -1, depth + 1, tables);
            lua_replace(L, -3);  // the view in place of the value
            lua_pop(L, 1);
        }
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, copy);
    }
    njl_push_proxy(L, copy);
}

// sealed(t): a view of a copy of a table, and the copy.
static int sealed(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    int tables = 0;
    push_sealed(L, 1, 0, &tables);
    lua_insert(L, -2);
    return 2;
}

// Pushes a copy of the table behind the view at an index; of a view inside as well.
static void push_plain(lua_State *L, int index, int depth, int *tables) {
    if (depth > NJL_MAX_DEPTH) njl_error(L, "a table is nested deeper than %d levels", NJL_MAX_DEPTH);
    luaL_checkstack(L, 12, "a table is too large");
    if (!njl_push_behind(L, index)) {
        lua_pushvalue(L, index);
        return;
    }
    int table = lua_gettop(L);
    count_table(L, tables, table);
    lua_createtable(L, (int)lua_rawlen(L, table), 0);
    int copy = table + 1;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        push_plain(L, lua_gettop(L), depth + 1, tables);
        lua_replace(L, -2);
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, copy);
    }
    lua_remove(L, table);
}

// unsealed(v): of a view a copy that can be changed; everything else as it is.
static int unsealed(lua_State *L) {
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    int tables = 0;
    push_plain(L, 1, 0, &tables);
    return 1;
}

// What library files call setmetatable: the metatable of an object is out of a script's reach, and so is a class that
// finds its methods in itself.
static int library_setmetatable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (lua_type(L, 2) == LUA_TTABLE) {
        lua_pushstring(L, "__metatable");
        if (lua_rawget(L, 2) == LUA_TNIL) {
            lua_pushstring(L, "__metatable");
            lua_pushboolean(L, 0);
            lua_rawset(L, 2);
        }
        lua_pushstring(L, "__index");
        lua_rawget(L, 2);
        if (lua_rawequal(L, -1, 2)) {
            lua_pushstring(L, "__index");
            njl_push_proxy(L, 2);
            lua_rawset(L, 2);
        }
        lua_settop(L, 2);
    }
    lua_setmetatable(L, 1);
    return 1;
}

static int library_getmetatable(lua_State *L) {
    luaL_checkany(L, 1);
    if (!lua_getmetatable(L, 1)) lua_pushnil(L);
    return 1;
}

// next(t, key) of scripts goes through what a view shows.
static int guarded_next(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (njl_push_behind(L, 1)) lua_replace(L, 1);
    if (lua_next(L, 1)) return 2;
    lua_pushnil(L);
    return 1;
}

// pairs of scripts: an iteration never gives the table away that it goes through, unless that is the argument itself.
static int guarded_pairs(lua_State *L) {
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") == LUA_TNIL) {
        luaL_checktype(L, 1, LUA_TTABLE);
        lua_pushcfunction(L, guarded_next);
        lua_pushvalue(L, 1);
        lua_pushnil(L);
        return 3;
    }
    lua_pushvalue(L, 1);
    lua_call(L, 1, 3);
    if (lua_type(L, -2) == LUA_TTABLE && !lua_rawequal(L, -2, 1) && lua_tocfunction(L, -3) != NULL) {
        lua_pushvalue(L, -2);
        lua_pushcclosure(L, next_behind, 1);
        lua_replace(L, -4);
        lua_pushvalue(L, 1);
        lua_replace(L, -3);
    }
    return 3;
}

static void set_function(lua_State *L, const char *name, lua_CFunction function) {
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
}

// Functions of the table on top, which holds the globals of scripts.
void njl_set_reading_guards(lua_State *L) {
    set_function(L, "next", guarded_next);
    set_function(L, "pairs", guarded_pairs);
}

// Functions of the table on top, which holds the globals of the library's own files.
void njl_set_sealing(lua_State *L) {
    set_function(L, "sealed", sealed);
    set_function(L, "unsealed", unsealed);
    set_function(L, "setmetatable", library_setmetatable);
    set_function(L, "getmetatable", library_getmetatable);
}
