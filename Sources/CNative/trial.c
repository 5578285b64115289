// Trying functions of a library on memory with guard pages: before and after each buffer lies a page that nothing may
// touch, inputs cannot be written, and what is written is compared.
#define _GNU_SOURCE
#include "native.h"
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#if defined(__x86_64__) && defined(__linux__)
#include <ucontext.h>
#endif

// ---- Buffers ----------------------------------------------------------------------------------------------------------

typedef struct buffer {
    const char *what;  // "its output", "input"
    const char *name;  // of the input, or null
    uint8_t *block;    // a guard page, the pages, a guard page
    size_t block_size;
    uint8_t *start;
    size_t size;
    bool is_input;
} buffer;

enum { MOST_BUFFERS = NIGHTJAR_MAX_INPUTS + 3 };

static buffer buffers[MOST_BUFFERS];
static int32_t buffer_count;

static size_t page_size(void) {
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : 4096;
}

// A buffer that ends right before a guard page, or begins right behind one.
static buffer *make(const char *what, const char *name, size_t size, bool is_input, bool at_end) {
    if (buffer_count == MOST_BUFFERS) return NULL;
    size_t page = page_size(), inner = (size + page - 1) / page * page;
    if (inner == 0) inner = page;
    uint8_t *block = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return NULL;
    if (mprotect(block + page, inner, PROT_READ | PROT_WRITE) != 0) {
        munmap(block, inner + 2 * page);
        return NULL;
    }
    buffer *made = &buffers[buffer_count++];
    *made = (buffer){what, name, block, inner + 2 * page, block + page + (at_end ? inner - size : 0), size, is_input};
    // What lies in the page beside the buffer is looked at afterwards.
    memset(block + page, 0xA5, inner);
    return made;
}

// An input is not written any more.
static void seal(const buffer *made) {
    size_t page = page_size();
    mprotect(made->block + page, made->block_size - 2 * page, PROT_READ);
}

static void release_all(void) {
    for (int32_t i = 0; i < buffer_count; i++) munmap(buffers[i].block, buffers[i].block_size);
    buffer_count = 0;
}

// Whether the bytes of the page around a buffer are as they were.
static bool is_clean(const buffer *made) {
    size_t page = page_size();
    for (const uint8_t *p = made->block + page; p < made->block + made->block_size - page; p++) {
        if ((p < made->start || p >= made->start + made->size) && *p != 0xA5) return false;
    }
    return true;
}

// ---- Signals ------------------------------------------------------------------------------------------------------------

static sigjmp_buf way_out;
static volatile sig_atomic_t caught;
static void *volatile caught_at;
static volatile int caught_writing;  // 1: writing, 0: reading, -1: the system does not tell

static void leave(int number, siginfo_t *facts, void *context) {
    caught = number;
    caught_at = facts->si_addr;
    caught_writing = -1;
#if defined(__x86_64__) && defined(__linux__)
    if (number == SIGSEGV) caught_writing = (((ucontext_t *)context)->uc_mcontext.gregs[REG_ERR] & 2) != 0;
#else
    (void)context;
#endif
    siglongjmp(way_out, 1);
}

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { SIGNALS = sizeof signals / sizeof *signals };

typedef struct watch {
    struct sigaction before[SIGNALS];
    stack_t stack_before;
    void *stack;
} watch;

static bool begin_watch(watch *kept) {
    const size_t size = 1 << 16;
    kept->stack = malloc(size);
    if (kept->stack == NULL) return false;
    // A kernel may have used up its own stack.
    stack_t stack = {.ss_sp = kept->stack, .ss_size = size};
    if (sigaltstack(&stack, &kept->stack_before) != 0) {
        free(kept->stack);
        return false;
    }
    struct sigaction action = {0};
    action.sa_sigaction = leave;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; i++) sigaction(signals[i], &action, &kept->before[i]);
    return true;
}

static void end_watch(watch *kept) {
    for (int i = 0; i < SIGNALS; i++) sigaction(signals[i], &kept->before[i], NULL);
    sigaltstack(&kept->stack_before, NULL);
    free(kept->stack);
}

