// Where Lua meets Swift.
//
// Lua raises errors with longjmp, and a jump over a Swift frame is undefined. So every call of the Lua API that can
// raise, allocate or run a script is made in C: either inside a function that Lua itself called, with no Swift frame
// above it, or under lua_pcall. Swift is called back through `njl_callbacks`; it returns a status and never raises.
// The only lua_error that follows from Swift is in this target, after the Swift frame is gone.
//
// What a callback hands over is first named, then put into an object that Lua already owns ("box first, then fill"),
// so an allocation that fails on the way leaves nothing behind.
#ifndef CLUASHIM_H
#define CLUASHIM_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

typedef struct lua_State lua_State;
typedef struct njl_state njl_state;

// ---- Values that cross ---------------------------------------------------------------------------------------------

typedef enum njl_kind {
    NJL_NIL = 0,
    NJL_BOOLEAN,
    NJL_INTEGER,
    NJL_NUMBER,
    NJL_STRING,     // pointer, length; valid until the call returns
    NJL_TENSOR,     // from Lua: pointer to an njl_box
    NJL_OBJECT,     // from Lua: pointer to an njl_object
    NJL_TABLE,      // from Lua, flattened: pointer to tokens, length of them; index is the stack slot
    NJL_RAW_TABLE,  // from Lua, not flattened: index is the stack slot
    NJL_FUNCTION,   // from Lua: index is the stack slot
    NJL_OTHER,      // from Lua: a thread or a foreign userdata
    NJL_BEGIN,      // a table follows: `length` values, then `index` pairs of key and value; of what is read from Lua the
                    // first has the number of tensors, at any depth, in `integer`
    NJL_NODE,       // to Lua: pointer is a tape, index a row on it, length the place
    NJL_OWNED,      // to Lua: a tensor; index names what `claim` hands over, length is the place
    NJL_NATIVE,     // to Lua: an object; index names what `claim` hands over, length is the type
    NJL_NUMBERS,    // to Lua: pointer to an njl_numbers, pushed as a nested table
    NJL_REFERENCE,  // to Lua: integer is a reference made by njl_reference
    NJL_ARGUMENT,   // to Lua: the value in stack slot `index`
} njl_kind;

// What `pointer` points to is told by `kind` alone: Swift sees it as `__pointer`, which one file reads (Operand.swift) and
// one writes (TokenWriter.swift); everything else goes through the functions below, which look at the kind first.
#define NJL_HIDDEN __attribute__((swift_private))

typedef struct njl_value {
    int32_t kind;
    int32_t index;
    union {
        int64_t integer;
        double number;
        NJL_HIDDEN const void *pointer;
    };
    size_t length;
} njl_value;

// A nested table of numbers. `style` 0: floats, 1: integers, 2: booleans.
typedef struct njl_numbers {
    const double *values;
    int32_t style;
    int32_t rank;
    int64_t extents[8];
} njl_numbers;

// What keeps a tape alive for the tensors on it: null once the collector has finalised it.
typedef struct njl_anchor {
    const void *tape;
} njl_anchor;

// A tensor as a script holds it. Lazy: a row on a tape, found through an anchor that is the box's user value. A box can
// outlive what its anchor did for it (the collector finalises the anchor, and a weak table revives the box in the same
// cycle), so it never has the tape itself. Owned: a tensor, and the row where it was last used.
typedef struct njl_box {
    NJL_HIDDEN const njl_anchor *anchor;
    NJL_HIDDEN void *tensor;
    uint64_t serial;
    int32_t node;
    int32_t place;
    uint32_t flags;
    uint32_t spare;
} njl_box;

enum {
    NJL_BOX_RELEASED = 1,  // `place` is where
    NJL_BOX_FILLED = 2,    // Swift put a tensor into a lazy box; the shim turns it into an owned one
};

// An opaque native object: null once it was collected.
typedef struct njl_object {
    NJL_HIDDEN void *object;
    int32_t type;
} njl_object;

// The tensor, object or tokens that a value from Lua stands for; null where it is of another kind.
static inline const njl_box *njl_value_box(const njl_value *value) {
    return value->kind == NJL_TENSOR ? (const njl_box *)value->pointer : NULL;
}

static inline const njl_object *njl_value_object(const njl_value *value) {
    return value->kind == NJL_OBJECT ? (const njl_object *)value->pointer : NULL;
}

static inline const njl_value *njl_value_tokens(const njl_value *value) {
    return value->kind == NJL_TABLE ? (const njl_value *)value->pointer : NULL;
}

