// Shapes of an operation, and calls of its kernels.
#include "native.h"
#include <stdio.h>
#include <string.h>

void nj_native_show(char *text, size_t room, const nightjar_shape *shape) {
    size_t length = strlen(text);
#define ADD(...)                                                                      \
    if (length < room) length += (size_t)snprintf(text + length, room - length, __VA_ARGS__)
    ADD("(");
    for (int32_t i = 0; i < shape->rank && i < NIGHTJAR_MAX_RANK; i++) ADD("%s%lld", i > 0 ? ", " : "", (long long)shape->extents[i]);
    ADD(")");
#undef ADD
}

// As many elements as a tensor may have.
static const int64_t most = (int64_t)1 << 40;

static bool is_extent(int64_t extent) { return extent >= 0 && extent <= INT32_MAX; }

int64_t nj_native_count(const nightjar_shape *shape) {
    if (shape->rank < 0 || shape->rank > NIGHTJAR_MAX_RANK) return -1;
    // The extents beside one that is 0 are multiplied as well, as widths of rows.
    int64_t count = 1;
    bool is_empty = false;
    for (int32_t i = 0; i < shape->rank; i++) {
        if (!is_extent(shape->extents[i])) return -1;
        if (shape->extents[i] == 0) {
            is_empty = true;
        } else if (count > most / shape->extents[i]) {
            return -1;
        } else {
            count *= shape->extents[i];
        }
    }
    return is_empty ? 0 : count;
}

static bool refuse(const nightjar_operation *operation, const nj_native_layout *layout, const char *reason,
                   nj_native_message *message) {
    char shapes[512] = "";
    int32_t count = nj_native_input_count(operation);
    for (int32_t i = 0; i < count; i++) {
        size_t length = strlen(shapes);
        snprintf(shapes + length, sizeof shapes - length, "%s%s ", i == 0 ? "" : i + 1 < count ? ", " : " and ",
                 operation->inputs[i].name);
        nj_native_show(shapes, sizeof shapes, &layout->shapes[i]);
    }
    return nj_native_fail(message, "%s; got %s", reason, shapes);
}

// Elements of the last dimensions.
static int64_t row_width(const nightjar_shape *shape, int32_t row_rank) {
    int64_t width = 1;
    for (int32_t i = row_rank == NIGHTJAR_WHOLE ? 0 : shape->rank - row_rank; i < shape->rank; i++) width *= shape->extents[i];
    return width;
}

// The input that says how many rows there are: the first that is cut; -1 where none is.
static int32_t row_input(const nightjar_operation *operation) {
    for (int32_t i = 0; i < nj_native_input_count(operation); i++) {
        if (operation->inputs[i].row_rank != NIGHTJAR_WHOLE) return i;
    }
    return -1;
}

// Whether a tensor has as many rows as another, in as many dimensions.
static bool has_rows(const nightjar_shape *shape, int32_t row_rank, const nightjar_shape *rows, int32_t dimensions) {
    return shape->rank - row_rank == dimensions &&
           memcmp(rows->extents, shape->extents, (size_t)dimensions * sizeof *shape->extents) == 0;
}

static bool check_rows(const nightjar_operation *operation, const nj_native_layout *layout, nj_native_message *message) {
    int32_t first = row_input(operation);
    char reason[256];
    for (int32_t i = 0; i < nj_native_input_count(operation) && first >= 0; i++) {
        const nightjar_input *input = &operation->inputs[i], *rows = &operation->inputs[first];
        const nightjar_shape *shape = &layout->shapes[i], *row_shape = &layout->shapes[first];
        if (input->row_rank == NIGHTJAR_WHOLE) continue;
        if (shape->rank < input->row_rank) {
            snprintf(reason, sizeof reason, "'%s' needs %d dimension%s at least", input->name, input->row_rank,
                     input->row_rank == 1 ? "" : "s");
            return refuse(operation, layout, reason, message);
        }
        if (!has_rows(shape, input->row_rank, row_shape, row_shape->rank - rows->row_rank)) {
            snprintf(reason, sizeof reason, "'%s' has to have as many rows as '%s'", input->name, rows->name);
            return refuse(operation, layout, reason, message);
        }
    }
    return true;
}

