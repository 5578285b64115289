// Whose memory a thread takes. A variable of the thread, since memory is taken far below of whoever knows for whom.
#include <CProcess.h>

_Atomic int32_t nj_account_count;

static _Thread_local void *current;

void *nj_account_current(void) { return current; }

void *nj_account_begin(void *account) {
    void *before = current;
    current = account;
    return before;
}
