// Native plugins as the host sees them: loading a library and looking its table through, calling a kernel, and trying
// kernels on memory that ends where it must.
#ifndef NJ_NATIVE_H
#define NJ_NATIVE_H

#include "nightjar_plugin.h"
#include <stdbool.h>

enum { NJ_NATIVE_MESSAGE = 1024 };

// What is wrong, in words, where something is.
typedef struct nj_native_message {
    char text[NJ_NATIVE_MESSAGE];
} nj_native_message;

// ---- Loading ------------------------------------------------------------------------------------------------------------

// Loads a library and looks its table through; null with a message where it is none, or none that fits. Loading runs code
// of the library: whoever calls this trusts it. A library that is loaded stays so.
const nightjar_plugin_table *nj_native_open(const char *path, nj_native_message *message);

// What is wrong with a table whose version and sizes fit; true where nothing is.
bool nj_native_check(const nightjar_plugin_table *table, nj_native_message *message);

const nightjar_operation *nj_native_operation(const nightjar_plugin_table *table, int32_t index);
const nightjar_reader *nj_native_reader(const nightjar_plugin_table *table, int32_t index);
const nightjar_metric *nj_native_metric(const nightjar_plugin_table *table, int32_t index);

int32_t nj_native_input_count(const nightjar_operation *operation);
int32_t nj_native_attribute_count(const nightjar_operation *operation);
const nightjar_input *nj_native_input(const nightjar_operation *operation, int32_t index);
const nightjar_attribute *nj_native_attribute(const nightjar_operation *operation, int32_t index);
const char *nj_native_gradient(const nightjar_operation *operation, int32_t input);

// Bytes of an element; `wide`: NIGHTJAR_FLOAT is double.
int64_t nj_native_width(int32_t type, bool wide);

// ---- Shapes -----------------------------------------------------------------------------------------------------------

// How an operation is called on tensors of certain shapes.
typedef struct nj_native_layout {
    nightjar_shape shapes[NIGHTJAR_MAX_INPUTS];
    int64_t widths[NIGHTJAR_MAX_INPUTS];  // elements of a row, or of all
    nightjar_shape output;
    int64_t output_width;
    int64_t rows;
    int64_t row_elements;  // read and written for a row
} nj_native_layout;

// Asks the shape rule and cuts all into rows. `layout->shapes` are given. False with a message where the rule refuses
// the shapes, or gives one that does not go with them.
bool nj_native_lay_out(const nightjar_operation *operation, const double *attributes, nj_native_layout *layout,
                       nj_native_message *message);
// The same where the shape of the result is known: `layout->output` is given as well.
bool nj_native_cut(const nightjar_operation *operation, nj_native_layout *layout, nj_native_message *message);

// ---- Calls ----------------------------------------------------------------------------------------------------------------

// A kernel with all that does not change from run to run.
typedef struct nj_native_call {
    const nightjar_operation *operation;
    bool wide;
    int32_t input_count;
    nj_native_layout layout;
    int64_t rows_per_tile;
} nj_native_call;

void nj_native_prepare(nj_native_call *call, const nightjar_operation *operation, bool wide,
                       const nj_native_layout *layout);
int64_t nj_native_tile_count(const nj_native_call *call);
// Estimated nanoseconds on one core.
double nj_native_cost(const nj_native_call *call);

// Runs one tile on whole tensors. Returns NULL, or the kernel's complaint with the number of the row among all.
const char *nj_native_run(const nj_native_call *call, int64_t tile, const void *const *inputs, void *output,
                          const double *attributes, int64_t *fault_row);

// ---- Trials -------------------------------------------------------------------------------------------------------------------

// Shapes that an operation is tried with: its examples, or some of our own. False past the last.
bool nj_native_example(const nightjar_operation *operation, int32_t number, nightjar_shape *shapes);
// Fills memory with elements as an input takes them; `state` goes on from call to call.
void nj_native_draw(void *memory, int64_t count, const nightjar_input *input, bool wide, uint64_t *state);

// Tries an operation on memory that begins or ends at pages which nothing may touch, in float32 and float64, on several
// shapes: true where it writes all of its result, nothing else, and the same whatever rows come together. Takes the
// signals of bad memory while it runs, so nothing else may run in the process meanwhile.
bool nj_native_try_operation(const nightjar_operation *operation, nj_native_message *message);
// The same for a reader: with its example, shortened and changed, and with no bytes at all.
bool nj_native_try_reader(const nightjar_reader *reader, nj_native_message *message);
bool nj_native_try_metric(const nightjar_metric *metric, nj_native_message *message);

#endif
