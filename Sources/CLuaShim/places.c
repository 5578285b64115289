// Which line of which script is running.
#include "internal.h"

// Library files carry this in front of their names; their lines are never shown.
static const char internal_mark[] = "=[nightjar]";

static bool is_internal(const lua_Debug *frame) {
    return strncmp(frame->source, internal_mark, sizeof internal_mark - 1) == 0;
}

// Offset of the saved program counter in Lua 5.4's private CallInfo: func, top, previous and next come before it.
static const size_t pc_offset = 4 * sizeof(void *);

static const void *saved_pc(const lua_Debug *frame) {
    return *(const void *const *)((const char *)frame->i_ci + pc_offset);
}

static size_t line_slot(const void *pc) { return ((uintptr_t)pc >> 2) % NJL_LINES; }

static int32_t find_place(lua_State *L, njl_state *state, const void **cacheable) {
    lua_Debug frame;
    for (int level = 1; lua_getstack(L, level, &frame); level++) {
        if (!lua_getinfo(L, "Sl", &frame)) continue;
        if (frame.currentline < 0 || is_internal(&frame)) continue;
        const char *source = frame.source[0] == '@' || frame.source[0] == '=' ? frame.source + 1 : frame.short_src;
        if (level == 1) *cacheable = saved_pc(&frame);
        return state->calls.place(state->calls.context, source, strlen(source), frame.currentline);
    }
    return 0;
}

// The number of the innermost line of a user's script. Lines are remembered by program counter, which is safe because
// loading a chunk, the only way in which code appears, forgets them.
int32_t njl_place(lua_State *L) {
    njl_state *state = njl_of(L);
    if (state->uses_pc) {
        lua_Debug frame;
        if (!lua_getstack(L, 1, &frame)) return 0;
        const void *pc = saved_pc(&frame);
        njl_line *line = &state->lines[line_slot(pc)];
        if (pc != NULL && line->pc == pc) return line->place;
    }
    const void *pc = NULL;
    int32_t place = find_place(L, state, &pc);
    if (state->uses_pc && pc != NULL) {
        njl_line *line = &state->lines[line_slot(pc)];
        line->pc = pc;
        line->place = place;
    }
    return place;
}

void njl_flush_lines(njl_state *state) { memset(state->lines, 0, sizeof state->lines); }

bool njl_uses_program_counter(const njl_state *state) { return state->uses_pc; }

static int probe(lua_State *L) {
    lua_Debug frame;
    lua_getstack(L, 1, &frame);
    lua_pushinteger(L, (lua_Integer)(intptr_t)saved_pc(&frame));
    return 1;
}

// The layout is private to Lua: three calls a known number of instructions apart must show it.
void njl_probe_lines(lua_State *L) {
    njl_state *state = njl_of(L);
    int top = lua_gettop(L);
    lua_pushcfunction(L, probe);
    if (luaL_loadstring(L, "local p = ... local a = p() local b = p() local c = p() return a, b, c") == LUA_OK) {
        lua_insert(L, -2);
        lua_call(L, 1, 3);
        lua_Integer a = lua_tointeger(L, -3), b = lua_tointeger(L, -2), c = lua_tointeger(L, -1);
        state->uses_pc = LUA_VERSION_NUM == 504 && a != 0 && b > a && b - a == c - b && b - a <= 64 && (b - a) % 4 == 0;
    }
    lua_settop(L, top);
}

// Message handler: hands the frames of scripts to the host and leaves the error as it is.
int njl_traceback(lua_State *L) {
    njl_state *state = njl_of(L);
    lua_Debug frame;
    int shown = 0;
    for (int level = 0; shown < 16 && lua_getstack(L, level, &frame); level++) {
        if (!lua_getinfo(L, "Sln", &frame)) continue;
        if (frame.currentline < 0 || is_internal(&frame)) continue;
        const char *source = frame.source[0] == '@' || frame.source[0] == '=' ? frame.source + 1 : frame.short_src;
        const char *name = frame.name;
        if (name == NULL && strcmp(frame.what, "main") == 0) name = "main chunk";
        state->calls.frame(state->calls.context, source, strlen(source), frame.currentline, name);
        shown++;
    }
    lua_settop(L, 1);
    return 1;
}
