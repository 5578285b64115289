// The two halves of the wall.
#ifndef NJ_WALL_H
#define NJ_WALL_H

#include "CWall.h"

// Each returns 0, or the errno for which it does not stand.
int32_t nj_hold_files(const nj_wall *wall, int32_t *version);
int32_t nj_filter_calls(const nj_wall *wall);

#endif
