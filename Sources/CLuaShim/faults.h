// For tests: every call of the Lua API that can raise an error can be made to.
//
// Each of them is counted where a test asks for it, and the one that the test names raises instead of doing its work.
// Included after the headers of Lua. Where a call cannot raise, and has to be made outside of protection, the name is
// put in parentheses, which leaves these macros out.
#ifndef NJL_FAULTS_H
#define NJL_FAULTS_H

static inline void njl_step(lua_State *L) {
    njl_state *state = njl_of(L);
    if (state->has_call_fault) njl_count_call(L, state);
}

#define lua_newuserdatauv(L, size, values) (njl_step(L), lua_newuserdatauv(L, size, values))
#define lua_newthread(L) (njl_step(L), lua_newthread(L))
#define lua_createtable(L, array, fields) (njl_step(L), lua_createtable(L, array, fields))
#define lua_pushlstring(L, text, length) (njl_step(L), lua_pushlstring(L, text, length))
#define lua_pushstring(L, text) (njl_step(L), lua_pushstring(L, text))
#define lua_pushcclosure(L, function, values) \
    ((values) > 0 ? njl_step(L) : (void)0, lua_pushcclosure(L, function, values))
#define lua_tolstring(L, index, length) (njl_step(L), lua_tolstring(L, index, length))
#define lua_rawset(L, index) (njl_step(L), lua_rawset(L, index))
#define lua_rawseti(L, index, key) (njl_step(L), lua_rawseti(L, index, key))
#define lua_getfield(L, index, name) (njl_step(L), lua_getfield(L, index, name))
#define lua_setfield(L, index, name) (njl_step(L), lua_setfield(L, index, name))
#define lua_getglobal(L, name) (njl_step(L), lua_getglobal(L, name))
#define lua_next(L, index) (njl_step(L), lua_next(L, index))
#define lua_callk(L, arguments, results, context, next) \
    (njl_step(L), lua_callk(L, arguments, results, context, next))
#define lua_getinfo(L, what, frame) (njl_step(L), lua_getinfo(L, what, frame))
#define luaL_ref(L, table) (njl_step(L), luaL_ref(L, table))
#define luaL_tolstring(L, index, length) (njl_step(L), luaL_tolstring(L, index, length))
#define luaL_checkstack(L, count, message) (njl_step(L), luaL_checkstack(L, count, message))
#define luaL_checktype(L, index, type) (njl_step(L), luaL_checktype(L, index, type))
#define luaL_checkany(L, index) (njl_step(L), luaL_checkany(L, index))
#define luaL_checklstring(L, index, length) (njl_step(L), luaL_checklstring(L, index, length))
#define luaL_checkinteger(L, index) (njl_step(L), luaL_checkinteger(L, index))
#define luaL_checkoption(L, index, standard, names) (njl_step(L), luaL_checkoption(L, index, standard, names))
#define luaL_getmetafield(L, index, name) (njl_step(L), luaL_getmetafield(L, index, name))
#define luaL_optinteger(L, index, standard) (njl_step(L), luaL_optinteger(L, index, standard))
#define luaL_len(L, index) (njl_step(L), luaL_len(L, index))
#define luaL_addlstring(buffer, text, length) (njl_step((buffer)->L), luaL_addlstring(buffer, text, length))
#define luaL_addvalue(buffer) (njl_step((buffer)->L), luaL_addvalue(buffer))
#define luaL_pushresult(buffer) (njl_step((buffer)->L), luaL_pushresult(buffer))
#define lua_gettable(L, index) (njl_step(L), lua_gettable(L, index))
#define lua_geti(L, index, key) (njl_step(L), lua_geti(L, index, key))
#define lua_seti(L, index, key) (njl_step(L), lua_seti(L, index, key))
#define lua_compare(L, first, second, op) (njl_step(L), lua_compare(L, first, second, op))
#define luaL_buffinitsize(L, buffer, size) (njl_step(L), luaL_buffinitsize(L, buffer, size))
#define luaL_openlibs(L) (njl_step(L), luaL_openlibs(L))
#define luaL_loadbufferx(L, text, length, name, mode) \
    (njl_step(L), luaL_loadbufferx(L, text, length, name, mode))

#endif
