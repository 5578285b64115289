#define _GNU_SOURCE
#include "CProcess.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// The first number that no descriptor of a child is to have: three standard ones, the report, and how its start went.
enum { FIRST_FREE = 5 };

// In the child: tells the parent what the system said.
static _Noreturn void give_up(int trouble) {
    int reason = errno;
    ssize_t written = write(trouble, &reason, sizeof reason);
    (void)written;
    _exit(127);
}

// In the child, where only calls that are allowed inside a signal may be made. Tells the parent why it could not become
// the program.
static void become(const char *path, char *const *arguments, char *const *environment, const int *files, int trouble,
                   pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It may have gone before the call.
    if (getppid() != parent) _exit(127);
    // First out of the way of the numbers that they are to have, and no further: there may be few.
    int moved[4], last = files[3] < 0 ? 2 : 3;
    int told = fcntl(trouble, F_DUPFD_CLOEXEC, FIRST_FREE);
    if (told < 0) give_up(trouble);
    for (int i = 0; i < 4; i++) {
        moved[i] = files[i] < 0 ? -1 : fcntl(files[i], F_DUPFD_CLOEXEC, FIRST_FREE);
        if (files[i] >= 0 && moved[i] < 0) give_up(told);
    }
    for (int i = 0; i < 4; i++) {
        if (moved[i] >= 0 && dup2(moved[i], i) < 0) give_up(told);
    }
    if (dup2(told, last + 1) < 0) give_up(told);
    fcntl(last + 1, F_SETFD, FD_CLOEXEC);
    close_range((unsigned)last + 2, ~0U, 0);
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigemptyset(&standard.sa_mask);
    const int reset[] = {SIGINT, SIGTERM, SIGALRM, SIGPIPE};
    for (unsigned i = 0; i < sizeof reset / sizeof *reset; i++) sigaction(reset[i], &standard, NULL);
    // What nohup has us ignore is to end no child of ours either.
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) != 0 || hangup.sa_handler != SIG_IGN) sigaction(SIGHUP, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(path, arguments, environment);
    give_up(last + 1);
}

int32_t nj_pipe(int32_t *ends) { return pipe2(ends, O_CLOEXEC); }

int32_t nj_stream_pair(int32_t *ends) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }

int32_t nj_stream_send(int32_t stream, const void *bytes, size_t count) {
    const char *rest = bytes;
    while (count > 0) {
        ssize_t sent = send(stream, rest, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return -1;
        rest += sent;
        count -= (size_t)sent;
    }
    return 0;
}

int32_t nj_spawn(const char *path, char *const *arguments, char *const *environment, int output, int errors, int report,
                 pid_t *process) {
    int trouble[2];
    if (pipe2(trouble, O_CLOEXEC) != 0) return errno;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0) {
        int reason = errno;
        close(trouble[0]);
        close(trouble[1]);
        return reason;
    }
    const int files[4] = {nothing, output, errors, report};
    pid_t parent = getpid();
    // No handler of ours runs in the child before it has the standard ones.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) become(path, arguments, environment, files, trouble[1], parent);
    int reason = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(trouble[1]);
    close(nothing);
    if (child > 0) {
        int told = 0;
        ssize_t count;
        do count = read(trouble[0], &told, sizeof told);
        while (count < 0 && errno == EINTR);
        if (count == (ssize_t)sizeof told) {
            reason = told;
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        }
    }
    close(trouble[0]);
    *process = reason == 0 ? child : 0;
    return reason;
}
