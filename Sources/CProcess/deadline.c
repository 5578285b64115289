#define _GNU_SOURCE
#include "CProcess.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINES = 64 };
static struct {
    bool taken;
    // Counts who had this place: a signal that comes late is of somebody who has gone.
    _Atomic int32_t turn;
    timer_t timer;
    _Atomic pid_t thread;
    _Atomic(void *) context;
    void (*listener)(void *);
    // Signals that are being handled.
    _Atomic int32_t busy;
} deadlines[DEADLINES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const int64_t again_ns = 100000000;

static pid_t own_thread(void) { return (pid_t)syscall(SYS_gettid); }

static int deadline_signal(void) { return SIGRTMIN + 4; }

// The timer's signal reaches any thread, which hands it on to the one that it is for.
static void on_time(int number, siginfo_t *facts, void *machine) {
    (void)machine;
    int saved = errno, which = facts->si_value.sival_int % DEADLINES;
    if (which < 0) return;
    atomic_fetch_add(&deadlines[which].busy, 1);
    bool is_late = facts->si_value.sival_int / DEADLINES != atomic_load(&deadlines[which].turn);
    void *context = is_late ? NULL : atomic_load(&deadlines[which].context);
    pid_t thread = atomic_load(&deadlines[which].thread);
    if (context != NULL && thread == own_thread()) {
        deadlines[which].listener(context);
    } else if (context != NULL && facts->si_code == SI_TIMER) {
        siginfo_t told;
        memset(&told, 0, sizeof told);
        told.si_signo = number;
        told.si_code = SI_QUEUE;
        told.si_pid = getpid();
        told.si_uid = getuid();
        told.si_value = facts->si_value;
        syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, number, &told);
    }
    atomic_fetch_sub(&deadlines[which].busy, 1);
    errno = saved;
}

// Under the lock.
static void install(void) {
    static bool is_installed;
    if (is_installed) return;
    is_installed = true;
    struct sigaction action = {.sa_sigaction = on_time, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(deadline_signal(), &action, NULL);
}

static bool start(int32_t number, clockid_t clock, int64_t milliseconds) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = deadline_signal();
    int32_t turn = (atomic_load(&deadlines[number].turn) + 1) % (INT32_MAX / DEADLINES);
    atomic_store(&deadlines[number].turn, turn);
    event.sigev_value.sival_int = turn * DEADLINES + number;
    if (timer_create(clock, &event, &deadlines[number].timer) != 0) return false;
    struct itimerspec when = {.it_interval = {0, again_ns}};
    when.it_value.tv_sec = milliseconds / 1000;
    when.it_value.tv_nsec = milliseconds % 1000 * 1000000;
    timer_settime(deadlines[number].timer, 0, &when, NULL);
    return true;
}

static int32_t begin(clockid_t clock, int64_t milliseconds, void (*listener)(void *), void *context) {
    if (milliseconds < 1) milliseconds = 1;
    int32_t found = -1;
    pthread_mutex_lock(&lock);
    install();
    for (int32_t i = 0; i < DEADLINES && found < 0; i++) {
        if (deadlines[i].taken) continue;
        deadlines[i].listener = listener;
        atomic_store(&deadlines[i].thread, own_thread());
        atomic_store(&deadlines[i].context, context);
        found = i;
        deadlines[i].taken = start(i, clock, milliseconds);
        if (deadlines[i].taken) break;
        atomic_store(&deadlines[i].context, NULL);
        found = -1;
        break;
    }
    pthread_mutex_unlock(&lock);
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, deadline_signal());
    pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
    return found;
}

int32_t nj_deadline_begin(int64_t milliseconds, void (*listener)(void *), void *context) {
    return begin(CLOCK_MONOTONIC, milliseconds, listener, context);
}

int32_t nj_deadline_begin_busy(int64_t milliseconds, void (*listener)(void *), void *context) {
    return begin(CLOCK_THREAD_CPUTIME_ID, milliseconds, listener, context);
}

void nj_deadline_here(int32_t number) {
    if (number >= 0 && number < DEADLINES) atomic_store(&deadlines[number].thread, own_thread());
}

void nj_deadline_end(int32_t number) {
    if (number < 0 || number >= DEADLINES) return;
    pthread_mutex_lock(&lock);
    timer_delete(deadlines[number].timer);
    atomic_store(&deadlines[number].context, NULL);
    while (atomic_load(&deadlines[number].busy) != 0) sched_yield();
    deadlines[number].taken = false;
    pthread_mutex_unlock(&lock);
}
