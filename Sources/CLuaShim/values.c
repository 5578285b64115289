// Values on their way: read from the Lua stack into flat tokens, and pushed from tokens.
#include "internal.h"

typedef struct builder {
    lua_State *L;
    njl_state *state;
    int slot;  // the userdata that holds the tokens
    njl_value *tokens;
    size_t count, capacity;
    int64_t tensors;
    const void *path[NJL_MAX_DEPTH + 1];  // the tables that are being read, from the outside in
} builder;

enum { TOKENS = 1024 };  // between two looks at the limits

static njl_value *emit(builder *b) {
    // Tables that share tables are as long as if each were there as often as it is named.
    if (b->count % TOKENS == TOKENS - 1) njl_charge_steps(b->L, TOKENS);
    if (b->count == b->capacity) {
        if (b->count >= NJL_MAX_TOKENS) njl_error(b->L, "a table has more than %d entries", (int)NJL_MAX_TOKENS);
        size_t capacity = b->capacity * 2;
        njl_value *larger = lua_newuserdatauv(b->L, capacity * sizeof(njl_value), 0);
        memcpy(larger, b->tokens, b->count * sizeof(njl_value));
        lua_replace(b->L, b->slot);
        b->tokens = larger;
        b->capacity = capacity;
    }
    njl_value *token = &b->tokens[b->count++];
    memset(token, 0, sizeof *token);
    return token;
}

// Everything but tables.
static void read_plain(lua_State *L, njl_state *state, int index, njl_value *out) {
    out->index = index;
    out->length = 0;
    out->integer = 0;
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: out->kind = NJL_NIL; break;
    case LUA_TBOOLEAN:
        out->kind = NJL_BOOLEAN;
        out->integer = lua_toboolean(L, index);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            out->kind = NJL_INTEGER;
            out->integer = lua_tointeger(L, index);
        } else {
            out->kind = NJL_NUMBER;
            out->number = lua_tonumber(L, index);
        }
        break;
    case LUA_TSTRING:
        out->kind = NJL_STRING;
        out->pointer = lua_tolstring(L, index, &out->length);
        break;
    case LUA_TFUNCTION: out->kind = NJL_FUNCTION; break;
    case LUA_TUSERDATA: {
        const void *identity = njl_identity(L, index);
        out->pointer = lua_touserdata(L, index);
        if (identity == state->lazy_identity || identity == state->owned_identity) {
            out->kind = NJL_TENSOR;
            return;
        }
        out->kind = NJL_OTHER;
        for (int type = 0; identity != NULL && type < NJL_TYPES; type++) {
            if (identity == state->object_identity[type]) {
                out->kind = NJL_OBJECT;
                out->length = (size_t)type;
                return;
            }
        }
        break;
    }
    default: out->kind = NJL_OTHER;
    }
}

static void flatten(builder *b, int table, int depth);

// Whether a token names something in Lua's memory. That stays on the stack until the call ends: the table it came from
// may be weak, or be emptied by a script that the call runs.
static bool has_to_stay(int32_t kind) {
    return kind == NJL_STRING || kind == NJL_TENSOR || kind == NJL_OBJECT || kind == NJL_FUNCTION || kind == NJL_OTHER;
}

// The value at the top of the stack. Returns true where it has to stay there.
static bool flatten_top(builder *b, int depth) {
    int index = lua_gettop(b->L);
    if (lua_type(b->L, index) == LUA_TTABLE) {
        flatten(b, index, depth + 1);
        return lua_gettop(b->L) > index;
    }
    njl_value value;
    read_plain(b->L, b->state, index, &value);
    *emit(b) = value;
    if (value.kind == NJL_TENSOR) b->tensors++;
    return has_to_stay(value.kind);
}

// Checks the table and returns where it is to be read: a view is read through.
static int enter_table(builder *b, int table, int depth) {
    if (depth > NJL_MAX_DEPTH) njl_error(b->L, "a table is nested deeper than %d levels", NJL_MAX_DEPTH);
    b->path[depth] = lua_topointer(b->L, table);
    for (int outer = 0; outer < depth; outer++) {
        if (b->path[outer] == b->path[depth]) njl_error(b->L, "a table holds itself: it cannot be read", 0);
    }
    luaL_checkstack(b->L, 10, "a table is too large");
    return njl_push_behind(b->L, table) ? lua_gettop(b->L) : table;
}

// The list of a table; returns how many entries it has. A length that is far beyond what is there, which a table with
// holes may have, is refused.
static size_t flatten_list(builder *b, int table, int depth) {
    lua_State *L = b->L;
    size_t length = lua_rawlen(L, table), holes = 0;
    for (size_t i = 1; i <= length; i++) {
        int top = lua_gettop(L);
        if (lua_rawgeti(L, table, (lua_Integer)i) == LUA_TNIL && ++holes > 64 + i / 2) {
            njl_error(L, "a list has more holes than entries", 0);
        }
        if (!flatten_top(b, depth)) lua_settop(L, top);
        luaL_checkstack(L, 8, "a table is too large");
    }
    return length;
}

