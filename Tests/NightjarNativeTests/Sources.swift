/// A library with one operation, `twice`, some part of which a test replaces.
struct OneOperation {
    /// What the kernels do with `in` and `out`, which have `count` elements of TYPE.
    var body = "for (int64_t i = 0; i < count; i++) out[i] = 2 * in[i];"
    var name = #""twice""#
    var inputs = #"{{"x", NIGHTJAR_FLOAT, 0, 0, 0}}"#
    var attributes = ""
    var outputType = "NIGHTJAR_FLOAT"
    var rowRank = "0"
    var shape = "shape"
    var float32 = "kernel_float"
    var float64 = "kernel_double"
    var gradients = "{NULL}"
    var more = ""
    var table = "NIGHTJAR_PLUGIN(operations, 1, NULL, 0, NULL, 0)"
    var declarations = ""

    var text: String {
        """
        #include <nightjar_plugin.h>
        #include <stdlib.h>
        #include <string.h>
        \(declarations)
        #define KERNEL(TYPE) static const char *kernel_##TYPE(nightjar_tile *tile) { \\
            const TYPE *in = (const TYPE *)tile->inputs[0]; TYPE *out = (TYPE *)tile->output; \\
            int64_t count = tile->rows * tile->output_width; (void)in, (void)out, (void)count; \\
            \(body) \\
            return NULL; }
        KERNEL(float)
        KERNEL(double)
        __attribute__((unused)) static const char *shape(
            const nightjar_shape *inputs, const double *attributes, nightjar_shape *output) {
            (void)attributes; *output = inputs[0]; return NULL;
        }
        static const nightjar_operation operations[] = {{
            .name = \(name), .inputs = \(inputs), \(attributes.isEmpty ? "" : ".attributes = \(attributes),")
            .output_type = \(outputType), .output_row_rank = \(rowRank), .shape = \(shape),
            .float32 = \(float32), .float64 = \(float64), .gradients = \(gradients), \(more)
        }};
        __attribute__((unused)) static void *const used[] = {(void *)kernel_float, (void *)kernel_double};
        __attribute__((unused)) static const nightjar_operation *const first = operations;
        \(table)
        """
    }
}
