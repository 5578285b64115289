#define _GNU_SOURCE
#include "CWall.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct trial {
    const char *name;
    int32_t (*attempt)(const char *inside, const char *outside);
    bool must_work;
} trial;

#define TRY(name) static int32_t name(const char *inside, const char *outside)
// What is refused fails with -1 and errno.
#define CALL(expression) ((void)inside, (void)outside, errno = 0, (expression) < 0 ? errno : 0)

static int32_t opened(const char *folder, const char *name, int flags) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, flags | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    close(file);
    return 0;
}

static int32_t changed(const char *folder, const char *name, int (*change)(const char *)) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return change(path) < 0 ? errno : 0;
}

static int make_folder(const char *path) { return mkdir(path, 0700); }
static int cut(const char *path) { return truncate(path, 0); }
static int open_to_all(const char *path) { return chmod(path, 0777); }
static int make_pipe(const char *path) { return mknod(path, S_IFIFO | 0600, 0); }

TRY(read_inside) { return (void)outside, opened(inside, "file", O_RDONLY); }
TRY(write_inside) { return (void)outside, opened(inside, "made", O_WRONLY | O_CREAT); }
TRY(read_system) { return (void)outside, (void)inside, opened("/usr", "bin", O_RDONLY | O_DIRECTORY); }
static void *nothing(void *argument) { return argument; }
TRY(thread) {
    (void)inside, (void)outside;
    pthread_t other;
    int reason = pthread_create(&other, NULL, nothing, NULL);
    if (reason == 0) pthread_join(other, NULL);
    return reason;
}
TRY(waiting) {
    struct timespec now = {0, 1000};
    return CALL(nanosleep(&now, NULL));
}
TRY(memory) {
    (void)inside, (void)outside;
    void *block = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? errno : (munmap(block, 1 << 20), 0);
}
TRY(internet) { return CALL(socket(AF_INET, SOCK_STREAM, 0)); }
TRY(local_socket) { return CALL(socket(AF_UNIX, SOCK_STREAM, 0)); }
TRY(raw_packets) { return CALL(socket(AF_PACKET, SOCK_RAW, 0)); }
TRY(pair) {
    int ends[2];
    return CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
}
TRY(connecting) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    return CALL(connect(0, (struct sockaddr *)&address, sizeof address));
}
TRY(listening) { return CALL(listen(0, 1)); }
TRY(program) {
    char *const arguments[] = {(char *)"/bin/true", NULL}, *const none[] = {NULL};
    return CALL(execve("/bin/true", arguments, none));
}
TRY(other_process) {
    (void)inside, (void)outside;
    pid_t child = fork();
    if (child == 0) _exit(0);
    if (child < 0) return errno;
    waitpid(child, NULL, 0);
    return 0;
}
TRY(new_user) { return CALL(syscall(SYS_unshare, 0x10000000)); }
TRY(tracing) { return CALL(ptrace(PTRACE_TRACEME, 0, NULL, NULL)); }
TRY(reading_parent) {
    char byte;
    struct iovec own = {&byte, 1}, other = {(void *)0x400000, 1};
    return CALL(process_vm_readv(getppid(), &own, 1, &other, 1, 0));
}
TRY(signal_to_parent) { return CALL(kill(getppid(), 0)); }
TRY(priority_of_parent) { return CALL(setpriority(PRIO_PROCESS, (id_t)getppid(), 19)); }
TRY(cores_of_parent) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(0, &cores);
    return CALL(sched_setaffinity(getppid(), sizeof cores, &cores));
}
// The kernel sends the owner of a pipe a signal of one's choice when it is written to.
static int32_t owning(int command, long value) {
    int ends[2];
    if (pipe(ends) != 0) return errno;
    int32_t reason = fcntl(ends[0], command, value) < 0 ? errno : 0;
    close(ends[0]);
    close(ends[1]);
    return reason;
}
TRY(signal_by_pipe) { return (void)inside, (void)outside, owning(F_SETOWN, getppid()); }
TRY(kill_by_pipe) { return (void)inside, (void)outside, owning(F_SETSIG, SIGKILL); }
TRY(mounting) { return CALL(syscall(SYS_mount, "none", outside, "tmpfs", 0UL, NULL)); }
TRY(new_root) { return CALL(chroot(outside)); }
TRY(keys) { return CALL(syscall(SYS_keyctl, 0, -3, 0)); }
TRY(bpf) { return CALL(syscall(SYS_bpf, 0, NULL, 0)); }
TRY(counters) {
    struct perf_event_attr event;
    memset(&event, 0, sizeof event);
    event.size = sizeof event;
    return CALL(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0UL));
}
TRY(ring) { return CALL(syscall(425 /* io_uring_setup */, 1, NULL)); }
TRY(faults) { return CALL(syscall(SYS_userfaultfd, 0)); }
TRY(by_handle) { return CALL(syscall(SYS_open_by_handle_at, -1, NULL, 0)); }
TRY(nameless_file) { return CALL(syscall(SYS_memfd_create, "x", 0)); }
TRY(new_code) {
    (void)inside, (void)outside;
    void *block = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? errno : (munmap(block, 4096), 0);
}
TRY(data_as_code) {
    (void)inside, (void)outside;
    void *block = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return 0;
    int32_t reason = mprotect(block, 4096, PROT_READ | PROT_EXEC) < 0 ? errno : 0;
    munmap(block, 4096);
    return reason;
}
TRY(other_rights) { return CALL(setuid(0)); }
TRY(read_outside) { return (void)inside, opened(outside, "file", O_RDONLY); }
TRY(write_outside) { return (void)inside, opened(outside, "file", O_WRONLY); }
TRY(make_outside) { return (void)inside, opened(outside, "made", O_WRONLY | O_CREAT); }
TRY(list_outside) { return (void)inside, opened(outside, ".", O_RDONLY | O_DIRECTORY); }
TRY(folder_outside) { return (void)inside, changed(outside, "folder", make_folder); }
TRY(removal_outside) { return (void)inside, changed(outside, "file", unlink); }
TRY(cut_outside) { return (void)inside, changed(outside, "file", cut); }
TRY(mode_outside) { return (void)inside, changed(outside, "file", open_to_all); }
TRY(pipe_inside) { return (void)outside, changed(inside, "pipe", make_pipe); }

