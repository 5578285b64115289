// What the files of this target share.
#ifndef NATIVE_H
#define NATIVE_H

#include "nj_native.h"

// Writes what is wrong, and is false.
bool nj_native_fail(nj_native_message *message, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Appends a shape as messages show it: (3, 4).
void nj_native_show(char *text, size_t room, const nightjar_shape *shape);

// Elements of a shape; -1 for a shape that no tensor has.
int64_t nj_native_count(const nightjar_shape *shape);

#endif
