// Files by HTTP, through libcurl, for the fetching of data sets alone: the library is opened when something is fetched, so
// that every other command starts without it and runs where it is not installed.
#ifndef CFETCH_H
#define CFETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum njf_outcome {
    NJF_DONE,
    // The server ended the answer, or could not be reached: another try may do better.
    NJF_BROKEN,
    // Too little came for too long.
    NJF_STALLED,
    // More redirections than are followed.
    NJF_CIRCLE,
    // `take` answered with false.
    NJF_STOPPED,
    // What another try does not mend: an address that is none, a certificate that is not trusted.
    NJF_REFUSED,
} njf_outcome;

typedef struct njf_request {
    const char *address;
    // The first byte that is wanted.
    int64_t from;
    // Seconds without a byte after which it is given up.
    int32_t patience;
    int32_t most_redirections;
    void *context;
    // Called before the first bytes: the status of the answer and how many bytes it says will follow, -1 where it does not.
    // False ends it.
    bool (*begin)(void *context, long status, int64_t length);
    // Called with each piece. False ends it.
    bool (*take)(void *context, const void *bytes, size_t count);
    // Asked about once a second. False ends it.
    bool (*goes_on)(void *context);
} njf_request;

typedef struct njf_answer {
    njf_outcome outcome;
    // Of the last answer, 0 where there was none.
    long status;
    // What libcurl says of what went wrong.
    char message[256];
} njf_answer;

// Opens the library. False where it is not installed.
bool njf_open(void);
// Gets the bytes behind an http or https address; `njf_open` came before.
njf_answer njf_get(const njf_request *request);

#endif
