// Instruction sets: chosen once, when the program starts.
#ifndef NJ_ISA_H
#define NJ_ISA_H

// The name of the set in use: "baseline", "avx2" or "avx512". NIGHTJAR_ISA=baseline (or avx2, avx512) overrides the
// choice; an unknown or unsupported value is ignored and the best supported set is used.
const char *nj_isa_name(void);
// All sets that this build holds and this processor supports, for tests: a comma-separated list.
const char *nj_isa_supported(void);
// For tests: programs and products created on this thread from now on use the named set; NULL goes back to the choice
// made for the process. Returns 0, and changes nothing else, when the set is not supported.
int nj_isa_select(const char *name);

// Tells the processor that this thread waits in a loop.
static inline void nj_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#endif
