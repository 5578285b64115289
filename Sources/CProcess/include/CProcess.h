// Being stopped, and starting other processes: what has to be done inside a signal, or between fork and exec, where
// only C that takes no lock and allocates nothing is safe.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// ---- Stopping -------------------------------------------------------------------------------------------------------
//
// The first SIGINT, SIGTERM or SIGHUP asks the program to stop. What runs looks at one word: Lua in a hook that is set
// only then, plans between launches, planning and readers now and then. A training step that is going is finished
// first. Whatever does not look is ended from outside after a moment, except in a section that ends by itself and
// writes what there is. A second signal ends the program at once.

// Bit 31: a stop was asked for. Below: training steps that are going.
extern _Atomic uint32_t nj_stop_word;
// Training steps begun so far.
extern _Atomic uint32_t nj_step_number;
// Sections that end by themselves.
extern _Atomic uint32_t nj_order_count;

#define NJ_STOP_ASKED 0x80000000u

static inline bool nj_stop_asked(void) {
    return (atomic_load_explicit(&nj_stop_word, memory_order_relaxed) & NJ_STOP_ASKED) != 0;
}

// Whether a stop was asked for and no step has to be finished first.
static inline bool nj_stop_due(void) {
    return atomic_load_explicit(&nj_stop_word, memory_order_relaxed) == NJ_STOP_ASKED;
}

static inline void nj_step_begin(void) {
    atomic_fetch_add_explicit(&nj_step_number, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&nj_stop_word, 1, memory_order_relaxed);
}

static inline void nj_step_end(void) { atomic_fetch_sub_explicit(&nj_stop_word, 1, memory_order_relaxed); }

static inline uint32_t nj_steps_begun(void) { return atomic_load_explicit(&nj_step_number, memory_order_relaxed); }

static inline void nj_order_begin(void) { atomic_fetch_add(&nj_order_count, 1); }
static inline void nj_order_end(void) { atomic_fetch_sub(&nj_order_count, 1); }

// Starts to listen, on the thread that runs scripts. `at_once`: the first signal ends the program, for commands that
// leave nothing half done. Undoes what whoever started us may have left blocked or ignored, except an ignored SIGHUP
// (nohup).
void nj_stop_install(bool at_once);
// The same for a program that someone talks to: Ctrl-C asks what runs for a stop, as often as it comes, and never ends
// the program. `nj_stop_forget` when it has stopped.
void nj_stop_install_interactive(void);
// The signal that asked for the stop, or 0.
int32_t nj_stop_signal(void);
// Work that has changed nothing yet begins on this thread, such as recording or planning inside of a training step. The
// step is finished although a stop was asked for, but not for seconds of such work. Returns what `nj_patience_end` is given.
int64_t nj_patience_begin(void);
void nj_patience_end(int64_t before);
// Whether a stop is due, or was asked for and such work has gone on for a moment since.
bool nj_patience_is_over(void);
// Called inside the signal, on the thread that listens. Its place is one of a few; false when all are taken.
bool nj_stop_listen(void (*listener)(void *), void *context);
void nj_stop_unlisten(void *context);
// Takes back that a stop was asked for.
void nj_stop_forget(void);
// Asks this process for a stop, as the signal `number` would that came to another one of the same work. Never the second.
void nj_stop_ask(int32_t number);
// Asks another process of ours for a stop. Unlike a signal from elsewhere it never counts as the second.
int32_t nj_stop_relay(pid_t process);
// Milliseconds of a clock that never goes back; at least 1.
int64_t nj_clock_ms(void);

// ---- Deadlines ------------------------------------------------------------------------------------------------------

// From so many milliseconds on, calls `listener(context)` every tenth of a second, in a signal, on the thread that the
// deadline is of: the one that began it, or the one that last said so. Returns its number, or -1 where there are too many.
int32_t nj_deadline_begin(int64_t milliseconds, void (*listener)(void *), void *context);
// The same by the time that the calling thread has computed: a machine that is busy with other things takes none of it.
int32_t nj_deadline_begin_busy(int64_t milliseconds, void (*listener)(void *), void *context);
// The calling thread is the one that a deadline is of. Nothing for -1, as below.
void nj_deadline_here(int32_t number);
// Once this is back the listener is not called any more.
void nj_deadline_end(int32_t number);

// ---- Memory ---------------------------------------------------------------------------------------------------------

// Swift ends the process where a small object of its own finds no memory. So whatever grows with what a script does asks
// here now and then, and is refused while there is a reserve left for Swift.
typedef enum {
    NJ_ROOM_ENOUGH,  // the bytes, and a reserve of 40 MiB beyond them
    NJ_ROOM_LOW,     // not the bytes, or not all of the reserve: what asks is refused, what is small may go on
    NJ_ROOM_NONE,    // less than half of the reserve: everything is refused
} nj_room;

// What the system has beyond `bytes`, in one piece or in pieces of 64 KiB; nothing is kept of them.
nj_room nj_room_for(size_t bytes);

