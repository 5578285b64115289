// Operations that tests know the results of: all kinds of inputs, of rows and of gradients.
#include <math.h>
#include <nightjar_plugin.h>

#define SAME(NAME, NUMBER)                                                                               \
    static const char *NAME(const nightjar_shape *inputs, const double *attributes, nightjar_shape *out) { \
        (void)attributes;                                                                                \
        *out = inputs[NUMBER];                                                                           \
        return NULL;                                                                                     \
    }
SAME(as_first, 0)
SAME(as_second, 1)
SAME(as_third, 2)

// The shape without its last dimension.
static const char *without_last(const nightjar_shape *inputs, const double *attributes, nightjar_shape *out) {
    (void)attributes;
    *out = inputs[0];
    out->rank--;
    return inputs[1].rank == 1 && inputs[1].extents[0] == inputs[0].extents[inputs[0].rank - 1]
               ? NULL
               : "weights are one for each entry of a row";
}

static const char *one_number(const nightjar_shape *inputs, const double *attributes, nightjar_shape *out) {
    (void)inputs, (void)attributes;
    out->rank = 0;
    return NULL;
}

// Kernels that go element by element over `count` of them; `EACH` may use x(i), the i-th input, and s, the attribute.
#define x(i) (((const REAL *)tile->inputs[i])[n])
#define ELEMENTWISE(NAME, EACH)                                                              \
    ELEMENTWISE_OF(NAME##_32, float, EACH) ELEMENTWISE_OF(NAME##_64, double, EACH)
#define ELEMENTWISE_OF(NAME, TYPE, EACH)                                                     \
    static const char *NAME(nightjar_tile *tile) {                                           \
        typedef TYPE REAL;                                                                   \
        REAL s = tile->attributes == NULL ? 0 : (REAL)tile->attributes[0];                   \
        (void)s;                                                                             \
        for (int64_t n = 0; n < tile->rows; n++) ((REAL *)tile->output)[n] = (REAL)(EACH);   \
        return NULL;                                                                         \
    }

ELEMENTWISE(square, s * x(0) * x(0))
ELEMENTWISE(square_gradient, x(0) * 2 * s * x(1))
ELEMENTWISE(by_arriving, x(0) * 2 * s * x(2))
ELEMENTWISE(by_x, x(0) * 2 * s * x(1))
ELEMENTWISE(exponential, exp((double)x(0)))
ELEMENTWISE(exponential_gradient, x(0) * x(2))
ELEMENTWISE(five, x(0) + 2 * x(1) + 3 * x(2) + 4 * x(3) + 5 * x(4))

#define ROWS(TYPE, SUFFIX)                                                                   \
    static const char *weighted_##SUFFIX(nightjar_tile *tile) {                              \
        for (int64_t n = 0; n < tile->rows; n++) {                                           \
            const TYPE *row = (const TYPE *)tile->inputs[0] + n * tile->widths[0];           \
            TYPE sum = 0;                                                                    \
            for (int64_t j = 0; j < tile->widths[0]; j++) sum += row[j] * ((const TYPE *)tile->inputs[1])[j]; \
            ((TYPE *)tile->output)[n] = sum;                                                 \
        }                                                                                    \
        return NULL;                                                                         \
    }                                                                                        \
    static const char *weighted_gradient_##SUFFIX(nightjar_tile *tile) {                     \
        for (int64_t n = 0; n < tile->rows; n++) {                                           \
            for (int64_t j = 0; j < tile->output_width; j++) {                               \
                ((TYPE *)tile->output)[n * tile->output_width + j] =                         \
                    ((const TYPE *)tile->inputs[0])[n] * ((const TYPE *)tile->inputs[2])[j]; \
            }                                                                                \
        }                                                                                    \
        return NULL;                                                                         \
    }                                                                                        \
    static const char *total_##SUFFIX(nightjar_tile *tile) {                                 \
        TYPE sum = 0;                                                                        \
        for (int64_t j = 0; j < tile->widths[0]; j++) sum += ((const TYPE *)tile->inputs[0])[j]; \
        *(TYPE *)tile->output = sum;                                                         \
        return NULL;                                                                         \
    }                                                                                        \
    static const char *root_##SUFFIX(nightjar_tile *tile) {                                  \
        for (int64_t n = 0; n < tile->rows; n++) {                                           \
            TYPE value = ((const TYPE *)tile->inputs[0])[n];                                 \
            tile->fault_row = n;                                                             \
            if (value < 0) return "it takes numbers from 0";                                 \
            ((TYPE *)tile->output)[n] = (TYPE)sqrt((double)value);                           \
        }                                                                                    \
        return NULL;                                                                         \
    }                                                                                        \
    static const char *sign_##SUFFIX(nightjar_tile *tile) {                                  \
        for (int64_t n = 0; n < tile->rows; n++) {                                           \
            TYPE value = ((const TYPE *)tile->inputs[0])[n];                                 \
            int32_t step = ((const int32_t *)tile->inputs[1])[n];                            \
            uint8_t is_on = ((const uint8_t *)tile->inputs[2])[n];                           \
            ((int32_t *)tile->output)[n] = is_on ? (value > 0 ? step : -step) : 0;           \
        }                                                                                    \
        return NULL;                                                                         \
    }
