// ZeroMQ, for the Jupyter kernel alone: the library is opened when the kernel starts, so that every other command starts
// without it and without what it depends on, and runs where it is not installed.
#ifndef CZEROMQ_H
#define CZEROMQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum njz_kind { NJZ_PUBLISH, NJZ_REPLY, NJZ_ROUTER } njz_kind;

// Bytes that a part of a message has at most: whoever sends more is cut off.
#define NJZ_MOST_BYTES ((int64_t)16 << 20)

// Opens the library. False where it is not installed.
bool njz_open(void);
// A context, or null.
void *njz_context(void);
// A socket that is bound to an endpoint such as "tcp://127.0.0.1:5555", or null; it keeps nothing when it is closed for
// longer than a second.
void *njz_bind(void *context, njz_kind kind, const char *endpoint);
void njz_close(void *socket);
// Ends a context whose sockets are closed.
void njz_end(void *context);
// What went wrong in the last call.
const char *njz_problem(void);

// Sends one part of a message.
bool njz_send(void *socket, const void *bytes, size_t length, bool has_more);
// Receives one part and hands it to `take`. -1: nothing is there, or a signal came; 0: the last part; 1: more follow.
int32_t njz_receive(void *socket, void *context, void (*take)(void *context, const void *bytes, size_t length));
// Waits until one of the sockets has a message; bit i of the answer stands for socket i. 0: none came in time, or a
// signal did.
uint32_t njz_wait(void *const *sockets, int32_t count, int64_t milliseconds);

#endif
