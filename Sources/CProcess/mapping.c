#include "CProcess.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// A page beyond the end of a file that was cut short raises SIGBUS in whoever reads it. The handler puts a page of zeros
// there, notes it, and lets the reader go on: what was read is refused afterwards.

static struct {
    _Atomic uintptr_t start;
    _Atomic size_t length;
    _Atomic bool is_cut;
} mappings[NJ_MOST_MAPPINGS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static struct sigaction before;
static uintptr_t page;

static void on_bus(int number, siginfo_t *info, void *context) {
    int saved = errno;
    uintptr_t address = (uintptr_t)info->si_addr;
    for (int i = 0; i < NJ_MOST_MAPPINGS; i++) {
        uintptr_t start = atomic_load(&mappings[i].start);
        if (start == 0 || address < start || address - start >= atomic_load(&mappings[i].length)) continue;
        void *at = (void *)(address - address % page);
        int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;
        if (mmap(at, page, PROT_READ | PROT_WRITE, flags, -1, 0) != at) break;
        atomic_store(&mappings[i].is_cut, true);
        errno = saved;
        return;
    }
    errno = saved;
    if ((before.sa_flags & SA_SIGINFO) != 0) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
    } else {
        // The same instruction is tried again, and ends the program as it would have.
        signal(SIGBUS, SIG_DFL);
    }
}

static void install(void) {
    page = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_bus;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
}

void *nj_map_file(int32_t file, size_t length, int32_t *place) {
    pthread_once(&installed, install);
    *place = -1;
    // Private and writable: whoever wrote there would write to memory of this process, never to the file.
    void *start = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0);
    if (start == MAP_FAILED) return NULL;
    pthread_mutex_lock(&lock);
    for (int32_t i = 0; i < NJ_MOST_MAPPINGS && *place < 0; i++) {
        if (atomic_load(&mappings[i].start) != 0) continue;
        atomic_store(&mappings[i].is_cut, false);
        atomic_store(&mappings[i].length, length);
        atomic_store(&mappings[i].start, (uintptr_t)start);
        *place = i;
    }
    pthread_mutex_unlock(&lock);
    if (*place >= 0) return start;
    munmap(start, length);
    errno = ENOMEM;
    return NULL;
}

bool nj_mapping_is_cut(int32_t place) {
    return place >= 0 && place < NJ_MOST_MAPPINGS && atomic_load(&mappings[place].is_cut);
}

void nj_unmap_file(int32_t place) {
    if (place < 0 || place >= NJ_MOST_MAPPINGS) return;
    pthread_mutex_lock(&lock);
    void *start = (void *)atomic_load(&mappings[place].start);
    size_t length = atomic_load(&mappings[place].length);
    // In this order: what is mapped there next is not taken for this file.
    atomic_store(&mappings[place].start, 0);
    if (start != NULL) munmap(start, length);
    pthread_mutex_unlock(&lock);
}
