#include "wall.h"
#include <errno.h>
#include <sys/prctl.h>

void nj_wall_raise(const nj_wall *wall, nj_wall_report *report) {
    *report = (nj_wall_report){0, 0, false, 0};
    // Without it the kernel takes neither; with it no program that is started has more rights than this one.
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        report->landlock_error = report->filter_error = errno;
        return;
    }
    // Files first: the filter lets nobody change them afterwards.
    report->landlock_error = nj_hold_files(wall, &report->landlock);
    report->filter_error = nj_filter_calls(wall);
    report->filters = report->filter_error == 0;
}
