// Libraries that are opened when they are asked for.
#include "CProcess.h"
#include <dlfcn.h>
#include <string.h>

nj_library nj_library_open(const char *name, bool is_shared, const nj_symbol *symbols, size_t count) {
    void *library = dlopen(name, RTLD_NOW | (is_shared ? RTLD_GLOBAL : RTLD_LOCAL));
    if (library == NULL) return NJ_LIBRARY_MISSING;
    for (size_t i = 0; i < count; i++) {
        void *found = dlsym(library, symbols[i].name);
        if (found == NULL) return NJ_LIBRARY_OTHER;
        // A pointer to a function and one to an object have the same bytes here, and C has no conversion between them.
        memcpy(symbols[i].place, &found, sizeof found);
    }
    return NJ_LIBRARY_OPEN;
}
