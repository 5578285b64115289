// Preloaded by scripts/kills.py: sends a signal at the n-th call of one kind that opens, writes, flushes, renames or removes
// files, counted over all processes of a command.
//
//   KILLS_CALL    open, write, flush, rename, remove, mkdir; half: a write of which half the bytes are written first
//   KILLS_AT      which call, from 1; 0: none, for counting
//   KILLS_COUNT   a file of eight bytes that counts
//   KILLS_SIGNAL  the number of the signal
//   KILLS_WHOM    self: the process that calls; group: all of its group, as when the machine stops
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *call;
static long at;
static int number;
static int whole_group;
static _Atomic long *count;

__attribute__((constructor)) static void prepare(void) {
    const char *path = getenv("KILLS_COUNT"), *where = getenv("KILLS_AT"), *which = getenv("KILLS_SIGNAL");
    const char *whom = getenv("KILLS_WHOM");
    call = getenv("KILLS_CALL");
    if (!call || !path || !where || !which) return;
    at = atol(where);
    number = atoi(which);
    whole_group = whom && strcmp(whom, "group") == 0;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *page = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) count = page;
}

// Whether this is the call.
static int is_it(const char *kind) {
    return count && strcmp(call, kind) == 0 && atomic_fetch_add(count, 1) + 1 == at;
}

static void look(const char *kind) {
    if (!is_it(kind)) return;
    if (whole_group) kill(0, number);
    else kill(getpid(), number);
}

// What goes to pipes and terminals is nobody's file.
static int is_file(int descriptor) {
    struct stat facts;
    return fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void look_at_open(int flags) {
    if ((flags & O_ACCMODE) != O_RDONLY) look("open");
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    look_at_open(flags);
    return NEXT(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags)
    look_at_open(flags);
    return NEXT(open64)(path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
    MODE(flags)
    look_at_open(flags);
    return NEXT(openat)(folder, path, flags, mode);
}

ssize_t write(int descriptor, const void *bytes, size_t size) {
    if (count && is_file(descriptor)) {
        look("write");
        if (is_it("half")) {
            NEXT(write)(descriptor, bytes, size / 2);
            kill(whole_group ? 0 : getpid(), number);
            bytes = (const char *)bytes + size / 2;
            return NEXT(write)(descriptor, bytes, size - size / 2) < 0 ? -1 : (ssize_t)size;
        }
    }
    return NEXT(write)(descriptor, bytes, size);
}
ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t place) {
    if (count && is_file(descriptor)) look("write");
    return NEXT(pwrite)(descriptor, bytes, size, place);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t place) {
    if (count && is_file(descriptor)) look("write");
    return NEXT(pwrite64)(descriptor, bytes, size, place);
}
ssize_t writev(int descriptor, const struct iovec *parts, int parts_count) {
    if (count && is_file(descriptor)) look("write");
    return NEXT(writev)(descriptor, parts, parts_count);
}

int fsync(int descriptor) { look("flush"); return NEXT(fsync)(descriptor); }
int fdatasync(int descriptor) { look("flush"); return NEXT(fdatasync)(descriptor); }
int rename(const char *from, const char *to) { look("rename"); return NEXT(rename)(from, to); }
int unlink(const char *path) { look("remove"); return NEXT(unlink)(path); }
int unlinkat(int folder, const char *path, int flags) { look("remove"); return NEXT(unlinkat)(folder, path, flags); }
int rmdir(const char *path) { look("remove"); return NEXT(rmdir)(path); }
int remove(const char *path) { look("remove"); return NEXT(remove)(path); }
int mkdir(const char *path, mode_t mode) { look("mkdir"); return NEXT(mkdir)(path, mode); }
