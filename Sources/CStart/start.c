// Before any library is set up. OpenBLAS then starts a thread for each core, which nobody here uses, and ends the process
// by a signal where it cannot; queues of the system wait for threads for as long as there are none. So under a low limit
// on processes OpenBLAS is told to start none, and what can start nothing at all says so and ends here.
//
// Neither the C library nor a sanitizer is set up yet: system calls alone, and no memory but the stack.
#include "CStart.h"
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_DIGITS = 20, MOST_VARIABLES = 4096 };
// Nobody comes near to a limit above this, and starting twice takes milliseconds.
static const rlim_t low_limit = 4096;
static char one_thread[] = "OPENBLAS_NUM_THREADS=1";

static size_t append(char *text, size_t length, const char *words) {
    for (; *words != '\0'; words++) text[length++] = *words;
    return length;
}

static size_t append_number(char *text, size_t length, rlim_t number) {
    char digits[MOST_DIGITS];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number > 0 && count < MOST_DIGITS);
    while (count > 0) text[length++] = digits[--count];
    return length;
}

static void refuse(rlim_t most) {
    char text[256];
    size_t length = append(text, 0, "error: this user may have ");
    length = append_number(text, length, most);
    length = append(text, length, most == 1 ? " process or thread" : " processes and threads");
    length = append(
        text, length, " at a time, and no more can be started: raise the limit, as by ulimit -u 1024, or end some\n");
    // Where nobody listens, the status says it.
    syscall(SYS_write, 2, text, length);
    syscall(SYS_exit_group, 1);
}

// The limit does not hold for everybody, and what counts against it cannot be seen: a process that ends at once does.
static bool can_start(void) {
    long child = syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
    if (child == 0) syscall(SYS_exit_group, 0);
    if (child > 0) syscall(SYS_wait4, child, NULL, 0, NULL);
    return child > 0;
}

static bool names_threads(const char *variable) {
    size_t length = 0;
    while (one_thread[length] != '=') length++;
    for (size_t i = 0; i <= length; i++) {
        if (variable[i] != one_thread[i]) return false;
    }
    return true;
}

// The same program with the variable, unless somebody gave it.
static void start_again(char **arguments, char **environment) {
    char *variables[MOST_VARIABLES + 2], path[PATH_MAX];
    size_t count = 0;
    for (; environment[count] != NULL; count++) {
        if (count == MOST_VARIABLES || names_threads(environment[count])) return;
        variables[count] = environment[count];
    }
    variables[count] = one_thread;
    variables[count + 1] = NULL;
    long length = syscall(SYS_readlink, "/proc/self/exe", path, (long)(sizeof path - 1));
    if (length <= 0) return;
    path[length] = '\0';
    // Where this fails, the process goes on as it is.
    syscall(SYS_execve, path, arguments, variables);
}

static void look(int count, char **arguments, char **environment) {
    (void)count;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    if (!can_start()) refuse(limit.rlim_cur);
    if (limit.rlim_cur < low_limit) start_again(arguments, environment);
}

__attribute__((section(".preinit_array"), used)) static void (*const looks)(int, char **, char **) = look;