// What was done where the last signal came from.
static void describe_fault(char *text, size_t room) {
    const char *verb = caught_writing == 1 ? "wrote" : caught_writing == 0 ? "read" : "touched memory";
    const uint8_t *place = caught_at;
    size_t page = page_size();
    for (int32_t i = 0; i < buffer_count && (caught == SIGSEGV || caught == SIGBUS); i++) {
        const buffer *near = &buffers[i];
        if (place < near->block || place >= near->block + near->block_size) continue;
        char name[96] = "";
        if (near->name != NULL) snprintf(name, sizeof name, " '%s'", near->name);
        bool is_inside = place >= near->block + page && place < near->block + near->block_size - page;
        if (is_inside) {
            snprintf(text, room, "%s into %s%s, which it may only read", verb, near->what, name);
        } else {
            snprintf(text, room, "%s %s of %s%s", verb, place < near->start ? "before the beginning" : "past the end",
                     near->what, name);
        }
        return;
    }
    switch (caught) {
    case SIGSEGV:
    case SIGBUS: snprintf(text, room, "%s where there is no memory of its own", verb); return;
    case SIGFPE: snprintf(text, room, "divided a whole number by 0"); return;
    case SIGILL: snprintf(text, room, "ran into what is no instruction of this processor"); return;
    default: snprintf(text, room, "called abort()");
    }
}

// ---- Numbers to try -----------------------------------------------------------------------------------------------------

static uint64_t next(uint64_t *state) {
    // Knuth's MMIX constants; the upper half is what is used.
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

void nj_native_draw(void *memory, int64_t count, const nightjar_input *input, bool wide, uint64_t *state) {
    double low = input->low, high = input->high;
    if (low == 0 && high == 0) {
        low = input->type == NIGHTJAR_FLOAT ? -2 : 1;
        high = input->type == NIGHTJAR_FLOAT ? 2 : 3;
    }
    for (int64_t i = 0; i < count; i++) {
        double part = (double)next(state) / 2147483648.0;
        double whole = floor(low + part * (high - low + 1));
        switch (input->type) {
        case NIGHTJAR_FLOAT:
            if (wide) {
                ((double *)memory)[i] = low + part * (high - low);
            } else {
                ((float *)memory)[i] = (float)(low + part * (high - low));
            }
            break;
        case NIGHTJAR_INT32: ((int32_t *)memory)[i] = (int32_t)whole; break;
        case NIGHTJAR_UINT8: ((uint8_t *)memory)[i] = (uint8_t)whole; break;
        default: ((uint8_t *)memory)[i] = part < 0.5;
        }
    }
}

// ---- Operations ---------------------------------------------------------------------------------------------------------

typedef struct trial {
    const nightjar_operation *operation;
    bool wide;
    nj_native_layout layout;
    double attributes[NIGHTJAR_MAX_ATTRIBUTES];
    uint8_t *inputs[NIGHTJAR_MAX_INPUTS];  // plain memory, from which buffers are filled
} trial;

static void show_shapes(char *text, size_t room, const trial *own) {
    text[0] = 0;
    for (int32_t i = 0; i < nj_native_input_count(own->operation); i++) {
        if (i > 0 && strlen(text) + 3 < room) strcat(text, ", ");
        nj_native_show(text, room, &own->layout.shapes[i]);
    }
}

static bool complain(const trial *own, const char *what, nj_native_message *message) {
    char shapes[512];
    show_shapes(shapes, sizeof shapes, own);
    return nj_native_fail(message, "operation '%s' %s (%s, inputs %s)", own->operation->name, what,
                          own->wide ? "float64" : "float32", shapes);
}

// Runs rows `first` to `first + rows` in buffers of their own and copies what was written to `result`. `before` is what
// the memory of the result holds first.
static bool run_rows(const trial *own, int64_t first, int64_t rows, bool at_end, uint8_t before, uint8_t *result,
                     nj_native_message *message) {
    const nightjar_operation *operation = own->operation;
    const nj_native_layout *layout = &own->layout;
    int32_t count = nj_native_input_count(operation);
    const void *begins[NIGHTJAR_MAX_INPUTS] = {NULL};
    bool has_memory = true;
    for (int32_t i = 0; i < count && has_memory; i++) {
        const nightjar_input *input = &operation->inputs[i];
        size_t width = (size_t)(layout->widths[i] * nj_native_width(input->type, own->wide));
        bool is_whole = input->row_rank == NIGHTJAR_WHOLE;
        size_t size = is_whole ? width : width * (size_t)rows;
        buffer *made = make("input", input->name, size, true, at_end);
        has_memory = made != NULL;
        if (made == NULL) break;
        memcpy(made->start, own->inputs[i] + (is_whole ? 0 : width * (size_t)first), size);
        seal(made);
        begins[i] = made->start;
    }
    size_t width = (size_t)(layout->output_width * nj_native_width(operation->output_type, own->wide));
    buffer *output = has_memory ? make("its output", NULL, width * (size_t)rows, false, at_end) : NULL;
    if (output == NULL) {
        release_all();
        return nj_native_fail(message, "there is not enough memory to try operation '%s'", operation->name);
    }
    memset(output->start, before, output->size);
    nightjar_tile tile = {first, rows, begins, layout->widths, layout->shapes, output->start, layout->output_width,
                          own->attributes, 0};
    const char *volatile fault = NULL;
    bool is_fine = true;
    if (sigsetjmp(way_out, 1) == 0) {
        fault = (own->wide ? operation->float64 : operation->float32)(&tile);
    } else {
        char text[256];
        describe_fault(text, sizeof text);
        is_fine = complain(own, text, message);
    }
    if (is_fine && fault != NULL) {
        char text[512];
        snprintf(text, sizeof text, "refuses what it is tried with: \"%s\". 'low' and 'high' of its inputs say what it takes",
                 (const char *)fault);
        is_fine = complain(own, text, message);
    }
    if (is_fine && !is_clean(output)) {
        is_fine = complain(own, at_end ? "wrote before the beginning of its output" : "wrote past the end of its output",
                           message);
    }
    if (is_fine) memcpy(result, output->start, output->size);
    release_all();
    return is_fine;
}

// What is tried is held a few times over, and looked at byte by byte.
static const int64_t most_elements = (int64_t)1 << 24;

// Whether an example is one to try: what is very large says nothing that a few rows do not.
static bool has_small_example(const trial *own, int32_t number, nj_native_message *message) {
    int64_t elements = own->layout.output_width * own->layout.rows;
    for (int32_t i = 0; i < nj_native_input_count(own->operation); i++) {
        int64_t count = nj_native_count(&own->layout.shapes[i]);
        if (count > elements) elements = count;
    }
    if (elements <= most_elements) return true;
    return nj_native_fail(message, "operation '%s': its example %d makes a tensor of %lld elements, and one is tried with at "
                                   "most %lld: give it smaller ones", own->operation->name, number + 1, (long long)elements,
                          (long long)most_elements);
}

static int64_t first_difference(const uint8_t *a, const uint8_t *b, size_t size, int64_t element) {
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i]) return (int64_t)i / element;
    }
    return -1;
}