bool nj_native_cut(const nightjar_operation *operation, nj_native_layout *layout, nj_native_message *message) {
    if (!check_rows(operation, layout, message)) return false;
    int32_t row_rank = operation->output_row_rank, first = row_input(operation);
    layout->rows = 1;
    if (row_rank != NIGHTJAR_WHOLE) {
        int32_t dimensions = layout->output.rank - row_rank;
        const nightjar_shape *rows = first < 0 ? &layout->output : &layout->shapes[first];
        if (dimensions < 0 || !has_rows(&layout->output, row_rank, rows,
                                        first < 0 ? dimensions : rows->rank - operation->inputs[first].row_rank)) {
            char shape[256] = "", reason[512];
            nj_native_show(shape, sizeof shape, &layout->output);
            snprintf(reason, sizeof reason, "its result of shape %s has not as many rows as its inputs", shape);
            return refuse(operation, layout, reason, message);
        }
        for (int32_t i = 0; i < dimensions; i++) layout->rows *= layout->output.extents[i];
    }
    layout->output_width = row_width(&layout->output, row_rank);
    layout->row_elements = layout->output_width;
    for (int32_t i = 0; i < nj_native_input_count(operation); i++) {
        layout->widths[i] = row_width(&layout->shapes[i], operation->inputs[i].row_rank);
        if (operation->inputs[i].row_rank != NIGHTJAR_WHOLE || row_rank == NIGHTJAR_WHOLE) {
            layout->row_elements += layout->widths[i];
        }
    }
    return true;
}

bool nj_native_lay_out(const nightjar_operation *operation, const double *attributes, nj_native_layout *layout,
                       nj_native_message *message) {
    // The shape rule may count on the rows.
    if (!check_rows(operation, layout, message)) return false;
    memset(&layout->output, 0, sizeof layout->output);
    const char *fault = operation->shape(layout->shapes, attributes, &layout->output);
    if (fault != NULL) return refuse(operation, layout, fault, message);
    if (nj_native_count(&layout->output) < 0) {
        return refuse(operation, layout, "its shape rule gives a shape that no tensor has", message);
    }
    return nj_native_cut(operation, layout, message);
}

static double row_cost(const nj_native_call *call) {
    double cost = call->operation->nanoseconds;
    return cost > 0 ? cost : 1.0 + (double)call->layout.row_elements;
}

void nj_native_prepare(nj_native_call *call, const nightjar_operation *operation, bool wide,
                       const nj_native_layout *layout) {
    memset(call, 0, sizeof *call);
    call->operation = operation;
    call->wide = wide;
    call->input_count = nj_native_input_count(operation);
    call->layout = *layout;
    // Tiles depend on the shapes alone, never on the threads.
    const double tile_nanoseconds = 20000;
    double rows = tile_nanoseconds / row_cost(call);
    call->rows_per_tile = rows < 1 ? 1 : rows > 1e9 ? 1000000000 : (int64_t)rows;
}

int64_t nj_native_tile_count(const nj_native_call *call) {
    if (call->layout.output_width == 0) return 0;
    return (call->layout.rows + call->rows_per_tile - 1) / call->rows_per_tile;
}

double nj_native_cost(const nj_native_call *call) { return row_cost(call) * (double)call->layout.rows; }

const char *nj_native_run(const nj_native_call *call, int64_t tile, const void *const *inputs, void *output,
                          const double *attributes, int64_t *fault_row) {
    const nightjar_operation *operation = call->operation;
    const nj_native_layout *layout = &call->layout;
    int64_t first = tile * call->rows_per_tile, left = layout->rows - first;
    const void *begins[NIGHTJAR_MAX_INPUTS] = {NULL};
    for (int32_t i = 0; i < call->input_count; i++) {
        bool is_whole = operation->inputs[i].row_rank == NIGHTJAR_WHOLE;
        int64_t skipped = is_whole ? 0 : first * layout->widths[i] * nj_native_width(operation->inputs[i].type, call->wide);
        begins[i] = (const char *)inputs[i] + skipped;
    }
    nightjar_tile given = {
        .first_row = first,
        .rows = left < call->rows_per_tile ? left : call->rows_per_tile,
        .inputs = begins,
        .widths = layout->widths,
        .shapes = layout->shapes,
        .output = (char *)output + first * layout->output_width * nj_native_width(operation->output_type, call->wide),
        .output_width = layout->output_width,
        .attributes = attributes,
        .fault_row = 0,
    };
    const char *fault = (call->wide ? operation->float64 : operation->float32)(&given);
    if (fault != NULL) {
        int64_t row = given.fault_row < 0 ? 0 : given.fault_row >= given.rows ? given.rows - 1 : given.fault_row;
        *fault_row = first + row;
    }
    return fault;
}
