// What a shared library gives to Nightjar: operations, readers of data sets, metrics. Only this header is needed:
//
//   cc -O2 -shared -fPIC -I PREFIX/include -o mine.so mine.c
//
// A library says what it has in one table, which NIGHTJAR_PLUGIN defines, and `native = "mine.so"` in its plugin.lua
// names the file. docs/native-plugins.md is the tutorial.
//
// Everything that a library points to stays valid as long as the process lives: it is never unloaded. Its functions are
// called from several threads at once, so they write to nothing but what they are given. Texts are UTF-8.
#ifndef NIGHTJAR_PLUGIN_H
#define NIGHTJAR_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The version of this header. One that is larger changes or adds fields; a library is built for one version.
#define NIGHTJAR_PLUGIN_VERSION 1

enum {
    NIGHTJAR_MAX_RANK = 8,
    NIGHTJAR_MAX_INPUTS = 5,
    NIGHTJAR_MAX_ATTRIBUTES = 8,
    // A tensor that is not cut into rows: each call gets all of it.
    NIGHTJAR_WHOLE = -1,
};

// What the elements of a tensor are.
typedef enum nightjar_type {
    NIGHTJAR_FLOAT = 1,  // float or double: that of the kernel which is called
    NIGHTJAR_INT32,      // int32_t. Labels and positions count from 1, as in scripts
    NIGHTJAR_UINT8,      // uint8_t
    NIGHTJAR_BOOL,       // uint8_t, 0 or 1
} nightjar_type;

// The extents of a tensor, the outermost dimension first. Tensors are dense and lie row by row.
typedef struct nightjar_shape {
    int32_t rank;  // 0 to NIGHTJAR_MAX_RANK
    int32_t unused;
    int64_t extents[NIGHTJAR_MAX_RANK];
} nightjar_shape;

// ---- Operations -------------------------------------------------------------------------------------------------------

// An operation makes one tensor of one or more. Its tensors are cut into rows: the last `row_rank` dimensions are a row,
// those in front count rows and are the same for all tensors that are cut. So a loss of logits (N, K) and labels (N) has
// the row ranks 1 and 0 and gives (N), row rank 0; an elementwise function has the row rank 0 everywhere.
//
// Rows do not depend on each other. A kernel is called with some rows at a time, by several threads, and which rows come
// together differs: the bits of a row must not. `nightjar plugins check` tries this.

// Some rows, as a kernel gets them.
typedef struct nightjar_tile {
    int64_t first_row;  // the number of the first row among all, from 0
    int64_t rows;       // how many, at least 1
    // Where these rows begin, for each input; a whole input begins at its beginning. Not to be written.
    const void *const *inputs;
    // Elements of one row, for each input; of a whole one, of all of it.
    const int64_t *widths;
    // The shape of each input, all rows counted.
    const nightjar_shape *shapes;
    void *output;          // where the rows of the result go: every element is to be written, none is to be read
    int64_t output_width;  // elements of one row of it
    const double *attributes;
    int64_t fault_row;  // for a kernel that returns a text: the row, counted among these, that it is about
} nightjar_tile;

// Returns NULL, or what is wrong with the numbers that it was given: a constant text such as "a label is out of range",
// after setting `fault_row`. The step then ends with an error that names the operation, the row and the script's line.
typedef const char *(*nightjar_kernel)(nightjar_tile *tile);

typedef struct nightjar_input {
    const char *name;  // NULL: there are no more
    int32_t type;      // nightjar_type
    int32_t row_rank;  // 0 and up, or NIGHTJAR_WHOLE
    // Between what the checks draw its elements: of floats any numbers, of whole numbers both ends are drawn. Both 0:
    // -2 and 2 for floats, 1 and 3 for the others.
    double low, high;
} nightjar_input;

// A number that a script gives by name. It is an input of a plan: one that changes from step to step plans nothing anew.
typedef struct nightjar_attribute {
    const char *name;  // NULL: there are no more
    const char *doc;
    double standard;   // what it is where a script does not say
    double low, high;  // what a script may give; both 0: any number
} nightjar_attribute;

