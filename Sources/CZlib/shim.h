// zlib, for gzipped data sets.
#include <zlib.h>
