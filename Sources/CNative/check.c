// Whether what a table says goes together.
#include "native.h"
#include <math.h>
#include <string.h>

const nightjar_operation *nj_native_operation(const nightjar_plugin_table *table, int32_t index) {
    return &table->operations[index];
}

const nightjar_reader *nj_native_reader(const nightjar_plugin_table *table, int32_t index) {
    return &table->readers[index];
}

const nightjar_metric *nj_native_metric(const nightjar_plugin_table *table, int32_t index) {
    return &table->metrics[index];
}

int32_t nj_native_input_count(const nightjar_operation *operation) {
    int32_t count = 0;
    while (count < NIGHTJAR_MAX_INPUTS && operation->inputs[count].name != NULL) count++;
    return count;
}

int32_t nj_native_attribute_count(const nightjar_operation *operation) {
    int32_t count = 0;
    while (count < NIGHTJAR_MAX_ATTRIBUTES && operation->attributes[count].name != NULL) count++;
    return count;
}

const nightjar_input *nj_native_input(const nightjar_operation *operation, int32_t index) {
    return &operation->inputs[index];
}

const nightjar_attribute *nj_native_attribute(const nightjar_operation *operation, int32_t index) {
    return &operation->attributes[index];
}

const char *nj_native_gradient(const nightjar_operation *operation, int32_t input) { return operation->gradients[input]; }

int64_t nj_native_width(int32_t type, bool wide) {
    switch (type) {
    case NIGHTJAR_FLOAT: return wide ? 8 : 4;
    case NIGHTJAR_INT32: return 4;
    default: return 1;
    }
}

// A name that scripts can write.
static bool is_name(const char *text) {
    if (text == NULL || strlen(text) > 64) return false;
    for (size_t i = 0; text[i] != 0; i++) {
        bool is_letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') || text[i] == '_';
        if (!is_letter && !(i > 0 && text[i] >= '0' && text[i] <= '9')) return false;
    }
    return text[0] != 0;
}

static const char *const name_rule = "letters, digits and _, beginning with a letter, at most 64 of them";

static bool check_lists(const nightjar_plugin_table *table, nj_native_message *message) {
    const struct {
        const char *what;
        int32_t count;
        const void *list;
    } lists[] = {{"operations", table->operation_count, table->operations},
                 {"readers", table->reader_count, table->readers},
                 {"metrics", table->metric_count, table->metrics}};
    int32_t total = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (lists[i].count < 0 || lists[i].count > 4096) {
            return nj_native_fail(message, "its table has %d %s, expected 0 to 4096", lists[i].count, lists[i].what);
        } else if (lists[i].count > 0 && lists[i].list == NULL) {
            return nj_native_fail(message, "its table has %d %s and no list of them", lists[i].count, lists[i].what);
        }
        total += lists[i].count;
    }
    return total > 0 || nj_native_fail(message, "its table has neither operations nor readers nor metrics");
}

static const nightjar_operation *find(const nightjar_plugin_table *table, const char *name) {
    for (int32_t i = 0; i < table->operation_count; i++) {
        const char *other = table->operations[i].name;
        if (other != NULL && name != NULL && strcmp(other, name) == 0) return &table->operations[i];
    }
    return NULL;
}

static bool is_type(int32_t type) { return type >= NIGHTJAR_FLOAT && type <= NIGHTJAR_BOOL; }

static bool is_row_rank(int32_t rank) { return rank >= NIGHTJAR_WHOLE && rank <= NIGHTJAR_MAX_RANK; }