static inline const char *njl_value_text(const njl_value *value) {
    return value->kind == NJL_STRING ? (const char *)value->pointer : NULL;
}

// The tape of a lazy tensor while it lives, or null.
static inline const void *njl_box_tape(const njl_box *box) { return box->anchor != NULL ? box->anchor->tape : NULL; }

// ---- Calls from Lua into Swift --------------------------------------------------------------------------------------

typedef enum njl_status {
    NJL_OK = 0,
    NJL_ERROR,    // results->values[0] is the message
    NJL_RETHROW,  // the error object of the last failed njl_call is raised again
    NJL_COLLECT,  // memory ran out: collect, then call once more
} njl_status;

enum { NJL_INLINE_VALUES = 10 };

typedef struct njl_results {
    int32_t count;             // values on top level
    const njl_value *stream;   // null, or where the values are
    njl_value values[NJL_INLINE_VALUES];  // the tokens, when stream is null
} njl_results;

typedef struct njl_call_site {
    int32_t place;
    int32_t attempt;  // 0, or 1 after a collection
} njl_call_site;

// A row that an operator recorded.
typedef struct njl_row {
    const void *tape;
    int32_t node;
} njl_row;

// Capture-free functions; `context` is the host's. Operands are tensors and numbers, one of them at least a tensor.
typedef struct njl_callbacks {
    void *context;
    int32_t (*unary)(void *context, int32_t op, const njl_value *a, int32_t place, njl_row *out, njl_results *error);
    int32_t (*binary)(void *context, int32_t op, const njl_value *a, const njl_value *b, int32_t place, njl_row *out,
                      njl_results *error);
    int32_t (*dispatch)(void *context, int32_t binding, const njl_value *arguments, int32_t count,
                        const njl_call_site *site, njl_results *results);
    // One retained object for slot `index` of the results of the call that just returned.
    void *(*claim)(void *context, int32_t index);
    void (*retain)(const void *object);
    void (*release)(void *object);
    // Native bytes alive: of the session where its memory is counted, else of the process.
    size_t (*live)(void *context);
    // The number of a line of a script.
    int32_t (*place)(void *context, const char *source, size_t length, int32_t line);
    // One frame of a traceback, innermost first. `name` may be null.
    void (*frame)(void *context, const char *source, size_t length, int32_t line, const char *name);
    // The answer of a protected call: values, or with `failed` the message; 2: one made of an error value that is no
    // text, which has no line of its own.
    void (*receive)(void *context, void *receiver, int32_t failed, const njl_value *values, int32_t count);
} njl_callbacks;

// ---- The state ------------------------------------------------------------------------------------------------------

// A state with no libraries open; null when there is no memory.
njl_state *njl_open(const njl_callbacks *callbacks);
void njl_close(njl_state *state);

// What the Lua library says of its release: "$LuaVersion: Lua 5.4.6  Copyright ...".
const char *njl_release(void);

// Opens the standard libraries and builds the tables of tensors, objects and guards. Status 0 or an error through
// `receiver`, as for all protected calls below. `trusted` 1: leaves out nothing; 2: nor replaces anything of the standard
// library, for tests that compare with it.
int32_t njl_prepare(njl_state *state, int32_t trusted, void *receiver);

// Registers binding `index`. `where`: bit 0 the `nj` table, bit 1 a method of tensors, bit 2 the internal table,
// bit 3 a test for tensors, which the shim answers itself; bits 8 and up: 1 + the object type that it is a method of. Bit i of `raw`: argument i, a table, is not flattened.
int32_t njl_bind(njl_state *state, const char *name, int32_t index, int32_t where, uint32_t raw, void *receiver);
// Registers a fast operator. `arity` 1 or 2; `where` as above; `metamethod` may be null.
int32_t njl_bind_operator(njl_state *state, const char *name, int32_t op, int32_t arity, int32_t where,
                          const char *metamethod, void *receiver);
// Gives a native object type its name, before methods are bound to it. Types count from 0 up to 63.
int32_t njl_bind_type(njl_state *state, int32_t type, const char *name, void *receiver);
// Binding that answers a read of a field that is not there: arguments are what ("nj", "tensor", a type, "global",
// "assign") and the key.
void njl_set_missing_binding(njl_state *state, int32_t binding);

// ---- Protected calls from Swift ---------------------------------------------------------------------------------------

