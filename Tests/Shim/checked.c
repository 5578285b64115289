// The boundary's C alone, with a host of counters in place of Swift: built with the address and undefined-behaviour
// sanitizers, its own assertions, and a Lua whose assertions and interface checks are on (`make sanitize`). Runs its
// script with no fault, then with every allocation and every call that can raise failing once; what was retained is
// released each time.
#include "CLuaShim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct counted {
    int references;
    struct counted *next, *before;
} counted;

static long alive;
// All that live. Those that Lua has lost stay here, so that they are counted and are no leak.
static counted *all;
static counted *tape;
static int32_t nodes;
static njl_state *state;
static char message[512];
static int32_t kept;
static int failures, lost;

static counted *make(void) {
    counted *object = calloc(1, sizeof *object);
    if (object == NULL) abort();
    object->references = 1;
    object->next = all;
    if (all != NULL) all->before = object;
    all = object;
    alive++;
    return object;
}

static void retain(const void *object) { ((counted *)(uintptr_t)object)->references++; }

static void release(void *object) {
    counted *own = object;
    if (--own->references > 0) return;
    alive--;
    if (own->next != NULL) own->next->before = own->before;
    if (own->before != NULL) {
        own->before->next = own->next;
    } else {
        all = own->next;
    }
    free(own);
}

static int32_t fail(njl_results *results, const char *text) {
    results->count = 1;
    results->stream = NULL;
    results->values[0] = (njl_value){.kind = NJL_STRING, .pointer = text, .length = strlen(text)};
    return NJL_ERROR;
}

static int32_t record(njl_row *out) {
    if (++nodes % 50 == 0) {
        release(tape);
        tape = make();
    }
    *out = (njl_row){tape, nodes};
    return NJL_OK;
}

// Looks at the operand as a host does: a tensor that is gone is an error.
static bool is_alive(const njl_value *value) {
    const njl_box *box = njl_value_box(value);
    if (box == NULL) return value->kind == NJL_NUMBER;
    const counted *owner = box->tensor != NULL ? box->tensor : njl_box_tape(box);
    return owner != NULL && owner->references > 0;
}

static int32_t unary(void *context, int32_t op, const njl_value *a, int32_t place, njl_row *out, njl_results *error) {
    (void)context, (void)op, (void)place;
    return is_alive(a) ? record(out) : fail(error, "a tensor is gone");
}

static int32_t binary(void *context, int32_t op, const njl_value *a, const njl_value *b, int32_t place, njl_row *out,
                      njl_results *error) {
    if (a->kind != NJL_TENSOR && b->kind != NJL_TENSOR) abort();
    return is_alive(a) ? unary(context, op, b, place, out, error) : fail(error, "a tensor is gone");
}

enum { ECHO, OWNED, FILL, OBJECT, TWICE, MISSING };

// Puts a tensor into every lazy one, as working it out does.
static void fill(const njl_value *value) {
    njl_box *box = (njl_box *)(uintptr_t)njl_value_box(value);
    const njl_value *tokens = njl_value_tokens(value);
    if (box != NULL && box->tensor == NULL && njl_box_tape(box) != NULL) {
        box->tensor = make();
        box->flags |= NJL_BOX_FILLED;
    }
    for (size_t i = 1; tokens != NULL && i < value->length; i++) fill(&tokens[i]);
}

static int32_t dispatch(void *context, int32_t binding, const njl_value *arguments, int32_t count,
                        const njl_call_site *site, njl_results *results) {
    (void)context, (void)site;
    results->stream = NULL;
    results->count = 1;
    njl_value *first = &results->values[0];
    switch (binding) {
    case ECHO: {
        if (count == 0) return fail(results, "echo takes a value");
        const njl_value *tokens = njl_value_tokens(&arguments[0]);
        if (tokens != NULL) {
            results->stream = tokens;
        } else {
            *first = arguments[0];
            if (first->kind >= NJL_TENSOR) *first = (njl_value){.kind = NJL_ARGUMENT, .index = 1};
        }
        return NJL_OK;
    }
    case OWNED: *first = (njl_value){.kind = NJL_OWNED}; return NJL_OK;
    case OBJECT: *first = (njl_value){.kind = NJL_NATIVE}; return NJL_OK;
    case TWICE:
        if (site->attempt == 0) return NJL_COLLECT;
        results->count = 0;
        return NJL_OK;
    case FILL:
        for (int32_t i = 0; i < count; i++) fill(&arguments[i]);
        results->count = 0;
        return NJL_OK;
    default: return fail(results, "there is no such name");
    }
}

