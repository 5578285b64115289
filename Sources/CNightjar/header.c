// The interface is a header alone; this file makes a target of it.
#include <nightjar.h>