// What malloc gives the machine may not have: Linux finds out when it is written, and ends the process. So what is large,
// and all that is small with every mebibyte, asks here as well (`nj_room_for` does it): whether the machine, and each control
// group of this process (cgroup, version 1 or 2), has so many bytes beyond a margin, swap included. Most calls only count:
// the system is asked once for 64 MiB, and more often where little is left. Where nobody says, there is enough.
nj_room nj_memory_room(size_t bytes);

// Bytes that were given and will be written, or (negative) were taken back.
void nj_memory_held(int64_t bytes);

typedef struct {
    int64_t left;    // bytes beyond the margin, below 0 where it is touched; INT64_MAX where nobody says
    int64_t margin;  // bytes that stay with the others
} nj_memory;

// What the files under a folder that stands for / say now.
nj_memory nj_memory_of(const char *root);
// How often the system was asked.
uint64_t nj_memory_looks(void);
// For tests: on the calling thread a folder stands for /, until NULL is given.
void nj_memory_pretend(const char *root);

// ---- Other processes ------------------------------------------------------------------------------------------------

// A pipe whose ends programs do not inherit; 0, or -1 and errno.
int32_t nj_pipe(int32_t *ends);

// Two ends of a stream that goes both ways, which no program inherits by accident. Returns 0, or -1 with errno set.
int32_t nj_stream_pair(int32_t *ends);

// Sends all bytes; a stream whose other end is gone raises no signal. Returns 0, or -1 with errno set.
int32_t nj_stream_send(int32_t stream, const void *bytes, size_t count);

// Starts a program that dies when the calling thread's process does, with SIGKILL. Descriptors become its 0 (nothing to
// read), 1, 2 and, where `report` is not -1, 3; -1 for 1 and 2 leaves ours. It inherits no other descriptor. Returns 0
// and the process, or an errno.
int32_t nj_spawn(const char *path, char *const *arguments, char *const *environment, int output, int errors, int report,
                 pid_t *process);

// ---- Libraries ------------------------------------------------------------------------------------------------------

// A function or an object of a library, and where its address is to be written.
typedef struct nj_symbol {
    const char *name;
    void *place;
} nj_symbol;

typedef enum {
    NJ_LIBRARY_OPEN,
    NJ_LIBRARY_MISSING,  // the loader of the system says why: dlerror(3)
    NJ_LIBRARY_OTHER,    // it lacks one of the symbols
} nj_library;

// Opens a library of the system for good and finds what is wanted of it. `is_shared`: what it loads itself finds its
// names.
nj_library nj_library_open(const char *name, bool is_shared, const nj_symbol *symbols, size_t count);

// ---- Files ----------------------------------------------------------------------------------------------------------

// Opens a regular file and nothing else: what is a pipe, a device, a socket or a folder holds nobody up, and is not opened
// where that can be seen before. `follows`: through a link. Returns a descriptor that no program inherits, or -1 with
// errno, which is EISDIR for a folder, ELOOP for a link that is not followed and NJ_NOT_REGULAR for all else.
int32_t nj_open_regular(const char *path, int32_t flags, uint32_t mode, bool follows);
#define NJ_NOT_REGULAR 132  // ERFKILL, which no file system gives

// Opens descriptors 0 to 2 on /dev/null where they are closed: else the next file that is opened becomes standard output,
// and what is printed goes into it. Before anything else is opened.
void nj_open_standard_streams(void);

// The number of the file system that a path lies on (statfs(2)), or 0 where the system does not tell.
uint32_t nj_file_system(const char *path);

// ---- Files as memory ------------------------------------------------------------------------------------------------

// As many files are mapped at a time.
#define NJ_MOST_MAPPINGS 256

// Maps a file from its first byte on; NULL (and errno) where that cannot be. `place` is then what the others ask for. A
// page that the file has no more reads as zeros, on whatever thread.
void *nj_map_file(int32_t file, size_t length, int32_t *place);
// Whether a page was read that the file had no more.
bool nj_mapping_is_cut(int32_t place);
void nj_unmap_file(int32_t place);

// ---- Fingerprints ---------------------------------------------------------------------------------------------------

// Goes on with the eight words of a SHA-256 over so many blocks of 64 bytes. About 0.6 ns a byte where the processor has
// instructions for it, 4 ns where not.
void nj_sha256(uint32_t *state, const uint8_t *bytes, size_t blocks);
// The same without such instructions.
void nj_sha256_plain(uint32_t *state, const uint8_t *bytes, size_t blocks);

// ---- Accounts of memory -----------------------------------------------------------------------------------------------
//
// Whose memory the calling thread takes: an address that only its owner understands, NULL where nobody counts.

// How many accounts there are: without one, nothing else is looked at.
extern _Atomic int32_t nj_account_count;

static inline bool nj_accounts_exist(void) {
    return atomic_load_explicit(&nj_account_count, memory_order_relaxed) != 0;
}

static inline void nj_account_added(void) { atomic_fetch_add(&nj_account_count, 1); }
static inline void nj_account_removed(void) { atomic_fetch_sub(&nj_account_count, 1); }

void *nj_account_current(void);
// Returns the one before.
void *nj_account_begin(void *account);

#endif