static void *claim(void *context, int32_t index) {
    (void)context, (void)index;
    return make();
}

static size_t live(void *context) {
    (void)context;
    return (size_t)alive << 20;
}

static int32_t place(void *context, const char *source, size_t length, int32_t line) {
    (void)context, (void)source, (void)length;
    return line;
}

static void frame(void *context, const char *source, size_t length, int32_t line, const char *name) {
    (void)context, (void)source, (void)length, (void)line, (void)name;
}

static void receive(void *context, void *receiver, int32_t failed, const njl_value *values, int32_t count) {
    (void)context, (void)receiver;
    if (failed) {
        snprintf(message, sizeof message, "%.*s", (int)values[0].length, njl_value_text(&values[0]));
    } else if (count > 0 && values[0].kind == NJL_FUNCTION) {
        kept = njl_reference(state, values[0].index);
    }
}

static const char script[] =
    "local function refused(f, ...) if pcall(f, ...) then error('not refused', 2) end end\n"
    "local t = nj.owned() local u = t + 1 local v = -u local w = u * v\n"
    "refused(nj.add, 5, 3) refused(nj.add, t, {}) refused(nj.add, t) refused(nj.neg, 5) refused(nj.add, 0, 0, 0)\n"
    "assert(nj.is_tensor(w) and not nj.is_tensor(5))\n"
    "for i = 1, 200 do local _ = (u + i) * t end\n"
    "local e = nj.echo { 1, 2.5, 'x', { true, a = 'b' }, n = { { 7 } } }\n"
    "assert(e[1] == 1 and e[3] == 'x' and e[4].a == 'b' and e.n[1][1] == 7)\n"
    "local cycle = {} cycle[1] = cycle refused(nj.echo, cycle)\n"
    "local deep = {} for _ = 1, 40 do deep = { deep } end refused(nj.echo, deep)\n"
    "local sparse = {} for i = 0, 40 do sparse[1 << i], sparse[(1 << i) + 1] = 1, 1 end refused(nj.echo, sparse)\n"
    "local weak = setmetatable({}, { __mode = 'v' })\n"
    "for i = 1, 60 do weak[i] = t + i end pcall(nj.echo, weak) pcall(nj.fill, weak, { weak, { t * 2 } })\n"
    "local keyed = setmetatable({}, { __mode = 'k' }) do for i = 1, 60 do keyed[nj.owned()] = t + i end end\n"
    "collectgarbage() for k, x in pairs(keyed) do pcall(nj.add, x, 1) pcall(nj.add, k, 1) pcall(nj.fill, { x, k }) end\n"
    "nj.fill(u, { v, deep = { w } }) local _ = u + v + w\n"
    "local o = nj.object() nj.echo(o) nj.twice()\n"
    "local view, copy = native.sealed { 1, { 2 }, a = { b = 3 } }\n"
    "refused(function() view.x = 1 end) refused(table.insert, view.a, 1) refused(function() view[2][1] = 1 end)\n"
    "local n = 0 for k in base.pairs(view) do n = n + 1 end assert(n == 3 and #view == 2 and base.next(view))\n"
    "local plain = native.unsealed(view) plain.a.b = 4 assert(view.a.b == 3 and copy ~= view and nj.echo(view).a.b == 3)\n"
    "local c = setmetatable({}, {}) assert(tostring(c):match '^table %d+$' and ('%p %s'):format(c, print):match '%d')\n"
    "assert(('%p|%p|%5d'):format('x', nil, 3) == 'string|(null)|    3')\n"
    "local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() n = 0 end }) error 'e' end)\n"
    "assert(not coroutine.resume(co) and n == 0 and coroutine.status(co) == 'dead')\n"
    "assert(coroutine.wrap(function(a) return coroutine.yield(a + 1) end)(1) == 2)\n"
    "refused(coroutine.wrap(function() table.sort({ 2, 1 }, coroutine.yield) end))\n"
    "refused(coroutine.wrap(function() native.expose(function() coroutine.yield() end)() end))\n"
    "assert(('a,b'):gsub('%a', { a = 'x' }) == 'x,b' and ('k=v'):match '(%w)=(%w)' == 'k' and ('x'):rep(3, '-') == 'x-x-x')\n"
    "for word in ('one two'):gmatch '%a+' do n = n + #word end assert(n == 6)\n"
    "xpcall(error, function(m) return m end, cycle) pcall(string.format, '%d', {}) pcall(string.rep, 'x', 1 << 40)\n"
    "return view, t, w, { t, { w } }\n";

