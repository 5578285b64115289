// table.concat, unpack, insert, remove, sort and move, and string.rep of Lua 5.4, which can be stopped.
//
// Those of the standard library loop in C as often as a length says, and `__len` can say anything: no hook reaches them.
// These do the same in the same order, count every element against the script's instructions, and notice a stop. They
// follow ltablib.c and lstrlib.c of Lua 5.4.4, copyright 1994-2022 Lua.org, PUC-Rio (MIT licence).
#include "internal.h"
#include <limits.h>

#define READ 1
#define WRITE 2
#define LENGTH 4

enum { ELEMENTS = 1024, STEPS_FOR_THEM = 1024 };  // between two looks at the limits

static void step(lua_State *L, int *left) {
    if (--*left > 0) return;
    *left = ELEMENTS;
    njl_charge_steps(L, STEPS_FOR_THEM);
}

static bool has_method(lua_State *L, const char *name, int below_top) {
    lua_pushstring(L, name);
    return lua_rawget(L, -below_top) != LUA_TNIL;
}

// What is no table serves as one where it has the metamethods for what is done.
static void check_list(lua_State *L, int argument, int what) {
    if (lua_type(L, argument) == LUA_TTABLE) return;
    int pushed = 1;
    if (lua_getmetatable(L, argument) && (!(what & READ) || has_method(L, "__index", ++pushed)) &&
        (!(what & WRITE) || has_method(L, "__newindex", ++pushed)) &&
        (!(what & LENGTH) || has_method(L, "__len", ++pushed))) {
        lua_pop(L, pushed);
    } else {
        luaL_checktype(L, argument, LUA_TTABLE);
    }
}

static lua_Integer list_length(lua_State *L, int argument, int what) {
    check_list(L, argument, what | LENGTH);
    return luaL_len(L, argument);
}

int njl_insert(lua_State *L) {
    lua_Integer end = (lua_Integer)((lua_Unsigned)list_length(L, 1, READ | WRITE) + 1), position = end;
    int left = ELEMENTS;
    switch (lua_gettop(L)) {
    case 2: break;
    case 3:
        position = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)position - 1U < (lua_Unsigned)end, 2, "position out of bounds");
        for (lua_Integer i = end; i > position; i--) {
            step(L, &left);
            lua_geti(L, 1, i - 1);
            lua_seti(L, 1, i);
        }
        break;
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, position);
    return 0;
}

int njl_remove(lua_State *L) {
    lua_Integer length = list_length(L, 1, READ | WRITE), position = luaL_optinteger(L, 2, length);
    int left = ELEMENTS;
    if (position != length) {
        luaL_argcheck(L, (lua_Unsigned)position - 1U <= (lua_Unsigned)length, 2, "position out of bounds");
    }
    lua_geti(L, 1, position);
    for (; position < length; position++) {
        step(L, &left);
        lua_geti(L, 1, position + 1);
        lua_seti(L, 1, position);
    }
    lua_pushnil(L);
    lua_seti(L, 1, position);
    return 1;
}

int njl_move(lua_State *L) {
    lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3), to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5, left = ELEMENTS;
    check_list(L, 1, READ);
    check_list(L, target, WRITE);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
        lua_Integer count = last - first + 1;
        luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        bool forward = to > last || to <= first || (target != 1 && !(lua_compare)(L, 1, target, LUA_OPEQ));
        for (lua_Integer i = 0; i < count; i++) {
            lua_Integer offset = forward ? i : count - 1 - i;
            step(L, &left);
            lua_geti(L, 1, first + offset);
            lua_seti(L, target, to + offset);
        }
    }
    lua_pushvalue(L, target);
    return 1;
}

static void add_element(lua_State *L, luaL_Buffer *buffer, lua_Integer i, int *left) {
    lua_geti(L, 1, i);
    if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1), (LUAI_UACINT)i);
    }
    int64_t length = (int64_t)lua_rawlen(L, -1);
    if (length > 64 * ELEMENTS) njl_charge_steps(L, length / 64);
    step(L, left);
    luaL_addvalue(buffer);
}

int njl_concat(lua_State *L) {
    lua_Integer last = list_length(L, 1, READ);
    size_t between = 0;
    const char *separator = lua_isnoneornil(L, 2) ? "" : luaL_checklstring(L, 2, &between);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    int left = ELEMENTS;
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (; i < last; i++) {
        add_element(L, &buffer, i, &left);
        luaL_addlstring(&buffer, separator, between);
    }
    if (i == last) add_element(L, &buffer, i, &left);
    luaL_pushresult(&buffer);
    return 1;
}

int njl_unpack(lua_State *L) {
    lua_Integer i = luaL_optinteger(L, 2, 1);
    lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
    if (i > last) return 0;
    lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)i;
    if (count >= (unsigned)INT_MAX || !lua_checkstack(L, (int)(++count))) {
        return luaL_error(L, "too many results to unpack");
    }
    int left = ELEMENTS;
    // The stack alone took time.
    njl_charge_steps(L, (int64_t)(count / 64));
    for (; i < last; i++) {
        step(L, &left);
        lua_geti(L, 1, i);
    }
    lua_geti(L, 1, last);
    return (int)count;
}

