// Tensors as scripts hold them, and the operators that must be cheap.
#include "internal.h"

// A lazy box on top of the stack, null-filled.
void njl_make_box(lua_State *L, njl_state *state, njl_box **out) {
    njl_box *box = lua_newuserdatauv(L, sizeof *box, 1);
    memset(box, 0, sizeof *box);
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->lazy);
    lua_setmetatable(L, -2);
    *out = box;
}

// Boxes that share an anchor. An anchor that lived through two young collections would wait for a full one, and its
// tape with it; so none lives for long.
enum { boxes_an_anchor = 512 };

// The session keeps the tape of a row that was recorded last, until the anchor does.
static void make_anchor(lua_State *L, njl_state *state, const void *tape) {
    njl_anchor *anchor = lua_newuserdatauv(L, sizeof *anchor, 0);
    anchor->tape = NULL;
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->anchor);
    lua_setmetatable(L, -2);
    state->calls.retain(tape);
    anchor->tape = tape;
    lua_rawseti(L, LUA_REGISTRYINDEX, state->current_anchor);  // the slot exists: nothing is allocated
    state->current = anchor;
    state->anchor_uses = boxes_an_anchor;
}

// Makes the box on top of the stack stand for a row and keep its tape alive, through an anchor that boxes of a tape share.
void njl_anchor_box(lua_State *L, njl_state *state, njl_box *box, const njl_row *row, int32_t place) {
    if (state->current == NULL || state->current->tape != row->tape || state->anchor_uses == 0) {
        make_anchor(L, state, row->tape);
    }
    NJL_ASSERT(lua_touserdata(L, -1) == box && box->anchor == NULL && box->tensor == NULL && row->tape != NULL);
    state->anchor_uses -= 1;
    box->node = row->node;
    box->place = place;
    box->anchor = state->current;
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->current_anchor);
    lua_setiuservalue(L, -2, 1);
}

// A lazy box into which Swift put a tensor becomes an owned one; a released one lets go of its tape. Never raises.
void njl_settle_box(lua_State *L, njl_state *state, int index, njl_box *box) {
    NJL_ASSERT(lua_touserdata(L, index) == box && lua_checkstack(L, 2));
    if (box->flags & NJL_BOX_FILLED) {
        box->flags &= ~(uint32_t)NJL_BOX_FILLED;
        lua_rawgeti(L, LUA_REGISTRYINDEX, state->owned);
        lua_setmetatable(L, index);
    } else if (!(box->flags & NJL_BOX_RELEASED)) {
        return;
    }
    box->anchor = NULL;
    lua_pushnil(L);
    lua_setiuservalue(L, index, 1);
}

// The boxes in a value that was read at a stack index, which the call may have filled. What was read from a table is
// still on the stack, each where its token says. Never raises.
void njl_settle(lua_State *L, njl_state *state, int index, const njl_value *value) {
    if (value->kind == NJL_TENSOR) {
        njl_box *box = njl_own_box(value);
        if (box->flags != 0) njl_settle_box(L, state, index, box);
        return;
    }
    const njl_value *tokens = njl_value_tokens(value);
    if (tokens == NULL || tokens[0].integer == 0) return;
    for (size_t i = 1; i < value->length; i++) {
        if (tokens[i].kind != NJL_TENSOR) continue;
        njl_box *box = njl_own_box(&tokens[i]);
        if (box->flags != 0) njl_settle_box(L, state, tokens[i].index, box);
    }
}

static int collect_anchor(lua_State *L) {
    njl_anchor *anchor = lua_touserdata(L, 1);
    void *tape = (void *)(uintptr_t)anchor->tape;
    anchor->tape = NULL;
    if (tape != NULL) njl_of(L)->calls.release(tape);
    return 0;
}

static int collect_box(lua_State *L) {
    njl_box *box = lua_touserdata(L, 1);
    void *tensor = box->tensor;
    box->tensor = NULL;
    if (tensor != NULL) njl_of(L)->calls.release(tensor);
    return 0;
}

static int collect_object(lua_State *L) {
    njl_object *object = lua_touserdata(L, 1);
    void *held = object->object;
    object->object = NULL;
    if (held != NULL) njl_of(L)->calls.release(held);
    return 0;
}

// ---- Operators --------------------------------------------------------------------------------------------------------

