// Which line of which script is running.
#include "internal.h"

// Library files carry this in front of their names; their lines are never shown.
static const char internal_mark[] = "=[nightjar]";

bool njl_is_internal(const lua_Debug *frame) {
    return strncmp(frame->source, internal_mark, sizeof internal_mark - 1) == 0;
}

// Lua 5.4's private CallInfo: func, top, previous and next come before the saved program counter; the status of the
// call is its last field. Whether this is so is tried when a state is made.
static const size_t pc_offset = 4 * sizeof(void *);
static const size_t status_offset = 7 * sizeof(void *) + sizeof(int) + sizeof(short);
static const unsigned short status_c = 1 << 1;

static const void *saved_pc(const lua_Debug *frame) {
    return *(const void *const *)((const char *)frame->i_ci + pc_offset);
}

static bool is_c(const lua_Debug *frame) {
    return (*(const unsigned short *)((const char *)frame->i_ci + status_offset) & status_c) != 0;
}

static size_t line_slot(const void *pc) { return ((uintptr_t)pc >> 2) % NJL_LINES; }

// The number of the line at a frame, or -1 where the frame is none of a user's script.
static int32_t place_of(lua_State *L, njl_state *state, lua_Debug *frame) {
    if (!lua_getinfo(L, "Sl", frame) || frame->currentline < 0 || njl_is_internal(frame)) return -1;
    const char *source = frame->source[0] == '@' || frame->source[0] == '=' ? frame->source + 1 : frame->short_src;
    return state->calls.place(state->calls.context, source, strlen(source), frame->currentline);
}

// The number of the innermost line of a user's script. Lines are remembered by program counter, which is safe because
// loading a chunk, the only way in which code appears, forgets them.
int32_t njl_place(lua_State *L) {
    njl_state *state = njl_of(L);
    lua_Debug frame;
    for (int level = 1; lua_getstack(L, level, &frame); level++) {
        int32_t place;
        if (state->uses_pc) {
            if (is_c(&frame)) continue;
            const void *pc = saved_pc(&frame);
            njl_line *line = &state->lines[line_slot(pc)];
            if (line->pc != pc) {
                line->place = place_of(L, state, &frame);
                line->pc = pc;
            }
            place = line->place;
        } else {
            place = place_of(L, state, &frame);
        }
        if (place >= 0) return place;
    }
    return 0;
}

void njl_flush_lines(njl_state *state) { memset(state->lines, 0, sizeof state->lines); }

bool njl_uses_program_counter(const njl_state *state) { return state->uses_pc; }

static int probe(lua_State *L) {
    lua_Debug own, caller;
    bool fits = lua_getstack(L, 0, &own) && lua_getstack(L, 1, &caller) && is_c(&own) && !is_c(&caller);
    lua_pushinteger(L, fits ? (lua_Integer)(intptr_t)saved_pc(&caller) : 0);
    return 1;
}

// The layout is private to Lua: three calls a known number of instructions apart, from Lua to C, must show it.
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

// Raises an error that begins with the innermost line of a user's script, whatever of the library is in between.
int njl_error(lua_State *L, const char *message, int number) {
    lua_Debug frame;
    luaL_checkstack(L, 4, "too many values");
    lua_pushstring(L, "");
    for (int level = 1; lua_getstack(L, level, &frame); level++) {
        if (!lua_getinfo(L, "Sl", &frame) || frame.currentline < 0 || njl_is_internal(&frame)) continue;
        lua_pop(L, 1);
        lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
        break;
    }
    lua_pushfstring(L, message, number);
    lua_concat(L, 2);
    return lua_error(L);
}

// Message handler: hands the frames of scripts to the host and leaves the error as it is.
int njl_traceback(lua_State *L) {
    njl_state *state = njl_of(L);
    lua_Debug frame;
    int shown = 0;
    for (int level = 0; shown < 16 && lua_getstack(L, level, &frame); level++) {
        if (!lua_getinfo(L, "Sln", &frame)) continue;
        if (frame.currentline < 0 || njl_is_internal(&frame)) continue;
        const char *source = frame.source[0] == '@' || frame.source[0] == '=' ? frame.source + 1 : frame.short_src;
        const char *name = frame.name;
        if (name == NULL && strcmp(frame.what, "main") == 0) name = "main chunk";
        state->calls.frame(state->calls.context, source, strlen(source), frame.currentline, name);
        shown++;
    }
    lua_settop(L, 1);
    return 1;
}
