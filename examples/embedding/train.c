/* Trains from C: cc train.c -lNightjarC, then ./a.out train.lua */
#include <nightjar.h>
#include <stdio.h>
#include <stdlib.h>

static void progress(void *context, int64_t epoch, int64_t last, int64_t count, const char *const *names,
                     const double *values) {
    (void)context, (void)count, (void)names, (void)values;
    fprintf(stderr, "epoch %lld of %lld\n", (long long)epoch, (long long)last);
}

/* nj.host.mean(t): reads a tensor of the script where it lies. */
static int32_t mean(void *runtime, const nightjar_values *arguments, nightjar_values *results) {
    nightjar_dtype dtype;
    int32_t rank;
    int64_t extents[8], count = 1;
    const float *numbers =
        nightjar_tensor_at(*(nightjar_runtime **)runtime, (nightjar_values *)arguments, 0, &dtype, &rank, extents);
    if (!numbers || dtype != NIGHTJAR_FLOAT32) {
        nightjar_push_string(results, "mean expects a float32 tensor", 29);
        return 1;
    }
    for (int32_t i = 0; i < rank; i++) count *= extents[i];
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += numbers[i];
    nightjar_push_number(results, sum / (double)count);
    return 0;
}

static int fail(const nightjar_runtime *runtime) {
    fprintf(stderr, "%s\n", nightjar_error(runtime));
    return 1;
}

int main(int count, char **words) {
    nightjar_runtime *runtime = nightjar_open(NULL);
    if (!runtime) return fail(NULL);
    nightjar_on_progress(runtime, progress, NULL);
    if (nightjar_register(runtime, "mean", mean, &runtime)) return fail(runtime);

    /* A tensor that the program fills, and the script reads where it lies. */
    nightjar_values *given = nightjar_values_new();
    float *numbers = nightjar_push_tensor(runtime, given, NIGHTJAR_FLOAT32, 2, (int64_t[]){2, 3});
    if (!numbers) return fail(runtime);
    for (int i = 0; i < 6; i++) numbers[i] = (float)i;
    nightjar_values *results;
    if (nightjar_run(runtime, "local nj = require 'nightjar' return nj.host.mean(... * 2)", "mean.lua", given, &results))
        return fail(runtime);
    printf("mean %g\n", nightjar_number_at(results, 0));
    nightjar_values_free(results);
    nightjar_values_free(given);

    nightjar_values *arguments = nightjar_values_new();
    nightjar_push_integer(arguments, 2);
    if (nightjar_run_file(runtime, count > 1 ? words[1] : "train.lua", arguments, &results)) return fail(runtime);
    printf("j1 %.17g j2 %.17g loss %.17g\n", nightjar_number_at(results, 0), nightjar_number_at(results, 1),
           nightjar_number_at(results, 2));
    nightjar_values_free(results);
    nightjar_values_free(arguments);
    nightjar_close(runtime);
    return 0;
}
