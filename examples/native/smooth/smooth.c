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

// Rows of a few classes are shorter than vectors, so vectors go across rows: each lane is a row, and takes its classes one
// after the other. Along rows of more than SHORT classes each lane takes every LANES-th class: lines of memory come one after
// the other then. Loops over 16 and fewer are written out by GCC before it looks for vectors, and it finds fewer.
enum { LANES = 32, SHORT = 64 };

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

// log for x of 1 at least, as precise (Cephes).
static inline float log_float(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    float exponent = (float)((bits >> 23) - 126), m;
    bits = (bits & 0x7fffff) | 0x3f000000;
    memcpy(&m, &bits, sizeof m);
    int is_small = m < 0.707106781186547524f;
    exponent -= is_small ? 1.0f : 0.0f;
    m += is_small ? m - 1.0f : -1.0f;
    float square = m * m, p = 7.0376836292e-2f;
    p = p * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    p = p * m * square - exponent * 2.12194440e-4f - 0.5f * square;
    return m + p + exponent * 0.693359375f + (x - x);  // NaN stays NaN
}

// Compilers that can make one function for several processors take wider vectors where there are some. The bits are the same.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((noinline, target_clones("avx2", "default")))
#else
#define WIDE
#endif
// A loop over lanes becomes a few vectors where the compiler knows their number: all of them but at the end of a tile.
#define ALWAYS static inline __attribute__((always_inline))

