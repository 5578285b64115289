/* Nightjar for programs in C, and for whatever can call C: scripts with limits, functions of the program's own, tensors.
 *
 * A runtime belongs to one thread at a time; several run at once on threads of their own. nightjar_cancel alone may be
 * called from any thread. Functions that can fail return 0 for success; nightjar_error says what was wrong then.
 *
 * Link with -lnightjar. NIGHTJAR_HOME names the folder that holds lua/nightjar and plugins where they are not installed
 * beside the library's program.
 */
#ifndef NIGHTJAR_H
#define NIGHTJAR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface: it grows, and what is here stays. */
#define NIGHTJAR_API 1
int32_t nightjar_api(void);

typedef struct nightjar_runtime nightjar_runtime;
/* A list of values: what a script is given, or what it returned. */
typedef struct nightjar_values nightjar_values;

typedef struct {
    int32_t threads;             /* that compute; 0: one */
    int32_t trusted;             /* not 0: without the sandbox */
    uint64_t seed;               /* where random draws start; 0: 1 */
    uint64_t memory_limit;       /* bytes of Lua's; 0: none */
    uint64_t instruction_limit;  /* of the Lua machine, for each call; 0: none */
    const char *working_folder;  /* NULL: the process's */
    const char *data_folder;     /* NULL: NIGHTJAR_DATA, then the system's */
} nightjar_options;

/* NULL where it fails: nightjar_error(NULL) says why. `options` may be NULL. */
nightjar_runtime *nightjar_open(const nightjar_options *options);
void nightjar_close(nightjar_runtime *runtime);

/* What was wrong with the last call that failed: one text, valid until the next call. The script and line where it was, or
 * NULL and 0. */
const char *nightjar_error(const nightjar_runtime *runtime);
const char *nightjar_error_file(const nightjar_runtime *runtime);
int32_t nightjar_error_line(const nightjar_runtime *runtime);

/* Runs a text, or a file. `arguments` (may be NULL) are `...` in it; `results` (may be NULL) gets what it returns, to be
 * released by the caller. */
int32_t nightjar_run(nightjar_runtime *runtime, const char *text, const char *name, const nightjar_values *arguments,
                     nightjar_values **results);
int32_t nightjar_run_file(nightjar_runtime *runtime, const char *path, const nightjar_values *arguments,
                          nightjar_values **results);

/* Ends what runs, from any thread: its call returns an error. The runtime can be used again. */
void nightjar_cancel(nightjar_runtime *runtime);

/* Called after each epoch: names and values of the columns of metrics.csv. Valid during the call. */
typedef void (*nightjar_progress)(void *context, int64_t epoch, int64_t last_epoch, int64_t count,
                                  const char *const *names, const double *values);
void nightjar_on_progress(nightjar_runtime *runtime, nightjar_progress function, void *context);

/* Called with what scripts print, without the newline at its end. */
typedef void (*nightjar_print)(void *context, const char *text);
void nightjar_on_print(nightjar_runtime *runtime, nightjar_print function, void *context);

/* nj.host.name(...) calls the function. It appends what it gives to `results`; not 0 is an error, whose words are a text
 * appended to `results`. */
typedef int32_t (*nightjar_function)(void *context, const nightjar_values *arguments, nightjar_values *results);
int32_t nightjar_register(nightjar_runtime *runtime, const char *name, nightjar_function function, void *context);

/* ---- Values ---- */

typedef enum {
    NIGHTJAR_NIL = 0,
    NIGHTJAR_BOOLEAN = 1,
    NIGHTJAR_INTEGER = 2,
    NIGHTJAR_NUMBER = 3,
    NIGHTJAR_STRING = 4,
    NIGHTJAR_TENSOR = 5,
    NIGHTJAR_TABLE = 6, /* a list with the values 1, 2, ... and named fields */
    NIGHTJAR_OTHER = 7, /* functions and objects: they can be handed back, not looked into */
} nightjar_kind;

typedef enum {
    NIGHTJAR_FLOAT32 = 0,
    NIGHTJAR_FLOAT64 = 1,
    NIGHTJAR_INT32 = 2,
    NIGHTJAR_UINT8 = 3,
    NIGHTJAR_BOOL = 4,
} nightjar_dtype;

nightjar_values *nightjar_values_new(void);
void nightjar_values_free(nightjar_values *values);
int64_t nightjar_count(const nightjar_values *values);

/* Of the value at a position from 0; NIGHTJAR_NIL behind the end. */
nightjar_kind nightjar_kind_at(const nightjar_values *values, int64_t index);
/* A number, whole or not, or 1 and 0 for a boolean; NaN for anything else. */
double nightjar_number_at(const nightjar_values *values, int64_t index);
/* A whole number; 0 for anything else. */
int64_t nightjar_integer_at(const nightjar_values *values, int64_t index);
/* A text, valid as long as the list; NULL for anything else. `length` may be NULL. */
const char *nightjar_string_at(const nightjar_values *values, int64_t index, size_t *length);

/* A tensor: its element type, number of dimensions, extents and elements in row-major order. Nothing is copied: the memory
 * is valid as long as the list, and is to be read only. NULL for anything else, or where computing it failed
 * (nightjar_error). `rank` may be NULL, and so may `extents`, which else has room for 8. */
const void *nightjar_tensor_at(nightjar_runtime *runtime, nightjar_values *values, int64_t index, nightjar_dtype *dtype,
                               int32_t *rank, int64_t *extents);

/* A table: how long its list is; its list as a new list of values; a named field as a list of one value, or NULL. */
nightjar_values *nightjar_list_at(const nightjar_values *values, int64_t index);
nightjar_values *nightjar_field_at(const nightjar_values *values, int64_t index, const char *name);

void nightjar_push_nil(nightjar_values *values);
void nightjar_push_boolean(nightjar_values *values, int32_t flag);
void nightjar_push_integer(nightjar_values *values, int64_t number);
void nightjar_push_number(nightjar_values *values, double number);
void nightjar_push_string(nightjar_values *values, const char *text, size_t length);
/* Appends a new tensor and gives its memory, to be filled before the list is handed over and not written after that: so
 * nothing is copied. NULL where there is no room, or for extents that no tensor has (nightjar_error). */
void *nightjar_push_tensor(nightjar_runtime *runtime, nightjar_values *values, nightjar_dtype dtype, int32_t rank,
                           const int64_t *extents);

#ifdef __cplusplus
}
#endif
#endif