typedef struct nightjar_operation {
    const char *name;  // letters, digits and _
    const char *doc;   // one line
    nightjar_input inputs[NIGHTJAR_MAX_INPUTS];  // at least one, and at least one of NIGHTJAR_FLOAT
    nightjar_attribute attributes[NIGHTJAR_MAX_ATTRIBUTES];
    int32_t output_type;      // NIGHTJAR_FLOAT or NIGHTJAR_INT32
    int32_t output_row_rank;  // 0 and up, or NIGHTJAR_WHOLE: one call then makes all of it, and all inputs are whole
    // The shape rule: writes the shape of the result. Returns NULL, or what is wrong with the shapes, a constant text;
    // the message adds the shapes.
    const char *(*shape)(const nightjar_shape *inputs, const double *attributes, nightjar_shape *output);
    nightjar_kernel float32;  // NIGHTJAR_FLOAT is float
    nightjar_kernel float64;  // NIGHTJAR_FLOAT is double
    // For each input, the operation of this library that computes the gradient of the loss with respect to it. It gets
    // the gradient that arrives (as the result is), then the inputs, then, where it takes one more, the result; and the
    // same attributes. "": on purpose none flows there. NULL: there is none, and asking for it is an error; a rule in
    // Lua, `gradients` in plugin.lua, can still give it.
    const char *gradients[NIGHTJAR_MAX_INPUTS];
    // About how many nanoseconds a row takes on one core, for cutting the work; 0: a nanosecond an element.
    double nanoseconds;
    // Shapes that the checks try: `example_count` times as many shapes as there are inputs. Without them: a few rows, each
    // dimension of a row alike.
    int32_t example_count;
    int32_t unused;
    const nightjar_shape *examples;
} nightjar_operation;

// ---- Readers of data sets -----------------------------------------------------------------------------------------------

// A reader turns the bytes of a file into samples with classes. It is asked twice: how much there is, and then to fill
// memory of just that size.

typedef struct nightjar_samples {
    int64_t count;          // samples, at least 1
    nightjar_shape sample;  // the shape of one
    int32_t type;           // NIGHTJAR_UINT8 or NIGHTJAR_FLOAT, which is float here
    int32_t classes;        // at least 2
} nightjar_samples;

typedef struct nightjar_reader {
    const char *name;
    const char *doc;
    // Says what the file holds. Returns NULL, or what is wrong with the file, a constant text.
    const char *(*measure)(const uint8_t *bytes, size_t size, nightjar_samples *samples);
    // Writes all samples one after the other, and the class of each, from 0. Returns NULL or what is wrong.
    const char *(*fill)(const uint8_t *bytes, size_t size, const nightjar_samples *samples, void *inputs, int32_t *labels);
    // A small file for the checks; NULL: none, and the reader is tried with files that are none alone.
    const uint8_t *example;
    size_t example_size;
} nightjar_reader;

// ---- Metrics --------------------------------------------------------------------------------------------------------------

// What an evaluation saw of a set of samples.
typedef struct nightjar_evaluation {
    int64_t samples;
    int64_t classes;
    const float *logits;         // samples x classes
    const int32_t *labels;       // from 1
    const int32_t *predictions;  // the class of the largest logit, from 1
} nightjar_evaluation;

typedef struct nightjar_metric {
    const char *name;
    const char *doc;
    // Writes one number. Returns NULL or what is wrong, a constant text.
    const char *(*compute)(const nightjar_evaluation *evaluation, double *result);
} nightjar_metric;

// ---- The table --------------------------------------------------------------------------------------------------------------

typedef struct nightjar_plugin_table {
    uint32_t version;  // NIGHTJAR_PLUGIN_VERSION: these two stay where they are in every version
    uint32_t size;     // of this table
    uint32_t operation_size, reader_size, metric_size, tile_size;
    int32_t operation_count, reader_count, metric_count;
    int32_t unused;
    const nightjar_operation *operations;
    const nightjar_reader *readers;
    const nightjar_metric *metrics;
} nightjar_plugin_table;

#ifdef _WIN32
#define NIGHTJAR_EXPORT __declspec(dllexport)
#else
#define NIGHTJAR_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#define NIGHTJAR_PLUGIN_LINKAGE extern "C"
#else
#define NIGHTJAR_PLUGIN_LINKAGE extern
#endif

// Defines the table, once in a library. What it names are its lists and how long each is; NULL and 0 where it has none:
//
//   static const nightjar_operation operations[] = { { .name = "twice", ... } };
//   NIGHTJAR_PLUGIN(operations, 1, NULL, 0, NULL, 0)
#define NIGHTJAR_PLUGIN(operations_, operation_count_, readers_, reader_count_, metrics_, metric_count_)                \
    NIGHTJAR_PLUGIN_LINKAGE NIGHTJAR_EXPORT const nightjar_plugin_table nightjar_plugin;                                 \
    const nightjar_plugin_table nightjar_plugin = {                                                                     \
        NIGHTJAR_PLUGIN_VERSION,    sizeof(nightjar_plugin_table), sizeof(nightjar_operation), sizeof(nightjar_reader), \
        sizeof(nightjar_metric),    sizeof(nightjar_tile),         operation_count_,           reader_count_,           \
        metric_count_,              0,                             operations_,                readers_,                \
        metrics_};

#ifdef __cplusplus
}
#endif
#endif