// ---- sort -----------------------------------------------------------------------------------------------------------

typedef unsigned int position;

typedef struct sorting {
    lua_State *L;
    int left;
} sorting;

static void set_two(lua_State *L, position i, position j) {
    lua_seti(L, 1, i);
    lua_seti(L, 1, j);
}

static bool is_less(sorting *s, int a, int b) {
    lua_State *L = s->L;
    step(L, &s->left);
    if (lua_isnil(L, 2)) return lua_compare(L, a, b, LUA_OPLT);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a - 1);
    lua_pushvalue(L, b - 2);
    lua_call(L, 2, 1);
    bool result = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return result;
}

// The pivot is on top of the stack, and at up - 1. Leaves the smaller ones below the position that it returns.
static position divide(sorting *s, position low, position up) {
    lua_State *L = s->L;
    position i = low, j = up - 1;
    for (;;) {
        while (lua_geti(L, 1, ++i), is_less(s, -1, -2)) {
            if (i == up - 1) luaL_error(L, "invalid order function for sorting");
            lua_pop(L, 1);
        }
        while (lua_geti(L, 1, --j), is_less(s, -3, -1)) {
            if (j < i) luaL_error(L, "invalid order function for sorting");
            lua_pop(L, 1);
        }
        if (j < i) {
            lua_pop(L, 1);
            set_two(L, up - 1, i);
            return i;
        }
        set_two(L, i, j);
    }
}

static position choose_pivot(position low, position up, unsigned random) {
    position quarter = (up - low) / 4;
    return random % (quarter * 2) + (low + quarter);
}

static void sort(sorting *s, position low, position up, unsigned random) {
    lua_State *L = s->L;
    while (low < up) {
        lua_geti(L, 1, low);
        lua_geti(L, 1, up);
        if (is_less(s, -1, -2)) {
            set_two(L, low, up);
        } else {
            lua_pop(L, 2);
        }
        if (up - low == 1) break;
        position middle = up - low > 100 ? choose_pivot(low, up, random) : (low + up) / 2;
        lua_geti(L, 1, middle);
        lua_geti(L, 1, low);
        if (is_less(s, -2, -1)) {
            set_two(L, middle, low);
        } else {
            lua_pop(L, 1);
            lua_geti(L, 1, up);
            if (is_less(s, -1, -2)) {
                set_two(L, middle, up);
            } else {
                lua_pop(L, 2);
            }
        }
        if (up - low == 2) break;
        lua_geti(L, 1, middle);
        lua_pushvalue(L, -1);
        lua_geti(L, 1, up - 1);
        set_two(L, middle, up - 1);
        middle = divide(s, low, up);
        position smaller;
        if (middle - low < up - middle) {
            sort(s, low, middle - 1, random);
            smaller = middle - low;
            low = middle + 1;
        } else {
            sort(s, middle + 1, up, random);
            smaller = up - middle;
            up = middle - 1;
        }
        // Badly balanced: pivots from elsewhere, the same in every run.
        if ((up - low) / 128 > smaller) random = random * 1664525u + 1013904223u;
    }
}

int njl_sort(lua_State *L) {
    lua_Integer length = list_length(L, 1, READ | WRITE);
    if (length > 1) {
        luaL_argcheck(L, length < INT_MAX, 1, "array too big");
        if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
        lua_settop(L, 2);
        luaL_checkstack(L, 40, "");
        sorting s = {L, ELEMENTS};
        sort(&s, 1, (position)length, 0);
    }
    return 0;
}

// ---- rep ------------------------------------------------------------------------------------------------------------

int njl_rep(lua_State *L) {
    size_t length, between = 0;
    const char *s = luaL_checklstring(L, 1, &length);
    lua_Integer times = luaL_checkinteger(L, 2);
    const char *separator = lua_isnoneornil(L, 3) ? "" : luaL_checklstring(L, 3, &between);
    size_t unit = length + between;
    if (times <= 0 || unit == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    const size_t most = (size_t)INT32_MAX;  // as the standard library has it
    if (unit < length || unit > most / (size_t)times) return luaL_error(L, "resulting string too large");
    size_t total = (size_t)times * unit - between;
    // The memory limit, where there is one, comes first; this is against filling the machine's.
    if (njl_of(L)->has_budget && total > 1000000000) return luaL_error(L, "resulting string too large");
    njl_charge_steps(L, (int64_t)(total / 64));
    luaL_Buffer buffer;
    char *target = luaL_buffinitsize(L, &buffer, total);
    size_t have = length, piece = (size_t)1 << 20;
    memcpy(target, s, length);
    if (total > length) {
        memcpy(target + length, separator, between);
        have = unit;
    }
    // The text has the period of one unit, and what is there is a multiple of it.
    if (piece < unit) piece = unit;
    piece -= piece % unit;
    while (have < total) {
        size_t count = have < piece ? have : piece;
        if (count > total - have) count = total - have;
        memcpy(target + have, target, count);
        have += count;
        if (count == piece) njl_charge_steps(L, 0);
    }
    luaL_pushresultsize(&buffer, total);
    return 1;
}
