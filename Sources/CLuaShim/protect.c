// Calls from Swift into Lua. Each runs under lua_pcall; answers and errors go to the receiver.
#include "internal.h"
#include <CProcess.h>
#include <stdio.h>

// What people read of an error value that is no text: what its __tostring says, a number, or what it is.
static int error_text(lua_State *L) {
    bool is_text = lua_type(L, 1) == LUA_TNUMBER || luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL;
    const char *text = njl_tolstring(L, 1, NULL);
    if (!is_text) lua_pushfstring(L, "the error value is %s", text);
    return 1;
}

static void report(njl_state *state, lua_State *L, void *receiver) {
    // The error object waits in its slot, in case it is to be raised again. Where the slot exists nothing is allocated;
    // before it does, nobody raises again.
    if (state->pending != 0) {
        lua_pushvalue(L, -1);
        (lua_rawseti)(L, LUA_REGISTRYINDEX, state->pending);
    }
    int32_t failed = 1;
    int kind = lua_type(L, -1);
    if (kind != LUA_TSTRING) {
        failed = 2;
        lua_pushcfunction(L, error_text);
        lua_insert(L, -2);
        if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
            // Its __tostring failed, or there is no memory for the text.
            lua_pop(L, 1);
            lua_pushnil(L);
        }
    }
    njl_value message = {NJL_STRING, 0, {.integer = 0}, 0};
    if (lua_type(L, -1) == LUA_TSTRING) {
        message.pointer = (lua_tolstring)(L, -1, &message.length);
    } else {
        message.pointer = kind == LUA_TTABLE ? "the error value is a table whose __tostring fails"
                                             : "the error value has no text";
        message.length = strlen(message.pointer);
    }
    // Whatever ended a script whose run has met a limit, that is what is said. There may be no memory for the words; those
    // of Lua for want of memory have no line.
    char ending[512];
    if (state->run_ending != NJL_NO_LIMIT_MET && strstr(message.pointer, state->reason) == NULL) {
        const char *place = state->run_ending == NJL_OUT_OF_MEMORY ? state->memory_place : "";
        snprintf(ending, sizeof ending, "%s%s", place, state->reason);
        message = (njl_value){NJL_STRING, 0, {.pointer = ending}, strlen(ending)};
        failed = place[0] != '\0' ? 1 : 2;
    } else if (state->memory_place[0] != '\0' && strcmp(message.pointer, "not enough memory") == 0) {
        snprintf(ending, sizeof ending, "%snot enough memory (Lua uses %zu MiB)", state->memory_place, state->used >> 20);
        message = (njl_value){NJL_STRING, 0, {.pointer = ending}, strlen(ending)};
    }
    if (state->depth == 0 && state->run_ending == NJL_NO_LIMIT_MET) state->memory_place[0] = '\0';
    state->calls.receive(state->calls.context, receiver, failed, &message, 1);
}

int32_t njl_protect(njl_state *state, lua_CFunction function, void *argument, void *receiver) {
    lua_State *L = state->running;
    int top = lua_gettop(L);
    if (!lua_checkstack(L, 10)) {
        njl_value message = {NJL_STRING, 0, {.pointer = "the Lua stack is full"}, 21};
        state->calls.receive(state->calls.context, receiver, 1, &message, 1);
        return NJL_ERROR;
    }
    lua_pushcfunction(L, njl_traceback);
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    // A stop in mid-step gives each call that the step makes some time; calls inside that one share it.
    if (state->step != nj_steps_begun()) {
        state->step = nj_steps_begun();
        state->step_depth = state->depth;
    }
    if (state->depth == state->step_depth) state->since = 0;
    if (state->depth == 0) {
        nj_deadline_here(state->deadline);
        njl_count_from_here(state);
    }
    state->depth++;
    int status = lua_pcall(L, 1, 0, top + 1);
    state->depth--;
    state->running = L;
    if (status != LUA_OK) {
        njl_note_ending(state, status);
        report(state, L, receiver);
    }
    lua_settop(L, top);
    return status == LUA_OK ? NJL_OK : NJL_ERROR;
}

