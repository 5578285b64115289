#define _GNU_SOURCE
#include "wall.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

// What this program, its libraries and the C library call: found by tracing checks, trainings, sweeps and reports, and by
// reading what their functions are made of. Names that an architecture does not have are passed over.
static const char *const allowed[] = {
    // Memory.
    "brk", "madvise", "mbind", "mincore", "mremap", "munmap", "membarrier", "msync",
    // Files and folders; which ones is Landlock's to say.
    "access", "chdir", "close", "close_range", "creat", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64",
    "fallocate", "fchdir", "fdatasync", "flock", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents",
    "getdents64", "lseek", "lstat", "mkdir", "mkdirat", "newfstatat", "open", "openat", "openat2", "pread64", "preadv",
    "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv", "rename",
    "renameat", "renameat2", "rmdir", "sendfile", "copy_file_range", "stat", "statfs", "statx", "symlink", "symlinkat",
    "sync_file_range", "truncate", "umask", "unlink", "unlinkat", "write", "writev",
    // Waiting and pipes.
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2",
    "pipe", "pipe2", "poll", "ppoll", "pselect6", "select", "timerfd_create", "timerfd_gettime", "timerfd_settime",
    // Threads and time.
    "clock_getres", "clock_gettime", "clock_nanosleep", "exit", "exit_group", "futex", "futex_wait", "futex_wake",
    "futex_waitv", "get_robust_list", "getcpu", "getitimer", "getpriority", "gettimeofday", "nanosleep", "restart_syscall",
    "rseq", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getparam",
    "sched_getscheduler", "sched_yield", "set_robust_list", "set_tid_address", "setitimer",
    "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime",
    // Signals of its own.
    "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack",
    "pause", "alarm",
    // Who and where it is.
    "arch_prctl", "getegid", "geteuid", "getgid", "getgroups", "getpgid", "getpgrp", "getpid", "getppid", "getrandom",
    "getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "gettid", "getuid", "sysinfo", "times", "uname",
};

// What a process needs that starts workers, each of which raises a wall of its own inside of this one.
static const char *const for_workers[] = {
    "execve", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "rt_sigqueueinfo",
    "rt_tgsigqueueinfo", "seccomp", "setrlimit", "tgkill", "vfork", "wait4", "waitid",
};

// What is refused with the words of a permission; all others are not there at all (ENOSYS), for which libraries have
// other ways.
static const char *const refused[] = {
    "accept", "accept4", "acct", "add_key", "adjtimex", "bind", "bpf", "capset", "chmod", "chown", "chroot",
    "clock_adjtime", "clock_settime", "connect", "delete_module", "execve", "execveat", "fanotify_init", "fchmod",
    "fchmodat", "fchown", "fchownat", "finit_module", "fork", "fsconfig", "fsmount", "fsopen", "init_module",
    "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load",
    "keyctl", "kill", "lchown", "link", "linkat", "listen", "lookup_dcookie", "memfd_create", "memfd_secret", "mknod",
    "mknodat", "mount", "mount_setattr", "move_mount", "move_pages", "msgget", "name_to_handle_at", "open_by_handle_at",
    "open_tree", "perf_event_open", "personality", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "pivot_root",
    "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace", "quotactl", "reboot", "recvfrom", "recvmmsg",
    "recvmsg", "request_key", "semget", "sendmmsg", "sendmsg", "sendto", "sched_setattr", "sched_setparam",
    "sched_setscheduler", "setdomainname", "setgid", "setgroups",
    "sethostname", "setns", "setpriority", "setregid", "setresgid", "setresuid", "setreuid", "settimeofday", "setuid", "setxattr",
    "fsetxattr", "lsetxattr", "shmat", "shmget", "shutdown", "socket", "socketpair", "swapoff", "swapon", "syslog", "tkill",
    "umount2", "unshare", "userfaultfd", "utimensat", "vhangup",
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static int add(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        // Unknown here, or of another architecture (negative).
        if (number < 0) continue;
        int status = seccomp_rule_add(filter, action, number, 0);
        // -EACCES: that is what happens anyway.
        if (status != 0 && status != -EACCES) return status;
    }
    return 0;
}

// Allows a call where one argument has certain bits.
static int rule(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned argument, uint64_t mask,
                uint64_t value) {
    int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return 0;
    return seccomp_rule_add(filter, action, number, 1, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value));
}

static int where(scmp_filter_ctx filter, const char *name, unsigned argument, uint64_t mask, uint64_t value) {
    return rule(filter, SCMP_ACT_ALLOW, name, argument, mask, value);
}

// Refuses a call where an argument is another number.
static int not_where(scmp_filter_ctx filter, const char *name, unsigned argument, uint64_t value) {
    int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return 0;
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 1, SCMP_CMP(argument, SCMP_CMP_NE, value, 0));
}