static const trial trials[NJ_TRIALS] = {
    {"reads a file inside", read_inside, true},
    {"writes a file inside", write_inside, true},
    {"reads the system's files", read_system, true},
    {"starts a thread", thread, true},
    {"waits", waiting, true},
    {"takes memory", memory, true},
    {"opens an internet socket", internet, false},
    {"opens a local socket", local_socket, false},
    {"opens a packet socket", raw_packets, false},
    {"makes a pair of sockets", pair, false},
    {"connects", connecting, false},
    {"listens", listening, false},
    {"starts another program", program, false},
    {"starts another process", other_process, false},
    {"makes a user namespace", new_user, false},
    {"traces", tracing, false},
    {"reads another process", reading_parent, false},
    {"signals another process", signal_to_parent, false},
    {"changes another process's priority", priority_of_parent, false},
    {"moves another process to one core", cores_of_parent, false},
    {"has a pipe signal another process", signal_by_pipe, false},
    {"has a pipe send SIGKILL", kill_by_pipe, false},
    {"mounts", mounting, false},
    {"changes the root", new_root, false},
    {"reads the kernel's keys", keys, false},
    {"loads a kernel program", bpf, false},
    {"opens a hardware counter", counters, false},
    {"makes an io_uring", ring, false},
    {"handles page faults", faults, false},
    {"opens a file by its handle", by_handle, false},
    {"makes a nameless file", nameless_file, false},
    {"makes executable memory", new_code, false},
    {"makes memory executable", data_as_code, false},
    {"becomes another user", other_rights, false},
    {"reads a file outside", read_outside, false},
    {"writes a file outside", write_outside, false},
    {"makes a file outside", make_outside, false},
    {"lists a folder outside", list_outside, false},
    {"makes a folder outside", folder_outside, false},
    {"removes a file outside", removal_outside, false},
    {"cuts a file outside", cut_outside, false},
    {"opens a file outside to all", mode_outside, false},
    {"makes a named pipe", pipe_inside, false},
};

int32_t nj_wall_try(int32_t number, const char *inside, const char *outside, const char **name, bool *must_work) {
    *name = NULL;
    if (number < 0 || number >= NJ_TRIALS || trials[number].attempt == NULL) return 0;
    *name = trials[number].name;
    *must_work = trials[number].must_work;
    return trials[number].attempt(inside, outside);
}
