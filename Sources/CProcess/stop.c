#include "CProcess.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

_Atomic uint32_t nj_stop_word;
_Atomic uint32_t nj_step_number;
_Atomic uint32_t nj_order_count;

static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
enum { STOPS = sizeof stops / sizeof *stops };

// timeout(1) signals its child and then its own group, in which the child is: two signals that mean one. Nobody types
// faster than this.
static const int64_t same_signal_ms = 150;
// How long what does not look at the word may go on.
static const int patience_us = 500000, again_us = 200000;
// Marks a stop that a parent hands on.
static const int relayed_value = 0x4E4A;

// How long work of a kind that nobody waits for may still go on; see `nj_patience_begin`.
static const int64_t patience_ms = 300;

static _Atomic int64_t first_at;
// When the stop was asked for that is asked for now.
static _Atomic int64_t asked_at;
static _Thread_local int64_t patience_since;
static _Atomic int32_t first_number;
static bool leaves_at_once;
static bool outlives_interrupts;
static bool has_owner;
static pthread_t owner;

enum { LISTENERS = 16 };
static struct {
    _Atomic(void *) context;
    void (*listener)(void *);
} listeners[LISTENERS];

int64_t nj_clock_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t milliseconds = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    return milliseconds > 0 ? milliseconds : 1;
}

static void call_listeners(void) {
    for (int i = 0; i < LISTENERS; i++) {
        void *context = atomic_load(&listeners[i].context);
        if (context != NULL) listeners[i].listener(context);
    }
}

// On the thread that runs scripts: its Lua states may be touched.
static void on_nudge(int number) {
    (void)number;
    int saved = errno;
    if (nj_stop_asked()) call_listeners();
    errno = saved;
}

static void reach_owner(void) {
    if (has_owner && !pthread_equal(pthread_self(), owner)) {
        pthread_kill(owner, SIGRTMIN + 3);
    } else {
        call_listeners();
    }
}

static void on_alarm(int number) {
    (void)number;
    if (atomic_load(&nj_order_count) == 0) _exit(128 + atomic_load(&first_number));
}

// The first wish for a stop counts; whether this is it.
static bool begin_stop(int number, int64_t now, int64_t *first) {
    if (!atomic_compare_exchange_strong(&first_at, first, now)) return false;
    atomic_store(&first_number, number);
    atomic_store(&asked_at, now);
    atomic_fetch_or(&nj_stop_word, NJ_STOP_ASKED);
    struct itimerval timer = {{0, again_us}, {0, patience_us}};
    if (has_owner) setitimer(ITIMER_REAL, &timer, NULL);
    reach_owner();
    return true;
}

void nj_stop_ask(int32_t number) {
    int64_t first = 0;
    begin_stop(number, nj_clock_ms(), &first);
}

static void on_signal(int number, siginfo_t *facts, void *machine) {
    (void)machine;
    int saved = errno;
    if (leaves_at_once) _exit(128 + number);
    bool relayed = facts != NULL && facts->si_code == SI_QUEUE && facts->si_value.sival_int == relayed_value;
    int64_t now = nj_clock_ms(), first = 0;
    if (outlives_interrupts && number == SIGINT) {
        // What does not look goes on until it does: nothing is lost that someone has typed in.
        if (!nj_stop_asked()) {
            atomic_store(&first_number, number);
            atomic_store(&asked_at, now);
        }
        atomic_fetch_or(&nj_stop_word, NJ_STOP_ASKED);
        reach_owner();
    } else if (!begin_stop(number, now, &first) && !relayed && now - first > same_signal_ms) {
        _exit(128 + number);
    }
    errno = saved;
}

// No SA_RESTART: a call that waits for a terminal or a pipe comes back, and what follows looks at the word.
void nj_stop_install(bool at_once) {
    leaves_at_once = at_once;
    owner = pthread_self();
    has_owner = true;
    struct sigaction alarm = {.sa_handler = on_alarm}, nudge = {.sa_handler = on_nudge};
    sigemptyset(&alarm.sa_mask);
    sigemptyset(&nudge.sa_mask);
    sigaction(SIGALRM, &alarm, NULL);
    sigaction(SIGRTMIN + 3, &nudge, NULL);
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < STOPS; i++) sigaddset(&action.sa_mask, stops[i]);
    for (int i = 0; i < STOPS; i++) {
        struct sigaction before;
        if (stops[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue;
        sigaction(stops[i], &action, NULL);
    }
    sigset_t ours = action.sa_mask;
    sigaddset(&ours, SIGALRM);
    sigaddset(&ours, SIGRTMIN + 3);
    pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

void nj_stop_install_interactive(void) {
    outlives_interrupts = true;
    nj_stop_install(false);
}

int32_t nj_stop_signal(void) { return nj_stop_asked() ? atomic_load(&first_number) : 0; }

int64_t nj_patience_begin(void) {
    int64_t before = patience_since;
    if (before == 0) patience_since = nj_clock_ms();
    return before;
}

void nj_patience_end(int64_t before) { patience_since = before; }

bool nj_patience_is_over(void) {
    if (!nj_stop_asked()) return false;
    if (nj_stop_due()) return true;
    if (patience_since == 0) return false;
    int64_t asked = atomic_load(&asked_at);
    return nj_clock_ms() - (asked > patience_since ? asked : patience_since) > patience_ms;
}

bool nj_stop_listen(void (*listener)(void *), void *context) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    bool found = false;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < LISTENERS && !found; i++) {
        if (atomic_load(&listeners[i].context) != NULL) continue;
        listeners[i].listener = listener;
        atomic_store(&listeners[i].context, context);
        found = true;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

void nj_stop_unlisten(void *context) {
    for (int i = 0; i < LISTENERS; i++) {
        void *known = context;
        atomic_compare_exchange_strong(&listeners[i].context, &known, NULL);
    }
}

void nj_stop_forget(void) {
    struct itimerval none = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &none, NULL);
    atomic_store(&first_at, 0);
    atomic_store(&first_number, 0);
    atomic_fetch_and(&nj_stop_word, ~NJ_STOP_ASKED);
}

int32_t nj_stop_relay(pid_t process) {
    union sigval value = {.sival_int = relayed_value};
    return sigqueue(process, SIGINT, value);
}
