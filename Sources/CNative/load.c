// Loading a library: what is no library, is damaged, or was built for another machine or version is refused before its
// code runs, as far as that can be told from outside.
#define _GNU_SOURCE
#include "native.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <elf.h>
#include <link.h>
#endif

bool nj_native_fail(nj_native_message *message, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    return false;
}

#ifdef __linux__
// The loader of the system reads a file as it maps it: one that ends early would end the process.
static bool is_whole(int file, int64_t size, nj_native_message *message) {
    ElfW(Ehdr) header, own;
    if (pread(file, &header, sizeof header, 0) != (ssize_t)sizeof header ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        return nj_native_fail(message, "it is no shared library");
    }
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    bool is_known = self >= 0 && pread(self, &own, sizeof own, 0) == (ssize_t)sizeof own;
    if (self >= 0) close(self);
    if (is_known && (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] ||
                     header.e_ident[EI_DATA] != own.e_ident[EI_DATA] || header.e_machine != own.e_machine)) {
        return nj_native_fail(message, "it was built for another kind of processor: build it on this machine");
    }
    if (header.e_type != ET_DYN) {
        return nj_native_fail(message, "it is no shared library: build it with 'cc -shared -fPIC'");
    }
    if (header.e_phentsize != sizeof(ElfW(Phdr))) return nj_native_fail(message, "it is a damaged shared library");
    for (int i = 0; i < header.e_phnum; i++) {
        ElfW(Phdr) part;
        off_t place = (off_t)(header.e_phoff + (size_t)i * sizeof part);
        if (pread(file, &part, sizeof part, place) != (ssize_t)sizeof part ||
            (part.p_type == PT_LOAD &&
             (part.p_filesz > (uint64_t)size || part.p_offset > (uint64_t)size - part.p_filesz))) {
            return nj_native_fail(message, "it is a damaged shared library: the file ends early");
        }
    }
    return true;
}
#else
static bool is_whole(int file, int64_t size, nj_native_message *message) {
    (void)file, (void)size, (void)message;
    return true;
}
#endif

static bool is_library(const char *path, nj_native_message *message) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return nj_native_fail(message, "it cannot be read: %s", strerror(errno));
    struct stat facts;
    bool is_fine = fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
    if (!is_fine) {
        nj_native_fail(message, "it is not a regular file");
    } else {
        is_fine = is_whole(file, (int64_t)facts.st_size, message);
    }
    close(file);
    return is_fine;
}

// Bytes of a symbol, where the system tells them; 0 where it does not.
static size_t symbol_size(const void *symbol) {
#ifdef __GLIBC__
    Dl_info facts;
    const ElfW(Sym) *entry = NULL;
    if (dladdr1(symbol, &facts, (void **)&entry, RTLD_DL_SYMENT) != 0 && entry != NULL) return (size_t)entry->st_size;
#else
    (void)symbol;
#endif
    return 0;
}

static bool has_our_sizes(const nightjar_plugin_table *table, nj_native_message *message) {
    const struct {
        const char *what;
        size_t own, given;
    } sizes[] = {
        {"nightjar_plugin_table", sizeof(nightjar_plugin_table), table->size},
        {"nightjar_operation", sizeof(nightjar_operation), table->operation_size},
        {"nightjar_reader", sizeof(nightjar_reader), table->reader_size},
        {"nightjar_metric", sizeof(nightjar_metric), table->metric_size},
        {"nightjar_tile", sizeof(nightjar_tile), table->tile_size},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i].own == sizes[i].given) continue;
        return nj_native_fail(message,
                              "its %s has %zu bytes, that of this Nightjar %zu: build it with the nightjar_plugin.h that "
                              "comes with this Nightjar, and no packing of structures",
                              sizes[i].what, sizes[i].given, sizes[i].own);
    }
    return true;
}

const nightjar_plugin_table *nj_native_open(const char *path, nj_native_message *message) {
    message->text[0] = 0;
    if (!is_library(path, message)) return NULL;
    // What is missing is missed now, and not in the middle of a step.
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == NULL) {
        const char *reason = dlerror();
        size_t length = strlen(path);
        if (reason != NULL && strncmp(reason, path, length) == 0 && strncmp(reason + length, ": ", 2) == 0) {
            reason += length + 2;
        }
        nj_native_fail(message, "it cannot be loaded: %s", reason == NULL ? "the system does not say why" : reason);
        return NULL;
    }
    const nightjar_plugin_table *table = dlsym(library, "nightjar_plugin");
    if (table == NULL) {
        nj_native_fail(message, "it has no symbol 'nightjar_plugin': write NIGHTJAR_PLUGIN(...) of nightjar_plugin.h once "
                                "in it");
        return NULL;
    }
    size_t size = symbol_size(table);
    if (size != 0 && size < 2 * sizeof(uint32_t)) {
        nj_native_fail(message, "its 'nightjar_plugin' has %zu bytes and is no table of a plugin", size);
        return NULL;
    }
    if (table->version != NIGHTJAR_PLUGIN_VERSION) {
        nj_native_fail(message, "it was built for version %u of nightjar_plugin.h, this Nightjar has version %d: %s",
                       table->version, NIGHTJAR_PLUGIN_VERSION,
                       table->version > NIGHTJAR_PLUGIN_VERSION ? "it needs a newer Nightjar, or to be built for this one"
                                                                : "build it again");
        return NULL;
    }
    if (size != 0 && size < sizeof *table) {
        nj_native_fail(message, "its 'nightjar_plugin' has %zu bytes, expected %zu", size, sizeof *table);
        return NULL;
    }
    return has_our_sizes(table, message) && nj_native_check(table, message) ? table : NULL;
}
