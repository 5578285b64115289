#include "CMPI.h"
#include <CProcess.h>
#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

// The interface of Open MPI, whose header is not asked for: handles are pointers to objects of the library.
typedef struct ompi_communicator *communicator;
typedef struct ompi_datatype *datatype;
typedef struct ompi_request *request;
typedef struct ompi_errhandler *error_handler;

enum { SUCCESS = 0, THREAD_SERIALIZED = 2, LONGEST_TEXT = 256, TAG = 71 };
// A message counts its bytes in an int.
enum { LONGEST_MESSAGE = 1 << 30 };
// Looks at requests before the processor goes to another process, and before the clock is read.
enum { LOOKS = 64 };

static struct {
    int (*init_thread)(int *, char ***, int, int *);
    int (*comm_rank)(communicator, int *);
    int (*comm_size)(communicator, int *);
    int (*comm_set_errhandler)(communicator, error_handler);
    int (*isend)(const void *, int, datatype, int, int, communicator, request *);
    int (*irecv)(void *, int, datatype, int, int, communicator, request *);
    int (*testall)(int, request *, int *, void *);
    int (*finalize)(void);
    int (*error_string)(int, char *, int *);
    communicator world;
    datatype byte;
    error_handler errors_return;
} mpi;

static char problem[2 * LONGEST_TEXT];
// After an exchange that did not end: the library may still write where it was to go, and that memory is gone.
static bool is_broken;

bool njm_open(void) {
    const nj_symbol symbols[] = {
        {"MPI_Init_thread", &mpi.init_thread},
        {"MPI_Comm_rank", &mpi.comm_rank},
        {"MPI_Comm_size", &mpi.comm_size},
        {"MPI_Comm_set_errhandler", &mpi.comm_set_errhandler},
        {"MPI_Isend", &mpi.isend},
        {"MPI_Irecv", &mpi.irecv},
        {"MPI_Testall", &mpi.testall},
        {"MPI_Finalize", &mpi.finalize},
        {"MPI_Error_string", &mpi.error_string},
        {"ompi_mpi_comm_world", &mpi.world},
        {"ompi_mpi_byte", &mpi.byte},
        {"ompi_mpi_errors_return", &mpi.errors_return},
    };
    // Its parts look for each other's names.
    switch (nj_library_open("libmpi.so.40", true, symbols, sizeof symbols / sizeof *symbols)) {
    case NJ_LIBRARY_OPEN: return true;
    case NJ_LIBRARY_MISSING: {
        const char *reason = dlerror();
        snprintf(problem, sizeof problem, "%s", reason == NULL ? "no reason was given" : reason);
        return false;
    }
    default: snprintf(problem, sizeof problem, "libmpi.so.40 is no Open MPI of version 4"); return false;
    }
}

static bool passed(int code) {
    if (code == SUCCESS) return true;
    char text[LONGEST_TEXT * 4] = "";
    int length = 0;
    mpi.error_string(code, text, &length);
    snprintf(problem, sizeof problem, "%.*s", 2 * LONGEST_TEXT - 1, text);
    return false;
}

bool njm_start(int32_t *rank, int32_t *count) {
    int provided = 0, own = 0, all = 0;
    if (!passed(mpi.init_thread(NULL, NULL, THREAD_SERIALIZED, &provided))) return false;
    if (provided < THREAD_SERIALIZED) {
        snprintf(problem, sizeof problem, "this MPI serves one thread only");
        return false;
    }
    bool is_started = passed(mpi.comm_set_errhandler(mpi.world, mpi.errors_return)) &&
                      passed(mpi.comm_rank(mpi.world, &own)) && passed(mpi.comm_size(mpi.world, &all));
    *rank = own;
    *count = all;
    return is_started;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static njm_end wait_for(request requests[2], bool (*give_up)(double seconds)) {
    double start = seconds();
    for (uint64_t look = 1;; look++) {
        int is_done = 0;
        if (!passed(mpi.testall(2, requests, &is_done, NULL))) return NJM_FAILED;
        if (is_done) return NJM_DONE;
        if (look % LOOKS != 0) continue;
        // Processes that share a core would wait for each other's time slice.
        sched_yield();
        if (give_up(seconds() - start)) return NJM_STOPPED;
    }
}

njm_end njm_exchange(
    const void *bytes, size_t count, void *received, size_t wanted, int32_t partner,
    bool (*give_up)(double seconds)) {
    size_t sent = 0, got = 0;
    if (is_broken) return NJM_FAILED;
    do {
        size_t out = count - sent < LONGEST_MESSAGE ? count - sent : LONGEST_MESSAGE;
        size_t in = wanted - got < LONGEST_MESSAGE ? wanted - got : LONGEST_MESSAGE;
        request requests[2];
        if (!passed(mpi.irecv((char *)received + got, (int)in, mpi.byte, partner, TAG, mpi.world, &requests[0])) ||
            !passed(mpi.isend((const char *)bytes + sent, (int)out, mpi.byte, partner, TAG, mpi.world, &requests[1]))) {
            is_broken = true;
            return NJM_FAILED;
        }
        njm_end end = wait_for(requests, give_up);
        if (end != NJM_DONE) {
            is_broken = true;
            return end;
        }
        sent += out;
        got += in;
    } while (sent < count || got < wanted);
    return NJM_DONE;
}

// Whoever could not finish an exchange calls nothing of the library any more: its launcher ends the others.
void njm_leave(void) {
    if (!is_broken) mpi.finalize();
}
const char *njm_problem(void) { return problem; }
