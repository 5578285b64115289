// Label smoothing as one pass over the logits, and its gradient as another.
//
//   cc -O3 -fno-trapping-math -shared -fPIC -I ../../../Sources/CNative/include -o smooth.so smooth.c -lm
//
// With z the logits of a sample, y its label and K the number of classes (Szegedy et al., CVPR 2016, section 7):
//
//   loss    = log sum exp(z) - (1 - r) z[y] - r mean(z)
//   d / dz  = softmax(z) - (1 - r) [j = y] - r / K
#include <math.h>
#include <nightjar_plugin.h>
#include <string.h>

// Numbers that are worked on together on the way to a result.
enum { ROOM = 1024 };

// exp for x up to 0, within 2 units of the last place: 2^n times a polynomial of the rest (Cephes). Compilers make vectors
// of a loop over it, where they need not keep the flags of the processor (-fno-trapping-math).
static inline float exp_float(float given) {
    float x = given > -87.0f ? given : -87.0f;
    float n = x * 1.44269504f + 12582912.0f;  // rounded: what is added leaves no digits behind the point
    n -= 12582912.0f;
    float f = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * f + 1.3981999507e-3f;
    p = p * f + 8.3334519073e-3f;
    p = p * f + 4.1665795894e-2f;
    p = p * f + 1.6666665459e-1f;
    p = p * f + 5.0000001201e-1f;
    p = p * f * f + f + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power + (given == given ? 0.0f : given);  // NaN stays NaN
}

// Compilers that can make one function for several processors take wider vectors where there are some. The bits are the same.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((noinline, target_clones("avx2", "default")))
#else
#define WIDE
#endif

// The kernels for one type of numbers. Rows of a few classes are shorter than vectors, so exp is taken of many rows at once.
#define KERNELS(REAL, EXP, LOG)                                                                        \
    WIDE static void exp_all_##REAL(REAL *values, int64_t count) {                                     \
        for (int64_t i = 0; i < count; i++) values[i] = EXP(values[i]);                                \
    }                                                                                                  \
                                                                                                       \
    static REAL top_##REAL(const REAL *z, int64_t classes) {                                           \
        REAL top = z[0];                                                                               \
        for (int64_t j = 1; j < classes; j++) top = z[j] > top ? z[j] : top;                           \
        return top;                                                                                    \
    }                                                                                                  \
                                                                                                       \
    /* The sum of exp(z - top) of each of some rows. */                                                \
    static void sums_##REAL(const REAL *z, int64_t rows, int64_t classes, const REAL *tops, REAL *sums) { \
        REAL part[ROOM];                                                                               \
        int64_t width = classes < ROOM ? classes : ROOM;                                               \
        for (int64_t row = 0; row < rows; row++) sums[row] = 0;                                        \
        for (int64_t begin = 0; begin < classes; begin += width) {                                     \
            int64_t count = classes - begin < width ? classes - begin : width;                         \
            for (int64_t row = 0; row < rows; row++) {                                                 \
                for (int64_t j = 0; j < count; j++) {                                                  \
                    part[row * count + j] = z[row * classes + begin + j] - tops[row];                  \
                }                                                                                      \
            }                                                                                          \
            exp_all_##REAL(part, rows * count);                                                        \
            for (int64_t row = 0; row < rows; row++) {                                                 \
                for (int64_t j = 0; j < count; j++) sums[row] += part[row * count + j];                \
            }                                                                                          \
        }                                                                                              \
    }                                                                                                  \
                                                                                                       \
    static const char *loss_##REAL(nightjar_tile *tile) {                                              \
        int64_t classes = tile->widths[0], most = classes < ROOM ? ROOM / classes : 1;                 \
        REAL r = (REAL)tile->attributes[0], tops[ROOM], sums[ROOM];                                    \
        for (int64_t first = 0; first < tile->rows; first += most) {                                   \
            int64_t rows = tile->rows - first < most ? tile->rows - first : most;                      \
            const REAL *z = (const REAL *)tile->inputs[0] + first * classes;                           \
            const int32_t *labels = (const int32_t *)tile->inputs[1] + first;                          \
            for (int64_t row = 0; row < rows; row++) tops[row] = top_##REAL(z + row * classes, classes); \
            sums_##REAL(z, rows, classes, tops, sums);                                                 \
            for (int64_t row = 0; row < rows; row++, z += classes) {                                   \
                if (labels[row] < 1 || labels[row] > classes) return out_of_range(tile, first + row);  \
                REAL total = 0;                                                                        \
                for (int64_t j = 0; j < classes; j++) total += z[j] - tops[row];                       \
                ((REAL *)tile->output)[first + row] = LOG(sums[row]) -                                 \
                                                      (1 - r) * (z[labels[row] - 1] - tops[row]) -     \
                                                      r * total / (REAL)classes;                       \
            }                                                                                          \
        }                                                                                              \
        return NULL;                                                                                   \
    }                                                                                                  \
                                                                                                       \
    static const char *gradient_##REAL(nightjar_tile *tile) {                                          \
        int64_t classes = tile->widths[1];                                                             \
        REAL r = (REAL)tile->attributes[0], *out = (REAL *)tile->output;                               \
        const REAL *arriving = (const REAL *)tile->inputs[0], *z = (const REAL *)tile->inputs[1];      \
        const int32_t *labels = (const int32_t *)tile->inputs[2];                                      \
        for (int64_t row = 0; row < tile->rows; row++) {                                               \
            REAL top = top_##REAL(z + row * classes, classes);                                         \
            for (int64_t j = 0; j < classes; j++) out[row * classes + j] = z[row * classes + j] - top; \
        }                                                                                              \
        exp_all_##REAL(out, tile->rows * classes);                                                     \
        for (int64_t row = 0; row < tile->rows; row++, out += classes) {                               \
            if (labels[row] < 1 || labels[row] > classes) return out_of_range(tile, row);              \
            REAL sum = 0;                                                                              \
            for (int64_t j = 0; j < classes; j++) sum += out[j];                                       \
            REAL scale = arriving[row] / sum, even = arriving[row] * r / (REAL)classes;                \
            for (int64_t j = 0; j < classes; j++) out[j] = out[j] * scale - even;                      \
            out[labels[row] - 1] -= arriving[row] * (1 - r);                                           \
        }                                                                                              \
        return NULL;                                                                                   \
    }