// Operands that the fast path does not take: the binding for what is missing words the message.
static int refuse(lua_State *L, njl_state *state, const char *what, int count) {
    if (count > 2) count = 2;
    njl_value arguments[4] = {{.kind = NJL_STRING, .pointer = what, .length = strlen(what)},
                              {.kind = NJL_INTEGER, .integer = lua_tointeger(L, lua_upvalueindex(1))}};
    for (int i = 0; i < count; i++) njl_read(L, state, i + 1, true, &arguments[2 + i]);
    njl_results results = {0};
    njl_call_site site = {njl_place(L), 1};
    // What the arguments name by their slots lies on this thread's stack.
    lua_State *outer = state->running;
    state->running = L;
    int32_t status = state->calls.dispatch(state->calls.context, state->missing, arguments, 2 + count, &site, &results);
    state->running = outer;
    if (status == NJL_OK) return luaL_error(L, "wrong operands");
    return njl_raise(L, state, status, &results);
}

// The one reader of operands: a tensor or a number, with the kind beside it; false for everything else.
static inline bool read_operand(lua_State *L, njl_state *state, int index, njl_value *out) {
    out->index = index;
    int type = lua_type(L, index);
    if (type == LUA_TUSERDATA) {
        njl_box *box = njl_userdata_box(L, state, index);
        out->kind = NJL_TENSOR;
        out->pointer = box;
        return box != NULL;
    }
    if (type != LUA_TNUMBER) return false;
    out->kind = NJL_NUMBER;
    out->number = lua_tonumber(L, index);
    return true;
}

static inline void settle_operand(lua_State *L, njl_state *state, const njl_value *operand) {
    if (operand->kind != NJL_TENSOR) return;
    njl_box *box = njl_own_box(operand);
    if (box->flags != 0) njl_settle_box(L, state, operand->index, box);
}

static int unary(lua_State *L) {
    njl_state *state = njl_of(L);
    if (state->dead) njl_check_dead(L, state);
    int count = lua_gettop(L);
    njl_value a;
    // As a metamethod, the operand comes twice.
    if (!read_operand(L, state, 1, &a) || a.kind != NJL_TENSOR ||
        (count > 1 && !(count == 2 && lua_rawequal(L, 1, 2)))) {
        return refuse(L, state, "unary", count);
    }
    int32_t place = njl_place(L);
    njl_box *box;
    njl_make_box(L, state, &box);
    njl_results error;
    njl_row row = {NULL, 0};
    lua_State *outer = state->running;
    state->running = L;
    int32_t op = (int32_t)lua_tointeger(L, lua_upvalueindex(1));
    int32_t status = state->calls.unary(state->calls.context, op, &a, place, &row, &error);
    state->running = outer;
    settle_operand(L, state, &a);
    if (status != NJL_OK) return njl_raise(L, state, status, &error);
    njl_anchor_box(L, state, box, &row, place);
    if (state->charged != 0) njl_pay(L, state);
    return 1;
}

static int binary(lua_State *L) {
    njl_state *state = njl_of(L);
    if (state->dead) njl_check_dead(L, state);
    njl_value a, b;
    if (lua_gettop(L) != 2 || !read_operand(L, state, 1, &a) || !read_operand(L, state, 2, &b) ||
        (a.kind != NJL_TENSOR && b.kind != NJL_TENSOR)) {
        return refuse(L, state, "binary", lua_gettop(L));
    }
    int32_t place = njl_place(L);
    njl_box *box;
    njl_make_box(L, state, &box);
    njl_results error;
    njl_row row = {NULL, 0};
    lua_State *outer = state->running;
    state->running = L;
    int32_t op = (int32_t)lua_tointeger(L, lua_upvalueindex(1));
    int32_t status = state->calls.binary(state->calls.context, op, &a, &b, place, &row, &error);
    state->running = outer;
    settle_operand(L, state, &a);
    settle_operand(L, state, &b);
    if (status != NJL_OK) return njl_raise(L, state, status, &error);
    njl_anchor_box(L, state, box, &row, place);
    if (state->charged != 0) njl_pay(L, state);
    return 1;
}

// ---- Tables -------------------------------------------------------------------------------------------------------------

static void add_function(lua_State *L, int table_reference, const char *name) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, table_reference);
    lua_pushstring(L, name);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