// Hands the values from stack index `first` on to the receiver.
static void deliver(lua_State *L, njl_state *state, int first, bool raw, void *receiver) {
    int count = lua_gettop(L) - first + 1;
    if (count > NJL_MAX_ARGUMENTS) count = NJL_MAX_ARGUMENTS;
    njl_value values[NJL_MAX_ARGUMENTS];
    luaL_checkstack(L, 8 + count, "too many values");
    for (int i = 0; i < count; i++) njl_read(L, state, first + i, raw, &values[i]);
    luaL_checkstack(L, 8, "too many values");
    lua_State *outer = state->running;
    state->running = L;
    state->calls.receive(state->calls.context, receiver, 0, values, count);
    state->running = outer;
    for (int i = 0; i < count; i++) {
        njl_settle(L, state, first + i, &values[i]);
    }
}

struct load_request {
    const char *text, *name;
    size_t length;
    int32_t environment;
    void *receiver;
};

static int load(lua_State *L) {
    njl_state *state = njl_of(L);
    const struct load_request *request = lua_touserdata(L, 1);
    njl_flush_lines(state);
    if (luaL_loadbufferx(L, request->text, request->length, request->name, "t") != LUA_OK) return lua_error(L);
    njl_flush_lines(state);
    if (request->environment == 1) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, state->internal);
    } else {
        njl_push_environment(L, state, request->environment == 2);
    }
    lua_setupvalue(L, -2, 1);
    deliver(L, state, lua_gettop(L), true, request->receiver);
    return 0;
}

int32_t njl_load(njl_state *state, const char *text, size_t length, const char *chunk_name, int32_t environment,
                 void *receiver) {
    struct load_request request = {text, chunk_name, length, environment, receiver};
    return njl_protect(state, load, &request, receiver);
}

struct call_request {
    int32_t reference, token_count, argument_count, raw;
    const njl_value *arguments;
    const char *field;
    void *receiver;
};

static int call(lua_State *L) {
    njl_state *state = njl_of(L);
    const struct call_request *request = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->reference);
    const njl_value *next = request->arguments;
    for (int32_t i = 0; i < request->argument_count; i++) next = njl_push(L, state, next);
    lua_call(L, request->argument_count, LUA_MULTRET);
    deliver(L, state, 2, request->raw != 0, request->receiver);
    return 0;
}

int32_t njl_call(njl_state *state, int32_t reference, const njl_value *arguments, int32_t token_count,
                 int32_t argument_count, int32_t raw, void *receiver) {
    struct call_request request = {reference, token_count, argument_count, raw, arguments, NULL, receiver};
    return njl_protect(state, call, &request, receiver);
}

static int get_field(lua_State *L) {
    const struct call_request *request = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->reference);
    lua_getfield(L, -1, request->field);
    deliver(L, njl_of(L), lua_gettop(L), request->raw != 0, request->receiver);
    return 0;
}

int32_t njl_get_field(njl_state *state, int32_t reference, const char *name, int32_t raw, void *receiver) {
    struct call_request request = {reference, 0, 0, raw, NULL, name, receiver};
    return njl_protect(state, get_field, &request, receiver);
}

static int refer(lua_State *L) {
    int32_t *reference = lua_touserdata(L, 1);
    lua_settop(L, 2);
    *reference = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

int32_t njl_reference(njl_state *state, int32_t index) {
    lua_State *L = state->running;
    int top = lua_gettop(L);
    if (!lua_checkstack(L, 6)) return 0;
    int32_t reference = 0;
    int slot = lua_absindex(L, index);
    lua_pushcfunction(L, refer);
    lua_pushlightuserdata(L, &reference);
    lua_pushvalue(L, slot);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) reference = 0;
    lua_settop(L, top);
    return reference;
}

void njl_unreference(njl_state *state, int32_t reference) {
    if (lua_checkstack(state->running, 4)) luaL_unref(state->running, LUA_REGISTRYINDEX, reference);
}

static int set_internal(lua_State *L) {
    const struct call_request *request = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, njl_of(L)->internal);
    lua_pushstring(L, request->field);
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->reference);
    lua_rawset(L, -3);
    return 0;
}

int32_t njl_set_internal(njl_state *state, const char *name, int32_t reference, void *receiver) {
    struct call_request request = {reference, 0, 0, 0, NULL, name, receiver};
    return njl_protect(state, set_internal, &request, receiver);
}
