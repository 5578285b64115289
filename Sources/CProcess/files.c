#define _GNU_SOURCE
#include "CProcess.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static bool is_regular(const struct stat *facts) {
    if (S_ISREG(facts->st_mode)) return true;
    errno = S_ISDIR(facts->st_mode) ? EISDIR : S_ISLNK(facts->st_mode) ? ELOOP : NJ_NOT_REGULAR;
    return false;
}

int32_t nj_open_regular(const char *path, int32_t flags, uint32_t mode, bool follows) {
    struct stat facts;
    // To open a device may already do something.
    if ((follows ? stat(path, &facts) : lstat(path, &facts)) == 0) {
        if (!is_regular(&facts)) return -1;
    } else if ((flags & O_CREAT) == 0) {
        return -1;
    }
    // Between the two somebody may have put another thing there.
    int file = open(path, flags | O_NONBLOCK | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW), (mode_t)mode);
    if (file < 0) {
        // A pipe that nobody reads from, and a socket.
        if (errno == ENXIO) errno = NJ_NOT_REGULAR;
        return -1;
    }
    if (fstat(file, &facts) == 0 && is_regular(&facts)) return file;
    int reason = errno;
    close(file);
    errno = reason;
    return -1;
}

void nj_open_standard_streams(void) {
    for (int stream = 0; stream <= 2; stream++) {
        // The lowest free number is the one that is missing.
        if (fcntl(stream, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0) return;
    }
}

uint32_t nj_file_system(const char *path) {
    struct statfs facts;
    return statfs(path, &facts) == 0 ? (uint32_t)facts.f_type : 0;
}
