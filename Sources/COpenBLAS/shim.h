// Debian's OpenBLAS, as a module for Swift. Called single-threaded from our own tiles.
#include <cblas.h>
void openblas_set_num_threads(int num_threads);