static bool check_inputs(const nightjar_operation *operation, nj_native_message *message) {
    const char *name = operation->name;
    int32_t count = nj_native_input_count(operation), floats = 0;
    if (count == 0) return nj_native_fail(message, "operation '%s' has no inputs", name);
    for (int32_t i = 0; i < count; i++) {
        const nightjar_input *input = &operation->inputs[i];
        if (!is_name(input->name)) {
            return nj_native_fail(message, "operation '%s': the name of input %d is %s", name, i + 1, name_rule);
        } else if (!is_type(input->type)) {
            return nj_native_fail(message, "operation '%s': input '%s' has the type %d, expected one of nightjar_type", name,
                                  input->name, input->type);
        } else if (!is_row_rank(input->row_rank)) {
            return nj_native_fail(message, "operation '%s': input '%s' has the row rank %d, expected 0 to %d, or "
                                           "NIGHTJAR_WHOLE", name, input->name, input->row_rank, NIGHTJAR_MAX_RANK);
        } else if (!isfinite(input->low) || !isfinite(input->high) || input->low > input->high) {
            return nj_native_fail(message, "operation '%s': input '%s' goes from %g to %g", name, input->name, input->low,
                                  input->high);
        } else if (operation->output_row_rank == NIGHTJAR_WHOLE && input->row_rank != NIGHTJAR_WHOLE) {
            return nj_native_fail(message, "operation '%s': its result is whole, so input '%s' has to be NIGHTJAR_WHOLE as "
                                           "well", name, input->name);
        }
        floats += input->type == NIGHTJAR_FLOAT;
    }
    return floats > 0 || nj_native_fail(message, "operation '%s' needs an input of NIGHTJAR_FLOAT", name);
}

static bool check_attributes(const nightjar_operation *operation, nj_native_message *message) {
    for (int32_t i = 0; i < nj_native_attribute_count(operation); i++) {
        const nightjar_attribute *attribute = &operation->attributes[i];
        bool is_open = attribute->low == 0 && attribute->high == 0;
        if (!is_name(attribute->name)) {
            return nj_native_fail(message, "operation '%s': the name of attribute %d is %s", operation->name, i + 1,
                                  name_rule);
        } else if (!isfinite(attribute->standard) ||
                   !(is_open || (attribute->low <= attribute->standard && attribute->standard <= attribute->high))) {
            return nj_native_fail(message, "operation '%s': attribute '%s' is %g where a script does not say, which is not "
                                           "in its range", operation->name, attribute->name, attribute->standard);
        }
        for (int32_t j = 0; j < i; j++) {
            if (strcmp(operation->attributes[j].name, attribute->name) != 0) continue;
            return nj_native_fail(message, "operation '%s' has the attribute '%s' twice", operation->name, attribute->name);
        }
    }
    return true;
}

// The inputs of a gradient: what arrives, the operation's inputs, and perhaps its result.
static bool takes(const nightjar_operation *gradient, int32_t index, int32_t type, int32_t row_rank) {
    return gradient->inputs[index].type == type && gradient->inputs[index].row_rank == row_rank;
}

static bool check_gradient(const nightjar_plugin_table *table, const nightjar_operation *operation, int32_t index,
                           nj_native_message *message) {
    const char *name = operation->gradients[index];
    if (name == NULL || name[0] == 0) return true;
    const nightjar_input *input = &operation->inputs[index];
    int32_t count = nj_native_input_count(operation);
    if (index >= count) {
        return nj_native_fail(message, "operation '%s' has %d inputs and a gradient for input %d", operation->name, count,
                              index + 1);
    } else if (input->type != NIGHTJAR_FLOAT || operation->output_type != NIGHTJAR_FLOAT) {
        return nj_native_fail(message, "operation '%s': only floats have gradients, so '%s' is none of input '%s'",
                              operation->name, name, input->name);
    }
    const nightjar_operation *gradient = find(table, name);
    if (gradient == NULL) {
        return nj_native_fail(message, "operation '%s': the gradient of input '%s' is '%s', an operation that is not there",
                              operation->name, input->name, name);
    }
    int32_t given = nj_native_input_count(gradient);
    bool fits = (given == count + 1 || given == count + 2) &&
                takes(gradient, 0, NIGHTJAR_FLOAT, operation->output_row_rank) &&
                gradient->output_type == NIGHTJAR_FLOAT && gradient->output_row_rank == input->row_rank;
    for (int32_t i = 0; i < count && fits; i++) {
        fits = takes(gradient, i + 1, operation->inputs[i].type, operation->inputs[i].row_rank);
    }
    if (fits && given == count + 2) fits = takes(gradient, count + 1, NIGHTJAR_FLOAT, operation->output_row_rank);
    if (!fits) {
        return nj_native_fail(message, "operation '%s': '%s', the gradient of input '%s', does not take what a gradient gets: "
                                       "the gradient that arrives, the %d inputs, and perhaps the result, with their types "
                                       "and row ranks; and it gives what input '%s' is", operation->name, name, input->name,
                              count, input->name);
    }
    if (nj_native_attribute_count(gradient) != nj_native_attribute_count(operation)) {
        return nj_native_fail(message, "operation '%s' has %d attributes and '%s', its gradient, has %d: they get the same",
                              operation->name, nj_native_attribute_count(operation), name,
                              nj_native_attribute_count(gradient));
    }
    return true;
}

