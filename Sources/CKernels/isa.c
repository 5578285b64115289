// Chooses the instruction set once, when it is first asked for.

#include "nj_isa.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_set.h"

// Best first. A further set is one more source that includes kernels/set.h, and one more line here.
enum { NJ_SET_LIMIT = 4 };

static int supported_sets(const nj_kernel_set *sets[NJ_SET_LIMIT]) {
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        sets[count++] = &nj_kernel_set_avx512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets[count++] = &nj_kernel_set_avx2;
#endif
    sets[count++] = &nj_kernel_set_baseline;
    return count;
}

static const nj_kernel_set *find_set(const char *name) {
    const nj_kernel_set *sets[NJ_SET_LIMIT];
    int count = supported_sets(sets);
    for (int i = 0; i < count; i++)
        if (name && strcmp(name, sets[i]->name) == 0) return sets[i];
    return NULL;
}

static _Thread_local const nj_kernel_set *selected;
static const nj_kernel_set *_Atomic chosen;

const nj_kernel_set *nj_kernel_set_current(void) {
    if (selected) return selected;
    const nj_kernel_set *set = atomic_load_explicit(&chosen, memory_order_acquire);
    if (set) return set;
    // Threads that race here come to the same answer.
    set = find_set(getenv("NIGHTJAR_ISA"));
    if (!set) {
        const nj_kernel_set *sets[NJ_SET_LIMIT];
        supported_sets(sets);
        set = sets[0];
    }
    const nj_kernel_set *expected = NULL;
    if (!atomic_compare_exchange_strong(&chosen, &expected, set)) set = expected;
    return set;
}

const char *nj_isa_name(void) { return nj_kernel_set_current()->name; }

const char *nj_isa_supported(void) {
    const nj_kernel_set *sets[NJ_SET_LIMIT];
    static const char *const names[NJ_SET_LIMIT] = {"baseline", "baseline,avx2", "baseline,avx2,avx512"};
    return names[supported_sets(sets) - 1];
}

int nj_isa_select(const char *name) {
    selected = find_set(name);
    return selected != NULL || name == NULL;
}
