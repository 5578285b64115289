// What the machine, and the control groups that this process is in, can still give. Linux promises memory that it does not
// have and ends a process when it is used, so that no answer of malloc says it.
#define _GNU_SOURCE
#include <CProcess.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t nobody_says = INT64_MAX;
static const int64_t mebibyte = 1 << 20;
// Asking takes about as long as filling a mebibyte: it is done once for so many bytes, and more often near the end.
static const int64_t stride = 64 << 20;
static const int64_t least_stride = 1 << 18;

// Bytes that may be given before the machine is asked again.
static _Atomic int64_t allowance;
static _Atomic int64_t held;
static _Atomic uint64_t looks;
// For tests: the folder that stands for /.
static _Thread_local const char *pretended;

enum { TEXT = 1 << 14, PATH = 4096 };

// The beginning of a file; false where it cannot be read.
static bool read_text(const char *root, const char *path, char *text) {
    char whole[PATH + 64];
    int length = snprintf(whole, sizeof whole, "%s%s", root, path);
    if (length < 0 || (size_t)length >= sizeof whole) return false;
    int file;
    do file = open(whole, O_RDONLY | O_CLOEXEC);
    while (file < 0 && errno == EINTR);
    if (file < 0) return false;
    size_t filled = 0;
    for (;;) {
        ssize_t count = read(file, text + filled, TEXT - 1 - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        filled += (size_t)count;
    }
    close(file);
    text[filled] = 0;
    return filled > 0;
}

// A number that text begins with; `otherwise` where it begins with none, as "max" does.
static int64_t number(const char *text, int64_t otherwise) {
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    return end == text || errno != 0 || value < 0 ? otherwise : (int64_t)value;
}

// The number behind a name at the beginning of a line.
static int64_t field(const char *text, const char *name, int64_t otherwise) {
    size_t length = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncmp(line, name, length) == 0) return number(line + length, otherwise);
    }
    return otherwise;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

// Bytes that a number of kibibytes is.
static int64_t kibibytes(int64_t count) { return count > nobody_says >> 10 ? nobody_says : count << 10; }

// What stays with the others, of so many bytes: a part, within bounds.
static int64_t margin(int64_t total) {
    return least(most(least(total / 64, 256 * mebibyte), 48 * mebibyte), total / 8);
}

static void narrow(nj_memory *memory, int64_t left, int64_t total) {
    left = most(left, 0) - margin(total);
    if (left < memory->left) *memory = (nj_memory){left, margin(total)};
}

static int64_t number_in(const char *root, const char *folder, const char *name, char *text, int64_t otherwise) {
    char path[PATH];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path || !read_text(root, path, text)) return otherwise;
    return number(text, otherwise);
}

static bool text_in(const char *root, const char *folder, const char *name, char *text) {
    char path[PATH];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    return length >= 0 && (size_t)length < sizeof path && read_text(root, path, text);
}

// One group of version 2 (`memory.max`) or 1 (`memory.limit_in_bytes`). Files that are kept in memory count as used, and
// are let go of when somebody needs it.
static void look_at_group(nj_memory *memory, const char *root, const char *folder, bool first_version, int64_t swap) {
    char text[TEXT];
    const char *limit_name = first_version ? "memory.limit_in_bytes" : "memory.max";
    int64_t limit = number_in(root, folder, limit_name, text, nobody_says);
    // Version 1 says "no limit" by a number near 2^63.
    if (limit >= nobody_says >> 1) return;
    const char *used_name = first_version ? "memory.usage_in_bytes" : "memory.current";
    int64_t used = number_in(root, folder, used_name, text, nobody_says);
    if (used == nobody_says) return;
    int64_t files = 0;
    if (text_in(root, folder, "memory.stat", text)) {
        const char *prefix = first_version ? "total_" : "";
        char name[64];
        const char *kinds[] = {"inactive_file ", "active_file "};
        for (int i = 0; i < 2; i++) {
            snprintf(name, sizeof name, "%s%s", prefix, kinds[i]);
            files += least(field(text, name, 0), used);
        }
        if (!first_version) files += least(field(text, "slab_reclaimable ", 0), used);
    }
    if (first_version) {
        // Of memory and swap together, where the kernel counts them.
        int64_t both = number_in(root, folder, "memory.memsw.limit_in_bytes", text, nobody_says);
        int64_t used_of_both = number_in(root, folder, "memory.memsw.usage_in_bytes", text, nobody_says);
        if (both < nobody_says >> 1 && used_of_both < nobody_says >> 1) {
            swap = least(swap, most((both - limit) - (used_of_both - used), 0));
        }
    } else {
        int64_t most_swap = number_in(root, folder, "memory.swap.max", text, swap);
        int64_t used_swap = number_in(root, folder, "memory.swap.current", text, 0);
        swap = least(swap, most(most_swap - used_swap, 0));
    }
    narrow(memory, limit - least(used - least(files, used), limit) + swap, limit);
}

