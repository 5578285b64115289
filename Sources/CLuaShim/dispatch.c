// The way from a Lua call to a function of the binding table, and back.
#include "internal.h"

// Raises what a callback left behind. The Swift frame is gone.
int njl_raise(lua_State *L, njl_state *state, int32_t status, const njl_results *results) {
    if (status == NJL_RETHROW) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, state->pending);
    } else {
        njl_host_was_refused(&state->blocks);
        lua_pushlstring(L, results->values[0].pointer, results->values[0].length);
    }
    return lua_error(L);
}

void njl_check_dead(lua_State *L, njl_state *state) {
    if (state->dead) luaL_error(L, "%s", state->reason != NULL ? state->reason : "stopped");
}

int njl_dispatch(lua_State *L) {
    njl_state *state = njl_of(L);
    if (state->dead) njl_check_dead(L, state);
    int count = lua_gettop(L);
    if (count > NJL_MAX_ARGUMENTS) return luaL_error(L, "too many arguments: %d", count);
    luaL_checkstack(L, 8, "too many values");
    int32_t binding = (int32_t)lua_tointeger(L, lua_upvalueindex(1));
    uint32_t raw = (uint32_t)lua_tointeger(L, lua_upvalueindex(2));
    njl_value arguments[NJL_MAX_ARGUMENTS];
    for (int i = 0; i < count; i++) njl_read(L, state, i + 1, (raw >> i) & 1, &arguments[i]);
    njl_call_site site = {njl_place(L), 0};
    luaL_checkstack(L, 8, "too many values");
    njl_results results;
    lua_State *outer = state->running;
    int32_t status;
    for (;;) {
        results.count = 0;
        results.stream = NULL;
        state->running = L;
        status = state->calls.dispatch(state->calls.context, binding, arguments, count, &site, &results);
        state->running = outer;
        if (status != NJL_COLLECT || site.attempt > 0) break;
        lua_gc(L, LUA_GCCOLLECT);
        site.attempt = 1;
    }
    for (int i = 0; i < count; i++) {
        njl_settle(L, state, i + 1, &arguments[i]);
    }
    if (status != NJL_OK) return njl_raise(L, state, status, &results);
    njl_push_results(L, state, &results);
    if (state->charged != 0) njl_pay(L, state);
    return results.count;
}