static void build(void) {
    const njl_callbacks calls = {NULL, unary, binary, dispatch, claim, retain, release, live, place, frame, receive};
    tape = make();
    state = njl_open(&calls);
    if (state == NULL) abort();
    int32_t bad = njl_prepare(state, 0, NULL);
    bad |= njl_bind(state, "echo", ECHO, 1 | 2, 0, NULL) | njl_bind(state, "owned", OWNED, 1, 0, NULL);
    bad |= njl_bind(state, "fill", FILL, 1, 0, NULL) | njl_bind_type(state, 0, "object", NULL);
    bad |= njl_bind(state, "object", OBJECT, 1, 0, NULL) | njl_bind(state, "twice", TWICE, 1, 0, NULL);
    bad |= njl_bind(state, "missing", MISSING, 4, 0, NULL) | njl_bind(state, "is_tensor", ECHO, 1 | 8, 0, NULL);
    bad |= njl_bind_operator(state, "add", 0, 2, 1 | 2, "__add", NULL);
    bad |= njl_bind_operator(state, "mul", 1, 2, 1 | 2, "__mul", NULL);
    bad |= njl_bind_operator(state, "neg", 2, 1, 1 | 2, "__unm", NULL);
    if (bad) abort();
    njl_set_missing_binding(state, MISSING);
}

static int32_t run(void) {
    kept = 0;
    int32_t status = njl_load(state, script, sizeof script - 1, "@script", 1, NULL);
    if (status == NJL_OK && kept > 0) {
        status = njl_call(state, kept, NULL, 0, 0, 0, NULL);
        njl_unreference(state, kept);
    }
    return status;
}

// Where memory runs out for good, Lua drops a finaliser that it has no room to call: those are counted, and no failure.
static void finish(const char *what, long position, bool is_out_of_memory) {
    njl_close(state);
    release(tape);
    if (alive == 0) return;
    if (is_out_of_memory) {
        lost += (int)alive;
        alive = 0;
        return;
    }
    fprintf(stderr, "%ld objects stay after %s %ld\n", alive, what, position);
    failures++;
    alive = 0;
}

int main(int count, char **arguments) {
    long stride = count > 1 ? atol(arguments[1]) : 1;
    build();
    if (run() != NJL_OK) {
        fprintf(stderr, "%s\n", message);
        return 1;
    }
    finish("no fault", 0, false);
    long tried = 0;
    for (int kind = 0; kind < 2; kind++) {
        bool met = true;
        for (long position = 0; met; position += stride, tried++) {
            build();
            if (kind == 0) njl_fail_allocation(state, position);
            if (kind == 1) njl_fail_call(state, position);
            run();
            met = njl_met_fault(state);
            njl_fail_allocation(state, -1);
            njl_fail_call(state, -1);
            // What caught the fault may have gone another way; afterwards all is well again.
            if (run() != NJL_OK) {
                fprintf(stderr, "after fault %ld: %s\n", position, message);
                failures++;
            }
            finish("call", position, kind == 0);
        }
    }
    printf("%ld faults, %d failures; %d objects lost where memory ran out\n", tried, failures, lost);
    return failures != 0;
}