// A group and all that it is in. Inside of a container the path may be one that only the outside has: what is found at its
// root is then the container's.
static void look_at_groups(nj_memory *memory, const char *root, const char *mount, const char *path, bool first_version,
                           int64_t swap) {
    char folder[PATH];
    int length = snprintf(folder, sizeof folder, "%s%s", mount, path);
    if (length < 0 || (size_t)length >= sizeof folder) return;
    size_t begin = strlen(mount);
    for (;;) {
        while (strlen(folder) > begin && folder[strlen(folder) - 1] == '/') folder[strlen(folder) - 1] = 0;
        look_at_group(memory, root, folder, first_version, swap);
        char *last = strrchr(folder, '/');
        if (strlen(folder) <= begin || last == NULL || last < folder + begin) return;
        *last = 0;
    }
}

// Whether a list of controllers, parted by commas, names that of memory.
static bool has_memory(const char *list, const char *end) {
    while (list < end) {
        const char *comma = memchr(list, ',', (size_t)(end - list));
        const char *stop = comma != NULL ? comma : end;
        if (stop - list == 6 && memcmp(list, "memory", 6) == 0) return true;
        list = stop + 1;
    }
    return false;
}

nj_memory nj_memory_of(const char *root) {
    nj_memory memory = {nobody_says, 0};
    char text[TEXT];
    int64_t swap = 0;
    if (read_text(root, "/proc/meminfo", text)) {
        swap = kibibytes(field(text, "SwapFree:", 0));
        int64_t total = kibibytes(field(text, "MemTotal:", 0)), free = field(text, "MemAvailable:", -1);
        if (free >= 0) narrow(&memory, least(kibibytes(free), nobody_says - swap) + swap, total);
    }
    if (!read_text(root, "/proc/self/cgroup", text)) return memory;
    // Lines of number:controllers:path, of which version 2 has one, with no controllers.
    for (char *line = text, *next; line != NULL && *line != 0; line = next) {
        next = strchr(line, '\n');
        if (next != NULL) *next++ = 0;
        char *list = strchr(line, ':'), *path = list != NULL ? strchr(list + 1, ':') : NULL;
        if (path == NULL) continue;
        if (path == list + 1) {
            look_at_groups(&memory, root, "/sys/fs/cgroup", path + 1, false, swap);
        } else if (has_memory(list + 1, path)) {
            look_at_groups(&memory, root, "/sys/fs/cgroup/memory", path + 1, true, swap);
        }
    }
    return memory;
}

// Bytes of this process that have been written and are no file's, where the system says it.
static int64_t written(void) {
    char text[TEXT];
    if (!read_text("", "/proc/self/status", text)) return nobody_says;
    int64_t resident = field(text, "RssAnon:", -1);
    return resident < 0 ? nobody_says : kibibytes(resident) + kibibytes(field(text, "VmSwap:", 0));
}

void nj_memory_held(int64_t bytes) { atomic_fetch_add_explicit(&held, bytes, memory_order_relaxed); }

nj_room nj_memory_room(size_t bytes) {
    if (bytes > SIZE_MAX / 4) return NJ_ROOM_LOW;
    int64_t wanted = (int64_t)bytes, counted = most(wanted, mebibyte);
    if (pretended == NULL && atomic_fetch_sub_explicit(&allowance, counted, memory_order_relaxed) >= counted) {
        return NJ_ROOM_ENOUGH;
    }
    atomic_fetch_add_explicit(&looks, 1, memory_order_relaxed);
    atomic_store_explicit(&allowance, 0, memory_order_relaxed);
    nj_memory memory = nj_memory_of(pretended != NULL ? pretended : "");
    if (memory.left == nobody_says) {
        atomic_store_explicit(&allowance, nobody_says >> 1, memory_order_relaxed);
        return NJ_ROOM_ENOUGH;
    }
    // Tensors that were given and are not written yet are missing in what the machine says.
    int64_t owed = pretended != NULL ? 0 : most(atomic_load_explicit(&held, memory_order_relaxed) - written(), 0);
    int64_t left = memory.left - owed;
    if (left < wanted) return left + memory.margin < memory.margin / 2 ? NJ_ROOM_NONE : NJ_ROOM_LOW;
    if (pretended == NULL) {
        int64_t next = least(stride, (left - wanted) / 4);
        atomic_store_explicit(&allowance, next < least_stride ? 0 : next, memory_order_relaxed);
    }
    return NJ_ROOM_ENOUGH;
}

uint64_t nj_memory_looks(void) { return atomic_load_explicit(&looks, memory_order_relaxed); }

void nj_memory_pretend(const char *root) { pretended = root; }