ROWS(float, 32)
ROWS(double, 64)

#define SCALE {{"scale", "of the square", 1, 0, 0}}
#define KERNELS(NAME) .float32 = NAME##_32, .float64 = NAME##_64
#define ELEMENTS .output_type = NIGHTJAR_FLOAT, .output_row_rank = 0

static const nightjar_shape weighted_examples[] = {
    {.rank = 2, .extents = {7, 3}}, {.rank = 1, .extents = {3}},  //
    {.rank = 3, .extents = {2, 4, 5}}, {.rank = 1, .extents = {5}},
};
static const nightjar_shape weighted_gradient_examples[] = {
    {.rank = 1, .extents = {7}}, {.rank = 2, .extents = {7, 3}}, {.rank = 1, .extents = {3}},
};

static const nightjar_operation operations[] = {
    {.name = "square", .doc = "scale x^2", .inputs = {{"x", NIGHTJAR_FLOAT, 0, 0, 0}}, .attributes = SCALE, ELEMENTS,
     .shape = as_first, KERNELS(square), .gradients = {"square_gradient"}},
    {.name = "square_gradient", .inputs = {{"arriving", NIGHTJAR_FLOAT, 0, 0, 0}, {"x", NIGHTJAR_FLOAT, 0, 0, 0}},
     .attributes = SCALE, ELEMENTS, .shape = as_first, KERNELS(square_gradient), .gradients = {"by_arriving", "by_x"}},
    {.name = "by_arriving", .inputs = {{"g", NIGHTJAR_FLOAT, 0, 0, 0}, {"arriving", NIGHTJAR_FLOAT, 0, 0, 0},
                                       {"x", NIGHTJAR_FLOAT, 0, 0, 0}},
     .attributes = SCALE, ELEMENTS, .shape = as_first, KERNELS(by_arriving)},
    {.name = "by_x", .inputs = {{"g", NIGHTJAR_FLOAT, 0, 0, 0}, {"arriving", NIGHTJAR_FLOAT, 0, 0, 0},
                                {"x", NIGHTJAR_FLOAT, 0, 0, 0}},
     .attributes = SCALE, ELEMENTS, .shape = as_first, KERNELS(by_x)},
    {.name = "exponential", .inputs = {{"x", NIGHTJAR_FLOAT, 0, 0, 0}}, ELEMENTS, .shape = as_first, KERNELS(exponential),
     .gradients = {"exponential_gradient"}},
    {.name = "exponential_gradient",
     .inputs = {{"arriving", NIGHTJAR_FLOAT, 0, 0, 0}, {"x", NIGHTJAR_FLOAT, 0, 0, 0}, {"y", NIGHTJAR_FLOAT, 0, 0, 0}},
     ELEMENTS, .shape = as_first, KERNELS(exponential_gradient)},
    {.name = "five",
     .inputs = {{"a", NIGHTJAR_FLOAT, 0, 0, 0}, {"b", NIGHTJAR_FLOAT, 0, 0, 0}, {"c", NIGHTJAR_FLOAT, 0, 0, 0},
                {"d", NIGHTJAR_FLOAT, 0, 0, 0}, {"e", NIGHTJAR_FLOAT, 0, 0, 0}},
     ELEMENTS, .shape = as_third, KERNELS(five), .gradients = {"", "", "", "", ""}},
    {.name = "weighted", .doc = "the sum of a row with weights",
     .inputs = {{"x", NIGHTJAR_FLOAT, 1, 0, 0}, {"weights", NIGHTJAR_FLOAT, NIGHTJAR_WHOLE, 0, 0}}, ELEMENTS,
     .shape = without_last, KERNELS(weighted), .gradients = {"weighted_gradient"}, .example_count = 2,
     .examples = weighted_examples},
    {.name = "weighted_gradient",
     .inputs = {{"arriving", NIGHTJAR_FLOAT, 0, 0, 0}, {"x", NIGHTJAR_FLOAT, 1, 0, 0},
                {"weights", NIGHTJAR_FLOAT, NIGHTJAR_WHOLE, 0, 0}},
     .output_type = NIGHTJAR_FLOAT, .output_row_rank = 1, .shape = as_second, KERNELS(weighted_gradient),
     .example_count = 1, .examples = weighted_gradient_examples},
    {.name = "total", .inputs = {{"x", NIGHTJAR_FLOAT, NIGHTJAR_WHOLE, 0, 0}}, .output_type = NIGHTJAR_FLOAT,
     .output_row_rank = NIGHTJAR_WHOLE, .shape = one_number, KERNELS(total)},
    {.name = "root", .inputs = {{"x", NIGHTJAR_FLOAT, 0, 0, 4}}, ELEMENTS, .shape = as_first, KERNELS(root)},
    {.name = "stepped",
     .inputs = {{"x", NIGHTJAR_FLOAT, 0, 0, 0}, {"step", NIGHTJAR_INT32, 0, 0, 0}, {"is_on", NIGHTJAR_BOOL, 0, 0, 0}},
     .output_type = NIGHTJAR_INT32, .output_row_rank = 0, .shape = as_first, KERNELS(sign)},
};

NIGHTJAR_PLUGIN(operations, sizeof operations / sizeof *operations, NULL, 0, NULL, 0)
