// Open MPI, for trainings that several processes share: the library is opened when a run asks for it, so that every
// other command starts without it and runs where it is not installed.
#ifndef CMPI_H
#define CMPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How an exchange ended.
typedef enum njm_end { NJM_DONE, NJM_FAILED, NJM_STOPPED } njm_end;

// Opens the library. False where it is not installed, or is no Open MPI of this interface.
bool njm_open(void);
// Joins the processes that mpirun started. False where that fails.
bool njm_start(int32_t *rank, int32_t *count);
// Sends bytes to another process and receives those that it sends; as many as both agree on. While it waits it asks
// now and then whether it should `give_up`.
njm_end njm_exchange(
    const void *bytes, size_t count, void *received, size_t wanted, int32_t partner, bool (*give_up)(double seconds));
// Leaves the others, all of which must do so.
void njm_leave(void);
// What went wrong in the last call.
const char *njm_problem(void);

#endif