// The kernels for one type of numbers.
#define KERNELS(REAL, EXP, LOG)                                                                        \
    /* Of each row the largest logit, the sum of exp(z - top), and that of z - top; what is kept of exp. */ \
    ALWAYS void look_##REAL(const REAL *restrict z, int64_t rows, int64_t classes, REAL *restrict tops, \
                            REAL *restrict sums, REAL *restrict totals, REAL *restrict kept) {         \
        REAL top[LANES], sum[LANES], total[LANES];                                                     \
        for (int64_t row = 0; row < rows; row++) top[row] = z[row * classes];                          \
        for (int64_t j = 1; j < classes; j++) {                                                        \
            for (int64_t row = 0; row < rows; row++) {                                                 \
                REAL x = z[row * classes + j];                                                         \
                top[row] = x > top[row] ? x : top[row];                                                \
            }                                                                                          \
        }                                                                                              \
        for (int64_t row = 0; row < rows; row++) sum[row] = total[row] = 0;                            \
        for (int64_t j = 0; j < classes; j++) {                                                        \
            REAL power[LANES];                                                                         \
            for (int64_t row = 0; row < rows; row++) {                                                 \
                REAL x = z[row * classes + j] - top[row];                                              \
                power[row] = EXP(x);                                                                   \
                sum[row] += power[row];                                                                \
                total[row] += x;                                                                       \
            }                                                                                          \
            if (kept != NULL) memcpy(kept + j * LANES, power, sizeof power);                           \
        }                                                                                              \
        memcpy(tops, top, sizeof top);                                                                 \
        memcpy(sums, sum, sizeof sum);                                                                 \
        memcpy(totals, total, sizeof total);                                                           \
    }                                                                                                  \
                                                                                                       \
    ALWAYS void losses_##REAL(const REAL *restrict z, const int32_t *restrict labels, int64_t rows,    \
                              int64_t classes, REAL r, REAL *restrict out) {                           \
        REAL top[LANES], sum[LANES], total[LANES], given[LANES];                                       \
        look_##REAL(z, rows, classes, top, sum, total, NULL);                                          \
        for (int64_t row = 0; row < rows; row++) given[row] = z[row * classes + labels[row] - 1];      \
        for (int64_t row = 0; row < rows; row++) {                                                     \
            out[row] = LOG(sum[row]) - (1 - r) * (given[row] - top[row]) - r * total[row] / (REAL)classes; \
        }                                                                                              \
    }                                                                                                  \
                                                                                                       \
    ALWAYS void gradients_##REAL(const REAL *restrict arriving, const REAL *restrict z,                \
                                 const int32_t *restrict labels, int64_t rows, int64_t classes, REAL r, \
                                 REAL *restrict out) {                                                 \
        REAL top[LANES], sum[LANES], total[LANES], scale[LANES], even[LANES], kept[SHORT * LANES];     \
        look_##REAL(z, rows, classes, top, sum, total, kept);                                          \
        for (int64_t row = 0; row < rows; row++) {                                                     \
            scale[row] = arriving[row] / sum[row];                                                     \
            even[row] = arriving[row] * r / (REAL)classes;                                             \
        }                                                                                              \
        for (int64_t j = 0; j < classes; j++) {                                                        \
            REAL part[LANES];                                                                          \
            memcpy(part, kept + j * LANES, sizeof part);                                               \
            for (int64_t row = 0; row < rows; row++) part[row] = part[row] * scale[row] - even[row];   \
            for (int64_t row = 0; row < rows; row++) out[row * classes + j] = part[row];               \
        }                                                                                              \
        for (int64_t row = 0; row < rows; row++) {                                                     \
            out[row * classes + labels[row] - 1] -= arriving[row] * (1 - r);                           \
        }                                                                                              \
    }                                                                                                  \
                                                                                                       \
    /* The same of one long row; exp(z - top) goes where `powers` is. */                               \
    ALWAYS void look_along_##REAL(const REAL *restrict z, int64_t classes, REAL *restrict powers, REAL *tops, REAL *sums, \
                                  REAL *totals) {                                                      \
        REAL top[LANES], sum[LANES], total[LANES], most = z[0], all = 0, whole = 0;                    \
        int64_t even = classes - classes % LANES;                                                      \
        for (int64_t lane = 0; lane < LANES; lane++) top[lane] = z[lane], sum[lane] = total[lane] = 0; \
        for (int64_t j = 0; j < even; j += LANES) {                                                    \
            for (int64_t lane = 0; lane < LANES; lane++) top[lane] = z[j + lane] > top[lane] ? z[j + lane] : top[lane]; \
        }                                                                                              \
        for (int64_t lane = 0; lane < LANES; lane++) most = top[lane] > most ? top[lane] : most;       \
        for (int64_t j = even; j < classes; j++) most = z[j] > most ? z[j] : most;                     \
        for (int64_t j = 0; j < even; j += LANES) {                                                    \
            for (int64_t lane = 0; lane < LANES; lane++) {                                             \
                REAL x = z[j + lane] - most, power = EXP(x);                                           \
                sum[lane] += power;                                                                    \
                total[lane] += x;                                                                      \
                if (powers != NULL) powers[j + lane] = power;                                          \
            }                                                                                          \
        }                                                                                              \
        for (int64_t j = even; j < classes; j++) {                                                     \
            REAL x = z[j] - most, power = EXP(x);                                                      \
            all += power;                                                                              \
            whole += x;                                                                                \
            if (powers != NULL) powers[j] = power;                                                     \
        }                                                                                              \
        for (int64_t lane = 0; lane < LANES; lane++) all += sum[lane], whole += total[lane];           \
        *tops = most, *sums = all, *totals = whole;                                                    \
    }                                                                                                  \
                                                                                                       \
    WIDE static void loss_along_##REAL(const REAL *z, const int32_t *labels, int64_t rows, int64_t classes, REAL r, \
                                       REAL *out) {                                                    \
        for (int64_t row = 0; row < rows; row++, z += classes) {                                       \
            REAL top, sum, total;                                                                      \
            look_along_##REAL(z, classes, NULL, &top, &sum, &total);                                   \
            out[row] = LOG(sum) - (1 - r) * (z[labels[row] - 1] - top) - r * total / (REAL)classes;    \
        }                                                                                              \
    }                                                                                                  \
                                                                                                       \
    WIDE static void gradient_along_##REAL(const REAL *arriving, const REAL *z, const int32_t *labels, int64_t rows, \
                                           int64_t classes, REAL r, REAL *restrict out) {              \
        for (int64_t row = 0; row < rows; row++, z += classes, out += classes) {                       \
            REAL top, sum, total;                                                                      \
            look_along_##REAL(z, classes, out, &top, &sum, &total);                                    \
            REAL scale = arriving[row] / sum, even = arriving[row] * r / (REAL)classes;                \
            for (int64_t j = 0; j < classes; j++) out[j] = out[j] * scale - even;                      \
            out[labels[row] - 1] -= arriving[row] * (1 - r);                                           \
        }                                                                                              \
    }                                                                                                  \
    WIDE static void loss_rows_##REAL(const REAL *z, const int32_t *labels, int64_t rows, int64_t classes, REAL r, \
                                      REAL *out) {                                                     \
        for (; rows >= LANES; rows -= LANES, z += LANES * classes, labels += LANES, out += LANES) {    \
            losses_##REAL(z, labels, LANES, classes, r, out);                                          \
        }                                                                                              \
        losses_##REAL(z, labels, rows, classes, r, out);                                               \
    }                                                                                                  \
                                                                                                       \
    WIDE static void gradient_rows_##REAL(const REAL *arriving, const REAL *z, const int32_t *labels,  \
                                          int64_t rows, int64_t classes, REAL r, REAL *out) {          \
        for (; rows >= LANES; rows -= LANES, z += LANES * classes, labels += LANES, out += LANES * classes) { \
            gradients_##REAL(arriving, z, labels, LANES, classes, r, out);                             \
            arriving += LANES;                                                                         \
        }                                                                                              \
        gradients_##REAL(arriving, z, labels, rows, classes, r, out);                                  \
    }                                                                                                  \
                                                                                                       \
    static const char *loss_##REAL(nightjar_tile *tile) {                                              \
        const int32_t *labels = (const int32_t *)tile->inputs[1];                                      \
        const char *fault = labels_fault(tile, labels, tile->widths[0]);                               \
        if (fault == NULL) {                                                                           \
            (tile->widths[0] > SHORT ? loss_along_##REAL : loss_rows_##REAL)(                          \
                (const REAL *)tile->inputs[0], labels, tile->rows, tile->widths[0], (REAL)tile->attributes[0], \
                (REAL *)tile->output);                                                                 \
        }                                                                                              \
        return fault;                                                                                  \
    }                                                                                                  \
                                                                                                       \
    static const char *gradient_##REAL(nightjar_tile *tile) {                                          \
        const int32_t *labels = (const int32_t *)tile->inputs[2];                                      \
        const char *fault = labels_fault(tile, labels, tile->widths[1]);                               \
        if (fault == NULL) {                                                                           \
            (tile->widths[1] > SHORT ? gradient_along_##REAL : gradient_rows_##REAL)(                  \
                (const REAL *)tile->inputs[0], (const REAL *)tile->inputs[1], labels, tile->rows, tile->widths[1], \
                (REAL)tile->attributes[0], (REAL *)tile->output);                                      \
        }                                                                                              \
        return fault;                                                                                  \
    }

static const char *labels_fault(nightjar_tile *tile, const int32_t *labels, int64_t classes) {
    for (int64_t row = 0; row < tile->rows; row++) {
        if (labels[row] >= 1 && labels[row] <= classes) continue;
        tile->fault_row = row;
        return "a label is out of range: labels go from 1 to the number of classes";
    }
    return NULL;
}

KERNELS(float, exp_float, log_float)
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
