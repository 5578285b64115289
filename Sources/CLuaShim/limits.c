// What ends a script that does not end by itself: limits, and a stop that was asked for (CProcess).
//
// With a count hook set, Lua slows down about twice, so none is set in normal running; time is kept by a timer of the
// system whose signal sets the hook, and memory is looked at where it is taken. A state that has met a limit is dead: the
// hook raises again at the next instruction wherever the script goes, and the functions that catch errors (guards.c) pass
// that one on. A limit of a part, such as a manifest, ends with it; one of the whole run is for good, and what a part uses
// counts there as well.
#include "internal.h"
#include <CProcess.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const int64_t hook_interval = 1000;

static void die(njl_state *state, njl_ending limit, const char *reason) {
    state->dead = true;
    state->met_limit = limit;
    if (state->reason == NULL) state->reason = reason;
}

static void end_run(njl_state *state, njl_ending limit) {
    if (state->stopped) return;
    state->dead = state->stopped = true;
    state->run_ending = limit;
    state->reason = state->run_reasons[limit] != NULL ? state->run_reasons[limit] : "the run met its limit";
}

// Counts instructions, or work that is worth as many.
void njl_use(njl_state *state, int64_t steps) {
    if (state->dead || steps <= 0) return;
    if (state->has_run_budget) {
        state->run_budget = steps < state->run_budget ? state->run_budget - steps : 0;
        if (state->run_budget == 0) end_run(state, NJL_OUT_OF_INSTRUCTIONS);
    }
    if (state->has_budget && !state->dead) {
        state->budget = steps < state->budget ? state->budget - steps : 0;
        if (state->budget == 0) die(state, NJL_OUT_OF_INSTRUCTIONS, "the script used up its instructions");
    }
}