// Allows a call where a bit of an argument is as it should be, and refuses it where it is not.
static int only_where(scmp_filter_ctx filter, const char *name, unsigned argument, uint64_t bit, bool is_set) {
    int status = rule(filter, SCMP_ACT_ALLOW, name, argument, bit, is_set ? bit : 0);
    return status != 0 ? status : rule(filter, SCMP_ACT_ERRNO(EPERM), name, argument, bit, is_set ? 0 : bit);
}

// What may be done to a descriptor. Its owner is whom the kernel sends a signal when something happens there, and that may
// be any process of the user, and the signal any: these are refused.
static int hold_descriptors(scmp_filter_ctx filter, uint64_t low) {
    const uint64_t held[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
                             F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETPIPE_SZ, F_SETPIPE_SZ, F_GET_SEALS};
    const uint64_t signalling[] = {F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY};
    int status = 0;
    for (size_t i = 0; i < COUNT(held) && status == 0; i++) status = where(filter, "fcntl", 1, low, held[i]);
    for (size_t i = 0; i < COUNT(signalling) && status == 0; i++) {
        status = rule(filter, SCMP_ACT_ERRNO(EPERM), "fcntl", 1, low, signalling[i]);
    }
    return status;
}

static int fill(scmp_filter_ctx filter, bool has_workers, bool loads_code) {
    const uint64_t whole = ~(uint64_t)0, low = 0xFFFFFFFF;
    int status = add(filter, SCMP_ACT_ALLOW, allowed, COUNT(allowed));
    if (status == 0 && has_workers) status = add(filter, SCMP_ACT_ALLOW, for_workers, COUNT(for_workers));
    const uint64_t names[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_NO_NEW_PRIVS,
                              PR_GET_NO_NEW_PRIVS, 0x53564D41 /* PR_SET_VMA */};
    for (size_t i = 0; i < COUNT(names) && status == 0; i++) status = where(filter, "prctl", 0, low, names[i]);
    const uint64_t questions[] = {TCGETS, TIOCGWINSZ, FIONREAD};
    for (size_t i = 0; i < COUNT(questions) && status == 0; i++) status = where(filter, "ioctl", 1, low, questions[i]);
    if (status == 0) status = hold_descriptors(filter, low);
    // On which cores: of the calling thread alone.
    if (status == 0) status = where(filter, "sched_setaffinity", 0, low, 0);
    if (status == 0) status = not_where(filter, "sched_setaffinity", 0, 0);
    // Of this process alone: it may change its limits.
    if (status == 0) status = where(filter, "prlimit64", 0, low, 0);
    if (has_workers) {
        // No namespaces: in one of its own a process is root.
        const uint64_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                CLONE_NEWNET;
        if (status == 0) status = where(filter, "clone", 0, spaces, 0);
    } else {
        // Threads and no processes.
        if (status == 0) status = only_where(filter, "clone", 0, CLONE_THREAD, true);
        // Its own threads.
        uint64_t own = (uint64_t)getpid();
        if (status == 0) status = where(filter, "tgkill", 0, whole, own);
        if (status == 0) status = where(filter, "rt_tgsigqueueinfo", 0, whole, own);
    }
    // What workers load is code. Elsewhere there is none that was not there when the wall was raised.
    static const char *const code[] = {"mmap", "mprotect"};
    if (has_workers || loads_code) {
        if (status == 0) status = add(filter, SCMP_ACT_ALLOW, code, COUNT(code));
    } else {
        for (size_t i = 0; i < COUNT(code) && status == 0; i++) status = only_where(filter, code[i], 2, PROT_EXEC, false);
    }
    for (size_t i = 0; i < COUNT(refused) && status == 0; i++) {
        // Workers are started with some of these.
        bool is_needed = false;
        for (size_t j = 0; j < COUNT(for_workers) && has_workers; j++) {
            is_needed = is_needed || seccomp_syscall_resolve_name(refused[i]) == seccomp_syscall_resolve_name(for_workers[j]);
        }
        if (!is_needed) status = add(filter, SCMP_ACT_ERRNO(EPERM), &refused[i], 1);
    }
    return status;
}

int32_t nj_filter_calls(const nj_wall *wall) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (filter == NULL) return ENOMEM;
    // Calls of another architecture, by which a filter is gone around.
    int status = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
    // All threads that there may be.
    if (status == 0) status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    // A binary tree: most calls are found in a few steps.
    if (status == 0) seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (status == 0) status = fill(filter, wall->program_count > 0, wall->loads_code);
    if (status == 0) status = seccomp_load(filter);
    seccomp_release(filter);
    return status == 0 ? 0 : status == -ECANCELED ? errno : -status;
}
