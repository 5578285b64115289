#define _GNU_SOURCE
#include "wall.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// linux/landlock.h of the oldest system that builds this knows less than the kernel that runs it may. The numbers of the
// calls are the same on all architectures.
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { VERSION_FLAG = 1, RULE_PATH_BENEATH = 1 };

#define RIGHT(n) ((uint64_t)1 << (n))
static const uint64_t execute = RIGHT(0), write_file = RIGHT(1), read_file = RIGHT(2), read_dir = RIGHT(3),
                      remove_dir = RIGHT(4), remove_file = RIGHT(5), make_dir = RIGHT(7), make_reg = RIGHT(8),
                      make_sym = RIGHT(12), refer = RIGHT(13), truncate_file = RIGHT(14);
// All rights on files that the first version knows; from version 2 on REFER, 3 TRUNCATE, 5 IOCTL_DEV.
static const uint64_t first_rights = RIGHT(13) - 1;
// From version 4 on: binding and connecting by TCP; from 6 on: abstract sockets and signals outside.
static const uint64_t net_rights = 3, scopes = 3;

struct ruleset {
    uint64_t files, net, scoped;
};

struct __attribute__((packed)) path_beneath {
    uint64_t allowed;
    int32_t parent;
};

int32_t nj_wall_landlock(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
    return version > 0 ? (int32_t)version : 0;
}

static uint64_t handled(int32_t version) {
    uint64_t rights = first_rights;
    if (version >= 2) rights |= refer;
    if (version >= 3) rights |= truncate_file;
    if (version >= 5) rights |= RIGHT(15);
    return rights;
}

// A path that is not there gives nothing away.
static int32_t allow(int rules, const char *path, uint64_t rights) {
    int file = open(path, O_PATH | O_CLOEXEC);
    if (file < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : errno;
    struct stat facts;
    int32_t reason = 0;
    if (fstat(file, &facts) == 0) {
        if (!S_ISDIR(facts.st_mode)) rights &= execute | write_file | read_file | truncate_file;
        struct path_beneath rule = {rights, file};
        if (syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0) != 0) reason = errno;
    } else {
        reason = errno;
    }
    close(file);
    return reason;
}

int32_t nj_hold_files(const nj_wall *wall, int32_t *version) {
    *version = 0;
    int32_t known = nj_wall_landlock();
    if (known == 0) return errno;
    uint64_t all = handled(known);
    struct ruleset attributes = {all, known >= 4 ? net_rights : 0, known >= 6 ? scopes : 0};
    size_t size = known >= 6 ? 24 : known >= 4 ? 16 : 8;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    if (rules < 0) return errno;
    int32_t reason = 0;
    const uint64_t reading = read_file | read_dir;
    const uint64_t writing =
        reading | write_file | remove_dir | remove_file | make_dir | make_reg | make_sym | refer | truncate_file;
    for (size_t i = 0; i < wall->readable_count && reason == 0; i++) reason = allow(rules, wall->readable[i], reading & all);
    for (size_t i = 0; i < wall->writable_count && reason == 0; i++) reason = allow(rules, wall->writable[i], writing & all);
    for (size_t i = 0; i < wall->program_count && reason == 0; i++) {
        reason = allow(rules, wall->programs[i], read_file | execute);
    }
    if (reason == 0 && syscall(SYS_landlock_restrict_self, rules, 0) != 0) reason = errno;
    close(rules);
    if (reason == 0) *version = known;
    return reason;
}