// Compiles text (never binary). The receiver gets one function. `environment` 0: a new sandboxed environment;
// 1: the internal one, with every library and the internal table, for the library's own files; 2: a new one with every
// library, for a script that is trusted in a state that holds others.
int32_t njl_load(njl_state *state, const char *text, size_t length, const char *chunk_name, int32_t environment,
                 void *receiver);
// Calls what `reference` names. The receiver gets all results, tables flattened unless `raw`.
int32_t njl_call(njl_state *state, int32_t reference, const njl_value *arguments, int32_t token_count,
                 int32_t argument_count, int32_t raw, void *receiver);
// Reads a field of a table (metamethods run), through the receiver.
int32_t njl_get_field(njl_state *state, int32_t reference, const char *name, int32_t raw, void *receiver);
// A reference to the value in a stack slot of the running call or receiver; 0 when there is no memory.
int32_t njl_reference(njl_state *state, int32_t index);
void njl_unreference(njl_state *state, int32_t reference);
// Sets `nj` (1) as what `require "nightjar"` gives; names a value for internal use.
int32_t njl_set_internal(njl_state *state, const char *name, int32_t reference, void *receiver);

// ---- Memory, limits, faults ---------------------------------------------------------------------------------------------

// Native bytes that came to life; past a megabyte of them the collector makes a step at the next chance.
void njl_charge(njl_state *state, size_t bytes);
// Bytes that Lua itself uses.
size_t njl_lua_bytes(const njl_state *state);
// At most this many bytes for Lua itself; 0: no limit.
void njl_limit_memory(njl_state *state, size_t bytes);
// Scripts compute at most so many milliseconds from now on; 0: no limit. False where the system has no timer for it.
bool njl_limit_time(njl_state *state, int64_t milliseconds);
// The allocation after `after` more successful ones fails, and all after it; negative: none.
void njl_fail_allocation(njl_state *state, int64_t after);
// The call of the Lua API that can raise, after `after` more of them, raises "injected fault"; negative: none.
void njl_fail_call(njl_state *state, int64_t after);
// Whether a fault that was asked for has come since this was last asked.
bool njl_met_fault(njl_state *state);
// Allocations since the state was made.
int64_t njl_allocation_count(const njl_state *state);
// At most this many VM instructions (approximately) from now on; 0: no limit. Once spent, the state is dead until the
// next call of this function: no script code runs, and scripts cannot catch the error.
void njl_limit_instructions(njl_state *state, int64_t count);
// Counts work that the host did for the script as so many instructions.
void njl_spend(njl_state *state, int64_t steps);
// Stops the script at the next instruction, for good. May be called from a signal handler. A stop that a signal asked for
// (CProcess) does the same by itself: at once, or where a training step is to be finished when the call that the step
// made into Lua has lasted half a second.
void njl_interrupt(njl_state *state, const char *reason);
// Lets scripts run again after a stop, when none is running and what asked for the stop was taken back.
void njl_go_on(njl_state *state);
// The limit that a script has met since njl_limit_instructions was called last.
typedef enum njl_ending {
    NJL_NO_LIMIT_MET,
    NJL_OUT_OF_INSTRUCTIONS,
    NJL_OUT_OF_MEMORY,
    NJL_OUT_OF_TIME,
    NJL_ENDINGS,
} njl_ending;
njl_ending njl_met_limit(const njl_state *state);

// Limits of the whole run, from now on; 0: none. Whoever meets one is dead for good, whatever limits of parts follow.
// `reason` is what the error says after the script's line. Instructions of parts count here as well; memory is that of
// Lua and what `live` tells; time that of the wall, kept by a signal to the thread that last called into the state (false:
// the system has no timer left).
void njl_limit_run_instructions(njl_state *state, int64_t count, const char *reason);
void njl_limit_run_memory(njl_state *state, size_t bytes, const char *reason);
bool njl_limit_run_time(njl_state *state, int64_t milliseconds, const char *reason);
// The process is ended, with exit status 1, where a call into the state still goes on so long after the limit on time.
void njl_end_process_after(njl_state *state, int64_t milliseconds);
// The run meets a limit that somebody else looks at.
void njl_end_run(njl_state *state, njl_ending limit);
// The limit that the run has met, and its reason, or null.
njl_ending njl_run_ending(njl_state *state);
const char *njl_run_reason(const njl_state *state);
// Frees what nothing refers to. Not from within a callback.
void njl_collect(njl_state *state);
// Lets go of the tape that the next lazy tensors were to share.
void njl_drop_anchor(njl_state *state);
// Whether script lines are found through the saved program counter (true) or lua_getinfo alone.
bool njl_uses_program_counter(const njl_state *state);

#endif