static void flatten(builder *b, int table, int depth) {
    lua_State *L = b->L;
    table = enter_table(b, table, depth);
    size_t header = b->count;
    emit(b)->kind = NJL_BEGIN;
    size_t sequence = flatten_list(b, table, depth);
    int32_t fields = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        int value = lua_gettop(L), key = value - 1;
        if (lua_isinteger(L, key)) {
            lua_Integer position = lua_tointeger(L, key);
            if (position >= 1 && (size_t)position <= sequence) {
                lua_settop(L, key);
                continue;
            }
        }
        njl_value name;
        read_plain(L, b->state, key, &name);
        *emit(b) = name;
        fields++;
        bool stays = flatten_top(b, depth);
        if (!stays) lua_settop(L, key);
        if (stays || has_to_stay(name.kind)) {
            luaL_checkstack(L, 8, "a table is too large");
            lua_pushvalue(L, key);
        }
    }
    b->tokens[header].length = sequence;
    b->tokens[header].index = fields;
}

// Reads the value at a stack index. Tables become tokens in a userdata that is pushed and has to stay on the stack.
void njl_read(lua_State *L, njl_state *state, int index, bool raw, njl_value *out) {
    if (lua_type(L, index) != LUA_TTABLE) {
        read_plain(L, state, index, out);
        return;
    }
    out->index = index;
    out->length = 0;
    out->integer = 0;
    out->kind = NJL_RAW_TABLE;
    if (raw) return;
    luaL_checkstack(L, 8, "too many values");
    builder b = {.L = L, .state = state, .capacity = 16};
    b.tokens = lua_newuserdatauv(L, b.capacity * sizeof(njl_value), 0);
    b.slot = lua_gettop(L);
    flatten(&b, index, 0);
    b.tokens[0].integer = b.tensors;
    out->kind = NJL_TABLE;
    out->pointer = b.tokens;
    out->length = b.count;
}

static const double *push_numbers(lua_State *L, const njl_numbers *numbers, const double *next, int axis) {
    if (axis == numbers->rank) {
        switch (numbers->style) {
        case 1: lua_pushinteger(L, (lua_Integer)*next); break;
        case 2: lua_pushboolean(L, *next != 0); break;
        default: lua_pushnumber(L, *next);
        }
        return next + 1;
    }
    luaL_checkstack(L, 4, "too many values");
    int64_t extent = numbers->extents[axis];
    lua_createtable(L, extent < INT32_MAX ? (int)extent : 0, 0);
    for (int64_t i = 1; i <= extent; i++) {
        next = push_numbers(L, numbers, next, axis + 1);
        lua_rawseti(L, -2, i);
    }
    return next;
}

static void push_owned(lua_State *L, njl_state *state, const njl_value *value) {
    NJL_ASSERT(value->kind == NJL_OWNED);
    njl_box *box = lua_newuserdatauv(L, sizeof *box, 1);
    memset(box, 0, sizeof *box);
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->owned);
    lua_setmetatable(L, -2);
    box->place = (int32_t)value->length;
    box->tensor = state->calls.claim(state->calls.context, value->index);
}

static void push_native(lua_State *L, njl_state *state, const njl_value *value) {
    njl_object *object = lua_newuserdatauv(L, sizeof *object, 0);
    object->object = NULL;
    object->type = (int32_t)value->length;
    NJL_ASSERT(object->type >= 0 && object->type < NJL_TYPES && state->objects[object->type] != 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->objects[object->type]);
    lua_setmetatable(L, -2);
    object->object = state->calls.claim(state->calls.context, value->index);
}

// Pushes one value and returns the token after it.
const njl_value *njl_push(lua_State *L, njl_state *state, const njl_value *value) {
    luaL_checkstack(L, 6, "too many values");
    switch (value->kind) {
    case NJL_BOOLEAN: lua_pushboolean(L, value->integer != 0); break;
    case NJL_INTEGER: lua_pushinteger(L, value->integer); break;
    case NJL_NUMBER: lua_pushnumber(L, value->number); break;
    case NJL_STRING: lua_pushlstring(L, value->pointer, value->length); break;
    case NJL_NODE: {
        njl_box *box;
        njl_make_box(L, state, &box);
        njl_row row = {value->pointer, value->index};
        njl_anchor_box(L, state, box, &row, (int32_t)value->length);
        break;
    }
    case NJL_OWNED: push_owned(L, state, value); break;
    case NJL_NATIVE: push_native(L, state, value); break;
    case NJL_NUMBERS: {
        const njl_numbers *numbers = value->pointer;
        push_numbers(L, numbers, numbers->values, 0);
        break;
    }
    case NJL_REFERENCE: lua_rawgeti(L, LUA_REGISTRYINDEX, value->integer); break;
    case NJL_ARGUMENT: lua_pushvalue(L, value->index); break;
    case NJL_BEGIN: {
        const njl_value *next = value + 1;
        lua_createtable(L, (int)value->length, value->index);
        for (size_t i = 1; i <= value->length; i++) {
            next = njl_push(L, state, next);
            lua_rawseti(L, -2, (lua_Integer)i);
        }
        for (int32_t i = 0; i < value->index; i++) {
            next = njl_push(L, state, next);
            next = njl_push(L, state, next);
            lua_rawset(L, -3);
        }
        return next;
    }
    default: lua_pushnil(L);
    }
    return value + 1;
}

void njl_push_results(lua_State *L, njl_state *state, const njl_results *results) {
    const njl_value *next = results->stream != NULL ? results->stream : results->values;
    for (int32_t i = 0; i < results->count; i++) next = njl_push(L, state, next);
}