// All rows at once, at both ends of a page; then again with other memory; then a row at a time, and by threes.
static bool run_all(const trial *own, uint8_t *first, uint8_t *second, nj_native_message *message) {
    const nj_native_layout *layout = &own->layout;
    int64_t element = nj_native_width(own->operation->output_type, own->wide);
    size_t width = (size_t)(layout->output_width * element), size = width * (size_t)layout->rows;
    char text[160];
    if (!run_rows(own, 0, layout->rows, true, 0xFF, first, message)) return false;
    if (!run_rows(own, 0, layout->rows, false, 0x11, second, message)) return false;
    int64_t differs = first_difference(first, second, size, element);
    if (differs >= 0) {
        // What was there before shows through, or it gives other numbers each time.
        bool is_left = true;
        for (int64_t i = 0; i < element; i++) {
            is_left = is_left && first[differs * element + i] == 0xFF && second[differs * element + i] == 0x11;
        }
        snprintf(text, sizeof text, is_left ? "leaves element %lld of its output unwritten"
                                            : "gives other bits at element %lld of its output when it is called again",
                 (long long)(differs + 1));
        return complain(own, text, message);
    }
    for (int64_t rows = 1; rows <= 3 && own->operation->output_row_rank != NIGHTJAR_WHOLE; rows += 2) {
        for (int64_t row = 0; row < layout->rows; row += rows) {
            int64_t left = layout->rows - row, count = left < rows ? left : rows;
            if (!run_rows(own, row, count, true, 0xFF, second + width * (size_t)row, message)) return false;
        }
        differs = first_difference(first, second, size, element);
        if (differs < 0) continue;
        snprintf(text, sizeof text, "gives other bits at element %lld of its output when its rows come in other tiles",
                 (long long)(differs + 1));
        return complain(own, text, message);
    }
    return true;
}