static const char *out_of_range(nightjar_tile *tile, int64_t row) {
    tile->fault_row = row;
    return "a label is out of range: labels go from 1 to the number of classes";
}

KERNELS(float, exp_float, logf)
KERNELS(double, exp, log)

// One number for each row of logits.
static const char *loss_shape(const nightjar_shape *inputs, const double *attributes, nightjar_shape *output) {
    (void)attributes;
    *output = inputs[0];
    output->rank--;
    return inputs[0].extents[inputs[0].rank - 1] < 2 ? "logits need 2 classes at least" : NULL;
}

// What the logits are.
static const char *gradient_shape(const nightjar_shape *inputs, const double *attributes, nightjar_shape *output) {
    (void)attributes;
    *output = inputs[1];
    return inputs[1].extents[inputs[1].rank - 1] < 2 ? "logits need 2 classes at least" : NULL;
}

#define SMOOTHING {"r", "share of the uniform target; may be negative", 0.1, -1000, 1}

static const nightjar_operation operations[] = {
    {
        .name = "smoothed",
        .doc = "(1 - r) cross-entropy + r times its mean over all labels, one a row of logits",
        .inputs = {{"logits", NIGHTJAR_FLOAT, 1}, {"labels", NIGHTJAR_INT32, 0}},
        .attributes = {SMOOTHING},
        .output_type = NIGHTJAR_FLOAT,
        .output_row_rank = 0,
        .shape = loss_shape,
        .float32 = loss_float,
        .float64 = loss_double,
        .gradients = {"smoothed_gradient"},
    },
    {
        .name = "smoothed_gradient",
        .doc = "the gradient of smoothed with respect to its logits",
        .inputs = {{"arriving", NIGHTJAR_FLOAT, 0}, {"logits", NIGHTJAR_FLOAT, 1}, {"labels", NIGHTJAR_INT32, 0}},
        .attributes = {SMOOTHING},
        .output_type = NIGHTJAR_FLOAT,
        .output_row_rank = 1,
        .shape = gradient_shape,
        .float32 = gradient_float,
        .float64 = gradient_double,
    },
};

// How far the logit of the label lies above the largest other one, on average.
static const char *margin(const nightjar_evaluation *seen, double *result) {
    double total = 0;
    for (int64_t i = 0; i < seen->samples; i++) {
        const float *z = seen->logits + i * seen->classes;
        int64_t label = seen->labels[i] - 1;
        if (label < 0 || label >= seen->classes) return "a label is out of range";
        float other = -INFINITY;
        for (int64_t j = 0; j < seen->classes; j++) other = j != label && z[j] > other ? z[j] : other;
        total += (double)z[label] - other;
    }
    *result = seen->samples > 0 ? total / (double)seen->samples : 0;
    return NULL;
}

static const nightjar_metric metrics[] = {
    {"margin", "the logit of the label less the largest other one, on average", margin},
};

NIGHTJAR_PLUGIN(operations, 2, NULL, 0, metrics, 1)
