// A wall that a process puts around itself before it reads what a stranger wrote: whatever happens inside, the kernel lets
// it reach only the files that were named, no network and no other program. Linux has two halves of it: Landlock for files,
// seccomp for system calls; where the kernel lacks one, the other stands alone, and the report says so.
#ifndef CWALL_H
#define CWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nj_wall {
    // Files, and folders with all that is below them. What is not there is passed over.
    const char *const *readable;
    size_t readable_count;
    const char *const *writable;  // and readable
    size_t writable_count;
    // Programs that may be started, inside of this wall: one, and what loads it; its libraries are among `readable`. 0: none,
    // and no memory becomes executable any more.
    const char *const *programs;
    size_t program_count;
    bool loads_code;  // libraries among `readable` may be loaded, though no program be started
} nj_wall;

typedef struct nj_wall_report {
    int32_t landlock;        // the version of the kernel's Landlock that holds files; 0: it holds none
    int32_t landlock_error;  // the errno where it does not
    bool filters;            // whether system calls are filtered
    int32_t filter_error;
} nj_wall_report;

// Raises the wall around this process, for good. To be called before it has a second thread: Landlock holds the calling
// thread and those that it starts.
void nj_wall_raise(const nj_wall *wall, nj_wall_report *report);

// What the kernel offers, without raising anything: the version of Landlock or 0.
int32_t nj_wall_landlock(void);

// ---- For tests: what somebody would try who had the process in his hands -----------------------------------------------

enum { NJ_TRIALS = 44 };
// Tries something with a file inside and a folder outside of the wall. Returns 0 where it worked, else the errno; the
// name is null past the last one. What must work comes first, `must_work` says so.
int32_t nj_wall_try(int32_t number, const char *inside, const char *outside, const char **name, bool *must_work);

#endif