static bool try_shapes(trial *own, nj_native_message *message) {
    const nightjar_operation *operation = own->operation;
    int32_t count = nj_native_input_count(operation);
    uint64_t state = 20;
    uint8_t *first = NULL, *second = NULL;
    bool has_memory = true;
    for (int32_t i = 0; i < count; i++) {
        int64_t elements = nj_native_count(&own->layout.shapes[i]);
        own->inputs[i] = malloc((size_t)(elements * 8 + 8));
        has_memory = has_memory && own->inputs[i] != NULL;
        if (own->inputs[i] != NULL) nj_native_draw(own->inputs[i], elements, &operation->inputs[i], own->wide, &state);
    }
    size_t size = (size_t)(own->layout.output_width * own->layout.rows) * 8 + 8;
    first = calloc(size, 1);
    second = calloc(size, 1);
    has_memory = has_memory && first != NULL && second != NULL;
    bool is_fine = has_memory ? own->layout.rows == 0 || run_all(own, first, second, message)
                              : nj_native_fail(message, "there is not enough memory to try operation '%s'", operation->name);
    for (int32_t i = 0; i < count; i++) {
        free(own->inputs[i]);
        own->inputs[i] = NULL;
    }
    free(first);
    free(second);
    return is_fine;
}

// Rows and widths that are tried without examples.
static const int64_t sizes[][2] = {{1, 3}, {5, 4}, {7, 10}, {33, 17}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static nightjar_shape some_shape(const nightjar_input *input, int64_t rows, int64_t width) {
    nightjar_shape shape = {0};
    if (input->row_rank != NIGHTJAR_WHOLE && input->row_rank < NIGHTJAR_MAX_RANK) shape.extents[shape.rank++] = rows;
    for (int32_t i = 0; i < (input->row_rank == NIGHTJAR_WHOLE ? 1 : input->row_rank) && shape.rank < NIGHTJAR_MAX_RANK; i++) {
        shape.extents[shape.rank++] = width;
    }
    return shape;
}

bool nj_native_example(const nightjar_operation *operation, int32_t number, nightjar_shape *shapes) {
    int32_t count = nj_native_input_count(operation);
    bool has_examples = operation->example_count > 0;
    if (number < 0 || number >= (has_examples ? operation->example_count : SIZES)) return false;
    for (int32_t i = 0; i < count; i++) {
        shapes[i] = has_examples ? operation->examples[number * count + i]
                                 : some_shape(&operation->inputs[i], sizes[number][0], sizes[number][1]);
    }
    return true;
}

bool nj_native_try_operation(const nightjar_operation *operation, nj_native_message *message) {
    trial own = {.operation = operation};
    for (int32_t i = 0; i < nj_native_attribute_count(operation); i++) {
        own.attributes[i] = operation->attributes[i].standard;
    }
    watch kept;
    if (!begin_watch(&kept)) return nj_native_fail(message, "signals cannot be taken");
    bool is_fine = true;
    int32_t tried = 0, count = nj_native_input_count(operation);
    bool has_examples = operation->example_count > 0;
    for (int32_t number = 0; is_fine; number++) {
        memset(&own.layout, 0, sizeof own.layout);
        if (!nj_native_example(operation, number, own.layout.shapes)) break;
        bool are_shapes = true;
        for (int32_t i = 0; i < count; i++) are_shapes = are_shapes && nj_native_count(&own.layout.shapes[i]) >= 0;
        nj_native_message refusal;
        volatile bool is_refused = !are_shapes;
        if (are_shapes) {
            if (sigsetjmp(way_out, 1) == 0) {
                is_refused = !nj_native_lay_out(operation, own.attributes, &own.layout, &refusal);
            } else {
                char text[256];
                describe_fault(text, sizeof text);
                is_fine = nj_native_fail(message, "the shape rule of operation '%s' %s", operation->name, text);
                break;
            }
        }
        if (is_refused && has_examples) {
            is_fine = nj_native_fail(message, "operation '%s' refuses its own example %d: %s", operation->name, number + 1,
                                     are_shapes ? refusal.text : "it has shapes that no tensor has");
        }
        if (is_refused) continue;
        tried++;
        is_fine = has_small_example(&own, number, message);
        for (int wide = 0; wide <= 1 && is_fine; wide++) {
            own.wide = wide == 1;
            is_fine = try_shapes(&own, message);
        }
    }
    end_watch(&kept);
    if (is_fine && tried == 0) {
        return nj_native_fail(message, "operation '%s' refuses all shapes that it is tried with: give it 'examples'",
                              operation->name);
    }
    return is_fine;
}

// ---- Readers ------------------------------------------------------------------------------------------------------------

static bool are_samples(const nightjar_samples *samples) {
    int64_t width = nj_native_count(&samples->sample);
    return samples->count >= 1 && width >= 1 && samples->sample.rank >= 1 && samples->sample.rank < NIGHTJAR_MAX_RANK &&
           samples->count <= ((int64_t)1 << 32) / width && samples->classes >= 2 &&
           (samples->type == NIGHTJAR_UINT8 || samples->type == NIGHTJAR_FLOAT);
}

// Reads bytes at the end or the beginning of a page. What is damaged may be refused.
static bool read_bytes(const nightjar_reader *reader, const uint8_t *bytes, size_t size, const char *which, bool must_work,
                       bool at_end, nj_native_message *message) {
    buffer *file = make("the file's bytes", NULL, size, true, at_end);
    if (file == NULL) return nj_native_fail(message, "there is not enough memory to try reader '%s'", reader->name);
    if (size > 0) memcpy(file->start, bytes, size);
    seal(file);
    nightjar_samples samples = {0};
    const char *volatile fault = NULL;
    volatile bool is_fine = true;
    buffer *volatile labels = NULL;
    buffer *volatile inputs = NULL;
    char text[512];
    if (sigsetjmp(way_out, 1) == 0) {
        fault = reader->measure(file->start, size, &samples);
        if (fault == NULL && !are_samples(&samples)) {
            is_fine = nj_native_fail(message, "reader '%s' says that %s holds what no data set is: %lld samples of rank %d and "
                                              "type %d in %d classes", reader->name, which, (long long)samples.count,
                                     samples.sample.rank, samples.type, samples.classes);
        } else if (fault == NULL && samples.count * nj_native_count(&samples.sample) > most_elements) {
            // A damaged file may promise anything, and what it promises would be filled before it is found missing.
            is_fine = !must_work || nj_native_fail(message, "reader '%s' says that %s holds %lld numbers, and it is tried with "
                                                            "at most %lld: give it a smaller one", reader->name, which,
                                                   (long long)(samples.count * nj_native_count(&samples.sample)),
                                                   (long long)most_elements);
        } else if (fault == NULL) {
            size_t element = samples.type == NIGHTJAR_FLOAT ? 4 : 1;
            inputs = make("its inputs", NULL, (size_t)(samples.count * nj_native_count(&samples.sample)) * element, false, at_end);
            labels = make("its labels", NULL, (size_t)samples.count * sizeof(int32_t), false, at_end);
            if (inputs == NULL || labels == NULL) {
                is_fine = !must_work || nj_native_fail(message, "there is not enough memory to try reader '%s'", reader->name);
            } else {
                memset(labels->start, 0xFF, labels->size);
                fault = reader->fill(file->start, size, &samples, inputs->start, (int32_t *)(void *)labels->start);
            }
        }
    } else {
        describe_fault(text, sizeof text);
        is_fine = nj_native_fail(message, "reader '%s' %s (%s)", reader->name, text, which);
    }
    if (is_fine && fault != NULL && must_work) {
        is_fine = nj_native_fail(message, "reader '%s' refuses its own example: %s", reader->name, (const char *)fault);
    }
    if (is_fine && labels != NULL && inputs != NULL) {
        if (!is_clean(inputs) || !is_clean(labels)) {
            is_fine = nj_native_fail(message, "reader '%s' wrote outside of its %s (%s)", reader->name,
                                     is_clean(inputs) ? "labels" : "inputs", which);
        }
        for (int64_t i = 0; i < samples.count && is_fine && fault == NULL && must_work; i++) {
            int32_t label = ((const int32_t *)(const void *)labels->start)[i];
            if (label >= 0 && label < samples.classes) continue;
            is_fine = nj_native_fail(message, "reader '%s' gives sample %lld the class %d, classes are 0 to %d", reader->name,
                                     (long long)i + 1, label, samples.classes - 1);
        }
    }
    release_all();
    return is_fine;
}

bool nj_native_try_reader(const nightjar_reader *reader, nj_native_message *message) {
    static const uint8_t none[1] = {0};
    watch kept;
    if (!begin_watch(&kept)) return nj_native_fail(message, "signals cannot be taken");
    bool is_fine = read_bytes(reader, none, 0, "a file without a byte", false, true, message);
    size_t size = reader->example == NULL ? 0 : reader->example_size;
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL) is_fine = nj_native_fail(message, "there is not enough memory to try reader '%s'", reader->name);
    for (int at_end = 0; at_end <= 1 && is_fine && size > 0; at_end++) {
        is_fine = read_bytes(reader, reader->example, size, "its example", true, at_end == 1, message);
    }
    // Short by every length of the first hundred bytes and some of the others; then each early byte changed.
    for (size_t length = 0; length < size && is_fine; length += length < 100 ? 1 : 1 + size / 50) {
        is_fine = read_bytes(reader, reader->example, length, "its example, shortened", false, true, message);
    }
    static const uint8_t changes[] = {0x00, 0x7F, 0x80, 0xFF};
    for (size_t place = 0; place < size && place < 64 && is_fine && copy != NULL; place++) {
        for (size_t i = 0; i < sizeof changes && is_fine; i++) {
            memcpy(copy, reader->example, size);
            copy[place] = changes[i];
            is_fine = read_bytes(reader, copy, size, "its example, changed", false, true, message);
        }
    }
    free(copy);
    end_watch(&kept);
    return is_fine;
}