static int make_metatable(lua_State *L, const char *name, lua_CFunction collector, const void **identity) {
    lua_newtable(L);
    *identity = lua_topointer(L, -1);
    lua_pushstring(L, name);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__name");
    lua_setfield(L, -2, "__metatable");
    if (collector != NULL) {
        lua_pushcfunction(L, collector);
        lua_setfield(L, -2, "__gc");
    }
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

void njl_make_tensor_tables(lua_State *L, njl_state *state) {
    const void *unused;
    state->lazy = make_metatable(L, "tensor", NULL, &state->lazy_identity);
    state->owned = make_metatable(L, "tensor", collect_box, &state->owned_identity);
    state->anchor = make_metatable(L, "anchor", collect_anchor, &unused);
    const int both[2] = {state->lazy, state->owned};
    for (int i = 0; i < 2; i++) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, both[i]);
        lua_rawgeti(L, LUA_REGISTRYINDEX, state->methods);
        lua_setfield(L, -2, "__index");
        lua_pop(L, 1);
    }
}

struct binding {
    const char *name, *metamethod;
    int32_t index, where, arity;
    uint32_t raw;
};

// Puts the function on top of the stack wherever the binding is to be found, and pops it.
static void place_function(lua_State *L, njl_state *state, const struct binding *binding) {
    if (binding->where & 1) add_function(L, state->nj, binding->name);
    if (binding->where & 2) {
        bool hook = strncmp(binding->name, "__", 2) == 0;
        if (hook) {
            add_function(L, state->lazy, binding->name);
            add_function(L, state->owned, binding->name);
        } else {
            add_function(L, state->methods, binding->name);
        }
    }
    if (binding->where & 4) add_function(L, state->internal, binding->name);
    int type = (binding->where >> 8) - 1;
    if (type >= 0 && type < NJL_TYPES) {
        bool hook = strncmp(binding->name, "__", 2) == 0;
        add_function(L, hook ? state->objects[type] : state->object_methods[type], binding->name);
    }
    if (binding->metamethod != NULL) {
        add_function(L, state->lazy, binding->metamethod);
        add_function(L, state->owned, binding->metamethod);
    }
    lua_pop(L, 1);
}

// What the library asks of every argument needs nothing from the host. Wrong numbers of arguments do.
static int is_tensor(lua_State *L) {
    if (lua_gettop(L) != 1) return njl_dispatch(L);
    lua_pushboolean(L, njl_to_box(L, njl_of(L), 1) != NULL);
    return 1;
}

static int bind(lua_State *L) {
    const struct binding *binding = lua_touserdata(L, 1);
    lua_pushinteger(L, binding->index);
    lua_pushinteger(L, binding->raw);
    lua_pushcclosure(L, binding->where & 8 ? is_tensor : njl_dispatch, 2);
    place_function(L, njl_of(L), binding);
    return 0;
}

static int bind_operator(lua_State *L) {
    const struct binding *binding = lua_touserdata(L, 1);
    lua_pushinteger(L, binding->index);
    lua_pushcclosure(L, binding->arity == 1 ? unary : binary, 1);
    place_function(L, njl_of(L), binding);
    return 0;
}

struct object_type {
    int32_t type;
    const char *name;
};

static int bind_type(lua_State *L) {
    njl_state *state = njl_of(L);
    const struct object_type *kind = lua_touserdata(L, 1);
    if (kind->type < 0 || kind->type >= NJL_TYPES) return luaL_error(L, "too many native types");
    lua_newtable(L);
    njl_make_strict(L, kind->name);
    int methods = luaL_ref(L, LUA_REGISTRYINDEX);
    state->objects[kind->type] =
        make_metatable(L, kind->name, collect_object, &state->object_identity[kind->type]);
    state->object_methods[kind->type] = methods;
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->objects[kind->type]);
    lua_rawgeti(L, LUA_REGISTRYINDEX, methods);
    lua_setfield(L, -2, "__index");
    njl_push_missing(L, lua_pushfstring(L, "%s assignment", kind->name));
    lua_setfield(L, -3, "__newindex");
    return 0;
}

int32_t njl_bind(njl_state *state, const char *name, int32_t index, int32_t where, uint32_t raw, void *receiver) {
    struct binding binding = {name, NULL, index, where, 0, raw};
    return njl_protect(state, bind, &binding, receiver);
}

int32_t njl_bind_operator(njl_state *state, const char *name, int32_t op, int32_t arity, int32_t where,
                          const char *metamethod, void *receiver) {
    struct binding binding = {name, metamethod, op, where, arity, 0};
    return njl_protect(state, bind_operator, &binding, receiver);
}

int32_t njl_bind_type(njl_state *state, int32_t type, const char *name, void *receiver) {
    struct object_type kind = {type, name};
    return njl_protect(state, bind_type, &kind, receiver);
}

void njl_set_missing_binding(njl_state *state, int32_t binding) { state->missing = binding; }