// Microseconds of the processor that this thread has used.
static int64_t busy_us(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return 0;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool njl_counts(const njl_state *state) { return state->has_budget || state->has_run_budget; }

// From here on work is counted by the processor's time as well.
void njl_count_from_here(njl_state *state) {
    if (njl_counts(state)) state->busy_since = busy_us();
}

// One instruction may compare megabytes, or run a step of a training: it counts as one a microsecond. Others take
// nanoseconds, so what counts does not depend on the machine where nothing large is done.
static int64_t slow_steps(njl_state *state) {
    int64_t now = busy_us(), spent = now - state->busy_since;
    state->busy_since = now;
    return spent > hook_interval ? spent - hook_interval : 0;
}

// How long scripts may go on in one call of a training step that is to be finished.
static const int64_t grace_ms = 500;

static void stop(njl_state *state) {
    state->dead = state->stopped = true;
    state->reason = "interrupted";
}

static void consider_stop(njl_state *state) {
    if (state->is_late) end_run(state, NJL_OUT_OF_TIME);
    if (state->dead || !nj_stop_asked()) return;
    if (nj_stop_due()) {
        stop(state);
        return;
    }
    int64_t now = nj_clock_ms();
    if (state->since == 0) {
        state->since = now;
    } else if (now - state->since > grace_ms) {
        stop(state);
    }
}

static void on_hook(lua_State *L, lua_Debug *frame) {
    njl_state *state = njl_of(L);
    consider_stop(state);
    if (frame->event == LUA_HOOKCOUNT && !state->dead && njl_counts(state)) {
        njl_use(state, hook_interval + slow_steps(state));
    }
    if (!state->dead) return;
    lua_sethook(L, on_hook, LUA_MASKCALL | LUA_MASKCOUNT, 1);
    // Level 0: a hook runs in the frame of the function that it interrupts.
    luaL_where(L, 0);
    lua_pushstring(L, state->reason != NULL ? state->reason : "stopped");
    lua_concat(L, 2);
    lua_error(L);
}

// Sets the hook that a thread needs now.
void njl_arm(lua_State *L, njl_state *state) {
    if (state->dead || state->is_late || nj_stop_due()) {
        lua_sethook(L, on_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
    } else if (nj_stop_asked()) {
        lua_sethook(L, on_hook, LUA_MASKCALL | LUA_MASKCOUNT, (int)hook_interval);
    } else if (state->has_budget || state->has_run_budget) {
        lua_sethook(L, on_hook, LUA_MASKCOUNT, (int)hook_interval);
    } else if (lua_gethook(L) == on_hook) {
        lua_sethook(L, NULL, 0, 0);
    }
}

// Inside the signal, on the thread that runs this state.
void njl_on_stop(void *context) {
    njl_state *state = context;
    njl_arm(state->thread, state);
}

static void say(const char *text) {
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

static void on_deadline(void *context) {
    njl_state *state = context;
    state->is_late = true;
    njl_arm(state->thread, state);
    if (state->patience_ms == 0 || state->depth == 0) return;
    int64_t now = nj_clock_ms();
    if (state->late_since == 0) state->late_since = now;
    if (now - state->late_since < state->patience_ms) return;
    // Something that cannot be interrupted, such as one enormous operation. Only calls that a signal allows.
    const char *reason = state->run_reasons[NJL_OUT_OF_TIME];
    say("error: ");
    say(reason != NULL ? reason : "the run met its limit");
    say(", and an operation went on: the process was ended\n");
    _exit(1);
}

void njl_end_process_after(njl_state *state, int64_t milliseconds) { state->patience_ms = milliseconds; }

// ---- Limits of a part ---------------------------------------------------------------------------------------------------

void njl_limit_instructions(njl_state *state, int64_t count) {
    // A stop that was asked for, and the end of the run, outlive every limit.
    state->dead = state->stopped;
    state->reason = state->stopped ? state->reason : NULL;
    state->met_limit = NJL_NO_LIMIT_MET;
    state->has_budget = count > 0;
    state->budget = count;
    njl_count_from_here(state);
    njl_arm(state->running, state);
}

void njl_limit_memory(njl_state *state, size_t bytes) { state->limit = bytes; }

static void on_part_time(void *context) {
    njl_state *state = context;
    if (!state->dead) die(state, NJL_OUT_OF_TIME, "the script used up its time");
    njl_arm(state->thread, state);
}

bool njl_limit_time(njl_state *state, int64_t milliseconds) {
    nj_deadline_end(state->part_deadline);
    state->part_deadline = milliseconds > 0 ? nj_deadline_begin_busy(milliseconds, on_part_time, state) : -1;
    return milliseconds <= 0 || state->part_deadline >= 0;
}

njl_ending njl_met_limit(const njl_state *state) { return state->met_limit; }

// ---- Limits of the whole run --------------------------------------------------------------------------------------------

static void say_reason(njl_state *state, njl_ending limit, const char *reason) {
    // The words for what was met stay.
    if (state->run_ending == limit) return;
    free(state->run_reasons[limit]);
    state->run_reasons[limit] = reason != NULL ? strdup(reason) : NULL;
}

void njl_limit_run_instructions(njl_state *state, int64_t count, const char *reason) {
    say_reason(state, NJL_OUT_OF_INSTRUCTIONS, reason);
    state->has_run_budget = count > 0;
    state->run_budget = count;
    njl_count_from_here(state);
    njl_arm(state->running, state);
}

void njl_limit_run_memory(njl_state *state, size_t bytes, const char *reason) {
    say_reason(state, NJL_OUT_OF_MEMORY, reason);
    state->run_limit = bytes;
    state->full_at = 0;
}

bool njl_limit_run_time(njl_state *state, int64_t milliseconds, const char *reason) {
    say_reason(state, NJL_OUT_OF_TIME, reason);
    nj_deadline_end(state->deadline);
    state->is_late = false;
    state->deadline = milliseconds > 0 ? nj_deadline_begin(milliseconds, on_deadline, state) : -1;
    return milliseconds <= 0 || state->deadline >= 0;
}

void njl_end_limits(njl_state *state) {
    // Called where no script runs any more.
    nj_deadline_end(state->deadline);
    nj_deadline_end(state->part_deadline);
    for (int i = 0; i < NJL_ENDINGS; i++) {
        free(state->run_reasons[i]);
        state->run_reasons[i] = NULL;
    }
    state->deadline = state->part_deadline = -1;
}

bool njl_is_limited(const njl_state *state) {
    return state->has_run_budget || state->run_limit != 0 || state->deadline >= 0;
}

void njl_end_run(njl_state *state, njl_ending limit) {
    end_run(state, limit);
    njl_arm(state->running, state);
}

njl_ending njl_run_ending(njl_state *state) {
    if (state->is_late) end_run(state, NJL_OUT_OF_TIME);
    return state->run_ending;
}

const char *njl_run_reason(const njl_state *state) { return state->run_ending != NJL_NO_LIMIT_MET ? state->reason : NULL; }

// Keeps the line that was refused memory: the error of Lua has none. Lua asks again while it unwinds: with no line in
// sight, that of before holds.
void njl_note_memory_place(njl_state *state) {
    lua_Debug frame;
    for (int level = 0; lua_getstack(state->thread, level, &frame); level++) {
        if (!lua_getinfo(state->thread, "Sl", &frame) || frame.currentline < 0 || njl_is_internal(&frame)) continue;
        snprintf(state->memory_place, sizeof state->memory_place, "%s:%d: ", frame.short_src, frame.currentline);
        break;
    }
}

// Whether Lua may grow by so many bytes.
bool njl_may_grow(njl_state *state, size_t bytes) {
    if (state->limit != 0 && state->used + bytes > state->limit) {
        state->is_run_refused = false;
        njl_note_memory_place(state);
        return false;
    }
    if (state->run_limit == 0) return true;
    size_t live = state->calls.live(state->calls.context);
    if (state->used + bytes + live <= state->run_limit) return true;
    state->is_run_refused = true;
    if (state->run_ending == NJL_NO_LIMIT_MET) njl_note_memory_place(state);
    return false;
}

// ---- What ends scripts ----------------------------------------------------------------------------------------------------

void njl_interrupt(njl_state *state, const char *reason) {
    state->reason = reason;
    state->dead = state->stopped = true;
    lua_sethook(state->thread, on_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

void njl_go_on(njl_state *state) {
    // A run that has met its limit is over for good.
    if (state->depth > 0 || state->run_ending != NJL_NO_LIMIT_MET) return;
    state->dead = state->stopped = false;
    state->reason = NULL;
    state->since = 0;
    state->met_limit = NJL_NO_LIMIT_MET;
    njl_arm(state->main, state);
}

// One instruction may join, copy or hash megabytes: memory that is taken counts as the instructions that filling it is worth.
void njl_use_memory(njl_state *state, size_t bytes) {
    if (njl_counts(state)) njl_spend(state, (int64_t)(bytes >> 6));
}

void njl_spend(njl_state *state, int64_t steps) {
    njl_use(state, steps);
    if (state->dead) njl_arm(state->running, state);
}

// Counts work that C does for a script as so many instructions; raises when there are none left, or on a stop.
void njl_charge_steps(lua_State *L, int64_t steps) {
    njl_state *state = njl_of(L);
    consider_stop(state);
    njl_use(state, steps);
    if (!state->dead) return;
    njl_arm(L, state);
    njl_check_dead(L, state);
}

// Whether an error is that of a limit on memory, and not one that a test asked for.
bool njl_is_memory_limit(njl_state *state, int status) {
    return status == LUA_ERRMEM && (state->limit != 0 || state->run_limit != 0) && !state->has_fault;
}

// Errors that no script may catch: those of a dead state, and of a memory limit that was reached.
bool njl_is_fatal(njl_state *state, int status) {
    if (state->is_late) end_run(state, NJL_OUT_OF_TIME);
    if (njl_is_memory_limit(state, status)) {
        if (state->is_run_refused) {
            end_run(state, NJL_OUT_OF_MEMORY);
        } else {
            die(state, NJL_OUT_OF_MEMORY, "the script used up its memory");
        }
    }
    return state->dead;
}

// An error has come out of Lua.
void njl_note_ending(njl_state *state, int status) {
    if (!njl_is_memory_limit(state, status)) return;
    state->met_limit = NJL_OUT_OF_MEMORY;
    if (state->is_run_refused) end_run(state, NJL_OUT_OF_MEMORY);
}