// ---- Metrics ------------------------------------------------------------------------------------------------------------

bool nj_native_try_metric(const nightjar_metric *metric, nj_native_message *message) {
    enum { SAMPLES = 7, CLASSES = 4 };
    watch kept;
    if (!begin_watch(&kept)) return nj_native_fail(message, "signals cannot be taken");
    buffer *logits = make("the logits", NULL, SAMPLES * CLASSES * sizeof(float), true, true);
    buffer *labels = make("the labels", NULL, SAMPLES * sizeof(int32_t), true, true);
    buffer *predictions = make("the predictions", NULL, SAMPLES * sizeof(int32_t), true, true);
    volatile bool is_fine = logits != NULL && labels != NULL && predictions != NULL;
    if (!is_fine) nj_native_fail(message, "there is not enough memory to try metric '%s'", metric->name);
    if (is_fine) {
        uint64_t state = 20;
        for (int i = 0; i < SAMPLES; i++) {
            int32_t best = 0;
            float *row = (float *)(void *)logits->start + i * CLASSES;
            for (int j = 0; j < CLASSES; j++) {
                row[j] = (float)next(&state) / 536870912.0f - 2;
                if (row[j] > row[best]) best = j;
            }
            ((int32_t *)(void *)labels->start)[i] = 1 + (int32_t)(next(&state) % CLASSES);
            ((int32_t *)(void *)predictions->start)[i] = 1 + best;
        }
        seal(logits), seal(labels), seal(predictions);
        nightjar_evaluation evaluation = {SAMPLES, CLASSES, (const float *)(const void *)logits->start,
                                          (const int32_t *)(const void *)labels->start,
                                          (const int32_t *)(const void *)predictions->start};
        double results[2] = {NAN, NAN};
        const char *volatile fault = NULL;
        if (sigsetjmp(way_out, 1) == 0) {
            for (int i = 0; i < 2 && fault == NULL; i++) fault = metric->compute(&evaluation, &results[i]);
            if (fault != NULL) {
                is_fine = nj_native_fail(message, "metric '%s' refuses 7 samples of 4 classes: %s", metric->name,
                                         (const char *)fault);
            } else if (memcmp(&results[0], &results[1], sizeof results[0]) != 0) {
                is_fine = nj_native_fail(message, "metric '%s' gives another number when it is asked again", metric->name);
            }
        } else {
            char text[256];
            describe_fault(text, sizeof text);
            is_fine = nj_native_fail(message, "metric '%s' %s", metric->name, text);
        }
    }
    release_all();
    end_watch(&kept);
    return is_fine;
}