static bool check_operation(const nightjar_plugin_table *table, int32_t index, nj_native_message *message) {
    const nightjar_operation *operation = &table->operations[index];
    const char *name = operation->name;
    if (!is_name(name)) return nj_native_fail(message, "the name of operation %d is %s", index + 1, name_rule);
    if (find(table, name) != operation) return nj_native_fail(message, "it has the operation '%s' twice", name);
    if (operation->output_type != NIGHTJAR_FLOAT && operation->output_type != NIGHTJAR_INT32) {
        return nj_native_fail(message, "operation '%s' gives the type %d, expected NIGHTJAR_FLOAT or NIGHTJAR_INT32", name,
                              operation->output_type);
    } else if (!is_row_rank(operation->output_row_rank)) {
        return nj_native_fail(message, "operation '%s' gives the row rank %d, expected 0 to %d, or NIGHTJAR_WHOLE", name,
                              operation->output_row_rank, NIGHTJAR_MAX_RANK);
    } else if (operation->shape == NULL) {
        return nj_native_fail(message, "operation '%s' has no shape rule", name);
    } else if (operation->float32 == NULL || operation->float64 == NULL) {
        return nj_native_fail(message, "operation '%s' has no kernel for %s", name,
                              operation->float32 == NULL ? "float32" : "float64");
    } else if (!(operation->nanoseconds >= 0 && operation->nanoseconds < 1e12)) {
        return nj_native_fail(message, "operation '%s' takes %g nanoseconds a row", name, operation->nanoseconds);
    } else if (operation->example_count < 0 || operation->example_count > 64 ||
               (operation->example_count > 0 && operation->examples == NULL)) {
        return nj_native_fail(message, "operation '%s' has %d examples, expected 0 to 64 and a list of their shapes", name,
                              operation->example_count);
    }
    if (!check_inputs(operation, message) || !check_attributes(operation, message)) return false;
    for (int32_t i = 0; i < NIGHTJAR_MAX_INPUTS; i++) {
        if (!check_gradient(table, operation, i, message)) return false;
    }
    return true;
}

bool nj_native_check(const nightjar_plugin_table *table, nj_native_message *message) {
    if (!check_lists(table, message)) return false;
    for (int32_t i = 0; i < table->operation_count; i++) {
        if (!check_operation(table, i, message)) return false;
    }
    for (int32_t i = 0; i < table->reader_count; i++) {
        const nightjar_reader *reader = &table->readers[i];
        if (!is_name(reader->name)) return nj_native_fail(message, "the name of reader %d is %s", i + 1, name_rule);
        if (reader->measure == NULL || reader->fill == NULL) {
            return nj_native_fail(message, "reader '%s' has no function '%s'", reader->name,
                                  reader->measure == NULL ? "measure" : "fill");
        }
        for (int32_t j = 0; j < i; j++) {
            if (strcmp(table->readers[j].name, reader->name) == 0) {
                return nj_native_fail(message, "it has the reader '%s' twice", reader->name);
            }
        }
    }
    for (int32_t i = 0; i < table->metric_count; i++) {
        const nightjar_metric *metric = &table->metrics[i];
        if (!is_name(metric->name)) return nj_native_fail(message, "the name of metric %d is %s", i + 1, name_rule);
        if (metric->compute == NULL) {
            return nj_native_fail(message, "metric '%s' has no function 'compute'", metric->name);
        }
        for (int32_t j = 0; j < i; j++) {
            if (strcmp(table->metrics[j].name, metric->name) == 0) {
                return nj_native_fail(message, "it has the metric '%s' twice", metric->name);
            }
        }
    }
    return true;
}
