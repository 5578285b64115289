#include "CProcess.h"
#include <sys/statfs.h>

uint32_t nj_file_system(const char *path) {
    struct statfs facts;
    return statfs(path, &facts) == 0 ? (uint32_t)facts.f_type : 0;
}
